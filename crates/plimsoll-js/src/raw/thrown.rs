//! What a native raises.

use std::borrow::Cow;

use super::Val;

/// The class of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    TypeError,
    RangeError,
    SyntaxError,
}

impl Kind {
    /// The name of the class in JavaScript.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Error => "Error",
            Kind::TypeError => "TypeError",
            Kind::RangeError => "RangeError",
            Kind::SyntaxError => "SyntaxError",
        }
    }
}

/// An exception on its way to the program.
#[derive(Debug)]
pub(crate) enum Thrown {
    /// The engine has it already: a coercion or a call back into the program raised it.
    Pending,
    /// A new error. With a `code` it looks as Node's own do: `err.code` is set and the stack starts with `Kind [CODE]: message`.
    New { kind: Kind, code: Option<&'static str>, message: Cow<'static, str> },
    /// Any value.
    Value(Val),
    /// The end of the run: no `catch` and no `finally` of the program sees it.
    End,
}

impl Thrown {
    /// A `TypeError` with one of Node's codes.
    #[cold]
    pub(crate) fn type_error(code: &'static str, message: impl Into<Cow<'static, str>>) -> Thrown {
        Thrown::New { kind: Kind::TypeError, code: Some(code), message: message.into() }
    }

    /// A `RangeError` with one of Node's codes.
    #[cold]
    pub(crate) fn range_error(code: &'static str, message: impl Into<Cow<'static, str>>) -> Thrown {
        Thrown::New { kind: Kind::RangeError, code: Some(code), message: message.into() }
    }

    /// An `Error` with one of Node's codes.
    #[cold]
    pub(crate) fn error(code: &'static str, message: impl Into<Cow<'static, str>>) -> Thrown {
        Thrown::New { kind: Kind::Error, code: Some(code), message: message.into() }
    }

    /// An error of the language itself, without a code.
    #[cold]
    pub(crate) fn plain(kind: Kind, message: impl Into<Cow<'static, str>>) -> Thrown {
        Thrown::New { kind, code: None, message: message.into() }
    }
}
