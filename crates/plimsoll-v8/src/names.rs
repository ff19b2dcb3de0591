//! What things are called: scripts and lines of functions, and edges as text.

use crate::heap::{Edge, EdgeKind, EdgeName, Heap, Node, NodeKind};
use std::collections::HashMap;

/// The names of scripts. A snapshot numbers them only; but every function leads to its script.
#[derive(Debug, Default)]
pub struct Scripts<'a> {
    names: HashMap<u32, &'a str>,
}

impl<'a> Scripts<'a> {
    /// Finds the scripts of all functions.
    #[must_use]
    pub fn of(heap: &'a Heap) -> Self {
        let [shared, script, or_debug_info] = heap.strings.find_all(["shared", "script", "script_or_debug_info"]);
        let follow = |node: Node, names: &[&[u32]]| {
            let leads = |&edge: &Edge| {
                let name = heap.edge_number(edge);
                heap.edge_kind(edge) == EdgeKind::Internal && names.iter().any(|names| names.contains(&name))
            };
            heap.edges(node).find(leads).map(|edge| heap.target(edge))
        };
        let mut names = HashMap::new();
        for &(node, location) in &heap.locations {
            if heap.kind(node) != NodeKind::Closure || names.contains_key(&location.script) {
                continue;
            }
            let Some(shared) = follow(node, &[&shared]) else { continue };
            // `script` from Node 22 on. While it is debugged there is one more step.
            let Some(mut found) = follow(shared, &[&script, &or_debug_info]) else { continue };
            if heap.name(found) == "system / DebugInfo" {
                let Some(behind) = follow(found, &[&script]) else { continue };
                found = behind;
            }
            let name = heap.name(found);
            if !name.is_empty() && name != "system / Script" {
                names.insert(location.script, name);
            }
        }
        Scripts { names }
    }

    /// The name of a script: a path, a URL, or `node:` and a module.
    #[must_use]
    pub fn name(&self, script: u32) -> Option<&'a str> {
        self.names.get(&script).copied()
    }

    /// `file:line:column`, both from 1, of a function, or of an object's constructor.
    #[must_use]
    pub fn place(&self, heap: &Heap, node: Node) -> Option<String> {
        let at = heap.location(node)?;
        let name = self.name(at.script)?;
        Some(format!("{name}:{}:{}", u64::from(at.line) + 1, u64::from(at.column) + 1))
    }
}

/// Characters of a name that are told. A name may have any length, and any number of edges.
pub(crate) const LONGEST: usize = 100;

/// The beginning of a name.
pub(crate) fn cut(name: &str, longest: usize) -> &str {
    name.char_indices().nth(longest).map_or(name, |(end, _)| &name[..end])
}

/// An edge as one would write it: `.name`, `["odd name"]`, `[7]`, `{of V8}`, `->variable`, `[[weak]]`. Of a long name the first 100
/// characters.
#[must_use]
pub fn edge(heap: &Heap, edge: Edge) -> String {
    let name = match heap.edge_name(edge) {
        EdgeName::Name(name) => cut(name, LONGEST).to_owned(),
        EdgeName::Index(index) => index.to_string(),
    };
    match heap.edge_kind(edge) {
        EdgeKind::Context => format!("->{name}"),
        EdgeKind::Element => format!("[{name}]"),
        EdgeKind::Weak => format!("[[{name}]]"),
        EdgeKind::Property | EdgeKind::Shortcut if name.contains(' ') => format!("[{name:?}]"),
        EdgeKind::Property | EdgeKind::Shortcut => format!(".{name}"),
        EdgeKind::Internal | EdgeKind::Hidden | EdgeKind::Other => format!("{{{name}}}"),
    }
}
