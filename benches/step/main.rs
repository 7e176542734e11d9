//! What a training step costs: updates by script beside loops fused by hand, and the parts of a step of four networks.
//!
//! `cargo bench --bench step`, or with a word to see only the tables whose name has it: `-- update`. What is compared is
//! run in turn, so that what else the machine does hits all alike: ratios within a line are what counts.

#[path = "../../tests/common/mod.rs"]
mod common;
mod fused;
mod history;
mod network;

use std::time::Instant;

use common::optimizer;
use optlab::optim::Rule;
use optlab::program::Aligned;
use serde_json::Value;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    if wanted("updates") {
        updates();
    }
    if wanted("steps") {
        network::steps();
    }
    if wanted("history") {
        history::history();
    }
}

/// Runs all in turn, again and again, and returns the median of each in seconds.
fn in_turn<const N: usize>(mut all: [&mut dyn FnMut(); N]) -> [f64; N] {
    let (begin, mut times) = (Instant::now(), [(); N].map(|()| Vec::new()));
    while times[0].len() < 30 || (begin.elapsed().as_secs_f64() < 1.0 && times[0].len() < 5000) {
        for (work, times) in all.iter_mut().zip(&mut times) {
            let start = Instant::now();
            work();
            times.push(start.elapsed().as_secs_f64());
        }
    }
    times.map(|mut times: Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

/// `12.8 us`, with three digits.
fn time(seconds: f64) -> String {
    let (value, unit) = if seconds < 1e-3 { (seconds * 1e6, "us") } else { (seconds * 1e3, "ms") };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

fn waves(count: usize, phase: f32) -> Aligned<f32> {
    let mut waves = Aligned::zeros(count);
    waves.iter_mut().enumerate().for_each(|(i, x)| *x = (i as f32 * 0.37 + phase).sin());
    waves
}

fn updates() {
    println!("\nupdates: by script, which also measures the length of the step, and by hand without and with that\n");
    println!("| rule | weights | by script | by hand | ratio | by hand, measured | ratio |");
    println!("|---|---|---|---|---|---|---|");
    for name in ["adam", "rmsprop", "momentum"] {
        for count in [17_000, 200_000, 700_000] {
            update(name, count);
        }
    }
}

fn update(name: &str, count: usize) {
    let (parts, hyper) = optimizer(name, &Value::Null);
    let (mut w, dw) = (waves(count, 0.0), waves(count, 1.0));
    let mut rule = Rule::<f32>::new(parts, &mut w, vec![0..count]).unwrap();
    let mut t = 0;
    let mut by_script = || {
        t += 1;
        std::hint::black_box(rule.step(t, &hyper, &mut w, &dw, None).unwrap()[0]);
    };
    let by_hand = |measured: bool| {
        let (mut w, dw) = (waves(count, 0.0), waves(count, 1.0));
        let mut rule = fused::Fused::new(name, count);
        move || {
            std::hint::black_box(rule.step(&mut w, &dw, measured));
        }
    };
    let [script, hand, measured] = in_turn([&mut by_script, &mut by_hand(false), &mut by_hand(true)]);
    let (ratio, fair) = (script / hand, script / measured);
    let [script, hand, measured] = [script, hand, measured].map(time);
    println!("| {name} | {count} | {script} | {hand} | {ratio:.2} | {measured} | {fair:.2} |");
}
