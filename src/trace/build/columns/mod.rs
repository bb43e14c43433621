//! From the columns of a saved trace to a trace, without its records: pairing was done when the table was written.
//!
//! What pairing found stands in columns of numbers. These are proved to be sound (`scan`), and then taken; everything
//! else is read where there is any of it. A table that is not as it is written here, or whose columns do not bear each
//! other out, is refused: its records are then read and paired like any others.

mod blocks;
mod counts;
mod details;
mod fill;
mod find;
mod lanes;
mod numbers;
mod rows;
mod scan;
mod sends;
mod shaped;
mod sums;

use std::fmt;
use std::sync::Arc;

use hashbrown::HashMap;

use self::fill::Known;
pub use self::find::{Found, find};
use self::numbers::End;
use self::rows::Rows;
use self::scan::{Asked, MOST, Part};
use self::shaped::Shaped;
use self::sums::Keys;
use super::crossing::Crosses;
use super::{Builder, Waiting};
use crate::format::saved::Name;
use crate::format::saved::columns::{Flaw, Table};
use crate::ids::{EventId, MessageId, ProcessId, TooMany};
use crate::source::{Source, Span};
use crate::trace::messages::{Messages, NEVER};
use crate::trace::pairing::OnItsWay;
use crate::trace::{Trace, Unsent, text_at};

/// Why a table is not taken as it is: the end of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(String);

impl Refused {
    pub(super) fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl From<Flaw> for Refused {
    fn from(flaw: Flaw) -> Self {
        Self(flaw.0)
    }
}

impl From<TooMany> for Refused {
    fn from(error: TooMany) -> Self {
        Self(error.to_string())
    }
}

/// Where the text of the table is in the space of the sources.
#[derive(Clone, Copy, Debug)]
struct Text {
    base: u64,
    start: usize,
}

impl Text {
    fn span(&self, text: &str) -> Span {
        Span { start: self.base + (text.as_ptr().addr() - self.start) as u64, len: text.len() as u32 }
    }
}

impl Builder {
    /// The trace of a saved one, straight from its columns, by at most so many threads. It is the trace that the records
    /// of the table have, if their ids say what its columns say. A builder that keeps single events is of no use here.
    ///
    /// The file may be any bytes. What is taken from it is checked: see the module. Time: O(rows / threads) and what
    /// the rows have beside messages; space: what the builder keeps.
    ///
    /// # Errors
    /// [`Refused`] where the columns do not do: read the records then ([`rows::read`]). A builder for one cut also where
    /// the cut is not consistent.
    ///
    /// [`rows::read`]: crate::format::saved::rows::read
    pub fn columns(mut self, source: &Arc<Source>, threads: usize) -> Result<Trace, Refused> {
        if self.keep.has_actions() {
            return Err(Refused::new("single events are asked for"));
        }
        // Before the first look at it: what tells of its batches lies all over the file.
        source.expect_all();
        let table = Table::of(source.bytes())?;
        if table.rows() > MOST as usize {
            return Err(Refused::new("it has too many rows"));
        }
        let shaped = Shaped::of(&table)?;
        self.source(source.clone());
        match shaped.width {
            1 => self.shaped::<1>(source, &shaped, &table, threads)?,
            2 => self.shaped::<2>(source, &shaped, &table, threads)?,
            _ => self.shaped::<4>(source, &shaped, &table, threads)?,
        }
        self.finish().map_err(|_| Refused::new("its records do not fit together"))
    }

    fn shaped<const W: usize>(
        &mut self,
        source: &Source,
        shaped: &Shaped<'_, '_>,
        table: &Table<'_>,
        threads: usize,
    ) -> Result<(), Refused> {
        let ids = self.mentioned::<W>(shaped)?;
        if self.crossing.as_ref().is_some_and(|crossing| crossing.is_of_few()) {
            return Err(Refused::new("clocks are asked for"));
        }
        self.details_of::<W>(shaped, &ids)?;
        let limits: Vec<u32> = match &self.crossing {
            Some(crossing) => ids.iter().map(|id| crossing.limit(*id)).collect(),
            None => vec![u32::MAX; ids.len()],
        };
        let parts = split(&shaped.batches, threads);
        let is_last_look = self.crossing.is_some();
        let positions = !is_last_look || details::has_any(shaped);
        let asked = Asked { codes: shaped.codes, limits: &limits, keys: Keys::random(), positions };
        let scanned = in_parts(&parts, |number, batches| {
            let part = Part::of::<W>(&asked, batches, number == 0)?;
            if let (true, [first, .., last]) = (is_last_look, batches) {
                let start = source.bytes().as_ptr().addr();
                let at = |address: usize| address.saturating_sub(start);
                source.release(at(first.place().start)..at(last.place().end));
            }
            Ok(part)
        })?;
        let sends: Vec<usize> = scanned.iter().map(|part| part.sends).collect();
        let whole = joined(scanned)?;
        if whole.sends == 0 {
            // They may have to be inferred.
            return Err(Refused::new("it has no messages"));
        }
        EventId::new(whole.events)?;
        MessageId::new(whole.sends)?;
        self.other_rows(table, &whole.odd)?;
        for (from, to) in whole.channels() {
            let channel = self.channels.find_or_add(ids[from], ids[to])?;
            if self.channels.are_declared() && !self.channels.is_declared(channel) {
                return Err(Refused::new("a channel is not declared"));
            }
        }
        self.mention_channels();
        for (id, count) in ids.iter().zip(whole.counts()) {
            self.counts[id.index()] = count;
        }
        self.events = whole.events;
        self.lines.read += table.rows() - whole.continued;
        self.holes(table, &whole.holes)?;
        let text = Text { base: self.base, start: self.bytes.start };
        if self.crossing.is_some() {
            return self.crossed(table, whole, text);
        }
        let known = Known { codes: shaped.codes, ids: &ids, channels: &self.channels, text };
        // The first part has room for all.
        let room = |number: usize| if number == 0 { whole.sends } else { sends[number] };
        let filled = in_parts(&parts, |number, batches| fill::messages::<W>(&known, batches, room(number)))?;
        self.messages = filled.into_iter().reduce(Messages::and).unwrap_or_default();
        self.are_holes()?;
        if self.keep.has_order() {
            self.order::<W>(shaped, &ids)?;
        }
        Ok(())
    }

    /// The processes, numbered in the order of their first mention, by their numbers in the dictionary.
    fn mentioned<const W: usize>(&mut self, shaped: &Shaped<'_, '_>) -> Result<Vec<ProcessId>, Refused> {
        let mut ids: Vec<Option<ProcessId>> = vec![None; shaped.names.len()];
        let mut left = ids.len();
        let mut end = End::<W>::default();
        'all: for rows in &shaped.batches {
            for block in rows.blocks(shaped.codes) {
                let block = block?;
                let numbers = rows.numbers(&block, &mut end)?;
                let named = rows.named(&block);
                for row in 0..block.rows {
                    let peer = (block.peered >> row & 1 == 1).then(|| numbers.peer(row));
                    let process = (named >> row & 1 == 1).then(|| numbers.process(row));
                    for number in [process, peer].into_iter().flatten() {
                        let known = ids.get_mut(number).ok_or_else(|| Refused::new("it names an unknown process"))?;
                        if known.is_none() {
                            let id = self.process_id(shaped.names[number], &(0..0));
                            let id = id.ok_or_else(|| Refused::new("it has too many processes"))?;
                            if ids.contains(&Some(id)) {
                                return Err(Refused::new("its dictionary has a word twice"));
                            }
                            ids[number] = Some(id);
                            left -= 1;
                        }
                    }
                }
                if left == 0 {
                    break 'all;
                }
            }
        }
        // A process that no row names is none of this trace.
        ids.into_iter()
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Refused::new("its dictionary has words that it does not use"))
    }

    /// Receives without a send.
    fn holes(&mut self, table: &Table<'_>, holes: &[usize]) -> Result<(), Refused> {
        if !holes.is_empty() && self.crossing.is_some() {
            return Err(Refused::new("it has receives without a send"));
        }
        for &row in holes {
            let (batch, row) = table.batch_of(row).ok_or_else(|| Refused::new("it lacks rows"))?;
            let process =
                |name| Ok::<_, Refused>(batch.column(name).text(row)?.and_then(|name| self.processes.find(name)));
            let lacks = || Refused::new("a receive lacks its process");
            let to = process(Name::Process)?.map(ProcessId::at).ok_or_else(lacks)?;
            let from = process(Name::Peer)?.map(ProcessId::at);
            let received = batch.column(Name::Position).number(row)?.ok_or_else(lacks)?;
            if let Some(from) = from {
                self.channel_id(from, to, &(0..0)).ok_or_else(|| Refused::new("a process receives from itself"))?;
            }
            let name = match batch.column(Name::Message).text(row)? {
                Some("") | None => return Err(Refused::new("a receive without a send has no id")),
                Some(id) => Some(self.span(id)),
            };
            let receive = Unsent { to, received, from, gap: None, name };
            self.waiting.push(Waiting { receive, key: None, part: None, found: false, at: self.base });
        }
        Ok(())
    }

    /// Receives without a send have ids that no message to their process has. Time: linear in the messages, where there
    /// are such receives.
    fn are_holes(&self) -> Result<(), Refused> {
        let text = |span: Option<Span>| span.and_then(|span| text_at(&self.sources, &self.arena, span));
        let mut holes: HashMap<(&str, ProcessId), Vec<Option<ProcessId>>> = HashMap::new();
        for hole in self.waiting.iter().map(|waiting| &waiting.receive) {
            let name = text(hole.name).ok_or_else(|| Refused::new("it has text that is not UTF-8"))?;
            holes.entry((name, hole.to)).or_default().push(hole.from);
        }
        if holes.is_empty() {
            return Ok(());
        }
        for (index, row) in self.messages.rows.iter().enumerate() {
            let (from, to) = self.channels.ends(row.channel);
            let name = text(self.messages.name(MessageId::at(index))).unwrap_or_default();
            let senders = holes.get(&(name, to)).into_iter().flatten();
            if senders.copied().any(|sender| sender.is_none_or(|sender| sender == from)) {
                return Err(Refused::new("a receive that knows of no send has the id of a message"));
            }
        }
        Ok(())
    }

    /// The messages that cross the cut.
    fn crossed(&mut self, table: &Table<'_>, mut whole: Part, text: Text) -> Result<(), Refused> {
        // Messages of one event may arrive in any order.
        if whole.orphan || (whole.overtaken && whole.continued > 0) {
            return Err(Refused::new("more is needed than what crosses the cut"));
        }
        // In the order of sending.
        whole.crossing.sort_unstable();
        for &(row, sent) in &whole.crossing {
            let (batch, row) = table.batch_of(row).ok_or_else(|| Refused::new("it lacks rows"))?;
            let lacks = || Refused::new("a send lacks its processes");
            let process =
                |name| Ok::<_, Refused>(batch.column(name).text(row)?.and_then(|name| self.processes.find(name)));
            let (from, to) = (process(Name::Process)?, process(Name::Peer)?);
            let (from, to) =
                from.zip(to).map(|(from, to)| (ProcessId::at(from), ProcessId::at(to))).ok_or_else(lacks)?;
            let channel = self.channels.find(from, to).ok_or_else(lacks)?;
            let received = batch.column(Name::PeerPosition).number(row)?.unwrap_or(NEVER);
            // The number of a message without an id on its channel is known where all messages are.
            let name = text.id(batch.column(Name::Message).text(row)?)?;
            let name = name.ok_or_else(|| Refused::new("messages without ids are in transit"))?;
            let payload = batch.column(Name::Payload).text(row)?.map(|payload| text.span(payload));
            if let Some(crossing) = &mut self.crossing {
                let message = crossing.send(channel, None)?;
                crossing.crosses(Crosses { sent: OnItsWay { message, from, channel, sent, name }, received });
                payload.into_iter().for_each(|payload| crossing.carry(message, payload));
            }
        }
        if let Some(crossing) = &mut self.crossing {
            crossing.settled(whole.before, whole.after, whole.overtaken);
        }
        Ok(())
    }

    /// The order of the log.
    fn order<const W: usize>(&mut self, shaped: &Shaped<'_, '_>, ids: &[ProcessId]) -> Result<(), Refused> {
        self.log.reserve_exact(self.events);
        let mut end = End::<W>::default();
        for rows in &shaped.batches {
            for block in rows.blocks(shaped.codes) {
                let block = block?;
                let numbers = rows.numbers(&block, &mut end)?;
                let events = (block.step | block.send | block.receive) & !block.continues;
                for row in rows::each(events) {
                    let id =
                        ids.get(numbers.process(row)).ok_or_else(|| Refused::new("it names an unknown process"))?;
                    self.log.push(*id);
                }
            }
        }
        Ok(())
    }
}

/// Batches in as many parts as there are threads, if there is enough for each. A record may be in several rows: a part
/// begins with a new one.
fn split<'s, 't, 'a>(batches: &'s [Rows<'t, 'a>], threads: usize) -> Vec<&'s [Rows<'t, 'a>]> {
    let mut parts = Vec::new();
    let mut rest = batches;
    for left in (1..=threads.max(1)).rev() {
        let rows: usize = rest.iter().map(Rows::len).sum();
        let mut reached = 0;
        let full = |batch: &Rows<'_, '_>| {
            let is_enough = reached >= rows.div_ceil(left) && !batch.starts_inside();
            reached += batch.len();
            is_enough
        };
        let end = rest.iter().position(full).unwrap_or(rest.len());
        let (part, behind) = rest.split_at(end);
        parts.push(part);
        rest = behind;
    }
    parts.retain(|part| !part.is_empty());
    parts
}

/// Does the same with each part, side by side.
fn in_parts<'s, 't, 'a, T: Send>(
    parts: &[&'s [Rows<'t, 'a>]],
    each: impl Fn(usize, &[Rows<'t, 'a>]) -> Result<T, Refused> + Sync,
) -> Result<Vec<T>, Refused> {
    let Some((first, others)) = parts.split_first() else { return Ok(Vec::new()) };
    let each = &each;
    std::thread::scope(|scope| {
        let others: Vec<_> =
            others.iter().enumerate().map(|(i, part)| scope.spawn(move || each(i + 1, part))).collect();
        let first = each(0, first);
        let others =
            others.into_iter().map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(first).chain(others).collect()
    })
}

fn joined(parts: Vec<Part>) -> Result<Part, Refused> {
    let mut parts = parts.into_iter();
    let mut whole = parts.next().ok_or_else(|| Refused::new("it has no rows"))?;
    for part in parts {
        whole.join(part)?;
    }
    whole.proved()
}
