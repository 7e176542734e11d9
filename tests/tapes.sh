#!/usr/bin/env bash
# Records every tape that ships, and once more beside other work, each on one core and at another processor level: the same
# bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-target/debug/optlab}
made=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$made"' EXIT
tapes=(labs/tapes/*.tape.yaml)

# Two at a time.
printf '%s\n' "${tapes[@]}" | xargs -P 2 -I{} sh -c '"$1" record "$2" --all "$3/$(basename "$2" .tape.yaml)" > /dev/null' _ "$program" {} "$made"
# Beside a loop that keeps a core busy; every second tape on another core, where there is one.
(while :; do :; done) &
cores=$(nproc)
again() {
    for at in "${!tapes[@]}"; do
        if (( at % 2 == $1 )); then
            name=$(basename "${tapes[$at]}" .tape.yaml)
            OPTLAB_CPU=portable taskset -c $(( $1 % cores )) "$program" record "${tapes[$at]}" --check "$made/$name" ||
                { echo "$name differs"; return 1; }
        fi
    done
}
again 0 & first=$!
again 1
wait "$first"
echo "${#tapes[@]} tapes: the same bytes"
