//! Programs that are started: their own input, output and exit code, and the audit at their end.

use crate::node::{Node, nodes, program};
use plimsoll_v8::live::{Ended, Launch};
use std::collections::HashSet;
use std::os::unix::process::ExitStatusExt as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

fn run(node: &Node, code: &str) -> Ended {
    Launch::new(&node.path, ["-e", code]).run().unwrap()
}

/// The slivers that the last audit found, and what their stores hold.
fn slivers(ended: &Ended) -> Option<(usize, u64)> {
    let rows = &ended.programs[0].last.as_ref()?.rows;
    let stores: Vec<_> = rows.stores.iter().filter(|store| store.capacity == 50_000).collect();
    let ids: HashSet<u64> = stores.iter().map(|store| store.id).collect();
    let views = rows.views.iter().filter(|view| ids.contains(&view.store) && (view.offset, view.len) == (0, 16));
    Some((views.count(), stores.iter().map(|store| store.capacity).sum()))
}

const LEAK: &str = "const kept = globalThis.kept = []; \
    for (let i = 0; i < 100; i++) kept.push(Buffer.allocUnsafeSlow(50000).subarray(0, 16));";

#[test]
fn the_audit_sees_what_is_alive_at_each_kind_of_end() {
    let ends = [
        ("", 0),
        ("process.exitCode = 7", 7),
        ("process.exit(3)", 3),
        ("setTimeout(() => process.exit(4), 20)", 4),
        ("process.on('exit', () => { process.exitCode = 9 })", 9),
        ("process.prependListener('exit', () => { process.exitCode = 8 })", 8),
        ("console.error = () => {}; setTimeout(() => { throw new Error('on purpose') }, 20)", 1),
        ("process.on('uncaughtException', () => {}); throw new Error('on purpose')", 0),
    ];
    for node in nodes() {
        for (end, code) in ends {
            let ended = run(node, &format!("{LEAK} {end}"));
            assert_eq!(ended.status.code(), Some(code), "Node {}: {end}", node.major);
            assert_eq!(slivers(&ended), Some((100, 5_000_000)), "Node {}: {end}", node.major);
            assert!(!ended.programs[0].stale, "Node {}: {end}", node.major);
        }
    }
}

#[test]
fn a_program_that_never_gets_to_its_first_line_keeps_its_exit_code() {
    for node in nodes() {
        let ended = run(node, "this is no JavaScript");
        assert_eq!(ended.status.code(), Some(1), "Node {}", node.major);
        let ended = Launch::new(&node.path, ["--version"]).run().unwrap();
        assert!(ended.status.success() && ended.programs.is_empty(), "Node {}", node.major);
    }
}

#[test]
fn child_processes_do_not_wait_for_a_debugger() {
    for node in nodes() {
        let ended = Launch::new(&node.path, [program("forks.js")]).run().unwrap();
        assert_eq!(ended.status.code(), Some(5), "Node {}", node.major);
        // Both were audited.
        assert_eq!((ended.programs.len(), ended.left_out), (2, 0), "Node {}", node.major);
        for program in &ended.programs {
            assert!(program.script.ends_with("forks.js") && program.last.is_some(), "Node {}", node.major);
        }
        assert_ne!(ended.programs[0].pid, ended.programs[1].pid, "Node {}", node.major);
    }
}

#[test]
fn a_signal_is_passed_on_after_the_audit() {
    const TERM: i32 = 15;
    for node in nodes() {
        for (handler, code, signal) in
            [("", None, Some(TERM)), ("process.on('SIGTERM', () => process.exit(6))", Some(6), None)]
        {
            let stop = Arc::new(AtomicUsize::new(0));
            let launch = Launch::new(&node.path, ["-e", &format!("{LEAK} {handler}; setInterval(() => {{}}, 1000)")])
                .every(Duration::from_millis(100))
                .stop(Arc::clone(&stop));
            let running = thread::spawn(move || launch.run().unwrap());
            thread::sleep(Duration::from_millis(1500));
            stop.store(TERM as usize, Ordering::Relaxed);
            let ended = running.join().unwrap();
            assert_eq!((ended.status.code(), ended.status.signal()), (code, signal), "Node {}", node.major);
            assert_eq!(slivers(&ended), Some((100, 5_000_000)), "Node {}", node.major);
            let peak = ended.programs[0].peak.as_ref().unwrap();
            assert!(peak.gross >= 5_000_000, "Node {}: {}", node.major, peak.gross);
        }
    }
}

#[test]
fn a_program_that_is_killed_has_its_last_sample() {
    // By another process: Node that kills itself waits for its inspector first.
    let kill = "require('node:child_process').exec(`kill -9 ${process.pid}`)";
    let code = format!("{LEAK} setTimeout(() => {kill}, 1500)");
    for node in nodes() {
        let ended = Launch::new(&node.path, ["-e", &code]).every(Duration::from_millis(100)).run().unwrap();
        assert_eq!(ended.status.signal(), Some(9), "Node {}", node.major);
        assert_eq!(slivers(&ended), Some((100, 5_000_000)), "Node {}", node.major);
        let program = &ended.programs[0];
        assert!(program.stale && program.problem.is_some(), "Node {}: {:?}", node.major, program.problem);
    }
}

#[test]
fn every_node_process_of_another_command_is_audited() {
    for node in nodes() {
        let code = format!("\"$0\" -e '{LEAK}'; \"$0\" -e 'process.exitCode = 2'");
        let ended = Launch::new("sh", ["-c", &code, node.path.to_str().unwrap()]).run().unwrap();
        assert_eq!(ended.status.code(), Some(2), "Node {}", node.major);
        assert_eq!(ended.programs.len(), 2, "Node {}", node.major);
        assert_eq!(slivers(&ended), Some((100, 5_000_000)), "Node {}", node.major);
    }
}

#[test]
fn slabs_are_told_by_their_size_where_node_does_not_tell() {
    let code = "process.binding = undefined; globalThis.kept = []; for (let i = 0; i < 10; i++) { \
        kept.push(Buffer.allocUnsafe(10)); for (let j = 0; j < 3; j++) Buffer.allocUnsafe((Buffer.poolSize >>> 1) - 1) }";
    for node in nodes() {
        let ended = run(node, code);
        let audit = ended.programs[0].last.as_ref().unwrap();
        assert!(!audit.isolates[0].marked, "Node {}", node.major);
        let slabs = audit.report("program").totals.slabs;
        assert_eq!((slabs.count, slabs.net), (10, 100), "Node {}", node.major);
    }
}

#[test]
fn classes_that_lie_and_throw_are_counted_by_what_they_are() {
    let code = "class Liar extends Uint8Array { get byteLength() { throw 1 } get buffer() { throw 1 } get byteOffset() { return -1 } } \
        class Nameless extends DataView { static get name() { throw 1 } get [Symbol.toStringTag]() { throw 1 } } \
        const { buffer } = new Uint8Array(1 << 20); \
        globalThis.kept = [new Liar(buffer, 8, 100), new Nameless(buffer, 50, 100), Object.create(Uint8Array.prototype), \
        Object.create(ArrayBuffer.prototype), new Proxy(new Uint8Array(8), { get() { throw 1 } })]";
    for node in nodes() {
        let ended = run(node, code);
        let audit = ended.programs[0].last.as_ref().unwrap_or_else(|| panic!("Node {}: {ended:?}", node.major));
        let report = audit.report("program");
        let holder = &report.holders[0];
        assert_eq!((holder.views, holder.stores, holder.gross), (2, 1, 1 << 20), "Node {}", node.major);
        assert_eq!(holder.net.known(), Some(142), "Node {}: {holder:?}", node.major);
        assert!(holder.place.starts_with("DataView of 100 B") && holder.with[0].starts_with("Liar"), "{holder:?}");
    }
}

#[test]
fn a_heap_that_is_nearly_full_is_audited_all_the_same() {
    // There is no room for a list of all objects, so each sort of buffer is asked for.
    let code = format!(
        "{LEAK} globalThis.full = new Array(9_000_000).fill(0.5); globalThis.others = [new DataView(new ArrayBuffer(3000), 5), \
        new ArrayBuffer(3000), new Uint8Array(new SharedArrayBuffer(3000), 1)]"
    );
    for node in nodes() {
        let options = ["--max-old-space-size=100", "--max-semi-space-size=1", "-e", &code];
        let ended = Launch::new(&node.path, options).run().unwrap();
        assert_eq!(slivers(&ended), Some((100, 5_000_000)), "Node {}: {:?}", node.major, ended.programs[0].problem);
        let rows = &ended.programs[0].last.as_ref().unwrap().rows;
        assert_eq!(rows.stores.iter().filter(|store| store.capacity == 3000).count(), 3, "Node {}", node.major);
        assert_eq!(rows.views.iter().filter(|view| [2995, 2999].contains(&view.len)).count(), 2, "Node {}", node.major);
    }
}
