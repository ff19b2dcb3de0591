//! The report as text for a terminal.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::advice::{Cure, Verdict, assumed, cure, if_little, notes, number, perhaps, ratio, verdict};
use crate::model::{Born, Holder, Kind, Net, Peak, Report, Slabs, Totals};
use crate::rows::{ChurnRow, ClassRow, SourceKind};
use crate::size::{count, grouped, percent, size};
use crate::table::{Row, Table};
use crate::terminal::{Ink, columns, elided, printable, wrapped};

/// A holding below this is not worth a row of its own, and folded into one line with others like it; so is what is
/// below this part (one hundredth) of all that is held.
pub(crate) const LEAST_ROW: u64 = 64 << 10;
pub(crate) const LEAST_PART: u64 = 100;

/// A younger holder's age is not told, in milliseconds.
const LEAST_AGE: u64 = 60_000;

/// How many places are listed below a row before the rest is counted.
pub(crate) const LISTED: usize = 3;

/// Narrower than this, tables do not fit.
const LEAST_WIDTH: usize = 72;

/// How wide sentences are where there is no terminal to say so.
const PAPER_WIDTH: usize = 80;

/// Classes that are listed, unless somebody says how many.
const CLASSES: usize = 10;

/// A space at which no line ends.
const NO_BREAK: char = '\u{a0}';

/// Steps of an example that are told; the rest, in its middle, is counted.
const STEPS: usize = 12;

/// How the text is to look.
///
/// ```
/// use plimsoll_report::{By, TextOptions};
///
/// let plain = TextOptions::default();
/// assert_eq!((plain.top, plain.by, plain.color, plain.width), (None, By::Holders, false, None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextOptions {
    /// Cut to so many rows, the rest counted in one line. Without it all.
    pub top: Option<usize>,
    /// What the rows are.
    pub by: By,
    /// Whether to mark up with ANSI colours. The text is the same otherwise.
    pub color: bool,
    /// Columns of the terminal: no line is longer, and names that do not fit are cut in their middle. Below 72 counts as 72.
    /// `None`: it is no terminal. Then names are told whole, however long, and sentences take 80 columns.
    pub width: Option<usize>,
}

impl Default for TextOptions {
    fn default() -> Self {
        TextOptions { top: None, by: By::Holders, color: false, width: None }
    }
}

/// What the rows of the text are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum By {
    /// Who holds what at the end.
    #[default]
    Holders,
    /// What each line of code did over the whole run.
    Churn,
}

impl Report {
    /// The report as text, with a line feed at the end.
    ///
    /// The first two lines give the answer (a program with nothing to free gets one). Then come holders in aligned
    /// tables, worst first; what is large but not to be helped by copying stands under *held*, and what does not matter
    /// is one line. Last comes what to write instead.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source, StoreRow, TextOptions, ViewRow};
    ///
    /// let rows = Rows {
    ///     places: vec!["ids.js:3:20".into()],
    ///     stores: (0..1000).map(|id| StoreRow { id, capacity: 16, slab: false, born: 0, stands_for: None }).collect(),
    ///     views: (0..1000).map(|store| ViewRow { store, offset: 0, len: 16, place: 0 }).collect(),
    /// };
    /// let text = Report::new(Source::script("ids.js"), rows).text(&TextOptions::default());
    /// assert_eq!(text, "nothing to free: held 16,000 B, all of it shown\n");
    /// ```
    pub fn text(&self, options: &TextOptions) -> String {
        let mut page = Page::new(options);
        let top = options.top.unwrap_or(usize::MAX);
        page.summary(self);
        match options.by {
            By::Holders => page.holders(self, top),
            By::Churn => page.churn(&self.churn, top),
        }
        if let Some(overlaps) = &self.overlaps {
            page.overlaps(overlaps, top);
        }
        page.classes(&self.classes, options.top.unwrap_or(CLASSES));
        if let Some(growth) = &self.growth {
            page.blank();
            page.line("since the first:");
            page.out.push_str(&growth.text(options));
        }
        page.out
    }
}

/// The text so far, and how wide it may be.
pub(crate) struct Page {
    pub(crate) ink: Ink,
    /// Columns that sentences take.
    width: usize,
    /// Columns that a line may have, if it must not have more.
    pub(crate) most: Option<usize>,
    /// Whether it has been said how to see a whole path.
    said_how: bool,
    pub(crate) out: String,
}

impl Page {
    pub(crate) fn new(options: &TextOptions) -> Page {
        let most = options.width.map(|width| width.max(LEAST_WIDTH));
        Page { ink: Ink(options.color), width: most.unwrap_or(PAPER_WIDTH), most, said_how: false, out: String::new() }
    }

    /// A place as it fits beside so many columns.
    fn fitted(&self, place: &str, beside: usize) -> String {
        elided(place, self.most.map_or(usize::MAX, |most| most.saturating_sub(beside)))
    }

    pub(crate) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(crate) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// A text in lines that start with `indent`.
    fn paragraph(&mut self, indent: &str, text: &str) {
        for line in wrapped(text, self.width - indent.len()) {
            self.line(&format!("{indent}{line}"));
        }
    }

    /// The same at the margin, and standing out.
    pub(crate) fn headline(&mut self, text: &str) {
        for line in wrapped(text, self.width) {
            let line = self.ink.strong(&line);
            self.line(&line);
        }
    }

    /// One line below a row, which belongs to it: `before`, a place, `after`.
    pub(crate) fn below(&mut self, before: &str, place: &str, after: &str) {
        let before = printable(before);
        let place = self.fitted(place, 2 + columns(&before) + columns(after));
        let text = format!("  {before}{place}{after}");
        let text = self.ink.faint(&text);
        self.line(&text);
    }

    fn summary(&mut self, report: &Report) {
        for line in answer(report) {
            self.headline(&line);
        }
        if let Some(peak) = &report.peak {
            self.peak(peak, report.totals.gross);
        }
        if report.source.kind.is_heap() && report.totals.slabs.count > 0 {
            self.slabs(&report.totals);
        }
    }

    /// Which part of it Node's pool has.
    fn slabs(&mut self, totals: &Totals) {
        let Slabs { count, gross, net } = totals.slabs;
        let text = format!(
            "{} of it in {}, which show {}{}; {} in stores of their own",
            size(gross),
            number(count, "pool slab"),
            if totals.net.known().is_some() { "" } else { "at most " },
            size(net),
            size(totals.gross.saturating_sub(gross)),
        );
        let text = self.ink.faint(&text);
        self.line(&text);
        for line in assumed(totals).map(|text| wrapped(&text, self.width)).unwrap_or_default() {
            let line = self.ink.faint(&line);
            self.line(&line);
        }
    }

    /// One line, if more was held then than at the end.
    fn peak(&mut self, peak: &Peak, at_end: u64) {
        if peak.gross <= at_end {
            return;
        }
        let moment = format!("peak: held {} after {}", size(peak.gross), duration(peak.at_ms));
        let text = match peak.holders.iter().max_by_key(|holder| holder.gross) {
            Some(most) if most.gross > peak.captured_gross / 2 => {
                let before = format!("{moment}, most of it by ");
                let place = self.fitted(&most.place, columns(&before));
                format!("{before}{place}")
            }
            _ => moment,
        };
        let text = self.ink.faint(&text);
        self.line(&text);
    }

    fn holders(&mut self, report: &Report, top: usize) {
        let (listed, omitted) = report.holders.split_at(top.min(report.holders.len()));
        let least = LEAST_ROW.max(report.totals.gross / LEAST_PART);
        let mut to_free = Vec::new();
        let mut held = Vec::new();
        let mut folded = Vec::new();
        for holder in listed {
            match &holder.advice {
                // Where everything is small, the worst is still worth its row.
                Some(advice) if to_free.is_empty() || advice.frees >= report.frees() / LEAST_PART => {
                    to_free.push(holder)
                }
                None if holder.gross >= least => held.push(holder),
                _ => folded.push(holder),
            }
        }

        let rows: Vec<Row<4>> = to_free.iter().chain(&held).map(|holder| row(holder)).collect();
        let (free_rows, held_rows) = rows.split_at(to_free.len());
        let table = Table::new(["views", "shown", "held", "would free"], &rows, self.most);
        for (title, holders, rows) in [("to free", &to_free, free_rows), ("held", &held, held_rows)] {
            if rows.is_empty() {
                continue;
            }
            self.blank();
            let head = self.ink.faint(&table.head(title));
            self.line(&head);
            for (holder, row) in holders.iter().zip(rows) {
                self.line(&table.row(row, title == "to free", &self.ink));
                self.details(report, holder);
            }
        }

        // In a clean program the small change is not news.
        if !folded.is_empty() && !rows.is_empty() {
            self.blank();
            let text = rest(&folded, "small holder");
            self.line(&text);
        }
        if !omitted.is_empty() {
            self.blank();
            let text = rest(&omitted.iter().collect::<Vec<_>>(), "omitted holder");
            self.line(&text);
        }
        self.instead(report, &to_free, &held);
    }

    /// What stands below a holder's row: its other lines, its stores and where they were born, and why it is not among
    /// what to free.
    fn details(&mut self, report: &Report, holder: &Holder) {
        self.others(&holder.with);
        let all_slabs = holder.slabs.count == holder.stores;
        let noun = if all_slabs { "pool slab" } else { "store" };
        let crowd = match (all_slabs, ratio(holder.survivors, holder.slabs.count)) {
            (false, _) => String::new(),
            (true, one) if one == "1" => ", 1 view a slab".into(),
            (true, several) => format!(", {several} views a slab"),
        };
        match holder.born.as_slice() {
            _ if report.source.kind.is_heap() => self.heap_details(report, holder, noun, &crowd),
            [only] if holder.kind == Kind::Store => {
                let kept_as = match report.source.kind {
                    SourceKind::Script | SourceKind::Snapshot | SourceKind::Node => "an ArrayBuffer (`.buffer`)",
                    SourceKind::Rust => "a `Store`",
                };
                self.below(&format!("{}, kept as {kept_as}, without a view", number(only.stores, noun)), "", "");
            }
            [only] if only.place == holder.place && holder.with.is_empty() => {
                self.below(&format!("{}, born on that line{crowd}", number(only.stores, noun)), "", "");
            }
            [only] => self.below(&format!("{}, born at ", number(only.stores, noun)), &only.place, &crowd),
            several => {
                let (listed, more) = several.split_at(LISTED.min(several.len()));
                for Born { place, stores, .. } in listed {
                    self.below(&format!("{}, born at ", number(*stores, noun)), place, "");
                }
                if !more.is_empty() {
                    let stores = more.iter().map(|born| born.stores).sum();
                    let places = number(more.len() as u64, "more place");
                    self.below(&format!("{}, born at {places}", number(stores, noun)), "", "");
                }
            }
        }
        if let Some(oldest) = holder.oldest_ms.filter(|&ms| ms >= LEAST_AGE) {
            self.below(&format!("the oldest was made {} ago", duration(oldest)), "", "");
        }
        if let Verdict::Dear(each) = verdict(holder, &report.totals) {
            self.below(&format!("a copy would give back {} a view, less than it costs", size(each)), "", "");
        }
    }

    /// What a heap knows of a holder: not where its stores were born, but what retains its views.
    fn heap_details(&mut self, report: &Report, holder: &Holder, noun: &str, crowd: &str) {
        let views = number(holder.views, "view");
        let stores = match (holder.views, holder.stores) {
            (0, stores) => format!("{}, kept as ArrayBuffers (`.buffer`), without a view", number(stores, noun)),
            (2.., 1) => format!("{views} hold one {noun} of {}{crowd}", size(holder.gross)),
            (_, stores) => format!("{}{crowd}", number(stores, noun)),
        };
        self.below(&stores, "", "");
        let Some(path) = &holder.path else { return };
        match &path.at {
            Some(at) if path.constructors.is_empty() => self.below("kept by code at ", at, ""),
            Some(at) => self.below(&format!("{}, kept by code at ", path.constructors), at, ""),
            None if path.constructors.is_empty() => {}
            None => self.below(&path.constructors, "", ""),
        }
        if let Some(sites) = holder.sites.as_ref().filter(|_| holder.views > 0) {
            let made: u64 = sites.iter().map(|site| site.views).sum();
            let share = format!("{} of {views}", grouped(made));
            match sites.as_slice() {
                [] => self.below(&format!("{share} seen being made"), "", ""),
                [only] => self.below(&format!("{share} seen being made, in the function at "), &only.place, ""),
                [most, ..] => {
                    self.below(&format!("{share} seen being made, most in the function at "), &most.place, "");
                }
            }
        }
        if !path.example.is_empty() {
            self.example(report, &path.example);
        }
    }

    /// One path, and the first time that it is not told whole, how to see all of it.
    fn example(&mut self, report: &Report, steps: &[String]) {
        let (told, is_whole) = in_short(steps);
        let mut text = format!("for example {}", printable(&told.join(" → ")));
        let id = steps.last().and_then(|step| step.rsplit_once('@')).map(|(_, id)| id);
        let is_id = |id: &&str| !id.is_empty() && id.bytes().all(|digit| digit.is_ascii_digit());
        // Only a file can be asked again.
        if let Some(id) = id.filter(is_id)
            && report.source.kind == SourceKind::Snapshot
            && !is_whole
            && !std::mem::replace(&mut self.said_how, true)
        {
            text += &format!(" (whole path: --path{NO_BREAK}{id})");
        }
        for line in wrapped(&text, self.width - 4) {
            let line = self.ink.faint(&format!("    {line}").replace(NO_BREAK, " "));
            self.line(&line);
        }
    }

    /// The classes of the heap, most retained first.
    fn classes(&mut self, classes: &[ClassRow], top: usize) {
        let (listed, more) = classes.split_at(top.min(classes.len()));
        if listed.is_empty() {
            return;
        }
        self.blank();
        let rows: Vec<Row<3>> = listed
            .iter()
            .map(|class| Row {
                name: &class.name,
                cells: [count(class.objects), size(class.shallow), size(class.retained)],
            })
            .collect();
        let table = Table::new(["objects", "shallow", "retained"], &rows, self.most);
        let head = self.ink.faint(&table.head("all classes"));
        self.line(&head);
        for row in &rows {
            self.line(&table.row(row, false, &self.ink));
        }
        if !more.is_empty() {
            let text = self.ink.faint(&format!("and {} more", grouped(more.len() as u64)));
            self.line(&text);
        }
    }

    /// The other lines of a row.
    pub(crate) fn others(&mut self, with: &[String]) {
        for place in with.iter().take(LISTED) {
            self.below("and ", place, "");
        }
        if let Some(more) = with.len().checked_sub(LISTED + 1) {
            self.below(&format!("and {}", number(more as u64 + 1, "more line")), "", "");
        }
    }

    /// What to write, line by line. Holders with the same cure share a paragraph, and the last one is for all.
    fn instead(&mut self, report: &Report, to_free: &[&Holder], held: &[&Holder]) {
        let (kind, tongue) = (report.source.kind, report.tongue());
        let sure: Vec<_> = to_free.iter().map(|&holder| (cure(tongue, holder), holder)).collect();
        let perhaps: Vec<_> =
            held.iter().filter_map(|&holder| Some((perhaps(kind, tongue, holder, &report.totals)?, holder))).collect();
        let any_pools = sure.iter().chain(&perhaps).any(|(cure, _)| cure.pools);
        for (title, cures) in [("Instead:", &sure), (&*if_little(tongue), &perhaps)] {
            if cures.is_empty() {
                continue;
            }
            self.blank();
            self.paragraph("", title);
            self.cures(cures);
        }
        if !sure.is_empty() || !perhaps.is_empty() {
            self.blank();
            self.paragraph("  ", &notes(any_pools));
        }
    }

    fn cures(&mut self, cures: &[(Cure, &Holder)]) {
        let mut same: Vec<(&str, Vec<&Holder>)> = Vec::new();
        for (cure, holder) in cures {
            match same.iter_mut().find(|(known, _)| *known == cure.action) {
                Some((_, holders)) => holders.push(holder),
                None => same.push((&cure.action, vec![holder])),
            }
        }
        for (action, holders) in same {
            for holder in holders {
                self.places(holder);
            }
            self.paragraph("    ", action);
        }
    }

    /// The lines of a holder, one below the other.
    fn places(&mut self, holder: &Holder) {
        for (i, place) in holder.places().take(LISTED + 1).enumerate() {
            let before = if i == 0 { "" } else { "and " };
            let place = self.fitted(place, 2 + before.len());
            let text = format!("  {before}{}", self.ink.strong(&place));
            self.line(&text);
        }
        if let Some(more) = holder.with.len().checked_sub(LISTED + 1) {
            self.line(&format!("  and {}", number(more as u64 + 1, "more line")));
        }
    }

    fn churn(&mut self, churn: &[ChurnRow], top: usize) {
        self.blank();
        if churn.is_empty() {
            self.line("No churn was counted in this run.");
            return;
        }
        let (listed, omitted) = churn.split_at(top.min(churn.len()));
        let cells = |row: &ChurnRow| {
            [count(row.stores), size(row.allocated), count(row.views), size(row.copied), size(row.stringified)]
        };
        let rows: Vec<Row<5>> = listed.iter().map(|row| Row { name: &row.place, cells: cells(row) }).collect();
        let table = Table::new(["stores", "allocated", "views", "copied", "to strings"], &rows, self.most);
        let head = self.ink.faint(&table.head("over the whole run"));
        self.line(&head);
        for row in &rows {
            self.line(&table.row(row, false, &self.ink));
        }
        if !omitted.is_empty() {
            let moved = omitted.iter().fold(0_u64, |sum, row| sum.saturating_add(row.moved()));
            self.blank();
            self.line(&format!("{}: moved {}", number(omitted.len() as u64, "omitted line"), size(moved)));
        }
    }
}

/// The answer: what is held and shown, and what would be freed. One sentence, or two if there is something to change.
pub(crate) fn answer(report: &Report) -> Vec<String> {
    let totals = &report.totals;
    let (held, frees) = (size(totals.gross), totals.frees.map(size));
    let shown = match totals.net {
        Net::Exact(net) if net == totals.gross => "all of it shown".into(),
        Net::Exact(net) => format!("shown {} ({})", size(net), percent(net, totals.gross)),
        Net::Between { min, max } => format!("shown {} to {}", size(min), size(max)),
    };
    let advices: Vec<_> = report.holders.iter().filter(|holder| holder.advice.is_some()).collect();
    if advices.is_empty() {
        return vec![match (totals.gross, totals.frees, frees) {
            (0, ..) => "nothing to free: held 0 B".into(),
            (_, Some(0), _) => format!("nothing to free: held {held}, {shown}"),
            (.., Some(frees)) => format!("nothing worth freeing: held {held}, {shown}, would free {frees}"),
            (.., None) if totals.frees_at_least > 0 => {
                let least = size(totals.frees_at_least);
                format!("nothing worth freeing for certain: held {held}, {shown}, would free at least {least}")
            }
            (.., None) => format!("held {held}, {shown}; what copies would free is not known"),
        }];
    }
    let freed =
        advices.iter().filter_map(|holder| holder.advice.as_ref()).fold(0_u64, |sum, a| sum.saturating_add(a.frees));
    let places: BTreeSet<&str> = advices.iter().flat_map(|holder| holder.places()).collect();
    let changes = format!(
        "by changing {}",
        number(places.len() as u64, if report.source.kind.is_heap() { "place" } else { "line" })
    );
    let line = match frees {
        Some(frees) if frees != size(freed) => format!("would free {frees}, {} of it {changes}", size(freed)),
        Some(frees) => format!("would free {frees} {changes}"),
        None => format!("would free at least {} {changes}", size(freed)),
    };
    vec![format!("held {held}, {shown}"), line]
}

/// One line for many holders: their number, and what they come to.
pub(crate) fn rest(holders: &[&Holder], noun: &str) -> String {
    let gross = holders.iter().fold(0_u64, |sum, holder| sum.saturating_add(holder.gross));
    let frees = holders.iter().fold(0_u64, |sum, holder| sum.saturating_add(holder.frees_at_least));
    let least = if holders.iter().any(|holder| holder.frees.is_none()) { "at least " } else { "" };
    format!("{}: held {}, would free {least}{}", number(holders.len() as u64, noun), size(gross), size(frees))
}

pub(crate) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", grouped(ms / 3_600_000), ms % 3_600_000 / 60_000),
    }
}

/// What is shown, in a word.
pub(crate) fn shown(net: Net) -> String {
    match net {
        Net::Exact(net) => size(net),
        Net::Between { max, .. } => format!("≤ {}", size(max)),
    }
}

/// What would be freed, in a word.
pub(crate) fn would_free(frees: Option<u64>, at_least: u64) -> String {
    match frees {
        Some(frees) => size(frees),
        None if at_least == 0 => "unknown".into(),
        None => format!("≥ {}", size(at_least)),
    }
}

/// The ends of a path around the number of steps left out, those counted that its source left out already; and whether that is
/// all of it.
fn in_short(steps: &[String]) -> (Vec<Cow<'_, str>>, bool) {
    let gap = |step: &String| step.strip_prefix('(')?.strip_suffix(" more)")?.replace(',', "").parse::<u64>().ok();
    let missing = steps.iter().filter_map(gap).fold(0, u64::saturating_add);
    let there: Vec<&String> = steps.iter().filter(|step| gap(step).is_none()).collect();
    if there.len() <= STEPS {
        return (steps.iter().map(|step| step.as_str().into()).collect(), missing == 0);
    }
    let (first, others) = there.split_at(STEPS / 2);
    let (middle, last) = others.split_at(others.len() - STEPS / 2);
    let left_out = format!("({}{NO_BREAK}more)", grouped(missing.saturating_add(middle.len() as u64)));
    let told = first.iter().map(|step| step.as_str().into());
    let told = told.chain([left_out.into()]).chain(last.iter().map(|step| step.as_str().into()));
    (told.collect(), false)
}

/// A holder's numbers, as a row.
fn row(holder: &Holder) -> Row<'_, 4> {
    let frees = would_free(holder.frees, holder.frees_at_least);
    Row { name: &holder.place, cells: [count(holder.views), shown(holder.net), size(holder.gross), frees] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rows, Source, StoreRow};

    #[test]
    fn what_cannot_be_known_is_said_to_be_unknown() {
        let store = StoreRow { id: 1, capacity: 1 << 20, slab: false, born: 0, stands_for: None };
        let rows = Rows { places: vec!["a.js:1:1".into()], stores: vec![store], views: vec![] };
        let mut report = Report::new(Source::script("a.js"), rows);
        report.totals.net = Net::Between { min: 16, max: 4096 };
        report.totals.frees = None;
        report.holders[0].net = report.totals.net;
        report.holders[0].frees = None;
        let text = report.text(&TextOptions::default());
        assert!(text.starts_with("held 1 MiB, shown 16 B to 4,096 B; what copies would free is not known\n"), "{text}");
        assert!(text.contains("≤ 4,096 B  1 MiB     unknown"), "{text}");
    }
}
