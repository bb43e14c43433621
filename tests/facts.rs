//! The known answers of `traces/facts.json`, asked of the command itself.

#[path = "support/schemas.rs"]
mod schemas;
mod support;

use schemas::Schemas;
use serde_json::Value;
use support::{clearcut, root};

/// Members under which nothing else may be: a process more or less is another answer.
const WHOLE: [&str; 8] = ["cut", "clocks", "max", "states", "payload", "counts", "below", "above"];

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(serde_json::Map::is_empty)
}

/// Where `found` is not what the fact says, by the rule at the end of traces/README.md.
fn difference(path: &str, fact: &Value, found: &Value, whole: bool) -> Option<String> {
    match (fact, found) {
        (Value::Object(fact), Value::Object(found)) => {
            for (key, value) in fact {
                let inside = whole || WHOLE.contains(&key.as_str());
                let other = found.get(key).unwrap_or(&Value::Null);
                if let Some(difference) = difference(&format!("{path}.{key}"), value, other, inside) {
                    return Some(difference);
                }
            }
            let more = found.iter().find(|(key, value)| whole && !fact.contains_key(*key) && !is_empty(value));
            more.map(|(key, value)| format!("{path}.{key} is {value}, and should not be there"))
        }
        (Value::Array(fact), Value::Array(found)) if fact.len() == found.len() => (fact.iter().zip(found).enumerate())
            .find_map(|(i, (fact, found))| difference(&format!("{path}[{i}]"), fact, found, whole)),
        // A maximum or clock leaves zeros out where it likes.
        (fact, found) if fact == found || (is_empty(fact) && found.is_null()) => None,
        _ => Some(format!("{path} is {found}, not {fact}")),
    }
}

/// Zero components of clocks may be left out or not.
fn without_zeros(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.iter_mut().filter(|(key, _)| *key == "max" || *key == "clocks").for_each(|(_, v)| drop_zeros(v));
            object.values_mut().for_each(without_zeros);
        }
        Value::Array(array) => array.iter_mut().for_each(without_zeros),
        _ => {}
    }
}

fn drop_zeros(value: &mut Value) {
    if let Value::Object(object) = value {
        object.retain(|_, v| *v != 0);
        object.values_mut().for_each(drop_zeros);
    }
}

fn check(fact: &Value, schemas: &Schemas) -> Vec<String> {
    let traces = fact["traces"].as_array().unwrap().iter().map(|t| format!("traces/{}", t.as_str().unwrap()));
    let mut args: Vec<String> = vec![fact["command"].as_str().unwrap().into()];
    args.extend(traces);
    if let Some(cut) = fact["cut"].as_str() {
        args.extend(["--cut".into(), cut.into()]);
    }
    if let Some(file) = fact["cut_file"].as_str() {
        args.extend(["--cut".into(), format!("traces/{file}")]);
    }
    args.extend(fact["args"].as_array().into_iter().flatten().map(|a| a.as_str().unwrap().to_string()));
    args.extend(["-o".into(), "json".into()]);
    let shown = format!("clearcut {}", args.join(" "));
    let output = clearcut(&args);
    let mut wrong = vec![];
    if fact.get("exit").is_some_and(|code| output.status.code().map(Value::from).as_ref() != Some(code)) {
        wrong.push(format!("exit {:?}, not {}", output.status.code(), fact["exit"]));
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    for text in fact["stderr"].as_array().into_iter().flatten() {
        if !stderr.contains(text.as_str().unwrap()) {
            wrong.push(format!("the diagnostics lack {text}:\n{stderr}"));
        }
    }
    let mut found: Value = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    // Recorded clocks have a report of their own.
    let no_verdict = found.get("errors").is_some();
    let schema = if args.contains(&"clocks".into()) && args[0] == "verify" { "snapshots" } else { &args[0] };
    let schema = if no_verdict { "error" } else { schema };
    if !output.stdout.is_empty()
        && let Err(error) = schemas.validator(schema).validate(&found)
    {
        wrong.push(format!("the report does not keep to grammar/{schema}.schema.json: {error}\n{found}"));
    }
    if let Some(report) = fact.get("report") {
        let mut report = report.clone();
        without_zeros(&mut report);
        without_zeros(&mut found);
        wrong.extend(difference("report", &report, &found, false));
    }
    for (process, clocks) in fact["clocks"].as_object().into_iter().flatten() {
        let events = found["events"].as_array().cloned().unwrap_or_default();
        let of = events.into_iter().filter(|e| e["process"] == process.as_str()).map(|e| e["clock"].clone());
        let mut clocks = clocks.clone();
        clocks.as_array_mut().unwrap().iter_mut().for_each(drop_zeros);
        wrong.extend(difference(process, &clocks, &Value::Array(of.collect()), true));
    }
    if let Some(conserved) = fact.get("conserved") {
        let (name, total) = (conserved["variable"].as_str().unwrap(), conserved["total"].as_i64().unwrap());
        let number = |v: &Value| v.get(name).and_then(Value::as_i64).unwrap_or(0);
        let held: i64 = found["states"].as_object().into_iter().flatten().map(|(_, state)| number(state)).sum();
        let channels = found["channels"].as_array().into_iter().flatten();
        let messages = channels.flat_map(|channel| channel["messages"].as_array().into_iter().flatten());
        let moving: i64 = messages.map(|message| number(&message["payload"])).sum();
        if held + moving != total {
            wrong.push(format!("{name}: {held} held and {moving} on its way are not {total}"));
        }
    }
    wrong.into_iter().map(|w| format!("{shown}\n  {w}\n{stderr}")).collect()
}

#[test]
fn every_known_answer_comes_out() {
    let facts = std::fs::read_to_string(root().join("traces/facts.json")).unwrap();
    let facts: Vec<Value> = serde_json::from_str(&facts).unwrap();
    assert!(facts.len() > 40);
    let schemas = Schemas::read(root().join("grammar"));
    let wrong: Vec<String> = facts.iter().flat_map(|fact| check(fact, &schemas)).collect();
    assert!(wrong.is_empty(), "{} wrong answers\n{}", wrong.len(), wrong.join("\n"));
}
