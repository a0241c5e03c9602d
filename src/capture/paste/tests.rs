use proptest::prelude::*;

use super::*;

/// CONNECT of 3.1.1, PUBLISH `a/b` `hi!`.
const CONNECT: &[u8] = b"\x10\x0e\x00\x04MQTT\x04\x02\x00\x3c\x00\x02me";
const PUBLISH: &[u8] = b"\x30\x08\x00\x03a/bhi!";

fn both() -> Vec<u8> {
    [CONNECT, PUBLISH].concat()
}

fn line_and_column(text: &str, at: usize) -> (u32, u32) {
    Places::new(text.to_owned()).find(at)
}

fn hex(bytes: &[u8], between: &str) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(between)
}

/// The text is taken for this format, and gives these bytes without a problem.
#[track_caller]
fn reads(text: &str, format: Format, expected: &[u8]) {
    assert_eq!(guess(text), format, "{text}");
    let paste = read(format, text);
    assert_eq!(paste.problems, [], "{text}");
    let bytes: Vec<u8> = paste
        .streams
        .iter()
        .flat_map(|stream| stream.bytes.clone())
        .collect();
    assert_eq!(bytes, expected, "{text}");
    for stream in &paste.streams {
        assert_eq!(stream.places.len(), stream.bytes.len());
        assert!(stream.places.is_sorted(), "{text}");
        let last = stream.places.last().copied().unwrap_or(0) as usize;
        assert!(last < text.len());
    }
}

/// A dump as `xxd`, `hexdump -C`, Wireshark and `od` print it.
fn dump(bytes: &[u8], style: &str) -> String {
    let mut out = String::new();
    for (index, row) in bytes.chunks(16).enumerate() {
        let offset = index * 16;
        let ascii: String = row
            .iter()
            .map(|byte| {
                if (0x20..0x7f).contains(byte) {
                    char::from(*byte)
                } else {
                    '.'
                }
            })
            .collect();
        let line = match style {
            "xxd" => {
                let words: Vec<String> = row.chunks(2).map(|pair| hex(pair, "")).collect();
                format!("{offset:08x}: {:<39}  {ascii}", words.join(" "))
            }
            "hexdump" => {
                let (low, high) = row.split_at(row.len().min(8));
                let bytes = format!("{:<23}  {:<23}", hex(low, " "), hex(high, " "));
                format!("{offset:08x}  {bytes}  |{ascii}|")
            }
            "wireshark" => format!("{offset:04x}   {:<47}   {ascii}", hex(row, " ")),
            "words" => {
                let words: Vec<String> = row
                    .chunks(2)
                    .map(|pair| format!("{:02x}{:02x}", pair.get(1).unwrap_or(&0), pair[0]))
                    .collect();
                format!("{offset:07x} {}", words.join(" "))
            }
            _ => format!("{offset:06x} {}", hex(row, " ")),
        };
        out.push_str(line.trim_end());
        out.push('\n');
    }
    match style {
        "hexdump" => out.push_str(&format!("{:08x}\n", bytes.len())),
        "od" => out.push_str(&format!("{:06x}\n", bytes.len())),
        "words" => out.push_str(&format!("{:07x}\n", bytes.len())),
        _ => {}
    }
    out
}

#[test]
fn hexadecimal_comes_in_many_dresses() {
    let bytes = both();
    for between in ["", " ", ":", "-", ", ", "\n"] {
        reads(&hex(&bytes, between), Format::Hex, &bytes);
    }
    let c: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02X}")).collect();
    assert_eq!(read(Format::Hex, &c.join(" ")).streams[0].bytes, bytes);
    assert_eq!(read(Format::Hex, "0x3,0x0").streams[0].bytes, [3, 0]);
    reads(
        &format!("{}\n{}\n", hex(CONNECT, " "), hex(PUBLISH, " ")),
        Format::Hex,
        &bytes,
    );
}

#[test]
fn dumps_of_every_tool_are_told_from_bytes() {
    let long: Vec<u8> = [CONNECT, PUBLISH, PUBLISH, CONNECT].concat();
    for bytes in [both(), long, CONNECT.to_vec(), PUBLISH.to_vec()] {
        for style in ["xxd", "hexdump", "wireshark", "od", "words"] {
            let text = dump(&bytes, style);
            let paste = read(Format::Hexdump, &text);
            assert_eq!(paste.problems, [], "{style}\n{text}");
            assert_eq!(paste.streams[0].bytes, bytes, "{style}\n{text}");
            assert_eq!(guess(&text), Format::Hexdump, "{style}\n{text}");
        }
    }
}

#[test]
fn a_dump_that_starts_over_is_the_next_packet() {
    let text = format!(
        "{}\n{}",
        dump(CONNECT, "wireshark"),
        dump(PUBLISH, "wireshark")
    );
    let paste = read(Format::Hexdump, &text);
    assert_eq!(paste.problems, []);
    let streams: Vec<_> = paste.streams.iter().map(|s| s.bytes.as_slice()).collect();
    assert_eq!(streams, [CONNECT, PUBLISH]);
}

#[test]
fn repeated_lines_of_a_dump_are_filled_in() {
    let text = "00000000  30 3e 00 01 61 00 00 00  00 00 00 00 00 00 00 00  |0>..a...........|\n\
                00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n\
                *\n\
                00000040\n";
    let paste = read(Format::Hexdump, text);
    assert_eq!(paste.problems, []);
    assert_eq!(paste.streams[0].bytes.len(), 0x40);
    assert_eq!(paste.streams[0].bytes[..5], [0x30, 0x3e, 0, 1, b'a']);
}

#[test]
fn a_missing_line_of_a_dump_is_told_where_it_is_missing() {
    let long: Vec<u8> = (0..48).collect();
    let text: String = dump(&long, "wireshark")
        .lines()
        .enumerate()
        .filter(|(index, _)| *index != 1)
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    let paste = read(Format::Hexdump, &text);
    assert_eq!(paste.problems.len(), 1);
    assert_eq!(line_and_column(&text, paste.problems[0].at), (2, 1));
    assert!(
        paste.problems[0].text.en.contains("0x20 where 0x10"),
        "{:?}",
        paste.problems
    );
}

#[test]
fn arrays_of_several_languages_are_read() {
    let c = "/* CONNECT { */ static const uint8_t connect[16] = {\n  0x10, 0x0e, 0x00, 0x04, 'M', 'Q', 'T', 'T',\n\
             \t0x04U, 2, 0, 60, // keep alive\n  0, 2, \"me\"\n};\n\
             uint8_t ping[] = { 0xC0, 0 };";
    reads(c, Format::Array, &[CONNECT, &[0xC0, 0]].concat());
    assert_eq!(read(Format::Array, c).streams.len(), 2);
    reads(
        "let publish: [u8; 10] = [48, 8, 0, 3, 97, 47, 98, 104, 105, 33];"
            .split(" = ")
            .nth(1)
            .unwrap(),
        Format::Array,
        PUBLISH,
    );
    let list: Vec<String> = PUBLISH.iter().map(u8::to_string).collect();
    reads(&list.join(", "), Format::Array, PUBLISH);
    assert_eq!(
        read(Format::Array, "{ -1, -128, 0b101, 255u }").streams[0].bytes,
        [255, 128, 5, 255]
    );
}

#[test]
fn a_number_that_is_no_byte_is_named() {
    let text = "{ 0x10,\n 300, foo }";
    let paste = read(Format::Array, text);
    let places: Vec<_> = paste
        .problems
        .iter()
        .map(|problem| line_and_column(text, problem.at))
        .collect();
    assert_eq!(places, [(2, 2), (2, 7)]);
    assert!(paste.problems[0].text.en.contains("'300'"));
    assert!(paste.problems[1].text.en.contains("'foo'"));
}

#[test]
fn escaped_strings_are_read_with_and_without_quotes() {
    let escaped: String = both().iter().map(|byte| format!("\\x{byte:02x}")).collect();
    reads(&escaped, Format::Escaped, &both());
    // As Wireshark copies it, in lines that go on.
    let (head, tail) = escaped.split_at(32);
    reads(
        &format!("\"{head}\" \\\n\"{tail}\""),
        Format::Escaped,
        &both(),
    );
    // As Python prints it.
    reads(
        r"b'\x10\x0e\x00\x04MQTT\x04\x02\x00<\x00\x02me'",
        Format::Escaped,
        CONNECT,
    );
    assert_eq!(
        read(Format::Escaped, r#""\x30\n\r\t\0\101\\\"é""#).streams[0].bytes,
        [0x30, 10, 13, 9, 0, 65, b'\\', b'"', 0xC3, 0xA9]
    );
}

#[test]
fn base64_comes_in_both_alphabets_and_wrapped() {
    use ::base64::{Engine as _, engine::general_purpose as engines};
    let bytes = [both(), vec![0x32, 0x07, 0, 1, b'a', 0, 1, 0xFF, 0xFB]].concat();
    for text in [
        engines::STANDARD.encode(&bytes),
        engines::STANDARD_NO_PAD.encode(&bytes),
        engines::URL_SAFE.encode(&bytes),
        format!(
            "data:application/octet-stream;base64,{}",
            engines::STANDARD.encode(&bytes)
        ),
    ] {
        reads(&text, Format::Base64, &bytes);
    }
    let long = bytes.repeat(6);
    let wrapped: Vec<String> = engines::STANDARD
        .encode(&long)
        .as_bytes()
        .chunks(76)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    reads(&wrapped.join("\n"), Format::Base64, &long);
    // One packet on each line.
    let lines = format!(
        "{}\n{}",
        engines::STANDARD.encode(CONNECT),
        engines::STANDARD.encode(PUBLISH)
    );
    let paste = read(Format::Base64, &lines);
    let streams: Vec<_> = paste.streams.iter().map(|s| s.bytes.as_slice()).collect();
    assert_eq!(streams, [CONNECT, PUBLISH]);
    assert_eq!(read(Format::Base64, "MAo$").problems[0].at, 3);
    assert_eq!(read(Format::Base64, "MAoAA").problems.len(), 1);
}

#[test]
fn a_serial_log_gives_its_bytes_and_their_direction() {
    let text = format!(
        "[2026-11-21 10:32:07.418] I (1204) mqtt: TX -> {}\n\
         10:32:07.502 RX: 20 02 00 00\n\
         12345 heap 20480 free, added 3 items\n\
         [10:32:08] send(12 bytes) [0x30,0x08,0x00,0x03,0x61,0x2F,0x62,0x68,0x69,0x21]\n\
         wifi: state: run -> init (c0)\n\
         10:32:09.111 <- d0:00:00:00 junk\n",
        hex(CONNECT, " ")
    );
    let paste = read(Format::Log, &text);
    let streams: Vec<_> = paste
        .streams
        .iter()
        .map(|s| (s.direction, s.bytes.as_slice()))
        .collect();
    assert_eq!(streams[0], (Some(Direction::Up), CONNECT));
    assert_eq!(streams[1], (Some(Direction::Down), &[0x20, 2, 0, 0][..]));
    assert_eq!(streams[2], (Some(Direction::Up), PUBLISH));
    assert_eq!(streams[3], (Some(Direction::Down), &[0xD0, 0, 0, 0][..]));
    assert_eq!(guess(&text), Format::Log);
}

#[test]
fn modems_hand_bytes_over_in_many_ways() {
    let connect = hex(CONNECT, "").to_uppercase();
    let text = format!(
        "AT+CIPSTART=\"TCP\",\"192.168.1.10\",1883\r\nCONNECT\r\nOK\r\n\
         AT+CIPSEND=0,16\r\nOK\r\n> {connect}\r\nRecv 16 bytes\r\nSEND OK\r\n\
         +IPD,0,4:20020000\r\n\
         AT+QISENDEX=0,\"{publish}\"\r\nSEND OK\r\n\
         AT+NSOSD=0,10,{publish}\r\nOK\r\n\
         +QIURC: \"recv\",0,2\r\nD0 00\r\n\
         +USORD: 0,4,\"40020001\"\r\n",
        publish = hex(PUBLISH, "")
    );
    let paste = read(Format::Log, &text);
    assert_eq!(paste.problems, [], "{paste:?}");
    let streams: Vec<_> = paste
        .streams
        .iter()
        .map(|s| (s.direction, s.bytes.clone()))
        .collect();
    let (up, down) = (Some(Direction::Up), Some(Direction::Down));
    assert_eq!(
        streams,
        [
            (up, CONNECT.to_vec()),
            (down, vec![0x20, 2, 0, 0]),
            (up, [PUBLISH, PUBLISH].concat()),
            (down, vec![0xD0, 0, 0x40, 2, 0, 1]),
        ]
    );
    assert_eq!(guess(&text), Format::Log);
}

#[test]
fn a_modem_that_announces_more_than_follows_is_noticed() {
    let text = "AT+CIPSEND=12\nOK\n>\n30 08 00 03\nSEND OK\n+IPD,4:20 02 00 00\n";
    let paste = read(Format::Log, text);
    assert_eq!(paste.problems.len(), 1, "{paste:?}");
    assert_eq!(paste.problems[0].at, 0);
    assert!(paste.problems[0].text.en.contains("announces 12 bytes, 4"));
}

#[test]
fn announced_bytes_may_be_text_as_it_is() {
    let paste = read(Format::Log, "AT+CIPSEND=5\n> hello\nSEND OK\n");
    assert_eq!(paste.problems, []);
    assert_eq!(paste.streams[0].bytes, b"hello");
}

#[test]
fn wrong_hexadecimal_says_where_and_what_was_expected() {
    let text = "30 08\n00 0z 61";
    let paste = read(Format::Hex, text);
    let places: Vec<_> = paste
        .problems
        .iter()
        .map(|problem| line_and_column(text, problem.at))
        .collect();
    assert_eq!(places, [(2, 4)]);
    let told = &paste.problems[0].text.en;
    assert!(told.contains("'0z'") && told.contains("pairs of 0-9 or A-F"));
}

#[test]
fn places_count_characters_not_bytes() {
    assert_eq!(line_and_column("温度 x\ny", 7), (1, 4));
    assert_eq!(line_and_column("ab\ncd", 4), (2, 2));
    assert_eq!(line_and_column("ab", 99), (1, 3));
}

proptest! {
    #[test]
    fn any_text_is_read_in_any_format(text in r#"[ -~\n\t温]{0,200}"#) {
        let _ = guess(&text);
        for format in Format::TEXT {
            let paste = read(format, &text);
            for stream in &paste.streams {
                prop_assert_eq!(stream.places.len(), stream.bytes.len());
                prop_assert!(stream.breaks.iter().all(|at| *at < stream.bytes.len()));
            }
            prop_assert!(paste.problems.len() <= MAX_PROBLEMS);
        }
    }

    #[test]
    fn dumps_read_back_whatever_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
        for style in ["xxd", "hexdump", "wireshark", "od", "words"] {
            let text = dump(&bytes, style);
            let paste = read(Format::Hexdump, &text);
            prop_assert_eq!(&paste.streams[0].bytes, &bytes, "{}\n{}", style, text);
        }
    }

    #[test]
    fn escapes_and_arrays_read_back_whatever_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 1..100)) {
        let escaped: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        prop_assert_eq!(&read(Format::Escaped, &escaped).streams[0].bytes, &bytes);
        let array = format!("x[] = {{ {} }};", bytes.iter().map(|byte| format!("0x{byte:02x}, ")).collect::<String>());
        prop_assert_eq!(&read(Format::Array, &array).streams[0].bytes, &bytes);
        prop_assert_eq!(&read(Format::Hex, &hex(&bytes, "")).streams[0].bytes, &bytes);
    }
}

#[test]
fn a_word_that_is_no_hexadecimal_is_one_problem() {
    let paste = read(Format::Hex, "30 hello 05 ")
        .problems
        .into_iter()
        .map(|problem| (problem.at, problem.text.en.into_owned()))
        .collect::<Vec<_>>();
    let told = "'hello' (5 characters) is no hexadecimal; expected pairs of 0-9 or A-F";
    assert_eq!(paste, [(3, told.to_owned())]);
    // A word beyond what is quoted is cut; what stands apart stays apart.
    let long = "z".repeat(100);
    let paste = read(Format::Hex, &format!("{long} 30 q\nq"));
    assert_eq!(paste.problem_count, 3);
    assert!(paste.problems[0].text.en.contains("(100 characters)"));
    assert!(paste.problems[0].text.en.len() < 120);
    let paste = read(Format::Base64, "MAA=你好");
    let told: Vec<_> = paste.problems.iter().map(|p| p.text.en.as_ref()).collect();
    assert_eq!(told.len(), 1, "{told:?}");
}

/// Which way, whether it was made, and the bytes.
type Read = (Option<Direction>, bool, Vec<u8>);

/// What a log gives, and its problems.
fn log_of(text: &str) -> (Vec<Read>, Vec<String>) {
    let paste = read(Format::Log, text);
    let streams = paste
        .streams
        .iter()
        .map(|stream| {
            (
                stream.direction,
                stream.made.is_some(),
                stream.bytes.clone(),
            )
        })
        .collect();
    let problems = paste
        .problems
        .iter()
        .map(|problem| problem.text.en.to_string())
        .collect();
    (streams, problems)
}

/// A log of one message: direction, QoS, topic, payload.
#[track_caller]
fn makes(text: &str, direction: Direction, qos: u8, topic: &str, payload: &[u8]) {
    use crate::mqtt::{Packet, ProtocolVersion};
    assert_eq!(guess(text), Format::Log, "{text}");
    let (streams, problems) = log_of(text);
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    assert_eq!(streams.len(), 1, "{text}\n{streams:?}");
    let (told, is_made, bytes) = &streams[0];
    assert_eq!((*told, *is_made), (Some(direction), true), "{text}");
    let Ok(Packet::Publish(publish)) = Packet::decode(ProtocolVersion::V3_1_1, bytes) else {
        panic!("{text}: {bytes:?}");
    };
    assert_eq!(
        (publish.qos.bits(), publish.topic.as_str(), publish.payload),
        (qos, topic, payload),
        "{text}"
    );
    // Every byte of topic and payload is where it is written.
    let stream = &read(Format::Log, text).streams[0];
    assert_eq!(stream.places.len(), stream.bytes.len());
    assert!(stream.places.iter().all(|at| (*at as usize) < text.len()));
}

#[test]
fn every_makers_commands_give_their_message() {
    let json: &[u8] = br#"{"a":1,"b":"x,1,0"}"#;
    let (up, down) = (Direction::Up, Direction::Down);
    for (text, direction, qos) in [
        (r#"AT+QMTPUB=0,7,1,0,"a/b","{"a":1,"b":"x,1,0"}""#, up, 1),
        (r#"AT+QMTPUB=0,7,2,1,"a/b",19,{"a":1,"b":"x,1,0"}"#, up, 2),
        (
            "AT+QMTPUBEX=0,0,0,0,\"a/b\",19\r\n\r\n> {\"a\":1,\"b\":\"x,1,0\"}\r\nOK\r\n\r\n\
             +QMTPUBEX: 0,0,0\r\n",
            up,
            0,
        ),
        (
            "AT+QMTPUB=0,0,0,0,\"a/b\"\n>\n{\"a\":1,\"b\":\"x,1,0\"}\u{1a}\nOK\n",
            up,
            0,
        ),
        (r#"+QMTRECV: 0,0,"a/b","{"a":1,"b":"x,1,0"}""#, down, 0),
        (r#"+QMTRECV: 0,3,"a/b",19,"{"a":1,"b":"x,1,0"}""#, down, 1),
        (r#"+QMTRECV: 0,0, "a/b", "{"a":1,"b":"x,1,0"}""#, down, 0),
        (
            r#"AT+MQTTPUB=0,"a/b","{\"a\":1\,\"b\":\"x\,1\,0\"}",1,0"#,
            up,
            1,
        ),
        (
            r#"AT+MQTTPUB=0,"a/b","{\"a\":1,\"b\":\"x,1,0\"}",0,1"#,
            up,
            0,
        ),
        (
            "AT+MQTTPUBRAW=0,\"a/b\",19,2,0\nOK\n\n>{\"a\":1,\"b\":\"x,1,0\"}\n+MQTTPUB:OK\n",
            up,
            2,
        ),
        (r#"+MQTTSUBRECV:0,"a/b",19,{"a":1,"b":"x,1,0"}"#, down, 0),
        (
            r#"AT+MQTTPUB=0,"a/b",1,0,0,19,"{"a":1,"b":"x,1,0"}""#,
            up,
            1,
        ),
        (r#"AT+MQTTPUB=a/b,1,0,0,19,{"a":1,"b":"x,1,0"}"#, up, 1),
        (
            r#"+MQTTPUBLISH: 0,1,0,5,a/b,19,{"a":1,"b":"x,1,0"}"#,
            down,
            1,
        ),
        (
            r#"+MQTTURC: "publish",0,0,"a/b",19,19,{"a":1,"b":"x,1,0"}"#,
            down,
            0,
        ),
        (
            r#"+MQTTURC: "msg",0,"a/b",19,"7B2261223A312C2262223A22782C312C30227D""#,
            down,
            0,
        ),
        (
            "AT+SMPUB=\"a/b\",19,1,0\n> {\"a\":1,\"b\":\"x,1,0\"}\nOK\n",
            up,
            1,
        ),
        (r#"+SMSUB: "a/b","{"a":1,"b":"x,1,0"}""#, down, 0),
        (r#"AT+MPUB="a/b",0,0,"{\"a\":1,\"b\":\"x,1,0\"}""#, up, 0),
        (r#"+MSUB: "a/b",19 byte,{"a":1,"b":"x,1,0"}"#, down, 0),
        (r#"AT+HMPUB=1,"a/b",19,"{\"a\":1,\"b\":\"x,1,0\"}""#, up, 1),
        (
            "AT+CMQTTTOPIC=0,3\r\n> a/b\r\nOK\r\nAT+CMQTTPAYLOAD=0,19\r\n>\r\n\
             {\"a\":1,\"b\":\"x,1,0\"}\r\nOK\r\nAT+CMQTTPUB=0,1,60\r\nOK\r\n+CMQTTPUB: 0,0\r\n",
            up,
            1,
        ),
        (
            "+CMQTTRXSTART: 0,3,19\r\n+CMQTTRXTOPIC: 0,3\r\na/b\r\n+CMQTTRXPAYLOAD: 0,11\r\n\
             {\"a\":1,\"b\":\r\n+CMQTTRXPAYLOAD: 0,8\r\n\"x,1,0\"}\r\n+CMQTTRXEND: 0\r\n",
            down,
            0,
        ),
        (
            "[10:00:01.123]发→◇AT+QMTPUB=0,0,0,0,\"a/b\",\"{\"a\":1,\"b\":\"x,1,0\"}\"\n□\n\
             [10:00:01.130]收←◆AT+QMTPUB=0,0,0,0,\"a/b\",\"{\"a\":1,\"b\":\"x,1,0\"}\"\n\
             [10:00:01.200]收←◆OK\n\n+QMTPUB: 0,0,0\n",
            up,
            0,
        ),
        (
            "10:00:01 TX: AT+QMTPUB=0,0,0,0,\"a/b\",\"{\"a\":1,\"b\":\"x,1,0\"}\"",
            up,
            0,
        ),
    ] {
        makes(text, direction, qos, "a/b", json);
    }
    // Text that goes on over lines belongs to its message.
    makes(
        "+QMTRECV: 0,0,\"t\",\"{\n \"a\":1\n}\"\nOK\n",
        down,
        0,
        "t",
        b"{\n \"a\":1\n}",
    );
    makes(
        "+MQTTSUBRECV:0,\"t\",5,a\r\nbc\r\nOK\r\n",
        down,
        0,
        "t",
        b"a\r\nbc",
    );
    makes("+MQTTSUBRECV:0,\"t\",1,\"", down, 0, "t", b"\"");
    makes("AT+QMTPUB=0,0,0,0,\"t\",\"\"", up, 0, "t", b"");
    makes(
        "+QMTRECV: 0,0,\"温度\",\"22℃\"",
        down,
        0,
        "温度",
        "22℃".as_bytes(),
    );
}

#[test]
fn a_message_that_cannot_be_made_is_named_with_its_line() {
    for (text, told) in [
        ("OK\nAT+QMTPUB=0,0,0,0,\"a/#\",\"x\"", "its topic is none"),
        ("OK\nAT+MQTTPUB=1", "topic and payload were expected"),
        (
            "OK\nAT+QMTPUBEX=0,0,0,0,\"t\",5\nERROR\n",
            "the payload was expected",
        ),
        ("OK\n+QMTRECV: 0,1", "topic and payload were expected"),
    ] {
        let paste = read(Format::Log, text);
        assert!(paste.is_empty(), "{text}");
        assert_eq!(paste.problems.len(), 1, "{text}: {:?}", paste.problems);
        assert!(
            paste.problems[0].text.en.contains(told),
            "{:?}",
            paste.problems
        );
        assert_eq!(
            line_and_column(text, paste.problems[0].at),
            (2, 1),
            "{text}"
        );
    }
    // A length that is wrong is told, and the message is there.
    let (streams, problems) = log_of("+QMTRECV: 0,0,\"t\",9,\"hello\"\nOK\n");
    assert_eq!(streams.len(), 1);
    assert_eq!(problems, ["this line announces 9 bytes, 5 were found"]);
}

#[test]
fn figures_of_a_modem_are_no_bytes() {
    let text = "AT+CSQ\n+CSQ: 20,99\nOK\nAT+CEREG?\n+CEREG: 2,1,\"1A2B\",\"0C3D4E5F\"\nOK\n\
                +CCID: 89860012345678901234\nOK\n+QMTRECV: 0,0,\"t\",\"x\"\n";
    makes(text, Direction::Down, 0, "t", b"x");
}

#[test]
fn commands_that_carry_packets_keep_doing_so() {
    let (streams, problems) = log_of(&format!(
        "AT+QMTOPEN=0,\"1.2.3.4\",1883\nAT+XMQTTSEND=0,{}\nAT+QISENDEX=0,\"{}\"\nOK\n",
        hex(PUBLISH, ""),
        hex(CONNECT, "")
    ));
    let up = Some(Direction::Up);
    assert_eq!(streams, [(up, false, [PUBLISH, CONNECT].concat())]);
    assert_eq!(problems.len(), 1);
    // Base64 between commands is base64, as before.
    use ::base64::{Engine as _, engine::general_purpose::STANDARD};
    let text = format!("AT+CIPSEND=24\n>\n{}\nSEND OK\n", STANDARD.encode(both()));
    assert_eq!(guess(&text), Format::Base64);
    // Arrays of programs that also speak to modems are arrays.
    let c = "// AT+CIPSEND=10\nsend(\"AT+CIPSEND=10\\r\\n\");\nuint8_t x[] = { 0x30, 8, 0, 3, 'a', 47, 98, 104, 105, 33 };";
    assert_eq!(guess(c), Format::Array);
}

#[test]
fn serial_assistants_are_read_with_every_byte_in_place() {
    let (up, down) = (Some(Direction::Up), Some(Direction::Down));
    let spaced = |bytes: &[u8]| hex(bytes, " ").to_uppercase();
    // A packet over several lines, with and without tags of their own.
    let (head, tail) = CONNECT.split_at(5);
    let text = format!(
        "[10:00:01.123]发→◇{}\n[10:00:01.125]发→◇{} □\n[10:00:01.223]收←◆20 \n02 00 00 \n\
         [10:00:02.000]收←◆OK\n[10:00:02.100]发→◇{}\n",
        spaced(head),
        spaced(tail),
        spaced(PUBLISH)
    );
    assert_eq!(guess(&text), Format::Log);
    assert_eq!(
        log_of(&text),
        (
            vec![
                (up, false, CONNECT.to_vec()),
                (down, false, vec![0x20, 2, 0, 0]),
                (up, false, PUBLISH.to_vec()),
            ],
            vec![]
        )
    );
    let paste = read(Format::Log, &text);
    for stream in &paste.streams {
        for (byte, at) in stream.bytes.iter().zip(&stream.places) {
            let at = *at as usize;
            assert_eq!(&text[at..at + 2], format!("{byte:02X}"));
        }
    }
    for (text, expected) in [
        ("[2024-01-01 10:00:01.123]# RECV HEX>\nD0\n00\n", down),
        ("[2024-01-01 10:00:01.123]# RECV HEX>D000\n", down),
        ("【2024-01-01 10:00:01】# RECV HEX/2 >>>\nD0 00\n", down),
        ("# SEND HEX>\nD000\n", up),
        ("[10:00:01] 收：D0 00\n", down),
        ("TX:\nD0 00\n", up),
        ("10:00:01 RX:D0 00\n", down),
        ("接收 2 字节:\nD0 00\n", down),
    ] {
        assert_eq!(log_of(text).0, [(expected, false, vec![0xD0, 0])], "{text}");
    }
    // A line with a time of its own and no direction ends what a tag told.
    let text = "[10:00:01]# SEND HEX>\nC0 00\n[10:00:02] ping d0 00\n";
    assert_eq!(
        log_of(text).0,
        [(up, false, vec![0xC0, 0]), (None, false, vec![0xD0, 0])]
    );
    // Bytes in brackets are no time.
    assert_eq!(log_of("TX [30:08:00:03:61:2f:62:68:69:21]").0[0].2, PUBLISH);
}

#[test]
fn a_result_is_heard_behind_a_time_zone_or_a_number() {
    for text in [
        "[2024-01-01T10:00:00+08:00] +QMTRECV: 0,0,\"t\",\"x\"",
        "[modem#1] +QMTRECV: 0,0,\"t\",\"x\"",
    ] {
        let (streams, problems) = log_of(text);
        assert_eq!(problems, Vec::<String>::new(), "{text}");
        assert!(streams.len() == 1 && streams[0].1, "{text}: {streams:?}");
        assert!(streams[0].2.ends_with(b"\x00\x01tx"), "{text}: {streams:?}");
    }
}

#[test]
fn an_echo_under_a_tag_of_its_own_makes_no_second_message() {
    let command = "AT+MQTTPUB=0,\"t\",\"x\",0,0";
    for text in [
        format!("[10:00:01]# SEND ASCII>\n{command}\n[10:00:01]# RECV ASCII>\n{command}\nOK\n"),
        format!("# SEND ASCII>\n{command}\n# RECV ASCII>\n{command}\nOK\n"),
    ] {
        let (streams, _) = log_of(&text);
        assert_eq!(streams.len(), 1, "{text}: {streams:?}");
    }
}

/// Packets of several kinds.
fn packet() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(CONNECT.to_vec()),
        Just(PUBLISH.to_vec()),
        Just(vec![0x20, 2, 0, 0]),
        Just(vec![0x40, 2, 0, 1]),
        Just(vec![0xC0, 0]),
        proptest::collection::vec(any::<u8>(), 0..60).prop_map(|payload| {
            let length = u8::try_from(payload.len() + 5).unwrap();
            [&[0x30, length, 0, 3, b'a', b'/', b'b'], payload.as_slice()].concat()
        }),
    ]
}

proptest! {
    #[test]
    fn a_serial_assistants_log_loses_no_byte(
        packets in proptest::collection::vec((any::<bool>(), packet(), 1_usize..40), 1..8),
        is_hash: bool,
    ) {
        let mut text = String::new();
        let mut sent: Vec<(Option<Direction>, Vec<u8>)> = Vec::new();
        for (number, (is_up, bytes, width)) in packets.iter().enumerate() {
            let direction = Some(if *is_up { Direction::Up } else { Direction::Down });
            for (index, part) in bytes.chunks(*width).enumerate() {
                let part = hex(part, " ").to_uppercase();
                let line = match (is_hash, is_up) {
                    (true, true) => format!("[2024-01-01 10:00:0{number}.123]# SEND HEX>\n{part} \n\n"),
                    (true, false) => format!("[2024-01-01 10:00:0{number}.123]# RECV HEX>\n{part} \n\n"),
                    (false, _) if index % 2 == 1 => format!("{part} \n"),
                    (false, true) => format!("[10:00:0{number}.123]发→◇{part} □\n"),
                    (false, false) => format!("[10:00:0{number}.123]收←◆{part} \n"),
                };
                text.push_str(&line);
            }
            match sent.last_mut() {
                Some((told, all)) if *told == direction => all.extend(bytes),
                _ => sent.push((direction, bytes.clone())),
            }
        }
        let streams: Vec<_> = read(Format::Log, &text)
            .streams
            .into_iter()
            .map(|stream| (stream.direction, stream.bytes))
            .collect();
        prop_assert_eq!(streams, sent, "{}", text);
        prop_assert_eq!(guess(&text), Format::Log, "{}", text);
    }

    #[test]
    fn a_modems_payload_arrives_whatever_it_is(
        topic in "[a-z0-9/$温]{1,12}[a-z]",
        payload in r#"[ -~温]{0,60}"#,
    ) {
        let length = payload.len();
        for text in [
            format!("+MQTTSUBRECV:0,\"{topic}\",{length},{payload}\r\n"),
            format!("+QMTRECV: 0,0,\"{topic}\",{length},\"{payload}\"\r\nOK\r\n"),
        ] {
            let (streams, problems) = log_of(&text);
            prop_assert_eq!(problems, Vec::<String>::new(), "{}", &text);
            let (_, is_made, bytes) = &streams[0];
            prop_assert!(*is_made);
            prop_assert!(bytes.ends_with(payload.as_bytes()), "{}\n{:?}", &text, bytes);
            prop_assert_eq!(guess(&text), Format::Log, "{}", &text);
        }
    }

    #[test]
    fn no_other_format_is_taken_for_a_log(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
        use ::base64::{Engine as _, engine::general_purpose as engines};
        let escaped: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        for text in [
            engines::STANDARD.encode(&bytes),
            engines::URL_SAFE.encode(&bytes),
            hex(&bytes, " "),
            hex(&bytes, ":"),
            dump(&bytes, "xxd"),
            dump(&bytes, "hexdump"),
            dump(&bytes, "wireshark"),
            format!("{{ {bytes:?} }}"),
            format!("\"{escaped}\""),
        ] {
            prop_assert!(!log::is_certain(&text), "{}", text);
        }
    }

    #[test]
    fn spoilt_modem_logs_are_read_to_the_end(
        parts in proptest::collection::vec(prop_oneof![
            Just("AT+QMTPUB=0,1,1,0,\"t\",".to_owned()),
            Just("AT+MQTTPUBRAW=0,\"t\",5,0,0".to_owned()),
            Just("+QMTRECV: 0,0,\"t\",5,\"".to_owned()),
            Just("AT+CMQTTTOPIC=0,3".to_owned()),
            Just("AT+CMQTTPAYLOAD=0,99999999999999999999".to_owned()),
            Just("AT+CMQTTPUB=0,1".to_owned()),
            Just("+CMQTTRXTOPIC: 0,2".to_owned()),
            Just("+CMQTTRXEND: 0".to_owned()),
            Just("[10:00:01.123]收←◆".to_owned()),
            Just("# SEND HEX>".to_owned()),
            Just("[2024-01-01 10:00:01]".to_owned()),
            Just("\n".to_owned()),
            Just("\r\n".to_owned()),
            Just("> ".to_owned()),
            Just("OK".to_owned()),
            Just("□".to_owned()),
            r#"[ -~\\"温,]{0,20}"#,
        ], 0..30),
    ) {
        let text = parts.concat();
        let _ = guess(&text);
        let paste = read(Format::Log, &text);
        for stream in &paste.streams {
            prop_assert_eq!(stream.places.len(), stream.bytes.len());
            prop_assert!(stream.places.iter().all(|at| (*at as usize) < text.len()));
            if stream.made.is_some() {
                prop_assert_eq!(cut::clean_bytes(stream), stream.bytes.len());
            }
        }
    }
}
