//! `clearcut verify`

use std::sync::Arc;

use clap::Args;

use super::conserve_args::{self, ConserveArgs};
use super::cut_args::{CutArgs, beside, warn_beside};
use super::files;
use super::input::Input;
use super::output::{Failure, Output, note, print_json, print_text, stdout_colour};
use super::snapshot_args::SnapshotArgs;
use crate::causality::CausalOrder;
use crate::cut::by_clock;
use crate::cut::doubt::Doubt;
use crate::cut::{self, Cut, Proof, Verdict};
use crate::format::{self, clocks};
use crate::report::conserve::ConserveRow;
use crate::report::recorded::RecordedReport;
use crate::report::snapshots::SnapshotsReport;
use crate::report::verify::{CLOCKS_UNASKED, VerifyReport};
use crate::report::{self, conserve, doubts, text};
use crate::snapshot::recorded;
use crate::source::Source;
use crate::trace::{Keep, Trace, Wanted};

/// None is named.
fn which_cut(trace: &Trace) -> Failure {
    let names: Vec<String> = trace.named_cuts().map(|(name, _)| name.to_owned()).collect();
    let named = if names.is_empty() { String::new() } else { format!(" (the log names {})", files::list(&names)) };
    Failure::usage("which cut?", format!("name one: --cut 'P1=B P2=3', --cut NAME{named}, --at TIME, or --snapshot ID"))
}

/// Is this cut consistent? Proves it, and says what is in the channels
#[derive(Debug, Args)]
#[command(after_help = "Example: clearcut verify traces/shops.holds.trace --cut state3")]
pub struct Verify {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    cut: CutArgs,
    #[command(flatten)]
    conserve: ConserveArgs,
    #[command(flatten)]
    snapshots: SnapshotArgs,
    /// Show the vector clocks of more than 32 processes too
    #[arg(long)]
    clocks: bool,
    /// How to write the verdict
    #[arg(short, long, value_name = "HOW", default_value = "text")]
    pub(super) output: Output,
}

impl Verify {
    /// Runs the command.
    pub fn run(&self) -> Result<Verdict, Failure> {
        let sources = self.input.sources()?;
        if self.input.is_clocks(&sources) {
            return self.recorded_clocks(&sources);
        }
        let options = self.input.options()?;
        if let Some(verdict) = self.at_one_look(&sources, &options)? {
            return Ok(verdict);
        }
        // The judgement of a recorded snapshot shows single events and their lines.
        let by_event = self.snapshots.snapshot.is_some();
        let keep = if by_event { (Keep::Events, Keep::Events) } else { (Keep::Messages, Keep::Actions) };
        let mut trace = self.input.read_for_cuts(&sources, &options, keep, !self.cut.at.is_empty())?;
        let mut verdict = self.verify(&mut trace, &options)?;
        if verdict.is_none() {
            trace = self.input.read(&sources, &options)?;
            verdict = self.verify(&mut trace, &options)?;
        }
        let verdict = verdict.ok_or_else(|| Failure::usage("the log has changed while it was read", "try again"))?;
        // What the system takes back at once need not be given back bit by bit.
        std::mem::forget(trace);
        Ok(verdict)
    }

    /// The verdict where the cut is consistent and nothing else is asked: one look at each event shows it. Nothing where
    /// that is not so, or not known.
    fn at_one_look(&self, sources: &[Arc<Source>], options: &format::Options) -> Result<Option<Verdict>, Failure> {
        if self.clocks || self.snapshots.is_given() || self.conserve.quantity().is_some() {
            return Ok(None);
        }
        let Some(wanted) = self.cut.wanted() else { return Ok(None) };
        let wanted = Wanted { more_processes_than: CLOCKS_UNASKED, ..wanted };
        let Some(mut trace) = self.input.read_crossing(sources, options, wanted)? else { return Ok(None) };
        let crossed = trace.crossed().map(|crossed| crossed.positions.as_slice());
        if trace.process_count() <= CLOCKS_UNASKED || crossed != Some(self.cut_of(&trace)?.0.positions()) {
            return Ok(None);
        }
        self.verify(&mut trace, options)
    }

    /// Verifies and reports; nothing where the report needs more than the trace has.
    fn verify(&self, trace: &mut Trace, options: &format::Options) -> Result<Option<Verdict>, Failure> {
        let show_clocks = self.clocks || (trace.process_count() <= CLOCKS_UNASKED);
        let order = match CausalOrder::of(trace) {
            Ok(order) => order,
            // It is shown by its events.
            Err(_) if trace.keeps() < Keep::Events => return Ok(None),
            Err(cycle) => return Err(super::output::cyclic(trace, &cycle)),
        };
        let recorded = match self.snapshots.number(trace)? {
            Some(snapshot) => recorded::judge(trace, &order, snapshot, show_clocks),
            None => None,
        };
        let by_cut = match &recorded {
            Some(_) => None,
            None => {
                let (cut, mut doubts) = self.cut_of(trace)?;
                if !self.cut.at.is_empty() {
                    let last = by_clock::at_ends(trace, &cut);
                    let is_decided = doubts.iter().any(|doubt| doubt.is_decisive());
                    let beside = if is_decided { None } else { beside(trace, &cut) };
                    self.input.look_up(trace, last.iter().copied().chain(beside).collect(), options)?;
                    doubts.extend(by_clock::cut_short(trace, &last));
                    if let Some(event) = beside {
                        warn_beside(trace, &cut, event);
                    }
                }
                Some(cut::consistency::verify_in(trace, &order, cut, show_clocks).with_doubts(trace, doubts))
            }
        };
        // One of the two is there.
        let Some(found) = recorded.as_ref().map(|r| &r.found).or(by_cut.as_ref()) else {
            return Err(which_cut(trace));
        };
        let (proof, events) = match self.output {
            Output::Json => (Proof::default(), report::verify::events(trace, found)),
            Output::Text => {
                let proof = text::verify::proof(trace, &order, found);
                let events = text::verify::events(trace, found, &proof);
                (proof, events)
            }
        };
        if trace.crossed().is_some() && !events.is_empty() {
            return Ok(None);
        }
        self.input.look_up(trace, events.into_iter().chain(doubts::events(found)).collect(), options)?;
        let trace = &*trace;
        let answer = self.snapshots.answer(trace, found)?;
        let quantity = self.conserve.quantity();
        let lacks_sends = !(found.undetermined.is_empty() && found.perhaps_in_transit.is_empty());
        let sums = quantity
            .as_ref()
            .map(|of| conserve_args::sums(trace, &found.cut, &found.classes, of, lacks_sends))
            .transpose()?;
        let conserved = quantity.as_ref().zip(sums.as_ref()).map(|(of, sums)| (of, sums.as_ref().map_err(|&why| why)));
        // All that was asked holds, or what is wrong with any of it.
        let verdict = recorded
            .as_ref()
            .map_or(found.verdict, |recorded| recorded.verdict())
            .and(answer.as_ref().map_or(Verdict::Holds, |answer| answer.verdict))
            .and(conserved.map_or(Verdict::Holds, |(_, sums)| conserve::verdict(sums)));
        let told = doubts::notes(trace, found, !self.cut.at.is_empty());
        match self.output {
            Output::Json => {
                let report = VerifyReport::new(trace, found, show_clocks).with_notes(&told);
                let recorded = recorded.as_ref().map(|recorded| RecordedReport::new(trace, recorded));
                let conserve = conserved.map(|(of, sums)| ConserveRow::new(of, sums));
                print_json(&report.with(verdict, answer.map(|answer| answer.report), recorded, conserve))?;
            }
            Output::Text => {
                let judged = recorded.as_ref().map_or_else(String::new, |r| text::recorded::text(trace, r));
                let attained = answer.map_or_else(String::new, |answer| answer.text);
                // What the exit code says is the first line.
                let judged_first = recorded.as_ref().is_some_and(|recorded| recorded.verdict() == verdict);
                let mut shown = if judged_first { judged + &attained } else { attained + &judged };
                shown += &text::verify::text(trace, &order, found, &proof, stdout_colour());
                told.iter().for_each(|note| shown += &format!("\nnote: {note}\n"));
                shown += &conserved.map_or_else(String::new, |(of, sums)| conserve::text(of, sums));
                print_text(&shown)?;
            }
        }
        Ok(Some(verdict))
    }

    /// The cut that is named.
    fn cut_of(&self, trace: &Trace) -> Result<(Cut, Vec<Doubt>), Failure> {
        self.cut.resolve(trace)?.ok_or_else(|| which_cut(trace))
    }

    /// The k-th file is that of the k-th process: a shell's order of numbered files is not meant.
    fn by_number(&self, sources: &[Arc<Source>]) -> Vec<Arc<Source>> {
        let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
        let Some(order) = clocks::by_number(&names) else { return sources.to_vec() };
        let sorted = files::without_folder(order.iter().map(|&at| names[at]));
        note(&format!("the numbers in the names are taken for those of the processes: {}", files::list(&sorted)));
        order.into_iter().map(|at| sources[at].clone()).collect()
    }

    /// No events at all: each snapshot by the clocks that were recorded.
    fn recorded_clocks(&self, sources: &[Arc<Source>]) -> Result<Verdict, Failure> {
        if self.cut.is_given() || self.snapshots.is_given() {
            return Err(Failure::usage(
                "recorded clocks have no events that a cut could name",
                "leave the cut out: each line of the files is a snapshot and is judged",
            ));
        }
        let sources = &self.by_number(sources);
        let recorded = clocks::read(sources).map_err(|problems| Failure::of_sources(sources, problems))?;
        let (verdict, report) = SnapshotsReport::new(&recorded);
        match self.output {
            Output::Json => print_json(&report)?,
            Output::Text => {
                let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
                print_text(&report.text(&names))?;
            }
        }
        Ok(verdict)
    }
}
