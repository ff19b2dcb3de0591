// The leak behind the usual cure: a small copy that lives long keeps a whole slab of the buffer pool.
//
//     plimsoll audit examples/slab-survivors.js
//
// `Buffer.from(view)` does free the packet: the copy goes into a slab of 8 KiB that small buffers share. The slab is
// freed when its last buffer dies. Between two ids this server makes more than a slab full of short-lived replies,
// so each slab ends up with one survivor: 2,000 ids of 16 bytes hold 2,000 slabs. A copy outside the pool,
// `Uint8Array.prototype.slice.call(packet, 4, 20)`, holds 16 bytes.
'use strict';

const PACKET_BYTES = 64 * 1024;
const REPLY_BYTES = 1000;

function receive(user) {
  const packet = Buffer.alloc(PACKET_BYTES);
  packet.writeUInt32BE(user, 0);
  packet.write(`session-${String(user).padStart(8, '0')}`, 4, 'latin1');
  return packet;
}

// Small buffers that die at once: nine of them, more than one slab holds.
function answer(packet) {
  for (let bytes = 0; bytes < Buffer.poolSize; bytes += REPLY_BYTES) {
    const reply = Buffer.allocUnsafe(REPLY_BYTES);
    packet.copy(reply, 0, 0, REPLY_BYTES);
  }
}

function serve(user) {
  const packet = receive(user);
  const id = packet.subarray(4, 20);
  const copy = Buffer.from(id);
  answer(packet);
  return copy;
}

const ids = [];
for (let user = 1; user <= 2000; user += 1) {
  ids.push(serve(user));
}

const slabs = new Set(ids.map((id) => id.buffer)).size;
console.log(`${ids.length} ids, the last is ${ids.at(-1).toString('latin1')}`);
console.log(`they lie in ${slabs} slabs of ${Buffer.poolSize} bytes`);
