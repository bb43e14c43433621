//! Verdicts to reports: data first, then text or JSON.
//!
//! The types here are the only ones that are serialized for output: their members are the keys of `grammar/*.schema.json`.

pub mod all;
pub mod attainable;
pub mod check;
pub mod clocks;
pub mod conserve;
pub mod convert;
pub mod dot;
pub mod doubts;
pub mod errors;
pub mod notes;
pub mod places;
pub mod recorded;
pub mod relate;
pub mod snapshot;
pub mod snapshots;
pub mod text;
pub mod verify;

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::cut::states::State;

/// Version of the JSON reports: the value of their first key.
pub const VERSION: u32 = 1;

/// A JSON object with one member per process, in process order.
#[derive(Clone, Debug)]
pub struct ByProcess<'t, T>(pub Vec<(&'t str, T)>);

impl<T: Serialize> Serialize for ByProcess<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// A local state as a JSON object, values as the log wrote them.
#[derive(Clone, Debug)]
pub struct StateObject<'t>(pub State<'t>);

impl Serialize for StateObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}
