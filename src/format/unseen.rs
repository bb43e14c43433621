//! What a description says of a log, and the log never has: a slip of the pen, most often.
//!
//! What is told is certain: a path that no object has, a word that stands nowhere, a pattern that matches nowhere. Where
//! it is not (an object far into a long log may have the path) nothing is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;

use super::mapping;
use super::mapping::statement::{Says, Statement};
use super::record::Unseen;
use super::shiviz::dialect;
use crate::source::Source;

/// Objects that are looked at for a path, and for what may have been meant.
const OBJECTS: usize = 10_000;
const FIRST: usize = 200;

/// Longest text without line ends that is read as JSON for this.
const DOCUMENT: usize = 64 << 20;

/// How much of a text log is searched for the word that was meant.
const BEGINNING: usize = 64 << 10;

/// How many paths or words are kept.
const KEPT: usize = 1000;

/// What of these statements is of no use for these sources. Time: where all is of use, that of finding it; else linear in
/// the bytes for each that is not.
///
/// ```
/// use std::sync::Arc;
/// use clearcut::format::{mapping::statement, unseen};
/// use clearcut::source::Source;
///
/// let said = statement::parse("field process = hsot.name").unwrap();
/// let log = Arc::new(Source::from_text("log", r#"{"host": {"name": "a"}}"#));
/// let unseen = unseen::of(&said, &[log]);
/// assert_eq!(unseen[0].said, "--field process=hsot.name");
/// assert_eq!(unseen[0].near.as_deref(), Some("host.name"));
/// ```
pub fn of(statements: &[Statement<'_>], sources: &[Arc<Source>]) -> Vec<Unseen> {
    let patterns = statements.iter().filter(|statement| matches!(statement.says, Says::Pattern(_))).count();
    let mut found = Vec::new();
    for statement in statements {
        match &statement.says {
            Says::Field(name, path) if !has_path(sources, path) => {
                found.push(Unseen::new(format!("--field {name}={path}"), path, paths(sources)));
            }
            Says::Value(action, words) => {
                for word in words.iter().filter(|word| !has_word(sources, word)) {
                    let said = format!("--value {}={word}", action.name());
                    found.push(match patterns {
                        0 => Unseen::new(said, word, event_words(statements, sources)),
                        // Any word of the text may be meant, and those that are not need not be shown.
                        _ => Unseen { there: Vec::new(), ..Unseen::new(said, word, text_words(sources)) },
                    });
                }
            }
            // Where it is the only one there is no event, which is told as such.
            Says::Pattern(pattern) if patterns > 1 && !matches_any(sources, pattern) => {
                found.push(Unseen { said: format!("--pattern '{pattern}'"), near: None, there: Vec::new() });
            }
            _ => {}
        }
    }
    found
}

fn matches_any(sources: &[Arc<Source>], pattern: &str) -> bool {
    dialect::compile(pattern, false).is_ok_and(|regex| sources.iter().any(|source| regex.is_match(source.bytes())))
}

/// Whether a word stands anywhere; `*` is any, and JSON may write others in other ways.
fn has_word(sources: &[Arc<Source>], word: &str) -> bool {
    let plain = word.bytes().all(|b| matches!(b, b' '..=b'~') && !matches!(b, b'"' | b'\\' | b'/'));
    !plain || word == "*" || has(sources, word.as_bytes())
}

fn has(sources: &[Arc<Source>], text: &[u8]) -> bool {
    let finder = memchr::memmem::Finder::new(text);
    sources.iter().any(|source| finder.find(source.bytes()).is_some())
}

/// Whether an object may have a path.
fn has_path(sources: &[Arc<Source>], path: &str) -> bool {
    let (mut seen, mut all) = (0, true);
    for source in sources {
        let read = each_object(source, OBJECTS, |object| {
            seen += 1;
            !leads(object, path)
        });
        match read {
            Read::Stopped => return true,
            Read::NotAll => all = false,
            Read::All => {}
        }
    }
    if all || seen == 0 {
        return seen == 0;
    }
    // Its last key stands in none of those further on either.
    let key = path.rsplit(['.', '/']).next().unwrap_or(path);
    has(sources, key.replace("~1", "/").replace("~0", "~").as_bytes())
}

/// Whether a path leads to a value: `/a/b`, or `a.b`, where each dot may be one of a key.
fn leads(value: &Value, path: &str) -> bool {
    if path.starts_with('/') {
        return value.pointer(path).is_some();
    }
    let step = |key: &str| match value {
        Value::Object(members) => members.get(key),
        Value::Array(elements) => elements.get(key.parse::<usize>().ok()?),
        _ => None,
    };
    step(path).is_some()
        || path
            .match_indices('.')
            .take(8)
            .any(|(dot, _)| step(&path[..dot]).is_some_and(|inner| leads(inner, &path[dot + 1..])))
}

/// How far objects were looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    All,
    NotAll,
    Stopped,
}

/// Hands on the objects of a source, one a line or in documents, until `each` says that it is enough.
fn each_object(source: &Source, most: usize, mut each: impl FnMut(&Value) -> bool) -> Read {
    let bytes = source.bytes();
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut objects = 0;
    let mut handed = |value: &Value| -> Option<Read> {
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for object in elements.iter().filter(|element| element.is_object()) {
            objects += 1;
            if objects > most {
                return Some(Read::NotAll);
            }
            if !each(object) {
                return Some(Read::Stopped);
            }
        }
        None
    };
    // What is no JSON, as an end that is cut short, may have anything.
    let mut all = Read::All;
    let mut sound = |read: serde_json::Result<Value>| read.inspect_err(|_| all = Read::NotAll).ok();
    let stopped = if !mapping::is_document(bytes) {
        let mut lines = bytes.split(|&b| b == b'\n').map(<[u8]>::trim_ascii).filter(|line| line.starts_with(b"{"));
        lines.find_map(|line| handed(&sound(serde_json::from_slice(line))?))
    } else if bytes.len() > DOCUMENT {
        return Read::NotAll;
    } else {
        let mut documents = serde_json::Deserializer::from_slice(bytes).into_iter::<Value>().map_while(sound);
        documents.find_map(|document| handed(&document))
    };
    stopped.unwrap_or(all)
}

/// The paths that lead to something other than an object, in the first objects.
fn paths(sources: &[Arc<Source>]) -> BTreeSet<String> {
    fn add(value: &Value, prefix: &str, depth: usize, paths: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) if depth < 6 && paths.len() < KEPT => {
                for (key, inner) in members {
                    let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    add(inner, &path, depth + 1, paths);
                }
            }
            _ => {
                paths.insert(prefix.to_owned());
            }
        }
    }
    let mut paths = BTreeSet::new();
    for source in sources {
        each_object(source, FIRST, |object| {
            add(object, "", 0, &mut paths);
            paths.len() < KEPT
        });
    }
    paths
}

/// The words for what events do, in the first objects.
fn event_words(statements: &[Statement<'_>], sources: &[Arc<Source>]) -> BTreeSet<String> {
    let events = statements.iter().filter_map(|statement| match &statement.says {
        Says::Field(name, path) if name == "event" => Some(*path),
        _ => None,
    });
    let mut words = BTreeSet::new();
    for path in events {
        for source in sources {
            each_object(source, FIRST, |object| {
                words.extend(at(object, path).and_then(Value::as_str).map(str::to_owned));
                words.len() < KEPT
            });
        }
    }
    words
}

/// The value that a path leads to, by as few keys as can be.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if path.starts_with('/') {
        return value.pointer(path);
    }
    let dots = path.match_indices('.').take(8);
    value.get(path).or_else(|| dots.into_iter().find_map(|(dot, _)| at(value.get(&path[..dot])?, &path[dot + 1..])))
}

/// The words at the beginning of a text.
fn text_words(sources: &[Arc<Source>]) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for source in sources {
        let text = String::from_utf8_lossy(source.bytes().get(..BEGINNING).unwrap_or(source.bytes())).into_owned();
        let all = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
        words.extend(all.filter(|word| word.len() > 1).map(str::to_owned).take(KEPT));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::mapping::statement;

    fn told(said: &str, texts: &[&str]) -> Vec<(String, Option<String>, usize)> {
        let sources: Vec<_> = texts.iter().map(|&text| Arc::new(Source::from_text("log", text))).collect();
        let unseen = of(&statement::parse(said).expect("statements"), &sources);
        unseen.into_iter().map(|one| (one.said, one.near, one.there.len())).collect()
    }

    #[test]
    fn a_path_is_seen_if_any_object_has_it() {
        let lines = "starting\n{\"a\": {\"b\": 1}, \"c.d\": [{\"e\": 2}]}\n{\"f\": null}\n";
        let document = "[\n {\"a\": {\"b\": 1}, \"c.d\": [{\"e\": 2}]},\n {\"f\": null}]";
        for text in [lines, document] {
            for path in ["a.b", "/a/b", "c.d", "c.d.0.e", "a", "f"] {
                assert_eq!(told(&format!("field x = {path}"), &[text]), [], "{path}");
            }
            let wanted = ("--field x=a.bb".to_owned(), Some("a.b".to_owned()), 3);
            assert_eq!(told("field x = a.bb", &[text]), [wanted]);
            assert_eq!(told("field x = /a/c", &[text]).len(), 1);
        }
        // In any of the files; and nothing is told of what is no JSON at all.
        assert_eq!(told("field x = g", &[lines, "{\"g\": 1}\n"]), []);
        assert_eq!(told("field x = g", &["text\n"]), []);
    }

    #[test]
    fn nothing_is_told_of_what_is_no_json() {
        let broken = [
            "{\"a\": \"un\n{\"b\": 1}\n",
            "{\"a\": 1}\n{\"b\": ",
            "[{\"a\": 1},\n{\"b\": 1},\n{\"c\": 1",
            "[\n{\"a\": 1}\n,{\"b\": 1}\n]\n",
        ];
        for text in broken {
            assert_eq!(told("field x = b", &[text]), [], "{text}");
            let beside = ["{\"a\": 1}\n", text];
            assert_eq!(told("field x = b", &beside), [], "{text}");
            assert_eq!(told("field x = far", &beside).len(), 1, "{text}");
        }
    }

    #[test]
    fn nothing_is_told_of_objects_that_were_not_looked_at() {
        let mut text = "{\"a\": 1}\n".repeat(OBJECTS + 5);
        assert_eq!(told("field x = far.off", &[&text]).len(), 1);
        text += "{\"far\": {\"off\": 1}}\n";
        assert_eq!(told("field x = far.off", &[&text]), []);
    }

    #[test]
    fn words_are_those_of_the_event_or_of_the_text() {
        let json = "{\"do\": {\"it\": \"order-sent\"}}\n{\"do\": {\"it\": \"order-taken\"}}\n";
        let said = "field event = do.it\nvalue send = order-snt, order-sent, *\nvalue receive = \"a\\\"b\"";
        let wanted = ("--value send=order-snt".to_owned(), Some("order-sent".to_owned()), 2);
        assert_eq!(told(said, &[json]), [wanted]);
        let text = "1 [a] SENT m1\n2 [b] GOT m1\n";
        let said = "pattern (?<event>SENT|GOT)\nvalue send = SENTT\nvalue receive = GOT";
        assert_eq!(told(said, &[text]), [("--value send=SENTT".to_owned(), Some("SENT".to_owned()), 0)]);
    }

    #[test]
    fn one_of_several_patterns_may_match_nothing() {
        let text = "a SENT 1\nb GOT 1\n";
        assert_eq!(told("pattern (?<send>SEND)", &[text]), []);
        let both = "pattern ^(?<process>.) (?<send>SENT)\npattern ^(?<process>.) (?<receive>GOTT)";
        assert_eq!(told(both, &[text]), [("--pattern '^(?<process>.) (?<receive>GOTT)'".to_owned(), None, 0)]);
    }
}
