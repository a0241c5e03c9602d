//! Every packet, in every version that has it, is what it was after encoding and decoding.

use device_console::mqtt::{
    Auth, ConnAck, Connect, Disconnect, Packet, PacketId, Properties, Property, ProtocolVersion,
    PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode, ReasonCodes, RetainHandling, SubAck,
    Subscribe, Subscription, TopicFilter, TopicName, UnsubAck, Unsubscribe, Violation, Will,
};

use ProtocolVersion::{V3_1, V3_1_1, V5_0};

fn round_trip(version: ProtocolVersion, packet: Packet<'_>) -> Vec<u8> {
    let mut frame = Vec::new();
    packet
        .encode(version, &mut frame)
        .unwrap_or_else(|error| panic!("{packet:?}: {error}"));
    assert_eq!(packet.encoded_length(version), Ok(frame.len()));
    let decoded = Packet::decode(version, &frame)
        .unwrap_or_else(|error| panic!("{packet:?}: {frame:02X?}: {error}"));
    assert_eq!(decoded, packet, "{version}: {frame:02X?}");
    // What was decoded encodes to the same bytes, without taking its lists apart.
    let mut again = Vec::new();
    decoded
        .encode(version, &mut again)
        .expect("what was decoded can be encoded");
    assert_eq!(again, frame);
    frame
}

#[test]
fn every_packet_survives_encoding_and_decoding() {
    let id = PacketId::new(10).expect("not zero");
    let topic = TopicName::new("sport/tennis").expect("a topic name");
    let filter = TopicFilter::new("sport/+/#").expect("a topic filter");
    for version in ProtocolVersion::ALL {
        let five = version == V5_0;
        let user = [
            Property::UserProperty(("a", "b")),
            Property::UserProperty(("a", "c")),
        ];
        let properties = if five {
            Properties::new(&user)
        } else {
            Properties::NONE
        };
        let reason = if five {
            ReasonCode(0x92)
        } else {
            ReasonCode::SUCCESS
        };
        let dup = version == V3_1;
        round_trip(version, Connect::new("device-1").into());
        round_trip(
            version,
            Connect {
                clean_start: false,
                keep_alive_secs: 30,
                properties,
                client_id: "device-1",
                will: Some(Will {
                    qos: QoS::ExactlyOnce,
                    retain: true,
                    properties,
                    topic,
                    payload: &[0, 1, 2],
                }),
                user_name: Some("ünï"),
                password: Some(&[0xFF]),
            }
            .into(),
        );
        let code = if five {
            ReasonCode::NOT_AUTHORIZED
        } else {
            ReasonCode::REFUSED_NOT_AUTHORIZED
        };
        round_trip(
            version,
            ConnAck {
                session_present: false,
                reason_code: code,
                properties,
            }
            .into(),
        );
        round_trip(version, Publish::new(topic, b"").into());
        round_trip(
            version,
            Publish {
                dup: true,
                qos: QoS::AtLeastOnce,
                retain: true,
                topic,
                packet_id: Some(id),
                properties,
                payload: &[7; 300],
            }
            .into(),
        );
        round_trip(version, PubAck::new(id).into());
        round_trip(
            version,
            PubRec {
                properties,
                ..PubRec::new(id)
            }
            .into(),
        );
        round_trip(
            version,
            PubRel {
                dup,
                reason_code: reason,
                ..PubRel::new(id)
            }
            .into(),
        );
        round_trip(
            version,
            PubComp {
                reason_code: reason,
                properties,
                ..PubComp::new(id)
            }
            .into(),
        );
        let plain = Subscription::new(filter, QoS::AtLeastOnce);
        let subscriptions = [
            plain,
            Subscription {
                no_local: five,
                retain_as_published: five,
                retain_handling: if five {
                    RetainHandling::DoNotSend
                } else {
                    RetainHandling::SendAtSubscribe
                },
                ..plain
            },
        ];
        let subscribe = Subscribe::new(id, &subscriptions);
        round_trip(
            version,
            Subscribe {
                dup,
                properties,
                ..subscribe
            }
            .into(),
        );
        let codes = ReasonCodes::new(&[0, 1, 2]);
        round_trip(
            version,
            SubAck {
                properties,
                ..SubAck::new(id, codes)
            }
            .into(),
        );
        let filters = [
            filter,
            TopicFilter::new("$share/group/a/#").expect("a filter"),
        ];
        round_trip(
            version,
            Unsubscribe {
                dup,
                properties,
                ..Unsubscribe::new(id, &filters)
            }
            .into(),
        );
        let codes = if five {
            ReasonCodes::new(&[0, 0x11])
        } else {
            ReasonCodes::default()
        };
        round_trip(
            version,
            UnsubAck {
                properties,
                ..UnsubAck::new(id, codes)
            }
            .into(),
        );
        assert_eq!(round_trip(version, Packet::PingReq), [0xC0, 0]);
        assert_eq!(round_trip(version, Packet::PingResp), [0xD0, 0]);
        assert_eq!(round_trip(version, Disconnect::default().into()), [0xE0, 0]);
    }
    let method = [Property::AuthenticationMethod("SCRAM-SHA-256")];
    round_trip(
        V5_0,
        Auth {
            reason_code: ReasonCode::CONTINUE_AUTHENTICATION,
            properties: Properties::new(&method),
        }
        .into(),
    );
    round_trip(V5_0, Auth::default().into());
    round_trip(V5_0, Disconnect::new(ReasonCode::SESSION_TAKEN_OVER).into());
}

#[test]
fn auth_exists_in_5_0_alone() {
    for version in [V3_1, V3_1_1] {
        let mut out = Vec::new();
        let error = Packet::from(Auth::default())
            .encode(version, &mut out)
            .expect_err("no AUTH");
        assert_eq!(error.kind, Violation::NotInVersion);
        assert!(out.is_empty());
        let error = Packet::decode(version, &[0xF0, 0]).expect_err("no AUTH");
        assert_eq!(
            (error.kind, error.offset),
            (Violation::ReservedPacketType, 0)
        );
    }
}
