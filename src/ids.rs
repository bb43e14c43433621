//! Typed ids: dense `u32` indices, each of which indexes its own columns.
//!
//! An id is made by the part that owns its columns and by nobody else, so that an id in hand is always in range of
//! the trace that it came from.

use std::fmt;

/// More things of one kind than an id can number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// What there are too many of, in the plural.
    pub what: &'static str,
    /// How many fit.
    pub limit: usize,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "too many {}: at most {} fit in one trace", self.what, self.limit)
    }
}

impl std::error::Error for TooMany {}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $plural:literal, $limit:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// How many of these one trace can hold.
            pub const LIMIT: usize = $limit;

            /// The id of the `index`-th, counted from 0.
            ///
            /// # Errors
            /// [`TooMany`] at [`Self::LIMIT`] and above.
            pub fn new(index: usize) -> Result<Self, TooMany> {
                if index < Self::LIMIT {
                    Ok(Self(index as u32))
                } else {
                    Err(TooMany { what: $plural, limit: Self::LIMIT })
                }
            }

            /// The id of an index that is known to be below the length of a column of these.
            pub(crate) const fn at(index: usize) -> Self {
                debug_assert!(index < Self::LIMIT);
                Self(index as u32)
            }

            /// Where it stands in the columns of its kind.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// One sequential party, named by the log.
    ProcessId, "processes", 1 << 24
}
id! {
    /// One event; the events of a process have consecutive ids.
    EventId, "events", (u32::MAX - 1) as usize
}
id! {
    /// One transfer over one channel, numbered in the order in which the log shows the sends.
    MessageId, "messages", 1 << 29
}
id! {
    /// An ordered pair of processes that is declared or used.
    ChannelId, "channels", (u32::MAX - 1) as usize
}
