//! The natives that the host's JavaScript parts are built on: members of `internal`.

use std::rc::Rc;

use crate::memory;
use crate::raw::{Call, Ctx, Flags, Method, PromiseState, Ref, Thrown, Val, method, native};
use crate::state::State;

use super::{Ended, HostState};

native! {
    Brand = "brand"(1), brand;
    ProxyParts = "proxyParts"(1), proxy_parts;
    PromiseParts = "promiseParts"(1), promise_parts;
    OwnNonIndexKeys = "ownNonIndexKeys"(2), own_non_index_keys;
    WriteOut = "writeOut"(1), write_out;
    WriteErr = "writeErr"(1), write_err;
    Now = "now"(0), now;
    Nanoseconds = "nanoseconds"(0), nanoseconds;
    Cwd = "cwd"(0), cwd;
    Pause = "pause"(0), pause;
    Compile = "compile"(3), compile;
    ParseJson = "parseJson"(2), parse_json;
    ReallyExit = "reallyExit"(1), really_exit;
    MemoryUsage = "memoryUsage"(0), memory_usage;
    ResidentSet = "residentSet"(0), resident_set;
    FixStack = "fixStack"(1), fix_stack;
    SourceLine = "sourceLine"(1), source_line;
    Hold = "hold"(1), hold;
    Weigh = "weigh"(1), weigh;
    Own = "own"(1), own;
    ShouldCopy = "shouldCopy"(1), should_copy;
    Audit = "audit"(0), audit;
    Collect = "collect"(0), collect;
    SetBufferClass = "setBufferClass"(1), set_buffer_class;
}

/// What is defined on `internal`.
pub(super) const TABLE: &[Method] = &[
    method::<Brand>(),
    method::<ProxyParts>(),
    method::<PromiseParts>(),
    method::<OwnNonIndexKeys>(),
    method::<WriteOut>(),
    method::<WriteErr>(),
    method::<Now>(),
    method::<Nanoseconds>(),
    method::<Cwd>(),
    method::<Pause>(),
    method::<Compile>(),
    method::<ParseJson>(),
    method::<ReallyExit>(),
    method::<MemoryUsage>(),
    method::<ResidentSet>(),
    method::<FixStack>(),
    method::<SourceLine>(),
    method::<Hold>(),
    method::<Weigh>(),
    method::<Own>(),
    method::<ShouldCopy>(),
    method::<Audit>(),
    method::<Collect>(),
    method::<SetBufferClass>(),
];

pub(super) fn host(ctx: &Ctx) -> Result<&HostState, Thrown> {
    match ctx.user::<State>() {
        Some(state) => Ok(&state.host),
        None => Err(Thrown::error("ERR_INTERNAL_ASSERTION", "The host is not set up")),
    }
}

/// The name of an object's internal class; `undefined` for primitives.
fn brand(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let value = call.arg(0);
    let Some(class) = call.class_id(value) else { return Ok(Val::UNDEFINED) };
    if call.is_proxy(value) {
        return call.string("Proxy");
    }
    if let Some(&slot) = host(call)?.class_names.borrow().get(&class) {
        return Ok(call.slot(slot));
    }
    let name = call.class_name(class)?;
    let slot = call.keep(name)?;
    host(call)?.class_names.borrow_mut().insert(class, slot);
    Ok(call.slot(slot))
}

fn proxy_parts(call: &mut Call<'_>) -> Result<Val, Thrown> {
    match call.proxy_parts(call.arg(0)) {
        Some((target, handler)) => call.array([target, handler]),
        None => Ok(Val::UNDEFINED),
    }
}

fn promise_parts(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let Some((state, result)) = call.promise_parts(call.arg(0)) else { return Ok(Val::UNDEFINED) };
    let number = match state {
        PromiseState::Pending => 0,
        PromiseState::Fulfilled => 1,
        PromiseState::Rejected => 2,
    };
    call.array([Val::int(number), result])
}

fn own_non_index_keys(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (object, enumerable) = (call.arg(0), call.arg(1));
    let enumerable = call.to_bool(enumerable);
    let mut keys = call.own_non_index_keys(object, enumerable)?;
    if memory::is_auditing(call) {
        // What the audit hangs on a view is none of the program's business where it can be helped.
        let hidden = memory::watch_key(call)?;
        keys.retain(|key| !call.is_same(key.as_ref(), hidden.as_ref()));
    }
    call.array(keys)
}

/// The bytes of a text (in UTF-8) or of a view.
fn with_bytes<R>(call: &mut Call<'_>, index: usize, work: impl FnOnce(&Ctx, &[u8]) -> R) -> Result<R, Thrown> {
    let value = call.arg(index);
    if let Some(bytes) = call.bytes(value) {
        let bytes = plimsoll::cells::to_vec(bytes);
        return Ok(work(call, &bytes));
    }
    let text = call.utf8(index)?;
    Ok(work(call, text.as_bytes()))
}

fn write_out(call: &mut Call<'_>) -> Result<Val, Thrown> {
    write(call, false)
}

fn write_err(call: &mut Call<'_>) -> Result<Val, Thrown> {
    write(call, true)
}

fn write(call: &mut Call<'_>, error: bool) -> Result<Val, Thrown> {
    let written = with_bytes(call, 0, |ctx, bytes| {
        let host = host(ctx)?;
        // Whatever still runs after the end is only being unwound.
        if host.control.ended().is_some() {
            return Ok(true);
        }
        let mut output = host.output.borrow_mut();
        let result = if error { output.err(bytes) } else { output.out(bytes) };
        Ok(result.is_ok())
    })??;
    if !written {
        // Nobody reads any more: `plimsoll run x.js | head`.
        host(call)?.control.end(call, Ended::Exit, 1);
        return Err(Thrown::End);
    }
    Ok(Val::UNDEFINED)
}

/// Milliseconds since the start, with fractions.
fn now(call: &mut Call<'_>) -> Result<Val, Thrown> {
    Ok(Val::number(host(call)?.started.elapsed().as_secs_f64() * 1000.0))
}

fn nanoseconds(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let elapsed = host(call)?.started.elapsed();
    // A program compares such times with each other only; as in Node they count from a moment long ago.
    call.bigint_u64(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX).saturating_add(1_000_000_000))
}

fn cwd(call: &mut Call<'_>) -> Result<Val, Thrown> {
    match std::env::current_dir() {
        Ok(path) => call.string(&path.to_string_lossy()),
        Err(error) => Err(super::fs::system_error(call, &error, "uv_cwd", None, None)),
    }
}

/// Called before and between the short waits that make up a long one: what was printed should be seen, and the end of the
/// run is an end of the wait.
fn pause(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let host = host(call)?;
    let _ = host.output.borrow_mut().flush();
    if host.control.is_over(call) { Err(Thrown::End) } else { Ok(Val::UNDEFINED) }
}

const PREFIX: &str = "(function (exports, require, module, __filename, __dirname) {";
/// The audit wants the top-level bindings alive at the end: a direct `eval` keeps every binding that it could name.
const HOLDING: &str = " arguments[5](() => eval('0'));";

/// `compile(text, file, main)`: a CommonJS module as a function. Its errors name positions in the file.
fn compile(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let main = call.arg(2);
    let main = call.to_bool(main);
    let text: Rc<str> = call.utf8(0)?.to_owned().into();
    let file = call.utf8(1)?.to_owned();
    // The first line of a script may name its interpreter.
    let body = text.strip_prefix("#!").map_or_else(|| text.to_string(), |rest| format!("//{rest}"));
    let mut prefix = PREFIX.to_owned();
    if main && memory::is_auditing(call) {
        if memory::is_strict(&body) {
            // A directive counts only in front of everything else.
            prefix.push_str(" 'use strict';");
        }
        prefix.push_str(HOLDING);
    }
    prefix.push_str(LINES_IN_FRONT);
    memory::add_source(call, &file, text)?;
    call.eval_from(&format!("{prefix}{body}\n}})"), &file, FIRST_LINE)
}

/// The wrapper has lines of its own, so that positions in the program are exact (see [`Ctx::eval_from`]). They are numbered from
/// −2, as the engine does not show line −1 and takes 0 for 1.
pub(super) const LINES_IN_FRONT: &str = "\n\n\n";
pub(super) const FIRST_LINE: i32 = -2;

fn parse_json(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (text, file) = (call.utf8(0)?, call.utf8(1)?);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    call.parse_json(text, &file)
}

/// Ends the run with the exit code. What the program holds is looked at before its stack is unwound.
fn really_exit(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let code = call.int(0)?;
    host(call)?.control.end(call, Ended::Exit, code);
    Err(Thrown::End)
}

/// `[rss, heapTotal, heapUsed, arrayBuffers]`, in bytes.
fn memory_usage(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (total, used) = call.heap_usage();
    // The engine estimates what is used, and what it took for that, in different ways.
    let figures = [resident(), total.max(used), used, call.external_live()];
    call.array(figures.map(|bytes| Val::number(bytes as f64)))
}

fn resident_set(_: &mut Call<'_>) -> Result<Val, Thrown> {
    Ok(Val::number(resident() as f64))
}

/// Bytes of this process in memory; 0 where the system does not say.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|text| text.split_ascii_whitespace().nth(1)?.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}

/// A stack as the engine makes it, with the columns that the file has and without the host's own frames.
fn fix_stack(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let stack = call.utf8(0)?;
    let fixed = memory::fix_stack(call, &stack)?;
    call.string(&fixed)
}

/// `[file, line, column, text of the line]` of the first frame of a (fixed) stack that lies in a file of the program.
fn source_line(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let stack = call.utf8(0)?;
    let Some((file, line, column, text)) = memory::first_place(call, &stack)? else { return Ok(Val::UNDEFINED) };
    let parts = [call.string(&file)?, Val::number(line.into()), Val::number(column.into()), call.string(&text)?];
    call.array(parts)
}

fn hold(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let value = call.dup(call.arg(0));
    call.keep(value)?;
    Ok(Val::UNDEFINED)
}

/// `[net, gross]` of a view.
fn weigh(call: &mut Call<'_>) -> Result<Val, Thrown> {
    match memory::weigh(call, call.arg(0)) {
        Some(weight) => call.array([Val::size(weight.net), Val::size(weight.gross)]),
        None => Ok(Val::UNDEFINED),
    }
}

/// A Buffer with a copy of the view's bytes, on a store of its own.
fn own(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let bytes = call.bytes(call.arg(0)).map(plimsoll::cells::to_vec).unwrap_or_default();
    memory::count_copied(call, bytes.len());
    memory::alloc_from_vec(call, bytes)
}

/// Whether `keep` copies the view.
fn should_copy(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let weight = memory::weigh(call, call.arg(0));
    Ok(Val::bool(weight.is_some_and(|weight| plimsoll::KeepRule::default().should_copy(weight, 1))))
}

/// The report so far, as JSON text; `undefined` when nothing is audited.
fn audit(call: &mut Call<'_>) -> Result<Val, Thrown> {
    if !memory::is_auditing(call) {
        return Ok(Val::UNDEFINED);
    }
    call.collect();
    let target = host(call)?.target.clone();
    let report = plimsoll::audit::report_on(plimsoll_report::Source::script(target));
    call.string(&report.to_json(None))
}

fn collect(call: &mut Call<'_>) -> Result<Val, Thrown> {
    call.collect();
    Ok(Val::UNDEFINED)
}

fn set_buffer_class(call: &mut Call<'_>) -> Result<Val, Thrown> {
    memory::set_buffer_class(call, call.arg(0))?;
    Ok(Val::UNDEFINED)
}

/// Defines all natives on `internal`.
pub(super) fn define(ctx: &mut Ctx, internal: Ref<'_>) -> Result<(), Thrown> {
    ctx.define_methods(internal, TABLE)?;
    ctx.define_methods(internal, super::fs::TABLE)?;
    let auditing = Val::bool(memory::is_auditing(ctx));
    ctx.define(internal, "auditing", auditing, Flags::CONSTANT)
}
