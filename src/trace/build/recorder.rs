//! Algorithms that decide on a cut while the log is read.

use std::fmt::Debug;

use super::limits::Limits;
use crate::ids::{ChannelId, ProcessId};
use crate::trace::channels::Channels;
use crate::trace::pairing::Pairing;

/// A message that is received.
#[derive(Clone, Copy, Debug)]
pub struct Transit {
    /// Its channel.
    pub channel: ChannelId,
    /// Which event of the sender sent it, from 1.
    pub sent: u32,
    /// Which event of the receiver receives it, from 1.
    pub received: u32,
}

/// What there is to see when so many events have happened, and where processes record.
#[derive(Debug)]
pub struct Scene<'s> {
    /// The channels that are declared or were used.
    pub channels: &'s Channels,
    /// How many events of each process have happened.
    pub counts: &'s [u32],
    pub(super) pairing: &'s Pairing,
    pub(super) limits: &'s mut Limits,
}

impl Scene<'_> {
    /// A process records: no event after this position is inside.
    pub fn record(&mut self, process: ProcessId, position: u32) {
        self.limits.set(process, position);
    }

    /// How many messages are on their way, by channel. Time: linear in the most that ever were.
    pub fn in_flight(&self) -> Vec<u32> {
        let mut counts = vec![0; self.channels.len()];
        self.pairing.on_their_way().for_each(|message| counts[message.channel.index()] += 1);
        counts
    }
}

/// An algorithm that runs along while a causal log is read, and decides where its processes record. It is told of events
/// by the hundred where it says that none of them matters by itself.
pub trait Recorder: Debug {
    /// A process is named for the first time; false where that comes too late.
    fn process(&mut self, name: &str) -> bool;

    /// Whether any process has recorded.
    fn has_begun(&self) -> bool;

    /// Whether one of the next events, up to so many, matters by itself; their labels were told.
    fn is_near(&self, counts: &[u32], events: usize) -> bool;

    /// An event, which has not been told of, has a label.
    fn label(&mut self, process: ProcessId, position: u32, label: &str);

    /// While it is awake: a message is sent.
    fn sent(&mut self, channel: ChannelId);

    /// While it is awake: a message is about to be received, by the only event that has not been told of.
    fn received(&mut self, scene: &mut Scene<'_>, message: Transit);

    /// So many events have happened. Whether it must be told of every message from here on.
    fn happened(&mut self, scene: &mut Scene<'_>, events: usize) -> bool;

    /// The log has ended. Whether all is known that can be: every process recorded, or who should begin is nowhere.
    fn end(&mut self, scene: &mut Scene<'_>) -> bool;

    /// Whether this log takes more than running along.
    fn gave_up(&self) -> bool;
}
