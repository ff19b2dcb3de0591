//! `plimsoll audit -- node …`, `--pid N` and `ws://…`: Node programs that run.

use crate::args::Audit;
use crate::audit::{judge, numbered, page, present, print, relative, text_options};
use crate::progress::Bar;
use crate::signals::stop_flag;
use plimsoll_report::{Report, Source, size};
use plimsoll_v8::holders::{self, Seen, Sites};
use plimsoll_v8::live::{self, Launch, Limits, Program, Session};
use plimsoll_v8::{Graph, Heap};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

fn limits(args: &Audit) -> Limits {
    Limits { allow_remote: args.allow_remote, ..Limits::default() }
}

/// Starts a program, and audits it at its end.
#[cfg(unix)]
pub(crate) fn start(args: &Audit, command: OsString, arguments: Vec<OsString>) -> i32 {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGKILL, SIGTERM};
    use std::os::unix::process::ExitStatusExt as _;
    use std::sync::atomic::AtomicUsize;

    let named = command.to_string_lossy().into_owned();
    let mut launch = Launch::new(command, arguments).limits(limits(args));
    if let Some(every) = args.every {
        launch = launch.every(every);
    }
    if args.json {
        launch = launch.output_to_stderr();
    }
    // The signal to pass on, and whether there was one.
    let (stop, asked): (Arc<AtomicUsize>, Arc<AtomicBool>) = Default::default();
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        let value = usize::try_from(signal).unwrap_or(0);
        let registered = signal_hook::flag::register_usize(signal, Arc::clone(&stop), value)
            .and_then(|_| signal_hook::flag::register(signal, Arc::clone(&asked)));
        if let Err(error) = registered {
            eprintln!("plimsoll: signals cannot be caught: {error}");
            return 1;
        }
    }
    if let Some(lasting) = args.lasting {
        let (stop, asked) = (Arc::clone(&stop), Arc::clone(&asked));
        thread::spawn(move || {
            thread::sleep(lasting);
            asked.store(true, Ordering::Relaxed);
            stop.store(usize::try_from(SIGTERM).unwrap_or(0), Ordering::Relaxed);
        });
    }
    let launch = launch.stop(Arc::clone(&stop));
    let launch = if args.lasting.is_some() { launch.grace(GRACE) } else { launch };
    let over = Arc::new(AtomicBool::new(false));
    tell_when_waiting(
        Arc::clone(&asked),
        Arc::clone(&over),
        "it audits the program, and waits for it to end; the third signal kills it",
    );
    let mut looked: HashMap<u32, Vec<Taken>> = HashMap::new();
    let ended = if args.deep {
        // A second signal interrupts the snapshot, and is passed on as well.
        let stop = Stop { asked: &|| stop.load(Ordering::Relaxed) != 0, forget: &|| {} };
        let mut saved = 0;
        launch.run_with(&mut |program: &Program, session: &mut Session| {
            let name = name(program);
            let taken = looked.entry(program.pid).or_default();
            if is_package_manager(program) {
                taken.push(Taken { called: None, report: session.quick()?.report(&name) });
                return Ok(());
            }
            saved += 1;
            let save = args.save.as_deref().map(|file| numbered(file, saved));
            look_at_threads(args, &name, session, save.as_deref(), &stop, &mut |one| {
                taken.push(one);
                true
            })?
            .map_err(|what| io::Error::other(what).into())
        })
    } else {
        launch.run()
    };
    over.store(true, Ordering::Relaxed);
    let ended = match ended {
        Ok(ended) => ended,
        Err(error) => return failed(&error),
    };
    // Ended from outside, as asked: the audit is done.
    let as_asked = asked.load(Ordering::Relaxed) && matches!(ended.status.signal(), Some(SIGINT | SIGTERM | SIGKILL));
    let code = ended.status.code().unwrap_or(i32::from(!as_asked));
    if let Some(signal) = ended.status.signal().filter(|_| !as_asked) {
        let name =
            signal_hook::low_level::signal_name(signal).map_or_else(|| format!("signal {signal}"), str::to_owned);
        eprintln!("plimsoll: {named} was ended by {name}");
    }
    if ended.programs.is_empty() {
        eprintln!("plimsoll: no Node program was audited: {named} opened no inspector, and started none that did");
        return code.max(1);
    }
    if ended.left_out > 0 {
        let (es, were) = if ended.left_out == 1 { ("", "was") } else { ("es", "were") };
        eprintln!(
            "plimsoll: {} more Node process{es} {were} started and left out of the audit: only those with the program's own standard \
             error are audited, and not those of spawnSync",
            ended.left_out
        );
    }
    let mut found = Vec::new();
    let mut lost = false;
    for program in ended.programs {
        let name = name(&program);
        let heading = heading(&program);
        let own = is_package_manager(&program);
        if program.looked {
            let mut peak = program.peak;
            for Taken { called, mut report } in looked.remove(&program.pid).unwrap_or_default() {
                // The main thread's.
                if let Some(peak) = peak.take() {
                    report = report.with_peak(peak);
                }
                let heading = called.map_or(heading.clone(), |called| format!("{heading}, {called}"));
                found.push(Found { heading, report, own });
            }
            continue;
        }
        if let Some(problem) = program.problem.as_ref().filter(|_| program.last.is_none() || args.deep) {
            eprintln!("plimsoll: {name}: no audit: {problem}");
        }
        let Some(audit) = program.last else {
            lost = true;
            continue;
        };
        if program.stale {
            eprintln!("plimsoll: {name}: this is the last sample, for the program gave no time for another");
        }
        say_problems(&audit);
        let mut report = audit.report(&name);
        if let Some(peak) = program.peak {
            report = report.with_peak(peak);
        }
        found.push(Found { heading, report, own });
    }
    present_all(args, found, code.max(i32::from(lost && code == 0)))
}

/// One report of a run, and whose it is.
#[cfg(unix)]
struct Found {
    heading: String,
    report: Report,
    /// It is the package manager's own, which nobody asked for.
    own: bool,
}

/// Each report with a heading, if there are several; the package manager's last. The exit code, unless there is one already.
#[cfg(unix)]
fn present_all(args: &Audit, mut found: Vec<Found>, mut code: i32) -> i32 {
    found.sort_by_key(|one| one.own);
    let alone = found.len() == 1;
    let others = found.iter().any(|one| !one.own);
    let mut worth = false;
    for (number, Found { heading, report, own }) in (1..).zip(&found) {
        let folded = *own && others;
        if folded && !args.json {
            let (held, frees) = (size(report.totals.gross), size(report.frees()));
            if !print(&format!("\n{heading}: held {held}, would free {frees}\n")) {
                return code.max(1);
            }
            continue;
        }
        let before = if alone { "\n".to_owned() } else { format!("\n{heading}:\n") };
        let shown = present(report, args, &before, number);
        worth |= !folded && is_worth_a_hint(report);
        if code == 0 {
            code = if shown != 0 || folded { shown } else { judge(report, args.fail_over) };
        }
    }
    if worth {
        hint(args);
    }
    code
}

/// How a program is called in its report: by its script.
#[cfg(unix)]
fn name(program: &Program) -> String {
    if program.script.is_empty() { "node".to_owned() } else { program.script.clone() }
}

/// Such as `node server.js (pid 4711)`.
#[cfg(unix)]
fn heading(program: &Program) -> String {
    let script = Path::new(&program.script);
    let folder = std::env::current_dir().unwrap_or_default();
    let script = script.strip_prefix(folder).unwrap_or(script).display().to_string();
    format!("{} (pid {})", format!("node {script}").trim_end(), program.pid)
}

/// Whether the program is npm or its like, which only starts another.
#[cfg(unix)]
fn is_package_manager(program: &Program) -> bool {
    const NAMES: [&str; 8] = ["npm", "npx", "npm-cli.js", "npx-cli.js", "pnpm", "pnpm.cjs", "yarn", "yarn.js"];
    let name = Path::new(&program.script).file_name().unwrap_or_default();
    NAMES.iter().any(|known| name == *known)
}

#[cfg(not(unix))]
pub(crate) fn start(_: &Audit, _: OsString, _: Vec<OsString>) -> i32 {
    eprintln!(
        "plimsoll: programs are started on Unix only: start it with --inspect, and give the ws:// address that it prints"
    );
    1
}

/// Audits the process with this number, whose inspector is opened if need be.
#[cfg(unix)]
pub(crate) fn attach_to(args: &Audit, pid: u32) -> i32 {
    let open = || {
        let process = live::Process::find(pid, &limits(args))?;
        match process.address()? {
            Some(address) => Ok(Some((address, false))),
            None if args.yes
                || agreed(&format!(
                    "process {pid} gets SIGUSR1, which opens its inspector until it is closed again"
                )) =>
            {
                process.open().map(|address| Some((address, true)))
            }
            None => Ok(None),
        }
    };
    match open() {
        Ok(Some((address, opened))) => attach(args, &address, &format!("process {pid}"), opened),
        Ok(None) => {
            eprintln!("plimsoll: nothing was done; --yes answers for you");
            1
        }
        Err(error) => {
            let code = failed(&error);
            if matches!(error, live::Error::Silent { .. }) {
                eprintln!(
                    "plimsoll: it may listen for SIGUSR1 itself, or another program has the port 9229: \
                     start it with --inspect-port=0, or give the address of its inspector, ws://HOST:PORT"
                );
            }
            code
        }
    }
}

#[cfg(not(unix))]
pub(crate) fn attach_to(_: &Audit, pid: u32) -> i32 {
    eprintln!("plimsoll: process {pid}: start it with --inspect, and give the ws:// address that it prints");
    1
}

/// Audits the program behind an inspector's address, which the report calls by this name. If its inspector was opened for this, it is
/// closed again, however the audit ends.
pub(crate) fn attach(args: &Audit, address: &str, name: &str, opened: bool) -> i32 {
    let stop = match stop_flag() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("plimsoll: signals cannot be caught: {error}");
            return 1;
        }
    };
    let over = Arc::new(AtomicBool::new(false));
    let waits = if opened {
        "it waits until the program answers, to close its inspector again; another signal ends it at once"
    } else {
        "it waits until the program answers; another signal ends it at once"
    };
    tell_when_waiting(Arc::clone(&stop), Arc::clone(&over), waits);
    let audited = Session::connect(address, &limits(args)).and_then(|mut session| {
        let audited = if args.deep || args.sites.is_some() {
            deep(args, name, &mut session, &stop)
        } else {
            quick(args, name, &mut session, &stop)
        };
        if opened {
            session.close_inspector();
        }
        audited
    });
    over.store(true, Ordering::Relaxed);
    audited.unwrap_or_else(|error| failed(&error))
}

/// Says what is waited for, if a signal was caught and little happens.
fn tell_when_waiting(stop: Arc<AtomicBool>, over: Arc<AtomicBool>, what: &'static str) {
    thread::spawn(move || {
        let mut caught = None;
        while !over.load(Ordering::Relaxed) {
            thread::sleep(TICK);
            if !stop.load(Ordering::Relaxed) {
                caught = None;
            } else if caught.get_or_insert_with(Instant::now).elapsed() >= PROMPT {
                eprintln!("plimsoll: {what}");
                return;
            }
        }
    });
}

fn failed(error: &live::Error) -> i32 {
    match error {
        live::Error::Remote { .. } => eprintln!("plimsoll: {error} (--allow-remote)"),
        _ => eprintln!("plimsoll: {error}"),
    }
    if matches!(error, live::Error::Address { .. }) { 2 } else { 1 }
}

/// From here on it is worth knowing what keeps it.
const WORTH_FREEING: u64 = 64 << 10;
const WORTH_HOLDING: u64 = 1 << 20;

fn is_worth_a_hint(report: &Report) -> bool {
    report.frees() >= WORTH_FREEING || report.totals.gross >= WORTH_HOLDING
}

/// What to do next, below the report of a quick audit.
fn hint(args: &Audit) {
    if !args.json && !args.deep {
        let _ = print("\n`--deep` names what keeps them, and the lines.\n");
    }
}

fn quick(args: &Audit, name: &str, session: &mut Session, stop: &AtomicBool) -> Result<i32, live::Error> {
    let heap = session.heap_used()?;
    if !args.yes && heap / QUICK_SPEED >= PATIENCE {
        let cost =
            format!("the program will stand still for about {} s (its heap has {})", heap / QUICK_SPEED, size(heap));
        if !io::stdin().is_terminal() {
            eprintln!("plimsoll: {cost}");
        } else if !agreed(&cost) {
            eprintln!("plimsoll: nothing was done; --yes answers for you");
            return Ok(1);
        }
    }
    let times = if args.every.is_some() { args.times } else { Some(1) };
    let of = times.map_or_else(String::new, |times| format!(" of {times}"));
    let every = args.every.unwrap_or_default();
    let start = Instant::now();
    let mut next = start;
    let (mut first, mut last): (Option<Report>, Option<Report>) = (None, None);
    for number in 1_u32.. {
        let at = start.elapsed();
        let audit = match session.quick() {
            Err(error) if error.is_end() && last.is_some() => return Ok(ended_after(args, number - 1, &of, last)),
            audit => audit?,
        };
        say_problems(&audit);
        let report = audit.report(name);
        let heading = if args.every.is_some() {
            format!("audit {number}{of}, at {:.1} s", at.as_secs_f64())
        } else {
            String::new()
        };
        let shown = match &first {
            Some(first) => {
                let growth = report.since(first);
                let text = format!("\n{heading}, since the first:\n{}", growth.text(&text_options(args)));
                let whole = report.clone().with_growth(growth);
                if args.json {
                    present(&whole, args, "", 1)
                } else if print(&text) {
                    page(&whole, args, 1)
                } else {
                    1
                }
            }
            None => {
                let before = if heading.is_empty() { heading } else { heading + ":\n" };
                let shown = present(&report, args, &before, 1);
                if shown == 0 && is_worth_a_hint(&report) {
                    hint(args);
                }
                shown
            }
        };
        let done = |report: &Report| Ok(if shown == 0 { judge(report, args.fail_over) } else { shown });
        let (stopped, enough) = (|| stop.load(Ordering::Relaxed), Some(number) == times || shown != 0);
        if enough || stopped() {
            return done(&report);
        }
        first.get_or_insert_with(|| report.clone());
        next = next.checked_add(every).unwrap_or(next);
        while !stopped() && Instant::now() < next {
            match session.wait(next.saturating_duration_since(Instant::now()).min(TICK)) {
                Err(error) if error.is_end() => return Ok(ended_after(args, number, &of, Some(report))),
                waited => waited?,
            }
        }
        if stopped() {
            return done(&report);
        }
        last = Some(report);
    }
    Ok(0)
}

/// The program has ended: what there is must do.
fn ended_after(args: &Audit, audits: u32, of: &str, last: Option<Report>) -> i32 {
    let s = if audits == 1 && of.is_empty() { "" } else { "s" };
    eprintln!("plimsoll: the program ended after {audits}{of} audit{s}");
    last.map_or(1, |report| judge(&report, args.fail_over))
}

/// Bytes of a heap that a quick audit goes through in a second, and the seconds that nobody is asked for.
const QUICK_SPEED: u64 = 60 << 20;
const PATIENCE: u64 = 2;

/// How long a program may go on after `--for`.
const GRACE: Duration = Duration::from_secs(10);

/// After a signal something happens within this time, or it is said what is waited for.
const PROMPT: Duration = Duration::from_secs(1);

/// How often a signal is looked for.
const TICK: Duration = Duration::from_millis(50);

fn say_problems(audit: &live::Audit) {
    for isolate in &audit.isolates {
        if let Some(problem) = &isolate.problem {
            eprintln!("plimsoll: {} could not be asked: {problem}", isolate.name);
        }
    }
}

/// Roughly what a snapshot of a heap costs: bytes of memory in the program for each of the heap, and how many of those a second.
const MEMORY: u64 = 10;
const SPEED: u64 = 12 << 20;

/// A snapshot of the main thread, and of each worker after it.
fn deep(args: &Audit, name: &str, session: &mut Session, stop: &AtomicBool) -> Result<i32, live::Error> {
    let heap = session.heap_used()?;
    let cost = format!(
        "the program will stand still for about {} s and need about {} more memory (its heap has {})",
        (heap / SPEED).max(1) * if args.sites.is_some() { 2 } else { 1 },
        size(heap.saturating_mul(MEMORY)),
        size(heap)
    );
    if !args.yes && heap > 64 << 20 && !agreed(&cost) {
        eprintln!("plimsoll: nothing was done; --yes answers for you");
        return Ok(1);
    }
    let mut code = 0;
    let mut pages = 0;
    let looked = look_at_threads(
        args,
        name,
        session,
        args.save.as_deref(),
        &Stop { asked: &|| stop.load(Ordering::Relaxed), forget: &|| stop.store(false, Ordering::Relaxed) },
        &mut |Taken { called, report }| {
            pages += 1;
            let before = called.map_or_else(String::new, |called| {
                format!("{}{name}, {called}:\n", if pages == 1 { "" } else { "\n" })
            });
            let shown = present(&report, args, &before, pages);
            if code == 0 {
                code = if shown == 0 { judge(&report, args.fail_over) } else { shown };
            }
            shown == 0
        },
    )?;
    Ok(looked.map_or_else(|what| problem(&what), |()| code))
}

/// Whether somebody wants the audit to end, and how to forget it.
struct Stop<'a> {
    asked: &'a dyn Fn() -> bool,
    forget: &'a dyn Fn(),
}

/// What a deep audit found in one thread.
struct Taken {
    /// The thread, if there are several.
    called: Option<String>,
    report: Report,
}

/// The main thread, and each worker after it. `each` says whether to go on.
fn look_at_threads(
    args: &Audit,
    name: &str,
    session: &mut Session,
    save: Option<&Path>,
    stop: &Stop<'_>,
    each: &mut dyn FnMut(Taken) -> bool,
) -> Result<Result<(), String>, live::Error> {
    let mut watched = match args.sites {
        Some(time) => match watch(session, time, stop)? {
            Ok(watched) => watched,
            Err(what) => return Ok(Err(what)),
        },
        None => Vec::new(),
    };
    let threads = session.threads()?;
    for (number, thread) in threads.iter().enumerate() {
        // The file is for one snapshot: the main thread's.
        let save = save.filter(|_| number == 0);
        // A worker that started later was not watched.
        let sites = watched.iter().position(|(watched, _)| watched == thread).map(|at| watched.swap_remove(at).1);
        let looked = look_deeply(session, thread, sites, save, stop);
        let mut report = match looked {
            Err(error) if number == 0 => return Err(error),
            Ok(Err(what)) if number == 0 => return Ok(Err(what)),
            // A worker may have ended meanwhile.
            Err(error) => {
                eprintln!("plimsoll: {} could not be asked: {error}", thread.name());
                continue;
            }
            Ok(Err(what)) => {
                eprintln!("plimsoll: {}: {what}", thread.name());
                continue;
            }
            Ok(Ok(found)) => relative(found),
        };
        let called = (threads.len() > 1).then(|| thread.name().to_owned());
        report.source =
            Source::node(called.as_ref().map_or_else(|| name.to_owned(), |called| format!("{name}, {called}")));
        if !each(Taken { called, report }) {
            break;
        }
    }
    Ok(Ok(()))
}

fn look_deeply(
    session: &mut Session,
    thread: &live::Thread,
    sites: Option<Sites>,
    save: Option<&Path>,
    stop: &Stop<'_>,
) -> Result<Result<Report, String>, live::Error> {
    let mut deep = session.deep(thread)?;
    let rows = deep.rows.clone();
    let mut bar = Bar::new("snapshot");
    let mut heap = match receive(&mut deep, save, &mut bar, stop) {
        Ok(heap) => heap,
        Err(error) => return Ok(Err(error)),
    };
    let array = deep.array();
    drop(deep);
    let Some(mut seen) = array.and_then(|array| Seen::join(&mut heap, array, &rows)) else {
        return Ok(Err("the views that were pinned are not in the snapshot".into()));
    };
    if let Some(sites) = sites {
        seen = seen.with_sites(sites);
    }
    let graph = Graph::of(&mut heap);
    Ok(Ok(holders::report(&heap, &graph, &seen, Source::node("")).report))
}

/// What was watched of each thread.
type Watched = Vec<(live::Thread, Sites)>;

/// Has the program's allocations noted for so long, or until Ctrl-C: where each thread made what it keeps.
fn watch(session: &mut Session, time: Duration, stop: &Stop<'_>) -> Result<Result<Watched, String>, live::Error> {
    let mut threads = session.threads()?;
    for (number, thread) in threads.iter().enumerate() {
        match session.track(thread) {
            Err(error) if number > 0 && !error.is_end() => {
                eprintln!("plimsoll: {} could not be watched: {error}", thread.name());
            }
            tracked => tracked?,
        }
    }
    eprintln!("plimsoll: the program is watched for {time:?}, and runs slower meanwhile; Ctrl-C ends that early");
    let (start, mut bar) = (Instant::now(), Bar::new(""));
    while !(stop.asked)() {
        let left = time.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        bar.say(&format!("watching, {} s left", left.as_secs() + 1));
        session.wait(left.min(Duration::from_millis(100)))?;
    }
    // From here on Ctrl-C interrupts the audit.
    (stop.forget)();
    let alive = session.threads()?;
    threads.retain(|thread| alive.contains(thread));
    let mut watched = Vec::new();
    for (number, thread) in threads.into_iter().enumerate() {
        let heap = match session.sites(&thread) {
            Ok(mut stacks) => receive(&mut stacks, None, &mut Bar::new("stacks"), stop),
            Err(error) if number == 0 => return Err(error),
            Err(error) => Err(error.to_string()),
        };
        match heap {
            Ok(heap) => watched.push((thread, Sites::of(&heap))),
            Err(what) if number == 0 => return Ok(Err(what)),
            Err(what) => eprintln!("plimsoll: {}: {what}", thread.name()),
        }
    }
    Ok(Ok(watched))
}

fn problem(what: &str) -> i32 {
    eprintln!("plimsoll: {what}");
    1
}

/// Takes a snapshot in. The parser reads on another thread what the inspector sends on this one.
fn receive(deep: &mut live::Deep<'_>, save: Option<&Path>, bar: &mut Bar, stop: &Stop<'_>) -> Result<Heap, String> {
    let (send, receive) = sync_channel(16);
    let reading = thread::spawn(move || {
        let source = plimsoll_v8::Source::from_reader(Pieces { receive, piece: Vec::new(), read: 0 })?;
        Heap::read(source, &mut ())
    });
    let copied = copy(deep, &send, save, bar, stop);
    drop(send);
    bar.say("working out what is retained");
    match (copied, reading.join()) {
        (Ok(()), Ok(Ok(heap))) => Ok(heap),
        (Err(error), _) => Err(error),
        (_, Ok(Err(error))) => Err(format!("the snapshot: {error}")),
        (_, Err(_)) => Err("the snapshot could not be read".into()),
    }
}

/// Passes the snapshot on to the parser, and to a file if it is to be kept.
fn copy(
    deep: &mut live::Deep<'_>,
    send: &SyncSender<Vec<u8>>,
    save: Option<&Path>,
    bar: &mut Bar,
    stop: &Stop<'_>,
) -> Result<(), String> {
    let failed = |error: io::Error| error.to_string();
    let mut file = match save {
        Some(file) => Some(File::create(file).map_err(|error| format!("{}: {error}", file.display()))?),
        None => None,
    };
    let mut done = 0;
    loop {
        let mut piece = vec![0; 1 << 20];
        let len = deep.read(&mut piece).map_err(failed)?;
        if (stop.asked)() {
            return Err("the snapshot was interrupted".into());
        }
        if len == 0 {
            return Ok(());
        }
        piece.truncate(len);
        done += len as u64;
        bar.at(done, None);
        if let Some(file) = &mut file {
            file.write_all(&piece).map_err(failed)?;
        }
        // When the parser has given up, it says why.
        let _ = send.send(piece);
    }
}

/// What comes through a channel, as a reader.
struct Pieces {
    receive: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    read: usize,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            match self.receive.recv() {
                Ok(piece) => (self.piece, self.read) = (piece, 0),
                Err(_) => return Ok(0),
            }
        }
        let len = into.len().min(self.piece.len() - self.read);
        into[..len].copy_from_slice(&self.piece[self.read..self.read + len]);
        self.read += len;
        Ok(len)
    }
}

/// Asks, if there is somebody to ask.
fn agreed(what: &str) -> bool {
    if !io::stdin().is_terminal() {
        eprintln!("plimsoll: {what}");
        return false;
    }
    eprint!("plimsoll: {what}. Go on? [y/N] ");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}
