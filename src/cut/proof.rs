//! Why a cut is not consistent: how the one who knows more came to know it.

use super::Verification;
use crate::causality::{CausalOrder, fewest_messages};
use crate::ids::MessageId;
use crate::trace::Trace;

/// A proof of the violations of a cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// For each of the first violations the messages by which [`by`](super::Violation::by) knows of event
    /// [`known`](super::Violation::known): each is received by the sender of the next one, before it is sent.
    pub chains: Vec<Vec<MessageId>>,
}

impl Proof {
    /// Proves the first `most` violations. Time: O(messages) for each.
    ///
    /// ```
    /// use clearcut::{causality::CausalOrder, cut::{self, Cut, Proof}, trace::Trace};
    /// let trace = Trace::from_text("P1: send m -> P2\nP2: receive m\n").unwrap();
    /// let found = cut::verify(&trace, Cut::new(&trace, vec![0, 1]).unwrap(), false).unwrap();
    /// let proof = Proof::of(&trace, &CausalOrder::of(&trace).unwrap(), &found, 1);
    /// assert_eq!(trace.message_name(proof.chains[0][0]), "m");
    /// ```
    pub fn of(trace: &Trace, order: &CausalOrder, found: &Verification, most: usize) -> Self {
        let chain = |v: &super::Violation| {
            let goal = (v.by, found.cut.position(v.by));
            // There is one, as the clock of the goal counts the event.
            fewest_messages(trace, order, (v.process, v.known), goal).unwrap_or_default()
        };
        Self { chains: found.violations.iter().take(most).map(chain).collect() }
    }
}
