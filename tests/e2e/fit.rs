//! How the page fits its reader: theme, motion, locale, words that are read whole, margins, and what
//! an empty panel says.

use serde_json::json;

use crate::browser::{Browser, Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

/// Whether the page is dark now, by the colour behind it.
async fn is_dark(browser: &Browser) -> bool {
    let lightness = "const canvas = new OffscreenCanvas(1, 1).getContext('2d');
        canvas.fillStyle = getComputedStyle(document.querySelector('.panel')).backgroundColor;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data[0] < 128";
    browser.run(lightness, vec![]).await == json!(true)
}

async fn media(browser: &Browser, name: &str, value: &str) {
    let features = json!({ "features": [{ "name": name, "value": value }] });
    browser
        .devtools("Emulation.setEmulatedMedia", features)
        .await;
}

#[tokio::test]
async fn the_theme_follows_the_system_until_one_is_chosen_and_stays_chosen() {
    let server = StaticServer::start();
    scenario("themes", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        for (system, dark) in [("dark", true), ("light", false)] {
            media(browser, "prefers-color-scheme", system).await;
            assert_eq!(is_dark(browser).await, dark, "the system is {system}");
        }
        for (choice, dark) in [("light", false), ("dark", true)] {
            page.click("theme").await;
            page.wait_for(
                choice,
                &format!("[data-testid=theme][data-choice={choice}]"),
            )
            .await;
            for system in ["dark", "light"] {
                media(browser, "prefers-color-scheme", system).await;
                assert_eq!(
                    is_dark(browser).await,
                    dark,
                    "{choice} on a {system} system"
                );
            }
        }
        let page = Page::open(browser, server.url()).await;
        assert!(is_dark(browser).await, "it is remembered");
        page.click("theme").await;
        page.wait_for(
            "the system again",
            "[data-testid=theme][data-choice=system]",
        )
        .await;
        assert!(!is_dark(browser).await);
    })
    .await;
}

#[tokio::test]
async fn motion_is_short_and_there_is_none_for_who_wants_none() {
    let server = StaticServer::start();
    scenario("motion", Settings::default(), async |browser| {
        let _ = Page::open(browser, server.url()).await;
        let longest = async || {
            let longest = "return Math.max(...[...document.querySelectorAll('*')].flatMap(at => {
                const style = getComputedStyle(at);
                return [style.transitionDuration, style.animationDuration]
                    .flatMap(times => times.split(',')).map(time =>
                        parseFloat(time) * (time.trim().endsWith('ms') ? 1 : 1000));
            }))";
            let found = browser.run(longest, vec![]).await;
            found.as_f64().expect("milliseconds")
        };
        assert_eq!(longest().await, 0.0, "reduced");
        media(browser, "prefers-reduced-motion", "no-preference").await;
        let most = longest().await;
        assert!(most > 0.0 && most <= 120.0, "{most} ms");
    })
    .await;
}

#[tokio::test]
async fn numbers_and_times_are_written_as_in_the_readers_country() {
    let server = StaticServer::start();
    // The signs between thousands, and before milliseconds.
    for (locale, thousands, decimals) in [("en_US", ',', '.'), ("de_DE", '.', ',')] {
        scenario("locale", Settings::default(), async |browser| {
            browser
                .devtools("Emulation.setLocaleOverride", json!({ "locale": locale }))
                .await;
            let page = Page::open(browser, server.url()).await;
            page.connect_simulated().await;
            let time = "return document.querySelector('[data-testid=log-time]').textContent";
            let time = browser.run(time, vec![]).await;
            let shape: String = time
                .as_str()
                .expect("a text")
                .chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c })
                .collect();
            assert_eq!(shape, format!("00:00:00{decimals}000"), "{locale}");

            page.click("tab-decode").await;
            page.wait_for("the paste box", "[data-testid=decode-text]")
                .await;
            page.drop_messages(1234).await;
            page.wait_for(
                "every message is listed",
                "[data-testid=decode-count][data-count=\"1234\"]",
            )
            .await;
            let count = page.text("decode-count").await;
            assert!(count.contains(&format!("1{thousands}234")), "{count}");
        })
        .await;
    }
}

#[tokio::test]
async fn an_empty_panel_says_what_will_be_there_and_how() {
    let server = StaticServer::start();
    for language in ["en", "zh-CN"] {
        let settings = Settings {
            language,
            ..Settings::default()
        };
        scenario("empty", settings, async |browser| {
            let page = Page::open(browser, server.url()).await;
            let said = async |part: &str| {
                let said = "return [...document.querySelectorAll(`${arguments[0]} .empty`)]
                    .filter(at => at.offsetWidth > 0)
                    .map(at => at.textContent.trim()).join(' ')";
                let said = browser.run(said, vec![json!(part)]).await;
                said.as_str().expect("a text").to_owned()
            };
            for part in ["#log-panel", "#inspector"] {
                assert!(!said(part).await.is_empty(), "{language} {part}");
            }
            for panel in ["commands", "decode", "topics", "charts"] {
                page.click(&format!("tab-{panel}")).await;
                let part = format!("#tab-{panel}-panel");
                page.wait_for(&part, &format!("{part} .empty")).await;
                assert!(!said(&part).await.is_empty(), "{language} {part}");
            }
            // What is there with the simulated platform alone, is one click away.
            for panel in ["cloud", "faults"] {
                page.click("target-broker").await;
                page.click(&format!("tab-{panel}")).await;
                let empty = format!("[data-testid={panel}-empty]");
                page.wait_for("it says so", &format!("{empty} p:not(:empty)"))
                    .await;
                page.click_first(&format!("{empty} button")).await;
                page.wait_gone("the panel is there", &empty).await;
            }
            // One of them does it itself; the log's goes with its first row.
            page.click("tab-decode").await;
            page.click("decode-example").await;
            page.decoded(5).await;
            page.connect_simulated().await;
            page.row("a row", |row| row.packet == "CONNACK").await;
            assert_eq!(said("#log-panel").await, "");
        })
        .await;
    }
}

#[tokio::test]
async fn what_explains_a_field_is_read_whole() {
    let server = StaticServer::start();
    for language in ["en", "zh-CN"] {
        let settings = Settings {
            language,
            ..Settings::default()
        };
        scenario("helps", settings, async |browser| {
            let page = Page::open(browser, server.url()).await;
            page.click("target-broker").await;
            let platforms = "return [...document.querySelectorAll('#platform option')]
                .map(option => option.value)";
            let platforms = browser.run(platforms, vec![]).await;
            let platforms: Vec<String> = serde_json::from_value(platforms).expect("texts");
            assert!(platforms.len() > 1, "every platform is offered");
            for platform in platforms {
                page.choose("platform", &platform).await;
                browser
                    .run(
                        "document.querySelectorAll('details').forEach(at => at.open = true)",
                        vec![],
                    )
                    .await;
                let kinds = "return [...document.querySelectorAll('#compose-kind option')]
                    .map(option => option.value)";
                page.click("tab-compose").await;
                page.click("compose-form").await;
                let kinds = browser.run(kinds, vec![]).await;
                let kinds: Vec<String> = serde_json::from_value(kinds).expect("texts");
                for kind in kinds {
                    page.choose("compose-kind", &kind).await;
                    let cut = "return [...document.querySelectorAll('.field-help, .field-note')]
                        .filter(at => at.offsetWidth > 1 && (at.scrollWidth > at.clientWidth + 1
                            || at.scrollHeight > at.clientHeight + 1)
                            && getComputedStyle(at).display !== 'inline')
                        .map(at => at.textContent)";
                    let cut = browser.run(cut, vec![]).await;
                    assert_eq!(cut, json!([]), "{language} {platform} {kind}");
                }
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_scroll_bar_that_takes_no_room_leaves_the_margins_alike() {
    let server = StaticServer::start();
    scenario("overlay_scroll_bar", Settings::default(), async |browser| {
        let _ = Page::open(browser, server.url()).await;
        let margins =
            "const panel = document.getElementById('device-panel').getBoundingClientRect();
            return ['.device-body > .target', '.device-footer > .connect-row'].map(at => {
                const box = document.querySelector(at).getBoundingClientRect();
                return [box.left - panel.left, panel.right - box.right];
            })";
        let margins = async || -> Vec<(f64, f64)> {
            let found = browser.run(margins, vec![]).await;
            serde_json::from_value(found).expect("pairs")
        };
        let ends = |sides: &[(f64, f64)]| sides.windows(2).all(|two| two[0].1 == two[1].1);
        let with_room = margins().await;
        assert!(ends(&with_room), "{with_room:?}");
        // As wide as a scroll bar that lies over what it scrolls: not at all.
        let no_room = "document.querySelectorAll('.device-body, .device-footer')
            .forEach(at => { at.style.scrollbarWidth = 'none' })";
        browser.run(no_room, vec![]).await;
        let without = margins().await;
        assert!(ends(&without), "{without:?}");
        assert!(
            without.iter().all(|(left, right)| left == right),
            "{without:?}"
        );
    })
    .await;
}
