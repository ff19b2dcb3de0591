//! What the way to a node has in common with the ways to others like it.

use crate::heap::{Edge, EdgeKind, EdgeName, Heap, Location, Node, NodeKind};
use crate::names::{LONGEST, Scripts, cut};
use crate::paths::Paths;
use std::collections::HashMap;
use std::fmt::{self, Write as _};

/// Steps that a pattern keeps; of a longer way it tells the last.
const STEPS: usize = 6;

/// An object with fewer properties is a record.
const MANY: usize = 16;

/// V8's name of where a function's variables are.
const CONTEXT: &str = "system / Context";

/// A variable of a block, of which V8 tells no name.
const CAPTURED: &str = "captured variable";

/// What a module exports, where no name of it is told.
const EXPORT: &str = "export";

/// V8's name of an ES module.
const SOURCE_TEXT_MODULE: &str = "system / SourceTextModule";

/// Node's class of ES modules.
const MODULE_WRAP: &str = "ModuleWrap";

const STORAGE: &str = "AsyncLocalStorage";

/// What V8 and Node made for themselves while they started.
const OWN: &str = "(V8 and Node)";

/// Patterns of ways, each kept once.
pub(super) struct Patterns<'a> {
    heap: &'a Heap,
    paths: &'a Paths,
    scripts: &'a Scripts<'a>,
    patterns: Vec<Pattern<'a>>,
    numbers: HashMap<Pattern<'a>, u32>,
    of_nodes: HashMap<Node, u32>,
    /// Whether objects are tables rather than records.
    tables: HashMap<Node, bool>,
    /// The functions of what waits.
    suspended: HashMap<Node, Function<'a>>,
    /// The names of what modules export, by its cell. Looked for when the first is met.
    exports: Option<HashMap<Node, &'a str>>,
}

/// Where a way seems to begin, and how it goes on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern<'a> {
    head: Head<'a>,
    /// The function that the way went through last.
    function: Option<Function<'a>>,
    /// Earlier steps were left out.
    cut: bool,
    steps: Vec<Step<'a>>,
    /// The collection whose table the way is in.
    table: Option<Table>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Head<'a> {
    /// A variable or property follows.
    Nothing,
    Global,
    Function,
    /// An object of this class, or a root.
    Object(&'a str),
    /// An ES module, by its URL.
    Module(&'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Function<'a> {
    name: &'a str,
    at: Option<Location>,
    role: Role<'a>,
}

/// What a function waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Role<'a> {
    /// Nothing that can be seen.
    None,
    /// An event: its name, if it is known.
    Event(Option<&'a str>),
    Timer,
    Promise,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step<'a> {
    Variable(&'a str),
    Property(&'a str),
    Element,
    Entry(Table),
    Internal(&'a str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Table {
    Map,
    Set,
    WeakMap,
}

impl<'a> Patterns<'a> {
    pub(super) fn new(heap: &'a Heap, paths: &'a Paths, scripts: &'a Scripts<'a>) -> Self {
        Patterns {
            heap,
            paths,
            scripts,
            patterns: Vec::new(),
            numbers: HashMap::new(),
            of_nodes: HashMap::new(),
            tables: HashMap::new(),
            suspended: HashMap::new(),
            exports: None,
        }
    }

    pub(super) fn get(&self, number: u32) -> &Pattern<'a> {
        &self.patterns[number as usize]
    }

    /// The number of the pattern of the way to a node. Nodes on the way are remembered, so that what lies beside the node is cheap.
    pub(super) fn of(&mut self, node: Node) -> u32 {
        let mut way: Vec<(Edge, Node)> = Vec::new();
        let mut at = node;
        let mut number = loop {
            if let Some(&known) = self.of_nodes.get(&at) {
                break known;
            }
            let Some(edge) = self.paths.last(at) else { break self.begin(at) };
            way.push((edge, at));
            at = self.heap.source(edge);
        };
        while let Some((edge, target)) = way.pop() {
            let source = std::mem::replace(&mut at, target);
            number = self.extend(number, source, edge, target);
            // The last node of all is looked at once, as a rule.
            if !way.is_empty() {
                self.of_nodes.insert(target, number);
            }
        }
        number
    }

    /// Whether the way leads to what Node itself keeps of its pool: the view of the whole working slab, from which it cuts others, and
    /// a buffer of one byte that is made while it starts.
    pub(super) fn is_the_pools_own(&self, number: u32) -> bool {
        let pattern = self.get(number);
        let script = pattern.function.as_ref().and_then(|function| self.scripts.name(function.at?.script));
        let Some(Step::Variable(variable)) = pattern.steps.last() else { return false };
        matches!(
            (script, *variable),
            (Some("node:buffer"), "allocBuffer") | (Some("node:internal/fs/utils"), "bufferSep")
        )
    }

    fn begin(&mut self, node: Node) -> u32 {
        let name = self.heap.name(node);
        let head = if is_global(name) { Head::Global } else { Head::Object(class(name)) };
        self.keep(Pattern { head, function: None, cut: false, steps: Vec::new(), table: None })
    }

    fn keep(&mut self, pattern: Pattern<'a>) -> u32 {
        if let Some(&known) = self.numbers.get(&pattern) {
            return known;
        }
        let number = self.patterns.len() as u32;
        self.numbers.insert(pattern.clone(), number);
        self.patterns.push(pattern);
        number
    }

    fn extend(&mut self, number: u32, source: Node, edge: Edge, target: Node) -> u32 {
        let heap = self.heap;
        let mut pattern = self.patterns[number as usize].clone();
        let name = match heap.edge_name(edge) {
            EdgeName::Name(name) => name,
            EdgeName::Index(_) => "",
        };
        let step = match heap.edge_kind(edge) {
            EdgeKind::Context => Some(Step::Variable(cut(name, LONGEST))),
            EdgeKind::Property | EdgeKind::Shortcut if name.starts_with("bound_argument") => Some(bound()),
            EdgeKind::Property if self.is_table(source) => Some(Step::Element),
            EdgeKind::Property | EdgeKind::Shortcut => Some(Step::Property(cut(name, LONGEST))),
            EdgeKind::Element => Some(pattern.table.take().map_or(Step::Element, Step::Entry)),
            _ if pattern.is_a_function() && heap.name(source) == CONTEXT && heap.element(edge).is_some() => {
                Some(Step::Variable(CAPTURED))
            }
            EdgeKind::Internal => match internal(name, heap, target) {
                Some(Step::Element) => Some(pattern.table.take().map_or(Step::Element, Step::Entry)),
                Some(Step::Entry(table)) => Some(Step::Entry(pattern.table.take().unwrap_or(table))),
                step => step,
            },
            EdgeKind::Hidden | EdgeKind::Weak | EdgeKind::Other => None,
        };
        if name == "serialized_objects" {
            pattern.start(Head::Object(OWN));
        } else if name == "<symbol kResourceStore>" {
            // Where Node keeps it before version 24: with each asynchronous resource.
            pattern.start(Head::Object(STORAGE));
            return self.keep(pattern);
        } else if name == "parameters_and_registers" {
            // What is suspended tells its function, and only that.
            pattern.start(Head::Function);
            pattern.function = Some(self.suspended(source));
        }
        match step {
            // The array that it is in.
            Some(Step::Element) if pattern.steps.last() == Some(&local()) => {}
            // Where a function keeps it, the way begins with the variable.
            Some(Step::Variable(name)) if pattern.function.is_some() => {
                (pattern.head, pattern.cut) = (Head::Function, false);
                pattern.steps = vec![Step::Variable(name)];
            }
            // Lists, as long as they are.
            Some(step) if pattern.steps.last() == Some(&step) => {}
            Some(step) => pattern.steps.push(step),
            None => {}
        }
        if pattern.steps.len() > STEPS {
            pattern.steps.remove(0);
            (pattern.head, pattern.cut) = (Head::Nothing, true);
        }
        self.arrive(&mut pattern, source, name, target);
        self.keep(pattern)
    }

    /// Whether a plain object is used as a table: it has many properties, and V8 keeps them in a hash table.
    fn is_table(&mut self, object: Node) -> bool {
        let heap = self.heap;
        if heap.kind(object) != NodeKind::Object || heap.name(object) != "Object" {
            return false;
        }
        *self.tables.entry(object).or_insert_with(|| {
            let properties = heap.edges(object).filter(|&edge| heap.edge_kind(edge) == EdgeKind::Property);
            properties.take(MANY).count() == MANY
                && heap.edges(object).any(|edge| {
                    // Those of a record are in a "system / PropertyArray".
                    heap.edge_kind(edge) == EdgeKind::Internal
                        && heap.edge_name(edge) == EdgeName::Name("properties")
                        && heap.name(heap.target(edge)) == "(object properties)"
                })
        })
    }

    /// What the node says of the way to it.
    fn arrive(&mut self, pattern: &mut Pattern<'a>, source: Node, edge: &str, target: Node) {
        let heap = self.heap;
        let (kind, name) = (heap.kind(target), heap.name(target));
        if edge == "table" {
            pattern.table = match heap.name(source) {
                "Map" => Some(Table::Map),
                "Set" => Some(Table::Set),
                "WeakMap" | "WeakSet" => Some(Table::WeakMap),
                _ => None,
            };
        }
        match kind {
            // A function that nobody wrote, such as a bound one, is a step like another.
            NodeKind::Closure
                if heap.location(target).is_none() && !matches!(pattern.head, Head::Object(_) | Head::Module(_)) => {}
            NodeKind::Closure => {
                let role = pattern.role(edge, heap.name(source));
                pattern.start(Head::Function);
                pattern.function = Some(Function { name: cut(name, LONGEST), at: heap.location(target), role });
            }
            NodeKind::Object if is_global(name) => pattern.start(Head::Global),
            NodeKind::Object if name == MODULE_WRAP => pattern.start(self.module(target)),
            // Of a module as well.
            NodeKind::Object if name.ends_with("Generator") && heap.location(target).is_some() => {
                pattern.start(Head::Function);
                pattern.function = Some(self.suspended(target));
            }
            // What is reached from the roots, through Node's own code, or by a long way, is best told by its class.
            NodeKind::Object
                if is_class(name)
                    && (matches!(pattern.head, Head::Object(_) | Head::Module(_))
                        || pattern.cut
                        || pattern.steps.len() + 1 >= STEPS
                        || self.is_nodes(pattern)) =>
            {
                pattern.start(Head::Object(class(name)));
            }
            NodeKind::Synthetic => pattern.start(Head::Object(cut(name, LONGEST))),
            _ if name == "system / Cell" => {
                // A variable that a module exports.
                if pattern.function.is_some() {
                    pattern.head = Head::Function;
                }
                pattern.cut = false;
                pattern.steps = vec![Step::Variable(self.exported(target))];
            }
            _ => {}
        }
    }

    /// The name of what a module exports: in the module's table of exports it stands before the cell. Of several the first in text order.
    fn exported(&mut self, cell: Node) -> &'a str {
        let heap = self.heap;
        let exports = self.exports.get_or_insert_with(|| {
            let mut exports = HashMap::new();
            let [module] = heap.strings.find_all([SOURCE_TEXT_MODULE]);
            let modules = heap.nodes().filter(|&node| module.contains(&heap.names[node as usize]));
            let leads = modules.flat_map(|module| heap.edges(module)).map(|edge| heap.target(edge));
            let mut tables: Vec<Node> = leads.filter(|&table| heap.kind(table) == NodeKind::Array).collect();
            tables.sort_unstable();
            tables.dedup();
            for table in tables {
                let mut entries: Vec<(u32, Node)> =
                    heap.edges(table).filter_map(|edge| Some((heap.element(edge)?, heap.target(edge)))).collect();
                entries.sort_unstable();
                for pair in entries.windows(2) {
                    let [(key, name), (value, cell)] = pair else { continue };
                    if heap.kind(*name) == NodeKind::String && key + 1 == *value && heap.name(*cell) == "system / Cell"
                    {
                        let name = cut(heap.name(*name), LONGEST);
                        exports.entry(*cell).and_modify(|known: &mut &str| *known = name.min(known)).or_insert(name);
                    }
                }
            }
            exports
        });
        exports.get(&cell).copied().unwrap_or(EXPORT)
    }

    /// Whether the function that the way went through last is Node's own.
    fn is_nodes(&self, pattern: &Pattern<'_>) -> bool {
        let script = pattern.function.as_ref().and_then(|function| self.scripts.name(function.at?.script));
        script.is_some_and(|script| script.starts_with("node:"))
    }

    /// An ES module, by its file.
    fn module(&self, wrap: Node) -> Head<'a> {
        let heap = self.heap;
        let url = heap.edges(wrap).find(|&edge| heap.edge_name(edge) == EdgeName::Name("url"));
        let url = url.map(|edge| heap.target(edge)).filter(|&url| heap.kind(url) == NodeKind::String);
        Head::Module(url.map_or("", |url| heap.name(url)))
    }

    /// The function of a generator, or of an asynchronous function that waits.
    fn suspended(&mut self, generator: Node) -> Function<'a> {
        let heap = self.heap;
        *self.suspended.entry(generator).or_insert_with(|| {
            let leads = |&edge: &Edge| heap.edge_name(edge) == EdgeName::Name("function");
            let function = heap.edges(generator).find(leads).map(|edge| heap.target(edge));
            let at = function.and_then(|function| heap.location(function)).or_else(|| heap.location(generator));
            Function { name: function.map_or("", |function| cut(heap.name(function), LONGEST)), at, role: Role::None }
        })
    }

    /// The pattern as text, such as `Map sessions.byId → value in server.js`.
    pub(super) fn text(&self, pattern: &Pattern<'_>) -> String {
        let mut steps = String::new();
        let mut collection = "";
        for step in &pattern.steps {
            match step {
                Step::Variable(name) => steps.push_str(name),
                Step::Property(name) if steps.is_empty() && pattern.head == Head::Nothing => steps.push_str(name),
                Step::Property(name) => drop(write!(steps, ".{name}")),
                Step::Element => steps.push_str("[]"),
                Step::Internal(name) => drop(write!(steps, " → {name}")),
                Step::Entry(table) => {
                    if collection.is_empty() && !steps.contains(" → ") {
                        collection = table.name();
                    }
                    steps.push_str(" → ");
                    steps.push_str(table.entry());
                }
            }
        }
        let mut text = String::new();
        if !collection.is_empty() {
            let _ = write!(text, "{collection} ");
        }
        let steps = if pattern.cut { format!("….{}", steps.trim_start_matches('.')) } else { steps };
        match (&pattern.head, &pattern.function) {
            // A variable that only one function has, as far as one can see.
            (Head::Function, Some(function)) if matches!(pattern.steps.as_slice(), [Step::Variable(_)]) => {
                let _ = write!(text, "{} {} → {steps}", function.role, self.function(function));
            }
            (Head::Function, Some(function)) if matches!(pattern.steps.first(), Some(Step::Variable(_))) => {
                let _ = write!(text, "{steps}{}", self.file(function));
            }
            (Head::Function, Some(function)) => {
                let _ = write!(text, "function {}{}", self.function(function), glued(&steps));
            }
            (Head::Global, _) => drop(write!(text, "globalThis{}", glued(&steps))),
            (Head::Object(name), _) => drop(write!(text, "{name}{}", glued(&steps))),
            (Head::Module(url), _)
                if !url.is_empty()
                    && matches!(pattern.steps.first(), Some(Step::Variable(name)) if *name != EXPORT) =>
            {
                let _ = write!(text, "{steps} in {}", cut(base(url), LONGEST));
            }
            (Head::Module(url), _) => {
                let _ = write!(
                    text,
                    "ES module{}{}{}",
                    if url.is_empty() { "" } else { " " },
                    cut(base(url), LONGEST),
                    glued(&steps)
                );
            }
            (Head::Nothing, Some(function)) => drop(write!(text, "{steps}{}", self.file(function))),
            (Head::Nothing | Head::Function, _) => text.push_str(&steps),
        }
        text
    }

    /// `useHead (leak.js:12:89)`
    fn function(&self, function: &Function<'_>) -> String {
        let name = if function.name.is_empty() { "(anonymous)" } else { function.name };
        match function.at.and_then(|at| Some((self.scripts.name(at.script)?, at))) {
            Some((script, at)) => format!("{name} ({}:{}:{})", base(script), at.line + 1, at.column + 1),
            None => name.to_owned(),
        }
    }

    /// ` in leak.js`
    fn file(&self, function: &Function<'_>) -> String {
        let script = function.at.and_then(|at| self.scripts.name(at.script));
        script.map_or_else(String::new, |script| format!(" in {}", base(script)))
    }

    /// Where the function was written that the way goes through last: `file:line:column`.
    pub(super) fn at(&self, pattern: &Pattern<'_>) -> Option<String> {
        let at = pattern.function.as_ref()?.at?;
        let script = self.scripts.name(at.script)?;
        let script = script.strip_prefix("file://").unwrap_or(script);
        Some(format!("{script}:{}:{}", u64::from(at.line) + 1, u64::from(at.column) + 1))
    }
}

impl<'a> Pattern<'a> {
    /// The way seems to begin here.
    fn start(&mut self, head: Head<'a>) {
        (self.head, self.function, self.cut) = (head, None, false);
        self.steps.clear();
    }

    /// What the function that the way comes to waits for.
    fn role(&self, edge: &str, source: &str) -> Role<'a> {
        let mut steps = self.steps.iter();
        if steps.any(|step| *step == Step::Property("_events")) {
            return match steps.next() {
                Some(Step::Property(event)) => Role::Event(Some(event)),
                _ => Role::None,
            };
        }
        match edge {
            "_onTimeout" | "_onImmediate" => Role::Timer,
            "callback" | "listener" if source == "Listener" => Role::Event(None),
            // What is called once is wrapped.
            "listener" => self.function.map_or(Role::None, |wrapper| wrapper.role),
            _ if source == "system / PromiseReaction" => Role::Promise,
            _ => Role::None,
        }
    }

    /// Whether the way has just come to a function.
    fn is_a_function(&self) -> bool {
        self.head == Head::Function && self.steps.is_empty()
    }
}

impl fmt::Display for Role<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::None => f.write_str("closure"),
            Role::Event(Some(event)) => write!(f, "{event} event listener"),
            Role::Event(None) => f.write_str("event listener"),
            Role::Timer => f.write_str("timer"),
            Role::Promise => f.write_str("promise callback"),
        }
    }
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Table::Map => "Map",
            Table::Set => "Set",
            Table::WeakMap => "WeakMap",
        }
    }

    fn entry(self) -> &'static str {
        match self {
            Table::Map | Table::WeakMap => "value",
            Table::Set => "member",
        }
    }
}

/// Edges of V8's own that say something to a programmer.
fn internal<'a>(name: &str, heap: &Heap, target: Node) -> Option<Step<'a>> {
    let told = match name {
        "reactions_or_result" => "promise",
        "bound_argument" | "bound_this" | "bound_arguments" => return Some(bound()),
        "parameters_and_registers" => return Some(local()),
        _ if name.contains("pair in WeakMap") => return Some(Step::Entry(Table::WeakMap)),
        _ if name.parse::<u32>().is_ok() && heap.kind(target) == NodeKind::Object => return Some(Step::Element),
        _ => return None,
    };
    Some(Step::Internal(told))
}

fn bound<'a>() -> Step<'a> {
    Step::Internal("bound argument")
}

/// A variable of a function that waits.
fn local<'a>() -> Step<'a> {
    Step::Internal("local variable")
}

/// What a class, or what stands in its place, is called in the report.
fn class(name: &str) -> &str {
    match name {
        "AsyncContextFrame" => STORAGE,
        name if name.starts_with("system / NativeContext") => OWN,
        name => cut(name, LONGEST),
    }
}

/// `global`, in V8's later versions with more behind it.
fn is_global(name: &str) -> bool {
    name.split(' ').next() == Some("global")
        || name == "Object / global"
        || name.starts_with("Window")
        || name == "globalThis"
}

/// Whether the name is that of a class one would look for.
fn is_class(name: &str) -> bool {
    !matches!(
        name,
        "" | "Object"
            | "Array"
            | "Map"
            | "Set"
            | "WeakMap"
            | "WeakSet"
            | "Promise"
            | "ArrayBuffer"
            | "SharedArrayBuffer"
    ) && !name.starts_with("system / ")
        && !name.starts_with('{') // what V8 calls a record without a class
        && !is_view(name)
}

/// Whether that is what views are called.
pub(super) fn is_view(name: &str) -> bool {
    matches!(name, "Buffer" | "FastBuffer" | "DataView") || name.ends_with("Array")
}

fn base(script: &str) -> &str {
    if script.starts_with("node:") { script } else { script.rsplit(['/', '\\']).next().unwrap_or(script) }
}

/// Steps behind a name.
fn glued(steps: &str) -> String {
    match steps.chars().next() {
        None | Some('.' | '[' | ' ' | '…') => steps.to_owned(),
        Some(_) => format!(" → {steps}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;
    use crate::source::Source;
    use serde_json::json;

    const NODES: [&str; 6] = ["hidden", "array", "string", "object", "closure", "synthetic"];
    const EDGES: [&str; 7] = ["context", "element", "property", "internal", "hidden", "shortcut", "weak"];

    /// A small heap: a root, and the global object.
    struct Tiny {
        nodes: Vec<(&'static str, String)>,
        edges: Vec<Vec<(&'static str, String, usize)>>,
        locations: Vec<[usize; 4]>,
    }

    const GLOBAL: usize = 1;

    impl Tiny {
        fn new() -> Tiny {
            let mut tiny = Tiny { nodes: Vec::new(), edges: Vec::new(), locations: Vec::new() };
            tiny.node("synthetic", "");
            tiny.node("object", "global / ");
            tiny.edge(0, "shortcut", "global", GLOBAL);
            tiny
        }

        fn node(&mut self, kind: &'static str, name: &str) -> usize {
            self.nodes.push((kind, name.to_owned()));
            self.edges.push(Vec::new());
            self.nodes.len() - 1
        }

        fn edge(&mut self, from: usize, kind: &'static str, name: &str, to: usize) {
            self.edges[from].push((kind, name.to_owned(), to));
        }

        /// A node behind others: each step is an edge's kind and name, and the target's kind and name.
        fn way(&mut self, from: usize, steps: &[[&'static str; 4]]) -> usize {
            steps.iter().fold(from, |at, &[edge, edge_name, kind, name]| {
                let node = self.node(kind, name);
                self.edge(at, edge, edge_name, node);
                node
            })
        }

        /// A function of a script, as a property of an object, and the context behind it.
        fn function(&mut self, of: usize, name: &'static str, script: &'static str, line: usize) -> (usize, usize) {
            let function = self.way(of, &[["property", "method", "closure", name]]);
            self.way(function, &[["internal", "shared", "hidden", "shared"], ["internal", "script", "hidden", script]]);
            let number = self.nodes.len();
            self.locations.push([function, number, line, 4]);
            (function, self.way(function, &[["internal", "context", "object", CONTEXT]]))
        }

        fn heap(&self) -> Heap {
            let mut strings: Vec<&str> = Vec::new();
            let mut text = |text| {
                strings.push(text);
                strings.len() - 1
            };
            let (mut nodes, mut edges) = (Vec::new(), Vec::new());
            for (number, ((kind, name), leaving)) in self.nodes.iter().zip(&self.edges).enumerate() {
                let kind = NODES.iter().position(|known| known == kind).unwrap();
                nodes.extend([kind, text(name), 2 * number + 1, 16, leaving.len(), 0]);
                for (kind, name, to) in leaving {
                    let name = if ["element", "hidden"].contains(kind) { name.parse().unwrap() } else { text(name) };
                    edges.extend([EDGES.iter().position(|known| known == kind).unwrap(), name, to * 6]);
                }
            }
            let locations: Vec<usize> = self.locations.iter().flat_map(|at| [at[0] * 6, at[1], at[2], at[3]]).collect();
            // In V8's order.
            let snapshot = json!({
                "meta": {
                    "node_fields": ["type", "name", "id", "self_size", "edge_count", "detachedness"],
                    "node_types": [NODES, "string", "number", "number", "number", "number"],
                    "edge_fields": ["type", "name_or_index", "to_node"],
                    "edge_types": [EDGES, "string_or_number", "node"],
                    "location_fields": ["object_index", "script_id", "line", "column"],
                },
                "node_count": nodes.len() / 6,
                "edge_count": edges.len() / 3,
            });
            let (nodes, edges, locations) = (json!(nodes), json!(edges), json!(locations));
            let strings = json!(strings);
            let file = format!(
                r#"{{"snapshot":{snapshot},"nodes":{nodes},"edges":{edges},"locations":{locations},"strings":{strings}}}"#
            );
            Heap::read(Source::from_reader(std::io::Cursor::new(file.into_bytes())).unwrap(), &mut ()).unwrap()
        }

        /// What is told of the way to a node.
        fn told(&self, node: usize) -> (String, Option<String>, bool) {
            let mut heap = self.heap();
            let graph = Graph::of(&mut heap);
            let (paths, scripts) = (Paths::of(&heap, &graph), Scripts::of(&heap));
            let mut patterns = Patterns::new(&heap, &paths, &scripts);
            let number = patterns.of(node as Node);
            let pattern = patterns.get(number);
            (patterns.text(pattern), patterns.at(pattern), patterns.is_the_pools_own(number))
        }

        fn text(&self, node: usize) -> String {
            self.told(node).0
        }
    }

    /// What is told of a way that begins at the context of a function `run` in `/app/server.js`.
    fn behind_a_function(steps: &[[&'static str; 4]]) -> String {
        let mut tiny = Tiny::new();
        let (_, context) = tiny.function(GLOBAL, "run", "file:///app/server.js", 9);
        let end = tiny.way(context, steps);
        let (text, at, _) = tiny.told(end);
        assert_eq!(at.as_deref(), Some("/app/server.js:10:5"), "{text}");
        text
    }

    fn behind_the_global(steps: &[[&'static str; 4]]) -> String {
        let mut tiny = Tiny::new();
        let end = tiny.way(GLOBAL, steps);
        tiny.text(end)
    }

    const BUFFER: [&str; 2] = ["object", "Buffer"];

    #[test]
    fn variables_are_told_with_their_file_and_alone_with_their_function() {
        let sole = behind_a_function(&[["context", "head", BUFFER[0], BUFFER[1]]]);
        assert_eq!(sole, "closure run (server.js:10:5) → head");
        let block = behind_a_function(&[["hidden", "0", BUFFER[0], BUFFER[1]]]);
        assert_eq!(block, "closure run (server.js:10:5) → captured variable");
        let list = [["context", "list", "object", "Array"], ["element", "7", "object", "Buffer"]];
        assert_eq!(behind_a_function(&list), "list[] in server.js");
        let field = [["context", "all", "object", "Object"], ["property", "first", "object", "Buffer"]];
        assert_eq!(behind_a_function(&field), "all.first in server.js");
    }

    #[test]
    fn tables_are_told_by_their_collection() {
        for (class, entry) in [("Map", "value"), ("Set", "member")] {
            let table = [
                ["context", "by", "object", class],
                ["internal", "table", "array", ""],
                ["internal", "12", "object", "Buffer"],
            ];
            assert_eq!(behind_a_function(&table), format!("{class} by → {entry} in server.js"));
        }
    }

    #[test]
    fn values_of_weak_maps_are_told_by_the_key_or_the_map() {
        // By the farther of the two: only then the value is held.
        for (keys_far_away, told) in
            [(false, "WeakMap meta → value in server.js"), (true, "WeakMap key.far.away → value in server.js")]
        {
            let mut tiny = Tiny::new();
            let (_, context) = tiny.function(GLOBAL, "run", "/app/server.js", 9);
            let map = tiny.way(context, &[["context", "meta", "object", "WeakMap"]]);
            let table = tiny.way(map, &[["internal", "table", "array", ""]]);
            let mut key = tiny.way(context, &[["context", "key", "object", "Object"]]);
            if keys_far_away {
                key =
                    tiny.way(key, &[["property", "far", "object", "Object"], ["property", "away", "object", "Object"]]);
            }
            let value_node = tiny.node("object", "Buffer");
            let id = |node: usize| 2 * node + 1;
            for (number, from) in [(3, table), (4, key)] {
                let (key, value, table) = (id(key), id(value_node), id(table));
                let name = format!(
                    "{number} / part of key (Object @{key}) -> value (Buffer @{value}) pair in WeakMap (table @{table})"
                );
                tiny.edge(from, "internal", &name, value_node);
            }
            assert_eq!(tiny.text(value_node), told);
        }
    }

    #[test]
    fn ways_of_any_length_through_one_list_are_one_pattern() {
        let mut tiny = Tiny::new();
        let (_, context) = tiny.function(GLOBAL, "run", "/app/server.js", 9);
        let mut at = tiny.way(context, &[["context", "first", "object", "Object"]]);
        let mut texts = Vec::new();
        for _ in 0..20 {
            at = tiny.way(at, &[["property", "next", "object", "Object"]]);
            let buffer = tiny.way(at, &[["property", "chunk", "object", "Buffer"]]);
            texts.push(tiny.text(buffer));
        }
        texts.dedup();
        assert_eq!(texts, ["first.next.chunk in server.js"]);
    }

    #[test]
    fn a_long_way_is_cut_or_begins_with_a_class() {
        let mut steps = vec![["context", "a", "object", "Object"]];
        for name in ["b", "c", "d", "e", "f"] {
            steps.push(["property", name, "object", "Object"]);
        }
        assert_eq!(behind_a_function(&steps), "a.b.c.d.e.f in server.js");
        steps.push(["property", "g", "object", "Buffer"]);
        assert_eq!(behind_a_function(&steps), "….b.c.d.e.f.g in server.js");
        let mut tiny = Tiny::new();
        let (_, context) = tiny.function(GLOBAL, "run", "/app/server.js", 9);
        steps.push(["property", "owner", "object", "Session"]);
        steps.push(["property", "id", "object", "Buffer"]);
        let end = tiny.way(context, &steps);
        assert_eq!(tiny.told(end), ("Session.id".into(), None, false));
    }

    #[test]
    fn globals_are_told_as_properties_of_globalthis() {
        let list = [["property", "leaked", "object", "Array"], ["element", "1", "object", "Buffer"]];
        assert_eq!(behind_the_global(&list), "globalThis.leaked[]");
        assert!(is_global("global (global*) / ") && is_global("global") && !is_global("globals"));
    }

    #[test]
    fn an_object_used_as_a_table_is_one_pattern() {
        for (properties, hashed, told) in
            [(40, true, "byName[]"), (40, false, "byName.user7"), (MANY - 1, true, "byName.user7")]
        {
            let mut tiny = Tiny::new();
            let (_, context) = tiny.function(GLOBAL, "run", "/app/server.js", 9);
            let object = tiny.way(context, &[["context", "byName", "object", "Object"]]);
            let buffers: Vec<usize> = (0..properties).map(|_| tiny.node("object", "Buffer")).collect();
            for (number, &buffer) in buffers.iter().enumerate() {
                tiny.edge(object, "property", &format!("user{number}"), buffer);
            }
            let table = if hashed { ["array", "(object properties)"] } else { ["hidden", "system / PropertyArray"] };
            tiny.way(object, &[["internal", "properties", table[0], table[1]]]);
            assert_eq!(tiny.text(buffers[7]), format!("{told} in server.js"));
        }
    }

    #[test]
    fn a_function_that_nobody_wrote_is_a_step() {
        let bound = [
            ["context", "bound", "object", "Array"],
            ["element", "0", "closure", "native_bind"],
            ["shortcut", "bound_argument_0", "object", "Buffer"],
        ];
        assert_eq!(behind_a_function(&bound), "bound[] → bound argument in server.js");
    }

    #[test]
    fn what_waits_is_told_by_its_function() {
        let mut tiny = Tiny::new();
        let (function, _) = tiny.function(GLOBAL, "wait", "/app/server.js", 20);
        let (_, context) = tiny.function(GLOBAL, "run", "/app/server.js", 9);
        let way = [["context", "all", "object", "Array"], ["element", "0", "object", "Generator"]];
        let generator = tiny.way(context, &way);
        tiny.edge(generator, "internal", "function", function);
        let registers = [["internal", "parameters_and_registers", "array", ""], ["internal", "1", "object", "Buffer"]];
        let end = tiny.way(generator, &registers);
        let (text, at, _) = tiny.told(end);
        assert_eq!(text, "function wait (server.js:21:5) → local variable");
        assert_eq!(at.as_deref(), Some("/app/server.js:21:5"));
    }

    #[test]
    fn modules_are_told_by_their_file() {
        let mut tiny = Tiny::new();
        let wrap = tiny.way(GLOBAL, &[["property", "entry", "object", "ModuleWrap"]]);
        let end = tiny.way(
            wrap,
            &[
                ["internal", "2", "hidden", "system / SourceTextModule"],
                ["hidden", "0", "array", ""],
                ["internal", "10", "hidden", "system / Cell"],
                ["internal", "value", "object", "Object"],
                ["property", "list", "object", "Buffer"],
            ],
        );
        assert_eq!(tiny.text(end), "ES module → export.list");
        tiny.way(wrap, &[["property", "url", "string", "file:///app/main.mjs"]]);
        assert_eq!(tiny.text(end), "ES module main.mjs → export.list");
        // In a table its key stands before it, and the key of the next behind.
        let (table, cell) = (tiny.edges[tiny.edges[wrap][0].2][0].2, tiny.edges[tiny.edges[wrap][0].2][0].2 + 1);
        tiny.way(table, &[["internal", "11", "string", "next"]]);
        assert_eq!(tiny.text(end), "ES module main.mjs → export.list");
        tiny.way(table, &[["internal", "9", "string", "uploads"]]);
        assert_eq!(tiny.text(end), "uploads.list in main.mjs");
        // Under another name as well.
        tiny.way(table, &[["internal", "30", "string", "all"]]);
        tiny.edge(table, "internal", "31", cell);
        assert_eq!(tiny.text(end), "all.list in main.mjs");
    }

    #[test]
    fn nodes_own_code_is_told_as_such_and_classes_behind_it_by_their_name() {
        let mut tiny = Tiny::new();
        let (_, context) = tiny.function(GLOBAL, "setTimeout", "node:timers", 1);
        let lists = tiny.way(context, &[["context", "lists", "object", "Object"]]);
        let own = tiny.way(lists, &[["property", "scratch", "object", "Buffer"]]);
        assert_eq!(tiny.told(own), ("lists.scratch in node:timers".into(), Some("node:timers:2:5".into()), false));
        let timer = tiny.way(lists, &[["property", "next", "object", "Timeout"]]);
        let arguments = [["property", "_timerArgs", "object", "Array"], ["element", "0", "object", "Buffer"]];
        let end = tiny.way(timer, &arguments);
        assert_eq!(tiny.told(end), ("Timeout._timerArgs[]".into(), None, false));
        let stored = tiny.way(timer, &[["property", "<symbol kResourceStore>", "object", "Buffer"]]);
        assert_eq!(tiny.text(stored), "AsyncLocalStorage");

        let (_, context) = tiny.function(GLOBAL, "Buffer", "node:buffer", 1);
        let slab = tiny.way(context, &[["context", "allocBuffer", "object", "Buffer"]]);
        assert!(tiny.told(slab).2, "the pool's own");
        let (_, context) = tiny.function(GLOBAL, "mine", "/app/buffer.js", 1);
        let slab = tiny.way(context, &[["context", "allocBuffer", "object", "Buffer"]]);
        assert!(!tiny.told(slab).2, "a program's");
    }

    #[test]
    fn what_was_made_at_the_start_is_nobodys() {
        let mut tiny = Tiny::new();
        let end = tiny.way(
            0,
            &[
                ["internal", "native_context", "hidden", "system / NativeContext / "],
                ["internal", "serialized_objects", "array", ""],
                ["internal", "47", "object", "Object"],
                ["property", "statValues", "object", "Float64Array"],
            ],
        );
        assert_eq!(tiny.text(end), "(V8 and Node)[].statValues");
    }
}
