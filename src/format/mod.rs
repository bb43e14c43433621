//! Bytes to records: one file per format, and the table of them all.

pub mod cut;
pub mod json;
pub mod jsonl;
pub mod lexis;
pub mod lines;
pub mod record;
pub mod text;
pub mod time;

use std::sync::Arc;

use self::record::Sink;
use crate::source::Source;

/// One input format: a row of [`FORMATS`].
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name, as `--format` takes it.
    pub name: &'static str,
    /// What it is, in one line of help.
    pub about: &'static str,
    /// Whether a source is of this format, judged by its first bytes.
    pub looks_like: fn(&str) -> bool,
    /// Reads a source.
    pub read: fn(&Arc<Source>, &mut dyn Sink),
}
