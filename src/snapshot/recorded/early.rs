//! Channels that were closed before their markers came.
//!
//! A process records a channel from its own record until the marker of the channel arrives (Chandy and Lamport 1985). If
//! it claims the first messages that arrived in that time and not the last ones, it stopped before.

use super::channels::{key, keys};
use super::claims::Member;
use super::difference::{ChannelFault, Difference, What};
use super::lines::Lines;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Looks for them among the channels whose claims are not what was in transit. It is told only where the log proves it:
/// both ends recorded once, the arrival of the marker is logged, what is claimed can be nothing but the first of the
/// messages that arrived before it, and none of the others is claimed of another channel.
///
/// Time: linear in those channels and their claims, times the channels of one process on which something was displaced.
pub(super) fn find(trace: &Trace, lines: &Lines, channels: &[Difference]) -> Vec<Difference> {
    let once = |p: ProcessId| match lines.of[p.index()].records.as_slice() {
        [record] => Some(record),
        _ => None,
    };
    let early = |difference: &Difference| {
        let (to, What::Channel { from: Some(from), expected, recorded, .. }) = (difference.process, &difference.what)
        else {
            return None;
        };
        let (record, marker) = (once(to)?, lines.received(*from, to)?);
        let fifo = trace.channels().find(*from, to).is_none_or(|channel| trace.channels().is_fifo(channel));
        if once(*from).is_none() || !fifo || displaced(trace, channels, (*from, to)) {
            return None;
        }
        let arrived = |m: &MessageId| trace.received(*m).is_some_and(|k| k <= marker.position);
        let arrived: Vec<MessageId> = expected.iter().copied().filter(arrived).collect();
        let message = first_left_out(trace, &arrived, recorded)?;
        let closed = trace.received(message)?.saturating_sub(1);
        let what = What::ClosedEarly { from: *from, message, expected: marker.position, recorded: closed };
        Some(Difference { process: to, at: record.at, what })
    };
    channels.iter().filter_map(early).collect()
}

/// The first message that is not claimed, where what is claimed is certainly the ones before it: not where its last
/// member, a payload, may as well stand for a later message.
fn first_left_out(trace: &Trace, arrived: &[MessageId], claimed: &[Member]) -> Option<MessageId> {
    let is = |member: &Member, message: MessageId| keys(trace, message).contains(&key(member));
    let (kept, left_out) = arrived.split_at_checked(claimed.len())?;
    let ambiguous = claimed.last().is_some_and(|last| left_out.iter().any(|&m| is(last, m)));
    let first = *left_out.first()?;
    (!ambiguous && kept.iter().zip(claimed).all(|(&m, member)| is(member, m))).then_some(first)
}

/// Whether a message of a channel is claimed of another channel of the same receiver: so it was kept.
fn displaced(trace: &Trace, channels: &[Difference], ends: (ProcessId, ProcessId)) -> bool {
    channels.iter().filter(|d| d.process == ends.1).any(|d| match &d.what {
        What::Channel { faults, .. } => {
            faults.iter().any(|fault| matches!(fault, ChannelFault::WrongChannel(_, m) if trace.ends(*m) == ends))
        }
        _ => false,
    })
}
