//! A conserved quantity: what the processes hold at a cut plus what is in its channels, against what there was at first.

use serde_json::value::RawValue;

use super::decimal::Decimal;
use super::{Classes, Cut, states};
use crate::format::json::Pairs;
use crate::ids::{MessageId, ProcessId};
use crate::trace::Trace;

/// What is conserved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The variable of the local states.
    pub variable: String,
    /// The member of the payloads.
    pub field: String,
}

/// Sums of a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    /// Of the initial states.
    pub initial: Decimal,
    /// Of the states at the cut.
    pub processes: Decimal,
    /// Of the messages in transit.
    pub channels: Decimal,
    /// The last two together.
    pub total: Decimal,
}

impl Sums {
    /// Whether nothing is lost or made.
    pub fn conserved(&self) -> bool {
        self.total == self.initial
    }
}

/// Why the log does not tell the sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsummed {
    /// No initial state has the variable; what they have, if any.
    Unknown(Vec<String>),
    /// This process has it at the cut, and its initial state, which is missing or silent, does not.
    NoInitial(ProcessId),
    /// Its value at this process is this, and no number that can be added exactly.
    State(ProcessId, String),
    /// The value in this message's payload is this.
    Payload(MessageId, String),
    /// The sums differ, and no payload has the field, while some in the channels have members: these.
    UnknownField(Vec<String>),
    /// The sum has too many digits.
    TooLong,
}

/// Sums a quantity over a cut. A process that never has the variable and a payload without the field count nothing.
///
/// Every message in transit is counted, orphans not at all: of a cut that is not consistent the sums are those of what
/// it claims. Time: linear in the states and the payloads.
///
/// # Errors
/// [`Unsummed`] where the log does not tell, or the field is certainly another one.
///
/// ```
/// use clearcut::cut::{Classes, Cut, conserve::{Quantity, sums}};
/// let log = "process A x=3\nprocess B x=1\nA: send m(x=2) -> B x=1\nB: receive m x=3\n";
/// let trace = clearcut::trace::Trace::from_text(log).unwrap();
/// let cut = Cut::new(&trace, vec![1, 0]).unwrap();
/// let of = Quantity { variable: "x".into(), field: "x".into() };
/// let found = sums(&trace, &cut, &Classes::of(&trace, &cut), &of).unwrap();
/// assert_eq!((found.channels.to_string(), found.conserved()), ("2".to_string(), true));
/// ```
pub fn sums(trace: &Trace, cut: &Cut, classes: &Classes, of: &Quantity) -> Result<Sums, Unsummed> {
    let (mut initial, mut processes) = (Decimal::ZERO, Decimal::ZERO);
    let mut known = false;
    let mut silent = None;
    for process in trace.processes() {
        let first = value(trace, process, 0, of)?;
        let now = value(trace, process, cut.position(process), of)?;
        known |= first.is_some();
        if first.is_none() && now.is_some() {
            silent = silent.or(Some(process));
        }
        initial = add(initial, first)?;
        processes = add(processes, now)?;
    }
    if let Some(process) = silent {
        return Err(Unsummed::NoInitial(process));
    }
    if !known {
        return Err(Unsummed::Unknown(variables(trace)));
    }
    let mut channels = Decimal::ZERO;
    for &message in &classes.in_transit {
        channels = add(channels, carried(trace, message, of)?)?;
    }
    let total = processes.checked_add(channels).ok_or(Unsummed::TooLong)?;
    let sums = Sums { initial, processes, channels, total };
    if !sums.conserved() && channels == Decimal::ZERO {
        let names = members(trace, classes.in_transit.iter().copied());
        if !names.is_empty() && !members(trace, trace.messages()).contains(&of.field) {
            return Err(Unsummed::UnknownField(names));
        }
    }
    Ok(sums)
}

/// The members of the payloads of some messages, in the order of first mention.
fn members(trace: &Trace, messages: impl Iterator<Item = MessageId>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for payload in messages.filter_map(|message| trace.payload(message)) {
        let Ok(Pairs(members)) = serde_json::from_str::<Pairs<'_, &RawValue>>(payload) else { continue };
        for (name, _) in members {
            if !names.iter().any(|known| *known == name) {
                names.push(name.into_owned());
            }
        }
    }
    names
}

fn add(sum: Decimal, value: Option<Decimal>) -> Result<Decimal, Unsummed> {
    value.map_or(Some(sum), |value| sum.checked_add(value)).ok_or(Unsummed::TooLong)
}

fn value(trace: &Trace, process: ProcessId, position: u32, of: &Quantity) -> Result<Option<Decimal>, Unsummed> {
    let state = states::at(trace, process, position).unwrap_or_default();
    let Some((_, raw)) = state.iter().find(|(name, _)| *name == of.variable) else { return Ok(None) };
    let number = Decimal::parse(raw.get());
    number.map(Some).ok_or_else(|| Unsummed::State(process, raw.get().to_string()))
}

fn carried(trace: &Trace, message: MessageId, of: &Quantity) -> Result<Option<Decimal>, Unsummed> {
    // A payload that is no object has no fields.
    let Some(Ok(Pairs(members))) = trace.payload(message).map(serde_json::from_str::<Pairs<'_, &RawValue>>) else {
        return Ok(None);
    };
    let Some((_, raw)) = members.iter().find(|(name, _)| *name == of.field) else { return Ok(None) };
    let number = Decimal::parse(raw.get());
    number.map(Some).ok_or_else(|| Unsummed::Payload(message, raw.get().to_string()))
}

/// The variables of the initial states, in the order of first mention.
fn variables(trace: &Trace) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for process in trace.processes() {
        for (name, _) in states::at(trace, process, 0).unwrap_or_default() {
            if !names.iter().any(|known| *known == name) {
                names.push(name.into_owned());
            }
        }
    }
    names
}
