//! A real broker is killed with SIGKILL, again and again, while the page talks to it: the page comes
//! back by itself, nothing is lost and nothing of QoS 2 comes twice, in either direction.
//!
//! `CHAOS_PAGE_KILLS` and `CHAOS_PAGE_MESSAGES` (of each QoS, each way) make it long, `CHAOS_SEED`
//! another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use device_console::mqtt::{Packet, ProtocolVersion, QoS};
use serde_json::{Value, json};

use crate::barrier::Barrier;
use crate::broker::Mosquitto;
use crate::browser::{Browser, Settings, scenario};
use crate::page::Page;
use crate::process::{PATIENCE, eventually, scratch_folder};
use crate::promises::Promises;
use crate::static_server::StaticServer;
use crate::tools::{Random, setting};

/// Sends a message as the composer does, without waiting for the driver between two keys.
const SEND: &str = "
    const [hexadecimal, qos, done] = arguments;
    const at = id => document.querySelector(`[data-testid=${id}]`);
    const set = (id, value, event) => {
        at(id).value = value;
        at(id).dispatchEvent(new Event(event, { bubbles: true }));
    };
    const turn = () => new Promise(resolve => setTimeout(resolve, 0));
    (async () => {
        set('raw-qos', qos, 'change');
        set('hex-payload', hexadecimal, 'input');
        await turn();
        // A topic that the platform does not know is sent at the second click.
        for (let clicks = 0; clicks < 2; clicks += 1) {
            while (at('send').getAttribute('aria-disabled') === 'true') await turn();
            at('send').click();
            await turn();
            if (at('send').dataset.confirm !== 'true') break;
        }
        done(true);
    })();
";

async fn publish(browser: &Browser, qos: u8, payload: &str) {
    let hexadecimal: String = payload.bytes().map(|byte| format!("{byte:02x} ")).collect();
    let arguments = vec![json!(hexadecimal.trim_end()), json!(qos.to_string())];
    let sent = browser.client().execute_async(SEND, arguments).await;
    assert_eq!(sent.expect("the page sends"), json!(true));
}

/// Waits until the page is connected, by itself: nobody presses anything. Each wait before an
/// attempt may be longer than anything else takes here.
async fn connected_by_itself(page: &Page<'_>) {
    let start = Instant::now();
    while !page.has("[data-testid=status][data-state=connected]").await {
        assert!(start.elapsed() < 6 * PATIENCE, "the page stays away");
        assert!(
            !page.has("[data-testid=connect][data-action=connect]").await,
            "the page gave up"
        );
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}

/// How often a message was delivered, by what QoS.
async fn delivered(browser: &Browser, attribute: &str) -> usize {
    let count = "return Number(
        document.querySelector('[data-testid=msg-count]').getAttribute(arguments[0]))";
    let count = browser.run(count, vec![json!(attribute)]).await;
    usize::try_from(count.as_u64().expect("a number")).expect("small")
}

/// What came down, read from the log that the page saves, by the rules for a receiver of QoS 2 and
/// without the page's own count of messages.
struct Down {
    /// How often each payload was a new message.
    counts: BTreeMap<String, usize>,
    /// How many of those of QoS 2 the broker had promised not to publish again.
    broken_promises: usize,
}

impl Down {
    fn read(lines: &str) -> Self {
        let mut down = Self {
            counts: BTreeMap::new(),
            broken_promises: 0,
        };
        let mut promises = Promises::default();
        let mut received = BTreeSet::new();
        for line in lines.lines() {
            let line: Value = serde_json::from_str(line).expect("a line of JSON");
            let Some(bytes) = line["bytes"].as_str() else {
                continue;
            };
            let bytes: Vec<u8> = (0..bytes.len() / 2)
                .map(|at| u8::from_str_radix(&bytes[2 * at..2 * at + 2], 16).expect("digits"))
                .collect();
            let packet = Packet::decode(ProtocolVersion::V3_1_1, &bytes).expect("a packet");
            match packet {
                Packet::Connect(_) => promises.handle_connection(),
                Packet::PubRel(pubrel) if line["direction"] == "down" => {
                    received.remove(&pubrel.packet_id);
                    promises.handle_pubrel(pubrel.packet_id.get());
                }
                Packet::Publish(publish) if line["direction"] == "down" => {
                    let exactly_once = publish.qos == QoS::ExactlyOnce;
                    let packet_id = publish.packet_id.filter(|_| exactly_once);
                    if packet_id.is_some_and(|packet_id| !received.insert(packet_id)) {
                        continue;
                    }
                    let is_broken = packet_id.is_some_and(|packet_id| {
                        promises.handle_publish(packet_id.get(), publish.dup, publish.payload)
                    });
                    if is_broken {
                        down.broken_promises += 1;
                        continue;
                    }
                    let payload = String::from_utf8_lossy(publish.payload).into_owned();
                    *down.counts.entry(payload).or_default() += 1;
                }
                _ => {}
            }
        }
        down
    }
}

/// The log as lines of JSON, as the page saves it.
async fn saved_log(browser: &Browser, page: &Page<'_>) -> String {
    let folder = scratch_folder("chaos-log");
    browser.download_to(&folder).await;
    page.click("log-tools").await;
    page.choose("log-export-format", "json").await;
    page.click("log-export").await;
    eventually("the log is saved", async || {
        // The browser gives it its name when it is whole.
        std::fs::read_to_string(folder.join("device-console.jsonl")).ok()
    })
    .await
}

fn assert_counts(direction: &str, counts: &BTreeMap<String, usize>, total: usize) {
    for number in 0..total {
        let count = |qos: &str| counts.get(&format!("{qos}-{number}")).copied().unwrap_or(0);
        assert!(count("q1") >= 1, "{direction}: q1-{number} is lost");
        let exactly_once = count("q2");
        assert_eq!(
            exactly_once, 1,
            "{direction}: q2-{number} came {exactly_once} times"
        );
    }
}

#[tokio::test]
async fn a_page_whose_broker_is_killed_comes_back_by_itself_and_loses_and_doubles_nothing() {
    let kills = setting("CHAOS_PAGE_KILLS", 2);
    let messages = setting("CHAOS_PAGE_MESSAGES", 12);
    let seed = setting("CHAOS_SEED", 20_261_124);
    println!("page: {kills} kills, {messages} messages of each QoS each way, CHAOS_SEED={seed}");
    let mut random = Random::new(seed);
    let server = StaticServer::start();
    let broker = Mosquitto::start("page");
    broker.send_witness();
    broker.save();
    let barrier = Barrier::start(
        broker,
        |broker| broker.web_socket_port,
        ProtocolVersion::V3_1_1,
        "page",
    );
    scenario("chaos", Settings::default(), async |browser| {
        browser.expect_console_error("WebSocket connection to");
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &format!("ws://127.0.0.1:{}/mqtt", barrier.port))
            .await;
        page.fill("client-id", "page").await;
        page.choose("clean-session", "false").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        page.fill("sub-topic", "down/#").await;
        page.choose("sub-qos", "2").await;
        page.click("subscribe").await;
        page.wait_for(
            "the subscription is granted",
            "[data-testid=subscription][data-filter=\"down/#\"][data-state=granted]",
        )
        .await;
        page.click("tab-compose").await;
        page.click("compose-hex").await;
        page.fill("raw-topic", "up/t").await;

        let mut killed_in_flight = 0;
        for round in 0..=kills {
            let numbers = messages * round / (kills + 1)..messages * (round + 1) / (kills + 1);
            let lines = |qos: &str| {
                let line = |number| format!("{qos}-{number}");
                numbers.clone().map(line).collect::<Vec<_>>()
            };
            connected_by_itself(&page).await;
            let publishers = {
                let broker = barrier.shared.broker.lock().expect("no panic");
                [
                    broker.publish(QoS::AtLeastOnce, "down/t", lines("q1")),
                    broker.publish(QoS::ExactlyOnce, "down/t", lines("q2")),
                ]
            };
            let calm = numbers.start + numbers.len() / 2;
            for number in numbers.start..calm {
                publish(browser, 1, &format!("q1-{number}")).await;
                publish(browser, 2, &format!("q2-{number}")).await;
            }
            for publisher in publishers {
                publisher.join().expect("every message was taken");
            }
            // What others published is the broker's; from here on it may die.
            assert!(barrier.shared.save());
            for number in calm..numbers.end {
                publish(browser, 1, &format!("q1-{number}")).await;
                publish(browser, 2, &format!("q2-{number}")).await;
            }
            if round == kills {
                break;
            }
            std::thread::sleep(Duration::from_micros(random.below(30_000)));
            if page.has("[data-testid=in-flight]:not([hidden])").await {
                killed_in_flight += 1;
            }
            barrier.shared.kill_and_restart();
            page.wait_for(
                "the page knows",
                "[data-testid=status]:not([data-state=connected])",
            )
            .await;
        }

        connected_by_itself(&page).await;
        // The last of its topic and QoS: whatever would come twice has come before it.
        {
            let broker = barrier.shared.broker.lock().expect("no panic");
            broker.publish_now("down/t", "last", &[]);
        }
        eventually("everything has come down", async || {
            let at_least_once = delivered(browser, "data-at-least-once").await;
            let exactly_once = delivered(browser, "data-exactly-once").await;
            (at_least_once >= messages && exactly_once > messages).then_some(())
        })
        .await;
        page.wait_for("everything has gone up", "[data-testid=in-flight][hidden]")
            .await;
        let down = Down::read(&saved_log(browser, &page).await);
        assert_counts("down", &down.counts, messages);
        assert_eq!(down.counts.get("last"), Some(&1));
        // What the engine handed on is what came, neither more nor less.
        let of_qos = |qos: &str| {
            let counts = down.counts.iter();
            let of_it = counts.filter(|(payload, _)| payload.starts_with(qos));
            of_it.map(|(_, count)| count).sum::<usize>()
        };
        assert_eq!(
            delivered(browser, "data-exactly-once").await,
            of_qos("q2-") + 1 + down.broken_promises
        );
        assert_eq!(
            delivered(browser, "data-at-least-once").await,
            of_qos("q1-")
        );
        let broker = barrier.shared.broker.lock().expect("no panic");
        assert_counts("up", &broker.collect(2 * messages), messages);
        println!("page: flows were under way at {killed_in_flight} of {kills} kills");
    })
    .await;
}
