//! Files that appear when they are whole: not when the writer fails, nor when it is stopped.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::output::Failure;

/// The exit status of a program that Ctrl-C ended, as shells give it.
const INTERRUPTED: i32 = 130;

/// The file that is being written.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

fn unfinished() -> MutexGuard<'static, Option<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a file under another name beside it first, so that nobody reads half of it. The name goes away with Ctrl-C,
/// a closed terminal and a request to terminate (unless whoever started this program had such signals ignored).
///
/// # Errors
/// What the system, or `write`, says.
pub fn write<T>(path: &Path, write: impl FnOnce(File) -> Result<T, Failure>) -> Result<T, Failure> {
    let cannot = |error: io::Error| {
        Failure::usage(format!("cannot write {}: {error}", path.display()), "is there such a folder, and space?")
    };
    // A link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    if fs::metadata(&path).is_ok_and(|about| !about.is_file()) {
        // A pipe or a device is not replaced by a file; nor is a folder, and that cannot be opened.
        return write(File::options().write(true).open(&path).map_err(cannot)?);
    }
    // Not set twice, and not where signals are ignored: both leave what is there.
    let _ = ctrlc::try_set_handler(|| {
        // Held until the end: no other file is begun.
        let part = unfinished();
        part.as_ref().map(fs::remove_file);
        std::process::exit(INTERRUPTED);
    });
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let file = {
        let mut unfinished = unfinished();
        let file = File::create_new(&part).map_err(cannot)?;
        *unfinished = Some(part.clone());
        file
    };
    let written = write(file);
    let mut unfinished = unfinished();
    let written = written.and_then(|done| fs::rename(&part, &path).map_err(cannot).map(|()| done));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&part);
    }
    *unfinished = None;
    written
}
