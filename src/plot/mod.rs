//! Curves of finished runs as pictures: what a lecturer puts on a slide. It reads the files that runs have written, and never
//! knows how a run is made, nor a screen: the colours are handed in, and so is what a lab says of itself.
//!
//! In the order in which they are gone through: [`run`] (a folder and its tables), `quantity` (the names of what can be drawn),
//! `along` (over what), `names` (what runs are called), `curve`, [`figure`] (all that is seen, as plain data), `layout`, `draw`
//! (the picture, by `plotters`) and [`output`] (the files, by `resvg` and `svg2pdf`).

pub mod along;
mod axis;
mod coordinate;
mod curve;
mod draw;
pub mod figure;
mod html;
mod layout;
mod legend;
mod names;
pub mod output;
pub mod palette;
mod quantity;
pub mod run;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod trim;
