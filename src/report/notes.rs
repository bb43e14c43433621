//! What a verdict rests on beyond the events of the log: assumptions that nothing in it proves.

use super::text::table;
use crate::trace::Trace;
use crate::trace::audit::{Audit, Severity};

/// One sentence for each doubt that a reader of a verdict should know of. Time: O(processes); where messages are
/// inferred from logged clocks, that of an audit of these.
pub fn of(trace: &Trace) -> Vec<String> {
    let mut notes = Vec::new();
    if trace.is_inferred() {
        notes.push("the log has no messages: they are inferred from its clocks".into());
        let errors = Audit::of(trace).count_of(Severity::Error);
        if errors > 0 {
            notes.push(format!(
                "its clocks contradict themselves ({errors} findings of `clearcut check`): what is inferred from them may be wrong"
            ));
        }
    }
    let silent: Vec<&str> = trace.processes().filter(|&p| trace.events(p) == 0).map(|p| trace.name(p)).collect();
    if !silent.is_empty() {
        let names = table::some(&silent, 10, |name| (*name).to_string()).join(", ");
        notes.push(format!("no event of {names} is in the log: is a file missing?"));
    }
    notes
}
