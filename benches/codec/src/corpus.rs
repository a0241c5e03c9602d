//! The packets that every codec gets: the same bytes on every run.

use device_console::mqtt::{
    Connect, Packet, PacketId, Properties, Property, ProtocolVersion, PubAck, Publish, QoS,
    ReasonCodes, SubAck, Subscribe, Subscription, TopicFilter, TopicName, Will,
};

use ProtocolVersion::{V3_1_1, V5_0};

/// A stream of packets, fed in pieces.
pub struct Case {
    /// What the table calls it.
    pub name: &'static str,
    /// By which version's rules.
    pub version: ProtocolVersion,
    /// The packets, back to back.
    pub stream: Vec<u8>,
    /// How many there are.
    pub packets: usize,
    /// Bytes in each piece; `None`: one packet in each.
    pub chunk: Option<usize>,
}

impl Case {
    /// The pieces in which the stream is fed.
    pub fn chunks(&self) -> Vec<&[u8]> {
        match self.chunk {
            Some(size) => self.stream.chunks(size).collect(),
            None => frames(&self.stream),
        }
    }
}

/// All cases.
pub fn cases() -> Vec<Case> {
    let same = |name, version, make: fn(usize, &mut Vec<u8>)| {
        let mut stream = Vec::new();
        (0..SAME).for_each(|index| make(index, &mut stream));
        Case {
            name,
            version,
            stream,
            packets: SAME,
            chunk: None,
        }
    };
    let mixed_case = |name, chunk| {
        let mut stream = Vec::new();
        (0..MIXED).for_each(|index| mixed(index, &mut stream));
        Case {
            name,
            version: V3_1_1,
            stream,
            packets: MIXED,
            chunk,
        }
    };
    vec![
        same("PUBLISH QoS 0", V3_1_1, publish_0),
        same("PUBLISH QoS 1", V3_1_1, publish_1),
        same("PUBLISH 5.0, 4 properties", V5_0, publish_5_0),
        same("CONNECT with will", V3_1_1, connect),
        same("SUBSCRIBE, 3 filters", V3_1_1, subscribe),
        mixed_case("mixed, by packet", None),
        mixed_case("mixed, 1 KiB", Some(1 << 10)),
        mixed_case("mixed, 64 KiB", Some(1 << 16)),
    ]
}

const SAME: usize = 256;
const MIXED: usize = 4_000;

/// The frames of a stream.
pub fn frames(stream: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = stream;
    while rest.len() > 1 {
        let digits = rest[1..]
            .iter()
            .position(|byte| byte & 0x80 == 0)
            .expect("a length")
            + 1;
        let length = rest[1..=digits]
            .iter()
            .rev()
            .fold(0, |n, b| n << 7 | usize::from(b & 0x7F));
        let (frame, after) = rest.split_at(1 + digits + length);
        frames.push(frame);
        rest = after;
    }
    frames
}

fn put(version: ProtocolVersion, packet: impl Into<Packet<'static>>, out: &mut Vec<u8>) {
    packet
        .into()
        .encode(version, out)
        .expect("a packet of the corpus");
}

fn put_borrowed(version: ProtocolVersion, packet: Packet<'_>, out: &mut Vec<u8>) {
    packet.encode(version, out).expect("a packet of the corpus");
}

/// 30 bytes.
fn topic(index: usize) -> String {
    format!(
        "{:x<30}",
        format!("site/plant-07/device/{:04}/data", index % 1000)
    )[..30]
        .to_owned()
}

fn json(index: usize, length: usize) -> Vec<u8> {
    let start = format!(r#"{{"seq":{index:08},"t":21.5,"h":40.25,"s":"ok","p":""#);
    let padding = "a".repeat(length - start.len() - 2);
    format!(r#"{start}{padding}"}}"#).into_bytes()
}

fn id(index: usize) -> PacketId {
    PacketId::new((index % 65_535) as u16 + 1).expect("not zero")
}

fn publish_0(index: usize, out: &mut Vec<u8>) {
    let (topic, payload) = (topic(index), json(index, 64));
    let topic = TopicName::new(&topic).expect("a topic name");
    put_borrowed(V3_1_1, Publish::new(topic, &payload).into(), out);
}

fn publish_1(index: usize, out: &mut Vec<u8>) {
    let (topic, payload) = (topic(index), json(index, 256));
    let topic = TopicName::new(&topic).expect("a topic name");
    let publish = Publish {
        qos: QoS::AtLeastOnce,
        packet_id: Some(id(index)),
        ..Publish::new(topic, &payload)
    };
    put_borrowed(V3_1_1, publish.into(), out);
}

fn publish_5_0(index: usize, out: &mut Vec<u8>) {
    let (topic, payload) = (topic(index), json(index, 64));
    let origin = format!("gw-{}", index % 10);
    let properties = [
        Property::PayloadFormatIndicator(true),
        Property::MessageExpiryInterval(3600),
        Property::ContentType("application/json"),
        Property::UserProperty(("origin", &origin)),
    ];
    let publish = Publish {
        properties: Properties::new(&properties),
        ..Publish::new(TopicName::new(&topic).expect("a topic name"), &payload)
    };
    put_borrowed(V5_0, publish.into(), out);
}

fn connect(index: usize, out: &mut Vec<u8>) {
    let client_id = format!("console-{index:06}");
    let connect = Connect {
        will: Some(Will {
            qos: QoS::AtLeastOnce,
            retain: true,
            properties: Properties::NONE,
            topic: TopicName::new("site/plant-07/status").expect("a topic name"),
            payload: br#"{"online":false}"#,
        }),
        user_name: Some("operator"),
        password: Some(b"correct-horse"),
        ..Connect::new(&client_id)
    };
    put_borrowed(V3_1_1, connect.into(), out);
}

fn subscribe(index: usize, out: &mut Vec<u8>) {
    let own = format!("site/plant-07/device/{}/ack", index % 10);
    let filter = |text| TopicFilter::new(text).expect("a topic filter");
    let subscriptions = [
        Subscription::new(filter("site/+/device/+/data"), QoS::AtMostOnce),
        Subscription::new(filter("site/plant-07/cmd/#"), QoS::AtLeastOnce),
        Subscription::new(filter(&own), QoS::ExactlyOnce),
    ];
    put_borrowed(
        V3_1_1,
        Subscribe::new(id(index), &subscriptions).into(),
        out,
    );
}

/// 90 % PUBLISH, the rest what goes with it.
fn mixed(index: usize, out: &mut Vec<u8>) {
    match (index * 7919) % 100 {
        0..70 => publish_0(index, out),
        70..90 => publish_1(index, out),
        90..95 => put(V3_1_1, PubAck::new(id(index)), out),
        95..97 => put(V3_1_1, Packet::PingResp, out),
        97 => put(V3_1_1, Packet::PingReq, out),
        98 => subscribe(index, out),
        _ => put(
            V3_1_1,
            SubAck::new(id(index), ReasonCodes::new(&[0, 1, 2])),
            out,
        ),
    }
}
