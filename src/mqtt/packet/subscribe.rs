//! SUBSCRIBE: MQTT 3.1 §3.8, 3.1.1 §3.8, 5.0 §3.8.

use core::fmt;

use serde::{Deserialize, Serialize};

use super::{Lengths, not_in_version};
use crate::mqtt::{
    DecodeError, EncodeError, FieldKind, PacketId, PacketType, Properties, PropertyOwner,
    ProtocolVersion, QoS, TopicFilter, Violation,
    reader::Reader,
    sink::{Remark, Sink, Value},
    text,
    writer::{self, Writer},
};

/// A subscribe request, client to server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// 3.1 alone: whether this may be a re-delivery.
    pub dup: bool,
    /// What SUBACK will repeat.
    pub packet_id: PacketId,
    /// 5.0: properties.
    pub properties: Properties<'a>,
    /// What is asked for: at least one subscription.
    pub subscriptions: Subscriptions<'a>,
}

/// One topic filter with what is asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subscription<'a> {
    /// Which topics.
    pub filter: TopicFilter<'a>,
    /// The highest QoS with which messages may be delivered.
    pub qos: QoS,
    /// 5.0: whether the client's own messages are left out.
    pub no_local: bool,
    /// 5.0: whether forwarded messages keep their RETAIN flag.
    pub retain_as_published: bool,
    /// 5.0: whether retained messages are sent on subscribing.
    pub retain_handling: RetainHandling,
}

impl<'a> Subscription<'a> {
    /// A subscription with the options that 3.x implies.
    pub const fn new(filter: TopicFilter<'a>, qos: QoS) -> Self {
        Self {
            filter,
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
        }
    }

    const fn options(&self) -> u8 {
        self.qos.bits()
            | (self.no_local as u8) << 2
            | (self.retain_as_published as u8) << 3
            | (self.retain_handling as u8) << 4
    }

    /// From bytes that were checked, or from an option byte of 3.x, whose upper bits mean nothing.
    fn from_checked(filter: &'a str, options: u8) -> Self {
        Self {
            filter: TopicFilter::checked(filter),
            qos: QoS::from_bits(options & 0b11).unwrap_or_default(),
            no_local: options & 0b100 != 0,
            retain_as_published: options & 0b1000 != 0,
            retain_handling: match options >> 4 & 0b11 {
                0 => RetainHandling::SendAtSubscribe,
                1 => RetainHandling::SendIfNew,
                _ => RetainHandling::DoNotSend,
            },
        }
    }

    fn check(&self, version: ProtocolVersion) -> Result<usize, EncodeError> {
        const FIELD: &str = "Subscription Options";
        if !version.has_properties() && self.options() > 2 {
            return Err(not_in_version(FIELD));
        }
        if version.has_properties() && self.no_local && self.filter.shared().is_some() {
            return Err(EncodeError {
                kind: Violation::NoLocalOnSharedSubscription,
                field: FIELD,
            });
        }
        Ok(writer::check_filter(version, self.filter)? + 1)
    }
}

/// Whether the server sends retained messages when a subscription is made.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[repr(u8)]
pub enum RetainHandling {
    /// 0: send them.
    #[default]
    SendAtSubscribe = 0,
    /// 1: send them if the subscription is new.
    SendIfNew = 1,
    /// 2: do not send them.
    DoNotSend = 2,
}

/// Subscriptions in order: as they stand in a frame, or a borrowed list that is to be written.
#[derive(Clone, Copy)]
pub struct Subscriptions<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    /// Checked bytes, by the rules of that version.
    Wire(&'a [u8], ProtocolVersion),
    List(&'a [Subscription<'a>]),
}

impl<'a> Subscriptions<'a> {
    /// The subscriptions to write, in this order.
    pub const fn new(list: &'a [Subscription<'a>]) -> Self {
        Self(Form::List(list))
    }

    /// Iterates over them in order.
    pub const fn iter(&self) -> SubscriptionsIter<'a> {
        SubscriptionsIter(self.0)
    }

    /// Whether there are none, which no decoded packet has.
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Form::Wire(bytes, _) => bytes.is_empty(),
            Form::List(list) => list.is_empty(),
        }
    }
}

/// Iterates over subscriptions in order.
#[derive(Clone)]
pub struct SubscriptionsIter<'a>(Form<'a>);

impl<'a> Iterator for SubscriptionsIter<'a> {
    type Item = Subscription<'a>;

    fn next(&mut self) -> Option<Subscription<'a>> {
        match &mut self.0 {
            Form::List(list) => {
                let (&first, rest) = list.split_first()?;
                *list = rest;
                Some(first)
            }
            Form::Wire(bytes, version) => {
                let (&length, rest) = bytes.split_first_chunk()?;
                let (filter, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
                let (&options, rest) = rest.split_first()?;
                *bytes = rest;
                let options = if version.has_properties() {
                    options
                } else {
                    options & 0b11
                };
                Some(Subscription::from_checked(
                    text::check(filter).ok()?,
                    options,
                ))
            }
        }
    }
}

impl<'a> IntoIterator for Subscriptions<'a> {
    type Item = Subscription<'a>;
    type IntoIter = SubscriptionsIter<'a>;

    fn into_iter(self) -> SubscriptionsIter<'a> {
        self.iter()
    }
}

impl PartialEq for Subscriptions<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Subscriptions<'_> {}

impl fmt::Debug for Subscriptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Subscribe);

impl<'a> Subscribe<'a> {
    /// A request without properties.
    pub const fn new(packet_id: PacketId, subscriptions: &'a [Subscription<'a>]) -> Self {
        Self {
            dup: false,
            packet_id,
            properties: Properties::NONE,
            subscriptions: Subscriptions::new(subscriptions),
        }
    }

    pub(super) fn read<S: Sink>(
        reader: &mut Reader<'a, '_, S>,
        dup: bool,
    ) -> Result<Self, DecodeError> {
        reader.open("Variable Header");
        let packet_id = reader.packet_id()?;
        let version = reader.version;
        let properties = if version.has_properties() {
            Properties::read(reader, OWNER)?
        } else {
            Properties::NONE
        };
        reader.close();
        reader.open("Payload");
        let bytes = reader.peek();
        if bytes.is_empty() {
            let at = reader.offset();
            reader.fault(Violation::EmptySubscribe, at, "Topic Filter")?;
        }
        while !reader.is_empty() {
            reader.open("Subscription");
            let filter = reader.topic_filter("Topic Filter")?;
            read_options(reader, filter)?;
            reader.close();
        }
        reader.close();
        let subscriptions = Subscriptions(Form::Wire(bytes, version));
        Ok(Self {
            dup,
            packet_id,
            properties,
            subscriptions,
        })
    }

    pub(super) fn lengths(&self, version: ProtocolVersion) -> Result<Lengths, EncodeError> {
        let mut lengths = Lengths {
            remaining: 2,
            ..Lengths::default()
        };
        if self.dup && version != ProtocolVersion::V3_1 {
            return Err(not_in_version("DUP"));
        }
        if version.has_properties() {
            lengths.properties = self.properties.check(OWNER)?;
            lengths.remaining += lengths.properties
                + writer::variable_byte_integer_length(lengths.properties as u32);
        } else if !self.properties.is_empty() {
            return Err(not_in_version("Properties"));
        }
        match self.subscriptions.0 {
            Form::Wire(bytes, checked) if checked == version => lengths.remaining += bytes.len(),
            _ => {
                for subscription in self.subscriptions {
                    lengths.remaining += subscription.check(version)?;
                }
            }
        }
        if self.subscriptions.is_empty() {
            return Err(EncodeError {
                kind: Violation::EmptySubscribe,
                field: "Topic Filter",
            });
        }
        Ok(lengths)
    }

    pub(super) fn write(&self, version: ProtocolVersion, lengths: &Lengths, out: &mut Writer<'_>) {
        out.two_byte_integer(self.packet_id.get());
        if version.has_properties() {
            self.properties.write(lengths.properties, out);
        }
        match self.subscriptions.0 {
            // Bits that 3.1 does not use may be set in what was received, not in what is sent.
            Form::Wire(bytes, checked)
                if checked == version && checked != ProtocolVersion::V3_1 =>
            {
                out.put(bytes);
            }
            _ => {
                for subscription in self.subscriptions {
                    out.data(subscription.filter.as_str().as_bytes());
                    out.byte(subscription.options());
                }
            }
        }
    }
}

/// The byte behind a topic filter: in 3.x the requested QoS alone.
#[inline]
fn read_options<S: Sink>(
    reader: &mut Reader<'_, '_, S>,
    filter: Option<TopicFilter<'_>>,
) -> Result<(), DecodeError> {
    let version = reader.version;
    let field = if version.has_properties() {
        "Subscription Options"
    } else {
        "Requested QoS"
    };
    let at = reader.offset();
    let options = reader.byte(field)?;
    if S::LISTENS {
        let sink = &mut *reader.sink;
        sink.open(field, FieldKind::Header, at);
        if version.has_properties() {
            sink.bits("Reserved", at, 7, 6, Value::Reserved(options >> 6));
            sink.bits(
                "Retain Handling",
                at,
                5,
                4,
                Value::RetainHandling(options >> 4 & 0b11),
            );
            sink.bits(
                "Retain As Published",
                at,
                3,
                3,
                Value::Bit(options & 0b1000 != 0),
            );
            sink.bits("No Local", at, 2, 2, Value::Bit(options & 0b100 != 0));
        } else {
            sink.bits("Reserved", at, 7, 2, Value::Reserved(options >> 2));
            if version == ProtocolVersion::V3_1 && options > 3 {
                sink.remark(Remark::UnusedFlags);
            }
        }
        sink.bits("QoS", at, 1, 0, Value::QoS(options & 0b11));
        sink.close(at + 1);
    }
    let reserved = match version {
        ProtocolVersion::V3_1 => 0,
        ProtocolVersion::V3_1_1 => 0b1111_1100,
        ProtocolVersion::V5_0 => 0b1100_0000,
    };
    if options & reserved != 0 {
        reader.fault(Violation::ReservedSubscriptionOptions, at, field)?;
    }
    if options & 0b11 == 3 {
        reader.fault(Violation::RequestedQoS, at, "QoS")?;
    }
    if version.has_properties() {
        if options >> 4 & 0b11 == 3 {
            reader.fault(Violation::RetainHandling, at, "Retain Handling")?;
        }
        if options & 0b100 != 0 && filter.is_some_and(|filter| filter.shared().is_some()) {
            reader.fault(Violation::NoLocalOnSharedSubscription, at, "No Local")?;
        }
    }
    Ok(())
}
