//! What messages prove of the clocks on the wall: how far one can be ahead of another.
//!
//! Take a constant skew s: the clock of q shows s more than that of p at any moment. A message from p to q that is sent at ts
//! (by p's clock) and received at tr (by q's) took tr - ts - s, and no message takes less than no time: s <= tr - ts.
//! One from q to p proves s >= ts - tr in the same way. All messages between the two leave an interval; where that is
//! empty, no constant skew explains the times, and one of the clocks jumped or drifted.
//!
//! Times never decide what happens before what, and nothing is shifted: this is for people who read times.

use hashbrown::HashMap;

use super::lag::Lags;
use crate::format::time::Time;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// A bound, and the message that proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The skew.
    pub skew: Time,
    /// The message.
    pub message: MessageId,
}

/// How far the clock of one process is ahead of that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skew {
    /// The process whose clock the other one is compared with; it comes first in the trace.
    pub from: ProcessId,
    /// The process whose clock is ahead, if the skew is above zero.
    pub to: ProcessId,
    /// At least so much; nothing where no message goes from `to` to `from`.
    pub least: Option<Bound>,
    /// At most so much; nothing where no message goes from `from` to `to`.
    pub most: Option<Bound>,
    /// How many messages have both their times.
    pub messages: usize,
    /// How many of these are received before they are sent: impossible if the clocks were one.
    pub impossible: usize,
    /// The times are RFC 3339, so that skews are in seconds; else they are in the log's own unit.
    pub in_seconds: bool,
}

impl Skew {
    /// Whether the two clocks could be the same.
    pub fn can_be_zero(&self) -> bool {
        let zero = Time::from_billionths(0);
        self.least.is_none_or(|least| least.skew <= zero) && self.most.is_none_or(|most| zero <= most.skew)
    }

    /// Whether any constant skew explains the times.
    pub fn can_be_constant(&self) -> bool {
        self.least.zip(self.most).is_none_or(|(least, most)| least.skew <= most.skew)
    }
}

/// What the messages of a trace prove of each pair of processes that has messages with times of one kind, in process
/// order. Of messages that prove the same the first one is named. Time: O(messages) where all events have times, else
/// with a factor of log events; space: the channels.
///
/// ```
/// use clearcut::trace::{Trace, audit::skew};
/// let log = "A: send m -> B @ 10\nB: receive m @ 7\nB: send n -> A @ 8\nA: receive n @ 12\n";
/// let trace = Trace::from_text(log).unwrap();
/// let found = &skew::of(&trace)[0];
/// assert_eq!(found.least.unwrap().skew.to_string(), "-4");
/// assert_eq!(found.most.unwrap().skew.to_string(), "-3");
/// assert!(!found.can_be_zero() && found.can_be_constant());
/// ```
pub fn of(trace: &Trace) -> Vec<Skew> {
    if !trace.has_times() {
        return Vec::new();
    }
    let mut pairs: HashMap<(ProcessId, ProcessId), (MessageId, Skew)> = HashMap::new();
    for (channel, Lags { alike, .. }) in trace.channels().iter().zip(trace.lags()) {
        let (Some((took, message)), Some((first, in_seconds))) = (alike.least, alike.first) else { continue };
        let (sender, receiver) = trace.channels().ends(channel);
        let forth = sender < receiver;
        let (from, to) = if forth { (sender, receiver) } else { (receiver, sender) };
        let empty = || {
            let skew = Skew { from, to, least: None, most: None, messages: 0, impossible: 0, in_seconds };
            (first, skew)
        };
        let (earlier, pair) = pairs.entry((from, to)).or_insert_with(empty);
        if first < *earlier {
            (*earlier, pair.in_seconds) = (first, in_seconds);
        }
        pair.messages += alike.count;
        pair.impossible += alike.too_early;
        let bound = |billionths| Some(Bound { skew: Time::from_billionths(billionths), message });
        match forth {
            true => pair.most = bound(took),
            false => pair.least = bound(took.saturating_neg()),
        }
    }
    let mut all: Vec<Skew> = pairs.into_values().map(|(_, skew)| skew).collect();
    all.sort_unstable_by_key(|skew| (skew.from, skew.to));
    all
}
