//! Which messages the spans prove: the one place that says so, for all formats.
//!
//! - A child in another process was caused by its parent: the start of the parent happens before the start of the child
//!   (a request, or a message of a producer).
//! - A server's answer: where a client span has a server span for a child that ends before it does, the end of the
//!   child happens before the end of the parent (the reply). A child that ends later was not waited for.
//! - A link: the start of the span that is linked to happens before the start of the one that links.
//! - Between spans of one process there are no messages: its own clock orders them.
//! - A parent or link that the log lacks is a message without a send: the log has a hole there.
//! - A client or producer span without a child sends to nobody that the log knows: no message.
//!
//! A service whose spans are all client or producer spans right below spans of other processes that call nobody (a
//! database that is named as a service by who asks it) is no process: its spans belong to the process of their parent.

use hashbrown::HashMap;

use super::model::{Kind, Link, NO_END, NONE, Span, Spans};
use super::processes;
use super::remarks::Remarks;
use crate::format::Options;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Carried {
    /// From the start of a parent to the start of its child.
    Request,
    /// From the end of a child to the end of its parent.
    Reply,
    /// From the start of a span to the start of one that links to it.
    Link,
}

/// A message: from a span to a span of another process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Message {
    pub from: u32,
    pub to: u32,
    pub carried: Carried,
}

/// A receive whose send the log lacks: the start of a span, and the span that it links to if it is no child.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hole {
    pub span: u32,
    pub link: Option<(u32, u64)>,
}

/// How a span is told from others of the same id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Apart {
    /// Its trace must be named.
    pub by_trace: bool,
    /// How many of the same name come before it in its process.
    pub number: u32,
}

/// Spans by what happens before what.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Names of the processes.
    pub names: Vec<String>,
    /// The process of each span; [`NONE`] for a span that is told twice.
    pub process: Vec<u32>,
    /// The parent of each span, if the log has it.
    pub parent: Vec<u32>,
    pub messages: Vec<Message>,
    pub holes: Vec<Hole>,
    /// Spans that share their id with another one.
    pub apart: HashMap<u32, Apart>,
    pub remarks: Remarks,
}

/// Spans by their ids.
struct Index<'i> {
    spans: &'i [Span],
    sorted: Vec<u32>,
}

impl Index<'_> {
    fn span(&self, number: u32) -> &Span {
        &self.spans[number as usize]
    }

    /// All spans of an id.
    fn group(&self, trace: u32, id: u64) -> &[u32] {
        let key = |&n: &u32| (self.span(n).id, self.span(n).trace);
        let start = self.sorted.partition_point(|n| key(n) < (id, trace));
        let len = self.sorted[start..].partition_point(|n| key(n) == (id, trace));
        &self.sorted[start..start + len]
    }
}

impl Graph {
    /// Which of the spans of one name in its process a span is, from 0.
    pub(super) fn number(&self, span: u32) -> u32 {
        self.apart.get(&span).map_or(0, |apart| apart.number)
    }

    /// Time: O(n log n) for n spans and links; space: some numbers for each.
    pub(super) fn of(spans: &Spans<'_>, options: &Options) -> Self {
        let mut graph = Self::default();
        let (names, of) = processes::name(spans, options);
        graph.names = names;
        let process = |span: &Span| of.get(span.resource as usize).copied().unwrap_or(0);
        graph.process = spans.spans.iter().map(process).collect();
        let mut index = Index { spans: &spans.spans, sorted: (0..spans.spans.len() as u32).collect() };
        graph.drop_repeated(spans, &mut index);
        graph.find_parents(&index);
        graph.break_cycles(&index);
        graph.join_parents(&index, &options.own_process);
        graph.tell_apart(&index);
        graph.connect(&index, &options.own_process);
        graph.follow_links(&index, &spans.links);
        graph.messages.sort_unstable();
        graph.holes.sort_unstable();
        graph
    }

    /// Sorts the index; of spans with the same id, process and side one is kept.
    fn drop_repeated(&mut self, spans: &Spans<'_>, index: &mut Index<'_>) {
        let same = |n: u32| {
            let span = &spans.spans[n as usize];
            (span.id, span.trace, span.kind.is_called(), self.process[n as usize])
        };
        let rest = |n: u32| {
            let span = &spans.spans[n as usize];
            (span.start, span.end, span.kind, spans.names.get(span.name as usize), span.parent, span.shared)
        };
        let links = |n: u32| {
            let first = spans.links.partition_point(|link| link.span < n);
            let own = spans.links[first..].iter().take_while(move |link| link.span == n);
            own.map(|link| (link.trace, link.id))
        };
        // Which one is kept does not depend on the order in which they are told.
        index.sorted.sort_unstable_by(|&a, &b| {
            let by_span = same(a).cmp(&same(b)).then_with(|| rest(a).cmp(&rest(b)));
            by_span.then_with(|| links(a).cmp(links(b))).then(a.cmp(&b))
        });
        let mut repeated = Vec::new();
        index.sorted.dedup_by(|again, first| {
            let twice = same(*again) == same(*first);
            if twice {
                repeated.push(*again);
            }
            twice
        });
        for span in repeated {
            self.process[span as usize] = NONE;
            self.remarks.twice.add(span);
        }
    }

    fn find_parents(&mut self, index: &Index<'_>) {
        self.parent = vec![NONE; self.process.len()];
        for &number in &index.sorted {
            let span = index.span(number);
            if let Some(client) = self.client_half(index, number) {
                self.parent[number as usize] = client;
                continue;
            }
            if span.parent == span.id {
                self.remarks.own_parent.add(number);
                continue;
            }
            let group = if span.parent == 0 { &[][..] } else { index.group(span.trace, span.parent) };
            match self.best(index, number, group) {
                Some(parent) => self.parent[number as usize] = parent,
                None if span.parent == 0 && !span.shared => {}
                None => self.lack_parent(index, number),
            }
        }
    }

    /// The parent is not in the log. A span inside of a process has its parent there; any other one was sent something.
    fn lack_parent(&mut self, index: &Index<'_>, number: u32) {
        match index.span(number).kind {
            Kind::Internal | Kind::Client | Kind::Producer => self.remarks.lost_parent.add(number),
            Kind::Server | Kind::Consumer | Kind::Unspecified => self.holes.push(Hole { span: number, link: None }),
        }
    }

    /// For a server's half of a span that both sides tell under one id: the client's half.
    fn client_half(&self, index: &Index<'_>, number: u32) -> Option<u32> {
        let span = index.span(number);
        let first = index.group(span.trace, span.id).first().copied()?;
        // Calls are sorted before what is called.
        (span.kind.is_called() && index.span(first).kind.calls()).then_some(first)
    }

    /// Of spans with the parent's id the one that is meant.
    fn best(&self, index: &Index<'_>, child: u32, group: &[u32]) -> Option<u32> {
        let kind = |n: u32| index.span(n).kind;
        let at_home = |n: u32| self.process[n as usize] == self.process[child as usize];
        let called = kind(child).is_called();
        // The server's half carries on what the client's half began.
        let rank = |n: u32| match (at_home(n), called) {
            (true, _) => 2 + u8::from(kind(n).is_called()),
            (false, true) => u8::from(kind(n).calls()),
            (false, false) => u8::from(kind(n).is_called()),
        };
        match group {
            [] => None,
            [only] => Some(*only),
            several => several.iter().copied().rev().max_by_key(|&n| rank(n)),
        }
    }

    /// Spans that are their own ancestors keep no parent: who sent to them is not known.
    fn break_cycles(&mut self, index: &Index<'_>) {
        let mut walked = vec![0u32; self.parent.len()];
        let mut cycles = Vec::new();
        for (walk, &start) in (1..).zip(&index.sorted) {
            let mut at = start;
            while at != NONE && walked[at as usize] == 0 {
                walked[at as usize] = walk;
                at = self.parent[at as usize];
            }
            if at == NONE || walked[at as usize] != walk {
                continue;
            }
            let mut cycle = Vec::new();
            while self.parent[at as usize] != NONE {
                cycle.push(at);
                at = std::mem::replace(&mut self.parent[at as usize], NONE);
            }
            cycles.push(cycle);
        }
        for cycle in cycles {
            self.holes.extend(cycle.iter().map(|&span| Hole { span, link: None }));
            self.remarks.cycles.push(cycle);
        }
    }

    /// Spans of services that are none move to the process of their parent.
    fn join_parents(&mut self, index: &Index<'_>, own: &[String]) {
        let mut inside: Vec<bool> = self.names.iter().map(|name| !own.contains(name)).collect();
        for &number in &index.sorted {
            let (process, parent) = (self.process[number as usize], self.parent[number as usize]);
            let below =
                parent != NONE && (self.process[parent as usize] == process || !index.span(parent).kind.calls());
            if !(index.span(number).kind.calls() && below) {
                inside[process as usize] = false;
            }
        }
        let original = self.process.clone();
        let is_inside = |n: u32| inside[original[n as usize] as usize];
        let mut path = Vec::new();
        for &number in &index.sorted {
            let mut at = number;
            // Until a span that stands for itself, or one that has moved already.
            while is_inside(at)
                && self.process[at as usize] == original[at as usize]
                && self.parent[at as usize] != NONE
            {
                path.push(at);
                at = self.parent[at as usize];
            }
            let home = self.process[at as usize];
            for moved in path.drain(..) {
                self.process[moved as usize] = home;
                self.remarks.inside.entry((original[moved as usize], home)).or_default().add(moved);
            }
        }
    }

    /// Names of spans are unique within their process.
    fn tell_apart(&mut self, index: &Index<'_>) {
        let mut seen: HashMap<(u32, u32), u32> = HashMap::new();
        for run in index.sorted.chunk_by(|&a, &b| index.span(a).id == index.span(b).id).filter(|run| run.len() > 1) {
            seen.clear();
            let by_trace = run.iter().any(|&n| index.span(n).trace != index.span(run[0]).trace);
            for &number in run {
                let count = seen.entry((index.span(number).trace, self.process[number as usize])).or_default();
                self.apart.insert(number, Apart { by_trace, number: *count });
                *count += 1;
            }
        }
    }

    /// Messages between parents and children.
    fn connect(&mut self, index: &Index<'_>, own: &[String]) {
        let mut answered = vec![false; self.parent.len()];
        for &number in &index.sorted {
            let parent = self.parent[number as usize];
            if parent == NONE || self.process[parent as usize] == self.process[number as usize] {
                if parent != NONE && index.span(number).kind.is_called() {
                    answered[parent as usize] = true;
                }
                continue;
            }
            answered[parent as usize] = true;
            self.messages.push(Message { from: parent, to: number, carried: Carried::Request });
            let (span, waiting) = (index.span(number), index.span(parent));
            let asked = waiting.kind == Kind::Client && span.kind == Kind::Server;
            // Who says that a service is a process means that calls to it are its work.
            let declared =
                span.kind == Kind::Client && own.contains(&self.names[self.process[number as usize] as usize]);
            if !(asked || declared) || span.end == NO_END || waiting.end == NO_END {
                continue;
            }
            match span.end.max(span.start) <= waiting.end {
                true => self.messages.push(Message { from: number, to: parent, carried: Carried::Reply }),
                false => self.remarks.late.add(number),
            }
        }
        for &number in &index.sorted {
            if index.span(number).kind.calls() && !answered[number as usize] {
                self.remarks.no_peer.add(number);
            }
        }
    }

    /// Messages along links. Those to the parent say nothing new.
    fn follow_links(&mut self, index: &Index<'_>, links: &[Link]) {
        for link in links.iter().filter(|link| self.process[link.span as usize] != NONE) {
            let span = index.span(link.span);
            let group = index.group(link.trace, link.id);
            let own = (link.trace, link.id) == (span.trace, span.id);
            let known = (link.trace, link.id) == (span.trace, span.parent);
            match group.first() {
                _ if own || known => {}
                None => self.holes.push(Hole { span: link.span, link: Some((link.trace, link.id)) }),
                Some(&from) if self.process[from as usize] != self.process[link.span as usize] => {
                    self.messages.push(Message { from, to: link.span, carried: Carried::Link });
                }
                Some(_) => {}
            }
        }
    }
}
