//! What can go wrong with a running program, in words that say what, where, and which limit.

use std::error;
use std::fmt;
use std::io;
use std::time::Duration;

/// Why a running program could not be audited.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The address is not one of an inspector: `ws://HOST:PORT/ID`, `ws://HOST:PORT` or `http://HOST:PORT`.
    Address {
        /// What was given.
        address: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The address is not on this machine, and [`Limits::allow_remote`](super::Limits::allow_remote) is not set.
    Remote {
        /// What was given.
        address: String,
    },
    /// Nothing answered there, or what answered was not an inspector.
    Connect {
        /// Where.
        address: String,
        /// What the system or the other side said.
        problem: String,
        /// Nobody listens there: trying again has no use.
        refused: bool,
    },
    /// The inspector kept silent for longer than the limit.
    Silent {
        /// What was being done.
        doing: String,
        /// The limit: [`Limits::silence`](super::Limits::silence), or what the call says.
        limit: Duration,
    },
    /// The connection ended: mostly because the program did.
    Closed {
        /// What was being done.
        doing: String,
    },
    /// The inspector refused.
    Refused {
        /// The method of the protocol.
        method: String,
        /// What it said.
        message: String,
    },
    /// The inspector answered with something that this version of Plimsoll does not understand.
    Answer {
        /// The method of the protocol, or what was being done.
        doing: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The program could not be started, found, or signalled.
    Process {
        /// The command or the process id.
        process: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Reading or writing failed on our side.
    Io(io::Error),
}

impl Error {
    /// Whether the program, or its connection, is gone: trying again on the same session has no use.
    pub fn is_end(&self) -> bool {
        matches!(self, Error::Closed { .. })
    }

    pub(crate) fn answer(doing: &str, problem: impl Into<String>) -> Error {
        Error::Answer { doing: doing.into(), problem: problem.into() }
    }

    pub(crate) fn connect(address: impl fmt::Display, error: &io::Error) -> Error {
        let refused = error.kind() == io::ErrorKind::ConnectionRefused;
        Error::Connect { address: address.to_string(), problem: error.to_string(), refused }
    }

    pub(crate) fn process(process: impl fmt::Display, problem: impl Into<String>) -> Error {
        Error::Process { process: process.to_string(), problem: problem.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Address { address, problem } => write!(f, "{address}: {problem}"),
            Error::Remote { address } => {
                write!(
                    f,
                    "{address} is not on this machine: whoever talks to an inspector can run code in its program, so this must be allowed"
                )
            }
            Error::Connect { address, problem, .. } => write!(f, "no inspector at {address}: {problem}"),
            Error::Silent { doing, limit } => {
                write!(f, "{doing}: no answer within {} s", limit.as_secs_f32())
            }
            Error::Closed { doing } => write!(f, "{doing}: the program closed the connection"),
            Error::Refused { method, message } => write!(f, "{method}: {message}"),
            Error::Answer { doing, problem } => write!(f, "{doing}: {problem}"),
            Error::Process { process, problem } => write!(f, "{process}: {problem}"),
            Error::Io(error) => error.fmt(f),
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Error::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}
