//! What the command line says.

use clap::{Args, Parser, Subcommand, ValueEnum};
use plimsoll_report::{By, parse_size};
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// Shows what programs that handle bytes hold in memory: what each view shows, what it keeps alive, and which line of code made
/// it.
#[derive(Debug, Parser)]
#[command(name = "plimsoll", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  plimsoll audit app.js                     run it, then say what it holds, and by which line
  plimsoll audit --fail-over 1MiB app.js    the same as a test: fails when copying would free more
  plimsoll audit --for 10s --json app.js    stop after ten seconds, report as JSON
  plimsoll audit --html app.html app.js     the report as a page, too
  plimsoll run app.js --port 8080           only run it

Exit codes: 0 done, 1 found something or failed, 2 wrong usage. A script's own non-zero code is passed on.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a script written for Node's Buffer, then report what is held, what is shown, and what would be freed
    #[command(after_help = AUDIT_HELP)]
    Audit(Audit),
    /// Run a script written for Node's Buffer, without auditing
    Run(Run),
}

const AUDIT_HELP: &str = "\
The report:
  held         bytes kept alive: the capacity of every store that a view shows a part of
  shown        bytes that the views show
  would free   what copying the views of a holder, instead of keeping them, would give back
  A holder is the set of lines whose views keep a store alive. Lines are file:line:column.

The picture is taken at the end: when the program is done, throws, calls process.exit, when its time is up, on Ctrl-C
and on SIGTERM. The program's own output comes first; with --json it goes to standard error.";

#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// Print the report alone, as JSON, on standard output
    #[arg(long)]
    pub(crate) json: bool,

    /// Also write the report as a page for a browser: one file that needs nothing else
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Show the first N rows and count the rest
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,

    /// Exit with 1 when copying would free more than SIZE (4096, 64KiB, 1.5MiB)
    #[arg(long, value_name = "SIZE", value_parser = |text: &str| parse_size(text).map_err(|error| error.to_string()))]
    pub(crate) fail_over: Option<u64>,

    /// End the program after this long and report (500ms, 10s, 5m)
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) lasting: Option<Duration>,

    /// What the rows are: who holds what at the end, or what each line did over the whole run
    #[arg(long, value_enum, default_value_t = Rows::Holders)]
    pub(crate) by: Rows,

    /// Also list views of different lines that overlap in part: a write through one changes a part of the other
    #[arg(long)]
    pub(crate) overlaps: bool,

    #[command(flatten)]
    pub(crate) script: Run,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The script
    pub(crate) file: PathBuf,

    /// What the script finds in process.argv
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rows {
    /// Who holds what at the end
    Holders,
    /// Stores and views made, bytes copied and turned into strings, by line
    Churn,
}

impl From<Rows> for By {
    fn from(rows: Rows) -> By {
        match rows {
            Rows::Holders => By::Holders,
            Rows::Churn => By::Churn,
        }
    }
}

/// `500ms`, `10s`, `5m`, `1h`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim_start() {
        "ms" => 0.001,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("no unit of time is called `{other}`; there are ms, s, m and h")),
    };
    let number: f64 = number.parse().map_err(|_| format!("`{text}` is no length of time; write 500ms, 10s or 5m"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| format!("`{text}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        for wrong in ["", "s", "soon", "10 parsecs", "1e400h", "-1s"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
