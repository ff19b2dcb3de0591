// `require`: CommonJS modules from files, and the modules that the host has.
//
// Needs of `internal`: natives compile, parseJson, hold, fsKind, fsReadText, fsRealPath; path, errors; commandFile
(function (internal) {
  'use strict';

  const { dirname, resolve, extname } = internal.path;

  const builtin = {
    __proto__: null,
    buffer: () => internal.buffer,
    console: () => internal.console.console,
    events: () => internal.events,
    fs: () => internal.fs,
    os: () => internal.os,
    path: () => internal.path,
    'path/posix': () => internal.path,
    perf_hooks: () => internal.performance,
    plimsoll: () => internal.plimsoll,
    process: () => internal.process,
    timers: () => internal.timers,
    'timers/promises': () => internal.timers.promises,
    util: () => internal.util,
    module: () => Module,
  };

  // Modules of Node that this host lacks: a request for one is no typing error.
  const lacking = new Set(
    (
      'assert assert/strict async_hooks child_process cluster constants crypto dgram diagnostics_channel dns dns/promises domain fs/promises http http2 https ' +
      'inspector net punycode querystring readline repl sea sqlite stream stream/consumers stream/promises stream/web string_decoder sys test tls ' +
      'trace_events tty url util/types v8 vm wasi worker_threads zlib'
    ).split(' '),
  );

  const names = Object.keys(builtin).filter((name) => name !== 'plimsoll');

  // The error for a module that is neither a file nor one of ours.
  function lackingModule(request, parents) {
    const name = request.startsWith('node:') ? request.slice(5) : request;
    if (lacking.has(name)) {
      const error = internal.errors.moduleNotFound(request, parents);
      error.message = `Cannot find module '${request}': this host has no module '${name}'; it has ${Object.keys(builtin).sort().join(', ')}. Node itself can be audited: plimsoll audit -- node FILE`;
      return error;
    }
    if (request.startsWith('node:')) {
      return internal.errors.makeError(Error, 'ERR_UNKNOWN_BUILTIN_MODULE', `No such built-in module: ${request}`);
    }
    return internal.errors.moduleNotFound(request, parents);
  }

  const cache = { __proto__: null };
  const extensions = { __proto__: null, '.js': undefined, '.json': undefined };

  // Where modules of others are looked for, from a folder upwards.
  function foldersFor(folder) {
    const folders = [];
    for (let at = folder; ; at = dirname(at)) {
      folders.push(`${at === '/' ? '' : at}/node_modules`);
      if (at === dirname(at)) return folders;
    }
  }

  class Module {
    constructor(id, parent) {
      this.id = id;
      this.path = dirname(id);
      this.exports = {};
      this.filename = id;
      this.loaded = false;
      this.children = [];
      this.paths = foldersFor(this.path);
      Object.defineProperty(this, 'parent', { value: parent, enumerable: false });
    }
    require(request) {
      return load(request, this);
    }
  }
  Module.builtinModules = names;
  Module._cache = cache;
  Module.createRequire = (file) => {
    const name = typeof file === 'object' && file !== null && file.protocol === 'file:' ? `file://${file.pathname}` : file;
    if (typeof name !== 'string' || !/^(?:\/|file:\/\/)/.test(name)) {
      throw internal.errors.invalidArgValue('filename', file, 'must be a file URL object, file URL string, or absolute path string');
    }
    return requireOf(new Module(name.replace(/^file:\/\//, '')));
  };
  Module.isBuiltin = (name) => name.replace(/^node:/, '') in builtin;

  // The file that a path without its extension may mean.
  function findFile(path) {
    const kind = internal.fsKind(path);
    if (kind === 0) return path;
    for (const extension of ['.js', '.json']) {
      if (internal.fsKind(path + extension) === 0) return path + extension;
    }
    if (kind !== 1) return undefined;
    const description = `${path}/package.json`;
    if (internal.fsKind(description) === 0) {
      const { main } = JSON.parse(internal.fsReadText(description));
      if (typeof main === 'string') {
        const found = findFile(resolve(path, main));
        if (found !== undefined) return found;
      }
    }
    for (const index of ['/index.js', '/index.json']) {
      if (internal.fsKind(path + index) === 0) return path + index;
    }
    return undefined;
  }

  // The files that led to a request, nearest first.
  function requireStack(module) {
    const files = [];
    for (let at = module; at; at = at.parent) files.push(at.filename);
    return files;
  }

  function resolveFile(request, parent) {
    const isPath = /^(?:\.\.?(?:\/|$)|\/)/.test(request);
    let found;
    if (isPath) {
      found = findFile(resolve(parent.path, request));
    } else {
      for (const folder of foldersFor(parent.path)) {
        found = findFile(`${folder}/${request}`);
        if (found !== undefined) break;
      }
    }
    if (found !== undefined) return internal.fsRealPath(found);
    const parents = requireStack(parent);
    if (isPath) throw internal.errors.moduleNotFound(request, parents);
    throw lackingModule(request, parents);
  }

  function load(request, parent) {
    internal.errors.checkString(request, 'id');
    if (request === '') throw internal.errors.invalidArgValue('id', request, 'must be a non-empty string');
    const name = request.startsWith('node:') ? request.slice(5) : request;
    if (name in builtin) return builtin[name]();
    if (request.startsWith('node:')) throw lackingModule(request, requireStack(parent));
    const file = resolveFile(request, parent);
    const cached = cache[file];
    if (cached !== undefined) return cached.exports;
    const module = new Module(file, parent);
    parent.children[parent.children.length] = module;
    cache[file] = module;
    let isLoaded = false;
    try {
      run(module, false);
      isLoaded = true;
    } finally {
      if (!isLoaded) delete cache[file];
    }
    return module.exports;
  }

  function run(module, isMain) {
    const file = module.filename;
    const text = internal.fsReadText(file);
    if (extname(file) === '.json') {
      try {
        module.exports = internal.parseJson(text, file);
      } catch (error) {
        error.message = `${file}: ${error.message}`;
        throw error;
      }
    } else {
      const body = internal.compile(text.startsWith('\ufeff') ? text.slice(1) : text, file, isMain);
      const { exports } = module;
      const args = [exports, requireOf(module), module, file, module.path];
      // See `compile`: under audit the main file hands over what keeps its bindings alive.
      if (isMain && internal.auditing) args.push(internal.hold);
      Reflect.apply(body, exports, args);
    }
    module.loaded = true;
  }

  function requireOf(module) {
    const require = (request) => load(request, module);
    require.resolve = (request) => {
      const name = request.startsWith('node:') ? request.slice(5) : request;
      return name in builtin ? request : resolveFile(request, module);
    };
    require.main = main;
    require.cache = cache;
    require.extensions = extensions;
    return require;
  }

  let main;

  return {
    // The module of this name that the host has; undefined if it has none.
    builtinModule(id) {
      internal.errors.checkString(id, 'id');
      const name = id.startsWith('node:') ? id.slice(5) : id;
      return name in builtin ? builtin[name]() : undefined;
    },
    // Runs the program.
    runMain(file) {
      main = new Module(file, null);
      main.id = '.';
      cache[file] = main;
      run(main, true);
    },
  };
})
