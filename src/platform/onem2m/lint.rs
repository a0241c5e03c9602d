//! What is asked about before a message of the device is sent, beyond what reading it remarks on.

use std::borrow::Cow;

use super::topics::{Family, Topic};
use crate::mqtt::Severity;
use crate::platform::text::text;
use crate::platform::{Finding, Place, Publication, Text, json};

/// Names in the document's examples that stand for the user's own.
const PLACEHOLDERS: [&str; 7] = [
    "AENAME",
    "CONTAINERNAME",
    "containername",
    "EVENTNAME",
    "ENVENTNAME",
    "ContentXXX",
    "lable",
];

/// Adds what is asked about; `members` are those that reading found.
pub(super) fn remark(
    publication: &Publication,
    members: &[(Cow<'static, str>, String)],
    findings: &mut Vec<Finding>,
) {
    // Strict out: what may be read with a shrug is not sent without a question.
    for finding in findings.iter_mut() {
        if finding.rule == "unknown-member" {
            finding.severity = Severity::Warning;
        }
    }
    findings.extend(misplaced(publication));
    if publication.retain {
        findings.push(
            Finding::info(
                "retain-not-stated",
                Place::Retain,
                Text::new(
                    "the document does not speak of retained messages",
                    "文档未说明是否支持保留消息（retain）",
                ),
                "oneM2M §2.2",
            )
            .unconfirmed(),
        );
    }
    for (key, found) in members {
        if matches!(key.as_ref(), "container" | "event" | "con" | "lbl")
            && PLACEHOLDERS.contains(&found.as_str())
        {
            findings.push(Finding::warning(
                "placeholder-left",
                Place::Message,
                text!(
                    "{found} is a placeholder of the document; put your own {key} there",
                    "{found} 是文档中的占位符，请换成实际的 {key}"
                ),
                "oneM2M §2.4",
            ));
        }
    }
}

/// A remark for each address that is not the one that the document prints for a message on this
/// topic: a platform that checks them refuses it.
fn misplaced(publication: &Publication) -> Vec<Finding> {
    let (Ok(topic), Ok(root)) = (
        Topic::parse(&publication.topic),
        json::parse(&publication.payload),
    ) else {
        return Vec::new();
    };
    let (first, second) = (topic.originator, topic.receiver);
    // `to`, whether a resource follows it, and `fr`.
    let (to, below, from, section) = match topic.family {
        Family::RegisterRequest => (format!("/{second}"), false, "/C".to_owned(), "oneM2M §2.3"),
        Family::Request => {
            let device = format!("/{second}/{first}");
            (device.clone(), true, device, "oneM2M §2.4")
        }
        Family::Response => (
            format!("/{first}/{second}"),
            false,
            format!("/{first}"),
            "oneM2M §2.5",
        ),
        Family::RegisterResponse => return Vec::new(),
    };
    let fits_to = |found: &str| match found.strip_prefix(to.as_str()) {
        Some(rest) if below => rest.starts_with('/'),
        Some(rest) => rest.is_empty(),
        None => false,
    };
    let remark = |rule: &'static str, key: &str, wanted: &str, fits: &dyn Fn(&str) -> bool| {
        let node = root.member(key)?;
        let found = node.as_str().filter(|found| !fits(found))?;
        Some(Finding::warning(
            rule,
            Place::bytes(&node.range),
            text!(
                "{key} is {found:?}; on this topic it is {wanted}",
                "{key} 为 {found:?}；该主题上应为 {wanted}"
            ),
            section,
        ))
    };
    let wanted_to = if below {
        format!("{to}/…")
    } else {
        to.clone()
    };
    [
        remark("to-does-not-fit", "to", &wanted_to, &fits_to),
        remark("fr-does-not-fit", "fr", &from, &|found| found == from),
    ]
    .into_iter()
    .flatten()
    .collect()
}
