// Leaks, then never comes back: ended by --for, Ctrl-C or SIGTERM, and the report still comes.
'use strict';

// Ten ids of 16 bytes, each of which keeps a packet of 1 MiB.
const ids = [];
for (let i = 0; i < 10; i += 1) {
  ids.push(Buffer.alloc(1024 * 1024).slice(0, 16));
}

console.log(`${ids.length} ids kept`);
let turns = 0;
while (true) turns += 1;
