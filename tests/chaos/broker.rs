//! A real Mosquitto with persistence, and its command-line clients as witnesses.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use device_console::mqtt::QoS;

use crate::tools::{PATIENCE, wait_for};

/// A Mosquitto with a folder of its own, ended with its test.
pub struct Mosquitto {
    folder: PathBuf,
    pub port: u16,
    /// For MQTT over WebSocket.
    pub web_socket_port: u16,
    child: Child,
}

impl Mosquitto {
    pub fn start(name: &str) -> Self {
        let unique = format!("device-console-chaos-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(unique);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the broker");
        // Both are looked for before either is used, so that they differ.
        let [port, web_socket_port] = [(); 2]
            .map(|()| TcpListener::bind(("127.0.0.1", 0)).expect("a free port"))
            .map(|listener| listener.local_addr().expect("a bound socket").port());
        let settings = format!(
            "listener {port} 127.0.0.1\nlistener {web_socket_port} 127.0.0.1\n\
             protocol websockets\nallow_anonymous true\nuser root\n\
             persistence true\npersistence_location {}/\nautosave_interval 0\n\
             max_queued_messages 0\nlog_dest none\n",
            folder.display()
        );
        fs::write(folder.join("mosquitto.conf"), settings).expect("its settings");
        let child = Self::spawn(&folder, [port, web_socket_port]);
        Self {
            folder,
            port,
            web_socket_port,
            child,
        }
    }

    fn spawn(folder: &Path, ports: [u16; 2]) -> Child {
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
        for port in ports {
            wait_for("the broker to listen", || {
                TcpStream::connect(("127.0.0.1", port)).is_ok()
            });
        }
        // It listens before it minds signals: one that comes in between ends it.
        wait_for("the broker to serve", || serves(ports[0]));
        child
    }

    /// Asks the broker to write its sessions. It does so between two packets, elsewhere, and
    /// renames then: the database is a new file, and what is there is whole.
    pub fn request_save(&self) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-USR1", &pid]).status();
        assert!(status.expect("kill").success());
    }

    /// Tells one written database from the next; `None` while there is none. The number of the one
    /// before the last is free again for the next, so a number alone does not tell.
    pub fn database(&self) -> Option<(u64, i64, i64)> {
        let database = fs::metadata(self.folder.join("mosquitto.db")).ok()?;
        Some((database.ino(), database.ctime(), database.ctime_nsec()))
    }

    /// Lets the broker write its sessions.
    pub fn save(&self) {
        let before = self.database();
        self.request_save();
        wait_for("the broker to write its sessions", || {
            let now = self.database();
            now.is_some() && now != before
        });
    }

    /// Kills the broker with SIGKILL and starts it again.
    pub fn kill_and_restart(&mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
        self.child = Self::spawn(&self.folder, [self.port, self.web_socket_port]);
    }

    /// `mosquitto_pub` publishes one message after the other, each with a connection of its own;
    /// it ends when the broker has the message. (With `-l`, 2.0.11 now and then waits for ever.)
    pub fn publish(&self, qos: QoS, topic: &'static str, lines: Vec<String>) -> JoinHandle<()> {
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

    /// Publishes one message with QoS 2.
    pub fn publish_now(&self, topic: &str, payload: &str, options: &[&str]) {
        let status = client("mosquitto_pub", self.port)
            .args(["-q", "2", "-t", topic, "-m", payload])
            .args(options)
            .status()
            .expect("mosquitto_pub is needed: install the package `mosquitto-clients`");
        assert!(status.success(), "mosquitto_pub: {status}");
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
    pub fn send_witness(&self) {
        let status = self.witness().arg("-E").status();
        let status = status.expect("mosquitto_sub is needed: install `mosquitto-clients`");
        assert!(status.success(), "mosquitto_sub: {status}");
    }

    /// The witness collects, until there are `least` different messages and nothing more comes.
    /// (It must not leave in the middle of a flow, as `-C` does: it has no memory of its own.)
    pub fn collect(&self, least: usize) -> BTreeMap<String, usize> {
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
        let start = Instant::now();
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

/// `mosquitto_sub` that collects from its start on what anybody publishes under a filter.
pub struct Follower {
    child: Child,
    lines: Receiver<String>,
}

impl Follower {
    pub fn start(broker: &Mosquitto, filter: &str) -> Self {
        let mut child = client("mosquitto_sub", broker.port)
            .args(["-q", "2", "-t", filter, "-t", "ready", "-F", "%t %p"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("mosquitto_sub is needed for this test: install `mosquitto-clients`");
        let output = child.stdout.take().expect("its output");
        let (sender, lines) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let follower = Self { child, lines };
        broker.publish_now("ready", "retained", &["-r"]);
        follower.until("ready retained");
        follower
    }

    /// Everything until this line, "topic payload", how often each.
    pub fn until(&self, last: &str) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if line == last => return counts,
                Ok(line) => *counts.entry(line).or_default() += 1,
                Err(error) => panic!("{error} while waiting for {last:?} after {counts:?}"),
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a broker answers CONNECT there.
fn serves(port: u16) -> bool {
    const CONNECT: &[u8] = b"\x10\x0c\0\x04MQTT\x04\x02\0\x0a\0\0";
    let answer = || {
        let mut socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.write_all(CONNECT)?;
        let mut connack = [0; 4];
        socket.read_exact(&mut connack)?;
        std::io::Result::Ok(connack)
    };
    answer().is_ok_and(|connack| connack == [0x20, 2, 0, 0])
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
