//! Logs of any format, read as a description of it says: regular expressions for text, paths for JSON.
//!
//! - A description is a few lines of text (`grammar/format.ebnf`), in a file or as options of the command line:
//!   `pattern` with named groups, or `field NAME = PATH`; `value ACTION = WORDS` for words of its own.
//! - Groups and fields are the members of our JSON Lines: process, event, message, to, from, label, time, clock, payload,
//!   state, marker, snapshot, channels; `note` is free text; `send`, `receive`, `step` and `record` say what an event
//!   does by being there; any other name is a variable that the event sets.
//! - A send that does not name its receiver has whoever receives its id (a multicast, where these are several);
//!   [`receivers::UNKNOWN`] where nobody does. What a process sends to itself is two local steps.
//! - What matches no pattern, or lacks an action or a process, is handed on as skipped.

mod event;
mod lines;
mod matches;
mod objects;
mod paths;
mod pattern;
pub mod receivers;
mod role;
pub mod statement;
mod unknown;
mod value;

use std::sync::Arc;

pub use self::receivers::Receivers;
pub use self::role::Action;

use self::matches::Matches;
use self::objects::Fields;
pub(in crate::format) use self::objects::is_document;
use self::paths::Node;
use self::pattern::Pattern;
use self::role::{Places, Words};
use self::statement::{Says, Statement};
use super::ahead::Way;
use super::record::{Problem, Sink};
use super::shiviz::dialect::{self, Refused};
use crate::source::Source;

/// How to read a log.
#[derive(Debug)]
pub struct Mapping {
    kind: Kind,
    words: Words,
    /// Words that have no meaning are told: who wrote the description may have forgotten them.
    tells_words: bool,
}

#[derive(Debug)]
enum Kind {
    Lines(Vec<Pattern>),
    Objects(Box<Fields>),
}

/// What a format file says, in the form in which it is used.
#[derive(Debug, Default)]
pub struct Description {
    /// How to read the log; nothing where the description is that of a log for ShiViz, or says nothing of events.
    pub mapping: Option<Mapping>,
    /// The pattern of a log for ShiViz: one with the groups `host` and `clock`.
    pub pattern: Option<String>,
    /// What stands between two executions.
    pub delimiter: Option<String>,
    /// How names of files name their process.
    pub process_from_file: Option<FileNames>,
}

/// A regular expression whose first group is the name of a process, for names of files.
#[derive(Debug)]
pub struct FileNames(regex::Regex);

impl FileNames {
    /// Compiles it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, Problem> {
        let whole = |what: String, help: &str| Problem {
            at: 0..text.len(),
            what,
            label: "expected a regular expression with one group".into(),
            help: Some(help.into()),
        };
        let help = "put the part of the name that is the process in parentheses: 'node-(.*)\\.log'";
        let regex = regex::Regex::new(text).map_err(|error| {
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ");
            whole(format!("this is no regular expression: {reason}"), help)
        })?;
        match regex.captures_len() {
            2 => Ok(Self(regex)),
            n => Err(whole(format!("this has {} groups and not one", n - 1), help)),
        }
    }

    /// The process of a file: by its name without folders, else by all of its path.
    pub fn process<'p>(&self, path: &'p str) -> Option<&'p str> {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let group = |text: &'p str| self.0.captures(text)?.get(1).map(|group| group.as_str());
        group(name).or_else(|| group(path)).filter(|process| !process.is_empty())
    }
}

/// Reads the text of a format file.
///
/// # Errors
/// All that is wrong with it, each with its place.
///
/// ```
/// use clearcut::format::mapping::describe;
///
/// let description = describe(r"pattern ^(?<process>\w+) (?<event>sent|got) (?<message>\d+)
///     value receive = got").unwrap();
/// assert!(description.mapping.is_some());
/// ```
pub fn describe(text: &str) -> Result<Description, Vec<Problem>> {
    let statements = statement::parse(text)?;
    let mut description = Description::default();
    let (mut patterns, mut fields, mut words) = (Vec::new(), Vec::new(), Words::default());
    let mut problems = Vec::new();
    for statement in &statements {
        match &statement.says {
            Says::Pattern(text) => match Pattern::new(text) {
                Ok(pattern) => patterns.push((statement, *text, pattern)),
                Err(refused) => problems.push(no_regex(refused, statement)),
            },
            Says::Field(name, path) => fields.push((statement, name.as_ref(), *path)),
            Says::Value(action, all) => all.iter().for_each(|word| words.add(word, *action)),
            Says::Delimiter(delimiter) => match (dialect::compile(delimiter, false), &description.delimiter) {
                (Err(refused), _) => problems.push(no_regex(refused, statement)),
                (_, Some(_)) => problems.push(twice(statement, "delimiter")),
                _ => description.delimiter = Some((*delimiter).into()),
            },
            Says::ProcessFromFile(text) => match (FileNames::new(text), &description.process_from_file) {
                (Err(problem), _) => {
                    let start = statement.at.start;
                    problems.push(Problem { at: start + problem.at.start..start + problem.at.end, ..problem });
                }
                (_, Some(_)) => problems.push(twice(statement, "process-from-file")),
                (Ok(names), None) => description.process_from_file = Some(names),
            },
        }
    }
    match patterns.as_slice() {
        [(_, text, pattern)] if pattern.has_clocks() && fields.is_empty() => description.pattern = Some((*text).into()),
        [] if fields.is_empty() => {}
        _ => description.mapping = mapping(patterns, &fields, words, &mut problems),
    }
    if description.mapping.is_some()
        && let Some(delimiter) = statements.iter().find(|one| matches!(one.says, Says::Delimiter(_)))
    {
        let help = "split the log at these lines, or describe it with one pattern of the groups host, clock and event";
        problems.push(problem(delimiter, "only logs with vector clocks are divided into executions", help));
    }
    if problems.is_empty() {
        return Ok(description);
    }
    problems.sort_by_key(|problem| problem.at.start);
    Err(problems)
}

fn no_regex(refused: Refused, statement: &Statement<'_>) -> Problem {
    Problem {
        at: statement.at.start + refused.at.start..statement.at.start + refused.at.end,
        what: refused.what,
        label: "in this regular expression".into(),
        help: refused.help.or_else(|| {
            Some("a part of an event is a group, (?<process>...); a bracket of the log is written \\( or \\[".into())
        }),
    }
}

fn problem(statement: &Statement<'_>, what: &str, help: &str) -> Problem {
    Problem { at: statement.at.clone(), what: what.into(), label: "here".into(), help: Some(help.into()) }
}

fn twice(statement: &Statement<'_>, what: &str) -> Problem {
    problem(statement, &format!("a second {what}"), "leave one of them out")
}

type Given<'s, 't> = (&'s Statement<'t>, &'t str, Pattern);

fn mapping(
    patterns: Vec<Given<'_, '_>>,
    fields: &[(&Statement<'_>, &str, &str)],
    words: Words,
    problems: &mut Vec<Problem>,
) -> Option<Mapping> {
    const NO_ACTION: &str = "give it (?<event>...) for a word like send or receive, or a group (?<send>...), \
        (?<receive>...) or (?<step>...) that matches where it is one; a log for ShiViz has the groups host, clock and event";
    for (statement, _, pattern) in &patterns {
        if pattern.has_clocks() {
            let help = "such a pattern stands alone: the messages are inferred from the clocks; \
                for other lines beside it, call its groups process, step and clock";
            problems.push(problem(statement, "this pattern with host and clock is not the only description", help));
        } else if let Some((first, ..)) = fields.first() {
            let what = "patterns and fields in one description";
            problems.push(problem(first, what, "patterns read text, fields read JSON: keep one kind"));
            return None;
        }
    }
    if !patterns.is_empty() {
        let silent = patterns.iter().filter(|(.., pattern)| !pattern.places.has_action() && !pattern.has_clocks());
        problems.extend(
            silent.map(|(statement, ..)| problem(statement, "this pattern does not say what an event does", NO_ACTION)),
        );
        let all = patterns.into_iter().map(|(.., pattern)| pattern).collect();
        return Some(Mapping { kind: Kind::Lines(all), words, tells_words: true });
    }
    let mut paths = Node::default();
    for (slot, (statement, _, path)) in fields.iter().enumerate() {
        if let Err((byte, what)) = paths.add(path, slot) {
            let at = statement.at.start + byte..statement.at.end;
            problems.push(Problem { at, ..problem(statement, what, "a path is `host.name` or `/host/name`") });
        }
    }
    let places = Places::of(fields.iter().map(|(_, name, _)| Some(*name)));
    if let (false, Some((last, ..))) = (places.has_action(), fields.last()) {
        let help = "add a field `event`, whose value is a word like send or receive, or fields `send` and `receive` that are there where it is one";
        problems.push(problem(last, "no field says what an event does", help));
    }
    let count = fields.len();
    let kind = Kind::Objects(Box::new(Fields { places, paths, count }));
    Some(Mapping { kind, words, tells_words: true })
}

impl Mapping {
    /// Whether a log is of this format, by its first lines: its first object, or any line of text, is a whole event.
    pub fn looks_like(&self, head: &[u8]) -> bool {
        match &self.kind {
            Kind::Lines(patterns) => lines::reads_any(patterns, self, head),
            Kind::Objects(fields) => fields.reads_first(self, head),
        }
    }

    /// The same, whose words are all that have a meaning.
    pub(in crate::format) fn with_all_words(self) -> Self {
        Self { tells_words: false, ..self }
    }

    /// Reads `source` into `sink`; `receivers` are those of all the logs that it is read with, or of none.
    pub fn read(&self, source: &Arc<Source>, receivers: &Receivers, sink: &mut dyn Sink) {
        self.read_as(source, Way::for_source(source), receivers, sink);
    }

    /// The same in one of the ways that come to the same. Objects are read in one way.
    pub fn read_as(&self, source: &Arc<Source>, way: Way, receivers: &Receivers, sink: &mut dyn Sink) {
        let lacks_process = match &self.kind {
            Kind::Lines(patterns) => patterns.iter().any(Pattern::lacks_process),
            Kind::Objects(fields) => fields.lacks_process(),
        };
        if lacks_process && source.process().is_none() {
            return sink.problem(Problem {
                at: 0..source.line_at(0).end.min(80),
                what: "nothing says whose events these are".into(),
                label: "expected a process".into(),
                help: Some(
                    "give the pattern a group (?<process>...), or map a field `process`; or, with one file for each \
                     process, take it from their names: --process-from-file 'node-(.*)\\.log'"
                        .into(),
                ),
            });
        }
        let alone = Receivers::default();
        alone.set(std::slice::from_ref(source));
        let receivers = if receivers.cover(source) { receivers } else { &alone };
        match &self.kind {
            Kind::Lines(patterns) => lines::read(patterns, self, source, way, receivers, sink),
            Kind::Objects(fields) => fields.read(self, source, way, Some(receivers), sink),
        }
    }

    /// Tells `sink` who receives what. What was matched for that is handed back, where it is worth keeping.
    fn find_receivers(&self, source: &Source, way: Way, sink: &mut dyn Sink) -> Vec<Matches> {
        match &self.kind {
            Kind::Lines(patterns) => lines::find_receivers(patterns, self, source, way, sink),
            Kind::Objects(fields) => {
                fields.read(self, source, way, None, sink);
                Vec::new()
            }
        }
    }
}
