//! The way to a server that offers MQTT over TCP alone: a relay on the user's machine that carries
//! the bytes of a WebSocket to a TCP port as they are, and answers with the sub-protocol.

/// Where the relay listens, on this machine.
const LISTENS: &str = "127.0.0.1:18083";

/// The command that starts the relay. `tcp` is host and port of the server.
pub fn command(tcp: &str) -> String {
    format!("websocat --binary --server-protocol mqtt ws-l:{LISTENS} tcp:{tcp}")
}

/// The URL under which the page reaches the relay.
pub fn url() -> String {
    format!("ws://{LISTENS}/")
}
