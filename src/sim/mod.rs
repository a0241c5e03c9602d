//! The simulated platform: a sans-IO broker around the cloud half of one dialect, with an
//! application side. It is what the page connects to when there is no account and no broker, and
//! what the session is tested against.
//!
//! Everything passes through the same codec as on a real link, byte for byte. There is no clock
//! and no randomness inside: the same inputs give the same bytes.

mod broker;
mod config;
mod faults;
mod misfortunes;
mod scram;

use bytes::Bytes;

pub use broker::{Broker, ConnectionId, Output};
pub use config::{BrokerConfig, ScramCredentials};
pub use faults::Fault;
pub use misfortunes::{ArmedFault, FaultsView, MessageFault, Misfortune, StruckFault};

use crate::platform::cloud::{CloudView, Submission};
use crate::platform::{Dialect, Direction, FormValues, Role};
use crate::time::{Instant, Now};

/// What happens at the device's end of a link to the simulated platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SimulatorEvent {
    /// Bytes arrive: one whole control packet.
    Bytes(ConnectionId, Bytes),
    /// The platform closed the link.
    Closed(ConnectionId),
}

/// One simulated platform: the broker, the dialect's cloud half in it, and the application side.
/// After every call drain [`Simulator::poll_event`] and arm a timer for
/// [`Simulator::poll_timeout`].
#[derive(Debug)]
pub struct Simulator {
    broker: Broker,
    /// Kinds of messages that the platform refuses with a code.
    refusals: Vec<(String, i64)>,
}

impl Simulator {
    /// The platform of this dialect, knowing nobody.
    pub fn new(dialect: &'static dyn Dialect) -> Self {
        Self::with_config(dialect, BrokerConfig::default())
    }

    /// The platform of this dialect with its broker's rules.
    pub fn with_config(dialect: &'static dyn Dialect, config: BrokerConfig) -> Self {
        let cloud = dialect.cloud();
        let refusals = dialect
            .declaration()
            .kinds
            .iter()
            .filter(|kind| kind.direction == Direction::Up && kind.role == Role::Request)
            .filter_map(|kind| Some((kind.key.to_string(), cloud.refusal_code(&kind.key)?)))
            .collect();
        let mut broker = Broker::with_cloud(config, cloud);
        broker.misfortunes.recognise(dialect);
        Self { broker, refusals }
    }

    /// Tells the platform which device is about to connect, from the device's own identity form.
    pub fn provision(&mut self, now: Now, identity: &FormValues) {
        self.broker.misfortunes.know(identity);
        self.broker
            .with_cloud_mut(now, |cloud| cloud.provision(now, identity));
    }

    /// Opens a link. Unlike a socket it is open at once.
    pub fn open(&mut self, now: Now) -> ConnectionId {
        self.broker.open(now)
    }

    /// The device sent bytes, in pieces of any size.
    pub fn handle_bytes(&mut self, now: Now, connection: ConnectionId, bytes: &Bytes) {
        self.broker.handle_bytes(now, connection, bytes);
    }

    /// The device closed its link.
    pub fn close(&mut self, now: Now, connection: ConnectionId) {
        self.broker.handle_closed(now, connection);
    }

    /// The deadline of [`Simulator::poll_timeout`] has come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.broker.handle_timeout(now);
    }

    /// The application asks for something: `kind` is the key of a message kind that travels
    /// down, `values` its form.
    pub fn submit(&mut self, now: Now, kind: &str, values: &FormValues) -> Submission {
        let submitted = self
            .broker
            .with_cloud_mut(now, |cloud| cloud.submit(now, kind, values));
        submitted.unwrap_or_default()
    }

    /// What the cloud panel shows.
    pub fn view(&self) -> CloudView {
        self.broker
            .cloud()
            .map(|cloud| cloud.view())
            .unwrap_or_default()
    }

    /// Arms a fault on the level of messages.
    pub fn arm(&mut self, fault: MessageFault) {
        self.broker.misfortunes.arm(fault);
    }

    /// Takes back one fault that has not struck as often as it was armed for, or all of them.
    pub fn disarm(&mut self, id: Option<u64>) {
        self.broker.misfortunes.disarm(id);
    }

    /// What the faults' panel shows.
    pub fn faults(&self) -> FaultsView {
        FaultsView {
            armed: self.broker.misfortunes.armed().to_vec(),
            struck: self.broker.misfortunes.struck().cloned().collect(),
            refusals: self.refusals.clone(),
        }
    }

    /// What happens next at the device's end.
    pub fn poll_event(&mut self) -> Option<SimulatorEvent> {
        Some(match self.broker.poll_output()? {
            Output::Transmit(connection, bytes) => SimulatorEvent::Bytes(connection, bytes),
            Output::Close(connection) => SimulatorEvent::Closed(connection),
        })
    }

    /// When to call [`Simulator::handle_timeout`] next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.broker.poll_timeout()
    }

    /// The broker, to set its rules.
    pub const fn broker_mut(&mut self) -> &mut Broker {
        &mut self.broker
    }
}
