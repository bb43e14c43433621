//! Which file is which process: what the names of the files and their clocks say of it.

use super::RecordedClocks;

/// The last number in the name of a file, with what stands before it and behind it.
fn numbered(name: &str) -> Option<(&str, u64, &str)> {
    let file = name.rfind(['/', '\\']).map_or(0, |i| i + 1);
    let end = file + name[file..].rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = name[..end].trim_end_matches(|c: char| c.is_ascii_digit()).len();
    Some((&name[..start], name[start..end].parse().ok()?, &name[end..]))
}

/// All names as numbered files of one series.
fn series<'n>(names: &[&'n str]) -> Option<Vec<(&'n str, u64, &'n str)>> {
    let all: Vec<_> = names.iter().map(|name| numbered(name)).collect::<Option<_>>()?;
    let (before, _, after) = *all.first()?;
    all.iter().all(|&(b, _, a)| b == before && a == after).then_some(all)
}

/// The names that a series of `width` files lacks, if their numbers tell: it starts at 0 or 1.
pub(super) fn absent_names(names: &[&str], width: usize) -> Vec<String> {
    let Some(all) = series(names) else { return Vec::new() };
    let numbers: Vec<u64> = all.iter().map(|&(_, number, _)| number).collect();
    let largest = numbers.iter().copied().max().unwrap_or(0);
    let first = u64::from(largest == width as u64);
    if largest >= first + width as u64 {
        return Vec::new();
    }
    let absent = (first..first + width as u64).filter(|number| !numbers.contains(number));
    absent.map(|number| format!("{}{number}{}", all[0].0, all[0].2)).collect()
}

/// Names whose numbers are not in order.
pub(super) fn order_of_names(names: &[&str]) -> Option<String> {
    let all = series(names)?;
    let (before, after) = all.windows(2).map(|pair| (pair[0], pair[1])).find(|(a, b)| a.1 > b.1)?;
    let mut numbers: Vec<u64> = all.iter().map(|&(_, number, _)| number).collect();
    numbers.sort_unstable();
    let distinct = numbers.windows(2).all(|pair| pair[0] < pair[1]);
    let full = |(b, number, a): (&str, u64, &str)| format!("{b}{number}{a}");
    distinct.then(|| {
        let mut sorted = all.clone();
        sorted.sort_by_key(|&(_, number, _)| number);
        let sorted: Vec<String> = sorted.into_iter().map(full).collect();
        format!(
            "{} was given before {}: the k-th file is taken for the k-th process; if the number in the name is the process, give the files in its order: {}",
            full(before),
            full(after),
            sorted.join(" ")
        )
    })
}

/// Another order of the files in which every process knows most of its own events.
pub(super) fn order_of_clocks(read: &RecordedClocks, names: &[&str]) -> Option<String> {
    let n = read.processes;
    let ahead = |file: usize, component: usize| {
        let mut strictly = false;
        for snapshot in 0..read.snapshots {
            let own = read.clock(snapshot, file)[component];
            let mut others = (0..n).filter(|&p| p != file).map(|p| read.clock(snapshot, p)[component]);
            match others.try_fold(true, |most, other| (other <= own).then_some(most && other < own)) {
                Some(most) => strictly |= most,
                None => return false,
            }
        }
        strictly
    };
    let behind = |file: usize| {
        (0..read.snapshots).any(|s| (0..n).any(|other| read.clock(s, other)[file] > read.clock(s, file)[file]))
    };
    if !(0..n).any(behind) {
        return None;
    }
    // At most one file is ahead in a component, so that the order is the only one.
    let order: Vec<usize> = (0..n).map(|c| (0..n).find(|&file| ahead(file, c))).collect::<Option<_>>()?;
    let mut files = order.clone();
    files.sort_unstable();
    if files.iter().enumerate().any(|(i, &file)| i != file) {
        return None;
    }
    let component = order.iter().enumerate().find(|&(component, &file)| component != file).map(|(c, _)| c)?;
    let names: Vec<&str> = order.iter().map(|&file| names[file]).collect();
    Some(format!(
        "the files seem to be in another order than the processes: {} counts most events of process {} at every snapshot; every snapshot is consistent in the order {}",
        names[component],
        component + 1,
        names.join(" ")
    ))
}

/// The files in the order of the numbers in their names, where they come as a shell sorts them (`c-10.out` before
/// `c-2.out`), which nobody means: their places in `names`. Nothing where that is the same, or where someone chose an
/// order, or the names are no series of numbers that are all different.
///
/// ```
/// use clearcut::format::clocks::by_number;
///
/// assert_eq!(by_number(&["c-1.out", "c-10.out", "c-2.out"]), Some(vec![0, 2, 1]));
/// assert_eq!(by_number(&["c-2.out", "c-10.out", "c-1.out"]), None);
/// ```
pub fn by_number(names: &[&str]) -> Option<Vec<usize>> {
    let all = series(names)?;
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&at| all[at].1);
    let distinct = order.windows(2).all(|two| all[two[0]].1 < all[two[1]].1);
    (distinct && names.is_sorted() && !order.is_sorted()).then_some(order)
}
