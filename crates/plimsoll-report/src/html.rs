//! The report as one HTML page.
//!
//! All numbers and texts stand in the document, so the page says the same without its script; that sorts, filters and selects.
//! Names come from strangers' programs: every text passes through [`Esc`], and the page's policy lets nothing run but the one
//! script, known by its hash, and nothing load at all.

mod hash;
mod map;

use std::fmt::{self, Display, Write};

use crate::advice::{Cure, Tongue, Verdict, assumed, cure, if_little, notes, number, perhaps, ratio, verdict};
use crate::growth::{Growth, Stayed, signed, signed_size};
use crate::model::{Holder, Kind, Net, Peak, Report, Totals};
use crate::overlaps::Overlaps;
use crate::rows::{ChurnRow, ClassRow, SourceKind};
use crate::size::{count, grouped, percent, size};
use crate::terminal::{elided, printable};
use crate::text::{LISTED as SHORTLY, answer, duration, rest, shown, would_free};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
const SCRIPT_HASH: [u8; 51] = hash::source(SCRIPT);

/// Rows of a table, unless asked for more: a browser is still quick with these.
const ROWS: usize = 500;

/// Of classes, of which a heap has thousands, most of them tiny.
const CLASSES: usize = 100;

/// Cells of the map; what is smaller shares one.
const CELLS: usize = 120;

/// A cell below this part of the map could not be pointed at.
const LEAST_CELL: u64 = 4_000;

/// The map's width and height, in proportion.
const FRAME: (f64, f64) = (1000.0, 400.0);

/// Columns that a name may take in a table and in a holder's particulars.
const NAME: usize = 120;
const LONG_NAME: usize = 400;

/// Other places, places of birth and functions that are listed of a holder.
const LISTED: usize = 60;

impl Report {
    /// The report as an HTML page: one file that opens from disk, loads nothing, and follows the reader's light or dark.
    ///
    /// The answer comes first; then a map of the holders, each as large as what it holds and filled as far as it shows it; then
    /// tables to sort and to filter, and the particulars of a selected holder. `#holder-3` behind the address selects the third.
    /// Without a script the same numbers are there to read. The same report gives the same bytes.
    ///
    /// `top` cuts every table to so many rows. Without it there are 500, and those of the map, and of classes 100; what is left out
    /// is counted.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source};
    ///
    /// let page = Report::new(Source::script("<app>.js"), Rows::default()).to_html(None);
    /// assert!(page.starts_with("<!doctype html>\n"));
    /// assert!(page.contains("<title>&lt;app&gt;.js – Plimsoll</title>"));
    /// ```
    pub fn to_html(&self, top: Option<usize>) -> String {
        let mut page = Page { out: String::with_capacity(64 << 10), rows: top.unwrap_or(ROWS), tongue: self.tongue() };
        page.head(self);
        page.answer(self);
        if !self.holders.is_empty() {
            page.look(self, top);
        }
        if let Some(growth) = &self.growth {
            page.growth(growth);
        }
        if let Some(peak) = &self.peak {
            page.peak(peak, self.totals.gross);
        }
        page.churn(&self.churn);
        if let Some(overlaps) = &self.overlaps {
            page.overlaps(overlaps);
        }
        page.classes(&self.classes, top.unwrap_or(CLASSES));
        page.foot();
        page.out
    }
}

/// The page so far.
struct Page {
    out: String,
    rows: usize,
    tongue: Tongue,
}

/// Writes markup; what is not ours goes in through [`Esc`] or [`Name`].
macro_rules! put {
    ($page:expr, $($arg:tt)*) => {{
        // Writing to a string cannot fail.
        let _ = writeln!($page.out, $($arg)*);
    }};
}

/// One cell of a table.
enum Cell {
    /// Markup.
    Word(String),
    /// A number as it is printed, and what it is sorted by.
    Number(String, Option<i128>),
}

fn counted(n: u64) -> Cell {
    Cell::Number(count(n), Some(n.into()))
}

fn bytes(n: u64) -> Cell {
    Cell::Number(size(n), Some(n.into()))
}

impl Page {
    fn head(&mut self, report: &Report) {
        let target = elided(&report.source.target, 80);
        let hash = String::from_utf8_lossy(&SCRIPT_HASH);
        put!(
            self,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; \
             script-src '{hash}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{} – Plimsoll</title>\n<style>\n{STYLE}</style>\n</head>\n<body>",
            Esc(&target)
        );
    }

    fn answer(&mut self, report: &Report) {
        let totals = &report.totals;
        let what = match report.source.kind {
            SourceKind::Script => "script",
            SourceKind::Rust => "Rust program",
            SourceKind::Snapshot => "heap snapshot",
            SourceKind::Node => "Node program",
        };
        let said = answer(report).pop().map(|line| capitalised(&line)).unwrap_or_default();
        put!(
            self,
            "<header>\n<p class=\"source\"><svg viewBox=\"0 0 24 24\" aria-hidden=\"true\">\
             <circle cx=\"12\" cy=\"12\" r=\"7.5\"/><path d=\"M0 12h24\"/></svg><span>Plimsoll: what the {what} {} holds</span></p>\n\
             <h1>{}</h1>\n<dl class=\"figures\">",
            Name(&report.source.target, NAME),
            Esc(&said)
        );
        let share = totals.net.known().filter(|_| totals.gross > 0).map(|net| percent(net, totals.gross));
        let known = totals.net.known().is_some();
        let between = if known { shown(totals.net) } else { bounds(totals.net) };
        self.figure("held", &size(totals.gross), "");
        self.figure("shown", &between, &share.unwrap_or_default());
        self.figure("would free", &would_free(totals.frees, totals.frees_at_least), "");
        self.figure("views", &count(totals.views), "");
        self.figure("stores", &count(totals.stores), "");
        if totals.slabs.count > 0 {
            let held = format!("hold {}, show {}", size(totals.slabs.gross), size(totals.slabs.net));
            let held = if known { held } else { format!("hold {}", size(totals.slabs.gross)) };
            self.figure("pool slabs among them", &count(totals.slabs.count), &held);
        }
        put!(self, "</dl>");
        if totals.gross > 0 {
            put!(self, "{}", bar(totals.net, totals.gross));
        }
        if let Some(text) = assumed(totals) {
            put!(self, "<p class=\"faint\">{}</p>", Esc(&text));
        }
        let mut parts = vec![("#holders", "Holders", !report.holders.is_empty())];
        parts.push(("#growth", "Growth", report.growth.is_some()));
        parts.push(("#peak", "Peak", report.peak.is_some()));
        parts.push(("#churn", "Churn", !report.churn.is_empty()));
        parts.push(("#overlaps", "Overlaps", report.overlaps.is_some()));
        parts.push(("#classes", "Classes", !report.classes.is_empty()));
        parts.retain(|part| part.2);
        if parts.len() > 1 {
            put!(self, "<nav>");
            for (to, name, _) in parts {
                put!(self, "<a href=\"{to}\">{name}</a>");
            }
            put!(self, "</nav>");
        }
        put!(self, "</header>\n<main>");
    }

    fn figure(&mut self, name: &str, value: &str, note: &str) {
        let note = if note.is_empty() { String::new() } else { format!(" <small>{}</small>", Esc(note)) };
        put!(self, "<div><dt>{name}</dt><dd>{}{note}</dd></div>", Esc(value));
    }

    /// Map, table, and the holders one by one. A holder is known by its number in the report's order.
    fn look(&mut self, report: &Report, top: Option<usize>) {
        let mut listed: Vec<usize> = (0..self.rows.min(report.holders.len())).collect();
        let mut large: Vec<usize> = match top {
            Some(_) => listed.clone(),
            None => (0..report.holders.len()).collect(),
        };
        large.sort_by_key(|&at| std::cmp::Reverse(report.holders[at].gross));
        large.truncate(CELLS);
        large.retain(|&at| report.holders[at].gross > report.totals.gross / LEAST_CELL);
        listed.extend(large.iter().filter(|&&at| at >= self.rows));

        put!(self, "<div class=\"look\" id=\"holders\">");
        if report.totals.gross > 0 {
            self.map(report, &large);
        }
        put!(self, "<aside aria-label=\"The selected holder\">");
        for &at in &listed {
            self.holder(report, at);
        }
        put!(self, "</aside>\n<section class=\"list\">\n<h2>Holders</h2>");
        self.list(report, &listed);
        put!(self, "</section>\n</div>");
    }

    fn map(&mut self, report: &Report, large: &[usize]) {
        let mut weights: Vec<u64> = large.iter().map(|&at| report.holders[at].gross).collect();
        let others = remainder(&report.totals, large.iter().map(|&at| &report.holders[at]));
        weights.extend((others.1 > report.totals.gross / LEAST_CELL).then_some(others.1));
        put!(self, "<section class=\"map\">\n<h2>Who holds it</h2>\n<div class=\"cells\">");
        let cells = map::cells(&weights, FRAME.0, FRAME.1);
        for (i, cell) in cells.iter().enumerate() {
            let place = format!(
                "left:{:.3}%;top:{:.3}%;width:{:.3}%;height:{:.3}%",
                cell.x / FRAME.0 * 100.0,
                cell.y / FRAME.1 * 100.0,
                cell.width / FRAME.0 * 100.0,
                cell.height / FRAME.1 * 100.0
            );
            let Some(&at) = large.get(i) else {
                let rest = number((report.holders.len() - large.len()) as u64, "smaller holder");
                let (net, gross) = (others.0, others.1);
                put!(
                    self,
                    "<div class=\"cell rest\" style=\"{place};{}\" title=\"{rest}&#10;held {held}, shown {}\"><span>{rest}</span><span>{held}</span></div>",
                    level(net, gross),
                    shown(net),
                    held = size(gross)
                );
                continue;
            };
            let holder = &report.holders[at];
            let tip = format!(
                "{}{}\nheld {}, shown {}\nwould free {}",
                elided(&holder.place, NAME),
                match holder.with.len() {
                    0 => String::new(),
                    more => format!("\nand {}", number(more as u64, "more place")),
                },
                size(holder.gross),
                shown(holder.net),
                would_free(holder.frees, holder.frees_at_least)
            );
            put!(
                self,
                "<a class=\"cell\" href=\"#holder-{}\" style=\"{place};{}\" title=\"{}\"><span>{}{}</span><span>{}</span></a>",
                at + 1,
                level(holder.net, holder.gross),
                Esc(&tip),
                Name(label(holder), 48),
                match holder.with.len() {
                    0 => String::new(),
                    more => format!(" + {}", grouped(more as u64)),
                },
                size(holder.gross)
            );
        }
        put!(
            self,
            "</div>\n<p class=\"legend\"><span>Each is as large as what it holds.</span>\
             <span><span class=\"bar swatch\" style=\"--lo:100%;--hi:0%\"></span>shown</span>{}\
             <span><span class=\"bar swatch\" style=\"--lo:0%;--hi:0%\"></span>held and not shown: tare</span></p>\n</section>",
            match report.holders.iter().all(|holder| holder.net.known().is_some()) {
                true => "",
                false =>
                    "<span><span class=\"bar swatch\" style=\"--lo:0%;--hi:100%\"></span>not known whether it is shown</span>",
            }
        );
    }

    fn list(&mut self, report: &Report, listed: &[usize]) {
        let aged = report.holders.iter().any(|holder| holder.oldest_ms.is_some());
        let mut heads = vec!["place", "*", "kind", "views", "stores", "shown", "held", "tare", "would free"];
        heads.extend(aged.then_some("oldest"));
        let rows = listed.iter().map(|&at| {
            let holder = &report.holders[at];
            let more = match holder.with.len() {
                0 => String::new(),
                more => format!("<br><span class=\"faint\">and {}</span>", number(more as u64, "more place")),
            };
            let mut cells = vec![
                Cell::Word(format!("<a href=\"#holder-{}\">{}</a>{more}", at + 1, Name(&holder.place, NAME))),
                Cell::Word(bar(holder.net, holder.gross)),
                Cell::Word(holder.kind.name().into()),
            ];
            cells.extend(numbers(holder));
            if aged {
                let oldest = holder.oldest_ms.map_or("unknown".into(), |ms| format!("≤ {}", duration(ms)));
                cells.push(Cell::Number(oldest, holder.oldest_ms.map(i128::from)));
            }
            cells
        });
        let mut is_listed = vec![false; report.holders.len()];
        for &at in listed {
            is_listed[at] = true;
        }
        let omitted: Vec<&Holder> =
            report.holders.iter().zip(&is_listed).filter(|(_, listed)| !**listed).map(|(holder, _)| holder).collect();
        let left_out = (!omitted.is_empty()).then(|| format!("Left out: {}", rest(&omitted, "more holder")));
        self.table("picks", &heads, rows, left_out);
    }

    /// A holder's particulars.
    fn holder(&mut self, report: &Report, at: usize) {
        let holder = &report.holders[at];
        let is_heap = report.source.kind.is_heap();
        let all_slabs = holder.slabs.count == holder.stores;
        let stores = number(holder.stores, if all_slabs { "pool slab" } else { "store" });
        put!(self, "<article class=\"holder\" id=\"holder-{}\">", at + 1);
        put!(
            self,
            "<p class=\"faint\">{} of {}</p>",
            grouped(at as u64 + 1),
            number(report.holders.len() as u64, "holder")
        );
        put!(self, "<h3>{}</h3>", Name(&holder.place, LONG_NAME));
        put!(self, "{}\n<dl class=\"facts\">", bar(holder.net, holder.gross));
        self.fact("held", &exact(holder.gross));
        let share = |net| format!("{}, {}", exact(net), percent(net, holder.gross));
        self.fact("shown", &holder.net.known().map_or_else(|| bounds(holder.net), share));
        let (least, most) = tare(holder.net, holder.gross);
        self.fact("tare", &if least == most { exact(least) } else { format!("{} to {}", size(least), size(most)) });
        self.fact("would free", &holder.frees.map_or_else(|| would_free(None, holder.frees_at_least), exact));
        let views = match holder.kind {
            Kind::Store if report.source.kind == SourceKind::Rust => "none: kept as a `Store`".into(),
            Kind::Store => "none: kept as an ArrayBuffer (`.buffer`)".into(),
            _ => grouped(holder.views),
        };
        self.fact("views", &views);
        self.fact(if all_slabs { "pool slabs" } else { "stores" }, &grouped(holder.stores));
        if holder.slabs.count > 0 {
            let crowd = ratio(holder.survivors, holder.slabs.count);
            let each = if crowd == "1" { "1 view a slab".into() } else { format!("{crowd} views a slab") };
            match all_slabs {
                true => self.fact("in them", &each),
                false => self.fact("of them pool slabs", &format!("{}, {each}", grouped(holder.slabs.count))),
            }
        }
        if let Some(oldest) = holder.oldest_ms {
            self.fact("oldest", &format!("≤ {}", duration(oldest)));
        }
        put!(self, "</dl>");

        if !holder.with.is_empty() {
            let one = if is_heap { "Held together with" } else { "Together with" };
            let places = holder.with.iter().map(|place| Name(place, LONG_NAME).to_string());
            self.items(one, "ul", places, holder.with.len());
        }
        if let Some(path) = &holder.path {
            if !path.constructors.is_empty() {
                put!(self, "<h4>What the views are</h4>\n<p>{}</p>", Name(&path.constructors, LONG_NAME));
            }
            if let Some(code) = &path.at {
                put!(self, "<h4>Kept by code at</h4>\n<p>{}</p>", Name(code, LONG_NAME));
            }
        }
        if let Some(sites) = holder.sites.as_ref().filter(|sites| !sites.is_empty()) {
            let made = sites.iter().map(|site| site.views).sum::<u64>();
            let title = format!("Functions that made {} of {}", grouped(made), number(holder.views, "view"));
            let rows =
                sites.iter().map(|site| format!("{}: {}", Name(&site.place, LONG_NAME), number(site.views, "view")));
            self.items(&title, "ul", rows, sites.len());
        }
        if !is_heap {
            let born = holder.born.iter().map(|born| {
                let stores = number(born.stores, if all_slabs { "pool slab" } else { "store" });
                format!("{}: {stores}, {}", Name(&born.place, LONG_NAME), size(born.gross))
            });
            self.items("Where its stores were born", "ul", born, holder.born.len());
        }
        self.instead(report, holder, &stores);
        // Last, for it may be long.
        if let Some(path) = holder.path.as_ref().filter(|path| !path.example.is_empty()) {
            let steps = path.example.iter().map(|step| Name(step, LONG_NAME).to_string());
            self.list_of("One path from the root", "ol", steps);
        }
        put!(self, "</article>");
    }

    fn fact(&mut self, name: &str, value: &str) {
        put!(self, "<dt>{name}</dt><dd>{}</dd>", Prose(value));
    }

    /// A list under its heading, of which the first [`LISTED`] are told.
    fn items(&mut self, title: &str, tag: &str, items: impl Iterator<Item = String>, len: usize) {
        self.list_of(title, tag, items.take(LISTED));
        if let Some(more) = len.checked_sub(LISTED).filter(|&more| more > 0) {
            put!(self, "<p class=\"faint\">and {} more</p>", grouped(more as u64));
        }
    }

    fn list_of(&mut self, title: &str, tag: &str, items: impl Iterator<Item = String>) {
        put!(self, "<h4>{title}</h4>\n<{tag}>");
        for item in items {
            put!(self, "<li>{item}</li>");
        }
        put!(self, "</{tag}>");
    }

    /// What to write instead, or why nothing.
    fn instead(&mut self, report: &Report, holder: &Holder, stores: &str) {
        put!(self, "<h4>Instead</h4>");
        if let Some(advice) = &holder.advice {
            let Cure { action, pools } = cure(self.tongue, holder);
            let least = if holder.frees.is_none() { "at least " } else { "" };
            put!(self, "<div class=\"advice\"><p>{}</p>\n<p>{}</p>", Prose(&action), Prose(&notes(pools)));
            put!(self, "<p>That frees {least}{}.</p></div>", size(advice.frees));
            return;
        }
        if let Some(Cure { action, pools }) = perhaps(report.source.kind, self.tongue, holder, &report.totals) {
            put!(
                self,
                "<p>{}</p>\n<p>{}</p>\n<p>{}</p>",
                Prose(&if_little(self.tongue)),
                Prose(&action),
                Prose(&notes(pools))
            );
            return;
        }
        let why = match (verdict(holder, &report.totals), holder.frees) {
            (Verdict::Dear(each), _) => format!("A copy would give back {} a view, less than it costs.", size(each)),
            _ if holder.kind == Kind::Store => format!("There is no view to copy: something keeps the {stores}."),
            (_, Some(0)) if holder.net.known() == Some(holder.gross) => {
                "All that is held is shown: copies free nothing. If it piles up, let go of it.".into()
            }
            (_, Some(0)) => "Copies free nothing.".into(),
            (_, None) if holder.frees_at_least == 0 => "What copies would free is not known.".into(),
            _ => "Copies free too little to matter.".into(),
        };
        put!(self, "<p>{}</p>", Prose(&why));
    }

    /// What changed since an earlier look, and of three looks what stayed.
    fn growth(&mut self, growth: &Growth) {
        self.section("growth", "Growth");
        let before = |held: u64, grown: i64| u64::try_from(i128::from(held) - i128::from(grown)).unwrap_or(0);
        put!(
            self,
            "<p>{}: {} at first, {} now.</p>",
            capitalised(&growth.answer()),
            size(before(growth.held, growth.gross)),
            size(growth.held)
        );
        let (listed, omitted) = growth.holders.split_at(self.rows.min(growth.holders.len()));
        if !listed.is_empty() {
            let rows = listed.iter().map(|grown| {
                vec![
                    Cell::Word(together(&grown.place, &grown.with)),
                    Cell::Word(grown.kind.name().into()),
                    Cell::Number(signed(grown.views), Some(grown.views.into())),
                    Cell::Number(signed(grown.stores), Some(grown.stores.into())),
                    bytes(before(grown.held, grown.gross)),
                    bytes(grown.held),
                    Cell::Number(signed_size(grown.gross), Some(grown.gross.into())),
                ]
            });
            let left_out = (!omitted.is_empty()).then(|| {
                let grown = omitted.iter().fold(0_i64, |sum, grown| sum.saturating_add(grown.gross));
                let n = number(omitted.len() as u64, "more holder");
                format!("Left out: {n}, together {}", signed_size(grown))
            });
            self.table("", &["place", "kind", "views", "stores", "held before", "held now", "grown"], rows, left_out);
        }
        if let Some(stayed) = &growth.stayed {
            self.stayed(stayed);
        }
        put!(self, "</section>");
    }

    fn stayed(&mut self, stayed: &[Stayed]) {
        put!(self, "<h3>What stayed</h3>");
        if stayed.is_empty() {
            put!(self, "<p>Nothing that was made between the first and the second look is left in the third.</p>");
            return;
        }
        put!(self, "<p>Made between the first and the second look, and still there in the third.</p>");
        let (listed, omitted) = stayed.split_at(self.rows.min(stayed.len()));
        let rows = listed
            .iter()
            .map(|row| vec![Cell::Word(Name(&row.place, NAME).to_string()), counted(row.stores), bytes(row.gross)]);
        let left_out = (!omitted.is_empty()).then(|| {
            let held = omitted.iter().fold(0_u64, |sum, row| sum.saturating_add(row.gross));
            format!("Left out: {}, held {}", number(omitted.len() as u64, "more place"), size(held))
        });
        self.table("", &["place", "stores", "held"], rows, left_out);
    }

    fn peak(&mut self, peak: &Peak, at_end: u64) {
        self.section("peak", "Peak");
        let captured = match peak.captured_gross == peak.gross {
            true => String::new(),
            false => format!(" The holders below were taken when {} was held.", size(peak.captured_gross)),
        };
        put!(
            self,
            "<p>Most was held after {}: {}. At the end it is {}.{captured}</p>",
            duration(peak.at_ms),
            size(peak.gross),
            size(at_end)
        );
        let (listed, omitted) = peak.holders.split_at(self.rows.min(peak.holders.len()));
        let rows = listed.iter().map(|holder| {
            let mut cells = vec![
                Cell::Word(together(&holder.place, &holder.with)),
                Cell::Word(bar(holder.net, holder.gross)),
                Cell::Word(holder.kind.name().into()),
            ];
            cells.extend(numbers(holder));
            cells
        });
        let left_out = (!omitted.is_empty())
            .then(|| format!("Left out: {}", rest(&omitted.iter().collect::<Vec<_>>(), "more holder")));
        let heads = ["place", "*", "kind", "views", "stores", "shown", "held", "tare", "would free"];
        self.table("", &heads, rows, left_out);
        put!(self, "</section>");
    }

    fn churn(&mut self, churn: &[ChurnRow]) {
        if churn.is_empty() {
            return;
        }
        self.section("churn", "Churn");
        put!(self, "<p>What each line did over the whole run, whether it is still alive or not.</p>");
        let (listed, omitted) = churn.split_at(self.rows.min(churn.len()));
        let rows = listed.iter().map(|row| {
            vec![
                Cell::Word(Name(&row.place, NAME).to_string()),
                counted(row.stores),
                bytes(row.allocated),
                counted(row.views),
                bytes(row.copied),
                bytes(row.stringified),
            ]
        });
        let left_out = (!omitted.is_empty()).then(|| {
            let moved = omitted.iter().fold(0_u64, |sum, row| sum.saturating_add(row.moved()));
            format!("Left out: {}, moved {}", number(omitted.len() as u64, "more line"), size(moved))
        });
        self.table("", &["place", "stores", "allocated", "views", "copied", "to strings"], rows, left_out);
        put!(self, "</section>");
    }

    fn overlaps(&mut self, overlaps: &Overlaps) {
        self.section("overlaps", "Overlaps");
        let what = match overlaps.pairs.is_empty() {
            true => "No views of different lines overlap in part.",
            false => {
                "Live views of different lines that overlap in part: a write through one changes a part of the other."
            }
        };
        put!(self, "<p>{what}</p>");
        if !overlaps.complete {
            put!(self, "<p>There are too many views to compare them all.</p>");
        }
        let (listed, omitted) = overlaps.pairs.split_at(self.rows.min(overlaps.pairs.len()));
        if !listed.is_empty() {
            let rows = listed.iter().map(|pair| {
                let [a, b] = &pair.places;
                let [one, other] =
                    pair.ranges.clone().map(|range| format!("{}..{}", grouped(range.start), grouped(range.end)));
                vec![
                    Cell::Word(format!("{}<br>and {}", Name(a, NAME), Name(b, NAME))),
                    counted(pair.stores),
                    bytes(pair.bytes),
                    Cell::Number(format!("{one}<br>{other}"), Some(pair.ranges[0].start.into())),
                    Cell::Word(Name(&pair.born, NAME).to_string()),
                ]
            });
            let left_out =
                (!omitted.is_empty()).then(|| format!("Left out: {}", number(omitted.len() as u64, "more pair")));
            self.table("", &["places", "stores", "shared", "bytes", "store born at"], rows, left_out);
        }
        put!(self, "</section>");
    }

    fn classes(&mut self, classes: &[ClassRow], top: usize) {
        if classes.is_empty() {
            return;
        }
        self.section("classes", "Classes");
        put!(self, "<p>All objects of the heap by class: their own bytes, and what would be free without them.</p>");
        let (listed, omitted) = classes.split_at(top.min(classes.len()));
        let rows = listed.iter().map(|class| {
            vec![
                Cell::Word(Name(&class.name, NAME).to_string()),
                counted(class.objects),
                bytes(class.shallow),
                bytes(class.retained),
            ]
        });
        let left_out = (!omitted.is_empty()).then(|| {
            let shallow = omitted.iter().fold(0_u64, |sum, class| sum.saturating_add(class.shallow));
            let n = omitted.len() as u64;
            format!(
                "Left out: {} more class{}, {} of their own",
                grouped(n),
                if n == 1 { "" } else { "es" },
                size(shallow)
            )
        });
        self.table("", &["class", "objects", "shallow", "retained"], rows, left_out);
        put!(self, "</section>");
    }

    fn section(&mut self, id: &str, title: &str) {
        put!(self, "<section class=\"other\" id=\"{id}\">\n<h2>{title}</h2>");
    }

    /// A table whose first column names the row. A head of `*` is a picture, without a name and not to be sorted by.
    fn table(&mut self, class: &str, heads: &[&str], rows: impl Iterator<Item = Vec<Cell>>, left_out: Option<String>) {
        put!(self, "<div class=\"wide\"><table class=\"{class}\">\n<thead><tr>");
        for &head in heads {
            match head {
                "*" => put!(self, "<td class=\"plain\"></td>"),
                "kind" | "store born at" => put!(self, "<th scope=\"col\" class=\"word\">{head}</th>"),
                _ => put!(self, "<th scope=\"col\">{head}</th>"),
            };
        }
        put!(self, "</tr></thead>\n<tbody>");
        for row in rows {
            self.out.push_str("<tr>");
            for cell in row {
                let _ = match cell {
                    Cell::Word(markup) => write!(self.out, "<td class=\"word\">{markup}</td>"),
                    Cell::Number(markup, key) => {
                        write!(
                            self.out,
                            "<td data-v=\"{}\">{markup}</td>",
                            key.map(|key| key.to_string()).unwrap_or_default()
                        )
                    }
                };
            }
            self.out.push_str("</tr>\n");
        }
        put!(self, "</tbody>");
        if let Some(text) = left_out {
            put!(self, "<tfoot><tr><td colspan=\"{}\">{}</td></tr></tfoot>", heads.len(), Esc(&text));
        }
        put!(self, "</table></div>");
    }

    fn foot(&mut self) {
        put!(
            self,
            "</main>\n<footer>\n<dl>\n\
             <dt>store</dt><dd>one allocation of bytes; a pool slab is one that small buffers are carved from</dd>\n\
             <dt>view</dt><dd>a window on a store, which keeps all of the store alive</dd>\n\
             <dt>held</dt><dd>the bytes of the stores that views keep alive</dd>\n\
             <dt>shown</dt><dd>the bytes that the views show</dd>\n\
             <dt>tare</dt><dd>held and not shown</dd>\n\
             <dt>would free</dt><dd>what keeping copies, instead of the views, would give back</dd>\n\
             <dt>holder</dt><dd>the set of places whose views keep the same stores alive; every store has one holder</dd>\n\
             <dt>≤ and ≥</dt><dd>at most and at least: the source does not tell more</dd>\n\
             </dl>\n</footer>\n<script>{SCRIPT}</script>\n</body>\n</html>"
        );
    }
}

/// A holder's places, where they stand nowhere else on the page.
fn together(place: &str, with: &[String]) -> String {
    let named: String = with.iter().take(SHORTLY).map(|place| format!("<br>and {}", Name(place, NAME))).collect();
    let more = match with.len().saturating_sub(SHORTLY) {
        0 => String::new(),
        more => format!("<br>and {}", number(more as u64, "more place")),
    };
    format!("{}<span class=\"faint\">{named}{more}</span>", Name(place, NAME))
}

/// The numbers of a holder's row: views, stores, shown, held, tare, would free.
fn numbers(holder: &Holder) -> [Cell; 6] {
    let most_shown = match holder.net {
        Net::Exact(net) => net,
        Net::Between { max, .. } => max,
    };
    let (least, most) = tare(holder.net, holder.gross);
    let frees = would_free(holder.frees, holder.frees_at_least);
    let frees_key = holder.frees.or((holder.frees_at_least > 0).then_some(holder.frees_at_least));
    [
        counted(holder.views),
        counted(holder.stores),
        Cell::Number(shown(holder.net), Some(most_shown.into())),
        bytes(holder.gross),
        match (least == most).then_some(least) {
            Some(tare) => bytes(tare),
            None => Cell::Number(would_free(None, least), (least > 0).then_some(least.into())),
        },
        Cell::Number(frees, frees_key.map(i128::from)),
    ]
}

/// What is shown and held by the holders that are not among these.
fn remainder<'a>(totals: &Totals, these: impl Iterator<Item = &'a Holder>) -> (Net, u64) {
    let ends = |net| match net {
        Net::Exact(net) => (net, net),
        Net::Between { min, max } => (min, max),
    };
    let ((mut min, mut max), mut gross) = (ends(totals.net), totals.gross);
    for holder in these {
        let (least, most) = ends(holder.net);
        (min, max) = (min.saturating_sub(least), max.saturating_sub(most));
        gross = gross.saturating_sub(holder.gross);
    }
    (if min == max { Net::Exact(min) } else { Net::Between { min, max } }, gross)
}

/// The least and the most that is held and not shown.
fn tare(net: Net, gross: u64) -> (u64, u64) {
    match net {
        Net::Exact(net) => (gross.saturating_sub(net), gross.saturating_sub(net)),
        Net::Between { min, max } => (gross.saturating_sub(max), gross.saturating_sub(min)),
    }
}

/// A size that is not known exactly.
fn bounds(net: Net) -> String {
    match net {
        Net::Exact(net) => size(net),
        Net::Between { min, max } => format!("{} to {}", size(min), size(max)),
    }
}

/// A size, and its bytes where it was rounded.
fn exact(bytes: u64) -> String {
    let size = size(bytes);
    if size.ends_with(" B") { size } else { format!("{size} ({} B)", grouped(bytes)) }
}

/// How far a load is filled: up to `--lo` for certain, perhaps up to `--hi`.
fn level(net: Net, gross: u64) -> String {
    let part = |bytes: u64| bytes.min(gross) as f64 * 100.0 / gross.max(1) as f64;
    match net {
        Net::Exact(net) => format!("--lo:{:.2}%;--hi:0%", part(net)),
        Net::Between { min, max } => format!("--lo:{:.2}%;--hi:{:.2}%", part(min), part(max)),
    }
}

fn bar(net: Net, gross: u64) -> String {
    format!("<span class=\"bar\" style=\"{}\"></span>", level(net, gross))
}

/// What fits into a cell: a site without its folders, a path whole.
fn label(holder: &Holder) -> &str {
    match holder.kind {
        Kind::Path => &holder.place,
        _ => holder.place.rsplit('/').next().unwrap_or_default(),
    }
}

fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A text as it may stand in markup and between double quotes. What would act on the writing direction, or is no character at
/// all, is replaced as it is for a terminal; line feeds are left.
struct Esc<'a>(&'a str);

impl Display for Esc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, line) in self.0.split('\n').enumerate() {
            if i > 0 {
                f.write_str("&#10;")?;
            }
            for c in printable(line).chars() {
                match c {
                    '&' => f.write_str("&amp;")?,
                    '<' => f.write_str("&lt;")?,
                    '>' => f.write_str("&gt;")?,
                    '"' => f.write_str("&quot;")?,
                    '\'' => f.write_str("&#39;")?,
                    c => f.write_char(c)?,
                }
            }
        }
        Ok(())
    }
}

/// A name from outside, cut to so many columns. It reads from left to right, as code does, whatever its letters, and leaves the
/// text around it alone.
struct Name<'a>(&'a str, usize);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<bdi dir=\"ltr\">{}</bdi>", Esc(&elided(self.0, self.1)))
    }
}

/// A sentence of ours, with code in backticks.
struct Prose<'a>(&'a str);

impl Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.split('`').enumerate() {
            match i % 2 {
                0 => write!(f, "{}", Esc(part))?,
                _ => write!(f, "<code>{}</code>", Esc(part))?,
            }
        }
        Ok(())
    }
}
