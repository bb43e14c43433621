//! What a `record` line claims of the channels: `{"P1": ["m1", {"payload": 3}]}`.

use serde_json::value::RawValue;

use crate::format::json::{self, Pairs};

/// One claimed message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// The message of this id.
    Id(String),
    /// A message with this payload, a JSON text.
    Payload(String),
    /// Something that names no message, as it was written.
    Unreadable(String),
}

/// The claimed contents by sender, in the order of the line.
pub(super) fn read(text: &str) -> Vec<(String, Vec<Member>)> {
    // The reader of the log has seen that it is an object.
    let Ok(Pairs(channels)) = serde_json::from_str::<Pairs<'_, &RawValue>>(text) else { return Vec::new() };
    channels.into_iter().map(|(sender, content)| (sender.into_owned(), members(content.get()))).collect()
}

fn members(text: &str) -> Vec<Member> {
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(all) => all.into_iter().map(|one| member(one.get())).collect(),
        Err(_) if text == "null" => Vec::new(),
        Err(_) => vec![member(text)],
    }
}

fn member(text: &str) -> Member {
    if text.starts_with('{') {
        let Ok(Pairs(members)) = serde_json::from_str::<Pairs<'_, &RawValue>>(text) else {
            return Member::Unreadable(text.into());
        };
        let named = |name: &str| members.iter().find(|(key, _)| key == name).map(|(_, value)| value.get());
        if let Some(id) = named("message") {
            return id_of(id);
        }
        return match named("payload") {
            Some(payload) => Member::Payload(payload.into()),
            None => Member::Unreadable(text.into()),
        };
    }
    id_of(text)
}

/// A string, or a whole number as its text.
fn id_of(text: &str) -> Member {
    match json::name(text) {
        Some(id) => Member::Id(id.into_owned()),
        None => Member::Unreadable(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_every_kind() {
        let read = read(r#"{"P1": ["m", 7, {"payload": [1]}, {"x": 1}, null, 1.5], "P2": null, "P3": "m"}"#);
        let id = |id: &str| Member::Id(id.into());
        let odd = |text: &str| Member::Unreadable(text.into());
        assert_eq!(
            read,
            [
                (
                    "P1".into(),
                    vec![id("m"), id("7"), Member::Payload("[1]".into()), odd("{\"x\": 1}"), odd("null"), odd("1.5")]
                ),
                ("P2".into(), vec![]),
                ("P3".into(), vec![id("m")]),
            ]
        );
    }
}
