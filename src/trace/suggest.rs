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

/// Levenshtein's distance, case apart.
fn edits(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(!x.to_lowercase().eq(y.to_lowercase()));
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let names = ["P1", "P2", "checkout", "payments"];
        assert_eq!(nearest("chekout", names.into_iter()), Some("checkout"));
        assert_eq!(nearest("p2", names.into_iter()), Some("P2"));
        assert_eq!(nearest("inventory", names.into_iter()), None);
    }
}
