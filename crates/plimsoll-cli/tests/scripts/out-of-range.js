// Reads four bytes where two are left: ERR_OUT_OF_RANGE.
'use strict';

const packet = Buffer.alloc(10);
console.log(packet.readUInt32BE(6));
console.log(packet.readUInt32BE(8));
console.log('never printed');
