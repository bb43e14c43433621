//! Laws of made-up traces, by reading them back.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::format;
use crate::source::Source;
use crate::trace::{Builder, Trace};

fn written(settings: &Settings) -> Vec<u8> {
    let mut log = Vec::new();
    settings.write(&mut log).expect("sound settings, and memory takes all");
    log
}

fn read(settings: &Settings) -> Trace {
    let source = Arc::new(Source::from_text("made-up", written(settings)));
    let format = format::by_name(settings.shape.name()).expect("a format of this name");
    let mut builder = Builder::new();
    builder.source(source.clone());
    (format.read)(&source, &format::Options::default(), 0, &mut builder);
    builder.finish().map_err(|(sources, problems)| problems.locate(&sources)).expect("no problem")
}

/// Every message by its id: sender, number of the send there, receiver, number of the receive.
type Pairs<'t> = BTreeMap<&'t str, (&'t str, u32, &'t str, Option<u32>)>;

fn pairs(trace: &Trace) -> Pairs<'_> {
    let pair = |m| {
        let (from, to) = trace.ends(m);
        (trace.name(from), trace.sent(m), trace.name(to), trace.received(m))
    };
    trace.messages().map(|m| (trace.message_id(m).expect("ids"), pair(m))).collect()
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let mix = (1u32..50, 0u32..50, 0u32..50).prop_map(|(a, b, step)| Mix { send: a.max(b), receive: a.min(b), step });
    (2u32..20, 0u64..3000, mix, 0u32..600, any::<u64>(), any::<[bool; 4]>()).prop_map(
        |(processes, events, mix, in_flight, seed, [unordered, grouped, times, json])| Settings {
            processes,
            events,
            mix,
            in_flight,
            seed,
            unordered,
            grouped,
            times,
            shape: if json { Shape::JsonLines } else { Shape::Trace },
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_made_up_trace_is_as_asked(settings in any_settings()) {
        let trace = read(&settings);
        prop_assert_eq!(trace.event_count() as u64, settings.events);
        prop_assert!(trace.process_count() <= settings.processes as usize);
        prop_assert!(trace.unsent().is_empty() && trace.duplicates().is_empty());
        let whole = u64::from(settings.mix.send + settings.mix.receive + settings.mix.step);
        prop_assert_eq!(trace.message_count() as u64, settings.events * u64::from(settings.mix.send) / whole);
        let received = trace.messages().filter(|&m| trace.received(m).is_some()).count() as u64;
        prop_assert_eq!(received, settings.events * u64::from(settings.mix.receive) / whole);
        prop_assert!(settings.unordered || trace.is_fifo());
        prop_assert!(settings.grouped || trace.log_is_causal());
        prop_assert!(crate::causality::CausalOrder::of(&trace).is_ok());
        // Times are those of the run, in whatever order it is written.
        let all = trace.processes().flat_map(|p| (1..=trace.events(p)).map(move |k| (p, k)));
        let times: Vec<_> = all.filter_map(|(p, k)| trace.time(p, k)).collect();
        prop_assert_eq!(times.len() as u64, if settings.times { settings.events } else { 0 });
        prop_assert_eq!(times.iter().map(|time| time.billionths()).collect::<std::collections::BTreeSet<_>>().len(), times.len());
        for message in trace.messages().filter(|_| settings.times) {
            let (from, to) = trace.ends(message);
            let received = trace.received(message).map(|received| trace.time(to, received));
            prop_assert!(received.is_none_or(|received| trace.time(from, trace.sent(message)) < received));
        }
        let ascend = |p| (2..=trace.events(p)).all(|k| trace.time(p, k - 1) < trace.time(p, k));
        prop_assert!(!settings.times || trace.processes().all(ascend));
    }

    #[test]
    fn format_and_order_of_the_log_do_not_change_the_trace(settings in any_settings()) {
        let plain = Settings { grouped: false, times: false, shape: Shape::Trace, ..settings.clone() };
        let (trace, plain) = (read(&settings), read(&plain));
        prop_assert_eq!(pairs(&trace), pairs(&plain));
        let counts = |t: &Trace| t.processes().map(|p| (t.name(p).to_string(), t.events(p))).collect::<BTreeMap<_, _>>();
        prop_assert_eq!(counts(&trace), counts(&plain));
    }

    #[test]
    fn how_many_processes_are_held_does_not_change_the_log(settings in any_settings(), held in 0u64..4000) {
        let settings = Settings { grouped: true, ..settings };
        let mut log = Vec::new();
        let mut lines = Lines::new(&mut log, settings.shape, settings.times);
        let events = settings.events().expect("sound settings");
        settings.write_grouped(&events, &mut lines, held).expect("memory takes all");
        lines.finish().expect("memory takes all");
        prop_assert!(log == written(&settings));
    }
}

#[test]
fn about_as_many_messages_are_on_their_way_as_asked() {
    for (in_flight, unordered) in [(1, false), (512, false), (512, true), (5000, false)] {
        let settings = Settings { processes: 64, events: 200_000, in_flight, unordered, ..Settings::default() };
        let (mut now, mut sum) = (0u64, 0u64);
        for event in settings.events().expect("sound settings") {
            match event.action {
                Action::Send { .. } => now += 1,
                Action::Receive { .. } => now -= 1,
                Action::Step => {}
            }
            sum += now;
        }
        let mean = sum / settings.events;
        let wanted = u64::from(in_flight);
        assert!(mean >= wanted * 9 / 10 && mean <= wanted * 11 / 10 + 2, "{mean} in the mean, not {wanted}");
    }
}

#[test]
fn messages_overtake_only_if_they_may() {
    let settings = Settings { events: 5000, ..Settings::default() };
    assert!(read(&settings).is_fifo());
    assert!(!read(&Settings { unordered: true, ..settings }).is_fifo());
}

/// A log that is kept as settings and a seed must not change from one release to the next.
#[test]
fn a_seed_stands_for_one_log() {
    let mix = Mix { send: 4, receive: 4, step: 1 };
    let settings = Settings { processes: 3, events: 18, mix, seed: 7, ..Settings::default() };
    let log = String::from_utf8(written(&settings)).expect("ASCII");
    assert_eq!(log, EIGHTEEN, "{log}");
    assert_ne!(written(&Settings { seed: 8, ..settings.clone() }), log.as_bytes());
}

const EIGHTEEN: &str = "\
P1: send m1 -> P3
P2: send m2 -> P1
P3: send m3 -> P2
P2: receive m3
P1: receive m2
P2: send m4 -> P1
P2: send m5 -> P3
P2: send m6 -> P1
P3: send m7 -> P1
P1: receive m4
P1: step
P1: receive m7
P3: receive m5
P1: send m8 -> P3
P3: receive m1
P1: receive m6
P2: step
P3: receive m8
";

#[test]
fn settings_that_no_trace_can_have_are_refused() {
    let refused = |processes, send, receive, step| {
        let mix = Mix { send, receive, step };
        Settings { processes, mix, ..Settings::default() }.events().err()
    };
    assert_eq!(refused(2, 0, 0, 0), Some(Mistake::NoMix));
    assert_eq!(refused(2, 1, 2, 0), Some(Mistake::MoreReceivesThanSends));
    assert_eq!(refused(1, 1, 1, 0), Some(Mistake::TooFewProcesses));
    assert_eq!(refused(0, 0, 0, 1), Some(Mistake::TooFewProcesses));
    assert_eq!(refused(u32::MAX, 1, 1, 0), Some(Mistake::TooManyProcesses));
    assert_eq!(refused(1, 0, 0, 1), None);
    assert_eq!(refused(2, u32::MAX, u32::MAX, u32::MAX), None);
}
