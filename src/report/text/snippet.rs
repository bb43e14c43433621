//! Lines of the log, shown with what is to be seen in them.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode};

use crate::source::Source;

/// Longest part of a line that is underlined, in bytes.
const UNDERLINED: usize = 120;

/// A sentence with the lines that it is about; the lines may be of several files.
#[derive(Debug)]
pub struct Snippet {
    what: String,
    help: Option<String>,
    severity: Severity,
    source: Arc<Source>,
    labels: Vec<(Range<usize>, String)>,
    others: Vec<Snippet>,
}

impl Snippet {
    /// A sentence about one place.
    pub fn new(what: impl Into<String>, source: &Arc<Source>, at: Range<usize>, label: impl Into<String>) -> Self {
        let at = in_line(source, at);
        let labels = vec![(at, label.into())];
        Self {
            what: what.into(),
            help: None,
            severity: Severity::Error,
            source: source.clone(),
            labels,
            others: vec![],
        }
    }

    /// One more place that the sentence is about.
    #[must_use]
    pub fn and(mut self, source: &Arc<Source>, at: Range<usize>, label: impl Into<String>) -> Self {
        if Arc::ptr_eq(source, &self.source) {
            self.labels.push((in_line(source, at), label.into()));
            self.labels.sort_by_key(|(at, _)| at.start);
            return self;
        }
        let mut other = Self::new("and, in another file", source, at, label);
        other.severity = Severity::Advice;
        self.others.push(other);
        self
    }

    /// How to mend it.
    #[must_use]
    pub fn help(mut self, help: Option<impl Into<String>>) -> Self {
        self.help = help.map(Into::into);
        self
    }

    /// As lines of text.
    pub fn render(&self, colour: bool) -> String {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_context_lines(1).with_links(false);
        let mut text = String::new();
        // Writing to a string cannot fail; a source that cannot be shown leaves its sentence.
        match handler.render_report(&mut text, self) {
            Ok(()) => self.others.iter().fold(text, |text, other| text + &other.render(colour)),
            Err(_) => format!("{}: {}\n", self.source.name(), self.what),
        }
    }
}

/// A record of several lines, or a very long one, is pointed at by the start of its first line; the end of a line by
/// its last character, as there is nothing to underline behind it.
fn in_line(source: &Source, at: Range<usize>) -> Range<usize> {
    let line = source.line_at(at.start);
    let end = at.end.min(line.end).min(at.start + UNDERLINED).max(at.start);
    if at.start < end || at.start <= line.start {
        return at.start..end;
    }
    let text = &source.bytes()[line.start..at.start];
    let last = text.iter().rposition(|&b| b & 0xC0 != 0x80).unwrap_or(0);
    line.start + last..at.start
}

impl fmt::Display for Snippet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Snippet {}

impl Diagnostic for Snippet {
    fn severity(&self) -> Option<Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source.as_ref())
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().map(|(at, label)| LabeledSpan::new(Some(label.clone()), at.start, at.len()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_it_is_about_are_shown() {
        let text: String = (1..=200).map(|i| format!("line {i}\n")).collect();
        let source = Arc::new(Source::from_text("log", text));
        let at = |line: usize| {
            let starts = memchr::memchr_iter(b'\n', source.bytes()).map(|i| i + 1);
            let start = starts.take(line - 1).last().unwrap_or(0);
            start + 5..start + 8
        };
        let shown = Snippet::new("two", &source, at(120), "here").and(&source, at(150), "and here").render(false);
        assert!(shown.contains("[log:120:6]") && shown.contains("[log:150:6]"), "{shown}");
        let numbered = shown.lines().filter(|line| line.contains("│ line")).count();
        assert_eq!(numbered, 2, "{shown}");
        let end = memchr::memchr(b'\n', source.bytes()).expect("line ends");
        let shown = Snippet::new("one", &source, end..end, "at the end").render(false);
        assert!(shown.contains("at the end"), "{shown}");
        // Neighbours stand in one frame.
        let shown = Snippet::new("two", &source, at(120), "here").and(&source, at(121), "and here").render(false);
        assert_eq!(shown.matches("[log:").count(), 1, "{shown}");
    }
}
