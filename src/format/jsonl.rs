//! Our JSON Lines format (`.jsonl`): one object per line; its schema is `grammar/event.schema.json`.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::json::{Pairs, Text, message, offset};
use super::lines::{for_each_block, lines};
use super::record::{
    ActionKind, ChannelRecord, EventRecord, MarkKind, MarkRecord, Problem, ProcessRecord, Sink, Transfer,
};
use super::text::pair_up;
use super::time::Time;
use crate::source::Source;

/// Whether the first lines are of this format.
pub fn looks_like(head: &str) -> bool {
    let first = head.lines().map(str::trim).find(|l| !l.is_empty());
    first.is_some_and(|l| {
        l.starts_with('{') && serde_json::from_str::<Line<'_>>(l).is_ok_and(|line| line.event.is_some())
    })
}

/// Reads all of `source` into `sink`. Linear in the bytes.
pub fn read(source: &Source, sink: &mut dyn Sink) {
    for_each_block(source, sink, |block, sink| {
        let mut count = 0;
        for (start, text) in lines(block) {
            count += 1;
            if text.trim().is_empty() {
                continue;
            }
            match serde_json::from_str::<Line<'_>>(text) {
                Ok(line) => {
                    if let Err(problem) = emit(&line, start..start + text.len(), sink) {
                        sink.problem(problem);
                    }
                }
                Err(error) => {
                    let at = start + offset(text, &error);
                    sink.problem(Problem {
                        at: at..at + 1,
                        what: format!("this line is no event: {}", message(&error)),
                        label: "expected one JSON object per line".into(),
                        help: Some(HELP.into()),
                    });
                }
            }
        }
        sink.lines(count);
    });
}

const HELP: &str = r#"an event is {"process": "P1", "event": "send", "message": "m1", "to": "P2"}"#;

/// One value or an array of them.
#[derive(Debug, Default)]
struct Names<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Names<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany<'a>(std::marker::PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for OneOrMany<'a> {
            type Value = Names<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or an array of names")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Names<'a>, E> {
                Ok(Names(vec![Cow::Borrowed(text)]))
            }

            fn visit_str<E>(self, text: &str) -> Result<Names<'a>, E> {
                Ok(Names(vec![Cow::Owned(text.into())]))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Names<'a>, E> {
                Ok(Names(vec![Cow::Owned(number.to_string())]))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Names<'a>, E> {
                Ok(Names(vec![Cow::Owned(number.to_string())]))
            }

            fn visit_unit<E>(self) -> Result<Names<'a>, E> {
                Ok(Names(vec![]))
            }

            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Names<'a>, S::Error> {
                let mut all = Vec::new();
                while let Some(Text(text)) = seq.next_element()? {
                    all.push(text);
                }
                Ok(Names(all))
            }
        }

        deserializer.deserialize_any(OneOrMany(std::marker::PhantomData))
    }
}

/// The members of a line. Members of other names are the user's own and are passed over.
#[derive(Default)]
struct Line<'a> {
    process: Option<Text<'a>>,
    event: Option<Text<'a>>,
    label: Option<Text<'a>>,
    message: Names<'a>,
    to: Names<'a>,
    from: Names<'a>,
    marker: Option<Text<'a>>,
    snapshot: Option<Text<'a>>,
    state: Option<&'a RawValue>,
    channels: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
    time: Option<&'a RawValue>,
    clock: Option<Pairs<'a, u64>>,
    fifo: Option<bool>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Line<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<'a>(std::marker::PhantomData<&'a ()>);

        impl<'de: 'a, 'a> Visitor<'de> for Members<'a> {
            type Value = Line<'a>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Line<'a>, M::Error> {
                let mut line = Line::default();
                while let Some(Text(key)) = map.next_key()? {
                    match key.as_ref() {
                        "process" => line.process = map.next_value()?,
                        "event" => line.event = map.next_value()?,
                        "label" => line.label = map.next_value()?,
                        "message" => line.message = map.next_value()?,
                        "to" => line.to = map.next_value()?,
                        "from" => line.from = map.next_value()?,
                        "marker" => line.marker = map.next_value()?,
                        "snapshot" => line.snapshot = map.next_value()?,
                        "state" => line.state = map.next_value()?,
                        "channels" => line.channels = map.next_value()?,
                        "payload" => line.payload = map.next_value()?,
                        "time" => line.time = map.next_value()?,
                        "clock" => line.clock = map.next_value()?,
                        "fifo" => line.fifo = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(line)
            }
        }

        deserializer.deserialize_map(Members(std::marker::PhantomData))
    }
}

/// A problem of the whole line.
fn fault(at: &Range<usize>, what: impl Into<String>, label: impl Into<String>) -> Problem {
    Problem { at: at.clone(), what: what.into(), label: label.into(), help: Some(HELP.into()) }
}

/// A member that must be there, and no empty name.
fn need<'l>(text: Option<&'l Text<'_>>, member: &str, event: &str, at: &Range<usize>) -> Result<&'l str, Problem> {
    match text {
        Some(Text(text)) if !text.is_empty() => Ok(text),
        Some(_) => Err(fault(at, format!("`{member}` is empty"), "expected a name")),
        None => Err(fault(at, format!("a {event} without `{member}`"), format!("expected a member \"{member}\""))),
    }
}

/// An optional member that must be an object.
fn object<'l>(raw: Option<&'l RawValue>, member: &str, at: &Range<usize>) -> Result<Option<&'l str>, Problem> {
    match raw.map(RawValue::get) {
        None | Some("null") => Ok(None),
        Some(text) if text.starts_with('{') => Ok(Some(text)),
        Some(_) => Err(fault(at, format!("`{member}` is no object"), format!("expected \"{member}\": {{...}}"))),
    }
}

fn emit(line: &Line<'_>, at: Range<usize>, sink: &mut dyn Sink) -> Result<(), Problem> {
    let event = need(line.event.as_ref(), "event", "line", &at)?;
    let peers = if event == "send" { &line.to } else { &line.from };
    match event {
        "process" => {
            let name = need(line.process.as_ref(), "process", "process declaration", &at)?;
            let state = object(line.state, "state", &at)?;
            sink.process(ProcessRecord { at, name, state });
        }
        "channel" => {
            let ([from], [to]) = (line.from.0.as_slice(), line.to.0.as_slice()) else {
                return Err(fault(&at, "a channel has one sender and one receiver", "expected \"from\" and \"to\""));
            };
            sink.channel(ChannelRecord { at, from, to, fifo: line.fifo.unwrap_or(true) });
        }
        "record" => {
            let process = need(line.process.as_ref(), "process", event, &at)?;
            let snapshot = need(line.snapshot.as_ref().or(line.marker.as_ref()), "snapshot", event, &at)?;
            let mark = MarkKind::Record {
                state: object(line.state, "state", &at)?,
                channels: object(line.channels, "channels", &at)?,
            };
            sink.mark(MarkRecord { at, process, snapshot, mark });
        }
        "send" | "receive" | "recv" if line.marker.is_some() => {
            let process = need(line.process.as_ref(), "process", event, &at)?;
            let snapshot = need(line.marker.as_ref(), "marker", event, &at)?;
            if !line.message.0.is_empty() {
                return Err(fault(&at, "a marker is no message", "expected \"marker\" or \"message\", not both"));
            }
            let names: Vec<&str> = peers.0.iter().map(Cow::as_ref).collect();
            let mark = match (event, names.as_slice()) {
                ("send", [_, ..]) => MarkKind::Send(&names),
                ("send", []) => return Err(fault(&at, "a marker without a receiver", "expected a member \"to\"")),
                (_, [peer]) => MarkKind::Receive(peer),
                _ => return Err(fault(&at, "a marker comes from one process", "expected one name in \"from\"")),
            };
            sink.mark(MarkRecord { at, process, snapshot, mark });
        }
        "step" => emit_event(line, ActionKind::Step, &[], at, sink)?,
        "send" if line.to.0.is_empty() => {
            return Err(fault(&at, "a send without a receiver", "expected a member \"to\""));
        }
        "send" | "receive" | "recv" => {
            let action = if event == "send" { ActionKind::Send } else { ActionKind::Receive };
            let Some(pairs) = pair_up(line.message.0.len(), peers.0.len()) else {
                return Err(fault(
                    &at,
                    format!("{} messages and {} peers do not go together", line.message.0.len(), peers.0.len()),
                    "expected one of either, or equal numbers",
                ));
            };
            let payload = line.payload.map(RawValue::get);
            let transfer = |(m, p): (Option<usize>, Option<usize>)| Transfer {
                message: m.map(|m| line.message.0[m].as_ref()),
                peer: p.map(|p| peers.0[p].as_ref()),
                payload,
            };
            let mut pairs = pairs;
            match (pairs.next(), pairs.next()) {
                // The common case needs no list.
                (Some(only), None) => emit_event(line, action, &[transfer(only)], at, sink)?,
                (None, _) => emit_event(line, action, &[Transfer::default()], at, sink)?,
                (Some(first), Some(second)) => {
                    let all: Vec<_> = [first, second].into_iter().chain(pairs).map(transfer).collect();
                    emit_event(line, action, &all, at, sink)?;
                }
            }
        }
        other => {
            return Err(fault(
                &at,
                format!("`{other}` is no event"),
                "expected step, send, receive, record, process or channel",
            ));
        }
    }
    Ok(())
}

fn emit_event(
    line: &Line<'_>,
    action: ActionKind,
    transfers: &[Transfer<'_>],
    at: Range<usize>,
    sink: &mut dyn Sink,
) -> Result<(), Problem> {
    let process = need(line.process.as_ref(), "process", "event", &at)?;
    let time = match line.time.map(RawValue::get) {
        None | Some("null") => None,
        Some(raw) => match Time::parse(raw.trim_matches('"')) {
            Some(time) => Some(time),
            None => return Err(fault(&at, format!("{raw} is no time"), "expected a number or RFC 3339")),
        },
    };
    let clock: Option<Vec<(&str, u64)>> =
        line.clock.as_ref().map(|clock| clock.0.iter().map(|(name, count)| (name.as_ref(), *count)).collect());
    sink.event(&EventRecord {
        state: object(line.state, "state", &at)?,
        at,
        process,
        label: line.label.as_ref().map(|Text(label)| label.as_ref()),
        note: None,
        action,
        transfers,
        time,
        clock: clock.as_deref(),
    });
    Ok(())
}
