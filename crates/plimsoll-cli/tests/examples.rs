//! Each example prints what Node prints, and the audit finds in it exactly what its `figures.json` says.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace is there")
}

fn plimsoll(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll")).args(args).current_dir(root()).output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `label: 1.234ms` becomes `label: <time>`, as examples/record.js does.
fn without_times(output: &str) -> String {
    let line = |line: &str| match line.rsplit_once(": ") {
        Some((label, time)) if is_time(time) => format!("{label}: <time>\n"),
        _ => format!("{line}\n"),
    };
    output.lines().map(line).collect()
}

fn is_time(text: &str) -> bool {
    let digits = text.strip_suffix("ms").or_else(|| text.strip_suffix('s')).unwrap_or("");
    digits.parse::<f64>().is_ok() && digits.starts_with(|c: char| c.is_ascii_digit())
}

fn prints_what_node_prints(name: &str) {
    let expected = std::fs::read_to_string(root().join(format!("examples/expected/{name}.txt"))).expect("recorded");
    let run = plimsoll(&["run", &format!("examples/{name}.js")]);
    assert_eq!(text(&run.stderr), "", "{name} says nothing on stderr");
    assert_eq!(without_times(&text(&run.stdout)), expected, "{name}");
    assert_eq!(run.status.code(), Some(0));
}

fn audit(name: &str, options: &[&str]) -> (Value, Output) {
    let file = format!("examples/{name}.js");
    let run = plimsoll(&[&["audit", "--json"], options, &[&file]].concat());
    let report = serde_json::from_slice(&run.stdout)
        .unwrap_or_else(|error| panic!("{name}: {error}\n{}\n{}", text(&run.stdout), text(&run.stderr)));
    (report, run)
}

fn expected(name: &str) -> Value {
    let all = std::fs::read_to_string(root().join("examples/expected/figures.json")).expect("recorded");
    let mut all: Value = serde_json::from_str(&all).expect("it is JSON");
    all[format!("{name}.js")].take()
}

/// A holder's lines in one order, whichever the report put first.
fn lines(holder: &Value) -> Vec<String> {
    let mut lines: Vec<String> = if holder["lines"].is_array() {
        holder["lines"].as_array().unwrap().iter().map(|line| line["where"].as_str().unwrap().to_owned()).collect()
    } else {
        let with = holder["with"].as_array().unwrap().iter();
        with.chain([&holder["where"]]).map(|line| line.as_str().unwrap().to_owned()).collect()
    };
    lines.sort();
    lines
}

fn same_figures(name: &str, found: &Value, expected: &Value, keys: &[&str]) {
    for key in keys {
        assert_eq!(found[key], expected[key], "{name}: {key} of {}", expected["lines"]);
    }
}

fn audits_exactly(name: &str) {
    let (report, run) = audit(name, &[]);
    let figures = expected(name);
    same_figures(
        name,
        &report["totals"],
        &figures["totals"],
        &["views", "stores", "net", "gross", "tare", "frees", "slabs"],
    );

    let (found, wanted) = (report["holders"].as_array().unwrap(), figures["holders"].as_array().unwrap());
    assert_eq!(found.len(), wanted.len(), "{name}: {report:#}");
    for wanted in wanted {
        let found = found
            .iter()
            .find(|found| lines(found) == lines(wanted))
            .unwrap_or_else(|| panic!("{name}: nobody is called {:?} in {report:#}", lines(wanted)));
        same_figures(name, found, wanted, &["views", "stores", "net", "gross", "tare", "frees"]);
        let born = |holder: &Value| {
            let mut born: Vec<_> = holder["born"]
                .as_array()
                .unwrap()
                .iter()
                .collect::<Vec<_>>()
                .into_iter()
                .map(|born| (born["where"].to_string(), born["stores"].to_string(), born["gross"].to_string()))
                .collect();
            born.sort();
            born
        };
        assert_eq!(born(found), born(wanted), "{name}: where the stores of {} were born", wanted["lines"]);
    }

    for wanted in figures["churn"].as_array().into_iter().flatten() {
        let line = |place: &Value| place.as_str().unwrap().rsplit_once(':').unwrap().0.to_owned();
        let on_line: Vec<_> = report["churn"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| line(&row["where"]) == line(&wanted["where"]))
            .collect();
        for (key, value) in wanted.as_object().unwrap().iter().filter(|(_, value)| value.is_u64()) {
            let sum: u64 = on_line.iter().map(|row| row[key].as_u64().unwrap()).sum();
            assert_eq!(Some(sum), value.as_u64(), "{name}: {key} on {}", wanted["where"]);
        }
    }

    let printed = std::fs::read_to_string(root().join(format!("examples/expected/{name}.txt"))).expect("recorded");
    assert_eq!(without_times(&text(&run.stderr)), printed, "with --json the program prints to stderr");
    assert_eq!(run.status.code(), Some(0));
}

macro_rules! examples {
    ($($test:ident $name:literal)*) => {
        mod prints_what_node_prints {
            $(#[test] fn $test() { super::prints_what_node_prints($name); })*
        }
        mod audits_exactly {
            $(#[test] fn $test() { super::audits_exactly($name); })*
        }
    };
}

examples! {
    session_ids "session-ids"
    session_ids_fixed "session-ids-fixed"
    views_vs_copies "views-vs-copies"
    slab_survivors "slab-survivors"
    closure_leak "closure-leak"
    healthy_parent "healthy-parent"
    two_lines "two-lines"
    naive_parser "naive-parser"
    protocol "protocol"
    views "views"
}

#[test]
fn the_classic_leak_names_the_cure() {
    let (report, _) = audit("session-ids", &[]);
    let advice = &report["holders"][0]["advice"];
    assert_eq!(advice["frees"], 1_048_560_000_u64);
    assert!(advice["text"].as_str().unwrap().contains("plimsoll.compact(view)"), "{advice}");

    let run = plimsoll(&["audit", "examples/session-ids.js"]);
    let printed = text(&run.stdout);
    let own = std::fs::read_to_string(root().join("examples/expected/session-ids.txt")).expect("recorded");
    let report = printed.strip_prefix(&own).expect("the program's own output comes first");
    assert!(report.contains("held 1,000 MiB, shown 16,000 B"), "{report}");
    assert!(report.lines().all(|line| line.chars().count() <= 80), "80 columns: {report}");
    assert!(!report.contains('\x1b'), "no colour in a pipe");
}

#[test]
fn survivors_in_slabs_are_told_what_a_copy_by_from_does() {
    let (report, _) = audit("slab-survivors", &[]);
    let advice = report["holders"][0]["advice"]["text"].as_str().unwrap().to_owned();
    assert!(advice.contains("Buffer.from(view)") && advice.contains("slab"), "{advice}");
}

#[test]
fn piled_up_buffers_stand_under_held_after_the_time_given() {
    let (report, run) = audit("closure-leak", &["--for", "2s"]);
    assert_eq!(run.status.code(), Some(0));
    let totals = &report["totals"];
    let views = totals["views"].as_u64().unwrap();
    assert!((1..=41).contains(&views), "{report:#}");
    assert_eq!(totals["gross"], views << 20);
    assert_eq!((&totals["net"], totals["frees"].as_u64()), (&totals["gross"], Some(0)));
    assert!(report["holders"][0]["advice"].is_null(), "nothing to free by copying");

    let run = plimsoll(&["audit", "--for", "300ms", "examples/closure-leak.js"]);
    let printed = text(&run.stdout);
    assert!(printed.contains("nothing to free") && printed.contains("closure-leak.js:17:27"), "{printed}");
}

#[test]
fn a_healthy_parent_passes_and_a_leak_fails() {
    let healthy = plimsoll(&["audit", "--fail-over", "1MiB", "examples/healthy-parent.js"]);
    assert_eq!(healthy.status.code(), Some(0), "{}", text(&healthy.stdout));
    let leak = plimsoll(&["audit", "--fail-over", "1MiB", "examples/session-ids.js"]);
    assert_eq!(leak.status.code(), Some(1));
    assert!(text(&leak.stderr).contains("1 MiB"), "says which limit: {}", text(&leak.stderr));
    let cured = plimsoll(&["audit", "--fail-over", "1MiB", "examples/session-ids-fixed.js"]);
    assert_eq!(cured.status.code(), Some(0));
}

#[test]
fn churn_tells_the_naive_parser_from_the_other() {
    let churn = |name: &str| {
        let run = plimsoll(&["audit", "--by", "churn", &format!("examples/{name}.js")]);
        assert_eq!(run.status.code(), Some(0));
        text(&run.stdout)
    };
    assert!(churn("naive-parser").contains("naive-parser.js:2"), "{}", churn("naive-parser"));
    assert!(churn("protocol").contains("protocol.js:56"), "{}", churn("protocol"));
}

#[test]
fn top_cuts_and_counts_the_rest() {
    let (report, _) = audit("views-vs-copies", &["--top", "1"]);
    assert_eq!(report["holders"].as_array().unwrap().len(), 1);
    assert_eq!(report["omitted"], 1);
}
