//! Bytes to records: one file per format, and the table of them all.

pub mod cut;
pub mod json;
pub mod jsonl;
pub mod lexis;
pub mod lines;
pub mod record;
pub mod text;
pub mod time;
