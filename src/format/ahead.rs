//! Blocks of a source are scanned for plain events by as many threads as there are, and told in order by one.
//!
//! Whoever is idle scans the next block, the telling thread too while the block that is due is not ready. So the work
//! is shared whatever the shares of scanning and telling are, and the sink is told the same, in the same order,
//! however many threads there are.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use super::eight::WINDOW;
use super::lines::{Block, Blocks, Piece, broken, for_each_block, pieces_of};
use super::record::{PlainEvent, PlainRun, Sink, UNKNOWN};
use crate::names::Names;
use crate::source::Source;

/// From this size on more than one thread is worth its start.
const THREADS_FROM: usize = 4 << 20;

/// Blocks that may be scanned before they are told.
const AHEAD: usize = 32;

/// Lists that lie idle before one is used again: by then its lines have left the cache of the thread that read them,
/// and are not torn out of it.
const IDLE: usize = 8;

/// How a format of one event a line is read.
pub trait Lines {
    /// Adds the line at `line` of `text`, without its end, to `events` if it is plain; whether it is.
    fn plain(text: &str, line: Range<usize>, scan: &mut Scan, events: &mut Vec<PlainEvent>) -> bool;

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
struct Scanner<'s> {
    bytes: &'s [u8],
    number: usize,
    scan: Scan,
}

impl<'s> Scanner<'s> {
    fn of(bytes: &'s [u8], number: usize) -> Self {
        Self { bytes, number, scan: Scan { names: Names::default(), last: [0; WINDOW] } }
    }

    fn scan<L: Lines>(&mut self, range: Range<usize>, mut found: Found) -> Scanned<'s> {
        let text = std::str::from_utf8(&self.bytes[range.clone()]).ok();
        found.events.clear();
        found.others.clear();
        let before = self.scan.names.len();
        find::<L>(text.unwrap_or_default(), &mut self.scan, &mut found);
        let new = before..self.scan.names.len();
        let names = new.map(|number| self.scan.names.get(number).into()).collect();
        Scanned { range, text, found, scanner: self.number, names }
    }
}

/// What all blocks of one scanner have in common: its names, and what the sink knows them by.
#[derive(Clone, Debug, Default)]
struct Known {
    names: Vec<Box<str>>,
    numbers: Vec<u32>,
}

/// How a source of one event a line is read: the sink is told the same, in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Every line by the grammar of its format: what the other ways are held against.
    Reference,
    /// Plain lines straight from the bytes, by so many threads; with one, in the space of a block.
    Threads(usize),
}

impl Way {
    /// The one that suits a source.
    pub fn for_source(source: &Source) -> Self {
        match source.bytes().len() {
            0..THREADS_FROM => Self::Threads(1),
            _ => Self::Threads(std::thread::available_parallelism().map_or(1, usize::from)),
        }
    }
}

/// Reads all of `source` into `sink`.
pub fn read<L: Lines>(source: &Source, way: Way, sink: &mut dyn Sink) {
    match way {
        Way::Threads(threads) => read_plain::<L>(source, threads, sink),
        Way::Reference => {
            let mut lines = |block: Block<'_>, sink: &mut dyn Sink| {
                let lines = L::read(source, block.text, block.start, sink);
                sink.lines(lines);
            };
            for_each_block(source, sink, &mut lines);
        }
    }
}

fn read_plain<L: Lines>(source: &Source, threads: usize, sink: &mut dyn Sink) {
    let bytes = source.bytes();
    let blocks = Mutex::new(Blocks::of(bytes).enumerate());
    let next_block = || blocks.lock().unwrap_or_else(PoisonError::into_inner).next();
    let idle = if threads > 1 { IDLE } else { 0 };
    let spare = Mutex::new(VecDeque::<Found>::new());
    let spares = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    let room = || Some(spares()).filter(|spares| spares.len() > idle).and_then(|mut spares| spares.pop_front());
    std::thread::scope(|scope| {
        let (done, scanned) = sync_channel(AHEAD);
        for number in 1..threads {
            let (done, next_block, room) = (done.clone(), &next_block, &room);
            scope.spawn(move || {
                let mut scanner = Scanner::of(bytes, number);
                let mut own = Found::default();
                while let Some((number, range)) = next_block() {
                    // Found in a list that never leaves this thread's cache, and copied at one go to one that does.
                    let mut scanned = scanner.scan::<L>(range, own);
                    let copy = room().unwrap_or_default().copy_of(&scanned.found);
                    own = std::mem::replace(&mut scanned.found, copy);
                    if done.send((number, scanned)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let mut scanner = Scanner::of(bytes, 0);
        let mut known = vec![Known::default(); threads.max(1)];
        let mut early = BTreeMap::new();
        let mut due = 0;
        while !sink.is_done() {
            early.extend(scanned.try_iter());
            if let Some(block) = early.remove(&due) {
                let found = tell::<L>(source, block, &mut known, sink);
                spares().push_back(found);
                due += 1;
            } else if let Some((number, range)) = (early.len() < AHEAD).then(next_block).flatten() {
                let found = room().unwrap_or_default();
                early.insert(number, scanner.scan::<L>(range, found));
            } else {
                // All that is left is being scanned.
                let Ok((number, block)) = scanned.recv() else { break };
                early.insert(number, block);
            }
        }
        // Whoever waits to hand over a block that nobody wants must not wait for ever.
        drop(scanned);
    });
}

/// Finds the plain events of a text.
///
/// The ends of lines are searched for apart from what the lines say: so the next line need not wait for the steps of
/// this one, which follow from each other.
fn find<L: Lines>(text: &str, scan: &mut Scan, Found { events, others }: &mut Found) {
    let mut at = 0;
    let rest = (!text.is_empty() && !text.ends_with('\n')).then_some(text.len());
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain(rest) {
        if !L::plain(text, at..end, scan, events) {
            let behind = text.len().min(end + 1);
            match others.last_mut() {
                Some((before, range)) if *before == events.len() => range.end = behind,
                _ => others.push((events.len(), at..behind)),
            }
        }
        at = end + 1;
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
