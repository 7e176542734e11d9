//! The worker: runs that are driven by commands, in a thread of their own ([`Worker`]) or in the caller's ([`Driver`]),
//! networks and series alike. It paces them and shows what there is to see when somebody looks; it never waits for a
//! reader.

mod pacer;
mod rate;
mod thread;
mod work;

pub use thread::Worker;
pub use work::{Driver, Pace};
