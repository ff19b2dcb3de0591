//! What a quick audit found, as rows for the report.

use super::places::places;
use super::quick::{Found, Store, View};
use plimsoll_report::{Report, Rows, Source, StoreRow, ViewRow};
use std::collections::HashMap;
use std::time::Duration;

/// What a quick audit found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Audit {
    /// Stores and views of all isolates. A view's place tells what it is: its class, its size, its store's size.
    pub rows: Rows,
    /// The main thread first, then its workers.
    pub isolates: Vec<IsolateSums>,
    /// What `node --version` says.
    pub node: String,
    /// How long it took. The program stood still for most of it.
    pub took: Duration,
}

/// The sums of one isolate.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IsolateSums {
    /// `main`, or the worker's title.
    pub name: String,
    /// Why nothing is known of it: a worker may have ended meanwhile, or wait in `Atomics.wait`.
    pub problem: Option<String>,
    /// Live views, those of empty buffers left out.
    pub views: u64,
    /// Views of empty or detached buffers. They hold nothing.
    pub empty: u64,
    /// Live stores. A SharedArrayBuffer is among those of each isolate that has it.
    pub stores: u64,
    /// Their bytes.
    pub gross: u64,
    /// What `process.memoryUsage().arrayBuffers` says.
    pub array_buffers: u64,
    /// Bytes of slabs that nothing but Node's pool itself holds, the working slab for example. They are not among `gross`.
    pub pool: u64,
    /// Bytes among `gross` that Node leaves out of `arrayBuffers`: those of resizable buffers, and SharedArrayBuffers
    /// that another isolate made.
    pub uncounted: u64,
    /// Whether pool slabs were told by the mark that Node puts on them. Otherwise by their size.
    pub marked: bool,
}

impl Audit {
    /// The report on a program of that name.
    ///
    /// Net, gross and tare are exact; there are no lines of code in it.
    pub fn report(&self, target: &str) -> Report {
        Report::new(Source::node(target), self.rows.clone())
    }

    /// Bytes that Node counts as `arrayBuffers` and the audit did not find (above 0), or the other way round (below 0).
    ///
    /// A small rest is usual: what a read in progress will fill has no JavaScript object yet.
    pub fn unexplained(&self) -> i64 {
        let sum = |of: fn(&IsolateSums) -> u64| self.isolates.iter().map(of).fold(0_u64, u64::saturating_add);
        let counted = sum(|isolate| isolate.gross)
            .saturating_add(sum(|isolate| isolate.pool))
            .saturating_sub(sum(|isolate| isolate.uncounted));
        i64::try_from(i128::from(sum(|isolate| isolate.array_buffers)) - i128::from(counted)).unwrap_or(i64::MAX)
    }

    /// Puts isolates together: memory that they share becomes one store.
    pub(crate) fn new(found: Vec<(String, Result<Found, String>)>, took: Duration) -> Audit {
        let mut isolates = Vec::new();
        let (mut stores, mut views): (Vec<Store>, Vec<View>) = (Vec::new(), Vec::new());
        let mut classes: Vec<String> = Vec::new();
        let mut known: HashMap<u64, usize> = HashMap::new();
        let mut node = String::new();
        for (name, found) in found {
            let mut sums = IsolateSums::named(name);
            let found = match found {
                Ok(found) => found,
                Err(problem) => {
                    isolates.push(IsolateSums { problem: Some(problem), ..sums });
                    continue;
                }
            };
            if node.is_empty() {
                node = found.node;
            }
            let class_numbers: Vec<usize> =
                found.classes.into_iter().map(|class| number(&mut classes, class)).collect();
            let mut store_numbers = Vec::with_capacity(found.stores.len());
            let mut mine: HashMap<u64, usize> = HashMap::new();
            for store in found.stores {
                let next = stores.len();
                let number = store.memory.map_or(next, |memory| *known.entry(memory).or_insert(next));
                // Two objects of one isolate may share their memory as well.
                let seen_here = store.memory.is_some_and(|memory| mine.insert(memory, number).is_some());
                if !seen_here {
                    sums.stores += 1;
                    sums.gross = sums.gross.saturating_add(store.capacity);
                    if store.resizable || number != next {
                        sums.uncounted = sums.uncounted.saturating_add(store.capacity);
                    }
                }
                match stores.get_mut(number) {
                    Some(same) => same.capacity = same.capacity.max(store.capacity),
                    None => stores.push(store),
                }
                store_numbers.push(number);
            }
            sums.views = found.views.len() as u64;
            sums.empty = found.empty;
            sums.pool = found.pool;
            sums.array_buffers = found.array_buffers;
            sums.marked = found.marked;
            isolates.push(sums);
            views.extend(found.views.into_iter().map(|view| View {
                store: store_numbers[view.store],
                class: class_numbers[view.class],
                ..view
            }));
        }
        Audit { rows: rows(&stores, &views, &classes), isolates, node, took }
    }
}

impl IsolateSums {
    fn named(name: String) -> IsolateSums {
        IsolateSums {
            name,
            problem: None,
            views: 0,
            empty: 0,
            stores: 0,
            gross: 0,
            array_buffers: 0,
            uncounted: 0,
            pool: 0,
            marked: false,
        }
    }
}

fn number(classes: &mut Vec<String>, class: String) -> usize {
    classes.iter().position(|known| *known == class).unwrap_or_else(|| {
        classes.push(class);
        classes.len() - 1
    })
}

fn rows(stores: &[Store], views: &[View], classes: &[String]) -> Rows {
    let places = places(stores, views, classes);
    let store = |(id, (store, &born)): (usize, (&Store, &u32))| StoreRow {
        id: id as u64,
        capacity: store.capacity,
        slab: store.slab,
        born,
        stands_for: None,
    };
    let view =
        |(view, &place): (&View, &u32)| ViewRow { store: view.store as u64, offset: view.offset, len: view.len, place };
    Rows {
        stores: stores.iter().zip(&places.born).enumerate().map(store).collect(),
        views: views.iter().zip(&places.views).map(view).collect(),
        places: places.texts,
    }
}
