//! The same reading as every platform wants it, without a connection.

use super::inspect;
use super::seam::{CompareRequest, CompareRow, Comparison};
use crate::mqtt::ProtocolVersion;
use crate::platform::{Dialect, Draw, FormValues, Named};
use crate::time::Now;

/// The most readings that are looked at.
const MOST: usize = 32;

/// Composes the reading by every dialect that has a report.
pub(super) fn compare(
    now: Now,
    dialects: &[&'static dyn Dialect],
    request: &CompareRequest,
) -> Comparison {
    let readings: Vec<Named> = request
        .readings
        .iter()
        .take(MOST)
        .map(|(name, text)| (name.clone(), value(text)))
        .collect();
    let draw = Draw {
        now,
        sequence: 1,
        random: 1,
    };
    let mut rows = Vec::new();
    for dialect in dialects {
        let declaration = dialect.declaration();
        let typed = request.identities.get(&declaration.id);
        let identity: FormValues = declaration
            .identity
            .iter()
            .map(|field| {
                let key = field.key.to_string();
                let value = typed
                    .and_then(|typed| typed.get(&key))
                    .filter(|value| !value.is_empty())
                    .cloned()
                    .unwrap_or_else(|| field.default.to_string());
                (key, value)
            })
            .collect();
        let version = declaration
            .connect
            .versions
            .first()
            .copied()
            .unwrap_or(ProtocolVersion::V3_1_1);
        for (kind, form) in dialect.report_forms(&readings) {
            // What the form does not say keeps its declared default.
            let mut values: FormValues = declaration
                .kinds
                .iter()
                .find(|known| known.key == kind)
                .map(|known| {
                    let fields = known.fields.iter();
                    fields
                        .map(|field| (field.key.to_string(), field.default.to_string()))
                        .collect()
                })
                .unwrap_or_default();
            values.extend(form);
            let composed = dialect.compose(&identity, kind, &values, &draw);
            let mut findings = composed.findings;
            let mut size = 0;
            if let Some(publication) = &composed.publication {
                for finding in dialect.lint(&identity, publication) {
                    if !findings.contains(&finding) {
                        findings.push(finding);
                    }
                }
                match inspect::encode(version, publication) {
                    Ok(bytes) => size = u32::try_from(bytes.len()).unwrap_or(u32::MAX),
                    Err(error) => findings.push(error.finding()),
                }
            }
            rows.push(CompareRow {
                dialect: declaration.id.clone(),
                publication: composed.publication,
                size,
                findings,
            });
        }
    }
    Comparison {
        number: request.number,
        rows,
    }
}

/// A number or a truth value as in JSON; anything else is text.
fn value(text: &str) -> serde_json::Value {
    match serde_json::from_str(text.trim()) {
        Ok(value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_))) => value,
        _ => serde_json::Value::String(text.to_owned()),
    }
}
