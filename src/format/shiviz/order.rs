//! The order of events within a host.
//!
//! ShiViz orders the events of a host by the host's own count, whatever their order in the file: threads may log out
//! of turn, and files may be joined in any way. Here that is done where it is certain: if the own counts of a host are
//! all different. A count that comes twice (a restart, a clock that stands still) leaves the host in the order of the
//! file, to be judged by whoever checks clocks.
//!
//! An ordinary log is in order and costs one map of hosts; only the events of hosts that are not are kept.

use std::collections::HashMap;

use super::clock::Counts;
use super::record::Reader;

/// For each host that needs it: where its matches start, in the order in which they are to be read.
pub(super) type Order<'t> = HashMap<&'t str, std::vec::IntoIter<usize>>;

/// Looks through all records and says which hosts are to be read in another order than that of the file.
pub(super) fn of<'t>(reader: &Reader<'_, 't>) -> Order<'t> {
    let mut last: HashMap<&str, (u64, bool)> = HashMap::new();
    let mut counts = Counts::new();
    for found in reader.matches() {
        let Some((host, own)) = reader.own(&found, &mut counts) else { continue };
        match last.get_mut(host) {
            Some((before, ascending)) => {
                *ascending &= *before < own;
                *before = own;
            }
            None => drop(last.insert(host, (own, true))),
        }
    }
    last.retain(|_, (_, ascending)| !*ascending);
    if last.is_empty() {
        return Order::new();
    }
    let mut events: HashMap<&str, Vec<(u64, usize)>> = last.into_keys().map(|host| (host, Vec::new())).collect();
    for found in reader.matches() {
        if let Ok(record) = reader.record(&found, &mut counts)
            && let Some(events) = events.get_mut(record.host)
        {
            events.push((record.own, found.at.start));
        }
    }
    let sorted = events.into_iter().filter_map(|(host, mut events)| {
        events.sort_unstable();
        let distinct = events.windows(2).all(|pair| pair[0].0 < pair[1].0);
        distinct.then(|| (host, events.into_iter().map(|(_, start)| start).collect::<Vec<_>>().into_iter()))
    });
    sorted.collect()
}
