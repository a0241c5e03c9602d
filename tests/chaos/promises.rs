//! What Mosquitto 2.0.11 delivers twice by itself, told apart from everything else.
//!
//! Whoever sends a message with QoS 2 must not send its PUBLISH again once it has sent PUBREL
//! [MQTT-4.3.3-6; in 3.1.1, 4.3.3-1]: at PUBREL the receiver forgets the packet identifier, and a
//! PUBLISH with it is a new message from then on. Mosquitto 2.0.11 breaks that. Seen on the wire, with
//! its state written before anything of it was passed on:
//!
//! ```text
//! PUBLISH  id 3872          to the client
//! PUBREC   id 3872          from the client
//! PUBREL   id 3872          to the client: the client forgets 3872
//!          the connection ends before PUBCOMP has come
//! CONNECT, CONNACK          session present; this connection ends before PUBREL is repeated
//! CONNECT, CONNACK          session present
//! PUBLISH  id 3872, DUP     to the client, with the payload of before
//! ```
//!
//! It remembers that PUBREL is to be repeated as a state of its own, and takes every state but the
//! one in which it waits for PUBCOMP for one in which it has to publish. Connections end that soon
//! because a 2.0.11 that came up from its database counts what it may receive wrongly, and closes the
//! connection upon a PUBLISH that it has room for ("disconnected due to out of memory" in its log).
//!
//! So this is what is not counted as a message: a PUBLISH with DUP, on a later connection than
//! PUBREL, of the packet identifier that PUBREL named, with the payload that PUBREL released. Without
//! DUP, with another identifier or payload, or on the same connection, it counts.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

/// A broker has fewer messages in flight than these.
const REMEMBERED: usize = 64;

/// What a broker has promised not to publish again.
#[derive(Default)]
pub struct Promises {
    connection: usize,
    /// Payloads that wait for PUBREL, by packet identifier.
    taken: HashMap<u16, Bytes>,
    /// Those that PUBREL has come for, the last one first, and on which connection.
    released: VecDeque<(u16, Bytes, usize)>,
}

impl Promises {
    /// Another connection begins.
    pub fn handle_connection(&mut self) {
        self.connection += 1;
    }

    /// PUBREL came.
    pub fn handle_pubrel(&mut self, packet_id: u16) {
        if let Some(payload) = self.taken.remove(&packet_id) {
            self.released.truncate(REMEMBERED - 1);
            self.released
                .push_front((packet_id, payload, self.connection));
        }
    }

    /// A PUBLISH of QoS 2 came that is a new message to whoever receives it. Returns whether it
    /// breaks a promise.
    pub fn handle_publish(&mut self, packet_id: u16, dup: bool, payload: &[u8]) -> bool {
        let last = self.released.iter().find(|(id, ..)| *id == packet_id);
        let is_broken = dup
            && last.is_some_and(|(_, released, connection)| {
                released == payload && *connection < self.connection
            });
        // A copy of its own: the message is a part of all that was read with it.
        self.taken
            .insert(packet_id, Bytes::copy_from_slice(payload));
        is_broken
    }
}

#[test]
fn only_a_repeated_publish_after_its_pubrel_breaks_a_promise() {
    let released = || {
        let mut promises = Promises::default();
        promises.handle_connection();
        assert!(!promises.handle_publish(7, false, b"payload"));
        promises.handle_pubrel(7);
        promises
    };
    let later = || {
        let mut promises = released();
        promises.handle_connection();
        promises
    };
    assert!(later().handle_publish(7, true, b"payload"));
    assert!(!later().handle_publish(7, false, b"payload"), "a new one");
    assert!(!later().handle_publish(8, true, b"payload"), "another flow");
    assert!(
        !later().handle_publish(7, true, b"other"),
        "another message"
    );
    let mut same = released();
    assert!(!same.handle_publish(7, true, b"payload"), "no way to that");
    let mut open = Promises::default();
    open.handle_publish(7, false, b"payload");
    open.handle_connection();
    assert!(!open.handle_publish(7, true, b"payload"), "before PUBREL");
    // The identifier has been another's since.
    let mut reused = later();
    reused.handle_publish(7, false, b"other");
    reused.handle_pubrel(7);
    reused.handle_connection();
    assert!(!reused.handle_publish(7, true, b"payload"));
}
