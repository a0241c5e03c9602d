//! That the harness itself notices what it is there to notice.

use serde_json::json;

use crate::browser::{Browser, Settings, scenario};
use crate::mosquitto::{Mosquitto, Received};
use crate::static_server::StaticServer;

#[tokio::test]
async fn an_error_on_the_console_is_noticed() {
    let server = StaticServer::start();
    let browser = Browser::start(Settings::default()).await;
    browser.client().goto(server.url()).await.unwrap();
    browser
        .run("console.error('a fault in the page')", vec![])
        .await;
    let problems = browser.problems().await;
    assert!(
        problems
            .iter()
            .any(|problem| problem.contains("a fault in the page")),
        "{problems:?}"
    );
}

#[tokio::test]
async fn a_request_to_another_host_is_noticed() {
    let browser = Browser::start(Settings::default()).await;
    // It answers nothing, so that the browser gives up.
    let _ = browser.client().goto("http://elsewhere.example/").await;
    let problems = browser.problems().await;
    assert!(
        problems
            .iter()
            .any(|problem| problem.contains("elsewhere.example")),
        "{problems:?}"
    );
}

#[tokio::test]
async fn the_policy_of_the_page_stops_inline_scripts_and_other_hosts() {
    let server = StaticServer::start();
    scenario("policy", Settings::default(), async |browser| {
        browser.expect_console_error("Content Security Policy");
        browser.client().goto(server.url()).await.unwrap();
        browser
            .run(
                "const script = document.createElement('script');
                 script.textContent = 'window.inline = true';
                 document.body.append(script);",
                vec![],
            )
            .await;
        assert_eq!(
            browser.run("return window.inline ?? null", vec![]).await,
            json!(null)
        );
        let fetched = browser
            .client()
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 fetch('http://elsewhere.example/').then(() => done(true), () => done(false));",
                vec![],
            )
            .await
            .unwrap();
        assert_eq!(fetched, json!(false));
    })
    .await;
}

#[test]
fn a_real_broker_carries_every_byte() {
    let broker = Mosquitto::start();
    let mut subscriber = broker.subscribe("bytes/#");
    let payload: Vec<u8> = (0..=255).collect();
    broker.publish("bytes/all", &payload);
    assert_eq!(
        subscriber.next(),
        Received {
            topic: "bytes/all".to_owned(),
            qos: 1,
            retain: false,
            payload
        }
    );
}
