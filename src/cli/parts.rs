//! Parts of one log, as rotation leaves them: in whatever order they are given, they are read oldest first.
//!
//! Two files are parts of one log if
//! - their names are the same but for a date or a number at the end of the name or before its ending (and for `.gz`,
//!   `.zst`), and
//! - a process has events at the beginning of both, or one of them has none. (`node-1.log` and `node-2.log` of two
//!   processes stay as they are.)
//!
//! Their order, oldest first:
//! - `app.log-20260501`, `app-2026-05-01.log`, `app.log.2026-05-01T12`: by the date;
//! - `app.log.2`, `app.log.1`: the larger number first;
//! - `part-00001.jsonl`, `app.1.log`: the smaller number first, or the larger one, as programs count up or down here: the
//!   times of each process that several parts begin with tell. Those of different processes are not compared;
//! - `app.log` beside any of these: last.
//!
//! What that leaves open stays as given. No other file changes its place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::format::record::{ChannelRecord, CutRecord, EventRecord, MarkRecord, Problem, ProcessRecord, Sink};
use crate::format::time::Time;
use crate::source::Source;

/// What the name of a part says of its age: older ones are less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    Dated(Vec<u64>),
    Rotated(Reverse<u64>),
    Numbered(u64),
    /// The part that is being written.
    Current,
}

/// What a log starts with.
#[derive(Clone, Debug, Default)]
pub struct Beginning {
    /// Its processes, with the first time of each.
    processes: BTreeMap<String, Option<Time>>,
}

/// A part: where it was given, its age, and what it starts with.
type Part = (usize, Age, Beginning);

/// Puts the parts of each log in order, and says for each log where they then stand. `begin` reads the beginning of a
/// source; it is asked only where names suggest that there are parts.
pub fn oldest_first(sources: &mut [Arc<Source>], begin: impl Fn(&Source) -> Beginning) -> Vec<Vec<usize>> {
    let logs = by_name(sources.iter().map(|source| source.name()));
    let before = sources.to_vec();
    let mut found = Vec::new();
    for places in logs.into_values().filter(|places| places.len() > 1) {
        let mut parts: Vec<Part> = places.into_iter().map(|(at, age)| (at, age, begin(&before[at]))).collect();
        if !share_a_process(&parts) {
            continue;
        }
        let slots: Vec<usize> = parts.iter().map(|&(at, ..)| at).collect();
        parts.sort_by_key(|(_, age, _)| age.clone());
        // Numbers in the middle of names are counted up by some programs and down by others.
        let numbered = parts.partition_point(|(_, age, _)| *age < Age::Current);
        if parts.iter().all(|(_, age, _)| matches!(age, Age::Numbered(_) | Age::Current)) && is_down(&parts[..numbered])
        {
            parts[..numbered].reverse();
        }
        for (&slot, (at, ..)) in slots.iter().zip(parts) {
            sources[slot] = before[at].clone();
        }
        found.push(slots);
    }
    found
}

/// The parts of each log by their names: which one, and its age.
fn by_name<'n>(names: impl Iterator<Item = &'n str>) -> BTreeMap<String, Vec<(usize, Age)>> {
    let parts: Vec<_> = names.map(|name| (unpacked(name), part(name))).collect();
    let older: BTreeSet<&str> = parts.iter().map(|(_, (log, _))| log.as_str()).collect();
    let mut logs: BTreeMap<String, Vec<(usize, Age)>> = BTreeMap::new();
    for (at, (name, (log, age))) in parts.iter().enumerate() {
        // `node-1.log` beside `node-1.log.1` is its current part, and not a part of `node.log`.
        let (log, age) = if older.contains(name) { (*name, &Age::Current) } else { (log.as_str(), age) };
        logs.entry(log.to_owned()).or_default().push((at, age.clone()));
    }
    logs
}

/// Puts the parts of some logs together: one source each, where its first part stands.
pub fn join(sources: &mut Vec<Arc<Source>>, logs: &[Vec<usize>]) -> io::Result<()> {
    for log in logs {
        let parts: Vec<_> = log.iter().filter_map(|&at| sources.get(at).cloned()).collect();
        if let Some(first) = log.first().and_then(|&at| sources.get_mut(at)) {
            *first = Arc::new(Source::joined(&parts)?);
        }
    }
    let gone: BTreeSet<usize> = logs.iter().flat_map(|log| log.iter().skip(1).copied()).collect();
    let mut at = 0..;
    sources.retain(|_| at.next().is_none_or(|at| !gone.contains(&at)));
    Ok(())
}

/// Whether the times of a process fall from one of these parts to the next that begins with it, and those of none rise.
fn is_down(parts: &[Part]) -> bool {
    let mut last: BTreeMap<&str, Time> = BTreeMap::new();
    let (mut rises, mut falls) = (false, false);
    for (process, time) in parts.iter().flat_map(|(.., begins)| &begins.processes) {
        let Some(time) = *time else { continue };
        if let Some(before) = last.insert(process, time) {
            rises |= before < time;
            falls |= before > time;
        }
    }
    falls && !rises
}

fn share_a_process(parts: &[Part]) -> bool {
    if parts.iter().filter(|(.., begins)| !begins.processes.is_empty()).count() == 1 {
        return true;
    }
    let mut seen = BTreeSet::new();
    // Each process once for each part.
    parts.iter().flat_map(|(.., begins)| begins.processes.keys()).any(|process| !seen.insert(process))
}

/// The name of the log that a file is a part of, and which part.
fn part(name: &str) -> (String, Age) {
    let name = unpacked(name);
    let file = name.rfind(['/', '\\']).map_or(0, |i| i + 1);
    dated(name, file).or_else(|| numbered(name, file)).unwrap_or((name.to_owned(), Age::Current))
}

/// A name without what says how it is packed.
fn unpacked(name: &str) -> &str {
    [".gz", ".zst", ".zstd"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}

/// A name without a piece of it and without what divided that from the rest.
fn without(name: &str, file: usize, piece: Range<usize>) -> Option<String> {
    let before = name.get(..piece.start)?.trim_end_matches(['-', '_', '.']);
    let log = format!("{before}{}", name.get(piece.end..)?);
    // Nothing but the number, or the folder's name: no log is told by it.
    (before.len() > file).then_some(log)
}

/// The last date in a name, with the numbers right behind it.
fn dated(name: &str, file: usize) -> Option<(String, Age)> {
    let bytes = name.as_bytes();
    let starts = (file..bytes.len()).rev().filter(|&at| at == 0 || !bytes[at - 1].is_ascii_digit());
    let (start, mut end) = starts.filter_map(|at| Some((at, at + date(&bytes[at..])?))).next()?;
    // An hour, a number within the day: -3, T12, _12-30.
    while let Some(&[divider, digit]) = bytes.get(end..end + 2) {
        let divides = matches!(divider, b'-' | b'_' | b'.' | b':' | b'T');
        if !(divides && digit.is_ascii_digit()) {
            break;
        }
        end += 1 + digits(&bytes[end + 1..]);
    }
    let numbers =
        name[start..end].split(|c: char| !c.is_ascii_digit()).map(str::parse).collect::<Result<_, _>>().ok()?;
    let mut numbers: Vec<u64> = numbers;
    if let [year, month, day, ..] = numbers[..]
        && (1..=31).contains(&day)
        && year < 10_000
    {
        // As it is written without dividers.
        numbers.splice(..3, [year * 10_000 + month * 100 + day]);
    }
    Some((without(name, file, start..end)?, Age::Dated(numbers)))
}

/// The length of a date at the beginning of a text: 20260501, 2026-05-01, 2026_05_01.
fn date(text: &[u8]) -> Option<usize> {
    let number = |at: Range<usize>| str::from_utf8(text.get(at)?).ok()?.parse::<u32>().ok();
    let (month, day, length) = match digits(text) {
        8 => (4..6, 6..8, 8),
        4 if digits(text.get(5..)?) == 2 && digits(text.get(8..)?) == 2 => {
            let same = text[4] == text[7] && matches!(text[4], b'-' | b'_' | b'.');
            same.then_some((5..7, 8..10, 10))?
        }
        _ => return None,
    };
    let real =
        (1900..2200).contains(&number(0..4)?) && (1..=12).contains(&number(month)?) && (1..=31).contains(&number(day)?);
    real.then_some(length)
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// A number at the end of a name, or before its ending.
fn numbered(name: &str, file: usize) -> Option<(String, Age)> {
    // Numbers of more digits are times.
    const ROTATIONS: usize = 5;
    let of = |end: usize| {
        let text = name.get(file..end)?;
        let length = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let divider = text.get(..text.len() - length)?.chars().next_back()?;
        let number: u64 = text.get(text.len() - length..)?.parse().ok()?;
        matches!(divider, '-' | '_' | '.').then_some((end - length..end, divider, number))
    };
    if let Some((at, divider, number)) = of(name.len()) {
        let age = match divider {
            '.' if at.len() < ROTATIONS => Age::Rotated(Reverse(number)),
            _ => Age::Numbered(number),
        };
        return Some((without(name, file, at)?, age));
    }
    let (at, _, number) = of(file + name.get(file..)?.rfind('.')?)?;
    Some((without(name, file, at)?, Age::Numbered(number)))
}

/// Keeps what [`Beginning`] has.
impl Sink for Beginning {
    fn event(&mut self, event: &EventRecord<'_>) {
        match self.processes.get_mut(event.process) {
            Some(first) => *first = first.or(event.time),
            None => {
                self.processes.insert(event.process.to_owned(), event.time);
            }
        }
    }

    fn mark(&mut self, mark: MarkRecord<'_>) {
        self.processes.entry(mark.process.to_owned()).or_default();
    }

    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn skipped(&mut self, _: Range<usize>) {}
    fn problem(&mut self, _: Problem) {}
    fn lines(&mut self, _: usize) {}
}

#[cfg(test)]
mod tests;
