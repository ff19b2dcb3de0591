// Leaks, then leaves a rejected promise unhandled: an uncaught error, and the exit code is 1.
'use strict';

// Ten ids of 16 bytes, each of which keeps a packet of 1 MiB.
const ids = [];
for (let i = 0; i < 10; i += 1) {
  ids.push(Buffer.alloc(1024 * 1024).slice(0, 16));
}

async function fail() {
  throw new Error(`rejected, with ${ids.length} ids kept`);
}

fail();
setTimeout(() => console.log('never printed'), 200);
