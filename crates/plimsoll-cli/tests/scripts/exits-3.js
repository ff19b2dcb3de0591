// Leaks, then exits with a code of its own: the report still comes, the exit code is 3.
'use strict';

// Ten ids of 16 bytes, each of which keeps a packet of 1 MiB.
const ids = [];
for (let i = 0; i < 10; i += 1) {
  ids.push(Buffer.alloc(1024 * 1024).slice(0, 16));
}

function leave() {
  console.log(`leaving with ${ids.length} ids kept`);
  process.exit(3);
}

setTimeout(() => console.log('never printed'), 200);
leave();
console.log('never printed');
