// session-ids.js with its cure: an id that is kept is copied into memory of its own, and the packet goes.
//
//     plimsoll audit examples/session-ids-fixed.js
//
// `Uint8Array.prototype.slice` copies, where the `slice` of a Buffer shares. The copy has exactly its own 16 bytes:
// 1,000 ids hold 16,000. (`Buffer.from(view)` copies too, but into the pool: see slab-survivors.js.)
'use strict';

const PACKET_BYTES = 1024 * 1024;

const sessions = new Map();

function receive(user) {
  const packet = Buffer.alloc(PACKET_BYTES);
  packet.writeUInt32BE(user, 0);
  packet.write(`session-${String(user).padStart(8, '0')}`, 4, 'latin1');
  return packet;
}

function remember(packet) {
  const user = packet.readUInt32BE(0);
  const id = Uint8Array.prototype.slice.call(packet, 4, 20);
  sessions.set(user, id);
}

for (let user = 1; user <= 1000; user += 1) {
  remember(receive(user));
}

let shown = 0;
for (const id of sessions.values()) shown += id.length;

console.log(`${sessions.size} sessions, the last is ${sessions.get(1000).toString('latin1')}`);
console.log(`the ids are ${shown} bytes long`);
