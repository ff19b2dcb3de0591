//! What slices hold in a program with any allocator: our own stores are known, and nothing else.

use plimsoll::{Buffer, Frozen, Holder, Parcel, Store, weigh};
use std::sync::mpsc::{Sender, channel};
use std::thread;

#[test]
fn stores_are_known_by_their_addresses_from_birth_to_death() {
    for len in [4095, 4096, 5000, 1 << 20, 40 << 20] {
        let frozen = Buffer::alloc(len).freeze();
        for at in [0, len / 2, len - 1] {
            let weighed = weigh(&frozen[at..=at]).map(|it| (it.weight.net, it.weight.gross, it.holder));
            assert_eq!(weighed, (len >= 4096).then_some((1, len, Holder::Store)), "{at} of {len}");
        }
        assert!(weigh(&frozen).is_none_or(|it| it.weight == frozen.weight()));
        drop(frozen);
        assert!(weigh(&vec![1; len]).is_none(), "the same memory, perhaps, and a vector's");
    }
}

#[test]
fn handles_that_share_a_store_hold_the_same_on_any_thread() {
    let packet = Frozen::copy_from_slice(&[1; 100_000]);
    let parts: Vec<Frozen> = (0..8).map(|i| packet.slice(i * 1000..i * 1000 + 10)).collect();
    drop(packet);
    let workers = parts.into_iter().map(|part| {
        thread::spawn(move || {
            for _ in 0..1000 {
                assert_eq!(weigh(&part).unwrap().weight, part.weight());
                let other = Frozen::from(vec![2; 6000]);
                assert_eq!(weigh(&other[1..]).unwrap().weight.gross, 6000);
            }
        })
    });
    workers.collect::<Vec<_>>().into_iter().for_each(|worker| worker.join().unwrap());
}

#[test]
fn a_parcel_is_known_again_after_a_part_of_it_was_lent() {
    struct Lends(Option<Parcel>, Sender<Parcel>);
    impl AsMut<[u8]> for Lends {
        fn as_mut(&mut self) -> &mut [u8] {
            &mut self.0.as_mut().unwrap()[100..]
        }
    }
    impl Drop for Lends {
        fn drop(&mut self) {
            self.1.send(self.0.take().unwrap()).unwrap();
        }
    }
    let (back, returned) = channel();
    let parcel = Buffer::alloc(20_000).into_parcel().unwrap();
    let part = Store::from_owner(Lends(Some(parcel), back));
    assert_eq!(part.capacity(), 19_900);
    drop(part);
    let parcel = returned.recv().unwrap();
    assert_eq!(weigh(&parcel).map(|it| it.weight.gross), Some(20_000));
    drop(parcel);
    assert!(weigh(&vec![1; 20_000]).is_none());
}
