//! The program that one would write first: owned structs, and everything in maps by name.

use std::collections::HashMap;

use serde::Deserialize;

#[derive(Deserialize)]
struct Event {
    process: String,
    event: String,
    message: Option<String>,
}

/// How many messages are orphans of the cut after the last event of each process.
pub fn orphans(log: &[u8]) -> usize {
    let text = std::str::from_utf8(log).expect("made-up logs are ASCII");
    let mut positions: HashMap<String, u32> = HashMap::new();
    let mut sent: HashMap<String, (String, u32)> = HashMap::new();
    let mut received: HashMap<String, (String, u32)> = HashMap::new();
    for line in text.lines() {
        let event: Event = serde_json::from_str(line).expect("made-up logs have no problem");
        let position = positions.entry(event.process.clone()).or_default();
        *position += 1;
        let ends = if event.event == "send" { &mut sent } else { &mut received };
        if let Some(message) = event.message {
            ends.insert(message, (event.process, *position));
        }
    }
    let orphan = |(message, (to, position)): (&String, &(String, u32))| {
        let inside = sent.get(message).is_some_and(|(from, sent)| *sent <= positions[from]);
        *position <= positions[to] && !inside
    };
    received.iter().filter(|&entry| orphan(entry)).count()
}
