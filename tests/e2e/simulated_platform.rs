//! The first minute: no account, no broker, the simulated platform inside the page.

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

#[tokio::test]
async fn a_device_registers_reports_and_answers_a_downlink() {
    let server = StaticServer::start();
    scenario("simulated_platform", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.row("CONNACK", |row| {
            row.packet == "CONNACK" && row.direction == "down"
        })
        .await;

        page.compose("register").await;
        page.send().await;
        let registered = page.round_trip("register", "succeeded").await;
        assert_eq!(registered.initiator, "up");
        assert!(registered.outcome.contains("2001"), "{registered:?}");

        page.compose("report").await;
        page.fill("compose-field-con", "22.5").await;
        page.send().await;
        page.round_trip("report", "succeeded").await;
        let up = page
            .row("the report", |row| {
                row.direction == "up" && row.summary.contains("22.5")
            })
            .await;
        let bytes = page.bytes_of(&up).await;
        assert!(
            contains(&bytes, b"22.5"),
            "the inspector shows the report's bytes"
        );

        page.compose("event").await;
        page.send().await;
        page.round_trip("event", "succeeded").await;

        page.click("tab-cloud").await;
        page.choose("cloud-kind", "downlink").await;
        page.click("cloud-send").await;
        let downlink = page.round_trip("downlink", "succeeded").await;
        assert_eq!(downlink.initiator, "down");
        assert_eq!(page.count("ledger-open").await, 0, "nothing is left open");
        page.row("the downlink", |row| {
            row.direction == "down" && row.topic == "/oneM2M/req/in-cse/4600"
        })
        .await;
        page.row("the answer", |row| {
            row.direction == "up" && row.topic == "/oneM2M/resp/in-cse/4600"
        })
        .await;

        let shown = page.rows().await.len();
        page.disconnect().await;
        assert!(
            page.rows().await.len() >= shown,
            "the log outlives the connection"
        );
    })
    .await;
}

#[tokio::test]
async fn the_platform_refuses_what_the_document_refuses() {
    let server = StaticServer::start();
    scenario("refusals", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.compose("register").await;
        page.send().await;
        page.round_trip("register", "succeeded").await;

        page.compose("report").await;
        page.fill("compose-field-container", "no-such-container")
            .await;
        page.send().await;
        let refused = page.round_trip("report", "failed").await;
        assert!(refused.outcome.contains("4004"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_downlink_waits_for_an_answer_by_hand_when_the_user_wants_it() {
    let server = StaticServer::start();
    scenario("by_hand", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.compose("register").await;
        page.send().await;
        page.round_trip("register", "succeeded").await;
        page.click("tab-rules").await;
        page.click("answer-automatic").await;

        page.click("tab-cloud").await;
        page.choose("cloud-kind", "downlink").await;
        page.click("cloud-send").await;
        page.round_trip("downlink", "open").await;
        assert_eq!(page.count("ledger-open").await, 1);

        page.click("answer").await;
        page.choose("answer-field-rsc", "4004").await;
        page.click("answer-send").await;
        let answered = page.round_trip("downlink", "failed").await;
        assert!(answered.outcome.contains("4004"), "{answered:?}");
        assert_eq!(page.count("ledger-open").await, 0);
    })
    .await;
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
