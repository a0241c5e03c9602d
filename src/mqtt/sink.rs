//! Where the grammar reports what it reads. `decode` listens to nothing, and the calls compile
//! away; `dissect` writes them down. One grammar, so the two can never disagree.

use super::{DecodeError, FieldKind, PacketType, PropertyId};

/// The value of a field, without a copy of its bytes: numbers are here, text and data are in the
/// frame at the field's span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A group, whose meaning is in its parts.
    None,
    /// A number.
    Number(u32),
    /// A number of bytes.
    Length(u32),
    /// A duration in seconds.
    Seconds(u32),
    /// A duration in seconds of which the largest number means for ever.
    SecondsOrNever(u32),
    /// One bit.
    Bit(bool),
    /// Reserved bits.
    Reserved(u8),
    /// A QoS in two bits, 3 included.
    QoS(u8),
    /// A packet type, the reserved ones included.
    PacketType(u8),
    /// Text with its two-byte length in front.
    Text,
    /// A protocol level.
    Level(u8),
    /// A reason code or return code of that packet.
    ReasonCode(PacketType, u8),
    /// How retained messages are handled on subscribing, 3 included.
    RetainHandling(u8),
    /// The identifier of a property.
    PropertyId(PropertyId),
    /// Binary data with its two-byte length in front.
    Data,
    /// Bytes to the end of the span.
    Bytes,
}

/// A remark about something legal but unusual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Remark {
    /// A Variable Byte Integer longer than needed, before 5.0.
    NotMinimal,
    /// Flags that 3.1 does not use are set.
    UnusedFlags,
    /// A byte that 3.1 does not use is not zero.
    UnusedByte,
    /// DUP with QoS 0, in 3.1.
    DupWithoutQoS,
    /// A client identifier that 3.1 does not allow: not 1 to 23 characters.
    ClientIdLength,
    /// A user name or password flag without its field, which 3.1 allows.
    CredentialMissing,
    /// A password without a user name, new in 5.0.
    PasswordAlone,
    /// Will flags without a will, in 3.1.
    WillFlagsWithoutWill,
    /// Keep alive is switched off.
    KeepAliveOff,
    /// U+FEFF in text.
    ByteOrderMark,
    /// A control character in text.
    ControlCharacter,
    /// A Unicode noncharacter in text.
    Noncharacter,
    /// A payload that is declared to be text is not UTF-8.
    PayloadNotUtf8,
    /// A reason code or property length that could have been left out.
    CouldBeOmitted,
    /// A topic name or filter that begins with `/`.
    LeadingSlash,
}

/// Listens to the grammar.
pub(crate) trait Sink {
    /// Whether anything is listening; what is only for the listener is skipped when not.
    const LISTENS: bool;

    /// A group begins.
    fn open(&mut self, name: &'static str, kind: FieldKind, start: usize);
    /// The innermost group ends.
    fn close(&mut self, end: usize);
    /// How many groups are open.
    fn depth(&self) -> usize;
    /// A leaf of whole bytes.
    fn leaf(&mut self, name: &'static str, kind: FieldKind, start: usize, end: usize, value: Value);
    /// A leaf of bits `high` to `low` of the byte at `at`.
    fn bits(&mut self, name: &'static str, at: usize, high: u8, low: u8, value: Value);
    /// A remark on the newest field.
    fn remark(&mut self, remark: Remark);
    /// A fault after which reading can go on.
    ///
    /// # Errors
    /// The fault itself, when the listener wants nothing more.
    fn fault(&mut self, error: DecodeError) -> Result<(), DecodeError>;
}

/// Listens to nothing and stops at the first fault.
pub(crate) struct Silent;

impl Sink for Silent {
    const LISTENS: bool = false;

    #[inline(always)]
    fn open(&mut self, _: &'static str, _: FieldKind, _: usize) {}
    #[inline(always)]
    fn close(&mut self, _: usize) {}
    #[inline(always)]
    fn depth(&self) -> usize {
        0
    }
    #[inline(always)]
    fn leaf(&mut self, _: &'static str, _: FieldKind, _: usize, _: usize, _: Value) {}
    #[inline(always)]
    fn bits(&mut self, _: &'static str, _: usize, _: u8, _: u8, _: Value) {}
    #[inline(always)]
    fn remark(&mut self, _: Remark) {}
    #[inline(always)]
    fn fault(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        Err(error)
    }
}
