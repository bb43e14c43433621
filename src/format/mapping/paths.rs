//! Paths into JSON objects, looked up all at once while an object is read.
//!
//! `host.name` is the member `host.name` if there is one, else the member `name` of `host`; `/host/name` is the latter
//! alone (RFC 6901). What no path leads to is passed over.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::value::Value;
use crate::format::json::Text;

/// Dotted paths of more parts are read as one key, or as a key for each part, and nothing between.
const PARTS: usize = 6;

/// A place that paths lead to, or through.
#[derive(Debug, Default)]
pub(super) struct Node {
    children: Vec<Child>,
}

#[derive(Debug)]
struct Child {
    key: String,
    /// The key as a place in an array.
    index: Option<usize>,
    /// Slots whose path ends here, each with the number of keys that led here: fewer are better.
    ends: Vec<(usize, u8)>,
    node: Node,
}

impl Node {
    /// Adds a path whose value goes to a slot.
    ///
    /// # Errors
    /// What is wrong with the path, by the byte where it is.
    pub fn add(&mut self, path: &str, slot: usize) -> Result<(), (usize, &'static str)> {
        if let Some(pointer) = path.strip_prefix('/') {
            return self.add_keys(&pointer_keys(pointer)?, slot);
        }
        let parts: Vec<&str> = path.split('.').collect();
        if path.split('.').any(str::is_empty) && path.starts_with('.') || path.ends_with('.') {
            return Err((0, "a dotted path starts and ends with a name"));
        }
        let joints = parts.len() - 1;
        // Each joint is a dot within a key or leads on to the next key.
        let all = if parts.len() > PARTS { vec![0, u32::MAX] } else { (0..1u32 << joints).collect() };
        for cuts in all {
            let mut keys = vec![parts[0].to_owned()];
            for (joint, part) in parts.iter().skip(1).enumerate() {
                match keys.last_mut() {
                    Some(last) if cuts >> joint & 1 == 0 => last.extend([".", part]),
                    _ => keys.push((*part).to_owned()),
                }
            }
            self.add_keys(&keys, slot)?;
        }
        Ok(())
    }

    fn add_keys(&mut self, keys: &[String], slot: usize) -> Result<(), (usize, &'static str)> {
        let mut node = self;
        for (depth, key) in keys.iter().enumerate() {
            let at = match node.children.iter().position(|child| child.key == *key) {
                Some(at) => at,
                None => {
                    let index = key.parse().ok().filter(|_| key == "0" || !key.starts_with(['0', '+']));
                    node.children.push(Child { key: key.clone(), index, ends: Vec::new(), node: Self::default() });
                    node.children.len() - 1
                }
            };
            let child = &mut node.children[at];
            if depth + 1 == keys.len() {
                child.ends.push((slot, keys.len().min(usize::from(u8::MAX)) as u8));
            }
            node = &mut child.node;
        }
        Ok(())
    }

    /// Finds the values of all paths in the text of an object.
    pub fn find<'t>(&self, text: &'t str, found: &mut Found<'t>) -> serde_json::Result<()> {
        found.clear();
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Search { node: self, found }.deserialize(&mut deserializer)?;
        deserializer.end()
    }
}

/// The keys of a JSON pointer behind its first slash.
fn pointer_keys(pointer: &str) -> Result<Vec<String>, (usize, &'static str)> {
    let mut at = 1;
    let mut keys = Vec::new();
    for part in pointer.split('/') {
        let mut rest = part;
        while let Some((_, behind)) = rest.split_once('~') {
            if !behind.starts_with(['0', '1']) {
                return Err((at, "in a JSON pointer `~` is written `~0`, and `/` in a name `~1`"));
            }
            rest = behind;
        }
        keys.push(part.replace("~1", "/").replace("~0", "~"));
        at += part.len() + 1;
    }
    Ok(keys)
}

/// The values that were found, by slot.
#[derive(Debug, Default)]
pub(super) struct Found<'t> {
    pub slots: Vec<Option<Value<'t>>>,
    depths: Vec<u8>,
}

impl<'t> Found<'t> {
    pub fn of(slots: usize) -> Self {
        Self { slots: vec![None; slots], depths: vec![u8::MAX; slots] }
    }

    fn clear(&mut self) {
        self.slots.fill(None);
        self.depths.fill(u8::MAX);
    }

    fn set(&mut self, ends: &[(usize, u8)], raw: &'t str) {
        for &(slot, depth) in ends {
            if let (Some(value), Some(best)) = (self.slots.get_mut(slot), self.depths.get_mut(slot))
                && depth <= *best
            {
                (*value, *best) = (Some(Value::Json(raw)), depth);
            }
        }
    }
}

/// Reads a value for what lies below a node.
struct Search<'n, 'f, 't> {
    node: &'n Node,
    found: &'f mut Found<'t>,
}

impl<'t> Search<'_, '_, 't> {
    /// What a child wants of the text of a value.
    fn take(&mut self, child: &Child, raw: &'t str) {
        self.found.set(&child.ends, raw);
        if !child.node.children.is_empty() {
            let mut inner = serde_json::Deserializer::from_str(raw);
            // It was read as a value already.
            let _ = Search { node: &child.node, found: self.found }.deserialize(&mut inner);
        }
    }
}

impl<'t> DeserializeSeed<'t> for Search<'_, '_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'t> Visitor<'t> for Search<'_, '_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<M: MapAccess<'t>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some(Text(key)) = map.next_key()? {
            match self.node.children.iter().find(|child| child.key == key) {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(child) if child.ends.is_empty() => {
                    map.next_value_seed(Search { node: &child.node, found: self.found })?;
                }
                Some(child) => {
                    let raw: &'t RawValue = map.next_value()?;
                    self.take(child, raw.get());
                }
            }
        }
        Ok(())
    }

    fn visit_seq<S: SeqAccess<'t>>(mut self, mut seq: S) -> Result<(), S::Error> {
        if self.node.children.iter().all(|child| child.index.is_none()) {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        let mut at = 0;
        while let Some(raw) = seq.next_element::<&'t RawValue>()? {
            if let Some(child) = self.node.children.iter().find(|child| child.index == Some(at)) {
                self.take(child, raw.get());
            }
            at += 1;
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn find(paths: &[&str], text: &str) -> Vec<Option<String>> {
        let mut node = Node::default();
        paths.iter().enumerate().for_each(|(slot, path)| node.add(path, slot).unwrap());
        let mut found = Found::of(paths.len());
        node.find(text, &mut found).unwrap();
        let raw = |value: Option<Value<'_>>| value.map(|value| value.json().into_owned());
        found.slots.into_iter().map(raw).collect()
    }

    #[test]
    fn a_dotted_path_is_one_key_first() {
        let text = r#"{"a":{"b":1,"b.c":2},"a.b":3,"x":{"y.z":4,"y":{"z":5}},"l":[10,{"m":11}]}"#;
        let paths = ["a.b", "/a/b", "a.b.c", "x.y.z", "/x/y/z", "a", "l.1.m", "/l/0", "none.such", "/a.b"];
        let found = find(&paths, text);
        let found: Vec<_> = found.iter().map(Option::as_deref).collect();
        let a = Some(r#"{"b":1,"b.c":2}"#);
        assert_eq!(
            found,
            [Some("3"), Some("1"), Some("2"), Some("4"), Some("5"), a, Some("11"), Some("10"), None, Some("3")]
        );
    }

    #[test]
    fn pointers_have_escapes_and_can_be_wrong() {
        assert_eq!(find(&["/a~1b/m~0n"], r#"{"a/b":{"m~n":true}}"#), [Some("true".into())]);
        assert!(Node::default().add("/a~2", 0).is_err() && Node::default().add(".a", 0).is_err());
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![Just(serde_json::Value::Null), (0..9).prop_map(serde_json::Value::from)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                proptest::collection::btree_map("[abc]", inner, 0..4)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// What serde_json finds by pointer in the whole value.
        #[test]
        fn pointers_find_what_serde_json_finds(
            value in value(),
            paths in proptest::collection::vec("(/[abc012]){1,4}", 1..5),
        ) {
            let object = serde_json::json!({ "a": value });
            let borrowed: Vec<&str> = paths.iter().map(String::as_str).collect();
            let found = find(&borrowed, &object.to_string());
            for (path, found) in paths.iter().zip(found) {
                let found = found.map(|text| serde_json::from_str::<serde_json::Value>(&text).unwrap());
                prop_assert_eq!(found.as_ref(), object.pointer(path), "{}", path);
            }
        }
    }
}
