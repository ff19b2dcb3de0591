//! Where the calls in a file stand: just enough of JavaScript's lexical grammar to pair brackets.

/// The calls of one file, by where they begin.
pub(super) struct Calls {
    calls: Vec<Span>,
    /// Byte offsets at which lines begin.
    lines: Vec<usize>,
}

/// One call: `name(…)`. Byte offsets.
struct Span {
    /// The callee's last name; the opening bracket if it has none.
    name: (usize, usize),
    open: usize,
    close: usize,
    /// Where the innermost `{` around the call stands, so that a call is not taken for one in a function among its arguments.
    brace: Option<usize>,
}

/// A bracket that is still open.
enum Open {
    Round {
        name: Option<(usize, usize)>,
        at: usize,
        brace: Option<usize>,
    },
    Square,
    Curly(usize),
    /// `${` in a template.
    Template,
}

/// What the last token says about a `/` or a `(` after it.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    /// A value ended: a slash divides, a bracket calls.
    Value,
    /// A name that may be called.
    Name(usize, usize),
    /// An operator, or a keyword after which a value begins.
    Other,
}

const NOT_CALLED: &[&str] = &[
    "if",
    "for",
    "while",
    "switch",
    "catch",
    "return",
    "typeof",
    "void",
    "delete",
    "in",
    "of",
    "do",
    "else",
    "case",
    "throw",
    "await",
    "yield",
    "new",
    "function",
    "with",
    "instanceof",
    "async",
];

impl Calls {
    /// Reads the text once.
    pub(super) fn of(text: &str) -> Calls {
        let mut reader =
            Reader { bytes: text.as_bytes(), at: 0, open: Vec::new(), calls: Vec::new(), last: Last::Other };
        reader.run();
        let mut calls = reader.calls;
        calls.sort_by_key(|call| call.open);
        let breaks = text.bytes().enumerate().filter(|&(_, byte)| byte == b'\n').map(|(at, _)| at + 1);
        Calls { calls, lines: std::iter::once(0).chain(breaks).collect() }
    }

    /// Line and column (1-based, UTF-16 units) of the name of the call that contains the position, given as the engine reports it (column
    /// in bytes). The innermost call of something named `callee` wins, then the innermost call; a position outside any call
    /// stays what it is.
    pub(super) fn locate(&self, text: &str, line: u32, column: u32, callee: &str) -> (u32, u32) {
        let Some(at) = self.offset(text, line, column) else { return (line, column) };
        let mut innermost = None;
        for call in self.calls.iter().rev() {
            let (start, end) = call.name;
            // The engine may point at the dot before the name.
            if call.close < at || start.saturating_sub(1) > at {
                continue;
            }
            let crosses = at > call.open && self.brace_between(text, call.open, at, call.brace);
            if crosses {
                continue;
            }
            if text.get(start..end) == Some(callee) {
                return self.position(text, own_name(text, start, callee));
            }
            innermost.get_or_insert(start);
        }
        innermost.map_or((line, column), |start| self.position(text, start))
    }

    /// Whether a function body opens between the call's bracket and the position and is still open there.
    fn brace_between(&self, text: &str, open: usize, at: usize, outer: Option<usize>) -> bool {
        // The innermost call that contains the position knows the innermost brace around it.
        let inner = self.calls.iter().rev().find(|call| call.open < at && at <= call.close && call.brace != outer);
        if inner.is_some_and(|call| call.brace.is_some_and(|brace| brace > open)) {
            return true;
        }
        // No call in between: a brace that opens and does not close before the position.
        let mut depth = 0_i32;
        for byte in text.as_bytes().get(open..at).unwrap_or_default() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
        }
        depth > 0
    }

    /// The byte offset of an engine position: it counts columns in bytes.
    fn offset(&self, text: &str, line: u32, column: u32) -> Option<usize> {
        let start = *self.lines.get((line as usize).checked_sub(1)?)?;
        Some((start + (column as usize).saturating_sub(1)).min(text.len()))
    }

    fn position(&self, text: &str, offset: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|&start| start <= offset);
        let start = self.lines[line.saturating_sub(1)];
        let column = text.get(start..offset).map_or(0, |before| before.encode_utf16().count());
        (line as u32, column as u32 + 1)
    }
}

/// `slice` in `Uint8Array.prototype.slice.call(x)`: what is really called.
fn own_name(text: &str, start: usize, callee: &str) -> usize {
    if !matches!(callee, "call" | "apply") {
        return start;
    }
    let before = text[..start].trim_end().strip_suffix('.').map(str::trim_end).unwrap_or_default();
    let name = before.bytes().rev().take_while(|&byte| is_name(byte)).count();
    if name == 0 { start } else { before.len() - name }
}

/// Whether the text begins with the directive `'use strict'`, after comments and other directives.
pub(super) fn is_strict(text: &str) -> bool {
    let mut reader = Reader { bytes: text.as_bytes(), at: 0, open: Vec::new(), calls: Vec::new(), last: Last::Other };
    loop {
        let start = reader.at;
        match reader.peek(0) {
            b' ' | b'\t' | b'\r' | b'\n' | b';' => reader.at += 1,
            b'/' if matches!(reader.peek(1), b'/' | b'*') => reader.token(),
            quote @ (b'"' | b'\'') => {
                reader.string(quote);
                let inside = text.get(start + 1..reader.at.min(text.len()).saturating_sub(1));
                if inside == Some("use strict") {
                    return true;
                }
            }
            _ => return false,
        }
    }
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Vec<Open>,
    calls: Vec<Span>,
    last: Last,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn run(&mut self) {
        while self.at < self.bytes.len() {
            self.token();
        }
    }

    fn token(&mut self) {
        match self.peek(0) {
            b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
            b'/' if self.peek(1) == b'/' => self.skip_until(b"\n"),
            b'/' if self.peek(1) == b'*' => {
                self.at += 2;
                self.skip_until(b"*/");
            }
            b'/' if self.last == Last::Other => self.regex(),
            quote @ (b'"' | b'\'') => self.string(quote),
            b'`' => {
                self.at += 1;
                self.template();
            }
            b'(' => {
                let name = match self.last {
                    Last::Name(start, end) => Some((start, end)),
                    Last::Value => Some((self.at, self.at)),
                    Last::Other => None,
                };
                let brace = self.brace();
                self.push(Open::Round { name, at: self.at, brace });
            }
            b'[' => self.push(Open::Square),
            b'{' => self.push(Open::Curly(self.at)),
            b')' | b']' => self.close(),
            b'}' => {
                if matches!(self.open.last(), Some(Open::Template)) {
                    self.open.pop();
                    self.at += 1;
                    self.template();
                } else {
                    self.close();
                    // A block or a literal: after a literal a slash divides, after a block a regular expression begins. Blocks are far
                    // more common there.
                    self.last = Last::Other;
                }
            }
            // An optional call keeps its name: `read?.(1)`.
            b'?' if self.peek(1) == b'.' && self.peek(2) == b'(' => self.at += 2,
            byte if is_name(byte) => self.name(),
            _ => {
                self.at += 1;
                self.last = Last::Other;
            }
        }
    }

    fn push(&mut self, open: Open) {
        self.open.push(open);
        self.at += 1;
        self.last = Last::Other;
    }

    fn brace(&self) -> Option<usize> {
        self.open.iter().rev().find_map(|open| match open {
            Open::Curly(at) => Some(*at),
            _ => None,
        })
    }

    fn close(&mut self) {
        if let Some(Open::Round { name: Some(name), at, brace }) = self.open.pop() {
            self.calls.push(Span { name, open: at, close: self.at, brace });
        }
        self.at += 1;
        self.last = Last::Value;
    }

    fn name(&mut self) {
        let start = self.at;
        while self.at < self.bytes.len() && is_name(self.peek(0)) {
            self.at += 1;
        }
        let word = &self.bytes[start..self.at];
        let member = start > 0 && self.bytes[start - 1] == b'.';
        self.last = if word[0].is_ascii_digit() {
            Last::Value
        } else if !member && NOT_CALLED.iter().any(|keyword| keyword.as_bytes() == word) {
            Last::Other
        } else {
            Last::Name(start, self.at)
        };
    }

    fn skip_until(&mut self, end: &[u8]) {
        let rest = &self.bytes[self.at..];
        let found = rest.windows(end.len()).position(|window| window == end);
        self.at += found.map_or(rest.len(), |at| at + end.len());
    }

    fn string(&mut self, quote: u8) {
        self.at += 1;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'\n' => break,
                byte => {
                    self.at += 1;
                    if byte == quote {
                        break;
                    }
                }
            }
        }
        self.last = Last::Value;
    }

    fn template(&mut self) {
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'`' => {
                    self.at += 1;
                    self.last = Last::Value;
                    return;
                }
                b'$' if self.peek(1) == b'{' => {
                    self.at += 1;
                    self.push(Open::Template);
                    return;
                }
                _ => self.at += 1,
            }
        }
    }

    fn regex(&mut self) {
        self.at += 1;
        let mut class = false;
        while self.at < self.bytes.len() {
            match self.peek(0) {
                b'\\' => self.at += 2,
                b'\n' => break,
                b'/' if !class => {
                    self.at += 1;
                    break;
                }
                byte => {
                    class = match byte {
                        b'[' => true,
                        b']' => false,
                        _ => class,
                    };
                    self.at += 1;
                }
            }
        }
        self.last = Last::Value;
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'#') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::Calls;

    fn locate(text: &str, line: u32, column: u32, callee: &str) -> (u32, u32) {
        Calls::of(text).locate(text, line, column, callee)
    }

    #[test]
    fn the_name_of_the_call_around_the_position() {
        let text = "const id = packet.slice(0, 16);";
        for column in [18, 19, 24, 25, 28] {
            assert_eq!(locate(text, 1, column, "slice"), (1, 19), "column {column}");
        }
    }

    #[test]
    fn the_last_argument_may_stand_on_another_line() {
        let text = "a\n  .slice(\n    0,\n    size,\n  );\n";
        assert_eq!(locate(text, 4, 5, "slice"), (2, 4));
    }

    #[test]
    fn calls_among_the_arguments_are_told_apart_by_name() {
        let text = "x.slice(0, f(1)); y.slice(z.slice(1).length, 2)";
        assert_eq!(locate(text, 1, 14, "slice"), (1, 3));
        assert_eq!(locate(text, 1, 46, "slice"), (1, 21));
        assert_eq!(locate(text, 1, 35, "slice"), (1, 29));
    }

    #[test]
    fn a_callback_is_not_a_call_of_what_it_is_passed_to() {
        let text = "list.map(() => {\n  const x = other;\n});";
        assert_eq!(locate(text, 2, 13, "map"), (2, 13));
    }

    #[test]
    fn brackets_in_strings_comments_templates_and_patterns_do_not_count() {
        let text = "f('(', \"(\", `(${g(1)}(`, /[(/]/, /* ( */ 7) // (\n;h.slice(2)";
        assert_eq!(locate(text, 1, 42, "f"), (1, 1));
        assert_eq!(locate(text, 2, 10, "slice"), (2, 4));
    }

    #[test]
    fn the_strict_directive_stands_first() {
        assert!(!super::is_strict(""));
        assert!(super::is_strict("// a\n/* b */ 'use other';\n\"use strict\"\nf()"));
        assert!(!super::is_strict("f(); 'use strict'"));
    }

    #[test]
    fn a_method_called_through_call_is_shown_at_its_own_name() {
        assert_eq!(locate("Uint8Array.prototype.slice.call(x, 1)", 1, 33, "call"), (1, 22));
    }

    #[test]
    fn a_constructor_is_shown_at_its_name() {
        assert_eq!(locate("const a = new Uint8Array(10);", 1, 25, "Uint8Array"), (1, 15));
    }
}
