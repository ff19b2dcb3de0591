//! Large zeroed stores cost no memory until they are touched.
#![cfg(all(target_os = "linux", not(miri)))]

use plimsoll::{Buffer, Store};
use std::fs;

const MIB: usize = 1 << 20;

/// Pages of this process, by the kernel: all that are mapped, and those that are resident.
fn pages() -> (usize, usize) {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let mut pages = statm.split(' ').map_while(|pages| pages.parse().ok());
    (pages.next().unwrap_or(0), pages.next().unwrap_or(0))
}

#[test]
fn a_thousand_zeroed_stores_of_one_mebibyte_stay_below_16_mib() {
    let (mapped, before) = pages();
    if mapped > 1 << 28 {
        return; // terabytes: the shadow of a sanitizer, which becomes resident where its allocator hands out
    }
    let buffers: Vec<Buffer> = (0..500).map(|_| Buffer::alloc(MIB)).collect();
    let slow: Vec<Buffer> = (0..250).map(|_| Buffer::alloc_slow(MIB)).collect();
    let stores: Vec<Store> = (0..250).map(|_| Store::try_zeroed(MIB).expect("lazy memory")).collect();
    let grown = pages().1.saturating_sub(before) * 4096;
    assert!(grown < 16 * MIB, "1,000 MiB of zeros made {} KiB resident", grown / 1024);

    buffers.iter().chain(&slow).for_each(|buffer| assert_eq!(buffer.get(MIB - 1), Some(0)));
    assert!(stores.iter().all(|store| store.cells()[MIB / 2].get() == 0));
}

#[test]
fn what_a_resizable_store_reserves_is_not_resident_until_it_is_touched() {
    let (mapped, before) = pages();
    if mapped > 1 << 28 {
        return; // as above
    }
    let stores: Vec<Store> = (0..10).map(|_| Store::try_resizable(0, 100 * MIB).expect("lazy memory")).collect();
    for store in &stores {
        (0..=100).for_each(|mib| assert!(store.resize(mib * MIB).is_ok()));
        store.cells()[50 * MIB].set(1);
    }
    let grown = pages().1.saturating_sub(before) * 4096;
    assert!(grown < 16 * MIB, "1,000 MiB reserved made {} KiB resident", grown / 1024);
}
