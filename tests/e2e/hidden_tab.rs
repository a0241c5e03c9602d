//! A hidden page, with the browser's throttling of timers: keep alive holds.
//!
//! A browser wakes a hidden page's timers once a second at first, and once a minute after a minute.
//! `HIDDEN_SECONDS` makes the test long enough for the latter; from three minutes on the keep alive
//! is 20 seconds.

use std::time::Duration;

use serde_json::json;

use crate::browser::{Settings, scenario};
use crate::mosquitto::Mosquitto;
use crate::page::Page;
use crate::static_server::StaticServer;

/// When a hidden page's timers have come to wake once a minute alone.
const INTENSIVE_FROM_SECS: u64 = 65;

/// Counts the wake-ups of a timer of a tenth of a second in the page, from now on.
const COUNT_WAKE_UPS: &str = "
    window.wakeUps = [];
    window.hiddenAt = null;
    document.addEventListener('visibilitychange', () => {
        if (document.hidden) window.hiddenAt = performance.now();
    });
    const again = () => { window.wakeUps.push(performance.now()); setTimeout(again, 100); };
    again();
";

/// Wake-ups between two moments of the hidden time, in seconds; `null` if it was never hidden.
const WAKE_UPS: &str = "
    if (window.hiddenAt === null) return null;
    const [from, to] = [...arguments].map(secs => window.hiddenAt + 1000 * secs);
    return window.wakeUps.filter(at => at >= from && at < to).length;
";

#[tokio::test]
async fn a_hidden_page_keeps_its_connection_alive() {
    let hidden_secs = match std::env::var("HIDDEN_SECONDS") {
        Ok(text) => text.parse().expect("HIDDEN_SECONDS is a number"),
        Err(_) => 22,
    };
    let keep_alive_secs = if hidden_secs >= 180 { 20 } else { 4 };
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    let settings = Settings {
        throttles_hidden_pages: true,
        ..Settings::default()
    };
    scenario("hidden_tab", settings, async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &broker.url()).await;
        page.fill("client-id", "hidden").await;
        page.fill("keep-alive", &keep_alive_secs.to_string()).await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        browser.run(COUNT_WAKE_UPS, vec![]).await;
        broker.log();

        browser
            .behind_another_tab(async || {
                tokio::time::sleep(Duration::from_secs(hidden_secs)).await;
            })
            .await;

        // The page's own timers were throttled, so this shows something.
        let is_long = hidden_secs >= INTENSIVE_FROM_SECS + 60;
        let from = if is_long { INTENSIVE_FROM_SECS } else { 2 };
        let until = hidden_secs - 1;
        let found = browser
            .run(WAKE_UPS, vec![json!(from), json!(until)])
            .await
            .as_u64()
            .expect("the page was hidden");
        let most = if is_long {
            (until - from).div_ceil(60) + 1
        } else {
            until - from + 2
        };
        println!("{hidden_secs} s hidden, {found} wake-ups from second {from} to {until}");
        assert!(
            found <= most,
            "{found} wake-ups from second {from} to {until}: the page's timers were not throttled"
        );

        // The broker heard from the device as often as it wants to, and never gave it up.
        let log = broker.log();
        let pings = log
            .iter()
            .filter(|line| line.contains("Received PINGREQ from hidden"))
            .count();
        let least = usize::try_from(hidden_secs / keep_alive_secs).expect("small") - 1;
        assert!(pings >= least, "{pings} of {least} pings:\n{log:#?}");
        let lost = log
            .iter()
            .find(|line| line.contains("hidden") && !line.contains("PING"));
        assert_eq!(lost, None, "the broker says more than pings");
        page.wait_for_state("connected").await;
        println!("{pings} pings for a keep alive of {keep_alive_secs} s");
    })
    .await;
}
