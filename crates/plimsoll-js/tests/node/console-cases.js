// Prints through every method of `console` that writes to standard output; recorded as inspect-cases.js is.
'use strict';

if (process.argv.includes('--record')) console.log(process.version);

console.table([
  [1, 2],
  [3, 4],
]);
console.table([
  { a: 1, b: 'x' },
  { a: 3, c: true },
]);
console.table(5);
console.table('x');
console.table(null);
console.table([1, 'a', { x: 1 }]);
console.table(
  new Map([
    ['a', 1],
    [{ b: 1 }, { c: [1] }],
  ]),
);
console.table(new Map());
console.table(new Set([1, 'b']));
console.table([{ a: 1, b: 2 }], ['b']);
console.table([{ a: 1, b: 2 }], ['zz']);
console.table([1, 2], ['a']);
console.table({ x: { a: 1 }, y: { b: 2 } });
console.table([]);
console.table({});
console.table([
  ['漢字', 1],
  ['e\u0301', 2],
]);
console.table([{ a: { b: { c: 1 } }, l: [1, 2, 3, 4, 5], m: { x: 1, y: 2, z: 3 } }]);
console.table([[1, [2, 3]], ['q']]);
console.table(new Uint8Array(2));
console.table([() => {}, undefined, null, Symbol('a'), 1n, -0]);
console.table([{ f() {}, n: null, u: undefined, d: new Date(0), e: Buffer.from('ab') }]);
console.table([, 1]);
console.table({ list: [1, 2], text: 'x' });
console.table([{ 'two words': 1, '': 2 }]);

console.group('G1');
console.log('a\nb');
console.group();
console.info('in');
console.groupEnd();
console.groupEnd();
console.groupEnd();
console.log('out');
console.group('x', 'y', { a: 1 });
for (const length of [40, 50, 56, 57, 58, 59, 60, 61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71, 72, 75])
  console.log({ a: 'x'.repeat(length) });
console.group();
console.log(Array.from({ length: 120 }, (_, i) => i * 3));
console.log({ a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(13) }, '%s', 5);
console.dir({ a: 'x'.repeat(20), b: 'y'.repeat(20), c: 'z'.repeat(13) });
console.groupEnd();
console.table([[1]]);
console.groupEnd();
console.groupCollapsed('collapsed');
console.debug('d');
console.groupEnd();

console.count();
console.count();
console.count('x');
console.countReset();
console.count();
console.count(undefined);
console.count(null);
console.count(5);

console.dir({ a: { b: { c: { d: 1 } } } }, { depth: 0 });
console.dir({ a: { b: { c: { d: 1 } } } });
console.dir('s');
console.dir(Buffer.from('a'));
console.dirxml({ a: 1 }, 2, 'x');

console.log();
console.log('');
console.log('%s is %d', 'a', 5, 'more');
console.log('%c red', 'color:red');
console.log('100%', 5, '%s');
console.log(5, '%s', 'x');
console.log(-0, 0n, null, undefined, true, Symbol('s'));
console.log('a\tb', ['a\tb']);
console.log({}, [], () => {}, class A {});
console.log('text', { a: 1 }, [1, 2, 3], new Map([['k', Buffer.from('v')]]));
console.log(Object.prototype.toString.call(console), typeof console.log);

const { log } = console;
log('not bound');
