// Holds buffers whose sums are known, in this thread and in two workers. Does what the test asks for: a file `fill` or
// `drop` appears in the folder, and `fill.done` or `drop.done` is the answer.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

if (!isMainThread) {
  let kept = [];
  parentPort.on('message', (shared) => {
    kept = [];
    if (shared) {
      kept.push(new Uint8Array(shared, 50, 100));
      for (let i = 0; i < 100; i++) kept.push(Buffer.allocUnsafeSlow(1000).subarray(990));
    }
    parentPort.postMessage('done');
  });
  parentPort.postMessage('ready');
  return;
}

const folder = process.argv[2];
const globals = () => Reflect.ownKeys(globalThis).map(String).join();
const before = globals();
const workers = [new Worker(__filename), new Worker(__filename)];
const answers = () => Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('message', resolve))));
let kept = [];

// What the audit is to find: counted with a bitmap for each store, from the views themselves.
function sums(views) {
  const stores = new Map();
  for (const view of views) {
    const shown = stores.get(view.buffer) ?? new Uint8Array(view.buffer.byteLength);
    shown.fill(1, view.byteOffset, view.byteOffset + view.byteLength);
    stores.set(view.buffer, shown);
  }
  let gross = 0, net = 0;
  for (const shown of stores.values()) {
    gross += shown.length;
    for (const byte of shown) net += byte;
  }
  return { views: views.length, stores: stores.size, gross, net };
}

async function fill() {
  const own = [], pooled = [];
  for (let i = 0; i < 50; i++) {
    // Several views of a store, two of which overlap.
    const store = Buffer.allocUnsafeSlow(4096);
    own.push(store.subarray(0, 100), store.subarray(50, 150), new Uint16Array(store.buffer, 200, 50));
  }
  for (let i = 0; i < 100; i++) own.push(new DataView(new ArrayBuffer(1000), 100, 50));
  for (let i = 0; i < 100; i++) own.push(new Float64Array(2));
  for (let i = 0; i < 100; i++) {
    // One survivor to a slab.
    pooled.push(Buffer.allocUnsafe(10));
    for (let room = 0; room < 3; room++) Buffer.allocUnsafe((Buffer.poolSize >>> 1) - 1);
  }
  const large = [];
  for (let i = 0; i < 10_000; i++) large.push(Buffer.allocUnsafeSlow(65_536).subarray(100, 116));
  const alone = [new ArrayBuffer(5000), new ArrayBuffer(5000)];
  const shared = new SharedArrayBuffer(1 << 20);
  own.push(new Uint8Array(shared, 0, 100));
  const done = answers();
  for (const worker of workers) worker.postMessage(shared);
  await done;
  kept = [own, pooled, large, alone];

  const slabs = sums(pooled), all = sums(own);
  for (const of of [slabs]) for (const key in of) all[key] += of[key];
  // As the bitmaps would say, in less time.
  all.views += 10_000; all.stores += 10_000; all.gross += 10_000 * 65_536; all.net += 10_000 * 16;
  all.stores += 2; all.gross += 10_000;
  // The workers' views of the shared store reach 50 bytes beyond the main thread's.
  all.views += 2; all.net += 50;
  all.views += 200; all.stores += 200; all.gross += 200_000; all.net += 2_000;
  return { ...all, slabs };
}

async function drop() {
  kept = [];
  const done = answers();
  for (const worker of workers) worker.postMessage(null);
  await done;
  return { globals: globals() === before };
}

answers().then(() => {
  console.log('ready');
  const commands = { fill, drop };
  let busy = false;
  setInterval(async () => {
    for (const name in commands) {
      const file = path.join(folder, name);
      if (busy || !fs.existsSync(file)) continue;
      busy = true;
      const answer = await commands[name]();
      fs.unlinkSync(file);
      fs.writeFileSync(`${file}.part`, JSON.stringify(answer));
      fs.renameSync(`${file}.part`, `${file}.done`);
      busy = false;
    }
  }, 10);
});
