// Sets up the global object. The only part that runs before the program; everything else is made at first use.
//
// Needs of `internal`: partNames, and part(name) which evaluates one of them; the natives in host/natives.rs
(function (internal) {
  'use strict';

  const { defineProperty, getOwnPropertyDescriptor } = Object;

  // A property that is made when it is first read, and is a plain one from then on.
  function lazy(object, name, make, enumerable = true) {
    const settle = (value) => defineProperty(object, name, { value, writable: true, configurable: true, enumerable });
    defineProperty(object, name, {
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
  const isEngineStack = (stack) => typeof stack === 'string' && (stack === '' || stack.startsWith('    at '));

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
      const stack = Reflect.apply(engineStack.get, this, []);
      return isEngineStack(stack) ? headed(this, stack) : stack;
    },
    set: engineStack.set,
    configurable: true,
    enumerable: false,
  });

  const engineCapture = Error.captureStackTrace;
  function captureStackTrace(target, hide = captureStackTrace) {
    Reflect.apply(engineCapture, Error, [target, hide]);
    const { stack } = target;
    if (isEngineStack(stack)) defineProperty(target, 'stack', { value: headed(target, stack), writable: true, configurable: true, enumerable: false });
  }
  defineProperty(Error, 'captureStackTrace', { value: captureStackTrace, writable: true, configurable: true });

  // Globals

  const define = (name, value) => defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

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

  // The loop: what the host calls. Nothing is made until the program uses it.

  const ticks = [];
  let firstTick = 0;
  const rejections = new Map(); // promise -> reason, of those that nobody handles yet

  internal.nextTick = (callback, args) => {
    ticks.push(callback, args);
  };

  internal.loop = {
    // Runs what `process.nextTick` queued; true if there was anything.
    runTicks() {
      if (ticks.length === 0) return false;
      while (firstTick < ticks.length) {
        const callback = ticks[firstTick];
        const args = ticks[firstTick + 1];
        firstTick += 2;
        if (args === undefined) callback();
        else callback(...args);
      }
      ticks.length = 0;
      firstTick = 0;
      return true;
    },
    rejected(promise, reason, handled) {
      if (handled) rejections.delete(promise);
      else rejections.set(promise, reason);
    },
    // Gives the program a chance; returns [reason] of the first rejection that nobody handles.
    unhandled() {
      for (const [promise, reason] of rejections) {
        rejections.delete(promise);
        if (internal.processInUse && internal.process.emit('unhandledRejection', reason, promise)) continue;
        return [internal.uncaught.rejection(reason)];
      }
      return undefined;
    },
    emit(name, code) {
      return internal.processInUse ? internal.process.emit(name, code) : false;
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
