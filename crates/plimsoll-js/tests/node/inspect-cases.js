// Prints what `util.inspect` and `util.format` make of many values: a line with a label, then a line with the text as JSON.
// Recorded with `node inspect-cases.js --record`, which puts the version of Node first; a host must print the rest the same.
'use strict';

const util = require('util');
const { inspect, format, formatWithOptions } = util;

if (process.argv.includes('--record')) console.log(process.version);

const seen = new Set();
function print(label, make) {
  if (seen.has(label)) throw new Error(`two cases are named ${label}`);
  seen.add(label);
  let text;
  try {
    text = make();
  } catch (error) {
    // The messages of the engine itself differ between engines.
    text = error.code || error.constructor === Error ? `threw ${error.name}: ${error.message}` : `threw ${error.name}`;
  }
  console.log(label);
  console.log(JSON.stringify(text));
}

// Each group is a table of label -> value; `options` go to every `inspect` of the group.
function group(title, values, options) {
  for (const label of Object.keys(values)) {
    print(`${title} / ${label}`, () => {
      const value = values[label];
      return inspect(typeof value === 'function' && value.make ? value() : value, options);
    });
  }
}
const made = (make) => Object.assign(make, { make: true });

// Primitives

const primitives = {
  zero: 0,
  minusZero: -0,
  integer: 42,
  negative: -17,
  float: 1.5,
  tiny: 1e-7,
  huge: 1e21,
  nan: NaN,
  infinity: Infinity,
  minusInfinity: -Infinity,
  big: 123456789012345,
  fraction: 1234.5678,
  bigint: 10n,
  negativeBigint: -12345678n,
  largeBigint: 2n ** 64n,
  true: true,
  false: false,
  undefined: undefined,
  null: null,
  symbol: Symbol('a'),
  symbolNoName: Symbol(),
  symbolNewline: Symbol('a\nb'),
  wellKnown: Symbol.iterator,
  shared: Symbol.for('x y'),
};
group('primitive', primitives);
group('primitive separated', primitives, { numericSeparator: true });
group('primitive colored', primitives, { colors: true });

const strings = {
  empty: '',
  plain: 'abc',
  single: "it's",
  double: 'say "hi"',
  both: `it's "it"`,
  all: `'"\``,
  dollar: `'"\${a}`,
  template: `'"$a`,
  newline: 'a\nb',
  tab: 'a\tb',
  controls: '\0\x01\b\v\f\r\x1b\x1f\x7f\x80\x9f',
  backslash: 'a\\b',
  loneHigh: 'a\ud800b',
  loneLow: '\udc00',
  pair: '😀',
  nonAscii: 'žluťoučký kůň',
  cjk: '漢字',
  separators: '\u2028\u2029\u00a0\u00ad\ufeff',
  quoteAndControl: "'\n'",
  long: 'x'.repeat(200),
};
group('string', strings);
group('string in an object', {
  all: strings,
  lines: { text: 'first line\nsecond line\nthird line'.repeat(3) },
  short: { text: 'a\nb' },
});
group('string lines', { top: 'line one is quite long\nline two is quite long\nline three is quite long and ends\n' });
group(
  'string limit',
  { over: 'abcdefghij', one: 'abcdef', exact: 'abcde', nested: ['abcdefghij', { a: 'abcdefg' }] },
  { maxStringLength: 5 },
);
group('string limit none', { zero: 'abc', empty: '' }, { maxStringLength: 0 });
group('string limit null', { long: 'x'.repeat(12000).length, text: 'abc' }, { maxStringLength: null });
group('string default limit', { long: 'x'.repeat(10003) });

// Arrays

const range = (count, map = (i) => i) => Array.from({ length: count }, (_, i) => map(i));
const extended = (list, extra) => Object.assign(list, extra);
const arrays = {
  empty: [],
  one: [1],
  six: range(6),
  seven: range(7),
  ten: range(10),
  sixteen: range(16),
  seventeen: range(17),
  twenty: range(20),
  thirty: range(30),
  hundred: range(100),
  hundredOne: range(101),
  twoHundred: range(200),
  spread: range(27, (i) => i * i * 37),
  mixedWidths: range(30, (i) => 10 ** (i % 7)),
  negatives: range(20, (i) => (i % 2 ? -i : i)),
  floats: range(12, (i) => i / 7),
  bigints: range(12, (i) => BigInt(i) ** 5n),
  mixedNumbers: [1, 2n, 3, 4n, 5, 6n, 7],
  words: 'the quick brown fox jumps over the lazy dog'.split(' '),
  letters: [...'abcdefghijklmnopqrstuvwxyz'],
  longWords: range(10, (i) => 'w'.repeat(10 + i)),
  veryLongWords: range(8, (i) => 'w'.repeat(30 + i)),
  wide: range(10, (i) => '漢'.repeat(i + 1)),
  accents: range(10, () => 'e\u0301e\u0301'),
  emoji: range(9, (i) => '😀'.repeat(i)),
  booleans: range(12, (i) => i % 3 === 0),
  mixed: [1, 'a', null, undefined, true, 2n, Symbol('s')],
  objects: range(8, (i) => ({ i })),
  nested: [[1, 2, [3, 4, [5, [6]]], []], [[[]]]],
  matrix: range(4, (i) => range(4, (j) => i * j)),
  bigMatrix: range(8, (i) => range(8, (j) => i * 10 + j)),
  longMatrix: range(3, (i) => range(30, (j) => i * 100 + j)),
  holeFirst: [, 1],
  holes: [1, , 3, , , 6],
  onlyHoles: new Array(5),
  oneHole: new Array(1),
  trailing: extended([1, 2], { length: 5 }),
  manyHoles: extended([], { 5: 'a', 300: 'b' }),
  farHoles: extended([], { 4000000: 1 }),
  holesUndefined: [undefined, , undefined],
  holesMany: range(40)
    .filter((i) => i)
    .map((i, at, all) => (i % 3 ? (delete all[at], i) : i)),
  extraKey: extended([1, 2], { name: 'x' }),
  negativeKey: extended([1], { '-1': 'a' }),
  fractionKey: extended([1], { 1.5: 'a' }),
  hugeKey: extended([1], { 4294967295: 'a' }),
  onlyExtra: extended([], { a: 1 }),
  symbolKey: extended([1], { [Symbol('s')]: 1 }),
  extraKeys: extended(range(10), { a: 1, b: { c: [1] } }),
  extraMore: extended(range(120), { a: 1 }),
  getterElement: Object.defineProperty([1, 2], 0, { get: () => 5, enumerable: true }),
  hiddenElement: Object.defineProperty([1, 2], 0, { value: 7, enumerable: false }),
  multiline: [{ a: 'x'.repeat(50), b: 'y'.repeat(50) }, 1],
  longTexts: ['a'.repeat(60), 'b'.repeat(60)],
  functions: [() => {}, function named() {}],
  sixteenWords: range(16, (i) => `item-${i}`),
  hundredWords: range(100, (i) => `item-${i}`),
  objectAndNumbers: [{ a: 1 }, 1, 2, 3, 4, 5, 6, 7, 8],
  holesColumns: [1, , 2, , 3, , 4, , 5, , 6],
  nullPrototype: Object.setPrototypeOf([1, 2], null),
  dates: range(8, (i) => new Date(i * 1e10)),
};
group('array', arrays);
group('array in an object', {
  ten: { list: range(10) },
  forty: { list: range(40) },
  deep: { a: { b: { list: range(30) } } },
  words: { list: arrays.words },
});
group(
  'array of five',
  {
    twenty: range(20),
    holes: [1, , 2, , 3, , 4, , 5],
    extra: extended(range(9), { a: 1 }),
    exact: range(5),
    map: new Map(range(7, (i) => [i, i])),
    set: new Set(range(7)),
    typed: new Uint8Array(8),
    buffer: new ArrayBuffer(9),
  },
  { maxArrayLength: 5 },
);
group(
  'array of none',
  {
    twenty: range(20),
    empty: [],
    map: new Map([[1, 2]]),
    set: new Set([1]),
    typed: new Uint8Array(3),
    buffer: new ArrayBuffer(3),
  },
  { maxArrayLength: 0 },
);
group('array of all', { many: range(150) }, { maxArrayLength: null });
group(
  'array narrow',
  { twenty: range(20), words: arrays.words, object: { a: 1, b: 'two', c: [3] } },
  { breakLength: 30 },
);
group(
  'array endless line',
  { twenty: range(20), hundred: range(100), words: arrays.words, object: { a: 'x'.repeat(100), b: { c: { d: 1 } } } },
  { breakLength: Infinity },
);
group(
  'array compact 1',
  { twenty: range(20), nested: [[1, [2, [3]]]], object: { a: { b: { c: {} } } } },
  { compact: 1 },
);
group(
  'array compact false',
  {
    twenty: range(20),
    nested: [[1, [2, [3]]]],
    object: { a: { b: { c: {} } } },
    map: new Map([[{ a: 1 }, 'b']]),
    text: { a: 'a\nb' },
  },
  { compact: false },
);
group(
  'array compact true',
  {
    twenty: range(20),
    nested: [[1, [2, [3]]]],
    object: { a: { b: { c: {} } }, list: range(40) },
    long: { first: 'x'.repeat(50), second: 'y'.repeat(50), third: { a: 'z'.repeat(80) } },
    map: new Map([[{ a: 1 }, 'b']]),
  },
  { compact: true },
);
group(
  'array compact 8',
  { nested: [[[[[[1]]]]]], object: { a: { b: { c: { d: { e: 1 } } } } } },
  { compact: 8, depth: 10 },
);
group(
  'array colored',
  { seven: range(7), thirty: range(30), words: arrays.words, objects: arrays.objects, holes: arrays.holes },
  { colors: true },
);

// Plain objects

const objects = {
  empty: {},
  one: { a: 1 },
  nested: { a: { b: { c: { d: 1 } } } },
  nestedEmpty: { a: { b: { c: {} } } },
  nestedList: { a: { b: { c: [1] } } },
  nestedEmptyList: { a: { b: { c: [] } } },
  nestedKinds: {
    a: {
      b: {
        map: new Map([[1, 2]]),
        emptyMap: new Map(),
        set: new Set([1]),
        date: new Date(0),
        expression: /a/,
        fn() {},
        typed: new Uint8Array(2),
        fnWithKey: extended(() => {}, { k: 1 }),
        boxed: new String('s'),
      },
    },
  },
  keys: { $a: 1, a1: 2, 1: 3, '': 4, é: 5, 'a\nb': 6, "'": 7, 'a-b': 8, _x: 9, 'with space': 10, ['__proto__']: 11 },
  symbols: { [Symbol('a')]: 1, [Symbol.iterator]: 2, [Symbol('a b')]: 3, [Symbol()]: 4 },
  getters: {
    get a() {
      return 1;
    },
    set a(v) {},
    get b() {
      return { x: 1 };
    },
    set c(v) {},
  },
  undefinedValue: { a: undefined, b: null },
  methods: { a() {}, b: () => {}, async c() {}, *d() {}, async *e() {}, f: class {}, 'g h'() {} },
  line72: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(13) },
  line73: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(14) },
  line74: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(15) },
  line75: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(16) },
  line76: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(17) },
  line78: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(19) },
  inner: { outer: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(11) } },
  inner2: { outer: { a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(10) } },
  single72: { abc: 'x'.repeat(66) },
  single80: { abc: 'x'.repeat(72) },
  single90: { abc: 'x'.repeat(90) },
  many: Object.fromEntries(range(30, (i) => [`key${i}`, i])),
  fourDeep: { a: { b: { c: 1 } }, z: 1 },
  threeEntries: { a: { b: { c: {} } }, d: [[[]]] },
  deepList: [{ a: [{ b: [{ c: 1 }] }] }],
  minusZero: { a: -0 },
  longKey: { ['k'.repeat(80)]: 1 },
  nullPrototype: Object.create(null),
  nullPrototypeKeys: extended(Object.create(null), { a: 1 }),
  ofNull: Object.create(Object.create(null)),
  ofEmpty: Object.create({}),
  ofNullKeys: extended(Object.create(extended(Object.create(null), { z: 1 })), { a: 1 }),
  constructorNumber: { constructor: 5 },
  constructorObject: { constructor: { name: 'x' } },
  constructorFunction: { constructor: function Q() {} },
  tagOwn: { [Symbol.toStringTag]: 'own', a: 1 },
  tagHidden: Object.defineProperty({}, Symbol.toStringTag, { value: 'hidden' }),
  tagInherited: { __proto__: { [Symbol.toStringTag]: 'inherited' } },
  tagNumber: Object.defineProperty({}, Symbol.toStringTag, { value: 5 }),
  tagObject: Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: 'Object' }),
  mathLike: Math,
  jsonLike: JSON,
  toStringOwn: {
    toString() {
      return 'x';
    },
  },
  arguments: (function () {
    return arguments;
  })(1, 'a'),
  noArguments: (function () {
    return arguments;
  })(),
  generator: (function* () {})(),
  arrayIterator: [1][Symbol.iterator](),
  stringIterator: 'a'[Symbol.iterator](),
  wide: { a: '漢字'.repeat(20), b: 1 },
};
group('object', objects);
group(
  'object depth 0',
  {
    nested: objects.nested,
    list: [[1]],
    kinds: [
      new Map([[1, 2]]),
      new Set([1]),
      new (class Foo {
        a = 1;
      })(),
      Object.assign(Object.create(null), { a: 1 }),
      extended(() => {}, { a: 1 }),
      new Uint8Array(2),
      new ArrayBuffer(2),
      new DataView(new ArrayBuffer(2)),
      new WeakMap(),
      Promise.resolve(1),
      extended(new Date(0), { a: 1 }),
      extended(/a/, { a: 1 }),
      extended(new Number(1), { a: 1 }),
      (function () {
        return arguments;
      })(1),
      new (class extends Array {})(3),
      Object.setPrototypeOf([1], null),
      Object.setPrototypeOf(new Map([[1, 2]]), null),
      Object.defineProperty({ a: 1 }, Symbol.toStringTag, { value: 'T' }),
    ],
  },
  { depth: 0 },
);
group(
  'object depth -1',
  {
    nested: objects.nested,
    list: [1],
    map: new Map([[1, 2]]),
    empty: {},
    date: new Date(0),
    nullPrototype: Object.assign(Object.create(null), { a: 1 }),
    ofNull: Object.create(Object.create(null)),
  },
  { depth: -1 },
);
group(
  'object depth null',
  { nested: { a: { b: { c: { d: { e: { f: 1 } } } } } }, list: [[[[[[[1]]]]]]] },
  { depth: null },
);
group('object depth Infinity', { nested: { a: { b: { c: { d: { e: { f: 1 } } } } } } }, { depth: Infinity });
group('object depth 3', { nested: { a: { b: { c: { d: { e: { f: 1 } } } } } } }, { depth: 3 });
group(
  'object sorted',
  {
    keys: { b: 1, a: 2, c: { z: 1, y: 2 } },
    list: extended([3, 1, 2], { b: 1, a: 2 }),
    map: new Map([
      ['b', 1],
      ['a', 2],
    ]),
    set: new Set(['b', 'a']),
    oneKey: extended([2, 1], { b: 1 }),
  },
  { sorted: true },
);
group('object sorted back', { keys: { b: 1, a: 2, c: 3 } }, { sorted: (a, b) => (a < b ? 1 : -1) });
const accessors = {
  get a() {
    return 1;
  },
  set a(v) {},
  get b() {
    return { x: { y: { z: 1 } } };
  },
  set c(v) {},
  get d() {
    return null;
  },
  get e() {
    return 'text';
  },
  get f() {
    throw 5;
  },
};
group('object getters', { all: accessors }, { getters: true });
group('object getters get', { all: accessors }, { getters: 'get' });
group('object getters set', { all: accessors }, { getters: 'set' });
group(
  'object colored',
  {
    keys: objects.keys,
    symbols: objects.symbols,
    getters: objects.getters,
    nested: objects.nested,
    long: objects.line76,
    undefinedValue: objects.undefinedValue,
  },
  { colors: true },
);
group(
  'object hidden',
  {
    property: Object.defineProperty({}, 'k', { value: 1 }),
    symbol: Object.defineProperty({}, Symbol('k'), { value: 1 }),
    list: [1, 2],
    map: new Map([[1, 2]]),
    emptyList: [],
    getter: Object.defineProperty({}, 'g', { get: () => 1 }),
    oddKeys: Object.defineProperties(
      {},
      { 'a-b': { value: 1 }, "it's": { value: 2 }, 'a\nb': { value: 3 }, é: { value: 4 }, '': { value: 5 } },
    ),
    symbolKey: { [Symbol('a\nb')]: 1 },
    instanceOfMap: new (class M extends Map {
      get g() {
        return 1;
      }
    })([[1, 2]]),
    inheritedTwice: new (class B2 extends class B1 {
      get g() {
        return 1;
      }
    } {
      get h() {
        return 2;
      }
    })(),
    function0: function () {},
    circle: made(() => {
      const o = { x: 1 };
      Object.defineProperty(o, 'o', { value: o });
      return o;
    }),
    emptyTyped: new Uint8Array(0),
    view: new DataView(new ArrayBuffer(2)),
    bufferInObject: { b: new ArrayBuffer(1) },
    typed: new Uint8Array(3),
    buffer: new ArrayBuffer(2),
    instance: new (class Foo {
      constructor() {
        this.x = 1;
      }
      m() {}
      get g() {
        return 1;
      }
    })(),
    fn: function f() {},
    method: { m() {} }.m,
    class: class Foo {
      static a = 1;
      b() {}
    },
    boxed: new String('ab'),
    date: new Date(0),
    expression: /a/g,
  },
  { showHidden: true },
);
group(
  'object hidden colored',
  {
    typed: new Uint8Array(1),
    key: Object.defineProperty({}, 'k', { value: 1 }),
    oddKey: Object.defineProperty({}, 'a-b', { value: 1 }),
    symbol: Object.defineProperty({}, Symbol('k'), { value: 1 }),
    list: [1, , 3],
  },
  { showHidden: true, colors: true },
);

// Instances

class Foo {}
class Bar extends Foo {
  constructor() {
    super();
    this.x = 1;
  }
}
class Tagged {
  get [Symbol.toStringTag]() {
    return 'tag';
  }
}
class SameTag {
  get [Symbol.toStringTag]() {
    return 'SameTag';
  }
}
class Private {
  #a = 1;
  b = 2;
}
class List extends Array {}
class Dictionary extends Map {}
class Bag extends Set {}
class Bytes extends Uint8Array {}
class Moment extends Date {}
class Pattern extends RegExp {}
class Text extends String {}
class Later extends Promise {}
class Store extends ArrayBuffer {}
function Old() {
  this.a = 1;
}
function Base() {}
Old.prototype = Object.create(Base.prototype);
group('instance', {
  foo: new Foo(),
  bar: new Bar(),
  prototype: Foo.prototype,
  barPrototype: Bar.prototype,
  tagged: new Tagged(),
  sameTag: new SameTag(),
  private: new Private(),
  anonymous: new (class {})(),
  anonymousKey: new (class {
    a = 1;
  })(),
  old: new Old(),
  base: new Base(),
  list: List.from([1, 2, 3]),
  emptyList: new List(),
  dictionary: new Dictionary([[1, { a: 1 }]]),
  emptyDictionary: new Dictionary(),
  bag: new Bag([1]),
  bytes: new Bytes(2),
  moment: new Moment(0),
  pattern: new Pattern('a', 'g'),
  text: new Text('t'),
  later: Later.resolve(1),
  store: new Store(2),
  nested: { a: new Foo(), b: new Bar(), c: { d: new Bar() } },
  taggedKeys: extended(new Tagged(), { a: 1 }),
  ofInstance: Object.create(new Bar()),
  extraMap: extended(new Map([[1, 2]]), { a: 1 }),
  extraSet: extended(new Set([1]), { a: 1 }),
  constructorKey: extended(new Foo(), { constructor: 1 }),
  taggedMap: new (class M extends Map {
    get [Symbol.toStringTag]() {
      return 'MM';
    }
  })([[1, 2]]),
  taggedArray: Object.defineProperty([1], Symbol.toStringTag, { value: 'TA' }),
  arrayPrototype: Array.prototype,
  objectPrototype: Object.prototype,
  mapPrototype: Object.create(Map.prototype),
  dateLike: Object.create(Date.prototype),
  promiseLike: Object.create(Promise.prototype),
});

// Collections

const map = new Map([
  ['a', 1],
  [{ k: 1 }, new Map([[1, [2]]])],
  [null, undefined],
]);
group('collection', {
  map,
  emptyMap: new Map(),
  set: new Set([1, 'a', { b: 1 }]),
  emptySet: new Set(),
  mapOfMaps: new Map([[new Map([[new Map([[1, 2]]), 3]]), 4]]),
  deepSet: new Set([new Set([new Set([new Set([1])])])]),
  longMap: new Map(range(30, (i) => [`key${i}`, i])),
  hugeMap: new Map(range(110, (i) => [i, i])),
  hugeSet: new Set(range(110)),
  longSet: new Set(range(20)),
  weakMap: new WeakMap(),
  weakSet: new WeakSet(),
  wideMap: new Map([['x'.repeat(40), 'y'.repeat(40)]]),
  nullMap: Object.setPrototypeOf(new Map([[1, 2]]), null),
  nullSet: Object.setPrototypeOf(new Set([1]), null),
  mapInObject: { m: new Map([['a', { b: { c: { d: 1 } } }]]) },
  multilineMap: new Map([['a', { x: 'x'.repeat(40), y: 'y'.repeat(40) }]]),
  holding: new Set([[1, 2, 3], 'text']),
  weakKeys: extended(new WeakMap(), { a: 1 }),
  promise: Promise.resolve(4),
  promiseObject: Promise.resolve({ a: { b: { c: { d: 1 } } } }),
  pending: new Promise(() => {}),
  promiseKey: extended(Promise.resolve(1), { a: 1 }),
  rejected: made(() => {
    const promise = Promise.reject(3);
    promise.catch(() => {});
    return promise;
  }),
  promiseList: [Promise.resolve([1, 2, 3])],
});
group(
  'collection colored',
  { map, set: new Set([1, 'a']), weak: new WeakMap(), promise: Promise.resolve(1), pending: new Promise(() => {}) },
  { colors: true },
);

// Dates, expressions, functions, boxed

group('date', {
  epoch: new Date(0),
  invalid: new Date(NaN),
  far: new Date(8.64e15),
  before: new Date(-1e14),
  key: extended(new Date(0), { x: 1 }),
  nullPrototype: Object.setPrototypeOf(new Date(0), null),
  in: { d: new Date(5) },
});
group('expression', {
  plain: /a/,
  flags: /a\/b[c]\n/gimsuy,
  key: extended(/a/g, { x: 1 }),
  empty: new RegExp(''),
  nullPrototype: Object.setPrototypeOf(/a/, null),
  in: [/x/g],
});
const functions = {
  named: function named() {},
  anonymous: (() => function () {})(),
  arrow: (() => () => {})(),
  async: (() => async () => {})(),
  generator: function* g() {},
  asyncGenerator: async function* ag() {},
  bound: function f() {}.bind(),
  class: class A {},
  anonymousClass: (() => class {})(),
  extending: class B extends Array {},
  extendingKeys: class C extends Map {
    static x = 1;
  },
  extendsNull: class N extends null {},
  keys: extended(function k() {}, { a: 1, b: { c: 1 } }),
  builtin: Math.max,
  constructor: Map,
  symbolName:
    { [Symbol('s')]() {} }[Object.getOwnPropertySymbols({})[0]] ?? { [Symbol.iterator]() {} }[Symbol.iterator],
  nullPrototype: Object.setPrototypeOf(function np() {}, null),
  nullPrototypeClass: Object.setPrototypeOf(class npc {}, null),
  tagged: Object.defineProperty(function t() {}, Symbol.toStringTag, { value: 'TT' }),
  nameless: Object.defineProperty(function x() {}, 'name', { value: '' }),
  classNamed: class {
    static name = 'own';
  },
  classCommented: class /* { ( */ D /* x */ extends Foo {},
  classWord: function classWord() {},
  method: { m() {} }.m,
  getterFn: Object.getOwnPropertyDescriptor(
    {
      get z() {
        return 1;
      },
    },
    'z',
  ).get,
  renamed: Object.defineProperty(() => {}, 'name', { value: 'new name' }),
  inherits: Object.setPrototypeOf(function i() {}, class Callable extends Function {}.prototype),
};
group('function', functions);
group('function in an object', functions);
group('function colored', { named: functions.named, class: functions.class, keys: functions.keys }, { colors: true });
group('boxed', {
  number: new Number(3),
  minusZero: new Number(-0),
  string: new String('abc'),
  emptyString: new String(''),
  boolean: new Boolean(false),
  symbol: Object(Symbol('s')),
  bigint: Object(5n),
  key: extended(new Number(3), { a: 1 }),
  stringKey: extended(new String('abc'), { a: 1 }),
  nullPrototype: Object.setPrototypeOf(new Number(3), null),
  tagged: Object.defineProperty(new String('s'), Symbol.toStringTag, { value: 'T' }),
});
group(
  'boxed colored',
  { number: new Number(3), string: new String('abc'), symbol: Object(Symbol('s')) },
  { colors: true },
);

// Binary data

const bytes = (count, map = (i) => i) => Uint8Array.from({ length: count }, (_, i) => map(i));
group('binary', {
  arrayBuffer: bytes(4).buffer,
  emptyBuffer: new ArrayBuffer(0),
  longBuffer: new ArrayBuffer(100),
  longerBuffer: new ArrayBuffer(101),
  hugeBuffer: new ArrayBuffer(1000),
  shared: new SharedArrayBuffer(4),
  bufferKey: extended(new ArrayBuffer(2), { a: 1 }),
  inObject: { b: new ArrayBuffer(4) },
  dataView: new DataView(bytes(4).buffer, 1),
  dataViewKey: extended(new DataView(bytes(2).buffer), { a: 1 }),
  inList: [new DataView(new ArrayBuffer(1))],
  uint8: bytes(3),
  empty: new Uint8Array(0),
  long: bytes(50),
  many: new Uint8Array(120),
  clamped: new Uint8ClampedArray(2),
  int8: Int8Array.of(-1, 2),
  int16: Int16Array.of(-300, 300),
  uint16: Uint16Array.of(65535),
  int32: Int32Array.of(-70000),
  uint32: Uint32Array.of(4294967295),
  float32: Float32Array.of(1.5, 0.1),
  float64: Float64Array.of(0.1, -0, NaN, Infinity),
  bigint64: BigInt64Array.of(-1n, 2n),
  biguint64: BigUint64Array.of(2n ** 64n - 1n),
  typedKey: extended(bytes(2), { a: 1 }),
  typedSymbol: extended(bytes(2), { [Symbol('s')]: 1 }),
  inMap: new Map([['k', bytes(3)]]),
  seven: bytes(7),
  nested: { a: { b: { c: bytes(3) } } },
  nullPrototypeBuffer: Object.setPrototypeOf(new ArrayBuffer(2), null),
  manyBig: new BigInt64Array(10),
  floats: Float64Array.from({ length: 12 }, (_, i) => i / 3),
  deep: { a: { b: { c: new ArrayBuffer(2), d: new Uint8Array(0) } } },
});
group(
  'binary separated',
  { uint32: Uint32Array.of(4294967295, 12), big: BigInt64Array.of(123456789n) },
  { numericSeparator: true },
);
group(
  'binary colored',
  { uint8: bytes(3), arrayBuffer: bytes(3).buffer, dataView: new DataView(new ArrayBuffer(1)) },
  { colors: true },
);

const buffer = (text, extra) => extended(Buffer.from(text), extra);
group('Buffer', {
  hello: buffer('hello'),
  empty: Buffer.alloc(0),
  fifty: Buffer.alloc(50, 1),
  fiftyOne: Buffer.alloc(51, 1),
  fiftyTwo: Buffer.alloc(52, 255),
  huge: Buffer.alloc(100000),
  keyed: buffer('a', { prop: 1 }),
  keyedEmpty: buffer('', { prop: 'x' }),
  twoKeys: buffer('ab', { a: [1, 2], b: { c: 1 } }),
  symbolKey: buffer('a', { [Symbol('s')]: 1 }),
  inObject: { b: buffer('hi') },
  inList: [buffer('a'), buffer('b')],
  inMap: new Map([['k', buffer('v')]]),
  deep: { a: { b: { c: { d: buffer('x') } }, e: { f: buffer('y') } } },
  longKeyed: extended(Buffer.alloc(60), { a: 1 }),
  longProperty: buffer('a', { text: 'x'.repeat(90), more: 'y'.repeat(90) }),
  slice: buffer('hello').subarray(1, 3),
  many: range(8, (i) => Buffer.from([i])),
  manyLong: range(3, () => Buffer.alloc(40)),
  getterKey: Object.defineProperty(buffer('a'), 'g', { get: () => 1, enumerable: true }),
  hiddenKey: Object.defineProperty(buffer('a'), 'h', { value: 1 }),
  nestedKey: buffer('a', { b: { c: { d: { e: 1 } } } }),
});
group('Buffer colored', { hello: buffer('hello'), keyed: buffer('a', { prop: 1 }) }, { colors: true });
group('Buffer hidden', { keyed: buffer('a', { prop: 1 }) }, { showHidden: true });
group('Buffer plain', { hello: buffer('hello'), keyed: buffer('a', { prop: 1 }) }, { customInspect: false });

// Circles

const loop = { name: 'loop' };
loop.self = loop;
const ring = { a: {} };
ring.a.b = ring;
const two = { left: {}, right: {} };
two.left.up = two;
two.right.over = two.left;
two.left.own = two.left;
const looped = [1];
looped.push(looped);
const mapLoop = new Map();
mapLoop.set('me', mapLoop).set(mapLoop, 1);
const setLoop = new Set();
setLoop.add(setLoop);
const shared = { s: 1 };
const circles = {
  loop,
  ring,
  two,
  looped,
  mapLoop,
  setLoop,
  shared: { a: shared, b: shared },
  inside: { x: loop },
  fn: extended(function f() {}, {}),
  typed: made(() => {
    const list = bytes(2);
    list.me = list;
    return list;
  }),
  fnLoop: made(() => {
    const f = () => {};
    f.f = f;
    return f;
  }),
  instance: made(() => {
    const it = new Bar();
    it.me = it;
    return it;
  }),
  date: made(() => {
    const it = new Date(0);
    it.me = it;
    return it;
  }),
};
group('circle', circles);
group('circle compact true', { loop, two }, { compact: true });
group('circle colored', { loop, two }, { colors: true });

// Custom inspection

const custom = inspect.custom;
class Money {
  constructor(amount) {
    this.amount = amount;
  }
  [custom](depth, options, inspectIt) {
    return `<${depth} ${options.stylize(this.amount, 'number')} ${inspectIt === inspect} ${inspectIt({ a: 1 }, options)}>`;
  }
}
group('custom', {
  class: new Money(5),
  nested: { a: { b: { c: new Money(6) } } },
  list: [new Money(1), new Money(2)],
  object: { [custom]: () => ({ replaced: { by: { this: { one: 1 } } } }) },
  number: { [custom]: () => 42 },
  undefined: { [custom]: () => undefined },
  lines: { in: { [custom]: () => 'first\nsecond' } },
  self: {
    a: 1,
    [custom]() {
      return this;
    },
  },
  prototype: Money.prototype,
  notFunction: { [custom]: 5 },
  inspectItself: made(() => inspect({ [custom]: inspect, a: 1 }, { depth: 0 })),
  map: new Map([[new Money(1), new Money(2)]]),
  options: { [custom]: (depth, options) => Object.keys(options).sort().join() + options.depth },
  deepOptions: { a: { [custom]: (depth, options) => `${depth} ${options.depth}` } },
  throwing: {
    [custom]() {
      throw new Error('custom');
    },
  },
  legacy: {
    inspect() {
      return 'legacy';
    },
    a: 1,
  },
});
group(
  'custom depth',
  { left: { a: { [custom]: (depth, options) => `${depth} ${options.depth} ${options.extra}` } } },
  { depth: 7, extra: 'more' },
);
group(
  'custom depth null',
  { left: { a: { [custom]: (depth, options) => `${depth} ${options.depth}` } } },
  { depth: null },
);
group('custom colored', { class: new Money(5) }, { colors: true });
group('custom off', { class: new Money(5) }, { customInspect: false });

// Proxies

const revoked = Proxy.revocable({}, {});
revoked.revoke();
const trap = new Proxy(
  { a: 1 },
  {
    get() {
      throw new Error('trapped');
    },
    ownKeys() {
      throw new Error('trapped');
    },
    getPrototypeOf() {
      throw new Error('trapped');
    },
  },
);
const proxies = {
  object: new Proxy({ a: 1 }, {}),
  list: new Proxy([1, 2], {}),
  fn: new Proxy(function f() {}, {}),
  class: new Proxy(class A {}, {}),
  map: new Proxy(new Map([[1, 2]]), {}),
  proxied: new Proxy(new Proxy({ a: 1 }, {}), {}),
  revoked: revoked.proxy,
  trap,
  inObject: { p: trap },
  bytes: new Proxy(bytes(2), {}),
  custom: new Proxy(new Money(3), {}),
};
group('proxy', proxies);
group('proxy shown', proxies, { showProxy: true });
group('proxy shown depth 0', { nested: { p: proxies.object }, top: proxies.object }, { showProxy: true, depth: 0 });

// Errors, with stacks of their own so that every host has the same

const FRAMES = ['    at foo (file.js:1:1)', '    at bar (file.js:2:2)'];
function stacked(error, head, frames = FRAMES) {
  Object.defineProperty(error, 'stack', {
    value: [head ?? String(error), ...frames].join('\n'),
    writable: true,
    configurable: true,
  });
  return error;
}
class MyE extends Error {}
class MyError extends Error {}
class FooError extends TypeError {}
class Named extends Error {
  constructor(message) {
    super(message);
    this.name = 'NamedError';
  }
}
class NameGetter extends Error {
  get name() {
    return 'Got';
  }
}
const withName = (error, name) =>
  Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true, enumerable: true });
const tagged = (error, tag) => Object.defineProperty(error, Symbol.toStringTag, { value: tag });
const bare = (error, stack) =>
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
const errors = {
  plain: stacked(new Error('x')),
  empty: stacked(new Error()),
  type: stacked(new TypeError('x')),
  range: stacked(new RangeError('x')),
  MyE: stacked(new MyE('m')),
  MyError: stacked(new MyError('m')),
  FooError: stacked(new FooError('m')),
  Named: stacked(new Named('m')),
  NameGetter: stacked(new NameGetter('m')),
  nameSame: stacked(withName(new MyE('q'), 'MyE')),
  nameOther: stacked(withName(new Error('q'), 'Custom'), 'Error: q'),
  nameOtherError: stacked(withName(new Error('q'), 'FooError')),
  nameAndStack: stacked(withName(new Error('q'), 'Custom')),
  nameNumber: stacked(withName(new Error('q'), 5), 'Error: q'),
  nameUndefined: stacked(withName(new Error('q'), undefined), 'Error: q'),
  code: stacked(extended(new Error('q'), { code: 'ECODE' })),
  codeInName: stacked(extended(new RangeError('q'), { code: 'ERR_X' }), 'RangeError [ERR_X]: q'),
  messageInFrames: stacked(extended(new Error('bar'), { a: 1 }), 'Error: foo'),
  messageEnumerable: stacked(
    Object.defineProperty(new Error('q'), 'message', { value: 'other', enumerable: true }),
    'Error: q',
  ),
  lines: stacked(new Error('a\nb')),
  linesNested: { e: stacked(new Error('a\nb')) },
  nested: { a: stacked(new Error('x')) },
  list: [stacked(new Error('x'))],
  deep: { a: { b: { c: stacked(new Error('x')) } } },
  tooDeep: { a: { b: { c: { d: stacked(new Error('x')) } } } },
  deepKeys: { a: { b: { c: stacked(extended(new Error('x'), { k: 1 })) } } },
  keys: stacked(extended(new Error('x'), { a: 1, b: { c: 'x'.repeat(70) } })),
  self: made(() => {
    const e = stacked(new Error('x'));
    e.self = e;
    return e;
  }),
  nullPrototype: stacked(Object.setPrototypeOf(new Error('q'), null), 'Error: q'),
  nullPrototypeFoo: stacked(Object.setPrototypeOf(new Error('q'), null), 'Foo: q'),
  nullPrototypeFooError: stacked(Object.setPrototypeOf(new Error('q'), null), 'FooError: q'),
  nullPrototypeText: stacked(Object.setPrototypeOf(new Error('q'), null), 'q'),
  nullPrototypeBare: bare(Object.setPrototypeOf(new Error('q'), null), 'Error'),
  changedPrototype: stacked(Object.setPrototypeOf(new TypeError('q'), Error.prototype), 'TypeError: q'),
  tag: stacked(tagged(new Error('q'), 'TAG')),
  tagMyE: stacked(tagged(new MyE('q'), 'TAG')),
  tagEmpty: stacked(tagged(new Error(), 'TAG')),
  tagFoo: stacked(tagged(new Error('q'), 'TAG'), 'Foo: q'),
  tagSame: stacked(tagged(new Error('q'), 'Error')),
  tagKey: stacked(extended(new Error('q'), { [Symbol.toStringTag]: 'T' })),
  errorX: stacked(new (class ErrorX extends Error {})('q')),
  errorXHead: stacked(new (class ErrorX extends Error {})('q'), 'Error'),
  errorCode: stacked(new MyE('q'), 'Error [C]: q'),
  errorNoColon: stacked(new MyE('q'), 'Errorq'),
  errorLine: stacked(new MyE('q'), 'Error\nq'),
  typeAsError: stacked(withName(new TypeError('q'), 'Error'), 'Error: q'),
  noFrames: bare(new Error('q'), 'Error: q'),
  noFramesMyE: bare(new MyE('q'), 'Error: q'),
  otherText: bare(new Error('q'), 'nothing'),
  emptyStack: bare(new Error('q'), ''),
  noStack: bare(new Error('q'), undefined),
  noStackKey: bare(extended(new Error('q'), { a: 1 }), undefined),
  noStackNested: { e: bare(new Error('q'), undefined) },
  stackNumber: bare(new Error('q'), 5),
  stackObject: bare(new Error('q'), { a: 1 }),
  stackList: bare(new MyE('q'), { q: [1] }),
  stackNested: { e: bare(new MyE('q'), { q: [1] }) },
  framesThenText: stacked(extended(new Error('a'), { x: 1 }), 'Error: a', [
    '    at foo (a)',
    'something else',
    '    at z',
  ]),
  like: Object.create(Error.prototype),
  prototype: Error.prototype,
  nameNull: stacked(withName(new Error('q'), null), 'Error: q'),
  stackKey: made(() => {
    const e = new Error('q');
    Object.defineProperty(e, 'stack', { value: 'Error: q\n    at a', enumerable: true });
    return e;
  }),
  cause: stacked(new Error('e', { cause: stacked(new TypeError('c')) })),
  causeNumber: stacked(new Error('e', { cause: 5 })),
  causeUndefined: stacked(new Error('e', { cause: undefined })),
  causeKey: stacked(extended(new Error('e'), { cause: 'c' })),
  causeObject: stacked(new Error('e', { cause: { a: { b: { c: 1 } } } })),
  causeChain: stacked(
    new Error('1', {
      cause: stacked(new Error('2', { cause: stacked(new Error('3', { cause: stacked(new Error('4')) })) })),
    }),
  ),
  aggregate: stacked(new AggregateError([stacked(new Error('1')), 2], 'many')),
  errorsKey: stacked(extended(new Error('x'), { errors: [1] })),
  nestedCause: { e: stacked(new Error('e', { cause: stacked(new Error('c')) })) },
  errorsHidden: stacked(Object.defineProperty(new Error('x'), 'errors', { value: [stacked(new Error('in'))] })),
  errorsNoList: stacked(Object.defineProperty(new Error('x'), 'errors', { value: 5 })),
};
const frames = (text) => [...text].map((letter) => `    at ${letter}1 (f)`);
const causing = (own, of) =>
  stacked(new Error('e', { cause: stacked(new Error('c'), 'Error: c', frames(of)) }), 'Error: e', frames(own));
group('error', {
  ...errors,
  sameFrames: causing('abcde', 'abcde'),
  sharedFive: causing('xabcde', 'yabcde'),
  sharedFour: causing('xabcd', 'yabcd'),
  sharedThree: causing('xabc', 'yabc'),
  sharedFirst: causing('xabcdz', 'yabcdw'),
  sharedLater: causing('xyzabcd', 'wabcd'),
  sharedLonger: causing('xabcde', 'qrsabcde'),
});
group('error compact false', { plain: errors.plain, code: errors.code, list: errors.list }, { compact: false });
group('error compact true', { plain: errors.plain, code: errors.code, list: errors.list }, { compact: true });
group('error colored', { plain: errors.plain, code: errors.code, nested: errors.nested }, { colors: true });

// Old signature and odd options

print('options / old signature', () => inspect({ a: { b: { c: { d: 1 } } } }, false, 0));
print('options / old signature colors', () => inspect({ a: 1 }, false, 2, true));
print('options / old signature depth null', () => inspect({ a: { b: { c: { d: { e: 1 } } } } }, false, null));
print('options / hidden as boolean', () => inspect([1], true));
print('options / null', () => inspect({ a: 1 }, null));
print('options / undefined', () => inspect({ a: 1 }, undefined));
print('options / unknown', () => inspect({ a: 1 }, { nonsense: 1 }));
print('options / defaults', () => Object.keys(inspect.defaultOptions).join());
print('options / set default', () => {
  inspect.defaultOptions = { depth: 0 };
  const text = inspect({ a: { b: 1 } });
  inspect.defaultOptions.depth = 2;
  return text;
});
print('options / bad default', () => (inspect.defaultOptions = 1));
print('options / custom symbol', () => inspect.custom === Symbol.for('nodejs.util.inspect.custom'));
print('options / styles', () => Object.keys(inspect.styles).join());

// format

class Worded {
  toString() {
    return 'worded';
  }
}
class WordedChild extends Worded {}
class WordedError extends Error {
  toString() {
    return 'my text';
  }
}
const arguments_ = {
  one: 1,
  minusZero: -0,
  float: 12.75,
  bigint: 1n,
  symbol: Symbol('a'),
  undefined: undefined,
  null: null,
  true: true,
  text: 'text',
  number: '12.5abc',
  hex: '0x10',
  blank: '',
  nested: { a: { b: { c: { d: { e: { f: 1 } } } } } },
  list: [1, [2, [3]]],
  arrow: () => {},
  class: class Q {},
  worded: new Worded(),
  wordedChild: new WordedChild(),
  foo: new Foo(),
  nullPrototype: Object.create(null),
  error: errors.plain,
  wordedError: stacked(new WordedError('q')),
  date: new Date(0),
  moment: new Moment(0),
  expression: /a/,
  map: new Map([[1, { a: 1 }]]),
  ownText: {
    toString() {
      return 'own';
    },
  },
  noText: { toString: 5 },
  primitive: {
    [Symbol.toPrimitive]() {
      return 'prim';
    },
  },
  proxy: new Proxy({}, {}),
  wordedProxy: new Proxy(new Worded(), {}),
  boxed: new String('z'),
  boxedBigint: Object(1n),
  buffer: Buffer.from('a'),
  valueOf: {
    valueOf() {
      return 5;
    },
  },
  long: { a: 'x'.repeat(100) },
  typed: bytes(3),
  infinity: Infinity,
  money: new Money(2),
  set: new Set([1]),
  manyDigits: 123456789.123,
};
for (const name of Object.keys(arguments_)) {
  for (const letter of 'sdifjoOc') print(`format / %${letter} ${name}`, () => format(`%${letter}`, arguments_[name]));
  print(`format / first ${name}`, () => format(arguments_[name], 'rest', arguments_[name]));
}
const circular = {};
circular.c = circular;
const formats = [
  ['%s %s', 'a'],
  ['%s', 'a', 'b', { c: 1 }],
  ['%%', 1],
  ['%% %s', 'a'],
  ['%x', 1],
  ['a%'],
  ['a%', 1],
  ['%', 1],
  [1, 2, '3'],
  ['a', 'b'],
  [{ a: 1 }, 'x'],
  [],
  ['%s%s%s', 1, 2],
  ['%d%%', '5'],
  ['%c%s', 'css', 'x'],
  ['%'],
  ['%%'],
  ['%%%s', 'a'],
  ['%%%%', 'a'],
  ['%s:%s', undefined],
  [undefined, 'a'],
  ['', 'a'],
  ['a', ''],
  ['%j', circular],
  [
    '%j',
    {
      toJSON() {
        throw new Error('zz');
      },
    },
  ],
  ['%i', 1e21],
  ['%i', '1e3'],
  ['%d', ''],
  ['%d', []],
  ['%f', ''],
  ['%i', -0.5],
  ['%f', '-0'],
  ['%s'],
  ['%s %d %i %f %j %o %O %c %%', 'a'],
  ['%s', 'a\nb', 'c'],
  ['a\n%s', { x: 'y\nz' }],
  ['%o', [1, 2]],
  ['%o', function foo() {}],
  ['%O', new Map([[{ a: { b: { c: { d: 1 } } } }, 1]])],
  ['percent 100%', 5],
  ['%a%s', 'x'],
  ['%s%', 'x'],
  ['%S', 'x'],
  ['% s', 'x'],
  ['%5d', 1],
  [null, undefined],
  [Symbol('a'), Symbol('b')],
  ['%s', Symbol('q')],
  ['x', -0, 0n, 'y'],
  ['%d', '0b11'],
  ['%d', 5n ** 30n],
];
formats.forEach((values, index) => print(`format / ${index}`, () => format(...values)));
print('formatWithOptions / depth', () => formatWithOptions({ depth: 0 }, '%O', { a: { b: 1 } }, { c: { d: 1 } }));
print('formatWithOptions / colors', () => formatWithOptions({ colors: true }, '%s %d %O', 'a', 1, { a: 1 }, 5));
print('formatWithOptions / separator', () =>
  formatWithOptions({ numericSeparator: true }, '%d %i %f %s', 1234567, 1234567, 1234567.5, 123456n, 1234567),
);
print('formatWithOptions / bad options', () => formatWithOptions(1, 'a'));
