//! `clearcut check`

use clap::Args;

use super::input::Input;
use super::output::{Failure, Output, print_json, print_text};
use crate::causality::CausalOrder;
use crate::cut::Verdict;
use crate::report::check::{self, Checked, ExecutionsReport};
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
        let (sources, options) = (self.input.sources()?, self.input.options());
        if self.input.is_clocks(&sources) {
            return Err(Failure::usage(
                "recorded clocks alone hold no events to check",
                "`clearcut verify --format clocks` judges every snapshot of them",
            ));
        }
        let labels = self.input.several(&sources, &options)?;
        if !labels.is_empty() {
            return self.run_all(&labels, |number| self.input.read_one_of(&sources, &options, number));
        }
        let trace = self.input.read(&sources, &options)?;
        let audit = audit(&trace);
        let checked = Checked::new(&trace, &audit, None);
        match self.output {
            Output::Text => print_text(&check::text(&checked))?,
            Output::Json => print_json(&checked.report())?,
        }
        Ok(check::verdict(&audit))
    }

    /// All executions, one after the other: no more than one of them is in memory.
    fn run_all(&self, labels: &[String], read: impl Fn(usize) -> Result<Trace, Failure>) -> Result<Verdict, Failure> {
        let mut verdict = Verdict::Holds;
        let (mut texts, mut rows) = (Vec::new(), Vec::new());
        for (number, label) in labels.iter().enumerate() {
            let trace = read(number)?;
            let audit = audit(&trace);
            verdict = verdict.and(check::verdict(&audit));
            let checked = Checked::new(&trace, &audit, Some(label));
            match self.output {
                Output::Text => texts.push((label.as_str(), check::text(&checked))),
                Output::Json => rows.push(checked.to_raw().map_err(std::io::Error::from)?),
            }
        }
        match self.output {
            Output::Text => print_text(&check::executions_text(verdict, &texts))?,
            Output::Json => print_json(&ExecutionsReport::new(verdict, rows))?,
        }
        Ok(verdict)
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
