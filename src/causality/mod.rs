//! Happens-before over a trace: an order that respects it, vector clocks, and chains of messages that prove it.

pub mod all;
mod by_time;
pub mod chain;
pub mod clocks;
pub mod graph;
pub mod holes;
pub mod order;
pub mod paths;
#[cfg(test)]
pub(crate) mod random;
pub mod relate;

pub use self::chain::{Cycle, chain};
pub use self::clocks::Relation;
pub use self::graph::HappensBefore;
pub use self::holes::Holes;
pub use self::order::{CausalOrder, OrderKind};
pub use self::paths::fewest_messages;
pub use self::relate::relate;
