//! Every reference vector of `tests/reference` against the engine, in f32 and f64. A target with its own `main`, because
//! how many cases passed is to be seen, and the output of a passing test is hidden.

mod common;

#[path = "reference/averages.rs"]
mod averages;
#[path = "reference/networks.rs"]
mod networks;
#[path = "reference/optimizers.rs"]
mod optimizers;
#[path = "reference/schedules.rs"]
mod schedules;
#[path = "reference/training.rs"]
mod training;

/// What became of each case of a file: its name, and what is wrong with it.
type Outcomes = Vec<(String, Result<(), String>)>;

fn main() -> std::process::ExitCode {
    type Check = fn() -> Outcomes;
    let files: [(&str, Check); 5] = [
        ("optimizers", optimizers::outcomes),
        ("schedules", schedules::outcomes),
        ("networks", networks::outcomes),
        ("training", training::outcomes),
        ("averages", averages::outcomes),
    ];
    let mut good = true;
    println!("\nreference vectors, in f64 within 1e-9 and in f32 within 1e-5 of the size of the tensor");
    for (file, outcomes) in files {
        let outcomes = outcomes();
        let passed = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
        println!("  {file:<12} {passed} of {} cases passed", outcomes.len());
        for (name, outcome) in &outcomes {
            if let Err(why) = outcome {
                println!("    {name}: {why}");
            }
        }
        good &= passed == outcomes.len() && passed > 0;
    }
    println!();
    if good { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
