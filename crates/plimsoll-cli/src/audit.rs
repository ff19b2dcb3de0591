//! `plimsoll audit`: a script, and then what it holds.

use crate::args::Audit;
use crate::{run, signals};
use plimsoll_js::{Ended, Host, Options};
use plimsoll_report::{Report, Source, TextOptions, size};
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

pub(crate) fn audit(args: &Audit) -> i32 {
    // Better now than after a long run.
    if let Some(file) = &args.html
        && let Err(why) = may_become_a_page(file, &args.script.file)
    {
        eprintln!("plimsoll: the page cannot be written to {}: {why}", file.display());
        return 2;
    }
    let stop = match signals::stop_flag() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("plimsoll: signals cannot be caught: {error}");
            return 1;
        }
    };
    let mut options = Options {
        audit: true,
        time_limit: args.lasting,
        stop: Some(stop),
        tear_down: false,
        ..run::options(&args.script)
    };
    if args.json {
        options.stdout = Box::new(io::stderr());
    }
    let source = Source::script(args.script.file.to_string_lossy());
    let overlaps = args.overlaps;
    let report_at_end = move || {
        let report = plimsoll::audit::report_on(source);
        if overlaps { report.with_overlaps(&plimsoll::audit::rows()) } else { report }
    };
    let (outcome, report) = Host::new(options).run_file(&args.script.file, report_at_end);
    let Some(report) = report else {
        if outcome.ended == Ended::Deadline {
            eprintln!("plimsoll: the program did not stop when its time was up, so there is no report");
        }
        return outcome.exit_code.max(1);
    };

    if let Err(error) = print(&report, args)
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("plimsoll: the report cannot be written: {error}");
        return 1;
    }
    if let Some(file) = &args.html {
        if let Err(error) = fs::write(file, report.to_html(args.top)) {
            eprintln!("plimsoll: the page cannot be written to {}: {error}", file.display());
            return 1;
        }
        eprintln!("plimsoll: the page is in {}", file.display());
    }
    // Ended from outside, as asked: the audit is done.
    let code = if outcome.ended == Ended::Interrupted { 0 } else { outcome.exit_code };
    if code == 0 { judge(&report, args.fail_over) } else { code }
}

fn print(report: &Report, args: &Audit) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let text = if args.json {
        report.to_json(args.top)
    } else {
        let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        // Set off from what the program printed.
        "\n".to_owned()
            + &report.text(&TextOptions { top: args.top, by: args.by.into(), color, ..TextOptions::default() })
    };
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// What can be known before the program runs.
fn may_become_a_page(file: &Path, script: &Path) -> Result<(), &'static str> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if file.is_dir() {
        return Err("it is a folder");
    }
    if !folder.is_dir() {
        return Err("there is no such folder");
    }
    match (file.canonicalize(), script.canonicalize()) {
        (Ok(file), Ok(script)) if file == script => Err("it is the script"),
        _ => Ok(()),
    }
}

/// The exit code of a program that ended well.
fn judge(report: &Report, limit: Option<u64>) -> i32 {
    match limit {
        Some(limit) if report.frees() > limit => {
            let frees = size(report.frees());
            eprintln!("plimsoll: copying would free {frees}, more than --fail-over {}", size(limit));
            1
        }
        _ => 0,
    }
}
