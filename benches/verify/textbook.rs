//! The clocks of all events as textbooks compute them: copied for each send, merged at each receive.

use std::collections::HashMap;

use clearcut::causality::CausalOrder;
use clearcut::ids::MessageId;
use clearcut::trace::{Part, Trace};

/// The sum of all components of all clocks, so that nothing is left out.
pub fn copy_and_max(trace: &Trace, order: &CausalOrder) -> u64 {
    let width = trace.process_count();
    let mut own = vec![vec![0u32; width]; width];
    let mut flying: HashMap<MessageId, Vec<u32>> = HashMap::new();
    let mut sum = 0;
    for (process, number) in order.events(trace) {
        for part in trace.parts(process, number) {
            if let Part::Received(message) = part
                && let Some(sent) = flying.remove(&message)
            {
                own[process.index()].iter_mut().zip(sent).for_each(|(mine, theirs)| *mine = (*mine).max(theirs));
            }
        }
        own[process.index()][process.index()] = number;
        sum += u64::from(own[process.index()][width - 1]);
        for part in trace.parts(process, number) {
            if let Part::Sent(message) = part {
                flying.insert(message, own[process.index()].clone());
            }
        }
    }
    sum
}
