//! A full round trip for every platform over a real Mosquitto, with independent clients as the
//! cloud: `mosquitto_sub` sees what the device sends, `mosquitto_pub` sends what the platform's
//! document prints. Bytes are compared on both sides, and the ledger must pair them.

// A real process takes real time; the rule that time is an argument is for the product.
#![allow(clippy::disallowed_methods)]

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;
#[path = "support/platforms.rs"]
#[allow(dead_code)]
mod platforms;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use bytes::Bytes;
use console::Console;
use device_console::engine::Effect;
use device_console::engine::LinkId;
use device_console::engine::seam::{
    ConnectionState, DeviceCommand, Direction, Draft, FrameId, KindRule, LedgerRow, QoS,
    RoundTripState, SubscriptionState,
};
use device_console::platform::{from_hex, to_hex};
use device_console::transport::LinkEvent;
use platforms::{by_name, defaults, profile_of};

/// How long anything may take that takes no time when it works.
const PATIENCE: Duration = Duration::from_secs(20);

/// A Mosquitto of our own, on a free port of the loopback interface, ended with its test.
struct Broker {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    fn start() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unique = format!("device-console-platform-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&folder).expect("a folder");
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| listener.local_addr())
            .expect("a free port")
            .port();
        let configuration = folder.join("mosquitto.conf");
        let text =
            format!("listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest none\n");
        std::fs::write(&configuration, text).expect("a configuration");
        let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .unwrap_or("mosquitto");
        let child = Command::new(program)
            .arg("-c")
            .arg(&configuration)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto is needed for this test: install the package `mosquitto`");
        let broker = Self {
            child,
            folder,
            port,
        };
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(start.elapsed() < PATIENCE, "mosquitto does not listen");
            std::thread::sleep(Duration::from_millis(10));
        }
        broker
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command
    }

    /// The cloud publishes a message, byte for byte.
    fn publish(&self, topic: &str, payload: &[u8]) {
        let mut child = self
            .client("mosquitto_pub")
            .args(["-q", "1", "-t", topic, "-s"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("mosquitto_pub is needed: install the package `mosquitto-clients`");
        let mut input = child.stdin.take().expect("its input");
        input.write_all(payload).expect("it reads");
        drop(input);
        assert!(child.wait().expect("its end").success(), "{topic}");
    }

    /// The cloud receives everything from now on.
    fn witness(&self) -> Witness {
        let filters = ["#", "$dp", "$crsp/#", "$oc/#"];
        let mut command = self.client("mosquitto_sub");
        command.args(["-q", "1", "-F", "%t %x"]);
        for filter in filters {
            command.args(["-t", filter]);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("mosquitto_sub is needed: install the package `mosquitto-clients`");
        let output = child.stdout.take().expect("its output");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let witness = Witness { child, lines };
        let start = Instant::now();
        loop {
            self.publish("witness", b"ready");
            match witness.lines.recv_timeout(Duration::from_millis(200)) {
                Ok(_) => return witness,
                Err(_) => assert!(start.elapsed() < PATIENCE, "mosquitto_sub hears nothing"),
            }
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// `mosquitto_sub`, and the lines that it prints: topic and payload as hexadecimal.
struct Witness {
    child: Child,
    lines: Receiver<String>,
}

impl Witness {
    /// The next message on this topic.
    fn next(&self, topic: &str) -> Vec<u8> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let Ok(line) = self.lines.recv_timeout(Duration::from_millis(100)) else {
                continue;
            };
            if let Some((found, payload)) = line.split_once(' ')
                && found == topic
            {
                return from_hex(payload).expect("hexadecimal");
            }
        }
        panic!("nothing came on {topic}");
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The engine with a socket.
struct Device {
    console: Console,
    link: LinkId,
    socket: TcpStream,
    /// Effects carried out so far.
    done: usize,
}

impl Device {
    /// A device of this platform, connected to the broker and subscribed to what the platform
    /// wants; its answers are made from these forms.
    fn connect(broker: &Broker, dialect: &str, answers: &[(&str, &[(&str, &str)])]) -> Self {
        let mut profile = profile_of(by_name(dialect));
        for (kind, form) in answers {
            let rule = KindRule {
                form: console::form(form),
                ..KindRule::default()
            };
            profile.answer.kinds.insert((*kind).to_owned(), rule);
        }
        let mut console = Console::with_profile(profile, false);
        let link = console.dial("ws://127.0.0.1:9001/mqtt");
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, broker.port)).expect("it listens");
        socket
            .set_read_timeout(Some(Duration::from_millis(2)))
            .expect("an option");
        socket.set_nodelay(true).expect("an option");
        console.link(
            link,
            LinkEvent::Opened {
                protocol: "mqtt".to_owned(),
            },
        );
        let mut device = Self {
            console,
            link,
            socket,
            done: 0,
        };
        device.until("the connection", |console| {
            let connection = console.page.connection.as_ref().expect("a connection");
            matches!(connection.state, ConnectionState::Connected { .. })
        });
        if dialect == "onenet" {
            // OneNET hands commands over unasked; a broker wants to be asked.
            device.console.device(DeviceCommand::Subscribe {
                filter: "$creq/#".to_owned(),
                qos: QoS::AtMostOnce,
            });
        }
        device.until("its subscriptions", |console| {
            console
                .page
                .subscriptions
                .iter()
                .all(|one| matches!(one.state, SubscriptionState::Granted(_)))
        });
        device
    }

    /// Carries out what the engine wants, and gives it what arrived.
    fn exchange(&mut self) {
        while let Some(effect) = self.console.effects.get(self.done).cloned() {
            self.done += 1;
            match effect {
                Effect::Send { link, bytes } if link == self.link => {
                    self.socket.write_all(&bytes).expect("the broker reads");
                }
                Effect::CloseLink { .. } => panic!("the engine closed the link"),
                _ => {}
            }
        }
        let mut buffer = [0; 4096];
        match self.socket.read(&mut buffer) {
            Ok(0) => panic!("the broker closed the connection"),
            Ok(count) => {
                let bytes = Bytes::copy_from_slice(&buffer[..count]);
                self.console.link(self.link, LinkEvent::Message(bytes));
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
        self.console.advance(Duration::from_millis(1));
    }

    fn until(&mut self, what: &str, done: impl Fn(&Console) -> bool) {
        let start = Instant::now();
        while !done(&self.console) {
            assert!(start.elapsed() < PATIENCE, "waited for {what}");
            self.exchange();
        }
        // What the last step made the engine send goes out too.
        self.exchange();
    }

    fn send(&mut self, dialect: &str, kind: &str, values: &[(&str, &str)]) {
        let declaration = by_name(dialect).declaration();
        let fields = &declaration.kind(kind).expect("a declared kind").fields;
        let mut form = defaults(fields);
        form.extend(console::form(values));
        self.console.device(DeviceCommand::Send {
            draft: Draft::Form {
                kind: kind.to_owned(),
                values: form,
            },
        });
        self.exchange();
    }

    /// The newest round trip of a kind, once it is over.
    fn round_trip(&mut self, kind: &str) -> LedgerRow {
        self.until(kind, |console| {
            let rows = &console.page.ledger.rows;
            rows.iter()
                .any(|row| row.kind == kind && row.state == RoundTripState::Succeeded)
        });
        let rows = &self.console.page.ledger.rows;
        let row = rows.iter().rev().find(|row| row.kind == kind);
        row.expect("a row").clone()
    }

    /// Topic and payload of a row, as the inspector shows them.
    fn shown(&mut self, frame: FrameId) -> Vec<u8> {
        let view = self.console.select(frame);
        let (start, end) = view.payload.expect("a payload");
        view.bytes[start..end].to_vec()
    }
}

/// One message: its topic and its bytes.
type Message<'a> = (&'a str, &'a [u8]);

/// What travels in one platform's round trip, as its document prints it.
struct Script<'a> {
    dialect: &'a str,
    /// The device reports with this kind and form.
    report: (&'a str, &'a [(&'a str, &'a str)]),
    reported: Message<'a>,
    /// The platform's answer, where it answers.
    confirmed: Option<Message<'a>>,
    /// The cloud asks, and the device answers with this form.
    demand: (&'a str, Message<'a>),
    answer: &'a [(&'a str, &'a str)],
    answered: Message<'a>,
}

fn same(what: &str, found: &[u8], wanted: &[u8]) {
    assert_eq!(
        (String::from_utf8_lossy(found), to_hex(found)),
        (String::from_utf8_lossy(wanted), to_hex(wanted)),
        "{what}"
    );
}

fn play(script: &Script<'_>) {
    let broker = Broker::start();
    let witness = broker.witness();
    let mut device = Device::connect(&broker, script.dialect, &[(script.demand.0, script.answer)]);

    let (kind, values) = script.report;
    device.send(script.dialect, kind, values);
    let (topic, payload) = script.reported;
    same(kind, &witness.next(topic), payload);
    if let Some((topic, payload)) = script.confirmed {
        broker.publish(topic, payload);
        let row = device.round_trip(kind);
        assert_eq!(row.initiator, Direction::Up);
        assert_eq!(row.assumed, row.correlation.is_none(), "{row:?}");
        same(
            "the report in the log",
            &device.shown(row.request),
            script.reported.1,
        );
        let reply = row.reply.expect("an answer");
        same("its answer in the log", &device.shown(reply), payload);
    }

    let (kind, (topic, payload)) = script.demand;
    broker.publish(topic, payload);
    let row = device.round_trip(kind);
    assert_eq!(row.initiator, Direction::Down);
    same(
        "the request in the log",
        &device.shown(row.request),
        payload,
    );
    let (topic, payload) = script.answered;
    same("the answer", &witness.next(topic), payload);
    let reply = row.reply.expect("an answer");
    same("the answer in the log", &device.shown(reply), payload);
    assert_eq!(device.console.page.ledger.open, 0);
}

#[test]
fn onem2m() {
    play(&Script {
        dialect: "onem2m",
        report: ("report", &[("con", "23.5"), ("rqi", "req-0077")]),
        reported: (
            "/oneM2M/req/4600/in-cse",
            br#"{"op":1,"to":"/in-cse/4600/temperature","fr":"/in-cse/4600","rqi":"req-0077","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"23.5"}}}"#,
        ),
        confirmed: Some((
            "/oneM2M/resp/4600/in-cse",
            br#"{"rsc": 2001, "rqi": "req-0077", "pc": {"ri": "cin0001"}, "to": "/in-cse/4600/temperature", "fr": "/in-cse/4600"}"#,
        )),
        demand: (
            "downlink",
            (
                "/oneM2M/req/in-cse/4600",
                br#"{"op":5,"to":"/in-cse/4600/switch","fr":"/CSE-001","rqi":"abc-9","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"on"}}}"#,
            ),
        ),
        answer: &[],
        answered: (
            "/oneM2M/resp/in-cse/4600",
            br#"{"rsc":2001,"rqi":"abc-9","to":"/in-cse/4600","fr":"/in-cse"}"#,
        ),
    });
}

#[test]
fn onenet() {
    play(&Script {
        dialect: "onenet",
        report: ("dp3", &[("json", r#"{"temperature":22.5}"#)]),
        // Type 3, length 20, then the JSON.
        reported: ("$dp", b"\x03\x00\x14{\"temperature\":22.5}"),
        confirmed: None,
        demand: (
            "command",
            (
                "$creq/6f1c3a52-0d4e-5000-8000-000000000001",
                b"\x01\x02switch\xff",
            ),
        ),
        answer: &[("payload", "00ff80"), ("format", "hex")],
        answered: (
            "$crsp/6f1c3a52-0d4e-5000-8000-000000000001",
            b"\x00\xff\x80",
        ),
    });
}

#[test]
fn aliyun() {
    play(&Script {
        dialect: "aliyun",
        report: (
            "property-post",
            &[("params", r#"{"temperature":{"value":23.60}}"#), ("id", "123")],
        ),
        reported: (
            "/sys/a1ouyopKiEU/device1/thing/event/property/post",
            br#"{"id":"123","version":"1.0","params":{"temperature":{"value":23.60}},"method":"thing.event.property.post"}"#,
        ),
        confirmed: Some((
            "/sys/a1ouyopKiEU/device1/thing/event/property/post_reply",
            br#"{"code":200,"data":{},"id":"123","message":"success","method":"thing.event.property.post","version":"1.0"}"#,
        )),
        demand: (
            "property-set",
            (
                "/sys/a1ouyopKiEU/device1/thing/service/property/set",
                br#"{"method":"thing.service.property.set","id":"987","params":{"temperature":30.5},"version":"1.0.0"}"#,
            ),
        ),
        answer: &[("data", r#"{"was":${request.params.temperature}}"#)],
        answered: (
            "/sys/a1ouyopKiEU/device1/thing/service/property/set_reply",
            br#"{"code":200,"data":{"was":30.5},"id":"987","version":"1.0"}"#,
        ),
    });
}

#[test]
fn eztcloud() {
    play(&Script {
        dialect: "eztcloud",
        report: ("attributes", &[("values", r#"{"temperature":28.5}"#)]),
        reported: ("attributes/DU_JEwVTAmL3m", br#"{"temperature":28.5}"#),
        confirmed: Some((
            "attributes_response/DU_JEwVTAmL3m",
            br#"{"error_code":0,"error_msg":"OK","ts":1767225600000}"#,
        )),
        demand: (
            "command",
            (
                "command_send/DU_JEwVTAmL3m",
                br#"{"method":"reboot","params":{"delay":5},"id":"98310"}"#,
            ),
        ),
        answer: &[("params", r#"{"after":${request.params.delay}}"#)],
        answered: (
            "command_reply/DU_JEwVTAmL3m",
            br#"{"method":"reboot","params":{"after":5},"id":"98310"}"#,
        ),
    });
}

#[test]
fn thingscloud() {
    play(&Script {
        dialect: "thingscloud",
        report: ("attributes", &[("values", r#"{"temperature":28.5}"#)]),
        reported: ("attributes", br#"{"temperature":28.5}"#),
        confirmed: Some(("attributes/response", br#"{"result":1}"#)),
        demand: (
            "command",
            (
                "command/send/1000",
                br#"{"method":"reboot","params":{"delay":5},"id":1000}"#,
            ),
        ),
        answer: &[("params", r#"{"ok":true}"#)],
        answered: (
            "command/reply/1000",
            br#"{"method":"reboot","params":{"ok":true},"id":1000}"#,
        ),
    });
}

#[test]
fn iotda() {
    play(&Script {
        dialect: "iotda",
        report: ("shadow-get", &[("service_id", "T"), ("request_id", "r-1")]),
        reported: (
            "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/shadow/get/request_id=r-1",
            br#"{"service_id":"T"}"#,
        ),
        confirmed: Some((
            "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/shadow/get/response/request_id=r-1",
            br#"{"object_device_id":"5f052ac562369102d42b0fb6_dev01","shadow":[{"service_id":"T","desired":{},"reported":{},"version":1}]}"#,
        )),
        demand: (
            "command",
            (
                "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/commands/request_id=c-42",
                br#"{"object_device_id":"5f052ac562369102d42b0fb6_dev01","command_name":"ON_OFF","service_id":"WaterMeter","paras":{"value":"ON"}}"#,
            ),
        ),
        answer: &[("paras", r#"{"echo":${request.paras.value}}"#)],
        answered: (
            "$oc/devices/5f052ac562369102d42b0fb6_dev01/sys/commands/response/request_id=c-42",
            br#"{"result_code":0,"response_name":"COMMAND_RESPONSE","paras":{"echo":"ON"}}"#,
        ),
    });
}
