//! `clearcut`: an offline trace analyzer and cut verifier.
//!
//! It reads event logs of sends, receives and local steps, builds the happens-before graph with vector clocks, and says
//! of a cut whether it is consistent (W(i) = V_i(i) for every process i), what is in the channels, and which message
//! breaks it.
//!
//! ```
//! use clearcut::cut::{self, Cut, Verdict};
//! use clearcut::trace::Trace;
//!
//! let trace = Trace::from_text(
//!     "P1: send m1 -> P2
//!      P2: receive m1
//!      P2: send m2 -> P1",
//! )
//! .unwrap();
//! // P2 after both of its events, P1 before its only one: m1 is received and not sent.
//! let found = cut::verify(&trace, Cut::new(&trace, vec![0, 2]).unwrap(), true).unwrap();
//! assert_eq!(found.verdict, Verdict::Violated);
//! assert_eq!(found.classes.orphans.len(), 1);
//! assert_eq!(found.below.positions(), [0, 0]);
//! ```
//!
//! # Architecture
//!
//! Bytes -> records -> trace -> happens-before -> cut -> verdict -> report. A module imports only from those above it:
//!
//! | layer | module | holds |
//! | --- | --- | --- |
//! | 0 | [`ids`], [`key`], [`names`], [`source`], [`suggest`] | typed ids; names as keys and as numbers; source files, from a byte back to file, line and column; the name that was meant |
//! | 1 | [`mod@format`] | one file per input format: bytes to [records](format::record). The only place that knows nom |
//! | 2 | [`trace`] | records to a [`Trace`](trace::Trace): names, pairing, channels, columns of `u32`; the audit |
//! | 3 | [`causality`] | orders that respect happens-before, vector clocks, chains of messages, the graph for petgraph |
//! | 4 | [`cut`] | cuts, consistency, message classes, channel contents, nearest consistent cuts |
//! | 5 | [`snapshot`] | Chandy-Lamport and its kin: what a run records, could record, or has recorded |
//! | 6 | [`report`] | verdicts to data and text; the only types that are serialized for output |
//! | 7 | [`cli`] | one file per subcommand; the only place that knows clap, files and standard output |
//!
//! [`generate`] stands beside the pipeline: it writes logs of any size for trials and benchmarks.
//!
//! Invariants that all of it rests on:
//! - an id in hand is in range of the trace that made it ([`ids`]);
//! - a cut is one position per process, so what is no prefix cannot be written ([`cut::Cut`]);
//! - messages are numbered in the order of the sends, on each channel too; a receive that the log lacks is a position
//!   that no process reaches ([`trace`]);
//! - a linear order of the events in hand ([`causality::CausalOrder`]) is the proof that there is no cycle;
//! - a violation is a value. An `Err` is input that cannot be read, or a question that cannot be asked.
//!
//! Grades of one trace ([`trace::Keep`]): [`trace::Builder::new`] keeps what each event does and where its line is;
//! [`trace::Builder::keeping`] makes one of the messages and what cuts are found by, for logs of many million events;
//! [`trace::Builder::crossing`] one of the messages that cross a cut, which takes one look at each event and the memory of
//! what is in flight, or gives up. The command chooses; the answers are the same. A saved trace becomes one of the latter two
//! straight from its columns (`Builder::columns`, with the feature `arrow`).
//!
//! Ways of one log ([`format::Way`]): the grammars read every line; nearly all lines of a large log are plain (one process,
//! at most one message, and what an event says of itself), and are read straight from the bytes, by all threads. So are
//! lines that patterns match. A sink is told the same, in the same order (`tests/ways.rs`). A log of one process after
//! another, as a file for each service is, is read by its sections ([`format::sections`], [`trace::Builder::by_section`]),
//! side by side, so that messages are sent before they are received: the trace is that of the log from front to back
//! (`tests/sections.rs`).
//!
//! What is absent, and why: no growing clocks (their width is the trace's), no copy of the graph (petgraph walks the
//! trace), no correction of wall clocks (times never decide what happens before what), no guess where the log has a hole
//! (the verdict says that it is undetermined).

pub mod causality;
pub mod cli;
pub mod cut;
pub mod format;
pub mod generate;
pub mod ids;
pub mod key;
pub mod names;
pub mod report;
pub mod snapshot;
pub mod source;
pub mod suggest;
pub mod trace;
