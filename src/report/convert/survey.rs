//! What a log has, before it is known how to convert it.

use std::ops::Range;

use crate::format::record::{
    ChannelRecord, CutRecord, EventRecord, MarkRecord, PlainRun, Problem, ProcessRecord, Sink,
};

/// Looks at records and keeps none of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Survey {
    /// Some event sends or receives a message.
    pub messages: bool,
    /// Some event has a logged clock.
    pub clocks: bool,
}

impl Survey {
    /// Whether messages can be inferred from the clocks, as the log shows none.
    pub fn is_to_infer(self) -> bool {
        self.clocks && !self.messages
    }
}

impl Sink for Survey {
    fn process(&mut self, _: ProcessRecord<'_>) {}
    fn channel(&mut self, _: ChannelRecord<'_>) {}
    fn event(&mut self, event: &EventRecord<'_>) {
        self.messages |= !event.transfers.is_empty();
        self.clocks |= event.clock.is_some_and(|clock| !clock.is_empty());
    }
    fn plain_events(&mut self, run: PlainRun<'_>) {
        self.messages |= !(run.lines.sends.is_empty() && run.lines.receives.is_empty());
    }
    fn mark(&mut self, _: MarkRecord<'_>) {}
    fn cut(&mut self, _: CutRecord<'_>) {}
    fn skipped(&mut self, _: Range<usize>) {}
    fn problem(&mut self, _: Problem) {}
    fn lines(&mut self, _: usize) {}
}
