//! SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding: a browser gives none.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::{AuthenticationError, Authenticator};
use crate::session::config::Secret;

/// RFC 7677 §4: no fewer.
pub const MIN_ITERATIONS: u64 = 4_096;
/// More would freeze the device for seconds, so a hostile server could.
pub const MAX_ITERATIONS: u64 = 1_000_000;

/// `n,,`: the client supports no channel binding and acts as itself.
const GS2_HEADER: &str = "n,,";

/// The client's side of one SCRAM-SHA-256 exchange.
pub struct ScramSha256 {
    user_name: String,
    password: Secret,
    nonce: String,
    step: Step,
}

enum Step {
    Start,
    Challenge,
    Final { server_signature: [u8; 32] },
    Done,
}

impl ScramSha256 {
    /// `nonce` is fresh randomness for this exchange alone. The password is taken as it is:
    /// preparing it (RFC 4013) is the caller's, and changes nothing in ASCII.
    pub fn new(user_name: impl Into<String>, password: Secret, nonce: [u8; 18]) -> Self {
        Self {
            user_name: user_name.into(),
            password,
            nonce: BASE64.encode(nonce),
            step: Step::Start,
        }
    }

    fn client_first_bare(&self) -> String {
        let user_name = self.user_name.replace('=', "=3D").replace(',', "=2C");
        format!("n={user_name},r={}", self.nonce)
    }
}

impl fmt::Debug for ScramSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScramSha256")
            .field("user_name", &self.user_name)
            .finish_non_exhaustive()
    }
}

impl Authenticator for ScramSha256 {
    fn method(&self) -> &str {
        "SCRAM-SHA-256"
    }

    fn start(&mut self) -> Option<Bytes> {
        self.step = Step::Challenge;
        Some(format!("{GS2_HEADER}{}", self.client_first_bare()).into())
    }

    fn answer(&mut self, challenge: &[u8]) -> Result<Bytes, AuthenticationError> {
        if !matches!(self.step, Step::Challenge) {
            return Err(AuthenticationError::OutOfTurn);
        }
        let server_first =
            core::str::from_utf8(challenge).map_err(|_| AuthenticationError::Attribute('r'))?;
        let mut attributes = server_first.split(',');
        let mut attribute = |name: char| {
            let text = attributes
                .next()
                .ok_or(AuthenticationError::Attribute(name))?;
            match text.split_once('=') {
                Some(("m", _)) => Err(AuthenticationError::Extension),
                Some(("e", _)) => Err(AuthenticationError::ServerError),
                Some((found, value)) if found.chars().eq([name]) => Ok(value),
                _ => Err(AuthenticationError::Attribute(name)),
            }
        };
        let nonce = attribute('r')?;
        let salt = attribute('s')?;
        let iterations = attribute('i')?;
        // A nonce that adds nothing would let the exchange be replayed.
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return Err(AuthenticationError::Nonce);
        }
        let salt = BASE64
            .decode(salt)
            .map_err(|_| AuthenticationError::Attribute('s'))?;
        let iterations: u64 = iterations
            .parse()
            .map_err(|_| AuthenticationError::Attribute('i'))?;
        if !(MIN_ITERATIONS..=MAX_ITERATIONS).contains(&iterations) {
            return Err(AuthenticationError::Iterations { found: iterations });
        }
        let salted = salted_password(self.password.reveal(), &salt, iterations);
        let without_proof = format!("c={},r={nonce}", BASE64.encode(GS2_HEADER));
        let auth_message = format!(
            "{},{server_first},{without_proof}",
            self.client_first_bare()
        );
        let client_key = hmac(&salted, b"Client Key");
        let signature = hmac(&sha256(&client_key), auth_message.as_bytes());
        let proof = xor(&client_key, &signature);
        self.step = Step::Final {
            server_signature: server_signature(&salted, auth_message.as_bytes()),
        };
        Ok(format!("{without_proof},p={}", BASE64.encode(proof)).into())
    }

    fn finish(&mut self, data: Option<&[u8]>) -> Result<(), AuthenticationError> {
        let Step::Final { server_signature } = core::mem::replace(&mut self.step, Step::Done)
        else {
            return Err(AuthenticationError::OutOfTurn);
        };
        let server_final = data.and_then(|data| core::str::from_utf8(data).ok());
        let server_final = server_final.ok_or(AuthenticationError::Attribute('v'))?;
        if server_final.starts_with("e=") {
            return Err(AuthenticationError::ServerError);
        }
        let verifier = server_final
            .strip_prefix("v=")
            .and_then(|text| text.split(',').next())
            .and_then(|text| BASE64.decode(text).ok())
            .ok_or(AuthenticationError::Attribute('v'))?;
        if verifier == server_signature {
            Ok(())
        } else {
            Err(AuthenticationError::ServerSignature)
        }
    }
}

/// `Hi(password, salt, iterations)`, which is PBKDF2 with one block.
pub(crate) fn salted_password(password: &[u8], salt: &[u8], iterations: u64) -> [u8; 32] {
    let mut first = salt.to_vec();
    first.extend_from_slice(&1_u32.to_be_bytes());
    let keyed = keyed(password);
    let mut block = finish(keyed.clone(), &first);
    let mut sum = block;
    for _ in 1..iterations {
        block = finish(keyed.clone(), &block);
        sum = xor(&sum, &block);
    }
    sum
}

/// What proves to the client that the server knows the password.
pub(crate) fn server_signature(salted_password: &[u8; 32], auth_message: &[u8]) -> [u8; 32] {
    hmac(&hmac(salted_password, b"Server Key"), auth_message)
}

/// Whether `proof` proves to the server that the client knows the password.
pub(crate) fn client_proof_is_valid(
    salted_password: &[u8; 32],
    auth_message: &[u8],
    proof: &[u8],
) -> bool {
    let stored_key = sha256(&hmac(salted_password, b"Client Key"));
    let signature = hmac(&stored_key, auth_message);
    proof
        .first_chunk::<32>()
        .is_some_and(|chunk| proof.len() == 32 && sha256(&xor(chunk, &signature)) == stored_key)
}

fn sha256(data: &[u8]) -> [u8; 32] {
    Sha256::digest(data).into()
}

/// HMAC takes a key of any length: longer ones are hashed first, so that `new_from_slice` does
/// not fail. Hashing by hand on its error path keeps that claim out of a panic.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()))
}

fn finish(mut keyed: Hmac<Sha256>, data: &[u8]) -> [u8; 32] {
    keyed.update(data);
    keyed.finalize().into_bytes().into()
}

fn hmac(key: &[u8], data: &[u8]) -> [u8; 32] {
    finish(keyed(key), data)
}

fn xor(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    let mut out = *a;
    for (out, b) in out.iter_mut().zip(b) {
        *out ^= b;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7677 §3: user `user`, password `pencil`, and the nonce that its base64 text is.
    fn rfc_7677() -> ScramSha256 {
        let mut scram = ScramSha256::new("user", Secret::new("pencil"), [0; 18]);
        scram.nonce = "rOprNGfwEbeRWgbNEkqO".to_owned();
        scram
    }

    const SERVER_FIRST: &[u8] = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    #[test]
    fn the_exchange_of_rfc_7677_comes_out_byte_for_byte() {
        let mut scram = rfc_7677();
        assert_eq!(
            scram.start().as_deref(),
            Some(&b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"[..])
        );
        let answer = scram.answer(SERVER_FIRST).expect("a valid challenge");
        assert_eq!(
            answer,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
             p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        scram
            .finish(Some(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
            .expect("the server's proof");
    }

    #[test]
    fn what_the_server_may_not_say_is_refused() {
        let cases: [(&[u8], AuthenticationError); 7] = [
            (b"r=other,s=AAAA,i=4096", AuthenticationError::Nonce),
            (
                b"r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096",
                AuthenticationError::Nonce,
            ),
            (b"s=AAAA,i=4096", AuthenticationError::Attribute('r')),
            (
                b"r=rOprNGfwEbeRWgbNEkqOx,s=?,i=4096",
                AuthenticationError::Attribute('s'),
            ),
            (
                b"r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4095",
                AuthenticationError::Iterations { found: 4_095 },
            ),
            (
                b"r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=99999999",
                AuthenticationError::Iterations { found: 99_999_999 },
            ),
            (
                b"m=x,r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=4096",
                AuthenticationError::Extension,
            ),
        ];
        for (challenge, error) in cases {
            let mut scram = rfc_7677();
            scram.start();
            assert_eq!(
                scram.answer(challenge),
                Err(error),
                "{}",
                challenge.escape_ascii()
            );
        }
    }

    #[test]
    fn a_server_without_the_password_is_found_out() {
        let mut scram = rfc_7677();
        scram.start();
        scram.answer(SERVER_FIRST).expect("a valid challenge");
        let wrong = Some(&b"v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="[..]);
        assert_eq!(
            scram.finish(wrong),
            Err(AuthenticationError::ServerSignature)
        );
        assert_eq!(scram.finish(wrong), Err(AuthenticationError::OutOfTurn));
    }

    #[test]
    fn commas_and_equals_signs_of_the_user_name_are_escaped() {
        let mut scram = ScramSha256::new("a=b,c", Secret::new("x"), [0; 18]);
        let start = scram.start().expect("data");
        assert!(start.starts_with(b"n,,n=a=3Db=2Cc,r="));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", rfc_7677());
        assert!(!shown.contains("pencil") && shown.contains("user"));
    }
}
