//! `plimsoll run`: a script, and nothing else.

use crate::args::Run;
use plimsoll_js::{Host, Options};

pub(crate) fn run(run: &Run) -> i32 {
    let options = Options { tear_down: false, ..options(run) };
    Host::new(options).run_file(&run.file, || ()).0.exit_code
}

/// What every way of running a script has in common.
pub(crate) fn options(run: &Run) -> Options {
    let args = run.args.iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    Options { args, ..Options::default() }
}
