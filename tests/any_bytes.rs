//! Nothing that is read can make a reader panic, or fail without a located problem. The same ways in as in `fuzz/`.

#[path = "support/entry.rs"]
mod entry;

use std::path::Path;

use clearcut::format::FORMATS;
use clearcut::generate::{Settings, Shape};
use proptest::prelude::*;
use proptest::sample::Index;

/// Through every way in: a text of one language is bytes to the readers of the others.
fn read(bytes: &[u8]) {
    FORMATS.iter().for_each(|format| entry::log(format.name, bytes));
    entry::cut(bytes);
    entry::clocks(bytes);
    entry::parts(bytes);
    entry::mapped(bytes);
    // As a log of formats that are sound.
    DESCRIBED.iter().for_each(|described| entry::mapped(&[described.as_bytes(), b"\0", bytes].concat()));
}

/// Formats with all that a description can say.
const DESCRIBED: [&str; 2] = [
    "pattern (?<process>\\w) (?<event>\\w+) ?(?<message>\\S*)(?:\\n(?<clock>{.*}))?\npattern (?<send>->) (?<to>.*)$\n\
     value receive = step\nprocess-from-file (.*)-",
    "field process = process\nfield event = event\nfield message=/message\nfield to = to\nfield send.to = to.0\n\
     field receive.from = from\nfield time=time\nfield clock = clock\nfield payload = payload\nfield state = state\n\
     field x = a.b.c\nfield snapshot = snapshot\nfield marker = marker\nfield channels = channels\nvalue step = *",
];

const SHIVIZ: &str = "(?<host>\\S*) (?<clock>{.*})\\n(?<event>.*)\n\n\
    A {\"A\":1}\nhello\nB {\"A\":1, \"B\":1}\nfrom A\nA {\"A\":2}\n\u{e9} \u{1F600}\n=== next ===\nA {\"A\":1}\nagain\n";

const MAELSTROM: &str = r#"{"id":0,"time":1,"type":"send","message":{"id":0,"src":"c1","dest":"n1","body":{}}}
{"id":1,"time":2,"type":"recv","message":{"id":0,"src":"c1","dest":"n1","body":{}}}"#;

const TRACING: &str = r#"{"TracerIdentity":"a","TraceID":1,"Tag":"GenerateTokenTrace","Body":{"Token":"x="},"VectorClock":{"a":1}}
{"TracerIdentity":"b","TraceID":1,"Tag":"ReceiveTokenTrace","Body":{"Token":"x="},"VectorClock":{"a":1,"b":1}}
{"TracerIdentity":"a","TraceID":1,"Tag":"ReceiveTokenTrace","Body":{"Token":"x="},"VectorClock":{"a":2}}"#;

const CAF: &str = "0 caf_flow DEBUG actor5 1 c enqueue a.cpp:1 SEND ; TO = 4@n ; FROM = 5@n ; STAGES = [] ; CONTENT = (1)\n\
    0 caf_flow DEBUG actor4 1 c consume a.cpp:1 RECEIVE ; FROM = 5@n ; STAGES = [] ; CONTENT = (1)\n";

const MAPPED: &str = "pattern (?<process>\\w+) (?<event>sent|got) (?<message>\\w+) (?<time>\\S*) ?(?<x>.*)\n\
    value receive = got\n\0a sent m 12:00:00 1\nb got m 2026-05-01 12:00:00,5\nb sent m \nb got m \nodd\n";

/// Texts that are sound: the traces of the project, made-up ones, and some of every other language.
fn sound() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("traces");
    let files = std::fs::read_dir(folder).expect("the folder of traces").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_none_or(|ending| ending != "md")).collect();
    files.sort();
    let mut texts: Vec<Vec<u8>> =
        files.iter().map(|path| std::fs::read(path).expect("a trace")).filter(|text| text.len() < 4000).collect();
    assert!(texts.len() >= 10, "{files:?}");
    for shape in [Shape::Trace, Shape::JsonLines] {
        let mut text = Vec::new();
        Settings { processes: 3, events: 30, shape, ..Settings::default() }.write(&mut text).expect("sound settings");
        texts.push(text);
    }
    let others = [
        SHIVIZ,
        "P1=a P2=b \"P 2\"=1",
        "{\"P1\": 1, \"P2\": \"b\"}",
        "1 0\n2 0\n\x001 1\n1 2\n",
        "A {\"A\":1}\nfirst\nB {\"B\":1}\n\0second\nA {\"A\":2}\n\0third\n",
        "P1=3,P2=end",
        MAELSTROM,
        TRACING,
        CAF,
        MAPPED,
    ];
    texts.extend(others.map(|text| text.as_bytes().to_vec()));
    texts
}

/// A change of a text: what random bytes never hit upon.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    Repeat(Index, usize, usize),
    Splice(Index, Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let token = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..4),
        proptest::sample::select(
            &[
                "\"",
                "\\",
                "\\u",
                "\u{feff}",
                "\r\n",
                "\n",
                "\0",
                "\t",
                "->",
                "<-",
                ":",
                "@",
                "=",
                "{",
                "}",
                "[",
                "]",
                ",",
                "(",
                ")",
                "-1",
                "1e999",
                "4294967296",
                "18446744073709551616",
                "null",
                "\"to\":",
                "marker ",
                "record ",
                "cut x = ",
                "channel A -> B\n",
                "process A\n",
                "\u{2028}",
                "\u{1F600}",
                "===",
                "\"clock\":{\"A\":4294967295}"
            ][..]
        )
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop_oneof![
        any::<Index>().prop_map(Change::Cut),
        (any::<Index>(), 1..40usize).prop_map(|(at, len)| Change::Remove(at, len)),
        (any::<Index>(), token).prop_map(|(at, text)| Change::Insert(at, text)),
        (any::<Index>(), 1..60usize, 1..20usize).prop_map(|(at, len, times)| Change::Repeat(at, len, times)),
        any::<[Index; 3]>().prop_map(|[at, other, from]| Change::Splice(at, other, from)),
    ]
}

fn apply(change: &Change, text: &mut Vec<u8>, all: &[Vec<u8>]) {
    let place = |at: &Index, text: &[u8]| at.index(text.len() + 1);
    match change {
        Change::Cut(at) => text.truncate(place(at, text)),
        Change::Remove(at, len) => {
            let start = place(at, text);
            text.drain(start..text.len().min(start + len));
        }
        Change::Insert(at, token) => {
            let start = place(at, text);
            text.splice(start..start, token.iter().copied());
        }
        Change::Repeat(at, len, times) => {
            let start = place(at, text);
            let piece = text[start..text.len().min(start + len)].repeat(*times);
            text.splice(start..start, piece);
        }
        Change::Splice(at, other, from) => {
            text.truncate(place(at, text));
            let other = &all[other.index(all.len())];
            text.extend_from_slice(&other[place(from, other)..]);
        }
    }
}

#[test]
fn sound_texts_are_read() {
    sound().iter().for_each(|text| read(text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read(&bytes);
    }

    #[test]
    fn random_text(text in "[ -~\\n\\r\\té\u{1F600}]{0,200}") {
        read(text.as_bytes());
    }

    #[test]
    fn changed_texts(which in any::<Index>(), changes in proptest::collection::vec(change(), 1..6)) {
        let all = sound();
        let mut text = all[which.index(all.len())].clone();
        changes.iter().for_each(|change| apply(change, &mut text, &all));
        read(&text);
    }
}
