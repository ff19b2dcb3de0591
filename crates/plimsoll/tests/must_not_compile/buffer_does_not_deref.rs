use plimsoll::Buffer;

fn main() {
    let buffer = Buffer::alloc(1);
    let _: &[u8] = &buffer;
    let _ = *buffer;
}
