//! Recorded scenarios: HTTP steps and the answers that LoopBack 3.28 gave. The form of the files in
//! `conformance/scenarios`.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Steps that are played one after another against a server with a fresh seed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name, that of the file.
    pub name: String,
    /// The part of the API that it is about.
    pub feature: String,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A request and the answer recorded. A key that is not here (`stream`) is refused when the file is read, rather than
/// passed over.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Step {
    /// Its name in the scenario.
    pub id: String,
    /// What it is about, when another feature than the scenario's.
    #[serde(default)]
    pub feature: Option<String>,
    /// What it shows.
    #[serde(default)]
    pub why: String,
    /// The method.
    pub method: String,
    /// The path, with or without a query.
    pub path: String,
    /// The path goes out with characters in it that do not belong there.
    #[serde(default)]
    pub raw_path: bool,
    /// Query parameters; what is not text goes out as JSON.
    #[serde(default)]
    pub query: Map<String, Value>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
    /// No `Accept` header of our own.
    #[serde(default)]
    pub no_accept: bool,
    /// A JSON body; also `null` is one.
    #[serde(default, deserialize_with = "present")]
    pub body: Option<Value>,
    /// A form, as it goes out.
    #[serde(default)]
    pub form: Option<String>,
    /// Any other body, as it goes out.
    #[serde(default)]
    pub raw: Option<String>,
    /// Variables for later steps, and where in the answer they stand.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
    /// The answer recorded.
    pub expect: Answer,
    /// Answers that are as good.
    #[serde(default)]
    pub accept: Vec<Answer>,
    /// How to compare.
    #[serde(default)]
    pub compare: Compare,
}

/// A recorded answer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers that count; `null` for one that must be absent.
    #[serde(default)]
    pub headers: BTreeMap<String, Value>,
    /// The body; `null` for none.
    #[serde(default)]
    pub body: Value,
}

/// How the answer to a step is compared.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// Paths that do not count: `$.id`, `$[*].id`, `$..id`.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Paths of lists whose order does not count.
    #[serde(default)]
    pub unordered: Vec<String>,
    /// Whether the body counts.
    #[serde(default)]
    pub body: BodyRule,
    /// LoopBack's answer is a defect: see `accept_status`.
    #[serde(default)]
    pub reference_bug: bool,
    /// Statuses that are right as well, with a well-formed error or as a success.
    #[serde(default)]
    pub accept_status: Vec<u16>,
    /// What of the answer was recorded: `swagger`, or `swagger:/Prefix`, the summary of a Swagger document.
    #[serde(default)]
    pub transform: Option<String>,
    /// Headers that were recorded on purpose. For the recorder; what to compare stands in [`Answer::headers`].
    #[serde(default)]
    pub headers: Vec<String>,
    /// For the recorder: leave these marks alone.
    #[serde(default)]
    pub keep: bool,
    /// For the recorder: a 500 is what the step is about.
    #[serde(default)]
    pub intended500: bool,
}

/// Whether a body counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BodyRule {
    /// It does.
    #[default]
    Compare,
    /// It does not.
    Ignore,
}

/// `null` as a value, and only an absent key as none.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Reads the scenario files of a folder, ordered by name.
///
/// # Errors
/// Each file that is not a scenario, with the reason.
pub fn load(folder: &Path) -> Result<Vec<Scenario>, Vec<String>> {
    let entries = std::fs::read_dir(folder).map_err(|error| vec![format!("{}: {error}", folder.display())])?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let (mut scenarios, mut faults) = (Vec::new(), Vec::new());
    for file in files {
        let scenario = std::fs::read_to_string(&file)
            .map_err(|error| error.to_string())
            .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
        match scenario {
            Ok(scenario) => scenarios.push(scenario),
            Err(error) => faults.push(format!("{}: {error}", file.display())),
        }
    }
    if faults.is_empty() { Ok(scenarios) } else { Err(faults) }
}
