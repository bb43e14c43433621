//! Records that say what happened by a word that nothing gives a meaning.

use crate::format::record::{Remark, RemarkKind, Sink};

/// So many words are told apart, and so many of them named.
const WORDS: usize = 100;
const NAMED: usize = 5;

/// So much of a word is shown.
const SHOWN: usize = 40;

/// The words of a source, in the order of their first mention.
#[derive(Debug, Default)]
pub(super) struct UnknownWords {
    /// Each with how many records have it, and the first byte of the first.
    words: Vec<(String, usize, usize)>,
    /// Whether records have yet other words.
    others: bool,
}

impl UnknownWords {
    /// A record has a word.
    #[cold]
    pub(super) fn add(&mut self, word: &str, at: usize) {
        match self.words.iter().position(|(known, ..)| known == word) {
            Some(known) => self.words[known].1 += 1,
            None if self.words.len() < WORDS => self.words.push((word.to_owned(), 1, at)),
            None => self.others = true,
        }
    }

    /// Says which there were: the records are counted among what is no record.
    pub(super) fn tell(&self, sink: &mut dyn Sink) {
        let Some((first, ..)) = self.words.first() else { return };
        let shown = |word: &str| word.chars().take(SHOWN).collect::<String>();
        let times = |count: usize| if count == 1 { "once".into() } else { format!("{count} times") };
        let named: Vec<String> = self
            .words
            .iter()
            .take(NAMED)
            .map(|(word, count, _)| format!("`{}` ({})", shown(word), times(*count)))
            .collect();
        let others = if self.others { " or more" } else { "" };
        let more = match self.words.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more}{others} more words"),
        };
        let text = format!(
            "nothing says what it means that an event is {}{more}: such records are left out; --value receive={} says it \
             (or send=, step=, record=)",
            named.join(", "),
            shown(first),
        );
        let at = self.words.iter().take(NAMED).map(|(word, _, at)| (0, *at, shown(word))).collect();
        sink.remark(Remark { kind: RemarkKind::UnknownWord, text, at });
    }
}
