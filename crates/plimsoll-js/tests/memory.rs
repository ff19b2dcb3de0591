//! Where bytes live, as a program and as the audit see it. Messages are those of Node 25.8.1.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use plimsoll_js::{Host, Options};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics while it prints").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a script prints.
fn output(script: &str) -> String {
    let sink = Sink::default();
    let options = Options { stdout: Box::new(sink.clone()), stderr: Box::new(sink.clone()), ..Options::default() };
    let (outcome, _) = Host::new(options).run_source("test.js", script, || ());
    let text = String::from_utf8_lossy(&sink.0.lock().expect("no test panics while it prints")).into_owned();
    assert_eq!(outcome.exit_code, 0, "{text}");
    text
}

/// What a program in a file prints: it has `require`.
fn file_output(script: &str) -> String {
    let path = std::env::temp_dir().join(format!("plimsoll-js-memory-{}.js", std::process::id()));
    std::fs::write(&path, script).expect("a file for the test");
    let sink = Sink::default();
    let options = Options { stdout: Box::new(sink.clone()), stderr: Box::new(sink.clone()), ..Options::default() };
    let _ = Host::new(options).run_file(&path, || ());
    let _ = std::fs::remove_file(&path);
    String::from_utf8_lossy(&sink.0.lock().expect("no test panics while it prints")).into_owned()
}

#[test]
fn array_buffers_count_to_the_byte() {
    let script = "
        const held = () => process.memoryUsage().arrayBuffers;
        const before = held();
        let a = new ArrayBuffer(1000), b = new Float64Array(10), c = Buffer.alloc(7), d = new SharedArrayBuffer(5);
        console.log(held() - before);
        let view = new Uint8Array(a, 10, 20);
        a = null;
        console.log(held() - before);
        view = b = c = d = null;
        console.log(held() - before);";
    assert_eq!(output(script), "1092\n1092\n0\n");
}

#[test]
fn typed_arrays_keep_their_classes() {
    let script = "
        class A extends Uint8Array {}
        class B extends ArrayBuffer {}
        const a = new A([1, 2, 3]), b = new B(4);
        console.log(a instanceof A, a instanceof Uint8Array, a.map((x) => x + 1) instanceof A, A.from('12') instanceof A, A.of(7));
        console.log(b instanceof B, b.slice(1) instanceof B, b.byteLength, Object.getPrototypeOf(Buffer) === Uint8Array);
        console.log(Uint8Array.prototype.constructor === Uint8Array, Uint8Array[Symbol.species] === Uint8Array, Uint8Array.length, Uint8Array.name);
        console.log(new Uint8Array(new Set([1, 2])), new Uint8Array({ length: 2, 0: 9 }), new Uint8Array('3'), new BigInt64Array([1n]));
        console.log(new Uint8Array([1, 2]).toReversed(), new Uint8Array([3, 1]).with(0, 5), new Float32Array([3, 1]).toSorted());
        console.log(Uint8Array.fromHex('0102'), Reflect.construct(Uint8Array, [2], Float32Array) instanceof Float32Array);";
    let expected = "\
true true true true A(1) [Uint8Array] [ 7 ]
true true 4 true
true true 3 Uint8Array
Uint8Array(2) [ 1, 2 ] Uint8Array(2) [ 9, 0 ] Uint8Array(3) [ 0, 0, 0 ] BigInt64Array(1) [ 1n ]
Uint8Array(2) [ 2, 1 ] Uint8Array(2) [ 5, 1 ] Float32Array(2) [ 1, 3 ]
Uint8Array(2) [ 1, 2 ] true
";
    assert_eq!(output(script), expected);
}

#[test]
fn sizes_that_cannot_be_are_nodes_errors() {
    let script = "
        const show = (act) => { try { act(); console.log('no error') } catch (e) { console.log(`${e.name}: ${e.message}`) } };
        show(() => new Uint8Array(-1));
        show(() => new Uint8Array(2 ** 40));
        show(() => new ArrayBuffer(-1));
        show(() => new Uint32Array(new ArrayBuffer(7)));
        show(() => new Uint32Array(new ArrayBuffer(8), 3));
        show(() => new Uint32Array(new ArrayBuffer(8), 12));
        show(() => new Uint32Array(new ArrayBuffer(8), 4, 5));
        show(() => new DataView(new ArrayBuffer(8), 4, 5));
        show(() => new DataView({}));
        show(() => Uint8Array(3));
        show(() => new ArrayBuffer(3, { maxByteLength: 1 }));
        show(() => Buffer.from('x').buffer.transfer());
        show(() => { const a = new ArrayBuffer(3); a.transfer(); new Uint8Array(a); });
        show(() => Buffer.alloc(2 ** 40));";
    let expected = "\
RangeError: Invalid typed array length: -1
RangeError: Array buffer allocation failed
RangeError: Invalid array buffer length
RangeError: byte length of Uint32Array should be a multiple of 4
RangeError: start offset of Uint32Array should be a multiple of 4
RangeError: Start offset 12 is outside the bounds of the buffer
RangeError: Invalid typed array length: 5
RangeError: Invalid DataView length 5
TypeError: First argument to DataView constructor must be an ArrayBuffer
TypeError: Constructor Uint8Array requires 'new'
RangeError: Invalid array buffer max length
TypeError: ArrayBuffer is not detachable and could not be cloned.
TypeError: Cannot perform Construct on a detached ArrayBuffer
RangeError: Array buffer allocation failed
";
    assert_eq!(output(script), expected);
}

#[test]
fn buffers_resize_and_move() {
    let script = "
        const r = new ArrayBuffer(4, { maxByteLength: 16 });
        const u = new Uint8Array(r), b = Buffer.from(r);
        r.resize(8);
        u.fill(1);
        console.log(u.length, b.length, b.readUInt8(7));
        r.resize(2);
        console.log(u, b);
        const moved = r.transfer(4);
        console.log(moved, u.length, r.detached);
        console.log(new ArrayBuffer(5).transfer(300).byteLength, new ArrayBuffer(500).transfer(3).byteLength);
        const s = new SharedArrayBuffer(4, { maxByteLength: 8 });
        s.grow(8);
        Atomics.add(new Int32Array(s), 1, 5);
        console.log(new Int32Array(s));";
    let expected = "\
8 8 1
Uint8Array(2) [ 1, 1 ] <Buffer 01 01>
ArrayBuffer { [Uint8Contents]: <01 01 00 00>, [byteLength]: 4 } 0 true
300 3
Int32Array(2) [ 0, 5 ]
";
    assert_eq!(output(script), expected);
}

#[test]
fn garbage_in_cycles_is_collected_under_pressure() {
    let script = "
        let most = 0;
        for (let i = 0; i < 400; i++) {
          const holder = { bytes: Buffer.alloc(1 << 20) };
          holder.self = holder;
          most = Math.max(most, process.memoryUsage().arrayBuffers);
        }
        console.log(most < 64 << 20);";
    assert_eq!(output(script), "true\n");
}

#[test]
fn small_buffers_share_a_slab_and_pool_size_is_read_live() {
    let script = "
        const a = Buffer.allocUnsafe(10), b = Buffer.allocUnsafe(10);
        console.log(a.buffer === b.buffer, a.buffer.byteLength, b.byteOffset - a.byteOffset);
        console.log(Buffer.allocUnsafe(4096).buffer.byteLength, Buffer.alloc(10).buffer.byteLength);
        Buffer.poolSize = 16384;
        const c = Buffer.allocUnsafe(5000);
        console.log(c.buffer.byteLength === 16384 || c.buffer === a.buffer, Buffer.allocUnsafe(5000).buffer.byteLength);";
    assert_eq!(output(script), "true 8192 16\n4096 10\ntrue 16384\n");
}

#[test]
fn a_program_may_shape_stacks_itself() {
    let script = "
        console.log(new Error('m').stack.split('\\n')[0], Object.keys(new Error('m')));
        Error.prepareStackTrace = (error, sites) => sites.length > 0 && typeof sites[0].getLineNumber();
        console.log(new Error('m').stack);
        Error.prepareStackTrace = undefined;
        Error.stackTraceLimit = 1;
        console.log((() => new Error('m').stack.split('\\n').length)(), Error.stackTraceLimit);
        const target = {};
        Error.captureStackTrace(target);
        console.log(target.stack.split('\\n')[0]);";
    assert_eq!(output(script), "Error: m []\nnumber\n2 1\nError\n");
}

#[test]
fn a_file_that_came_with_spare_room_can_grow() {
    // Its length is not known before it is read, so the memory that it is read into is larger.
    let script = "
        const file = require('fs').readFileSync('/proc/self/status');
        const first = file[0], n = file.length;
        const a = file.buffer.transfer(n + 100), b = a.transfer(n + 100_000), c = b.transfer(n);
        console.log(a.detached, b.detached, c.byteLength === n, new Uint8Array(c)[0] === first);
        const grown = new Uint8Array(c.transfer(2 * n));
        console.log(grown.length === 2 * n, grown.subarray(n).every((byte) => byte === 0));";
    if std::path::Path::new("/proc/self/status").exists() {
        assert_eq!(file_output(script), "true true true true\ntrue true\n");
    }
}

#[test]
fn arguments_of_constructors_are_converted_once() {
    let script = "
        let asked = 0;
        const eight = { valueOf() { asked++; return 8 } };
        const buffer = new ArrayBuffer(64);
        new Uint8Array(buffer, eight, eight); new DataView(buffer, eight, eight);
        console.log(asked);
        const tracking = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 16 }));
        tracking.buffer.resize(16);
        const view = new DataView(tracking.buffer);
        tracking.buffer.resize(4);
        console.log(tracking.length, view.byteLength);";
    assert_eq!(output(script), "4\n4 4\n");
}

#[test]
fn views_that_shrink_under_a_running_method_show_no_stale_bytes() {
    let script = "
        let tries = 0;
        const methods = Object.getOwnPropertyNames(Buffer.prototype)
            .concat(Object.getOwnPropertyNames(Object.getPrototypeOf(Uint8Array.prototype)));
        const acts = [(b) => b.resize(0), (b) => b.resize(1), (b) => b.transfer(), (b) => b.transfer(4000), (b) => { b.resize(0); b.resize(4096) }];
        for (const act of acts) for (const name of methods) for (let at = 0; at < 3; at++) {
            const buffer = new ArrayBuffer(64, { maxByteLength: 4096 });
            const target = at === 2 ? Buffer.from(buffer, 8, 32) : Buffer.from(buffer);
            const evil = { valueOf() { act(buffer); return 3 }, toString() { act(buffer); return 'abc' }, get length() { act(buffer); return 3 } };
            const args = [1, 2, 3, 4];
            args[at] = evil;
            try { target[name](...args) } catch {}
            tries++;
        }
        console.log(tries > 500);";
    assert_eq!(output(script), "true\n");
}
