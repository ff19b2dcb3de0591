//! The texts of the program's files, to turn the engine's positions into exact ones.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::lexer::Calls;

/// The files that were loaded, by the name that the engine shows in positions.
pub(crate) struct Sources {
    /// Positions inside this folder are shown relative to it.
    root: PathBuf,
    files: HashMap<String, File>,
}

struct File {
    text: Rc<str>,
    /// Found when a site in this file is first asked for.
    calls: Option<Rc<Calls>>,
}

impl Sources {
    /// No files yet. `root` is the working folder.
    pub(crate) fn new(root: PathBuf) -> Sources {
        Sources { root, files: HashMap::new() }
    }

    /// Remembers a file.
    pub(crate) fn add(&mut self, name: &str, text: Rc<str>) {
        self.files.insert(name.to_owned(), File { text, calls: None });
    }

    /// The text of a line, which is numbered from 1.
    pub(crate) fn line(&self, name: &str, line: u32) -> Option<&str> {
        self.files.get(name)?.text.lines().nth((line as usize).checked_sub(1)?)
    }

    /// The column for a reader (1-based, in UTF-16 units as in Node), for one that the engine reported: it counts bytes.
    pub(crate) fn column(&self, name: &str, line: u32, column: u32) -> u32 {
        let before = (column as usize).saturating_sub(1);
        match self.line(name, line).and_then(|text| text.get(..before)) {
            Some(text) => text.encode_utf16().count() as u32 + 1,
            None => column,
        }
    }

    /// Where the function named `callee` is called, for a call whose position the engine reported as this. `None` for text that is not
    /// from a file.
    pub(crate) fn site(&mut self, name: &str, line: u32, column: u32, callee: &str) -> Option<String> {
        let file = self.files.get_mut(name)?;
        let calls = match &file.calls {
            Some(calls) => Rc::clone(calls),
            None => {
                let calls = Rc::new(Calls::of(&file.text));
                file.calls = Some(Rc::clone(&calls));
                calls
            }
        };
        let (line, column) = calls.locate(&file.text, line, column, callee);
        Some(format!("{}:{line}:{column}", self.shown(name)))
    }

    /// The file's name as positions show it: relative inside the working folder, absolute outside, `/` between the parts.
    pub(crate) fn shown(&self, name: &str) -> String {
        let path = Path::new(name);
        let path = path.strip_prefix(&self.root).unwrap_or(path);
        let text = path.to_string_lossy();
        if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
    }
}
