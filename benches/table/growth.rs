//! What an event costs in logs of different lengths, in turn.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clearcut::source::Source;

use super::{LOGS, Made, WORK, Work, made, median, written};

/// The longest log has so many times the events of each.
const SHARES: [u64; 3] = [100, 10, 1];

/// In each round every log has its turn.
const ROUNDS: usize = 9;

/// Shorter logs have it so often, and the median counts.
const OFTEN: usize = 5;

/// A log, where it is, and how many events it has.
struct Sized {
    path: PathBuf,
    log: Made,
    events: u64,
}

/// Prints what an event costs in logs of up to so many events, and times what one of the longest costs.
pub fn tell(events: u64) {
    println!("\n| growth | {} |", SHARES.map(|share| (events / share).to_string()).join(" | "));
    println!("|---|{}", "---|".repeat(SHARES.len()));
    for log in LOGS.iter().filter(|log| log.name.ends_with("64 processes")) {
        let mut sizes = SHARES.map(|share| {
            let (events, path) = (events / share, written(log, events / share));
            Sized { log: made(log, &path, events), path, events }
        });
        // With one thread, and with several.
        for &(name, work) in &WORK[..2] {
            let rounds: Vec<[f64; 3]> =
                (0..ROUNDS).map(|_| sizes.each_mut().map(|log| an_event(log, events, work))).collect();
            let of = |each: &dyn Fn(&[f64; 3]) -> f64| median(rounds.iter().map(each).collect());
            let cells = [0, 1, 2].map(|i| {
                format!("{:.1} ({:.2}x)", of(&|round| round[i]), of(&|round| round[i] / round[SHARES.len() - 1]))
            });
            println!("| {}, {name} | {} |", log.name, cells.join(" | "));
        }
        sizes.iter().for_each(|log| std::fs::remove_file(&log.path).expect("the log goes"));
    }
}

/// Nanoseconds for an event of a log, where the longest has so many.
fn an_event(Sized { path, log, events }: &mut Sized, longest: u64, work: Work) -> f64 {
    let times = (0..if *events < longest { OFTEN } else { 1 }).map(|_| {
        log.source = Arc::new(Source::open(path).expect("the log"));
        let start = Instant::now();
        work(log);
        start.elapsed().as_secs_f64() * 1e9 / *events as f64
    });
    median(times.collect())
}
