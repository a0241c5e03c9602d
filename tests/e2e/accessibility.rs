//! Every panel by the rules of WCAG 2.2 A and AA that a program can check, in both themes and both
//! languages, and at the sizes that people have. The checker is axe-core.

use serde_json::{Value, json};

use crate::browser::{Browser, Settings, scenario};
use crate::page::Page;
use crate::process::scratch_folder;
use crate::static_server::StaticServer;

/// The checker's source; `scripts/env.sh` says where `scripts/setup.sh` has put it.
fn axe() -> String {
    let path = std::env::var("AXE").expect("AXE names axe.min.js: run under scripts/env.sh");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Checks what the window shows.
async fn check(browser: &Browser, axe: &str, what: &str) {
    if browser.run("return typeof axe", vec![]).await == json!("undefined") {
        browser
            .run(&format!("{axe}; window.axe = axe; return null"), vec![])
            .await;
    }
    browser
        .run(
            "window.axeResult = null;
             axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa',
                'wcag22aa', 'best-practice'] })
                .then(result => { window.axeResult = result.violations.flatMap(rule =>
                    rule.nodes.map(node => `${rule.id} at ${node.target.join(' ')}: `
                        + node.failureSummary + ' ' + node.html.slice(0, 160))); },
                    error => { window.axeResult = [String(error)]; });
             return null",
            vec![],
        )
        .await;
    let found = browser
        .wait_for("the checker's verdict", "return window.axeResult", vec![])
        .await;
    let found: Vec<String> = serde_json::from_value(found).expect("a list of texts");
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

/// Nothing sticks out, to the side or below: what scrolls are the parts, never the page.
async fn fits(browser: &Browser, what: &str) {
    let wide = browser
        .run(
            "const root = document.documentElement;
             const sizes = [root.scrollWidth, root.clientWidth, root.scrollHeight, root.clientHeight];
             return sizes[0] > sizes[1] || sizes[2] > sizes[3] ? sizes : null",
            vec![],
        )
        .await;
    assert_eq!(wide, Value::Null, "{what} is larger than the window");
}

async fn every_panel(name: &str, dark: bool, language: &'static str) {
    let server = StaticServer::start();
    let axe = axe();
    let settings = Settings {
        dark,
        language,
        ..Settings::default()
    };
    scenario(name, settings, async |browser| {
        let page = Page::open(browser, server.url()).await;
        check(browser, &axe, "the first visit").await;
        page.connect_simulated().await;
        page.compose("register").await;
        page.send().await;
        page.round_trip("register", "succeeded").await;
        let row = page.row("a PUBLISH", |row| row.packet == "PUBLISH").await;
        page.bytes_of(&row).await;
        check(browser, &axe, "a frame in the inspector").await;
        // A tab with a number in its corner, for all that follow.
        page.click("tab-decode").await;
        page.click("decode-example").await;
        page.wait_for("the number", "#tab-decode .tab-badge:not([data-empty])")
            .await;
        page.click("log-tools").await;
        check(browser, &axe, "the log's tools").await;
        page.click("log-tools").await;
        for tab in page.dock_tabs().await {
            page.click(&tab).await;
            check(browser, &axe, &tab).await;
        }
        page.click("target-broker").await;
        check(browser, &axe, "the connection settings").await;
        page.click("device-new").await;
        page.menu("device-beside").await;
        page.wait_for(
            "the other log",
            "[data-testid=beside] [data-testid=log-row]:not([hidden])",
        )
        .await;
        check(browser, &axe, "two devices").await;
        page.click("device-menu").await;
        page.wait_for("the menu", "[role=menu]").await;
        check(browser, &axe, "the devices' menu").await;
        page.escape().await;
        for (open, dialog) in [("open-palette", "palette"), ("open-shortcuts", "shortcuts")] {
            page.click(open).await;
            page.wait_for(dialog, &format!("[data-testid={dialog}]"))
                .await;
            check(browser, &axe, dialog).await;
            page.escape().await;
            page.wait_gone(dialog, &format!("[data-testid={dialog}]"))
                .await;
        }
        for (item, dialog) in [
            ("device-rename", "rename"),
            ("device-export", "export"),
            ("device-delete", "delete"),
        ] {
            page.menu(item).await;
            page.wait_for(dialog, &format!("[data-testid={dialog}]"))
                .await;
            check(browser, &axe, dialog).await;
            page.escape().await;
            page.wait_gone(dialog, &format!("[data-testid={dialog}]"))
                .await;
        }
        // A failure explained.
        page.connect("ws://127.0.0.1:9/mqtt").await;
        browser.expect_console_error("WebSocket connection to");
        page.wait_for("the failure", "[data-testid=failure]").await;
        check(browser, &axe, "a failure").await;
        page.dismiss_failure().await;
        // 360 CSS pixels are the narrowest phone; 640 are 1280 enlarged to 200 %.
        for width in [360, 640] {
            browser.resize(width, 740).await;
            for view in ["view-device", "view-log", "view-inspector", "view-dock"] {
                page.click(view).await;
                let what = format!("{view} at {width}");
                check(browser, &axe, &what).await;
                fits(browser, &what).await;
            }
        }
        browser.resize(3840, 2160).await;
        check(browser, &axe, "3840 wide").await;
        fits(browser, "3840 wide").await;
    })
    .await;
}

#[tokio::test]
async fn light_english() {
    every_panel("axe_light_en", false, "en").await;
}

#[tokio::test]
async fn dark_english() {
    every_panel("axe_dark_en", true, "en").await;
}

#[tokio::test]
async fn light_chinese() {
    every_panel("axe_light_zh", false, "zh-CN").await;
}

#[tokio::test]
async fn dark_chinese() {
    every_panel("axe_dark_zh", true, "zh-CN").await;
}

/// What shows how far it is, in the middle of it.
async fn long_work(name: &str, dark: bool, language: &'static str) {
    let server = StaticServer::start();
    let axe = axe();
    let settings = Settings {
        dark,
        language,
        ..Settings::default()
    };
    scenario(name, settings, async |browser| {
        let file = scratch_folder(name).join("devices.json");
        browser.keep_choosers_closed().await;
        let page = Page::open(browser, server.url()).await;
        page.click("tab-decode").await;
        page.wait_for("the paste box", "[data-testid=decode-text]")
            .await;
        page.hold_decoding().await;
        page.drop_messages(9000).await;
        page.wait_for(
            "how far it is",
            "[data-testid=decoding-cancel]:not([hidden] *)",
        )
        .await;
        check(browser, &axe, "the decoder at work").await;
        fits(browser, "the decoder at work").await;
        page.go_on().await;
        page.wait_gone(
            "nothing goes on",
            "[data-testid=decoding-cancel]:not([hidden] *)",
        )
        .await;

        page.write_devices(&file, "Boiler", 8).await;
        page.hold_import().await;
        page.menu("device-import").await;
        page.give_file(&file).await;
        page.wait_for("the dialog", "[data-testid=importing][open]")
            .await;
        check(browser, &axe, "an import at work").await;
        page.go_on().await;
        page.wait_gone("the dialog", "[data-testid=importing]")
            .await;
    })
    .await;
}

#[tokio::test]
async fn long_work_in_both_themes_and_languages() {
    for (name, dark, language) in [
        ("axe_work_light_en", false, "en"),
        ("axe_work_dark_en", true, "en"),
        ("axe_work_light_zh", false, "zh-CN"),
        ("axe_work_dark_zh", true, "zh-CN"),
    ] {
        long_work(name, dark, language).await;
    }
}

#[tokio::test]
async fn a_long_ledger_scrolls_inside_its_part() {
    let server = StaticServer::start();
    scenario("long_ledger", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.compose("register").await;
        page.send().await;
        page.round_trip("register", "succeeded").await;
        page.click("tab-rules").await;
        page.choose("report-kind", "report").await;
        page.fill("report-interval", "100").await;
        page.fill("report-times", "60").await;
        page.click("report-start").await;
        page.wait_for("the end", "[data-testid=report-row][data-state=finished]")
            .await;
        page.click("tab-commands").await;
        page.wait_for("many rows", "[data-testid=ledger-row]:nth-child(60)")
            .await;
        fits(browser, "the page with a long ledger").await;
        browser.resize(360, 740).await;
        page.click("view-dock").await;
        fits(browser, "a narrow page with a long ledger").await;
    })
    .await;
}

#[tokio::test]
async fn forced_colours_leave_nothing_unsaid() {
    let server = StaticServer::start();
    scenario("forced_colours", Settings::default(), async |browser| {
        browser
            .devtools(
                "Emulation.setEmulatedMedia",
                json!({ "features": [{ "name": "forced-colors", "value": "active" }] }),
            )
            .await;
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        let outlined = "return [...document.querySelectorAll('[aria-selected=true]')]
            .filter(at => at.offsetWidth > 0)
            .map(at => getComputedStyle(at).outlineStyle !== 'none')";
        let outlined = browser.run(outlined, vec![]).await;
        let outlined: Vec<bool> = serde_json::from_value(outlined).expect("a list of yes or no");
        // The device's tab and the dock's, at least.
        assert!(outlined.len() >= 2, "{outlined:?}");
        assert!(outlined.iter().all(|outlined| *outlined), "{outlined:?}");
    })
    .await;
}
