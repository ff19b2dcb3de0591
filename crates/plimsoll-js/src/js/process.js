// `process`: what programs ask about themselves.
//
// Needs of `internal`: argv, execPath, pid, platform, arch, environment, versions; natives memoryUsage, residentSet, now, nanoseconds, cwd, reallyExit, writeOut, writeErr; events
(function (internal) {
  'use strict';

  const { checkFunction, invalidArgType } = internal.errors;
  const EventEmitter = internal.events;
  internal.processInUse = true;

  class process extends EventEmitter {}
  const self = new process();
  Object.defineProperty(process.prototype, Symbol.toStringTag, { value: 'process', configurable: true });

  function memoryUsage() {
    const [rss, heapTotal, heapUsed, arrayBuffers] = internal.memoryUsage();
    return { rss, heapTotal, heapUsed, external: arrayBuffers, arrayBuffers };
  }
  memoryUsage.rss = () => internal.residentSet();

  function hrtime(earlier) {
    const now = internal.nanoseconds();
    const seconds = Number(now / 1000000000n);
    const nanoseconds = Number(now % 1000000000n);
    if (earlier === undefined) return [seconds, nanoseconds];
    if (!Array.isArray(earlier)) throw invalidArgType('time', 'Array', earlier);
    if (earlier.length !== 2) throw internal.errors.outOfRange('time', 2, earlier.length);
    const less = nanoseconds < earlier[1];
    return [seconds - earlier[0] - (less ? 1 : 0), nanoseconds - earlier[1] + (less ? 1e9 : 0)];
  }
  hrtime.bigint = () => internal.nanoseconds();

  let exiting = false;
  let exitCode;

  function checkCode(code) {
    if (code === undefined || code === null) return undefined;
    const number = typeof code === 'string' && code !== '' ? Number(code) : code;
    if (typeof number !== 'number' || (Number.isNaN(number) && typeof code === 'string')) throw invalidArgType('code', 'number', code);
    if (!Number.isInteger(number)) throw internal.errors.outOfRange('code', 'an integer', number);
    return number;
  }

  internal.emitExit = (code, isUncaught) => {
    if (exiting) return;
    exiting = true;
    // A listener may still change it.
    if (isUncaught) exitCode = code;
    self.emit('exit', code);
  };

  function exit(code) {
    if (code !== undefined) exitCode = checkCode(code);
    internal.emitExit(exitCode ?? 0, false);
    internal.reallyExit(exitCode ?? 0);
  }

  function nextTick(callback, ...args) {
    checkFunction(callback, 'callback');
    internal.nextTick(callback, args.length === 0 ? undefined : args);
  }

  function stream(fd, write) {
    const result = new EventEmitter();
    return Object.assign(result, {
      fd,
      writable: true,
      write(chunk, encoding, callback) {
        if (chunk === null) throw internal.errors.makeError(TypeError, 'ERR_STREAM_NULL_VALUES', 'May not write null values to stream');
        if (typeof chunk !== 'string' && !ArrayBuffer.isView(chunk)) {
          throw invalidArgType('chunk', ['string', 'Buffer', 'TypedArray', 'DataView'], chunk);
        }
        if (typeof encoding === 'function') callback = encoding;
        else if (typeof chunk === 'string' && typeof encoding === 'string') chunk = Buffer.from(chunk, encoding);
        write(chunk);
        if (typeof callback === 'function') nextTick(callback);
        return true;
      },
      end(chunk, ...rest) {
        if (chunk !== undefined && typeof chunk !== 'function') this.write(chunk, ...rest);
        return this;
      },
    });
  }

  // What is assigned becomes text.
  const env = new Proxy(internal.environment, {
    set(target, key, value) {
      if (typeof key === 'symbol' || typeof value === 'symbol') throw new TypeError('Cannot convert a Symbol value to a string');
      target[key] = `${value}`;
      return true;
    },
  });

  const { versions } = internal;
  const values = {
    title: 'plimsoll',
    version: `v${versions.node}`,
    versions,
    arch: internal.arch,
    platform: internal.platform,
    release: { name: 'node' },
    argv: internal.argv,
    execArgv: [],
    execPath: internal.execPath,
    argv0: internal.argv[0],
    env,
    pid: internal.pid,
    features: {},
    config: { variables: {} },
    cwd: () => internal.cwd(),
    exit,
    reallyExit: (code) => internal.reallyExit(code | 0),
    memoryUsage,
    hrtime,
    nextTick,
    getBuiltinModule: (name) => internal.modules.builtinModule(name),
    uptime: () => internal.now() / 1000,
    umask: () => 0o22,
    emitWarning(warning, type, code) {
      const options = typeof type === 'object' && type !== null ? type : { type, code };
      const name = warning instanceof Error ? warning.name : options.type;
      internal.emitWarning(warning instanceof Error ? warning.message : `${warning}`, name, options.code);
    },
    cpuUsage: () => ({ user: Math.round(internal.now() * 1000), system: 0 }),
    abort: () => internal.reallyExit(134),
  };
  Object.assign(self, values);
  internal.lazy(self, 'stdout', () => stream(1, (chunk) => internal.writeOut(chunk)));
  internal.lazy(self, 'stdin', () => Object.assign(new EventEmitter(), { fd: 0 }));
  internal.lazy(self, 'stderr', () => stream(2, (chunk) => internal.writeErr(chunk)));
  Object.defineProperty(self, 'exitCode', {
    get: () => exitCode,
    set(code) {
      exitCode = checkCode(code);
    },
    enumerable: true,
    configurable: false,
  });
  return self;
})
