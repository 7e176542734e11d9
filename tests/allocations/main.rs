//! What may be allocated, and how often the clock may be read: the tests that count for the whole process.
//!
//! A program without Rust's harness, whose threads allocate whenever they start a test or print what became of one. Here
//! one test runs at a time, in the main thread, and nothing else does.

mod counting;

#[path = "../common/mod.rs"]
mod common;

mod cost;
mod data;
mod no_allocation;
mod rules;

use std::process::ExitCode;

macro_rules! tests {
    ($($module:ident::$test:ident),* $(,)?) => {
        [$((concat!(stringify!($module), "::", stringify!($test)), $module::$test as fn())),*]
    };
}

const TESTS: [(&str, fn()); 11] = tests![
    counting::the_counters_count,
    cost::a_run_allocates_nothing_from_step_to_step_and_holds_no_more_after_many,
    cost::a_run_without_a_screen_reads_the_clock_once_in_32_steps_at_most,
    cost::a_watched_run_reads_the_clock_no_more_often_for_its_frames,
    data::data_that_nothing_scales_never_lie_in_memory_twice,
    data::data_to_be_standardised_take_twice_their_memory_while_they_are_made,
    data::a_table_is_rounded_cell_by_cell,
    no_allocation::a_step_allocates_nothing,
    no_allocation::a_step_of_an_experiment_allocates_nothing,
    rules::a_step_of_a_shipped_rule_allocates_nothing,
    rules::a_step_of_a_rule_that_branches_allocates_nothing_on_a_way_that_is_known,
];

/// Which tests to run, in the words of Rust's harness; those of its options that choose none change nothing here.
#[derive(Default)]
struct Asked {
    list: bool,
    exact: bool,
    /// Those alone that are left out otherwise, of which there are none here.
    ignored: bool,
    words: Vec<String>,
    skipped: Vec<String>,
}

impl Asked {
    fn read(mut arguments: impl Iterator<Item = String>) -> Self {
        let mut asked = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--list" => asked.list = true,
                "--exact" => asked.exact = true,
                "--ignored" => asked.ignored = true,
                "--skip" => asked.skipped.extend(arguments.next()),
                "--test-threads" | "--format" | "--color" | "--logfile" | "--shuffle-seed" | "-Z" => {
                    arguments.next();
                }
                option if option.starts_with('-') => {}
                _ => asked.words.push(argument),
            }
        }
        asked
    }

    fn wants(&self, name: &str) -> bool {
        let meets = |word: &String| if self.exact { name == word } else { name.contains(word.as_str()) };
        let chosen = self.words.is_empty() || self.words.iter().any(meets);
        chosen && !self.skipped.iter().any(meets) && !self.ignored
    }
}

fn main() -> ExitCode {
    let asked = Asked::read(std::env::args().skip(1));
    let chosen: Vec<_> = TESTS.iter().filter(|(name, _)| asked.wants(name)).collect();
    if asked.list {
        chosen.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", chosen.len());
    let mut failed = 0;
    for (name, test) in &chosen {
        let good = std::panic::catch_unwind(test).is_ok();
        failed += usize::from(!good);
        println!("test {name} ... {}", if good { "ok" } else { "FAILED" });
    }
    let (passed, others) = (chosen.len() - failed, TESTS.len() - chosen.len());
    println!("\ntest result: {passed} passed; {failed} failed; {others} filtered out\n");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
