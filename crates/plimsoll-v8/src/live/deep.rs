//! The deep audit: the rows of the quick one, and a heap snapshot in which each row's view can be found.

use super::client::{Route, Step, Ticket, taken};
use super::isolate::{Isolate, is_pause};
use super::session::{Session, Thread};
use super::{Error, quick};
use serde_json::{Value, json};
use std::io::{self, Read};
use std::time::Duration;

/// What one view shows of its store: what a heap snapshot does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinnedView {
    /// The number of its store: the same for views of the same store, otherwise without meaning.
    pub store: u32,
    /// Its first byte, counted from the start of the store.
    pub offset: u64,
    /// How many bytes it shows.
    pub len: u64,
}

/// A heap snapshot on its way, and the rows that belong to it. Reading it gives the bytes of a `.heapsnapshot` file.
///
/// The views are pinned by an array that only the inspector's session holds: no global of the program shows it. In the snapshot it is the
/// node whose *id* is [`array`](Deep::array), which is known when all has been read, and its element *i* is the view of row *i*. Its edges are not the program's.
///
/// When this is dropped the array is released, read to the end or not.
pub struct Deep<'a> {
    /// The views, in the order of the array's elements.
    pub rows: Vec<PinnedView>,
    /// The array's handle, and its id once the snapshot is made.
    pinned: Option<String>,
    array: Option<u64>,
    isolate: Isolate<'a>,
    ticket: Ticket,
    piece: Vec<u8>,
    read: usize,
    done: bool,
}

impl Session {
    /// Pins all views of a thread, and starts a heap snapshot of it. The thread stands still until the snapshot is made: the debugger
    /// pauses it before, so no view is made in between. Where that cannot be (in a worker, where another debugger has paused it already, or
    /// where the event loop does not turn for five seconds), the last views may have no row.
    ///
    /// # Errors
    ///
    /// As the connection has them.
    pub fn deep(&mut self, thread: &Thread) -> Result<Deep<'_>, Error> {
        let from_loop = !self.client.is_over();
        let mut isolate = Isolate::new(&mut self.client, thread.route.clone());
        // A worker's session does not end with the connection: if this process is killed, it would stand still for ever.
        let main = thread.route == Route::Main;
        if main {
            isolate.enable_debugger()?;
            isolate.pause(2, from_loop)?;
            isolate.arrive()?;
        }
        let (pinned, found) = quick::pin(&mut isolate)?;
        let row = |view: &quick::View| PinnedView {
            store: u32::try_from(view.store).unwrap_or(u32::MAX),
            offset: view.offset,
            len: view.len,
        };
        let rows = found.views.iter().map(row).collect();
        // At the end of the program nothing runs any more, and no pause lasts: the second has come as well.
        let lasts = !main || !isolate.has_paused(Duration::ZERO)?;
        let mut deep = Deep::start(isolate, thread, "HeapProfiler.takeHeapSnapshot", rows, Some(pinned))?;
        // Newer versions of V8 make the snapshot when nothing is on the stack, or at the beginning of a pause.
        if lasts {
            deep.isolate.resume()?;
        } else {
            deep.isolate.pause(1, false)?;
        }
        Ok(deep)
    }

    /// Has V8 note the stack of each allocation from now on, until [`sites`](Session::sites): the program runs slower.
    ///
    /// # Errors
    ///
    /// As the connection has them.
    pub fn track(&mut self, thread: &Thread) -> Result<(), Error> {
        let params = json!({ "trackAllocations": true });
        self.client.call(&thread.route, "HeapProfiler.startTrackingHeapObjects", params).map(drop)
    }

    /// Ends [`track`](Session::track), with a snapshot in which objects made since have their stacks, in the sections
    /// `trace_function_infos` and `trace_tree`. It has no rows: to find the views, garbage is collected, and V8 forgets the stacks of
    /// what moves. It forgets some in any case, and the more garbage was collected meanwhile, the more.
    ///
    /// # Errors
    ///
    /// As the connection has them.
    pub fn sites(&mut self, thread: &Thread) -> Result<Deep<'_>, Error> {
        let isolate = Isolate::new(&mut self.client, thread.route.clone());
        Deep::start(isolate, thread, "HeapProfiler.stopTrackingHeapObjects", Vec::new(), None)
    }
}

impl<'a> Deep<'a> {
    fn start(
        mut isolate: Isolate<'a>,
        thread: &Thread,
        method: &'static str,
        rows: Vec<PinnedView>,
        pinned: Option<String>,
    ) -> Result<Deep<'a>, Error> {
        let ticket = isolate.client().begin(&thread.route, method, json!({ "reportProgress": false }))?;
        Ok(Deep { rows, pinned, array: None, isolate, ticket, piece: Vec::new(), read: 0, done: false })
    }

    /// The id of the array's node in the snapshot. `None` before the end was read.
    pub fn array(&self) -> Option<u64> {
        self.array
    }

    /// V8 gives ids out while it makes a snapshot.
    fn find_array(&mut self) -> Result<(), Error> {
        let Some(pinned) = &self.pinned else { return Ok(()) };
        let answer = self.isolate.call("HeapProfiler.getHeapObjectId", json!({ "objectId": pinned }))?;
        let id = answer["heapSnapshotObjectId"].as_str().and_then(|id| id.parse().ok()).filter(|&id| id != 0);
        self.array = Some(id.ok_or_else(|| Error::answer("HeapProfiler.getHeapObjectId", "no id"))?);
        Ok(())
    }

    /// The next piece of the snapshot. Empty at its end.
    fn next_piece(&mut self) -> Result<Vec<u8>, Error> {
        loop {
            match self.isolate.client().step(&self.ticket)? {
                Step::Answer(_) => {
                    // Older versions make the snapshot at once, and pause after it.
                    self.isolate.resume_all()?;
                    self.find_array()?;
                    return Ok(Vec::new());
                }
                Step::Event(mut event) if event.method == "HeapProfiler.addHeapSnapshotChunk" => {
                    match taken(&mut event.params, "chunk") {
                        Value::String(piece) if !piece.is_empty() => return Ok(piece.into_bytes()),
                        _ => {}
                    }
                }
                Step::Event(event) if is_pause(&event) => self.isolate.resume()?,
                Step::Event(event) => self.isolate.client().keep(event),
            }
        }
    }
}

impl Read for Deep<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.piece.len() && !self.done {
            self.piece = self.next_piece().map_err(io::Error::other)?;
            self.read = 0;
            self.done = self.piece.is_empty();
        }
        let count = into.len().min(self.piece.len() - self.read);
        into[..count].copy_from_slice(&self.piece[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}
