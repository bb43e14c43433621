//! Recorded clocks alone: no events, only the vector clock of every process at every snapshot, as homework on
//! snapshots prints them.
//!
//! One file per process, in the order in which they are given; line k of a file is the process's clock at snapshot k:
//! whole numbers with blanks, tabs or commas between them. Blank lines at the end of a file are nothing. Every line of
//! every file has one count for each process, so that what is missing shows.
//!
//! A last line that is cut short is told and left out, and so are the snapshots that a file then lacks at its end; how many
//! is known, as nothing is said of them. A last
//! line without a line end is cut short if it lacks counts; or if its last number may lack digits, and other files end
//! with a line end, or all lines above it with a blank, or the line above has more in that place.

mod faults;
mod lines;
mod order;

use std::collections::BTreeMap;
use std::sync::Arc;

use self::faults::{missing_files, only_line_cut, wrong_length, wrong_width};
use self::lines::{End, File};
pub use self::order::by_number;
use self::order::{order_of_clocks, order_of_names};
use super::record::Problem;
use crate::source::Source;

/// The clocks of all processes at all snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedClocks {
    /// How many processes there are, and how wide each clock is.
    pub processes: usize,
    /// How many snapshots were recorded.
    pub snapshots: usize,
    /// How many more there may be, that not every file has whole.
    pub left_out: usize,
    /// What may be wrong about the files as a whole though each can be read, see [`read`].
    pub warnings: Vec<String>,
    /// By snapshot, then by process, then by component.
    clocks: Vec<u32>,
}

/// A component that is lower at a snapshot than at the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WentDown {
    /// The later snapshot, from 0.
    pub snapshot: usize,
    /// Whose clock it is.
    pub process: usize,
    /// The process whose events it counts.
    pub component: usize,
    /// The count before.
    pub from: u32,
    /// The count at `snapshot`.
    pub to: u32,
}

impl RecordedClocks {
    /// The clock of a process at a snapshot, both from 0.
    ///
    /// # Panics
    /// Where there is no such process or snapshot.
    pub fn clock(&self, snapshot: usize, process: usize) -> &[u32] {
        assert!(process < self.processes, "process {process} of {}", self.processes);
        let start = (snapshot * self.processes + process) * self.processes;
        &self.clocks[start..start + self.processes]
    }

    /// Where a clock goes down between two snapshots: a clock only ever grows, so that one of the two is wrong.
    pub fn went_down(&self) -> impl Iterator<Item = WentDown> {
        (1..self.snapshots).flat_map(move |snapshot| {
            (0..self.processes).flat_map(move |process| {
                let (before, now) = (self.clock(snapshot - 1, process), self.clock(snapshot, process));
                let pairs = before.iter().zip(now).enumerate().filter(|(_, (from, to))| from > to);
                pairs.map(move |(component, (&from, &to))| WentDown { snapshot, process, component, from, to })
            })
        })
    }
}

/// How much of a file is looked at to tell its format.
const SNIFFED: usize = 4 << 10;

/// How much of a line a problem points at.
const LONGEST_SHOWN: usize = 400;

/// Whether this looks like recorded clocks: the first lines are whole numbers and nothing else.
pub fn looks_like(bytes: &[u8]) -> bool {
    // Where that cuts a number in two, it is a number still.
    let start = bytes.get(..SNIFFED).unwrap_or(bytes);
    let separator = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b',');
    start.iter().all(|b| b.is_ascii_digit() || separator(b)) && start.iter().any(u8::is_ascii_digit)
}

/// Reads the files of all processes.
///
/// The order in which the files are given is kept. Two things speak against an order, and become a warning each:
/// - the names end in numbers that are all different, and they are not in the order of those numbers: a shell puts
///   `c-10.out` before `c-2.out`;
/// - in the order given some process knows less of its own events than another one knows of them, and there is just one
///   order in which no process ever does and each is at least once ahead of all others. (One of the two conditions
///   alone is no evidence: an inconsistent snapshot has the first, and clocks that are all zero leave any order open.)
///
/// # Errors
/// All that is wrong, each with the index of its file: a number of files that is not the width of the clocks, a file
/// without a clock, files of unequal length, lines of another width than most, text that is no number.
pub fn read(sources: &[Arc<Source>]) -> Result<RecordedClocks, Vec<(usize, Problem)>> {
    let mut problems = Vec::new();
    let mut files: Vec<File> = sources.iter().map(|source| File::read(source.bytes())).collect();
    for (index, file) in files.iter().enumerate() {
        problems.extend(file.problems.iter().map(|problem| (index, problem.clone())));
    }
    let width = usual(files.iter().flat_map(|file| file.lines.iter().map(|line| line.counts.len())), sources.len());
    problems.extend(missing_files(sources, &files, width));
    let mut warnings = Vec::new();
    let cut = cut_short(sources, &mut files, width, &mut problems, &mut warnings);
    for (index, file) in files.iter().enumerate() {
        let wrong = file.lines.iter().filter(|line| line.sound && line.counts.len() != width);
        problems.extend(wrong.map(|line| (index, wrong_width(line, width))));
    }
    let lengths =
        |of: bool| files.iter().zip(&cut).filter(move |&(_, &cut)| cut == of).map(|(file, _)| file.lines.len());
    let whole = usual(lengths(false).filter(|&lines| lines > 0), lengths(true).max().unwrap_or(0));
    let snapshots = lengths(true).min().unwrap_or(whole).min(whole);
    for (index, file) in files.iter().enumerate() {
        let fits = file.lines.len() == whole || cut[index] && file.lines.len() < whole;
        if !fits && !file.lines.is_empty() {
            problems.push((index, wrong_length(file, whole)));
        }
    }
    if !problems.is_empty() {
        for (_, problem) in &mut problems {
            problem.at.end = problem.at.end.min(problem.at.start + LONGEST_SHOWN);
        }
        problems.sort_by_key(|(index, problem)| (*index, problem.at.start));
        return Err(problems);
    }
    let lines = (0..snapshots).flat_map(|snapshot| files.iter().map(move |file| &file.lines[snapshot]));
    let clocks = lines.flat_map(|line| line.counts.iter().copied()).collect();
    if snapshots < whole {
        let last = if snapshots + 1 == whole { String::new() } else { format!(" to {whole}") };
        warnings.push(format!("snapshot {}{last} is left out: not every file has it whole", snapshots + 1));
    }
    // Where a last line was taken off there was one more.
    let longest = files.iter().zip(&cut).map(|(file, &cut)| file.lines.len() + usize::from(cut)).max().unwrap_or(0);
    let left_out = longest.saturating_sub(snapshots);
    let mut read = RecordedClocks { processes: width, snapshots, left_out, warnings, clocks };
    let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
    read.warnings.extend(order_of_names(&names));
    read.warnings.extend(order_of_clocks(&read, &names));
    Ok(read)
}

/// Takes off the last lines that are cut short, and says so; which files had one.
fn cut_short(
    sources: &[Arc<Source>],
    files: &mut [File],
    width: usize,
    problems: &mut Vec<(usize, Problem)>,
    warnings: &mut Vec<String>,
) -> Vec<bool> {
    let ended = files.iter().filter(|file| file.end == End::Line).count();
    let mut cut = vec![false; files.len()];
    for (index, (file, source)) in files.iter_mut().zip(sources).enumerate() {
        let others_end = ended > usize::from(file.end == End::Line);
        let Some(line) = file.take_cut_line(width, others_end) else { continue };
        if file.lines.is_empty() {
            problems.push((index, only_line_cut(&line)));
            continue;
        }
        cut[index] = true;
        let at = source.locate(line.at.start);
        let text = String::from_utf8_lossy(source.bytes().get(line.at).unwrap_or_default());
        let shown: String = text.chars().take(60).collect();
        warnings.push(format!("{}:{}: the last line is cut short and left out: {shown}", at.file, at.line));
    }
    cut
}

/// The commonest of some numbers; among equals `preferred`, or else the largest.
fn usual(numbers: impl Iterator<Item = usize>, preferred: usize) -> usize {
    let mut often: BTreeMap<usize, usize> = BTreeMap::new();
    numbers.filter(|&number| number > 0).for_each(|number| *often.entry(number).or_default() += 1);
    let best = often.iter().max_by_key(|&(&number, &times)| (times, number == preferred, number));
    best.map_or(preferred, |(&number, _)| number)
}

#[cfg(test)]
mod tests;
