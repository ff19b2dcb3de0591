//! The services of `examples/node` under real Node, a client for them, and the command.

#[allow(dead_code, reason = "its other programs are for other tests")]
#[path = "../../../plimsoll-v8/tests/live/node.rs"]
mod live;

pub(crate) use live::{Node, folder};

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// What a request to most services carries.
pub(crate) const BODY: usize = 64 << 10;

/// The versions to run: the oldest and the newest of those that can be had, or with `PLIMSOLL_NODE_ALL` in the environment all.
pub(crate) fn nodes() -> Vec<&'static Node> {
    let mut nodes: Vec<&Node> = live::nodes().iter().collect();
    if nodes.len() > 2 && std::env::var_os("PLIMSOLL_NODE_ALL").is_none() {
        nodes.drain(1..nodes.len() - 1);
    }
    nodes
}

/// The newest of them. `None`: there is no Node, and that was said.
pub(crate) fn newest() -> Option<&'static Node> {
    nodes().pop()
}

pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/node").join(name).canonicalize().unwrap()
}

/// The command, about to be started.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.arg("audit").args(args);
    command
}

pub(crate) fn plimsoll(args: &[&str]) -> Output {
    output(&mut command(args))
}

/// Runs a command until it has ended and nobody can write any more. One that hangs fails the test.
pub(crate) fn output(command: &mut Command) -> Output {
    const LIMIT: Duration = Duration::from_secs(180);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect("the command starts");
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (send, done) = channel();
    thread::spawn(move || {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        thread::scope(|scope| {
            scope.spawn(|| stdout.read_to_end(&mut out).unwrap());
            stderr.read_to_end(&mut err).unwrap();
        });
        let _ = send.send((out, err));
    });
    let Ok((stdout, stderr)) = done.recv_timeout(LIMIT) else {
        let _ = child.kill();
        panic!("{command:?} hangs");
    };
    Output { status: child.wait().unwrap(), stdout, stderr }
}

/// The report, as JSON, of an audit that has to succeed.
pub(crate) fn report(args: &[&str]) -> Value {
    let output = plimsoll(&[&["--json"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{args:?}: {error}: {}", text(&output.stdout)))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Words one by one, however the lines were broken.
pub(crate) fn joined(bytes: &[u8]) -> String {
    text(bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The holder of that place.
pub(crate) fn holder<'a>(report: &'a Value, place: &str) -> &'a Value {
    let holders = report["holders"].as_array().unwrap();
    let found = holders.iter().find(|holder| holder["where"] == place);
    found.unwrap_or_else(|| {
        let all: Vec<_> = holders.iter().map(|holder| &holder["where"]).collect();
        panic!("nobody is called {place:?} in {all:?}")
    })
}

/// The places of the holders that there is advice on.
pub(crate) fn advised(report: &Value) -> Vec<String> {
    let holders = report["holders"].as_array().unwrap().iter();
    holders
        .filter(|holder| !holder["advice"].is_null())
        .map(|holder| holder["where"].as_str().unwrap().into())
        .collect()
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// A service that runs until the test has finished.
pub(crate) struct Service {
    child: Child,
    port: u16,
    pub(crate) folder: PathBuf,
}

impl Service {
    /// Starts a program that says which port it listens on, in a folder of its own. Its inspector, when it is opened, takes any port.
    pub(crate) fn start(node: &Node, script: &Path, options: &[&str], cured: bool) -> Service {
        let mut command = Command::new(&node.path);
        // What comes last counts.
        command.arg("--inspect-port=127.0.0.1:0").args(options).arg(script);
        if cured {
            command.env("COMPACT", "1");
        }
        let folder = folder();
        let mut child = command
            .current_dir(&folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = port(&mut child);
        Service { child, port, folder }
    }

    pub(crate) fn pid(&self) -> String {
        self.child.id().to_string()
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn load(&self, path: &str, requests: u32, body: usize) {
        load(self.port, path, requests, body);
    }

    /// What the service says it keeps: it still answers.
    pub(crate) fn count(&self) -> u64 {
        count(self.port)
    }

    /// What the deep audit says, and the snapshot.
    pub(crate) fn deep(&self) -> (Value, String) {
        let file = self.folder.join(format!("{}.heapsnapshot", self.count())).to_str().unwrap().to_owned();
        (report(&["--yes", "--deep", "--save", &file, "--pid", &self.pid()]), file)
    }

    /// A snapshot that the program writes itself: it is started with `--heapsnapshot-signal=SIGUSR2`.
    pub(crate) fn write_snapshot(&self) -> String {
        let snapshots = || {
            let files = std::fs::read_dir(&self.folder).unwrap().map(|file| file.unwrap().path());
            files.filter(|file| file.to_string_lossy().contains("Heap.")).collect::<Vec<PathBuf>>()
        };
        let before = snapshots();
        signal(self.child.id(), "USR2");
        // It stands still while it writes, so its answer comes after.
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            self.count();
            if let Some(file) = snapshots().into_iter().find(|file| !before.contains(file)) {
                self.count();
                return file.to_str().unwrap().to_owned();
            }
            assert!(Instant::now() < deadline, "no snapshot was written");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The port that a program says it listens on; somebody reads what else it says.
fn port(child: &mut Child) -> u16 {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = lines.next().unwrap().unwrap();
    thread::spawn(move || lines.for_each(drop));
    said.strip_prefix("listening on ").unwrap_or_else(|| panic!("it said {said}")).parse().unwrap()
}

pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap();
    assert!(status.success());
}

/// Requests on one connection, one after the other.
pub(crate) fn load(port: u16, path: &str, requests: u32, body: usize) {
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let body = vec![b'x'; body];
    for _ in 0..requests {
        assert_eq!(ask(&mut client, path, &body), "kept");
    }
}

fn count(port: u16) -> u64 {
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    ask(&mut client, "/count", b"").parse().unwrap()
}

fn ask(client: &mut TcpStream, path: &str, body: &[u8]) -> String {
    let method = if body.is_empty() { "GET" } else { "POST" };
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", body.len());
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(body).unwrap();
    let mut answer = BufReader::new(client);
    let (mut line, mut length) = (String::new(), 0);
    while line != "\r\n" {
        line.clear();
        assert!(answer.read_line(&mut line).unwrap() > 0, "it hung up");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut content = vec![0; length];
    answer.read_exact(&mut content).unwrap();
    text(&content)
}
