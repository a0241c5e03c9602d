//! The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), for the simulated broker.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;

use super::config::ScramCredentials;
use crate::session::auth::{client_proof_is_valid, salted_password, server_signature};

/// The name of the method.
pub(super) const METHOD: &str = "SCRAM-SHA-256";

/// One exchange, after the client's first message.
#[derive(Clone, Debug)]
pub(super) struct ScramServer {
    nonce: String,
    /// What has been said so far, as the proofs cover it.
    said: String,
    /// Whether the user exists.
    known: bool,
}

impl ScramServer {
    /// Takes the client's first message and gives the server's. `number` makes the nonce of this
    /// exchange differ from every other of this broker; nobody attacks a simulation, so it need
    /// not be a secret. `None` for what is no first message.
    pub(super) fn start(
        credentials: &ScramCredentials,
        number: u64,
        data: &[u8],
    ) -> Option<(Self, Bytes)> {
        let text = core::str::from_utf8(data).ok()?;
        let bare = text.strip_prefix("n,,")?;
        let (user_name, client_nonce) = bare.strip_prefix("n=")?.split_once(",r=")?;
        let user_name = user_name.replace("=2C", ",").replace("=3D", "=");
        let nonce = format!("{client_nonce}simulated{number}");
        let salt = BASE64.encode(&credentials.salt);
        let server_first = format!("r={nonce},s={salt},i={}", credentials.iterations);
        let known = user_name == credentials.user_name;
        let said = format!("{bare},{server_first}");
        Some((Self { nonce, said, known }, server_first.into()))
    }

    /// Takes the client's last message and gives the server's proof; `None` if the client's does
    /// not hold.
    pub(super) fn finish(&self, credentials: &ScramCredentials, data: &[u8]) -> Option<Bytes> {
        let text = core::str::from_utf8(data).ok()?;
        let (without_proof, proof) = text.rsplit_once(",p=")?;
        let proof = BASE64.decode(proof).ok()?;
        if !self.known || without_proof.strip_prefix("c=biws,r=")? != self.nonce {
            return None;
        }
        let salted = salted_password(
            credentials.password.reveal(),
            &credentials.salt,
            credentials.iterations,
        );
        let auth_message = format!("{},{without_proof}", self.said);
        client_proof_is_valid(&salted, auth_message.as_bytes(), &proof).then(|| {
            let signature = server_signature(&salted, auth_message.as_bytes());
            format!("v={}", BASE64.encode(signature)).into()
        })
    }
}
