//! JSON, version 1: every key is told in `docs/json.md`, and a test compares the two.

use serde_json::{Map, Value, json};

use crate::growth::Growth;
use crate::model::{Holder, Net, Peak, Report, Totals};
use crate::overlaps::Overlap;
use crate::rows::{ChurnRow, ClassRow};

impl Report {
    /// The report as JSON, version 1, indented, with a line feed at the end.
    ///
    /// `top` cuts every list to so many: `omitted` counts the holders left out, `classes_omitted` the classes. Totals are always
    /// those of the whole.
    ///
    /// ```
    /// use plimsoll_report::{Report, Rows, Source};
    ///
    /// let json = Report::new(Source::script("app.js"), Rows::default()).to_json(None);
    /// assert!(json.starts_with("{\n  \"version\": 1,\n  \"source\": {\n    \"kind\": \"script\","));
    /// ```
    pub fn to_json(&self, top: Option<usize>) -> String {
        let top = top.unwrap_or(usize::MAX);
        let mut report = json!({
            "version": 1,
            "source": {"kind": self.source.kind.name(), "target": self.source.target},
            "totals": totals(&self.totals),
            "holders": holders(&self.holders, top),
            "peak": self.peak.as_ref().map(|at| peak(at, top)),
            "churn": self.churn.iter().take(top).map(churn).collect::<Vec<_>>(),
            "omitted": self.holders.len().saturating_sub(top),
        });
        if let Some(since) = &self.growth {
            report["growth"] = growth(since, top);
        }
        if !self.classes.is_empty() {
            report["classes"] = self.classes.iter().take(top).map(class).collect();
            report["classes_omitted"] = json!(self.classes.len().saturating_sub(top));
        }
        if let Some(overlaps) = &self.overlaps {
            report["overlaps"] = overlaps.pairs.iter().take(top).map(overlap).collect();
        }
        format!("{report:#}\n")
    }
}

fn totals(totals: &Totals) -> Value {
    let slabs = &totals.slabs;
    let mut map = counts(totals.views, totals.stores);
    bytes(&mut map, totals.net, totals.gross, totals.tare(), totals.frees);
    if totals.frees.is_none() {
        map.insert("frees_min".into(), json!(totals.frees_at_least));
    }
    let mut slabs = json!({"count": slabs.count, "gross": slabs.gross, "net": slabs.net});
    if totals.taken_for_pooled > 0 {
        slabs["taken_for_pooled"] = json!(totals.taken_for_pooled);
    }
    map.insert("slabs".into(), slabs);
    Value::Object(map)
}

fn holders(holders: &[Holder], top: usize) -> Vec<Value> {
    holders.iter().take(top).map(holder).collect()
}

fn holder(holder: &Holder) -> Value {
    let mut map = Map::new();
    map.insert("where".into(), json!(holder.place));
    map.insert("with".into(), json!(holder.with));
    map.insert("kind".into(), json!(holder.kind.name()));
    map.append(&mut counts(holder.views, holder.stores));
    bytes(&mut map, holder.net, holder.gross, holder.tare(), holder.frees);
    let born = holder.born.iter().map(|born| json!({"where": born.place, "stores": born.stores, "gross": born.gross}));
    map.insert("born".into(), born.collect());
    let advice =
        holder.advice.as_ref().map(|advice| json!({"text": advice.text, "where": advice.place, "frees": advice.frees}));
    map.insert("advice".into(), json!(advice));
    if holder.frees.is_none() {
        map.insert("frees_min".into(), json!(holder.frees_at_least));
    }
    if let Some(path) = &holder.path {
        map.insert("at".into(), json!(path.at));
        map.insert("constructors".into(), json!(path.constructors));
        map.insert("example".into(), json!(path.example));
    }
    if let Some(sites) = &holder.sites {
        let sites = sites.iter().map(|site| json!({"where": site.place, "views": site.views}));
        map.insert("sites".into(), sites.collect());
    }
    if let Some(oldest) = holder.oldest_ms {
        map.insert("oldest_ms".into(), json!(oldest));
    }
    Value::Object(map)
}

fn peak(peak: &Peak, top: usize) -> Value {
    json!({
        "gross": peak.gross,
        "at_ms": peak.at_ms,
        "captured_gross": peak.captured_gross,
        "totals": totals(&peak.totals),
        "holders": holders(&peak.holders, top),
    })
}

fn churn(row: &ChurnRow) -> Value {
    json!({
        "where": row.place,
        "stores": row.stores,
        "allocated": row.allocated,
        "views": row.views,
        "copied": row.copied,
        "stringified": row.stringified,
    })
}

fn growth(growth: &Growth, top: usize) -> Value {
    let grown = growth.holders.iter().take(top).map(|grown| {
        json!({
            "where": grown.place,
            "with": grown.with,
            "kind": grown.kind.name(),
            "views": grown.views,
            "stores": grown.stores,
            "gross": grown.gross,
            "held": grown.held,
        })
    });
    let mut value = json!({"gross": growth.gross, "held": growth.held, "holders": grown.collect::<Vec<_>>()});
    if let Some(stayed) = &growth.stayed {
        let rows = stayed.iter().take(top);
        value["stayed"] =
            rows.map(|row| json!({"where": row.place, "stores": row.stores, "gross": row.gross})).collect();
    }
    value
}

fn class(class: &ClassRow) -> Value {
    json!({"name": class.name, "objects": class.objects, "shallow": class.shallow, "retained": class.retained})
}

fn overlap(pair: &Overlap) -> Value {
    let ranges = pair.ranges.iter().map(|range| json!([range.start, range.end]));
    json!({
        "where": pair.places,
        "stores": pair.stores,
        "bytes": pair.bytes,
        "ranges": ranges.collect::<Vec<_>>(),
        "born": pair.born,
    })
}

fn counts(views: u64, stores: u64) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("views".into(), json!(views));
    map.insert("stores".into(), json!(stores));
    map
}

fn bytes(map: &mut Map<String, Value>, net: Net, gross: u64, tare: Option<u64>, frees: Option<u64>) {
    map.insert("net".into(), json!(net.known()));
    if let Net::Between { min, max } = net {
        map.insert("net_min".into(), json!(min));
        map.insert("net_max".into(), json!(max));
    }
    map.insert("gross".into(), json!(gross));
    map.insert("tare".into(), json!(tare));
    map.insert("frees".into(), json!(frees));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Rows, Source, StoreRow};

    #[test]
    fn an_age_is_there_if_it_is_known() {
        let store = StoreRow { id: 1, capacity: 1 << 20, slab: false, born: 0, stands_for: None };
        let rows = Rows { places: vec!["a.js:1:1".into()], stores: vec![store], views: vec![] };
        let report = Report::new(Source::script("a.js"), rows);
        let oldest = |report: &Report| {
            let value: Value = serde_json::from_str(&report.to_json(None)).unwrap();
            value["holders"][0].get("oldest_ms").cloned()
        };
        assert_eq!(oldest(&report), None);
        let aged = report.with_ages([("a.js:1:1", std::time::Duration::from_secs(61))]);
        assert_eq!(oldest(&aged), Some(json!(61_000)));
        assert!(aged.text(&crate::TextOptions::default()).contains("the oldest was made 1 min 1 s ago"));
    }

    #[test]
    fn what_cannot_be_known_is_null_beside_its_bounds() {
        let store = StoreRow { id: 1, capacity: 4096, slab: false, born: 0, stands_for: None };
        let rows = Rows { places: vec!["a.js:1:1".into()], stores: vec![store], views: vec![] };
        let mut report = Report::new(Source::script("a.js"), rows);
        let net = Net::Between { min: 1, max: 4096 };
        (report.totals.net, report.totals.frees) = (net, None);
        (report.holders[0].net, report.holders[0].frees) = (net, None);
        let value: Value = serde_json::from_str(&report.to_json(None)).unwrap();
        for map in [&value["totals"], &value["holders"][0]] {
            assert_eq!([&map["net"], &map["tare"], &map["frees"]], [&Value::Null; 3]);
            assert_eq!([&map["net_min"], &map["net_max"], &map["gross"]], [&json!(1), &json!(4096), &json!(4096)]);
        }
    }
}
