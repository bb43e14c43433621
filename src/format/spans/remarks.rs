//! What was found odd, left out or decided on the way from spans to events: counted, and told with the first few.

use std::collections::BTreeMap;

use super::emit::Naming;
use super::graph::Graph;
use super::model::Spans;
use super::order::Order;
use crate::format::record::{Remark, RemarkKind, Sink};

/// How many spans of a remark are shown.
const SHOWN: usize = 5;

/// How many cycles are told, and how many spans of one are named.
const CYCLES: usize = 20;

/// Some spans: how many, and the first of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Counted {
    count: usize,
    first: Vec<u32>,
}

impl Counted {
    pub(super) fn add(&mut self, span: u32) {
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(span);
        }
    }
}

/// All remarks on a graph of spans.
#[derive(Clone, Debug, Default)]
pub(super) struct Remarks {
    /// Told more than once.
    pub twice: Counted,
    /// Their own parent.
    pub own_parent: Counted,
    /// Inside of a process, with a parent that the log lacks.
    pub lost_parent: Counted,
    /// Ended after the client did.
    pub late: Counted,
    /// Calls that nobody in the log takes.
    pub no_peer: Counted,
    /// Each its own ancestors.
    pub cycles: Vec<Vec<u32>>,
    /// Of a service that is no process: from which, into which.
    pub inside: BTreeMap<(u32, u32), Counted>,
}

/// "1 span", "2 spans".
fn spans_of(count: usize) -> String {
    if count == 1 { "1 span".into() } else { format!("{count} spans") }
}

/// Hands all remarks on.
pub(super) fn tell(spans: &Spans<'_>, graph: &Graph, order: &Order, sink: &mut dyn Sink) {
    let naming = Naming { spans, graph };
    let mut say = |kind: RemarkKind, text: String, first: &[u32]| {
        let place = |&span: &u32| {
            let (source, offset) = spans.place(spans.spans[span as usize].at);
            (source, offset, naming.told(span))
        };
        sink.remark(Remark { kind, text, at: first.iter().map(place).collect() });
    };
    let Remarks { twice, own_parent, lost_parent, late, no_peer, cycles, inside } = &graph.remarks;
    for cycle in cycles.iter().take(CYCLES) {
        let names: Vec<String> = cycle.iter().take(SHOWN).chain(cycle.first()).map(|&span| naming.name(span)).collect();
        let more = if cycle.len() > SHOWN { format!(" ({} in all)", spans_of(cycle.len())) } else { String::new() };
        say(
            RemarkKind::ParentCycle,
            format!("{}{more}", names.join(" is a child of ")),
            &cycle[..cycle.len().min(SHOWN)],
        );
    }
    if let Some(left) = cycles.len().checked_sub(CYCLES).filter(|&left| left > 0) {
        say(RemarkKind::ParentCycle, format!("and {left} more cycles"), &[]);
    }
    if !spans.unnamed.is_empty() {
        let (shown, more) = spans.unnamed.split_at(spans.unnamed.len().min(SHOWN));
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        let text = format!(
            "a trace is cut short before it says what its processes are: they are called as it numbers them, {}{more}",
            shown.join(", ")
        );
        say(RemarkKind::Unnamed, text, &[]);
    }
    let mut counted = |kind: RemarkKind, found: &Counted, what: &str| {
        if found.count > 0 {
            say(kind, format!("{} {what}", spans_of(found.count)), &found.first);
        }
    };
    counted(RemarkKind::SpanTwice, twice, "told again under an id that another one of its process has: left out");
    counted(RemarkKind::OwnParent, own_parent, "with itself for a parent: read as without one");
    counted(RemarkKind::LostParent, lost_parent, "inside of a process, below a parent that the log lacks");
    counted(RemarkKind::LateReply, late, "of a server that ended after its client did: no reply is drawn");
    counted(RemarkKind::NoPeer, no_peer, "of a client or producer, and none of whoever was called");
    for (&(from, to), found) in inside {
        let [from, to] = [from, to].map(|process| graph.names.get(process as usize).map_or("", String::as_str));
        counted(RemarkKind::InsideParent, found, &format!("of {from} read as work of {to}"));
    }
    if let Some(first) = order.first_tied {
        let text = format!("{} starts and ends share their time with others of their process", order.tied);
        say(RemarkKind::Ties, text, &[first.span()]);
    }
}
