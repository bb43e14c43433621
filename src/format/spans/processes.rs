//! Which process a span belongs to: the attributes that name it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::model::Spans;
use crate::format::Options;
use crate::format::record::Unseen;

/// What names a process unless the user says otherwise: the service, and, where the log has several instances of one
/// service, the first of the others that they have.
const DEFAULT: [&str; 6] = ["service.name", "service.instance.id", "k8s.pod.name", "host.name", "hostname", "ip"];

/// The name of what has none of the attributes, as OpenTelemetry has it.
const UNKNOWN: &str = "unknown_service";

/// The attributes that are asked for, and the values of those that are known.
pub(super) struct Values<'v> {
    pub wanted: &'v [String],
    pub values: &'v mut [Option<Box<str>>],
    /// The names of all attributes, where that is asked for.
    pub listed: Option<&'v RefCell<BTreeSet<String>>>,
}

/// More names of attributes are not kept.
const LISTED: usize = 1000;

impl Values<'_> {
    /// Takes the value of an attribute if it is asked for. An empty one says nothing.
    pub(super) fn set(&mut self, key: &str, value: Option<Cow<'_, str>>) {
        self.list(key);
        let slot = self.wanted.iter().position(|wanted| wanted == key).and_then(|i| self.values.get_mut(i));
        if let (Some(slot), Some(value)) = (slot, value.filter(|value| !value.is_empty())) {
            *slot = Some(value.into());
        }
    }
}

impl Values<'_> {
    /// There is such an attribute.
    pub(super) fn list(&self, key: &str) {
        if let Some(mut listed) = self.listed.and_then(|listed| listed.try_borrow_mut().ok())
            && listed.len() < LISTED
            && !listed.contains(key)
        {
            listed.insert(key.to_owned());
        }
    }
}

/// What the options name and no span has: attributes, and services.
pub(super) fn unseen(spans: &Spans<'_>, names: &[String], options: &Options) -> Vec<Unseen> {
    let has = |slot: usize| spans.resources.iter().any(|values| values.get(slot).is_some_and(Option::is_some));
    let listed = || spans.listed.as_ref().map(|listed| listed.borrow().clone()).unwrap_or_default();
    let keys = options.process_key.iter().enumerate().filter(|&(slot, _)| !has(slot));
    let keys = keys.map(|(_, key)| Unseen::new(format!("--process-key {key}"), key, listed()));
    let services = options.own_process.iter().filter(|service| !names.contains(service));
    let all = || names.iter().cloned().collect();
    let services = services.map(|service| Unseen::new(format!("--own-process {service}"), service, all()));
    keys.chain(services).collect()
}

/// The attributes that are asked for.
pub(super) fn wanted(options: &Options) -> Vec<String> {
    match options.process_key.as_slice() {
        [] => DEFAULT.map(String::from).to_vec(),
        keys => keys.to_vec(),
    }
}

/// The names of all processes in the order of the alphabet, which no format and no file decides, and the number of the
/// process of each resource.
pub(super) fn name(spans: &Spans<'_>, options: &Options) -> (Vec<String>, Vec<u32>) {
    let resources = &spans.resources;
    let names: Vec<String> = match options.process_key.is_empty() {
        true => by_default(resources),
        false => resources.iter().map(|values| joined(values)).collect(),
    };
    let sorted: BTreeSet<&String> = names.iter().collect();
    let numbers: BTreeMap<&String, u32> = sorted.iter().zip(0..).map(|(&name, number)| (name, number)).collect();
    let of = names.iter().map(|name| numbers.get(name).copied().unwrap_or(0)).collect();
    (sorted.into_iter().cloned().collect(), of)
}

/// All values that there are.
fn joined(values: &[Option<Box<str>>]) -> String {
    let known: Vec<&str> = values.iter().flatten().map(AsRef::as_ref).collect();
    if known.is_empty() { UNKNOWN.into() } else { known.join("/") }
}

/// The service, and its instance where it has several.
fn by_default(resources: &[Vec<Option<Box<str>>>]) -> Vec<String> {
    let service =
        |values: &[Option<Box<str>>]| -> String { values.first().and_then(Option::as_deref).unwrap_or(UNKNOWN).into() };
    let instance = |values: &[Option<Box<str>>]| values.iter().skip(1).flatten().next().cloned();
    let mut instances: BTreeMap<String, BTreeSet<Box<str>>> = BTreeMap::new();
    for values in resources {
        instances.entry(service(values)).or_default().extend(instance(values));
    }
    let name = |values: &Vec<Option<Box<str>>>| {
        let service = service(values);
        let several = instances.get(&service).is_some_and(|all| all.len() > 1);
        match instance(values).filter(|_| several) {
            Some(instance) => format!("{service}/{instance}"),
            None => service,
        }
    };
    resources.iter().map(name).collect()
}
