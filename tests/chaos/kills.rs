//! The broker is killed while the device stands still in the middle of whatever it was doing.

use std::collections::BTreeMap;
use std::time::Instant;

use device_console::mqtt::{ProtocolVersion, QoS};

use crate::broker::Mosquitto;
use crate::device::Device;
use crate::tools::{PATIENCE, Random, setting};

pub fn assert_counts(direction: &str, counts: &BTreeMap<String, usize>, total: usize) {
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
    let mut random = Random::new(seed);
    let mut broker = Mosquitto::start(name);
    broker.send_witness();
    let mut device = Device::new(version, "device", "down/#", broker.port);
    device.must_connect();
    while device.session.in_flight() > 0 || !device.session.is_connected() {
        device.must_read(4_096);
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
            device.publish("up/t", QoS::AtLeastOnce, &format!("q1-{number}"));
            device.publish("up/t", QoS::ExactlyOnce, &format!("q2-{number}"));
            if index < calm {
                device.must_read(most);
            }
        }
        for _ in 0..random.below(6) {
            device.must_read(usize::try_from(1 + random.below(60)).expect("small"));
        }
        for publisher in publishers {
            publisher.join().expect("every message was taken");
        }
        if round == kills {
            break;
        }
        resumed_in_flight += device.session.in_flight();
        broker.save();
        broker.kill_and_restart();
        device.lose_link();
        if round % 3 == 0 {
            device.crash();
        }
        device.must_connect();
    }
    let start = Instant::now();
    while device.session.outgoing().count() > 0 || device.received.len() < 2 * messages {
        assert!(
            start.elapsed() < 2 * PATIENCE,
            "{} messages left, {} of {} received",
            device.session.outgoing().count(),
            device.received.len(),
            2 * messages
        );
        device.must_read(4_096);
    }
    // Whatever would come twice comes now.
    for _ in 0..200 {
        device.must_read(4_096);
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
