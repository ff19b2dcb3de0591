//! A place in code: one word that costs nothing to make.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::ptr;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The place in code where a view was made: `file:line:column`.
///
/// A site is a pointer to static data, so making one from the caller's position is a single instruction. Embedders name
/// places of their own, such as a line of a script.
#[derive(Clone, Copy)]
pub struct Site {
    /// *Invariant X1.* Points to a `Location` if not `named`, else to a leaked `&str`.
    pointer: *const (),
    named: bool,
}

// SAFETY: by X1 a site is a shared reference to static, immutable data.
unsafe impl Send for Site {}
// SAFETY: as above.
unsafe impl Sync for Site {}

impl Site {
    /// The position of the caller.
    #[inline]
    #[track_caller]
    #[must_use]
    pub fn caller() -> Self {
        Self { pointer: ptr::from_ref(Location::caller()).cast(), named: false }
    }

    /// A place that an embedder names, usually `file:line:column`. The name is kept for the life of the process, once.
    #[must_use]
    pub fn named(place: &str) -> Self {
        static NAMES: LazyLock<Mutex<HashMap<&'static str, &'static &'static str>>> = LazyLock::new(Mutex::default);
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let name: &'static &'static str = match names.get(place) {
            Some(name) => name,
            None => {
                let text: &'static str = Box::leak(place.into());
                let name: &'static &'static str = Box::leak(Box::new(text));
                names.insert(text, name);
                name
            }
        };
        Self { pointer: ptr::from_ref(name).cast(), named: true }
    }

    #[inline]
    pub(super) fn pointer(self) -> *const () {
        self.pointer
    }

    #[inline]
    pub(super) fn is_named(self) -> bool {
        self.named
    }

    /// # Safety
    /// The two came from one site's [`Site::pointer`] and [`Site::is_named`].
    pub(super) unsafe fn from_parts(pointer: *const (), named: bool) -> Self {
        Self { pointer, named }
    }

    fn place(&self) -> Result<&'static Location<'static>, &'static str> {
        if self.named {
            // SAFETY: X1.
            Err(unsafe { *self.pointer.cast::<&'static str>() })
        } else {
            // SAFETY: X1.
            Ok(unsafe { &*self.pointer.cast::<Location<'static>>() })
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place() {
            Ok(at) => write!(f, "{}:{}:{}", plain(at.file()), at.line(), at.column()),
            Err(name) => f.write_str(name),
        }
    }
}

/// `crates/x/../../examples/a.rs` as `examples/a.rs`: the compiler knows a file by the way it was led to it.
fn plain(file: &str) -> Cow<'_, str> {
    if !file.contains("/../") {
        return file.into();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in file.split('/') {
        if part == ".." && parts.last().is_some_and(|last| !["", "..", "."].contains(last)) {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/").into()
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Site({self})")
    }
}

/// Two sites are equal when they are the same static place. One line of code may have several (it is compiled several times).
impl PartialEq for Site {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self.pointer, other.pointer)
    }
}

impl Eq for Site {}

impl std::hash::Hash for Site {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.pointer.hash(state);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::plain;

    #[test]
    fn a_file_is_named_without_detours() {
        let named = [
            ("src/lib.rs", "src/lib.rs"),
            ("crates/x/../../examples/a.rs", "examples/a.rs"),
            ("../../a.rs", "../../a.rs"),
            ("x/../../a.rs", "../a.rs"),
            ("/x/../a.rs", "/a.rs"),
            ("/../a.rs", "/../a.rs"),
            ("a..b/c..rs", "a..b/c..rs"),
        ];
        for (file, name) in named {
            assert_eq!(plain(file), name);
        }
    }
}
