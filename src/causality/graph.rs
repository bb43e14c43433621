//! Happens-before as petgraph sees it: the trace itself, with no second copy of the graph.
//!
//! Nodes are the events. From an event lead an edge to the next event of its process and one for each of its messages
//! to the receive of it: what these edges connect, transitively, is happens-before (Lamport 1978).
//!
//! The graph is as deep as a process has events. Of petgraph's algorithms `toposort`, `kosaraju_scc`, `Dfs`, `Bfs`,
//! `dijkstra` and `has_path_connecting` run in loops; `tarjan_scc` and `is_cyclic_directed` recurse and overflow the
//! stack on a long log (petgraph 0.8).

use fixedbitset::FixedBitSet;
use petgraph::visit::{
    Data, EdgeCount, EdgeRef, GraphBase, GraphProp, GraphRef, IntoEdgeReferences, IntoEdges, IntoEdgesDirected,
    IntoNeighbors, IntoNeighborsDirected, IntoNodeIdentifiers, IntoNodeReferences, NodeCompactIndexable, NodeCount,
    NodeIndexable, VisitMap, Visitable,
};
use petgraph::{Directed, Direction};

use crate::ids::{EventId, MessageId, ProcessId};
use crate::trace::{Part, Parts, Trace};

/// The happens-before graph of a trace, for petgraph.
///
/// A message that is received twice is one edge, to its first receive; a receive whose send the log lacks has none.
/// Several messages between two events are as many edges. Neighbours are found in O(log processes) each; nothing is
/// stored.
///
/// ```
/// use clearcut::{causality::HappensBefore, trace::Trace};
/// use petgraph::algo::{has_path_connecting, toposort};
///
/// let trace = Trace::from_text("P1: send m -> P2\nP2: step\nP2: receive m\n").unwrap();
/// let graph = HappensBefore::of(&trace);
/// let (p1, p2) = (trace.process("P1").unwrap(), trace.process("P2").unwrap());
/// assert!(has_path_connecting(graph, trace.event(p1, 1), trace.event(p2, 2), None));
/// assert!(!has_path_connecting(graph, trace.event(p1, 1), trace.event(p2, 1), None));
/// assert_eq!(toposort(graph, None).unwrap().len(), 3);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HappensBefore<'t> {
    trace: &'t Trace,
}

/// Why one event comes right before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// They are neighbours in the program order of their process.
    Program,
    /// The one sends this message and the other receives it.
    Message(MessageId),
}

/// An edge: two events and what links them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    source: EventId,
    target: EventId,
    link: Link,
}

impl<'t> HappensBefore<'t> {
    /// The graph of a trace. Time: constant.
    pub fn of(trace: &'t Trace) -> Self {
        Self { trace }
    }

    /// The trace that it is the graph of.
    pub fn trace(self) -> &'t Trace {
        self.trace
    }
}

/// The edges of one event in one direction: along the process first, then message by message.
#[derive(Clone, Debug)]
pub struct EventEdges<'t> {
    trace: &'t Trace,
    event: EventId,
    direction: Direction,
    program: Option<EventId>,
    parts: Parts<'t>,
}

impl<'t> EventEdges<'t> {
    fn new(trace: &'t Trace, event: EventId, direction: Direction) -> Self {
        let (process, number) = trace.place(event);
        let program = match direction {
            Direction::Outgoing => (number < trace.events(process)).then(|| trace.event(process, number + 1)),
            Direction::Incoming => (number > 1).then(|| trace.event(process, number - 1)),
        };
        Self { trace, event, direction, program, parts: trace.parts(process, number) }
    }

    fn edge(&self, other: EventId, link: Link) -> Edge {
        match self.direction {
            Direction::Outgoing => Edge { source: self.event, target: other, link },
            Direction::Incoming => Edge { source: other, target: self.event, link },
        }
    }
}

impl Iterator for EventEdges<'_> {
    type Item = Edge;

    fn next(&mut self) -> Option<Edge> {
        if let Some(other) = self.program.take() {
            return Some(self.edge(other, Link::Program));
        }
        loop {
            let (message, other) = match (self.parts.next()?, self.direction) {
                (Part::Sent(message), Direction::Outgoing) => {
                    let Some(received) = self.trace.received(message) else { continue };
                    (message, self.trace.event(self.trace.ends(message).1, received))
                }
                (Part::Received(message), Direction::Incoming) => {
                    (message, self.trace.event(self.trace.ends(message).0, self.trace.sent(message)))
                }
                _ => continue,
            };
            return Some(self.edge(other, Link::Message(message)));
        }
    }
}

/// The events at the other ends of [`EventEdges`].
#[derive(Clone, Debug)]
pub struct Neighbors<'t>(EventEdges<'t>);

impl Iterator for Neighbors<'_> {
    type Item = EventId;

    fn next(&mut self) -> Option<EventId> {
        let edge = self.0.next()?;
        Some(if self.0.direction == Direction::Outgoing { edge.target } else { edge.source })
    }
}

/// All events, process by process.
#[derive(Clone, Debug)]
pub struct Events(std::ops::Range<usize>);

impl Iterator for Events {
    type Item = EventId;

    fn next(&mut self) -> Option<EventId> {
        self.0.next().map(EventId::at)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Events {}

/// All events as petgraph's node references. What an event is, the trace tells.
#[derive(Clone, Debug)]
pub struct EventReferences(Events);

impl Iterator for EventReferences {
    type Item = (EventId, ());

    fn next(&mut self) -> Option<(EventId, ())> {
        self.0.next().map(|event| (event, ()))
    }
}

/// All edges, event by event.
#[derive(Clone, Debug)]
pub struct Edges<'t> {
    trace: &'t Trace,
    events: Events,
    current: Option<EventEdges<'t>>,
}

impl Iterator for Edges<'_> {
    type Item = Edge;

    fn next(&mut self) -> Option<Edge> {
        loop {
            if let Some(edge) = self.current.as_mut().and_then(Iterator::next) {
                return Some(edge);
            }
            self.current = Some(EventEdges::new(self.trace, self.events.next()?, Direction::Outgoing));
        }
    }
}

/// Which events were visited: a bit each.
#[derive(Clone, Debug, Default)]
pub struct Visited(FixedBitSet);

impl VisitMap<EventId> for Visited {
    fn visit(&mut self, event: EventId) -> bool {
        !self.0.put(event.index())
    }

    fn is_visited(&self, event: &EventId) -> bool {
        self.0.contains(event.index())
    }

    fn unvisit(&mut self, event: EventId) -> bool {
        let visited = self.0.contains(event.index());
        self.0.set(event.index(), false);
        visited
    }
}

impl EdgeRef for Edge {
    type NodeId = EventId;
    type EdgeId = Self;
    type Weight = Link;

    fn source(&self) -> EventId {
        self.source
    }

    fn target(&self) -> EventId {
        self.target
    }

    fn weight(&self) -> &Link {
        &self.link
    }

    fn id(&self) -> Self {
        *self
    }
}

impl GraphBase for HappensBefore<'_> {
    type NodeId = EventId;
    type EdgeId = Edge;
}

impl GraphRef for HappensBefore<'_> {}

impl GraphProp for HappensBefore<'_> {
    type EdgeType = Directed;
}

impl Data for HappensBefore<'_> {
    type NodeWeight = ();
    type EdgeWeight = Link;
}

impl<'t> IntoNeighbors for HappensBefore<'t> {
    type Neighbors = Neighbors<'t>;

    fn neighbors(self, event: EventId) -> Neighbors<'t> {
        self.neighbors_directed(event, Direction::Outgoing)
    }
}

impl<'t> IntoNeighborsDirected for HappensBefore<'t> {
    type NeighborsDirected = Neighbors<'t>;

    fn neighbors_directed(self, event: EventId, direction: Direction) -> Neighbors<'t> {
        Neighbors(EventEdges::new(self.trace, event, direction))
    }
}

impl IntoNodeIdentifiers for HappensBefore<'_> {
    type NodeIdentifiers = Events;

    fn node_identifiers(self) -> Events {
        Events(0..self.trace.event_count())
    }
}

impl IntoNodeReferences for HappensBefore<'_> {
    type NodeRef = (EventId, ());
    type NodeReferences = EventReferences;

    fn node_references(self) -> EventReferences {
        EventReferences(self.node_identifiers())
    }
}

impl<'t> IntoEdgeReferences for HappensBefore<'t> {
    type EdgeRef = Edge;
    type EdgeReferences = Edges<'t>;

    fn edge_references(self) -> Edges<'t> {
        Edges { trace: self.trace, events: self.node_identifiers(), current: None }
    }
}

impl<'t> IntoEdges for HappensBefore<'t> {
    type Edges = EventEdges<'t>;

    fn edges(self, event: EventId) -> EventEdges<'t> {
        self.edges_directed(event, Direction::Outgoing)
    }
}

impl<'t> IntoEdgesDirected for HappensBefore<'t> {
    type EdgesDirected = EventEdges<'t>;

    fn edges_directed(self, event: EventId, direction: Direction) -> EventEdges<'t> {
        EventEdges::new(self.trace, event, direction)
    }
}

impl NodeCount for HappensBefore<'_> {
    fn node_count(&self) -> usize {
        self.trace.event_count()
    }
}

impl NodeIndexable for HappensBefore<'_> {
    fn node_bound(&self) -> usize {
        self.trace.event_count()
    }

    fn to_index(&self, event: EventId) -> usize {
        event.index()
    }

    fn from_index(&self, index: usize) -> EventId {
        EventId::at(index)
    }
}

impl NodeCompactIndexable for HappensBefore<'_> {}

/// Time: O(messages).
impl EdgeCount for HappensBefore<'_> {
    fn edge_count(&self) -> usize {
        let program = |process: ProcessId| (self.trace.events(process) as usize).saturating_sub(1);
        let received = self.trace.messages().filter(|&m| self.trace.received(m).is_some()).count();
        self.trace.processes().map(program).sum::<usize>() + received
    }
}

impl Visitable for HappensBefore<'_> {
    type Map = Visited;

    fn visit_map(&self) -> Visited {
        Visited(FixedBitSet::with_capacity(self.trace.event_count()))
    }

    fn reset_map(&self, map: &mut Visited) {
        map.0.clear();
        map.0.grow(self.trace.event_count());
    }
}

#[cfg(test)]
mod tests;
