//! Two threads for what is long.

use std::ops::Range;

use super::Trace;

/// So many messages or counts of clocks are worth a second thread.
pub(super) const LARGE: usize = 1 << 18;

/// The results of two tasks that are done side by side.
pub(super) fn both<A: Send, B>(other: impl FnOnce() -> A + Send, own: impl FnOnce() -> B) -> (A, B) {
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let own = own();
        (other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), own)
    })
}

impl Trace {
    /// What a walk along the logged clocks finds, of one process after the other: by two threads if there are many clocks,
    /// each of which walks along about half of the events.
    pub(super) fn along_clocks<T: Send>(&self, walk: impl Fn(Range<usize>) -> Vec<T> + Sync) -> Vec<T> {
        let processes = self.process_count();
        if self.clock_pairs.len() < LARGE {
            return walk(0..processes);
        }
        let middle = self.starts.partition_point(|&start| start < self.event_count() / 2).min(processes);
        let (late, mut found) = both(|| walk(middle..processes), || walk(0..middle));
        found.extend(late);
        found
    }
}
