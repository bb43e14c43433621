//! Open ends of a key and receiver that have one in the table already: ids that are sent again before they are received.
//!
//! They wait by age and in a queue for each sender, so that it takes no longer to find the oldest where there are many, of
//! one sender or of thousands.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;

use super::open::{ANYONE, Open};
use crate::key::Key;

/// Open ends by key and receiver, each younger than that of its key and receiver in the table.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    /// By key and receiver; none is empty.
    waiting: HashMap<(Key, u32), Waiting>,
    count: usize,
}

/// The open ends of one key and receiver.
#[derive(Clone, Debug, Default)]
struct Waiting {
    /// By value, which is their age.
    by_age: BTreeMap<u32, Open>,
    /// The values of each sender, in order; no queue is empty.
    by_sender: HashMap<u32, VecDeque<u32>>,
}

impl Waiting {
    /// The value of the oldest that may be from a sender.
    fn oldest(&self, from: u32) -> Option<u32> {
        if from == ANYONE {
            return self.by_age.keys().next().copied();
        }
        [from, ANYONE].iter().filter_map(|sender| self.by_sender.get(sender)?.front().copied()).min()
    }

    fn remove(&mut self, value: u32) -> Option<Open> {
        let open = self.by_age.remove(&value)?;
        let queue = self.by_sender.get_mut(&open.from)?;
        if let Ok(at) = queue.binary_search(&value) {
            queue.remove(at);
        }
        if queue.is_empty() {
            self.by_sender.remove(&open.from);
        }
        Some(open)
    }
}

impl Repeats {
    /// How many there are.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Adds one that is younger than all of its key and receiver. Time: O(log) of how many these are.
    #[cold]
    pub(super) fn push(&mut self, open: Open) {
        let waiting = self.waiting.entry((open.key, open.to)).or_default();
        waiting.by_age.insert(open.value, open);
        waiting.by_sender.entry(open.from).or_default().push_back(open.value);
        self.count += 1;
    }

    /// Whether there is one.
    #[inline(never)]
    pub(super) fn has(&self, id: (Key, u32)) -> bool {
        self.waiting.contains_key(&id)
    }

    /// Whether there is one of another sender than this.
    pub(super) fn has_other(&self, id: (Key, u32), from: u32) -> bool {
        let has_other = |by_sender: &HashMap<u32, _>| by_sender.len() > 1 || !by_sender.contains_key(&from);
        self.waiting.get(&id).is_some_and(|waiting| has_other(&waiting.by_sender))
    }

    /// How many there are of this sender.
    pub(super) fn count_of(&self, id: (Key, u32), from: u32) -> usize {
        self.waiting.get(&id).and_then(|waiting| waiting.by_sender.get(&from)).map_or(0, VecDeque::len)
    }

    /// Takes the oldest that may be from a sender, or of all ([`ANYONE`]). Time: as to [add](Self::push) one.
    #[cold]
    pub(super) fn take(&mut self, id: (Key, u32), from: u32) -> Option<Open> {
        let value = self.waiting.get(&id)?.oldest(from)?;
        self.withdraw(id, value)
    }

    /// Takes out that of this value. Time: as to [add](Self::push) one for the oldest and the youngest of a sender.
    pub(super) fn withdraw(&mut self, id: (Key, u32), value: u32) -> Option<Open> {
        let waiting = self.waiting.get_mut(&id)?;
        let open = waiting.remove(value)?;
        if waiting.by_age.is_empty() {
            self.waiting.remove(&id);
        }
        self.count -= 1;
        Some(open)
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Open> {
        self.waiting.values().flat_map(|waiting| waiting.by_age.values())
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        if self.count > 0 {
            *self = Self::default();
        }
    }
}
