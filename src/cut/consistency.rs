//! Is a cut consistent? By W(i) = V_i(i) (Mattern 1989, section 5), in one scan over the messages.

use std::ops::Range;

use super::Cut;
use super::classes::Classes;
use super::doubt::{self, Doubt};
use super::holes;
use crate::causality::order::CausalOrder;
use crate::causality::{Cycle, clocks};
use crate::ids::ProcessId;
use crate::trace::{Knows, Trace};

/// What a log can say of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The log shows that it holds.
    Holds,
    /// The log shows that it does not.
    Violated,
    /// The log has a hole where the answer is.
    Undetermined,
}

impl Verdict {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Violated => "violated",
            Self::Undetermined => "undetermined",
        }
    }

    /// Both hold, or what is wrong with one of them: a violation outweighs a hole.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Violated, _) | (_, Self::Violated) => Self::Violated,
            (Self::Undetermined, _) | (_, Self::Undetermined) => Self::Undetermined,
            (Self::Holds, Self::Holds) => Self::Holds,
        }
    }
}

/// A component that breaks W(i) = V_i(i).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The process i.
    pub process: ProcessId,
    /// V_i(i): how many of its events are inside the cut.
    pub own: u32,
    /// W(i): how many of them the cut knows of.
    pub known: u32,
    /// The first process whose clock knows that many.
    pub by: ProcessId,
}

/// All that the log says of a cut.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The cut.
    pub cut: Cut,
    /// Consistent, not consistent, or not to be told from this log.
    pub verdict: Verdict,
    /// W, the componentwise maximum of the V_i, as far as the log shows them.
    pub max: Vec<u32>,
    /// The V_i, one row for each process; only where asked for.
    pub clocks: Option<Vec<Vec<u32>>>,
    /// Components that break the rule, in process order.
    pub violations: Vec<Violation>,
    /// For each of them the places, in the order of the sends, between which others came to know of it.
    pub(crate) between: Vec<Range<usize>>,
    /// Classes, channel contents, orphans.
    pub classes: Classes,
    /// Receives inside the cut whose send the log lacks: numbers in [`Trace::unsent`].
    pub undetermined: Vec<usize>,
    /// Clocks that were logged inside and know of events outside, where all else would hold.
    pub knows: Vec<Knows>,
    /// Receives outside the cut whose send the log lacks and may have been inside: what may have been in a channel, by
    /// numbers in [`Trace::unsent`]. Whether the cut is consistent does not depend on them.
    pub perhaps_in_transit: Vec<usize>,
    /// The largest cut below that the log shows to be consistent: the cut itself where that is so. It holds no receive
    /// whose send the log lacks; as the cut of no events holds none, there always is one.
    pub below: Cut,
    /// The smallest cut above that the log shows to be consistent, which is W. Nothing where W holds a receive whose
    /// send the log lacks: every consistent cut above holds all of W, and with it that receive.
    pub above: Option<Cut>,
    /// Why the verdict may be another one, though the log has no hole there.
    pub doubts: Vec<Doubt>,
}

/// Verifies a cut.
///
/// The clocks V_i of all processes are computed if `clocks` asks for them; W and who breaks the rule are found without
/// them. Time: O(messages), and for each component that breaks the rule the messages from the first one that is sent
/// outside the cut to the last one that is received inside, with the clocks O(messages * processes); space:
/// O(processes), with the clocks its square, and what is in transit.
///
/// # Errors
/// The [`Cycle`] where happens-before has one: then no cut is consistent or inconsistent.
///
/// ```
/// use clearcut::{cut::{self, Cut, Verdict}, trace::Trace};
/// let trace = Trace::from_text("P1: send m -> P2\nP2: receive m\n").unwrap();
/// let received_but_not_sent = Cut::new(&trace, vec![0, 1]).unwrap();
/// let found = cut::verify(&trace, received_but_not_sent, false).unwrap();
/// assert_eq!(found.verdict, Verdict::Violated);
/// assert_eq!(found.max, [1, 1]);
/// ```
pub fn verify(trace: &Trace, cut: Cut, clocks: bool) -> Result<Verification, Cycle> {
    let order = CausalOrder::of(trace)?;
    Ok(verify_in(trace, &order, cut, clocks))
}

/// The same with an order that is known already.
pub fn verify_in(trace: &Trace, order: &CausalOrder, cut: Cut, clocks: bool) -> Verification {
    let (classes, between) = Classes::in_order(trace, order, &cut);
    let mut max = cut.positions().to_vec();
    // Without an orphan the cut knows of nothing that it does not hold.
    let known_at = match classes.orphans.is_empty() {
        true => Vec::new(),
        false => clocks::grow_by(trace, order, &between, &mut max),
    };
    let rows = clocks.then(|| {
        let at: Vec<_> = trace.processes().map(|p| (p, cut.position(p))).collect();
        clocks::of_positions(trace, order, &at)
    });
    let (violations, known_between) = violations(trace, order, &cut, &max, &between, &known_at).into_iter().unzip();
    let violations: Vec<Violation> = violations;
    debug_assert_eq!(violations.is_empty(), classes.orphans.is_empty());
    let (undetermined, perhaps_in_transit) = (holes::inside(trace, &cut), holes::perhaps_in_transit(trace, &cut));
    let knows = match violations.is_empty() && undetermined.is_empty() {
        true => trace.knows_outside(cut.positions()),
        false => Vec::new(),
    };
    let verdict = match (violations.is_empty(), undetermined.is_empty() && knows.is_empty()) {
        (false, _) => Verdict::Violated,
        (true, false) => Verdict::Undetermined,
        (true, true) => Verdict::Holds,
    };
    let below = match verdict {
        Verdict::Holds => cut.clone(),
        _ if !knows.is_empty() => before_clocks(trace, order, &cut),
        _ => match before_holes(trace, &cut) {
            same if same == cut => below_by(trace, order, &between, &cut),
            less => below(trace, order, &less),
        },
    };
    let shown = knows.is_empty() && trace.unsent().iter().all(|unsent| unsent.received > max[unsent.to.index()]);
    let above = shown.then(|| Cut { positions: max.clone() });
    Verification {
        cut,
        verdict,
        max,
        clocks: rows,
        violations,
        between: known_between,
        classes,
        undetermined,
        knows,
        perhaps_in_transit,
        below,
        above,
        doubts: Vec::new(),
    }
    .with_doubts(trace, doubt::of_any(trace))
}

/// The largest cut below that holds no receive whose send the log lacks: each process stops before its first one.
/// Whether a cut with such a receive is consistent the log cannot tell. Time: O(processes + unsent receives).
fn before_holes(trace: &Trace, cut: &Cut) -> Cut {
    let mut positions = cut.positions().to_vec();
    for unsent in trace.unsent() {
        let slot = &mut positions[unsent.to.index()];
        *slot = (*slot).min(unsent.received - 1);
    }
    Cut { positions }
}

/// So often a cut is rolled back before clocks that know too much; past that the cut of no events is what is certain.
const ROLLS: usize = 64;

/// A consistent cut below in which no logged clock knows of an event outside.
fn before_clocks(trace: &Trace, order: &CausalOrder, cut: &Cut) -> Cut {
    let mut cut = cut.clone();
    for _ in 0..ROLLS {
        let knows = trace.knows_outside(cut.positions());
        if knows.is_empty() {
            return cut;
        }
        let mut positions = cut.positions().to_vec();
        for clock in knows {
            let slot = &mut positions[clock.by.index()];
            *slot = (*slot).min(clock.event.saturating_sub(1));
        }
        cut = below(trace, order, &Cut { positions });
    }
    Cut { positions: vec![0; trace.process_count()] }
}

/// Up to so many broken components are looked into one by one; for more the clocks of all processes are cheaper.
const ONE_BY_ONE: usize = 8;

/// Each component that breaks the rule, and between which places of the order others came to know. Who knows as much is
/// found by one scan forward from the last event that is known, for each component; where there are many, by the clocks.
/// Time: O(messages `between`) for each scan.
fn violations(
    trace: &Trace,
    order: &CausalOrder,
    cut: &Cut,
    max: &[u32],
    between: &Range<usize>,
    known_at: &[usize],
) -> Vec<(Violation, Range<usize>)> {
    let broken: Vec<ProcessId> = trace.processes().filter(|p| max[p.index()] > cut.position(*p)).collect();
    let rows = (broken.len() > ONE_BY_ONE).then(|| {
        let at: Vec<_> = trace.processes().map(|p| (p, cut.position(p))).collect();
        // What was sent before it is inside the cut, and what is received behind it outside.
        clocks::of_positions_by(trace, order, between, &at)
    });
    let violation = |process: ProcessId| {
        let known = max[process.index()];
        let between = known_at[process.index()]..between.end;
        let by = match &rows {
            Some(rows) => trace.processes().find(|p| rows[p.index()][process.index()] == known)?,
            None => {
                let first = clocks::first_to_know_by(trace, order, &between, (process, known));
                trace.processes().find(|p| *p != process && first[p.index()] <= cut.position(*p))?
            }
        };
        Some((Violation { process, own: cut.position(process), known, by }, between))
    };
    broken.into_iter().filter_map(violation).collect()
}

/// The largest cut below without orphans: receivers are rolled back until none is left. Receives whose send the log
/// lacks are not looked at.
///
/// One scan in the order of the sends: whether a sender must go back is decided by messages sent before. The consistent
/// cuts form a lattice (Mattern 1989, section 4), so there is one such cut. Time: O(messages).
pub fn below(trace: &Trace, order: &CausalOrder, cut: &Cut) -> Cut {
    below_by(trace, order, &order.all(trace), cut)
}

/// The same by the messages at some places of the order alone.
fn below_by(trace: &Trace, order: &CausalOrder, places: &Range<usize>, cut: &Cut) -> Cut {
    let mut positions = cut.positions().to_vec();
    order.between(trace, places, |_, message| {
        let (from, to) = trace.ends(message);
        let received = trace.received_or_never(message);
        if trace.sent(message) > positions[from.index()] && received <= positions[to.index()] {
            positions[to.index()] = received - 1;
        }
    });
    Cut { positions }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of many senders stands before its send, and the first of two receivers knows better.
    #[test]
    fn who_knows_better_is_found_for_few_and_for_many() {
        for senders in [1, ONE_BY_ONE, ONE_BY_ONE + 1, 40] {
            let send =
                |i: usize| format!("S{i}: send a{i} -> R\nR: receive a{i}\nS{i}: send b{i} -> Q\nQ: receive b{i}\n");
            let text: String = "process R\nprocess Q\n".to_string() + &(0..senders).map(send).collect::<String>();
            let trace = Trace::from_text(&text).unwrap();
            let (r, q) = (trace.process("R").unwrap(), trace.process("Q").unwrap());
            // R knows one event of each sender, Q both, but for the last sender, whom Q has not heard of.
            let mut positions = vec![0; trace.process_count()];
            positions[r.index()] = trace.events(r);
            positions[q.index()] = trace.events(q) - 1;
            let found = verify(&trace, Cut::new(&trace, positions).unwrap(), false).unwrap();
            let by: Vec<_> = found.violations.iter().map(|v| (v.own, v.known, v.by)).collect();
            let mut wanted = vec![(0, 2, q); senders];
            wanted[senders - 1] = (0, 1, r);
            assert_eq!(by, wanted);
        }
    }
}
