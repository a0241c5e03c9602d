//! Pasted bytes through the engine, with no connection: formats, versions, dialects, and the place
//! where a packet goes wrong.

use bytes::Bytes;
use device_console::engine::Engine;
use device_console::engine::seam::{
    Command, CompareRequest, DecodeRequest, DecodeSource, DecodeStep, Decoded, Decoding, Direction,
    FrameId, FrameView, LogEntry, PageFacts, PasteFormat, ProtocolVersion, SEAM_VERSION, Severity,
    Update,
};
use device_console::mqtt::{Packet, Publish, QoS, TopicName};
use device_console::time::Now;

struct Page {
    engine: Engine,
}

impl Page {
    fn new() -> Self {
        let mut page = Self {
            engine: Engine::new(Now::default()),
        };
        page.tell(Command::Hello {
            seam: SEAM_VERSION,
            page: PageFacts::default(),
        });
        page
    }

    fn tell(&mut self, command: Command) -> Option<Update> {
        self.engine.handle_command(Now::default(), command);
        self.next()
    }

    fn decode(&mut self, request: DecodeRequest) -> Decoded {
        let mut state = self.begin(request);
        loop {
            match state {
                Decoding::Done(decoded) => return *decoded,
                Decoding::Underway(_) => state = self.go_on(),
            }
        }
    }

    fn begin(&mut self, request: DecodeRequest) -> Decoding {
        let update = self
            .tell(Command::Decode(Some(Box::new(request))))
            .expect("an update");
        update.decoding.expect("a result or how far it is")
    }

    /// The next slice of what is being read.
    fn go_on(&mut self) -> Decoding {
        let update = self.next().expect("an update");
        update.decoding.expect("a result or how far it is")
    }

    /// The page has shown the last update, and is told more where there is more.
    fn next(&mut self) -> Option<Update> {
        let update = self.engine.poll_update(Now::default())?;
        let taken = update.number;
        self.engine
            .handle_command(Now::default(), Command::Taken { update: taken });
        Some(update)
    }

    fn text(&mut self, text: &str) -> Decoded {
        self.decode(request(DecodeSource::Text(text.to_owned())))
    }

    fn frame(&mut self, id: u64) -> FrameView {
        let update = self
            .tell(Command::SelectDecoded(Some(FrameId(id))))
            .expect("an update");
        *update.decoded_frame.expect("a change").expect("a frame")
    }
}

fn request(source: DecodeSource) -> DecodeRequest {
    DecodeRequest {
        number: 7,
        source,
        format: None,
        version: None,
        dialect: None,
        identities: Default::default(),
    }
}

fn publish(version: ProtocolVersion, topic: &str, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let publish = Publish {
        qos: QoS::AtMostOnce,
        ..Publish::new(TopicName::new(topic).unwrap(), payload)
    };
    Packet::Publish(publish).encode(version, &mut out).unwrap();
    out
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x} ")).collect()
}

fn packets(decoded: &Decoded) -> Vec<String> {
    decoded
        .rows
        .iter()
        .map(|row| match &row.row.entry {
            LogEntry::Frame { packet, .. } => packet.clone(),
            LogEntry::Malformed { size } => format!("malformed {size}"),
            LogEntry::Link => "link".to_owned(),
        })
        .collect()
}

#[test]
fn several_packets_of_a_log_are_listed_with_direction_and_place() {
    let mut page = Page::new();
    let decoded = page.text(
        "10:32:07 TX: 10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 6d 65\n\
         10:32:07 RX: 20 02 00 00\n\
         10:32:08 TX: 82 08 00 01 00 03 61 2f 62 01 c0 00\n",
    );
    assert_eq!(
        (decoded.number, decoded.format),
        (7, Some(PasteFormat::Log))
    );
    assert_eq!(
        packets(&decoded),
        ["CONNECT", "CONNACK", "SUBSCRIBE", "PINGREQ"]
    );
    assert_eq!(decoded.version, Some(ProtocolVersion::V3_1_1));
    assert_eq!(decoded.bytes, 32);
    let directions: Vec<_> = decoded.rows.iter().map(|row| row.row.direction).collect();
    let (up, down) = (Direction::Up, Direction::Down);
    assert_eq!(directions, [up, down, up, up]);
    let places: Vec<_> = decoded.rows.iter().map(|row| row.place.unwrap()).collect();
    assert_eq!(places, [(1, 14), (2, 14), (3, 14), (3, 44)]);
    assert!(decoded.rows.iter().all(|row| row.fault.is_none()));

    let frame = page.frame(2);
    assert_eq!(frame.bytes.len(), 10);
    assert!(
        frame
            .tree
            .iter()
            .any(|field| field.name == "Variable Header")
    );
    assert_eq!(
        page.tell(Command::SelectDecoded(None))
            .unwrap()
            .decoded_frame,
        Some(None)
    );
}

#[test]
fn every_version_is_tried() {
    let mut page = Page::new();
    let old = [
        b"\x10\x10\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x02me".to_vec(),
        publish(ProtocolVersion::V3_1, "a", b"x"),
    ]
    .concat();
    assert_eq!(page.text(&hex(&old)).version, Some(ProtocolVersion::V3_1));
    // A PUBLISH with a property length and a content type.
    let new = b"\x30\x0c\x00\x01a\x07\x03\x00\x04json{}";
    let mut new = new.to_vec();
    new[1] = u8::try_from(new.len() - 2).unwrap();
    let decoded = page.text(&hex(&new));
    // It has properties, so 5.0 comes first; by the other two it is a message with odd bytes.
    assert_eq!(decoded.version, Some(ProtocolVersion::V5_0));
    assert_eq!(
        decoded.plausible,
        [ProtocolVersion::V3_1_1, ProtocolVersion::V3_1]
    );
    // Without anything of 5.0, 3.1.1 comes first, and 3.1 reads the same.
    let plain = page.text(&hex(&publish(ProtocolVersion::V3_1_1, "a", b"x")));
    assert_eq!(plain.version, Some(ProtocolVersion::V3_1_1));
    assert_eq!(plain.plausible, [ProtocolVersion::V3_1]);
    // By hand.
    let forced = page.decode(DecodeRequest {
        version: Some(ProtocolVersion::V5_0),
        ..request(DecodeSource::Text(hex(&new)))
    });
    assert_eq!(forced.version, Some(ProtocolVersion::V5_0));
    let tree = format!("{:?}", page.frame(0).tree);
    assert!(tree.contains("Content Type"), "{tree}");
}

#[test]
fn every_dialect_is_tried_and_the_one_that_knows_the_message_reads_it() {
    let mut page = Page::new();
    let mut dp = vec![3, 0, 20];
    dp.extend_from_slice(br#"{"temperature":22.5}"#);
    let cases: [(&str, &str, &[u8]); 5] = [
        (
            "onem2m",
            "/oneM2M/req/sensor-01/in-cse",
            br#"{"op":1,"to":"/in-cse/sensor-01/t","fr":"/in-cse/sensor-01","rqi":"1","ty":4,"pc":{"m2m:cin":{"con":"22.5"}}}"#,
        ),
        ("onenet", "$dp", &dp),
        (
            "aliyun",
            "/sys/a1b2c3d4e5f/meter-7/thing/event/property/post",
            br#"{"id":"1","version":"1.0","params":{"t":22.5},"method":"thing.event.property.post"}"#,
        ),
        ("thingscloud", "attributes", br#"{"temperature":22.5}"#),
        (
            "iotda",
            "$oc/devices/5e_meter/sys/properties/report",
            br#"{"services":[{"service_id":"s","properties":{"t":22.5}}]}"#,
        ),
    ];
    for (dialect, topic, payload) in cases {
        let decoded = page.text(&hex(&publish(ProtocolVersion::V3_1_1, topic, payload)));
        let chosen = decoded.dialect.as_ref().map(|id| id.0.to_string());
        assert_eq!(
            chosen.as_deref(),
            Some(dialect),
            "{topic}: {:?}",
            decoded.dialects
        );
        let frame = page.frame(0);
        assert!(!frame.row.summary.en.is_empty());
        let (start, end) = frame.payload.unwrap();
        assert_eq!(&frame.bytes[start..end], payload);
        let inside = |field: &&device_console::mqtt::Field| {
            field.start >= start && !field.children.is_empty()
        };
        fn all(fields: &[device_console::mqtt::Field]) -> Vec<&device_console::mqtt::Field> {
            fields
                .iter()
                .flat_map(|field| std::iter::once(field).chain(all(&field.children)))
                .collect()
        }
        assert!(
            all(&frame.tree).iter().any(inside),
            "{dialect}: the platform's layer is in the tree"
        );
    }
    // A message that no platform knows is a message all the same.
    let decoded = page.decode(DecodeRequest {
        dialect: Some(device_console::platform::DialectId("iotda".into())),
        ..request(DecodeSource::Text(hex(&publish(
            ProtocolVersion::V3_1_1,
            "x",
            b"y",
        ))))
    });
    assert_eq!(packets(&decoded), ["PUBLISH"]);
}

#[test]
fn the_byte_at_which_a_packet_goes_wrong_is_found_in_the_text() {
    let mut page = Page::new();
    // CONNECT whose protocol level is 9.
    let decoded = page.text("c0 00\n10 0e 00 04 4d 51 54 54 09 02 00 3c 00 02 6d 65\nd0 00");
    assert_eq!(packets(&decoded), ["PINGREQ", "CONNECT", "PINGRESP"]);
    let fault = decoded.rows[1].fault.as_ref().unwrap();
    assert_eq!((fault.offset, fault.place), (8, Some((2, 25))));
    assert!(
        fault.expected.en.starts_with("expected the protocol level"),
        "{fault:?}"
    );
    assert!(fault.rule.starts_with("MQTT-3.1.2"), "{fault:?}");
    assert_eq!(decoded.rows[1].row.severity, Some(Severity::Error));
    // A packet that is cut short.
    let decoded = page.text("c000\n300a0003612f6268");
    let fault = decoded.rows[1].fault.as_ref().unwrap();
    assert_eq!((fault.offset, fault.place), (8, Some((2, 16))));
    assert!(
        fault.expected.en.contains("expected 4 more bytes"),
        "{fault:?}"
    );
    // Bytes that are no packet, between two.
    let decoded = page.text("c000 00000000 d000");
    assert_eq!(packets(&decoded), ["PINGREQ", "malformed 4", "PINGRESP"]);
    assert_eq!(decoded.rows[1].fault.as_ref().unwrap().place, Some((1, 6)));
    // Text that is no hexadecimal.
    let decoded = page.text("c0 00 zz");
    assert_eq!(decoded.problems[0].place, (1, 7));
}

#[test]
fn a_file_is_read_as_text_or_as_it_is() {
    let mut page = Page::new();
    let raw = publish(ProtocolVersion::V3_1_1, "a/b", &[0, 1, 0xFF]);
    let decoded = page.decode(request(DecodeSource::File(Bytes::from(raw.clone()))));
    assert_eq!(decoded.format, Some(PasteFormat::Binary));
    assert_eq!(packets(&decoded), ["PUBLISH"]);
    assert_eq!(decoded.rows[0].place, None);
    let text = Bytes::from(hex(&raw));
    let decoded = page.decode(request(DecodeSource::File(text)));
    assert_eq!(decoded.format, Some(PasteFormat::Hex));
    assert_eq!(packets(&decoded), ["PUBLISH"]);
}

#[test]
fn a_format_may_be_forced_and_nothing_is_no_fault() {
    let mut page = Page::new();
    let decoded = page.decode(DecodeRequest {
        format: Some(PasteFormat::Escaped),
        ..request(DecodeSource::Text("c000".to_owned()))
    });
    assert_eq!(
        (decoded.format, decoded.bytes),
        (Some(PasteFormat::Escaped), 4)
    );
    let decoded = page.text("");
    assert_eq!(
        (decoded.format, decoded.bytes, decoded.rows.len()),
        (None, 0, 0)
    );
    assert_eq!(decoded.version, None);
}

#[test]
fn long_pastes_are_listed_up_to_the_limit_and_counted_beyond() {
    let mut page = Page::new();
    let count = Decoded::MAX_ROWS + 5;
    let decoded = page.text(&"c000\n".repeat(count));
    assert_eq!(decoded.rows.len(), Decoded::MAX_ROWS);
    assert_eq!(decoded.more, 5);
    assert_eq!(decoded.bytes, 2 * count as u64);
    assert_eq!(decoded.rows.last().unwrap().place, Some((10_000, 1)));
}

#[test]
fn one_reading_is_shown_as_every_platform_wants_it() {
    let mut page = Page::new();
    let request = CompareRequest {
        number: 3,
        readings: vec![
            ("temperature".to_owned(), "22.5".to_owned()),
            ("on".to_owned(), "true".to_owned()),
        ],
        identities: Default::default(),
    };
    let update = page.tell(Command::Compare(Box::new(request))).unwrap();
    let comparison = update.comparison.unwrap();
    assert_eq!(comparison.number, 3);
    let shown: Vec<(String, String, String)> = comparison
        .rows
        .iter()
        .map(|row| {
            let publication = row.publication.as_ref().unwrap();
            assert!(row.size as usize > publication.payload.len());
            let errors = row
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Error);
            assert!(!errors, "{row:?}");
            (
                row.dialect.0.to_string(),
                publication.topic.clone(),
                String::from_utf8_lossy(&publication.payload).into_owned(),
            )
        })
        .collect();
    let dialects: Vec<&str> = shown.iter().map(|(dialect, ..)| dialect.as_str()).collect();
    // One message carries one container there, and all values elsewhere.
    assert_eq!(
        dialects,
        [
            "onem2m",
            "onem2m",
            "onenet",
            "aliyun",
            "eztcloud",
            "thingscloud",
            "iotda"
        ]
    );
    for (dialect, topic, payload) in &shown {
        assert!(
            payload.contains("22.5") || (dialect == "onem2m" && payload.contains("true")),
            "{dialect} {topic} {payload}"
        );
    }
    assert_eq!(shown[2].1, "$dp");
    assert!(
        shown[2].2.ends_with(r#"{"temperature":22.5,"on":true}"#),
        "{:?}",
        shown[2]
    );
    assert!(
        shown[3].1.ends_with("/thing/event/property/post"),
        "{:?}",
        shown[3]
    );
    assert_eq!(shown[5].1, "attributes");
    assert!(
        shown[6]
            .2
            .contains(r#""properties":{"temperature":22.5,"on":true}"#),
        "{:?}",
        shown[6]
    );
}

#[test]
fn every_field_says_which_section_defines_it() {
    fn without(fields: &[device_console::mqtt::Field], path: &str, out: &mut Vec<String>) {
        for field in fields {
            let path = format!("{path}/{}", field.name);
            if field.reference.is_empty() {
                out.push(path.clone());
            }
            without(&field.children, &path, out);
        }
    }
    let mut page = Page::new();
    let mut dp = vec![3, 0, 20];
    dp.extend_from_slice(br#"{"temperature":22.5}"#);
    let frames = [
        b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me".to_vec(),
        publish(ProtocolVersion::V3_1_1, "$dp", &dp),
        publish(
            ProtocolVersion::V3_1_1,
            "$oc/devices/5e_meter/sys/properties/report",
            br#"{"services":[{"service_id":"s","properties":{"t":22.5}}]}"#,
        ),
        vec![0x82, 8, 0, 1, 0, 3, b'a', b'/', b'b', 1],
        vec![0x40, 2, 0, 1],
    ];
    let decoded = page.text(&hex(&frames.concat()));
    assert_eq!(decoded.rows.len(), frames.len());
    for index in 0..frames.len() as u64 {
        let mut missing = Vec::new();
        without(&page.frame(index).tree, "", &mut missing);
        assert_eq!(missing, Vec::<String>::new());
    }
}

#[test]
fn a_large_file_is_read_in_slices_and_says_how_far_it_is() {
    let mut page = Page::new();
    let message = publish(ProtocolVersion::V3_1_1, "a/b", b"{\"t\":22.5}");
    let packets = Decoded::MAX_ROWS + 500;
    let file = message.repeat(packets);
    let bytes = file.len() as u64;
    let mut state = page.begin(request(DecodeSource::File(Bytes::from(file))));
    let mut before = (DecodeStep::Cut, 0);
    let mut slices = 0;
    let decoded = loop {
        match state {
            Decoding::Done(decoded) => break decoded,
            Decoding::Underway(progress) => {
                let total = match progress.step {
                    DecodeStep::Cut => bytes,
                    DecodeStep::Read => Decoded::MAX_ROWS as u64,
                };
                assert_eq!((progress.number, progress.total), (7, total));
                let goes_on = progress.step != before.0 || progress.done > before.1;
                assert!(
                    goes_on && progress.done <= total,
                    "{progress:?} after {before:?}"
                );
                before = (progress.step, progress.done);
            }
        }
        slices += 1;
        state = page.go_on();
    };
    assert!(slices > 20, "{slices}");
    assert_eq!(before.0, DecodeStep::Read);
    assert_eq!(decoded.rows.len(), Decoded::MAX_ROWS);
    assert_eq!((decoded.more, decoded.bytes), (500, bytes));
    assert!(page.next().is_none(), "nothing is told twice");
}

#[test]
fn what_is_being_read_can_be_given_up_and_read_again() {
    let mut page = Page::new();
    let message = publish(ProtocolVersion::V3_1_1, "a/b", b"1");
    let large = || request(DecodeSource::File(Bytes::from(message.repeat(5_000))));
    assert!(matches!(page.begin(large()), Decoding::Underway(_)));
    let update = page
        .tell(Command::Decode(None))
        .expect("nothing is selected");
    assert_eq!((update.decoding, update.decoded_frame), (None, Some(None)));
    assert!(page.next().is_none(), "nothing more is read");
    // Another paste in its place is read from its start.
    assert!(matches!(page.begin(large()), Decoding::Underway(_)));
    assert_eq!(page.text("c0 00").rows.len(), 1);
}

fn text_of(decoded: &Decoded) -> Vec<(String, Direction, String)> {
    decoded
        .rows
        .iter()
        .map(|row| match &row.row.entry {
            LogEntry::Frame { packet, topic, .. } => {
                (packet.clone(), row.row.direction, topic.clone())
            }
            _ => ("malformed".to_owned(), row.row.direction, String::new()),
        })
        .collect()
}

/// The payload of a row as text, and the QoS it says.
fn payload_of(page: &mut Page, id: u64) -> String {
    let frame = page.frame(id);
    let (start, end) = frame.payload.expect("a PUBLISH");
    String::from_utf8_lossy(&frame.bytes[start..end]).into_owned()
}

#[test]
fn a_modem_that_speaks_mqtt_itself_gives_the_messages_of_its_commands() {
    let mut page = Page::new();
    let decoded = page.text(
        "AT+QMTOPEN=0,\"183.230.40.39\",6002\n\
         OK\n\
         \n\
         AT+QMTCONN=0,\"123\",\"456\",\"{\\\"x\\\":1}\"\n\
         OK\n\
         +QMTCONN: 0,0,0\n\
         +QMTRECV: 0,0,\"$creq/6f1c\",\"hello\"\n",
    );
    assert_eq!(decoded.format, Some(PasteFormat::Log));
    assert_eq!(
        text_of(&decoded),
        [(
            "PUBLISH".to_owned(),
            Direction::Down,
            "$creq/6f1c".to_owned()
        )]
    );
    assert_eq!(decoded.rows[0].place, Some((7, 1)));
    assert_eq!(decoded.rows[0].fault, None);
    assert_eq!(decoded.version, Some(ProtocolVersion::V3_1_1));
    assert_eq!(decoded.dialect.as_ref().unwrap().0, "onenet");
    // What carries no bytes is told once, where it is met first.
    assert_eq!(decoded.problems.len(), 1, "{:?}", decoded.problems);
    let told = &decoded.problems[0];
    assert_eq!((told.severity, told.place), (Severity::Info, (1, 1)));
    assert!(told.text.en.contains("AT+QMTOPEN") && told.text.zh.contains("AT+QMTOPEN"));
    // The row and the inspector say that these bytes were not on the wire.
    let summary = &decoded.rows[0].row.summary;
    assert!(summary.en.contains("made from +QMTRECV"), "{summary:?}");
    assert!(summary.zh.contains("由 +QMTRECV 还原"), "{summary:?}");
    let frame = page.frame(0);
    let made = frame
        .findings
        .iter()
        .find(|finding| finding.rule == "MadeFromCommand")
        .expect("a finding");
    assert_eq!(made.severity, Severity::Info);
    assert!(made.text.en.contains("line 7"), "{made:?}");
    assert!(made.text.zh.contains("第 7 行"), "{made:?}");
    assert_eq!(payload_of(&mut page, 0), "hello");
}

#[test]
fn a_published_json_payload_is_read_by_its_platform() {
    let mut page = Page::new();
    let decoded = page.text(r#"AT+MQTTPUB=0,"/topic","{\"a\":1}",1,0"#);
    assert_eq!(decoded.format, Some(PasteFormat::Log));
    assert_eq!(
        text_of(&decoded),
        [("PUBLISH".to_owned(), Direction::Up, "/topic".to_owned())]
    );
    assert_eq!(decoded.problems, []);
    assert_eq!(payload_of(&mut page, 0), "{\"a\":1}");
    let LogEntry::Frame { qos, retain, .. } = &decoded.rows[0].row.entry else {
        panic!("a frame");
    };
    assert_eq!((*qos, *retain), (Some(QoS::AtLeastOnce), false));

    let decoded = page.text(
        "AT+QMTPUBEX=0,0,0,0,\"$oc/devices/5e_meter/sys/properties/report\",63\n\
         > {\"services\":[{\"service_id\":\"s\",\"properties\":{\"t\":22.5},\"x\":1}]}\n\
         OK\n\
         +QMTPUBEX: 0,0,0\n",
    );
    assert_eq!(decoded.problems, []);
    assert_eq!(decoded.dialect.as_ref().unwrap().0, "iotda");
    let frame = page.frame(0);
    let (start, _) = frame.payload.unwrap();
    fn deep(fields: &[device_console::mqtt::Field], start: usize) -> bool {
        fields.iter().any(|field| {
            (field.start >= start && !field.children.is_empty()) || deep(&field.children, start)
        })
    }
    assert!(deep(&frame.tree, start), "the platform's layer is there");
}

#[test]
fn made_messages_do_not_decide_the_version_and_keep_their_own() {
    let mut page = Page::new();
    let new = b"\x30\x0c\x00\x01a\x07\x03\x00\x04json{}";
    let mut new = new.to_vec();
    new[1] = u8::try_from(new.len() - 2).unwrap();
    let decoded = page.text(&format!(
        "AT+CIPSEND={}\n> {}\nSEND OK\nAT+QMTPUB=0,0,0,0,\"t\",\"x\"\nOK\n",
        new.len(),
        hex(&new)
    ));
    assert_eq!(decoded.version, Some(ProtocolVersion::V5_0));
    assert_eq!(packets(&decoded), ["PUBLISH", "PUBLISH"]);
    assert!(decoded.rows.iter().all(|row| row.fault.is_none()));
    assert_eq!(page.frame(1).version, ProtocolVersion::V3_1_1);
    // Forced to 5.0, made bytes are still what they were made as.
    let forced = page.decode(DecodeRequest {
        version: Some(ProtocolVersion::V5_0),
        ..request(DecodeSource::Text(
            "AT+QMTPUB=0,0,0,0,\"t\",\"xyz\"".to_owned(),
        ))
    });
    assert!(forced.rows[0].fault.is_none(), "{:?}", forced.rows);
}

#[test]
fn the_usual_chinese_serial_assistants_are_read() {
    let mut page = Page::new();
    let decoded = page.text(
        "[10:00:01.123]收←◆32 0E 00 03 61 2F 62 00 01 68 65 6C 6C 6F 21 21 \n\
         [10:00:01.223]发→◇40 02 00 01 \n\
         □\n\
         [10:00:02.000]发→◇C0 00 □\n\
         [10:00:02.050]收←◆D0 00 \n",
    );
    assert_eq!(decoded.format, Some(PasteFormat::Log));
    assert_eq!(
        packets(&decoded),
        ["PUBLISH", "PUBACK", "PINGREQ", "PINGRESP"]
    );
    assert_eq!(decoded.problems, []);
    assert!(decoded.rows.iter().all(|row| row.fault.is_none()));
    let directions: Vec<_> = decoded.rows.iter().map(|row| row.row.direction).collect();
    let (up, down) = (Direction::Up, Direction::Down);
    assert_eq!(directions, [down, up, up, down]);
    assert_eq!(decoded.rows[0].place, Some((1, 18)));

    let decoded = page.text(
        "[2024-01-01 10:00:01.123]# RECV HEX>\n\
         20 02 00 00 \n\
         \n\
         [2024-01-01 10:00:02.000]# SEND HEX>\n\
         32 0E 00 03 61 2F 62 00 01\n\
         68 65 6C 6C 6F 21 21\n\
         \n\
         [2024-01-01 10:00:02.123]# RECV HEX>\n\
         40\n\
         02\n\
         00 01\n",
    );
    assert_eq!(decoded.format, Some(PasteFormat::Log));
    assert_eq!(packets(&decoded), ["CONNACK", "PUBLISH", "PUBACK"]);
    assert_eq!(decoded.problems, []);
    assert!(decoded.rows.iter().all(|row| row.fault.is_none()));
    let directions: Vec<_> = decoded.rows.iter().map(|row| row.row.direction).collect();
    assert_eq!(directions, [down, up, down]);
}

#[test]
fn commands_without_bytes_are_said_to_have_none() {
    let mut page = Page::new();
    let decoded = page.text("AT+QMTOPEN=0,\"183.230.40.39\",6002\nOK\n+QMTOPEN: 0,0\n");
    assert_eq!(decoded.format, Some(PasteFormat::Log));
    assert_eq!(decoded.rows.len(), 0);
    assert_eq!(decoded.problems.len(), 1);
    // Topic and payload in a form that nobody knows are named with their line.
    let decoded = page.text("OK\nAT+MQTTPUB=yes\n");
    assert_eq!(decoded.problems.len(), 1, "{:?}", decoded.problems);
    assert_eq!(decoded.problems[0].place, (2, 1));
    assert_eq!(decoded.problems[0].severity, Severity::Warning);
}
