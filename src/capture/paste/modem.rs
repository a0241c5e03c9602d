//! AT commands of modems that speak MQTT themselves: they carry topic and payload, but no bytes of
//! a packet.
//!
//! Where a command or an unsolicited result gives both, on its line or on the lines it announces,
//! the PUBLISH of 3.1.1 that carries them is made, in a stream of its own that says so
//! ([`super::Made`]). What gives no message is counted and told.

use super::{Collector, Made, Stream, digit};
use crate::capture::cut;
use crate::mqtt::{Packet, PacketId, ProtocolVersion, Publish, QoS, Severity, TopicName};
use crate::platform::text;
use crate::platform::{Direction, Text};

/// Bytes, each with its place in the text.
type Placed = Vec<(u8, usize)>;

/// One argument of a command.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arg {
    /// A number that says nothing about the message: a link, a client.
    Number,
    /// The packet identifier, 0 where there is none.
    Id,
    QoS,
    Retain,
    Dup,
    /// In quotes or not.
    Topic,
    /// How many bytes of payload there are.
    Length,
    /// In quotes or not; may hold commas and quotes, for it is the last one.
    Payload,
    /// In quotes.
    Quoted,
    /// This word, in quotes or not.
    Word(&'static str),
}

use Arg::{Dup, Id, Length, Number, Payload, Quoted, Retain, Topic, Word};

/// Whether it is a command, its names, and the forms of its arguments.
type Forms = (bool, &'static [&'static str], &'static [&'static [Arg]]);

/// The forms in which commands (`true`) and results (`false`) give a message, as the makers'
/// manuals have them. The first that fits counts; one without payload announces it for the next
/// line.
const FORMS: &[Forms] = &[
    // Quectel.
    (
        true,
        &["QMTPUB", "QMTPUBEX"],
        &[
            &[Number, Id, Arg::QoS, Retain, Topic, Length, Payload],
            &[Number, Id, Arg::QoS, Retain, Topic, Length],
            &[Number, Id, Arg::QoS, Retain, Topic],
            &[Number, Id, Arg::QoS, Retain, Topic, Payload],
        ],
    ),
    (
        false,
        &["QMTRECV"],
        &[
            &[Number, Id, Topic, Length, Payload],
            &[Number, Id, Topic, Payload],
        ],
    ),
    // China Mobile ML302, ML307, M5311; Espressif; Microchip.
    (
        true,
        &["MQTTPUB"],
        &[
            &[Number, Topic, Arg::QoS, Retain, Dup, Length, Payload],
            &[Number, Topic, Arg::QoS, Retain, Dup, Length],
            &[Topic, Arg::QoS, Retain, Dup, Length, Payload],
            &[Topic, Arg::QoS, Retain, Dup, Length],
            &[Number, Topic, Quoted, Arg::QoS, Retain],
            &[Topic, Quoted, Arg::QoS, Retain],
            &[Dup, Arg::QoS, Retain, Topic, Payload],
            &[Topic, Arg::QoS, Retain, Payload],
            &[Number, Topic, Length],
            &[Number, Topic, Quoted],
            &[Topic, Quoted],
        ],
    ),
    (
        true,
        &["MQTTPUBRAW"],
        &[&[Number, Topic, Length, Arg::QoS, Retain]],
    ),
    (
        false,
        &["MQTTSUBRECV", "MQTTRECV"],
        &[&[Number, Topic, Length, Payload], &[Number, Topic, Payload]],
    ),
    (
        false,
        &["MQTTPUBLISH"],
        &[
            &[Dup, Arg::QoS, Retain, Id, Topic, Length, Payload],
            &[Number, Arg::QoS, Topic, Length, Payload],
            &[Number, Topic, Length, Payload],
        ],
    ),
    (
        false,
        &["MQTTURC"],
        &[
            &[Word("publish"), Number, Id, Topic, Number, Length, Payload],
            &[Word("msg"), Number, Topic, Length, Payload],
        ],
    ),
    // SIMCom SIM7000 and SIM7070.
    (true, &["SMPUB"], &[&[Topic, Length, Arg::QoS, Retain]]),
    (false, &["SMSUB"], &[&[Topic, Payload]]),
    // Air.
    (true, &["MPUB"], &[&[Topic, Arg::QoS, Retain, Payload]]),
    (
        true,
        &["MPUBEX"],
        &[
            &[Topic, Arg::QoS, Retain, Length],
            &[Topic, Arg::QoS, Retain],
        ],
    ),
    (false, &["MSUB"], &[&[Topic, Length, Payload]]),
    // Huawei's modems.
    (true, &["HMPUB"], &[&[Arg::QoS, Topic, Length, Payload]]),
    (false, &["HMREC"], &[&[Topic, Length, Payload]]),
    // u-blox and Nordic.
    (
        true,
        &["UMQTTC"],
        &[
            &[Word("2"), Arg::QoS, Retain, Number, Topic, Payload],
            &[Word("2"), Arg::QoS, Retain, Topic, Payload],
        ],
    ),
    (true, &["XMQTTPUB"], &[&[Topic, Quoted, Arg::QoS, Retain]]),
];

/// Commands of SIMCom that announce text which belongs to no PUBLISH.
const ASIDE: [&str; 6] = [
    "CMQTTWILLTOPIC",
    "CMQTTWILLMSG",
    "CMQTTSUBTOPIC",
    "CMQTTUNSUBTOPIC",
    "CMQTTSUB",
    "CMQTTUNSUB",
];

/// Names of commands about MQTT that do not say so.
const FAMILY: [&str; 20] = [
    "SMCONF",
    "SMCONN",
    "SMDISC",
    "SMPUB",
    "SMSTATE",
    "SMSUB",
    "SMUNSUB",
    "MCONFIG",
    "MCONNECT",
    "MDISCONNECT",
    "MPUB",
    "MPUBEX",
    "MSUB",
    "MUNSUB",
    "HMCON",
    "HMDIS",
    "HMPUB",
    "HMREC",
    "HMSUB",
    "HMUNS",
];

/// Where a line speaks to a modem, or a modem speaks.
struct Speech<'a> {
    /// A command, which begins with `AT`; else a result.
    is_command: bool,
    /// As in the text, with `AT+` or `+`.
    shown: &'a str,
    /// Upper case, without them.
    name: String,
    /// Where in the line it begins.
    at: usize,
    /// What stands behind the name: `=`, `:`, `?`, or nothing.
    joint: Option<char>,
    /// Where in the line the arguments begin.
    arguments: usize,
}

/// The command or result of a line, unless it is quoted, an argument, or the end of a word.
fn speech(line: &str) -> Option<Speech<'_>> {
    // Looked for once: a long line may have many that look like a beginning.
    let open = line.find(['"', '\'', '=']).unwrap_or(line.len());
    let head = line.get(..open)?;
    let is_free = |at: &usize| {
        let before = head.get(..*at).unwrap_or_default();
        !before.ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    let upper = head.to_ascii_uppercase();
    let mut commands = upper
        .match_indices("AT+")
        .chain(upper.match_indices("AT#"))
        .map(|(at, _)| at);
    if let Some(at) = commands.find(is_free) {
        return named(line, at, at + 3, true);
    }
    // A time zone or a number in front of a result is none.
    head.match_indices(['+', '#'])
        .map(|(at, _)| at)
        .filter(is_free)
        .find_map(|at| named(line, at, at + 1, false))
}

/// The command or result that begins at `at`, whose name begins at `from`.
fn named(line: &str, at: usize, from: usize, is_command: bool) -> Option<Speech<'_>> {
    let rest = line.get(from..)?;
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let name = rest.get(..length)?;
    if length < 2 || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let joint = rest.get(length..)?.chars().next();
    if !is_command && joint != Some(':') {
        return None;
    }
    Some(Speech {
        is_command,
        shown: line.get(at..from + length)?,
        name: name.to_ascii_uppercase(),
        at,
        joint,
        arguments: (from + length + joint.map_or(0, char::len_utf8)).min(line.len()),
    })
}

/// Whether nothing but a modem's log has lines like this one: a command with its arguments or a
/// result, at its beginning.
pub(super) fn is_spoken(line: &str) -> bool {
    let Some(speech) = speech(line) else {
        return false;
    };
    let before = line.get(..speech.at).unwrap_or_default();
    let is_lead = before
        .split(|c: char| !c.is_alphanumeric())
        .all(|word| word.is_empty() || super::log::says_direction(word))
        && !before.contains(['/', '*', '(']);
    let arguments = line.get(speech.arguments..).unwrap_or_default();
    let is_whole = match (speech.is_command, speech.joint) {
        // In base64, `=` is the end.
        (true, Some('=')) => !arguments.trim_start_matches('=').trim().is_empty(),
        (true, Some('?')) => true,
        (true, _) => false,
        (false, _) => {
            let name = speech.shown.trim_start_matches(['+', '#']);
            is_family(&speech.name) || !name.contains(|c: char| c.is_ascii_lowercase())
        }
    };
    is_lead && is_whole
}

/// Whether it is a command about MQTT.
fn is_family(name: &str) -> bool {
    name.contains("MQTT") || name.starts_with("QMT") || FAMILY.contains(&name)
}

/// What a line is to the modem's commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing of theirs.
    Nothing,
    /// A command or a result, which is read.
    Spoken,
    /// Text that a command announced.
    Text,
}

/// A message on its way.
#[derive(Clone, Default)]
struct Message {
    topic: Placed,
    payload: Placed,
    qos: Option<QoS>,
    retain: bool,
    dup: bool,
    id: Option<u16>,
}

/// A message that is taken from a command, and its command.
struct Source {
    shown: String,
    at: usize,
    direction: Direction,
}

/// How much text is to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Bytes(usize),
    /// Up to a quote at the end of a line.
    Quote,
    Line,
}

/// What the text that comes is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// The payload, with which the message is whole.
    Message,
    /// Of SIMCom's parts, the topic.
    Topic,
    /// Of SIMCom's parts, the payload.
    Payload,
    /// Something else.
    Nothing,
}

/// Text that is to come on the next lines.
struct Open {
    source: Source,
    message: Message,
    into: Use,
    wanted: Wanted,
    text: Placed,
    /// Where the text read so far ends.
    end: Option<usize>,
    /// The modem has asked for it.
    is_asked: bool,
}

/// A line in its place.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// The whole text.
    pub(super) source: &'a str,
    /// Where the line begins.
    pub(super) start: usize,
    /// Where what is said begins, behind time and tag.
    pub(super) at: usize,
    /// What is said.
    pub(super) body: &'a str,
    /// Which way the line's tag says that it went.
    pub(super) told: Option<Direction>,
}

/// Reads the lines of a log for the commands of modems that speak MQTT.
#[derive(Default)]
pub(super) struct Modem {
    open: Option<Open>,
    /// SIMCom's parts, up and down.
    up: Message,
    down: Message,
    /// The command that was sent last, to know its echo.
    sent: String,
    /// The commands that give no message: the first, and how many.
    first_silent: Option<(usize, String)>,
    silent: usize,
    /// How many messages were made.
    pub(super) made: usize,
}

impl Modem {
    /// Reads one line.
    pub(super) fn line(&mut self, out: &mut Collector, line: Line<'_>) -> Heard {
        let Some(speech) = speech(line.body) else {
            return self.text(out, line);
        };
        let said = line.body.get(speech.at..).unwrap_or_default().trim();
        if speech.is_command && line.told == Some(Direction::Down) && said == self.sent {
            // The modem repeats what it is told.
            return Heard::Spoken;
        }
        self.settle(out);
        if speech.is_command {
            said.clone_into(&mut self.sent);
        }
        if !is_family(&speech.name) {
            return Heard::Nothing;
        }
        self.spoken(out, line, &speech)
    }

    /// The end of the text.
    pub(super) fn finish(&mut self, out: &mut Collector) {
        self.settle(out);
        let count = self.silent;
        let Some((at, name)) = self.first_silent.take() else {
            return;
        };
        let told = if count == 1 {
            text!(
                "{name} carries no packet bytes: the modem makes its MQTT packets itself; the \
                 command gives no row",
                "{name} 不含报文字节：MQTT 报文由模组自行生成；该命令不产生行"
            )
        } else {
            text!(
                "{name} carries no packet bytes: the modem makes its MQTT packets itself; {count} \
                 commands of this kind give no row",
                "{name} 不含报文字节：MQTT 报文由模组自行生成；此类命令共 {count} 条，均不产生行"
            )
        };
        out.problem(Severity::Info, at, told);
    }

    fn spoken(&mut self, out: &mut Collector, line: Line<'_>, speech: &Speech<'_>) -> Heard {
        let source = Source {
            shown: speech.shown.to_owned(),
            at: line.at + speech.at,
            direction: if speech.is_command {
                Direction::Up
            } else {
                Direction::Down
            },
        };
        if speech.name.starts_with("CMQTT") {
            self.parts(out, line, speech, source);
            return Heard::Spoken;
        }
        let forms = FORMS
            .iter()
            .find(|(is_command, names, _)| {
                *is_command == speech.is_command && names.contains(&speech.name.as_str())
            })
            .map(|(.., forms)| *forms)
            .unwrap_or_default();
        let arguments = line.body.get(speech.arguments..).unwrap_or_default();
        let from = line.at + speech.arguments;
        let is_set = matches!(speech.joint, Some('=' | ':'));
        let found = forms
            .iter()
            .filter(|_| is_set)
            .find_map(|form| fit(form, arguments));
        if let Some(found) = found {
            self.take(out, source, &found, arguments, from);
            return Heard::Spoken;
        }
        if carries_packet(line.body, speech) {
            return Heard::Nothing;
        }
        let is_asked = arguments.starts_with('?') || speech.joint == Some('?');
        // Of the results of many kinds that have one name, only these are messages.
        let is_other = speech.name == "MQTTURC"
            && !arguments.contains("publish")
            && !arguments.contains("msg")
            || speech.name == "UMQTTC" && !arguments.starts_with('2');
        if !forms.is_empty() && is_set && !is_asked && !is_other {
            let name = &source.shown;
            out.problem(
                Severity::Warning,
                source.at,
                text!(
                    "no message can be made from {name}: topic and payload were expected in its \
                     arguments; it carries no packet bytes",
                    "无法由 {name} 还原消息：参数中应有主题和负载；该命令不含报文字节"
                ),
            );
        } else if speech.is_command {
            self.silent(source);
        }
        Heard::Spoken
    }

    fn silent(&mut self, source: Source) {
        self.silent += 1;
        if self.first_silent.is_none() {
            self.first_silent = Some((source.at, source.shown));
        }
    }

    /// A message whose arguments were told apart; its payload may be to come.
    fn take(
        &mut self,
        out: &mut Collector,
        source: Source,
        found: &Found,
        arguments: &str,
        from: usize,
    ) {
        let message = Message {
            topic: placed(arguments, found.topic.clone(), from),
            payload: Vec::new(),
            qos: found.qos,
            retain: found.retain,
            dup: found.dup,
            id: found.id,
        };
        let mut open = Open {
            source,
            message,
            into: Use::Message,
            wanted: found.length.map_or(Wanted::Line, Wanted::Bytes),
            text: Vec::new(),
            end: None,
            is_asked: false,
        };
        match &found.payload {
            None if found.length != Some(0) => self.open = Some(open),
            None => self.close(out, open),
            Some(payload) => {
                open.text = placed(arguments, payload.range.clone(), from);
                open.end = Some(from + payload.range.end);
                let is_short = found.length.is_some_and(|length| open.text.len() < length);
                if payload.is_cut && (is_short || found.length.is_none()) {
                    if found.length.is_none() {
                        open.wanted = Wanted::Quote;
                    }
                    self.open = Some(open);
                } else if is_short && !payload.is_quoted && !is_hex_of(&open) {
                    self.open = Some(open);
                } else {
                    self.close(out, open);
                }
            }
        }
    }

    /// The commands with which SIMCom's modems put a message together, and take one apart.
    fn parts(&mut self, out: &mut Collector, line: Line<'_>, speech: &Speech<'_>, source: Source) {
        let arguments = line.body.get(speech.arguments..).unwrap_or_default();
        let numbers: Vec<usize> = arguments
            .split(',')
            .map_while(|field| field.trim().parse().ok())
            .collect();
        let length = numbers.get(1).copied();
        let into = match (speech.is_command, speech.name.as_str()) {
            (true, "CMQTTTOPIC") | (false, "CMQTTRXTOPIC") => Use::Topic,
            (true, "CMQTTPAYLOAD") | (false, "CMQTTRXPAYLOAD") => Use::Payload,
            (true, name) if ASIDE.contains(&name) => {
                self.silent(Source {
                    shown: source.shown.clone(),
                    ..source
                });
                Use::Nothing
            }
            (true, "CMQTTPUB") if speech.joint == Some('=') && length.is_some() => {
                let qos = length.and_then(|bits| QoS::from_bits(u8::try_from(bits).ok()?));
                let message = Message {
                    qos,
                    retain: numbers.get(3) == Some(&1),
                    ..core::mem::take(&mut self.up)
                };
                self.make(out, source, message);
                return;
            }
            (false, "CMQTTRXSTART") => {
                self.down = Message::default();
                return;
            }
            (false, "CMQTTRXEND") => {
                let message = core::mem::take(&mut self.down);
                self.make(out, source, message);
                return;
            }
            (is_command, _) => {
                if is_command {
                    self.silent(source);
                }
                return;
            }
        };
        // A new topic begins a new message.
        if into == Use::Topic && speech.is_command {
            self.up = Message::default();
        }
        if let Some(length) = length.filter(|length| *length > 0) {
            self.open = Some(Open {
                source,
                message: Message::default(),
                into,
                wanted: Wanted::Bytes(length),
                text: Vec::new(),
                end: None,
                is_asked: false,
            });
        }
    }

    /// A line that is no command: announced text, or nothing of ours.
    fn text(&mut self, out: &mut Collector, line: Line<'_>) -> Heard {
        let Some(mut open) = self.open.take() else {
            return Heard::Nothing;
        };
        let wanted = match open.wanted {
            Wanted::Bytes(length) => Some(length),
            Wanted::Quote | Wanted::Line => None,
        };
        let body = line.body;
        let is_answer = ["OK", "ERROR", "SEND OK", "SEND FAIL"].contains(&body.trim());
        open.is_asked |= is_prompt(body);
        let is_text = open.is_asked && wanted == Some(body.len());
        if is_prompt(body) || (is_answer && !is_text) {
            // The answer comes before the text or ends it; without text it may be a refusal.
            if is_answer && (open.end.is_some() || body.trim() == "ERROR") {
                self.close(out, open);
            } else {
                self.open = Some(open);
            }
            return Heard::Text;
        }
        let from = match open.end {
            // Behind the prompt.
            None => {
                let prompted = body.trim_start().strip_prefix('>');
                let said = prompted.unwrap_or(body);
                let said = if wanted == Some(said.len()) {
                    said
                } else {
                    said.trim_start()
                };
                body.len() - said.len()
            }
            // The ends of lines belong to the text.
            Some(end) => {
                let between = line.source.get(end..line.start).unwrap_or_default();
                for (index, byte) in between.bytes().enumerate() {
                    if matches!(byte, b'\r' | b'\n') {
                        open.text.push((byte, end + index));
                    }
                }
                0
            }
        };
        let rest = body.get(from..).unwrap_or_default();
        let missing = wanted.map(|wanted| wanted.saturating_sub(open.text.len()));
        let mut length = rest.len();
        if let Some(missing) = missing
            && rest.get(missing..).is_some_and(is_end)
        {
            length = missing;
        }
        if wanted.is_none() {
            length = rest.trim_end_matches(is_after).len();
        }
        let is_quoted = open.wanted == Wanted::Quote && rest.trim_end().ends_with('"');
        if is_quoted {
            length = rest.trim_end().len() - 1;
        }
        open.text.extend(placed(rest, 0..length, line.at + from));
        open.end = Some(line.at + from + length);
        let is_whole = match open.wanted {
            Wanted::Bytes(wanted) => open.text.len() >= wanted || is_hex_of(&open),
            Wanted::Quote => is_quoted,
            Wanted::Line => true,
        };
        if is_whole {
            self.close(out, open);
        } else {
            self.open = Some(open);
        }
        Heard::Text
    }

    /// No more text comes.
    fn settle(&mut self, out: &mut Collector) {
        if let Some(open) = self.open.take() {
            self.close(out, open);
        }
    }

    /// Announced text is whole, or as whole as it will be.
    fn close(&mut self, out: &mut Collector, open: Open) {
        let Open {
            source,
            mut message,
            into,
            wanted,
            text,
            end,
            ..
        } = open;
        if into == Use::Message && end.is_none() && wanted != Wanted::Bytes(0) {
            let name = &source.shown;
            out.problem(
                Severity::Warning,
                source.at,
                text!(
                    "no message can be made from {name}: the payload was expected on the next line",
                    "无法由 {name} 还原消息：下一行应为负载"
                ),
            );
            return;
        }
        let text = match wanted {
            Wanted::Bytes(length) => {
                let (text, found) = measured(text, length);
                if found != length {
                    out.problem(Severity::Warning, source.at, announced(length, found));
                }
                text
            }
            Wanted::Quote | Wanted::Line => unescaped(&text).unwrap_or(text),
        };
        let parts = match source.direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        };
        match into {
            Use::Nothing => {}
            Use::Topic => parts.topic.extend(text),
            Use::Payload => parts.payload.extend(text),
            Use::Message => {
                message.payload = text;
                self.make(out, source, message);
            }
        }
    }

    /// Makes the packet of a message, in a stream of its own.
    fn make(&mut self, out: &mut Collector, source: Source, message: Message) {
        let name = source.shown.as_str();
        let topic: Vec<u8> = message.topic.iter().map(|(byte, _)| *byte).collect();
        let payload: Vec<u8> = message.payload.iter().map(|(byte, _)| *byte).collect();
        let topic = String::from_utf8_lossy(&topic);
        let topic_name = match TopicName::new(&topic) {
            Ok(topic) => topic,
            Err(error) => {
                let chinese = error.chinese();
                out.problem(
                    Severity::Warning,
                    source.at,
                    text!(
                        "no message can be made from {name}, its topic is none: {error}",
                        "无法由 {name} 还原消息，其主题不合法：{chinese}"
                    ),
                );
                return;
            }
        };
        let id = message.id.and_then(PacketId::new);
        // Only with QoS 1 and 2 there is an identifier.
        let qos = message.qos.unwrap_or(match id {
            Some(_) => QoS::AtLeastOnce,
            None => QoS::AtMostOnce,
        });
        let packet_id = (qos != QoS::AtMostOnce).then(|| id.unwrap_or(PacketId::MIN));
        let publish = Publish {
            dup: message.dup && packet_id.is_some(),
            qos,
            retain: message.retain,
            packet_id,
            ..Publish::new(topic_name, &payload)
        };
        let mut bytes = Vec::new();
        if let Err(error) = Packet::Publish(publish).encode(ProtocolVersion::V3_1_1, &mut bytes) {
            let chinese = error.chinese();
            out.problem(
                Severity::Warning,
                source.at,
                text!(
                    "no message can be made from {name}: {error}",
                    "无法由 {name} 还原消息：{chinese}"
                ),
            );
            return;
        }
        let behind = payload.len() + usize::from(packet_id.is_some()) * 2;
        let head = bytes.len().saturating_sub(behind + message.topic.len());
        let place = |found: Option<&(u8, usize)>| found.map(|(_, at)| *at);
        let last_of_topic = place(message.topic.last()).unwrap_or(source.at);
        let first = place(message.topic.first()).map_or(source.at, |at| at.min(source.at));
        let places = core::iter::repeat_n(first, head)
            .chain(message.topic.iter().map(|(_, at)| *at))
            .chain(core::iter::repeat_n(last_of_topic, behind - payload.len()))
            .chain(message.payload.iter().map(|(_, at)| *at));
        out.stream(Some(source.direction));
        for (byte, at) in bytes.into_iter().zip(places) {
            out.byte(byte, at);
        }
        out.open.made = Some(Made {
            from: source.shown,
            at: source.at,
            is_qos_told: message.qos.is_some(),
        });
        out.close();
        self.made += 1;
    }
}

/// Whether the body is a prompt and nothing else.
fn is_prompt(body: &str) -> bool {
    body.trim().trim_matches('>').trim().is_empty()
}

/// What terminals and prompts leave behind a text.
fn is_after(found: char) -> bool {
    found.is_control() || found == '□'
}

/// Whether nothing of a text is here but its closing quote.
fn is_end(rest: &str) -> bool {
    rest.trim_matches(|c: char| is_after(c) || c.is_whitespace() || c == '"')
        .is_empty()
}

fn announced(length: usize, found: usize) -> Text {
    text!(
        "this line announces {length} bytes, {found} were found",
        "该行声明 {length} 字节，实际找到 {found} 字节"
    )
}

/// These characters of a text that begins at `from`.
fn placed(text: &str, range: core::ops::Range<usize>, from: usize) -> Placed {
    let bytes = text.get(range.clone()).unwrap_or_default().bytes();
    bytes.zip(from + range.start..).collect()
}

/// Whether the text is the announced bytes in hexadecimal.
fn is_hex_of(open: &Open) -> bool {
    matches!(open.wanted, Wanted::Bytes(length) if length > 0
        && length.checked_mul(2) == Some(open.text.len())
        && open.text.iter().all(|(byte, _)| byte.is_ascii_hexdigit()))
}

/// The text as so many bytes: as it is, without its escapes, or from hexadecimal; and how many it
/// came to.
fn measured(text: Placed, length: usize) -> (Placed, usize) {
    if text.len() == length {
        return (text, length);
    }
    if let Some(plain) = unescaped(&text)
        && plain.len() == length
    {
        return (plain, length);
    }
    if length > 0 && length.checked_mul(2) == Some(text.len()) {
        let bytes: Option<Placed> = text
            .chunks_exact(2)
            .map(|pair| match pair {
                [(high, at), (low, _)] => Some((digit(*high)? << 4 | digit(*low)?, *at)),
                _ => None,
            })
            .collect();
        if let Some(bytes) = bytes {
            return (bytes, length);
        }
    }
    let plain = unescaped(&text).unwrap_or(text);
    let found = plain.len();
    (plain, found)
}

/// Without the backslashes in front of quotes, commas and backslashes; `None` where they are no
/// escapes: a quote stands alone, or none and no comma is escaped.
fn unescaped(text: &Placed) -> Option<Placed> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter().peekable();
    let mut is_escaped = false;
    while let Some(&(byte, at)) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'"', _) => return None,
            (b'\\', Some((next @ (b'"' | b',' | b'\\'), _))) => {
                is_escaped |= *next != b'\\';
                out.push((*next, at));
                bytes.next();
            }
            _ => out.push((byte, at)),
        }
    }
    is_escaped.then_some(out)
}

/// Whether a command that is not known carries the bytes of a packet all the same.
fn carries_packet(body: &str, speech: &Speech<'_>) -> bool {
    let bytes: Vec<u8> = super::log::longest_argument(body, speech.arguments)
        .into_iter()
        .map(|(byte, _)| byte)
        .collect();
    let length = bytes.len();
    length > 1 && cut::clean_bytes(&Stream::binary(bytes)) == length
}

/// The arguments of a command, told apart.
#[derive(Default)]
struct Found {
    topic: core::ops::Range<usize>,
    length: Option<usize>,
    payload: Option<Body>,
    qos: Option<QoS>,
    retain: bool,
    dup: bool,
    id: Option<u16>,
}

/// A payload among the arguments.
struct Body {
    /// Without quotes.
    range: core::ops::Range<usize>,
    is_quoted: bool,
    /// Its closing quote is missing.
    is_cut: bool,
}

/// Tells the arguments apart by a form; `None` when they do not have it.
fn fit(form: &[Arg], arguments: &str) -> Option<Found> {
    let mut found = Found::default();
    let end = arguments.trim_end_matches(is_after).len();
    let text = arguments.get(..end)?;
    let mut at = 0;
    for (index, arg) in form.iter().enumerate() {
        if index > 0 {
            at += blanks(text.get(at..)?);
            at += text.get(at..)?.strip_prefix(',').map(|_| 1)?;
        }
        let rest = text.get(at..)?;
        let lead = blanks(rest);
        let word = rest.get(lead..)?;
        match arg {
            Payload | Quoted => {
                let tail = form.get(index + 1..).unwrap_or_default();
                let cut = behind(word, tail.len())?;
                simple(tail, word.get(cut..)?, &mut found)?;
                let said = word.get(..cut)?;
                // A payload that is counted may begin with a quote, or with blanks and a quote.
                let is_counted = |length| length == said.len() || length == lead + said.len();
                let inside = said
                    .strip_prefix('"')
                    .filter(|_| *arg == Quoted || !found.length.is_some_and(is_counted));
                let body = match inside {
                    Some(inside) => {
                        let closed = inside.trim_end().strip_suffix('"');
                        // Text behind the announced bytes may be the closing quote.
                        let length = closed.map_or(inside.len(), str::len);
                        Body {
                            range: at + lead + 1..at + lead + 1 + length,
                            is_quoted: true,
                            is_cut: closed.is_none(),
                        }
                    }
                    None if *arg == Quoted => return None,
                    None => Body {
                        range: at + unquoted(rest, lead, found.length)..at + lead + cut,
                        is_quoted: false,
                        is_cut: false,
                    },
                };
                if body.is_cut && !tail.is_empty() {
                    return None;
                }
                found.payload = Some(body);
                return Some(found);
            }
            Topic => {
                let (range, length) = topic(word)?;
                found.topic = at + lead + range.start..at + lead + range.end;
                at += lead + length;
            }
            _ => {
                let length = word.find(',').unwrap_or(word.len());
                scalar(*arg, word.get(..length)?.trim(), &mut found)?;
                at += lead + length;
            }
        }
    }
    text.get(at..)?.trim().is_empty().then_some(found)
}

/// Where a payload without quotes begins: blanks in front of it belong to it where they are
/// counted.
fn unquoted(rest: &str, lead: usize, length: Option<usize>) -> usize {
    if length.is_some_and(|length| rest.len() <= length) {
        0
    } else {
        lead
    }
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Where the last `count` arguments begin, with the comma in front of them.
fn behind(text: &str, count: usize) -> Option<usize> {
    match count {
        0 => Some(text.len()),
        _ => text
            .rmatch_indices(',')
            .nth(count - 1)
            .map(|(comma, _)| comma),
    }
}

/// The arguments behind a payload, each with its comma.
fn simple(form: &[Arg], text: &str, found: &mut Found) -> Option<()> {
    let mut fields = text.split(',').skip(1);
    for arg in form {
        scalar(*arg, fields.next()?.trim(), found)?;
    }
    Some(())
}

/// The place of a topic, and how long it is with its quotes.
fn topic(word: &str) -> Option<(core::ops::Range<usize>, usize)> {
    if let Some(inside) = word.strip_prefix('"') {
        let length = inside.find('"')?;
        return Some((1..1 + length, length + 2));
    }
    let length = word.find(',').unwrap_or(word.len());
    let name = word.get(..length)?.trim_end();
    let is_name = !name.is_empty()
        && !name.contains('"')
        && name.contains(|c: char| !c.is_ascii_digit() && c != '?' && c != '=');
    is_name.then_some((0..name.len(), length))
}

/// One argument that is a number or a word.
fn scalar(arg: Arg, field: &str, found: &mut Found) -> Option<()> {
    let flag = |field: &str| match field {
        "0" => Some(false),
        "1" => Some(true),
        _ => None,
    };
    let number = |field: &str| {
        let is_number = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| field.parse::<usize>().ok()).flatten()
    };
    match arg {
        Number => drop(number(field)?),
        Id => found.id = Some(u16::try_from(number(field)?).ok()?),
        Arg::QoS => found.qos = Some(QoS::from_bits(u8::try_from(number(field)?).ok()?)?),
        Retain => found.retain = flag(field)?,
        Dup => found.dup = flag(field)?,
        Length => {
            let digits = field
                .trim_end_matches("bytes")
                .trim_end_matches("byte")
                .trim_end();
            found.length = Some(number(digits)?);
        }
        Word(word) => {
            if field.trim_matches('"') != word {
                return None;
            }
        }
        Topic | Payload | Quoted => return None,
    }
    Some(())
}
