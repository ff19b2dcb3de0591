// 100,000 names of ten bytes from one file of 50 MB: first as views of the file, then as copies.
//
//     plimsoll audit examples/views-vs-copies.js
//
// A view is cheap to make and keeps everything that it was cut from. A copy costs ten bytes of work, and lands beside
// the other copies in slabs of Node's buffer pool: 16 bytes each, 512 to a slab of 8 KiB.
'use strict';

const RECORDS = 100_000;
const RECORD_BYTES = 500;
const NAME_BYTES = 10;

function readFile() {
  const file = Buffer.alloc(RECORDS * RECORD_BYTES);
  for (let record = 0; record < RECORDS; record += 1) {
    file.write(`name-${String(record).padStart(5, '0')}`, record * RECORD_BYTES, 'latin1');
  }
  return file;
}

function viewsOf(file) {
  const names = [];
  for (let at = 0; at < file.length; at += RECORD_BYTES) {
    names.push(file.subarray(at, at + NAME_BYTES));
  }
  return names;
}

function copiesOf(views) {
  return views.map((view) => Buffer.from(view));
}

// What the names show, and what they hold: the stores behind them, each counted once.
function describe(what, names) {
  const shown = names.reduce((sum, name) => sum + name.length, 0);
  const stores = new Set(names.map((name) => name.buffer));
  const held = [...stores].reduce((sum, store) => sum + store.byteLength, 0);
  console.log(`${names.length} ${what} show ${shown} bytes and hold ${held}, in stores: ${stores.size}`);
}

const views = viewsOf(readFile());
describe('views', views);

const copies = copiesOf(views);
describe('copies', copies);

console.log(`the same names: ${views.every((view, record) => view.equals(copies[record]))}`);
