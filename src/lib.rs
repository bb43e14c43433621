//! `clearcut`: an offline trace analyzer and cut verifier.

pub mod causality;
pub mod cli;
pub mod cut;
pub mod format;
pub mod generate;
pub mod ids;
pub mod report;
pub mod snapshot;
pub mod source;
pub mod trace;
