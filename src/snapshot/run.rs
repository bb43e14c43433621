//! One run of Chandy and Lamport's algorithm in one linear order of the events.
//!
//! Nothing is done per event: a marker's arrival follows from the last message before it on its channel and the first
//! one behind it, and these from the position at which its sender recorded. So the run is a queue of arrivals.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;

use super::timeline::{Moment, Timeline};
use super::{Delivery, Fix, Initiator, Obstacle, Refusal, Request};
use crate::ids::{ChannelId, MessageId, ProcessId};
use crate::trace::Trace;

/// Up to this many channels every marker is part of the run. Above, where no channel is declared, channels without any
/// message have markers only for those that record on them: the others change nothing.
pub(super) const LISTED: usize = 1 << 20;

/// What made a process record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It started the snapshot.
    Initiator,
    /// Its first marker, from this process.
    Marker(ProcessId),
    /// This message, which it was about to receive, was sent by a process that had recorded.
    Red(MessageId),
    /// Nothing: it recorded of its own accord at the end of the log.
    Own,
}

/// How a process recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// After how many of its events.
    pub position: u32,
    /// When.
    pub at: Moment,
    /// Why.
    pub cause: Cause,
}

/// A marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Sender.
    pub from: ProcessId,
    /// Receiver.
    pub to: ProcessId,
    /// Position of the sender.
    pub sent: u32,
    /// Position of the receiver; nothing where it does not arrive within the log, or arrives within an event.
    pub arrived: Option<u32>,
    /// The event of the receiver, from 1, within which it arrives: between two messages that this event receives, where
    /// there is no position. The receiver has recorded before.
    pub within: Option<u32>,
    /// When it arrived; the end of the log where it does not.
    pub at: Moment,
    /// Whether its receiver recorded on it.
    pub first: bool,
}

/// What the algorithm did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// By process, how it recorded.
    pub records: Vec<Option<Record>>,
    /// The markers, in the order of arrival; those that do not arrive come last.
    pub markers: Vec<Marker>,
    /// Initiators that a marker had made record already.
    pub preempted: Vec<Initiator>,
    /// Markers on channels without messages, where more than 2^20 channels are possible: they are counted, not listed.
    pub unlisted: usize,
}

/// Where each process sends markers to.
#[derive(Debug)]
pub(super) struct Outgoing {
    declared: bool,
    channels: Vec<ChannelId>,
    starts: Vec<usize>,
}

impl Outgoing {
    pub(super) fn of(trace: &Trace) -> Self {
        let channels = trace.channels();
        let mut declared: Vec<ChannelId> = channels.iter().collect();
        if !channels.are_declared() {
            return Self { declared: false, channels: Vec::new(), starts: Vec::new() };
        }
        declared.sort_by_key(|&c| channels.ends(c));
        let mut starts: Vec<usize> =
            trace.processes().map(|p| declared.partition_point(|&c| channels.ends(c).0 < p)).collect();
        starts.push(declared.len());
        Self { declared: true, channels: declared, starts }
    }

    /// The receivers, in process order, with the channel where it is declared or used.
    pub(super) fn targets<'o>(
        &'o self,
        trace: &'o Trace,
        from: ProcessId,
    ) -> impl Iterator<Item = (ProcessId, Option<ChannelId>)> + 'o {
        let own = match self.declared {
            true => &self.channels[self.starts[from.index()]..self.starts[from.index() + 1]],
            false => &[],
        };
        let all = (!self.declared).then(|| trace.processes().filter(move |&to| to != from));
        let all = all.into_iter().flatten().map(move |to| (to, trace.channels().find(from, to)));
        own.iter().map(move |&c| (trace.channels().ends(c).1, Some(c))).chain(all)
    }
}

/// The messages on both sides of a marker that hem it in.
#[derive(Clone, Copy, Debug, Default)]
struct Hem {
    /// Sent before it and received last, or never.
    before: Option<MessageId>,
    /// Sent after it and received first.
    behind: Option<MessageId>,
}

/// Why a run cannot go on.
pub(super) enum Halt {
    Refused(Refusal),
    /// In this order of the events the receiver has passed the position by the time that the marker is sent.
    TooLate {
        fix: Fix,
        sent: u32,
        at: Moment,
    },
}

impl From<Refusal> for Halt {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// A run in the making.
struct Replay<'r> {
    trace: &'r Trace,
    timeline: &'r Timeline<'r>,
    delivery: Delivery,
    generator: Generator,
    fixes: HashMap<(ProcessId, ProcessId), Fix>,
    outgoing: &'r Outgoing,
    /// Of each channel that lost messages between others, the first of them: no marker behind it arrives.
    lost: HashMap<ChannelId, MessageId>,
    /// Whether channels without messages have all their markers.
    listed: bool,
    /// To whom a marker is under way on a channel without messages, where these are not listed.
    told: Vec<bool>,
    records: Vec<Option<Record>>,
    markers: Vec<Marker>,
    /// Arrivals to come: when, and number of the marker.
    queue: BinaryHeap<Reverse<(Moment, usize)>>,
    /// Numbers of the markers that arrived.
    arrived: Vec<usize>,
    /// Markers between two messages that one event receives.
    split: Vec<Hem>,
    preempted: Vec<Initiator>,
    /// The first fixed marker that cannot arrive where it is fixed, as things are.
    refused: Option<Refusal>,
    unlisted: usize,
}

/// Replays the algorithm in the order of `timeline`.
pub(super) fn replay(trace: &Trace, timeline: &Timeline<'_>, request: &Request) -> Result<Run, Halt> {
    let seed = match request.delivery {
        Delivery::Random(seed) => seed,
        _ => 0,
    };
    let outgoing = Outgoing::of(trace);
    let replay = Replay {
        trace,
        timeline,
        delivery: request.delivery,
        generator: Generator(seed),
        fixes: request.fixes.iter().map(|&fix| ((fix.from, fix.to), fix)).collect(),
        outgoing: &outgoing,
        lost: trace.lost().into_iter().rev().map(|(lost, _)| (trace.channel_of(lost), lost)).collect(),
        listed: trace.channels().are_declared() || trace.channel_count() <= LISTED,
        told: vec![false; trace.process_count()],
        records: vec![None; trace.process_count()],
        markers: Vec::new(),
        queue: BinaryHeap::new(),
        arrived: Vec::new(),
        split: Vec::new(),
        preempted: Vec::new(),
        refused: None,
        unlisted: 0,
    };
    replay.run(request)
}

impl Replay<'_> {
    fn run(mut self, request: &Request) -> Result<Run, Halt> {
        let mut starts: Vec<(Moment, Initiator)> =
            request.initiators.iter().map(|&i| (self.timeline.reached(i.process, i.position), i)).collect();
        starts.sort_by_key(|&(at, _)| at);
        let mut starts = starts.into_iter().peekable();
        loop {
            let next = self.queue.peek().map(|&Reverse((at, _))| at);
            if let Some((at, initiator)) = starts.next_if(|&(at, _)| next.is_none_or(|next| at <= next)) {
                match self.records[initiator.process.index()] {
                    Some(_) => self.preempted.push(initiator),
                    None => self.record(initiator.process, initiator.position, at, Cause::Initiator)?,
                }
            } else if let Some(Reverse((_, number))) = self.queue.pop() {
                self.arrive(number)?;
            } else {
                break;
            }
        }
        if let Some(refusal) = self.refused.take() {
            return Err(refusal.into());
        }
        for fix in &request.fixes {
            if self.records[fix.from.index()].is_none() {
                return Err(Refusal::Fixed(*fix, Obstacle::NeverSent).into());
            }
        }
        self.refuse_batches()?;
        let mut markers: Vec<Marker> = self.arrived.iter().map(|&number| self.markers[number]).collect();
        markers.extend(self.markers.iter().filter(|m| m.arrived.is_none() && m.within.is_none()));
        Ok(Run { records: self.records, markers, preempted: self.preempted, unlisted: self.unlisted })
    }

    /// A process records and, in the same step, sends its markers.
    fn record(&mut self, process: ProcessId, position: u32, at: Moment, cause: Cause) -> Result<(), Halt> {
        self.records[process.index()] = Some(Record { position, at, cause });
        let (outgoing, trace) = (self.outgoing, self.trace);
        outgoing.targets(trace, process).try_for_each(|(to, channel)| self.send(process, to, channel, position, at))
    }

    fn arrive(&mut self, number: usize) -> Result<(), Halt> {
        let Marker { from, to, at, within, .. } = self.markers[number];
        if within.is_some() {
            // It makes nobody record, or the run is refused.
            self.arrived.push(number);
            return Ok(());
        }
        let position = self.timeline.position(to, at);
        let first = self.records[to.index()].is_none();
        self.markers[number].arrived = Some(position);
        self.markers[number].first = first;
        self.arrived.push(number);
        if first { self.record(to, position, at, Cause::Marker(from)) } else { Ok(()) }
    }

    fn send(
        &mut self,
        from: ProcessId,
        to: ProcessId,
        channel: Option<ChannelId>,
        sent: u32,
        now: Moment,
    ) -> Result<(), Halt> {
        let mut fix = self.fixes.get(&(from, to)).copied();
        let silent = channel.is_none() && !self.listed && fix.is_none();
        if silent && (self.records[to.index()].is_some() || std::mem::replace(&mut self.told[to.index()], true)) {
            self.unlisted += 1;
            return Ok(());
        }
        let hem = channel.map_or_else(Hem::default, |c| self.hem(c, sent));
        match fix.map_or(Ok(()), |fix| self.check(&fix, hem, sent, now)) {
            // Its sender may record elsewhere once another fixed marker has its place: that one is told first.
            Err(Halt::Refused(refusal)) => {
                self.refused.get_or_insert(refusal);
                fix = None;
            }
            other => other?,
        }
        let received = |m: MessageId| self.trace.received(m).map(|k| self.timeline.reached(to, k));
        let mut within = None;
        let window = match (hem.before.map(received), hem.behind.and_then(received)) {
            // Behind a message that the log never sees received.
            (Some(None), _) => None,
            (Some(Some(before)), Some(behind)) if before >= behind => {
                self.split.push(hem);
                within = hem.before.and_then(|m| self.trace.received(m));
                Some((before, before))
            }
            (before, behind) => {
                let earliest = before.flatten().unwrap_or(0).max(now);
                Some((earliest, behind.map_or(self.timeline.end(), |moment| moment - 1)))
            }
        };
        let at = window.map(|(earliest, latest)| match fix {
            _ if within.is_some() => earliest,
            // At the first moment of its position: the other markers then have the most room.
            Some(fix) => earliest.max(self.timeline.reached(to, fix.position)),
            None => self.choose((earliest, latest)),
        });
        if let Some(at) = at {
            self.queue.push(Reverse((at, self.markers.len())));
        }
        let at = at.unwrap_or(self.timeline.end());
        self.markers.push(Marker { from, to, sent, arrived: None, within, at, first: false });
        Ok(())
    }

    fn choose(&mut self, (earliest, latest): (Moment, Moment)) -> Moment {
        match self.delivery {
            Delivery::Prompt => earliest,
            Delivery::Late => latest,
            Delivery::Random(_) => {
                let span = u64::from(latest.saturating_sub(earliest)) + 1;
                earliest + (self.generator.next() % span) as Moment
            }
        }
    }

    /// On a FIFO channel only the last send event before a marker and the first one after it matter, and what was lost.
    fn hem(&self, channel: ChannelId, sent: u32) -> Hem {
        let (before, behind) = self.timeline.split(channel, sent);
        let same = |a: MessageId| move |m: &&MessageId| self.trace.sent(**m) == self.trace.sent(a);
        let received = |m: &&MessageId| self.trace.received_or_never(**m);
        let last = || {
            let &last = before.last()?;
            before.iter().rev().take_while(same(last)).max_by_key(received).copied()
        };
        let lost = self.lost.get(&channel).copied().filter(|&m| self.trace.sent(m) <= sent);
        Hem {
            before: lost.or_else(last),
            behind: behind
                .first()
                .and_then(|&first| behind.iter().take_while(same(first)).min_by_key(received))
                .copied(),
        }
    }

    /// Whether a marker can arrive where it is fixed.
    fn check(&self, fix: &Fix, hem: Hem, sent: u32, now: Moment) -> Result<(), Halt> {
        let refuse = |obstacle| Err(Refusal::Fixed(*fix, obstacle).into());
        if let Some(before) = hem.before {
            match self.trace.received(before) {
                None => return refuse(Obstacle::Behind(before)),
                Some(received) if received > fix.position => return refuse(Obstacle::Overtakes(before)),
                Some(_) => {}
            }
        }
        if let Some(behind) = hem.behind
            && self.trace.received_or_never(behind) <= fix.position
        {
            return refuse(Obstacle::OvertakenBy(behind));
        }
        if now > self.timeline.left(fix.to, fix.position) {
            return Err(Halt::TooLate { fix: *fix, sent, at: now });
        }
        Ok(())
    }

    /// A marker that stands between two messages of one event cannot make its process record: inside the event there is
    /// no position. To one that recorded before the event it is one more marker.
    fn refuse_batches(&self) -> Result<(), Refusal> {
        for hem in &self.split {
            let (Some(before), Some(behind)) = (hem.before, hem.behind) else { continue };
            let record = self.records[self.trace.ends(before).1.index()];
            if record.is_none_or(|record| record.position >= self.trace.received_or_never(before)) {
                return Err(Refusal::Batch { before, behind });
            }
        }
        Ok(())
    }
}
