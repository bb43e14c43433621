//! The columns that pairing filled, as slices of one shape.

use super::Refused;
use super::rows::Rows;
use crate::format::saved::columns::{Column, Table, Values};
use crate::format::saved::{Name, Row};

/// What the numbers in the dictionary of `event` stand for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Codes {
    pub(super) step: u8,
    pub(super) send: u8,
    pub(super) receive: u8,
}

/// No number of a word: words have smaller ones, so that they fit seven bits.
pub(super) const NONE: u8 = 0x7F;

impl Codes {
    fn of(words: &[&str]) -> Result<Self, Refused> {
        let code = |row: Row| {
            let mut found = words.iter().enumerate().filter(|(_, word)| **word == row.word());
            let code = found.next().map_or(NONE, |(number, _)| number as u8);
            if found.next().is_some() { Err(Refused::new("its dictionary has a word twice")) } else { Ok(code) }
        };
        if words.len() > usize::from(NONE) {
            return Err(Refused::new("its dictionary of events is large"));
        }
        Ok(Self { step: code(Row::Step)?, send: code(Row::Send)?, receive: code(Row::Receive)? })
    }
}
/// All batches, and the words of their dictionaries.
#[derive(Debug)]
pub(super) struct Shaped<'t, 'a> {
    pub(super) batches: Vec<Rows<'t, 'a>>,
    pub(super) codes: Codes,
    pub(super) names: Vec<&'a str>,
    /// Bytes of a process's number.
    pub(super) width: usize,
}

/// The numbers of a column of words.
fn words<'t, 'a>(column: &'t Column<'a>) -> Result<(&'a [u8], usize, &'t [&'a str]), Refused> {
    match column.parts().1 {
        Values::Words { bytes, width, words } => Ok((bytes, *width, words)),
        _ => Err(Refused::new("a column is no dictionary of text")),
    }
}

fn numbers<'a>(column: &Column<'a>) -> Result<&'a [[u8; 4]], Refused> {
    match column.parts().1 {
        Values::Number { bytes, width: 4, .. } => Ok(bytes.as_chunks().0),
        _ => Err(Refused::new("it has no positions of four bytes")),
    }
}

impl<'t, 'a> Shaped<'t, 'a> {
    /// The columns of a table, if they are of the shape that is written here.
    pub(super) fn of(table: &'t Table<'a>) -> Result<Self, Refused> {
        let mut shaped: Option<Self> = None;
        for batch in &table.batches {
            let (event, event_width, event_words) = words(batch.column(Name::Event))?;
            let (process, width, names) = words(batch.column(Name::Process))?;
            let (peer, peer_width, peer_names) = words(batch.column(Name::Peer))?;
            if event_width != 1 || width != peer_width || names != peer_names {
                return Err(Refused::new("its dictionaries are not as they are written here"));
            }
            let continues = match batch.column(Name::Continues).parts() {
                (_, Values::Absent) => None,
                (None, Values::Bool(bits)) => Some(*bits),
                _ => return Err(Refused::new("\"continues\" is not true or false in each row")),
            };
            let has = |name| batch.column(name).parts().0;
            let rows = Rows {
                batch,
                event: event.get(..batch.rows).ok_or_else(|| Refused::new("it lacks rows"))?,
                process,
                peer,
                position: numbers(batch.column(Name::Position))?,
                peer_position: numbers(batch.column(Name::PeerPosition))?,
                has_process: has(Name::Process),
                has_peer: has(Name::Peer),
                has_position: has(Name::Position),
                has_peer_position: has(Name::PeerPosition),
                continues,
            };
            match &mut shaped {
                None => {
                    let (codes, names) = (Codes::of(event_words)?, names.to_vec());
                    shaped = Some(Self { batches: vec![rows], codes, names, width });
                }
                // One dictionary for all batches, as the file format has it.
                Some(shaped) => shaped.batches.push(rows),
            }
        }
        shaped.ok_or_else(|| Refused::new("it has no rows"))
    }
}
