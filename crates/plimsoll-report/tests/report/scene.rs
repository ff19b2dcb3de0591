//! Rows for tests, written the way the programs that they stand for would be told.

use plimsoll_report::{Report, Rows, Source, StoreRow, ViewRow};

#[derive(Default)]
pub(crate) struct Scene {
    pub(crate) rows: Rows,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        Scene::default()
    }

    /// A store made at a place. Answers its id.
    pub(crate) fn store(&mut self, capacity: u64, born: &str) -> u64 {
        self.make(capacity, born, false)
    }

    /// A pool slab, begun by a call at a place. Answers its id.
    pub(crate) fn slab(&mut self, born: &str) -> u64 {
        self.make(8192, born, true)
    }

    /// A view made at a place.
    pub(crate) fn view(&mut self, store: u64, offset: u64, len: u64, place: &str) {
        let place = self.place(place);
        self.rows.views.push(ViewRow { store, offset, len, place });
    }

    pub(crate) fn script(&self) -> Report {
        Report::new(Source::script("app.js"), self.rows.clone())
    }

    pub(crate) fn rust(&self) -> Report {
        Report::new(Source::rust("app"), self.rows.clone())
    }

    fn make(&mut self, capacity: u64, born: &str, slab: bool) -> u64 {
        let id = 1 + self.rows.stores.len() as u64;
        let born = self.place(born);
        self.rows.stores.push(StoreRow { id, capacity, slab, born, stands_for: None });
        id
    }

    fn place(&mut self, text: &str) -> u32 {
        let known = self.rows.places.iter().position(|place| place == text);
        known.unwrap_or_else(|| {
            self.rows.places.push(text.into());
            self.rows.places.len() - 1
        }) as u32
    }
}

/// 1,000 packets of 1 MiB, of which a 16-byte id is kept.
pub(crate) fn session_ids() -> Scene {
    let mut scene = Scene::new();
    for _ in 0..1_000 {
        let packet = scene.store(1 << 20, "examples/session-ids.js:10:25");
        scene.view(packet, 5, 16, "examples/session-ids.js:14:20");
    }
    scene
}

/// 64 packets of 64 KiB, of which an id and a payload are kept, cut on two lines.
pub(crate) fn two_lines() -> Scene {
    let mut scene = Scene::new();
    for _ in 0..64 {
        let packet = scene.store(64 << 10, "examples/two-lines.js:8:18");
        scene.view(packet, 5, 16, "examples/two-lines.js:12:19");
        scene.view(packet, 21, 1_000, "examples/two-lines.js:13:24");
    }
    scene
}

/// 2,000 copies of 10 bytes, each the only survivor of its slab.
pub(crate) fn slab_survivors() -> Scene {
    let mut scene = Scene::new();
    for _ in 0..2_000 {
        let slab = scene.slab("examples/slab-survivors.js:9:30");
        scene.view(slab, 0, 10, "examples/slab-survivors.js:12:22");
    }
    scene
}

/// Whole buffers of 1 MiB that pile up.
pub(crate) fn closure_leak() -> Scene {
    let mut scene = Scene::new();
    for _ in 0..20 {
        let store = scene.store(1 << 20, "examples/closure-leak.js:6:24");
        scene.view(store, 0, 1 << 20, "examples/closure-leak.js:6:24");
    }
    scene
}

/// A file read whole, and a 16-byte head of it, both in use.
pub(crate) fn healthy_parent() -> Scene {
    let mut scene = Scene::new();
    let file = scene.store(4 << 20, "examples/healthy-parent.js:4:17");
    scene.view(file, 0, 4 << 20, "examples/healthy-parent.js:4:17");
    scene.view(file, 0, 16, "examples/healthy-parent.js:5:19");
    scene
}
