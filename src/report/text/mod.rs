//! Reports for people: what [`super`] holds as data, as lines that a terminal shows.

pub mod all;
pub mod attainable;
pub mod clocks;
pub mod cycle;
pub mod diagram;
pub mod duration;
pub mod names;
pub mod recorded;
pub mod refusal;
pub mod relate;
pub mod snapshot;
pub mod snippet;
pub mod steps;
pub mod table;
pub mod verify;
