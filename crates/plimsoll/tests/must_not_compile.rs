//! Programs that would let safe code race, or write what others read, do not compile.
//!
//! The compiler's words are recorded in `must_not_compile/*.stderr`, and they change from one release to the next. So this runs under
//! the release that they were recorded with and says so under any other. `TRYBUILD=overwrite` records anew.

use std::process::Command;

/// What the version of the compiler begins with whose words are recorded.
const RECORDED: &str = "1.95.";

#[test]
fn programs_that_would_race_do_not_compile() {
    let flags = ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].map(|name| std::env::var(name).unwrap_or_default());
    if flags.iter().any(|flags| flags.contains("sanitizer")) {
        return println!("skipped: a sanitizer checks what runs, and nothing here does");
    }
    let version = version().unwrap_or_else(|| "unknown".to_owned());
    // Betas and nightlies say so behind a hyphen.
    if !version.starts_with(RECORDED) || version.contains('-') {
        return println!("skipped: recorded with Rust {RECORDED}x, this is {version}");
    }
    trybuild::TestCases::new().compile_fail("tests/must_not_compile/*.rs");
}

/// Of the compiler that will be asked.
fn version() -> Option<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = String::from_utf8(Command::new(rustc).arg("--version").output().ok()?.stdout).ok()?;
    said.split(' ').nth(1).map(str::to_owned)
}
