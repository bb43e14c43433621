//! Compressed logs, told by their first bytes: gzip and zstd.
//!
//! What is decompressed is [kept](super::store), as reports go back to its lines. A stream that ends early, as one does that is
//! still being written, gives what was there; one that is damaged gives nothing, as any of it may be wrong.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::progress::{Progress, Told};
use super::store::Store;

/// How a log was compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// RFC 1952; one member or several.
    Gzip,
    /// RFC 8878; one frame or several.
    Zstd,
}

impl Packing {
    /// Its name, as people know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }
}

/// What was odd about a compressed log that could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The stream ends before its end.
    EndsEarly,
    /// Bytes behind the stream that are none of it, and are left out.
    Trailing(usize),
}

/// A log that was compressed.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub packing: Packing,
    pub store: Store,
    pub flaw: Option<Flaw>,
}

const GZIP: &[u8] = &[0x1F, 0x8B];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// How these bytes are compressed, by the first of them.
pub(super) fn packing(bytes: &[u8]) -> Option<Packing> {
    if bytes.starts_with(GZIP) {
        Some(Packing::Gzip)
    } else if bytes.starts_with(ZSTD) || skippable(bytes) {
        Some(Packing::Zstd)
    } else {
        None
    }
}

/// A frame of zstd that holds no data, as parallel compressors write them.
fn skippable(bytes: &[u8]) -> bool {
    matches!(bytes, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// What a file can be that is no text in UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// Packed in a way that is not known here; what unpacks it.
    Packed(&'static str),
    /// An archive of files, by tar.
    Archive,
    /// Text in another encoding, by the name that iconv has for it.
    Text(&'static str),
}

/// What bytes are that are no text in UTF-8, by how they start.
pub(super) fn other(bytes: &[u8]) -> Option<Other> {
    const PACKED: &[(&[u8], &str)] = &[
        (b"\xFD7zXZ\0", "xz -dc"),
        (b"BZh", "bzip2 -dc"),
        (b"\x04\x22\x4D\x18", "lz4 -dc"),
        (b"PK\x03\x04", "unzip -p"),
    ];
    // The longer marks start with the shorter ones.
    const MARKS: &[(&[u8], &str)] =
        &[(b"\xFF\xFE\0\0", "UTF-32"), (b"\0\0\xFE\xFF", "UTF-32"), (b"\xFF\xFE", "UTF-16"), (b"\xFE\xFF", "UTF-16")];
    const TAR: usize = 257;
    let by_start =
        |all: &[(&[u8], &'static str)]| all.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|&(_, name)| name);
    if bytes.get(TAR..).is_some_and(|rest| rest.starts_with(b"ustar")) && bytes[..TAR].contains(&0) {
        return Some(Other::Archive);
    }
    if let Some(name) = by_start(MARKS) {
        return Some(Other::Text(name));
    }
    // Without a mark: letters of the first characters with a zero between them.
    let pairs = bytes.get(..64).unwrap_or(bytes).chunks_exact(2);
    let wide = |first: bool| {
        let each = pairs.clone().all(|pair| pair[usize::from(first)] == 0 && pair[usize::from(!first)] != 0);
        (each && bytes.len() > 3).then_some(if first { "UTF-16LE" } else { "UTF-16BE" })
    };
    if let Some(name) = wide(true).or_else(|| wide(false)) {
        return Some(Other::Text(name));
    }
    // A log that starts with the letters BZh is a log; of a packed one not all is text.
    let packed = by_start(PACKED).filter(|_| bytes.iter().take(64).any(|b| !(9..0x80).contains(b)));
    packed.map(Other::Packed)
}

/// Decompresses all streams, laid end to end. Time: linear; space: as it is kept.
///
/// # Errors
/// A damaged stream, or no memory.
pub(super) fn unpack(packing: Packing, packed: &[u8], progress: &Progress) -> io::Result<Unpacked> {
    let mut source = Starving { rest: packed, starved: false };
    let mut store = Store::default();
    while self::packing(source.rest) == Some(packing) {
        let stream = match packing {
            Packing::Gzip => gzip(&mut source, &mut store, progress),
            Packing::Zstd => zstd(&mut source, &mut store, progress),
        };
        match stream {
            Ok(()) => {}
            Err(_) if source.starved => return Ok(Unpacked { packing, store, flaw: Some(Flaw::EndsEarly) }),
            Err(error) if error.kind() == io::ErrorKind::OutOfMemory => return Err(error),
            Err(error) => {
                let what = format!("the {} stream is damaged: {error}", packing.name());
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
        }
    }
    // Tapes and some tools fill up with zeros.
    let flaw = source.rest.iter().any(|&b| b != 0).then_some(Flaw::Trailing(source.rest.len()));
    Ok(Unpacked { packing, store, flaw })
}

/// Bytes of which it is known whether more was asked for than there is.
struct Starving<'b> {
    rest: &'b [u8],
    starved: bool,
}

impl Read for Starving<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.starved |= self.rest.is_empty() && !into.is_empty();
        self.rest.read(into)
    }
}

impl io::BufRead for Starving<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.starved |= self.rest.is_empty();
        Ok(self.rest)
    }

    fn consume(&mut self, amount: usize) {
        self.rest = self.rest.get(amount..).unwrap_or_default();
    }
}

/// Decompresses one member. What came before an error is in `out`.
fn gzip(source: &mut Starving<'_>, out: &mut Store, progress: &Progress) -> io::Result<()> {
    let before = out.len();
    out.add_all(Told::new(GzDecoder::new(source), before, progress))
}

/// Decompresses one frame. What came before an error is in `out`.
fn zstd(source: &mut Starving<'_>, out: &mut Store, progress: &Progress) -> io::Result<()> {
    let mut decoder = FrameDecoder::new();
    match decoder.init(&mut *source) {
        Ok(()) => {}
        Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
            let length = length as usize;
            source.starved |= length > source.rest.len();
            source.rest = source.rest.get(length..).unwrap_or_default();
            return if source.starved { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) };
        }
        Err(error) => return Err(io::Error::other(error)),
    }
    while !decoder.is_finished() {
        if let Err(error) = decoder.decode_blocks(&mut *source, BlockDecodingStrategy::UptoBlocks(1)) {
            // The decoder holds back what later blocks may refer to. An empty last block makes it let go.
            let last: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
            if source.starved
                && (decoder.is_finished() || decoder.decode_blocks(last, BlockDecodingStrategy::All).is_ok())
            {
                decoder.collect_to_writer(&mut *out)?;
            }
            return Err(io::Error::other(error));
        }
        decoder.collect_to_writer(&mut *out)?;
        progress.reached(out.len() as u64, 0);
    }
    match decoder.get_checksum_from_data() {
        Some(sum) if decoder.get_calculated_checksum() != Some(sum) => Err(io::Error::other("its checksum is another")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
