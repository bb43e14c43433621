//! The clocks on the wall: times that go down, and messages that arrive before they are sent.

use super::lag::Lags;
use super::{Audit, Fact, Place, Rule, receive_of, send_of};
use crate::format::time::Time;
use crate::trace::Trace;

pub(super) fn audit(trace: &Trace, audit: &mut Audit) {
    if trace.has_times() {
        going_down(trace, audit);
        skews(trace, audit);
    }
}

fn going_down(trace: &Trace, audit: &mut Audit) {
    for process in trace.processes() {
        let mut last: Option<(u32, Time)> = None;
        let mut first: Option<(u32, u32, Time, Time)> = None;
        let mut more = 0;
        for (number, now) in trace.times(process) {
            if let Some((earlier, before)) = last.filter(|&(_, before)| now < before) {
                match first {
                    Some(_) => more += 1,
                    None => first = Some((number, earlier, before, now)),
                }
            }
            last = Some((number, now));
        }
        if let Some((number, earlier, before, now)) = first {
            audit.add(Rule::TimeWentDown, || {
                let at = vec![Place::Event(process, number), Place::Event(process, earlier)];
                (Fact::TimeWentDown { before, now, more }, at)
            });
        }
    }
}

/// For each ordered pair of processes the message that arrived most too early: the receiver's clock is behind the
/// sender's by at least that, as no message takes less than no time.
fn skews(trace: &Trace, audit: &mut Audit) {
    for &Lags { too_early, least, .. } in trace.lags() {
        let Some((took, message)) = least.filter(|&(took, _)| took < 0) else { continue };
        // Times are far below half the range of 128 bits, unless the log is nonsense.
        let (skew, messages) = (Time::from_billionths(took.saturating_neg()), too_early);
        audit.add(Rule::ReceiveBeforeSend, || {
            let at = receive_of(trace, message).into_iter().chain([send_of(trace, message)]).collect();
            (Fact::ReceiveBeforeSend { message, skew, messages }, at)
        });
    }
}
