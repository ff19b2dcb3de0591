//! The edges of a plain file, read on a thread of their own, while the nodes and what follows the edges are read.
//!
//! V8 writes `edges` after `nodes`, and an array of numbers ends at the first `]`. So a quick look at the bytes tells where the edges begin, and
//! another where they end: the thread goes over the nodes, and who reads the file goes over the edges. In the end the one must have read exactly
//! what the other left out.

use super::cursor::Cursor;
use super::header::Header;
use super::{Reading, Result_};
use crate::error::{ErrorKind, SnapshotError};
use crate::source::{Part, Pieces};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};

/// The edges to come. Their thread ends when this is dropped.
pub(super) struct Beside {
    thread: Option<JoinHandle<Result_<Edges>>>,
    stop: Arc<AtomicBool>,
    /// What was left to the thread.
    passed: Range<u64>,
}

/// Edges, and which bytes of the file they are.
struct Edges {
    bytes: Range<u64>,
    reading: Reading,
}

impl Beside {
    /// Begins with the edges that follow the nodes; those begin here. `None` if there is no thread to be had, or the file is not plain.
    pub(super) fn new(cursor: &Cursor<'_>, header: &Arc<Header>, unpacked: Option<u64>) -> Option<Self> {
        let (part, nodes, header) = (cursor.part()?, cursor.position(), Arc::clone(header));
        let stop = part.stop();
        let read = move || Edges::read(part, nodes, header, unpacked);
        let thread = Builder::new().name("snapshot edges".into()).spawn(read).ok()?;
        Some(Beside { thread: Some(thread), stop, passed: 0..0 })
    }

    /// Leaves the edges that begin here to the thread.
    pub(super) fn pass(&mut self, cursor: &mut Cursor<'_>, header: &Header) -> Result_<()> {
        let (begin, part) = (cursor.position(), cursor.part());
        let end = end(part.as_ref(), begin, header.edge_count, header.edge_width)?;
        cursor.jump(end);
        self.passed = begin..end;
        Ok(())
    }

    /// The edges, if they are those that were passed.
    pub(super) fn join(mut self) -> Result_<Reading> {
        let edges = self.thread.take().and_then(|thread| thread.join().ok()).ok_or_else(|| odd(self.passed.end))??;
        if edges.bytes == self.passed { Ok(edges.reading) } else { Err(odd(self.passed.end)) }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Edges {
    fn read(part: Part, nodes: u64, header: Arc<Header>, unpacked: Option<u64>) -> Result_<Self> {
        let end = end(Some(&part), nodes, header.node_count, header.node_width)?;
        let mut progress = ();
        let mut cursor = Cursor::new(Pieces::Plain(part), Default::default(), &mut progress);
        cursor.jump(end);
        cursor.skip_white()?;
        cursor.expect(b',')?;
        cursor.skip_white()?;
        for &byte in b"\"edges\"" {
            cursor.expect(byte)?;
        }
        cursor.skip_white()?;
        cursor.expect(b':')?;
        cursor.skip_white()?;
        let begin = cursor.position();
        let mut reading = Reading { header: Some(header), unpacked, ..Reading::default() };
        reading.edges(&mut cursor)?;
        Ok(Edges { bytes: begin..cursor.position(), reading })
    }
}

/// The end of an array of numbers that begins there, if it has so many rows.
fn end(part: Option<&Part>, begin: u64, rows: u64, width: usize) -> Result_<u64> {
    let part = part.ok_or_else(|| odd(begin))?;
    // A number and what follows it are two bytes: there is no end before.
    let found = part.find(b']', begin + 2 * rows * width as u64).map_err(|error| SnapshotError::read(begin, error))?;
    Ok(found.ok_or_else(|| odd(begin))? + 1)
}

/// The file is not what it seemed. Nobody sees this: it is read again, in order.
fn odd(at: u64) -> SnapshotError {
    SnapshotError::new(ErrorKind::Damaged, at, "the edges cannot be read by themselves")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    const SNAPSHOT: &str = r#""snapshot": {"meta": {
        "node_fields": ["type", "name", "id", "self_size", "edge_count"], "node_types": [["synthetic"]],
        "edge_fields": ["type", "name_or_index", "to_node"], "edge_types": [["element"]]
    }, "node_count": 2, "edge_count": 3}"#;
    const NODES: &str = r#""nodes": [0,0,1,0,2, 0,0,3,8,1]"#;
    const EDGES: &str = r#""edges" : [0,1,5, 0,2,5, 0,0,0]"#;
    const STRINGS: &str = r#""strings": ["x"]"#;

    /// How many edges were read in order, and how many beside, if any were.
    fn edges(sections: &[&str]) -> (u32, Option<Result_<u32>>) {
        let path = std::env::temp_dir().join(format!("plimsoll-beside-{}", std::process::id()));
        std::fs::write(&path, format!("{{{}}}", sections.join(" , "))).unwrap();
        let source = Source::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (part, mut progress) = (source.part().unwrap(), ());
        let mut cursor = Cursor::new(Pieces::Plain(part), source.file(), &mut progress);
        let mut reading = Reading { two_threads: true, ..Reading::default() };
        reading.file(&mut cursor).unwrap();
        let beside = reading.beside.take().map(|beside| Ok(beside.join()?.heap.edge_count()));
        (reading.heap.edge_count(), beside)
    }

    #[test]
    fn edges_that_follow_the_nodes_are_read_beside() {
        assert!(matches!(edges(&[SNAPSHOT, NODES, EDGES, STRINGS]), (0, Some(Ok(3)))));
        assert!(matches!(edges(&[STRINGS, SNAPSHOT, NODES, EDGES]), (0, Some(Ok(3)))));
        for others in [
            [SNAPSHOT, NODES, STRINGS, EDGES],
            [SNAPSHOT, NODES, r#""new": []"#, EDGES],
            [SNAPSHOT, EDGES, NODES, STRINGS],
        ] {
            assert!(matches!(edges(&others), (3, None)), "{others:?}");
        }
        // What ends elsewhere than it seems is not taken.
        let odd = EDGES.replace("0,2,5", "[],[]");
        assert!(matches!(edges(&[SNAPSHOT, NODES, &odd, STRINGS]), (0, Some(Err(_)))));
    }
}
