//! The report itself: totals, holders, and what stands beside them.

use crate::advice::Tongue;
use crate::growth::Growth;
use crate::overlaps::Overlaps;
use crate::rows::{ChurnRow, ClassRow, HeapRows, PeakRows, Rows, Source};
use crate::{advice, arithmetic, churn};
use std::collections::HashMap;
use std::time::Duration;

/// What is held, what is shown, what would be freed, and by which lines of code.
///
/// ```
/// use plimsoll_report::{Report, Rows, Source, StoreRow, TextOptions, ViewRow};
///
/// let rows = Rows {
///     places: vec!["ids.js:2:15".into(), "ids.js:3:20".into()],
///     stores: (0..1000).map(|id| StoreRow { id, capacity: 1 << 20, slab: false, born: 0, stands_for: None }).collect(),
///     views: (0..1000).map(|store| ViewRow { store, offset: 4, len: 16, place: 1 }).collect(),
/// };
/// let report = Report::new(Source::script("ids.js"), rows);
/// assert_eq!(report.totals.gross, 1_048_576_000);
/// assert_eq!(report.frees(), 1_048_560_000);
/// assert_eq!(report.holders[0].place, "ids.js:3:20");
///
/// let text = report.text(&TextOptions::default());
/// assert!(text.starts_with("held 1,000 MiB, shown 16,000 B (0.002 %)\nwould free 1,000 MiB by changing 1 line\n"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What the report is about.
    pub source: Source,
    /// The sums over all holders.
    pub totals: Totals,
    /// The holders, worst first: by [`frees`](Holder::frees), then by [`gross`](Holder::gross), then by
    /// [`place`](Holder::place).
    pub holders: Vec<Holder>,
    /// The moment at which most was held, if the source watched for it.
    pub peak: Option<Peak>,
    /// What lines of code did over the whole run, most bytes moved first. Empty if the source did not count it.
    pub churn: Vec<ChurnRow>,
    /// Views of different lines that overlap in part, if somebody [asked](Report::with_overlaps).
    pub overlaps: Option<Overlaps>,
    /// The classes of a JavaScript heap, most retained first. Empty if the source is none.
    pub classes: Vec<ClassRow>,
    /// What changed since an earlier report, if there was one.
    pub growth: Option<Growth>,
}

impl Report {
    /// Works the report out from rows. Linear in the number of rows, but for sorting the views of each store by offset.
    pub fn new(source: Source, rows: Rows) -> Report {
        Report::of_heap_or_not(source, &rows, None)
    }

    /// The same of a JavaScript heap: its places are patterns of paths, its holders of kind [`Path`](Kind::Path). What its views show
    /// may be unknown; then so is what copies would free, and there are bounds.
    ///
    /// ```
    /// use plimsoll_report::{HeapRows, Net, Report, Rows, Source, StoreRow, UnseenRow};
    ///
    /// let rows = Rows {
    ///     places: vec!["Map sessions → value".into()],
    ///     stores: vec![StoreRow { id: 1, capacity: 8192, slab: true, born: 0, stands_for: None }],
    ///     views: vec![],
    /// };
    /// let heap = HeapRows { unseen: vec![UnseenRow { store: 1, most: 4095, place: 0 }], ..HeapRows::default() };
    /// let report = Report::of_heap(Source::snapshot("app.heapsnapshot"), rows, heap);
    /// assert_eq!(report.holders[0].net, Net::Between { min: 0, max: 4095 });
    /// assert_eq!((report.holders[0].frees, report.holders[0].frees_at_least), (None, 4097));
    /// ```
    pub fn of_heap(source: Source, rows: Rows, heap: HeapRows) -> Report {
        let classes = heap.classes.clone();
        Report { classes, ..Report::of_heap_or_not(source, &rows, Some(&heap)) }
    }

    fn of_heap_or_not(source: Source, rows: &Rows, heap: Option<&HeapRows>) -> Report {
        let (totals, holders) = picture(&source, rows, heap);
        Report {
            source,
            totals,
            holders,
            peak: None,
            churn: Vec::new(),
            overlaps: None,
            classes: Vec::new(),
            growth: None,
        }
    }

    /// Adds the moment at which most was held.
    ///
    /// ```
    /// use plimsoll_report::{PeakRows, Report, Rows, Source};
    ///
    /// let peak = PeakRows { gross: 4096, at_ms: 120, captured_gross: 4000, rows: Rows::default() };
    /// let report = Report::new(Source::script("app.js"), Rows::default()).with_peak(peak);
    /// assert_eq!(report.peak.unwrap().gross, 4096);
    /// ```
    #[must_use]
    pub fn with_peak(self, peak: PeakRows) -> Report {
        let PeakRows { gross, at_ms, captured_gross, rows } = peak;
        let (totals, holders) = picture(&self.source, &rows, None);
        Report { peak: Some(Peak { gross, at_ms, captured_gross, totals, holders }), ..self }
    }

    /// Adds what lines of code did over the whole run. Rows of the same place are added up.
    ///
    /// ```
    /// use plimsoll_report::{ChurnRow, Report, Rows, Source};
    ///
    /// let quiet = ChurnRow { place: "a.js:1:1".into(), views: 5, ..ChurnRow::default() };
    /// let busy = ChurnRow { place: "a.js:2:1".into(), copied: 64, ..ChurnRow::default() };
    /// let report = Report::new(Source::script("a.js"), Rows::default()).with_churn(vec![quiet, busy.clone()]);
    /// assert_eq!(report.churn[0], busy);
    /// ```
    #[must_use]
    pub fn with_churn(self, rows: Vec<ChurnRow>) -> Report {
        Report { churn: churn::summed(rows), ..self }
    }

    /// Adds how old the oldest live view of each place is, at most.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source, StoreRow, ViewRow};
    /// use std::time::Duration;
    ///
    /// let rows = Rows {
    ///     places: vec!["a.js:1:1".into()],
    ///     stores: vec![StoreRow { id: 1, capacity: 64, slab: false, born: 0, stands_for: None }],
    ///     views: vec![ViewRow { store: 1, offset: 0, len: 64, place: 0 }],
    /// };
    /// let report = Report::new(Source::script("a.js"), rows).with_ages([("a.js:1:1", Duration::from_secs(90))]);
    /// assert_eq!(report.holders[0].oldest_ms, Some(90_000));
    /// ```
    #[must_use]
    pub fn with_ages<'a>(mut self, ages: impl IntoIterator<Item = (&'a str, Duration)>) -> Report {
        let mut oldest: HashMap<&str, Duration> = HashMap::new();
        for (place, age) in ages {
            let oldest = oldest.entry(place).or_default();
            *oldest = age.max(*oldest);
        }
        for holder in &mut self.holders {
            let age = holder.places().filter_map(|place| oldest.get(place)).max();
            holder.oldest_ms = age.map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX));
        }
        self
    }

    /// Adds the views of different lines that overlap in part: the same rows as the report's, looked at once more.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source};
    ///
    /// let rows = Rows::default();
    /// let report = Report::new(Source::script("app.js"), rows.clone()).with_overlaps(&rows);
    /// assert!(report.overlaps.is_some_and(|overlaps| overlaps.pairs.is_empty()));
    /// ```
    #[must_use]
    pub fn with_overlaps(self, rows: &Rows) -> Report {
        Report { overlaps: Some(Overlaps::of(rows)), ..self }
    }

    /// Adds what changed since an earlier report: see [`Report::since`].
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source};
    ///
    /// let empty = Report::new(Source::script("app.js"), Rows::default());
    /// let growth = empty.since(&empty);
    /// assert_eq!(empty.with_growth(growth).growth.unwrap().gross, 0);
    /// ```
    #[must_use]
    pub fn with_growth(self, growth: Growth) -> Report {
        Report { growth: Some(growth), ..self }
    }

    /// Bytes that compacting every view would give back: what `--fail-over` judges. Where that cannot be known, the least that it
    /// would be.
    pub fn frees(&self) -> u64 {
        self.totals.frees_at_least
    }

    /// How each holder differs from an earlier report of the same program, most growth first: the second classic leak, whole
    /// buffers that pile up, shows here. Holders that hold as much as before are left out. A holder is recognised by its kind and its exact set of places.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source, StoreRow, ViewRow};
    ///
    /// let after = |n| {
    ///     let places = vec!["leak.js:3:12".into()];
    ///     let stores = (0..n).map(|id| StoreRow { id, capacity: 1000, slab: false, born: 0, stands_for: None }).collect();
    ///     let views = (0..n).map(|store| ViewRow { store, offset: 0, len: 1000, place: 0 }).collect();
    ///     Report::new(Source::script("leak.js"), Rows { places, stores, views })
    /// };
    /// let growth = after(5).since(&after(2));
    /// assert_eq!((growth.gross, growth.holders[0].gross), (3000, 3000));
    /// ```
    pub fn since(&self, earlier: &Report) -> Growth {
        Growth::between(earlier, self)
    }

    /// What its advice is written in.
    pub(crate) fn tongue(&self) -> Tongue {
        Tongue::of(self.source.kind, &self.classes, &self.holders)
    }
}

/// One picture: the holders of some rows, with their advice.
fn picture(source: &Source, rows: &Rows, heap: Option<&HeapRows>) -> (Totals, Vec<Holder>) {
    let (totals, mut holders) = arithmetic::holders(rows, heap);
    let tongue = Tongue::of(source.kind, heap.map_or(&[], |heap| &heap.classes), &holders);
    for holder in &mut holders {
        holder.advice = advice::advice(tongue, holder, &totals);
    }
    (totals, holders)
}

/// Bytes shown: the union of views within each store.
///
/// Most sources know every view's range. A heap snapshot without its live process does not, and says between which
/// bounds it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Net {
    /// Exactly so many bytes.
    Exact(u64),
    /// Somewhere between these bounds, both included.
    Between {
        /// At least so many bytes.
        min: u64,
        /// At most so many bytes.
        max: u64,
    },
}

impl Net {
    /// The bytes, where they are known.
    ///
    /// ```
    /// use plimsoll_report::Net;
    ///
    /// assert_eq!(Net::Exact(16).known(), Some(16));
    /// assert_eq!(Net::Between { min: 0, max: 4095 }.known(), None);
    /// ```
    pub fn known(self) -> Option<u64> {
        match self {
            Net::Exact(bytes) => Some(bytes),
            Net::Between { .. } => None,
        }
    }
}

/// The sums over all holders.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Totals {
    /// Live views.
    pub views: u64,
    /// Live stores.
    pub stores: u64,
    /// Bytes shown.
    pub net: Net,
    /// Bytes held: the capacity of all stores, each counted once.
    pub gross: u64,
    /// Bytes that compacting every view would give back, where that is known.
    pub frees: Option<u64>,
    /// No fewer bytes than these: `frees` where that is known.
    pub frees_at_least: u64,
    /// The part of it that is pool slabs.
    pub slabs: Slabs,
    /// Views of those slabs of which a heap does not tell what they show, and which are taken for what the pool handed out: less than
    /// half a slab each. The bounds of [`net`](Totals::net) and [`frees_at_least`](Totals::frees_at_least) rest on that.
    pub taken_for_pooled: u64,
}

impl Totals {
    /// Bytes held and not shown, where that is known.
    pub fn tare(&self) -> Option<u64> {
        Some(self.gross.saturating_sub(self.net.known()?))
    }
}

/// Pool slabs: their number, and the bytes held and shown in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slabs {
    /// How many slabs.
    pub count: u64,
    /// Bytes that they hold.
    pub gross: u64,
    /// Bytes that views of them show.
    pub net: u64,
}

/// The exact set of places that keep some stores alive together.
///
/// Holders partition the stores: every store belongs to one holder, so gross adds up to the total.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The place that names the holder: among its places the one whose views show the fewest bytes, since the sliver is
    /// what one forgets; on a tie the first in text order. For a store without a view: where it was born.
    pub place: String,
    /// The holder's other places, in text order. Each of them keeps the same stores alive.
    pub with: Vec<String>,
    /// What sort of holder it is.
    pub kind: Kind,
    /// Live views.
    pub views: u64,
    /// Stores that they keep alive.
    pub stores: u64,
    /// Bytes shown: the union of views within each store, added up over the stores.
    pub net: Net,
    /// Bytes held: the capacity of the stores.
    pub gross: u64,
    /// Bytes that compacting every view would give back, where that is known: for each store its capacity minus the
    /// lengths of its views, never below 0. A store without a view has nothing to compact: 0.
    pub frees: Option<u64>,
    /// No fewer bytes than these: `frees` where that is known.
    pub frees_at_least: u64,
    /// The part of the stores that is pool slabs.
    pub slabs: Slabs,
    /// How many of the views lie in those slabs.
    pub survivors: u64,
    /// Where the stores were made, most bytes first, then in text order.
    pub born: Vec<Born>,
    /// What to write instead, if that frees something that matters.
    pub advice: Option<Advice>,
    /// How long the oldest of what was made at its places has lived, at most, in milliseconds; `None` where the source does not know.
    pub oldest_ms: Option<u64>,
    /// What retains its views, if the source is a JavaScript heap: of the place that names it.
    pub path: Option<Path>,
    /// Where those of its views were made that were made while somebody watched, most views first, then in text order. `None` if
    /// nobody did.
    pub sites: Option<Vec<Site>>,
}

/// A function that made views of a holder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Site {
    /// Where it begins, `file:line:column`.
    pub place: String,
    /// How many of the views.
    pub views: u64,
}

/// How views of a JavaScript heap are retained.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Path {
    /// Where the code that keeps them was written, `file:line:column`, if the heap tells.
    pub at: Option<String>,
    /// What they are: `Buffer`, `Uint8Array → Object`.
    pub constructors: String,
    /// The path to one of them, a step each, from the root.
    pub example: Vec<String>,
}

impl Holder {
    /// Bytes held and not shown, where that is known.
    pub fn tare(&self) -> Option<u64> {
        Some(self.gross.saturating_sub(self.net.known()?))
    }

    /// All places of the holder: [`place`](Holder::place), then [`with`](Holder::with).
    pub fn places(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.place).chain(&self.with).map(String::as_str)
    }

    /// What makes it the same holder in two reports. Which place names it may change with the bytes shown.
    pub(crate) fn identity(&self) -> (Kind, Vec<&str>) {
        let mut places: Vec<&str> = self.places().collect();
        places.sort_unstable();
        (self.kind, places)
    }
}

/// What names a holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// The places at which its views were made.
    Site,
    /// The path that retains it, where sites are unknown (heap snapshots).
    Path,
    /// The place at which its stores were made: no view of them is alive, something keeps the store itself.
    Store,
}

impl Kind {
    /// The kind's name in JSON.
    ///
    /// ```
    /// assert_eq!(plimsoll_report::Kind::Store.name(), "store");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Kind::Site => "site",
            Kind::Path => "path",
            Kind::Store => "store",
        }
    }
}

/// Stores of one holder that were made at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Born {
    /// Where they were made.
    pub place: String,
    /// How many.
    pub stores: u64,
    /// Their capacity, in bytes.
    pub gross: u64,
}

/// What to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// One paragraph of plain text, code in backticks. It names every line to change if there are several.
    pub text: String,
    /// The line to change, or the first of them.
    pub place: String,
    /// Bytes that following it gives back.
    pub frees: u64,
}

/// The moment at which most was held.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peak {
    /// Bytes held at the peak, exactly.
    pub gross: u64,
    /// When that was, in milliseconds since the program started.
    pub at_ms: u64,
    /// Bytes held when the holders were captured, close to the peak.
    pub captured_gross: u64,
    /// The sums over the captured holders.
    pub totals: Totals,
    /// The captured holders, in the order of [`Report::holders`].
    pub holders: Vec<Holder>,
}
