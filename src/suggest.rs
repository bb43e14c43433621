//! "Did you mean ...?"

/// The candidate nearest to `name` in edits, if one is near enough to be meant. Time: the product of the lengths, for
/// each candidate; meant for messages, not for loops.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(64).collect();
    let enough = 1 + name.len() / 4;
    candidates
        .take(1000)
        .map(|c| (edits(&name, c), c))
        .filter(|&(distance, _)| distance <= enough)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, c)| c)
}

/// Levenshtein's distance, case apart, where two neighbours that changed places are one edit (`form`, `from`).
fn edits(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let same = |x: char, y: char| x.to_lowercase().eq(y.to_lowercase());
    let mut older: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1; b.len() + 1];
        for (j, &y) in b.iter().enumerate() {
            let change = last[j] + usize::from(!same(x, y));
            row[j + 1] = change.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && same(x, b[j - 1]) && same(a[i - 1], y) {
                row[j + 1] = row[j + 1].min(older[j - 1] + 1);
            }
        }
        older = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let names = ["P1", "P2", "checkout", "payments", "to", "from"];
        assert_eq!(nearest("chekout", names.into_iter()), Some("checkout"));
        assert_eq!(nearest("p2", names.into_iter()), Some("P2"));
        assert_eq!(nearest("form", names.into_iter()), Some("from"));
        assert_eq!(nearest("inventory", names.into_iter()), None);
    }

    #[test]
    fn neighbours_that_changed_places_are_one_edit() {
        let distance = |a: &str, b: &str| edits(&a.chars().collect::<Vec<_>>(), b);
        assert_eq!([distance("sned", "send"), distance("recieve", "RECEIVE"), distance("", "ab")], [1, 1, 2]);
        assert_eq!([distance("abc", ""), distance("abc", "abc"), distance("kitten", "sitting")], [3, 0, 3]);
    }
}
