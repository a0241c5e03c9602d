//! A long life of one page: its engine's memory does not grow with what passes through it.
//!
//! `SOAK_PAGE_MESSAGES` says how many messages pass.

use std::time::{Duration, Instant};

use device_console::mqtt::{ProtocolVersion, QoS};
use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Browser, Settings, scenario};
use crate::device::Device;
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::process::PATIENCE;
use crate::static_server::StaticServer;
use crate::tools::setting;

/// Blocks of messages; memory is compared after the first and after the last.
const BLOCKS: usize = 10;
/// Rows that the log keeps at most, as it comes.
const ROWS: usize = 100_000;

async fn number(browser: &Browser, test_id: &str, attribute: &str) -> u64 {
    let read = "const at = document.querySelector(`[data-testid=${arguments[0]}]`);
        const text = arguments[1] ? at.getAttribute(arguments[1]) : at.textContent;
        return Number(text.replaceAll(/\\D/g, ''))";
    let read = browser
        .run(read, vec![json!(test_id), json!(attribute)])
        .await;
    read.as_u64().expect("a number")
}

/// Publishes with an independent connection: seven of ten with QoS 0, two with QoS 1, one with 2.
fn publish(device: &mut Device, count: usize) {
    for number in 0..count {
        let qos = match number % 10 {
            0..7 => QoS::AtMostOnce,
            7 | 8 => QoS::AtLeastOnce,
            _ => QoS::ExactlyOnce,
        };
        let payload = format!("{{\"number\":{number},\"qos\":{}}}", qos.bits());
        device.publish(&format!("soak/{}", number % 50), qos, &payload);
        while device.session.outgoing().count() > 40 {
            device.must_read(4_096);
        }
    }
    while device.session.outgoing().count() > 0 {
        device.must_read(4_096);
    }
}

#[tokio::test]
async fn the_engine_of_a_page_does_not_grow_with_what_passes_through_it() {
    let messages = setting("SOAK_PAGE_MESSAGES", 20_000);
    let block = messages / BLOCKS;
    let server = StaticServer::start();
    let broker = Mosquitto::start_unbounded();
    let mut publisher = Device::new(
        ProtocolVersion::V3_1_1,
        "publisher",
        "nothing/#",
        broker.tcp_port(),
    );
    publisher.must_connect();
    while !publisher.is_subscribed() {
        publisher.must_read(4_096);
    }
    scenario("soak", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_to(&broker).await;
        page.fill("sub-topic", "soak/#").await;
        page.choose("sub-qos", "2").await;
        page.click("subscribe").await;
        page.wait_for(
            "the subscription is granted",
            "[data-testid=subscription][data-filter=\"soak/#\"][data-state=granted]",
        )
        .await;
        if block < ROWS {
            // The log is full after the first block, as it is after the first of a long run.
            page.click("log-tools").await;
            page.fill("log-limit-rows", &(block / 2).max(1_000).to_string())
                .await;
            page.press("log-limit-rows", &[Key::Enter]).await;
        }
        let (mut early, mut late) = (0, 0);
        let start = Instant::now();
        for done in 1..=BLOCKS {
            publish(&mut publisher, block);
            let expected = (done * block) as u64;
            let mut progress = (Instant::now(), 0);
            loop {
                let came = number(browser, "msg-count", "").await;
                if came >= expected {
                    assert_eq!(came, expected, "and nothing twice");
                    break;
                }
                if came != progress.1 {
                    progress = (Instant::now(), came);
                }
                assert!(progress.0.elapsed() < PATIENCE, "{came} of {expected} came");
                // Between two messages, the publisher's own connection is kept alive.
                publisher.must_read(4_096);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            late = number(browser, "engine-memory", "data-bytes").await;
            if done == 1 {
                early = late;
            }
            println!(
                "{expected} messages, {} s, engine {late} bytes",
                start.elapsed().as_secs()
            );
        }
        assert!(early > 0, "the engine says how large it is");
        assert!(
            late * 5 <= early * 6,
            "the engine grew from {early} to {late} bytes"
        );
        page.disconnect().await;
    })
    .await;
}
