// Deep strict equality, as of `util.isDeepStrictEqual` and `assert.deepStrictEqual`.
//
// Needs of `internal`: brand(value), see inspect.js
(function (internal) {
  'use strict';

  const { brand } = internal;
  const { getPrototypeOf, getOwnPropertySymbols, hasOwn } = Object;
  const isEnumerable = Function.prototype.call.bind(Object.prototype.propertyIsEnumerable);
  const isObject = (value) => value !== null && typeof value === 'object';

  // A proxy is compared through its traps, as the list or plain object that it shows.
  const kindOf = (object) => {
    const kind = brand(object);
    if (kind !== 'Proxy') return kind;
    return Array.isArray(object) ? 'Array' : 'Object';
  };

  const { Object: ObjectClass, Array: ArrayClass } = globalThis;

  // Plain objects and lists may have prototypes of their own in between.
  function sameClass(a, b) {
    if (a.constructor === b.constructor && (a.constructor === ObjectClass || a.constructor === ArrayClass)) return true;
    return getPrototypeOf(a) === getPrototypeOf(b);
  }

  const own = (object) => [
    ...Object.keys(object),
    ...getOwnPropertySymbols(object).filter((symbol) => isEnumerable(object, symbol)),
  ];

  // What makes two objects of one kind differ beside their properties.
  function sameContent(kind, a, b, pairs) {
    if (kind.endsWith('Array') && kind !== 'Array')
      return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
    switch (kind) {
      case 'Array':
        return a.length === b.length;
      case 'Date':
        return Object.is(a.getTime(), b.getTime());
      case 'RegExp':
        return a.source === b.source && a.flags === b.flags && a.lastIndex === b.lastIndex;
      case 'Error':
        return (
          a.message === b.message &&
          a.name === b.name &&
          hasOwn(a, 'cause') === hasOwn(b, 'cause') &&
          same(a.cause, b.cause, pairs) &&
          hasOwn(a, 'errors') === hasOwn(b, 'errors') &&
          same(a.errors, b.errors, pairs)
        );
      case 'Number':
      case 'String':
      case 'Boolean':
      case 'BigInt':
      case 'Symbol':
        return Object.is(a.valueOf(), b.valueOf());
      case 'ArrayBuffer':
      case 'SharedArrayBuffer':
        return sameContent('Uint8Array', new Uint8Array(a), new Uint8Array(b));
      case 'DataView': {
        const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
        return sameContent('Uint8Array', bytes(a), bytes(b));
      }
      case 'Map':
        return a.size === b.size && sameEntries(a, b, pairs, (key) => same(a.get(key), b.get(key), pairs));
      case 'Set':
        return a.size === b.size && sameEntries(a, b, pairs, () => true);
      case 'WeakMap':
      case 'WeakSet':
      case 'Promise':
      case 'Function':
        return false;
      default:
        return true;
    }
  }

  // Keys that are no objects must be the same; each object needs a partner of its own that equals it.
  function sameEntries(a, b, pairs, sameValue) {
    const free = new Set([...b.keys()].filter(isObject));
    for (const key of a.keys()) {
      if (b.has(key)) {
        if (!sameValue(key)) return false;
        free.delete(key);
        continue;
      }
      if (!isObject(key)) return false;
      let partner;
      for (const candidate of free) {
        if (a.has(candidate)) continue;
        if (same(key, candidate, pairs) && (a.get === undefined || same(a.get(key), b.get(candidate), pairs))) {
          partner = candidate;
          break;
        }
      }
      if (partner === undefined) return false;
      free.delete(partner);
    }
    return true;
  }

  // `pairs`: what is being compared further out; a circle equals a circle of the same shape.
  function same(a, b, pairs) {
    if (Object.is(a, b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    const kind = kindOf(a);
    if (kind !== kindOf(b) || !sameClass(a, b)) return false;
    if (a[Symbol.toStringTag] !== b[Symbol.toStringTag]) return false;
    if (pairs.get(a) === b) return true;
    const outer = pairs.get(a);
    pairs.set(a, b);
    const result = sameContent(kind, a, b, pairs) && sameProperties(kind, a, b, pairs);
    if (outer === undefined) pairs.delete(a);
    else pairs.set(a, outer);
    return result;
  }

  function sameProperties(kind, a, b, pairs) {
    // The elements of typed arrays were compared already.
    const isTyped = kind.endsWith('Array') && kind !== 'Array';
    const keys = isTyped ? own(a).slice(a.length) : own(a);
    const others = isTyped ? own(b).slice(b.length) : own(b);
    return (
      keys.length === others.length &&
      keys.every((key) => hasOwn(b, key) && isEnumerable(b, key) && same(a[key], b[key], pairs))
    );
  }

  return { isDeepStrictEqual: (a, b) => same(a, b, new Map()) };
})
