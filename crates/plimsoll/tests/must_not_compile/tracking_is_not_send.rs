//! An inherent constant comes before a trait's where its bounds hold. Asked so, the compiler says nothing of private fields.
use plimsoll::Tracking;
use std::marker::PhantomData;

struct Of<T>(PhantomData<T>);

trait Otherwise {
    const HOLDS: bool = false;
}

impl<T> Otherwise for Of<T> {}

impl<T: Send> Of<T> {
    const HOLDS: bool = true;
}

const _: () = assert!(Of::<Vec<u8>>::HOLDS);
const _: () = assert!(Of::<Tracking>::HOLDS, "Tracking: Send");

fn main() {}
