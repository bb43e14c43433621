//! Rows as they are collected, and the arrays that they become.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Decimal128Builder, Int32Builder, StringBuilder, UInt32Builder};
use arrow_array::types::{ArrowDictionaryKeyType, Int8Type, Int16Type, Int32Type};
use arrow_array::{Array, ArrayRef, DictionaryArray, Int8Array, Int32Array, PrimitiveArray, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use super::Used;
use crate::format::saved::{Name, Row, TIME_DIGITS, TIME_SCALE};
use crate::format::time::Time;

/// The columns of text.
const TEXTS: [Name; 9] = [
    Name::Message,
    Name::Label,
    Name::Note,
    Name::State,
    Name::Payload,
    Name::Clock,
    Name::Snapshot,
    Name::Channels,
    Name::Cut,
];

/// One row; what it does not say is absent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells<'a> {
    pub(super) event: Row,
    pub(super) process: Option<i32>,
    pub(super) position: Option<u32>,
    pub(super) message: Option<&'a str>,
    pub(super) peer: Option<i32>,
    pub(super) peer_position: Option<u32>,
    pub(super) peer_named: Option<bool>,
    pub(super) continues: bool,
    pub(super) label: Option<&'a str>,
    pub(super) note: Option<&'a str>,
    pub(super) state: Option<&'a str>,
    pub(super) payload: Option<&'a str>,
    pub(super) time: Option<Time>,
    pub(super) clock: Option<&'a str>,
    pub(super) snapshot: Option<&'a str>,
    pub(super) channels: Option<&'a str>,
    pub(super) cut: Option<&'a str>,
}

impl Cells<'_> {
    /// Its [texts](TEXTS).
    fn texts(&self) -> [Option<&'_ str>; 9] {
        let Self { message, label, note, state, payload, clock, snapshot, channels, cut, .. } = *self;
        [message, label, note, state, payload, clock, snapshot, channels, cut]
    }

    /// Bytes of its longest text.
    pub(super) fn text(&self) -> usize {
        self.texts().into_iter().flatten().map(str::len).max().unwrap_or(0)
    }

    pub(super) fn of(event: Row) -> Self {
        Self {
            event,
            process: None,
            position: None,
            message: None,
            peer: None,
            peer_position: None,
            peer_named: None,
            continues: false,
            label: None,
            note: None,
            state: None,
            payload: None,
            time: None,
            clock: None,
            snapshot: None,
            channels: None,
            cut: None,
        }
    }
}

/// The row of a plain event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain<'a> {
    pub(super) event: Row,
    pub(super) process: i32,
    pub(super) position: u32,
    pub(super) message: Option<&'a str>,
    pub(super) peer: Option<i32>,
    pub(super) peer_position: Option<u32>,
    pub(super) peer_named: Option<bool>,
}

/// The numbers of words are as narrow as may be: whoever reads them reads so much less.
fn number(words: usize) -> DataType {
    match words {
        ..128 => DataType::Int8,
        128..32768 => DataType::Int16,
        _ => DataType::Int32,
    }
}

/// The types of the columns, where there are so many processes.
pub(super) fn schema(used: &Used, processes: usize, metadata: BTreeMap<String, String>) -> SchemaRef {
    let words = |key| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
    let kind = |name| match name {
        Name::Event => words(DataType::Int8),
        Name::Process | Name::Peer => words(number(processes)),
        Name::Position | Name::PeerPosition => DataType::UInt32,
        Name::PeerNamed | Name::Continues | Name::Date => DataType::Boolean,
        Name::Time => DataType::Decimal128(TIME_DIGITS, TIME_SCALE),
        _ => DataType::Utf8,
    };
    let never_null = [Name::Event, Name::Continues];
    let fields = Name::ALL.into_iter().filter(|&name| used.has(name));
    let fields: Vec<Field> =
        fields.map(|name| Field::new(name.name(), kind(name), !never_null.contains(&name))).collect();
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

/// Rows that become a batch.
#[derive(Debug)]
pub(super) struct Rows {
    schema: SchemaRef,
    used: Used,
    words: Arc<StringArray>,
    names: Arc<StringArray>,
    event: Vec<i8>,
    process: Int32Builder,
    peer: Int32Builder,
    position: UInt32Builder,
    peer_position: UInt32Builder,
    peer_named: BooleanBuilder,
    continues: BooleanBuilder,
    date: BooleanBuilder,
    time: Decimal128Builder,
    /// The columns of text, by number of their name.
    texts: Vec<StringBuilder>,
    /// Those that are used, but for the ids of messages.
    rarer: Vec<Name>,
}

impl Rows {
    pub(super) fn new(schema: SchemaRef, used: Used, names: Vec<&str>) -> Self {
        let rarer = TEXTS.into_iter().filter(|&name| name != Name::Message && used.has(name)).collect();
        Self {
            schema,
            used,
            words: Arc::new(StringArray::from_iter_values(Row::ALL.iter().map(|row| row.word()))),
            names: Arc::new(StringArray::from(names)),
            event: Vec::new(),
            process: Int32Builder::new(),
            peer: Int32Builder::new(),
            position: UInt32Builder::new(),
            peer_position: UInt32Builder::new(),
            peer_named: BooleanBuilder::new(),
            continues: BooleanBuilder::new(),
            date: BooleanBuilder::new(),
            time: Decimal128Builder::new(),
            texts: Name::ALL.iter().map(|_| StringBuilder::new()).collect(),
            rarer,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.event.len()
    }

    /// Bytes of the longest column of text.
    pub(super) fn text(&self) -> usize {
        self.texts.iter().map(|text| text.values_slice().len()).max().unwrap_or(0)
    }

    pub(super) fn push(&mut self, row: &Cells<'_>) {
        self.event.push(row.event as i8);
        self.process.append_option(row.process);
        self.peer.append_option(row.peer);
        self.position.append_option(row.position);
        self.peer_position.append_option(row.peer_position);
        if self.used.has(Name::PeerNamed) {
            self.peer_named.append_option(row.peer_named);
        }
        if self.used.has(Name::Continues) {
            self.continues.append_value(row.continues);
        }
        if self.used.has(Name::Time) {
            self.time.append_option(row.time.map(Time::billionths));
        }
        if self.used.has(Name::Date) {
            self.date.append_option(row.time.map(Time::is_calendar));
        }
        for (name, text) in TEXTS.into_iter().zip(row.texts()) {
            if self.used.has(name) {
                self.texts[name as usize].append_option(text);
            }
        }
    }

    /// The same of a plain event, which says nothing else.
    pub(super) fn push_plain(&mut self, row: &Plain<'_>) {
        self.event.push(row.event as i8);
        self.process.append_value(row.process);
        self.peer.append_option(row.peer);
        self.position.append_value(row.position);
        self.peer_position.append_option(row.peer_position);
        self.texts[Name::Message as usize].append_option(row.message);
        if self.used.has(Name::PeerNamed) {
            self.peer_named.append_option(row.peer_named);
        }
        if self.used.has(Name::Continues) {
            self.continues.append_value(false);
        }
        if self.used.has(Name::Time) {
            self.time.append_null();
        }
        if self.used.has(Name::Date) {
            self.date.append_null();
        }
        for &name in &self.rarer {
            self.texts[name as usize].append_null();
        }
    }

    /// A column of processes.
    fn of_processes(&self, numbers: Int32Array) -> Result<ArrayRef, ArrowError> {
        match number(self.names.len()) {
            DataType::Int8 => words::<Int8Type>(numbers.unary_opt(|n| i8::try_from(n).ok()), &self.names),
            DataType::Int16 => words::<Int16Type>(numbers.unary_opt(|n| i16::try_from(n).ok()), &self.names),
            _ => words::<Int32Type>(numbers, &self.names),
        }
    }

    /// The rows as arrays; there are none afterwards.
    pub(super) fn take(&mut self) -> Result<RecordBatch, ArrowError> {
        let event = Int8Array::from(std::mem::take(&mut self.event));
        let event = DictionaryArray::<Int8Type>::try_new(event, self.words.clone())?;
        let (process, peer) = (self.process.finish(), self.peer.finish());
        let (process, peer) = (self.of_processes(process)?, self.of_processes(peer)?);
        let time = self.time.finish().with_precision_and_scale(TIME_DIGITS, TIME_SCALE)?;
        let mut columns: Vec<ArrayRef> = Vec::new();
        for name in Name::ALL.into_iter().filter(|&name| self.used.has(name)) {
            columns.push(match name {
                Name::Event => Arc::new(event.clone()),
                Name::Process => process.clone(),
                Name::Peer => peer.clone(),
                Name::Position => Arc::new(self.position.finish()),
                Name::PeerPosition => Arc::new(self.peer_position.finish()),
                Name::PeerNamed => Arc::new(self.peer_named.finish()),
                Name::Continues => Arc::new(self.continues.finish()),
                Name::Date => Arc::new(self.date.finish()),
                Name::Time => Arc::new(time.clone()),
                _ => Arc::new(self.texts[name as usize].finish()),
            });
        }
        RecordBatch::try_new(self.schema.clone(), columns)
    }
}

fn words<K: ArrowDictionaryKeyType>(
    numbers: PrimitiveArray<K>,
    words: &Arc<StringArray>,
) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(DictionaryArray::<K>::try_new(numbers, words.clone())?))
}
