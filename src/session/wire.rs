//! Between the session's owned types and the codec's borrowed ones. The simulated broker speaks
//! through the same functions, so that both ends agree on what a message is.

use bytes::Bytes;

use super::config::{Config, Will};
use super::message::UserProperty;
use super::message::{Publication, PublishProperties, Reason, RetainHandling, Subscription};
use super::topic_alias::Naming;
use crate::mqtt::{
    self, Auth, Connect, Disconnect, EncodeError, Packet, PacketId, PacketType, Properties,
    Property, ProtocolVersion, PubAck, PubComp, PubRec, PubRel, Publish, QoS, ReasonCode,
    Subscribe, Subscriptions, TopicFilter, TopicFilters, TopicName, Unsubscribe,
};

/// `part` as a share of `whole`, without copying if it lies in it.
pub(crate) fn share(whole: &Bytes, part: &[u8]) -> Bytes {
    let start = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    match start.checked_add(part.len()) {
        Some(end) if end <= whole.len() => whole.slice(start..end),
        _ => Bytes::copy_from_slice(part),
    }
}

/// Encodes a packet that is known to be valid or is checked here for the first time.
pub(crate) fn encode(version: ProtocolVersion, packet: &Packet<'_>) -> Result<Bytes, EncodeError> {
    let mut out = Vec::new();
    packet.encode(version, &mut out)?;
    Ok(out.into())
}

fn topic_name(name: &str) -> Result<TopicName<'_>, EncodeError> {
    TopicName::new(name).map_err(|error| EncodeError {
        kind: error.kind,
        field: "Topic Name",
    })
}

fn topic_filter(version: ProtocolVersion, filter: &str) -> Result<TopicFilter<'_>, EncodeError> {
    TopicFilter::for_version(version, filter).map_err(|error| EncodeError {
        kind: error.kind,
        field: "Topic Filter",
    })
}

/// Properties exist in 5.0 alone; below, what was configured for 5.0 is left out.
fn for_version<'a>(version: ProtocolVersion, list: &'a [Property<'a>]) -> Properties<'a> {
    match version {
        ProtocolVersion::V5_0 => Properties::new(list),
        _ => Properties::NONE,
    }
}

fn push_user_properties<'a>(list: &mut Vec<Property<'a>>, user_properties: &'a [UserProperty]) {
    list.extend(
        user_properties
            .iter()
            .map(|(name, value)| Property::UserProperty((name, value))),
    );
}

/// Whether a packet that has no other use for them carries a reason string or user properties.
pub(super) fn has_problem_information(packet: &Packet<'_>) -> bool {
    let properties = match packet {
        Packet::PubAck(packet) => &packet.properties,
        Packet::PubRec(packet) => &packet.properties,
        Packet::PubRel(packet) => &packet.properties,
        Packet::PubComp(packet) => &packet.properties,
        Packet::SubAck(packet) => &packet.properties,
        Packet::UnsubAck(packet) => &packet.properties,
        Packet::Auth(packet) => &packet.properties,
        // PUBLISH, CONNACK and DISCONNECT may; nothing else has them.
        _ => return false,
    };
    properties.reason_string().is_some() || properties.user_properties().next().is_some()
}

/// CONNECT.
pub(super) fn connect(
    config: &Config,
    client_id: &str,
    authentication_method: Option<&str>,
    authentication_data: Option<&[u8]>,
) -> Result<Bytes, EncodeError> {
    let asked = &config.properties;
    let mut list = Vec::new();
    list.extend(
        asked
            .session_expiry_secs
            .map(Property::SessionExpiryInterval),
    );
    list.extend(asked.receive_maximum.map(Property::ReceiveMaximum));
    // What the session will not accept is told to the server, so that it need not be refused.
    list.push(Property::MaximumPacketSize(config.receive_packet_limit()));
    list.extend(asked.topic_alias_maximum.map(Property::TopicAliasMaximum));
    if asked.request_response_information {
        list.push(Property::RequestResponseInformation(true));
    }
    list.extend(
        asked
            .request_problem_information
            .map(Property::RequestProblemInformation),
    );
    push_user_properties(&mut list, &asked.user_properties);
    list.extend(authentication_method.map(Property::AuthenticationMethod));
    list.extend(authentication_data.map(Property::AuthenticationData));

    let mut will_list = Vec::new();
    let will = match &config.will {
        None => None,
        Some(Will {
            topic,
            payload,
            qos,
            retain,
            delay_secs,
            properties,
        }) => {
            will_list.extend(delay_secs.map(Property::WillDelayInterval));
            push_publish_properties(&mut will_list, properties);
            Some(mqtt::Will {
                qos: *qos,
                retain: *retain,
                properties: for_version(config.version, &will_list),
                topic: topic_name(topic)?,
                payload,
            })
        }
    };
    let packet = Connect {
        clean_start: config.clean_start,
        keep_alive_secs: config.keep_alive_secs,
        properties: for_version(config.version, &list),
        client_id,
        will,
        user_name: config.user_name.as_deref(),
        password: config.password.as_ref().map(|password| password.reveal()),
    };
    encode(config.version, &Packet::Connect(packet))
}

/// What belongs to one sending of a message and not to the message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery {
    pub(crate) packet_id: Option<PacketId>,
    pub(crate) dup: bool,
    pub(crate) naming: Naming,
    /// The message expiry interval that is left; `None` takes the message's own.
    pub(crate) expiry_secs: Option<u32>,
}

/// PUBLISH.
pub(crate) fn publish(
    version: ProtocolVersion,
    publication: &Publication,
    delivery: Delivery,
) -> Result<Bytes, EncodeError> {
    let mut list = Vec::new();
    let mut topic = topic_name(&publication.topic)?;
    if version == ProtocolVersion::V5_0 {
        match delivery.naming {
            Naming::Name => {}
            Naming::Introduce(alias) => list.push(Property::TopicAlias(alias)),
            Naming::Alias(alias) => {
                topic = TopicName::ALIASED;
                list.push(Property::TopicAlias(alias));
            }
        }
        push_publish_properties(&mut list, &publication.properties);
        if let Some(left) = delivery.expiry_secs {
            for property in &mut list {
                if let Property::MessageExpiryInterval(secs) = property {
                    *secs = left;
                }
            }
        }
        let identifiers = &publication.properties.subscription_identifiers;
        list.extend(
            identifiers
                .iter()
                .copied()
                .map(Property::SubscriptionIdentifier),
        );
    }
    let packet = Publish {
        dup: delivery.dup,
        qos: publication.qos,
        retain: publication.retain,
        topic,
        packet_id: delivery.packet_id,
        properties: Properties::new(&list),
        payload: &publication.payload,
    };
    encode(version, &Packet::Publish(packet))
}

/// Properties of a message or a will, without subscription identifiers.
fn push_publish_properties<'a>(list: &mut Vec<Property<'a>>, from: &'a PublishProperties) {
    list.extend(from.payload_is_text.map(Property::PayloadFormatIndicator));
    list.extend(
        from.message_expiry_secs
            .map(Property::MessageExpiryInterval),
    );
    list.extend(from.content_type.as_deref().map(Property::ContentType));
    list.extend(from.response_topic.as_deref().map(Property::ResponseTopic));
    list.extend(
        from.correlation_data
            .as_deref()
            .map(Property::CorrelationData),
    );
    push_user_properties(list, &from.user_properties);
}

/// Properties of a message or a will as they arrived in `frame`.
pub(crate) fn publish_properties(from: &Properties<'_>, frame: &Bytes) -> PublishProperties {
    if from.is_empty() {
        return PublishProperties::default();
    }
    PublishProperties {
        payload_is_text: from.payload_format_indicator(),
        message_expiry_secs: from.message_expiry_interval(),
        response_topic: from.response_topic().map(str::to_owned),
        correlation_data: from.correlation_data().map(|data| share(frame, data)),
        content_type: from.content_type().map(str::to_owned),
        user_properties: user_properties(from),
        subscription_identifiers: from.subscription_identifiers().collect(),
    }
}

/// User properties, in order.
pub(crate) fn user_properties(from: &Properties<'_>) -> Vec<UserProperty> {
    from.user_properties()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A reason code with what the server added to it.
pub(crate) fn reason(code: ReasonCode, properties: &Properties<'_>) -> Reason {
    Reason {
        code,
        text: properties.reason_string().map(str::to_owned),
        user_properties: user_properties(properties),
    }
}

/// PUBACK, PUBREC, PUBREL or PUBCOMP; the code travels in 5.0 alone.
pub(crate) fn acknowledgement(
    version: ProtocolVersion,
    packet: PacketType,
    packet_id: PacketId,
    code: ReasonCode,
) -> Bytes {
    let reason_code = match version {
        ProtocolVersion::V5_0 => code,
        _ => ReasonCode::SUCCESS,
    };
    let packet = match packet {
        PacketType::PubAck => Packet::PubAck(PubAck {
            reason_code,
            ..PubAck::new(packet_id)
        }),
        PacketType::PubRec => Packet::PubRec(PubRec {
            reason_code,
            ..PubRec::new(packet_id)
        }),
        PacketType::PubRel => Packet::PubRel(PubRel {
            reason_code,
            ..PubRel::new(packet_id)
        }),
        _ => Packet::PubComp(PubComp {
            reason_code,
            ..PubComp::new(packet_id)
        }),
    };
    infallible(version, &packet)
}

/// SUBSCRIBE; the subscription identifier is the first one's.
pub(super) fn subscribe(
    version: ProtocolVersion,
    packet_id: PacketId,
    subscriptions: &[Subscription],
) -> Result<Bytes, EncodeError> {
    let identifier = subscriptions.iter().find_map(|wanted| wanted.identifier);
    let list: Vec<_> = identifier
        .map(Property::SubscriptionIdentifier)
        .into_iter()
        .collect();
    let is_5_0 = version == ProtocolVersion::V5_0;
    let mut filters = Vec::with_capacity(subscriptions.len());
    for wanted in subscriptions {
        let filter = topic_filter(version, &wanted.filter)?;
        filters.push(if is_5_0 {
            mqtt::Subscription {
                filter,
                qos: wanted.qos,
                no_local: wanted.no_local,
                retain_as_published: wanted.retain_as_published,
                retain_handling: match wanted.retain_handling {
                    RetainHandling::Always => mqtt::RetainHandling::SendAtSubscribe,
                    RetainHandling::IfNew => mqtt::RetainHandling::SendIfNew,
                    RetainHandling::Never => mqtt::RetainHandling::DoNotSend,
                },
            }
        } else {
            mqtt::Subscription::new(filter, wanted.qos)
        });
    }
    let packet = Subscribe {
        dup: false,
        packet_id,
        properties: for_version(version, &list),
        subscriptions: Subscriptions::new(&filters),
    };
    encode(version, &Packet::Subscribe(packet))
}

/// UNSUBSCRIBE.
pub(super) fn unsubscribe(
    version: ProtocolVersion,
    packet_id: PacketId,
    subscriptions: &[Subscription],
) -> Result<Bytes, EncodeError> {
    let filters = subscriptions
        .iter()
        .map(|wanted| topic_filter(version, &wanted.filter))
        .collect::<Result<Vec<_>, _>>()?;
    let packet = Unsubscribe {
        dup: false,
        packet_id,
        properties: Properties::NONE,
        filters: TopicFilters::new(&filters),
    };
    encode(version, &Packet::Unsubscribe(packet))
}

/// DISCONNECT; the code travels in 5.0 alone.
pub(crate) fn disconnect(version: ProtocolVersion, code: ReasonCode) -> Bytes {
    let code = match version {
        ProtocolVersion::V5_0 => code,
        _ => ReasonCode::SUCCESS,
    };
    infallible(version, &Packet::Disconnect(Disconnect::new(code)))
}

/// DISCONNECT that may say the session expiry interval anew.
pub(super) fn farewell(
    version: ProtocolVersion,
    code: ReasonCode,
    session_expiry_secs: Option<u32>,
) -> Bytes {
    let Some(secs) = session_expiry_secs.filter(|_| version == ProtocolVersion::V5_0) else {
        return disconnect(version, code);
    };
    let list = [Property::SessionExpiryInterval(secs)];
    let packet = Disconnect {
        properties: Properties::new(&list),
        ..Disconnect::new(code)
    };
    infallible(version, &Packet::Disconnect(packet))
}

/// AUTH.
pub(crate) fn auth(
    code: ReasonCode,
    method: &str,
    data: Option<&[u8]>,
) -> Result<Bytes, EncodeError> {
    let mut list = vec![Property::AuthenticationMethod(method)];
    list.extend(data.map(Property::AuthenticationData));
    let packet = Auth {
        reason_code: code,
        properties: Properties::new(&list),
    };
    encode(ProtocolVersion::V5_0, &Packet::Auth(packet))
}

/// PINGREQ.
pub(super) const fn pingreq() -> Bytes {
    Bytes::from_static(&[0xC0, 0x00])
}

/// A packet made of fixed parts alone, which no version refuses; were one refused all the same,
/// nothing would be sent rather than something broken.
fn infallible(version: ProtocolVersion, packet: &Packet<'_>) -> Bytes {
    let encoded = encode(version, packet);
    debug_assert!(encoded.is_ok(), "{packet:?}: {encoded:?}");
    encoded.unwrap_or_default()
}

/// The 5.0 reason code that means the same as a return code of CONNACK.
pub(crate) const fn connect_reason(version: ProtocolVersion, code: ReasonCode) -> ReasonCode {
    if matches!(version, ProtocolVersion::V5_0) {
        return code;
    }
    match code {
        ReasonCode::SUCCESS => ReasonCode::SUCCESS,
        ReasonCode::REFUSED_PROTOCOL_VERSION => ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
        ReasonCode::REFUSED_IDENTIFIER => ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
        ReasonCode::REFUSED_SERVER_UNAVAILABLE => ReasonCode::SERVER_UNAVAILABLE,
        ReasonCode::REFUSED_BAD_CREDENTIALS => ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        ReasonCode::REFUSED_NOT_AUTHORIZED => ReasonCode::NOT_AUTHORIZED,
        _ => ReasonCode::UNSPECIFIED_ERROR,
    }
}

/// What one code of SUBACK grants.
pub(super) fn granted(code: ReasonCode) -> Result<QoS, ReasonCode> {
    QoS::from_bits(code.0).ok_or(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_shared_where_it_lies_and_copied_from_elsewhere() {
        let whole = Bytes::from_static(b"0123456789");
        let part = share(&whole, &whole[3..6]);
        assert_eq!(part, &b"345"[..]);
        assert_eq!(part.as_ptr(), whole[3..].as_ptr());
        assert_eq!(share(&whole, &[7, 8]), &[7, 8][..]);
        assert_eq!(share(&whole, &whole[10..]), &b""[..]);
    }
}
