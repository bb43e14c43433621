//! Messages that are paired later, where too many are open to be looked through one by one.

use super::transfers::{NAME_SENDER, WHICH_SENDER};
use super::{Builder, Guess, Waiting};
use crate::format::record::Problem;
use crate::ids::{MessageId, ProcessId};
use crate::trace::history::{Packed, Part};
use crate::trace::pairing::{Later, Paired, Receive};
use crate::trace::{Unsent, text_at};

impl Builder {
    /// Puts off the pairing of ids where that is the quicker way; gives up where each message must be settled at once and
    /// there are too many to hold.
    #[inline(always)]
    pub(super) fn put_off_if_many(&mut self) {
        match &self.later {
            Some(later) if later.is_full() => self.settle(),
            None if self.pairing.has_many() => self.have_many(),
            _ => {}
        }
    }

    #[cold]
    fn have_many(&mut self) {
        match &mut self.crossing {
            Some(crossing) if self.pairing.is_too_large() => crossing.give_up(),
            None if self.pairing.is_better_later() => self.put_off(),
            _ => {}
        }
    }

    #[cold]
    fn put_off(&mut self) {
        let mut later = Later::default();
        self.pairing.take_sends().for_each(|(key, to, sent)| later.send(key, sent.from, to, sent.message));
        self.pairing.forget_receives();
        for waiting in self.waiting.iter_mut().filter(|waiting| !waiting.found) {
            let Unsent { to, received, from, name, .. } = waiting.receive;
            if let (Some(key), Some(name)) = (waiting.key, name) {
                later.receive(Receive { key, to, from, position: received, part: waiting.part, name, at: waiting.at });
                waiting.found = true;
            }
        }
        self.later = Some(Box::new(later));
    }

    /// Pairs what was put aside, as far as both ends are there.
    #[cold]
    fn settle(&mut self) {
        let Some(mut later) = self.later.take() else { return };
        later.settle(|paired| paired.iter().for_each(|&paired| self.paired(paired)));
        self.later = Some(later);
    }

    /// All is there: what is left over is open for good.
    pub(super) fn settle_all(&mut self) {
        self.settle();
        let Some(later) = self.later.take() else { return };
        let (pairing, messages) = (&mut self.pairing, &self.messages);
        let left = later.left(|key, from, to, message| {
            pairing.send(key, to, &messages.on_its_way(message, from));
        });
        for Receive { key, to, from, position: received, part, name, at } in left {
            let receive = Unsent { to, received, from, gap: None, name: Some(name) };
            self.waiting.push(Waiting { receive, key: Some(key), part, found: false, at });
        }
        self.waiting.sort_by_key(|waiting| waiting.at);
    }

    fn paired(&mut self, paired: Paired) {
        match paired {
            Paired::Received(receive, message, first) => {
                let Receive { key, to, from, position, part, at, .. } = receive;
                if first {
                    self.log_is_causal = false;
                    if from.is_none() {
                        self.guesses.push(Guess::of(message, (key, to), at));
                    }
                }
                self.has_received(message, (to, position), part);
            }
            Paired::Ambiguous(receive) => {
                let id = text_at(&self.sources, &self.arena, receive.name).unwrap_or_default();
                let what = format!("several processes have sent a message `{id}` that is on its way here");
                self.ask_for_sender(receive.at, what);
            }
        }
    }

    /// A message arrives of which no more than the number is known: who looks at the messages of a cut alone has given up
    /// by now.
    pub(super) fn arrives(&mut self, message: MessageId, position: u32) {
        if self.crossing.is_none() {
            self.messages.rows[message.index()].received = position;
        }
    }

    /// A receive that was looked up later than its event was read has its message.
    pub(super) fn has_received(&mut self, message: MessageId, (to, position): (ProcessId, u32), part: Option<usize>) {
        self.arrives(message, position);
        let action = Packed::part(Part::Received(message));
        match part {
            Some(part) => self.parts[part] = action,
            None => self.histories[to.index()].set_action(position, action),
        }
    }

    /// The sender of the receive at an address is not to be told.
    pub(super) fn ask_for_sender(&mut self, at: u64, what: String) {
        let Some((source, file, start)) = self.sources.find(at) else { return };
        let at = start..file.line_at(start).end;
        self.problems.push(source, Problem { at, what, label: WHICH_SENDER.into(), help: Some(NAME_SENDER.into()) });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::format::text;
    use crate::source::Source;
    use crate::trace::Keep;

    /// Logs of few ids, which come again, are received before they are sent, twice, by several and never.
    fn lines() -> impl Strategy<Value = Vec<String>> {
        let line = "P[1-3]: (step|send m[1-4] -> P[1-3]|receive m[1-4]|receive m[1-4] <- P[1-3])";
        let many = "P[1-3]: (send m[1-4] -> P1, P2|receive m[1-2], m[3-4]|receive m[1-4], m1 <- P[12], P3|send -> P2|receive <- P1)";
        let large = r"(P1: send m[1-9][0-9] -> P2
|P3: send m[1-9][0-9] -> P2
|P2: receive m[1-9][0-9]
){20}";
        proptest::collection::vec(prop_oneof![20 => line, 2 => many, 1 => large], 0..60)
    }

    /// All that is known of the messages, or that something is wrong.
    fn told(builder: Builder) -> Option<String> {
        let trace = builder.finish().ok()?;
        let rows: Vec<_> = trace.messages().map(|m| (trace.ends(m), trace.sent(m), trace.received(m))).collect();
        let number = |p| if trace.keeps().has_actions() { trace.events(p) } else { 0 };
        let parts: Vec<_> = trace
            .processes()
            .flat_map(|p| (1..=number(p)).map(move |k| (p, k)))
            .map(|(p, k)| trace.parts(p, k).collect::<Vec<_>>())
            .collect();
        Some(format!("{rows:?} {parts:?} {:?} {:?} {}", trace.unsent(), trace.duplicates(), trace.log_is_causal()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Whenever it is put off, and however often what is there is paired in between.
        #[test]
        fn what_is_paired_later_is_what_is_paired_at_once(
            lines in lines(),
            from in any::<prop::sample::Index>(),
            at_once in 1..40usize,
            keep in prop_oneof![Just(Keep::Events), Just(Keep::Actions), Just(Keep::Messages)],
        ) {
            let from = from.index(lines.len() + 1);
            let pieces: Vec<&[String]> = [&lines[..from]].into_iter().chain(lines[from..].chunks(at_once)).collect();
            let read = |put_off: bool| {
                let mut builder = Builder::keeping(keep);
                for piece in &pieces {
                    let text: String = piece.iter().map(|line| format!("{line}\n")).collect();
                    let source = Arc::new(Source::from_text("log", text));
                    builder.source(source.clone());
                    text::read(&source, &mut builder);
                    match &builder.later {
                        None if put_off => builder.put_off(),
                        None => {}
                        Some(_) => builder.settle(),
                    }
                }
                told(builder)
            };
            let (told, wanted) = (read(true), read(false));
            let text = lines.join("\n");
            prop_assert_eq!(told, wanted, "{}", text);
        }
    }
}
