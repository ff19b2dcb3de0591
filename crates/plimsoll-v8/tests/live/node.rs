//! The versions of Node that the tests run, and programs that run under them.
//!
//! They are looked for in the folder `PLIMSOLL_NODE_DIR`, or in the target folder, as `npm install --prefix DIR/20 node@20`
//! leaves them, and installed so if they are missing. A version that cannot be had is skipped, and the test says so.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const VERSIONS: [u32; 4] = [20, 22, 24, 26];

/// One version of Node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) major: u32,
    pub(crate) path: PathBuf,
}

/// All versions that can be had.
pub(crate) fn nodes() -> &'static [Node] {
    static NODES: OnceLock<Vec<Node>> = OnceLock::new();
    NODES.get_or_init(|| VERSIONS.into_iter().filter_map(installed).collect())
}

fn installed(major: u32) -> Option<Node> {
    let folder = std::env::var_os("PLIMSOLL_NODE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("node"), PathBuf::from)
        .join(major.to_string());
    let path = folder.join("node_modules/node/bin/node");
    if !path.exists() {
        let made = fs::create_dir_all(&folder);
        let npm = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--fetch-retries=0", "--prefix"])
            .arg(&folder)
            .arg(format!("node@{major}"))
            .output();
        if made.is_err() || !npm.is_ok_and(|npm| npm.status.success()) || !path.exists() {
            // Past the test harness, which shows nothing of a test that passes.
            let why = format!("skipped: Node {major} is not there, and npm could not install it\n");
            let _ = std::io::stderr().write_all(why.as_bytes());
            return None;
        }
    }
    Some(Node { major, path })
}

/// A program of this folder.
pub(crate) fn program(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/programs").join(name)
}

/// A folder of the test's own.
pub(crate) fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("live-{}-{number}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A program that runs until the test has finished.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: Option<String>,
    folder: PathBuf,
}

impl Running {
    /// Starts a program, and waits until it has said that it is ready.
    pub(crate) fn start(node: &Node, options: &[&str], name: &str) -> Running {
        let folder = folder();
        let mut child = Command::new(&node.path)
            .args(options)
            .arg(program(name))
            .arg(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "ready", "Node {}", node.major);
        let mut address = None;
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        if !options.is_empty() {
            let line = lines.next().unwrap().unwrap();
            address = line.strip_prefix("Debugger listening on ").map(str::to_owned);
        }
        // Somebody has to read what it says.
        thread::spawn(move || lines.for_each(drop));
        Running { child, address, folder }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn address(&self) -> &str {
        self.address.as_deref().unwrap()
    }

    /// Asks the program to do something, and waits for the answer.
    pub(crate) fn ask(&self, what: &str) -> serde_json::Value {
        fs::write(self.folder.join(what), "").unwrap();
        let done = self.folder.join(format!("{what}.done"));
        let deadline = Instant::now() + Duration::from_secs(60);
        while !done.exists() {
            assert!(Instant::now() < deadline, "the program did not {what}");
            thread::sleep(Duration::from_millis(5));
        }
        let answer = serde_json::from_str(&fs::read_to_string(&done).unwrap()).unwrap();
        fs::remove_file(done).unwrap();
        answer
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
