//! What `verify` is asked about snapshots: one that the log recorded, and whether a run could have recorded the cut.

use clap::Args;

use super::marker_args;
use super::output::Failure;
use crate::cut::{Verdict, Verification};
use crate::report::attainable::AttainableReport;
use crate::report::text;
use crate::snapshot::attainable::{attainable, starters};
use crate::trace::{Trace, nearest};

/// What is asked about snapshots.
#[derive(Clone, Debug, Args)]
pub struct SnapshotArgs {
    /// The snapshot that the log recorded under this id: its cut, states, channels and protocol
    #[arg(long, value_name = "ID", conflicts_with_all = ["cut", "at", "rest"])]
    pub snapshot: Option<String>,
    /// Could a Chandy-Lamport run that this process starts have recorded the cut? At a position like B or 3; without
    /// one, where the cut has it
    #[arg(long, value_name = "P[=POSITION]")]
    initiator: Vec<String>,
    /// Which processes at all could have started a Chandy-Lamport run that records the cut?
    #[arg(long, conflicts_with = "initiator")]
    attainable: bool,
}

/// An answer on what a run could record: its verdict, as JSON and as text.
pub struct Answer<'t> {
    pub verdict: Verdict,
    pub report: AttainableReport<'t>,
    pub text: String,
}

impl SnapshotArgs {
    /// Whether anything is asked.
    pub fn is_given(&self) -> bool {
        self.snapshot.is_some() || self.attainable || !self.initiator.is_empty()
    }

    /// The number of the snapshot that is asked about.
    pub fn number(&self, trace: &Trace) -> Result<Option<usize>, Failure> {
        let Some(id) = &self.snapshot else { return Ok(None) };
        if let Some(number) = trace.snapshots().find(id) {
            return Ok(Some(number));
        }
        let all: Vec<&str> = trace.snapshots().iter().collect();
        let help = match nearest(id, all.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if all.is_empty() => "the log has no `record` lines and no markers".into(),
            None => format!(
                "the log has {}{}",
                all[..all.len().min(10)].join(", "),
                if all.len() > 10 { ", ..." } else { "" }
            ),
        };
        Err(Failure::usage(format!("the log has no snapshot `{id}`"), help))
    }

    /// Whether a run could have recorded the cut of `found`, where that is asked.
    pub fn answer<'t>(&self, trace: &'t Trace, found: &Verification) -> Result<Option<Answer<'t>>, Failure> {
        if self.attainable {
            let answer = starters(trace, found);
            let report = AttainableReport::starters(trace, &answer);
            let text = text::attainable::starters(trace, &answer);
            return Ok(Some(Answer { verdict: answer.verdict, report, text }));
        }
        if self.initiator.is_empty() {
            return Ok(None);
        }
        let initiators = marker_args::initiators(trace, &self.initiator, |p| found.cut.position(p))?;
        let answer = attainable(trace, found, &initiators);
        let report = AttainableReport::new(trace, &found.cut, &answer);
        let text = text::attainable::text(trace, &found.cut, &answer);
        Ok(Some(Answer { verdict: answer.verdict, report, text }))
    }
}
