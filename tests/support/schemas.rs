//! Reads the JSON Schemas in `grammar/`, which refer to each other by file name.

use jsonschema::{Registry, Validator};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Where the files are for the validator; nothing is fetched.
const BASE: &str = "json-schema:///";

/// All schemas of a folder, by file name without `.schema.json`.
pub struct Schemas(pub BTreeMap<String, Value>);

impl Schemas {
    /// Reads every `*.schema.json` of a folder.
    pub fn read(folder: impl AsRef<Path>) -> Self {
        let files = std::fs::read_dir(folder.as_ref()).expect("the folder of the schemas");
        let mut schemas = BTreeMap::new();
        for path in files.map(|file| file.expect("an entry of the folder").path()) {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            if let Some(name) = name.strip_suffix(".schema.json") {
                let text = std::fs::read_to_string(&path).expect("a schema is text");
                let schema = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                schemas.insert(name.to_owned(), schema);
            }
        }
        Self(schemas)
    }

    /// The validator of a schema.
    pub fn validator(&self, name: &str) -> Validator {
        let uri = |name: &str| format!("{BASE}{name}.schema.json");
        let mut registry = Registry::new();
        for (name, schema) in &self.0 {
            registry = registry.add(uri(name), schema).expect("a schema can be added");
        }
        let registry = registry.prepare().expect("the schemas refer to what there is");
        let built = jsonschema::options().with_registry(&registry).with_base_uri(uri(name)).build(&self.0[name]);
        built.unwrap_or_else(|e| panic!("{name}.schema.json: {e}"))
    }
}
