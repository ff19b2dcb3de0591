//! The `plimsoll` command.
#![forbid(unsafe_code)]

mod args;
mod audit;
mod heap;
mod node;
mod progress;
mod run;
mod signals;

use args::{Cli, Command};
use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let code = match Cli::parse().command {
        Command::Audit(audit) => audit::audit(&audit),
        Command::Run(run) => run::run(&run),
    };
    // What a shell can see of a code is its low byte.
    ExitCode::from(u8::try_from(code & 0xff).unwrap_or(1))
}
