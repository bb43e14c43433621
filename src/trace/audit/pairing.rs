//! Sends and receives that do not pair off: without a send, a second time, under an id that was used before.

use hashbrown::{HashMap, HashSet};

use super::{Audit, Fact, Place, Rule, receive_of, send_of};
use crate::ids::{ChannelId, MessageId};
use crate::key::Key;
use crate::trace::Trace;

pub(super) fn audit(trace: &Trace, audit: &mut Audit) {
    unsent(trace, audit);
    duplicates(trace, audit);
    reused_ids(trace, audit);
    if trace.is_inferred() {
        audit.add(Rule::Inferred, || (Fact::Inferred(trace.message_count()), Vec::new()));
        return;
    }
    let mut nameless = trace.messages().filter(|&m| trace.messages.name(m).is_none());
    if let Some(first) = nameless.next() {
        audit.add(Rule::PairedByOrder, || (Fact::PairedByOrder(1 + nameless.count()), vec![send_of(trace, first)]));
    }
}

fn unsent(trace: &Trace, audit: &mut Audit) {
    // What a clock counts beyond the log is told by the rules of clocks.
    let last = trace.is_inferred().then(|| super::clocks::highest_counts(trace));
    for (i, unsent) in trace.unsent().iter().enumerate() {
        let beyond = last.as_ref().zip(unsent.from).is_some_and(|(last, from)| {
            trace.clock_component(unsent.to, unsent.received, from).is_some_and(|count| count > last[from.index()])
        });
        if !beyond {
            audit.add(Rule::Unsent, || (Fact::Unsent(i), vec![Place::Event(unsent.to, unsent.received)]));
        }
    }
}

fn duplicates(trace: &Trace, audit: &mut Audit) {
    for (i, duplicate) in trace.duplicates().iter().enumerate() {
        audit.add(Rule::Duplicate, || {
            let again = Place::Event(trace.ends(duplicate.message).1, duplicate.received);
            let at = [Some(again), receive_of(trace, duplicate.message), Some(send_of(trace, duplicate.message))];
            (Fact::Duplicate(i), at.into_iter().flatten().collect())
        });
    }
}

/// Ids that a channel has twice. Equal hashes are found by sorting them, 8 bytes for each message instead of a table
/// of keys; the few that are equal are then compared in full.
fn reused_ids(trace: &Trace, audit: &mut Audit) {
    let key = |message: MessageId| trace.message_id(message).map(Key::of);
    let hash = |message: MessageId| key(message).map(|k| k.mix(trace.channel_of(message).index() as u32));
    let mut hashes: Vec<u64> = trace.messages().filter_map(hash).collect();
    hashes.sort_unstable();
    let twice: HashSet<u64> = hashes.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect();
    drop(hashes);
    if twice.is_empty() {
        return;
    }
    let mut firsts: HashMap<(ChannelId, Key), MessageId> = HashMap::new();
    for message in trace.messages() {
        let Some(key) = key(message) else { continue };
        let channel = trace.channel_of(message);
        if !twice.contains(&key.mix(channel.index() as u32)) {
            continue;
        }
        let first = *firsts.entry((channel, key)).or_insert(message);
        if first != message {
            audit.add(Rule::ReusedId, || {
                (Fact::ReusedId { message, first }, vec![send_of(trace, message), send_of(trace, first)])
            });
        }
    }
}
