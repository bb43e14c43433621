//! Logs of one event a line, most of them plain: blocks are scanned for plain events, and what is left is read by the
//! grammar.

use std::marker::PhantomData;
use std::ops::Range;

use super::ahead::{self, Blockwise, Way};
use super::eight::WINDOW;
use super::lines::{Block, Piece, broken, for_each_block, pieces_of};
use super::record::{PlainEvent, PlainRun, Sink, UNKNOWN};
use crate::names::Names;
use crate::source::Source;

/// How a format of one event a line is read.
pub trait Lines {
    /// Adds the line that starts at `start` of `text` to `events` if it is plain and has an end; where that is.
    fn plain(text: &str, start: usize, scan: &mut Scan, events: &mut Vec<PlainEvent>) -> Option<usize>;

    /// Reads lines of `source` that are not plain, which start at its byte `start`; how many they are.
    fn read(source: &Source, text: &str, start: usize, sink: &mut dyn Sink) -> usize;
}

/// What a scanner remembers from line to line.
pub struct Scan {
    /// The names that it has met.
    pub names: Names,
    /// Room for the last bytes of a block.
    pub last: [u8; WINDOW],
}

/// What a block holds.
#[derive(Debug, Default)]
struct Found {
    events: Vec<PlainEvent>,
    /// Lines that are not plain, and how many plain ones stand before them.
    others: Vec<(usize, Range<usize>)>,
}

impl Found {
    /// The same in the room that this has.
    fn copy_of(mut self, other: &Self) -> Self {
        self.events.clone_from(&other.events);
        self.others.clone_from(&other.others);
        self
    }
}

/// A block and what a scanner found there; no text where the block is not UTF-8.
#[derive(Debug)]
struct Scanned<'s> {
    range: Range<usize>,
    text: Option<&'s str>,
    found: Found,
    scanner: usize,
    /// Names that its scanner had not met before.
    names: Vec<Box<str>>,
}

/// One thread's part in the scan.
struct Scanner {
    number: usize,
    scan: Scan,
    /// The list that never leaves this thread's cache.
    own: Found,
}

/// The scan of a source for the plain lines of a format.
struct Plain<'s, L> {
    bytes: &'s [u8],
    format: PhantomData<fn() -> L>,
}

impl<'s, L: Lines> Blockwise for Plain<'s, L> {
    type Scanner = Scanner;
    type Found = Scanned<'s>;
    type Room = Found;

    fn scanner(&self, number: usize) -> Scanner {
        Scanner { number, scan: Scan { names: Names::default(), last: [0; WINDOW] }, own: Found::default() }
    }

    fn scan(&self, scanner: &mut Scanner, range: Range<usize>, mut room: Found) -> Scanned<'s> {
        let Scanner { number, scan, own } = scanner;
        let text = std::str::from_utf8(&self.bytes[range.clone()]).ok();
        // On a thread that does not tell, found in its own list, and copied at one go to one that leaves it.
        let elsewhere = *number > 0;
        let found = if elsewhere { &mut *own } else { &mut room };
        found.events.clear();
        found.others.clear();
        let before = scan.names.len();
        find::<L>(text.unwrap_or_default(), scan, found);
        let new = before..scan.names.len();
        let names = new.map(|number| scan.names.get(number).into()).collect();
        let found = if elsewhere { room.copy_of(own) } else { room };
        Scanned { range, text, found, scanner: *number, names }
    }
}

/// What all blocks of one scanner have in common: its names, and what the sink knows them by.
#[derive(Clone, Debug, Default)]
struct Known {
    names: Vec<Box<str>>,
    numbers: Vec<u32>,
}

/// Reads all of `source` into `sink`.
pub fn read<L: Lines>(source: &Source, way: Way, sink: &mut dyn Sink) {
    match way {
        Way::Threads(threads) => {
            let mut known = vec![Known::default(); threads.max(1)];
            let plain = Plain::<L> { bytes: source.bytes(), format: PhantomData };
            ahead::in_order(&plain, source.bytes(), threads, sink, |scanned, sink| {
                tell::<L>(source, scanned, &mut known, sink)
            });
        }
        Way::Reference => {
            let mut lines = |block: Block<'_>, sink: &mut dyn Sink| {
                let lines = L::read(source, block.text, block.start, sink);
                sink.lines(lines);
            };
            for_each_block(source, sink, &mut lines);
        }
    }
}

/// Finds the plain events of a text. Where a plain line ends is known once it is read; of others it is searched for.
fn find<L: Lines>(text: &str, scan: &mut Scan, Found { events, others }: &mut Found) {
    let mut at = 0;
    while at < text.len() {
        if let Some(end) = L::plain(text, at, scan, events) {
            at = end + 1;
            continue;
        }
        let behind = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |len| at + len + 1);
        match others.last_mut() {
            Some((before, range)) if *before == events.len() => range.end = behind,
            _ => others.push((events.len(), at..behind)),
        }
        at = behind;
    }
}

/// Tells the sink of all lines of a block.
fn tell<L: Lines>(source: &Source, block: Scanned<'_>, known: &mut [Known], sink: &mut dyn Sink) -> Found {
    let Scanned { range, text, found, scanner, names } = block;
    let end = range.end;
    let Some(text) = text else {
        for piece in pieces_of(source.bytes(), range) {
            let lines = match piece {
                Piece::Block(line) => L::read(source, line.text, line.start, sink),
                Piece::Broken(at) => {
                    sink.problem(broken(source.bytes(), at));
                    1
                }
            };
            sink.lines(lines);
        }
        sink.reached(end);
        return found;
    };
    let Known { names: all, numbers: known } = &mut known[scanner];
    all.extend(names);
    known.resize(all.len(), UNKNOWN);
    let mut lines = found.events.len();
    let mut told = 0;
    for (before, other) in &found.others {
        let events = &found.events[told..*before];
        if !events.is_empty() {
            sink.plain_events(PlainRun { block: range.start, text, events, names: all, known });
        }
        told = *before;
        lines += L::read(source, &text[other.clone()], range.start + other.start, sink);
    }
    sink.plain_events(PlainRun { block: range.start, text, events: &found.events[told..], names: all, known });
    sink.lines(lines);
    sink.reached(end);
    found
}
