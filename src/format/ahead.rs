//! Blocks of a source are scanned by as many threads as there are, and told in order by one.
//!
//! Whoever is idle scans the next block, the telling thread too while the block that is due is not ready. So the work
//! is shared whatever the shares of scanning and telling are, and the sink is told the same, in the same order,
//! however many threads there are.

mod desk;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Mutex;

pub(super) use self::desk::lock;
use self::desk::{AtWork, Desk, Teller};
use super::lines::Blocks;
use super::record::Sink;
use crate::source::Source;

/// From this size on more than one thread is worth its start.
const THREADS_FROM: usize = 4 << 20;

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
    let next_block = || lock(&blocks).next();
    let idle = if threads > 1 { IDLE } else { 0 };
    let spare = Mutex::new(VecDeque::<W::Room>::new());
    let room = || {
        let mut spare = lock(&spare);
        if spare.len() > idle { spare.pop_front().unwrap_or_default() } else { W::Room::default() }
    };
    let desk = Desk::new(threads.saturating_sub(1));
    std::thread::scope(|scope| {
        for number in 1..threads {
            let (desk, next_block, room) = (&desk, &next_block, &room);
            scope.spawn(move || {
                let at_work = AtWork::at(desk);
                let mut scanner = work.scanner(number);
                while at_work.may_go_on()
                    && let Some((number, range)) = next_block()
                {
                    desk.lay(number, work.scan(&mut scanner, range, room()));
                }
            });
        }
        let _teller = Teller(&desk);
        let mut scanner = work.scanner(0);
        let mut due = 0;
        while !sink.is_done() {
            if let Some(block) = desk.take(due) {
                let room = tell(block, sink);
                lock(&spare).push_back(room);
                due += 1;
            } else if let Some((number, range)) = desk.has_room().then(next_block).flatten() {
                desk.lay(number, work.scan(&mut scanner, range, room()));
            } else if !desk.wait_for(due) {
                // All that there is has been told.
                break;
            }
        }
    });
}
