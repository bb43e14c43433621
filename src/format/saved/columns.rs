//! The columns of a saved trace, as slices of the file: nothing is copied, and every access is checked.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::Name;
use super::file::{self, Shape};

/// Why a file cannot be read as a saved trace: the end of a sentence that begins with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw(pub String);

impl Flaw {
    /// From text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Flaw {}

/// A saved trace, batch by batch.
#[derive(Debug)]
pub struct Table<'a> {
    /// Its batches, in order.
    pub batches: Vec<Batch<'a>>,
}

/// Some rows of it.
#[derive(Debug)]
pub struct Batch<'a> {
    /// How many rows there are before it.
    pub first: usize,
    /// How many rows it has.
    pub rows: usize,
    columns: [Column<'a>; Name::ALL.len()],
}

/// A column of a batch.
#[derive(Clone, Debug, Default)]
pub struct Column<'a> {
    /// Bits of the rows that have a value; all have one where there are none.
    validity: Option<&'a [u8]>,
    values: Values<'a>,
}

/// The values of a column.
#[derive(Clone, Debug, Default)]
pub enum Values<'a> {
    /// None at all.
    #[default]
    Absent,
    /// Text: where each begins and the last ends, in numbers of so many bytes.
    Text {
        /// The places.
        offsets: &'a [u8],
        /// Bytes of a place.
        width: usize,
        /// The text.
        data: &'a [u8],
    },
    /// Numbers of so many bytes.
    Number {
        /// The numbers, little-endian.
        bytes: &'a [u8],
        /// Bytes of a number.
        width: usize,
        /// Whether they may be negative.
        signed: bool,
    },
    /// Bits.
    Bool(&'a [u8]),
    /// Decimal numbers of 16 bytes, with so many digits behind the point.
    Decimal {
        /// The numbers without their point.
        bytes: &'a [u8],
        /// Digits behind it.
        scale: i32,
    },
    /// Numbers of words.
    Words {
        /// The numbers.
        bytes: &'a [u8],
        /// Bytes of a number.
        width: usize,
        /// The words.
        words: Arc<[&'a str]>,
    },
}

/// An unsigned number of up to eight bytes.
fn number(bytes: &[u8], width: usize, index: usize) -> Option<u64> {
    let start = index.checked_mul(width)?;
    let bytes = bytes.get(start..)?.get(..width)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}

fn bit(bits: &[u8], index: usize) -> Option<bool> {
    bits.get(index / 8).map(|byte| byte >> (index % 8) & 1 == 1)
}

fn text<'a>(offsets: &[u8], width: usize, data: &'a [u8], index: usize) -> Result<&'a str, Flaw> {
    let place = |index| number(offsets, width, index).and_then(|place| usize::try_from(place).ok());
    let bytes = place(index).zip(place(index + 1)).and_then(|(start, end)| data.get(start..end));
    let bytes = bytes.ok_or_else(|| Flaw::new("it names text that it does not have"))?;
    std::str::from_utf8(bytes).map_err(|_| Flaw::new("it has text that is not UTF-8"))
}

impl<'a> Column<'a> {
    /// Whether no row has a value.
    pub fn is_absent(&self) -> bool {
        matches!(self.values, Values::Absent)
    }

    /// Its values, if every row has one.
    pub fn dense(&self) -> Option<&Values<'a>> {
        self.validity.is_none().then_some(&self.values)
    }

    /// Its values, and the bits of those that are there.
    pub fn parts(&self) -> (Option<&'a [u8]>, &Values<'a>) {
        (self.validity, &self.values)
    }

    fn has(&self, row: usize) -> bool {
        !self.is_absent() && self.validity.is_none_or(|bits| bit(bits, row) == Some(true))
    }

    /// The text of a row.
    ///
    /// # Errors
    /// A [`Flaw`] where the file is damaged, or the column holds no text.
    #[inline]
    pub fn text(&self, row: usize) -> Result<Option<&'a str>, Flaw> {
        if !self.has(row) {
            return Ok(None);
        }
        match &self.values {
            Values::Text { offsets, width, data } => text(offsets, *width, data, row).map(Some),
            Values::Words { bytes, width, words } => {
                let word = number(bytes, *width, row).and_then(|word| words.get(usize::try_from(word).ok()?));
                word.copied().map(Some).ok_or_else(|| Flaw::new("it names a word that its dictionary does not have"))
            }
            _ => Err(Flaw::new("text was expected")),
        }
    }

    /// The whole number of a row.
    ///
    /// # Errors
    /// A [`Flaw`] where the file is damaged, or the column holds no such number.
    pub fn number(&self, row: usize) -> Result<Option<u32>, Flaw> {
        if !self.has(row) {
            return Ok(None);
        }
        let found = match &self.values {
            Values::Number { bytes, width, .. } => number(bytes, *width, row),
            _ => return Err(Flaw::new("whole numbers were expected")),
        };
        let found = found.and_then(|found| u32::try_from(found).ok());
        found.map(Some).ok_or_else(|| Flaw::new("it has a number that is negative or too large"))
    }

    /// Whether a row says true.
    ///
    /// # Errors
    /// A [`Flaw`] where the column holds something else.
    pub fn flag(&self, row: usize) -> Result<bool, Flaw> {
        if !self.has(row) {
            return Ok(false);
        }
        match &self.values {
            Values::Bool(bits) => bit(bits, row).ok_or_else(|| Flaw::new("it lacks rows")),
            _ => Err(Flaw::new("true or false was expected")),
        }
    }

    /// The decimal number of a row, in units of 10^-`scale`.
    ///
    /// # Errors
    /// A [`Flaw`] where the column holds something else.
    pub fn decimal(&self, row: usize, wanted: i32) -> Result<Option<i128>, Flaw> {
        if !self.has(row) {
            return Ok(None);
        }
        match &self.values {
            Values::Decimal { bytes, scale } if *scale == wanted => {
                let bytes = row.checked_mul(16).and_then(|start| bytes.get(start..)?.first_chunk::<16>());
                bytes.map(|bytes| Some(i128::from_le_bytes(*bytes))).ok_or_else(|| Flaw::new("it lacks rows"))
            }
            _ => Err(Flaw(format!("decimal numbers with {wanted} digits behind the point were expected"))),
        }
    }
}

impl<'a> Batch<'a> {
    /// A column; an empty one where the file has none of that name.
    pub fn column(&self, name: Name) -> &Column<'a> {
        &self.columns[name as usize]
    }
}

impl<'a> Table<'a> {
    /// The table in the bytes of an Arrow IPC file. Time: the number of batches, columns and words.
    ///
    /// # Errors
    /// A [`Flaw`] where it is none, or is damaged.
    pub fn of(bytes: &'a [u8]) -> Result<Self, Flaw> {
        let footer = file::footer(bytes)?;
        let (footer, schema) = file::parse_footer(&footer)?;
        let fields = schema.fields().ok_or_else(|| Flaw::new("it has no columns"))?;
        let shapes = fields.iter().map(|field| file::shape(&field)).collect::<Result<Vec<_>, _>>()?;
        let place = |name: Name| fields.iter().position(|field| field.name() == Some(name.name()));
        let places = Name::ALL.map(place);
        for required in [Name::Event, Name::Process] {
            if places[required as usize].is_none() {
                return Err(Flaw(format!("it has no column \"{}\"", required.name())));
            }
        }
        let mut dictionaries: HashMap<i64, Vec<&'a str>> = HashMap::new();
        for block in footer.dictionaries().iter().flatten() {
            read_words(bytes, block, &shapes, &mut dictionaries)?;
        }
        let dictionaries: HashMap<i64, Arc<[&'a str]>> =
            dictionaries.into_iter().map(|(id, words)| (id, words.into())).collect();
        let mut batches = Vec::new();
        let mut first = 0usize;
        for block in footer.recordBatches().iter().flatten() {
            let part = file::part(bytes, block)?;
            let message = file::message(&part)?;
            let batch = message.header_as_record_batch().ok_or_else(|| Flaw::new("a batch is missing"))?;
            let rows = file::length(&batch)?;
            let mut columns: [Column<'a>; Name::ALL.len()] = Default::default();
            for (place, column) in places.iter().zip(&mut columns) {
                let Some(at) = *place else { continue };
                let before: usize = shapes[..at].iter().map(|shape| shape.buffers()).sum();
                *column = read_column(&batch, part.body, shapes[at], (at, before), rows, &dictionaries)
                    .map_err(|flaw| Flaw(format!("column \"{}\": {flaw}", fields.get(at).name().unwrap_or("?"))))?;
            }
            batches.push(Batch { first, rows, columns });
            first = first.checked_add(rows).ok_or_else(|| Flaw::new("it has too many rows"))?;
        }
        Ok(Self { batches })
    }

    /// The batch of a row, and its number there.
    pub fn batch_of(&self, row: usize) -> Option<(&Batch<'a>, usize)> {
        let batch = self.batches.get(self.batches.partition_point(|batch| batch.first <= row).checked_sub(1)?)?;
        (row - batch.first < batch.rows).then(|| (batch, row - batch.first))
    }

    /// How many rows it has.
    pub fn rows(&self) -> usize {
        self.batches.last().map_or(0, |last| last.first + last.rows)
    }
}

/// Adds the words of a dictionary batch to its dictionary.
fn read_words<'a>(
    bytes: &'a [u8],
    block: &arrow_ipc::Block,
    shapes: &[Shape],
    dictionaries: &mut HashMap<i64, Vec<&'a str>>,
) -> Result<(), Flaw> {
    let part = file::part(bytes, block)?;
    let message = file::message(&part)?;
    let batch = message.header_as_dictionary_batch().ok_or_else(|| Flaw::new("a dictionary is missing"))?;
    let width = shapes.iter().find_map(|shape| match *shape {
        Shape::Words { dictionary, offsets, .. } if dictionary == batch.id() => Some(offsets),
        _ => None,
    });
    let (Some(width), Some(data)) = (width, batch.data()) else { return Ok(()) };
    let rows = file::length(&data)?;
    let (offsets, text_bytes) = (file::buffer(&data, part.body, 1)?, file::buffer(&data, part.body, 2)?);
    let words = dictionaries.entry(batch.id()).or_default();
    if !batch.isDelta() {
        words.clear();
    }
    if rows > offsets.len() {
        return Err(Flaw::new("a dictionary lacks words"));
    }
    for row in 0..rows {
        words.push(text(offsets, width, text_bytes, row)?);
    }
    Ok(())
}

fn read_column<'a>(
    batch: &arrow_ipc::RecordBatch<'_>,
    body: &'a [u8],
    shape: Shape,
    (node, before): (usize, usize),
    rows: usize,
    dictionaries: &HashMap<i64, Arc<[&'a str]>>,
) -> Result<Column<'a>, Flaw> {
    let buffer = |index: usize| file::buffer(batch, body, before + index);
    let lacks = || Flaw::new("it lacks rows");
    let long_enough = |bytes: &'a [u8], width: usize| match rows.checked_mul(width) {
        Some(length) if bytes.len() >= length => Ok(&bytes[..length]),
        _ => Err(lacks()),
    };
    let validity = match shape {
        Shape::Null => None,
        _ if file::has_nulls(batch, node)? => Some(buffer(0)?),
        _ => None,
    };
    if validity.is_some_and(|bits| bits.len() < rows.div_ceil(8)) {
        return Err(lacks());
    }
    let values = match shape {
        Shape::Null => Values::Absent,
        Shape::Text(width) => Values::Text { offsets: buffer(1)?, width, data: buffer(2)? },
        Shape::Number { width, signed } => Values::Number { bytes: long_enough(buffer(1)?, width)?, width, signed },
        Shape::Bool => {
            let bits = buffer(1)?;
            if bits.len() < rows.div_ceil(8) {
                return Err(lacks());
            }
            Values::Bool(bits)
        }
        Shape::Decimal(scale) => Values::Decimal { bytes: long_enough(buffer(1)?, 16)?, scale },
        Shape::Words { width, dictionary, .. } => {
            let words = dictionaries.get(&dictionary).cloned().unwrap_or_else(|| Arc::from([]));
            Values::Words { bytes: long_enough(buffer(1)?, width)?, width, words }
        }
        Shape::Other(_) => return Err(Flaw::new("it is of a type that is not expected here")),
    };
    Ok(Column { validity, values })
}
