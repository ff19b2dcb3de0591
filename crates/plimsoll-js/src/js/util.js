// The module `util`.
//
// Needs of `internal`: brand(value), see inspect.js; writeErr(text); debugSections, optional: the value of NODE_DEBUG;
//   text, errors, inspect, format, equality
(function (internal) {
  'use strict';

  const { brand, errors } = internal;
  const { checkFunction, checkString, invalidArgType } = errors;

  // Types by what an object is inside, whatever its prototype says

  const types = {};
  const isKind = (...kinds) => {
    const set = new Set(kinds);
    return (value) => set.has(brand(value));
  };
  const boxed = ['BigInt', 'Boolean', 'Number', 'String', 'Symbol'];
  const typed = [
    'Uint8',
    'Uint8Clamped',
    'Uint16',
    'Uint32',
    'Int8',
    'Int16',
    'Int32',
    'Float16',
    'Float32',
    'Float64',
    'BigInt64',
    'BigUint64',
  ];
  const single = [
    'ArrayBuffer',
    'DataView',
    'Date',
    'Map',
    'Promise',
    'Proxy',
    'RegExp',
    'Set',
    'SharedArrayBuffer',
    'WeakMap',
    'WeakSet',
  ];
  const arrays = typed.map((kind) => `${kind}Array`);
  for (const kind of [...single, ...arrays]) types[`is${kind}`] = isKind(kind);
  for (const kind of boxed) types[`is${kind}Object`] = isKind(kind);
  Object.assign(types, {
    isAnyArrayBuffer: isKind('ArrayBuffer', 'SharedArrayBuffer'),
    isArgumentsObject: isKind('Arguments'),
    isArrayBufferView: ArrayBuffer.isView,
    isAsyncFunction: isKind('AsyncFunction', 'AsyncGeneratorFunction'),
    isBoxedPrimitive: isKind(...boxed),
    isExternal: () => false,
    isGeneratorFunction: isKind('GeneratorFunction', 'AsyncGeneratorFunction'),
    isGeneratorObject: isKind('Generator', 'AsyncGenerator'),
    isMapIterator: isKind('Map Iterator'),
    isNativeError: isKind('Error'),
    isSetIterator: isKind('Set Iterator'),
    isTypedArray: isKind(...arrays),
  });

  // Functions about functions

  const customPromisify = Symbol.for('nodejs.util.promisify.custom');

  function promisify(original) {
    checkFunction(original, 'original');
    const own = original[customPromisify];
    if (own !== undefined) {
      checkFunction(own, 'util.promisify.custom');
      return Object.defineProperty(own, customPromisify, { value: own, configurable: true });
    }
    function promised(...values) {
      return new Promise((resolve, reject) => {
        original.call(this, ...values, (error, result) => (error ? reject(error) : resolve(result)));
      });
    }
    Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
    Object.defineProperty(promised, customPromisify, { value: promised, configurable: true });
    return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
  }
  promisify.custom = customPromisify;

  function callbackify(original) {
    checkFunction(original, 'original');
    function called(...values) {
      const callback = values.pop();
      checkFunction(callback, 'last argument');
      const later = (...results) => queueMicrotask(() => callback.apply(this, results));
      Reflect.apply(original, this, values).then(
        (result) => later(null, result),
        (reason) =>
          later(
            reason ||
              Object.assign(
                errors.makeError(Error, 'ERR_FALSY_VALUE_REJECTION', 'Promise was rejected with falsy value'),
                { reason },
              ),
          ),
      );
    }
    const descriptors = Object.getOwnPropertyDescriptors(original);
    if (typeof descriptors.length.value === 'number') descriptors.length.value++;
    if (typeof descriptors.name.value === 'string') descriptors.name.value += 'Callbackified';
    return Object.defineProperties(called, descriptors);
  }

  function inherits(ctor, superCtor) {
    if (ctor === undefined || ctor === null) throw invalidArgType('ctor', 'Function', ctor);
    if (superCtor === undefined || superCtor === null) throw invalidArgType('superCtor', 'Function', superCtor);
    if (superCtor.prototype === undefined) throw invalidArgType('superCtor.prototype', 'Object', superCtor.prototype);
    Object.defineProperty(ctor, 'super_', { value: superCtor, writable: true, configurable: true });
    Object.setPrototypeOf(ctor.prototype, superCtor.prototype);
  }

  const warnedCodes = new Set();

  // `fn`, warning once for each code, or once for itself without one.
  function deprecate(fn, message, code) {
    let warned = false;
    function deprecated(...values) {
      if (!warned) {
        warned = true;
        if (code === undefined || !warnedCodes.has(code)) errors.warn(message, 'DeprecationWarning', code);
        warnedCodes.add(code);
      }
      return new.target ? Reflect.construct(fn, values, new.target) : Reflect.apply(fn, this, values);
    }
    Object.setPrototypeOf(deprecated, fn);
    if (fn.prototype) deprecated.prototype = fn.prototype;
    return deprecated;
  }

  function debuglog(section) {
    const sections = `${internal.debugSections ?? ''}`.toLowerCase().split(',');
    const enabled = sections.includes(section.toLowerCase());
    const log = (...values) => {
      if (enabled) internal.writeErr(`${section.toUpperCase()}: ${internal.format.format(...values)}\n`);
    };
    return Object.defineProperty(log, 'enabled', { get: () => enabled, configurable: true, enumerable: true });
  }

  function stripVTControlCharacters(str) {
    checkString(str, 'str');
    return internal.text.stripColors(str);
  }

  const util = {
    callbackify,
    debug: debuglog,
    debuglog,
    deprecate,
    format: internal.format.format,
    formatWithOptions: internal.format.formatWithOptions,
    inherits,
    inspect: internal.inspect.inspect,
    isArray: Array.isArray,
    isDeepStrictEqual: internal.equality.isDeepStrictEqual,
    promisify,
    stripVTControlCharacters,
    toUSVString: (text) => `${text}`.toWellFormed(),
    types,
  };
  // The host may define these after this file was evaluated.
  for (const name of ['TextDecoder', 'TextEncoder']) {
    Object.defineProperty(util, name, { enumerable: true, configurable: true, get: () => globalThis[name] });
  }
  return util;
})
