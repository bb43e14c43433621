//! Sections are read side by side, in turns.

use std::collections::VecDeque;

use super::desk::{AtWork, Desk, Next, Taker};
use super::waits::Waits;
use super::{Pace, Section};
use crate::format::ahead::Blockwise;
use crate::format::lines::{BLOCK, Blocks};
use crate::format::plain_lines::{Found, Lines, Plain, RECEIVES, Scanned};
use crate::format::record::{PlainTransfer, Turn, Turns};

/// The blocks of all sections that are in hand have about so many bytes: little enough for a cache.
const IN_HAND: usize = 1 << 19;

/// The bytes of a block, at least: some hundred lines.
const SMALLEST: usize = 1 << 11;

/// Reads sections in turns, beginning with the first one, by so many threads. The sink gives up where this is no way to read
/// them. Time: linear; space: a few blocks of each section, and what the sink keeps.
pub fn read<L: Lines>(sections: &[Section<'_>], pace: Pace, threads: usize, sink: &mut dyn Turns) {
    let blocks = sections.iter().map(|section| {
        let size = block_size(section, sections);
        Blocks::within(section.source, section.start..section.end, size)
    });
    let desk = Desk::new(blocks.collect(), threads);
    let times = sink.takes_times();
    let works: Vec<Plain<'_, L>> = sections.iter().map(|section| Plain::by_block(section.source, times)).collect();
    std::thread::scope(|scope| {
        for scanner in 1..threads {
            let (desk, works) = (&desk, &works);
            scope.spawn(move || {
                let _at_work = AtWork(desk);
                let mut scanner = Plain::<L>::new_scanner(scanner);
                while let Some((section, lines, room)) = desk.work() {
                    let (found, names) = works[section].scan(&mut scanner, lines, room).without_names();
                    desk.lay(section, found, names);
                }
            });
        }
        let _taker = Taker(&desk);
        let mut scanner = Plain::<L>::new_scanner(0);
        let mut names = vec![Vec::new(); threads];
        let next = |section: usize, names: &mut [Vec<Box<str>>]| {
            loop {
                match desk.take(section, names) {
                    Next::Scanned(found) => return Some(found),
                    Next::Scan(lines, room) => {
                        let (found, names) = works[section].scan(&mut scanner, lines, room).without_names();
                        desk.lay(section, found, names);
                    }
                    Next::Through => return None,
                }
            }
        };
        let give_back = |room: Found| desk.give_back(room);
        let through = take_turns(sections, pace, (next, give_back, &mut names), sink);
        if !through {
            sink.give_up();
        }
    });
}

/// Blocks are the shorter the more sections there are; those of a long section are longer, as all are to end together.
fn block_size(section: &Section<'_>, all: &[Section<'_>]) -> usize {
    let len = |section: &Section<'_>| section.end.saturating_sub(section.start);
    let total: usize = all.iter().map(len).sum();
    let share = IN_HAND as f64 * len(section) as f64 / total.max(1) as f64;
    (share as usize).clamp(SMALLEST, BLOCK)
}

/// A block of a section, and how much of it was taken.
#[derive(Debug)]
struct InHand {
    scanned: Scanned,
    lines: usize,
    sends: usize,
    receives: usize,
}

impl InHand {
    /// What is left of it, for a turn of its section.
    fn turn<'h>(&'h self, section: usize, bytes: &'h [u8], names: &'h [Vec<Box<str>>]) -> Turn<'h> {
        let Scanned { range, scanner, found, .. } = &self.scanned;
        let ([receives, sends], processes) = (&found.transfers, found.processes());
        Turn {
            section,
            scanner: *scanner,
            block: range.start,
            text: &bytes[range.clone()],
            counts: &found.counts,
            lines: self.lines as u32..found.lines as u32,
            processes: &processes[processes.len().min(self.lines)..],
            sends: &sends[self.sends..],
            receives: &receives[self.receives..],
            details: found.said.details(),
            names: &names[*scanner],
        }
    }

    /// Of what is left some was taken.
    fn taken(&mut self, lines: usize, sends: usize, receives: usize) {
        self.lines += lines;
        self.sends += sends;
        self.receives += receives;
    }

    /// Whether a message of the id that it waits for is the one: it goes to the receiver, and comes from the sender if the
    /// receive names one. `theirs` are the names that its send uses.
    fn waits_for(&self, send: &PlainTransfer, theirs: &[Box<str>], names: &[Vec<Box<str>>]) -> bool {
        let Some(receive) = self.scanned.found.transfers[RECEIVES].get(self.receives) else { return false };
        let own = &names[self.scanned.scanner];
        let same = |a: u32, b: u32| own.get(a as usize) == theirs.get(b as usize);
        same(receive.event.process(), send.peer) && (!receive.has_peer || same(receive.peer, send.event.process()))
    }
}

/// Takes turns with all sections, each of which goes as far as it can: whether they are through. `next` scans, or waits for,
/// the next block of a section, and learns the names of each scanner.
fn take_turns(
    sections: &[Section<'_>],
    pace: Pace,
    (mut next, give_back, names): (
        impl FnMut(usize, &mut [Vec<Box<str>>]) -> Option<Scanned>,
        impl Fn(Found),
        &mut Vec<Vec<Box<str>>>,
    ),
    sink: &mut dyn Turns,
) -> bool {
    let mut in_hand: Vec<Option<InHand>> = sections.iter().map(|_| None).collect();
    let mut ready: VecDeque<usize> = (0..sections.len()).collect();
    let mut waits = Waits::new(sections.len());
    let mut left = sections.len();
    while let Some(section) = ready.pop_front() {
        let bytes = sections[section].source.bytes();
        loop {
            if sink.is_done() {
                return false;
            }
            let fresh = in_hand[section].is_none();
            if fresh {
                let Some(mut scanned) = next(section, names) else {
                    left -= 1;
                    break;
                };
                if !scanned.is_text || scanned.found.odd > 0 {
                    return false;
                }
                scanned.found.tell_apart(&bytes[scanned.range.clone()]);
                in_hand[section] = Some(InHand { scanned, lines: 0, sends: 0, receives: 0 });
            }
            let Some(hand) = &in_hand[section] else { break };
            let turn = hand.turn(section, bytes, names);
            if fresh {
                sink.enter(&turn);
                hand.scanned.found.said.tell_unknown(hand.scanned.range.start, sink);
            }
            let taken = sink.take(&turn);
            let (told, behind) = turn.split(taken);
            for send in told.sends {
                waits.end(send.key, |waiting| {
                    let is_for = in_hand[waiting].as_ref().is_some_and(|hand| hand.waits_for(send, told.names, names));
                    if is_for {
                        ready.push_back(waiting);
                    }
                    is_for
                });
            }
            let waits_for = if behind.lines.is_empty() { None } else { behind.receives.first() };
            let (sends, receives) = (told.sends.len(), told.receives.len());
            match waits_for.map(|receive| receive.key) {
                Some(id) => {
                    waits.add(id, section);
                    if let Some(hand) = &mut in_hand[section] {
                        hand.taken(taken, sends, receives);
                    }
                    break;
                }
                None => {
                    if let Some(InHand { scanned, .. }) = in_hand[section].take() {
                        sink.leave(scanned.range.len(), scanned.found.lines);
                        give_back(scanned.found);
                    }
                }
            }
            if pace == Pace::ByTheBlock {
                ready.push_back(section);
                break;
            }
        }
    }
    left == 0
}
