//! The simulated broker behind a real WebSocket, for what the simulated platform in the page and
//! Mosquitto do not do, such as SCRAM.

use std::collections::{BTreeMap, VecDeque};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as StdInstant};

use bytes::Bytes;
use device_console::mqtt::FrameDecoder;
use device_console::sim::{Broker, BrokerConfig, ConnectionId, Output};
use device_console::time::{Instant, Now, UnixMillis};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, WebSocket};

/// How long a connection listens before it asks whether there is something to say.
const TURN: Duration = Duration::from_millis(5);

struct State {
    broker: Broker,
    outputs: BTreeMap<ConnectionId, VecDeque<Output>>,
    /// Every control packet that a client sent over a socket, oldest first.
    received: Vec<Vec<u8>>,
}

type Job = Box<dyn FnOnce(&mut State) + Send>;

struct Shared {
    /// What is to be done with the broker, which stays in the thread that made it.
    jobs: Mutex<Sender<Job>>,
    started: StdInstant,
    ended: AtomicBool,
}

/// The running broker. Ended on drop.
pub struct SimulatedBroker {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Shared {
    /// Does something with the broker, and sorts what it wants done then.
    fn with<T: Send + 'static>(
        &self,
        input: impl FnOnce(Now, &mut State) -> T + Send + 'static,
    ) -> T {
        let micros = u64::try_from(self.started.elapsed().as_micros()).expect("a short test");
        let now = Now {
            instant: Instant::from_micros(micros),
            unix: UnixMillis(i64::try_from(micros / 1_000).expect("a short test")),
        };
        let (answer, answered) = mpsc::channel();
        let job: Job = Box::new(move |state| {
            while state
                .broker
                .poll_timeout()
                .is_some_and(|at| at <= now.instant)
            {
                state.broker.handle_timeout(now);
            }
            let returned = input(now, state);
            while let Some(output) = state.broker.poll_output() {
                let (Output::Transmit(id, _) | Output::Close(id)) = &output;
                state.outputs.entry(*id).or_default().push_back(output);
            }
            // Whoever asked waits below.
            let _ = answer.send(returned);
        });
        let jobs = self.jobs.lock().expect("nothing panics in it");
        jobs.send(job).expect("the broker's thread runs");
        answered.recv().expect("the broker answers")
    }
}

impl SimulatedBroker {
    /// Starts a broker with these rules on a free port of loopback.
    pub fn start(config: BrokerConfig) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback can be bound");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let (jobs, to_do) = mpsc::channel::<Job>();
        std::thread::spawn(move || {
            let mut state = State {
                broker: Broker::new(config),
                outputs: BTreeMap::new(),
                received: Vec::new(),
            };
            for job in to_do {
                job(&mut state);
            }
        });
        let shared = Arc::new(Shared {
            jobs: Mutex::new(jobs),
            started: StdInstant::now(),
            ended: AtomicBool::new(false),
        });
        std::thread::spawn({
            let shared = shared.clone();
            move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if shared.ended.load(Ordering::Acquire) {
                        break;
                    }
                    let shared = shared.clone();
                    std::thread::spawn(move || serve(stream, &shared));
                }
            }
        });
        Self { address, shared }
    }

    /// What a browser connects to.
    pub fn url(&self) -> String {
        format!("ws://{}/mqtt", self.address)
    }

    /// Every control packet of a type that a client sent, by the number of the type.
    pub fn received(&self, packet_type: u8) -> Vec<Vec<u8>> {
        self.shared.with(move |_, state| {
            let wanted = |frame: &&Vec<u8>| frame[0] >> 4 == packet_type;
            state.received.iter().filter(wanted).cloned().collect()
        })
    }

    /// Whether the broker remembers a client, connected or not.
    pub fn knows(&self, client_id: &str) -> bool {
        let client_id = client_id.to_owned();
        self.shared
            .with(move |_, state| state.broker.clients().any(|known| known == client_id))
    }

    /// A client of 3.1.1 inside the broker that wants everything.
    pub fn listen(&self) -> ConnectionId {
        const CONNECT: &[u8] = b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01w";
        const SUBSCRIBE: &[u8] = b"\x82\x06\0\x01\0\x01#\0";
        self.shared.with(|now, state| {
            let id = state.broker.open(now);
            for packet in [CONNECT, SUBSCRIBE] {
                let packet = Bytes::from_static(packet);
                state.broker.handle_bytes(now, id, &packet);
            }
            id
        })
    }

    /// The PUBLISH packets that this client was sent until now.
    pub fn heard(&self, id: ConnectionId) -> Vec<Bytes> {
        self.shared.with(move |_, state| {
            let outputs = state.outputs.get(&id).into_iter().flatten();
            outputs
                .filter_map(|output| match output {
                    Output::Transmit(_, packet) if packet[0] >> 4 == 3 => Some(packet.clone()),
                    _ => None,
                })
                .collect()
        })
    }
}

impl Drop for SimulatedBroker {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        // Wakes the listener, which then sees that it has ended.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    // The error's size is tungstenite's choice.
    #[allow(clippy::result_large_err)]
    let accepted = tungstenite::accept_hdr(stream, |_: &Request, mut response: Response| {
        let name = "mqtt".parse().expect("ASCII");
        response
            .headers_mut()
            .insert("Sec-WebSocket-Protocol", name);
        Ok(response)
    });
    let Ok(mut socket) = accepted else { return };
    let id = shared.with(|now, state| state.broker.open(now));
    // The peer's going away is an end like any other.
    let _ = converse(&mut socket, id, shared);
    shared.with(move |now, state| state.broker.handle_closed(now, id));
}

fn converse(
    socket: &mut WebSocket<TcpStream>,
    id: ConnectionId,
    shared: &Shared,
) -> Result<(), tungstenite::Error> {
    socket.get_ref().set_read_timeout(Some(TURN))?;
    let mut frames = FrameDecoder::default();
    while !shared.ended.load(Ordering::Acquire) {
        match socket.read() {
            Ok(Message::Binary(bytes)) => {
                let mut whole = Vec::new();
                let mut rest: &[u8] = &bytes;
                while let Ok(Some(frame)) = frames.next_frame(&mut rest) {
                    whole.push(frame.to_vec());
                }
                shared.with(move |now, state| {
                    state.received.extend(whole);
                    state.broker.handle_bytes(now, id, &bytes);
                });
            }
            Ok(_) => {}
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        let outputs = shared.with(move |_, state| state.outputs.remove(&id));
        for output in outputs.into_iter().flatten() {
            match output {
                Output::Transmit(_, packet) => socket.send(Message::Binary(packet))?,
                Output::Close(_) => {
                    socket.close(None)?;
                    return socket.flush();
                }
            }
        }
    }
    Ok(())
}
