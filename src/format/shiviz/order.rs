//! The order of events within a host.
//!
//! ShiViz orders the events of a host by the host's own count, whatever their order in the file: threads may log out
//! of turn, and files may be joined in any way. Here that is done where it is certain: if the own counts of a host are
//! all different. A count that comes twice (a restart, a clock that stands still) leaves the host in the order of the
//! file, to be judged by whoever checks clocks.
//!
//! An ordinary log is in order and costs one map of hosts; only the events of hosts that are not are kept.

use hashbrown::HashMap;

use super::clock::{CountOf, Counts};
use super::pattern::Kept;
use super::record::Reader;

/// For each host that needs it: where its matches start, in the order in which they are to be read.
pub(super) type Order<'t> = HashMap<&'t str, std::vec::IntoIter<usize>>;

/// What is known of a host.
struct Host {
    /// Its last count, and whether its counts ascend so far.
    last: u64,
    ascends: bool,
    own: CountOf,
}

/// Looks through all records and says which hosts are to be read in another order than that of the file; and keeps the
/// matches, if they are not too many.
pub(super) fn of<'t>(reader: &Reader<'_, 't>) -> (Order<'t>, Option<Kept>) {
    let mut hosts: HashMap<&str, Host> = HashMap::new();
    let mut counts = Counts::new();
    let mut matches = reader.matches();
    let mut kept = Some(Kept::default());
    while let Some(found) = matches.next() {
        kept = kept.and_then(|kept| kept.and(&matches, &found));
        let Some((host, clock)) = reader.host_and_clock(&found) else { continue };
        let known = hosts.get_mut(host);
        let own = known.as_ref().and_then(|host| host.own.find(clock));
        let Some(own) = own.or_else(|| Some(reader.record(&found, &mut counts).ok()?.own)) else { continue };
        match known {
            Some(host) => {
                host.ascends &= host.last < own;
                host.last = own;
            }
            None => drop(hosts.insert(host, Host { last: own, ascends: true, own: CountOf::new(host) })),
        }
    }
    hosts.retain(|_, host| !host.ascends);
    if hosts.is_empty() {
        return (Order::new(), kept);
    }
    let mut events: HashMap<&str, Vec<(u64, usize)>> = hosts.into_keys().map(|host| (host, Vec::new())).collect();
    for found in reader.matches_again(kept.as_ref()) {
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
    (sorted.collect(), kept)
}
