//! A bounded cursor over one frame. It knows its offset, and reports each field to a sink.

use super::{
    DecodeError, FieldKind, PacketId, ProtocolVersion, TopicFilter, TopicName, Violation,
    sink::{Remark, Sink, Value},
    text,
    writer::variable_byte_integer_length,
};

type Result<T> = core::result::Result<T, DecodeError>;

/// The unread part of a frame, and where it stands in it.
pub(crate) struct Reader<'a, 's, S> {
    rest: &'a [u8],
    /// Offset of the end of `rest` in the frame.
    end: usize,
    pub(crate) version: ProtocolVersion,
    pub(crate) sink: &'s mut S,
}

/// Builds an error away from the path that is taken when there is none. It takes no reader, so that
/// a reader whose methods are inlined stays in registers.
#[cold]
#[inline(never)]
fn refusal(
    version: ProtocolVersion,
    kind: Violation,
    offset: usize,
    field: &'static str,
) -> DecodeError {
    DecodeError {
        kind,
        offset,
        field,
        version,
    }
}

/// Any Variable Byte Integer and how many bytes it has. Like [`refusal`], it takes no reader.
fn long_variable_byte_integer(bytes: &[u8]) -> core::result::Result<(u32, usize), Violation> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(4).enumerate() {
        value |= u32::from(byte & 0x7F) << (7 * index);
        if byte < 0x80 {
            return Ok((value, index + 1));
        }
    }
    Err(if bytes.len() < 4 {
        Violation::MissingData
    } else {
        Violation::VariableByteIntegerTooLong
    })
}

/// What lies behind a part of the frame that [`Reader::enter`] narrowed the reader to.
pub(crate) struct Outside<'a> {
    rest: &'a [u8],
    end: usize,
}

impl<'a, 's, S: Sink> Reader<'a, 's, S> {
    /// Reads `rest`, which begins at `offset` of the frame.
    #[inline(always)]
    pub(crate) fn new(
        version: ProtocolVersion,
        rest: &'a [u8],
        offset: usize,
        sink: &'s mut S,
    ) -> Self {
        Self {
            rest,
            end: offset + rest.len(),
            version,
            sink,
        }
    }

    /// A reader at the same place, for a function that is not inlined: lending it this one would
    /// keep this one in memory. Then go on with [`Reader::take`].
    #[inline(always)]
    pub(crate) fn fork(&mut self) -> Reader<'a, '_, S> {
        Reader {
            rest: self.rest,
            end: self.end,
            version: self.version,
            sink: self.sink,
        }
    }

    /// Takes `length` bytes that a forked reader found to be there.
    #[inline(always)]
    pub(crate) fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    /// The offset of the next byte in the frame.
    #[inline(always)]
    pub(crate) fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    /// Bytes that are left.
    #[inline(always)]
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    #[inline(always)]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes that are left, without reading them.
    #[inline(always)]
    pub(crate) fn peek(&self) -> &'a [u8] {
        self.rest
    }

    /// Narrows the reader to the next `length` bytes, until [`Reader::leave`].
    #[inline(always)]
    pub(crate) fn enter(&mut self, length: usize, field: &'static str) -> Result<Outside<'a>> {
        match self.rest.split_at_checked(length) {
            Some((inside, outside)) => {
                let saved = Outside {
                    rest: outside,
                    end: self.end,
                };
                self.rest = inside;
                self.end = saved.end - outside.len();
                Ok(saved)
            }
            None => Err(self.missing(field)),
        }
    }

    /// Goes on behind the part that the reader was narrowed to.
    #[inline(always)]
    pub(crate) fn leave(&mut self, outside: Outside<'a>) {
        self.rest = outside.rest;
        self.end = outside.end;
    }

    #[inline(always)]
    pub(crate) fn error(&self, kind: Violation, offset: usize, field: &'static str) -> DecodeError {
        refusal(self.version, kind, offset, field)
    }

    #[inline(always)]
    fn missing(&self, field: &'static str) -> DecodeError {
        refusal(self.version, Violation::MissingData, self.offset(), field)
    }

    /// A fault after which the layout is still known.
    #[inline(always)]
    pub(crate) fn fault(
        &mut self,
        kind: Violation,
        offset: usize,
        field: &'static str,
    ) -> Result<()> {
        self.sink.fault(refusal(self.version, kind, offset, field))
    }

    /// Reports a leaf from `start` to here.
    #[inline(always)]
    pub(crate) fn leaf(&mut self, name: &'static str, kind: FieldKind, start: usize, value: Value) {
        if S::LISTENS {
            let end = self.offset();
            self.sink.leaf(name, kind, start, end, value);
        }
    }

    #[inline(always)]
    pub(crate) fn open(&mut self, name: &'static str) {
        if S::LISTENS {
            let start = self.offset();
            self.sink.open(name, FieldKind::Group, start);
        }
    }

    #[inline(always)]
    pub(crate) fn close(&mut self) {
        if S::LISTENS {
            let end = self.offset();
            self.sink.close(end);
        }
    }

    #[inline(always)]
    pub(crate) fn byte(&mut self, field: &'static str) -> Result<u8> {
        match self.rest.split_first() {
            Some((&byte, rest)) => {
                self.rest = rest;
                Ok(byte)
            }
            None => Err(self.missing(field)),
        }
    }

    #[inline(always)]
    pub(crate) fn two_byte_integer(&mut self, field: &'static str) -> Result<u16> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(u16::from_be_bytes(*bytes))
            }
            None => Err(self.missing(field)),
        }
    }

    #[inline(always)]
    pub(crate) fn four_byte_integer(&mut self, field: &'static str) -> Result<u32> {
        match self.rest.split_first_chunk() {
            Some((bytes, rest)) => {
                self.rest = rest;
                Ok(u32::from_be_bytes(*bytes))
            }
            None => Err(self.missing(field)),
        }
    }

    /// At most 268 435 455, in at most four bytes; the shortest form is a rule since 5.0.
    #[inline(always)]
    pub(crate) fn variable_byte_integer(&mut self, field: &'static str) -> Result<u32> {
        match *self.rest {
            [a, ref rest @ ..] if a < 0x80 => {
                self.rest = rest;
                Ok(a.into())
            }
            [a, b, ref rest @ ..] if (1..0x80).contains(&b) => {
                self.rest = rest;
                Ok(u32::from(a & 0x7F) | u32::from(b) << 7)
            }
            _ => {
                let start = self.offset();
                let (value, digits) = match long_variable_byte_integer(self.rest) {
                    Ok(read) => read,
                    Err(kind) => return Err(self.error(kind, start, field)),
                };
                self.rest = self.rest.get(digits..).unwrap_or_default();
                if digits > variable_byte_integer_length(value) && self.version.has_properties() {
                    self.fault(Violation::VariableByteIntegerNotMinimal, start, field)?;
                }
                Ok(value)
            }
        }
    }

    /// Two length bytes, then that many bytes. A fault names the offset of the length.
    #[inline(always)]
    pub(crate) fn binary_data(&mut self, field: &'static str) -> Result<&'a [u8]> {
        if let Some((length, rest)) = self.rest.split_first_chunk()
            && let Some((bytes, rest)) =
                rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
        {
            self.rest = rest;
            Ok(bytes)
        } else {
            Err(self.missing(field))
        }
    }

    /// A UTF-8 Encoded String, without a report.
    #[inline(always)]
    pub(crate) fn utf8_string(&mut self, field: &'static str) -> Result<&'a str> {
        let start = self.offset();
        let bytes = self.binary_data(field)?;
        match text::check(bytes) {
            Ok(text) => Ok(text),
            Err((kind, at)) => self.fault(kind, start + 2 + at, field).map(|()| ""),
        }
    }

    /// A UTF-8 Encoded String, reported.
    #[inline(always)]
    pub(crate) fn text(&mut self, field: &'static str, kind: FieldKind) -> Result<&'a str> {
        let start = self.offset();
        let text = self.utf8_string(field)?;
        self.leaf(field, kind, start, Value::Text);
        self.remark_text(text);
        Ok(text)
    }

    /// A topic name, reported; empty is accepted here and judged by the packet.
    #[inline(always)]
    pub(crate) fn topic_name(&mut self, field: &'static str) -> Result<TopicName<'a>> {
        let start = self.offset();
        let bytes = self.binary_data(field)?;
        let name = match TopicName::check(bytes) {
            Ok(name) => name,
            Err((kind, at)) => {
                let kind = match kind {
                    Violation::WildcardInTopicName if field == "Will Topic" => {
                        Violation::WildcardInWillTopic
                    }
                    kind => kind,
                };
                self.fault(kind, start + 2 + at, field)?;
                TopicName::ALIASED
            }
        };
        self.leaf(field, FieldKind::Text, start, Value::Text);
        self.remark_text(name.as_str());
        if S::LISTENS && name.as_str().starts_with('/') {
            self.sink.remark(Remark::LeadingSlash);
        }
        Ok(name)
    }

    /// A topic filter, reported; one with a fault reads as nothing.
    #[inline]
    pub(crate) fn topic_filter(&mut self, field: &'static str) -> Result<Option<TopicFilter<'a>>> {
        let start = self.offset();
        let bytes = self.binary_data(field)?;
        let filter = match TopicFilter::check(self.version, bytes) {
            Ok(filter) => Some(filter),
            Err((kind, at)) => {
                self.fault(kind, start + 2 + at, field)?;
                None
            }
        };
        self.leaf(field, FieldKind::Text, start, Value::Text);
        if let Some(filter) = filter {
            self.remark_text(filter.as_str());
        }
        Ok(filter)
    }

    /// A packet identifier, reported. Zero is a fault, and reads as 1 to a listener that goes on.
    #[inline(always)]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId> {
        const FIELD: &str = "Packet Identifier";
        let start = self.offset();
        let number = self.two_byte_integer(FIELD)?;
        let id = match PacketId::new(number) {
            Some(id) => id,
            None => {
                self.fault(Violation::PacketIdZero, start, FIELD)?;
                PacketId::MIN
            }
        };
        self.leaf(
            FIELD,
            FieldKind::Identifier,
            start,
            Value::Number(number.into()),
        );
        Ok(id)
    }

    /// Reports a fault that makes the rest of this part unreadable, and goes to its end.
    #[cold]
    pub(crate) fn abandon(&mut self, error: DecodeError, depth: usize) -> Result<()> {
        self.sink.fault(error)?;
        self.rest = &[];
        if error.offset < self.end {
            let kind = unread_kind(error.field, FieldKind::Fault);
            self.leaf(error.field, kind, error.offset, Value::Bytes);
        }
        while self.sink.depth() > depth {
            self.close();
        }
        Ok(())
    }

    /// All that is left.
    #[inline]
    pub(crate) fn take_rest(&mut self) -> &'a [u8] {
        core::mem::take(&mut self.rest)
    }

    /// What the specification discourages in text, for a listener.
    #[inline(always)]
    pub(crate) fn remark_text(&mut self, text: &str) {
        if S::LISTENS
            && let Some(remark) = discouraged(text)
        {
            self.sink.remark(remark);
        }
    }
}

/// The kind of a span that could not be read to its end: what begins a secret stays one.
pub(crate) fn unread_kind(field: &str, kind: FieldKind) -> FieldKind {
    match field {
        "Password" | "Authentication Data" => FieldKind::Secret,
        _ => kind,
    }
}

/// What text should not include (MQTT 5.0 §1.5.4) although it may.
fn discouraged(text: &str) -> Option<Remark> {
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        return None;
    }
    text.chars().find_map(|character| match character {
        '\u{1}'..='\u{1F}' | '\u{7F}'..='\u{9F}' => Some(Remark::ControlCharacter),
        '\u{FEFF}' => Some(Remark::ByteOrderMark),
        '\u{FDD0}'..='\u{FDEF}' => Some(Remark::Noncharacter),
        _ if u32::from(character) & 0xFFFE == 0xFFFE => Some(Remark::Noncharacter),
        _ => None,
    })
}
