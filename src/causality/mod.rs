//! Happens-before over a trace: an order that respects it, vector clocks, and chains of messages that prove it.

mod by_time;
pub mod chain;
pub mod clocks;
pub mod order;

pub use self::chain::{Cycle, chain};
pub use self::order::{CausalOrder, OrderKind};
