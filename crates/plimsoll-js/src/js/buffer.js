// How Buffers are shown, and `buffer.INSPECT_MAX_BYTES`. The rest of the module is native.
//
// Needs of `internal`:
//   buffer                the module's exports
//   inspect, errors       when a Buffer is shown or the limit is set, not before
(function (internal) {
  'use strict';

  const { buffer } = internal;
  const { prototype } = buffer.Buffer;

  function inspect(recurseTimes, ctx) {
    return internal.inspect.inspectBuffer(this, recurseTimes, ctx);
  }
  prototype[Symbol.for('nodejs.util.inspect.custom')] = inspect;
  prototype.inspect = inspect;

  Object.defineProperty(buffer, 'INSPECT_MAX_BYTES', {
    get() {
      return internal.inspect.inspectMaxBytes;
    },
    set(bytes) {
      const { invalidArgType, outOfRange } = internal.errors;
      if (typeof bytes !== 'number') throw invalidArgType('INSPECT_MAX_BYTES', 'number', bytes);
      if (!(bytes >= 0)) throw outOfRange('INSPECT_MAX_BYTES', '>= 0', bytes);
      internal.inspect.inspectMaxBytes = bytes;
    },
    configurable: true,
    enumerable: true,
  });
})
