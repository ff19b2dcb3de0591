//! `plimsoll audit FILE.heapsnapshot…`

use crate::args::Audit;
use crate::audit::{judge, present, print, relative};
use crate::progress::Bar;
use plimsoll_report::{Source, size};
use plimsoll_v8::classes::members;
use plimsoll_v8::compare::{Fingerprint, survivors};
use plimsoll_v8::dump::dump_retained;
use plimsoll_v8::heap::{Edge, Node};
use plimsoll_v8::holders::{self, Found, Seen};
use plimsoll_v8::names::Scripts;
use plimsoll_v8::paths::{Paths, retainers};
use plimsoll_v8::{ErrorKind, Graph, Heap, SnapshotError};
use std::error::Error as _;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Objects of a class that are listed, unless somebody says how many.
const LISTED: usize = 20;

pub(crate) fn audit(args: &Audit, files: &[PathBuf]) -> i32 {
    if let Some(option) = files.iter().find(|file| file.to_string_lossy().starts_with("--")) {
        eprintln!("plimsoll: options come before the files: {}", option.display());
        return 2;
    }
    if files.len() > 3 {
        eprintln!("plimsoll: {} snapshots were given; up to three can be compared", files.len());
        return 2;
    }
    if files.iter().filter(|file| is_stdin(file)).count() > 1 {
        eprintln!("plimsoll: - was given twice; standard input has one snapshot");
        return 2;
    }
    let asked =
        [("--path", args.path.is_some()), ("--retainers", args.retainers.is_some()), ("--class", args.class.is_some())];
    if let Some((option, _)) = asked.iter().find(|(_, given)| *given && files.len() > 1) {
        eprintln!("plimsoll: {option} is for one snapshot; {} were given", files.len());
        return 2;
    }
    match look(args, files) {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("plimsoll: {problem}");
            1
        }
    }
}

fn look(args: &Audit, files: &[PathBuf]) -> Result<i32, String> {
    let mut found: Vec<(Found, Fingerprint)> = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let last = number + 1 == files.len();
        let mut heap = read(file).map_err(|error| match (error.kind(), error.at()) {
            // It could not even be opened.
            (ErrorKind::Read, 0) => {
                format!("{}: {}", called(file), error.source().map_or_else(|| error.to_string(), ToString::to_string))
            }
            _ => format!("{}: {error}", called(file)),
        })?;
        let mut bar = Bar::new("");
        bar.say("working out what is retained");
        let graph = Graph::of(&mut heap);
        if last {
            if let Some(out) = &args.dump_retained {
                dump(&heap, &graph, out)
                    .map_err(|error| format!("the table of nodes cannot be written to {}: {error}", out.display()))?;
            }
            if let Some(text) = details(args, &heap, &graph)? {
                drop(bar);
                return Ok(i32::from(!print(&text)));
            }
        }
        let fingerprint = Fingerprint::of(&heap);
        if let Some((_, before)) = found.last() {
            if before.was_taken_after(&fingerprint) {
                let (this, before) = (called(file), called(&files[number - 1]));
                return Err(format!(
                    "{this} was taken before {before}: ids only rise in a process, and its are lower. Give snapshots in the \
                     order in which they were taken"
                ));
            }
            before
                .check(&fingerprint)
                .map_err(|strangers| format!("{} and {}: {strangers}", called(&files[number - 1]), called(file)))?;
        }
        bar.say("finding out who keeps buffers");
        let report = holders::report(&heap, &graph, &Seen::default(), Source::snapshot(file.to_string_lossy()));
        drop(bar);
        found.push((report, fingerprint));
    }
    let kept: Vec<_> = found.iter().map(|(found, _)| &found.array_buffers[..]).collect();
    let stayed = if let [first, second, third] = kept[..] { Some(survivors(first, second, third)) } else { None };
    let first = found.first().map(|(found, _)| found.report.clone());
    let (Some(first), Some((now, _))) = (first, found.pop()) else { return Ok(2) };
    let mut report = now.report;
    if files.len() > 1 {
        let mut growth = report.since(&first);
        growth.stayed = stayed;
        report = report.with_growth(growth);
    }
    let report = relative(report);
    let shown = present(&report, args, "", 1);
    Ok(if shown == 0 { judge(&report, args.fail_over) } else { shown })
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// What a snapshot is called in messages.
fn called(file: &Path) -> String {
    if is_stdin(file) { "standard input".into() } else { file.display().to_string() }
}

pub(crate) fn read(file: &Path) -> Result<Heap, SnapshotError> {
    let source = if is_stdin(file) { plimsoll_v8::Source::stdin() } else { plimsoll_v8::Source::open(file) }?;
    let mut bar = Bar::new("reading");
    Heap::read(source, &mut |done, of| bar.at(done, of))
}

fn dump(heap: &Heap, graph: &Graph, file: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    dump_retained(heap, graph, &mut out)?;
    out.flush()
}

/// What was asked for instead of the report.
fn details(args: &Audit, heap: &Heap, graph: &Graph) -> Result<Option<String>, String> {
    let find = |id: u32| {
        let node = heap.nodes().find(|&node| heap.id(node) == id);
        node.ok_or_else(|| format!("no object has the id {id}"))
    };
    let scripts = Scripts::of(heap);
    let line = |node: Node| {
        let place = scripts.place(heap, node).map_or_else(String::new, |place| format!("  {place}"));
        let (own, retained) = (size(heap.self_size(node)), size(graph.retained(node)));
        let name = if heap.name(node).is_empty() { heap.kind_name(node) } else { heap.name(node) };
        format!("{own:>10} {retained:>10}  {} @{}{place}", printable(name), heap.id(node))
    };
    let head = format!("{:>10} {:>10}  object\n", "own", "retained");
    let edges = |edges: Vec<Edge>, end: fn(&Heap, Edge) -> Node| {
        let mut text = head.clone();
        let listed = args.top.unwrap_or(usize::MAX).min(edges.len());
        for &edge in &edges[..listed] {
            let name = plimsoll_v8::names::edge(heap, edge);
            let _ = writeln!(text, "{}  by {}", line(end(heap, edge)), printable(&name));
        }
        if listed < edges.len() {
            let _ = writeln!(text, "and {} more", edges.len() - listed);
        }
        if edges.is_empty() {
            text.push_str("nothing leads to it: it is a root, or only weak references do\n");
        }
        text
    };
    if let Some(id) = args.path {
        return Ok(Some(edges(Paths::of(heap, graph).to(heap, find(id)?), Heap::target)));
    }
    if let Some(id) = args.retainers {
        return Ok(Some(edges(retainers(heap, find(id)?), Heap::source)));
    }
    if let Some(class) = &args.class {
        let mut nodes = members(heap, class);
        if nodes.is_empty() {
            // Not one of the Summary's classes: functions, strings and what is V8's own have names as well.
            nodes.extend(heap.nodes().filter(|&node| heap.name(node) == class));
        }
        if nodes.is_empty() {
            return Err(format!("no class and no object is called {class:?}"));
        }
        nodes.sort_by_key(|&node| (std::cmp::Reverse(graph.retained(node)), heap.id(node)));
        let listed = args.top.unwrap_or(LISTED).min(nodes.len());
        let mut text = head;
        for &node in &nodes[..listed] {
            let _ = writeln!(text, "{}", line(node));
        }
        if listed < nodes.len() {
            let _ = writeln!(text, "and {} more", nodes.len() - listed);
        }
        return Ok(Some(text));
    }
    Ok(None)
}

/// A name from somebody else's heap, in one line.
fn printable(name: &str) -> String {
    const LONGEST: usize = 100;
    name.chars().take(LONGEST).map(|c| if c.is_control() { '?' } else { c }).collect()
}
