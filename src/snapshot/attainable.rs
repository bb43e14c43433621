//! Which cuts a run of Chandy and Lamport's algorithm (1985) can record.
//!
//! **The algorithm.** An initiator records right after its position, unless a marker has made it record before. Any
//! process records when its first marker arrives. Recording and sending a marker on every outgoing channel is one step.
//! Markers travel in FIFO order with the messages. A run takes the events of the trace in some order that respects
//! happens-before, and markers arrive when FIFO allows.
//!
//! **Theorem.** Let I be the initiators, each with a position k(i), and let R be those of them with G\[i\] = k(i). On
//! FIFO channels some run records the cut G if and only if
//! 1. G is consistent,
//! 2. G\[i\] <= k(i) for every i in I,
//! 3. over the channels that are empty at G, every process is reached from some member of R.
//!
//! With one initiator, 2 and 3 say that G\[p\] = k(p) and that the empty channels contain a tree from p to every process.
//! An initiator with G\[i\] < k(i) is one that a marker reached first: in such a run it is no initiator.
//!
//! *Such a run exists only if.* Suppose that a run records G. 1 is Chandy and Lamport's theorem: a message that q
//! receives before it records was sent before p recorded, as else p's marker would have gone before it and q would have
//! recorded first. 2: an initiator that is at its position and has not recorded does so before its next event. 3: a
//! process that records of itself is an initiator at its position, so it is in R. Any other one, q, records when its
//! first marker arrives, over a channel from some p. That marker left after p's first G\[p\] events and before all
//! later ones, and by FIFO everything sent on the channel before it has arrived before it, within q's first G\[q\]
//! events: whatever is sent inside G on that channel is received inside G, so the channel is empty at G. And p recorded
//! before q did; going back from sender to sender ends at a process that recorded of itself, in R.
//!
//! *If they hold, a run exists.* By 1 some order that respects happens-before has all events of G first. Up to there
//! nobody records, which by 2 no initiator hinders. Then the members of R record; and along the channels of 3, from
//! nearer to farther, the markers arrive at once, which FIFO allows as nothing is left in those channels. So everybody
//! records at G. The other events follow. Every other marker was sent after the messages that were sent inside G on its
//! channel and before the others; it arrives between them, where they leave room since the channel is FIFO, and makes
//! nobody record any more. If one of those inside is never received, then by FIFO none of those outside is, and the
//! marker never arrives. []
//!
//! So a cut can be consistent though no run from a given initiator records it; and which processes could have started a
//! run that records G are those from which the empty channels lead everywhere ([`starters`]).
//!
//! On a channel that is not FIFO, or that loses a message between others, the algorithm is not sound: what it records of
//! the channels may be wrong, and so may the cut, as a first marker can arrive at any time. The answers here then are for
//! runs whose first markers neither overtake a message nor are overtaken; of later markers, which change no cut, nothing
//! is asked. In such runs the theorem holds as it stands.

use super::Initiator;
use super::reach::{Closed, Direction, Open, Pair, Search, sources};
use crate::cut::{Verdict, Verification};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// A channel that no first marker can pass, as messages lie in it at the cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Sender.
    pub from: ProcessId,
    /// Receiver.
    pub to: ProcessId,
    /// What lies in it, in the order of sending; none where the log lacks the send of what may.
    pub messages: Vec<MessageId>,
}

/// Why no run records a cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The cut is not consistent: no run of the algorithm records it, whoever starts.
    Inconsistent,
    /// An initiator would have recorded before it came to where the cut has it, or none stands where it starts.
    Position,
    /// Some processes cannot get a first marker.
    Unreached,
}

impl Reason {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inconsistent => "inconsistent",
            Self::Position => "position",
            Self::Unreached => "unreached",
        }
    }
}

/// Whether some run records a cut: what proves it, or what is in the way.
#[derive(Clone, Debug)]
pub struct Attainable {
    /// Who starts.
    pub initiators: Vec<Initiator>,
    /// Some run does, none does, or the log has a hole where the answer is.
    pub verdict: Verdict,
    /// Why not, where none does.
    pub reason: Option<Reason>,
    /// Where some run does: the channels of the first markers, from the initiators outwards.
    pub tree: Vec<Pair>,
    /// Where none does: who gets no first marker.
    pub unreached: Vec<ProcessId>,
    /// What blocks the channels from the reached processes to the unreached ones.
    pub blocked: Vec<Blocked>,
    /// Initiators that do not stand at their positions in the cut.
    pub elsewhere: Vec<Initiator>,
}

/// Could a run that `initiators` start have recorded the cut of `found`? See the module for what is decided and why.
///
/// Where receives lack their sends, a channel counts as empty only if none of them can have lain in it: the verdict is
/// undetermined where it rests on such a channel. Time: O(messages in transit + declared channels + processes), and
/// sorting them; space: the same.
///
/// ```
/// use clearcut::{cut::{self, Cut, Verdict}, snapshot::{Initiator, attainable::attainable}, trace::Trace};
/// let trace = Trace::from_text("P1: send m -> P2\nP2: receive m\n").unwrap();
/// let [p1, p2] = [0, 1].map(|i| trace.processes().nth(i).unwrap());
/// let found = cut::verify(&trace, Cut::new(&trace, vec![1, 0]).unwrap(), false).unwrap();
/// // A marker that P1 sends after m cannot overtake it; one that P2 sends finds an empty channel.
/// let from = |process, position| attainable(&trace, &found, &[Initiator { process, position }]);
/// assert_eq!(from(p1, 1).verdict, Verdict::Violated);
/// assert_eq!(from(p2, 0).tree, [(p2, p1)]);
/// ```
pub fn attainable(trace: &Trace, found: &Verification, initiators: &[Initiator]) -> Attainable {
    let cut = &found.cut;
    let stands = |i: &&Initiator| cut.position(i.process) == i.position;
    let roots: Vec<ProcessId> = initiators.iter().filter(stands).map(|i| i.process).collect();
    let mut answer = Attainable {
        initiators: initiators.to_vec(),
        verdict: Verdict::Violated,
        reason: None,
        tree: Vec::new(),
        unreached: Vec::new(),
        blocked: Vec::new(),
        elsewhere: initiators.iter().filter(|i| !stands(i)).copied().collect(),
    };
    if found.verdict == Verdict::Violated {
        answer.reason = Some(Reason::Inconsistent);
        return answer;
    }
    if roots.is_empty() || initiators.iter().any(|i| cut.position(i.process) > i.position) {
        answer.reason = Some(Reason::Position);
        return answer;
    }
    let surely = in_transit(trace, found);
    let open = Open::all_but(trace, &surely, Direction::Forward);
    let mut search = Search::new(&open);
    search.run(roots.iter().copied());
    answer.unreached = trace.processes().filter(|&p| !search.has_seen(p)).collect();
    if !answer.unreached.is_empty() {
        answer.reason = Some(Reason::Unreached);
        answer.blocked = blocked(trace, found, |from, to| search.has_seen(from) && !search.has_seen(to));
        return answer;
    }
    answer.tree = search.tree;
    answer.verdict = found.verdict;
    if let Some(perhaps) = with_holes(trace, found, &surely) {
        let open = Open::all_but(trace, &perhaps, Direction::Forward);
        let mut search = Search::new(&open);
        search.run(roots);
        if trace.processes().all(|p| search.has_seen(p)) {
            answer.tree = search.tree;
        } else {
            answer.verdict = Verdict::Undetermined;
        }
    }
    if answer.verdict != Verdict::Holds {
        answer.tree = Vec::new();
    }
    answer
}

/// Who could have started, alone, a run that records a cut.
#[derive(Clone, Debug)]
pub struct Starters {
    /// Somebody, nobody, or not to be told from this log.
    pub verdict: Verdict,
    /// Whether nobody could because the cut is not consistent.
    pub reason: Option<Reason>,
    /// All who could, in process order.
    pub processes: Vec<ProcessId>,
    /// The first markers of a run that the first of them starts.
    pub tree: Vec<Pair>,
    /// Where nobody could: sets of processes that no marker from outside the set can enter, in process order. A run that
    /// records the cut needs an initiator in each.
    pub apart: Vec<Vec<ProcessId>>,
    /// What blocks the channels that lead into those sets.
    pub blocked: Vec<Blocked>,
}

/// Which processes could have started a run that records the cut of `found`, each by itself from where it stands.
///
/// Time and space: as [`attainable`].
pub fn starters(trace: &Trace, found: &Verification) -> Starters {
    let mut answer = Starters {
        verdict: Verdict::Violated,
        reason: None,
        processes: Vec::new(),
        tree: Vec::new(),
        apart: Vec::new(),
        blocked: Vec::new(),
    };
    if found.verdict == Verdict::Violated {
        answer.reason = Some(Reason::Inconsistent);
        return answer;
    }
    let surely = in_transit(trace, found);
    let mut closed = surely;
    let mut sets = sources(trace, &closed);
    if let (1, Some(perhaps)) = (sets.len(), with_holes(trace, found, &closed)) {
        closed = perhaps;
        sets = sources(trace, &closed);
        if sets.len() > 1 {
            answer.verdict = Verdict::Undetermined;
            return answer;
        }
    }
    if let ([only], Verdict::Holds) = (sets.as_mut_slice(), found.verdict) {
        answer.verdict = Verdict::Holds;
        let open = Open::all_but(trace, &closed, Direction::Forward);
        let mut search = Search::new(&open);
        search.run(only.first().copied());
        answer.tree = search.tree;
        answer.processes = std::mem::take(only);
    } else if sets.len() == 1 {
        answer.verdict = Verdict::Undetermined;
    } else {
        answer.reason = Some(Reason::Unreached);
        let mut set_of = vec![0; trace.process_count()];
        for (number, set) in sets.iter().enumerate() {
            set.iter().for_each(|p| set_of[p.index()] = number + 1);
        }
        let enters =
            |from: ProcessId, to: ProcessId| set_of[to.index()] > 0 && set_of[from.index()] != set_of[to.index()];
        answer.blocked = blocked(trace, found, enters);
        answer.apart = sets;
    }
    answer
}

/// The channels that are not empty.
fn in_transit(trace: &Trace, found: &Verification) -> Closed {
    let ends = |messages: &[MessageId]| Some(trace.ends(*messages.first()?));
    Closed { channels: found.classes.channels(trace).filter_map(ends).collect(), receivers: Vec::new() }
}

/// Those, and the channels in which a message may have been whose send the log lacks; nothing where there are none.
fn with_holes(trace: &Trace, found: &Verification, surely: &Closed) -> Option<Closed> {
    let mut closed = surely.clone();
    for unsent in found.perhaps_in_transit.iter().filter_map(|&number| trace.unsent().get(number)) {
        match unsent.from {
            Some(from) => closed.channels.push((from, unsent.to)),
            None => closed.receivers.push(unsent.to),
        }
    }
    closed.channels.sort_unstable();
    closed.channels.dedup();
    (closed.channels.len() > surely.channels.len() || !closed.receivers.is_empty()).then_some(closed)
}

fn blocked(trace: &Trace, found: &Verification, in_the_way: impl Fn(ProcessId, ProcessId) -> bool) -> Vec<Blocked> {
    let channel = |messages: &[MessageId]| {
        let (from, to) = trace.ends(*messages.first()?);
        in_the_way(from, to).then(|| Blocked { from, to, messages: messages.to_vec() })
    };
    found.classes.channels(trace).filter_map(channel).collect()
}
