//! Files: the natives under the module `fs`, and Node's system errors.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::SystemTime;

use crate::memory;
use crate::raw::{Call, Ctx, Flags, Kind, Method, Thrown, Val, method, native};

use super::input;
use super::natives::host;

native! {
    ReadFile = "fsReadFile"(1), read_file;
    ReadText = "fsReadText"(1), read_text;
    WriteFile = "fsWriteFile"(4), write_file;
    Exists = "fsExists"(1), exists;
    KindOf = "fsKind"(1), kind_of;
    RealPath = "fsRealPath"(1), real_path;
    Stat = "fsStat"(2), stat;
    FileStat = "fsFstat"(1), file_stat;
    Open = "fsOpen"(3), open;
    ReadAt = "fsRead"(5), read_at;
    WriteAt = "fsWrite"(5), write_at;
    Close = "fsClose"(1), close;
    ReadDir = "fsReaddir"(1), read_dir;
    MakeDir = "fsMkdir"(3), make_dir;
    MakeTemp = "fsMkdtemp"(1), make_temp;
    Unlink = "fsUnlink"(1), unlink;
    Remove = "fsRm"(3), remove;
    RemoveDir = "fsRmdir"(1), remove_dir;
    Rename = "fsRename"(2), rename;
    Copy = "fsCopyFile"(3), copy;
}

pub(super) const TABLE: &[Method] = &[
    method::<ReadFile>(),
    method::<ReadText>(),
    method::<WriteFile>(),
    method::<Exists>(),
    method::<KindOf>(),
    method::<RealPath>(),
    method::<Stat>(),
    method::<FileStat>(),
    method::<Open>(),
    method::<ReadAt>(),
    method::<WriteAt>(),
    method::<Close>(),
    method::<ReadDir>(),
    method::<MakeDir>(),
    method::<MakeTemp>(),
    method::<Unlink>(),
    method::<Remove>(),
    method::<RemoveDir>(),
    method::<Rename>(),
    method::<Copy>(),
];

/// Name and text that Node (libuv) gives to the system's error numbers on Linux.
const CODES: &[(i32, &str, &str)] = &[
    (1, "EPERM", "operation not permitted"),
    (2, "ENOENT", "no such file or directory"),
    (5, "EIO", "i/o error"),
    (6, "ENXIO", "no such device or address"),
    (9, "EBADF", "bad file descriptor"),
    (11, "EAGAIN", "resource temporarily unavailable"),
    (12, "ENOMEM", "not enough memory"),
    (13, "EACCES", "permission denied"),
    (14, "EFAULT", "bad address in system call argument"),
    (16, "EBUSY", "resource busy or locked"),
    (17, "EEXIST", "file already exists"),
    (18, "EXDEV", "cross-device link not permitted"),
    (19, "ENODEV", "no such device"),
    (20, "ENOTDIR", "not a directory"),
    (21, "EISDIR", "illegal operation on a directory"),
    (22, "EINVAL", "invalid argument"),
    (23, "ENFILE", "file table overflow"),
    (24, "EMFILE", "too many open files"),
    (26, "ETXTBSY", "text file is busy"),
    (27, "EFBIG", "file too large"),
    (28, "ENOSPC", "no space left on device"),
    (29, "ESPIPE", "invalid seek"),
    (30, "EROFS", "read-only file system"),
    (31, "EMLINK", "too many links"),
    (32, "EPIPE", "broken pipe"),
    (36, "ENAMETOOLONG", "name too long"),
    (39, "ENOTEMPTY", "directory not empty"),
    (40, "ELOOP", "too many symbolic links encountered"),
];

const BAD_FILE: i32 = 9;
const IS_DIRECTORY: i32 = 21;

/// A system error as Node throws it: `ENOENT: no such file or directory, open 'x'`, with `errno`, `code`, `syscall`, `path`.
pub(super) fn system_error(
    ctx: &mut Ctx,
    error: &io::Error,
    syscall: &str,
    path: Option<&str>,
    dest: Option<&str>,
) -> Thrown {
    let number = error.raw_os_error().unwrap_or(match error.kind() {
        io::ErrorKind::InvalidInput => 22,
        _ => 5,
    });
    let known = CODES.iter().find(|&&(code, ..)| code == number);
    let (name, text) = known.map_or(("UNKNOWN", "unknown error"), |&(_, name, text)| (name, text));
    let mut message = format!("{name}: {text}, {syscall}");
    if let Some(path) = path {
        message.push_str(&format!(" '{path}'"));
    }
    if let Some(dest) = dest {
        message.push_str(&format!(" -> '{dest}'"));
    }
    let made = ctx.new_error(Kind::Error, None, &message).and_then(|error| {
        let object = error.as_ref();
        ctx.define(object, "errno", Val::int(-number), Flags::ALL)?;
        let texts = [("code", Some(name)), ("syscall", Some(syscall)), ("path", path), ("dest", dest)];
        for (key, text) in texts {
            if let Some(text) = text {
                let text = ctx.string(text)?;
                ctx.define(object, key, text, Flags::ALL)?;
            }
        }
        Ok(error)
    });
    match made {
        Ok(error) => Thrown::Value(error),
        Err(thrown) => thrown,
    }
}

/// Turns the result of a system call on a path into the native's result.
fn on_path<T>(call: &mut Call<'_>, result: io::Result<T>, syscall: &str, path: &str) -> Result<T, Thrown> {
    result.map_err(|error| system_error(call, &error, syscall, Some(path), None))
}

fn path_arg(call: &mut Call<'_>, index: usize) -> Result<String, Thrown> {
    let path = call.utf8(index)?;
    if path.contains('\0') {
        return Err(Thrown::type_error(
            "ERR_INVALID_ARG_VALUE",
            format!(
                "The argument 'path' must be a string, Uint8Array, or URL without null bytes. Received '{}'",
                path.replace('\0', "\\x00")
            ),
        ));
    }
    Ok(path.to_owned())
}

/// The whole file as a Buffer on a store of its own; the argument is a path or a descriptor.
fn read_file(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let bytes = read_all(call)?;
    memory::alloc_from_vec(call, bytes)
}

fn read_all(call: &mut Call<'_>) -> Result<Vec<u8>, Thrown> {
    if call.arg(0).is_number() {
        let number = call.int(0)?;
        if number == 0 {
            return input::read_to_end(call);
        }
        let mut bytes = Vec::new();
        let read = with_file(call, number, |file| file.read_to_end(&mut bytes));
        return read.map(|_| bytes).map_err(|error| system_error(call, &error, "read", None, None));
    }
    let path = path_arg(call, 0)?;
    if path == "/dev/stdin" {
        return input::read_to_end(call);
    }
    let mut file = on_path(call, File::open(&path), "open", &path)?;
    let mut bytes = Vec::new();
    match file.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(system_error(call, &error, "read", None, None)),
    }
}

/// The whole file as text; invalid UTF-8 becomes U+FFFD.
fn read_text(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let bytes = read_all(call)?;
    call.string(&String::from_utf8_lossy(&bytes))
}

/// `(path or descriptor, bytes or text, flag, mode)`
fn write_file(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let flag = call.utf8(2)?.to_owned();
    let data = call.arg(1);
    let bytes = match call.bytes(data) {
        Some(bytes) => plimsoll::cells::to_vec(bytes),
        None => call.utf8(1)?.as_bytes().to_vec(),
    };
    if call.arg(0).is_number() {
        let number = call.int(0)?;
        let written = write_to(call, number, &bytes, None);
        return written.map(|_| Val::UNDEFINED).map_err(|error| system_error(call, &error, "write", None, None));
    }
    let path = path_arg(call, 0)?;
    let mode = call.int(3)?;
    flush_before(call, &path)?;
    let opened = options(&flag, mode).and_then(|options| options.open(&path));
    let mut file = on_path(call, opened, "open", &path)?;
    match file.write_all(&bytes) {
        Ok(()) => Ok(Val::UNDEFINED),
        Err(error) => Err(system_error(call, &error, "write", None, None)),
    }
}

/// A device may be where standard output goes: what was printed before comes before.
fn flush_before(ctx: &Ctx, path: &str) -> Result<(), Thrown> {
    if path.starts_with("/dev/") || path.starts_with("/proc/") {
        let _ = host(ctx)?.output.borrow_mut().flush();
    }
    Ok(())
}

fn exists(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = call.utf8(0)?;
    Ok(Val::bool(!path.contains('\0') && Path::new(&*path).exists()))
}

/// For `require`: 0 a file, 1 a directory, −1 nothing.
fn kind_of(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = call.utf8(0)?;
    Ok(Val::int(match fs::metadata(&*path) {
        Ok(metadata) => i32::from(metadata.is_dir()),
        Err(_) => -1,
    }))
}

fn real_path(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    let real = on_path(call, fs::canonicalize(&path), "lstat", &path)?;
    call.string(&real.to_string_lossy())
}

/// `(path, follow)`
fn stat(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    let follow = call.arg(1);
    let follow = call.to_bool(follow);
    let (result, syscall) = if follow { (fs::metadata(&path), "stat") } else { (fs::symlink_metadata(&path), "lstat") };
    let metadata = on_path(call, result, syscall, &path)?;
    figures(call, &metadata)
}

fn file_stat(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let number = call.int(0)?;
    let metadata = match with_file(call, number, |file| file.metadata()) {
        Ok(metadata) => metadata,
        Err(error) => return Err(system_error(call, &error, "fstat", None, None)),
    };
    figures(call, &metadata)
}

/// `[dev, mode, nlink, uid, gid, rdev, blksize, ino, size, blocks, atimeMs, mtimeMs, ctimeMs, birthtimeMs]`
fn figures(ctx: &mut Ctx, metadata: &fs::Metadata) -> Result<Val, Thrown> {
    let ms = |time: io::Result<SystemTime>| {
        let since = time.ok().and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.map_or(0.0, |since| since.as_secs_f64() * 1000.0)
    };
    let mut figures = identity(metadata);
    let [modified, accessed, created] = [metadata.modified(), metadata.accessed(), metadata.created()];
    let changed = figures.pop().unwrap_or(0.0);
    figures.extend([ms(accessed), ms(modified), changed, ms(created)]);
    ctx.array(figures.into_iter().map(Val::number))
}

#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> Vec<f64> {
    use std::os::unix::fs::MetadataExt;
    let changed = metadata.ctime() as f64 * 1000.0 + metadata.ctime_nsec() as f64 / 1e6;
    vec![
        metadata.dev() as f64,
        f64::from(metadata.mode()),
        metadata.nlink() as f64,
        f64::from(metadata.uid()),
        f64::from(metadata.gid()),
        metadata.rdev() as f64,
        metadata.blksize() as f64,
        metadata.ino() as f64,
        metadata.size() as f64,
        metadata.blocks() as f64,
        changed,
    ]
}

#[cfg(not(unix))]
fn identity(metadata: &fs::Metadata) -> Vec<f64> {
    let mode = if metadata.is_dir() { 0o040_777 } else { 0o100_666 };
    vec![0.0, f64::from(mode), 1.0, 0.0, 0.0, 0.0, 4096.0, 0.0, metadata.len() as f64, 0.0, 0.0]
}

/// Node's letters for how a file is opened.
fn options(flag: &str, mode: i32) -> io::Result<OpenOptions> {
    let mut options = OpenOptions::new();
    if let Ok(bits) = flag.parse::<i32>() {
        return by_bits(options, bits, mode);
    }
    let plain: String = flag.chars().filter(|letter| *letter != 's').collect();
    match plain.as_str() {
        "r" => options.read(true),
        "r+" => options.read(true).write(true),
        "w" => options.write(true).create(true).truncate(true),
        "w+" => options.read(true).write(true).create(true).truncate(true),
        "wx" | "xw" => options.write(true).create_new(true),
        "wx+" | "xw+" => options.read(true).write(true).create_new(true),
        "a" => options.append(true).create(true),
        "a+" => options.read(true).append(true).create(true),
        "ax" | "xa" => options.append(true).create_new(true),
        "ax+" | "xa+" => options.read(true).append(true).create_new(true),
        _ => return Err(io::Error::from(io::ErrorKind::InvalidInput)),
    };
    set_mode(&mut options, mode);
    Ok(options)
}

/// The system's own bits, as in `fs.constants`.
#[cfg(unix)]
fn by_bits(mut options: OpenOptions, bits: i32, mode: i32) -> io::Result<OpenOptions> {
    use std::os::unix::fs::OpenOptionsExt;
    const ACCESS: i32 = 3;
    options.read(bits & ACCESS != 1).write(bits & ACCESS != 0).custom_flags(bits & !ACCESS);
    set_mode(&mut options, mode);
    Ok(options)
}

#[cfg(not(unix))]
fn by_bits(_: OpenOptions, _: i32, _: i32) -> io::Result<OpenOptions> {
    Err(io::Error::from(io::ErrorKind::InvalidInput))
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: i32) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(u32::try_from(mode).unwrap_or(0o666));
}

#[cfg(not(unix))]
fn set_mode(_: &mut OpenOptions, _: i32) {}

/// `(path, flags, mode)` → descriptor
fn open(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    let flag = call.utf8(1)?.to_owned();
    let mode = call.int(2)?;
    flush_before(call, &path)?;
    let opened = options(&flag, mode).and_then(|options| options.open(&path));
    let file = on_path(call, opened, "open", &path)?;
    let number = descriptor(&file, host(call)?.files.borrow().len());
    host(call)?.files.borrow_mut().insert(number, file);
    Ok(Val::int(number))
}

#[cfg(unix)]
fn descriptor(file: &File, _: usize) -> i32 {
    use std::os::fd::AsRawFd;
    file.as_raw_fd()
}

#[cfg(not(unix))]
fn descriptor(_: &File, open: usize) -> i32 {
    i32::try_from(open + 3).unwrap_or(i32::MAX)
}

fn with_file<T>(ctx: &Ctx, number: i32, work: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    let bad = || io::Error::from_raw_os_error(BAD_FILE);
    let host = host(ctx).map_err(|_| bad())?;
    let mut files = host.files.borrow_mut();
    work(files.get_mut(&number).ok_or_else(bad)?)
}

/// Offset and length within a view, or Node's error.
fn window(call: &mut Call<'_>, total: usize) -> Result<(usize, usize), Thrown> {
    let (offset, len) = (call.int64(2)?, call.int64(3)?);
    let out = |name: &str, range: String, value: i64| {
        let message = format!("The value of \"{name}\" is out of range. It must be {range}. Received {value}");
        Thrown::range_error("ERR_OUT_OF_RANGE", message)
    };
    let start = usize::try_from(offset).ok().filter(|&start| start <= total);
    let start = start.ok_or_else(|| out("offset", format!(">= 0 && <= {total}"), offset))?;
    let room = total - start;
    let len = usize::try_from(len)
        .ok()
        .filter(|&len| len <= room)
        .ok_or_else(|| out("length", format!(">= 0 && <= {room}"), len))?;
    Ok((start, len))
}

/// `(descriptor, view, offset, length, position or null)` → bytes read
fn read_at(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (number, view) = (call.int(0)?, call.arg(1));
    let total = call.bytes(view).map_or(0, <[_]>::len);
    let (start, len) = window(call, total)?;
    let position = position(call)?;
    if number == 0 {
        let bytes = input::read(call, len)?;
        return Ok(fill(call, start, &bytes));
    }
    let mut bytes = Vec::new();
    let room = bytes.try_reserve_exact(len).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory));
    let read = room.and_then(|()| {
        bytes.resize(len, 0);
        with_file(call, number, |file| match position {
            Some(position) => {
                let present = file.stream_position()?;
                file.seek(SeekFrom::Start(position))?;
                let read = file.read(&mut bytes);
                file.seek(SeekFrom::Start(present))?;
                read
            }
            None => file.read(&mut bytes),
        })
    });
    let read = match read {
        Ok(read) => read,
        Err(error) => return Err(system_error(call, &error, "read", None, None)),
    };
    Ok(fill(call, start, &bytes[..read]))
}

/// Puts what was read into the view, as far as it still reaches.
fn fill(call: &Call<'_>, start: usize, bytes: &[u8]) -> Val {
    if let Some(target) = call.bytes(call.arg(1)).and_then(|target| target.get(start..)) {
        for (cell, byte) in target.iter().zip(bytes) {
            cell.set(*byte);
        }
    }
    Val::size(bytes.len())
}

fn position(call: &mut Call<'_>) -> Result<Option<u64>, Thrown> {
    let value = call.arg(4);
    if let Some(crate::raw::BigInt::Exact(position)) = call.as_bigint(value) {
        return Ok(u64::try_from(position).ok());
    }
    if value.is_number() { Ok(u64::try_from(call.int64(4)?).ok()) } else { Ok(None) }
}

/// `(descriptor, view, offset, length, position or null)` → bytes written
fn write_at(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let (number, view) = (call.int(0)?, call.arg(1));
    let total = call.bytes(view).map_or(0, <[_]>::len);
    let (start, len) = window(call, total)?;
    let position = position(call)?;
    let bytes = call.bytes(view).and_then(|bytes| bytes.get(start..start + len)).map(plimsoll::cells::to_vec);
    let bytes = bytes.unwrap_or_default();
    match write_to(call, number, &bytes, position) {
        Ok(()) => Ok(Val::size(len)),
        Err(error) => Err(system_error(call, &error, "write", None, None)),
    }
}

fn write_to(ctx: &Ctx, number: i32, bytes: &[u8], position: Option<u64>) -> io::Result<()> {
    let output = |error: bool| {
        let host = host(ctx).map_err(|_| io::Error::from_raw_os_error(BAD_FILE))?;
        let mut output = host.output.borrow_mut();
        if error { output.err(bytes) } else { output.out(bytes) }
    };
    match number {
        1 => output(false),
        2 => output(true),
        _ => with_file(ctx, number, |file| match position {
            Some(position) => {
                let present = file.stream_position()?;
                file.seek(SeekFrom::Start(position))?;
                let written = file.write_all(bytes);
                file.seek(SeekFrom::Start(present))?;
                written
            }
            None => file.write_all(bytes),
        }),
    }
}

fn close(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let number = call.int(0)?;
    let file = host(call)?.files.borrow_mut().remove(&number);
    if file.is_none() && !(0..3).contains(&number) {
        let error = io::Error::from_raw_os_error(BAD_FILE);
        return Err(system_error(call, &error, "close", None, None));
    }
    Ok(Val::UNDEFINED)
}

/// `[name, kind, name, kind, …]` sorted by name; kind is 0 for a file, 1 for a directory, 2 for a link.
fn read_dir(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    let entries = on_path(call, fs::read_dir(&path), "scandir", &path)?;
    let mut names: Vec<(String, i32)> = entries
        .filter_map(Result::ok)
        .map(|entry| {
            let kind = entry.file_type().map_or(0, |kind| {
                if kind.is_dir() {
                    1
                } else if kind.is_symlink() {
                    2
                } else {
                    0
                }
            });
            (entry.file_name().to_string_lossy().into_owned(), kind)
        })
        .collect();
    names.sort();
    let mut items = Vec::new();
    for (name, kind) in names {
        items.push(call.string(&name)?);
        items.push(Val::int(kind));
    }
    call.array(items)
}

/// `(path, recursive, mode)`
fn make_dir(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    let (recursive, mode) = (call.arg(1), call.int(2)?);
    let made = builder(mode).recursive(call.to_bool(recursive)).create(&path);
    on_path(call, made, "mkdir", &path)?;
    Ok(Val::UNDEFINED)
}

#[cfg(unix)]
fn builder(mode: i32) -> fs::DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = fs::DirBuilder::new();
    builder.mode(mode.cast_unsigned());
    builder
}

#[cfg(not(unix))]
fn builder(_: i32) -> fs::DirBuilder {
    fs::DirBuilder::new()
}

/// A new directory whose name begins with the prefix.
fn make_temp(call: &mut Call<'_>) -> Result<Val, Thrown> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let prefix = path_arg(call, 0)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let mut seed = now.as_nanos() as u64 ^ (u64::from(std::process::id()) << 32);
    let mut last = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..100 {
        let suffix: String = (0..6)
            .map(|_| {
                // Not secret, only different: names that exist are tried again.
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                char::from(LETTERS[(seed >> 33) as usize % LETTERS.len()])
            })
            .collect();
        let path = format!("{prefix}{suffix}");
        match builder(0o700).create(&path) {
            Ok(()) => return call.string(&path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => {
                last = error;
                break;
            }
        }
    }
    let shown = format!("{prefix}XXXXXX");
    Err(system_error(call, &last, "mkdtemp", Some(&shown), None))
}

fn unlink(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    on_path(call, fs::remove_file(&path), "unlink", &path)?;
    Ok(Val::UNDEFINED)
}

fn remove_dir(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    on_path(call, fs::remove_dir(&path), "rmdir", &path)?;
    Ok(Val::UNDEFINED)
}

/// `(path, recursive, force)`
fn remove(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let path = path_arg(call, 0)?;
    let (recursive, force) = (call.arg(1), call.arg(2));
    let (recursive, force) = (call.to_bool(recursive), call.to_bool(force));
    let metadata = match fs::symlink_metadata(&path) {
        Err(error) if force && error.kind() == io::ErrorKind::NotFound => return Ok(Val::UNDEFINED),
        found => on_path(call, found, "lstat", &path)?,
    };
    let removed = match (metadata.is_dir(), recursive) {
        (true, true) => fs::remove_dir_all(&path),
        (true, false) => Err(io::Error::from_raw_os_error(IS_DIRECTORY)),
        (false, _) => fs::remove_file(&path),
    };
    on_path(call, removed, "rm", &path).map(|()| Val::UNDEFINED)
}

fn rename(call: &mut Call<'_>) -> Result<Val, Thrown> {
    two_paths(call, "rename", |from, to| fs::rename(from, to))
}

fn copy(call: &mut Call<'_>) -> Result<Val, Thrown> {
    let exclusive = call.arg(2);
    let exclusive = call.to_bool(exclusive);
    two_paths(call, "copyfile", |from, to| {
        if fs::metadata(from)?.is_dir() {
            return Err(io::Error::from_raw_os_error(IS_DIRECTORY));
        }
        if exclusive {
            OpenOptions::new().write(true).create_new(true).open(to)?;
        }
        fs::copy(from, to).map(|_| ())
    })
}

fn two_paths(
    call: &mut Call<'_>,
    syscall: &str,
    work: impl FnOnce(&str, &str) -> io::Result<()>,
) -> Result<Val, Thrown> {
    let (from, to) = (path_arg(call, 0)?, path_arg(call, 1)?);
    match work(&from, &to) {
        Ok(()) => Ok(Val::UNDEFINED),
        Err(error) => Err(system_error(call, &error, syscall, Some(&from), Some(&to))),
    }
}
