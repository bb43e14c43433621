//! Reports for people: what [`super`] holds as data, as lines that a terminal shows.

pub mod diagram;
pub mod names;
pub mod snippet;
pub mod table;
pub mod verify;
