//! How time and memory grow with weights and with samples. `cargo bench --bench growth` prints the tables; with the word
//! `long` it makes 10^8 steps as well, which takes minutes.
//!
//! Every lab is trained by the binary in a process of its own, whose greatest memory is read when it ends. What the
//! smallest lab takes is the base: the binary itself, its stacks, scripts and their engine.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

const OPTLAB: &str = env!("CARGO_BIN_EXE_optlab");

/// A lab's sizes.
#[derive(Clone, Copy)]
struct Sizes {
    features: u64,
    units: u64,
    samples: u64,
    validation: f64,
    batch: u64,
    steps: u64,
}

impl Sizes {
    fn weights(self) -> u64 {
        (self.features + 1) * self.units + (self.units + 1) * 2
    }

    /// Weights, gradients and Adam's two states, data, and the activations of two batches: the one trained on and the
    /// chunk of an evaluation.
    fn needed(self) -> f64 {
        let activations = self.batch * (self.features + 2 * self.units + 2);
        4.0 * (4 * self.weights() + self.samples * (self.features + 1) + 2 * activations) as f64
    }

    fn lab(self) -> String {
        let Self { features, units, samples, validation, batch, steps } = self;
        format!(
            "format: 1\nid: growth\ntitle: Growth\nabout: |\n  For measuring.\n\
             data: {{source: blobs, samples: {samples}, features: {features}, classes: 2, validation: {validation}}}\n\
             network: [{{dense: {units}}}, relu, {{dense: 2}}]\nloss: cross_entropy\n\
             training: {{steps: {steps}, batch: {batch}, evaluate: 1000000000}}\noptimizer: {{rule: adam, lr: 0.0001}}\n"
        )
    }

    /// As [`Self::run`], the median of so many runs.
    fn median(self, folder: &Path, runs: usize) -> (f64, f64) {
        let (mut most, mut speeds): (Vec<f64>, Vec<f64>) = (0..runs).map(|_| self.run(folder)).unzip();
        most.sort_by(f64::total_cmp);
        speeds.sort_by(f64::total_cmp);
        (most[runs / 2], speeds[runs / 2])
    }

    /// Bytes at the most, and steps a second.
    fn run(self, folder: &Path) -> (f64, f64) {
        std::fs::write(folder.join("growth.yaml"), self.lab()).unwrap();
        let arguments = ["train", "growth.yaml", "--quiet", "--json"];
        let mut child =
            Command::new(OPTLAB).current_dir(folder).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let status = format!("/proc/{}/status", child.id());
        let most = std::cell::Cell::new(0.0_f64);
        // The greatest memory is known to the system until the process ends: read again and again, it is missed by no
        // more than what the last moments add, which is the line of JSON.
        while child.try_wait().unwrap().is_none() {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
            most.set(kib.map_or(most.get(), |kib| most.get().max(kib * 1024.0)));
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
        let mut out = String::new();
        child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let line: serde_json::Value = serde_json::from_str(&out).unwrap();
        (most.get(), line["steps_per_second"].as_f64().unwrap())
    }
}

/// Labs that need fewer bytes run several times: the same one takes half a MiB more or less from run to run, depending on
/// where the system puts it.
const SMALL: f64 = 8e6;

fn mib(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / f64::from(1 << 20))
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    // As many steps as the longest of them, so that its history is as full.
    let small = Sizes { features: 2, units: 2, samples: 64, validation: 0.0, batch: 32, steps: 100_000 };
    let base = small.median(folder.path(), 9).0;
    println!("\ngrowth, above the {} that the smallest lab takes\n", mib(base));
    let head = |what: &str| {
        println!("| {what} | layers | steps a second | memory | needed | ratio |\n|---|---|---|---|---|---|");
    };
    let row = |what: u64, sizes: Sizes| {
        let needed = sizes.needed();
        let (most, speed) = sizes.median(folder.path(), if needed < SMALL { 9 } else { 1 });
        let above = most - base;
        let Sizes { features, units, .. } = sizes;
        println!(
            "| {what} | {features}-{units}-2 | {speed:.0} | {} | {} | {:.2} |",
            mib(above),
            mib(needed),
            above / needed
        );
    };
    head("weights");
    for (features, units, steps) in
        [(20, 43, 20_000), (50, 188, 5_000), (200, 493, 500), (500, 1988, 50), (2000, 4993, 10)]
    {
        let sizes = Sizes { features, units, samples: 512, validation: 0.0, batch: 256, steps };
        row(sizes.weights(), sizes);
    }
    println!();
    head("samples");
    for validation in [0.0, 0.2] {
        for samples in [1_000, 10_000, 100_000, 1_000_000, 10_000_000] {
            row(samples, Sizes { features: 10, units: 16, samples, validation, batch: 32, steps: 100_000 });
        }
    }
    if std::env::args().any(|word| word == "long") {
        println!("\n| steps | steps a second | memory |\n|---|---|---|");
        for steps in [100_000, 1_000_000, 10_000_000, 100_000_000] {
            let (most, speed) = Sizes { steps, batch: 1, ..small }.run(folder.path());
            println!("| {steps} | {speed:.0} | {} |", mib(most));
        }
    }
}
