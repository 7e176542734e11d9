#!/usr/bin/env bash
# Records every tape that ships, and once more beside other work, on one core and at another processor level: the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
program=${1:-target/debug/optlab}
made=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$made"' EXIT
tapes=(labs/tapes/*.tape.yaml)

# Two at a time.
printf '%s\n' "${tapes[@]}" | xargs -P 2 -I{} sh -c '"$1" record "$2" --all "$3/$(basename "$2" .tape.yaml)" > /dev/null' _ "$program" {} "$made"
# Beside a loop that keeps a core busy.
(while :; do :; done) &
for tape in "${tapes[@]}"; do
    name=$(basename "$tape" .tape.yaml)
    OPTLAB_CPU=portable taskset -c 0 "$program" record "$tape" --check "$made/$name" || { echo "$name differs"; exit 1; }
done
echo "${#tapes[@]} tapes: the same bytes"
