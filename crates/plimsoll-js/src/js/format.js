// `util.format`: texts with directives such as `%s`, as `console.log` prints them.
//
// Needs of `internal`: brand, proxyParts, see inspect.js; text, inspect; errors when a message is made
(function (internal) {
  'use strict';

  const { brand, proxyParts } = internal;
  const { getOwnPropertyDescriptor, getPrototypeOf, hasOwn } = Object;
  const { numberText, bigintText } = internal.text;
  const { inspect, isBuiltin } = internal.inspect;

  // Whether the text of an object is that of a class of the language: then `%s` inspects it.
  function hasBuiltinText(object) {
    while (brand(object) === 'Proxy') {
      object = proxyParts(object)[0];
      if (object === null) return true;
    }
    if (typeof object[Symbol.toPrimitive] === 'function' && brand(object) !== 'Date') return false;
    if (typeof object.toString !== 'function') return true;
    if (hasOwn(object, 'toString')) return false;
    let holder = object;
    do holder = getPrototypeOf(holder);
    while (!hasOwn(holder, 'toString'));
    const constructor = getOwnPropertyDescriptor(holder, 'constructor')?.value;
    return typeof constructor === 'function' && isBuiltin(constructor.name);
  }

  function json(value) {
    try {
      return JSON.stringify(value);
    } catch (error) {
      if (error instanceof TypeError && /circular/i.test(error.message)) return '[Circular]';
      throw error;
    }
  }

  function asNumber(value, convert, separated) {
    if (typeof value === 'bigint') return bigintText(value, separated);
    return typeof value === 'symbol' ? 'NaN' : numberText(convert(value), separated);
  }

  // The text of one directive such as `%s`; undefined for a character that is none.
  function directive(character, value, options) {
    const separated = options?.numericSeparator ?? inspect.defaultOptions.numericSeparator;
    switch (character) {
      case 's':
        if (typeof value === 'number') return numberText(value, separated);
        if (typeof value === 'bigint') return bigintText(value, separated);
        if (typeof value === 'object' && value !== null && hasBuiltinText(value)) {
          return inspect(value, { ...options, depth: 0, colors: false, compact: 3 });
        }
        return String(value);
      case 'd':
        return asNumber(value, Number, separated);
      case 'i':
        return asNumber(value, (text) => parseInt(text), separated);
      case 'f':
        return typeof value === 'symbol' ? 'NaN' : numberText(parseFloat(value), separated);
      case 'j':
        return `${json(value)}`;
      case 'o':
        return inspect(value, { ...options, showHidden: true, showProxy: true, depth: 4 });
      case 'O':
        return inspect(value, options);
      case 'c':
        return '';
    }
  }

  function formatWithOptions(options, ...values) {
    if (typeof options !== 'object' || options === null) {
      throw internal.errors.invalidArgType('inspectOptions', 'object', options);
    }
    return formatValues(options, values);
  }

  function formatValues(options, values) {
    const [first] = values;
    if (values.length === 1) return typeof first === 'string' ? first : inspect(first, options);
    let text = '';
    let used = 0;
    if (typeof first === 'string') {
      used = 1;
      let from = 0;
      for (let at = first.indexOf('%'); at !== -1 && at < first.length - 1; at = first.indexOf('%', at)) {
        const character = first[at + 1];
        let replaced;
        if (character === '%') replaced = '%';
        else if (used < values.length) replaced = directive(character, values[used], options);
        if (replaced === undefined) {
          at++;
          continue;
        }
        if (character !== '%') used++;
        text += first.slice(from, at) + replaced;
        from = at += 2;
      }
      text += first.slice(from);
    }
    for (; used < values.length; used++) {
      const value = values[used];
      if (used > 0) text += ' ';
      text += typeof value === 'string' ? value : inspect(value, options);
    }
    return text;
  }

  const format = (...values) => formatValues(undefined, values);

  return { format, formatWithOptions };
})
