//! The README is true: its main command prints what it says, and every file it names is there.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("it is there")
}

#[test]
fn the_main_command_prints_what_the_readme_shows() {
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["audit", "examples/session-ids.js"])
        .current_dir(root())
        .output()
        .expect("the command starts");
    let printed = String::from_utf8(run.stdout).expect("text");
    assert!(readme().contains(&format!("```text\n{printed}```")), "the README should show this:\n{printed}");
}

#[test]
fn every_command_in_the_readme_works() {
    let readme = readme();
    let commands: Vec<&str> = readme
        .split(['`', '\n'])
        .filter_map(|part| part.strip_prefix("cargo run --release -- "))
        .map(|command| command.split('#').next().unwrap_or_default().trim())
        .collect();
    assert!(commands.len() > 8, "{commands:?}");
    for command in commands {
        let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .args(command.split_whitespace())
            .current_dir(root())
            .output()
            .expect("the command starts");
        assert_eq!(run.status.code(), Some(0), "plimsoll {command}\n{}", String::from_utf8_lossy(&run.stderr));
    }
}

#[test]
fn every_link_in_the_readme_leads_somewhere() {
    let readme = readme();
    for link in readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(link.starts_with("http") || root().join(link).exists(), "{link}");
    }
}
