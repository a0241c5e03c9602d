//! Mosquitto as judge: every packet that a client may send, in all three versions, is accepted.
//!
//! Accepted means answered as the packet asks, with the connection still open; a broker that
//! takes offence at a packet closes the connection, in 5.0 after a DISCONNECT.

// A real process takes real time; the rule that time is an argument is for the product.
#![allow(clippy::disallowed_methods)]

mod common;

use std::{
    env, fs,
    io::{self, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use common::packets;
use device_console::mqtt::{
    Connect, Disconnect, Dissection, FrameDecoder, Packet, PacketId, PacketType, Properties,
    Property, ProtocolVersion, PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode, Remark,
    Subscribe, Subscription, TopicFilter, TopicName,
};
use proptest::{strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};

use ProtocolVersion::V5_0;

const PATIENCE: Duration = Duration::from_secs(10);
/// Packets of each type that are tried in each version.
const SAMPLES: usize = 40;

/// A Mosquitto of our own, on a free port of the loopback interface.
struct Broker {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder =
            env::temp_dir().join(format!("mqtt-mosquitto-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        // The port is free when asked for, and is asked for anew when somebody was faster.
        for _ in 0..5 {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
            let port = listener.local_addr().expect("an address").port();
            drop(listener);
            let configuration = folder.join("mosquitto.conf");
            let text = format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\nmax_topic_alias 65535\n\
                 user root\nlog_dest none\n"
            );
            fs::write(&configuration, text).expect("a configuration");
            let child = Command::new(executable())
                .arg("-c")
                .arg(&configuration)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let child = match child {
                Ok(child) => child,
                Err(error) if error.kind() == io::ErrorKind::NotFound => panic!(
                    "mosquitto is not installed; install it, on Debian: apt-get install mosquitto"
                ),
                Err(error) => panic!("mosquitto does not run: {error}"),
            };
            let mut broker = Self {
                child,
                folder: folder.clone(),
                port,
            };
            let start = Instant::now();
            while start.elapsed() < PATIENCE {
                if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
                    return broker;
                }
                if broker.child.try_wait().expect("a status").is_some() {
                    break;
                }
                thread::sleep(Duration::from_millis(20));
            }
        }
        panic!("mosquitto does not listen");
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Debian puts the broker where an ordinary user's search path does not look.
fn executable() -> &'static str {
    match fs::exists("/usr/sbin/mosquitto") {
        Ok(true) => "/usr/sbin/mosquitto",
        _ => "mosquitto",
    }
}

/// A connection that answers what the broker sends, and keeps what the broker answers.
struct Client {
    stream: TcpStream,
    decoder: FrameDecoder,
    version: ProtocolVersion,
    arrived: Vec<Vec<u8>>,
    /// The newest frame sent, for the message of a failure.
    sent: Vec<u8>,
}

impl Client {
    fn open(broker: &Broker, version: ProtocolVersion) -> Self {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, broker.port)).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        stream.set_nodelay(true).expect("no delay");
        Self {
            stream,
            decoder: FrameDecoder::default(),
            version,
            arrived: Vec::new(),
            sent: Vec::new(),
        }
    }

    fn connected(broker: &Broker, version: ProtocolVersion, client_id: &str) -> Self {
        let mut client = Self::open(broker, version);
        client.send(
            &Connect {
                keep_alive_secs: 0,
                ..Connect::new(client_id)
            }
            .into(),
        );
        client.expect(PacketType::ConnAck, None);
        client
    }

    fn send(&mut self, packet: &Packet<'_>) {
        let mut frame = Vec::new();
        packet
            .encode(self.version, &mut frame)
            .expect("a packet of this version");
        self.stream.write_all(&frame).expect("an open connection");
        self.sent = frame;
    }

    /// Reads once and answers messages; `false` at the end of the stream.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 65_536];
        let length = match self.stream.read(&mut buffer) {
            Ok(0) => return false,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return false,
            Err(error) => panic!("no answer: {error}; so far {:02X?}", self.arrived),
        };
        let mut chunk = &buffer[..length];
        let mut answers = Vec::new();
        while let Some(frame) = self.decoder.next_frame(&mut chunk).expect("frames") {
            let packet = Packet::decode(self.version, frame)
                .unwrap_or_else(|error| panic!("from the broker: {error}: {frame:02X?}"));
            match packet {
                Packet::Publish(Publish {
                    qos: QoS::AtLeastOnce,
                    packet_id: Some(id),
                    ..
                }) => {
                    answers.push(Packet::PubAck(PubAck::new(id)));
                }
                Packet::Publish(Publish {
                    qos: QoS::ExactlyOnce,
                    packet_id: Some(id),
                    ..
                }) => {
                    answers.push(Packet::PubRec(PubRec::new(id)));
                }
                Packet::PubRel(PubRel { packet_id, .. }) => {
                    answers.push(Packet::PubComp(PubComp::new(packet_id)));
                }
                _ => {}
            }
            self.arrived.push(frame.to_vec());
        }
        for answer in answers {
            self.send(&answer);
        }
        true
    }

    /// Waits for a packet of this type, with this identifier if it has one.
    fn expect(&mut self, wanted: PacketType, id: Option<PacketId>) -> Vec<u8> {
        let version = self.version;
        let fits = move |frame: &Vec<u8>| {
            let summary = device_console::mqtt::Summary::of(version, frame);
            summary.packet_type() == Some(wanted) && (id.is_none() || summary.packet_id() == id)
        };
        loop {
            if let Some(at) = self.arrived.iter().position(fits) {
                return self.arrived.remove(at);
            }
            let open = self.read();
            assert!(
                open,
                "{version}: closed before {wanted}; sent {:02X?}, arrived {:02X?}",
                self.sent, self.arrived
            );
        }
    }

    /// Asks whether the connection is still open.
    fn assert_open(&mut self) {
        self.send(&Packet::PingReq);
        self.expect(PacketType::PingResp, None);
    }

    /// Reads to the end; the broker must not have complained.
    fn assert_closed_in_peace(mut self) {
        while self.read() {}
        for frame in &self.arrived {
            assert_ne!(
                frame[0] >> 4,
                PacketType::Disconnect.number(),
                "{frame:02X?}"
            );
        }
    }
}

/// Whether Mosquitto will not take a packet for reasons of its own, or of a session that this test
/// does not have: discouraged characters, `$` topics, limits, methods, other packets before it.
fn is_out_of_scope(packet: &Packet<'_>, version: ProtocolVersion, frame: &[u8]) -> bool {
    let server_topic = |topic: TopicName<'_>| topic.as_str().starts_with('$');
    let discouraged = Dissection::of(version, frame).remarks().any(|(_, remark)| {
        matches!(
            remark,
            Remark::ControlCharacter | Remark::Noncharacter | Remark::ClientIdLength
        )
    });
    discouraged
        || match packet {
            Packet::Connect(connect) => {
                connect.properties.authentication_method().is_some()
                    || connect
                        .properties
                        .maximum_packet_size()
                        .is_some_and(|size| size < 1_000)
                    || connect.will.is_some_and(|will| server_topic(will.topic))
            }
            Packet::Publish(publish) => {
                publish.topic.is_empty()
                    || server_topic(publish.topic)
                    || publish.properties.subscription_identifier().is_some()
            }
            Packet::Subscribe(subscribe) => subscribe
                .subscriptions
                .iter()
                .any(|one| one.filter.as_str().starts_with("$SYS")),
            _ => false,
        }
}

/// Calls `use_packet` with generated packets of this type that the broker should take.
fn for_samples(
    version: ProtocolVersion,
    packet_type: PacketType,
    mut use_packet: impl FnMut(Packet<'_>),
) {
    let mut runner = TestRunner::deterministic();
    let strategy = packets(version, packet_type);
    let mut used = 0;
    for _ in 0..SAMPLES * 20 {
        let sample = strategy.new_tree(&mut runner).expect("a packet").current();
        let frame = sample.frame();
        if sample.with(|packet| is_out_of_scope(&packet, version, &frame)) {
            continue;
        }
        sample.with(&mut use_packet);
        used += 1;
        if used == SAMPLES {
            return;
        }
    }
    panic!("only {used} samples of {packet_type} are in scope");
}

#[test]
fn mosquitto_accepts_every_connect() {
    let broker = Broker::start();
    for version in ProtocolVersion::ALL {
        for_samples(version, PacketType::Connect, |packet| {
            let mut client = Client::open(&broker, version);
            client.send(&packet);
            let connack = client.expect(PacketType::ConnAck, None);
            let Ok(Packet::ConnAck(connack)) = Packet::decode(version, &connack) else {
                panic!("no CONNACK");
            };
            assert_eq!(connack.reason_code, ReasonCode::SUCCESS, "{packet:?}");
            client.assert_open();
        });
    }
}

#[test]
fn mosquitto_accepts_every_publish_of_each_quality() {
    let broker = Broker::start();
    for version in ProtocolVersion::ALL {
        let mut client = Client::connected(&broker, version, "publisher");
        for_samples(version, PacketType::Publish, |packet| {
            let Packet::Publish(publish) = packet else {
                panic!("not a PUBLISH")
            };
            client.send(&packet);
            let Some(id) = publish.packet_id else { return };
            if publish.qos == QoS::AtLeastOnce {
                client.expect(PacketType::PubAck, Some(id));
                return;
            }
            client.expect(PacketType::PubRec, Some(id));
            let dup = version == ProtocolVersion::V3_1;
            client.send(
                &PubRel {
                    dup,
                    ..PubRel::new(id)
                }
                .into(),
            );
            client.expect(PacketType::PubComp, Some(id));
        });
        client.assert_open();
    }
}

#[test]
fn mosquitto_accepts_every_subscribe_and_unsubscribe() {
    let broker = Broker::start();
    for version in ProtocolVersion::ALL {
        let mut client = Client::connected(&broker, version, "subscriber");
        for_samples(version, PacketType::Subscribe, |packet| {
            let Packet::Subscribe(subscribe) = packet else {
                panic!("not a SUBSCRIBE")
            };
            client.send(&packet);
            let suback = client.expect(PacketType::SubAck, Some(subscribe.packet_id));
            let Ok(Packet::SubAck(suback)) = Packet::decode(version, &suback) else {
                panic!("no SUBACK");
            };
            let granted: Vec<_> = suback.reason_codes.iter().map(|code| code.0).collect();
            let asked: Vec<_> = subscribe
                .subscriptions
                .iter()
                .map(|one| one.qos.bits())
                .collect();
            assert_eq!(granted, asked, "{packet:?}");
        });
        for_samples(version, PacketType::Unsubscribe, |packet| {
            let Packet::Unsubscribe(unsubscribe) = packet else {
                panic!("not an UNSUBSCRIBE")
            };
            client.send(&packet);
            client.expect(PacketType::UnsubAck, Some(unsubscribe.packet_id));
        });
        client.assert_open();
    }
}

#[test]
fn mosquitto_accepts_the_answers_to_messages_of_each_quality() {
    let broker = Broker::start();
    for version in ProtocolVersion::ALL {
        let mut client = Client::connected(&broker, version, "echo");
        let id = PacketId::new(7).expect("not zero");
        let filter = TopicFilter::new("echo/#").expect("a filter");
        let subscriptions = [Subscription::new(filter, QoS::ExactlyOnce)];
        client.send(&Subscribe::new(id, &subscriptions).into());
        client.expect(PacketType::SubAck, Some(id));
        for qos in QoS::ALL {
            let topic = TopicName::new("echo/a").expect("a topic name");
            let packet_id = (qos != QoS::AtMostOnce).then_some(id);
            client.send(
                &Publish {
                    qos,
                    packet_id,
                    ..Publish::new(topic, b"hello")
                }
                .into(),
            );
            if qos == QoS::ExactlyOnce {
                client.expect(PacketType::PubRec, Some(id));
                client.send(&PubRel::new(id).into());
                client.expect(PacketType::PubComp, Some(id));
            }
            let echo = client.expect(PacketType::Publish, None);
            let Ok(Packet::Publish(echo)) = Packet::decode(version, &echo) else {
                panic!("no PUBLISH");
            };
            assert_eq!(
                (echo.topic, echo.payload, echo.qos),
                (topic, &b"hello"[..], qos)
            );
            if qos == QoS::ExactlyOnce {
                // Answered with PUBREC when it arrived; the release follows, then PUBCOMP.
                client.expect(PacketType::PubRel, None);
            }
        }
        client.assert_open();
        client.send(&Disconnect::default().into());
        client.assert_closed_in_peace();
    }
}

#[test]
fn mosquitto_accepts_topic_aliases_and_reason_codes_of_5_0() {
    let broker = Broker::start();
    let mut client = Client::connected(&broker, V5_0, "alias");
    let alias = [Property::TopicAlias(3)];
    let properties = Properties::new(&alias);
    let topic = TopicName::new("alias/a").expect("a topic name");
    client.send(
        &Publish {
            properties,
            ..Publish::new(topic, b"1")
        }
        .into(),
    );
    client.send(
        &Publish {
            properties,
            ..Publish::new(TopicName::ALIASED, b"2")
        }
        .into(),
    );
    client.assert_open();
    // Codes that a client may send in DISCONNECT.
    for code in [
        0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
    ] {
        let mut client = Client::connected(&broker, V5_0, "leaving");
        let user = [
            Property::ReasonString("why"),
            Property::UserProperty(("a", "b")),
        ];
        let properties = Properties::new(&user);
        client.send(
            &Disconnect {
                reason_code: ReasonCode(code),
                properties,
            }
            .into(),
        );
        client.assert_closed_in_peace();
    }
}

/// Mosquitto alone knows no authentication method, so a method is as far as AUTH can get; it must
/// be refused for what it is, not as malformed.
#[test]
fn mosquitto_understands_an_authentication_method() {
    let broker = Broker::start();
    let method = [
        Property::AuthenticationMethod("SCRAM-SHA-256"),
        Property::AuthenticationData(b"n,,n=u"),
    ];
    let mut client = Client::open(&broker, V5_0);
    let properties = Properties::new(&method);
    client.send(
        &Connect {
            properties,
            ..Connect::new("auth")
        }
        .into(),
    );
    let connack = client.expect(PacketType::ConnAck, None);
    let Ok(Packet::ConnAck(connack)) = Packet::decode(V5_0, &connack) else {
        panic!("no CONNACK")
    };
    assert_eq!(connack.reason_code, ReasonCode::BAD_AUTHENTICATION_METHOD);
}

/// The judge must be able to say no, or its yes means nothing.
#[test]
fn mosquitto_refuses_what_is_wrong() {
    let broker = Broker::start();
    for version in ProtocolVersion::ALL {
        let mut client = Client::connected(&broker, version, "wrong");
        // PUBLISH with QoS 3.
        client
            .stream
            .write_all(&[0x36, 6, 0, 1, b'a', 0, 1, 0])
            .expect("an open connection");
        let start = Instant::now();
        while client.read() {
            assert!(start.elapsed() < PATIENCE, "the broker took it");
        }
    }
}
