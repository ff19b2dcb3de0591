//! The Plimsoll report: what is held, what is shown, what would be freed, by line of code.
//!
//! A view of a buffer shows a few bytes and keeps all of its store alive. A source (the audit of the library, a script,
//! a heap snapshot) says which stores and views are alive, as plain [`Rows`]; this crate works out who holds what, what
//! to write instead, and writes it down as text, as JSON or as an HTML page. It knows no engine, prints nothing, has no
//! unsafe code, and takes any rows without panicking.
//!
//! ```
//! use plimsoll_report::{Report, Rows, Source, StoreRow, TextOptions, ViewRow};
//!
//! // A 16-byte id cut from each of 1,000 packets of 1 MiB.
//! let rows = Rows {
//!     places: vec!["session-ids.js:10:25".into(), "session-ids.js:14:20".into()],
//!     stores: (0..1000).map(|id| StoreRow { id, capacity: 1 << 20, slab: false, born: 0, stands_for: None }).collect(),
//!     views: (0..1000).map(|store| ViewRow { store, offset: 4, len: 16, place: 1 }).collect(),
//! };
//! let report = Report::new(Source::script("session-ids.js"), rows);
//! # assert_eq!(report.text(&TextOptions::default()), "\
//! # held 1,000 MiB, shown 16,000 B (0.002 %)
//! # would free 1,000 MiB by changing 1 line
//! #
//! # to free                   views     shown       held  would free
//! # session-ids.js:14:20      1,000  16,000 B  1,000 MiB   1,000 MiB
//! #   1,000 stores, born at session-ids.js:10:25
//! #
//! # Instead:
//! #   session-ids.js:14:20
//! #     Keep a copy, not the view: `plimsoll.compact(view)`; in Node
//! #     `Uint8Array.prototype.slice.call(view)`, or a hex/latin1 string for an id.
//! #
//! #   `Buffer.from(view)` puts its copy into a pool slab, which lives as long as its
//! #   last survivor. A copy ends aliasing: later writes to one do not show in the
//! #   other.
//! # ");
//! print!("{}", report.text(&TextOptions::default()));
//! ```
//!
//! prints
//!
//! ```text
//! held 1,000 MiB, shown 16,000 B (0.002 %)
//! would free 1,000 MiB by changing 1 line
//!
//! to free                   views     shown       held  would free
//! session-ids.js:14:20      1,000  16,000 B  1,000 MiB   1,000 MiB
//!   1,000 stores, born at session-ids.js:10:25
//!
//! Instead:
//!   session-ids.js:14:20
//!     Keep a copy, not the view: `plimsoll.compact(view)`; in Node
//!     `Uint8Array.prototype.slice.call(view)`, or a hex/latin1 string for an id.
//!
//!   `Buffer.from(view)` puts its copy into a pool slab, which lives as long as its
//!   last survivor. A copy ends aliasing: later writes to one do not show in the
//!   other.
//! ```
//!
//! # How it decides
//!
//! **Who holds a store.** A [`Holder`] is the *exact set* of places whose views keep a store alive. Two lines often
//! hold the same store: blaming each line for all that it touches would convict a file's buffer and a small head of it,
//! both in use, and dividing the blame would acquit leaks. Sets partition the stores, so gross adds up. The set is
//! named by the place whose views show the fewest bytes (ties: text order); the others stand in [`with`](Holder::with).
//! A store without any view is held by something else, say a kept `.buffer`: it is named by where it was born.
//!
//! **What is shown and held.** *Net* is the union of the views within each store, *gross* the capacity of the stores,
//! *tare* the difference.
//!
//! **What would be freed.** Compacting a view copies it into a store of its own size. Do that for all views of a
//! holder, and each store gives back its capacity minus the *sum* of its views' lengths (overlapping views become
//! separate copies), never less than 0. A view of no bytes holds its store like any other. A store without a view frees
//! 0: there is nothing to compact, and whoever keeps the store may want all of it.
//!
//! **What comes first.** Holders are sorted by what they would free, then by gross, then by place. So what is held and
//! shown in full, the other classic leak, comes right after what can be freed.
//!
//! **When to speak.** There is [`Advice`] on a holder if copies free at least 4 KiB of it, at least a tenth of its
//! gross, and at least 128 B a view: about what a copy's own store costs, so small buffers that fill their slabs are
//! left alone. The only slab of a program never gets advice: the pool holds it anyway. `frees` still counts all of it.
//!
//! **What the text leaves out.** A holder with advice has a row if it frees at least a hundredth of all that would be
//! freed, another if it holds at least 64 KiB and a hundredth of all that is held. What remains is one line of sums.
//!
//! **What grew.** [`Report::since`] compares two reports of one program, holder by holder: whole buffers that pile up
//! have nothing to free, and show there.
//!
//! **What overlaps.** [`Overlaps`] are views of different lines that cross each other's ends, on demand.
//!
//! **What the page adds.** [`Report::to_html`] draws the same holders as a map: each is as large as what it holds, and filled
//! as far as it shows it. It is one file that loads nothing and opens from disk. Names come from strangers' programs; on the page
//! they stay texts, and the page's policy lets nothing run but its own script.
//!
//! **What is estimated.** A source may have seen one store in so many; [`StoreRow::stands_for`] says so, and all that the
//! store adds is multiplied.
//!
//! # Features
//!
//! `json` (on by default): `Report::to_json`, through serde_json. Without it the crate has no dependencies.
//!
//! # Testing strategy
//!
//! In `tests/report`, every rule above has a test of its own (`rules.rs`), random rows are played against a model that
//! keeps a bitmap for each store and a set of texts for each holder (`naive.rs`), and whole reports are compared
//! (`text.rs`, `json.rs`). No name may change the markup of the page (`html.rs`); `tests/browser.rs` sorts, filters and selects
//! in a headless Chromium where there is one (`CHROME` names it), and says so where there is none. The example `million` measures a million views in several shapes.

#![forbid(unsafe_code)]

mod advice;
mod arithmetic;
mod churn;
mod growth;
mod html;
mod index;
#[cfg(feature = "json")]
mod json;
mod model;
mod overlaps;
mod rows;
mod size;
mod table;
mod terminal;
mod text;

pub use growth::{Grown, Growth, Stayed};
pub use model::{Advice, Born, Holder, Kind, Net, Path, Peak, Report, Site, Slabs, Totals};
pub use overlaps::{Overlap, Overlaps};
pub use rows::{
    ChurnRow, ClassRow, HeapRows, PathRow, PeakRows, Rows, SiteRow, Source, SourceKind, StoreRow, UnseenRow, ViewRow,
};
pub use size::{SizeError, parse_size, size};
pub use text::{By, TextOptions};
