//! The cut that clocks on the wall show, and where they do not say which one it is.

use super::Cut;
use super::doubt::Doubt;
use super::spec::{Mistake, Rest, list};
use crate::format::cut::quote;
use crate::format::time::Time;
use crate::ids::ProcessId;
use crate::trace::Trace;

/// The cut that clocks on the wall show: each process after its last event up to the first one later than its time.
/// A process without events needs no time. Time: linear in the events that have times.
///
/// # Errors
/// A [`Mistake`] for the processes whose events have no times, and one for those that no time is given for.
///
/// ```
/// use clearcut::{cut::{by_clock::at_times, doubt::Doubt}, format::time::Time, trace::Trace};
/// let trace = Trace::from_text("A: step @ 1\nA: step @ 5\nA: step @ 2\n").unwrap();
/// let (cut, doubts) = at_times(&trace, &[Time::parse("3")], None).unwrap();
/// assert_eq!(cut.positions(), [1]);
/// assert!(matches!(doubts[..], [Doubt::GoesDown { later: 2, earlier: 3, .. }]));
/// ```
pub fn at_times(trace: &Trace, times: &[Option<Time>], rest: Option<Rest>) -> Result<(Cut, Vec<Doubt>), Vec<Mistake>> {
    let (mut untimed, mut unsaid, mut doubts) = (Vec::new(), Vec::new(), Vec::new());
    let mut positions = Vec::with_capacity(trace.process_count());
    for process in trace.processes() {
        let events = trace.events(process);
        let position = match (times[process.index()], rest) {
            _ if events == 0 => 0,
            (Some(time), _) => {
                if trace.times(process).next().is_none() {
                    untimed.push(trace.name(process));
                }
                let (position, found) = stand(trace, process, time);
                doubts.extend(found);
                position
            }
            (None, Some(Rest::Start)) => 0,
            (None, Some(Rest::End)) => events,
            (None, None) => {
                unsaid.push(trace.name(process));
                0
            }
        };
        positions.push(position);
    }
    if !untimed.is_empty() && trace.processes().all(|process| trace.times(process).next().is_none()) {
        // Whatever else is wrong, no time says anything.
        return Err(vec![no_times_at_all()]);
    }
    let mistakes: Vec<Mistake> = no_times(&untimed).into_iter().chain(no_time_given(&unsaid)).collect();
    if mistakes.is_empty() { Ok((Cut { positions }, doubts)) } else { Err(mistakes) }
}

/// No event has a time.
fn no_times_at_all() -> Mistake {
    let help = "say where processes stand with --cut instead of --at".into();
    Mistake { at: None, what: "no event of the log has a time".into(), help }
}

/// Processes have events without times only.
fn no_times(processes: &[&str]) -> Option<Mistake> {
    let stand = if processes.len() == 1 { "it stands" } else { "they stand" };
    (!processes.is_empty()).then(|| Mistake {
        at: None,
        what: format!("the events of {} have no times", list(processes)),
        help: format!("say where {stand} with --cut instead of --at"),
    })
}

/// Nothing says where processes stand.
fn no_time_given(processes: &[&str]) -> Option<Mistake> {
    let first = quote(processes.first()?);
    let each = if processes.len() == 1 { "" } else { " and so on" };
    Some(Mistake {
        at: None,
        what: format!("no time is given for {}", list(processes)),
        help: format!("add `--at {first}=TIME`{each}, one `--at TIME` for all, or `--rest start|end`"),
    })
}

/// Where a process stands, and what is doubtful about it.
fn stand(trace: &Trace, process: ProcessId, time: Time) -> (u32, impl Iterator<Item = Doubt>) {
    let (mut later, mut timed, mut earlier) = (None, 0, None);
    for (number, at) in trace.times(process) {
        match later {
            None if at > time => later = Some(number),
            None => timed = number,
            Some(_) if at <= time => earlier = Some(number),
            Some(_) => {}
        }
    }
    let position = later.map_or(trace.events(process), |later| later - 1);
    let down = later.zip(earlier).map(|(later, earlier)| Doubt::GoesDown { process, later, earlier });
    let untimed = (timed < position).then_some(Doubt::Untimed { process, first: timed + 1, last: position });
    (position, down.into_iter().chain(untimed))
}

/// The last events of the processes that stand at their ends, by times, where any file is cut short: where they are is to be
/// [looked up](Trace::look_up) for [`cut_short`].
pub fn at_ends(trace: &Trace, cut: &Cut) -> Vec<(ProcessId, u32)> {
    if !trace.sources().iter().any(|source| source.ends_early()) && trace.lines().cut_short.is_empty() {
        return Vec::new();
    }
    let last = |process: ProcessId| (process, trace.events(process));
    trace.processes().map(last).filter(|&(process, last)| last > 0 && cut.position(process) == last).collect()
}

/// A doubt for each of these last events that stands in a file that is cut short: the next one may have been inside.
pub fn cut_short<'t>(trace: &'t Trace, last: &'t [(ProcessId, u32)]) -> impl Iterator<Item = Doubt> + 't {
    let number = |address: u64| trace.sources().find(address).map(|(number, _, _)| number);
    let cut: Vec<usize> = trace.lines().cut_short.iter().filter_map(|line| number(line.start)).collect();
    let is_cut = move |number: usize| {
        cut.contains(&number) || trace.sources().iter().nth(number).is_some_and(|source| source.ends_early())
    };
    let here = move |&&(process, event): &&(ProcessId, u32)| number(trace.address(process, event)).is_some_and(&is_cut);
    last.iter().filter(here).map(|&(process, _)| Doubt::CutShort(process))
}
