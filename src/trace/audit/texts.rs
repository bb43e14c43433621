//! The texts of many spans: most stand in the source of the one before.

use crate::source::Span;
use crate::trace::Trace;

/// Looks up texts, and remembers the source that the last one was in.
pub(super) struct Texts<'t> {
    trace: &'t Trace,
    /// A source: its first address, and its bytes.
    base: u64,
    bytes: &'t [u8],
}

impl<'t> Texts<'t> {
    pub(super) fn of(trace: &'t Trace) -> Self {
        Self { trace, base: 0, bytes: &[] }
    }

    /// The bytes of a span.
    #[inline]
    pub(super) fn bytes(&mut self, span: Span) -> Option<&'t [u8]> {
        let (bytes, at) = self.place(span)?;
        bytes.get(at..at + span.len as usize)
    }

    /// The bytes that hold a span, and where in them it starts; all of it is in them.
    #[inline(always)]
    pub(super) fn place(&mut self, span: Span) -> Option<(&'t [u8], usize)> {
        let at = span.start.wrapping_sub(self.base);
        if at.saturating_add(u64::from(span.len)) <= self.bytes.len() as u64 {
            return Some((self.bytes, at as usize));
        }
        self.elsewhere(span)
    }

    #[cold]
    fn elsewhere(&mut self, span: Span) -> Option<(&'t [u8], usize)> {
        let Some((source, at)) = self.trace.sources().resolve(span.start) else {
            return self.trace.bytes(span).map(|bytes| (bytes, 0));
        };
        let bytes = source.bytes();
        (self.base, self.bytes) = (span.start - at as u64, bytes);
        (at + span.len as usize <= bytes.len()).then_some((bytes, at))
    }
}
