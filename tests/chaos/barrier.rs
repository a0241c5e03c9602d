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

use device_console::mqtt::{ProtocolVersion, QoS};

use crate::broker::Mosquitto;
use crate::device::Device;
use crate::kills::assert_counts;
use crate::tools::{PATIENCE, Random, setting};

/// What a broker of some generation said on a connection.
struct Said {
    generation: usize,
    to: TcpStream,
    bytes: Vec<u8>,
}

struct Shared {
    broker: Mutex<Mosquitto>,
    /// How often the broker was killed.
    generation: AtomicUsize,
    ended: AtomicBool,
}

impl Shared {
    /// Lets the broker write what it knows; `false` if it was killed meanwhile.
    fn save(&self) -> bool {
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

    fn kill_and_restart(&self) {
        let mut broker = self.broker.lock().expect("no panic");
        self.generation.fetch_add(1, Ordering::AcqRel);
        broker.kill_and_restart();
    }
}

/// The way to the broker: up at once, down behind the barrier.
struct Barrier {
    port: u16,
    shared: Arc<Shared>,
}

impl Barrier {
    fn start(broker: Mosquitto) -> Self {
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
                    accept(client, &shared, &sender);
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

fn accept(client: TcpStream, shared: &Arc<Shared>, said: &Sender<Said>) {
    // The broker cannot be another one when the connection stands.
    let (generation, server) = {
        let broker = shared.broker.lock().expect("no panic");
        let server = TcpStream::connect((Ipv4Addr::LOCALHOST, broker.port));
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

/// Lets devices go on until all are through, killing the broker now and then.
fn survive(version: ProtocolVersion, name: &str) {
    let kills = setting("CHAOS_KILLS", 8);
    let messages = setting("CHAOS_MESSAGES", 60);
    let seed = setting("CHAOS_SEED", 20_261_122);
    println!("{name}: {kills} kills, {messages} messages of each QoS each way, CHAOS_SEED={seed}");
    let mut random = Random::new(seed);
    let broker = Mosquitto::start(name);
    broker.send_witness();
    broker.save();
    let barrier = Barrier::start(broker);
    let mut device = Device::new(version, "device", "down/#", barrier.port);
    let mut other = Device::new(version, "other", "nothing/#", barrier.port);
    let start = Instant::now();
    while !device.is_subscribed() || !other.is_subscribed() {
        assert!(start.elapsed() < PATIENCE, "no subscription");
        for device in [&mut device, &mut other] {
            if !device.is_linked() {
                device.connect();
            }
            device.read(4_096);
        }
    }

    let (mut published, mut killed, mut in_flight) = (0, 0, 0);
    // At which message the broker is killed: anywhere, in order.
    let mut kills_at: Vec<_> = (0..kills)
        .map(|_| usize::try_from(random.below(messages as u64)).expect("small"))
        .collect();
    kills_at.sort_unstable();
    let mut kills_at = kills_at.into_iter().peekable();
    let mut progress = (Instant::now(), usize::MAX);
    loop {
        let left = 4 * (messages - published)
            + device.session.outgoing().count()
            + other.session.outgoing().count()
            + 2 * messages
            - device.received.len().min(2 * messages);
        if left == 0 && device.session.snapshot().received.is_empty() {
            break;
        }
        if left != progress.1 {
            progress = (Instant::now(), left);
        }
        assert!(progress.0.elapsed() < PATIENCE, "{left} are left for ever");
        for device in [&mut device, &mut other] {
            if !device.is_linked() {
                device.connect();
            }
            device.read(usize::try_from(1 + random.below(400)).expect("small"));
        }
        // A little ahead of the broker, so that something is always under way.
        if published < messages && device.session.outgoing().count() < 8 {
            device.publish("up/t", QoS::AtLeastOnce, &format!("q1-{published}"));
            device.publish("up/t", QoS::ExactlyOnce, &format!("q2-{published}"));
            other.publish("down/t", QoS::AtLeastOnce, &format!("q1-{published}"));
            other.publish("down/t", QoS::ExactlyOnce, &format!("q2-{published}"));
            published += 1;
        }
        while kills_at.next_if(|at| *at < published).is_some() {
            in_flight += device.session.in_flight() + other.session.in_flight();
            // Somewhere within what the last bytes set going.
            std::thread::sleep(Duration::from_micros(random.below(4_000)));
            barrier.shared.kill_and_restart();
            killed += 1;
            if killed % 3 == 0 {
                device.crash();
            }
        }
    }
    assert_eq!(killed, kills);
    assert!(in_flight > kills, "too little was in flight at the kills");
    assert_counts("down", &device.received, messages);
    assert_eq!(device.session.packet_ids_in_use(), 0);
    let broker = barrier.shared.broker.lock().expect("no panic");
    assert_counts("up", &broker.collect(2 * messages), messages);
    println!("{name}: {in_flight} messages were in flight at the kills");
}

#[test]
fn a_broker_that_is_killed_at_any_moment_loses_and_doubles_nothing_in_3_1_1() {
    survive(ProtocolVersion::V3_1_1, "any-moment-v3_1_1");
}

#[test]
fn a_broker_that_is_killed_at_any_moment_loses_and_doubles_nothing_in_5_0() {
    survive(ProtocolVersion::V5_0, "any-moment-v5_0");
}
