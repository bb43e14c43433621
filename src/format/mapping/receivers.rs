//! Who receives what: for logs whose senders do not say whom they send to.
//!
//! Such a log has the id of a message on both ends, and its receiver is whoever logs a receive of that id. So all logs
//! are read for their receives before the first send is told. Where it is certain that this is needed, what patterns
//! matched is kept, packed, until it is told: nothing is matched twice.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use hashbrown::hash_table::Entry;
use hashbrown::{HashMap, HashSet, HashTable};

use super::Mapping;
use super::matches::Matches;
use crate::format::ahead::Way;
use crate::format::record::{ActionKind, EventRecord, Events};
use crate::key::{Key, Salt};
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
    /// What processes sent to themselves, in the sources that were read before: message and process.
    own: Mutex<HashSet<(Key, Key)>>,
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
    /// logs; from then on a call takes constant time. Space: 25 to 30 bytes for each id that is received, 20 more
    /// where several receive it.
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

    /// What processes sent to themselves before this source: a part of their log may stand in another file. Logs are read
    /// in their order, each time from the first one.
    pub(super) fn own_before(&self, source: &Source) -> HashSet<(Key, Key)> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if self
            .sources
            .get()
            .and_then(|sources| sources.first())
            .is_some_and(|first| std::ptr::eq(first.as_ref(), source))
        {
            own.clear();
        }
        own.clone()
    }

    /// A process sent a message to itself.
    pub(super) fn add_own(&self, message: Key, process: Key) {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).insert((message, process));
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

/// The receivers of each id; nearly all have one.
#[derive(Debug, Default)]
struct Known {
    names: Names,
    /// Places in the two columns, by key: a table that held the keys themselves would keep room for as many again.
    table: HashTable<u32>,
    keys: Vec<Key>,
    first: Vec<u32>,
    /// For places with several receivers, where the second stands in the next column.
    second: HashMap<u32, u32>,
    /// A receiver, and where the one after it stands here, which is further on; [`LAST`] for the last one.
    more: Vec<(u32, u32)>,
}

/// Keys are looked for in one table.
const SALT: Salt = Salt::of(0);

/// No receiver follows.
const LAST: u32 = u32::MAX;

impl Known {
    fn of_key(&self, key: Key) -> impl Iterator<Item = u32> {
        let place = self.table.find(key.mix(SALT), |&at| self.keys.get(at as usize) == Some(&key)).copied();
        let first = place.and_then(|place| self.first.get(place as usize)).copied();
        let mut next = place.filter(|_| !self.more.is_empty()).and_then(|place| self.second.get(&place)).copied();
        let more = std::iter::from_fn(move || {
            let &(receiver, after) = self.more.get(next? as usize)?;
            next = Some(after);
            Some(receiver)
        });
        first.into_iter().chain(more)
    }

    fn add(&mut self, record: &EventRecord<'_>) {
        if record.action != ActionKind::Receive {
            return;
        }
        let receiver = self.names.intern(record.process).0 as u32;
        for id in record.transfers.iter().filter_map(|transfer| transfer.message) {
            let key = Key::of(id);
            let keys = &self.keys;
            let is = |&at: &u32| keys.get(at as usize) == Some(&key);
            let hash = |&at: &u32| keys.get(at as usize).map_or(0, |key| key.mix(SALT));
            match self.table.entry(key.mix(SALT), is, hash) {
                Entry::Occupied(known) => {
                    let place = *known.get();
                    if self.first.get(place as usize) != Some(&receiver) {
                        self.add_more(place, receiver);
                    }
                }
                Entry::Vacant(free) => {
                    // More ids than that are more events than a trace takes.
                    let Ok(at) = u32::try_from(keys.len()) else { return };
                    free.insert(at);
                    self.keys.push(key);
                    self.first.push(receiver);
                }
            }
        }
    }

    /// Another receiver, unless it is there already. Time: as many as the message has.
    fn add_more(&mut self, place: u32, receiver: u32) {
        let Ok(new) = u32::try_from(self.more.len()) else { return };
        let mut at = *self.second.entry(place).or_insert(new);
        while let Some((known, next)) = self.more.get_mut(at as usize) {
            if *known == receiver {
                return;
            }
            if *next == LAST {
                *next = new;
                break;
            }
            at = *next;
        }
        self.more.push((receiver, LAST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::record::Transfer;

    #[test]
    fn each_receiver_once_in_the_order_of_the_log() {
        let mut known = Known::default();
        let received = [("m", "a"), ("n", "b"), ("m", "c"), ("m", "a"), ("n", "b"), ("m", "d"), ("m", "c"), ("n", "a")];
        for (id, process) in received {
            let transfers = [Transfer { message: Some(id), ..Transfer::default() }];
            let (label, note, state, time, clock) = (None, None, None, None, None);
            let (at, action, transfers) = (0..0, ActionKind::Receive, &transfers[..]);
            known.add(&EventRecord { at, process, label, note, action, transfers, state, time, clock });
        }
        let of = |id| known.of_key(Key::of(id)).map(|number| known.names.get(number as usize)).collect::<String>();
        assert_eq!((of("m"), of("n"), of("o")), ("acd".into(), "ba".into(), String::new()));
    }
}
