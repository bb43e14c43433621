//! Columns that line up.

/// Rows of cells as lines: each column as wide as its widest cell, two spaces between, nothing behind the last.
pub fn lines(rows: &[Vec<String>], indent: usize) -> String {
    let width = |text: &str| text.chars().count();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|c| rows.iter().filter_map(|row| row.get(c)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = " ".repeat(indent);
        for (cell, &wide) in row.iter().zip(&widths) {
            line += cell;
            line += &" ".repeat(wide - width(cell) + 2);
        }
        out += line.trim_end();
        out.push('\n');
    }
    out
}

/// `items`, at most `most` of them, and how many more there are.
pub fn some<T>(items: &[T], most: usize, mut show: impl FnMut(&T) -> String) -> Vec<String> {
    let mut shown: Vec<String> = items.iter().take(most).map(&mut show).collect();
    if items.len() > most {
        shown.push(format!("... and {} more (all of them with -o json)", items.len() - most));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [["a", "long"], ["bcd", "x"]].map(|row| row.map(String::from).to_vec());
        assert_eq!(lines(&rows, 1), " a    long\n bcd  x\n");
        assert_eq!(some(&[1, 2, 3], 2, |n| n.to_string()).len(), 3);
    }
}
