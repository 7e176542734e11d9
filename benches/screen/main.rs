//! What the screen costs: how much of its speed training keeps, bytes on the line, and how soon things are seen.
//!
//! `cargo bench --bench screen` starts the binary in pseudo-terminals and prints tables, or with a word only those whose
//! name has it: `-- speed`, `-- bytes`, `-- delays`, `-- texts`. Headless runs and runs on the screen take turns.

#[path = "../../tests/common/terminal.rs"]
mod terminal;
mod texts;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use optlab::ui::theme::{Look, Theme};
use optlab::ui::{App, Event, Watch, draw};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use terminal::Terminal;

const OPTLAB: &str = env!("CARGO_BIN_EXE_optlab");

/// How long a speed is measured, and how often: the median of the shares is told, since one alone is off by 5 % and more.
const SECONDS: f64 = 1.2;
const ROUNDS: usize = 5;

/// Name, data, layers, batch.
const LABS: [(&str, &str, &str, u32); 4] = [
    ("tiny", "source: spirals, samples: 8192", "{dense: 16}, tanh, {dense: 16}, tanh, {dense: 2}", 32),
    ("digits", "source: digits", "{dense: 128}, relu, {dense: 64}, relu, {dense: 10}", 64),
    (
        "mnist",
        "source: blobs, samples: 8192, features: 784, classes: 10",
        "{dense: 256}, relu, {dense: 128}, relu, {dense: 10}",
        128,
    ),
    (
        "wide",
        "source: blobs, samples: 8192, features: 784, classes: 10",
        "{dense: 512}, relu, {dense: 512}, relu, {dense: 10}",
        256,
    ),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let folder = tempfile::tempdir().unwrap();
    for (name, data, layers, batch) in LABS {
        let lab = format!(
            "format: 1\nid: {name}\ntitle: {name}\nabout: |\n  For measuring.\ndata: {{{data}}}\nnetwork: [{layers}]\n\
             loss: cross_entropy\ntraining: {{steps: 1000000000, batch: {batch}, evaluate: 1000000000}}\n\
             optimizer: {{rule: adam, lr: 0.00001}}\n"
        );
        std::fs::write(folder.path().join(format!("{name}.yaml")), lab).unwrap();
    }
    if wanted("speed") {
        speed(folder.path());
    }
    if wanted("bytes") {
        bytes(folder.path());
    }
    if wanted("delays") {
        delays(folder.path());
    }
    if wanted("texts") {
        texts::texts();
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Steps a second without a screen, for about as long as on it.
fn headless(folder: &Path, lab: &str, steps: u64) -> f64 {
    let arguments = ["train", lab, "--quiet", "--json", "--steps", &steps.max(32).to_string()];
    let output = Command::new(OPTLAB).current_dir(folder).args(arguments).output().unwrap();
    let line: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    line["steps_per_second"].as_f64().unwrap()
}

/// Steps a second on the screen.
fn watched(folder: &Path, lab: &str, size: (u16, u16), fps: &str, deaf: bool) -> f64 {
    let terminal = Terminal::start(OPTLAB, folder, &[lab, "--fps", fps], size);
    terminal.first_frame();
    std::thread::sleep(Duration::from_millis(100));
    terminal.press(" ");
    let begun = Instant::now();
    if deaf {
        std::thread::sleep(Duration::from_millis(200));
        terminal.set_deaf(true);
    }
    std::thread::sleep(Duration::from_secs_f64(SECONDS));
    terminal.press(" ");
    let seconds = begun.elapsed().as_secs_f64();
    std::thread::sleep(Duration::from_millis(300));
    terminal.set_deaf(false);
    std::thread::sleep(Duration::from_millis(300));
    // Another size has the whole header written, with the step in one piece.
    let before = terminal.bytes();
    terminal.resize((size.0 + 1, size.1));
    terminal.wait_for("\x1b[2J", before);
    std::thread::sleep(Duration::from_millis(200));
    terminal.step(before).unwrap() as f64 / seconds
}

fn speed(folder: &Path) {
    println!("\nspeed: steps a second on the screen as a share of those without one\n");
    println!("| lab | headless | 80x24, 10 fps | 80x24, 30 fps | 120x40, 10 fps | 120x40, 30 fps | does not read |");
    println!("|---|---|---|---|---|---|---|");
    for (name, ..) in LABS {
        let lab = format!("{name}.yaml");
        let first = headless(folder, &lab, 200);
        let mut rates = vec![headless(folder, &lab, (first * SECONDS) as u64)];
        let mut shares = Vec::new();
        let ways =
            [((80, 24), "10", false), ((80, 24), "30", false), ((120, 40), "10", false), ((120, 40), "30", false)];
        for (size, fps, deaf) in ways.into_iter().chain([((120, 40), "30", true)]) {
            let round = |rates: &mut Vec<f64>| {
                // Between two runs without a screen, so that a machine that slows down slows both.
                let before = rates[rates.len() - 1];
                let rate = watched(folder, &lab, size, fps, deaf);
                rates.push(headless(folder, &lab, (first * SECONDS) as u64));
                200.0 * rate / (before + rates[rates.len() - 1])
            };
            let all: Vec<f64> = (0..ROUNDS).map(|_| round(&mut rates)).collect();
            shares.push(format!("{:.1} %", median(all)));
        }
        println!("| {name} | {:.0} | {} |", median(rates), shares.join(" | "));
    }
}

fn bytes(folder: &Path) {
    println!("\nbytes: what the shipped digits lab writes while it runs\n");
    println!("| size | fps | bytes a second | frames a second | first frame |\n|---|---|---|---|---|");
    for size in [(80, 24), (120, 40)] {
        for fps in ["10", "30"] {
            let lab = ["13-adam-on-digits", "--epochs", "100000", "--fps", fps];
            let terminal = Terminal::start(OPTLAB, folder, &lab, size);
            terminal.first_frame();
            std::thread::sleep(Duration::from_millis(200));
            let first = terminal.bytes();
            terminal.press(" ");
            std::thread::sleep(Duration::from_millis(500));
            let (before, begun) = (terminal.bytes(), Instant::now());
            std::thread::sleep(Duration::from_secs(5));
            let seconds = begun.elapsed().as_secs_f64();
            let (columns, rows) = size;
            let rate = (terminal.bytes() - before) as f64 / seconds;
            let frames = terminal.frames(before) as f64 / seconds;
            println!("| {columns}x{rows} | {fps} | {rate:.0} | {frames:.1} | {first} bytes |");
        }
    }
}

/// Seconds of processor time that a process has taken.
fn processor_time(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}

fn delays(folder: &Path) {
    println!("\ndelays: medians, the longest in brackets\n\n| what | time |\n|---|---|");
    let told = |what: &str, all: Vec<f64>| {
        let most = all.iter().copied().fold(0.0, f64::max);
        println!("| {what} | {:.1} ms ({:.1}) |", 1e3 * median(all), 1e3 * most);
    };
    let version = || {
        let begun = Instant::now();
        Command::new(OPTLAB).arg("--version").stdout(Stdio::null()).status().unwrap();
        begun.elapsed().as_secs_f64()
    };
    told("`optlab --version`", (0..20).map(|_| version()).collect());
    for lab in ["13-adam-on-digits", "tiny.yaml", "wide.yaml"] {
        let first = || Terminal::start(OPTLAB, folder, &[lab], (120, 40)).first_frame().as_secs_f64();
        told(&format!("first frame of `{lab}`, 120x40"), (0..10).map(|_| first()).collect());
    }
    for lab in ["tiny.yaml", "digits.yaml", "wide.yaml"] {
        let terminal = Terminal::start(OPTLAB, folder, &[lab], (120, 40));
        terminal.first_frame();
        std::thread::sleep(Duration::from_millis(200));
        let mut answers = Vec::new();
        for _ in 0..10 {
            terminal.press(" ");
            std::thread::sleep(Duration::from_millis(237));
            let (before, pressed) = (terminal.bytes(), Instant::now());
            terminal.press(" ");
            answers.push((terminal.wait_for("paused", before) - pressed).as_secs_f64());
            std::thread::sleep(Duration::from_millis(100));
        }
        told(&format!("from the key to `paused`, `{lab}` at full speed"), answers);
    }
    let terminal = Terminal::start(OPTLAB, folder, &["13-adam-on-digits"], (120, 40));
    terminal.first_frame();
    terminal.press("s");
    std::thread::sleep(Duration::from_secs(1));
    let (before, begun) = (processor_time(terminal.id()), Instant::now());
    std::thread::sleep(Duration::from_secs(8));
    let share = (processor_time(terminal.id()) - before) / begun.elapsed().as_secs_f64();
    println!("| processor while paused | {:.2} % of a core |", 100.0 * share);
    told("a frame of 200x60, built", frames());
}

/// Seconds for each of some frames of the digits lab in its course.
fn frames() -> Vec<f64> {
    use optlab::lab::{Lab, Overrides};
    use optlab::run::Command as Ask;
    use optlab::session::{Live, Options};
    use optlab::snapshot::Speed;
    use optlab::train::STACK;
    let work = || {
        let lab = Lab::open("13-adam-on-digits", &Overrides::default()).unwrap();
        let (title, about) = (lab.title.clone(), lab.about.clone());
        let watch = Watch { parameter: None, panes: Vec::new(), speed: Speed::Max, scripts: Vec::new() };
        let mut app = App::without_list(Look { theme: Theme::Dark, unicode: true }, true);
        app.update(Event::Resize(200, 60));
        let _ = app.open(&title, &about, &watch);
        let worker = Live::of(lab, Options { way_back: true, ..Options::default() }, false).unwrap();
        worker.send(Ask::Run);
        let mut times = Vec::new();
        while times.len() < 40 {
            let Some(snapshot) = worker.latest() else {
                std::thread::sleep(Duration::from_millis(5));
                if worker.progress().step >= worker.progress().total && worker.progress().total > 0 {
                    worker.send(Ask::Restart { seed: None });
                    worker.send(Ask::Run);
                }
                continue;
            };
            app.update(Event::Snapshot(snapshot));
            let begun = Instant::now();
            let mut buffer = Buffer::empty(Rect::new(0, 0, 200, 60));
            draw::draw(&app, &mut buffer);
            times.push(begun.elapsed().as_secs_f64());
        }
        times
    };
    std::thread::Builder::new().stack_size(STACK).spawn(work).unwrap().join().unwrap()
}
