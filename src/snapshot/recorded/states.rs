//! Claimed states against those that the log gives.

use serde_json::value::RawValue;

use super::Claim;
use super::difference::{Difference, What};
use super::lines::Lines;
use crate::cut::states;
use crate::format::json::Pairs;
use crate::format::value::canonical;
use crate::trace::Trace;

/// Compares each claimed variable, as a JSON value, with its value at the position of the record. A process of which
/// the log has no state at all cannot be compared. Time: linear in the states of the processes that claim any.
pub(super) fn compare(trace: &Trace, lines: &Lines, differences: &mut Vec<Difference>) -> Claim {
    let mut claimed = false;
    let before = differences.len();
    for process in trace.processes() {
        let Some(record) = lines.of[process.index()].records.last() else { continue };
        let Some(text) = record.state.and_then(|span| trace.text(span)) else { continue };
        // The reader has seen that it is an object.
        let Ok(Pairs(members)) = serde_json::from_str::<Pairs<'_, &RawValue>>(text) else { continue };
        let known = trace.initial_state(process).is_some() || trace.state_changes(process).next().is_some();
        if !known || members.is_empty() {
            continue;
        }
        claimed = true;
        let state = states::at(trace, process, record.position).unwrap_or_default();
        for (variable, recorded) in members {
            let expected = state.iter().find(|(name, _)| *name == variable).map(|(_, value)| value.get());
            if expected.is_none_or(|expected| canonical(expected) != canonical(recorded.get())) {
                let what = What::State {
                    variable: variable.into_owned(),
                    expected: expected.map(Into::into),
                    recorded: recorded.get().into(),
                };
                differences.push(Difference { process, at: record.at, what });
            }
        }
    }
    Claim::of(claimed, differences.len() > before)
}
