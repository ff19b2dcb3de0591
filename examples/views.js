// What shares memory and what copies: six ways to look at sixteen bytes.
//
//     plimsoll audit examples/views.js
//
// Five of the six are windows on one store, and see each other's writes; the sixth is a copy, and does not. In the
// report the five are one holder: together they show all 16 bytes that they hold, so there is nothing to free.
'use strict';

const bytes = Buffer.alloc(16);
bytes.write('PLIMSOLL', 0, 'latin1');
console.log('bytes      ', bytes);

// The slice of a Buffer shares: a write through either is seen through both.
const shared = bytes.slice(4, 8);
shared[0] = 0x73;
bytes[7] = 0x6c;
console.log('shared     ', shared.toString('latin1'), 'in', bytes.toString('latin1', 0, 8));

// The slice of a typed array copies, and a Buffer is one too: called by its full name, it leaves the store behind.
const copied = Uint8Array.prototype.slice.call(bytes, 4, 8);
copied.fill('x');
console.log('copied     ', copied.toString('latin1'), 'not in', bytes.toString('latin1', 0, 8));
console.log('same store ', shared.buffer === bytes.buffer, copied.buffer === bytes.buffer);

// Typed arrays of other widths over the same bytes. They start at byteOffset: a small Buffer may lie in a pool's slab.
const words = new Uint16Array(bytes.buffer, bytes.byteOffset, 8);
const longs = new Uint32Array(bytes.buffer, bytes.byteOffset + 4, 2);
words[3] = 0x4c4c;
words[4] = 0xbeef;
console.log('overlapping', words);
console.log('           ', longs);

// The byte order is in the reading, not in the bytes. Typed arrays use the machine's own, nearly always little-endian.
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
view.setUint32(12, 0xcafebabe);
console.log('big endian ', bytes.readUInt32BE(12).toString(16), view.getUint32(12).toString(16));
console.log('little     ', bytes.readUInt32LE(12).toString(16), view.getUint32(12, true).toString(16));
console.log('as a float ', bytes.readFloatBE(12), bytes.readFloatLE(12));
console.log('bytes      ', bytes);
