// The module `fs`: the synchronous calls.
//
// Needs of `internal`: the natives in host/fs.rs; errors; Buffer
(function (internal) {
  'use strict';

  const { checkFunction, invalidArgType, invalidArgValue } = internal.errors;

  // Paths: a string, a Buffer or a file URL.
  function pathText(path, name = 'path') {
    if (typeof path === 'string') return path;
    if (path instanceof Uint8Array) return Buffer.from(path.buffer, path.byteOffset, path.length).toString();
    if (path !== null && typeof path === 'object' && path.protocol === 'file:') return decodeURIComponent(path.pathname);
    throw invalidArgType(name, ['string', 'Buffer', 'URL'], path);
  }

  const isDescriptor = (value) => Number.isInteger(value) && value >= 0 && value <= 2147483647;
  const pathOrDescriptor = (value) => (isDescriptor(value) ? value : pathText(value));

  function checkDescriptor(fd) {
    if (typeof fd !== 'number') throw invalidArgType('fd', 'number', fd);
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
    return typeof mode === 'string' ? parseInt(mode, 8) : mode;
  }

  const flagNames = new Map([[0, 'r'], [2, 'r+'], [577, 'w'], [578, 'w+'], [1089, 'a'], [1090, 'a+'], [705, 'wx'], [706, 'wx+'], [1217, 'ax'], [1218, 'ax+']]);
  const flagNameSet = new Set([...flagNames.values(), 'rs', 'sr', 'rs+', 'sr+', 'xw', 'xw+', 'xa', 'xa+', 'as', 'sa', 'as+', 'sa+']);

  function flagOf(flag, otherwise) {
    if (flag === undefined || flag === null) return otherwise;
    const name = typeof flag === 'number' ? flagNames.get(flag) : flag;
    if (!flagNameSet.has(name)) throw invalidArgValue('flags', flag);
    return name;
  }

  function encoded(buffer, encoding) {
    return encoding === null || encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding);
  }

  function readFileSync(path, options) {
    const { encoding } = optionsOf(options, { encoding: null, flag: 'r' });
    return encoded(internal.fsReadFile(pathOrDescriptor(path)), encoding);
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
      if (options?.throwIfNoEntry === false && error.code === 'ENOENT') return undefined;
      throw error;
    }
  }

  const statSync = (path, options) => statWith(() => internal.fsStat(pathText(path), true), options);
  const lstatSync = (path, options) => statWith(() => internal.fsStat(pathText(path), false), options);
  const fstatSync = (fd) => new Stats(internal.fsFstat(checkDescriptor(fd)));

  // Descriptors

  function openSync(path, flags, mode) {
    return internal.fsOpen(pathText(path), flagOf(flags, 'r'), modeOf(mode, 0o666));
  }

  function closeSync(fd) {
    internal.fsClose(checkDescriptor(fd));
  }

  function viewOf(buffer) {
    if (!ArrayBuffer.isView(buffer)) throw invalidArgType('buffer', ['Buffer', 'TypedArray', 'DataView'], buffer);
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
    length = checkInteger(length ?? room, 'length', -Infinity);
    if (length > room) throw internal.errors.outOfRange('length', `<= ${room}`, length);
    if (length < 0) throw internal.errors.outOfRange('length', '>= 0', length);
    const isPosition = (typeof position === 'number' && position >= 0) || typeof position === 'bigint';
    return [offset, length, isPosition ? position : null];
  }

  function readSync(fd, buffer, offset, length, position) {
    checkDescriptor(fd);
    viewOf(buffer);
    [offset, length, position] = place(buffer, offset, length, position);
    if (length === 0) return 0;
    return internal.fsRead(fd, buffer, offset, length, position);
  }

  function writeSync(fd, data, offset, length, position) {
    checkDescriptor(fd);
    if (typeof data === 'string') {
      // (fd, string, position, encoding)
      const bytes = Buffer.from(data, typeof length === 'string' ? length : 'utf8');
      return internal.fsWrite(fd, bytes, 0, bytes.length, typeof offset === 'number' ? offset : null);
    }
    viewOf(data);
    [offset, length, position] = place(data, offset, length, position);
    if (length === 0) return 0;
    return internal.fsWrite(fd, data, offset, length, position);
  }

  // Folders

  class Dirent {
    constructor(name, parentPath, kind) {
      this.name = name;
      this.parentPath = parentPath;
      Object.defineProperty(this, 'kind', { value: kind });
    }
    isFile() {
      return this.kind === 0;
    }
    isDirectory() {
      return this.kind === 1;
    }
    isSymbolicLink() {
      return this.kind === 2;
    }
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
    internal.fsMkdir(text, recursive);
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

  function accessSync(path) {
    const text = pathText(path);
    try {
      internal.fsStat(text, true);
    } catch (error) {
      throw Object.assign(new Error(error.message.replace(', stat', ', access')), { errno: error.errno, code: error.code, syscall: 'access', path: text });
    }
  }

  const fs = {
    accessSync,
    appendFileSync,
    closeSync,
    copyFileSync: (from, to) => internal.fsCopyFile(pathText(from, 'src'), pathText(to, 'dest')),
    existsSync(path) {
      try {
        return internal.fsExists(pathText(path));
      } catch {
        return false;
      }
    },
    fstatSync,
    fsyncSync: checkDescriptor,
    lstatSync,
    mkdirSync,
    mkdtempSync: (prefix) => internal.fsMkdtemp(pathText(prefix, 'prefix')),
    openSync,
    readdirSync,
    readFileSync,
    readSync,
    realpathSync: (path) => internal.fsRealPath(pathText(path)),
    renameSync: (from, to) => internal.fsRename(pathText(from, 'oldPath'), pathText(to, 'newPath')),
    rmSync,
    rmdirSync: (path) => internal.fsRmdir(pathText(path)),
    statSync,
    unlinkSync: (path) => internal.fsUnlink(pathText(path)),
    writeFileSync,
    writeSync,
    Stats,
    Dirent,
    constants: { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_EXCL: 128, O_TRUNC: 512, O_APPEND: 1024 },
  };

  // The calls with a callback, on top of the others: the work is done at once, the callback comes later.
  const asynchronous = ['access', 'appendFile', 'close', 'copyFile', 'fstat', 'lstat', 'mkdir', 'mkdtemp', 'open', 'readdir', 'readFile', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'unlink', 'writeFile'];
  for (const name of asynchronous) {
    const act = fs[`${name}Sync`];
    fs[name] = {
      [name](...args) {
        const callback = args.pop();
        checkFunction(callback, 'cb');
        let error = null;
        let result;
        try {
          result = act(...args);
        } catch (thrown) {
          error = thrown;
        }
        globalThis.setImmediate(() => (error === null ? callback(null, result) : callback(error)));
      },
    }[name];
  }
  fs.exists = (path, callback) => globalThis.setImmediate(() => callback(fs.existsSync(path)));
  return fs;
})
