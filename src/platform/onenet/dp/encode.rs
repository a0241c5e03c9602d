//! `$dp` payloads written byte for byte.

use super::{BIT_TIME, DataType, Group, MAX_BINARY, MAX_FLOATS, MAX_TEXT, PackedTime, SOURCE};
use crate::platform::text::text;
use crate::platform::{Finding, Place};

/// What goes into a payload.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    /// Types 1, 3 and 4.
    Json(&'a str),
    /// Type 2: head and bytes.
    Binary(&'a str, &'a [u8]),
    /// Types 5 and 6, separators included.
    Text(&'a str),
    /// Type 7.
    Floats(&'a [Group]),
}

/// Writes a payload. Only lengths are checked here; what the bytes mean, [`super::decode`] judges.
///
/// # Errors
/// When a part is longer than its length field or the platform allows.
pub fn encode(
    data_type: DataType,
    time: Option<PackedTime>,
    body: &Body<'_>,
) -> Result<Vec<u8>, Box<Finding>> {
    let too_long = |key: &'static str, length: usize, limit: usize| {
        Box::new(Finding::error(
            "OutOfRange",
            Place::form(key),
            text!(
                "{length} bytes; at most {limit}",
                "{length} 字节，超过上限 {limit}"
            ),
            SOURCE,
        ))
    };
    let sized = |out: &mut Vec<u8>, key: &'static str, text: &str| {
        let length = u16::try_from(text.len()).map_err(|_| too_long(key, text.len(), MAX_TEXT))?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(text.as_bytes());
        Ok::<(), Box<Finding>>(())
    };
    let flag = if time.is_some() { BIT_TIME } else { 0 };
    let mut out = vec![data_type.number() | flag];
    if let Some(time) = time {
        out.extend_from_slice(&time.0);
    }
    match body {
        Body::Json(json) => sized(&mut out, "json", json)?,
        Body::Binary(head, data) => {
            sized(&mut out, "json", head)?;
            let length = u32::try_from(data.len())
                .ok()
                .filter(|_| data.len() <= MAX_BINARY)
                .ok_or_else(|| too_long("data", data.len(), MAX_BINARY))?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(data);
        }
        Body::Text(text) => sized(&mut out, "string", text)?,
        Body::Floats(groups) => {
            let total: usize = groups.iter().map(|group| group.values.len()).sum();
            if total > MAX_FLOATS || groups.iter().any(|group| group.values.is_empty()) {
                return Err(Box::new(Finding::error(
                    "OutOfRange",
                    Place::form("groups"),
                    text!(
                        "{total} floats; 1 to 500 in a message, and at least one per group",
                        "共 {total} 个浮点数；每条消息 1 至 500 个，每组至少一个"
                    ),
                    SOURCE,
                )));
            }
            for group in *groups {
                let count = u16::try_from(group.values.len()).unwrap_or(u16::MAX);
                out.extend_from_slice(&group.name.to_be_bytes());
                out.extend_from_slice(&count.to_be_bytes());
                for value in &group.values {
                    out.extend_from_slice(&value.to_le_bytes());
                }
            }
        }
    }
    Ok(out)
}
