//! `plimsoll audit`: what a script, a snapshot or a Node program holds.

use crate::args::{Audit, Rows, Run, Target};
use crate::{heap, node, run, signals};
use plimsoll_js::{Ended, Host, Options};
use plimsoll_report::{Report, Source, TextOptions, size};
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

pub(crate) fn audit(args: &Audit) -> i32 {
    let target = args.target(std::env::args_os());
    if let Some((option, what)) = misplaced(args, &target) {
        eprintln!("plimsoll: {option} is for {what}");
        return 2;
    }
    // Better now than after a long run.
    let written = [("page", &args.html), ("snapshot", &args.save), ("table of nodes", &args.dump_retained)];
    let mut before: Option<&Path> = None;
    for (what, file) in written {
        let Some(file) = file else { continue };
        let why = match may_be_written(file, &target) {
            Ok(()) if before.is_some_and(|other| is_same(file, other)) => "something else is to be written there",
            Ok(()) => {
                before = Some(file);
                continue;
            }
            Err(why) => why,
        };
        eprintln!("plimsoll: the {what} cannot be written to {}: {why}", file.display());
        return 2;
    }
    match target {
        Target::Script(run) => script(args, &run),
        Target::Snapshots(files) => heap::audit(args, &files),
        Target::Command(command, arguments) => node::start(args, command, arguments),
        Target::Process(pid) => node::attach_to(args, pid),
        Target::Inspector(address) => node::attach(args, &address, &address, false),
    }
}

/// An option that says nothing about the target, and what it is for.
fn misplaced(args: &Audit, target: &Target) -> Option<(&'static str, &'static str)> {
    let snapshot = matches!(target, Target::Snapshots(_));
    let running = matches!(target, Target::Process(_) | Target::Inspector(_));
    let started = matches!(target, Target::Command(..));
    let script = matches!(target, Target::Script(_));
    let of_snapshots = "heap snapshots";
    let of_running = "Node programs that run: --pid N or ws://HOST:PORT/ID";
    let options = [
        ("--path", args.path.is_some(), snapshot, of_snapshots),
        ("--retainers", args.retainers.is_some(), snapshot, of_snapshots),
        ("--class", args.class.is_some(), snapshot, of_snapshots),
        ("--dump-retained", args.dump_retained.is_some(), snapshot, of_snapshots),
        ("--deep", args.deep, running || started, "Node programs"),
        ("--sites", args.sites.is_some(), running, of_running),
        ("--times", args.times.is_some(), running, of_running),
        ("--every", args.every.is_some(), running || started, "Node programs"),
        ("--for", args.lasting.is_some(), script || started, "programs that are started"),
        ("--every with --deep", args.every.is_some() && args.deep, started, "programs that are started"),
        ("--overlaps", args.overlaps, script, "scripts"),
        ("--by churn", matches!(args.by, Rows::Churn), script, "scripts"),
    ];
    options.into_iter().find(|&(_, given, fits, _)| given && !fits).map(|(option, _, _, what)| (option, what))
}

fn script(args: &Audit, script: &Run) -> i32 {
    let stop = match signals::stop_flag() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("plimsoll: signals cannot be caught: {error}");
            return 1;
        }
    };
    let mut options =
        Options { audit: true, time_limit: args.lasting, stop: Some(stop), tear_down: false, ..run::options(script) };
    if args.json {
        options.stdout = Box::new(io::stderr());
    }
    let source = Source::script(script.file.to_string_lossy());
    let overlaps = args.overlaps;
    let report_at_end = move || {
        let report = plimsoll::audit::report_on(source);
        if overlaps { report.with_overlaps(&plimsoll::audit::rows()) } else { report }
    };
    let (outcome, report) = Host::new(options).run_file(&script.file, report_at_end);
    let Some(report) = report else {
        if outcome.ended == Ended::Deadline {
            eprintln!("plimsoll: the program did not stop when its time was up, so there is no report");
        }
        return outcome.exit_code.max(1);
    };

    let shown = present(&report, args, "\n", 1);
    if shown != 0 {
        return shown;
    }
    // Ended from outside, as asked: the audit is done.
    let code = if outcome.ended == Ended::Interrupted { 0 } else { outcome.exit_code };
    if code == 0 { judge(&report, args.fail_over) } else { code }
}

/// Prints the report, and writes the page if one was asked for. `before` sets it off from what the program printed. `number` is the
/// report's among those of this run, from 1.
pub(crate) fn present(report: &Report, args: &Audit, before: &str, number: u32) -> i32 {
    let text = if args.json { report.to_json(args.top) } else { before.to_owned() + &report.text(&text_options(args)) };
    if !print(&text) {
        return 1;
    }
    page(report, args, number)
}

/// Writes the page, if one was asked for.
pub(crate) fn page(report: &Report, args: &Audit, number: u32) -> i32 {
    if let Some(file) = &args.html {
        let file = numbered(file, number);
        if let Err(error) = fs::write(&file, report.to_html(args.top)) {
            eprintln!("plimsoll: the page cannot be written to {}: {error}", file.display());
            return 1;
        }
        eprintln!("plimsoll: the page is in {}", file.display());
    }
    0
}

/// `page.html`, `page-2.html`, …: a file for each report of a run.
pub(crate) fn numbered(file: &Path, number: u32) -> PathBuf {
    if number < 2 {
        return file.to_owned();
    }
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}

/// With places in code below the working folder as they are called from there.
pub(crate) fn relative(mut report: Report) -> Report {
    let Ok(folder) = std::env::current_dir() else { return report };
    let folder = format!("{}/", folder.display());
    for path in report.holders.iter_mut().filter_map(|holder| holder.path.as_mut()) {
        if let Some(at) = path.at.as_ref().and_then(|at| at.strip_prefix(&folder)) {
            path.at = Some(at.to_owned());
        }
    }
    for site in report.holders.iter_mut().filter_map(|holder| holder.sites.as_mut()).flatten() {
        if let Some(place) = site.place.strip_prefix(&folder) {
            site.place = place.to_owned();
        }
    }
    report
}

pub(crate) fn text_options(args: &Audit) -> TextOptions {
    let terminal = io::stdout().is_terminal();
    let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    TextOptions { top: args.top, by: args.by.into(), color, width: terminal.then(columns) }
}

/// How wide the terminal is.
fn columns() -> usize {
    const USUAL: usize = 80;
    #[cfg(unix)]
    if let Ok(size) = rustix::termios::tcgetwinsize(io::stdout())
        && size.ws_col > 0
    {
        return size.ws_col.into();
    }
    USUAL
}

/// False: it could not be written, and that has been said.
pub(crate) fn print(text: &str) -> bool {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("plimsoll: the report cannot be written: {error}");
            false
        }
        _ => true,
    }
}

/// What can be known before the program runs.
fn may_be_written(file: &Path, target: &Target) -> Result<(), &'static str> {
    if file == Path::new("-") {
        return Err("standard output is for the report; write ./- for a file of that name");
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if file.is_dir() {
        return Err("it is a folder");
    }
    if !folder.is_dir() {
        return Err("there is no such folder");
    }
    match target {
        Target::Script(run) if is_same(file, &run.file) => Err("it is the script"),
        Target::Snapshots(files) if files.iter().any(|snapshot| is_same(file, snapshot)) => Err("it is the snapshot"),
        _ => Ok(()),
    }
}

/// Whether both are one file: called the same, or by links of any kind.
fn is_same(file: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(a), Ok(b)) = (fs::metadata(file), fs::metadata(other)) {
        use std::os::unix::fs::MetadataExt as _;
        return a.is_file() && (a.dev(), a.ino()) == (b.dev(), b.ino());
    }
    // One that is not there yet is known by its folder.
    let place = |file: &Path| {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        file.canonicalize().ok().or_else(|| Some(folder.canonicalize().ok()?.join(file.file_name()?)))
    };
    matches!((place(file), place(other)), (Some(a), Some(b)) if a == b)
}

/// The exit code of a program that ended well.
pub(crate) fn judge(report: &Report, limit: Option<u64>) -> i32 {
    let bytes = |bytes: u64| format!("{bytes} B");
    let frees = size(report.frees());
    let (least, given) = match (report.totals.frees, report.totals.taken_for_pooled) {
        (Some(_), _) => ("", String::new()),
        (None, 0) => ("at least ", String::new()),
        (None, 1) => ("at least ", ", if Node's pool handed out the Buffer in a slab".into()),
        (None, taken) => ("at least ", format!(", if Node's pool handed out the {taken} Buffers in slabs")),
    };
    match limit {
        Some(limit) if report.frees() > limit => {
            // Two that are called the same are told to the byte.
            let (frees, limit) = match size(limit) {
                same if same == frees => (bytes(report.frees()), bytes(limit)),
                other => (frees, other),
            };
            eprintln!("plimsoll: copying would free {least}{frees}, more than --fail-over {limit}{given}");
            1
        }
        Some(_) if report.totals.frees.is_none() => {
            eprintln!(
                "plimsoll: what copying would free is not known; --fail-over judged by the least: {frees}{given}"
            );
            0
        }
        _ => 0,
    }
}
