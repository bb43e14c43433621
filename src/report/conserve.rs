//! The report on a conserved quantity: a part of those of `verify` and `snapshot`.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::cut::Verdict;
use crate::cut::conserve::{Quantity, Sums, Unsummed};
use crate::cut::decimal::Decimal;
use crate::trace::Trace;

/// Why the sums at a cut are not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// Not every process recorded.
    Unrecorded,
    /// The log lacks the send of a message that may have been in a channel, or left its sender's state as it is not told.
    Holes,
}

/// The sums, and whether they agree; without sums where they are not told.
#[derive(Clone, Debug, Serialize)]
pub struct ConserveRow<'q> {
    variable: &'q str,
    field: &'q str,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processes: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channels: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<Box<RawValue>>,
    holds: Option<bool>,
}

/// A number as it is: a binary fraction would round it.
fn number(of: Decimal) -> Option<Box<RawValue>> {
    RawValue::from_string(of.to_string()).ok()
}

impl<'q> ConserveRow<'q> {
    /// The row of some sums.
    pub fn new(of: &'q Quantity, sums: Result<&Sums, Untold>) -> Self {
        let sums = sums.ok();
        Self {
            variable: &of.variable,
            field: &of.field,
            initial: sums.and_then(|s| number(s.initial)),
            processes: sums.and_then(|s| number(s.processes)),
            channels: sums.and_then(|s| number(s.channels)),
            total: sums.and_then(|s| number(s.total)),
            holds: sums.map(Sums::conserved),
        }
    }
}

/// What the sums say.
pub fn verdict(sums: Result<&Sums, Untold>) -> Verdict {
    match sums.map(Sums::conserved) {
        Ok(true) => Verdict::Holds,
        Ok(false) => Verdict::Violated,
        Err(_) => Verdict::Undetermined,
    }
}

/// The sums in a line for people.
pub fn text(of: &Quantity, sums: Result<&Sums, Untold>) -> String {
    let name = match of.variable == of.field {
        true => of.variable.clone(),
        false => format!("{} ({} in the channels)", of.variable, of.field),
    };
    let sums = match sums {
        Ok(sums) => sums,
        Err(Untold::Unrecorded) => {
            return format!("\nConserved? {name}: not to be told, as not every process recorded\n");
        }
        Err(Untold::Holes) => {
            return format!("\nConserved? {name}: not to be told, as the log lacks sends that may count\n");
        }
    };
    let Sums { initial, processes, channels, total } = sums;
    let end = match sums.conserved() {
        true => format!("= {total}, as at the start: conserved"),
        false => format!("= {total}, but {initial} at the start: not conserved"),
    };
    format!("\nConserved? {name}: {processes} in the processes + {channels} in the channels {end}\n")
}

/// Why there are no sums, and how to mend it.
pub fn refusal(trace: &Trace, of: &Quantity, why: &Unsummed) -> (String, String) {
    let number = "only numbers can be added";
    match why {
        Unsummed::Unknown(names) => {
            let what = format!("no process has `{}` in its initial state", of.variable);
            let help = match crate::trace::nearest(&of.variable, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "the log gives no initial states: `process P balance=100` does".into(),
                None => format!("the variables are {}", names.join(", ")),
            };
            (what, help)
        }
        Unsummed::NoInitial(process) => (
            format!("`{}` has `{}` at the cut, but the log does not say with how much it began", trace.name(*process), of.variable),
            "give its initial state: `process P balance=100`, or {\"event\": \"process\", \"process\": \"P\", \"state\": {...}}".into(),
        ),
        Unsummed::State(process, value) => {
            (format!("`{}` of `{}` is {value}", of.variable, trace.name(*process)), number.into())
        }
        Unsummed::Payload(message, value) => {
            (format!("`{}` in the payload of {} is {value}", of.field, trace.message_name(*message)), number.into())
        }
        Unsummed::UnknownField(names) => (
            format!("no payload has `{}`", of.field),
            format!("those in the channels have {0}: say which is meant, like --conserve {1}={2}", names.join(", "), of.variable, names.first().map_or("FIELD", String::as_str)),
        ),
        Unsummed::TooLong => (format!("the sum of `{}` has more than 38 digits", of.variable), "use a larger unit".into()),
    }
}
