//! Progress on standard error, for work that takes more than a second and where a person looks on.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::source::Progress;

/// Work that is done by then is not shown.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often the line is drawn again.
const PAUSE: Duration = Duration::from_millis(200);

/// The line of progress while this lives; it is erased at the end.
#[derive(Debug)]
pub struct Watch {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Watch {
    /// Shows how far `progress` is of `total` bytes, if that is known; nothing where standard error is no terminal.
    pub fn start(progress: Arc<Progress>, total: Option<u64>) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if dumb || !io::stderr().is_terminal() {
            return Self { running: None };
        }
        let (stop, stopped) = channel();
        let start = Instant::now();
        let draw = move || {
            let mut wait = PATIENCE;
            let mut drawn = false;
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let (bytes, events) = progress.done();
                // A line that cannot be drawn is not missed.
                let _ = write!(io::stderr().lock(), "\r{}\x1b[K", line(bytes, total, events, start.elapsed()));
                drawn = true;
                wait = PAUSE;
            }
            if drawn {
                let _ = write!(io::stderr().lock(), "\r\x1b[K");
            }
        };
        // Without a thread there is no line; the work goes on.
        let thread = thread::Builder::new().name("progress".into()).spawn(draw);
        Self { running: thread.ok().map(|thread| (stop, thread)) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

/// What is shown, in less than 80 characters.
fn line(bytes: u64, total: Option<u64>, events: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64().max(0.001);
    let rate = bytes as f64 / seconds;
    let mut shown = match total {
        Some(total) if total > 0 => {
            let percent = u128::from(bytes.min(total)) * 100 / u128::from(total);
            format!("{percent:3}%  {} of {}", megabytes(bytes as f64), megabytes(total as f64))
        }
        _ => megabytes(bytes as f64),
    };
    if events > 0 {
        shown += &format!("  {:.1} million events", events as f64 / 1e6);
    }
    shown += &format!("  {}/s", megabytes(rate));
    if let Some(total) = total.filter(|_| rate > 0.0) {
        let left = (total.saturating_sub(bytes) as f64 / rate).ceil() as u64;
        shown += &format!("  {}:{:02} left", left / 60, left % 60);
    }
    shown
}

fn megabytes(bytes: f64) -> String {
    if bytes >= 1e10 { format!("{:.1} GB", bytes / 1e9) } else { format!("{:.0} MB", bytes / 1e6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_how_much_how_fast_and_how_long() {
        let at = |bytes, total, events, seconds| line(bytes, total, events, Duration::from_secs(seconds));
        assert_eq!(
            at(50_000_000, Some(200_000_000), 2_300_000, 2),
            " 25%  50 MB of 200 MB  2.3 million events  25 MB/s  0:06 left"
        );
        assert_eq!(at(30_000_000, None, 0, 3), "30 MB  10 MB/s");
        assert_eq!(at(0, Some(10), 0, 0), "  0%  0 MB of 0 MB  0 MB/s");
        assert_eq!(at(7, Some(0), 0, 1), "7 MB".replace('7', "0") + "  0 MB/s  0:00 left");
        assert!(at(u64::MAX, Some(u64::MAX), u64::MAX, 1).len() < 120);
    }

    #[test]
    fn it_ends_with_the_work_and_at_once() {
        let start = Instant::now();
        drop(Watch::start(Arc::default(), Some(1)));
        assert!(start.elapsed() < PATIENCE);
    }
}
