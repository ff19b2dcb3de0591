//! What the audit sees of a script. Alone in its process, because the audit's mode and rows belong to the whole process; one
//! test at a time, for the same reason.

use std::path::PathBuf;
use std::sync::Mutex;

use plimsoll_js::{Ended, Host, Options, Outcome};
use plimsoll_report::{Report, Source};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn audit_with(name: &str, program: &str, options: Options) -> (Outcome, Report) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let folder: PathBuf = std::env::temp_dir().join(format!("plimsoll-js-audit-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    let path = folder.join(format!("{name}.js"));
    std::fs::write(&path, program).expect("a file for the test");
    let options =
        Options { audit: true, stdout: Box::new(std::io::sink()), stderr: Box::new(std::io::sink()), ..options };
    let (outcome, report) = Host::new(options).run_file(&path, || plimsoll::audit::report_on(Source::script("test")));
    let _ = std::fs::remove_dir_all(&folder);
    (outcome, report.expect("the moment for the report comes"))
}

fn audit(name: &str, program: &str) -> Report {
    let (outcome, report) = audit_with(name, program, Options::default());
    assert_eq!(outcome.exit_code, 0);
    report
}

/// `line:column` of each holder, its views and the bytes it holds.
fn holders(report: &Report) -> Vec<(String, u64, u64)> {
    let place = |text: &str| text.rsplit(".js:").next().unwrap_or_default().to_owned();
    report.holders.iter().map(|holder| (place(&holder.place), holder.views, holder.gross)).collect()
}

#[test]
fn top_level_bindings_are_alive_at_the_end() {
    let report = audit(
        "leak",
        "'use strict';\nconst kept = new Map();\nfor (let i = 0; i < 10; i++) {\n  const packet = Buffer.alloc(1 << 20);\n  kept.set(i, packet.slice(0, 16));\n}\n",
    );
    let totals = &report.totals;
    assert_eq!((totals.views, totals.net.known(), totals.gross), (10, Some(160), 10 << 20));
    assert_eq!(holders(&report)[0], ("5:22".to_owned(), 10, 10 << 20));
}

#[test]
fn sites_are_the_names_of_what_is_called() {
    let program = "const kept = [];
kept.push(new Uint8Array(1001));
kept.push(Buffer
  .alloc(
    1002,
  ));
kept.push(Uint8Array.prototype.slice.call(Buffer.alloc(1003)));
const { alloc } = Buffer;
kept.push(alloc(1004)); kept.push([1005].map((size) => Buffer.alloc(size)));
class Packet extends Uint8Array {
  constructor(size) { super(size); }
}
kept.push(new Packet(1006));
eval('kept.push(Buffer.alloc(1007))');
Error.prepareStackTrace = () => 'shaped'; Error.stackTraceLimit = 0;
kept.push(Buffer.alloc(1008));
";
    let report = audit("sites", program);
    let found = holders(&report);
    let place = |size: u64| {
        let entry = found.iter().find(|(_, views, gross)| (*views, *gross) == (1, size));
        entry.map(|(place, ..)| place.clone()).unwrap_or_default()
    };
    let places: Vec<String> = (1001..=1008).map(place).collect();
    assert_eq!(places, ["2:15", "4:4", "7:32", "9:11", "9:63", "11:23", "<eval>", "16:18"]);
}

#[test]
fn views_die_with_their_objects() {
    let report = audit(
        "deaths",
        "let a = Buffer.alloc(1000); let b = a.subarray(1); b = null; globalThis.c = a.subarray(2, 4); a = null;",
    );
    let totals = &report.totals;
    assert_eq!((totals.views, totals.net.known(), totals.gross), (1, Some(2), 1000));
}

#[test]
fn cycles_are_collected_before_the_look() {
    let report = audit("cycles", "(() => { const o = { b: Buffer.alloc(1000) }; o.o = o; })();");
    assert_eq!(report.totals.gross, 0);
}

#[test]
fn a_run_that_ends_early_still_shows_what_it_held() {
    let hold =
        "const kept = []; function f() { const local = Buffer.alloc(2000); kept.push(Buffer.alloc(1000)); END }\nf();";
    for (end, gross, ended) in [
        ("throw new Error('x')", 1000, Ended::Uncaught),
        ("process.exit(0)", 3000, Ended::Exit),
        ("for (;;);", 3000, Ended::Deadline),
    ] {
        let options = Options { time_limit: Some(std::time::Duration::from_millis(200)), ..Options::default() };
        let (outcome, report) = audit_with("early", &hold.replace("END", end), options);
        assert_eq!((outcome.ended, report.totals.gross), (ended, gross), "{end}");
    }
}

#[test]
fn detached_stores_are_not_held() {
    let report = audit(
        "detached",
        "globalThis.a = new ArrayBuffer(1000); globalThis.u = new Uint8Array(a); globalThis.b = a.transfer(0);",
    );
    assert_eq!(report.totals.gross, 0);
}
