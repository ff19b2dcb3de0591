//! A connection to a running program, and what can be asked of it.

use super::audit::Audit;
use super::client::{Client, Event, Route};
use super::isolate::Isolate;
use super::{Error, Limits, quick};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// A connection to the inspector of a running program.
///
/// Nothing of it stays in the program: what an audit holds there is released at its end, and by V8 itself when the
/// connection ends, however it ends.
pub struct Session {
    pub(crate) client: Client,
    /// The workers' sessions, and what they are called. Ordered, for the same report twice.
    workers: BTreeMap<String, String>,
}

impl Session {
    /// Connects to an inspector's address, `ws://HOST:PORT/ID`.
    ///
    /// # Errors
    ///
    /// [`Error::Address`], [`Error::Remote`], [`Error::Connect`].
    pub fn connect(address: &str, limits: &Limits) -> Result<Session, Error> {
        Ok(Session { client: Client::connect(address, limits)?, workers: BTreeMap::new() })
    }

    /// Counts every live buffer of the program, its workers' too.
    ///
    /// V8 collects garbage in each isolate first, and the program stands still for that long: about a tenth of a second for
    /// a small heap, seconds for one of gigabytes. No line of the program runs. What stays: V8 moves typed arrays of up to 64 bytes
    /// out of its own heap, as it does when their `.buffer` is read; each then takes some 200 bytes more.
    ///
    /// Buffers made in another context of `node:vm` are seen if their prototype is the main context's.
    ///
    /// # Errors
    ///
    /// As the connection has them. A worker that cannot be asked is no error: see
    /// [`IsolateSums::problem`](super::IsolateSums::problem).
    pub fn quick(&mut self) -> Result<Audit, Error> {
        let start = Instant::now();
        self.attach_workers()?;
        let mut found = vec![("main".into(), Ok(self.look(Route::Main)?))];
        for (session, title) in self.workers.clone() {
            let result = match self.look(Route::Worker(session)) {
                Err(error) if error.is_end() && self.client.is_gone(&Route::Main) => return Err(error),
                result => result.map_err(|error| error.to_string()),
            };
            found.push((title, result));
        }
        self.detach_workers();
        self.client.forget_answers();
        Ok(Audit::new(found, start.elapsed()))
    }

    fn look(&mut self, route: Route) -> Result<quick::Found, Error> {
        quick::look(&mut Isolate::new(&mut self.client, route))
    }

    /// Opens sessions to all workers that run.
    fn attach_workers(&mut self) -> Result<(), Error> {
        let params = json!({ "waitForDebuggerOnStart": false });
        match self.client.call(&Route::Main, "NodeWorker.enable", params) {
            // A Node without workers.
            Err(Error::Refused { .. }) => return Ok(()),
            other => other?,
        };
        let attached = |event: &Event| event.method == "NodeWorker.attachedToWorker";
        while let Some(event) = self.client.event(Duration::ZERO, attached)? {
            let info = &event.params["workerInfo"];
            let id = info["workerId"].as_str().unwrap_or("?");
            let title = match info["title"].as_str() {
                Some(title) if !title.is_empty() => format!("{title} (thread {id})"),
                _ => format!("worker {id}"),
            };
            if let Some(session) = event.params["sessionId"].as_str() {
                self.workers.insert(session.into(), title);
            }
        }
        Ok(())
    }

    fn detach_workers(&mut self) {
        self.workers.clear();
        // If the program has ended, there is nothing to detach from.
        let _ = self.client.call(&Route::Main, "NodeWorker.disable", json!({}));
    }
}
