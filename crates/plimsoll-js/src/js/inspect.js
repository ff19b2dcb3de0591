// `util.inspect`: turns any value into the text that Node prints for it.
//
// Needs of `internal`:
//   brand(value)          the internal class of an object ('Map', 'Proxy', 'Uint8Array', …), undefined for a primitive
//   proxyParts(proxy)     [target, handler] without running a trap; [null, null] once revoked
//   promiseParts(promise) [0 pending | 1 fulfilled | 2 rejected, result]
//   ownNonIndexKeys(object, enumerableOnly)  optional: own keys but array indices, without making those
//   text, colors          the files of these names
//   errors                when a message is made
(function (internal) {
  'use strict';

  const { brand, proxyParts, promiseParts } = internal;
  const { quote, escapeControls, numberText, bigintText, plural, width, stripColors } = internal.text;
  const { colors, styles, colored, uncolored } = internal.colors;
  const { getOwnPropertyDescriptor, getOwnPropertyNames, getOwnPropertySymbols, getPrototypeOf, hasOwn } = Object;

  // Methods taken from their prototypes: programs change those, and objects without a prototype lack them.
  const method = (fn) => Function.prototype.call.bind(fn);
  const getter = (prototype, name) => method(getOwnPropertyDescriptor(prototype, name).get);
  const isEnumerable = method(Object.prototype.propertyIsEnumerable);
  const functionSource = method(Function.prototype.toString);
  const errorText = method(Error.prototype.toString);
  const regExpText = method(RegExp.prototype.toString);
  const dateText = method(Date.prototype.toISOString);
  const dateTime = method(Date.prototype.getTime);
  const symbolText = method(Symbol.prototype.toString);
  const mapEntries = method(Map.prototype.entries);
  const setValues = method(Set.prototype.values);
  const mapSize = getter(Map.prototype, 'size');
  const setSize = getter(Set.prototype, 'size');
  const typedPrototype = getPrototypeOf(Uint8Array.prototype);
  const typedLength = getter(typedPrototype, 'length');

  const custom = Symbol.for('nodejs.util.inspect.custom');

  const defaults = {
    showHidden: false,
    depth: 2,
    colors: false,
    customInspect: true,
    showProxy: false,
    maxArrayLength: 100,
    maxStringLength: 10000,
    breakLength: 80,
    compact: 3,
    sorted: false,
    getters: false,
    numericSeparator: false,
  };

  // How a property is written: `key: value` in an object, the value alone in a list, `key: value` after its elements.
  const KEYED = 0;
  const ELEMENT = 1;
  const EXTRA = 2;

  // The engine can list the own keys of a typed array only together with all its indices: not done beyond this length.
  const MAX_LISTED = 2 ** 20;

  const identifier = /^[a-zA-Z_][a-zA-Z_0-9]*$/;
  const arrayIndex = /^(?:0|[1-9][0-9]{0,9})$/;
  const isIndex = (key) => arrayIndex.test(key) && +key < 4294967295;

  // Names of classes

  function isInstance(value, constructor) {
    try {
      return value instanceof constructor;
    } catch {
      return false;
    }
  }

  // The names of the language's own classes: instances of these have no text or properties by the program.
  const builtins = new Set(
    (
      'Object Function Array Number Boolean String Symbol BigInt Date Promise RegExp Map Set WeakMap WeakSet WeakRef Proxy ' +
      'Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError ' +
      'ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array ' +
      'Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array FinalizationRegistry Iterator ' +
      'DisposableStack AsyncDisposableStack Atomics JSON Math Reflect'
    ).split(' '),
  );
  const isBuiltin = (name) => builtins.has(name);

  // `Class `, `Class(size) [tag] ` or `[Class(size): null prototype] `: what stands before the brace.
  function prefix(constructor, tag, fallback, size = '') {
    if (constructor !== null) {
      return tag !== '' && constructor !== tag ? `${constructor}${size} [${tag}] ` : `${constructor}${size} `;
    }
    const name = `[${fallback}${size}: null prototype] `;
    return tag !== '' && fallback !== tag ? `${name}[${tag}] ` : name;
  }

  function functionHead(fn, constructor, tag, kind) {
    const source = functionSource(fn);
    const tagText = tag !== '' && constructor !== tag ? ` [${tag}]` : '';
    if (source.startsWith('class') && source.endsWith('}') && /^class(?![\w$])/.test(source)) {
      let head = `[class ${(hasOwn(fn, 'name') && fn.name) || '(anonymous)'}`;
      if (constructor !== 'Function' && constructor !== null) head += ` [${constructor}]`;
      head += tagText;
      if (constructor === null) return `${head} extends [null prototype]]`;
      const base = getPrototypeOf(fn).name;
      return base ? `${head} extends ${base}]` : `${head}]`;
    }
    let head = `[${kind}`;
    if (constructor === null) head += ' (null prototype)';
    head += fn.name === '' ? ' (anonymous)]' : `: ${fn.name}]`;
    if (constructor !== kind && constructor !== null) head += ` ${constructor}`;
    return head + tagText;
  }

  // Stacks of errors

  // The engine's own stacks may lack the line with the message; Node's start with it.
  function stackText(error) {
    const stack = error.stack;
    if (typeof stack !== 'string' || !/^\s+at /.test(stack)) return stack;
    return `${errorText(error)}\n${stack.trimEnd()}`;
  }

  // Node names the class where the stack shows only the name of the base: `MyE [Error]: message`.
  function nameClass(stack, constructor, name, tag) {
    const rest = stack.slice(name.length);
    const ownLine = stack.startsWith(name) && (rest === '' || rest[0] === ':' || rest[0] === '\n');
    if (constructor === null) {
      // What looks like the name of a class, before the message or the frames or alone.
      const found = /^(?:[A-Z][\w ()[\]-]+(?=:|\n\s+at)|[\w-]*Error$)/.exec(stack)?.[0] ?? '';
      const title = `[${found || 'Error'}: null prototype]`;
      if (found === '') return `${title}: ${stack}`;
      return `${title}${found.includes('Error') ? '' : ' [Error]'}${stack.slice(found.length)}`;
    }
    if (!ownLine || !name.endsWith('Error')) return stack;
    const tagText = tag !== '' && tag !== constructor ? ` [${tag}]` : '';
    if (constructor.includes(name)) return constructor + tagText + rest;
    return `${constructor}${tagText} [${name}]${rest}`;
  }

  // The frames that an error shares with its cause are printed once, with the cause.
  function foldFrames(lines, causeLines) {
    for (let start = 0; start < lines.length - 3; start++) {
      const at = causeLines.indexOf(lines[start]);
      if (at === -1) continue;
      let run = 1;
      while (start + run < lines.length && lines[start + run] === causeLines[at + run]) run++;
      if (run > 3) {
        const note = `    ... ${run - 2} lines matching cause stack trace ...`;
        return [...lines.slice(0, start + 1), note, ...lines.slice(start + run - 1)];
      }
    }
    return lines;
  }

  class Inspector {
    constructor(options) {
      this.options = options;
      this.style = options.stylize;
      this.indent = 0; // columns that lines of the present value are indented by
      this.level = 0; // nesting of the value that was entered last
      this.open = []; // objects being printed, outermost first
      this.circular = undefined; // object -> number of its `<ref *n>`
    }

    // The text of `value`, which is nested `depth` levels deep. `inView`: it is the buffer of a typed array, shown short.
    value(value, depth, inView) {
      if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return this.primitive(value);
      const given = value;
      let kind = brand(value);
      while (kind === 'Proxy') {
        const [target, handler] = proxyParts(value);
        if (target === null) return this.style('<Revoked Proxy>', 'special');
        if (this.options.showProxy) return this.proxy(target, handler, depth);
        value = target;
        kind = brand(value);
      }
      if (this.options.customInspect) {
        const inspectIt = value[custom];
        if (typeof inspectIt === 'function' && inspectIt !== inspect) {
          // A class that defines the method on its prototype does not lend it to the prototype itself.
          const { constructor } = value;
          if (!constructor || constructor.prototype !== value) return this.custom(given, inspectIt, depth);
        }
      }
      if (this.open.includes(value)) {
        this.circular ??= new Map();
        let reference = this.circular.get(value);
        if (reference === undefined) this.circular.set(value, (reference = this.circular.size + 1));
        return this.style(`[Circular *${reference}]`, 'special');
      }
      return this.object(value, kind, depth, inView);
    }

    custom(value, inspectIt, depth) {
      const { options } = this;
      const left = options.depth === null ? null : options.depth - depth;
      const result = inspectIt.call(value, left, { ...options }, inspect);
      if (result === value) return this.object(value, brand(value), depth);
      if (typeof result !== 'string') return this.value(result, depth);
      return result.replaceAll('\n', `\n${' '.repeat(this.indent)}`);
    }

    proxy(target, handler, depth) {
      if (this.tooDeep(depth)) return this.style('Proxy [Array]', 'special');
      this.level = ++depth;
      this.indent += 2;
      const lines = [this.value(target, depth), this.value(handler, depth)];
      this.indent -= 2;
      return this.join(lines, '', 'Proxy [', ']', true, depth);
    }

    tooDeep(depth) {
      return this.options.depth !== null && depth > this.options.depth;
    }

    primitive(value) {
      const { style, options } = this;
      switch (typeof value) {
        case 'string':
          return this.string(value);
        case 'number':
          return style(numberText(value, options.numericSeparator), 'number');
        case 'bigint':
          return style(bigintText(value, options.numericSeparator), 'bigint');
        case 'boolean':
          return style(`${value}`, 'boolean');
        case 'symbol':
          return style(symbolText(value), 'symbol');
        case 'undefined':
          return style('undefined', 'undefined');
        default:
          return style('null', 'null');
      }
    }

    string(text) {
      const { style, options } = this;
      let trailer = '';
      if (text.length > options.maxStringLength) {
        const left = text.length - options.maxStringLength;
        text = text.slice(0, options.maxStringLength);
        trailer = `... ${left} more character${plural(left)}`;
      }
      // A long text of several lines stands as a sum of its lines.
      if (options.compact !== true && text.length > 16 && text.length > options.breakLength - this.indent - 4) {
        const lines = text.split(/(?<=\n)/).map((line) => style(quote(line), 'string'));
        return lines.join(` +\n${' '.repeat(this.indent + 2)}`) + trailer;
      }
      return style(quote(text), 'string') + trailer;
    }

    object(value, kind, depth, inView) {
      const { options, style } = this;
      const inherited = options.showHidden && !this.tooDeep(depth) ? [] : undefined;
      const constructor = this.constructorName(value, kind, depth, inherited);
      let tag = value[Symbol.toStringTag];
      if (typeof tag !== 'string' || (tag !== '' && this.shows(value, Symbol.toStringTag))) tag = '';

      const sketch = { base: '', open: '{', close: '}', keys: undefined, lines: undefined, list: false };
      if (sketchers[kind] === undefined || kind === 'Object') kind = isInstance(value, Error) ? 'Error' : 'Object';
      const bare = inherited === undefined || inherited.length === 0; // nothing to print but own keys
      const whole = sketchers[kind].call(this, sketch, value, { constructor, tag, kind, depth, inView, bare });
      if (whole !== undefined) return whole;

      if (this.tooDeep(depth)) {
        const name = prefix(constructor, tag, kind === 'Arguments' ? 'Object' : kind).slice(0, -1);
        return style(constructor === null ? name : `[${name}]`, 'special');
      }

      depth++;
      this.open.push(value);
      this.level = depth;
      const lines = [];
      const { keys, list } = sketch;
      try {
        if (sketch.lines !== undefined) sketch.lines(lines, depth);
        for (const key of keys) lines.push(this.property(value, depth, key, list ? EXTRA : KEYED));
        if (inherited !== undefined)
          for (const [key, from] of inherited) lines.push(this.inherited(from, depth, key, value));
      } catch (error) {
        if (!(error instanceof RangeError) || !error.message.includes('call stack')) throw error;
        this.open.pop();
        const name = prefix(constructor, tag, 'Object').slice(0, -1);
        return style(`[${name}: Inspection interrupted prematurely. Maximum call stack size exceeded.]`, 'special');
      }
      this.open.pop();

      const reference = this.circular?.get(value);
      if (reference !== undefined) {
        const text = style(`<ref *${reference}>`, 'special');
        if (options.compact === true) sketch.open = `${text} ${sketch.open}`;
        else sketch.base = sketch.base === '' ? text : `${text} ${sketch.base}`;
      }
      if (options.sorted) {
        const order = options.sorted === true ? undefined : options.sorted;
        // Elements keep their order.
        lines.push(...lines.splice(list ? lines.length - keys.length : 0).sort(order));
      }
      return this.join(lines, sketch.base, sketch.open, sketch.close, list, depth, value);
    }

    // Whether `key` will be printed as a property of `value` itself.
    shows(value, key) {
      return this.options.showHidden ? hasOwn(value, key) : isEnumerable(value, key);
    }

    keys(value) {
      const symbols = getOwnPropertySymbols(value);
      if (this.options.showHidden)
        return symbols.length === 0 ? getOwnPropertyNames(value) : [...getOwnPropertyNames(value), ...symbols];
      const keys = Object.keys(value);
      for (const symbol of symbols) if (isEnumerable(value, symbol)) keys.push(symbol);
      return keys;
    }

    nonIndexKeys(value) {
      if (ArrayBuffer.isView(value) && typedLength(value) > MAX_LISTED) {
        return getOwnPropertySymbols(value).filter((symbol) => this.shows(value, symbol));
      }
      if (internal.ownNonIndexKeys !== undefined) return internal.ownNonIndexKeys(value, !this.options.showHidden);
      return this.keys(value).filter((key) => typeof key === 'symbol' || !isIndex(key));
    }

    // The name of the class of `value`; null when no prototype has one. What the program's prototypes add goes into
    // `inherited`.
    constructorName(value, kind, depth, inherited) {
      const first = getPrototypeOf(value);
      for (let object = value; object !== null; object = getPrototypeOf(object)) {
        const descriptor = getOwnPropertyDescriptor(object, 'constructor');
        if (descriptor === undefined || typeof descriptor.value !== 'function') continue;
        const { name } = descriptor.value;
        if (name === '' || !isInstance(value, descriptor.value)) continue;
        if (inherited !== undefined && (first !== object || !isBuiltin(name)))
          this.collectInherited(value, first, inherited);
        return `${name}`;
      }
      if (first === null) return null;
      const own = kind === undefined ? 'Object' : kind;
      if (this.tooDeep(depth)) return `${own} <Complex prototype>`;
      const parent = this.constructorName(first, brand(first), depth + 1, inherited);
      if (parent !== null) return `${own} <${parent}>`;
      const text = new Inspector({ ...this.options, customInspect: false, depth: -1 }).value(first, 0);
      return `${own} <${text}>`;
    }

    collectInherited(value, prototype, inherited) {
      const seen = new Set(Reflect.ownKeys(value));
      for (let level = 0; level < 3 && prototype !== null; level++, prototype = getPrototypeOf(prototype)) {
        const constructor = getOwnPropertyDescriptor(prototype, 'constructor')?.value;
        if (typeof constructor === 'function' && isBuiltin(constructor.name)) return;
        for (const key of Reflect.ownKeys(prototype)) {
          if (key === 'constructor' || seen.has(key)) continue;
          seen.add(key);
          if (typeof getOwnPropertyDescriptor(prototype, key).value !== 'function') inherited.push([key, prototype]);
        }
      }
    }

    property(value, depth, key, type, receiver = value) {
      const { options, style } = this;
      const descriptor = getOwnPropertyDescriptor(value, key) ?? { value: value[key], enumerable: true };
      let gap = ' ';
      let text;
      if (descriptor.value !== undefined) {
        const shift = options.compact === true && type === KEYED ? 3 : 2;
        this.indent += shift;
        text = this.value(descriptor.value, depth);
        if (shift === 3 && options.breakLength < width(text, options.colors)) gap = `\n${' '.repeat(this.indent)}`;
        this.indent -= shift;
      } else if (descriptor.get !== undefined) {
        text = this.accessor(descriptor, receiver, depth);
      } else if (descriptor.set !== undefined) {
        text = style('[Setter]', 'special');
      } else {
        text = style('undefined', 'undefined');
      }
      if (type === ELEMENT) return text;
      return `${this.key(key, descriptor.enumerable)}:${gap}${text}`;
    }

    inherited(prototype, depth, key, receiver) {
      const text = this.property(prototype, depth, key, KEYED, receiver);
      return this.options.colors ? `\x1b[2m${text}\x1b[22m` : text;
    }

    key(key, enumerable) {
      const { style } = this;
      let name;
      if (typeof key === 'symbol') name = style(escapeControls(symbolText(key)), 'symbol');
      else if (key === '__proto__') name = "['__proto__']";
      else name = identifier.test(key) ? style(key, 'name') : style(quote(key), 'string');
      return enumerable === false ? `[${name}]` : name;
    }

    accessor({ get, set }, receiver, depth) {
      const { options, style } = this;
      const label = set === undefined ? 'Getter' : 'Getter/Setter';
      const { getters } = options;
      if (!(getters === true || (getters === 'get' && set === undefined) || (getters === 'set' && set !== undefined))) {
        return style(`[${label}]`, 'special');
      }
      const around = (text) => `${style(`[${label}:`, 'special')} ${text}${style(']', 'special')}`;
      this.indent += 2;
      try {
        const result = get.call(receiver);
        if (result === null || (typeof result !== 'object' && typeof result !== 'function'))
          return around(this.primitive(result));
        return `${style(`[${label}]`, 'special')} ${this.value(result, depth)}`;
      } catch (error) {
        return around(`<Inspection threw (${this.value(error, depth)})>`);
      } finally {
        this.indent -= 2;
      }
    }

    // Puts the lines of a value together: on one line when they are few and short, in columns when they are a long list.
    join(lines, base, open, close, list, depth, value) {
      const { options } = this;
      const lead = base === '' ? '' : `${base} `;
      const margin = `\n${' '.repeat(this.indent)}`;
      if (options.compact === true) {
        if (this.fits(lines, 0, base)) return `${open}${base === '' ? '' : ` ${base}`} ${lines.join(', ')} ${close}`;
        const start = base === '' && open.length === 1 ? ' ' : `${base === '' ? '' : ` ${base}`}\n${margin.slice(1)}  `;
        return `${open}${start}${lines.join(`,${margin}  `)} ${close}`;
      }
      if (typeof options.compact === 'number' && options.compact >= 1) {
        const count = lines.length;
        if (list && count > 6) lines = this.columns(lines, value);
        if (this.level - depth < options.compact && count === lines.length) {
          const start = lines.length + this.indent + open.length + base.length + 10;
          if (this.fits(lines, start, base)) {
            const joined = lines.join(', ');
            if (!joined.includes('\n')) return `${lead}${open} ${joined} ${close}`;
          }
        }
      }
      return `${lead}${open}${margin}  ${lines.join(`,${margin}  `)}${margin}${close}`;
    }

    fits(lines, start, base) {
      const { breakLength, colors } = this.options;
      let total = lines.length + start;
      if (total + lines.length > breakLength) return false;
      for (const line of lines) {
        total += colors ? stripColors(line).length : line.length;
        if (total > breakLength) return false;
      }
      return base === '' || !base.includes('\n');
    }

    // Lists of more than six short entries stand in columns, close to a square and at most sixteen wide.
    columns(lines, value) {
      const { options } = this;
      const separator = 2;
      const hasRest = lines.length > options.maxArrayLength;
      const count = hasRest ? lines.length - 1 : lines.length;
      const widths = new Array(count);
      let total = 0;
      let longest = 0;
      for (let i = 0; i < count; i++) {
        widths[i] = width(lines[i], options.colors);
        total += widths[i] + separator;
        if (widths[i] > longest) longest = widths[i];
      }
      const cell = longest + separator;
      if (cell * 3 + this.indent >= options.breakLength || (total / cell <= 5 && longest > 6)) return lines;

      const bias = Math.sqrt(cell - total / lines.length);
      const biased = Math.max(cell - 3 - bias, 1);
      const perRow = Math.min(
        Math.round(Math.sqrt(2.5 * biased * count) / biased),
        Math.floor((options.breakLength - this.indent) / cell),
        options.compact * 4,
        15,
      );
      if (perRow <= 1) return lines;

      const columnWidths = [];
      for (let column = 0; column < perRow; column++) {
        let widest = 0;
        for (let i = column; i < count; i += perRow) if (widths[i] > widest) widest = widths[i];
        columnWidths.push(widest + separator);
      }
      // Numbers are aligned on the right, everything else on the left.
      const right =
        value !== undefined && lines.every((_, i) => typeof value[i] === 'number' || typeof value[i] === 'bigint');
      const rows = [];
      for (let first = 0; first < count; first += perRow) {
        const last = Math.min(first + perRow, count) - 1;
        let row = '';
        for (let i = first; i < last; i++) {
          // Padding counts characters, not columns: make up for colours and wide characters.
          const room = columnWidths[i - first] + lines[i].length - widths[i];
          row += right ? `${lines[i]}, `.padStart(room) : `${lines[i]}, `.padEnd(room);
        }
        const room = columnWidths[last - first] + lines[last].length - widths[last] - separator;
        rows.push(row + (right ? lines[last].padStart(room) : lines[last]));
      }
      if (hasRest) rows.push(lines[count]);
      return rows;
    }

    pushRest(lines, left) {
      if (left > 0) lines.push(`... ${left} more item${plural(left)}`);
    }

    // Elements of an array; a run of holes is one entry.
    elements(lines, array, depth) {
      const limit = Math.min(Math.max(0, this.options.maxArrayLength), array.length);
      let filled; // own indices in order, fetched at the first hole
      let next = 0; // position in `filled`
      let at = 0;
      while (at < array.length && lines.length < limit) {
        if (hasOwn(array, at)) {
          lines.push(this.property(array, depth, at++, ELEMENT));
          continue;
        }
        filled ??= Object.keys(array).filter(isIndex);
        while (next < filled.length && +filled[next] < at) next++;
        const end = next < filled.length ? +filled[next] : array.length;
        lines.push(this.style(`<${end - at} empty item${plural(end - at)}>`, 'undefined'));
        at = end;
      }
      this.pushRest(lines, array.length - at);
    }

    typedElements(lines, array, length, depth) {
      const shown = Math.min(Math.max(0, this.options.maxArrayLength), length);
      const { style, options } = this;
      if (shown > 0 && typeof array[0] === 'bigint') {
        for (let i = 0; i < shown; i++) lines.push(style(bigintText(array[i], options.numericSeparator), 'bigint'));
      } else {
        for (let i = 0; i < shown; i++) lines.push(style(numberText(array[i], options.numericSeparator), 'number'));
      }
      this.pushRest(lines, length - shown);
      if (!options.showHidden) return;
      this.indent += 2;
      for (const key of ['BYTES_PER_ELEMENT', 'length', 'byteLength', 'byteOffset', 'buffer']) {
        lines.push(`${style(`[${key}]`, 'string')}: ${this.value(array[key], depth, true)}`);
      }
      this.indent -= 2;
    }

    // Entries of a Map or Set, up to the limit.
    entries(lines, size, entries, format) {
      const limit = Math.max(0, this.options.maxArrayLength);
      this.indent += 2;
      if (limit > 0) {
        for (const entry of entries) {
          lines.push(format(entry));
          if (lines.length >= limit) break;
        }
      }
      this.pushRest(lines, size - limit);
      this.indent -= 2;
    }

    bytes(buffer) {
      const { style, options } = this;
      let view;
      try {
        view = new Uint8Array(buffer);
      } catch {
        return style('(detached)', 'special');
      }
      if (buffer.detached) return style('(detached)', 'special');
      const shown = Math.min(Math.max(0, options.maxArrayLength), view.length);
      const left = view.length - shown;
      const more = left > 0 ? ` ... ${left} more byte${plural(left)}` : '';
      return `${style('[Uint8Contents]', 'special')}: <${hexPairs(view, shown)}${more}>`;
    }

    error(error, constructor, tag, keys) {
      const { options } = this;
      let stack = this.errorStack(error);
      if (!options.showHidden) {
        for (const name of ['name', 'message', 'stack']) {
          const index = keys.indexOf(name);
          // A property says nothing new when the stack has it already.
          if (index !== -1 && (typeof error[name] !== 'string' || stack.includes(error[name]))) keys.splice(index, 1);
        }
      }
      if ('cause' in error && !keys.includes('cause')) keys.push('cause');
      if (Array.isArray(getOwnPropertyDescriptor(error, 'errors')?.value) && !keys.includes('errors'))
        keys.push('errors');

      const name = attempt(() => `${error.name ?? 'Error'}`, 'Error');
      stack = nameClass(stack, constructor, name, tag);
      const message = attempt(() => error.message, '');
      const found = typeof message === 'string' && message !== '' ? stack.indexOf(message) : -1;
      const frames = stack.indexOf('\n    at', found === -1 ? 0 : found + message.length);
      if (frames === -1) {
        stack = `[${stack}]`;
      } else {
        const cause = attempt(() => error.cause, undefined);
        if (isInstance(cause, Error) && typeof cause.stack === 'string') {
          const shared = stackText(cause);
          const causeFrames = shared.slice(shared.indexOf('\n    at') + 1).split('\n');
          stack = `${stack.slice(0, frames)}\n${foldFrames(stack.slice(frames + 1).split('\n'), causeFrames).join('\n')}`;
        }
      }
      return this.indent === 0 ? stack : stack.replaceAll('\n', `\n${' '.repeat(this.indent)}`);
    }

    errorStack(error) {
      const text = attempt(() => errorText(error), undefined) ?? '[object Error]';
      const stack = attempt(() => stackText(error), undefined);
      if (!stack) return text;
      if (typeof stack === 'string') return stack;
      this.open.push(error);
      this.indent += 4;
      // What stands in the place of a stack has no depth: NaN never is too deep and never on one line.
      const shown = this.value(stack, NaN);
      this.indent -= 4;
      this.open.pop();
      return `${text}\n    ${shown}`;
    }
  }

  function attempt(act, otherwise) {
    try {
      return act();
    } catch {
      return otherwise;
    }
  }

  function hexPairs(bytes, count) {
    let text = '';
    for (let i = 0; i < count; i++) {
      const byte = bytes[i];
      text += `${i === 0 ? '' : ' '}${byte < 16 ? '0' : ''}${byte.toString(16)}`;
    }
    return text;
  }

  // How each kind of object is printed. A sketcher fills in the sketch (what stands before, around and inside the
  // braces) or returns the whole text. `this` is the Inspector.

  function sketchTyped(sketch, array, { constructor, tag, kind }) {
    const length = typedLength(array);
    sketch.keys = this.nonIndexKeys(array);
    sketch.open = `${prefix(constructor, tag, kind, `(${length})`)}[`;
    sketch.close = ']';
    sketch.list = true;
    if (length === 0 && sketch.keys.length === 0 && !this.options.showHidden) return `${sketch.open}]`;
    sketch.lines = (lines, inner) => this.typedElements(lines, array, length, inner);
  }

  function sketchFunction(sketch, fn, { constructor, tag, kind, bare }) {
    sketch.keys = this.keys(fn);
    sketch.base = functionHead(fn, constructor, tag, kind);
    if (sketch.keys.length === 0 && bare) return this.style(sketch.base, 'special');
  }

  function sketchBoxed(sketch, box, { constructor, tag, kind, bare }) {
    let keys = this.keys(box);
    const value = unbox[kind](box);
    if (kind === 'String') keys = keys.filter((key) => typeof key === 'symbol' || !isIndex(key));
    let base = `[${kind}`;
    if (kind !== constructor) base += constructor === null ? ' (null prototype)' : ` (${constructor})`;
    base += `: ${new Inspector({ ...this.options, stylize: uncolored }).primitive(value)}]`;
    if (tag !== '' && tag !== constructor) base += ` [${tag}]`;
    sketch.keys = keys;
    sketch.base = base;
    if (keys.length === 0 && bare) return this.style(base, kind.toLowerCase());
  }

  function sketchArrayBuffer(sketch, buffer, { constructor, tag, kind, inView, bare }) {
    const keys = this.keys(buffer);
    const length = this.primitive(buffer.byteLength);
    sketch.open = `${prefix(constructor, tag, kind)}{`;
    sketch.keys = keys;
    if (inView && keys.length === 0 && bare) return `${sketch.open} [byteLength]: ${length} }`;
    sketch.lines = (lines) => {
      if (!inView) lines.push(this.bytes(buffer));
      lines.push(`${this.style('[byteLength]', 'string')}: ${length}`);
    };
  }

  function sketchOpaque(text) {
    return function (sketch, value, { constructor, tag, kind }) {
      sketch.keys = this.keys(value);
      sketch.open = `${prefix(constructor, tag, kind)}{`;
      sketch.lines = (lines) => lines.push(this.style(text, 'special'));
    };
  }

  const sketchers = {
    __proto__: null,

    Object(sketch, value, { constructor, tag, kind, bare }) {
      const keys = this.keys(value);
      sketch.keys = keys;
      if (constructor === null && tag === 'Module' && !Object.isExtensible(value)) {
        sketch.open = '[Module: null prototype] {';
        return;
      }
      const head = constructor === 'Object' && tag === '' ? '' : prefix(constructor, tag, 'Object');
      if (keys.length === 0 && bare) return `${head}{}`;
      sketch.open = `${head}{`;
    },

    Arguments(sketch, value) {
      sketch.keys = this.keys(value);
      sketch.open = '[Arguments] {';
      if (sketch.keys.length === 0) return '[Arguments] {}';
    },

    Array(sketch, array, { constructor, tag, bare }) {
      sketch.keys = this.nonIndexKeys(array);
      const head = constructor !== 'Array' || tag !== '' ? prefix(constructor, tag, 'Array', `(${array.length})`) : '';
      sketch.open = `${head}[`;
      sketch.close = ']';
      sketch.list = true;
      if (array.length === 0 && sketch.keys.length === 0 && bare) return `${head}[]`;
      sketch.lines = (lines, inner) => this.elements(lines, array, inner);
    },

    Set(sketch, set, { constructor, tag, bare }) {
      const size = setSize(set);
      sketch.keys = this.keys(set);
      sketch.open = `${prefix(constructor, tag, 'Set', `(${size})`)}{`;
      if (size === 0 && sketch.keys.length === 0 && bare) return `${sketch.open}}`;
      sketch.lines = (lines, inner) => this.entries(lines, size, setValues(set), (value) => this.value(value, inner));
    },

    Map(sketch, map, { constructor, tag, bare }) {
      const size = mapSize(map);
      sketch.keys = this.keys(map);
      sketch.open = `${prefix(constructor, tag, 'Map', `(${size})`)}{`;
      if (size === 0 && sketch.keys.length === 0 && bare) return `${sketch.open}}`;
      const entry = ([key, value], inner) => `${this.value(key, inner)} => ${this.value(value, inner)}`;
      sketch.lines = (lines, inner) => this.entries(lines, size, mapEntries(map), (pair) => entry(pair, inner));
    },

    RegExp(sketch, expression, { constructor, tag, depth, bare }) {
      sketch.keys = this.keys(expression);
      const head = prefix(constructor, tag, 'RegExp');
      // Without its prototype the expression has no accessors: a copy has.
      const text = regExpText(constructor === null ? new RegExp(expression) : expression);
      sketch.base = head === 'RegExp ' ? text : head + text;
      if ((sketch.keys.length === 0 && bare) || this.tooDeep(depth)) return this.style(sketch.base, 'regexp');
    },

    Date(sketch, date, { constructor, tag, bare }) {
      sketch.keys = this.keys(date);
      const text = Number.isNaN(dateTime(date)) ? 'Invalid Date' : dateText(date);
      const head = prefix(constructor, tag, 'Date');
      sketch.base = head === 'Date ' ? text : head + text;
      if (sketch.keys.length === 0 && bare) return this.style(sketch.base, 'date');
    },

    Error(sketch, error, { constructor, tag, bare }) {
      sketch.keys = this.keys(error);
      const stack = sketch.keys.indexOf('stack');
      if (stack > 0) sketch.keys.unshift(...sketch.keys.splice(stack, 1)); // the first one in Node
      sketch.base = this.error(error, constructor, tag, sketch.keys);
      if (sketch.keys.length === 0 && bare) return sketch.base;
    },

    ArrayBuffer: sketchArrayBuffer,
    SharedArrayBuffer: sketchArrayBuffer,

    DataView(sketch, view, { constructor, tag }) {
      sketch.keys = this.keys(view);
      sketch.open = `${prefix(constructor, tag, 'DataView')}{`;
      sketch.lines = (lines, inner) => {
        this.indent += 2;
        for (const key of ['byteLength', 'byteOffset', 'buffer']) {
          lines.push(`${this.style(`[${key}]`, 'string')}: ${this.value(view[key], inner)}`);
        }
        this.indent -= 2;
      };
    },

    Promise(sketch, promise, { constructor, tag }) {
      sketch.keys = this.keys(promise);
      sketch.open = `${prefix(constructor, tag, 'Promise')}{`;
      sketch.lines = (lines, inner) => {
        const [state, result] = promiseParts(promise);
        if (state === 0) return void lines.push(this.style('<pending>', 'special'));
        this.indent += 2;
        const text = this.value(result, inner);
        this.indent -= 2;
        lines.push(state === 2 ? `${this.style('<rejected>', 'special')} ${text}` : text);
      };
    },

    WeakMap: sketchOpaque('<items unknown>'),
    WeakSet: sketchOpaque('<items unknown>'),
  };
  for (const kind of ['', 'Async', 'Generator', 'AsyncGenerator']) sketchers[`${kind}Function`] = sketchFunction;
  for (const kind of 'Int8 Uint8 Uint8Clamped Int16 Uint16 Int32 Uint32 Float16 Float32 Float64 BigInt64 BigUint64'.split(
    ' ',
  )) {
    sketchers[`${kind}Array`] = sketchTyped;
  }
  const unbox = {};
  for (const boxed of [Number, String, Boolean, Symbol, BigInt]) {
    sketchers[boxed.name] = sketchBoxed;
    unbox[boxed.name] = method(boxed.prototype.valueOf);
  }

  // The public functions

  // Options of a call: the defaults, what the caller changes, and the function that colours.
  function complete(given) {
    const options = { ...defaults, ...given };
    options.stylize = options.colors ? colored : uncolored;
    if (options.maxArrayLength === null) options.maxArrayLength = Infinity;
    if (options.maxStringLength === null) options.maxStringLength = Infinity;
    return options;
  }

  function inspect(value, options) {
    const given = typeof options === 'object' && options !== null ? options : {};
    // The old form: inspect(value, showHidden, depth, colors).
    if (arguments.length > 2 || typeof options === 'boolean') {
      const legacy = { ...given };
      if (typeof options === 'boolean') legacy.showHidden = options;
      if (arguments[2] !== undefined) legacy.depth = arguments[2];
      if (arguments[3] !== undefined) legacy.colors = arguments[3];
      return new Inspector(complete(legacy)).value(value, 0);
    }
    return new Inspector(complete(given)).value(value, 0);
  }

  Object.defineProperty(inspect, 'defaultOptions', {
    get: () => defaults,
    set(options) {
      if (typeof options !== 'object' || options === null)
        throw internal.errors.invalidArgType('options', 'object', options);
      Object.assign(defaults, options);
    },
  });
  Object.assign(inspect, { custom, colors, styles });

  // Buffers: `<Buffer 68 65 6c 6c 6f ... 3 more bytes>`, own properties after the bytes. The method
  // `Buffer.prototype[inspect.custom](depth, options)` calls this.

  let inspectMaxBytes = 50;

  function inspectBuffer(buffer, depth, options) {
    const length = typedLength(buffer);
    const shown = Math.min(inspectMaxBytes, length);
    let text = hexPairs(buffer, shown);
    if (length > shown) text += ` ... ${length - shown} more byte${plural(length - shown)}`;
    if (options) {
      const keys = new Inspector(options).nonIndexKeys(buffer);
      if (keys.length > 0) {
        const extras = { __proto__: null };
        for (const key of keys) Object.defineProperty(extras, key, { value: buffer[key], enumerable: true });
        // Without braces and the note of the missing prototype.
        const inner = inspect(extras, { ...options, breakLength: Infinity, compact: true });
        text += `${length === 0 ? '' : ', '}${inner.slice('[Object: null prototype] { '.length, -2)}`;
      }
    }
    return `<${buffer.constructor?.name || 'Buffer'} ${text}>`;
  }

  return {
    inspect,
    isBuiltin,
    stackText,
    inspectBuffer,
    get inspectMaxBytes() {
      return inspectMaxBytes;
    },
    set inspectMaxBytes(bytes) {
      inspectMaxBytes = bytes;
    },
  };
})
