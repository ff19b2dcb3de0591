//! The quick audit: exact sums, and nothing left behind.

use crate::node::{Running, nodes};
use plimsoll_report::{Report, Totals};
use plimsoll_v8::live::{Audit, Error, Limits, Process, Session};
use std::mem;

const OPEN: [&str; 1] = ["--inspect=127.0.0.1:0"];

/// Looks until two audits in a row agree: what Node itself does after a start or a message needs a moment.
fn settled(session: &mut Session) -> Audit {
    let mut last = session.quick().unwrap();
    for _ in 0..20 {
        let next = session.quick().unwrap();
        if totals(&next) == totals(&last) {
            return next;
        }
        last = next;
    }
    panic!("the program never settled: {:?}", last.isolates);
}

fn totals(audit: &Audit) -> Totals {
    audit.report("known.js").totals
}

fn net(totals: &Totals) -> u64 {
    totals.net.known().unwrap()
}

#[test]
fn the_sums_are_exact_on_every_version_and_nothing_is_left_behind() {
    for node in nodes() {
        let major = node.major;
        let program = Running::start(node, &OPEN, "known.js");
        let mut session = Session::connect(program.address(), &Limits::default()).unwrap();
        let empty = settled(&mut session);
        let expected = program.ask("fill");
        let full = settled(&mut session);

        let (before, after) = (totals(&empty), totals(&full));
        let number = |of: &serde_json::Value| of.as_u64().unwrap();
        let found = [
            after.views - before.views,
            after.stores - before.stores,
            after.gross - before.gross,
            net(&after) - net(&before),
            after.tare().unwrap() - before.tare().unwrap(),
            after.slabs.count - before.slabs.count,
            after.slabs.gross - before.slabs.gross,
            after.slabs.net - before.slabs.net,
        ];
        let of = |key: &str| number(&expected[key]);
        let slabs = |key: &str| number(&expected["slabs"][key]);
        let tare = of("gross") - of("net");
        let wanted =
            [of("views"), of("stores"), of("gross"), of("net"), tare, slabs("stores"), slabs("gross"), slabs("net")];
        assert_eq!(found, wanted, "Node {major}: views, stores, gross, net, tare, slabs: count, gross, net");

        assert_eq!(full.isolates.len(), 3, "Node {major}");
        assert!(full.isolates.iter().all(|isolate| isolate.problem.is_none() && isolate.marked), "Node {major}");
        assert!(full.unexplained().abs() <= 64, "Node {major}: {} {:?}", full.unexplained(), full.isolates);
        assert!(full.node.starts_with(&format!("v{major}.")), "{}", full.node);

        let holder = &full.report("known.js").holders[0];
        assert_eq!(holder.place, "Buffer of 16 B in stores of 64 KiB", "Node {major}");
        assert_eq!((holder.views, holder.gross), (10_000, 10_000 << 16), "Node {major}");

        // Whoever kept anything would show now.
        let answer = program.ask("drop");
        assert_eq!(answer["globals"], true, "Node {major}");
        assert_eq!(totals(&settled(&mut session)), before, "Node {major}");
    }
}

#[test]
fn an_audit_that_is_interrupted_leaves_nothing_behind() {
    for node in nodes() {
        let major = node.major;
        let program = Running::start(node, &OPEN, "known.js");
        let before = totals(&settled(&mut Session::connect(program.address(), &Limits::default()).unwrap()));
        program.ask("fill");
        for _ in 0..2 {
            let mut session = Session::connect(program.address(), &Limits::default()).unwrap();
            for thread in session.threads().unwrap() {
                // All views are pinned, and nobody lets go of them; then the connection ends.
                mem::forget(session.deep(&thread).unwrap());
            }
        }
        assert_eq!(program.ask("drop")["globals"], true, "Node {major}");
        let after = totals(&settled(&mut Session::connect(program.address(), &Limits::default()).unwrap()));
        assert_eq!(after, before, "Node {major}");
    }
}

#[test]
fn growth_shows_between_two_audits_of_one_connection() {
    for node in nodes() {
        let program = Running::start(node, &OPEN, "known.js");
        let mut session = Session::connect(program.address(), &Limits::default()).unwrap();
        let before: Report = settled(&mut session).report("known.js");
        program.ask("fill");
        let after = settled(&mut session).report("known.js");
        let growth = after.since(&before);
        assert_eq!(growth.holders[0].gross, 10_000 << 16, "Node {}", node.major);
    }
}

#[test]
fn a_running_process_is_found_by_its_number_and_its_inspector_opened_and_closed() {
    for node in nodes() {
        let major = node.major;
        let program = Running::start(node, &[], "known.js");
        let process = match Process::find(program.pid(), &Limits::default()) {
            Ok(process) => process,
            Err(error) => {
                if cfg!(target_os = "linux") {
                    panic!("{error}");
                }
                eprintln!("skipped: {error}");
                return;
            }
        };
        assert!(process.needs_signal().unwrap(), "Node {major}");
        let address = process.open().unwrap();
        assert!(!process.needs_signal().unwrap(), "Node {major}");
        assert_eq!(process.open().unwrap(), address, "Node {major}");
        program.ask("fill");
        let mut session = Session::connect(&address, &Limits::default()).unwrap();
        assert!(settled(&mut session).report("known.js").totals.gross > 10_000 << 16, "Node {major}");
        session.close_inspector();
        assert!(process.needs_signal().unwrap(), "Node {major}");
        assert_eq!(program.ask("drop")["globals"], true, "Node {major}: it goes on");
    }
}

#[test]
fn what_is_no_inspector_is_refused_with_a_reason() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let limits = Limits { connect: std::time::Duration::from_millis(200), ..Limits::default() };
    // It takes the connection, and never answers.
    let error = Session::connect(&format!("ws://{at}/abc"), &limits).err().unwrap();
    assert!(matches!(error, Error::Connect { .. }), "{error}");
    drop(listener);
    let error = Session::connect(&format!("ws://{at}/abc"), &limits).err().unwrap();
    assert!(error.to_string().contains(&at.to_string()), "{error}");

    // The signal would end it.
    if cfg!(target_os = "linux") {
        let mut other =
            std::process::Command::new("sleep").arg("60").stdout(std::process::Stdio::null()).spawn().unwrap();
        let process = Process::find(other.id(), &limits).unwrap();
        let error = process.open().unwrap_err();
        assert!(error.to_string().contains("does not look like Node"), "{error}");
        assert!(other.try_wait().unwrap().is_none());
        other.kill().unwrap();
        other.wait().unwrap();
        let error = Process::find(other.id(), &limits).unwrap_err();
        assert!(error.to_string().contains("no such process"), "{error}");
    }
}
