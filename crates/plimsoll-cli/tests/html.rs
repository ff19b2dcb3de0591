//! `--html FILE`: the report as a page, beside what is printed anyway.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("html").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn audit(options: &[&str], script: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("audit")
        .args(options)
        .arg(script)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts"))
        .output()
        .expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_page_is_written_and_what_is_printed_stays() {
    let file = folder("written").join("report.html");
    let at = file.to_str().expect("a plain path");
    for options in [&["--overlaps"][..], &["--overlaps", "--json"]] {
        fs::write(&file, "what stood there before").expect("written");
        let run = audit(&[options, &["--html", at]].concat(), "overlaps.js");
        assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
        // Times differ from run to run; the text tells none of so short a one.
        match options.contains(&"--json") {
            true => assert!(serde_json::from_slice::<Value>(&run.stdout).is_ok_and(|json| json["version"] == 1)),
            false => assert_eq!(text(&run.stdout), text(&audit(options, "overlaps.js").stdout)),
        }
        assert!(text(&run.stderr).contains(&format!("plimsoll: the page is in {at}\n")), "{}", text(&run.stderr));
        let page = fs::read_to_string(&file).expect("the page");
        assert!(page.starts_with("<!doctype html>\n") && page.ends_with("</html>\n"), "it is whole and alone");
        for part in ["<title>overlaps.js – Plimsoll</title>", "overlaps.js:4:21", "id=\"overlaps\""] {
            assert!(page.contains(part), "{part} is missing in {page}");
        }
    }
}

#[test]
fn top_cuts_the_page_too() {
    let file = folder("top").join("report.html");
    audit(&["--top", "1", "--html", file.to_str().expect("a plain path")], "overlaps.js");
    let page = fs::read_to_string(&file).expect("the page");
    assert_eq!(page.matches("<article").count(), 1);
}

#[test]
fn what_cannot_become_a_page_is_said_before_the_program_runs() {
    let folder = folder("errors");
    let script = folder.join("says.js");
    fs::write(&script, "console.log('it ran')").expect("written");
    let missing = folder.join("missing/report.html");
    for (page, why) in
        [(&missing, "there is no such folder"), (&folder, "it is a folder"), (&script, "it is the script")]
    {
        let page = page.to_str().expect("a plain path");
        let run = audit(&["--html", page], script.to_str().expect("a plain path"));
        assert_eq!(text(&run.stderr), format!("plimsoll: the page cannot be written to {page}: {why}\n"));
        assert_eq!((run.status.code(), text(&run.stdout)), (Some(2), String::new()));
    }
    assert_eq!(fs::read_to_string(&script).expect("still there"), "console.log('it ran')");
}

#[test]
#[cfg(target_os = "linux")]
fn what_fails_later_is_said_after_the_report() {
    let run = audit(&["--html", "/dev/full"], "overlaps.js");
    assert_eq!(run.status.code(), Some(1));
    assert!(text(&run.stdout).contains("held "), "{}", text(&run.stdout));
    let said = text(&run.stderr);
    assert!(said.contains("plimsoll: the page cannot be written to /dev/full: "), "{said}");
}
