//! All the inputs of a trace in one space of addresses.

use std::ops::Range;
use std::sync::Arc;

use super::{Location, Source, characters, line_start};

/// All the inputs of one trace, laid end to end in one space of addresses, with a last region for text that stands in
/// no file as it is used (names with escapes, payloads of the text format turned to JSON).
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Arc<Source>>,
    bases: Vec<u64>,
    end: u64,
}

/// A piece of text of a trace: where it starts in the space of all its sources, and its length in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Address of the first byte.
    pub start: u64,
    /// Length in bytes.
    pub len: u32,
}

/// From so many bytes on two threads count.
const LONG: usize = 1 << 23;

/// How many lines end in these bytes.
fn line_ends(bytes: &[u8]) -> usize {
    let count = |bytes| memchr::memchr_iter(b'\n', bytes).count();
    if bytes.len() < LONG {
        return count(bytes);
    }
    let (early, late) = bytes.split_at(bytes.len() / 2);
    std::thread::scope(|scope| {
        let early = scope.spawn(|| count(early));
        let late = count(late);
        early.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)) + late
    })
}

impl Sources {
    /// Adds a source and returns the address of its first byte.
    pub fn push(&mut self, source: Arc<Source>) -> u64 {
        let base = self.end;
        // One byte between files, so that the end of one is not the start of the next.
        self.end += source.bytes().len() as u64 + 1;
        self.bases.push(base);
        self.files.push(source);
        base
    }

    /// All of them, in the order in which they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Source>> {
        self.files.iter()
    }

    /// A source by its number, and the address of its first byte.
    pub fn nth(&self, number: usize) -> Option<(u64, &Arc<Source>)> {
        self.bases.get(number).copied().zip(self.files.get(number))
    }

    /// The source that holds an address, and the offset in it.
    pub fn resolve(&self, address: u64) -> Option<(&Arc<Source>, usize)> {
        self.find(address).map(|(_, source, offset)| (source, offset))
    }

    /// The same with the number of the source before it.
    pub fn find(&self, address: u64) -> Option<(usize, &Arc<Source>, usize)> {
        let i = self.bases.partition_point(|&base| base <= address).checked_sub(1)?;
        let offset = usize::try_from(address - self.bases[i]).ok()?;
        (offset <= self.files[i].bytes().len()).then_some((i, &self.files[i], offset))
    }

    /// The sources in a range of addresses, each cut down to it: its number, the address of the first byte, the bytes.
    pub fn pieces(&self, range: Range<u64>) -> impl Iterator<Item = (usize, u64, Source)> {
        let piece = move |(number, (file, &base)): (usize, (&Arc<Source>, &u64))| {
            let within = |address: u64| usize::try_from(address.saturating_sub(base)).unwrap_or(usize::MAX);
            let bytes = file.bytes();
            let (start, end) = (within(range.start), within(range.end).min(bytes.len()));
            let bytes = bytes.get(start..end).filter(|bytes| !bytes.is_empty())?;
            Some((number, base + start as u64, Source::from_text(file.name(), bytes)))
        };
        self.files.iter().zip(&self.bases).enumerate().filter_map(piece)
    }

    /// File, line and column of an address.
    pub fn locate(&self, address: u64) -> Option<Location> {
        self.resolve(address).map(|(source, offset)| source.locate(offset))
    }

    /// File, line and column of many addresses, in the order in which they are given. Time: one count of the lines of
    /// each file up to the last address in it, and a sort of the addresses.
    pub fn locate_all(&self, addresses: &[u64]) -> Vec<Option<Location>> {
        let mut order: Vec<usize> = (0..addresses.len()).collect();
        order.sort_unstable_by_key(|&i| addresses[i]);
        let mut located = vec![None; addresses.len()];
        // Start of the line found last, and how many lines of its file are before it.
        let mut last: Option<(&Arc<Source>, usize, usize)> = None;
        for i in order {
            let Some((source, offset)) = self.resolve(addresses[i]) else { continue };
            if source.is_joined() {
                located[i] = Some(source.locate(offset));
                continue;
            }
            let bytes = source.bytes();
            let start = line_start(bytes, offset);
            let known = source.ends.near(start);
            let (from, before) = match last {
                Some((same, from, before)) if Arc::ptr_eq(same, source) && from <= start => known.max((from, before)),
                _ => known,
            };
            let before = before + line_ends(&bytes[from..start]);
            last = Some((source, start, before));
            let column = 1 + characters(&bytes[start..offset]);
            located[i] = Some(Location { file: source.name.clone(), line: source.line_number(before), column });
        }
        located
    }

    /// The bytes of a span.
    pub fn bytes(&self, span: Span) -> Option<&[u8]> {
        let (source, offset) = self.resolve(span.start)?;
        source.bytes().get(offset..offset + span.len as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_resolve_to_their_file() {
        let mut sources = Sources::default();
        sources.push(Arc::new(Source::from_text("a", "one\n")));
        let base = sources.push(Arc::new(Source::from_text("b", "two\n")));
        assert_eq!(sources.bytes(Span { start: base, len: 3 }), Some(&b"two"[..]));
        assert_eq!(sources.locate(base + 1).map(|l| l.to_string()), Some("b:1:2".into()));
        assert_eq!(sources.bytes(Span { start: base, len: 30 }), None);
        let wanted = [base + 2, 4, 1, base + 4, 1 << 40, base];
        let one_by_one: Vec<_> = wanted.iter().map(|&address| sources.locate(address)).collect();
        assert_eq!(sources.locate_all(&wanted), one_by_one);
    }
}
