//! One run of a program: start, main file, event loop, end.

use std::io::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::memory;
use crate::raw::{Ctx, Flags, Job, Ref, Runtime, Settings, Thrown, Val};
use crate::state::State;

use super::control::{Control, NAP};
use super::natives::{self, host};
use super::{Ended, HostState, Outcome, Request, Setup, parts};

/// Runs the program and says how it ended. Called on a thread of its own.
pub(super) fn run(request: Request, setup: Setup, control: Control) -> Outcome {
    let mut setup = setup;
    let settings = Settings { max_stack: setup.max_stack, max_heap: setup.max_heap, hurry: control.hurry() };
    let Some(runtime) = Runtime::new(settings) else {
        let _ = setup.stderr.write_all(b"plimsoll: the JavaScript engine cannot be started\n");
        return Outcome { exit_code: 1, ended: Ended::Uncaught };
    };
    let control = Rc::new(control);
    let asked = Rc::clone(&control);
    runtime.set_interrupt(move |ctx| asked.is_over(ctx));
    let tear_down = setup.tear_down;
    let outcome = runtime.enter(|ctx| {
        let outcome = match start(ctx, setup, Rc::clone(&control)) {
            Ok(()) => program(ctx, &request, &control),
            Err(thrown) => {
                fail(ctx, &control, thrown);
                conclude(ctx, &control)
            }
        };
        if let Ok(host) = host(ctx) {
            let _ = host.output.borrow_mut().flush();
        }
        outcome
    });
    if !tear_down {
        // The process is about to end, and the system takes everything back at once.
        std::mem::forget(runtime);
    }
    outcome.unwrap_or(Outcome { exit_code: 1, ended: Ended::Uncaught })
}

/// Makes the global object what programs expect.
fn start(ctx: &mut Ctx, setup: Setup, control: Rc<Control>) -> Result<(), Thrown> {
    let internal = ctx.object_with_proto(Val::NULL.as_ref())?;
    let kept = ctx.dup(internal.as_ref());
    let slot = ctx.keep(kept)?;
    let (state, values) = HostState::start(setup, control, slot);
    ctx.set_user::<State>(state);
    ctx.set_stack_reader(|ctx, stack| memory::fix_stack(ctx, stack).unwrap_or_else(|_| stack.to_owned()));
    memory::install(ctx)?;
    let internal = internal.as_ref();
    natives::define(ctx, internal)?;
    parts::define(ctx, internal)?;
    values.define(ctx, internal)?;
    parts::load(ctx, "start", internal)?;
    ctx.set_rejection_tracker(|ctx, promise, reason, handled| {
        let args = [promise, reason, Val::bool(handled).as_ref()].map(|value| ctx.dup(value));
        let [promise, reason, handled] = args;
        if let Err(thrown) = in_loop(ctx, "rejected", &[promise.as_ref(), reason.as_ref(), handled.as_ref()]) {
            drop(ctx.caught(thrown));
        }
    });
    let module = ctx.object()?;
    crate::buffer::install(ctx, module.as_ref())?;
    let global = ctx.global();
    for name in ["Buffer", "atob", "btoa"] {
        let value = ctx.get(module.as_ref(), name)?;
        if !value.as_ref().is_undefined() {
            ctx.define(global.as_ref(), name, value, Flags::METHOD)?;
        }
    }
    ctx.define(internal, "buffer", module, Flags::ALL)?;
    parts::load(ctx, "buffer", internal)?;
    Ok(())
}

/// The main file, the event loop, the end.
fn program(ctx: &mut Ctx, request: &Request, control: &Control) -> Outcome {
    let main = match request {
        Request::File(path) => load_main(ctx, path),
        Request::Source { name, text } => memory::add_source(ctx, name, text.as_str().into()).and_then(|()| {
            let lines = natives::LINES_IN_FRONT;
            ctx.eval_from(&format!("{lines}{text}"), name, natives::FIRST_LINE).map(|_| ())
        }),
    };
    if let Err(thrown) = main {
        fail(ctx, control, thrown);
    }
    if !control.is_over(ctx) {
        events(ctx, control);
    }
    conclude(ctx, control)
}

fn load_main(ctx: &mut Ctx, path: &str) -> Result<(), Thrown> {
    let internal = ctx.slot(host(ctx)?.internal);
    let modules = ctx.get(internal.as_ref(), "modules")?;
    let path = ctx.string(path)?;
    ctx.invoke(modules.as_ref(), "runMain", &[path.as_ref()]).map(|_| ())
}

/// Calls a function of `internal.loop`.
fn in_loop(ctx: &mut Ctx, name: &str, args: &[Ref<'_>]) -> Result<Val, Thrown> {
    let internal = ctx.slot(host(ctx)?.internal);
    let functions = ctx.get(internal.as_ref(), "loop")?;
    ctx.invoke(functions.as_ref(), name, args)
}

/// The same, for those that answer yes or no. An error is dealt with as an uncaught one and answers yes: something ran.
fn ran(ctx: &mut Ctx, control: &Control, name: &str, args: &[Ref<'_>]) -> bool {
    match in_loop(ctx, name, args) {
        Ok(value) => value.as_ref().as_bool() == Some(true),
        Err(thrown) => {
            fail(ctx, control, thrown);
            true
        }
    }
}

/// Runs ticks and promise jobs until there are none, as Node does after every callback.
fn settle(ctx: &mut Ctx, control: &Control) {
    loop {
        while !control.is_over(ctx) && ran(ctx, control, "runTicks", &[]) {}
        let mut any = false;
        while !control.is_over(ctx) {
            match ctx.run_job() {
                Job::None => break,
                Job::Ran => any = true,
                Job::Failed(thrown) => {
                    fail(ctx, control, thrown);
                    any = true;
                }
            }
        }
        if control.is_over(ctx) {
            return;
        }
        if any {
            continue;
        }
        match in_loop(ctx, "unhandled", &[]) {
            Ok(found) if found.as_ref().is_array() => {
                let reason = ctx.get_index(found.as_ref(), 0).unwrap_or(Val::UNDEFINED);
                uncaught(ctx, control, Thrown::Value(reason), Origin::Rejection);
            }
            Ok(_) => return,
            Err(thrown) => fail(ctx, control, thrown),
        }
    }
}

fn events(ctx: &mut Ctx, control: &Control) {
    settle(ctx, control);
    let mut first = true;
    loop {
        if control.is_over(ctx) {
            return;
        }
        let has_timers = ran(ctx, control, "hasTimers", &[]);
        let due = if has_timers { number(ctx, control, "nextDue") } else { -1.0 };
        if due < 0.0 {
            if control.is_over(ctx) {
                return;
            }
            if !ran(ctx, control, "emit", &[text(ctx, "beforeExit").as_ref(), Val::int(0).as_ref()]) {
                return;
            }
            settle(ctx, control);
            let again = ran(ctx, control, "hasTimers", &[]) && number(ctx, control, "nextDue") >= 0.0;
            if !again {
                return;
            }
            continue;
        }
        // The first time, timers of the shortest delay count as due: whether a millisecond has gone by is chance.
        let Some(mut now) = elapsed(ctx) else { return };
        if std::mem::take(&mut first) {
            now += 1.0;
        }
        let now = Val::number(now);
        while !control.is_over(ctx) && ran(ctx, control, "runTimer", &[now.as_ref()]) {
            settle(ctx, control);
        }
        let _ = in_loop(ctx, "startRound", &[]);
        while !control.is_over(ctx) && ran(ctx, control, "runImmediate", &[]) {
            settle(ctx, control);
        }
        let due = number(ctx, control, "nextDue");
        if due > 0.0 && !control.is_over(ctx) {
            sleep_until(ctx, control, due);
        }
    }
}

fn number(ctx: &mut Ctx, control: &Control, name: &str) -> f64 {
    match in_loop(ctx, name, &[]) {
        Ok(value) => value.as_ref().as_number().unwrap_or(-1.0),
        Err(thrown) => {
            fail(ctx, control, thrown);
            -1.0
        }
    }
}

fn text(ctx: &Ctx, text: &str) -> Val {
    ctx.string(text).unwrap_or(Val::UNDEFINED)
}

/// Milliseconds since the start.
fn elapsed(ctx: &Ctx) -> Option<f64> {
    host(ctx).ok().map(|host| host.started.elapsed().as_secs_f64() * 1000.0)
}

/// Sleeps until `due` milliseconds after the start, a signal, or the deadline.
fn sleep_until(ctx: &Ctx, control: &Control, due: f64) {
    let Ok(host) = host(ctx) else { return };
    // What was printed so far should be seen while nothing happens.
    let _ = host.output.borrow_mut().flush();
    // Timers are due on whole milliseconds.
    let until = host.started + Duration::from_secs_f64(due.max(0.0) / 1000.0);
    let until = control.deadline().map_or(until, |deadline| deadline.min(until));
    while !control.is_over(ctx) {
        let now = Instant::now();
        if now >= until {
            return;
        }
        std::thread::sleep(NAP.min(until - now));
    }
}

/// Whether an error came out of a promise that nothing handles.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Thrown,
    Rejection,
}

/// An error that nothing caught: the program may handle it, else it is printed and the run ends with code 1.
fn fail(ctx: &mut Ctx, control: &Control, thrown: Thrown) {
    uncaught(ctx, control, thrown, Origin::Thrown);
}

/// What Node exits with when the program's handler of uncaught errors fails itself.
const HANDLER_FAILED: i32 = 7;

fn uncaught(ctx: &mut Ctx, control: &Control, thrown: Thrown, origin: Origin) {
    let error = ctx.caught(thrown);
    // The end of the run unwinds the stack in the same way.
    if control.is_over(ctx) {
        return;
    }
    let rejection = Val::bool(origin == Origin::Rejection);
    match in_loop(ctx, "uncaught", &[error.as_ref(), rejection.as_ref()]) {
        Ok(value) if value.as_ref().as_bool() == Some(true) => return,
        Ok(_) => {}
        Err(thrown) => {
            let error = ctx.caught(thrown);
            if !control.is_over(ctx) {
                report(ctx, error.as_ref());
                control.end(ctx, Ended::Uncaught, HANDLER_FAILED);
            }
            return;
        }
    }
    if control.is_over(ctx) {
        return;
    }
    report(ctx, error.as_ref());
    leave(ctx, control, 1, true);
    let code = exit_code(ctx).unwrap_or(1);
    control.end(ctx, Ended::Uncaught, code);
}

/// What is printed for an uncaught error.
fn explain(ctx: &mut Ctx, error: Ref<'_>) -> String {
    let shown = host(ctx).map(|host| host.internal).and_then(|slot| {
        let internal = ctx.slot(slot);
        let uncaught = ctx.get(internal.as_ref(), "uncaught")?;
        ctx.invoke(uncaught.as_ref(), "text", &[error])
    });
    let shown = match shown {
        Ok(shown) => ctx.as_utf8(shown.as_ref()).map(|text| text.to_owned()),
        Err(thrown) => {
            drop(ctx.caught(thrown));
            None
        }
    };
    shown.unwrap_or_else(|| {
        // Printing it failed too (out of memory, say): the plain text has to do.
        match ctx.to_utf8(error) {
            Ok(text) => format!("Uncaught {}\n", &*text),
            Err(thrown) => {
                drop(ctx.caught(thrown));
                "Uncaught error\n".to_owned()
            }
        }
    })
}

/// `process.on('exit')`. False if a listener failed, which is printed.
fn leave(ctx: &mut Ctx, control: &Control, code: i32, uncaught: bool) -> bool {
    let args = [Val::int(code), Val::bool(uncaught)];
    let Err(thrown) = in_loop(ctx, "exit", &[args[0].as_ref(), args[1].as_ref()]) else { return true };
    let error = ctx.caught(thrown);
    if control.ended().is_none() {
        report(ctx, error.as_ref());
    }
    false
}

/// Prints an uncaught error.
fn report(ctx: &mut Ctx, error: Ref<'_>) {
    let message = explain(ctx, error);
    if let Ok(host) = host(ctx) {
        let _ = host.output.borrow_mut().err(message.as_bytes());
    }
}

/// `process.exitCode`
fn exit_code(ctx: &mut Ctx) -> Option<i32> {
    let code = in_loop(ctx, "exitCode", &[]).ok()?;
    code.as_ref().as_number().map(|code| code as i32)
}

/// The end of a run that nothing ended before.
fn conclude(ctx: &mut Ctx, control: &Control) -> Outcome {
    if control.ended().is_none() {
        let code = exit_code(ctx).unwrap_or(0);
        if !leave(ctx, control, code, false) {
            control.end(ctx, Ended::Uncaught, 1);
        }
    }
    let code = exit_code(ctx).unwrap_or(0);
    control.end(ctx, Ended::Finished, code);
    let (ended, exit_code) = control.ended().unwrap_or((Ended::Finished, code));
    Outcome { exit_code, ended }
}
