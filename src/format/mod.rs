//! Bytes to records: one file per format, and the table of them all.

pub mod record;
pub mod time;
