// The global `console`: formats as Node does and writes whole lines.
//
// Needs of `internal`:
//   writeOut(text), writeErr(text)  standard output and standard error
//   now()                           milliseconds, monotonic, with fractions
//   brand                           see inspect.js
//   text, errors, inspect, format   at first use, not before
(function (internal) {
  'use strict';

  const inspect = (value, options) => internal.inspect.inspect(value, options);
  // Most lines are one text, which needs no formatter.
  const format = (...values) =>
    values.length === 1 && typeof values[0] === 'string' ? values[0] : internal.format.format(...values);
  const warn = (message) => internal.errors.warn(message);

  let indent = ''; // of the open groups
  const counts = new Map();
  const timers = new Map();

  function line(write, text) {
    if (indent !== '') text = indent + (text.includes('\n') ? text.replaceAll('\n', `\n${indent}`) : text);
    write(`${text}\n`);
  }

  const out = (text) => line(internal.writeOut, text);
  const err = (text) => line(internal.writeErr, text);

  // 12.346ms, 1.235s, 1:01.500 (m:ss.mmm), 1:01:01.500 (h:mm:ss.mmm)
  function duration(ms) {
    if (ms < 1000) return `${Number(ms.toFixed(3))}ms`;
    const seconds = ms / 1000;
    if (seconds < 60) return `${seconds.toFixed(3)}s`;
    const padded = (number, digits) => String(number).padStart(digits, '0');
    const whole = Math.round(ms);
    const tail = `${padded(Math.floor(whole / 1000) % 60, 2)}.${padded(whole % 1000, 3)}`;
    const minutes = Math.floor(whole / 60000);
    if (minutes < 60) return `${minutes}:${tail} (m:ss.mmm)`;
    return `${Math.floor(minutes / 60)}:${padded(minutes % 60, 2)}:${tail} (h:mm:ss.mmm)`;
  }

  function elapsed(label, method, rest) {
    const start = timers.get(label);
    if (start === undefined) {
      warn(`No such label '${label}' for console.${method}()`);
      return;
    }
    const time = `${label}: ${duration(internal.now() - start)}`;
    // The values are no format: a `%s` in them stays.
    out([time, ...rest.map((value) => (typeof value === 'string' ? value : inspect(value)))].join(' '));
  }

  // Tables

  function cell(value) {
    const flat = value !== null && typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length > 2;
    return inspect(value, { maxArrayLength: 3, breakLength: Infinity, depth: flat ? -1 : 0 });
  }

  // `columns`: heading -> texts of the cells, top down.
  function draw(columns, rows) {
    const { width } = internal.text;
    const headings = [...columns.keys()];
    const widths = headings.map(
      (heading) => Math.max(width(heading), ...columns.get(heading).map((text) => width(text ?? ''))) + 2,
    );
    const rule = (left, middle, right) =>
      left + widths.map((columnWidth) => '─'.repeat(columnWidth)).join(middle) + right;
    const row = (texts) =>
      `│${texts.map((text, i) => ` ${text}${' '.repeat(widths[i] - width(text) - 1)}`).join('│')}│`;
    const body = Array.from({ length: rows }, (_, i) => row(headings.map((heading) => columns.get(heading)[i] ?? '')));
    return [rule('┌', '┬', '┐'), row(headings), rule('├', '┼', '┤'), ...body, rule('└', '┴', '┘')].join('\n');
  }

  function table(data, properties) {
    if (data === null || typeof data !== 'object') return console.log(data);
    if (properties !== undefined && !Array.isArray(properties))
      throw internal.errors.invalidArgType('properties', 'Array', properties);
    const kind = internal.brand(data);
    if (kind === 'Map') {
      const keys = [...data.keys()].map(cell);
      const index = new Map([
        ['(iteration index)', keys.map((_, i) => `${i}`)],
        ['Key', keys],
        ['Values', [...data.values()].map(cell)],
      ]);
      return out(draw(index, keys.length));
    }
    if (kind === 'Set' || kind === 'Map Iterator' || kind === 'Set Iterator') {
      const values = [...data].map(cell);
      return out(
        draw(
          new Map([
            ['(iteration index)', values.map((_, i) => `${i}`)],
            ['Values', values],
          ]),
          values.length,
        ),
      );
    }
    const index = Object.keys(data);
    const columns = new Map([['(index)', index]]);
    const values = [];
    index.forEach((key, i) => {
      const item = data[key];
      const isPrimitive = item === null || (typeof item !== 'object' && typeof item !== 'function');
      if (isPrimitive && properties === undefined) {
        values[i] = cell(item);
        return;
      }
      for (const name of properties ?? Object.keys(item)) {
        const heading = `${name}`;
        if (!columns.has(heading)) columns.set(heading, []);
        if (!isPrimitive && Object.hasOwn(item, name)) columns.get(heading)[i] = cell(item[name]);
      }
    });
    // A sparse list would leave holes in the widths.
    for (const [heading, texts] of columns) columns.set(heading, Array.from(texts));
    if (values.length > 0) columns.set('Values', Array.from(values));
    out(draw(columns, index.length));
  }

  const console = {
    log(...values) {
      out(format(...values));
    },
    info(...values) {
      out(format(...values));
    },
    debug(...values) {
      out(format(...values));
    },
    warn(...values) {
      err(format(...values));
    },
    error(...values) {
      err(format(...values));
    },
    dir(value, options) {
      out(inspect(value, { customInspect: false, ...options }));
    },
    time(label = 'default') {
      label = `${label}`;
      if (timers.has(label)) warn(`Label '${label}' already exists for console.time()`);
      else timers.set(label, internal.now());
    },
    timeEnd(label = 'default') {
      label = `${label}`;
      elapsed(label, 'timeEnd', []);
      timers.delete(label);
    },
    timeLog(label = 'default', ...values) {
      elapsed(`${label}`, 'timeLog', values);
    },
    trace(...values) {
      const site = {};
      Error.captureStackTrace(site, console.trace);
      const frames = `${site.stack}`.split('\n').filter((frame) => /^\s+at /.test(frame));
      err([values.length === 0 ? 'Trace' : `Trace: ${format(...values)}`, ...frames].join('\n'));
    },
    assert(condition, ...values) {
      if (condition) return;
      if (typeof values[0] === 'string') values[0] = `Assertion failed: ${values[0]}`;
      else values.unshift('Assertion failed');
      err(format(...values));
    },
    clear() {},
    count(label = 'default') {
      label = `${label}`;
      const count = (counts.get(label) ?? 0) + 1;
      counts.set(label, count);
      out(`${label}: ${count}`);
    },
    countReset(label = 'default') {
      label = `${label}`;
      if (!counts.delete(label)) warn(`Count for '${label}' does not exist`);
    },
    group(...values) {
      if (values.length > 0) out(format(...values));
      indent += '  ';
    },
    groupEnd() {
      indent = indent.slice(2);
    },
    table,
    dirxml(...values) {
      out(format(...values));
    },
    groupCollapsed(...values) {
      console.group(...values);
    },
  };
  Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });

  return { console, duration };
})
