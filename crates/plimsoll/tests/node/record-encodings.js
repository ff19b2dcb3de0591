// Prints what this Node answers, one question and its answers a line, fields separated by tabs:
//
//     node record-encodings.js > encodings.tsv
//
// Bytes are hex, text is hex with four digits a UTF-16 unit, and an operation that throws answers `!`. Every input is made
// by the same small generator each time, so two runs differ only where two Nodes do.
'use strict';
const { isUtf8, isAscii } = require('buffer');

const ENCODINGS = ['utf8', 'utf16le', 'latin1', 'ascii', 'base64', 'base64url', 'hex'];
const lines = [];

function row(...fields) {
  lines.push(fields.join('\t'));
}

function hex(bytes) {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}

function units(text) {
  let out = '';
  for (let i = 0; i < text.length; i++) out += (0x10000 + text.charCodeAt(i)).toString(16).slice(1);
  return out;
}

function attempt(f) {
  try {
    return f();
  } catch {
    return '!';
  }
}

let state = 20;
function random(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 4294967296) * below);
}

function pick(list) {
  return list[random(list.length)];
}

function randomBytes(length) {
  return Buffer.from(Array.from({ length }, () => random(256)));
}

function randomText(length, alphabet) {
  let text = '';
  for (let i = 0; i < length; i++) text += pick(alphabet);
  return text;
}

// Text to bytes.

// The text goes into buffers of each length in `room` too, which held only 0xaa before.
function textToBytes(encoding, text, room = []) {
  const writes = [];
  for (const length of room) {
    const buffer = Buffer.alloc(length, 0xaa);
    writes.push(length, buffer.write(text, encoding), hex(buffer));
  }
  row('from', encoding, units(text), hex(Buffer.from(text, encoding)), Buffer.byteLength(text, encoding), ...writes);
}

const EVERY_ROOM = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

const TEXTS = [
  '', 'a', 'ab', 'abc', 'abcd', 'hello, world', '=', '==', '===', '====', 'a=', 'ab=', 'ab==', 'a==', '=a', '\0', '\0\0a',
  'é', 'éa', 'aé', 'ÿþ\x80\x7f', '€', 'a€b', '€€€', '😀', 'a😀b', '😀😀', 'Aà€😀', '\u0141\u0142', '\u013d', 'ab\u013dcd', 'YQ\u013d\u013d',
  '\u0159\u0151', '\uffff', '\ufeffa', '\ud83d', '\ude00', 'a\ud83d', '\ude00a', '\ud83d\ud83d\ude00', '\ude00\ud83d', '\ud83da\ude00',
  '\udbff\udfff', '\ud800\udc00', '\ud7ff\ue000', 'x\ud83d\u20acy', '\u07ff\u0800', '\x7f\x80', 'ﬃ', '\u0661\u0662', '\u0331\u0332',
];

const BASE64_TEXTS = [
  'YQ', 'YQ=', 'YQ==', 'YQ===', 'YWI', 'YWI=', 'YWI==', 'YWJj', 'YWJj=', 'YWJjZA', 'YWJjZA==', 'Y', 'YWJjZ', 'YWJjZ=', 'YR==', 'YWJ=', 'YWK=',
  ' YQ==', 'YQ== ', 'Y Q = =', 'YQ\n==', 'YW\r\nJj', 'YW\tJj\f\v', 'YWJj!!', '!YWJj', 'Y!W!J!j', 'YWJj ZGVm!!', 'YQ==YQ==', 'YWJj=ZGVm', 'YW=Jj',
  '=YWJj', 'Y=WJj', '-_-_', '+/+/', '+_-/', '-_', '-_=', '____', '////', '_-4', '/+4=', '*', '*****', '\xa0YWJj', 'YW\u20acJj', 'YW\ud83d\ude00Jj',
  'YWJj\u0141\u0141', '\u0259WJj', 'YW\x00Jj', 'YWJj\n', '\n\n\n\n', 'YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo=', 'YWJjZGVm\nZ2hpamts\nbW5vcHFy\nc3R1dnd4\neXo=\n',
];

const HEX_TEXTS = [
  '0', '00', '0f', 'fF', 'FF', 'abc', 'abcx12', 'x', 'xx', 'xxff', '0x12', '12 34', '1g', 'g1', '12\n', 'c0ffee', 'C0FFEE', 'c0ffeee', '0123456789abcdefABCDEF',
  '1\u0132', '\u0131\u0132', '\u0131\u0132\u0133', 'ab\u20ac', 'ab\x80cd', '--', '@@', '``', '::', '//', 'GG',
];

for (const encoding of ENCODINGS) {
  for (const text of TEXTS) textToBytes(encoding, text, EVERY_ROOM);
}
for (const encoding of ['base64', 'base64url']) {
  for (const text of BASE64_TEXTS) textToBytes(encoding, text, [0, 1, 2, 3, 4, 5, 7, 8, 30]);
}
for (const text of HEX_TEXTS) textToBytes('hex', text, [0, 1, 2, 3, 4, 12]);

// Long enough for every block, run and vector, and for what is left behind them.
const LENGTHS = [15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 96, 97, 129, 257];
for (const length of LENGTHS) {
  const bytes = randomBytes(length);
  for (const encoding of ['base64', 'base64url', 'hex']) {
    const text = bytes.toString(encoding);
    textToBytes(encoding, text, [length - 1]);
    if (encoding !== 'hex') {
      textToBytes(encoding, bytes.toString(encoding === 'base64' ? 'base64url' : 'base64'));
      textToBytes(encoding, text.replace(/.{76}/g, '$&\r\n'), [length - 1]);
    }
    for (const junk of length < 100 ? ['=', '!', '\n', '\u20ac', '\u0141', '\u013d'] : ['-', '\n']) {
      const at = random(text.length);
      textToBytes(encoding, text.slice(0, at) + junk + text.slice(at), length < 100 ? [length] : []);
    }
  }
  for (const alphabet of ['abcdef 0', 'ab\xe9', 'ab\u20ac\xe9', ['a', '\ud83d\ude00', 'b'], ['\ud83d', '\ude00', 'z', 'z', '\u20ac']]) {
    const text = randomText(length, alphabet);
    for (const encoding of length < 70 ? ENCODINGS : ['utf8']) textToBytes(encoding, text, length < 70 ? [length - 1, length, length + 1] : []);
  }
}
for (const length of [767, 768, 769, 1536, 1700]) {
  const text = randomBytes(length).toString('base64');
  textToBytes('base64', text);
  const at = random(text.length);
  textToBytes('base64', text.slice(0, at) + pick(['\n', '=', '-', '\u20ac']) + text.slice(at));
}
for (let i = 0; i < 400; i++) {
  textToBytes(pick(['base64', 'base64url']), randomText(random(24), 'AQgwBZaz09+/-_=\n !\u0141\u013d\xe9'.split('')), [random(20)]);
  textToBytes('hex', randomText(random(16), '0123456789abcdefABCDEF'.split('').concat(random(4) ? [] : ['g', '\u0131'])), [random(8)]);
  const text = randomText(random(20), ['a', 'b', '\x7f', '\x80', '\u07ff', '\u0800', '\uffff', '\ud800', '\udbff', '\udc00', '\udfff']);
  textToBytes(pick(ENCODINGS), text, [random(24), random(24)]);
}

// Bytes to text.

function bytesToText(encoding, bytes) {
  row('to', encoding, hex(bytes), units(Buffer.from(bytes).toString(encoding)));
}

for (const encoding of ENCODINGS) {
  for (let length = 0; length < 20; length++) bytesToText(encoding, randomBytes(length));
  for (const length of LENGTHS) {
    if (length < 100 || length === 257) bytesToText(encoding, randomBytes(length));
    if (length < 100) bytesToText(encoding, Buffer.from(randomText(length, encoding === 'utf8' ? ['a', 'b', 'c', 'd', '\u20ac'] : 'abcd'), 'latin1'));
  }
  bytesToText(encoding, Array.from({ length: 256 }, (_, i) => i));
}
bytesToText('utf16le', [0x3d, 0xd8, 0x00, 0xde]);
bytesToText('utf16le', [0x00, 0xde, 0x3d, 0xd8, 0x61]);
bytesToText('utf8', [0xef, 0xbb, 0xbf, 0x61]);

const EDGES = [0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf7, 0xf8, 0xff];
const NEXT = [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc2, 0xf0];
function brokenUtf8(bytes) {
  bytesToText('utf8', bytes);
  row('valid', hex(bytes), Number(isUtf8(Buffer.from(bytes))), Number(isAscii(Buffer.from(bytes))));
}
for (const a of EDGES) {
  brokenUtf8([a]);
  for (const b of EDGES) brokenUtf8([a, b]);
}
for (const a of [0xc1, 0xc2, 0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5]) {
  for (const b of NEXT) {
    for (const c of NEXT) {
      brokenUtf8([a, b, c]);
      if (a >= 0xf0 && b !== 0x41) for (const d of [0x41, 0x80, 0xbf, 0xe2]) brokenUtf8([a, b, c, d]);
    }
  }
}
for (let i = 0; i < 300; i++) {
  const whole = Buffer.from(randomText(random(50), ['a', 'b', '\xe9', '\u20ac', '\ud83d\ude00', 'plain text ']));
  if (whole.length) whole[random(whole.length)] = pick(EDGES);
  brokenUtf8(whole.subarray(random(3)));
}

// Search: every offset is inside the bytes, since making it so is the caller's part.

function search(hay, needle, offset) {
  const fields = [hex(hay), hex(needle), offset];
  row('search', 1, ...fields, hay.indexOf(needle, offset), hay.lastIndexOf(needle, offset));
  row('search', 2, ...fields, hay.indexOf(needle, offset, 'utf16le'), hay.lastIndexOf(needle, offset, 'utf16le'));
  if (needle.length % 2 === 0) {
    const text = needle.toString('utf16le');
    row('searchText', ...fields, hay.indexOf(text, offset, 'utf16le'), hay.lastIndexOf(text, offset, 'utf16le'));
  }
  if (needle.length === 1) row('searchByte', ...fields, hay.indexOf(needle[0], offset), hay.lastIndexOf(needle[0], offset));
}

for (const hay of ['', 'a', 'ab', 'abc', 'abcabc', 'aaaa', 'aaaaa', 'a\0b\0a\0', '\0a\0b\0a', 'abababab', 'xabababab']) {
  for (const needle of ['', 'a', 'b', 'ab', 'ba', 'bc', 'abc', 'aa', 'aaa', 'abab', 'a\0', '\0a', '\0b\0', 'zz', 'abcabcabc']) {
    for (let offset = 0; offset <= hay.length; offset++) search(Buffer.from(hay), Buffer.from(needle), offset);
  }
}
for (let i = 0; i < 400; i++) {
  const hay = Buffer.from(randomText(random(i < 300 ? 40 : 300), ['a', 'b', '\0']), 'latin1');
  const at = random(hay.length);
  const needle = random(2) ? hay.subarray(at, at + 1 + random(12)) : Buffer.from(randomText(1 + random(4), ['a', 'b', '\0']), 'latin1');
  search(hay, needle, random(hay.length + 1));
}

// Fill, compare, swap.

for (const length of [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 100]) {
  for (const pattern of ['a', 'ab', 'abc', 'abcdefghij', '\0', 'x'.repeat(101)]) {
    row('fill', hex(Buffer.from(pattern)), length, hex(Buffer.alloc(length, 0xaa).fill(Buffer.from(pattern))));
  }
  for (const encoding of ENCODINGS) {
    for (const text of ['', 'a', 'é', '€', '😀', 'ab', 'YWJj', 'YW=', 'zz', 'abc', '0102', '\ud83d', '\u0141']) {
      row('fillText', encoding, units(text), length, attempt(() => hex(Buffer.alloc(length, 0xaa).fill(text, encoding))));
    }
  }
}
row('fill', '', 3, attempt(() => hex(Buffer.alloc(3, 0xaa).fill(Buffer.alloc(0)))));

for (let i = 0; i < 200; i++) {
  const a = Buffer.from(randomText(random(6), ['a', 'b', '\0', '\xff']), 'latin1');
  const b = random(3) ? Buffer.from(randomText(random(6), ['a', 'b', '\0', '\xff']), 'latin1') : Buffer.from(a);
  row('compare', hex(a), hex(b), Buffer.compare(a, b), Number(a.equals(b)));
}

for (const length of [0, 1, 2, 3, 4, 6, 7, 8, 12, 16, 24, 33, 64, 96, 128, 130]) {
  const bytes = randomBytes(length);
  for (const width of [16, 32, 64]) row('swap', width, hex(bytes), attempt(() => hex(Buffer.from(bytes)['swap' + width]())));
}

// Numbers. Floats are compared as the bits of a double, which every float becomes without loss.

function bits(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
}

const FIXED = ['UInt8', 'Int8', 'UInt16', 'Int16', 'UInt32', 'Int32', 'BigUInt64', 'BigInt64', 'Float', 'Double'];
for (let i = 0; i < 30; i++) {
  const bytes = i === 0 ? Buffer.alloc(10) : i === 1 ? Buffer.alloc(10, 0xff) : i === 2 ? Buffer.alloc(10, 0x80) : randomBytes(10);
  for (const endian of ['LE', 'BE']) {
    for (const type of FIXED) {
      const offset = random(12);
      const name = type.endsWith('8') ? type : type + endian;
      const value = attempt(() => bytes['read' + name](offset));
      if (typeof value === 'number' && Number.isNaN(value)) continue;
      row('read', type, endian, hex(bytes), offset, /Float|Double/.test(type) && value !== '!' ? bits(value) : value);
      if (value !== '!') {
        const copy = Buffer.alloc(12, 0xaa);
        copy['write' + name](value, 1);
        row('written', type, endian, /Float|Double/.test(type) ? bits(value) : value, hex(copy));
      }
    }
    for (let width = 1; width <= 6; width++) {
      for (const type of ['UInt', 'Int']) {
        const offset = random(11);
        const value = attempt(() => bytes['read' + type + endian](offset, width));
        row('readWide', type, endian, hex(bytes), offset, width, value);
        if (value === '!') continue;
        const copy = Buffer.alloc(8, 0xaa);
        copy['write' + type + endian](value, 1, width);
        row('writtenWide', type, endian, width, value, hex(copy));
      }
    }
  }
}

console.log('# node ' + process.version);
console.log(lines.join('\n'));
