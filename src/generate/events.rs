//! A made-up run, one event at a time.

use super::random::Random;
use super::transit::{Message, Transit};
use super::{Mistake, Settings};
use crate::ids::ProcessId;

/// More on their way than this need more memory than machines have.
const MOST_IN_FLIGHT: u64 = 1 << 31;

/// One event of a made-up run. Processes are numbered from 0, messages from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// How many events of the run come before it.
    pub number: u64,
    /// Whose event it is.
    pub process: u32,
    /// What it does.
    pub action: Action,
}

/// What an event of a made-up run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A local step.
    Step,
    /// Sends a message to another process.
    Send {
        /// The message.
        message: u64,
        /// Its receiver.
        to: u32,
    },
    /// Receives a message.
    Receive {
        /// The message.
        message: u64,
    },
}

/// The events of a run, in an order that respects happens-before.
///
/// Each is drawn from what is left of the mix, so that the mix comes out exactly; sends are three times as likely, as
/// that alone would make them, while fewer messages than asked are on their way, and receives while there are more.
#[derive(Clone, Debug)]
pub struct Events {
    random: Random,
    processes: u32,
    transit: Transit,
    /// How many are on their way, and how many there should be.
    in_flight: u64,
    wanted: u64,
    steps: u64,
    sends: u64,
    receives: u64,
    /// How many of the sends that are left are never received.
    lost: u64,
    message: u64,
    /// How many events there were.
    number: u64,
}

impl Events {
    pub(super) fn new(settings: &Settings) -> Result<Self, Mistake> {
        let mix = settings.mix;
        let whole = u128::from(mix.send) + u128::from(mix.receive) + u128::from(mix.step);
        if whole == 0 {
            return Err(Mistake::NoMix);
        }
        if mix.receive > mix.send {
            return Err(Mistake::MoreReceivesThanSends);
        }
        let share = |part: u32| (u128::from(settings.events) * u128::from(part) / whole) as u64;
        let (sends, receives) = (share(mix.send), share(mix.receive));
        if settings.processes == 0 || (mix.send > 0 && settings.processes < 2) {
            return Err(Mistake::TooFewProcesses);
        }
        if settings.processes as usize > ProcessId::LIMIT {
            return Err(Mistake::TooManyProcesses);
        }
        Ok(Self {
            random: Random::new(settings.seed),
            processes: settings.processes,
            transit: Transit::new(settings.unordered),
            in_flight: 0,
            wanted: u64::from(settings.in_flight).min(receives / 4).clamp(1, MOST_IN_FLIGHT),
            steps: settings.events - sends - receives,
            sends,
            receives,
            lost: sends - receives,
            message: 0,
            number: 0,
        })
    }

    fn left(&self) -> u64 {
        self.steps + self.sends + self.receives
    }

    fn any_process(&mut self) -> u32 {
        self.random.below(u64::from(self.processes)) as u32
    }

    fn sends_next(&mut self) -> bool {
        let (sends, receives) = match self.in_flight < self.wanted {
            true => (self.sends.saturating_mul(3), self.receives),
            false => (self.sends, self.receives.saturating_mul(3)),
        };
        self.in_flight == 0 || self.random.chance(sends, sends.saturating_add(receives))
    }

    fn event(&mut self, process: u32, action: Action) -> Event {
        self.number += 1;
        Event { number: self.number - 1, process, action }
    }

    fn send(&mut self) -> Event {
        let process = self.any_process();
        // Any process but the sender.
        let other = self.random.below(u64::from(self.processes) - 1) as u32;
        let to = if other < process { other } else { other + 1 };
        self.message += 1;
        let message = self.message;
        if self.random.chance(self.lost, self.sends) {
            self.lost -= 1;
        } else {
            self.transit.put(Message { id: message, from: process, to });
            self.in_flight += 1;
        }
        self.sends -= 1;
        self.event(process, Action::Send { message, to })
    }
}

impl Iterator for Events {
    type Item = Event;

    #[inline]
    fn next(&mut self) -> Option<Event> {
        let left = self.left();
        if left == 0 {
            return None;
        }
        if self.random.chance(self.steps, left) {
            self.steps -= 1;
            let process = self.any_process();
            return Some(self.event(process, Action::Step));
        }
        if self.sends > 0 && self.sends_next() {
            return Some(self.send());
        }
        // What is left to receive is on its way or will be sent, so there is one.
        let message = self.transit.take(&mut self.random)?;
        self.receives -= 1;
        self.in_flight -= 1;
        Some(self.event(message.to, Action::Receive { message: message.id }))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, usize::try_from(self.left()).ok())
    }
}
