//! The limit of open files: a connection is one.

/// Files that are kept for everything else: databases, the log, listeners.
const OTHERS: u64 = 256;

/// As many connections as are wanted, or as many as there can be. Many systems start a process with a limit of 1,024 files
/// and let it have more when it asks.
#[cfg(unix)]
pub(super) fn connections(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = (wanted as u64).saturating_add(OTHERS);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < needed) {
        let more = limit.maximum.map_or(needed, |maximum| maximum.min(needed));
        match setrlimit(Resource::Nofile, Rlimit { current: Some(more), maximum: limit.maximum }) {
            Ok(()) => limit.current = Some(more),
            Err(error) => tracing::debug!(%error, "the limit of open files stays"),
        }
    }
    let Some(current) = limit.current.filter(|current| *current < needed) else { return wanted };
    let possible = current.saturating_sub(OTHERS).max(current / 2).max(1);
    tracing::info!("the limit of {current} open files allows {possible} connections");
    usize::try_from(possible).unwrap_or(wanted)
}

#[cfg(not(unix))]
pub(super) fn connections(wanted: usize) -> usize {
    wanted
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn there_are_as_many_connections_as_wanted_or_fewer() {
        let possible = super::connections(100);
        assert!((1..=100).contains(&possible), "{possible}");
        assert!(super::connections(usize::MAX) >= possible);
    }
}
