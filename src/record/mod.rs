//! Tapes: a session written down as keys, waits on the run's state, captions and chapters; and what is made of one. A tape is
//! played by the screen's own [`App`](crate::ui) over a session whose clock is virtual, so that a recording is the live
//! screen with another clock and a buffer in the place of a terminal, and is the same on every machine.

mod acts;
pub mod captions;
pub mod cast;
pub mod compare;
pub mod frames;
pub mod gif;
pub mod html;
pub mod lecture;
pub mod live_cast;
pub mod live_file;
pub mod live_tape;
pub mod output;
pub mod painted;
pub mod pixels;
pub mod player;
pub mod recorder;
pub mod recording;
pub mod stage;
pub mod tape;
pub mod transcript;
