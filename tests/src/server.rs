//! Programs of the workspace as servers under test.

use crate::http::Client;
use std::collections::HashSet;
use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(60);

/// A running server. It is killed when this value goes.
#[derive(Debug)]
pub struct Server {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Server {
    /// Starts a program of the workspace, built first when it has changed, on a free port (in `PORT`) and with further
    /// environment variables, and waits until it listens.
    ///
    /// # Errors
    /// It ended, or did not listen in time; with what it printed.
    pub fn start(program: &str, environment: &[(&str, &str)]) -> Result<Self, String> {
        let mut command = Command::new(built(program));
        command.env_remove("DATABASE_URL").envs(environment.iter().copied());
        Self::launch(command)
    }

    /// Starts any command as a server: with a free port in `PORT`, and its output in a file.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn launch(mut command: Command) -> Result<Self, String> {
        let port = free_port();
        let log = std::env::temp_dir().join(format!("lb_server_{}_{port}.log", std::process::id()));
        let output = File::create(&log).expect("a file for the output of the server");
        let errors = output.try_clone().expect("a second handle of a file");
        let child = command
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().to_string_lossy()))?;
        let mut server = Self { child, port, log };
        let end = Instant::now() + START;
        while Instant::now() < end {
            if !server.is_running() {
                return Err(format!("the server ended before it listened:\n{}", server.output()));
            }
            if TcpStream::connect_timeout(&server.address(), Duration::from_millis(500)).is_ok() {
                return Ok(server);
            }
            // Short, for there are tests that measure how long a start takes.
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(format!("the server did not listen within {START:?}:\n{}", server.output()))
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its URL without a slash at the end.
    pub fn base(&self) -> String {
        format!("http://{}", self.address())
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::local(self.port)
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, as a service manager does.
    ///
    /// # Panics
    /// There is no `kill`.
    pub fn terminate(&self) {
        let status = Command::new("kill").args(["-TERM", &self.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill -TERM {}", self.id());
    }

    /// Sends SIGINT and SIGTERM at once, as it is when a key is pressed and somebody hands that on.
    pub fn terminate_twice(&self) {
        let both = format!("kill -INT {0}; kill -TERM {0}", self.id());
        let status = Command::new("sh").args(["-c", &both]).status();
        assert!(status.is_ok_and(|status| status.success()), "{both}");
    }

    /// Waits until it has ended, and gives its exit code; `None`: it has not ended in time, or by a signal.
    pub fn wait(&mut self, limit: Duration) -> Option<i32> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// The memory it has in RAM, in KiB. Linux only.
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    /// Whether the process is still there.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The end of what it has printed so far.
    pub fn output(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// What it has printed so far, as soon as that has a text in it: it listens before it says so.
    ///
    /// # Panics
    /// It has not come in time.
    pub fn printed(&self, text: &str) -> String {
        let end = Instant::now() + START;
        loop {
            let output = self.output();
            if output.contains(text) {
                return output;
            }
            assert!(Instant::now() < end, "`{text}` was not printed:\n{output}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only when the process is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.log);
    }
}

/// A port that nothing listens on, never the same twice in this process: tests run side by side. Not one of those that
/// the system gives to whoever asks for any, and could give away before the server listens.
fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let next = std::process::id().wrapping_mul(37).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = u16::try_from(20_000 + next % 12_000).expect("it is below 32,000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The executable of a program of the workspace, built with the profile of the running test.
///
/// Cargo builds no program of another package for a test, and one that happens to be there may be of yesterday; so
/// Cargo is asked each time, which costs a moment when nothing has changed. `LOOPBACK_TESTS_NO_BUILD=1` takes what is
/// there.
///
/// # Panics
/// It cannot be built, or the test does not run from Cargo's target folder.
pub fn built(program: &str) -> PathBuf {
    built_of(program, program)
}

/// The same for a program of a package of another name.
///
/// # Panics
/// As [`built`].
pub fn built_of(package: &str, program: &str) -> PathBuf {
    static DONE: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    // target/<profile>/deps/<test>
    let test = std::env::current_exe().expect("the path of the running test");
    let folder = test.parent().and_then(Path::parent).expect("a test in a target folder");
    let path = folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    // Held during the build, so that tests that run side by side wait for it. A failed build panics with the lock, the
    // others then try again for themselves.
    let mut done = DONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let done = done.get_or_insert_with(HashSet::new);
    if !done.contains(program) {
        if std::env::var_os("LOOPBACK_TESTS_NO_BUILD").is_none() {
            build(package, program, folder);
        }
        assert!(path.exists(), "{} is not there: cargo build -p {package}", path.display());
        done.insert(program.to_owned());
    }
    path
}

fn build(package: &str, program: &str, folder: &Path) {
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let target = folder.parent().expect("a profile's folder in a target folder");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--package", package, "--bin", program, "--profile", profile, "--target-dir"])
        .arg(target)
        // The tests give each program every kind of database, and with the same features for all the framework is
        // compiled once for them.
        .args(["--features", "loopback/postgres,loopback/mysql"])
        .args((program == "cargo-loopback").then_some(["--features", "loopback/cli"]).into_iter().flatten())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => panic!("cargo build -p {package}: {status}"),
        Err(error) => panic!("cargo build -p {package}: {error}"),
    }
}
