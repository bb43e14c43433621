//! What all processes know before they start: who pays whom, and who starts which snapshot when.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::bug::Bug;

/// The run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Plan {
    pub processes: usize,
    pub transfers: usize,
    pub snapshots: usize,
    pub seed: u64,
    pub bug: Option<Bug>,
    pub out: PathBuf,
    pub patience: u64,
}

/// The largest transfer.
pub const MOST: u64 = 9;

/// The name of a process.
pub fn name(number: usize) -> String {
    format!("p{}", number + 1)
}

impl Plan {
    /// Where a process logs.
    pub fn log_of(&self, number: usize) -> PathBuf {
        self.out.join(format!("bank.{}.jsonl", name(number)))
    }

    /// What each process has at first: enough for all its transfers, and one more that a bug may make.
    pub fn initial(&self) -> u64 {
        MOST * (self.transfers as u64 + 1)
    }

    /// All but one.
    pub fn peers(&self, number: usize) -> impl Iterator<Item = usize> + use<> {
        (0..self.processes).filter(move |&peer| peer != number)
    }

    /// To whom a process transfers money, in order: to everyone else in turn, each round in an order of its own. So each
    /// process gets as many transfers from each other one as there are full rounds, and perhaps one more.
    pub fn receivers(&self, number: usize, random: &mut Random) -> Vec<usize> {
        let mut all = Vec::with_capacity(self.transfers + self.processes);
        while all.len() < self.transfers {
            let mut round: Vec<usize> = self.peers(number).collect();
            for last in (1..round.len()).rev() {
                round.swap(last, random.below(last as u64 + 1) as usize);
            }
            all.extend(round);
        }
        all.truncate(self.transfers);
        all
    }

    /// How many more transfers a process may have made than received, so that all run side by side.
    ///
    /// Someone can always go on: if all is received and those who have transfers left were all this far ahead, they would
    /// have paid each of the others, who have none left, more than they got from it, by two at least. But as everyone pays
    /// everyone in rounds, it is one at most (and one more in all where a bug makes a transfer).
    pub fn ahead(&self) -> usize {
        self.processes + 1
    }

    /// Who starts a snapshot.
    pub fn starter(&self, snapshot: usize) -> usize {
        snapshot % self.processes
    }

    /// After how many received transfers it does, and before the next one, which is then in its channel. Fewer than it
    /// gets at least, so that every snapshot is taken in every run.
    pub fn starts_after(&self, snapshot: usize) -> usize {
        let others = self.processes - 1;
        let least = others * (self.transfers / others);
        least * (snapshot + 1) / (self.snapshots + 1)
    }
}

/// Random numbers: Steele, Lea and Flood's SplitMix64 (2014).
pub struct Random(u64);

impl Random {
    /// Those of a process.
    pub fn of(seed: u64, number: usize) -> Self {
        let mut random = Self(seed);
        (0..=number).for_each(|_| random.0 = random.next());
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below a bound, which is not 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
