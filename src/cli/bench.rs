//! `optlab bench`: what training steps cost on this machine.

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::report;
use crate::bench::{self, RULES, Step, Update, WORKLOADS, Workload, time};
use crate::error::{Error, Result};

/// Weights of the updates that are measured by themselves.
const WEIGHTS: [usize; 3] = [17_000, 200_000, 700_000];

/// What to measure.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Arguments {
    /// `tiny`, `digits`, `mnist`, `wide` or `updates`; all of them if none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// One line of JSON instead of tables; times are in seconds.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    threads: super::Threads,
}

pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let known: Vec<&str> = WORKLOADS.iter().map(|w| w.name).chain(["updates"]).collect();
    if let Some(name) = arguments.names.iter().find(|name| !known.contains(&name.as_str())) {
        let what = Error::user(format!("there is no workload `{name}`"));
        return Err(what.help(format!("there are {}", known.join(", "))));
    }
    let wanted = |name: &str| arguments.names.is_empty() || arguments.names.iter().any(|wanted| wanted == name);
    let threads = super::config::threads(arguments.threads, false);
    let workloads: Vec<&Workload> = WORKLOADS.iter().filter(|workload| wanted(workload.name)).collect();
    let rules: Vec<(&str, usize)> = if wanted("updates") {
        RULES.iter().flat_map(|rule| WEIGHTS.map(|weights| (*rule, weights))).collect()
    } else {
        Vec::new()
    };
    let parts = 1 + workloads.len() * bench::PARTS_OF_A_STEP + rules.len();
    report::note(&format!("measuring, about {parts} seconds; close other programs: they disturb the timing"));
    let bar = progress(parts);
    bar.set_message("the limit of a core");
    let limit = bench::multiply_adds_per_second();
    bar.inc(1);
    let mut steps = Vec::new();
    for workload in workloads {
        let step = bench::step(workload, threads, &mut |what| {
            bar.set_message(format!("{}: {what}", workload.name));
            bar.inc(1);
        })?;
        let done = format!("{:<8} {:>9} a step, {:.0} steps/s", workload.name, time(step.whole), 1.0 / step.whole);
        bar.suspend(|| report::note(&done));
        steps.push((workload, step));
    }
    let mut updates = Vec::new();
    for (rule, weights) in rules {
        bar.set_message(format!("an update by {rule} of {weights} weights"));
        let update = bench::update(rule, weights)?;
        bar.inc(1);
        let done = format!("{rule:<8} {:>9} an update of {weights} weights", time(update.by_script));
        bar.suspend(|| report::note(&done));
        updates.push((rule, weights, update));
    }
    bar.finish_and_clear();
    if arguments.json {
        let steps: Vec<Value> = steps.iter().map(|(workload, step)| step_json(workload, step, limit)).collect();
        let updates: Vec<Value> = updates.iter().map(|(rule, weights, u)| update_json(rule, *weights, u)).collect();
        let all = json!({ "flops": 2.0 * limit, "threads": threads, "steps": steps, "updates": updates });
        report::json(&all);
        return Ok(());
    }
    if !steps.is_empty() {
        tables(&steps, limit, threads);
    }
    if !updates.is_empty() {
        update_table(&updates);
    }
    Ok(())
}

/// A bar on a terminal, hidden elsewhere. It is drawn between two measurements only, so that it disturbs none.
fn progress(parts: usize) -> ProgressBar {
    if !report::is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(parts as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn tables(steps: &[(&Workload, Step)], limit: f64, threads: usize) {
    let by = if threads == 1 { "one thread".to_owned() } else { format!("{threads} threads") };
    report::line(&format!(
        "a step of training with Adam by script, {by}; a core's limit:\n{:.0} GFLOP/s in f32\n",
        limit * 2e-9
    ));
    report::line(&format!(
        "{:8}{:24}{:>6}{:>10}{:>10}{:>10}{:>10}",
        "", "layers", "batch", "step", "steps/s", "of limit", "by hand"
    ));
    for (workload, step) in steps {
        report::line(&format!(
            "{:8}{:24}{:>6}{:>10}{:>10}{:>10}{:>10}",
            workload.name,
            workload.layers(),
            workload.batch,
            time(step.whole),
            format!("{:.0}", 1.0 / step.whole),
            format!("{:.0} %", 100.0 * share(workload, step, limit)),
            format!("{:.3}", step.by_script / step.by_hand),
        ));
    }
    report::line(
        "\nof limit: what the step's matrix products would take at the limit of a core, by\n\
         the step's time; by hand: the time of batch, passes and update with the script's\n\
         rule, by that with a loop fused by hand in its place\n",
    );
    let heads = ["batch", "forward", "loss", "backward", "norms", "update", "the rest"];
    report::line(&format!("{:8}{}", "", heads.map(|head| format!("{head:>10}")).concat()));
    for (workload, step) in steps {
        let parts = parts(step).map(|(_, seconds)| format!("{:>10}", time(seconds))).concat();
        report::line(&format!("{:8}{parts}", workload.name));
    }
}

fn update_table(updates: &[(&str, usize, Update)]) {
    report::line(
        "\nan update alone: by script, and by a loop fused by hand without and with the\nlength of the step (measured)\n",
    );
    let heads = ["weights", "by script", "by hand", "ratio", "measured", "ratio"];
    report::line(&format!("{:10}{}", "", heads.map(|head| format!("{head:>10}")).concat()));
    for (rule, weights, update) in updates {
        let Update { by_script, by_hand, by_hand_measured } = *update;
        report::line(&format!(
            "{rule:10}{weights:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            time(by_script),
            time(by_hand),
            format!("{:.2}", by_script / by_hand),
            time(by_hand_measured),
            format!("{:.2}", by_script / by_hand_measured)
        ));
    }
}

fn share(workload: &Workload, step: &Step, limit: f64) -> f64 {
    workload.multiply_adds() as f64 / limit / step.whole
}

fn parts(step: &Step) -> [(&'static str, f64); 7] {
    let p = step.parts;
    [
        ("batch", p.batch),
        ("forward", p.forward),
        ("loss", p.loss),
        ("backward", p.backward),
        ("norms", p.norms),
        ("update", p.update),
        ("bookkeeping", p.bookkeeping),
    ]
}

fn step_json(workload: &Workload, step: &Step, limit: f64) -> Value {
    let parts: serde_json::Map<_, _> =
        parts(step).into_iter().map(|(name, seconds)| (name.to_owned(), json!(seconds))).collect();
    json!({
        "name": workload.name, "layers": workload.layers(), "batch": workload.batch, "step": step.whole,
        "share_of_limit": share(workload, step, limit), "parts": parts,
        "by_script": step.by_script, "by_hand": step.by_hand,
    })
}

fn update_json(rule: &str, weights: usize, update: &Update) -> Value {
    let Update { by_script, by_hand, by_hand_measured } = update;
    json!({
        "rule": rule, "weights": weights, "by_script": by_script, "by_hand": by_hand,
        "by_hand_measured": by_hand_measured,
    })
}
