//! The log as text: its order, lines that were left out, processes that say nothing.

use super::{Audit, Fact, Place, Rule, send_of};
use crate::format::record::RemarkKind;
use crate::trace::Trace;
use crate::trace::in_sections::Receive;

pub(super) fn audit(trace: &Trace, audit: &mut Audit) {
    if !trace.log_is_causal() {
        log_order(trace, audit);
    }
    let mut marked = vec![false; trace.process_count()];
    trace.marks().iter().for_each(|mark| marked[mark.process.index()] = true);
    for process in trace.processes() {
        if trace.events(process) == 0 && !marked[process.index()] {
            audit.add(Rule::NoEvents, || (Fact::NoEvents(process), Vec::new()));
        }
    }
    for (number, remark) in trace.remarks().iter().enumerate() {
        let at = || remark.at.iter().map(|&(address, _)| Place::Line(address)).collect();
        audit.add(rule(remark.kind), || (Fact::Remark(number), at()));
    }
    let lines = trace.lines();
    if lines.skipped > 0 {
        audit.add(Rule::SkippedLines, || {
            (
                Fact::SkippedLines(lines.skipped),
                lines.first_skipped.iter().map(|span| Place::Line(span.start)).collect(),
            )
        });
    }
    for (i, one) in lines.passed_over.iter().enumerate() {
        audit.add(Rule::PassedOver, || (Fact::PassedOver(i), vec![Place::Line(one.first)]));
    }
}

/// The rule that a remark of a reader belongs to.
fn rule(kind: RemarkKind) -> Rule {
    match kind {
        RemarkKind::ParentCycle => Rule::SpanCycle,
        RemarkKind::SpanTwice | RemarkKind::OwnParent => Rule::SpanOdd,
        RemarkKind::Unnamed => Rule::SpanProcess,
        RemarkKind::LostParent => Rule::SpanWithoutParent,
        RemarkKind::LateReply => Rule::LateReply,
        RemarkKind::NoPeer => Rule::NoPeer,
        RemarkKind::InsideParent => Rule::InsideParent,
        RemarkKind::Ties => Rule::TimeTies,
        RemarkKind::UnknownWord => Rule::UnknownWord,
    }
}

/// Counts the receives that stand above their sends.
fn log_order(trace: &Trace, audit: &mut Audit) {
    let (receives, first) = trace.receives_above_sends().unwrap_or_else(|| along_the_log(trace));
    if let Some((process, number, message)) = first {
        audit.add(Rule::LogOrder, || {
            (Fact::LogOrder(receives), vec![Place::Event(process, number), send_of(trace, message)])
        });
    }
}

/// How many there are, and the first of them, in one pass over the log.
fn along_the_log(trace: &Trace) -> (usize, Option<Receive>) {
    let mut shown = vec![0u32; trace.process_count()];
    let mut receives = 0;
    let mut first = None;
    for (process, number) in trace.log_order() {
        for message in trace.receives(process, number) {
            if trace.sent(message) > shown[trace.ends(message).0.index()] {
                receives += 1;
                first.get_or_insert((process, number, message));
            }
        }
        shown[process.index()] = number;
    }
    (receives, first)
}
