// What is printed when a program fails.
//
// Needs of `internal`: inspect, errors, sourceLine(stack)
(function (internal) {
  'use strict';

  const LONGEST_LINE = 200;

  // The line of the program where it happened, with a mark under the place.
  function excerpt(error) {
    const place = internal.sourceLine(`${error.stack}`);
    if (place === undefined) return '';
    const [file, line, column, text] = place;
    if (text.length > LONGEST_LINE) return `${file}:${line}\n\n`;
    const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
    return `${file}:${line}\n${text}\n${indent}^\n\n`;
  }

  function text(error) {
    const { inspect } = internal.inspect;
    if (!Error.isError(error)) return `Uncaught:\n${inspect(error)}\n`;
    let place = '';
    try {
      place = excerpt(error);
    } catch {
      // A stack that cannot be read says nothing.
    }
    return `${place}${inspect(error)}\n`;
  }

  function rejection(reason) {
    if (Error.isError(reason)) return reason;
    const message =
      'This error originated either by throwing inside of an async function without a catch block, or by rejecting a promise ' +
      `which was not handled with .catch(). The promise rejected with the reason "${internal.inspect.inspect(reason)}".`;
    const error = internal.errors.makeError(Error, 'ERR_UNHANDLED_REJECTION', message);
    const hidden = { __proto__: null, writable: true, configurable: true, enumerable: false };
    Object.defineProperty(error, 'name', { ...hidden, value: 'UnhandledPromiseRejection' });
    return Object.defineProperty(error, 'stack', { ...hidden, value: `UnhandledPromiseRejection: ${message}` });
  }

  return { text, rejection };
})
