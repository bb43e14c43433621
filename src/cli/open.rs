//! Opens a file that the command line names, and says what is odd about it.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use super::output::{Failure, warn};
use super::progress::Watch;
use super::saved;
use crate::source::{Flaw, Other, Progress, Source};

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path) -> Result<Source, Failure> {
    let progress = Arc::new(Progress::default());
    let stdin = path == Path::new("-");
    // Who types a log in needs no clock.
    let watch = (!stdin || !io::stdin().is_terminal()).then(|| Watch::start(progress.clone(), None));
    let source = if stdin { Source::stdin(&progress) } else { Source::open_telling(path, &progress) };
    drop(watch);
    let source = source.map_err(|error| {
        let help = match error.kind() {
            io::ErrorKind::NotFound => "is the name right? `-` reads standard input",
            io::ErrorKind::IsADirectory => "name the files in it",
            io::ErrorKind::InvalidData => "none of a damaged stream can be trusted; is there another copy?",
            _ => "can you read it with another program?",
        };
        Failure::usage(format!("cannot read {}: {error}", path.display()), help)
    })?;
    if let Some(other) = source.other() {
        let (is, help) = match other {
            Other::Packed(unpack) => (
                "packed, neither with gzip nor with zstd".into(),
                format!("unpack it: {unpack} {} | clearcut ... -", path.display()),
            ),
            Other::Archive => (
                "a tar archive of files".into(),
                format!(
                    "unpack it into a folder: mkdir logs && tar -xf {} -C logs && clearcut ... logs",
                    path.display()
                ),
            ),
            Other::Text(encoding) => (
                format!("text in {encoding}, and logs are read in UTF-8"),
                format!("convert it: iconv -f {encoding} -t UTF-8 {} | clearcut ... -", path.display()),
            ),
        };
        return Err(Failure::usage(format!("cannot read {}: it is {is}", source.name()), help));
    }
    if let Some((packing, Some(flaw))) = source.packed() {
        let (name, packing, bytes) = (source.name(), packing.name(), source.bytes().len());
        match flaw {
            Flaw::EndsEarly => warn(&format!(
                "{name}: the {packing} stream ends early, after {bytes} bytes of text, in line {}; what is before that is used",
                source.locate(bytes).line
            )),
            Flaw::Trailing(rest) => warn(&format!("{name}: {rest} bytes behind the {packing} stream are left out")),
        }
    }
    saved::opened(source)
}
