//! The patterns that published logs have, for those that do not say it themselves.

use std::ops::Range;
use std::sync::LazyLock;

use super::clock::{self, Counts};
use super::pattern::{self, Pattern};

/// What GoVector writes: `host {clock}`, and the text below.
pub(super) const GOVECTOR: &str = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)";

/// What ShiViz takes where nothing is said: the text, and `host {clock}` below.
pub(super) const DEFAULT: &str = r"(?<event>.*)\n(?<host>\S*) (?<clock>{.*})";

/// The delimiter that all logs with several executions have that name none.
pub(super) const DELIMITER: &str = r"^=== (?<trace>.*?) *===$";

/// The line by which GoVector, when it appends to a log, starts a new execution.
pub(super) const GOVECTOR_APPENDS: &str = r"^=== (?<trace>Execution #.*?) *===$";

/// The known patterns; where two are equal in all else, the first one counts. The last two read also what those above
/// read, with more of the line in the text of the event.
const KNOWN: [&str; 8] = [
    // A behaviour that TLC prints, with the variables Host and Clock first.
    r#"^State [0-9]+: <(?<event>\w*) .*>\n\/\\ Host = (?<host>.*)\n\/\\ Clock = "(?<clock>.*)"\n\/\\ active = (?<active>.*)\n\/\\ color = (?<color>.*)\n\/\\ counter = (?<counter>.*)"#,
    // Akka: all of it on one line.
    r"\[\w+\] \[(?<date>([^ ]+ [^ ]+))\] [^ ]+ \[akka:\/\/[^\]]*\/(?<host>[^\/\]]+)\] (?<clock>{.*\}) (?<event>.*)",
    // Log4j, as Voldemort has it.
    r"\[(?<date>\d{4}-\d{2}-\d{2} (\d{2}:){2}\d{2},\d{3}) (?<path>\S*)\] (?<priority>[A-Z]+) (?<event>.*)\n(?<host>\S*) (?<clock>{.*})",
    // Web servers: address, American date, action.
    r"(?<ip>(\d{1,3}\.){3}\d{1,3}) (?<date>(\d{1,2}/){2}\d{4} (\d{2}:){2}\d{2} (AM|PM)) (?<action>(INFO|GET|POST)) (?<event>.*)\n(?<host>\w*) (?<clock>{.*})",
    // TSViz.
    r"^(?<timestamp>\d+) (?<event>.*)\n(?<host>\w+) (?<clock>{.*})",
    // GoVector with time stamps.
    r"^(?<timestamp>\d+) (?<host>\S+) (?<clock>{.*})\n(?<event>.*)",
    GOVECTOR,
    DEFAULT,
];

static PATTERNS: LazyLock<Vec<(&str, Pattern)>> =
    LazyLock::new(|| KNOWN.iter().filter_map(|&text| Some((text, Pattern::new(text, false).ok()?))).collect());

/// The known pattern that reads most events in these pieces of text; among equals, the one that reads the first and the
/// last line (where the text of an event stands above its clock, the clocks have text below as well, if only that of
/// the next one); then the one that leaves fewest bytes unread (a time stamp in front is no part of the plain patterns).
/// `None` where none reads any.
pub(super) fn best<'a>(pieces: &[&'a [u8]]) -> Option<&'static str> {
    let ends_of: Vec<_> = pieces.iter().map(|piece| (significant(piece), pattern::quick(piece))).collect();
    let score = |pattern: &'static Pattern| {
        let (mut events, mut ends, mut bytes) = (0, 0, 0);
        for (&piece, (significant, quick)) in pieces.iter().zip(&ends_of) {
            let (mut first, mut last) = (None, 0);
            let mut counts: Counts<'a> = Counts::new();
            for found in pattern.matches(piece, *quick) {
                let text = |range| str::from_utf8(&piece[range]).ok();
                let (Some(host), Some(clock)) = (found.host.and_then(text), found.clock.and_then(text)) else {
                    continue;
                };
                if clock::read(host, clock, &mut counts).is_ok() && counts.of(host).is_some() {
                    events += 1;
                    first = first.or(Some(found.at.start));
                    last = found.at.end;
                    bytes += found.at.len();
                }
            }
            ends += usize::from(first.is_some_and(|first| first < significant.start));
            ends += usize::from(first.is_some() && last >= significant.end);
        }
        (events, ends, bytes)
    };
    let mut best = ((0, 0, 0), None);
    for (text, pattern) in PATTERNS.iter() {
        let score = score(pattern);
        if score > best.0 {
            best = (score, Some(*text));
        }
    }
    best.1
}

/// From the end of the first line that says something to the start of the last one: neither is blank or a comment.
fn significant(text: &[u8]) -> Range<usize> {
    let says = |line: &&[u8]| !matches!(line.trim_ascii().first(), None | Some(b'#'));
    let (mut above, mut below) = (0, text.len());
    for line in text.split_inclusive(|&b| b == b'\n') {
        above += line.len();
        if says(&line) {
            break;
        }
    }
    for line in text.rsplit(|&b| b == b'\n') {
        below -= line.len();
        if says(&line) || below == 0 {
            break;
        }
        below -= 1;
    }
    above..below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_pattern_compiles() {
        assert_eq!(PATTERNS.len(), KNOWN.len());
    }

    #[test]
    fn each_log_gets_its_own() {
        let of = |text: &str| best(&[text.as_bytes()]).and_then(|found| KNOWN.iter().position(|&k| k == found));
        assert_eq!(of("a {\"a\":1}\nInitialization Complete\nb {\"b\":1}\n 7 more\n"), Some(6));
        assert_eq!(of("one thing\na {\"a\":1}\n2 more\nb {\"b\":1}\n"), Some(7));
        // Comments around it change nothing, though each clock has a line above it and one below.
        assert_eq!(of("# log\n\na {\"a\":1}\nInitialization Complete\nb {\"b\":1}\n 7 more\n"), Some(6));
        assert_eq!(of("one\na {\"a\":1}\n2 more\nb {\"b\":1}\n# from here on in another file\n\n"), Some(7));
        assert_eq!(of("17 a {\"a\":1}\nx y\n18 b {\"b\":1}\nz\n"), Some(5));
        assert_eq!(of("17 x y\na {\"a\":1}\n18 z\nb {\"b\":1}\n"), Some(4));
        assert_eq!(of("24.22.130.14 5/27/2013 10:53:39 AM GET /timeline\nalice {\"alice\":1}\n"), Some(3));
        assert_eq!(of("[2013-05-27 10:53:39,123 voldemort.x] WARN late\na@1 {\"a@1\":1}\n"), Some(2));
        assert_eq!(of("[INFO] [10/13/2014 14:37] [d-2] [akka://B/user/n0] {\"n0\" : 1} Sends\n"), Some(1));
        assert_eq!(of("nothing\n{\"a\": {\"b\": 1}}\na {\"b\":1}\n"), None, "a host counts itself");
    }
}
