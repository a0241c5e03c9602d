//! One frame through all layers: the MQTT field tree with the platform's spans inside the
//! payload.

use std::borrow::Cow;

use bytes::Bytes;

use super::log::{Content, Entry, FrameLog, partners, row};
use super::seam::{FrameId, FrameView, PreviousFrame};
use crate::capture::payload;
use crate::mqtt::{
    Dissection, EncodeError, Field, FieldKind, Packet, PacketId, ProtocolVersion, Publish, QoS,
    Severity, TopicError, TopicName,
};
use crate::platform::{Dialect, Direction, Finding, FormValues, Place, Publication, Reading, Text};
use crate::session::topic_alias::Naming;
use crate::session::wire::{self, Delivery};
use crate::session::{self, PublishProperties};

/// A frame taken apart.
#[derive(Default)]
pub(super) struct Layers {
    /// The field tree over all layers.
    pub(super) tree: Vec<Field>,
    /// Where the payload is, for a PUBLISH.
    pub(super) payload: Option<(usize, usize)>,
    /// What the platform reads in it, for a PUBLISH.
    pub(super) reading: Option<Reading>,
}

/// Takes `bytes` apart, through the platform's layer if there is a platform. Total: whatever they
/// are, there is a tree over them.
pub(super) fn layers(
    dialect: Option<&dyn Dialect>,
    identity: &FormValues,
    direction: Direction,
    version: ProtocolVersion,
    bytes: &Bytes,
) -> Layers {
    let mut tree = Dissection::of(version, bytes).tree(bytes);
    inherit(&mut tree, "");
    let Some(publication) = publication(version, bytes) else {
        return Layers {
            tree,
            payload: None,
            reading: None,
        };
    };
    // The payload is what remains of the frame after everything else.
    let start = bytes.len().saturating_sub(publication.payload.len());
    let Some(dialect) = dialect else {
        return Layers {
            tree,
            payload: Some((start, bytes.len())),
            reading: None,
        };
    };
    let reading = dialect.read(identity, direction, &publication);
    let source = reading.kind.as_ref().and_then(|key| {
        let kinds = dialect.declaration().kinds;
        kinds.into_iter().find(|kind| &kind.key == key)
    });
    if !reading.fields.is_empty()
        && let Some(payload) = payload_field(&mut tree, start)
    {
        payload.children = reading
            .fields
            .iter()
            .map(|field| shifted(field, start))
            .collect();
        let source = source.map_or("".into(), |kind| kind.source);
        inherit(&mut payload.children, &source);
    }
    Layers {
        tree,
        payload: Some((start, bytes.len())),
        reading: Some(reading),
    }
}

/// The application message in a PUBLISH; `None` for anything else.
pub(super) fn publication(version: ProtocolVersion, bytes: &Bytes) -> Option<Publication> {
    let Ok(Packet::Publish(publish)) = Packet::decode(version, bytes) else {
        return None;
    };
    Some(application_message(bytes, &publish))
}

/// The application message in this PUBLISH, which was decoded from these bytes.
pub(super) fn application_message(bytes: &Bytes, publish: &Publish<'_>) -> Publication {
    Publication {
        topic: publish.topic.as_str().to_owned(),
        payload: bytes.slice_ref(publish.payload),
        qos: publish.qos,
        retain: publish.retain,
    }
}

/// The PUBLISH that carries this message; its packet identifier is 1 where it has one, since the
/// real one is given when it is sent.
///
/// # Errors
/// Why it cannot be put into any PUBLISH.
pub(super) fn encode(
    version: ProtocolVersion,
    publication: &Publication,
    properties: &PublishProperties,
) -> Result<Bytes, Unencodable> {
    TopicName::new(&publication.topic)?;
    let message = session::Publication {
        retain: publication.retain,
        properties: properties.clone(),
        ..session::Publication::new(
            publication.topic.clone(),
            publication.payload.clone(),
            publication.qos,
        )
    };
    let delivery = Delivery {
        packet_id: (publication.qos != QoS::AtMostOnce).then_some(PacketId::MIN),
        dup: false,
        naming: Naming::Name,
        expiry_secs: None,
    };
    Ok(wire::publish(version, &message, delivery)?)
}

/// Why a message cannot be put into any PUBLISH.
#[derive(Clone, Copy, Debug, thiserror::Error)]
pub(super) enum Unencodable {
    #[error(transparent)]
    Topic(#[from] TopicError),
    #[error(transparent)]
    Packet(#[from] EncodeError),
}

impl Unencodable {
    fn chinese(self) -> String {
        match self {
            Self::Topic(error) => error.chinese(),
            Self::Packet(error) => error.chinese(),
        }
    }

    /// The same as a finding.
    pub(super) fn finding(self) -> Finding {
        Finding {
            severity: Severity::Error,
            rule: Cow::Borrowed("BadTopic"),
            place: Place::Topic,
            text: Text::owned(
                format!("this cannot be put into a PUBLISH packet: {self}"),
                format!("无法写入 PUBLISH 报文：{}", self.chinese()),
            ),
            source: Cow::Borrowed("MQTT 3.1.1 §3.3"),
            unconfirmed: false,
        }
    }
}

/// The row `id` as the inspector shows it.
pub(super) fn frame_view(
    dialect: Option<&dyn Dialect>,
    identity: &FormValues,
    id: FrameId,
    entry: &Entry,
) -> FrameView {
    let (bytes, layers) = match &entry.content {
        Content::Frame(bytes) | Content::Malformed(bytes) => (
            bytes.clone(),
            layers(dialect, identity, entry.direction, entry.version, bytes),
        ),
        Content::Link(_, bytes) => (bytes.clone(), Layers::default()),
    };
    let mut findings = entry.findings.clone();
    let (mut outcome, mut members) = (None, Vec::new());
    if let Some(reading) = layers.reading {
        findings.splice(0..0, reading.findings);
        outcome = reading.outcome;
        members = reading
            .members
            .into_iter()
            .map(|(name, value)| (name.into_owned(), value))
            .collect();
    }
    let payload = layers
        .payload
        .and_then(|(start, end)| bytes.get(start..end))
        .unwrap_or_default();
    FrameView {
        guess: payload::guess(payload),
        previous: None,
        row: row(id, entry),
        version: entry.version,
        bytes,
        tree: layers.tree,
        payload: layers.payload,
        findings,
        outcome,
        members,
        partners: partners(entry),
    }
}

/// How many rows are looked through for the message before.
const LOOK_BACK: u64 = 5_000;

/// The message before this one, with the same topic and the same direction. Rows before `since`
/// are another platform's, and not looked at.
pub(super) fn previous(
    dialect: Option<&dyn Dialect>,
    identity: &FormValues,
    log: &FrameLog,
    id: FrameId,
    since: FrameId,
) -> Option<Box<PreviousFrame>> {
    let entry = log.entry(id)?;
    let Content::Frame(bytes) = &entry.content else {
        return None;
    };
    let wanted = publication(entry.version, bytes)?;
    (id.0.saturating_sub(LOOK_BACK).max(since.0)..id.0)
        .rev()
        .map(FrameId)
        .map_while(|id| log.entry(id).map(|entry| (id, entry)))
        .filter(|(_, other)| other.direction == entry.direction)
        .find_map(|(id, other)| {
            let Content::Frame(bytes) = &other.content else {
                return None;
            };
            let publication = publication(other.version, bytes)?;
            (publication.topic == wanted.topic).then(|| {
                let tree = layers(dialect, identity, other.direction, other.version, bytes).tree;
                Box::new(PreviousFrame {
                    id,
                    at: other.at,
                    payload: publication.payload,
                    tree,
                })
            })
        })
}

/// Gives every field a section: its own, or that of what it is part of.
fn inherit(fields: &mut [Field], above: &str) {
    for field in fields {
        if field.reference.is_empty() && !above.is_empty() {
            field.reference = Cow::Owned(above.to_owned());
        }
        let reference = field.reference.clone();
        inherit(&mut field.children, &reference);
    }
}

fn payload_field(fields: &mut [Field], start: usize) -> Option<&mut Field> {
    fields.iter_mut().find_map(|field| {
        if field.kind == FieldKind::Payload && field.start == start {
            return Some(field);
        }
        payload_field(&mut field.children, start)
    })
}

fn shifted(field: &Field, by: usize) -> Field {
    Field {
        start: field.start.saturating_add(by),
        end: field.end.saturating_add(by),
        children: field
            .children
            .iter()
            .map(|child| shifted(child, by))
            .collect(),
        ..field.clone()
    }
}
