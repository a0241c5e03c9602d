//! Wireshark as judge: generated frames of every packet, in a capture of one TCP stream for each
//! version, dissected by `tshark` and by us, and compared field by field: name, bytes, place.

mod common;

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use common::packets;
use device_console::mqtt::{Connect, Dissection, Field, Packet, PacketType, ProtocolVersion};
use proptest::{strategy::Strategy, strategy::ValueTree, test_runner::TestRunner};

/// Packets of each type in each capture.
const SAMPLES: usize = 16;
/// The port that `tshark` knows as MQTT.
const PORT: u16 = 1883;

/// A field as `tshark` and we both see it: its name there, where it is, and its value as a number
/// of bits or as bytes in hexadecimal.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    name: &'static str,
    start: usize,
    length: usize,
    value: String,
}

/// A capture file with all frames in one TCP stream, each in a segment of its own.
fn capture(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xA1B2_C3D4_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    let mut sequence = 1_u32;
    for (number, frame) in frames.iter().enumerate() {
        let mut packet = vec![0; 12];
        packet.extend_from_slice(&[0x08, 0x00]);
        let length = u16::try_from(40 + frame.len()).expect("a frame that fits IPv4");
        packet.extend_from_slice(&[0x45, 0]);
        packet.extend_from_slice(&length.to_be_bytes());
        packet.extend_from_slice(&(number as u16).to_be_bytes());
        packet.extend_from_slice(&[0, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        packet.extend_from_slice(&40_000_u16.to_be_bytes());
        packet.extend_from_slice(&PORT.to_be_bytes());
        packet.extend_from_slice(&sequence.to_be_bytes());
        packet.extend_from_slice(&[0, 0, 0, 0, 0x50, 0x18, 0xFF, 0xFF, 0, 0, 0, 0]);
        packet.extend_from_slice(frame);
        sequence = sequence.wrapping_add(frame.len() as u32);
        for word in [number as u32, 0, packet.len() as u32, packet.len() as u32] {
            file.extend_from_slice(&word.to_le_bytes());
        }
        file.extend_from_slice(&packet);
    }
    file
}

struct TemporaryFile(PathBuf);

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn tshark(capture: &Path) -> String {
    let output = Command::new("tshark")
        .args([
            "-n",
            "-T",
            "pdml",
            "-d",
            &format!("tcp.port=={PORT},mqtt"),
            "-r",
        ])
        .arg(capture)
        .output();
    match output {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "tshark failed: {errors}");
            String::from_utf8(output.stdout).expect("tshark writes UTF-8")
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            panic!("tshark is not installed; install it, on Debian: apt-get install tshark")
        }
        Err(error) => panic!("tshark does not run: {error}"),
    }
}

/// An attribute of an element of PDML, which escapes quotation marks and angle brackets in text.
fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let start = element.find(&format!(" {name}=\""))? + name.len() + 3;
    element[start..].split('"').next()
}

/// The fields that `tshark` saw in each packet, of those that we compare.
fn seen_by_tshark(pdml: &str) -> Vec<Vec<Seen>> {
    let mut packets = Vec::new();
    let mut base = None;
    for element in pdml.split('<').skip(1) {
        if element.starts_with("proto ") {
            base = None;
            if attribute(element, "name") == Some("mqtt") {
                base = attribute(element, "pos").map(|at| at.parse::<usize>().expect("a position"));
                packets.push(Vec::new());
            }
        } else if element.starts_with("/proto>") {
            base = None;
        }
        let (Some(base), Some(fields), true) =
            (base, packets.last_mut(), element.starts_with("field "))
        else {
            continue;
        };
        let number = |name| attribute(element, name).and_then(|text| text.parse::<usize>().ok());
        let (Some(at), Some(length)) = (number("pos"), number("size")) else {
            continue;
        };
        let name = attribute(element, "name").unwrap_or_default();
        // A field without a byte is one that `tshark` adds from what it remembers.
        if let Some(name) = COMPARED.iter().find(|compared| **compared == name)
            && length > 0
        {
            // Numbers of bits are printed without leading zeros.
            let value = attribute(element, "value")
                .unwrap_or_default()
                .to_ascii_lowercase();
            fields.push(Seen {
                name,
                start: at - base,
                length,
                value,
            });
        }
    }
    packets
}

/// Every field of `tshark`'s that a field of ours stands for.
const COMPARED: &[&str] = &[
    "mqtt.auth.reason_code",
    "mqtt.clientid",
    "mqtt.clientid_len",
    "mqtt.conack.flags.sp",
    "mqtt.conack.val",
    "mqtt.conflag.cleansess",
    "mqtt.conflag.passwd",
    "mqtt.conflag.qos",
    "mqtt.conflag.reserved",
    "mqtt.conflag.retain",
    "mqtt.conflag.uname",
    "mqtt.conflag.willflag",
    "mqtt.connack.reason_code",
    "mqtt.disconnect.reason_code",
    "mqtt.dupflag",
    "mqtt.hdr_reserved",
    "mqtt.kalive",
    "mqtt.len",
    "mqtt.msg",
    "mqtt.msgid",
    "mqtt.msgtype",
    "mqtt.passwd",
    "mqtt.passwd_len",
    "mqtt.prop_key",
    "mqtt.prop_key_len",
    "mqtt.prop_number",
    "mqtt.prop_string",
    "mqtt.prop_string_len",
    "mqtt.prop_value",
    "mqtt.prop_value_len",
    "mqtt.property.content_type",
    "mqtt.property.max_qos",
    "mqtt.property.topic_alias",
    "mqtt.property_id",
    "mqtt.property_len",
    "mqtt.proto_len",
    "mqtt.protoname",
    "mqtt.puback.reason_code",
    "mqtt.pubcomp.reason_code",
    "mqtt.pubrec.reason_code",
    "mqtt.pubrel.reason_code",
    "mqtt.qos",
    "mqtt.retain",
    "mqtt.retain_reserved",
    "mqtt.sub.qos",
    "mqtt.suback.qos",
    "mqtt.suback.reason_code",
    "mqtt.subscription_options_nl",
    "mqtt.subscription_options_qos",
    "mqtt.subscription_options_rap",
    "mqtt.subscription_options_reserved",
    "mqtt.subscription_options_retain",
    "mqtt.topic",
    "mqtt.topic_len",
    "mqtt.unsuback.reason_code",
    "mqtt.username",
    "mqtt.username_len",
    "mqtt.ver",
    "mqtt.willmsg",
    "mqtt.willmsg_len",
    "mqtt.willtopic",
    "mqtt.willtopic_len",
];

fn compared(name: &str) -> &'static str {
    COMPARED
        .iter()
        .find(|known| **known == name)
        .expect("a name of the table")
}

/// The fields that we see, under the names that `tshark` has for them.
struct Ours<'a> {
    version: ProtocolVersion,
    packet: PacketType,
    frame: &'a [u8],
    seen: Vec<Seen>,
}

impl Ours<'_> {
    fn of(version: ProtocolVersion, frame: &[u8]) -> Vec<Seen> {
        let dissection = Dissection::of(version, frame);
        assert_eq!(dissection.faults(), []);
        let packet = dissection.packet_type().expect("a packet type");
        let mut ours = Ours {
            version,
            packet,
            frame,
            seen: Vec::new(),
        };
        ours.walk(&dissection.tree(frame), "");
        ours.seen
    }

    fn walk(&mut self, fields: &[Field], parent: &str) {
        for field in fields {
            let name = &*field.name;
            match self.text_names(name, parent) {
                // Two length bytes, then the content.
                Some((length, content)) => {
                    let start = field.start;
                    self.push(length, start, start + 2);
                    self.push(content, start + 2, field.end);
                }
                None => {
                    if let Some(theirs) = self.name(field, parent) {
                        match field.bits {
                            Some(bits) => {
                                let width = bits.high - bits.low + 1;
                                let value =
                                    self.frame[field.start] >> bits.low & (0xFF >> (8 - width));
                                self.seen.push(Seen {
                                    name: compared(theirs),
                                    start: field.start,
                                    length: 1,
                                    value: format!("{value:x}"),
                                });
                            }
                            None => self.push(theirs, field.start, field.end),
                        }
                    } else {
                        self.walk(&field.children, name);
                    }
                }
            }
        }
    }

    fn push(&mut self, name: &str, start: usize, end: usize) {
        let bytes = &self.frame[start..end];
        if !bytes.is_empty() {
            let value = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            self.seen.push(Seen {
                name: compared(name),
                start,
                length: bytes.len(),
                value,
            });
        }
    }

    /// Fields with a length in front.
    fn text_names(&self, name: &str, parent: &str) -> Option<(&'static str, &'static str)> {
        Some(match (name, parent) {
            ("Protocol Name", _) => ("mqtt.proto_len", "mqtt.protoname"),
            ("Client Identifier", _) => ("mqtt.clientid_len", "mqtt.clientid"),
            ("Will Topic", _) => ("mqtt.willtopic_len", "mqtt.willtopic"),
            ("Will Payload" | "Will Message", _) => ("mqtt.willmsg_len", "mqtt.willmsg"),
            ("User Name", _) => ("mqtt.username_len", "mqtt.username"),
            ("Password", _) => ("mqtt.passwd_len", "mqtt.passwd"),
            ("Topic Name" | "Topic Filter", _) => ("mqtt.topic_len", "mqtt.topic"),
            ("Name", "User Property") => ("mqtt.prop_key_len", "mqtt.prop_key"),
            ("Value", "User Property") => ("mqtt.prop_value_len", "mqtt.prop_value"),
            (
                "Value",
                "Response Topic"
                | "Correlation Data"
                | "Assigned Client Identifier"
                | "Authentication Method"
                | "Authentication Data"
                | "Response Information"
                | "Server Reference"
                | "Reason String",
            ) => ("mqtt.prop_string_len", "mqtt.prop_string"),
            _ => return None,
        })
    }

    /// Every other field.
    fn name(&self, field: &Field, parent: &str) -> Option<&'static str> {
        let publish = self.packet == PacketType::Publish;
        let five = self.version == ProtocolVersion::V5_0;
        Some(match (&*field.name, parent) {
            ("MQTT Control Packet type", _) => "mqtt.msgtype",
            ("DUP", _) => "mqtt.dupflag",
            ("QoS", "Fixed Header") => "mqtt.qos",
            ("RETAIN", _) => "mqtt.retain",
            ("RETAIN, not used", _) => "mqtt.retain_reserved",
            ("Reserved" | "Flags, not used", "Fixed Header") => "mqtt.hdr_reserved",
            ("Remaining Length", _) => "mqtt.len",
            ("Packet Identifier", _) => "mqtt.msgid",
            ("Payload", _) if publish => "mqtt.msg",
            ("Property Length" | "Will Property Length", _) => "mqtt.property_len",
            ("Property Identifier", _) => "mqtt.property_id",
            ("Value", "Content Type") => "mqtt.property.content_type",
            ("Value", "Topic Alias") => "mqtt.property.topic_alias",
            ("Value", "Maximum QoS") => "mqtt.property.max_qos",
            ("Value", _) => "mqtt.prop_number",
            ("Protocol Level" | "Protocol Version", _) => "mqtt.ver",
            ("User Name Flag", _) => "mqtt.conflag.uname",
            ("Password Flag", _) => "mqtt.conflag.passwd",
            ("Will Retain", _) => "mqtt.conflag.retain",
            ("Will QoS", _) => "mqtt.conflag.qos",
            ("Will Flag", _) => "mqtt.conflag.willflag",
            ("Clean Session" | "Clean Start", _) => "mqtt.conflag.cleansess",
            ("Reserved", "Connect Flags") => "mqtt.conflag.reserved",
            ("Keep Alive", _) => "mqtt.kalive",
            ("Session Present", _) => "mqtt.conack.flags.sp",
            ("Connect Return Code", _) => "mqtt.conack.val",
            ("Connect Reason Code", _) => "mqtt.connack.reason_code",
            ("PUBACK Reason Code", _) => "mqtt.puback.reason_code",
            ("PUBREC Reason Code", _) => "mqtt.pubrec.reason_code",
            ("PUBREL Reason Code", _) => "mqtt.pubrel.reason_code",
            ("PUBCOMP Reason Code", _) => "mqtt.pubcomp.reason_code",
            ("Disconnect Reason Code", _) => "mqtt.disconnect.reason_code",
            ("Authenticate Reason Code", _) => "mqtt.auth.reason_code",
            ("Reason Code", _) if self.packet == PacketType::SubAck => "mqtt.suback.reason_code",
            ("Reason Code", _) => "mqtt.unsuback.reason_code",
            ("Granted QoS" | "Return Code", _) => "mqtt.suback.qos",
            ("Requested QoS", _) => "mqtt.sub.qos",
            ("Reserved", "Subscription Options") if five => "mqtt.subscription_options_reserved",
            ("Retain Handling", _) => "mqtt.subscription_options_retain",
            ("Retain As Published", _) => "mqtt.subscription_options_rap",
            ("No Local", _) => "mqtt.subscription_options_nl",
            ("QoS", "Subscription Options") => "mqtt.subscription_options_qos",
            _ => return None,
        })
    }
}

/// A CONNECT, by which `tshark` knows the version, and then packets of every type.
fn frames(version: ProtocolVersion) -> Vec<Vec<u8>> {
    let mut first = Vec::new();
    Packet::from(Connect::new("judge"))
        .encode(version, &mut first)
        .expect("a CONNECT");
    let mut frames = vec![first];
    let mut runner = TestRunner::deterministic();
    for packet_type in PacketType::ALL
        .into_iter()
        .filter(|packet| packet.exists_in(version))
    {
        let strategy = packets(version, packet_type);
        for _ in 0..SAMPLES {
            let packet = strategy.new_tree(&mut runner).expect("a packet").current();
            frames.push(packet.frame());
        }
    }
    frames
}

fn assert_judged(version: ProtocolVersion) {
    let frames = frames(version);
    let file = env::temp_dir().join(format!("mqtt-{version}-{}.pcap", std::process::id()));
    let file = TemporaryFile(file);
    fs::write(&file.0, capture(&frames)).expect("a capture file");
    let judged = seen_by_tshark(&tshark(&file.0));
    assert_eq!(judged.len(), frames.len(), "packets in the capture");
    let mut compared = 0;
    for (frame, theirs) in frames.iter().zip(judged) {
        let ours = Ours::of(version, frame);
        let differing = ours
            .iter()
            .zip(&theirs)
            .find(|(ours, theirs)| ours != theirs);
        assert_eq!(differing, None, "ours and theirs, {version}: {frame:02X?}");
        assert_eq!(
            ours.len(),
            theirs.len(),
            "{ours:?} and {theirs:?}, {version}: {frame:02X?}"
        );
        compared += ours.len();
    }
    assert!(
        compared > frames.len() * 4,
        "only {compared} fields were compared"
    );
}

#[test]
fn tshark_sees_the_same_fields_in_3_1() {
    assert_judged(ProtocolVersion::V3_1);
}

#[test]
fn tshark_sees_the_same_fields_in_3_1_1() {
    assert_judged(ProtocolVersion::V3_1_1);
}

#[test]
fn tshark_sees_the_same_fields_in_5_0() {
    assert_judged(ProtocolVersion::V5_0);
}
