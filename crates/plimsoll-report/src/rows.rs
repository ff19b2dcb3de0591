//! What a source hands in: stores and views, as flat rows.

use std::num::NonZeroU32;

/// Everything that is alive at one moment, as a source saw it.
///
/// Rows are taken as they come, in any order, and never trusted: a view of a store that is not among
/// [`stores`](Rows::stores) is left out, a second store with the same id too, a range that reaches beyond its store is
/// cut off at the capacity, and a place number without a text stands as `<unknown>`. Sums that would overflow stay at
/// `u64::MAX`.
///
/// ```
/// use plimsoll_report::{Report, Rows, Source, StoreRow, ViewRow};
///
/// let rows = Rows {
///     places: vec!["app.js:2:15".into(), "app.js:3:20".into()],
///     stores: vec![StoreRow { id: 7, capacity: 1 << 20, slab: false, born: 0, stands_for: None }],
///     views: vec![ViewRow { store: 7, offset: 64, len: 16, place: 1 }],
/// };
/// let report = Report::new(Source::script("app.js"), rows);
/// assert_eq!(report.frees(), (1 << 20) - 16);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Places in code, `file:line:column`. Rows name them by index. Places with the same text are one place.
    pub places: Vec<String>,
    /// The stores that are alive. A pool slab that only the pool itself holds does not belong here.
    pub stores: Vec<StoreRow>,
    /// The views that are alive.
    pub views: Vec<ViewRow>,
}

/// One allocation of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreRow {
    /// Its identity: unique among the rows, otherwise without meaning.
    pub id: u64,
    /// Its size in bytes.
    pub capacity: u64,
    /// Whether it is a pool slab, which small buffers are carved from.
    pub slab: bool,
    /// Where it was made, as an index into [`Rows::places`].
    pub born: u32,
    /// How many stores like it there are, itself included, if the source recorded only some of them: it and its views count
    /// so many times over, and what the report says of them is an **estimate**. `None`: it stands for itself, exactly.
    pub stands_for: Option<NonZeroU32>,
}

impl StoreRow {
    pub(crate) fn times(&self) -> u64 {
        self.stands_for.map_or(1, |n| n.get().into())
    }
}

/// One window on a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewRow {
    /// The [`id`](StoreRow::id) of its store.
    pub store: u64,
    /// Its first byte, counted from the start of the store.
    pub offset: u64,
    /// How many bytes it shows. A view of no bytes keeps its store alive all the same.
    pub len: u64,
    /// Where it was made, as an index into [`Rows::places`].
    pub place: u32,
}

/// What a heap says beyond [`Rows`], whose places are then patterns of the paths that retain the views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeapRows {
    /// Views whose ranges are not in the heap's picture.
    pub unseen: Vec<UnseenRow>,
    /// What there is to say of the places, at most once of each.
    pub paths: Vec<PathRow>,
    /// The heap's ordinary classes, most retained first.
    pub classes: Vec<ClassRow>,
    /// Where views were made, if the program was watched while it made some of them.
    pub sites: Option<Vec<SiteRow>>,
}

/// A function in which views were made while somebody watched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteRow {
    /// Where the function begins, `file:line:column`.
    pub site: String,
    /// For each of the views the [`id`](StoreRow::id) of its store.
    pub stores: Vec<u64>,
}

/// A view that shows nobody knows which of its store's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnseenRow {
    /// The [`id`](StoreRow::id) of its store.
    pub store: u64,
    /// It shows no more bytes than this, nor than its store has. Of a view of a pool slab, less than the slab says that it is taken for
    /// what the pool handed out.
    pub most: u64,
    /// What retains it, as an index into [`Rows::places`].
    pub place: u32,
}

/// One pattern of paths, such as `Map sessions → value.id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathRow {
    /// Which, as an index into [`Rows::places`].
    pub place: u32,
    /// Where the code that keeps the views was written, `file:line:column`, if the heap tells.
    pub at: Option<String>,
    /// What the views are: `Buffer`, `Uint8Array → Object`.
    pub constructors: String,
    /// The path to one of them, a step each, from the root.
    pub example: Vec<String>,
}

/// The objects of one class in a JavaScript heap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassRow {
    /// The constructor's name, or what there is instead.
    pub name: String,
    /// How many objects.
    pub objects: u64,
    /// Their own bytes.
    pub shallow: u64,
    /// What would be free without them, in bytes.
    pub retained: u64,
}

/// What one line of code did over the whole run, alive or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChurnRow {
    /// The line, `file:line:column`.
    pub place: String,
    /// How many stores it made.
    pub stores: u64,
    /// How many bytes those stores had.
    pub allocated: u64,
    /// How many views it made.
    pub views: u64,
    /// How many bytes it copied.
    pub copied: u64,
    /// How many bytes it turned into strings.
    pub stringified: u64,
}

impl ChurnRow {
    /// Bytes moved: allocated, copied and turned into strings. This is what churn is sorted by.
    pub fn moved(&self) -> u64 {
        self.allocated.saturating_add(self.copied).saturating_add(self.stringified)
    }
}

/// The moment at which most was held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeakRows {
    /// Bytes held at the peak, from an exact counter.
    pub gross: u64,
    /// When that was, in milliseconds since the program started.
    pub at_ms: u64,
    /// Bytes held when [`rows`](PeakRows::rows) were taken: close to `gross`, not always equal to it.
    pub captured_gross: u64,
    /// What was alive when the rows were taken.
    pub rows: Rows,
}

/// What the rows were taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The kind of program. It decides the wording of the advice.
    pub kind: SourceKind,
    /// The program: a script's path, an executable's name.
    pub target: String,
}

impl Source {
    /// A script, run by the JavaScript host.
    ///
    /// ```
    /// use plimsoll_report::{Source, SourceKind};
    ///
    /// assert_eq!(Source::script("app.js").kind, SourceKind::Script);
    /// ```
    pub fn script(target: impl Into<String>) -> Source {
        Source { kind: SourceKind::Script, target: target.into() }
    }

    /// A Rust program that links the library.
    ///
    /// ```
    /// use plimsoll_report::{Source, SourceKind};
    ///
    /// assert_eq!(Source::rust("who_holds").kind, SourceKind::Rust);
    /// ```
    pub fn rust(target: impl Into<String>) -> Source {
        Source { kind: SourceKind::Rust, target: target.into() }
    }

    /// A snapshot of a JavaScript heap.
    pub fn snapshot(target: impl Into<String>) -> Source {
        Source { kind: SourceKind::Snapshot, target: target.into() }
    }

    /// A running Node program.
    pub fn node(target: impl Into<String>) -> Source {
        Source { kind: SourceKind::Node, target: target.into() }
    }
}

/// The kinds of program that a report can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceKind {
    /// A script, run by the JavaScript host.
    Script,
    /// A Rust program that links the library.
    Rust,
    /// A snapshot of a JavaScript heap.
    Snapshot,
    /// A running Node program.
    Node,
}

impl SourceKind {
    /// Whether it is a JavaScript heap, seen from outside.
    pub(crate) fn is_heap(self) -> bool {
        matches!(self, SourceKind::Snapshot | SourceKind::Node)
    }

    /// The kind's name in JSON.
    ///
    /// ```
    /// assert_eq!(plimsoll_report::SourceKind::Script.name(), "script");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            SourceKind::Script => "script",
            SourceKind::Rust => "rust",
            SourceKind::Snapshot => "snapshot",
            SourceKind::Node => "node",
        }
    }
}
