//! What the messages prove of the clocks on the wall.

use serde::Serialize;
use serde_json::value::RawValue;

use super::sentences::count;
use crate::format::time::Time;
use crate::ids::MessageId;
use crate::report::text::duration::duration;
use crate::report::text::{names, table};
use crate::trace::Trace;
use crate::trace::audit::skew::{Bound, Skew};

/// How far the clock of `to` is ahead of that of `from`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SkewRow<'t> {
    from: &'t str,
    to: &'t str,
    least: Option<Box<RawValue>>,
    most: Option<Box<RawValue>>,
    /// Absent where the log has a unit of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'static str>,
    /// Whether the clocks could be one.
    zero: bool,
    /// Whether any constant skew explains the times.
    constant: bool,
    messages: usize,
    impossible: usize,
    proof: Vec<ProofRow<'t>>,
}

/// A message that proves a bound.
#[derive(Clone, Debug, Serialize)]
struct ProofRow<'t> {
    proves: &'static str,
    message: String,
    from: &'t str,
    to: &'t str,
    sent: u32,
    received: Option<u32>,
}

/// A time as a JSON number, exactly.
fn number(time: Time) -> Option<Box<RawValue>> {
    RawValue::from_string(time.to_string()).ok()
}

impl<'t> SkewRow<'t> {
    pub(super) fn new(trace: &'t Trace, skew: &Skew) -> Self {
        let proof = |(bound, proves): (Option<Bound>, &'static str)| {
            let Bound { message, .. } = bound?;
            let (from, to) = trace.ends(message);
            Some(ProofRow {
                proves,
                message: trace.message_name(message).into_owned(),
                from: trace.name(from),
                to: trace.name(to),
                sent: trace.sent(message),
                received: trace.received(message),
            })
        };
        Self {
            from: trace.name(skew.from),
            to: trace.name(skew.to),
            least: skew.least.and_then(|bound| number(bound.skew)),
            most: skew.most.and_then(|bound| number(bound.skew)),
            unit: skew.in_seconds.then_some("s"),
            zero: skew.can_be_zero(),
            constant: skew.can_be_constant(),
            messages: skew.messages,
            impossible: skew.impossible,
            proof: [(skew.least, "least"), (skew.most, "most")].into_iter().filter_map(proof).collect(),
        }
    }
}

/// So many pairs are shown, the others counted.
const SHOWN: usize = 20;

/// Those of which the text tells: the first of the pairs whose clocks cannot be one, or of all.
fn shown(skews: &[Skew], all: bool) -> impl Iterator<Item = &Skew> {
    skews.iter().filter(move |skew| all || !skew.can_be_zero())
}

/// The messages of which the text shows the lines.
pub(super) fn proofs(skews: &[Skew], all: bool) -> impl Iterator<Item = MessageId> {
    let odd = shown(skews, all).take(SHOWN).filter(|skew| !skew.can_be_constant());
    odd.filter_map(|skew| skew.least.zip(skew.most)).flat_map(|(least, most)| [least.message, most.message])
}

/// For people: a table of the pairs whose clocks cannot be one; of every pair where `all` of them are asked for.
pub fn skew_text(trace: &Trace, skews: &[Skew], all: bool) -> String {
    let shown: Vec<&Skew> = shown(skews, all).collect();
    if shown.is_empty() {
        return String::new();
    }
    let bound = |bound: Option<Bound>, skew: &Skew| {
        bound.map_or_else(|| "open".to_string(), |bound| duration(bound.skew, skew.in_seconds))
    };
    let head = ["clock of", "over", "at least", "at most", "received before sent"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for skew in shown.iter().take(SHOWN) {
        rows.push(vec![
            trace.name(skew.to).into(),
            trace.name(skew.from).into(),
            bound(skew.least, skew),
            bound(skew.most, skew),
            format!("{} of {}", skew.impossible, count(skew.messages, "message")),
        ]);
    }
    let mut out =
        format!("\nclocks on the wall: how far one is ahead of another, as messages prove\n{}", table::lines(&rows, 2));
    if shown.len() > SHOWN {
        out += &format!("  and {} more (all of them with -o json)\n", shown.len() - SHOWN);
    }
    for skew in shown.iter().take(SHOWN).filter(|skew| !skew.can_be_constant()) {
        if let Some((least, most)) = skew.least.zip(skew.most) {
            out += &format!(
                "  no constant skew explains {} and {}: a clock jumped or drifted between\n    {}\n    {}\n",
                trace.name(skew.from),
                trace.name(skew.to),
                hop(trace, least.message),
                hop(trace, most.message)
            );
        }
    }
    out
}

/// A message with its lines.
fn hop(trace: &Trace, message: MessageId) -> String {
    let (from, to) = trace.ends(message);
    let received = trace.received(message).unwrap_or_default();
    format!(
        "{}: {} sends{}, {} receives{}",
        trace.message_name(message),
        trace.name(from),
        names::place(trace, from, trace.sent(message)),
        trace.name(to),
        names::place(trace, to, received)
    )
}
