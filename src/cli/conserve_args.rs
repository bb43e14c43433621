//! A conserved quantity: `--conserve balance`.

use clap::Args;

use super::output::Failure;
use crate::cut::conserve::{self, Quantity, Sums};
use crate::cut::{Classes, Cut};
use crate::report;
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

/// The sums of a quantity at a cut.
pub fn sums(trace: &Trace, cut: &Cut, classes: &Classes, of: &Quantity) -> Result<Sums, Failure> {
    conserve::sums(trace, cut, classes, of).map_err(|why| {
        let (what, help) = report::conserve::refusal(trace, of, &why);
        Failure::usage(what, help)
    })
}
