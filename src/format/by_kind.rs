//! Short events, hundreds of lines at a time, looked through in loops of their own: all lines up to their verbs, then the
//! steps, the sends and the receives. Which kind comes next is what no processor can foretell, and what one of them has is of
//! no use to the others; so it is not asked, and nothing is looked up in vain.
//!
//! A format says what stands [where](Hand) in a line of one shape. Where a line is of another, all that were looked at
//! together are left to who reads line by line, and nothing of them is kept.

use super::known::{Event, Known};
use super::marks::Marks;
use super::messages::Messages;
use super::plain_lines::{Found, id_key};
use super::record::PlainTransfer;
use super::window::{Text, Window};

/// So many lines are looked through at once: few enough that they stay in the nearest cache, with all that is held of them.
const LINES: usize = 1 << 8;

/// How many kinds of lines there are.
const KINDS: usize = 4;

/// The kinds of lines, and what is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind(u8);

impl Kind {
    /// By the first two letters of its verb, the third and the fourth byte of a register: the lowest bit of each.
    #[inline(always)]
    pub fn of(letters: u64) -> Self {
        // Both bits to the top, beside each other.
        Self(((letters as u32 & 0x0101_0000).wrapping_mul(1 << 14 | 1 << 7) >> 30) as u8)
    }

    const NONE: Self = Self(0b00);
    const STEP: Self = Self(0b01);
    const RECEIVE: Self = Self(0b10);
    const SEND: Self = Self(0b11);
}

/// From where to where something stands.
pub type Place = (usize, usize);

/// A line up to its verb.
pub struct Head {
    /// The name of its process.
    pub name: Place,
    /// Where the verb starts, by which its kind is told.
    pub rest: usize,
    pub kind: Kind,
    /// What the format keeps for the rest of the line.
    pub kept: u64,
}

/// A line from its verb on.
pub struct Rest<'l> {
    /// Its bytes.
    pub window: &'l Window,
    pub marks: &'l Marks,
    /// Where it starts in the block.
    pub at: usize,
    /// What was kept.
    pub kept: u64,
}

/// How a program writes: what stands where in a line, each place counted from where the line or its rest starts. Nothing is
/// said of lines that are not written so.
pub trait Hand {
    /// Where the name of a process may end at most, if it is longer than eight bytes.
    const FARTHEST: usize = usize::MAX;

    /// Up to the verb.
    fn head(window: &Window, marks: &Marks, start: usize) -> Option<Head>;

    /// Nothing more.
    fn step(rest: &Rest<'_>) -> Option<()>;

    /// The id and the other process.
    fn send(rest: &Rest<'_>) -> Option<(Place, Option<Place>)>;

    /// The id, and the other process if it is named.
    fn receive(rest: &Rest<'_>) -> Option<(Place, Option<Place>)>;

    /// The same of a send or a receive that is longer than most.
    fn far(_: &Rest<'_>) -> Option<(Place, Option<Place>)> {
        None
    }
}

/// Lines up to their verbs.
#[derive(Debug)]
pub struct Heads {
    events: [Event; LINES],
    rests: [u16; LINES],
    kept: [u64; LINES],
    /// The lines of each kind.
    lines: [u8; KINDS * LINES],
}

/// Where lines were no short events, so many times as many are left alone as were before, up to so many at most.
const LONGER: usize = 2;
const LONGEST_PAUSE: usize = 64;

/// Looks through lines kind by kind, as long as that is of use.
#[derive(Debug, Default)]
pub struct ByKind {
    heads: Box<Heads>,
    /// How many groups of lines are to be left alone, and behind how many this was of no use.
    left: usize,
    pause: usize,
}

/// Lines that are looked through at once.
#[derive(Clone, Copy, Debug)]
pub struct Group<'m> {
    /// The number of the first one in the block.
    pub first: u32,
    /// Where they start.
    pub starts: &'m [u16],
}

/// The lines of a block.
pub fn groups(marks: &Marks) -> impl Iterator<Item = Group<'_>> {
    marks.starts().chunks(LINES).zip(0..).map(|(starts, nth)| Group { first: nth * LINES as u32, starts })
}

impl ByKind {
    /// Whether the next lines are to be looked through.
    #[inline(always)]
    pub fn is_due(&mut self) -> bool {
        let is_due = self.left == 0;
        self.left = self.left.saturating_sub(1);
        is_due
    }

    /// Says whether it was of use.
    #[inline(always)]
    pub fn learn(&mut self, was_of_use: bool) {
        self.left = if was_of_use { 0 } else { self.pause };
        self.pause = if was_of_use { 0 } else { (LONGER * self.pause).clamp(1, LONGEST_PAUSE) };
    }

    /// Finds the events of lines of which each is a short one of this hand; false, and nothing is found, where one is not.
    #[inline(always)]
    pub fn find<H: Hand>(
        &mut self,
        group: Group<'_>,
        (names, text, marks): (&mut Known, &Text, &Marks),
        Found { steps, transfers: [receives, sends], .. }: &mut Found,
    ) -> bool {
        let before = (steps.len(), sends.len(), receives.len());
        let counted = match self.heads.find::<H>(group.starts, (&mut *names, text, marks)) {
            Ok(ends) => {
                let (first, heads) = (group.first as u16, &self.heads);
                let block = (&mut *names, text, marks);
                if heads.of_kinds::<H>((first, &ends), block, (&mut *steps, &mut *sends, &mut *receives)).is_some() {
                    return true;
                }
                group.starts.len()
            }
            Err(counted) => counted,
        };
        self.heads.events[..counted].iter().rev().for_each(|&event| names.take_back(event));
        steps.truncate(before.0);
        sends.truncate(before.1);
        receives.truncate(before.2);
        false
    }
}

impl Default for Heads {
    fn default() -> Self {
        Self { events: [Event::default(); LINES], rests: [0; LINES], kept: [0; LINES], lines: [0; KINDS * LINES] }
    }
}

/// Writes what the rest of a line says of a message; nothing where there is no text. Each part is written as soon as it is
/// known: to keep them all is more than registers can.
#[inline(always)]
fn write(
    message: &mut PlainTransfer,
    names: &mut Known,
    rest: &Rest<'_>,
    (id, id_end): Place,
    peer: Option<Place>,
) -> Option<()> {
    message.has_peer = peer.is_some();
    message.peer = match peer {
        Some((start, end)) => names.number(rest.window, start, end)?,
        // Any that a name has: the process of the line has one.
        None => 0,
    };
    (message.id_at, message.id_len) = ((rest.at + id) as u16, (id_end - id) as u8);
    message.key = id_key(rest.window, id, id_end)?;
    Some(())
}

impl Heads {
    /// Looks through lines up to their verbs: up to where the lines of each kind are listed; or how many events were counted
    /// before one that is none.
    #[inline(always)]
    fn find<H: Hand>(
        &mut self,
        starts: &[u16],
        (names, text, marks): (&mut Known, &Text, &Marks),
    ) -> Result<[u32; KINDS], usize> {
        let mut ends = std::array::from_fn(|kind| (kind * LINES) as u32);
        #[expect(clippy::needless_range_loop, reason = "a place in four lists, which is known to be in each")]
        for nth in 0..starts.len().min(LINES) {
            let start = starts[nth];
            let window = text.window(start);
            let Some(Head { name, rest, kind, kept }) = H::head(window, marks, start.into()) else { return Err(nth) };
            let Some(event) = names.event(window, name, H::FARTHEST) else { return Err(nth) };
            self.events[nth] = event;
            self.rests[nth] = start.wrapping_add(rest as u16);
            self.kept[nth] = kept;
            let end = &mut ends[usize::from(kind.0) % KINDS];
            self.lines[*end as usize % (KINDS * LINES)] = nth as u8;
            *end += 1;
        }
        // Only the last line of a block may end before its verb, and only there is no number for that place.
        let is_cut = starts.len().checked_sub(1).is_some_and(|last| self.rests[last % LINES] == 0);
        if self.of(Kind::NONE, &ends).is_empty() && !is_cut { Ok(ends) } else { Err(starts.len()) }
    }

    /// Looks through these lines from their verbs on, kind by kind; nothing where one is no short event.
    #[inline(always)]
    fn of_kinds<H: Hand>(
        &self,
        (first, ends): (u16, &[u32; KINDS]),
        (names, text, marks): (&mut Known, &Text, &Marks),
        (steps, sends, receives): (&mut Vec<(u32, u32)>, &mut Messages, &mut Messages),
    ) -> Option<()> {
        for &line in self.of(Kind::STEP, ends) {
            H::step(&self.rest(line, text, marks))?;
            steps.push(((first + u16::from(line)).into(), self.events[usize::from(line)].number()));
        }
        // Two loops, and not one function for either kind, which takes a sixth more instructions a line.
        let lines = self.of(Kind::SEND, ends);
        let (room, mut done) = (sends.more(lines.len()), 0);
        for (send, &line) in room.iter_mut().zip(lines) {
            let rest = self.rest(line, text, marks);
            let Some((id, peer)) = H::send(&rest) else { break };
            write(send, names, &rest, id, peer)?;
            self.tell_whose(send, (first, line));
            done += 1;
        }
        self.far::<H>(names, (text, marks), &mut room[done..], (first, &lines[done..]))?;
        let lines = self.of(Kind::RECEIVE, ends);
        let (room, mut done) = (receives.more(lines.len()), 0);
        for (receive, &line) in room.iter_mut().zip(lines) {
            let rest = self.rest(line, text, marks);
            let Some((id, peer)) = H::receive(&rest) else { break };
            write(receive, names, &rest, id, peer)?;
            self.tell_whose(receive, (first, line));
            done += 1;
        }
        self.far::<H>(names, (text, marks), &mut room[done..], (first, &lines[done..]))
    }

    /// Writes which event it is that sends or receives a message, on which line.
    #[inline(always)]
    fn tell_whose(&self, message: &mut PlainTransfer, (first, line): (u16, u8)) {
        message.event = self.events[usize::from(line)].on(first + u16::from(line));
    }

    /// The lines of a kind, each by its number among those that are looked through.
    #[inline(always)]
    fn of(&self, kind: Kind, ends: &[u32; KINDS]) -> &[u8] {
        let kind = usize::from(kind.0);
        &self.lines[kind * LINES..ends[kind] as usize]
    }

    /// Finds what is sent or received where a line is longer than most.
    #[cold]
    #[inline(never)]
    fn far<H: Hand>(
        &self,
        names: &mut Known,
        (text, marks): (&Text, &Marks),
        room: &mut [PlainTransfer],
        (first, lines): (u16, &[u8]),
    ) -> Option<()> {
        for (found, &line) in room.iter_mut().zip(lines) {
            let rest = self.rest(line, text, marks);
            let (id, peer) = H::far(&rest)?;
            write(found, names, &rest, id, peer)?;
            self.tell_whose(found, (first, line));
        }
        Some(())
    }

    /// One of the lines, from its verb on.
    #[inline(always)]
    fn rest<'l>(&self, line: u8, text: &'l Text, marks: &'l Marks) -> Rest<'l> {
        let at = self.rests[usize::from(line)];
        Rest { window: text.window(at), marks, at: at.into(), kept: self.kept[usize::from(line)] }
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::plain_lines::{Lines, Scan};
    use super::*;
    use crate::key::Key;
    use crate::source::Source;

    /// What lines say: events by line, process and position; messages by kind, line, process, position, other process and id;
    /// how many events each process has, and how many lines have none.
    type Said = (Vec<(u32, String)>, Vec<(usize, u16, String, u16, Option<String>, String)>, Vec<(String, u32)>, usize);

    fn said<M>(text: &str, found: &Found, names: &Scan<M>) -> Said {
        let name = |number: u32| names.names.get(number as usize).to_string();
        let steps = found.steps.iter().map(|&(line, process)| (line, name(process))).collect();
        let messages = found.transfers.iter().enumerate().flat_map(|(list, transfers)| {
            transfers.iter().map(move |transfer| {
                let &PlainTransfer { key, event, peer, id_at, id_len, has_peer } = transfer;
                let (process, line, position) = (event.process(), event.line(), event.position());
                let id = &text[usize::from(id_at)..][..usize::from(id_len)];
                assert_eq!(key, Key::of(id));
                (list, line, name(process), position, has_peer.then(|| name(peer)), id.to_string())
            })
        });
        let mut counts: Vec<_> = found.counts.iter().map(|&(number, count)| (name(number), count)).collect();
        counts.sort();
        (steps, messages.collect(), counts, found.odd)
    }

    /// That lines say the same whether or not they are looked through by kind; whether they can be.
    pub fn is_the_same<L: Lines>(text: &str, by_kind: impl Fn(&mut L::Memory) -> &mut ByKind) -> bool {
        let source = Source::from_text("made up", text);
        let find = |scan: &mut Scan<L::Memory>| {
            let mut found = Found::default();
            assert!(found.find::<L>(&source, 0..text.len(), scan, true));
            said(text, &found, scan)
        };
        let (mut by_line, mut scan) = (Scan::<L::Memory>::new(), Scan::<L::Memory>::new());
        by_kind(&mut by_line.memory).left = usize::MAX;
        let wanted = find(&mut by_line);
        // With names that are new, and with names that are not.
        for _ in 0..2 {
            by_kind(&mut scan.memory).left = 0;
            let found = find(&mut scan);
            assert_eq!((found.0.len(), found.1.len(), found.3), (wanted.0.len(), wanted.1.len(), wanted.3));
            found.0.iter().zip(&wanted.0).for_each(|(found, wanted)| assert_eq!(found, wanted));
            found.1.iter().zip(&wanted.1).for_each(|(found, wanted)| assert_eq!(found, wanted));
            assert_eq!(found.2, wanted.2);
        }
        by_kind(&mut scan.memory).pause == 0
    }

    /// That lines of which a byte is another say the same whether or not they are looked through by kind.
    pub fn is_the_same_whatever_byte<L: Lines>(lines: &[&str], by_kind: impl Fn(&mut L::Memory) -> &mut ByKind + Copy) {
        let all = format!("{}\n", lines.join("\n"));
        assert!(is_the_same::<L>(&all, by_kind));
        for at in 0..all.len() {
            let byte = all.as_bytes()[at];
            // Likely ones, and those that differ in a bit.
            let others = (0..7).map(|bit| byte ^ 1 << bit).chain(*b" :\n\"->,\\a\0");
            for other in others {
                let mut text = all.clone().into_bytes();
                text[at] = other;
                is_the_same::<L>(std::str::from_utf8(&text).unwrap(), by_kind);
            }
        }
    }

    #[test]
    fn lines_are_left_alone_for_longer_and_longer_where_it_is_of_no_use() {
        let mut by_kind = ByKind::default();
        let mut due = vec![];
        for group in 0..200 {
            if by_kind.is_due() {
                due.push(group);
                by_kind.learn(false);
            }
        }
        assert_eq!(due, [0, 1, 3, 6, 11, 20, 37, 70, 135]);
        by_kind.left = 0;
        by_kind.learn(true);
        assert!(by_kind.is_due() && by_kind.is_due());
    }
}
