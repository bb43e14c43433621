//! A bank of several operating-system processes that move money over TCP, take Chandy-Lamport snapshots while they run,
//! and log what they do as JSON Lines, one file per process: how to instrument a program for `clearcut`.
//!
//! ```text
//! cargo run --example bank -- --processes 4 --transfers 50 --snapshots 2 --out /tmp/bank
//! clearcut verify /tmp/bank/bank.*.jsonl --snapshot s1 --conserve balance=amount
//! cargo run --example bank -- --out /tmp/bad --bug channel-forgotten
//! clearcut verify /tmp/bad/bank.*.jsonl --snapshot s1
//! ```
//!
//! `process.rs` is the program, `snapshot.rs` the algorithm, `log.rs` all that instrumenting takes, `bug.rs` the classic
//! mistakes. Snapshot `s1` is started by p1, `s2` by p2, and so on in turn; several may be in flight at once.

mod bug;
mod children;
mod log;
mod network;
mod plan;
mod process;
mod snapshot;

use std::error::Error;
use std::path::PathBuf;

use clap::Parser;
use clap::error::ErrorKind;

use bug::Bug;
use plan::{Plan, name};

/// Several processes move money, take snapshots, and log what they do
#[derive(Parser)]
struct Args {
    /// How many processes
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(2..=32))]
    processes: u16,
    /// How many transfers each process makes; at least one to each other process
    #[arg(long, default_value_t = 50)]
    transfers: u32,
    /// How many snapshots they take
    #[arg(long, default_value_t = 2)]
    snapshots: u32,
    /// Fixes receivers and amounts; what meets what on its way is up to the machine
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The folder of the logs, `bank.p1.jsonl` and so on
    #[arg(long)]
    out: PathBuf,
    /// The mistake that p1 makes in s1
    #[arg(long)]
    bug: Option<Bug>,
    /// Give up after so many seconds
    #[arg(long, default_value_t = 20)]
    patience: u64,
}

impl Args {
    fn plan(self) -> Result<Plan, String> {
        let processes = usize::from(self.processes);
        let transfers = self.transfers as usize;
        if transfers + 1 < processes {
            return Err(format!("{processes} processes need --transfers {} or more", processes - 1));
        }
        if self.bug == Some(Bug::RecordingStoppedEarly) && processes < 3 {
            return Err("a recording can be stopped by another channel's marker from --processes 3 on".into());
        }
        let snapshots = self.snapshots as usize;
        let (seed, bug, out, patience) = (self.seed, self.bug, self.out, self.patience);
        Ok(Plan { processes, transfers, snapshots, seed, bug, out, patience })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // The program starts itself once for each process of the bank.
    if std::env::args().nth(1).as_deref() == Some(children::CHILD) {
        return children::be_one();
    }
    let plan = Args::parse().plan();
    let plan = plan
        .unwrap_or_else(|why| <Args as clap::CommandFactory>::command().error(ErrorKind::ValueValidation, why).exit());
    children::run(&plan)?;
    let Plan { processes, transfers, snapshots, .. } = plan;
    println!("{processes} processes made {} transfers and took {snapshots} snapshots", processes * transfers);
    let logs: Vec<String> = (0..processes).map(|number| plan.log_of(number).display().to_string()).collect();
    for snapshot in 0..snapshots {
        println!("  {}, started by {}", snapshot::id(snapshot), name(plan.starter(snapshot)));
    }
    println!("their logs:\n  {}", logs.join("\n  "));
    Ok(())
}
