//! An audit in the space of the messages in flight says what one of the whole trace does, or gives up.

mod support;

use std::sync::Arc;

use clearcut::format::{self, Way};
use clearcut::generate::{Settings, Shape};
use clearcut::report::check::{self, Checked};
use clearcut::source::Source;
use clearcut::trace::audit::{Audit, Rule, ids_are_numbers, skew};
use clearcut::trace::{Builder, Keep, Trace};
use proptest::prelude::*;
use support::random::{Did, Style, execution};

/// What the report says, as text and as JSON.
fn told(trace: &Trace) -> (String, String) {
    let (audit, skews) = (Audit::of(trace), skew::of(trace));
    let checked = Checked::new(trace, &audit, None).with_skews(trace, &skews);
    let text = check::text(&checked) + &check::skew_text(trace, &skews, true);
    (text, serde_json::to_string(&checked.report()).unwrap())
}

fn read(source: &Arc<Source>, builder: &mut Builder) {
    let jsonl = source.bytes().starts_with(b"{");
    let read = if jsonl { format::jsonl::read_as } else { format::text::read_as };
    builder.source(source.clone());
    read(source, Way::Threads(2), builder);
}

/// A trace, or what is wrong with the log.
type Found = Result<Trace, String>;

fn finish(builder: Builder) -> Found {
    builder.finish().map_err(|(_, problems)| format!("{problems:?}"))
}

fn whole(source: &Arc<Source>) -> Found {
    let mut builder = Builder::new();
    read(source, &mut builder);
    finish(builder)
}

/// The trace of an audit that goes along, with the lines that its report names; nothing where that is given up.
fn along(source: &Arc<Source>, numbers: bool) -> Option<Found> {
    let mut builder = Builder::auditing(numbers);
    read(source, &mut builder);
    builder.end();
    if builder.gave_up() {
        return None;
    }
    let mut trace = match finish(builder) {
        Ok(trace) => trace,
        Err(problems) => return Some(Err(problems)),
    };
    assert_eq!(trace.keeps(), Keep::Crossing);
    let audit = Audit::of(&trace);
    let skews = skew::of(&trace);
    trace.look_up(check::events(&trace, &audit, &skews, true), |_, piece, sink| match piece.bytes().first() {
        Some(b'{') => format::jsonl::read(piece, sink),
        _ => format::text::read(piece, sink),
    });
    Some(Ok(trace))
}

/// What there is to say of a log that obeys.
const OBEYS: [Rule; 5] = [Rule::AssumedFifo, Rule::Unreceived, Rule::NoEvents, Rule::SkippedLines, Rule::PassedOver];

/// Lines that say more, or break the model.
const ODD: [&str; 10] = [
    "P0: send m0 -> P1",
    "P0: send again -> P1",
    "P1: receive m0",
    "P1: receive ghost",
    "P0: step @ 12",
    "cut here = P0=1",
    "P0 there: step",
    "P0: send m1 -> P1 {\"a\": 1}",
    "P0: marker s -> P1",
    "channel P0 -> P1 unordered",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// And it does not give up where the log obeys and says nothing of single events.
    #[test]
    fn an_audit_along_is_the_one_of_the_whole_trace(
        execution in execution(120),
        from in any::<bool>(),
        numbers in any::<bool>(),
        odd in proptest::option::weighted(0.4, (0..ODD.len(), any::<prop::sample::Index>())),
        times in proptest::option::of(proptest::collection::vec((0..5u8, 0..6u8), 1..40)),
    ) {
        let text = execution.text(Style { grouped: false, unnamed: false, from });
        // Some events have none, some dates, and many take the same time.
        let time = |(number, line): (usize, &str)| {
            let (kind, time) = times.as_ref().map_or((0, 0), |times| times[number % times.len()]);
            match kind {
                1..=3 if line.contains(": ") => format!("{line} @ {}", number / 2 + usize::from(time)),
                4 if line.contains(": ") => format!("{line} @ 2026-01-01T00:00:{time:02}Z"),
                _ => line.to_owned(),
            }
        };
        let mut lines: Vec<String> = text.lines().enumerate().map(time).collect();
        if let Some((odd, at)) = odd {
            lines.insert(at.index(lines.len() + 1), ODD[odd].to_owned());
        }
        let text = lines.join("\n") + "\n";
        let source = Arc::new(Source::from_text("input", text.as_str()));
        let lean = along(&source, numbers);
        let whole = whole(&source);
        match lean {
            Some(lean) => prop_assert_eq!(lean.map(|lean| told(&lean)), whole.map(|whole| told(&whole)), "{}", text),
            None => {
                let batches = execution.events.iter().any(|(_, did)| matches!(did, Did::Receive(ids) if ids.len() > 1));
                let obeys = |audit: Audit| audit.findings().iter().all(|finding| OBEYS.contains(&finding.rule));
                let obeys = whole.is_ok_and(|whole| obeys(Audit::of(&whole)));
                let plain = odd.is_none_or(|(odd, _)| ODD[odd].ends_with("there: step"));
                prop_assert!(!obeys || !plain || batches || times.is_some(), "given up: {}", text);
            }
        }
    }
}

/// The line with an id that does not end in a number.
fn renamed(line: &str) -> String {
    let is_id = |word: &&str| word.strip_prefix('m').is_some_and(|number| number.parse::<u32>().is_ok());
    match line.split(|c: char| !c.is_alphanumeric()).find(is_id) {
        Some(id) => line.replacen(id, &format!("{id}z"), 1) + "\n",
        None => line.to_owned() + "\n",
    }
}

/// Large logs, of any ids, and what they break at their ends.
#[test]
fn large_logs_are_audited_along() {
    let logs = [(3, Shape::Trace), (40, Shape::Trace), (40, Shape::JsonLines)];
    for ((processes, shape), times) in logs.into_iter().flat_map(|log| [(log, false), (log, true)]) {
        let mut bytes = Vec::new();
        let settings = Settings { processes, events: 300_000, shape, times, ..Settings::default() };
        settings.write(&mut bytes).unwrap();
        let log = String::from_utf8(bytes).unwrap();
        let other: String = log.lines().map(renamed).collect();
        for (log, numbers) in [(&log, true), (&other, false)] {
            let of = |log: String| Arc::new(Source::from_text("input", log));
            let source = of(log.clone());
            let all = whole(&source).unwrap();
            assert_eq!(ids_are_numbers(&all), numbers);
            let lean = along(&source, numbers).expect("it obeys").unwrap();
            assert_eq!(told(&lean), told(&all));
            assert!(numbers || along(&source, true).is_none());
            // A message less is received; then one that is sent later arrives, or none does.
            let last = log.lines().rev().find(|line| line.contains("receive")).unwrap();
            let source = of(log.replacen(last, "", 1));
            let all = whole(&source).unwrap();
            assert_eq!(Audit::of(&all).count(Rule::Unreceived), 1);
            assert_eq!(told(&along(&source, numbers).expect("it obeys").unwrap()), told(&all));
            let first = log.lines().find(|line| line.contains("receive")).unwrap();
            assert!(along(&of(log.replacen(first, "", 1)), numbers).is_none(), "lost");
            let send = log.lines().find(|line| line.contains("send")).unwrap();
            assert!(along(&of(format!("{log}{send}\n")), numbers).is_none(), "an id again");
        }
    }
}
