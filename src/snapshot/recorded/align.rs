//! What two sequences have in common, where one should be the other.

use std::collections::VecDeque;

use hashbrown::HashMap;

/// What is wrong with a sequence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Alignment {
    /// Expected and not there: numbers of the expected.
    pub(super) missing: Vec<usize>,
    /// There and not expected: numbers of what is there.
    pub(super) extra: Vec<usize>,
    /// What is there of the expected stands in another order.
    pub(super) disordered: bool,
}

/// Compares what is there with what is expected. What is expected has several keys, and is there where one of them is.
///
/// If one is a part of the other in its order, no disorder is seen; among equal ones the first is taken as there.
/// Time and space: linear, expected.
pub(super) fn align<const K: usize>(expected: &[[String; K]], there: &[String]) -> Alignment {
    let is = |e: usize, t: usize| expected[e].contains(&there[t]);
    if let Some(missing) = leftover(expected.len(), there.len(), is) {
        return Alignment { missing, ..Alignment::default() };
    }
    if let Some(extra) = leftover(there.len(), expected.len(), |t, e| is(e, t)) {
        return Alignment { extra, ..Alignment::default() };
    }
    let mut places: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for (e, key) in expected.iter().enumerate().flat_map(|(e, keys)| keys.iter().map(move |key| (e, key))) {
        places.entry(key).or_default().push_back(e);
    }
    let mut used = vec![false; expected.len()];
    let mut alignment = Alignment::default();
    let mut last = None;
    for (t, key) in there.iter().enumerate() {
        let mut place = None;
        while let Some(e) = places.get_mut(key.as_str()).and_then(VecDeque::pop_front) {
            if !used[e] {
                place = Some(e);
                break;
            }
        }
        match place {
            Some(e) => {
                used[e] = true;
                alignment.disordered |= last.is_some_and(|last| last > e);
                last = Some(e);
            }
            None => alignment.extra.push(t),
        }
    }
    alignment.missing = (0..expected.len()).filter(|&e| !used[e]).collect();
    alignment
}

/// What is left of a longer sequence if a shorter one is a part of it, in order; nothing if it is not.
fn leftover(longer: usize, shorter: usize, is: impl Fn(usize, usize) -> bool) -> Option<Vec<usize>> {
    let mut next = 0;
    let mut left = Vec::new();
    for l in 0..longer {
        if next < shorter && is(l, next) {
            next += 1;
        } else {
            left.push(l);
        }
    }
    (next == shorter).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(text: &str) -> Vec<[String; 1]> {
        text.chars().map(|c| [c.to_string()]).collect()
    }

    fn aligned(expected: &str, there: &str) -> (Vec<usize>, Vec<usize>, bool) {
        let there: Vec<String> = there.chars().map(String::from).collect();
        let Alignment { missing, extra, disordered } = align(&keys(expected), &there);
        (missing, extra, disordered)
    }

    #[test]
    fn what_is_missing_extra_and_out_of_order() {
        assert_eq!(aligned("abc", "abc"), (vec![], vec![], false));
        assert_eq!(aligned("abc", "ab"), (vec![2], vec![], false));
        assert_eq!(aligned("abac", "ba"), (vec![0, 3], vec![], false));
        assert_eq!(aligned("ab", "axb"), (vec![], vec![1], false));
        assert_eq!(aligned("ab", "ba"), (vec![], vec![], true));
        assert_eq!(aligned("abc", "cxa"), (vec![1], vec![1], true));
        assert_eq!(aligned("ab", "xb"), (vec![0], vec![0], false));
    }

    proptest! {
        #[test]
        fn nothing_is_wrong_only_with_the_same(expected in "[abc]{0,6}", there in "[abc]{0,6}") {
            let (missing, extra, disordered) = aligned(&expected, &there);
            prop_assert_eq!(missing.is_empty() && extra.is_empty() && !disordered, expected == there);
            prop_assert_eq!(expected.len() - missing.len(), there.len() - extra.len());
        }
    }
}
