//! Large zeroed stores cost no memory until they are touched.
#![cfg(all(target_os = "linux", not(miri)))]

use plimsoll::{Buffer, Store};
use std::fs;

const MIB: usize = 1 << 20;

/// Resident bytes of this process, by the kernel.
fn resident() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: usize = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("the second number");
    pages * 4096
}

#[test]
fn a_thousand_zeroed_stores_of_one_mebibyte_stay_below_16_mib() {
    // A sanitizer's allocator touches what it hands out.
    if std::env::var_os("ASAN_OPTIONS").is_some() {
        return;
    }
    let before = resident();
    let buffers: Vec<Buffer> = (0..500).map(|_| Buffer::alloc(MIB)).collect();
    let slow: Vec<Buffer> = (0..250).map(|_| Buffer::alloc_slow(MIB)).collect();
    let stores: Vec<Store> = (0..250).map(|_| Store::try_zeroed(MIB).expect("lazy memory")).collect();
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 * MIB, "1,000 MiB of zeros made {} KiB resident", grown / 1024);

    buffers.iter().chain(&slow).for_each(|buffer| assert_eq!(buffer.get(MIB - 1), Some(0)));
    assert!(stores.iter().all(|store| store.cells()[MIB / 2].get() == 0));
}
