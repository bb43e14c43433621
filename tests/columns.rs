//! A saved trace straight from its columns says what its records say, or is refused.
#![cfg(feature = "arrow")]

mod support;

use std::ops::Range;
use std::sync::Arc;

use clearcut::causality::CausalOrder;
use clearcut::cut::{self, Cut, Verdict, Verification};
use clearcut::format::cut::Place;
use clearcut::format::saved::columns::{Table, Values};
use clearcut::format::saved::{self, Kind, Name};
use clearcut::format::{self, Way};
use clearcut::report;
use clearcut::report::convert::saved::{Used, show};
use clearcut::report::convert::{self, Lines, Shape};
use clearcut::report::text;
use clearcut::report::verify::VerifyReport;
use clearcut::snapshot::{self, Algorithm, Delivery, Initiator, Request};
use clearcut::source::Source;
use clearcut::trace::{Builder, Keep, Trace, Wanted};
use proptest::prelude::*;
use proptest::sample::Index;
use support::random::{Execution, Style, execution};
use support::telling::{Details, details, tell};

/// An execution as JSON Lines.
fn told(execution: &Execution, details: Details) -> Source {
    let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
    tell(execution, details, &mut lines);
    Source::from_text("log", lines.finish().unwrap().out)
}

/// The same where it says nothing but whose events these are and what they send and receive.
fn told_plainly(execution: &Execution) -> Source {
    let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
    let style = Style { grouped: false, unnamed: false, from: true };
    format::text::read(&Arc::new(Source::from_text("log", execution.text(style))), &mut lines);
    Source::from_text("log", lines.finish().unwrap().out)
}

fn trace_of(source: Source) -> Trace {
    let source = Arc::new(source);
    let mut builder = Builder::new();
    builder.source(source.clone());
    format::jsonl::read(&source, &mut builder);
    builder.finish().unwrap_or_else(|(sources, problems)| panic!("{:?}", problems.locate(&sources)))
}

fn save_as(log: &Source, way: Way, trace: &Trace, rows: usize) -> Vec<u8> {
    let mut used = Used::default();
    format::jsonl::read_as(log, way, &mut used);
    let mut table = convert::saved::Table::new(Vec::new(), Kind::Arrow, trace, used).unwrap().with_batches_of(rows);
    format::jsonl::read_as(log, way, &mut table);
    table.finish().unwrap().out
}

/// The same file, whether its events were told one by one or the plain ones by the run.
fn save(log: &Source, trace: &Trace, rows: usize) -> Vec<u8> {
    let saved = save_as(log, Way::Threads(1), trace, rows);
    assert!(saved == save_as(log, Way::Reference, trace, rows));
    saved
}

/// A cut after some part of the log, or anywhere.
fn cut_of(trace: &Trace, positions: &[Index], take: Option<Index>) -> Cut {
    let at = |(p, index): (_, &Index)| index.index(trace.events(p) as usize + 1) as u32;
    let mut cut: Vec<u32> = trace.processes().zip(positions.iter().cycle()).map(at).collect();
    if let Some(take) = take {
        cut.fill(0);
        trace.log_order().take(take.index(trace.event_count() + 1)).for_each(|(p, k)| cut[p.index()] = k);
    }
    Cut::new(trace, cut).unwrap()
}

/// The report on a cut in both forms, as a trace has it that was read from `source` and does not keep single events.
fn reports(trace: &mut Trace, source: &Source, cut: &Cut, clocks: bool) -> (Verification, [String; 2]) {
    let order = CausalOrder::of(trace).unwrap();
    let found = cut::consistency::verify_in(trace, &order, cut.clone(), clocks);
    let proof = text::verify::proof(trace, &order, &found);
    if trace.keeps() < Keep::Events {
        let events = [report::verify::events(trace, &found), text::verify::events(trace, &found, &proof)].concat();
        show(trace, source, &events).unwrap();
    }
    let json = serde_json::to_string(&VerifyReport::new(trace, &found, clocks)).unwrap();
    // A short trace is drawn, which takes its events.
    let text = match trace.event_count() > 40 {
        true => text::verify::text(trace, &order, &found, &proof, false),
        false => String::new(),
    };
    (found, [json, text])
}

/// What a snapshot from the first process records.
fn snapshot_of(trace: &Trace) -> Option<String> {
    let first = trace.processes().next()?;
    let request = Request {
        algorithm: Algorithm::ChandyLamport,
        initiators: vec![Initiator { process: first, position: trace.events(first) / 2 }],
        delivery: Delivery::Late,
        fixes: Vec::new(),
        clocks: true,
    };
    Some(format!("{:?}", snapshot::take(trace, request).ok()?.cut))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn columns_say_what_records_say(
        execution in execution(100),
        details in details(),
        positions in prop::collection::vec(any::<Index>(), 4),
        take in prop::option::of(any::<Index>()),
        (rows, threads) in (1usize..90, 1usize..4),
    ) {
        let log = told(&execution, details);
        let mut whole = trace_of(told(&execution, details));
        let saved = Arc::new(Source::from_text("log", save(&log, &whole, rows)));
        prop_assume!(whole.message_count() > 0);
        let cut = cut_of(&whole, &positions, take);
        let wanted = reports(&mut whole, &log, &cut, true);
        for keep in [Keep::Messages, Keep::Order] {
            let mut lean = Builder::keeping(keep).columns(&saved, threads).unwrap();
            prop_assert_eq!(reports(&mut lean, &saved, &cut, true).1, wanted.1.clone());
            prop_assert_eq!(lean.lines().read, whole.lines().read);
            prop_assert!(lean.named_cuts().eq(whole.named_cuts()));
            prop_assert!(lean.snapshots().iter().eq(whole.snapshots().iter()));
            let marks = |trace: &Trace| -> Vec<_> {
                trace.marks().iter().map(|m| (m.process, m.position, m.snapshot, m.log)).collect()
            };
            prop_assert_eq!(marks(&lean), marks(&whole));
            let labels = |trace: &Trace| -> Vec<_> {
                let of = |p| trace.labels(p).map(|(k, label)| (k, label.to_string())).collect::<Vec<_>>();
                trace.processes().map(of).collect()
            };
            prop_assert_eq!(labels(&lean), labels(&whole));
            if keep == Keep::Order {
                prop_assert!(lean.log_order().eq(whole.log_order()));
                prop_assert_eq!(snapshot_of(&lean), snapshot_of(&whole));
            }
        }
    }

    /// Where one look is enough, it says the same; and it is enough for a consistent cut whose messages in transit have ids.
    #[test]
    fn what_crosses_a_cut_says_what_records_say(
        execution in execution(100),
        details in details(),
        positions in prop::collection::vec(any::<Index>(), 4),
        take in prop::option::of(any::<Index>()),
        (rows, threads) in (1usize..90, 1usize..4),
    ) {
        let log = told(&execution, details);
        let mut whole = trace_of(told(&execution, details));
        let saved = Arc::new(Source::from_text("log", save(&log, &whole, rows)));
        prop_assume!(whole.message_count() > 0);
        let cut = cut_of(&whole, &positions, take);
        let wanted = reports(&mut whole, &log, &cut, false);
        let place = |p| (whole.name(p).to_string(), Place::Count(u64::from(cut.position(p))));
        let places = whole.processes().map(place).collect();
        let read = Builder::crossing(Wanted { places, ..Wanted::default() }).columns(&saved, threads);
        let batches = execution.events.iter().any(|(_, did)| {
            use support::random::Did;
            matches!(did, Did::Receive(ids) | Did::Send(ids) if ids.len() > 1)
        });
        let unnamed = whole.messages().any(|m| whole.message_id(m).is_none());
        match read {
            Err(_) => prop_assert!(wanted.0.verdict != Verdict::Holds || batches || unnamed || !whole.unsent().is_empty()),
            Ok(mut lean) => {
                prop_assert_eq!(lean.crossed().map(|crossed| crossed.positions.as_slice()), Some(cut.positions()));
                prop_assert_eq!(reports(&mut lean, &saved, &cut, false).1, wanted.1);
            }
        }
    }

    /// Where nobody takes positions from their column they are counted, as records are, whatever it says.
    #[test]
    fn positions_that_nobody_takes_change_nothing(
        execution in execution(300),
        positions in prop::collection::vec(any::<Index>(), 4),
        take in any::<Index>(),
        (rows, threads) in (1usize..200, 1usize..3),
        hits in prop::collection::vec((any::<Index>(), any::<Index>(), any::<u8>()), 0..4),
    ) {
        let log = told_plainly(&execution);
        let mut whole = trace_of(told_plainly(&execution));
        prop_assume!(whole.message_count() > 0);
        let mut saved = save(&log, &whole, rows);
        let cut = cut_of(&whole, &positions, Some(take));
        let place = |p| (whole.name(p).to_string(), Place::Count(u64::from(cut.position(p))));
        let wanted = Wanted { places: whole.processes().map(place).collect(), ..Wanted::default() };
        let read = |saved: &Arc<Source>, threads| Builder::crossing(wanted.clone()).columns(saved, threads);
        let is_read = read(&Arc::new(Source::from_text("log", saved.clone())), 1).is_ok();
        let columns = places_of(&saved, &[Name::Position]);
        for (column, at, byte) in hits {
            let column = column.get(&columns).clone();
            saved[column.start + at.index(column.len())] ^= byte;
        }
        let saved = Arc::new(Source::from_text("log", saved));
        let found = read(&saved, threads);
        // They are taken from it where a part begins, and held against it beside rows that are no events.
        prop_assert!(found.is_err() || is_read);
        if let Ok(mut lean) = found {
            let of_records = reports(&mut whole, &log, &cut, false).1;
            prop_assert_eq!(reports(&mut lean, &saved, &cut, false).1, of_records);
        }
    }

    /// Whatever the numbers in its columns are: a table that is not refused says what its records say.
    #[test]
    fn damaged_columns_are_refused_or_change_what_records_say(
        execution in execution(60),
        details in details(),
        rows in 1usize..90,
        threads in 1usize..4,
        hits in prop::collection::vec((any::<Index>(), any::<Index>(), any::<u8>()), 1..3),
    ) {
        let log = told(&execution, details);
        let mut saved = save(&log, &trace_of(told(&execution, details)), rows);
        let places = places_of_numbers(&saved);
        prop_assume!(!places.is_empty());
        for (place, at, byte) in hits {
            let place = place.get(&places).clone();
            saved[place.start + at.index(place.len())] ^= byte;
        }
        let saved = Arc::new(Source::from_text("log", saved));
        let by_records = || {
            let mut builder = Builder::new();
            builder.source(saved.clone());
            saved::read(saved.bytes(), &mut builder).ok()?;
            builder.finish().ok()
        };
        if let Ok(lean) = Builder::keeping(Keep::Messages).columns(&saved, threads) {
            let whole = by_records().expect("what columns say can be read");
            let all = |trace: &Trace| -> Vec<_> {
                let name = |p| trace.name(p).to_string();
                let one = |m| {
                    let (from, to) = trace.ends(m);
                    (name(from), name(to), trace.sent(m), trace.received(m), trace.message_name(m).into_owned())
                };
                trace.messages().map(one).collect()
            };
            prop_assert_eq!(all(&lean), all(&whole));
            let counts = |trace: &Trace| -> Vec<_> {
                trace.processes().map(|p| (trace.name(p).to_string(), trace.events(p))).collect()
            };
            prop_assert_eq!(counts(&lean), counts(&whole));
        }
    }

    /// No bytes make it panic.
    #[test]
    fn damage_anywhere_is_an_error_at_most(
        execution in execution(30),
        details in details(),
        hits in prop::collection::vec((any::<Index>(), any::<u8>()), 1..6),
        cut in prop::option::of(any::<Index>()),
    ) {
        let log = told(&execution, details);
        let mut saved = save(&log, &trace_of(told(&execution, details)), 7);
        for (at, byte) in hits {
            let at = at.index(saved.len());
            saved[at] = byte;
        }
        if let Some(cut) = cut {
            saved.truncate(cut.index(saved.len()));
        }
        let saved = Arc::new(Source::from_text("log", saved));
        for keep in [Keep::Messages, Keep::Order] {
            if let Ok(mut trace) = Builder::keeping(keep).columns(&saved, 2)
                && CausalOrder::of(&trace).is_ok()
            {
                let end = Cut::end(&trace);
                reports(&mut trace, &saved, &end, true);
            }
        }
        let _ = Builder::crossing(Wanted { rest_at_end: true, ..Wanted::default() }).columns(&saved, 2);
    }
}

#[test]
fn events_are_counted_whatever_a_column_of_positions_says() {
    let line = |i: usize| {
        let (from, to) = (i % 3, (i + 1) % 3);
        format!(
            "{{\"process\":\"P{from}\",\"event\":\"send\",\"message\":\"m{i}\",\"to\":\"P{to}\"}}\n\
             {{\"process\":\"P{to}\",\"event\":\"receive\",\"message\":\"m{i}\"}}\n"
        )
    };
    let log = || Source::from_text("log", (0..100).map(line).collect::<String>());
    let mut whole = trace_of(log());
    let mut saved = save(&log(), &whole, 200);
    let [positions] = &places_of(&saved, &[Name::Position])[..] else { panic!("one batch") };
    saved[positions.clone()].fill(7);
    let saved = Arc::new(Source::from_text("log", saved));
    let at = Cut::new(&whole, vec![31, 30, 30]).unwrap();
    let places = whole.processes().map(|p| (whole.name(p).to_string(), Place::Count(u64::from(at.position(p)))));
    let wanted = Wanted { places: places.collect(), ..Wanted::default() };
    let mut lean = Builder::crossing(wanted).columns(&saved, 1).unwrap();
    assert_eq!(reports(&mut lean, &saved, &at, false).1, reports(&mut whole, &log(), &at, false).1);
    // Whoever keeps all messages takes their positions.
    assert!(Builder::keeping(Keep::Messages).columns(&saved, 1).is_err());
}

/// Where the numbers of the columns that pairing filled are in a file.
fn places_of_numbers(saved: &[u8]) -> Vec<Range<usize>> {
    let names = [Name::Event, Name::Process, Name::Position, Name::Peer, Name::PeerPosition, Name::Continues];
    places_of(saved, &names)
}

/// Where some columns of numbers are in a file.
fn places_of(saved: &[u8], names: &[Name]) -> Vec<Range<usize>> {
    let place = |bytes: &[u8]| {
        let start = bytes.as_ptr().addr() - saved.as_ptr().addr();
        start..start + bytes.len()
    };
    let table = Table::of(saved).unwrap();
    let mut places = Vec::new();
    for batch in &table.batches {
        for &name in names {
            let (validity, values) = batch.column(name).parts();
            places.extend(validity.map(place));
            match values {
                Values::Number { bytes, .. } | Values::Words { bytes, .. } | Values::Bool(bytes) => {
                    places.push(place(bytes))
                }
                _ => {}
            }
        }
    }
    places.retain(|place| !place.is_empty());
    places
}

/// A row that goes on where one looks anew on which side all are, with what the last event inside sends.
#[test]
fn the_last_event_inside_may_have_many_rows() {
    for steps in 60..68 {
        let mut lines = Lines::new(Vec::new(), Shape::JsonLines);
        let text = "A: step\n".repeat(steps) + "A: send m -> B, C\nB: receive m\nC: receive m\n";
        format::text::read(&Arc::new(Source::from_text("log", text)), &mut lines);
        let log = Source::from_text("log", lines.finish().unwrap().out);
        let mut whole = trace_of(Source::from_text("log", log.bytes()));
        let saved = Arc::new(Source::from_text("log", save(&log, &whole, 1)));
        let positions = whole.processes().map(|p| if whole.name(p) == "A" { steps as u32 + 1 } else { 0 });
        let cut = Cut::new(&whole, positions.collect()).unwrap();
        let place = |p| (whole.name(p).to_string(), Place::Count(u64::from(cut.position(p))));
        let wanted = Wanted { places: whole.processes().map(place).collect(), ..Wanted::default() };
        let mut lean = Builder::crossing(wanted).columns(&saved, 1).unwrap();
        let of_records = reports(&mut whole, &log, &cut, false).1;
        assert!(of_records[0].contains("\"in_transit\":2"));
        assert_eq!(reports(&mut lean, &saved, &cut, false).1, of_records);
    }
}
