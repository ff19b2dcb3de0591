// The classic leak: a 16-byte session id, cut from each packet and kept, keeps the whole packet alive.
//
//     plimsoll audit examples/session-ids.js
//
// In the Map the ids look like 16,000 bytes. But `slice` copies nothing: each id is a window on its packet of
// 1 MiB, and the packet lives as long as the id. The report names the line of the `slice` and what to write there;
// session-ids-fixed.js is this program with the cure.
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
  const id = packet.slice(4, 20);
  sessions.set(user, id);
}

for (let user = 1; user <= 1000; user += 1) {
  remember(receive(user));
}

let shown = 0;
for (const id of sessions.values()) shown += id.length;

console.log(`${sessions.size} sessions, the last is ${sessions.get(1000).toString('latin1')}`);
console.log(`the ids are ${shown} bytes long`);
