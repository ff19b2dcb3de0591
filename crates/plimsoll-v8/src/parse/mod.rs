//! Reading a `.heapsnapshot` in one pass, the edges of a plain file beside the rest.
//!
//! The file is a JSON object. `snapshot` has to come before the sections of numbers, as it says what their fields are;
//! apart from that the sections may stand in any order, with any white space, and unknown ones are skipped. V8 writes
//! `snapshot`, `nodes`, `edges`, the allocation trace, `samples`, `locations`, `strings`. The trace is skipped unless V8 noted stacks.

mod beside;
mod cursor;
mod header;
mod rows;
mod text;
mod tree;

use crate::error::{ErrorKind, SnapshotError};
use crate::heap::{Heap, Location, Node};
use crate::source::{Pieces, Source};
use crate::strings::Gather;
use crate::traces::Function;
use beside::Beside;
use cursor::Cursor;
use header::Header;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Told how far reading has come, at least once a MiB.
pub trait Progress {
    /// So many bytes of the file have been read, of so many if that is known. Both are those of the file, packed or not.
    /// They begin again at 0 where a file is damaged, as it is then read a second time.
    fn read(&mut self, bytes: u64, of: Option<u64>);
}

impl Progress for () {
    fn read(&mut self, _bytes: u64, _of: Option<u64>) {}
}

impl<F: FnMut(u64, Option<u64>)> Progress for F {
    fn read(&mut self, bytes: u64, of: Option<u64>) {
        self(bytes, of);
    }
}

impl Heap {
    /// Reads a snapshot. Takes about 45 bytes of memory a node, and the strings. A file that is not packed is read by two threads.
    ///
    /// # Errors
    /// If the source cannot be read, or is no whole snapshot: every count and every index in it is checked.
    pub fn read(source: Source, progress: &mut dyn Progress) -> Result<Heap, SnapshotError> {
        let (unpacked, file) = (source.unpacked_len(), source.file());
        if let Some(part) = source.part() {
            let cursor = Cursor::new(Pieces::Plain(part), file.clone(), progress);
            let reading = Reading { two_threads: true, unpacked, ..Reading::default() };
            if let Ok(heap) = reading.whole(cursor) {
                return Ok(heap);
            }
            // What is wrong first, and where, is known to who reads everything in order.
        }
        let packed = source.is_packed();
        let pieces = source.into_pieces().map_err(|error| SnapshotError::read(file.1.load(Ordering::Relaxed), error));
        let heap = pieces
            .and_then(|pieces| Reading { unpacked, ..Reading::default() }.whole(Cursor::new(pieces, file, progress)));
        heap.map_err(|error| if packed { error.of_unpacked() } else { error })
    }
}

/// A section that must be there, once.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Snapshot = 1,
    Nodes = 2,
    Edges = 4,
    Strings = 8,
    Locations = 16,
    TraceFunctions = 32,
    TraceTree = 64,
}

#[derive(Default)]
struct Reading {
    unpacked: Option<u64>,
    /// Whether another thread may read the edges.
    two_threads: bool,
    header: Option<Arc<Header>>,
    /// The edges, if another thread reads them.
    beside: Option<Beside>,
    heap: Heap,
    seen: u8,
    /// The sum of the nodes' edge counts.
    edges_of_nodes: u64,
    /// One more than the largest number of a string in use.
    strings_used: u64,
}

type Result_<T> = Result<T, SnapshotError>;

impl Reading {
    fn whole(mut self, mut cursor: Cursor<'_>) -> Result_<Heap> {
        self.file(&mut cursor)?;
        if let Some(beside) = self.beside.take() {
            let edges = beside.join()?;
            self.heap.targets = edges.heap.targets;
            self.heap.edge_names = edges.heap.edge_names;
            self.heap.long_names = edges.heap.long_names;
            self.strings_used = self.strings_used.max(edges.strings_used);
            cursor.tell();
        }
        self.finish(cursor.position())
    }

    fn file(&mut self, cursor: &mut Cursor<'_>) -> Result_<()> {
        cursor.skip_white()?;
        if cursor.peek()? != Some(b'{') {
            return Err(SnapshotError::new(ErrorKind::NotASnapshot, cursor.position(), "no JSON object"));
        }
        cursor.bump();
        let mut name = Vec::new();
        loop {
            cursor.skip_white()?;
            match cursor.need("a section")? {
                b'}' if self.seen == 0 => break,
                b'"' => cursor.key(&mut name)?,
                _ => return Err(cursor.damaged("a section's name in quotes was expected")),
            }
            cursor.skip_white()?;
            cursor.expect(b':')?;
            cursor.skip_white()?;
            self.section(&name, cursor)?;
            cursor.skip_white()?;
            match cursor.need("a section")? {
                b',' => cursor.bump(),
                b'}' => break,
                _ => return Err(cursor.damaged("',' or '}' was expected after a section")),
            }
        }
        cursor.bump();
        cursor.skip_white()?;
        match cursor.peek()? {
            None => Ok(()),
            Some(_) => Err(cursor.damaged("something follows the snapshot")),
        }
    }

    fn section(&mut self, name: &[u8], cursor: &mut Cursor<'_>) -> Result_<()> {
        let before_edges = self.seen & Seen::Edges as u8 == 0;
        if before_edges && name != b"edges" {
            // They are looked for where they follow the nodes at once.
            self.beside = None;
        }
        match name {
            b"snapshot" => {
                self.once(Seen::Snapshot, "snapshot", cursor)?;
                let at = cursor.position();
                self.header = Some(Arc::new(Header::read(&cursor.object(1 << 20)?, at)?));
                Ok(())
            }
            b"nodes" => {
                self.once(Seen::Nodes, "nodes", cursor)?;
                if let (true, Some(header)) = (self.two_threads && before_edges, &self.header) {
                    self.beside = Beside::new(cursor, header, self.unpacked);
                }
                self.nodes(cursor)
            }
            b"edges" => {
                self.once(Seen::Edges, "edges", cursor)?;
                match (&mut self.beside, &self.header) {
                    (Some(beside), Some(header)) => beside.pass(cursor, header),
                    _ => self.edges(cursor),
                }
            }
            b"locations" => {
                self.once(Seen::Locations, "locations", cursor)?;
                self.locations(cursor)
            }
            b"trace_function_infos" => {
                self.once(Seen::TraceFunctions, "trace_function_infos", cursor)?;
                self.trace_functions(cursor)
            }
            b"trace_tree" => {
                self.once(Seen::TraceTree, "trace_tree", cursor)?;
                self.trace_tree(cursor)
            }
            b"strings" => {
                self.once(Seen::Strings, "strings", cursor)?;
                let mut gather = Gather::default();
                text::strings(cursor, &mut gather)?;
                let strings = gather.finish();
                let too_long = || SnapshotError::new(ErrorKind::Unsupported, cursor.position(), text::TOO_LONG);
                self.heap.strings = strings.ok_or_else(too_long)?;
                Ok(())
            }
            _ => cursor.skip_value(),
        }
    }

    fn once(&mut self, section: Seen, name: &str, cursor: &Cursor<'_>) -> Result_<()> {
        if self.seen & section as u8 != 0 {
            return Err(cursor.damaged(format!("there is a second section {name:?}")));
        }
        self.seen |= section as u8;
        Ok(())
    }

    /// What the sections of numbers need, or the error that it did not come first.
    fn header<'h>(header: Option<&'h Header>, section: &str, cursor: &Cursor<'_>) -> Result_<&'h Header> {
        let missing = || SnapshotError::new(ErrorKind::Unsupported, cursor.position(), no_header(section));
        header.ok_or_else(missing)
    }

    /// How many rows to make room for: what the header says, as far as the file can have so many.
    fn room(&self, said: u64, width: usize) -> usize {
        // A number and its comma are two bytes. Without a length, growing is cheap enough.
        let possible = self.unpacked.map_or(1 << 16, |bytes| bytes / (2 * width as u64));
        said.min(possible) as usize
    }

    fn nodes(&mut self, cursor: &mut Cursor<'_>) -> Result_<()> {
        let room = self.header.as_ref().map_or(0, |header| self.room(header.node_count, header.node_width));
        let header = Reading::header(self.header.as_deref(), "nodes", cursor)?;
        let fields = header.nodes;
        let trace = header.traces.map(|traces| traces.of_node);
        let heap = &mut self.heap;
        let reserved = heap.kinds.try_reserve(room).is_ok()
            && heap.names.try_reserve(room).is_ok()
            && heap.ids.try_reserve(room).is_ok()
            && heap.sizes.try_reserve(room)
            && heap.first_edges.try_reserve(room + 1).is_ok();
        if !reserved {
            return Err(no_memory(cursor));
        }
        let kinds = &header.node_kinds[..];
        let count = header.node_count;
        let (mut edges, mut strings_used) = (0_u64, 0_u64);
        let row = |row: &[u64]| -> Result<(), &'static str> {
            let Some(&kind) = kinds.get(row[fields.kind] as usize) else { return Err("a node's type is not listed") };
            let (Ok(name), Ok(id)) = (u32::try_from(row[fields.name]), u32::try_from(row[fields.id])) else {
                return Err("a node's name or id is more than 32 bits");
            };
            if heap.kinds.len() as u64 == count {
                return Err("there are more nodes than the header says");
            }
            let detached = fields.detachedness.map_or(0, |field| row[field] as u8 & 3);
            if let Some(trace) = trace {
                let Ok(trace) = u32::try_from(row[trace]) else { return Err("a node's trace is more than 32 bits") };
                heap.traces.of_nodes.push(trace);
            }
            heap.kinds.push(kind | detached << 6);
            heap.names.push(name);
            heap.ids.push(id);
            heap.sizes.push(row[fields.self_size]);
            heap.first_edges.push(edges as u32);
            strings_used = strings_used.max(u64::from(name) + 1);
            edges = edges.saturating_add(row[fields.edge_count]);
            if edges >= u64::from(u32::MAX) {
                return Err("the nodes have more than 4,294,967,294 edges");
            }
            Ok(())
        };
        rows::rows(cursor, "nodes", header.node_width, row)?;
        heap.first_edges.push(edges as u32);
        if heap.kinds.len() as u64 != count {
            let what = format!("the header says {count} nodes, there are {}", heap.kinds.len());
            return Err(cursor.damaged(what));
        }
        self.edges_of_nodes = edges;
        self.strings_used = self.strings_used.max(strings_used);
        Ok(())
    }

    fn edges(&mut self, cursor: &mut Cursor<'_>) -> Result_<()> {
        let room = self.header.as_ref().map_or(0, |header| self.room(header.edge_count, header.edge_width));
        let header = Reading::header(self.header.as_deref(), "edges", cursor)?;
        let fields = header.edges;
        let heap = &mut self.heap;
        if heap.targets.try_reserve(room).is_err() || heap.edge_names.try_reserve(room).is_err() {
            return Err(no_memory(cursor));
        }
        let kinds = &header.edge_kinds[..];
        let count = header.edge_count;
        let node = Numbering::new(header);
        let mut strings_used = 0_u64;
        let row = |row: &[u64]| -> Result<(), &'static str> {
            let Some(&kind) = kinds.get(row[fields.kind] as usize) else { return Err("an edge's type is not listed") };
            let Ok(name) = u32::try_from(row[fields.name]) else {
                return Err("an edge's name is more than 32 bits");
            };
            let target = node.at(row[fields.target]).ok_or("an edge's target is no node")?;
            if heap.targets.len() as u64 == count {
                return Err("there are more edges than the header says");
            }
            if header::named(kind) {
                strings_used = strings_used.max(u64::from(name) + 1);
            }
            heap.push_edge(kind, name, target);
            Ok(())
        };
        rows::rows(cursor, "edges", header.edge_width, row)?;
        if heap.targets.len() as u64 != count {
            let what = format!("the header says {count} edges, there are {}", heap.targets.len());
            return Err(cursor.damaged(what));
        }
        self.strings_used = self.strings_used.max(strings_used);
        Ok(())
    }

    fn locations(&mut self, cursor: &mut Cursor<'_>) -> Result_<()> {
        let header = Reading::header(self.header.as_deref(), "locations", cursor)?;
        let Some(fields) = header.locations else { return cursor.skip_value() };
        let locations = &mut self.heap.locations;
        let node = Numbering::new(header);
        let row = |row: &[u64]| -> Result<(), &'static str> {
            let node = node.at(row[fields.node]).ok_or("a location is of no node")?;
            let number = |field: usize| u32::try_from(row[field]).map_err(|_| "a location is more than 32 bits");
            let location =
                Location { script: number(fields.script)?, line: number(fields.line)?, column: number(fields.column)? };
            locations.push((node, location));
            Ok(())
        };
        rows::rows(cursor, "locations", header.location_width, row)?;
        // Of several, the last counts.
        locations.reverse();
        locations.sort_by_key(|located| located.0);
        locations.dedup_by_key(|located| located.0);
        locations.shrink_to_fit();
        Ok(())
    }

    fn trace_functions(&mut self, cursor: &mut Cursor<'_>) -> Result_<()> {
        let header = Reading::header(self.header.as_deref(), "trace_function_infos", cursor)?;
        let Some(fields) = header.traces else { return cursor.skip_value() };
        let functions = &mut self.heap.traces.functions;
        let mut strings_used = 0_u64;
        let row = |row: &[u64]| -> Result<(), &'static str> {
            let number = |field: usize| u32::try_from(row[field]).map_err(|_| "a number is more than 32 bits");
            let (name, script) = (number(fields.name)?, number(fields.script)?);
            strings_used = strings_used.max(u64::from(name.max(script)) + 1);
            functions.push(Function { name, script, line: number(fields.line)?, column: number(fields.column)? });
            Ok(())
        };
        rows::rows(cursor, "trace_function_infos", fields.function_width, row)?;
        self.strings_used = self.strings_used.max(strings_used);
        Ok(())
    }

    fn trace_tree(&mut self, cursor: &mut Cursor<'_>) -> Result_<()> {
        let header = Reading::header(self.header.as_deref(), "trace_tree", cursor)?;
        let Some(fields) = header.traces else { return cursor.skip_value() };
        let traces = &mut self.heap.traces;
        tree::tree(cursor, fields.place_width, |parent, row| traces.push(parent, row[fields.id], row[fields.function]))
    }

    /// What can only be known at the end.
    fn finish(mut self, at: u64) -> Result_<Heap> {
        let error = |kind, what: String| Err(SnapshotError::new(kind, at, what));
        let Some(header) = self.header else { return error(ErrorKind::NotASnapshot, no_header("sections")) };
        let sections = [(Seen::Nodes, "nodes"), (Seen::Edges, "edges"), (Seen::Strings, "strings")];
        if let Some(missing) = sections.iter().find(|section| self.seen & section.0 as u8 == 0) {
            return error(ErrorKind::Truncated, format!("there is no section {:?}", missing.1));
        }
        if self.edges_of_nodes != u64::from(self.heap.edge_count()) {
            let (of_nodes, edges) = (self.edges_of_nodes, self.heap.edge_count());
            return error(ErrorKind::Damaged, format!("the nodes have {of_nodes} edges, there are {edges}"));
        }
        let strings = self.heap.string_count();
        if self.strings_used > u64::from(strings) {
            let what = format!("a name is string {}, there are {strings}", self.strings_used - 1);
            return error(ErrorKind::Damaged, what);
        }
        if let Err(what) = self.heap.traces.close(&self.heap.strings) {
            return error(ErrorKind::Damaged, what);
        }
        self.heap.new_kinds = header.new_kinds.clone();
        self.heap.extra_native_bytes = header.extra_native_bytes;
        Ok(self.heap)
    }
}

fn no_header(section: &str) -> String {
    format!("\"snapshot\" has to come before the {section}")
}

fn no_memory(cursor: &Cursor<'_>) -> SnapshotError {
    SnapshotError::new(ErrorKind::Unsupported, cursor.position(), "there is not enough memory")
}

/// From a place in the array of nodes, as the file has it, to the node's number.
#[derive(Clone, Copy)]
struct Numbering {
    width: u64,
    /// 2^64 / width, rounded up: a multiplication divides.
    reciprocal: u64,
    nodes: u64,
}

impl Numbering {
    fn new(header: &Header) -> Self {
        let width = header.node_width as u64;
        Numbering { width, reciprocal: u64::MAX / width + 1, nodes: header.node_count }
    }

    #[inline]
    fn at(self, place: u64) -> Option<Node> {
        // The product is exact for places below 2^64 / width, which is more than there can be.
        let node = ((u128::from(place) * u128::from(self.reciprocal)) >> 64) as u64;
        (node < self.nodes && node * self.width == place).then_some(node as Node)
    }
}
