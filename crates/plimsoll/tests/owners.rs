//! Bytes lent by an owner live as long as their handles, and the owner is dropped once, by the last of them.

use plimsoll::Frozen;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Lends bytes inside itself: they move when it does.
struct Inline([u8; 40], Arc<AtomicUsize>);

impl AsRef<[u8]> for Inline {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Inline {
    fn drop(&mut self) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn an_owner_may_lend_its_own_bytes_and_is_dropped_once_on_any_thread() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let whole = Frozen::from_owner(Inline(*b"forty bytes that lie within their owner.", Arc::clone(&dropped)));
    let part = whole.slice(6..11);
    drop(whole);
    assert_eq!((&part[..], dropped.load(Ordering::SeqCst)), (&b"bytes"[..], 0));
    assert_eq!((part.weight().net, part.weight().gross), (5, 40));
    thread::spawn(move || drop(part)).join().unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn an_owner_of_nothing_is_held_as_long_as_its_handle() {
    struct Empty(Arc<AtomicUsize>);
    impl AsRef<[u8]> for Empty {
        fn as_ref(&self) -> &[u8] {
            &[]
        }
    }
    impl Drop for Empty {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let handle = Frozen::from_owner(Empty(Arc::clone(&dropped)));
    assert!(handle.is_empty());
    drop(handle);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn lent_bytes_are_never_written() {
    let frozen = Frozen::from_owner(String::from("read only"));
    assert_eq!(frozen.try_into_buffer().unwrap_err(), *b"read only");
}

#[test]
fn an_owner_that_panics_when_asked_is_dropped() {
    struct Panics(Arc<AtomicUsize>);
    impl AsRef<[u8]> for Panics {
        fn as_ref(&self) -> &[u8] {
            panic!("not today")
        }
    }
    impl Drop for Panics {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let owner = Panics(Arc::clone(&dropped));
    assert!(std::panic::catch_unwind(move || Frozen::from_owner(owner)).is_err());
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[test]
fn boxed_bytes_are_taken_over() {
    let bytes: Box<[u8]> = vec![1; 500].into();
    let address = bytes.as_ptr();
    let frozen = Frozen::from(bytes);
    assert_eq!((frozen.as_ptr(), frozen.weight().gross), (address, 500));
}
