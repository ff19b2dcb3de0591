// Timers, in the order in which Node runs them. The host asks for one callback at a time.
//
// Needs of `internal`: now() milliseconds; errors
(function (internal) {
  'use strict';

  const LONGEST = 2 ** 31 - 1;
  const heap = []; // by time, then by age
  const known = new Map(); // number -> timer, for clearTimeout(number)
  let count = 0;
  let alive = 0; // timers that keep the program running
  internal.timersInUse = true;

  const earlier = (a, b) => a.due < b.due || (a.due === b.due && a.age < b.age);

  const { apply } = Reflect;

  function swap(i, j) {
    const other = heap[i];
    heap[i] = heap[j];
    heap[j] = other;
    heap[i].place = i;
    heap[j].place = j;
  }

  function up(i) {
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!earlier(heap[i], heap[parent])) return;
      swap(i, parent);
      i = parent;
    }
  }

  function down(i) {
    for (;;) {
      let first = i;
      for (let child = 2 * i + 1; child <= 2 * i + 2; child++) {
        if (child < heap.length && earlier(heap[child], heap[first])) first = child;
      }
      if (first === i) return;
      swap(i, first);
      i = first;
    }
  }

  function insert(timer) {
    timer.due = Math.floor(internal.now()) + timer.delay;
    timer.age = ++count;
    timer.place = heap.length;
    heap[timer.place] = timer;
    up(timer.place);
    if (timer.isRef) alive++;
  }

  function remove(timer) {
    const { place } = timer;
    if (place === -1) return;
    const last = heap[heap.length - 1];
    heap.length--;
    timer.place = -1;
    if (timer.isRef) alive--;
    if (last === timer) return;
    heap[place] = last;
    last.place = place;
    up(place);
    down(last.place);
  }

  // Hidden from `console.log(timer)`: what the heap needs.
  const hidden = { writable: true, enumerable: false };

  class Timeout {
    constructor(callback, delay, args, repeats) {
      delay = Number(delay);
      if (!(delay >= 1 && delay <= LONGEST)) {
        if (delay > LONGEST) {
          const message = `${delay} does not fit into a 32-bit signed integer.\nTimeout duration was set to 1.`;
          internal.emitWarning(message, 'TimeoutOverflowWarning');
        }
        delay = 1;
      }
      Object.defineProperties(this, {
        callback: { value: callback, ...hidden },
        args: { value: args, ...hidden },
        delay: { value: Math.trunc(delay), ...hidden },
        repeats: { value: repeats, ...hidden },
        isRef: { value: true, ...hidden },
        isOver: { value: false, ...hidden },
        due: { value: 0, ...hidden },
        age: { value: 0, ...hidden },
        place: { value: -1, ...hidden },
        number: { value: 0, ...hidden },
      });
      insert(this);
    }
    ref() {
      if (!this.isRef && this.place !== -1) alive++;
      this.isRef = true;
      return this;
    }
    unref() {
      if (this.isRef && this.place !== -1) alive--;
      this.isRef = false;
      return this;
    }
    hasRef() {
      return this.isRef;
    }
    refresh() {
      if (!this.isOver) {
        remove(this);
        insert(this);
      }
      return this;
    }
    close() {
      cancel(this);
      return this;
    }
    [Symbol.toPrimitive]() {
      if (this.number === 0) {
        this.number = this.age;
        known.set(this.number, this);
      }
      return this.number;
    }
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
      cancel(this);
    }
  }

  function cancel(timer) {
    timer.isOver = true;
    remove(timer);
    if (timer.number !== 0) known.delete(timer.number);
  }

  function clear(timer) {
    if (timer instanceof Timeout) cancel(timer);
    else if (typeof timer === 'number' || typeof timer === 'string') {
      const found = known.get(Number(timer));
      if (found !== undefined) cancel(found);
    }
  }

  function setTimeout(callback, delay, ...args) {
    internal.errors.checkFunction(callback, 'callback');
    return new Timeout(callback, delay, args, false);
  }

  function setInterval(callback, delay, ...args) {
    internal.errors.checkFunction(callback, 'callback');
    return new Timeout(callback, delay, args, true);
  }

  // Immediates: those queued by immediates wait for the next round.

  let queued = [];
  let round = [];
  let at = 0;
  let immediatesAlive = 0;

  class Immediate {
    constructor(callback, args) {
      Object.defineProperties(this, {
        callback: { value: callback, ...hidden },
        args: { value: args, ...hidden },
        isRef: { value: true, ...hidden },
      });
      immediatesAlive++;
      queued[queued.length] = this;
    }
    ref() {
      if (!this.isRef && this.callback !== null) immediatesAlive++;
      this.isRef = true;
      return this;
    }
    unref() {
      if (this.isRef && this.callback !== null) immediatesAlive--;
      this.isRef = false;
      return this;
    }
    hasRef() {
      return this.isRef;
    }
    [Symbol.dispose ?? Symbol.for('Symbol.dispose')]() {
      clearImmediate(this);
    }
  }

  function setImmediate(callback, ...args) {
    internal.errors.checkFunction(callback, 'callback');
    return new Immediate(callback, args);
  }

  function clearImmediate(immediate) {
    if (!(immediate instanceof Immediate) || immediate.callback === null) return;
    immediate.callback = null;
    if (immediate.isRef) immediatesAlive--;
  }

  // Runs the first timer that is due; false if none is.
  internal.loop.runTimer = (now) => {
    const timer = heap[0];
    if (timer === undefined || timer.due > now) return false;
    remove(timer);
    if (!timer.repeats) timer.isOver = true;
    try {
      apply(timer.callback, timer, timer.args);
    } finally {
      if (timer.repeats && !timer.isOver && timer.place === -1) insert(timer);
      else if (timer.isOver && timer.number !== 0) known.delete(timer.number);
    }
    return true;
  };
  internal.loop.startRound = () => {
    if (at < round.length) return;
    round = queued;
    queued = [];
    at = 0;
  };
  internal.loop.runImmediate = () => {
    while (at < round.length) {
      const immediate = round[at];
      // What has run is not kept alive.
      round[at++] = undefined;
      const { callback } = immediate;
      if (callback === null) continue;
      clearImmediate(immediate);
      apply(callback, immediate, immediate.args);
      return true;
    }
    return false;
  };
  // When to wake up: 0 now, milliseconds since the start, or -1 if nothing keeps the program running.
  internal.loop.nextDue = () => {
    if (immediatesAlive > 0) return 0;
    return alive > 0 ? heap[0].due : -1;
  };

  const timers = { setTimeout, clearTimeout: clear, setImmediate, clearImmediate, setInterval, clearInterval: clear };
  Object.defineProperty(clear, 'name', { value: 'clearTimeout' });
  internal.lazy(timers, 'promises', () => ({
    setTimeout: (delay, value) => new Promise((resolve) => setTimeout(resolve, delay, value)),
    setImmediate: (value) => new Promise((resolve) => setImmediate(resolve, value)),
  }));
  const custom = Symbol.for('nodejs.util.promisify.custom');
  Object.defineProperty(setTimeout, custom, { get: () => timers.promises.setTimeout });
  Object.defineProperty(setImmediate, custom, { get: () => timers.promises.setImmediate });
  return timers;
})
