//! What one process records for one snapshot (Chandy and Lamport 1985).

use crate::log::Channels;
use crate::plan::name;

/// The id of a snapshot in markers and logs.
pub fn id(snapshot: usize) -> String {
    format!("s{}", snapshot + 1)
}

/// A process that has recorded its state, and records its incoming channels until their markers arrive.
pub struct Recording {
    /// The `record` line of the log.
    pub line: usize,
    channels: Vec<Incoming>,
    /// Whether the balance is recorded already; always, but for a bug.
    pub has_state: bool,
}

struct Incoming {
    from: usize,
    open: bool,
    messages: Vec<String>,
}

impl Recording {
    /// Turns recording on for the channels from these processes.
    pub fn start(line: usize, senders: impl Iterator<Item = usize>) -> Self {
        let channels = senders.map(|from| Incoming { from, open: true, messages: Vec::new() }).collect();
        Self { line, channels, has_state: true }
    }

    /// A message has arrived: it was in the channel if its marker has not arrived.
    pub fn message(&mut self, from: usize, message: &str) {
        for channel in self.channels.iter_mut().filter(|channel| channel.from == from && channel.open) {
            channel.messages.push(message.into());
        }
    }

    /// The marker of a channel has arrived, or for a bug it is taken as having: what is recorded is all there was.
    pub fn close(&mut self, from: usize) {
        self.channels.iter_mut().filter(|channel| channel.from == from).for_each(|channel| channel.open = false);
    }

    /// The contents of all channels, once each is closed.
    pub fn contents(&self) -> Option<Channels> {
        let closed = self.channels.iter().all(|channel| !channel.open);
        closed.then(|| self.channels.iter().map(|of| (name(of.from), of.messages.clone())).collect())
    }
}
