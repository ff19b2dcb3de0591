//! One isolate of a program, the main thread's or a worker's, and the calls that an audit makes in it.

use super::Error;
use super::client::{Client, Event, Route, taken};
use serde_json::{Value, json};
use std::time::Duration;

/// Everything that an audit holds in the program belongs to this group, and goes with it.
const GROUP: &str = "plimsoll";

/// How long a pause may take to come that was asked for.
const PAUSE: Duration = Duration::from_secs(5);

/// One isolate, for the time of an audit. All that it made the program hold is released when it is dropped.
pub(crate) struct Isolate<'a> {
    client: &'a mut Client,
    route: Route,
    /// How often the debugger is still to be resumed.
    pauses: u8,
}

impl<'a> Isolate<'a> {
    pub(crate) fn new(client: &'a mut Client, route: Route) -> Isolate<'a> {
        Isolate { client, route, pauses: 0 }
    }

    pub(crate) fn client(&mut self) -> &mut Client {
        self.client
    }

    pub(crate) fn call(&mut self, method: &'static str, params: Value) -> Result<Value, Error> {
        self.client.call(&self.route, method, params)
    }

    /// The value of an expression, as a handle: `None` for what is no object.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Result<Option<String>, Error> {
        let params = json!({ "expression": expression, "objectGroup": GROUP, "silent": true });
        let answer = self.call("Runtime.evaluate", params)?;
        thrown("Runtime.evaluate", &answer)?;
        Ok(handle(&answer["result"]))
    }

    /// The value of an expression, as JSON.
    pub(crate) fn value(&mut self, expression: &str) -> Result<Value, Error> {
        let params = json!({ "expression": expression, "objectGroup": GROUP, "silent": true, "returnByValue": true });
        let mut answer = self.call("Runtime.evaluate", params)?;
        thrown("Runtime.evaluate", &answer)?;
        Ok(taken(&mut taken(&mut answer, "result"), "value"))
    }

    /// All live objects that inherit from a prototype, as a handle on their array. V8 collects garbage first.
    pub(crate) fn objects(&mut self, prototype: &str) -> Result<String, Error> {
        let prototype = self
            .evaluate(prototype)?
            .ok_or_else(|| Error::answer("Runtime.evaluate", format!("{prototype} is not an object")))?;
        let params = json!({ "prototypeObjectId": prototype, "objectGroup": GROUP });
        let answer = self.call("Runtime.queryObjects", params)?;
        handle(&answer["objects"]).ok_or_else(|| Error::answer("Runtime.queryObjects", "no array of objects"))
    }

    /// Calls a function on an object. The result is a handle, or a value if `by_value`.
    fn function(&mut self, on: &str, declaration: &str, arguments: Value, by_value: bool) -> Result<Value, Error> {
        let params = json!({
            "objectId": on, "functionDeclaration": declaration, "arguments": arguments,
            "objectGroup": GROUP, "silent": true, "returnByValue": by_value,
        });
        let mut answer = self.call("Runtime.callFunctionOn", params)?;
        thrown("Runtime.callFunctionOn", &answer)?;
        Ok(taken(&mut answer, "result"))
    }

    /// Calls a function that returns an object, and gives its handle.
    pub(crate) fn make(&mut self, on: &str, declaration: &str, arguments: Value) -> Result<String, Error> {
        let result = self.function(on, declaration, arguments, false)?;
        handle(&result).ok_or_else(|| Error::answer("Runtime.callFunctionOn", "no object came back"))
    }

    /// Calls a function that returns a string.
    pub(crate) fn text(&mut self, on: &str, declaration: &str, arguments: Value) -> Result<String, Error> {
        match taken(&mut self.function(on, declaration, arguments, true)?, "value") {
            Value::String(text) => Ok(text),
            other => Err(Error::answer("Runtime.callFunctionOn", format!("a string was expected, not {other}"))),
        }
    }

    /// The debugger is enabled while pauses are asked for.
    pub(crate) fn enable_debugger(&mut self) -> Result<(), Error> {
        self.call("Debugger.enable", json!({})).map(drop)
    }

    /// Has the debugger pause the isolate so many times, without a line of the program in between; from its event loop, or at once where
    /// that has ended.
    ///
    /// Not at once elsewhere: while Node takes one message it takes no other, and when what is evaluated pauses then, one that came from
    /// a worker just before is never taken, nor any after it, and Node waits for ever, as fast as it can.
    pub(crate) fn pause(&mut self, times: u8, from_loop: bool) -> Result<(), Error> {
        let pauses = vec!["debugger"; times.into()].join("; ");
        let expression = if from_loop { format!("void setImmediate(() => {{ {pauses} }})") } else { pauses };
        self.client.begin(&self.route, "Runtime.evaluate", json!({ "expression": expression, "silent": true }))?;
        self.pauses = times;
        Ok(())
    }

    /// Waits for the first pause. If it does not come, none is asked for any more.
    pub(crate) fn arrive(&mut self) -> Result<(), Error> {
        if !self.has_paused(PAUSE)? {
            self.pauses = 0;
            self.call("Debugger.disable", json!({}))?;
        }
        Ok(())
    }

    /// Whether the next pause comes within this time.
    pub(crate) fn has_paused(&mut self, within: Duration) -> Result<bool, Error> {
        let paused = self.client.event(within, |event| is_pause(event) && event.route == self.route)?;
        Ok(paused.is_some())
    }

    /// Ends a pause that has come, if one was asked for.
    pub(crate) fn resume(&mut self) -> Result<(), Error> {
        if self.pauses == 0 {
            return Ok(());
        }
        self.pauses -= 1;
        // A snapshot may come before their answers.
        self.client.begin(&self.route, "Debugger.resume", json!({}))?;
        if self.pauses == 0 {
            self.client.begin(&self.route, "Debugger.disable", json!({}))?;
        }
        Ok(())
    }

    /// Waits for the pauses that are still to come, and ends them.
    pub(crate) fn resume_all(&mut self) -> Result<(), Error> {
        while self.pauses > 0 {
            self.has_paused(PAUSE)?;
            self.resume()?;
        }
        Ok(())
    }

    /// The own properties of an object, and what V8 adds to them in double brackets.
    pub(crate) fn properties(&mut self, of: &str) -> Result<Value, Error> {
        self.call("Runtime.getProperties", json!({ "objectId": of, "ownProperties": true }))
    }
}

impl Drop for Isolate<'_> {
    fn drop(&mut self) {
        while self.pauses > 0 && self.resume().is_ok() {}
        // If this cannot be sent, the session is gone, and the objects with it.
        let _ = self.client.call(&self.route, "Runtime.releaseObjectGroup", json!({ "objectGroup": GROUP }));
    }
}

pub(crate) fn is_pause(event: &Event) -> bool {
    event.method == "Debugger.paused"
}

/// The handle of a remote object.
pub(crate) fn handle(object: &Value) -> Option<String> {
    object["objectId"].as_str().map(str::to_owned)
}

fn thrown(method: &str, answer: &Value) -> Result<(), Error> {
    let Some(details) = answer.get("exceptionDetails") else { return Ok(()) };
    let exception = &details["exception"];
    let text = exception["description"].as_str().or(exception["value"].as_str()).or(details["text"].as_str());
    // V8's words where no JavaScript may run any more.
    if text == Some("illegal access") {
        return Err(Error::answer(method, "the program has ended, and nothing runs in it any more"));
    }
    let first = text.unwrap_or("an exception").lines().next().unwrap_or_default();
    Err(Error::answer(method, format!("the program threw {first}")))
}
