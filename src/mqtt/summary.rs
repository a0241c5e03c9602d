//! A frame in one line, for the rows of a log.

use core::{fmt, ops::Range};

use super::{
    DecodeError, Packet, PacketId, PacketType, Properties, PropertyId, ProtocolVersion, QoS,
    ReasonCode, chinese::Tongue,
};

/// What one line says about a frame: [`fmt::Display`] writes it, without a trailing new line and
/// without a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary<'a> {
    frame: &'a [u8],
    version: ProtocolVersion,
    /// The packet, or why it is none.
    pub packet: Result<Packet<'a>, DecodeError>,
}

impl<'a> Summary<'a> {
    /// Reads a frame by the rules of that version.
    pub fn of(version: ProtocolVersion, frame: &'a [u8]) -> Self {
        Self {
            frame,
            version,
            packet: Packet::decode(version, frame),
        }
    }

    /// The packet type, also of a packet with a fault, unless it is reserved.
    pub fn packet_type(&self) -> Option<PacketType> {
        let first = self.frame.first()?;
        PacketType::from_number(first >> 4).filter(|packet| packet.exists_in(self.version))
    }

    /// The topic name of a PUBLISH; empty when a topic alias stands for it.
    pub fn topic(&self) -> Option<&'a str> {
        match &self.packet {
            Ok(Packet::Publish(publish)) => Some(publish.topic.as_str()),
            _ => None,
        }
    }

    /// The QoS of a PUBLISH.
    pub fn qos(&self) -> Option<QoS> {
        match &self.packet {
            Ok(Packet::Publish(publish)) => Some(publish.qos),
            _ => None,
        }
    }

    /// The packet identifier.
    pub fn packet_id(&self) -> Option<PacketId> {
        match &self.packet {
            Ok(Packet::Publish(packet)) => packet.packet_id,
            Ok(Packet::PubAck(packet)) => Some(packet.packet_id),
            Ok(Packet::PubRec(packet)) => Some(packet.packet_id),
            Ok(Packet::PubRel(packet)) => Some(packet.packet_id),
            Ok(Packet::PubComp(packet)) => Some(packet.packet_id),
            Ok(Packet::Subscribe(packet)) => Some(packet.packet_id),
            Ok(Packet::SubAck(packet)) => Some(packet.packet_id),
            Ok(Packet::Unsubscribe(packet)) => Some(packet.packet_id),
            Ok(Packet::UnsubAck(packet)) => Some(packet.packet_id),
            _ => None,
        }
    }

    /// The reason code or return code, where the packet has one for all of it.
    pub fn reason_code(&self) -> Option<ReasonCode> {
        match &self.packet {
            Ok(Packet::ConnAck(packet)) => Some(packet.reason_code),
            Ok(Packet::PubAck(packet)) => Some(packet.reason_code),
            Ok(Packet::PubRec(packet)) => Some(packet.reason_code),
            Ok(Packet::PubRel(packet)) => Some(packet.reason_code),
            Ok(Packet::PubComp(packet)) => Some(packet.reason_code),
            Ok(Packet::Disconnect(packet)) => Some(packet.reason_code),
            Ok(Packet::Auth(packet)) => Some(packet.reason_code),
            _ => None,
        }
    }

    /// The bytes of the frame that are the payload of a PUBLISH; empty for every other packet.
    pub fn payload(&self) -> Range<usize> {
        match &self.packet {
            Ok(Packet::Publish(publish)) => {
                self.frame.len() - publish.payload.len()..self.frame.len()
            }
            _ => 0..0,
        }
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Tongue::English)
    }
}

/// A summary with its words in Chinese: [`Summary::chinese`].
#[derive(Clone, Copy, Debug)]
pub struct Chinese<'s, 'f>(&'s Summary<'f>);

impl fmt::Display for Chinese<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(f, Tongue::Chinese)
    }
}

impl<'f> Summary<'f> {
    /// The same line in Chinese.
    pub const fn chinese(&self) -> Chinese<'_, 'f> {
        Chinese(self)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, tongue: Tongue) -> fmt::Result {
        match self.packet_type() {
            Some(packet) => f.write_str(packet.name())?,
            None => f.write_str(tongue.say("reserved packet type", "保留的报文类型"))?,
        }
        match &self.packet {
            Err(error) if tongue == Tongue::Chinese => {
                let (field, offset) = (error.field, error.offset);
                let (kind, rule) = (error.kind.chinese(), error.statement());
                return write!(f, " · 字节 {offset} 处的 {field}：{kind}（{rule}）");
            }
            Err(error) => return write!(f, " · {error}"),
            Ok(packet) => write_packet(f, packet, self.version, tongue)?,
        }
        if let Some(packet_id) = self.packet_id() {
            write!(f, " · id {packet_id}")?;
        }
        let packet = self.packet_type();
        if let (Some(code), Some(packet)) = (self.reason_code(), packet)
            && (self.version.has_properties() || packet == PacketType::ConnAck)
        {
            write!(f, " · {code} ")?;
            tongue.write_code(f, code, packet, self.version)?;
        }
        if let Ok(packet) = &self.packet
            && let Some(reason) = properties(packet).and_then(|found| found.reason_string())
        {
            write!(f, " · {reason}")?;
        }
        Ok(())
    }
}

fn properties<'a>(packet: &Packet<'a>) -> Option<Properties<'a>> {
    Some(match packet {
        Packet::Connect(packet) => packet.properties,
        Packet::ConnAck(packet) => packet.properties,
        Packet::Publish(packet) => packet.properties,
        Packet::PubAck(packet) => packet.properties,
        Packet::PubRec(packet) => packet.properties,
        Packet::PubRel(packet) => packet.properties,
        Packet::PubComp(packet) => packet.properties,
        Packet::Subscribe(packet) => packet.properties,
        Packet::SubAck(packet) => packet.properties,
        Packet::Unsubscribe(packet) => packet.properties,
        Packet::UnsubAck(packet) => packet.properties,
        Packet::Disconnect(packet) => packet.properties,
        Packet::Auth(packet) => packet.properties,
        Packet::PingReq | Packet::PingResp => return None,
    })
}

/// What is special about each packet.
fn write_packet(
    f: &mut fmt::Formatter<'_>,
    packet: &Packet<'_>,
    version: ProtocolVersion,
    tongue: Tongue,
) -> fmt::Result {
    match packet {
        Packet::Connect(connect) => {
            write!(f, " {} · MQTT {version}", connect.client_id)?;
            let keep_alive = tongue.say("keep alive", "保活");
            write!(f, " · {keep_alive} {} s", connect.keep_alive_secs)?;
            if connect.clean_start {
                f.write_str(if version.has_properties() {
                    tongue.say(" · clean start", " · 全新开始")
                } else {
                    tongue.say(" · clean session", " · 清除会话")
                })?;
            }
            if let Some(will) = &connect.will {
                write!(f, " · {} {}", tongue.say("will", "遗嘱"), will.topic)?;
            }
            Ok(())
        }
        Packet::ConnAck(connack) if connack.session_present => {
            f.write_str(tongue.say(" · session present", " · 会话存在"))
        }
        Packet::Publish(publish) => {
            if !publish.topic.is_empty() {
                write!(f, " {}", publish.topic)?;
            }
            if publish.properties.contains(PropertyId::TopicAlias) {
                write!(
                    f,
                    " · {} {}",
                    tongue.say("alias", "别名"),
                    publish.properties.topic_alias().unwrap_or_default()
                )?;
            }
            write!(f, " · QoS {}", publish.qos)?;
            if publish.dup {
                f.write_str(" · DUP")?;
            }
            if publish.retain {
                f.write_str(" · RETAIN")?;
            }
            f.write_str(" · ")?;
            tongue.write_bytes(f, publish.payload.len())
        }
        Packet::Subscribe(subscribe) => write_list(
            f,
            tongue,
            subscribe.subscriptions.iter(),
            |f, subscription| write!(f, "{} (QoS {})", subscription.filter, subscription.qos),
        ),
        Packet::Unsubscribe(unsubscribe) => {
            write_list(f, tongue, unsubscribe.filters.iter(), |f, filter| {
                write!(f, "{filter}")
            })
        }
        Packet::SubAck(suback) => write_list(f, tongue, suback.reason_codes.iter(), |f, code| {
            tongue.write_granted(f, code, version)
        }),
        Packet::UnsubAck(unsuback) => {
            write_list(f, tongue, unsuback.reason_codes.iter(), |f, code| {
                tongue.write_code(f, code, PacketType::UnsubAck, version)
            })
        }
        _ => Ok(()),
    }
}

/// How many items of a list a line shows.
const LISTED: usize = 5;

fn write_list<T>(
    f: &mut fmt::Formatter<'_>,
    tongue: Tongue,
    mut items: impl Iterator<Item = T>,
    write_item: impl Fn(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.by_ref().take(LISTED).enumerate() {
        f.write_str(if index > 0 { ", " } else { " " })?;
        write_item(f, item)?;
    }
    match items.count() {
        0 => Ok(()),
        more if tongue == Tongue::Chinese => write!(f, " 等另外 {more} 项"),
        more => write!(f, " and {more} more"),
    }
}
