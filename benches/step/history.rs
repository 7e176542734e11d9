//! What a run keeps of its steps, and what that costs: an experiment alone beside a run without a screen.

use std::time::Instant;

use optlab::bench::{WORKLOADS, Workload, time};
use optlab::train::Experiment;

/// Runs of each, in turn.
const ROUNDS: usize = 9;

/// Seconds a step of the experiment alone.
fn bare(workload: &Workload, steps: u64) -> f64 {
    let mut experiment = Experiment::new(workload.parts(u64::MAX, 1).unwrap()).unwrap();
    let start = Instant::now();
    for _ in 0..steps {
        std::hint::black_box(experiment.step(None).unwrap().loss);
    }
    start.elapsed().as_secs_f64() / steps as f64
}

pub fn history() {
    println!(
        "\nhistory: a step of an experiment alone, and in a run, which keeps its loss and norms and obeys commands\n"
    );
    println!("| network | experiment | run | difference | share | steps a clock read |");
    println!("|---|---|---|---|---|---|");
    for (workload, steps) in WORKLOADS.iter().zip([100_000, 8_000, 400, 64]) {
        let (mut alone, mut kept, mut reads) = (Vec::new(), Vec::new(), 0);
        for _ in 0..ROUNDS {
            alone.push(bare(workload, steps));
            let trained = workload.train(steps, 1).unwrap();
            kept.push(trained.seconds);
            reads = trained.clock_reads;
        }
        alone.sort_by(f64::total_cmp);
        kept.sort_by(f64::total_cmp);
        // The fastest of each: what else the machine does only adds.
        let (alone, kept) = (alone[0], kept[0]);
        println!(
            "| {} | {} | {} | {:.3} us | {:.1} % | {} |",
            workload.name,
            time(alone),
            time(kept),
            (kept - alone) * 1e6,
            100.0 * (kept - alone) / alone,
            steps / reads.max(1)
        );
    }
}
