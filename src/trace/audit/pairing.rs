//! Sends and receives that do not pair off: without a send, a second time, under an id that was used before.

use std::ops::Range;

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

/// From so many messages on two threads look for ids that come again.
const LARGE: usize = 1 << 18;

/// The key of a message's id.
fn key(trace: &Trace, message: MessageId) -> Option<Key> {
    trace.messages.name(message).and_then(|name| trace.bytes(name)).map(Key::of_bytes)
}

/// What tells an id of a channel from others, but for a chance of 2^-64.
fn hash(trace: &Trace, message: MessageId) -> Option<u64> {
    key(trace, message).map(|key| key.mix(trace.channel_of(message).index() as u32))
}

/// The hashes that several messages have: equal ones are found by sorting, in 8 bytes for each message instead of a table
/// of keys. Hashes that begin with a 1 are sorted by another thread than those that begin with a 0.
fn hashes_of_several(trace: &Trace) -> HashSet<u64> {
    let halves = |messages: Range<usize>| {
        let hashes = messages.filter_map(|message| hash(trace, MessageId::at(message)));
        hashes.partition::<Vec<u64>, _>(|hash| hash >> 63 == 0)
    };
    let several = |mut hashes: Vec<u64>| -> Vec<u64> {
        hashes.sort_unstable();
        hashes.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0]).collect()
    };
    let count = trace.messages().len();
    if count < LARGE {
        let (zeros, ones) = halves(0..count);
        return several(zeros).into_iter().chain(several(ones)).collect();
    }
    let ((zeros, ones), (more_zeros, more_ones)) = both(|| halves(0..count / 2), || halves(count / 2..count));
    let (zeros, ones) = both(|| several([zeros, more_zeros].concat()), || several([ones, more_ones].concat()));
    zeros.into_iter().chain(ones).collect()
}

/// The results of two tasks that are done side by side.
fn both<A: Send, B>(other: impl FnOnce() -> A + Send, own: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let own = own();
        (other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), own)
    })
}

/// Ids that a channel has twice: of those whose hashes are equal, and these are few, the keys are compared in full.
fn reused_ids(trace: &Trace, audit: &mut Audit) {
    let twice = hashes_of_several(trace);
    if twice.is_empty() {
        return;
    }
    let mut firsts: HashMap<(ChannelId, Key), MessageId> = HashMap::new();
    for message in trace.messages() {
        if !hash(trace, message).is_some_and(|hash| twice.contains(&hash)) {
            continue;
        }
        let (Some(key), channel) = (key(trace, message), trace.channel_of(message)) else { continue };
        let first = *firsts.entry((channel, key)).or_insert(message);
        if first != message {
            audit.add(Rule::ReusedId, || {
                (Fact::ReusedId { message, first }, vec![send_of(trace, message), send_of(trace, first)])
            });
        }
    }
}
