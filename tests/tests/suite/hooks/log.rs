//! What the hooks of a case have seen, in the order in which they ran.

use loopback::hooks::Operation;
use loopback::meta::ModelDef;
use loopback::prelude::*;
use loopback_tests::lab::{Database, Lab, run};
use serde_json::{Map, Value as Json};
use std::sync::{Arc, Mutex};

/// One log for all models of an app: observers write it, and hand it on to hooks of models by the operation's state.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<(String, Json)>>>);

impl Log {
    /// Writes a line of one's own.
    pub fn say(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push((line.into(), Json::Null));
    }

    fn saw(&self, op: &Operation) {
        let line = format!("{} {}", op.model().name, op.phase().as_str());
        self.0.lock().unwrap().push((line, seen(op)));
    }

    /// What was written since the last call.
    pub fn take(&self) -> Vec<String> {
        self.details().into_iter().map(|(line, _)| line).collect()
    }

    /// As [`take`](Self::take), with what the observers have seen.
    pub fn details(&self) -> Vec<(String, Json)> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    /// Holds the lines against those that must be there, `Owner access, loaded, loaded; Pet access`, and forgets them.
    #[track_caller]
    pub fn must_be(&self, want: &str) {
        let mut lines = Vec::new();
        for part in want.split("; ").filter(|part| !part.is_empty()) {
            let (model, phases) = part.split_once(' ').expect("a model and phases");
            lines.extend(phases.split(", ").map(|phase| format!("{model} {phase}")));
        }
        assert_eq!(self.take(), lines);
    }
}

/// All that an operation tells.
fn seen(op: &Operation) -> Json {
    let mut seen = Map::new();
    let mut put = |name: &str, value: Option<Json>| {
        if let Some(value) = value {
            seen.insert(name.into(), value);
        }
    };
    match op.phase() {
        Phase::Access => put("filter", Some(op.filter_json())),
        _ => put("where", op.where_json()),
    }
    let data = op.data_json();
    put("data", (!data.is_empty()).then_some(Json::Object(data)));
    put("whole", (op.phase() == Phase::BeforeSave).then(|| op.is_whole().into()));
    put("current", op.current_json().map(Json::Object));
    put("isNew", op.is_new_instance().map(Json::from));
    put("count", op.count().map(Json::from));
    Json::Object(seen)
}

/// Runs a case with a log that observers of all phases write.
pub fn with_log<F: Future<Output = ()>>(
    database: Database,
    models: &[&'static ModelDef],
    case: impl FnOnce(Lab, Log) -> F,
) {
    let log = Log::default();
    let observed = |mut builder: AppBuilder| {
        for phase in Phase::ALL {
            let log = log.clone();
            builder = builder.observe(phase, move |op: &mut Operation| {
                log.saw(op);
                op.hook_state().insert(log.clone());
                Box::pin(async { Ok(()) })
            });
        }
        builder
    };
    run(database, models, observed, |lab| case(lab, log.clone()));
}

/// As `cases!`, for cases with a log: `async fn name(lab: Lab, log: Log)`.
macro_rules! logged_cases {
    ($models:expr; $($case:ident)+) => {
        $crate::hooks::log::logged_cases!(@ sqlite SqliteFile $models; $($case)+);
        $crate::hooks::log::logged_cases!(@ memory SqliteMemory $models; $($case)+);
        $crate::hooks::log::logged_cases!(@ postgres Postgres $models; $($case)+);
        $crate::hooks::log::logged_cases!(@ mysql MySql $models; $($case)+);
    };
    (@ $module:ident $database:ident $models:expr; $($case:ident)+) => {
        mod $module {
            use super::*;
            $(
                #[test]
                fn $case() {
                    $crate::hooks::log::with_log(loopback_tests::lab::Database::$database, &$models, super::$case);
                }
            )+
        }
    };
}
pub(super) use logged_cases;
