//! What several test files share.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod folder;
pub mod oracle;
pub mod packing;
pub mod random;
pub mod telling;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the project.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the command in the folder of the project.
pub fn clearcut<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    let run = Command::new(env!("CARGO_BIN_EXE_clearcut")).args(args).current_dir(root()).output();
    run.expect("the command of this project starts")
}

/// The real logs, where they are at hand.
pub fn corpus() -> Option<PathBuf> {
    let folder = match std::env::var_os("CLEARCUT_CORPUS") {
        Some(folder) => PathBuf::from(folder),
        None => root().join("../shared/corpus"),
    };
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no corpus at {}", folder.display());
    None
}
