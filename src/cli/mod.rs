//! The command line: one file per subcommand. The only place that knows clap, files and standard output.

mod check;
mod clocks;
mod conserve_args;
mod convert;
mod cut_args;
mod files;
mod format_args;
mod formats;
mod generate;
mod input;
mod marker_args;
mod open;
mod output;
mod parts;
mod pieces;
mod progress;
mod relate;
mod saved;
mod snapshot;
mod snapshot_args;
mod sources;
mod together;
mod unseen;
mod verify;
mod whole;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};

use self::output::{Failure, Output};
use crate::cut::Verdict;
use crate::report::errors::{ErrorReport, ErrorRow};

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
    Convert(convert::Convert),
    Generate(generate::Generate),
}

/// The commands that report as JSON.
const REPORTING: [&str; 5] = ["check", "verify", "snapshot", "clocks", "relate"];

impl Command {
    fn run(&self) -> Result<Verdict, Failure> {
        match self {
            Self::Check(command) => command.run(),
            Self::Verify(command) => command.run(),
            Self::Snapshot(command) => command.run(),
            Self::Clocks(command) => command.run(),
            Self::Relate(command) => command.run(),
            Self::Convert(command) => command.run(),
            Self::Generate(command) => command.run(),
        }
    }

    /// Its name, where it is asked for JSON.
    fn reports(&self) -> Option<&'static str> {
        let (name, output) = match self {
            Self::Check(command) => ("check", command.output),
            Self::Verify(command) => ("verify", command.output),
            Self::Snapshot(command) => ("snapshot", command.output),
            Self::Clocks(command) => ("clocks", command.output),
            Self::Relate(command) => ("relate", command.output),
            Self::Convert(_) | Self::Generate(_) => return None,
        };
        (output == Output::Json).then_some(name)
    }
}

/// Runs the command of the process's arguments.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if asks_for_formats(&error) => {
            let _ = output::print_text(&format_args::names());
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            // Help and version are asked for and go to standard output.
            let code = if error.use_stderr() { 2 } else { 0 };
            if let (2, Some(report)) = (code, usage_report(&error, std::env::args())) {
                // Whoever does not take it gets the exit status.
                let _ = output::print_json(&report);
            }
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match cli.command.run() {
        Ok(verdict) => exit(verdict),
        // Who reads the output has seen enough.
        Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(name) = cli.command.reports() {
                // Whoever does not take it gets the exit status.
                let _ = output::print_json(&failure.report(name));
            }
            output::print_failure(&failure);
            ExitCode::from(2)
        }
    }
}

/// What is wrong with these arguments, for programs: where they ask for JSON, as far as they can be read.
fn usage_report(error: &clap::Error, arguments: impl Iterator<Item = String>) -> Option<ErrorReport> {
    let arguments: Vec<String> = arguments.collect();
    let asks = |two: &[String]| matches!(two[0].as_str(), "-o" | "--output") && two[1] == "json";
    let asks_in_one = |one: &String| matches!(one.as_str(), "-ojson" | "-o=json" | "--output=json");
    if !arguments.windows(2).any(asks) && !arguments.iter().any(asks_in_one) {
        return None;
    }
    let name = *REPORTING.iter().find(|name| arguments.get(1).is_some_and(|first| first == **name))?;
    let text = error.render().to_string();
    let text = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let help = Some(format!("clearcut {name} --help"));
    Some(ErrorReport::new(name, vec![ErrorRow { text, help, at: Vec::new() }], 0))
}

/// Whether the format that is no format is the question which there are.
fn asks_for_formats(error: &clap::Error) -> bool {
    let said = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    said(ContextKind::InvalidArg).starts_with("--format ")
        && format_args::LISTS.contains(&said(ContextKind::InvalidValue))
}

/// The exit status of a verdict: the one place where the two meet.
fn exit(verdict: Verdict) -> ExitCode {
    ExitCode::from(match verdict {
        Verdict::Holds => 0,
        Verdict::Violated => 1,
        Verdict::Undetermined => 2,
    })
}
