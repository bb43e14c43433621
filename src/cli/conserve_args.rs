//! A conserved quantity: `--conserve balance`.

use clap::Args;

use super::output::Failure;
use crate::cut::conserve::{self, Quantity, Sums};
use crate::cut::{Classes, Cut};
use crate::report;
use crate::report::conserve::Untold;
use crate::trace::Trace;

/// The quantity that is asked about.
#[derive(Clone, Debug, Args)]
pub struct ConserveArgs {
    /// Does this sum over the states and the channels stay what it was? FIELD is its name in payloads, where it differs
    #[arg(long = "conserve", value_name = "NAME[=FIELD]")]
    conserve: Option<String>,
}

impl ConserveArgs {
    /// The quantity.
    pub fn quantity(&self) -> Option<Quantity> {
        let text = self.conserve.as_deref()?;
        let (variable, field) = text.split_once('=').unwrap_or((text, text));
        Some(Quantity { variable: variable.trim().into(), field: field.trim().into() })
    }
}

/// The sums of a quantity at a cut; `lacks_sends` where the log lacks the sends of messages that are or may be inside.
pub fn sums(
    trace: &Trace,
    cut: &Cut,
    classes: &Classes,
    of: &Quantity,
    lacks_sends: bool,
) -> Result<Result<Sums, Untold>, Failure> {
    let sums = conserve::sums(trace, cut, classes, of).map_err(|why| {
        let (what, help) = report::conserve::refusal(trace, of, &why);
        Failure::usage(what, help)
    })?;
    // A line that is missing may have carried the quantity, and changed the state of its sender.
    Ok(if lacks_sends { Err(Untold::Holes) } else { Ok(sums) })
}
