// Makes a heap of many nodes and writes its snapshot: `node --max-old-space-size=8000 make.js FILE [millions]`.
// Objects of several shapes, maps, closures, strings and views of buffers, some of them shared and some in long chains.
'use strict';
const v8 = require('node:v8');
const [file, millions = '10'] = process.argv.slice(2);
if (!file) throw new Error('usage: node --max-old-space-size=8000 make.js FILE [millions of nodes]');

class Session {
  constructor(id, user) { this.id = id; this.user = user; this.tags = ['a' + id % 50, user]; }
}
class Packet {
  constructor(id, bytes) { this.head = bytes.subarray(id % 1000, id % 1000 + 16); this.next = null; }
}
const shared = Array.from({ length: 1000 }, (_, i) => ({ name: `user ${i}`, rights: [i, i + 1] }));
const keep = { sessions: new Map(), packets: null, listeners: [], rows: [], weak: new WeakMap(), keys: [] };
globalThis.keep = keep;

let bytes = Buffer.alloc(4096);
const rounds = Math.round(Number(millions) * 1e6 / 17);
for (let i = 0; i < rounds; i++) {
  const session = new Session(`session-${i}`, shared[i * 7919 % shared.length]);
  keep.sessions.set(session.id, session);
  keep.rows.push({ at: i + 0.5, text: `row ${i} of many`, session, more: { deep: { deeper: [i, session] } } });
  if (i % 2 === 0) keep.listeners.push(() => session.id + i);
  if (i % 4 === 0) {
    if (i % 400 === 0) bytes = Buffer.alloc(4096);
    const packet = new Packet(i, bytes);
    packet.next = keep.packets;
    if (i % 100 !== 0) keep.packets = packet;
  }
  if (i % 50 === 0) {
    keep.keys.push(session);
    keep.weak.set(session, { of: session.id });
  }
}
v8.writeHeapSnapshot(file);
process.exit(0); // Faster than to let go of it all.
