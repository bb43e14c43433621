//! Recorded clocks alone: no events, only the vector clock of every process at every snapshot, as homework on
//! snapshots prints them.
//!
//! One file per process, in the order in which they are given; line k of a file is the process's clock at snapshot k:
//! whole numbers with blanks, tabs or commas between them. Blank lines at the end of a file are nothing. Every line of
//! every file has one count for each process, so that what is missing shows.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::record::Problem;
use crate::source::Source;

/// The clocks of all processes at all snapshots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedClocks {
    /// How many processes there are, and how wide each clock is.
    pub processes: usize,
    /// How many snapshots were recorded.
    pub snapshots: usize,
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
    let files: Vec<File> = sources.iter().map(|source| File::read(source.bytes())).collect();
    for (index, file) in files.iter().enumerate() {
        problems.extend(file.problems.iter().map(|problem| (index, problem.clone())));
    }
    let width = usual(files.iter().flat_map(|file| file.lines.iter().map(|line| line.counts.len())), sources.len());
    problems.extend(missing_files(sources, &files, width));
    for (index, file) in files.iter().enumerate() {
        let wrong = file.lines.iter().filter(|line| line.sound && line.counts.len() != width);
        problems.extend(wrong.map(|line| (index, wrong_width(line, width))));
    }
    let snapshots = usual(files.iter().map(|file| file.lines.len()).filter(|&lines| lines > 0), 0);
    for (index, file) in files.iter().enumerate() {
        if file.lines.len() != snapshots && !file.lines.is_empty() {
            problems.push((index, wrong_length(file, snapshots)));
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
    let mut read = RecordedClocks { processes: width, snapshots, warnings: Vec::new(), clocks };
    let names: Vec<&str> = sources.iter().map(|source| source.name()).collect();
    read.warnings.extend(order_of_names(&names));
    read.warnings.extend(order_of_clocks(&read, &names));
    Ok(read)
}

/// The lines of one file, and what is wrong with them.
struct File {
    lines: Vec<Line>,
    problems: Vec<Problem>,
}

/// One clock.
struct Line {
    at: Range<usize>,
    counts: Vec<u32>,
    /// Every token of it was a number.
    sound: bool,
}

impl File {
    fn read(bytes: &[u8]) -> Self {
        let mut file = Self { lines: Vec::new(), problems: Vec::new() };
        let end = bytes.trim_ascii_end().len();
        if end == 0 {
            file.problems.push(Problem {
                at: 0..0,
                what: "this file has no clock".into(),
                label: "expected a line of numbers for each snapshot".into(),
                help: Some("a process that recorded nothing has still a clock at each snapshot; run it again".into()),
            });
            return file;
        }
        let mut start = 0;
        while start < end {
            let line_end = memchr::memchr(b'\n', &bytes[start..end]).map_or(end, |i| start + i);
            let line = file.line(bytes, start..line_end);
            file.lines.push(line);
            start = line_end + 1;
        }
        file
    }

    fn line(&mut self, bytes: &[u8], at: Range<usize>) -> Line {
        let at = at.start..at.start + bytes[at].trim_ascii_end().len();
        let mut line = Line { at: at.clone(), counts: Vec::new(), sound: true };
        let mut here = at.start;
        for token in bytes[at.clone()].split(|b| b.is_ascii_whitespace() || *b == b',') {
            let token_at = here..here + token.len();
            here = token_at.end + 1;
            if token.is_empty() {
                continue;
            }
            match str::from_utf8(token).ok().and_then(|text| text.parse().ok()).filter(|_| token[0] != b'+') {
                Some(count) => line.counts.push(count),
                None => {
                    line.sound = false;
                    self.problems.push(no_count(token, token_at));
                }
            }
        }
        if line.counts.is_empty() && line.sound {
            line.sound = false;
            self.problems.push(Problem {
                at,
                what: "this line is blank, and clocks follow".into(),
                label: "expected the clock of this snapshot".into(),
                help: Some("line k is snapshot k: delete the line, or put the missing clock there".into()),
            });
        }
        line
    }
}

/// Text where a count should be.
fn no_count(token: &[u8], at: Range<usize>) -> Problem {
    const SHOWN: usize = 40;
    let text = String::from_utf8_lossy(&token[..token.len().min(SHOWN)]);
    let (what, label) = if token.iter().all(u8::is_ascii_digit) {
        (format!("the count {text} is too large"), format!("expected {} at most", u32::MAX))
    } else {
        (format!("`{text}` is no count"), "expected a whole number from 0".into())
    };
    let help = "a line is one vector clock: whole numbers with blanks or commas between them, and nothing else".into();
    Problem { at, what, label, help: Some(help) }
}

/// The commonest of some numbers; among equals `preferred`, or else the largest.
fn usual(numbers: impl Iterator<Item = usize>, preferred: usize) -> usize {
    let mut often: BTreeMap<usize, usize> = BTreeMap::new();
    numbers.filter(|&number| number > 0).for_each(|number| *often.entry(number).or_default() += 1);
    let best = often.iter().max_by_key(|&(&number, &times)| (times, number == preferred, number));
    best.map_or(preferred, |(&number, _)| number)
}

/// There are to be as many files as a clock is wide.
fn missing_files(sources: &[Arc<Source>], files: &[File], width: usize) -> Option<(usize, Problem)> {
    if files.len() == width && width > 0 {
        return None;
    }
    let processes = |n: usize| format!("{n} process{}", if n == 1 { "" } else { "es" });
    // The first line that shows the width.
    let shown = files.iter().enumerate().find_map(|(index, file)| {
        let line = file.lines.iter().find(|line| line.counts.len() == width)?;
        Some((index, line.at.clone()))
    });
    let (index, at) = shown.unwrap_or((0, 0..0));
    let came = format!("{} file{} came", files.len(), if files.len() == 1 { "" } else { "s" });
    let missing = absent_names(&sources.iter().map(|source| source.name()).collect::<Vec<_>>(), width);
    let help = if files.len() > width {
        "give one file per process, and no other file".into()
    } else if missing.is_empty() {
        "give one file per process, in the order of the processes".into()
    } else {
        format!("give one file per process; missing, by their names: {}", missing.join(", "))
    };
    let problem = Problem {
        at,
        what: format!("the clocks are those of {}, but {came}", processes(width)),
        label: format!("a clock of {} counts", width),
        help: Some(help),
    };
    Some((index, problem))
}

/// A line of another width than the others.
fn wrong_width(line: &Line, width: usize) -> Problem {
    let counts = line.counts.len();
    let help = if counts == 2 * width {
        "two lines seem to be glued together: put a line end in the middle"
    } else if width > 1 && counts == 2 * width - 1 {
        "two lines seem to be glued together, with the last number of one and the first of the other run into one"
    } else if counts < width {
        "the line seems to be cut short: was the program stopped while it wrote?"
    } else {
        "a clock has one count for each process"
    };
    Problem {
        at: line.at.clone(),
        what: format!("this clock has {counts} counts, the others have {width}"),
        label: format!("expected {width} counts"),
        help: Some(help.into()),
    }
}

/// A file with more or fewer snapshots than the others.
fn wrong_length(file: &File, snapshots: usize) -> Problem {
    let lines = file.lines.len();
    let last = file.lines.last().map_or(0..0, |line| line.at.clone());
    let help = if lines < snapshots {
        "the process has a clock for each snapshot: was it stopped early, or did two lines run into one?"
    } else {
        "leave out the snapshots that the others do not have, from the end of the file"
    };
    Problem {
        at: last,
        what: format!("this file has {lines} snapshots, the others have {snapshots}"),
        label: "its last one".into(),
        help: Some(help.into()),
    }
}

/// The last number in the name of a file, with what stands before it and behind it.
fn numbered(name: &str) -> Option<(&str, u64, &str)> {
    let file = name.rfind(['/', '\\']).map_or(0, |i| i + 1);
    let end = file + name[file..].rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = name[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    Some((&name[..start], name[start..end].parse().ok()?, &name[end..]))
}

/// All names as numbered files of one series.
fn series<'n>(names: &[&'n str]) -> Option<Vec<(&'n str, u64, &'n str)>> {
    let all: Vec<_> = names.iter().map(|name| numbered(name)).collect::<Option<_>>()?;
    let (before, _, after) = *all.first()?;
    all.iter().all(|&(b, _, a)| b == before && a == after).then_some(all)
}

/// The names that a series of `width` files lacks, if their numbers tell: it starts at 0 or 1.
fn absent_names(names: &[&str], width: usize) -> Vec<String> {
    let Some(all) = series(names) else { return Vec::new() };
    let numbers: Vec<u64> = all.iter().map(|&(_, number, _)| number).collect();
    let largest = numbers.iter().copied().max().unwrap_or(0);
    let first = u64::from(largest == width as u64);
    if largest >= first + width as u64 {
        return Vec::new();
    }
    let absent = (first..first + width as u64).filter(|number| !numbers.contains(number));
    absent.map(|number| format!("{}{number}{}", all[0].0, all[0].2)).collect()
}

/// Names whose numbers are not in order.
fn order_of_names(names: &[&str]) -> Option<String> {
    let all = series(names)?;
    let (before, after) = all.windows(2).map(|pair| (pair[0], pair[1])).find(|(a, b)| a.1 > b.1)?;
    let mut numbers: Vec<u64> = all.iter().map(|&(_, number, _)| number).collect();
    numbers.sort_unstable();
    let distinct = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let full = |(b, number, a): (&str, u64, &str)| format!("{b}{number}{a}");
    distinct.then(|| {
        format!(
            "{} was given before {}: the k-th file is taken for the k-th process; if the number in the name is the process, give the files in the order of their numbers",
            full(before),
            full(after)
        )
    })
}

/// Another order of the files in which every process knows most of its own events.
fn order_of_clocks(read: &RecordedClocks, names: &[&str]) -> Option<String> {
    let n = read.processes;
    let ahead = |file: usize, component: usize| {
        let mut strictly = false;
        for snapshot in 0..read.snapshots {
            let own = read.clock(snapshot, file)[component];
            let mut others = (0..n).filter(|&p| p != file).map(|p| read.clock(snapshot, p)[component]);
            match others.try_fold(true, |most, other| (other <= own).then_some(most && other < own)) {
                Some(most) => strictly |= most,
                None => return false,
            }
        }
        strictly
    };
    let behind = |file: usize| {
        (0..read.snapshots).any(|s| (0..n).any(|other| read.clock(s, other)[file] > read.clock(s, file)[file]))
    };
    if !(0..n).any(behind) {
        return None;
    }
    // At most one file is ahead in a component, so that the order is the only one.
    let order: Vec<usize> = (0..n).map(|c| (0..n).find(|&file| ahead(file, c))).collect::<Option<_>>()?;
    let mut files = order.clone();
    files.sort_unstable();
    if files.iter().enumerate().any(|(i, &file)| i != file) {
        return None;
    }
    let component = order.iter().enumerate().find(|&(component, &file)| component != file).map(|(c, _)| c)?;
    let names: Vec<&str> = order.iter().map(|&file| names[file]).collect();
    Some(format!(
        "the files seem to be in another order than the processes: {} counts most events of process {} at every snapshot; every snapshot is consistent in the order {}",
        names[component],
        component + 1,
        names.join(" ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sources(files: &[(&str, &str)]) -> Vec<Arc<Source>> {
        files.iter().map(|&(name, text)| Arc::new(Source::from_text(name, text))).collect()
    }

    fn problems(files: &[(&str, &str)]) -> Vec<(usize, Range<usize>, String)> {
        let problems = read(&sources(files)).expect_err("problems");
        problems.into_iter().map(|(index, problem)| (index, problem.at, problem.what)).collect()
    }

    #[test]
    fn blanks_of_all_kinds_are_read() {
        let read = read(&sources(&[("a", "0 0 \r\n3\t1\r\n\r\n"), ("b", "1, 2\n 1,4  ")])).expect("clocks");
        assert_eq!((read.processes, read.snapshots), (2, 2));
        assert_eq!(
            [read.clock(0, 0), read.clock(0, 1), read.clock(1, 0), read.clock(1, 1)],
            [[0, 0], [1, 2], [3, 1], [1, 4]]
        );
        assert!(read.warnings.is_empty(), "{:?}", read.warnings);
    }

    #[test]
    fn a_missing_file_is_named() {
        let found = read(&sources(&[("c-0.out", "1 0 0\n"), ("c-2.out", "0 0 1\n")])).expect_err("a problem");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].1.what, "the clocks are those of 3 processes, but 2 files came");
        assert!(found[0].1.help.as_ref().is_some_and(|help| help.ends_with("missing, by their names: c-1.out")));
        let one_more = problems(&[("a", "1 0\n"), ("b", "0 1\n"), ("c", "0 1\n")]);
        assert_eq!(one_more, [(0, 0..3, "the clocks are those of 2 processes, but 3 files came".into())]);
    }

    #[test]
    fn every_fault_is_told_where_it_stands() {
        let files = [
            ("a", "0 0 0\n1 0 0 2 0 0\n3 0 0\n"),
            ("b", "0 0 0\n0 -1 0\n0 x2 99999999999\n"),
            ("c", "0 0 0\n\n0 0 1 \n0 1\n"),
            ("d", " \n"),
        ];
        assert_eq!(
            problems(&files),
            [
                (0, 0..5, "the clocks are those of 3 processes, but 4 files came".into()),
                (0, 6..17, "this clock has 6 counts, the others have 3".into()),
                (1, 8..10, "`-1` is no count".into()),
                (1, 15..17, "`x2` is no count".into()),
                (1, 18..29, "the count 99999999999 is too large".into()),
                (2, 6..6, "this line is blank, and clocks follow".into()),
                (2, 14..17, "this clock has 2 counts, the others have 3".into()),
                (2, 14..17, "this file has 4 snapshots, the others have 3".into()),
                (3, 0..0, "this file has no clock".into()),
            ]
        );
    }

    #[test]
    fn glued_lines_are_told_as_such() {
        let found = read(&sources(&[("a", "1 0\n2 0\n3 0\n"), ("b", "0 1\n0 20 3\n")])).expect_err("problems");
        let help = |i: usize| found[i].1.help.as_deref().unwrap_or_default();
        assert_eq!(found.len(), 2);
        assert!(found.iter().any(|(_, p)| p.what == "this file has 2 snapshots, the others have 3"));
        assert!(help(0).contains("run into one") || help(1).contains("run into one"));
    }

    #[test]
    fn no_file_at_all_is_a_problem() {
        assert!(read(&[]).is_err());
        assert!(read(&sources(&[("a", "")])).is_err());
    }

    #[test]
    fn a_shells_order_is_doubted() {
        let zero = "0 0 0\n";
        let files = [("x/c1-0.out", zero), ("x/c1-10.out", zero), ("x/c1-2.out", zero)];
        let read = read(&sources(&files)).expect("clocks");
        assert_eq!(read.warnings.len(), 1);
        assert!(read.warnings[0].starts_with("x/c1-10.out was given before x/c1-2.out"));
        assert_eq!(order_of_names(&["b2", "a1"]), None, "no series");
        assert_eq!(order_of_names(&["1/a", "0/a"]), None, "the number is that of a folder");
    }

    #[test]
    fn clocks_may_speak_against_the_order() {
        let files = [("a", "5 1 1\n"), ("b", "2 1 7\n"), ("c", "4 3 2\n")];
        let warned = read(&sources(&files)).expect("clocks").warnings;
        assert_eq!(warned.len(), 1);
        assert!(warned[0].ends_with("in the order a c b"), "{}", warned[0]);
        let inconsistent = [("a", "0 0 0\n4 0 0\n"), ("b", "1 0 0\n1 2 0\n"), ("c", "0 0 0\n0 0 1\n")];
        assert!(read(&sources(&inconsistent)).expect("clocks").warnings.is_empty());
    }

    #[test]
    fn a_clock_that_goes_down_is_found() {
        let read = read(&sources(&[("a", "1 5\n2 4\n"), ("b", "0 5\n0 6\n")])).expect("clocks");
        let down: Vec<WentDown> = read.went_down().collect();
        assert_eq!(down, [WentDown { snapshot: 1, process: 0, component: 1, from: 5, to: 4 }]);
    }

    #[test]
    fn told_from_other_files() {
        assert!(looks_like(b"0 0 1 \r\n2 3 4") && looks_like(&[b'7'; 9000]));
        assert!(!looks_like(b"") && !looks_like(b"\n \n") && !looks_like(b"# nodes\n1 2\n") && !looks_like(b"1 -2"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(files in proptest::collection::vec(
            prop_oneof![proptest::collection::vec(any::<u8>(), 0..20), "[0-9 ,\n]{0,20}".prop_map(String::into_bytes)],
            0..4,
        ), names in proptest::collection::vec("[a/é0-9٣.]{0,6}", 4)) {
            let sources: Vec<Arc<Source>> =
                files.iter().zip(names).map(|(text, name)| Arc::new(Source::from_text(name, text.clone()))).collect();
            for text in &files {
                let _ = looks_like(text);
            }
            match read(&sources) {
                Ok(read) => prop_assert_eq!(read.clocks.len(), read.snapshots * read.processes * read.processes),
                Err(problems) => {
                    prop_assert!(problems.iter().all(|(i, p)| files.is_empty() || p.at.end <= files[*i].len()));
                }
            }
        }
    }
}
