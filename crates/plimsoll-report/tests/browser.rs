//! The page in a real browser: a headless Chromium, found on the PATH or named by the environment variable `CHROME`. Where there
//! is none, or what is on the PATH does not start (a stand-in for one that is to be installed), these tests say that they were
//! skipped.
//!
//! The browser is driven through its DevTools protocol over a pipe: no port, no network.

#![cfg(all(unix, feature = "json"))]

use plimsoll_report::{
    ChurnRow, ClassRow, HeapRows, PathRow, Report, Rows, Source, Stayed, StoreRow, UnseenRow, ViewRow,
};
use serde_json::{Value, json};
use std::env;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// The browser answers within milliseconds. A machine may be busy; it is not that busy.
const PATIENCE: Duration = Duration::from_secs(60);

fn chromium() -> Option<PathBuf> {
    if let Some(named) = env::var_os("CHROME") {
        return Some(named.into());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
    env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name))).find(|file| file.is_file())
}

/// Says so past the test harness, which shows nothing of a test that passes.
fn skipped(test: &str, why: &str) {
    let _ = io::stderr().write_all(format!("skipped: {test}: {why}\n").as_bytes());
}

/// A browser with one page open, and what it has told so far.
struct Browser {
    child: Child,
    to: ChildStdin,
    from: Receiver<Value>,
    session: Option<String>,
    last: u64,
    events: Vec<Value>,
    folder: PathBuf,
}

impl Browser {
    /// A browser with a folder of its own, or none if there is none on this machine.
    fn start(test: &str) -> Option<Browser> {
        let Some(program) = chromium() else {
            skipped(test, "no chromium on the PATH, and CHROME does not name one");
            return None;
        };
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser").join(test);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder");
        // The protocol wants file descriptors 3 and 4: a shell puts them in place.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"])
            .arg(&program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--disable-background-networking", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let to = child.stdin.take().expect("piped");
        let mut out = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, from) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while out.read_until(0, &mut message).is_ok_and(|read| read > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).expect("the protocol speaks JSON");
                if sender.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser = Browser { child, to, from, session: None, last: 0, events: Vec::new(), folder };
        if !browser.answers() {
            assert!(env::var_os("CHROME").is_none(), "{} does not start", program.display());
            skipped(test, &format!("{} does not start", program.display()));
            return None;
        }
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}))["targetId"].clone();
        let session = browser.call("Target.attachToTarget", json!({"targetId": target, "flatten": true}));
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser.call("Page.setLifecycleEventsEnabled", json!({"enabled": true}));
        browser.width(1440);
        Some(browser)
    }

    /// Whether it is a browser at all, and runs.
    fn answers(&mut self) -> bool {
        let sent = self.to.write_all(b"{\"id\":0,\"method\":\"Browser.getVersion\"}\0");
        sent.is_ok() && self.from.recv_timeout(PATIENCE).is_ok_and(|said| said["result"]["product"].is_string())
    }

    /// Sends a command, and waits for its answer.
    #[track_caller]
    fn call(&mut self, method: &str, params: Value) -> Value {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let mut said = self.from.recv_timeout(PATIENCE).expect("the browser answers");
            if said["id"] == self.last {
                assert!(said.get("error").is_none(), "{method}: {said}");
                return said["result"].take();
            }
            self.events.push(said);
        }
    }

    fn width(&mut self, width: u32) {
        let screen = json!({"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", screen);
    }

    /// Opens the report's page from disk, with `fragment` behind the address, and waits until it is there.
    fn open(&mut self, report: &Report, fragment: &str) {
        // Another file each time, or a browser would only go to the fragment.
        let file = self.folder.join(format!("page-{}.html", self.last));
        fs::write(&file, report.to_html(None)).expect("the page");
        let url = format!("file://{}{fragment}", file.display());
        self.events.clear();
        let loader = self.call("Page.navigate", json!({"url": url}))["loaderId"].clone();
        let loaded = |event: &Value| event["params"]["name"] == "load" && event["params"]["loaderId"] == loader;
        while !self.events.iter().any(loaded) {
            let event = self.from.recv_timeout(PATIENCE).expect("the page loads");
            self.events.push(event);
        }
        // Two frames: what waits for one has happened. Without scripts nothing waits.
        self.eval(
            "document.documentElement.className === 'js' &&
             new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))",
        );
    }

    /// What an expression comes to in the page.
    #[track_caller]
    fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let mut answer = self.call("Runtime.evaluate", params);
        assert!(answer.get("exceptionDetails").is_none(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    #[track_caller]
    fn is(&mut self, expression: &str, value: impl Into<Value>) {
        assert_eq!(self.eval(expression), value.into(), "{expression}");
    }

    fn mouse(&mut self, kind: &str, selector: &str) {
        let middle = format!(
            "(() => {{ const box = document.querySelector({selector:?}).getBoundingClientRect();
            return [box.x + Math.min(box.width / 2, 40), box.y + box.height / 2]; }})()"
        );
        let at = self.eval(&middle);
        let event = json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Clicks into the middle of what a selector finds, as a reader does.
    fn click(&mut self, selector: &str) {
        self.eval(&format!("document.querySelector({selector:?}).scrollIntoView({{block: 'center'}})"));
        self.mouse("mousePressed", selector);
        self.mouse("mouseReleased", selector);
    }

    fn press(&mut self, key: &str, code: u32, text: &str) {
        let down = json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        self.call("Input.dispatchKeyEvent", down);
        self.call("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code}));
    }

    /// No script failed, nothing was refused, nothing was loaded but the page itself.
    #[track_caller]
    fn was_quiet(&mut self) {
        self.eval("0");
        let of = |method: &str| self.events.iter().filter(|event| event["method"] == method).collect::<Vec<_>>();
        for noise in ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"] {
            assert!(of(noise).is_empty(), "{:#?}", of(noise));
        }
        let requests = of("Network.requestWillBeSent");
        assert_eq!(requests.len(), 1, "{requests:#?}");
        assert_eq!(requests[0]["params"]["type"], "Document");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A script with six holders: 60 MiB, 50 MiB and so on; of the last all is shown.
fn script() -> Report {
    let places: Vec<String> = (0..6).map(|i| format!("src/deep/part-{i}.js:{}:5", i + 10)).collect();
    let (mut stores, mut views) = (Vec::new(), Vec::new());
    for place in 0..6_u32 {
        let capacity = u64::from(6 - place) * (10 << 20);
        stores.push(StoreRow { id: place.into(), capacity, slab: false, born: 0, stands_for: None });
        let len = if place == 5 { capacity } else { 1000 - u64::from(place) };
        views.push(ViewRow { store: place.into(), offset: 0, len, place });
    }
    let churn = places.iter().map(|place| ChurnRow {
        place: place.clone(),
        views: 7,
        copied: place.len() as u64,
        ..ChurnRow::default()
    });
    let churn = churn.collect();
    Report::new(Source::script("app.js"), Rows { places, stores, views }).with_churn(churn)
}

/// A heap of `n` holders and half as many classes.
fn heap(n: u32) -> Report {
    let rows = Rows {
        places: (0..n).map(|i| format!("(Map sessions{i}) → value.id")).collect(),
        stores: (0..n)
            .map(|i| StoreRow {
                id: i.into(),
                capacity: 5_000_000 / (u64::from(i) + 1) + 5_000,
                slab: false,
                born: i,
                stands_for: None,
            })
            .collect(),
        views: (0..n).map(|i| ViewRow { store: i.into(), offset: 0, len: 16, place: i }).collect(),
    };
    let path = |place| PathRow {
        place,
        at: Some(format!("src/sessions.js:{}:3", place + 1)),
        constructors: "Buffer".into(),
        example: vec!["(GC roots)".into(), "Server @17".into(), format!("sessions{place} :: Map @{}", place + 90)],
    };
    let class =
        |i| ClassRow { name: format!("Class{i}"), objects: 10, shallow: 100, retained: u64::from(n - i) * 1000 };
    let heap =
        HeapRows { paths: (0..n).map(path).collect(), classes: (0..n / 2).map(class).collect(), ..HeapRows::default() };
    Report::of_heap(Source::snapshot("app.heapsnapshot"), rows, heap)
}

/// A snapshot's heap with names and numbers as long as they come, and its growth.
fn long_names() -> Report {
    const HOLDERS: u32 = 40;
    let pattern = |i: u32| {
        format!(
            "Map connectionsByTenantAndRegion{i} → value.pendingRequests[].envelope{{}}.payloadBufferOfTheUpload in services/ingest/upload-session-registry.js"
        )
    };
    let look = |more: u64| {
        let rows = Rows {
            places: (0..HOLDERS).map(pattern).collect(),
            stores: (0..HOLDERS)
                .map(|i| StoreRow {
                    id: i.into(),
                    capacity: (1_000_000_000_000 + more) / (u64::from(i) + 1),
                    slab: false,
                    born: i,
                    stands_for: None,
                })
                .collect(),
            views: vec![],
        };
        let unseen = |i: u32| UnseenRow { store: (i % HOLDERS).into(), most: 99_000, place: i % HOLDERS };
        let step = |i: u32| format!("property{i} :: ConnectionRegistryEntry @{}", 1_000_001 + 2 * i);
        let path = |place| PathRow {
            place,
            at: Some(format!("services/ingest/upload-session-registry.js:{}:3", place + 1)),
            constructors: "Buffer".into(),
            example: (0..60).map(step).collect(),
        };
        let heap = HeapRows {
            unseen: (0..HOLDERS * 2_500).map(unseen).collect(),
            paths: (0..HOLDERS).map(path).collect(),
            ..HeapRows::default()
        };
        Report::of_heap(Source::snapshot("services/ingest/production.heapsnapshot"), rows, heap)
    };
    let report = look(1_000_000_000);
    let mut growth = report.since(&look(0));
    growth.stayed = Some(vec![Stayed { place: pattern(0), stores: 1_000, gross: 1_000_000 }]);
    report.with_growth(growth)
}

const SHOWN: &str = "[...document.querySelectorAll('.holder')].filter(holder => holder.checkVisibility()).map(holder => holder.id).join()";
const MARKED: &str = "[...document.querySelectorAll('[aria-current]')].map(link => link.hash).join()";
const PLACES: &str = "[...document.querySelectorAll('.picks tbody tr')].filter(row => row.checkVisibility())\
                      .map(row => row.querySelector('a').textContent.match(/part-(\\d)/)[1]).join('')";

#[test]
fn a_page_opens_from_disk_and_loads_nothing() {
    let Some(mut browser) = Browser::start("opens") else { return };
    for report in [script(), heap(50), Report::new(Source::rust("app"), Rows::default())] {
        browser.open(&report, "");
        browser.is("document.documentElement.className", "js");
        browser.is("document.compatMode", "CSS1Compat");
        browser.was_quiet();
    }
    // The policy is in force: a script that is not the page's does not run.
    browser.eval("(() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); })()");
    browser.is("typeof window.ran", "undefined");
}

#[test]
fn a_click_sorts_and_another_turns_the_order() {
    let Some(mut browser) = Browser::start("sorts") else { return };
    browser.open(&script(), "");
    browser.is(PLACES, "012345");
    let head = |n: u32| format!(".picks th:nth-child({n}) button");
    // Shown: the last shows all it holds, the others 1,000 B and less.
    browser.click(&head(6));
    browser.is(PLACES, "501234");
    browser.is("document.querySelector('.picks [aria-sort]').textContent", "shown");
    browser.is("document.querySelector('.picks [aria-sort]').getAttribute('aria-sort')", "descending");
    browser.click(&head(6));
    browser.is(PLACES, "432105");
    browser.is("document.querySelector('.picks [aria-sort]').getAttribute('aria-sort')", "ascending");
    // Places go up first. Every table sorts.
    browser.click(&head(1));
    browser.is(PLACES, "012345");
    browser.is("document.querySelectorAll('.picks [aria-sort]').length", 1);
    browser.click("#churn th:nth-child(5) button");
    browser.is("document.querySelector('#churn [aria-sort]').textContent", "copied");
    browser.was_quiet();

    // What shrank is below what did not grow.
    let growth = script().since(&heap(3));
    browser.open(&script().with_growth(growth), "");
    let first = "document.querySelector('#growth tbody td:last-child').textContent";
    browser.is(first, "+60 MiB");
    browser.click("#growth th:last-child button");
    browser.is(first, "+60 MiB");
    browser.click("#growth th:last-child button");
    browser.is(first, "-4.8 MiB");
    browser.was_quiet();
}

#[test]
fn cells_rows_keys_and_the_address_select() {
    let Some(mut browser) = Browser::start("selects") else { return };
    browser.open(&script(), "");
    browser.is(SHOWN, "holder-1");
    browser.is("location.hash", "");

    browser.click(".cell[href='#holder-3']");
    browser.is(SHOWN, "holder-3");
    browser.is(MARKED, "#holder-3,#holder-3");
    browser.is("location.hash", "#holder-3");
    browser.is("document.querySelector('#holder-3 h3').textContent", "src/deep/part-2.js:12:5");

    // Anywhere in the row.
    browser.click(".picks tbody tr:nth-child(5) td:nth-child(4)");
    browser.is(SHOWN, "holder-5");
    browser.eval(
        "new Promise(done => { addEventListener('popstate', () => done(true), { once: true }); history.back(); })",
    );
    browser.is(SHOWN, "holder-3");

    // One stop of the Tab key; arrows move on, Enter selects.
    browser.is("document.querySelectorAll('.cell[tabindex=\"0\"]').length", 1);
    browser.eval("document.querySelector('.cell[href=\"#holder-1\"]').focus()");
    browser.press("ArrowRight", 39, "");
    let reached = browser.eval("document.activeElement.hash");
    assert_ne!(reached, "#holder-1");
    browser.is(SHOWN, "holder-3");
    browser.press("Enter", 13, "\r");
    browser.is("'#' + document.querySelector('.holder.on').id", reached.clone());
    browser
        .is("[...document.querySelectorAll('.cell[tabindex=\"0\"]')].map(cell => cell.hash).join()", reached.clone());

    // In the table they go from row to row; links to sections leave the holder as it is.
    browser.eval("document.querySelector('.picks tbody tr:nth-child(4) a').focus()");
    browser.press("ArrowDown", 40, "");
    browser.is("document.activeElement.hash", "#holder-5");
    browser.click("nav a[href='#churn']");
    browser.is("location.hash", "#churn");
    browser.is("'#' + document.querySelector('.holder.on').id", reached);
    browser.was_quiet();

    browser.open(&script(), "#holder-4");
    browser.is(SHOWN, "holder-4");
    browser.is("scrollY", 0);
    browser.open(&script(), "#holder-99");
    browser.is(SHOWN, "holder-1");
    browser.was_quiet();
}

#[test]
fn a_filter_finds_what_is_told_anywhere_of_a_holder() {
    let Some(mut browser) = Browser::start("filters") else { return };
    browser.open(&heap(40), "");
    let rows = "[...document.querySelectorAll('.picks tbody tr')].filter(row => row.checkVisibility()).length";
    browser.is(rows, 40);
    browser.click(".list .filter input");
    for (text, left) in [("SESSIONS3", 11), (" :: Map @93", 1)] {
        browser.eval("document.querySelector('.list .filter input').select()");
        browser.call("Input.insertText", json!({"text": text}));
        browser.is(rows, left);
        browser.is("document.querySelector('.list .filter span').textContent", format!("{left} of 40"));
    }
    browser.was_quiet();
}

#[test]
fn a_cell_tells_its_numbers_to_mouse_and_keyboard() {
    let Some(mut browser) = Browser::start("tips") else { return };
    browser.open(&script(), "");
    let tip = "(tip => tip.checkVisibility() ? tip.textContent : '')(document.getElementById('tip'))";
    browser.is(tip, "");
    browser.mouse("mouseMoved", ".cell[href='#holder-2']");
    let text = "src/deep/part-1.js:11:5\nheld 50 MiB, shown 999 B\nwould free 50.0 MiB";
    browser.is(tip, text);
    browser.mouse("mouseMoved", "h1");
    browser.is(tip, "");
    browser.is("document.querySelector('.cell[href=\"#holder-2\"]').getAttribute('aria-label')", text);
}

#[test]
fn names_from_strangers_stay_texts() {
    let Some(mut browser) = Browser::start("hostile") else { return };
    let names: Vec<String> = [
        "</script><script>window.ran = 1</script>",
        "\"><img src=x onerror=\"window.ran = 2\">",
        "' onfocus='window.ran = 3' autofocus x='",
        "</style></title><svg onload=\"window.ran = 4\">",
        "<!--<script>",
        "javascript:window.ran=5//&lt;b&gt;",
    ]
    .map(String::from)
    .to_vec();
    let rows = Rows {
        places: names.clone(),
        stores: (0..6)
            .map(|i| StoreRow { id: i, capacity: (9 - i) << 20, slab: false, born: i as u32, stands_for: None })
            .collect(),
        views: (0..6).map(|i| ViewRow { store: i, offset: 0, len: 10, place: i as u32 }).collect(),
    };
    let path = |place: u32| PathRow {
        place,
        at: Some(names[place as usize].clone()),
        constructors: names[0].clone(),
        example: names.clone(),
    };
    let class = |name: &String| ClassRow { name: name.clone(), objects: 1, shallow: 2, retained: 3 };
    let heap = HeapRows {
        paths: (0..6).map(path).collect(),
        classes: names.iter().map(class).collect(),
        ..HeapRows::default()
    };
    browser.open(&Report::of_heap(Source::snapshot(&names[0]), rows, heap), "#holder-2");
    browser.is("typeof window.ran", "undefined");
    browser.is("document.querySelectorAll('script').length + document.querySelectorAll('img, [onload], [onfocus], [onerror]').length", 1);
    let told = "[...document.querySelectorAll('.picks tbody a, #holder-1 ol li, #classes tbody td:first-child')].map(e => e.textContent)";
    browser.is(told, [names.clone(), names.clone(), names.clone()].concat());
    browser.is("document.title", format!("{} – Plimsoll", names[0]));
    browser.is(SHOWN, "holder-2");
    browser.was_quiet();
}

#[test]
fn without_scripts_the_numbers_and_the_links_are_still_there() {
    let Some(mut browser) = Browser::start("noscript") else { return };
    browser.call("Emulation.setScriptExecutionDisabled", json!({"value": true}));
    browser.open(&script(), "#holder-4");
    browser.is("document.documentElement.className", "");
    browser.is(SHOWN, "holder-4");
    browser.is("document.querySelectorAll('.picks tbody tr').length", 6);
    browser.is("document.querySelectorAll('button, input').length", 0);
    browser.click(".cell[href='#holder-2']");
    browser.is(SHOWN, "holder-2");
    browser.open(&script(), "");
    browser.is(SHOWN, "holder-1");
}

#[test]
fn thousands_of_holders_stay_within_what_a_browser_likes() {
    let Some(mut browser) = Browser::start("large") else { return };
    browser.open(&heap(5_000), "#holder-500");
    browser.is(SHOWN, "holder-500");
    let nodes = browser.eval("document.querySelectorAll('*').length").as_u64().expect("a number");
    assert!(nodes < 40_000, "{nodes} elements");
    browser.click(".picks th:nth-child(7) button");
    browser.is("document.querySelector('.picks tbody a').hash", "#holder-1");
    browser.click(".picks th:nth-child(7) button");
    browser.is("document.querySelector('.picks tbody a').hash", "#holder-500");
    browser.is("document.querySelector('tfoot').textContent.startsWith('Left out: 4,500 more holders: held ')", true);
    browser.was_quiet();
}

#[test]
fn it_follows_the_readers_light_and_fits_narrow_screens() {
    let Some(mut browser) = Browser::start("looks") else { return };
    browser.open(&script(), "");
    for (scheme, color) in [("light", "rgb(255, 255, 255)"), ("dark", "rgb(18, 22, 27)")] {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.call("Emulation.setEmulatedMedia", features);
        browser.is("getComputedStyle(document.body).backgroundColor", color);
    }
    // Labels stand on what is shown and on tare: each can be read, in dark as in light (WCAG AA asks for 4.5).
    let contrast = "(() => {
        const style = getComputedStyle(document.documentElement);
        const light = name => {
            const hex = style.getPropertyValue(name).trim().slice(1).match(/../g).map(two => parseInt(two, 16) / 255);
            const [r, g, b] = hex.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
        };
        const pairs = [['--ink', '--shown'], ['--ink', '--tare'], ['--ink', '--hatch'], ['--ink', '--page'],
            ['--faint', '--page'], ['--faint', '--panel'], ['--accent', '--page'], ['--accent', '--mark']];
        return Math.min(...pairs.map(([a, b]) => Math.max(light(a) / light(b), light(b) / light(a))));
    })()";
    for scheme in ["light", "dark"] {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.call("Emulation.setEmulatedMedia", features);
        let least = browser.eval(contrast).as_f64().expect("a number");
        assert!(least >= 4.5, "{scheme}: {least}");
    }
    for width in [360, 800, 1100, 1440, 2200] {
        browser.width(width);
        browser.eval(SETTLED);
        browser.is("document.documentElement.scrollWidth - document.documentElement.clientWidth", 0);
    }
}

/// Two frames: what follows from another width has followed.
const SETTLED: &str = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";

#[test]
fn the_table_of_a_heap_ends_before_the_panel() {
    let Some(mut browser) = Browser::start("beside") else { return };
    browser.open(&long_names(), "#holder-2");
    // The narrowest with two columns is 1088.
    for width in [360, 1087, 1088, 1090, 1100, 1200, 1280, 1440, 1900] {
        browser.width(width);
        browser.eval(SETTLED);
        let boxes = browser.eval(
            "['.list table', '.list .wide', '.map', 'aside'].map(selector => {
                const box = document.querySelector(selector).getBoundingClientRect();
                return [box.left, box.right, box.top, box.bottom];
            })",
        );
        let (table, wide, map, panel) = (&boxes[0], &boxes[1], &boxes[2], &boxes[3]);
        let at = |edge: &Value| edge.as_f64().expect("a number");
        if width >= 1088 {
            for right in [&table[1], &wide[1], &map[1]] {
                assert!(
                    at(right) < at(&panel[0]),
                    "at {width} something reaches to {right}, the panel begins at {panel}"
                );
            }
        } else {
            assert!(
                at(&map[3]) < at(&panel[2]) && at(&panel[3]) < at(&wide[2]),
                "at {width} one stands below the other"
            );
        }
        let kept = "[...document.querySelectorAll('.picks th')].filter(th => th.checkVisibility()).map(th => th.textContent).join()";
        let heads = browser.eval(kept);
        let heads = heads.as_str().expect("a text");
        assert!(["place", "views", "shown", "held", "would free"].iter().all(|head| heads.contains(head)), "{heads}");
    }
    // The head stays in sight where the table has room.
    browser.is("document.querySelector('.list .wide').className", "wide fits");
    browser.is("getComputedStyle(document.querySelector('.list th')).position", "sticky");
    browser.width(360);
    browser.eval(SETTLED);
    browser.is("getComputedStyle(document.querySelector('.list .wide')).overflowX", "auto");
    browser.was_quiet();
}
