//! The JSON Schemas in `grammar/` are sound: they compile, accept their examples and refuse what is none.

#[path = "support/schemas.rs"]
mod schemas;

use clearcut::format::jsonl;
use clearcut::source::Source;
use clearcut::trace::Builder;
use schemas::Schemas;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Every schema but `report`, which only has the parts.
const DOCUMENTS: [&str; 9] =
    ["check", "clocks", "error", "event", "relate", "snapshot", "snapshot-all", "snapshots", "verify"];

fn read() -> Schemas {
    Schemas::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("grammar"))
}

fn examples(schema: &Value) -> &[Value] {
    schema["examples"].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn schemas_are_schemas() {
    let schemas = read();
    assert_eq!(schemas.0.keys().filter(|name| *name != "report").collect::<Vec<_>>(), DOCUMENTS);
    for (name, schema) in &schemas.0 {
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(jsonschema::meta::is_valid(schema), "{name}: {:?}", jsonschema::meta::validate(schema).err());
        schemas.validator(name);
    }
}

#[test]
fn examples_are_valid() {
    let schemas = read();
    for name in DOCUMENTS {
        let validator = schemas.validator(name);
        assert!(!examples(&schemas.0[name]).is_empty(), "{name} has no examples");
        for example in examples(&schemas.0[name]) {
            let errors: Vec<_> =
                validator.iter_errors(example).map(|e| format!("{} at {}", e, e.instance_path())).collect();
            assert!(errors.is_empty(), "{name}: {errors:#?}");
        }
    }
}

/// An example that lacks any of the required keys is no report any more, and one with another key still is.
#[test]
fn required_keys_are_required_and_others_may_be_added() {
    let schemas = read();
    for name in DOCUMENTS {
        let validator = schemas.validator(name);
        for example in examples(&schemas.0[name]) {
            for key in schemas.0[name]["required"].as_array().expect("a document has required keys") {
                let mut short = example.clone();
                short.as_object_mut().expect("an object").remove(key.as_str().expect("a key"));
                assert!(!validator.is_valid(&short), "{name} without {key}");
            }
            let mut long = example.clone();
            long["added-later"] = json!(true);
            assert!(validator.is_valid(&long), "{name} with another key");
        }
    }
}

/// Keys that users of the reports rely on: none may go, or become one that is sometimes there.
#[test]
fn what_stays_in_every_report() {
    let schemas = read();
    let kept = [
        ("check", "clearcut command verdict"),
        ("clocks", "clearcut command events"),
        ("error", "clearcut command verdict errors more"),
        ("relate", "clearcut command relation"),
        ("snapshot", "clearcut command verdict cut channels counts algorithm order initiators complete markers"),
        ("snapshots", "clearcut command verdict snapshots"),
        (
            "verify",
            "clearcut command verdict consistent trace cut max violations orphans undetermined channels counts nearest",
        ),
    ];
    for (name, keys) in kept {
        let required = schemas.0[name]["required"].as_array().expect("a report has required keys");
        for key in keys.split(' ') {
            assert!(required.iter().any(|required| required == key), "{name} may lack {key}");
        }
    }
}

/// Whoever reads a schema finds what each key means.
#[test]
fn every_key_has_a_legend() {
    fn walk(all: &Schemas, file: &str, schema: &Value, path: &str) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let referred = property["$ref"].as_str().and_then(|to| {
                let (to, part) = to.split_once("#/$defs/")?;
                let to = to.strip_suffix(".schema.json").unwrap_or(file);
                Some(&all.0[to]["$defs"][part])
            });
            let told = [Some(property), referred].into_iter().flatten().any(|s| s["description"].is_string());
            assert!(told || property.get("const").is_some(), "{file}{path}/{key} has no description");
            walk(all, file, property, &format!("{path}/{key}"));
            walk(all, file, &property["items"], &format!("{path}/{key}/items"));
        }
        for (key, part) in schema["$defs"].as_object().into_iter().flatten() {
            walk(all, file, part, &format!("{path}/$defs/{key}"));
            walk(all, file, &part["items"], &format!("{path}/$defs/{key}/items"));
        }
    }
    let schemas = read();
    for (name, schema) in &schemas.0 {
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name} has no title or description");
        walk(&schemas, name, schema, "");
    }
}

#[test]
fn what_is_no_event_is_refused() {
    let validator = read().validator("event");
    let bad = [
        json!({"process": "P", "event": "crash"}),
        json!({"process": "", "event": "step"}),
        json!({"process": 1.5, "event": "step"}),
        json!({"process": true, "event": "step"}),
        json!({"process": null, "event": "step"}),
        json!({"event": "step"}),
        json!({"process": "P", "event": "send", "message": "m"}),
        json!({"process": "P", "event": "send", "message": 7.5, "to": "Q"}),
        json!({"process": "P", "event": "send", "message": {"id": "m"}, "to": "Q"}),
        json!({"process": "P", "event": "step", "label": ""}),
        json!({"process": "P", "event": "send", "message": [], "to": "Q"}),
        json!({"process": "P", "event": "send", "message": "m", "to": []}),
        json!({"process": "P", "event": "receive"}),
        json!({"process": "P", "event": "receive", "marker": "s"}),
        json!({"process": "P", "event": "receive", "marker": "s", "from": ["Q", "R"]}),
        json!({"process": "P", "event": "step", "marker": "s"}),
        json!({"process": "P", "event": "record"}),
        json!({"process": "P", "event": "record", "snapshot": "s", "channels": {"Q": "m"}}),
        json!({"process": "P", "event": "record", "snapshot": "s", "channels": {"Q": [{"amount": 1}]}}),
        json!({"process": "P", "event": "step", "state": [1]}),
        json!({"process": "P", "event": "step", "time": "noon"}),
        json!({"process": "P", "event": "step", "time": "12.5"}),
        json!({"process": "P", "event": "step", "clock": {"P": -1}}),
        json!({"process": "P", "event": "step", "clock": {"P": 1.5}}),
        json!({"event": "channel", "from": "P"}),
        json!({"event": "channel", "from": "P", "to": ["Q"]}),
        json!(["step"]),
    ];
    for event in bad {
        assert!(!validator.is_valid(&event), "{event}");
        // What a record claims of the channels is judged with its snapshot.
        assert!(event.get("channels").is_some() || !reads(&event), "{event} is read");
    }
}

/// Whether the reader of JSON Lines takes a line.
fn reads(event: &Value) -> bool {
    let source = Arc::new(Source::from_text("line", event.to_string()));
    let mut builder = Builder::new();
    builder.source(source.clone());
    jsonl::read(&source, &mut builder);
    builder.finish().is_ok()
}

#[test]
fn the_reader_takes_what_the_schema_takes() {
    let schemas = read();
    let others = [
        json!({"process": 1, "event": "recv", "message": [17, "x"], "from": 2, "label": 3}),
        json!({"process": "P", "event": "receive", "marker": 4, "from": 5, "ts": null}),
        json!({"process": "P", "event": "send", "marker": "s", "message": "m", "to": "Q"}),
        json!({"event": "channel", "process": "P", "from": "P", "to": "Q"}),
        json!({"process": "P", "event": "send", "to": "Q", "payload": null}),
        json!({"process": "P", "event": "step", "time": "2024-05-01T12:30:00Z", "clock": {"P": 4294967295u32}}),
    ];
    for event in examples(&schemas.0["event"]).iter().chain(&others) {
        assert!(schemas.validator("event").is_valid(event) && reads(event), "{event}");
    }
}

/// Reports that contradict themselves: an example with one member changed.
#[test]
fn contradictory_reports_are_refused() {
    let schemas = read();
    let cases = [
        ("verify", 0, "/verdict", json!("maybe")),
        ("verify", 0, "/verdict", json!("undetermined\n")),
        ("verify", 0, "/consistent", json!(false)),
        ("verify", 0, "/consistent", json!(null)),
        ("verify", 0, "/cut/Pi", json!("a")),
        ("verify", 0, "/cut/Pi", json!(-1)),
        ("verify", 0, "/clocks/Pi/Pi", json!(0)),
        ("verify", 0, "/channels/0/messages", json!([])),
        ("verify", 0, "/channels/0/messages/0/sent", json!(0)),
        ("verify", 0, "/channels/0/messages/0/message", json!(7)),
        ("verify", 0, "/counts/after", json!(null)),
        ("verify", 0, "/attainable/by_chandy_lamport", json!(false)),
        ("verify", 1, "/verdict", json!("holds")),
        ("verify", 1, "/consistent", json!(true)),
        ("verify", 1, "/orphans", json!([])),
        ("verify", 1, "/orphans/0/received", json!(null)),
        ("verify", 1, "/violations", json!([])),
        ("verify", 2, "/verdict", json!("holds")),
        ("verify", 2, "/consistent", json!(true)),
        ("verify", 3, "/verdict", json!("holds")),
        ("verify", 3, "/recorded/differences", json!([])),
        ("verify", 3, "/recorded/states", json!("same")),
        ("verify", 3, "/recorded/differences/0/rule", json!("Marker late")),
        ("verify", 4, "/verdict", json!("holds")),
        ("verify", 4, "/attainable/by_chandy_lamport", json!(true)),
        ("snapshot", 0, "/complete", json!(false)),
        ("snapshot", 0, "/command", json!("verify")),
        ("snapshot", 0, "/delivery", json!("slow")),
        ("snapshot", 0, "/initiators", json!([])),
        ("snapshot", 1, "/complete", json!(true)),
        ("snapshot", 1, "/verdict", json!("holds")),
        ("snapshot", 1, "/unrecorded", json!([])),
        ("snapshots", 0, "/verdict", json!("holds")),
        ("snapshots", 0, "/snapshots/1/violations", json!([])),
        ("snapshots", 0, "/snapshots/0/clocks/0/0", json!("2")),
        ("check", 0, "/findings/0/severity", json!("fatal")),
        ("check", 0, "/findings/0/at/0/line", json!(0)),
        ("check", 0, "/trace/channels", json!("twelve")),
        ("check", 1, "/executions", json!([])),
        ("error", 0, "/verdict", json!("holds")),
        ("error", 0, "/errors", json!([])),
        ("error", 0, "/errors/0/at/0/line", json!(0)),
        ("relate", 0, "/relation", json!("concurrent")),
        ("relate", 0, "/path", json!([])),
        ("relate", 1, "/relation", json!("before")),
        ("clocks", 0, "/events/0/clock", json!({})),
        ("clocks", 0, "/clearcut", json!(2)),
    ];
    for (name, example, place, value) in cases {
        let mut report = examples(&schemas.0[name])[example].clone();
        *report.pointer_mut(place).unwrap_or_else(|| panic!("{name} {example} has no {place}")) = value.clone();
        assert!(!schemas.validator(name).is_valid(&report), "{name} {example} with {value} at {place}");
    }
}
