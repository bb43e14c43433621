//! Where the processes stand at a cut, and on which sides of it the events are that come.

use crate::ids::ProcessId;

/// Where it is not known otherwise, for so many events nobody asks again.
const AGAIN: usize = 1 << 12;

/// On which sides of the cut messages lie that are received now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sides {
    /// Each has both ends inside.
    Inside,
    /// Each is received outside; from this number on it is sent there too.
    Outside(u32),
    /// That is to be asked for each.
    Either,
}

/// Up to where each process is inside: so many of its events.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    all: Vec<u32>,
    sides: Sides,
    /// For how many events of the log that holds.
    until: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { all: Vec::new(), sides: Sides::Either, until: 0 }
    }
}

impl Limits {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn all(&self) -> &[u32] {
        &self.all
    }

    /// Adds a process.
    pub(super) fn push(&mut self, limit: u32) {
        self.all.push(limit);
        self.forget();
    }

    pub(super) fn set(&mut self, process: ProcessId, limit: u32) {
        self.all[process.index()] = limit;
        self.forget();
    }

    fn forget(&mut self) {
        (self.sides, self.until) = (Sides::Either, 0);
    }

    /// On which sides messages lie that are received by the events that were [looked](Self::look) ahead for.
    #[inline]
    pub(super) fn sides(&self) -> Sides {
        self.sides
    }

    /// Looks ahead for the next events, so many: `counts` of each process have happened, `events` in all, and messages up
    /// to number `sent` were sent. Time: constant, amortised.
    #[inline]
    pub(super) fn look(&mut self, counts: &[u32], (events, more): (usize, usize), sent: u32) {
        if events + more > self.until {
            self.look_at_each(counts, (events, more), sent);
        }
    }

    #[cold]
    fn look_at_each(&mut self, counts: &[u32], (events, more): (usize, usize), sent: u32) {
        let of_each = || self.all.iter().zip(counts);
        // None of them can go farther than all together.
        let left = of_each().map(|(limit, &count)| limit.checked_sub(count)).min().flatten().unwrap_or(0) as usize;
        let is_outside = of_each().all(|(&limit, &count)| count >= limit);
        (self.sides, self.until) = match () {
            () if left >= more.max(self.all.len()) => (Sides::Inside, events + left),
            () if is_outside => (Sides::Outside(sent), usize::MAX),
            () => (Sides::Either, events + more.max(self.all.len()).max(AGAIN)),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against each event, while processes come and are told where they stand.
        #[test]
        fn events_are_on_the_sides_that_are_said(
            batches in proptest::collection::vec(
                (proptest::option::of(0..400u32), proptest::option::of(0..9usize), proptest::collection::vec(0..9usize, 0..100)),
                1..40,
            ),
        ) {
            let (mut limits, mut counts, mut events, mut sent) = (Limits::default(), Vec::<u32>::new(), 0, 0);
            // Which messages were sent outside: each event is the send of one, and the receive of another.
            let mut are_outside = vec![];
            for (new, decided, batch) in batches {
                if let Some(limit) = new {
                    limits.push(if limit < 300 { limit } else { u32::MAX });
                    counts.push(0);
                }
                let Some(last) = counts.len().checked_sub(1) else { continue };
                if let Some(process) = decided.map(|process| process.min(last)) {
                    limits.set(ProcessId::at(process), counts[process]);
                }
                limits.look(&counts, (events, batch.len()), sent);
                for process in batch.into_iter().map(|process| process.min(last)) {
                    counts[process] += 1;
                    events += 1;
                    sent += 1;
                    let is_inside = counts[process] <= limits.all()[process];
                    are_outside.push(!is_inside);
                    match limits.sides() {
                        Sides::Inside => prop_assert!(is_inside && !are_outside.contains(&true)),
                        Sides::Outside(first) => {
                            prop_assert!(!is_inside);
                            prop_assert!(are_outside[first as usize..].iter().all(|&is_outside| is_outside));
                        }
                        Sides::Either => {}
                    }
                }
            }
        }

        #[test]
        fn what_is_far_from_every_limit_is_said(processes in 1..9usize, inside in any::<bool>()) {
            let mut limits = Limits::default();
            (0..processes).for_each(|_| limits.push(if inside { u32::MAX } else { 7 }));
            limits.look(&vec![7; processes], (7 * processes, 100), 5);
            prop_assert_eq!(limits.sides(), if inside { Sides::Inside } else { Sides::Outside(5) });
        }
    }
}
