//! What the engine asks of the browser's storage: a small table of numbered records under one key
//! for each MQTT session.

use bytes::Bytes;

use crate::time::UnixMillis;

/// One request to the storage. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StoreTicket(pub(super) u64);

/// Names one MQTT session in the storage: a digest of server, client identifier and protocol
/// version. What is stored under it holds topics and payloads that are on their way, as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StoreKey(pub(super) String);

impl StoreKey {
    /// Its text: hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key with this text, as the storage has it; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_key.then(|| Self(text.to_owned()))
    }
}

/// Changes to the records under one key, all of them or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// Whether everything that is there goes first.
    pub clear: bool,
    /// Records to write, by number.
    pub put: Vec<(u64, Bytes)>,
    /// Numbers of records to remove.
    pub delete: Vec<u64>,
    /// Whether this must survive a loss of power before it is answered, and not only the end of the
    /// browser: what follows it cannot be taken back.
    pub strict: bool,
}

/// Who may use the records under a key, as far as the browser tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This engine alone, until it gives the key back or is told that another took it.
    Granted,
    /// Another tab, window or worker of this site.
    Held,
    /// The browser does not say, since it stores nothing for this page.
    Unknown,
}

/// The most sessions that the storage keeps.
pub const MAX_SESSIONS: usize = 50;
/// How long a session is kept that nobody uses, in milliseconds: 90 days.
pub const MAX_AGE_MILLIS: i64 = 90 * 24 * 3_600 * 1_000;

/// Which sessions the storage is to forget: those not used for `MAX_AGE_MILLIS`, those of which
/// it does not know when they were used, and beyond `MAX_SESSIONS` those not used for longest.
pub fn outlived(
    mut sessions: Vec<(StoreKey, Option<UnixMillis>)>,
    now: UnixMillis,
) -> Vec<StoreKey> {
    // The one used last comes first.
    sessions.sort_by_key(|(_, used)| core::cmp::Reverse(*used));
    let is_kept = |index: usize, used: Option<UnixMillis>| {
        index < MAX_SESSIONS
            && used.is_some_and(|used| now.0.saturating_sub(used.0) <= MAX_AGE_MILLIS)
    };
    sessions
        .into_iter()
        .enumerate()
        .filter(|(index, (_, used))| !is_kept(*index, *used))
        .map(|(_, (key, _))| key)
        .collect()
}

/// Why nothing was read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The browser gives this page no storage.
    #[error("this browser gives the page no storage")]
    Unavailable,
    /// The browser refused, usually because the quota is used up.
    #[error("the browser refused to store, its quota may be used up")]
    Refused,
    /// The browser did not answer.
    #[error("the browser's storage does not answer")]
    Silent,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: usize) -> StoreKey {
        StoreKey(format!("{number:064x}"))
    }

    const NOW: UnixMillis = UnixMillis(MAX_AGE_MILLIS * 10);

    #[test]
    fn what_was_used_lately_is_kept() {
        let used = (0..MAX_SESSIONS).map(|number| {
            let age = i64::try_from(number).unwrap() * 1_000;
            (key(number), Some(UnixMillis(NOW.0 - age)))
        });
        assert_eq!(outlived(used.collect(), NOW), []);
    }

    #[test]
    fn what_is_old_or_unknown_or_too_many_goes() {
        let mut sessions = vec![
            (key(900), Some(UnixMillis(NOW.0 - MAX_AGE_MILLIS - 1))),
            (key(901), None),
        ];
        // Numbered from the oldest to the newest.
        sessions.extend((0..MAX_SESSIONS + 2).map(|number| {
            let at = NOW.0 - 100_000 + i64::try_from(number).unwrap();
            (key(number), Some(UnixMillis(at)))
        }));
        let mut gone = outlived(sessions, NOW);
        gone.sort();
        assert_eq!(gone, [key(0), key(1), key(900), key(901)]);
    }

    #[test]
    fn only_a_digest_is_a_key() {
        assert_eq!(StoreKey::parse(key(7).as_str()), Some(key(7)));
        for text in ["", "used", &"g".repeat(64), &"0".repeat(63)] {
            assert_eq!(StoreKey::parse(text), None, "{text}");
        }
    }
}
