//! The session against a real Mosquitto that is killed again and again in the middle of flows:
//! nothing is lost, nothing of QoS 2 comes twice.
//!
//! Mosquitto writes its sessions when told to (SIGUSR1), not before it acknowledges; what it has
//! acknowledged and not written is lost by SIGKILL whatever a client does. So each round freezes
//! the device in the middle of whatever it was doing, with answers of the broker unread and its
//! own flows at every stage, lets the broker write, and then kills it. Who counts is independent:
//! `mosquitto_sub` collects in a session of its own what the device published, `mosquitto_pub`
//! publishes what the device must receive.
//!
//! `CHAOS_KILLS` and `CHAOS_MESSAGES` (of each QoS, each way) make it long.

// The clock is the real one: a real broker is on the other side.
#![allow(clippy::disallowed_methods)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant as StdInstant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use device_console::mqtt::{ProtocolVersion, QoS};
use device_console::session::{Config, Event, Publication, Session, Subscription};
use device_console::time::{Instant, Now, UnixMillis};

/// How long anything may take that takes no time when it works.
const PATIENCE: Duration = Duration::from_secs(30);

fn setting(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text:?} is not a number")),
        Err(_) => default,
    }
}

/// Waits until `done`, or panics saying what was awaited.
fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = StdInstant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A Mosquitto with a folder of its own, ended with its test.
struct Mosquitto {
    folder: PathBuf,
    port: u16,
    child: Child,
}

impl Mosquitto {
    fn start(name: &str) -> Self {
        let unique = format!("device-console-chaos-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(unique);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the broker");
        let port = TcpListener::bind(("127.0.0.1", 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let settings = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n\
             persistence true\npersistence_location {}/\nautosave_interval 0\n\
             max_queued_messages 0\nlog_dest none\n",
            folder.display()
        );
        fs::write(folder.join("mosquitto.conf"), settings).expect("its settings");
        let child = Self::spawn(&folder, port);
        Self {
            folder,
            port,
            child,
        }
    }

    fn spawn(folder: &Path, port: u16) -> Child {
        let path = if Path::new("/usr/sbin/mosquitto").exists() {
            "/usr/sbin/mosquitto"
        } else {
            "mosquitto"
        };
        let child = Command::new(path)
            .arg("-c")
            .arg(folder.join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto is needed for this test: install the package `mosquitto`");
        wait_for("the broker to listen", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        child
    }

    /// Lets the broker write its sessions, kills it with SIGKILL and starts it again.
    fn kill_and_restart(&mut self) {
        let database = self.folder.join("mosquitto.db");
        let _ = fs::remove_file(&database);
        let pid = self.child.id().to_string();
        let status = Command::new("kill")
            .args(["-USR1", &pid])
            .status()
            .expect("kill");
        assert!(status.success());
        // It is written elsewhere and renamed, so what is there is whole.
        wait_for("the broker to write its sessions", || database.exists());
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
        self.child = Self::spawn(&self.folder, self.port);
    }

    /// `mosquitto_pub` publishes one message after the other, each with a connection of its own;
    /// it ends when the broker has the message. (With `-l`, 2.0.11 now and then waits for ever.)
    fn publish(&self, qos: QoS, topic: &'static str, lines: Vec<String>) -> JoinHandle<()> {
        let port = self.port;
        std::thread::spawn(move || {
            for line in lines {
                let status = client("mosquitto_pub", port)
                    .args(["-q", &qos.bits().to_string(), "-t", topic, "-m", &line])
                    .status()
                    .expect("mosquitto_pub is needed: install the package `mosquitto-clients`");
                assert!(status.success(), "mosquitto_pub: {status}");
            }
        })
    }

    fn witness(&self) -> Command {
        let mut command = client("mosquitto_sub", self.port);
        command.args([
            "-V", "mqttv311", "-c", "-i", "witness", "-q", "2", "-t", "up/#",
        ]);
        command.stdout(Stdio::piped());
        command
    }

    /// The witness makes its session, in which the broker keeps for it what the device publishes.
    fn send_witness(&self) {
        let status = self.witness().arg("-E").status();
        let status = status.expect("mosquitto_sub is needed: install `mosquitto-clients`");
        assert!(status.success(), "mosquitto_sub: {status}");
    }

    /// The witness collects, until there are `least` different messages and nothing more comes.
    /// (It must not leave in the middle of a flow, as `-C` does: it has no memory of its own.)
    fn collect(&self, least: usize) -> BTreeMap<String, usize> {
        let mut child = self.witness().spawn().expect("mosquitto_sub");
        let output = child.stdout.take().expect("its output");
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut counts = BTreeMap::new();
        let start = StdInstant::now();
        loop {
            match lines.recv_timeout(Duration::from_millis(1_500)) {
                Ok(line) => *counts.entry(line).or_default() += 1,
                Err(_) if counts.len() >= least || start.elapsed() > PATIENCE => break,
                Err(_) => {}
            }
        }
        let _ = child.kill();
        let _ = child.wait();
        counts
    }
}

fn client(program: &str, port: u16) -> Command {
    let mut command = Command::new(program);
    command.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
    command
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The session with a socket.
struct Device {
    started: StdInstant,
    config: Config,
    session: Session,
    socket: Option<TcpStream>,
    port: u16,
    received: BTreeMap<String, usize>,
}

impl Device {
    fn new(version: ProtocolVersion, port: u16) -> Self {
        let mut config = Config::new(version, "device");
        config.clean_start = false;
        config.properties.session_expiry_secs = Some(u32::MAX);
        config.properties.topic_alias_maximum = Some(10);
        let mut session = Session::new(config.clone());
        let wanted = vec![Subscription::new("down/#", QoS::ExactlyOnce)];
        let started = StdInstant::now();
        session.subscribe(Now::default(), wanted).expect("accepted");
        Self {
            started,
            config,
            session,
            socket: None,
            port,
            received: BTreeMap::new(),
        }
    }

    fn now(&self) -> Now {
        let micros = u64::try_from(self.started.elapsed().as_micros()).expect("a short test");
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("after 1970");
        Now {
            instant: Instant::from_micros(micros),
            unix: UnixMillis(i64::try_from(unix.as_millis()).expect("before the year 292 million")),
        }
    }

    fn connect(&mut self) {
        let socket = TcpStream::connect(("127.0.0.1", self.port)).expect("the broker listens");
        socket.set_nodelay(true).expect("an option");
        socket
            .set_read_timeout(Some(Duration::from_millis(1)))
            .expect("an option");
        self.socket = Some(socket);
        self.session.handle_link_opened(self.now());
        self.settle();
    }

    fn lose_link(&mut self) {
        self.socket = None;
        self.session.handle_link_closed(self.now());
        self.settle();
    }

    /// The page dies, and starts again from what it had stored.
    fn crash(&mut self) {
        let stored = serde_json::to_vec(&self.session.snapshot()).expect("plain data");
        let snapshot = serde_json::from_slice(&stored).expect("what was stored");
        self.session = Session::restore(self.config.clone(), snapshot);
    }

    fn settle(&mut self) {
        while let Some(frame) = self.session.poll_transmit() {
            if let Some(socket) = &mut self.socket {
                socket
                    .write_all(&frame)
                    .expect("the broker reads while it runs");
            }
        }
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Message(message) => {
                    let payload = String::from_utf8_lossy(&message.publication.payload);
                    *self.received.entry(payload.into_owned()).or_default() += 1;
                }
                Event::PublishAcknowledged { reason, .. } => {
                    let code = reason.code.0;
                    assert!(code < 0x80 || code == 0x92, "{reason:?}");
                }
                Event::PublishAbandoned { token, cause } => panic!("{token:?}: {cause:?}"),
                Event::SessionLost { .. } => panic!("the broker forgot the session"),
                Event::Malformed { bytes, error } => panic!("{error}: {bytes:?}"),
                Event::Ended(ended) if self.socket.is_some() => panic!("{ended:?}"),
                _ => {}
            }
        }
    }

    /// Reads once, at most `most` bytes; so a round can stop in the middle of a packet.
    fn read(&mut self, most: usize) {
        let mut buffer = vec![0; most];
        let socket = self.socket.as_mut().expect("connected");
        match socket.read(&mut buffer) {
            Ok(0) => panic!("the broker closed the connection"),
            Ok(count) => {
                buffer.truncate(count);
                self.session.handle_bytes(self.now(), Bytes::from(buffer));
                self.settle();
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
        let now = self.now();
        if self
            .session
            .poll_timeout()
            .is_some_and(|at| at <= now.instant)
        {
            self.session.handle_timeout(now);
            self.settle();
        }
    }

    fn publish(&mut self, qos: QoS, payload: &str) {
        let message = Publication::new("up/t", payload.to_owned(), qos);
        self.session.publish(self.now(), message).expect("accepted");
        self.settle();
    }
}

/// A small generator, so that a failing run can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound.max(1)
    }
}

fn assert_counts(direction: &str, counts: &BTreeMap<String, usize>, total: usize) {
    for number in 0..total {
        let at_least_once = counts.get(&format!("q1-{number}")).copied().unwrap_or(0);
        assert!(at_least_once >= 1, "{direction}: q1-{number} is lost");
        let exactly_once = counts.get(&format!("q2-{number}")).copied().unwrap_or(0);
        assert_eq!(
            exactly_once, 1,
            "{direction}: q2-{number} came {exactly_once} times"
        );
    }
}

fn survive(version: ProtocolVersion, name: &str) {
    let kills = setting("CHAOS_KILLS", 8);
    let messages = setting("CHAOS_MESSAGES", 90);
    let seed = setting("CHAOS_SEED", 20_261_120);
    println!("{name}: {kills} kills, {messages} messages of each QoS each way, CHAOS_SEED={seed}");
    let mut random = Random(u64::try_from(seed).expect("a number").max(1));
    let mut broker = Mosquitto::start(name);
    broker.send_witness();
    let mut device = Device::new(version, broker.port);
    device.connect();
    while device.session.in_flight() > 0 || !device.session.is_connected() {
        device.read(4_096);
    }
    let mut resumed_in_flight = 0;
    for round in 0..=kills {
        let numbers = messages * round / (kills + 1)..messages * (round + 1) / (kills + 1);
        let lines = |qos: &str| {
            numbers
                .clone()
                .map(|n| format!("{qos}-{n}"))
                .collect::<Vec<_>>()
        };
        let publishers = [
            broker.publish(QoS::AtLeastOnce, "down/t", lines("q1")),
            broker.publish(QoS::ExactlyOnce, "down/t", lines("q2")),
        ];
        // Odd sizes cut packets. The last third is published with next to no answer read, so
        // that flows of every stage are open when the device freezes.
        let most = usize::try_from(1 + random.below(700)).expect("small");
        let calm = numbers.len() * 2 / 3;
        for (index, number) in numbers.clone().enumerate() {
            device.publish(QoS::AtLeastOnce, &format!("q1-{number}"));
            device.publish(QoS::ExactlyOnce, &format!("q2-{number}"));
            if index < calm {
                device.read(most);
            }
        }
        for _ in 0..random.below(6) {
            device.read(usize::try_from(1 + random.below(60)).expect("small"));
        }
        for publisher in publishers {
            publisher.join().expect("every message was taken");
        }
        if round == kills {
            break;
        }
        resumed_in_flight += device.session.in_flight();
        broker.kill_and_restart();
        device.lose_link();
        if round % 3 == 0 {
            device.crash();
        }
        device.connect();
    }
    let start = StdInstant::now();
    while device.session.outgoing().count() > 0 || device.received.len() < 2 * messages {
        assert!(
            start.elapsed() < 2 * PATIENCE,
            "{} messages left, {} of {} received",
            device.session.outgoing().count(),
            device.received.len(),
            2 * messages
        );
        device.read(4_096);
    }
    // Whatever would come twice comes now.
    for _ in 0..200 {
        device.read(4_096);
    }
    assert_eq!(device.session.packet_ids_in_use(), 0);
    assert!(
        resumed_in_flight > kills,
        "too little was in flight at the kills to prove anything"
    );
    assert_counts("down", &device.received, messages);

    let counts = broker.collect(2 * messages);
    assert_counts("up", &counts, messages);
    println!("{name}: {resumed_in_flight} messages were in flight at the kills");
}

#[test]
fn nothing_is_lost_or_doubled_in_3_1_1() {
    survive(ProtocolVersion::V3_1_1, "v3_1_1");
}

#[test]
fn nothing_is_lost_or_doubled_in_5_0() {
    survive(ProtocolVersion::V5_0, "v5_0");
}
