//! What the sources of a log are: their format, and the executions that they hold.

use std::sync::Arc;

use super::input::Input;
use super::output::Failure;
use crate::format::saved::Kind;
use crate::format::{self, Format};
use crate::source::Source;
use crate::trace::Located;

impl Input {
    /// The format of a source: as described, as told, or as found.
    pub fn format_of(&self, source: &Source, options: &format::Options) -> Result<&'static Format, Failure> {
        // Which a saved trace is its content tells, and it may have become lines.
        let is_saved = |format: &&Format| Kind::ALL.iter().any(|kind| kind.name() == format.name);
        let named = self.format.name.as_deref().and_then(format::by_name).filter(|format| !is_saved(format));
        let described = match (&options.mapping, &options.pattern) {
            (Some(_), _) => format::by_name(format::MAPPED),
            (_, Some(_)) => format::by_name("shiviz"),
            _ => None,
        };
        let format = described.or(named).or_else(|| format::detect(source));
        format.ok_or_else(|| match source.bytes().iter().all(u8::is_ascii_whitespace) {
            _ if format::clocks::looks_like(source.bytes()) => self.no_events(source.name()),
            true => Failure::usage(format!("{} is empty", source.name()), "a trace has at least one event"),
            false => unknown(source, None),
        })
    }

    /// Recorded clocks where events are asked for.
    pub fn no_events(&self, what: &str) -> Failure {
        let files: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        Failure::usage(
            format!("{what}: recorded clocks alone, which hold no events"),
            format!("every snapshot of them is judged by: clearcut verify {}", files.join(" ")),
        )
    }

    /// The labels of the executions in a source; several only where a log holds several.
    pub fn executions_of(
        &self,
        source: &Arc<Source>,
        format: &Format,
        options: &format::Options,
    ) -> Result<Vec<String>, Failure> {
        (format.executions)(source, options).map_err(|problem| {
            let location = source.locate(problem.at.start);
            Failure::Input { problems: vec![Located { source: source.clone(), problem, location }], more: 0 }
        })
    }

    /// The number of the execution that is asked for: by label first, then by number from 1.
    pub(super) fn execution_of(
        &self,
        source: &Arc<Source>,
        format: &Format,
        options: &format::Options,
    ) -> Result<usize, Failure> {
        let labels = self.executions_of(source, format, options)?;
        let Some(wanted) = &self.execution else {
            return match labels.len() {
                0 | 1 => Ok(0),
                n => Err(Failure::usage(format!("{} holds {n} executions", source.name()), which(&labels))),
            };
        };
        let by_label = labels.iter().position(|label| label == wanted);
        let by_number =
            || wanted.parse::<usize>().ok().filter(|n| (1..=labels.len().max(1)).contains(n)).map(|n| n - 1);
        by_label
            .or_else(by_number)
            .ok_or_else(|| Failure::usage(format!("{} has no execution `{wanted}`", source.name()), which(&labels)))
    }

    /// Whether the files hold recorded clocks alone.
    pub fn is_clocks(&self, sources: &[Arc<Source>]) -> bool {
        match self.format.name.as_deref() {
            Some(name) => name == format::CLOCKS,
            None if self.format.describes() => false,
            None => sources.iter().all(|source| format::clocks::looks_like(source.bytes())),
        }
    }

    /// Whether files hold spans, which become records only together.
    pub fn is_spans(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<bool, Failure> {
        let formats = sources.iter().map(|source| self.format_of(source, options)).collect::<Result<Vec<_>, _>>()?;
        Ok(formats.iter().any(|format| format.spans.is_some()))
    }

    /// The labels of all executions where none is asked for and the files hold several; else empty. Several files hold
    /// the same executions: each one its part of every one.
    pub fn several(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Vec<String>, Failure> {
        let mut several: Vec<String> = Vec::new();
        if self.execution.is_some() {
            return Ok(several);
        }
        for source in sources {
            let labels = self.executions_of(source, self.format_of(source, options)?, options)?;
            if labels.len() <= 1 {
                continue;
            }
            if !several.is_empty() && several.len() != labels.len() {
                let what =
                    format!("{} holds {} executions, a file before it {}", source.name(), labels.len(), several.len());
                return Err(Failure::usage(what, "name one with --execution, or check one file at a time"));
            }
            several = labels;
        }
        Ok(several)
    }
}

/// A file that nothing is known to read; `like` is the format of a file that is named with it.
pub(super) fn unknown(source: &Source, like: Option<&str>) -> Failure {
    let what = format!("{} is of no format that is known here", source.name());
    let describe = "or describe it: --pattern for a text log, --field for JSON";
    Failure::usage(
        what,
        match like {
            Some(name) => format!(
                "if it is no log, leave it out; if it should be like the others, `--format {name}` says what is wrong with it; {describe}"
            ),
            None => format!(
                "if it is no log, leave it out; else name its format with --format (`--format help` lists them), {describe}"
            ),
        },
    )
}

/// Which of several executions.
fn which(labels: &[String]) -> String {
    if labels.len() <= 1 {
        return "it is one execution: leave --execution out".into();
    }
    let shown: Vec<String> = labels.iter().take(20).enumerate().map(|(i, l)| format!("{} ({l})", i + 1)).collect();
    let more = if labels.len() > 20 { format!(" and {} more", labels.len() - 20) } else { String::new() };
    format!("name one with --execution, by its number or label: {}{more}", shown.join(", "))
}
