// A parser that makes five views and five strings for every message, and throws them all away.
//
//     plimsoll audit --by churn examples/naive-parser.js
//
// Nothing leaks: at the end nothing is held. The work is in the churn: each of the five lines below made 5,000 views,
// and turned their bytes into text. protocol.js finds out the same with one view in all.
'use strict';

const { HEADER_BYTES, TYPES, makeStream } = require('./lib/messages.js');

function parse(stream) {
  const counts = { hello: 0, data: 0, ack: 0, close: 0 };
  const sessions = new Set();
  let urgent = 0;
  let checksum = 0;
  let longest = '';

  let at = 0;
  while (at < stream.length) {
    const type = parseInt(stream.slice(at, at + 2).toString('hex'), 16);
    const length = parseInt(stream.slice(at + 2, at + 4).toString('hex'), 16);
    const flags = parseInt(stream.slice(at + 4, at + 5).toString('hex'), 16);
    const session = stream.slice(at + 5, at + HEADER_BYTES).toString('hex');
    const payload = stream.slice(at + HEADER_BYTES, at + HEADER_BYTES + length).toString('latin1');

    counts[TYPES[type]] += 1;
    urgent += flags & 1;
    sessions.add(session);
    for (let i = 0; i < payload.length; i += 1) {
      checksum = (Math.imul(checksum, 31) + payload.charCodeAt(i)) >>> 0;
    }
    if (payload.length > longest.length) longest = payload;

    at += HEADER_BYTES + length;
  }
  return { bytes: stream.length, counts, urgent, sessions: sessions.size, checksum, longest };
}

function run() {
  const stream = makeStream(5000);
  console.time('parse');
  const totals = parse(stream);
  console.timeEnd('parse');
  console.log(totals);
}

run();
