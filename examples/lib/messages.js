// A stream of messages for naive-parser.js and protocol.js, the same at every run:
//
//     type u16be | length u16be | flags u8 | session id, 16 bytes | payload, `length` bytes
'use strict';

const HEADER_BYTES = 21;
const TYPES = ['hello', 'data', 'ack', 'close'];
const SESSIONS = 64;
const TEXT = 'They that go down to the sea in ships, that do business in great waters. '.repeat(2);

// Numerical Recipes' generator: plain 32-bit arithmetic, so every engine draws the same numbers.
function drawNumbers(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function drawSession(draw) {
  return Array.from({ length: 16 }, () => draw(256).toString(16).padStart(2, '0')).join('');
}

function drawMessage(draw, sessions) {
  const start = draw(72);
  return {
    type: draw(TYPES.length),
    flags: draw(10) === 0 ? 1 : 0,
    session: sessions[draw(sessions.length)],
    text: TEXT.slice(start, start + 8 + draw(56)),
  };
}

function makeStream(count) {
  const draw = drawNumbers(1876);
  const sessions = Array.from({ length: SESSIONS }, () => drawSession(draw));
  const messages = Array.from({ length: count }, () => drawMessage(draw, sessions));
  const total = messages.reduce((sum, { text }) => sum + HEADER_BYTES + text.length, 0);

  const stream = Buffer.alloc(total);
  let at = 0;
  for (const { type, flags, session, text } of messages) {
    at = stream.writeUInt16BE(type, at);
    at = stream.writeUInt16BE(text.length, at);
    at = stream.writeUInt8(flags, at);
    at += stream.write(session, at, 'hex');
    at += stream.write(text, at, 'latin1');
  }
  return stream;
}

module.exports = { HEADER_BYTES, TYPES, makeStream };
