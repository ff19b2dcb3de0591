//! The quick audit: stores and views of one isolate, without a snapshot.

use super::Error;
use super::isolate::{Isolate, handle};
use serde_json::{Value, json};

const GATHER: &str = include_str!("quick.js");

/// Up to this size of the heap there is room for a list of all its objects, whatever the limits are.
const SMALL_HEAP: u64 = 64 << 20;

/// The most that the heap may have, and the memory that the process may still take. Node may load `node:v8` for it, which has
/// three small arrays.
const ROOM: &str =
    "[process.getBuiltinModule?.('v8').getHeapStatistics().heap_size_limit ?? 0, process.availableMemory?.() ?? 0]";

/// So many bytes of a slab may lie before or behind the part that is cut into buffers.
const ALIGNMENT: u64 = 64;

/// Rows that come in one message.
const PAGE: usize = 100_000;

/// So many SharedArrayBuffers are told apart by the memory behind them; the others count as different.
const MOST_SHARED: usize = 1_000;

/// One block of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Store {
    pub(crate) capacity: u64,
    pub(crate) slab: bool,
    pub(crate) resizable: bool,
    pub(crate) shared: bool,
    /// V8's number of the memory behind a SharedArrayBuffer: the same in all isolates.
    pub(crate) memory: Option<u64>,
}

/// One view, of a store by its index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) store: usize,
    pub(crate) offset: u64,
    pub(crate) len: u64,
    /// Its class, as an index into [`Found::classes`].
    pub(crate) class: usize,
}

/// What is alive in one isolate.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) node: String,
    pub(crate) classes: Vec<String>,
    pub(crate) stores: Vec<Store>,
    pub(crate) views: Vec<View>,
    /// Views of nothing: of empty or detached buffers.
    pub(crate) empty: u64,
    /// `process.memoryUsage().arrayBuffers`.
    pub(crate) array_buffers: u64,
    /// Bytes of slabs that only the pool itself holds. They are not among the stores.
    pub(crate) pool: u64,
    /// Whether slabs were told by Node's own mark. Otherwise by their size.
    pub(crate) marked: bool,
}

/// Looks at all buffers of an isolate.
pub(crate) fn look(isolate: &mut Isolate<'_>) -> Result<Found, Error> {
    let state = gather(isolate, false)?;
    let mut found = read(isolate, &state)?;
    found.leave_out_the_pools_own();
    Ok(found)
}

/// The same, with the views in an array that stays until the isolate is let go: its handle. Element `i` is view `i`.
pub(crate) fn pin(isolate: &mut Isolate<'_>) -> Result<(String, Found), Error> {
    let state = gather(isolate, true)?;
    let array = isolate.make(&state, "function () { return this.views; }", json!([]))?;
    Ok((array, read(isolate, &state)?))
}

/// Finds all buffers: the handle of what quick.js returns.
fn gather(isolate: &mut Isolate<'_>, pin: bool) -> Result<String, Error> {
    let internals = internals(isolate)?;
    let mut lists = if has_room(isolate)? {
        vec![isolate.objects("Object.prototype")?]
    } else {
        let mut lists = Vec::new();
        for of in ["Object.getPrototypeOf(Uint8Array)", "DataView", "ArrayBuffer", "SharedArrayBuffer"] {
            lists.push(isolate.objects(&format!("{of}.prototype"))?);
        }
        lists
    };
    let first = lists.remove(0);
    let handles = [internals].into_iter().chain(lists.into_iter().map(Some));
    let arguments = handles.map(|handle| handle.map_or(json!({ "value": null }), |id| json!({ "objectId": id })));
    let arguments: Vec<Value> = [json!({ "value": pin })].into_iter().chain(arguments).collect();
    isolate.make(&first, GATHER, Value::Array(arguments))
}

/// Whether there is room for a list of all objects: 8 bytes each in the heap, 32 outside, where an object takes some 40.
///
/// Then V8 is asked once, otherwise once for each sort of buffer. Each question is several collections of garbage.
fn has_room(isolate: &mut Isolate<'_>) -> Result<bool, Error> {
    let used = isolate.value("process.memoryUsage().heapUsed")?.as_u64().unwrap_or(u64::MAX);
    if used < SMALL_HEAP {
        return Ok(true);
    }
    let room = isolate.value(ROOM)?;
    let (heap, outside) = (room[0].as_u64().unwrap_or(0), room[1].as_u64().unwrap_or(0));
    Ok(heap > used.saturating_add(used / 2) && outside > used.saturating_mul(2))
}

/// Node's door to what it knows itself, found among the variables of `process.binding`. `None`: this Node has none there.
fn internals(isolate: &mut Isolate<'_>) -> Result<Option<String>, Error> {
    let Some(function) = isolate.evaluate("process.binding")? else { return Ok(None) };
    let properties = isolate.properties(&function)?;
    let scopes = list(&properties["internalProperties"]).find(|p| p["name"] == "[[Scopes]]");
    let Some(scopes) = scopes.and_then(|scopes| handle(&scopes["value"])) else { return Ok(None) };
    let scopes = isolate.properties(&scopes)?;
    for scope in list(&scopes["result"]) {
        let value = &scope["value"];
        let closure = value["description"].as_str().is_some_and(|text| text.starts_with("Closure"));
        let Some(scope) = handle(value).filter(|_| closure) else { continue };
        let variables = isolate.properties(&scope)?;
        let found = list(&variables["result"]).find(|variable| variable["name"] == "internalBinding");
        if let Some(found) = found.and_then(|found| handle(&found["value"])) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Fetches what was gathered, page by page.
fn read(isolate: &mut Isolate<'_>, state: &str) -> Result<Found, Error> {
    let head = isolate.text(state, "function () { return this.head(); }", json!([]))?;
    let head: Value = serde_json::from_str(&head).map_err(|error| strange(error.to_string()))?;
    let mut found = Found {
        node: head["version"].as_str().unwrap_or_default().into(),
        classes: list(&head["names"]).map(|name| name.as_str().unwrap_or_default().into()).collect(),
        empty: head["empty"].as_u64().unwrap_or(0),
        array_buffers: head["arrayBuffers"].as_u64().unwrap_or(0),
        marked: head["marked"] == true,
        ..Found::default()
    };

    pages(isolate, state, "storesFrom", &head["stores"], &mut |[capacity, flags]| {
        let (shared, slab, resizable) = (flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
        found.stores.push(Store { capacity, slab, resizable, shared, memory: None });
        Ok(())
    })?;
    let (stores, classes) = (found.stores.len(), found.classes.len());
    pages(isolate, state, "viewsFrom", &head["views"], &mut |[store, offset, len, class]| {
        let index = |number: u64, count: usize| usize::try_from(number).ok().filter(|&number| number < count);
        match (index(store, stores), index(class, classes)) {
            (Some(store), Some(class)) => found.views.push(View { store, offset, len, class }),
            _ => return Err(strange("a view of a store that is not there")),
        }
        Ok(())
    })?;

    let numbers: Vec<usize> = list(&head["sharedNumbers"]).filter_map(|n| usize::try_from(n.as_u64()?).ok()).collect();
    for (number, memory) in memories(isolate, state, numbers.len())? {
        if let Some(store) = numbers.get(number).and_then(|&store| found.stores.get_mut(store)) {
            store.memory = Some(memory);
        }
    }
    Ok(found)
}

impl Found {
    /// Leaves out what Node itself keeps of its pool: the view of the whole working slab, from which it cuts others, and one
    /// buffer of a single byte that is made while Node starts; and then their slabs, if nothing else is in them.
    fn leave_out_the_pools_own(&mut self) {
        let mut own = vec![false; self.stores.len()];
        let (mut working, mut single) = (false, false);
        self.views.retain(|view| {
            let store = &self.stores[view.store];
            let whole = store.slab && !working && view.len.saturating_add(ALIGNMENT) >= store.capacity;
            let first = store.slab && !single && (view.offset, view.len) == (0, 1);
            working |= whole;
            single |= first;
            own[view.store] |= whole || first;
            !whole && !first
        });
        for view in &self.views {
            own[view.store] = false;
        }
        let mut numbers = Vec::with_capacity(own.len());
        let mut left = Vec::with_capacity(own.len());
        for (store, own) in self.stores.iter().zip(own) {
            numbers.push(left.len());
            if own {
                self.pool = self.pool.saturating_add(store.capacity);
            } else {
                left.push(*store);
            }
        }
        self.stores = left;
        for view in &mut self.views {
            view.store = numbers[view.store];
        }
    }
}

/// Rows of `N` numbers each, fetched in pages.
fn pages<const N: usize>(
    isolate: &mut Isolate<'_>,
    state: &str,
    method: &str,
    count: &Value,
    row: &mut dyn FnMut([u64; N]) -> Result<(), Error>,
) -> Result<(), Error> {
    let count = count.as_u64().and_then(|count| usize::try_from(count).ok()).ok_or_else(|| strange("no count"))?;
    let function = format!("function (from, count) {{ return this.{method}(from, count); }}");
    for from in (0..count).step_by(PAGE) {
        let expected = PAGE.min(count - from);
        let text = isolate.text(state, &function, json!([{ "value": from }, { "value": expected }]))?;
        let mut numbers = text.split(',').map(|number| number.parse::<u64>());
        for _ in 0..expected {
            let mut cells = [0; N];
            for cell in &mut cells {
                *cell = numbers.next().and_then(Result::ok).ok_or_else(|| strange("a row with missing numbers"))?;
            }
            row(cells)?;
        }
    }
    Ok(())
}

/// Which memory is behind each SharedArrayBuffer.
fn memories(isolate: &mut Isolate<'_>, state: &str, count: usize) -> Result<Vec<(usize, u64)>, Error> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let array = isolate.make(state, "function () { return this.shared; }", json!([]))?;
    let elements = isolate.properties(&array)?;
    let mut memories = Vec::new();
    for element in list(&elements["result"]).take(MOST_SHARED) {
        let number = element["name"].as_str().and_then(|name| name.parse().ok());
        let (Some(number), Some(buffer)) = (number, handle(&element["value"])) else { continue };
        let properties = isolate.properties(&buffer)?;
        let memory = list(&properties["internalProperties"]).find(|p| p["name"] == "[[ArrayBufferData]]");
        let memory = memory.map(|memory| &memory["value"]["value"]);
        if let Some(memory) = memory.and_then(|id| id.as_u64().or_else(|| id.as_str()?.parse().ok())) {
            memories.push((number, memory));
        }
    }
    Ok(memories)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn strange(problem: impl Into<String>) -> Error {
    Error::answer("the quick audit", problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pools_own_views_are_left_out_and_others_stay() {
        let store = |capacity, slab| Store { capacity, slab, resizable: false, shared: false, memory: None };
        let view = |store, offset, len| View { store, offset, len, class: 0 };
        let mut found = Found {
            stores: vec![
                store(65_600, true),
                store(65_600, true),
                store(65_600, true),
                store(65_536, false),
                store(65_600, true),
            ],
            views: vec![
                view(0, 0, 1),       // Node's single byte, alone in its slab
                view(1, 0, 1),       // the program's
                view(2, 32, 65_536), // the working slab
                view(2, 40, 10),     // with a buffer in it
                view(3, 0, 65_536),  // a whole buffer of its own
                view(4, 0, 65_600),  // somebody's view of a whole slab
            ],
            ..Found::default()
        };
        found.leave_out_the_pools_own();
        assert_eq!(found.pool, 65_600);
        assert_eq!(found.stores.len(), 4);
        assert_eq!(found.views, [view(0, 0, 1), view(1, 40, 10), view(2, 0, 65_536), view(3, 0, 65_600)]);
    }
}
