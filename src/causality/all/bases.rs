//! What counts of small clocks go on from.
//!
//! A clock knows of every process what it was not long ago, so 2 bytes tell how far it knows it: a count is 0 where
//! nothing is known of a process, and else goes on from the base of that process, before which are events that every
//! clock knows which knows of the process at all. Of two counts the greater is still the one that knows more. When some
//! process has come far from its base, all bases are moved as far as they may be.
//!
//! They may not be moved far where a clock is kept that heard of a process long ago and not since, be it that of a
//! process or of a message: from there on all counts have 4 bytes, and go on from 0.

use super::plan::Plan;
use super::rows::{Count, Rows};
use super::windows::WINDOW;
use crate::trace::Trace;

/// How many events of each process there are before those that are counted.
#[derive(Debug)]
pub(super) struct Bases {
    /// By process.
    bases: Vec<u32>,
    /// The greatest count.
    reach: u32,
    /// How many events there were for sure since they were last moved.
    since: usize,
}

impl Bases {
    pub(super) fn new(trace: &Trace, reach: u32) -> Self {
        Self { bases: vec![0; trace.process_count()], reach, since: 0 }
    }

    /// By process.
    #[inline]
    pub(super) fn get(&self) -> &[u32] {
        &self.bases
    }

    /// How many events more surely fit, at least one; nothing where the bases cannot be moved far enough for any.
    ///
    /// They are moved when three quarters of the reach are used, and must free half of it. Time: O(processes) for at least
    /// a quarter of the reach; to move them O(rows * processes), and there are no more rows than there were events since
    /// they were last moved, or few: all of it is within what the events take.
    pub(super) fn room<T: Count>(&mut self, plan: &mut Plan<'_>, rows: &mut Rows<T>) -> Option<usize> {
        let mut room = plan.room(self.reach, |_| 0);
        if room <= self.reach / 4 {
            if rows.len() > self.since.saturating_add(2 * WINDOW) {
                return None;
            }
            plan.tidy(rows);
            let moves = rows.least();
            room = plan.room(self.reach, |p| moves[p].number());
            if room <= self.reach / 2 {
                return None;
            }
            rows.lower(&moves);
            for (p, (base, by)) in self.bases.iter_mut().zip(moves).enumerate() {
                *base += by.number();
                plan.pass(p, by.number());
            }
            self.since = 0;
        }
        self.since = self.since.saturating_add(room as usize);
        Some(room as usize)
    }

    /// The same rows in counts of 4 bytes, that count from the beginning.
    pub(super) fn widen(&mut self, plan: &mut Plan<'_>, rows: &Rows<u16>) -> Rows<u32> {
        plan.restart(&self.bases);
        let wide = rows.widened(&self.bases);
        self.bases.fill(0);
        self.reach = u32::MAX;
        wide
    }
}
