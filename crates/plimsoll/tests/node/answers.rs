//! Node's own answers, recorded by `record-encodings.js`.

use std::cell::Cell;

const RECORDED: &str = include_str!("encodings.tsv");

/// The answers to one kind of question, each as its fields behind the kind.
pub(crate) fn answers(kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
    assert!(RECORDED.starts_with("# node v25.8.1\n"), "recorded with another Node than the reference");
    let mut lines =
        RECORDED.lines().map(|line| line.split('\t').collect::<Vec<_>>()).filter(move |row| row[0] == kind).peekable();
    assert!(lines.peek().is_some(), "nothing recorded of {kind}");
    lines.map(|mut row| row.split_off(1))
}

/// Bytes from hex.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect()
}

/// Bytes as a view would show them.
pub(crate) fn cells(bytes: &mut [u8]) -> &[Cell<u8>] {
    Cell::from_mut(bytes).as_slice_of_cells()
}
