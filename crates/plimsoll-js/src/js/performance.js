// The module `perf_hooks` and the global `performance`: the clock.
//
// Needs of `internal`: now(), timeOrigin
(function (internal) {
  'use strict';

  class Performance {
    get timeOrigin() {
      return internal.timeOrigin;
    }
    now() {
      return internal.now();
    }
    mark(name) {
      return { name: `${name}`, entryType: 'mark', startTime: internal.now(), duration: 0 };
    }
    toJSON() {
      return { timeOrigin: internal.timeOrigin };
    }
  }
  return { performance: new Performance(), Performance };
})
