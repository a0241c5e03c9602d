//! Every vector in `vectors/mqtt/`: one row, one frame, and what it is.
//!
//! A row without a fault is decoded, dissected, encoded again, and cut from a stream at every byte;
//! a row with a fault must be refused at that byte, for that rule, by both readings.

use device_console::mqtt::{Dissection, Field, FrameDecoder, Packet, ProtocolVersion};
use device_console::ui::byte_map::ByteMap;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    name: String,
    version: String,
    hex: String,
    /// What it is encoded to, when that is not the frame itself.
    canonical: Option<String>,
    /// Names and values of fields, as they come in the tree.
    #[serde(default)]
    fields: Vec<(String, String)>,
    #[serde(default)]
    remarks: Vec<String>,
    /// The statements that it shows kept; those of a fault are in the fault.
    #[serde(default)]
    #[allow(dead_code)] // Read by the test of the conformance manifest.
    statements: Vec<String>,
    fault: Option<Fault>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Fault {
    kind: String,
    offset: usize,
    field: String,
    statement: String,
    reason_code: u8,
}

impl Vector {
    fn version(&self) -> ProtocolVersion {
        ProtocolVersion::ALL
            .into_iter()
            .find(|version| version.as_str() == self.version)
            .unwrap_or_else(|| panic!("{}: no version {}", self.name, self.version))
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).expect("two hexadecimal digits"))
        .collect()
}

/// Text, not files: this runs in a browser too, as part of `tests/web/`.
const FILES: &[(&str, &str)] = &[
    (
        "acknowledgements",
        include_str!("vectors/mqtt/acknowledgements.toml"),
    ),
    ("auth", include_str!("vectors/mqtt/auth.toml")),
    ("connack", include_str!("vectors/mqtt/connack.toml")),
    ("connect", include_str!("vectors/mqtt/connect.toml")),
    ("disconnect", include_str!("vectors/mqtt/disconnect.toml")),
    ("framing", include_str!("vectors/mqtt/framing.toml")),
    ("ping", include_str!("vectors/mqtt/ping.toml")),
    ("properties", include_str!("vectors/mqtt/properties.toml")),
    ("publish", include_str!("vectors/mqtt/publish.toml")),
    ("suback", include_str!("vectors/mqtt/suback.toml")),
    ("subscribe", include_str!("vectors/mqtt/subscribe.toml")),
    ("text", include_str!("vectors/mqtt/text.toml")),
    ("unsubscribe", include_str!("vectors/mqtt/unsubscribe.toml")),
];

fn vectors() -> Vec<(&'static str, Vector)> {
    let mut vectors = Vec::new();
    for &(name, text) in FILES {
        let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        vectors.extend(file.vector.into_iter().map(|vector| (name, vector)));
    }
    assert!(
        vectors.len() > 900,
        "only {} vectors were found",
        vectors.len()
    );
    vectors
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn every_file_of_vectors_is_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/mqtt");
    let found: std::collections::BTreeSet<String> = std::fs::read_dir(folder)
        .expect("the folder of the vectors")
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let read = FILES.iter().map(|(name, _)| format!("{name}.toml"));
    assert_eq!(found, read.collect());
}

/// Runs a check over all vectors and reports all that fail, not the first alone.
fn check_all(wanted: impl Fn(&Vector) -> bool, check: impl Fn(&Vector) -> Result<(), String>) {
    let mut problems = Vec::new();
    for (file, vector) in vectors() {
        if wanted(&vector)
            && let Err(problem) = check(&vector)
        {
            problems.push(format!(
                "{file}, {}, {}: {problem}",
                vector.name, vector.version
            ));
        }
    }
    assert!(
        problems.is_empty(),
        "{} vectors:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

fn pre_order(fields: &[Field], visit: &mut impl FnMut(&Field)) {
    for field in fields {
        visit(field);
        pre_order(&field.children, visit);
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{what} is {found:02X?}, not {expected:02X?}"))
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn good_vectors_are_decoded_and_encoded_to_the_same_bytes() {
    check_all(
        |vector| vector.fault.is_none(),
        |vector| {
            let frame = bytes(&vector.hex);
            let packet = Packet::decode(vector.version(), &frame)
                .map_err(|error| format!("refused: {error}"))?;
            let mut encoded = Vec::new();
            packet
                .encode(vector.version(), &mut encoded)
                .map_err(|error| format!("not encoded: {error}"))?;
            let expected = bytes(vector.canonical.as_ref().unwrap_or(&vector.hex));
            same("the encoding", &encoded, &expected)?;
            let mirrored = Packet::decode(vector.version(), &encoded);
            same("the packet decoded from it", mirrored, Ok(packet))
        },
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn good_vectors_have_the_fields_and_remarks_that_they_name() {
    check_all(
        |vector| vector.fault.is_none(),
        |vector| {
            let frame = bytes(&vector.hex);
            let dissection = Dissection::of(vector.version(), &frame);
            same("the faults", dissection.faults(), &[])?;
            let mut expected = vector.fields.iter().peekable();
            let mut seen = Vec::new();
            pre_order(&dissection.tree(&frame), &mut |field| {
                if let Some((name, value)) = expected.peek()
                    && field.name == *name
                    && field.value == *value
                {
                    expected.next();
                }
                seen.push(format!("{}: {}", field.name, field.value));
            });
            if let Some(missing) = expected.next() {
                return Err(format!("no field {missing:?} in {seen:#?}"));
            }
            let remarks: Vec<_> = dissection
                .remarks()
                .map(|(_, remark)| format!("{remark:?}"))
                .collect();
            same("the remarks", &remarks, &vector.remarks)
        },
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn faulty_vectors_are_refused_at_that_byte_for_that_rule() {
    check_all(
        |vector| vector.fault.is_some(),
        |vector| {
            let frame = bytes(&vector.hex);
            let Err(error) = Packet::decode(vector.version(), &frame) else {
                return Err("it was decoded".to_owned());
            };
            let found = Fault {
                kind: error.kind.name(),
                offset: error.offset,
                field: error.field.to_owned(),
                statement: error.statement().to_owned(),
                reason_code: error.reason_code(),
            };
            same("the fault", Some(&found), vector.fault.as_ref())?;
            let dissection = Dissection::of(vector.version(), &frame);
            same(
                "the first fault of the dissection",
                dissection.faults().first(),
                Some(&error),
            )?;
            let mut marked = false;
            pre_order(&dissection.tree(&frame), &mut |field| {
                marked |= field
                    .notes
                    .iter()
                    .any(|note| note.rule == error.statement());
            });
            if marked {
                Ok(())
            } else {
                Err("no field of the tree bears the fault".to_owned())
            }
        },
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_note_is_told_in_both_languages() {
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    check_all(
        |_| true,
        |vector| {
            let frame = bytes(&vector.hex);
            let mut left_out = Vec::new();
            pre_order(
                &Dissection::of(vector.version(), &frame).tree(&frame),
                &mut |field| {
                    let untold = |note: &&device_console::mqtt::Note| {
                        !is_chinese(&note.chinese) || is_chinese(&note.text)
                    };
                    let notes = field.notes.iter().filter(untold);
                    left_out.extend(notes.map(|note| note.text.to_string()));
                },
            );
            same("the notes without a translation", &left_out, &Vec::new())
        },
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_field_of_a_good_vector_names_the_section_that_defines_it() {
    check_all(
        |vector| vector.fault.is_none(),
        |vector| {
            let frame = bytes(&vector.hex);
            let map = ByteMap::new(&Dissection::of(vector.version(), &frame).tree(&frame));
            let mut nodes = (0..).map_while(|id| map.node(id));
            match nodes.find(|node| !node.reference.starts_with("MQTT")) {
                Some(node) => Err(format!("{}: {:?}", node.name, node.reference)),
                None => Ok(()),
            }
        },
    );
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn good_vectors_come_whole_out_of_a_stream_cut_anywhere() {
    check_all(
        |vector| vector.fault.is_none(),
        |vector| {
            let frame = bytes(&vector.hex);
            for cut in 0..=frame.len() {
                let mut decoder = FrameDecoder::default();
                let mut found = Vec::new();
                for mut chunk in [&frame[..cut], &frame[cut..]] {
                    while let Some(frame) = decoder
                        .next_frame(&mut chunk)
                        .map_err(|error| error.to_string())?
                    {
                        found.push(frame.to_vec());
                    }
                }
                same("the frames", &found, &vec![frame.clone()])?;
            }
            Ok(())
        },
    );
}
