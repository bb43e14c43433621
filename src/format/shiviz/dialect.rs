//! From the regular expressions of JavaScript, in which these logs describe themselves, to those of the `regex` crate.
//!
//! What differs, and is translated:
//! - a `{` that starts no quantifier is literal: `(?<clock>{.*})`;
//! - any other character may be escaped: `\/`, `\"`, `\<`;
//! - `\d`, `\w` and `\b` are ASCII; `[]` and `[^]` are classes, and `[`, `&&`, `--`, `~~` mean nothing inside one;
//! - `\n` also matches the end of a CRLF line (ShiViz reads no such files; here they are read);
//! - groups without a name do not capture: nothing could refer to them.
//!
//! Look-around and back-references have no linear-time equivalent and are refused by name.

use std::ops::Range;

use regex::bytes::{Regex, RegexBuilder};

/// Why a pattern cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::format) struct Refused {
    /// The part of the pattern at fault, in bytes.
    pub at: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// Compiles a pattern of JavaScript with its flag `m`; `whole_lines` lets it match from the start of a line to the end
/// of one only (blanks at the end aside), as ShiViz has it for the patterns in the head of a file.
pub(in crate::format) fn compile(pattern: &str, whole_lines: bool) -> Result<Regex, Refused> {
    let translated = translate(pattern)?;
    let translated = if whole_lines { format!("^(?:{translated})[ \\t]*$") } else { translated };
    build(pattern, &translated, true)
}

/// Compiles a pattern that sees as many lines as it says with its `\n`, and how many these are. If it is one, then `^` and
/// `$` are where its text starts and ends: what can match at one place alone is matched several times as fast.
pub(in crate::format) fn compile_for_lines(pattern: &str) -> Result<(Regex, usize), Refused> {
    let lines = 1 + line_ends(pattern);
    Ok((build(pattern, &translate(pattern)?, lines > 1)?, lines))
}

fn build(pattern: &str, translated: &str, multi_line: bool) -> Result<Regex, Refused> {
    RegexBuilder::new(translated).multi_line(multi_line).crlf(true).build().map_err(|error| {
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default().trim().trim_start_matches("error: ");
        Refused { at: 0..pattern.len(), what: format!("this is no regular expression: {reason}"), help: None }
    })
}

/// How often `\n` stands in a pattern, other than in a class of what does not match.
fn line_ends(pattern: &str) -> usize {
    let (mut count, mut in_class, mut negated) = (0, false, false);
    let mut chars = pattern.chars().peekable();
    while let Some(next) = chars.next() {
        match next {
            '\\' => count += usize::from(chars.next() == Some('n') && !(in_class && negated)),
            '[' if !in_class => (in_class, negated) = (true, chars.peek() == Some(&'^')),
            ']' => in_class = false,
            _ => {}
        }
    }
    count
}

/// Rewrites a pattern of JavaScript for the `regex` crate.
fn translate(pattern: &str) -> Result<String, Refused> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut at = 0;
    while let Some(next) = pattern[at..].chars().next() {
        let rest = &pattern[at..];
        let taken = match next {
            '\\' => escape(rest, at, &mut out)?,
            '[' => class(rest, at, &mut out)?,
            '(' => group(rest, at, &mut out)?,
            '{' => {
                let quantifier = quantifier(rest);
                out.push_str(quantifier.unwrap_or("\\{"));
                quantifier.map_or(1, str::len)
            }
            '}' | ']' => {
                out.push('\\');
                out.push(next);
                1
            }
            _ => {
                out.push(next);
                next.len_utf8()
            }
        };
        at += taken;
    }
    Ok(out)
}

/// `{2}`, `{2,}` or `{2,5}` at the start of `rest`.
fn quantifier(rest: &str) -> Option<&str> {
    let inner = &rest[1..rest.find('}')?];
    let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (!least.is_empty() && digits(least) && digits(most)).then(|| &rest[..inner.len() + 2])
}

/// An opening parenthesis.
fn group(rest: &str, at: usize, out: &mut String) -> Result<usize, Refused> {
    for look in ["(?=", "(?!", "(?<=", "(?<!"] {
        if rest.starts_with(look) {
            return Err(Refused {
                at: at..at + look.len(),
                what: format!("`{look}` looks ahead or behind, which is not supported"),
                help: Some("say what the text itself looks like, for example with a class like [^,] and no `.`".into()),
            });
        }
    }
    out.push_str(if rest.starts_with("(?") { "(" } else { "(?:" });
    Ok(1)
}

/// A backslash outside of a class.
fn escape(rest: &str, at: usize, out: &mut String) -> Result<usize, Refused> {
    let Some(escaped) = rest[1..].chars().next() else {
        return Err(Refused {
            at: at..at + 1,
            what: "the pattern ends in a backslash".into(),
            help: Some("write `\\\\` for a backslash in the text".into()),
        });
    };
    match escaped {
        'd' => out.push_str("[0-9]"),
        'D' => out.push_str("[^0-9]"),
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'b' => out.push_str("(?-u:\\b)"),
        'B' => out.push_str("(?-u:\\B)"),
        'n' => out.push_str("(?:\\r?\\n)"),
        _ => return literal(escaped, rest, at, out),
    }
    Ok(2)
}

/// An escape that stands for one character, in a class or outside of one.
fn literal(escaped: char, rest: &str, at: usize, out: &mut String) -> Result<usize, Refused> {
    match escaped {
        '1'..='9' | 'k' => {
            return Err(Refused {
                at: at..at + 2,
                what: format!("`\\{escaped}` refers back to a group, which is not supported"),
                help: Some("write the group's own pattern again in its place".into()),
            });
        }
        's' | 'S' | 'n' | 'r' | 't' | 'v' | 'f' => {
            out.push('\\');
            out.push(escaped);
        }
        '0' => out.push_str("\\x00"),
        'x' | 'u' => {
            let digits = if escaped == 'x' { 2 } else { 4 };
            match rest.get(2..2 + digits).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit())) {
                Some(hex) => {
                    out.push_str(&format!("\\x{{{hex}}}"));
                    return Ok(2 + digits);
                }
                None => out.push(escaped),
            }
        }
        other => out.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
    }
    Ok(1 + escaped.len_utf8())
}

/// A class, from its `[` to its `]`.
fn class(rest: &str, at: usize, out: &mut String) -> Result<usize, Refused> {
    if rest.starts_with("[^]") {
        out.push_str("(?s:.)");
        return Ok(3);
    }
    if rest.starts_with("[]") {
        out.push_str("[^\\x{0}-\\x{10FFFF}]");
        return Ok(2);
    }
    let mut here = if rest.starts_with("[^") { 2 } else { 1 };
    out.push_str(&rest[..here]);
    // A dash is a range between two characters, and itself beside a set such as `\w`.
    let mut after_set = true;
    while let Some(next) = rest[here..].chars().next() {
        match next {
            ']' => {
                out.push(']');
                return Ok(here + 1);
            }
            '\\' => {
                let set = match rest[here + 1..].chars().next() {
                    Some('d') => Some("0-9"),
                    Some('D') => Some("[^0-9]"),
                    Some('w') => Some("0-9A-Za-z_"),
                    Some('W') => Some("[^0-9A-Za-z_]"),
                    Some('s') => Some("\\s"),
                    Some('S') => Some("\\S"),
                    _ => None,
                };
                after_set = set.is_some();
                here += match (set, rest[here + 1..].chars().next()) {
                    (Some(set), _) => {
                        out.push_str(set);
                        2
                    }
                    (None, Some('b')) => {
                        out.push_str("\\x08");
                        2
                    }
                    (None, Some(escaped)) => literal(escaped, &rest[here..], at + here, out)?,
                    (None, None) => break,
                };
                continue;
            }
            '-' => {
                let tail = &rest[here + 1..];
                let before_set = ["]", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S"].iter().any(|s| tail.starts_with(s));
                let range = !after_set && !before_set;
                out.push_str(if range { "-" } else { "\\-" });
                // The end of a range starts no other.
                after_set = range;
                if range && tail.starts_with('-') {
                    out.push_str("\\-");
                    here += 1;
                }
                here += 1;
                continue;
            }
            '[' | '&' | '~' => {
                out.push('\\');
                out.push(next);
            }
            _ => out.push(next),
        }
        after_set = false;
        here += next.len_utf8();
    }
    Err(Refused {
        at: at..at + 1,
        what: "this class has no end".into(),
        help: Some("close it with `]`, or write `\\[` for a bracket in the text".into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
        let regex = compile(pattern, false).unwrap_or_else(|e| panic!("{pattern}: {e:?}"));
        regex.find(text.as_bytes()).map(|m| &text[m.range()])
    }

    #[test]
    fn braces_are_literal_unless_they_count() {
        assert_eq!(first("{.*}", "x {1} y"), Some("{1}"));
        assert_eq!(first(r"(\d{1,3}\.){3}\d{1,3}", "at 24.22.130.14:80"), Some("24.22.130.14"));
        assert_eq!(first("a{2,}b{,2}c{x}", "aaab{,2}c{x}"), Some("aaab{,2}c{x}"));
    }

    #[test]
    fn escapes_are_those_of_javascript() {
        assert_eq!(first(r"\/\\ \<\_\-\@\A", r"/\ <_-@A"), Some(r"/\ <_-@A"));
        assert_eq!(first(r"\d+\w", "٣x7é 12ab"), Some("12a"), "a digit is an ASCII digit");
        assert_eq!(first(r"\x41\u00e9", "Aé"), Some("Aé"));
        assert_eq!(first(r"a\nb", "a\r\nb"), Some("a\r\nb"), "a line may end in CRLF");
    }

    #[test]
    fn classes_are_those_of_javascript() {
        assert_eq!(first(r"[\w-.]+", "..a-b=c"), Some("..a-b"));
        assert_eq!(first(r"[a[&&b~~]+", "x[a&b~"), Some("[a&b~"));
        assert_eq!(first("[^]+", "a\nb"), Some("a\nb"));
        assert_eq!(first("[]", "a"), None);
        assert_eq!(first("[a-c-e]+", "f-ecab"), Some("-ecab"));
        assert_eq!(first("[-a]+[a-]+", "b-aa-"), Some("-aa-"));
        assert_eq!(first(r"[^\]]+\]", "[ab]"), Some("[ab]"));
    }

    #[test]
    fn a_line_is_what_javascript_takes_for_one() {
        assert_eq!(first("^b.*$", "a\nbc\r\nd"), Some("bc"));
        let whole = compile("b", true).expect("compiles");
        assert!(whole.is_match(b"a\nb  \nc") && !whole.is_match(b"ab\nbc"));
    }

    #[test]
    fn what_cannot_be_done_is_refused_where_it_stands() {
        let at = |pattern: &str| compile(pattern, false).map(drop).map_err(|e| e.at);
        assert_eq!(at("ab(?=c)"), Err(2..5));
        assert_eq!(at("(?<!c)"), Err(0..4));
        assert_eq!(at(r"(a)\1"), Err(3..5));
        assert_eq!(at("x\\"), Err(1..2));
        assert_eq!(at("x[ab"), Err(1..2));
        assert_eq!(at("(ab"), Err(0..3));
        assert_eq!(at("(?<a>x)(?<a>y)"), Err(0..14));
    }
}
