//! Between those who scan the blocks of sections and the one who takes turns with them.
//!
//! Of each section a few blocks lie there, in order. Its next block is scanned by one thread at a time: by one that does
//! nothing else, or by the one that takes turns where it would have to wait.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::format::ahead::lock;
use crate::format::lines::Blocks;

/// So many blocks of a section may lie there.
const AHEAD: usize = 2;

/// So many blocks are much to do.
const MUCH: usize = 16;

/// Lists that lie idle before one is used again: by then most of its lines have left the cache of the thread that read
/// them, and are not torn out of it.
const IDLE: usize = 128;

/// A section's blocks.
#[derive(Debug)]
struct Lane<'s, F> {
    left: Blocks<'s>,
    scanned: VecDeque<F>,
    /// Whether somebody scans its next block.
    is_at_work: bool,
    /// Whether it stands among those that are due.
    is_due: bool,
}

#[derive(Debug)]
struct Papers<'s, F, R> {
    lanes: Vec<Lane<'s, F>>,
    /// Sections of which a block is wanted, about in the order in which they will be asked for.
    due: VecDeque<usize>,
    /// How many sections have blocks that nobody has begun to scan.
    unfinished: usize,
    /// By scanner, all the names that it met in the blocks that were laid here.
    names: Vec<Vec<Box<str>>>,
    /// Lists to be used again.
    spare: VecDeque<R>,
    /// How many threads wait for something to scan.
    resting: usize,
    closed: bool,
}

impl<F, R: Default> Papers<'_, F, R> {
    /// Puts a section among those that are due, if it is.
    fn want(&mut self, section: usize) {
        let lane = &mut self.lanes[section];
        if !lane.is_due && !lane.is_at_work && lane.scanned.len() < AHEAD && !lane.left.is_through() {
            lane.is_due = true;
            self.due.push_back(section);
        }
    }

    /// The next block of a section that nobody scans, to be scanned.
    fn begin(&mut self, section: usize) -> Option<(Range<usize>, R)> {
        let lane = &mut self.lanes[section];
        let lines = lane.left.next()?;
        lane.is_at_work = true;
        self.unfinished -= usize::from(lane.left.is_through());
        let room = if self.spare.len() > IDLE { self.spare.pop_front() } else { None };
        Some((lines, room.unwrap_or_default()))
    }
}

/// Where blocks lie that are scanned and not taken.
#[derive(Debug)]
pub(super) struct Desk<'s, F, R> {
    papers: Mutex<Papers<'s, F, R>>,
    /// A block was laid down.
    more: Condvar,
    /// There is something to scan, or nothing is wanted any more.
    work: Condvar,
}

/// What is to be done about a section's next block.
#[derive(Debug)]
pub(super) enum Next<F, R> {
    /// It was scanned.
    Scanned(F),
    /// It is to be scanned, into these lists, and laid down.
    Scan(Range<usize>, R),
    /// There is none.
    Through,
}

impl<'s, F, R: Default> Desk<'s, F, R> {
    /// For the blocks of these sections and so many scanners.
    pub(super) fn new(sections: Vec<Blocks<'s>>, scanners: usize) -> Self {
        let lane = |left| Lane { left, scanned: VecDeque::with_capacity(AHEAD), is_at_work: false, is_due: false };
        let lanes: Vec<_> = sections.into_iter().map(lane).collect();
        let unfinished = lanes.iter().filter(|lane| !lane.left.is_through()).count();
        let (due, names, spare) = (VecDeque::new(), vec![Vec::new(); scanners], VecDeque::new());
        let mut papers = Papers { lanes, due, unfinished, names, spare, resting: 0, closed: false };
        (0..papers.lanes.len()).for_each(|section| papers.want(section));
        Self { papers: Mutex::new(papers), more: Condvar::new(), work: Condvar::new() }
    }

    /// Some block to scan, once there is one: its section, its lines, and lists for what is found. Nothing where no more
    /// are wanted.
    pub(super) fn work(&self) -> Option<(usize, Range<usize>, R)> {
        let mut papers = lock(&self.papers);
        while !papers.closed {
            while let Some(section) = papers.due.pop_front() {
                papers.lanes[section].is_due = false;
                if !papers.lanes[section].is_at_work
                    && let Some((lines, room)) = papers.begin(section)
                {
                    return Some((section, lines, room));
                }
            }
            papers.resting += 1;
            papers = self.work.wait(papers).unwrap_or_else(PoisonError::into_inner);
            papers.resting -= 1;
        }
        None
    }

    /// Lays down what a scanner found in a section's next block, and the names that it met there for the first time.
    pub(super) fn lay(&self, section: usize, found: F, (scanner, names): (usize, Vec<Box<str>>)) {
        let mut papers = lock(&self.papers);
        papers.names[scanner].extend(names);
        papers.lanes[section].scanned.push_back(found);
        papers.lanes[section].is_at_work = false;
        papers.want(section);
        self.more.notify_one();
    }

    /// A section's next block, for the one who takes turns; `known` are the names of each scanner as far as it knows them.
    pub(super) fn take(&self, section: usize, known: &mut [Vec<Box<str>>]) -> Next<F, R> {
        let mut papers = lock(&self.papers);
        while !papers.closed {
            if let Some(found) = papers.lanes[section].scanned.pop_front() {
                papers.want(section);
                // To wake a thread takes longer than to scan a block: so they rest until there is much to do.
                if papers.resting > 0 && papers.due.len() >= MUCH.min(papers.unfinished / 2).max(1) {
                    self.work.notify_all();
                }
                for (known, names) in known.iter_mut().zip(&papers.names) {
                    known.extend_from_slice(&names[known.len()..]);
                }
                return Next::Scanned(found);
            }
            if !papers.lanes[section].is_at_work {
                return papers.begin(section).map_or(Next::Through, |(lines, room)| Next::Scan(lines, room));
            }
            papers = self.more.wait(papers).unwrap_or_else(PoisonError::into_inner);
        }
        Next::Through
    }

    /// Lists to be used again.
    pub(super) fn give_back(&self, room: R) {
        lock(&self.papers).spare.push_back(room);
    }

    /// Nothing is wanted any more, or will come.
    fn close(&self) {
        lock(&self.papers).closed = true;
        self.work.notify_all();
        self.more.notify_all();
    }
}

/// The one who takes turns. However it ends, nobody waits for work any more.
#[derive(Debug)]
pub(super) struct Taker<'d, 's, F, R: Default>(pub(super) &'d Desk<'s, F, R>);

impl<F, R: Default> Drop for Taker<'_, '_, F, R> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A thread that scans and does nothing else. Where it ends in the middle, nobody waits for its block.
#[derive(Debug)]
pub(super) struct AtWork<'d, 's, F, R: Default>(pub(super) &'d Desk<'s, F, R>);

impl<F, R: Default> Drop for AtWork<'_, '_, F, R> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    /// Blocks come in order, of each section all, whoever scans them; the names of a block are known with it.
    #[test]
    fn all_blocks_come_in_order() {
        let source = Source::from_text("log", "a line\n".repeat(1000));
        let bounds = [0, 7, 700, 700, 3500, 7000];
        for threads in [0, 1, 3] {
            let sections = bounds.windows(2).map(|ends| Blocks::within(&source, ends[0]..ends[1], 21)).collect();
            let desk: Desk<'_, (usize, usize, usize), ()> = Desk::new(sections, threads + 1);
            // Each block has a name of its own, and says which of its scanner's names that is.
            let scan = |scanner: usize, count: &mut usize, section: usize, lines: Range<usize>| {
                let found = (lines.start, scanner, *count);
                *count += 1;
                desk.lay(section, found, (scanner, vec![lines.start.to_string().into()]));
            };
            std::thread::scope(|scope| {
                for scanner in 1..=threads {
                    let (desk, scan) = (&desk, &scan);
                    scope.spawn(move || {
                        let _at_work = AtWork(desk);
                        let mut count = 0;
                        while let Some((section, lines, ())) = desk.work() {
                            scan(scanner, &mut count, section, lines);
                        }
                    });
                }
                let _taker = Taker(&desk);
                let (mut at, mut known, mut count) = (bounds, vec![Vec::new(); threads + 1], 0);
                let mut through = 0;
                while through < 5 {
                    through = 0;
                    for section in 0..5 {
                        match desk.take(section, &mut known) {
                            Next::Scanned((start, scanner, name)) => {
                                assert_eq!(start, at[section]);
                                assert_eq!(&*known[scanner][name], start.to_string());
                                at[section] = (start + 21).min(bounds[section + 1]);
                            }
                            Next::Scan(lines, ()) => scan(0, &mut count, section, lines),
                            Next::Through => through += 1,
                        }
                    }
                }
                assert_eq!(at[..5], bounds[1..]);
            });
        }
    }

    /// Who ends early keeps nobody waiting, on either side.
    #[test]
    fn nobody_waits_for_those_who_are_gone() {
        let source = Source::from_text("log", "a line\n".repeat(100));
        let desk: Desk<'_, (), ()> = Desk::new(vec![Blocks::within(&source, 0..700, 7)], 2);
        std::thread::scope(|scope| {
            let gone = scope.spawn(|| {
                let _at_work = AtWork(&desk);
                assert!(desk.work().is_some());
                std::panic::resume_unwind(Box::new("gone"));
            });
            assert!(gone.join().is_err());
            assert!(matches!(desk.take(0, &mut []), Next::Through));
            scope.spawn(|| while desk.work().is_some() {});
            drop(Taker(&desk));
        });
    }
}
