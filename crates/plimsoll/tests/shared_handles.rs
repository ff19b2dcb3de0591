//! What a shared memory is made from, what it says of itself, and how it refuses.

use plimsoll::cells::Endian;
use plimsoll::{AllocError, AtomicsError, Buffer, GrowError, Misaligned, OutOfRange, Shared, SnapshotError};

fn is_send_and_sync<T: Send + Sync + 'static>() {}

#[test]
fn any_thread_may_hold_it_and_it_is_four_words() {
    is_send_and_sync::<Shared>();
    is_send_and_sync::<plimsoll::Waiting>();
    is_send_and_sync::<plimsoll::Interrupt>();
    assert_eq!(size_of::<Shared>(), 4 * size_of::<usize>());
}

#[test]
fn new_memory_is_zero_and_aligned() {
    for (len, max) in [(0, 0), (0, 1), (1, 1), (13, 13), (13, 100), (4096, 1 << 20)] {
        let shared = Shared::with_max(len, max);
        assert_eq!((shared.len(), shared.max_len(), shared.follows_growth()), (len, max, len < max));
        assert_eq!(shared.snapshot(..).unwrap(), vec![0; len]);
        assert_eq!(shared.as_ptr().addr() % 8, 0);
        let weight = shared.weight();
        assert_eq!((weight.net, weight.gross), (len, max.next_multiple_of(8)));
    }
}

#[test]
fn more_than_can_be_is_an_error_with_the_figures() {
    assert_eq!(
        Shared::try_with_max(11, 10).unwrap_err(),
        AllocError { requested: 11, limit: 10, refused: false, held: None }
    );
    for max in (0..70).flat_map(|back| [usize::MAX - back, isize::MAX as usize - back]) {
        let error = Shared::try_alloc(max).unwrap_err();
        assert!(error.requested == max && error.limit < max, "{error:?}");
    }
    let shared = Shared::with_max(8, 16);
    assert_eq!(shared.grow(17), Err(GrowError { requested: 17, len: 8, max: 16 }));
    assert_eq!(shared.grow(7), Err(GrowError { requested: 7, len: 8, max: 16 }));
    assert_eq!((shared.grow(8), shared.grow(16), shared.grow(16)), (Ok(8), Ok(8), Ok(16)));
    let fixed = Shared::alloc(8);
    let error = fixed.grow(9).unwrap_err();
    assert_eq!(error.to_string(), "a memory of 8 bytes that may grow to 8 cannot have 9");
}

#[test]
fn accesses_that_do_not_fit_are_errors_that_change_nothing() {
    let shared = Shared::copy_from(&[7; 13]);
    let view = shared.slice(3..11);
    let outside = |offset, width| OutOfRange { offset, width, len: 8 };
    assert_eq!(view.get::<u32>(5, Endian::Big), Err(outside(5, 4)));
    assert_eq!(view.set(7, 0_i16, Endian::Big), Err(outside(7, 2)));
    assert_eq!(view.get::<u8>(usize::MAX, Endian::Big), Err(outside(usize::MAX, 1)));
    assert_eq!(view.load::<u8>(8), Err(AtomicsError::OutOfRange(outside(8, 1))));
    let misaligned = Misaligned { offset: 4, position: 7, align: 4 };
    assert_eq!(view.add(4, 1_u32), Err(AtomicsError::Misaligned(misaligned)));
    assert_eq!(misaligned.to_string(), "offset 4 is byte 7 of the memory, which is no multiple of 4");
    assert_eq!(view.add(5, 0_u8), Ok(7));
    assert_eq!(view.fill(5..9, 0), Err(outside(5, 4)));
    assert_eq!(view.copy_from_slice(1, &[0; 8]), Err(outside(1, 8)));
    assert_eq!(view.copy_to_slice(9, &mut []), Err(outside(9, 0)));
    assert_eq!(view.copy_to(.., &view, 1), Err(outside(1, 8)));
    assert_eq!(view.snapshot(..9), Err(SnapshotError::OutOfRange(outside(0, 9))));
    assert_eq!(view.try_slice(9..).unwrap_err(), outside(9, 0));
    assert_eq!(shared.snapshot(..).unwrap(), [7; 13]);
}

#[test]
fn an_empty_view_that_stays_empty_holds_nothing() {
    let growing = Shared::with_max(8, 16);
    let (empty, end) = (growing.slice(8..8), growing.slice(8..));
    assert_eq!((empty.weight().gross, end.weight().gross), (0, 16));
    assert_eq!((empty.id(), end.id()), (0, growing.id()));
    growing.grow(16).unwrap();
    assert_eq!((empty.len(), end.len()), (0, 8));
    assert!(empty.is_empty() && empty.clone().slice(..).is_empty());
    assert_eq!(empty.copy_to(.., &end, 8), Ok(()));
    assert!(empty.grow(1).is_err());
    assert!(Shared::alloc(0).fill(.., 1).is_ok());
}

#[test]
fn a_view_with_an_open_end_follows_and_one_with_an_end_does_not() {
    let shared = Shared::with_max(4, 64);
    let (clone, rest, fixed) = (shared.clone(), shared.slice(1..), shared.slice(1..4));
    let of_fixed = fixed.slice(1..);
    shared.grow(33).unwrap();
    assert_eq!([clone.len(), rest.len(), fixed.len(), of_fixed.len()], [33, 32, 3, 2]);
    assert_eq!([&clone, &rest, &fixed, &of_fixed].map(Shared::follows_growth), [true, true, false, false]);
    rest.set(31, 9_u8, Endian::Little).unwrap();
    assert_eq!(clone.get::<u8>(32, Endian::Little), Ok(9));
}

#[test]
fn a_frozen_copy_no_longer_changes() {
    let shared = Shared::copy_from(b"before and after");
    let frozen = shared.freeze(..6).unwrap();
    shared.fill(.., b'-').unwrap();
    assert_eq!((&*frozen, frozen.weight().gross), (&b"before"[..], 6));
}

#[test]
fn a_buffer_gives_and_takes_through_its_cells() {
    let buffer = Buffer::copy_from(b"one thread's cells");
    let shared = Shared::alloc(buffer.len());
    shared.copy_from_cells(0, buffer.cells()).unwrap();
    shared.copy_to_cells(13, &buffer.cells()[..5]).unwrap();
    assert!(buffer.equals(b"cellshread's cells"));
}

#[test]
fn numbers_of_these_sizes_take_no_lock() {
    assert_eq!([0, 1, 2, 3, 4, 8, 16].map(Shared::is_lock_free), [false, true, true, false, true, true, false]);
}

#[test]
fn it_prints_its_length() {
    let shared = Shared::with_max(2, 3);
    assert_eq!(
        format!("{shared:?} {:?}", shared.slice(..1)),
        "Shared { len: 2, max_len: 3, .. } Shared { len: 1, .. }"
    );
}

/// Pages of this process, by the kernel: all that are mapped, and those that are resident.
#[cfg(all(target_os = "linux", not(miri)))]
fn pages() -> (usize, usize) {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let mut pages = statm.split(' ').map_while(|pages| pages.parse().ok());
    (pages.next().unwrap_or(0), pages.next().unwrap_or(0))
}

#[cfg(all(target_os = "linux", not(miri)))]
#[test]
fn what_is_reserved_costs_nothing_until_it_is_touched() {
    const GIB: usize = 1 << 30;
    let (mapped, before) = pages();
    if mapped > 1 << 28 {
        return; // terabytes: the shadow of a sanitizer, which becomes resident where its allocator hands out
    }
    let shared = Shared::with_max(0, GIB);
    shared.grow(GIB).unwrap();
    shared.set(GIB - 8, 1_u64, Endian::Little).unwrap();
    let grown = pages().1.saturating_sub(before) * 4096;
    assert!(grown < GIB / 64, "a reserved GiB made {} KiB resident", grown / 1024);
}
