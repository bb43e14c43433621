//! The text of a format file (`grammar/format.ebnf`): each line is an option of the command line without its dashes.

use std::borrow::Cow;
use std::ops::Range;

use super::role::Action;
use crate::format::lexis::{self, Fault, Parsed, blanks, json_string, name, symbol};
use crate::format::record::Problem;

/// One line of a format file, with the bytes of what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The bytes of its text: of the pattern, the path, the words.
    pub at: Range<usize>,
    /// What it says.
    pub says: Says<'a>,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says<'a> {
    /// `pattern REGEX`: what an event looks like.
    Pattern(&'a str),
    /// `field NAME = PATH`: where a member of an event stands in a JSON object.
    Field(Cow<'a, str>, &'a str),
    /// `value ACTION = WORD, WORD`: words for what an event does.
    Value(Action, Vec<Cow<'a, str>>),
    /// `delimiter REGEX`: what stands between two executions.
    Delimiter(&'a str),
    /// `process-from-file REGEX`: how the name of a file names its process.
    ProcessFromFile(&'a str),
}

/// The lines of a format file that say something.
///
/// # Errors
/// All that is no such line, each with its place.
///
/// ```
/// use clearcut::format::mapping::statement::{Says, parse};
///
/// let lines = parse("# a service log\nfield process = host.name\n").unwrap();
/// assert_eq!(lines[0].says, Says::Field("process".into(), "host.name"));
/// ```
pub fn parse(text: &str) -> Result<Vec<Statement<'_>>, Vec<Problem>> {
    let (mut statements, mut problems) = (Vec::new(), Vec::new());
    let mut at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    while at < text.len() {
        let (line, taken) = crate::format::lines::first_line(&text[at..]);
        match statement(line) {
            Ok((_, None)) => {}
            Ok((_, Some((said, says)))) => {
                let start = at + (said.as_ptr().addr() - line.as_ptr().addr());
                statements.push(Statement { at: start..start + said.len(), says });
            }
            Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => problems.push(problem(at, line, &fault)),
            Err(nom::Err::Incomplete(_)) => problems.push(problem(at, line, &Fault::expected("", "more"))),
        }
        at += taken;
    }
    if problems.is_empty() { Ok(statements) } else { Err(problems) }
}

const STATEMENT: &str = "pattern, field, value, delimiter, process-from-file, or # and a comment";
const HELP: &str = "one line for each: `pattern REGEX`, `field process = host.name`, `value send = SENT, produce`";

fn problem(start: usize, line: &str, fault: &Fault<'_>) -> Problem {
    let at = start + line.len() - fault.rest.len();
    let len = fault.rest.chars().next().map_or(0, char::len_utf8);
    Problem {
        at: at..at + len,
        what: fault.what.clone().unwrap_or_else(|| "this line describes no format".into()),
        label: format!("expected {}", fault.expected),
        help: Some(fault.help.unwrap_or(HELP).into()),
    }
}

/// A line, with the text that it is about; nothing for a comment and a blank line.
fn statement(line: &str) -> Parsed<'_, Option<(&str, Says<'_>)>> {
    if let Some((at, odd)) = line.char_indices().find(|&(_, c)| c.is_control() && c != '\t') {
        let help = "in a regular expression, write it as \\x and two digits";
        let fault = Fault::expected(&line[at..], "no control character").with_help(help);
        return Fault { what: Some(format!("a control character, {odd:?}")), ..fault }.fail();
    }
    let (rest, _) = blanks(line)?;
    let rest = rest.trim_end_matches(lexis::is_blank);
    if rest.is_empty() || rest.starts_with('#') {
        return Ok(("", None));
    }
    let end = rest.find(lexis::is_blank).unwrap_or(rest.len());
    let (keyword, behind) = rest.split_at(end);
    let (said, _) = blanks(behind)?;
    let regex = || match said {
        "" => Fault::expected(&line[line.len()..], "a regular expression").fail(),
        _ => Ok(("", said)),
    };
    let says = match keyword {
        "pattern" => Says::Pattern(regex()?.1),
        "delimiter" => Says::Delimiter(regex()?.1),
        "process-from-file" => Says::ProcessFromFile(regex()?.1),
        "field" => {
            let (path, name) = name(said)?;
            let (path, ()) = symbol("=", "`=` and where it stands, like `host.name` or `/host/name`")(path)?;
            if path.is_empty() {
                return Fault::expected(path, "a path, like `host.name` or `/host/name`").fail();
            }
            return Ok(("", Some((path, Says::Field(name, path)))));
        }
        "value" => {
            let (rest, action) = action(said)?;
            let (rest, ()) = symbol("=", "`=` and the words for it")(rest)?;
            let (_, words) = words(rest)?;
            return Ok(("", Some((rest, Says::Value(action, words)))));
        }
        _ => return Fault::expected(rest, STATEMENT).fail(),
    };
    Ok(("", Some((said, says))))
}

fn action(text: &str) -> Parsed<'_, Action> {
    let (rest, word) = lexis::word(text).unwrap_or((text, ""));
    match Action::named(word) {
        Some(action) => Ok((rest, action)),
        None => Fault::expected(text, "send, receive, step or record").fail(),
    }
}

/// Words with commas between them; in quotes where a word has a comma in it.
fn words(text: &str) -> Parsed<'_, Vec<Cow<'_, str>>> {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        let (behind, word) = match rest.starts_with('"') {
            true => name(rest)?,
            false => {
                let end = rest.find([',', '"']).unwrap_or(rest.len());
                let word = rest[..end].trim_end_matches(lexis::is_blank);
                if word.is_empty() {
                    return Fault::expected(rest, "a word, like SENT, or `*` for all others").fail();
                }
                (&rest[word.len()..], Cow::Borrowed(word))
            }
        };
        words.push(word);
        (rest, _) = blanks(behind)?;
        if rest.is_empty() {
            return Ok(("", words));
        }
        match rest.strip_prefix(',') {
            Some(behind) => (rest, _) = blanks(behind)?,
            None => return Fault::expected(rest, "a comma, or the end of the line").fail(),
        }
    }
}

/// Options of the command line as the text of a format file, so that what is wrong with them is shown as in one.
pub fn from_options(patterns: &[String], fields: &[String], values: &[String], delimiter: Option<&str>) -> String {
    let bare = |name: &str| lexis::word(name).is_ok_and(|(rest, _)| rest.is_empty());
    let mut text = String::new();
    let mut push = |keyword: &str, said: &str| text.extend([keyword, " ", said, "\n"]);
    patterns.iter().for_each(|pattern| push("pattern", &one_line(pattern)));
    for field in fields {
        // `--field 'two words=path'` needs no quotes within the quotes.
        match field.split_once('=') {
            Some((name, path)) if !name.starts_with('"') && !bare(name) => {
                push("field", &format!("{}={}", json_string(name), one_line(path)));
            }
            _ => push("field", &one_line(field)),
        }
    }
    values.iter().for_each(|value| push("value", &one_line(value)));
    delimiter.into_iter().for_each(|delimiter| push("delimiter", &one_line(delimiter)));
    text
}

/// A text without what ends a line, and with the blanks at its ends that a file would lose.
fn one_line(text: &str) -> String {
    let mut line = text.replace("\r\n", "\\n").replace('\n', "\\n");
    if line.starts_with(' ') {
        line.replace_range(..1, "\\x20");
    }
    if line.ends_with(' ') && !line.ends_with("\\ ") {
        line.replace_range(line.len() - 1.., "\\x20");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_says_and_where() {
        let text = "\u{FEFF}# c\n\n pattern  ^a (?<b>.*) $ \r\nvalue send=SENT , \"a, b\",x y\nfield \"a b\" = /x y\n";
        let found = parse(text).unwrap();
        let says: Vec<_> = found.iter().map(|s| (&text[s.at.clone()], s.says.clone())).collect();
        let words = vec!["SENT".into(), "a, b".into(), "x y".into()];
        let expected = [
            ("^a (?<b>.*) $", Says::Pattern("^a (?<b>.*) $")),
            ("SENT , \"a, b\",x y", Says::Value(Action::Send, words)),
            ("/x y", Says::Field("a b".into(), "/x y")),
        ];
        assert_eq!(says, expected);
    }

    #[test]
    fn every_wrong_line_is_told_with_its_place() {
        let text = "patern x\npattern\nfield a\nvalue sent = x\nvalue send = a,,b\nvalue send = a \"b\"\n  field a =\n";
        let found: Vec<usize> = parse(text).unwrap_err().iter().map(|p| p.at.start).collect();
        assert_eq!(found, [0, 16, 24, 31, 55, 73, 88]);
    }

    #[test]
    fn options_are_lines_of_a_file() {
        let text = from_options(&[" a\nb ".into()], &["my var=x".into(), "to=y".into()], &[], Some("--"));
        assert_eq!(text, "pattern \\x20a\\nb\\x20\nfield \"my var\"=x\nfield to=y\ndelimiter --\n");
        assert_eq!(parse(&text).map(|found| found.len()), Ok(4));
    }
}
