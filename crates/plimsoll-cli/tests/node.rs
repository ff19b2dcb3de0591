//! The command against real Node, on the services of `examples/node`: see `support/mod.rs` for the versions that run.
#![cfg(unix)]

mod support;

use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};
use support::{
    BODY, Node, Service, advised, command, example, folder, holder, joined, load, newest, nodes, number, output,
    plimsoll, report, signal, text,
};

const REQUESTS: u32 = 200;

/// A service of `examples/node`, and what is known of it.
struct Known {
    file: &'static str,
    /// What the quick audit calls what it keeps.
    quick: &'static str,
    /// What the deep one does.
    deep: &'static str,
    /// Line and column of the function that keeps it.
    at: &'static str,
    /// Bytes of each view.
    shown: u64,
}

const SESSION_IDS: Known = Known {
    file: "session-ids.js",
    quick: "Buffer of 16 B in stores of 64 KiB",
    deep: "Map sessions → value in session-ids.js",
    at: "session-ids.js:11:49",
    shown: 16,
};
const CLOSURE: Known = Known {
    file: "closure.js",
    quick: "Buffer of 32 B in stores of 64 KiB",
    deep: "closure later (closure.js:13:24) → head",
    at: "closure.js:13:24",
    shown: 32,
};

fn bodies(node: &Node, file: &str, options: &[&str], cured: bool) -> Service {
    let service = Service::start(node, &example(file), options, cured);
    service.load("/", REQUESTS, BODY);
    service
}

fn sums<const N: usize>(of: &Value, keys: [&str; N]) -> [u64; N] {
    keys.map(|key| number(&of[key]))
}

#[test]
fn views_of_whole_bodies_are_found_live_deeply_and_in_the_snapshot() {
    for node in nodes() {
        for known in [SESSION_IDS, CLOSURE] {
            let what = format!("Node {}: {}", node.major, known.file);
            let service = bodies(node, known.file, &[], false);
            let (gross, net) = (u64::from(REQUESTS) << 16, u64::from(REQUESTS) * known.shown);
            let exact = [u64::from(REQUESTS), u64::from(REQUESTS), gross, net, gross - net];
            let keys = ["views", "stores", "gross", "net", "frees"];

            let quick = report(&["--yes", "--pid", &service.pid()]);
            assert_eq!(sums(holder(&quick, known.quick), keys), exact, "{what}");
            assert_eq!(advised(&quick), [known.quick], "{what}");
            assert_eq!(quick["source"]["target"], format!("process {}", service.pid()), "{what}");

            let (deep, file) = service.deep();
            let found = holder(&deep, known.deep);
            assert_eq!(sums(found, keys), exact, "{what}");
            assert!(found["at"].as_str().unwrap().ends_with(known.at), "{what}: {}", found["at"]);
            assert_eq!(advised(&deep), [known.deep], "{what}");
            assert_eq!(deep["holders"][0]["where"], known.deep, "{what}: the largest comes first");

            let saved = report(&[&file]);
            let found = holder(&saved, known.deep);
            assert_eq!(number(&found["gross"]), gross, "{what}");
            assert!(found["net"].is_null(), "{what}: a snapshot does not say");
            assert_eq!(sums(found, ["net_min", "net_max"]), [0, gross], "{what}");
            assert_eq!(saved["holders"][0]["where"], known.deep, "{what}: the largest comes first");
            assert_eq!(advised(&saved), [""; 0], "{what}: nothing is certain");
            assert_eq!(service.count(), u64::from(REQUESTS), "{what}: it goes on");
        }
    }
}

#[test]
fn survivors_in_slabs_are_found_live_deeply_and_in_the_snapshot() {
    const DEEP: &str = "tokens[] in slab-survivors.js";
    for node in nodes() {
        let what = format!("Node {}", node.major);
        let service = Service::start(node, &example("slab-survivors.js"), &[], false);
        service.count();
        let quick = |service: &Service| report(&["--yes", "--pid", &service.pid()]);
        let before = quick(&service);
        service.load("/keep", REQUESTS, 0);
        let after = quick(&service);
        let keys = ["views", "gross", "net"];
        let slabs = |report: &Value| number(&report["totals"]["slabs"]["count"]);
        let each = number(&after["totals"]["slabs"]["gross"]) / slabs(&after);
        let [views, gross, net] = sums(&after["totals"], keys);
        let [views_before, gross_before, net_before] = sums(&before["totals"], keys);
        let tokens: u64 = (0..REQUESTS).map(|i| format!("token {i}").len() as u64).sum();
        assert_eq!((views - views_before, net - net_before), (u64::from(REQUESTS), tokens), "{what}");
        assert_eq!(gross - gross_before, (slabs(&after) - slabs(&before)) * each, "{what}");
        // The first may be in a slab that Node keeps as well.
        let kept = slabs(&after) - slabs(&before);
        assert!((u64::from(REQUESTS) - 1..=u64::from(REQUESTS)).contains(&kept), "{what}: {kept} slabs");
        assert_eq!(advised(&after), ["Buffer in pool slabs"], "{what}");

        let (deep, file) = service.deep();
        let found = holder(&deep, DEEP);
        let [views, gross, net] = sums(found, keys);
        assert!((u64::from(REQUESTS) - 1..=u64::from(REQUESTS)).contains(&views), "{what}: {views} views");
        assert_eq!(gross, views * each, "{what}: one view a slab");
        assert!(net <= tokens && net + "token 0".len() as u64 >= tokens, "{what}: {net} of {tokens}");
        assert_eq!(advised(&deep), [DEEP], "{what}");
        assert!(found["at"].as_str().unwrap().ends_with("slab-survivors.js:11:48"), "{what}: {}", found["at"]);

        let saved = report(&[&file]);
        let found = holder(&saved, DEEP);
        assert_eq!((&found["gross"], found["net"].is_null()), (&gross.into(), true), "{what}");
        // The pool hands out less than half a slab: so much is certain.
        let [least, most] = sums(found, ["net_min", "net_max"]);
        assert!(least <= net && net <= most && most < gross / 2, "{what}: {least} to {most}");
        assert_eq!(advised(&saved), [DEEP], "{what}");
    }
}

#[test]
fn what_keeps_strings_gets_no_advice() {
    for node in nodes() {
        let service = bodies(node, "clean.js", &[], false);
        let quick = report(&["--yes", "--pid", &service.pid()]);
        let (deep, file) = service.deep();
        let saved = report(&[&file]);
        // Both count the same things.
        assert_eq!(quick["totals"], deep["totals"], "Node {}", node.major);
        assert_eq!(quick["totals"]["gross"], saved["totals"]["gross"], "Node {}", node.major);
        for (how, found) in [("quick", quick), ("deep", deep), ("snapshot", saved)] {
            assert_eq!(advised(&found), [""; 0], "Node {}, {how}", node.major);
            assert!(number(&found["totals"]["gross"]) < 1 << 20, "Node {}, {how}: {found}", node.major);
        }
        let text = text(&plimsoll(&["--yes", "--pid", &service.pid()]).stdout);
        assert!(text.starts_with("nothing worth freeing"), "Node {}: {text}", node.major);
    }
}

#[test]
fn ways_are_told_as_their_program_was_written() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/ways.mjs");
    // By the number of the view.
    let expected: [&[&str]; 21] = [
        &["Map cache → value in ways.mjs"],
        &["Set members → member in ways.mjs"],
        &["function waits (ways.mjs:17:21) → local variable"],
        &["sessions[].id in ways.mjs"],
        &["sessions[].#secret in ways.mjs"],
        &["tick event listener onTick (ways.mjs:33:55) → head"],
        &["done[] → promise in ways.mjs"],
        &["timer expire (ways.mjs:40:61) → captured variable"],
        &["WeakMap meta → value in ways.mjs", "WeakMap held.far.away.keys[] → value in ways.mjs"],
        &["Timeout._timerArgs[]"],
        &["bound[] → bound argument in ways.mjs"],
        &["function generate (ways.mjs:52:19) → local variable"],
        &["globalThis.leaked[]"],
        &["Map app.state.users → value.profile.avatar in ways.mjs"],
        &["AsyncLocalStorage.body", "AsyncLocalStorage[].body"],
        &["exported.list[] in ways.mjs"],
        &["byName[] in ways.mjs"],
        &["tock event listener onTock (ways.mjs:75:55) → head"],
        &["event listener onX (ways.mjs:80:66) → head"],
        &["promise callback then (ways.mjs:84:48) → head"],
        &["stream._readableState.buffer[] in ways.mjs"],
    ];
    for node in nodes() {
        let service = Service::start(node, &script, &[], false);
        let (deep, _) = service.deep();
        for (number, places) in (1..).zip(expected) {
            let gross = 20 * (70_000 + number);
            let found = deep["holders"].as_array().unwrap().iter().find(|holder| holder["gross"] == gross);
            let found = found.unwrap_or_else(|| panic!("Node {}: nobody holds {gross}: {deep:#}", node.major));
            let place = found["where"].as_str().unwrap();
            assert!(places.contains(&place), "Node {}: {place} for {}", node.major, places[0]);
        }
        assert_eq!(advised(&deep).len(), expected.len(), "Node {}: {:?}", node.major, advised(&deep));
    }
}

#[test]
fn the_cure_frees_what_the_advice_said() {
    for node in nodes() {
        for (file, path, body) in
            [("session-ids.js", "/", BODY), ("closure.js", "/", BODY), ("slab-survivors.js", "/keep", 0)]
        {
            let audited = |cured| {
                let service = Service::start(node, &example(file), &[], cured);
                service.load(path, REQUESTS, body);
                report(&["--yes", "--pid", &service.pid()])
            };
            let (leaky, cured) = (audited(false), audited(true));
            let what = format!("Node {}: {file}", node.major);
            let held = |report: &Value| number(&report["totals"]["gross"]);
            let promised: u64 = leaky["holders"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|holder| !holder["advice"].is_null())
                .map(|holder| number(&holder["advice"]["frees"]))
                .sum();
            let freed = held(&leaky) - held(&cured);
            assert!(promised > 1 << 20, "{what}: {promised}");
            assert!(freed.abs_diff(promised) <= promised / 10, "{what}: {promised} promised, {freed} freed");
            assert_eq!(advised(&cured), [""; 0], "{what}");
        }
    }
}

/// Starts `plimsoll audit ARGS -- node SCRIPT`, loads the service and sends the command a signal, or waits for its end. The exit code,
/// standard output, and standard error.
fn launched(node: &Node, script: &Path, args: &[&str], sent: Option<&str>) -> (Option<i32>, String, String) {
    let mut child = command(&[args, &["--", node.path.to_str().unwrap(), script.to_str().unwrap()]].concat())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (said, ports) = channel();
    let read = |stream: Box<dyn Read + Send>| {
        let said = said.clone();
        thread::spawn(move || {
            let mut all = String::new();
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if let Some(port) = line.strip_prefix("listening on ") {
                    said.send(port.parse::<u16>().unwrap()).unwrap();
                }
                all += &line;
                all.push('\n');
            }
            all
        })
    };
    let streams = [read(Box::new(child.stdout.take().unwrap())), read(Box::new(child.stderr.take().unwrap()))];
    let port = ports.recv_timeout(Duration::from_secs(60)).unwrap();
    if let Some(name) = sent {
        load(port, "/", REQUESTS, BODY);
        signal(child.id(), name);
    }
    let code = child.wait().unwrap().code();
    let [out, err] = streams.map(|stream| stream.join().unwrap());
    (code, out, err)
}

#[test]
fn a_service_that_was_started_is_audited_on_ctrl_c() {
    let Some(node) = newest() else { return };
    let script = example(SESSION_IDS.file);
    let (code, out, err) = launched(node, &script, &["--json"], Some("INT"));
    assert_eq!(code, Some(0), "as asked: {err}");
    let found: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"));
    let gross = u64::from(REQUESTS) << 16;
    assert_eq!(number(&holder(&found, SESSION_IDS.quick)["gross"]), gross);
    assert!(found["source"]["target"].as_str().unwrap().ends_with("session-ids.js"), "{found}");
    assert!(err.contains("listening on "), "the program's own output: {err}");

    let (code, out, _) = launched(node, &script, &["--fail-over", "1MiB"], Some("TERM"));
    assert_eq!(code, Some(1), "it would free more");
    assert!(out.starts_with("listening on ") && out.contains(SESSION_IDS.quick), "{out}");
    let (code, out, _) = launched(node, &script, &["--for", "4s"], None);
    assert_eq!(code, Some(0), "its time was up");
    assert!(out.contains("nothing worth freeing: held "), "{out}");
}

#[test]
fn a_program_that_was_started_is_looked_at_deeply_at_its_end() {
    for node in nodes() {
        let what = format!("Node {}", node.major);
        let folder = folder();
        let save = folder.join("end.heapsnapshot").to_str().unwrap().to_owned();
        let script = example(SESSION_IDS.file);
        let (code, out, err) = launched(node, &script, &["--json", "--deep", "--save", &save], Some("INT"));
        assert_eq!(code, Some(0), "{what}: {err}");
        let found: Value = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{what}: {error}: {out}"));
        let held = holder(&found, SESSION_IDS.deep);
        let (gross, net) = (u64::from(REQUESTS) << 16, u64::from(REQUESTS) * SESSION_IDS.shown);
        assert_eq!(sums(held, ["views", "gross", "net"]), [u64::from(REQUESTS), gross, net], "{what}");
        assert!(held["at"].as_str().unwrap().ends_with(SESSION_IDS.at), "{what}: {}", held["at"]);
        assert_eq!(number(&holder(&report(&[&save]), SESSION_IDS.deep)["gross"]), gross, "{what}");
        let _ = fs::remove_dir_all(folder);

        // At ends of its own, where its listeners are on the stack.
        let kept = "globalThis.kept = new Map(); for (let i = 0; i < 50; i++) kept.set(i, Buffer.allocUnsafeSlow(65536).subarray(0, 16));";
        for (end, code) in [("", 0), ("setTimeout(() => process.exit(3), 20)", 3)] {
            let output = plimsoll(&["--deep", "--", node.path.to_str().unwrap(), "-e", &format!("{kept} {end}")]);
            assert_eq!(output.status.code(), Some(code), "{what}, {end}: {}", text(&output.stderr));
            let said = joined(&output.stdout);
            assert!(said.contains("Map globalThis.kept → value 50 800 B 3.1 MiB"), "{what}, {end}: {said}");
            assert!(!said.contains("`--deep`"), "{what}, {end}: {said}");
        }
        let quick = plimsoll(&["--", node.path.to_str().unwrap(), "-e", kept]);
        assert!(text(&quick.stdout).trim_end().lines().last().unwrap().contains("`--deep`"), "{what}");
        let little = plimsoll(&["--", node.path.to_str().unwrap(), "-e", ""]);
        assert!(!text(&little.stdout).contains("`--deep`"), "{what}");
    }
}

#[test]
fn the_exit_code_of_a_program_that_was_started_is_its_own() {
    let Some(node) = newest() else { return };
    let folder = folder();
    let script = folder.join("ends.js");
    let service = fs::read_to_string(example("session-ids.js")).unwrap();
    fs::write(&script, service + "process.on('SIGINT', () => process.exit(6));").unwrap();
    let (code, out, _) = launched(node, &script, &["--json"], Some("INT"));
    assert_eq!(code, Some(6));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["source"]["kind"], "node");

    let node = node.path.to_str().unwrap();
    for (program, code) in [
        ("process.exitCode = 7", 7),
        ("process.kill(process.pid, 'SIGKILL'); setTimeout(() => {}, 9999)", 1),
        ("throw new Error('on purpose')", 1),
        ("globalThis.kept = Buffer.allocUnsafeSlow(2 << 20).subarray(0, 9)", 0),
    ] {
        assert_eq!(plimsoll(&["--", node, "-e", program]).status.code(), Some(code), "{program}");
    }
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn snapshots_of_one_process_tell_what_grew_and_what_stayed() {
    for node in nodes() {
        let major = node.major;
        let service = bodies(node, SESSION_IDS.file, &["--heapsnapshot-signal=SIGUSR2"], false);
        let mut files = vec![service.write_snapshot()];
        for requests in [50, 30] {
            service.load("/", requests, BODY);
            files.push(service.write_snapshot());
        }
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let two = plimsoll(&files[..2]);
        assert_eq!(two.status.code(), Some(0), "Node {major}: {}", text(&two.stderr));
        let two = joined(&two.stdout);
        let grown = two.split("since ").nth(1).unwrap_or_else(|| panic!("Node {major}: {two}"));
        assert!(grown.contains(&format!("{} +50 +50", SESSION_IDS.deep)), "Node {major}: {grown}");

        let three = plimsoll(&files);
        assert_eq!(three.status.code(), Some(0), "Node {major}: {}", text(&three.stderr));
        let three = joined(&three.stdout);
        let stayed = three.split("left in the third").nth(1).unwrap_or_else(|| panic!("Node {major}: {three}"));
        let row = format!("{} 50 3.1 MiB", SESSION_IDS.deep);
        assert!(stayed.contains(&row), "Node {major}: {stayed}");

        for wrong in [&[1, 0][..], &[2, 0], &[0, 2, 1], &[1, 2, 0], &[2, 1, 0]] {
            let refused = plimsoll(&wrong.iter().map(|&at| files[at]).collect::<Vec<_>>());
            let why = text(&refused.stderr);
            assert_eq!(refused.status.code(), Some(1), "Node {major}: {wrong:?}: {why}");
            assert!(why.contains("was taken before") && why.contains("the order in which"), "Node {major}: {why}");
            assert!(refused.stdout.is_empty(), "Node {major}");
        }

        // A report as JSON is of the last.
        let json = plimsoll(&[&["--json"], &files[..]].concat());
        let last: Value = serde_json::from_slice(&json.stdout).unwrap();
        assert_eq!(number(&holder(&last, SESSION_IDS.deep)["views"]), u64::from(REQUESTS) + 80, "Node {major}");
        let row = |rows: &Value| {
            let rows = rows.as_array().unwrap().clone();
            rows.into_iter()
                .find(|row| row["where"] == SESSION_IDS.deep)
                .unwrap_or_else(|| panic!("Node {major}: {last}"))
        };
        assert_eq!(row(&last["growth"]["holders"])["stores"], 80, "Node {major}");
        let stayed = row(&last["growth"]["stayed"]);
        assert_eq!((&stayed["stores"], &stayed["gross"]), (&50.into(), &(50 * BODY).into()), "Node {major}");

        let other = bodies(node, SESSION_IDS.file, &["--heapsnapshot-signal=SIGUSR2"], false);
        let refused = plimsoll(&[files[0], &other.write_snapshot()]);
        assert_eq!(refused.status.code(), Some(1), "Node {major}");
        let why = text(&refused.stderr);
        assert!(why.contains("the same id") && why.contains("different processes"), "Node {major}: {why}");
        assert!(refused.stdout.is_empty(), "Node {major}");
    }
}

#[test]
fn a_snapshot_is_looked_at_from_all_sides() {
    let Some(node) = newest() else { return };
    let service = bodies(node, SESSION_IDS.file, &[], false);
    let (_, file) = service.deep();
    let shown = |args: &[&str]| {
        let output = plimsoll(&[args, &[&file]].concat());
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    // A class, an object of it, the way to it and what leads to it.
    let class = shown(&["--class", "Buffer", "--top", "3"]);
    let lines: Vec<&str> = class.lines().collect();
    assert_eq!(lines.len(), 5, "a head, three rows, and the rest: {class}");
    assert!(lines[3].contains("Buffer @") && lines[3].contains(" 65,"), "own and retained: {class}");
    assert!(lines[4].starts_with("and ") && lines[4].ends_with(" more"), "{class}");
    let id = lines[3].split('@').nth(1).unwrap().split(' ').next().unwrap();
    let path = shown(&["--path", id]);
    assert!(path.contains("by ->sessions") && path.contains("session-ids.js:11:"), "{path}");
    assert!(path.trim_end().lines().last().unwrap().contains(&format!("Buffer @{id}")), "{path}");
    let retainers = shown(&["--retainers", id]);
    assert!(retainers.lines().count() >= 2 && retainers.contains("array @"), "{retainers}");
    for wrong in [["--path", "4000000000"], ["--retainers", "4000000000"], ["--class", "NoSuchClass"]] {
        let output = plimsoll(&[&wrong[..], &[&file]].concat());
        assert_eq!(output.status.code(), Some(1), "{wrong:?}");
        assert!(text(&output.stderr).contains(wrong[1]), "{wrong:?}: {}", text(&output.stderr));
    }
    assert_eq!(report(&["--top", "1", &file])["holders"].as_array().unwrap().len(), 1);

    // Every node, in five columns.
    let out = service.folder.join("retained.tsv");
    shown(&["--dump-retained", out.to_str().unwrap()]);
    let dump = fs::read_to_string(out).unwrap();
    let header: String = fs::read_to_string(&file).unwrap().chars().take(8000).collect();
    let count = header.split("\"node_count\":").nth(1).unwrap().split(',').next().unwrap();
    assert_eq!(dump.lines().count(), count.parse::<usize>().unwrap());
    for line in dump.lines() {
        let columns: Vec<i64> = line.split('\t').map(|cell| cell.parse().unwrap()).collect();
        assert!(matches!(columns[..], [_, own, retained, distance, _] if retained >= own && distance >= -5), "{line}");
    }

    // A page, and a page of another sort of input.
    let page = service.folder.join("page.html");
    shown(&["--html", page.to_str().unwrap()]);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") || page.starts_with("<!doctype html>"), "{}", &page[..100]);
    assert!(page.contains("session-ids.js:11:49") && !page.contains("src=\"http") && !page.contains("<link"), "alone");
}

#[test]
fn a_snapshot_comes_from_a_pipe_packed_or_in_part() {
    let Some(node) = newest() else { return };
    let service = bodies(node, SESSION_IDS.file, &[], false);
    let (_, file) = service.deep();
    let plain = fs::read(&file).unwrap();
    let holders = |report: &Value| report["holders"].clone();
    let expected = holders(&report(&[&file]));

    let piped = |bytes: &[u8]| {
        let mut child = command(&["--json", "-"]);
        let mut child = child
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdin = child.stdin.take().unwrap();
        let bytes = bytes.to_owned();
        // It may hang up when it has seen enough.
        let writing = thread::spawn(move || drop(stdin.write_all(&bytes)));
        let output = child.wait_with_output().unwrap();
        writing.join().unwrap();
        output
    };
    let found: Value = serde_json::from_slice(&piped(&plain).stdout).unwrap();
    assert_eq!(holders(&found), expected);

    let gzip = Command::new("gzip").args(["-k", &file]).status();
    if gzip.is_ok_and(|status| status.success()) {
        let packed = format!("{file}.gz");
        assert_eq!(holders(&report(&[&packed])), expected);
        let found: Value = serde_json::from_slice(&piped(&fs::read(&packed).unwrap()).stdout).unwrap();
        assert_eq!(holders(&found), expected, "packed, from a pipe");
        let half = service.folder.join("half.heapsnapshot.gz");
        let packed = fs::read(&packed).unwrap();
        fs::write(&half, &packed[..packed.len() / 2]).unwrap();
        let cut = plimsoll(&[half.to_str().unwrap()]);
        let why = text(&cut.stderr);
        assert_eq!((cut.status.code(), cut.stdout.len()), (Some(1), 0), "{why}");
        let at = format!("(at byte {} of the packed file, after", packed.len() / 2);
        assert!(why.contains("the snapshot is cut off: ") && why.contains(&at), "{why}");
    } else {
        eprintln!("skipped: there is no gzip");
    }

    for part in [0, 1, plain.len() / 3, plain.len() - 2] {
        let cut = service.folder.join("cut.heapsnapshot");
        fs::write(&cut, &plain[..part]).unwrap();
        for output in [plimsoll(&["--json", cut.to_str().unwrap()]), piped(&plain[..part])] {
            let why = text(&output.stderr);
            assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{part}: {why}");
            assert!(why.contains("byte"), "{part}: {why}");
        }
    }
}

#[test]
fn what_cannot_be_audited_is_told_and_not_harmed() {
    let usage = |args: &[&str]| {
        let output = plimsoll(args);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{args:?}: {}", text(&output.stderr));
    };
    usage(&[]);
    usage(&["--pid", "soon"]);
    usage(&["--save", "x", "--pid", "1"]);
    usage(&["--times", "3", "--pid", "1"]);
    usage(&["--pid", "1", "app.js"]);
    usage(&["--deep", "app.js"]);
    usage(&["--every", "1s", "app.js"]);
    usage(&["--for", "1s", "--pid", "1"]);
    usage(&["--path", "1", "--pid", "1"]);
    usage(&["--class", "Buffer", "app.js"]);
    usage(&["a.heapsnapshot", "b.heapsnapshot", "c.heapsnapshot", "d.heapsnapshot"]);
    usage(&["a.heapsnapshot", "b.heapsnapshot", "--json"]);
    usage(&["--sites", "1s", "--", "node", "app.js"]);
    usage(&["--sites", "1s", "a.heapsnapshot"]);
    usage(&["--sites", "1s", "app.js"]);
    usage(&["--sites", "soon", "--pid", "1"]);
    usage(&["--sites", "1s", "--every", "1s", "--pid", "1"]);
    for every in ["0s", "1ms", "3000000000000000h"] {
        usage(&["--every", every, "--pid", "1"]);
    }
    usage(&["wss://127.0.0.1:9229"]);
    usage(&["https://127.0.0.1:9229"]);
    usage(&["ws://localhost"]);
    usage(&["--deep", "--save", "/no/such/folder/x.heapsnapshot", "--pid", "1"]);
    usage(&["--sites", "1h", "--save", "/", "--pid", "1"]);

    let refused = |args: &[&str], why: &str| {
        let output = plimsoll(args);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{args:?}: {said}");
        assert!(said.starts_with("plimsoll: ") && said.contains(why), "{args:?}: {said}");
    };
    refused(&["no-such.heapsnapshot"], "no-such.heapsnapshot: No such file");
    refused(&["ws://127.0.0.1:1/none"], "127.0.0.1:1");
    refused(&["ws://192.0.2.1:9229"], "--allow-remote");
    refused(&["--", "no-such-program-at-all"], "cannot be started");
    refused(&["--json", "--", "true"], "no Node program was audited: true");
    if !cfg!(target_os = "linux") {
        return;
    }
    refused(&["--yes", "--pid", "4194305"], "no such process");
    let mut child = Command::new("sleep").arg("60").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    refused(&["--yes", "--pid", &child.id().to_string()], "does not look like Node");
    assert!(child.try_wait().unwrap().is_none(), "it goes on");
    child.kill().unwrap();
    child.wait().unwrap();
    let me = fs::metadata("/proc/self").unwrap();
    let others = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let entry = entry.ok()?;
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        (entry.metadata().ok()?.uid() != me.uid()).then_some(pid)
    });
    match others.min() {
        Some(pid) => refused(&["--yes", "--pid", &pid.to_string()], "another user"),
        None => eprintln!("skipped: every process is ours"),
    }
    let Some(node) = newest() else { return };
    // Nobody is asked and nobody said yes.
    let service = Service::start(node, &example("clean.js"), &[], false);
    refused(&["--pid", &service.pid()], "--yes");
    assert_eq!(service.count(), 0, "it goes on");
}

#[test]
fn an_interrupted_audit_closes_the_inspector_that_it_opened() {
    let Some(node) = newest() else { return };
    // A port that is free just now.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let open = || TcpStream::connect(("127.0.0.1", port)).is_ok();
    let service = Service::start(node, &example("clean.js"), &[&format!("--inspect-port=127.0.0.1:{port}")], false);
    assert!(!open());
    let mut audit = command(&["--yes", "--every", "100s", "--pid", &service.pid()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(audit.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "audit 1, at 0.0 s:\n");
    assert!(open());
    signal(audit.id(), "INT");
    assert_eq!(audit.wait().unwrap().code(), Some(0));
    assert!(!open(), "it is closed");
    assert_eq!(service.count(), 0, "it goes on");
}

#[test]
fn audits_again_and_again_show_growth() {
    let Some(node) = newest() else { return };
    let service = bodies(node, SESSION_IDS.file, &[], false);
    let audit = command(&["--yes", "--every", "300ms", "--times", "3", "--pid", &service.pid()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (done, ended) = channel();
    let waiting = thread::spawn(move || {
        let output = audit.wait_with_output().unwrap();
        done.send(()).unwrap();
        output
    });
    // It grows until the last audit is done.
    while ended.try_recv().is_err() {
        service.load("/", 5, BODY);
    }
    let output = waiting.join().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    let parts: Vec<&str> = said.split("since the first:").collect();
    assert_eq!(parts.len(), 3, "{said}");
    assert!(parts[0].starts_with("audit 1 of 3, at 0.0 s:\n") && parts[0].contains(SESSION_IDS.quick), "{said}");
    assert!(parts[0].contains("\naudit 2 of 3, at ") && parts[1].contains("\naudit 3 of 3, at "), "{said}");
    for part in &parts[1..] {
        assert!(part.contains("more than before") && part.contains(SESSION_IDS.quick), "{said}");
    }
    assert!(service.count() > u64::from(REQUESTS), "it goes on");
}

/// A service that counts requests that it does not expect, and tells in `/count`: ten for each, and one if its inspector is open.
const SUSPICIOUS: &str = "
    const http = require('node:http'), inspector = require('node:inspector');
    const { Worker } = require('node:worker_threads');
    let strange = 0;
    const server = http.createServer((request, response) => {
        if (request.url !== '/count') strange += 1;
        response.end(String(10 * strange + (inspector.url() ? 1 : 0)));
    });
    if (process.env.OPENS) inspector.open(0, '127.0.0.1');
    const listens = () => server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
    const code = `require('node:http').createServer((_, response) => response.end('worker'))
        .listen(0, '127.0.0.1', () => require('node:worker_threads').parentPort.postMessage('ready'))`;
    if (process.env.WORKS) new Worker(code, { eval: true }).on('message', listens);
    else listens();";

#[test]
fn an_inspector_on_any_port_is_found_and_no_other_server_is_asked() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let folder = folder();
    let script = |name: &str, first: &str| {
        let file = folder.join(name);
        fs::write(&file, format!("{first}{SUSPICIOUS}")).unwrap();
        file
    };
    let opens = script("opens.js", "process.env.OPENS = 1;");
    let plain = script("plain.js", "");
    let both = script("both.js", "process.env.OPENS = process.env.WORKS = 1;");
    let works = script("works.js", "process.env.WORKS = 1;");
    for node in nodes() {
        // It was open: nobody has to be asked, and it stays open.
        for (file, options) in [(&opens, &[][..]), (&plain, &["--inspect=127.0.0.1:0"])] {
            let what = format!("Node {}, {}", node.major, file.display());
            let service = Service::start(node, file, options, false);
            let output = plimsoll(&["--pid", &service.pid()]);
            let said = text(&output.stderr);
            assert_eq!((output.status.code(), said.contains("SIGUSR1")), (Some(0), false), "{what}: {said}");
            assert_eq!(service.count(), 1, "{what}: still open, and asked nothing");
        }
        // It was not: it is closed again.
        let service = Service::start(node, &plain, &[], false);
        assert_eq!(plimsoll(&["--yes", "--pid", &service.pid()]).status.code(), Some(0), "Node {}", node.major);
        assert_eq!(service.count(), 0, "Node {}", node.major);
        // A worker listens as well.
        let service = Service::start(node, &both, &[], false);
        let output = plimsoll(&["--yes", "--pid", &service.pid()]);
        // On a busy machine the inspector may be seen before the worker waits for anybody: then it is found all the same.
        let told = output.status.code() == Some(1) && text(&output.stderr).contains("ws://HOST:PORT");
        let found = output.status.code() == Some(0) && !text(&output.stdout).is_empty();
        assert!(told || found, "Node {}: {}", node.major, text(&output.stderr));
        assert_eq!(service.count(), 1, "Node {}", node.major);
    }
    if let Some(node) = newest() {
        let service = Service::start(node, &works, &[], false);
        let output = plimsoll(&["--yes", "--pid", &service.pid()]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(service.count(), 0);
    }
    let _ = fs::remove_dir_all(folder);
}

/// Starts Node with its inspector open there: the process, and the address that it prints.
fn inspected(node: &Node, host: &str) -> (Child, String) {
    let mut child = Command::new(&node.path)
        .args([&format!("--inspect={host}:0"), "-e", "setInterval(() => {}, 1000)"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("Debugger listening on ").unwrap_or_else(|| panic!("{line}")).to_owned();
    (child, address)
}

#[test]
fn an_inspector_is_found_by_host_and_port() {
    for node in nodes() {
        let (mut child, address) = inspected(node, "127.0.0.1");
        let place = address.strip_prefix("ws://").unwrap().split('/').next().unwrap();
        let port = place.rsplit(':').next().unwrap();
        for given in [
            address.clone(),
            format!("ws://{place}"),
            format!("ws://{place}/"),
            format!("http://{place}"),
            format!("http://localhost:{port}/"),
        ] {
            let output = plimsoll(&[&given]);
            assert_eq!(output.status.code(), Some(0), "Node {}: {given}: {}", node.major, text(&output.stderr));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    // A server that is none.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let given = format!("ws://{}", listener.local_addr().unwrap());
    let answering = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 1024]);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]").unwrap();
    });
    let output = plimsoll(&[&given]);
    answering.join().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no inspector"), "{}", text(&output.stderr));
}

#[test]
fn other_addresses_than_this_machines_own_are_talked_to_when_they_are_allowed() {
    let Some(node) = newest() else { return };
    // Which of our addresses leads elsewhere; nothing is sent.
    let own = UdpSocket::bind("0.0.0.0:0").and_then(|socket| {
        socket.connect("192.0.2.1:9")?;
        socket.local_addr()
    });
    let Ok(own) = own.map(|own| own.ip()).map_err(drop).and_then(|ip| if ip.is_loopback() { Err(()) } else { Ok(ip) })
    else {
        eprintln!("skipped: this machine has no address but its own");
        return;
    };
    let (mut child, address) = inspected(node, &own.to_string());
    let refused = plimsoll(&[&address]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("--allow-remote"), "{}", text(&refused.stderr));
    let place = address.rsplit_once('/').unwrap().0;
    for given in [&address, place] {
        let output = plimsoll(&["--allow-remote", given]);
        assert_eq!(output.status.code(), Some(0), "{given}: {}", text(&output.stderr));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn audits_end_with_what_they_have_when_the_program_does() {
    let Some(node) = newest() else { return };
    let mut service = bodies(node, SESSION_IDS.file, &[], false);
    let mut audit = command(&["--yes", "--every", "50s", "--times", "3", "--pid", &service.pid()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(audit.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("`--deep`") {
        assert!(out.read_line(&mut said).unwrap() > 0, "{said}");
    }
    service.kill();
    let mut err = String::new();
    audit.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(audit.wait().unwrap().code(), Some(0), "{err}");
    assert!(err.contains("the program ended after 1 of 3 audits"), "{err}");
}

#[test]
fn several_programs_have_headings_and_pages_of_their_own() {
    let Some(node) = newest() else { return };
    let folder = folder();
    for (name, size) in [("one.js", "3 << 20"), ("two.js", "5 << 20")] {
        fs::write(folder.join(name), format!("globalThis.kept = Buffer.alloc({size})")).unwrap();
    }
    // What npm itself would be called.
    fs::write(folder.join("npm-cli.js"), "").unwrap();
    let code = "\"$0\" npm-cli.js; \"$0\" one.js; \"$0\" two.js";
    let run = |args: &[&str]| {
        let args = [args, &["--", "sh", "-c", code, node.path.to_str().unwrap()]].concat();
        output(command(&args).current_dir(&folder))
    };
    let output = run(&["--html", "page.html"]);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}");
    let headings: Vec<&str> = out.lines().filter(|line| line.starts_with("node ")).collect();
    assert_eq!(headings.len(), 3, "{out}");
    assert!(headings[0].starts_with("node one.js (pid ") && headings[0].ends_with("):"), "{out}");
    assert!(headings[1].starts_with("node two.js (pid "), "{out}");
    assert!(headings[2].starts_with("node npm-cli.js (pid ") && headings[2].contains("): held "), "{out}");
    for (page, held) in [("page.html", "3.0 MiB"), ("page-2.html", "5.0 MiB")] {
        assert!(err.contains(&format!("the page is in {page}\n")), "{err}");
        assert!(fs::read_to_string(folder.join(page)).unwrap().contains(held), "{page}");
    }
    assert!(!folder.join("page-3.html").exists());
    let output = run(&["--json"]);
    let targets: Vec<String> = serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<Value>()
        .map(|report| report.unwrap()["source"]["target"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(targets, ["one.js", "two.js", "npm-cli.js"]);
    let _ = fs::remove_dir_all(folder);
}

/// Starts children in every way. Each says what it sees of its options.
const CHILDREN: &str = "
    const cp = require('node:child_process');
    const seen = () => JSON.stringify([process.execArgv, process.env.NODE_OPTIONS ?? null]);
    if (process.argv[2] === 'child') {
        globalThis.kept = Buffer.alloc(5 << 20);
        console.log(`${process.argv[3]} ${seen()}`);
    } else {
        globalThis.kept = Buffer.alloc(3 << 20);
        console.log(`parent ${seen()}`);
        const args = (how) => [__filename, 'child', how];
        const pass = (child) => child.stdout.pipe(process.stdout);
        cp.fork(__filename, ['child', 'fork']);
        cp.spawn(process.execPath, args('inherits'), { stdio: 'inherit' });
        pass(cp.fork(__filename, ['child', 'silent'], { silent: true }));
        pass(cp.spawn(process.execPath, args('pipes')));
        pass(cp.exec(`'${process.execPath}' '${__filename}' child shell`));
        process.stdout.write(cp.execFileSync(process.execPath, args('sync')));
    }";

/// What each of several reports holds, the smallest first, in MiB.
fn held(out: &str) -> Vec<u64> {
    let reports = serde_json::Deserializer::from_str(out).into_iter::<Value>();
    let mut held: Vec<u64> = reports.map(|report| number(&report.unwrap()["totals"]["gross"]) >> 20).collect();
    held.sort_unstable();
    held
}

#[test]
fn children_are_audited_or_counted_and_run_as_they_would_without() {
    for node in nodes() {
        let what = format!("Node {}", node.major);
        let folder = folder();
        let script = folder.join("children.js");
        fs::write(&script, CHILDREN).unwrap();
        let output = plimsoll(&["--json", "--", node.path.to_str().unwrap(), script.to_str().unwrap()]);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{what}: {err}");
        // The parent and two children.
        assert_eq!(held(&text(&output.stdout)), [3, 5, 5], "{what}: {err}");
        assert!(err.contains("plimsoll: 4 more Node processes were started and left out"), "{what}: {err}");
        for who in ["parent", "fork", "inherits", "silent", "pipes", "shell", "sync"] {
            assert!(err.contains(&format!("{who} [[],null]\n")), "{what}, {who}: {err}");
        }
        let _ = fs::remove_dir_all(folder);
    }
}

#[test]
fn cluster_workers_are_audited_on_ctrl_c() {
    const CLUSTER: &str = "
        const cluster = require('node:cluster'), http = require('node:http');
        let ready = 0;
        if (cluster.isPrimary) {
            globalThis.kept = Buffer.alloc(3 << 20);
            for (let i = 0; i < 3; i++) cluster.fork();
            cluster.on('listening', (_, { port }) => { if (++ready === 3) console.log(`listening on ${port}`); });
        } else {
            globalThis.kept = Buffer.alloc(5 << 20);
            http.createServer((_, response) => response.end('kept')).listen(0, '127.0.0.1');
        }";
    for node in nodes() {
        let folder = folder();
        let script = folder.join("cluster.js");
        fs::write(&script, CLUSTER).unwrap();
        for (args, shape) in [(&["--json"][..], "quick"), (&["--json", "--deep"], "deep")] {
            let (code, out, err) = launched(node, &script, args, Some("INT"));
            assert_eq!(code, Some(0), "Node {}, {shape}: {err}", node.major);
            assert_eq!(held(&out), [3, 5, 5, 5], "Node {}, {shape}: {err}", node.major);
            assert!(!err.contains("left out"), "Node {}, {shape}: {err}", node.major);
        }
        let _ = fs::remove_dir_all(folder);
    }
}

/// Starts a child, and leaves at once. The child is `node` in this folder, if there is one.
const LEAVES: &str = "
    const cp = require('node:child_process'), fs = require('node:fs'), own = __dirname + '/node';
    if (process.argv[2]) fs.writeFileSync(process.argv[2], 'done');
    else {
        cp.spawn(fs.existsSync(own) ? own : process.execPath, [__filename, __dirname + '/proof'], { stdio: 'inherit' }).unref();
        process.exit(0);
    }";

fn wait_for(file: &Path, what: &str) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !file.exists() {
        assert!(Instant::now() < deadline, "{what}: it waits");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_child_that_outlives_the_program_is_audited_and_let_go() {
    for node in nodes() {
        let what = format!("Node {}", node.major);
        let folder = folder();
        let script = folder.join("leaves.js");
        fs::write(&script, LEAVES).unwrap();
        let output = plimsoll(&["--json", "--", node.path.to_str().unwrap(), script.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(0), "{what}: {}", text(&output.stderr));
        assert_eq!(held(&text(&output.stdout)), [0, 0], "{what}: {}", text(&output.stderr));
        wait_for(&folder.join("proof"), &what);
        let _ = fs::remove_dir_all(folder);
    }
}

#[test]
fn a_child_that_is_slow_to_start_is_waited_for() {
    let Some(node) = newest() else { return };
    let folder = folder();
    let (script, slow) = (folder.join("leaves.js"), folder.join("node"));
    fs::write(&script, LEAVES).unwrap();
    // It is ready to run before it has this name.
    let made = folder.join("made");
    fs::write(&made, format!("#!/bin/sh\nsleep 6\nexec '{}' \"$@\"\n", node.path.display())).unwrap();
    fs::set_permissions(&made, fs::Permissions::from_mode(0o755)).unwrap();
    fs::rename(made, slow).unwrap();
    let output = plimsoll(&["--json", "--", node.path.to_str().unwrap(), script.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(held(&text(&output.stdout)), [0, 0], "{}", text(&output.stderr));
    wait_for(&folder.join("proof"), "the child");
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn what_a_child_starts_after_the_audit_does_not_wait() {
    const STAYS: &str = "
        const cp = require('node:child_process'), fs = require('node:fs');
        const start = (step) => cp.spawn(process.execPath, [__filename, step], { stdio: ['ignore', 'ignore', 'inherit'] });
        if (process.argv[2] === 'last') fs.writeFileSync(__dirname + '/proof', JSON.stringify(process.env.NODE_OPTIONS ?? null));
        else if (process.argv[2] === 'child') {
            fs.writeFileSync(__dirname + '/ready', '');
            const timer = setInterval(() => {
                if (!fs.existsSync(__dirname + '/over')) return;
                clearInterval(timer);
                start('last');
            }, 10);
        } else {
            start('child').unref();
            const timer = setInterval(() => { if (fs.existsSync(__dirname + '/ready')) process.exit(0); }, 10);
        }";
    for node in nodes() {
        let folder = folder();
        let script = folder.join("stays.js");
        fs::write(&script, STAYS).unwrap();
        let output = plimsoll(&["--json", "--", node.path.to_str().unwrap(), script.to_str().unwrap()]);
        let what = format!("Node {}: {}", node.major, text(&output.stderr));
        assert_eq!((output.status.code(), held(&text(&output.stdout))), (Some(0), vec![0, 0]), "{what}");
        fs::write(folder.join("over"), "").unwrap();
        wait_for(&folder.join("proof"), &what);
        let _ = fs::remove_dir_all(folder);
    }
}

#[test]
fn an_audit_that_is_stopped_and_continued_goes_on() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let given = format!("ws://{}/id", listener.local_addr().unwrap());
    let audit = command(&[&given]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
    // It waits for the answer, or is about to.
    for _ in 0..20 {
        signal(audit.id(), "STOP");
        signal(audit.id(), "CONT");
        thread::sleep(Duration::from_millis(10));
    }
    stream.write_all(b"HTTP/1.1 404 Not Found\r\n\r\n").unwrap();
    let output = audit.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("404"), "{}", text(&output.stderr));
}

#[test]
fn a_program_under_permission_needs_leave_for_its_inspector() {
    let Some(node) = newest() else { return };
    let node = node.path.to_str().unwrap();
    let code = "globalThis.kept = Buffer.alloc(3 << 20)";
    let refused = plimsoll(&["--", node, "--permission", "-e", code]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    let said = text(&refused.stderr);
    assert!(said.contains("add --allow-inspector") && !said.contains("ERR_ACCESS_DENIED"), "{said}");
    for deep in [&[][..], &["--deep"]] {
        let args = [deep, &["--json", "--", node, "--permission", "--allow-inspector", "-e", code]].concat();
        let output = plimsoll(&args);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(held(&text(&output.stdout)), [3]);
    }
}

#[test]
fn a_large_heap_is_told_before_the_program_stands_still() {
    let Some(node) = newest() else { return };
    let folder = folder();
    let file = folder.join("large.js");
    let large = "globalThis.kept = Array.from({ length: 25 }, () => new Array(1_000_000).fill(0.5));";
    fs::write(&file, format!("{large}{SUSPICIOUS}")).unwrap();
    let service = Service::start(node, &file, &["--inspect=127.0.0.1:0"], false);
    let output = plimsoll(&["--pid", &service.pid()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("will stand still for about "), "{}", text(&output.stderr));
    let output = plimsoll(&["--yes", "--pid", &service.pid()]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    let _ = fs::remove_dir_all(folder);
}

/// Starts a watch of that length, and loads the service once it has begun. The exit code, standard output, and standard error.
fn watched(service: &Service, args: &[&str], requests: u32, sent: Option<&str>) -> (Option<i32>, String, String) {
    let pid = service.pid();
    let mut audit = command(&[args, &["--yes", "--pid", &pid]].concat())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(audit.stderr.take().unwrap());
    let mut err = String::new();
    said.read_line(&mut err).unwrap();
    service.load("/", requests, BODY);
    if let Some(name) = sent {
        signal(audit.id(), name);
    }
    let output = audit.wait_with_output().unwrap();
    said.read_to_string(&mut err).unwrap();
    (output.status.code(), text(&output.stdout), err)
}

#[test]
fn the_functions_that_made_views_are_named_if_they_were_watched() {
    const BEFORE: u32 = 20;
    for node in nodes() {
        let what = format!("Node {}", node.major);
        let service = Service::start(node, &example(SESSION_IDS.file), &[], false);
        service.load("/", BEFORE, BODY);
        // V8 forgets stacks, more when it is busy; again and again, it does not forget all.
        let (mut seen, mut elsewhere) = (0, 0);
        for round in 1..=10 {
            let (code, out, err) = watched(&service, &["--json", "--sites", "1h"], REQUESTS, Some("INT"));
            assert_eq!(code, Some(0), "{what}: {err}");
            assert!(err.contains("runs slower"), "{what}: {err}");
            let found: Value = serde_json::from_str(&out).unwrap();
            let found = holder(&found, SESSION_IDS.deep);
            assert_eq!(number(&found["views"]), u64::from(BEFORE + round * REQUESTS), "{what}");
            for site in found["sites"].as_array().unwrap() {
                // The handler that makes the view. V8 knows stacks by address: rarely, one is of what was there before.
                let right = site["where"].as_str().unwrap().ends_with("session-ids.js:16:21");
                *(if right { &mut seen } else { &mut elsewhere }) += number(&site["views"]);
            }
            assert!(seen <= u64::from(REQUESTS), "{what}: {seen} of what was made before, too");
            if seen > 0 {
                break;
            }
        }
        assert!(seen > 10 * elsewhere, "{what}: {seen} stacks, and {elsewhere} of something else");

        let (code, out, err) = watched(&service, &["--sites", "500ms"], 1, None);
        assert_eq!(code, Some(0), "{what}: it ends by itself: {err}");
        assert!(out.contains(SESSION_IDS.deep), "{what}: {out}");

        let (code, out, err) = watched(&service, &["--sites", "1h"], REQUESTS, Some("INT"));
        assert_eq!(code, Some(0), "{what}: ended early: {err}");
        let (out, views) = (joined(out.as_bytes()), service.count());
        assert!(out.contains(SESSION_IDS.deep) && out.contains("seen being made"), "{what}, {views} views: {out}");
    }
}

#[test]
fn a_busy_program_stands_still_while_its_views_are_found() {
    const BUSY: &str = "const { Worker, isMainThread } = require('node:worker_threads'), kept = [];
        globalThis.kept = kept;
        function make() { for (let i = 0; i < 9; i++) kept.push(Buffer.alloc(20_000).subarray(0, 16)); }
        setInterval(make, 1);
        if (isMainThread) new Worker(__filename).on('online', () => setTimeout(() => console.log('listening on 0'), 500));";
    for node in nodes() {
        let folder = folder();
        let script = folder.join("busy.js");
        fs::write(&script, BUSY).unwrap();
        let service = Service::start(node, &script, &[], false);
        let output = plimsoll(&["--deep", "--yes", "--json", "--pid", &service.pid()]);
        let what = format!("Node {}: {}", node.major, text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{what}");
        let reports = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
        let found: Vec<Value> = reports.map(|report| holder(&report.unwrap(), "globalThis.kept[]").clone()).collect();
        assert_eq!(found.len(), 2, "{what}");
        for (at, found) in found.iter().enumerate() {
            let views = number(&found["views"]);
            assert!(views > 0 && number(&found["gross"]) == views * 20_000, "{what}: {found}");
            // Workers do not stand still: of the last views it may not be known what they show.
            assert!(at > 0 || number(&found["net"]) == views * 16, "{what}: {found}");
        }
        let _ = fs::remove_dir_all(folder);
    }
}

#[test]
fn workers_are_looked_at_deeply_as_well() {
    let Some(node) = newest() else { return };
    let script = "const { Worker, isMainThread, threadId } = require('node:worker_threads');
        globalThis.kept = Buffer.allocUnsafeSlow(isMainThread ? 3 << 20 : 2 << 20).subarray(0, 9);
        function make() { globalThis.made.push(Buffer.allocUnsafeSlow(100).subarray(0, 9)); }
        globalThis.made = [];
        setInterval(make, 20);
        const tell = () => console.log('ready');
        if (isMainThread) new Worker(process.argv[1]).on('online', () => setTimeout(tell, 500));
        ";
    let folder = std::env::temp_dir().join(format!("plimsoll-workers-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("workers.js");
    fs::write(&file, script).unwrap();
    let mut child = Command::new(&node.path);
    // The usual port may be taken by another test.
    child.arg("--inspect-port=0").arg(&file).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = child.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let look = |how: &[&str]| {
        let output = plimsoll(&[how, &["--yes", "--json", "--pid", &child.id().to_string()]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let reports = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
        reports.map(Result::unwrap).collect::<Vec<Value>>()
    };
    let reports = look(&["--deep"]);
    let held: Vec<&Value> = reports.iter().map(|report| &holder(report, "globalThis.kept")["gross"]).collect();
    assert_eq!(held, [&Value::from(3 << 20), &Value::from(2 << 20)], "the main thread, then its worker");
    // V8 keeps the stacks of some, at times of none.
    let mut seen = [false; 2];
    for _ in 0..10 {
        for (report, seen) in look(&["--sites", "500ms"]).iter().zip(&mut seen) {
            let sites = holder(report, "globalThis.made[]")["sites"].as_array().unwrap().iter();
            *seen |= sites.map(|site| site["where"].as_str().unwrap()).any(|at| at.ends_with("workers.js:3:22"));
        }
        if seen == [true; 2] {
            break;
        }
    }
    assert_eq!(seen, [true; 2], "no stack in one of them, ten times");
    child.kill().unwrap();
    child.wait().unwrap();
    let _ = fs::remove_dir_all(folder);
}
