//! The log as a file, through the seam: what Wireshark sees in a capture, what a line says, what a
//! secret becomes, and that it comes in parts.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "shared by several test binaries")]
mod console;

use std::process::Command;
use std::time::Duration;

use console::Console;
use device_console::engine::seam;
use device_console::engine::seam::{DeviceCommand, ExportFormat, ExportRequest};
use device_console::mqtt::{Packet, ProtocolVersion};
use device_console::transport::LinkEvent;

fn export(console: &mut Console, format: ExportFormat, secrets: bool) -> Vec<u8> {
    console.page.exported.clear();
    console.device(DeviceCommand::Export {
        number: 3,
        request: Some(ExportRequest { format, secrets }),
    });
    let parts = &console.page.exported;
    assert!(parts.iter().all(|part| part.number == 3));
    let last = parts.last().expect("a part");
    assert_eq!(last.done, last.total, "the last part says so");
    parts.iter().flat_map(|part| part.bytes.to_vec()).collect()
}

fn lines(file: &[u8]) -> Vec<serde_json::Value> {
    std::str::from_utf8(file)
        .expect("text")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect()
}

/// A session with a registration and a report, with a user name and a password, and a second
/// connection.
fn some_traffic() -> Console {
    let mut profile = console::profile();
    profile.connection.user_name = "meter-user".to_owned();
    profile.connection.password = "s3cret-word".to_owned();
    let mut console = Console::with_profile(profile, false);
    for _ in 0..2 {
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        console.send("register", &[]);
        console.send("report", &[("container", "temperature"), ("con", "22.5")]);
        console.advance(Duration::from_secs(1));
        console.device(DeviceCommand::Disconnect);
        console.advance(Duration::from_secs(1));
    }
    console
}

#[test]
fn wireshark_sees_the_packets_of_each_connection() {
    let mut console = some_traffic();
    let file = export(&mut console, ExportFormat::Pcap, false);
    let path = std::env::temp_dir().join(format!("device-console-{}.pcap", std::process::id()));
    std::fs::write(&path, &file).expect("a scratch file");
    let output = Command::new("tshark")
        .args([
            "-n",
            "-o",
            "ip.check_checksum:TRUE",
            "-o",
            "tcp.check_checksum:TRUE",
        ])
        .arg("-r")
        .arg(&path)
        .args(["-T", "fields", "-E", "separator=|", "-E", "occurrence=a"])
        .args(["-e", "tcp.stream", "-e", "mqtt.msgtype", "-e", "mqtt.topic"])
        .args(["-e", "ip.checksum.status", "-e", "tcp.checksum.status"])
        .args(["-e", "_ws.malformed", "-e", "tcp.analysis.flags"])
        .output()
        .expect("tshark runs");
    let _ = std::fs::remove_file(&path);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let seen: Vec<(String, String, String)> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| {
            let fields: Vec<&str> = line.split('|').collect();
            assert_eq!(
                fields[3..],
                ["1", "1", "", ""],
                "checksums good, nothing odd: {line}"
            );
            (
                fields[0].to_owned(),
                fields[1].to_owned(),
                fields[2].to_owned(),
            )
        })
        .collect();
    let rows = console.page.log.rows.clone();
    let mut expected = Vec::new();
    let mut stream = 0;
    for row in &rows {
        if let seam::LogEntry::Frame { packet, topic, .. } = &row.entry {
            if packet == "CONNECT" && !expected.is_empty() {
                stream += 1;
            }
            let number = device_console::mqtt::PacketType::ALL
                .into_iter()
                .find(|known| known.name() == packet)
                .map(|known| (known as u8).to_string())
                .expect("a packet type");
            // tshark names the filters of a SUBSCRIBE as topics too.
            expected.push((stream.to_string(), number, packet.clone(), topic.clone()));
        }
    }
    assert_eq!(stream, 1, "two connections");
    assert_eq!(seen.len(), expected.len());
    for ((stream, number, topic), (expected_stream, expected_number, packet, expected_topic)) in
        seen.iter().zip(&expected)
    {
        assert_eq!((stream, number), (expected_stream, expected_number));
        if packet == "PUBLISH" {
            assert_eq!(topic, expected_topic);
        }
    }
}

#[test]
fn a_line_says_what_the_row_says() {
    let mut console = some_traffic();
    let rows = console.page.log.rows.clone();
    let lines = lines(&export(&mut console, ExportFormat::JsonLines, false));
    assert_eq!(lines.len(), rows.len());
    for (line, row) in lines.iter().zip(&rows) {
        assert_eq!(line["summary"], row.summary.en.as_ref());
        assert!(
            line["time"]
                .as_str()
                .unwrap()
                .starts_with("2026-01-01T00:00:0")
        );
        if let seam::LogEntry::Frame {
            packet,
            topic,
            size,
            ..
        } = &row.entry
        {
            assert_eq!(line["packet"], packet.as_str());
            assert_eq!(line["bytes"].as_str().unwrap().len(), *size as usize * 2);
            if !topic.is_empty() {
                assert_eq!(line["topic"], topic.as_str());
            }
        }
    }
    // What a filter hides is left out.
    console.device(DeviceCommand::Filter {
        number: 1,
        text: "type:publish".to_owned(),
        cursor: None,
    });
    let filtered = self::lines(&export(&mut console, ExportFormat::JsonLines, false));
    assert!(!filtered.is_empty() && filtered.len() < rows.len());
    assert!(filtered.iter().all(|line| line["packet"] == "PUBLISH"));
}

#[test]
fn a_password_is_written_only_when_asked_for_and_keeps_its_length() {
    let mut console = some_traffic();
    for secrets in [false, true] {
        let file = export(&mut console, ExportFormat::Pcap, secrets);
        let text = String::from_utf8_lossy(&file).into_owned();
        assert!(text.contains("meter-user"));
        assert_eq!(text.contains("s3cret-word"), secrets);
        let lines = lines(&export(&mut console, ExportFormat::JsonLines, secrets));
        let connect = lines
            .iter()
            .find(|line| line["packet"] == "CONNECT")
            .unwrap();
        let bytes = hex(connect["bytes"].as_str().unwrap());
        let Ok(Packet::Connect(connect)) = Packet::decode(ProtocolVersion::V3_1_1, &bytes) else {
            panic!("the masked CONNECT is still one");
        };
        let expected: &[u8] = if secrets {
            b"s3cret-word"
        } else {
            b"***********"
        };
        assert_eq!(connect.password, Some(expected));
    }
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

#[test]
fn a_long_log_comes_in_parts_and_can_be_given_up() {
    let (mut console, link) = Console::dialled();
    for _ in 0..700 {
        // A PUBLISH of one byte to the topic `a`.
        let frame = bytes::Bytes::from_static(&[0x30, 4, 0, 1, b'a', 1]);
        console.link(link, LinkEvent::Message(frame));
    }
    let file = export(&mut console, ExportFormat::JsonLines, false);
    let parts = console.page.exported.clone();
    assert!(parts.len() >= 2, "{}", parts.len());
    assert!(parts.is_sorted_by(|a, b| a.done < b.done));
    assert_eq!(lines(&file).len() as u64, console.page.log.total);

    console.page.exported.clear();
    let now = console.now();
    let request = Some(ExportRequest {
        format: ExportFormat::Pcap,
        secrets: false,
    });
    let command = |number, request| seam::Command::Device {
        device: console::DEVICE,
        command: DeviceCommand::Export { number, request },
    };
    console.engine.handle_command(now, command(4, request));
    let update = console.engine.poll_update(now).expect("the first part");
    let part = update.devices[0].export.clone().expect("the first part");
    assert!(part.done < part.total);
    console.engine.handle_command(now, command(4, None));
    console.command(seam::Command::Taken {
        update: update.number,
    });
    assert!(console.page.exported.is_empty(), "nothing comes any more");
}
