//! A trace from sources, in one call.

use std::sync::Arc;

use super::{Builder, Located, Trace};
use crate::source::Source;

impl Trace {
    /// The trace of a text in the format of `grammar/trace.ebnf`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    ///
    /// ```
    /// let trace = clearcut::trace::Trace::from_text("P1: send m -> P2\nP2: receive m\n").unwrap();
    /// assert_eq!(trace.event_count(), 2);
    /// ```
    pub fn from_text(text: &str) -> Result<Self, Vec<Located>> {
        let source = Arc::new(Source::from_text("<text>", text));
        let mut builder = Builder::new();
        builder.source(source.clone());
        crate::format::text::read(&source, &mut builder);
        builder.finish().map_err(|(sources, problems)| problems.locate(&sources))
    }
}
