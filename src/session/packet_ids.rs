//! Packet identifiers in use, and the next free one.
//!
//! One set serves PUBLISH, SUBSCRIBE and UNSUBSCRIBE, as the specification wants it: an identifier
//! is free again only when its flow has ended [MQTT-2.2.1-3] (5.0), [MQTT-2.3.1-3] (3.1.1).

use std::collections::BTreeSet;

use crate::mqtt::PacketId;

/// The allocator. Identifiers go round, so that one that was just freed is not the next one
/// given: a late acknowledgement then meets nobody rather than the wrong message.
#[derive(Clone, Debug)]
pub(crate) struct PacketIds {
    used: BTreeSet<PacketId>,
    next: PacketId,
}

impl PacketIds {
    /// All 65 535 are free; `next` is given first.
    pub(crate) const fn starting_at(next: PacketId) -> Self {
        Self {
            used: BTreeSet::new(),
            next,
        }
    }

    /// Takes a free identifier; `None` when all are in use.
    pub(crate) fn allocate(&mut self) -> Option<PacketId> {
        let taken = self.first_free(self.next)?;
        self.used.insert(taken);
        self.next = taken.next();
        Some(taken)
    }

    /// The first free identifier from `from` on, round the end.
    fn first_free(&self, from: PacketId) -> Option<PacketId> {
        if self.used.len() >= usize::from(u16::MAX) {
            return None;
        }
        let mut candidate = from;
        // The used ones from `from` on, in order: the first gap is the first that differs.
        for used in self.used.range(from..).chain(self.used.range(..from)) {
            if *used != candidate {
                break;
            }
            candidate = candidate.next();
        }
        Some(candidate)
    }

    /// Marks an identifier of a stored flow as used.
    pub(crate) fn reserve(&mut self, packet_id: PacketId) {
        self.used.insert(packet_id);
    }

    /// Frees an identifier whose flow has ended.
    pub(crate) fn release(&mut self, packet_id: PacketId) {
        self.used.remove(&packet_id);
    }

    /// The identifier that is tried next.
    pub(crate) const fn next(&self) -> PacketId {
        self.next
    }

    /// How many are in use.
    pub(crate) fn in_use(&self) -> usize {
        self.used.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u16) -> PacketId {
        PacketId::new(number).expect("not zero")
    }

    #[test]
    fn identifiers_go_round_and_step_over_those_in_use() {
        let mut ids = PacketIds::starting_at(id(65_534));
        ids.reserve(id(65_535));
        ids.reserve(id(1));
        assert_eq!(ids.allocate(), Some(id(65_534)));
        assert_eq!(ids.allocate(), Some(id(2)));
        ids.release(id(65_534));
        assert_eq!(
            ids.allocate(),
            Some(id(3)),
            "a freed identifier is not given again at once"
        );
    }

    #[test]
    fn every_identifier_is_given_once_and_then_none() {
        let mut ids = PacketIds::starting_at(id(40_000));
        for _ in 0..u16::MAX {
            assert!(ids.allocate().is_some());
        }
        assert_eq!(ids.in_use(), 65_535);
        assert_eq!(ids.allocate(), None);
        ids.release(id(7));
        assert_eq!(ids.allocate(), Some(id(7)));
    }
}
