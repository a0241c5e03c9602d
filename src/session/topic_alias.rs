//! Topic aliases of one connection, both ways (5.0 §3.3.2.3.4). They die with it.

use std::collections::HashMap;
use std::sync::Arc;

/// How a PUBLISH names its topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Topic name alone.
    Name,
    /// Topic name, and from now on this alias for it.
    Introduce(u16),
    /// The alias alone; the topic name stays empty.
    Alias(u16),
}

/// Aliases that the session gives out: the first topics published get one, later ones are named
/// in full. Devices publish to few topics, so nothing is ever reassigned.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutgoingAliases {
    maximum: u16,
    given: HashMap<String, u16>,
}

impl OutgoingAliases {
    /// Forgets all; at most `maximum` from now on.
    pub(crate) fn reset(&mut self, maximum: u16) {
        self.maximum = maximum;
        self.given.clear();
    }

    /// How to name `topic` in the next PUBLISH. The answer changes nothing:
    /// [`OutgoingAliases::introduce`] does, once the packet is really sent.
    pub(crate) fn naming(&self, topic: &str) -> Naming {
        match self.given.get(topic) {
            Some(alias) => Naming::Alias(*alias),
            None => match u16::try_from(self.given.len() + 1) {
                Ok(alias) if alias <= self.maximum => Naming::Introduce(alias),
                _ => Naming::Name,
            },
        }
    }

    /// The PUBLISH that introduces `alias` was sent.
    pub(crate) fn introduce(&mut self, topic: &str, alias: u16) {
        self.given.insert(topic.to_owned(), alias);
    }
}

/// Aliases that the server gave out.
#[derive(Clone, Debug, Default)]
pub(crate) struct IncomingAliases {
    maximum: u16,
    known: HashMap<u16, Arc<str>>,
}

/// Why an alias of the server cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AliasFault {
    /// Larger than the topic alias maximum of CONNECT [MQTT-3.1.2-26].
    TooLarge {
        /// The bound.
        maximum: u16,
    },
    /// Used without a topic name before it was introduced.
    Unknown,
}

impl IncomingAliases {
    /// Forgets all; at most `maximum` from now on.
    pub(crate) fn reset(&mut self, maximum: u16) {
        self.maximum = maximum;
        self.known.clear();
    }

    /// The topic of a PUBLISH with `alias`; a topic name that is not empty (re)defines the alias.
    pub(crate) fn resolve(&mut self, topic: &str, alias: u16) -> Result<Arc<str>, AliasFault> {
        if alias > self.maximum {
            return Err(AliasFault::TooLarge {
                maximum: self.maximum,
            });
        }
        if topic.is_empty() {
            return self.known.get(&alias).cloned().ok_or(AliasFault::Unknown);
        }
        let topic: Arc<str> = topic.into();
        self.known.insert(alias, Arc::clone(&topic));
        Ok(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_topics_get_an_alias_and_later_ones_their_name() {
        let mut aliases = OutgoingAliases::default();
        assert_eq!(aliases.naming("a"), Naming::Name);
        aliases.reset(2);
        for (topic, alias) in [("a", 1), ("b", 2)] {
            assert_eq!(aliases.naming(topic), Naming::Introduce(alias));
            aliases.introduce(topic, alias);
            assert_eq!(aliases.naming(topic), Naming::Alias(alias));
        }
        assert_eq!(aliases.naming("c"), Naming::Name);
    }

    #[test]
    fn an_alias_of_the_server_can_be_redefined_and_is_bounded() {
        let mut aliases = IncomingAliases::default();
        aliases.reset(3);
        assert_eq!(aliases.resolve("", 3), Err(AliasFault::Unknown));
        assert_eq!(
            aliases.resolve("a", 4),
            Err(AliasFault::TooLarge { maximum: 3 })
        );
        assert_eq!(aliases.resolve("a", 3).as_deref(), Ok("a"));
        assert_eq!(aliases.resolve("b", 3).as_deref(), Ok("b"));
        assert_eq!(aliases.resolve("", 3).as_deref(), Ok("b"));
    }
}
