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
