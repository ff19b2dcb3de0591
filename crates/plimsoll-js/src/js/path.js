// The module `path`, for POSIX paths.
//
// Needs of `internal`: cwd() -> the working directory as a string; errors
(function (internal) {
  'use strict';

  const { checkObject, checkString } = internal.errors;

  // The parts of `path` with `.` and `..` applied. A `..` above the start stays, unless the path is absolute.
  function simplify(path, absolute) {
    const parts = [];
    for (const part of path.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') parts.push(part);
      else if (parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
      else if (!absolute) parts.push(part);
    }
    return parts.join('/');
  }

  function normalize(path) {
    checkString(path, 'path');
    if (path === '') return '.';
    const absolute = path.startsWith('/');
    const simple = simplify(path, absolute);
    if (simple === '') return absolute ? '/' : path.endsWith('/') ? './' : '.';
    return (absolute ? '/' : '') + simple + (path.endsWith('/') ? '/' : '');
  }

  function isAbsolute(path) {
    checkString(path, 'path');
    return path.startsWith('/');
  }

  function join(...paths) {
    for (const path of paths) checkString(path, 'path');
    return normalize(paths.filter((path) => path !== '').join('/'));
  }

  function resolve(...paths) {
    let resolved = '';
    for (let i = paths.length - 1; i >= -1 && !resolved.startsWith('/'); i--) {
      if (i >= 0) checkString(paths[i], `paths[${i}]`);
      const path = i >= 0 ? paths[i] : internal.cwd();
      if (path !== '') resolved = resolved === '' ? path : `${path}/${resolved}`;
    }
    return `/${simplify(resolved, true)}`;
  }

  function relative(from, to) {
    checkString(from, 'from');
    checkString(to, 'to');
    from = resolve(from);
    to = resolve(to);
    if (from === to) return '';
    const start = from.split('/').filter(Boolean);
    const end = to.split('/').filter(Boolean);
    let common = 0;
    while (common < start.length && common < end.length && start[common] === end[common]) common++;
    return [...start.slice(common).fill('..'), ...end.slice(common)].join('/');
  }

  // `path` without the slashes at its end, but not without all of it.
  const trimEnd = (path) => path.replace(/(?<=[^])\/+$/, '');

  function dirname(path) {
    checkString(path, 'path');
    if (path === '') return '.';
    const trimmed = trimEnd(path);
    const slash = trimmed.lastIndexOf('/');
    if (slash === -1) return '.';
    if (slash === 0) return '/';
    // Two slashes at the start are a root of their own.
    return slash === 1 && trimmed[0] === '/' ? '//' : trimmed.slice(0, slash);
  }

  function basename(path, suffix) {
    if (suffix !== undefined) checkString(suffix, 'suffix');
    checkString(path, 'path');
    const trimmed = path.replace(/\/+$/, '');
    const base = trimmed.slice(trimmed.lastIndexOf('/') + 1);
    if (!suffix || suffix.length > path.length) return base;
    if (suffix === path) return '';
    if (trimmed === '') return path;
    return base !== suffix && base.endsWith(suffix) ? base.slice(0, -suffix.length) : base;
  }

  // A dot that starts the name starts no extension.
  function extension(base) {
    const dot = base.lastIndexOf('.');
    return dot <= 0 || base === '..' ? '' : base.slice(dot);
  }

  function extname(path) {
    checkString(path, 'path');
    return extension(basename(path));
  }

  function parse(path) {
    checkString(path, 'path');
    const root = path.startsWith('/') ? '/' : '';
    const base = basename(path);
    const ext = extension(base);
    const trimmed = path.replace(/\/+$/, '');
    const slash = trimmed.lastIndexOf('/');
    const dir = slash > 0 ? trimmed.slice(0, slash) : slash === 0 ? '/' : root;
    return { root, dir, base, ext, name: ext === '' ? base : base.slice(0, -ext.length) };
  }

  function format(pathObject) {
    checkObject(pathObject, 'pathObject');
    const { root, base, name = '', ext = '' } = pathObject;
    const dir = pathObject.dir || root;
    const file = base || `${name}${ext && !ext.startsWith('.') ? '.' : ''}${ext}`;
    if (!dir) return file;
    return dir === root ? `${dir}${file}` : `${dir}/${file}`;
  }

  const path = {
    resolve,
    normalize,
    isAbsolute,
    join,
    relative,
    toNamespacedPath: (path) => path,
    dirname,
    basename,
    extname,
    format,
    parse,
    sep: '/',
    delimiter: ':',
    posix: null,
  };
  path.posix = path;
  return path;
})
