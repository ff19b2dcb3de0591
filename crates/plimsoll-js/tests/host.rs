//! Runs of whole programs. Where Node defines the result, the expected text is what Node 25.8.1 printed.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use plimsoll_js::{Ended, Host, Options, Outcome};

/// Gathers what a program prints.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no test panics while it prints")).into_owned()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics while it prints").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A folder with a program's files, removed afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("plimsoll-js-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Folder(path.canonicalize().expect("a folder for the test"))
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder for the test");
        std::fs::write(&path, text).expect("a file for the test");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Run {
    outcome: Outcome,
    stdout: String,
    stderr: String,
}

fn run_with(program: &str, options: Options) -> Run {
    let folder = Folder::new();
    let path = folder.file("main.js", program);
    run_file(&path, options, &folder)
}

fn run_file(path: &std::path::Path, options: Options, folder: &Folder) -> Run {
    let (stdout, stderr) = (Sink::default(), Sink::default());
    let options = Options { stdout: Box::new(stdout.clone()), stderr: Box::new(stderr.clone()), ..options };
    let (outcome, looked) = Host::new(options).run_file(path, || ());
    assert_eq!(looked.is_some(), path.is_file(), "whatever is started has a moment for the report");
    let shorten = |text: String| text.replace(&*folder.0.to_string_lossy(), "FOLDER");
    Run { outcome, stdout: shorten(stdout.text()), stderr: shorten(stderr.text()) }
}

/// What a program that ends well prints.
fn output(program: &str) -> String {
    let run = run_with(program, Options::default());
    assert_eq!((run.outcome.exit_code, run.stderr.as_str()), (0, ""), "stdout: {}", run.stdout);
    run.stdout
}

#[test]
fn a_buffer_prints_as_in_node() {
    assert_eq!(output("console.log(Buffer.alloc(10))"), "<Buffer 00 00 00 00 00 00 00 00 00 00>\n");
    assert_eq!(
        output("console.log(Buffer.from('h\u{e9}').slice(1), [1, { a: 'x' }])"),
        "<Buffer c3 a9> [ 1, { a: 'x' } ]\n"
    );
}

#[test]
fn callbacks_run_in_nodes_order() {
    let program = "
        const out = [];
        const log = (text) => out.push(text);
        setTimeout(() => { log('t0'); process.nextTick(() => log('t0 tick')); Promise.resolve().then(() => log('t0 micro')); }, 0);
        setTimeout(() => log('t1'), 1);
        setTimeout(() => log('t2000'), 2000);
        setTimeout(() => log('t1000'), 1000);
        setImmediate(() => { log('i1'); setImmediate(() => log('i1.i')); process.nextTick(() => log('i1 tick')); });
        setImmediate(() => log('i2'));
        process.nextTick(() => { log('tick1'); Promise.resolve().then(() => log('tick1 micro')); process.nextTick(() => log('tick2')); });
        Promise.resolve().then(() => { log('micro1'); process.nextTick(() => log('micro1 tick')); }).then(() => log('micro2'));
        queueMicrotask(() => log('queued'));
        (async () => { log('async'); await null; log('async2'); })();
        log('main');
        const start = Date.now();
        while (Date.now() - start < 5); // so that the first two timers are due before any immediate
        process.on('exit', (code) => console.log(code, out.join('|')));";
    let order = "0 async|main|tick1|tick2|micro1|queued|async2|tick1 micro|micro2|micro1 tick|t0|t0 tick|t0 micro|t1|i1|i1 tick|i2|i1.i|t1000|t2000\n";
    assert_eq!(output(program), order);
}

#[test]
fn timers_are_cleared_repeated_and_let_go() {
    let program = "
        const out = [];
        let n = 0;
        const interval = setInterval(() => { out.push('i' + ++n); if (n === 3) clearInterval(interval); }, 200);
        setTimeout(() => out.push('never'), 100000).unref();
        clearTimeout(setTimeout(() => out.push('cleared'), 1));
        clearTimeout(+setTimeout(() => out.push('cleared'), 1));
        setTimeout((a, b) => out.push(a + b), 1, 'x', 'y');
        process.on('exit', () => console.log(out.join(' ')));";
    assert_eq!(output(program), "xy i1 i2 i3\n");
}

#[test]
fn modules_are_found_run_once_and_may_be_circular() {
    let folder = Folder::new();
    folder.file("a.js", "#!/usr/bin/env node\nexports.x = 1; exports.b = require('./sub'); exports.name = __filename;");
    folder.file(
        "sub/index.js",
        "const a = require('../a'); module.exports = () => a.name; module.exports.seen = Object.keys(a);",
    );
    folder.file("data.json", "\u{feff}{\"k\":[1]}");
    let main = folder.file(
        "main.js",
        "const a = require('./a');
         console.log(a.x, a.b.seen, a.b() === __dirname + '/a.js', require('./a.js') === a, require('./data'));
         console.log(require('node:fs') === require('fs'), require.main === module, this === exports, arguments.length);",
    );
    let run = run_file(&main, Options::default(), &folder);
    assert_eq!(run.stdout, "1 [ 'x' ] true true { k: [ 1 ] }\ntrue true true 5\n", "{}", run.stderr);
}

#[test]
fn a_module_that_the_host_lacks_is_told_from_one_that_is_missing() {
    let run = run_with("require('node:http')", Options::default());
    assert_eq!(run.outcome.exit_code, 1);
    assert!(
        run.stderr.contains("Error: Cannot find module 'node:http': this host has no module 'http'; it has buffer, ")
    );
    assert!(run.stderr.contains("code: 'MODULE_NOT_FOUND'"), "{}", run.stderr);

    let script =
        "try { require('no-such') } catch (e) { console.log(e.code, e.requireStack.length, e.message.split('\\n')[0]) }
        try { require('node:no-such') } catch (e) { console.log(e.code, e.message) }";
    let expected = "\
MODULE_NOT_FOUND 1 Cannot find module 'no-such'
ERR_UNKNOWN_BUILTIN_MODULE No such built-in module: node:no-such
";
    assert_eq!(output(script), expected);
}

#[test]
fn an_uncaught_error_shows_its_line_and_ends_with_1() {
    let run = run_with("const x = 1;\nfunction f() {\n  throw new TypeError('boo');\n}\nf();\n", Options::default());
    assert_eq!(run.outcome, Outcome { exit_code: 1, ended: Ended::Uncaught });
    let expected = "FOLDER/main.js:3\n  throw new TypeError('boo');\n            ^\n\nTypeError: boo\n    at f (FOLDER/main.js:3:13)\n    at <anonymous> (FOLDER/main.js:5:1)\n";
    assert_eq!(run.stderr, expected);
}

#[test]
fn positions_on_the_first_line_are_those_of_the_file() {
    for (line, mark) in [("const a = 1; null.x", 14), ("throw new Error('x')", 11), ("'\u{20ac}\u{20ac}'; nope(1)", 7)]
    {
        for before in ["", "\n\n"] {
            let run = run_with(&format!("{before}{line}"), Options::default());
            let number = before.len() + 1;
            let expected = format!("FOLDER/main.js:{number}\n{line}\n{}^\n", " ".repeat(mark - 1));
            assert!(run.stderr.starts_with(&expected), "{}", run.stderr);
            assert!(run.stderr.contains(&format!("FOLDER/main.js:{number}:{mark})")), "{}", run.stderr);
        }
    }
}

#[test]
fn a_syntax_error_has_its_position() {
    let run = run_with("let a;\nlet x = ;\n", Options::default());
    assert_eq!(run.outcome.exit_code, 1);
    assert!(run.stderr.starts_with("FOLDER/main.js:2\nlet x = ;\n        ^\n"), "{}", run.stderr);
    assert!(run.stderr.contains("SyntaxError"), "{}", run.stderr);
}

#[test]
fn an_unhandled_rejection_is_an_uncaught_error() {
    let run = run_with(
        "Promise.reject(new Error('late')); setTimeout(() => console.log('not reached'), 1)",
        Options::default(),
    );
    assert_eq!((run.outcome.exit_code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("Error: late"), "{}", run.stderr);
    assert_eq!(output("const p = Promise.reject(1); p.catch(() => console.log('handled'))"), "handled\n");
    let run = run_with("Promise.reject(undefined)", Options::default());
    assert!(run.stderr.contains("ERR_UNHANDLED_REJECTION"), "{}", run.stderr);
}

#[test]
fn a_program_may_handle_uncaught_errors_itself() {
    let program = "process.on('uncaughtException', (error) => console.log('caught', error.message));
        setTimeout(() => console.log('goes on'), 1); throw new Error('x');";
    assert_eq!(output(program), "caught x\ngoes on\n");
}

#[test]
fn exit_ends_at_once_with_its_code() {
    let program = "process.on('exit', (code) => console.log('exit', code));
        setTimeout(() => console.log('not reached'), 1);
        try { process.exit(3); } catch { console.log('not caught'); } finally { console.log('no finally'); }";
    let run = run_with(program, Options::default());
    assert_eq!(run.outcome, Outcome { exit_code: 3, ended: Ended::Exit });
    assert_eq!(run.stdout, "exit 3\n");
    let run = run_with("process.exitCode = 4", Options::default());
    assert_eq!(run.outcome, Outcome { exit_code: 4, ended: Ended::Finished });
    let run = run_with("new Promise(() => process.exit(5)); console.log('not printed')", Options::default());
    assert_eq!((run.outcome.exit_code, run.stdout.as_str()), (5, ""));
}

#[test]
fn an_endless_loop_ends_at_the_time_limit() {
    let options = Options { time_limit: Some(Duration::from_millis(100)), ..Options::default() };
    let run = run_with("console.log('before'); try { for (;;); } finally { console.log('no finally') }", options);
    assert_eq!(run.outcome, Outcome { exit_code: 0, ended: Ended::Deadline });
    assert_eq!(run.stdout, "before\n");
    let options = Options { time_limit: Some(Duration::from_millis(50)), ..Options::default() };
    assert_eq!(run_with("setInterval(() => {}, 1000)", options).outcome.ended, Ended::Deadline);
}

#[test]
fn a_stop_flag_ends_a_program_that_runs_or_waits() {
    for program in ["for (;;);", "setInterval(() => {}, 100000)"] {
        let stop = Arc::new(AtomicBool::new(false));
        let setter = Arc::clone(&stop);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            setter.store(true, Ordering::Relaxed);
        });
        let run = run_with(program, Options { stop: Some(stop), ..Options::default() });
        assert_eq!(run.outcome, Outcome { exit_code: 130, ended: Ended::Interrupted });
    }
}

#[test]
fn endless_recursion_is_an_error() {
    let run = run_with("function f() { return 1 + f() }\nf()", Options::default());
    assert_eq!(run.outcome, Outcome { exit_code: 1, ended: Ended::Uncaught });
    assert!(run.stderr.contains("RangeError: Maximum call stack size exceeded"), "{}", run.stderr);
    let deep = "try { eval('('.repeat(1e6)) } catch (e) { console.log(e.name) }
        try { JSON.parse('['.repeat(1e6)) } catch (e) { console.log(e.name) }";
    assert_eq!(output(deep), "RangeError\nRangeError\n");
}

#[test]
fn what_is_no_program_is_told_apart() {
    let folder = Folder::new();
    let junk = folder.file("junk.js", [0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0xff, 0xfe, 0, 0]);
    let run = run_file(&junk, Options::default(), &folder);
    assert_eq!(run.outcome.exit_code, 1);
    assert!(run.stderr.contains("SyntaxError"), "{}", run.stderr);
    for (path, says) in [(folder.0.clone(), "directory"), (folder.0.join("nope.js"), "no such file")] {
        let run = run_file(&path, Options::default(), &folder);
        assert_eq!(run.outcome.exit_code, 1);
        assert!(run.stderr.contains(says), "{}", run.stderr);
    }
}

#[test]
fn standard_output_is_written_before_standard_error() {
    let sink = Sink::default();
    let options = Options { stdout: Box::new(sink.clone()), stderr: Box::new(sink.clone()), ..Options::default() };
    let (outcome, _) = Host::new(options).run_source("t.js", "console.log(1); console.error(2); console.log(3)", || ());
    assert_eq!((outcome.exit_code, sink.text().as_str()), (0, "1\n2\n3\n"));
}

#[test]
fn errors_of_the_file_system_are_nodes() {
    let program = "
        const fs = require('fs');
        const show = (act) => { try { act() } catch (e) { console.log(e.code, e.errno, e.syscall, e.path, '|', e.message) } };
        show(() => fs.readFileSync('/nope/x'));
        show(() => fs.readFileSync('/'));
        show(() => fs.mkdirSync('/'));
        show(() => fs.closeSync(12345));
        show(() => fs.readdirSync('/nope'));";
    let expected = "\
ENOENT -2 open /nope/x | ENOENT: no such file or directory, open '/nope/x'
EISDIR -21 read undefined | EISDIR: illegal operation on a directory, read
EEXIST -17 mkdir / | EEXIST: file already exists, mkdir '/'
EBADF -9 close undefined | EBADF: bad file descriptor, close
ENOENT -2 scandir /nope | ENOENT: no such file or directory, scandir '/nope'
";
    assert_eq!(output(program), expected);
}

#[test]
fn files_are_read_and_written_through_buffers() {
    let program = "
        const fs = require('fs');
        const file = __dirname + '/data.bin';
        fs.writeFileSync(file, 'h\u{e9}llo');
        fs.appendFileSync(file, Buffer.from('!!'));
        const fd = fs.openSync(file, 'r+');
        const into = Buffer.alloc(8);
        console.log(fs.readSync(fd, into, 1, 4), into);
        console.log(fs.readSync(fd, into, 0, 2, 0), into);
        console.log(fs.readSync(fd, into), into);
        console.log(fs.writeSync(fd, into, 0, 2, 4), fs.fstatSync(fd).size, fs.closeSync(fd));
        console.log(fs.readFileSync(file, 'latin1'), fs.readFileSync(file).length, fs.statSync(file).isFile(), fs.existsSync(file + 'x'));
        const whole = fs.readFileSync(file);
        console.log(require('plimsoll').weigh(whole), whole.buffer.byteLength);";
    let expected = "\
4 <Buffer 00 68 c3 a9 6c 00 00 00>
2 <Buffer 68 c3 c3 a9 6c 00 00 00>
4 <Buffer 6c 6f 21 21 6c 00 00 00>
2 8 undefined
h\u{c3}\u{a9}llo!! 8 true false
{ net: 8, gross: 8 } 8
";
    assert_eq!(output(program), expected);
}

#[test]
fn a_wait_ends_with_the_run() {
    let script = "console.log('asleep'); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)";
    let started = Instant::now();
    let run = run_with(script, Options { time_limit: Some(Duration::from_millis(100)), ..Options::default() });
    assert_eq!((run.outcome.ended, &*run.stdout), (Ended::Deadline, "asleep\n"));
    assert!(started.elapsed() < Duration::from_secs(5));

    let script = "
        const at = (view, ...rest) => Atomics.wait(view, 0, ...rest), a = new Int32Array(new SharedArrayBuffer(4));
        console.log(at(a, 1), at(a, 0, 30), at(a, 0, -1), at(new BigInt64Array(new SharedArrayBuffer(8)), 0n, 5));
        let asked = 0;
        console.log(at(a, { valueOf: () => { asked++; return 0 } }, 50), asked);";
    assert_eq!(output(script), "not-equal timed-out timed-out timed-out\ntimed-out 1\n");
}

#[test]
fn slow_natives_do_not_put_the_time_limit_off() {
    let started = Instant::now();
    let script = "const b = Buffer.alloc(50e6); for (;;) b.fill('abc')";
    let run = run_with(script, Options { time_limit: Some(Duration::from_millis(100)), ..Options::default() });
    assert_eq!(run.outcome.ended, Ended::Deadline);
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[test]
fn a_program_that_breaks_what_the_host_uses_does_not_hang_it() {
    let limit = || Options { time_limit: Some(Duration::from_secs(20)), ..Options::default() };
    let breaks = [
        "Map.prototype[Symbol.iterator] = Map.prototype.delete = Map.prototype.set = () => { throw 1 };",
        "Array.prototype[Symbol.iterator] = () => { throw 1 };",
        "for (const k of ['push', 'pop', 'splice']) Array.prototype[k] = () => { throw 1 };",
    ];
    for first in breaks {
        let script = format!(
            "{first} process.on('uncaughtException', () => {{}});
            Promise.reject(1); setTimeout(() => {{ throw 2 }}, 1); setImmediate(() => {{ throw 3 }}); process.nextTick(() => {{ throw 4 }});"
        );
        assert_ne!(run_with(&script, limit()).outcome.ended, Ended::Deadline, "{first}");
    }
}

#[test]
fn what_has_run_is_not_kept_alive() {
    let script = "
        const held = () => process.memoryUsage().arrayBuffers;
        const before = held();
        const most = { of: 0 };
        let left = 50;
        const look = () => { most.of = Math.max(most.of, held() - before); };
        const tick = () => { look(); if (left-- > 0) process.nextTick((b) => tick(), new Uint8Array(1000)); };
        process.nextTick(tick);
        for (let i = 0; i < 5; i++) setImmediate((b) => look(), new Uint8Array(1000));
        setImmediate(() => setTimeout(() => console.log(most.of <= 7000, held() - before), 1));";
    assert_eq!(output(script), "true 0\n");
}

#[test]
fn exit_codes_are_those_of_node() {
    let code = |script: &str| run_with(script, Options::default()).outcome.exit_code;
    assert_eq!(code("process.exitCode = 3; throw 1"), 1);
    assert_eq!(code("process.on('exit', () => { process.exitCode = 9 }); throw 1"), 9);
    assert_eq!(code("process.on('exit', () => { process.exitCode = 0 }); throw 1"), 0);
    assert_eq!(code("process.on('uncaughtException', () => { throw 7 }); throw 5"), 7);
    let script = "process.on('uncaughtException', (e, origin) => console.log(e.code, origin));
        process.on('exit', (code) => { console.log(code); process.exit(5) }); Promise.reject(1)";
    let run = run_with(script, Options::default());
    assert_eq!((run.outcome.exit_code, &*run.stdout), (5, "ERR_UNHANDLED_REJECTION unhandledRejection\n0\n"));
}
