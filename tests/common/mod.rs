//! Shared by the tests of the codec: packets at random, owned, so that they can be shrunk.

#![allow(dead_code)] // Each test binary uses its part.

use device_console::mqtt::{
    Auth, ConnAck, Connect, Disconnect, PROPERTIES, Packet, PacketId, PacketType, Properties,
    Property, PropertyId, PropertyOwner, ProtocolVersion, PubAck, PubComp, PubRec, PubRel, Publish,
    QoS, ReasonCode, ReasonCodes, RetainHandling, SubAck, Subscribe, Subscription, TopicFilter,
    TopicName, UnsubAck, Unsubscribe, Will,
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use ProtocolVersion::{V3_1, V3_1_1, V5_0};

/// A property that owns its value.
#[derive(Clone, Debug)]
pub struct OwnedProperty {
    id: PropertyId,
    number: u32,
    text: String,
    value: String,
    data: Vec<u8>,
}

impl OwnedProperty {
    pub fn borrow(&self) -> Property<'_> {
        use Property as P;
        let Self {
            number,
            text,
            value,
            data,
            ..
        } = self;
        let flag = number & 1 == 1;
        let non_zero = (*number as u16).max(1);
        match self.id {
            PropertyId::PayloadFormatIndicator => P::PayloadFormatIndicator(flag),
            PropertyId::MessageExpiryInterval => P::MessageExpiryInterval(*number),
            PropertyId::ContentType => P::ContentType(text),
            PropertyId::ResponseTopic => P::ResponseTopic(text),
            PropertyId::CorrelationData => P::CorrelationData(data),
            PropertyId::SubscriptionIdentifier => {
                P::SubscriptionIdentifier((number % 268_435_456).max(1))
            }
            PropertyId::SessionExpiryInterval => P::SessionExpiryInterval(*number),
            PropertyId::AssignedClientIdentifier => P::AssignedClientIdentifier(text),
            PropertyId::ServerKeepAlive => P::ServerKeepAlive(*number as u16),
            PropertyId::AuthenticationMethod => P::AuthenticationMethod(text),
            PropertyId::AuthenticationData => P::AuthenticationData(data),
            PropertyId::RequestProblemInformation => P::RequestProblemInformation(flag),
            PropertyId::WillDelayInterval => P::WillDelayInterval(*number),
            PropertyId::RequestResponseInformation => P::RequestResponseInformation(flag),
            PropertyId::ResponseInformation => P::ResponseInformation(text),
            PropertyId::ServerReference => P::ServerReference(text),
            PropertyId::ReasonString => P::ReasonString(text),
            PropertyId::ReceiveMaximum => P::ReceiveMaximum(non_zero),
            PropertyId::TopicAliasMaximum => P::TopicAliasMaximum(*number as u16),
            PropertyId::TopicAlias => P::TopicAlias(non_zero),
            PropertyId::MaximumQoS => P::MaximumQoS(if flag {
                QoS::AtLeastOnce
            } else {
                QoS::AtMostOnce
            }),
            PropertyId::RetainAvailable => P::RetainAvailable(flag),
            PropertyId::UserProperty => P::UserProperty((text, value)),
            PropertyId::MaximumPacketSize => P::MaximumPacketSize((*number).max(1)),
            PropertyId::WildcardSubscriptionAvailable => P::WildcardSubscriptionAvailable(flag),
            PropertyId::SubscriptionIdentifierAvailable => P::SubscriptionIdentifierAvailable(flag),
            PropertyId::SharedSubscriptionAvailable => P::SharedSubscriptionAvailable(flag),
        }
    }
}

/// A packet that owns what it carries. Not every field means something to every packet type.
#[derive(Clone, Debug)]
pub struct OwnedPacket {
    pub version: ProtocolVersion,
    pub packet_type: PacketType,
    dup: bool,
    retain: bool,
    clean: bool,
    qos: QoS,
    id: PacketId,
    keep_alive_secs: u16,
    client_id: String,
    topic: String,
    payload: Vec<u8>,
    user_name: Option<String>,
    password: Option<Vec<u8>>,
    will: Option<OwnedWill>,
    properties: Vec<OwnedProperty>,
    filters: Vec<(String, u8)>,
    codes: Vec<u8>,
}

#[derive(Clone, Debug)]
struct OwnedWill {
    qos: QoS,
    retain: bool,
    topic: String,
    payload: Vec<u8>,
    properties: Vec<OwnedProperty>,
}

impl OwnedPacket {
    /// Calls `use_packet` with the packet, borrowed.
    pub fn with<T>(&self, use_packet: impl FnOnce(Packet<'_>) -> T) -> T {
        let list: Vec<_> = self.properties.iter().map(OwnedProperty::borrow).collect();
        let properties = Properties::new(&list);
        let will_list: Vec<_> = match &self.will {
            Some(will) => will.properties.iter().map(OwnedProperty::borrow).collect(),
            None => Vec::new(),
        };
        let topic = TopicName::new(&self.topic).expect("the generator makes topic names");
        let code = ReasonCode(self.codes.first().copied().unwrap_or(0));
        let codes = ReasonCodes::new(&self.codes);
        let filter = |text| TopicFilter::new(text).expect("the generator makes topic filters");
        let packet = match self.packet_type {
            PacketType::Connect => Packet::Connect(Connect {
                clean_start: self.clean,
                keep_alive_secs: self.keep_alive_secs,
                properties,
                client_id: &self.client_id,
                will: self.will.as_ref().map(|will| Will {
                    qos: will.qos,
                    retain: will.retain,
                    properties: Properties::new(&will_list),
                    topic: TopicName::new(&will.topic).expect("a topic name"),
                    payload: &will.payload,
                }),
                user_name: self.user_name.as_deref(),
                password: self.password.as_deref(),
            }),
            PacketType::ConnAck => Packet::ConnAck(ConnAck {
                session_present: self.clean && code == ReasonCode::SUCCESS && self.version != V3_1,
                reason_code: code,
                properties,
            }),
            PacketType::Publish => Packet::Publish(Publish {
                dup: self.dup && self.qos != QoS::AtMostOnce,
                qos: self.qos,
                retain: self.retain,
                topic: match properties.topic_alias() {
                    Some(_) if self.clean => TopicName::ALIASED,
                    _ => topic,
                },
                packet_id: (self.qos != QoS::AtMostOnce).then_some(self.id),
                properties,
                payload: &self.payload,
            }),
            PacketType::PubAck => Packet::PubAck(PubAck {
                packet_id: self.id,
                reason_code: code,
                properties,
            }),
            PacketType::PubRec => Packet::PubRec(PubRec {
                packet_id: self.id,
                reason_code: code,
                properties,
            }),
            PacketType::PubRel => Packet::PubRel(PubRel {
                dup: self.dup && self.version == V3_1,
                packet_id: self.id,
                reason_code: code,
                properties,
            }),
            PacketType::PubComp => Packet::PubComp(PubComp {
                packet_id: self.id,
                reason_code: code,
                properties,
            }),
            PacketType::Subscribe => {
                let list: Vec<_> = self
                    .filters
                    .iter()
                    .map(|(text, options)| {
                        let filter = filter(text);
                        let five = self.version == V5_0;
                        Subscription {
                            filter,
                            qos: QoS::from_bits(options & 3).unwrap_or_default(),
                            no_local: five && options & 4 != 0 && filter.shared().is_none(),
                            retain_as_published: five && options & 8 != 0,
                            retain_handling: match options >> 4 & 3 {
                                1 if five => RetainHandling::SendIfNew,
                                2 if five => RetainHandling::DoNotSend,
                                _ => RetainHandling::SendAtSubscribe,
                            },
                        }
                    })
                    .collect();
                let dup = self.dup && self.version == V3_1;
                return use_packet(Packet::Subscribe(Subscribe {
                    dup,
                    properties,
                    ..Subscribe::new(self.id, &list)
                }));
            }
            PacketType::SubAck => Packet::SubAck(SubAck {
                packet_id: self.id,
                properties,
                reason_codes: codes,
            }),
            PacketType::Unsubscribe => {
                let list: Vec<_> = self.filters.iter().map(|(text, _)| filter(text)).collect();
                let dup = self.dup && self.version == V3_1;
                return use_packet(Packet::Unsubscribe(Unsubscribe {
                    dup,
                    properties,
                    ..Unsubscribe::new(self.id, &list)
                }));
            }
            PacketType::UnsubAck => Packet::UnsubAck(UnsubAck {
                packet_id: self.id,
                properties,
                reason_codes: codes,
            }),
            PacketType::PingReq => Packet::PingReq,
            PacketType::PingResp => Packet::PingResp,
            PacketType::Disconnect => Packet::Disconnect(Disconnect {
                reason_code: code,
                properties,
            }),
            PacketType::Auth => Packet::Auth(Auth {
                reason_code: code,
                properties,
            }),
        };
        use_packet(packet)
    }

    /// The packet's frame.
    pub fn frame(&self) -> Vec<u8> {
        let mut frame = Vec::new();
        self.with(|packet| packet.encode(self.version, &mut frame))
            .unwrap_or_else(|error| panic!("{self:?}: {error}"));
        frame
    }
}

pub fn versions() -> impl Strategy<Value = ProtocolVersion> {
    select(ProtocolVersion::ALL.to_vec())
}

/// Text that a packet may carry: no U+0000, and now and then beyond ASCII.
pub fn texts() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-zA-Z0-9 _/.-]{0,40}", 1 => "[^\u{0}]{0,20}", 1 => "[a-z]{120,300}"]
}

pub fn topic_names() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-zA-Z0-9/$_]{1,40}", 1 => "[^\u{0}+#]{1,20}"]
}

pub fn topic_filters() -> impl Strategy<Value = String> {
    let level = prop_oneof![3 => "[a-z0-9$]{0,6}", 1 => Just("+".to_owned())];
    let plain = (vec(level, 1..5), any::<bool>()).prop_map(|(levels, open)| {
        let filter = levels.join("/");
        match (filter.is_empty(), open) {
            (true, _) => "#".to_owned(),
            (_, true) => filter + "/#",
            (_, false) => filter,
        }
    });
    // A filter of share form by chance must be a valid one.
    let plain = plain.prop_filter("no half share", |filter| !filter.starts_with("$share/"));
    (option::weighted(0.2, "[a-z]{1,5}"), plain).prop_map(|(share, filter)| match share {
        Some(share) => format!("$share/{share}/{filter}"),
        None => filter,
    })
}

fn qualities() -> impl Strategy<Value = QoS> {
    select(QoS::ALL.to_vec())
}

fn properties(version: ProtocolVersion, owner: PropertyOwner) -> BoxedStrategy<Vec<OwnedProperty>> {
    let allowed: Vec<PropertyId> = PROPERTIES
        .iter()
        .filter(|row| row.is_allowed_in(owner))
        .map(|row| row.id)
        .collect();
    if version != V5_0 || allowed.is_empty() {
        return Just(Vec::new()).boxed();
    }
    let one = (
        select(allowed),
        prop_oneof![0..4_u32, any::<u32>()],
        topic_names(),
        texts(),
        vec(any::<u8>(), 0..20),
    )
        .prop_map(|(id, number, text, value, data)| OwnedProperty {
            id,
            number,
            text,
            value,
            data,
        });
    vec(one, 0..8)
        .prop_map(move |list| {
            let mut kept: Vec<OwnedProperty> = Vec::new();
            for property in list {
                let again = kept.iter().any(|earlier| earlier.id == property.id);
                if !again || property.id.row().is_repeatable_in(owner) {
                    kept.push(property);
                }
            }
            let needs_method = matches!(
                owner,
                PropertyOwner::Packet(PacketType::Connect | PacketType::Auth)
            );
            let method = kept
                .iter()
                .any(|one| one.id == PropertyId::AuthenticationMethod);
            if needs_method && !method {
                kept.retain(|one| one.id != PropertyId::AuthenticationData);
            }
            if owner == PropertyOwner::Packet(PacketType::Auth) && !method {
                kept.push(OwnedProperty {
                    id: PropertyId::AuthenticationMethod,
                    number: 0,
                    text: "SCRAM-SHA-256".to_owned(),
                    value: String::new(),
                    data: Vec::new(),
                });
            }
            kept
        })
        .boxed()
}

/// The codes that this packet may carry in this version.
pub fn codes_of(version: ProtocolVersion, packet: PacketType) -> Vec<u8> {
    (0..=255)
        .filter(|&code| ReasonCode(code).is_defined_for(packet, version))
        .collect()
}

/// Every packet that this version has.
pub fn packets_of(version: ProtocolVersion) -> impl Strategy<Value = OwnedPacket> {
    let types: Vec<_> = PacketType::ALL
        .into_iter()
        .filter(|packet| packet.exists_in(version))
        .collect();
    select(types).prop_flat_map(move |packet_type| packets(version, packet_type))
}

/// Packets of this type.
pub fn packets(
    version: ProtocolVersion,
    packet_type: PacketType,
) -> impl Strategy<Value = OwnedPacket> {
    let codes = match packet_type {
        PacketType::UnsubAck if version != V5_0 => Just(Vec::new()).boxed(),
        _ => match codes_of(version, packet_type) {
            codes if codes.is_empty() => Just(Vec::new()).boxed(),
            codes => vec(select(codes), 1..6).boxed(),
        },
    };
    let will = (
        qualities(),
        any::<bool>(),
        topic_names(),
        vec(any::<u8>(), 0..40),
        properties(version, PropertyOwner::Will),
    )
        .prop_map(|(qos, retain, topic, payload, properties)| OwnedWill {
            qos,
            retain,
            topic,
            payload,
            properties,
        });
    let user_name = option::of(texts());
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), qualities());
    let connect = (
        any::<u16>(),
        texts(),
        user_name,
        option::of(vec(any::<u8>(), 0..20)),
        option::of(will),
    );
    let message = (
        topic_names(),
        prop_oneof![vec(any::<u8>(), 0..80), vec(any::<u8>(), 0..20_000)],
    );
    let lists = (
        properties(version, PropertyOwner::Packet(packet_type)),
        vec((topic_filters(), any::<u8>()), 1..5),
        codes,
    );
    (flags, 1..=u16::MAX, connect, message, lists).prop_map(
        move |(
            (dup, retain, clean, qos),
            id,
            (keep_alive_secs, client_id, user_name, password, will),
            (topic, payload),
            (properties, filters, codes),
        )| OwnedPacket {
            version,
            packet_type,
            dup,
            retain,
            clean: clean || (version == V3_1_1 && client_id.is_empty()),
            qos,
            id: PacketId::new(id).expect("not zero"),
            keep_alive_secs,
            client_id,
            topic,
            payload,
            password: password.filter(|_| version == V5_0 || user_name.is_some()),
            user_name,
            will,
            properties,
            filters,
            codes,
        },
    )
}

/// Any packet of any version.
pub fn any_packet() -> impl Strategy<Value = OwnedPacket> {
    versions().prop_flat_map(packets_of)
}
