//! Programs that `plimsoll audit -- …` starts run as they would without it, whatever they start and however they end.
#![cfg(unix)]

#[allow(dead_code, reason = "its other parts are for other tests")]
mod support;

use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;
use support::{Node, command, folder, joined, newest, nodes, number, output, plimsoll, signal, text};

/// The code, and what each of several reports holds, in MiB.
fn held(output: &Output) -> (Option<i32>, Vec<u64>) {
    let reports = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let held = reports.map(|report| number(&report.unwrap()["totals"]["gross"]) >> 20).collect();
    (output.status.code(), held)
}

fn audit(node: &Node, args: &[&str]) -> Output {
    plimsoll(&[&["--json", "--", node.path.to_str().unwrap()], args].concat())
}

fn in_folder(folder: &Path, args: &[&str]) -> Output {
    output(command(&[&["--json", "--"], args].concat()).current_dir(folder))
}

#[test]
fn workers_run_and_are_audited() {
    const WORKERS: &str = "const { Worker, isMainThread, workerData } = require('node:worker_threads');
        globalThis.kept = Buffer.alloc(isMainThread ? 3 << 20 : 5 << 20);
        if (isMainThread) {
            const shared = new Int32Array(new SharedArrayBuffer(4));
            new Worker(__filename, { workerData: shared });
            // Until the worker has run, this thread does not.
            Atomics.wait(shared, 0, 0);
            console.error(`worker ${shared[0]}`);
            setTimeout(() => process.exit(4), 100);
        } else {
            console.log(`options ${JSON.stringify([process.execArgv, process.env.NODE_OPTIONS ?? null])}`);
            workerData[0] = 7;
            Atomics.notify(workerData, 0);
            setInterval(() => {}, 1000);
        }";
    for node in nodes() {
        let folder = folder();
        let script = folder.join("workers.js");
        fs::write(&script, WORKERS).unwrap();
        for options in [&["--no-warnings"][..], &["--max-old-space-size=200", "--no-warnings"]] {
            let output = audit(node, &[options, &[script.to_str().unwrap()]].concat());
            let err = text(&output.stderr);
            assert_eq!(held(&output), (Some(4), vec![8]), "Node {}: {err}", node.major);
            assert!(err.contains("worker 7\n"), "Node {}: {err}", node.major);
            assert!(err.contains("options [[\"--no-warnings\"],null]\n"), "Node {}: {err}", node.major);
        }
        let _ = fs::remove_dir_all(folder);
    }
}

#[test]
fn workers_of_modules_run_too() {
    const MODULE: &str = "import { register } from 'node:module';
        import { Worker } from 'node:worker_threads';
        register('data:text/javascript,export async function resolve(what, how, next) { return next(what, how) }');
        await import('node:fs');
        class Own extends Worker {}
        const worker = new Own('globalThis.kept = Buffer.alloc(2 << 20)', { eval: true });
        worker.on('exit', (code) => { if (worker instanceof Worker && worker instanceof Own) process.exit(5 + code); });";
    for node in nodes() {
        let output = audit(node, &["--no-warnings", "--input-type=module", "-e", MODULE]);
        assert_eq!(held(&output), (Some(5), vec![0]), "Node {}: {}", node.major, text(&output.stderr));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn node_under_another_command_is_found_where_its_stderr_goes_elsewhere() {
    for node in nodes() {
        let folder = folder();
        fs::write(folder.join("one.js"), "globalThis.kept = Buffer.alloc(3 << 20); console.error('said')").unwrap();
        for (code, file) in [("\"$0\" one.js 2>err.log", "err.log"), ("\"$0\" one.js >out.log 2>&1; exit 4", "out.log")]
        {
            let output = in_folder(&folder, &["sh", "-c", code, node.path.to_str().unwrap()]);
            let expected = if file == "err.log" { 0 } else { 4 };
            assert_eq!(held(&output), (Some(expected), vec![3]), "Node {}: {}", node.major, text(&output.stderr));
            assert!(fs::read_to_string(folder.join(file)).unwrap().contains("said\n"), "Node {}", node.major);
        }
        let _ = fs::remove_dir_all(folder);
    }
}

#[test]
fn inspectors_of_the_programs_own_are_left_to_it() {
    let Some(node) = newest() else { return };
    let folder = folder();
    // Everywhere is here as well.
    let own = audit(node, &["--inspect=0.0.0.0:0", "-e", "globalThis.kept = Buffer.alloc(3 << 20)"]);
    assert_eq!(held(&own), (Some(0), vec![3]), "{}", text(&own.stderr));
    // A child that has one is not audited, and goes on.
    fs::write(
        folder.join("child.js"),
        "globalThis.kept = Buffer.alloc(5 << 20); setTimeout(() => process.exit(6), 500)",
    )
    .unwrap();
    let parent = "require('node:child_process').fork('./child.js', { execArgv: ['--inspect=0'] }).on('exit', (code) => process.exit(code))";
    let output = in_folder(&folder, &[node.path.to_str().unwrap(), "-e", parent]);
    assert_eq!(held(&output), (Some(6), vec![0]), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("1 more Node process was started and left out"), "{}", text(&output.stderr));
    // What only looks like one is none.
    let lie = "console.error('Debugger listening on ws://192.0.2.1:9229/abc'); globalThis.kept = Buffer.alloc(3 << 20)";
    let output = audit(node, &["-e", lie]);
    assert_eq!(held(&output), (Some(0), vec![3]), "{}", text(&output.stderr));
    let _ = fs::remove_dir_all(folder);
}

#[test]
fn frozen_intrinsics_stay_frozen() {
    for node in nodes() {
        let code = "globalThis.kept = Buffer.alloc(3 << 20); Object.isFrozen(Error) || process.exit(3)";
        let output = audit(node, &["--no-warnings", "--frozen-intrinsics", "-e", code]);
        assert_eq!(held(&output), (Some(0), vec![3]), "Node {}: {}", node.major, text(&output.stderr));
    }
}

#[test]
fn the_third_signal_ends_a_program_that_ignores_them() {
    const DEAF: &str = "for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => console.error(`not ${name}`));
        globalThis.kept = Buffer.alloc(3 << 20); console.error('up'); setInterval(() => {}, 1000)";
    let Some(node) = newest() else { return };
    let mut audit = command(&["--json", "--", node.path.to_str().unwrap(), "-e", DEAF])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut err = BufReader::new(audit.stderr.take().unwrap());
    let mut said = String::new();
    let mut wait_for = |what: &str| {
        while !said.contains(what) {
            assert!(err.read_line(&mut said).unwrap() > 0, "{said}");
        }
        said.clear();
    };
    wait_for("up\n");
    signal(audit.id(), "INT");
    wait_for("not SIGINT\n");
    wait_for("the third signal kills it\n");
    signal(audit.id(), "TERM");
    wait_for("not SIGTERM\n");
    signal(audit.id(), "INT");
    let mut out = Vec::new();
    audit.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    let output = Output { status: audit.wait().unwrap(), stdout: out, stderr: Vec::new() };
    assert_eq!(held(&output), (Some(0), vec![3]));
}

#[test]
fn a_program_that_was_killed_is_said_to_be() {
    let Some(node) = newest() else { return };
    let output = audit(node, &["-e", "process.abort()"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(joined(&output.stderr).contains("was ended by SIGABRT"), "{}", text(&output.stderr));
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_not_node_gets_no_signal() {
    // The trap is a handler for every signal that would end it.
    let mut shell = Command::new("bash")
        .args(["-c", "trap 'echo over' EXIT USR1; while :; do sleep 0.1; done"])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(300));
    let output = plimsoll(&["--yes", "--pid", &shell.id().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(joined(&output.stderr).contains("it does not look like Node"), "{}", text(&output.stderr));
    assert!(shell.try_wait().unwrap().is_none(), "it goes on");
    shell.kill().unwrap();
    shell.wait().unwrap();
}
