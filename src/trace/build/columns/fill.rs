//! The messages of a trace, from the rows of their sends.

use super::numbers::End;
use super::rows::{Rows, each};
use super::shaped::Codes;
use super::{Refused, Text};
use crate::format::saved::Name;
use crate::ids::{ChannelId, ProcessId};
use crate::source::Span;
use crate::trace::channels::{Channels, NONE};
use crate::trace::messages::{Messages, NEVER};

/// What is known once the pairing was found to be sound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'k> {
    pub(super) codes: Codes,
    /// The processes by their numbers in the dictionary.
    pub(super) ids: &'k [ProcessId],
    pub(super) channels: &'k Channels,
    pub(super) text: Text,
}

/// The messages that some batches show the sends of, in the order of these. Time: linear; space: 18 bytes a message.
pub(super) fn messages<const W: usize>(
    known: &Known<'_>,
    batches: &[Rows<'_, '_>],
    room: usize,
) -> Result<Messages, Refused> {
    let mut messages = Messages::with_room(room);
    let mut end = End::<W>::default();
    for rows in batches {
        let (ids, payloads) = (rows.batch.column(Name::Message), rows.batch.column(Name::Payload));
        for block in rows.blocks(known.codes) {
            let block = block?;
            let numbers = rows.numbers(&block, &mut end)?;
            for row in each(block.send) {
                let id =
                    |number: usize| known.ids.get(number).copied().ok_or_else(|| Refused::new("an unknown process"));
                let (from, to) = (id(numbers.process(row))?, id(numbers.peer(row))?);
                let channel = known.channels.number(from, to);
                if channel == NONE {
                    return Err(Refused::new("an unknown channel"));
                }
                let received = if block.ended >> row & 1 == 1 { numbers.peer_position(row) } else { NEVER };
                let channel = ChannelId::at(channel as usize);
                let name = known.text.id(ids.text(block.first + row)?)?;
                if name.is_none() && !known.channels.is_fifo(channel) {
                    return Err(Refused::new("a message without an id is on an unordered channel"));
                }
                let message = messages.push(channel, numbers.position(row), name)?;
                messages.rows[message.index()].received = received;
                if !payloads.is_absent()
                    && let Some(payload) = payloads.text(block.first + row)?
                {
                    messages.payloads.push(message.index() as u32, known.text.span(payload));
                }
            }
        }
    }
    Ok(messages)
}

impl Text {
    /// Where the id of a message is.
    pub(super) fn id(&self, text: Option<&str>) -> Result<Option<Span>, Refused> {
        match text {
            Some("") => Err(Refused::new("a message has an empty id")),
            text => Ok(text.map(|text| self.span(text))),
        }
    }
}
