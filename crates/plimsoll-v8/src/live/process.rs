//! Finding the inspector of a process that runs already, and opening it if need be.
//!
//! Node opens its inspector when it gets SIGUSR1. Where it listens then, only the process's own stderr says; on Linux its
//! listening sockets stand in `/proc` as well.

use super::http::first_target;
use super::{Error, Limits};
use rustix::process::{Pid, Signal, geteuid, kill_process};
use std::collections::HashMap;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

/// Where Node listens unless it is told otherwise.
const USUAL_PORT: u16 = 9229;

/// What a port that may as well be another server's may take to say whether it is an inspector's.
const QUICK: Duration = Duration::from_secs(1);

/// The loops before this one, in the order in which they were made, are not the inspector's.
const OTHER_LOOPS: usize = 2;

/// How often an inspector is looked for before it counts as closed.
const LOOKS: usize = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// A socket that listens, and that the main thread does not wait for.
#[derive(Debug)]
struct Listener {
    at: SocketAddr,
    /// The number of the loop that waits for it, if that is known.
    place: Option<usize>,
    /// Whether it is the inspector's or a worker's.
    told: bool,
}

/// A process that runs already, of the same user, on this machine.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    limits: Limits,
}

impl Process {
    /// Looks a process up.
    ///
    /// # Errors
    ///
    /// [`Error::Process`] if there is none with that number, if it is another user's, if it is in another network namespace (a
    /// container), or on systems other than Linux.
    pub fn find(pid: u32, limits: &Limits) -> Result<Process, Error> {
        if !cfg!(target_os = "linux") {
            let problem = "finding the inspector of a running process is supported on Linux only: \
                           start it with --inspect, and give the ws:// address that it prints";
            return Err(Error::process(format!("process {pid}"), problem));
        }
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let number = number.ok_or_else(|| Error::process(format!("process {pid}"), "no process has that number"))?;
        let process = Process { pid: number, limits: limits.clone() };
        let owner = fs::metadata(process.path("")).map_err(|_| process.error("no such process"))?.uid();
        if owner != geteuid().as_raw() {
            return Err(process.error(format!("it belongs to another user (uid {owner})")));
        }
        let namespace = |path: PathBuf| fs::read_link(path).ok();
        if namespace(process.path("ns/net")) != namespace("/proc/self/ns/net".into()) {
            return Err(process.error("it is in another network namespace (a container): audit it from inside"));
        }
        Ok(process)
    }

    /// The address of its inspector, if that is open: `ws://HOST:PORT/ID`.
    ///
    /// A server of the program's own is not spoken to: only ports are asked for `/json/list` that an event loop other than the main
    /// thread's listens on, and of these only the usual 9229, one that the command line or `NODE_OPTIONS` name, and otherwise the only one.
    ///
    /// Up to Node 22 a worker that listens on this machine alone, and is the only one that does, cannot be told from an inspector:
    /// it is asked, too.
    ///
    /// # Errors
    ///
    /// [`Error::Process`] if its sockets cannot be read, or if several may be its inspector's.
    pub fn address(&self) -> Result<Option<String>, Error> {
        // A loop waits for its sockets from its first turn on. In a program that has just started the main thread's may not have come
        // to that, and then the loops cannot be told apart by their order.
        for _ in 0..LOOKS {
            if let Some(address) = self.address_now()? {
                return Ok(Some(address));
            }
            thread::sleep(BETWEEN_LOOKS);
        }
        self.address_now()
    }

    fn address_now(&self) -> Result<Option<String>, Error> {
        let likely = self.likely_ports();
        let (named, others): (Vec<_>, Vec<_>) =
            self.aside()?.into_iter().partition(|listener| likely.contains(&listener.at.port()));
        if let Some(address) = self.ask(&named) {
            return Ok(Some(address));
        }
        let others: Vec<_> =
            others.into_iter().filter(|listener| listener.told && listener.at.ip().is_loopback()).collect();
        if others.iter().any(|other| other.place != others[0].place) {
            let problem =
                "several of its threads listen, and one may be its inspector: give that one's address, ws://HOST:PORT";
            return Err(self.error(problem));
        }
        Ok(self.ask(&others))
    }

    /// The first of these that is an inspector's.
    fn ask(&self, listeners: &[Listener]) -> Option<String> {
        let mut listeners: Vec<&Listener> = listeners.iter().collect();
        listeners.sort_by_key(|listener| {
            (listener.at.port() != USUAL_PORT, !listener.at.ip().is_loopback(), listener.at.port())
        });
        let quick = Limits { connect: QUICK, ..self.limits.clone() };
        listeners.into_iter().find_map(|listener| {
            let likely = listener.told || listener.at.port() == USUAL_PORT;
            first_target(listener.at, if likely { &self.limits } else { &quick }).ok()
        })
    }

    /// 9229, and what `--inspect…=HOST:PORT` says.
    fn likely_ports(&self) -> Vec<u16> {
        let mut ports = vec![USUAL_PORT];
        for file in ["cmdline", "environ"] {
            // Without permission to read them there is the usual port.
            let text = fs::read(self.path(file)).unwrap_or_default();
            for word in text.split(|&byte| byte == 0 || byte == b' ') {
                let word = String::from_utf8_lossy(word);
                let Some(at) = word.find("--inspect") else { continue };
                let port = word[at..].rsplit(['=', ':']).next().and_then(|port| port.parse::<u16>().ok());
                ports.extend(port);
            }
        }
        ports
    }

    /// Whether [`open`](Process::open) would send SIGUSR1.
    ///
    /// # Errors
    ///
    /// As [`address`](Process::address).
    pub fn needs_signal(&self) -> Result<bool, Error> {
        Ok(self.address()?.is_none())
    }

    /// The address of its inspector, which is opened with SIGUSR1 if it is not open yet. It stays open:
    /// [`Session::close_inspector`](super::Session::close_inspector) closes it.
    ///
    /// # Errors
    ///
    /// [`Error::Process`] if the process has no handler for SIGUSR1, which would end it; [`Error::Silent`] if it got the signal and no
    /// inspector opened, mostly because the program listens for that signal itself.
    pub fn open(&self) -> Result<String, Error> {
        if let Some(address) = self.address()? {
            return Ok(address);
        }
        if !self.is_node() {
            let problem = "it does not look like Node, and nobody knows what SIGUSR1 would do to it. If it is Node under \
                           another name, send it yourself, and audit it then";
            return Err(self.error(problem));
        }
        if !self.catches(Signal::USR1)? {
            let problem = "it has no handler for SIGUSR1, so the signal would end it: is it Node, with its inspector?";
            return Err(self.error(problem));
        }
        let before = self.aside()?;
        kill_process(self.pid, Signal::USR1).map_err(|error| self.error(format!("SIGUSR1: {error}")))?;
        let deadline = super::after(Instant::now(), self.limits.connect);
        loop {
            let new = |listener: &Listener| before.iter().all(|known| known.at != listener.at);
            let new: Vec<_> = self.aside()?.into_iter().filter(new).collect();
            if let Some(address) = self.ask(&new) {
                return Ok(address);
            }
            if Instant::now() >= deadline {
                let doing = format!("process {}: opening its inspector with SIGUSR1", self.pid);
                return Err(Error::Silent { doing, limit: self.limits.connect });
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether it is Node, by its program's name or by the threads that V8 and Node give names to.
    fn is_node(&self) -> bool {
        let is = |name: &str| name.starts_with("node");
        let exe = fs::read_link(self.path("exe")).ok();
        let named = exe.as_ref().and_then(|exe| exe.file_name()?.to_str()).is_some_and(is);
        named || self.threads().iter().any(|name| name == "SignalInspector" || name == "V8Worker" || is(name))
    }

    /// The names of its threads.
    fn threads(&self) -> Vec<String> {
        let threads = fs::read_dir(self.path("task")).into_iter().flatten();
        threads
            .filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("comm")).ok())
            .map(|name| name.trim_end().to_owned())
            .collect()
    }

    /// Whether the process handles a signal, by the mask in its status.
    fn catches(&self, signal: Signal) -> Result<bool, Error> {
        let status = fs::read_to_string(self.path("status")).map_err(|error| self.error(error.to_string()))?;
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
        Ok(mask & (1 << (signal.as_raw() - 1)) != 0)
    }

    /// Where it listens from here, but not in the event loop of its main thread.
    fn aside(&self) -> Result<Vec<Listener>, Error> {
        let mut found = self.listeners()?;
        found.retain(|listener| listener.place.is_none_or(|place| place >= OTHER_LOOPS));
        Ok(found)
    }

    /// Where it listens from here.
    ///
    /// Node's first loop does nothing but wait for timers, its second is the main thread's; the inspector has one of its own, and
    /// so has each worker. Which sockets a loop waits for stands in `/proc/PID/fdinfo`.
    fn listeners(&self) -> Result<Vec<Listener>, Error> {
        let failed = |error: io::Error| self.error(format!("its sockets cannot be read: {error}"));
        let (mut sockets, mut polls): (HashMap<String, Vec<u32>>, Vec<u32>) = Default::default();
        for file in fs::read_dir(self.path("fd")).map_err(failed)? {
            // A file may be closed meanwhile.
            let Ok(file) = file else { continue };
            let Some(number) = file.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let Ok(target) = fs::read_link(file.path()) else { continue };
            let target = target.to_string_lossy();
            if let Some(inode) = target.strip_prefix("socket:[").and_then(|text| text.strip_suffix(']')) {
                sockets.entry(inode.to_owned()).or_default().push(number);
            } else if target == "anon_inode:[eventpoll]" {
                polls.push(number);
            }
        }
        polls.sort_unstable();
        let loops: Vec<Vec<u32>> =
            polls.into_iter().map(|poll| self.waits_for(poll)).filter(|waits| !waits.is_empty()).collect();
        let told = self.may_have_an_inspector();
        let mut found = Vec::new();
        for table in ["net/tcp", "net/tcp6"] {
            // Without IPv6 the second is missing.
            let Ok(table) = fs::read_to_string(self.path(table)) else { continue };
            for (at, inode) in table.lines().skip(1).filter_map(listener) {
                let Some(files) = sockets.get(inode) else { continue };
                let place = loops.iter().position(|waits| files.iter().any(|file| waits.contains(file)));
                let at = reachable(at);
                if at.ip().is_loopback() || self.limits.allow_remote {
                    found.push(Listener { at, place, told: told && place.is_some() });
                }
            }
        }
        Ok(found)
    }

    /// What a loop waits for, as numbers of files.
    fn waits_for(&self, poll: u32) -> Vec<u32> {
        let text = fs::read_to_string(self.path(&format!("fdinfo/{poll}"))).unwrap_or_default();
        let rows = text.lines().filter_map(|line| line.strip_prefix("tfd:"));
        rows.filter_map(|row| row.split_ascii_whitespace().next()?.parse().ok()).collect()
    }

    /// False: Node names its threads, and none of them is the inspector's.
    fn may_have_an_inspector(&self) -> bool {
        let names = self.threads();
        !names.iter().any(|name| name == "SignalInspector") || names.iter().any(|name| name == "InspectorIo")
    }

    fn path(&self, file: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{file}", self.pid))
    }

    fn error(&self, problem: impl Into<String>) -> Error {
        Error::process(format!("process {}", self.pid), problem)
    }
}

/// The Node processes of a session that wait before their first line, for `option` in their NODE_OPTIONS, and where each listens: as it
/// has not begun to run, that is its inspector. Once one runs it is found as well.
pub(crate) fn waiting_in(session: u32, option: &str) -> Vec<(u32, SocketAddr)> {
    let numbers =
        fs::read_dir("/proc").into_iter().flatten().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let waiting = |pid: u32| {
        // After the name, which may have anything in it: state, parent, group, session.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let of = stat.rsplit_once(") ")?.1.split_ascii_whitespace().nth(3)?.parse::<u32>().ok()?;
        if of != session {
            return None;
        }
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let mut variables = environment.split(|&byte| byte == 0).map(String::from_utf8_lossy);
        let made = variables.any(|variable| variable.starts_with("NODE_OPTIONS=") && variable.contains(option));
        let process = Process::find(pid, &Limits::default()).ok().filter(|process| made && process.is_node())?;
        let mut listeners = process.listeners().ok()?.into_iter();
        let first = listeners.next().filter(|only| only.at.ip().is_loopback())?;
        listeners.next().is_none().then_some((pid, first.at))
    };
    numbers.filter_map(waiting).collect()
}

/// A line of `/proc/net/tcp`, if its socket listens: the address and the inode.
fn listener(line: &str) -> Option<(SocketAddr, &str)> {
    let mut fields = line.split_ascii_whitespace();
    let (_, local, _, state) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let inode = fields.nth(5)?;
    let (ip, port) = local.split_once(':')?;
    // Words of 32 bits in network order, each printed as a number.
    let mut bytes = Vec::new();
    for word in ip.as_bytes().chunks(8) {
        bytes.extend(u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?.to_ne_bytes());
    }
    let ip = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::V4(four.into()),
        Err(_) => IpAddr::V6(<[u8; 16]>::try_from(bytes.as_slice()).ok()?.into()),
    };
    (state == "0A").then_some((SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?), inode))
}

/// A socket that listens everywhere listens here too.
fn reachable(at: SocketAddr) -> SocketAddr {
    let ip = match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, at.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_kernels_table_is_read() {
        let line = "   0: 0100007F:240D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0";
        assert_eq!(listener(line), Some(("127.0.0.1:9229".parse().unwrap(), "4242")));
        assert_eq!(listener(&line.replace(" 0A ", " 01 ")), None);
        let six = line.replace("0100007F", "00000000000000000000000001000000");
        assert_eq!(listener(&six), Some(("[::1]:9229".parse().unwrap(), "4242")));
        assert_eq!(listener("nonsense"), None);
    }
}
