//! JavaScript values: owned ([`Val`]) and borrowed ([`Ref`]).

use std::marker::PhantomData;
use std::rc::Rc;

use rquickjs::qjs;

use super::runtime::Inner;

/// An owned JavaScript value. Numbers, booleans, `undefined` and `null` own nothing and cost nothing; everything else is a
/// counted reference that is given back on drop.
pub(crate) struct Val {
    raw: qjs::JSValue,
    /// The runtime that the value must be freed in; `None` for values that need no freeing.
    owner: Option<Rc<Inner>>,
}

/// A borrowed JavaScript value: an argument, or a [`Val`] that somebody else owns. Copied freely.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub(crate) struct Ref<'a> {
    raw: qjs::JSValue,
    held: PhantomData<&'a Val>,
}

/// A `BigInt`, as far as 64 bits can say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BigInt {
    /// Between −2^63 and 2^64 − 1.
    Exact(i128),
    /// Outside that range.
    Wide,
}

impl Val {
    pub(crate) const UNDEFINED: Val = Val { raw: qjs::JS_UNDEFINED, owner: None };
    pub(crate) const NULL: Val = Val { raw: qjs::JS_NULL, owner: None };

    /// A boolean.
    #[inline]
    pub(crate) fn bool(value: bool) -> Val {
        Val { raw: if value { qjs::JS_TRUE } else { qjs::JS_FALSE }, owner: None }
    }

    /// A number from a 32-bit integer.
    #[inline]
    pub(crate) fn int(value: i32) -> Val {
        Val { raw: qjs::JS_MKVAL(qjs::JS_TAG_INT, value), owner: None }
    }

    /// A number. Whole numbers within 32 bits become the engine's integers.
    #[inline]
    pub(crate) fn number(value: f64) -> Val {
        Val { raw: qjs::JS_NewFloat64(value), owner: None }
    }

    /// A number from a length or a count. Above 2^53 it rounds.
    #[inline]
    pub(crate) fn size(value: usize) -> Val {
        match i32::try_from(value) {
            Ok(value) => Val::int(value),
            Err(_) => Val::number(value as f64),
        }
    }

    /// Takes over one reference to `raw`.
    ///
    /// # Safety
    /// `raw` carries a reference that the caller gives up, and belongs to `owner`'s runtime.
    #[inline]
    pub(super) unsafe fn from_raw(owner: &Rc<Inner>, raw: qjs::JSValue) -> Val {
        // SAFETY: reads the tag only.
        let counted = unsafe { qjs::JS_VALUE_HAS_REF_COUNT(raw) };
        Val { raw, owner: counted.then(|| Rc::clone(owner)) }
    }

    /// Gives the reference to the caller.
    #[inline]
    pub(super) fn into_raw(mut self) -> qjs::JSValue {
        self.owner = None;
        self.raw
    }

    pub(super) fn owner(&self) -> Option<&Rc<Inner>> {
        self.owner.as_ref()
    }

    /// Borrows the value.
    #[inline]
    pub(crate) fn as_ref(&self) -> Ref<'_> {
        Ref { raw: self.raw, held: PhantomData }
    }
}

impl Clone for Val {
    fn clone(&self) -> Self {
        if let Some(owner) = &self.owner {
            // SAFETY: rule 2: the value belongs to `owner`'s runtime, which is alive; the new reference is owned by the clone.
            unsafe { qjs::JS_DupValueRT(owner.rt(), self.raw) };
        }
        Val { raw: self.raw, owner: self.owner.clone() }
    }
}

impl Drop for Val {
    #[inline]
    fn drop(&mut self) {
        if let Some(owner) = &self.owner {
            // SAFETY: rule 2: the value belongs to `owner`'s runtime, which is alive, and this reference is ours.
            unsafe { qjs::JS_FreeValueRT(owner.rt(), self.raw) };
        }
    }
}

impl std::fmt::Debug for Val {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_ref().fmt(f)
    }
}

impl From<bool> for Val {
    fn from(value: bool) -> Self {
        Val::bool(value)
    }
}

impl From<i32> for Val {
    fn from(value: i32) -> Self {
        Val::int(value)
    }
}

impl From<f64> for Val {
    fn from(value: f64) -> Self {
        Val::number(value)
    }
}

impl Ref<'_> {
    pub(crate) const UNDEFINED: Ref<'static> = Ref { raw: qjs::JS_UNDEFINED, held: PhantomData };

    /// Borrows a value that something else holds.
    ///
    /// # Safety
    /// The value stays alive for the lifetime that the caller picks.
    #[inline]
    pub(super) unsafe fn from_raw<'a>(raw: qjs::JSValue) -> Ref<'a> {
        Ref { raw, held: PhantomData }
    }

    #[inline]
    pub(super) fn raw(self) -> qjs::JSValue {
        self.raw
    }

    #[inline]
    fn tag(self) -> i32 {
        // SAFETY: reads the tag only.
        unsafe { qjs::JS_VALUE_GET_NORM_TAG(self.raw) }
    }

    #[inline]
    pub(crate) fn is_undefined(self) -> bool {
        self.tag() == qjs::JS_TAG_UNDEFINED
    }

    #[inline]
    pub(crate) fn is_null(self) -> bool {
        self.tag() == qjs::JS_TAG_NULL
    }

    #[inline]
    pub(crate) fn is_nullish(self) -> bool {
        self.is_undefined() || self.is_null()
    }

    #[inline]
    pub(crate) fn is_bool(self) -> bool {
        self.tag() == qjs::JS_TAG_BOOL
    }

    #[inline]
    pub(crate) fn is_number(self) -> bool {
        matches!(self.tag(), qjs::JS_TAG_INT | qjs::JS_TAG_FLOAT64)
    }

    #[inline]
    pub(crate) fn is_bigint(self) -> bool {
        matches!(self.tag(), qjs::JS_TAG_BIG_INT | qjs::JS_TAG_SHORT_BIG_INT)
    }

    #[inline]
    pub(crate) fn is_string(self) -> bool {
        matches!(self.tag(), qjs::JS_TAG_STRING | qjs::JS_TAG_STRING_ROPE)
    }

    #[inline]
    pub(crate) fn is_symbol(self) -> bool {
        self.tag() == qjs::JS_TAG_SYMBOL
    }

    /// Anything with properties, functions included.
    #[inline]
    pub(crate) fn is_object(self) -> bool {
        self.tag() == qjs::JS_TAG_OBJECT
    }

    /// A real array, not an object like one.
    #[inline]
    pub(crate) fn is_array(self) -> bool {
        // SAFETY: reads the object's class.
        unsafe { qjs::JS_IsArray(self.raw) }
    }

    /// The number, if it is one; nothing is converted.
    #[inline]
    pub(crate) fn as_number(self) -> Option<f64> {
        match self.tag() {
            // SAFETY: the tag says that the value is an integer.
            qjs::JS_TAG_INT => Some(f64::from(unsafe { qjs::JS_VALUE_GET_INT(self.raw) })),
            // SAFETY: the tag says that the value is a float.
            qjs::JS_TAG_FLOAT64 => Some(unsafe { qjs::JS_VALUE_GET_FLOAT64(self.raw) }),
            _ => None,
        }
    }

    /// The number, if it is one that the engine keeps as a 32-bit integer. A fast test: a whole number that came out of a
    /// calculation may be kept as a float, so try [`Ref::as_number`] next.
    #[inline]
    pub(crate) fn as_int(self) -> Option<i32> {
        // SAFETY: the tag says that the value is an integer.
        (self.tag() == qjs::JS_TAG_INT).then(|| unsafe { qjs::JS_VALUE_GET_INT(self.raw) })
    }

    /// The boolean, if it is one; nothing is converted.
    #[inline]
    pub(crate) fn as_bool(self) -> Option<bool> {
        // SAFETY: the tag says that the value is a boolean.
        self.is_bool().then(|| unsafe { qjs::JS_VALUE_GET_BOOL(self.raw) })
    }

    /// The address of the object, to compare identities with. `None` for primitives.
    pub(crate) fn identity(self) -> Option<usize> {
        // SAFETY: the tag says that the value is a pointer.
        self.is_object().then(|| unsafe { qjs::JS_VALUE_GET_PTR(self.raw) } as usize)
    }

    /// Whether both are the same object. False for primitives.
    pub(crate) fn is_same_object(self, other: Ref<'_>) -> bool {
        self.identity().is_some() && self.identity() == other.identity()
    }
}

impl std::fmt::Debug for Ref<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.tag() {
            qjs::JS_TAG_UNDEFINED => f.write_str("undefined"),
            qjs::JS_TAG_NULL => f.write_str("null"),
            qjs::JS_TAG_BOOL => write!(f, "{:?}", self.as_bool()),
            qjs::JS_TAG_INT | qjs::JS_TAG_FLOAT64 => write!(f, "{:?}", self.as_number()),
            tag => write!(f, "<value with tag {tag}>"),
        }
    }
}
