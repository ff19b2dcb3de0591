// The module `fs`: the synchronous calls.
//
// Needs of `internal`: the natives in host/fs.rs; errors; Buffer
(function (internal) {
  'use strict';

  const { checkFunction, invalidArgType, invalidArgValue } = internal.errors;

  // Paths: a string, a Buffer or a file URL.
  function pathText(path, name = 'path') {
    let text = path;
    if (path instanceof Uint8Array) text = Buffer.from(path.buffer, path.byteOffset, path.length).toString();
    else if (path !== null && typeof path === 'object' && path.protocol === 'file:') text = decodeURIComponent(path.pathname);
    else if (typeof path !== 'string') throw invalidArgType(name, ['string', 'Buffer', 'URL'], path);
    if (text.includes('\0')) throw invalidArgValue(name, path, 'must be a string, Uint8Array, or URL without null bytes');
    return text;
  }

  const isDescriptor = (value) => Number.isInteger(value) && value >= 0 && value <= 2147483647;
  const pathOrDescriptor = (value) => (isDescriptor(value) ? value : pathText(value));

  function checkDescriptor(fd) {
    if (typeof fd !== 'number') throw invalidArgType('fd', 'number', fd);
    if (!Number.isInteger(fd)) throw internal.errors.outOfRange('fd', 'an integer', fd);
    if (!isDescriptor(fd)) throw internal.errors.outOfRange('fd', '>= 0 && <= 2147483647', fd);
    return fd;
  }

  function optionsOf(options, defaults) {
    if (options === undefined || options === null || typeof options === 'function') return defaults;
    if (typeof options === 'string') return { ...defaults, encoding: checkEncoding(options) };
    if (typeof options !== 'object') throw invalidArgType('options', ['string', 'Object'], options);
    if (options.encoding !== undefined && options.encoding !== null && options.encoding !== 'buffer') checkEncoding(options.encoding);
    return { ...defaults, ...options };
  }

  function checkEncoding(encoding) {
    if (encoding !== 'buffer' && !Buffer.isEncoding(encoding)) throw invalidArgValue('encoding', encoding, 'is invalid encoding');
    return encoding;
  }

  function modeOf(mode, otherwise) {
    if (mode === undefined || mode === null) return otherwise;
    if (typeof mode === 'string') {
      if (!/^[0-7]+$/.test(mode)) throw invalidArgValue('mode', mode, 'must be a 32-bit unsigned integer or an octal string');
      mode = parseInt(mode, 8);
    }
    if (typeof mode !== 'number') throw invalidArgType('mode', 'number', mode);
    if (!Number.isInteger(mode)) throw internal.errors.outOfRange('mode', 'an integer', mode);
    if (mode < 0 || mode > 4294967295) throw internal.errors.outOfRange('mode', '>= 0 && <= 4294967295', mode);
    return mode;
  }

  const flagNames = new Set(['r', 'r+', 'w', 'w+', 'a', 'a+', 'wx', 'wx+', 'ax', 'ax+', 'rs', 'sr', 'rs+', 'sr+', 'xw', 'xw+', 'xa', 'xa+', 'as', 'sa', 'as+', 'sa+']);

  function flagOf(flag, otherwise) {
    if (flag === undefined || flag === null) return otherwise;
    if (typeof flag === 'number') {
      if (!Number.isInteger(flag)) throw internal.errors.outOfRange('flags', 'an integer', flag);
      return `${flag}`;
    }
    if (!flagNames.has(flag)) throw invalidArgValue('flags', flag);
    return flag;
  }

  const encoded = (buffer, encoding) => (encoding === null || encoding === undefined ? buffer : buffer.toString(encoding));

  function readFileSync(path, options) {
    const { encoding, flag } = optionsOf(options, { encoding: null, flag: 'r' });
    const from = pathOrDescriptor(path);
    const flags = flagOf(flag, 'r');
    if (flags === 'r' || typeof from === 'number') return encoded(internal.fsReadFile(from), encoding);
    const fd = internal.fsOpen(from, flags, 0o666);
    try {
      return encoded(internal.fsReadFile(fd), encoding);
    } finally {
      internal.fsClose(fd);
    }
  }

  function dataOf(data, encoding) {
    if (typeof data === 'string') return encoding === 'utf8' || encoding === 'utf-8' ? data : Buffer.from(data, encoding);
    if (ArrayBuffer.isView(data)) return data;
    throw invalidArgType('data', ['string', 'Buffer', 'TypedArray', 'DataView'], data);
  }

  function writeFileSync(path, data, options) {
    const { encoding, mode, flag } = optionsOf(options, { encoding: 'utf8', mode: 0o666, flag: 'w' });
    internal.fsWriteFile(pathOrDescriptor(path), dataOf(data, encoding ?? 'utf8'), flagOf(flag, 'w'), modeOf(mode, 0o666));
  }

  function appendFileSync(path, data, options) {
    writeFileSync(path, data, { flag: 'a', ...optionsOf(options, { encoding: 'utf8' }) });
  }

  // What `stat` answers.

  const kinds = { isDirectory: 0o040000, isFile: 0o100000, isBlockDevice: 0o060000, isCharacterDevice: 0o020000, isSymbolicLink: 0o120000, isFIFO: 0o010000, isSocket: 0o140000 };

  class Stats {
    constructor(figures) {
      [
        this.dev, this.mode, this.nlink, this.uid, this.gid, this.rdev, this.blksize, this.ino, this.size, this.blocks,
        this.atimeMs, this.mtimeMs, this.ctimeMs, this.birthtimeMs,
      ] = figures;
    }
  }
  for (const [name, kind] of Object.entries(kinds)) {
    Object.defineProperty(Stats.prototype, name, {
      value: { [name]() { return (this.mode & 0o170000) === kind; } }[name],
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
  for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) {
    Object.defineProperty(Stats.prototype, name, {
      get() {
        return new Date(this[`${name}Ms`]);
      },
      configurable: true,
      enumerable: true,
    });
  }

  function statWith(native, options) {
    try {
      return new Stats(native());
    } catch (error) {
      if (options?.throwIfNoEntry === false && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined;
      throw error;
    }
  }

  const statSync = (path, options) => statWith(() => internal.fsStat(pathText(path), true), options);
  const lstatSync = (path, options) => statWith(() => internal.fsStat(pathText(path), false), options);
  function fsyncSync(fd) {
    try {
      internal.fsFstat(checkDescriptor(fd));
    } catch (error) {
      throw error.syscall === undefined ? error : renamed(error, 'fsync');
    }
  }

  // A system error as another call gives it.
  function renamed(error, syscall) {
    const { errno, code, path } = error;
    const made = new Error(error.message.replace(`, ${error.syscall}`, `, ${syscall}`));
    return Object.assign(made, { errno, code, syscall }, path === undefined ? undefined : { path });
  }

  const fstatSync = (fd) => new Stats(internal.fsFstat(checkDescriptor(fd)));

  // Descriptors

  function openSync(path, flags, mode) {
    return internal.fsOpen(pathText(path), flagOf(flags, 'r'), modeOf(mode, 0o666));
  }

  function closeSync(fd) {
    internal.fsClose(checkDescriptor(fd));
  }

  const viewKinds = ['Buffer', 'TypedArray', 'DataView'];
  function viewOf(buffer, kinds = viewKinds) {
    if (!ArrayBuffer.isView(buffer)) throw invalidArgType('buffer', kinds, buffer);
    return buffer;
  }

  function checkInteger(value, name, least) {
    if (typeof value !== 'number') throw invalidArgType(name, 'number', value);
    if (!Number.isInteger(value)) throw internal.errors.outOfRange(name, 'an integer', value);
    if (value < least) throw internal.errors.outOfRange(name, `>= ${least} && <= ${Number.MAX_SAFE_INTEGER}`, value);
    return value;
  }

  // (fd, buffer, offset, length, position) or (fd, buffer, options)
  function place(buffer, offset, length, position) {
    if (offset !== null && typeof offset === 'object') ({ offset, length, position } = offset);
    offset = checkInteger(offset ?? 0, 'offset', 0);
    const room = buffer.byteLength - offset;
    length ??= room;
    if (length > room) throw internal.errors.outOfRange('length', `<= ${room}`, length);
    if (length < 0) throw internal.errors.outOfRange('length', '>= 0', length);
    return [offset, length | 0, position];
  }

  const isPosition = (position) => (typeof position === 'number' && position >= 0) || typeof position === 'bigint';

  function checkPosition(position) {
    if (position === undefined || position === null) return null;
    if (typeof position !== 'number' && typeof position !== 'bigint') {
      throw invalidArgType('position', ['bigint', 'integer'], position);
    }
    if (typeof position === 'number' && !Number.isInteger(position)) throw internal.errors.outOfRange('position', 'an integer', position);
    if (position < -1 || position > Number.MAX_SAFE_INTEGER) {
      throw internal.errors.outOfRange('position', `>= -1 && <= ${Number.MAX_SAFE_INTEGER}`, position);
    }
    return isPosition(position) ? position : null;
  }

  function readSync(fd, buffer, offset, length, position) {
    checkDescriptor(fd);
    viewOf(buffer);
    if (arguments.length <= 3 && offset !== undefined && offset !== null && typeof offset !== 'object') {
      throw invalidArgType('options', 'object', offset);
    }
    [offset, length, position] = place(buffer, offset, length, position);
    if (length === 0) return 0;
    return internal.fsRead(fd, buffer, offset, length, checkPosition(position));
  }

  function writeSync(fd, data, offset, length, position) {
    checkDescriptor(fd);
    if (typeof data === 'string') {
      // (fd, string, position, encoding)
      const bytes = Buffer.from(data, typeof length === 'string' ? length : 'utf8');
      return internal.fsWrite(fd, bytes, 0, bytes.length, typeof offset === 'number' ? offset : null);
    }
    viewOf(data, ['string', ...viewKinds]);
    if (typeof offset === 'number' && offset > data.byteLength) throw internal.errors.outOfRange('offset', `<= ${data.byteLength}`, offset);
    if (typeof length !== 'number' && (offset === null || typeof offset !== 'object')) length = undefined;
    [offset, length, position] = place(data, offset, length, position);
    if (length === 0) return 0;
    return internal.fsWrite(fd, data, offset, length, isPosition(position) ? position : null);
  }

  // Folders

  const direntKind = Symbol('type');
  class Dirent {
    constructor(name, parentPath, kind) {
      this.name = name;
      this.parentPath = parentPath;
      this[direntKind] = kind + 1;
    }
  }
  for (const [index, name] of ['isFile', 'isDirectory', 'isSymbolicLink', 'isFIFO', 'isSocket', 'isCharacterDevice', 'isBlockDevice'].entries()) {
    Object.defineProperty(Dirent.prototype, name, {
      value: { [name]() { return this[direntKind] === index + 1; } }[name],
      writable: true,
      configurable: true,
    });
  }

  function readdirSync(path, options) {
    const { withFileTypes, recursive, encoding } = optionsOf(options, { encoding: 'utf8' });
    const root = pathText(path);
    const found = [];
    const visit = (folder, prefix) => {
      const entries = internal.fsReaddir(folder);
      for (let i = 0; i < entries.length; i += 2) {
        const name = prefix + entries[i];
        if (withFileTypes) found.push(new Dirent(entries[i], folder, entries[i + 1]));
        else found.push(encoding === 'buffer' ? Buffer.from(name) : name);
        if (recursive && entries[i + 1] === 1) visit(`${folder}/${entries[i]}`, `${name}/`);
      }
    };
    visit(root, '');
    return found;
  }

  function mkdirSync(path, options) {
    const recursive = typeof options === 'object' && options !== null && options.recursive === true;
    const text = pathText(path);
    let first;
    if (recursive) {
      // Answers the first folder that it made.
      for (let folder = internal.path.resolve(text); internal.fsKind(folder) === -1; folder = internal.path.dirname(folder)) first = folder;
    }
    internal.fsMkdir(text, recursive, modeOf(typeof options === 'object' && options !== null ? options.mode : options, 0o777));
    return first;
  }

  function rmSync(path, options) {
    const text = pathText(path);
    const recursive = options?.recursive === true;
    if (!recursive && internal.fsKind(text) === 1) {
      const error = new Error(`Path is a directory: rm returned EISDIR (is a directory) ${text}`);
      error.name = 'SystemError';
      throw Object.assign(error, { code: 'ERR_FS_EISDIR', errno: 21, syscall: 'rm', path: text });
    }
    internal.fsRm(text, recursive, options?.force === true);
  }

  function accessSync(path, mode) {
    const text = pathText(path);
    if (mode !== undefined && mode !== null && !Number.isInteger(mode)) {
      throw internal.errors.makeError(TypeError, 'ERR_INVALID_ARG_TYPE', 'mode must be int32 or null/undefined');
    }
    if (mode < 0 || mode > 7) throw internal.errors.makeError(RangeError, 'ERR_OUT_OF_RANGE', 'mode is out of range: >= 0 && <= 7');
    let figures;
    try {
      figures = internal.fsStat(text, true);
    } catch (error) {
      throw renamed(error, 'access');
    }
    // Who may read and write shows when it is tried.
    if (mode & 1 && !(figures[1] & 0o111)) {
      throw Object.assign(new Error(`EACCES: permission denied, access '${text}'`), { errno: -13, code: 'EACCES', syscall: 'access', path: text });
    }
  }

  function realpathSync(path) {
    const text = internal.path.resolve(pathText(path instanceof Uint8Array || path?.protocol === 'file:' ? path : `${path}`));
    try {
      return internal.fsRealPath(text);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
      // Names the first part that is missing.
      let missing = text;
      for (let up = internal.path.dirname(missing); up !== missing && internal.fsKind(up) === -1; up = internal.path.dirname(up)) missing = up;
      throw Object.assign(new Error(`ENOENT: no such file or directory, lstat '${missing}'`), { errno: -2, code: 'ENOENT', syscall: 'lstat', path: missing });
    }
  }

  const fs = {
    accessSync,
    appendFileSync,
    closeSync,
    copyFileSync: (from, to, mode) => internal.fsCopyFile(pathText(from, 'src'), pathText(to, 'dest'), (mode & 1) === 1),
    existsSync(path) {
      try {
        return internal.fsExists(pathText(path));
      } catch {
        return false;
      }
    },
    fstatSync,
    fsyncSync,
    lstatSync,
    mkdirSync,
    mkdtempSync: (prefix) => internal.fsMkdtemp(pathText(prefix, 'prefix')),
    openSync,
    readdirSync,
    readFileSync,
    readSync,
    realpathSync,
    renameSync: (from, to) => internal.fsRename(pathText(from, 'oldPath'), pathText(to, 'newPath')),
    rmSync,
    rmdirSync: (path) => internal.fsRmdir(pathText(path)),
    statSync,
    unlinkSync: (path) => internal.fsUnlink(pathText(path)),
    writeFileSync,
    writeSync,
    Stats,
    Dirent,
    constants: { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, COPYFILE_EXCL: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024 },
  };

  // The calls with a callback, on top of the others: the work is done at once, the callback comes later.
  const asynchronous = ['access', 'appendFile', 'close', 'copyFile', 'fstat', 'lstat', 'mkdir', 'mkdtemp', 'open', 'readdir', 'readFile', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'unlink', 'writeFile'];
  for (const name of asynchronous) {
    const act = fs[`${name}Sync`];
    fs[name] = {
      [name](...args) {
        const callback = args.pop();
        checkFunction(typeof callback === 'function' ? callback : undefined, 'cb');
        let error = null;
        let result;
        try {
          result = act(...args);
        } catch (thrown) {
          // Wrong arguments are told at once.
          if (thrown.syscall === undefined) throw thrown;
          error = thrown;
        }
        internal.timers.setImmediate(() => (error === null ? callback(null, result) : callback(error)));
      },
    }[name];
  }
  for (const name of ['read', 'write']) {
    const act = fs[`${name}Sync`];
    fs[name] = {
      [name](fd, data, ...args) {
        const callback = args.pop();
        checkFunction(typeof callback === 'function' ? callback : undefined, 'cb');
        let error = null;
        let count = 0;
        try {
          count = act(fd, data, ...args);
        } catch (thrown) {
          if (thrown.syscall === undefined) throw thrown;
          error = thrown;
        }
        internal.timers.setImmediate(() => callback(error, count, data));
      },
    }[name];
  }
  fs.exists = (path, callback) => internal.timers.setImmediate(() => callback(fs.existsSync(path)));
  return fs;
})
