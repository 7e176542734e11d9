//! Whole screens and key sequences, and the snapshots of runs that they and the panes' own tests are made of.

mod command_screen_tests;
mod copy_screen_tests;
mod edit_screen_tests;
pub(super) mod fixture;
pub(super) mod fixture_ledger;
pub(super) mod fixture_maps;
pub(super) mod fixture_network;
pub(super) mod fixture_runs;
pub(super) mod fixture_scripts;
mod hostile_screen_tests;
mod inside_screen_tests;
mod ledger_screen_tests;
mod list_screen_tests;
mod map_screen_tests;
mod opening_screen_tests;
mod panes_screen_tests;
mod picture_screen_tests;
mod pointing_screen_tests;
mod screen_tests;
mod series_screen_tests;
mod settings_screen_tests;
mod sizes_screen_tests;
mod told_screen_tests;
mod travel_screen_tests;
mod whole_texts_tests;
mod written;
