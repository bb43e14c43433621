//! What a line should be, and how to go on where the log has other words.

use super::members::{Line, Member};

/// What an event is.
pub const HELP: &str = r#"an event is {"process": "P1", "event": "send", "message": "m1", "to": "P2"}"#;

/// The same for what is no event.
const OTHERS: [(&str, &str); 4] = [
    ("\"process\"", r#"a process is declared as {"process": "P1", "event": "process", "state": {"balance": 100}}"#),
    ("\"channel\"", r#"a channel is declared as {"event": "channel", "from": "P1", "to": "P2"}"#),
    ("\"record\"", r#"a record is {"process": "P1", "event": "record", "snapshot": "s1"}"#),
    ("\"cut\"", r#"a cut is named as {"event": "cut", "label": "c", "cut": "P1=3 P2=end"}"#),
];
const MARKER_HELP: &str = r#"a marker is {"process": "P1", "event": "send", "marker": "s1", "to": "P2"}"#;

/// What such a line should be, and how to go on where the log has other words for a member, or none.
pub fn help_on(line: &Line<'_>, member: Member) -> String {
    let event = line.get(Member::Event).map(|raw| raw.get());
    let other = OTHERS.iter().find(|(word, _)| event == Some(word)).map(|&(_, help)| help);
    let help = match line.get(Member::Marker) {
        Some(_) => MARKER_HELP,
        None => other.unwrap_or(HELP),
    };
    match member {
        Member::Process => format!("{help}; with one file for each process: --process-from-file 'node-(.*)\\.log'"),
        Member::Event => {
            format!("{help}; a JSON log of another kind is described: --field process=host.name --field event=...")
        }
        _ => help.into(),
    }
}
