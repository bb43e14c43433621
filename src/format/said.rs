//! What plain lines say, while a block of them is looked through.

use super::messages::Messages;
use super::record::{Details, PlainText, PlainTime, Sink, TextOf};
use crate::key::Key;

/// Where goes what a line says.
pub struct Room<'r> {
    /// Steps: line and process.
    pub steps: &'r mut Vec<(u32, u32)>,
    /// Messages, by kind.
    pub transfers: &'r mut [Messages; 2],
    /// What else there is.
    pub said: &'r mut Said,
}

impl Room<'_> {
    /// The same room.
    #[inline(always)]
    pub fn again(&mut self) -> Room<'_> {
        Room { steps: &mut *self.steps, transfers: &mut *self.transfers, said: &mut *self.said }
    }
}

/// What the lines of a block say beside their messages.
#[derive(Debug, Default)]
pub struct Said {
    times: Vec<PlainTime>,
    texts: Vec<PlainText>,
    unknown: Vec<Unknown>,
    takes_times: bool,
}

/// So many names are too many to look through them for each.
const MANY_UNKNOWN: usize = 256;

/// A member of an unknown name.
#[derive(Debug)]
struct Unknown {
    name: Box<str>,
    /// Where it was first, and how often.
    at: u16,
    count: usize,
}

impl Said {
    /// Adds a time, if they are asked for.
    #[inline(always)]
    pub fn add_time(&mut self, time: PlainTime) {
        if self.takes_times {
            self.times.push(time);
        }
    }

    /// Nothing: of a new block, with its times or without.
    pub fn start(&mut self, takes_times: bool) {
        self.times.clear();
        self.texts.clear();
        self.unknown.clear();
        self.takes_times = takes_times;
    }

    /// What plain events say.
    pub fn details(&self) -> Details<'_> {
        Details { times: &self.times, texts: &self.texts }
    }

    /// Tells a sink of the members that say nothing: the block starts at a place of the source.
    pub fn tell_unknown<S: Sink + ?Sized>(&self, block: usize, sink: &mut S) {
        for Unknown { name, at, count } in &self.unknown {
            let start = block + usize::from(*at);
            sink.passed_over(name, None, start..start + name.len(), *count);
        }
    }

    /// Adds a text.
    pub fn add_text(&mut self, text: PlainText) {
        self.texts.push(text);
    }

    /// How many texts there are.
    #[inline(always)]
    pub fn texts(&self) -> usize {
        self.texts.len()
    }

    /// Adds a text of a line, from one place of the block to another: whose it is [comes later](Self::own_texts).
    pub fn add_text_of(&mut self, line: u16, (at, end): (u16, u16), of: TextOf, key: Key) {
        self.add_text(PlainText { process: 0, line, position: 0, at, len: end.wrapping_sub(at), of, key });
    }

    /// Adds a member of an unknown name, which stands at a place of the block.
    #[inline(always)]
    pub fn add_unknown(&mut self, name: &[u8], at: u16) {
        match self.unknown.iter_mut().find(|known| known.name.as_bytes() == name) {
            Some(known) => known.count += 1,
            None => self.meet_unknown(name, at),
        }
    }

    /// Whether there are too many unknown names to look through them.
    #[inline(always)]
    pub fn has_many_unknown(&self) -> bool {
        self.unknown.len() >= MANY_UNKNOWN
    }

    #[cold]
    fn meet_unknown(&mut self, name: &[u8], at: u16) {
        let name = String::from_utf8_lossy(name).into();
        self.unknown.push(Unknown { name, at, count: 1 });
    }

    /// The last texts, behind so many, are of an event.
    #[inline(always)]
    pub fn own_texts(&mut self, behind: usize, process: u32, position: u16) {
        for text in self.texts.iter_mut().skip(behind) {
            (text.process, text.position) = (process, position);
        }
    }

    /// The last texts, behind so many, are of no plain event.
    pub fn forget_texts(&mut self, behind: usize) {
        self.texts.truncate(behind);
    }
}
