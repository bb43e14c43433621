//! Records of all kinds, made up for a random execution.

use clearcut::format::record::{
    ActionKind, ChannelRecord, CutRecord, EventRecord, MarkKind, MarkRecord, ProcessRecord, Sink, Transfer,
};
use clearcut::format::time::Time;
use proptest::prelude::*;

use super::random::{Did, Execution};

/// Names that need quotes, look like something else, or are not ASCII.
pub const NAMES: [&str; 12] =
    ["P1", "process", "a b", "x\"y\\", "é→", "cut", "p-", "end", "tab\there\n", "#c", "marker", "{3"];

/// What is said of each event beyond its messages, by a number.
#[derive(Clone, Copy, Debug)]
pub struct Details {
    /// Also what only JSON Lines can say.
    pub all: bool,
    /// Messages have no ids.
    pub unnamed: bool,
    pub seed: usize,
}

const STATES: [&str; 5] = [
    r#"{"balance":1000,"note":"two words"}"#,
    r#"{"a b":null,"x":true,"y":-2.5e-3}"#,
    r#"{"word":"true","n":"5","m":"5a","e":""}"#,
    r#"{"é":"line\nend \"q\" \\"}"#,
    r#"{"big":123456789012345678901234567890.5}"#,
];

const TIMES: [&str; 4] = ["12.5", "-3", "2014-10-13T14:37:20.543Z", "1456966522870845696"];

impl Details {
    fn of<'a>(&self, of: usize, one_in: usize, all: &[&'a str]) -> Option<&'a str> {
        let n = self.seed.wrapping_mul(31).wrapping_add(of.wrapping_mul(7));
        n.is_multiple_of(one_in).then(|| all[(n / one_in) % all.len()])
    }
}

fn name(process: usize, details: Details) -> &'static str {
    NAMES[(process + details.seed) % NAMES.len()]
}

/// Everything that records can say, for an execution.
pub fn tell(execution: &Execution, details: Details, sink: &mut dyn Sink) {
    let at = 0..0;
    for p in 0..execution.processes {
        sink.process(ProcessRecord { at: at.clone(), name: name(p, details), state: details.of(p, 2, &STATES) });
    }
    if !execution.fifo || details.seed.is_multiple_of(3) {
        for (p, q) in (0..execution.processes).flat_map(|p| (0..execution.processes).map(move |q| (p, q))) {
            let (from, to) = (name(p, details), name(q, details));
            if p != q {
                sink.channel(ChannelRecord { at: at.clone(), from, to, fifo: execution.fifo });
            }
        }
    }
    for (i, (process, did)) in execution.events.iter().enumerate() {
        event(execution, details, i, *process, did, sink);
        let snapshot = details.of(i, 5, &["s1", "a snapshot"]).unwrap_or_default();
        let (own, other) = (name(*process, details), name((process + 1) % execution.processes, details));
        let state = details.of(i, 2, &STATES);
        let channels = details.of(i, 2, &[r#"{"P1":["m1",{"payload":[1]}]}"#]).filter(|_| details.all);
        let (to, both) = ([other], i % 3);
        let mark = [MarkKind::Record { state, channels }, MarkKind::Send(&to), MarkKind::Receive(other)][both].clone();
        if !snapshot.is_empty() {
            sink.mark(MarkRecord { at: at.clone(), process: own, snapshot, mark });
        }
    }
    if details.seed.is_multiple_of(2) {
        let spec: Vec<String> = (0..execution.processes).map(|p| format!("{}=0", cut_name(name(p, details)))).collect();
        sink.cut(CutRecord { at, name: "my cut", spec: &spec.join(" ") });
    }
}

fn cut_name(name: &str) -> String {
    clearcut::format::cut::quote(name).into_owned()
}

fn event(execution: &Execution, details: Details, i: usize, process: usize, did: &Did, sink: &mut dyn Sink) {
    let named = !(details.unnamed && execution.fifo) || execution.messages.iter().any(|m| !m.logged);
    let ids: Vec<String> = (0..execution.messages.len()).map(|m| format!("{}{m}", NAMES[m % NAMES.len()])).collect();
    let transfer = |&m: &usize, send: bool| {
        let message = &execution.messages[m];
        let payload = details.of(m, 2, if details.all && m % 5 == 0 { &["[1,{}]", "5"] } else { &STATES });
        Transfer {
            message: named.then_some(ids[m].as_str()),
            peer: Some(name(if send { message.to } else { message.from }, details)),
            payload: payload.filter(|_| send && named),
        }
    };
    let (action, transfers) = match did {
        Did::Send(of) if of.iter().all(|&m| execution.messages[m].logged) => {
            (ActionKind::Send, of.iter().map(|m| transfer(m, true)).collect())
        }
        Did::Receive(of) => (ActionKind::Receive, of.iter().map(|m| transfer(m, false)).collect()),
        _ => (ActionKind::Step, vec![]),
    };
    let label = format!("{} {i}", NAMES[i % NAMES.len()]);
    let clock = [(name(process, details), i as u64 + 1)];
    sink.event(&EventRecord {
        at: 0..0,
        process: name(process, details),
        label: i.is_multiple_of(3).then_some(label.as_str()),
        note: details.of(i, 3, &["a note", "and \u{7}"]).filter(|_| details.all),
        action,
        transfers: &transfers,
        state: details.of(i, 4, &STATES),
        time: details.of(i, 2, &TIMES).and_then(Time::parse),
        clock: (details.all && i.is_multiple_of(2)).then_some(&clock),
    });
}

/// Details of all kinds.
pub fn details() -> impl Strategy<Value = Details> {
    (any::<bool>(), any::<bool>(), 0..1000usize).prop_map(|(all, unnamed, seed)| Details { all, unnamed, seed })
}
