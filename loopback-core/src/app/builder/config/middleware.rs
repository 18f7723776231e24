//! Applies `middleware`.

use super::AppBuilder;
use crate::app::middleware::{MiddlewareConfig, Turn};
use crate::config::{Faults, MiddlewareEntry, MiddlewareFile};
use std::path::Path;

/// A middleware whose name nobody has given yet. It keeps its turn among the others.
#[derive(Clone, Debug)]
pub(in crate::app) struct Late {
    turn: Turn,
    entry: MiddlewareEntry,
}

impl AppBuilder {
    /// Places what is known by now, and keeps the rest until the app is built: code may name it after the file was read.
    pub(super) fn with_middleware(mut self, file: MiddlewareFile, folder: Option<&Path>, faults: &mut Faults) -> Self {
        if let Some(at) = &file.at
            && let Err(message) = self.middleware.names.define(&file.phases)
        {
            faults.push(at, "", message);
            self.middleware.names.assume(&file.phases);
        }
        for entry in file.entries {
            if self.knows_middleware(&entry.name) {
                self = self.with_middleware_entry(entry, folder, faults);
            } else if entry.enabled {
                let turn = self.middleware.turn();
                self.configured.middleware.push(Late { turn, entry });
            }
        }
        self
    }

    /// Places what code has named since the file was read.
    pub(in crate::app) fn with_late_middleware(mut self, faults: &mut Faults) -> Self {
        let folder = self.configured.folder.clone();
        for Late { turn, entry } in std::mem::take(&mut self.configured.middleware) {
            if entry.optional && !self.knows_middleware(&entry.name) {
                faults.notice(&entry.at, &entry.name, "is not there, and optional");
                continue;
            }
            let placed = self.middleware.len();
            self = self.with_middleware_entry(entry, folder.as_deref().map(Path::new), faults);
            self.middleware.take_turn(placed, turn);
        }
        self
    }

    fn with_middleware_entry(self, entry: MiddlewareEntry, folder: Option<&Path>, faults: &mut Faults) -> Self {
        // What it asks for is not known, and that is a fault already.
        if !entry.sound && self.knows_middleware(&entry.name) {
            return self;
        }
        let label = entry.label.map(|label| format!(" ({label})")).unwrap_or_default();
        let path = format!("{}{label}", entry.name);
        let config = MiddlewareConfig {
            enabled: entry.enabled,
            phase: entry.phase,
            paths: entry.paths,
            methods: entry.methods,
            params: entry.params,
            base: folder.unwrap_or(Path::new("")).to_owned(),
        };
        match self.middleware_step(&entry.name, config) {
            Ok(step) => {
                for notice in &step.notices {
                    faults.notice(&entry.at, &path, notice);
                }
                step.done_to(self)
            }
            Err(error) => {
                faults.push(&entry.at, &path, error.message());
                self
            }
        }
    }
}
