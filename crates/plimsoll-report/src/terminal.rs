//! Text that goes to a terminal: its width in columns, its colours, and what must not be sent there.

use std::borrow::Cow;

/// ANSI colours, or none.
pub(crate) struct Ink(pub(crate) bool);

impl Ink {
    pub(crate) fn strong(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn faint(&self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(crate) fn warm(&self, text: &str) -> String {
        self.paint("33", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }
}

/// A place as it may go to a terminal: a file's name can hold anything, control characters and what turns the writing
/// direction included.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let unsafe_to_print = |c: char| {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    match text.contains(unsafe_to_print) {
        true => Cow::Owned(text.replace(unsafe_to_print, "\u{fffd}")),
        false => Cow::Borrowed(text),
    }
}

/// The text, or its ends around a `…` in the middle if it is wider than `room`. The end, where file and line stand,
/// gets the larger half; folders are left out whole where that is possible.
pub(crate) fn elided(text: &str, room: usize) -> String {
    let text = printable(text);
    if columns(&text) <= room {
        return text.into_owned();
    }
    let Some(room) = room.checked_sub(1) else { return String::new() };
    let head = &text[..fitting(text.char_indices(), room / 3).map_or(0, |(at, c)| at + c.len_utf8())];
    let head = &head[..head.rfind('/').map_or(head.len(), |slash| slash + 1)];
    let tail = &text[fitting(text.char_indices().rev(), room - columns(head)).map_or(text.len(), |(at, _)| at)..];
    // A folder's name is left out whole unless that wastes much of the room.
    let tail = &tail[tail.find('/').filter(|&slash| columns(&tail[..slash]) <= room / 4).unwrap_or(0)..];
    format!("{head}…{tail}")
}

/// The last of the characters that fit into the room together.
fn fitting(chars: impl Iterator<Item = (usize, char)>, room: usize) -> Option<(usize, char)> {
    let mut used = 0;
    chars
        .take_while(|&(_, c)| {
            used += wide(c);
            used <= room
        })
        .last()
}

/// The text, filled up with spaces.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Words in lines of at most `width` columns. What stands between backticks stays whole.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// How many columns a terminal gives to a text.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(wide).sum()
}

/// East Asian wide characters and pictures take two columns, combining marks none. Near enough for file names.
fn wide(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_keeps_its_start_and_its_line() {
        assert_eq!(elided("src/deep/down/in/the/tree/reader.js:120:14", 30), "src/deep/…/reader.js:120:14");
        assert_eq!(elided("src/a-file-with-a-rather-long-name.js:120:14", 30), "src/…ather-long-name.js:120:14");
        assert_eq!(elided("a-file-with-a-rather-long-name.js:120:14", 30), "a-file-wi…-long-name.js:120:14");
    }

    #[test]
    fn a_slash_near_the_end_does_not_cost_what_would_fit() {
        let path = "Map sessionsOfAllTenants → value.pendingRequests in lib/app.js";
        assert_eq!(elided(path, 40), "Map sessionsO…dingRequests in lib/app.js");
    }

    #[test]
    fn elided_texts_never_exceed_their_room() {
        for text in
            ["a/b/c/d/e/f/g/h.js:1:2", "日本語/日本語/日本語.js:1:2", "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}"]
        {
            for room in 0..40 {
                assert!(columns(&elided(text, room)) <= room, "{text} in {room}");
            }
        }
    }

    #[test]
    fn what_would_act_on_a_terminal_is_not_printed() {
        assert_eq!(elided("a\x1b[31m\n\u{202e}.js:1:1", 80), "a\u{fffd}[31m\u{fffd}\u{fffd}.js:1:1");
    }
}
