//! A real broker, and real clients that know nothing of this console.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::process::{Process, free_port, scratch_folder, wait_for_port};

/// An MQTT version as `mosquitto_pub` and `mosquitto_sub` name it.
pub const V3_1_1: &str = "mqttv311";

/// A Mosquitto of its own on free ports of loopback, with a WebSocket listener. Ended on drop.
pub struct Mosquitto {
    tcp_port: u16,
    web_socket_port: u16,
    configuration: PathBuf,
    process: Option<Process>,
}

impl Mosquitto {
    /// Starts a broker that anybody may use.
    pub fn start() -> Self {
        Self::start_with("allow_anonymous true\n")
    }

    /// Starts a broker that asks for this user name and password.
    pub fn start_with_password(user_name: &str, password: &str) -> Self {
        let file = scratch_folder("mosquitto-passwords").join("passwords");
        let status = Command::new("mosquitto_passwd")
            .args(["-b", "-c"])
            .arg(&file)
            .args([user_name, password])
            .stderr(Stdio::null())
            .status()
            .expect("mosquitto_passwd runs");
        assert!(status.success(), "mosquitto_passwd: {status}");
        // The broker gives up root's rights and must still be able to read it.
        make_readable(&file);
        Self::start_with(&format!(
            "allow_anonymous false\npassword_file {}\n",
            file.display()
        ))
    }

    /// Starts a broker that keeps whatever a slow subscriber has not taken yet.
    pub fn start_unbounded() -> Self {
        Self::start_with("allow_anonymous true\nmax_queued_messages 0\n")
    }

    fn start_with(settings: &str) -> Self {
        let (tcp_port, web_socket_port) = (free_port(), free_port());
        let folder = scratch_folder("mosquitto");
        let configuration = folder.join("mosquitto.conf");
        std::fs::write(
            &configuration,
            format!(
                "listener {tcp_port} 127.0.0.1\n\
                 listener {web_socket_port} 127.0.0.1\n\
                 protocol websockets\n\
                 persistence false\n\
                 log_dest stderr\n\
                 log_type all\n\
                 {settings}"
            ),
        )
        .expect("the scratch folder can be written");
        make_readable(&configuration);
        let mut broker = Self {
            tcp_port,
            web_socket_port,
            configuration,
            process: None,
        };
        broker.start_again();
        broker
    }

    /// Ends the broker without a word to its clients.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// Starts the broker again, on the same ports.
    pub fn start_again(&mut self) {
        let mut command = Command::new("mosquitto");
        command.arg("-c").arg(&self.configuration);
        self.process = Some(Process::start("mosquitto", command));
        wait_for_port(self.tcp_port);
        wait_for_port(self.web_socket_port);
    }

    /// The port for MQTT over TCP, without WebSocket.
    pub fn tcp_port(&self) -> u16 {
        self.tcp_port
    }

    /// The port for MQTT over WebSocket.
    pub fn web_socket_port(&self) -> u16 {
        self.web_socket_port
    }

    /// What a browser connects to.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/mqtt", self.web_socket_port)
    }

    /// Waits for a line of the broker's log that contains `text`.
    pub fn expect_log(&mut self, text: &str) -> String {
        self.process
            .as_mut()
            .expect("the broker runs")
            .expect_line(text, |line| line.contains(text).then(|| line.to_owned()))
    }

    /// The lines of the broker's log that were not looked at yet.
    pub fn log(&mut self) -> Vec<String> {
        self.process
            .as_mut()
            .map(Process::lines)
            .unwrap_or_default()
    }

    /// Subscribes an independent client; returns when the subscription holds.
    pub fn subscribe(&self, filter: &str) -> Subscriber {
        self.subscribe_with(filter, "1")
    }

    /// The same with QoS 2, so that the client receives what was published exactly once.
    pub fn subscribe_exactly_once(&self, filter: &str) -> Subscriber {
        self.subscribe_with(filter, "2")
    }

    fn subscribe_with(&self, filter: &str, qos: &str) -> Subscriber {
        // The probe is retained: it reaches the subscriber as soon as all its filters are granted.
        let probe = format!("probe/{}", free_port());
        self.publish_with(&probe, b"ready", &["-r"]);
        let mut command = Command::new("mosquitto_sub");
        command
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.tcp_port.to_string(),
                "-V",
                V3_1_1,
            ])
            .args(["-q", qos, "-t", filter, "-t", &probe])
            .args(["-F", "%t\t%q\t%r\t%x"]);
        let mut process = Process::start("mosquitto_sub", command);
        process.expect_line("the probe", |line| line.starts_with(&probe).then_some(()));
        Subscriber { process }
    }

    /// Publishes with an independent client, QoS 1.
    pub fn publish(&self, topic: &str, payload: &[u8]) {
        self.publish_with(topic, payload, &[]);
    }

    /// Publishes each line as a message with one independent client, QoS 0, as fast as it can.
    pub fn publish_lines(&self, topic: &str, lines: impl Iterator<Item = String>) {
        let port = self.tcp_port.to_string();
        let mut child = Command::new("mosquitto_pub")
            .args(["-h", "127.0.0.1", "-p", &port, "-V", V3_1_1, "-q", "0"])
            .args(["-t", topic, "-l"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("mosquitto_pub can be started");
        {
            let mut stdin = child.stdin.take().expect("stdin is piped");
            for line in lines {
                writeln!(stdin, "{line}").expect("mosquitto_pub reads its lines");
            }
        }
        let status = child.wait().expect("mosquitto_pub was started");
        assert!(status.success(), "mosquitto_pub to {topic}: {status}");
    }

    /// Publishes with an independent client, QoS 2: the last `-q` counts.
    pub fn publish_exactly_once(&self, topic: &str, payload: &[u8]) {
        self.publish_with(topic, payload, &["-q", "2"]);
    }

    fn publish_with(&self, topic: &str, payload: &[u8], options: &[&str]) {
        let mut child = Command::new("mosquitto_pub")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &self.tcp_port.to_string(),
                "-V",
                V3_1_1,
            ])
            .args(["-q", "1", "-t", topic, "-s"])
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .expect("mosquitto_pub can be started");
        child
            .stdin
            .take()
            .expect("stdin is piped")
            .write_all(payload)
            .expect("mosquitto_pub reads its payload");
        let status = child.wait().expect("mosquitto_pub was started");
        assert!(status.success(), "mosquitto_pub to {topic}: {status}");
    }
}

fn make_readable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
}

/// An application message as an independent client received it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// Topic name.
    pub topic: String,
    /// QoS it was delivered with.
    pub qos: u8,
    /// RETAIN flag.
    pub retain: bool,
    /// Payload, to the byte.
    pub payload: Vec<u8>,
}

/// A running `mosquitto_sub`.
pub struct Subscriber {
    process: Process,
}

impl Subscriber {
    /// The next message.
    pub fn next(&mut self) -> Received {
        self.process.expect_line("a message", |line| {
            let mut columns = line.split('\t');
            Some(Received {
                topic: columns.next()?.to_owned(),
                qos: columns.next()?.parse().ok()?,
                retain: columns.next()? == "1",
                payload: from_hex(columns.next()?)?,
            })
        })
    }
}

/// Bytes from hexadecimal digits; `None` if there is anything else.
pub fn from_hex(digits: &str) -> Option<Vec<u8>> {
    digits.len().is_multiple_of(2).then_some(())?;
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect()
}
