//! What only MQTT 5.0 has, through the engine's seam: what is set arrives on the wire, and what the
//! server says arrives on the page.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;

use bytes::Bytes;
use console::{Console, profile};
use device_console::engine::LinkId;
use device_console::engine::seam::{
    Cause, ConnectionState, DeviceCommand, Draft, Mqtt5Settings, Profile, ProtocolVersion,
    Publication, PublishProperties, QoS, RetainHandling, Severity, Subscription, WillSettings,
};
use device_console::mqtt::{Packet, ReasonCode};
use device_console::session::Secret;
use device_console::sim::{Broker, BrokerConfig, ConnectionId, Output, ScramCredentials};
use device_console::transport::LinkEvent;

const URL: &str = "ws://127.0.0.1:9001/mqtt";

fn settings(mqtt5: Mqtt5Settings) -> Profile {
    let mut settings = profile();
    settings.connection.version = Some(ProtocolVersion::V5_0);
    settings.connection.user_name = "ann".to_owned();
    settings.connection.password = "pencil".to_owned();
    settings.connection.mqtt5 = mqtt5;
    settings
}

/// A page whose socket is open: CONNECT is sent.
fn opened(profile: Profile) -> (Console, LinkId) {
    let mut console = Console::with_profile(profile, false);
    let link = console.dial(URL);
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    (console, link)
}

fn connected(profile: Profile) -> (Console, LinkId) {
    let (mut console, link) = opened(profile);
    console.link(
        link,
        LinkEvent::Message(Bytes::from_static(&[0x20, 0x03, 0x00, 0x00, 0x00])),
    );
    (console, link)
}

fn last(console: &Console) -> Bytes {
    console.sent().pop().expect("something was sent")
}

#[test]
fn everything_that_is_set_goes_into_connect() {
    let mut profile = settings(Mqtt5Settings {
        session_expiry_secs: Some(3600),
        receive_maximum: Some(7),
        maximum_packet_size: Some(65_536),
        topic_alias_maximum: Some(5),
        request_response_information: true,
        request_problem_information: Some(false),
        user_properties: vec![("site".to_owned(), "lab".to_owned())],
        will_delay_secs: Some(30),
        will_properties: PublishProperties {
            content_type: Some("text/plain".to_owned()),
            ..PublishProperties::default()
        },
        ..Mqtt5Settings::default()
    });
    profile.connection.will = Some(WillSettings {
        topic: "last".to_owned(),
        payload: "words".to_owned(),
        qos: QoS::AtLeastOnce,
        retain: false,
    });
    let (console, _) = opened(profile);
    let frame = last(&console);
    let Ok(Packet::Connect(connect)) = Packet::decode(ProtocolVersion::V5_0, &frame) else {
        panic!("no CONNECT of 5.0: {frame:?}");
    };
    let properties = &connect.properties;
    assert_eq!(properties.session_expiry_interval(), Some(3600));
    assert_eq!(properties.receive_maximum(), Some(7));
    assert_eq!(properties.maximum_packet_size(), Some(65_536));
    assert_eq!(properties.topic_alias_maximum(), Some(5));
    assert_eq!(properties.request_response_information(), Some(true));
    assert_eq!(properties.request_problem_information(), Some(false));
    let user: Vec<_> = properties.user_properties().collect();
    assert_eq!(user, [("site", "lab")]);
    let will = connect.will.expect("a will");
    assert_eq!(will.properties.will_delay_interval(), Some(30));
    assert_eq!(will.properties.content_type(), Some("text/plain"));
    assert_eq!(connect.password, Some(&b"pencil"[..]));
}

#[test]
fn nothing_that_is_not_set_goes_into_connect() {
    let (console, _) = opened(settings(Mqtt5Settings::default()));
    let frame = last(&console);
    let Ok(Packet::Connect(connect)) = Packet::decode(ProtocolVersion::V5_0, &frame) else {
        panic!("no CONNECT of 5.0: {frame:?}");
    };
    // The bound that the session keeps anyway is the one thing that it always says.
    assert_eq!(connect.properties.iter().count(), 1);
    assert!(connect.properties.maximum_packet_size().is_some());
}

#[test]
fn scram_keeps_the_password_out_of_connect_and_never_repeats_its_nonce() {
    let mut firsts = Vec::new();
    let profile = settings(Mqtt5Settings {
        scram: true,
        ..Mqtt5Settings::default()
    });
    let (mut console, mut link) = opened(profile);
    for _ in 0..3 {
        let frame = last(&console);
        assert!(!frame.windows(6).any(|part| part == b"pencil"));
        let Ok(Packet::Connect(connect)) = Packet::decode(ProtocolVersion::V5_0, &frame) else {
            panic!("no CONNECT of 5.0: {frame:?}");
        };
        assert_eq!(connect.password, None);
        let method = connect.properties.authentication_method();
        assert_eq!(method, Some("SCRAM-SHA-256"));
        let data = connect
            .properties
            .authentication_data()
            .expect("the first message");
        assert!(data.starts_with(b"n,,n=ann,r="), "{data:?}");
        firsts.push(data.to_vec());

        // A server that does not continue the client's nonce is not the one that was asked.
        let challenge = b"r=foreign,s=c2FsdA==,i=4096";
        let mut auth = vec![0x18, 21 + challenge.len() as u8 - 2];
        auth.extend_from_slice(&[0x15, 0, 13]);
        auth.extend_from_slice(b"SCRAM-SHA-256");
        auth.extend_from_slice(&[0x16, 0, challenge.len() as u8]);
        auth.extend_from_slice(challenge);
        let mut packet = vec![0xf0, auth.len() as u8];
        packet.extend_from_slice(&auth);
        console.link(link, LinkEvent::Message(Bytes::from(packet)));
        let failure = console.page.connection.as_ref().unwrap().failure.clone();
        assert_eq!(failure.unwrap().cause, Cause::Authentication);
        link = console.dial(URL);
        console.link(
            link,
            LinkEvent::Opened {
                protocol: "mqtt".to_owned(),
            },
        );
    }
    firsts.sort();
    firsts.dedup();
    assert_eq!(firsts.len(), 3);
}

#[test]
fn properties_of_a_message_are_previewed_and_sent() {
    let (mut console, _) = connected(settings(Mqtt5Settings::default()));
    let properties = PublishProperties {
        payload_is_text: Some(true),
        message_expiry_secs: Some(60),
        response_topic: Some("answers".to_owned()),
        correlation_data: Some(Bytes::from_static(b"42")),
        content_type: Some("text/plain".to_owned()),
        user_properties: vec![("a".to_owned(), "b".to_owned())],
        ..PublishProperties::default()
    };
    let publication = Publication {
        topic: "t".to_owned(),
        payload: Bytes::from_static(b"x"),
        qos: QoS::AtMostOnce,
        retain: false,
    };
    let draft = Draft::WithProperties(Box::new(Draft::Raw(publication)), Box::new(properties));
    console.device(DeviceCommand::Preview {
        number: 1,
        draft: draft.clone(),
    });
    console.device(DeviceCommand::Send { draft });
    let frame = last(&console);
    let preview = console.page.preview.clone().expect("a preview");
    assert_eq!(preview.bytes, frame, "what is shown is what is sent");
    let Ok(Packet::Publish(publish)) = Packet::decode(ProtocolVersion::V5_0, &frame) else {
        panic!("no PUBLISH of 5.0: {frame:?}");
    };
    assert_eq!(publish.properties.message_expiry_interval(), Some(60));
    assert_eq!(publish.properties.content_type(), Some("text/plain"));
    assert_eq!(publish.properties.correlation_data(), Some(&b"42"[..]));
}

#[test]
fn the_options_of_a_subscription_go_into_subscribe_and_come_back_with_the_next_connection() {
    let (mut console, _) = connected(settings(Mqtt5Settings::default()));
    console.device(DeviceCommand::SubscribeWith(Subscription {
        no_local: true,
        retain_as_published: true,
        retain_handling: RetainHandling::Never,
        identifier: Some(9),
        ..Subscription::new("own/#", QoS::AtLeastOnce)
    }));
    for _ in 0..2 {
        let frame = last(&console);
        assert_eq!(frame[0], 0x82);
        // Subscription identifier 9 as the only property; then the filter with its options.
        assert_eq!(frame[4..7], [2, 0x0b, 9]);
        assert_eq!(frame.last(), Some(&0b0010_1101));
        console.device(DeviceCommand::Disconnect);
        let link = console.dial(URL);
        console.link(
            link,
            LinkEvent::Opened {
                protocol: "mqtt".to_owned(),
            },
        );
        console.link(
            link,
            LinkEvent::Message(Bytes::from_static(&[0x20, 0x03, 0x00, 0x00, 0x00])),
        );
    }
}

#[test]
fn what_connack_says_is_shown() {
    let (mut console, link) = opened(settings(Mqtt5Settings::default()));
    let connack: &[u8] = &[
        0x20, 11, 0, 0, 8, // properties
        0x13, 0, 30, // server keep alive
        0x21, 0, 10, // receive maximum
        0x2a, 0, // no shared subscriptions
    ];
    console.link(link, LinkEvent::Message(Bytes::copy_from_slice(connack)));
    let facts = &console.page.connection.as_ref().unwrap().server;
    let said: Vec<_> = facts
        .iter()
        .map(|fact| (fact.label.en.as_ref(), fact.value.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            ("Server keep alive (s)", "30"),
            ("Receive maximum", "10"),
            ("Shared subscriptions", "—"),
        ]
    );
}

#[test]
fn a_refusing_acknowledgement_is_told_with_its_reason_string() {
    let (mut console, link) = connected(settings(Mqtt5Settings::default()));
    console.device(DeviceCommand::Send {
        draft: Draft::Raw(Publication {
            topic: "t".to_owned(),
            payload: Bytes::new(),
            qos: QoS::AtLeastOnce,
            retain: false,
        }),
    });
    let frame = last(&console);
    // Not authorized, with the reason string "no".
    let puback = [0x40, 9, frame[5], frame[6], 0x87, 5, 0x1f, 0, 2, b'n', b'o'];
    console.link(link, LinkEvent::Message(Bytes::copy_from_slice(&puback)));
    let notice = console.page.notices.last().expect("it is told");
    assert_eq!(notice.severity, Severity::Error);
    assert!(notice.text.en.contains("Not authorized"), "{notice:?}");
    assert!(notice.text.en.contains("“no”"), "{notice:?}");
}

#[test]
fn a_disconnect_of_the_server_is_told_with_everything_that_it_says() {
    let (mut console, link) = connected(settings(Mqtt5Settings::default()));
    // Server moved, reason string "up", server reference "b".
    let disconnect = [0xe0, 11, 0x9d, 9, 0x1f, 0, 2, b'u', b'p', 0x1c, 0, 1, b'b'];
    console.link(
        link,
        LinkEvent::Message(Bytes::copy_from_slice(&disconnect)),
    );
    let connection = console.page.connection.clone().unwrap();
    let failure = connection.failure.unwrap();
    assert_eq!(failure.cause, Cause::Disconnected(ReasonCode::SERVER_MOVED));
    for part in ["0x9D", "“up”", "server reference b"] {
        assert!(failure.what.en.contains(part), "{}", failure.what.en);
    }
    assert!(
        connection.stopped.is_some(),
        "it would only be told so again"
    );
}

#[test]
fn disconnect_says_what_the_settings_say() {
    let (mut console, _) = connected(settings(Mqtt5Settings {
        session_expiry_secs: Some(60),
        disconnect_with_will: true,
        disconnect_session_expiry_secs: Some(5),
        ..Mqtt5Settings::default()
    }));
    console.device(DeviceCommand::Disconnect);
    let frame = last(&console);
    assert_eq!(frame[..], [0xe0, 7, 0x04, 5, 0x11, 0, 0, 0, 5]);
}

#[test]
fn a_session_expiry_interval_that_disconnect_may_not_raise_is_refused() {
    let (mut console, _) = connected(settings(Mqtt5Settings {
        disconnect_session_expiry_secs: Some(5),
        ..Mqtt5Settings::default()
    }));
    console.device(DeviceCommand::Disconnect);
    assert_ne!(last(&console)[0], 0xe0);
    let told = console.page.notices.last().expect("it is told");
    assert!(told.text.en.contains("cannot be raised"), "{told:?}");
}

/// The simulated broker at the other end of the engine's socket.
struct Scram {
    broker: Broker,
    id: ConnectionId,
    link: LinkId,
    passed_on: usize,
}

impl Scram {
    fn dial(console: &mut Console) -> Self {
        let mut broker = Broker::new(BrokerConfig {
            scram: Some(ScramCredentials {
                user_name: "ann".to_owned(),
                password: Secret::new("pencil"),
                salt: b"salt".to_vec(),
                iterations: 4_096,
            }),
            ..BrokerConfig::default()
        });
        let passed_on = console.sent().len();
        let id = broker.open(console.now());
        let link = console.dial(URL);
        let protocol = "mqtt".to_owned();
        console.link(link, LinkEvent::Opened { protocol });
        Self {
            broker,
            id,
            link,
            passed_on,
        }
    }

    /// Exchanges packets until nobody has anything to say.
    fn drive(&mut self, console: &mut Console) {
        loop {
            let sent = console.sent().split_off(self.passed_on);
            self.passed_on += sent.len();
            for bytes in &sent {
                self.broker.handle_bytes(console.now(), self.id, bytes);
            }
            let mut answered = false;
            while let Some(output) = self.broker.poll_output() {
                answered = true;
                match output {
                    Output::Transmit(_, bytes) => {
                        console.link(self.link, LinkEvent::Message(bytes));
                    }
                    Output::Close(_) => console.link(
                        self.link,
                        LinkEvent::Closed {
                            code: 1000,
                            reason: String::new(),
                            clean: true,
                        },
                    ),
                }
            }
            if sent.is_empty() && !answered {
                return;
            }
        }
    }
}

fn with_scram(password: &str) -> Profile {
    let mut profile = settings(Mqtt5Settings {
        scram: true,
        ..Mqtt5Settings::default()
    });
    profile.connection.password = password.to_owned();
    profile
}

#[test]
fn scram_goes_through_the_engine_whole_and_again_on_the_same_connection() {
    let mut console = Console::with_profile(with_scram("pencil"), false);
    let mut scram = Scram::dial(&mut console);
    scram.drive(&mut console);
    let state = console.page.connection.as_ref().unwrap().state;
    assert!(
        matches!(state, ConnectionState::Connected { .. }),
        "{state:?}"
    );
    let packets = |console: &Console| {
        let sent = console.sent();
        sent.iter().map(|bytes| bytes[0] >> 4).collect::<Vec<_>>()
    };
    // CONNECT, AUTH, and what the platform wants.
    assert_eq!(packets(&console)[..2], [1, 15]);

    let before = console.sent().len();
    console.device(DeviceCommand::Reauthenticate);
    scram.drive(&mut console);
    assert_eq!(packets(&console)[before..], [15, 15]);
    let told = console.page.notices.last().expect("it is told");
    assert!(told.text.en.contains("authenticated again"), "{told:?}");
    let state = console.page.connection.as_ref().unwrap().state;
    assert!(
        matches!(state, ConnectionState::Connected { .. }),
        "{state:?}"
    );
}

#[test]
fn a_wrong_password_is_refused_by_the_exchange() {
    let mut console = Console::with_profile(with_scram("pen"), false);
    Scram::dial(&mut console).drive(&mut console);
    let connection = console.page.connection.clone().unwrap();
    assert_eq!(connection.state, ConnectionState::Offline);
    let failure = connection.failure.expect("a failure");
    assert_eq!(failure.cause, Cause::Refused(ReasonCode::NOT_AUTHORIZED));
    assert!(failure.certain);
}

#[test]
fn who_did_not_connect_by_an_exchange_cannot_authenticate_again() {
    let (mut console, _) = connected(settings(Mqtt5Settings::default()));
    let before = console.sent().len();
    console.device(DeviceCommand::Reauthenticate);
    assert_eq!(console.sent().len(), before);
    assert!(console.page.notices.last().is_some());
}
