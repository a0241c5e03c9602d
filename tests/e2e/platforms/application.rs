//! The application side in the page: what an application server would send over HTTP, ready to
//! copy, and what it gets; and what of a device's rules survives a reload.

use serde_json::json;

use super::identify;
use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

/// One request of an application.
struct Asked {
    kind: &'static str,
    /// Parts of the command that is copied; none where no document has a request.
    command: &'static [&'static str],
    /// Parts of the response.
    response: &'static [&'static str],
    /// Whether request and response are marked as not confirmed.
    marked: (bool, bool),
}

async fn ask(
    dialect: &'static str,
    identity: &'static [(&'static str, &'static str)],
    requests: &'static [Asked],
) {
    let server = StaticServer::start();
    let name = format!("{dialect}-application");
    scenario(&name, Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.choose("platform", dialect).await;
        identify(&page, identity).await;
        page.connect_simulated().await;
        browser
            .run(
                "window.copied = [];
                 navigator.clipboard.writeText = text =>
                    { window.copied.push(text); return Promise.resolve(); }",
                vec![],
            )
            .await;
        page.click("tab-cloud").await;
        for asked in requests {
            page.choose("cloud-kind", asked.kind).await;
            page.click("cloud-send").await;
            for part in asked.command {
                page.wait_for_text("cloud-request", part).await;
            }
            for part in asked.response {
                page.wait_for_text("cloud-response", part).await;
            }
            let has = async |id: &str| page.has(&format!("[data-testid={id}]")).await;
            if asked.response.is_empty() {
                // What is described nowhere is said to be.
                page.wait_for_text("cloud-request", "describe no request")
                    .await;
                assert!(!has("cloud-copy").await, "{}", asked.kind);
                continue;
            }
            let marks = (
                has("cloud-request-unconfirmed").await,
                has("cloud-response-unconfirmed").await,
            );
            assert_eq!(marks, asked.marked, "{}", asked.kind);
            page.click("cloud-copy").await;
            let copied = browser.run("return window.copied.pop()", vec![]).await;
            assert_eq!(copied, json!(page.text("cloud-request").await));
        }
    })
    .await;
}

#[tokio::test]
async fn iotda_requests_are_shown_as_its_document_prints_them() {
    ask(
        "iotda",
        &[("secret", "12345678")],
        &[
            Asked {
                kind: "command",
                command: &[
                    "curl -X POST 'https://{Endpoint}/v5/iot/{project_id}/devices/\
                     5f052ac562369102d42b0fb6_dev01/commands'",
                    "-H 'X-Auth-Token: {token}'",
                    "\"command_name\":",
                ],
                response: &["200 OK", "\"command_id\":", "\"response\":{"],
                marked: (false, false),
            },
            Asked {
                kind: "property-set",
                command: &["curl -X PUT", "/properties'", "\"services\":["],
                response: &["200 OK", "\"response\":{"],
                marked: (true, true),
            },
            Asked {
                kind: "message-down",
                command: &["/messages'", "\"message_id\":"],
                response: &["201 Created", "\"status\":\"DELIVERED\""],
                marked: (false, true),
            },
        ],
    )
    .await;
}

#[tokio::test]
async fn aliyun_calls_are_shown_and_marked() {
    ask(
        "aliyun",
        &[("device_secret", "secret")],
        &[
            Asked {
                kind: "property-set",
                command: &["curl -X POST", "Action=SetDeviceProperty", "Items="],
                response: &["200 OK", "\"Success\":true"],
                marked: (true, true),
            },
            Asked {
                kind: "rrpc-request",
                command: &["Action=RRpc", "RequestBase64Byte="],
                response: &["200 OK"],
                marked: (true, true),
            },
        ],
    )
    .await;
}

#[tokio::test]
async fn onenet_requests_are_shown_and_the_command_is_marked() {
    ask(
        "onenet",
        &[("secret", "auth123"), ("topics", "room/1")],
        &[
            Asked {
                kind: "command",
                command: &["http://api.heclouds.com/cmds?device_id=123", "api-key:"],
                response: &["200 OK", "\"errno\":0"],
                marked: (true, true),
            },
            Asked {
                kind: "message-down",
                command: &["http://api.heclouds.com/mqtt?topic="],
                response: &["{\"errno\":0,\"error\":\"succ\"}"],
                marked: (false, false),
            },
        ],
    )
    .await;
}

#[tokio::test]
async fn where_no_document_describes_a_request_the_page_says_so() {
    const NONE: (&[&str], &[&str]) = (&[], &[]);
    ask(
        "onem2m",
        &[],
        &[Asked {
            kind: "downlink",
            command: NONE.0,
            response: NONE.1,
            marked: (false, false),
        }],
    )
    .await;
    ask(
        "eztcloud",
        &[("password", "secret")],
        &[Asked {
            kind: "command",
            command: NONE.0,
            response: NONE.1,
            marked: (false, false),
        }],
    )
    .await;
}

#[tokio::test]
async fn rules_delays_and_reports_are_there_after_a_reload_and_belong_to_their_platform() {
    let server = StaticServer::start();
    scenario("rules-kept", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.choose("platform", "iotda").await;
        page.click("tab-rules").await;
        page.choose("rule-kind", "property-set").await;
        page.choose("rule-fault", "error-code").await;
        page.fill("rule-delay", "1234").await;
        page.click("answer-automatic").await;
        page.choose("report-kind", "event-up").await;
        page.fill("report-interval", "4321").await;
        page.fill("report-times", "77").await;
        page.wait_until_stored("4321", 1).await;
        page.wait_until_stored("77", 1).await;
        let page = Page::open(browser, server.url()).await;
        page.click("tab-rules").await;
        page.choose("rule-kind", "property-set").await;
        assert_eq!(page.value("rule-fault").await, "error-code");
        assert_eq!(page.value("rule-delay").await, "1234");
        page.choose("report-kind", "event-up").await;
        assert_eq!(page.value("report-interval").await, "4321");
        assert_eq!(page.value("report-times").await, "77");
        let automatic = "return document.querySelector('[data-testid=answer-automatic]').checked";
        assert_eq!(browser.run(automatic, vec![]).await, json!(false));
        // The switch is the platform's: another one answers by itself, and the first remembers.
        page.choose("platform", "onenet").await;
        page.wait_for(
            "the other platform's rules",
            "[data-testid=rule-kind] option[value=command]",
        )
        .await;
        assert_eq!(browser.run(automatic, vec![]).await, json!(true));
        page.choose("platform", "iotda").await;
        page.wait_for(
            "the first platform's rules",
            "[data-testid=rule-kind] option[value=property-set]",
        )
        .await;
        assert_eq!(browser.run(automatic, vec![]).await, json!(false));
    })
    .await;
}

#[tokio::test]
async fn a_report_that_ran_is_told_to_have_ended_after_a_reload_and_starts_again_when_told() {
    let server = StaticServer::start();
    scenario("report-ended", Settings::default(), async |browser| {
        let ended = "[data-testid=report-ended][data-kind=report]";
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.click("tab-rules").await;
        page.choose("report-kind", "report").await;
        page.click("report-start").await;
        page.wait_for(
            "the report runs",
            "[data-testid=report-row][data-state=running]",
        )
        .await;
        assert!(!page.has(ended).await, "it runs");
        page.wait_until_stored("\"running\":[\"report\"]", 1).await;
        let page = Page::open(browser, server.url()).await;
        page.click("tab-rules").await;
        page.wait_for("the page says that it ended", ended).await;
        assert!(!page.has("[data-testid=report-row]").await, "nothing runs");
        page.wait_for(
            "without a connection it cannot start",
            "[data-testid=report-again][aria-disabled=true]",
        )
        .await;
        page.connect_simulated().await;
        page.click("report-again").await;
        page.wait_for(
            "it runs again",
            "[data-testid=report-row][data-state=running]",
        )
        .await;
        page.wait_gone("it has not ended", ended).await;
        page.wait_until_stored("\"running\":[\"report\"]", 1).await;
        let page = Page::open(browser, server.url()).await;
        page.click("tab-rules").await;
        page.wait_for("the page says that it ended", ended).await;
        page.click("report-dismiss").await;
        page.wait_gone("it is dismissed", ended).await;
        page.wait_until_stored("\"running\":[]", 1).await;
    })
    .await;
}
