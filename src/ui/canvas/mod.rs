//! What is drawn with: a pen on cells, text that fits, charts, and pictures of the finished screen. It knows no pane, no
//! key and no lab.

pub mod bars;
pub mod disputed;
pub mod edge;
pub mod ends;
pub mod fault;
pub mod formula;
pub mod markdown;
pub mod measure;
pub mod pen;
pub mod picture;
pub mod plot;
pub mod range;
pub mod raster;
pub mod scale;
pub mod spark;
pub mod text;
