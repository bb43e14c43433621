//! From the names of the command line to the sources of a log: opened, in order, and each of them a log.

use std::sync::Arc;

use super::files;
use super::formats::unknown;
use super::input::Input;
use super::open::open;
use super::output::{Failure, note, warn};
use crate::format;
use crate::format::mapping::FileNames;
use crate::source::Source;

impl Input {
    /// The files, opened. All that cannot be, or are there twice, are told.
    pub fn sources(&self) -> Result<Vec<Arc<Source>>, Failure> {
        let described = self.format.described()?;
        let mut sources = self.opened(described.process_from_file.as_ref())?;
        // A log that was just rotated has nothing yet; where all are empty there is no log. Recorded clocks are of one
        // process each, and one that is empty is missing.
        if sources.iter().any(|source| !is_blank(source)) && !self.is_clocks(&sources) {
            sources.retain(|source| {
                let blank = is_blank(source);
                if blank {
                    warn(&format!("{} is empty: left out", source.name()));
                }
                !blank
            });
        }
        // They have no events, so that nothing tells parts of one log from files of several processes.
        if self.is_clocks(&sources) {
            return Ok(sources);
        }
        let given: Vec<_> = sources.iter().map(Arc::as_ptr).collect();
        let logs = self.oldest_first(&mut sources, &described.options);
        if !sources.iter().map(Arc::as_ptr).eq(given) {
            let names: Vec<String> = sources.iter().map(|source| source.name().to_owned()).collect();
            note(&format!("parts of one log, oldest first, read in this order: {}", files::list(&names)));
        }
        self.tell_together(&mut sources, logs, &described.options)?;
        self.all_are_logs(&sources)?;
        self.warn_of_unseen(&sources, &described.options);
        Ok(sources)
    }

    /// The files that are named, and those of folders and patterns that are logs.
    fn opened(&self, names: Option<&FileNames>) -> Result<Vec<Arc<Source>>, Failure> {
        let named = |source: Source| match names {
            Some(names) => named(names, source),
            None => Ok(source),
        };
        let mut files = files::find(&self.files);
        let mut sources = Vec::with_capacity(files.found.len());
        let mut logs = Vec::with_capacity(files.found.len());
        for found in std::mem::take(&mut files.found) {
            match (open(&found.path), &found.of) {
                (Ok(source), Some(of)) if !self.is_log(&source) => {
                    files.leave_out(of, &found.path, "no log of a known format");
                }
                (source, of) => match source.and_then(named) {
                    Ok(source) => match (same_log(&sources, &source), of) {
                        (None, _) => {
                            sources.push(Arc::new(source));
                            logs.push(found);
                        }
                        (Some(_), Some(of)) => files.leave_out(of, &found.path, "the same as another"),
                        (Some(other), None) => files.failures.push(Failure::usage(
                            format!("{} has the same text as {}", source.name(), other.name()),
                            "leave one of them out: a log that is read twice has every event twice",
                        )),
                    },
                    Err(failure) => files.failures.push(failure),
                },
            }
        }
        match files.failures.len() {
            0 => {}
            1 => return Err(files.failures.remove(0)),
            _ => return Err(Failure::Several(files.failures)),
        }
        files.found = logs;
        files.told(&self.files).iter().for_each(|text| note(text));
        if sources.is_empty() {
            return Err(Failure::usage(
                "there is no log in what is named",
                "name the format of the files with --format",
            ));
        }
        Ok(sources)
    }

    /// Among files that are logs beyond doubt, one that is not is named by mistake: all of them are told.
    fn all_are_logs(&self, sources: &[Arc<Source>]) -> Result<(), Failure> {
        let told = |source: &Arc<Source>| source.kin().is_some() || self.is_log(source);
        let Some(known) = sources.iter().find(|source| told(source)) else { return Ok(()) };
        let like = match format::clocks::looks_like(known.bytes()) {
            true => Some(format::CLOCKS),
            false => format::detect(known).map(|format| format.name),
        };
        let mut odd: Vec<Failure> =
            sources.iter().filter(|source| !told(source)).map(|source| unknown(source, like)).collect();
        match odd.len() {
            0 => Ok(()),
            1 => Err(odd.remove(0)),
            _ => Err(Failure::Several(odd)),
        }
    }

    /// Whether a file in a folder is one of the logs that are meant.
    fn is_log(&self, source: &Source) -> bool {
        !is_blank(source) && (self.format.name.is_some() || self.format.describes() || format::is_log(source))
    }
}

/// The source that has the same text, packed or not, where it says itself whose log it is. Spans that are told again are
/// known by their ids.
fn same_log<'s>(sources: &'s [Arc<Source>], source: &Source) -> Option<&'s Arc<Source>> {
    let same = sources.iter().find(|other| other.bytes() == source.bytes())?;
    let is_of_spans = || format::detect(source).is_some_and(|format| format.spans.is_some());
    let says_whose = source.process().is_none() && !format::clocks::looks_like(source.bytes());
    (says_whose && !is_blank(source) && !is_of_spans()).then_some(same)
}

fn is_blank(source: &Source) -> bool {
    source.bytes().iter().all(u8::is_ascii_whitespace)
}

/// A source with its process, by its name.
fn named(names: &FileNames, source: Source) -> Result<Source, Failure> {
    match names.process(source.name()).map(str::to_owned) {
        Some(process) => Ok(source.with_process(Some(process))),
        None => Err(Failure::usage(
            format!("the name of {} does not match --process-from-file", source.name()),
            "its one group must match the part of the name that is the process, like 'node-(.*)\\.log'; what names its process itself, in a group or a field `process`, keeps that one, so that a wide group like '([^/]*)\\.log' does for such files",
        )),
    }
}
