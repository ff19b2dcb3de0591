//! Gauges say what the things themselves say.
#![cfg(feature = "metrics")]

use metrics::{Counter, CounterFn, Gauge, GaugeFn, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use plimsoll::{Budget, Buffer, Gauges, Pool, audit};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

/// Keeps the last value of each metric, by its name and label.
#[derive(Clone, Default)]
struct Last {
    values: Arc<Mutex<BTreeMap<String, f64>>>,
    described: Arc<Mutex<BTreeMap<String, Option<Unit>>>>,
}

struct One {
    key: String,
    last: Last,
}

impl One {
    fn store(&self, value: f64) {
        self.last.values.lock().unwrap().insert(self.key.clone(), value);
    }
}

impl GaugeFn for One {
    fn increment(&self, _: f64) {
        unreachable!("gauges are set");
    }

    fn decrement(&self, _: f64) {
        unreachable!("gauges are set");
    }

    fn set(&self, value: f64) {
        self.store(value);
    }
}

impl CounterFn for One {
    fn increment(&self, _: u64) {
        unreachable!("counters are set");
    }

    fn absolute(&self, value: u64) {
        self.store(value as f64);
    }
}

impl Last {
    fn one(&self, key: &Key) -> Arc<One> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(One { key: format!("{}{{{}}}", key.name(), labels.join(",")), last: self.clone() })
    }

    fn get(&self, key: &str) -> Option<f64> {
        self.values.lock().unwrap().get(key).copied()
    }
}

impl Recorder for Last {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().insert(key.as_str().to_owned(), unit);
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.described.lock().unwrap().insert(key.as_str().to_owned(), unit);
    }

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {
        unreachable!("there are none");
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.one(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.one(key))
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        unreachable!("there are none");
    }
}

#[test]
fn a_budget_s_gauges_are_its_figures() {
    let recorder = Last::default();
    metrics::with_local_recorder(&recorder, || {
        let (uploads, downloads) = (Budget::new(1000), Budget::new(5000));
        let gauges = Gauges::new("uploads");
        let charge = uploads.try_charge(700).unwrap();
        let mut waits = std::pin::pin!(uploads.charge(400));
        assert!(waits.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_pending());
        gauges.budget(&uploads);
        Gauges::new("downloads").budget(&downloads);
        let get = |name: &str| recorder.get(&format!("plimsoll_budget_{name}{{name=uploads}}"));
        assert_eq!([get("limit_bytes"), get("held_bytes"), get("peak_bytes")], [1000.0, 700.0, 700.0].map(Some));
        assert_eq!(get("waiting"), Some(1.0));
        assert_eq!(recorder.get("plimsoll_budget_limit_bytes{name=downloads}"), Some(5000.0));

        drop(charge);
        gauges.budget(&uploads);
        assert_eq!([get("held_bytes"), get("peak_bytes"), get("waiting")], [400.0, 700.0, 0.0].map(Some));
    });
}

#[test]
fn a_pool_s_figures_come_from_the_thread_it_lives_on() {
    let stats = std::thread::spawn(|| {
        let mut pool = Pool::with_slab_size(1024);
        drop([pool.alloc(100), pool.alloc(500), pool.alloc(600)]);
        drop((pool.alloc(500), pool.alloc(500)));
        pool.stats()
    });
    let stats = stats.join().unwrap();
    let recorder = Last::default();
    metrics::with_local_recorder(&recorder, || {
        Gauges::new("frames").pool(&stats);
    });
    let get = |name: &str| recorder.get(&format!("plimsoll_pool_{name}{{name=frames}}")).unwrap();
    let expected = [stats.slabs as f64, stats.pooled as f64, 1.0, stats.waste as f64, stats.room as f64];
    assert_eq!(["slabs", "pooled", "too_large", "waste_bytes", "room_bytes"].map(get), expected);
    let expected = [stats.hits as f64, stats.misses as f64, 1024.0];
    assert_eq!(["hits", "misses", "held_bytes"].map(get), expected);
    assert!(stats.slabs >= 2 && stats.waste > 0, "{stats:?}");
}

#[test]
fn a_report_s_gauges_are_its_totals_and_all_are_described() {
    let recorder = Last::default();
    metrics::with_local_recorder(&recorder, || {
        audit::set_mode(audit::Mode::All);
        let chunk = Buffer::alloc(100_000);
        let kept = chunk.subarray(..1000);
        drop(chunk);
        let report = audit::report();
        audit::set_mode(audit::Mode::Off);
        // Other tests of this file may make stores meanwhile: the totals are the report's, whatever they are.
        let totals = &report.totals;
        assert!(totals.gross >= 100_000 && totals.tare() >= Some(99_000), "{totals:?}");
        let gauges = Gauges::new("all");
        gauges.report(&report).budget(&Budget::new(1)).pool(&Pool::new().stats());
        gauges.chunk_pool(&plimsoll::ChunkPool::new().stats());
        let get = |name: &str| recorder.get(&format!("plimsoll_{name}{{name=all}}")).unwrap() as u64;
        assert_eq!(["held_bytes", "stores", "views"].map(get), [totals.gross, totals.stores, totals.views]);
        assert_eq!(Some(get("shown_bytes")), totals.net.known());
        assert_eq!(Some(get("tare_bytes")), totals.tare());
        drop(kept);
    });
    let names = |key: &String| key.split('{').next().unwrap().to_owned();
    let set: BTreeSet<_> = recorder.values.lock().unwrap().keys().map(names).collect();
    let described = recorder.described.lock().unwrap();
    assert_eq!(set, described.keys().cloned().collect());
    for (name, unit) in &*described {
        assert_eq!(*unit == Some(Unit::Bytes), name.ends_with("_bytes"), "{name}");
    }
}

#[test]
fn a_chunk_pool_s_figures_are_counters_and_gauges() {
    let recorder = Last::default();
    let pool = plimsoll::ChunkPool::new();
    let mut reader = plimsoll::Reader::with_chunk_size(65 * 1024).with_pool(&pool);
    reader.extend_from_slice(b"held");
    metrics::with_local_recorder(&recorder, || {
        Gauges::new("frames").chunk_pool(&pool.stats());
    });
    let get = |name: &str| recorder.get(&format!("plimsoll_chunks_{name}{{name=frames}}")).unwrap();
    let held = 72.0 * 1024.0;
    assert_eq!(
        ["hits", "misses", "held_bytes", "idle_bytes", "waste_bytes"].map(get),
        [0.0, 1.0, held, 0.0, 7.0 * 1024.0]
    );
}
