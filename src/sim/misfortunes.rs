//! Faults on the level of messages: what a platform's own back end may do to a device, chosen by
//! the kind of message. Armed one by one for a number of times, struck in the order of arming, and
//! kept in a record of what struck.
//!
//! The packet level has [`super::Fault`]. Here the dialect says which kind a message is, so this
//! knows no platform.

use core::time::Duration;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::platform::cloud::{CloudAction, Refusal};
use crate::platform::{Dialect, Direction, FormValues, Publication, with_other_id};
use crate::time::{Instant, Now, UnixMillis};

/// Faults armed at once.
const MAX_ARMED: usize = 64;
/// Faults that struck and are remembered.
const MAX_STRUCK: usize = 50;
/// Messages held back at once; more are sent at their time.
const MAX_HELD: usize = 1000;
/// Devices whose messages are recognised.
const MAX_IDENTITIES: usize = 256;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Misfortune {
    /// A message to the device is sent late; others may overtake it.
    Delay {
        /// How late.
        millis: u32,
    },
    /// A message to the device is lost.
    Drop,
    /// A message to the device is sent twice.
    Duplicate,
    /// A message to the device carries another correlation id.
    WrongId,
    /// A message of the device is refused with this code, in the platform's own words.
    ErrorCode {
        /// The code.
        code: i64,
    },
    /// A message of the device is taken as one too many: answered with what the platform's
    /// document says of that, or dropped where it says nothing.
    Throttle,
    /// The connection is closed upon a message of the device.
    Disconnect,
}

impl Misfortune {
    /// Which way the messages travel that it can strike.
    pub const fn direction(self) -> Direction {
        match self {
            Self::Delay { .. } | Self::Drop | Self::Duplicate | Self::WrongId => Direction::Down,
            Self::ErrorCode { .. } | Self::Throttle | Self::Disconnect => Direction::Up,
        }
    }
}

/// A fault to arm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFault {
    /// [`MessageKind::key`](crate::platform::MessageKind::key) of what it strikes; empty for any
    /// message of its direction.
    pub kind: String,
    /// What goes wrong.
    pub what: Misfortune,
    /// How many messages it strikes.
    pub times: u32,
}

/// A fault that has not struck as often as it was armed for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmedFault {
    /// Names it, to take it back.
    pub id: u64,
    /// The fault; [`MessageFault::times`] is what is left.
    pub fault: MessageFault,
}

/// A fault that struck.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StruckFault {
    /// When.
    pub at: UnixMillis,
    /// Kind of the message, or its topic when it is of no kind.
    pub kind: String,
    /// What went wrong.
    pub what: Misfortune,
    /// Whether it changed anything: a message without an id cannot carry a wrong one.
    pub effective: bool,
}

/// What the faults' panel shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultsView {
    /// Armed faults, in the order in which they strike.
    pub armed: Vec<ArmedFault>,
    /// What struck, oldest first, bounded.
    pub struck: Vec<StruckFault>,
    /// Kinds of messages that this platform refuses with a code, and a usual one.
    pub refusals: Vec<(String, i64)>,
}

/// Armed faults and what they hold back. (No `Debug`: identities hold secrets.)
#[derive(Default)]
pub(super) struct Misfortunes {
    dialect: Option<&'static dyn Dialect>,
    identities: Vec<FormValues>,
    armed: Vec<ArmedFault>,
    struck: VecDeque<StruckFault>,
    held: Vec<(Instant, CloudAction)>,
    next: u64,
}

impl Misfortunes {
    /// Recognises messages as this dialect does.
    pub(super) fn recognise(&mut self, dialect: &'static dyn Dialect) {
        self.dialect = Some(dialect);
    }

    /// Recognises this device's messages too.
    pub(super) fn know(&mut self, identity: &FormValues) {
        if !self.identities.contains(identity) {
            if self.identities.len() >= MAX_IDENTITIES {
                self.identities.remove(0);
            }
            self.identities.push(identity.clone());
        }
    }

    pub(super) fn arm(&mut self, fault: MessageFault) {
        if fault.times == 0 {
            return;
        }
        if self.armed.len() >= MAX_ARMED {
            self.armed.remove(0);
        }
        let id = self.next;
        self.next = self.next.saturating_add(1);
        self.armed.push(ArmedFault { id, fault });
    }

    /// Takes one fault back, or all.
    pub(super) fn disarm(&mut self, id: Option<u64>) {
        self.armed
            .retain(|armed| id.is_some_and(|id| armed.id != id));
    }

    pub(super) fn armed(&self) -> &[ArmedFault] {
        &self.armed
    }

    pub(super) fn struck(&self) -> impl Iterator<Item = &StruckFault> {
        self.struck.iter()
    }

    /// The kind of a message, and the identity that recognises it.
    fn recognised(
        &self,
        direction: Direction,
        publication: &Publication,
    ) -> Option<(String, FormValues)> {
        let dialect = self.dialect?;
        // The last one that was told of is the one that is there.
        self.identities.iter().rev().find_map(|identity| {
            let reading = dialect.skim(identity, direction, publication);
            let foreign = reading
                .findings
                .iter()
                .any(|finding| finding.rule == "ForeignTopic");
            let kind = reading.kind.filter(|_| !foreign)?;
            Some((kind.into_owned(), identity.clone()))
        })
    }

    /// The fault that strikes this message, if any, with one time less left.
    fn strike(
        &mut self,
        direction: Direction,
        publication: &Publication,
    ) -> Option<(Misfortune, String, FormValues)> {
        if !self
            .armed
            .iter()
            .any(|armed| armed.fault.what.direction() == direction)
        {
            return None;
        }
        let (kind, identity) = self
            .recognised(direction, publication)
            .unwrap_or_else(|| (String::new(), FormValues::new()));
        let index = self.armed.iter().position(|armed| {
            armed.fault.what.direction() == direction
                && (armed.fault.kind.is_empty() || armed.fault.kind == kind)
        })?;
        let armed = self.armed.get_mut(index)?;
        let what = armed.fault.what;
        armed.fault.times = armed.fault.times.saturating_sub(1);
        if armed.fault.times == 0 {
            self.armed.remove(index);
        }
        let shown = if kind.is_empty() {
            publication.topic.clone()
        } else {
            kind
        };
        Some((what, shown, identity))
    }

    fn remember(&mut self, now: Now, kind: String, what: Misfortune, effective: bool) {
        if self.struck.len() >= MAX_STRUCK {
            self.struck.pop_front();
        }
        self.struck.push_back(StruckFault {
            at: now.unix,
            kind,
            what,
            effective,
        });
    }

    /// What becomes of something that the platform does.
    pub(super) fn on_action(&mut self, now: Now, action: CloudAction) -> Vec<CloudAction> {
        let publication = match &action {
            CloudAction::Publish(publication) | CloudAction::Deliver { publication, .. } => {
                publication
            }
            CloudAction::Close { .. } => return vec![action],
        };
        let Some((what, kind, identity)) = self.strike(Direction::Down, publication) else {
            return vec![action];
        };
        let mut effective = true;
        let becomes = match what {
            Misfortune::Drop => Vec::new(),
            Misfortune::Duplicate => vec![action.clone(), action],
            Misfortune::Delay { millis } if self.held.len() < MAX_HELD => {
                let until = now.instant + Duration::from_millis(u64::from(millis));
                self.held.push((until, action));
                Vec::new()
            }
            Misfortune::WrongId => {
                let spoilt = self.dialect.and_then(|dialect| {
                    with_other_id(dialect, &identity, Direction::Down, publication)
                });
                effective = spoilt.is_some();
                vec![match spoilt {
                    Some(spoilt) => with_publication(action, spoilt),
                    None => action,
                }]
            }
            _ => {
                effective = false;
                vec![action]
            }
        };
        self.remember(now, kind, what, effective);
        becomes
    }

    /// What the platform is to do with a message of a device, if not what it always does.
    pub(super) fn on_publish(
        &mut self,
        now: Now,
        publication: &Publication,
    ) -> Option<UponPublish> {
        let (what, kind, _) = self.strike(Direction::Up, publication)?;
        self.remember(now, kind, what, true);
        match what {
            Misfortune::ErrorCode { code } => Some(UponPublish::Refuse(Refusal::Code(code))),
            Misfortune::Throttle => Some(UponPublish::Refuse(Refusal::TooMany)),
            Misfortune::Disconnect => Some(UponPublish::Close),
            _ => None,
        }
    }

    /// What was held back until now, oldest first.
    pub(super) fn due(&mut self, now: Instant) -> Vec<CloudAction> {
        if self.held.iter().all(|(until, _)| *until > now) {
            return Vec::new();
        }
        let (mut due, held): (Vec<_>, Vec<_>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|(until, _)| *until <= now);
        self.held = held;
        due.sort_by_key(|(until, _)| *until);
        due.into_iter().map(|(_, action)| action).collect()
    }

    /// When the next message that is held back is due.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.held.iter().map(|(until, _)| *until).min()
    }
}

/// What a fault makes the platform do with a device's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UponPublish {
    /// Refuse it.
    Refuse(Refusal),
    /// Close the connection.
    Close,
}

fn with_publication(action: CloudAction, publication: Publication) -> CloudAction {
    match action {
        CloudAction::Deliver { client_id, .. } => CloudAction::Deliver {
            client_id,
            publication,
        },
        _ => CloudAction::Publish(publication),
    }
}
