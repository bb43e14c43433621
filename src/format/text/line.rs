//! One line of the text format, in nom: the reference for every line (`grammar/trace.ebnf`).

use std::borrow::Cow;

use crate::format::cut::row;
use crate::format::lexis::{Fault, Parsed, blanks, end, is_blank, name, symbol, value, word};
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
    if let Ok((rest, keyword @ ("process" | "channel" | "cut"))) = word(start) {
        let (after, gap) = blanks(rest)?;
        match keyword {
            // `process: step` is an event of a process of that name.
            _ if rest.starts_with(':') => {}
            _ if gap.is_empty() => return Fault::expected(rest, "a space, or `:` directly behind").fail(),
            "process" => return process(after),
            "channel" => return channel(after),
            _ => return cut(after),
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
    let (after, gap) = blanks(rest)?;
    let (rest, fifo) = match word(after) {
        Ok((rest, "unordered")) if !gap.is_empty() => (rest, false),
        _ => (rest, true),
    };
    end(rest, "`unordered` or the end of the line")?;
    Ok(("", Line::Channel { from, to, fifo }))
}

fn cut(text: &str) -> Parsed<'_, Line<'_>> {
    let (rest, name) = name(text)?;
    let (spec, ()) = symbol("=", "`=` and the cut")(rest)?;
    let (rest, _) = row(spec)?;
    end(rest, "another `process=position`, or the end of the line")?;
    Ok(("", Line::Cut { name, spec: &spec[..spec.len() - rest.len()] }))
}

fn event(text: &str) -> Parsed<'_, Line<'_>> {
    let (rest, process) = name(text).map_err(|_| {
        nom::Err::Failure(
            Fault::expected(text, "a process name, `process`, `channel`, `cut` or a comment").with_help(EVENT_HELP),
        )
    })?;
    let (before, gap) = blanks(rest)?;
    let (rest, label) = match name(before) {
        Ok(_) if gap.is_empty() => return Fault::expected(before, "`:`, or a space before the label").fail(),
        Ok((rest, label)) => (rest, Some(label)),
        Err(failure @ nom::Err::Failure(_)) => return Err(failure),
        Err(_) => (before, None),
    };
    let colon = symbol(":", "`:` and an action")(rest);
    if colon.is_err() && matches!(label.as_deref(), Some("step" | "send" | "receive" | "recv" | "record")) {
        // `P1 send m -> P2`: what could be a label is the action.
        return Fault::expected(before, "`:` before the action").with_help(EVENT_HELP).fail();
    }
    let (rest, ()) = colon.map_err(|e| e.map(|f| f.with_help(EVENT_HELP)))?;
    let (rest, action) = action(rest)?;
    if let (false, Some(_)) = (matches!(action, Action::Event { .. }), &label) {
        let mut fault =
            Fault::expected(before, "`:`").with_help("lines of a snapshot protocol are no events: leave the label out");
        fault.what = Some("a snapshot protocol line with a label".into());
        return fault.fail();
    }
    let (rest, state) = match action {
        Action::SendMarker { .. } | Action::ReceiveMarker { .. } => (rest, Vec::new()),
        _ => pairs(rest)?,
    };
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
            let (rest, snapshot) = spaced(rest, "the id of the snapshot", name)?;
            Ok((rest, Action::Record { snapshot }))
        }
        _ => unknown().fail(),
    }
}

/// What `one` reads, behind white space: `send"m"` is no send.
fn spaced<'a, T>(text: &'a str, expected: &'static str, one: impl Fn(&'a str) -> Parsed<'a, T>) -> Parsed<'a, T> {
    let (rest, gap) = blanks(text)?;
    if gap.is_empty() {
        return Fault::expected(rest, expected).fail();
    }
    one(rest).map_err(|error| match error {
        nom::Err::Error(_) => nom::Err::Failure(Fault::expected(rest, expected)),
        failure => failure,
    })
}

/// `marker s1 ->`, where that is not a message of the name `marker`: text from the arrow on, and the snapshot.
fn marker<'a>(text: &'a str, arrow: &str) -> Option<(&'a str, Cow<'a, str>)> {
    let (rest, "marker") = blanks(text).and_then(|(rest, _)| word(rest)).ok()? else { return None };
    let (rest, snapshot) = spaced(rest, "", name).ok()?;
    let (rest, _) = blanks(rest).ok()?;
    rest.starts_with(arrow).then_some((rest, snapshot))
}

const OUTGOING: &str = "a message id, or `->` and the receiver";
const INCOMING: &str = "a message id, or `<-` and the sender";

fn send(text: &str) -> Parsed<'_, Action<'_>> {
    let (start, _) = blanks(text)?;
    let marker = marker(text, "->");
    let (rest, messages) = match &marker {
        Some((rest, _)) => (*rest, vec![]),
        None if start.starts_with("->") => (start, vec![]),
        None => spaced(text, OUTGOING, |text| list(text, outgoing))?,
    };
    let (rest, ()) = symbol("->", "`->` and the receiver")(rest)?;
    let (rest, peers) = list(rest, name)?;
    Ok(match marker {
        Some((_, snapshot)) => (rest, Action::SendMarker { snapshot, peers }),
        None => (rest, Action::Event { kind: ActionKind::Send, messages, peers }),
    })
}

fn receive(text: &str) -> Parsed<'_, Action<'_>> {
    if let Some((rest, snapshot)) = marker(text, "<-") {
        let (rest, ()) = symbol("<-", "`<-` and the sender of the marker")(rest)?;
        let (rest, peer) = name(rest)?;
        return Ok((rest, Action::ReceiveMarker { snapshot, peer }));
    }
    let (start, _) = blanks(text)?;
    let (rest, messages) = match start.starts_with("<-") {
        true => (start, vec![]),
        false => spaced(text, INCOMING, |text| list(text, |text| name(text).map(|(rest, id)| (rest, (id, vec![])))))?,
    };
    let (rest, peers) = match symbol("<-", "")(rest) {
        Ok((rest, ())) => list(rest, name)?,
        Err(_) => (rest, vec![]),
    };
    Ok((rest, Action::Event { kind: ActionKind::Receive, messages, peers }))
}

fn outgoing(text: &str) -> Parsed<'_, (Cow<'_, str>, Vec<Pair<'_>>)> {
    let (rest, id) = name(text)?;
    let Ok((inside, ())) = symbol("(", "")(rest) else { return Ok((rest, (id, vec![]))) };
    let (after, payload) = list(inside, pair)?;
    let (after, _) = blanks(after)?;
    match after.strip_prefix(')') {
        Some(rest) => Ok((rest, (id, payload))),
        None => Fault::expected(after, "`,` or `)`").fail(),
    }
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
        let (rest, gap) = blanks(text)?;
        let starts = rest.starts_with('"') || word(rest).is_ok();
        // A value and the next name need something between them: `a="x"b=1` is a slip.
        if !starts || gap.is_empty() {
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
    let stop = rest.find(|c: char| is_blank(c) || c == '#').unwrap_or(rest.len());
    if stop == 0 {
        return Fault::expected(rest, "a time: a number or RFC 3339").fail();
    }
    Ok((&rest[stop..], Some(&rest[..stop])))
}
