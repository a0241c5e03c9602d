//! End-to-end tests: the release page in headless Chromium against real peers. `make e2e` builds
//! the page and runs them.
//!
//! Every process is started by the test that needs it, on free ports, and ended with it. Waits are
//! for conditions, never for time.

mod browser;
mod doubles;
mod mosquitto;
mod process;
mod static_server;

use browser::{Settings, scenario};
use static_server::StaticServer;

#[tokio::test]
async fn the_page_starts() {
    let server = StaticServer::start();
    scenario("the_page_starts", Settings::default(), async |browser| {
        browser.client().goto(server.url()).await.unwrap();
        browser.wait_for("engine", "return document.body.textContent.includes('hello 2')", vec![]).await;
        browser.run("new Worker(URL.createObjectURL(new Blob(['console.error(1234); fetch(\"http://example.com/x\").catch(()=>0)'])))", vec![]).await;
        println!("{:?}", browser.run("return [navigator.language, innerWidth, innerHeight, matchMedia('(prefers-color-scheme: dark)').matches, document.body.textContent]", vec![]).await);
    })
    .await;
}

#[tokio::test]
async fn mosquitto_round_trip() {
    let broker = mosquitto::Mosquitto::start();
    let mut subscriber = broker.subscribe("a/#");
    broker.publish("a/b", b"\x00\xff\nxyz\t");
    assert_eq!(subscriber.next().payload, b"\x00\xff\nxyz\t");
}
