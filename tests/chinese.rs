//! What a reader of Chinese meets in the inspector and in the log: nothing of it is an English
//! sentence, for every kind of packet and for every dialect's messages, good and bad. The names of a
//! standard's fields stand behind their Chinese; members of JSON, packets and codes stay as they are.

#[path = "../fuzz/src/platform.rs"]
mod messages;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use device_console::mqtt::{
    Dissection, Field, PacketType, ProtocolVersion, QoS, ReasonCode, Summary,
};
use device_console::platform::cloud::ConnectRequest;
use device_console::platform::{
    self, Direction, Finding, Publication, Text, from_hex, source_in_chinese,
};
use serde_json::Value;

/// Names of members, resources and methods that the platforms' documents give, and words of the
/// standards: Chinese documents have them as they are.
const TERMS: &[&str] = &[
    "aename",
    "api",
    "at",
    "cnf",
    "code",
    "con",
    "container",
    "content",
    "data",
    "datapoints",
    "datastreams",
    "desc",
    "devices",
    "et",
    "ext",
    "fr",
    "frequency",
    "id",
    "key",
    "keys",
    "lbl",
    "message",
    "method",
    "nm",
    "none",
    "now",
    "op",
    "params",
    "paras",
    "password",
    "pc",
    "product",
    "project",
    "random",
    "register",
    "regnwl",
    "resp",
    "result",
    "retain",
    "rqi",
    "rr",
    "rsc",
    "rsp",
    "securemode",
    "services",
    "signmethod",
    "sn",
    "to",
    "token",
    "true",
    "ty",
    "user name",
    "value",
    "version",
    "will",
    "ws",
    "wss",
    // "oneM2M over MQTT" is the standard's name, "MQTT Control Packet type" that of a field.
    "over",
    "type",
];

fn is_chinese(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

/// What was found: each English phrase, with one text that has it.
#[derive(Default)]
struct English {
    /// The names that the specification gives to its codes, the longest first.
    codes: Vec<&'static str>,
    phrases: BTreeMap<String, String>,
    texts: usize,
}

impl English {
    fn new() -> Self {
        let mut codes = BTreeSet::new();
        for version in ProtocolVersion::ALL {
            for packet in PacketType::ALL {
                codes.extend((0..=u8::MAX).map(|code| ReasonCode(code).name(packet, version)));
            }
        }
        let mut codes: Vec<&str> = codes.into_iter().collect();
        codes.sort_by_key(|name| core::cmp::Reverse(name.len()));
        Self {
            codes,
            ..Self::default()
        }
    }

    /// Looks through one text in Chinese. What stands in the message itself, or in quotes, is
    /// somebody's own words.
    fn look(&mut self, text: &str, wire: &str) {
        self.texts += 1;
        if !text
            .as_bytes()
            .windows(2)
            .any(|pair| pair.iter().all(u8::is_ascii_lowercase))
        {
            return;
        }
        let mut said = text.to_owned();
        let has_meaning = text.contains('（');
        for name in self.codes.iter().filter(|_| has_meaning) {
            // What a code is called comes with its meaning in Chinese behind it.
            if said.contains(name) {
                said = said.replace(&format!("{name}（"), "（");
            }
        }
        for part in said.split(['"', '“', '”', '（', '）', '：', '，', '；', '。']) {
            let is_byte = |word: &str| word.len() == 2 && from_hex(word).is_ok();
            let is_word = |word: &&str| {
                word.len() > 1
                    && word.bytes().all(|byte| byte.is_ascii_lowercase())
                    && !is_byte(word)
            };
            let mut run: Vec<&str> = Vec::new();
            for word in part.split(' ').chain([""]) {
                if is_word(&word) {
                    run.push(word);
                    continue;
                }
                let phrase = run.join(" ");
                run.clear();
                let known = TERMS.contains(&phrase.as_str());
                if !phrase.is_empty() && !known && !wire.contains(&phrase) {
                    self.phrases
                        .entry(phrase)
                        .or_insert_with(|| text.to_owned());
                }
            }
        }
    }

    fn text(&mut self, text: &Text, wire: &str) {
        self.look(&text.zh, wire);
    }

    /// A name stands for readers of Chinese: in their words, or it is data, or a standard's own.
    fn name(&mut self, field: &Field, wire: &str) {
        match &field.chinese_name {
            Some(name) => assert!(
                name.chars().any(is_chinese),
                "{name} of {} is no Chinese",
                field.name
            ),
            None => self.look(&field.name, wire),
        }
    }

    fn fields(&mut self, fields: &[Field], wire: &str) {
        for field in fields {
            self.name(field, wire);
            self.look(source_in_chinese(&field.reference), wire);
            self.look(field.chinese.as_ref().unwrap_or(&field.value), wire);
            for note in &field.notes {
                self.look(&note.chinese, wire);
                self.look(source_in_chinese(&note.rule), wire);
            }
            self.fields(&field.children, wire);
        }
    }

    fn findings(&mut self, findings: &[Finding], wire: &str) {
        for finding in findings {
            self.text(&finding.text, wire);
            self.look(source_in_chinese(&finding.source), wire);
        }
    }

    fn assert_none(&self, least: usize) {
        assert!(self.texts >= least, "only {} texts", self.texts);
        let list: Vec<String> = self
            .phrases
            .iter()
            .map(|(phrase, text)| format!("{phrase:30} in {text}"))
            .collect();
        assert!(
            list.is_empty(),
            "{} phrases:\n{}",
            list.len(),
            list.join("\n")
        );
    }
}

/// Every frame of the vectors, and each of them cut short at every byte and spoilt at the first.
fn frames() -> Vec<Vec<u8>> {
    let mut out = Vec::new();
    for entry in fs::read_dir("tests/vectors/mqtt").expect("the folder of the vectors") {
        let text = fs::read_to_string(entry.expect("an entry").path()).expect("a readable file");
        let file: toml::Table = text.parse().expect("a table");
        for row in file["vector"].as_array().expect("rows") {
            let hex: String = row["hex"]
                .as_str()
                .expect("bytes")
                .split_whitespace()
                .collect();
            let frame = from_hex(&hex).expect("hexadecimal");
            out.extend((1..frame.len().min(40)).map(|end| frame[..end].to_vec()));
            for at in 0..frame.len().min(40) {
                let mut spoilt = frame.clone();
                spoilt[at] ^= 0x43;
                out.push(spoilt);
            }
            out.push(frame);
        }
    }
    out
}

/// The names of the flags alone are the same in Chinese.
fn every_name_is_said_in_chinese(fields: &[Field]) {
    for field in fields {
        let same = ["DUP", "QoS", "RETAIN"].contains(&field.name.as_ref());
        assert!(
            same || field.chinese_name.is_some(),
            "{} has no name in Chinese",
            field.name
        );
        every_name_is_said_in_chinese(&field.children);
    }
}

#[test]
fn no_field_of_any_packet_is_in_english() {
    let mut english = English::new();
    for frame in frames() {
        let wire = String::from_utf8_lossy(&frame).into_owned();
        for version in ProtocolVersion::ALL {
            let tree = Dissection::of(version, &frame).tree(&frame);
            every_name_is_said_in_chinese(&tree);
            english.fields(&tree, &wire);
            english.look(&Summary::of(version, &frame).chinese().to_string(), &wire);
        }
    }
    english.assert_none(100_000);
}

/// Payloads of every platform's rows: each is read by all of them.
fn payloads() -> Vec<Vec<u8>> {
    let mut files = vec!["tests/vectors/platform.json".to_owned()];
    for entry in fs::read_dir("tests/vectors/platform").expect("the folder of the vectors") {
        let path = entry.expect("an entry").path();
        files.push(path.to_string_lossy().into_owned());
    }
    let mut out: BTreeSet<Vec<u8>> = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable file");
        let rows: Vec<Value> = serde_json::from_str(&text).expect("an array of rows");
        for row in &rows {
            for side in ["input", "expected"] {
                match (&row[side]["payload"], &row[side]["hex"]) {
                    (Value::String(text), _) => {
                        out.insert(text.clone().into_bytes());
                    }
                    (Value::Null, Value::String(hex)) => out.extend(from_hex(hex)),
                    (Value::Null, _) => {}
                    (json, _) => {
                        out.insert(json.to_string().into_bytes());
                    }
                }
            }
        }
    }
    let cut: Vec<Vec<u8>> = out
        .iter()
        .map(|whole| whole[..whole.len() / 2].to_vec())
        .collect();
    out.into_iter().chain(cut).collect()
}

#[test]
fn a_row_names_each_granted_qos_once_and_a_refusal_in_both_languages() {
    let suback = [0x90, 5, 0, 1, 0, 1, 0x80];
    let summary = Summary::of(ProtocolVersion::V3_1_1, &suback);
    let told = summary.chinese().to_string();
    assert!(
        told.starts_with("SUBACK 授予 QoS 0, 授予 QoS 1, Failure（"),
        "{told}"
    );
}

#[test]
fn no_message_of_any_dialect_is_told_in_english() {
    let mut english = English::new();
    let payloads = payloads();
    for dialect in platform::all() {
        let identity = messages::identity_of(*dialect);
        let values = messages::topic_values(&identity);
        for topic in dialect.declaration().topics {
            let topic = topic.render(&[&values]);
            for payload in &payloads {
                let publication = Publication {
                    topic: topic.clone(),
                    payload: payload.clone().into(),
                    qos: QoS::AtLeastOnce,
                    retain: false,
                };
                let wire = format!("{topic} {}", String::from_utf8_lossy(payload));
                for direction in [Direction::Up, Direction::Down] {
                    let reading = dialect.read(&identity, direction, &publication);
                    english.text(&reading.summary, &wire);
                    english.fields(&reading.fields, &wire);
                    english.findings(&reading.findings, &wire);
                    if let Some(outcome) = &reading.outcome {
                        english.text(&outcome.advice, &wire);
                    }
                }
                english.findings(&dialect.lint(&identity, &publication), &wire);
            }
        }
    }
    english.assert_none(100_000);
}

/// A topic as somebody gets it wrong: cut, with a level too many, another, an empty one, in capitals.
fn slips(topic: &str) -> Vec<String> {
    let levels: Vec<&str> = topic.split('/').collect();
    let mut out = vec![
        topic.to_uppercase(),
        format!("{topic}/more"),
        format!("{topic}/"),
        format!("/{topic}"),
        topic.replace("request_id=", "request_id"),
    ];
    for cut in 1..levels.len() {
        out.push(levels[..cut].join("/"));
        let mut other = levels.clone();
        for level in ["other", ""] {
            other[cut] = level;
            out.push(other.join("/"));
        }
    }
    out
}

#[test]
fn no_slip_in_a_topic_or_a_connection_is_told_in_english() {
    let mut english = English::new();
    for dialect in platform::all() {
        let identity = messages::identity_of(*dialect);
        let values = messages::topic_values(&identity);
        for topic in dialect.declaration().topics {
            for topic in slips(&topic.render(&[&values])) {
                let publication = Publication {
                    topic: topic.clone(),
                    payload: "{}".into(),
                    qos: QoS::ExactlyOnce,
                    retain: true,
                };
                for direction in [Direction::Up, Direction::Down] {
                    let reading = dialect.read(&identity, direction, &publication);
                    english.text(&reading.summary, &topic);
                    english.findings(&reading.findings, &topic);
                }
                english.findings(&dialect.lint(&identity, &publication), &topic);
                for filter in [topic.clone(), format!("{topic}/#"), format!("{topic}/+/x")] {
                    let remarks = dialect.lint_subscription(&identity, &filter, QoS::ExactlyOnce);
                    english.findings(&remarks, &filter);
                }
            }
        }
        for client_id in [
            "",
            "d",
            "d_0_0",
            "d_x_0_2026010100",
            "d_0_0_2026",
            "a|b",
            "|x=1|",
            "a|b|",
        ] {
            for version in ProtocolVersion::ALL {
                for will in [false, true] {
                    let request = ConnectRequest {
                        version,
                        client_id,
                        user_name: will.then_some("u"),
                        password: None,
                        keep_alive_secs: 5,
                        clean_session: !will,
                        will,
                    };
                    english.findings(&dialect.lint_connect(&identity, &request), client_id);
                }
            }
        }
    }
    english.assert_none(10_000);
}

/// Every text in both languages within a value, found by its shape.
fn texts(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let (2, Some(Value::String(_)), Some(Value::String(zh))) =
                (members.len(), members.get("en"), members.get("zh"))
            {
                out.push(zh.clone());
            }
            members.values().for_each(|member| texts(member, out));
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        _ => {}
    }
}

#[test]
fn no_form_of_any_dialect_is_labelled_in_english() {
    let mut english = English::new();
    for dialect in platform::all() {
        let declaration = serde_json::to_value(dialect.declaration()).expect("a declaration");
        let mut found = Vec::new();
        texts(&declaration, &mut found);
        for zh in found {
            english.look(&zh, "");
        }
    }
    english.assert_none(500);
}
