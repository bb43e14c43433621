//! Which cut: as text, as a name, from a file, as JSON, or by clocks on the wall.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::output::Failure;
use crate::cut::Cut;
use crate::cut::by_clock::at_times;
use crate::cut::doubt::Doubt;
use crate::cut::spec::{Mistake, Rest, resolve};
use crate::format::cut::Entry;
use crate::format::lexis;
use crate::format::record::Problem;
use crate::format::time::Time;
use crate::ids::ProcessId;
use crate::source::Source;
use crate::trace::{Trace, Wanted};

/// The cut that is asked about.
#[derive(Clone, Debug, Args)]
#[group(required = false, multiple = true)]
pub struct CutArgs {
    /// The cut: `P1=B P2=3 P3=start P4=end` (after event B, after 3 events, before the first, after the last), the name
    /// of a cut in the log, JSON, or a file of one of these
    #[arg(long, value_name = "SPEC")]
    pub cut: Option<String>,
    /// The cut by wall clock, after all events up to TIME (a date, or a number as in the log): one for all processes, or
    /// P=TIME once for each
    #[arg(long, value_name = "TIME", conflicts_with = "cut")]
    pub at: Vec<String>,
    /// Where processes stand that the cut does not name
    #[arg(long, value_name = "WHERE")]
    pub rest: Option<RestArg>,
}

/// Where processes stand that are not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RestArg {
    /// Before their first event
    Start,
    /// After their last event
    End,
}

impl CutArgs {
    fn rest(&self) -> Option<Rest> {
        self.rest.map(|rest| match rest {
            RestArg::Start => Rest::Start,
            RestArg::End => Rest::End,
        })
    }

    /// Whether any cut is asked for.
    pub fn is_given(&self) -> bool {
        self.cut.is_some() || !self.at.is_empty() || self.rest.is_some()
    }

    /// The cut of `trace` that the arguments name, and what is doubtful about it; nothing where they name none.
    pub fn resolve(&self, trace: &Trace) -> Result<Option<(Cut, Vec<Doubt>)>, Failure> {
        let certain = |cut| (cut, Vec::new());
        if let Some(text) = &self.cut {
            let (source, at) = text_of(trace, text)?;
            return parse(trace, &source, at, self.rest()).map(certain).map(Some);
        }
        match self.rest() {
            _ if !self.at.is_empty() => self.by_times(trace).map(Some),
            // All processes are the rest.
            Some(rest) => Ok(resolve(trace, &[], Some(rest)).ok().map(certain)),
            None => Ok(None),
        }
    }

    /// The cut as far as it is known before the log is read; nothing where only the log tells what is meant.
    pub fn wanted(&self) -> Option<Wanted> {
        if !self.at.is_empty() || !self.is_given() {
            return None;
        }
        let text = self.cut.as_deref().unwrap_or_default();
        let source = match Path::new(text) {
            path if path.is_file() => super::open::open(path).ok()?,
            _ => Source::from_text("--cut", text),
        };
        let text = std::str::from_utf8(source.bytes()).ok()?;
        let entries = if self.cut.is_some() { crate::format::cut::parse(text).ok()? } else { Vec::new() };
        let place = |entry: Entry<'_>| (entry.process.into_owned(), entry.place.into_owned());
        let rest_at_end = self.rest == Some(RestArg::End);
        Some(Wanted { places: entries.into_iter().map(place).collect(), rest_at_end, ..Wanted::default() })
    }

    fn by_times(&self, trace: &Trace) -> Result<(Cut, Vec<Doubt>), Failure> {
        let mut times = vec![None; trace.process_count()];
        let mut named = vec![false; trace.process_count()];
        for text in &self.at {
            // A time has no `=` in it; a name may.
            let (process, raw) = match text.rsplit_once('=') {
                Some((name, raw)) => (Some(unquoted(name.trim())), raw.trim()),
                None => (None, text.trim()),
            };
            // People leave the seconds out.
            let given = Time::parse_log(raw).or_else(|| Time::parse_log(&format!("{raw}:00")));
            let Some((given, time)) = given.and_then(|given| Some((given, scaled(trace, given)?))) else {
                return Err(Failure::usage(
                    format!("`{raw}` is no time"),
                    "a time is one as logs write it: 2024-05-01T12:30:00Z, 2024-05-01 12:30:00,250, or a number (as in the log, or since 1970 in s, ms, us or ns)",
                ));
            };
            let fits = |process: ProcessId| match given.is_calendar() && is_undated(trace, process) {
                true => Err(Failure::usage(
                    format!("`{raw}` has a date, and the times of `{}` have none", trace.name(process)),
                    "give a time as that log writes it: for each process its own, `--at P=TIME`",
                )),
                false => Ok(()),
            };
            let Some(name) = process else {
                trace.processes().try_for_each(fits)?;
                for (slot, named) in times.iter_mut().zip(&named) {
                    if !named {
                        *slot = Some(time);
                    }
                }
                continue;
            };
            let Some(process) = trace.process(&name) else {
                let help = match crate::trace::nearest(&name, trace.processes().map(|p| trace.name(p))) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("the log has {}; say --at once for each", some_names(trace)),
                };
                return Err(Failure::usage(format!("unknown process `{name}`"), help));
            };
            fits(process)?;
            times[process.index()] = Some(time);
            named[process.index()] = true;
        }
        at_times(trace, &times, self.rest()).map_err(|mistakes| {
            let whats: Vec<&str> = mistakes.iter().map(|m| m.what.as_str()).collect();
            let helps: Vec<&str> = mistakes.iter().map(|m| m.help.as_str()).collect();
            Failure::usage(whats.join("; "), helps.join("; "))
        })
    }
}

/// The text of the cut, and where it stands: what was given, or what it names.
fn text_of(trace: &Trace, text: &str) -> Result<(Arc<Source>, Range<usize>), Failure> {
    let whole = |source: Source| {
        let all = 0..source.bytes().len();
        (Arc::new(source), all)
    };
    if let Some((address, spec)) = trace.named_cut(text) {
        // A mistake in it is one of the log, and is shown there.
        return Ok(match trace.sources().resolve(address) {
            Some((source, start)) => (source.clone(), start..start + spec.len()),
            None => whole(Source::from_text(format!("cut {text}"), spec)),
        });
    }
    let path = Path::new(text);
    if text == "-" || path.is_file() {
        let file = super::open::open(path)?;
        let name = std::str::from_utf8(file.bytes()).map(str::trim).unwrap_or_default();
        return if trace.named_cut(name).is_some() { text_of(trace, name) } else { Ok(whole(file)) };
    }
    if text.contains('=') || text.trim_start().starts_with('{') || text.trim().is_empty() {
        return Ok(whole(Source::from_text("--cut", text)));
    }
    let names: Vec<&str> = trace.named_cuts().map(|(name, _)| name).collect();
    let help = match crate::trace::nearest(text, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "a cut is written P1=B P2=3; the log names none".into(),
        None => format!("a cut is written P1=B P2=3; the log names {}", names.join(", ")),
    };
    Err(Failure::usage(format!("`{text}` is neither a cut, nor the name of one in the log, nor a file"), help))
}

/// The first processes of a log.
fn some_names(trace: &Trace) -> String {
    let names: Vec<&str> = trace.processes().take(10).map(|p| trace.name(p)).collect();
    names.join(", ") + if trace.process_count() > 10 { ", ..." } else { "" }
}

/// Whether the times of a process are of no day: less than three years since 1970 in the largest unit that is used for that.
fn is_undated(trace: &Trace, process: ProcessId) -> bool {
    const EARLIEST: i128 = 100_000_000 * 1_000_000_000;
    trace.times(process).next().is_some_and(|(_, time)| !time.is_calendar() && time.billionths() < EARLIEST)
}

/// A time as the log has it. A number for a log of dates counts from 1970, in the unit that makes it a date: captures of
/// spans have microseconds and nanoseconds. So do the numbers of a log for a date.
fn scaled(trace: &Trace, time: Time) -> Option<Time> {
    let mut firsts = trace.processes().filter_map(|p| trace.times(p).next().map(|(_, time)| time));
    let dated = firsts.clone().any(Time::is_calendar);
    let billionths = time.billionths();
    let scaled = match (time.is_calendar(), dated) {
        (true, true) | (false, false) => return Some(time),
        (false, true) => billionths / units_in_a_second(billionths),
        (true, false) => billionths.checked_mul(units_in_a_second(firsts.next().map_or(0, Time::billionths)))?,
    };
    Some(Time::from_billionths(scaled))
}

/// What makes a count since 1970 one of seconds: 1, or 1000, ... where it is of a smaller unit.
fn units_in_a_second(mut billionths: i128) -> i128 {
    /// No date in seconds is as large, and none of this century in a smaller unit is smaller.
    const NO_SECONDS: i128 = 100_000_000_000 * 1_000_000_000;
    let mut units = 1;
    while billionths.abs() >= NO_SECONDS {
        billionths /= 1000;
        units *= 1000;
    }
    units
}

/// The first event of a log where a cut by times is before all, the last one where it is behind all: a slip in the unit or
/// the date makes a cut that says nothing.
pub fn beside(trace: &Trace, cut: &Cut) -> Option<(ProcessId, u32)> {
    let times = trace.processes().flat_map(|p| trace.times(p).map(move |(number, time)| (time, p, number)));
    let all = |position: fn(&Trace, ProcessId) -> u32| trace.processes().all(|p| cut.position(p) == position(trace, p));
    let found = if all(|_, _| 0) { times.min() } else { times.max().filter(|_| all(Trace::events)) };
    found.map(|(_, process, number)| (process, number))
}

/// Warns of a cut that is [beside](beside) the log, as this event shows.
pub fn warn_beside(trace: &Trace, cut: &Cut, (process, number): (ProcessId, u32)) {
    let place = trace.locate(process, number).map_or_else(String::new, |place| format!(" ({place})"));
    super::output::warn(&match cut.position(process) {
        0 => format!("the time is before every event of the log{place}: is it of the log's unit and day?"),
        _ => format!("the time is not before any event of the log{place}: does the log reach so far?"),
    });
}

fn unquoted(name: &str) -> String {
    match lexis::name(name) {
        Ok(("", name)) => name.into_owned(),
        _ => name.into(),
    }
}

/// Reads and resolves the cut that stands at `place` in `source`.
fn parse(trace: &Trace, source: &Arc<Source>, place: Range<usize>, rest: Option<Rest>) -> Result<Cut, Failure> {
    let bytes = source.bytes().get(place.clone()).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(Failure::usage(format!("{} is not UTF-8 text", source.name()), "a cut is written P1=B P2=3"));
    };
    let shift = |at: Range<usize>| at.start + place.start..at.end + place.start;
    let fail = |problems| Failure::Text { source: source.clone(), problems };
    let entries = crate::format::cut::parse(text).map_err(|Problem { at, what, label, help }| {
        fail(vec![(shift(at), format!("{what}: {label}"), help.unwrap_or_default())])
    })?;
    resolve(trace, &entries, rest).map_err(|mistakes| {
        let problem = |Mistake { at, what, help }| (shift(at.unwrap_or(0..text.len())), what, help);
        fail(mistakes.into_iter().map(problem).collect())
    })
}
