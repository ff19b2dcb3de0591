// The module `plimsoll`: what the load of a view is, and how to lighten it.
//
// Needs of `internal`: natives weigh, own, shouldCopy, audit; errors
(function (internal) {
  'use strict';

  function check(view) {
    if (!ArrayBuffer.isView(view)) throw internal.errors.invalidArgType('view', ['Buffer', 'TypedArray', 'DataView'], view);
  }

  // `{ net, gross }` in bytes: what the view shows, and what it keeps alive.
  function weigh(view) {
    check(view);
    const [net, gross] = internal.weigh(view);
    return { net, gross };
  }

  // A copy on a store of its own size, outside the pool. A view that has its store to itself is returned as it is.
  function compact(view) {
    const { net, gross } = weigh(view);
    if (net === gross) return view;
    const own = internal.own(view);
    if (Buffer.isBuffer(view)) return own;
    if (view instanceof DataView) return new DataView(own.buffer);
    return new view.constructor(own.buffer, 0, net / view.BYTES_PER_ELEMENT);
  }

  // `compact`, but only where it pays: when the store is much heavier than what the view shows.
  function keep(view) {
    check(view);
    return internal.shouldCopy(view) ? compact(view) : view;
  }

  // The report so far as an object (see docs); undefined unless the program runs under `plimsoll audit`.
  function audit() {
    const report = internal.audit();
    return report === undefined ? undefined : JSON.parse(report);
  }

  return { weigh, compact, keep, audit };
})
