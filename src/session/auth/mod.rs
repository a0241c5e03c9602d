//! Enhanced authentication (MQTT 5.0 §4.12): what a method must do, and the one built in.

mod scram;

use bytes::Bytes;
use thiserror::Error;

pub use scram::{MAX_ITERATIONS, MIN_ITERATIONS, ScramSha256};
pub(crate) use scram::{client_proof_is_valid, salted_password, server_signature};

/// One run of an authentication method on the client's side. A run is used for one exchange:
/// what must not repeat, such as a nonce, is given when it is made.
pub trait Authenticator: core::fmt::Debug {
    /// Authentication Method, as it goes into CONNECT and every AUTH.
    fn method(&self) -> &str;

    /// Authentication Data of CONNECT, or of the AUTH that starts a re-authentication.
    fn start(&mut self) -> Option<Bytes>;

    /// Answers AUTH with reason code 0x18, Continue authentication.
    ///
    /// # Errors
    /// The server's data breaks the method's rules.
    fn answer(&mut self, challenge: &[u8]) -> Result<Bytes, AuthenticationError>;

    /// Judges what came with success: the method may want proof from the server.
    ///
    /// # Errors
    /// The server gave no proof, or a wrong one.
    fn finish(&mut self, data: Option<&[u8]>) -> Result<(), AuthenticationError>;
}

/// Why an authentication exchange failed on the client's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AuthenticationError {
    /// Data came out of turn.
    #[error("the server's step is out of turn")]
    OutOfTurn,
    /// An attribute is missing, in the wrong place, or cannot be read.
    #[error("attribute {0:?} of the server's message is missing or cannot be read")]
    Attribute(char),
    /// The server's nonce does not begin with the client's.
    #[error("the server's nonce does not continue the client's")]
    Nonce,
    /// An iteration count outside of what is safe and bearable.
    #[error("iteration count {found} is outside {MIN_ITERATIONS} to {MAX_ITERATIONS}")]
    Iterations {
        /// What the server asked for.
        found: u64,
    },
    /// An extension that must be understood, and is not.
    #[error("the server demands an extension that is not supported")]
    Extension,
    /// The server refused in the method's own words.
    #[error("the server reports an error of the method")]
    ServerError,
    /// The server could not prove that it knows the password.
    #[error("the server could not prove that it knows the password")]
    ServerSignature,
}
