//! The stacks that V8 noted: a tree of calls, and for each node the place in it where it was made.

use crate::heap::{Heap, Node};
use crate::strings::Strings;
use std::collections::HashMap;

/// Empty in an ordinary snapshot.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    /// By node. First V8's number of the place, later ours and one more; 0 is none.
    pub(crate) of_nodes: Vec<u32>,
    pub(crate) functions: Vec<Function>,
    /// Parents come before their children.
    places: Vec<Place>,
    /// From V8's number of a place to ours, until all are known.
    numbers: HashMap<u64, u32>,
}

/// A function as the file has it: its name and its script's are strings.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: u32,
    pub(crate) script: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Debug)]
struct Place {
    /// `NONE` at the root.
    parent: u32,
    function: u32,
    /// The innermost function of the program's own, from here outwards; `NONE` until all is known, and where there is none.
    own: u32,
}

const NONE: u32 = u32::MAX;

/// A call on the stack. V8 does not say which line of the function was reached, only where the function begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What the function is called, `(anonymous)` if it has no name.
    pub function: &'a str,
    /// The name of its script: a path, a URL, or `node:` and a module. Empty for V8's own.
    pub script: &'a str,
    /// The line at which the function begins, from 1. 0: not known.
    pub line: u32,
    /// The column, from 1. 0: not known.
    pub column: u32,
}

impl Traces {
    /// Adds a place of the tree. Gives its number.
    pub(crate) fn push(&mut self, parent: Option<u32>, id: u64, function: u64) -> Result<u32, &'static str> {
        let Ok(function) = u32::try_from(function) else { return Err("a function's number is more than 32 bits") };
        let number = self.places.len() as u32;
        if number == NONE - 1 {
            return Err("there are more than 4,294,967,294 rows");
        }
        if self.numbers.insert(id, number).is_some() {
            return Err("two rows have the same id");
        }
        self.places.push(Place { parent: parent.unwrap_or(NONE), function, own: NONE });
        Ok(number)
    }

    /// Checks what refers to what, and finds the program's own functions. Or says what is wrong.
    pub(crate) fn close(&mut self, strings: &Strings) -> Result<(), String> {
        let functions = self.functions.len();
        if let Some(place) = self.places.iter().find(|place| place.function as usize >= functions) {
            return Err(format!("a trace is in function {}, there are {functions}", place.function));
        }
        for trace in self.of_nodes.iter_mut().filter(|trace| **trace != 0) {
            match self.numbers.get(&u64::from(*trace)) {
                Some(number) => *trace = number + 1,
                None => return Err(format!("a node has the trace {trace}, which is not in the tree")),
            }
        }
        self.numbers = HashMap::new();
        for number in 0..self.places.len() {
            let Place { parent, function, .. } = self.places[number];
            let script = strings.get(self.functions[function as usize].script);
            let own = if is_own(script) {
                function
            } else {
                self.places.get(parent as usize).map_or(NONE, |parent| parent.own)
            };
            self.places[number].own = own;
        }
        Ok(())
    }

    pub(crate) fn memory(&self) -> usize {
        self.of_nodes.capacity() * size_of::<u32>()
            + self.functions.capacity() * size_of::<Function>()
            + self.places.capacity() * size_of::<Place>()
    }

    /// The innermost function of the program's own that was running when the node was made, by its number.
    pub(crate) fn own(&self, node: Node) -> Option<u32> {
        let number = self.number(node)?;
        Some(self.places[number as usize].own).filter(|&function| function != NONE)
    }

    /// The number of the node's stack: the same for nodes that were made by the same calls.
    fn number(&self, node: Node) -> Option<u32> {
        self.of_nodes.get(node as usize)?.checked_sub(1)
    }
}

/// Whether that is a script of the program, not of Node or V8.
fn is_own(script: &str) -> bool {
    !script.is_empty() && !script.starts_with("node:")
}

impl Heap {
    /// Whether V8 noted stacks before it wrote the snapshot.
    #[must_use]
    pub fn is_traced(&self) -> bool {
        !self.traces.of_nodes.is_empty()
    }

    /// The stack on which the node was made, innermost call first, if V8 noted it.
    #[must_use]
    pub fn trace(&self, node: Node) -> Option<Vec<Frame<'_>>> {
        Some(self.frames(self.traces.number(node)?).collect())
    }

    /// The innermost function of the program itself, not of Node or V8, that was running when the node was made:
    /// `file:line:column` of its beginning, both from 1. `None` if V8 noted no stack, or one without such a function.
    #[must_use]
    pub fn site(&self, node: Node) -> Option<String> {
        Some(self.place_of(self.traces.own(node)?))
    }

    /// Where a function of the stacks begins.
    pub(crate) fn place_of(&self, function: u32) -> String {
        let Function { script, line, column, .. } = self.traces.functions[function as usize];
        let script = self.strings.get(script);
        format!("{}:{line}:{column}", script.strip_prefix("file://").unwrap_or(script))
    }

    fn frames(&self, number: u32) -> impl Iterator<Item = Frame<'_>> {
        let places = &self.traces.places;
        let outer = |place: &&Place| places.get(place.parent as usize);
        std::iter::successors(places.get(number as usize), outer).map(|place| {
            let function = &self.traces.functions[place.function as usize];
            Frame {
                function: self.strings.get(function.name),
                script: self.strings.get(function.script),
                line: function.line,
                column: function.column,
            }
        })
    }
}
