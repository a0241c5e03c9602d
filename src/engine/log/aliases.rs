//! Topic aliases of 5.0, so that a PUBLISH without a topic name still has one in the log.

use std::collections::HashMap;
use std::sync::Arc;

use crate::mqtt::{Packet, Publish, Summary};
use crate::platform::Direction;

/// The most bytes of topic names that are remembered.
const MAX_BYTES: usize = 1 << 20;

/// What the aliases of one connection stand for.
#[derive(Debug, Default)]
pub(super) struct Aliases {
    topics: HashMap<(Direction, u16), Arc<str>>,
    bytes: usize,
}

impl Aliases {
    /// The topic that a PUBLISH means but does not name.
    pub(super) fn resolve(
        &mut self,
        direction: Direction,
        summary: &Summary<'_>,
    ) -> Option<Arc<str>> {
        let Ok(Packet::Publish(publish)) = &summary.packet else {
            return None;
        };
        let alias = alias(publish)?;
        let topic = publish.topic.as_str();
        if topic.is_empty() {
            return self.topics.get(&(direction, alias)).cloned();
        }
        // Whatever becomes of the new name, the old one is no longer meant.
        if let Some(old) = self.topics.remove(&(direction, alias)) {
            self.bytes = self.bytes.saturating_sub(old.len());
        }
        if self.bytes.saturating_add(topic.len()) <= MAX_BYTES {
            self.bytes = self.bytes.saturating_add(topic.len());
            self.topics.insert((direction, alias), Arc::from(topic));
        }
        None
    }
}

fn alias(publish: &Publish<'_>) -> Option<u16> {
    publish.properties.topic_alias()
}
