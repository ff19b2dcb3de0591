// The parser of naive-parser.js without copies: it reads each field where it lies.
//
//     plimsoll audit --by churn examples/protocol.js
//
// Numbers are read at their offsets, session ids are compared in place, payload bytes are summed in place. One view
// is made in all, and one string: the longest payload, because it is printed.
'use strict';

const { HEADER_BYTES, TYPES, makeStream } = require('./lib/messages.js');

// The session ids met so far, as offsets into the stream: the first four bytes find the few to compare with.
class Sessions {
  #offsets = new Map();
  size = 0;

  constructor(stream) {
    this.stream = stream;
  }

  add(at) {
    const { stream } = this;
    const key = stream.readUInt32BE(at);
    const known = this.#offsets.get(key) ?? [];
    if (known.some((other) => stream.compare(stream, other, other + 16, at, at + 16) === 0)) return;
    this.#offsets.set(key, [...known, at]);
    this.size += 1;
  }
}

function parse(stream) {
  const counts = { hello: 0, data: 0, ack: 0, close: 0 };
  const sessions = new Sessions(stream);
  let urgent = 0;
  let checksum = 0;
  let longestStart = 0;
  let longestEnd = 0;

  let at = 0;
  while (at < stream.length) {
    const start = at + HEADER_BYTES;
    const end = start + stream.readUInt16BE(at + 2);

    counts[TYPES[stream.readUInt16BE(at)]] += 1;
    urgent += stream[at + 4] & 1;
    sessions.add(at + 5);
    for (let i = start; i < end; i += 1) {
      checksum = (Math.imul(checksum, 31) + stream[i]) >>> 0;
    }
    if (end - start > longestEnd - longestStart) {
      longestStart = start;
      longestEnd = end;
    }

    at = end;
  }
  const longest = stream.subarray(longestStart, longestEnd).toString('latin1');
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
