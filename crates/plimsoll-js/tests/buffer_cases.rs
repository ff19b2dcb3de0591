//! `Buffer` answers as Node 25 does, case by case.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use plimsoll_js::{Host, Options};

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().map_err(|_| io::Error::other("poisoned"))?.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Output {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no panic")).into_owned()
    }
}

#[test]
fn every_case_prints_what_node_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node");
    let expected = fs::read_to_string(folder.join("buffer-cases.expected.txt")).expect("the recorded answers");
    let (heading, expected) = expected.split_once('\n').expect("a heading");
    assert_eq!(heading, format!("// node v{}", plimsoll_js::NODE_VERSION));

    let (stdout, stderr) = (Output::default(), Output::default());
    let options = Options { stdout: Box::new(stdout.clone()), stderr: Box::new(stderr.clone()), ..Options::default() };
    let (outcome, _) = Host::new(options).run_file(folder.join("buffer-cases.js"), || ());
    let printed = stdout.text();

    let mut different = Vec::new();
    let mut ours = printed.lines();
    for line in expected.lines() {
        let found = ours.next().unwrap_or("nothing");
        if found != line {
            different.push(format!("node: {line}\nhere: {found}"));
        }
    }
    assert!(
        different.is_empty() && ours.next().is_none(),
        "{} cases differ, among them\n{}\n{}",
        different.len(),
        different[..different.len().min(20)].join("\n"),
        stderr.text(),
    );
    assert_eq!(outcome.exit_code, 0, "{}", stderr.text());
}
