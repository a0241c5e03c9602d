//! Servers that misbehave, each in one way, to see that the page says so and loses nothing.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tungstenite::handshake::server::{Request, Response};
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

use crate::process::{PATIENCE, free_port};

/// What a server does wrong.
#[derive(Clone, Copy, Debug)]
pub enum Misbehaviour {
    /// Nothing listens there.
    RefusesTcp,
    /// Answers the upgrade with 404.
    NotFound,
    /// Upgrades without choosing a sub-protocol.
    NoSubProtocol,
    /// Upgrades with a sub-protocol that was not asked for.
    WrongSubProtocol,
    /// Opens and never says anything.
    Silent,
    /// Refuses CONNECT with this return code.
    Refuses(u8),
    /// Answers CONNECT with a text message.
    TextMessage,
    /// Answers CONNECT with a CONNACK whose remaining length has a fifth byte.
    MalformedPacket,
    /// Accepts, then sends bytes that are no control packet.
    GarbageAfterConnAck,
    /// Closes the socket when CONNECT has come, with this code and reason.
    ClosesAfterConnect(u16, &'static str),
    /// Accepts, then cuts the connection without a closing handshake.
    CutsOff,
    /// Accepts, and never answers anything again.
    DeafAfterConnAck,
}

/// CONNACK, accepted, no session present.
const CONNACK: [u8; 4] = [0x20, 0x02, 0x00, 0x00];
/// A CONNACK with a remaining length of five bytes; four are allowed (MQTT 3.1.1, 2.2.3).
pub const MALFORMED: [u8; 8] = [0x20, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00, 0x00];
/// Packet type 0 is reserved (MQTT 3.1.1, 2.2.1).
pub const GARBAGE: [u8; 6] = [0x00, 0xde, 0xad, 0xbe, 0xef, 0x00];
/// What [`Misbehaviour::TextMessage`] says.
pub const TEXT: &str = "hello from a server that speaks text";

/// A running server. Ended on drop.
pub struct Double {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Double {
    /// Starts a server on a free port of loopback.
    pub fn start(misbehaviour: Misbehaviour) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        if matches!(misbehaviour, Misbehaviour::RefusesTcp) {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
            return Self {
                address,
                ended,
                thread: None,
            };
        }
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback can be bound");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let thread = std::thread::spawn({
            let ended = ended.clone();
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if ended.load(Ordering::Acquire) {
                        break;
                    }
                    let ended = ended.clone();
                    // The peer's going away is an end like any other.
                    std::thread::spawn(move || drop(serve(stream, misbehaviour, &ended)));
                }
            }
        });
        Self {
            address,
            ended,
            thread: Some(thread),
        }
    }

    /// What a browser connects to.
    pub fn url(&self) -> String {
        format!("ws://{}/mqtt", self.address)
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        // Wakes the listener, which then sees that it has ended.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    mut stream: TcpStream,
    misbehaviour: Misbehaviour,
    ended: &AtomicBool,
) -> Result<(), Box<dyn std::error::Error>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    if matches!(misbehaviour, Misbehaviour::NotFound) {
        let _ = stream.read(&mut [0; 4096])?;
        stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")?;
        return Ok(());
    }

    let sub_protocol = match misbehaviour {
        Misbehaviour::NoSubProtocol => None,
        Misbehaviour::WrongSubProtocol => Some("soap"),
        _ => Some("mqtt"),
    };
    // The error's size is tungstenite's choice.
    #[allow(clippy::result_large_err)]
    let mut socket =
        tungstenite::accept_hdr(stream, move |_: &Request, mut response: Response| {
            if let Some(name) = sub_protocol {
                response
                    .headers_mut()
                    .insert("Sec-WebSocket-Protocol", name.parse().expect("ASCII"));
            }
            Ok(response)
        })?;

    if matches!(misbehaviour, Misbehaviour::Silent) {
        return keep_open(socket, ended);
    }
    let connect = socket.read()?;
    assert_eq!(
        connect.into_data().first(),
        Some(&0x10),
        "the first packet is CONNECT"
    );
    match misbehaviour {
        Misbehaviour::Refuses(code) => {
            socket.send(Message::binary(vec![0x20, 0x02, 0x00, code]))?;
            // The standard wants the server to close then.
            socket.close(None)?;
        }
        Misbehaviour::TextMessage => socket.send(Message::text(TEXT))?,
        Misbehaviour::MalformedPacket => socket.send(Message::binary(MALFORMED.to_vec()))?,
        Misbehaviour::GarbageAfterConnAck => {
            socket.send(Message::binary(CONNACK.to_vec()))?;
            socket.send(Message::binary(GARBAGE.to_vec()))?;
        }
        Misbehaviour::ClosesAfterConnect(code, reason) => {
            socket.close(Some(CloseFrame {
                code: CloseCode::from(code),
                reason: reason.into(),
            }))?;
        }
        Misbehaviour::CutsOff => {
            socket.send(Message::binary(CONNACK.to_vec()))?;
            return Ok(());
        }
        Misbehaviour::DeafAfterConnAck => socket.send(Message::binary(CONNACK.to_vec()))?,
        Misbehaviour::RefusesTcp
        | Misbehaviour::NotFound
        | Misbehaviour::NoSubProtocol
        | Misbehaviour::WrongSubProtocol
        | Misbehaviour::Silent => {}
    }
    keep_open(socket, ended)
}

/// Reads and says nothing until the peer or the test is done.
fn keep_open(
    mut socket: WebSocket<TcpStream>,
    ended: &AtomicBool,
) -> Result<(), Box<dyn std::error::Error>> {
    socket
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(100)))?;
    while !ended.load(Ordering::Acquire) {
        match socket.read() {
            Ok(_) => {}
            Err(tungstenite::Error::Io(error))
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
