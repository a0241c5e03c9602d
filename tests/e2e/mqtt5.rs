//! MQTT 5.0 against a real Mosquitto: what the folds set goes over the wire.

use crate::browser::{Settings, scenario};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::static_server::StaticServer;

#[tokio::test]
async fn what_the_folds_set_goes_over_the_wire_and_what_the_server_says_is_shown() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    scenario("mqtt5", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &broker.url()).await;
        assert!(
            !page.has("[data-testid=mqtt5]").await,
            "3.1.1 has nothing of this"
        );
        page.choose("version", "5.0").await;
        page.wait_for("the fold", "[data-testid=mqtt5]").await;
        let open = "document.querySelector(arguments[0]).open = true";
        browser.run(open, vec!["[data-testid=mqtt5]".into()]).await;
        page.fill("v5-session-expiry", "3600").await;
        page.fill("v5-user-properties", "site=lab").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        let row = page.row("CONNECT", |row| row.packet == "CONNECT").await;
        let connect = page.bytes_of(&row).await;
        let has = |part: &[u8]| connect.windows(part.len()).any(|bytes| bytes == part);
        assert!(
            has(&[0x11, 0, 0, 0x0e, 0x10]),
            "session expiry: {connect:02x?}"
        );
        assert!(
            has(b"\x26\0\x04site\0\x03lab"),
            "user property: {connect:02x?}"
        );
        // Mosquitto says its receive maximum and its topic alias maximum.
        page.wait_for("what it said", "[data-testid=server-fact]")
            .await;

        browser
            .run(open, vec!["[data-testid=sub-mqtt5]".into()])
            .await;
        page.click("sub-no-local").await;
        page.fill("sub-topic", "own/#").await;
        page.click("subscribe").await;
        page.wait_for(
            "it is granted",
            "[data-testid=subscription][data-filter=\"own/#\"][data-state=granted]",
        )
        .await;
        page.click("tab-compose").await;
        page.click("compose-hex").await;
        browser
            .run(open, vec!["[data-testid=raw-mqtt5]".into()])
            .await;
        page.fill("raw-content-type", "text/plain").await;
        page.send_bytes("own/t", "31").await;
        let row = page
            .row("the message", |row| {
                row.topic == "own/t" && row.direction == "up"
            })
            .await;
        let publish = page.bytes_of(&row).await;
        assert!(
            publish
                .windows(13)
                .any(|part| part == b"\x03\0\x0atext/plain"),
            "{publish:02x?}"
        );
        assert_eq!(page.count("msg-count").await, 0, "No Local holds");
    })
    .await;
}
