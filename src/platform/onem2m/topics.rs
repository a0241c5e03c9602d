//! The six topics, section 2.2 of the document.
//!
//! `/oneM2M/{family}/{originator}/{receiver}`. In every topic the third segment is the originator
//! of the *request* and the fourth its receiver; a response keeps the order of its request. So
//! the device answers a request of the platform on `/oneM2M/resp/in-cse/{ae}`.

use core::fmt;

use thiserror::Error;

use crate::platform::{Direction, Subscribe, Text, TopicTemplate};

/// The second segment of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// `reg_req`
    RegisterRequest,
    /// `reg_resp`
    RegisterResponse,
    /// `req`
    Request,
    /// `resp`
    Response,
}

impl Family {
    /// The segment.
    pub const fn segment(self) -> &'static str {
        match self {
            Self::RegisterRequest => "reg_req",
            Self::RegisterResponse => "reg_resp",
            Self::Request => "req",
            Self::Response => "resp",
        }
    }

    /// Whether messages of this family answer others.
    pub const fn is_response(self) -> bool {
        matches!(self, Self::RegisterResponse | Self::Response)
    }
}

/// A topic of this platform, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic<'a> {
    /// What travels on it.
    pub family: Family,
    /// Who made the request.
    pub originator: &'a str,
    /// Who received the request.
    pub receiver: &'a str,
    /// The serialisation that TS-0010 appends, such as `json`. Not part of this flavour: accepted,
    /// never sent.
    pub format: Option<&'a str>,
}

/// Why a topic is none of this platform's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TopicError {
    /// It does not start with `/oneM2M/`.
    #[error("does not start with /oneM2M/")]
    Prefix,
    /// The second segment is no known family.
    #[error("second segment is none of reg_req, reg_resp, req, resp")]
    Family,
    /// It does not have four or five segments, or one of them is empty.
    #[error("needs the segments /oneM2M/{{family}}/{{originator}}/{{receiver}}")]
    Segments,
}

impl TopicError {
    /// The same in Chinese.
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Prefix => "没有以 /oneM2M/ 开头",
            Self::Family => "第二段不是 reg_req、reg_resp、req 或 resp",
            Self::Segments => "应由 /oneM2M/{family}/{originator}/{receiver} 各段组成",
        }
    }
}

/// Why a name cannot stand in a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NameError {
    /// Nothing there.
    #[error("empty")]
    Empty,
    /// `/`, `+`, `#` or NUL.
    #[error("contains {0:?}")]
    Character(char),
}

impl NameError {
    /// The same in Chinese.
    pub fn chinese(self) -> String {
        match self {
            Self::Empty => "为空".to_owned(),
            Self::Character(character) => format!("含有字符 {character:?}"),
        }
    }
}

/// Checks the name of a device, a CSE, a container or an event (own rule: the document gives
/// none, but these characters would change the topic or the path).
///
/// # Errors
/// The first character that cannot stand there, or emptiness.
pub fn check_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    match name.chars().find(|c| matches!(c, '/' | '+' | '#' | '\0')) {
        Some(character) => Err(NameError::Character(character)),
        None => Ok(()),
    }
}

impl<'a> Topic<'a> {
    /// Takes a topic name apart.
    ///
    /// # Errors
    /// What keeps it from being a topic of this platform.
    pub fn parse(topic: &'a str) -> Result<Self, TopicError> {
        let rest = topic.strip_prefix("/oneM2M/").ok_or(TopicError::Prefix)?;
        let mut segments = rest.split('/');
        let family = match segments.next() {
            Some("reg_req") => Family::RegisterRequest,
            Some("reg_resp") => Family::RegisterResponse,
            Some("req") => Family::Request,
            Some("resp") => Family::Response,
            _ => return Err(TopicError::Family),
        };
        let (Some(originator), Some(receiver)) = (segments.next(), segments.next()) else {
            return Err(TopicError::Segments);
        };
        let format = segments.next();
        if segments.next().is_some()
            || originator.is_empty()
            || receiver.is_empty()
            || format == Some("")
        {
            return Err(TopicError::Segments);
        }
        Ok(Self {
            family,
            originator,
            receiver,
            format,
        })
    }

    /// Which way a message on this topic travels for the device named `device`; `None` if the
    /// topic names neither it as originator nor as receiver.
    pub fn direction(&self, device: &str) -> Option<Direction> {
        let sender = if self.family.is_response() {
            self.receiver
        } else {
            self.originator
        };
        if sender == device {
            Some(Direction::Up)
        } else if self.originator == device || self.receiver == device {
            Some(Direction::Down)
        } else {
            None
        }
    }
}

impl fmt::Display for Topic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "/oneM2M/{}/{}/{}",
            self.family.segment(),
            self.originator,
            self.receiver
        )?;
        match self.format {
            Some(format) => write!(f, "/{format}"),
            None => Ok(()),
        }
    }
}

/// The topic name for a request of `originator` to `receiver`, or for the answer to one.
pub fn render(family: Family, originator: &str, receiver: &str) -> String {
    Topic {
        family,
        originator,
        receiver,
        format: None,
    }
    .to_string()
}

/// The topics as screens want them.
pub(super) fn declared() -> Vec<TopicTemplate> {
    let topic =
        |key: &'static str, template: &'static str, direction, subscribe, purpose| TopicTemplate {
            key: key.into(),
            template: template.into(),
            direction,
            subscribe,
            purpose,
        };
    vec![
        topic(
            "reg_req",
            "/oneM2M/reg_req/{ae}/{cse}",
            Direction::Up,
            Subscribe::Publishes,
            Text::new("register", "设备发起注册请求"),
        ),
        topic(
            "reg_resp",
            "/oneM2M/reg_resp/{ae}/{cse}",
            Direction::Down,
            Subscribe::Must,
            Text::new("answer to a registration", "接收注册响应"),
        ),
        topic(
            "req",
            "/oneM2M/req/{ae}/{cse}",
            Direction::Up,
            Subscribe::Publishes,
            Text::new("data and event reports", "上报数据与事件"),
        ),
        topic(
            "resp",
            "/oneM2M/resp/{ae}/{cse}",
            Direction::Down,
            Subscribe::Must,
            Text::new("answers to reports", "接收数据上报响应"),
        ),
        topic(
            "notify",
            "/oneM2M/req/{cse}/{ae}",
            Direction::Down,
            Subscribe::Must,
            Text::new("data that the platform sends down", "接收平台下发的数据"),
        ),
        topic(
            "notify_resp",
            "/oneM2M/resp/{cse}/{ae}",
            Direction::Up,
            Subscribe::Publishes,
            Text::new("the device's answers", "返回数据接收响应"),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_render_and_parse_back() {
        let topic = Topic::parse("/oneM2M/req/in-cse/4600").unwrap();
        assert_eq!(topic.direction("4600"), Some(Direction::Down));
        assert_eq!(topic.direction("other"), None);
        assert_eq!(topic.to_string(), "/oneM2M/req/in-cse/4600");
        let answer = Topic::parse("/oneM2M/resp/in-cse/4600").unwrap();
        assert_eq!(answer.direction("4600"), Some(Direction::Up));
    }

    #[test]
    fn what_is_no_topic_says_why() {
        for (topic, error) in [
            ("oneM2M/req/a/b", TopicError::Prefix),
            ("/oneM2M/request/a/b", TopicError::Family),
            ("/oneM2M/req/a", TopicError::Segments),
            ("/oneM2M/req//b", TopicError::Segments),
            ("/oneM2M/req/a/b/json/x", TopicError::Segments),
        ] {
            assert_eq!(Topic::parse(topic), Err(error), "{topic}");
        }
    }
}
