//! Who receives what: for logs whose senders do not say whom they send to.
//!
//! Such a log has the id of a message on both ends, and its receiver is whoever logs a receive of that id. The first
//! send that names no receiver has the logs read once more, for their receives alone.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;

use super::Mapping;
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkRecord, Problem, ProcessRecord, Sink,
};
use crate::key::Key;
use crate::source::Source;

/// The process that a message went to which no process received.
pub const UNKNOWN: &str = "unknown-receiver";

/// The receivers of the messages in a set of logs, found when they are asked for first.
#[derive(Debug, Default)]
pub struct Receivers {
    sources: OnceLock<Vec<Arc<Source>>>,
    known: OnceLock<Known>,
}

impl Receivers {
    /// Those of these logs, unless they are those of others already.
    pub fn set(&self, sources: &[Arc<Source>]) {
        // Once and for all: what is known belongs to them.
        self.sources.get_or_init(|| sources.to_vec());
    }

    /// Whether they are those of this log, and perhaps of others.
    pub fn cover(&self, source: &Arc<Source>) -> bool {
        self.sources.get().is_some_and(|sources| sources.iter().any(|own| Arc::ptr_eq(own, source)))
    }

    /// The processes that receive the message of an id, in the order of the logs, each once. The first call reads the
    /// logs; from then on a call takes constant time. Space: 28 bytes for each id that is received.
    pub(super) fn of_message(&self, id: &str, mapping: &Mapping) -> impl Iterator<Item = &str> {
        let known = self.known.get_or_init(|| {
            let mut known = Known::default();
            let sources = self.sources.get().into_iter().flatten();
            sources.for_each(|source| mapping.read_with(source, None, &mut known));
            known
        });
        let key = Key::of(id);
        let more = known.more.get(&key).into_iter().flatten();
        let numbers = known.first.get(&key).into_iter().chain(more);
        numbers.filter_map(|&number| known.names.get(number as usize).map(String::as_str))
    }
}

/// The receiver of each id; nearly all have one.
#[derive(Debug, Default)]
struct Known {
    names: Vec<String>,
    numbers: HashMap<Key, u32>,
    first: HashMap<Key, u32>,
    more: HashMap<Key, Vec<u32>>,
}

impl Sink for Known {
    fn event(&mut self, record: &EventRecord<'_>) {
        if record.action != ActionKind::Receive {
            return;
        }
        let number = *self.numbers.entry(Key::of(record.process)).or_insert_with(|| {
            self.names.push(record.process.into());
            self.names.len() as u32 - 1
        });
        for id in record.transfers.iter().filter_map(|transfer| transfer.message) {
            let key = Key::of(id);
            let first = *self.first.entry(key).or_insert(number);
            if first != number {
                let more = self.more.entry(key).or_default();
                if !more.contains(&number) {
                    more.push(number);
                }
            }
        }
    }

    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn mark(&mut self, _: MarkRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn skipped(&mut self, _: Range<usize>) {}
    // Told when the log is read for its events.
    fn problem(&mut self, _: Problem) {}
    fn lines(&mut self, _: usize) {}
}
