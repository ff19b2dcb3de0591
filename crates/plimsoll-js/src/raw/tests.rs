use std::sync::Arc;

use plimsoll::Store;
use plimsoll::audit::Site;

use super::*;

fn runtime() -> Runtime {
    Runtime::new(Settings { max_stack: 512 * 1024, max_heap: 256 << 20, hurry: Arc::default() }).expect("an engine")
}

native! {
    Sum = "sum"(1), sum;
    FillWith = "fillWith"(1), fill_with;
    Fail = "fail"(0), fail;
    Panic = "panic"(0), panic;
    Echo = "echo"(1), echo;
    Nested = "nested"(1), nested;
}

/// Adds up the bytes of `this`, and the argument.
fn sum(call: &mut Call<'_>) -> Result<Val, Thrown> {
    // Convert first: that may run the program's `valueOf`.
    let extra = {
        let value = call.arg(0);
        call.to_number(value)?
    };
    // Then borrow the bytes.
    let Some(bytes) = call.bytes(call.this()) else {
        return Err(Thrown::type_error("ERR_INVALID_ARG_TYPE", "not bytes"));
    };
    let total: u64 = bytes.iter().map(|byte| u64::from(byte.get())).sum();
    Ok(Val::number(total as f64 + extra))
}

fn fill_with(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let value = call.int(0)?;
    for byte in call.bytes(call.this()).unwrap_or_default() {
        byte.set(value as u8);
    }
    Ok(call.dup(call.this()))
}

fn fail(_: &mut Call<'_>) -> Result<Val, Thrown> {
    Err(Thrown::range_error("ERR_OUT_OF_RANGE", "It must be >= 0. Received -1"))
}

fn panic(_: &mut Call<'_>) -> Result<Val, Thrown> {
    panic!("on purpose")
}

fn echo(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let units = {
        let value = call.arg(0);
        call.to_utf16(value)?
    };
    call.string_utf16(&units)
}

fn nested(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (function, args) = (call.arg(0), [call.arg(1), call.arg(2)]);
    call.call(function, Ref::UNDEFINED, &args)
}

/// Runs the source with the natives above as methods of `t`, and returns the result as text.
fn run(source: &str) -> String {
    let runtime = runtime();
    let text = runtime.enter(|ctx| {
        let table = [
            method::<Sum>(),
            method::<FillWith>(),
            method::<Fail>(),
            method::<Panic>(),
            method::<Echo>().constructible(),
            method::<Nested>(),
        ];
        let result = ctx.object().and_then(|object| {
            ctx.define_methods(object.as_ref(), &table)?;
            let store = Store::try_zeroed_at(16, Site::named("here:1:1")).expect("16 bytes");
            let shape = BufferShape { len: 16, max_len: None, shared: false };
            let buffer = ctx.array_buffer(store, shape, Site::named("here:1:1"))?;
            ctx.define(object.as_ref(), "buffer", buffer, Flags::ALL)?;
            let global = ctx.global();
            ctx.define(global.as_ref(), "t", object, Flags::ALL)?;
            ctx.eval(source, "test.js")
        });
        let value = match result {
            Ok(value) => value,
            Err(thrown) => {
                let error = ctx.caught(thrown);
                let stack = ctx.get(error.as_ref(), "stack").unwrap_or(Val::UNDEFINED);
                if stack.as_ref().is_string() { stack } else { error }
            }
        };
        ctx.to_utf8(value.as_ref()).map(|text| text.to_owned()).unwrap_or_default()
    });
    text.expect("not nested")
}

#[test]
fn a_native_reads_bytes_after_converting_its_arguments() {
    assert_eq!(run("t.sum.call(new Uint8Array([1, 2, 3]), { valueOf() { return 10 } })"), "16");
    assert_eq!(run("t.sum.call(new Float64Array([0]), 1)"), "1");
    assert_eq!(run("t.sum.call(new DataView(new Uint8Array([9, 1, 2]).buffer, 1, 1), 0)"), "1");
}

#[test]
fn a_detached_view_shows_no_bytes() {
    assert_eq!(
        run(
            "const u = new Uint8Array(t.buffer).fill(1); t.sum.call(u, { valueOf() { t.buffer.transfer(); return 5 } })"
        ),
        "5"
    );
}

#[test]
fn a_resizable_buffer_shows_its_present_length() {
    let source = "const b = new ArrayBuffer(4, { maxByteLength: 8 }); const u = new Uint8Array(b).fill(1);
        const seen = [t.sum.call(u, 0)]; b.resize(2); seen.push(t.sum.call(u, 0)); b.resize(8); u.fill(1);
        seen.push(t.sum.call(u, 0)); String(seen)";
    assert_eq!(run(source), "4,2,8");
}

#[test]
fn stores_are_shared_with_array_buffers() {
    assert_eq!(
        run("t.fillWith.call(new Uint8Array(t.buffer, 4, 4), 7); String(new Uint8Array(t.buffer))"),
        "0,0,0,0,7,7,7,7,0,0,0,0,0,0,0,0"
    );
    assert_eq!(
        run(
            "t.fillWith.call(t.buffer, 7); const moved = t.buffer.transfer(32); t.sum.call(moved, 0) + ' ' + moved.byteLength"
        ),
        "112 32"
    );
}

#[test]
fn errors_carry_a_code_and_a_stack_with_a_heading() {
    let text = run(
        "try { t.fail() } catch (e) { [e.name, e.code, e instanceof RangeError, e.stack.split('\\n')[0]].join('|') }",
    );
    assert_eq!(text, "RangeError|ERR_OUT_OF_RANGE|true|RangeError [ERR_OUT_OF_RANGE]: It must be >= 0. Received -1");
}

#[test]
fn a_panic_becomes_an_error() {
    std::panic::set_hook(Box::new(|_| {}));
    assert_eq!(run("try { t.panic() } catch (e) { e.message }"), "Internal error in panic: on purpose");
    let _ = std::panic::take_hook();
}

#[test]
fn strings_keep_lone_surrogates_in_utf16() {
    assert_eq!(run("t.echo('a\\ud800b') === 'a\\ud800b'"), "true");
    assert_eq!(run("'a\\ud800b'"), "a\u{fffd}b");
}

#[test]
fn natives_call_back_and_exceptions_pass_through() {
    assert_eq!(run("t.nested((a, b) => a + b, 1, 2)"), "3");
    assert_eq!(run("try { t.nested(() => { throw 'x' }) } catch (e) { e }"), "x");
}

#[test]
fn endless_recursion_is_an_error() {
    assert_eq!(run("function f() { return t.nested(f) } try { f() } catch (e) { e.name }"), "RangeError");
}

#[test]
fn freeing_the_last_value_frees_the_store() {
    let runtime = runtime();
    let live = runtime.enter(|ctx| {
        let store = Store::try_zeroed_at(1 << 20, Site::named("here:1:1")).expect("1 MiB");
        let shape = BufferShape { len: 1 << 20, max_len: None, shared: false };
        let buffer = ctx.array_buffer(store, shape, Site::named("here:1:1")).expect("a buffer");
        let held = ctx.external_live();
        drop(buffer);
        (held, ctx.external_live())
    });
    assert_eq!(live, Some((1 << 20, 0)));
}

#[test]
fn there_is_one_context_at_a_time() {
    let runtime = runtime();
    assert_eq!(runtime.enter(|_| runtime.enter(|_| ()).is_none()), Some(true));
}

#[test]
fn an_interrupt_ends_an_endless_loop() {
    let runtime = runtime();
    runtime.set_interrupt(|_| true);
    let caught = runtime.enter(|ctx| {
        let Err(thrown) = ctx.eval("try { for (;;); } catch { 1 }", "test.js") else { return false };
        let error = ctx.caught(thrown);
        ctx.is_uncatchable(error.as_ref())
    });
    assert_eq!(caught, Some(true));
}
