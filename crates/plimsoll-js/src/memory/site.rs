//! Which line of the program called the running native.
//!
//! The engine has no public call for this, so we ask for a stack trace as a program would, with `Error.captureStackTrace`, and read the
//! first frame that lies in one of the program's files. The program's own `Error.prepareStackTrace` is set aside meanwhile. The
//! engine reports where the call's last argument stands; [`Sources`] finds the call around it.

use std::collections::HashMap;

use plimsoll::audit::Site;

use crate::raw::{Call, Ctx, Ref, Slot, Thrown, Val, native};

use super::{Slots, Sources, memory, slots};

/// Sites by the text of the frame that they came from, with the name of what was called in front.
pub(super) type Cache = HashMap<String, Site>;

/// Frames asked for at first: the native and the program's line.
const FEW: i32 = 2;
/// Frames asked for when the program's line was not among those.
const MANY: i32 = 64;

native! {
    GetPrepare = "prepareStackTrace"(0), get_prepare;
    SetPrepare = "prepareStackTrace"(1), set_prepare;
    GetLimit = "stackTraceLimit"(0), get_limit;
    SetLimit = "stackTraceLimit"(1), set_limit;
}

/// Keeps account of what the program does to the two settings of stack traces, so that looking for a site need not ask.
pub(super) fn install(ctx: &mut Ctx) -> Result<(), Thrown> {
    let class = ctx.eval("Error", "plimsoll:memory")?;
    let (get, set) = (ctx.function::<GetPrepare>()?, ctx.function::<SetPrepare>()?);
    ctx.define_accessor(class.as_ref(), "prepareStackTrace", Some(get), Some(set))?;
    let (get, set) = (ctx.function::<GetLimit>()?, ctx.function::<SetLimit>()?);
    ctx.define_accessor(class.as_ref(), "stackTraceLimit", Some(get), Some(set))
}

fn get_prepare(call: &mut Call<'_>) -> Result<Val, Thrown> {
    Ok(call.slot(slots(call)?.prepare))
}

fn set_prepare(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (slots, value) = (slots(call)?, call.arg(0));
    change(call, slots.prepare, slots.set_prepare, value)
}

fn get_limit(call: &mut Call<'_>) -> Result<Val, Thrown> {
    Ok(call.slot(slots(call)?.limit))
}

fn set_limit(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (slots, value) = (slots(call)?, call.arg(0));
    change(call, slots.limit, slots.set_limit, value)
}

fn change(ctx: &mut Ctx, slot: Slot, setter: Slot, value: Ref<'_>) -> Result<Val, Thrown> {
    ctx.refill(slot, ctx.dup(value))?;
    set(ctx, setter, value)?;
    Ok(Val::UNDEFINED)
}

/// Calls one of the engine's own setters on `Error`.
fn set(ctx: &mut Ctx, setter: Slot, value: Ref<'_>) -> Result<(), Thrown> {
    let setter = ctx.slot(setter);
    // They take any object as receiver.
    ctx.call(setter.as_ref(), setter.as_ref(), &[value]).map(|_| ())
}

/// The position of the program's call that led here. Text that `eval` ran counts as `<eval>`.
pub(crate) fn buffer_site(ctx: &mut Ctx) -> Result<Site, Thrown> {
    if let Some(site) = ctx.site() {
        return Ok(site);
    }
    let site = find(ctx)?;
    ctx.set_site(site);
    Ok(site)
}

fn find(ctx: &mut Ctx) -> Result<Site, Thrown> {
    let slots = slots(ctx)?;
    for frames in [FEW, MANY] {
        let stack = capture(ctx, &slots, frames)?;
        let Some(stack) = ctx.as_utf8(stack.as_ref()) else { break };
        if let Some(found) = program_frame(&stack) {
            return lookup(ctx, found);
        }
        if stack.lines().count() < frames as usize {
            break;
        }
    }
    Ok(memory(ctx)?.nowhere)
}

fn capture(ctx: &mut Ctx, slots: &Slots, frames: i32) -> Result<Val, Thrown> {
    let prepare = ctx.slot(slots.prepare);
    let masked = !prepare.as_ref().is_undefined();
    if masked {
        set(ctx, slots.set_prepare, Ref::UNDEFINED)?;
    }
    set(ctx, slots.set_limit, Val::int(frames).as_ref())?;
    let (function, target) = (ctx.slot(slots.capture), ctx.slot(slots.target));
    let captured = ctx.call(function.as_ref(), function.as_ref(), &[target.as_ref(), Ref::UNDEFINED]);
    let limit = ctx.slot(slots.limit);
    set(ctx, slots.set_limit, limit.as_ref())?;
    if masked {
        set(ctx, slots.set_prepare, prepare.as_ref())?;
    }
    captured?;
    ctx.get_by(target.as_ref(), slots.stack)
}

/// The program's frame in a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Found<'s> {
    /// From the line of what was called to the end of the frame: what the site depends on.
    key: &'s str,
    /// The name of what was called.
    callee: &'s str,
    /// `file:line:column`
    place: &'s str,
}

/// The first frame in a file of the program.
fn program_frame(stack: &str) -> Option<Found<'_>> {
    let (mut callee, mut from, mut at) = ("", 0, 0);
    for line in stack.split_inclusive('\n') {
        let (start, end) = (at, at + line.len());
        at = end;
        let frame = line.trim_end_matches('\n').trim_start();
        let frame = frame.strip_prefix("at ").unwrap_or(frame);
        let (name, place) = frame.split_once(" (").unwrap_or((frame, ""));
        let place = place.trim_end_matches(')');
        // Ours are natives, and files whose name begins with the name of a scheme.
        let ours =
            matches!(place, "" | "native" | "missing") || place.starts_with("node:") || place.starts_with("plimsoll:");
        if !ours {
            return Some(Found { key: &stack[from..end], callee, place });
        }
        (callee, from) = (name, start);
    }
    None
}

fn lookup(ctx: &Ctx, found: Found<'_>) -> Result<Site, Thrown> {
    let memory = memory(ctx)?;
    if let Some(&site) = memory.sites.borrow().get(found.key) {
        return Ok(site);
    }
    let place = split(found.place)
        .and_then(|(file, line, column)| memory.sources.borrow_mut().site(file, line, column, found.callee));
    let site = Site::named(place.as_deref().unwrap_or("<eval>"));
    memory.sites.borrow_mut().insert(found.key.to_owned(), site);
    Ok(site)
}

/// The parts of `file:line:column`. What stands before the first line (the module wrapper) counts as its start.
fn split(place: &str) -> Option<(&str, u32, u32)> {
    let mut parts = place.rsplitn(3, ':');
    let (column, line): (u32, i32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (line, column) = if line < 1 { (1, 1) } else { (line.unsigned_abs(), column) };
    Some((parts.next()?, line, column))
}

/// The place that a line of a stack names, and where in the line it stands.
fn place_of(line: &str) -> Option<(usize, &str)> {
    let frame = line.trim_start().strip_prefix("at ")?;
    let start = match frame.split_once(" (") {
        Some((_, place)) => line.len() - place.len(),
        None => line.len() - frame.len(),
    };
    Some((start, line[start..].trim_end_matches(')')))
}

/// The engine's columns count bytes; the host's own frames say nothing to a reader.
pub(super) fn fix_stack(sources: &Sources, stack: &str) -> String {
    let mut lines = Vec::new();
    let mut bottom = 0;
    for line in stack.lines() {
        let Some((start, place)) = place_of(line) else {
            lines.push(line.to_owned());
            bottom = lines.len();
            continue;
        };
        if place.starts_with("plimsoll:") {
            continue;
        }
        // A native that the host called: nothing of the program stands below it.
        bottom = if place == "native" { bottom } else { lines.len() + 1 };
        match split(place) {
            Some((file, number, column)) => {
                let column = sources.column(file, number, column);
                let end = if line.ends_with(')') { ")" } else { "" };
                lines.push(format!("{}{file}:{number}:{column}{end}", &line[..start]));
            }
            None => lines.push(line.to_owned()),
        }
    }
    lines.truncate(bottom);
    lines.join("\n")
}

pub(super) fn first_place(sources: &Sources, stack: &str) -> Option<(String, u32, u32, String)> {
    stack.lines().find_map(|line| {
        let (file, line, column) = split(place_of(line)?.1)?;
        Some((file.to_owned(), line, column, sources.line(file, line)?.to_owned()))
    })
}

#[cfg(test)]
mod tests {
    use super::program_frame;

    fn found(stack: &str) -> Option<(&str, &str)> {
        program_frame(stack).map(|found| (found.callee, found.place))
    }

    #[test]
    fn frames_of_natives_and_of_our_own_files_are_passed_over() {
        let stack = "    at slice (native)\n    at f (/a/b (1).js:3:7)\n";
        assert_eq!(found(stack), Some(("slice", "/a/b (1).js:3:7")));
        assert_eq!(program_frame(stack).map(|found| found.key), Some(stack));
        let stack = "    at alloc (native)\n    at readFileSync (node:fs:12:5)\n    at <anonymous> (/a.js:1:2)\n";
        assert_eq!(found(stack), Some(("readFileSync", "/a.js:1:2")));
        assert_eq!(found("    at slice (native)\n"), None);
    }
}
