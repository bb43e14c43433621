//! What a cut by clocks on the wall rests on.

use super::text::duration::duration;
use crate::cut::Verification;
use crate::format::time::Time;
use crate::trace::Trace;
use crate::trace::audit::skew::{self, Skew};

/// Of a cut by clocks on the wall: one sentence for each pair of processes whose clocks are proven to differ, and between which the
/// cut has orphans. Time: that of [`skew::of`] where there are orphans.
pub fn notes(trace: &Trace, found: &Verification) -> Vec<String> {
    if found.classes.orphans.is_empty() {
        return Vec::new();
    }
    let between = |skew: &Skew| {
        let ends = [(skew.from, skew.to), (skew.to, skew.from)];
        found.classes.orphans.iter().any(|&orphan| ends.contains(&trace.ends(orphan)))
    };
    let sentence = |skew: &Skew| {
        let names = format!("{} and {}", trace.name(skew.from), trace.name(skew.to));
        if !skew.can_be_constant() {
            return format!(
                "no constant skew explains the clocks of {names} (`clearcut check`): times across processes do not compare"
            );
        }
        let bounds =
            [skew.least, skew.most].into_iter().flatten().map(|bound| bound.skew.billionths().saturating_abs());
        let zero_side =
            bounds.min().map_or_else(String::new, |by| duration(Time::from_billionths(by), skew.in_seconds));
        format!(
            "the clocks of {names} differ by at least {zero_side} (`clearcut check`): times across processes do not compare"
        )
    };
    skew::of(trace).iter().filter(|skew| !skew.can_be_zero() && between(skew)).map(sentence).collect()
}
