//! All tests of the whole but those that count allocations, one module a file: one program, since each one links the
//! library and all it stands on again. `cargo test --test suite races` runs one file's.

/// Counts what scripts ask for, as the program does.
#[global_allocator]
static HEAP: optlab::heap::Counting = optlab::heap::Counting;

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/machine.rs"]
mod machine;
#[path = "../common/program.rs"]
mod program;
#[cfg(unix)]
#[path = "../common/terminal.rs"]
mod terminal;

mod accumulation;
mod bad_labs;
mod bench;
mod blame;
mod blamed_scripts;
mod catalogue;
mod check_course;
mod check_folders;
mod checkpoints;
mod class_losses;
mod cli;
mod conditions;
mod copies;
mod course;
mod decay;
mod diagnosis;
mod editor;
mod encodings;
mod extremes;
#[cfg(unix)]
mod folders;
mod grading;
mod grading_labs;
mod groups;
mod inside;
mod keys;
mod lab_language;
#[cfg(unix)]
mod lab_list;
mod labs;
mod landscapes;
mod leaving;
mod lectures;
mod ledger;
mod limits;
mod live_edits;
#[cfg(unix)]
mod live_tapes;
mod lost_files;
mod maps;
mod matrix_rules;
mod meant;
mod moving_pictures;
mod mutations;
mod networks;
mod norms;
mod observers;
mod optimizers;
mod panics;
mod phases;
mod plots;
mod points;
mod prints;
mod processors;
mod promises;
mod python_scripts;
mod race_rules;
mod races;
mod recorded_files;
mod recordings;
mod references;
mod restored_runs;
mod said;
mod saved_edits;
mod saved_runs;
mod schedules;
mod script_budgets;
mod seeds;
mod series;
mod settings;
#[cfg(unix)]
mod signals;
mod ssh_budget;
mod standardized;
mod tables;
#[cfg(unix)]
mod task_screen;
mod tasks;
#[cfg(unix)]
mod terminals;
mod test_part;
mod the_house;
mod tidy;
mod time_machine;
mod training;
mod unused_edits;
mod user_settings;
mod virtual_screen;
mod warnings;
mod working_folders;
