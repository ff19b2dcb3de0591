// Decodes broken UTF-8: no error, one U+FFFD for each part that cannot be continued (WHATWG). Prints code points.
// What Node prints is in broken-utf8.txt.
'use strict';

const samples = [
  ['a lone continuation byte', [0x61, 0x80, 0x62]],
  ['a character cut short', [0xe2, 0x82, 0x61]],
  ['a character cut off by the end', [0xf0, 0x9f, 0x98]],
  ['an overlong slash', [0xc0, 0xaf]],
  ['a surrogate', [0xed, 0xa0, 0x80]],
  ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
  ['bytes that never occur', [0xfe, 0xff]],
  ['whole characters', [0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x9a, 0xa2]],
];

for (const [name, bytes] of samples) {
  const text = Buffer.from(bytes).toString('utf8');
  const points = [...text].map((character) => character.codePointAt(0).toString(16));
  console.log(`${name}: ${points.join(' ')}`);
}
