//! A connection that broke off is made again by itself, and not when that would be pointless.

use std::time::Instant;

use serde_json::json;

use crate::browser::{Browser, Settings, scenario};
use crate::doubles::{Double, Misbehaviour};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::process::PATIENCE;
use crate::static_server::StaticServer;

/// A page that is connected to a broker, and may lose it.
async fn connected<'a>(
    browser: &'a Browser,
    server: &StaticServer,
    broker: &Mosquitto,
) -> Page<'a> {
    browser.expect_console_error("WebSocket connection to");
    let page = Page::open(browser, server.url()).await;
    page.connect_to(broker).await;
    page
}

#[tokio::test]
async fn a_broker_that_comes_back_is_found_again_and_subscribed_to() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    scenario("reconnect", Settings::default(), async |browser| {
        let page = connected(browser, &server, &broker).await;
        broker.stop();
        page.wait_for_state("waiting").await;
        // In the log: the first attempt after it may have failed already, and stand there instead.
        page.row("how the connection ended", |row| {
            row.summary.contains("closed: 1006")
        })
        .await;
        page.wait_for(
            "the countdown and both buttons are shown",
            "[data-testid=waiting]:not([hidden]) ~ .connect-row [data-action=now] \
             + [data-testid=stop-waiting]:not([hidden])",
        )
        .await;
        broker.start_again();
        page.wait_for_state("connected").await;
        page.wait_gone("the failure is over", "[data-testid=failure]")
            .await;
        page.wait_for(
            "what the platform wants is subscribed to again",
            "[data-testid=subscription][data-filter=\"/oneM2M/req/in-cse/4600\"]\
             [data-state=granted]",
        )
        .await;
        page.disconnect().await;
        broker.stop();
        assert!(!page.has("[data-testid=status][data-state=waiting]").await);
    })
    .await;
}

#[tokio::test]
async fn stop_ends_the_wait_and_now_ends_it_the_other_way() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    scenario("stop_waiting", Settings::default(), async |browser| {
        let page = connected(browser, &server, &broker).await;
        broker.stop();
        page.wait_for_state("waiting").await;
        page.click("stop-waiting").await;
        page.wait_for_state("offline").await;
        broker.start_again();
        page.click("connect").await;
        page.wait_for_state("connected").await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_not_tried_again() {
    let server = StaticServer::start();
    let double = Double::start(Misbehaviour::Refuses(4));
    scenario("no_loop", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect(&double.url()).await;
        page.failure("Refused").await;
        page.wait_for_state("offline").await;
        assert!(!page.has("[data-testid=stop-waiting]:not([hidden])").await);
    })
    .await;
}

#[tokio::test]
async fn a_network_that_comes_back_ends_the_wait() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    scenario("online", Settings::default(), async |browser| {
        browser.expect_console_error("WebSocket connection to");
        let network = async |offline: bool| {
            let conditions = json!({ "offline": offline, "latency": 0,
                "downloadThroughput": -1, "uploadThroughput": -1 });
            browser
                .devtools("Network.emulateNetworkConditions", conditions)
                .await;
        };
        let page = Page::open(browser, server.url()).await;
        page.connect_to(&broker).await;
        broker.stop();
        // Until the wait is long enough to be told from what the browser's event does.
        let mut left = 0;
        let start = Instant::now();
        while left < 6 {
            assert!(start.elapsed() < 10 * PATIENCE, "no wait is long");
            let shown = browser
                .run(
                    "return document.querySelector('[data-testid=status]').dataset.state \
                        === 'waiting' ? parseInt(document.querySelector('[data-testid=waiting]') \
                        .textContent.match(/[0-9]+/)) : 0",
                    vec![],
                )
                .await;
            left = shown.as_u64().unwrap_or(0);
        }
        let start = Instant::now();
        network(true).await;
        broker.start_again();
        network(false).await;
        page.wait_for_state("connected").await;
        let took = start.elapsed().as_secs();
        assert!(took + 2 < left, "{took} s, and {left} s were left");
    })
    .await;
}
