//! Keyed digests, as the platforms' passwords want them.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::Sha256;
use sm3::Sm3;

/// The digest under an HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-256
    Sha256,
    /// SM3, GM/T 0004-2012
    Sm3,
}

impl Digest {
    /// All of them, in the order in which a diagnosis tries them.
    pub const ALL: [Self; 4] = [Self::Sha256, Self::Sha1, Self::Md5, Self::Sm3];

    /// The name of the HMAC.
    pub const fn hmac_name(self) -> &'static str {
        match self {
            Self::Md5 => "HMAC-MD5",
            Self::Sha1 => "HMAC-SHA1",
            Self::Sha256 => "HMAC-SHA256",
            Self::Sm3 => "HMAC-SM3",
        }
    }

    /// Length of the result in bytes.
    pub const fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 | Self::Sm3 => 32,
        }
    }

    /// Never: every digest has bytes.
    pub const fn is_empty(self) -> bool {
        false
    }
}

/// The HMAC of `message` under `key`, RFC 2104. Keys of any length will do.
pub fn hmac(digest: Digest, key: &[u8], message: &[u8]) -> Vec<u8> {
    macro_rules! with {
        ($hash:ty) => {
            match Hmac::<$hash>::new_from_slice(key) {
                Ok(mut mac) => {
                    mac.update(message);
                    mac.finalize().into_bytes().to_vec()
                }
                // RFC 2104 hashes keys that are too long: no length is refused.
                Err(_) => Vec::new(),
            }
        };
    }
    match digest {
        Digest::Md5 => with!(Md5),
        Digest::Sha1 => with!(Sha1),
        Digest::Sha256 => with!(Sha256),
        Digest::Sm3 => with!(Sm3),
    }
}

/// The plain digest of these pieces, one after the other.
pub fn digest(digest: Digest, pieces: &[&[u8]]) -> Vec<u8> {
    fn of<D: sha2::Digest>(pieces: &[&[u8]]) -> Vec<u8> {
        let mut hasher = D::new();
        for piece in pieces {
            hasher.update(piece);
        }
        hasher.finalize().to_vec()
    }
    match digest {
        Digest::Md5 => of::<Md5>(pieces),
        Digest::Sha1 => of::<Sha1>(pieces),
        Digest::Sha256 => of::<Sha256>(pieces),
        Digest::Sm3 => of::<Sm3>(pieces),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::to_hex;

    #[test]
    fn published_examples_come_out() {
        // RFC 2202 and RFC 4231, test case 2.
        let (key, message) = (b"Jefe", b"what do ya want for nothing?");
        for (digest, wanted) in [
            (Digest::Md5, "750c783e6ab0b503eaa86e310a5db738"),
            (Digest::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (
                Digest::Sha256,
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ] {
            let found = hmac(digest, key, message);
            assert_eq!(found.len(), digest.len());
            assert_eq!(to_hex(&found), wanted);
        }
    }
}
