//! Starts a Node program, and says at its end what its buffers hold: `cargo run --example quick -- node server.js`.
//! With `ws://…` instead of a command, a program that runs.

use plimsoll_report::{Report, TextOptions};
use plimsoll_v8::live::{Audit, Error, Launch, Limits, Session};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag::register_usize;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(target) = arguments.next() else {
        eprintln!("usage: quick COMMAND [ARGUMENT…] | quick ws://HOST:PORT/ID");
        return ExitCode::FAILURE;
    };
    let audited = if target.starts_with("ws://") { connect(&target) } else { launch(&target, arguments.collect()) };
    match audited {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn connect(address: &str) -> Result<ExitCode, Error> {
    let audit = Session::connect(address, &Limits::default())?.quick()?;
    print(&audit.report(address), &audit);
    Ok(ExitCode::SUCCESS)
}

fn launch(command: &str, arguments: Vec<String>) -> Result<ExitCode, Error> {
    let stop = Arc::new(AtomicUsize::new(0));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        register_usize(signal, Arc::clone(&stop), signal as usize)?;
    }
    let ended = Launch::new(command, arguments).stop(stop).run()?;
    for program in ended.programs {
        if let Some(problem) = &program.problem {
            eprintln!("no audit at the end: {problem}");
        }
        let Some(audit) = program.last else { continue };
        let report = audit.report(&program.script);
        let report = match program.peak {
            Some(peak) => report.with_peak(peak),
            None => report,
        };
        println!("\n{}", program.script);
        print(&report, &audit);
    }
    let code = ended.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

fn print(report: &Report, audit: &Audit) {
    print!("{}", report.text(&TextOptions::default()));
    println!("\nNode {}, {} ms", audit.node, audit.took.as_millis());
    for isolate in &audit.isolates {
        match &isolate.problem {
            Some(problem) => println!("{}: {problem}", isolate.name),
            None => println!(
                "{}: {} views of {} stores, {} B; Node counts {} B",
                isolate.name, isolate.views, isolate.stores, isolate.gross, isolate.array_buffers
            ),
        }
    }
    println!("not explained: {} B", audit.unexplained());
}
