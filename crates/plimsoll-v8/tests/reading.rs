//! Whole files are read whatever they look like; damaged ones give an error, never a part.

mod support;

use plimsoll_v8::heap::{EdgeName, Location};
use plimsoll_v8::{ErrorKind, Graph, Heap, NodeKind, Source, buffers::Buffers, classes::classes, names::Scripts};
use plimsoll_v8::{dump::dump_retained, paths::Paths};
use proptest::prelude::*;
use std::io::Write;
use support::{Shape, Snapshot, read};

fn example() -> Snapshot {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global / \u{1f600}\n\"\\\u{7}", 16);
    let array = heap.child(global, ("property", "list"), "object", "Array", 32);
    for index in 0..20 {
        let number = index.to_string();
        heap.child(array, ("element", &number), "string", &number, 24);
    }
    heap.child(array, ("element", "4294967295"), "object", "Object", 8);
    heap.child(array, ("hidden", "536870911"), "closure", "f", 64);
    heap.locations = vec![[24, 7, 1, 2], [1, 8, 3, 4]];
    heap
}

/// The same, with the stacks of some nodes.
fn traced() -> Snapshot {
    let mut heap = example();
    heap.traces = vec![0; 22];
    (heap.traces[1], heap.traces[2], heap.traces[3]) = (9, 11, 1);
    heap
}

/// Everything that can be asked of a heap.
fn everything(heap: &mut Heap) -> Vec<u8> {
    let graph = Graph::of(heap);
    let mut out = Vec::new();
    dump_retained(heap, &graph, &mut out).unwrap();
    let paths = Paths::of(heap, &graph);
    let scripts = Scripts::of(heap);
    for node in heap.nodes() {
        let path: Vec<String> = paths.to(heap, node).iter().map(|&edge| plimsoll_v8::names::edge(heap, edge)).collect();
        let said = format!("{} {:?} {:?} {path:?}", heap.name(node), heap.kind_name(node), scripts.place(heap, node));
        let made = format!("{:?} {:?}", heap.trace(node), heap.site(node));
        out.extend_from_slice((said + &made).as_bytes());
    }
    writeln!(out, "{:?} {:?}", Buffers::of(heap), classes(heap, &graph)).unwrap();
    out
}

#[test]
fn columns() {
    for shape in [Shape::Node20, Shape::Node26] {
        let heap = example().heap(shape);
        assert_eq!((heap.node_count(), heap.edge_count()), (25, 24));
        assert_eq!((heap.kind(0), heap.kind(24)), (NodeKind::Synthetic, NodeKind::Closure));
        assert_eq!(heap.name(1), "global / \u{1f600}\n\"\\\u{7}");
        assert_eq!(heap.location(24), Some(Location { script: 7, line: 1, column: 2 }));
        assert_eq!((heap.location(1).map(|at| at.script), heap.location(2)), (Some(8), None));
        // Indices that do not fit into 29 bits.
        assert_eq!(heap.edge_name(22), EdgeName::Index(u32::MAX));
        assert_eq!(heap.edge_name(23), EdgeName::Index((1 << 29) - 1));
        assert_eq!((heap.source(0), heap.source(1), heap.source(23)), (0, 1, 2));
        assert_eq!(heap.edge_name(1), EdgeName::Name("list"));
    }
}

#[test]
fn sections_in_another_order_with_others_between() {
    let json = example().json(Shape::Node26);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = everything(&mut read(json).unwrap());
    let section = |name: &str| format!("{name:?} : {}", serde_json::to_string_pretty(&value[name]).unwrap());
    let new = r#""scopes":[1,{"a":"}]\\"},null,-2.5e3,[]],"x":null , "y":17,"z":"\"" "#;
    let order = ["strings", "snapshot", "edges", "locations", "nodes"];
    let json = format!("\n {{ {}, {new} }}\n ", order.map(section).join(" ,\n"));
    assert_eq!(everything(&mut read(json).unwrap()), expected);
    for order in [
        ["snapshot", "nodes", "edges", "strings", "locations"],
        ["strings", "snapshot", "nodes", "edges", "locations"],
        ["snapshot", "nodes", "locations", "edges", "strings"],
        ["snapshot", "edges", "nodes", "strings", "locations"],
    ] {
        let json = format!("{{ {} ,{new}}}", order.map(section).join("\n, "));
        assert_eq!(everything(&mut read(json).unwrap()), expected, "{order:?}");
    }
    let order = ["nodes", "snapshot", "edges", "locations", "strings"];
    let error = read(format!("{{{}}}", order.map(section).join(","))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}

#[test]
fn strings_of_json() {
    let json = example().json(Shape::Node26);
    let odd = r#""\ud83d\ude00 \ud83d \ude00\ud83dx \ud83d\n\u00E9\/\b\f\r\t""#;
    let mut json = json.replace(r#""list""#, odd).into_bytes();
    let heap = read(json.clone()).unwrap();
    let expected = "\u{1f600} \u{fffd} \u{fffd}\u{fffd}x \u{fffd}\n\u{e9}/\u{8}\u{c}\r\t";
    assert_eq!(heap.edge_name(1), EdgeName::Name(expected));
    // Bytes that are no UTF-8, here and as halves of two strings.
    let at = json.windows(5).position(|bytes| bytes == b"Array").unwrap();
    json[at..at + 5].copy_from_slice(b"\xffrr\xc3\xa9");
    assert_eq!(read(json.clone()).unwrap().name(2), "\u{fffd}rr\u{e9}");
    json[at + 4] = b'y';
    assert_eq!(read(json).unwrap().name(2), "\u{fffd}rr\u{fffd}y");
    let halves = example().json(Shape::Node26).replace("\"f\"", "\"@\"").replace(r#""Array""#, r#""~""#);
    let mut halves = halves.into_bytes();
    for (mark, byte) in [(b"\"~\"", 0xc3), (b"\"@\"", 0xa9)] {
        let at = halves.windows(3).position(|bytes| bytes == mark).unwrap();
        halves[at + 1] = byte;
    }
    let heap = read(halves).unwrap();
    assert_eq!((heap.name(2), heap.name(24)), ("\u{fffd}", "\u{fffd}"));
}

/// The halves of a text, packed one by one, as some tools do.
fn packed_halves(text: &str) -> [(Vec<u8>, usize); 2] {
    let halves = [&text.as_bytes()[..1000], &text.as_bytes()[1000..]];
    let gzip = halves.map(|half| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(half).unwrap();
        encoder.finish().unwrap()
    });
    let zstd = halves.map(|half| ruzstd::encoding::compress_to_vec(half, ruzstd::encoding::CompressionLevel::Fastest));
    [gzip, zstd].map(|halves| (halves.concat(), halves[0].len()))
}

#[test]
fn packed_files_are_told_by_their_first_bytes() {
    let json = example().json(Shape::Node20);
    let expected = everything(&mut read(json.clone()).unwrap());
    let [(gzip, _), (zstd, of_first)] = packed_halves(&json);
    // A part that is to be skipped.
    let mut skippable = zstd.clone();
    skippable.splice(of_first..of_first, *b"\x53\x2a\x4d\x18\x05\0\0\0hello");
    for packed in [gzip, zstd, skippable] {
        assert_eq!(everything(&mut read(packed.clone()).unwrap()), expected);
        // What follows is none of it.
        for junk in [&b"\0"[..], b"\0\0\0\0\0", b"junk behind it", b"\x1f", b"("] {
            assert_eq!(everything(&mut read([&packed, junk].concat()).unwrap()), expected, "{junk:?}");
        }
    }
}

/// A byte at a time, with interruptions.
struct Drops(std::io::Cursor<Vec<u8>>, bool);

impl std::io::Read for Drops {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(std::io::ErrorKind::Interrupted.into());
        }
        self.0.read(&mut into[..1])
    }
}

#[test]
fn packed_files_that_are_cut_off_are_told_with_the_byte_at_which_they_end() {
    let json = example().json(Shape::Node20);
    for ((name, magic), (packed, of_first)) in [("gzip", 2), ("Zstandard", 4)].into_iter().zip(packed_halves(&json)) {
        let mut unpacked = 0;
        for end in magic..packed.len() {
            let part = packed[..end].to_vec();
            let drops = Drops(std::io::Cursor::new(part.clone()), false);
            for read in [read(part), Heap::read(Source::from_reader(drops).unwrap(), &mut ())] {
                let error = read.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Truncated, "{name} {end}: {error}");
                if end == of_first || (of_first..of_first + magic).contains(&end) {
                    assert_eq!((error.at(), error.at_packed()), (1000, None), "{name}: the first part is whole");
                    assert!(error.to_string().ends_with("(at byte 1000 of the unpacked text)"), "{error}");
                    continue;
                }
                let at = error.at();
                assert_eq!(error.at_packed(), Some(end as u64), "{name}: {error}");
                assert!(at >= unpacked && at <= json.len() as u64, "{name} {end}: {error}");
                unpacked = at;
                let said = format!(
                    "the snapshot is cut off: the file ends before its {name} data do (at byte {end} of the packed file, \
                     after {at} bytes of unpacked text)"
                );
                assert_eq!(error.to_string(), said);
            }
        }
        assert!(unpacked >= 1000, "{name}");
    }
}

#[test]
fn packed_files_that_are_damaged_are_told_with_a_byte_and_without_debugging_text() {
    let json = example().json(Shape::Node20);
    for (packed, _) in packed_halves(&json) {
        let mut faults = 0;
        for at in 0..packed.len() {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x55;
            // Some bits say nothing: the time, the system.
            let Err(error) = read(damaged) else { continue };
            let text = error.to_string();
            assert!(text.contains("(at byte ") && !text.contains("Error") && !text.contains('{'), "{text}");
            assert_ne!(error.kind(), ErrorKind::Read, "{text}");
            faults += u32::from(error.kind() == ErrorKind::Damaged && error.at_packed().is_some());
        }
        assert!(faults > 10, "{faults}");
        // The checksum of the last part: its last bytes, before gzip's length.
        let mut other = packed.clone();
        let last = other.len() - if packed[0] == 0x1f { 5 } else { 1 };
        other[last] ^= 1;
        let error = read(other).unwrap_err();
        assert!(error.to_string().contains("the checksum of its"), "{error}");
        assert_eq!((error.at(), error.at_packed()), (json.len() as u64, Some(packed.len() as u64)));
    }
}

#[test]
fn a_file_is_told_by_how_it_begins() {
    let file = std::env::temp_dir().join(format!("plimsoll-beginning-{}", std::process::id()));
    let json = example().json(Shape::Node20);
    let zstd = ruzstd::encoding::compress_to_vec(json.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    for (bytes, likely) in [
        (json.as_bytes(), true),
        (b"\n { \"snapshot\" : {", true),
        (&zstd, true),
        (b"\x1f\x8b", true),
        (b"", false),
        (b"{ \"other\": 1 }", false),
        (b"const snapshot = 1", false),
        (b"{ snapshot: 1 }", false),
    ] {
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(Source::is_likely(&file), likely, "{bytes:?}");
    }
    std::fs::remove_file(&file).unwrap();
    assert!(!Source::is_likely(&file) && !Source::is_likely(std::env::temp_dir()));
}

#[test]
fn every_beginning_of_a_file_is_an_error() {
    for shape in [Shape::Node20, Shape::Node26] {
        for json in [example().json(shape), traced().json(shape)] {
            for end in 0..json.len() {
                let error = read(&json.as_bytes()[..end]).unwrap_err();
                assert!(error.at() <= end as u64, "{error}");
            }
        }
    }
}

#[test]
fn what_contradicts_itself_is_an_error() {
    let json = example().json(Shape::Node26);
    // The name of the first edge is a string that was given its number in passing.
    let name = json.split("\"edges\":[5,").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    let change = |from: &str, to: &str| {
        let (from, to) = (&from.replace("NAME", name)[..], &to.replace("NAME", name)[..]);
        assert_eq!(json.matches(from).count(), 1, "{from}");
        let error = read(json.replace(from, to)).unwrap_err();
        assert!(error.at() > 0, "{error}");
        (error.kind(), error.to_string())
    };
    for (from, to, what) in [
        (r#""node_count":25"#, r#""node_count":26"#, "26 nodes, there are 25"),
        (r#""node_count":25"#, r#""node_count":24"#, "more nodes"),
        (r#""node_count":25"#, r#""node_count":4294967295"#, "at most"),
        (r#""edge_count":24"#, r#""edge_count":4294967294"#, "4294967294 edges, there are 24"),
        (r#""edge_count":24"#, r#""edge_count":23"#, "more edges"),
        (r#""edges":[5,NAME,6,"#, r#""edges":[5,NAME,7,"#, "no node"),
        (r#""edges":[5,NAME,6,"#, r#""edges":[5,NAME,150,"#, "no node"),
        (r#""edges":[5,NAME,6,"#, r#""edges":[5,NAME,18446744073709551610,"#, "too long"),
        (r#""edges":[5,NAME,6,"#, r#""edges":[7,NAME,6,"#, "type is not listed"),
        (r#""edges":[5,NAME,6,"#, r#""edges":[5,999,6,"#, "a name is string 999"),
        (r#""edges":[5,NAME,6,"#, r#""edges":[5,-NAME,6,"#, "a number was expected"),
        (r#""edges":[5,NAME,6,"#, r#""edges":[5,NAME 2,6,"#, "',' or ']'"),
        (r#""nodes":[9,1,1,0,1,0,"#, r#""nodes":[9,1,1,0,2,0,"#, "25 edges, there are 24"),
        (r#""nodes":[9,1,1,0,1,0,"#, r#""nodes":[0,9,1,1,0,1,0,"#, "not complete"),
        (r#""nodes":[9,1,1,0,1,0,"#, r#""nodes":[9,1,99999999999,0,1,0,"#, "32 bits"),
        (r#""self_size","#, "", "self_size"),
        (r#""strings":["#, r#""strangs":["#, "no section \"strings\""),
        (r#""samples":[]"#, r#""edges":[]"#, "second section"),
        (r#""samples":[]"#, r#""samples":"#, "value"),
        (r#""locations":[144"#, r#""locations":[145"#, "no node"),
        (r#""<dummy>""#, r#""\x""#, "escape"),
        (r#""<dummy>""#, r#""\u12g4""#, "hexadecimal"),
    ] {
        let (_, said) = change(from, to);
        assert!(said.contains(what), "{from} -> {to}: {said}");
    }
    assert_eq!(read("").unwrap_err().kind(), ErrorKind::NotASnapshot);
    assert_eq!(read("[1]").unwrap_err().kind(), ErrorKind::NotASnapshot);
    assert_eq!(read("{\"a\":1}").unwrap_err().kind(), ErrorKind::NotASnapshot);
    assert!(read(format!("{json} x")).is_err());
}

#[test]
fn stacks_are_told_if_v8_noted_them() {
    for shape in [Shape::Node20, Shape::Node26] {
        let heap = traced().heap(shape);
        assert!(heap.is_traced() && !example().heap(shape).is_traced());
        let stack = |node| -> Vec<(&str, &str, u32, u32)> {
            let frames = heap.trace(node).unwrap();
            frames.iter().map(|frame| (frame.function, frame.script, frame.line, frame.column)).collect()
        };
        let [root, serve, alloc, array] = support::FUNCTIONS;
        assert_eq!(stack(1), [array, alloc, serve, root]);
        assert_eq!(stack(2), [alloc, root]);
        assert_eq!(stack(3), [root]);
        assert_eq!(heap.site(1).unwrap(), "/app/server.mjs:12:30", "the innermost of the program's own");
        assert_eq!((heap.site(2), heap.site(3)), (None, None), "only Node's own");
        for without in [0, 4, 21, 22, 24] {
            assert_eq!((heap.trace(without), heap.site(without)), (None, None));
        }
    }
    // Fields of another day: no stacks, but a heap.
    let json = traced().json(Shape::Node26);
    let other = json.replace(r#""size","children"]"#, r#""children","size"]"#);
    assert!(other != json && !read(other).unwrap().is_traced());
    // No recursion: as deep as the file is long.
    let deep = format!(
        "[{}1,0,0,0,[]{}]",
        (2..200_000).map(|id| format!("{id},1,0,0,[")).collect::<String>(),
        "]".repeat(199_998)
    );
    let heap = read(json.replace(support::TREE, &deep)).unwrap();
    assert_eq!((heap.trace(1).unwrap().len(), heap.trace(3).unwrap().len()), (8, 199_999));
}

#[test]
fn stacks_that_contradict_themselves_are_an_error() {
    let json = traced().json(Shape::Node26);
    let cases = [
        ("7,2,1,16,", "7,4,1,16,", "function 4, there are 4"),
        ("7,2,1,16,", "7,4294967296,1,16,", "32 bits"),
        ("7,2,1,16,", "7,99999999999999999999,1,16,", "too long"),
        ("7,2,1,16,", "5,2,1,16,", "same id"),
        ("7,2,1,16,", "7,2,1,", "a number was expected"),
        ("9,3,1,16,", "8,3,1,16,", "the trace 9, which is not in the tree"),
        ("9,3,1,16,[]", "9,3,1,16,[],", "a row was expected"),
        ("9,3,1,16,[]", "9,3,1,16,[", "a number was expected"),
        ("9,3,1,16,[]", "9,3,1,16,0", "'[' was expected"),
        ("9,3,1,16,[]", "9,3,1,16,[]]", "after a section"),
        ("\"trace_tree\":[", "\"trace_twig\":[", "not in the tree"),
        ("\"trace_function_infos\":[", "\"infos\":[", "there are 0"),
        ("\"trace_function_infos\":[77,", "\"trace_function_infos\":[77,999,", "not complete"),
        (",5,12,30", ",5,12,4294967296", "32 bits"),
        ("\"samples\":[]", "\"trace_tree\":[]", "second section"),
    ];
    for (from, to, what) in cases {
        assert_eq!(json.matches(from).count(), 1, "{from}");
        let error = read(json.replace(from, to)).unwrap_err();
        assert!(error.to_string().contains(what), "{from} -> {to}: {error}");
    }
}

/// Pieces end anywhere: within numbers, rows, escapes, characters and keys.
#[test]
fn pieces_end_anywhere() {
    let mut heap = Snapshot::new();
    let global = heap.child(0, ("shortcut", "global"), "object", "global", 16);
    for index in 0..70_000_u64 {
        let name = format!("\u{e9}\n{index}\u{1f600}");
        heap.child(global, ("property", "x"), "object", if index % 3 == 0 { &name } else { "y" }, index);
    }
    for shape in [Shape::Node20, Shape::Node26] {
        let json = heap.json(shape);
        assert!(json.len() > 2 << 20);
        let dump = |json: Vec<u8>| {
            let mut heap = read(json).unwrap();
            let graph = Graph::of(&mut heap);
            let mut out = Vec::new();
            dump_retained(&heap, &graph, &mut out).unwrap();
            for node in heap.nodes() {
                out.extend_from_slice(heap.name(node).as_bytes());
            }
            out
        };
        let expected = dump(json.clone().into_bytes());
        for shift in 1..24 {
            assert!(dump(format!("{}{json}", " ".repeat(shift)).into_bytes()) == expected, "{shift}");
        }
    }
}

#[test]
fn progress_is_told() {
    let path = std::env::temp_dir().join(format!("plimsoll-v8-{}.heapsnapshot", std::process::id()));
    let json = example().json(Shape::Node26);
    std::fs::write(&path, &json).unwrap();
    let mut last = None;
    let heap = Heap::read(Source::open(&path).unwrap(), &mut |bytes, of| last = Some((bytes, of))).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(last, Some((json.len() as u64, Some(json.len() as u64))));
    assert_eq!(heap.node_count(), 25);
    assert_eq!(Source::open(&path).err().unwrap().kind(), ErrorKind::Read);
}

/// A reader that fails.
struct Broken(usize);

impl std::io::Read for Broken {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.0 == 0 {
            return Err(std::io::Error::other("gone"));
        }
        let n = self.0.min(into.len());
        self.0 -= n;
        into[..n].fill(b' ');
        Ok(n)
    }
}

#[test]
fn errors_of_the_reader_are_passed_on() {
    for bytes in [0, 3, 100, 3 << 20] {
        let error = match Source::from_reader(Broken(bytes)) {
            Ok(source) => Heap::read(source, &mut ()).err().unwrap(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Read);
        assert!(error.to_string().contains("gone"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// Whatever is changed, there is an error or a heap of which everything can be asked.
    #[test]
    fn damaged_files_do_not_panic(
        node20 in any::<bool>(),
        stacks in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..6),
    ) {
        let heap = if stacks { traced() } else { example() };
        let mut json = heap.json(if node20 { Shape::Node20 } else { Shape::Node26 }).into_bytes();
        for (at, byte, what) in changes {
            let at = at.index(json.len());
            match what {
                0 => json[at] = byte,
                1 => json[at] = b"0123456789,]}\"[{\\u"[usize::from(byte) % 18],
                2 => drop(json.remove(at)),
                _ => json.insert(at, b"0123456789,]}\"[{\\u"[usize::from(byte) % 18]),
            }
        }
        if let Ok(mut heap) = read(json) {
            everything(&mut heap);
        }
    }
}
