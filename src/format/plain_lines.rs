//! Logs of one event a line, most of them plain: blocks are scanned for plain events, and what is left is read by the
//! grammar.

use std::marker::PhantomData;
use std::ops::Range;

use super::ahead::{self, Blockwise, Way};
use super::known::Known;
use super::lines::{BLOCK, Block, Piece, broken, for_each_block, pieces_of};
use super::marks::{self, Class, Marks};
use super::messages::Messages;
use super::record::{PlainBlock, PlainEvent, PlainLines, PlainRun, PlainTransfer, Sink, UNKNOWN};
use super::said::Said;
use super::window::{Text, Window, long_key, short_key};
use crate::key::Key;
use crate::source::{ReadLines, Source};

/// How a format of one event a line is read.
pub trait Lines {
    /// What is marked in a text before its lines are looked at.
    const MARKED: Class;

    /// Hardly ever do more lines start in 64 bytes.
    const STARTS: usize;

    /// What is known from line to line.
    type Memory: Default;

    /// Finds the plain events of a block, which is UTF-8 and whose marks and lines are found. To be inlined, and so made for
    /// each kind of processor.
    fn plain(scan: &mut Scan<Self::Memory>, found: &mut Found);

    /// Reads lines of `source` that are not plain, which start at its byte `start`; how many they are.
    fn read(source: &Source, text: &str, start: usize, sink: &mut dyn Sink) -> usize;
}

/// What a scanner remembers from line to line.
#[derive(Debug)]
pub struct Scan<M> {
    /// The names that it has met.
    pub names: Known,
    /// The text of the block.
    pub text: Text,
    /// Its marks and lines.
    pub marks: Marks,
    /// What the format remembers.
    pub memory: M,
    /// Whether times are to be found, and not only to be right.
    takes_times: bool,
}

impl<M: Default> Scan<M> {
    /// Nothing.
    pub fn new() -> Self {
        let (names, text, marks, memory) = (Known::default(), Text::new(), Marks::new(), M::default());
        Self { names, text, marks, memory, takes_times: false }
    }
}

/// The process of a line that is no plain event.
pub const ODD: u32 = u32::MAX;

/// Which of the lists of [`Found::transfers`] the sends are in: by the lowest bit of the first letter of the word.
pub const SENDS: usize = 1;
/// Which the receives are in.
pub const RECEIVES: usize = 0;

/// Longer ids are left to the grammar.
const LONGEST: usize = u8::MAX as usize;

/// The key of an id that stands from a place to another; nothing where there is none, or it is too long.
#[inline(always)]
pub fn id_key(window: &Window, id: usize, id_end: usize) -> Option<Key> {
    match short_key(window, id, id_end) {
        Some(key) => Some(key),
        None => Some(long_key(window, id, id_end)).filter(|&key| key != Key::NONE && id_end - id <= LONGEST),
    }
}

/// Adds the message of a line to a list: number and start of the line, the places from which to which its id stands, its
/// process, the other one and whether it names that. How many events of the process there were before in the block; nothing
/// where there is no id. To be done last, so that no key is held.
#[inline(always)]
pub fn add_message(
    list: &mut Messages,
    (window, names): (&Window, &mut Known),
    (line, start): (u32, u32),
    (id, id_end): (usize, usize),
    (process, peer, has_peer): (u32, u32, bool),
) -> Option<u16> {
    let key = id_key(window, id, id_end)?;
    // A line is counted when nothing can be wrong with it any more. In a block there are fewer bytes than fit the rest.
    let position = names.count(process) as u16;
    let (event, id_at, id_len) =
        (PlainEvent::of(process, line as u16, position), (start as usize + id) as u16, (id_end - id) as u8);
    list.push(PlainTransfer { key, event, peer, id_at, id_len, has_peer });
    Some(position)
}

/// What a block holds.
#[derive(Debug, Default)]
pub struct Found {
    /// Where single lines are asked for, where they start.
    starts: Vec<u32>,
    /// Messages that are [sent](SENDS) and [received](RECEIVES), each in order.
    pub transfers: [Messages; 2],
    /// Line and process of each plain step.
    pub steps: Vec<(u32, u32)>,
    /// What else the plain events say.
    pub said: Said,
    /// Where single lines are asked for, the process of each one that is a plain event.
    processes: Vec<u32>,
    /// How many plain events there are of each process that has any.
    pub counts: Vec<(u32, u32)>,
    /// How many lines there are.
    pub lines: usize,
    /// How many lines are no plain events.
    pub odd: usize,
}

impl Found {
    fn clear(&mut self) {
        self.starts.clear();
        self.processes.clear();
        self.transfers.iter_mut().for_each(Messages::clear);
        self.steps.clear();
        self.counts.clear();
        (self.lines, self.odd) = (0, 0);
    }

    /// Says of each line where it starts, and whose event it is.
    pub fn set_lines(&mut self, starts: impl IntoIterator<Item = u32>) {
        if self.starts.is_empty() {
            self.starts.extend(starts);
        }
        self.processes.clear();
        self.processes.resize(self.lines, ODD);
        let messages = self
            .transfers
            .iter()
            .flat_map(|list| list.iter())
            .map(|transfer| (u32::from(transfer.event.line()), transfer.event.process()));
        for (line, process) in messages.chain(self.steps.iter().copied()) {
            self.processes[line as usize] = process;
        }
    }

    /// Whose event each line is, where there are several processes: `text` is what the lines were found in.
    pub fn tell_apart(&mut self, text: &[u8]) {
        if self.counts.len() > 1 && self.processes.len() < self.lines {
            self.set_lines_of(text);
        }
    }

    /// Whose event each line is, if they were [told apart](Self::tell_apart).
    pub fn processes(&self) -> &[u32] {
        &self.processes
    }

    /// Says of each line of a text where it starts, and whose event it is.
    fn set_lines_of(&mut self, text: &[u8]) {
        let ends = memchr::memchr_iter(b'\n', &text[..text.len().saturating_sub(1)]).map(|end| end as u32 + 1);
        self.set_lines(std::iter::once(0).chain(ends));
    }

    /// Finds the plain events of a block; false where it is not UTF-8.
    pub fn find<L: Lines>(
        &mut self,
        source: &Source,
        block: Range<usize>,
        scan: &mut Scan<L::Memory>,
        quick: bool,
    ) -> bool {
        self.clear();
        self.said.start(scan.takes_times);
        if block.len() > BLOCK {
            // One line, and too long to be plain: not to be marked, whose places may be more than a number here holds.
            self.starts.push(0);
            (self.lines, self.odd) = (1, 1);
            return source.bytes().get(block).is_some_and(|line| std::str::from_utf8(line).is_ok());
        }
        scan.text.fill(block.len(), |bytes| source.read(block.start, bytes));
        #[cfg(target_arch = "x86_64")]
        if quick
            && std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("bmi2")
            && std::is_x86_feature_detected!("popcnt")
        {
            // SAFETY: the processor has all that the function asks for.
            // Measured need: without them a plain log takes a third longer to look through.
            #[expect(unsafe_code, reason = "instructions that this processor is asked for first")]
            return unsafe { self.find_quickly::<L>(scan) };
        }
        let _ = quick;
        self.find_anywhere::<L>(scan)
    }

    /// The same on any processor.
    fn find_anywhere<L: Lines>(&mut self, scan: &mut Scan<L::Memory>) -> bool {
        let by = |chunks: &_, words: &mut _, ends: &mut _| marks::run_by_run(&L::MARKED, chunks, words, ends);
        let is_ascii = scan.marks.find(&scan.text, L::STARTS, by);
        self.find_marked::<L>(scan, is_ascii)
    }

    /// The same on most of today's.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
    fn find_quickly<L: Lines>(&mut self, scan: &mut Scan<L::Memory>) -> bool {
        let is_wide = std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512bw");
        let by = |chunks: &_, words: &mut _, ends: &mut _| match is_wide {
            // SAFETY: the processor has all that the function asks for.
            // Measured need: a third of the time in which marks are found.
            #[expect(unsafe_code, reason = "instructions that this processor is asked for first")]
            true => unsafe { marks::avx512::find(&L::MARKED, chunks, words, ends) },
            false => marks::avx2::find(&L::MARKED, chunks, words, ends),
        };
        let is_ascii = scan.marks.find(&scan.text, L::STARTS, by);
        self.find_marked::<L>(scan, is_ascii)
    }

    #[inline(always)]
    fn find_marked<L: Lines>(&mut self, scan: &mut Scan<L::Memory>, is_ascii: bool) -> bool {
        if !is_ascii && std::str::from_utf8(scan.text.bytes()).is_err() {
            return false;
        }
        self.lines = scan.marks.starts().len();
        L::plain(scan, self);
        scan.names.take_counts(&mut self.counts);
        true
    }
}

/// A block and what a scanner found there.
#[derive(Debug)]
pub struct Scanned {
    /// Where it is in the source.
    pub range: Range<usize>,
    /// Whether it is UTF-8.
    pub is_text: bool,
    /// What was found; nothing where it is no text.
    pub found: Found,
    /// The number of the scanner.
    pub scanner: usize,
    /// Names that its scanner had not met before.
    names: Vec<Box<str>>,
}

impl Scanned {
    /// Itself without the names that its scanner had not met before, and these.
    pub fn without_names(mut self) -> (Self, (usize, Vec<Box<str>>)) {
        let names = (self.scanner, std::mem::take(&mut self.names));
        (self, names)
    }
}

/// One thread's part in the scan.
pub struct Scanner<M> {
    number: usize,
    scan: Scan<M>,
}

/// The scan of a source for the plain lines of a format.
pub struct Plain<'s, L> {
    source: &'s Source,
    /// Whether to use what the processor has beyond what every one has.
    quick: bool,
    /// Whether blocks of plain lines are told by the block.
    by_block: bool,
    /// Whether times are asked for.
    times: bool,
    format: PhantomData<fn() -> L>,
}

impl<'s, L: Lines> Plain<'s, L> {
    /// The scan of a source for blocks of plain lines alone, with their times or without.
    pub fn by_block(source: &'s Source, times: bool) -> Self {
        Self { source, quick: true, by_block: true, times, format: PhantomData }
    }

    /// The scanner of a thread, which may scan blocks of several sources.
    pub fn new_scanner(number: usize) -> Scanner<L::Memory> {
        Scanner { number, scan: Scan::new() }
    }
}

impl<'s, L: Lines> Blockwise for Plain<'s, L> {
    type Scanner = Scanner<L::Memory>;
    type Found = Scanned;
    type Room = Found;

    fn scanner(&self, number: usize) -> Scanner<L::Memory> {
        Self::new_scanner(number)
    }

    fn scan(&self, scanner: &mut Scanner<L::Memory>, range: Range<usize>, mut found: Found) -> Scanned {
        let Scanner { number, scan } = scanner;
        let before = scan.names.len();
        scan.takes_times = self.times;
        let is_text = found.find::<L>(self.source, range.clone(), scan, self.quick);
        let by_line = !self.by_block || found.odd > 0;
        if by_line {
            found.set_lines(scan.marks.starts().iter().map(|&start| start.into()));
        }
        let new = before..scan.names.len();
        let names = new.map(|number| scan.names.get(number).into()).collect();
        Scanned { range, is_text, found, scanner: *number, names }
    }
}

/// What all blocks of one scanner have in common: its names, and what the sink knows them by.
#[derive(Clone, Debug, Default)]
struct Told {
    names: Vec<Box<str>>,
    numbers: Vec<u32>,
}

/// Reads all of `source` into `sink`.
pub fn read<L: Lines>(source: &Source, way: Way, sink: &mut dyn Sink) {
    match way.threads() {
        threads @ 1.. => {
            let mut known = vec![Told::default(); threads];
            let (quick, by_block, times) = (way != Way::Anywhere, sink.by_block().is_some(), sink.takes_times());
            let plain = Plain::<L> { source, quick, by_block, times, format: PhantomData };
            let mut lines = ReadLines::default();
            ahead::in_order(&plain, source, threads, sink, |scanned, sink| {
                let bytes = &source.bytes()[scanned.range.clone()];
                let ends =
                    if scanned.is_text { scanned.found.lines } else { memchr::memchr_iter(b'\n', bytes).count() };
                lines.read(scanned.range.start, ends);
                tell::<L>(source, scanned, &mut known, sink)
            });
            source.learn_lines(lines);
        }
        0 => {
            let mut lines = |block: Block<'_>, sink: &mut dyn Sink| {
                let lines = L::read(source, block.text, block.start, sink);
                sink.lines(lines);
            };
            for_each_block(source, sink, &mut lines);
        }
    }
}

/// Tells the sink of all lines of a block.
fn tell<L: Lines>(source: &Source, block: Scanned, known: &mut [Told], sink: &mut dyn Sink) -> Found {
    let Scanned { range, is_text, mut found, scanner, names } = block;
    let end = range.end;
    if !is_text {
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
    }
    found.said.tell_unknown(range.start, sink);
    let text = &source.bytes()[range.clone()];
    let Told { names: all, numbers: known } = &mut known[scanner];
    all.extend(names);
    known.resize(all.len(), UNKNOWN);
    if found.odd == 0
        && let Some(by_block) = sink.by_block()
    {
        let Found { transfers: [receives, sends], counts, lines: events, .. } = &found;
        let (block, events, names, details) = (range.start, *events, &all[..], found.said.details());
        let plain = PlainBlock { block, text, events, counts, sends, receives, details, names, known };
        if by_block.plain_block(&plain) {
            sink.lines(events);
            sink.reached(end);
            return found;
        }
        found.set_lines_of(text);
    }
    let Found { starts, processes, transfers: [receives, sends], odd, .. } = &found;
    if scanner > 0 {
        // It comes from the cache of another processor: to be waited for once, and not line by line.
        std::hint::black_box(found.processes.iter().step_by(16).fold(0, |all, process| all ^ process));
    }
    let mut read = 0;
    let mut rest = PlainLines { first: 0, starts, processes, sends, receives, details: found.said.details() };
    while !rest.is_empty() {
        let plain = if *odd == 0 { None } else { rest.processes.iter().position(|&process| process == ODD) };
        let plain = plain.unwrap_or(rest.len());
        let (lines, behind) = rest.split(plain);
        if plain > 0 {
            sink.plain_events(PlainRun { block: range.start, text, lines, names: all, known });
            read += plain;
        }
        let odd = behind.processes.iter().position(|&process| process != ODD).unwrap_or(behind.len());
        let (lines, behind) = behind.split(odd);
        if let Some(&start) = lines.starts.first() {
            let (start, stop) = (start as usize, behind.starts.first().map_or(text.len(), |&stop| stop as usize));
            // All of the block is UTF-8, and so is any line of it.
            let text = std::str::from_utf8(&text[start..stop]).unwrap_or_default();
            read += L::read(source, text, range.start + start, sink);
        }
        rest = behind;
    }
    sink.lines(read);
    sink.reached(end);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of which none is plain.
    struct Odd;

    impl Lines for Odd {
        const MARKED: Class = Class::of([true; 256]);
        const STARTS: usize = 1;
        type Memory = ();
        fn plain(_: &mut Scan<()>, found: &mut Found) {
            found.odd = found.lines;
        }
        fn read(_: &Source, _: &str, _: usize, _: &mut dyn Sink) -> usize {
            1
        }
    }

    #[test]
    fn a_long_line_is_not_marked() {
        let lines = [vec![b'x'; BLOCK - 2], vec![b'x'; 2 * BLOCK], vec![]].join(&b'\n');
        let (mut found, mut scan) = (Found::default(), Scan::new());
        let source = Source::from_text("long", lines.clone());
        let mut blocks = super::super::lines::Blocks::of(&source);
        let [short, long] = [blocks.next().unwrap(), blocks.next().unwrap()];
        assert!(found.find::<Odd>(&source, long.clone(), &mut scan, true));
        assert_eq!((&found.starts[..], found.lines, found.odd), (&[0][..], 1, 1));
        found.set_lines(scan.marks.starts().iter().map(|&start| start.into()));
        assert_eq!((&found.starts[..], &found.processes[..]), (&[0][..], &[ODD][..]));
        assert_eq!(scan.marks.from(0), 0, "there are none");
        assert!(found.find::<Odd>(&source, short, &mut scan, true));
        assert_eq!((found.odd, scan.marks.from(0)), (1, u64::MAX));
        let mut broken = lines;
        broken[long.start + BLOCK] = 0xFF;
        assert!(!found.find::<Odd>(&Source::from_text("broken", broken), long, &mut scan, true));
    }
}
