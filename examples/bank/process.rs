//! One process of the bank: sends, receives, records, and logs each of them as it happens.

use std::io;

use crate::bug::Bug;
use crate::log::Log;
use crate::network::{Frame, Network};
use crate::plan::{MOST, Plan, Random, name};
use crate::snapshot::{Recording, id};

/// The process, from its first transfer to the end of its channels.
pub struct Process<'p> {
    plan: &'p Plan,
    number: usize,
    balance: u64,
    /// To whom it will transfer money, the next one last.
    receivers: Vec<usize>,
    sent: usize,
    received: usize,
    /// What it recorded, by snapshot.
    recordings: Vec<Option<Recording>>,
    /// A channel that it does not read for now, for a bug.
    unread: Option<usize>,
    network: Network,
    random: Random,
    log: Log,
}

impl<'p> Process<'p> {
    /// A process that has done nothing.
    pub fn new(plan: &'p Plan, number: usize, network: Network) -> Self {
        let mut random = Random::of(plan.seed, number);
        let mut receivers = plan.receivers(number, &mut random);
        receivers.reverse();
        let balance = plan.initial();
        let log = Log::new(name(number), balance, plan.peers(number).map(name));
        let recordings = (0..plan.snapshots).map(|_| None).collect();
        let (sent, received, unread) = (0, 0, None);
        Self { plan, number, balance, receivers, sent, received, recordings, unread, network, random, log }
    }

    /// Runs to the end; returns the log.
    pub fn run(mut self) -> io::Result<Log> {
        let mut closed = false;
        loop {
            self.network.gather()?;
            let senders: Vec<usize> = self.network.senders().filter(|&from| Some(from) != self.unread).collect();
            // It sends when it has nothing to read, and now and then else; it reads channels in any order.
            if self.may_send() && (senders.is_empty() || self.random.below(2) == 0) {
                self.next_transfer()?;
            } else if !senders.is_empty() {
                let from = senders[self.random.below(senders.len() as u64) as usize];
                self.read(from)?;
            } else if !closed && self.receivers.is_empty() && self.recordings.iter().all(Option::is_some) {
                // Neither transfers nor markers are left to send.
                self.network.close();
                closed = true;
            } else if self.network.is_over() {
                return Ok(self.log);
            } else {
                self.network.wait()?;
            }
        }
    }

    /// Whether it has a transfer to make, and is not too far ahead of what it received.
    fn may_send(&self) -> bool {
        !self.receivers.is_empty() && self.sent < self.received + self.plan.ahead()
    }

    fn next_transfer(&mut self) -> io::Result<()> {
        match self.receivers.pop() {
            Some(to) => self.transfer(to),
            None => Ok(()),
        }
    }

    fn transfer(&mut self, to: usize) -> io::Result<()> {
        let amount = 1 + self.random.below(MOST);
        self.sent += 1;
        self.balance -= amount;
        let message = format!("{}-{}", name(self.number), self.sent);
        self.log.send(&message, name(to), amount, self.balance);
        self.network.send(to, &Frame::Transfer { message, amount })?;
        self.after_event();
        Ok(())
    }

    /// Acts on the next frame from a process, unless a snapshot is due before it.
    fn read(&mut self, from: usize) -> io::Result<()> {
        if let (Some(Frame::Transfer { .. }), Some(snapshot)) = (self.network.next(from), self.due()) {
            return self.start(snapshot, from);
        }
        match self.network.take(from) {
            Some(Frame::Transfer { message, amount }) => self.receive(from, &message, amount),
            Some(Frame::Marker(snapshot)) => return self.receive_marker(from, snapshot),
            None => {}
        }
        Ok(())
    }

    fn receive(&mut self, from: usize, message: &str, amount: u64) {
        self.received += 1;
        self.balance += amount;
        self.log.receive(message, name(from), self.balance);
        self.recordings.iter_mut().flatten().for_each(|recording| recording.message(from, message));
        self.after_event();
    }

    /// A snapshot that it is to start now.
    fn due(&self) -> Option<usize> {
        let not_yet = |&snapshot: &usize| self.recordings[snapshot].is_none();
        let own = (0..self.plan.snapshots).filter(|&snapshot| self.plan.starter(snapshot) == self.number);
        own.filter(not_yet).find(|&snapshot| self.plan.starts_after(snapshot) <= self.received)
    }

    /// Starts a snapshot, while a transfer of `sender` is unread.
    fn start(&mut self, snapshot: usize, sender: usize) -> io::Result<()> {
        let bug = self.plan.bug.filter(|_| snapshot == 0);
        self.record(snapshot, bug == Some(Bug::StateAfterNextEvent));
        match bug {
            Some(Bug::ChannelForgotten) => self.close(snapshot, sender),
            Some(Bug::RecordingStoppedEarly) => self.unread = Some(sender),
            _ => {}
        }
        self.send_markers(snapshot, (bug == Some(Bug::MarkerLate)).then_some(sender))
    }

    /// The first marker makes a process record; every marker ends the recording of its channel.
    fn receive_marker(&mut self, from: usize, snapshot: usize) -> io::Result<()> {
        self.log.receive_marker(id(snapshot), name(from));
        if self.recordings.get(snapshot).is_some_and(Option::is_none) {
            self.record(snapshot, false);
            self.send_markers(snapshot, None)?;
        }
        self.close(snapshot, from);
        if snapshot == 0 && self.unread.take().is_some() {
            self.plan.peers(self.number).for_each(|peer| self.close(snapshot, peer));
        }
        Ok(())
    }

    /// Records the state, and turns the recording of all incoming channels on.
    fn record(&mut self, snapshot: usize, without_state: bool) {
        let line = self.log.record(id(snapshot));
        let mut recording = Recording::start(line, self.plan.peers(self.number));
        recording.has_state = !without_state;
        if !without_state {
            self.log.recorded_state(line, self.balance);
        }
        self.recordings[snapshot] = Some(recording);
    }

    /// Right after the record, before any other message: a marker on every outgoing channel.
    fn send_markers(&mut self, snapshot: usize, late_to: Option<usize>) -> io::Result<()> {
        for to in self.plan.peers(self.number) {
            if late_to == Some(to) {
                self.transfer(to)?;
            }
            self.log.send_marker(id(snapshot), name(to));
            self.network.send(to, &Frame::Marker(snapshot))?;
        }
        Ok(())
    }

    /// Turns the recording of a channel off; with the last one the record is complete.
    fn close(&mut self, snapshot: usize, from: usize) {
        let Some(recording) = self.recordings.get_mut(snapshot).and_then(Option::as_mut) else { return };
        recording.close(from);
        if let Some(contents) = recording.contents() {
            self.log.recorded_channels(recording.line, contents);
        }
    }

    /// A bug's late copy of the balance.
    fn after_event(&mut self) {
        for recording in self.recordings.iter_mut().flatten().filter(|recording| !recording.has_state) {
            self.log.recorded_state(recording.line, self.balance);
            recording.has_state = true;
        }
    }
}
