//! MQTT 5.0 against a real Mosquitto: what the folds set goes over the wire.

use device_console::session::Secret;
use device_console::sim::{BrokerConfig, ScramCredentials};

use crate::browser::{Browser, Settings, scenario};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::process::eventually;
use crate::simulated_broker::SimulatedBroker;
use crate::static_server::StaticServer;

/// Numbers of packet types.
const CONNECT: u8 = 1;
const DISCONNECT: u8 = 14;
const AUTH: u8 = 15;

async fn open_fold(browser: &Browser, test_id: &str) {
    let open = "document.querySelector(`[data-testid=${arguments[0]}]`).open = true";
    browser.run(open, vec![test_id.into()]).await;
}

/// A page whose next CONNECT is one of 5.0 to this broker, with the folds open.
async fn of_5_0<'a>(browser: &'a Browser, server: &StaticServer, url: &str) -> Page<'a> {
    let page = Page::open(browser, server.url()).await;
    page.fill("url", url).await;
    page.fill("client-id", "five").await;
    page.choose("version", "5.0").await;
    page.wait_for("the fold", "[data-testid=mqtt5]").await;
    open_fold(browser, "mqtt5").await;
    page
}

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

#[tokio::test]
async fn a_farewell_publishes_the_will_and_says_when_the_session_expires() {
    let server = StaticServer::start();
    let broker = SimulatedBroker::start(BrokerConfig::default());
    let listener = broker.listen();
    scenario("farewell", Settings::default(), async |browser| {
        let page = of_5_0(browser, &server, &broker.url()).await;
        page.fill("v5-session-expiry", "3600").await;
        page.fill("v5-disconnect-expiry", "2").await;
        page.click("will").await;
        page.fill("will-topic", "last/words").await;
        page.fill("will-payload", "farewell").await;
        page.click("v5-disconnect-with-will").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        assert!(broker.knows("five"));
        assert_eq!(broker.heard(listener).len(), 0);
        page.disconnect().await;
        // 0x04, Disconnect with Will Message, and a session expiry interval of two seconds.
        assert_eq!(
            broker.received(DISCONNECT),
            [[0xe0, 7, 0x04, 5, 0x11, 0, 0, 0, 2]]
        );
        let words = eventually("the will is published", async || {
            broker.heard(listener).pop()
        })
        .await;
        assert!(words.ends_with(b"farewell"), "{words:02x?}");
        assert!(broker.knows("five"), "not yet");
        eventually("the session expires", async || {
            (!broker.knows("five")).then_some(())
        })
        .await;

        // Without either, the farewell says neither.
        page.fill("v5-disconnect-expiry", "").await;
        page.click("v5-disconnect-with-will").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        page.disconnect().await;
        assert_eq!(broker.received(DISCONNECT).len(), 2);
        assert_eq!(broker.received(DISCONNECT)[1], [0xe0, 0]);
        assert_eq!(broker.heard(listener).len(), 1, "the will was taken back");
        assert!(broker.knows("five"), "for an hour");
    })
    .await;
}

#[tokio::test]
async fn a_password_is_proved_by_an_exchange_and_again_on_the_same_connection() {
    let server = StaticServer::start();
    let broker = SimulatedBroker::start(BrokerConfig {
        scram: Some(ScramCredentials {
            user_name: "ann".to_owned(),
            password: Secret::new("pencil"),
            salt: b"salt".to_vec(),
            iterations: 4_096,
        }),
        ..BrokerConfig::default()
    });
    scenario("scram", Settings::default(), async |browser| {
        let page = of_5_0(browser, &server, &broker.url()).await;
        page.fill("user-name", "ann").await;
        page.fill("password", "pen").await;
        page.click("v5-scram").await;
        assert!(!page.has("[data-testid=v5-reauthenticate]").await);
        page.click("connect").await;
        page.failure("Refused").await;
        page.dismiss_failure().await;

        page.fill("password", "pencil").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        let holds = |frame: &Vec<u8>| frame.windows(6).any(|part| part == b"pencil");
        assert!(!broker.received(CONNECT).iter().any(holds));
        let before = broker.received(AUTH).len();

        page.click("v5-reauthenticate").await;
        eventually("the broker is asked and answered", async || {
            (broker.received(AUTH).len() == before + 2).then_some(())
        })
        .await;
        let again = broker.received(AUTH);
        // 0x19, Re-authenticate, then 0x18, Continue authentication.
        assert_eq!([again[before][2], again[before + 1][2]], [0x19, 0x18]);
        assert!(!again.iter().any(holds));
        let told = "return document.body.innerText.includes('authenticated again')";
        browser.wait_for("the page says so", told, vec![]).await;
        page.wait_for_state("connected").await;
        assert_eq!(broker.received(CONNECT).len(), 2, "on the same connection");
    })
    .await;
}
