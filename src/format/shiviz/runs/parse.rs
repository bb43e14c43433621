//! Which patterns are runs of characters with text between them.

use super::{Item, Runs, Set};

/// More items than this are left to the regex.
const MOST: usize = 64;

impl Runs {
    /// A pattern of JavaScript that compiles, as one of this kind, if it is one; `whole_lines` as
    /// [`compile`](super::super::dialect::compile) has it.
    pub fn of(pattern: &str, whole_lines: bool) -> Option<Self> {
        let mut reader = Reader { items: Vec::new(), open: Vec::new(), groups: 0 };
        if whole_lines {
            reader.items.push(Item::Start);
        }
        let mut rest = pattern;
        while !rest.is_empty() {
            rest = reader.item(rest)?;
            if reader.items.len() > MOST {
                return None;
            }
        }
        if whole_lines {
            reader.items.extend([Item::Run(Set::Blank, 0), Item::End]);
        }
        let Reader { items, open, groups } = reader;
        open.is_empty().then_some(Self { items, groups })
    }
}

/// What was read of a pattern.
struct Reader {
    items: Vec<Item>,
    /// The groups that have not ended.
    open: Vec<usize>,
    groups: usize,
}

impl Reader {
    /// Reads an item, and gives what is behind it.
    fn item<'p>(&mut self, rest: &'p str) -> Option<&'p str> {
        if let Some(name) = rest.strip_prefix("(?<") {
            let (name, behind) = name.split_once('>')?;
            if name.is_empty() || name.starts_with(['=', '!']) {
                return None;
            }
            self.groups += 1;
            self.open.push(self.groups);
            self.items.push(Item::Open(self.groups));
            return Some(behind);
        }
        if let Some(behind) = rest.strip_prefix(')') {
            self.items.push(Item::Close(self.open.pop()?));
            return once(behind);
        }
        for (text, item) in [("\\n", Item::LineEnd), ("^", Item::Start), ("$", Item::End)] {
            if let Some(behind) = rest.strip_prefix(text) {
                self.items.push(item);
                return once(behind);
            }
        }
        for (text, set) in [(".", Set::Dot), ("\\S", Set::NotBlank), ("\\w", Set::Word), ("\\d", Set::Digit)] {
            if let Some(behind) = rest.strip_prefix(text) {
                return self.run(set, behind);
            }
        }
        if let Some(class) = rest.strip_prefix("[^") {
            let (one, behind) = character(class)?;
            return self.run(Set::Not(u8::try_from(one).ok().filter(u8::is_ascii)?), behind.strip_prefix(']')?);
        }
        let (one, behind) = character(rest)?;
        if once(behind).is_some() {
            self.text(one);
            return Some(behind);
        }
        self.run(Set::Only(u8::try_from(one).ok().filter(u8::is_ascii)?), behind)
    }

    /// A set with its `*` or `+`.
    fn run<'p>(&mut self, set: Set, behind: &'p str) -> Option<&'p str> {
        let least = usize::from(behind.starts_with('+'));
        self.items.push(Item::Run(set, least));
        once(behind.strip_prefix(['*', '+'])?)
    }

    fn text(&mut self, one: char) {
        if !matches!(self.items.last(), Some(Item::Text(_))) {
            self.items.push(Item::Text(Vec::new()));
        }
        if let Some(Item::Text(text)) = self.items.last_mut() {
            text.extend(one.encode_utf8(&mut [0; 4]).bytes());
        }
    }
}

/// What is behind an item that stands once.
fn once(behind: &str) -> Option<&str> {
    let counts = behind.strip_prefix('{').is_some_and(|inner| inner.starts_with(|c: char| c.is_ascii_digit()));
    (!counts && !behind.starts_with(['*', '+', '?'])).then_some(behind)
}

/// A character that stands for itself, and what is behind it.
fn character(rest: &str) -> Option<(char, &str)> {
    let mut chars = rest.chars();
    let one = match chars.next()? {
        '\\' => chars.next().filter(|escaped| escaped.is_ascii_punctuation() || *escaped == ' ')?,
        '(' | '[' | '|' | '*' | '+' | '?' => return None,
        '{' if once(rest).is_none() => return None,
        one => one,
    };
    Some((one, chars.as_str()))
}
