//! Records as they come.

use std::ops::Range;

use super::{Builder, PASSED_OVER, PASSED_OVER_TOLD, SKIPPED_SHOWN};
use crate::format::lines::cut_short;
use crate::format::record::{
    ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, PlainBlocks, PlainRun, Problem, ProcessRecord, Remark,
    Sink,
};
use crate::source::Span;
use crate::trace::marks::{Mark, MarkAction};
use crate::trace::{Keep, LineCount, NamedCut, PassedOver, Remarked};

impl Sink for Builder {
    fn source(&mut self, number: usize) {
        self.select(number);
    }

    fn unordered(&mut self) {
        self.channels.relax();
    }

    fn remark(&mut self, remark: Remark) {
        let place = |(source, offset, label): (usize, usize, String)| {
            let (base, _) = self.sources.nth(self.together + source)?;
            Some((base + offset as u64, label))
        };
        let at = remark.at.into_iter().filter_map(place).collect();
        self.remarks.push(Remarked { kind: remark.kind, text: remark.text, at });
    }

    fn process(&mut self, record: ProcessRecord<'_>) {
        let Some(id) = self.process_id(record.name, &record.at) else { return };
        if self.declared[id.index()] {
            let what = format!("process `{}` is declared twice", record.name);
            return self.fault(&record.at, what, "the second declaration", "leave one of them out");
        }
        self.declared[id.index()] = true;
        self.initial[id.index()] = record.state.map(|state| self.span(state));
    }

    fn channel(&mut self, record: ChannelRecord<'_>) {
        let Some(from) = self.process_id(record.from, &record.at) else { return };
        let Some(to) = self.process_id(record.to, &record.at) else { return };
        if from == to {
            let what = format!("a channel from `{0}` to `{0}`", record.from);
            return self.fault(&record.at, what, "no process has a channel to itself", "name two processes");
        }
        if let Some(crossing) = &mut self.crossing {
            crossing.declare();
        }
        let declared = self.channels.declare(from, to, record.fifo);
        let declared = self.limit(declared, &record.at);
        self.mention_channels();
        if declared == Some(false) {
            let what = format!("the channel {} -> {} is declared twice", record.from, record.to);
            self.fault(&record.at, what, "the second declaration", "leave one of them out");
        }
    }

    fn event(&mut self, event: &EventRecord<'_>) {
        self.begin();
        self.put_off_if_many();
        let Some((process, position)) = self.next_event(event.process, &event.at) else { return };
        let action = self.parts_of(process, position, event);
        self.add_event(process, action, event.at.start);
        let plain = event.label.is_none() && event.note.is_none() && event.state.is_none();
        if !(plain && event.time.is_none() && event.clock.is_none()) {
            self.details(process, position, event);
        }
        self.happened();
    }

    fn plain_events(&mut self, run: PlainRun<'_>) {
        self.plain_run(run);
    }

    fn takes_times(&self) -> bool {
        !self.untimed
    }

    fn by_block(&mut self) -> Option<&mut dyn PlainBlocks> {
        let by_block = match &self.crossing {
            Some(crossing) => !crossing.is_along(),
            None => self.keep == Keep::Messages,
        };
        by_block.then_some(self as &mut dyn PlainBlocks)
    }

    fn is_done(&self) -> bool {
        self.gave_up() || (self.needs_order && self.is_out_of_order())
    }

    fn mark(&mut self, record: MarkRecord<'_>) {
        self.says_more_than_messages();
        let Some(process) = self.process_id(record.process, &record.at) else { return };
        let kind = match record.mark {
            MarkKind::Record { state, channels } => MarkAction::Record {
                state: state.map(|state| self.span(state)),
                channels: channels.map(|channels| self.span(channels)),
            },
            MarkKind::Send(peers) => {
                let mut to = Vec::with_capacity(peers.len());
                for peer in peers {
                    let Some(peer) = self.process_id(peer, &record.at) else { return };
                    if self.channel_id(process, peer, &record.at).is_none() {
                        return;
                    }
                    to.push(peer);
                }
                MarkAction::Send(to)
            }
            MarkKind::Receive(peer) => {
                let Some(peer) = self.process_id(peer, &record.at) else { return };
                if self.channel_id(peer, process, &record.at).is_none() {
                    return;
                }
                MarkAction::Receive(peer)
            }
        };
        let snapshot = self.snapshots.intern(record.snapshot).0;
        let position = self.counts[process.index()];
        let at = self.base + record.at.start as u64;
        self.marks.push(Mark { process, position, snapshot, kind, at, log: self.events as u32 });
    }

    fn cut(&mut self, record: CutRecord<'_>) {
        self.says_more_than_messages();
        if self.cuts.iter().any(|cut| cut.name == record.name) {
            let what = format!("the cut `{}` is defined twice", record.name);
            return self.fault(&record.at, what, "the second definition", "give it another name");
        }
        let spec = self.span(record.spec);
        self.cuts.push(NamedCut { name: record.name.into(), spec });
    }

    fn skipped(&mut self, at: Range<usize>) {
        self.last_line_cut_short(&at);
        self.skip(at);
    }

    fn cut_short(&mut self, at: Range<usize>) {
        self.note_cut_short(&at);
        self.skip(at);
    }

    fn passed_over(&mut self, name: &str, on: Option<&'static str>, at: Range<usize>, count: usize) {
        let first = self.base + at.start as u64;
        let all = &mut self.lines.passed_over;
        match all.iter().position(|one| one.on == on && one.name == name) {
            Some(known) => {
                all[known].count += count;
                all[known].first = all[known].first.min(first);
            }
            None if all.len() < PASSED_OVER => all.push(PassedOver { name: name.into(), on, count, first }),
            None => self.lines.more_passed_over += count,
        }
    }

    fn problem(&mut self, problem: Problem) {
        match self.last_line_cut_short(&problem.at) {
            Some(line) => self.skip(line),
            None => {
                self.unread += 1;
                self.problems.push(self.number, problem);
            }
        }
    }

    fn lines(&mut self, lines: usize) {
        self.lines.read += lines;
    }

    fn reached(&mut self, byte: usize) {
        self.progress.reached(self.base + byte as u64, self.events as u64);
    }
}

impl Builder {
    /// What was passed over in the order of its first mention: it is told by the block. Where there is too much of it to be
    /// told, the first.
    pub(super) fn order_passed_over(&mut self) {
        let LineCount { passed_over, more_passed_over, .. } = &mut self.lines;
        passed_over.sort_by_key(|one| one.first);
        let more = passed_over.iter().skip(PASSED_OVER_TOLD).map(|one| one.count);
        *more_passed_over += more.sum::<usize>();
        passed_over.truncate(PASSED_OVER_TOLD);
    }

    fn skip(&mut self, at: Range<usize>) {
        self.lines.skipped += 1;
        if self.lines.first_skipped.len() < SKIPPED_SHOWN {
            self.lines.first_skipped.push(self.place(&at));
        }
    }

    /// Notes the last line of the source that is read, if that it is cut short may be what is odd at `at`.
    fn last_line_cut_short(&mut self, at: &Range<usize>) -> Option<Range<usize>> {
        let source = self.sources.iter().nth(self.number)?;
        let line = cut_short(source.bytes(), at)?;
        self.note_cut_short(&line);
        Some(line)
    }

    fn note_cut_short(&mut self, at: &Range<usize>) {
        let place = self.place(at);
        if self.lines.cut_short.last() != Some(&place) {
            self.lines.cut_short.push(place);
        }
    }

    pub(super) fn place(&self, at: &Range<usize>) -> Span {
        Span { start: self.base + at.start as u64, len: u32::try_from(at.len()).unwrap_or(u32::MAX) }
    }
}
