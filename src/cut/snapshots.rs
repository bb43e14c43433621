//! Snapshots of which only the vector clocks were recorded: W(i) = V_i(i) needs no events.

use crate::format::clocks::RecordedClocks;

/// A component of one snapshot that breaks the rule; processes by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockViolation {
    /// The process i.
    pub process: usize,
    /// V_i(i).
    pub own: u32,
    /// W(i).
    pub known: u32,
    /// The first process whose clock knows that many.
    pub by: usize,
}

/// W of a snapshot, and the components that break the rule, in process order.
///
/// Time: O(processes squared), the size of the snapshot's clocks.
pub fn judge(recorded: &RecordedClocks, snapshot: usize) -> (Vec<u32>, Vec<ClockViolation>) {
    let n = recorded.processes;
    let mut max = vec![0; n];
    let mut by = vec![0; n];
    for process in 0..n {
        for (i, &known) in recorded.clock(snapshot, process).iter().enumerate() {
            if known > max[i] {
                (max[i], by[i]) = (known, process);
            }
        }
    }
    let violation = |process: usize| {
        let own = recorded.clock(snapshot, process)[process];
        (max[process] > own).then_some(ClockViolation { process, own, known: max[process], by: by[process] })
    };
    let violations = (0..n).filter_map(violation).collect();
    (max, violations)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::format::clocks;
    use crate::source::Source;

    fn files(texts: &[&str]) -> Vec<Arc<Source>> {
        texts.iter().enumerate().map(|(i, text)| Arc::new(Source::from_text(format!("c{i}.out"), *text))).collect()
    }

    #[test]
    fn a_process_that_knows_more_of_another_than_it_knew_itself_breaks_the_rule() {
        let recorded = clocks::read(&files(&["2 1\n3 4\n", "1 2\n2 3\n"])).unwrap();
        assert_eq!(judge(&recorded, 0), (vec![2, 2], vec![]));
        let broken = ClockViolation { process: 1, own: 3, known: 4, by: 0 };
        assert_eq!(judge(&recorded, 1), (vec![3, 4], vec![broken]));
    }
}
