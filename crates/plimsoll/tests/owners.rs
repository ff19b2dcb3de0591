//! Bytes lent by an owner live as long as their handles, and the owner is dropped once, by the last of them.

use plimsoll::{Buffer, Frozen, Store};
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
    let clone = handle.clone();
    drop(handle);
    assert_eq!((dropped.load(Ordering::SeqCst), clone.len()), (1, 0), "the clone holds nothing");
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

/// Lends bytes inside itself, to be written.
struct InlineMut(Inline);

impl AsMut<[u8]> for InlineMut {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0.0
    }
}

#[test]
fn an_owner_may_lend_its_bytes_to_be_written_and_is_dropped_once() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let owner = || InlineMut(Inline(*b"forty bytes that lie within their owner.", Arc::clone(&dropped)));
    let store = Store::from_owner(owner());
    assert_eq!((store.len(), store.capacity(), store.is_resizable(), store.is_slab()), (40, 40, false, false));
    let (part, clone) = (store.try_view(6..11).unwrap(), store.clone());
    part.fill(b"BYTES");
    assert_eq!(store.cells()[6].get(), b'B');
    drop((store, clone));
    assert_eq!((part.to_vec(), dropped.load(Ordering::SeqCst)), (b"BYTES".to_vec(), 0));
    drop(part);
    assert_eq!(dropped.load(Ordering::SeqCst), 1);

    // Sent on as a parcel, frozen there, and back.
    let mut parcel = Store::from_owner(owner()).into_parcel().expect("the only handle");
    parcel[0] = b'F';
    let frozen = thread::spawn(move || Frozen::from(parcel)).join().unwrap();
    assert!(frozen.starts_with(b"Forty bytes"));
    let buffer = frozen.try_into_buffer().expect("the only handle of bytes that may be written");
    buffer.set(1, b'O').unwrap();
    let frozen = buffer.freeze();
    let other = frozen.clone();
    thread::spawn(move || assert!(frozen.starts_with(b"FOrty"))).join().unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
    thread::spawn(move || drop(other)).join().unwrap();
    assert_eq!(dropped.load(Ordering::SeqCst), 2);

    drop(Store::from_owner(owner()).into_parcel());
    assert_eq!(dropped.load(Ordering::SeqCst), 3);
}

#[test]
fn memory_of_every_kind_of_owner_is_taken_over() {
    let vec = vec![1_u8; 100];
    let boxed: Box<[u8]> = vec![1; 100].into();
    let at = [vec.as_ptr(), boxed.as_ptr()];
    let buffers = [Buffer::from_owner(vec), Buffer::from_owner(boxed)];
    for (buffer, at) in buffers.iter().zip(at) {
        assert_eq!(buffer.cells().as_ptr().cast(), at);
        buffer.fill(&[2]);
        assert_eq!((buffer.to_vec(), buffer.weight().gross), (vec![2; 100], 100));
    }
    assert_eq!(Buffer::from_owner([3; 7]).to_vec(), [3; 7]);

    let (vec, boxed) = (vec![1_u8; 100], Box::<[u8]>::from([1; 100]));
    let at = [vec.as_ptr(), boxed.as_ptr()];
    assert_eq!([Store::from(vec), Store::from(boxed)].map(|store| store.as_ptr().cast_const()), at);
}

#[test]
fn an_owner_of_no_bytes_to_write_is_dropped_with_its_store() {
    struct Nothing(Arc<AtomicUsize>);
    impl AsMut<[u8]> for Nothing {
        fn as_mut(&mut self) -> &mut [u8] {
            &mut []
        }
    }
    impl Drop for Nothing {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let store = Store::from_owner(Nothing(Arc::clone(&dropped)));
    assert!(store.is_empty() && store.try_view(..).is_ok_and(|view| view.is_empty()));
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    drop(store);
    assert!(Buffer::from_owner(Nothing(Arc::clone(&dropped))).is_empty());
    assert_eq!(dropped.load(Ordering::SeqCst), 2, "an empty view holds nothing");
}

#[test]
fn an_owner_that_panics_when_asked_to_be_written_is_dropped() {
    struct Panics(Arc<AtomicUsize>);
    impl AsMut<[u8]> for Panics {
        fn as_mut(&mut self) -> &mut [u8] {
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
    assert!(std::panic::catch_unwind(move || Store::from_owner(owner)).is_err());
    assert_eq!(dropped.load(Ordering::SeqCst), 1);
}

#[cfg(not(miri))]
#[test]
fn a_memory_map_is_written_where_it_lies() {
    let path = std::env::temp_dir().join(format!("plimsoll-owners-{}", std::process::id()));
    std::fs::write(&path, vec![7; 10_000]).unwrap();
    let file = std::fs::File::options().read(true).write(true).open(&path).unwrap();
    // SAFETY: nobody else knows the file.
    let map = unsafe { memmap2::MmapMut::map_mut(&file) }.unwrap();
    let at = map.as_ptr();
    let store = Store::from_owner(map);
    assert_eq!((store.as_ptr().cast_const(), store.len()), (at, 10_000));
    let tail = store.try_track(9000..).unwrap();
    tail.typed::<u16>().big_endian().fill(0x0102);
    drop((store, file));
    assert_eq!(std::fs::read(&path).unwrap(), [&[7; 9000][..], &[1, 2].repeat(500)].concat(), "one memory");
    drop(tail); // unmapped

    let file = std::fs::File::open(&path).unwrap();
    // SAFETY: as above.
    let frozen = Frozen::from_owner(unsafe { memmap2::Mmap::map(&file) }.unwrap());
    std::fs::remove_file(&path).unwrap();
    assert_eq!((frozen[8999], frozen[9999]), (7, 2));
    assert!(frozen.try_into_buffer().is_err(), "nobody may write a map that is only read");
}
