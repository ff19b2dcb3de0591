// Runs once in a started program, before its first line. The program's child processes are not to wait for a debugger,
// and a program that ends because it has nothing left to do is to wait for the last audit while JavaScript still runs.
(() => {
  'use strict';
  const at = process.execArgv.indexOf('--inspect-brk=127.0.0.1:0');
  if (at >= 0) process.execArgv.splice(at, 1);

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
  return { script: process.argv[1] ?? '', pid: process.pid };
})()
