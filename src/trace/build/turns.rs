//! Sections of a log, each of which has all events of its processes, in turns: every message is sent before it is received,
//! in an order that the log itself does not show.
//!
//! What comes out is what the log from front to back would give, where no process has events in two sections and no id is
//! sent twice to one process unless its receives say from whom: both are made sure of. Processes are numbered in the order
//! in which the log names them, which is known once all is read: then, if need be, it is read once more.

use std::cell::Cell;

use super::Builder;
use super::ends::{Ends, Named};
use super::plain::AT_ONCE;
use crate::format::record::{PlainTransfer, Turn, Turns, UNKNOWN};
use crate::ids::{EventId, ProcessId};
use crate::trace::twice::Twice;

/// No number of a message is as high.
const NO_MESSAGE: usize = u32::MAX as usize;

/// So many receives are tried at once: in most turns fewer can be taken.
const TRIED: usize = 8;

/// What is known of the sections of a log.
#[derive(Debug)]
pub(super) struct Sections {
    all: Vec<Section>,
    /// By scanner, what is known of the names that it has met.
    known: Vec<Vec<Named>>,
    /// By process, the section that has its events.
    owners: Vec<Option<usize>>,
    /// What is sent, as long as receives may not say from whom.
    sent: Option<Twice>,
    /// Whether some receives say from whom, and whether some do not.
    say: bool,
    say_not: bool,
    /// How many bytes were read.
    read: usize,
    gave_up: bool,
}

/// One of the sections.
#[derive(Debug)]
struct Section {
    /// Which of the sources it is in.
    source: usize,
    /// The address of its first block.
    start: Option<u64>,
    /// Of the names that have events in its block, how many events their processes have before it.
    bases: Vec<(u32, u32)>,
    /// By process, whether it was named here.
    has_named: Vec<bool>,
    /// Where each process was first named here.
    named: Vec<(u64, u32)>,
}

impl Section {
    /// A process is named at an address.
    fn name(&mut self, process: u32, at: u64) {
        let index = process as usize;
        if !self.has_named(process) {
            self.has_named.resize(self.has_named.len().max(index + 1), false);
            self.has_named[index] = true;
            self.named.push((at, process));
        }
    }

    /// Whether a process was named here.
    fn has_named(&self, process: u32) -> bool {
        self.has_named.get(process as usize).is_some_and(|&named| named)
    }
}

impl Builder {
    /// The same, for a log that is read by sections, in turns ([`Turns`]): of each the number of its source. The processes
    /// are those of these names, in this order, and more if need be. [`Builder::gave_up`] says whether the log is not to be
    /// read so.
    pub(super) fn in_turns(
        mut self,
        sources: impl IntoIterator<Item = usize>,
        names: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Self {
        self.add_processes(names);
        let section = |source| Section { source, start: None, bases: vec![], has_named: vec![], named: vec![] };
        self.sections = Some(Box::new(Sections {
            all: sources.into_iter().map(section).collect(),
            known: Vec::new(),
            owners: Vec::new(),
            sent: Some(Twice::new()),
            say: false,
            say_not: false,
            read: 0,
            gave_up: false,
        }));
        self
    }

    /// The names of the processes in the order in which the log names them.
    pub(super) fn names_in_order(&self) -> Vec<String> {
        let sections = self.sections.iter().flat_map(|sections| &sections.all);
        let mut named: Vec<(u64, u32)> = sections.flat_map(|section| &section.named).copied().collect();
        // Who is named on one line was noted in its order.
        named.sort_by_key(|&(at, _)| at);
        let mut seen = vec![false; self.processes.len()];
        named.retain(|&(_, process)| !std::mem::replace(&mut seen[process as usize], true));
        named.iter().map(|&(_, process)| self.processes.get(process as usize).to_owned()).collect()
    }

    /// By process, the address of its first event; and whether receives say from whom. Nothing where some do and some do
    /// not, or the log was not read by sections.
    pub(super) fn section_starts(&self) -> Option<(Vec<u64>, bool)> {
        let Sections { all, owners, say, say_not, .. } = self.sections.as_deref()?;
        let start = |process: usize| owners.get(process).copied().flatten().and_then(|owner| all[owner].start);
        // Who logs nothing sends nothing and receives nothing.
        let starts = (0..self.processes.len()).map(|process| start(process).unwrap_or(u64::MAX)).collect();
        (!(*say && *say_not)).then_some((starts, *say))
    }

    /// All sections are told: gives up where another order of them could have paired other messages.
    pub(super) fn end_turns(&mut self) {
        let Some(mut sections) = self.sections.take() else { return };
        let again = sections.sent.as_mut().is_some_and(|sent| std::mem::replace(sent, Twice::new()).has_any());
        sections.gave_up |= again || !self.problems.is_empty();
        self.sections = Some(sections);
    }

    /// Whether the log cannot be read by its sections.
    pub(super) fn gave_up_turns(&self) -> bool {
        self.sections.as_ref().is_some_and(|sections| sections.gave_up)
    }

    /// The ends on some lines.
    fn ends_of<'r>(&self, turn: &Turn<'r>, known: &'r [Named]) -> Ends<'r> {
        let Turn { block, text, names, sends, receives, details, .. } = *turn;
        let (address, first, starts, named) = (self.base + block as u64, 0, &[][..], Cell::new(0));
        let texts = details.texts;
        Ends { block, address, text, first, starts, sends, receives, texts, names, known, named }
    }

    /// The names of a block: numbers those that are new, and notes which are named in this section for the first time.
    fn name_all(&mut self, block: &Turn<'_>, section: &mut Section, known: &mut Vec<Named>) {
        known.resize(block.names.len(), Named::NOTHING);
        let peers = block.sends.iter().chain(block.receives.iter().filter(|receive| receive.has_peer));
        let mut used = block.counts.iter().map(|&(name, _)| name).chain(peers.map(|end| end.peer));
        if used.all(|name| section.has_named(known[name as usize].process)) {
            return;
        }
        let mut name = |name: u32, at: usize| {
            let named = &mut known[name as usize];
            if named.process == UNKNOWN
                && let Some(process) = self.process_id(block.name(name), &(at..at))
            {
                *named = Named::of(process.index() as u32, 0);
            }
            if named.process != UNKNOWN {
                section.name(named.process, self.base + at as u64);
            }
        };
        if let &[(process, _)] = block.counts {
            name(process, block.block);
        }
        // In the order of the log: a line by the place of its id, or of the last one before it.
        let (mut lines, mut at) = (block.processes.iter(), block.block);
        let (mut sends, mut receives) = (block.sends.iter().peekable(), block.receives.iter().peekable());
        for line in block.lines.clone() {
            let transfer = sends.next_if(|send| u32::from(send.event.line()) == line);
            let transfer = transfer.or_else(|| receives.next_if(|receive| u32::from(receive.event.line()) == line));
            at = transfer.map_or(at, |transfer| block.block + usize::from(transfer.id_at));

            if let Some(&process) = lines.next() {
                name(process, at);
            }
            if let Some(transfer) = transfer.filter(|transfer| transfer.has_peer) {
                name(transfer.peer, at);
            }
        }
    }

    /// Takes events as far as they need not wait: how many.
    fn take_turn(&mut self, turn: &Turn<'_>, sent: &mut Option<Twice>, known: &[Named]) -> usize {
        let mut rest = turn.clone();
        while !rest.lines.is_empty() && !self.gave_up() {
            let most = rest.lines.len().min(AT_ONCE);
            if EventId::new(self.events + most).is_err() {
                self.give_up_turns();
                break;
            }
            self.look_ahead(most);
            // Receives first: those of messages that are sent on these lines are tried again, where there can be any.
            let mut tried = &rest.receives[..rest.receives.len().min(TRIED)];
            let behind = |receive: &PlainTransfer| u32::from(receive.event.line()) >= rest.lines.start + most as u32;
            if tried.last().is_some_and(behind) {
                tried = &tried[..tried.partition_point(|receive| !behind(receive))];
            }
            let ends = Ends { sends: &[], receives: tried, ..self.ends_of(&rest, known) };
            if self.pairing.is_large() {
                self.glance(&ends);
            }
            let received = self.quick_receives(&ends, 0, NO_MESSAGE);
            // Up to the next receive, which has to wait or comes next.
            let up_to = |next: &PlainTransfer| (u32::from(next.event.line()) - rest.lines.start) as usize;
            let next = rest.receives.get(received).map_or(most, up_to);
            if next == 0 {
                break;
            }
            let (now, behind) = rest.split(next.min(most));
            self.count(&now, known);
            self.take_ends(&Ends { receives: &[], ..self.ends_of(&now, known) });
            if let Some(sent) = sent {
                now.sends.iter().for_each(|send| sent.add(send.key, known[send.peer as usize].salt));
            }
            rest = behind;
            if received < tried.len() && turn.counts.len() == 1 {
                break;
            }
        }
        (rest.lines.start - turn.lines.start) as usize
    }

    /// Counts events.
    fn count(&mut self, turn: &Turn<'_>, known: &[Named]) {
        let mut count = |name: u32, events: u32| {
            if let Some(count) = self.counts.get_mut(known[name as usize].process as usize) {
                *count += events;
            }
        };
        match turn.counts {
            &[(name, _)] => {
                let events = turn.lines.len();
                count(name, events as u32);
                if self.keep.has_order() {
                    let process = ProcessId::at(known[name as usize].process as usize);
                    self.log.extend(std::iter::repeat_n(process, events));
                }
            }
            _ => turn.processes.iter().for_each(|&name| count(name, 1)),
        }
        self.events += turn.lines.len();
    }

    fn give_up_turns(&mut self) {
        if let Some(sections) = &mut self.sections {
            sections.gave_up = true;
        }
    }
}

impl Turns for Builder {
    fn enter(&mut self, block: &Turn<'_>) {
        let Some(mut sections) = self.sections.take() else { return };
        let Sections { all, known, owners, sent, say, say_not, gave_up, .. } = &mut *sections;
        let section = &mut all[block.section];
        self.select(section.source);
        if known.len() <= block.scanner {
            known.resize_with(block.scanner + 1, Vec::new);
        }
        let known = &mut known[block.scanner];
        section.start.get_or_insert(self.base + block.block as u64);
        self.name_all(block, section, known);
        owners.resize(self.processes.len(), None);
        section.bases.clear();
        for &(name, _) in block.counts {
            let process = known[name as usize].process as usize;
            match owners.get_mut(process) {
                Some(owner) => *gave_up |= *owner.get_or_insert(block.section) != block.section,
                None => *gave_up = true,
            }
            section.bases.push((name, self.counts.get(process).copied().unwrap_or(0)));
        }
        // One order of the events is as good as another for what crosses a cut, and not for a trace.
        *gave_up |= self.crossing.is_none() && block.counts.len() > 1;
        // What has times has an order by them.
        *gave_up |= self.keep.has_order() && !block.details.times.is_empty();
        *say |= block.receives.iter().any(|receive| receive.has_peer);
        *say_not |= block.receives.iter().any(|receive| !receive.has_peer);
        match sent {
            // Ids need not be kept where receives say from whom.
            Some(_) if self.events == 0 && *say && !*say_not => *sent = None,
            None if *say_not => *gave_up = true,
            _ => {}
        }
        if !*gave_up {
            let address = self.base + block.block as u64;
            self.plain_details(block.details, (address, block.text), |name| {
                let base = section.bases.iter().find(|&&(own, _)| own == name).map_or(0, |&(_, base)| base);
                (known[name as usize].process, base)
            });
        }
        if self.keep.has_stretches()
            && !*gave_up
            && let Some(&[(name, base)]) = section.bases.first_chunk()
        {
            let process = ProcessId::at(known[name as usize].process as usize);
            self.stretches.start_of(process, base, (self.base + block.block as u64, block.text.len()));
        }
        self.sections = Some(sections);
    }

    fn take(&mut self, turn: &Turn<'_>) -> usize {
        let Some(mut sections) = self.sections.take() else { return 0 };
        let Sections { all, known, sent, .. } = &mut *sections;
        let section = &all[turn.section];
        self.select(section.source);
        let mut names = std::mem::take(&mut known[turn.scanner]);
        for &(name, base) in &section.bases {
            names[name as usize].base = base;
        }
        let taken = self.take_turn(turn, sent, &names);
        known[turn.scanner] = names;
        // What is sent again while it is on its way is not told apart where receives do not say from whom.
        sections.gave_up |= sections.sent.is_some() && self.pairing.sends.has_repeats();
        sections.gave_up |= self.pairing.is_too_large();
        self.sections = Some(sections);
        taken
    }

    fn leave(&mut self, bytes: usize, lines: usize) {
        self.lines.read += lines;
        if let Some(sections) = &mut self.sections {
            sections.read += bytes;
            self.progress.reached(sections.read as u64, self.events as u64);
        }
    }

    fn give_up(&mut self) {
        self.give_up_turns();
    }
}
