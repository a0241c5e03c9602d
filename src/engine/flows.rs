//! The acknowledgements of MQTT itself: which PUBLISH an acknowledgement ends the flow of.

use std::collections::HashMap;

use super::seam::FrameId;
use crate::mqtt::{Packet, PacketType, QoS, Summary};
use crate::platform::Direction;

/// PUBLISH packets whose flow has not ended, by who sent them and by packet identifier: at most
/// 65,535 each way.
#[derive(Debug, Default)]
pub(super) struct Flows(HashMap<(Direction, u16), FrameId>);

impl Flows {
    /// Takes note of a packet in row `frame`; for a PUBACK, a PUBCOMP or a refusing PUBREC, the row
    /// of the PUBLISH whose flow it ends. Flows outlive a connection as sessions do; a packet identifier used again
    /// belongs to the newer PUBLISH.
    pub(super) fn observe(
        &mut self,
        direction: Direction,
        frame: FrameId,
        summary: &Summary<'_>,
    ) -> Option<FrameId> {
        let packet_id = summary.packet_id()?.0.get();
        match summary.packet_type()? {
            PacketType::Publish if summary.qos() != Some(QoS::AtMostOnce) => {
                let key = (direction, packet_id);
                if matches!(&summary.packet, Ok(Packet::Publish(publish)) if publish.dup) {
                    // Sent again, it is still the flow of the row that was first.
                    self.0.entry(key).or_insert(frame);
                } else {
                    self.0.insert(key, frame);
                }
                None
            }
            PacketType::PubRec if !matches!(&summary.packet, Ok(Packet::PubRec(rec)) if rec.reason_code.0 >= 0x80) => {
                None
            }
            PacketType::PubAck | PacketType::PubRec | PacketType::PubComp => {
                let sender = match direction {
                    Direction::Up => Direction::Down,
                    Direction::Down => Direction::Up,
                };
                self.0.remove(&(sender, packet_id))
            }
            _ => None,
        }
    }

    /// A new connection without the old session: every packet identifier is free again.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::ProtocolVersion;

    fn observe(flows: &mut Flows, direction: Direction, frame: u64, bytes: &[u8]) -> Option<u64> {
        let summary = Summary::of(ProtocolVersion::V3_1_1, bytes);
        flows
            .observe(direction, FrameId(frame), &summary)
            .map(|frame| frame.0)
    }

    #[test]
    fn a_flow_ends_with_puback_or_pubcomp_from_the_other_side() {
        use Direction::{Down, Up};
        let mut flows = Flows::default();
        let (q1, q2) = (b"\x32\x05\0\x01a\0\x07", b"\x34\x05\0\x01a\0\x08");
        assert_eq!(observe(&mut flows, Up, 1, q1), None);
        assert_eq!(observe(&mut flows, Down, 2, q2), None);
        assert_eq!(observe(&mut flows, Up, 3, b"\x40\x02\0\x07"), None);
        assert_eq!(observe(&mut flows, Down, 4, b"\x40\x02\0\x07"), Some(1));
        assert_eq!(observe(&mut flows, Up, 5, b"\x50\x02\0\x08"), None);
        assert_eq!(observe(&mut flows, Up, 6, b"\x70\x02\0\x08"), Some(2));
        assert_eq!(observe(&mut flows, Up, 7, b"\x70\x02\0\x08"), None);
    }

    #[test]
    fn a_pubrec_that_refuses_ends_the_flow() {
        let v5_0 = |flows: &mut Flows, direction, frame, bytes: &[u8]| {
            let summary = Summary::of(ProtocolVersion::V5_0, bytes);
            flows.observe(direction, FrameId(frame), &summary)
        };
        let mut flows = Flows::default();
        let publish = b"\x34\x06\0\x01a\0\x08\0";
        assert_eq!(v5_0(&mut flows, Direction::Up, 1, publish), None);
        let refusal = b"\x50\x03\0\x08\x87";
        let ended = v5_0(&mut flows, Direction::Down, 2, refusal);
        assert_eq!(ended, Some(FrameId(1)));
        assert!(flows.0.is_empty());
    }

    #[test]
    fn a_packet_identifier_used_again_belongs_to_the_newer_publish() {
        use Direction::{Down, Up};
        let mut flows = Flows::default();
        assert_eq!(observe(&mut flows, Up, 1, b"\x32\x05\0\x01a\0\x07"), None);
        assert_eq!(observe(&mut flows, Up, 2, b"\x32\x05\0\x01a\0\x07"), None);
        assert_eq!(observe(&mut flows, Up, 3, b"\x3A\x05\0\x01a\0\x07"), None);
        assert_eq!(observe(&mut flows, Down, 4, b"\x40\x02\0\x07"), Some(2));
    }
}
