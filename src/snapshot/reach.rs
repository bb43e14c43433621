//! Who is reached from whom over channels of which some are blocked.
//!
//! Where no channel is declared there is one for every ordered pair of processes. The pairs are not listed then: what
//! is left to reach is kept as a list, and each step takes from it all but the blocked ones, so that a search costs the
//! processes and the blocked channels, not the square of the processes.

use std::collections::VecDeque;

use crate::ids::ProcessId;
use crate::trace::Trace;

/// An ordered pair of processes.
pub(super) type Pair = (ProcessId, ProcessId);

/// Which channels a search may use.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// Whether the rows list the open channels, or the blocked ones among all.
    listed: bool,
    starts: Vec<usize>,
    ends: Vec<ProcessId>,
    /// Of each process, whether no channel to it is open.
    shut: Vec<bool>,
    direction: Direction,
}

/// What a search may not use.
#[derive(Clone, Debug, Default)]
pub(super) struct Closed {
    /// Blocked channels: sorted, each there once.
    pub(super) channels: Vec<Pair>,
    /// Processes to which no channel is open.
    pub(super) receivers: Vec<ProcessId>,
}

/// The way of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// From sender to receiver.
    Forward,
    /// From receiver to sender.
    Backward,
}

impl Open {
    /// All channels of the trace but the closed ones.
    /// Time and space: O(processes + closed and declared channels), and sorting them.
    pub(super) fn all_but(trace: &Trace, closed: &Closed, direction: Direction) -> Self {
        let channels = trace.channels();
        let listed = channels.are_declared();
        let turn = |(a, b): Pair| if direction == Direction::Forward { (a, b) } else { (b, a) };
        let mut shut = vec![false; trace.process_count()];
        closed.receivers.iter().for_each(|p| shut[p.index()] = true);
        let mut pairs: Vec<Pair> = if listed {
            let all = channels.iter().map(|c| channels.ends(c));
            let is_open = |pair: &Pair| !shut[pair.1.index()] && closed.channels.binary_search(pair).is_err();
            all.filter(is_open).map(turn).collect()
        } else {
            closed.channels.iter().copied().map(turn).collect()
        };
        pairs.sort_unstable();
        let mut starts = vec![0usize; trace.process_count() + 1];
        for (from, _) in &pairs {
            starts[from.index() + 1] += 1;
        }
        for p in 1..starts.len() {
            starts[p] += starts[p - 1];
        }
        Self { listed, starts, ends: pairs.into_iter().map(|(_, to)| to).collect(), shut, direction }
    }

    fn row(&self, process: ProcessId) -> &[ProcessId] {
        &self.ends[self.starts[process.index()]..self.starts[process.index() + 1]]
    }
}

/// A breadth-first search that may be started several times; what is reached stays reached.
#[derive(Debug)]
pub(super) struct Search<'o> {
    open: &'o Open,
    seen: Vec<bool>,
    /// Ascending; holds all that are not seen and may be reached yet. Empty where the open channels are listed.
    left: Vec<ProcessId>,
    /// The channels over which processes were reached first, in the order in which they were.
    pub(super) tree: Vec<Pair>,
}

impl<'o> Search<'o> {
    pub(super) fn new(open: &'o Open) -> Self {
        let n = open.shut.len();
        let may = |p: &ProcessId| open.direction == Direction::Backward || !open.shut[p.index()];
        let left = if open.listed { Vec::new() } else { (0..n).map(ProcessId::at).filter(may).collect() };
        Self { open, seen: vec![false; n], left, tree: Vec::new() }
    }

    pub(super) fn has_seen(&self, process: ProcessId) -> bool {
        self.seen[process.index()]
    }

    /// Reaches all that can be reached from `roots`, neighbours in process order; returns who was reached, roots first.
    pub(super) fn run(&mut self, roots: impl IntoIterator<Item = ProcessId>) -> Vec<ProcessId> {
        let mut reached = Vec::new();
        let mut queue = VecDeque::new();
        for root in roots {
            if !std::mem::replace(&mut self.seen[root.index()], true) {
                queue.push_back(root);
            }
        }
        while let Some(process) = queue.pop_front() {
            reached.push(process);
            let fresh = self.tree.len();
            self.step(process);
            queue.extend(self.tree[fresh..].iter().map(|&(_, to)| to));
        }
        reached
    }

    fn step(&mut self, process: ProcessId) {
        let row = self.open.row(process);
        let (seen, tree) = (&mut self.seen, &mut self.tree);
        if self.open.listed {
            for &to in row {
                if !std::mem::replace(&mut seen[to.index()], true) {
                    tree.push((process, to));
                }
            }
            return;
        }
        if self.open.direction == Direction::Backward && self.open.shut[process.index()] {
            return;
        }
        let mut blocked = row.iter().peekable();
        self.left.retain(|&to| {
            if seen[to.index()] {
                return false;
            }
            while blocked.next_if(|&&b| b < to).is_some() {}
            let keep = blocked.peek() == Some(&&to);
            if !keep {
                seen[to.index()] = true;
                tree.push((process, to));
            }
            keep
        });
    }
}

/// The sets of processes that nobody outside the set reaches, each of whose members reaches all others of it; in the
/// order of their first members. From one member of each of them everything is reached, and from fewer not.
///
/// Three sweeps. The roots that a first sweep over all processes needs, searched from again in reverse order, leave
/// one member of each set: whatever reaches a root that is in no such set was started later than that root. Backwards
/// from a member its whole set is reached, and nothing else. Time and space: those of [`Open::all_but`].
pub(super) fn sources(trace: &Trace, closed: &Closed) -> Vec<Vec<ProcessId>> {
    let open = Open::all_but(trace, closed, Direction::Forward);
    let needed = |order: &mut dyn Iterator<Item = ProcessId>| -> Vec<ProcessId> {
        let mut search = Search::new(&open);
        let fresh = |p: &ProcessId| !search.run([*p]).is_empty();
        order.filter(fresh).collect()
    };
    let roots = needed(&mut trace.processes());
    let members = needed(&mut roots.into_iter().rev());
    let back = Open::all_but(trace, closed, Direction::Backward);
    let mut search = Search::new(&back);
    let set = |member: ProcessId| {
        let mut set = search.run([member]);
        set.sort_unstable();
        set
    };
    let mut sets: Vec<Vec<ProcessId>> = members.into_iter().map(set).collect();
    sets.sort_unstable();
    sets
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn closure(n: usize, open: impl Fn(usize, usize) -> bool) -> Vec<Vec<bool>> {
        let mut reach: Vec<Vec<bool>> = (0..n).map(|a| (0..n).map(|b| a == b || open(a, b)).collect()).collect();
        for k in 0..n {
            for a in 0..n {
                for b in 0..n {
                    reach[a][b] |= reach[a][k] && reach[k][b];
                }
            }
        }
        reach
    }

    proptest! {
        #[test]
        fn searches_reach_what_the_closure_reaches(
            n in 1..7usize, declared in any::<bool>(), bits in proptest::collection::vec(0..4u8, 49)
        ) {
            let mut text: String = (0..n).map(|p| format!("process P{p}\n")).collect();
            let mut closed = Closed::default();
            let mut is_declared = false;
            for (a, b) in (0..n).flat_map(|a| (0..n).map(move |b| (a, b))).filter(|(a, b)| a != b) {
                if declared && bits[a * 7 + b] > 0 {
                    text += &format!("channel P{a} -> P{b}\n");
                    is_declared = true;
                }
                if bits[a * 7 + b] > 1 {
                    closed.channels.push((ProcessId::at(a), ProcessId::at(b)));
                }
            }
            closed.receivers = (0..n).filter(|p| bits[p * 8] == 3).map(ProcessId::at).collect();
            let trace = Trace::from_text(&text).unwrap();
            let is_open = |a: usize, b: usize| {
                let (a, b) = (ProcessId::at(a), ProcessId::at(b));
                a != b && (!is_declared || trace.has_channel(a, b)) && !closed.channels.contains(&(a, b))
                    && !closed.receivers.contains(&b)
            };
            let reach = closure(n, is_open);
            let open = Open::all_but(&trace, &closed, Direction::Forward);
            for (a, row) in reach.iter().enumerate() {
                let mut search = Search::new(&open);
                let mut reached: Vec<usize> = search.run([ProcessId::at(a)]).iter().map(|p| p.index()).collect();
                reached.sort_unstable();
                prop_assert_eq!(&reached, &(0..n).filter(|&b| row[b]).collect::<Vec<_>>());
                prop_assert_eq!(search.tree.len() + 1, reached.len());
                prop_assert!(search.tree.iter().all(|(x, y)| is_open(x.index(), y.index())));
            }
            let mut expected: Vec<Vec<ProcessId>> = vec![];
            for (a, row) in reach.iter().enumerate() {
                let set: Vec<usize> = (0..n).filter(|&b| reach[b][a]).collect();
                if set.iter().all(|&b| row[b]) && set[0] == a {
                    expected.push(set.into_iter().map(ProcessId::at).collect());
                }
            }
            prop_assert_eq!(sources(&trace, &closed), expected);
        }
    }
}
