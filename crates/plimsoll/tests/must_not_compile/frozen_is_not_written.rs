use plimsoll::Frozen;

fn main() {
    let mut frozen = Frozen::copy_from_slice(b"kept");
    frozen[0] = b'x';
    let _: &mut [u8] = &mut frozen;
}
