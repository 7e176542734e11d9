//! Files that were right and were cut, changed and mixed at random: a lab, a script, a table, images, weights. Each is taken
//! or refused with a message; there is no panic, no abort, no hang.
//!
//! A short run with every test; `OPTLAB_MUTATIONS=10000 cargo test --release --test suite mutations -- --nocapture` is a long
//! one, and `OPTLAB_MUTATIONS=1@4711` makes number 4711 alone again. The case is in the folder that a failure names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use optlab::error::{Error, Source};
use optlab::lab::{Lab, Library, Overrides};
use optlab::script::{self, Kind};
use optlab::train::STACK;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Mutations of each kind of file when nothing else is asked for.
const FEW: u64 = 400;
/// What a case may take on a loaded machine in a debug build before it counts as one that hangs.
const PATIENCE: Duration = Duration::from_secs(120);

const TABLE: &str =
    "id: t\ndata: {csv: case.csv, target: y, validation: 0.25, standardize: true}\nnetwork: [dense: 1]\nloss: mse\n";
const IMAGES: &str =
    "id: t\ndata: {idx: {images: case.idx, labels: labels.idx}}\nnetwork: [dense: 3]\nloss: cross_entropy\n";
const LABELS: &str =
    "id: t\ndata: {idx: {images: images.idx, labels: case.idx}}\nnetwork: [dense: 3]\nloss: cross_entropy\n";
const WEIGHTS: &str = "id: t\ndata: {source: moons, samples: 20}\nnetwork: [dense: 3, tanh, dense: 2]\nloss: cross_entropy\n\
                       initial: {weights: case.safetensors}\n";

/// What breaks one kind of file or another.
const TOKENS: [&str; 44] = [
    "\"",
    "'",
    "`",
    ",",
    ";",
    ":",
    "|",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\u{feff}",
    "\u{a0}",
    "\u{2212}",
    "\u{202e}",
    "\u{1b}[31m",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "---\n",
    "#",
    "-",
    "- ",
    "1e999",
    "-0",
    ".nan",
    "0x1f",
    "18446744073709551616",
    "NaN",
    "null",
    "if",
    "let ",
    "fn ",
    "|x| ",
    "/*",
    "w",
    "\u{1f642}",
];

/// How many of each kind, and which is the first.
fn asked() -> (u64, u64) {
    let Ok(asked) = std::env::var("OPTLAB_MUTATIONS") else { return (FEW, 0) };
    let (count, first) = asked.split_once('@').unwrap_or((&asked, "0"));
    (count.parse().expect("a count"), first.parse().expect("a number"))
}

fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    (rng.next_u64() % limit.max(1) as u64) as usize
}

/// One to four changes: a byte, a span taken out or said twice, a token put in, two lines in each other's place, an end cut off,
/// a span of another file.
fn mutated(original: &[u8], others: &[Vec<u8>], rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=below(rng, 4) {
        let at = below(rng, bytes.len());
        let end = (at + 1 + below(rng, 12)).min(bytes.len());
        match below(rng, 8) {
            0 if !bytes.is_empty() => bytes[at] ^= 1 << below(rng, 8),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let span = bytes[at..end].to_vec();
                let times = 1 + below(rng, 40);
                bytes.splice(at..at, span.repeat(times));
            }
            3 | 4 => drop(bytes.splice(at..at, TOKENS[below(rng, TOKENS.len())].bytes())),
            5 => {
                let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                let (one, other) = (below(rng, lines.len()), below(rng, lines.len()));
                lines.swap(one, other);
                bytes = lines.join(&b'\n');
            }
            6 => bytes.truncate(at),
            _ => {
                let other = &others[below(rng, others.len())];
                let from = below(rng, other.len());
                let span = other[from..(from + 1 + below(rng, 60)).min(other.len())].to_vec();
                bytes.splice(at..end, span);
            }
        }
    }
    bytes
}

/// Labs and scripts may ask for as much work as they like up to their limits, which is right and takes minutes in a debug build:
/// long numbers lose their last digits.
fn modest(bytes: &mut Vec<u8>) {
    let mut run = 0;
    bytes.retain(|byte| {
        run = if byte.is_ascii_digit() { run + 1 } else { 0 };
        run <= 4
    });
}

/// Tries every mutation of a kind in threads that have a script's stack; `attempt` reads the file of the case.
fn survive(
    kind: &str,
    name: &str,
    originals: &[Vec<u8>],
    beside: &[(&str, Vec<u8>)],
    tame: bool,
    attempt: fn(&Path) -> Result<(), Vec<Error>>,
) {
    let folder = tempfile::tempdir().unwrap().keep();
    beside.iter().for_each(|(name, bytes)| std::fs::write(folder.join(name), bytes).unwrap());
    let case = folder.join(name);
    let (count, first) = asked();
    let (mut right, mut slowest) = (0, (Duration::ZERO, 0));
    for number in first..first + count {
        let mut rng = ChaCha8Rng::seed_from_u64(number);
        let original = &originals[below(&mut rng, originals.len())];
        let mut bytes = if number == 0 { original.clone() } else { mutated(original, originals, &mut rng) };
        if tame {
            modest(&mut bytes);
        }
        std::fs::write(&case, &bytes).unwrap();
        let (sender, done) = mpsc::channel();
        let path = case.clone();
        let began = Instant::now();
        let thread = std::thread::Builder::new().stack_size(STACK);
        let thread = thread.spawn(move || {
            sender.send(
                attempt(&path).map_err(|errors| errors.iter().map(|error| error.render(false)).collect::<Vec<_>>()),
            )
        });
        let told = done.recv_timeout(PATIENCE);
        let about = || format!("{kind} {number}: {}", case.display());
        match told {
            Ok(Ok(())) => right += 1,
            Ok(Err(messages)) => {
                assert!(!messages.is_empty() && messages.len() <= 21, "{}: {} messages", about(), messages.len());
                let all: usize = messages.iter().map(String::len).sum();
                assert!(all <= 24 << 10, "{}: {all} bytes of messages", about());
                for message in &messages {
                    let raw =
                        |c: char| (c.is_control() && c != '\n' && c != '\t') || ('\u{202a}'..='\u{202e}').contains(&c);
                    assert!(!message.chars().any(raw), "{}: control characters in {message:?}", about());
                    assert!(!message.contains("fault of optlab"), "{}: {message}", about());
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => panic!("{} goes on after {PATIENCE:?}", about()),
            Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{} panicked", about()),
        }
        drop(thread.unwrap().join());
        drop(script::take_log());
        slowest = slowest.max((began.elapsed(), number));
    }
    assert!(right > 0 || first > 0, "{kind}: what was right is refused, so nothing was tried");
    // With `--nocapture` a long run tells how it went.
    println!("{kind}: {count} tried, {right} right, the slowest is number {} with {:?}", slowest.1, slowest.0);
    std::fs::remove_dir_all(folder).unwrap();
}

fn open(path: &Path) -> Result<(), Vec<Error>> {
    Lab::open(&path.display().to_string(), &Overrides::default()).map(drop)
}

/// The lab that lies beside the file of the case.
fn open_lab(path: &Path) -> Result<(), Vec<Error>> {
    open(&path.with_file_name("lab.yaml"))
}

fn check_script(path: &Path) -> Result<(), Vec<Error>> {
    let one = |error: Error| vec![error];
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let source = Source::new("case.rhai", text);
    let script = script::load_any(&source).map_err(one)?;
    match script.kind {
        Kind::Observer => Ok(()),
        Kind::Optimizer => script::rule(&script).map(drop).map_err(one),
        _ => script::try_out(&script).map_err(one),
    }
}

fn shipped_labs() -> Vec<Vec<u8>> {
    Library::shipped().labs().iter().map(|lab| lab.text.as_bytes().to_vec()).collect()
}

fn folder_of_tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

#[test]
fn labs() {
    let mut labs = shipped_labs();
    for folder in ["bad_labs", "warned_labs"] {
        for entry in std::fs::read_dir(folder_of_tests().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "yaml") {
                labs.push(std::fs::read(path).unwrap());
            }
        }
    }
    // The first, unchanged, is right.
    survive("lab", "case.yaml", &labs, &[], true, open);
}

#[test]
fn scripts() {
    let scripts: Vec<Vec<u8>> =
        Kind::ALL.into_iter().flat_map(script::shipped).map(|entry| entry.source.text.as_bytes().to_vec()).collect();
    survive("script", "case.rhai", &scripts, &[], true, check_script);
}

#[test]
fn tables() {
    let mut quoted = String::from("\"a\",b,\"the \"\"c\"\"\",y\n");
    let mut plain = String::from("a,b,c,y\r\n");
    let mut words = String::from("a;b;c;y\n");
    for row in 0..30 {
        let [a, b, c] = [1, 2, 3].map(|k| f64::from(row * k % 7) / 3.0);
        writeln!(quoted, "\"{a}\",{b},\"{c}\",{row}").unwrap();
        write!(plain, "{a},{b:e},{c},{}\r\n", row * row).unwrap();
        writeln!(words, "{a};{b};{c};k{}", row % 3).unwrap();
    }
    let tables = [quoted, plain, words].map(String::into_bytes);
    survive("table", "case.csv", &tables, &[("lab.yaml", TABLE.into())], false, open_lab);
}

/// An IDX file of bytes with these dimensions.
fn idx(dimensions: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
    bytes.extend(dimensions.iter().flat_map(|size| size.to_be_bytes()));
    let count: u32 = dimensions.iter().product();
    bytes.extend((0..count).map(|i| if dimensions.len() == 1 { (i % 3) as u8 } else { (i * 37 % 251) as u8 }));
    bytes
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn images_and_labels() {
    let (images, labels) = (idx(&[30, 4, 4]), idx(&[30]));
    let beside = [("lab.yaml", IMAGES.into()), ("labels.idx", labels.clone())];
    survive("images", "case.idx", &[images.clone(), packed(&images)], &beside, false, open_lab);
    let beside = [("lab.yaml", LABELS.into()), ("images.idx", images)];
    survive("labels", "case.idx", &[labels.clone(), packed(&labels)], &beside, false, open_lab);
}

#[test]
fn weights() {
    let sizes = [("W1", vec![2, 3]), ("b1", vec![3]), ("W2", vec![3, 2]), ("b2", vec![2])];
    let bytes = [0_u8; 24];
    let views = sizes.map(|(name, shape)| {
        let length = 4 * shape.iter().product::<usize>();
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, &bytes[..length]).unwrap();
        (name, view)
    });
    let file = safetensors::serialize(views, None).unwrap();
    survive("weights", "case.safetensors", &[file], &[("lab.yaml", WEIGHTS.into())], false, open_lab);
}
