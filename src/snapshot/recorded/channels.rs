//! Claimed channel contents against the messages in transit at the cut.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::Claim;
use super::align::align;
use super::claims::{self, Member};
use super::difference::{ChannelFault, Difference, What};
use super::lines::{Lines, RecordLine};
use crate::cut::{Cut, Verification, classes};
use crate::format::value::canonical;
use crate::ids::{MessageId, ProcessId};
use crate::trace::{Trace, Unsent};

/// What lies in the channels to one process, by sender.
type Contents<'c> = BTreeMap<ProcessId, &'c [MessageId]>;

/// Compares the claims of every process that claims channels: incoming channels that it does not name are claimed
/// empty. A channel is left out while its sender has not recorded. Returns also the messages without a send that may
/// have been in such a channel.
///
/// Time: linear in the messages in transit, the claims and their payloads, and where something is claimed that was not
/// in transit in all messages.
pub(super) fn compare(
    trace: &Trace,
    lines: &Lines,
    found: &Verification,
    differences: &mut Vec<Difference>,
) -> (Claim, Vec<usize>) {
    let mut contents: HashMap<ProcessId, Contents<'_>> = HashMap::new();
    for messages in found.classes.channels(trace) {
        let Some(&first) = messages.first() else { continue };
        let (from, to) = trace.ends(first);
        contents.entry(to).or_default().insert(from, messages);
    }
    let holes = holes(trace, lines, &found.perhaps_in_transit);
    let mut claimed = false;
    let before = differences.len();
    for process in trace.processes() {
        let Some(record) = lines.of[process.index()].records.last() else { continue };
        let Some(text) = record.channels.and_then(|span| trace.text(span)) else { continue };
        claimed = true;
        let expected = contents.remove(&process).unwrap_or_default();
        let mut receiver = Receiver { trace, lines, process, record, holes: &holes };
        differences.extend(receiver.compare(expected, claims::read(text)));
    }
    explain_extras(trace, &found.cut, &mut differences[before..]);
    (Claim::of(claimed, differences.len() > before), holes)
}

/// Leaves of what may have been in a channel only what no marker shows to have been sent after the cut.
pub(super) fn bound_by_markers(trace: &Trace, lines: &Lines, perhaps: &mut Vec<usize>) {
    let open = |from: ProcessId, hole: &Unsent| {
        lines.received(from, hole.to).is_none_or(|marker| hole.received <= marker.position)
    };
    perhaps.retain(|&number| {
        trace.unsent().get(number).is_some_and(|hole| match hole.from {
            Some(from) => open(from, hole),
            None => trace.processes().any(|from| trace.has_channel(from, hole.to) && open(from, hole)),
        })
    });
}

/// Of what may have been in a channel, that which was received by a process that claims channels.
fn holes(trace: &Trace, lines: &Lines, perhaps: &[usize]) -> Vec<usize> {
    let claims = |to: ProcessId| lines.of[to.index()].records.last().is_some_and(|r| r.channels.is_some());
    perhaps.iter().copied().filter(|&number| trace.unsent().get(number).is_some_and(|hole| claims(hole.to))).collect()
}

/// A process that claims what it recorded on its incoming channels.
struct Receiver<'t> {
    trace: &'t Trace,
    lines: &'t Lines,
    process: ProcessId,
    record: &'t RecordLine,
    holes: &'t [usize],
}

impl Receiver<'_> {
    fn compare(&mut self, mut expected: Contents<'_>, claims: Vec<(String, Vec<Member>)>) -> Vec<Difference> {
        let mut found: Vec<(Option<ProcessId>, What)> = Vec::new();
        for (name, recorded) in claims {
            let from = self.trace.process(&name);
            let messages = from.and_then(|from| expected.remove(&from)).unwrap_or_default();
            found.push((from, self.channel(from, name, messages, recorded)));
        }
        for (from, messages) in expected {
            let name = self.trace.name(from).to_string();
            found.push((Some(from), self.channel(Some(from), name, messages, Vec::new())));
        }
        // Known senders in process order, then other names in the order of the line.
        found.sort_by_key(|(from, _)| from.map_or(usize::MAX, |from| from.index()));
        let mut all: Vec<What> = found.into_iter().map(|(_, what)| what).collect();
        self.move_to_their_channels(&mut all);
        let wrong = all.into_iter().filter(|what| matches!(what, What::Channel { faults, .. } if !faults.is_empty()));
        wrong.map(|what| Difference { process: self.process, at: self.record.at, what }).collect()
    }

    /// What is wrong with the content of one channel.
    fn channel(&self, from: Option<ProcessId>, name: String, expected: &[MessageId], recorded: Vec<Member>) -> What {
        let keys: Vec<[String; 2]> = expected.iter().map(|&m| keys(self.trace, m)).collect();
        let there: Vec<String> = recorded.iter().map(key).collect();
        let alignment = align(&keys, &there);
        let mut faults = Vec::new();
        let has_recorded = from.is_none_or(|p| !self.lines.of[p.index()].records.is_empty());
        let ordered = from.is_none_or(|from| {
            let channel = self.trace.channels().find(from, self.process);
            channel.is_none_or(|channel| self.trace.channels().is_fifo(channel))
        });
        if has_recorded {
            let missing: Vec<MessageId> = alignment.missing.iter().map(|&e| expected[e]).collect();
            let missing: Vec<MessageId> = missing.into_iter().filter(|&m| !self.may_come_yet(from, m)).collect();
            let at_end = alignment.missing.first().is_some_and(|&e| e > 0 && e + missing.len() == expected.len());
            let early = at_end && alignment.extra.is_empty() && !alignment.disordered;
            match missing.first() {
                Some(&first) if early => faults.push(ChannelFault::ClosedEarly(first)),
                _ => faults.extend(missing.into_iter().map(ChannelFault::Missing)),
            }
            if alignment.disordered && ordered {
                faults.push(ChannelFault::WrongOrder);
            }
            let extra = alignment.extra.into_iter().filter(|&t| !self.is_hole(from, &recorded[t]));
            faults.extend(extra.map(|t| ChannelFault::Extra(t, None)));
        }
        What::Channel { from, name, expected: expected.to_vec(), recorded, faults }
    }

    /// A message that the log does not see received, on a channel whose marker it does not see received either.
    fn may_come_yet(&self, from: Option<ProcessId>, message: MessageId) -> bool {
        let open = from.is_some_and(|from| self.lines.received(from, self.process).is_none());
        open && self.lines.has_markers() && self.trace.received(message).is_none()
    }

    /// Whether a claimed message may be one of those whose sends the log lacks.
    fn is_hole(&self, from: Option<ProcessId>, member: &Member) -> bool {
        self.holes.iter().filter_map(|&hole| self.trace.unsent().get(hole)).any(|unsent| {
            unsent.to == self.process
                && (unsent.from.is_none() || unsent.from == from)
                && match member {
                    Member::Id(id) => self.trace.unsent_name(unsent) == id.as_str(),
                    Member::Payload(_) => true,
                    Member::Unreadable(_) => false,
                }
        })
    }

    /// What is extra on one channel and missing on another is one fault, not two.
    fn move_to_their_channels(&self, all: &mut [What]) {
        let mut missing: HashMap<String, Vec<MessageId>> = HashMap::new();
        for what in all.iter() {
            let What::Channel { expected, faults, .. } = what else { continue };
            for fault in faults {
                let messages = match fault {
                    ChannelFault::Missing(message) => std::slice::from_ref(message),
                    ChannelFault::ClosedEarly(first) => {
                        &expected[expected.iter().position(|m| m == first).unwrap_or(expected.len())..]
                    }
                    _ => continue,
                };
                for &message in messages.iter().rev() {
                    for key in keys(self.trace, message) {
                        missing.entry(key).or_default().push(message);
                    }
                }
            }
        }
        let mut moved: HashSet<MessageId> = HashSet::new();
        for what in all.iter_mut() {
            let What::Channel { recorded, faults, .. } = what else { continue };
            for fault in faults {
                let ChannelFault::Extra(t, _) = fault else { continue };
                let candidates = missing.get_mut(&key(&recorded[*t]));
                let Some(message) = candidates.and_then(|list| take_first_not_in(list, &moved)) else { continue };
                moved.insert(message);
                *fault = ChannelFault::WrongChannel(*t, message);
            }
        }
        if moved.is_empty() {
            return;
        }
        for what in all.iter_mut() {
            let What::Channel { expected, faults, .. } = what else { continue };
            faults.retain(|fault| match fault {
                ChannelFault::Missing(message) => !moved.contains(message),
                // All that is missing here was found elsewhere, or it did stop early.
                ChannelFault::ClosedEarly(first) => {
                    let tail = expected.iter().position(|m| m == first).unwrap_or(expected.len());
                    expected[tail..].iter().any(|m| !moved.contains(m))
                }
                _ => true,
            });
        }
    }
}

fn take_first_not_in(list: &mut Vec<MessageId>, taken: &HashSet<MessageId>) -> Option<MessageId> {
    while let Some(message) = list.pop() {
        if !taken.contains(&message) {
            return Some(message);
        }
    }
    None
}

/// What a member says, as one text.
pub(super) fn key(member: &Member) -> String {
    match member {
        Member::Id(id) => format!("i{id}"),
        Member::Payload(payload) => format!("p{}", canonical(payload)),
        Member::Unreadable(text) => format!("?{text}"),
    }
}

/// The texts that a member may say for a message.
pub(super) fn keys(trace: &Trace, message: MessageId) -> [String; 2] {
    let payload = trace.payload(message).map_or_else(|| "null".into(), canonical);
    [format!("i{}", trace.message_name(message)), format!("p{payload}")]
}

/// Looks for messages of the ids that are claimed and were not in transit, and says where they were instead.
fn explain_extras(trace: &Trace, cut: &Cut, differences: &mut [Difference]) {
    let mut wanted: HashSet<(ProcessId, ProcessId, &str)> = HashSet::new();
    for difference in differences.iter() {
        let What::Channel { from: Some(from), recorded, faults, .. } = &difference.what else { continue };
        for fault in faults {
            if let ChannelFault::Extra(t, None) = fault
                && let Member::Id(id) = &recorded[*t]
            {
                wanted.insert((*from, difference.process, id));
            }
        }
    }
    if wanted.is_empty() {
        return;
    }
    let mut known: HashMap<(ProcessId, ProcessId, String), MessageId> = HashMap::new();
    for message in trace.messages() {
        let (from, to) = trace.ends(message);
        let name = trace.message_name(message);
        if wanted.contains(&(from, to, name.as_ref())) {
            known.entry((from, to, name.into_owned())).or_insert(message);
        }
    }
    drop(wanted);
    for difference in differences {
        let to = difference.process;
        let What::Channel { from: Some(from), recorded, faults, .. } = &mut difference.what else { continue };
        for fault in faults {
            if let ChannelFault::Extra(t, class) = fault
                && let Member::Id(id) = &recorded[*t]
                && let Some(&message) = known.get(&(*from, to, id.clone()))
            {
                *class = Some((message, classes::class(trace, cut, message)));
            }
        }
    }
}
