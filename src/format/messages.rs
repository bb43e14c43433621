//! The messages of a block, in room that is used again as it is.

use std::ops::Deref;

use super::record::{PlainEvent, PlainTransfer};
use crate::key::Key;

/// A list of messages. What is left in its room from other blocks is written over, and not cleared before.
#[derive(Debug, Default)]
pub struct Messages {
    room: Vec<PlainTransfer>,
    len: usize,
}

/// What is in room that was not used yet.
const NONE: PlainTransfer =
    PlainTransfer { key: Key::NONE, event: PlainEvent::of(0, 0, 0), peer: 0, id_at: 0, id_len: 0, has_peer: false };

impl Messages {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// Forgets all but the first, so many.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Adds one.
    #[inline(always)]
    pub fn push(&mut self, message: PlainTransfer) {
        if self.len == self.room.len() {
            self.grow(1);
        }
        self.room[self.len] = message;
        self.len += 1;
    }

    /// Adds so many, which are to be written: any are there before.
    #[inline(always)]
    pub fn more(&mut self, more: usize) -> &mut [PlainTransfer] {
        let before = self.len;
        if self.room.len() - before < more {
            self.grow(more);
        }
        self.len += more;
        &mut self.room[before..self.len]
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) {
        self.room.resize((self.len + more).next_power_of_two(), NONE);
    }
}

impl Deref for Messages {
    type Target = [PlainTransfer];

    #[inline(always)]
    fn deref(&self) -> &[PlainTransfer] {
        &self.room[..self.len]
    }
}
