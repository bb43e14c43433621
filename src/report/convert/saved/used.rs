//! Which columns a log has a use for: the others are left out of its table.

use std::ops::Range;

use crate::format::record::{
    ActionKind, ChannelRecord, CutRecord, Details, EventRecord, MarkKind, MarkRecord, PlainRun, Problem, ProcessRecord,
    Sink, TextOf,
};
use crate::format::saved::Name;

/// Looks at records and keeps which columns they take.
#[derive(Clone, Debug, Default)]
pub struct Used([bool; Name::ALL.len()]);

impl Used {
    /// Whether a column is used. Those of events and messages always are.
    pub fn has(&self, name: Name) -> bool {
        let always = [Name::Event, Name::Process, Name::Position, Name::Message, Name::Peer, Name::PeerPosition];
        always.contains(&name) || self.0[name as usize]
    }

    fn note(&mut self, name: Name, is_used: bool) {
        self.0[name as usize] |= is_used;
    }
}

impl Sink for Used {
    fn process(&mut self, record: ProcessRecord<'_>) {
        self.note(Name::State, record.state.is_some());
    }

    fn channel(&mut self, _: ChannelRecord<'_>) {}

    fn event(&mut self, event: &EventRecord<'_>) {
        self.note(Name::Label, event.label.is_some());
        self.note(Name::Note, event.note.is_some());
        self.note(Name::State, event.state.is_some());
        self.note(Name::Time, event.time.is_some());
        self.note(Name::Date, event.time.is_some_and(|time| time.is_calendar()));
        self.note(Name::Clock, event.clock.is_some());
        self.note(Name::Continues, event.transfers.len() > 1);
        self.note(Name::Payload, event.transfers.iter().any(|transfer| transfer.payload.is_some()));
        let receives = event.action == ActionKind::Receive;
        self.note(Name::PeerNamed, receives && event.transfers.iter().any(|transfer| transfer.peer.is_some()));
    }

    fn plain_events(&mut self, run: PlainRun<'_>) {
        self.note(Name::PeerNamed, run.lines.receives.iter().any(|receive| receive.has_peer));
        let Details { times, texts } = run.lines.details;
        self.note(Name::Time, !times.is_empty());
        self.note(Name::Date, times.iter().any(|timed| timed.time.is_calendar()));
        for text in texts {
            let name = match text.of {
                TextOf::Label => Name::Label,
                TextOf::Note => Name::Note,
                TextOf::State => Name::State,
                TextOf::Payload => Name::Payload,
            };
            self.note(name, true);
        }
    }

    fn mark(&mut self, record: MarkRecord<'_>) {
        self.note(Name::Snapshot, true);
        match record.mark {
            MarkKind::Record { state, channels } => {
                self.note(Name::State, state.is_some());
                self.note(Name::Channels, channels.is_some());
            }
            MarkKind::Send(peers) => self.note(Name::Continues, peers.len() > 1),
            MarkKind::Receive(_) => {}
        }
    }

    fn cut(&mut self, _: CutRecord<'_>) {
        self.note(Name::Label, true);
        self.note(Name::Cut, true);
    }

    fn skipped(&mut self, _: Range<usize>) {}
    fn problem(&mut self, _: Problem) {}
    fn lines(&mut self, _: usize) {}
}
