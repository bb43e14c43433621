//! What must hold of the whole input before there is a trace of it.

use hashbrown::{HashMap, HashSet};

use super::{Builder, Guess};
use crate::format::cut::quote;
use crate::format::lexis;
use crate::format::record::Problem;
use crate::ids::MessageId;
use crate::key::Key;
use crate::source::Span;
use crate::suggest;
use crate::trace::{Keep, text_at};

/// So much of a line that cannot be read is looked at.
const LOOKED_AT: usize = 500;

impl Builder {
    /// The words of the lines that cannot be read: one of them may have declared what seems to be undeclared, and one
    /// slip is one problem.
    pub(super) fn unread_words(&self) -> HashSet<Key> {
        let mut words = HashSet::new();
        if self.unread == 0 {
            return words;
        }
        // Many problems may be of one long line.
        let mut last = (0, 0..0);
        for (number, problem) in self.problems.iter() {
            if last.0 == number && last.1.contains(&problem.at.start) {
                continue;
            }
            let Some(source) = self.sources.iter().nth(number) else { continue };
            let line = source.line_at(problem.at.start);
            let bytes = source.bytes().get(line.start..line.end.min(line.start + LOOKED_AT)).unwrap_or_default();
            let text = String::from_utf8_lossy(bytes);
            let parts = text.split(|c| lexis::is_blank(c) || !lexis::is_word(c)).filter(|word| !word.is_empty());
            words.extend(parts.map(Key::of));
            last = (number, line);
        }
        words
    }

    /// A receive that names no sender and stands before the sends of its id took the first of them: where another process
    /// sent one that nobody received, either may be meant, as it is where the sends come first.
    pub(super) fn check_senders(&mut self) {
        if self.keep == Keep::Crossing {
            return;
        }
        for Guess { message, hash, at } in std::mem::take(&mut self.guesses) {
            // Most are of no hash that any is left over of.
            if !self.pairing.may_be_sent(hash) {
                continue;
            }
            let (from, to) = self.channels.ends(self.messages.rows[message.index()].channel);
            let name = self.name_of(message);
            if self.pairing.is_sent_by_other(Key::of(&name), to, from) {
                self.ask_for_sender(at, format!("several processes have sent a message `{name}` to this receive"));
            }
        }
    }

    fn name_of(&self, message: MessageId) -> String {
        let name = self.messages.name(message).and_then(|span| text_at(&self.sources, &self.arena, span));
        name.unwrap_or_default().to_owned()
    }

    pub(super) fn check_channels(&mut self, unread: &HashSet<Key>) {
        for id in self.channels.iter() {
            let (from, to) = self.channels.ends(id);
            let names = [from, to].map(|p| self.processes.get(p.index()));
            let channel = || names.map(quote).join(" -> ");
            let told = || names.iter().all(|name| unread.contains(&Key::of(name)));
            if self.channels.are_declared() && !self.channels.is_declared(id) && !told() {
                let used = self.channel_used.get(id.index());
                let Some((source, at)) = used.and_then(|used| used.find(&self.sources)) else { continue };
                self.problems.push(
                    source,
                    Problem {
                        at,
                        what: format!("the channel {} is not declared", channel()),
                        label: "used here".into(),
                        help: Some(format!(
                            "once a channel is declared, the declared ones are all there are: add `channel {}`",
                            channel()
                        )),
                    },
                );
            }
            let unnamed = self.channel_unnamed.get(id.index()).and_then(|unnamed| unnamed.find(&self.sources));
            if let (false, Some((source, at))) = (self.channels.is_fifo(id), unnamed) {
                self.problems.push(
                    source,
                    Problem {
                        at,
                        what: format!("a message without an id on the unordered channel {}", channel()),
                        label: "expected an id".into(),
                        help: Some("without FIFO order only ids tell which receive belongs to which send".into()),
                    },
                );
            }
        }
    }

    /// Where processes are declared, a peer that is not and that logs nothing is a slip of the pen.
    pub(super) fn check_processes(&mut self, unread: &HashSet<Key>) {
        if !self.declared.contains(&true) {
            return;
        }
        for i in 0..self.processes.len() {
            let told = unread.contains(&Key::of(self.processes.get(i)));
            let known = self.declared[i] || self.counts[i] > 0 || told;
            if known || self.marks.iter().any(|m| m.process.index() == i) {
                continue;
            }
            let Some((source, at)) = self.mentions[i].find(&self.sources) else { continue };
            let name = self.processes.get(i);
            let known = (0..self.processes.len()).filter(|&j| self.declared[j]).map(|j| self.processes.get(j));
            let near = suggest::nearest(name, known);
            let give_or_declare = format!("give its log too, or declare it: `process {}`", quote(name));
            self.problems.push(
                source,
                Problem {
                    at,
                    what: format!("unknown process `{name}`: it is not declared and has no events"),
                    label: format!("`{name}` is named here"),
                    help: Some(match near {
                        Some(near) => format!("did you mean `{near}`? If not, {give_or_declare}"),
                        None => give_or_declare,
                    }),
                },
            );
        }
    }

    pub(super) fn check_labels(&mut self) {
        if !self.labels.take().is_some_and(|labels| labels.has_any()) {
            return;
        }
        for i in 0..self.histories.len() {
            let history = &self.histories[i];
            let mut first: HashMap<Key, u32> = HashMap::new();
            let mut twice = Vec::new();
            for (position, span) in history.labels.iter() {
                let Some(label) = text_at(&self.sources, &self.arena, span) else { continue };
                if let Some(&before) = first.get(&Key::of(label)) {
                    twice.push((label.to_string(), before, span));
                } else {
                    first.insert(Key::of(label), position);
                }
            }
            for (label, before, span) in twice {
                let place = self.sources.find(self.label_at(span));
                let (source, at) = place.map_or((0, 0..0), |(n, source, offset)| (n, source.line_at(offset)));
                let earlier = history.labels.get(before).and_then(|span| self.sources.locate(self.label_at(span)));
                let place = earlier.map_or_else(String::new, |l| format!(" (line {} of {})", l.line, l.file));
                self.problems.push(
                    source,
                    Problem {
                        at,
                        what: format!("label `{label}` is used twice by process `{}`", self.processes.get(i)),
                        label: "the second use".into(),
                        help: Some(format!("the first is its event {before}{place}; give this one another label")),
                    },
                );
            }
        }
    }

    /// Where a label is in the input. One with escapes stands in no file as it is; then its event's line says where.
    fn label_at(&self, label: Span) -> u64 {
        let copied = self.copied_labels.binary_search_by_key(&label.start, |&(text, _)| text);
        copied.map_or(label.start, |found| self.copied_labels[found].1)
    }
}
