//! `metrics`: what is held, as gauges of whatever recorder the program has.

use crate::budget::Budget;
use crate::chunks::ChunkPoolStats;
use crate::pool::PoolStats;
use metrics::{SharedString, Unit};
use plimsoll_report::Report;

/// Gauges that a program sets when it likes, all with the label `name`, which tells this budget or pool from others.
///
/// | from | metrics |
/// |---|---|
/// | [`Gauges::report`] | `plimsoll_held_bytes`, `plimsoll_shown_bytes`, `plimsoll_tare_bytes`, `plimsoll_stores`, `plimsoll_views` |
/// | [`Gauges::budget`] | `plimsoll_budget_limit_bytes`, `plimsoll_budget_held_bytes`, `plimsoll_budget_peak_bytes`, `plimsoll_budget_waiting` |
/// | [`Gauges::pool`] | counters `plimsoll_pool_slabs`, `plimsoll_pool_pooled`, `plimsoll_pool_too_large`, `plimsoll_pool_hits`, `plimsoll_pool_misses`, `plimsoll_pool_waste_bytes`; gauges `plimsoll_pool_held_bytes`, `plimsoll_pool_room_bytes`, `plimsoll_pool_idle_bytes` |
/// | [`Gauges::chunk_pool`] | counters `plimsoll_chunks_hits`, `plimsoll_chunks_misses`; gauges `plimsoll_chunks_held_bytes`, `plimsoll_chunks_idle_bytes`, `plimsoll_chunks_waste_bytes` |
///
/// Each goes to the recorder that is installed at that moment, for the cost of its look-up: for once a second, not for once a
/// frame.
///
/// ```
/// use plimsoll::{Budget, Gauges, Pool};
///
/// let (uploads, pool) = (Budget::new(1 << 20), Pool::new());
/// let gauges = Gauges::new("uploads");
/// // Every now and then:
/// gauges.budget(&uploads).pool(&pool.stats()).report(&plimsoll::audit::report());
/// ```
#[derive(Clone, Debug)]
pub struct Gauges {
    name: SharedString,
}

/// What each is, for recorders that want to know.
const DESCRIBED: [(&str, Unit, &str); 15] = [
    ("plimsoll_held_bytes", Unit::Bytes, "What live audited stores keep"),
    ("plimsoll_shown_bytes", Unit::Bytes, "What live audited views show"),
    ("plimsoll_tare_bytes", Unit::Bytes, "What is held and not shown"),
    ("plimsoll_stores", Unit::Count, "Live audited stores"),
    ("plimsoll_views", Unit::Count, "Live audited views"),
    ("plimsoll_budget_limit_bytes", Unit::Bytes, "The most that may be held"),
    ("plimsoll_budget_held_bytes", Unit::Bytes, "What stores charged to the budget keep"),
    ("plimsoll_budget_peak_bytes", Unit::Bytes, "The most that was ever held at once"),
    ("plimsoll_budget_waiting", Unit::Count, "Those who wait for the budget"),
    ("plimsoll_pool_held_bytes", Unit::Bytes, "The slab that it fills"),
    ("plimsoll_pool_room_bytes", Unit::Bytes, "What is left of the current slab"),
    ("plimsoll_pool_idle_bytes", Unit::Bytes, "Stores that were given back by hand"),
    ("plimsoll_chunks_held_bytes", Unit::Bytes, "Chunks in use"),
    ("plimsoll_chunks_idle_bytes", Unit::Bytes, "Chunks that wait to be used again"),
    ("plimsoll_chunks_waste_bytes", Unit::Bytes, "What chunks in use have beyond what was asked for"),
];

const COUNTED: [(&str, Unit, &str); 8] = [
    ("plimsoll_pool_slabs", Unit::Count, "Slabs started"),
    ("plimsoll_pool_pooled", Unit::Count, "Requests served from a slab"),
    ("plimsoll_pool_too_large", Unit::Count, "Requests that got a store of their own"),
    ("plimsoll_pool_hits", Unit::Count, "Requests served from memory that the pool had"),
    ("plimsoll_pool_misses", Unit::Count, "Requests that a slab or a store had to be allocated for"),
    ("plimsoll_pool_waste_bytes", Unit::Bytes, "Ends of slabs that no request fitted in"),
    ("plimsoll_chunks_hits", Unit::Count, "Chunks that were used again"),
    ("plimsoll_chunks_misses", Unit::Count, "Chunks that had to be allocated"),
];

impl Gauges {
    /// Gauges with the label `name`. Describes all of them to the recorder, so it should be installed by then.
    #[must_use]
    pub fn new(name: impl Into<SharedString>) -> Self {
        metrics::with_recorder(|recorder| {
            for (metric, unit, text) in DESCRIBED {
                recorder.describe_gauge(metric.into(), Some(unit), text.into());
            }
            for (metric, unit, text) in COUNTED {
                recorder.describe_counter(metric.into(), Some(unit), text.into());
            }
        });
        Self { name: name.into() }
    }

    /// Sets the gauges of what is held, shown, and the difference, from the totals of a report. What is shown is left alone when
    /// the report does not know it exactly.
    ///
    /// Making the report is the dear part; see [`audit::report`](crate::audit::report).
    pub fn report(&self, report: &Report) -> &Self {
        let totals = &report.totals;
        self.set("plimsoll_held_bytes", totals.gross);
        if let (Some(net), Some(tare)) = (totals.net.known(), totals.tare()) {
            self.set("plimsoll_shown_bytes", net);
            self.set("plimsoll_tare_bytes", tare);
        }
        self.set("plimsoll_stores", totals.stores).set("plimsoll_views", totals.views)
    }

    /// Sets the gauges of a budget.
    pub fn budget(&self, budget: &Budget) -> &Self {
        self.set("plimsoll_budget_limit_bytes", budget.limit() as u64)
            .set("plimsoll_budget_held_bytes", budget.held() as u64)
            .set("plimsoll_budget_peak_bytes", budget.peak() as u64)
            .set("plimsoll_budget_waiting", budget.waiting() as u64)
    }

    /// Sets the counters and the gauge of a pool. A pool stays on its thread; its figures may be sent.
    pub fn pool(&self, stats: &PoolStats) -> &Self {
        self.count("plimsoll_pool_slabs", stats.slabs)
            .count("plimsoll_pool_pooled", stats.pooled)
            .count("plimsoll_pool_too_large", stats.too_large)
            .count("plimsoll_pool_hits", stats.hits)
            .count("plimsoll_pool_misses", stats.misses)
            .set("plimsoll_pool_held_bytes", stats.held as u64)
            .count("plimsoll_pool_waste_bytes", stats.waste)
            .set("plimsoll_pool_room_bytes", stats.room as u64)
            .set("plimsoll_pool_idle_bytes", stats.idle as u64)
    }

    /// Sets the counters and the gauges of a pool of chunks.
    pub fn chunk_pool(&self, stats: &ChunkPoolStats) -> &Self {
        self.count("plimsoll_chunks_hits", stats.hits)
            .count("plimsoll_chunks_misses", stats.misses)
            .set("plimsoll_chunks_held_bytes", stats.held as u64)
            .set("plimsoll_chunks_idle_bytes", stats.idle as u64)
            .set("plimsoll_chunks_waste_bytes", stats.waste as u64)
    }

    fn set(&self, metric: &'static str, value: u64) -> &Self {
        metrics::gauge!(metric, "name" => self.name.clone()).set(value as f64);
        self
    }

    fn count(&self, metric: &'static str, value: u64) -> &Self {
        metrics::counter!(metric, "name" => self.name.clone()).absolute(value);
        self
    }
}
