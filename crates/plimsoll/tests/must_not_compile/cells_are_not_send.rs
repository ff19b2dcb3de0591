use plimsoll::Buffer;

fn send<T: Send>(_: T) {}

fn main() {
    let buffer = Buffer::alloc(1);
    send(buffer.cells());
}
