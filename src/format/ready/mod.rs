//! Format files for logs that many have, as `--format NAME` takes them. Each is a file of its own beside this one, and
//! can be copied to start another from.

use std::sync::OnceLock;

use hashbrown::HashMap;

use super::mapping::{Mapping, describe};

/// The name of each format and its text.
pub const READY: &[(&str, &str)] = &[
    ("caf", include_str!("caf.format")),
    ("tracing", include_str!("tracing.format")),
    ("maelstrom", include_str!("maelstrom.format")),
];

/// The text of a format.
pub fn text(name: &str) -> Option<&'static str> {
    READY.iter().find(|(own, _)| *own == name).map(|&(_, text)| text)
}

/// A format, ready to read with. They are compiled when the first of them is asked for.
pub fn mapping(name: &str) -> Option<&'static Mapping> {
    static ALL: OnceLock<HashMap<&'static str, Mapping>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        READY.iter().filter_map(|&(name, text)| Some((name, describe(text).ok()?.mapping?.with_all_words()))).collect()
    });
    all.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::FORMATS;

    #[test]
    fn every_one_is_sound_and_in_the_table_of_formats() {
        for (name, text) in READY {
            assert!(describe(text).is_ok_and(|described| described.mapping.is_some()), "{name}: {:?}", describe(text));
            assert!(mapping(name).is_some() && FORMATS.iter().any(|format| format.name == *name), "{name}");
            assert!(text.starts_with("# "), "{name} does not say what it is");
        }
    }
}
