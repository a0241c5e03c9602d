//! Decoding allocates nothing, whatever the packet: a counting allocator looks on.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    hint::black_box,
};

use device_console::mqtt::{
    Connect, FrameDecoder, Packet, PacketId, Properties, Property, ProtocolVersion, Publish, QoS,
    Subscribe, Subscription, TopicFilter, TopicName, Will,
};
use serde::Deserialize;

/// Counts for each thread, so that other tests of the binary do not disturb.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is handed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations this thread made meanwhile.
fn allocations(work: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

#[test]
fn the_counter_sees_an_allocation() {
    assert_eq!(
        allocations(|| drop(black_box(Vec::<u8>::with_capacity(1)))),
        1
    );
    assert_eq!(allocations(|| ()), 0);
}

#[derive(Deserialize)]
struct File {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    name: String,
    version: String,
    hex: String,
}

/// Every frame of `vectors/mqtt/`, good and bad, by the rules of its version.
fn vectors() -> Vec<(String, ProtocolVersion, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/mqtt");
    let mut vectors = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder of the vectors") {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a file");
        let file: File = toml::from_str(&text).expect("vectors");
        for vector in file.vector {
            let version = ProtocolVersion::ALL
                .into_iter()
                .find(|known| known.as_str() == vector.version)
                .expect("a version");
            let digits = vector.hex.split_whitespace();
            let frame = digits
                .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
                .collect();
            vectors.push((vector.name, version, frame));
        }
    }
    assert!(vectors.len() > 900, "only {} vectors", vectors.len());
    vectors
}

#[test]
fn no_packet_and_no_fault_allocates_when_it_is_decoded() {
    for (name, version, frame) in vectors() {
        let count = allocations(|| {
            let _ = black_box(Packet::decode(version, &frame));
        });
        assert_eq!(count, 0, "{name}, {version}");
    }
}

fn stream() -> Vec<u8> {
    let topic = TopicName::new("site/plant-07/device/0001/data").expect("a topic name");
    let properties = [
        Property::PayloadFormatIndicator(true),
        Property::ContentType("application/json"),
        Property::UserProperty(("origin", "gw-1")),
    ];
    let publish = Publish {
        properties: Properties::new(&properties),
        ..Publish::new(topic, &[0x61; 300])
    };
    let connect = Connect {
        will: Some(Will {
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Properties::NONE,
            topic,
            payload: b"gone",
        }),
        user_name: Some("operator"),
        password: Some(b"correct-horse"),
        ..Connect::new("console-1")
    };
    let filter = TopicFilter::new("site/+/cmd/#").expect("a topic filter");
    let subscriptions = [Subscription::new(filter, QoS::AtLeastOnce)];
    let subscribe = Subscribe::new(PacketId::MIN, &subscriptions);
    let mut stream = Vec::new();
    for packet in [connect.into(), subscribe.into(), publish.into()] {
        Packet::encode(&packet, ProtocolVersion::V5_0, &mut stream).expect("a packet");
    }
    stream
}

/// Properties and lists of decoded packets are read where they stand.
#[test]
fn whole_frames_are_cut_decoded_and_walked_through_without_allocating() {
    let stream = stream();
    let mut decoder = FrameDecoder::default();
    let mut packets = 0;
    let count = allocations(|| {
        let mut chunk = &stream[..];
        while let Ok(Some(frame)) = decoder.next_frame(&mut chunk) {
            match Packet::decode(ProtocolVersion::V5_0, frame) {
                Ok(Packet::Publish(publish)) => publish.properties.iter().for_each(|property| {
                    black_box(property);
                }),
                Ok(Packet::Subscribe(subscribe)) => {
                    subscribe.subscriptions.iter().for_each(|subscription| {
                        black_box(subscription);
                    });
                }
                other => assert!(other.is_ok()),
            }
            packets += 1;
        }
    });
    assert_eq!((packets, count), (3, 0));
}

/// A packet that is cut by the end of a chunk is held, in one buffer that is kept.
#[test]
fn cut_frames_allocate_the_held_buffer_alone() {
    let stream = stream();
    let mut decoder = FrameDecoder::default();
    let mut pass = || {
        for mut chunk in stream.chunks(100) {
            while let Ok(Some(frame)) = decoder.next_frame(&mut chunk) {
                assert!(Packet::decode(ProtocolVersion::V5_0, frame).is_ok());
            }
        }
    };
    assert!(allocations(&mut pass) > 0);
    assert_eq!(allocations(&mut pass), 0);
}

#[test]
fn encoding_into_a_buffer_with_room_allocates_nothing() {
    let mut encoded = Vec::with_capacity(1 << 16);
    for (name, version, frame) in vectors() {
        let Ok(packet) = Packet::decode(version, &frame) else {
            continue;
        };
        encoded.clear();
        let count = allocations(|| {
            assert!(packet.encode(version, &mut encoded).is_ok());
        });
        assert_eq!(count, 0, "{name}, {version}");
    }
}
