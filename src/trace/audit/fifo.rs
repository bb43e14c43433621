//! The order and the reliability of channels: what overtook what, what never arrived.

use super::{Audit, Fact, Rule, receive_of, send_of};
use crate::ids::MessageId;
use crate::trace::Trace;

pub(super) fn audit(trace: &Trace, audit: &mut Audit) {
    overtaking(trace, audit);
    arrivals(trace, audit);
    let channels = trace.channels();
    let assumed = !channels.are_declared() && channels.are_fifo_unless_declared() && !channels.is_empty();
    if assumed && !trace.is_inferred() {
        audit.add(Rule::AssumedFifo, || (Fact::AssumedFifo(channels.len()), Vec::new()));
    }
}

fn overtaking(trace: &Trace, audit: &mut Audit) {
    // Inferred messages are edges of happens-before: what carried them, and in which order, the log does not say.
    if trace.is_inferred() || trace.is_fifo() {
        return;
    }
    let channels = trace.channels();
    // Of each unordered channel: how many, and the first.
    let mut allowed: Vec<(usize, Option<(MessageId, MessageId)>)> = vec![(0, None); channels.len()];
    for (message, overtaken) in trace.overtaken() {
        let channel = trace.channel_of(message);
        if channels.is_fifo(channel) {
            audit
                .add(Rule::Overtaking, || (Fact::Overtaking { message, overtaken }, places(trace, message, overtaken)));
        } else {
            let (count, first) = &mut allowed[channel.index()];
            *count += 1;
            first.get_or_insert((message, overtaken));
        }
    }
    for channel in channels.iter() {
        if let (messages, Some(first)) = allowed[channel.index()] {
            audit.add(Rule::Reordered, || {
                (Fact::Reordered { channel, messages, first }, places(trace, first.0, first.1))
            });
        }
    }
}

/// Received early, received late; sent late, sent early.
fn places(trace: &Trace, message: MessageId, overtaken: MessageId) -> Vec<super::Place> {
    let received = [receive_of(trace, message), receive_of(trace, overtaken)];
    received.into_iter().flatten().chain([send_of(trace, message), send_of(trace, overtaken)]).collect()
}

/// What never arrives is lost where the channel is FIFO and something later arrived, and else may be under way.
fn arrivals(trace: &Trace, audit: &mut Audit) {
    let (lost, waiting) = trace.arrivals();
    for (message, later) in lost {
        audit.add(Rule::Lost, || {
            let at = [Some(send_of(trace, message)), Some(send_of(trace, later)), receive_of(trace, later)];
            (Fact::Lost { message, later }, at.into_iter().flatten().collect())
        });
    }
    for (channel, waiting) in trace.channels().iter().zip(waiting) {
        if let Some(&first) = waiting.first() {
            audit.add(Rule::Unreceived, || {
                (Fact::Unreceived { channel, messages: waiting.len(), first }, vec![send_of(trace, first)])
            });
        }
    }
}
