//! `cargo loopback`: writes applications, models, relations, and what else LoopBack's generators write.
//!
//! A generator reads the files of an application, makes changes in memory, and hands them over to be written, all or none.
//! It asks nothing: what is missing is told with an example.

mod command;
mod fault;
mod generate;
mod json;
mod line;
mod names;
mod root;
mod show;
mod source;
mod spec;
mod tree;
mod write;

use crate::fault::{Result, fault};
use crate::generate::Report;
use crate::line::Line;
use crate::root::Place;
use crate::tree::Tree;
use command::Command;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    match line::read(std::env::args().skip(1)) {
        Line::Help(text) => {
            say(&format!("{}\n", text.trim_end()));
            ExitCode::SUCCESS
        }
        Line::Wrong(message) => wrong(&message),
        Line::Run { command, folder, dry_run } => match run(&command, folder, dry_run) {
            Ok(text) => {
                say(&text);
                ExitCode::SUCCESS
            }
            Err(error) => wrong(&error.to_string()),
        },
    }
}

/// Who reads may have gone, which is no reason to fail.
fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn wrong(message: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "cargo loopback: {message}");
    ExitCode::FAILURE
}

/// Does what is asked for, and gives what to say about it.
fn run(command: &Command, folder: Option<PathBuf>, dry_run: bool) -> Result<String> {
    let here = folder.unwrap_or_else(|| PathBuf::from("."));
    let (root, tree, report) = match command {
        Command::New(new) => {
            let root = here.join(names::package(&new.name)?);
            empty(&root)?;
            let mut tree = Tree::default();
            let parent = here.canonicalize().unwrap_or_else(|_| here.clone());
            let report = generate::new(&mut tree, new, Place::of(&parent.join(names::package(&new.name)?)))?;
            (root, tree, report)
        }
        command => {
            let root = root::find(&here)?;
            let mut tree = Tree::read(&root)?;
            let report = generate::run(&mut tree, command)?;
            (root, tree, report)
        }
    };
    if !dry_run {
        write::write(&root, &tree)?;
    }
    Ok(told(&root, &tree, &report, dry_run))
}

/// A folder for a new application: not there, or nothing in it.
fn empty(root: &Path) -> Result<()> {
    match std::fs::read_dir(root) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(fault(format!("{} is not empty; nothing is overwritten", root.display()))),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(fault(format!("{}: {error}", root.display()))),
    }
}

/// What was written, what to know, and what to do next.
fn told(root: &Path, tree: &Tree, report: &Report, dry_run: bool) -> String {
    let changes = tree.changes();
    let mut out = String::new();
    if dry_run {
        out.push_str(&show::show(&changes));
        out.push_str(&format!("nothing is written: {} would be, in {}\n", count(changes.len()), root.display()));
    } else {
        out.push_str(&format!("in {}:\n", root.display()));
        for change in &changes {
            let what = if change.before.is_some() { "changed" } else { "wrote" };
            out.push_str(&format!("  {what} {}\n", change.path));
        }
    }
    for line in &report.said {
        out.push_str(&format!("{line}\n"));
    }
    // What is only shown has nothing after it.
    if let ([first, rest @ ..], false) = (&report.next[..], dry_run) {
        out.push_str(&format!("\nnow: {first}\n"));
        out.extend(rest.iter().map(|line| format!("     {line}\n")));
    }
    out
}

fn count(files: usize) -> String {
    if files == 1 { "1 file".into() } else { format!("{files} files") }
}
