//! `ArrayBuffer`s whose bytes are an engine [`Store`], and the death of views.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use plimsoll::Store;
use plimsoll::audit::{Site, Watch};
use rquickjs::qjs;

use super::{Ctx, Flags, Kind, Ref, Thrown, Val};

/// Bytes outside the interpreter's heap: how many, and which store lies where.
#[derive(Default)]
pub(super) struct Ledger {
    live: Cell<u64>,
    stores: RefCell<HashMap<usize, Entry, BuildHasherDefault<AddressHasher>>>,
}

struct Entry {
    store: Store,
    resizable: bool,
}

/// Addresses are spread well enough by one multiplication.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(usize::from(byte));
        }
    }

    fn write_usize(&mut self, value: usize) {
        self.0 = (self.0 ^ (value as u64 >> 3)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(26);
    }
}

impl Ledger {
    fn add(&self, store: &Store, resizable: bool) {
        self.live.set(self.live.get() + store.capacity() as u64);
        if store.capacity() > 0 {
            let entry = Entry { store: store.clone(), resizable };
            self.stores.borrow_mut().insert(store.as_ptr() as usize, entry);
        }
    }

    fn remove(&self, store: &Store) {
        self.live.set(self.live.get().saturating_sub(store.capacity() as u64));
        let entry = self.stores.borrow_mut().remove(&(store.as_ptr() as usize));
        // Dropped after the borrow: freeing a store does not come back here, but nothing should depend on that.
        drop(entry);
    }
}

/// What the engine's `opaque` pointer of an `ArrayBuffer` leads to.
struct Backing {
    store: Store,
    ledger: Rc<Ledger>,
    site: Site,
    resizable: bool,
}

/// How a new `ArrayBuffer` lies on its store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BufferShape {
    /// Its `byteLength`, at most the store's bytes.
    pub(crate) len: usize,
    /// Its `maxByteLength` if it can be resized, at most the store's bytes.
    pub(crate) max_len: Option<usize>,
    /// A `SharedArrayBuffer`.
    pub(crate) shared: bool,
}

/// What an `ArrayBuffer` rests on.
pub(crate) struct BufferInfo {
    pub(crate) store: Store,
    pub(crate) resizable: bool,
}

/// An `ArrayBuffer` of this engine has at most this many bytes.
pub(crate) const MAX_BUFFER: usize = i32::MAX as usize;

impl Ctx {
    /// A new `ArrayBuffer` on the store, which it takes over. **Shares memory**: no byte is copied. `site` names stores that
    /// `transfer(n)` makes in its place. Runs no JavaScript.
    pub(crate) fn array_buffer(&self, store: Store, shape: BufferShape, site: Site) -> Result<Val, Thrown> {
        let BufferShape { len, max_len, shared } = shape;
        let room = store.cells().len();
        if len > room || max_len.is_some_and(|max| max > room || max < len) {
            return Err(Thrown::plain(Kind::RangeError, "Invalid array buffer length"));
        }
        if max_len.is_some() {
            self.inner().resizable_seen.set(true);
        }
        let data = store.as_ptr();
        let ledger = Rc::clone(&self.inner().ledger);
        ledger.add(&store, max_len.is_some());
        let backing = Box::into_raw(Box::new(Backing { store, ledger, site, resizable: max_len.is_some() }));
        // A `maxByteLength` of 0 means "not resizable" to the engine: the difference shows in `resizable` only.
        // SAFETY: `len` bytes at `data`, which live until the callback is called with size 0; `backing` is what that callback expects.
        let raw = unsafe {
            qjs::JS_NewArrayBuffer(
                self.raw(),
                data,
                len as _,
                max_len.unwrap_or(0) as _,
                Some(reallocate),
                backing.cast(),
                shared,
            )
        };
        self.own(raw).inspect_err(|_| {
            // SAFETY: the engine does not call back when it fails, so the box is still ours.
            release(*unsafe { Box::from_raw(backing) });
        })
    }

    /// To be called when no program can reach the engine's own buffer constructors any more, and none has run: from now on every
    /// resizable buffer comes from [`Ctx::array_buffer`], so that lengths can be read the fast way until there is one.
    pub(crate) fn buffers_are_ours(&self) {
        self.inner().resizable_seen.set(false);
    }

    /// What an `ArrayBuffer` or `SharedArrayBuffer` rests on. `None` for other values, for empty and detached buffers, and for the few that
    /// the engine makes by itself in its own heap.
    pub(crate) fn backing(&self, buffer: Ref<'_>) -> Option<BufferInfo> {
        let mut len = 0;
        // SAFETY: fails cleanly for other values.
        let start = unsafe { qjs::JS_GetArrayBuffer(self.raw(), &mut len, buffer.raw()) };
        if start.is_null() {
            self.drop_exception();
            return None;
        }
        let stores = self.inner().ledger.stores.borrow();
        let entry = stores.get(&(start as usize))?;
        Some(BufferInfo { store: entry.store.clone(), resizable: entry.resizable })
    }

    /// Whether it is an `ArrayBuffer` that has been detached.
    pub(crate) fn is_detached(&self, buffer: Ref<'_>) -> bool {
        let mut len = 0;
        // SAFETY: reads the object's class; asked for `ArrayBuffer`s only.
        let is_buffer = unsafe { qjs::JS_IsArrayBuffer(buffer.raw()) };
        // SAFETY: an `ArrayBuffer`.
        let detached = is_buffer && unsafe { qjs::JS_GetArrayBuffer(self.raw(), &mut len, buffer.raw()) }.is_null();
        if detached {
            self.drop_exception();
        }
        detached
    }

    /// Bytes in the stores of all live `ArrayBuffer`s: exact.
    pub(crate) fn external_live(&self) -> u64 {
        self.inner().ledger.live.get()
    }

    /// Ties the watch to the object's life: it ends when the object dies. `key` is the hidden symbol that holds it.
    pub(crate) fn attach(&mut self, object: Ref<'_>, key: Ref<'_>, watch: Watch) -> Result<(), Thrown> {
        let class = self.inner().sentinel.get();
        // SAFETY: the class was registered by `register_sentinel`.
        let sentinel = self.own(unsafe { qjs::JS_NewObjectProtoClass(self.raw(), qjs::JS_NULL, class) })?;
        // SAFETY: an object of that class; its finaliser takes the watch back.
        unsafe { qjs::JS_SetOpaque(sentinel.as_ref().raw(), watch.into_raw().cast_mut()) };
        self.define_key(object, key, sentinel, Flags::FIXED)
    }

    pub(super) fn register_sentinel(&self) -> Result<(), Thrown> {
        let rt = self.inner().rt();
        let mut class = 0;
        // SAFETY: the runtime is alive.
        unsafe { qjs::JS_NewClassID(rt, &mut class) };
        let definition = qjs::JSClassDef {
            class_name: c"Sentinel".as_ptr(),
            finalizer: Some(finalize),
            gc_mark: None,
            call: None,
            exotic: ptr::null_mut(),
        };
        // SAFETY: the definition is copied; the name is static.
        let status = unsafe { qjs::JS_NewClass(rt, class, &definition) };
        self.check(status)?;
        self.inner().sentinel.set(class);
        Ok(())
    }
}

fn release(backing: Backing) {
    backing.ledger.remove(&backing.store);
}

/// The engine's word for "change the size of this memory"; size 0 frees it.
unsafe extern "C" fn reallocate(
    _: *mut qjs::JSRuntime,
    opaque: *mut c_void,
    data: *mut c_void,
    size: qjs::size_t,
) -> *mut c_void {
    let size = size as usize;
    let work = || {
        if size == 0 {
            // SAFETY: made in `array_buffer`; the engine says "free" once.
            release(*unsafe { Box::from_raw(opaque.cast::<Backing>()) });
            return ptr::null_mut();
        }
        // SAFETY: as above, and it is not freed yet; nothing else refers to it.
        let backing = unsafe { &mut *opaque.cast::<Backing>() };
        // A store made from a `Vec` may keep more alive than it has bytes.
        let present = backing.store.cells();
        // A resizable buffer has its maximum reserved, so its bytes never move.
        if size <= present.len() && (backing.resizable || size > backing.store.capacity() / 2) {
            return data;
        }
        match Store::try_zeroed_at(size, backing.site) {
            Ok(store) => {
                plimsoll::cells::copy(present, store.cells());
                backing.ledger.remove(&backing.store);
                backing.ledger.add(&store, backing.resizable);
                backing.store = store;
                backing.store.as_ptr().cast()
            }
            Err(_) => ptr::null_mut(),
        }
    };
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(ptr::null_mut())
}

unsafe extern "C" fn finalize(_: *mut qjs::JSRuntime, value: qjs::JSValue) {
    let mut class = 0;
    // SAFETY: the engine finalises a live object of the sentinel's class.
    let watch = unsafe { qjs::JS_GetAnyOpaque(value, &mut class) };
    if !watch.is_null() {
        // SAFETY: set in `attach`, and an object is finalised once, on its own thread.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(unsafe { Watch::from_raw(watch) })));
    }
}
