//! The relay for platforms that offer MQTT over TCP alone, run with the very command of the README.

use std::process::Command;
use std::time::{Duration, Instant};

use device_console::transport::relay;

use crate::browser::{Settings, scenario};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::process::{PATIENCE, Process, free_port, wait_for_port};
use crate::real_broker::shown;
use crate::static_server::StaticServer;

/// Where the command of the README listens, and the server that it names.
const LISTENS: &str = "127.0.0.1:18083";
const BROKER: &str = "BROKER:1883";

/// Two topics that the device named 4600 subscribes to.
const DOWN: [&str; 2] = ["/oneM2M/req/in-cse/4600", "/oneM2M/reg_resp/4600/in-cse"];

/// The line of a README that starts the relay.
fn recipe(readme: &str) -> &str {
    let mut lines = readme
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("websocat "));
    let recipe = lines.next().expect("the README has the command");
    assert_eq!(lines.next(), None, "the README has the command twice");
    recipe
}

/// Starts the relay as the README says, with a free port of its own and the port of a broker.
fn start(port: u16, broker: &Mosquitto) -> Process {
    let line = recipe(include_str!("../../README.md"))
        .replace(LISTENS, &format!("127.0.0.1:{port}"))
        .replace(BROKER, &format!("127.0.0.1:{}", broker.tcp_port()));
    assert!(line.contains(&port.to_string()), "{line}");
    assert!(line.contains(&broker.tcp_port().to_string()), "{line}");
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().expect("a program"));
    command.args(words);
    let relay = Process::start("websocat", command);
    wait_for_port(port);
    relay
}

#[test]
fn both_languages_and_the_page_give_the_same_command() {
    let english = recipe(include_str!("../../README.md"));
    assert_eq!(english, recipe(include_str!("../../README.zh-CN.md")));
    assert_eq!(english, relay::command(BROKER));
    assert_eq!(relay::url(), format!("ws://{LISTENS}/"));
}

#[tokio::test]
async fn the_recommended_relay_carries_every_byte_to_mqtt_over_tcp() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    let port = free_port();
    let _relay = start(port, &broker);
    scenario("relay", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect(&format!("ws://127.0.0.1:{port}/")).await;
        page.wait_for_state("connected").await;
        for filter in DOWN {
            let granted = "[data-state=granted]";
            let row = format!("[data-testid=subscription][data-filter=\"{filter}\"]{granted}");
            page.wait_for(filter, &row).await;
        }

        // Every value of a byte, and those that a text or a line would change, in both directions.
        let mut every: Vec<u8> = (0..=255).collect();
        every.extend_from_slice(b"\r\n\n\r\x00\x1a\xff\xfe\xef\xbb\xbf");
        let digits: String = every.iter().map(|byte| format!("{byte:02x} ")).collect();
        let mut subscriber = broker.subscribe("raw/#");
        page.send_bytes("raw/bytes", digits.trim_end()).await;
        assert_eq!(subscriber.next().payload, every);

        // The inspector shows some 250 bytes at a time.
        let halves = every.split_at(every.len() / 2);
        for (topic, half) in DOWN.into_iter().zip([halves.0, halves.1]) {
            broker.publish(topic, half);
            assert_eq!(shown(&page, topic).await, half);
        }
    })
    .await;
}

#[tokio::test]
async fn a_relay_whose_broker_is_down_is_asked_until_the_broker_is_there_again() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    let port = free_port();
    let _relay = start(port, &broker);
    scenario("relay_down", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect(&format!("ws://127.0.0.1:{port}/")).await;
        page.wait_for_state("connected").await;
        broker.stop();
        // More often than a server is asked that minds the CONNECT itself.
        browser
            .wait_for(
                "it is tried five times",
                "const waiting = document.querySelector('[data-testid=waiting]');
                 return Number(waiting.textContent.match(/failed so far: ([0-9]+)/)?.[1]) >= 5",
                vec![],
            )
            .await;
        let failure = page.failure("BehindRelay").await;
        assert!(!failure.certain, "a closing tells nothing final");
        assert!(
            failure
                .what
                .contains("the broker is down behind what answers"),
            "{failure:?}"
        );
        broker.start_again();
        // The wait before the next attempt may be longer than anything else takes here.
        let start = Instant::now();
        while !page.has("[data-testid=status][data-state=connected]").await {
            assert!(start.elapsed() < 6 * PATIENCE, "the page stays away");
            assert!(
                !page.has("[data-testid=connect][data-action=connect]").await,
                "the page gave up"
            );
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    })
    .await;
}
