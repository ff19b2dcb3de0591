// Runs once in a started program, before its first line: prepares its end, and the starts of its child processes.
(everywhere) => {
  'use strict';
  const INSPECT = '--inspect-brk=127.0.0.1:0';
  const at = process.execArgv.indexOf(INSPECT);
  if (at >= 0) process.execArgv.splice(at, 1);
  const given = process.env.NODE_OPTIONS;
  if (given?.includes(INSPECT)) {
    const own = given.replace(` ${INSPECT}`, '').replace(INSPECT, '');
    if (own === '') delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = own;
  }

  const { pid, argv } = process;
  const started = [];
  let left = 0;
  let watching = true;
  const tell = (last) => {
    if (last) watching = false;
    return { pid, script: argv[1] ?? '', started, left };
  };

  // A child waits before its first line until somebody has read its inspector's address from its stderr. So only one whose stderr is
  // this program's own is asked to, and if this is not `npm` or its like only Node itself: a shell may lead it elsewhere.
  const isNode = (file) => file === process.execPath || /(^|[/\\])node(js)?(\.exe)?$/.test(file);
  // Of a shell, by the command's first word.
  const startsNode = ({ file, args }) =>
    isNode(String(file)) || (args?.[1] === '-c' && /^\s*(["']?)([^"'\s]*\/)?node(js)?\1(\s|$)/.test(args[2]));
  const inherits = (stdio) => {
    const stderr = Array.isArray(stdio) ? stdio[2] : stdio;
    return stderr === 'inherit' || stderr === 2 || stderr?.fd === 2;
  };
  const prepare = (options) => {
    const node = isNode(String(options.file));
    const pairs = Array.isArray(options.envPairs) ? [...options.envPairs] : [];
    const index = pairs.findIndex((pair) => pair.startsWith('NODE_OPTIONS='));
    const args = (options.args ?? []).slice(1).map(String);
    const script = args.findIndex((arg) => !arg.startsWith('-'));
    const flags = [...args.slice(0, script < 0 ? undefined : script), ...(pairs[index] ?? '').split(/[\s=]/)];
    // It has an inspector of its own, or is forbidden one.
    const own = flags.some((flag) => /^--(inspect|permission|experimental-permission)/.test(flag));
    if (watching && (node || everywhere) && inherits(options.stdio) && !options.detached && !own && pairs.length > 0) {
      if (index < 0) pairs.push(`NODE_OPTIONS=${INSPECT}`);
      else pairs[index] += ` ${INSPECT}`;
      options.envPairs = pairs;
      return node;
    }
    if (node || startsNode(options)) left++;
    return false;
  };
  const load = process.getBuiltinModule ?? (typeof require === 'function' ? require : undefined);
  try {
    const { prototype } = load('node:child_process').ChildProcess;
    const { spawn } = prototype;
    prototype.spawn = function (options) {
      let waits = false;
      try {
        waits = prepare(options);
      } catch {
        // Node says what is wrong with them.
      }
      const result = Reflect.apply(spawn, this, arguments);
      if (waits && this.pid > 0) started.push(this.pid);
      return result;
    };
  } catch {
    // A Node without processes.
  }
  try {
    // Nothing is audited while this program waits in spawnSync.
    const sync = process.binding('spawn_sync');
    const { spawn } = sync;
    sync.spawn = function (options) {
      if (startsNode(options)) left++;
      return Reflect.apply(spawn, this, arguments);
    };
  } catch {
    // They are not counted, then.
  }

  try {
    // A worker takes over what made this program wait, unless its options are its own: then those of this program are repeated, but
    // for V8's, which hold for all threads and which a worker refuses.
    const threads = load('node:worker_threads');
    threads.Worker = new Proxy(threads.Worker, {
      construct(Worker, [file, options], target) {
        const start = (execArgv) => Reflect.construct(Worker, [file, { __proto__: options, execArgv }], target);
        if (options?.execArgv !== undefined) return start(options.execArgv);
        try {
          return start(process.execArgv);
        } catch (error) {
          if (error?.code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error;
          const refused = error.message.split(/[\s,]+/);
          return start(process.execArgv.filter((arg) => !refused.includes(arg)));
        }
      },
    });
    load('node:module').syncBuiltinESMExports();
  } catch {
    // A Node without workers.
  }

  // After process.exit and after an error that nobody caught, Node lets JavaScript run while it waits. At the plain end it
  // does not; leaving by process.reallyExit, which is process.exit without its event, does. Only Node's own frames are
  // below the listener then.
  const natural = () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const set = (prepare, limit) => {
      try {
        Error.prepareStackTrace = prepare;
        Error.stackTraceLimit = limit;
      } catch {
        // Frozen: then the program could not change them either.
      }
    };
    try {
      set(undefined, 20);
      // The message, this function, and the listener.
      const frames = new Error().stack.split('\n').slice(3);
      return frames.every((frame) => /[( ]node:(events|domain):\d+:\d+\)?$/.test(frame));
    } catch {
      return false;
    } finally {
      set(prepareStackTrace, stackTraceLimit);
    }
  };
  const last = function (code) {
    if (!natural()) return;
    const listeners = process.rawListeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(last) + 1)) Reflect.apply(listener, process, [code]);
    process.reallyExit(process.exitCode ?? code);
  };
  process.on('exit', last);
  return { tell };
}
