//! One small adapter per browser API, each with a plain-Rust signature.
