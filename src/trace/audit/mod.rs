//! The audit of the system model: what a log says that cannot be, what it lacks, and what is assumed of it.
//!
//! One file for each family of rules; each goes over the columns once and adds what it finds. A finding is data: the
//! sentences are in `report`.

mod clocks;
mod fifo;
pub(super) mod lag;
mod lines;
mod pairing;
mod rules;
pub mod skew;
mod texts;
mod times;

pub use self::clocks::Heard;
pub use self::rules::{About, Rule, Severity};

use super::Trace;
use crate::format::time::Time;
use crate::ids::{ChannelId, MessageId, ProcessId};

/// Findings of one rule beyond these are counted and not kept.
pub const KEPT: usize = 100;

/// What the audit of a trace found.
#[derive(Clone, Debug)]
pub struct Audit {
    findings: Vec<Finding>,
    counts: [usize; Rule::ALL.len()],
}

/// One thing that the audit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it is about.
    pub rule: Rule,
    /// What there is to say.
    pub fact: Fact,
    /// Where: the place of the fault first.
    pub at: Vec<Place>,
}

/// Where something is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// An event: its process and number there, from 1.
    Event(ProcessId, u32),
    /// A line that is none, by the address of its first byte.
    Line(u64),
}

/// What there is to say of a finding. `more` counts the later events of the same process that break the same rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Each message is received by the sender of the next one at or before that send; the last closes the circle.
    Cycle(Vec<MessageId>),
    /// Number in [`Trace::duplicates`].
    Duplicate(usize),
    /// This message has the id that the first one had on the same channel.
    ReusedId {
        /// The later one.
        message: MessageId,
        /// The first one of that id.
        first: MessageId,
    },
    /// One message overtook another.
    Overtaking {
        /// Sent later, received earlier.
        message: MessageId,
        /// Sent earlier, received later.
        overtaken: MessageId,
    },
    /// A message that never arrived.
    Lost {
        /// The one that is lost.
        message: MessageId,
        /// The first one sent after it on the same channel that arrived.
        later: MessageId,
    },
    /// Number in [`Trace::unsent`].
    Unsent(usize),
    /// Messages in transit where the log ends.
    Unreceived {
        /// Their channel.
        channel: ChannelId,
        /// How many.
        messages: usize,
        /// The first of them.
        first: MessageId,
    },
    /// Messages that overtook others where they may.
    Reordered {
        /// Their channel.
        channel: ChannelId,
        /// How many overtook another.
        messages: usize,
        /// The first that did, and what it overtook.
        first: (MessageId, MessageId),
    },
    /// A process's count of its own events: [`Rule::ClockStoodStill`], [`Rule::ClockJumped`], [`Rule::ClockStartsLate`].
    OwnCount {
        /// What its clock before counted, if there is one.
        before: Option<u32>,
        /// What this one counts.
        now: u32,
        /// Later events like this.
        more: u32,
    },
    /// Components that went down: number of the name in the logged clocks, count before, count now.
    WentDown {
        /// The components.
        components: Vec<(usize, u32, u32)>,
        /// Later events like this.
        more: u32,
    },
    /// A component that was not merged.
    MergeForgotten {
        /// Number of the name in the logged clocks.
        name: usize,
        /// What the clock counts.
        now: u32,
        /// What it should count at least.
        heard: u32,
        /// From whom.
        from: Option<Heard>,
        /// Later events like this.
        more: u32,
    },
    /// A component that grew, and no message told of it.
    FromNowhere {
        /// Number of the name in the logged clocks.
        name: usize,
        /// What the clock counts.
        now: u32,
        /// What it could have heard of.
        heard: u32,
        /// Later events like this.
        more: u32,
    },
    /// A component that counts more than its process logged.
    FromTheFuture {
        /// The process that is counted.
        of: ProcessId,
        /// What the clock counts.
        now: u32,
        /// The highest count that that process logged itself.
        logged: u32,
        /// Later events like this.
        more: u32,
    },
    /// A component of a process that the log lacks.
    UnknownProcess {
        /// Number of the name in the logged clocks.
        name: usize,
        /// What the clock counts.
        now: u32,
        /// Later events like this.
        more: u32,
    },
    /// The receiver's clock on the wall is behind the sender's by at least this.
    ReceiveBeforeSend {
        /// The message that proves most.
        message: MessageId,
        /// By how much it arrived too early.
        skew: Time,
        /// How many messages from this sender to this receiver arrived too early.
        messages: usize,
    },
    /// A time below the one before it.
    TimeWentDown {
        /// Of the event with a time before.
        before: Time,
        /// Of this event.
        now: Time,
        /// Later events like this.
        more: u32,
    },
    /// What is wrong with a cut that the log names, and how to mend it.
    NamedCut {
        /// Its name.
        name: String,
        /// What is wrong.
        what: String,
        /// How to mend it.
        help: String,
    },
    /// How many receives the log shows before their sends.
    LogOrder(usize),
    /// A process that logs nothing.
    NoEvents(ProcessId),
    /// How many lines were left out.
    SkippedLines(usize),
    /// A member that says nothing: number in [`LineCount::passed_over`](crate::trace::LineCount::passed_over).
    PassedOver(usize),
    /// How many messages are inferred.
    Inferred(usize),
    /// How many messages are paired by order.
    PairedByOrder(usize),
    /// How many channels are used.
    AssumedFifo(usize),
    /// Number in [`Trace::remarks`].
    Remark(usize),
}

impl Audit {
    /// Audits a trace: every rule but [`Rule::Cycle`], which whoever orders the events adds
    /// ([`Self::add_cycle`]), and [`Rule::NamedCut`], which whoever reads cuts adds ([`Self::add_named_cut`]).
    ///
    /// Time: linear in the events, messages and logged clock components, and a sort of 8 bytes for each message id
    /// unless the ids end in numbers; space: those 8 bytes, and the messages that are never received.
    ///
    /// ```
    /// use clearcut::trace::{Trace, audit::{Audit, Rule}};
    /// let trace = Trace::from_text("A: send m -> B\nA: send n -> B\nB: receive n\nB: receive m\n").unwrap();
    /// let audit = Audit::of(&trace);
    /// assert_eq!(audit.count(Rule::Overtaking), 1);
    /// assert!(audit.has_errors());
    /// ```
    pub fn of(trace: &Trace) -> Self {
        let mut audit = Self { findings: Vec::new(), counts: [0; Rule::ALL.len()] };
        pairing::audit(trace, &mut audit);
        fifo::audit(trace, &mut audit);
        clocks::audit(trace, &mut audit);
        times::audit(trace, &mut audit);
        lines::audit(trace, &mut audit);
        audit.findings.sort_by_key(|finding| finding.rule);
        audit
    }

    /// Adds a cycle of happens-before.
    pub fn add_cycle(&mut self, trace: &Trace, messages: Vec<MessageId>) {
        let hop = |&message: &MessageId| {
            let (from, to) = trace.ends(message);
            let received = trace.received(message).map(|received| Place::Event(to, received));
            [Some(Place::Event(from, trace.sent(message))), received]
        };
        let at = messages.iter().flat_map(hop).flatten().collect();
        self.counts[Rule::Cycle as usize] += 1;
        self.findings.insert(0, Finding { rule: Rule::Cycle, fact: Fact::Cycle(messages), at });
    }

    /// Adds a mistake in a cut that the log names, by the address of its text.
    pub fn add_named_cut(&mut self, address: u64, name: &str, what: String, help: String) {
        self.add(Rule::NamedCut, || (Fact::NamedCut { name: name.into(), what, help }, vec![Place::Line(address)]));
        self.findings.sort_by_key(|finding| finding.rule);
    }

    /// What was found, gravest rule first, at most [`KEPT`] of each rule.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The events whose lines the findings name.
    pub fn events(&self) -> impl Iterator<Item = (ProcessId, u32)> + '_ {
        self.findings.iter().flat_map(|finding| &finding.at).filter_map(|&place| match place {
            Place::Event(process, number) => Some((process, number)),
            Place::Line(_) => None,
        })
    }

    /// How many findings of a rule there are, kept or not.
    pub fn count(&self, rule: Rule) -> usize {
        self.counts[rule as usize]
    }

    /// How many findings of a severity there are, kept or not.
    pub fn count_of(&self, severity: Severity) -> usize {
        Rule::ALL.iter().filter(|rule| rule.about().severity == severity).map(|&rule| self.count(rule)).sum()
    }

    /// Whether the log breaks the system model.
    pub fn has_errors(&self) -> bool {
        self.count_of(Severity::Error) > 0
    }

    /// Whether the log lacks something that it refers to.
    pub fn has_holes(&self) -> bool {
        Rule::ALL.iter().any(|&rule| rule.about().hole && self.count(rule) > 0)
    }

    /// Counts a finding; makes and keeps it if there are not too many of its rule.
    fn add(&mut self, rule: Rule, make: impl FnOnce() -> (Fact, Vec<Place>)) {
        let count = &mut self.counts[rule as usize];
        *count += 1;
        if *count <= KEPT {
            let (fact, at) = make();
            self.findings.push(Finding { rule, fact, at });
        }
    }
}

/// Whether the ids of a trace are short and end in numbers that are all different: what
/// [`Builder::auditing`](super::Builder::auditing) asks. Time: O(messages); space: a bit for each number up to the highest.
pub fn ids_are_numbers(trace: &Trace) -> bool {
    pairing::ids_are_numbers(trace)
}

/// The line that sends a message.
fn send_of(trace: &Trace, message: MessageId) -> Place {
    Place::Event(trace.ends(message).0, trace.sent(message))
}

/// The line that receives a message, if the log has it.
fn receive_of(trace: &Trace, message: MessageId) -> Option<Place> {
    trace.received(message).map(|received| Place::Event(trace.ends(message).1, received))
}
