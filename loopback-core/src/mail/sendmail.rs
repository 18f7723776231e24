//! The program `sendmail` of this machine. Of our own and not lettre's, which does not tell how the program has ended.

use super::conversation::shown;
use super::transport::Failed;
use lettre::Address;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// Hands a message over to the program, which sends it to everybody or to nobody as far as anybody knows.
///
/// # Errors
/// It cannot be run, or ends with an error.
pub(super) async fn send(program: &Path, from: Option<&Address>, to: &[Address], message: &[u8]) -> Result<(), Failed> {
    let mut command = Command::new(program);
    // `-i`: a line with a dot alone is not the end.
    command.arg("-i");
    if let Some(from) = from {
        command.arg("-f").arg(from);
    }
    // What comes from users is no option.
    command.arg("--").args(to);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    let told = |error: std::io::Error| Failed::unreachable(format!("{}: {error}", program.display()));
    let mut running = command.spawn().map_err(told)?;
    let stdin = running.stdin.take();
    // At the same time: it may talk before it has read everything.
    let feed = async move {
        match stdin {
            Some(mut stdin) => {
                stdin.write_all(message).await?;
                stdin.shutdown().await
            }
            None => Ok(()),
        }
    };
    let (fed, ended) = tokio::join!(feed, running.wait_with_output());
    let output = ended.map_err(told)?;
    if output.status.success() {
        return fed.map_err(|error| Failed::broken(format!("{} has not read the e-mail: {error}", program.display())));
    }
    let said = shown(&String::from_utf8_lossy(&output.stderr));
    let said = if said.is_empty() { String::new() } else { format!(": {said}") };
    let text = format!("{}: {}{said}", program.display(), output.status);
    Err(match output.status.code() {
        // EX_DATAERR, EX_NOUSER, EX_NOHOST of sysexits.h. Of several recipients it does not say which.
        Some(65 | 67 | 68) => Failed::refused(text),
        Some(_) => Failed::later(text),
        None => Failed::broken(text),
    })
}
