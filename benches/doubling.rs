//! How time grows with the size of what is read: each input is doubled, and should take about twice as long.
//!
//! `cargo bench --bench doubling` prints a table with the ratio of each doubling; with words it measures those inputs whose
//! names have one of them: `-- layers`. It judges nothing: on a busy machine a ratio may be anything.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use optlab::ui::markdown;
use optlab::ui::theme::{Look, Theme};

const OPTLAB: &str = env!("CARGO_BIN_EXE_optlab");

/// How often each size is measured; the shortest time is taken, since whatever disturbs makes it longer.
const ROUNDS: usize = 5;
/// How often each input is doubled.
const DOUBLINGS: u32 = 3;

/// Makes the files of an input of a size; the first is the one to be checked.
type Files = fn(usize) -> Vec<(&'static str, String)>;

/// The name of an input, its smallest size, and its files.
const CHECKED: [(&str, usize, Files); 7] = [
    ("many problems", 2_000, problems),
    ("unknown keys", 1_000, keys),
    ("a racer's keys", 1_000, racer),
    ("layers", 500, layers),
    ("a rule's statements", 2_500, statements),
    ("a long word", 25_000, word),
    ("rows of a CSV", 25_000, rows),
];

const HEAD: &str = "data: {source: moons}\nnetwork: [{dense: 2}]\nloss: cross_entropy\n";

fn problems(size: usize) -> Vec<(&'static str, String)> {
    vec![("a.yaml", format!("series: {{values: [{}]}}\naverages: [{{simple: 3}}]\n", vec!["x"; size].join(",")))]
}

fn numbered(size: usize, indent: &str) -> String {
    (0..size).fold(String::new(), |mut text, at| {
        let _ = writeln!(text, "{indent}k{at}: 1");
        text
    })
}

fn keys(size: usize) -> Vec<(&'static str, String)> {
    vec![("a.yaml", format!("{HEAD}optimizer:\n  rule: sgd\n{}", numbered(size, "  ")))]
}

fn racer(size: usize) -> Vec<(&'static str, String)> {
    vec![("a.yaml", format!("{HEAD}compare:\n  one:\n    training:\n{}", numbered(size, "      ")))]
}

fn layers(size: usize) -> Vec<(&'static str, String)> {
    let layers = "{dense: 2}, tanh, ".repeat(size / 2);
    let lab = format!("data: {{source: moons}}\nnetwork: [{layers}{{dense: 2}}]\nloss: cross_entropy\n");
    vec![("a.yaml", lab)]
}

fn statements(size: usize) -> Vec<(&'static str, String)> {
    let rule = format!(
        "//! Many.\nfn hyper() {{ #{{\n    lr: 0.1, // rate\n}} }}\nfn state(w) {{ #{{}} }}\nfn update(w, dw, state, h, t) {{\n{}w - h.lr * dw }}\n",
        "1;\n".repeat(size)
    );
    vec![("a.yaml", format!("{HEAD}optimizer: {{rule: rule.rhai}}\n")), ("rule.rhai", rule)]
}

fn word(size: usize) -> Vec<(&'static str, String)> {
    vec![("a.yaml", format!("about: {}\n{HEAD}", "w".repeat(size)))]
}

fn rows(size: usize) -> Vec<(&'static str, String)> {
    let mut csv = "a,b,y\n".to_owned();
    (0..size).for_each(|at| writeln!(csv, "{}.5,{},{}", at % 97, at % 89, at % 2).expect("a text grows"));
    let lab = "data: {csv: d.csv, target: y}\nnetwork: [{dense: 2}]\nloss: cross_entropy\ntraining: {steps: 1}\n";
    vec![("a.yaml", lab.to_owned()), ("d.csv", csv)]
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let folder = tempfile::tempdir().unwrap();
    // What the program takes for nothing: it is no part of what is doubled.
    let base = shortest(|| check(folder.path(), &keys(0)));
    println!(
        "\ntime of inputs that are doubled; {:.1} ms for the program itself is taken off\n",
        1e3 * base.as_secs_f64()
    );
    println!("| input | size | ms | ratio |\n|---|---|---|---|");
    for (name, size, files) in CHECKED.into_iter().filter(|(name, ..)| wanted(name)) {
        table(name, size, |size| shortest(|| check(folder.path(), &files(size))).saturating_sub(base));
    }
    if wanted("a long word on the screen") {
        let look = Look { theme: Theme::Mono, unicode: true };
        table("a long word on the screen", 25_000, |size| {
            let text = "w".repeat(size);
            shortest(|| timed(|| assert!(markdown::lay_out(&text, 40, look).len() > size / 40)))
        });
    }
}

/// Rows of a size and its doublings, with the ratio of each to the one before.
fn table(name: &str, size: usize, time: impl Fn(usize) -> Duration) {
    let mut before: Option<Duration> = None;
    for size in (0..=DOUBLINGS).map(|doubling| size << doubling) {
        let taken = time(size);
        let ratio =
            before.map_or_else(String::new, |before| format!("{:.2}", taken.as_secs_f64() / before.as_secs_f64()));
        println!("| {name} | {size} | {:.1} | {ratio} |", 1e3 * taken.as_secs_f64());
        before = Some(taken);
    }
}

fn shortest(run: impl Fn() -> Duration) -> Duration {
    (0..ROUNDS).map(|_| run()).min().unwrap_or_default()
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// The time of `optlab check` of files, whatever it says.
fn check(folder: &Path, files: &[(&str, String)]) -> Duration {
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let mut command = Command::new(OPTLAB);
    command.current_dir(folder).args(["check", files[0].0]).stdout(Stdio::null()).stderr(Stdio::null());
    timed(|| assert!(command.status().is_ok()))
}
