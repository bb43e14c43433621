//! In which order messages arrive, and which never do, told by one look at each.

use super::Trace;
use super::both::{LARGE, both};
use super::messages::{NEVER, Row};
use crate::ids::MessageId;

/// What one look at each message tells of their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arrivals {
    /// Positions of receives never fall along any channel, a message that never arrives being the last: then nothing is
    /// overtaken, and nothing lost.
    pub(super) as_sent: bool,
    /// Then: what never arrives, in the order of the sends.
    pub(super) never: Vec<MessageId>,
}

impl Trace {
    /// See [`Arrivals`]. Time: O(messages), when first asked, by two threads if there are many; space: the channels, and
    /// what never arrives.
    pub(super) fn arrive(&self) -> &Arrivals {
        self.arrive.get_or_init(|| {
            let rows = &self.messages.rows;
            if rows.len() < LARGE { in_one(rows, self.channels.len()) } else { in_two(rows, self.channels.len()) }
        })
    }
}

fn in_one(rows: &[Row], channels: usize) -> Arrivals {
    let mut last = vec![0u32; channels];
    let mut never = Vec::new();
    let as_sent = rows.iter().enumerate().all(|(index, row)| {
        if row.received == NEVER {
            never.push(MessageId::at(index));
        }
        let before = std::mem::replace(&mut last[row.channel.index()], row.received);
        before <= row.received
    });
    Arrivals { as_sent, never }
}

/// The second half from its end on: there is then, of each channel, the last receive of the first half and the first one of
/// the second.
fn in_two(rows: &[Row], channels: usize) -> Arrivals {
    let middle = rows.len() / 2;
    let (early, late) = rows.split_at(middle);
    let backwards = || {
        let mut first = vec![NEVER; channels];
        let mut never = Vec::new();
        let as_sent = late.iter().enumerate().rev().all(|(index, row)| {
            if row.received == NEVER {
                never.push(MessageId::at(middle + index));
            }
            let behind = std::mem::replace(&mut first[row.channel.index()], row.received);
            row.received <= behind
        });
        (as_sent, never, first)
    };
    let forwards = || {
        let mut last = vec![0u32; channels];
        let mut never = Vec::new();
        let as_sent = early.iter().enumerate().all(|(index, row)| {
            if row.received == NEVER {
                never.push(MessageId::at(index));
            }
            let before = std::mem::replace(&mut last[row.channel.index()], row.received);
            before <= row.received
        });
        (as_sent, never, last)
    };
    let ((late, mut behind, first), (early, mut never, last)) = both(backwards, forwards);
    behind.reverse();
    never.append(&mut behind);
    Arrivals { as_sent: early && late && last.iter().zip(&first).all(|(last, first)| last <= first), never }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::ChannelId;

    /// Messages on three channels, most of which arrive in the order of their sends.
    fn rows() -> impl Strategy<Value = Vec<Row>> {
        let row = (0..3usize, prop_oneof![20 => Just(0u32), 1 => 1..4u32, 1 => Just(NEVER)]);
        prop::collection::vec(row, 0..12).prop_map(|rows| {
            let row = |(sent, (channel, early)): (usize, (usize, u32))| {
                let sent = sent as u32 + 5;
                let received = if early == NEVER { NEVER } else { sent - early };
                Row { channel: ChannelId::at(channel), sent, received }
            };
            rows.into_iter().enumerate().map(row).collect()
        })
    }

    proptest! {
        #[test]
        fn two_halves_tell_what_the_whole_tells(rows in rows()) {
            let (one, two) = (in_one(&rows, 3), in_two(&rows, 3));
            prop_assert_eq!(one.as_sent, two.as_sent);
            // The definition: no two of one channel change places, and what never arrives comes last.
            let falls = |(i, a): (usize, &Row)| {
                rows[i + 1..].iter().any(|b| a.channel == b.channel && b.received < a.received)
            };
            prop_assert_eq!(one.as_sent, !rows.iter().enumerate().any(falls));
            if one.as_sent {
                let never = |(i, row): (usize, &Row)| (row.received == NEVER).then_some(MessageId::at(i));
                let never: Vec<MessageId> = rows.iter().enumerate().filter_map(never).collect();
                prop_assert_eq!((&one.never, &two.never), (&never, &never));
            }
        }
    }
}
