//! How things look: themes and what the terminal makes of their colours. It knows no screen.

pub mod lecture;
pub mod palette;
pub mod theme;
