//! From the parts of a record to the record.

use std::borrow::Cow;
use std::ops::Range;

use hashbrown::HashSet;

use super::Mapping;
use super::receivers::{Receivers, UNKNOWN};
use super::role::{Action, Places, Role};
use super::unknown::UnknownWords;
use super::value::Value;
use crate::format::ahead::Way;
use crate::format::json::Pairs;
use crate::format::record::{ActionKind, EventRecord, MarkKind, MarkRecord, Problem, Sink, Transfer};
use crate::format::text::pair_up;
use crate::format::time::Time;
use crate::key::Key;
use crate::source::Source;

/// Mostly one, which takes no memory of its own.
enum Few<T> {
    None,
    One(T),
    Several(Vec<T>),
}

type Names<'t> = Few<Cow<'t, str>>;

impl<T> Few<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(all) => all,
        }
    }

    fn push(&mut self, next: T) {
        *self = match std::mem::replace(self, Self::None) {
            Self::None => Self::One(next),
            Self::One(one) => Self::Several(vec![one, next]),
            Self::Several(mut all) => {
                all.push(next);
                Self::Several(all)
            }
        }
    }
}

/// Makes records of one source.
pub(super) struct Records<'r, 't> {
    mapping: &'r Mapping,
    source: &'t Source,
    way: Way,
    /// Who receives what; nothing while that is being found out.
    receivers: Option<&'r Receivers>,
    /// What processes sent to themselves: message and process.
    own: HashSet<(Key, Key)>,
    state: String,
    unknown: UnknownWords,
}

/// The parts of one record and where it stands.
pub(super) struct Parts<'p, 't> {
    pub places: &'p Places,
    pub slots: &'p [Option<Value<'t>>],
    pub at: Range<usize>,
}

impl<'t> Parts<'_, 't> {
    fn fault(&self, what: impl Into<String>, label: &str, help: &str) -> Problem {
        Problem { at: self.at.clone(), what: what.into(), label: label.into(), help: Some(help.into()) }
    }

    fn name(&self, action: Action, role: Role) -> Result<Option<Cow<'t, str>>, Problem> {
        match self.places.find(self.slots, action, role) {
            None => Ok(None),
            Some(value) => value.name().map_err(|_| self.no_name(value, role)),
        }
    }

    fn no_name(&self, value: Value<'_>, role: Role) -> Problem {
        let role = format!("{role:?}").to_lowercase();
        let what = format!("the {role} of this event is no name: {}", value.shown());
        self.fault(what, "expected a string or a number", "map the member that holds the name itself")
    }

    /// One name or an array of them.
    fn names(&self, action: Action, role: Role) -> Result<Names<'t>, Problem> {
        let name = |one: Value<'t>| one.name().map_err(|_| self.no_name(one, role));
        match self.places.find(self.slots, action, role) {
            None => Ok(Few::None),
            Some(value) if value.is_array() => {
                let all = value.elements().into_iter().filter_map(|one| name(one).transpose());
                Ok(Few::Several(all.collect::<Result<_, _>>()?))
            }
            Some(value) => Ok(name(value)?.map_or(Few::None, Few::One)),
        }
    }

    fn time(&self, action: Action) -> Result<Option<Time>, Problem> {
        let Some(value) = self.places.find(self.slots, action, Role::Time) else { return Ok(None) };
        let time = value.name().ok().flatten().and_then(|text| Time::parse_log(&text));
        time.map(Some).ok_or_else(|| {
            let help = "times are numbers, RFC 3339, 2026-05-01 12:00:00,123, 01/May/2026:12:00:00 +0000 or 12:00:00.5";
            self.fault(format!("{} is no time", value.shown()), "expected a time", help)
        })
    }

    fn clock(&self, action: Action) -> Result<Option<Pairs<'t, u64>>, Problem> {
        let text = match self.places.find(self.slots, action, Role::Clock) {
            Some(Value::Text(text) | Value::Json(text)) => text,
            None => return Ok(None),
        };
        serde_json::from_str(text).map(Some).map_err(|error| {
            let what = format!("this vector clock cannot be read: {}", crate::format::json::message(&error));
            self.fault(what, "expected {\"a\": 1, \"b\": 2}", "a clock is a JSON object from process names to counts")
        })
    }

    fn object(&self, action: Action, role: Role) -> Result<Option<Cow<'t, str>>, Problem> {
        let Some(value) = self.places.find(self.slots, action, role) else { return Ok(None) };
        let json = value.json();
        if json.starts_with('{') {
            return Ok(Some(json));
        }
        let help = "map one variable by its own name: any name that is no part of an event is a variable";
        Err(self.fault(format!("this state is no object: {}", value.shown()), "expected {...}", help))
    }
}

impl<'r, 't> Records<'r, 't> {
    pub fn new(mapping: &'r Mapping, source: &'t Source, way: Way, receivers: Option<&'r Receivers>) -> Self {
        let own = receivers.map_or_else(HashSet::new, |receivers| receivers.own_before(source));
        Self { mapping, source, way, receivers, own, state: String::new(), unknown: UnknownWords::default() }
    }

    /// Hands on a record; false where it lacks what makes one: a word for what happened, or a process.
    pub fn emit(&mut self, parts: &Parts<'_, 't>, sink: &mut dyn Sink) -> bool {
        let Some(action) = parts.places.action(parts.slots, &self.mapping.words) else {
            if let (true, Some(word)) = (self.mapping.tells_words, parts.places.word(parts.slots)) {
                self.unknown.add(&word, parts.at.start);
            }
            return false;
        };
        if self.receivers.is_none() && matches!(action, Action::Step | Action::Record) {
            return true;
        }
        let process = match parts.name(action, Role::Process) {
            Ok(name) => name.or(self.source.process().map(Cow::Borrowed)),
            Err(problem) => {
                sink.problem(problem);
                return true;
            }
        };
        let Some(process) = process else { return false };
        let done = match action {
            Action::Step => self.event(parts, action, &process, &[], sink),
            Action::Record => record(parts, &process, sink),
            _ if parts.places.find(parts.slots, action, Role::Marker).is_some() => {
                marker(parts, action, &process, sink)
            }
            _ => self.transfers(parts, action, &process, sink),
        };
        done.unwrap_or_else(|problem| sink.problem(problem));
        true
    }

    /// All of the source has been read.
    pub fn end(&self, sink: &mut dyn Sink) {
        self.unknown.tell(sink);
    }

    /// A send or receive of messages.
    fn transfers(
        &mut self,
        parts: &Parts<'_, 't>,
        action: Action,
        process: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        let peer = if action == Action::Send { Role::To } else { Role::From };
        let (messages, peers) = (parts.names(action, Role::Message)?, parts.names(action, peer)?);
        let (messages, peers) = (messages.as_slice(), peers.as_slice());
        let payload = match action {
            Action::Send => parts.places.find(parts.slots, action, Role::Payload).map(Value::json),
            _ => None,
        };
        let Some(pairs) = pair_up(messages.len(), peers.len()) else {
            let what = format!("{} messages and {} peers do not go together", messages.len(), peers.len());
            return Err(parts.fault(what, "expected one of either, or equal numbers", "map arrays of equal length"));
        };
        if peers.is_empty() && messages.is_empty() {
            return Err(match action {
                Action::Send => parts.fault(
                    "a send with neither a receiver nor a message id",
                    "who is to receive it?",
                    "map `to`, or `message`: then the receiver is who logs a receive of that id",
                ),
                _ => parts.fault(
                    "a receive with neither a message id nor a sender",
                    "which message is it?",
                    "map `message`, or `from`: then messages pair with sends in the order of the channel",
                ),
            });
        }
        let mut transfers = Few::None;
        for (message, peer) in pairs {
            let message = message.and_then(|i| messages.get(i)).map(Cow::as_ref);
            let peer = peer.and_then(|i| peers.get(i)).map(Cow::as_ref);
            let transfer = Transfer { message, peer, payload: payload.as_deref() };
            match (action, message, peer) {
                (Action::Send, Some(id), None) => self.resolve(process, id, transfer, &mut transfers),
                _ if self.is_own(action, process, message, peer) => {}
                _ => transfers.push(transfer),
            }
        }
        // What a process sends to itself is a matter of its own: two local steps.
        let action = if transfers.as_slice().is_empty() { Action::Step } else { action };
        self.event(parts, action, process, transfers.as_slice(), sink)
    }

    /// A send that does not say to whom.
    fn resolve<'s>(&mut self, process: &str, id: &'s str, send: Transfer<'s>, transfers: &mut Few<Transfer<'s>>)
    where
        'r: 's,
    {
        let (mut own, mut others) = (false, false);
        if let Some(receivers) = self.receivers {
            for receiver in receivers.of_message(id, self.mapping, self.way) {
                if receiver == process {
                    own = true;
                } else {
                    others = true;
                    transfers.push(Transfer { peer: Some(receiver), ..send });
                }
            }
        }
        if own {
            self.add_own(id, process);
        } else if !others {
            transfers.push(Transfer { peer: Some(UNKNOWN), ..send });
        }
    }

    fn add_own(&mut self, id: &str, process: &str) {
        let (message, process) = (Key::of(id), Key::of(process));
        self.own.insert((message, process));
        if let Some(receivers) = self.receivers {
            receivers.add_own(message, process);
        }
    }

    /// Whether a message goes from a process to itself.
    fn is_own(&mut self, action: Action, process: &str, message: Option<&str>, peer: Option<&str>) -> bool {
        let key = |id: &str| (Key::of(id), Key::of(process));
        match (action, peer) {
            (Action::Send, Some(peer)) if peer == process => {
                message.into_iter().for_each(|id| self.add_own(id, process));
                true
            }
            (Action::Receive, Some(peer)) => peer == process,
            (Action::Receive, None) if !self.own.is_empty() => message.is_some_and(|id| self.own.contains(&key(id))),
            _ => false,
        }
    }

    fn event(
        &mut self,
        parts: &Parts<'_, 't>,
        action: Action,
        process: &str,
        transfers: &[Transfer<'_>],
        sink: &mut dyn Sink,
    ) -> Result<(), Problem> {
        let kind = match action {
            Action::Send => ActionKind::Send,
            Action::Receive => ActionKind::Receive,
            _ => ActionKind::Step,
        };
        if self.receivers.is_none() {
            // The rest is read when it is told.
            let (label, note, state, time, clock, at) = (None, None, None, None, None, parts.at.clone());
            sink.event(&EventRecord { at, process, label, note, action: kind, transfers, state, time, clock });
            return Ok(());
        }
        let clock = parts.clock(action)?;
        let clock: Option<Vec<(&str, u64)>> =
            clock.as_ref().map(|clock| clock.0.iter().map(|(name, count)| (name.as_ref(), *count)).collect());
        let object = parts.object(action, Role::State)?;
        self.state.clear();
        parts.places.variables(parts.slots, action, &mut self.state);
        let state = match (object, self.state.is_empty()) {
            (object, true) => object,
            (object, false) => {
                // The members of the object come first; of two members with one name the last one counts.
                let inner = object.as_deref().and_then(|text| text.trim_end().strip_prefix('{')?.strip_suffix('}'));
                let inner = inner.map(str::trim).filter(|inner| !inner.is_empty());
                self.state.insert_str(0, &inner.map_or("{".into(), |inner| format!("{{{inner},")));
                self.state.push('}');
                Some(Cow::Borrowed(self.state.as_str()))
            }
        };
        let (label, note) = (parts.name(action, Role::Label)?, parts.name(action, Role::Note)?);
        sink.event(&EventRecord {
            at: parts.at.clone(),
            process,
            label: label.as_deref(),
            note: note.as_deref(),
            action: kind,
            transfers,
            state: state.as_deref(),
            time: parts.time(action)?,
            clock: clock.as_deref(),
        });
        Ok(())
    }
}

/// A process that records for a snapshot.
fn record(parts: &Parts<'_, '_>, process: &str, sink: &mut dyn Sink) -> Result<(), Problem> {
    let action = Action::Record;
    let snapshot = match parts.name(action, Role::Snapshot)? {
        Some(snapshot) => Some(snapshot),
        None => parts.name(action, Role::Marker)?,
    };
    let snapshot = snapshot.ok_or_else(|| {
        parts.fault("a record without its snapshot", "which snapshot?", "map `snapshot` to the id of the snapshot")
    })?;
    let (state, channels) = (parts.object(action, Role::State)?, parts.object(action, Role::Channels)?);
    let mark = MarkKind::Record { state: state.as_deref(), channels: channels.as_deref() };
    sink.mark(MarkRecord { at: parts.at.clone(), process, snapshot: &snapshot, mark });
    Ok(())
}

/// A marker, sent or received.
fn marker(parts: &Parts<'_, '_>, action: Action, process: &str, sink: &mut dyn Sink) -> Result<(), Problem> {
    let Some(snapshot) = parts.name(action, Role::Marker)? else { return Ok(()) };
    let peers = parts.names(action, if action == Action::Send { Role::To } else { Role::From })?;
    let names: Vec<&str> = peers.as_slice().iter().map(Cow::as_ref).collect();
    let mark = match (action, names.as_slice()) {
        (Action::Send, [_, ..]) => MarkKind::Send(&names),
        (Action::Receive, [peer]) => MarkKind::Receive(peer),
        (Action::Send, []) => return Err(parts.fault("a marker without a receiver", "to whom?", "map `to`")),
        _ => return Err(parts.fault("a marker comes from one process", "expected one name", "map `from`")),
    };
    sink.mark(MarkRecord { at: parts.at.clone(), process, snapshot: &snapshot, mark });
    Ok(())
}
