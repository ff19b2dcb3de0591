// Two lines of code hold the same packets: an id and a payload, cut from each and both kept.
//
//     plimsoll audit examples/two-lines.js
//
// To copy only the ids, or only the payloads, would free nothing: the other view still holds the packet. So the
// report makes one holder of the two lines, and its advice names both.
'use strict';

const PACKET_BYTES = 64 * 1024;

function receive(number) {
  const packet = Buffer.alloc(PACKET_BYTES);
  packet.write(`order-${String(number).padStart(10, '0')}`, 0, 'latin1');
  packet.fill('tea, ', 16, 1016);
  return packet;
}

function parse(packet) {
  const id = packet.subarray(0, 16);
  const payload = packet.subarray(16, 1016);
  return { id, payload };
}

const orders = [];
for (let number = 1; number <= 1000; number += 1) {
  orders.push(parse(receive(number)));
}

const shown = orders.reduce((sum, { id, payload }) => sum + id.length + payload.length, 0);
const { id, payload } = orders.at(-1);
console.log(`${orders.length} orders of ${shown} bytes`);
console.log(`${id.toString('latin1')} is for ${payload.toString('latin1', 0, 8)}...`);
