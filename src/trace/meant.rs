//! The message that a receive without a send may have meant.

use super::{Trace, Unsent};
use crate::ids::MessageId;
use crate::suggest;

/// So many messages of a receiver are candidates.
const CANDIDATES: usize = 1000;

impl Trace {
    /// The message on its way to the same process, and never received, whose id is nearest to that of a receive without
    /// a send, if one is near enough for a slip of the pen. Time: the first call goes over all messages once.
    pub fn meant(&self, unsent: &Unsent) -> Option<MessageId> {
        unsent.name?;
        let by_receiver = self.unreceived.get_or_init(|| {
            let mut by_receiver = vec![Vec::new(); self.process_count()];
            for message in self.messages().filter(|&message| self.received(message).is_none()) {
                let all = &mut by_receiver[self.ends(message).1.index()];
                if all.len() < CANDIDATES && self.messages.name(message).is_some() {
                    all.push(message);
                }
            }
            by_receiver
        });
        let candidates = by_receiver.get(unsent.to.index())?;
        let ids: Vec<_> = candidates
            .iter()
            .filter(|&&message| unsent.from.is_none_or(|from| self.ends(message).0 == from))
            .map(|&message| (self.message_name(message), message))
            .collect();
        let near = suggest::nearest(&self.unsent_name(unsent), ids.iter().map(|(id, _)| id.as_ref()))?;
        ids.iter().find(|(id, _)| id == near).map(|&(_, message)| message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(text: &str) -> Option<String> {
        let trace = Trace::from_text(text).unwrap();
        trace.meant(&trace.unsent()[0]).map(|message| trace.message_name(message).into_owned())
    }

    #[test]
    fn a_slip_in_an_id_is_understood() {
        assert_eq!(meant("A: send order1 -> B\nB: receive oder1").as_deref(), Some("order1"));
        assert_eq!(meant("A: send order1 -> B\nB: receive Order1 <- A").as_deref(), Some("order1"));
        // To another process, received already, from another sender, or far off.
        assert_eq!(meant("A: send order1 -> C\nB: receive oder1"), None);
        assert_eq!(meant("A: send order1 -> B\nB: receive order1\nB: receive oder1"), None);
        assert_eq!(meant("A: send order1 -> B\nB: receive oder1 <- C"), None);
        assert_eq!(meant("A: send order1 -> B\nB: receive news"), None);
    }
}
