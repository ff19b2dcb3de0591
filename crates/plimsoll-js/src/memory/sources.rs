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
    /// Characters that the module wrapper puts before the first line.
    prefix: usize,
    calls: Option<Rc<Calls>>,
}

impl Sources {
    /// No files yet. `root` is the working folder.
    pub(crate) fn new(root: PathBuf) -> Sources {
        Sources { root, files: HashMap::new() }
    }

    /// Remembers a file. `prefix` characters stand before its first line when it runs.
    pub(crate) fn add(&mut self, name: &str, text: Rc<str>, prefix: usize) {
        self.files.insert(name.to_owned(), File { text, prefix, calls: None });
    }

    /// The text of a file.
    pub(crate) fn text(&self, name: &str) -> Option<Rc<str>> {
        self.files.get(name).map(|file| Rc::clone(&file.text))
    }

    /// The column in the file (1-based, in UTF-16 units as in Node) for one that the engine reported.
    pub(crate) fn column(&self, name: &str, line: u32, column: u32) -> u32 {
        let prefix = self.files.get(name).filter(|_| line <= 1).map_or(0, |file| file.prefix);
        // On the first line of a script the engine counts from 0, elsewhere from 1.
        let first = u32::from(line <= 1);
        (column + first).saturating_sub(prefix as u32).max(1)
    }

    /// Where the function named `callee` is called, for a call whose position the engine reported as this. `None` for text that is not
    /// from a file.
    pub(crate) fn site(&mut self, name: &str, line: u32, column: u32, callee: &str) -> Option<String> {
        let column = self.column(name, line, column);
        let file = self.files.get_mut(name)?;
        let calls = match &file.calls {
            Some(calls) => Rc::clone(calls),
            None => {
                let calls = Rc::new(Calls::of(&file.text));
                file.calls = Some(Rc::clone(&calls));
                calls
            }
        };
        let (line, column) = calls.locate(&file.text, line.max(1), column, callee);
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
