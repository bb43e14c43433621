//! `clearcut snapshot`

use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::conserve_args::{self, ConserveArgs};
use super::input::Input;
use super::marker_args;
use super::output::{Failure, Output, cyclic, print_json, print_text};
use crate::causality::CausalOrder;
use crate::cut::Verdict;
use crate::cut::conserve::{Quantity, Sums};
use crate::format;
use crate::report::all::AllReport;
use crate::report::conserve::Untold;
use crate::report::snapshot::{Conserved, SnapshotReport, verdict};
use crate::report::verify::CLOCKS_UNASKED;
use crate::report::{self, text};
use crate::snapshot::all::all;
use crate::snapshot::along::along;
use crate::snapshot::{self, Algorithm, Delivery, Refusal, Request, Snapshot as Taken};
use crate::source::Source;
use crate::trace::{Keep, Trace};

/// Which cut does a run of Chandy-Lamport record? Replays the algorithm on the log
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Snapshot {
    #[command(flatten)]
    input: Input,
    /// A process that starts the snapshot, after the event or the number of events at POSITION (if none is given,
    /// before its first); repeatable
    #[arg(long, value_name = "P[=POSITION]", required = true)]
    initiator: Vec<String>,
    /// The algorithm; lai-yang where a channel is declared unordered, else chandy-lamport
    #[arg(long, value_name = "NAME")]
    algorithm: Option<AlgorithmArg>,
    /// When markers arrive
    #[arg(long, value_name = "WHEN")]
    delivery: Option<DeliveryArg>,
    /// For random delivery: the same seed is the same run
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// Where one marker arrives, whatever the delivery: `P1->P3=H` after P3's event H, `P1->P3=2` after two; repeatable
    #[arg(long, value_name = "P->Q=POSITION")]
    marker: Vec<String>,
    #[command(flatten)]
    conserve: ConserveArgs,
    /// Tell the run step by step
    #[arg(long)]
    steps: bool,
    /// Every cut that runs from there can record, instead of one
    #[arg(long, conflicts_with_all = ["delivery", "seed", "marker", "steps", "conserve"])]
    all: bool,
    /// With --all: count and list at most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000, requires = "all")]
    limit: usize,
    /// Show the vector clocks of more than 32 processes too
    #[arg(long)]
    clocks: bool,
    /// How to write the verdict
    #[arg(short, long, value_name = "HOW", default_value = "text")]
    pub(super) output: Output,
}

const EXAMPLE: &str =
    "Example: clearcut snapshot traces/three-processes.holds.trace --initiator P1=C --delivery late --steps";

/// Which algorithm runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AlgorithmArg {
    /// Markers, on FIFO channels
    ChandyLamport,
    /// Messages carry the sender's colour, on any channels
    LaiYang,
}

/// When markers arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum DeliveryArg {
    /// As soon as FIFO allows
    Prompt,
    /// Just before the next message on the channel, or at the end
    Late,
    /// Anywhere between
    Random,
}

impl Snapshot {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let (sources, options) = (self.input.sources()?, self.input.options()?);
        if self.all {
            return self.all(&self.input.read(&sources, &options)?);
        }
        if let Some(verdict) = self.at_one_look(&sources, &options)? {
            return Ok(verdict);
        }
        // The steps and fixed markers are told by single events.
        if !self.steps && self.marker.is_empty() {
            let mut trace = self.input.read_for_cuts(&sources, &options, (Keep::Order, Keep::Events), false)?;
            if let Some(verdict) = self.take(&mut trace, &options)? {
                // What the system takes back at once need not be given back bit by bit.
                std::mem::forget(trace);
                return Ok(verdict);
            }
        }
        let mut trace = self.input.read(&sources, &options)?;
        self.take(&mut trace, &options)?
            .ok_or_else(|| Failure::usage("the log has changed while it was read", "try again"))
    }

    /// The snapshot where the algorithm can run along while the log is read, and its cut is all that is asked for.
    fn at_one_look(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Option<Verdict>, Failure> {
        let more = self.steps || self.clocks || !self.marker.is_empty() || self.conserve.quantity().is_some();
        let delivery = match (self.delivery, self.seed) {
            _ if more || self.algorithm == Some(AlgorithmArg::LaiYang) => return Ok(None),
            (None | Some(DeliveryArg::Prompt), None) => Delivery::Prompt,
            (Some(DeliveryArg::Late), None) => Delivery::Late,
            _ => return Ok(None),
        };
        let Some(starts) = marker_args::starts(&self.initiator) else { return Ok(None) };
        let Some((recorder, recorded)) = along(starts, delivery) else { return Ok(None) };
        let Some(trace) = self.input.read_along(sources, options, recorder)? else { return Ok(None) };
        let request = self.request(&trace)?;
        let Some(run) = recorded.run() else { return Ok(None) };
        // The cut is read off a trace of few processes with their clocks.
        if request.clocks || !trace.is_fifo() {
            return Ok(None);
        }
        let Some(taken) = snapshot::taken_along(&trace, request, run.clone()) else { return Ok(None) };
        self.report(&trace, &taken).map(Some)
    }

    /// Every cut that a run can record.
    fn all(&self, trace: &Trace) -> Result<Verdict, Failure> {
        if self.algorithm == Some(AlgorithmArg::LaiYang) {
            return Err(Failure::usage(
                "--all lists what Chandy-Lamport can record",
                "`--algorithm lai-yang` without --all takes one snapshot",
            ));
        }
        snapshot::needs_fifo(trace).map_err(|refusal| failure(trace, &refusal))?;
        let order = CausalOrder::of(trace).map_err(|cycle| cyclic(trace, &cycle))?;
        let initiators = marker_args::initiators(trace, &self.initiator, |_| 0)?;
        let found = all(trace, &order, &initiators, self.limit);
        match self.output {
            Output::Json => print_json(&AllReport::new(trace, &initiators, &found, true))?,
            Output::Text => print_text(&text::all::text(trace, &found))?,
        }
        Ok(report::all::verdict(trace, &found))
    }

    /// Takes the snapshot and reports; nothing where that needs more than the trace has.
    fn take(&self, trace: &mut Trace, options: &format::Options) -> Result<Option<Verdict>, Failure> {
        let request = self.request(trace)?;
        let whole = trace.keeps() == Keep::Events;
        if !whole && (request.algorithm == Algorithm::LaiYang || !trace.is_fifo()) {
            return Ok(None);
        }
        let taken = match snapshot::take(trace, request) {
            Ok(taken) => taken,
            // A refusal names any lines of the log.
            Err(_) if !whole => return Ok(None),
            Err(refusal) => return Err(failure(trace, &refusal)),
        };
        let events = match self.output {
            Output::Json => report::snapshot::events(trace, &taken),
            Output::Text => text::snapshot::events(trace, &taken),
        };
        self.input.look_up(trace, events, options)?;
        self.report(trace, &taken).map(Some)
    }

    fn report(&self, trace: &Trace, taken: &Taken) -> Result<Verdict, Failure> {
        let quantity = self.conserve.quantity();
        let conserved: Conserved<'_> = match &quantity {
            Some(of) => Some((of, whole_sums(trace, taken, of)?)),
            None => None,
        };
        let verdict = verdict(taken, &conserved);
        match self.output {
            Output::Json => print_json(&SnapshotReport::new(trace, taken, &conserved))?,
            Output::Text => {
                let hint = marker_args::first_unplaced(trace, &self.initiator)
                    .map_or_else(String::new, |process| text::snapshot::start_hint(trace, process));
                print_text(&(text::snapshot::text(trace, taken, &conserved, self.steps) + &hint))?;
            }
        }
        Ok(verdict)
    }

    fn request(&self, trace: &Trace) -> Result<Request, Failure> {
        let algorithm = match self.algorithm {
            Some(AlgorithmArg::ChandyLamport) => Algorithm::ChandyLamport,
            Some(AlgorithmArg::LaiYang) => Algorithm::LaiYang,
            None => Algorithm::of(trace),
        };
        if algorithm == Algorithm::LaiYang && (self.delivery.is_some() || !self.marker.is_empty()) {
            return Err(Failure::usage(
                "Lai-Yang sends no markers: nothing is delivered",
                match self.algorithm {
                    Some(_) => "leave --delivery and --marker out",
                    None => "it runs because a channel is declared unordered; leave --delivery and --marker out",
                },
            ));
        }
        let delivery = match (self.delivery, self.seed) {
            (Some(DeliveryArg::Random), seed) => Delivery::Random(seed.unwrap_or(0)),
            (_, Some(_)) => {
                return Err(Failure::usage(
                    "--seed is for --delivery random",
                    "leave one of them out, or add the other",
                ));
            }
            (Some(DeliveryArg::Late), None) => Delivery::Late,
            (Some(DeliveryArg::Prompt) | None, None) => Delivery::Prompt,
        };
        Ok(Request {
            algorithm,
            initiators: marker_args::initiators(trace, &self.initiator, |_| 0)?,
            delivery,
            fixes: marker_args::fixes(trace, &self.marker)?,
            clocks: self.clocks || trace.process_count() <= CLOCKS_UNASKED,
        })
    }
}

/// The sums of a quantity, where every process recorded and no send is missing.
fn whole_sums(trace: &Trace, taken: &Taken, of: &Quantity) -> Result<Result<Sums, Untold>, Failure> {
    if !taken.complete() {
        return Ok(Err(Untold::Unrecorded));
    }
    let lacks_sends = !(taken.undetermined.is_empty() && taken.perhaps_in_transit.is_empty());
    conserve_args::sums(trace, &taken.cut, &taken.classes, of, lacks_sends)
}

fn failure(trace: &Trace, refusal: &Refusal) -> Failure {
    match (refusal, text::refusal::text(trace, refusal)) {
        (Refusal::Cycle(cycle), _) => cyclic(trace, cycle),
        (_, Some((what, help))) => Failure::usage(what, help),
        (_, None) => {
            Failure::usage("no snapshot can be taken of this log", "`clearcut check` says what is wrong with it")
        }
    }
}
