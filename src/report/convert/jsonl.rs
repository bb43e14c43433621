//! Records as lines of `grammar/event.schema.json`. Nothing is lost.

use std::fmt::Write;

use super::{lists, words};
use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, ProcessRecord, Transfer,
};
use crate::format::time::Time;

pub(super) fn process(line: &mut String, record: &ProcessRecord<'_>) {
    member(line, '{', "event", "process");
    member(line, ',', "process", record.name);
    raw(line, "state", record.state);
    line.push('}');
}

pub(super) fn channel(line: &mut String, record: &ChannelRecord<'_>) {
    member(line, '{', "event", "channel");
    member(line, ',', "from", record.from);
    member(line, ',', "to", record.to);
    if !record.fifo {
        line.push_str(r#","fifo":false"#);
    }
    line.push('}');
}

pub(super) fn event(line: &mut String, event: &EventRecord<'_>) {
    let (verb, peer) = match event.action {
        ActionKind::Step => ("step", ""),
        ActionKind::Send => ("send", "to"),
        ActionKind::Receive => ("receive", "from"),
    };
    member(line, '{', "process", event.process);
    member(line, ',', "event", verb);
    if let Some(label) = event.label {
        member(line, ',', "label", label);
    }
    let (ids, peers) = lists(event.transfers);
    names(line, "message", ids.iter().filter_map(|transfer| transfer.message));
    names(line, peer, peers.iter().filter_map(|transfer| transfer.peer));
    payloads(line, event.transfers);
    raw(line, "state", event.state);
    if let Some(note) = event.note {
        member(line, ',', "note", note);
    }
    if let Some(at) = event.time {
        time(line, at);
    }
    if let Some(clock) = event.clock {
        line.push_str(r#","clock":{"#);
        for (i, (name, count)) in clock.iter().enumerate() {
            line.push_str(if i > 0 { "," } else { "" });
            words::json(line, name);
            // Writing to a string cannot fail.
            let _ = write!(line, ":{count}");
        }
        line.push('}');
    }
    line.push('}');
}

pub(super) fn mark(line: &mut String, record: &MarkRecord<'_>) {
    member(line, '{', "process", record.process);
    match &record.mark {
        MarkKind::Record { state, channels } => {
            member(line, ',', "event", "record");
            member(line, ',', "snapshot", record.snapshot);
            raw(line, "state", *state);
            raw(line, "channels", *channels);
        }
        MarkKind::Send(peers) => {
            member(line, ',', "event", "send");
            member(line, ',', "marker", record.snapshot);
            names(line, "to", peers.iter().copied());
        }
        MarkKind::Receive(peer) => {
            member(line, ',', "event", "receive");
            member(line, ',', "marker", record.snapshot);
            member(line, ',', "from", peer);
        }
    }
    line.push('}');
}

pub(super) fn cut(line: &mut String, record: &CutRecord<'_>) {
    member(line, '{', "event", "cut");
    member(line, ',', "label", record.name);
    member(line, ',', "cut", record.spec);
    line.push('}');
}

fn member(line: &mut String, before: char, key: &str, value: &str) {
    line.push(before);
    words::json(line, key);
    line.push(':');
    words::json(line, value);
}

fn raw(line: &mut String, key: &str, value: Option<&str>) {
    if let Some(value) = value {
        line.push(',');
        words::json(line, key);
        line.push(':');
        words::raw(line, value);
    }
}

/// One name as itself, several as an array, none not at all.
fn names<'a>(line: &mut String, key: &str, mut names: impl Iterator<Item = &'a str>) {
    let Some(first) = names.next() else { return };
    let Some(second) = names.next() else { return member(line, ',', key, first) };
    line.push(',');
    words::json(line, key);
    line.push_str(":[");
    words::json(line, first);
    for name in [second].into_iter().chain(names) {
        line.push(',');
        words::json(line, name);
    }
    line.push(']');
}

/// One payload where all messages carry the same.
fn payloads(line: &mut String, transfers: &[Transfer<'_>]) {
    let first = transfers.first().and_then(|transfer| transfer.payload);
    if transfers.iter().all(|transfer| transfer.payload == first) {
        return raw(line, "payload", first);
    }
    line.push_str(r#","payloads":["#);
    for (i, transfer) in transfers.iter().enumerate() {
        line.push_str(if i > 0 { "," } else { "" });
        words::raw(line, transfer.payload.unwrap_or("null"));
    }
    line.push(']');
}

fn time(line: &mut String, time: Time) {
    let written = time.written();
    if written.contains(':') {
        return member(line, ',', "time", &written);
    }
    line.push_str(r#","time":"#);
    line.push_str(&written);
}
