//! Packets that answer packets: PUBLISH and its acknowledgements, SUBSCRIBE, UNSUBSCRIBE, PINGREQ
//! and CONNECT with theirs.

use std::collections::HashMap;
use std::time::Duration;

use crate::engine::seam::FrameId;
use crate::mqtt::{PacketType, QoS, Summary};
use crate::platform::Direction;
use crate::time::Instant;

/// Packets that wait for their answer. One connection has few: an identifier is used once at a
/// time in each direction.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    waiting: HashMap<Key, (FrameId, Instant)>,
}

type Key = (Direction, PacketType, u16);

/// What a packet means for the ones before it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Observed {
    /// The packet that it answers, and how long that waited.
    pub(super) answers: Option<(FrameId, Duration)>,
    /// Whether it waits for an answer itself.
    pub(super) waits: bool,
    /// An earlier packet that waited under the same identifier: sent again, and given up.
    pub(super) given_up: Option<FrameId>,
}

impl Exchanges {
    /// Takes note of a packet that stands in row `id`.
    pub(super) fn observe(
        &mut self,
        id: FrameId,
        now: Instant,
        direction: Direction,
        summary: &Summary<'_>,
    ) -> Observed {
        let Some(packet) = summary.packet_type() else {
            return Observed::default();
        };
        let number = summary.packet_id().map_or(0, |id| id.0.get());
        let asked_by = match direction {
            Direction::Up => Direction::Down,
            Direction::Down => Direction::Up,
        };
        let answers = acknowledged(packet)
            .and_then(|request| self.waiting.remove(&(asked_by, request, number)))
            .map(|(frame, asked)| (frame, now - asked));
        let waits = awaits_acknowledgement(packet, summary.qos());
        let given_up = if waits {
            self.waiting
                .insert((direction, packet, number), (id, now))
                .map(|(frame, _)| frame)
        } else {
            None
        };
        Observed {
            answers,
            waits,
            given_up,
        }
    }

    /// Everything that still waits; after this nothing does.
    pub(super) fn give_up(&mut self) -> impl Iterator<Item = FrameId> {
        std::mem::take(&mut self.waiting)
            .into_values()
            .map(|(frame, _)| frame)
    }
}

fn awaits_acknowledgement(packet: PacketType, qos: Option<QoS>) -> bool {
    match packet {
        PacketType::Publish => qos.is_some_and(|qos| qos != QoS::AtMostOnce),
        PacketType::Connect
        | PacketType::Subscribe
        | PacketType::Unsubscribe
        | PacketType::PubRec
        | PacketType::PubRel
        | PacketType::PingReq => true,
        _ => false,
    }
}

fn acknowledged(packet: PacketType) -> Option<PacketType> {
    match packet {
        PacketType::ConnAck => Some(PacketType::Connect),
        PacketType::PubAck | PacketType::PubRec => Some(PacketType::Publish),
        PacketType::PubRel => Some(PacketType::PubRec),
        PacketType::PubComp => Some(PacketType::PubRel),
        PacketType::SubAck => Some(PacketType::Subscribe),
        PacketType::UnsubAck => Some(PacketType::Unsubscribe),
        PacketType::PingResp => Some(PacketType::PingReq),
        _ => None,
    }
}
