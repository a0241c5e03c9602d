//! Whether to try again after a link ended, and when: at once, after a wait that grows, or not at
//! all because trying again cannot help.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::backoff::Backoff;
use super::event::{Ended, Ending, LinkStage};
use crate::mqtt::ReasonCode;

/// Connections shorter than this that nothing came over, ended by the server without a word, count
/// towards [`StopReason::Flapping`].
const SHORT_LIVED: Duration = Duration::from_secs(30);
/// So many of them in a row are no accident.
const FLAPS: u32 = 4;
/// Where a connection was of use and broke off soon, the wait grows no further than after so many
/// attempts: eight seconds with the usual backoff.
const EASED: u32 = 3;
/// So many faults of one kind in a row will be followed by the same again.
const FAULTS: u32 = 3;

/// What to do after a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Try again after this wait.
    Retry(Duration),
    /// Do not try again by itself.
    Stop(StopReason),
}

/// Why trying again by itself would not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum StopReason {
    /// The user disconnected.
    Requested,
    /// The server refused for a reason that another attempt does not change, such as wrong
    /// credentials. The code is that of 5.0.
    Refused(ReasonCode),
    /// Another client connected with the same client identifier.
    TakenOver,
    /// Several short connections in a row were closed without a word: probably two clients with
    /// one client identifier that push each other out.
    Flapping,
    /// Several times in a row the connection was closed upon CONNECT without an answer, and CONNECT
    /// itself is to blame.
    ClosedUponConnect,
    /// Several times in a row the server sent something that MQTT does not allow.
    ServerFault,
    /// CONNECT cannot be made from the settings.
    BadConfig,
    /// The server could not prove that it knows the password.
    AuthenticationFailed,
}

/// Decides about reconnecting, over the attempts of one device.
#[derive(Clone, Debug, Default)]
pub struct Reconnect {
    backoff: Backoff,
    flaps: u32,
    closed_upon_connect: u32,
    faults: u32,
}

impl Reconnect {
    /// A policy that waits as `backoff` says.
    pub fn new(backoff: Backoff) -> Self {
        Self {
            backoff,
            ..Self::default()
        }
    }

    /// Attempts that failed since the last connection that held.
    pub const fn attempts(&self) -> u32 {
        self.backoff.attempts()
    }

    /// A link could not be opened at all. Nobody refused anything, so it may heal by itself.
    /// A server that is not there has pushed nobody out either, so what counts towards stopping
    /// counts anew.
    pub fn not_opened(&mut self, random: u64) -> Decision {
        self.flaps = 0;
        self.closed_upon_connect = 0;
        Decision::Retry(self.backoff.next_wait(random))
    }

    /// The user, or a network that came back, starts over: nothing that happened counts.
    pub fn reset(&mut self) {
        *self = Self::new(self.backoff);
        self.backoff.reset();
    }

    /// A link ended. `connect_to_blame` says whether it was shown that no server here would accept
    /// this CONNECT: a closing alone does not show it, since a relay closes, too, when the server
    /// behind it is away. `random` is 64 evenly distributed bits.
    pub fn ended(&mut self, ended: &Ended, connect_to_blame: bool, random: u64) -> Decision {
        let held = ended.stage == LinkStage::Connected && ended.after >= SHORT_LIVED;
        if held {
            self.reset();
        } else if ended.delivered {
            // Two clients that push each other out do so at once; a server that works and goes away
            // is waited for, however often.
            self.flaps = 0;
            self.backoff.ease(EASED);
        }
        match self.obstacle(ended, held, connect_to_blame) {
            Some(reason) => Decision::Stop(reason),
            None => Decision::Retry(self.backoff.next_wait(random)),
        }
    }

    /// What makes another attempt pointless.
    fn obstacle(
        &mut self,
        ended: &Ended,
        held: bool,
        connect_to_blame: bool,
    ) -> Option<StopReason> {
        let repeated = |count: &mut u32, limit: u32| {
            *count += 1;
            *count >= limit
        };
        match &ended.ending {
            Ending::Requested => Some(StopReason::Requested),
            Ending::BadConfig(_) => Some(StopReason::BadConfig),
            Ending::AuthenticationFailed(_) => Some(StopReason::AuthenticationFailed),
            Ending::Refused(refusal) if !heals(refusal.reason.code) => {
                Some(StopReason::Refused(refusal.reason.code))
            }
            Ending::ServerDisconnected { reason, .. } => match reason.code {
                ReasonCode::SESSION_TAKEN_OVER => Some(StopReason::TakenOver),
                code if !heals(code) => Some(StopReason::Refused(code)),
                _ => None,
            },
            Ending::Malformed(_) | Ending::ProtocolError(_) => {
                repeated(&mut self.faults, FAULTS).then_some(StopReason::ServerFault)
            }
            Ending::LinkClosed if ended.stage == LinkStage::Handshake => (connect_to_blame
                && repeated(&mut self.closed_upon_connect, FAULTS))
            .then_some(StopReason::ClosedUponConnect),
            // 3.x has no word for a session that was taken over: the old connection is closed.
            Ending::LinkClosed if !held && !ended.delivered => {
                repeated(&mut self.flaps, FLAPS).then_some(StopReason::Flapping)
            }
            Ending::LinkClosed
            | Ending::Refused(_)
            | Ending::ConnAckTimeout
            | Ending::KeepAliveLost { .. } => None,
        }
    }
}

/// Whether the condition that a reason code names may pass by itself.
const fn heals(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::SUCCESS
            | ReasonCode::UNSPECIFIED_ERROR
            | ReasonCode::IMPLEMENTATION_SPECIFIC_ERROR
            | ReasonCode::SERVER_UNAVAILABLE
            | ReasonCode::SERVER_BUSY
            | ReasonCode::SERVER_SHUTTING_DOWN
            | ReasonCode::KEEP_ALIVE_TIMEOUT
            | ReasonCode::MESSAGE_RATE_TOO_HIGH
            | ReasonCode::QUOTA_EXCEEDED
            | ReasonCode::CONNECTION_RATE_EXCEEDED
            | ReasonCode::MAXIMUM_CONNECT_TIME
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{ProtocolViolation, Reason, Refusal};

    fn ended(ending: Ending, stage: LinkStage, secs: u64) -> Ended {
        Ended {
            ending,
            stage,
            after: Duration::from_secs(secs),
            delivered: false,
        }
    }

    fn refused(code: ReasonCode) -> Ended {
        let refusal = Refusal {
            code,
            reason: Reason {
                code,
                text: None,
                user_properties: Vec::new(),
            },
            server_reference: None,
            latency: Duration::ZERO,
        };
        ended(Ending::Refused(Box::new(refusal)), LinkStage::Handshake, 0)
    }

    fn disconnected(code: ReasonCode) -> Ended {
        let reason = Reason {
            code,
            text: None,
            user_properties: Vec::new(),
        };
        let ending = Ending::ServerDisconnected {
            reason,
            server_reference: None,
        };
        ended(ending, LinkStage::Connected, 60)
    }

    fn is_retry(decision: Decision) -> bool {
        matches!(decision, Decision::Retry(_))
    }

    #[test]
    fn a_refusal_that_cannot_heal_is_not_tried_again() {
        for code in [
            ReasonCode::BAD_USER_NAME_OR_PASSWORD,
            ReasonCode::NOT_AUTHORIZED,
            ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
            ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
            ReasonCode::BANNED,
            ReasonCode::SERVER_MOVED,
        ] {
            let decision = Reconnect::default().ended(&refused(code), false, 0);
            assert_eq!(
                decision,
                Decision::Stop(StopReason::Refused(code)),
                "{code:?}"
            );
        }
        let taken_over = disconnected(ReasonCode::SESSION_TAKEN_OVER);
        assert_eq!(
            Reconnect::default().ended(&taken_over, false, 0),
            Decision::Stop(StopReason::TakenOver)
        );
    }

    #[test]
    fn what_may_pass_is_tried_again_for_ever() {
        let mut policy = Reconnect::default();
        for _ in 0..100 {
            assert!(is_retry(policy.not_opened(0)));
            assert!(is_retry(policy.ended(
                &refused(ReasonCode::SERVER_BUSY),
                false,
                0
            )));
            let timeout = ended(Ending::ConnAckTimeout, LinkStage::Handshake, 10);
            assert!(is_retry(policy.ended(&timeout, false, 0)));
        }
    }

    #[test]
    fn the_same_fault_three_times_in_a_row_stops() {
        let fault = Ending::ProtocolError(ProtocolViolation::UnexpectedAuthentication);
        let cases = [
            (fault, LinkStage::Connected, StopReason::ServerFault),
            (
                Ending::LinkClosed,
                LinkStage::Handshake,
                StopReason::ClosedUponConnect,
            ),
        ];
        for (ending, stage, reason) in cases {
            let mut policy = Reconnect::default();
            let ended = ended(ending, stage, 1);
            assert!(is_retry(policy.ended(&ended, true, 0)));
            assert!(is_retry(policy.ended(&ended, true, 0)));
            assert_eq!(policy.ended(&ended, true, 0), Decision::Stop(reason));
        }
    }

    #[test]
    fn a_closing_that_blames_nobody_is_tried_for_ever_and_ever_more_slowly() {
        let mut policy = Reconnect::default();
        let closed = ended(Ending::LinkClosed, LinkStage::Handshake, 0);
        let waits: Vec<_> = (0..100)
            .map(|_| match policy.ended(&closed, false, u64::MAX) {
                Decision::Retry(wait) => wait.as_secs(),
                Decision::Stop(reason) => panic!("it stopped: {reason:?}"),
            })
            .collect();
        assert_eq!(waits[..7], [1, 2, 4, 8, 16, 32, 60]);
        assert_eq!(waits[99], 60);
    }

    #[test]
    fn two_clients_that_push_each_other_out_are_recognised() {
        let mut policy = Reconnect::default();
        let pushed_out = ended(Ending::LinkClosed, LinkStage::Connected, 2);
        for _ in 1..FLAPS {
            assert!(is_retry(policy.ended(&pushed_out, false, 0)));
        }
        assert_eq!(
            policy.ended(&pushed_out, false, 0),
            Decision::Stop(StopReason::Flapping)
        );
    }

    #[test]
    fn a_server_that_works_and_goes_away_is_tried_for_ever_and_not_in_a_hurry() {
        let mut policy = Reconnect::default();
        let worked = Ended {
            delivered: true,
            ..ended(Ending::LinkClosed, LinkStage::Connected, 2)
        };
        for _ in 0..100 {
            let Decision::Retry(wait) = policy.ended(&worked, false, u64::MAX) else {
                panic!("it stopped");
            };
            assert!(wait <= Duration::from_secs(8), "{wait:?}");
        }
        let Decision::Retry(wait) = policy.ended(&worked, false, u64::MAX) else {
            panic!("it stopped");
        };
        assert!(wait > Duration::from_secs(4), "{wait:?}");
    }

    #[test]
    fn a_server_that_was_away_in_between_has_pushed_nobody_out() {
        let mut policy = Reconnect::default();
        let short = ended(Ending::LinkClosed, LinkStage::Connected, 2);
        for _ in 0..100 {
            assert!(is_retry(policy.ended(&short, false, 0)));
            assert!(is_retry(policy.not_opened(0)));
        }
    }

    #[test]
    fn a_connection_that_held_starts_the_count_again() {
        let mut policy = Reconnect::default();
        let short = ended(Ending::LinkClosed, LinkStage::Connected, 2);
        let long = ended(Ending::LinkClosed, LinkStage::Connected, 3_600);
        for _ in 0..10 {
            assert!(is_retry(policy.ended(&short, false, 0)));
            assert!(is_retry(policy.ended(&short, false, 0)));
            assert!(is_retry(policy.ended(&long, false, 0)));
        }
    }
}
