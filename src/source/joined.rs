//! Several files that are one log: read as one text, and told by file and line.

use std::io::{self, Write};
use std::sync::Arc;

use super::Source;
use super::store::Store;

/// A file of several.
#[derive(Clone, Debug)]
pub(super) struct Part {
    name: String,
    /// Where it starts, and how many lines end before.
    start: usize,
    lines: usize,
}

impl Source {
    /// One source of the parts of a log, in order: a record may begin in one and end in the next. A last line without its
    /// end gets one. Time: the bytes; space: they too, in a file without a name where they are many.
    ///
    /// # Errors
    /// No memory, and what the system says of that file.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use clearcut::source::Source;
    ///
    /// let part = |name, text| Arc::new(Source::from_text(name, text));
    /// let log = Source::joined(&[part("a.log.1", "first\nsecond"), part("a.log", "third\n")]).unwrap();
    /// assert_eq!(log.bytes(), b"first\nsecond\nthird\n");
    /// assert_eq!(log.locate(13).to_string(), "a.log:1:1");
    /// ```
    pub fn joined(sources: &[Arc<Self>]) -> io::Result<Self> {
        let mut all = Store::default();
        let mut parts = Vec::with_capacity(sources.len());
        let mut lines = 0;
        for source in sources {
            let text = source.bytes();
            // A mark in the middle is no character of the log.
            let text = if all.len() == 0 { text } else { text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text) };
            parts.push(Part { name: source.name.clone(), start: all.len(), lines });
            all.write_all(text)?;
            lines += memchr::memchr_iter(b'\n', text).count();
            if parts.len() < sources.len() && !text.is_empty() && !text.ends_with(b"\n") {
                all.write_all(b"\n")?;
                lines += 1;
            }
        }
        let name = match parts.as_slice() {
            [] => String::new(),
            [only] => only.name.clone(),
            [first, second] => format!("{} and {}", first.name, second.name),
            [first, ..] => format!("{} and {} more parts", first.name, parts.len() - 1),
        };
        let process = sources.first().and_then(|source| source.process.clone());
        Ok(Self { parts, process, ..Self::new(name, all.into_bytes()?) })
    }

    /// Whether it is made of several files.
    pub fn is_joined(&self) -> bool {
        !self.parts.is_empty()
    }

    /// The file of a byte, and how many lines of others are before it.
    pub(super) fn file_at(&self, offset: usize) -> (&str, usize) {
        let next = self.parts.partition_point(|part| part.start <= offset);
        match next.checked_sub(1).and_then(|at| self.parts.get(at)) {
            Some(part) => (&part.name, part.lines),
            None => (&self.name, 0),
        }
    }

    /// Says that this is a part of a log of which `kin` is another one: what its content does not tell, that one's may.
    pub fn set_kin(&mut self, kin: Arc<Self>) {
        self.kin = Some(kin);
    }

    /// Another part of the same log, where that is known.
    pub fn kin(&self) -> Option<&Arc<Self>> {
        self.kin.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_told_by_its_own_file() {
        let texts = ["a\nb", "", "\u{FEFF}c\nd\n", "\n", "e"];
        let sources: Vec<_> =
            texts.iter().enumerate().map(|(i, &text)| Arc::new(Source::from_text(format!("{i}"), text))).collect();
        let joined = Source::joined(&sources).unwrap();
        assert_eq!(joined.bytes(), b"a\nb\nc\nd\n\ne");
        let places: Vec<String> = (0..joined.bytes().len()).map(|at| joined.locate(at).to_string()).collect();
        let wanted = ["0:1:1", "0:1:2", "0:2:1", "0:2:2", "2:1:1", "2:1:2", "2:2:1", "2:2:2", "3:1:1", "4:1:1"];
        assert_eq!(places, wanted);
        assert_eq!(joined.name(), "0 and 4 more parts");
        // Far into a log, lines are counted by chunks.
        let long = "x\n".repeat(1 << 20);
        let far = Source::joined(&[Arc::new(Source::from_text("far", long)), sources[2].clone()]).unwrap();
        assert_eq!(far.locate((2 << 20) + 2).to_string(), "2:2:1");
    }
}
