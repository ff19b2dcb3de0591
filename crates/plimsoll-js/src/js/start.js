// Sets up the global object. The only part that runs before the program; everything else is made at first use.
//
// Needs of `internal`: partNames, and part(name) which evaluates one of them; the natives in host/natives.rs
(function (internal) {
  'use strict';

  // Taken before the program can replace them; what runs in every program uses nothing else.
  const { defineProperty, getOwnPropertyDescriptor } = Object;
  const { apply } = Reflect;

  // A property that is made when it is first read, and is a plain one from then on.
  function lazy(object, name, make, enumerable = true) {
    const settle = (value) => defineProperty(object, name, { __proto__: null, value, writable: true, configurable: true, enumerable });
    defineProperty(object, name, {
      __proto__: null,
      get() {
        const value = make();
        settle(value);
        return value;
      },
      set: settle,
      configurable: true,
      enumerable,
    });
  }

  for (const name of internal.partNames) lazy(internal, name, () => internal.part(name));
  internal.lazy = lazy;

  // Stacks: the engine's lack the line with the message.

  const describe = Function.prototype.call.bind(Error.prototype.toString);
  const engineStack = getOwnPropertyDescriptor(Error.prototype, 'stack');
  const startsWith = Function.prototype.call.bind(String.prototype.startsWith);
  const isEngineStack = (stack) => typeof stack === 'string' && (stack === '' || startsWith(stack, '    at '));

  function headed(error, stack) {
    let head;
    try {
      head = describe(error);
    } catch {
      head = 'Error';
    }
    const frames = internal.fixStack(stack);
    return frames === '' ? head : `${head}\n${frames}`;
  }

  defineProperty(Error.prototype, 'stack', {
    get() {
      const stack = apply(engineStack.get, this, []);
      return isEngineStack(stack) ? headed(this, stack) : stack;
    },
    set: engineStack.set,
    configurable: true,
    enumerable: false,
  });

  const engineError = Error;
  const engineCapture = Error.captureStackTrace;
  function captureStackTrace(target, hide = captureStackTrace) {
    apply(engineCapture, engineError, [target, hide]);
    const { stack } = target;
    if (!isEngineStack(stack)) return;
    defineProperty(target, 'stack', { __proto__: null, value: headed(target, stack), writable: true, configurable: true, enumerable: false });
  }
  defineProperty(Error, 'captureStackTrace', { value: captureStackTrace, writable: true, configurable: true });

  // Globals

  const define = (name, value) => defineProperty(globalThis, name, { __proto__: null, value, writable: true, configurable: true, enumerable: false });

  define('global', globalThis);
  lazy(globalThis, 'console', () => internal.console.console, false);
  lazy(globalThis, 'process', () => internal.process, false);
  lazy(globalThis, 'performance', () => internal.performance.performance);
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate']) {
    lazy(globalThis, name, () => internal.timers[name]);
  }

  const enqueue = globalThis.queueMicrotask;
  const resolved = Promise.resolve();
  const then = Function.prototype.call.bind(Promise.prototype.then);
  function queueMicrotask(callback) {
    internal.errors.checkFunction(callback, 'callback');
    if (enqueue !== undefined) enqueue(callback);
    else then(resolved, () => callback());
  }
  defineProperty(globalThis, 'queueMicrotask', { value: queueMicrotask, writable: true, configurable: true, enumerable: true });

  // The engine's own `Atomics.wait` cannot be woken by the end of the run, so a long wait is made of short ones.

  const engineWait = Atomics.wait;
  const LONGEST_WAIT = 20; // milliseconds
  const once = (value) => (typeof value === 'object' && value !== null ? +value : value);
  function wait(typedArray, index, value, timeout) {
    if (typeof timeout === 'object' || (typeof index === 'object' && index !== null) || typeof value === 'object') {
      // Converted once, although the engine is asked again and again.
      index = once(index);
      value = typeof value === 'object' && value !== null && typedArray instanceof BigInt64Array ? BigInt(value) : once(value);
      timeout = once(timeout);
    }
    let left = timeout === undefined ? Infinity : +timeout;
    if (left !== left) left = Infinity;
    internal.pause();
    const end = internal.now() + left;
    for (;;) {
      const isLast = left <= LONGEST_WAIT;
      const result = apply(engineWait, Atomics, [typedArray, index, value, isLast ? left : LONGEST_WAIT]);
      if (isLast || result !== 'timed-out') return result;
      internal.pause();
      left = end - internal.now();
    }
  }
  defineProperty(Atomics, 'wait', { __proto__: null, value: wait, writable: true, configurable: true, enumerable: false });

  // The loop: what the host calls. Nothing is made until the program uses it.

  let ticks = []; // callback, arguments, callback, arguments…
  let running = [];
  let nextRunning = 0;
  const rejections = new Map(); // promise -> reason, of those that nobody handles yet
  const { set: mapSet, delete: mapDelete, entries: mapEntries } = Map.prototype;
  const { next: nextEntry } = Object.getPrototypeOf(rejections.entries());

  internal.nextTick = (callback, args) => {
    const end = ticks.length;
    ticks[end] = callback;
    ticks[end + 1] = args;
  };

  internal.loop = {
    // Runs what `process.nextTick` queued; true if there was anything.
    runTicks() {
      // What a tick queues waits in the other list, so that a chain of ticks takes no memory.
      if (nextRunning === running.length) {
        if (ticks.length === 0) return false;
        running = ticks;
        ticks = [];
        nextRunning = 0;
      }
      while (nextRunning < running.length) {
        const callback = running[nextRunning];
        const args = running[nextRunning + 1];
        // What has run is not kept alive.
        running[nextRunning] = running[nextRunning + 1] = undefined;
        nextRunning += 2;
        if (args === undefined) callback();
        else apply(callback, undefined, args);
      }
      return true;
    },
    rejected(promise, reason, handled) {
      if (handled) apply(mapDelete, rejections, [promise]);
      else apply(mapSet, rejections, [promise, reason]);
    },
    // Gives the program a chance; returns [reason] of the first rejection that nobody handles.
    unhandled() {
      for (;;) {
        const entry = apply(nextEntry, apply(mapEntries, rejections, []), []);
        if (entry.done) return undefined;
        const promise = entry.value[0];
        const reason = entry.value[1];
        apply(mapDelete, rejections, [promise]);
        if (internal.processInUse && internal.process.emit('unhandledRejection', reason, promise)) continue;
        return [internal.uncaught.rejection(reason)];
      }
    },
    emit(name, code) {
      return internal.processInUse ? internal.process.emit(name, code) : false;
    },
    // Whether the program handles an error that nothing caught.
    uncaught(error, isRejection) {
      if (!internal.processInUse) return false;
      const origin = isRejection ? 'unhandledRejection' : 'uncaughtException';
      internal.process.emit('uncaughtExceptionMonitor', error, origin);
      return internal.process.emit('uncaughtException', error, origin);
    },
    exit(code, isUncaught) {
      if (internal.processInUse) internal.emitExit(code, isUncaught);
    },
    exitCode() {
      return internal.processInUse ? internal.process.exitCode : undefined;
    },
    hasTimers: () => internal.timersInUse === true,
  };
  internal.processInUse = false;
  internal.timersInUse = false;

  internal.emitWarning = (message, name = 'Warning', code) => {
    internal.writeErr(`(node:${internal.pid}) ${code === undefined ? '' : `[${code}] `}${name}: ${message}\n`);
  };
  internal.debugSections = internal.environment.NODE_DEBUG;
})
