//! Who holds which row: each process one, each message in flight one.

use super::rows::{Count, Rows};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// Rows of at least so many bytes are shared by a process and its messages. Smaller ones are copied sooner than it is told
/// whether they must be.
const SHARED: usize = 1024;

/// The row of a process is its clock after its last event; that of a message the clock of its sender, of which no more
/// than the count of the sender's own events may be too great where rows are shared.
#[derive(Debug)]
pub(super) struct Holders<'t, T> {
    trace: &'t Trace,
    rows: Rows<T>,
    shared: bool,
    /// By process; what is there before its first event and after its last means nothing.
    own: Vec<u32>,
    /// By message, while it is in flight.
    flying: Vec<u32>,
    /// By row, where rows are shared: how many hold it, and whose clock it was made as.
    holders: Vec<(u32, ProcessId)>,
}

impl<'t, T: Count> Holders<'t, T> {
    pub(super) fn new(trace: &'t Trace) -> Self {
        let rows = Rows::new(trace.process_count());
        Self {
            trace,
            shared: rows.bytes() >= SHARED,
            rows,
            own: vec![0; trace.process_count()],
            flying: vec![0; trace.message_count()],
            holders: Vec::new(),
        }
    }

    pub(super) fn trace(&self) -> &'t Trace {
        self.trace
    }

    /// How many rows were in use at any time.
    #[cfg(test)]
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Before the first event of a process.
    pub(super) fn begin(&mut self, process: ProcessId) {
        let row = self.take(process);
        self.rows.clear(row);
    }

    /// After its last.
    pub(super) fn end(&mut self, process: ProcessId) {
        self.let_go(self.own[process.index()]);
    }

    /// Before the event that sends it is counted. The process has received what it receives with the same event.
    #[inline(always)]
    pub(super) fn send(&mut self, process: ProcessId, number: u32, message: MessageId) {
        if self.trace.received(message).is_none() {
            return;
        }
        let own = self.own[process.index()];
        if self.shared {
            self.holders[own as usize].0 += 1;
            self.flying[message.index()] = own;
            return;
        }
        // The count is written to the copy and not before it: a row is read slowly just after a part of it was written.
        let copy = self.rows.take();
        self.rows.copy(copy, own);
        self.rows.get_mut(copy)[process.index()] = T::of(number);
        self.flying[message.index()] = copy;
    }

    /// Takes over what the message knows.
    #[inline(always)]
    pub(super) fn receive(&mut self, process: ProcessId, message: MessageId) {
        let (own, theirs) = (self.own[process.index()], self.flying[message.index()]);
        if !self.shared {
            self.rows.merge(own, own, theirs);
            self.rows.give_back(theirs);
            return;
        }
        // The sender may have had events since that are counted in the row, and no event of it is behind the message but
        // those up to the send.
        let (sender, sent) = (self.holders[theirs as usize].1.index(), T::of(self.trace.sent(message)));
        let of_sender = self.rows.get(own)[sender].max(sent);
        // The result goes where a row is in memory that nobody else needs.
        let alone = self.holders[own as usize].0 == 1;
        let last = self.holders[theirs as usize].0 == 1;
        let to = match (alone, last) {
            (true, _) => own,
            (false, true) => theirs,
            (false, false) => self.take(process),
        };
        self.rows.merge(to, own, theirs);
        self.rows.get_mut(to)[sender] = of_sender;
        if to == theirs {
            self.holders[to as usize] = (1, process);
            self.own[process.index()] = to;
        } else {
            self.let_go(theirs);
        }
        if to != own {
            self.let_go(own);
        }
    }

    /// The clock of a process at its event of this number, which is counted.
    #[inline(always)]
    pub(super) fn count(&mut self, process: ProcessId, number: u32) -> &[T] {
        let row = self.rows.get_mut(self.own[process.index()]);
        row[process.index()] = T::of(number);
        row
    }

    /// A row of its own for a process.
    #[inline]
    fn take(&mut self, process: ProcessId) -> u32 {
        let row = self.rows.take();
        if self.shared {
            self.holders.resize(self.rows.len().max(self.holders.len()), (0, process));
            self.holders[row as usize] = (1, process);
        }
        self.own[process.index()] = row;
        row
    }

    #[inline]
    fn let_go(&mut self, row: u32) {
        if self.shared {
            let holders = &mut self.holders[row as usize].0;
            *holders -= 1;
            if *holders > 0 {
                return;
            }
        }
        self.rows.give_back(row);
    }
}
