//! The definitions, word for word and with no regard to cost: what the fast algorithms are held against.

use serde_json::{Value, json};

use super::random::{Did, Execution, Sent};

/// An execution as the definitions see it.
pub struct Oracle<'e> {
    execution: &'e Execution,
    /// before[a][b]: event a happens before event b, or is b; events by process and number.
    events: Vec<(usize, u32)>,
    before: Vec<Vec<bool>>,
}

impl<'e> Oracle<'e> {
    /// Happens-before (Lamport 1978): program order, send before receive, and what follows by transitivity.
    pub fn new(execution: &'e Execution) -> Self {
        let counts = execution.counts();
        let events: Vec<(usize, u32)> =
            (0..execution.processes).flat_map(|p| (1..=counts[p]).map(move |k| (p, k))).collect();
        let n = events.len();
        let at = |p: usize, k: u32| events.iter().position(|&e| e == (p, k)).unwrap();
        let mut before = vec![vec![false; n]; n];
        for (i, &(p, k)) in events.iter().enumerate() {
            before[i][i] = true;
            if k > 1 {
                before[at(p, k - 1)][i] = true;
            }
        }
        for m in execution.messages.iter().filter(|m| m.logged) {
            if let Some(received) = m.received {
                before[at(m.from, m.sent)][at(m.to, received)] = true;
            }
        }
        for k in 0..n {
            for i in 0..n {
                for j in 0..n {
                    before[i][j] |= before[i][k] && before[k][j];
                }
            }
        }
        Self { execution, events, before }
    }

    /// V_i at position k of process p: how many events of each process happen before its k-th event or are it.
    pub fn clock(&self, p: usize, k: u32) -> Vec<u32> {
        let Some(e) = self.events.iter().position(|&e| e == (p, k)) else { return vec![0; self.execution.processes] };
        let count = |j| (0..self.events.len()).filter(|&i| self.events[i].0 == j && self.before[i][e]).count() as u32;
        (0..self.execution.processes).map(count).collect()
    }

    /// Whether event a happens before event b or is b.
    pub fn precedes(&self, a: (usize, u32), b: (usize, u32)) -> bool {
        let at = |e| self.events.iter().position(|&x| x == e).unwrap();
        self.before[at(a)][at(b)]
    }

    fn logged(&self) -> impl Iterator<Item = (usize, &Sent)> {
        self.execution.messages.iter().enumerate().filter(|(_, m)| m.logged)
    }

    /// A cut is consistent iff with every event it holds all that happen before it.
    pub fn is_consistent(&self, cut: &[u32]) -> bool {
        let inside = |i: usize| self.events[i].1 <= cut[self.events[i].0];
        let n = self.events.len();
        (0..n).all(|b| !inside(b) || (0..n).all(|a| !self.before[a][b] || inside(a)))
    }

    /// The same of what happened, with the messages whose sends the log lacks.
    pub fn was_consistent(&self, cut: &[u32]) -> bool {
        let received = |m: &&Sent| m.received.is_some_and(|r| r <= cut[m.to]);
        self.execution.messages.iter().filter(received).all(|m| m.sent <= cut[m.from])
    }

    /// Whether a cut holds a receive whose send the log lacks.
    pub fn has_hole(&self, cut: &[u32]) -> bool {
        self.execution.messages.iter().any(|m| !m.logged && m.received.is_some_and(|r| r <= cut[m.to]))
    }

    /// Every cut, by counting up.
    pub fn cuts(&self) -> Vec<Vec<u32>> {
        let counts = self.execution.counts();
        let mut all = vec![vec![]];
        for &count in &counts {
            all =
                all.into_iter().flat_map(|cut: Vec<u32>| (0..=count).map(move |k| [&cut[..], &[k]].concat())).collect();
        }
        all
    }

    /// The report of `verify`, by the definitions.
    pub fn report(&self, cut: &[u32]) -> Value {
        let n = self.execution.processes;
        let clocks: Vec<Vec<u32>> = (0..n).map(|p| self.clock(p, cut[p])).collect();
        let max: Vec<u32> = (0..n).map(|j| clocks.iter().map(|c| c[j]).max().unwrap()).collect();
        let violations: Vec<Value> = (0..n)
            .filter(|&i| max[i] != clocks[i][i])
            .map(|i| {
                let by = (0..n).find(|&j| clocks[j][i] == max[i]).unwrap();
                json!({"process": name(i), "own": clocks[i][i], "known": max[i], "by": name(by)})
            })
            .collect();
        let holes: Vec<Value> = self
            .execution
            .messages
            .iter()
            .filter(|m| !m.logged && m.received.is_some_and(|r| r <= cut[m.to]))
            .map(|m| json!({"to": name(m.to), "received": m.received}))
            .collect();
        let consistent = self.is_consistent(cut);
        assert_eq!(consistent, violations.is_empty(), "W(i) = V_i(i) says what the definition says");
        let verdict = match (consistent, holes.is_empty()) {
            (false, _) => "violated",
            (true, false) => "undetermined",
            (true, true) => "holds",
        };
        let inside = |m: &Sent| (m.sent <= cut[m.from], m.received.is_some_and(|r| r <= cut[m.to]));
        let count = |class| self.logged().filter(|(_, m)| inside(m) == class).count();
        json!({
            "verdict": verdict,
            "cut": by_process(cut, false),
            "clocks": (0..n).map(|i| (name(i), by_process(&clocks[i], true))).collect::<serde_json::Map<_, _>>(),
            "max": by_process(&max, false),
            "violations": violations,
            "orphans": self.rows(|m| inside(m) == (false, true)),
            "in_transit": self.rows(|m| inside(m) == (true, false)),
            "holes": holes.len(),
            "counts": {
                "before": count((true, true)), "in_transit": count((true, false)),
                "orphan": count((false, true)), "after": count((false, false)),
            },
            "nearest": {"below": self.nearest(cut, true), "above": self.nearest(cut, false)},
        })
    }

    /// Messages by channel, then in the order of sending.
    fn rows(&self, wanted: impl Fn(&Sent) -> bool) -> Vec<Value> {
        let mut rows: Vec<(usize, &Sent)> = self.logged().filter(|(_, m)| wanted(m)).collect();
        rows.sort_by_key(|&(i, m)| (m.from, m.to, m.sent, i));
        let row = |(_, m): &(usize, &Sent)| json!({"from": name(m.from), "to": name(m.to), "sent": m.sent, "received": m.received});
        rows.iter().map(row).collect()
    }

    /// The largest cut below that the log shows to be consistent, or the smallest above: the one that all others are on
    /// the far side of; null where there is none.
    fn nearest(&self, cut: &[u32], below: bool) -> Value {
        let side = |a: &[u32], b: &[u32]| a.iter().zip(b).all(|(x, y)| if below { x <= y } else { x >= y });
        let shown = |c: &Vec<u32>| side(c, cut) && self.is_consistent(c) && !self.has_hole(c);
        let near: Vec<Vec<u32>> = self.cuts().into_iter().filter(shown).collect();
        if near.is_empty() {
            return Value::Null;
        }
        let best = near.iter().find(|c| near.iter().all(|other| side(other, c)));
        by_process(best.expect("the cuts that are shown to be consistent are a lattice"), false)
    }

    /// What each event did, for tests that need it.
    pub fn did(&self, p: usize, k: u32) -> &Did {
        &self.execution.events.iter().filter(|(process, _)| *process == p).nth(k as usize - 1).unwrap().1
    }
}

/// The name of a process in the logs that tests write.
pub fn name(process: usize) -> String {
    format!("P{process}")
}

fn by_process(counts: &[u32], skip_zero: bool) -> Value {
    let members = counts.iter().enumerate().filter(|(_, c)| !skip_zero || **c > 0);
    Value::Object(members.map(|(p, c)| (name(p), json!(c))).collect())
}
