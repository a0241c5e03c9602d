//! What a platform's broker does otherwise than MQTT leaves it to do: two devices of one simulated
//! platform, packets made by hand, so that what goes over the wire is what is looked at.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;
#[path = "support/platforms.rs"]
#[allow(dead_code)]
mod platforms;

use bytes::Bytes;
use device_console::platform::{Dialect, Draw, FormValues};
use device_console::sim::{ConnectionId, Simulator, SimulatorEvent};
use device_console::time::{Instant, Now, UnixMillis};
use platforms::{by_name, profile_of};

const NOW: Now = Now {
    instant: Instant::from_millis(1_000),
    unix: UnixMillis(1_767_225_600_000),
};

/// A will message: topic, payload, retained.
type Will<'a> = Option<(&'a str, &'a str, bool)>;

fn text(out: &mut Vec<u8>, text: &[u8]) {
    out.extend(u16::try_from(text.len()).unwrap().to_be_bytes());
    out.extend(text);
}

fn packet(first: u8, body: &[u8]) -> Bytes {
    let mut out = vec![first];
    let mut rest = body.len();
    loop {
        let digit = u8::try_from(rest % 128).unwrap();
        rest /= 128;
        out.push(if rest > 0 { digit | 0x80 } else { digit });
        if rest == 0 {
            break;
        }
    }
    out.extend(body);
    out.into()
}

/// A platform and what its devices received.
struct Bench {
    dialect: &'static dyn Dialect,
    platform: Simulator,
    arrived: Vec<(ConnectionId, Bytes)>,
}

impl Bench {
    fn new(name: &str) -> Self {
        let dialect = by_name(name);
        Self {
            dialect,
            platform: Simulator::new(dialect),
            arrived: Vec::new(),
        }
    }

    /// The identity that the platform proposes, with one field changed.
    fn identity(&self, key: &str, value: &str) -> FormValues {
        let mut identity = profile_of(self.dialect).identity;
        identity.insert(key.to_owned(), value.to_owned());
        identity
    }

    fn connect(&mut self, identity: &FormValues, level: u8, will: Will<'_>) -> ConnectionId {
        self.platform.provision(NOW, identity);
        let draw = Draw {
            now: NOW,
            ..Draw::default()
        };
        let plan = self.dialect.connect_plan(identity, &draw);
        let mut body = Vec::new();
        text(&mut body, b"MQTT");
        body.push(level);
        let mut flags = 0b1100_0010;
        if let Some((_, _, retained)) = will {
            flags |= 0b0000_1100 | (u8::from(retained) << 5);
        }
        body.push(flags);
        body.extend(plan.keep_alive_secs.to_be_bytes());
        if level == 5 {
            body.push(0);
        }
        text(&mut body, plan.client_id.as_bytes());
        if let Some((topic, payload, _)) = will {
            if level == 5 {
                body.push(0);
            }
            text(&mut body, topic.as_bytes());
            text(&mut body, payload.as_bytes());
        }
        text(&mut body, plan.user_name.as_deref().unwrap().as_bytes());
        text(&mut body, plan.password.as_deref().unwrap());
        let connection = self.platform.open(NOW);
        self.send(connection, &packet(0x10, &body));
        let connack = self.take(connection).remove(0);
        assert_eq!((connack[0], connack[3]), (0x20, 0), "accepted: {connack:?}");
        connection
    }

    fn send(&mut self, connection: ConnectionId, bytes: &Bytes) {
        self.platform.handle_bytes(NOW, connection, bytes);
        self.collect();
    }

    fn collect(&mut self) {
        while let Some(event) = self.platform.poll_event() {
            if let SimulatorEvent::Bytes(connection, bytes) = event {
                self.arrived.push((connection, bytes));
            }
        }
    }

    /// What one device received since it was looked at last.
    fn take(&mut self, connection: ConnectionId) -> Vec<Bytes> {
        let (own, others) = std::mem::take(&mut self.arrived)
            .into_iter()
            .partition(|(to, _)| *to == connection);
        self.arrived = others;
        own.into_iter().map(|(_, bytes)| bytes).collect()
    }

    /// The QoS of each message that a device received.
    fn levels(&mut self, connection: ConnectionId) -> Vec<u8> {
        let messages = self.take(connection).into_iter();
        messages
            .filter(|bytes| bytes[0] >> 4 == 3)
            .map(|bytes| (bytes[0] >> 1) & 3)
            .collect()
    }

    /// Subscribes at QoS 0 and gives the code in SUBACK.
    fn subscribe(&mut self, connection: ConnectionId, level: u8, filter: &str) -> u8 {
        let mut body = vec![0, 7];
        if level == 5 {
            body.push(0);
        }
        text(&mut body, filter.as_bytes());
        body.push(0);
        self.send(connection, &packet(0x82, &body));
        let received = self.take(connection);
        let suback = received.iter().find(|bytes| bytes[0] == 0x90).unwrap();
        let code = *suback.last().unwrap();
        let later = received.into_iter().filter(|bytes| bytes[0] != 0x90);
        self.arrived.extend(later.map(|bytes| (connection, bytes)));
        code
    }

    fn unsubscribe(&mut self, connection: ConnectionId, filter: &str) {
        let mut body = vec![0, 8];
        text(&mut body, filter.as_bytes());
        self.send(connection, &packet(0xa2, &body));
        let received = self.take(connection);
        assert!(received.iter().any(|bytes| bytes[0] == 0xb0), "UNSUBACK");
    }

    /// Publishes at QoS 1.
    fn publish(&mut self, connection: ConnectionId, level: u8, topic: &str, retained: bool) {
        let mut body = Vec::new();
        text(&mut body, topic.as_bytes());
        body.extend([0, 9]);
        if level == 5 {
            body.push(0);
        }
        body.extend(b"on");
        self.send(connection, &packet(0x32 | u8::from(retained), &body));
    }
}

#[test]
fn onenet_forwards_with_the_publishers_qos_and_retained_messages_with_the_subscribers() {
    let mut bench = Bench::new("onenet");
    let (first, second) = (
        bench.identity("device_id", "1"),
        bench.identity("device_id", "2"),
    );
    let talks = bench.connect(&first, 4, None);
    let listens = bench.connect(&second, 4, None);
    assert_eq!(bench.subscribe(listens, 4, "room/1"), 0, "granted QoS 0");
    bench.publish(talks, 4, "room/1", true);
    assert_eq!(bench.levels(listens), [1], "as it was published");
    let other = bench.identity("device_id", "3");
    let comes_later = bench.connect(&other, 4, None);
    assert_eq!(bench.subscribe(comes_later, 4, "room/1"), 0);
    assert_eq!(
        bench.levels(comes_later),
        [0],
        "retained: as it was asked for"
    );
}

#[test]
fn alibaba_forwards_with_the_publishers_qos_below_5_0_alone() {
    for (level, wanted) in [(4, 1), (5, 0)] {
        let mut bench = Bench::new("aliyun");
        let identity = bench.identity("instance", "enterprise");
        let device = bench.connect(&identity, level, None);
        let topic = "/a1ouyopKiEU/device1/user/get";
        assert_eq!(bench.subscribe(device, level, topic), 0, "granted QoS 0");
        bench.publish(device, level, topic, false);
        assert_eq!(bench.levels(device), [wanted], "level {level}");
    }
}

/// The will, retained, of a device that dies, as the same device hears it when it is back, or as
/// another one does: Alibaba's devices have topics of their own alone, OneNET's will goes with the
/// return of its device.
#[test]
fn platforms_without_wills_keep_none() {
    let own = "/a1ouyopKiEU/device1/user/get";
    // Platform, protocol level, topic, field that makes another device, whether it keeps wills.
    let rows = [
        ("onenet", 4, "room/1", "device_id", true),
        ("iotda", 4, "room", "device_id", false),
        ("aliyun", 4, own, "instance_id", false),
        ("aliyun", 5, own, "instance_id", true),
    ];
    for (name, level, topic, key, keeps) in rows {
        let mut bench = Bench::new(name);
        let dies = bench.identity(key, "dies");
        let dying = bench.connect(&dies, level, Some((topic, "gone", true)));
        bench.platform.close(NOW, dying);
        let hears = bench.identity(key, "hears");
        let hearing = bench.connect(&hears, level, None);
        bench.subscribe(hearing, level, topic);
        let heard = bench.levels(hearing).len();
        assert_eq!(heard, usize::from(keeps), "{name} level {level}");
        if name == "iotda" {
            bench.publish(hearing, level, topic, true);
            let third = bench.identity(key, "third");
            let third = bench.connect(&third, level, None);
            bench.subscribe(third, level, topic);
            assert_eq!(bench.levels(third), [0_u8; 0], "nor retained messages");
        }
    }
}

#[test]
fn onenet_forgets_a_devices_will_when_it_is_back() {
    let mut bench = Bench::new("onenet");
    let identity = bench.identity("device_id", "1");
    let dying = bench.connect(&identity, 4, Some(("room/1", "gone", true)));
    bench.platform.close(NOW, dying);
    let other = bench.identity("device_id", "2");
    let listener = bench.connect(&other, 4, None);
    bench.subscribe(listener, 4, "room/1");
    assert_eq!(bench.levels(listener), [0], "the will was retained");
    bench.connect(&identity, 4, None);
    let third = bench.identity("device_id", "3");
    let late = bench.connect(&third, 4, None);
    bench.subscribe(late, 4, "room/1");
    assert_eq!(bench.levels(late), [0_u8; 0], "and is gone with its return");
}

#[test]
fn what_is_unsubscribed_makes_room_and_is_no_longer_delivered_to() {
    let mut bench = Bench::new("onenet");
    let identity = bench.identity("topics", "");
    let device = bench.connect(&identity, 4, None);
    for number in 0..100 {
        assert_eq!(bench.subscribe(device, 4, &format!("t/{number}")), 0);
    }
    assert_eq!(bench.subscribe(device, 4, "t/100"), 0x80, "the 101st");
    bench.unsubscribe(device, "t/7");
    assert_eq!(
        bench.subscribe(device, 4, "t/100"),
        0,
        "there is room again"
    );

    let mut bench = Bench::new("iotda");
    let identity = bench.identity("node_type", "0");
    let device = bench.connect(&identity, 4, None);
    let filter = format!("$oc/devices/{}/sys/messages/down", identity["device_id"]);
    let message = FormValues::from([("message".to_owned(), "hello".to_owned())]);
    for (listens, status) in [(true, "DELIVERED"), (false, "FAILED")] {
        if listens {
            assert_eq!(bench.subscribe(device, 4, &filter), 0);
        } else {
            bench.unsubscribe(device, &filter);
        }
        bench.platform.submit(NOW, "message-down", &message);
        let exchange = bench.platform.view().exchanges.pop().unwrap();
        let body = exchange.response.expect("at once").body;
        assert!(body.contains(status), "listens {listens}: {body}");
    }
}
