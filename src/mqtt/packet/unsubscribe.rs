//! UNSUBSCRIBE: MQTT 3.1 §3.10, 3.1.1 §3.10, 5.0 §3.10.

use core::fmt;

use super::{Lengths, not_in_version};
use crate::mqtt::{
    DecodeError, EncodeError, PacketId, PacketType, Properties, PropertyOwner, ProtocolVersion,
    TopicFilter, Violation,
    reader::Reader,
    sink::Sink,
    text,
    writer::{self, Writer},
};

/// An unsubscribe request, client to server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// 3.1 alone: whether this may be a re-delivery.
    pub dup: bool,
    /// What UNSUBACK will repeat.
    pub packet_id: PacketId,
    /// 5.0: properties.
    pub properties: Properties<'a>,
    /// What is to end: at least one topic filter, spelled as it was when subscribing.
    pub filters: TopicFilters<'a>,
}

/// Topic filters in order: as they stand in a frame, or a borrowed list that is to be written.
#[derive(Clone, Copy)]
pub struct TopicFilters<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    /// Checked bytes, by the rules of that version.
    Wire(&'a [u8], ProtocolVersion),
    List(&'a [TopicFilter<'a>]),
}

impl<'a> TopicFilters<'a> {
    /// The filters to write, in this order.
    pub const fn new(list: &'a [TopicFilter<'a>]) -> Self {
        Self(Form::List(list))
    }

    /// Iterates over them in order.
    pub const fn iter(&self) -> TopicFiltersIter<'a> {
        TopicFiltersIter(self.0)
    }

    /// Whether there are none, which no decoded packet has.
    pub const fn is_empty(&self) -> bool {
        match self.0 {
            Form::Wire(bytes, _) => bytes.is_empty(),
            Form::List(list) => list.is_empty(),
        }
    }
}

/// Iterates over topic filters in order.
#[derive(Clone)]
pub struct TopicFiltersIter<'a>(Form<'a>);

impl<'a> Iterator for TopicFiltersIter<'a> {
    type Item = TopicFilter<'a>;

    fn next(&mut self) -> Option<TopicFilter<'a>> {
        match &mut self.0 {
            Form::List(list) => {
                let (&first, rest) = list.split_first()?;
                *list = rest;
                Some(first)
            }
            Form::Wire(bytes, _) => {
                let (&length, rest) = bytes.split_first_chunk()?;
                let (filter, rest) = rest.split_at_checked(u16::from_be_bytes(length).into())?;
                *bytes = rest;
                Some(TopicFilter::checked(text::check(filter).ok()?))
            }
        }
    }
}

impl<'a> IntoIterator for TopicFilters<'a> {
    type Item = TopicFilter<'a>;
    type IntoIter = TopicFiltersIter<'a>;

    fn into_iter(self) -> TopicFiltersIter<'a> {
        self.iter()
    }
}

impl PartialEq for TopicFilters<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for TopicFilters<'_> {}

impl fmt::Debug for TopicFilters<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

const OWNER: PropertyOwner = PropertyOwner::Packet(PacketType::Unsubscribe);

impl<'a> Unsubscribe<'a> {
    /// A request without properties.
    pub const fn new(packet_id: PacketId, filters: &'a [TopicFilter<'a>]) -> Self {
        Self {
            dup: false,
            packet_id,
            properties: Properties::NONE,
            filters: TopicFilters::new(filters),
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
            reader.fault(Violation::EmptyUnsubscribe, at, "Topic Filter")?;
        }
        while !reader.is_empty() {
            reader.topic_filter("Topic Filter")?;
        }
        reader.close();
        Ok(Self {
            dup,
            packet_id,
            properties,
            filters: TopicFilters(Form::Wire(bytes, version)),
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
        if self.filters.is_empty() {
            return Err(EncodeError {
                kind: Violation::EmptyUnsubscribe,
                field: "Topic Filter",
            });
        }
        match self.filters.0 {
            Form::Wire(bytes, checked) if checked == version => lengths.remaining += bytes.len(),
            _ => {
                for filter in self.filters {
                    lengths.remaining += writer::check_filter(version, filter)?;
                }
            }
        }
        Ok(lengths)
    }

    pub(super) fn write(&self, version: ProtocolVersion, lengths: &Lengths, out: &mut Writer<'_>) {
        out.two_byte_integer(self.packet_id.get());
        if version.has_properties() {
            self.properties.write(lengths.properties, out);
        }
        match self.filters.0 {
            Form::Wire(bytes, _) => out.put(bytes),
            Form::List(filters) => {
                for filter in filters {
                    out.data(filter.as_str().as_bytes());
                }
            }
        }
    }
}
