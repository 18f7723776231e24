//! Unix sockets: a file that a proxy on the same machine connects to.

use crate::error::{Error, Result};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener as StdListener, UnixStream as StdStream};
use std::path::{Path, PathBuf};
use tokio::net::UnixListener;

/// A listener and its file, which goes with it.
pub(super) struct UnixPlace {
    pub(super) listener: UnixListener,
    _file: SocketFile,
    path: PathBuf,
}

impl UnixPlace {
    /// Listens on a path. The socket of a process that is gone is replaced.
    ///
    /// # Errors
    /// Another process listens there, or the file is no socket, or cannot be made.
    pub(super) async fn bind(path: &str, mode: u32) -> Result<Self> {
        let shown = path.to_owned();
        let path = PathBuf::from(path);
        let made = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || make(&path, mode)).await.map_err(Error::internal)?
        };
        let (listener, file) =
            made.map_err(|error| Error::configuration(format!("cannot listen on unix:{shown}: {error}")))?;
        Ok(Self { listener: UnixListener::from_std(listener)?, _file: file, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The listener alone, and the file, which is to live as long.
    pub(super) fn into_std(self) -> io::Result<(StdListener, impl Drop)> {
        Ok((self.listener.into_std()?, self._file))
    }
}

fn make(path: &Path, mode: u32) -> io::Result<(StdListener, SocketFile)> {
    if path.as_os_str().is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path is missing"));
    }
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => match StdStream::connect(path) {
            Ok(_) => return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there")),
            // Nobody listens: it was left behind.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => std::fs::remove_file(path)?,
            Err(error) => return Err(error),
        },
        Ok(_) => return Err(io::Error::new(io::ErrorKind::AlreadyExists, "a file that is no socket is there")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = StdListener::bind(path)?;
    let made = std::fs::symlink_metadata(path)?;
    let file = SocketFile { path: path.to_owned(), is: (made.dev(), made.ino()) };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
    listener.set_nonblocking(true)?;
    Ok((listener, file))
}

/// Removes the file when it goes, unless another one has taken its place.
struct SocketFile {
    path: PathBuf,
    is: (u64, u64),
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours = std::fs::symlink_metadata(&self.path).is_ok_and(|found| (found.dev(), found.ino()) == self.is);
        if ours && let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, "the file of a Unix socket is left behind: {}", self.path.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::UnixPlace;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    fn path(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("lb_{}_{name}.sock", std::process::id()))
    }

    #[tokio::test]
    async fn a_socket_left_behind_is_replaced_and_goes_at_the_end() {
        let path = path("stale");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let place = UnixPlace::bind(path.to_str().unwrap(), 0o600).await.unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        drop(place);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_living_socket_and_a_file_are_left_alone() {
        let path = path("taken");
        let place = UnixPlace::bind(path.to_str().unwrap(), 0o600).await.unwrap();
        let fault = UnixPlace::bind(path.to_str().unwrap(), 0o600).await.map(drop).unwrap_err().to_string();
        assert!(fault.contains("another process listens there"), "{fault}");
        drop(place);
        std::fs::write(&path, "precious").unwrap();
        let fault = UnixPlace::bind(path.to_str().unwrap(), 0o600).await.map(drop).unwrap_err().to_string();
        assert!(fault.contains("no socket"), "{fault}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
        std::fs::remove_file(&path).unwrap();
    }

    #[tokio::test]
    async fn the_socket_of_a_successor_is_not_removed() {
        let path = path("successor");
        let first = UnixPlace::bind(path.to_str().unwrap(), 0o600).await.unwrap();
        std::fs::remove_file(&path).unwrap();
        let second = UnixPlace::bind(path.to_str().unwrap(), 0o600).await.unwrap();
        drop(first);
        assert!(path.exists());
        drop(second);
    }
}
