//! `clearcut clocks`

use std::io::{self, BufWriter};

use clap::Args;

use super::input::Input;
use super::output::{Failure, Output, cyclic};
use super::relate::event;
use crate::causality::all::{Clock, all_clocks};
use crate::causality::{CausalOrder, Holes, clocks};
use crate::cut::Verdict;
use crate::ids::ProcessId;
use crate::report::clocks::ClocksReport;
use crate::report::dot;
use crate::report::text::clocks::ClocksText;
use crate::trace::Trace;

/// The vector clock of every event
#[derive(Debug, Args)]
#[command(after_help = "Example: clearcut clocks traces/shops.holds.trace\n         \
clearcut clocks traces/shops.holds.trace --dot | dot -Tsvg -o shops.svg")]
pub struct Clocks {
    #[command(flatten)]
    input: Input,
    /// Of this event alone, P1=B or P1=3; may be given several times
    #[arg(long, value_name = "EVENT")]
    of: Vec<String>,
    /// The happens-before graph for GraphViz instead
    #[arg(long, conflicts_with_all = ["of", "output"])]
    dot: bool,
    /// How to write the clocks
    #[arg(short, long, value_name = "HOW", default_value = "text")]
    pub(super) output: Output,
}

/// Clocks of single events, or of all that the trace has.
enum Asked {
    All,
    Some(Vec<((ProcessId, u32), Vec<u32>)>),
}

impl Clocks {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let trace = self.input.trace()?;
        let order = CausalOrder::of(&trace).map_err(|cycle| cyclic(&trace, &cycle))?;
        let mut out = BufWriter::new(io::stdout().lock());
        let holes = Holes::of(&trace);
        if self.dot {
            dot::write(&trace, &mut out)?;
            return Ok(verdict(holes.any()));
        }
        let asked = self.asked(&trace, &order)?;
        let bounds = match &asked {
            Asked::All => holes.any(),
            Asked::Some(rows) => rows.iter().any(|(_, clock)| holes.below(clock.as_slice())),
        };
        match self.output {
            Output::Json => {
                let mut report = ClocksReport::begin(&trace, verdict(bounds), out)?;
                asked.each(&trace, &order, |p, number, clock| report.event(p, number, clock, holes.below(clock)))?;
                report.end()?;
            }
            Output::Text => {
                let mut report = ClocksText::begin(&trace, bounds, out)?;
                asked.each(&trace, &order, |p, number, clock| report.event(p, number, clock, holes.below(clock)))?;
                report.end()?;
            }
        }
        Ok(verdict(bounds))
    }

    fn asked(&self, trace: &Trace, order: &CausalOrder) -> Result<Asked, Failure> {
        if self.of.is_empty() {
            return Ok(Asked::All);
        }
        let events = self.of.iter().map(|text| event(trace, text)).collect::<Result<Vec<_>, _>>()?;
        let rows = clocks::of_positions(trace, order, &events);
        Ok(Asked::Some(events.into_iter().zip(rows).collect()))
    }
}

/// A clock that may be greater than what the log shows is no answer.
fn verdict(bounds: bool) -> Verdict {
    if bounds { Verdict::Undetermined } else { Verdict::Holds }
}

impl Asked {
    fn each(
        &self,
        trace: &Trace,
        order: &CausalOrder,
        mut show: impl FnMut(ProcessId, u32, Clock<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        match self {
            Self::All => all_clocks(trace, order, show),
            Self::Some(rows) => {
                rows.iter().try_for_each(|((process, number), clock)| show(*process, *number, clock.as_slice().into()))
            }
        }
    }
}
