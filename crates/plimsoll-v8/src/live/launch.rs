//! Starting a program under its inspector, and auditing it at its end.

use super::audit::Audit;
use super::client::{Client, Event, Route};
use super::http::first_target;
use super::isolate::handle;
use super::lines::pass_on;
use super::process::waiting_in;
use super::session::Session;
use super::{Error, Limits};
use plimsoll_report::PeakRows;
use process_wrap::std::{ChildWrapper, CommandWrap, ProcessSession};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::AsFd as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const START: &str = include_str!("start.js");
const INSPECT: &str = "--inspect-brk=127.0.0.1:0";

/// How long apart samples are if nobody says so, at least.
const SPARING: Duration = Duration::from_secs(10);

/// And how many times as long as one took: the program stands still for no more than two per cent of its time.
const SHARE: u32 = 50;

/// How often a signal, a new process and the program's end are looked for.
const TICK: Duration = Duration::from_millis(50);

/// How long a program may take to say that it can be asked. One that waits for another process in `spawnSync` cannot, and that
/// process may be waiting for its own audit.
const RESPONSE: Duration = Duration::from_millis(500);

/// And how long at its end.
const PATIENCE: Duration = Duration::from_secs(10);

/// After the program's end, what its children write is still passed on for so long.
const LAST_WORDS: Duration = Duration::from_millis(200);

/// And for so long if the program could not say whether it had just started one.
const UNTOLD: Duration = Duration::from_secs(5);

/// Evaluated in a process that has not begun to run.
const WHO: &str = "({ pid: process.pid, options: String(process.env.NODE_OPTIONS) })";

/// How often processes are looked for that wait elsewhere.
const SEARCH: Duration = Duration::from_millis(500);

/// With so many signals a program is killed that goes on after all of them.
const DEAF: u32 = 3;

/// What looks at a program at its end, instead of a quick audit: see [`Launch::run_with`].
pub type Look<'a> = dyn FnMut(&Program, &mut Session) -> Result<(), Error> + 'a;

/// A program to start under its inspector.
///
/// It runs as it would without: its input and output are its own, and its exit code too. Five things differ. Its stderr
/// is a pipe, from which the inspector's own lines are taken out. It has a session of its own (as after `setsid`), so that Ctrl-C
/// comes to whoever audits, who looks first and passes it on. `process` has one more `exit` listener. The
/// functions in which `node:child_process` starts processes have others around them. And workers are given the options that they would
/// take over, as their own: V8's do not show in their `process.execArgv`.
///
/// If the command is `node`, that process is audited, and every Node process that it starts with its own stderr: by `cluster.fork`, for
/// example. Otherwise (`npm start`) every Node process that it starts is, through `NODE_OPTIONS`. Where a child's stderr goes elsewhere,
/// nobody would learn of its inspector; those children, and those that are started by `spawnSync` and by workers, are left out.
/// A child that outlives the program is audited at the program's end, and goes on; nobody reads its stderr from then on.
pub struct Launch {
    command: OsString,
    arguments: Vec<OsString>,
    limits: Limits,
    every: Option<Duration>,
    output_to_stderr: bool,
    stop: Arc<AtomicUsize>,
    grace: Option<Duration>,
}

/// What came of a program that was started.
#[derive(Debug)]
#[non_exhaustive]
pub struct Ended {
    /// The program's own.
    pub status: ExitStatus,
    /// The processes that were audited, in the order in which they were started. None if the command is not Node, or if Node
    /// opened no inspector (`node --version`, or `--permission`, which forbids it).
    pub programs: Vec<Program>,
    /// How many Node processes more these are known to have started, which were not audited: see [`Launch`].
    pub left_out: u64,
}

/// One process, and what its audits found.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Program {
    /// The number of the process. 0 if it ended before it could say.
    pub pid: u32,
    /// The script, as the process knows it. Empty for `node -e`.
    pub script: String,
    /// Whether it was looked at instead of [`last`](Program::last): see [`Launch::run_with`].
    pub looked: bool,
    /// What was alive at its end, or when it was told to stop. Where the program was killed: at the last sample.
    pub last: Option<Audit>,
    /// Whether [`last`](Program::last) is older than the end, for the program gave no time for another.
    pub stale: bool,
    /// Why there was no audit at the end.
    pub problem: Option<String>,
    /// The sample that held most, if samples were taken.
    pub peak: Option<PeakRows>,
}

/// One process under audit.
struct Watched {
    /// How long the last sample took.
    cost: Duration,
    session: Option<Session>,
    started: Instant,
    sampled: Instant,
    program: Program,
    /// The handle of what start.js returns.
    start: Option<String>,
    /// The Node processes that it has started and that wait until they are audited.
    children: Vec<u32>,
    /// How many others it has started.
    left: u64,
    /// Whether these are the last that are asked to wait.
    told: bool,
    /// It has said that it is at its end.
    over: bool,
}

impl Launch {
    /// A command, such as `node`, and its arguments.
    pub fn new(command: impl Into<OsString>, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Launch {
        Launch {
            command: command.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            limits: Limits::default(),
            every: None,
            output_to_stderr: false,
            stop: Arc::default(),
            grace: None,
        }
    }

    /// How long to wait for what.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Launch {
        Launch { limits, ..self }
    }

    /// Takes a sample each time so much time has passed, instead of each ten seconds or fifty times what one takes. The program stands
    /// still for each.
    #[must_use]
    pub fn every(self, every: Duration) -> Launch {
        Launch { every: Some(every), ..self }
    }

    /// What the program prints comes on this process's standard error, so that its standard output is free for the report.
    #[must_use]
    pub fn output_to_stderr(self) -> Launch {
        Launch { output_to_stderr: true, ..self }
    }

    /// Where the number of a signal will appear that is to be passed on: the program is audited before it gets it.
    ///
    /// For example `signal_hook::flag::register_usize(SIGINT, stop, SIGINT as usize)`; SIGTERM and SIGHUP likewise. The program has
    /// a session of its own, so nobody else tells it when the terminal closes.
    #[must_use]
    pub fn stop(self, stop: Arc<AtomicUsize>) -> Launch {
        Launch { stop, ..self }
    }

    /// How long the program may go on after a signal was passed on, before it is killed. Without this it may for ever. Either way the
    /// third signal kills it.
    #[must_use]
    pub fn grace(self, grace: Duration) -> Launch {
        Launch { grace: Some(grace), ..self }
    }

    /// Starts the program, and audits it until it has ended.
    ///
    /// # Errors
    ///
    /// [`Error::Process`] if it cannot be started; as the connection has them, and then the program is killed, for it would wait for a
    /// debugger for ever. An audit that fails while the program ends
    /// is no error: see [`Program::stale`].
    pub fn run(self) -> Result<Ended, Error> {
        self.start(None)
    }

    /// The same, but at its end each process is given to `look`, instead of a quick audit. If that fails, there is the last sample.
    ///
    /// # Errors
    ///
    /// As [`run`](Launch::run).
    pub fn run_with(self, look: &mut Look<'_>) -> Result<Ended, Error> {
        self.start(Some(look))
    }

    fn start(self, look: Option<&mut Look<'_>>) -> Result<Ended, Error> {
        let name = self.command.to_string_lossy().into_owned();
        if self.forbids() {
            let problem = "under --permission Node forbids its inspector: add --allow-inspector (Node 24 and later), or leave --permission \
                           out for the audit";
            return Err(Error::process(name, problem));
        }
        let mut command = Command::new(&self.command);
        if is_node(&self.command) {
            command.arg(INSPECT);
        } else {
            let mut options = std::env::var_os("NODE_OPTIONS").unwrap_or_default();
            options.push(" ");
            options.push(INSPECT);
            command.env("NODE_OPTIONS", options);
        }
        command.args(&self.arguments).stderr(Stdio::piped());
        if self.output_to_stderr {
            command.stdout(io::stderr().as_fd().try_clone_to_owned()?);
        }
        let mut child = CommandWrap::from(command)
            .wrap(ProcessSession)
            .spawn()
            .map_err(|error| Error::process(&name, format!("cannot be started: {error}")))?;
        let (send, addresses) = channel();
        let stderr = child.stderr().take();
        let pump: JoinHandle<io::Result<()>> = thread::spawn(move || match stderr {
            Some(stderr) => pass_on(stderr, io::stderr(), &send),
            None => Ok(()),
        });

        let everywhere = !is_node(&self.command);
        let mut watch = Watch {
            child,
            addresses,
            pump,
            programs: Vec::new(),
            known: HashSet::new(),
            searched: Instant::now(),
            name,
            launch: &self,
            everywhere,
            signals: 0,
            signalled: Instant::now(),
            look,
        };
        let status = watch.until_end();
        if status.is_err() {
            // It would wait for a debugger for ever.
            let _ = watch.child.start_kill();
            let _ = watch.child.wait();
        }
        watch.after_end();
        let left_out = watch.programs.iter().map(|watched| watched.left).sum::<u64>() + watch.waiting().count() as u64;
        let programs = watch.programs.into_iter().map(|watched| watched.program).collect();
        Ok(Ended { status: status?, programs, left_out })
    }

    /// Whether Node is told not to open an inspector.
    fn forbids(&self) -> bool {
        if !is_node(&self.command) {
            return false;
        }
        let options = self.arguments.iter().map(|argument| argument.to_string_lossy().into_owned());
        let mut options: Vec<String> = options.take_while(|option| option.starts_with('-')).collect();
        let more = std::env::var("NODE_OPTIONS").unwrap_or_default();
        options.extend(more.split_ascii_whitespace().map(str::to_owned));
        let has = |option: &str| options.iter().any(|given| given == option);
        (has("--permission") || has("--experimental-permission")) && !has("--allow-inspector")
    }
}

/// The program while it runs.
struct Watch<'a, 'b> {
    child: Box<dyn ChildWrapper>,
    addresses: Receiver<String>,
    /// Passes the program's stderr on, until the last process that has it is gone.
    pump: JoinHandle<io::Result<()>>,
    programs: Vec<Watched>,
    /// The addresses that were dealt with.
    known: HashSet<String>,
    /// When processes that wait elsewhere were last looked for.
    searched: Instant,
    name: String,
    launch: &'a Launch,
    /// The command is not Node, so all Node processes under it are made to wait.
    everywhere: bool,
    /// How many signals were passed on, and when the last was.
    signals: u32,
    signalled: Instant,
    look: Option<&'a mut Look<'b>>,
}

impl Watch<'_, '_> {
    fn until_end(&mut self) -> Result<ExitStatus, Error> {
        loop {
            self.admit()?;
            let signal = self.launch.stop.swap(0, Ordering::Relaxed);
            if signal != 0 {
                self.pass_on(signal)?;
            }
            let late = self.launch.grace.is_some_and(|grace| self.signalled.elapsed() >= grace);
            if self.signals == DEAF || (self.signals > 0 && late) {
                // It does not end by itself.
                let _ = self.child.start_kill();
            }
            let open = self.programs.iter().filter(|watched| watched.session.is_some()).count();
            let wait = TICK / u32::try_from(open).unwrap_or(u32::MAX).clamp(1, 10);
            for watched in &mut self.programs {
                watched.look(wait, self.launch.every, self.everywhere, self.look.as_deref_mut());
            }
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if open == 0 {
                thread::sleep(TICK);
            }
        }
    }

    /// The program has ended. Its children that have not are audited as well; of those that have only just started, each waits for that.
    fn after_end(&mut self) {
        let end = Instant::now();
        self.searched = end.checked_sub(SEARCH).unwrap_or(end);
        loop {
            let patience = if self.waiting().next().is_some() {
                self.launch.limits.silence
            } else if self.programs.iter().all(|watched| watched.told) {
                LAST_WORDS
            } else {
                UNTOLD
            };
            let over = self.pump.is_finished() || end.elapsed() >= patience;
            // One that cannot be asked is one that was left out.
            let _ = self.admit();
            self.finish();
            if over {
                return;
            }
            thread::sleep(TICK / 10);
        }
    }

    /// Node processes that are alive and wait, and that have not said where their inspector listens.
    fn waiting(&self) -> impl Iterator<Item = u32> {
        let known = |pid: &u32| self.programs.iter().any(|watched| watched.program.pid == *pid);
        let all = self.programs.iter().flat_map(|watched| watched.children.iter().copied());
        all.filter(move |pid| !known(pid) && is_alive(*pid))
    }

    /// Lets processes in that have opened their inspector.
    fn admit(&mut self) -> Result<(), Error> {
        while let Ok(address) = self.addresses.try_recv() {
            self.admit_at(&reachable(&address))?;
        }
        if self.everywhere && self.searched.elapsed() >= SEARCH {
            self.searched = Instant::now();
            for address in self.elsewhere() {
                self.admit_at(&address)?;
            }
        }
        Ok(())
    }

    fn admit_at(&mut self, address: &str) -> Result<(), Error> {
        if !self.known.insert(address.to_owned()) {
            return Ok(());
        }
        // Of any other process it can be told whether it was made to wait.
        let first = !self.everywhere && self.programs.is_empty();
        let deadline = super::after(Instant::now(), self.launch.limits.silence);
        loop {
            match Watched::start(address, &self.launch.limits, first) {
                Ok(watched) => self.programs.extend(watched),
                // It was killed meanwhile: the others go on.
                Err(Error::Connect { refused: true, .. } | Error::Closed { .. }) => {}
                // It is there, and slow.
                Err(Error::Connect { .. }) if Instant::now() < deadline => continue,
                // Only somebody who does not listen here writes such a line.
                Err(Error::Address { .. } | Error::Remote { .. }) if !first => {}
                // It would wait for a debugger for ever.
                Err(error) => return Err(error),
            }
            return Ok(());
        }
    }

    /// The inspectors of Node processes under another command whose stderr goes elsewhere: they wait all the same.
    fn elsewhere(&self) -> Vec<String> {
        let known = |pid: u32| self.programs.iter().any(|watched| watched.program.pid == pid);
        waiting_in(self.child.id(), INSPECT)
            .into_iter()
            .filter(|waiting| !known(waiting.0))
            .filter_map(|waiting| first_target(waiting.1, &self.launch.limits).ok())
            .collect()
    }

    /// The last audit of each that had none.
    fn finish(&mut self) {
        for watched in &mut self.programs {
            watched.finish(self.look.as_deref_mut());
        }
    }

    /// Audits, and then passes a signal on.
    fn pass_on(&mut self, signal: usize) -> Result<(), Error> {
        self.finish();
        let number = i32::try_from(signal).ok().and_then(Signal::from_named_raw);
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let (Some(number), Some(pid)) = (number, pid) else {
            return Err(Error::process(&self.name, format!("{signal} is not a signal")));
        };
        (self.signals, self.signalled) = (self.signals + 1, Instant::now());
        // What the terminal sends comes to all of its session. The program may have ended by itself.
        let _ = match number {
            Signal::INT | Signal::HUP | Signal::QUIT => kill_process_group(pid, number),
            _ => kill_process(pid, number),
        };
        Ok(())
    }
}

impl Watched {
    /// Connects to a process that waits before its first line, and lets it run until there. `None` if it is not the first, and was not
    /// made to wait: it has an inspector for a reason of its own.
    fn start(address: &str, limits: &Limits, first: bool) -> Result<Option<Watched>, Error> {
        let mut session = Session::connect(address, limits)?;
        let params = json!({ "expression": WHO, "silent": true, "returnByValue": true });
        let mut who = session.client.call(&Route::Main, "Runtime.evaluate", params)?["result"]["value"].take();
        if !first && who["options"].as_str().is_some_and(|options| !options.contains(INSPECT)) {
            return Ok(None);
        }
        let pid = who["pid"].take().as_u64().and_then(|pid| u32::try_from(pid).ok());
        let program = Program { pid: pid.unwrap_or(0), ..Program::default() };
        for (method, params) in [
            ("NodeRuntime.notifyWhenWaitingForDisconnect", json!({ "enabled": true })),
            ("Debugger.enable", json!({})),
            // A module given by `-e` has no break at its first line, and what `--import` names comes before the program's own.
            ("Debugger.setInstrumentationBreakpoint", json!({ "instrumentation": "beforeScriptExecution" })),
            ("Runtime.runIfWaitingForDebugger", json!({})),
        ] {
            session.client.call(&Route::Main, method, params)?;
        }
        let now = Instant::now();
        Ok(Some(Watched {
            cost: Duration::ZERO,
            session: Some(session),
            started: now,
            sampled: now,
            program,
            start: None,
            children: Vec::new(),
            left: 0,
            told: false,
            over: false,
        }))
    }

    /// Waits a moment for the first line or the end, and takes a sample if it is time.
    fn look(&mut self, wait: Duration, every: Option<Duration>, everywhere: bool, look: Option<&mut Look<'_>>) {
        let Some(session) = &mut self.session else { return };
        match session.client.event(wait, |event| is_end(event) || is_first_line(event)) {
            Ok(Some(event)) if is_end(&event) => {
                self.over = true;
                self.finish(look);
            }
            Ok(Some(_)) => {
                if let Err(error) = self.begin(everywhere) {
                    self.lose(&error);
                }
            }
            Ok(None) if self.sampled.elapsed() >= every.unwrap_or(SPARING.max(self.cost * SHARE)) => {
                self.sample();
                self.sampled = Instant::now();
            }
            Ok(None) => {}
            Err(error) => self.lose(&error),
        }
    }

    /// At the first line: prepares the end and the starts of children, and lets the program run.
    fn begin(&mut self, everywhere: bool) -> Result<(), Error> {
        let Some(Session { client, .. }) = &mut self.session else { return Ok(()) };
        let expression = format!("({START})({everywhere})");
        let params = json!({ "expression": expression, "silent": true, "includeCommandLineAPI": true });
        let answer = client.call(&Route::Main, "Runtime.evaluate", params)?;
        self.start = handle(&answer["result"]);
        self.ask(false);
        let Some(Session { client, .. }) = &mut self.session else { return Ok(()) };
        client.call(&Route::Main, "Debugger.setSkipAllPauses", json!({ "skip": true }))?;
        match client.call(&Route::Main, "Debugger.resume", json!({})) {
            // It never comes there.
            Err(Error::Refused { .. }) => {}
            other => drop(other?),
        }
        client.call(&Route::Main, "Debugger.disable", json!({}))?;
        Ok(())
    }

    /// Lets a program run that has only just started, or that never comes to its first line.
    fn release(&mut self) {
        let deadline = super::after(Instant::now(), PATIENCE);
        while let Some(Session { client, .. }) = &mut self.session
            && !self.over
            && Instant::now() < deadline
        {
            match client.event(TICK, |event| is_end(event) || is_first_line(event)) {
                Ok(None) if waits(client) => {}
                _ => break,
            }
        }
        let _ = self.begin(false);
    }

    /// Asks what start.js has to tell; for the last time, if no child is to wait from now on.
    fn ask(&mut self, last: bool) {
        let Some(Session { client, .. }) = &mut self.session else { return };
        let (method, params) = match &self.start {
            Some(start) => {
                let function = "function (last) { return this.tell(last); }";
                let arguments = json!([{ "value": last }]);
                let params = json!({ "objectId": start, "functionDeclaration": function, "arguments": arguments, "returnByValue": true });
                ("Runtime.callFunctionOn", params)
            }
            // It never got to its first line.
            None => (
                "Runtime.evaluate",
                json!({ "expression": "({ pid: process.pid })", "silent": true, "returnByValue": true }),
            ),
        };
        let Ok(answer) = client.call(&Route::Main, method, params) else { return };
        let said = &answer["result"]["value"];
        let pid = |value: &Value| value.as_u64().and_then(|pid| u32::try_from(pid).ok());
        self.program.pid = pid(&said["pid"]).unwrap_or(0);
        self.program.script = said["script"].as_str().unwrap_or_default().into();
        self.children = said["started"].as_array().into_iter().flatten().filter_map(pid).collect();
        self.left = said["left"].as_u64().unwrap_or(0);
        self.told = last;
    }

    /// There will be no audit at the end.
    fn lose(&mut self, error: &Error) {
        self.program.problem = Some(error.to_string());
        self.session = None;
    }

    /// Takes a sample, and remembers the largest.
    fn sample(&mut self) {
        let Some(session) = &mut self.session else { return };
        // If not, the next time will do.
        if !session.responds(RESPONSE).unwrap_or(false) {
            return;
        }
        let Ok(audit) = session.quick() else { return };
        self.cost = audit.took;
        let gross = audit.rows.stores.iter().fold(0_u64, |sum, store| sum.saturating_add(store.capacity));
        if self.program.peak.as_ref().is_none_or(|peak| gross > peak.gross) {
            let at_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.program.peak = Some(PeakRows { gross, at_ms, captured_gross: gross, rows: audit.rows.clone() });
        }
        self.program.last = Some(audit);
        self.program.stale = true;
    }

    /// The last audit. The program may go on afterwards, unwatched.
    fn finish(&mut self, look: Option<&mut Look<'_>>) {
        let Some(session) = &mut self.session else { return };
        match session.responds(PATIENCE) {
            Ok(true) => {}
            Ok(false) => {
                let doing = "asking for the last audit".to_owned();
                return self.lose(&Error::Silent { doing, limit: PATIENCE });
            }
            Err(error) => return self.lose(&error),
        }
        if self.start.is_none() {
            self.release();
        }
        self.ask(true);
        let Some(mut session) = self.session.take() else { return };
        let looked = match look {
            Some(look) => look(&self.program, &mut session).map(|()| self.program.looked = true),
            None => session.quick().map(|audit| {
                self.program.last = Some(audit);
                self.program.stale = false;
            }),
        };
        self.program.problem = looked.err().map(|error| error.to_string());
    }
}

fn is_end(event: &Event) -> bool {
    event.method == "NodeRuntime.waitingForDisconnect"
}

fn is_first_line(event: &Event) -> bool {
    event.method == "Debugger.paused"
}

/// Whether a program is on its way to its first line, where it will wait: start.js has not taken back what makes it, or nothing can be
/// asked yet.
fn waits(client: &mut Client) -> bool {
    let expression = format!("`${{process.execArgv}} ${{process.env.NODE_OPTIONS}}`.includes('{INSPECT}')");
    let params = json!({ "expression": expression, "silent": true, "returnByValue": true });
    client.call(&Route::Main, "Runtime.evaluate", params).is_ok_and(|answer| answer["result"]["value"] != false)
}

/// An inspector that listens everywhere listens here too.
fn reachable(address: &str) -> String {
    for (everywhere, here) in [("ws://0.0.0.0:", "ws://127.0.0.1:"), ("ws://[::]:", "ws://[::1]:")] {
        if let Some(rest) = address.strip_prefix(everywhere) {
            return format!("{here}{rest}");
        }
    }
    address.into()
}

fn is_alive(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

/// Whether the command is Node itself, which takes its options as arguments.
fn is_node(command: &OsStr) -> bool {
    let name = Path::new(command).file_stem().unwrap_or_default();
    name == "node" || name == "nodejs"
}
