//! What an event of a trace has to do with messages, as the names that a record has.

use std::borrow::Cow;

use crate::format::record::Transfer;
use crate::ids::ProcessId;
use crate::trace::{Part, Trace};

/// One message of an event.
pub(super) struct Named<'t> {
    /// Whether the event sends it.
    pub(super) sends: bool,
    id: Cow<'t, str>,
    peer: Option<&'t str>,
    payload: Option<&'t str>,
}

impl Named<'_> {
    pub(super) fn transfer(&self) -> Transfer<'_> {
        Transfer { message: Some(&self.id), peer: self.peer, payload: self.payload }
    }
}

/// The messages of an event. An inferred one says that it is.
pub(super) fn of(trace: &Trace, process: ProcessId, number: u32) -> Vec<Named<'_>> {
    let one = |part| {
        let (sends, id, peer, payload) = match part {
            Part::Sent(m) => (true, trace.message_name(m), Some(trace.ends(m).1), trace.payload(m)),
            Part::Received(m) => (false, trace.message_name(m), Some(trace.ends(m).0), None),
            Part::Unsent(i) => (false, trace.unsent_name(&trace.unsent()[i]), trace.unsent()[i].from, None),
            Part::Duplicate(i) => {
                let message = trace.duplicates()[i].message;
                (false, trace.message_name(message), Some(trace.ends(message).0), None)
            }
        };
        let id = if trace.is_inferred() { Cow::Owned(format!("inferred {id}")) } else { id };
        Named { sends, id, peer: peer.map(|peer| trace.name(peer)), payload }
    };
    trace.parts(process, number).map(one).collect()
}
