//! The page's start: what it does without, and what it does when a part does not come.

use crate::browser::{Settings, scenario};
use crate::held_server::HeldServer;
use crate::page::Page;
use crate::process::eventually;
use crate::static_server::StaticServer;

const READY: &str = "[data-testid=connect]:not([aria-disabled=true])";
/// Where the panels stand, and which of them are still to come.
const PLACES: &str = "return ['log-panel', 'dock', 'inspector', 'device-panel'].map((id) => {
    const box = document.getElementById(id).getBoundingClientRect();
    return [id, box.x, box.y, box.width, box.height];
});";

#[tokio::test]
async fn connect_can_be_pressed_before_the_rest_is_there() {
    for language in ["en", "zh-CN"] {
        let settings = Settings {
            language,
            ..Settings::default()
        };
        scenario("start_alone", settings, async |browser| {
            let server = HeldServer::start(&["_rest.wasm"], &[]).await;
            browser.client().goto(server.url()).await.unwrap();
            let page = Page::at(browser);
            // A start that needs the rest waits for it here.
            page.wait_for("Connect can be pressed", READY).await;
            page.wait_for("the log is to come", "#log-panel[aria-busy=true]")
                .await;
            server.wait_until_asked("engine_rest.wasm").await;
            eventually("the page asks for its own rest", async || {
                (server.asked("_rest.wasm") > server.asked("engine_rest.wasm")).then_some(())
            })
            .await;
            assert!(page.has(READY).await, "the page went on");
            let before = browser.run(PLACES, vec![]).await;
            assert!(
                page.has("[inert] #platform").await,
                "a list of one platform cannot be opened"
            );

            server.release();
            page.wait_for("the log is drawn", "[data-testid=log-panel]")
                .await;
            page.wait_gone("a panel is to come", "[aria-busy=true]")
                .await;
            assert_eq!(browser.run(PLACES, vec![]).await, before, "a panel moved");
            page.wait_for("every platform", "#platform option:nth-child(6)")
                .await;
            page.wait_gone("the list can be opened", "[inert] #platform")
                .await;
            page.connect_simulated().await;
        })
        .await;
    }
}

#[tokio::test]
async fn connect_pressed_before_the_rest_is_there_connects_when_it_is() {
    scenario("start_early", Settings::default(), async |browser| {
        let server = HeldServer::start(&["_rest.wasm"], &[]).await;
        browser.client().goto(server.url()).await.unwrap();
        let page = Page::at(browser);
        page.wait_for("Connect can be pressed", READY).await;
        page.click("connect").await;
        page.wait_for(
            "it says that it waits",
            "[data-testid=connect][aria-disabled=true]",
        )
        .await;
        page.wait_for(
            "and why",
            "[data-testid=connect-reason]:not([hidden]):not(:empty)",
        )
        .await;
        server.release();
        page.wait_for_state("connected").await;
    })
    .await;
}

#[tokio::test]
async fn a_part_of_the_page_that_cannot_be_loaded_is_said_and_tried_again() {
    let server = StaticServer::start_without_the_rest();
    scenario("part_missing", Settings::default(), async |browser| {
        browser.expect_console_error("_rest.wasm");
        browser.client().goto(server.url()).await.unwrap();
        let page = Page::at(browser);
        page.wait_for("the page says so", "#part-missing:not([hidden])")
            .await;
        page.wait_for("Connect can be pressed", READY).await;

        server.mend_the_rest();
        // What a click leads to is not a part of the start.
        page.connect_simulated().await;
        page.wait_for("the log is drawn", "[data-testid=log-panel]")
            .await;
        page.wait_gone("the page says so", "#part-missing:not([hidden])")
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_part_of_the_page_that_could_not_be_loaded_comes_by_itself() {
    let server = StaticServer::start_without_the_rest();
    scenario("part_late", Settings::default(), async |browser| {
        browser.expect_console_error("_rest.wasm");
        browser.client().goto(server.url()).await.unwrap();
        let page = Page::at(browser);
        page.wait_for("the page says so", "#part-missing:not([hidden])")
            .await;

        server.mend_the_rest();
        page.wait_for("the log is drawn", "[data-testid=log-panel]")
            .await;
        page.wait_gone("the page says so", "#part-missing:not([hidden])")
            .await;
    })
    .await;
}
