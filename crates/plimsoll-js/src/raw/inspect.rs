//! What objects are made of, without running the program's code.

use std::ffi::c_int;
use std::ptr;

use rquickjs::qjs;

use super::{Ctx, Ref, Thrown, Val};

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromiseState {
    Pending,
    Fulfilled,
    Rejected,
}

impl Ctx {
    /// A number for the object's internal class; `None` for primitives. Objects of one class have the same name.
    pub(crate) fn class_id(&self, value: Ref<'_>) -> Option<u32> {
        // SAFETY: reads the object's class.
        value.is_object().then(|| unsafe { qjs::JS_GetClassID(value.raw()) })
    }

    /// The name of the object's internal class: `Map`, `Promise`, `Array Iterator`…
    pub(crate) fn class_name(&self, class: u32) -> Result<Val, Thrown> {
        // SAFETY: the runtime is alive; the result is checked and freed below.
        let atom = unsafe { qjs::JS_GetClassName(self.inner().rt(), class) };
        if atom == qjs::JS_ATOM_NULL {
            return Ok(Val::UNDEFINED);
        }
        // SAFETY: the atom is ours.
        let name = self.own(unsafe { qjs::JS_AtomToString(self.raw(), atom) });
        // SAFETY: as above, freed once.
        unsafe { qjs::JS_FreeAtom(self.raw(), atom) };
        name
    }

    pub(crate) fn is_proxy(&self, value: Ref<'_>) -> bool {
        // SAFETY: reads the object's class.
        unsafe { qjs::JS_IsProxy(value.raw()) }
    }

    /// Target and handler of a proxy; `null` both once it is revoked. `None` for anything else.
    pub(crate) fn proxy_parts(&self, value: Ref<'_>) -> Option<(Val, Val)> {
        if !self.is_proxy(value) {
            return None;
        }
        // SAFETY: the value is a proxy.
        let target = self.own(unsafe { qjs::JS_GetProxyTarget(self.raw(), value.raw()) });
        if target.is_err() {
            self.drop_exception();
        }
        // SAFETY: as above.
        let handler = self.own(unsafe { qjs::JS_GetProxyHandler(self.raw(), value.raw()) });
        if handler.is_err() {
            self.drop_exception();
        }
        match (target, handler) {
            (Ok(target), Ok(handler)) => Some((target, handler)),
            _ => Some((Val::NULL, Val::NULL)),
        }
    }

    /// What became of a promise, and its result. `None` for anything else.
    pub(crate) fn promise_parts(&self, value: Ref<'_>) -> Option<(PromiseState, Val)> {
        // SAFETY: reads the object's class.
        if !unsafe { qjs::JS_IsPromise(value.raw()) } {
            return None;
        }
        // SAFETY: the value is a promise.
        let state = match unsafe { qjs::JS_PromiseState(self.raw(), value.raw()) } {
            qjs::JSPromiseStateEnum_JS_PROMISE_FULFILLED => PromiseState::Fulfilled,
            qjs::JSPromiseStateEnum_JS_PROMISE_REJECTED => PromiseState::Rejected,
            _ => return Some((PromiseState::Pending, Val::UNDEFINED)),
        };
        // SAFETY: as above.
        let result = self.own(unsafe { qjs::JS_PromiseResult(self.raw(), value.raw()) });
        Some((state, result.unwrap_or(Val::UNDEFINED)))
    }

    /// The object's own keys but array indices, strings before symbols. Typed arrays are asked without listing their elements.
    pub(crate) fn own_non_index_keys(&mut self, object: Ref<'_>, enumerable_only: bool) -> Result<Vec<Val>, Thrown> {
        let mut flags = qjs::JS_GPN_STRING_MASK | qjs::JS_GPN_SYMBOL_MASK;
        if enumerable_only {
            flags |= qjs::JS_GPN_ENUM_ONLY;
        }
        let (mut table, mut count) = (ptr::null_mut(), 0);
        // SAFETY: the object is alive; table and count are written, and freed below.
        let status =
            unsafe { qjs::JS_GetOwnPropertyNames(self.raw(), &mut table, &mut count, object.raw(), flags as c_int) };
        self.check(status)?;
        let mut keys = Vec::new();
        for index in 0..count as usize {
            // SAFETY: within the table.
            let atom = unsafe { (*table.add(index)).atom };
            // SAFETY: the table holds the atom.
            if let Ok(key) = self.own(unsafe { qjs::JS_AtomToValue(self.raw(), atom) }) {
                keys.push(key);
            }
        }
        // SAFETY: returned by the engine, freed once.
        unsafe { qjs::JS_FreePropertyEnum(self.raw(), table, count) };
        keys.retain(|key| {
            let index = self.as_utf8(key.as_ref()).is_some_and(|text| is_index(&text));
            !index && !key.as_ref().is_number()
        });
        Ok(keys)
    }
}

/// Whether the key is an array index in its one spelling.
fn is_index(key: &str) -> bool {
    let digits = !key.is_empty() && key.len() <= 10 && key.bytes().all(|byte| byte.is_ascii_digit());
    digits && (key == "0" || !key.starts_with('0')) && key.parse::<u64>().is_ok_and(|index| index < 4_294_967_295)
}

#[cfg(test)]
mod tests {
    use super::is_index;

    #[test]
    fn indices_have_one_spelling() {
        assert!(is_index("0") && is_index("4294967294"));
        assert!(!is_index("01") && !is_index("4294967295") && !is_index("-1") && !is_index(""));
    }
}
