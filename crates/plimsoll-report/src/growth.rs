//! Growth: what is held now that was not held then.

use std::collections::HashMap;

use crate::advice::number;
use crate::model::{Holder, Kind, Report};
use crate::size::{grouped, size};
use crate::table::{Row, Table};
use crate::text::{LEAST_PART, LEAST_ROW, Page, TextOptions};

/// What changed between two reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Growth {
    /// Bytes held now minus bytes held then.
    pub gross: i64,
    /// Bytes held now.
    pub held: u64,
    /// The holders that changed, most growth first.
    pub holders: Vec<Grown>,
    /// Of three looks: what was made between the first and the second and was still there in the third, most bytes first.
    pub stayed: Option<Vec<Stayed>>,
}

/// Stores of one place that stayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stayed {
    /// The place that holds them.
    pub place: String,
    /// How many.
    pub stores: u64,
    /// Their bytes.
    pub gross: u64,
}

/// How one holder changed between two reports.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grown {
    /// The place that names the holder.
    pub place: String,
    /// Its other places.
    pub with: Vec<String>,
    /// What sort of holder it is.
    pub kind: Kind,
    /// Live views now minus live views then.
    pub views: i64,
    /// Stores now minus stores then.
    pub stores: i64,
    /// Bytes held now minus bytes held then.
    pub gross: i64,
    /// Bytes held now.
    pub held: u64,
}

/// Places of what stayed that are listed, unless somebody says how many.
const STAYED: usize = 20;

impl Page {
    fn stayed(&mut self, stayed: &[Stayed], top: usize) {
        self.blank();
        if stayed.is_empty() {
            self.line("nothing that was made between the first and the second is left in the third");
            return;
        }
        let (listed, more) = stayed.split_at(top.min(stayed.len()));
        let rows: Vec<Row<2>> =
            listed.iter().map(|row| Row { name: &row.place, cells: [grouped(row.stores), size(row.gross)] }).collect();
        let table = Table::new(["stores", "held"], &rows, self.most);
        let head = self.ink.faint(&table.head("made after the first, left in the third"));
        self.line(&head);
        for row in &rows {
            self.line(&table.row(row, true, &self.ink));
        }
        if !more.is_empty() {
            self.line(&format!("and {} more", grouped(more.len() as u64)));
        }
    }
}

impl Growth {
    pub(crate) fn between(earlier: &Report, now: &Report) -> Growth {
        let mut before: HashMap<_, &Holder> = earlier.holders.iter().map(|h| (h.identity(), h)).collect();
        let mut holders: Vec<Grown> =
            now.holders.iter().map(|holder| Grown::from(before.remove(&holder.identity()), holder)).collect();
        holders
            .extend(earlier.holders.iter().filter(|holder| before.contains_key(&holder.identity())).map(Grown::gone));
        holders.retain(|grown| grown.gross != 0);
        holders.sort_by(|a, b| {
            b.gross.cmp(&a.gross).then_with(|| a.place.cmp(&b.place)).then_with(|| a.with.cmp(&b.with))
        });
        Growth {
            gross: difference(now.totals.gross, earlier.totals.gross),
            held: now.totals.gross,
            holders,
            stayed: None,
        }
    }

    /// The holders that hold more than they did, most growth first.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source, StoreRow};
    ///
    /// let holds = |bytes: u64| {
    ///     let store = |born: u32, capacity| StoreRow { id: born.into(), capacity, slab: false, born, stands_for: None };
    ///     let (places, stores) = (vec!["a.js:1:1".into(), "b.js:1:1".into()], vec![store(0, bytes), store(1, 5000 - bytes)]);
    ///     Report::new(Source::script("app.js"), Rows { places, stores, views: vec![] })
    /// };
    /// let growth = holds(4000).since(&holds(1000));
    /// assert_eq!(growth.holders.len(), 2);
    /// assert!(growth.grown().map(|holder| (&*holder.place, holder.gross)).eq([("a.js:1:1", 3000)]));
    /// ```
    pub fn grown(&self) -> impl Iterator<Item = &Grown> {
        self.holders.iter().take_while(|holder| holder.gross > 0)
    }

    /// The growth as text, with a line feed at the end: what is held more, and the holders that grew, most growth first.
    ///
    /// Holders that grew by less than 64 KiB or a hundredth of all growth are one line together, unless nothing else grew;
    /// so are those that shrank. `options.by` does not matter here.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source, StoreRow, TextOptions, ViewRow};
    ///
    /// let after = |n| {
    ///     let places = vec!["leak.js:3:12".into()];
    ///     let stores = (0..n).map(|id| StoreRow { id, capacity: 1 << 20, slab: false, born: 0, stands_for: None }).collect();
    ///     let views = (0..n).map(|store| ViewRow { store, offset: 0, len: 1000, place: 0 }).collect();
    ///     Report::new(Source::script("leak.js"), Rows { places, stores, views })
    /// };
    /// assert_eq!(
    ///     after(5).since(&after(2)).text(&TextOptions::default()),
    ///     "held 3 MiB more than before: 5 MiB\n\
    ///      \n\
    ///      grown                     views  stores   held    more\n\
    ///      leak.js:3:12                 +3      +3  5 MiB  +3 MiB\n"
    /// );
    /// ```
    pub fn text(&self, options: &TextOptions) -> String {
        let mut page = Page::new(options);
        page.headline(&format!("{}: {}", self.answer(), size(self.held)));

        let all = self.grown().fold(0_u64, |sum, holder| sum.saturating_add(holder.gross.unsigned_abs()));
        let least = LEAST_ROW.max(all / LEAST_PART);
        // In order of growth: where everything is small, the first is still worth its row.
        let large = self.grown().take_while(|holder| holder.gross.unsigned_abs() >= least).count();
        let listed = large.max(1).min(options.top.unwrap_or(usize::MAX));
        let shown: Vec<&Grown> = self.grown().take(listed).collect();
        if !shown.is_empty() {
            let cells =
                |grown: &Grown| [signed(grown.views), signed(grown.stores), size(grown.held), signed_size(grown.gross)];
            let rows: Vec<Row<4>> = shown.iter().map(|grown| Row { name: &grown.place, cells: cells(grown) }).collect();
            let table = Table::new(["views", "stores", "held", "more"], &rows, page.most);
            page.blank();
            let head = page.ink.faint(&table.head("grown"));
            page.line(&head);
            for (grown, row) in shown.iter().zip(&rows) {
                let text = table.row(row, true, &page.ink);
                page.line(&text);
                page.others(&grown.with);
            }
        }

        let rest = |holders: Vec<&Grown>| {
            let bytes = holders.iter().fold(0_u64, |sum, holder| sum.saturating_add(holder.gross.unsigned_abs()));
            (holders.len() as u64, bytes)
        };
        let (fewer, bytes) = rest(self.grown().skip(listed).collect());
        let (shrunk, less) = rest(self.holders.iter().filter(|holder| holder.gross < 0).collect());
        if fewer + shrunk > 0 {
            page.blank();
        }
        if fewer > 0 {
            page.line(&format!("{} grew by {}", number(fewer, "more holder"), size(bytes)));
        }
        if shrunk > 0 {
            page.line(&format!("{} shrank by {}", number(shrunk, "holder"), size(less)));
        }
        if let Some(stayed) = &self.stayed {
            page.stayed(stayed, options.top.unwrap_or(STAYED));
        }
        page.out
    }
}

impl Growth {
    /// How much more is held, in words.
    pub(crate) fn answer(&self) -> String {
        match self.gross {
            0 => "held as much as before".into(),
            more @ 1.. => format!("held {} more than before", size(more.unsigned_abs())),
            less => format!("held {} less than before", size(less.unsigned_abs())),
        }
    }
}

impl Grown {
    fn from(before: Option<&Holder>, now: &Holder) -> Grown {
        let was = |of: fn(&Holder) -> u64| before.map_or(0, of);
        Grown {
            place: now.place.clone(),
            with: now.with.clone(),
            kind: now.kind,
            views: difference(now.views, was(|holder| holder.views)),
            stores: difference(now.stores, was(|holder| holder.stores)),
            gross: difference(now.gross, was(|holder| holder.gross)),
            held: now.gross,
        }
    }

    /// A holder that is there no more.
    fn gone(before: &Holder) -> Grown {
        Grown {
            place: before.place.clone(),
            with: before.with.clone(),
            kind: before.kind,
            views: difference(0, before.views),
            stores: difference(0, before.stores),
            gross: difference(0, before.gross),
            held: 0,
        }
    }
}

fn difference(now: u64, then: u64) -> i64 {
    let bytes = i128::from(now) - i128::from(then);
    i64::try_from(bytes).unwrap_or(if bytes < 0 { i64::MIN } else { i64::MAX })
}

fn sign(n: i64) -> &'static str {
    match n {
        0 => "",
        1.. => "+",
        _ => "-",
    }
}

/// A difference in number: `+3`, `0`, `-1,000`.
pub(crate) fn signed(n: i64) -> String {
    sign(n).to_owned() + &grouped(n.unsigned_abs())
}

/// A difference in bytes: `+4 MiB`.
pub(crate) fn signed_size(bytes: i64) -> String {
    sign(bytes).to_owned() + &size(bytes.unsigned_abs())
}
