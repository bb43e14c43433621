//! What a saved trace has beside plain events: labels, states, times, clocks, and records that are no events.

use super::numbers::End;
use super::rows::each;
use super::shaped::Shaped;
use super::{Builder, Refused};
use crate::format::record::{ActionKind, EventRecord};
use crate::format::saved::columns::Table;
use crate::format::saved::{Name, Row, rows};
use crate::ids::ProcessId;

/// Columns that say something of an event itself.
const DETAILS: [Name; 5] = [Name::Label, Name::Note, Name::State, Name::Time, Name::Clock];

/// Whether rows say anything of an event itself.
pub(super) fn has_any(shaped: &Shaped<'_, '_>) -> bool {
    shaped.batches.iter().any(|rows| DETAILS.iter().any(|&name| !rows.batch.column(name).is_absent()))
}

impl Builder {
    /// What the rows say of events beyond their messages. Time: linear where there are such columns.
    pub(super) fn details_of<const W: usize>(
        &mut self,
        shaped: &Shaped<'_, '_>,
        ids: &[ProcessId],
    ) -> Result<(), Refused> {
        let mut last = vec![0; ids.len()];
        let mut end = End::<W>::default();
        for batch in &shaped.batches {
            if DETAILS.iter().all(|&name| batch.batch.column(name).is_absent()) {
                continue;
            }
            for block in batch.blocks(shaped.codes) {
                let block = block?;
                let numbers = batch.numbers(&block, &mut end)?;
                let events = (block.step | block.send | block.receive) & block.placed & !block.continues;
                for at in each(events & batch.has_any(&DETAILS, block.first)) {
                    let (key, position) = (numbers.process(at), numbers.position(at));
                    let unknown = || Refused::new("it names an unknown process");
                    let (id, last) = ids.get(key).zip(last.get_mut(key)).ok_or_else(unknown)?;
                    if position <= std::mem::replace(last, position) {
                        return Err(Refused::new("its positions do not count the events of each process"));
                    }
                    self.details_at(batch.batch, block.first + at, (*id, position))?;
                }
            }
        }
        Ok(())
    }

    fn details_at(
        &mut self,
        batch: &crate::format::saved::columns::Batch<'_>,
        row: usize,
        (process, position): (ProcessId, u32),
    ) -> Result<(), Refused> {
        let text = |name| batch.column(name).text(row);
        let clock = rows::clock(batch, row)?;
        let clock: Option<Vec<(&str, u64)>> =
            clock.as_ref().map(|clock| clock.iter().map(|(name, count)| (name.as_ref(), *count)).collect());
        let event = EventRecord {
            at: 0..0,
            process: "",
            label: text(Name::Label)?,
            note: text(Name::Note)?,
            action: ActionKind::Step,
            transfers: &[],
            state: text(Name::State)?,
            time: rows::time(batch, row)?,
            clock: clock.as_deref(),
        };
        let plain = event.label.is_none() && event.note.is_none() && event.state.is_none();
        if !(plain && event.time.is_none() && event.clock.is_none()) {
            self.details(process, position, &event);
        }
        Ok(())
    }

    /// The rows that are no events, each with how many events there are before it.
    pub(super) fn other_rows(&mut self, table: &Table<'_>, odd: &[(usize, usize)]) -> Result<(), Refused> {
        // Their texts are few, and stand nowhere in the file as a line that a report could show.
        let bytes = std::mem::replace(&mut self.bytes, 0..0);
        let read = self.other_rows_of(table, odd);
        self.bytes = bytes;
        read
    }

    fn other_rows_of(&mut self, table: &Table<'_>, odd: &[(usize, usize)]) -> Result<(), Refused> {
        let lacks = || Refused::new("it lacks rows");
        let mut rest = odd;
        while let Some(&(first, events)) = rest.first() {
            let (batch, row) = table.batch_of(first).ok_or_else(lacks)?;
            // A send of several markers goes on in the rows behind.
            let goes_on = |&(row, _): &(usize, usize)| {
                table.batch_of(row).is_some_and(|(batch, row)| batch.column(Name::Continues).flag(row) == Ok(true))
            };
            let count = 1 + rest[1..].iter().take_while(|odd| goes_on(odd)).count();
            if batch.column(Name::Event).text(row)?.and_then(Row::of).is_none() {
                return Err(Refused::new("it names an event that is none"));
            }
            let process = batch.column(Name::Process).text(row)?.and_then(|name| self.processes.find(name));
            if let (Some(process), Some(position)) = (process, batch.column(Name::Position).number(row)?) {
                // As far as the process had come.
                self.counts[process] = position;
            }
            self.events = events;
            rows::read_some(table, rest[..count].iter().map(|&(row, _)| row), self)?;
            rest = &rest[count..];
        }
        Ok(())
    }
}
