//! What `verify` is asked about snapshots: one that the log recorded, and whether a run could have recorded the cut.

use std::sync::Arc;

use clap::Args;

use super::output::Failure;
use crate::cut::spec::{self, Mistake, Rest};
use crate::cut::{Verdict, Verification};
use crate::format::cut::{Entry, Place, parse};
use crate::format::lexis;
use crate::report::attainable::AttainableReport;
use crate::report::text;
use crate::snapshot::Initiator;
use crate::snapshot::attainable::{attainable, starters};
use crate::source::Source;
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
        let answer = attainable(trace, found, &self.initiators(trace, found)?);
        let report = AttainableReport::new(trace, &found.cut, &answer);
        let text = text::attainable::text(trace, &found.cut, &answer);
        Ok(Some(Answer { verdict: answer.verdict, report, text }))
    }

    fn initiators(&self, trace: &Trace, found: &Verification) -> Result<Vec<Initiator>, Failure> {
        let mut all: Vec<Initiator> = Vec::new();
        for text in &self.initiator {
            let initiator = initiator(trace, found, text)?;
            if all.iter().any(|other| other.process == initiator.process) {
                let what = format!("`{}` starts the snapshot twice", trace.name(initiator.process));
                return Err(Failure::usage(what, "a process records once: leave one of the two out"));
            }
            all.push(initiator);
        }
        Ok(all)
    }
}

fn initiator(trace: &Trace, found: &Verification, text: &str) -> Result<Initiator, Failure> {
    let fail = |at: std::ops::Range<usize>, what: String, help: String| Failure::Text {
        source: Arc::new(Source::from_text("--initiator", text)),
        problems: vec![(at, what, help)],
    };
    let looked_up = |entry: &Entry<'_>| -> Result<Initiator, Failure> {
        let cut = spec::resolve(trace, std::slice::from_ref(entry), Some(Rest::Start)).map_err(|mistakes| {
            let first = mistakes.into_iter().next();
            let Mistake { at, what, help } = first.unwrap_or_else(|| unknown(&entry.process));
            fail(at.unwrap_or(0..text.len()), what, help)
        })?;
        let process = trace.process(&entry.process).ok_or_else(|| {
            let Mistake { what, help, .. } = unknown(&entry.process);
            fail(0..text.len(), what, help)
        })?;
        Ok(Initiator { process, position: cut.position(process) })
    };
    if let Ok(("", process)) = lexis::name(text.trim()) {
        let initiator = looked_up(&Entry { at: 0..text.len(), process, place: Place::Start })?;
        return Ok(Initiator { position: found.cut.position(initiator.process), ..initiator });
    }
    match parse(text).as_deref() {
        Ok([entry]) => looked_up(entry),
        Ok(_) => Err(fail(0..text.len(), "expected one process".into(), FORM.into())),
        Err(problem) => Err(fail(problem.at.clone(), problem.label.clone(), FORM.into())),
    }
}

const FORM: &str = "an initiator is written like P1, P1=B or P1=3";

fn unknown(process: &str) -> Mistake {
    Mistake { at: None, what: format!("unknown process `{process}`"), help: FORM.into() }
}
