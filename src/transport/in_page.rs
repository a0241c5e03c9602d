//! The link to the simulated platform: no socket, but a way that takes time, so that what is open
//! can be seen to be open.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use super::LinkEvent;
use crate::platform::cloud::{CloudView, Submission};
use crate::platform::{Dialect, FormValues};
use crate::sim::{ConnectionId, FaultsView, MessageFault, Simulator, SimulatorEvent};
use crate::time::{Instant, Now};

/// What a short way through a network takes, there and back.
const LATENCY: Duration = Duration::from_millis(10);

/// The simulated platform and the one link to it. After every call take what
/// [`InPage::poll_event`] and [`InPage::poll_view`] have, and arm a timer for
/// [`InPage::poll_timeout`].
pub struct InPage {
    simulator: Simulator,
    connection: Option<ConnectionId>,
    /// What is on its way to the device, with its time of arrival, in order.
    arriving: VecDeque<(Instant, SimulatorEvent)>,
    /// Whether the platform has something new to show.
    changed: bool,
    /// The faults as they were shown last.
    faults: Option<FaultsView>,
}

impl InPage {
    /// The platform of this dialect, which knows this one device.
    pub fn new(now: Now, dialect: &'static dyn Dialect, identity: &FormValues) -> Self {
        let mut simulator = Simulator::new(dialect);
        simulator.provision(now, identity);
        Self {
            simulator,
            connection: None,
            arriving: VecDeque::new(),
            changed: true,
            faults: None,
        }
    }

    /// Opens the link; it is open at once.
    pub fn open(&mut self, now: Now) {
        self.close(now);
        self.connection = Some(self.simulator.open(now));
        self.collect(now);
    }

    /// The device's bytes.
    pub fn send(&mut self, now: Now, bytes: &Bytes) {
        if let Some(connection) = self.connection {
            self.simulator.handle_bytes(now, connection, bytes);
            self.collect(now);
        }
    }

    /// Closes the device's end.
    pub fn close(&mut self, now: Now) {
        if let Some(connection) = self.connection.take() {
            self.simulator.close(now, connection);
            self.arriving.clear();
            self.collect(now);
        }
    }

    /// The application side asks for something.
    pub fn submit(&mut self, now: Now, kind: &str, values: &FormValues) -> Submission {
        let submission = self.simulator.submit(now, kind, values);
        self.collect(now);
        submission
    }

    /// A deadline given by [`InPage::poll_timeout`] passed. Calling it early does no harm.
    pub fn handle_timeout(&mut self, now: Now) {
        if self
            .simulator
            .poll_timeout()
            .is_some_and(|deadline| deadline <= now.instant)
        {
            self.simulator.handle_timeout(now);
            self.collect(now);
        }
    }

    /// When the next bytes arrive, or the platform itself wants to act.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let arrival = self.arriving.front().map(|(due, _)| *due);
        [arrival, self.simulator.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What has arrived at the device by now.
    pub fn poll_event(&mut self, now: Now) -> Option<LinkEvent> {
        loop {
            self.arriving
                .front()
                .filter(|(due, _)| *due <= now.instant)?;
            let (_, event) = self.arriving.pop_front()?;
            match event {
                SimulatorEvent::Bytes(from, bytes) if Some(from) == self.connection => {
                    return Some(LinkEvent::Message(bytes));
                }
                SimulatorEvent::Closed(from) if Some(from) == self.connection => {
                    self.connection = None;
                    return Some(LinkEvent::Closed {
                        code: 1000,
                        reason: String::new(),
                        clean: true,
                    });
                }
                // The last words of a link before this one.
                _ => {}
            }
        }
    }

    /// What the cloud panel shows, if it is not what was shown last.
    pub fn poll_view(&mut self) -> Option<CloudView> {
        std::mem::take(&mut self.changed).then(|| self.simulator.view())
    }

    /// Arms a fault.
    pub fn arm(&mut self, fault: MessageFault) {
        self.simulator.arm(fault);
    }

    /// Takes back one fault, or all of them.
    pub fn disarm(&mut self, id: Option<u64>) {
        self.simulator.disarm(id);
    }

    /// The faults, if they are not what was shown last.
    pub fn poll_faults(&mut self) -> Option<FaultsView> {
        let faults = self.simulator.faults();
        (self.faults.as_ref() != Some(&faults)).then(|| {
            self.faults = Some(faults.clone());
            faults
        })
    }

    fn collect(&mut self, now: Now) {
        self.changed = true;
        while let Some(event) = self.simulator.poll_event() {
            self.arriving.push_back((now.instant + LATENCY, event));
        }
    }
}
