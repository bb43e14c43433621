//! A trace back to records: for what its log does not have, and the trace does.

use super::lost::{Loss, Lost};
use super::parts::{self, Named};
use crate::cut::spec::resolve;
use crate::format::cut;
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, ProcessRecord, Sink,
};
use crate::ids::{ChannelId, ProcessId};
use crate::trace::{Mark, MarkAction, Trace};

/// Tells `sink` of everything in a trace, in the order of its log. It is meant for a log whose messages are inferred: each of
/// them gets an id that says so, and logged clocks are left out, as the messages now say what they said.
///
/// An event that receives and sends becomes two; label, state and time go with the second one, so that a cut after it
/// is the same cut. Named cuts are told in counts where that moves them. Time: linear; space: the marks and counts.
pub fn replay(trace: &Trace, sink: &mut dyn Sink) -> Lost {
    let mut lost = Lost::default();
    declarations(trace, sink);
    let mut states: Vec<_> = trace.processes().map(|p| trace.state_changes(p).peekable()).collect();
    let mut marks = trace.marks().iter().peekable();
    // Which events became two.
    let mut split: Vec<Vec<u32>> = vec![Vec::new(); trace.process_count()];
    for (before, (process, number)) in trace.log_order().enumerate() {
        while let Some(next) = marks.next_if(|next| next.log as usize <= before) {
            mark(trace, next, sink);
        }
        let state = states[process.index()].next_if(|&(of, _)| of == number).map(|(_, state)| state);
        if event(trace, process, number, state, sink) {
            split[process.index()].push(number);
            lost.add(Loss::Split);
        }
        if trace.clock(process, number).is_some() {
            lost.add(Loss::Clock);
        }
    }
    marks.for_each(|next| mark(trace, next, sink));
    for (name, spec) in trace.named_cuts() {
        let moved = moved(trace, spec, &split);
        sink.cut(CutRecord { at: 0..0, name, spec: moved.as_deref().unwrap_or(spec) });
    }
    lost
}

fn declarations(trace: &Trace, sink: &mut dyn Sink) {
    for process in trace.processes() {
        sink.process(ProcessRecord { at: 0..0, name: trace.name(process), state: trace.initial_state(process) });
    }
    let channels = trace.channels();
    // Where those that nobody declares may deliver in any order, that is to be said of each.
    let is_told = |channel: &ChannelId| channels.is_declared(*channel) || !channels.are_fifo_unless_declared();
    for channel in channels.iter().filter(is_told) {
        let (from, to) = channels.ends(channel);
        let fifo = channels.is_fifo(channel);
        sink.channel(ChannelRecord { at: 0..0, from: trace.name(from), to: trace.name(to), fifo });
    }
}

/// Tells of an event; whether it became two.
fn event(trace: &Trace, process: ProcessId, number: u32, state: Option<&str>, sink: &mut dyn Sink) -> bool {
    let messages = parts::of(trace, process, number);
    let those = |sends: bool| messages.iter().filter(|m| m.sends == sends).map(Named::transfer).collect::<Vec<_>>();
    let (received, sent) = (those(false), those(true));
    let mut record = EventRecord {
        at: 0..0,
        process: trace.name(process),
        label: None,
        note: None,
        action: ActionKind::Receive,
        transfers: &received,
        state: None,
        time: None,
        clock: None,
    };
    let two = !received.is_empty() && !sent.is_empty();
    if two {
        sink.event(&record);
    }
    if !sent.is_empty() {
        (record.action, record.transfers) = (ActionKind::Send, &sent);
    } else if received.is_empty() {
        record.action = ActionKind::Step;
    }
    record.label = trace.label(process, number);
    record.note = trace.note(process, number);
    record.time = trace.time(process, number);
    record.state = state;
    sink.event(&record);
    two
}

fn mark(trace: &Trace, mark: &Mark, sink: &mut dyn Sink) {
    let text = |span: Option<_>| span.and_then(|span| trace.text(span));
    let peers: Vec<&str>;
    let kind = match &mark.kind {
        MarkAction::Record { state, channels } => MarkKind::Record { state: text(*state), channels: text(*channels) },
        MarkAction::Send(to) => {
            peers = to.iter().map(|&peer| trace.name(peer)).collect();
            MarkKind::Send(&peers)
        }
        MarkAction::Receive(peer) => MarkKind::Receive(trace.name(*peer)),
    };
    let (process, snapshot) = (trace.name(mark.process), trace.snapshots().get(mark.snapshot));
    sink.mark(MarkRecord { at: 0..0, process, snapshot, mark: kind });
}

/// A named cut in counts, where events inside of it became two.
fn moved(trace: &Trace, spec: &str, split: &[Vec<u32>]) -> Option<String> {
    if split.iter().all(Vec::is_empty) {
        return None;
    }
    let cut = resolve(trace, &cut::parse(spec).ok()?, None).ok()?;
    let row = trace.processes().map(|process| {
        let position = cut.position(process);
        let more = split[process.index()].partition_point(|&number| number <= position);
        format!("{}={}", cut::quote(trace.name(process)), position as usize + more)
    });
    Some(row.collect::<Vec<_>>().join(" "))
}
