//! Options that say something of the log that it has not.

use std::sync::Arc;

use super::files;
use super::input::Input;
use super::output::{Failure, warn};
use crate::format::mapping::statement;
use crate::format::record::Unseen;
use crate::format::{self, unseen};
use crate::source::Source;

impl Input {
    /// Warns of what the command line says of the log and the log never has, and of what says nothing of such a log.
    pub(super) fn warn_of_unseen(&self, sources: &[Arc<Source>], options: &format::Options) {
        let said = self.format.said();
        let statements = statement::parse(&said).unwrap_or_default();
        unseen::of(&statements, sources).iter().for_each(warn_unseen);
        let of = |is: fn(&format::Format) -> bool| {
            sources.iter().any(|source| self.format_of(source, options).is_ok_and(is))
        };
        let of_spans = !options.process_key.is_empty() || !options.own_process.is_empty();
        if of_spans && !of(|format| format.spans.is_some()) {
            warn("--process-key and --own-process say something of spans alone, and there are none in this log");
        }
        let by_file = sources.iter().any(|source| source.process().is_some());
        if by_file && !of(|format| format.is_described() || format.name == "jsonl") {
            warn("--process-from-file says nothing here: the records of this log name their processes themselves");
        }
        if self.format.has_delimiter() && !of(|format| format.name == format::SHIVIZ) {
            warn("--delimiter says something of logs for ShiViz alone: this log is one execution");
        }
    }
}

/// Warns of one of them.
pub(super) fn warn_unseen(unseen: &Unseen) {
    let hint = hint(unseen).map_or_else(String::new, |hint| format!("; {hint}"));
    warn(&format!("{}: nothing in the log is like that{hint}", unseen.said));
}

/// The same where there is nothing to tell without it.
pub(super) fn unseen_failure(unseen: &Unseen) -> Failure {
    let help = hint(unseen).unwrap_or_else(|| "is it the right log?".into());
    Failure::usage(format!("{}: nothing in the log is like that", unseen.said), help)
}

fn hint(unseen: &Unseen) -> Option<String> {
    match (&unseen.near, unseen.there.as_slice()) {
        (Some(near), _) => Some(format!("did you mean `{near}`?")),
        (None, []) => None,
        (None, there) => Some(format!("there are {}", files::list(there))),
    }
}
