//! The inspector's protocol: requests, answers and events, over one WebSocket.
//!
//! Everything happens on the thread that calls: a request is written, and messages are read until its answer is among
//! them. A worker thread has a session of its own, whose messages travel inside those of the main thread.

use super::http::first_target;
use super::stream::Stream;
use super::{Error, Limits};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};
use tungstenite::client::client_with_config;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

/// The largest message taken: a page of rows or a piece of a snapshot is far smaller.
const LARGEST_MESSAGE: usize = 256 << 20;

/// So many events wait to be asked for; older ones are forgotten.
const MOST_EVENTS: usize = 4096;

/// The events that somebody may ask for later.
const AWAITED: [&str; 3] = ["NodeWorker.attachedToWorker", "NodeRuntime.waitingForDisconnect", "Debugger.paused"];

/// Which isolate a message is for: the main thread's, or a worker's, by its session.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Route {
    Main,
    Worker(String),
}

/// Something that the inspector says unasked.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) route: Route,
    pub(crate) method: String,
    pub(crate) params: Value,
}

/// A connection to an inspector.
pub(crate) struct Client {
    socket: WebSocket<Stream>,
    limits: Limits,
    last_id: u64,
    /// Answers that came while another one was waited for.
    answers: HashMap<(Route, u64), Result<Value, String>>,
    events: VecDeque<Event>,
    /// The sessions of workers that have ended.
    gone: HashSet<String>,
    /// The program has said that it has ended.
    over: bool,
}

/// A request on its way.
pub(crate) struct Ticket {
    pub(crate) route: Route,
    id: u64,
    /// The id of the message that carries it to a worker.
    carrier: Option<u64>,
    method: &'static str,
}

/// What comes next for a request.
pub(crate) enum Step {
    Answer(Value),
    Event(Event),
}

impl Client {
    /// Connects to `ws://HOST:PORT/ID`, or to the first program of an inspector at `ws://HOST:PORT` or `http://HOST:PORT`.
    pub(crate) fn connect(address: &str, limits: &Limits) -> Result<Client, Error> {
        let Place { host, port, id } = Place::of(address)?;
        let found = allowed(address, host, port, limits)?;
        if !id {
            return Client::connect(&first_of(&found, limits)?, limits);
        }
        let stream = open(address, &found, limits)?;
        stream.tcp().set_nodelay(true)?;
        stream.tcp().set_read_timeout(Some(limits.connect))?;
        stream.tcp().set_write_timeout(Some(limits.silence))?;
        let config =
            WebSocketConfig::default().max_message_size(Some(LARGEST_MESSAGE)).max_frame_size(Some(LARGEST_MESSAGE));
        let (socket, _) = client_with_config(address, stream, Some(config)).map_err(|error| Error::Connect {
            address: address.into(),
            problem: error.to_string(),
            refused: false,
        })?;
        Ok(Client {
            socket,
            limits: limits.clone(),
            last_id: 0,
            answers: HashMap::new(),
            events: VecDeque::new(),
            gone: HashSet::new(),
            over: false,
        })
    }

    /// Whether the isolate's session has ended, as far as is known.
    pub(crate) fn is_gone(&self, route: &Route) -> bool {
        match route {
            Route::Main => !self.socket.can_read(),
            Route::Worker(session) => self.gone.contains(session),
        }
    }

    /// Whether the program waits at its end for who watches it.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// Asks for something, and waits for the answer.
    pub(crate) fn call(&mut self, route: &Route, method: &'static str, params: Value) -> Result<Value, Error> {
        let ticket = self.begin(route, method, params)?;
        loop {
            match self.step(&ticket)? {
                Step::Answer(answer) => return Ok(answer),
                Step::Event(event) => self.keep(event),
            }
        }
    }

    /// Asks for something. The answer is waited for by [`step`](Client::step), or by nobody.
    pub(crate) fn begin(&mut self, route: &Route, method: &'static str, params: Value) -> Result<Ticket, Error> {
        let id = self.next_id();
        let message = json!({ "id": id, "method": method, "params": params });
        let (message, carrier) = match route {
            Route::Main => (message, None),
            Route::Worker(session) => {
                let carrier = self.next_id();
                let params = json!({ "sessionId": session, "message": message.to_string() });
                let method = "NodeWorker.sendMessageToWorker";
                (json!({ "id": carrier, "method": method, "params": params }), Some(carrier))
            }
        };
        self.socket.send(Message::text(message.to_string())).map_err(|error| ended(method, error))?;
        Ok(Ticket { route: route.clone(), id, carrier, method })
    }

    /// Waits for the answer, or for an event before it: a large snapshot is many events, and its answer comes last.
    pub(crate) fn step(&mut self, ticket: &Ticket) -> Result<Step, Error> {
        let Ticket { route, id, carrier, method } = ticket;
        let limit = self.limits.silence;
        let deadline = super::after(Instant::now(), limit);
        let refused = |message| Error::Refused { method: (*method).into(), message };
        loop {
            if let Some(answer) = self.answers.remove(&(route.clone(), *id)) {
                return answer.map(Step::Answer).map_err(refused);
            }
            if let Some(carrier) = carrier
                && let Some(Err(message)) = self.answers.remove(&(Route::Main, *carrier))
            {
                return Err(refused(message));
            }
            if self.is_gone(route) {
                return Err(Error::Closed { doing: (*method).into() });
            }
            match self.receive(method, deadline)? {
                Some(event) if event.route == *route => return Ok(Step::Event(event)),
                Some(event) => self.keep(event),
                None if Instant::now() >= deadline => return Err(Error::Silent { doing: (*method).into(), limit }),
                None => {}
            }
        }
    }

    /// Whether the answer comes within this time. What it says is forgotten.
    pub(crate) fn answered(&mut self, ticket: &Ticket, within: Duration) -> Result<bool, Error> {
        let deadline = super::after(Instant::now(), within);
        loop {
            if self.answers.remove(&(ticket.route.clone(), ticket.id)).is_some() {
                return Ok(true);
            }
            match self.receive(ticket.method, deadline)? {
                Some(event) => self.keep(event),
                None if Instant::now() >= deadline => return Ok(false),
                None => {}
            }
        }
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The next event for which `wanted` holds, within the time. Others stay for later.
    pub(crate) fn event(&mut self, wait: Duration, wanted: impl Fn(&Event) -> bool) -> Result<Option<Event>, Error> {
        if let Some(at) = self.events.iter().position(&wanted) {
            return Ok(self.events.remove(at));
        }
        let deadline = super::after(Instant::now(), wait);
        loop {
            match self.receive("waiting for the program", deadline)? {
                Some(event) if wanted(&event) => return Ok(Some(event)),
                Some(event) => self.keep(event),
                None if Instant::now() >= deadline => return Ok(None),
                None => {}
            }
        }
    }

    pub(crate) fn keep(&mut self, event: Event) {
        if !AWAITED.contains(&event.method.as_str()) {
            return;
        }
        if self.events.len() == MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }

    /// Reads one message. An answer is put away; an event is returned. `None`: neither an event nor the end of the time.
    fn receive(&mut self, doing: &str, deadline: Instant) -> Result<Option<Event>, Error> {
        let wait = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        self.socket.get_ref().tcp().set_read_timeout(Some(wait))?;
        acknowledge_at_once(self.socket.get_ref().tcp());
        let text = match self.socket.read() {
            Ok(Message::Text(text)) => text,
            Ok(Message::Close(_)) => return Err(Error::Closed { doing: doing.into() }),
            Ok(_) => return Ok(None),
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(ended(doing, error)),
        };
        let message = parsed(&text)?;
        if message["method"] == "NodeWorker.receivedMessageFromWorker" {
            let params = &message["params"];
            let session = params["sessionId"].as_str().unwrap_or_default();
            let inner = parsed(params["message"].as_str().unwrap_or_default())?;
            return Ok(self.sort(Route::Worker(session.into()), inner));
        }
        Ok(self.sort(Route::Main, message))
    }

    /// Puts an answer away, and returns an event.
    fn sort(&mut self, route: Route, mut message: Value) -> Option<Event> {
        if let Some(id) = message["id"].as_u64() {
            let answer = match message.get("error") {
                Some(error) => Err(complaint(error)),
                None => Ok(taken(&mut message, "result")),
            };
            self.answers.insert((route, id), answer);
            return None;
        }
        let method = message["method"].as_str()?.to_owned();
        let params = taken(&mut message, "params");
        match method.as_str() {
            "NodeWorker.detachedFromWorker" => self.gone.extend(params["sessionId"].as_str().map(str::to_owned)),
            "NodeRuntime.waitingForDisconnect" => self.over = true,
            _ => {}
        }
        Some(Event { route, method, params })
    }

    /// Forgets answers that nobody waits for any more.
    pub(crate) fn forget_answers(&mut self) {
        self.answers.clear();
    }

    /// Says good-bye, and waits a moment for the other side to do so: then all that the session kept is let go.
    pub(crate) fn close(&mut self) {
        let _ = self.socket.close(None);
        let _ = self.socket.get_ref().tcp().set_read_timeout(Some(Duration::from_millis(200)));
        let deadline = Instant::now() + Duration::from_secs(1);
        while Instant::now() < deadline && self.socket.read().is_ok() {}
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.close();
    }
}

fn parsed(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|error| Error::answer("reading a message of the inspector", error.to_string()))
}

/// Takes a member out of an object. Null if there is none, or no object.
pub(crate) fn taken(of: &mut Value, member: &str) -> Value {
    of.get_mut(member).map(Value::take).unwrap_or_default()
}

fn complaint(error: &Value) -> String {
    let message = error["message"].as_str().unwrap_or("refused without a reason");
    match error["data"].as_str() {
        Some(data) => format!("{message} ({data})"),
        None => message.into(),
    }
}

fn ended(doing: &str, error: tungstenite::Error) -> Error {
    use tungstenite::Error as Ws;
    match error {
        Ws::ConnectionClosed | Ws::AlreadyClosed => Error::Closed { doing: doing.into() },
        Ws::Io(_) | Ws::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake) => {
            Error::Closed { doing: doing.into() }
        }
        other => Error::answer(doing, other.to_string()),
    }
}

/// Node sends what a worker says after an answer of its own, and waits until that one is acknowledged: 40 ms each time, unless it is
/// acknowledged at once. The kernel forgets this wish.
fn acknowledge_at_once(stream: &TcpStream) {
    #[cfg(target_os = "linux")]
    let _ = rustix::net::sockopt::set_tcp_quickack(stream, true);
    #[cfg(not(target_os = "linux"))]
    let _ = stream;
}

/// What an address says.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    host: &'a str,
    port: u16,
    /// Whether it names one program of the inspector.
    id: bool,
}

impl Place<'_> {
    /// Of `ws://HOST:PORT/ID`, or without the id, or `http://HOST:PORT`.
    fn of(address: &str) -> Result<Place<'_>, Error> {
        let wrong = |problem| Error::Address { address: address.into(), problem };
        let (web, rest) = match (address.strip_prefix("ws://"), address.strip_prefix("http://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return Err(wrong("an inspector's address starts with ws:// or http://")),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let id = !web && !rest[authority.len()..].trim_start_matches('/').is_empty();
        let (host, port) = authority.rsplit_once(':').ok_or_else(|| wrong("the port is missing"))?;
        let port = port.parse().map_err(|_| wrong("the port is not a number from 0 to 65535"))?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() || host.contains('@') {
            return Err(wrong("the host is missing"));
        }
        Ok(Place { host, port, id })
    }
}

/// The addresses of a host that are allowed. There is at least one.
fn allowed(address: &str, host: &str, port: u16, limits: &Limits) -> Result<Vec<SocketAddr>, Error> {
    let failed = |problem: String| Error::Connect { address: address.into(), problem, refused: false };
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(ip) => vec![(ip, port).into()],
        Err(_) => (host, port).to_socket_addrs().map_err(|error| failed(error.to_string()))?.collect(),
    };
    if found.is_empty() {
        return Err(failed("the host has no address".into()));
    }
    let allowed: Vec<_> = found.into_iter().filter(|at| limits.allow_remote || at.ip().is_loopback()).collect();
    if allowed.is_empty() { Err(Error::Remote { address: address.into() }) } else { Ok(allowed) }
}

/// The first program of an inspector at one of these.
fn first_of(found: &[SocketAddr], limits: &Limits) -> Result<String, Error> {
    let mut last = Err(Error::answer("connecting", "no address"));
    for &at in found {
        last = first_target(at, limits);
        if last.is_ok() {
            break;
        }
    }
    last
}

/// Opens a connection to the first of these that answers.
fn open(address: &str, found: &[SocketAddr], limits: &Limits) -> Result<Stream, Error> {
    let mut last = io::Error::from(ErrorKind::NotFound);
    for &at in found {
        match Stream::connect(at, limits.connect) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(Error::connect(address, &last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart_or_refused_with_a_reason() {
        let of = |address| Place::of(address).map(|Place { host, port, id }| (host, port, id));
        assert_eq!(of("ws://127.0.0.1:9229/abc").unwrap(), ("127.0.0.1", 9229, true));
        assert_eq!(of("ws://[::1]:1/abc").unwrap(), ("::1", 1, true));
        for address in
            ["ws://127.0.0.1:9229", "ws://127.0.0.1:9229/", "http://127.0.0.1:9229", "http://127.0.0.1:9229/json"]
        {
            assert_eq!(of(address).unwrap(), ("127.0.0.1", 9229, false));
        }
        for (address, problem) in [
            ("wss://127.0.0.1:9229", "starts with ws://"),
            ("ws://localhost/abc", "port is missing"),
            ("ws://localhost:70000/abc", "0 to 65535"),
            ("ws://:9229/abc", "host is missing"),
            ("ws://user@127.0.0.1:9229/abc", "host is missing"),
        ] {
            let error = of(address).unwrap_err().to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn other_machines_must_be_allowed() {
        let limits = Limits { connect: Duration::from_millis(50), ..Limits::default() };
        let error = Client::connect("ws://192.0.2.1:9229/abc", &limits).err().unwrap();
        assert!(matches!(error, Error::Remote { .. }), "{error}");
    }
}
