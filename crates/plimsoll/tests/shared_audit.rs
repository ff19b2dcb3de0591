//! The report names the lines that hold shared memory, and how much of it they show, growth included.
#![cfg(feature = "report")]

use plimsoll::Shared;
use plimsoll::audit::{self, Mode};
use std::thread;

/// Shown and held, by the line of this file.
fn rows() -> Vec<(u32, u64, u64)> {
    let rows = audit::rows();
    let mut found: Vec<_> = rows
        .views
        .iter()
        .filter_map(|view| {
            let store = rows.stores.iter().find(|store| store.id == view.store)?;
            let line = rows.places[view.place as usize].split(':').nth(1)?.parse().ok()?;
            Some((line, view.len, store.capacity))
        })
        .collect();
    found.sort_unstable();
    found
}

#[test]
fn every_view_is_recorded_where_it_was_made() {
    audit::set_mode(Mode::All);
    let line = line!() + 1;
    let shared = Shared::with_max(100, 1000);
    let slice = shared.slice(10..20);
    let rest = shared.slice(50..);
    audit::set_mode(Mode::Off);
    assert_eq!(rows(), [(line, 100, 1000), (line + 1, 10, 1000), (line + 2, 50, 1000)]);
    assert_eq!(audit::held(), 1000);

    shared.grow(600).unwrap();
    let late = rest.clone();
    assert_eq!(rows(), [(line, 600, 1000), (line + 1, 10, 1000), (line + 2, 550, 1000), (line + 2, 550, 1000)]);

    // Views may end on any thread, while the memory grows on another.
    thread::scope(|s| {
        s.spawn(|| drop((slice, rest)));
        (601..800).for_each(|len| assert_eq!(shared.grow(len), Ok(len - 1)));
    });
    assert_eq!(rows(), [(line, 799, 1000), (line + 2, 749, 1000)]);
    // The record of a view that followed serves another one, which does not.
    drop(late);
    let fixed = shared.slice(..3);
    shared.grow(1000).unwrap();
    let fixed_line = line!() - 2;
    assert_eq!(rows(), [(line, 1000, 1000), (fixed_line, 3, 1000)]);
    drop((shared, fixed));
    assert_eq!((rows(), audit::held()), (vec![], 0));

    let unrecorded = Shared::alloc(8);
    let _slice = unrecorded.slice(..1);
    assert_eq!(rows(), []);
}
