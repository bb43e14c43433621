//! What is said of the format of a log on the command line.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::output::Failure;
use crate::format::mapping::{FileNames, describe, statement};
use crate::format::{self, FORMATS, ready};
use crate::source::Source;

/// Options that say how the log is read stand together in the help, behind those of the command itself.
pub const HEADING: &str = "How the log is read";

/// What is said of the format: its name, or what its events look like.
#[derive(Clone, Debug, Args)]
pub struct FormatArgs {
    /// Format of the files, where their content does not tell; `help` lists them. What is described beside a format like
    /// caf goes before what it says itself
    #[arg(long = "format", value_name = "NAME", value_parser = name, help_heading = HEADING)]
    pub name: Option<String>,
    /// Regular expression of an event of a text log, with groups like process, event, message, to, time; several are
    /// tried in order. It sees one line, and one more for each `\n` in it. With the groups host, clock and event: of a record of a log for ShiViz
    #[arg(long = "pattern", value_name = "REGEX", allow_hyphen_values = true, help_heading = HEADING)]
    patterns: Vec<String>,
    /// Where a part of an event stands in the objects of a JSON log: process=host.name, message=/request/id. The names are
    /// those of the groups of a pattern; any other is a variable
    #[arg(long = "field", value_name = "NAME=PATH", help_heading = HEADING)]
    fields: Vec<String>,
    /// The log's own words for send, receive or step: send=SENT,produce; `*` is any other word
    #[arg(long = "value", value_name = "ACTION=WORDS", help_heading = HEADING)]
    values: Vec<String>,
    /// A file of such options, one a line without its dashes (grammar/format.ebnf)
    #[arg(long, value_name = "FILE", help_heading = HEADING)]
    format_file: Option<PathBuf>,
    /// Regular expression of the line between two executions; a group `trace` is the label of the next
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true, help_heading = HEADING)]
    delimiter: Option<String>,
    /// One file for each process, named by its file: 'node-(.*)\.log'
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true, help_heading = HEADING)]
    process_from_file: Option<String>,
    /// Attributes of spans whose values, joined by `/`, name their process: `service.name,service.instance.id`
    #[arg(long, value_name = "KEY,...", value_delimiter = ',', help_heading = HEADING)]
    process_key: Vec<String>,
    /// A service of spans that is a process, though it only calls from below spans of other processes
    #[arg(long, value_name = "SERVICE", help_heading = HEADING)]
    own_process: Vec<String>,
}

/// The words for `--format` that ask what there is.
pub const LISTS: [&str; 2] = ["help", "list"];

/// The names of all formats, each with what it is.
pub fn names() -> String {
    let all = FORMATS.iter().map(|format| (format.name, format.about)).chain([(format::CLOCKS, format::CLOCKS_ABOUT)]);
    all.map(|(name, about)| format!("  {name:<10} {about}\n")).collect()
}

/// A name of a format, checked; clap shows the text where it is none.
fn name(text: &str) -> Result<String, String> {
    let known = text == format::CLOCKS || format::by_name(text).is_some();
    if known { Ok(text.into()) } else { Err(format!("the formats are\n\n{}", names())) }
}

/// A format as the command line describes it.
#[derive(Debug, Default)]
pub struct Described {
    pub options: format::Options,
    pub process_from_file: Option<FileNames>,
}

impl FormatArgs {
    /// Whether events are described by something else than the name of a format.
    pub fn describes(&self) -> bool {
        !(self.patterns.is_empty() && self.fields.is_empty() && self.values.is_empty() && self.format_file.is_none())
    }

    /// The patterns, fields and words of the command line itself: those of a format file may be meant for other logs.
    pub fn said(&self) -> String {
        statement::from_options(&self.patterns, &self.fields, &self.values, None)
    }

    /// Whether executions are told by a line between them.
    pub fn has_delimiter(&self) -> bool {
        self.delimiter.is_some()
    }

    /// What all of it says together. What stands on the command line goes before what stands in a format file.
    pub fn described(&self) -> Result<Described, Failure> {
        let file_names = match &self.process_from_file {
            None => None,
            Some(text) => Some(FileNames::new(text).map_err(|problem| {
                Failure::of_sources(
                    &[Arc::new(Source::from_text("--process-from-file", text.as_str()))],
                    vec![(0, problem)],
                )
            })?),
        };
        let name = self.name.as_deref();
        if let Some(name) = name.filter(|name| self.describes() && !["shiviz", format::MAPPED].contains(name))
            && ready::text(name).is_none()
        {
            let what = format!("--format {name} says all of what the events look like");
            return Err(Failure::usage(what, "leave it out to describe the format, or leave the description out"));
        }
        if let (Some(name), Some(_)) = (name.filter(|name| ready::text(name).is_some()), &self.format_file) {
            let what = format!("--format {name} and --format-file both say what the events look like");
            return Err(Failure::usage(what, "leave one of them out; single options beside --format add to it"));
        }
        // With its name said, a pattern is as that format has it.
        let one = self.patterns.len() <= 1 && self.fields.is_empty() && self.values.is_empty();
        if name == Some("shiviz") && self.format_file.is_none() && one {
            let options = format::Options {
                pattern: self.patterns.first().cloned(),
                delimiter: self.delimiter.clone(),
                ..Default::default()
            };
            return Ok(Described { options, process_from_file: file_names });
        }
        let mut text = statement::from_options(&self.patterns, &self.fields, &self.values, self.delimiter.as_deref());
        let given = text.len();
        let file = match &self.format_file {
            Some(path) => Some(super::open::open(path)?),
            None => None,
        };
        // Options beside a ready format add to it.
        let ready = name.and_then(ready::text).filter(|_| self.describes());
        match &file {
            Some(file) => {
                text += std::str::from_utf8(file.bytes()).map_err(|error| not_utf8(file, error.valid_up_to()))?
            }
            None => text += ready.unwrap_or_default(),
        }
        let description = describe(&text).map_err(|problems| {
            let options = Arc::new(Source::from_text("the command line", &text[..given]));
            let behind = Arc::new(file.unwrap_or_else(|| Source::from_text("the format", ready.unwrap_or_default())));
            let placed = problems.into_iter().map(|mut problem| {
                let part = usize::from(problem.at.start >= given);
                let before = if part == 1 { given } else { 0 };
                problem.at = problem.at.start - before..problem.at.end.saturating_sub(before);
                (part, problem)
            });
            Failure::of_sources(&[options, behind], placed.collect())
        })?;
        if name == Some("shiviz") && (description.mapping.is_some() || !self.values.is_empty()) {
            return Err(Failure::usage(
                "--format shiviz takes one --pattern, with the groups host, clock and event",
                "leave --format out to describe another format, or leave out what is beside the pattern",
            ));
        }
        if self.describes() && description.mapping.is_none() && description.pattern.is_none() {
            return Err(Failure::usage(
                "nothing says what the events look like",
                "add a --pattern for a text log, or --field for a JSON log, to the values",
            ));
        }
        let options = format::Options {
            pattern: description.pattern,
            delimiter: description.delimiter,
            mapping: description.mapping.map(Arc::new),
            process_key: self.process_key.clone(),
            own_process: self.own_process.clone(),
            ..Default::default()
        };
        Ok(Described { options, process_from_file: file_names.or(description.process_from_file) })
    }
}

fn not_utf8(file: &Source, at: usize) -> Failure {
    let source = Arc::new(Source::from_text(file.name(), file.bytes()));
    Failure::of_sources(&[source], vec![(0, format::lines::broken(file.bytes(), at))])
}
