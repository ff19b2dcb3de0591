// No leak: a file read whole, and a 16-byte head cut from it, both in use.
//
//     plimsoll audit --fail-over 1MiB examples/healthy-parent.js
//
// The head shows 16 bytes of 4 MiB and yet costs nothing, because the file is wanted anyway: a copy of the head
// would free no memory. The report says so, and the exit code is 0.
'use strict';

const fs = require('node:fs');

const FILE_BYTES = 4 * 1024 * 1024;

function writeAndRead(path) {
  const bytes = Buffer.alloc(FILE_BYTES, 'all hands on deck, ');
  bytes.write('PLIMSOLL LINE 01', 0, 'latin1');
  fs.writeFileSync(path, bytes);
  return fs.readFileSync(path);
}

function inFolderOfItsOwn(use) {
  const folder = fs.mkdtempSync(`${__dirname}/healthy-parent-`);
  try {
    return use(`${folder}/log`);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const file = inFolderOfItsOwn(writeAndRead);
const head = file.subarray(0, 16);

console.log(`the head: ${head.toString('latin1')}`);
console.log(`the file: ${file.length} bytes, its first "deck" is at ${file.indexOf('deck')}`);
