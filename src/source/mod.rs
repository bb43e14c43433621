//! Source files: their bytes, their names, and from a byte back to file, line and column.

mod addresses;
mod joined;
mod kept;
mod line_ends;
mod packed;
mod progress;
mod sources;
mod store;

use std::fs::{File, Metadata};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use addresses::Addresses;
use joined::Part;
use kept::Kept;
use line_ends::LineEnds;
pub use line_ends::ReadLines;
pub use packed::{Flaw, Other, Packing};
pub use progress::Progress;
use progress::Told;
pub use sources::{Sources, Span};

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

/// Files from this size on are mapped instead of read: a mapping starts at once, and pages that nobody asks for again
/// can be dropped. Smaller ones are quicker to read, and are safe from being changed while they are looked at.
const MAP_FROM: u64 = 1 << 20;

/// A file that was written to this recently is read and not mapped whatever its size: a mapping of a file that is cut
/// short meanwhile, as `copytruncate` of logrotate does it to a log that is being written, ends the process.
const LIVE: Duration = Duration::from_secs(1);

/// Longest part of a line that a report shows, in bytes on either side of what it points at.
const SHOWN: usize = 160;

/// A byte order mark in UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// One input: a name for reports and its bytes.
#[derive(Debug)]
pub struct Source {
    name: String,
    process: Option<String>,
    bytes: Bytes,
    /// How many lines end before some places, once that is known.
    ends: LineEnds,
    packed: Option<(Packing, Option<Flaw>)>,
    /// The files that it is made of, where these are several.
    parts: Vec<Part>,
    kin: Option<Arc<Source>>,
    /// Of an excerpt, which line each of its lines is.
    excerpt: Option<Vec<usize>>,
}

#[derive(Debug)]
enum Bytes {
    Owned(Vec<u8>),
    /// With the file, unless many others are kept open.
    Mapped(memmap2::Mmap, Option<Kept>),
}

impl Bytes {
    fn all(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(map, _) => map,
        }
    }
}

/// File, line and column of a byte: what a person or an editor needs to go there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Name of the file as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Source {
    fn new(name: String, bytes: Bytes) -> Self {
        Self {
            name,
            process: None,
            bytes,
            ends: LineEnds::default(),
            packed: None,
            parts: Vec::new(),
            kin: None,
            excerpt: None,
        }
    }

    /// Text in memory under a name.
    pub fn from_text(name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self::new(name.into(), Bytes::Owned(text.into()))
    }

    /// Some lines of a longer text under its name, each with its number there, from 1.
    pub fn excerpt<'l>(name: impl Into<String>, lines: impl IntoIterator<Item = (usize, &'l str)>) -> Self {
        let (mut numbers, mut text) = (Vec::new(), String::new());
        for (number, line) in lines {
            numbers.push(number);
            text.push_str(line);
            text.push('\n');
        }
        Self { excerpt: Some(numbers), ..Self::from_text(name, text) }
    }

    /// The number of a line, by how many lines there are before it.
    fn line_number(&self, before: usize) -> usize {
        let number = self.excerpt.as_ref().and_then(|lines| lines.get(before));
        number.copied().unwrap_or(before + 1)
    }

    /// A file as it is now: mapped if it is large, decompressed if it is packed. What is appended later is not seen.
    ///
    /// # Errors
    /// What the system says of the file; a packed one that is damaged.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::open_telling(path, &Progress::default())
    }

    /// The same as [`Self::open`], telling how many bytes are read, or decompressed.
    ///
    /// # Errors
    /// As there.
    pub fn open_telling(path: &Path, progress: &Progress) -> io::Result<Self> {
        Self::of_file(path.display().to_string(), File::open(path)?, progress)
    }

    fn of_file(name: String, file: File, progress: &Progress) -> io::Result<Self> {
        let about = file.metadata()?;
        if about.is_file() && about.len() >= MAP_FROM && !is_live(&about) {
            return Self::unpacked(name, Bytes::Mapped(map(&file)?, Kept::of(file)), progress);
        }
        Self::unpacked(name, Told::all(file, progress)?, progress)
    }

    /// Everything that standard input has, decompressed if it is packed. A file that it comes from is read where it lies.
    ///
    /// # Errors
    /// What the system says of standard input; packed data that is damaged.
    pub fn stdin(progress: &Progress) -> io::Result<Self> {
        let name = "<stdin>".to_string();
        match whole_stdin() {
            Some(file) => Self::of_file(name, file, progress),
            None => Self::unpacked(name, Told::all(io::stdin().lock(), progress)?, progress),
        }
    }

    fn unpacked(name: String, bytes: Bytes, progress: &Progress) -> io::Result<Self> {
        let all = bytes.all();
        match packed::packing(all) {
            Some(packing) => {
                let packed::Unpacked { packing, store, flaw } = packed::unpack(packing, all, progress)?;
                Ok(Self { packed: Some((packing, flaw)), ..Self::new(name, store.into_bytes()?) })
            }
            None => Ok(Self::new(name, bytes)),
        }
    }

    /// How it was packed, and what was odd about that.
    pub fn packed(&self) -> Option<(Packing, Option<Flaw>)> {
        self.packed
    }

    /// Whether it was packed, and its end is missing.
    pub fn ends_early(&self) -> bool {
        matches!(self.packed, Some((_, Some(Flaw::EndsEarly))))
    }

    /// What its bytes are, if they are not text as it is read here.
    pub fn other(&self) -> Option<Other> {
        packed::other(self.bytes())
    }

    /// The same, known to be the log of one process.
    pub fn with_process(self, process: Option<String>) -> Self {
        Self { process, ..self }
    }

    /// The process whose log this is, where that is known of the whole source: its records need not name it.
    pub fn process(&self) -> Option<&str> {
        self.process.as_deref()
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All of its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.all()
    }

    /// Copies its bytes from `start` on, as many as there is `room` for, for who goes through all of them: those of a mapped
    /// file are read, which takes less than to map their pages and to let go of them. Where that fails, or the file is
    /// not kept open, they are those of the mapping. Behind its end there are zeros.
    pub fn read(&self, start: usize, room: &mut [u8]) {
        #[cfg(unix)]
        if let Bytes::Mapped(_, Some(kept)) = &self.bytes {
            use std::os::unix::fs::FileExt;
            if kept.file().read_exact_at(room, start as u64).is_ok() {
                return;
            }
        }
        let bytes = self.bytes().get(start..).unwrap_or_default();
        let (read, behind) = room.split_at_mut(bytes.len().min(room.len()));
        read.copy_from_slice(&bytes[..read.len()]);
        behind.fill(0);
    }

    /// Its first `length` bytes as a source of their own, without the line that is cut there.
    pub fn head(&self, length: usize) -> Self {
        let bytes = self.bytes();
        let head = bytes.get(..length).map_or(bytes, |head| &head[..line_start(head, length)]);
        Self::new(self.name.clone(), Bytes::Owned(head.to_vec())).with_process(self.process.clone())
    }

    /// Takes over how many lines were counted by who read it.
    pub fn learn_lines(&self, read: ReadLines) {
        self.ends.learn(read);
    }

    /// Line and column of the byte at `offset`. For reports, not for every event: it counts the line ends of up to
    /// 1 MiB or so, and the first time those of the whole source, unless who [read](Self::learn_lines) it did.
    pub fn locate(&self, offset: usize) -> Location {
        let bytes = self.bytes();
        let offset = offset.min(bytes.len());
        let start = line_start(bytes, offset);
        let (file, above) = self.file_at(offset);
        Location {
            file: file.into(),
            line: self.line_number(self.ends.before(bytes, start) - above),
            column: 1 + characters(&bytes[start..offset]),
        }
    }

    /// The line (without its end) that holds the byte at `offset`.
    pub fn line_at(&self, offset: usize) -> Range<usize> {
        let bytes = self.bytes();
        let offset = offset.min(bytes.len());
        let start = line_start(bytes, offset);
        let end = memchr::memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |i| offset + i);
        let end = if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end };
        start..end
    }

    /// Says that a mapped file will be looked at where it lies, from end to end. Pages that are not in memory are then read
    /// by 2 MiB, where a fault alone makes Linux read some around it and keep them one by one: who maps these later takes ten
    /// times as long to do so as where they are large. (A hundred million rows: 0.13 s and 0.17 s.)
    pub fn expect_all(&self) {
        #[cfg(target_os = "linux")]
        if let Bytes::Mapped(map, _) = &self.bytes {
            // Advice: all is well without.
            drop(map.advise(memmap2::Advice::HugePage));
        }
    }

    /// Gives back the memory that part of a mapped file takes, which leaves less to do for who ends it all: several
    /// threads do this side by side. Bytes that are asked for again are read from the file again.
    pub fn release(&self, part: Range<usize>) {
        #[cfg(target_os = "linux")]
        if let Bytes::Mapped(map, _) = &self.bytes {
            let (start, end) = (part.start.min(map.len()), part.end.min(map.len()));
            if start < end {
                release(map, start..end);
            }
        }
        #[cfg(not(target_os = "linux"))]
        let _ = part;
    }
}

/// The file that standard input comes from, where it is one of which nothing has been read.
#[cfg(unix)]
fn whole_stdin() -> Option<File> {
    use std::io::Seek;
    use std::os::fd::AsFd;

    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
    let is_whole = file.metadata().is_ok_and(|about| about.is_file()) && file.stream_position().is_ok_and(|at| at == 0);
    is_whole.then_some(file)
}

#[cfg(not(unix))]
fn whole_stdin() -> Option<File> {
    None
}

/// Whether a file is being written to.
fn is_live(about: &Metadata) -> bool {
    // A time in the future is no age.
    about.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age < LIVE)
}

/// A file as memory.
#[allow(unsafe_code)]
fn map(file: &File) -> io::Result<memmap2::Mmap> {
    // SAFETY: what a mapping needs is that nobody changes the file while it is mapped. Nothing here rests on the bytes
    // staying as they were: they are only ever used as `&[u8]` with checked indices, text is validated again each time
    // it is taken from them, and no length read earlier is trusted later. A file cut short by another program meanwhile
    // ends this process with SIGBUS, as it does every tool that maps logs; logs grow, and growth is harmless.
    // Measured need: at 10^8 events reading the file into memory would cost its 2 GiB again.
    unsafe { memmap2::Mmap::map(file) }
}

#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "memory is given back that can be read again")]
fn release(map: &memmap2::Mmap, part: Range<usize>) {
    // SAFETY: such advice is not safe where it loses what was written to memory alone. This mapping is shared and none of
    // it is ever written to: Linux lets go of its pages only, and who looks there again, by whatever borrow, is shown the
    // bytes of the file, which are those from before. That others may change these is what `map` answers for.
    // Measured need: at 10^8 events of a saved trace it takes a tenth of verifying them to end the mapping by one thread.
    let advice = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, part.start, part.len()) };
    // Advice: all is well without.
    drop(advice);
}

/// Where the line of a byte starts; a byte order mark is no character of the first one.
fn line_start(bytes: &[u8], offset: usize) -> usize {
    let mark = || if bytes[..offset].starts_with(MARK) { MARK.len() } else { 0 };
    memchr::memrchr(b'\n', &bytes[..offset]).map_or_else(mark, |i| i + 1)
}

/// Characters in UTF-8 text: the bytes that are no continuation.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count()
}

/// Shows the line of a span, cut down where a line is very long. Costs one count of line ends, not a parse of the file.
impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let bytes = self.bytes();
        if span.offset() > bytes.len() || span.offset() + span.len() > bytes.len() {
            return Err(MietteError::OutOfBounds);
        }
        let at = self.locate(span.offset());
        let first = self.line_at(span.offset());
        let last = self.line_at(span.offset() + span.len());
        let start = first.start.max(span.offset().saturating_sub(SHOWN));
        let end = last.end.min(span.offset() + span.len() + SHOWN).max(span.offset() + span.len());
        // Without any lines around it miette asks for the place to name above the snippet; else for the lines to show.
        let column = if start == first.start && before > 0 { 0 } else { at.column - 1 };
        Ok(Box::new(MietteSpanContents::new_named(
            at.file,
            &bytes[start..end],
            (start, end - start).into(),
            at.line - 1,
            column,
            // Snippets are joined where one ends at the line before the next one.
            1 + memchr::memchr_iter(b'\n', &bytes[start..end]).count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_by_line_and_column() {
        let source = Source::from_text("x.trace", "ab\né€c\r\nd");
        let at = |offset| {
            let l = source.locate(offset);
            (l.line, l.column)
        };
        assert_eq!([at(0), at(1), at(2), at(3), at(8), at(11)], [(1, 1), (1, 2), (1, 3), (2, 1), (2, 3), (3, 1)]);
        assert_eq!(source.line_at(5), 3..9);
        assert_eq!(source.line_at(99), 11..12);
    }

    #[test]
    fn lines_of_a_long_file_are_counted() {
        const CHUNK: usize = 1 << 20;
        let text: String = (0..400_000).map(|i| format!("{i}\n")).collect();
        let source = Source::from_text("long", text.as_str());
        assert!(text.len() > 2 * CHUNK);
        let mut line = 1;
        for (offset, end) in text.bytes().enumerate() {
            if offset % 9973 == 0 || offset % CHUNK < 2 || offset + 1 == text.len() {
                assert_eq!(source.locate(offset).line, line, "{offset}");
            }
            line += usize::from(end == b'\n');
        }
    }

    #[test]
    fn what_is_read_of_a_mapped_file_is_what_is_mapped() {
        const LONG: usize = 2 << 20;
        let path = std::env::temp_dir().join(format!("clearcut-read-{}", std::process::id()));
        let bytes: Vec<u8> = (0..LONG).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &bytes).unwrap();
        // Nobody writes to it any more.
        File::options().write(true).open(&path).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        let (mapped, owned) = (Source::open(&path).unwrap(), Source::from_text("owned", bytes.clone()));
        for start in [0, 5, LONG / 2, LONG - 10, LONG, 2 * LONG] {
            let wanted: Vec<u8> = bytes.iter().skip(start).copied().chain([0; 70]).take(70).collect();
            for source in [&mapped, &owned] {
                let mut room = vec![7; 70];
                source.read(start, &mut room);
                assert_eq!(room, wanted, "{start}");
            }
        }
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn lines_of_an_excerpt_keep_their_numbers() {
        let source = Source::excerpt("long", [(7, "seven"), (8, "eight"), (90, "ninety")]);
        let lines = [0, 4, 6, 12].map(|offset| source.locate(offset).line);
        assert_eq!((lines, source.line_at(7)), ([7, 7, 8, 90], 6..11));
        let mut sources = Sources::default();
        sources.push(Arc::new(source));
        let lines = sources.locate_all(&[12, 0]).into_iter().map(|location| location.map(|l| l.line));
        assert_eq!(lines.collect::<Vec<_>>(), [Some(90), Some(7)]);
    }
}
