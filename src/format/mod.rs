//! Bytes to records: one file per format, and the table of them all ([`FORMATS`]).
//!
//! A reader knows its format and nothing of traces: it hands [`record`]s to a [`record::Sink`]. To add a format: one
//! file here, one row in the table, one grammar file in `grammar/`.

mod ahead;
mod by_kind;
pub mod clocks;
pub mod cut;
pub mod json;
pub mod jsonl;
mod known;
pub mod lexis;
pub mod lines;
pub mod mapping;
mod marks;
mod messages;
mod moment;
mod plain_lines;
mod probe;
pub mod ready;
pub mod record;
mod said;
pub mod saved;
pub mod sections;
pub mod shiviz;
pub mod spans;
pub mod text;
pub mod time;
mod times;
pub mod unseen;
pub mod value;
mod window;

use std::sync::Arc;

pub use self::ahead::Way;
use self::mapping::{Mapping, Receivers};
use self::record::{Problem, Sink};
use self::sections::BySection;
use self::spans::Dialect;
use crate::source::Source;

/// What is said about a log outside of it.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Regular expression of a record, for formats that are told by one.
    pub pattern: Option<String>,
    /// Regular expression of what stands between two executions.
    pub delimiter: Option<String>,
    /// How to read a log of a format that is described and not known.
    pub mapping: Option<Arc<Mapping>>,
    /// Who receives what in all the sources of the log, for formats whose senders do not say.
    pub receivers: Arc<Receivers>,
    /// The attributes of spans whose values name their process; empty for the service and, where there are several, its
    /// instance.
    pub process_key: Vec<String>,
    /// Services of spans that are processes though they look like a part of their callers.
    pub own_process: Vec<String>,
}

/// One input format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name, as `--format` takes it.
    pub name: &'static str,
    /// What it is, in one line of help.
    pub about: &'static str,
    /// Ending of the names of its files, where they have one.
    pub ending: Option<&'static str>,
    /// Whether a source is of this format, judged by its first bytes.
    pub looks_like: fn(&[u8]) -> bool,
    /// The labels of the executions that a source holds; empty where the format knows no such thing.
    pub executions: fn(&Source, &Options) -> Result<Vec<String>, Problem>,
    /// Whether each line is a record of its own, so that any lines of a source can be read alone.
    pub by_line: bool,
    /// Reads an execution of a source, by its number from 0.
    pub read: fn(&Arc<Source>, &Options, usize, &mut dyn Sink),
    /// How sections of single processes are found and read side by side, where the format can tell.
    pub by_section: Option<BySection>,
    /// Sources of formats that have this belong together, and are read by [`spans::read`].
    pub spans: Option<spans::Dialect>,
}

impl Format {
    /// Whether it is read by a description, in which the name of a file may stand for the process.
    pub fn is_described(&self) -> bool {
        self.name == MAPPED || ready::text(self.name).is_some()
    }
}

/// A row for a format of [`ready`].
macro_rules! ready {
    ($name:literal, $about:literal) => {
        Format {
            name: $name,
            about: $about,
            ending: None,
            looks_like: |head| ready::mapping($name).is_some_and(|mapping| mapping.looks_like(head)),
            executions: |_, _| Ok(Vec::new()),
            by_line: false,
            by_section: None,
            spans: None,
            read: |source, options, _, sink| {
                if let Some(mapping) = ready::mapping($name) {
                    mapping.read(source, &options.receivers, sink);
                }
            },
        }
    };
}

/// All formats that become a trace, in the order in which they are tried.
pub const FORMATS: &[Format] = &[
    Format {
        name: "trace",
        about: "our text, written by hand: `P1: send m1 -> P2`",
        ending: Some(".trace"),
        looks_like: |head| text::looks_like(&String::from_utf8_lossy(head)) && !tells_clocks(head),
        executions: |_, _| Ok(Vec::new()),
        by_line: true,
        by_section: Some(text::BY_SECTION),
        read: |source, _, _, sink| text::read(source, sink),
        spans: None,
    },
    Format {
        name: "jsonl",
        about: r#"our JSON Lines: {"process": "P1", "event": "send", "message": "m1", "to": "P2"}"#,
        ending: Some(".jsonl"),
        looks_like: |head| jsonl::looks_like(&String::from_utf8_lossy(head)),
        executions: |_, _| Ok(Vec::new()),
        by_line: true,
        by_section: Some(jsonl::BY_SECTION),
        read: |source, _, _, sink| jsonl::read(source, sink),
        spans: None,
    },
    saved("arrow", "a saved trace as Arrow IPC (`clearcut convert -o run.arrow`)", ".arrow", |head| {
        saved::Kind::of(head) == Some(saved::Kind::Arrow)
    }),
    saved("parquet", "a saved trace as Parquet (`clearcut convert -o run.parquet`)", ".parquet", |head| {
        saved::Kind::of(head) == Some(saved::Kind::Parquet)
    }),
    ready!("caf", "actor log of CAF, with its SEND and RECEIVE lines"),
    ready!("tracing", "JSON lines of DistributedClocks/tracing: tokens generated and received, vector clocks"),
    ready!("maelstrom", "network journal of Maelstrom, its events as JSON Lines"),
    Format {
        name: MAPPED,
        about: "any log, described by --pattern, --field or --format-file",
        ending: None,
        looks_like: |_| false,
        executions: |_, _| Ok(Vec::new()),
        by_line: false,
        by_section: None,
        spans: None,
        read: |source, options, _, sink| match &options.mapping {
            Some(mapping) => mapping.read(source, &options.receivers, sink),
            None => sink.problem(undescribed()),
        },
    },
    spans(
        "otlp",
        "spans of OpenTelemetry, OTLP/JSON: one object or JSON Lines",
        Dialect::Otlp,
        |head| Dialect::Otlp.looks_like(head),
        |source, options, _, sink| drop(spans::read(&[(source.clone(), Dialect::Otlp)], options, sink)),
    ),
    spans(
        "jaeger",
        "spans of Jaeger, as its UI and its API give them",
        Dialect::Jaeger,
        |head| Dialect::Jaeger.looks_like(head),
        |source, options, _, sink| drop(spans::read(&[(source.clone(), Dialect::Jaeger)], options, sink)),
    ),
    spans(
        "zipkin",
        "spans of Zipkin, v2 JSON",
        Dialect::Zipkin,
        |head| Dialect::Zipkin.looks_like(head),
        |source, options, _, sink| drop(spans::read(&[(source.clone(), Dialect::Zipkin)], options, sink)),
    ),
    Format {
        name: SHIVIZ,
        about: "logs for ShiViz and of GoVector: vector clocks, found by a regular expression",
        ending: None,
        looks_like: shiviz::looks_like,
        executions: |source, options| {
            let log = shiviz::open(source, &options.patterns())?;
            Ok(log.executions().iter().map(|execution| execution.label.clone()).collect())
        },
        by_line: false,
        by_section: None,
        read: |source, options, execution, sink| match shiviz::open(source, &options.patterns()) {
            Ok(log) => log.read(source, execution, sink),
            Err(problem) => sink.problem(problem),
        },
        spans: None,
    },
];

/// The row of a kind of saved traces.
const fn saved(name: &'static str, about: &'static str, ending: &'static str, looks_like: fn(&[u8]) -> bool) -> Format {
    Format {
        name,
        about,
        ending: Some(ending),
        looks_like,
        executions: |_, _| Ok(Vec::new()),
        by_line: false,
        by_section: None,
        read: |source, _, _, sink| {
            if let Err(problem) = saved::read(source.bytes(), sink) {
                sink.problem(problem);
            }
        },
        spans: None,
    }
}

/// The row of a format of spans.
const fn spans(
    name: &'static str,
    about: &'static str,
    dialect: spans::Dialect,
    looks_like: fn(&[u8]) -> bool,
    read: fn(&Arc<Source>, &Options, usize, &mut dyn Sink),
) -> Format {
    Format {
        name,
        about,
        ending: None,
        looks_like,
        executions: |_, _| Ok(Vec::new()),
        by_line: false,
        by_section: None,
        read,
        spans: Some(dialect),
    }
}

/// Name of the format of [`clocks`]: it has no events, so that no trace comes of it.
pub const CLOCKS: &str = "clocks";

/// What [`CLOCKS`] is, in one line of help.
pub const CLOCKS_ABOUT: &str = "no events: a file for each process, line k its vector clock at snapshot k";

/// Name of the format of [`shiviz`], whose records have several lines.
pub const SHIVIZ: &str = "shiviz";

/// Name of the format that is told by a description alone.
pub const MAPPED: &str = "mapped";

/// Bytes at the start of a source by which its format is told.
const HEAD: usize = 1 << 14;

/// The format of a source, by its content first and its name second.
pub fn detect(source: &Source) -> Option<&'static Format> {
    let head = head(source);
    let by_content = by_content(head);
    // A line that is meant as ours and is wrong deserves to be told what is wrong with it.
    let meant = || {
        let head = String::from_utf8_lossy(head);
        let mut words = head.split(|c: char| !c.is_alphanumeric()).take(200);
        let ours = words.any(|word| matches!(word, "send" | "receive" | "recv" | "step"));
        (ours && !head.trim_start().starts_with(['{', '['])).then(|| by_name("trace")).flatten()
    };
    // Where there is no event in one part of a log, others tell.
    let of_kin = || by_content_of(source.kin()?);
    by_content.or_else(of_kin).or_else(|| by_ending(source.name())).or_else(meant)
}

/// The format of a source that its content tells beyond doubt.
pub fn by_content_of(source: &Source) -> Option<&'static Format> {
    by_content(head(source))
}

/// Whether a source is certainly meant as a log: not every file in a folder is one.
pub fn is_log(source: &Source) -> bool {
    let format = by_content(head(source)).or_else(|| by_ending(source.name()));
    format.is_some() || clocks::looks_like(source.bytes())
}

/// The first lines of a source.
fn head(source: &Source) -> &[u8] {
    let bytes = source.bytes();
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let head = &bytes[..bytes.len().min(HEAD)];
    // Whole lines, if there is one.
    &head[..memchr::memrchr(b'\n', head).map_or(head.len(), |i| i + 1)]
}

/// Whether lines that read like ours are the text of events that have vector clocks beside them.
fn tells_clocks(head: &[u8]) -> bool {
    memchr::memmem::find(head, b" {\"").is_some() && shiviz::looks_like(head)
}

fn by_content(head: &[u8]) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.looks_like)(head))
}

fn by_ending(name: &str) -> Option<&'static Format> {
    let name = [".gz", ".zst", ".zstd"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(name);
    FORMATS.iter().find(|format| format.ending.is_some_and(|ending| name.ends_with(ending)))
}

/// The format of a name.
pub fn by_name(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

fn undescribed() -> Problem {
    Problem {
        at: 0..0,
        what: "nothing says what the events of this log look like".into(),
        label: "expected a description".into(),
        help: Some("describe it: --pattern for text, --field for JSON, or a file of both with --format-file".into()),
    }
}

impl Options {
    fn patterns(&self) -> shiviz::Patterns<'_> {
        shiviz::Patterns { pattern: self.pattern.as_deref(), delimiter: self.delimiter.as_deref() }
    }
}
