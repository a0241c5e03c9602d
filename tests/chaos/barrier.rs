//! The broker is killed at any moment, in the middle of everything.
//!
//! What it says is held back until it has written the state in which it said it, so that it is, seen
//! from outside, a broker that loses nothing. Then neither may a client.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use device_console::mqtt::ProtocolVersion;

use crate::broker::Mosquitto;
use crate::tools::PATIENCE;
use crate::trace::{self, Trace};

/// What a broker of some generation said on a connection.
struct Said {
    generation: usize,
    connection: usize,
    to: TcpStream,
    bytes: Vec<u8>,
}

pub struct Shared {
    pub broker: Mutex<Mosquitto>,
    /// How often the broker was killed.
    generation: AtomicUsize,
    ended: AtomicBool,
    connections: AtomicUsize,
    pub trace: Trace,
}

impl Shared {
    /// Lets the broker write what it knows; `false` if it was killed meanwhile.
    pub fn save(&self) -> bool {
        self.save_of(self.generation.load(Ordering::Acquire))
    }

    /// Lets the broker of that generation write what it knows; `false` if it is no more.
    fn save_of(&self, generation: usize) -> bool {
        let start = Instant::now();
        let mut before = None;
        let mut asked = None::<Instant>;
        loop {
            {
                let broker = self.broker.lock().expect("no panic");
                // What another broker writes does not say what this one knew.
                if self.generation.load(Ordering::Acquire) != generation {
                    return false;
                }
                let now = broker.database();
                match asked {
                    None => before = now,
                    Some(_) if now.is_some() && now != before => break,
                    Some(_) => {}
                }
                // What it writes twice does no harm: it says nothing while it writes.
                if asked.is_none_or(|at| at.elapsed() > Duration::from_millis(500)) {
                    if asked.is_some() {
                        self.trace.note("the broker is asked to write once more");
                    }
                    broker.request_save();
                    // It looks up once in a tenth of a second, or when somebody comes.
                    let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, broker.port));
                    asked = Some(Instant::now());
                }
            }
            assert!(start.elapsed() < PATIENCE, "the broker does not write");
            std::thread::sleep(Duration::from_micros(300));
        }
        self.trace.note("the broker has written");
        // It forgets a request that comes before it has closed what it wrote.
        std::thread::sleep(Duration::from_millis(1));
        true
    }

    pub fn kill_and_restart(&self) {
        let mut broker = self.broker.lock().expect("no panic");
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.trace.note("the broker is killed");
        broker.kill_and_restart();
        self.trace.note("the broker is there again");
    }
}

/// The way to the broker: up at once, down behind the barrier.
pub struct Barrier {
    pub port: u16,
    pub shared: Arc<Shared>,
    name: String,
    version: ProtocolVersion,
}

impl Barrier {
    /// In front of one of the broker's ports. The version is for the trace.
    pub fn start(
        broker: Mosquitto,
        port: fn(&Mosquitto) -> u16,
        version: ProtocolVersion,
        name: &str,
    ) -> Self {
        let through = port(&broker);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let shared = Arc::new(Shared {
            broker: Mutex::new(broker),
            generation: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            trace: Trace::start(),
        });
        let (sender, said) = mpsc::channel();
        std::thread::spawn({
            let shared = shared.clone();
            move || hold(&said, &shared)
        });
        std::thread::spawn({
            let shared = shared.clone();
            move || {
                for client in listener.incoming().map_while(Result::ok) {
                    if shared.ended.load(Ordering::Acquire) {
                        break;
                    }
                    accept(client, through, &shared, &sender);
                }
            }
        });
        Self {
            port,
            shared,
            name: name.to_owned(),
            version,
        }
    }
}

impl Drop for Barrier {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if std::thread::panicking() {
            let path = self.shared.trace.write(self.version, &self.name);
            println!("what passed on the wire: {}", path.display());
        }
    }
}

fn accept(client: TcpStream, through: u16, shared: &Arc<Shared>, said: &Sender<Said>) {
    // The broker cannot be another one when the connection stands.
    let (generation, server) = {
        let _broker = shared.broker.lock().expect("no panic");
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, through));
        (shared.generation.load(Ordering::Acquire), server)
    };
    let Ok(server) = server else { return };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let another = |stream: &TcpStream| stream.try_clone().expect("a second handle");
    let connection = shared.connections.fetch_add(1, Ordering::AcqRel) + 1;
    let (mut up_from, mut up_to) = (another(&client), another(&server));
    std::thread::spawn({
        let shared = shared.clone();
        move || {
            let mut buffer = [0; 16 * 1024];
            while let Ok(count @ 1..) = up_from.read(&mut buffer) {
                let bytes = &buffer[..count];
                shared.trace.bytes(connection, trace::Said::ByClient, bytes);
                if up_to.write_all(bytes).is_err() {
                    break;
                }
            }
            let _ = up_from.shutdown(Shutdown::Both);
            let _ = up_to.shutdown(Shutdown::Both);
        }
    });
    let (said, mut server, shared) = (said.clone(), server, shared.clone());
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = server.read(&mut buffer) {
            let bytes = &buffer[..count];
            shared.trace.bytes(connection, trace::Said::ByBroker, bytes);
            let said = said.send(Said {
                generation,
                connection,
                to: another(&client),
                bytes: bytes.to_vec(),
            });
            if said.is_err() {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    });
}

/// Hands on what the broker said once it is written.
fn hold(said: &Receiver<Said>, shared: &Shared) {
    while let Ok(first) = said.recv() {
        let mut held = vec![first];
        held.extend(said.try_iter());
        let generation = shared.generation.load(Ordering::Acquire);
        if !shared.save_of(generation) {
            continue;
        }
        for Said {
            connection,
            to: mut client,
            bytes,
            ..
        } in held.into_iter().filter(|it| it.generation == generation)
        {
            shared
                .trace
                .bytes(connection, trace::Said::HandedOn, &bytes);
            let _ = client.write_all(&bytes);
        }
    }
}
