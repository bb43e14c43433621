//! The command line: one file per subcommand. The only place that knows clap, files and standard output.

mod check;
mod clocks;
mod conserve_args;
mod cut_args;
mod format_args;
mod generate;
mod input;
mod marker_args;
mod output;
mod relate;
mod snapshot;
mod snapshot_args;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::output::Failure;
use crate::cut::Verdict;

/// Offline trace analyzer and cut verifier: is this cut consistent, what is in the channels, and which message breaks it?
#[derive(Debug, Parser)]
#[command(name = "clearcut", version, max_term_width = 100, after_help = EXIT)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT: &str = "Exit status: 0 everything that was asked holds, 1 a violation was found, 2 no verdict\n\
(bad usage, unreadable input, or the log has a hole where the answer is).";

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Verify(verify::Verify),
    Snapshot(snapshot::Snapshot),
    Clocks(clocks::Clocks),
    Relate(relate::Relate),
    Generate(generate::Generate),
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are asked for and go to standard output.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let result = match cli.command {
        Command::Check(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Snapshot(command) => command.run(),
        Command::Clocks(command) => command.run(),
        Command::Relate(command) => command.run(),
        Command::Generate(command) => command.run(),
    };
    match result {
        Ok(verdict) => exit(verdict),
        // Who reads the output has seen enough.
        Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            output::print_failure(&failure);
            ExitCode::from(2)
        }
    }
}

/// The exit status of a verdict: the one place where the two meet.
fn exit(verdict: Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Holds => 0,
        Verdict::Violated => 1,
        Verdict::Undetermined => 2,
    })
}
