//! Faults on demand: what a platform or a network may do to a device, armed one by one. Each
//! fault strikes as often as it was armed for and is spent then, so that a test or a user sees
//! exactly the misfortune that was asked for.

use core::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::mqtt::{PacketType, ReasonCode};

/// One misfortune.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Fault {
    /// The next packet of this type to the device is lost.
    Drop(PacketType),
    /// The next packet of this type to the device is sent twice.
    Duplicate(PacketType),
    /// The next packet of this type to the device is sent late. Those behind it wait, as on any
    /// ordered link.
    Delay(PacketType, Duration),
    /// The next packet of this type to the device carries another packet identifier.
    WrongPacketId(PacketType),
    /// The next CONNECT is refused with this reason code of 5.0, or what 3.x has for it.
    RefuseConnect(ReasonCode),
    /// The next CONNECT is not answered.
    IgnoreConnect,
    /// The next PUBLISH of QoS 1 or 2 is refused: with this code in 5.0, by not acknowledging
    /// it in 3.x, which has no words for it.
    RefusePublish(ReasonCode),
    /// The next SUBSCRIBE is refused, every filter with this code (0x80 below 5.0).
    RefuseSubscribe(ReasonCode),
    /// The next PUBLISH makes the server close the connection, saying why in 5.0.
    CloseUponPublish(ReasonCode),
    /// The next packet of this type to the device is followed by bytes that are no packet.
    Garbage(PacketType),
}

/// A packet type that does not exist, and nothing behind it.
pub(super) const GARBAGE: &[u8] = &[0x00, 0x00];

/// The same packet with another packet identifier; as it is if it has none.
pub(super) fn with_other_packet_id(frame: &Bytes) -> Bytes {
    let other = packet_id_offset(frame).and_then(|at| {
        let mut bytes = frame.to_vec();
        let number: &mut [u8; 2] = bytes.get_mut(at..)?.first_chunk_mut()?;
        // Never 0, which is no identifier, and never the same.
        let wrong = match u16::from_be_bytes(*number).wrapping_add(1_000) {
            0 => 1,
            wrong => wrong,
        };
        *number = wrong.to_be_bytes();
        Some(bytes.into())
    });
    other.unwrap_or_else(|| frame.clone())
}

fn packet_id_offset(frame: &[u8]) -> Option<usize> {
    let first = *frame.first()?;
    let length = frame
        .iter()
        .skip(1)
        .take(4)
        .position(|byte| byte & 0x80 == 0)?
        + 1;
    let body = 1 + length;
    match PacketType::from_number(first >> 4)? {
        PacketType::Publish if first & 0b0110 == 0 => None,
        PacketType::Publish => {
            let topic: &[u8; 2] = frame.get(body..)?.first_chunk()?;
            Some(body + 2 + usize::from(u16::from_be_bytes(*topic)))
        }
        PacketType::PubAck
        | PacketType::PubRec
        | PacketType::PubRel
        | PacketType::PubComp
        | PacketType::SubAck
        | PacketType::UnsubAck => Some(body),
        _ => None,
    }
}

/// Armed faults, in the order of arming.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Faults {
    armed: Vec<Fault>,
}

impl Faults {
    pub(super) fn arm(&mut self, fault: Fault) {
        self.armed.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.armed.clear();
    }

    pub(super) fn armed(&self) -> &[Fault] {
        &self.armed
    }

    /// Takes the first armed fault that `choose` wants.
    pub(super) fn strike<T>(&mut self, choose: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let (index, struck) = self
            .armed
            .iter()
            .enumerate()
            .find_map(|(index, fault)| choose(fault).map(|struck| (index, struck)))?;
        self.armed.remove(index);
        Some(struck)
    }
}
