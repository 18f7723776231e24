//! Models that are defined at run time: LoopBack's model-definition JSON, to definitions as `#[model]` writes them down.
//! Answers to loopback `lib/registry.js` (`createModel`) and the documentation's "Model definition JSON file".
//!
//! From there on nothing knows where a model came from: the graph, the engine, REST, access control and OpenAPI are the
//! same. Definitions live as long as the program, as those of types do; equal ones are made once.

mod config;
mod ignored;
mod intern;
mod kind;
mod of_type;
mod outline;
mod property;
mod relation;
mod rules;
mod settings;

pub use config::ModelConfig;
pub(crate) use config::{configure, configured_sources, ignored_of_types};
pub(crate) use ignored::ignored;

use crate::graph::Fault;
use crate::meta::{Location, ModelDef};
use crate::suggest::{did_you_mean, slip};
use outline::Outline;
use serde_json::{Map, Value as Json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A definition, and where it stands: `common/models/product.json`, with `:12` when the line is known.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Source {
    pub(crate) json: Json,
    pub(crate) location: String,
    /// Where its keys stand, `properties.price.type`, when that is known.
    pub(crate) places: Arc<BTreeMap<String, String>>,
}

impl Source {
    pub(crate) fn new(json: Json, location: impl Into<String>) -> Self {
        Self { json, location: location.into(), places: Arc::default() }
    }

    /// Where something of it stands, or what it is part of.
    fn at(&self, key: &str) -> &str {
        let mut key = key;
        loop {
            // What stands in these counts as if it stood outside.
            for outer in ["", "options.", "settings."] {
                if let Some(place) = self.places.get(&format!("{outer}{key}")) {
                    return place;
                }
            }
            match key.rfind(['.', '[']) {
                Some(end) => key = &key[..end],
                None => return &self.location,
            }
        }
    }

    /// A fault of it, at its very place: `Product.properties.price.type: ..` names that.
    fn placed(&self, fault: &mut Fault) {
        let name = self.json["name"].as_str().unwrap_or_default();
        let key = fault.message.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')?.split_once(": "));
        if let Some((key, _)) = key.filter(|_| fault.location == self.location) {
            fault.location = self.at(key).to_owned();
        }
    }
}

/// Makes the definitions of models. Bases and the models that relations lead to are found among them and among the `known`
/// ones, a known one that is the type of a property among `as_types`: with what is said of it beside.
///
/// # Errors
/// Everything that is wrong with them, at once.
pub(crate) fn definitions(
    sources: &[Source],
    known: &[&'static ModelDef],
    as_types: &[&'static ModelDef],
) -> Result<Vec<&'static ModelDef>, Vec<Fault>> {
    let mut faults = Vec::new();
    let by_name = |defs: &[&'static ModelDef]| -> HashMap<&str, &'static ModelDef> {
        defs.iter().map(|def| (def.name, *def)).collect()
    };
    let (known, as_types) = (by_name(known), by_name(as_types));
    let sources: Vec<Source> = sources.iter().map(outline::merged).collect();
    let mut outlines: Vec<Outline<'_>> = Vec::new();
    for source in &sources {
        let Some(outline) = Outline::of(source, &mut faults) else { continue };
        if let Some(other) = outlines.iter().find(|other| other.name.eq_ignore_ascii_case(&outline.name)) {
            let message = format!("the model `{}` is defined twice, also in {}", outline.name, other.source.location);
            faults.push(Fault { location: source.location.clone(), message });
            continue;
        }
        outlines.push(outline);
    }
    let placed = |mut faults: Vec<Fault>| {
        for fault in &mut faults {
            sources.iter().for_each(|source| source.placed(fault));
        }
        faults
    };
    if circles(&outlines, &mut faults) {
        return Err(placed(faults));
    }
    let keys = relation::keys(&outlines, &known, &mut faults);
    let mut made: HashMap<&str, &'static ModelDef> = HashMap::new();
    let mut waiting: Vec<&Outline<'_>> = outlines.iter().collect();
    // There are no circles, so that each round makes one at least.
    while !waiting.is_empty() {
        waiting.retain(|outline| {
            let base = match outline.base() {
                None => None,
                Some(name) => match made.get(name).or_else(|| known.get(name)) {
                    Some(base) => Some(*base),
                    None if outlines.iter().any(|other| other.name == name) => return true,
                    None => {
                        let all = known.keys().copied().chain(outlines.iter().map(|other| &*other.name));
                        let hint = did_you_mean(name, all.chain(["PersistedModel", "Model"]));
                        outline.fault(&mut faults, "base", &format!("there is no model `{name}` to extend{hint}"));
                        return false;
                    }
                },
            };
            let own = keys.get(&*outline.name).map_or(&[][..], Vec::as_slice);
            if let Some(def) = outline.make(base, own, &outlines, &as_types, &mut faults) {
                made.insert(&outline.name, def);
            }
            false
        });
    }
    if faults.is_empty() {
        // In the order in which they were given.
        return Ok(outlines.iter().filter_map(|outline| made.get(&*outline.name).copied()).collect());
    }
    Err(placed(faults))
}

/// Whether models extend each other in circles.
fn circles(outlines: &[Outline<'_>], faults: &mut Vec<Fault>) -> bool {
    let base: HashMap<&str, &str> =
        outlines.iter().filter_map(|outline| Some((&*outline.name, outline.base()?))).collect();
    let mut found = false;
    for outline in outlines {
        let mut at = &*outline.name;
        let mut steps = 0;
        while let Some(next) = base.get(at) {
            at = next;
            steps += 1;
            if steps > outlines.len() {
                outline.fault(faults, "base", "the models extend each other in a circle");
                found = true;
                break;
            }
        }
    }
    found
}

/// An object of a definition that is being read: it knows where it stands, and which keys it may have.
struct Reader<'a> {
    location: &'a str,
    /// `Product.properties.price`
    path: String,
    map: &'a Map<String, Json>,
}

impl<'a> Reader<'a> {
    fn fault(&self, faults: &mut Vec<Fault>, key: &str, message: &str) {
        let dot = if key.is_empty() { "" } else { "." };
        faults
            .push(Fault { location: self.location.to_owned(), message: format!("{}{dot}{key}: {message}", self.path) });
    }

    fn wrong(&self, faults: &mut Vec<Fault>, key: &str, wanted: &str, found: &Json) {
        self.fault(faults, key, &format!("must be {wanted}, found {}", shown(found)));
    }

    fn get(&self, key: &str) -> Option<&'a Json> {
        self.map.get(key).filter(|json| !json.is_null())
    }

    fn text(&self, key: &str, faults: &mut Vec<Fault>) -> Option<&'a str> {
        let json = self.get(key)?;
        if json.as_str().is_none() {
            self.wrong(faults, key, "text", json);
        }
        json.as_str()
    }

    fn flag(&self, key: &str, faults: &mut Vec<Fault>) -> Option<bool> {
        let json = self.get(key)?;
        if json.as_bool().is_none() {
            self.wrong(faults, key, "`true` or `false`", json);
        }
        json.as_bool()
    }

    fn whole(&self, key: &str, faults: &mut Vec<Fault>) -> Option<u64> {
        let json = self.get(key)?;
        let number =
            json.as_u64().or_else(|| json.as_f64().filter(|n| n.fract() == 0.0 && *n >= 0.0).map(|n| n as u64));
        if number.is_none() {
            self.wrong(faults, key, "a whole number", json);
        }
        number
    }

    fn object(&self, key: &str, faults: &mut Vec<Fault>) -> Option<Reader<'a>> {
        let json = self.get(key)?;
        let Some(map) = json.as_object() else {
            self.wrong(faults, key, "an object", json);
            return None;
        };
        Some(Reader { location: self.location, path: format!("{}.{key}", self.path), map })
    }

    /// The objects of an object, each under its name.
    fn objects(&self, key: &str, faults: &mut Vec<Fault>) -> Vec<(&'a str, Reader<'a>)> {
        let Some(all) = self.object(key, faults) else { return Vec::new() };
        all.map.keys().filter_map(|name| Some((&**name, all.object(name, faults)?))).collect()
    }

    fn texts(&self, key: &str, faults: &mut Vec<Fault>) -> Vec<&'a str> {
        match self.get(key) {
            None => Vec::new(),
            Some(Json::String(one)) => vec![one],
            Some(Json::Array(list)) if list.iter().all(Json::is_string) => {
                list.iter().filter_map(Json::as_str).collect()
            }
            Some(other) => {
                self.wrong(faults, key, "a list of names", other);
                Vec::new()
            }
        }
    }

    /// A key that is one letter off a known one is a slip of the pen; others are the application's own settings, as in LoopBack.
    fn only(&self, known: &[&str], faults: &mut Vec<Fault>) {
        for key in self.map.keys().filter(|key| !known.contains(&key.as_str())) {
            if let Some(meant) = slip(key, known) {
                self.fault(faults, key, &format!("is no key of a definition; did you mean `{meant}`?"));
            }
        }
    }
}

/// A value for a message, no longer than a line.
fn shown(json: &Json) -> String {
    let text = json.to_string();
    if text.chars().count() <= 60 { text } else { format!("{}...", text.chars().take(60).collect::<String>()) }
}

fn location(text: &str) -> Location {
    let parts = text.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse().ok()?)));
    let (file, line) = parts.unwrap_or((text, 1));
    Location { file: intern::text(file), line }
}

#[cfg(test)]
mod tests;
