//! A log of one process after another is read by its sections, side by side.

use std::sync::Arc;

use hashbrown::HashMap;

use super::Builder;
use crate::format::lines::{BLOCK, Blocks, first_line_of};
use crate::format::sections::{BySection, MOST, Pace, Section};
use crate::format::{Format, Options};
use crate::source::Source;
use crate::trace::Keep;

/// In so many bytes from the start most logs name all their processes; in a sixteenth of those that are shorter than sixteen
/// times that.
const HEAD: usize = 1 << 20;

/// So many are some lines, where a section starts.
const LINES: usize = 1 << 10;

/// A section, and the name of its process if it has one only.
type Named<'s> = (Section<'s>, Option<Box<str>>);

impl Builder {
    /// What becomes of sources of one format that fall into sections, each of which has all events of its processes, as
    /// where a log shows one process after the other or there is a file for each. They are read side by side, by so many
    /// threads, so that all messages are sent before they are received; where `builder`, which makes an empty one, keeps the
    /// order of the log, that is the order in which they were read. Nothing where the sources are not to be read so: they
    /// fall into no sections, have other lines than plain events, or an id that is sent twice to one process whose receives
    /// do not say from whom; where receives wait for each other or for what is not there; where too much is in flight.
    ///
    /// The trace is that of the same log from front to back: processes, messages of each channel, and where events stand.
    /// Its messages are numbered in the order of [`CausalOrder`](crate::causality::CausalOrder), if the pace is
    /// [`Pace::AsFarAsItGoes`].
    ///
    /// Time: linear, and twice that where the first lines do not name the processes in their order. Space: what the builder
    /// keeps, some blocks of each section, and 8 bytes for a message whose receive does not say who sent it.
    pub fn by_section(
        format: &Format,
        sources: &[Arc<Source>],
        (pace, threads): (Pace, usize),
        builder: impl Fn() -> Self,
    ) -> Option<Self> {
        let by_section = format.by_section.filter(|_| builder().keep <= Keep::Order)?;
        let mut sections = find(&by_section, sources, pace)?;
        let mut names = first_names(format, &sections);
        for _ in 0..2 {
            in_order_of(&mut sections, &names);
            let all: Vec<Section<'_>> = sections.iter().map(|&(section, _)| section).collect();
            let mut builder = builder().in_turns(all.iter().map(|section| section.number), &names);
            builder.sources_together(sources.iter().cloned());
            (by_section.read)(&all, pace, threads, &mut builder);
            builder.end_turns();
            if builder.gave_up() {
                break;
            }
            // All of them were known by then, and no others.
            let named = builder.names_in_order();
            if named == names {
                return Some(builder);
            }
            names = named;
        }
        None
    }
}

/// Sorts sections by their processes, as these are named.
fn in_order_of(sections: &mut [Named<'_>], names: &[String]) {
    let places: HashMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
    let place = |of: &str| places.get(of).copied();
    sections.sort_by_key(|(_, of)| of.as_deref().and_then(place).unwrap_or(usize::MAX));
}

/// The processes that the first lines name, and the first of each section, in the order of the log.
fn first_names(format: &Format, sections: &[Named<'_>]) -> Vec<String> {
    let all: usize = sections.iter().map(|(section, _)| section.end - section.start).sum();
    let (mut lines, mut left) = (Vec::new(), HEAD.min(all / 16));
    for &(Section { source, start, end, .. }, _) in sections {
        let mut blocks = Blocks::within(source, start..end, left.clamp(LINES, BLOCK));
        let mut read = 0;
        while (read == 0 || left > 0)
            && let Some(block) = blocks.next()
        {
            read += block.len();
            left = left.saturating_sub(block.len());
            lines.extend_from_slice(&source.bytes()[block]);
            // The last line of a file may have no end.
            lines.push(b'\n');
        }
    }
    let lines = Arc::new(Source::from_text("the first lines", lines));
    let mut builder = Builder::keeping(Keep::Messages);
    builder.source(lines.clone());
    (format.read)(&lines, &Options::default(), 0, &mut builder);
    builder.processes.iter().map(str::to_owned).collect()
}

/// The sections of the sources; nothing where there are not several, or one that would have to be of one process is not.
fn find<'s>(by_section: &BySection, sources: &'s [Arc<Source>], pace: Pace) -> Option<Vec<Named<'s>>> {
    let mut sections = Vec::new();
    for (number, source) in sources.iter().enumerate() {
        match (by_section.find)(source) {
            Some(found) => sections.extend(found.into_iter().map(|(lines, of)| {
                let section = Section { source, number, start: lines.start, end: lines.end };
                (section, Some(of))
            })),
            // Several processes in one of several files: they are in order there, if that file is.
            None if pace == Pace::ByTheBlock && sources.len() > 1 => {
                let (start, end) = (first_line_of(source), source.bytes().len());
                sections.push((Section { source, number, start, end }, None));
            }
            None => return None,
        }
    }
    (2..=MOST).contains(&sections.len()).then_some(sections)
}
