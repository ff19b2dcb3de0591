// The colours of a terminal, and which of them `util.inspect` gives to which kind of value.
//
// Needs nothing of `internal`.
(function () {
  'use strict';

  const colors = {
    __proto__: null,
    reset: [0, 0],
    bold: [1, 22],
    dim: [2, 22],
    italic: [3, 23],
    underline: [4, 24],
    blink: [5, 25],
    inverse: [7, 27],
    hidden: [8, 28],
    strikethrough: [9, 29],
    doubleunderline: [21, 24],
  };
  ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'].forEach((name, index) => {
    const capital = `bg${name[0].toUpperCase()}${name.slice(1)}`;
    colors[name] = [30 + index, 39];
    colors[capital] = [40 + index, 49];
    if (index === 0) return;
    colors[`${name}Bright`] = [90 + index, 39];
    colors[`${capital}Bright`] = [100 + index, 49];
  });
  Object.assign(colors, { framed: [51, 54], overlined: [53, 55], gray: [90, 39], bgGray: [100, 49] });
  for (const [alias, name] of [
    ['grey', 'gray'],
    ['blackBright', 'gray'],
    ['bgGrey', 'bgGray'],
    ['bgBlackBright', 'bgGray'],
    ['faint', 'dim'],
    ['crossedout', 'strikethrough'],
    ['strikeThrough', 'strikethrough'],
    ['crossedOut', 'strikethrough'],
    ['conceal', 'hidden'],
    ['swapColors', 'inverse'],
    ['swapcolors', 'inverse'],
    ['doubleUnderline', 'doubleunderline'],
  ]) {
    Object.defineProperty(colors, alias, {
      get: () => colors[name],
      set: (value) => (colors[name] = value),
      configurable: true,
      enumerable: false,
    });
  }

  const styles = {
    __proto__: null,
    special: 'cyan',
    number: 'yellow',
    bigint: 'yellow',
    boolean: 'yellow',
    undefined: 'grey',
    null: 'bold',
    string: 'green',
    symbol: 'green',
    date: 'magenta',
    regexp: 'red',
    module: 'underline',
  };

  const uncolored = (text) => text;
  function colored(text, kind) {
    const color = colors[styles[kind]];
    return color === undefined ? text : `\x1b[${color[0]}m${text}\x1b[${color[1]}m`;
  }

  return { colors, styles, colored, uncolored };
})
