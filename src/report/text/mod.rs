//! Reports for people: what [`super`] holds as data, as lines that a terminal shows.

pub mod attainable;
pub mod clocks;
pub mod cycle;
pub mod diagram;
pub mod names;
pub mod recorded;
pub mod relate;
pub mod snippet;
pub mod table;
pub mod verify;
