//! The messages of a made-up run that are on their way.

use hashbrown::HashMap;

use super::random::Random;

/// A message on its way to a process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) id: u64,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// What is on its way. Memory: what is on its way at most; nothing is allocated once that was reached.
#[derive(Clone, Debug)]
pub(super) enum Transit {
    /// Any message may arrive next.
    Unordered(Vec<Message>),
    /// On each channel the oldest arrives next.
    Fifo(Fifo),
}

/// The channels that hold something, each a chain through `messages` from the oldest to the newest.
#[derive(Clone, Debug, Default)]
pub(super) struct Fifo {
    /// A message and the one behind it on its channel; free places are chained as well.
    messages: Vec<(Message, u32)>,
    free: u32,
    /// First and last message of each channel that holds any.
    channels: Vec<(u32, u32)>,
    /// Where a channel stands in `channels`.
    places: HashMap<(u32, u32), u32>,
}

/// The end of a chain.
const NONE: u32 = u32::MAX;

impl Transit {
    pub(super) fn new(unordered: bool) -> Self {
        match unordered {
            true => Self::Unordered(Vec::new()),
            false => Self::Fifo(Fifo { free: NONE, ..Fifo::default() }),
        }
    }

    #[inline]
    pub(super) fn put(&mut self, message: Message) {
        match self {
            Self::Unordered(messages) => messages.push(message),
            Self::Fifo(fifo) => fifo.put(message),
        }
    }

    /// Takes one that may arrive next; nothing where none is on its way.
    #[inline]
    pub(super) fn take(&mut self, random: &mut Random) -> Option<Message> {
        match self {
            Self::Unordered(messages) if messages.is_empty() => None,
            Self::Unordered(messages) => {
                let chosen = random.below(messages.len() as u64) as usize;
                Some(messages.swap_remove(chosen))
            }
            Self::Fifo(fifo) => fifo.take(random),
        }
    }
}

impl Fifo {
    #[inline]
    fn put(&mut self, message: Message) {
        let slot = match self.free {
            NONE => {
                self.messages.push((message, NONE));
                self.messages.len() as u32 - 1
            }
            slot => {
                self.free = self.messages[slot as usize].1;
                self.messages[slot as usize] = (message, NONE);
                slot
            }
        };
        let next = self.channels.len() as u32;
        let place = *self.places.entry((message.from, message.to)).or_insert(next);
        if place == next {
            self.channels.push((slot, slot));
            return;
        }
        let last = &mut self.channels[place as usize].1;
        self.messages[*last as usize].1 = slot;
        *last = slot;
    }

    #[inline]
    fn take(&mut self, random: &mut Random) -> Option<Message> {
        if self.channels.is_empty() {
            return None;
        }
        let place = random.below(self.channels.len() as u64) as usize;
        let (slot, last) = self.channels[place];
        let (message, behind) = self.messages[slot as usize];
        self.messages[slot as usize].1 = self.free;
        self.free = slot;
        if slot != last {
            self.channels[place].0 = behind;
            return Some(message);
        }
        self.places.remove(&(message.from, message.to));
        self.channels.swap_remove(place);
        if let Some(&(moved, _)) = self.channels.get(place) {
            let Message { from, to, .. } = self.messages[moved as usize].0;
            self.places.insert((from, to), place as u32);
        }
        Some(message)
    }
}
