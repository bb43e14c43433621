//! What plain events say beside their messages.

use crate::format::time::Time;
use crate::key::Key;

/// When a plain event was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainTime {
    /// When, by the process's own clock.
    pub time: Time,
    /// Whose event it is, by its number as in [`PlainTransfer`](super::PlainTransfer).
    pub process: u32,
    /// Its line in the block.
    pub line: u16,
    /// How many plain events of its process stand before it in the block.
    pub position: u16,
}

/// A text that a plain event has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainText {
    /// Whose event it is, by its number as in [`PlainTransfer`](super::PlainTransfer).
    pub process: u32,
    /// Its line in the block.
    pub line: u16,
    /// How many plain events of its process stand before it in the block.
    pub position: u16,
    /// Where the text starts in the block.
    pub at: u16,
    /// Its length.
    pub len: u16,
    /// What it is.
    pub of: TextOf,
    /// The key of a label; none of other texts.
    pub key: Key,
}

/// What a [text](PlainText) is, as in [`EventRecord`](super::EventRecord).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextOf {
    /// The name of the event.
    Label,
    /// Free text that describes it.
    Note,
    /// Variables that it sets: a JSON object.
    State,
    /// The payload of what it sends: any JSON.
    Payload,
}

/// How many kinds of texts there are.
const TEXTS: usize = 4;

/// What events say beside their messages, in the order of their lines. Few logs have any of it, or all lines have the same.
#[derive(Clone, Copy, Debug, Default)]
pub struct Details<'a> {
    /// The times, where they are asked for ([`Sink::takes_times`](super::Sink::takes_times)).
    pub times: &'a [PlainTime],
    /// The texts.
    pub texts: &'a [PlainText],
}

impl<'a> Details<'a> {
    /// Those of lines before this one, and the others.
    pub fn split(self, line: u32) -> (Self, Self) {
        let (times, later_times) = before(self.times, |timed| u32::from(timed.line) < line);
        let (texts, later_texts) = before(self.texts, |text| u32::from(text.line) < line);
        (Self { times, texts }, Self { times: later_times, texts: later_texts })
    }

    /// The label, note, state and payload, where it is all of one event, in the text of the block.
    pub fn texts_of_one(self, block: &'a [u8]) -> [Option<&'a str>; TEXTS] {
        let mut texts = [None; TEXTS];
        for text in self.texts {
            texts[text.of as usize] = text.text(block);
        }
        texts
    }
}

impl PlainText {
    /// It in the text of its block.
    pub fn text<'a>(&self, block: &'a [u8]) -> Option<&'a str> {
        let bytes = block.get(usize::from(self.at)..)?.get(..usize::from(self.len))?;
        std::str::from_utf8(bytes).ok()
    }
}

/// The first ones of which something holds, and the others: found from the front where they are few.
fn before<T>(all: &[T], holds: impl Fn(&T) -> bool) -> (&[T], &[T]) {
    const FEW: usize = 8;
    let few = all.iter().take(FEW).take_while(|one| holds(one)).count();
    all.split_at(if few < FEW { few } else { all.partition_point(holds) })
}
