//! The command-line twin, run as people run it.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};

fn inspect(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", "inspect", "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cargo runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("an output");
    // Writing fails when the example refuses its arguments and reads nothing.
    let _ = writer.join().expect("the writer");
    output
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object"))
        .collect()
}

#[test]
fn a_clean_stream_gives_its_frames_and_status_0() {
    let input = "c0:00, 0x32 0x0a 0x00 0x03 612f62 000a 686921\nd000\n";
    let output = inspect(&["--mqtt", "3.1.1", "--json"], input);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = lines(&output);
    assert_eq!(lines.len(), 2);
    let first = &lines[0];
    assert_eq!(first["rest"], 0);
    assert_eq!(first["reencoded"], "c000320a0003612f62000a686921");
    assert_eq!(first["frames"][0]["packet"], "PINGREQ");
    let publish = &first["frames"][1];
    assert_eq!(publish["version"], "3.1.1");
    assert_eq!(
        (&publish["start"], &publish["end"]),
        (&json!(2), &json!(14))
    );
    assert_eq!(publish["fault"], Value::Null);
    let id = &publish["fields"][1]["children"][1];
    let expected = json!({
        "name": "Packet Identifier", "start": 7, "end": 9, "bits": null, "value": "10",
        "children": [],
    });
    assert_eq!(*id, expected);
}

#[test]
fn a_fault_is_told_and_gives_status_1() {
    let output = inspect(&["--mqtt", "5.0", "--json"], "30 05 0001 61 09 78 C000 C0");
    assert_eq!(output.status.code(), Some(1));
    let line = &lines(&output)[0];
    let fault = json!({
        "offset": 5, "field": "Property Length", "kind": "MissingData",
        "statement": "MQTT 5.0 §2.1.4", "reason_code": 129,
    });
    assert_eq!(line["frames"][0]["fault"], fault);
    // The stream goes on behind the bad packet, and ends inside another.
    assert_eq!(line["frames"][1]["packet"], "PINGREQ");
    assert_eq!(
        (&line["rest"], &line["reencoded"]),
        (&json!(1), &json!("c000"))
    );
}

#[test]
fn the_version_is_found_and_base64_is_read() {
    // A 5.0 CONNECT and a PUBLISH with properties.
    let output = inspect(
        &["--json", "--base64"],
        "EA4ABE1RVFQFAgA8AAABZDAHAAADIwAHeA==\n",
    );
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    // The same without padding.
    let unpadded = inspect(
        &["--json", "--base64"],
        "EA4ABE1RVFQFAgA8AAABZDAHAAADIwAHeA\n",
    );
    assert_eq!(unpadded.stdout, output.stdout);
    let line = &lines(&output)[0];
    assert_eq!(line["frames"][1]["version"], "5.0");
    assert_eq!(line["frames"][1]["packet"], "PUBLISH");
}

#[test]
fn a_stream_without_connect_is_read_by_the_likeliest_version_and_the_others_are_offered() {
    for (stream, likeliest, others) in [
        // Nothing tells 3.1 from 3.1.1 here, and these two bytes cannot be a property length.
        ("30 07 0003612F62 6869", "3.1.1", Some("3.1")),
        // The zero is a property length sooner than the beginning of a payload.
        ("30 08 0003612F62 00 6869", "5.0", Some("3.1.1, 3.1")),
        ("C000", "3.1.1", Some("5.0, 3.1")),
        // An empty filter before 5.0.
        ("82 07 000A 00 0001 61 01", "5.0", None),
        ("38 03 0001 61", "3.1", None),
    ] {
        let text = String::from_utf8(inspect(&[], stream).stdout).expect("text");
        let offered = text
            .lines()
            .find_map(|line| line.split_once("also plausible: "))
            .map(|(_, others)| others);
        assert_eq!(offered, others, "{stream}: {text}");
        assert!(
            text.contains(&format!("MQTT {likeliest}, bytes 0..")),
            "{text}"
        );
        // A pipe gets the likeliest.
        let frame = &lines(&inspect(&["--json"], stream))[0]["frames"][0];
        assert_eq!(frame["version"], likeliest, "{stream}");
    }
}

#[test]
fn unreadable_input_gives_status_2() {
    for (arguments, input) in [
        (&["--json"][..], "zz"),
        (&["--json"], "c0 0"),
        (&["--json"], "c000 0x"),
        (&["--base64"], "c000!"),
        (&["--mqtt", "4"], ""),
        (&["--what"], ""),
    ] {
        let output = inspect(arguments, input);
        assert_eq!(output.status.code(), Some(2), "{arguments:?} {input:?}");
        assert!(!output.stderr.is_empty());
    }
}

#[test]
fn every_way_of_writing_bytes_is_read_alike_and_lines_stay_in_step() {
    let ways = [
        "c000d000",
        "C0 00 D0 00",
        "0xC0,0x00,0xD0,0x00",
        "0xc0, 0x0, 0xd0, 0x0",
        "0XC00X000XD00X00",
        "0xc000d000",
        "c0:00:d0:00",
        "c0-00-d0-00",
        "\tc0\t00  d0 00 \r",
    ];
    let input = format!("{}\n\nzz\nc000\n", ways.join("\n"));
    let output = inspect(&["--json"], &input);
    assert_eq!(output.status.code(), Some(2));
    let lines = lines(&output);
    assert_eq!(lines.len(), ways.len() + 3);
    for (way, line) in ways.iter().zip(&lines) {
        assert_eq!(line["reencoded"], "c000d000", "{way:?}");
        assert_eq!(line["frames"].as_array().map(Vec::len), Some(2), "{way:?}");
    }
    let [empty, unreadable, last] = &lines[ways.len()..] else {
        panic!("three more lines");
    };
    assert_eq!(empty["frames"], json!([]));
    assert_eq!(unreadable["frames"], json!([]));
    assert!(unreadable["error"].is_string());
    assert_eq!(last["reencoded"], "c000");
}

#[test]
fn an_object_is_one_line_whatever_the_text_in_it() {
    // A topic name of U+0085, U+2028 and U+2029.
    let output = inspect(&["--json"], "300a0008c285e280a8e280a9");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    assert!(
        !text.contains(['\u{85}', '\u{2028}', '\u{2029}']),
        "{text:?}"
    );
    let topic = &lines(&output)[0]["frames"][0]["fields"][1]["children"][0];
    assert_eq!(topic["value"], "\u{85}\u{2028}\u{2029}");
}

#[test]
fn people_get_a_tree() {
    let output = inspect(&["--mqtt", "3.1.1"], "32 05 0001 61 0000");
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("text");
    for part in [
        "PUBLISH, MQTT 3.1.1, bytes 0..7",
        "0 bits 2-1      QoS: 1 (at least once)",
        "Topic Name: a",
        "the packet identifier is zero [MQTT-2.3.1-1]",
        "reason code 0x82",
    ] {
        assert!(text.contains(part), "no {part:?} in\n{text}");
    }
}
