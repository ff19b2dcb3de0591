use plimsoll::Buffer;

fn main() {
    let buffer = Buffer::alloc(1);
    let cells = buffer.cells();
    drop(buffer);
    cells[0].set(1);
}
