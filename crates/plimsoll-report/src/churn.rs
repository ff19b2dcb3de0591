//! Churn: what lines of code did over the whole run.

use std::collections::HashMap;

use crate::rows::ChurnRow;

/// Rows of one place added up; most bytes moved first, then most views, then in text order.
pub(crate) fn summed(rows: Vec<ChurnRow>) -> Vec<ChurnRow> {
    let mut sums: Vec<ChurnRow> = Vec::with_capacity(rows.len());
    let mut index: HashMap<String, usize> = HashMap::with_capacity(rows.len());
    for row in rows {
        if let Some(sum) = index.get(&row.place).and_then(|&i| sums.get_mut(i)) {
            sum.stores = sum.stores.saturating_add(row.stores);
            sum.allocated = sum.allocated.saturating_add(row.allocated);
            sum.views = sum.views.saturating_add(row.views);
            sum.copied = sum.copied.saturating_add(row.copied);
            sum.stringified = sum.stringified.saturating_add(row.stringified);
        } else {
            index.insert(row.place.clone(), sums.len());
            sums.push(row);
        }
    }
    sums.sort_by(|a, b| (b.moved(), b.views).cmp(&(a.moved(), a.views)).then_with(|| a.place.cmp(&b.place)));
    sums
}
