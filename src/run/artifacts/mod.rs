//! The files of a run: its folder, the tables of its steps and epochs, its weights, its summary. Nothing is written that
//! was not measured by others.

mod folder;
mod run_dir;
mod series_dir;
mod summary;

pub use folder::{Dirs, Folder};
pub use run_dir::RunDir;
pub use series_dir::SeriesDir;
pub(crate) use summary::failed_summary;
pub(in crate::run) use summary::{summary, walked_summary};
