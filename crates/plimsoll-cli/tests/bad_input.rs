//! Bad input gets a clear message and the right exit code; a script that fails still gets its report.

use serde_json::Value;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

fn scripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scripts")
}

fn plimsoll(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args).current_dir(scripts()).output().expect("the command starts")
}

struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

fn said(args: &[&str]) -> Said {
    let Output { status, stdout, stderr } = plimsoll(args);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    Said { out: text(stdout), err: text(stderr), code: status.code() }
}

#[track_caller]
fn fails(args: &[&str], code: i32, says: &[&str]) -> Said {
    let said = said(args);
    assert_eq!(said.code, Some(code), "{args:?}\n{}\n{}", said.out, said.err);
    for part in says {
        assert!(said.err.contains(part), "{args:?} should say {part:?}, but says:\n{}", said.err);
    }
    assert!(!said.err.contains("panicked"), "{}", said.err);
    said
}

/// The report of a script that leaks ten ids and then goes wrong.
#[track_caller]
fn still_reports(script: &str, code: i32, says: &str) {
    let Output { status, stdout, stderr } = plimsoll(&["audit", "--json", "--fail-over", "1", script]);
    let err = String::from_utf8_lossy(&stderr);
    let report: Value = serde_json::from_slice(&stdout).unwrap_or_else(|error| panic!("{script}: {error}\n{err}"));
    assert_eq!(report["totals"]["views"], 10, "{report:#}");
    assert_eq!(report["totals"]["frees"], 10_485_600);
    assert_eq!(report["holders"][0]["where"], format!("{script}:7:38"));
    assert_eq!(status.code(), Some(code), "its own code wins over --fail-over's: {err}");
    assert!(err.contains(says), "{err}");
    assert!(!err.contains("never printed"), "{err}");
}

#[test]
fn a_missing_file() {
    for command in ["run", "audit"] {
        let said = fails(&[command, "missing.js"], 1, &["missing.js", "no such file"]);
        assert_eq!(said.out, "", "nothing ran, so there is nothing to report");
    }
}

#[test]
fn a_directory() {
    fails(&["audit", "."], 1, &["directory"]);
}

#[test]
fn binary_junk() {
    let junk = std::env::temp_dir().join(format!("plimsoll-junk-{}.js", std::process::id()));
    std::fs::write(&junk, [0x7f, b'E', b'L', b'F', 0, 1, 2, 0xff, 0xfe, 0, 0, 9]).expect("written");
    fails(&["audit", junk.to_str().unwrap()], 1, &["plimsoll-junk-"]);
    std::fs::remove_file(&junk).expect("removed");
}

#[test]
fn a_syntax_error_has_its_position() {
    let said = fails(&["audit", "syntax-error.js"], 1, &["SyntaxError", "syntax-error.js:5"]);
    assert!(!said.out.contains("never printed") && !said.err.contains("never printed"));
}

#[test]
fn endless_recursion_is_an_uncaught_error() {
    let said = fails(&["audit", "endless-recursion.js"], 1, &["RangeError", "endless-recursion.js"]);
    assert!(said.out.starts_with("diving\n"), "{}", said.out);
}

#[test]
fn more_memory_than_there_can_be() {
    let said = fails(&["audit", "too-large.js"], 1, &["ERR_MEMORY_ALLOCATION_FAILED", "too-large.js:9"]);
    assert!(said.out.starts_with("RangeError was caught\n") && !said.out.contains("never printed"), "{}", said.out);
}

#[test]
fn a_read_past_the_end() {
    let said =
        fails(&["run", "out-of-range.js"], 1, &["RangeError [ERR_OUT_OF_RANGE]", ">= 0 and <= 6", "out-of-range.js:6"]);
    assert_eq!(said.out, "0\n");
}

#[test]
fn broken_utf8_is_replaced_as_node_does() {
    let expected = std::fs::read_to_string(scripts().join("broken-utf8.txt")).expect("recorded");
    let said = said(&["run", "broken-utf8.js"]);
    assert_eq!((said.out, said.code), (expected, Some(0)));
}

#[test]
fn a_module_that_the_host_lacks() {
    fails(&["run", "lacks-module.js"], 1, &["http", "lacks-module.js:4"]);
}

#[test]
fn a_throw_still_reports() {
    still_reports("throws.js", 1, "TypeError: the hold is full");
}

#[test]
fn a_throw_in_a_timer_still_reports() {
    still_reports("throws-in-timer.js", 1, "thrown in a timer, with 10 ids kept");
}

#[test]
fn an_unhandled_rejection_still_reports() {
    still_reports("rejected.js", 1, "rejected, with 10 ids kept");
}

#[test]
fn process_exit_still_reports_and_keeps_its_code() {
    still_reports("exits-3.js", 3, "leaving with 10 ids kept");
}

#[test]
fn an_endless_loop_ends_when_its_time_is_up() {
    let Output { status, stdout, .. } = plimsoll(&["audit", "--json", "--for", "500ms", "endless-loop.js"]);
    let report: Value = serde_json::from_slice(&stdout).expect("a report");
    assert_eq!(report["totals"]["frees"], 10_485_600);
    assert_eq!(status.code(), Some(0));
}

#[cfg(unix)]
fn ends_on(signal: &str) {
    let mut child: Child = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["audit", "endless-loop.js"])
        .current_dir(scripts())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // The leak takes milliseconds; the loop never ends.
    std::thread::sleep(Duration::from_millis(1500));
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let since = Instant::now();
    let status = child.wait().expect("it ends");
    assert!(since.elapsed() < Duration::from_secs(20), "it took {:?}", since.elapsed());
    let mut out = String::new();
    child.stdout.take().expect("piped").read_to_string(&mut out).expect("text");
    assert!(out.contains("endless-loop.js:7:38"), "{out}");
    assert_eq!(status.code(), Some(0));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_and_reports() {
    ends_on("-INT");
}

#[cfg(unix)]
#[test]
fn sigterm_ends_and_reports() {
    ends_on("-TERM");
}

#[test]
fn wrong_usage_is_2() {
    for args in [
        &[][..],
        &["audit"],
        &["frobnicate"],
        &["audit", "--top", "many", "x.js"],
        &["audit", "--fail-over", "12 parsecs", "x.js"],
        &["audit", "--for", "soon", "x.js"],
        &["audit", "--by", "colour", "x.js"],
        &["run"],
        &["run", "--unknown", "x.js"],
    ] {
        let said = said(args);
        assert_eq!(said.code, Some(2), "{args:?}: {}", said.err);
        assert!(!said.err.is_empty(), "{args:?}");
    }
}

#[test]
fn help_needs_no_manual() {
    for args in [&["--help"][..], &["audit", "--help"], &["run", "--help"]] {
        let said = said(args);
        assert_eq!(said.code, Some(0));
        assert!(said.out.contains("plimsoll"), "{}", said.out);
    }
    let help = said(&["audit", "--help"]).out;
    for option in ["--json", "--top", "--fail-over", "--for", "--by"] {
        assert!(help.contains(option), "{help}");
    }
}

#[test]
fn arguments_reach_the_script() {
    let said = said(&["run", "arguments.js", "--json", "two words"]);
    assert_eq!((said.out.as_str(), said.code), ("--json|two words\n", Some(0)), "{}", said.err);
}

/// A copy of a small snapshot, called as the test likes.
fn snapshot(name: &str) -> String {
    let seed = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds/snapshot/buffers-26.json");
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::copy(seed, &file).expect("the seed is there");
    file.to_str().expect("text").to_owned()
}

#[test]
fn a_snapshot_is_one_whatever_it_is_called() {
    let file = snapshot("heap.json");
    let said = said(&["audit", "--fail-over", "1MiB", &file]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("held 8,192 B") && said.err.contains("judged by the least"), "{}", said.err);
}

#[test]
fn a_snapshot_is_not_overwritten() {
    let file = snapshot("kept.heapsnapshot");
    let before = std::fs::read(&file).unwrap();
    for option in ["--dump-retained", "--html"] {
        fails(&["audit", option, &file, &file], 2, &["cannot be written", "it is the snapshot"]);
    }
    #[cfg(unix)]
    for hard in [true, false] {
        let link = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kept.tsv");
        let _ = std::fs::remove_file(&link);
        if hard { std::fs::hard_link(&file, &link) } else { std::os::unix::fs::symlink(&file, &link) }.unwrap();
        for option in ["--dump-retained", "--html"] {
            let args = ["audit", option, link.to_str().unwrap(), &file];
            fails(&args, 2, &["cannot be written", "it is the snapshot"]);
        }
    }
    assert!(std::fs::read(&file).unwrap() == before, "it is as it was");
    fails(&["audit", "--dump-retained", "no/such/folder/x", &file], 2, &["there is no such folder"]);
}

#[test]
fn questions_about_one_object_stand_alone() {
    let file = snapshot("asked.heapsnapshot");
    for also in [&["--json"][..], &["--html", "x.html"], &["--fail-over", "1"], &["--class", "Buffer"]] {
        fails(&[&["audit", "--path", "@5"], also, &[&file]].concat(), 2, &["cannot be used with"]);
    }
    fails(&["audit", "--path", "five", &file], 2, &["`five` is no object's id"]);
    fails(&["audit", "--path", "4", &file], 1, &["no object has the id 4"]);
    fails(&["audit", "--class", "Nobody", &file], 1, &["no class and no object is called \"Nobody\""]);
    fails(&["audit", "--by", "churn", &file], 2, &["--by churn is for scripts"]);
    let told = |args: &[&str]| said(&[&["audit"], args, &[&file]].concat()).out;
    assert_eq!(told(&["--path", "@5"]), told(&["--path", "5"]));
    assert!(told(&["--path", "5"]).contains("Buffer @5"));
    assert!(told(&["--retainers", "1"]).contains("nothing leads to it"));
    // A class of the table, and a name of an object's own.
    assert_eq!(told(&["--class", "(compiled code)"]).lines().count(), 3);
    assert_eq!(told(&["--class", "Buffer"]).lines().count(), 2);
}

#[test]
fn what_is_to_be_written_is_looked_at_first() {
    let file = snapshot("written.heapsnapshot");
    let both = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("written-both");
    let both = both.to_str().unwrap();
    let _ = std::fs::remove_file(both);
    // Neither is there yet, and one is called in a roundabout way.
    let roundabout = both.replace("written-both", "./written-both");
    let args = ["audit", "--html", both, "--dump-retained", &roundabout, &file];
    fails(&args, 2, &["the table of nodes cannot be written to", "something else is to be written there"]);
    for option in ["--html", "--dump-retained"] {
        fails(&["audit", option, "-", &file], 2, &["write ./- for a file of that name"]);
    }
    #[cfg(target_os = "linux")]
    for option in ["--html", "--dump-retained"] {
        fails(&["audit", option, "/dev/full", &file], 1, &["cannot be written to /dev/full: "]);
    }
    assert!(!std::path::Path::new(both).exists());
}

#[test]
fn questions_are_about_one_snapshot_and_standard_input_is_one() {
    let file = snapshot("one.heapsnapshot");
    for question in [["--path", "5"], ["--retainers", "5"], ["--class", "Buffer"]] {
        let args = [&["audit"], &question[..], &[&file, &file]].concat();
        fails(&args, 2, &[question[0], "is for one snapshot; 2 were given"]);
    }
    fails(&["audit", "-", "-"], 2, &["- was given twice"]);
    for question in ["--path", "--retainers"] {
        let told = |top| said(&["audit", question, "5", "--top", top, &file]).out;
        assert!(told("0").ends_with("\nand 1 more\n") && !told("1").contains("more"), "{}", told("0"));
    }
}

/// A pool slab that a Buffer keeps, as a snapshot has it: of 8,192 bytes a Buffer shows at most 4,095.
fn slab_of_a_snapshot(name: &str) -> String {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let json = r#"{"snapshot":{"meta":{
"node_fields":["type","name","id","self_size","edge_count","detachedness"],
"node_types":[["hidden","array","string","object","code","closure","regexp","number","native","synthetic"],"string","number","number","number","number"],
"edge_fields":["type","name_or_index","to_node"],
"edge_types":[["context","element","property","internal","hidden","shortcut","weak"],"string_or_number","node"]},
"node_count":9,"edge_count":8},
"nodes":[9,0,1,0,1,0, 3,1,3,1,2,0, 3,3,5,104,1,0, 3,4,7,96,2,0, 8,5,9,8192,0,0, 0,6,11,40,0,0, 3,3,13,104,1,0, 3,4,15,96,1,0, 8,5,17,100,0,0],
"edges":[5,1,6, 2,2,12, 2,10,36, 3,7,18, 3,8,24, 4,0,30, 3,7,42, 3,8,48],
"locations":[],
"strings":["","global","kept","Buffer","ArrayBuffer","system / JSArrayBufferData","system / PropertyArray","buffer","backing_store","x","also"]}"#;
    std::fs::write(&file, json).expect("written");
    file.to_str().expect("text").to_owned()
}

#[test]
fn a_limit_is_kept_up_to_what_copies_free_at_least() {
    let file = slab_of_a_snapshot("limit.heapsnapshot");
    let assumed = "if Node's pool handed out the Buffer in a slab";
    for limit in ["4097", "4098", "1MiB"] {
        let said = said(&["audit", "--fail-over", limit, &file]);
        assert_eq!(said.code, Some(0), "{limit}: {}", said.err);
        assert!(said.err.contains("judged by the least: 4,097 B") && said.err.contains(assumed), "{}", said.err);
        assert!(said.out.contains("That takes 1 Buffer in slabs for what Node's pool handed out"), "{}", said.out);
    }
    for limit in ["4096", "0"] {
        fails(&["audit", "--fail-over", limit, &file], 1, &["at least 4,097 B, more than --fail-over", assumed]);
    }
    fails(&["audit", "--fail-over=-1", &file], 2, &["--fail-over"]);
}
