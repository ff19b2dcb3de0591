//! The bytes behind typed arrays, `DataView`s and `ArrayBuffer`s.

use std::cell::Cell;
use std::ptr;

use rquickjs::qjs;

use super::runtime::Slot;
use super::{Ctx, Ref, Val};

/// The element type of a typed array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementKind {
    Uint8Clamped,
    Int8,
    Uint8,
    Int16,
    Uint16,
    Int32,
    Uint32,
    BigInt64,
    BigUint64,
    Float16,
    Float32,
    Float64,
}

impl ElementKind {
    pub(crate) const EVERY: [ElementKind; 12] = {
        use ElementKind::*;
        [Uint8Clamped, Int8, Uint8, Int16, Uint16, Int32, Uint32, BigInt64, BigUint64, Float16, Float32, Float64]
    };

    /// Bytes of one element.
    pub(crate) const fn size(self) -> usize {
        use ElementKind::*;
        match self {
            Uint8Clamped | Int8 | Uint8 => 1,
            Int16 | Uint16 | Float16 => 2,
            Int32 | Uint32 | Float32 => 4,
            BigInt64 | BigUint64 | Float64 => 8,
        }
    }
}

/// What kind of object holds or shows the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ViewKind {
    Typed(ElementKind),
    DataView,
    ArrayBuffer,
    SharedArrayBuffer,
}

/// Where a view lies in its `ArrayBuffer`.
pub(crate) struct ViewInfo {
    /// The `ArrayBuffer` or `SharedArrayBuffer`; the object itself if it is one.
    pub(crate) buffer: Val,
    /// Bytes from its start.
    pub(crate) offset: usize,
    /// Bytes shown.
    pub(crate) len: usize,
}

impl Ctx {
    /// What kind of byte-bearing object it is; `None` for everything else. Subclasses count as what they extend, so a `Buffer` is
    /// `Typed(Uint8)`.
    #[inline]
    pub(crate) fn view_kind(&self, value: Ref<'_>) -> Option<ViewKind> {
        if !value.is_object() {
            return None;
        }
        // SAFETY: reads the object's class.
        let typed = unsafe { qjs::JS_GetTypedArrayType(value.raw()) };
        if let Some(&kind) = usize::try_from(typed).ok().and_then(|index| ElementKind::EVERY.get(index)) {
            return Some(ViewKind::Typed(kind));
        }
        // SAFETY: reads the object's class.
        if unsafe { qjs::JS_IsArrayBuffer(value.raw()) } {
            return Some(ViewKind::ArrayBuffer);
        }
        // SAFETY: reads the object's class.
        if unsafe { qjs::JS_IsDataView(value.raw()) } {
            return Some(ViewKind::DataView);
        }
        // SAFETY: reads the object's class.
        let class = unsafe { qjs::JS_GetClassID(value.raw()) };
        (class == self.inner().shared_class.get()).then_some(ViewKind::SharedArrayBuffer)
    }

    /// Whether it is a `Uint8Array` (a `Buffer` is one).
    #[inline]
    pub(crate) fn is_uint8_array(&self, value: Ref<'_>) -> bool {
        // SAFETY: reads the object's class.
        value.is_object() && unsafe { qjs::JS_GetTypedArrayType(value.raw()) } == ElementKind::Uint8 as i32
    }

    /// The bytes that a typed array, `DataView`, `ArrayBuffer` or `SharedArrayBuffer` shows. **Shares memory.** `None` for anything
    /// else; a view whose buffer was detached or shrunk away shows no bytes.
    ///
    /// The borrow lasts as long as no JavaScript runs: convert the other arguments first.
    #[inline]
    pub(crate) fn bytes<'s>(&'s self, value: Ref<'s>) -> Option<&'s [Cell<u8>]> {
        if self.is_uint8_array(value) && !self.inner().resizable_seen.get() {
            let mut len = 0;
            // SAFETY: the value is a live `Uint8Array`.
            let ptr = unsafe { qjs::JS_GetUint8Array(self.raw(), &mut len, value.raw()) };
            if ptr.is_null() {
                // Detached: the engine raised an error. (An empty array has a pointer: stores are never at null.)
                self.drop_exception();
                return Some(&[]);
            }
            // SAFETY: `len` bytes in a store that lives as long as the view, which `value` holds; a view's bytes go away only
            // when JavaScript runs, which needs `&mut Ctx` (rule 4). `Cell` allows that other views write to them.
            return Some(unsafe { std::slice::from_raw_parts(ptr.cast_const().cast(), len as usize) });
        }
        let info = self.view(value)?;
        let mut total = 0;
        // SAFETY: an `ArrayBuffer` or `SharedArrayBuffer`.
        let start = unsafe { qjs::JS_GetArrayBuffer(self.raw(), &mut total, info.buffer.as_ref().raw()) };
        if start.is_null() {
            self.drop_exception();
            return Some(&[]);
        }
        let len = info.len.min((total as usize).saturating_sub(info.offset));
        if len == 0 {
            return Some(&[]);
        }
        // SAFETY: within the buffer's bytes by the line above; the rest as in the fast path.
        Some(unsafe { std::slice::from_raw_parts(start.add(info.offset).cast_const().cast(), len) })
    }

    /// Where a view lies. `None` for values without bytes. A detached view has length 0.
    pub(crate) fn view(&self, value: Ref<'_>) -> Option<ViewInfo> {
        let kind = self.view_kind(value)?;
        match kind {
            ViewKind::ArrayBuffer | ViewKind::SharedArrayBuffer => {
                let mut len = 0;
                // SAFETY: the value is one of the two.
                let start = unsafe { qjs::JS_GetArrayBuffer(self.raw(), &mut len, value.raw()) };
                if start.is_null() {
                    self.drop_exception();
                }
                Some(ViewInfo { buffer: self.dup(value), offset: 0, len: len as usize })
            }
            ViewKind::Typed(_) => {
                let (mut offset, mut len) = (0, 0);
                // SAFETY: the value is a typed array; the last pointer may be null.
                let raw = unsafe {
                    qjs::JS_GetTypedArrayBuffer(self.raw(), value.raw(), &mut offset, &mut len, ptr::null_mut())
                };
                let Ok(buffer) = self.own(raw) else {
                    self.drop_exception();
                    return Some(ViewInfo { buffer: Val::UNDEFINED, offset: 0, len: 0 });
                };
                let mut len = len as usize;
                if self.inner().resizable_seen.get() {
                    // The engine's figure is that of the view's birth; the getter follows the buffer's length.
                    len = self.ask(self.inner().intrinsics.get().map(|all| all.typed_length), value);
                }
                Some(ViewInfo { buffer, offset: offset as usize, len })
            }
            ViewKind::DataView => {
                let intrinsics = *self.inner().intrinsics.get()?;
                let buffer = self.ask_value(intrinsics.dataview_buffer, value);
                let offset = self.ask(Some(intrinsics.dataview_offset), value);
                let len = self.ask(Some(intrinsics.dataview_length), value);
                Some(ViewInfo { buffer, offset, len })
            }
        }
    }

    /// Calls one of the engine's own getters, which run no program code. `undefined` if it fails.
    fn ask_value(&self, getter: Slot, value: Ref<'_>) -> Val {
        let getter = self.slot(getter);
        // SAFETY: both are alive; the getter is the engine's own, taken before any script ran, and calls nothing.
        let raw = unsafe { qjs::JS_Call(self.raw(), getter.as_ref().raw(), value.raw(), 0, ptr::null_mut()) };
        self.own(raw).unwrap_or_else(|_| {
            self.drop_exception();
            Val::UNDEFINED
        })
    }

    fn ask(&self, getter: Option<Slot>, value: Ref<'_>) -> usize {
        let Some(getter) = getter else { return 0 };
        self.ask_value(getter, value).as_ref().as_number().map_or(0, |number| number as usize)
    }
}
