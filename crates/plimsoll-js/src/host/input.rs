//! Standard input of the program.

use std::io::{self, Read};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};

use crate::raw::{Call, Thrown};

use super::control::NAP;
use super::fs::system_error;
use super::natives::host;

/// Reads on a thread of its own: a read that waits for a terminal or a pipe cannot be woken, and a deadline has to wake the program.
pub(crate) struct Input {
    asks: Sender<usize>,
    answers: Receiver<io::Result<Vec<u8>>>,
}

impl Input {
    fn start() -> io::Result<Input> {
        let (asks, asked) = mpsc::channel();
        let (answer, answers) = mpsc::channel();
        let work = move || {
            while let Ok(len) = asked.recv() {
                let mut bytes = vec![0; len];
                let read = loop {
                    match io::stdin().lock().read(&mut bytes) {
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        read => break read,
                    }
                };
                let read = read.map(|read| {
                    bytes.truncate(read);
                    bytes
                });
                if answer.send(read).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().name("input".to_owned()).stack_size(128 * 1024).spawn(work)?;
        Ok(Input { asks, answers })
    }
}

/// The longest single read: bounds what a program's own figure makes us set aside.
const LONGEST: usize = 1 << 20;

/// Waits for input. At most `len` bytes; none at its end.
pub(super) fn read(call: &mut Call<'_>, len: usize) -> Result<Vec<u8>, Thrown> {
    let failed = |call: &mut Call<'_>, error: io::Error| system_error(call, &error, "read", None, None);
    let state = host(call)?;
    // What asks for the input should be seen.
    let _ = state.output.borrow_mut().flush();
    let started = match state.input.borrow_mut().as_ref() {
        Some(_) => Ok(None),
        None => Input::start().map(Some),
    };
    match started {
        Ok(Some(input)) => drop(state.input.borrow_mut().replace(input)),
        Ok(None) => {}
        Err(error) => return Err(failed(call, error)),
    }
    let answer = {
        let input = state.input.borrow();
        let Some(input) = input.as_ref() else { return Err(Thrown::End) };
        // A thread that is gone answers nothing, which is the end of the input.
        let _ = input.asks.send(len.min(LONGEST));
        loop {
            match input.answers.recv_timeout(NAP) {
                Ok(answer) => break answer,
                Err(RecvTimeoutError::Disconnected) => break Ok(Vec::new()),
                Err(RecvTimeoutError::Timeout) if state.control.is_over(call) => return Err(Thrown::End),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    };
    answer.map_err(|error| failed(call, error))
}

/// All input up to its end.
pub(super) fn read_to_end(call: &mut Call<'_>) -> Result<Vec<u8>, Thrown> {
    let mut all = Vec::new();
    loop {
        let mut bytes = read(call, 64 * 1024)?;
        if bytes.is_empty() {
            return Ok(all);
        }
        all.append(&mut bytes);
    }
}
