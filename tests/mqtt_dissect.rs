//! What the dissection shows beyond what the vectors compare: what comes behind a fault, secrets,
//! versions that are not known, and summaries.

use device_console::mqtt::{
    Dissection, Field, FieldKind, ProtocolVersion, Summary, plausible_versions,
};
use hex_literal::hex;

use ProtocolVersion::{V3_1, V3_1_1, V5_0};

/// The tree as text, one line for each field that matters to the test.
fn outline(version: ProtocolVersion, frame: &[u8]) -> String {
    fn write(fields: &[Field], out: &mut String) {
        for field in fields {
            let bits = field
                .bits
                .map_or(String::new(), |bits| format!(":{}-{}", bits.high, bits.low));
            let note: String = field
                .notes
                .iter()
                .map(|note| format!(" [{}]", note.rule))
                .collect();
            let Field {
                start,
                end,
                name,
                value,
                ..
            } = field;
            out.push_str(&format!("{start}..{end}{bits} {name}={value}{note}\n"));
            write(&field.children, out);
        }
    }
    let mut out = String::new();
    write(&Dissection::of(version, frame).tree(frame), &mut out);
    out
}

#[test]
fn what_comes_behind_faulty_properties_is_still_read() {
    // A flag of 2, an alias of 0, an identifier that no property has, then the payload.
    let frame = hex!("30 11 0001 61 0A 01 02 23 0000 7F 05 260061 6869 6A");
    let faults: Vec<_> = Dissection::of(V5_0, &frame)
        .faults()
        .iter()
        .map(|fault| (fault.offset, fault.kind.name()))
        .collect();
    assert_eq!(
        faults,
        [
            (7, "PropertyNotBoolean".to_owned()),
            (9, "TopicAliasZero".to_owned()),
            (11, "UnknownProperty".to_owned()),
        ]
    );
    let outline = outline(V5_0, &frame);
    assert!(
        outline.contains("6..8 Payload Format Indicator=2 [MQTT 5.0 §2.2.2.2]\n"),
        "{outline}"
    );
    assert!(
        outline.contains("8..11 Topic Alias=0 [MQTT-3.3.2-8]\n"),
        "{outline}"
    );
    assert!(outline.contains("11..16 Property Identifier="), "{outline}");
    assert!(outline.contains("16..19 Payload=hij\n"), "{outline}");
}

#[test]
fn the_fields_before_a_cut_are_all_there() {
    let frame = hex!("32 0A 0003 612F62 00");
    let outline = outline(V3_1_1, &frame);
    let expected = "\
0..2 Fixed Header=
0..1:7-4 MQTT Control Packet type=PUBLISH (3)
0..1:3-3 DUP=0
0..1:2-1 QoS=1 (at least once)
0..1:0-0 RETAIN=0
1..2 Remaining Length=10 bytes
2..8 Variable Header=
2..7 Topic Name=a/b
2..4 Length=3 bytes
4..7 Characters=a/b
7..8 Packet Identifier=00 [MQTT 3.1.1 §2.2.3]
8..8 Remaining Length= [MQTT 3.1.1 §2.2.3]
";
    assert_eq!(outline, expected);
}

#[test]
fn a_reserved_packet_type_still_shows_its_length() {
    let outline = outline(V3_1_1, &hex!("F0 02 1800"));
    assert!(
        outline.contains("0..1:7-4 MQTT Control Packet type=reserved (15) [MQTT 3.1.1 §2.2.1]")
    );
    assert!(
        outline.contains("1..2 Remaining Length=2 bytes"),
        "{outline}"
    );
    assert!(outline.contains("2..4 Not read="), "{outline}");
}

#[test]
fn secrets_are_masked_wherever_they_stand() {
    // "hunter2" as password, whole and cut, and as authentication data.
    let whole = hex!("10 17 0004 4D515454 04 C2 003C 0000 0000 0007 68756E74657232");
    let cut = hex!("10 17 0004 4D515454 04 C2 003C 0000 0000 0009 68756E74657232");
    let auth = hex!("F0 10 18 0E 15 0001 58 16 0007 68756E74657232");
    for (version, frame) in [(V3_1_1, &whole[..]), (V3_1_1, &cut), (V5_0, &auth)] {
        let outline = outline(version, frame);
        assert!(outline.contains("(hidden)"), "{outline}");
        assert!(!outline.contains("hunter2"), "{outline}");
        assert!(!outline.contains("68 75 6E"), "{outline}");
        assert!(!Summary::of(version, frame).to_string().contains("hunter2"));
    }
}

#[test]
fn connect_says_its_version() {
    let old = hex!("10 0F 0006 4D5149736470 03 02 003C 0001 64");
    let new = hex!("10 0D 0004 4D515454 04 02 003C 0001 64");
    let five = hex!("10 0E 0004 4D515454 05 02 003C 00 0001 64");
    for (frame, version) in [(&old[..], V3_1), (&new, V3_1_1), (&five, V5_0)] {
        assert_eq!(ProtocolVersion::of_connect(frame), Some(version));
        // What follows a CONNECT is read by its version, however it looks alone.
        assert_eq!(
            plausible_versions([frame, &hex!("30 03 0001 61")]),
            [version]
        );
    }
    assert_eq!(ProtocolVersion::of_connect(&hex!("C0 00")), None);
    assert_eq!(ProtocolVersion::of_connect(&new[..8]), None);
}

#[test]
fn unknown_versions_are_ranked() {
    // Two bytes behind the topic name of a 5.0 PUBLISH cannot be properties here.
    assert_eq!(
        plausible_versions([&hex!("30 07 0003 612F62 6869")[..]]),
        [V3_1_1, V3_1]
    );
    // A zero in front of the payload is a property length sooner than text.
    assert_eq!(
        plausible_versions([&hex!("30 08 0003 612F62 00 6869")[..]])[0],
        V5_0
    );
    // Reason codes do not exist before 5.0.
    assert_eq!(plausible_versions([&hex!("E0 01 8E")[..]]), [V5_0]);
    // DUP with QoS 0 is allowed in 3.1 alone.
    assert_eq!(plausible_versions([&hex!("38 03 0001 61")[..]]), [V3_1]);
    // Nothing reads it: all three, the best first.
    assert_eq!(plausible_versions([&hex!("00 00")[..]]).len(), 3);
    assert_eq!(plausible_versions([]).len(), 3);
}

#[test]
fn kinds_say_what_a_span_is() {
    let frame = hex!("32 0A 0003 612F62 000A 686921");
    let fields = Dissection::of(V3_1_1, &frame).tree(&frame);
    let payload = fields.last().expect("a payload");
    assert_eq!(
        (payload.name.as_ref(), payload.kind),
        ("Payload", FieldKind::Payload)
    );
    assert_eq!((payload.start, payload.end), (9, 12));
    let variable = &fields[1];
    assert_eq!(variable.kind, FieldKind::Group);
    assert_eq!(variable.reference, "MQTT 3.1.1 §3.3.2");
    assert_eq!(variable.children[0].reference, "MQTT 3.1.1 §3.3.2.1");
    assert_eq!(variable.children[1].kind, FieldKind::Identifier);
}

#[test]
fn summaries_say_in_one_line_what_passed() {
    for (version, frame, expected) in [
        (
            V3_1_1,
            &hex!("10 0D 0004 4D515454 04 02 003C 0001 64")[..],
            "CONNECT d · MQTT 3.1.1 · keep alive 60 s · clean session",
        ),
        (
            V3_1_1,
            &hex!("20 02 00 05"),
            "CONNACK · 0x05 Connection Refused, not authorized",
        ),
        (
            V3_1_1,
            &hex!("20 02 01 00"),
            "CONNACK · session present · 0x00 Connection Accepted",
        ),
        (
            V3_1_1,
            &hex!("3B 0A 0003 612F62 000A 686921"),
            "PUBLISH a/b · QoS 1 · DUP · RETAIN · 3 bytes · id 10",
        ),
        (
            V5_0,
            &hex!("30 07 0000 03 23 0007 78"),
            "PUBLISH · alias 7 · QoS 0 · 1 byte",
        ),
        (V3_1_1, &hex!("40 02 000A"), "PUBACK · id 10"),
        (
            V5_0,
            &hex!("40 03 000A 87"),
            "PUBACK · id 10 · 0x87 Not authorized",
        ),
        (
            V5_0,
            &hex!("82 0F 0001 00 0003 612F62 01 0003 632F23 00"),
            "SUBSCRIBE a/b (QoS 1), c/# (QoS 0) · id 1",
        ),
        (
            V3_1_1,
            &hex!("90 04 0001 01 80"),
            "SUBACK Granted QoS 1, Failure · id 1",
        ),
        (
            V5_0,
            &hex!("E0 07 8E 05 1F 0002 6869"),
            "DISCONNECT · 0x8E Session taken over · hi",
        ),
        (
            V3_1_1,
            &hex!("32 05 0001 61 0000"),
            "PUBLISH · Packet Identifier at byte 5: the packet identifier is zero (MQTT-2.3.1-1)",
        ),
    ] {
        assert_eq!(Summary::of(version, frame).to_string(), expected);
    }
    let publish = hex!("32 0A 0003 612F62 000A 686921");
    let summary = Summary::of(V3_1_1, &publish);
    assert_eq!((summary.topic(), summary.payload()), (Some("a/b"), 9..12));
}

#[test]
fn summaries_have_chinese_words_between_the_specifications_names() {
    for (version, frame, expected) in [
        (
            V3_1_1,
            &hex!("10 0D 0004 4D515454 04 02 003C 0001 64")[..],
            "CONNECT d · MQTT 3.1.1 · 保活 60 s · 清除会话",
        ),
        (
            V3_1_1,
            &hex!("20 02 01 00"),
            "CONNACK · 会话存在 · 0x00 Connection Accepted（连接已接受）",
        ),
        (
            V5_0,
            &hex!("30 07 0000 03 23 0007 78"),
            "PUBLISH · 别名 7 · QoS 0 · 1 字节",
        ),
        (
            V3_1_1,
            &hex!("32 05 0001 61 0000"),
            "PUBLISH · 字节 5 处的 Packet Identifier：报文标识符为 0（MQTT-2.3.1-1）",
        ),
    ] {
        assert_eq!(Summary::of(version, frame).chinese().to_string(), expected);
    }
}

#[test]
fn long_lists_are_cut_in_summaries() {
    let mut frame = vec![0x82, 2 + 4 * 20, 0, 1];
    for _ in 0..20 {
        frame.extend_from_slice(&[0, 1, b'a', 0]);
    }
    let summary = Summary::of(V3_1_1, &frame).to_string();
    assert!(summary.ends_with(" and 15 more · id 1"), "{summary}");
}
