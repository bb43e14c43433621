//! The end of the input: what is left over is settled, and there is a trace or all that is wrong.

use hashbrown::HashMap;

use super::Builder;
use crate::ids::{MessageId, ProcessId};
use crate::key::Key;
use crate::source::Sources;
use crate::trace::audit::lag;
use crate::trace::history::{Packed, Part};
use crate::trace::messages::NEVER;
use crate::trace::{Duplicate, Keep, Problems, Trace, Unsent, infer, text_at};

impl Builder {
    /// The trace of all that was read.
    ///
    /// # Errors
    /// Every [problem](crate::format::record::Problem) that was found, in the order of the input.
    pub fn finish(mut self) -> Result<Trace, (Sources, Problems)> {
        self.order_passed_over();
        self.settle_all();
        let unread = self.unread_words();
        self.check_channels(&unread);
        self.check_processes(&unread);
        self.check_labels();
        self.check_senders();
        if !self.problems.is_empty() {
            self.problems.sort();
            return Err((self.sources, self.problems));
        }
        let crossing = self.crossing.take();
        let around = (&self.channels, &self.counts[..], &self.pairing);
        let crossed = crossing.map(|crossing| crossing.finish(&mut self.messages, around));
        let (unsent, duplicates) = self.resolve_waiting();
        let mut starts = Vec::with_capacity(self.histories.len() + 1);
        starts.push(0);
        for &count in &self.counts {
            starts.push(starts[starts.len() - 1] + count as usize);
        }
        let clock_processes =
            self.clock_names.iter().map(|name| self.processes.find(name).map(ProcessId::at)).collect();
        let in_order = self.log_is_causal && self.sections.is_none();
        let mut trace = Trace {
            sources: self.sources,
            arena: self.arena,
            processes: self.processes,
            initial: self.initial,
            channels: self.channels,
            histories: self.histories,
            starts,
            log: self.log,
            keep: self.keep,
            stretches: self.stretches,
            messages: self.messages,
            parts: self.parts,
            lists: self.lists,
            unsent,
            duplicates,
            // Where all sends of a process are read before its receives, that they are on their way together says nothing.
            sent_again: self.sent_again.into_iter().filter(|_| in_order).collect(),
            marks: self.marks,
            snapshots: self.snapshots,
            cuts: self.cuts,
            clock_names: self.clock_names,
            clock_processes,
            clock_pairs: self.clock_pairs,
            log_is_causal: self.log_is_causal,
            in_sections: self.in_sections,
            inferred: false,
            lines: self.lines,
            remarks: self.remarks,
            numbers_on_channel: Default::default(),
            fifo: Default::default(),
            arrive: Default::default(),
            own_counts: Default::default(),
            unreceived: Default::default(),
            lags: Default::default(),
            crossed: None,
        };
        if let Some((crossed, fifo, took)) = crossed {
            trace.crossed = Some(crossed);
            trace.fifo = fifo.into();
            if !took.is_empty() {
                trace.lags = lag::of_least(&trace, took).into();
            }
        }
        if trace.messages.len() == 0 && trace.unsent.is_empty() && trace.has_clocks() && trace.keep == Keep::Events {
            infer::messages_from_clocks(&mut trace);
        }
        Ok(trace)
    }

    /// Receives that are left over: either of a message that was received before, or of one whose send is missing.
    fn resolve_waiting(&mut self) -> (Vec<Unsent>, Vec<Duplicate>) {
        let mut by_key: HashMap<(Key, ProcessId), Vec<usize>> = HashMap::new();
        for (i, waiting) in self.waiting.iter().enumerate() {
            if let (false, Some(key)) = (waiting.found, waiting.key) {
                by_key.entry((key, waiting.receive.to)).or_default().push(i);
            }
        }
        let mut of: HashMap<usize, MessageId> = HashMap::new();
        if !by_key.is_empty() {
            for index in 0..self.messages.len() {
                let message = MessageId::at(index);
                let Some(span) = self.messages.name(message) else { continue };
                let Some(name) = text_at(&self.sources, &self.arena, span) else { continue };
                let (from, to) = self.channels.ends(self.messages.rows[index].channel);
                for &i in by_key.get(&(Key::of(name), to)).into_iter().flatten() {
                    let sender = self.waiting[i].receive.from;
                    if self.messages.rows[index].received != NEVER && sender.is_none_or(|s| s == from) {
                        of.entry(i).or_insert(message);
                    }
                }
            }
        }
        let (mut unsent, mut duplicates) = (Vec::new(), Vec::new());
        for (i, waiting) in self.waiting.iter().enumerate().filter(|(_, w)| !w.found) {
            let Unsent { to, received, .. } = waiting.receive;
            let part = match of.get(&i) {
                Some(&message) => {
                    duplicates.push(Duplicate { message, received });
                    Part::Duplicate(duplicates.len() - 1)
                }
                None => {
                    unsent.push(waiting.receive);
                    Part::Unsent(unsent.len() - 1)
                }
            };
            match waiting.part {
                Some(index) => self.parts[index] = Packed::part(part),
                None => self.histories[to.index()].set_action(received, Packed::part(part)),
            }
        }
        (unsent, duplicates)
    }
}
