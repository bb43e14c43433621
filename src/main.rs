//! The command: see `clearcut --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    clearcut::cli::main()
}
