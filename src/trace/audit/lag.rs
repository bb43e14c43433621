//! How long messages took by the clocks of their ends, channel by channel.

use std::ops::Range;

use crate::format::time::Time;
use crate::ids::MessageId;
use crate::trace::Trace;
use crate::trace::both::{LARGE, both};
use crate::trace::times::Narrow;

/// The messages of a channel that have both times.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::trace) struct Lags {
    /// How many were received before they were sent.
    pub(super) too_early: usize,
    /// Which took least, and how long, in billionths.
    pub(super) least: Option<(i128, MessageId)>,
    /// The same of those whose times are of one kind.
    pub(super) alike: Alike,
}

/// Messages of a channel whose times are both dates, or both numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::trace) struct Alike {
    pub(super) count: usize,
    pub(super) too_early: usize,
    pub(super) least: Option<(i128, MessageId)>,
    /// The first of them, and whether its times are dates.
    pub(super) first: Option<(MessageId, bool)>,
}

impl Lags {
    /// Adds a message, in any order: whether it took least of all, and of those whose times are of one kind.
    pub(in crate::trace) fn add(&mut self, message: MessageId, sent: Time, received: Time) -> [bool; 2] {
        let took = received.billionths().saturating_sub(sent.billionths());
        let is_date = (sent.is_calendar() == received.is_calendar()).then_some(sent.is_calendar());
        self.add_lag(message, took, is_date)
    }

    /// A message took so many billionths; whether its times are dates, if both are or none.
    #[inline]
    fn add_lag(&mut self, message: MessageId, took: i128, is_date: Option<bool>) -> [bool; 2] {
        let is_less = |least: Option<(i128, MessageId)>| least.is_none_or(|least| (took, message) < least);
        let too_early = usize::from(took < 0);
        let is_least = [is_less(self.least), is_date.is_some() && is_less(self.alike.least)];
        self.too_early += too_early;
        if is_least[0] {
            self.least = Some((took, message));
        }
        if let Some(is_date) = is_date {
            let alike = &mut self.alike;
            alike.count += 1;
            alike.too_early += too_early;
            if is_least[1] {
                alike.least = Some((took, message));
            }
            if alike.first.is_none_or(|(first, _)| message < first) {
                alike.first = Some((message, is_date));
            }
        }
        is_least
    }

    /// These and those of later messages.
    fn and(self, later: Self) -> Self {
        let (a, b) = (self.alike, later.alike);
        let alike = Alike {
            count: a.count + b.count,
            too_early: a.too_early + b.too_early,
            least: less(a.least, b.least),
            first: a.first.or(b.first),
        };
        Self { too_early: self.too_early + later.too_early, least: less(self.least, later.least), alike }
    }
}

/// What is less, or comes first where both are alike.
fn less(one: Option<(i128, MessageId)>, later: Option<(i128, MessageId)>) -> Option<(i128, MessageId)> {
    match (one, later) {
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    }
}

impl Trace {
    /// Of each channel, looked for when it is asked for first. Time: linear in the messages, by two threads where these are
    /// many; space: the channels.
    pub(super) fn lags(&self) -> &[Lags] {
        self.lags.get_or_init(|| of_channels(self))
    }
}

/// The same of a trace that keeps of each channel those messages that took least; all of them took this, by other numbers.
pub(in crate::trace) fn of_least(trace: &Trace, mut all: Vec<Lags>) -> Vec<Lags> {
    let of_kept = of_channels(trace);
    all.resize(of_kept.len(), Lags::default());
    let with_least = |(all, kept): (Lags, Lags)| Lags {
        least: kept.least,
        alike: Alike { least: kept.alike.least, ..all.alike },
        ..all
    };
    all.into_iter().zip(of_kept).map(with_least).collect()
}

fn of_channels(trace: &Trace) -> Vec<Lags> {
    let (count, channels) = (trace.messages().len(), trace.channels().len());
    let narrow = Narrow::of_all(trace.histories.iter().map(|history| &history.times));
    let part = |messages: Range<usize>| {
        let mut all = vec![Lags::default(); channels];
        for message in messages.map(MessageId::at) {
            let Some(received) = trace.received(message) else { continue };
            let ((from, to), sent) = (trace.ends(message), trace.sent(message));
            let lags = &mut all[trace.channel_of(message).index()];
            if let Some((narrow, columns)) = &narrow {
                // Numbers of one kind: they need not become times.
                let times = columns[from.index()].get(sent).zip(columns[to.index()].get(received));
                if let Some((sent, received)) = times {
                    lags.add_lag(message, narrow.between(sent, received), Some(narrow.is_date()));
                }
            } else if let Some((sent, received)) = trace.time(from, sent).zip(trace.time(to, received)) {
                lags.add(message, sent, received);
            }
        }
        all
    };
    // Two lists of very many channels cost more than they save.
    if count < LARGE || channels > count / 8 {
        return part(0..count);
    }
    let (later, earlier) = both(|| part(count / 2..count), || part(0..count / 2));
    earlier.into_iter().zip(later).map(|(one, later)| one.and(later)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// By two threads it is what one finds.
    #[test]
    fn halves_are_the_whole() {
        for mixed in [false, true] {
            halves_are_the_whole_of(mixed);
        }
    }

    fn halves_are_the_whole_of(mixed: bool) {
        let mut log = String::new();
        for message in 0..LARGE + 100 {
            // Some take the same time, some are dates, some have none.
            let (sent, took) = (message % 1000 + 100, message as i64 * 7919 % 211 - 50);
            let at = |time: i64, end: usize| match (message + end) % 97 {
                0 if mixed => format!(" @ 1970-01-01T00:{:02}:{:02}Z", time / 60, time % 60),
                1 => String::new(),
                _ => format!(" @ {time}"),
            };
            let (from, to) = (message % 3, (message + 1) % 3);
            let _ = writeln!(log, "P{from}: send m{message} -> P{to}{}", at(sent as i64, 0));
            let _ = writeln!(log, "P{to}: receive m{message}{}", at(sent as i64 + took, 1));
        }
        let trace = Trace::from_text(&log).expect("a trace");
        let (count, of_all) = (trace.message_count(), trace.lags());
        let mut wanted = vec![Lags::default(); trace.channels().len()];
        for message in (0..count).map(MessageId::at) {
            let (from, to) = trace.ends(message);
            let times = trace.time(from, trace.sent(message)).zip(trace.time(to, trace.received(message).unwrap()));
            let Some((sent, received)) = times else { continue };
            wanted[trace.channel_of(message).index()].add(message, sent, received);
        }
        assert_eq!(format!("{of_all:?}"), format!("{wanted:?}"));
        assert!(of_all.iter().all(|lags| lags.alike.least.is_some_and(|(least, _)| least == -50_000_000_000)));
    }
}
