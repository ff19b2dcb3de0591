//! From rows to holders.
//!
//! Views are dealt out to their stores by counting, so that nothing is sorted but the views within one store; the set
//! of places of a store is collected with a stamp per place. A million views need no allocation of their own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use crate::index::{Index, Quick};
use crate::model::{Born, Holder, Kind, Net, Path, Site, Slabs, Totals};
use crate::rows::{HeapRows, PathRow, Rows, SiteRow, StoreRow};

/// How a place number without a text is called.
const UNKNOWN: &str = "<unknown>";

/// The holders of some rows, worst first, without advice; and their sums.
pub(crate) fn holders(rows: &Rows, heap: Option<&HeapRows>) -> (Totals, Vec<Holder>) {
    let places = Places::new(&rows.places);
    let shelves = Shelves::new(rows, heap);
    let mut ledger = Ledger::new(&places, heap);
    let sites = heap.and_then(|heap| heap.sites.as_deref());
    for (number, row) in sites.into_iter().flatten().enumerate() {
        for &store in &row.stores {
            ledger.sites.entry(store).or_default().push(number);
        }
    }
    let mut census = Census::new(places.names.len());
    let mut pieces = shelves.pieces;
    let mut start = 0;
    for (store, &end) in shelves.stores.iter().zip(&shelves.ends) {
        ledger.add(store, &mut pieces[start..end], &mut census);
        start = end;
    }
    let (totals, mut holders) = ledger.close(sites);
    if let Some(heap) = heap {
        add_paths(&mut holders, rows, &heap.paths);
    }
    (totals, holders)
}

fn add_paths(holders: &mut [Holder], rows: &Rows, paths: &[PathRow]) {
    let named = |row: &PathRow| rows.places.get(usize::try_from(row.place).ok()?).map(String::as_str);
    let paths: HashMap<&str, &PathRow> = paths.iter().filter_map(|row| Some((named(row)?, row))).collect();
    for holder in holders {
        holder.path = paths.get(holder.place.as_str()).map(|row| Path {
            at: row.at.clone(),
            constructors: row.constructors.clone(),
            example: row.example.clone(),
        });
    }
}

/// The distinct places in text order. A place's *rank* is its index here, so comparing ranks compares texts.
pub(crate) struct Places<'a> {
    pub(crate) names: Vec<&'a str>,
    ranks: Vec<usize>,
    unknown: usize,
}

impl<'a> Places<'a> {
    pub(crate) fn new(texts: &'a [String]) -> Self {
        let mut names: Vec<&str> = texts.iter().map(String::as_str).collect();
        names.push(UNKNOWN);
        names.sort_unstable();
        names.dedup();
        let rank = |text: &str| names.partition_point(|name| *name < text);
        let ranks = texts.iter().map(|text| rank(text)).collect();
        let unknown = rank(UNKNOWN);
        Places { names, ranks, unknown }
    }

    pub(crate) fn rank(&self, place: u32) -> usize {
        usize::try_from(place).ok().and_then(|place| self.ranks.get(place)).copied().unwrap_or(self.unknown)
    }
}

/// A view, cut to its store.
#[derive(Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) place: u32,
    /// Nobody knows where it lies: `start` is 0, and `end` the most it can show.
    unseen: bool,
}

/// All views, dealt out to their stores: the pieces before `ends[0]` belong to the first store, those from there to `ends[1]` to the
/// second, and so on.
pub(crate) struct Shelves<'a> {
    pub(crate) stores: Vec<&'a StoreRow>,
    pub(crate) ends: Vec<usize>,
    pub(crate) pieces: Vec<Piece>,
}

impl<'a> Shelves<'a> {
    pub(crate) fn new(rows: &'a Rows, heap: Option<&HeapRows>) -> Self {
        let unseen = heap.map_or(&[][..], |heap| &heap.unseen);
        let (index, stores) = Index::new(&rows.stores);
        // First how many there are, then where the next belongs.
        let mut ends = vec![0_usize; stores.len()];
        let mut shelf_of = Vec::with_capacity(rows.views.len() + unseen.len());
        for store in rows.views.iter().map(|view| view.store).chain(unseen.iter().map(|view| view.store)) {
            let shelf = index.get(store);
            shelf_of.push(shelf);
            if let Some(count) = ends.get_mut(shelf) {
                *count += 1;
            }
        }
        let mut total = 0;
        for end in &mut ends {
            (total, *end) = (total + *end, total);
        }
        let mut pieces = vec![Piece { start: 0, end: 0, place: 0, unseen: false }; total];
        let (seen_on, unseen_on) = shelf_of.split_at(rows.views.len());
        for (view, &shelf) in rows.views.iter().zip(seen_on) {
            let Some(store) = stores.get(shelf) else { continue };
            let start = view.offset.min(store.capacity);
            let end = view.offset.saturating_add(view.len).min(store.capacity);
            pieces[ends[shelf]] = Piece { start, end, place: view.place, unseen: false };
            ends[shelf] += 1;
        }
        for (view, &shelf) in unseen.iter().zip(unseen_on) {
            let Some(store) = stores.get(shelf) else { continue };
            let end = view.most.min(store.capacity);
            pieces[ends[shelf]] = Piece { start: 0, end, place: view.place, unseen: end > 0 };
            ends[shelf] += 1;
        }
        Shelves { stores, ends, pieces }
    }
}

/// What one place's views of a store, or of a holder's stores, come to.
#[derive(Clone, Copy)]
struct Part {
    rank: usize,
    shown: u64,
}

/// The places of one store. The stamps say which of the slots are of this store, so that nothing is cleared between
/// stores.
struct Census {
    parts: Vec<Part>,
    ranks: Vec<usize>,
    stamps: Vec<usize>,
    slots: Vec<usize>,
    round: usize,
}

impl Census {
    fn new(places: usize) -> Self {
        Census { parts: Vec::new(), ranks: Vec::new(), stamps: vec![0; places], slots: vec![0; places], round: 0 }
    }

    /// Leaves the places of these pieces in `parts` and `ranks`, in text order.
    fn take(&mut self, pieces: &[Piece], places: &Places) {
        self.round += 1;
        self.parts.clear();
        for piece in pieces {
            let rank = places.rank(piece.place);
            if self.stamps[rank] != self.round {
                self.stamps[rank] = self.round;
                self.slots[rank] = self.parts.len();
                self.parts.push(Part { rank, shown: 0 });
            }
            let part = &mut self.parts[self.slots[rank]];
            part.shown = part.shown.saturating_add(piece.end - piece.start);
        }
        self.parts.sort_unstable_by_key(|part| part.rank);
        self.ranks.clear();
        self.ranks.extend(self.parts.iter().map(|part| part.rank));
    }
}

/// Sums of stores, for one holder.
struct Account {
    kind: Kind,
    parts: Vec<Part>,
    views: u64,
    stores: u64,
    /// Bytes shown, at least and at most.
    net: (u64, u64),
    gross: u64,
    /// Bytes that copies would free, at least.
    frees: u64,
    /// Some of its views' ranges are not known, and that makes a difference.
    unseen: bool,
    slabs: Slabs,
    survivors: u64,
    taken_for_pooled: u64,
    born: Vec<(usize, u64, u64)>,
    /// Views by the number of the site.
    sites: BTreeMap<usize, u64>,
}

/// Finds the account of a set of places, and adds stores to it.
struct Ledger<'a> {
    places: &'a Places<'a>,
    /// What names a holder with views.
    kind: Kind,
    accounts: Vec<Account>,
    single: Vec<Option<usize>>,
    several: HashMap<Box<[usize]>, usize, Quick>,
    without_view: Vec<Option<usize>>,
    born: HashMap<(usize, usize), usize, Quick>,
    /// By store: the number of the site of each view that has one.
    sites: HashMap<u64, Vec<usize>>,
}

impl<'a> Ledger<'a> {
    fn new(places: &'a Places<'a>, heap: Option<&HeapRows>) -> Self {
        let count = places.names.len();
        Ledger {
            places,
            kind: if heap.is_some() { Kind::Path } else { Kind::Site },
            accounts: Vec::new(),
            single: vec![None; count],
            several: HashMap::default(),
            without_view: vec![None; count],
            born: HashMap::default(),
            sites: HashMap::new(),
        }
    }

    fn add(&mut self, store: &StoreRow, pieces: &mut [Piece], census: &mut Census) {
        let birth = self.places.rank(store.born);
        census.take(pieces, self.places);
        let number = self.account(birth, census);
        let account = &mut self.accounts[number];
        // A sampled store stands for others like it: all that it adds is added so many times.
        let times = store.times();
        for (sum, part) in account.parts.iter_mut().zip(&census.parts) {
            sum.shown = sum.shown.saturating_add(part.shown.saturating_mul(times));
        }

        let views = (pieces.len() as u64).saturating_mul(times);
        let unseen = pieces.iter().any(|piece| piece.unseen);
        let (least, most) = if unseen {
            let (seen, unseen): (Vec<Piece>, Vec<Piece>) = pieces.iter().partition(|piece| !piece.unseen);
            let seen = union(&mut seen.clone());
            let most = unseen.iter().fold(seen, |sum, piece| sum.saturating_add(piece.end));
            (seen, most.min(store.capacity))
        } else {
            let net = union(pieces);
            (net, net)
        };
        let net = most.saturating_mul(times);
        let gross = store.capacity.saturating_mul(times);
        let shown = census.parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.shown));
        // Without a view there is nothing to compact: something keeps the store itself, and may want all of it.
        let frees = if pieces.is_empty() { 0 } else { store.capacity.saturating_sub(shown) };
        account.views = account.views.saturating_add(views);
        account.stores += times;
        account.net.0 = account.net.0.saturating_add(least.saturating_mul(times));
        account.net.1 = account.net.1.saturating_add(net);
        // Where what is seen covers the store, the others add nothing, and copies free nothing, wherever they lie.
        account.unseen |= least < most;
        account.gross = account.gross.saturating_add(gross);
        account.frees = account.frees.saturating_add(frees.saturating_mul(times));
        if store.slab {
            account.slabs.count += times;
            account.slabs.gross = account.slabs.gross.saturating_add(gross);
            account.slabs.net = account.slabs.net.saturating_add(net);
            account.survivors = account.survivors.saturating_add(views);
            let taken = pieces.iter().filter(|piece| piece.unseen && piece.end < store.capacity).count() as u64;
            account.taken_for_pooled = account.taken_for_pooled.saturating_add(taken.saturating_mul(times));
        }

        for &site in self.sites.get(&store.id).into_iter().flatten() {
            *account.sites.entry(site).or_default() += 1;
        }

        // One birthplace is the rule; the table is for holders with many.
        let born = match account.born.as_slice() {
            [(first, ..), ..] if *first == birth => 0,
            _ => *self.born.entry((number, birth)).or_insert_with(|| {
                account.born.push((birth, 0, 0));
                account.born.len() - 1
            }),
        };
        let (_, stores, sum) = &mut account.born[born];
        *stores += times;
        *sum = sum.saturating_add(gross);
    }

    /// The number of the account that a store with these places belongs to.
    fn account(&mut self, birth: usize, census: &Census) -> usize {
        let next = self.accounts.len();
        let (number, kind) = match *census.ranks.as_slice() {
            [] => (*self.without_view[birth].get_or_insert(next), Kind::Store),
            [rank] => (*self.single[rank].get_or_insert(next), self.kind),
            ref ranks => {
                let known = self.several.get(ranks).copied();
                (known.unwrap_or_else(|| *self.several.entry(ranks.into()).or_insert(next)), self.kind)
            }
        };
        if number == next {
            let named_by = match kind {
                Kind::Store => vec![Part { rank: birth, shown: 0 }],
                _ => census.ranks.iter().map(|&rank| Part { rank, shown: 0 }).collect(),
            };
            self.accounts.push(Account {
                kind,
                parts: named_by,
                views: 0,
                stores: 0,
                net: (0, 0),
                gross: 0,
                frees: 0,
                unseen: false,
                slabs: Slabs::default(),
                survivors: 0,
                taken_for_pooled: 0,
                born: Vec::new(),
                sites: BTreeMap::new(),
            });
        }
        number
    }

    fn close(mut self, sites: Option<&[SiteRow]>) -> (Totals, Vec<Holder>) {
        let mut sum = Totals {
            views: 0,
            stores: 0,
            net: Net::Exact(0),
            gross: 0,
            frees: None,
            frees_at_least: 0,
            slabs: Slabs::default(),
            taken_for_pooled: 0,
        };
        let (mut net, mut frees, mut unseen) = ((0_u64, 0_u64), 0_u64, false);
        for account in &self.accounts {
            sum.views = sum.views.saturating_add(account.views);
            sum.stores += account.stores;
            sum.gross = sum.gross.saturating_add(account.gross);
            sum.slabs.count += account.slabs.count;
            sum.slabs.gross = sum.slabs.gross.saturating_add(account.slabs.gross);
            sum.slabs.net = sum.slabs.net.saturating_add(account.slabs.net);
            sum.taken_for_pooled = sum.taken_for_pooled.saturating_add(account.taken_for_pooled);
            net = (net.0.saturating_add(account.net.0), net.1.saturating_add(account.net.1));
            frees = frees.saturating_add(account.frees);
            unseen |= account.unseen;
        }
        sum.net = shown(net, unseen);
        sum.frees = (!unseen).then_some(frees);
        sum.frees_at_least = frees;

        for account in &mut self.accounts {
            account.name();
        }
        self.accounts.sort_unstable_by(|a, b| {
            let weight = |account: &Account| (Reverse(account.frees), Reverse(account.gross));
            let places = |a: &Account, b: &Account| a.parts.iter().map(|p| p.rank).cmp(b.parts.iter().map(|p| p.rank));
            weight(a).cmp(&weight(b)).then_with(|| places(a, b)).then_with(|| a.kind.cmp(&b.kind))
        });
        let holders = self.accounts.into_iter().map(|account| account.close(self.places, sites)).collect();
        (sum, holders)
    }
}

impl Account {
    /// Puts the part first that names the holder. The others stay in text order.
    fn name(&mut self) {
        let least = self.parts.iter().enumerate().min_by_key(|(_, part)| (part.shown, part.rank)).map_or(0, |(i, _)| i);
        self.parts[..=least].rotate_right(1);
    }

    fn close(mut self, places: &Places, sites: Option<&[SiteRow]>) -> Holder {
        let sites = sites.map(|rows| {
            let site = |(&site, &views): (&usize, &u64)| Site { place: rows[site].site.clone(), views };
            let mut sites: Vec<Site> = self.sites.iter().map(site).collect();
            sites.sort_by(|a, b| (Reverse(a.views), &a.place).cmp(&(Reverse(b.views), &b.place)));
            sites
        });
        let name = |rank: usize| places.names[rank].to_string();
        self.born.sort_unstable_by_key(|&(rank, _, gross)| (Reverse(gross), rank));
        Holder {
            place: name(self.parts[0].rank),
            with: self.parts[1..].iter().map(|part| name(part.rank)).collect(),
            kind: self.kind,
            views: self.views,
            stores: self.stores,
            net: shown(self.net, self.unseen),
            gross: self.gross,
            frees: (!self.unseen).then_some(self.frees),
            frees_at_least: self.frees,
            slabs: self.slabs,
            survivors: self.survivors,
            born: self.born.iter().map(|&(rank, stores, gross)| Born { place: name(rank), stores, gross }).collect(),
            advice: None,
            oldest_ms: None,
            path: None,
            sites,
        }
    }
}

fn shown((min, max): (u64, u64), unseen: bool) -> Net {
    if unseen { Net::Between { min, max } } else { Net::Exact(min) }
}

/// How many bytes the pieces cover together. Leaves them sorted.
fn union(pieces: &mut [Piece]) -> u64 {
    if !pieces.is_sorted_by_key(|piece| piece.start) {
        pieces.sort_unstable_by_key(|piece| piece.start);
    }
    let mut covered = 0_u64;
    let mut reach = 0;
    for piece in pieces {
        covered += piece.end.saturating_sub(piece.start.max(reach));
        reach = reach.max(piece.end);
    }
    covered
}
