//! A run of Chandy and Lamport's algorithm while the log is read: one look at each event, in the space of the messages
//! in flight.
//!
//! On FIFO channels a marker needs no more than a count: behind so many messages that are on their way when it is sent,
//! it arrives once these have arrived ([prompt](Delivery::Prompt)), or just before the next one does
//! ([late](Delivery::Late)). So between the moments at which something is recorded nothing is done per event; while
//! markers are under way, events are taken one by one. What comes out is the [`Run`] of [`super::take`]; a log or a
//! question that takes more is given up, and read again for that.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Arc, OnceLock};

use super::run::LISTED;
use super::{Cause, Delivery, Initiator, Marker, Moment, Record, Run};
use crate::format::cut::Place;
use crate::ids::{ChannelId, ProcessId};
use crate::trace::{Recorder, Scene, Transit};

/// No marker on this channel.
const NO_MARKER: u32 = u32::MAX;

/// Who starts the snapshot, as it is known before the log is read.
#[derive(Clone, Debug)]
pub struct Start {
    /// The name of the process.
    pub process: String,
    /// Where it records: a number of events, or a label.
    pub place: Place<'static>,
}

/// An initiator, by what is known of it.
#[derive(Clone, Debug)]
struct Initiating {
    start: Start,
    process: Option<ProcessId>,
    /// Where it records, if that is known.
    position: Option<u32>,
    done: bool,
}

/// A marker that has not arrived.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    number: u32,
    /// So many messages that were sent before it are on their way.
    ahead: u32,
}

/// The algorithm, as it runs along.
#[derive(Debug)]
struct Along {
    delivery: Delivery,
    initiating: Vec<Initiating>,
    /// The processes are known: no more can come.
    sealed: bool,
    processes: usize,
    moment: Moment,
    run: Run,
    arrived: Vec<usize>,
    /// Markers that arrive now, by number.
    due: BinaryHeap<Reverse<usize>>,
    /// Of each pair of processes, the marker on its way from the first to the second.
    waiting: Vec<Waiting>,
    /// How many markers wait.
    wait: usize,
    /// Whether it is told of every message.
    awake: bool,
    /// How many messages are on their way, by channel; kept while it is told of them, else as of a moment.
    in_flight: Vec<u32>,
    counted: Option<Moment>,
    ended: bool,
    gave_up: bool,
    result: Arc<OnceLock<Run>>,
}

/// The run of an algorithm that ran along: there when the log has ended, unless it was given up or an initiator is nowhere.
#[derive(Clone, Debug)]
pub struct Recorded(Arc<OnceLock<Run>>);

impl Recorded {
    /// The run.
    pub fn run(&self) -> Option<&Run> {
        self.0.get()
    }
}

/// The algorithm, for [`Builder::recording`](crate::trace::Builder::recording), and its run. Nothing where the delivery
/// or a place is one that is only known when all has been read.
///
/// Time: constant for an event, and for a marker logarithmic in those that arrive at once; space: 8 bytes for each pair of
/// processes, and the markers.
///
/// ```
/// use clearcut::format::{cut::Place, text};
/// use clearcut::snapshot::{Delivery, along::{Start, along}};
/// let log = "P2: send token -> P1\nP1: step\nP1: receive token\n";
/// let source = std::sync::Arc::new(clearcut::source::Source::from_text("log", log));
/// let start = Start { process: "P1".into(), place: Place::Count(1) };
/// let (recorder, recorded) = along(vec![start], Delivery::Prompt).unwrap();
/// let mut builder = clearcut::trace::Builder::recording(recorder, ["P2", "P1"]);
/// builder.source(source.clone());
/// text::read(&source, &mut builder);
/// builder.end();
/// assert!(!builder.gave_up());
/// let records = &recorded.run().unwrap().records;
/// assert_eq!(records.iter().map(|record| record.unwrap().position).collect::<Vec<_>>(), [1, 1]);
/// ```
pub fn along(starts: Vec<Start>, delivery: Delivery) -> Option<(Box<dyn Recorder>, Recorded)> {
    let mut initiating = Vec::with_capacity(starts.len());
    for start in starts {
        let position = match start.place {
            Place::Start => Some(0),
            Place::Count(count) => Some(u32::try_from(count).ok()?),
            Place::Label(_) => None,
            Place::End => return None,
        };
        initiating.push(Initiating { start, process: None, position, done: false });
    }
    if matches!(delivery, Delivery::Random(_)) {
        return None;
    }
    let result = Arc::new(OnceLock::new());
    let recorder = Along {
        delivery,
        initiating,
        sealed: false,
        processes: 0,
        moment: 0,
        run: Run::default(),
        arrived: Vec::new(),
        due: BinaryHeap::new(),
        waiting: Vec::new(),
        wait: 0,
        awake: false,
        in_flight: Vec::new(),
        counted: None,
        ended: false,
        gave_up: false,
        result: result.clone(),
    };
    Some((Box::new(recorder), Recorded(result)))
}

impl Along {
    /// A process records and, in the same step, sends its markers.
    fn record(&mut self, scene: &mut Scene<'_>, process: ProcessId, position: u32, cause: Cause) {
        if self.gave_up || (!self.has_begun() && !self.begin()) {
            return;
        }
        if !self.awake && self.counted != Some(self.moment) {
            self.in_flight = scene.in_flight();
            self.counted = Some(self.moment);
        }
        scene.record(process, position);
        self.run.records[process.index()] = Some(Record { position, at: self.moment, cause });
        for to in (0..self.processes).map(ProcessId::at).filter(|&to| to != process) {
            let channel = scene.channels.find(process, to);
            if channel.is_none_or(|c| !scene.channels.is_declared(c)) && scene.channels.are_declared() {
                continue;
            }
            let ahead = channel.and_then(|c| self.in_flight.get(c.index())).copied().unwrap_or_default();
            let number = self.run.markers.len();
            let marker = Marker { from: process, to, sent: position, arrived: None, within: None, at: 0, first: false };
            self.run.markers.push(marker);
            if ahead == 0 && (self.delivery == Delivery::Prompt || self.ended) {
                self.due.push(Reverse(number));
            } else {
                self.waiting[process.index() * self.processes + to.index()] = Waiting { number: number as u32, ahead };
                self.wait += 1;
            }
        }
    }

    /// The first process records: what is kept of markers gets its room.
    fn begin(&mut self) -> bool {
        self.run.records = vec![None; self.processes];
        let pairs = self.processes.saturating_mul(self.processes);
        self.gave_up |= pairs > LISTED;
        if !self.gave_up {
            self.waiting = vec![Waiting { number: NO_MARKER, ahead: 0 }; pairs];
        }
        !self.gave_up
    }

    /// A marker arrives where its receiver stands.
    fn arrive(&mut self, scene: &mut Scene<'_>, number: usize, position: u32) {
        let Marker { from, to, .. } = self.run.markers[number];
        let first = self.run.records[to.index()].is_none();
        let marker = &mut self.run.markers[number];
        (marker.arrived, marker.at, marker.first) = (Some(position), self.moment, first);
        self.arrived.push(number);
        if first {
            self.record(scene, to, position, Cause::Marker(from));
        }
    }

    /// All that arrives at this moment, in the order of sending.
    fn arrive_all(&mut self, scene: &mut Scene<'_>) {
        while let Some(Reverse(number)) = self.due.pop() {
            let to = self.run.markers[number].to;
            self.arrive(scene, number, scene.counts[to.index()]);
        }
    }

    /// The initiators that have come to their positions.
    fn initiate(&mut self, scene: &mut Scene<'_>) {
        for i in 0..self.initiating.len() {
            let Initiating { process: Some(process), position: Some(position), done: false, .. } = self.initiating[i]
            else {
                continue;
            };
            if scene.counts[process.index()] < position {
                continue;
            }
            self.initiating[i].done = true;
            match self.run.records.get(process.index()).copied().flatten() {
                Some(_) => self.run.preempted.push(Initiator { process, position }),
                None => self.record(scene, process, position, Cause::Initiator),
            }
        }
    }
}

impl Recorder for Along {
    fn process(&mut self, name: &str) -> bool {
        let process = ProcessId::at(self.processes);
        self.processes += 1;
        for one in self.initiating.iter_mut().filter(|one| one.start.process == name) {
            one.process = Some(process);
        }
        !self.sealed
    }

    fn has_begun(&self) -> bool {
        !self.run.records.is_empty()
    }

    fn is_near(&self, counts: &[u32], events: usize) -> bool {
        self.initiating.iter().any(|one| {
            let behind = one.process.zip(one.position).map(|(p, at)| at.saturating_sub(counts[p.index()]) as usize);
            !one.done && behind.is_some_and(|behind| behind <= events)
        })
    }

    fn label(&mut self, process: ProcessId, position: u32, label: &str) {
        for one in self.initiating.iter_mut().filter(|one| one.process == Some(process) && one.position.is_none()) {
            if matches!(&one.start.place, Place::Label(wanted) if wanted == label) {
                one.position = Some(position);
            }
        }
    }

    fn sent(&mut self, channel: ChannelId) {
        if channel.index() >= self.in_flight.len() {
            self.in_flight.resize(channel.index() + 1, 0);
        }
        self.in_flight[channel.index()] += 1;
    }

    fn received(&mut self, scene: &mut Scene<'_>, message: Transit) {
        let Transit { channel, sent, received } = message;
        let (from, to) = scene.channels.ends(channel);
        // It was sent while this was kept, or counted when that began.
        let in_flight = &mut self.in_flight[channel.index()];
        *in_flight = in_flight.saturating_sub(1);
        let at = from.index() * self.processes + to.index();
        let Waiting { number, ahead } = self.waiting[at];
        if number == NO_MARKER {
            return;
        }
        let number = number as usize;
        let arrives = match (sent <= self.run.markers[number].sent, self.delivery) {
            (true, delivery) => {
                self.waiting[at].ahead = ahead.saturating_sub(1);
                delivery == Delivery::Prompt && ahead == 1
            }
            (false, Delivery::Late) if ahead == 0 => {
                // What it makes its receiver send is on channels of which this event sees nothing.
                self.arrive(scene, number, received - 1);
                self.waiting[at].number = NO_MARKER;
                self.wait -= 1;
                return;
            }
            (false, _) => {
                self.gave_up = true;
                false
            }
        };
        if arrives {
            self.waiting[at].number = NO_MARKER;
            self.wait -= 1;
            self.due.push(Reverse(number));
        }
    }

    fn happened(&mut self, scene: &mut Scene<'_>, events: usize) -> bool {
        self.sealed = true;
        self.moment = events as Moment;
        self.initiate(scene);
        self.arrive_all(scene);
        self.awake = self.wait > 0;
        self.awake
    }

    fn end(&mut self, scene: &mut Scene<'_>) -> bool {
        self.ended = true;
        let free = self.waiting.iter().filter(|one| one.number != NO_MARKER && one.ahead == 0);
        self.due.extend(free.map(|one| Reverse(one.number as usize)));
        self.arrive_all(scene);
        let all = self.has_begun() && self.run.records.iter().all(Option::is_some);
        let fifo = scene.channels.iter().all(|c| scene.channels.is_fifo(c));
        // An initiator that is nowhere is a mistake, and to look once more would find no more.
        let is_any_nowhere = self.initiating.iter().any(|one| !one.done);
        let whole = all && fifo && !self.gave_up && !is_any_nowhere;
        if whole {
            let end = self.moment;
            let left = self.run.markers.iter().filter(|marker| marker.arrived.is_none());
            let left = left.map(|&marker| Marker { at: end, ..marker });
            let markers = self.arrived.iter().map(|&number| self.run.markers[number]).chain(left).collect();
            let records = std::mem::take(&mut self.run.records);
            let preempted = std::mem::take(&mut self.run.preempted);
            // Nobody else writes it.
            let _ = self.result.set(Run { records, markers, preempted, unlisted: 0 });
        }
        whole || is_any_nowhere
    }

    fn gave_up(&self) -> bool {
        self.gave_up
    }
}
