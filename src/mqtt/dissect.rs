//! Every field of a frame, down to the bit, good or bad: the grammar with someone listening.
//!
//! What is written down while reading is a flat list of small records without strings, so that it
//! costs little more than decoding; [`Dissection::tree`] turns it into what people read. A fault
//! never hides what was read before it, and where the layout behind it is still known, reading
//! goes on.

use core::fmt;

use super::{
    BitRange, DecodeError, Field, FieldKind, Note, Packet, PacketType, ProtocolVersion, QoS,
    ReasonCode, Severity, Violation,
    chinese::{Tongue, field_name},
    packet,
    reader::unread_kind,
    section,
    sink::{Remark, Sink, Value},
};

/// One field of a dissected frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// The specification's name of the field.
    pub name: &'static str,
    /// First byte covered, from the start of the frame.
    pub start: u32,
    /// One past the last byte covered.
    pub end: u32,
    /// The value.
    pub value: Value,
    /// What the span is.
    pub kind: FieldKind,
    /// How deep in the tree: 0 for the parts of the frame.
    pub depth: u8,
    /// The bits covered, when the field is part of one byte.
    pub bits: Option<BitRange>,
}

/// The fields of one frame, in order, with faults and remarks.
///
/// A dissection can be read into again and again; its memory is kept.
#[derive(Clone, Debug)]
pub struct Dissection {
    version: ProtocolVersion,
    length: usize,
    records: Vec<Record>,
    faults: Vec<DecodeError>,
    /// Each with the index of the record that it is about.
    remarks: Vec<(u32, Remark)>,
    /// Indices of the groups that are open while reading.
    open: Vec<u32>,
}

impl Default for Dissection {
    fn default() -> Self {
        Self {
            version: ProtocolVersion::V5_0,
            length: 0,
            records: Vec::new(),
            faults: Vec::new(),
            remarks: Vec::new(),
            open: Vec::new(),
        }
    }
}

impl Dissection {
    /// Dissects a frame by the rules of that version.
    pub fn of(version: ProtocolVersion, frame: &[u8]) -> Self {
        let mut dissection = Self::default();
        dissection.read(version, frame);
        dissection
    }

    /// Dissects another frame, in place of the one before.
    pub fn read(&mut self, version: ProtocolVersion, frame: &[u8]) {
        self.version = version;
        self.length = frame.len();
        self.records.clear();
        self.faults.clear();
        self.remarks.clear();
        self.open.clear();
        if let Err(error) = packet::read(version, frame, self) {
            self.give_up(error);
        }
    }

    /// The version by whose rules the frame was read.
    pub const fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// The packet type, unless it is reserved or the frame is empty.
    pub fn packet_type(&self) -> Option<PacketType> {
        match self.records.iter().find_map(|record| match record.value {
            Value::PacketType(number) => Some(number),
            _ => None,
        }) {
            Some(number) => PacketType::from_number(number)
                .filter(|packet_type| packet_type.exists_in(self.version)),
            None => None,
        }
    }

    /// The fields in order, groups before their parts.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// What is wrong with the frame; empty when it decodes. The first is the one that
    /// [`Packet::decode`] returns.
    pub fn faults(&self) -> &[DecodeError] {
        &self.faults
    }

    /// What is legal but unusual, each with the record that it is about.
    pub fn remarks(&self) -> impl Iterator<Item = (&Record, Remark)> {
        self.remarks.iter().filter_map(|&(index, remark)| {
            self.records
                .get(index as usize)
                .map(|record| (record, remark))
        })
    }

    /// The fields as a tree with readable values; `frame` is the frame that was read. Passwords
    /// and authentication data are masked. Among siblings, fields are in order; bytes that no
    /// field covers are shown as gaps.
    pub fn tree(&self, frame: &[u8]) -> Vec<Field> {
        let mut next = 0;
        let mut fields = self.siblings(frame, &mut next, 0);
        fill_gaps(&mut fields, 0, frame.len());
        for fault in &self.faults {
            attach_fault(&mut fields, fault);
        }
        fields
    }

    /// The records from `next` on that are at `depth`, with their parts.
    fn siblings(&self, frame: &[u8], next: &mut usize, depth: u8) -> Vec<Field> {
        let mut fields = Vec::new();
        while let Some(record) = self.records.get(*next)
            && record.depth == depth
        {
            let index = *next as u32;
            *next += 1;
            let mut children = self.siblings(frame, next, depth + 1);
            let (start, end) = (record.start as usize, record.end as usize);
            if children.is_empty() {
                children = parts_of(record, frame);
            } else {
                fill_gaps(&mut children, start, end);
            }
            let notes = self.remarks.iter().filter(|(about, _)| *about == index);
            let readable = |tongue| Readable {
                record,
                frame,
                version: self.version,
                tongue,
            };
            let (value, chinese) = match record.kind {
                FieldKind::Property if record.value == Value::None => value_of_property(&children),
                _ => both(readable),
            };
            fields.push(Field {
                name: record.name.into(),
                chinese_name: field_name(record.name).map(Into::into),
                kind: record.kind,
                start,
                end,
                bits: record.bits,
                value,
                chinese,
                reference: section::of(self.version, self.packet_type(), record),
                notes: notes.map(|(_, remark)| remark.note(self.version)).collect(),
                children,
            });
        }
        fields
    }

    /// Ends a dissection at a fault that nothing can be read behind.
    #[cold]
    fn give_up(&mut self, error: DecodeError) {
        let named = |record: &Record| {
            record.name == error.field
                && (record.start as usize..record.end as usize).contains(&error.offset)
        };
        let (name, kind) = match self.records.iter().any(named) {
            true => ("Not read", unread_kind(error.field, FieldKind::Gap)),
            false => (error.field, unread_kind(error.field, FieldKind::Fault)),
        };
        if !self.faults.contains(&error) {
            self.faults.push(error);
        }
        let end = self.packet_end();
        let start = self.covered().max(error.offset.min(end));
        if start < end {
            self.leaf(name, kind, start, end, Value::Bytes);
        }
        while !self.open.is_empty() {
            self.close(end.max(start));
        }
    }

    /// Where the packet ends by its remaining length, as far as the frame goes.
    fn packet_end(&self) -> usize {
        self.records
            .iter()
            .find_map(|record| match record.value {
                Value::Length(length) if record.name == "Remaining Length" => {
                    Some(record.end as usize + length as usize)
                }
                _ => None,
            })
            .map_or(self.length, |end| end.min(self.length))
    }

    /// The end of the last leaf.
    fn covered(&self) -> usize {
        let leaves = self
            .records
            .iter()
            .filter(|record| record.value != Value::None);
        leaves.map(|record| record.end as usize).max().unwrap_or(0)
    }
}

impl Sink for Dissection {
    const LISTENS: bool = true;

    fn open(&mut self, name: &'static str, kind: FieldKind, start: usize) {
        let depth = self.open.len() as u8;
        self.open.push(self.records.len() as u32);
        let start = start as u32;
        let record = Record {
            name,
            start,
            end: start,
            value: Value::None,
            kind,
            depth,
            bits: None,
        };
        self.records.push(record);
    }

    fn close(&mut self, end: usize) {
        let Some(index) = self.open.pop() else { return };
        // A group without a byte and without parts, such as the payload of a packet that has
        // none, is no field.
        let empty = self
            .records
            .get(index as usize)
            .is_some_and(|group| group.start as usize == end);
        if empty && self.records.len() == index as usize + 1 {
            self.records.pop();
        } else if let Some(group) = self.records.get_mut(index as usize) {
            group.end = end as u32;
        }
    }

    fn depth(&self) -> usize {
        self.open.len()
    }

    #[inline]
    fn leaf(
        &mut self,
        name: &'static str,
        kind: FieldKind,
        start: usize,
        end: usize,
        value: Value,
    ) {
        let depth = self.open.len() as u8;
        let (start, end) = (start as u32, end as u32);
        self.records.push(Record {
            name,
            start,
            end,
            value,
            kind,
            depth,
            bits: None,
        });
    }

    #[inline]
    fn bits(&mut self, name: &'static str, at: usize, high: u8, low: u8, value: Value) {
        let depth = self.open.len() as u8;
        let start = at as u32;
        let bits = Some(BitRange { high, low });
        let kind = FieldKind::Header;
        self.records.push(Record {
            name,
            start,
            end: start + 1,
            value,
            kind,
            depth,
            bits,
        });
    }

    fn remark(&mut self, remark: Remark) {
        let index = self.records.len().saturating_sub(1) as u32;
        self.remarks.push((index, remark));
    }

    fn fault(&mut self, error: DecodeError) -> Result<(), DecodeError> {
        self.faults.push(error);
        Ok(())
    }
}

/// The length bytes and the content of a leaf that has both.
fn parts_of(record: &Record, frame: &[u8]) -> Vec<Field> {
    let (start, end) = (record.start as usize, record.end as usize);
    let content = match record.value {
        Value::Text => "Characters",
        Value::Data => "Data",
        _ => return Vec::new(),
    };
    let bytes = frame.get(start + 2..end).unwrap_or_default();
    let field =
        |name: &'static str, kind, range, (value, chinese): (String, Option<String>)| Field {
            chinese_name: field_name(name).map(Into::into),
            chinese,
            ..Field::leaf(name, kind, range, value)
        };
    let length = both(|tongue| Bytes(bytes.len(), tongue));
    let mut parts = vec![field("Length", FieldKind::Length, start..start + 2, length)];
    if !bytes.is_empty() {
        let value = match (record.kind, record.value) {
            (FieldKind::Secret, _) => both(Masked),
            (_, Value::Text) => (String::from_utf8_lossy(bytes).into_owned(), None),
            _ => both(|tongue| Preview(bytes, tongue)),
        };
        parts.push(field(content, record.kind, start + 2..end, value));
    }
    parts
}

/// A value in English, and in Chinese where that is different.
fn both<T: fmt::Display>(say: impl Fn(Tongue) -> T) -> (String, Option<String>) {
    let english = say(Tongue::English).to_string();
    let chinese = say(Tongue::Chinese).to_string();
    let differs = chinese != english;
    (english, differs.then_some(chinese))
}

/// What a property says, for the line of the property itself: the parts behind its identifier.
fn value_of_property(parts: &[Field]) -> (String, Option<String>) {
    match parts {
        [_, value] => (value.value.clone(), value.chinese.clone()),
        // The name and the value of a user property are the sender's own words.
        [_, name, value] => (format!("{} = {}", name.value, value.value), None),
        _ => (String::new(), None),
    }
}

/// A number of bytes, in words.
struct Bytes(usize, Tongue);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.1.write_bytes(f, self.0)
    }
}

/// What stands in place of a secret.
struct Masked(Tongue);

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.say("(hidden)", "（已隐藏）"))
    }
}

/// Adds a gap wherever no sibling covers a byte between `start` and `end`.
fn fill_gaps(fields: &mut Vec<Field>, start: usize, end: usize) {
    let mut covered = start;
    let mut filled = Vec::with_capacity(fields.len());
    for field in fields.drain(..) {
        if field.start > covered {
            filled.push(gap(covered, field.start));
        }
        covered = covered.max(field.end);
        filled.push(field);
    }
    if end > covered {
        filled.push(gap(covered, end));
    }
    *fields = filled;
}

fn gap(start: usize, end: usize) -> Field {
    let (value, chinese) = both(|tongue| Bytes(end - start, tongue));
    Field {
        chinese_name: field_name("Not read").map(Into::into),
        chinese,
        ..Field::leaf("Not read", FieldKind::Gap, start..end, value)
    }
}

/// Marks the field that a fault is about, or adds one where something is missing.
fn attach_fault(fields: &mut Vec<Field>, error: &DecodeError) {
    let note = Note {
        severity: Severity::Error,
        text: error.kind.to_string().into(),
        chinese: error.kind.chinese(),
        rule: error.statement().into(),
    };
    let named = |field: &Field| field.name == error.field;
    if let Some(field) = deepest(fields, error.offset, &named) {
        mark(field, note);
    } else if let Some(field) = deepest(fields, error.offset, &|field| field.children.is_empty()) {
        mark(field, note);
    } else {
        let mut fault = Field::leaf(
            error.field,
            FieldKind::Fault,
            error.offset..error.offset,
            "",
        );
        fault.chinese_name = field_name(error.field).map(Into::into);
        fault.notes.push(note);
        fields.push(fault);
    }
}

fn mark(field: &mut Field, note: Note) {
    if field.kind != FieldKind::Secret {
        field.kind = FieldKind::Fault;
    }
    field.notes.push(note);
}

/// The deepest field at this offset for which `wanted` holds.
fn deepest<'f>(
    fields: &'f mut [Field],
    offset: usize,
    wanted: &dyn Fn(&Field) -> bool,
) -> Option<&'f mut Field> {
    for field in fields {
        if !(field.start..field.end).contains(&offset) {
            continue;
        }
        let inside = field
            .children
            .iter()
            .any(|child| holds(child, offset, wanted));
        if inside {
            return deepest(&mut field.children, offset, wanted);
        }
        if wanted(field) {
            return Some(field);
        }
    }
    None
}

fn holds(field: &Field, offset: usize, wanted: &dyn Fn(&Field) -> bool) -> bool {
    (field.start..field.end).contains(&offset)
        && (wanted(field)
            || field
                .children
                .iter()
                .any(|child| holds(child, offset, wanted)))
}

/// A record's value as people read it.
struct Readable<'a> {
    record: &'a Record,
    frame: &'a [u8],
    version: ProtocolVersion,
    tongue: Tongue,
}

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Record { start, end, .. } = *self.record;
        let bytes = self
            .frame
            .get(start as usize..end as usize)
            .unwrap_or_default();
        let content = bytes.get(2..).unwrap_or_default();
        let tongue = self.tongue;
        let say = |english, chinese| tongue.say(english, chinese);
        if self.record.kind == FieldKind::Secret {
            let length = Bytes(content.len(), tongue);
            return write!(f, "{}{}{length}", Masked(tongue), say(", ", "，"));
        }
        match self.record.value {
            Value::None => Ok(()),
            Value::Number(number) => write!(f, "{number}"),
            Value::Length(length) => tongue.write_bytes(f, length as usize),
            Value::SecondsOrNever(u32::MAX) => f.write_str(say("for ever", "永不过期")),
            Value::Seconds(seconds) | Value::SecondsOrNever(seconds) => {
                write!(f, "{seconds} s")?;
                write_larger_unit(f, seconds, tongue)
            }
            Value::Bit(bit) => f.write_str(if bit { "1" } else { "0" }),
            Value::Reserved(bits) => match self.record.bits {
                Some(range) => {
                    write!(
                        f,
                        "{bits:0width$b}",
                        width = usize::from(range.high - range.low) + 1
                    )
                }
                None => write!(f, "0x{bits:02X}"),
            },
            Value::QoS(bits) => match QoS::from_bits(bits) {
                Some(QoS::AtMostOnce) => f.write_str(say("0 (at most once)", "0（至多一次）")),
                Some(QoS::AtLeastOnce) => f.write_str(say("1 (at least once)", "1（至少一次）")),
                Some(QoS::ExactlyOnce) => f.write_str(say("2 (exactly once)", "2（恰好一次）")),
                None => tongue.write_meaning(f, &bits, &say("reserved", "保留")),
            },
            Value::PacketType(number) => match PacketType::from_number(number) {
                Some(packet) if packet.exists_in(self.version) => {
                    write!(f, "{packet} ({number})")
                }
                _ => tongue.write_meaning(f, &say("reserved", "保留"), &number),
            },
            Value::Text => f.write_str(&String::from_utf8_lossy(content)),
            Value::Level(level) => match ProtocolVersion::from_level(level) {
                Some(version) => write!(f, "{level} (MQTT {version})"),
                None => write!(f, "{level}"),
            },
            Value::ReasonCode(packet, code) => {
                let code = ReasonCode(code);
                write!(f, "{code} ")?;
                tongue.write_code(f, code, packet, self.version)
            }
            Value::RetainHandling(bits) => {
                let meaning = match bits {
                    0 => say("send retained messages", "发送保留消息"),
                    1 => say(
                        "send retained messages if the subscription is new",
                        "仅新订阅时发送保留消息",
                    ),
                    2 => say("do not send retained messages", "不发送保留消息"),
                    _ => say("reserved", "保留"),
                };
                tongue.write_meaning(f, &bits, &meaning)
            }
            Value::PropertyId(id) => write!(f, "0x{:02X} {}", id as u8, id.name()),
            Value::Data => Preview(content, tongue).fmt(f),
            Value::Bytes => Preview(bytes, tongue).fmt(f),
        }
    }
}

/// A duration in the largest unit that it is a whole number of, when that is not seconds.
fn write_larger_unit(f: &mut fmt::Formatter<'_>, seconds: u32, tongue: Tongue) -> fmt::Result {
    const UNITS: [(u32, &str, &str); 3] = [
        (86_400, "d", "天"),
        (3_600, "h", "小时"),
        (60, "min", "分钟"),
    ];
    let unit = UNITS
        .iter()
        .find(|(unit, ..)| seconds >= *unit && seconds.is_multiple_of(*unit));
    match (unit, tongue) {
        (Some((unit, name, _)), Tongue::English) => write!(f, " ({} {name})", seconds / unit),
        (Some((unit, _, name)), Tongue::Chinese) => write!(f, "（{} {name}）", seconds / unit),
        (None, _) => Ok(()),
    }
}

/// Bytes as text where they are text, else in hexadecimal; cut when long.
struct Preview<'a>(&'a [u8], Tongue);

/// How much of a payload a field shows; the bytes themselves are in the frame.
const PREVIEW_CHARACTERS: usize = 200;
const PREVIEW_BYTES: usize = 32;

impl fmt::Display for Preview<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let printable = |character: char| !character.is_control() || "\t\r\n".contains(character);
        match core::str::from_utf8(self.0) {
            Ok(text) if text.chars().all(printable) => {
                match text.char_indices().nth(PREVIEW_CHARACTERS) {
                    None => f.write_str(text),
                    Some((cut, _)) => {
                        f.write_str(text.get(..cut).unwrap_or_default())?;
                        self.1.write_meaning(f, &"…", &Bytes(self.0.len(), self.1))
                    }
                }
            }
            _ => {
                for (index, byte) in self.0.iter().take(PREVIEW_BYTES).enumerate() {
                    let space = if index > 0 { " " } else { "" };
                    write!(f, "{space}{byte:02X}")?;
                }
                if self.0.len() > PREVIEW_BYTES {
                    self.1
                        .write_meaning(f, &" …", &Bytes(self.0.len(), self.1))?;
                }
                Ok(())
            }
        }
    }
}

impl Remark {
    /// What is unusual, in one sentence.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NotMinimal => "the length uses more bytes than it needs; 5.0 forbids that",
            Self::UnusedFlags => "flags that 3.1 does not use are set",
            Self::UnusedByte => "a byte that 3.1 does not use is not zero",
            Self::DupWithoutQoS => "DUP means nothing on a QoS 0 message",
            Self::ClientIdLength => {
                "3.1 demands 1 to 23 characters; a server may refuse this client identifier"
            }
            Self::CredentialMissing => {
                "the flags announce a user name or password that is not there, which 3.1 allows"
            }
            Self::PasswordAlone => "a password without a user name is new in 5.0",
            Self::WillFlagsWithoutWill => "will QoS or will retain mean nothing without a will",
            Self::KeepAliveOff => "keep alive is switched off",
            Self::ByteOrderMark => "U+FEFF is kept as a zero width no-break space, never stripped",
            Self::ControlCharacter => "control characters should not be used in text",
            Self::Noncharacter => "Unicode noncharacters should not be used in text",
            Self::PayloadNotUtf8 => "the payload is declared to be text but is not UTF-8",
            Self::CouldBeOmitted => "this could have been left out",
            Self::LeadingSlash => "a leading / adds an empty first level",
        }
    }

    /// The rule or section that it is about.
    pub const fn rule(self, version: ProtocolVersion) -> &'static str {
        let five = matches!(version, ProtocolVersion::V5_0);
        let old = matches!(version, ProtocolVersion::V3_1);
        match self {
            Self::NotMinimal if old => "MQTT 3.1 §2.1",
            Self::NotMinimal => "MQTT 3.1.1 §2.2.3",
            Self::UnusedFlags | Self::DupWithoutQoS => "MQTT 3.1 §2.1",
            Self::UnusedByte => "MQTT 3.1 §3.2",
            Self::ClientIdLength | Self::CredentialMissing | Self::WillFlagsWithoutWill => {
                "MQTT 3.1 §3.1"
            }
            Self::PasswordAlone => "MQTT 5.0 §3.1.2.9",
            Self::KeepAliveOff if five => "MQTT 5.0 §3.1.2.10",
            Self::KeepAliveOff if old => "MQTT 3.1 §3.1",
            Self::KeepAliveOff => "MQTT 3.1.1 §3.1.2.10",
            Self::ByteOrderMark if five => "MQTT-1.5.4-3",
            Self::ByteOrderMark if old => "MQTT 3.1 §2.5",
            Self::ByteOrderMark => "MQTT-1.5.3-3",
            Self::ControlCharacter | Self::Noncharacter if five => "MQTT 5.0 §1.5.4",
            Self::ControlCharacter | Self::Noncharacter if old => "MQTT 3.1 §2.5",
            Self::ControlCharacter | Self::Noncharacter => "MQTT 3.1.1 §1.5.3",
            Self::PayloadNotUtf8 => "MQTT 5.0 §3.3.2.3.2",
            Self::CouldBeOmitted => "MQTT 5.0 §3.4.2.1",
            Self::LeadingSlash if five => "MQTT 5.0 §4.7.3",
            Self::LeadingSlash if old => "MQTT 3.1 Appendix A",
            Self::LeadingSlash => "MQTT 3.1.1 §4.7.3",
        }
    }

    /// How serious it is.
    pub const fn severity(self) -> Severity {
        match self {
            Self::PasswordAlone
            | Self::KeepAliveOff
            | Self::ByteOrderMark
            | Self::CouldBeOmitted
            | Self::LeadingSlash => Severity::Info,
            _ => Severity::Warning,
        }
    }

    fn note(self, version: ProtocolVersion) -> Note {
        Note {
            severity: self.severity(),
            text: self.text().into(),
            chinese: self.chinese().into(),
            rule: self.rule(version).into(),
        }
    }
}

/// The versions by which these frames of one connection and direction can be read, the most
/// plausible first; all three, by how far they get, when none reads all of them.
///
/// A CONNECT names its version. Other packets may read alike in several: then 5.0 comes first
/// when there are properties, else 3.1.1.
pub fn plausible_versions<'a>(
    frames: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
) -> Vec<ProtocolVersion> {
    let frames = frames.into_iter();
    if let Some(version) = frames.clone().find_map(ProtocolVersion::of_connect) {
        return vec![version];
    }
    let mut ranked: Vec<(usize, u8, ProtocolVersion)> = ProtocolVersion::ALL
        .into_iter()
        .map(|version| {
            let faults = frames
                .clone()
                .filter(|frame| Packet::decode(version, frame).is_err())
                .count();
            let preference = match version {
                ProtocolVersion::V5_0 if frames.clone().any(looks_like_5_0) => 0,
                ProtocolVersion::V3_1_1 => 1,
                ProtocolVersion::V5_0 => 2,
                ProtocolVersion::V3_1 => 3,
            };
            (faults, preference, version)
        })
        .collect();
    ranked.sort_unstable();
    if ranked.iter().any(|(faults, ..)| *faults == 0) {
        ranked.retain(|(faults, ..)| *faults == 0);
    }
    ranked.into_iter().map(|(.., version)| version).collect()
}

/// Whether a frame has properties, or the zero that stands for none where 3.x would have a
/// payload that hardly anyone sends: one that begins with U+0000.
fn looks_like_5_0(frame: &[u8]) -> bool {
    match Packet::decode(ProtocolVersion::V5_0, frame) {
        Ok(Packet::Publish(publish)) => {
            let shorter = Packet::decode(ProtocolVersion::V3_1_1, frame);
            !publish.properties.is_empty()
                || matches!(shorter, Ok(Packet::Publish(old)) if old.payload.first() == Some(&0))
        }
        Ok(_) => Packet::decode(ProtocolVersion::V3_1_1, frame).is_err(),
        Err(_) => false,
    }
}

impl Violation {
    /// The name of the rule as one word, stable for scripts: the variant's name.
    pub fn name(self) -> String {
        let name = format!("{self:?}");
        match name.split_once('(') {
            Some((name, _)) => name.to_owned(),
            None => name,
        }
    }
}
