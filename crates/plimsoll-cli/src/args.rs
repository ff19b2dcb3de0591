//! What the command line says.

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use plimsoll_report::{By, parse_size};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
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
  plimsoll audit Heap.heapsnapshot          what a snapshot of V8's heap holds, and what keeps it
  plimsoll audit -- node server.js          start a Node program, and audit it at its end or on Ctrl-C
  plimsoll audit --pid 1234                 audit a Node program that runs
  plimsoll audit --html app.html app.js     the report as a page, too
  plimsoll run app.js --port 8080           only run it

Exit codes: 0 done, 1 found something or failed, 2 wrong usage. A script's own non-zero code is passed on.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report what a script, a heap snapshot or a Node program holds, what it shows, and what would be freed
    #[command(after_help = AUDIT_HELP)]
    Audit(Box<Audit>),
    /// Run a script written for Node's Buffer, without auditing
    Run(Run),
}

const AUDIT_HELP: &str = "\
What can be audited:
  app.js ARGS...             a script written for Node's Buffer, run by this program: by line of code
  FILE.heapsnapshot...       a snapshot of V8's heap, plain, .gz or .zst, - for standard input; two or three of one
                             process, in order, tell what grew, and what stayed
  -- node server.js ARGS...  a Node program, started under its inspector
  --pid N, ws://HOST:PORT    a Node program that runs, by its process or its inspector

The report:
  held         bytes kept alive: the capacity of every store that a view shows a part of
  shown        bytes that the views show
  would free   what copying the views of a holder, instead of keeping them, would give back
  A holder is the set of lines whose views keep a store alive. Lines are file:line:column.

The picture is taken at the end: when the program is done, throws, calls process.exit, when its time is up, on Ctrl-C
and on SIGTERM. The program's own output comes first; with --json it goes to standard error.";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("snapshots").args(["deep", "sites"]).multiple(true))]
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

    /// End the program after this long and report (500ms, 10s, 5m). A Node program that does not end within 10 s is killed
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub(crate) lasting: Option<Duration>,

    /// What the rows are: who holds what at the end, or what each line did over the whole run
    #[arg(long, value_enum, default_value_t = Rows::Holders)]
    pub(crate) by: Rows,

    /// Also list views of different lines that overlap in part: a write through one changes a part of the other
    #[arg(long)]
    pub(crate) overlaps: bool,

    /// Audit the running Node program with this process id
    #[arg(long, value_name = "N", conflicts_with = "target")]
    pub(crate) pid: Option<u32>,

    /// Do not ask before a program is stopped for long or gets a signal
    #[arg(long)]
    pub(crate) yes: bool,

    /// Connect to an inspector on another machine: nothing on the way is encrypted
    #[arg(long)]
    pub(crate) allow_remote: bool,

    /// Of a Node program: also take a heap snapshot, and tell what keeps the views. It stands still meanwhile; one that was started is at
    /// its end then
    #[arg(long)]
    pub(crate) deep: bool,

    /// Of a Node program that runs: watch it for so long, then the same as --deep, with the functions that made the views meanwhile. It
    /// runs slower while it is watched; Ctrl-C ends that early
    #[arg(long, value_name = "TIME", value_parser = duration, conflicts_with = "every")]
    pub(crate) sites: Option<Duration>,

    /// With --deep or --sites: keep the snapshot. Those of two audits cannot be compared, for V8 forgets its ids in between; those that
    /// the program writes itself can (`node --heapsnapshot-signal=SIGUSR2`)
    #[arg(long, value_name = "FILE", requires = "snapshots")]
    pub(crate) save: Option<PathBuf>,

    /// Of a Node program that runs: audit again and again, so long apart, and tell what grew. Of one that is started: how far apart
    /// the samples are that find its peak
    #[arg(long, value_name = "TIME", value_parser = interval)]
    pub(crate) every: Option<Duration>,

    /// With --every: how often
    #[arg(long, value_name = "N", requires = "every")]
    pub(crate) times: Option<u32>,

    /// Of a snapshot: the shortest path to the object with this id, as reports print it: 4711 or @4711
    #[arg(long, value_name = "ID", value_parser = object_id, conflicts_with_all = ["retainers", "class", "json", "html", "fail_over"])]
    pub(crate) path: Option<u32>,

    /// Of a snapshot: what leads to the object with this id
    #[arg(long, value_name = "ID", value_parser = object_id, conflicts_with_all = ["class", "json", "html", "fail_over"])]
    pub(crate) retainers: Option<u32>,

    /// Of a snapshot: the objects of this class that retain most, as the table of classes calls it, or with this name of their own
    #[arg(long, value_name = "NAME", conflicts_with_all = ["json", "html", "fail_over"])]
    pub(crate) class: Option<String>,

    /// Of a snapshot, of several the last: write id, own size, retained size, distance and dominator of every node, separated by tabs
    #[arg(long, value_name = "FILE")]
    pub(crate) dump_retained: Option<PathBuf>,

    /// What to audit; see below
    #[arg(required_unless_present = "pid")]
    pub(crate) target: Option<OsString>,

    /// What a script or program finds in process.argv; more snapshots. What is an option of this command is its own even here: write --
    /// before the script's
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) args: Vec<OsString>,
}

/// What is to be audited.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Script(Run),
    Snapshots(Vec<PathBuf>),
    Command(OsString, Vec<OsString>),
    Process(u32),
    Inspector(String),
}

impl Audit {
    /// `given` is the whole command line: only there one sees whether a program was given after `--`.
    pub(crate) fn target(&self, given: impl IntoIterator<Item = OsString>) -> Target {
        let (file, args) = (self.target.clone().unwrap_or_default(), self.args.clone());
        if let Some(pid) = self.pid {
            return Target::Process(pid);
        }
        let given: Vec<OsString> = given.into_iter().collect();
        let dashes = given.iter().position(|arg| arg == "--");
        if dashes.is_some_and(|at| given.len() - at - 1 == 1 + args.len() && given[at + 1] == file) {
            return Target::Command(file, args);
        }
        match file.to_str() {
            Some(address) if ["ws://", "wss://", "http://", "https://"].iter().any(|way| address.starts_with(way)) => {
                return Target::Inspector(address.into());
            }
            _ => {}
        }
        let file = PathBuf::from(file);
        if is_snapshot(&file) {
            return Target::Snapshots([file].into_iter().chain(args.into_iter().map(PathBuf::from)).collect());
        }
        Target::Script(Run { file, args })
    }
}

/// By its name, or by how it begins: no script begins so.
fn is_snapshot(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    file == Path::new("-") || name.ends_with(".heapsnapshot") || plimsoll_v8::Source::is_likely(file)
}

#[derive(Debug, Args, PartialEq, Eq)]
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

/// `4711`, or `@4711` as reports print it.
fn object_id(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix('@').unwrap_or(text);
    digits.parse().map_err(|_| format!("`{text}` is no object's id; write 4711 or @4711"))
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

/// How far apart audits may be.
fn interval(text: &str) -> Result<Duration, String> {
    const LEAST: Duration = Duration::from_millis(10);
    const MOST: Duration = Duration::from_secs(366 * 24 * 3600);
    let time = duration(text)?;
    if time < LEAST {
        return Err(format!("`{text}` is too short; 10ms is the least"));
    }
    if time > MOST {
        return Err(format!("`{text}` is too long; a year is the most"));
    }
    Ok(time)
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
    fn targets_are_told_apart() {
        let target = |line: &str| {
            let given: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            match Cli::try_parse_from(&given).map(|cli| cli.command) {
                Ok(Command::Audit(audit)) => audit.target(given),
                other => panic!("{line}: {other:?}"),
            }
        };
        let script = |file: &str, args: &[&str]| {
            Target::Script(Run { file: file.into(), args: args.iter().map(OsString::from).collect() })
        };
        assert_eq!(target("plimsoll audit app.js"), script("app.js", &[]));
        assert_eq!(target("plimsoll audit --json app.js --port 1"), script("app.js", &["--port", "1"]));
        assert!(matches!(target("plimsoll audit app.js -- node"), Target::Script(_)));
        let command = |args: &[&str]| Target::Command("node".into(), args.iter().map(OsString::from).collect());
        assert_eq!(target("plimsoll audit -- node server.js --json"), command(&["server.js", "--json"]));
        assert_eq!(target("plimsoll audit --json -- node server.js"), command(&["server.js"]));
        assert_eq!(target("plimsoll audit --pid 7"), Target::Process(7));
        assert_eq!(target("plimsoll audit ws://127.0.0.1:9229/x"), Target::Inspector("ws://127.0.0.1:9229/x".into()));
        let files = |files: &[&str]| Target::Snapshots(files.iter().map(PathBuf::from).collect());
        assert_eq!(
            target("plimsoll audit a.heapsnapshot b.heapsnapshot.gz"),
            files(&["a.heapsnapshot", "b.heapsnapshot.gz"])
        );
        assert_eq!(target("plimsoll audit -"), files(&["-"]));
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
        assert_eq!(interval("10ms"), Ok(Duration::from_millis(10)));
        for wrong in ["0s", "9ms", "3000000000000000h", "9000h"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
