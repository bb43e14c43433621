//! What events say beside their messages: labels, notes, states, payloads, times, clocks.

use super::ends::Ends;
use super::{ARENA, Builder};
use crate::format::record::{ActionKind, Details, EventRecord, PlainText, PlainTime, TextOf, UNKNOWN};
use crate::ids::{MessageId, ProcessId};
use crate::key::{Key, Salt};
use crate::source::Span;
use crate::trace::twice::Twice;

impl Builder {
    /// What plain events say, all of a run, before they are counted: where `own` is the process of one of their names and
    /// how many events of it their positions are counted from. Payloads go [with their messages](Self::carry_payloads).
    pub(super) fn plain_details(
        &mut self,
        Details { times, texts }: Details<'_>,
        (address, text): (u64, &[u8]),
        own: impl Fn(u32) -> (u32, u32),
    ) {
        if let (Some(crossing), false) = (&mut self.crossing, times.is_empty()) {
            crossing.note_times();
        }
        for &PlainTime { time, process, position, .. } in times {
            let (process, base) = own(process);
            // One process too many has none.
            if let Some(history) = self.histories.get_mut(process as usize) {
                history.times.push(base + u32::from(position) + 1, time);
            }
        }
        for plain in texts.iter().filter(|text| text.of != TextOf::Payload) {
            let (process, base) = own(plain.process);
            let position = base + u32::from(plain.position) + 1;
            if process == UNKNOWN {
                continue;
            }
            if plain.of == TextOf::Label {
                self.labels.get_or_insert_with(Twice::new).add(plain.key, Salt::of(process));
            }
            if plain.of == TextOf::Label
                && let Some(crossing) = self.crossing.as_mut().filter(|crossing| crossing.takes_labels())
                && let Some(label) = plain.text(text)
            {
                crossing.label(ProcessId::at(process as usize), position, label);
            }
            let Some(history) = self.histories.get_mut(process as usize) else { continue };
            let column = match plain.of {
                TextOf::Label => &mut history.labels,
                TextOf::Note => &mut history.notes,
                _ => &mut history.states,
            };
            column.push(position, span_of(plain, address));
        }
    }

    /// The payloads of plain messages that are about to be sent, so that each has the next number.
    pub(super) fn carry_payloads(&mut self, ends: &Ends<'_>) {
        let (Some(first), Some(last)) = (ends.sends.first(), ends.sends.last()) else { return };
        let behind = ends.texts.partition_point(|text| text.line < first.event.line());
        let mut sends = (self.sent()..).zip(ends.sends).peekable();
        for text in ends.texts[behind..].iter().take_while(|text| text.line <= last.event.line()) {
            while sends.next_if(|(_, send)| send.event.line() < text.line).is_some() {}
            if let (TextOf::Payload, Some(&(number, send))) = (text.of, sends.peek())
                && send.event.line() == text.line
            {
                self.carry(number, span_of(text, ends.address));
            }
        }
    }

    /// A message has a payload.
    pub(super) fn carry(&mut self, message: usize, payload: Span) {
        match &mut self.crossing {
            // Where a send was refused, numbers are others, and there will be no trace.
            _ if !self.problems.is_empty() => {}
            Some(crossing) => crossing.carry(MessageId::at(message), payload),
            None => self.messages.payloads.push(message as u32, payload),
        }
    }

    /// What an event says beside its messages.
    #[cold]
    pub(super) fn details(&mut self, process: ProcessId, position: u32, event: &EventRecord<'_>) {
        let spans = [event.label, event.note, event.state].map(|text| text.map(|text| self.span(text)));
        if let Some(copied) = spans[0].filter(|label| label.start >= ARENA) {
            self.copied_labels.push((copied.start, self.base + event.at.start as u64));
        }
        if let Some(label) = event.label {
            let salt = Salt::of(process.index() as u32);
            self.labels.get_or_insert_with(Twice::new).add(Key::of(label), salt);
            if let Some(crossing) = &mut self.crossing {
                crossing.label(process, position, label);
            }
        }
        if let (Some(crossing), true) = (&mut self.crossing, event.time.is_some()) {
            crossing.note_times();
        }
        // What it receives was received before its time was known.
        if event.clock.is_some() || event.time.is_some() && event.action == ActionKind::Receive {
            self.says_more_than_messages();
        }
        let history = &mut self.histories[process.index()];
        let columns = [&mut history.labels, &mut history.notes, &mut history.states];
        for (column, span) in columns.into_iter().zip(spans) {
            if let Some(span) = span {
                column.push(position, span);
            }
        }
        if let Some(time) = event.time.filter(|_| !self.untimed) {
            history.times.push(position, time);
        }
        let Some(clock) = event.clock else { return };
        let start = self.clock_pairs.len() as u32;
        let mut earlier = self.histories[process.index()]
            .clocks
            .last()
            .map_or(0..0, |(start, len)| start as usize..(start + len) as usize);
        for &(name, count) in clock {
            let Ok(count) = u32::try_from(count) else {
                self.fault(
                    &event.at,
                    format!("the clock counts {count} events of `{name}`"),
                    "expected less than 4294967296",
                    "a vector clock counts events; is this a time?",
                );
                continue;
            };
            if count > 0 {
                // The clocks of a process have the same names in the same order.
                let expected = earlier.next().and_then(|at| self.clock_pairs.get(at));
                let name = match expected {
                    Some(&(number, _)) => self.clock_names.intern_near(name, number as usize),
                    None => self.clock_names.intern(name).0,
                };
                self.clock_pairs.push((name as u32, count));
            }
        }
        let len = self.clock_pairs.len() as u32 - start;
        self.histories[process.index()].clocks.push(position, (start, len));
    }
}

/// Where a text stands, in the block at an address.
fn span_of(text: &PlainText, address: u64) -> Span {
    Span { start: address + u64::from(text.at), len: u32::from(text.len) }
}
