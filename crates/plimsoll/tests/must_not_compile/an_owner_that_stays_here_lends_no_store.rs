use plimsoll::Store;
use std::rc::Rc;

struct Owner(Vec<u8>, Rc<()>);

impl AsMut<[u8]> for Owner {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

fn main() {
    let _ = Store::from_owner(Owner(Vec::new(), Rc::new(())));
}
