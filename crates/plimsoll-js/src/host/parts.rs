//! The JavaScript parts of the host, embedded in the binary and evaluated at first use.

use crate::raw::{Call, Ctx, Flags, Ref, Thrown, Val, method, native};

use super::natives::host;

native! {
    Part = "part"(1), part;
}

/// Name, the file that positions show (Node's own name where it has one), and text.
const PARTS: &[(&str, &str, &str)] = &[
    ("start", "plimsoll:start", include_str!("../js/start.js")),
    ("buffer", "plimsoll:buffer", include_str!("../js/buffer.js")),
    ("colors", "plimsoll:colors", include_str!("../js/colors.js")),
    ("console", "plimsoll:console", include_str!("../js/console.js")),
    ("equality", "plimsoll:equality", include_str!("../js/equality.js")),
    ("errors", "plimsoll:errors", include_str!("../js/errors.js")),
    ("events", "node:events", include_str!("../js/events.js")),
    ("format", "plimsoll:format", include_str!("../js/format.js")),
    ("fs", "node:fs", include_str!("../js/fs.js")),
    ("inspect", "plimsoll:inspect", include_str!("../js/inspect.js")),
    ("modules", "plimsoll:modules", include_str!("../js/modules.js")),
    ("os", "node:os", include_str!("../js/os.js")),
    ("path", "node:path", include_str!("../js/path.js")),
    ("performance", "plimsoll:performance", include_str!("../js/performance.js")),
    ("plimsoll", "plimsoll:plimsoll", include_str!("../js/plimsoll.js")),
    ("process", "plimsoll:process", include_str!("../js/process.js")),
    ("text", "plimsoll:text", include_str!("../js/text.js")),
    ("timers", "plimsoll:timers", include_str!("../js/timers.js")),
    ("uncaught", "plimsoll:uncaught", include_str!("../js/uncaught.js")),
    ("util", "node:util", include_str!("../js/util.js")),
];

/// Parts that are evaluated before the program runs.
const AT_START: [&str; 2] = ["start", "buffer"];

/// `part(name)`: evaluates a part and returns what it exports.
fn part(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let name = call.utf8(0)?.to_owned();
    let internal = call.slot(host(call)?.internal);
    load(call, &name, internal.as_ref())
}

pub(super) fn load(ctx: &mut Ctx, name: &str, internal: Ref<'_>) -> Result<Val, Thrown> {
    let Some((_, file, source)) = PARTS.iter().find(|(part, ..)| *part == name) else {
        return Err(Thrown::error("ERR_INTERNAL_ASSERTION", format!("No part is called {name}")));
    };
    let function = ctx.eval(source, file)?;
    ctx.call(function.as_ref(), Ref::UNDEFINED, &[internal])
}

pub(super) fn define(ctx: &mut Ctx, internal: Ref<'_>) -> Result<(), Thrown> {
    let mut names = Vec::new();
    for (name, ..) in PARTS.iter().filter(|(name, ..)| !AT_START.contains(name)) {
        names.push(ctx.string(name)?);
    }
    let names = ctx.array(names)?;
    ctx.define(internal, "partNames", names, Flags::ALL)?;
    ctx.define_methods(internal, &[method::<Part>()])
}
