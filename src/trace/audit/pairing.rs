//! Sends and receives that do not pair off: without a send, a second time, under an id that was used before.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};

use super::texts::Texts;
use super::{Audit, Fact, Place, Rule, receive_of, send_of};
use crate::ids::{ChannelId, MessageId};
use crate::key::{Key, Salt};
use crate::trace::Trace;
use crate::trace::both::{LARGE, both};
use crate::trace::numbers::{End, Numbers, end_of};

pub(super) fn audit(trace: &Trace, audit: &mut Audit) {
    unsent(trace, audit);
    duplicates(trace, audit);
    reused_ids(trace, audit);
    if trace.is_inferred() {
        audit.add(Rule::Inferred, || (Fact::Inferred(trace.message_count()), Vec::new()));
        return;
    }
    let nameless = trace.messages.nameless();
    if let Some(first) = trace.messages().find(|&m| nameless > 0 && trace.messages.name(m).is_none()) {
        audit.add(Rule::PairedByOrder, || (Fact::PairedByOrder(nameless), vec![send_of(trace, first)]));
    }
}

fn unsent(trace: &Trace, audit: &mut Audit) {
    // What a clock counts beyond the log is told by the rules of clocks.
    let last = trace.is_inferred().then(|| &trace.own_counts().highest);
    for (i, unsent) in trace.unsent().iter().enumerate() {
        let beyond = last.zip(unsent.from).is_some_and(|(last, from)| {
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

/// Whether the ids end in numbers that are all different: then no id is there twice. False says nothing. Time: O(messages),
/// by two threads if there are many; space: a bit for each number up to the highest.
fn numbers_differ(trace: &Trace) -> bool {
    let all = |messages: Range<usize>, mut numbers: Numbers| {
        ends(trace, messages).all(|end| end.is_some_and(|end| numbers.add(end))).then_some(numbers)
    };
    let count = trace.messages().len();
    let Some(none) = ends(trace, 0..count).next().flatten().and_then(Numbers::like) else { return false };
    if count < LARGE {
        return all(0..count, none).is_some();
    }
    let (late, early) = both(|| all(count / 2..count, none.clone()), || all(0..count / 2, none.clone()));
    late.zip(early).is_some_and(|(late, early)| late.are_none_of(&early))
}

/// The same of ids that are short enough to be told by their keys.
pub(super) fn ids_are_numbers(trace: &Trace) -> bool {
    keys(trace, 0..trace.messages().len()).all(|(_, key)| key.end().is_some()) && numbers_differ(trace)
}

/// The ends of the ids of some messages.
fn ends(trace: &Trace, messages: Range<usize>) -> impl Iterator<Item = Option<End>> + '_ {
    let mut texts = Texts::of(trace);
    trace.messages.named(messages).map(move |(_, name)| {
        let (bytes, at) = texts.place(name)?;
        end_of(bytes, name.len as usize, at + name.len as usize)
    })
}

/// The messages of some numbers that have ids, with the keys of these.
fn keys(trace: &Trace, messages: Range<usize>) -> impl Iterator<Item = (MessageId, Key)> + '_ {
    let mut texts = Texts::of(trace);
    trace.messages.named(messages).filter_map(move |(message, name)| Some((message, Key::of_bytes(texts.bytes(name)?))))
}

/// What tells an id of a channel from others, but for a chance of 2^-64.
fn hash(trace: &Trace, (message, key): (MessageId, Key)) -> u64 {
    key.mix(Salt::of(trace.channel_of(message).index() as u32))
}

/// The hashes that several messages have: equal ones are found by sorting, in 8 bytes for each message instead of a table
/// of keys. Hashes that begin with a 1 are sorted by another thread than those that begin with a 0.
fn hashes_of_several(trace: &Trace) -> HashSet<u64> {
    let halves = |messages: Range<usize>| {
        let hashes = keys(trace, messages).map(|one| hash(trace, one));
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

/// Ids that a channel has twice: of those whose hashes are equal, and these are few, the keys are compared in full.
fn reused_ids(trace: &Trace, audit: &mut Audit) {
    // Where not all messages are kept there are none.
    if trace.crossed().is_some() || numbers_differ(trace) {
        return;
    }
    let twice = hashes_of_several(trace);
    if twice.is_empty() {
        return;
    }
    let mut firsts: HashMap<(ChannelId, Key), MessageId> = HashMap::new();
    for (message, key) in keys(trace, 0..trace.messages().len()) {
        if !twice.contains(&hash(trace, (message, key))) {
            continue;
        }
        let first = *firsts.entry((trace.channel_of(message), key)).or_insert(message);
        if first != message {
            audit.add(Rule::ReusedId, || {
                (Fact::ReusedId { message, first }, vec![send_of(trace, message), send_of(trace, first)])
            });
        }
    }
}
