//! The members of a line: which there are, where their values stand, and what belongs on which kind of line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::format::json::Text;
use crate::suggest;

/// A member that has a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    Process,
    Event,
    Label,
    Message,
    To,
    From,
    Marker,
    Snapshot,
    State,
    Channels,
    Payload,
    Payloads,
    Note,
    Cut,
    Time,
    Clock,
    Fifo,
}

use Member::*;

/// All of them, in the order of their numbers.
const ALL: [Member; 17] = [
    Process, Event, Label, Message, To, From, Marker, Snapshot, State, Channels, Payload, Payloads, Note, Cut, Time,
    Clock, Fifo,
];

/// What other programs call them.
const ALIASES: &[(&str, Member)] = &[
    ("ts", Time),
    ("timestamp", Time),
    ("at", Time),
    ("type", Event),
    ("kind", Event),
    ("action", Event),
    ("op", Event),
    ("id", Message),
    ("msg", Message),
    ("msg_id", Message),
    ("message_id", Message),
    ("pid", Process),
    ("proc", Process),
    ("node", Process),
    ("host", Process),
    ("src", From),
    ("source", From),
    ("sender", From),
    ("dst", To),
    ("dest", To),
    ("destination", To),
    ("receiver", To),
    ("vc", Clock),
    ("vector_clock", Clock),
    ("name", Label),
    ("body", Payload),
    ("data", Payload),
];

impl Member {
    /// Its name in the log.
    pub fn name(self) -> &'static str {
        match self {
            Process => "process",
            Event => "event",
            Label => "label",
            Message => "message",
            To => "to",
            From => "from",
            Marker => "marker",
            Snapshot => "snapshot",
            State => "state",
            Channels => "channels",
            Payload => "payload",
            Payloads => "payloads",
            Note => "note",
            Cut => "cut",
            Time => "time",
            Clock => "clock",
            Fifo => "fifo",
        }
    }

    /// The one of a name.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "process" => Process,
            "event" => Event,
            "label" => Label,
            "message" => Message,
            "to" => To,
            "from" => From,
            "marker" => Marker,
            "snapshot" => Snapshot,
            "state" => State,
            "channels" => Channels,
            "payload" => Payload,
            "payloads" => Payloads,
            "note" => Note,
            "cut" => Cut,
            "time" => Time,
            "clock" => Clock,
            "fifo" => Fifo,
            _ => return None,
        })
    }
}

/// The member that an unknown one is meant to be, if it looks like one.
pub fn meant(name: &str) -> Option<&'static str> {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name)).map(|(_, member)| member.name());
    alias.or_else(|| suggest::nearest(name, ALL.iter().map(|member| member.name())))
}

/// A line as its members, their values unread: what is wrong with a value can be told at its place.
#[derive(Debug, Default)]
pub struct Line<'a> {
    values: [Option<&'a RawValue>; ALL.len()],
    /// Members of other names, which are the user's own or misspelt.
    pub unknown: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// A second value of a member, and a third.
    pub twice: Vec<(Member, &'a RawValue)>,
}

impl<'a> Line<'a> {
    /// The value of a member.
    pub fn get(&self, member: Member) -> Option<&'a RawValue> {
        self.values[member as usize]
    }

    /// The members that are there and not among these.
    pub fn others<'m>(&'m self, used: &'m [Member]) -> impl Iterator<Item = (Member, &'a RawValue)> + 'm {
        ALL.into_iter().filter(|member| !used.contains(member)).filter_map(|member| Some((member, self.get(member)?)))
    }
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
                    let value: &'a RawValue = map.next_value()?;
                    match Member::of(&key) {
                        None => line.unknown.push((key, value)),
                        // Many programs write a member that they have no value for.
                        Some(member) if value.get() == "null" && member != Payload => {}
                        Some(member) => match &mut line.values[member as usize] {
                            Some(_) => line.twice.push((member, value)),
                            slot => *slot = Some(value),
                        },
                    }
                }
                Ok(line)
            }
        }

        deserializer.deserialize_map(Members(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_numbered_and_named() {
        for (i, member) in ALL.into_iter().enumerate() {
            assert_eq!((member as usize, Member::of(member.name())), (i, Some(member)));
        }
        assert_eq!(ALIASES.iter().find(|(alias, _)| Member::of(alias).is_some()), None);
    }

    #[test]
    fn slips_and_other_programs_names_are_understood() {
        let cases = [("mesage", "message"), ("form", "from"), ("ts", "time"), ("To", "to"), ("vectorclock", "")];
        for (name, wanted) in cases {
            assert_eq!(meant(name).unwrap_or_default(), wanted, "{name}");
        }
    }
}
