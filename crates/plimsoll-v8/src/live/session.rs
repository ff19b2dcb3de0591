//! A connection to a running program, and what can be asked of it.

use super::audit::Audit;
use super::client::{Client, Event, Route};
use super::isolate::Isolate;
use super::{Error, Limits, quick};
use serde_json::json;
use std::time::{Duration, Instant};

/// A connection to the inspector of a running program.
///
/// Nothing of it stays in the program: what an audit holds there is released at its end, when this is dropped, and by V8
/// itself when the connection breaks. One case is beyond reach: Node does not end its workers' sessions with the connection, so if this
/// process is killed during an audit of a worker, what was pinned there stays until the worker ends.
pub struct Session {
    pub(crate) client: Client,
    /// The workers that sessions are open to, in the order in which they were met.
    workers: Vec<Thread>,
    /// Whether sessions to new workers open by themselves.
    attaching: bool,
}

/// A thread of the program that runs JavaScript: the main thread, or a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    pub(crate) route: Route,
    name: String,
}

impl Thread {
    /// `main`, or the worker's title, such as `[worker 1] crunch`.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Session {
    /// Connects to an inspector's address, `ws://HOST:PORT/ID`. Of `ws://HOST:PORT` and `http://HOST:PORT` it is asked first which programs
    /// it knows, and the first is taken.
    ///
    /// # Errors
    ///
    /// [`Error::Address`], [`Error::Remote`], [`Error::Connect`].
    pub fn connect(address: &str, limits: &Limits) -> Result<Session, Error> {
        Ok(Session { client: Client::connect(address, limits)?, workers: Vec::new(), attaching: false })
    }

    /// Counts every live buffer of the program, its workers' too.
    ///
    /// V8 collects garbage in each isolate first, and the program stands still for that long: 0.2 s for a small heap, 2 s for
    /// 200 MB of small objects, more than 10 s for 800 MB. No line of the program runs. What stays: V8 moves typed arrays
    /// of up to 64 bytes out of its own heap, as it does when their `.buffer` is read, and each then takes some 280 bytes more.
    ///
    /// Buffers made in another context of `node:vm` are seen if their prototype is the main context's.
    ///
    /// # Errors
    ///
    /// As the connection has them. A worker that cannot be asked is no error: see
    /// [`IsolateSums::problem`](super::IsolateSums::problem).
    pub fn quick(&mut self) -> Result<Audit, Error> {
        let start = Instant::now();
        let mut found = Vec::new();
        for thread in self.threads()? {
            let result = quick::look(&mut Isolate::new(&mut self.client, thread.route.clone()));
            match result {
                Err(error) if thread.route == Route::Main => return Err(error),
                Err(error) if self.client.is_gone(&Route::Main) => return Err(error),
                result => found.push((thread.name, result.map_err(|error| error.to_string()))),
            }
        }
        self.client.forget_answers();
        Ok(Audit::new(found, start.elapsed()))
    }

    /// Audits again and again on this connection, so long apart, until `each` returns `false`. The time is kept from one
    /// start to the next, as far as audits are shorter. Growth between two is [`Report::since`](plimsoll_report::Report::since).
    ///
    /// # Errors
    ///
    /// As [`quick`](Session::quick): mostly [`Error::Closed`], when the program has ended.
    pub fn repeat(&mut self, every: Duration, mut each: impl FnMut(Audit) -> bool) -> Result<(), Error> {
        let mut next = Instant::now();
        while each(self.quick()?) {
            next = super::after(next, every);
            self.wait(next.saturating_duration_since(Instant::now()))?;
        }
        Ok(())
    }

    /// Waits. The program's end shows at once.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`], when the program has ended.
    pub fn wait(&mut self, time: Duration) -> Result<(), Error> {
        self.client.event(time, |_| false).map(drop)
    }

    /// Whether the main thread answers within this time. It does not while it stands still in one call, such as `spawnSync`.
    pub(crate) fn responds(&mut self, within: Duration) -> Result<bool, Error> {
        let ticket = self.client.begin(&Route::Main, "Runtime.evaluate", json!({ "expression": "0" }))?;
        self.client.answered(&ticket, within)
    }

    /// The main thread, and the workers that run now.
    ///
    /// # Errors
    ///
    /// As the connection has them.
    pub fn threads(&mut self) -> Result<Vec<Thread>, Error> {
        if !self.attaching {
            match self.client.call(&Route::Main, "NodeWorker.enable", json!({ "waitForDebuggerOnStart": false })) {
                // A Node without workers.
                Err(Error::Refused { .. }) => {}
                other => drop(other?),
            }
            self.attaching = true;
        }
        let attached = |event: &Event| event.method == "NodeWorker.attachedToWorker";
        while let Some(event) = self.client.event(Duration::ZERO, attached)? {
            let Some(session) = event.params["sessionId"].as_str() else { continue };
            let info = &event.params["workerInfo"];
            // Such as `[worker 1] crunch`.
            let name = match info["title"].as_str().map(str::trim) {
                Some(title) if !title.is_empty() => title.to_owned(),
                _ => format!("[worker {}]", info["workerId"].as_str().unwrap_or("?")),
            };
            self.workers.push(Thread { route: Route::Worker(session.into()), name });
        }
        let client = &self.client;
        self.workers.retain(|worker| !client.is_gone(&worker.route));
        let main = Thread { route: Route::Main, name: "main".into() };
        Ok([main].into_iter().chain(self.workers.iter().cloned()).collect())
    }

    /// Bytes of JavaScript's heap in use in the main thread: what a snapshot of it goes over.
    ///
    /// # Errors
    ///
    /// As the connection has them.
    pub fn heap_used(&mut self) -> Result<u64, Error> {
        let answer = self.client.call(&Route::Main, "Runtime.getHeapUsage", json!({}))?;
        answer["usedSize"]
            .as_f64()
            .map(|bytes| bytes as u64)
            .ok_or_else(|| Error::answer("Runtime.getHeapUsage", "no size"))
    }

    /// Closes the program's inspector, as it was before [`Process::open`](super::Process::open) opened it: for all who are connected.
    pub fn close_inspector(mut self) {
        let params = json!({ "expression": "process._debugEnd()" });
        self.detach();
        // The connection ends instead of an answer.
        let _ = self.client.begin(&Route::Main, "Runtime.evaluate", params);
        let _ = self.client.event(Duration::from_secs(1), |_| false);
    }

    /// Ends the workers' sessions. Node keeps them, and what they hold, when the connection alone ends.
    fn detach(&mut self) {
        for Thread { route, .. } in self.workers.drain(..) {
            if let Route::Worker(session) = route {
                let _ = self.client.begin(&Route::Main, "NodeWorker.detach", json!({ "sessionId": session }));
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.detach();
    }
}
