//! Arrow's buffers and ours are one memory, either way.
#![cfg(feature = "arrow-buffer")]

use arrow_buffer::{Buffer, ScalarBuffer};
use plimsoll::{Budget, Frozen, Reader};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

#[test]
fn a_frozen_is_a_column_without_a_copy_and_lives_as_long() {
    let numbers: Vec<u8> = (0..1000_i64).flat_map(i64::to_ne_bytes).collect();
    let frozen = Frozen::copy_from_slice(&numbers);
    let address = frozen.as_ptr();
    let column = ScalarBuffer::<i64>::from(Buffer::from(frozen));
    let part = column.slice(10, 5);
    drop(column);
    assert_eq!((&part[..], part.inner().as_ptr()), (&[10, 11, 12, 13, 14][..], address.wrapping_add(80)));
}

#[test]
fn a_column_is_a_frozen_without_a_copy_and_is_let_go_with_it() {
    struct Owner(#[expect(dead_code, reason = "it is counted")] Arc<()>);
    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            &[7; 4096]
        }
    }
    let alive = Arc::new(());
    let column = Buffer::from(bytes::Bytes::from_owner(Owner(Arc::clone(&alive)))).slice(96);
    let address = column.as_ptr();
    let frozen = Frozen::from(column);
    let part = std::thread::spawn(move || frozen.slice(4..8)).join().unwrap();
    assert_eq!((part.as_ptr(), &part[..]), (address.wrapping_add(4), &[7; 4][..]));
    assert_eq!(part.weight().gross, 4000, "what the buffer shows");
    assert_eq!(Arc::strong_count(&alive), 2);
    drop(part);
    assert_eq!(Arc::strong_count(&alive), 1);
}

#[test]
fn a_column_of_a_frame_holds_the_chunk_and_the_budget_knows() {
    let budget = Budget::new(4096);
    let mut reader = Reader::with_chunk_size(4096).with_budget(budget.clone());
    reader.extend_from_slice(&[1; 128]);
    let column = Buffer::from(reader.split_to(64).unwrap());
    drop(reader);
    assert_eq!((column.len(), budget.held()), (64, 4096));
    drop(column.clone());
    drop(column);
    assert_eq!(budget.held(), 0);
}

/// What the documentation says of alignment.
#[test]
fn numbers_may_begin_where_stores_and_pooled_pieces_do() {
    let aligned = |frozen: &Frozen, to| frozen.as_ptr().addr().is_multiple_of(to);
    let alone = Frozen::copy_from_slice(&[1; 10_000]);
    assert!(aligned(&alone, 16));
    for len in [1, 9, 64] {
        assert!(aligned(&Frozen::copy_from_slice(&vec![1; len]), 8));
    }
    let cut = alone.slice(1..81);
    let refused = AssertUnwindSafe(|| ScalarBuffer::<i64>::from(Buffer::from(cut.clone())));
    assert!(std::panic::catch_unwind(refused).is_err());
    assert_eq!(ScalarBuffer::<i64>::from(Buffer::from(cut.compact())).len(), 10);
}

#[test]
fn nothing_is_a_column_of_nothing() {
    for empty in [Frozen::default(), Frozen::copy_from_slice(b"x").slice(1..)] {
        assert_eq!(ScalarBuffer::<i64>::from(Buffer::from(empty)).len(), 0);
    }
    let frozen = Frozen::from(Buffer::default());
    assert_eq!((frozen.len(), frozen.weight().gross), (0, 0));
}
