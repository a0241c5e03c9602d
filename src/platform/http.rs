//! HTTP as an application server speaks it to a platform: requests that can be copied as a
//! command, and what came back. Nothing here sends anything.

use std::borrow::Cow;
use std::collections::VecDeque;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::time::UnixMillis;

/// Exchanges that are kept; the oldest go first.
const MAX_EXCHANGES: usize = 20;
/// Longest body that is written into a command, in bytes; a longer one is left to a file.
const MAX_BODY: usize = 16 * 1024;

/// A request. What would hold a key holds a name in braces instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Method.
    pub method: Cow<'static, str>,
    /// URL, percent-encoded but for the names in braces.
    pub url: String,
    /// Header fields in order.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// Body.
    pub body: Bytes,
    /// Whether the platform's document does not print it.
    pub unconfirmed: bool,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// Status code and reason phrase, such as `201 Created`, or in words why there is none.
    pub status: String,
    /// Body as text.
    pub body: String,
    /// Whether the platform's document does not print it.
    pub unconfirmed: bool,
}

/// A request and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HttpExchange {
    /// Counts up.
    pub number: u64,
    /// When it was asked for.
    pub at: UnixMillis,
    /// The request.
    pub request: HttpRequest,
    /// The response; `None` while the platform waits for the device, and where it gives none.
    pub response: Option<HttpResponse>,
}

impl HttpRequest {
    /// A request without header fields and body.
    pub fn new(method: &'static str, url: impl Into<String>) -> Self {
        Self {
            method: Cow::Borrowed(method),
            url: url.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            unconfirmed: false,
        }
    }

    /// The same request, marked as one that the platform's document does not print.
    #[must_use]
    pub fn unconfirmed(mut self) -> Self {
        self.unconfirmed = true;
        self
    }

    /// The same request with one more header field.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((Cow::Borrowed(name), value.into()));
        self
    }

    /// The same request with a parameter in its query, percent-encoded.
    #[must_use]
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        self.url
            .push(if self.url.contains('?') { '&' } else { '?' });
        self.url.push_str(&percent_encoded(name));
        self.url.push('=');
        self.url.push_str(&percent_encoded(value));
        self
    }

    /// The same request with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// As a command for a POSIX shell.
    pub fn curl(&self) -> String {
        let text = core::str::from_utf8(&self.body)
            .ok()
            .filter(|text| !text.contains('\0') && text.len() <= MAX_BODY);
        let mut out = String::new();
        // Bytes that are no text cannot stand in a command line.
        if text.is_none() && self.body.len() <= MAX_BODY {
            let octal: String = self
                .body
                .iter()
                .map(|byte| format!("\\{byte:03o}"))
                .collect();
            out.push_str("printf ");
            out.push_str(&quoted(&octal));
            out.push_str(" | ");
        }
        out.push_str(&format!("curl -X {} {}", self.method, quoted(&self.url)));
        for (name, value) in &self.headers {
            out.push_str(" \\\n  -H ");
            out.push_str(&quoted(&format!("{name}: {value}")));
        }
        match text {
            Some("") => {}
            // Not -d: that takes a text which starts with @ for a file's name.
            Some(text) => {
                out.push_str(" \\\n  --data-raw ");
                out.push_str(&quoted(text));
            }
            None if self.body.len() <= MAX_BODY => out.push_str(" \\\n  --data-binary @-"),
            None => out.push_str(" \\\n  --data-binary @payload.bin"),
        }
        out
    }
}

/// Text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Everything but the unreserved characters of RFC 3986 as `%XX`.
pub fn percent_encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The last exchanges.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exchanges {
    kept: VecDeque<HttpExchange>,
    last: u64,
}

impl Exchanges {
    /// Keeps a request and gives its number.
    pub(crate) fn ask(&mut self, at: UnixMillis, request: HttpRequest) -> u64 {
        if self.kept.len() >= MAX_EXCHANGES {
            self.kept.pop_front();
        }
        self.last = self.last.saturating_add(1);
        self.kept.push_back(HttpExchange {
            number: self.last,
            at,
            request,
            response: None,
        });
        self.last
    }

    /// Puts the response to a request, if that is still kept and has none.
    pub(crate) fn answer(
        &mut self,
        number: u64,
        status: &str,
        body: impl Into<String>,
        unconfirmed: bool,
    ) {
        if let Some(exchange) = self
            .kept
            .iter_mut()
            .find(|exchange| exchange.number == number && exchange.response.is_none())
        {
            exchange.response = Some(HttpResponse {
                status: status.to_owned(),
                body: body.into(),
                unconfirmed,
            });
        }
    }

    /// All of them, oldest first.
    pub(crate) fn list(&self) -> Vec<HttpExchange> {
        self.kept.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_survives_the_shell() {
        let request = HttpRequest::new("POST", "https://{Endpoint}/a")
            .parameter("Items", "{\"a b\":\"c&d='1'\"}")
            .header("X-Auth-Token", "{token}")
            .body("@it's {\"a\":1}\n");
        assert_eq!(
            request.curl(),
            "curl -X POST 'https://{Endpoint}/a?Items=%7B%22a%20b%22%3A%22c%26d%3D%271%27%22%7D' \\\n  \
             -H 'X-Auth-Token: {token}' \\\n  \
             --data-raw '@it'\\''s {\"a\":1}\n'"
        );
    }

    #[test]
    fn bytes_that_are_no_text_go_through_a_pipe_and_large_ones_through_a_file() {
        let request = HttpRequest::new("POST", "http://h/").body(vec![0, 0xff, b'%', b'\'']);
        assert_eq!(
            request.curl(),
            "printf '\\000\\377\\045\\047' | curl -X POST 'http://h/' \\\n  --data-binary @-"
        );
        let request = HttpRequest::new("POST", "http://h/").body(vec![b'x'; MAX_BODY + 1]);
        assert!(request.curl().ends_with("--data-binary @payload.bin"));
        assert_eq!(
            HttpRequest::new("GET", "http://h/").curl(),
            "curl -X GET 'http://h/'"
        );
    }

    #[test]
    fn only_the_last_exchanges_are_kept_and_each_is_answered_once() {
        let mut exchanges = Exchanges::default();
        for _ in 0..MAX_EXCHANGES + 5 {
            exchanges.ask(UnixMillis(1), HttpRequest::new("GET", "http://h/"));
        }
        exchanges.answer(1, "200 OK", "too late", false);
        exchanges.answer(25, "200 OK", "first", false);
        exchanges.answer(25, "500", "second", false);
        let list = exchanges.list();
        assert_eq!(list.len(), MAX_EXCHANGES);
        let last = list.last().expect("one is left");
        assert_eq!(
            last.response.as_ref().map(|r| r.body.as_str()),
            Some("first")
        );
        assert!(list.iter().all(|one| one.number > 5));
    }
}
