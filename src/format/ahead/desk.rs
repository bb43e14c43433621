//! Between those who scan blocks and the one who tells of them.
//!
//! At most [`AHEAD`] blocks lie there, and one more for each thread that scans.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Blocks that may be scanned before they are told.
const AHEAD: usize = 32;

/// Where blocks lie that are scanned and not told.
#[derive(Debug)]
pub(super) struct Desk<F> {
    papers: Mutex<Papers<F>>,
    /// One more was laid down, or nobody scans any more.
    more: Condvar,
    /// There is room again, or nothing is wanted any more.
    room: Condvar,
}

#[derive(Debug)]
struct Papers<F> {
    found: BTreeMap<usize, F>,
    /// How many threads scan, besides the one that tells.
    at_work: usize,
    /// How many of them wait for room.
    resting: usize,
    /// Whether the one that tells waits.
    waited_for: bool,
    closed: bool,
}

impl<F> Desk<F> {
    /// For so many threads that scan, besides the one that tells.
    pub(super) fn new(at_work: usize) -> Self {
        let papers = Papers { found: BTreeMap::new(), at_work, resting: 0, waited_for: false, closed: false };
        Self { papers: Mutex::new(papers), more: Condvar::new(), room: Condvar::new() }
    }

    /// Whether the one that tells may scan one more block.
    pub(super) fn has_room(&self) -> bool {
        lock(&self.papers).found.len() < AHEAD
    }

    /// Lays down what was found in a block.
    pub(super) fn lay(&self, number: usize, found: F) {
        let mut papers = lock(&self.papers);
        papers.found.insert(number, found);
        if papers.waited_for {
            self.more.notify_one();
        }
    }

    /// Takes up what was found in a block, where it is there.
    pub(super) fn take(&self, number: usize) -> Option<F> {
        let mut papers = lock(&self.papers);
        let found = papers.found.remove(&number)?;
        // To wake a thread takes longer than to tell a block: so they rest until there is much to do.
        if papers.resting > 0 && papers.found.len() <= AHEAD / 2 {
            self.room.notify_all();
        }
        Some(found)
    }

    /// Waits until a block is there; false where nobody scans any more.
    pub(super) fn wait_for(&self, number: usize) -> bool {
        let mut papers = lock(&self.papers);
        while !papers.found.contains_key(&number) {
            if papers.at_work == 0 {
                return false;
            }
            papers.waited_for = true;
            papers = self.more.wait(papers).unwrap_or_else(PoisonError::into_inner);
            papers.waited_for = false;
        }
        true
    }

    /// Nothing is wanted any more.
    fn close(&self) {
        lock(&self.papers).closed = true;
        self.room.notify_all();
    }
}

/// The one that tells. However it ends, nobody waits for room any more.
#[derive(Debug)]
pub(super) struct Teller<'d, F>(pub(super) &'d Desk<F>);

impl<F> Drop for Teller<'_, F> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A thread that scans, besides the one that tells. However it ends, nobody waits for it.
#[derive(Debug)]
pub(super) struct AtWork<'d, F>(&'d Desk<F>);

impl<'d, F> AtWork<'d, F> {
    /// At one of the desks that were made for so many.
    pub(super) fn at(desk: &'d Desk<F>) -> Self {
        Self(desk)
    }

    /// Waits where much lies there; false where nothing is wanted any more. Who has a block in hand never waits, as it may
    /// be the one that is due.
    pub(super) fn may_go_on(&self) -> bool {
        let mut papers = lock(&self.0.papers);
        if papers.found.len() >= AHEAD {
            papers.resting += 1;
            while papers.found.len() > AHEAD / 2 && !papers.closed {
                papers = self.0.room.wait(papers).unwrap_or_else(PoisonError::into_inner);
            }
            papers.resting -= 1;
        }
        !papers.closed
    }
}

impl<F> Drop for AtWork<'_, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Its block never comes.
            self.0.close();
        }
        lock(&self.0.papers).at_work -= 1;
        self.0.more.notify_one();
    }
}

pub(in crate::format) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Blocks are told in order, whoever scans them, and few lie there.
    #[test]
    fn all_is_told_in_order_and_little_lies_there() {
        for threads in [0, 1, 3] {
            let (desk, next) = (Desk::new(threads), AtomicUsize::new(0));
            let next_block = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|&number| number < 2000);
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        let at_work = AtWork::at(&desk);
                        while at_work.may_go_on()
                            && let Some(number) = next_block()
                        {
                            desk.lay(number, number * 7);
                        }
                    });
                }
                let mut due = 0;
                loop {
                    assert!(lock(&desk.papers).found.len() <= AHEAD + threads);
                    if let Some(found) = desk.take(due) {
                        assert_eq!(found, due * 7);
                        due += 1;
                        if due % 100 == 0 {
                            std::thread::yield_now();
                        }
                    } else if let Some(number) = desk.has_room().then(next_block).flatten() {
                        desk.lay(number, number * 7);
                    } else if !desk.wait_for(due) {
                        break;
                    }
                }
                assert_eq!(due, 2000);
            });
        }
    }

    /// Who ends early keeps nobody waiting, on either side.
    #[test]
    fn nobody_waits_for_those_who_are_gone() {
        let desk = Desk::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| drop(AtWork::at(&desk)));
            scope.spawn(|| {
                let at_work = AtWork::at(&desk);
                for number in 1.. {
                    if !at_work.may_go_on() {
                        break;
                    }
                    desk.lay(number, ());
                }
            });
            while desk.has_room() {
                std::thread::yield_now();
            }
            // The others wait for room now, and block 0 never comes.
            assert!(desk.take(0).is_none());
            drop(Teller(&desk));
            assert!(!desk.wait_for(0));
        });
    }
}
