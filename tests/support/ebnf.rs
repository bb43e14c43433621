//! Reads the grammars in `grammar/`, makes sentences of them, and tells sentences from other text.
//!
//! The notation is described at the head of `grammar/words.ebnf`. Everything here panics with a message that names the
//! file and the place: a grammar that cannot be read is a failed test.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// A grammar: the rules of a file and of those that it includes.
pub struct Grammar {
    rules: BTreeMap<String, Rule>,
    start: String,
    examples: Vec<String>,
    mistakes: Vec<String>,
}

struct Rule {
    body: Expr,
    /// Whether the rule stands in the file itself, and not in one that it includes.
    own: bool,
    /// Depth of the shallowest sentence; none where only prose would do.
    depth: Option<u32>,
}

#[derive(Debug)]
enum Expr {
    Text(String),
    Range(char, char),
    Rule(String),
    Sequence(Vec<Expr>),
    Choice(Vec<Expr>),
    Optional(Box<Expr>),
    Repeated(Box<Expr>),
    Except(Box<Expr>, Box<Expr>),
    Prose,
}

impl Grammar {
    /// Reads a grammar file and the files that it includes.
    pub fn read(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let include = |name: &str| {
            let path = path.with_file_name(name);
            std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
        };
        Self::parse(&text, &include).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    fn parse(text: &str, include: &dyn Fn(&str) -> Result<String, String>) -> Result<Self, String> {
        let mut files = vec![Reader::file(text)?];
        let mut at = 0;
        while at < files.len() {
            for name in std::mem::take(&mut files[at].includes) {
                files.push(Reader::file(&include(&name)?).map_err(|e| format!("{name}: {e}"))?);
            }
            at += 1;
        }
        let mut rules = BTreeMap::new();
        for (at, file) in files.iter_mut().enumerate() {
            for (name, body) in file.rules.drain(..) {
                if rules.insert(name.clone(), Rule { body, own: at == 0, depth: None }).is_some() {
                    return Err(format!("the rule `{name}` is defined twice"));
                }
            }
        }
        let first = files.swap_remove(0);
        let start = first.start.ok_or("no rules")?;
        let mut grammar = Self { rules, start, examples: first.examples, mistakes: first.mistakes };
        for (name, rule) in &grammar.rules {
            for used in rule.body.uses() {
                if !grammar.rules.contains_key(used) {
                    return Err(format!("the rule `{name}` uses `{used}`, which is not defined"));
                }
            }
        }
        grammar.measure();
        match grammar.rules.iter().find(|(_, rule)| rule.depth.is_none()) {
            Some((name, _)) => Err(format!("the rule `{name}` has no finite sentence")),
            None => Ok(grammar),
        }
    }

    /// Depth of the shallowest sentence of every rule: a fixed point, reached from above.
    fn measure(&mut self) {
        loop {
            let next = |rule: &Rule| self.depth(&rule.body).map(|depth| depth + 1);
            let found: Vec<_> = self.rules.values().map(next).collect();
            let mut changed = false;
            for (rule, depth) in self.rules.values_mut().zip(found) {
                changed |= rule.depth != depth;
                rule.depth = depth;
            }
            if !changed {
                return;
            }
        }
    }

    fn depth(&self, expr: &Expr) -> Option<u32> {
        match expr {
            Expr::Text(_) | Expr::Range(..) | Expr::Optional(_) | Expr::Repeated(_) => Some(0),
            Expr::Rule(name) => self.rules[name].depth,
            Expr::Sequence(parts) => {
                parts.iter().map(|part| self.depth(part)).try_fold(0, |all, one| Some(all.max(one?)))
            }
            Expr::Choice(parts) => parts.iter().filter_map(|part| self.depth(part)).min(),
            Expr::Except(expr, _) => self.depth(expr),
            Expr::Prose => None,
        }
    }

    /// The first rule of the file.
    pub fn start(&self) -> &str {
        &self.start
    }

    /// The sentences that the file gives as examples.
    pub fn examples(&self) -> Vec<String> {
        self.examples.clone()
    }

    /// The texts that the file gives as no sentences.
    pub fn mistakes(&self) -> Vec<String> {
        self.mistakes.clone()
    }

    /// The rules that the start rule does not lead to: `own` ones of the file itself, or those of included files.
    pub fn unreachable(&self, own: bool) -> Vec<String> {
        let mut reached = BTreeSet::from([self.start.as_str()]);
        let mut open = vec![self.start.as_str()];
        while let Some(name) = open.pop() {
            open.extend(self.rules[name].body.uses().into_iter().filter(|used| reached.insert(used)));
        }
        let lost = self.rules.iter().filter(|(name, rule)| rule.own == own && !reached.contains(name.as_str()));
        lost.map(|(name, _)| name.clone()).collect()
    }

    /// `n` sentences of a rule. The same seed makes the same sentences.
    pub fn sentences(&self, rule: &str, seed: u64, n: usize) -> Vec<String> {
        assert!(self.rules.contains_key(rule), "no rule `{rule}`");
        let mut writer = Writer { grammar: self, random: Random(seed), fuel: 0, nested: 0 };
        let mut sentence = || {
            writer.fuel = 2000;
            let mut out = String::new();
            writer.write(&Expr::Rule(rule.to_owned()), &mut out);
            out
        };
        (0..n).map(|_| sentence()).collect()
    }

    /// All texts of a finite expression: what may stand behind `-`.
    fn texts(&self, expr: &Expr) -> BTreeSet<String> {
        match expr {
            Expr::Text(text) => BTreeSet::from([text.clone()]),
            Expr::Rule(name) => self.texts(&self.rules[name].body),
            Expr::Choice(parts) => parts.iter().flat_map(|part| self.texts(part)).collect(),
            other => panic!("only texts may stand behind `-`, not {other:?}"),
        }
    }

    /// Whether the text is a sentence of the rule; if not, how far a sentence could go on: line and column, from 1.
    /// Prose never matches.
    pub fn accepts(&self, rule: &str, text: &str) -> Result<(), (usize, usize)> {
        let mut matcher = Matcher { grammar: self, text: text.chars().collect(), known: HashMap::new(), furthest: 0 };
        let ends = matcher.ends(&Expr::Rule(rule.to_owned()), 0);
        if ends.contains(&matcher.text.len()) {
            return Ok(());
        }
        let read = &matcher.text[..matcher.furthest];
        let line = read.iter().filter(|&&c| c == '\n').count() + 1;
        Err((line, read.iter().rev().take_while(|&&c| c != '\n').count() + 1))
    }
}

impl Expr {
    fn uses(&self) -> Vec<&str> {
        match self {
            Expr::Rule(name) => vec![name],
            Expr::Sequence(parts) | Expr::Choice(parts) => parts.iter().flat_map(Expr::uses).collect(),
            Expr::Optional(part) | Expr::Repeated(part) => part.uses(),
            Expr::Except(expr, except) => [expr.uses(), except.uses()].concat(),
            Expr::Text(_) | Expr::Range(..) | Expr::Prose => Vec::new(),
        }
    }
}

/// Finds every end of every rule: slow and plainly right. The grammars have no left recursion.
struct Matcher<'g> {
    grammar: &'g Grammar,
    text: Vec<char>,
    known: HashMap<(&'g str, usize), BTreeSet<usize>>,
    furthest: usize,
}

impl<'g> Matcher<'g> {
    fn ends(&mut self, expr: &Expr, at: usize) -> BTreeSet<usize> {
        let one = |end| BTreeSet::from([end]);
        match expr {
            Expr::Text(text) => {
                let mut end = at;
                for c in text.chars() {
                    if self.text.get(end) != Some(&c) {
                        return BTreeSet::new();
                    }
                    end += 1;
                }
                self.furthest = self.furthest.max(end);
                one(end)
            }
            Expr::Range(from, to) => match self.text.get(at) {
                Some(c) if (from..=to).contains(&c) => {
                    self.furthest = self.furthest.max(at + 1);
                    one(at + 1)
                }
                _ => BTreeSet::new(),
            },
            Expr::Rule(name) => {
                let grammar = self.grammar;
                let (name, rule) = grammar.rules.get_key_value(name).unwrap_or_else(|| panic!("no rule `{name}`"));
                if let Some(ends) = self.known.get(&(name.as_str(), at)) {
                    return ends.clone();
                }
                let ends = self.ends(&rule.body, at);
                self.known.insert((name.as_str(), at), ends.clone());
                ends
            }
            Expr::Sequence(parts) => {
                parts.iter().fold(one(at), |ats, part| ats.into_iter().flat_map(|at| self.ends(part, at)).collect())
            }
            Expr::Choice(parts) => parts.iter().flat_map(|part| self.ends(part, at)).collect(),
            Expr::Optional(part) => {
                let mut ends = self.ends(part, at);
                ends.insert(at);
                ends
            }
            Expr::Repeated(part) => {
                let (mut ends, mut open) = (one(at), vec![at]);
                while let Some(at) = open.pop() {
                    open.extend(self.ends(part, at).into_iter().filter(|&end| ends.insert(end)));
                }
                ends
            }
            Expr::Except(expr, except) => {
                let except = self.grammar.texts(except);
                let mut ends = self.ends(expr, at);
                ends.retain(|&end| !except.contains(&self.text[at..end].iter().collect::<String>()));
                ends
            }
            Expr::Prose => BTreeSet::new(),
        }
    }
}

/// Writes sentences. Where it has chosen often enough, or lies deep enough, it takes what ends soonest.
struct Writer<'g> {
    grammar: &'g Grammar,
    random: Random,
    /// How many free choices are left for this sentence.
    fuel: u32,
    /// How many rules are open.
    nested: u32,
}

impl Writer<'_> {
    fn free(&mut self) -> bool {
        let free = self.fuel > 0 && self.nested < 60;
        self.fuel = self.fuel.saturating_sub(1);
        free
    }

    fn write(&mut self, expr: &Expr, out: &mut String) {
        let grammar = self.grammar;
        match expr {
            Expr::Text(text) => out.push_str(text),
            Expr::Range(from, to) => {
                let code = *from as u32 + self.random.below(*to as u32 - *from as u32 + 1);
                out.push(char::from_u32(code).expect("a range has no surrogates in it"));
            }
            Expr::Rule(name) => {
                self.nested += 1;
                self.write(&grammar.rules[name].body, out);
                self.nested -= 1;
            }
            Expr::Sequence(parts) => parts.iter().for_each(|part| self.write(part, out)),
            Expr::Choice(parts) => {
                let mut open: Vec<_> = parts.iter().filter_map(|part| Some((grammar.depth(part)?, part))).collect();
                if !self.free() {
                    open.sort_by_key(|&(depth, _)| depth);
                    open.truncate(1);
                }
                let chosen = self.random.below(open.len() as u32) as usize;
                self.write(open[chosen].1, out);
            }
            Expr::Optional(part) => {
                if grammar.depth(part).is_some() && self.free() && self.random.below(2) == 0 {
                    self.write(part, out);
                }
            }
            Expr::Repeated(part) => {
                while grammar.depth(part).is_some() && self.free() && self.random.below(5) < 3 {
                    self.write(part, out);
                }
            }
            Expr::Except(expr, except) => {
                let except = grammar.texts(except);
                let mut one = || {
                    let mut text = String::new();
                    self.write(expr, &mut text);
                    text
                };
                let text = (0..1000).map(|_| one()).find(|text| !except.contains(text));
                out.push_str(&text.expect("an exception leaves something"));
            }
            Expr::Prose => unreachable!("a choice leaves prose out"),
        }
    }
}

/// SplitMix64: enough for tests, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % u64::from(limit)) as u32
    }
}

/// What one file says.
#[derive(Default)]
struct File {
    start: Option<String>,
    rules: Vec<(String, Expr)>,
    includes: Vec<String>,
    examples: Vec<String>,
    mistakes: Vec<String>,
}

/// Reads the notation.
struct Reader<'t> {
    whole: &'t str,
    rest: &'t str,
    file: File,
}

impl<'t> Reader<'t> {
    fn file(text: &'t str) -> Result<File, String> {
        let mut reader = Reader { whole: text, rest: text, file: File::default() };
        reader.rules().map_err(|e| {
            let line = reader.whole[..reader.whole.len() - reader.rest.len()].matches('\n').count() + 1;
            format!("line {line}: {e}")
        })?;
        Ok(reader.file)
    }

    fn rules(&mut self) -> Result<(), String> {
        loop {
            self.skip()?;
            if self.rest.is_empty() {
                return Ok(());
            }
            let name = self.word().ok_or("expected the name of a rule")?;
            self.expect("=")?;
            let body = self.choice()?;
            self.expect(";")?;
            self.file.start.get_or_insert_with(|| name.clone());
            self.file.rules.push((name, body));
        }
    }

    /// White space and comments, with what the comments say to tests.
    fn skip(&mut self) -> Result<(), String> {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix("(*") else { return Ok(()) };
            let end = comment.find("*)").ok_or("a comment does not end")?;
            let (comment, rest) = (&comment[..end], &comment[end + 2..]);
            let (head, body) = comment.split_once('\n').unwrap_or((comment, ""));
            let mut words = head.split_whitespace();
            let sentence = || body.strip_suffix('\n').map(str::to_owned).ok_or("`*)` must stand in a line of its own");
            match (words.next(), words.next()) {
                (Some("include"), Some(name)) => self.file.includes.push(name.to_owned()),
                (Some("example"), Some(_)) => self.file.examples.push(sentence()?),
                (Some("mistake"), Some(_)) => self.file.mistakes.push(sentence()?),
                (Some("include" | "example" | "mistake"), None) => return Err("a name or title is missing".into()),
                _ => {}
            }
            self.rest = rest;
        }
    }

    fn take(&mut self, token: &str) -> Result<bool, String> {
        self.skip()?;
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        Ok(rest.is_some())
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token)? { Ok(()) } else { Err(format!("expected `{token}`")) }
    }

    fn word(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn choice(&mut self) -> Result<Expr, String> {
        self.list("|", Self::sequence, Expr::Choice)
    }

    fn sequence(&mut self) -> Result<Expr, String> {
        self.list(",", Self::term, Expr::Sequence)
    }

    fn list(
        &mut self,
        between: &str,
        part: fn(&mut Self) -> Result<Expr, String>,
        all: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr, String> {
        let mut parts = vec![part(self)?];
        while self.take(between)? {
            parts.push(part(self)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { all(parts) })
    }

    fn term(&mut self) -> Result<Expr, String> {
        let expr = self.atom()?;
        Ok(if self.take("-")? { Expr::Except(Box::new(expr), Box::new(self.atom()?)) } else { expr })
    }

    fn atom(&mut self) -> Result<Expr, String> {
        for (open, close) in [("(", ")"), ("[", "]"), ("{", "}")] {
            if self.take(open)? {
                let inner = self.choice()?;
                self.expect(close)?;
                return Ok(match open {
                    "(" => inner,
                    "[" => Expr::Optional(Box::new(inner)),
                    _ => Expr::Repeated(Box::new(inner)),
                });
            }
        }
        if self.take("?")? {
            let end = self.rest.find('?').ok_or("prose does not end")?;
            self.rest = &self.rest[end + 1..];
            return Ok(Expr::Prose);
        }
        let Some(text) = self.text()? else {
            return self.word().map(Expr::Rule).ok_or_else(|| "expected a rule, a text or a bracket".to_owned());
        };
        if !self.take("..")? {
            return Ok(Expr::Text(text));
        }
        let to = self.text()?.ok_or("expected the end of a range")?;
        let one =
            |text: String| text.parse::<char>().map_err(|_| format!("a range is of single characters, not `{text}`"));
        let (from, to) = (one(text)?, one(to)?);
        let surrogates = from < '\u{E000}' && to > '\u{D7FF}';
        if from > to || surrogates {
            Err("a range runs upwards, past no surrogates".into())
        } else {
            Ok(Expr::Range(from, to))
        }
    }

    /// `"text"`, `'text'` or `U+0041`.
    fn text(&mut self) -> Result<Option<String>, String> {
        self.skip()?;
        if let Some(code) = self.rest.strip_prefix("U+") {
            let end = code.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(code.len());
            self.rest = &code[end..];
            let c = u32::from_str_radix(&code[..end], 16).ok().and_then(char::from_u32);
            return c.map(|c| Some(c.to_string())).ok_or_else(|| format!("U+{} is no character", &code[..end]));
        }
        let Some(quote) = self.rest.chars().next().filter(|c| ['"', '\''].contains(c)) else { return Ok(None) };
        let end = self.rest[1..].find([quote, '\n']).filter(|&end| self.rest[1 + end..].starts_with(quote));
        let end = end.ok_or("a text does not end in its line")?;
        let text = &self.rest[1..1 + end];
        self.rest = &self.rest[end + 2..];
        if text.is_empty() { Err("a text is not empty".into()) } else { Ok(Some(text.to_owned())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grammar(text: &str) -> Grammar {
        Grammar::parse(text, &|name| Err(format!("no file {name}"))).unwrap_or_else(|e| panic!("{e}"))
    }

    fn error(text: &str) -> String {
        Grammar::parse(text, &|name| Err(format!("no file {name}"))).err().unwrap_or_else(|| panic!("read: {text}"))
    }

    #[test]
    fn a_faulty_grammar_is_refused_with_its_line() {
        let cases = [
            ("a = b ;", "uses `b`, which is not defined"),
            ("a = \"x\" ;\na = \"y\" ;", "`a` is defined twice"),
            ("a = \"x\" ;\n\nb = ( \"y\" ;", "line 3: expected `)`"),
            ("a = \"x\" , a ;", "`a` has no finite sentence"),
            ("a = ? prose alone ? ;", "`a` has no finite sentence"),
            ("a = \"z\"..\"a\" ;", "a range runs upwards"),
            ("a = U+D000..U+F000 ;", "past no surrogates"),
            ("a = U+D800 ;", "U+D800 is no character"),
            ("a = \"x ;\n", "line 1: a text does not end"),
            ("(* include b.ebnf *) a = \"x\" ;", "no file b.ebnf"),
            ("(* example one\nx *)\na = \"x\" ;", "in a line of its own"),
            ("(* only a comment *)", "no rules"),
        ];
        for (text, expected) in cases {
            assert!(error(text).contains(expected), "{text}\n{}", error(text));
        }
    }

    #[test]
    fn what_the_start_does_not_lead_to_is_found() {
        let grammar = grammar("a = \"x\" , [ b ] ; b = { c } ; c = \"y\" - d ; d = \"z\" ; e = a ;");
        assert_eq!(grammar.unreachable(true), ["e"]);
        assert_eq!(grammar.unreachable(false), [""; 0]);
    }

    #[test]
    fn generation_ends_where_each_choice_would_rather_go_on() {
        // Every step but one makes three of itself: only the fuel ends this.
        let grammar = grammar("a = \"(\" , a , a , a , \")\" | \"[\" , a , a , a , \"]\" | b ; b = c ; c = \"x\" ;");
        let sentences = grammar.sentences("a", 7, 20);
        assert!(sentences.iter().any(|s| s.len() > 1) && sentences.iter().all(|s| grammar.accepts("a", s).is_ok()));
    }

    #[test]
    fn a_seed_makes_the_same_sentences_and_another_one_others() {
        let grammar = grammar("a = { \"a\"..\"z\" | ? any other letter ? } , [ U+00E4 ] ;");
        assert_eq!(grammar.sentences("a", 1, 50), grammar.sentences("a", 1, 50));
        assert_ne!(grammar.sentences("a", 1, 50), grammar.sentences("a", 2, 50));
        assert!(grammar.sentences("a", 1, 50).iter().any(|s| s.contains('ä')), "an option is taken at times");
        assert!(grammar.sentences("a", 1, 50).iter().any(|s| !s.contains('ä')), "and left out at times");
    }

    #[test]
    fn a_sentence_is_told_from_other_text() {
        // As many a as b: no regular expression would do.
        let grammar = grammar(
            "s = pairs , { \" \" , word - ( \"no\" | \"nor\" ) } ; pairs = \"a\" , [ pairs ] , \"b\" ; word = \"n\"..\"r\" , { \"n\"..\"r\" } ;",
        );
        for good in ["ab", "aaabbb", "ab on", "aabb non norn"] {
            assert_eq!(grammar.accepts("s", good), Ok(()), "{good}");
        }
        for (bad, place) in [("aab", (1, 4)), ("abb", (1, 3)), ("ab no", (1, 6)), ("ab nor", (1, 7)), ("", (1, 1))] {
            assert_eq!(grammar.accepts("s", bad), Err(place), "{bad}");
        }
        assert!(grammar.sentences("s", 3, 300).iter().all(|s| !s.split(' ').any(|word| ["no", "nor"].contains(&word))));
    }

    #[test]
    fn examples_and_mistakes_are_read_as_they_stand() {
        let text =
            "(* example two lines\n x\n\ty\n*)\n(* mistake nothing\n\n*)\n(* for example, a comment *)\na = \"x\" ;";
        let grammar = grammar(text);
        assert_eq!(grammar.examples(), [" x\n\ty"]);
        assert_eq!(grammar.mistakes(), [""]);
    }
}
