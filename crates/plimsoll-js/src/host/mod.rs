//! Runs a program: modules, event loop, errors, output.

mod control;
mod fs;
mod input;
mod natives;
mod output;
mod parts;
mod run;

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use plimsoll::audit;

use crate::memory::{Memory, Sources};
use crate::raw::{Ctx, Flags, Ref, Slot, Thrown, Val};
use crate::state::State;
use control::{Control, Signals};
use input::Input;
use output::Output;

/// The version of Node whose behaviour the host follows, as in `process.versions.node`.
pub const NODE_VERSION: &str = "25.8.1";

/// How a program is run. [`Options::default`] is a plain run on the process's own streams.
pub struct Options {
    /// Watch every store and view, and keep the main file's top-level bindings alive until the end.
    ///
    /// This sets the engine's audit mode for the whole process.
    pub audit: bool,
    /// What follows the file in `process.argv`.
    pub args: Vec<String>,
    /// `process.execPath` and `process.argv[0]`. Empty: the running executable.
    pub exec_path: String,
    /// Where `console.log` and `process.stdout` write. Written in large pieces, and whenever the program waits.
    pub stdout: Box<dyn Write + Send>,
    /// Where `console.error`, `process.stderr` and messages about uncaught errors go.
    pub stderr: Box<dyn Write + Send>,
    /// Ends the run after this time, counted from the start of the program. A program that sits in a call that cannot be woken
    /// (it opened a pipe that nobody writes to, say) is left behind ten seconds later, on a thread that goes on: the exit
    /// code is 1, and `before_end` has not run.
    pub time_limit: Option<Duration>,
    /// Ends the run soon after it becomes true. A signal handler may set it.
    pub stop: Option<Arc<AtomicBool>>,
    /// Bytes of stack that a script's calls may use, before they fail with a `RangeError`.
    pub max_stack: usize,
    /// Bytes that the interpreter's own heap may take: objects and strings, not buffers. Beyond them an allocation is an error.
    pub max_heap: usize,
    /// Free everything at the end. Not worth the time when the process is about to end.
    pub tear_down: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            audit: false,
            args: Vec::new(),
            exec_path: String::new(),
            stdout: Box::new(io::stdout()),
            stderr: Box::new(io::stderr()),
            time_limit: None,
            stop: None,
            max_stack: 8 << 20,
            max_heap: usize::try_from(4_u64 << 30).unwrap_or(usize::MAX),
            tear_down: true,
        }
    }
}

/// Why a program is no longer running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Nothing was left to do.
    Finished,
    /// `process.exit`, or nobody reads its output any more.
    Exit,
    /// An error that nothing caught, or a promise rejected without a handler.
    Uncaught,
    /// The time limit.
    Deadline,
    /// [`Options::stop`].
    Interrupted,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the process should exit with: the program's own code; 1 after an uncaught error, 0 at the time limit, 130 when interrupted.
    pub exit_code: i32,
    /// Why it ended.
    pub ended: Ended,
}

/// A program's host. Each run has an engine of its own on a thread of its own.
#[derive(Default)]
pub struct Host {
    options: Options,
}

/// Stack of the program's thread beyond what scripts may use: for the engine's own recursion, and for reports.
const STACK_RESERVE: usize = 4 << 20;

/// What to run.
enum Request {
    File(String),
    Source { name: String, text: String },
}

/// The part of the options that goes to the program's thread.
struct Setup {
    audit: bool,
    argv: Vec<String>,
    exec_path: String,
    stdout: Box<dyn Write + Send>,
    stderr: Box<dyn Write + Send>,
    command_file: String,
    max_stack: usize,
    max_heap: usize,
    tear_down: bool,
    started: Instant,
}

impl Host {
    /// A host with these options.
    #[must_use]
    pub fn new(options: Options) -> Host {
        Host { options }
    }

    /// Runs a file as Node would run it: as CommonJS, with `require`, until nothing is left to do.
    ///
    /// `before_end` is called once, on the program's thread, when the run is over but everything that the program holds is still
    /// alive and garbage in cycles is not: the moment for [`plimsoll::audit::rows`]. Its result is returned; `None` if the program
    /// could not be started.
    ///
    /// A missing file, a folder, or text that is no JavaScript is an outcome like any uncaught error: a message on standard error
    /// and exit code 1.
    pub fn run_file<R, F>(self, path: impl AsRef<Path>, before_end: F) -> (Outcome, Option<R>)
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        let path = path.as_ref();
        let shown = path.to_string_lossy().into_owned();
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        // As in Node a program is known by the real path of its file.
        let (request, file) = match find_main(&absolute) {
            Ok(file) => {
                let file = file.to_string_lossy().into_owned();
                (Ok(Request::File(file.clone())), file)
            }
            Err(message) => (Err(format!("plimsoll: {message}: {shown}\n")), absolute.to_string_lossy().into_owned()),
        };
        self.run(request, file, shown, before_end)
    }

    /// Runs a text as a script (not a module: there is no `require`), under a name for positions.
    pub fn run_source<R, F>(self, name: &str, text: &str, before_end: F) -> (Outcome, Option<R>)
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        let request = Request::Source { name: name.to_owned(), text: text.to_owned() };
        self.run(Ok(request), name.to_owned(), name.to_owned(), before_end)
    }

    fn run<R, F>(
        self,
        request: Result<Request, String>,
        file: String,
        shown: String,
        before_end: F,
    ) -> (Outcome, Option<R>)
    where
        R: Send + 'static,
        F: FnOnce() -> R + Send + 'static,
    {
        let Options { audit, args, exec_path, stdout, mut stderr, time_limit, stop, max_stack, max_heap, tear_down } =
            self.options;
        let failed = Outcome { exit_code: 1, ended: Ended::Uncaught };
        let request = match request {
            Ok(request) => request,
            Err(message) => {
                let _ = stderr.write_all(message.as_bytes());
                return (failed, None);
            }
        };
        if audit {
            audit::set_mode(audit::Mode::All);
            audit::set_detail(true);
        }
        let exec_path = if exec_path.is_empty() {
            std::env::current_exe().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
        } else {
            exec_path
        };
        let started = Instant::now();
        let mut argv = vec![exec_path.clone(), file];
        argv.extend(args);
        let setup = Setup {
            audit,
            argv,
            exec_path,
            stdout,
            stderr,
            command_file: shown,
            max_stack,
            max_heap,
            tear_down,
            started,
        };
        let result = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&result);
        let look = move || {
            let found = before_end();
            if let Ok(mut place) = kept.lock() {
                *place = Some(found);
            }
        };
        let deadline = time_limit.and_then(|limit| started.checked_add(limit));
        let (signals, stopped) = (Signals::default(), stop.clone());
        let seen = signals.clone();
        let (done, outcomes) = mpsc::channel();
        let program = move || {
            let control = Control::new(deadline, stopped, seen, Box::new(look));
            let _ = done.send(run::run(request, setup, control));
        };
        let thread = std::thread::Builder::new().name("program".to_owned()).stack_size(max_stack + STACK_RESERVE);
        let outcome = match thread.spawn(program) {
            Ok(thread) => wait(thread, &outcomes, deadline, stop.as_deref(), &signals).unwrap_or(failed),
            Err(_) => failed,
        };
        let found = result.lock().ok().and_then(|mut place| place.take());
        (outcome, found)
    }
}

/// How long a program may take to notice that its time is up. It may sit in one call of the engine or of the system that
/// nothing can wake.
const PATIENCE: Duration = Duration::from_secs(10);

/// Waits for the program's thread. One that does not notice that its time is up is left behind.
fn wait(
    thread: JoinHandle<()>,
    outcomes: &Receiver<Outcome>,
    deadline: Option<Instant>,
    stop: Option<&AtomicBool>,
    signals: &Signals,
) -> Option<Outcome> {
    let outcome = loop {
        if deadline.is_none() && stop.is_none() {
            break outcomes.recv().ok();
        }
        match outcomes.recv_timeout(control::NAP) {
            Ok(outcome) => break Some(outcome),
            Err(RecvTimeoutError::Disconnected) => break None,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let late = deadline.and_then(|deadline| Instant::now().checked_duration_since(deadline));
        if late.is_some() || stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
            signals.hurry.store(true, Ordering::Relaxed);
        }
        if late.is_some_and(|late| late > PATIENCE) && !signals.ending.load(Ordering::Relaxed) {
            return Some(Outcome { exit_code: 1, ended: Ended::Deadline });
        }
    };
    let _ = thread.join();
    outcome
}

/// The real path of the program's file, or what is wrong with it.
fn find_main(path: &Path) -> Result<PathBuf, String> {
    let with = |extension: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    let candidates = [path.to_owned(), with(".js"), with(".cjs"), path.join("index.js")];
    match candidates.iter().find(|path| path.is_file()) {
        Some(path) => {
            std::fs::File::open(path).map_err(|error| format!("cannot read the program ({error})"))?;
            path.canonicalize().map_err(|error| error.to_string())
        }
        None if path.is_dir() => Err("this is a directory, not a program".to_owned()),
        None => Err("there is no such file".to_owned()),
    }
}

/// The state of the host beside the engine.
pub(crate) struct HostState {
    control: Rc<Control>,
    output: RefCell<Output>,
    /// Started by the first read.
    input: RefCell<Option<Input>>,
    started: Instant,
    files: RefCell<HashMap<i32, std::fs::File>>,
    class_names: RefCell<HashMap<u32, Slot>>,
    /// The object that the host's parts share.
    internal: Slot,
    /// What the report calls the program.
    target: String,
}

/// Plain values for `internal`.
struct Values {
    argv: Vec<String>,
    exec_path: String,
    command_file: String,
    started: Instant,
}

impl HostState {
    fn start(setup: Setup, control: Rc<Control>, internal: Slot) -> (State, Values) {
        let Setup { audit, argv, exec_path, stdout, stderr, command_file, started, .. } = setup;
        let root = std::env::current_dir().and_then(|path| path.canonicalize()).unwrap_or_default();
        let host = HostState {
            control,
            output: RefCell::new(Output::new(stdout, stderr)),
            input: RefCell::default(),
            started,
            files: RefCell::default(),
            class_names: RefCell::default(),
            internal,
            target: command_file.clone(),
        };
        let state = State { memory: Memory::new(audit, Sources::new(root)), host };
        (state, Values { argv, exec_path, command_file, started })
    }
}

impl Values {
    fn define(&self, ctx: &mut Ctx, internal: Ref<'_>) -> Result<(), Thrown> {
        let mut argv = Vec::new();
        for arg in &self.argv {
            argv.push(ctx.string(arg)?);
        }
        let argv = ctx.array(argv)?;
        ctx.define(internal, "argv", argv, Flags::ALL)?;
        let environment = ctx.object()?;
        for (name, value) in std::env::vars_os() {
            let value = ctx.string(&value.to_string_lossy())?;
            ctx.define(environment.as_ref(), &name.to_string_lossy(), value, Flags::ALL)?;
        }
        ctx.define(internal, "environment", environment, Flags::ALL)?;
        let versions = ctx.object()?;
        for (name, version) in [("node", NODE_VERSION), ("plimsoll", env!("CARGO_PKG_VERSION")), ("quickjs", "0.16.2")]
        {
            let version = ctx.string(version)?;
            ctx.define(versions.as_ref(), name, version, Flags::ALL)?;
        }
        ctx.define(internal, "versions", versions, Flags::ALL)?;
        let platform = match std::env::consts::OS {
            "macos" => "darwin",
            "windows" => "win32",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "x64",
            "aarch64" => "arm64",
            "x86" => "ia32",
            other => other,
        };
        let texts = [
            ("execPath", self.exec_path.as_str()),
            ("commandFile", &self.command_file),
            ("platform", platform),
            ("arch", arch),
        ];
        for (name, text) in texts {
            let text = ctx.string(text)?;
            ctx.define(internal, name, text, Flags::ALL)?;
        }
        let origin = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let origin = origin.saturating_sub(self.started.elapsed()).as_secs_f64() * 1000.0;
        let parallelism = std::thread::available_parallelism().map_or(1, usize::from);
        let numbers = [
            ("timeOrigin", Val::number(origin)),
            ("pid", Val::number(std::process::id().into())),
            ("parallelism", Val::size(parallelism)),
        ];
        for (name, number) in numbers {
            ctx.define(internal, name, number, Flags::ALL)?;
        }
        Ok(())
    }
}
