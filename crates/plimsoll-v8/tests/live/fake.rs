//! Inspectors that do not do as they should: each gets an error that says what was being done, and nothing else happens.

use plimsoll_v8::live::{Error, Limits, Session};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use tungstenite::{Message, WebSocket, accept};

/// What the other side does with a request: `None` is silence.
type Answer = fn(&mut WebSocket<TcpStream>, method: &str, id: u64) -> Option<String>;

fn audited_by(answer: Answer) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}/id", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut socket = accept(listener.accept().unwrap().0).unwrap();
        while let Ok(message) = socket.read() {
            let Ok(text) = message.to_text() else { continue };
            let Ok(request) = serde_json::from_str::<Value>(text) else { continue };
            let (method, id) = (request["method"].as_str().unwrap(), request["id"].as_u64().unwrap());
            if let Some(reply) = answer(&mut socket, method, id) {
                let _ = socket.send(Message::text(reply));
            }
        }
    });
    let limits = Limits { silence: Duration::from_millis(200), ..Limits::default() };
    let error = Session::connect(&address, &limits).unwrap().quick().unwrap_err();
    server.join().unwrap();
    error
}

/// What a small program would answer, with these rows in its pages.
fn plausible(method: &str, id: u64, stores: &str, views: &str) -> Option<String> {
    let object = json!({ "type": "object", "objectId": "1" });
    let head = json!({
        "version": "v24.0.0", "names": ["Buffer"], "empty": 0, "views": 1, "stores": 1, "sharedNumbers": [],
        "arrayBuffers": 0, "marked": true,
    });
    let text = |text: &str| json!({ "result": { "type": "string", "value": text } });
    // In the order in which the audit asks: the head, stores, views.
    static ASKED: std::sync::Mutex<u32> = std::sync::Mutex::new(0);
    let result = match method {
        "Runtime.queryObjects" => {
            *ASKED.lock().unwrap() = 0;
            json!({ "objects": object })
        }
        "Runtime.getProperties" => json!({ "result": [] }),
        "Runtime.evaluate" => json!({ "result": { "type": "number", "value": 1, "objectId": "1" } }),
        "Runtime.callFunctionOn" => {
            let mut asked = ASKED.lock().unwrap();
            *asked += 1;
            match *asked {
                1 => json!({ "result": object }),
                2 => text(&head.to_string()),
                3 => text(stores),
                _ => text(views),
            }
        }
        _ => json!({}),
    };
    Some(json!({ "id": id, "result": result }).to_string())
}

#[test]
fn silence_ends_at_the_limit_and_names_the_method() {
    let error = audited_by(|_, _, _| None);
    assert_eq!(error.to_string(), "NodeWorker.enable: no answer within 0.2 s");
    // Events of others are no answer.
    let error = audited_by(|_, method, id| {
        (method == "NodeWorker.enable").then(|| json!({ "id": id, "result": {} }).to_string())
    });
    assert!(matches!(&error, Error::Silent { doing, .. } if doing == "Runtime.evaluate"), "{error}");
}

#[test]
fn an_end_in_the_middle_is_told_as_such() {
    let error = audited_by(|socket, _, _| {
        let _ = socket.close(None);
        None
    });
    assert!(error.is_end(), "{error}");
    let error = audited_by(|socket, _, _| {
        let _ = socket.get_ref().shutdown(std::net::Shutdown::Both);
        None
    });
    assert!(error.is_end(), "{error}");
}

#[test]
fn refusals_and_nonsense_are_told_with_what_was_asked() {
    let error = audited_by(|_, _, id| Some(json!({ "id": id, "error": { "message": "not today" } }).to_string()));
    assert_eq!(error.to_string(), "Runtime.evaluate: not today");
    let error = audited_by(|_, _, _| Some("{".into()));
    assert!(matches!(error, Error::Answer { .. }), "{error}");
    let error = audited_by(|_, _, id| Some(json!({ "id": id, "result": 7 }).to_string()));
    assert!(matches!(error, Error::Answer { .. }), "{error}");
}

#[test]
fn rows_that_cannot_be_are_refused() {
    let error = audited_by(|_, method, id| plausible(method, id, "4096,0", "1,0,16,0"));
    assert!(error.to_string().contains("a view of a store that is not there"), "{error}");
    let error = audited_by(|_, method, id| plausible(method, id, "4096,0", "0,0,16,9"));
    assert!(error.to_string().contains("not there"), "{error}");
    let error = audited_by(|_, method, id| plausible(method, id, "4096", ""));
    assert!(error.to_string().contains("missing numbers"), "{error}");
    let error = audited_by(|_, method, id| plausible(method, id, "4096,0", "0,-1,16,0"));
    assert!(error.to_string().contains("missing numbers"), "{error}");
}
