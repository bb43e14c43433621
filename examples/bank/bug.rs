//! The classic mistakes in snapshots, each made on purpose.
//!
//! A mistake that needs luck to show is no example. p1 makes it in s1, which it starts itself, at the moment when a
//! transfer lies unread in a channel to it; call its sender q. Nobody else has recorded yet, as every marker of s1
//! comes after p1's, so this transfer is in the channel at the cut, however the processes are scheduled. Each mistake
//! is about that channel or its sender, and so shows in every run.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Bug {
    /// The marker to one process goes out after the next transfer to it
    ///
    /// p1 makes that transfer, to q, right between the record and the marker. q receives it before p1's marker: either
    /// q has not recorded and the cut holds a receive without its send, or it has and records what was sent after the
    /// cut.
    MarkerLate,
    /// One incoming channel is not recorded
    ///
    /// It is that from q, with the transfer in it.
    ChannelForgotten,
    /// All channels are closed at the first marker, whichever channel it comes from
    ///
    /// p1 leaves the channel from q unread until then, as a slow one would be. q's marker is behind the transfer, so
    /// the first one to arrive is of a third process.
    RecordingStoppedEarly,
    /// The balance is copied after the next event
    ///
    /// Whatever the next event is, it changes the balance; if it is the receive of q's transfer, the money is counted
    /// twice.
    StateAfterNextEvent,
}
