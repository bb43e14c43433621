//! Rows to records: what the log said, told again.

use std::borrow::Cow;
use std::mem;

use super::columns::{Batch, Column, Flaw, Table};
use super::{Name, Row, TIME_SCALE};
use crate::format::json::Pairs;
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, ProcessRecord, Sink, Transfer,
};
use crate::format::time::Time;

/// Tells a sink all records of a saved trace, in the order of its rows. Their texts are slices of `bytes`; they stand
/// nowhere as lines, so their places are the number of their row. Time: linear; space: one record.
///
/// # Errors
/// A [`Flaw`] of the file; the records before it are told.
pub fn read(bytes: &[u8], sink: &mut dyn Sink) -> Result<(), Flaw> {
    let table = Table::of(bytes)?;
    let mut teller = Teller { pending: None, transfers: Vec::new(), peers: Vec::new() };
    for batch in &table.batches {
        for row in 0..batch.rows {
            teller.row(batch, row, sink).map_err(|flaw| Flaw(format!("row {}: {flaw}", batch.first + row + 1)))?;
        }
        sink.lines(batch.rows);
    }
    teller.flush(sink);
    Ok(())
}

/// Tells a sink the records of some rows, whole ones.
///
/// # Errors
/// A [`Flaw`] of the file; the records before it are told.
pub fn read_some<'a>(
    table: &Table<'a>,
    rows: impl IntoIterator<Item = usize>,
    sink: &mut dyn Sink,
) -> Result<(), Flaw> {
    let mut teller = Teller { pending: None, transfers: Vec::new(), peers: Vec::new() };
    for row in rows {
        let (batch, at) = table.batch_of(row).ok_or_else(|| Flaw::new("it lacks rows"))?;
        teller.row(batch, at, sink)?;
    }
    teller.flush(sink);
    Ok(())
}

/// A vector clock as it was logged: names and counts.
pub type Clock<'a> = Vec<(Cow<'a, str>, u64)>;

/// A record that rows may still add messages to.
#[derive(Clone, Debug)]
struct Pending<'a> {
    row: usize,
    kind: Row,
    process: &'a str,
    snapshot: &'a str,
    label: Option<&'a str>,
    note: Option<&'a str>,
    state: Option<&'a str>,
    time: Option<Time>,
    clock: Option<Clock<'a>>,
}

struct Teller<'a> {
    pending: Option<Pending<'a>>,
    transfers: Vec<Transfer<'a>>,
    peers: Vec<&'a str>,
}

/// A value that a row of its kind cannot be without.
fn need<'a>(column: &Column<'a>, row: usize, name: Name) -> Result<&'a str, Flaw> {
    column.text(row)?.ok_or_else(|| Flaw(format!("\"{}\" is missing", name.name())))
}

impl<'a> Teller<'a> {
    fn row(&mut self, batch: &Batch<'a>, row: usize, sink: &mut dyn Sink) -> Result<(), Flaw> {
        let text = |name| batch.column(name).text(row);
        let needed = |name| need(batch.column(name), row, name);
        let word = needed(Name::Event)?;
        let kind = Row::of(word).ok_or_else(|| Flaw(format!("\"{word}\" is no event")))?;
        let continues = batch.column(Name::Continues).flag(row)?;
        if !continues {
            self.flush(sink);
        }
        let at = batch.first + row..batch.first + row;
        match kind {
            Row::Step | Row::Send | Row::Receive | Row::SendMarker => {
                if !continues {
                    self.pending = Some(pending(batch, row, kind)?);
                }
                if self.pending.as_ref().is_none_or(|pending| pending.kind != kind) || continues && kind == Row::Step {
                    return Err(Flaw::new("it continues a record that it is no part of"));
                }
                match kind {
                    Row::SendMarker => self.peers.push(needed(Name::Peer)?),
                    Row::Step => {}
                    _ => {
                        let named = kind == Row::Send || batch.column(Name::PeerNamed).flag(row)?;
                        let peer = if named { text(Name::Peer)? } else { None };
                        let payload = text(Name::Payload)?.filter(|_| kind == Row::Send);
                        self.transfers.push(Transfer { message: text(Name::Message)?, peer, payload });
                    }
                }
            }
            _ if continues => return Err(Flaw::new("only sends and receives continue")),
            Row::Record => {
                let (state, channels) = (text(Name::State)?, text(Name::Channels)?);
                let mark = MarkKind::Record { state, channels };
                let (process, snapshot) = (needed(Name::Process)?, needed(Name::Snapshot)?);
                sink.mark(MarkRecord { at, process, snapshot, mark });
            }
            Row::ReceiveMarker => {
                let mark = MarkKind::Receive(needed(Name::Peer)?);
                let (process, snapshot) = (needed(Name::Process)?, needed(Name::Snapshot)?);
                sink.mark(MarkRecord { at, process, snapshot, mark });
            }
            Row::Process => {
                sink.process(ProcessRecord { at, name: needed(Name::Process)?, state: text(Name::State)? });
            }
            Row::Channel | Row::UnorderedChannel => {
                let (from, to) = (needed(Name::Process)?, needed(Name::Peer)?);
                sink.channel(ChannelRecord { at, from, to, fifo: kind == Row::Channel });
            }
            Row::Cut => {
                let (name, spec) = (needed(Name::Label)?, needed(Name::Cut)?);
                if let Err(problem) = crate::format::cut::parse(spec) {
                    return Err(Flaw(format!("this cut cannot be read: {}", problem.what)));
                }
                sink.cut(CutRecord { at, name, spec });
            }
        }
        Ok(())
    }

    /// Tells of the record that has all of its rows.
    fn flush(&mut self, sink: &mut dyn Sink) {
        let Some(pending) = self.pending.take() else { return };
        let at = pending.row..pending.row;
        let action = match pending.kind {
            Row::SendMarker => {
                let mark = MarkKind::Send(&self.peers);
                sink.mark(MarkRecord { at, process: pending.process, snapshot: pending.snapshot, mark });
                return self.peers.clear();
            }
            Row::Send => ActionKind::Send,
            Row::Receive => ActionKind::Receive,
            _ => ActionKind::Step,
        };
        let clock: Option<Vec<(&str, u64)>> =
            pending.clock.as_ref().map(|clock| clock.iter().map(|(name, count)| (name.as_ref(), *count)).collect());
        let transfers = mem::take(&mut self.transfers);
        sink.event(&EventRecord {
            at,
            process: pending.process,
            label: pending.label,
            note: pending.note,
            action,
            transfers: &transfers,
            state: pending.state,
            time: pending.time,
            clock: clock.as_deref(),
        });
        self.transfers = transfers;
        self.transfers.clear();
    }
}

fn pending<'a>(batch: &Batch<'a>, row: usize, kind: Row) -> Result<Pending<'a>, Flaw> {
    let text = |name| batch.column(name).text(row);
    let snapshot = match kind {
        Row::SendMarker => need(batch.column(Name::Snapshot), row, Name::Snapshot)?,
        _ => "",
    };
    let process = need(batch.column(Name::Process), row, Name::Process)?;
    let (label, note, state) = (text(Name::Label)?, text(Name::Note)?, text(Name::State)?);
    Ok(Pending {
        row: batch.first + row,
        kind,
        process,
        snapshot,
        label,
        note,
        state,
        time: time(batch, row)?,
        clock: clock(batch, row)?,
    })
}

/// When an event happened.
pub fn time(batch: &Batch<'_>, row: usize) -> Result<Option<Time>, Flaw> {
    let Some(billionths) = batch.column(Name::Time).decimal(row, TIME_SCALE.into())? else { return Ok(None) };
    let is_date = batch.column(Name::Date).flag(row)?;
    Time::of_parts(billionths, is_date).map(Some).ok_or_else(|| Flaw::new("its time is too far away"))
}

/// The vector clock that an event logged.
pub fn clock<'a>(batch: &Batch<'a>, row: usize) -> Result<Option<Clock<'a>>, Flaw> {
    let Some(text) = batch.column(Name::Clock).text(row)? else { return Ok(None) };
    match serde_json::from_str::<Pairs<'a, u64>>(text) {
        Ok(Pairs(clock)) => Ok(Some(clock)),
        Err(_) => Err(Flaw::new("its clock is no JSON object of counts")),
    }
}
