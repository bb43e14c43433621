//! The log: all that instrumenting a program takes.
//!
//! One line for each send and receive, with the id of the message; `state` where it changes; and for a snapshot a line
//! for each marker and one `record` line, at the place where the process recorded.
//!
//! That line also claims what was in the channels, which is known only when the last marker is there. Here the log is
//! kept in memory and written at the end, and the line is filled in. A program that runs for long writes lines out as
//! it goes and holds back those from its oldest unfinished `record` on: a snapshot takes moments, so these are few.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;

/// The lines of one process.
pub struct Log {
    process: String,
    lines: Vec<Line>,
}

/// One line; what it does not have is left out.
#[derive(Default, Serialize)]
struct Line {
    #[serde(skip_serializing_if = "String::is_empty")]
    process: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<Payload>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<Channels>,
}

#[derive(Serialize)]
struct Payload {
    amount: u64,
}

#[derive(Serialize)]
struct State {
    balance: u64,
}

/// Recorded channel contents: sender, ids of the messages in order.
pub type Channels = BTreeMap<String, Vec<String>>;

impl Log {
    /// Declares the process, and the channels from it. The other ends' logs declare theirs, so each is declared once.
    pub fn new(process: String, balance: u64, receivers: impl Iterator<Item = String>) -> Self {
        let mut log = Self { process, lines: Vec::new() };
        log.push(Line { event: "process", state: Some(State { balance }), ..Line::default() });
        for to in receivers {
            let from = Some(log.process.clone());
            log.lines.push(Line { event: "channel", from, to: Some(to), ..Line::default() });
        }
        log
    }

    fn push(&mut self, line: Line) {
        self.lines.push(Line { process: self.process.clone(), ..line });
    }

    /// It has sent a message, and this is its balance now.
    pub fn send(&mut self, message: &str, to: String, amount: u64, balance: u64) {
        let (message, to) = (Some(message.into()), Some(to));
        let (payload, state) = (Some(Payload { amount }), Some(State { balance }));
        self.push(Line { event: "send", message, to, payload, state, ..Line::default() });
    }

    /// It has received a message, and this is its balance now.
    pub fn receive(&mut self, message: &str, from: String, balance: u64) {
        let (message, from, state) = (Some(message.into()), Some(from), Some(State { balance }));
        self.push(Line { event: "receive", message, from, state, ..Line::default() });
    }

    /// It has sent a marker of a snapshot.
    pub fn send_marker(&mut self, snapshot: String, to: String) {
        self.push(Line { event: "send", marker: Some(snapshot), to: Some(to), ..Line::default() });
    }

    /// It has received a marker of a snapshot.
    pub fn receive_marker(&mut self, snapshot: String, from: String) {
        self.push(Line { event: "receive", marker: Some(snapshot), from: Some(from), ..Line::default() });
    }

    /// It records here. Returns the number of the line, to be filled in.
    pub fn record(&mut self, snapshot: String) -> usize {
        self.push(Line { event: "record", snapshot: Some(snapshot), ..Line::default() });
        self.lines.len() - 1
    }

    /// The state that it recorded on that line.
    pub fn recorded_state(&mut self, line: usize, balance: u64) {
        self.lines[line].state = Some(State { balance });
    }

    /// What it recorded on its incoming channels until now, where it ends.
    pub fn recorded_channels(&mut self, line: usize, channels: Channels) {
        self.lines[line].channels = Some(channels);
    }

    /// Writes all lines to a file.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for line in &self.lines {
            serde_json::to_writer(&mut file, line)?;
            file.write_all(b"\n")?;
        }
        file.flush()
    }
}
