//! The files of a run: its folder, the tables of its steps and epochs, its weights, its summary. Nothing is written that
//! was not measured by others.

mod beside;
mod claim;
mod folder;
mod notices;
mod output;
mod owner;
mod run_dir;
mod series_dir;
mod summary;
mod table;
mod written;

pub use beside::write_beside;
pub use folder::{Content, Dirs, Folder};
pub use notices::Notices;
pub use run_dir::RunDir;
pub use series_dir::SeriesDir;
pub(crate) use summary::failed_summary;
pub(in crate::run) use summary::{summary, walked_summary};
