// Prints what `events`, `path` and the rest of `util` do; recorded as inspect-cases.js is.
'use strict';

const util = require('util');
const path = require('path');
const EventEmitter = require('events');

if (process.argv.includes('--record')) console.log(process.version);

function attempt(label, act) {
  let text;
  try {
    text = util.inspect(act());
  } catch (error) {
    text = error.code || error.constructor === Error ? `threw ${error}` : `threw ${error.name}`;
  }
  console.log(`${label}: ${text}`);
}

// path

const paths = [
  '',
  '.',
  '..',
  '/',
  '//',
  '///',
  'a',
  'a/',
  '/a',
  '/a/',
  'a/b',
  'a//b',
  './a',
  '../a',
  '/..',
  '/../a',
  'a/..',
  'a/../..',
  'a/../../b',
  '/a/./b/../c/',
  'a.js',
  '.js',
  'a.',
  'a.b.c',
  'dir/.hidden',
  'dir/a.tar.gz',
  '...',
  'é/ü.txt',
  'a b/c d',
  'a\nb/c',
  '//server/share',
  './',
  '../',
  'a/.',
  'a/./',
  'x/y/..',
];
for (const each of paths) {
  for (const name of ['normalize', 'dirname', 'basename', 'extname', 'isAbsolute', 'parse']) {
    if (each === '/..' && name === 'parse') continue; // Node calls its extension '.'
    attempt(`${name} ${JSON.stringify(each)}`, () => path[name](each));
  }
  attempt(`join ${JSON.stringify(each)}`, () => [
    path.join(each),
    path.join('x', each),
    path.join(each, 'x'),
    path.join('/x/y', each, '..', 'z'),
    path.join(each, each),
  ]);
  attempt(`resolve ${JSON.stringify(each)}`, () => [
    path.resolve('/base/dir', each),
    path.resolve('/base', each, 'more'),
    path.resolve('/x', each, '/y'),
  ]);
  attempt(`relative ${JSON.stringify(each)}`, () => [
    path.relative('/a/b/c', path.resolve('/a', each)),
    path.relative(path.resolve('/a', each), '/a/x'),
  ]);
  attempt(`basename ${JSON.stringify(each)} with suffix`, () => [
    path.basename(each, '.js'),
    path.basename(each, 'a'),
    path.basename(each, ''),
  ]);
}
attempt('path keys', () => [path.sep, path.delimiter, path.posix === path]);
attempt('join nothing', () => path.join());
for (const object of [
  {},
  { base: 'b' },
  { dir: 'd', base: 'b' },
  { root: '/', base: 'b' },
  { root: '/', dir: '/', base: 'b' },
  { dir: 'd', name: 'n', ext: '.e' },
  { name: 'n', ext: 'e' },
  { root: '/', name: 'n' },
])
  attempt(`format ${JSON.stringify(object)}`, () => path.format(object));
for (const wrong of [5, null, undefined, {}, [], true, Symbol('s'), 'x'.repeat(40)]) {
  for (const name of [
    'normalize',
    'dirname',
    'basename',
    'extname',
    'isAbsolute',
    'parse',
    'format',
    'join',
    'resolve',
    'relative',
  ]) {
    if (typeof wrong === 'string' && name !== 'format') continue;
    if (name === 'resolve' && wrong === undefined) continue;
    attempt(`${name} of ${util.inspect(wrong)}`, () => path[name](wrong));
  }
}
attempt('resolve second wrong', () => path.resolve('a', 5));
attempt('relative second wrong', () => path.relative('a', 5));
attempt('basename second wrong', () => path.basename('a', 5));

// events

const trail = [];
const note = (name) => Object.assign((...values) => trail.push([name, ...values]), { toString: () => name });
const emitter = new EventEmitter();
attempt('new emitter', () => emitter);
emitter
  .on('a', note('first'))
  .on('a', note('second'))
  .prependListener('a', note('zeroth'))
  .once('a', note('once'))
  .prependOnceListener('a', note('once before'));
attempt('emit', () => [emitter.emit('a', 1, 2), emitter.emit('a'), emitter.emit('none')]);
attempt('trail', () => trail.splice(0));
attempt('counts', () => [
  emitter.listenerCount('a'),
  emitter.listenerCount('b'),
  EventEmitter.listenerCount(emitter, 'a'),
  emitter.eventNames(),
]);
attempt('emitter', () => emitter);
attempt('this', () => {
  const e = new EventEmitter();
  let it;
  e.on('x', function () {
    it = this;
  });
  e.emit('x');
  return it === e;
});
attempt('removal', () => {
  const e = new EventEmitter();
  const f = () => trail.push('f');
  e.on('x', f).on('x', f).on('y', f);
  e.off('x', f);
  e.emit('x');
  e.removeListener('x', f);
  return [trail.splice(0), e.eventNames(), e.listenerCount('x')];
});
attempt('removal while emitting', () => {
  const e = new EventEmitter();
  const g = () => trail.push('g');
  e.on('x', () => {
    trail.push('f');
    e.off('x', g);
  }).on('x', g);
  e.emit('x');
  e.emit('x');
  return trail.splice(0);
});
attempt('removal of all', () => {
  const e = new EventEmitter();
  e.on('x', () => {})
    .on('y', () => {})
    .on(Symbol.iterator, () => {});
  const names = e.eventNames();
  e.removeAllListeners('x');
  const left = e.eventNames();
  e.removeAllListeners();
  return [names, left, e.eventNames()];
});
attempt('once removed by its function', () => {
  const e = new EventEmitter();
  const f = () => trail.push('f');
  e.once('x', f).off('x', f).emit('x');
  return trail.splice(0);
});
attempt('newListener', () => {
  const e = new EventEmitter();
  e.on('newListener', (name, listener) => trail.push([name, typeof listener, e.listenerCount(name)]));
  e.on('x', () => {}).once('y', () => {});
  return trail.splice(0);
});
attempt('removeListener event', () => {
  const e = new EventEmitter();
  e.on('removeListener', (name) => trail.push(name));
  const f = () => {};
  e.on('x', f).on('y', f).once('z', f);
  e.off('x', f);
  e.emit('z');
  e.removeAllListeners('y');
  e.on('x', f).removeAllListeners();
  return [trail.splice(0), e.eventNames()];
});
attempt('listeners', () => {
  const e = new EventEmitter();
  e.on('x', function f() {}).once('x', function g() {});
  return [e.listeners('x'), e.rawListeners('x'), e.listeners('none')];
});
attempt('limits', () => {
  const e = new EventEmitter();
  return [EventEmitter.defaultMaxListeners, e.getMaxListeners(), e.setMaxListeners(3) === e, e.getMaxListeners()];
});
attempt('chaining', () => {
  const e = new EventEmitter();
  return [e.on('x', () => {}) === e, e.off('x', () => {}) === e, e.removeAllListeners() === e];
});
attempt('error', () => emitter.emit('error', new Error('mine')));
attempt('error text', () => emitter.emit('error', 'text'));
attempt('error object', () => emitter.emit('error', { a: 1 }));
attempt('error nothing', () => emitter.emit('error'));
attempt('error class', () => emitter.emit('error', new (class MyError extends Error {})('q')));
attempt('error heard', () => {
  const e = new EventEmitter();
  e.on('error', (error) => trail.push(error));
  return [e.emit('error', 5), trail.splice(0)];
});
attempt('error monitor', () => {
  const e = new EventEmitter();
  e.on(EventEmitter.errorMonitor, (error) => trail.push(['monitor', error]));
  try {
    e.emit('error', 'x');
  } catch {}
  return trail.splice(0);
});
for (const wrong of [undefined, null, 5, 'f', {}]) {
  attempt(`listener ${util.inspect(wrong)}`, () => emitter.on('x', wrong));
  attempt(`once listener ${util.inspect(wrong)}`, () => emitter.once('x', wrong));
  attempt(`removed listener ${util.inspect(wrong)}`, () => emitter.off('x', wrong));
}
for (const wrong of [-1, NaN, '5', null]) attempt(`limit ${util.inspect(wrong)}`, () => emitter.setMaxListeners(wrong));
class Door extends EventEmitter {
  constructor() {
    super();
    this.open = false;
  }
}
attempt('subclass', () => new Door());
attempt('old subclass', () => {
  function Old() {
    EventEmitter.call(this);
    this.a = 1;
  }
  util.inherits(Old, EventEmitter);
  const old = new Old();
  return [old, old instanceof EventEmitter, Old.super_ === EventEmitter];
});
attempt('mixed in', () => {
  const target = Object.assign({}, EventEmitter.prototype);
  target.on('x', () => trail.push('x'));
  target.emit('x');
  return trail.splice(0);
});
attempt('own module names', () => [EventEmitter.EventEmitter === EventEmitter, typeof EventEmitter.once]);

// util

const samples = {
  array: [],
  arrayBuffer: new ArrayBuffer(1),
  shared: new SharedArrayBuffer(1),
  view: new DataView(new ArrayBuffer(1)),
  date: new Date(0),
  map: new Map(),
  set: new Set(),
  weakMap: new WeakMap(),
  weakSet: new WeakSet(),
  promise: Promise.resolve(),
  expression: /a/,
  error: new Error('e'),
  errorLike: Object.create(Error.prototype),
  fn() {},
  async async() {},
  *generator() {},
  async *asyncGenerator() {},
  generatorObject: (function* () {})(),
  arguments: (function () {
    return arguments;
  })(),
  number: new Number(1),
  string: new String(''),
  boolean: new Boolean(true),
  symbol: Object(Symbol()),
  bigint: Object(1n),
  proxy: new Proxy({}, {}),
  uint8: new Uint8Array(1),
  clamped: new Uint8ClampedArray(1),
  float64: new Float64Array(1),
  big: new BigInt64Array(1),
  buffer: Buffer.alloc(1),
  mapIterator: new Map().keys(),
  setIterator: new Set().values(),
  plain: {},
  null: null,
  undefined: undefined,
  text: 'text',
  five: 5,
};
for (const name of Object.keys(samples)) {
  attempt(`types of ${name}`, () =>
    Object.keys(util.types)
      .filter(
        (test) =>
          !['isKeyObject', 'isCryptoKey', 'isModuleNamespaceObject', 'isExternal', 'isEventTarget'].includes(test) &&
          util.types[test](samples[name]),
      )
      .sort(),
  );
}
const loop = () => {
  const it = { a: 1 };
  it.self = it;
  return it;
};
const equals = [
  [1, 1],
  [0, -0],
  [NaN, NaN],
  ['a', 'b'],
  [1, '1'],
  [null, undefined],
  [{ a: 1 }, { a: 1 }],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [{ a: undefined }, {}],
  [
    [1, 2],
    [1, 2],
  ],
  [
    [1, , 3],
    [1, undefined, 3],
  ],
  [new Map([[{ a: 1 }, 'x']]), new Map([[{ a: 1 }, 'x']])],
  [new Map([['a', 1]]), new Map([['a', 2]])],
  [new Set([{ a: 1 }, [2]]), new Set([[2], { a: 1 }])],
  [new Set([1]), new Set([2])],
  [new Date(0), new Date(0)],
  [new Date(0), new Date(1)],
  [/a/g, /a/g],
  [/a/g, /a/i],
  [new Error('a'), new Error('a')],
  [new Error('a'), new Error('b')],
  [new Error('a'), new TypeError('a')],
  [Buffer.from('ab'), Buffer.from('ab')],
  [Buffer.from('ab'), Buffer.from('ac')],
  [Buffer.from('a'), new Uint8Array([97])],
  [new Uint8Array(2), new Int8Array(2)],
  [Float64Array.of(0), Float64Array.of(-0)],
  [new ArrayBuffer(2), new ArrayBuffer(2)],
  [new ArrayBuffer(2), new ArrayBuffer(3)],
  [new Number(1), new Number(1)],
  [new Number(1), 1],
  [Object(1n), Object(2n)],
  [loop(), loop()],
  [{ [Symbol.iterator]: 1 }, { [Symbol.iterator]: 1 }],
  [{ [Symbol.iterator]: 1 }, { [Symbol.iterator]: 2 }],
  [Object.create(null), {}],
  [[], {}],
  [() => {}, () => {}],
  [{ deep: [{ er: new Map([[1, new Set([2])]]) }] }, { deep: [{ er: new Map([[1, new Set([2])]]) }] }],
];
equals.forEach(([a, b], index) =>
  attempt(`equal ${index}`, () => [util.isDeepStrictEqual(a, b), util.isDeepStrictEqual(b, a)]),
);
attempt('inherits wrong', () => util.inherits(function () {}, null));
attempt('inherits wrong constructor', () => util.inherits(null, function () {}));
attempt('inherits without prototype', () => util.inherits(function () {}, {}));
attempt('promisify wrong', () => util.promisify(5));
attempt('promisify keeps', () => {
  const f = Object.assign(function named(a, b, callback) {}, { extra: 1 });
  const p = util.promisify(f);
  return [p, p.name, p.length, p === util.promisify(p)];
});
attempt('promisify custom', () => {
  const own = () => {};
  return util.promisify(Object.assign(() => {}, { [util.promisify.custom]: own })) === own;
});
attempt('callbackify wrong', () => util.callbackify(5));
attempt('callbackify keeps', () => {
  const f = util.callbackify(async function named(a) {});
  return [f, f.length];
});
attempt('strip', () => [util.stripVTControlCharacters('\x1b[31mred\x1b[0m plain'), util.stripVTControlCharacters('')]);
attempt('strip wrong', () => util.stripVTControlCharacters(5));
attempt('deprecate', () => {
  const f = util.deprecate((a) => a + 1, 'old', 'DEP0');
  return [f(1), typeof f];
});
attempt('deprecate class', () => {
  const Old = util.deprecate(
    class Fine {
      constructor(a) {
        this.a = a;
      }
    },
    'old class',
    'DEP1',
  );
  return new Old(5);
});
attempt('toUSVString', () => util.toUSVString('a\ud800b'));
attempt('isArray', () => [util.isArray([]), util.isArray({})]);

(async () => {
  const later = async (label, make) => {
    try {
      console.log(`${label}: ${util.inspect(await make())}`);
    } catch (error) {
      console.log(`${label}: rejected ${util.inspect(error?.message ?? error)}`);
    }
  };
  await later('promised', () => util.promisify((a, callback) => callback(null, a * 2))(4));
  await later('promised failure', () => util.promisify((callback) => callback(new Error('no')))());
  await later('promised throw', () =>
    util.promisify(() => {
      throw new Error('thrown');
    })(),
  );
  await later('promised this', () =>
    util
      .promisify(function (callback) {
        callback(null, this.x);
      })
      .call({ x: 7 }),
  );
  await later(
    'called back',
    () => new Promise((resolve) => util.callbackify(async (a) => a + 1)(1, (...values) => resolve(values))),
  );
  await later(
    'called back failure',
    () =>
      new Promise((resolve) =>
        util.callbackify(async () => {
          throw new Error('cb');
        })((error) => resolve(error.message)),
      ),
  );
  await later(
    'called back falsy',
    () =>
      new Promise((resolve) =>
        util.callbackify(() => Promise.reject(null))((error) => resolve([error.message, error.code, error.reason])),
      ),
  );
  await later('once', () => {
    const e = new EventEmitter();
    const promise = EventEmitter.once(e, 'x');
    e.emit('x', 1, 2);
    return promise;
  });
  await later('once failing', () => {
    const e = new EventEmitter();
    const promise = EventEmitter.once(e, 'x');
    e.emit('error', new Error('bad'));
    return promise;
  });
})();
