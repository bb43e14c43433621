//! Chandy and Lamport's snapshots (1985): what runs record, what a run could record, and what runs in a log recorded.

pub mod all;
pub mod attainable;
mod reach;
pub mod recorded;
