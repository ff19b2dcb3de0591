//! The report names the lines that hold a resizable store, how much of it they show at the moment, and where a parcel's was born.
#![cfg(feature = "report")]

use plimsoll::audit::{self, Mode};
use plimsoll::{Buffer, Store};
use std::thread;

/// Shown and held, by the line of this file.
fn rows() -> Vec<(u32, u64, u64)> {
    let rows = audit::rows();
    let line = |place: u32| rows.places[place as usize].split(':').nth(1)?.parse().ok();
    let mut found: Vec<_> = rows
        .views
        .iter()
        .filter_map(|view| {
            let store = rows.stores.iter().find(|store| store.id == view.store)?;
            Some((line(view.place)?, view.len, store.capacity))
        })
        .collect();
    found.sort_unstable();
    found
}

/// The lines where stores were born, and what they hold.
fn stores() -> Vec<(u32, u64)> {
    let rows = audit::rows();
    let line = |place: u32| rows.places[place as usize].split(':').nth(1)?.parse().ok();
    rows.stores.iter().filter_map(|store| Some((line(store.born)?, store.capacity))).collect()
}

#[test]
fn a_record_follows_what_its_view_shows() {
    audit::set_mode(Mode::All);
    let born = line!() + 1;
    let store = Store::try_resizable(100, 1000).unwrap();
    audit::set_mode(Mode::Off);
    let line = line!() + 1;
    let all = store.try_track(0..).unwrap();
    let tail = store.try_track(50..).unwrap();
    let fixed = store.try_view(60..80).unwrap();
    assert_eq!(
        (rows(), stores()),
        (vec![(line, 100, 1000), (line + 1, 50, 1000), (line + 2, 20, 1000)], vec![(born, 1000)])
    );
    store.resize(600).unwrap();
    let late = tail.clone();
    let late_line = line!() - 1;
    let of = |all, tail| vec![(line, all, 1000), (line + 1, tail, 1000), (line + 2, 20, 1000), (late_line, tail, 1000)];
    assert_eq!(rows(), of(600, 550));
    store.resize(40).unwrap();
    assert_eq!(rows(), of(40, 0), "a buffer goes on showing its bytes");
    store.resize(51).unwrap();
    assert_eq!(rows(), of(51, 1));

    // The record of a view that followed serves another one, which does not.
    drop((late, all));
    let other = store.try_view(..3).unwrap();
    let other_line = line!() - 1;
    store.resize(1000).unwrap();
    assert_eq!(rows(), [(line + 1, 950, 1000), (line + 2, 20, 1000), (other_line, 3, 1000)]);
    drop(other);

    assert!(store.detach());
    assert_eq!(rows(), [(line + 1, 0, 1000), (line + 2, 20, 1000)], "a detached store is held all the same");
    drop((store, tail));
    assert_eq!((rows(), audit::held()), (vec![(line + 2, 20, 1000)], 1000));
    drop(fixed);
    assert_eq!((rows(), stores(), audit::held()), (vec![], vec![], 0));

    // A parcel is nobody's view. It is known by where its store was born, and dies on any thread.
    audit::set_mode(Mode::All);
    let born = line!() + 1;
    let store = Store::try_resizable(100, 2000).unwrap();
    audit::set_mode(Mode::Off);
    store.resize(200).unwrap();
    drop(store.try_track(20..).unwrap());
    let parcel = store.into_parcel().unwrap();
    let line = line!() + 3;
    let parcel = thread::spawn(move || {
        assert_eq!((rows(), stores()), (vec![], vec![(born, 2000)]));
        let buffer = Buffer::from(parcel);
        let tail = buffer.store().unwrap().try_track(150..).unwrap();
        tail.store().resize(170).unwrap();
        assert_eq!(rows(), [(line, 200, 2000), (line + 1, 20, 2000)]);
        let store = tail.store();
        drop((buffer, tail));
        store.into_parcel().unwrap()
    });
    let parcel = parcel.join().unwrap();
    assert_eq!((rows(), stores(), audit::held()), (vec![], vec![(born, 2000)], 2000));
    thread::spawn(move || drop(parcel)).join().unwrap();
    assert_eq!((stores(), audit::held()), (vec![], 0));
}
