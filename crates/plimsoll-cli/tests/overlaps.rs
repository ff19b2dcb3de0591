//! `--overlaps`: views of different lines that overlap in part.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn audit(options: &[&str], script: &str) -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("audit")
        .args(options)
        .arg(script)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts"))
        .output()
        .expect("the command starts");
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).expect("text")
}

#[test]
fn views_that_cross_are_listed_below_the_holders() {
    let text = audit(&["--overlaps"], "overlaps.js");
    let listed = "
overlap in part           stores  shared
overlaps.js:3:21               1     4 B
  and overlaps.js:4:21
  bytes 0..24 and 20..2,020 of a store born at overlaps.js:2:23
";
    assert!(text.ends_with(listed), "{text}");
    assert!(!audit(&[], "overlaps.js").contains("overlap in part"), "only when asked for");
}

#[test]
fn they_are_a_key_of_the_json_report() {
    let report = |options| serde_json::from_str::<Value>(&audit(options, "overlaps.js")).expect("it is JSON");
    let overlap = json!({
        "where": ["overlaps.js:3:21", "overlaps.js:4:21"], "stores": 1, "bytes": 4,
        "ranges": [[0, 24], [20, 2020]], "born": "overlaps.js:2:23",
    });
    assert_eq!(report(&["--json", "--overlaps"])["overlaps"], json!([overlap]));
    assert_eq!(report(&["--json"]).get("overlaps"), None);
}
