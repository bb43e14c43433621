//! Lines for the few events of a saved trace that a report names.

use std::sync::Arc;

use super::super::{Lines, Shape};
use crate::format::saved::columns::{Flaw, Table};
use crate::format::saved::rows;
use crate::ids::ProcessId;
use crate::source::Source;
use crate::trace::{Trace, columns};

/// Shows a trace that was read from the columns of `source` where some of its events stand: their lines are written from
/// the rows again, as `clearcut convert --to jsonl` writes them, with the numbers that they have there. Time: linear in
/// the rows up to the last of them.
///
/// # Errors
/// A [`Flaw`] of the file.
pub fn show(trace: &mut Trace, source: &Source, events: &[(ProcessId, u32)]) -> Result<(), Flaw> {
    let flaw = |why: &dyn std::fmt::Display| Flaw(why.to_string());
    let table = Table::of(source.bytes())?;
    let found = columns::find(trace, &table, events).map_err(|why| flaw(&why))?;
    let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
    rows::read_some(&table, found.iter().flat_map(|event| event.rows.clone()), &mut lines)?;
    let text = lines.finish().map_err(|error| flaw(&error))?.out;
    let text = String::from_utf8_lossy(&text);
    let mut place = 0;
    let mut shown = Vec::with_capacity(found.len());
    for (event, line) in found.iter().zip(text.lines()) {
        shown.push((event.process, event.number, place));
        place += line.len() + 1;
    }
    let excerpt = Source::excerpt(source.name(), found.iter().map(|event| event.line).zip(text.lines()));
    trace.show(Arc::new(excerpt), shown);
    Ok(())
}
