//! `clearcut check`

use clap::Args;

use super::input::Input;
use super::output::{Failure, Output, print_json, print_text};
use crate::causality::CausalOrder;
use crate::cut::Verdict;
use crate::cut::spec::named_mistakes;
use crate::report::check::{self, Checked, ExecutionsReport};
use crate::snapshot::recorded::{Recorded, judge_all};
use crate::trace::Trace;
use crate::trace::audit::{Audit, skew};

/// Does the log obey the system model? Pairing, FIFO, causality, logged clocks, clock skew
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Check {
    #[command(flatten)]
    input: Input,
    /// Show of every pair of processes how far their clocks can differ, also where they could be one
    #[arg(long)]
    skew: bool,
    /// How to write the verdict
    #[arg(short, long, value_name = "HOW", default_value = "text")]
    pub(super) output: Output,
}

const EXAMPLE: &str = "Example: clearcut check node1.jsonl node2.jsonl

Errors break the model: exit status 1. A hole, like a receive without its send, leaves the answer open: 2.
Warnings and notes change nothing.";

impl Check {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let (sources, options) = (self.input.sources()?, self.input.options()?);
        if self.input.is_clocks(&sources) {
            return Err(self.input.no_events("nothing to check"));
        }
        let labels = self.input.several(&sources, &options)?;
        if !labels.is_empty() {
            return self.run_all(&labels, |number| self.input.read_one_of(&sources, &options, number));
        }
        let mut trace = self.input.read_for_audit(&sources, &options)?;
        let (audit, recorded) = audit(&trace);
        let skews = skew::of(&trace);
        let events = check::events(&trace, &audit, &skews, self.skew);
        self.input.look_up(&mut trace, events, &options)?;
        let verdict = check::verdict(&audit).and(check::snapshots_verdict(&recorded));
        let checked = Checked::new(&trace, &audit, None).with_snapshots(&trace, &recorded, verdict);
        let checked = checked.with_skews(&trace, &skews);
        match self.output {
            Output::Text => {
                let beside = check::skew_text(&trace, &skews, self.skew) + &check::snapshots_text(&trace, &recorded);
                print_text(&(check::text(&checked) + &beside))?;
            }
            Output::Json => print_json(&checked.report())?,
        }
        // What the system takes back at once need not be given back bit by bit.
        std::mem::forget(trace);
        Ok(verdict)
    }

    /// All executions, one after the other: no more than one of them is in memory.
    fn run_all(&self, labels: &[String], read: impl Fn(usize) -> Result<Trace, Failure>) -> Result<Verdict, Failure> {
        let mut verdict = Verdict::Holds;
        let (mut texts, mut rows) = (Vec::new(), Vec::new());
        for (number, label) in labels.iter().enumerate() {
            let trace = read(number)?;
            let (audit, recorded) = audit(&trace);
            let own = check::verdict(&audit).and(check::snapshots_verdict(&recorded));
            verdict = verdict.and(own);
            let skews = skew::of(&trace);
            let checked = Checked::new(&trace, &audit, Some(label)).with_snapshots(&trace, &recorded, own);
            let checked = checked.with_skews(&trace, &skews);
            match self.output {
                Output::Text => {
                    let beside = check::skew_text(&trace, &skews, self.skew);
                    let text = check::text(&checked) + &beside + &check::snapshots_text(&trace, &recorded);
                    texts.push((label.as_str(), text));
                }
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

/// The audit with what the cuts that the log names and the order of the events add, and the judgement of the snapshots that the log recorded. Where
/// happens-before has a cycle no cut says anything, and no snapshot is judged.
fn audit(trace: &Trace) -> (Audit, Vec<Recorded>) {
    let mut audit = Audit::of(trace);
    for (name, address, mistake) in named_mistakes(trace) {
        audit.add_named_cut(address, name, mistake.what, mistake.help);
    }
    let recorded = match CausalOrder::of(trace) {
        Ok(_) => judge_all(trace).unwrap_or_default(),
        Err(cycle) => {
            audit.add_cycle(trace, cycle.messages);
            Vec::new()
        }
    };
    (audit, recorded)
}
