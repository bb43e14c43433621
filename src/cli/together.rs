//! Parts of one log, told together: in order, of one format, and as one text where records have several lines.

use std::sync::Arc;

use super::input::Input;
use super::output::Failure;
use super::parts::{self, Beginning};
use crate::format;
use crate::source::Source;

/// How much of a file is read to tell which part of a log it is, in bytes.
const BEGINNING: usize = 64 << 10;

impl Input {
    /// Puts the parts of each log in order, and says where they are.
    pub(super) fn oldest_first(&self, sources: &mut [Arc<Source>], options: &format::Options) -> Vec<Vec<usize>> {
        parts::oldest_first(sources, |source| self.beginning(source, options))
    }

    /// The processes and the time that a source starts with.
    fn beginning(&self, source: &Source, options: &format::Options) -> Beginning {
        let head = Arc::new(source.head(BEGINNING));
        let mut beginning = Beginning::default();
        if let Ok(format) = self.format_of(&head, options) {
            (format.read)(&head, options, 0, &mut beginning);
        }
        beginning
    }

    /// The parts of one log are of one format, and a record of several lines may be divided between two of them.
    pub(super) fn tell_together(
        &self,
        sources: &mut Vec<Arc<Source>>,
        logs: Vec<Vec<usize>>,
        options: &format::Options,
    ) -> Result<(), Failure> {
        let mut joined = Vec::new();
        for log in logs {
            let parts = || log.iter().filter_map(|&at| sources.get(at));
            let told = parts().find(|part| format::by_content_of(part).is_some());
            let Some(first) = told.or_else(|| parts().next()) else { continue };
            if self.is_divided(parts(), first, options) {
                joined.push(log);
                continue;
            }
            let Some(kin) = told.cloned() else { continue };
            for &at in &log {
                if let Some(part) = sources.get_mut(at).and_then(Arc::get_mut)
                    && format::by_content_of(part).is_none()
                {
                    part.set_kin(kin.clone());
                }
            }
        }
        parts::join(sources, &joined).map_err(|error| {
            let what = format!("cannot put the parts of a log together: {error}");
            Failure::usage(what, "give one file that has all of them: cat log.2 log.1 log > all.log")
        })
    }

    /// Whether the parts of a log are of a format whose records have several lines, and none is a log by itself.
    fn is_divided<'s>(
        &self,
        mut parts: impl Iterator<Item = &'s Arc<Source>>,
        kin: &Source,
        options: &format::Options,
    ) -> bool {
        let shiviz = |part: &Source| self.format_of(part, options).is_ok_and(|format| format.name == format::SHIVIZ);
        let mut first = true;
        shiviz(kin)
            && parts.all(|part| {
                let own_head = !std::mem::take(&mut first) && format::shiviz::says_its_pattern(part.bytes());
                let fits = format::by_content_of(part).is_none() || shiviz(part);
                fits && !own_head && part.process() == kin.process()
            })
    }
}
