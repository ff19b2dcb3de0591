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
  try {
    const load = process.getBuiltinModule ?? (typeof require === 'function' ? require : undefined);
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
  return { tell };
}
