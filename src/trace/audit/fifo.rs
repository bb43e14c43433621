//! The order and the reliability of channels: what overtook what, what never arrived.

use super::{Audit, Fact, Rule, receive_of, send_of};
use crate::ids::MessageId;
use crate::trace::Trace;

pub(super) fn audit(trace: &Trace, audit: &mut Audit) {
    overtaking(trace, audit);
    arrivals(trace, audit);
    if !trace.is_inferred() && !trace.channels().are_declared() && !trace.channels().is_empty() {
        audit.add(Rule::AssumedFifo, || (Fact::AssumedFifo(trace.channels().len()), Vec::new()));
    }
}

fn overtaking(trace: &Trace, audit: &mut Audit) {
    // Inferred messages are edges of happens-before: what carried them, and in which order, the log does not say.
    if trace.is_inferred() {
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

/// One pass in the order of the sends: what waits on a FIFO channel is lost when something sent by a later event of
/// the same sender arrives. (Messages of one event may arrive in any order.) Space: the messages that never arrive.
fn arrivals(trace: &Trace, audit: &mut Audit) {
    let channels = trace.channels();
    let mut waiting: Vec<Vec<MessageId>> = vec![Vec::new(); channels.len()];
    for message in trace.messages() {
        let channel = trace.channel_of(message);
        let waiting = &mut waiting[channel.index()];
        if trace.received(message).is_none() {
            waiting.push(message);
        } else if !waiting.is_empty() && channels.is_fifo(channel) {
            let earlier = waiting.partition_point(|&w| trace.sent(w) < trace.sent(message));
            for lost in waiting.drain(..earlier) {
                audit.add(Rule::Lost, || {
                    let at = [Some(send_of(trace, lost)), Some(send_of(trace, message)), receive_of(trace, message)];
                    (Fact::Lost { message: lost, later: message }, at.into_iter().flatten().collect())
                });
            }
        }
    }
    for channel in channels.iter() {
        let waiting = &waiting[channel.index()];
        if let Some(&first) = waiting.first() {
            audit.add(Rule::Unreceived, || {
                (Fact::Unreceived { channel, messages: waiting.len(), first }, vec![send_of(trace, first)])
            });
        }
    }
}
