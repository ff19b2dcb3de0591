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

  // A child waits before its first line until somebody has read its inspector's address from its stderr. So only one whose stderr is
  // this program's own is asked to, and if this is not `npm` or its like only Node itself: a shell may lead it elsewhere.
  const counts = { audited: 0, left: 0 };
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
    const debugged = options.args?.some((arg) => String(arg).startsWith('--inspect'));
    if ((node || everywhere) && inherits(options.stdio) && !options.detached && !debugged && Array.isArray(options.envPairs)) {
      const pairs = [...options.envPairs];
      const index = pairs.findIndex((pair) => pair.startsWith('NODE_OPTIONS='));
      if (index < 0) pairs.push(`NODE_OPTIONS=${INSPECT}`);
      else pairs[index] += ` ${INSPECT}`;
      options.envPairs = pairs;
      if (node) counts.audited++;
    } else if (node || startsNode(options)) {
      counts.left++;
    }
  };
  try {
    const load = process.getBuiltinModule ?? (typeof require === 'function' ? require : undefined);
    const { prototype } = load('node:child_process').ChildProcess;
    const { spawn } = prototype;
    prototype.spawn = function (options) {
      try {
        prepare(options);
      } catch {
        // Node says what is wrong with them.
      }
      return Reflect.apply(spawn, this, arguments);
    };
  } catch {
    // A Node without processes.
  }
  try {
    // Nothing is audited while this program waits in spawnSync.
    const sync = process.binding('spawn_sync');
    const { spawn } = sync;
    sync.spawn = function (options) {
      if (startsNode(options)) counts.left++;
      return Reflect.apply(spawn, this, arguments);
    };
  } catch {
    // They are not counted, then.
  }

  // After process.exit and after an error that nobody caught, Node lets JavaScript run while it waits. At the plain end it
  // does not; leaving by process.reallyExit, which is process.exit without its event, does. Only Node's own frames are
  // below the listener then.
  const natural = () => {
    const { prepareStackTrace, stackTraceLimit } = Error;
    try {
      Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFileName() ?? '');
      Error.stackTraceLimit = 20;
      const files = new Error().stack.slice(2);
      return files.every((file) => file === 'node:events' || file === 'node:domain');
    } catch {
      return false;
    } finally {
      Error.prepareStackTrace = prepareStackTrace;
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  const last = function (code) {
    if (!natural()) return;
    const listeners = process.rawListeners('exit');
    for (const listener of listeners.slice(listeners.indexOf(last) + 1)) Reflect.apply(listener, process, [code]);
    process.reallyExit(process.exitCode ?? code);
  };
  process.on('exit', last);
  const { pid, argv } = process;
  const script = argv[1] ?? '';
  return { tell: () => ({ pid, script, ...counts }) };
}
