//! Records as lines of `grammar/trace.ebnf`.

use super::lost::{Loss, Lost};
use super::{lists, words};
use crate::format::cut;
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, ProcessRecord, Transfer,
};

pub(super) fn process(line: &mut String, record: &ProcessRecord<'_>, lost: &mut Lost) {
    line.push_str("process ");
    words::name(line, record.name);
    state(line, record.state, lost);
}

pub(super) fn channel(line: &mut String, record: &ChannelRecord<'_>) {
    line.push_str("channel ");
    words::name(line, record.from);
    line.push_str(" -> ");
    words::name(line, record.to);
    if !record.fifo {
        line.push_str(" unordered");
    }
}

pub(super) fn event(line: &mut String, event: &EventRecord<'_>, lost: &mut Lost) {
    actor(line, event.process);
    if let Some(label) = event.label {
        line.push(' ');
        words::name(line, label);
    }
    line.push_str(": ");
    what(line, event, lost);
    if event.clock.is_some() {
        lost.add(Loss::Clock);
    }
    if let Some(note) = event.note.filter(|note| !note.is_empty()) {
        lost.add(Loss::Note);
        line.push_str("  # ");
        line.extend(note.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
}

/// What the event does, and what it leaves: all of its line but whose it is, its label and its note.
pub(super) fn what(line: &mut String, event: &EventRecord<'_>, lost: &mut Lost) {
    let (ids, peers) = lists(event.transfers);
    match event.action {
        ActionKind::Step => line.push_str("step"),
        ActionKind::Send => {
            line.push_str("send");
            messages(line, ids, " -> ", peers, |line, transfer| payload(line, transfer.payload, lost));
            if ids.is_empty() {
                lost.add_many(Loss::Payload, with_payload(peers));
            }
        }
        ActionKind::Receive => {
            line.push_str("receive");
            messages(line, ids, " <- ", peers, |_, _| ());
            lost.add_many(Loss::Payload, with_payload(event.transfers));
        }
    }
    state(line, event.state, lost);
    if let Some(time) = event.time {
        line.push_str("  @ ");
        line.push_str(&time.written());
    }
}

pub(super) fn mark(line: &mut String, record: &MarkRecord<'_>, lost: &mut Lost) {
    actor(line, record.process);
    line.push_str(": ");
    match &record.mark {
        MarkKind::Record { state: claimed, channels } => {
            line.push_str("record ");
            words::name(line, record.snapshot);
            state(line, *claimed, lost);
            if channels.is_some() {
                lost.add(Loss::Claim);
            }
        }
        MarkKind::Send(peers) => {
            line.push_str("send marker ");
            words::name(line, record.snapshot);
            line.push_str(" -> ");
            list(line, peers, |line, peer| words::name(line, peer));
        }
        MarkKind::Receive(peer) => {
            line.push_str("receive marker ");
            words::name(line, record.snapshot);
            line.push_str(" <- ");
            words::name(line, peer);
        }
    }
}

pub(super) fn cut(line: &mut String, record: &CutRecord<'_>) {
    line.push_str("cut ");
    words::name(line, record.name);
    line.push_str(" =");
    // A reader has looked at it; another way to write it than ours is JSON.
    for entry in cut::parse(record.spec).unwrap_or_default() {
        line.push(' ');
        words::name(line, &entry.process);
        line.push('=');
        line.push_str(&entry.place.to_string());
    }
}

/// The process whose line it is; a word that opens a declaration is quoted.
fn actor(line: &mut String, process: &str) {
    if matches!(process, "process" | "channel" | "cut") {
        words::json(line, process)
    } else {
        words::name(line, process)
    }
}

fn with_payload(transfers: &[Transfer<'_>]) -> usize {
    transfers.iter().filter(|transfer| transfer.payload.is_some()).count()
}

fn messages(
    line: &mut String,
    ids: &[Transfer<'_>],
    arrow: &str,
    peers: &[Transfer<'_>],
    mut payload: impl FnMut(&mut String, &Transfer<'_>),
) {
    if !ids.is_empty() {
        line.push(' ');
        list(line, ids, |line, transfer| {
            words::name(line, transfer.message.unwrap_or_default());
            payload(line, transfer);
        });
    }
    if !peers.is_empty() {
        line.push_str(arrow);
        list(line, peers, |line, transfer| words::name(line, transfer.peer.unwrap_or_default()));
    }
}

fn payload(line: &mut String, payload: Option<&str>, lost: &mut Lost) {
    let Some(payload) = payload else { return };
    let before = line.len();
    match words::members(line, payload, "(", ", ", lost) {
        Some(true) => line.push(')'),
        _ => {
            line.truncate(before);
            lost.add(Loss::Payload);
        }
    }
}

fn list<T>(line: &mut String, all: &[T], mut one: impl FnMut(&mut String, &T)) {
    for (i, item) in all.iter().enumerate() {
        if i > 0 {
            line.push_str(", ");
        }
        one(line, item);
    }
}

fn state(line: &mut String, state: Option<&str>, lost: &mut Lost) {
    if let Some(state) = state {
        words::members(line, state, "  ", " ", lost);
    }
}
