// Leaks, then throws from a timer: the report still comes, the exit code is 1.
'use strict';

// Ten ids of 16 bytes, each of which keeps a packet of 1 MiB.
const ids = [];
for (let i = 0; i < 10; i += 1) {
  ids.push(Buffer.alloc(1024 * 1024).slice(0, 16));
}

setTimeout(() => {
  throw new Error(`thrown in a timer, with ${ids.length} ids kept`);
}, 10);
setTimeout(() => console.log('never printed'), 200);
