//! Blocks of a source are scanned by as many threads as there are, and told in order by one.
//!
//! Whoever is idle scans the next block, the telling thread too while the block that is due is not ready. So the work
//! is shared whatever the shares of scanning and telling are, and the sink is told the same, in the same order,
//! however many threads there are.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use super::lines::Blocks;
use super::record::Sink;
use crate::source::Source;

/// From this size on more than one thread is worth its start.
const THREADS_FROM: usize = 4 << 20;

/// Blocks that may be scanned before they are told.
const AHEAD: usize = 32;

/// Lists that lie idle before one is used again: by then its lines have left the cache of the thread that read them,
/// and are not torn out of it.
const IDLE: usize = 8;

/// What is to be found in the blocks of a source: in each alone, by whatever thread is idle.
pub trait Blockwise: Sync {
    /// What one thread remembers from block to block.
    type Scanner;
    /// What is found in a block.
    type Found: Send;
    /// Lists to find it in, which are used again.
    type Room: Default + Send;

    /// The scanner of a thread; that of number 0 scans on the thread that tells.
    fn scanner(&self, number: usize) -> Self::Scanner;

    /// Scans the whole lines in `block`.
    fn scan(&self, scanner: &mut Self::Scanner, block: Range<usize>, room: Self::Room) -> Self::Found;
}

/// How a source is read: the sink is told the same, in the same order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Line by line, as the format is defined: what the other ways are held against.
    Reference,
    /// The quick way on one thread, with nothing but what every processor has.
    Anywhere,
    /// By so many threads, the quick way: plain lines straight from the bytes. With one, in the space of a block.
    Threads(usize),
}

impl Way {
    /// How many threads; none for the reference.
    pub(super) fn threads(self) -> usize {
        match self {
            Self::Reference => 0,
            Self::Anywhere => 1,
            Self::Threads(threads) => threads.max(1),
        }
    }

    /// The one that suits a source.
    pub fn for_source(source: &Source) -> Self {
        match source.bytes().len() {
            0..THREADS_FROM => Self::Threads(1),
            _ => Self::Threads(std::thread::available_parallelism().map_or(1, usize::from)),
        }
    }
}

/// Scans the blocks of `source` and tells of them in order, until the sink wants no more. `tell` hands back the lists of
/// a block when it is told.
pub fn in_order<W: Blockwise>(
    work: &W,
    source: &Source,
    threads: usize,
    sink: &mut dyn Sink,
    mut tell: impl FnMut(W::Found, &mut dyn Sink) -> W::Room,
) {
    let blocks = Mutex::new(Blocks::of(source).enumerate());
    let next_block = || blocks.lock().unwrap_or_else(PoisonError::into_inner).next();
    let idle = if threads > 1 { IDLE } else { 0 };
    let spare = Mutex::new(VecDeque::<W::Room>::new());
    let spares = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    let room = || {
        let mut spares = spares();
        if spares.len() > idle { spares.pop_front().unwrap_or_default() } else { W::Room::default() }
    };
    std::thread::scope(|scope| {
        let (done, scanned) = sync_channel(AHEAD);
        for number in 1..threads {
            let (done, next_block, room) = (done.clone(), &next_block, &room);
            scope.spawn(move || {
                let mut scanner = work.scanner(number);
                while let Some((number, range)) = next_block() {
                    if done.send((number, work.scan(&mut scanner, range, room()))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(done);
        let mut scanner = work.scanner(0);
        let mut early = BTreeMap::new();
        let mut due = 0;
        while !sink.is_done() {
            // No more than up to the block that is due: while that is told the others wait, and in the end their scanners.
            while !early.contains_key(&due)
                && let Ok((number, block)) = scanned.try_recv()
            {
                early.insert(number, block);
            }
            if let Some(block) = early.remove(&due) {
                let room = tell(block, sink);
                spares().push_back(room);
                due += 1;
            } else if let Some((number, range)) = (early.len() < AHEAD).then(next_block).flatten() {
                early.insert(number, work.scan(&mut scanner, range, room()));
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
