//! Records as a table: Arrow IPC or Parquet (`grammar/saved.md`).
//!
//! The records are told twice or more: [`Used`] takes which columns they need, a [`Builder`](crate::trace::Builder)
//! pairs them, and [`Table`] writes a row for each, with the position of the other end of its message, which may stand
//! far behind.

mod batch;
mod excerpt;
mod plain;
mod used;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::ArrowError;

use self::batch::{Cells, Rows};
pub use self::excerpt::show;
pub use self::used::Used;
use super::{Done, Lost, PROBLEMS, unwritable, words};
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, Details, EventRecord, MarkKind, MarkRecord, PlainRun, Problem, ProcessRecord,
    Sink,
};
use crate::format::saved::{Kind, Row};
use crate::ids::ProcessId;
use crate::trace::{Part, Trace};

/// Rows in a batch: some megabytes.
const ROWS: usize = 1 << 18;

/// Bytes of a column's text in a batch, and of one text at most: a place in it is a number of 31 bits.
const TEXT: usize = 1 << 30;

/// Writes each record as a row or several: a [`Sink`] for any reader. Time: linear; space: a batch of rows.
///
/// ```
/// use clearcut::format::saved::{Kind, read};
/// use clearcut::format::{record::Sink, text};
/// use clearcut::report::convert::saved::{Table, Used};
/// use clearcut::source::Source;
/// use clearcut::trace::Trace;
///
/// let log = "P1: send m -> P2\nP2: receive m\n";
/// let (source, trace) = (Source::from_text("a.trace", log), Trace::from_text(log).unwrap());
/// let mut used = Used::default();
/// text::read(&source, &mut used);
/// let mut table = Table::new(Vec::new(), Kind::Arrow, &trace, used).unwrap();
/// text::read(&source, &mut table);
/// let saved = table.finish().unwrap().out;
/// let mut builder = clearcut::trace::Builder::new();
/// read(&saved, &mut builder).unwrap();
/// assert_eq!(builder.finish().unwrap().message_count(), 1);
/// ```
pub struct Table<'t, W: Write + Send> {
    out: Out<W>,
    trace: &'t Trace,
    rows: Rows,
    /// Rows that make a batch.
    most: usize,
    /// How many events of each process were told.
    counts: Vec<u32>,
    error: Option<io::Error>,
    source: usize,
    problems: Vec<(usize, Problem)>,
    skipped: usize,
    clock: String,
}

enum Out<W: Write + Send> {
    Arrow(Box<FileWriter<W>>),
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::arrow::ArrowWriter<W>>),
}

fn of_arrow(error: ArrowError) -> io::Error {
    match error {
        ArrowError::IoError(_, error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(feature = "parquet")]
fn of_parquet(error: parquet::errors::ParquetError) -> io::Error {
    match error {
        parquet::errors::ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        other => io::Error::other(other),
    }
}

impl<W: Write + Send> Out<W> {
    fn new(out: W, kind: Kind, schema: &arrow_schema::SchemaRef) -> io::Result<Self> {
        Ok(match kind {
            #[cfg(feature = "parquet")]
            Kind::Parquet => {
                let writer = parquet::arrow::ArrowWriter::try_new(out, schema.clone(), None).map_err(of_parquet)?;
                Self::Parquet(Box::new(writer))
            }
            #[cfg(not(feature = "parquet"))]
            Kind::Parquet => return Err(io::Error::other("this clearcut was built without the feature `parquet`")),
            Kind::Arrow => Self::Arrow(Box::new(FileWriter::try_new(out, schema).map_err(of_arrow)?)),
        })
    }

    fn write(&mut self, batch: &RecordBatch) -> io::Result<()> {
        match self {
            Self::Arrow(writer) => writer.write(batch).map_err(of_arrow),
            #[cfg(feature = "parquet")]
            Self::Parquet(writer) => writer.write(batch).map_err(of_parquet),
        }
    }

    fn finish(self) -> io::Result<W> {
        match self {
            Self::Arrow(writer) => writer.into_inner().map_err(of_arrow),
            #[cfg(feature = "parquet")]
            Self::Parquet(writer) => writer.into_inner().map_err(of_parquet),
        }
    }
}

impl<'t, W: Write + Send> Table<'t, W> {
    /// A table in `out`, which is best buffered, of the records that `trace` was made of and `used` has seen.
    ///
    /// # Errors
    /// The first that `out` has; where this program was built without what `kind` takes.
    pub fn new(out: W, kind: Kind, trace: &'t Trace, used: Used) -> io::Result<Self> {
        let numbers = [("clearcut", 1), ("events", trace.event_count()), ("messages", trace.message_count())];
        let metadata = numbers.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let schema = batch::schema(&used, trace.process_count(), metadata);
        let names = trace.processes().map(|process| trace.name(process)).collect();
        Ok(Self {
            out: Out::new(out, kind, &schema)?,
            trace,
            rows: Rows::new(schema, used, names),
            most: ROWS,
            counts: vec![0; trace.process_count()],
            error: None,
            source: 0,
            problems: Vec::new(),
            skipped: 0,
            clock: String::new(),
        })
    }

    /// The same with batches of so many rows.
    pub fn with_batches_of(self, rows: usize) -> Self {
        Self { most: rows.max(1), ..self }
    }

    /// The records that follow are of the source of this number.
    pub fn source(&mut self, number: usize) {
        self.source = number;
    }

    /// The end of all input.
    ///
    /// # Errors
    /// The first that `out` had.
    pub fn finish(mut self) -> io::Result<Done<W>> {
        self.write_batch();
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut out = self.out.finish()?;
        out.flush()?;
        Ok(Done { out, lost: Lost::default(), problems: self.problems, skipped: self.skipped })
    }

    fn write_batch(&mut self) {
        if self.rows.len() > 0 && self.error.is_none() {
            self.error = self.rows.take().map_err(of_arrow).and_then(|batch| self.out.write(&batch)).err();
        }
    }

    fn push(&mut self, row: &Cells<'_>) {
        if row.text() > TEXT {
            let error = || io::Error::other("a text of more than 1 GiB fits no table");
            self.error.get_or_insert_with(error);
            return;
        }
        if self.rows.text() > TEXT {
            self.write_batch();
        }
        self.rows.push(row);
        self.write_if_full();
    }

    fn write_if_full(&mut self) {
        if self.rows.len() >= self.most {
            self.write_batch();
        }
    }

    /// The number of a process in the dictionary. All that records name are processes of their trace.
    fn key(&self, name: &str) -> Option<i32> {
        self.trace.process(name).and_then(|process| i32::try_from(process.index()).ok())
    }

    fn refuse(&mut self, at: &Range<usize>, what: &str) {
        let label = "an event names all of its messages and peers, or none".into();
        self.problem(Problem { at: at.clone(), what: what.into(), label, help: None });
    }

    /// Where the other end of a message of an event is: the peer and its event.
    fn other_end(&self, part: Option<Part>) -> (Option<ProcessId>, Option<u32>) {
        match part {
            Some(Part::Sent(message)) => (Some(self.trace.ends(message).1), self.trace.received(message)),
            Some(Part::Received(message)) => (Some(self.trace.ends(message).0), Some(self.trace.sent(message))),
            Some(Part::Unsent(index)) => (self.trace.unsent()[index].from, None),
            Some(Part::Duplicate(index)) => {
                let message = self.trace.duplicates()[index].message;
                (Some(self.trace.ends(message).0), Some(self.trace.sent(message)))
            }
            None => (None, None),
        }
    }
}

impl<W: Write + Send> Sink for Table<'_, W> {
    fn process(&mut self, record: ProcessRecord<'_>) {
        self.push(&Cells { process: self.key(record.name), state: record.state, ..Cells::of(Row::Process) });
    }

    fn channel(&mut self, record: ChannelRecord<'_>) {
        let row = if record.fifo { Row::Channel } else { Row::UnorderedChannel };
        self.push(&Cells { process: self.key(record.from), peer: self.key(record.to), ..Cells::of(row) });
    }

    fn event(&mut self, event: &EventRecord<'_>) {
        let Some(process) = self.trace.process(event.process) else { return };
        if let Some(why) = unwritable(event.transfers) {
            return self.refuse(&event.at, why);
        }
        self.counts[process.index()] += 1;
        let position = self.counts[process.index()];
        let kind = match event.action {
            ActionKind::Step => Row::Step,
            ActionKind::Send => Row::Send,
            ActionKind::Receive => Row::Receive,
        };
        let mut clock = std::mem::take(&mut self.clock);
        clock.clear();
        if let Some(counts) = event.clock {
            clock.push('{');
            for (i, (name, count)) in counts.iter().enumerate() {
                clock.push_str(if i > 0 { "," } else { "" });
                words::json(&mut clock, name);
                // Writing to a string cannot fail.
                let _ = write!(clock, ":{count}");
            }
            clock.push('}');
        }
        let first = Cells {
            process: self.key(event.process),
            position: Some(position),
            label: event.label,
            note: event.note,
            state: event.state,
            time: event.time,
            clock: event.clock.is_some().then_some(clock.as_str()),
            ..Cells::of(kind)
        };
        let trace = self.trace;
        let known = position <= trace.events(process);
        let mut parts = known.then(|| trace.parts(process, position)).into_iter().flatten();
        match event.transfers {
            [] => self.push(&first),
            transfers => {
                for (i, transfer) in transfers.iter().enumerate() {
                    let cells = match i {
                        0 => first,
                        _ => Cells {
                            process: first.process,
                            position: first.position,
                            continues: true,
                            ..Cells::of(kind)
                        },
                    };
                    let (peer, peer_position) = self.other_end(parts.next());
                    let peer = peer.and_then(|peer| i32::try_from(peer.index()).ok());
                    let peer_named = (kind == Row::Receive).then_some(transfer.peer.is_some());
                    let (message, payload) = (transfer.message, transfer.payload);
                    self.push(&Cells { message, payload, peer, peer_position, peer_named, ..cells });
                }
            }
        }
        self.clock = clock;
    }

    fn plain_events(&mut self, run: PlainRun<'_>) {
        match run.lines.details {
            Details { times: [], texts: [] } => self.plain_run(run),
            _ => run.tell_each(self),
        }
    }

    fn mark(&mut self, record: MarkRecord<'_>) {
        let Some(process) = self.trace.process(record.process) else { return };
        let position = Some(self.counts[process.index()]);
        let process = self.key(record.process);
        let of = |row| Cells { process, position, snapshot: Some(record.snapshot), ..Cells::of(row) };
        match &record.mark {
            MarkKind::Record { state, channels } => {
                self.push(&Cells { state: *state, channels: *channels, ..of(Row::Record) });
            }
            MarkKind::Send(peers) => {
                for (i, peer) in peers.iter().enumerate() {
                    self.push(&Cells { peer: self.key(peer), continues: i > 0, ..of(Row::SendMarker) });
                }
            }
            MarkKind::Receive(peer) => self.push(&Cells { peer: self.key(peer), ..of(Row::ReceiveMarker) }),
        }
    }

    fn cut(&mut self, record: CutRecord<'_>) {
        self.push(&Cells { label: Some(record.name), cut: Some(record.spec), ..Cells::of(Row::Cut) });
    }

    fn skipped(&mut self, _: Range<usize>) {
        self.skipped += 1;
    }

    fn problem(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS {
            self.problems.push((self.source, problem));
        }
    }

    fn lines(&mut self, _: usize) {}
}
