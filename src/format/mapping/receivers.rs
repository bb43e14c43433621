//! Who receives what: for logs whose senders do not say whom they send to.
//!
//! Such a log has the id of a message on both ends, and its receiver is whoever logs a receive of that id. So all logs
//! are read for their receives before the first send is told. Where it is certain that this is needed, what patterns
//! matched is kept, packed, until it is told: nothing is matched twice.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hashbrown::hash_table::Entry;
use hashbrown::{HashMap, HashTable};

use super::Mapping;
use super::matches::Matches;
use crate::format::ahead::Way;
use crate::format::record::{ActionKind, EventRecord, Events};
use crate::key::Key;
use crate::names::Names;
use crate::source::Source;

/// The process that a message went to which no process received.
pub const UNKNOWN: &str = "unknown-receiver";

/// The receivers of the messages in a set of logs, found when they are asked for first, by one mapping for all of them.
#[derive(Debug, Default)]
pub struct Receivers {
    sources: OnceLock<Vec<Arc<Source>>>,
    known: OnceLock<Known>,
    /// For each source what is matched there and not yet told.
    matches: Mutex<Vec<Vec<Matches>>>,
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
    /// logs; from then on a call takes constant time. Space: 25 to 30 bytes for each id that is received.
    pub(super) fn of_message(&self, id: &str, mapping: &Mapping, way: Way) -> impl Iterator<Item = &str> {
        let known = self.known.get_or_init(|| self.find(mapping, way, false));
        known.of_key(Key::of(id)).map(|number| known.names.get(number as usize))
    }

    /// What was matched in a source to find its receivers, if it is not taken yet: its whole blocks, in order.
    pub(super) fn take_matches(&self, source: &Source, mapping: &Mapping, way: Way) -> Option<Vec<Matches>> {
        self.known.get_or_init(|| self.find(mapping, way, true));
        let number = self.sources.get()?.iter().position(|own| std::ptr::eq(own.as_ref(), source))?;
        let mut matches = self.matches.lock().unwrap_or_else(PoisonError::into_inner);
        Some(std::mem::take(matches.get_mut(number)?)).filter(|matches| !matches.is_empty())
    }

    fn find(&self, mapping: &Mapping, way: Way, keep: bool) -> Known {
        let mut known = Known::default();
        for source in self.sources.get().into_iter().flatten() {
            let found = mapping.find_receivers(source, way, &mut Events(|event: &EventRecord<'_>| known.add(event)));
            if keep {
                self.matches.lock().unwrap_or_else(PoisonError::into_inner).push(found);
            }
        }
        known
    }
}

/// The receiver of each id; nearly all have one.
#[derive(Debug, Default)]
struct Known {
    names: Names,
    /// Places in the two columns, by key: a table of more than these is half empty.
    table: HashTable<u32>,
    keys: Vec<Key>,
    first: Vec<u32>,
    more: HashMap<Key, Vec<u32>>,
}

impl Known {
    fn of_key(&self, key: Key) -> impl Iterator<Item = u32> {
        let first = self.table.find(key.mix(0), |&at| self.keys.get(at as usize) == Some(&key));
        let first = first.and_then(|&at| self.first.get(at as usize));
        first.into_iter().chain(self.more.get(&key).into_iter().flatten()).copied()
    }

    fn add(&mut self, record: &EventRecord<'_>) {
        if record.action != ActionKind::Receive {
            return;
        }
        let number = self.names.intern(record.process).0 as u32;
        for id in record.transfers.iter().filter_map(|transfer| transfer.message) {
            let key = Key::of(id);
            let keys = &self.keys;
            let is = |&at: &u32| keys.get(at as usize) == Some(&key);
            let hash = |&at: &u32| keys.get(at as usize).map_or(0, |key| key.mix(0));
            match self.table.entry(key.mix(0), is, hash) {
                Entry::Occupied(known) => {
                    if self.first.get(*known.get() as usize) != Some(&number) {
                        let more = self.more.entry(key).or_default();
                        if !more.contains(&number) {
                            more.push(number);
                        }
                    }
                }
                Entry::Vacant(free) => {
                    // More ids than that are more events than a trace takes.
                    let Ok(at) = u32::try_from(keys.len()) else { return };
                    free.insert(at);
                    self.keys.push(key);
                    self.first.push(number);
                }
            }
        }
    }
}
