// The module `events`: EventEmitter, and the static helpers that programs use with it.
//
// Needs of `internal`: errors, inspect
(function (internal) {
  'use strict';

  const { checkFunction, invalidArgType, outOfRange, unhandledError, warn } = internal.errors;

  // These two take part in how Node prints an emitter.
  const shapeMode = Symbol('shapeMode');
  const capture = Symbol('kCapture');
  const errorMonitor = Symbol('events.errorMonitor');
  let defaultMaxListeners = 10;

  function EventEmitter(options) {
    EventEmitter.init.call(this, options);
  }

  EventEmitter.init = function init(options) {
    if (this._events === undefined || this._events === Object.getPrototypeOf(this)._events) {
      this._events = { __proto__: null };
      this._eventsCount = 0;
    }
    this._maxListeners = this._maxListeners || undefined;
    this[shapeMode] = false;
    if (options?.captureRejections !== undefined && typeof options.captureRejections !== 'boolean') {
      throw invalidArgType('options.captureRejections', 'boolean', options.captureRejections);
    }
    this[capture] = options?.captureRejections ?? false;
  };

  const { prototype } = EventEmitter;
  prototype._events = undefined;
  prototype._eventsCount = 0;
  prototype._maxListeners = undefined;

  // Listeners of one event: undefined, a function, or a list that is never changed while it is being called.
  const listOf = (held) => (held === undefined ? [] : typeof held === 'function' ? [held] : held);

  function checkLimit(limit, name) {
    if (typeof limit !== 'number') throw invalidArgType(name, 'number', limit);
    if (!(limit >= 0)) throw outOfRange(name, '>= 0', limit);
  }

  function add(emitter, name, listener, first) {
    checkFunction(listener, 'listener');
    if (emitter._events === undefined) {
      emitter._events = { __proto__: null };
      emitter._eventsCount = 0;
    } else if (emitter._events.newListener !== undefined) {
      emitter.emit('newListener', name, listener.listener ?? listener);
    }
    const events = emitter._events;
    const held = events[name];
    if (held === undefined) {
      events[name] = listener;
      emitter._eventsCount++;
      return emitter;
    }
    let list = held;
    if (typeof held === 'function') events[name] = list = first ? [listener, held] : [held, listener];
    else if (first) held.unshift(listener);
    else held.push(listener);

    const limit = emitter.getMaxListeners();
    if (limit > 0 && list.length > limit && !list.warned) {
      list.warned = true;
      const owner = internal.inspect.inspect(emitter, { depth: -1 });
      warn(
        `Possible EventEmitter memory leak detected. ${list.length} ${String(name)} listeners added to ${owner}. ` +
          `MaxListeners is ${limit}. Use emitter.setMaxListeners() to increase limit`,
        'MaxListenersExceededWarning',
      );
    }
    return emitter;
  }

  function onceWrapper(...values) {
    if (this.fired) return;
    this.target.removeListener(this.name, this.wrapped);
    this.fired = true;
    return this.listener.apply(this.target, values);
  }

  function wrapOnce(target, name, listener) {
    checkFunction(listener, 'listener');
    const state = { fired: false, wrapped: undefined, target, name, listener };
    const wrapped = onceWrapper.bind(state);
    wrapped.listener = listener;
    state.wrapped = wrapped;
    return wrapped;
  }

  const methods = {
    setMaxListeners: function setMaxListeners(n) {
      checkLimit(n, 'setMaxListeners');
      this._maxListeners = n;
      return this;
    },

    getMaxListeners: function getMaxListeners() {
      return this._maxListeners === undefined ? defaultMaxListeners : this._maxListeners;
    },

    emit: function emit(name, ...values) {
      const events = this._events;
      if (name === 'error') {
        if (events?.[errorMonitor] !== undefined) this.emit(errorMonitor, ...values);
        if (events?.error === undefined) {
          const [error] = values;
          throw error instanceof Error ? error : unhandledError(error);
        }
      }
      const held = events?.[name];
      if (held === undefined) return false;
      if (typeof held === 'function') held.apply(this, values);
      else for (const listener of [...held]) listener.apply(this, values);
      return true;
    },

    addListener: function addListener(type, listener) {
      return add(this, type, listener, false);
    },

    prependListener: function prependListener(type, listener) {
      return add(this, type, listener, true);
    },

    once: function once(type, listener) {
      return this.on(type, wrapOnce(this, type, listener));
    },

    prependOnceListener: function prependOnceListener(type, listener) {
      return this.prependListener(type, wrapOnce(this, type, listener));
    },

    removeListener: function removeListener(type, listener) {
      checkFunction(listener, 'listener');
      const events = this._events;
      const held = events?.[type];
      if (held === undefined) return this;
      if (typeof held === 'function') {
        if (held !== listener && held.listener !== listener) return this;
        this._eventsCount--;
        if (this._eventsCount === 0) this._events = { __proto__: null };
        else delete events[type];
      } else {
        const at = held.findLastIndex((each) => each === listener || each.listener === listener);
        if (at === -1) return this;
        held.splice(at, 1);
        if (held.length === 1) events[type] = held[0];
      }
      if (events.removeListener !== undefined) this.emit('removeListener', type, listener);
      return this;
    },

    removeAllListeners: function removeAllListeners(type) {
      const events = this._events;
      if (events === undefined) return this;
      if (events.removeListener !== undefined && arguments.length === 0) {
        // Each one is told of, that of `removeListener` itself last.
        for (const name of Reflect.ownKeys(events)) if (name !== 'removeListener') this.removeAllListeners(name);
        this.removeAllListeners('removeListener');
      }
      if (arguments.length === 0) {
        this._events = { __proto__: null };
        this._eventsCount = 0;
      } else if (events[type] !== undefined) {
        if (events.removeListener !== undefined) {
          for (const listener of [...listOf(events[type])].reverse()) this.removeListener(type, listener);
        } else {
          this._eventsCount--;
          if (this._eventsCount === 0) this._events = { __proto__: null };
          else delete events[type];
        }
      }
      return this;
    },

    listeners: function listeners(type) {
      return listOf(this._events?.[type]).map((listener) => listener.listener ?? listener);
    },

    rawListeners: function rawListeners(type) {
      return [...listOf(this._events?.[type])];
    },

    listenerCount: function listenerCount(type, listener) {
      const list = listOf(this._events?.[type]);
      if (listener === undefined || listener === null) return list.length;
      return list.filter((each) => each === listener || each.listener === listener).length;
    },

    eventNames: function eventNames() {
      return this._eventsCount > 0 ? Reflect.ownKeys(this._events) : [];
    },
  };
  Object.assign(prototype, methods, { on: methods.addListener, off: methods.removeListener });

  // A promise of the values of the next `name`; an 'error' before it rejects.
  function once(emitter, name) {
    return new Promise((resolve, reject) => {
      if (typeof emitter?.once !== 'function') throw invalidArgType('emitter', 'EventEmitter', emitter);
      const fail = (error) => {
        emitter.removeListener(name, succeed);
        reject(error);
      };
      const succeed = (...values) => {
        emitter.removeListener('error', fail);
        resolve(values);
      };
      emitter.once(name, succeed);
      if (name !== 'error') emitter.once('error', fail);
    });
  }

  Object.assign(EventEmitter, {
    once,
    getEventListeners: (emitter, name) => emitter.listeners(name),
    getMaxListeners: (emitter) => emitter.getMaxListeners(),
    listenerCount: (emitter, name) => emitter.listenerCount(name),
    EventEmitter,
    errorMonitor,
    captureRejectionSymbol: Symbol.for('nodejs.rejection'),
    captureRejections: false,
  });
  Object.defineProperty(EventEmitter, 'defaultMaxListeners', {
    enumerable: true,
    get: () => defaultMaxListeners,
    set(limit) {
      checkLimit(limit, 'defaultMaxListeners');
      defaultMaxListeners = limit;
    },
  });

  return EventEmitter;
})
