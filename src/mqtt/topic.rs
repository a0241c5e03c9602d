//! Topic names and topic filters, two checked types, and how they match.

use core::fmt;

use thiserror::Error;

use super::{ProtocolVersion, Violation, text};

/// Why text is not a topic name or topic filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("byte {offset}: {kind}")]
pub struct TopicError {
    /// The rule that is broken.
    pub kind: Violation,
    /// The byte in the text at which it is broken.
    pub offset: usize,
}

/// A topic name: where a message is published. No wildcards, no U+0000, at most 65 535 bytes.
///
/// It is empty in one place alone: in a 5.0 PUBLISH whose topic alias stands for the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// The empty name of a 5.0 PUBLISH that relies on its topic alias.
    pub const ALIASED: TopicName<'static> = TopicName("");

    /// Checks a topic name of at least one character.
    ///
    /// # Errors
    /// An empty name, `+`, `#`, U+0000, or more than 65 535 bytes.
    pub fn new(name: &'a str) -> Result<Self, TopicError> {
        if name.is_empty() {
            return Err(TopicError {
                kind: Violation::EmptyTopicName,
                offset: 0,
            });
        }
        if name.len() > text::MAX_LENGTH {
            return Err(TopicError {
                kind: Violation::TooLong,
                offset: text::MAX_LENGTH,
            });
        }
        match Self::check(name.as_bytes()) {
            Ok(name) => Ok(name),
            Err((kind, offset)) => Err(TopicError { kind, offset }),
        }
    }

    /// Checks bytes from a packet, which may be empty where a topic alias stands for the name.
    #[inline]
    pub(crate) fn check(bytes: &'a [u8]) -> Result<Self, (Violation, usize)> {
        text::check_without_wildcards(bytes).map(Self)
    }

    /// The name as text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether the name is empty, so that a topic alias stands for it.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl AsRef<str> for TopicName<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl<'a> TryFrom<&'a str> for TopicName<'a> {
    type Error = TopicError;

    fn try_from(name: &'a str) -> Result<Self, TopicError> {
        Self::new(name)
    }
}

/// A topic filter: what a subscription asks for. It may contain wildcards and may name a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(&'a str);

/// What begins the filter of a shared subscription.
const SHARE: &str = "$share/";

impl<'a> TopicFilter<'a> {
    /// Checks a topic filter by the rules of all versions, those of shared subscriptions included.
    ///
    /// # Errors
    /// An empty filter, a misplaced wildcard, a `$share/` without share name or filter, U+0000, or
    /// more than 65 535 bytes.
    pub fn new(filter: &'a str) -> Result<Self, TopicError> {
        Self::for_version(ProtocolVersion::V5_0, filter)
    }

    /// Checks a topic filter by one version's rules: before 5.0, `$share/` means nothing special.
    ///
    /// # Errors
    /// As [`TopicFilter::new`], without the rules of shared subscriptions before 5.0.
    pub fn for_version(version: ProtocolVersion, filter: &'a str) -> Result<Self, TopicError> {
        if filter.len() > text::MAX_LENGTH {
            return Err(TopicError {
                kind: Violation::TooLong,
                offset: text::MAX_LENGTH,
            });
        }
        match Self::check(version, filter.as_bytes()) {
            Ok(filter) => Ok(filter),
            Err((kind, offset)) => Err(TopicError { kind, offset }),
        }
    }

    /// Checks bytes from a packet.
    #[inline]
    pub(crate) fn check(
        version: ProtocolVersion,
        bytes: &'a [u8],
    ) -> Result<Self, (Violation, usize)> {
        if bytes.is_empty() {
            return Err((Violation::EmptyTopicFilter, 0));
        }
        if let Some(filter) = text::plain_name(bytes) {
            return Ok(Self(filter));
        }
        let filter = text::check(bytes)?;
        if version.has_properties()
            && let Some(shared) = filter.strip_prefix(SHARE)
        {
            check_shared(shared)?;
        }
        check_wildcards(bytes)?;
        Ok(Self(filter))
    }

    /// A filter that was checked before, in the frame that it comes from.
    pub(crate) const fn checked(filter: &'a str) -> Self {
        Self(filter)
    }

    /// The filter as text, the share included.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The share name and the filter behind it, when this is a shared subscription.
    pub fn shared(self) -> Option<(&'a str, TopicFilter<'a>)> {
        let (share_name, filter) = self.0.strip_prefix(SHARE)?.split_once('/')?;
        (!share_name.is_empty() && !filter.is_empty()).then_some((share_name, Self(filter)))
    }

    /// Whether the filter contains `+` or `#`.
    pub fn has_wildcard(self) -> bool {
        self.0.contains(['+', '#'])
    }

    /// Whether a message with this topic name is meant. A shared subscription matches by the
    /// filter behind its share name. A filter that begins with a wildcard does not match a name
    /// that begins with `$` (MQTT-4.7.2-1).
    ///
    /// ```
    /// # use device_console::mqtt::{TopicFilter, TopicName};
    /// let filter = TopicFilter::new("sport/+/player1/#")?;
    /// assert!(filter.matches(TopicName::new("sport/tennis/player1")?));
    /// assert!(!filter.matches(TopicName::new("sport/player1")?));
    /// # Ok::<(), device_console::mqtt::TopicError>(())
    /// ```
    pub fn matches(self, name: TopicName<'_>) -> bool {
        let filter = match self.shared() {
            Some((_, filter)) => filter.0,
            None => self.0,
        };
        if name.0.starts_with('$') && filter.starts_with(['+', '#']) {
            return false;
        }
        let mut levels = name.0.split('/');
        for wanted in filter.split('/') {
            if wanted == "#" {
                return true;
            }
            match levels.next() {
                Some(level) if wanted == "+" || wanted == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }
}

/// `name/filter`, what follows `$share/`; offsets count from the start of the whole filter.
fn check_shared(shared: &str) -> Result<(), (Violation, usize)> {
    let (share_name, filter) = shared.split_once('/').unwrap_or((shared, ""));
    let bad = share_name
        .bytes()
        .position(|byte| byte == b'+' || byte == b'#');
    match bad {
        Some(at) => Err((Violation::WildcardInShareName, SHARE.len() + at)),
        None if share_name.is_empty() => Err((Violation::EmptyShareName, SHARE.len())),
        None if filter.is_empty() => Err((
            Violation::MissingSharedTopicFilter,
            SHARE.len() + share_name.len(),
        )),
        None => Ok(()),
    }
}

/// Each wildcard alone in its level, and `#` last.
#[inline]
fn check_wildcards(bytes: &[u8]) -> Result<(), (Violation, usize)> {
    for at in text::wildcards(bytes) {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let after = bytes.get(at + 1);
        let begins = before.is_none_or(|&byte| byte == b'/');
        match bytes.get(at) {
            Some(b'#') if !begins || after.is_some() => {
                return Err((Violation::MisplacedMultiLevelWildcard, at));
            }
            Some(b'+') if !begins || after.is_some_and(|&byte| byte != b'/') => {
                return Err((Violation::MisplacedSingleLevelWildcard, at));
            }
            _ => {}
        }
    }
    Ok(())
}

impl fmt::Display for TopicFilter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl AsRef<str> for TopicFilter<'_> {
    fn as_ref(&self) -> &str {
        self.0
    }
}

impl<'a> TryFrom<&'a str> for TopicFilter<'a> {
    type Error = TopicError;

    fn try_from(filter: &'a str) -> Result<Self, TopicError> {
        Self::new(filter)
    }
}
