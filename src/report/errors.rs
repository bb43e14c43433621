//! Why there is no verdict, for programs: `grammar/error.schema.json`.

use serde::Serialize;

use super::VERSION;
use crate::cut::Verdict;
use crate::source::Location;

/// The object that stands where the report would.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorReport {
    clearcut: u32,
    command: &'static str,
    verdict: &'static str,
    errors: Vec<ErrorRow>,
    /// How many errors there are beyond those that are listed.
    more: usize,
}

/// One error.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorRow {
    /// What is wrong.
    pub text: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// Where; nothing where it is about no single place.
    pub at: Vec<ErrorPlace>,
}

/// Where an error is.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPlace {
    file: String,
    line: usize,
    column: usize,
    /// What there is to see, mostly what was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
}

impl ErrorReport {
    /// The report of a command without a verdict.
    pub fn new(command: &'static str, errors: Vec<ErrorRow>, more: usize) -> Self {
        Self { clearcut: VERSION, command, verdict: Verdict::Undetermined.name(), errors, more }
    }
}

impl ErrorPlace {
    /// A place, and what there is to see.
    pub fn new(location: Location, label: Option<String>) -> Self {
        let Location { file, line, column } = location;
        Self { file, line, column, label }
    }
}
