// Runs in the audited program, on objects that Runtime.queryObjects found. It changes nothing and keeps nothing: what it
// returns lives in the session's object group.
function (pin, internalBinding, ...more) {
  const getter = (of, name) => {
    const { get } = Object.getOwnPropertyDescriptor(of, name);
    return (object) => Reflect.apply(get, object, []);
  };
  const Typed = Object.getPrototypeOf(Uint8Array).prototype;
  const typed = { buffer: getter(Typed, 'buffer'), offset: getter(Typed, 'byteOffset'), length: getter(Typed, 'byteLength') };
  const data = {
    buffer: getter(DataView.prototype, 'buffer'),
    offset: getter(DataView.prototype, 'byteOffset'),
    length: getter(DataView.prototype, 'byteLength'),
  };
  const tag = getter(Typed, Symbol.toStringTag);
  const length = getter(ArrayBuffer.prototype, 'byteLength');
  const sharedLength = getter(SharedArrayBuffer.prototype, 'byteLength');
  const resizable = 'resizable' in ArrayBuffer.prototype ? getter(ArrayBuffer.prototype, 'resizable') : () => false;
  const { isView } = ArrayBuffer;

  // What Node knows itself: which objects are buffers, and the mark that it puts on the slabs of its pool.
  let isBuffer = (object) => object instanceof ArrayBuffer || object instanceof SharedArrayBuffer;
  let mark;
  if (internalBinding) {
    try {
      isBuffer = internalBinding('types').isAnyArrayBuffer ?? isBuffer;
      mark = internalBinding('util').privateSymbols?.untransferable_object_private_symbol;
    } catch {
      // Another version: by size, then.
    }
  }
  const poolSize = globalThis.Buffer?.poolSize;
  const sizes = mark === undefined ? [poolSize] : [8192, 65536, poolSize];
  const slab = (buffer, size) =>
    sizes.some((known) => size >= known && size <= known + 64) && (mark === undefined || buffer[mark] === true);

  const SHARED = 1, SLAB = 2, RESIZABLE = 4;
  const numbers = new Map(), stores = [], shared = [], sharedNumbers = [];
  const number = (buffer) => {
    let known = numbers.get(buffer);
    if (known !== undefined) return known;
    let size, flags = 0;
    try {
      size = length(buffer);
      if (resizable(buffer)) flags |= RESIZABLE;
      else if (slab(buffer, size)) flags |= SLAB;
    } catch {
      try {
        size = sharedLength(buffer);
        flags |= SHARED;
      } catch {
        size = 0;
      }
    }
    known = size === 0 ? -1 : stores.length / 2;
    numbers.set(buffer, known);
    if (known >= 0) {
      stores.push(size, flags);
      if (flags & SHARED) {
        shared.push(buffer);
        sharedNumbers.push(known);
      }
    }
    return known;
  };

  const names = [], classes = new Map();
  const classOf = (view) => {
    const proto = Object.getPrototypeOf(view);
    let known = classes.get(proto);
    if (known !== undefined) return known;
    let name = tag(view) ?? 'DataView';
    for (let at = proto; at !== null; at = Object.getPrototypeOf(at)) {
      const own = Object.getOwnPropertyDescriptor(at, 'constructor');
      if (own === undefined) continue;
      const label = typeof own.value === 'function' && Object.getOwnPropertyDescriptor(own.value, 'name')?.value;
      if (typeof label === 'string' && label !== '') name = label;
      break;
    }
    name = name.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
    if (name === 'FastBuffer') name = 'Buffer';
    known = names.indexOf(name);
    if (known < 0) known = names.push(name) - 1;
    classes.set(proto, known);
    return known;
  };

  const rows = [], views = [];
  let empty = 0;
  for (const list of [this, ...more]) {
    for (let i = 0; i < list.length; i++) {
      const object = list[i];
      if (isView(object)) {
        const of = tag(object) === undefined ? data : typed;
        let start, size;
        try {
          start = of.offset(object);
          size = of.length(object);
        } catch {
          start = size = 0; // a DataView whose buffer was detached, or has shrunk
        }
        const store = number(of.buffer(object));
        if (store < 0) empty++;
        else {
          rows.push(store, start, size, classOf(object));
          if (pin) views.push(object);
        }
      } else if (isBuffer(object)) {
        number(object);
      }
    }
  }
  // Should the connection break now, a worker's session would keep these lists.
  for (const list of [this, ...more]) list.length = 0;
  const memory = process.memoryUsage();
  return {
    shared, views,
    head: () => JSON.stringify({
      version: process.version, names, empty, views: rows.length / 4, stores: stores.length / 2, sharedNumbers,
      arrayBuffers: memory.arrayBuffers, marked: mark !== undefined, poolSize,
    }),
    storesFrom: (from, count) => stores.slice(2 * from, 2 * (from + count)).join(),
    viewsFrom: (from, count) => rows.slice(4 * from, 4 * (from + count)).join(),
  };
}
