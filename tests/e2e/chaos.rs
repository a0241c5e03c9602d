//! A real broker is killed with SIGKILL, again and again, while the page talks to it: the page comes
//! back by itself, nothing is lost and nothing of QoS 2 comes twice, in either direction.
//!
//! `CHAOS_PAGE_KILLS` and `CHAOS_PAGE_MESSAGES` (of each QoS, each way) make it long, `CHAOS_SEED`
//! another.

use std::collections::BTreeMap;
use std::time::Duration;

use device_console::mqtt::QoS;
use serde_json::{Value, json};

use crate::barrier::Barrier;
use crate::broker::Mosquitto;
use crate::browser::{Browser, Settings, scenario};
use crate::page::Page;
use crate::process::eventually;
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

/// How often a message was delivered, by what QoS.
async fn delivered(browser: &Browser, attribute: &str) -> usize {
    let count = "return Number(
        document.querySelector('[data-testid=msg-count]').getAttribute(arguments[0]))";
    let count = browser.run(count, vec![json!(attribute)]).await;
    usize::try_from(count.as_u64().expect("a number")).expect("small")
}

/// Whether the log has a message from the broker with this payload.
async fn is_in_log(browser: &Browser, page: &Page<'_>, payload: &str) -> bool {
    page.fill("log-filter", &format!("dir:in payload:\"{payload}\""))
        .await;
    let found = browser
        .wait_for(
            "the log is searched",
            "const total = document.querySelector('[data-testid=log-total]');
             const typed = document.querySelector('[data-testid=log-filter]').value;
             return total.dataset.searching === 'false' && typed.includes(arguments[0])
                && Number(total.dataset.count) > 0",
            vec![json!(payload)],
        )
        .await;
    found == Value::Bool(true)
}

fn assert_counts(counts: &BTreeMap<String, usize>, total: usize) {
    for number in 0..total {
        let at_least_once = counts.get(&format!("q1-{number}")).copied().unwrap_or(0);
        assert!(at_least_once >= 1, "up: q1-{number} is lost");
        let exactly_once = counts.get(&format!("q2-{number}")).copied().unwrap_or(0);
        assert_eq!(exactly_once, 1, "up: q2-{number} came {exactly_once} times");
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
    let barrier = Barrier::start(broker, |broker| broker.web_socket_port);
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
                let line = |number| format!("{qos}-{number};");
                numbers.clone().map(line).collect::<Vec<_>>()
            };
            page.wait_for_state("connected").await;
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

        page.wait_for_state("connected").await;
        eventually("everything has come down", async || {
            let at_least_once = delivered(browser, "data-at-least-once").await;
            let exactly_once = delivered(browser, "data-exactly-once").await;
            (at_least_once >= messages && exactly_once >= messages).then_some(())
        })
        .await;
        // The last of its topic and QoS: whatever would come twice has come before it.
        {
            let broker = barrier.shared.broker.lock().expect("no panic");
            broker.publish_now("down/t", "last", &[]);
        }
        eventually("the last message comes", async || {
            (delivered(browser, "data-exactly-once").await > messages).then_some(())
        })
        .await;
        assert_eq!(
            delivered(browser, "data-exactly-once").await,
            messages + 1,
            "each of QoS 2 exactly once"
        );
        page.wait_for("everything has gone up", "[data-testid=in-flight][hidden]")
            .await;
        for number in 0..messages {
            for qos in ["q1", "q2"] {
                let payload = format!("{qos}-{number};");
                assert!(is_in_log(browser, &page, &payload).await, "down: {payload}");
            }
        }
        let broker = barrier.shared.broker.lock().expect("no panic");
        assert_counts(&broker.collect(2 * messages), messages);
        println!("page: flows were under way at {killed_in_flight} of {kills} kills");
    })
    .await;
}
