//! The connection between the page and a real broker is cut in the middle of flows, both ways:
//! nothing is lost, and nothing of QoS 2 reaches the broker twice.

// The native tests use more of it.
#[allow(dead_code)]
#[path = "../chaos/proxy.rs"]
mod proxy;

use std::collections::BTreeMap;

use crate::browser::{Browser, Settings, scenario};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::process::eventually;
use crate::static_server::StaticServer;
use proxy::{Cut, Proxy};

const fn up(bytes: usize) -> Cut {
    Cut {
        up: Some(bytes),
        down: None,
    }
}

const fn down(bytes: usize) -> Cut {
    Cut {
        up: None,
        down: Some(bytes),
    }
}

/// The page's messages, by QoS, and where each flow is cut. PUBLISH has 18 bytes as a WebSocket
/// message of a browser, an acknowledgement of the broker has 6.
const SENT: [(u8, Cut); 8] = [
    // Before PUBLISH, within it, before PUBACK.
    (1, up(0)),
    (1, up(10)),
    (1, down(0)),
    // Before PUBLISH, within it, before PUBREC, before PUBREL, before PUBCOMP.
    (2, up(0)),
    (2, up(10)),
    (2, down(0)),
    (2, up(18)),
    (2, down(6)),
];

/// Where a message of QoS 2 to the page is cut: before PUBLISH, within it, before PUBREC.
const RECEIVED: [Cut; 3] = [down(0), down(9), up(0)];

/// Presses the button whenever the page is not connected, as a user in a hurry does.
async fn connected_again(page: &Page<'_>) {
    eventually("the page is connected again", async || {
        if page.has("[data-testid=status][data-state=connected]").await {
            return Some(());
        }
        for action in ["connect", "now"] {
            let button = format!("[data-testid=connect][data-action={action}]");
            if page.has(&button).await {
                page.click("connect").await;
            }
        }
        None
    })
    .await;
}

/// Waits until the cut has happened and the page knows.
async fn cut(browser: &Browser, proxy: &Proxy, cuts: usize) {
    eventually("the connection is cut", async || {
        (proxy.cuts() >= cuts).then_some(())
    })
    .await;
    browser
        .wait_for(
            "the page knows",
            "return document.querySelector('[data-testid=status]').dataset.state !== 'connected'",
            vec![],
        )
        .await;
}

#[tokio::test]
async fn flows_that_are_cut_anywhere_go_on_over_the_next_connection() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    let proxy = Proxy::start(broker.web_socket_port(), Box::new(Cut::default));
    scenario("cuts", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &format!("ws://127.0.0.1:{}/mqtt", proxy.port))
            .await;
        page.fill("client-id", "cut-off").await;
        page.choose("clean-session", "false").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        page.fill("sub-topic", "down/t").await;
        page.choose("sub-qos", "2").await;
        page.click("subscribe").await;
        page.wait_for(
            "the subscription is granted",
            "[data-testid=subscription][data-filter=\"down/t\"][data-state=granted]",
        )
        .await;
        let mut witness = broker.subscribe("up/t");

        let mut cuts = 0;
        let mut sent = Vec::new();
        for (qos, place) in SENT {
            let number = u8::try_from(sent.len()).expect("few");
            sent.push((qos, number));
            page.click("tab-compose").await;
            page.click("compose-hex").await;
            page.choose("raw-qos", &qos.to_string()).await;
            proxy.arm(place);
            page.send_bytes("up/t", &format!("{number:02x} c{qos}"))
                .await;
            cuts += 1;
            cut(browser, &proxy, cuts).await;
            connected_again(&page).await;
        }
        for (number, place) in (0..).zip(RECEIVED) {
            proxy.arm(place);
            broker.publish_exactly_once("down/t", &[0xd0, number]);
            cuts += 1;
            cut(browser, &proxy, cuts).await;
            connected_again(&page).await;
            page.row("the message arrives", |row| {
                row.packet == "PUBLISH" && row.topic == "down/t"
            })
            .await;
        }
        proxy.arm(Cut::default());

        // The last of QoS 2, so whatever the page had left has come before it.
        page.send_bytes("up/t", "ee 0d").await;
        let mut counts: BTreeMap<Vec<u8>, usize> = BTreeMap::new();
        loop {
            let payload = witness.next().payload;
            if payload == [0xee, 0x0d] {
                break;
            }
            *counts.entry(payload).or_default() += 1;
        }
        for (qos, number) in sent {
            let count = counts.get(&vec![number, 0xc0 + qos]).copied().unwrap_or(0);
            assert!(count >= 1, "{number} of QoS {qos} is lost: {counts:?}");
            assert!(count == 1 || qos < 2, "{number} came twice: {counts:?}");
        }
        assert_eq!(proxy.cuts(), cuts);
    })
    .await;
}
