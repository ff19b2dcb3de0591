//! One isolate of a program, the main thread's or a worker's, and the calls that an audit makes in it.

use super::Error;
use super::client::{Client, Route, taken};
use serde_json::{Value, json};

/// Everything that an audit holds in the program belongs to this group, and goes with it.
const GROUP: &str = "plimsoll";

/// One isolate, for the time of an audit. All that it made the program hold is released when it is dropped.
pub(crate) struct Isolate<'a> {
    client: &'a mut Client,
    route: Route,
}

impl<'a> Isolate<'a> {
    pub(crate) fn new(client: &'a mut Client, route: Route) -> Isolate<'a> {
        Isolate { client, route }
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

    /// The own properties of an object, and what V8 adds to them in double brackets.
    pub(crate) fn properties(&mut self, of: &str) -> Result<Value, Error> {
        self.call("Runtime.getProperties", json!({ "objectId": of, "ownProperties": true }))
    }
}

impl Drop for Isolate<'_> {
    fn drop(&mut self) {
        // If this cannot be sent, the session is gone, and the objects with it.
        let _ = self.client.call(&self.route, "Runtime.releaseObjectGroup", json!({ "objectGroup": GROUP }));
    }
}

/// The handle of a remote object.
pub(crate) fn handle(object: &Value) -> Option<String> {
    object["objectId"].as_str().map(str::to_owned)
}

fn thrown(method: &str, answer: &Value) -> Result<(), Error> {
    let Some(details) = answer.get("exceptionDetails") else { return Ok(()) };
    let exception = &details["exception"];
    let text = exception["description"].as_str().or(exception["value"].as_str()).or(details["text"].as_str());
    let first = text.unwrap_or("an exception").lines().next().unwrap_or_default();
    Err(Error::answer(method, format!("the program threw {first}")))
}
