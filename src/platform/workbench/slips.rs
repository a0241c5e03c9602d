//! Finds the slip behind a signature that is refused: computes what each known slip would have
//! given and compares. A match is proof, since digests do not agree by chance.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::super::sign::{Digest, digest as hash, hmac};
use super::super::text::text;
use super::super::{Text, from_hex, to_hex};
use super::MAX_VALUE;

/// One thing done otherwise than the documents say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Slip {
    /// The part of the credentials that it concerns, such as `password` or `timestamp`.
    pub(crate) field: &'static str,
    /// What was done.
    pub(crate) words: Text,
}

impl Slip {
    pub(crate) const fn new(field: &'static str, words: Text) -> Self {
        Self { field, words }
    }
}

/// A key or a message that may have been signed with; the right one has no slip.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    bytes: Vec<u8>,
    slip: Option<Slip>,
}

impl Candidate {
    /// What the documents say.
    pub(crate) fn right(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: bytes.into(),
            slip: None,
        }
    }

    /// What people take instead.
    pub(crate) fn wrong(bytes: impl Into<Vec<u8>>, field: &'static str, words: Text) -> Self {
        Self {
            bytes: bytes.into(),
            slip: Some(Slip::new(field, words)),
        }
    }
}

/// How the platform wants the digest written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Hexadecimal digits, lower case.
    LowerHex,
    /// Hexadecimal digits, either case.
    Hex,
    /// Base64 with padding.
    Base64,
    /// Hexadecimal digits or base64: no platform says which.
    Any,
}

impl Encoding {
    /// The digest as the platform wants it.
    pub(crate) fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::LowerHex | Self::Hex | Self::Any => to_hex(bytes),
            Self::Base64 => LENIENT.encode(bytes),
        }
    }
}

/// Reads base64 with and without padding; writes it with.
pub(crate) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const LENIENT_URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What was signed, as far as the documents tell.
pub(crate) struct Search<'a> {
    /// The algorithm that the credentials name.
    pub(crate) digest: Digest,
    /// The right key first.
    pub(crate) keys: Vec<Candidate>,
    /// The right message first.
    pub(crate) messages: Vec<Candidate>,
    /// How the digest is to be written.
    pub(crate) encoding: Encoding,
    /// The signature at hand.
    pub(crate) presented: &'a str,
    /// The field that holds it, in findings.
    pub(crate) field: &'static str,
}

/// What was found out about a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Explained {
    /// It is right.
    Right,
    /// These slips give it.
    Slips(Vec<Slip>),
    /// No known slip gives it; what can be said all the same.
    Unknown(Slip),
}

/// Slips that are looked for together. Three at once have not been seen, and every one more
/// multiplies the work.
const MAX_SLIPS: usize = 2;

impl Search<'_> {
    /// Explains the signature.
    pub(crate) fn explain(&self) -> Explained {
        if self.presented.len() > MAX_VALUE {
            return Explained::Unknown(self.slip(Text::new(
                "far too long to be a signature",
                "内容过长，不可能是签名",
            )));
        }
        let readings = self.readings();
        for wanted in 0..=MAX_SLIPS {
            if let Some(slips) = self.with_slips(wanted, &readings) {
                return if slips.is_empty() {
                    Explained::Right
                } else {
                    Explained::Slips(slips)
                };
            }
        }
        Explained::Unknown(self.leftovers(&readings))
    }

    fn slip(&self, words: Text) -> Slip {
        Slip::new(self.field, words)
    }

    /// The combination of exactly `wanted` slips that gives the signature.
    fn with_slips(&self, wanted: usize, readings: &[(Vec<u8>, Vec<Slip>)]) -> Option<Vec<Slip>> {
        for (mac, written) in readings {
            let Some(left) = wanted.checked_sub(written.len()) else {
                continue;
            };
            for key in &self.keys {
                for message in &self.messages {
                    let Some(left) = left
                        .checked_sub(usize::from(key.slip.is_some()))
                        .and_then(|left| left.checked_sub(usize::from(message.slip.is_some())))
                    else {
                        continue;
                    };
                    let Some(made) = self.made_with(left, key, message, mac) else {
                        continue;
                    };
                    let parts = [message.slip.clone(), key.slip.clone()];
                    return Some(
                        parts
                            .into_iter()
                            .flatten()
                            .chain(made)
                            .chain(written.iter().cloned())
                            .collect(),
                    );
                }
            }
        }
        None
    }

    /// The `left` slips in how key and message were put together that give `mac`.
    fn made_with(
        &self,
        left: usize,
        key: &Candidate,
        message: &Candidate,
        mac: &[u8],
    ) -> Option<Vec<Slip>> {
        let (key, message) = (key.bytes.as_slice(), message.bytes.as_slice());
        let swapped = || {
            self.slip(Text::new(
                "key and message of the HMAC are swapped",
                "HMAC 的密钥与消息颠倒",
            ))
        };
        if left > 2 {
            return None;
        }
        for digest in Digest::ALL {
            let mut slips = Vec::new();
            if digest != self.digest {
                slips.push(self.slip(text!(
                    "made with {}, while {} is asked for",
                    "使用了 {}，而此处要求 {}",
                    digest.hmac_name(),
                    self.digest.hmac_name()
                )));
            }
            if mac.len() != digest.len() {
                continue;
            }
            if slips.len() == left && hmac(digest, key, message) == mac {
                return Some(slips);
            }
            if slips.len() + 1 == left {
                if hmac(digest, message, key) == mac {
                    slips.insert(0, swapped());
                    return Some(slips);
                }
                let plain = [(message, [].as_slice()), (message, key), (key, message)];
                if plain
                    .iter()
                    .any(|(first, then)| hash(digest, &[first, then]) == mac)
                {
                    slips.insert(
                        0,
                        self.slip(Text::new(
                            "a plain digest, without the HMAC's construction around key and message",
                            "使用了普通摘要，而非 HMAC",
                        )),
                    );
                    return Some(slips);
                }
            }
        }
        None
    }

    /// Every way to read the signature as bytes, with what is wrong about writing them so.
    fn readings(&self) -> Vec<(Vec<u8>, Vec<Slip>)> {
        let mut out = Vec::new();
        let mut blanks = Vec::new();
        let mut text = self.presented;
        if text.trim() != text {
            text = text.trim();
            blanks.push(self.slip(Text::new("blanks around it", "前后有空白字符")));
        }
        let unescaped = percent_decoded(text);
        let mut texts = vec![(text.to_owned(), blanks.clone())];
        if let Some(unescaped) = unescaped {
            let mut slips = blanks.clone();
            slips.push(self.slip(Text::new(
                "percent-encoded, which has no place here",
                "进行了 URL 编码，此处不应编码",
            )));
            texts.push((unescaped, slips));
        }
        for (text, slips) in texts {
            self.read_as(&text, &slips, &mut out);
        }
        out
    }

    fn read_as(&self, text: &str, slips: &[Slip], out: &mut Vec<(Vec<u8>, Vec<Slip>)>) {
        let with = |words: Option<Text>| {
            let mut all = slips.to_vec();
            all.extend(words.map(|words| self.slip(words)));
            all
        };
        let is_hex = |text: &str| {
            !text.is_empty()
                && text.len().is_multiple_of(2)
                && text.bytes().all(|b| b.is_ascii_hexdigit())
        };
        if is_hex(text)
            && let Ok(bytes) = from_hex(text)
        {
            let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
            let words = match self.encoding {
                Encoding::Hex | Encoding::Any => None,
                Encoding::LowerHex if !upper => None,
                Encoding::LowerHex => Some(Text::new(
                    "in upper case; lower-case hexadecimal digits are wanted",
                    "为大写；应为小写十六进制",
                )),
                Encoding::Base64 => Some(Text::new(
                    "hexadecimal digits; base64 of the bytes is wanted",
                    "使用了十六进制；应为字节的 base64",
                )),
            };
            out.push((bytes, with(words)));
        }
        for (engine, url_safe) in [(&LENIENT, false), (&LENIENT_URL, true)] {
            let Ok(bytes) = engine.decode(text) else {
                continue;
            };
            let standard = engine.encode(&bytes) == text && !url_safe;
            let words = match self.encoding {
                Encoding::Base64 | Encoding::Any if standard => None,
                Encoding::Base64 | Encoding::Any => Some(Text::new(
                    "base64 in another alphabet, or without its = at the end",
                    "base64 字母表不同，或缺少末尾的 =",
                )),
                _ => Some(Text::new(
                    "base64; hexadecimal digits are wanted",
                    "使用了 base64；应为十六进制",
                )),
            };
            // The digits themselves taken for bytes.
            if let Ok(digits) = core::str::from_utf8(&bytes)
                && is_hex(digits)
                && let Ok(inner) = from_hex(digits)
            {
                out.push((
                    inner,
                    with(Some(Text::new(
                        "base64 of the hexadecimal digits, not of the bytes",
                        "对十六进制字符串做了 base64，而非对字节",
                    ))),
                ));
            }
            out.push((bytes, with(words)));
            if standard {
                break;
            }
        }
    }

    /// What can be said when no slip fits.
    fn leftovers(&self, readings: &[(Vec<u8>, Vec<Slip>)]) -> Slip {
        let text = self.presented.trim();
        if let (Some(key), Some(message)) = (self.keys.first(), self.messages.first()) {
            for part in [key, message] {
                if !part.bytes.is_empty() && part.bytes == text.as_bytes() {
                    return self.slip(Text::new(
                        "not signed at all: this is one of the HMAC's inputs as typed",
                        "未经签名：直接使用了 HMAC 的输入",
                    ));
                }
            }
            let whole = self
                .encoding
                .write(&hmac(self.digest, &key.bytes, &message.bytes));
            let lower = text.to_ascii_lowercase();
            if lower.len() >= 8
                && whole.len() > lower.len()
                && whole.to_ascii_lowercase().starts_with(&lower)
            {
                return self.slip(text!(
                    "right as far as it goes, but cut off: {} of {} characters",
                    "前 {} 个字符正确，但被截断（共 {} 个字符）",
                    lower.len(),
                    whole.len()
                ));
            }
            if lower.len() > whole.len() && lower.starts_with(&whole.to_ascii_lowercase()) {
                return self.slip(text!(
                    "right, with {} more characters behind it",
                    "计算正确，但末尾多出 {} 个字符",
                    lower.len() - whole.len()
                ));
            }
        }
        if readings
            .iter()
            .any(|(mac, _)| mac.len() == self.digest.len())
        {
            self.slip(Text::new(
                "another secret, or something else was signed; compare each step",
                "密钥不同，或签名内容不同；请逐步对照",
            ))
        } else {
            self.slip(text!(
                "{} characters, which is no {} in any writing known here",
                "长度为 {} 个字符，不是 {} 的任何已知写法",
                text.chars().count(),
                self.digest.hmac_name()
            ))
        }
    }
}

/// The secret as people mistake it: of the right bytes first.
pub(crate) fn secrets(secret: &str) -> Vec<Candidate> {
    let mut out = vec![Candidate::right(secret)];
    let mut add = |bytes: Vec<u8>, words: Text| {
        if bytes != secret.as_bytes() && !bytes.is_empty() {
            out.push(Candidate::wrong(bytes, "password", words));
        }
    };
    if let Ok(bytes) = LENIENT.decode(secret) {
        add(
            bytes,
            Text::new(
                "the secret was decoded from base64; it is used as the text that it is",
                "对密钥做了 base64 解码；应直接按文本使用",
            ),
        );
    }
    if let Ok(bytes) = from_hex(secret) {
        add(
            bytes,
            Text::new(
                "the secret was decoded from hexadecimal; it is used as the text that it is",
                "对密钥做了十六进制解码；应直接按文本使用",
            ),
        );
    }
    add(
        LENIENT.encode(secret).into_bytes(),
        Text::new(
            "the secret was encoded in base64 first",
            "先对密钥做了 base64 编码",
        ),
    );
    for ending in ["\n", "\r\n", " "] {
        add(
            format!("{secret}{ending}").into_bytes(),
            Text::new(
                "a blank or a line end was copied along with the secret",
                "复制密钥时带上了空格或换行",
            ),
        );
    }
    add(
        format!("\"{secret}\"").into_bytes(),
        Text::new(
            "the secret was taken with its quotation marks",
            "密钥带上了引号",
        ),
    );
    for other in [secret.to_uppercase(), secret.to_lowercase()] {
        add(
            other.into_bytes(),
            Text::new(
                "the secret's upper and lower case was changed",
                "密钥的大小写被改变",
            ),
        );
    }
    out
}

/// The text behind `%XX`, if there is any.
pub(crate) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digits = match (byte, tail) {
            (b'%', [high, low, ..]) => {
                let digit = |byte: &u8| char::from(*byte).to_digit(16);
                digit(high).zip(digit(low))
            }
            _ => None,
        };
        match digits {
            Some((high, low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(u8::MAX));
                rest = tail.get(2..).unwrap_or(&[]);
            }
            None => {
                out.push(byte);
                rest = tail;
            }
        }
    }
    let out = String::from_utf8(out).ok()?;
    (out != text).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(presented: &str) -> Explained {
        Search {
            digest: Digest::Sha256,
            keys: secrets("c2VjcmV0MDA="),
            messages: vec![
                Candidate::right("m"),
                Candidate::wrong("n", "timestamp", Text::same("other message")),
            ],
            encoding: Encoding::LowerHex,
            presented,
            field: "password",
        }
        .explain()
    }

    fn slips(presented: &str) -> Vec<String> {
        match search(presented) {
            Explained::Slips(slips) => slips.into_iter().map(|s| s.words.en.to_string()).collect(),
            other => panic!("{presented}: {other:?}"),
        }
    }

    #[test]
    fn a_right_signature_is_right() {
        let mac = hmac(Digest::Sha256, b"c2VjcmV0MDA=", b"m");
        assert_eq!(search(&to_hex(&mac)), Explained::Right);
    }

    #[test]
    fn each_slip_is_told_alone() {
        let key = b"c2VjcmV0MDA=";
        let right = hmac(Digest::Sha256, key, b"m");
        let hex = to_hex(&right);
        for (presented, part) in [
            (hex.to_uppercase(), "upper case"),
            (format!(" {hex}"), "blanks"),
            (LENIENT.encode(&right), "base64; hexadecimal"),
            (LENIENT.encode(&hex), "base64 of the hexadecimal digits"),
            (
                to_hex(&hmac(Digest::Sha1, key, b"m")),
                "made with HMAC-SHA1",
            ),
            (to_hex(&hmac(Digest::Sm3, key, b"m")), "made with HMAC-SM3"),
            (to_hex(&hmac(Digest::Sha256, b"m", key)), "swapped"),
            (
                to_hex(&hmac(Digest::Sha256, b"secret00", b"m")),
                "decoded from base64",
            ),
            (to_hex(&hmac(Digest::Sha256, key, b"n")), "other message"),
            (to_hex(&hash(Digest::Sha256, &[b"m", key])), "plain digest"),
        ] {
            let found = slips(&presented);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains(part), "{part}: {found:?}");
        }
    }

    #[test]
    fn two_slips_are_told_together() {
        let mac = hmac(Digest::Md5, b"c2VjcmV0MDA=", b"n");
        let found = slips(&to_hex(&mac));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("other message") && found[1].contains("HMAC-MD5"));
    }

    #[test]
    fn what_nothing_explains_is_said_to_be_so() {
        let hex = to_hex(&hmac(Digest::Sha256, b"c2VjcmV0MDA=", b"m"));
        for (presented, part) in [
            (&hex[..40], "cut off: 40 of 64"),
            (&"ab".repeat(32), "another secret"),
            ("hunter2", "7 characters"),
            ("c2VjcmV0MDA=", "not signed at all"),
            (&format!("{hex}00"), "2 more characters"),
        ] {
            match search(presented) {
                Explained::Unknown(slip) => {
                    assert!(slip.words.en.contains(part), "{part}: {}", slip.words.en);
                }
                other => panic!("{presented}: {other:?}"),
            }
        }
    }

    #[test]
    fn percent_signs_that_encode_nothing_stay() {
        assert_eq!(percent_decoded("a%2Fb%"), Some("a/b%".to_owned()));
        assert_eq!(percent_decoded("%zz"), None);
        assert_eq!(percent_decoded("plain"), None);
    }
}
