// Node's errors with codes: plain functions that make an error, for JavaScript and natives alike; the caller throws it.
//
// Needs of `internal`, when an error is made and not before:
//   text, inspect         the values in messages
//   emitWarning(message, name, code)  optional; without it `warn` writes through writeErr(text)
(function (internal) {
  'use strict';

  const { captureStackTrace } = Error;
  const { defineProperty } = Object;
  const functionPrototype = Function.prototype;

  // Of each base class one prototype whose `toString` shows the code, as Node's do.
  const prototypes = new Map();
  function prototypeOf(Base) {
    let prototype = prototypes.get(Base);
    if (prototype === undefined) {
      prototype = Object.create(Base.prototype, {
        constructor: { value: Base, writable: true, configurable: true },
        toString: {
          value: function toString() {
            return `${this.name} [${this.code}]: ${this.message}`;
          },
          writable: true,
          configurable: true,
        },
      });
      prototypes.set(Base, prototype);
    }
    return prototype;
  }

  const withoutHead = (stack) => {
    const first = stack.search(/^\s+at /m);
    return first === -1 ? '' : stack.slice(first).trimEnd();
  };

  // An error whose stack starts with `Name [code]: message`; frames down to `hide` are left out.
  function makeError(Base, code, message, hide = makeError) {
    const error = new Base(message);
    Object.setPrototypeOf(error, prototypeOf(Base));
    captureStackTrace(error, hide);
    const frames = withoutHead(`${error.stack}`);
    const head = `${error.name} [${code}]: ${message}`;
    defineProperty(error, 'stack', {
      value: frames === '' ? head : `${head}\n${frames}`,
      writable: true,
      configurable: true,
    });
    error.code = code;
    return error;
  }

  // An error of the system or the engine: the code is a property only.
  function plainError(Base, code, message, more) {
    return Object.assign(new Base(message), { code }, more);
  }

  // Words of messages

  function list(words, last = 'or') {
    if (words.length < 3) return words.join(` ${last} `);
    return `${words.slice(0, -1).join(', ')}, ${last} ${words[words.length - 1]}`;
  }

  const subject = (name) => {
    if (name.endsWith(' argument')) return `The ${name}`;
    return `The "${name}" ${name.includes('.') ? 'property' : 'argument'}`;
  };

  const primitives = new Set(['string', 'function', 'number', 'object', 'boolean', 'bigint', 'symbol']);

  // `of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object`
  function kinds(expected) {
    const types = [];
    const classes = [];
    const others = [];
    for (const name of Array.isArray(expected) ? expected : [expected]) {
      const type = name === 'Function' || name === 'Object' ? name.toLowerCase() : name;
      if (primitives.has(type)) types.push(type);
      else if (/^([A-Z][a-z0-9]*)+$/.test(name)) classes.push(name);
      else others.push(name);
    }
    const object = types.indexOf('object');
    if (object !== -1 && classes.length > 0) {
      types.splice(object, 1);
      classes.push('Object');
    }
    const parts = [];
    if (types.length > 0) parts.push(`${types.length > 1 ? 'one of type' : 'of type'} ${list(types)}`);
    if (classes.length > 0) parts.push(`an instance of ${list(classes)}`);
    if (others.length > 1) parts.push(`one of ${list(others)}`);
    else if (others.length > 0) parts.push(`${others[0].toLowerCase() === others[0] ? '' : 'an '}${others[0]}`);
    return parts.join(' or ');
  }

  // What stands after `Received`: `undefined`, `function foo`, `an instance of Foo`, `type string ('abc')`.
  function typeText(value) {
    if (value === null || value === undefined) return `${value}`;
    if (typeof value === 'function') return `function ${value.name}`;
    if (typeof value === 'object') {
      const { constructor } = value;
      if (constructor !== null && constructor !== undefined && 'name' in Object(constructor))
        return `an instance of ${constructor.name}`;
      return internal.inspect.inspect(value, { depth: -1 });
    }
    if (typeof value === 'string') {
      const short = value.length > 28 ? `${value.slice(0, 25)}...` : value;
      return `type string (${short.includes("'") ? JSON.stringify(short) : `'${short}'`})`;
    }
    return `type ${typeof value} (${internal.inspect.inspect(value)})`;
  }

  // Numbers beyond 32 bits are grouped by underscores.
  function numberText(value) {
    const { thousands } = internal.text;
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) > 2 ** 32) return thousands(`${value}`);
    if (typeof value === 'bigint' && (value > 4294967296n || value < -4294967296n)) return `${thousands(`${value}`)}n`;
    return internal.inspect.inspect(value);
  }

  // The errors

  function outOfRange(name, range, received) {
    const message = `The value of "${name}" is out of range. It must be ${range}. Received ${numberText(received)}`;
    return makeError(RangeError, 'ERR_OUT_OF_RANGE', message, outOfRange);
  }

  function invalidArgType(name, expected, received) {
    const message = `${subject(name)} must be ${kinds(expected)}. Received ${typeText(received)}`;
    return makeError(TypeError, 'ERR_INVALID_ARG_TYPE', message, invalidArgType);
  }

  function invalidArgValue(name, value, reason = 'is invalid', Base = TypeError) {
    let text = internal.inspect.inspect(value);
    if (text.length > 128) text = `${text.slice(0, 128)}...`;
    const message = `The ${name.includes('.') ? 'property' : 'argument'} '${name}' ${reason}. Received ${text}`;
    return makeError(Base, 'ERR_INVALID_ARG_VALUE', message, invalidArgValue);
  }

  function unknownEncoding(encoding) {
    const text =
      typeof encoding === 'object' ? internal.inspect.inspect(encoding, { depth: 0, compact: 3 }) : String(encoding);
    return makeError(TypeError, 'ERR_UNKNOWN_ENCODING', `Unknown encoding: ${text}`, unknownEncoding);
  }

  function bufferOutOfBounds(name) {
    const message =
      name === undefined ? 'Attempt to access memory outside buffer bounds' : `"${name}" is outside of buffer bounds`;
    return makeError(RangeError, 'ERR_BUFFER_OUT_OF_BOUNDS', message, bufferOutOfBounds);
  }

  // `bits`: 16, 32 or 64.
  function invalidBufferSize(bits) {
    return makeError(
      RangeError,
      'ERR_INVALID_BUFFER_SIZE',
      `Buffer size must be a multiple of ${bits}-bits`,
      invalidBufferSize,
    );
  }

  function memoryAllocationFailed() {
    return makeError(Error, 'ERR_MEMORY_ALLOCATION_FAILED', 'Failed to allocate memory', memoryAllocationFailed);
  }

  // `limit`: the greatest length, in UTF-16 code units.
  function stringTooLong(limit) {
    return plainError(
      Error,
      'ERR_STRING_TOO_LONG',
      `Cannot create a string longer than 0x${limit.toString(16)} characters`,
    );
  }

  function encodingNotSupported(encoding) {
    return makeError(
      RangeError,
      'ERR_ENCODING_NOT_SUPPORTED',
      `The "${encoding}" encoding is not supported`,
      encodingNotSupported,
    );
  }

  function missingArgs(...names) {
    const quoted = names.map((name) => `"${name}"`);
    const message = `The ${list(quoted, 'and')} argument${names.length > 1 ? 's' : ''} must be specified`;
    return makeError(TypeError, 'ERR_MISSING_ARGS', message, missingArgs);
  }

  function unhandledError(value) {
    const text = internal.inspect.inspect(value);
    const error = makeError(Error, 'ERR_UNHANDLED_ERROR', `Unhandled error. (${text})`, unhandledError);
    error.context = value;
    return error;
  }

  // `chain`: the files that led to the request, nearest first.
  function moduleNotFound(request, chain = []) {
    const stack = chain.length > 0 ? `\nRequire stack:\n- ${chain.join('\n- ')}` : '';
    return plainError(Error, 'MODULE_NOT_FOUND', `Cannot find module '${request}'${stack}`, { requireStack: chain });
  }

  // Checks of arguments

  function checkFunction(value, name) {
    if (typeof value !== 'function') throw invalidArgType(name, 'function', value);
  }

  function checkString(value, name) {
    if (typeof value !== 'string') throw invalidArgType(name, 'string', value);
  }

  function checkObject(value, name) {
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw invalidArgType(name, 'object', value);
  }

  // Says something on standard error without ending the program.
  function warn(message, name = 'Warning', code) {
    if (internal.emitWarning !== undefined) internal.emitWarning(message, name, code);
    else internal.writeErr(`${code === undefined ? '' : `[${code}] `}${name}: ${message}\n`);
  }

  return {
    makeError,
    outOfRange,
    invalidArgType,
    invalidArgValue,
    unknownEncoding,
    bufferOutOfBounds,
    invalidBufferSize,
    memoryAllocationFailed,
    stringTooLong,
    encodingNotSupported,
    missingArgs,
    unhandledError,
    moduleNotFound,
    checkFunction,
    checkString,
    checkObject,
    warn,
  };
})
