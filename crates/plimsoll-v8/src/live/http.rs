//! What an inspector says over HTTP: which programs can be talked to at its port.

use super::stream::Stream;
use super::{Error, Limits};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A longer answer is no inspector's.
const LONGEST: usize = 1 << 20;

/// The address of the first program that the inspector at this port knows.
pub(crate) fn first_target(at: SocketAddr, limits: &Limits) -> Result<String, Error> {
    let failed = |problem: &str| Error::Connect { address: at.to_string(), problem: problem.into(), refused: false };
    let answer = get(at, "/json/list", limits).map_err(|error| Error::connect(at, &error))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| failed("what answers there is no inspector"))?;
    if !head.starts_with("HTTP/1.0 200") && !head.starts_with("HTTP/1.1 200") {
        return Err(failed("what answers there is no inspector"));
    }
    let list: Value = serde_json::from_str(body).map_err(|_| failed("what answers there is no inspector"))?;
    // It may call itself by another name; the program is at the same place.
    let url = list[0]["webSocketDebuggerUrl"].as_str().and_then(|url| url.strip_prefix("ws://"));
    let path = url.and_then(|url| url.split_once('/')).map(|(_, path)| path).filter(|path| !path.is_empty());
    path.map(|path| format!("ws://{at}/{path}"))
        .ok_or_else(|| failed("what answers there is no inspector, or another is connected"))
}

fn get(at: SocketAddr, path: &str, limits: &Limits) -> std::io::Result<String> {
    let deadline = super::after(Instant::now(), limits.connect);
    let mut stream = Stream::connect(at, limits.connect)?;
    stream.tcp().set_write_timeout(Some(limits.connect))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while answer.len() < LONGEST && !is_whole(&answer) {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        stream.tcp().set_read_timeout(Some(left))?;
        match stream.read(&mut piece)? {
            0 => break,
            read => answer.extend_from_slice(&piece[..read]),
        }
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Whether the body is as long as its header says. Node keeps the connection open.
fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let start = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(0, |at| at + 4);
    length.is_some_and(|length| answer.len() - start >= length)
}
