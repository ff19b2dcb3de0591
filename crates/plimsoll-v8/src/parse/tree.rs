//! The section `trace_tree`: rows of numbers, the last field of each an array of its children's rows.

use super::cursor::Cursor;
use super::header::MAX_WIDTH;
use super::rows;
use crate::error::{ErrorKind, SnapshotError};

/// Reads the tree and shows its rows, `width` numbers of each and the parent's number, parents first. `row` gives a row's number, or says
/// what is wrong with it. However deep the tree is, it takes 4 bytes a level.
pub(super) fn tree(
    cursor: &mut Cursor<'_>,
    width: usize,
    mut row: impl FnMut(Option<u32>, &[u64]) -> Result<u32, &'static str>,
) -> Result<(), SnapshotError> {
    const SECTION: &str = "trace_tree";
    cursor.expect(b'[')?;
    let mut numbers = [0; MAX_WIDTH];
    // Whose children the arrays that are open have; the outermost has the root.
    let mut parents = vec![None];
    loop {
        cursor.skip_white()?;
        if cursor.need("a row or ']'")? != b']' {
            let at = cursor.position();
            for number in &mut numbers[..width] {
                *number = rows::number(cursor, SECTION)?;
                cursor.expect(b',')?;
            }
            let parent = parents.last().copied().flatten();
            let number = row(parent, &numbers[..width])
                .map_err(|what| SnapshotError::new(ErrorKind::Damaged, at, format!("{SECTION}: {what}")))?;
            cursor.skip_white()?;
            cursor.expect(b'[')?;
            parents.push(Some(number));
            continue;
        }
        // The end of an array is the end of a row of the array around it.
        loop {
            cursor.bump();
            parents.pop();
            if parents.is_empty() {
                return Ok(());
            }
            cursor.skip_white()?;
            match cursor.need("',' or ']'")? {
                b',' => break,
                b']' => {}
                _ => return Err(cursor.damaged(format!("{SECTION}: ',' or ']' was expected"))),
            }
        }
        cursor.bump();
        cursor.skip_white()?;
        if cursor.need("a row")? == b']' {
            return Err(cursor.damaged(format!("{SECTION}: a row was expected")));
        }
    }
}
