//! `clearcut check`

use clap::Args;

use super::input::Input;
use super::output::{Failure, Output, print_json, print_text};
use crate::causality::CausalOrder;
use crate::cut::Verdict;
use crate::report::check::{self, Checked};
use crate::trace::Trace;
use crate::trace::audit::Audit;

/// Does the log obey the system model? Pairing, FIFO, causality, logged clocks, clock skew
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Check {
    #[command(flatten)]
    input: Input,
    /// How to write the verdict
    #[arg(short, long, value_name = "HOW", default_value = "text")]
    output: Output,
}

const EXAMPLE: &str = "Example: clearcut check node1.jsonl node2.jsonl

Errors break the model: exit status 1. A hole, like a receive without its send, leaves the answer open: 2.
Warnings and notes change nothing.";

impl Check {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let trace = self.input.trace()?;
        let audit = audit(&trace);
        let checked = Checked::new(&trace, &audit, None);
        match self.output {
            Output::Text => print_text(&check::text(&checked))?,
            Output::Json => print_json(&checked.report())?,
        }
        Ok(check::verdict(&audit))
    }
}

/// The audit with what the order of the events adds.
fn audit(trace: &Trace) -> Audit {
    let mut audit = Audit::of(trace);
    if let Err(cycle) = CausalOrder::of(trace) {
        audit.add_cycle(trace, cycle.messages);
    }
    audit
}
