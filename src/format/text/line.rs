//! One line of the text format, in nom: the reference for every line (`grammar/trace.ebnf`).

use std::borrow::Cow;

use crate::format::lexis::{Fault, Parsed, blanks, end, name, quoted, symbol, value, word};
use crate::format::record::ActionKind;

/// `name=value`, the value as JSON text.
pub type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What a line says.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// Nothing, or a comment.
    Blank,
    /// `process Pi balance=1000`
    Process { name: Cow<'a, str>, state: Vec<Pair<'a>> },
    /// `channel Pi -> Pj unordered`
    Channel { from: Cow<'a, str>, to: Cow<'a, str>, fifo: bool },
    /// `cut halfway = Pi=b Pj=f`
    Cut { name: Cow<'a, str>, spec: &'a str },
    /// `Pi a: send m(amount=299) -> Pj balance=701 @ 12.5`
    Event(Event<'a>),
}

/// An event line, or a line of a snapshot protocol.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    pub process: Cow<'a, str>,
    pub label: Option<Cow<'a, str>>,
    pub action: Action<'a>,
    pub state: Vec<Pair<'a>>,
    pub time: Option<&'a str>,
}

/// What stands after the colon.
#[derive(Clone, Debug, PartialEq)]
pub enum Action<'a> {
    /// An event: its messages (id and payload) and its peers.
    Event { kind: ActionKind, messages: Vec<(Cow<'a, str>, Vec<Pair<'a>>)>, peers: Vec<Cow<'a, str>> },
    /// `record s1`
    Record { snapshot: Cow<'a, str> },
    /// `send marker s1 -> Pj`
    SendMarker { snapshot: Cow<'a, str>, peers: Vec<Cow<'a, str>> },
    /// `receive marker s1 <- Pj`
    ReceiveMarker { snapshot: Cow<'a, str>, peer: Cow<'a, str> },
}

const EVENT_HELP: &str = "an event is `P1: step`, `P1: send m1 -> P2` or `P2: receive m1 <- P1`";

/// Reads a line.
///
/// # Errors
/// Where it stops making sense, and what could stand there.
pub fn parse(line: &str) -> Result<Line<'_>, Fault<'_>> {
    match any(line) {
        Ok((_, line)) => Ok(line),
        Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => Err(fault),
        Err(nom::Err::Incomplete(_)) => Err(Fault::expected("", "a whole line")),
    }
}

fn any(line: &str) -> Parsed<'_, Line<'_>> {
    let (start, _) = blanks(line)?;
    if start.is_empty() || start.starts_with('#') {
        return Ok(("", Line::Blank));
    }
    if let Ok((rest, keyword)) = word(start)
        && rest.starts_with(char::is_whitespace)
    {
        let (rest, _) = blanks(rest)?;
        // `process: step` and `process : step` are events of a process of that name.
        match keyword {
            _ if rest.starts_with(':') => {}
            "process" => return process(rest),
            "channel" => return channel(rest),
            "cut" => return cut(rest),
            _ => {}
        }
    }
    event(start)
}

fn process(text: &str) -> Parsed<'_, Line<'_>> {
    let (rest, name) = name(text)?;
    let (rest, state) = pairs(rest)?;
    end(rest, "`name=value` or the end of the line")?;
    Ok(("", Line::Process { name, state }))
}

fn channel(text: &str) -> Parsed<'_, Line<'_>> {
    let (rest, from) = name(text)?;
    let (rest, ()) = symbol("->", "`->` and the receiver")(rest)?;
    let (rest, to) = name(rest)?;
    let (rest, _) = blanks(rest)?;
    let (rest, fifo) = match rest.strip_prefix("unordered") {
        Some(rest) => (rest, false),
        None => (rest, true),
    };
    end(rest, "`unordered` or the end of the line")?;
    Ok(("", Line::Channel { from, to, fifo }))
}

fn cut(text: &str) -> Parsed<'_, Line<'_>> {
    let (rest, name) = name(text)?;
    let (rest, ()) = symbol("=", "`=` and the cut")(rest)?;
    Ok(("", Line::Cut { name, spec: rest }))
}

fn event(text: &str) -> Parsed<'_, Line<'_>> {
    let (rest, process) = name(text).map_err(|_| {
        nom::Err::Failure(
            Fault::expected(text, "a process name, `process`, `channel`, `cut` or a comment").with_help(EVENT_HELP),
        )
    })?;
    let (rest, _) = blanks(rest)?;
    let before = rest;
    let (rest, label) = match name(rest) {
        Ok((rest, label)) => (rest, Some(label)),
        Err(failure @ nom::Err::Failure(_)) => return Err(failure),
        Err(_) => (rest, None),
    };
    let colon = symbol(":", "`:` and an action")(rest);
    if colon.is_err() && matches!(label.as_deref(), Some("step" | "send" | "receive" | "recv" | "record")) {
        // `P1 send m -> P2`: what could be a label is the action.
        return Fault::expected(before, "`:` before the action").with_help(EVENT_HELP).fail();
    }
    let (rest, ()) = colon.map_err(|e| e.map(|f| f.with_help(EVENT_HELP)))?;
    let (rest, action) = action(rest)?;
    let (rest, state) = pairs(rest)?;
    let (rest, time) = time(rest)?;
    end(rest, "`name=value`, `@ time` or the end of the line")?;
    Ok(("", Line::Event(Event { process, label, action, state, time })))
}

fn action(text: &str) -> Parsed<'_, Action<'_>> {
    let unknown = || Fault::expected(text, "`step`, `send`, `receive`, `record` or a marker").with_help(EVENT_HELP);
    let Ok((rest, keyword)) = word(text) else { return unknown().fail() };
    match keyword {
        "step" => Ok((rest, Action::Event { kind: ActionKind::Step, messages: vec![], peers: vec![] })),
        "send" => send(rest),
        "receive" | "recv" => receive(rest),
        "record" => {
            let (rest, _) = blanks(rest)?;
            let (rest, snapshot) =
                name(rest).map_err(|_| nom::Err::Failure(Fault::expected(rest, "the id of the snapshot")))?;
            Ok((rest, Action::Record { snapshot }))
        }
        _ => unknown().fail(),
    }
}

/// `marker s1`, where that is not a message of the name `marker`.
fn marker(text: &str) -> Option<(&str, Cow<'_, str>)> {
    let rest = text.strip_prefix("marker")?;
    let rest = rest.strip_prefix(char::is_whitespace)?;
    name(rest.trim_start()).ok()
}

fn send(text: &str) -> Parsed<'_, Action<'_>> {
    let (text, _) = blanks(text)?;
    let marker = marker(text);
    let (rest, messages) = match &marker {
        Some((rest, _)) => (*rest, vec![]),
        None if text.starts_with("->") => (text, vec![]),
        None => list(text, outgoing)?,
    };
    let (rest, ()) = symbol("->", "`->` and the receiver")(rest)?;
    let (rest, peers) = list(rest, name)?;
    Ok(match marker {
        Some((_, snapshot)) => (rest, Action::SendMarker { snapshot, peers }),
        None => (rest, Action::Event { kind: ActionKind::Send, messages, peers }),
    })
}

fn receive(text: &str) -> Parsed<'_, Action<'_>> {
    let (text, _) = blanks(text)?;
    if let Some((rest, snapshot)) = marker(text) {
        let (rest, ()) = symbol("<-", "`<-` and the sender of the marker")(rest)?;
        let (rest, peer) = name(rest)?;
        return Ok((rest, Action::ReceiveMarker { snapshot, peer }));
    }
    let (rest, messages) = match text.starts_with("<-") {
        true => (text, vec![]),
        false => list(text, |text| {
            let (rest, id) = name(text).map_err(|e| match e {
                nom::Err::Error(_) => nom::Err::Error(Fault::expected(text, "a message id, or `<-` and the sender")),
                other => other,
            })?;
            Ok((rest, (id, vec![])))
        })?,
    };
    let (rest, peers) = match symbol("<-", "")(rest) {
        Ok((rest, ())) => list(rest, name)?,
        Err(_) => (rest, vec![]),
    };
    Ok((rest, Action::Event { kind: ActionKind::Receive, messages, peers }))
}

fn outgoing(text: &str) -> Parsed<'_, (Cow<'_, str>, Vec<Pair<'_>>)> {
    let (rest, id) = name(text).map_err(|e| match e {
        nom::Err::Error(_) => nom::Err::Error(Fault::expected(text, "a message id, or `->` and the receiver")),
        other => other,
    })?;
    let Some(mut inside) = rest.strip_prefix('(') else { return Ok((rest, (id, vec![]))) };
    let mut payload = Vec::new();
    inside = blanks(inside)?.0;
    while !inside.starts_with(')') {
        let (rest, found) = pair(inside)?;
        payload.push(found);
        let (rest, _) = blanks(rest)?;
        inside = match rest.strip_prefix(',') {
            Some(rest) => blanks(rest)?.0,
            None if rest.starts_with(')') => rest,
            None => return Fault::expected(rest, "`,` or `)`").fail(),
        };
    }
    Ok((&inside[1..], (id, payload)))
}

fn list<'a, T>(text: &'a str, one: impl Fn(&'a str) -> Parsed<'a, T>) -> Parsed<'a, Vec<T>> {
    let (mut rest, first) = one(text)?;
    let mut all = vec![first];
    while let Ok((after, ())) = symbol(",", "")(rest) {
        let (after, next) = one(after)?;
        all.push(next);
        rest = after;
    }
    Ok((rest, all))
}

fn pair(text: &str) -> Parsed<'_, Pair<'_>> {
    let (rest, key) = name(text)?;
    let (rest, ()) = symbol("=", "`=` and a value")(rest)?;
    let (rest, value) = value(rest)?;
    Ok((rest, (key, value)))
}

/// `name=value` as often as it comes.
fn pairs(mut text: &str) -> Parsed<'_, Vec<Pair<'_>>> {
    let mut all = Vec::new();
    loop {
        let (rest, _) = blanks(text)?;
        let starts = rest.starts_with('"') || word(rest).is_ok();
        // A value and the next name need something between them: `a="x"b=1` is a slip.
        if !starts || (rest.len() == text.len() && !rest.is_empty()) {
            return Ok((text, all));
        }
        let (rest, found) = pair(rest)?;
        all.push(found);
        text = rest;
    }
}

fn time(text: &str) -> Parsed<'_, Option<&str>> {
    let (rest, _) = blanks(text)?;
    let Some(rest) = rest.strip_prefix('@') else { return Ok((text, None)) };
    let (rest, _) = blanks(rest)?;
    if rest.starts_with('"') {
        let (after, raw) = quoted(rest)?;
        return Ok((after, Some(&raw[1..raw.len() - 1])));
    }
    let stop = rest.find(|c: char| c.is_whitespace() || c == '#').unwrap_or(rest.len());
    if stop == 0 {
        return Fault::expected(rest, "a time: a number or RFC 3339").fail();
    }
    Ok((&rest[stop..], Some(&rest[..stop])))
}
