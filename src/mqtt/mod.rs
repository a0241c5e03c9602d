//! Bytes to MQTT control packets and back, for 3.1, 3.1.1 and 5.0, and the dissection of both.
//!
//! One set of types serves the three versions; what a version does not have is empty. Decoding
//! borrows from the frame and allocates nothing; encoding writes into the caller's buffer. Every
//! rule of the specifications that one packet can break is checked in both directions.
//!
//! One grammar is read two ways: [`Packet::decode`] wants the packet and stops at the first fault;
//! the dissection wants every field down to the bit, and goes on behind a fault where the layout
//! is still known. They are the same functions over a reader that reports to a sink, so they
//! cannot disagree.
//!
//! This room knows no time, no session state and no JSON, and no input makes it panic.
//!
//! ```
//! use device_console::mqtt::{Packet, ProtocolVersion, Publish, TopicName};
//!
//! let packet = Packet::from(Publish::new(TopicName::new("a/b")?, b"hi"));
//! let mut frame = Vec::new();
//! packet.encode(ProtocolVersion::V3_1_1, &mut frame)?;
//! assert_eq!(frame, b"\x30\x07\x00\x03a/bhi");
//! assert_eq!(Packet::decode(ProtocolVersion::V3_1_1, &frame)?, packet);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod chinese;
mod dissect;
mod error;
mod field;
mod framer;
mod packet;
mod packet_id;
mod packet_type;
mod property;
mod qos;
mod reader;
mod reason_code;
mod section;
mod sink;
mod summary;
mod text;
mod topic;
mod version;
mod writer;

pub use dissect::{Dissection, Record, plausible_versions};
pub use error::{DecodeError, EncodeError, Violation};
pub use field::{BitRange, Field, FieldKind, Note, Severity, conceal};
pub use framer::FrameDecoder;
pub use packet::{
    Auth, ConnAck, Connect, Disconnect, Packet, PubAck, PubComp, PubRec, PubRel, Publish,
    ReasonCodes, RetainHandling, SubAck, Subscribe, Subscription, Subscriptions, TopicFilters,
    UnsubAck, Unsubscribe, Will,
};
pub use packet_id::PacketId;
pub use packet_type::PacketType;
pub use property::{
    PROPERTIES, Properties, PropertiesIter, Property, PropertyId, PropertyOwner, PropertyRow,
    ValueType,
};
pub use qos::QoS;
pub use reason_code::ReasonCode;
pub use sink::{Remark, Value};
pub use summary::Summary;
pub use topic::{TopicError, TopicFilter, TopicName};
pub use version::ProtocolVersion;
