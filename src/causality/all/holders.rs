//! Who holds which row where clocks are large: each process one, each message in flight one.

use super::merge::Merge;
use super::rows::{Count, Rows};
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// The row of a process is its clock after its last event; that of a message the clock of its sender, of which no more
/// than the count of the sender's own events may be too great.
#[derive(Debug)]
pub(super) struct Holders<'t, 'r, T> {
    trace: &'t Trace,
    rows: &'r mut Rows<T>,
    /// The rows that nobody holds: the last is the next to be used again.
    spare: Vec<u32>,
    /// By process; what is there before its first event and after its last means nothing.
    own: Vec<u32>,
    /// By message, while it is in flight.
    flying: Vec<u32>,
    /// By row: how many hold it, and whose clock it was made as.
    holders: Vec<(u32, ProcessId)>,
}

impl<'t, 'r, T: Count> Holders<'t, 'r, T> {
    pub(super) fn new(trace: &'t Trace, rows: &'r mut Rows<T>) -> Self {
        Self {
            trace,
            rows,
            spare: Vec::new(),
            own: vec![0; trace.process_count()],
            flying: vec![0; trace.message_count()],
            holders: Vec::new(),
        }
    }

    /// Before the first event of a process.
    pub(super) fn begin(&mut self, process: ProcessId) {
        let row = self.take(process);
        self.rows.get_mut(row).fill(T::default());
    }

    /// After its last.
    pub(super) fn end(&mut self, process: ProcessId) {
        self.let_go(self.own[process.index()]);
    }

    /// The process has received what it receives with the same event. The message holds the row of the process, where
    /// the event that sends it is counted next.
    #[inline]
    pub(super) fn send(&mut self, process: ProcessId, message: MessageId) {
        if self.trace.received(message).is_none() {
            return;
        }
        let own = self.own[process.index()];
        self.holders[own as usize].0 += 1;
        self.flying[message.index()] = own;
    }

    /// Takes over what the message knows.
    #[inline]
    pub(super) fn receive(&mut self, process: ProcessId, message: MessageId) {
        let (own, theirs) = (self.own[process.index()], self.flying[message.index()]);
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
        self.rows.merge(Merge { to, one: own, other: theirs, at: sender, count: of_sender });
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
    #[inline]
    pub(super) fn count(&mut self, process: ProcessId, number: u32) -> &[T] {
        let row = self.rows.get_mut(self.own[process.index()]);
        row[process.index()] = T::of(number);
        row
    }

    /// A row of its own for a process, with anything in it.
    #[inline]
    fn take(&mut self, process: ProcessId) -> u32 {
        let row = self.spare.pop().unwrap_or_else(|| {
            self.rows.grow(self.holders.len() + 1);
            self.holders.push((0, process));
            self.holders.len() as u32 - 1
        });
        self.holders[row as usize] = (1, process);
        self.own[process.index()] = row;
        row
    }

    #[inline]
    fn let_go(&mut self, row: u32) {
        let holders = &mut self.holders[row as usize].0;
        *holders -= 1;
        if *holders == 0 {
            self.spare.push(row);
        }
    }
}
