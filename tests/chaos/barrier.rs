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

use crate::broker::Mosquitto;
use crate::tools::PATIENCE;

/// What a broker of some generation said on a connection.
struct Said {
    generation: usize,
    to: TcpStream,
    bytes: Vec<u8>,
}

pub struct Shared {
    pub broker: Mutex<Mosquitto>,
    /// How often the broker was killed.
    generation: AtomicUsize,
    ended: AtomicBool,
}

impl Shared {
    /// Lets the broker write what it knows; `false` if it was killed meanwhile.
    pub fn save(&self) -> bool {
        let (generation, before) = {
            let broker = self.broker.lock().expect("no panic");
            let before = broker.database();
            broker.request_save();
            // It looks up once in a tenth of a second, or when somebody comes.
            let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, broker.port));
            (self.generation.load(Ordering::Acquire), before)
        };
        let start = Instant::now();
        let mut asked_again = false;
        loop {
            assert!(start.elapsed() < PATIENCE, "the broker does not write");
            let broker = self.broker.lock().expect("no panic");
            if self.generation.load(Ordering::Acquire) != generation {
                return false;
            }
            let now = broker.database();
            if now.is_some() && now != before {
                drop(broker);
                // The broker forgets a request that comes before it has closed the last one; and
                // one that was made twice must not write in the time of the next.
                std::thread::sleep(Duration::from_millis(if asked_again { 300 } else { 1 }));
                return self.generation.load(Ordering::Acquire) == generation;
            }
            if !asked_again && start.elapsed() > Duration::from_millis(500) {
                broker.request_save();
                asked_again = true;
            }
            drop(broker);
            std::thread::sleep(Duration::from_micros(300));
        }
    }

    pub fn kill_and_restart(&self) {
        let mut broker = self.broker.lock().expect("no panic");
        self.generation.fetch_add(1, Ordering::AcqRel);
        broker.kill_and_restart();
    }
}

/// The way to the broker: up at once, down behind the barrier.
pub struct Barrier {
    pub port: u16,
    pub shared: Arc<Shared>,
}

impl Barrier {
    /// In front of one of the broker's ports.
    pub fn start(broker: Mosquitto, port: fn(&Mosquitto) -> u16) -> Self {
        let through = port(&broker);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let shared = Arc::new(Shared {
            broker: Mutex::new(broker),
            generation: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
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
        Self { port, shared }
    }
}

impl Drop for Barrier {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::Release);
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
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
    let (mut up_from, mut up_to) = (another(&client), another(&server));
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut up_from, &mut up_to);
        let _ = up_from.shutdown(Shutdown::Both);
        let _ = up_to.shutdown(Shutdown::Both);
    });
    let (said, mut server) = (said.clone(), server);
    std::thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = server.read(&mut buffer) {
            let said = said.send(Said {
                generation,
                to: another(&client),
                bytes: buffer[..count].to_vec(),
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
        if !shared.save() {
            continue;
        }
        for Said {
            to: mut client,
            bytes,
            ..
        } in held.into_iter().filter(|it| it.generation == generation)
        {
            let _ = client.write_all(&bytes);
        }
    }
}
