//! A session in the middle of its flows, and a browser that is killed there.

use std::path::Path;

use crate::browser::{Browser, Settings};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::process::{eventually, scratch_folder};
use crate::static_server::StaticServer;
use crate::valve::Valve;

/// Starts a browser on the folder and connects its page with clean session off.
async fn start<'a>(browser: &'a Browser, server: &StaticServer, url: &str) -> Page<'a> {
    let page = Page::open(browser, server.url()).await;
    page.fill("url", url).await;
    page.fill("client-id", "survivor").await;
    page.choose("clean-session", "false").await;
    page.click("connect").await;
    page.wait_for_state("connected").await;
    page
}

async fn browser(data: &Path) -> Browser {
    Browser::start_in(Settings::default(), data).await
}

async fn publish(page: &Page<'_>, topic: &str) {
    page.click("tab-compose").await;
    page.click("compose-hex").await;
    page.choose("raw-qos", "2").await;
    page.send_bytes(topic, "01").await;
}

/// Waits for a control packet in the log.
async fn packet(page: &Page<'_>, direction: &str, name: &str) {
    page.row(name, |row| row.packet == name && row.direction == direction)
        .await;
}

#[tokio::test]
async fn a_browser_killed_in_the_middle_of_qos_2_flows_loses_nothing_and_doubles_nothing() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    let valve = Valve::start(broker.web_socket_port());
    let data = scratch_folder("killed");
    let mut up = broker.subscribe_exactly_once("up/#");

    // Up, killed while PUBREC is on its way: the broker has the message, the page does not know.
    let first = browser(&data).await;
    let page = start(&first, &server, &valve.url()).await;
    page.fill("sub-topic", "down/#").await;
    page.choose("sub-qos", "2").await;
    page.click("subscribe").await;
    page.wait_for(
        "the subscription holds",
        "[data-testid=subscription][data-filter=\"down/#\"][data-state=granted]",
    )
    .await;
    valve.shut_down(true);
    publish(&page, "up/1").await;
    broker.expect_log("Received PUBLISH from survivor (d0, q2");
    first.kill(&data);
    valve.shut_down(false);

    // The page goes on where it was; then down, killed while PUBREC is on its way.
    let second = browser(&data).await;
    let page = start(&second, &server, &valve.url()).await;
    broker.expect_log("Received PUBLISH from survivor (d1, q2");
    let seen = up.next();
    assert_eq!((seen.topic.as_str(), seen.qos), ("up/1", 2));
    packet(&page, "down", "PUBCOMP").await;
    valve.shut_up(true);
    broker.publish_exactly_once("down/1", b"once");
    eventually("the message arrives", async || {
        (page.count("msg-count").await == 1).then_some(())
    })
    .await;
    page.row("PUBREC", |row| {
        row.packet == "PUBREC" && row.direction == "up"
    })
    .await;
    second.kill(&data);
    valve.shut_up(false);

    // The broker sends it again; the page knows it and answers without delivering it.
    let third = browser(&data).await;
    let page = start(&third, &server, &valve.url()).await;
    page.row("down/1 again", |row| row.topic == "down/1").await;
    packet(&page, "up", "PUBCOMP").await;
    assert_eq!(page.count("msg-count").await, 0, "it was delivered before");
    broker.publish_exactly_once("down/2", b"new");
    eventually("the next message arrives", async || {
        (page.count("msg-count").await == 1).then_some(())
    })
    .await;

    // And on the way up nothing came twice: the next that the other client sees is the next sent.
    publish(&page, "up/2").await;
    assert_eq!(up.next().topic, "up/2");
}

#[tokio::test]
async fn a_message_published_without_a_connection_is_sent_after_a_reload() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    let mut up = broker.subscribe_exactly_once("up/#");
    let data = scratch_folder("reloaded");
    let browser = browser(&data).await;
    browser.expect_console_error("WebSocket connection to");
    let page = start(&browser, &server, &broker.url()).await;
    broker.stop();
    page.wait_for_state("waiting").await;
    publish(&page, "up/later").await;
    let page = Page::open(&browser, server.url()).await;
    drop(up);
    broker.start_again();
    up = broker.subscribe_exactly_once("up/#");
    page.fill("url", &broker.url()).await;
    page.click("connect").await;
    page.wait_for_state("connected").await;
    assert_eq!(up.next().topic, "up/later");
}
