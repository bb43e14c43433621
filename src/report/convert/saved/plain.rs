//! Plain events as rows, which nearly all of a large log are: straight into the columns.

use std::io::Write;

use super::Table;
use super::batch::Plain;
use crate::format::record::{ActionKind, PlainRun, UNKNOWN};
use crate::format::saved::Row;
use crate::ids::ProcessId;

impl<W: Write + Send> Table<'_, W> {
    /// Writes the events of a run: the same rows as one after the other. Time: linear.
    pub(super) fn plain_run(&mut self, run: PlainRun<'_>) {
        for (_, name, action, transfer) in run.lines.iter() {
            // A run may be of one line, and its names those of the whole log.
            if run.known[name as usize] == UNKNOWN {
                let process = self.trace.process(run.name(name));
                run.known[name as usize] = process.map_or(UNKNOWN, |process| process.index() as u32);
            }
            let process = run.known[name as usize] as usize;
            let Some(count) = self.counts.get_mut(process) else { continue };
            *count += 1;
            let (process, position) = (ProcessId::at(process), *count);
            let mut row = Plain {
                event: match action {
                    ActionKind::Step => Row::Step,
                    ActionKind::Send => Row::Send,
                    ActionKind::Receive => Row::Receive,
                },
                process: process.index() as i32,
                position,
                message: None,
                peer: None,
                peer_position: None,
                peer_named: None,
            };
            if let Some(transfer) = transfer {
                let part = (position <= self.trace.events(process)).then(|| self.trace.parts(process, position).next());
                let (peer, peer_position) = self.other_end(part.flatten());
                let start = usize::from(transfer.id_at);
                let id = run.text.get(start..start + usize::from(transfer.id_len));
                row = Plain {
                    message: id.and_then(|id| std::str::from_utf8(id).ok()),
                    peer: peer.map(|peer| peer.index() as i32),
                    peer_position,
                    peer_named: (action == ActionKind::Receive).then_some(transfer.has_peer),
                    ..row
                };
            }
            self.rows.push_plain(&row);
            self.write_if_full();
        }
    }
}
