//! The operating-system processes: the program starts itself once for each, and tells them each other's ports.
//!
//! Over the child's standard input and output, a line each: the plan and its number; its port; all ports; that it has
//! connected; that all have, so that nobody is far ahead of the others; that it is done.

use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::network::Network;
use crate::plan::{Plan, name};
use crate::process::Process;

/// The argument that makes the program one of the processes.
pub const CHILD: &str = "process";

/// Runs the bank: returns when all logs are written.
pub fn run(plan: &Plan) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&plan.out)?;
    let more = plan.log_of(plan.processes);
    if more.exists() {
        return Err(format!("{} is of another run: name another folder with --out", more.display()).into());
    }
    let mut all = Vec::with_capacity(plan.processes);
    for number in 0..plan.processes {
        all.push(Running::start(number)?);
    }
    for process in &mut all {
        process.tell(&(plan, process.number))?;
    }
    let ports = all.iter_mut().map(Running::hear).collect::<Result<Vec<u16>, _>>()?;
    all.iter_mut().try_for_each(|process| process.tell(&ports))?;
    all.iter_mut().try_for_each(|process| process.hear_word("connected"))?;
    all.iter_mut().try_for_each(|process| process.tell(&"go"))?;
    all.iter_mut().try_for_each(|process| process.hear_word("done"))?;
    Ok(())
}

/// A process that was started; it is ended when this is dropped, so that none is left behind a failure.
struct Running {
    number: usize,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Running {
    fn start(number: usize) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut child = command.arg(CHILD).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            child.kill()?;
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { number, child, input, output: BufReader::new(output) })
    }

    fn tell(&mut self, what: &impl Serialize) -> io::Result<()> {
        tell(&mut self.input, what)
    }

    fn hear<T: DeserializeOwned>(&mut self) -> Result<T, String> {
        hear(&mut self.output).map_err(|why| format!("{} has failed: {why}", name(self.number)))
    }

    fn hear_word(&mut self, word: &str) -> Result<(), String> {
        let heard: String = self.hear()?;
        if heard == word { Ok(()) } else { Err(format!("{} says {heard}, not {word}", name(self.number))) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is one of the processes.
pub fn be_one() -> Result<(), Box<dyn Error>> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let (plan, number): (Plan, usize) = hear(&mut input)?;
    give_up_after(Duration::from_secs(plan.patience), number);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    tell(&mut output, &listener.local_addr()?.port())?;
    let ports: Vec<u16> = hear(&mut input)?;
    let network = Network::connect(&listener, number, &ports)?;
    tell(&mut output, &"connected")?;
    let _go: String = hear(&mut input)?;
    let log = Process::new(&plan, number, network).run()?;
    log.write(&plan.log_of(number))?;
    tell(&mut output, &"done")?;
    Ok(())
}

/// Nothing here waits for ever, whatever becomes of the others.
fn give_up_after(patience: Duration, number: usize) {
    thread::spawn(move || {
        thread::sleep(patience);
        eprintln!("{} gives up after {} seconds", name(number), patience.as_secs());
        std::process::exit(1);
    });
}

fn tell(to: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

fn hear<T: DeserializeOwned>(from: &mut impl BufRead) -> io::Result<T> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(serde_json::from_str(&line)?)
}
