//! Why a cut is not consistent: how the one who knows more came to know it.

use std::ops::Range;

use super::{Verification, Violation};
use crate::causality::CausalOrder;
use crate::causality::paths::fewest_messages_by;
use crate::ids::MessageId;
use crate::trace::Trace;

/// A proof of the violations of a cut.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// For each of the first violations the messages by which [`by`](Violation::by) knows of event
    /// [`known`](Violation::known): each is received by the sender of the next one, before it is sent.
    pub chains: Vec<Vec<MessageId>>,
}

impl Proof {
    /// Proves the first `most` violations. Time: for each the messages between the event that is known, in the order of
    /// the sends, and the last receive inside the cut.
    ///
    /// ```
    /// use clearcut::{causality::CausalOrder, cut::{self, Cut, Proof}, trace::Trace};
    /// let trace = Trace::from_text("P1: send m -> P2\nP2: receive m\n").unwrap();
    /// let found = cut::verify(&trace, Cut::new(&trace, vec![0, 1]).unwrap(), false).unwrap();
    /// let proof = Proof::of(&trace, &CausalOrder::of(&trace).unwrap(), &found, 1);
    /// assert_eq!(trace.message_name(proof.chains[0][0]), "m");
    /// ```
    pub fn of(trace: &Trace, order: &CausalOrder, found: &Verification, most: usize) -> Self {
        let chain = |(v, places): (&Violation, &Range<usize>)| {
            let goal = (v.by, found.cut.position(v.by));
            // There is one, as the clock of the goal counts the event.
            fewest_messages_by(trace, order, places, (v.process, v.known), goal).unwrap_or_default()
        };
        Self { chains: found.violations.iter().zip(&found.between).take(most).map(chain).collect() }
    }
}
