//! Which line of the program called the running native.
//!
//! The engine has no public call for this, so we ask for a stack trace as a program would, with `Error.captureStackTrace`, and read the
//! first frame that lies in one of the program's files. The program's own `Error.prepareStackTrace` is set aside meanwhile. The
//! engine reports where the call's last argument stands; [`Sources`](super::Sources) finds the call around it.

use std::collections::HashMap;

use plimsoll::audit::Site;

use crate::raw::{Ctx, Thrown, Val};

use super::{Slots, Sources, memory, slots};

/// Sites by the text of the frame that they came from.
pub(super) type Cache = HashMap<String, Site>;

/// Frames asked for at first: the native, perhaps one that it went through, and the program's line.
const FEW: i32 = 3;
/// Frames asked for when the program's line was not among those.
const MANY: i32 = 64;

/// The position of the program's call that led here. Text that `eval` ran counts as `<eval>`.
pub(crate) fn buffer_site(ctx: &mut Ctx) -> Result<Site, Thrown> {
    let slots = slots(ctx)?;
    for frames in [FEW, MANY] {
        let stack = capture(ctx, &slots, frames)?;
        let Some(stack) = ctx.as_utf8(stack.as_ref()).map(|stack| stack.to_owned()) else { break };
        if let Some((callee, frame)) = program_frame(&stack) {
            return lookup(ctx, callee, frame);
        }
        if stack.lines().count() < frames as usize {
            break;
        }
    }
    Ok(memory(ctx)?.nowhere)
}

fn capture(ctx: &mut Ctx, slots: &Slots, frames: i32) -> Result<Val, Thrown> {
    let global = ctx.global();
    // The accessors live on `Error`, but take any object as receiver.
    let receiver = global.as_ref();
    let (get_limit, set_limit) = (ctx.slot(slots.get_limit), ctx.slot(slots.set_limit));
    let (get_prepare, set_prepare) = (ctx.slot(slots.get_prepare), ctx.slot(slots.set_prepare));
    let limit = ctx.call(get_limit.as_ref(), receiver, &[])?;
    let prepare = ctx.call(get_prepare.as_ref(), receiver, &[])?;
    let masked = !prepare.as_ref().is_undefined();
    if masked {
        ctx.call(set_prepare.as_ref(), receiver, &[Val::UNDEFINED.as_ref()])?;
    }
    ctx.call(set_limit.as_ref(), receiver, &[Val::int(frames).as_ref()])?;
    let target = ctx.object()?;
    let captured = {
        let function = ctx.slot(slots.capture);
        ctx.call(function.as_ref(), receiver, &[target.as_ref(), Val::UNDEFINED.as_ref()])
    };
    ctx.call(set_limit.as_ref(), receiver, &[limit.as_ref()])?;
    if masked {
        ctx.call(set_prepare.as_ref(), receiver, &[prepare.as_ref()])?;
    }
    captured?;
    ctx.get(target.as_ref(), "stack")
}

/// The first frame in a file of the program, and the name of what it called.
fn program_frame(stack: &str) -> Option<(&str, &str)> {
    let mut callee = "";
    for line in stack.lines() {
        let frame = line.trim_start().strip_prefix("at ").unwrap_or(line);
        let (name, place) = frame.split_once(" (").unwrap_or((frame, ""));
        let place = place.trim_end_matches(')');
        // Ours are natives, and files whose name begins with the name of a scheme.
        let ours =
            matches!(place, "" | "native" | "missing") || place.starts_with("node:") || place.starts_with("plimsoll:");
        if !ours {
            return Some((callee, place));
        }
        callee = name;
    }
    None
}

fn lookup(ctx: &Ctx, callee: &str, frame: &str) -> Result<Site, Thrown> {
    let memory = memory(ctx)?;
    let key = format!("{callee} {frame}");
    if let Some(&site) = memory.sites.borrow().get(&key) {
        return Ok(site);
    }
    let mut parts = frame.rsplitn(3, ':');
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or(0);
    let (column, line) = (number(parts.next()), number(parts.next()));
    let file = parts.next().unwrap_or(frame);
    let place = memory.sources.borrow_mut().site(file, line, column, callee);
    let site = Site::named(place.as_deref().unwrap_or("<eval>"));
    memory.sites.borrow_mut().insert(key, site);
    Ok(site)
}

/// The parts of `file:line:column`.
fn split(place: &str) -> Option<(&str, u32, u32)> {
    let mut parts = place.rsplitn(3, ':');
    let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
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

/// The engine's columns on the first line of a file are those of the wrapped text; the host's own frames say nothing to a reader.
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
            Some((file, 1, column)) if sources.text(file).is_some() => {
                let column = sources.column(file, 1, column);
                let end = if line.ends_with(')') { ")" } else { "" };
                lines.push(format!("{}{file}:1:{column}{end}", &line[..start]));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.truncate(bottom);
    lines.join("\n")
}

pub(super) fn first_place(sources: &Sources, stack: &str) -> Option<(String, u32, u32, String)> {
    stack.lines().find_map(|line| {
        let (file, line, column) = split(place_of(line)?.1)?;
        let text = sources.text(file)?;
        let text = text.lines().nth((line as usize).saturating_sub(1))?.to_owned();
        Some((file.to_owned(), line, column, text))
    })
}

#[cfg(test)]
mod tests {
    use super::program_frame;

    #[test]
    fn frames_of_natives_and_of_our_own_files_are_passed_over() {
        let stack = "    at slice (native)\n    at f (/a/b (1).js:3:7)\n";
        assert_eq!(program_frame(stack), Some(("slice", "/a/b (1).js:3:7")));
        let stack = "    at alloc (native)\n    at readFileSync (node:fs:12:5)\n    at <anonymous> (/a.js:1:2)\n";
        assert_eq!(program_frame(stack), Some(("readFileSync", "/a.js:1:2")));
        assert_eq!(program_frame("    at slice (native)\n"), None);
    }
}
