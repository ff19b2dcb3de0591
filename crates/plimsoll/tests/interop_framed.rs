//! Frames of an `AsyncRead` are those that were sent, however the stream is cut up, whoever gives up waiting, and however little
//! may be held.
#![cfg(all(feature = "tokio", not(loom)))]

use plimsoll::cells::Endian;
use plimsoll::{Budget, Decode, FrameError, FramedReader, Frozen, Keep, LengthDelimited, Reader};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWriteExt as _, ReadBuf};

/// Gives its bytes in steps of these sizes, over and over; a step of 0 is not ready at first.
struct Drip {
    bytes: Vec<u8>,
    at: usize,
    steps: Vec<usize>,
    step: usize,
}

impl Drip {
    fn new(bytes: Vec<u8>, steps: &[usize]) -> Self {
        Self { bytes, at: 0, steps: steps.to_vec(), step: 0 }
    }
}

impl AsyncRead for Drip {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let step = this.steps[this.step % this.steps.len()];
        this.step += 1;
        if step == 0 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let len = step.min(this.bytes.len() - this.at).min(room.remaining());
        room.put_slice(&this.bytes[this.at..this.at + len]);
        this.at += len;
        Poll::Ready(Ok(()))
    }
}

fn poll<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// A layout of frames, and what is in them.
#[derive(Clone, Debug)]
struct Plan {
    offset: usize,
    width: usize,
    little: bool,
    adjustment: i64,
    skip: Option<usize>,
    chunk: usize,
    keep: Keep,
    sizes: Vec<usize>,
    steps: Vec<usize>,
    held: usize,
}

fn plan() -> impl Strategy<Value = Plan> {
    let layout = (0..20_usize, 1..11_usize, any::<bool>(), -30..30_i64, prop::option::of(0..40_usize));
    let keep = prop_oneof![
        3 => Just(Keep::View),
        1 => Just(Keep::Copy),
        1 => (0..2000_usize).prop_map(|max_tare| Keep::Auto { max_tare }),
    ];
    // Runs of one size, among them large ones, for which the reader has rules of its own.
    let run = (prop_oneof![0..30_usize, 30..200_usize, 200..2500_usize], 1..8_usize);
    let sizes = prop::collection::vec(run, 0..8)
        .prop_map(|runs| runs.into_iter().flat_map(|(size, times)| vec![size; times]).collect::<Vec<_>>());
    let steps = prop::collection::vec(prop_oneof![0..3_usize, 1..50_usize, 1..4000_usize], 1..10)
        .prop_filter("it has to end", |steps| steps.iter().any(|&step| step > 0));
    (layout, (1..1500_usize, keep, sizes, steps, 0..10_usize)).prop_map(
        |((offset, width, little, adjustment, skip), (chunk, keep, sizes, steps, held))| {
            // The width holds the numbers, and nothing is shorter than nothing.
            let (width, least) = (width.max(2), adjustment.max(0) as usize);
            let sizes = sizes.into_iter().map(|size| size + least).collect();
            Plan { offset, width, little, adjustment, skip, chunk, keep, sizes, steps, held }
        },
    )
}

impl Plan {
    fn decoder(&self) -> LengthDelimited {
        let decoder = LengthDelimited::new()
            .with_offset(self.offset)
            .with_width(self.width)
            .with_endian(if self.little { Endian::Little } else { Endian::Big })
            .with_adjustment(self.adjustment)
            .with_max_frame(1 << 20);
        self.skip.map_or(decoder, |skip| decoder.with_skip(skip))
    }

    fn head(&self) -> usize {
        self.offset + self.width
    }

    /// Each frame as it is sent: `size` bytes behind the length.
    fn sent(&self) -> Vec<Vec<u8>> {
        let frame = |(index, &size): (usize, &usize)| {
            let byte = |at: usize| (at * 31 + index * 7) as u8;
            let mut frame: Vec<u8> = (0..self.offset).map(byte).collect();
            let field = (size as i64 - self.adjustment) as u64;
            let number: Vec<u8> = match self.little {
                true => (0..self.width).map(|at| field.checked_shr(8 * at as u32).unwrap_or(0) as u8).collect(),
                false => (0..self.width).rev().map(|at| field.checked_shr(8 * at as u32).unwrap_or(0) as u8).collect(),
            };
            frame.extend(number);
            frame.extend((0..size).map(byte));
            frame
        };
        self.sizes.iter().enumerate().map(frame).collect()
    }

    fn shown<'a>(&self, frame: &'a [u8]) -> &'a [u8] {
        &frame[self.skip.unwrap_or(self.head()).min(frame.len())..]
    }

    fn framed(&self, bytes: Vec<u8>) -> FramedReader<Drip, LengthDelimited> {
        let reader = Reader::with_chunk_size(self.chunk).with_keep(self.keep);
        FramedReader::with_reader(Drip::new(bytes, &self.steps), self.decoder(), reader)
    }
}

/// All frames, and what ended them. The last few are held while the next are read. Every future is dropped when it is not ready.
fn drain<D: Decode<Item = Frozen>>(
    framed: &mut FramedReader<Drip, D>,
    held: usize,
) -> (Vec<Vec<u8>>, Option<D::Error>) {
    let (mut frames, mut latest) = (Vec::new(), VecDeque::new());
    loop {
        match poll(framed.next()) {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(frame))) => {
                frames.push(frame.to_vec());
                latest.push_back((frame, frames.len() - 1));
                if latest.len() > held {
                    let (frame, at) = latest.pop_front().expect("there are some");
                    assert_eq!(frame[..], frames[at][..], "it changed while it was held");
                }
            }
            Poll::Ready(end) => {
                assert!(matches!(poll(framed.next()), Poll::Ready(None)), "over is over");
                return (frames, end.and_then(Result::err));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn frames_arrive_as_they_were_sent(plan in plan()) {
        let sent = plan.sent();
        let (frames, error) = drain(&mut plan.framed(sent.concat()), plan.held);
        prop_assert!(error.is_none(), "{error:?}");
        let expected: Vec<_> = sent.iter().map(|frame| plan.shown(frame).to_vec()).collect();
        prop_assert_eq!(frames, expected);
    }

    #[test]
    fn a_stream_cut_short_gives_what_was_whole_and_says_so(plan in plan(), cut in any::<prop::sample::Index>()) {
        let sent = plan.sent();
        let mut bytes = sent.concat();
        bytes.truncate(cut.index(bytes.len() + 1));
        let mut left = bytes.len();
        let whole = sent.iter().take_while(|frame| {
            let fits = frame.len() <= left;
            left -= if fits { frame.len() } else { 0 };
            fits
        });
        let expected: Vec<_> = whole.map(|frame| plan.shown(frame).to_vec()).collect();
        let next = sent.get(expected.len()).map_or(0, Vec::len);

        let (frames, error) = drain(&mut plan.framed(bytes), plan.held);
        prop_assert_eq!(frames, expected);
        match error {
            None => prop_assert_eq!(left, 0),
            Some(FrameError::Truncated { unread, missing }) => {
                let needed = if left < plan.head() { plan.head() } else { next };
                prop_assert_eq!((unread, missing), (left, needed - left));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_frame_over_the_limit_is_an_error_before_it_is_gathered(plan in plan(), limit in 0..3000_usize) {
        let sent = plan.sent();
        let fits = sent.iter().take_while(|frame| frame.len() <= limit).count();
        let bytes = sent.concat();
        let reader = Reader::with_chunk_size(plan.chunk).with_keep(plan.keep);
        let decoder = plan.decoder().with_max_frame(limit);
        let mut framed = FramedReader::with_reader(Drip::new(bytes, &plan.steps), decoder, reader);
        let (frames, error) = drain(&mut framed, plan.held);
        prop_assert_eq!(frames.len(), fits);
        match (error, sent.get(fits)) {
            (None, None) => {}
            (Some(FrameError::TooLong { len, limit: said }), Some(frame)) => {
                prop_assert_eq!((len, said), (frame.len() as u64, limit));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    /// Whatever the bytes are: frames, then an end or an error, and no panic.
    #[test]
    fn noise_is_no_harm(plan in plan(), noise in prop::collection::vec(any::<u8>(), 0..3000), extreme in any::<i64>()) {
        let len = noise.len();
        let decoder = plan.decoder().with_adjustment(extreme);
        let reader = Reader::with_chunk_size(plan.chunk).with_keep(plan.keep);
        let mut framed = FramedReader::with_reader(Drip::new(noise, &plan.steps), decoder, reader);
        let (frames, _) = drain(&mut framed, plan.held);
        prop_assert!(frames.iter().map(Vec::len).sum::<usize>() <= len);
        prop_assert!(framed.reader().weight().gross <= 2 << 20, "the limit is 1 MiB");
    }

    /// With room for one chunk besides the frames that are held, and everybody else busy taking room, too.
    #[test]
    fn a_budget_is_kept_to_and_nothing_is_lost_by_waiting(plan in plan(), seed in any::<u64>()) {
        const HELD: usize = 3;
        let sent = plan.sent();
        let largest = sent.iter().map(Vec::len).max().unwrap_or(0);
        // What `Reader` may take for one frame is what is unread, twice; for a run of one size it takes room for one more.
        let budget = Budget::new((plan.chunk.max(largest).max(plan.head()) + plan.chunk * 4) * 2);
        let reader = Reader::with_chunk_size(plan.chunk).with_budget(budget.clone());
        let mut framed = FramedReader::with_reader(Drip::new(sent.concat(), &plan.steps), plan.decoder(), reader);
        let (mut held, mut frames, mut random) = (VecDeque::new(), Vec::new(), seed);
        let mut other = None;
        loop {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            match (random >> 60) & 3 {
                0 => other = budget.try_charge(budget.available() / 2).ok(),
                1 => other = None,
                2 => drop(held.pop_front()),
                _ => {}
            }
            match poll(framed.next()) {
                Poll::Ready(None) => break,
                Poll::Ready(Some(frame)) => {
                    let frame = frame.unwrap();
                    frames.push(frame.to_vec());
                    held.push_back(frame);
                    if held.len() > HELD {
                        held.pop_front();
                    }
                }
                Poll::Pending => {}
            }
        }
        drop(other);
        let expected: Vec<_> = sent.iter().map(|frame| plan.shown(frame).to_vec()).collect();
        prop_assert_eq!(frames, expected);
        prop_assert!(budget.peak() <= budget.limit());
        drop((framed, held));
        prop_assert_eq!((budget.held(), budget.waiting()), (0, 0));
    }
}

#[test]
fn large_frames_of_one_size_end_up_alone_in_chunks_of_their_size() {
    let frame = [&65_557_u32.to_be_bytes()[..], &[7; 65_557]].concat();
    let mut framed = FramedReader::new(Drip::new(frame.repeat(10), &[200_000]), LengthDelimited::new().with_skip(0));
    let frames: Vec<_> = std::iter::from_fn(|| match poll(framed.next()) {
        Poll::Ready(frame) => frame.map(Result::unwrap),
        Poll::Pending => unreachable!("a drip of one size is always ready"),
    })
    .collect();
    assert_eq!(frames.len(), 10);
    for frame in &frames[3..] {
        assert_eq!(
            (frame.weight().net, frame.weight().gross),
            (65_561, 72 * 1024),
            "the next of the sizes that are kept"
        );
    }
}

#[test]
fn one_large_frame_does_not_make_the_next_chunk_large() {
    let large = [&100_000_u32.to_be_bytes()[..], &[7; 100_000]].concat();
    let small = [&10_u32.to_be_bytes()[..], &[7; 10]].concat();
    // A read ends with the large frame.
    let mut framed = FramedReader::new(
        Drip::new([large, small.repeat(8000)].concat(), &[65_536, 100_004 - 65_536]),
        LengthDelimited::new(),
    );
    let mut chunks = Vec::new();
    while let Poll::Ready(Some(frame)) = poll(framed.next()) {
        chunks.push(frame.unwrap().weight().gross);
    }
    assert_eq!((chunks.len(), chunks[0]), (8001, 131_072), "twice what had been read of it");
    assert!(chunks[1..].iter().all(|&gross| gross == 65_536));
}

/// Length and bytes, by a decoder that never says how much is missing.
struct Vague;

impl Decode for Vague {
    type Item = Frozen;
    type Error = io::Error;

    fn decode(&mut self, reader: &mut Reader) -> io::Result<Option<Frozen>> {
        let Some(&len) = reader.first_chunk::<4>() else { return Ok(None) };
        let len = u32::from_be_bytes(len) as usize;
        Ok(if reader.len() < 4 + len { None } else { reader.split_to(4 + len).ok() })
    }

    fn missing(&self) -> usize {
        0
    }
}

#[test]
fn a_decoder_that_does_not_know_what_is_missing_loses_nothing() {
    let lens = [20_000_usize, 20_000, 20_000, 60_000, 20_000, 20_000, 90_000, 20_000];
    let sent: Vec<u8> =
        lens.iter().flat_map(|&len| [&(len as u32).to_be_bytes()[..], &vec![1; len]].concat()).collect();
    for step in [1000, 65_536, sent.len()] {
        let (frames, error) = drain(&mut FramedReader::new(Drip::new(sent.clone(), &[step]), Vague), 2);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(frames.concat(), sent);
    }
}

#[test]
fn the_source_waits_while_frames_fill_the_budget() {
    const CHUNK: usize = 1024;
    let frame = [&96_u32.to_be_bytes()[..], &[7; 96]].concat();
    let budget = Budget::new(2 * CHUNK);
    let reader = Reader::with_chunk_size(CHUNK).with_budget(budget.clone());
    let mut framed =
        FramedReader::with_reader(Drip::new(frame.repeat(100), &[CHUNK]), LengthDelimited::new().with_skip(0), reader);
    let mut held = Vec::new();
    while let Poll::Ready(frame) = poll(framed.next()) {
        held.push(frame.expect("a hundred do not fit").unwrap());
    }
    assert_eq!((budget.waiting(), budget.peak()), (1, 2 * CHUNK));
    assert!(held.len() <= 20, "{} frames of 100 bytes in two chunks", held.len());
    let read = framed.source_mut().at;
    assert!(matches!(poll(framed.next()), Poll::Pending));
    assert_eq!((framed.source_mut().at, budget.waiting()), (read, 1), "polled again, it waits in the same place");

    let first = held.len();
    drop(held);
    let mut rest = 0;
    while let Poll::Ready(Some(frame)) = poll(framed.next()) {
        assert_eq!(frame.unwrap().len(), 100);
        rest += 1;
    }
    assert_eq!(first + rest, 100);
}

#[test]
fn a_reader_that_is_dropped_gives_its_place_up() {
    let budget = Budget::new(1024);
    let taken = budget.try_charge(1000).unwrap();
    let reader = Reader::with_chunk_size(512).with_budget(budget.clone());
    let mut framed = FramedReader::with_reader(&b"\0\0\0\x01x"[..], LengthDelimited::new(), reader);
    assert!(matches!(poll(framed.next()), Poll::Pending));
    assert_eq!(budget.waiting(), 1);
    drop(framed);
    assert_eq!(budget.waiting(), 0);
    drop(taken);
    assert_eq!(budget.held(), 0);
}

#[test]
fn a_frame_that_no_budget_has_room_for_is_an_error() {
    let reader = Reader::with_chunk_size(512).with_budget(Budget::new(1000));
    let bytes = [&2000_u32.to_be_bytes()[..], &[7; 2000]].concat();
    let mut framed = FramedReader::with_reader(&bytes[..], LengthDelimited::new(), reader);
    let Poll::Ready(Some(Err(FrameError::Io(error)))) = poll(framed.next()) else { panic!("it does not fit") };
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    assert!(error.to_string().contains("1000"), "{error}");
}

#[test]
fn errors_say_which_limit_and_by_how_much() {
    let mut reader = Reader::new();
    reader.extend_from_slice(&[0, 0, 4, 0, 1, 2]);
    let error = LengthDelimited::new().with_max_frame(1000).decode(&mut reader).unwrap_err();
    assert_eq!(error.to_string(), "a frame of 1028 bytes is over the decoder's limit of 1000 bytes a frame");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidData);

    let error = LengthDelimited::new().with_width(2).with_adjustment(-3).decode(&mut reader).unwrap_err();
    assert_eq!(error.to_string(), "a frame's length field says 0, which -3 makes less than nothing");

    let error = LengthDelimited::new().decode_eof(&mut reader).unwrap_err();
    assert_eq!(error.to_string(), "the stream ends with 6 bytes of a frame, at least 1022 too few");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::UnexpectedEof);

    let mut reader = Reader::new();
    reader.extend_from_slice(&[0xff; 20]);
    for width in [8, 9, 20] {
        let error = LengthDelimited::new().with_width(width).with_adjustment(i64::MAX).decode(&mut reader).unwrap_err();
        assert!(matches!(error, FrameError::TooLong { len: u64::MAX, limit: 8_388_608 }), "{error}");
    }
    assert!(LengthDelimited::new().with_offset(usize::MAX).decode(&mut reader).unwrap().is_none());
}

#[test]
fn what_failed_once_is_over() {
    struct Broken;
    impl AsyncRead for Broken {
        fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
        }
    }
    let mut framed = FramedReader::new(Broken, LengthDelimited::new());
    let Poll::Ready(Some(Err(FrameError::Io(error)))) = poll(framed.next()) else { panic!("the source fails") };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    assert!(matches!(poll(framed.next()), Poll::Ready(None)));
}

#[test]
fn the_parts_go_on_by_another_protocol() {
    let mut framed = FramedReader::new(&b"\0\0\0\x02hitext"[..], LengthDelimited::new());
    let Poll::Ready(Some(Ok(frame))) = poll(framed.next()) else { panic!("it is all there") };
    let (_, _, reader) = framed.into_parts();
    assert_eq!((&frame[..], &reader[..]), (&b"hi"[..], &b"text"[..]));
    let mut framed = FramedReader::with_reader(&b""[..], LengthDelimited::new().with_width(1), reader);
    assert!(matches!(poll(framed.next()), Poll::Ready(Some(Err(FrameError::Truncated { unread: 4, .. })))));
}

/// Over a real pair of pipes, with another branch of a `select!` winning every other time.
#[tokio::test]
async fn a_select_that_turns_away_loses_no_frame() {
    let (theirs, mut ours) = tokio::io::duplex(64);
    let sizes: Vec<u16> = (0..500).map(|i| i * 37 % 300).collect();
    let to_send = sizes.clone();
    let sender = tokio::spawn(async move {
        for (index, size) in to_send.into_iter().enumerate() {
            ours.write_all(&size.to_be_bytes()).await.unwrap();
            ours.write_all(&vec![index as u8; size.into()]).await.unwrap();
        }
    });
    let reader = Reader::with_chunk_size(256).with_budget(Budget::new(4096));
    let mut framed = FramedReader::with_reader(theirs, LengthDelimited::new().with_width(2), reader);
    let (mut frames, mut turned_away) = (Vec::new(), 0);
    loop {
        tokio::select! {
            biased;
            frame = framed.next() => match frame {
                Some(frame) => frames.push(frame.unwrap().to_vec()),
                None => break,
            },
            () = tokio::task::yield_now() => turned_away += 1,
        }
    }
    sender.await.unwrap();
    assert!(turned_away > 100, "{turned_away}");
    let expected: Vec<_> = sizes.iter().enumerate().map(|(index, &size)| vec![index as u8; size.into()]).collect();
    assert_eq!(frames, expected);
}

/// The whole way: a sender that is held back by frames which another task drops late, and is woken when it does.
#[tokio::test]
async fn who_waits_for_the_budget_is_woken() {
    const FRAMES: usize = 300;
    let (theirs, mut ours) = tokio::io::duplex(256);
    let sender = tokio::spawn(async move {
        for _ in 0..FRAMES {
            ours.write_all(&[&200_u16.to_be_bytes()[..], &[7; 200]].concat()).await.unwrap();
        }
    });
    let budget = Budget::new(2 * 512);
    let reader = Reader::with_chunk_size(512).with_budget(budget.clone());
    let mut framed = FramedReader::with_reader(theirs, LengthDelimited::new().with_width(2), reader);
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    let drops = tokio::spawn(async move {
        let mut waited = 0;
        while let Some(frame) = receive.recv().await {
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
            waited += budget.waiting();
            drop(frame);
        }
        (waited, budget.held())
    });
    let mut received = 0;
    while let Some(frame) = framed.next().await {
        send.send(frame.unwrap()).unwrap();
        received += 1;
    }
    drop((framed, send));
    sender.await.unwrap();
    let (waited, held) = drops.await.unwrap();
    assert_eq!((received, held), (FRAMES, 0));
    assert!(waited > FRAMES / 4, "{waited}: it did not have to wait");
}

#[cfg(feature = "tokio-util")]
mod tokio_util {
    use super::*;
    use ::tokio_util::codec::{AnyDelimiterCodec, Decoder, LengthDelimitedCodec};
    use bytes::BytesMut;
    use plimsoll::ViaBytesMut;

    proptest! {
        /// Both are told the same, and get the same bytes.
        #[test]
        fn our_frames_are_those_of_the_length_delimited_codec(plan in plan(), cut in any::<prop::sample::Index>()) {
            let width = plan.width.min(8);
            let plan = Plan { width, ..plan };
            let mut bytes = plan.sent().concat();
            bytes.truncate(cut.index(bytes.len() + 1));
            let mut codec = LengthDelimitedCodec::builder();
            codec.length_field_offset(plan.offset).length_field_length(width);
            codec.max_frame_length(1 << 20);
            // Theirs cannot skip more than a frame has.
            let shortest = plan.sizes.iter().min().map_or(0, |size| size + plan.head());
            let skip = plan.skip.unwrap_or(plan.head()).min(shortest);
            let plan = Plan { skip: Some(skip), ..plan };
            // And what they skip, their length does not count.
            codec.length_adjustment(plan.adjustment as isize + plan.head() as isize - skip as isize);
            let mut theirs = if plan.little { codec.little_endian() } else { codec.big_endian() }.num_skip(skip).new_codec();

            let mut unread = BytesMut::from(&bytes[..]);
            let mut expected = Vec::new();
            while !unread.is_empty() && let Ok(Some(frame)) = theirs.decode_eof(&mut unread) {
                expected.push(frame.to_vec());
            }
            let (frames, error) = drain(&mut plan.framed(bytes), plan.held);
            prop_assert_eq!(frames, expected);
            prop_assert!(matches!(error, None | Some(FrameError::Truncated { .. })), "{:?}", error);
        }

        #[test]
        fn a_decoder_of_theirs_gives_what_it_gives_there(
            bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b',')], 0..2000),
            chunk in 1..500_usize,
            steps in prop::collection::vec(1..300_usize, 1..5),
        ) {
            let codec = || AnyDelimiterCodec::new(b",".to_vec(), b",".to_vec());
            let (mut unread, mut theirs) = (BytesMut::from(&bytes[..]), codec());
            let expected: Vec<_> = std::iter::from_fn(|| theirs.decode_eof(&mut unread).unwrap()).collect();

            let budget = Budget::new(chunk);
            let reader = Reader::with_chunk_size(chunk).with_budget(budget.clone());
            let mut framed = FramedReader::with_reader(Drip::new(bytes, &steps), ViaBytesMut::new(codec()), reader);
            let mut frames = Vec::new();
            while let Poll::Ready(Some(frame)) = poll(framed.next()) {
                frames.push(frame.unwrap());
            }
            prop_assert_eq!(frames, expected);
            prop_assert!(budget.peak() <= chunk, "one chunk, used again and again");
        }
    }
}
