//! Every reference vector of `tests/reference` against the engine, in f32 and f64. How many cases passed is printed past
//! the harness, which hides what a test prints that passes.

mod averages;
mod losses;
mod networks;
mod optimizers;
pub mod rules;
mod schedules;
mod training;

use std::fmt::Write as _;
use std::io::Write as _;

/// What became of each case of a file: its name, and what is wrong with it.
type Outcomes = Vec<(String, Result<(), String>)>;

#[test]
fn every_case_passes() {
    type Check = fn() -> Outcomes;
    let files: [(&str, Check); 9] = [
        ("optimizers", optimizers::outcomes),
        ("rules", rules::outcomes),
        ("schedules", schedules::outcomes),
        ("edges", schedules::edges),
        ("networks", networks::outcomes),
        ("training", training::outcomes),
        ("losses", losses::outcomes),
        ("matrices", rules::matrices),
        ("averages", averages::outcomes),
    ];
    let mut good = true;
    let mut table =
        "\nreference vectors, in f64 within 1e-9 and in f32 within 1e-5 of the size of the tensor; rules within 5e-5\n"
            .to_owned();
    for (file, outcomes) in files {
        let outcomes = outcomes();
        let passed = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
        writeln!(table, "  {file:<12} {passed} of {} cases passed", outcomes.len()).unwrap();
        for (name, outcome) in &outcomes {
            if let Err(why) = outcome {
                writeln!(table, "    {name}: {why}").unwrap();
            }
        }
        good &= passed == outcomes.len() && passed > 0;
    }
    table.push('\n');
    std::io::stdout().write_all(table.as_bytes()).unwrap();
    assert!(good, "not all reference vectors are met, see the table");
}
