//! `plimsoll audit -- node …`, `--pid N` and `ws://…`: Node programs that run.

use crate::args::Audit;
use crate::audit::{judge, present, print, relative, text_options};
use crate::progress::Bar;
use crate::signals::stop_flag;
use plimsoll_report::{Report, Source, size};
use plimsoll_v8::holders::{self, Seen, Sites};
use plimsoll_v8::live::{self, Launch, Limits, Session};
use plimsoll_v8::{Graph, Heap};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::Path;
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
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::os::unix::process::ExitStatusExt as _;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

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
    let ended = match launch.stop(stop).run() {
        Ok(ended) => ended,
        Err(error) => {
            eprintln!("plimsoll: {error}");
            return 1;
        }
    };
    // Ended from outside, as asked: the audit is done.
    let as_asked = asked.load(Ordering::Relaxed) && matches!(ended.status.signal(), Some(SIGINT | SIGTERM));
    let mut code = ended.status.code().unwrap_or(i32::from(!as_asked));
    for program in ended.programs {
        let name = if program.script.is_empty() { "node".to_owned() } else { program.script };
        let Some(audit) = program.last else {
            eprintln!("plimsoll: {name}: no audit: {}", program.problem.unwrap_or_default());
            code = code.max(1);
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
        let shown = present(&report, args, "\n");
        if code == 0 {
            code = if shown == 0 { judge(&report, args.fail_over) } else { shown };
        }
    }
    code
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
                     start it with --inspect-port=0"
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
    audited.unwrap_or_else(|error| failed(&error))
}

fn failed(error: &live::Error) -> i32 {
    eprintln!("plimsoll: {error}");
    1
}

fn quick(args: &Audit, name: &str, session: &mut Session, stop: &AtomicBool) -> Result<i32, live::Error> {
    let mut first: Option<Report> = None;
    let mut left = if args.every.is_some() { args.times.unwrap_or(u32::MAX) } else { 1 };
    let mut next = Instant::now();
    loop {
        let audit = session.quick()?;
        say_problems(&audit);
        let report = audit.report(name);
        let shown = match &first {
            Some(first) => {
                let growth = report.since(first);
                if args.json {
                    present(&report.clone().with_growth(growth), args, "")
                } else {
                    i32::from(!print(&format!("\nsince the first:\n{}", growth.text(&text_options(args)))))
                }
            }
            None => present(&report, args, ""),
        };
        left = left.saturating_sub(1);
        next += args.every.unwrap_or_default();
        while left > 0 && shown == 0 && !stop.load(Ordering::Relaxed) && Instant::now() < next {
            session.wait(next.saturating_duration_since(Instant::now()).min(TICK))?;
        }
        if left == 0 || shown != 0 || stop.load(Ordering::Relaxed) {
            return Ok(if shown == 0 { judge(&report, args.fail_over) } else { shown });
        }
        first.get_or_insert(report);
    }
}

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
    let threads = session.threads()?;
    let mut code = 0;
    for (number, thread) in threads.iter().enumerate() {
        let looked = look_deeply(args, session, thread, number == 0, stop);
        let report = match looked {
            Err(error) if number == 0 => return Err(error),
            Ok(Err(what)) if number == 0 => return Ok(problem(&what)),
            // A worker may have ended meanwhile.
            Err(error) => {
                eprintln!("plimsoll: {} could not be asked: {error}", thread.name());
                continue;
            }
            Ok(Err(what)) => {
                eprintln!("plimsoll: {}: {what}", thread.name());
                continue;
            }
            Ok(Ok(found)) => found,
        };
        let called = if threads.len() > 1 { format!("{name}, {}", thread.name()) } else { name.to_owned() };
        let mut report = relative(report);
        report.source = Source::node(&called);
        let before = if threads.len() > 1 {
            format!("{}{called}:\n", if number == 0 { "" } else { "\n" })
        } else {
            String::new()
        };
        let shown = present(&report, args, &before);
        if code == 0 {
            code = if shown == 0 { judge(&report, args.fail_over) } else { shown };
        }
    }
    Ok(code)
}

fn look_deeply(
    args: &Audit,
    session: &mut Session,
    thread: &live::Thread,
    main: bool,
    stop: &AtomicBool,
) -> Result<Result<Report, String>, live::Error> {
    let sites = match args.sites.filter(|_| main) {
        Some(time) => {
            watch(session, thread, time, stop)?;
            match receive(&mut session.sites(thread)?, None, &mut Bar::new("stacks"), stop) {
                Ok(heap) => Some(Sites::of(&heap)),
                Err(error) => return Ok(Err(error)),
            }
        }
        None => None,
    };
    let mut deep = session.deep(thread)?;
    let rows = deep.rows.clone();
    let mut bar = Bar::new("snapshot");
    // The file is for one snapshot: the main thread's.
    let mut heap = match receive(&mut deep, args.save.as_deref().filter(|_| main), &mut bar, stop) {
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

/// Has the program's allocations noted for so long, or until Ctrl-C.
fn watch(session: &mut Session, thread: &live::Thread, time: Duration, stop: &AtomicBool) -> Result<(), live::Error> {
    session.track(thread)?;
    eprintln!("plimsoll: the program is watched for {time:?}, and runs slower meanwhile; Ctrl-C ends that early");
    let (start, mut bar) = (Instant::now(), Bar::new(""));
    while !stop.load(Ordering::Relaxed) {
        let left = time.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        bar.say(&format!("watching, {} s left", left.as_secs() + 1));
        session.wait(left.min(Duration::from_millis(100)))?;
    }
    // From here on Ctrl-C interrupts the audit.
    stop.store(false, Ordering::Relaxed);
    Ok(())
}

fn problem(what: &str) -> i32 {
    eprintln!("plimsoll: {what}");
    1
}

/// Takes a snapshot in. The parser reads on another thread what the inspector sends on this one.
fn receive(deep: &mut live::Deep<'_>, save: Option<&Path>, bar: &mut Bar, stop: &AtomicBool) -> Result<Heap, String> {
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
    stop: &AtomicBool,
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
        if stop.load(Ordering::Relaxed) {
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
