//! A log of one process after another that was read by its sections.

use std::sync::Arc;

use super::Trace;
use crate::ids::{MessageId, ProcessId};

/// What such a log shows, and what was found while it was read.
#[derive(Clone, Debug)]
pub(super) struct InSections {
    /// By process, the address of its first event.
    pub(super) starts: Vec<u64>,
    /// The process of each event, in an order of the events that respects happens-before; empty where the trace keeps no
    /// order.
    pub(super) processes: Arc<Vec<ProcessId>>,
    /// The messages by their sends, in this order.
    pub(super) messages: Arc<Vec<MessageId>>,
}

/// An event and the message that it receives.
pub(super) type Receive = (ProcessId, u32, MessageId);

/// The process of each event, in some order, and the messages by their sends.
pub(crate) type InOrder = (Arc<Vec<ProcessId>>, Arc<Vec<MessageId>>);

impl Trace {
    /// The events, as far as their order is kept, and the messages in an order that respects happens-before, where one was
    /// found while the log was read: a process after another, each as far as its receives allow.
    pub(crate) fn order_by_sections(&self) -> Option<InOrder> {
        self.in_sections.as_ref().map(|sections| (sections.processes.clone(), sections.messages.clone()))
    }

    /// Of a log of one process after another, how many receives it shows above their sends, and the first of them. Time:
    /// O(messages).
    pub(super) fn receives_above_sends(&self) -> Option<(usize, Option<Receive>)> {
        let InSections { starts, .. } = self.in_sections.as_ref()?;
        let (mut count, mut first) = (0, None);
        for message in self.messages() {
            let (from, to) = self.ends(message);
            let start = starts[to.index()];
            if let Some(received) = self.received(message)
                && start < starts[from.index()]
            {
                count += 1;
                first = Some(first.map_or((start, received, message), |first| (start, received, message).min(first)));
            }
        }
        Some((count, first.map(|(_, received, message)| (self.ends(message).1, received, message))))
    }
}
