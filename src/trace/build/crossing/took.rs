//! How long messages took by the clocks of their ends, as they are received: of each channel those that took least are kept.

use super::{Crosses, Crossing};
use crate::ids::MessageId;
use crate::trace::audit::lag::Lags;
use crate::trace::build::quick::Received;
use crate::trace::history::History;

/// More channels than this are better looked at when all messages are known.
const CHANNELS: usize = 1 << 16;

/// What the messages of a channel took.
#[derive(Clone, Copy, Debug, Default)]
struct OfChannel {
    lags: Lags,
    /// The message that took least, and that of those whose times are of one kind.
    least: [Option<Crosses>; 2],
}

/// What messages took, by channel.
#[derive(Debug, Default)]
pub(super) struct Took {
    /// Whether any event has a time.
    is_timed: bool,
    channels: Vec<OfChannel>,
}

impl Took {
    /// Messages are received, on some of so many channels: false where there are too many.
    fn receive<'t>(
        &mut self,
        channels: usize,
        received: impl Iterator<Item = Received<'t>>,
        histories: &[History],
    ) -> bool {
        if channels > CHANNELS {
            return false;
        }
        if channels > self.channels.len() {
            self.channels.resize(channels.next_power_of_two(), OfChannel::default());
        }
        for (sent, position) in received {
            let time = |process: u32, position: u32| histories[process as usize].times.get(position);
            let Some((from, to)) = time(sent.from, sent.sent).zip(time(sent.to, position)) else { continue };
            let of = &mut self.channels[sent.channel as usize];
            let is_least = of.lags.add(MessageId::at(sent.value as usize), from, to);
            for (least, is_least) in of.least.iter_mut().zip(is_least) {
                if is_least {
                    *least = Some(Crosses { sent: sent.on_its_way(), received: position });
                }
            }
        }
        true
    }
}

impl Crossing {
    /// Events have times: from now on messages are asked how long they took. What was received before has no time there.
    pub(in super::super) fn note_times(&mut self) {
        if let Some(model) = &mut self.model {
            model.took.is_timed = true;
        }
    }

    /// Messages are received by events whose times are known.
    #[inline(always)]
    pub(in super::super) fn took<'t>(
        &mut self,
        channels: usize,
        received: impl Iterator<Item = Received<'t>>,
        histories: &[History],
    ) {
        if let Some(model) = &mut self.model
            && model.took.is_timed
        {
            self.gave_up |= !model.took.receive(channels, received, histories);
        }
    }

    /// The messages that took least, which are kept with what crosses the cut; and what all of them took, by channel.
    pub(super) fn keep_least(&mut self) -> Vec<Lags> {
        let Some(model) = &mut self.model else { return Vec::new() };
        let channels = std::mem::take(&mut model.took.channels);
        for OfChannel { least: [least, alike], .. } in &channels {
            let other = alike.filter(|alike| least.is_none_or(|least| least.sent.message != alike.sent.message));
            for crosses in least.iter().chain(&other) {
                // They have both ends inside.
                self.crosses.push(*crosses);
                self.before -= 1;
                self.settled -= 1;
            }
        }
        channels.into_iter().map(|of| of.lags).collect()
    }
}
