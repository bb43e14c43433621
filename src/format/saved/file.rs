//! The metadata of an Arrow IPC file: which columns it has, and where their bytes are.

use arrow_ipc::{
    Block, Endianness, Field, Footer, Message, RecordBatch, Schema, Type, root_as_footer, root_as_message,
};

use super::columns::Flaw;

/// Magic at the end, behind four bytes that say how long the footer is.
const MAGIC: &[u8] = b"ARROW1";

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Text with offsets of so many bytes.
    Text(usize),
    /// Whole numbers of so many bytes.
    Number { width: usize, signed: bool },
    /// Bits.
    Bool,
    /// Decimal numbers of 16 bytes with so many digits behind the point.
    Decimal(i32),
    /// Numbers of so many bytes for the texts of a dictionary, whose offsets have so many bytes.
    Words { width: usize, dictionary: i64, offsets: usize },
    /// Nothing but its length.
    Null,
    /// Something else, of so many buffers.
    Other(usize),
}

impl Shape {
    /// How many buffers a column of it has in a batch.
    pub(super) fn buffers(self) -> usize {
        match self {
            Self::Text(_) => 3,
            Self::Null => 0,
            Self::Other(buffers) => buffers,
            _ => 2,
        }
    }
}

/// The bytes of a message: its metadata, copied so that it is aligned, and its body.
pub(super) struct Part<'a> {
    pub(super) metadata: Vec<u8>,
    pub(super) body: &'a [u8],
}

/// The footer's bytes, copied so that they are aligned.
pub(super) fn footer(file: &[u8]) -> Result<Vec<u8>, Flaw> {
    let early = || Flaw::new("it ends early, or is no Arrow file");
    let (rest, magic) = file.split_at_checked(file.len().saturating_sub(MAGIC.len())).ok_or_else(early)?;
    if magic != MAGIC {
        return Err(early());
    }
    let (rest, length) = rest.split_last_chunk::<4>().ok_or_else(early)?;
    let length = usize::try_from(i32::from_le_bytes(*length)).map_err(|_| early())?;
    let start = rest.len().checked_sub(length).ok_or_else(early)?;
    Ok(rest[start..].to_vec())
}

pub(super) fn parse_footer(bytes: &[u8]) -> Result<(Footer<'_>, Schema<'_>), Flaw> {
    let footer = root_as_footer(bytes).map_err(|_| Flaw::new("its footer is damaged"))?;
    let schema = footer.schema().ok_or_else(|| Flaw::new("its footer has no schema"))?;
    if schema.endianness() != Endianness::Little {
        return Err(Flaw::new("its numbers are big-endian; write it on a little-endian machine"));
    }
    Ok((footer, schema))
}

/// The part of the file that a block of the footer tells of.
pub(super) fn part<'a>(file: &'a [u8], block: &Block) -> Result<Part<'a>, Flaw> {
    let outside = || Flaw::new("its footer names a place that the file does not have");
    let at = |n: i64| usize::try_from(n).map_err(|_| outside());
    let (start, head, body) = (at(block.offset())?, at(block.metaDataLength().into())?, at(block.bodyLength())?);
    let bytes = file.get(start..).ok_or_else(outside)?;
    let (head, rest) = bytes.split_at_checked(head).ok_or_else(outside)?;
    let body = rest.get(..body).ok_or_else(outside)?;
    // Files from before 2019 have no continuation mark before the length.
    let skip = if head.starts_with(&[0xFF; 4]) { 8 } else { 4 };
    Ok(Part { metadata: head.get(skip..).ok_or_else(outside)?.to_vec(), body })
}

pub(super) fn message<'p>(part: &'p Part<'_>) -> Result<Message<'p>, Flaw> {
    root_as_message(&part.metadata).map_err(|_| Flaw::new("the metadata of a batch is damaged"))
}

/// A buffer of a batch.
pub(super) fn buffer<'a>(batch: &RecordBatch<'_>, body: &'a [u8], index: usize) -> Result<&'a [u8], Flaw> {
    let outside = || Flaw::new("a batch names bytes that it does not have");
    let buffers = batch.buffers().ok_or_else(outside)?;
    if index >= buffers.len() {
        return Err(outside());
    }
    let buffer = buffers.get(index);
    let start = usize::try_from(buffer.offset()).map_err(|_| outside())?;
    let length = usize::try_from(buffer.length()).map_err(|_| outside())?;
    body.get(start..).and_then(|rest| rest.get(..length)).ok_or_else(outside)
}

/// How long a batch is, if its bytes are as they are.
pub(super) fn length(batch: &RecordBatch<'_>) -> Result<usize, Flaw> {
    if batch.compression().is_some() {
        return Err(Flaw::new("its buffers are compressed; write it without, so that it can be used where it lies"));
    }
    usize::try_from(batch.length()).map_err(|_| Flaw::new("a batch has a negative length"))
}

/// Whether a column of a batch has values that are missing.
pub(super) fn has_nulls(batch: &RecordBatch<'_>, node: usize) -> Result<bool, Flaw> {
    let nodes = batch.nodes().filter(|nodes| node < nodes.len());
    let nodes = nodes.ok_or_else(|| Flaw::new("a batch lacks a column"))?;
    Ok(nodes.get(node).null_count() != 0)
}

pub(super) fn shape(field: &Field<'_>) -> Result<Shape, Flaw> {
    let name = field.name().unwrap_or_default();
    if let Some(dictionary) = field.dictionary() {
        // Without an index type they are 32 bits wide.
        let width = dictionary.indexType().map_or(Some(4), |index| bytes(index.bitWidth()));
        return Ok(match (width, field.type_type()) {
            (Some(width), Type::Utf8) => Shape::Words { width, dictionary: dictionary.id(), offsets: 4 },
            (Some(width), Type::LargeUtf8) => Shape::Words { width, dictionary: dictionary.id(), offsets: 8 },
            _ => Shape::Other(2),
        });
    }
    Ok(match field.type_type() {
        Type::Utf8 => Shape::Text(4),
        Type::LargeUtf8 => Shape::Text(8),
        Type::Bool => Shape::Bool,
        Type::Null => Shape::Null,
        Type::Int => match field.type_as_int().and_then(|int| Some((bytes(int.bitWidth())?, int.is_signed()))) {
            Some((width, signed)) => Shape::Number { width, signed },
            None => Shape::Other(2),
        },
        Type::Decimal => match field.type_as_decimal() {
            Some(decimal) if decimal.bitWidth() == 128 => Shape::Decimal(decimal.scale()),
            _ => Shape::Other(2),
        },
        Type::Binary | Type::LargeBinary => Shape::Other(3),
        Type::FloatingPoint
        | Type::Date
        | Type::Time
        | Type::Timestamp
        | Type::Interval
        | Type::Duration
        | Type::FixedSizeBinary => Shape::Other(2),
        other => {
            let what = other.variant_name().unwrap_or("unknown");
            return Err(Flaw(format!("its column {name:?} is of the type {what}: only flat columns can be read")));
        }
    })
}

fn bytes(bits: i32) -> Option<usize> {
    matches!(bits, 8 | 16 | 32 | 64).then_some(bits as usize / 8)
}
