//! Open ends of a key and receiver that have one in the table already: ids that are sent again before they are received.
//!
//! They wait in a queue for each sender, so that it takes no longer to find the oldest where there are many.

use std::collections::VecDeque;

use hashbrown::HashMap;

use super::open::Open;
use crate::key::Key;

/// Open ends by key and receiver, each younger than that of its key and receiver in the table.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeats {
    /// By key and receiver, in one queue by sender; no queue is empty.
    queues: HashMap<(Key, u32), Vec<VecDeque<Open>>>,
    count: usize,
}

impl Repeats {
    /// How many there are.
    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Adds one that is younger than all of its key and receiver. Time: O(senders of its id).
    #[cold]
    pub(super) fn push(&mut self, open: Open) {
        let queues = self.queues.entry((open.key, open.to)).or_default();
        match queues.iter_mut().find(|queue| queue[0].from == open.from) {
            Some(queue) => queue.push_back(open),
            None => queues.push(VecDeque::from([open])),
        }
        self.count += 1;
    }

    /// Whether there is one.
    #[inline(never)]
    pub(super) fn has(&self, id: (Key, u32)) -> bool {
        self.queues.contains_key(&id)
    }

    /// Whether there is one of another sender than this.
    pub(super) fn has_other(&self, (key, to): (Key, u32), from: u32) -> bool {
        self.queues.get(&(key, to)).is_some_and(|queues| queues.iter().any(|queue| queue[0].from != from))
    }

    /// Takes the oldest that may be from a sender, or of all ([`ANYONE`](super::ANYONE)). Time: O(senders of its id).
    #[cold]
    pub(super) fn take(&mut self, (key, to): (Key, u32), from: u32) -> Option<Open> {
        let queues = self.queues.get(&(key, to))?;
        let may_be = (0..queues.len()).filter(|&nth| queues[nth][0].may_be_from(from));
        let oldest = may_be.min_by_key(|&nth| queues[nth][0].value)?;
        self.remove((key, to), oldest, 0)
    }

    /// Takes out that of this value. Time: O(senders of its id) for the youngest of its sender.
    pub(super) fn withdraw(&mut self, (key, to): (Key, u32), value: u32) {
        let Some(queues) = self.queues.get(&(key, to)) else { return };
        let found = queues.iter().enumerate().find_map(|(nth, queue)| {
            let at = queue.binary_search_by_key(&value, |open| open.value).ok()?;
            Some((nth, at))
        });
        if let Some((nth, at)) = found {
            self.remove((key, to), nth, at);
        }
    }

    fn remove(&mut self, id: (Key, u32), nth: usize, at: usize) -> Option<Open> {
        let queues = self.queues.get_mut(&id)?;
        let open = queues[nth].remove(at)?;
        if queues[nth].is_empty() {
            queues.swap_remove(nth);
        }
        if queues.is_empty() {
            self.queues.remove(&id);
        }
        self.count -= 1;
        Some(open)
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Open> {
        self.queues.values().flatten().flatten()
    }

    /// Takes all out.
    pub(super) fn clear(&mut self) {
        if self.count > 0 {
            *self = Self::default();
        }
    }
}
