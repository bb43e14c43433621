//! Vector clocks for people: a line for each event, the components in columns where they fit.

use std::io::{self, Write};

use super::names;
use crate::causality::all::Clock;
use crate::format::cut::quote;
use crate::ids::{MessageId, ProcessId};
use crate::trace::{Part, Trace};

/// Up to this many processes, and with columns up to this wide in all, every component has its column.
const COLUMNS: usize = 16;
const TABLE: usize = 72;
/// All columns are narrower, with the space between them.
const SPACES: [u8; TABLE + 1] = [b' '; TABLE + 1];
/// Longer names of events push the columns of their lines aside.
const EVENT: usize = 72;

/// How clocks are laid out.
#[derive(Clone, Debug)]
enum Layout {
    /// A column for each process, so many characters wide.
    Columns(Vec<usize>),
    /// The components that are not zero, each behind its name and a colon.
    Named(Vec<String>),
}

/// The report while it is written.
#[derive(Debug)]
pub struct ClocksText<'t, W> {
    trace: &'t Trace,
    out: W,
    layout: Layout,
    /// Width of the names of events.
    event: usize,
    /// Lines that have a lower bound for a clock.
    bounds: bool,
    /// Room for a line.
    line: Vec<u8>,
}

fn width(text: &str) -> usize {
    text.chars().count()
}

impl<'t, W: Write> ClocksText<'t, W> {
    /// Writes the heading. `bounds` says whether any clock will be a lower bound. Time: linear in the labels.
    ///
    /// # Errors
    /// What `out` says.
    pub fn begin(trace: &'t Trace, bounds: bool, mut out: W) -> io::Result<Self> {
        let name = |p: ProcessId| width(trace.name(p));
        let digits = |p: ProcessId| trace.events(p).to_string().len();
        let columns: Vec<usize> = trace.processes().map(|p| name(p).max(digits(p))).collect();
        let fits = columns.len() <= COLUMNS && columns.iter().sum::<usize>() + columns.len() <= TABLE;
        let note = |p: ProcessId, number: u32| trace.note(p, number).map_or(0, |note| width(note) + 2);
        let told = |p: ProcessId, (number, label): (u32, &str)| width(label) + 3 + note(p, number);
        let label = |p: ProcessId| trace.labels(p).map(|labelled| told(p, labelled)).max().unwrap_or(0);
        let event = trace.processes().map(|p| name(p) + 1 + digits(p) + label(p)).max().unwrap_or(0).clamp(5, EVENT);
        let names = || trace.processes().map(|p| format!("{}:", quote(trace.name(p)))).collect();
        let layout = if fits { Layout::Columns(columns) } else { Layout::Named(names()) };
        let mut heading = format!("{:event$}  {}", "event", if bounds { "   " } else { "" });
        match &layout {
            Layout::Columns(columns) => {
                let names = trace.processes().zip(columns).map(|(p, &wide)| format!(" {:>wide$}", trace.name(p)));
                heading += &names.collect::<String>();
            }
            Layout::Named(_) => heading += "clock",
        }
        writeln!(out, "{heading}")?;
        Ok(Self { trace, out, layout, event, bounds, line: Vec::new() })
    }

    /// Writes the line of an event.
    ///
    /// # Errors
    /// What `out` says.
    pub fn event(&mut self, process: ProcessId, number: u32, clock: Clock<'_>, lower_bound: bool) -> io::Result<()> {
        let (trace, wide, line) = (self.trace, self.event, &mut self.line);
        line.clear();
        write!(line, "{:wide$}  ", names::event(trace, process, number))?;
        if self.bounds {
            line.extend(if lower_bound { b">= " } else { b"   " });
        }
        let (mut digits, mut is_first) = (itoa::Buffer::new(), true);
        let mut gap = || usize::from(!std::mem::take(&mut is_first));
        match &self.layout {
            Layout::Columns(columns) => {
                line.push(b'[');
                for (count, &wide) in clock.counts().zip(columns) {
                    let count = digits.format(count);
                    line.extend_from_slice(&SPACES[..gap() + wide.saturating_sub(count.len())]);
                    line.extend_from_slice(count.as_bytes());
                }
                line.push(b']');
            }
            Layout::Named(names) => {
                line.push(b'{');
                for (count, name) in clock.counts().zip(names).filter(|&(count, _)| count > 0) {
                    line.extend_from_slice(&SPACES[..gap()]);
                    line.extend_from_slice(name.as_bytes());
                    line.extend_from_slice(digits.format(count).as_bytes());
                }
                line.push(b'}');
            }
        }
        writeln!(line, "  {}", action(trace, process, number))?;
        self.out.write_all(line)
    }

    /// Writes what the marks mean, if there are any.
    ///
    /// # Errors
    /// What `out` says.
    pub fn end(mut self) -> io::Result<()> {
        if self.bounds {
            let lost = match self.trace.unsent().len() {
                1 => "a message that is received".into(),
                several => format!("{several} messages that are received"),
            };
            writeln!(self.out, "\nundetermined: the log lacks the send of {lost};")?;
            writeln!(self.out, "  >= marks the clocks after such a receive: they may be greater")?;
        }
        self.out.flush()
    }
}

/// What an event does, in a few words.
fn action(trace: &Trace, process: ProcessId, number: u32) -> String {
    let mut words: Vec<String> = Vec::new();
    // A multicast is one send to several.
    let mut multicast: Option<&str> = None;
    for part in trace.parts(process, number) {
        let sent = match part {
            Part::Sent(message) => trace.message_id(message),
            _ => None,
        };
        let word = match part {
            Part::Sent(message) if sent.is_some() && sent == multicast => {
                let to = trace.name(trace.ends(message).1);
                words.pop().map_or(String::new(), |word| format!("{word}, {to}"))
            }
            Part::Sent(message) => named("send", "->", trace, message, trace.ends(message).1),
            Part::Received(message) => named("receive", "<-", trace, message, trace.ends(message).0),
            Part::Duplicate(i) => {
                let message = trace.duplicates()[i].message;
                named("receive", "<-", trace, message, trace.ends(message).0) + " again"
            }
            Part::Unsent(i) => format!("receive {} (no send)", trace.unsent_name(&trace.unsent()[i])),
        };
        words.push(word);
        multicast = sent;
    }
    match words.is_empty() {
        true => "step".into(),
        false => words.join("; "),
    }
}

/// A message without an id is named after its ends already.
fn named(verb: &str, arrow: &str, trace: &Trace, message: MessageId, peer: ProcessId) -> String {
    match trace.message_id(message) {
        Some(id) => format!("{verb} {id} {arrow} {}", trace.name(peer)),
        None => format!("{verb} {}", trace.message_name(message)),
    }
}
