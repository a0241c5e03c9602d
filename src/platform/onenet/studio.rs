//! The token of the newer OneNET Studio, as a calculator. Not part of this dialect: Studio's
//! topics start with `$sys/`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use thiserror::Error;

use crate::platform::sign::{Digest, hmac};
use crate::platform::{SigningStep, Text};

/// The version that every published example carries.
pub const VERSION: &str = "2018-10-31";

/// What a token is made of.
#[derive(Clone, Copy)]
pub struct TokenInputs<'a> {
    /// Device or product key, base64.
    pub key: &'a str,
    /// `products/{pid}/devices/{name}`.
    pub resource: &'a str,
    /// Expiry in seconds since 1970.
    pub expiry: &'a str,
    /// `md5`, `sha1` or `sha256`.
    pub method: &'a str,
    /// [`VERSION`].
    pub version: &'a str,
}

/// A token, and how it came about.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// `version=…&res=…&et=…&method=…&sign=…`: the password.
    pub token: String,
    /// What was signed.
    pub string_to_sign: String,
    /// The signature, base64.
    pub sign: String,
    /// Product id out of the resource: the user name.
    pub product: Option<String>,
    /// Device name out of the resource: the client id.
    pub device: Option<String>,
}

impl Token {
    /// The steps for the workbench.
    pub fn steps(&self) -> Vec<SigningStep> {
        let step = |label: Text, value: &str, secret| SigningStep {
            label,
            value: value.to_owned(),
            secret,
        };
        vec![
            step(
                Text::new("String to sign", "待签名字符串"),
                &self.string_to_sign,
                false,
            ),
            step(
                Text::new("Signature (base64)", "签名（base64）"),
                &self.sign,
                true,
            ),
            step(Text::new("Token", "Token"), &self.token, true),
        ]
    }
}

/// Why no token can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The key is not base64; pasted raw, it signs something else.
    #[error("the key is not base64")]
    Key,
    /// No such method.
    #[error("the method is none of md5, sha1, sha256")]
    Method,
}

/// Makes a token.
///
/// # Errors
/// When the key is not base64, or the method is not one of the three.
pub fn token(inputs: &TokenInputs<'_>) -> Result<Token, TokenError> {
    let digest = match inputs.method {
        "md5" => Digest::Md5,
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        _ => return Err(TokenError::Method),
    };
    let key = BASE64.decode(inputs.key).map_err(|_| TokenError::Key)?;
    let string_to_sign = format!(
        "{}\n{}\n{}\n{}",
        inputs.expiry, inputs.method, inputs.resource, inputs.version
    );
    let sign = BASE64.encode(hmac(digest, &key, string_to_sign.as_bytes()));
    let token = format!(
        "version={}&res={}&et={}&method={}&sign={}",
        encoded(inputs.version),
        encoded(inputs.resource),
        encoded(inputs.expiry),
        encoded(inputs.method),
        encoded(&sign)
    );
    let mut parts = inputs.resource.split('/');
    let (product, device) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some("products"), product, Some("devices"), device) => (product, device),
        (Some("products"), product, None, None) => (product, None),
        _ => (None, None),
    };
    Ok(Token {
        product: product.map(str::to_owned),
        device: device.map(str::to_owned),
        token,
        string_to_sign,
        sign,
    })
}

/// The characters that the document encodes: `+`, blank, `/`, `?`, `%`, `#`, `&`, `=`.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        match character {
            '+' | ' ' | '/' | '?' | '%' | '#' | '&' | '=' => {
                out.push_str(&format!("%{:02X}", u32::from(character)));
            }
            other => out.push(other),
        }
    }
    out
}
