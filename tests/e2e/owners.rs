//! Two tabs with one client identifier at one server: one of them has the stored session.

use fantoccini::wd::WindowHandle;

use crate::browser::{ANOTHER_MACHINE, Browser, Settings, scenario};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::static_server::StaticServer;

async fn switch(browser: &Browser, to: &WindowHandle) {
    let switched = browser.client().switch_to_window(to.clone()).await;
    switched.expect("the window is there");
}

async fn fill(page: &Page<'_>, url: &str) {
    page.fill("url", url).await;
    page.fill("client-id", "shared").await;
    page.choose("clean-session", "false").await;
}

#[tokio::test]
async fn a_second_tab_is_told_who_has_the_session_and_takes_it_over_when_asked() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    let mut up = broker.subscribe_exactly_once("up/#");
    scenario("owners", Settings::default(), async |browser| {
        browser.expect_console_error("WebSocket connection to");
        let page = Page::open(browser, server.url()).await;
        let first = browser.client().window().await.expect("a window");
        fill(&page, &broker.url()).await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        // One message is left to send when the broker is away.
        broker.stop();
        page.wait_for_state("waiting").await;
        page.click("tab-compose").await;
        page.click("compose-hex").await;
        page.choose("raw-qos", "2").await;
        page.send_bytes("up/left", "01").await;
        broker.start_again();
        up = broker.subscribe_exactly_once("up/#");
        page.wait_for_state("connected").await;
        assert_eq!(up.next().topic, "up/left");

        let second = browser.client().new_window(true).await.expect("a window");
        switch(browser, &second.handle).await;
        let other = Page::open(browser, server.url()).await;
        fill(&other, &broker.url()).await;
        other.click("connect").await;
        let failure = other.failure("SessionHeld").await;
        assert!(failure.certain);
        switch(browser, &first).await;
        page.wait_for_state("connected").await;

        // Taken over: the first tab is told and stays away.
        switch(browser, &second.handle).await;
        other.click("take-over").await;
        other.wait_for_state("connected").await;
        switch(browser, &first).await;
        page.failure("SessionMoved").await;
        page.wait_for_state("offline").await;
        page.click("connect").await;
        page.failure("SessionHeld").await;

        // A tab that is closed gives the session back by itself.
        switch(browser, &second.handle).await;
        other.wait_for_state("connected").await;
        let closed = browser.client().close_window().await;
        closed.expect("the tab can be closed");
        switch(browser, &first).await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        page.disconnect().await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_has_no_locks_tells_two_tabs_apart_all_the_same() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    // Over http from another machine, where the browser gives a page no locks.
    let address = server.url().replace("127.0.0.1", ANOTHER_MACHINE);
    scenario("leases", Settings::default(), async |browser| {
        let page = Page::open(browser, &address).await;
        let locks = browser.run("return 'locks' in navigator", vec![]).await;
        assert_eq!(locks, serde_json::json!(false));
        let first = browser.client().window().await.expect("a window");
        fill(&page, &broker.url()).await;
        page.click("connect").await;
        page.wait_for_state("connected").await;

        let second = browser.client().new_window(true).await.expect("a window");
        switch(browser, &second.handle).await;
        let other = Page::open(browser, &address).await;
        fill(&other, &broker.url()).await;
        other.click("connect").await;
        other.failure("SessionHeld").await;
        other.click("take-over").await;
        other.wait_for_state("connected").await;
        switch(browser, &first).await;
        page.failure("SessionMoved").await;
        page.wait_for_state("offline").await;

        // A tab that is closed says nothing any more.
        switch(browser, &second.handle).await;
        let closed = browser.client().close_window().await;
        closed.expect("the tab can be closed");
        switch(browser, &first).await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        page.disconnect().await;
    })
    .await;
}
