//! Bytes to records: one file per format, and the table of them all.

pub mod clocks;
pub mod record;
pub mod shiviz;
pub mod time;
