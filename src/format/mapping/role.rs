//! What the parts of a record are for: the members of our JSON Lines, and the words for what an event does.

use std::borrow::Cow;

use super::value::Value;

/// What a record tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A local step.
    Step,
    /// A send.
    Send,
    /// A receive.
    Receive,
    /// A process that records its state for a snapshot.
    Record,
}

impl Action {
    /// All of them, each with its name here.
    const NAMES: [(&'static str, Self); 4] =
        [("step", Self::Step), ("send", Self::Send), ("receive", Self::Receive), ("record", Self::Record)];

    /// Words of others for them, in any case.
    const SYNONYMS: [(&'static str, Self); 16] = [
        ("recv", Self::Receive),
        ("sent", Self::Send),
        ("sending", Self::Send),
        ("produce", Self::Send),
        ("produced", Self::Send),
        ("publish", Self::Send),
        ("published", Self::Send),
        ("received", Self::Receive),
        ("receiving", Self::Receive),
        ("consume", Self::Receive),
        ("consumed", Self::Receive),
        ("deliver", Self::Receive),
        ("delivered", Self::Receive),
        ("local", Self::Step),
        ("internal", Self::Step),
        ("recorded", Self::Record),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|&&(_, action)| action == self).map_or("", |(name, _)| name)
    }

    /// The action of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(own, _)| *own == name).map(|&(_, action)| action)
    }
}

/// The words for what an event does.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    given: Vec<(String, Action)>,
    others: Option<Action>,
}

impl Words {
    /// Adds a word; `*` stands for all that are not known. The first meaning of a word counts.
    pub fn add(&mut self, word: &str, action: Action) {
        match word {
            "*" => self.others = self.others.or(Some(action)),
            _ => self.given.push((word.to_owned(), action)),
        }
    }

    /// What a word means: as it was said, else by the words that are known anyway, in any case.
    pub fn action(&self, word: &str) -> Option<Action> {
        let given = self.given.iter().find(|(own, _)| own == word);
        let known = || Action::NAMES.iter().chain(&Action::SYNONYMS).find(|(own, _)| own.eq_ignore_ascii_case(word));
        given.map(|&(_, action)| action).or_else(|| known().map(|&(_, action)| action)).or(self.others)
    }
}

/// A part of a record that is no variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Process,
    Event,
    Message,
    To,
    From,
    Label,
    Note,
    Time,
    Clock,
    Payload,
    State,
    Marker,
    Snapshot,
    Channels,
}

impl Role {
    const NAMES: [(&'static str, Self); 14] = [
        ("process", Self::Process),
        ("event", Self::Event),
        ("message", Self::Message),
        ("to", Self::To),
        ("from", Self::From),
        ("label", Self::Label),
        ("note", Self::Note),
        ("time", Self::Time),
        ("clock", Self::Clock),
        ("payload", Self::Payload),
        ("state", Self::State),
        ("marker", Self::Marker),
        ("snapshot", Self::Snapshot),
        ("channels", Self::Channels),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(own, _)| *own == name).map(|&(_, role)| role)
    }
}

/// A variable that an event sets.
#[derive(Clone, Debug)]
struct Variable {
    action: Option<Action>,
    /// Its name as JSON, with the colon.
    key: String,
    slot: usize,
}

/// Where the parts of a record are found among its slots. What stands first is tried first; what is said of one action
/// goes before what is said of all.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    slots: [[Vec<usize>; Role::NAMES.len()]; Action::NAMES.len()],
    /// Slots that need only be there to say what the event does.
    says: Vec<(Action, usize)>,
    variables: Vec<Variable>,
}

impl Places {
    /// The places of parts by their names: `process`, `send.process`, or a variable; the n-th of them is in slot n.
    pub fn of<'a>(names: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut places = Self::default();
        let mut general = Vec::new();
        for (slot, name) in names.enumerate() {
            let Some(name) = name else { continue };
            if let Some(action) = Action::named(name) {
                places.says.push((action, slot));
                continue;
            }
            let (action, name) = match name.split_once('.') {
                Some((prefix, rest)) if Action::named(prefix).is_some() => (Action::named(prefix), rest),
                _ => (None, name),
            };
            match (Role::named(name), action) {
                (Some(role), Some(action)) => places.slots[action as usize][role as usize].push(slot),
                (Some(role), None) => general.push((role, slot)),
                (None, _) => {
                    let key = crate::format::lexis::json_string(name) + ":";
                    places.variables.push(Variable { action, key, slot });
                }
            }
        }
        for (role, slot) in general {
            places.slots.iter_mut().for_each(|of_action| of_action[role as usize].push(slot));
        }
        places
    }

    /// Whether anything says what an event does.
    pub fn has_action(&self) -> bool {
        !self.says.is_empty() || self.has(Role::Event)
    }

    /// Whether a part has a place for any action.
    pub fn has(&self, role: Role) -> bool {
        self.slots.iter().any(|of_action| !of_action[role as usize].is_empty())
    }

    /// The places of a part in events of one action.
    pub fn all(&self, action: Action, role: Role) -> &[usize] {
        &self.slots[action as usize][role as usize]
    }

    /// Whether its events may do this.
    pub fn may_be(&self, action: Action) -> bool {
        self.has(Role::Event) || self.says.iter().any(|&(says, _)| says == action)
    }

    /// What the event does.
    pub fn action(&self, slots: &[Option<Value<'_>>], words: &Words) -> Option<Action> {
        let there = |slot: usize| slots.get(slot).copied().flatten();
        let says = self.says.iter().find(|(_, slot)| there(*slot).is_some_and(Value::is_there));
        says.map(|&(action, _)| action).or_else(|| words.action(&self.word(slots)?))
    }

    /// The word for what the event does.
    pub fn word<'t>(&self, slots: &[Option<Value<'t>>]) -> Option<Cow<'t, str>> {
        // What tells the action is there for any of them.
        let places = &self.slots[0][Role::Event as usize];
        places.iter().find_map(|&slot| slots.get(slot).copied().flatten()?.name().ok().flatten())
    }

    /// A part of the record, the first that is there.
    pub fn find<'t>(&self, slots: &[Option<Value<'t>>], action: Action, role: Role) -> Option<Value<'t>> {
        let places = &self.slots[action as usize][role as usize];
        places.iter().find_map(|&slot| slots.get(slot).copied().flatten().filter(|value| !value.is_empty()))
    }

    /// Whether a record has everything that is said of all records.
    pub fn complete(&self, slots: &[Option<Value<'_>>]) -> bool {
        let there = |slot: usize| slots.get(slot).is_some_and(Option::is_some);
        (0..Role::NAMES.len()).all(|role| {
            let [first, rest @ ..] = &self.slots;
            let general = |slot: &&usize| rest.iter().all(|of_action| of_action[role].contains(slot));
            let mut general = first[role].iter().filter(general).peekable();
            general.peek().is_none() || general.any(|&slot| there(slot))
        })
    }

    /// Appends the variables of a record to `out` as members of a JSON object.
    pub fn variables(&self, slots: &[Option<Value<'_>>], action: Action, out: &mut String) {
        for variable in self.variables.iter().filter(|v| v.action.is_none_or(|own| own == action)) {
            let Some(value) = slots.get(variable.slot).copied().flatten() else { continue };
            if !out.is_empty() {
                out.push(',');
            }
            out.push_str(&variable.key);
            out.push_str(&value.json());
        }
    }
}
