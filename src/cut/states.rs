//! Local states at a cut: the initial state, and after it what the events inside the cut set.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::Cut;
use crate::format::json::Pairs;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// Variables and their values, in the order in which they were first set. A value is the JSON text of the log.
pub type State<'t> = Vec<(Cow<'t, str>, &'t RawValue)>;

/// The state of a process after its first `position` events; nothing where the log has no state for it.
/// Time: linear in the states that it logs.
pub fn at<'t>(trace: &'t Trace, process: ProcessId, position: u32) -> Option<State<'t>> {
    let initial = trace.initial_state(process);
    let changes = trace.state_changes(process).take_while(|&(number, _)| number <= position).map(|(_, text)| text);
    let mut state: Option<State<'t>> = None;
    for text in initial.into_iter().chain(changes) {
        let state = state.get_or_insert_default();
        // The reader has seen that it is an object; a file changed since is as good as silent.
        let Ok(Pairs(members)) = serde_json::from_str::<Pairs<'t, &'t RawValue>>(text) else { continue };
        for (name, value) in members {
            match state.iter_mut().find(|(known, _)| *known == name) {
                Some((_, old)) => *old = value,
                None => state.push((name, value)),
            }
        }
    }
    state
}

/// The states of all processes that log any.
pub fn all<'t>(trace: &'t Trace, cut: &Cut) -> Vec<(ProcessId, State<'t>)> {
    if !trace.has_states() {
        return Vec::new();
    }
    trace.processes().filter_map(|p| Some((p, at(trace, p, cut.position(p))?))).collect()
}
