//! What is refused when writing, and that nothing is written then.

use device_console::mqtt::{
    Auth, ConnAck, Connect, Disconnect, Packet, PacketId, Properties, Property, ProtocolVersion,
    PubAck, PubRel, Publish, QoS, ReasonCode, ReasonCodes, SubAck, Subscribe, Subscription,
    TopicFilter, TopicName, UnsubAck, Unsubscribe, Violation, Will,
};

use ProtocolVersion::{V3_1, V3_1_1, V5_0};

const ID: PacketId = PacketId::MIN;

fn topic() -> TopicName<'static> {
    TopicName::new("a/b").expect("a topic name")
}

#[track_caller]
fn assert_refused<'a>(
    version: ProtocolVersion,
    packet: impl Into<Packet<'a>>,
    kind: Violation,
    field: &str,
) {
    let packet = packet.into();
    let mut out = vec![1, 2, 3];
    let error = packet.encode(version, &mut out).expect_err("refused");
    assert_eq!((error.kind, error.field), (kind, field));
    assert_eq!(out, [1, 2, 3], "something was written");
    assert_eq!(packet.encoded_length(version), Err(error));
}

#[test]
fn what_a_version_lacks_is_refused() {
    let user = [Property::UserProperty(("a", "b"))];
    let properties = Properties::new(&user);
    for version in [V3_1, V3_1_1] {
        let kind = Violation::NotInVersion;
        let connect = Connect::new("d");
        assert_refused(
            version,
            Connect {
                properties,
                ..connect
            },
            kind,
            "Properties",
        );
        let will = Will {
            qos: QoS::AtMostOnce,
            retain: false,
            properties,
            topic: topic(),
            payload: b"",
        };
        assert_refused(
            version,
            Connect {
                will: Some(will),
                ..connect
            },
            kind,
            "Will Properties",
        );
        let publish = Publish::new(topic(), b"");
        assert_refused(
            version,
            Publish {
                properties,
                ..publish
            },
            kind,
            "Properties",
        );
        assert_refused(
            version,
            PubAck {
                properties,
                ..PubAck::new(ID)
            },
            kind,
            "Properties",
        );
        let refused = PubAck {
            reason_code: ReasonCode::NOT_AUTHORIZED,
            ..PubAck::new(ID)
        };
        assert_refused(version, refused, kind, "Reason Code");
        let taken_over = Disconnect::new(ReasonCode::SESSION_TAKEN_OVER);
        assert_refused(version, taken_over, kind, "Reason Code");
        assert_refused(version, Auth::default(), kind, "AUTH");
        let codes = ReasonCodes::new(&[0]);
        assert_refused(version, UnsubAck::new(ID, codes), kind, "Reason Code");
        let filter = TopicFilter::new("a").expect("a filter");
        let no_local = [Subscription {
            no_local: true,
            ..Subscription::new(filter, QoS::AtMostOnce)
        }];
        assert_refused(
            version,
            Subscribe::new(ID, &no_local),
            kind,
            "Subscription Options",
        );
    }
    let kind = Violation::NotInVersion;
    let present = ConnAck {
        session_present: true,
        reason_code: ReasonCode::SUCCESS,
        properties: Properties::NONE,
    };
    assert_refused(V3_1, present, kind, "Session Present");
    for version in [V3_1_1, V5_0] {
        assert_refused(
            version,
            PubRel {
                dup: true,
                ..PubRel::new(ID)
            },
            kind,
            "DUP",
        );
    }
}

#[test]
fn connect_is_checked() {
    let connect = Connect::new("d");
    for version in [V3_1, V3_1_1] {
        let password = Connect {
            password: Some(b"p"),
            ..connect
        };
        assert_refused(
            version,
            password,
            Violation::PasswordWithoutUserName,
            "Password",
        );
    }
    let empty = Connect {
        clean_start: false,
        ..Connect::new("")
    };
    assert_refused(
        V3_1_1,
        empty,
        Violation::ClientIdRequired,
        "Client Identifier",
    );
    assert_refused(
        V5_0,
        Connect::new("a\0"),
        Violation::NullCharacter,
        "Client Identifier",
    );
    let long = "x".repeat(65_536);
    assert_refused(
        V5_0,
        Connect::new(&long),
        Violation::TooLong,
        "Client Identifier",
    );
    let user = Connect {
        user_name: Some(&long),
        ..connect
    };
    assert_refused(V3_1_1, user, Violation::TooLong, "User Name");
    let password = Connect {
        user_name: Some("u"),
        password: Some(long.as_bytes()),
        ..connect
    };
    assert_refused(V3_1_1, password, Violation::TooLong, "Password");
    let will = Will {
        qos: QoS::AtMostOnce,
        retain: false,
        properties: Properties::NONE,
        topic: TopicName::ALIASED,
        payload: b"",
    };
    let aliased = Connect {
        will: Some(will),
        ..connect
    };
    assert_refused(V5_0, aliased, Violation::EmptyTopicName, "Will Topic");
    let will = Will {
        topic: topic(),
        payload: long.as_bytes(),
        ..will
    };
    assert_refused(
        V5_0,
        Connect {
            will: Some(will),
            ..connect
        },
        Violation::TooLong,
        "Will Payload",
    );
    let data = [Property::AuthenticationData(b"x")];
    let properties = Properties::new(&data);
    let kind = Violation::MissingAuthenticationMethod;
    assert_refused(
        V5_0,
        Connect {
            properties,
            ..connect
        },
        kind,
        "Authentication Data",
    );
}

#[test]
fn publish_is_checked() {
    let publish = Publish::new(topic(), b"");
    for version in [V3_1_1, V5_0] {
        let dup = Publish {
            dup: true,
            ..publish
        };
        assert_refused(version, dup, Violation::DupWithoutQoS, "DUP");
        let id = Publish {
            packet_id: Some(ID),
            ..publish
        };
        assert_refused(
            version,
            id,
            Violation::PacketIdWithoutQoS,
            "Packet Identifier",
        );
        let qos = Publish {
            qos: QoS::ExactlyOnce,
            ..publish
        };
        assert_refused(
            version,
            qos,
            Violation::MissingPacketId,
            "Packet Identifier",
        );
    }
    let aliased = Publish {
        topic: TopicName::ALIASED,
        ..publish
    };
    assert_refused(V3_1_1, aliased, Violation::EmptyTopicName, "Topic Name");
    assert_refused(V5_0, aliased, Violation::TopicNameMissing, "Topic Name");
    let payload = vec![0; 268_435_455 - 4];
    let largest = Publish {
        payload: &payload,
        ..publish
    };
    // Topic name, its length, property length and payload: one byte too many.
    assert_refused(V5_0, largest, Violation::TooLong, "Remaining Length");
}

#[test]
fn properties_are_checked() {
    let publish = Publish::new(topic(), b"");
    let long = "x".repeat(65_536);
    let alias = Property::TopicAlias(1);
    for (list, kind, field) in [
        (
            &[Property::ReceiveMaximum(1)][..],
            Violation::PropertyNotAllowed,
            "Receive Maximum",
        ),
        (&[alias, alias], Violation::PropertyRepeated, "Topic Alias"),
        (
            &[Property::TopicAlias(0)],
            Violation::TopicAliasZero,
            "Topic Alias",
        ),
        (
            &[Property::SubscriptionIdentifier(0)],
            Violation::PropertyZero,
            "Subscription Identifier",
        ),
        (
            &[Property::SubscriptionIdentifier(268_435_456)],
            Violation::TooLong,
            "Subscription Identifier",
        ),
        (
            &[Property::ResponseTopic("")],
            Violation::EmptyTopicName,
            "Response Topic",
        ),
        (
            &[Property::ResponseTopic("a/#")],
            Violation::WildcardInResponseTopic,
            "Response Topic",
        ),
        (
            &[Property::ContentType("\0")],
            Violation::NullCharacter,
            "Content Type",
        ),
        (
            &[Property::ContentType(&long)],
            Violation::TooLong,
            "Content Type",
        ),
        (
            &[Property::UserProperty(("a", &long))],
            Violation::TooLong,
            "User Property",
        ),
        (
            &[Property::CorrelationData(long.as_bytes())],
            Violation::TooLong,
            "Correlation Data",
        ),
    ] {
        assert_refused(
            V5_0,
            Publish {
                properties: Properties::new(list),
                ..publish
            },
            kind,
            field,
        );
    }
    let qos_2 = [Property::MaximumQoS(QoS::ExactlyOnce)];
    let connack = ConnAck {
        session_present: false,
        reason_code: ReasonCode::SUCCESS,
        properties: Properties::new(&qos_2),
    };
    assert_refused(V5_0, connack, Violation::PropertyNotBoolean, "Maximum QoS");
}

#[test]
fn properties_that_were_checked_for_one_packet_are_checked_again_for_another() {
    let alias = [Property::TopicAlias(1)];
    let publish = Publish {
        properties: Properties::new(&alias),
        ..Publish::new(topic(), b"")
    };
    let mut frame = Vec::new();
    Packet::from(publish)
        .encode(V5_0, &mut frame)
        .expect("a PUBLISH");
    let Ok(Packet::Publish(decoded)) = Packet::decode(V5_0, &frame) else {
        panic!("not a PUBLISH");
    };
    let puback = PubAck {
        properties: decoded.properties,
        ..PubAck::new(ID)
    };
    assert_refused(V5_0, puback, Violation::PropertyNotAllowed, "Topic Alias");
    assert_refused(V3_1_1, decoded, Violation::NotInVersion, "Properties");
}

#[test]
fn lists_need_an_entry_and_codes_a_meaning() {
    for version in [V3_1_1, V5_0] {
        assert_refused(
            version,
            Subscribe::new(ID, &[]),
            Violation::EmptySubscribe,
            "Topic Filter",
        );
        assert_refused(
            version,
            Unsubscribe::new(ID, &[]),
            Violation::EmptyUnsubscribe,
            "Topic Filter",
        );
        assert_refused(
            version,
            SubAck::new(ID, ReasonCodes::default()),
            Violation::EmptyAcknowledgement(device_console::mqtt::PacketType::SubAck),
            "Reason Code",
        );
    }
    let packet = device_console::mqtt::PacketType::SubAck;
    let codes = ReasonCodes::new(&[0, 3]);
    let kind = Violation::InvalidReasonCode(packet);
    assert_refused(V5_0, SubAck::new(ID, codes), kind, "Reason Code");
    assert_refused(V3_1_1, SubAck::new(ID, codes), kind, "Return Code");
    let present = ConnAck {
        session_present: true,
        reason_code: ReasonCode::NOT_AUTHORIZED,
        properties: Properties::NONE,
    };
    assert_refused(
        V5_0,
        present,
        Violation::SessionPresentOnRefusal,
        "Session Present",
    );
    let auth = Auth {
        reason_code: ReasonCode::CONTINUE_AUTHENTICATION,
        ..Auth::default()
    };
    let kind = Violation::MissingAuthenticationMethod;
    assert_refused(V5_0, auth, kind, "Authentication Method");
}

#[test]
fn shared_subscriptions_are_checked() {
    let filter = TopicFilter::new("$share/g/a").expect("a share");
    let list = [Subscription {
        no_local: true,
        ..Subscription::new(filter, QoS::AtMostOnce)
    }];
    assert_refused(
        V5_0,
        Subscribe::new(ID, &list),
        Violation::NoLocalOnSharedSubscription,
        "Subscription Options",
    );
    // Before 5.0 this filter means nothing special, so it may be wrong for 5.0.
    let odd = TopicFilter::for_version(V3_1_1, "$share//a").expect("a 3.1.1 filter");
    let list = [Subscription::new(odd, QoS::AtMostOnce)];
    assert_refused(
        V5_0,
        Subscribe::new(ID, &list),
        Violation::EmptyShareName,
        "Topic Filter",
    );
}

#[test]
fn a_password_is_never_in_debug_output() {
    let connect = Connect {
        user_name: Some("user"),
        password: Some(b"correct-horse"),
        ..Connect::new("d")
    };
    let text = format!("{connect:?} {:?}", Packet::from(connect));
    assert!(text.contains("<redacted>"));
    assert!(
        !text.contains("correct-horse") && !text.contains("99, 111, 114"),
        "{text}"
    );
    let data = [Property::AuthenticationData(b"correct-horse")];
    let text = format!("{:?}", Properties::new(&data));
    assert!(!text.contains("99, 111, 114"), "{text}");
}
