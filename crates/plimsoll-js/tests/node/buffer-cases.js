// What Node's Buffer does, case by case: each line is a label and what came of it, or the error.
// Recorded with `node buffer-cases.js --record`, which puts the version of Node first; a host must print the rest the same.
'use strict';

const buffer = require('buffer');

if (process.argv.includes('--record')) console.log(`// node ${process.version}`);

function show(value) {
  switch (typeof value) {
    case 'string': {
      const text = JSON.stringify(value);
      return text.length > 300 ? `${text.slice(0, 120)}..${text.slice(-120)} (${value.length})` : text;
    }
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'function':
      return `function ${value.name}/${value.length}`;
    case 'object':
      if (value === null) return 'null';
      if (ArrayBuffer.isView(value)) {
        const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
        let hex = '';
        for (const byte of bytes.length > 100 ? bytes.slice(0, 100) : bytes) hex += byte.toString(16).padStart(2, '0');
        return `${value.constructor.name}(${value.length}) ${hex}`;
      }
      if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
      return `{${Object.keys(value).map((key) => `${key}: ${show(value[key])}`).join(', ')}}`;
    default:
      return String(value);
  }
}

const labels = new Map();
function test(label, make) {
  const count = (labels.get(label) ?? 0) + 1;
  labels.set(label, count);
  if (count > 1) label += ` #${count}`;
  let line;
  try {
    line = show(make());
  } catch (error) {
    line = `throws ${error.name}${error.code === undefined ? '' : ` ${error.code}`}: ${error.message}`;
  }
  console.log(`${label} => ${line.replace(/\n/g, '\\n')}`);
}

// Runs the same call with many argument lists. The receiver is made anew for each.
function each(name, receiver, lists) {
  for (const args of lists) {
    const subject = typeof receiver === 'function' && receiver !== Buffer ? receiver() : receiver;
    test(`${name}(${args.map(describe).join(', ')})`, () => subject[name.replace(/^.*\./, '')](...args));
  }
}
function describe(value) {
  if (typeof value === 'string' && value.length > 40) return `'${value.slice(0, 10)}..'x${value.length}`;
  if (typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  if (typeof value === 'object' && value !== null && value.label) return value.label;
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${value.byteLength})`;
  return show(value);
}
const labelled = (label, value) => Object.defineProperty(value, 'label', { value: label });
const bytes = (...list) => Buffer.from(list);
const hex = (text) => Buffer.from(text, 'hex');
const ENCODINGS = ['utf8', 'utf-8', 'ucs2', 'ucs-2', 'utf16le', 'utf-16le', 'latin1', 'binary', 'ascii', 'base64', 'base64url', 'hex'];
const ODD = [null, true, 'x', '1', [], {}, Symbol('s'), 5n, NaN, Infinity, -Infinity, -0, 1.5, -1, () => {}];

// Shape: names, lengths, kinds of properties

function shape(object) {
  return Object.getOwnPropertyNames(object).map((name) => {
    const d = Object.getOwnPropertyDescriptor(object, name);
    const flags = `${d.enumerable ? 'E' : ''}${d.writable ? 'W' : ''}${d.configurable ? 'C' : ''}`;
    const what = 'value' in d ? (typeof d.value === 'function' ? show(d.value) : typeof d.value) : `get ${d.get && d.get.name} set ${typeof d.set}`;
    return `${name} ${flags} ${what}`;
  });
}
for (const line of shape(Buffer.prototype)) {
  if (!line.startsWith('inspect')) test(`prototype ${line}`, () => true);
}
test('names of the prototype', () => Object.getOwnPropertyNames(Buffer.prototype).join());
for (const name of ['length', 'name', 'prototype', 'poolSize', 'from', 'copyBytesFrom', 'of', 'alloc', 'allocUnsafe', 'allocUnsafeSlow', 'isBuffer', 'compare', 'isEncoding', 'concat', 'byteLength']) {
  test(`static ${name}`, () => {
    const d = Object.getOwnPropertyDescriptor(Buffer, name);
    return [typeof d.value === 'function' ? d.value : typeof d.value, d.enumerable, d.configurable];
  });
}
for (const [alias, name] of [['readUint8', 'readUInt8'], ['readUintBE', 'readUIntBE'], ['readUint32LE', 'readUInt32LE'], ['readBigUint64LE', 'readBigUInt64LE'], ['writeUint16BE', 'writeUInt16BE'], ['writeBigUint64BE', 'writeBigUInt64BE'], ['writeUintLE', 'writeUIntLE'], ['toLocaleString', 'toString']]) {
  test(`${alias} is ${name}`, () => Buffer.prototype[alias] === Buffer.prototype[name]);
}
test('Buffer inherits from Uint8Array', () => Object.getPrototypeOf(Buffer) === Uint8Array);
test('prototype chain', () => Object.getPrototypeOf(Buffer.prototype) === Uint8Array.prototype);
test('constructor', () => [Buffer.prototype.constructor === Buffer, Buffer.alloc(1).constructor === Buffer]);
test('instanceof', () => [Buffer.alloc(1) instanceof Buffer, Buffer.alloc(1) instanceof Uint8Array, new Uint8Array(1) instanceof Buffer]);
test('species', () => [Buffer[Symbol.species].name, Buffer[Symbol.species].prototype === Buffer.prototype]);
test('map and filter make Buffers', () => [bytes(1, 2, 3).map((x) => x * 2), bytes(1, 2, 3).filter((x) => x > 1)]);
test('typed array slice copies', () => {
  const b = bytes(1, 2, 3);
  const c = Uint8Array.prototype.slice.call(b, 1);
  c[0] = 9;
  return [Buffer.isBuffer(c), b, c];
});
test('iteration', () => [[...bytes(1, 2)], [...bytes(3, 4).keys()], [...bytes(5, 6).entries()], [...bytes(7).values()]]);
test('tag', () => [Object.prototype.toString.call(bytes(1)), bytes(1)[Symbol.toStringTag]]);
test('keys of the module', () => Object.keys(buffer).filter((key) => !['Blob', 'resolveObjectURL', 'File', 'INSPECT_MAX_BYTES'].includes(key)));
test('SlowBuffer is gone', () => buffer.SlowBuffer);
test('the same Buffer', () => buffer.Buffer === Buffer && globalThis.Buffer === Buffer);
test('constants', () => [buffer.kMaxLength, buffer.kStringMaxLength, buffer.constants, Object.isFrozen(buffer.constants), buffer.INSPECT_MAX_BYTES]);
test('constants stay', () => {
  try {
    buffer.constants.MAX_LENGTH = 1;
  } catch (error) {
    return error.name;
  }
});
test('natives as constructors', () => typeof new Buffer.from([1]));
test('of is no constructor', () => {
  try {
    new Buffer.of(1);
  } catch (error) {
    return error.name;
  }
});

// Making: from

for (const encoding of ENCODINGS) {
  for (const text of ['', 'a', 'abc', 'é', '€uro', '😀', '\ud800', 'a\udc00b', 'YWJj', 'YWI=', 'YW', '6162', '616', '61zz', 'QUJD\n RA', 'a-_b', 'ÿĀ']) {
    test(`from(${describe(text)}, ${encoding})`, () => Buffer.from(text, encoding));
    test(`byteLength(${describe(text)}, ${encoding})`, () => Buffer.byteLength(text, encoding));
  }
}
each('Buffer.from', Buffer, [
  ['abc', undefined],
  ['abc', null],
  ['abc', ''],
  ['abc', 5],
  ['abc', {}],
  ['6162', 'HEX'],
  ['abc', 'UTF-8'],
  ['abc', 'foo'],
  ['abc', 'utf 8'],
  ['', 'foo'],
  [[]],
  [[1, 2, 3]],
  [[256, -1, 1.9, '7', 'x', null, undefined, true, [5], NaN, 1e20, -1.5, Infinity]],
  [['a', {}]],
  [[1n]],
  [[Symbol('q')]],
  [{ length: 3, 0: 1, 1: 2, 2: 3 }],
  [{ length: 2.5, 0: 1, 1: 2 }],
  [{ length: '2', 0: 1, 1: 2 }],
  [{ length: -1 }],
  [{ length: NaN }],
  [{ length: 0 }],
  [{ length: null }],
  [{ type: 'Buffer', data: [1, 2, 300] }],
  [{ type: 'Buffer', data: [] }],
  [{ type: 'Buffer', data: 'abc' }],
  [{ type: 'buffer', data: [1] }],
  [new Uint8Array([1, 2, 300])],
  [new Uint16Array([1, 256, 511])],
  [new Int8Array([-1, -128])],
  [new Uint8ClampedArray([300, -5])],
  [new Int32Array([-1, 65536, 257])],
  [new Float32Array([1.5, -1.5, 300.9, NaN])],
  [new Float64Array([1.5, -1.5, 1e20, Infinity])],
  [new BigInt64Array(0)],
  [new BigUint64Array([1n])],
  [labelled('DataView', new DataView(new ArrayBuffer(4)))],
  [labelled('String object', new String('abc'))],
  [labelled('String object', new String('6162')), 'hex'],
  [labelled('Number object', new Number(5))],
  [labelled('Boolean object', new Boolean(true))],
  [labelled('valueOf text', { valueOf: () => '6162' }), 'hex'],
  [labelled('valueOf array', { valueOf: () => [1, 2] })],
  [labelled('valueOf number', { valueOf: () => 5 })],
  [labelled('valueOf null', { valueOf: () => null })],
  [labelled('valueOf missing', { valueOf: null, length: 1, 0: 9 })],
  [labelled('toPrimitive', { [Symbol.toPrimitive]: (hint) => hint })],
  [labelled('toPrimitive hex', { [Symbol.toPrimitive]: () => '6162' }), 'hex'],
  [labelled('toPrimitive number', { [Symbol.toPrimitive]: () => 5 })],
  [labelled('null prototype', Object.create(null))],
  [labelled('null prototype with key', Object.assign(Object.create(null), { a: 1 }))],
  [labelled('class', new (class Foo {})())],
  [labelled('Map', new Map())],
  [labelled('Set', new Set([1]))],
  [labelled('RegExp', /a/)],
  [labelled('Error', new Error('x'))],
  [labelled('has ArrayBuffer', { buffer: new ArrayBuffer(2) })],
  [labelled('arguments', (function () { return arguments; })(1, 2, 3))],
  [],
  [undefined],
  [null],
  [5],
  [-0],
  [NaN],
  [5n],
  [true],
  [Symbol('z')],
  [Symbol()],
  [function named() {}],
  [class Named {}],
]);
test('from copies a Buffer', () => {
  const a = bytes(1, 2, 3);
  const b = Buffer.from(a);
  b[0] = 9;
  return [a, b];
});
const eight = () => new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
for (const args of [[], [0], [2], [2, 3], [8], [9], [8, 0], [8, 1], [-1], [0, -1], [0, 9], ['2', '3'], [null, null], [NaN, NaN], [1.9], [1, 2.9], [undefined, 3], [{}, 2], [-0.5], [Infinity], [0, Infinity], [Symbol('x')], [1n], [0, Symbol('x')], [true, true]]) {
  test(`from(ArrayBuffer, ${args.map(describe).join(', ')})`, () => Buffer.from(eight(), ...args));
}
test('from(ArrayBuffer) shares memory', () => {
  const memory = eight();
  const b = Buffer.from(memory, 2, 3);
  b[0] = 99;
  return [new Uint8Array(memory)[2], b.buffer === memory, b.byteOffset, b.length];
});
test('from(SharedArrayBuffer)', () => {
  const memory = new SharedArrayBuffer(4);
  const b = Buffer.from(memory, 1, 2);
  b.fill(7);
  return [[...new Uint8Array(memory)], b.buffer === memory];
});
test('from(resizable ArrayBuffer) follows', () => {
  const memory = new ArrayBuffer(4, { maxByteLength: 8 });
  const b = Buffer.from(memory);
  const c = Buffer.from(memory, 1, 2);
  memory.resize(8);
  return [b.length, c.length];
});
test('a detached Buffer', () => {
  const memory = new ArrayBuffer(4);
  const b = Buffer.from(memory);
  memory.transfer();
  return [b.length, b.toString(), b.toString('hex'), b.toJSON(), b.indexOf(0), b.equals(Buffer.alloc(0)), b.compare(Buffer.alloc(0)), b.fill('a').length, b.write('abc'), b.copy(Buffer.alloc(2))];
});
test('fill of a detached Buffer', () => {
  const memory = new ArrayBuffer(4);
  const b = Buffer.from(memory);
  memory.transfer();
  return b.fill(1);
});
test('readUInt8 of a detached Buffer', () => {
  const memory = new ArrayBuffer(4);
  const b = Buffer.from(memory);
  memory.transfer();
  return b.readUInt8();
});

// Making: alloc and its kin

const SIZES = [[0], [3], [3.7], [-0], [-1], [-0.5], [NaN], [Infinity], [2 ** 53], ['3'], [null], [undefined], [{}], [true], [3n], [Symbol('s')]];
each('Buffer.alloc', Buffer, SIZES);
each('Buffer.allocUnsafeSlow', Buffer, SIZES.slice(4));
each('Buffer.allocUnsafe', Buffer, SIZES.slice(4));
for (const name of ['allocUnsafe', 'allocUnsafeSlow']) {
  for (const size of [0, 3, 3.7, 64, 65, 5000]) test(`length of ${name}(${size})`, () => Buffer[name](size).length);
}
each('Buffer.alloc', Buffer, [
  [4, 1],
  [4, 256],
  [4, -1],
  [4, 1.9],
  [4, NaN],
  [4, ''],
  [4, 'a'],
  [4, 'ab'],
  [4, 'é'],
  [4, '€'],
  [3, '€'],
  [5, 'abc', 'hex'],
  [5, 'abcd', 'hex'],
  [5, 'zz', 'hex'],
  [5, 'YQ==', 'base64'],
  [5, 'a', 'utf16le'],
  [5, 'é', 'latin1'],
  [5, 'é', 'ascii'],
  [4, 'a', 'foo'],
  [4, 'a', 5],
  [4, 'a', null],
  [4, 'a', ''],
  [0, 'a', 'foo'],
  [4, bytes(1, 2)],
  [4, new Uint8Array([7])],
  [4, new Uint16Array([0x0102])],
  [4, Buffer.alloc(0)],
  [4, new Uint8Array(0)],
  [0, Buffer.alloc(0)],
  [4, null],
  [4, true],
  [4, {}],
  [4, [5]],
  [4, 0],
  [4, -0],
  [4, Symbol('s')],
  [4, 5n],
  [4, labelled('valueOf', { valueOf: () => 65 })],
]);
each('Buffer.of', Buffer, [[], [1], [1, 2, 3], [256, -1, 1.9, '7', null, undefined, 'x'], [1n], [Symbol('s')]]);
for (const args of [[], [0], [3.2], [3, 'x'], ['abc'], ['6162', 'hex'], [[1, 2]], [bytes(1, 2)], [null], [NaN]]) {
  test(`new Buffer(${args.map(describe).join(', ')})`, () => new Buffer(...args));
  test(`Buffer(${args.map(describe).join(', ')})`, () => Buffer(...args));
}
test('a large allocation', () => Buffer.alloc(2 ** 45));
each('Buffer.isBuffer', Buffer, [[bytes(1)], [new Uint8Array(1)], [null], [undefined], ['a'], [{}], [labelled('child', Object.create(Buffer.prototype))]]);
each('Buffer.isEncoding', Buffer, [...ENCODINGS, 'HEX', 'Utf8', 'UTF-16LE', 'utf', '', 'utf8 ', 'Base64Url', 'BINARY', 'foo'].map((name) => [name]).concat([[], [null], [5], [{}], [[]]]));
each('Buffer.byteLength', Buffer, [
  ['abc', 'foo'],
  ['é', 'foo'],
  ['é', null],
  ['é', 5],
  ['=', 'base64'],
  ['==', 'base64'],
  ['a=', 'base64'],
  ['aaaa==', 'base64url'],
  [bytes(1, 2)],
  [new Uint16Array(3)],
  [new ArrayBuffer(5)],
  [labelled('DataView', new DataView(new ArrayBuffer(5), 1))],
  [labelled('SharedArrayBuffer', new SharedArrayBuffer(6))],
  [],
  [null],
  [5],
  [{}],
  [[]],
  [true],
  [5n],
]);

// concat, compare, copyBytesFrom

const [one, two, three] = [bytes(1), bytes(2, 2), bytes(3, 3, 3)];
each('Buffer.concat', Buffer, [
  [[]],
  [[one]],
  [[one, two, three]],
  [[one, two], 2],
  [[one, two], 3],
  [[one, two], 6],
  [[one, two], 0],
  [[], 5],
  [[new Uint8Array([9]), one]],
  [[one, 'x']],
  [[one, null]],
  [[5]],
  [[new Uint16Array(1)]],
  [[one, [1]], 1],
  [[one], -1],
  [[one], 1.5],
  [[one], '1'],
  [[one], null],
  [[one], NaN],
  [[one], 2 ** 53],
  [[[1, 2]]],
  [undefined],
  [null],
  ['abc'],
  [{ length: 0 }],
  [one],
]);
each('Buffer.compare', Buffer, [
  [one, one],
  [one, two],
  [two, one],
  [one, new Uint8Array([1])],
  [bytes(1, 2), bytes(1)],
  [bytes(), bytes()],
  [bytes(255), bytes(1)],
  [one, 'x'],
  ['x', one],
  [one],
  [],
  [one, new Uint16Array(1)],
]);
each('Buffer.copyBytesFrom', Buffer, [
  [new Uint16Array([1, 2, 3])],
  [new Uint16Array([1, 2, 3]), 1],
  [new Uint16Array([1, 2, 3]), 1, 1],
  [new Uint16Array([1, 2, 3]), 0, 0],
  [new Uint16Array([1, 2, 3]), 5],
  [new Uint16Array([1, 2, 3]), 1, 100],
  [new Uint16Array([1, 2, 3]), undefined, 2],
  [new Float64Array([1])],
  [new Uint8Array(0), -1],
  [new BigInt64Array([1n])],
  [bytes(1, 2, 3), 1],
  [new Uint8Array(3), -1],
  [new Uint8Array(3), 1.5],
  [new Uint8Array(3), '1'],
  [new Uint8Array(3), null],
  [new Uint8Array(3), 0, -1],
  [new Uint8Array(3), 0, 0.5],
  [new Uint8Array(3), 0, '1'],
  [labelled('DataView', new DataView(new ArrayBuffer(3)))],
  [new ArrayBuffer(3)],
  [[1]],
  [],
  ['abc'],
]);

// Views

const digits = () => bytes(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
for (const name of ['subarray', 'slice']) {
  each(name, digits, [
    [],
    [2],
    [2, 5],
    [-3],
    [-3, -1],
    [5, 2],
    [0, 100],
    [100],
    [-100, 3],
    [1.9, 3.9],
    [-1.9],
    ['2', '4'],
    [null, null],
    [undefined, 3],
    [NaN, NaN],
    [Infinity],
    [-Infinity, Infinity],
    [{}, []],
    [[3], [5]],
    [true],
    [Symbol('s')],
    [1n],
    [2 ** 40],
    [-(2 ** 40), 2 ** 40],
    [-0, -0],
  ]);
  test(`${name} shares memory`, () => {
    const b = digits();
    const c = b[name](2, 5);
    c[0] = 99;
    return [b[2], c.buffer === b.buffer, c.byteOffset - b.byteOffset];
  });
  test(`${name} of a Uint8Array`, () => Buffer.prototype[name].call(new Uint8Array([1, 2, 3]), 1));
}
test('subarray of subarray', () => digits().subarray(2, 8).subarray(1, -1));
test('parent and offset', () => {
  const b = Buffer.from(eight(), 3);
  return [b.parent === b.buffer, b.offset, Buffer.prototype.parent, Buffer.prototype.offset, new Uint8Array(1).parent];
});
test('toJSON', () => [bytes().toJSON(), bytes(1, 255).toJSON(), JSON.stringify(bytes(1, 2)), JSON.stringify({ b: bytes(3) })]);
test('toJSON of a Uint8Array', () => Buffer.prototype.toJSON.call(new Uint8Array([4])));
test('JSON and back', () => Buffer.from(JSON.parse(JSON.stringify(digits()))));

// toString

const MIXED = hex('c3a920e282ac20f09f98802061ff80c3');
for (const encoding of ENCODINGS) {
  test(`toString ${encoding}`, () => MIXED.toString(encoding));
  test(`toString ${encoding} 1, 7`, () => MIXED.toString(encoding, 1, 7));
  test(`toString ${encoding} of nothing`, () => Buffer.alloc(0).toString(encoding));
}
for (const text of ['80', 'c0af', 'e08080', 'eda080', 'f0808080', 'f4908080', 'c3', 'e2', 'e282', 'f0', 'f09f', 'f09f98', 'f8888080', '61c3', 'c3c3a9', 'efbbbf61', 'efbfbd', '6100', 'ff'.repeat(5), 'e282e282ac', 'f09f9880f0']) {
  test(`utf8 of ${text}`, () => hex(text).toString());
  test(`long utf8 of ${text}`, () => Buffer.concat([Buffer.alloc(200, 'x'), hex(text), Buffer.from('é')]).toString().slice(198));
}
for (const text of ['6100', '61', '610062', '3dd8', '3dd800de', '00d8', '00dc00d8', 'fffe6100']) test(`utf16 of ${text}`, () => hex(text).toString('utf16le'));
for (let length = 0; length < 8; length++) {
  test(`base64 of ${length} bytes`, () => digits().subarray(0, length).toString('base64'));
  test(`base64url of ${length} bytes`, () => Buffer.alloc(length, 0xfb).toString('base64url'));
}
const letters = () => Buffer.from('abcdefghij');
each('toString', letters, [
  [],
  [undefined],
  ['utf8', 2],
  ['utf8', 2, 5],
  ['utf8', -1],
  ['utf8', -5, 3],
  ['utf8', 0, -1],
  ['utf8', 5, 2],
  ['utf8', 10],
  ['utf8', 100],
  ['utf8', 0, 100],
  ['utf8', 1.9, 3.9],
  ['utf8', '2', '5'],
  ['utf8', null, null],
  ['utf8', NaN, NaN],
  ['utf8', Infinity],
  ['utf8', -Infinity, Infinity],
  ['utf8', undefined, undefined],
  ['utf8', {}, []],
  ['utf8', [2], [5]],
  ['utf8', true, 3],
  ['utf8', Symbol('s')],
  ['utf8', 1n],
  ['utf8', -1n],
  ['utf8', 20n],
  ['utf8', 0, 20n],
  ['utf8', 0, 2n],
  ['utf8', 0, Symbol('s')],
  ['UTF8'],
  ['Hex'],
  ['foo'],
  [''],
  [null],
  [5],
  [-0],
  [true],
  [5n],
  [{}],
  [Symbol('s')],
  [function foo() {}],
  [['hex']],
  [labelled('toString', { toString: () => 'latin7' })],
  [labelled('toString hex', { toString: () => 'hex' })],
  ['foo', 5, 2],
  ['foo', 100],
]);
test('toString of a Uint8Array', () => Buffer.prototype.toString.call(new Uint8Array([97, 98])));
test('toLocaleString', () => letters().toLocaleString('hex'));
test('String(buffer)', () => [String(letters()), `${letters()}`, letters() + '']);
for (const subject of [{}, [1], 'abc', 5, null, undefined]) test(`utf8Slice of ${describe(subject)}`, () => Buffer.prototype.utf8Slice.call(subject));
const SLICES = ['asciiSlice', 'base64Slice', 'base64urlSlice', 'latin1Slice', 'hexSlice', 'ucs2Slice', 'utf8Slice'];
for (const name of SLICES) {
  each(name, () => MIXED, [[], [1], [1, 7], [16], [17], [-1], [0, 17], [5, 2], ['1', '3'], [NaN, NaN], [1.9, 3.9], [null, null], [undefined, 4], [0, -1], [Symbol('s')]]);
  test(`${name} of nothing`, () => Buffer.alloc(0)[name](5, -1));
}

// write

const ten = () => Buffer.alloc(10, '.');
const written = (args) => {
  const b = ten();
  return [b.write(...args), b.toString('latin1')];
};
for (const args of [
  ['abc'],
  ['abc', 'latin1'],
  ['abc', 2],
  ['abc', 2, 2],
  ['abc', 2, 'latin1'],
  ['abc', 2, 2, 'latin1'],
  ['abcdefghijklmn'],
  ['abcdefghijklmn', 5],
  ['abc', 10],
  ['abc', 11],
  ['abc', -1],
  ['abc', 1.5],
  ['abc', NaN],
  ['abc', null],
  ['abc', true],
  ['abc', {}],
  ['abc', 2, -1],
  ['abc', 2, 11],
  ['abc', 2, 10],
  ['abc', 2, 1.5],
  ['abc', 2, null],
  ['abc', undefined, 2],
  ['abc', undefined, 2, 'hex'],
  ['abc', undefined, undefined, 'hex'],
  ['6162', 0, undefined, 'hex'],
  ['6162', 0, 1, 'hex'],
  ['61626z', 'hex'],
  ['616', 'hex'],
  ['YWJjZA', 'base64'],
  ['YWJjZA==', 1, 3, 'base64'],
  ['a-_b', 'base64url'],
  ['é€', 'latin1'],
  ['é€', 'ascii'],
  ['é€', 'binary'],
  ['é€', 'utf8'],
  ['ab', 'utf16le'],
  ['ab', 7, 'ucs2'],
  ['ab', 7, 1, 'ucs2'],
  ['€€€€', 'utf8'],
  ['€', 8],
  ['€', 0, 2],
  ['😀', 7],
  ['😀', 6],
  ['\ud800'],
  ['a\ud83d', 'ucs2'],
  ['abc', 'foo'],
  ['abc', 0, 'foo'],
  ['abc', 0, 3, 'foo'],
  ['abc', 0, 3, 5],
  ['abc', 0, 3, null],
  ['abc', 0, 3, ''],
  ['abc', 0, 3, 'HEX'],
  ['abc', ''],
  [''],
  [5],
  [null],
  [],
  [{}],
  [5, 'hex'],
  [bytes(1)],
]) {
  test(`write(${args.map(describe).join(', ')})`, () => written(args));
}
test('write on a Uint8Array', () => {
  const view = new Uint8Array(4);
  return [Buffer.prototype.write.call(view, 'ab', 1), view];
});
for (const name of SLICES.map((slice) => slice.replace('Slice', 'Write'))) {
  for (const args of [['YWJj'], ['61626364'], ['é€'], ['abcd', 2], ['abcd', 2, 2], ['abcd', 10], ['abcd', 11], ['abcd', -1], ['abcd', 0, -1], ['abcd', 0, 11], ['abcd', 5, 6], ['abcd', 1.5], ['abcd', NaN], ['abcd', '2', '2'], ['abcd', null], ['abcd', undefined, 2], ['abcd', {}, '2'], ['abcd', NaN, 255], ['abcd', 20n], ['abcd', 2, 20n], ['abcd', 2, 2n], [5], [], [null], ['abcd', Symbol('s')], ['', 3]]) {
    test(`${name}(${args.map(describe).join(', ')})`, () => {
      const b = ten();
      return [b[name](...args), b.toString('latin1')];
    });
  }
}

// equals, compare

each('equals', letters, [[letters()], [Buffer.from('x')], [new Uint8Array(letters())], [Buffer.from('abcdefghiX')], ['abc'], [null], [], [{}], [[]], [-0], [new Uint16Array(5)], [5n], [Symbol('s')], ['a'.repeat(29)], ["it's"], ['a\nb'], [function f() {}], [() => {}], [labelled('Map', new Map())]]);
test('equals itself', () => {
  const b = letters();
  return b.equals(b);
});
each('compare', letters, [
  [letters()],
  [Buffer.from('b')],
  [Buffer.from('abc')],
  [Buffer.from('abcdefghijk')],
  [Buffer.from('xxabcxx'), 2, 5, 0, 3],
  [Buffer.from('xxabcxx'), 2, 5],
  [Buffer.from('xxabcxx'), 2],
  [letters(), undefined, undefined, 1],
  [letters(), 0, 0],
  [letters(), 0, 0, 0, 0],
  [letters(), 5, 2],
  [letters(), 0, 10, 5, 2],
  [letters(), 5, 2, 5, 2],
  [letters(), 100],
  [letters(), 2 ** 40],
  [letters(), 0, 11],
  [letters(), 0, 10, 0, 11],
  [letters(), 0, 10, 11],
  [letters(), -1],
  [letters(), 0, -1],
  [letters(), 0, 5, -1],
  [letters(), 0, 5, 0, -1],
  [letters(), 1.5],
  [letters(), '1'],
  [letters(), null],
  [letters(), NaN],
  [letters(), Infinity],
  [letters(), undefined],
  ['abc'],
  [],
  [new Uint16Array(5)],
]);

// copy

for (const args of [[], [0], [2], [2, 3], [2, 3, 6], [0, 0, 0], [0, 5, 5], [0, 5, 2], [9], [10], [11], [100], [0, 10], [0, 11], [0, 0, 100], [-1], [0, -1], [0, 0, -1], [1.9], [0, 1.9, 3.9], [-0.5], ['2', '3', '6'], [null, null, null], [NaN, NaN, NaN], [Infinity], [0, Infinity], [0, 0, Infinity], [undefined, undefined, 4], [2 ** 53], [-(2 ** 40)], [2 ** 60], [{}], [Symbol('s')], [1n]]) {
  test(`copy(target, ${args.map(describe).join(', ')})`, () => {
    const target = ten();
    return [letters().copy(target, ...args), target.toString()];
  });
}
for (const target of [undefined, null, 'abc', [], {}, 5, new ArrayBuffer(4)]) test(`copy(${describe(target)})`, () => letters().copy(target));
test('copy into other views', () => {
  const words = new Uint16Array(2);
  const view = new DataView(new ArrayBuffer(3));
  return [letters().copy(words), [...words], letters().copy(view, 1), view.getUint8(1)];
});
test('copy onto itself', () => {
  const b = letters();
  return [b.copy(b, 2, 0, 6), b.toString(), b.copy(b, 0, 2, 8), b.toString()];
});
test('copy from a Uint8Array', () => {
  const b = ten();
  return [Buffer.prototype.copy.call(new Uint8Array([65, 66]), b, 1), b.toString()];
});
test('copy from an object', () => Buffer.prototype.copy.call({}, ten()));

// fill

for (const args of [
  [],
  [1],
  [0x141],
  [-1],
  [1.9],
  [NaN],
  [Infinity],
  ['a'],
  ['ab'],
  ['abc', 2],
  ['abc', 2, 5],
  ['abc', 5, 2],
  ['abc', 'latin1'],
  ['abc', 2, 'latin1'],
  ['abc', 2, 5, 'latin1'],
  [''],
  ['', 2, 4],
  ['é'],
  ['é', 'latin1'],
  ['é', 'ascii'],
  ['Ā', 'latin1'],
  ['€', 0, 4],
  ['é', 1, 2],
  ['€', 'ucs2'],
  ['a', 'utf16le'],
  ['a', 0, 5, 'utf16le'],
  ['abcd', 'hex'],
  ['abc', 'hex'],
  ['abzz', 'hex'],
  ['z', 'hex'],
  ['zz', 'hex'],
  ['z'.repeat(200), 'hex'],
  ["it's", 'hex'],
  ['\n', 'hex'],
  ['YWI=', 'base64'],
  ['=', 'base64'],
  ['a', 'foo'],
  ['a', 0, 5, 'foo'],
  ['a', 0, 5, 7],
  ['a', 0, 5, null],
  ['a', 0, 5, ''],
  ['a', 0, 5, {}],
  ['a', ''],
  ['a', 0, 0],
  ['a', 0, 5, 'HEX'],
  [1, 2],
  [1, 2, 5],
  [1, 5, 2],
  [1, 10],
  [1, 11],
  [1, 0, 11],
  [1, -1],
  [1, 0, -1],
  [1, 1.5],
  [1, 0, 1.5],
  [1, '2'],
  [1, 0, '5'],
  [1, null],
  [1, undefined, 3],
  [1, NaN],
  ['a', null],
  ['a', undefined, 3],
  ['a', {}],
  [bytes(1, 2, 3)],
  [bytes(1, 2, 3), 4],
  [bytes(1, 2, 3), 4, 6],
  [new Uint8Array([7])],
  [new Uint16Array([0x4142])],
  [labelled('DataView', new DataView(new Uint8Array([65, 66]).buffer))],
  [Buffer.alloc(0)],
  [new Uint8Array(0)],
  [new Uint16Array(0)],
  [Buffer.alloc(0), 3, 3],
  [null],
  [undefined],
  [true],
  [{}],
  [[66]],
  [labelled('valueOf', { valueOf: () => 67 })],
  [Symbol('s')],
  [5n],
]) {
  test(`fill(${args.map(describe).join(', ')})`, () => {
    const b = ten();
    const result = b.fill(...args);
    return [result === b, b.toString('latin1')];
  });
}
test('fill of nothing', () => [Buffer.alloc(0).fill('a').length, Buffer.alloc(0).fill(Buffer.alloc(0)).length, Buffer.alloc(0).fill('zz', 'hex').length]);
test('fill with itself', () => {
  const b = letters();
  return [b.fill(b.subarray(0, 3), 3).toString(), b.fill(b.subarray(2, 5)).toString()];
});
for (const value of ['', 'ab', 1]) {
  test(`fill(${describe(value)}) with a length that lies`, () => {
    const b = Buffer.alloc(4);
    Object.defineProperty(b, 'length', { value: 1337 });
    return b.fill(value);
  });
}
test('fill a Uint8Array', () => Buffer.prototype.fill.call(new Uint8Array(3), 'ab'));

// indexOf, lastIndexOf, includes

const hay = () => Buffer.from('abcabcabc');
for (const name of ['indexOf', 'lastIndexOf', 'includes']) {
  each(name, hay, [
    ['abc'],
    ['bc', 2],
    ['bc', -2],
    ['bc', -3],
    ['bc', -100],
    ['bc', 100],
    ['abc', 3],
    ['abc', 4],
    ['abc', 6],
    ['abc', 7],
    ['x'],
    [''],
    ['', 4],
    ['', 100],
    ['', -4],
    ['', -100],
    ['abcabcabcd'],
    [97],
    [97, 1],
    [97, -3],
    [97, -4],
    [97, -100],
    [97, 100],
    [97 + 256],
    [-159],
    [97.9],
    [NaN],
    [Infinity],
    [0],
    [Buffer.from('ca')],
    [Buffer.from('ca'), 3],
    [Buffer.alloc(0)],
    [Buffer.alloc(0), 5],
    [Buffer.alloc(0), 50],
    [new Uint8Array([98])],
    ['bc', undefined],
    ['bc', null],
    ['bc', NaN],
    ['bc', {}],
    ['bc', []],
    ['bc', [4]],
    ['bc', true],
    ['bc', 1.9],
    ['bc', -1.9],
    ['bc', Infinity],
    ['bc', -Infinity],
    ['bc', 2 ** 31],
    ['bc', -(2 ** 31) - 1],
    ['bc', '4'],
    ['bc', 'utf8'],
    ['6263', 'hex'],
    ['6263', 2, 'hex'],
    ['YmM=', 'base64'],
    ['YmM', 'base64url'],
    ['bc', 'latin1'],
    ['bc', 'ascii'],
    ['bc', 'binary'],
    ['bc', 'BINARY'],
    ['zz', 'hex'],
    ['bc', 'foo'],
    ['bc', 0, 'foo'],
    ['bc', 0, null],
    ['bc', 0, 5],
    [Buffer.from('bc'), 0, 'foo'],
    [Buffer.from('bc'), 0, null],
    [97, 0, 'foo'],
    ['bc', Symbol('s')],
    ['bc', 1n],
    [],
    [undefined],
    [null],
    [{}],
    [[]],
    [true],
    [5n],
    [new Uint16Array(1)],
    [labelled('DataView', new DataView(new ArrayBuffer(1)))],
    [() => {}],
  ]);
  test(`${name} in nothing`, () => [Buffer.alloc(0)[name]('a'), Buffer.alloc(0)[name](''), Buffer.alloc(0)[name](0), Buffer.alloc(0)[name]('', 5)]);
  const wide = Buffer.from('aαbαc', 'utf16le');
  for (const args of [['α'], ['α', 3], ['α', 4], ['α', -4], ['α', 100], ['α', -100], ['αc'], ['x'], [''], ['', 3], ['aα', 1], ['c', 9]]) {
    test(`${name} in utf16 (${args.map(describe).join(', ')})`, () => wide[name](...args, ...(args.length < 2 ? [undefined] : []), 'utf16le'));
  }
  test(`${name} in utf16 of bytes`, () => [wide[name](Buffer.from('α', 'ucs2'), undefined, 'ucs2'), wide[name](Buffer.from('α', 'ucs2'), 3, 'ucs2'), wide[name](bytes(0x61), undefined, 'ucs2')]);
  test(`${name} between units`, () => hex('0061006200')[name]('a', undefined, 'utf16le'));
  test(`${name} beyond ASCII`, () => [Buffer.from('xé€y')[name]('€'), Buffer.from('xé€y')[name]('é'), Buffer.from('xéy', 'latin1')[name]('é', undefined, 'latin1')]);
  test(`${name} on a Uint8Array`, () => Buffer.prototype[name].call(new Uint8Array([97, 98]), 'b'));
  for (const subject of [{}, 'abc', null, undefined, 5, [1]]) test(`${name} on ${describe(subject)}`, () => Buffer.prototype[name].call(subject, 'b'));
  test(`new ${name}`, () => new Buffer.prototype[name](1, 'str'));
}

// swap

for (const bits of [16, 32, 64]) {
  for (const length of [0, 8, 16, 200, 7, 12, 2]) {
    test(`swap${bits} of ${length}`, () => {
      const b = Buffer.alloc(length).map((_, i) => i);
      return [b[`swap${bits}`]() === b, b];
    });
  }
  test(`swap${bits} of a Uint8Array`, () => Buffer.prototype[`swap${bits}`].call(new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])));
}

// Numbers

const numbers = hex('ff0102fd8405060708f97f80aabbccdd7ff00000');
const FIXED = ['Int8', 'UInt8', 'Int16LE', 'Int16BE', 'UInt16LE', 'UInt16BE', 'Int32LE', 'Int32BE', 'UInt32LE', 'UInt32BE', 'BigInt64LE', 'BigInt64BE', 'BigUInt64LE', 'BigUInt64BE', 'FloatLE', 'FloatBE', 'DoubleLE', 'DoubleBE'];
const widthOf = (name) => (name.startsWith('Float') ? 4 : name.startsWith('Double') ? 8 : +name.match(/\d+/)[0] / 8);
for (const name of FIXED) {
  const read = `read${name}`;
  const last = 20 - widthOf(name);
  each(read, () => numbers, [[], [undefined], [0], [3], [last], [last + 1], [20], [100], [-1], [1.5], [NaN], [Infinity], [-Infinity], [-0], ['0'], [null], [true], [{}], [[]], [Symbol('s')], [1n], [2 ** 32], [2 ** 33], [2 ** 53], [1e40], [-(2 ** 40)]]);
  test(`${read} of too few`, () => Buffer.alloc(widthOf(name) - 1)[read]());
  test(`${read} of too few, 1`, () => Buffer.alloc(widthOf(name) - 1)[read](1));
  test(`${read} of a Uint8Array`, () => Buffer.prototype[read].call(new Uint8Array(numbers), 1));
  test(`${read} of an object`, () => Buffer.prototype[read].call({}));
  test(`${read} of undefined`, () => Buffer.prototype[read].call(undefined));
  const write = `write${name}`;
  const big = name.startsWith('Big');
  const limits = [];
  if (big) limits.push(0n, 1n, -1n, 2n ** 63n - 1n, 2n ** 63n, -(2n ** 63n), -(2n ** 63n) - 1n, 2n ** 64n - 1n, 2n ** 64n, 2n ** 100n, -(2n ** 100n), 5, -1, 1.5, 1e30, -1e30, NaN, '5', '-5', 'x', null, undefined, true, {}, Symbol('s'));
  else if (/Int/.test(name)) {
    const bits = widthOf(name) * 8;
    limits.push(0, 1, -1, 2 ** (bits - 1) - 1, 2 ** (bits - 1), -(2 ** (bits - 1)), -(2 ** (bits - 1)) - 1, 2 ** bits - 1, 2 ** bits, 2 ** 40, -(2 ** 40), 1.9, -0.9, -0, NaN, Infinity, -Infinity, '5', 'x', null, undefined, true, {}, [7], 5n, Symbol('s'), labelled('valueOf', { valueOf: () => 7 }));
  } else limits.push(0, -0, 1, -1, 1.1, 1e-45, 1e39, 1.5e308, NaN, Infinity, -Infinity, 16777217, '5', 'x', null, undefined, true, {}, 5n, Symbol('s'));
  const put = (value, ...rest) => {
    const b = Buffer.alloc(10, 0xee);
    return [b[write](value, ...rest), b];
  };
  for (const value of limits) test(`${write}(${describe(value)})`, () => put(value));
  const value = big ? 0x0102030405060708n : 1;
  for (const offset of [undefined, 0, 1, 10 - widthOf(name), 11 - widthOf(name), 10, -1, 1.5, NaN, Infinity, '1', null, {}, true, 1n, Symbol('s'), 2 ** 40]) test(`${write}(value, ${describe(offset)})`, () => put(value, offset));
  test(`${write} into too few`, () => Buffer.alloc(widthOf(name) - 1)[write](value));
  test(`${write} of too much at a wrong place`, () => put(big ? 2n ** 70n : 2 ** 70, 'x'));
  test(`${write} on a Uint8Array`, () => {
    const view = new Uint8Array(10);
    return [Buffer.prototype[write].call(view, value, 1), view];
  });
}
for (const name of ['IntLE', 'IntBE', 'UIntLE', 'UIntBE']) {
  const read = `read${name}`;
  for (let width = 1; width <= 6; width++) {
    each(read, () => numbers, [[0, width], [3, width], [9, width], [20 - width, width], [21 - width, width], [-1, width], [1.5, width], ['0', width], [NaN, width], [null, width], [undefined, width], [2 ** 40, width]]);
    test(`${read} of too few, ${width}`, () => Buffer.alloc(width - 1)[read](0, width));
  }
  each(read, () => numbers, [[], [0], [0, 0], [0, 7], [0, -1], [0, 1.5], [0, NaN], [0, Infinity], [0, '1'], [0, null], [0, {}], [0, true], [0, Symbol('s')], [0, 1n], [0, 2 ** 40], ['x', 9], [100, 9]]);
  const write = `write${name}`;
  const signed = name.startsWith('Int');
  const put = (...args) => {
    const b = Buffer.alloc(8, 0xee);
    return [b[write](...args), b];
  };
  for (let width = 1; width <= 6; width++) {
    const bits = width * 8;
    const most = signed ? 2 ** (bits - 1) : 2 ** bits;
    for (const value of [0, 1, most - 1, most, -1, -2, -most, -most - 1, 0.9, -0.5, -1.5, 1e15, NaN, Infinity, '5', null, undefined, 5n, {}]) test(`${write}(${describe(value)}, 1, ${width})`, () => put(value, 1, width));
    for (const offset of [undefined, 8 - width, 9 - width, -1, 1.5, 'x', null]) test(`${write}(1, ${describe(offset)}, ${width})`, () => put(1, offset, width));
    test(`${write} into too few, ${width}`, () => Buffer.alloc(width - 1)[write](1, 0, width));
  }
  for (const args of [[], [1], [1, 0], [1, 0, 0], [1, 0, 7], [1, 0, 1.5], [1, 0, '2'], [1, 0, null], [1, 'x', 9], [5n, 0, 9], [Symbol('s'), 0, 2]]) test(`${write}(${args.map(describe).join(', ')})`, () => put(...args));
}
test('NaN in bytes', () => {
  const b = Buffer.alloc(12);
  b.writeDoubleBE(NaN, 0);
  b.writeFloatBE(NaN, 8);
  return b;
});
test('floats there and back', () => {
  const b = Buffer.alloc(8);
  return [1 / 3, -2.5e-310, 5e-324, Number.MAX_VALUE].map((number) => (b.writeDoubleLE(number), b.readDoubleLE()));
});

// The pool. Whatever else happened before, these begin with a new slab.

function fresh() {
  let b;
  do b = Buffer.allocUnsafe(4095);
  while (b.byteOffset !== 0);
  Buffer.allocUnsafe(4090);
  return b;
}
// The offsets of what is made, relative to a slab's start. A new slab is a new `buffer`.
function offsets(...makes) {
  fresh();
  const slabs = [];
  return makes.map((make) => {
    const b = make();
    if (b.buffer.byteLength !== 8192) return `alone ${b.byteOffset} ${b.length} of ${b.buffer.byteLength}`;
    if (!slabs.includes(b.buffer)) slabs.push(b.buffer);
    return `${slabs.indexOf(b.buffer)}:${b.byteOffset} ${b.length}`;
  });
}
const unsafe = (size) => () => Buffer.allocUnsafe(size);
test('pool: a step is rounded up to 8', () => offsets(unsafe(1), unsafe(8), unsafe(9), unsafe(3), unsafe(0), unsafe(1)));
test('pool: 4095 is pooled, 4096 is not', () => offsets(unsafe(4095), unsafe(4096), unsafe(4095), unsafe(1)));
test('pool: what does not fit begins a new slab', () => offsets(unsafe(4000), unsafe(4000), unsafe(193), unsafe(192)));
test('pool: alloc and allocUnsafeSlow never', () => offsets(unsafe(8), () => Buffer.alloc(5), () => Buffer.alloc(5, 1), () => Buffer.allocUnsafeSlow(5), () => Buffer.of(1, 2), () => new Buffer(5), unsafe(8)));
test('pool: from text', () => offsets(() => Buffer.from('abc'), () => Buffer.from('€uro'), () => Buffer.from('6162', 'hex'), () => Buffer.from('abcd', 'base64'), () => Buffer.from('zz', 'hex'), () => Buffer.from('é', 'latin1'), () => Buffer.from('ab', 'ucs2'), () => Buffer.from(''), unsafe(1)));
test('pool: from text wants room for four bytes a character', () => offsets(unsafe(4088), unsafe(4000), () => Buffer.from('x'.repeat(26)), () => Buffer.from('x'.repeat(25)), unsafe(1)));
test('pool: from text that just fits', () => offsets(unsafe(4088), unsafe(4000), () => Buffer.from('x'.repeat(25)), () => Buffer.from('y'.repeat(19)), unsafe(1)));
test('pool: from long text', () => offsets(() => Buffer.from('x'.repeat(1023)), () => Buffer.from('x'.repeat(1024)), () => Buffer.from('x'.repeat(4095)), () => Buffer.from('x'.repeat(4096)), () => Buffer.from('é'.repeat(2047)), () => Buffer.from('é'.repeat(2048)), () => Buffer.from('61'.repeat(4095), 'hex'), () => Buffer.from('61'.repeat(2047), 'hex')));
test('pool: from text that is shorter than it seems', () => offsets(() => Buffer.from(`61zz${'61'.repeat(5000)}`, 'hex'), () => Buffer.from('='.repeat(9000), 'base64'), () => Buffer.from('YQ=='.repeat(1000), 'base64'), unsafe(1)));
test('pool: from lists', () => offsets(() => Buffer.from([1, 2, 3]), () => Buffer.from(new Uint8Array(9)), () => Buffer.from(new Uint16Array(3)), () => Buffer.from({ length: 2, 0: 1, 1: 2 }), () => Buffer.from({ type: 'Buffer', data: [1] }), () => Buffer.from([]), () => Buffer.from(new Uint8Array(4096)), () => Buffer.from(new Uint8Array(4095)), unsafe(1)));
test('pool: from(ArrayBuffer) never', () => offsets(unsafe(1), () => Buffer.from(new ArrayBuffer(5)), unsafe(1)));
test('pool: concat', () => offsets(() => Buffer.concat([one, two]), () => Buffer.concat([one]), () => Buffer.concat([one], 9), () => Buffer.concat([]), () => Buffer.concat([one], 0), () => Buffer.concat([Buffer.alloc(4096)]), unsafe(1)));
test('pool: copyBytesFrom', () => offsets(() => Buffer.copyBytesFrom(new Uint16Array(3)), () => Buffer.copyBytesFrom(new Uint16Array(3), 1), () => Buffer.copyBytesFrom(new Uint8Array(4096)), unsafe(1)));
test('pool: views lie where their parent lies', () => offsets(unsafe(8), () => Buffer.allocUnsafe(20).subarray(3, 5), () => Buffer.allocUnsafe(5).slice(1), unsafe(1)));
test('pool: searching for text takes room', () => offsets(unsafe(1), () => {
  hay().indexOf('6263', 0, 'hex');
  hay().indexOf('bc', 0, 'ascii');
  hay().indexOf('bc', 0, 'utf8');
  return Buffer.allocUnsafe(1);
}));
test('pool: transcode, map and species never', () => offsets(unsafe(1), () => buffer.transcode(one, 'latin1', 'utf8'), () => three.map((x) => x), () => Uint8Array.prototype.slice.call(three), unsafe(1)));
test('pool: concat clears what it does not fill', () => {
  fresh();
  const dirty = Buffer.allocUnsafe(4000).fill(0xee);
  return [dirty.length, Buffer.concat([one], 5)];
});
test('poolSize', () => {
  const before = Buffer.poolSize;
  fresh();
  Buffer.poolSize = 100;
  const small = [Buffer.allocUnsafe(49).buffer.byteLength > 49, Buffer.allocUnsafe(50).buffer.byteLength, Buffer.from('x'.repeat(50)).buffer.byteLength];
  Buffer.poolSize = 16384;
  const large = Buffer.allocUnsafe(5000).buffer.byteLength;
  const next = [Buffer.allocUnsafe(8191), Buffer.allocUnsafe(8000)].map((b) => b.buffer.byteLength);
  Buffer.poolSize = 0;
  const none = [Buffer.allocUnsafe(1).buffer.byteLength, Buffer.from('abc').buffer.byteLength, Buffer.from([1]).buffer.byteLength];
  Buffer.poolSize = before;
  for (let i = 0; i < 9; i++) Buffer.allocUnsafe(4000);
  return [before, small, large, next, none, Buffer.allocUnsafe(1).buffer.byteLength];
});

// The module's functions

const { isUtf8, isAscii, transcode, atob, btoa } = buffer;
for (const [name, check] of [['isUtf8', isUtf8], ['isAscii', isAscii]]) {
  for (const value of [bytes(), letters(), MIXED, Buffer.from('é'), new Uint8Array([0x80]), new Uint16Array([0x6161]), eight(), new SharedArrayBuffer(2), 'abc', null, undefined, 5, [97], {}, labelled('DataView', new DataView(new ArrayBuffer(1)))]) test(`${name}(${describe(value)})`, () => check(value));
  test(`${name} of what is detached`, () => {
    const memory = new ArrayBuffer(4);
    memory.transfer();
    return check(memory);
  });
}
const sources = { utf8: 'c3a9e282acf09f9880', latin1: '61e9ff', ascii: '61e9ff', ucs2: '6100ac20e9003dd800de' };
for (const from of ['utf8', 'latin1', 'ascii', 'ucs2', 'utf16le', 'binary', 'hex', 'base64', 'foo', undefined, null, '', 5]) {
  for (const to of ['utf8', 'latin1', 'ascii', 'ucs2', 'hex', 'foo']) {
    test(`transcode ${describe(from)} to ${to}`, () => transcode(hex(sources[from] ?? '61c3a9'), from, to));
  }
}
test('transcode of broken text', () => [transcode(MIXED, 'utf8', 'latin1'), transcode(MIXED, 'utf8', 'utf8'), transcode(hex('61003dd86200'), 'ucs2', 'latin1'), transcode(hex('610062'), 'ucs2', 'ucs2')]);
test('transcode of broken utf8 to ucs2', () => transcode(MIXED, 'utf8', 'ucs2'));
test('transcode of broken ucs2 to utf8', () => transcode(hex('61003dd86200'), 'ucs2', 'utf8'));
test('transcode of nothing', () => transcode(Buffer.alloc(0), 'foo', 'bar'));
test('transcode of text', () => transcode('abc', 'utf8', 'latin1'));
test('what transcode throws', () => {
  try {
    transcode(one, 'foo', 'utf8');
  } catch (error) {
    return [Object.keys(error), error.code, error.errno];
  }
});
for (const text of ['', 'YQ==', 'YWI=', 'YWJj', 'YQ', 'YWI', ' Y W\tJ\nj\r\f', 'a', 'a==', '=', '==', 'Y=Q=', 'YQ===', 'YQ=', 'YR==', '*', 'a-_b', 'é', 'YWJjZA==', 'YWJjZ', '////', '++++', '\0', 'YW=Jj', 'YWJj====', 'YWJj=', '/w==', '😀']) test(`atob(${describe(text)})`, () => atob(text));
for (const value of [null, undefined, 5, 1234, true, [], {}, ['YQ==']]) test(`atob(${describe(value)})`, () => atob(value));
for (const value of ['', 'a', 'ab', 'abc', 'é', 'ÿ', 'Ā', '€', '😀', '\0', null, undefined, 5, true, {}, []]) test(`btoa(${describe(value)})`, () => btoa(value));
test('atob()', () => atob());
test('btoa()', () => btoa());
test('btoa(symbol)', () => btoa(Symbol('s')));
test('what atob throws', () => {
  try {
    atob('*');
  } catch (error) {
    return [error.name, error.code, error instanceof DOMException, error instanceof Error];
  }
});
test('INSPECT_MAX_BYTES', () => {
  buffer.INSPECT_MAX_BYTES = 5;
  const text = require('util').inspect(digits());
  buffer.INSPECT_MAX_BYTES = 50;
  return [text, buffer.INSPECT_MAX_BYTES];
});
for (const value of ['5', -1, NaN, null]) {
  test(`INSPECT_MAX_BYTES = ${describe(value)}`, () => {
    buffer.INSPECT_MAX_BYTES = value;
  });
}
test('inspect', () => {
  const { inspect } = require('util');
  return [inspect(digits()), inspect(Buffer.alloc(0)), inspect(Buffer.alloc(60)), inspect(Object.assign(bytes(1), { name: 'x' })), letters().inspect(), inspect([one, { two }]), digits()[inspect.custom] === digits().inspect];
});

// Whole programs in little

test('a view after its parent is gone', () => {
  const view = (() => Buffer.alloc(1000, 'z').subarray(10, 13))();
  return view.toString();
});
test('arguments that change the receiver', () => {
  const memory = new ArrayBuffer(8);
  const b = Buffer.from(memory);
  const gone = { valueOf() { memory.transfer(); return 1; } };
  return b.fill(gone).length;
});
test('arguments that change the receiver of write', () => {
  const memory = new ArrayBuffer(8);
  const b = Buffer.from(memory);
  const gone = { toString() { memory.transfer(); return 'latin1'; } };
  return b.write('abc', 0, 3, gone);
});
test('subclasses', () => {
  class Mine extends Buffer {}
  return [typeof Mine, Object.getPrototypeOf(Mine) === Buffer];
});
test('long text in all encodings', () => ENCODINGS.map((encoding) => {
  const b = Buffer.from('0123456789abcdefé€😀'.repeat(500));
  return Buffer.from(b.toString(encoding), encoding).length;
}));
test('long ASCII', () => Buffer.from('abcdefgh'.repeat(5000)).toString() === 'abcdefgh'.repeat(5000));
test('long Latin-1', () => Buffer.from('abcdéfgh'.repeat(5000), 'latin1').toString('latin1') === 'abcdéfgh'.repeat(5000));
test('long mixed text', () => Buffer.from('aé€😀'.repeat(5000)).toString() === 'aé€😀'.repeat(5000));
