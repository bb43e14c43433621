//! What is wrong with the files beside each other.

use std::sync::Arc;

use super::lines::{File, Line};
use super::order::absent_names;
use crate::format::record::Problem;
use crate::source::Source;

/// There are to be as many files as a clock is wide.
pub(super) fn missing_files(sources: &[Arc<Source>], files: &[File], width: usize) -> Option<(usize, Problem)> {
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
pub(super) fn wrong_width(line: &Line, width: usize) -> Problem {
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
pub(super) fn wrong_length(file: &File, snapshots: usize) -> Problem {
    let lines = file.lines.len();
    let last = file.lines.last().map_or(0..0, |line| line.at.clone());
    let help = if lines < snapshots {
        "the process has a clock for each snapshot: was it stopped early, or did two lines run into one?"
    } else {
        "leave out the snapshots that the others do not have, from the end of the file"
    };
    Problem {
        at: last,
        what: format!(
            "this file has {}, the others have {snapshots}",
            if lines == 1 { "1 snapshot".into() } else { format!("{lines} snapshots") }
        ),
        label: "its last one".into(),
        help: Some(help.into()),
    }
}

/// A file that has nothing but a line that is cut short.
pub(super) fn only_line_cut(line: &Line) -> Problem {
    Problem {
        at: line.at.clone(),
        what: "the only line of this file is cut short".into(),
        label: "expected a whole clock, and a line end".into(),
        help: Some("was the program stopped while it wrote? If the line is whole, add a line end".into()),
    }
}
