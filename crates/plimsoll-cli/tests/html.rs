//! `--html FILE`: the report as a page, beside what is printed anyway.

use serde_json::{Value, json};
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

/// A browser's heap that keeps arrays of so many bytes, by V8's ids.
fn snapshot(kept: &[(u32, u32)]) -> String {
    const FIELDS: u32 = 6;
    let strings =
        ["", "global", "kept", "Uint8Array", "buffer", "ArrayBuffer", "backing_store", "system / JSArrayBufferData"];
    let (synthetic, object, native) = (0, 1, 2);
    let (property, internal) = (0, 1);
    let mut nodes = vec![[synthetic, 0, 1, 0, 1, 0], [object, 1, 3, 16, kept.len() as u32, 0]];
    let mut edges = vec![[property, 1, FIELDS]];
    edges.extend((0..kept.len() as u32).map(|i| [property, 2, (2 + 3 * i) * FIELDS]));
    for &(id, bytes) in kept {
        let view = nodes.len() as u32;
        nodes.extend([[object, 3, id, 96, 1, 0], [object, 5, id + 2, 96, 1, 0], [native, 7, id + 4, bytes, 0, 0]]);
        edges.extend([[internal, 4, (view + 1) * FIELDS], [internal, 6, (view + 2) * FIELDS]]);
    }
    let heap = json!({
        "snapshot": {
            "meta": {
                "node_fields": ["type", "name", "id", "self_size", "edge_count", "detachedness"],
                "node_types": [["synthetic", "object", "native"], "string", "number", "number", "number", "number"],
                "edge_fields": ["type", "name_or_index", "to_node"],
                "edge_types": [["property", "internal"], "string_or_number", "node"],
            },
            "node_count": nodes.len(), "edge_count": edges.len(),
        },
        "nodes": nodes.concat(), "edges": edges.concat(), "strings": strings,
    });
    heap.to_string()
}

#[test]
fn the_page_of_three_snapshots_tells_what_grew_and_what_stayed() {
    let folder = folder("growth");
    let looks = [&[(11, 5_000)][..], &[(11, 5_000), (21, 70_000)], &[(11, 5_000), (21, 70_000), (31, 300)]];
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(["audit", "--html", "page.html"]).current_dir(&folder);
    for (name, look) in ["1.heapsnapshot", "2.heapsnapshot", "3.heapsnapshot"].iter().zip(looks) {
        fs::write(folder.join(name), snapshot(look)).expect("written");
        command.arg(name);
    }
    let run = command.output().expect("the command starts");
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(text(&run.stdout).contains("held 70,300 B more than before"), "{}", text(&run.stdout));
    let page = fs::read_to_string(folder.join("page.html")).expect("the page");
    let growth = page.split("id=\"growth\">").nth(1).expect("growth").split("</section>").next().expect("it ends");
    for part in ["5,000 B at first, 75,300 B now", "+70,300 B", "What stayed", "<td data-v=\"70000\">70,000 B</td>"] {
        assert!(growth.contains(part), "{part} is missing in {growth}");
    }
    // Nothing in it is Node's, so neither is the advice.
    assert!(page.contains("view.slice()") && !page.contains("Buffer.from"), "{page}");
}
