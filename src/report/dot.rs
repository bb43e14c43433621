//! The happens-before graph for GraphViz.

use std::io::{self, Write};

use petgraph::dot::{Config, Dot};
use petgraph::visit::EdgeRef;

use crate::causality::graph::{Edge, HappensBefore, Link};
use crate::ids::EventId;
use crate::trace::{Part, Trace};

/// Writes the graph in the DOT language: a cluster for each process, its events in a row, and the messages between.
///
/// Events are shown by their labels, or else by their numbers; messages by their names; receives whose send the log
/// lacks are dashed. Time: linear in the events and
/// messages, times O(log processes).
///
/// # Errors
/// What `out` says.
pub fn write(trace: &Trace, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "digraph {{")?;
    for process in trace.processes() {
        let name = quoted(trace.name(process));
        write!(out, "    subgraph cluster_{} {{ label = {name};", process.index())?;
        for number in 1..=trace.events(process) {
            write!(out, " {};", trace.event(process, number).index())?;
        }
        writeln!(out, " }}")?;
    }
    let config = [
        Config::GraphContentOnly,
        Config::NodeNoLabel,
        Config::EdgeNoLabel,
        Config::RankDir(petgraph::dot::RankDir::LR),
    ];
    let node = |_: HappensBefore<'_>, (event, ()): (EventId, ())| {
        let (process, number) = trace.place(event);
        let mut label = trace.label(process, number).map_or_else(|| number.to_string(), String::from);
        // What stands beside a label says what the event does; a note alone is the text of a whole log line.
        if let (Some(_), Some(note)) = (trace.label(process, number), trace.note(process, number)) {
            label += &format!("\n{note}");
        }
        let mut style = "";
        for part in trace.parts(process, number) {
            if let Part::Unsent(i) = part {
                label += &format!("\n{} (no send)", trace.unsent_name(&trace.unsent()[i]));
                style = " style = dashed";
            }
        }
        format!("label = {}{style}", quoted(&label))
    };
    let edge = |_: HappensBefore<'_>, edge: Edge| match edge.weight() {
        // Straight lines along the processes.
        Link::Program => "weight = 8".into(),
        Link::Message(message) => format!("label = {} style = dashed", quoted(&trace.message_name(*message))),
    };
    write!(out, "{:?}", Dot::with_attr_getters(HappensBefore::of(trace), &config, &edge, &node))?;
    writeln!(out, "}}")?;
    out.flush()
}

/// A string of the DOT language.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dot(text: &str) -> String {
        let mut out = Vec::new();
        write(&Trace::from_text(text).unwrap(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn processes_are_clusters_and_messages_edges() {
        let log = "P1 a: send m -> P2\n\"P \\\"2\": step\nP2: receive m\nP2: receive x\n";
        let wanted = r#"digraph {
    subgraph cluster_0 { label = "P1"; 0; }
    subgraph cluster_1 { label = "P2"; 1; 2; }
    subgraph cluster_2 { label = "P \"2"; 3; }
    rankdir="LR"
    0 [ label = "a"]
    1 [ label = "1"]
    2 [ label = "2\nx (no send)" style = dashed]
    3 [ label = "1"]
    0 -> 1 [ label = "m" style = dashed]
    1 -> 2 [ weight = 8]
}
"#;
        assert_eq!(dot(log), wanted);
    }

    #[test]
    fn names_cannot_leave_their_quotes() {
        assert_eq!(quoted("a\"]; b\\\n\u{7}"), r#""a\"]; b\\\n ""#);
    }
}
