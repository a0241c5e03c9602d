//! Pictures of every panel, for the documents and for looking at: `make screenshots`.

use std::path::PathBuf;

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::process::scratch_folder;
use crate::static_server::StaticServer;

const SIZES: [(u32, u32); 2] = [(1280, 800), (1920, 1080)];
const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// Where they go: the folder named in `SCREENSHOTS`, else into the target folder.
fn folder() -> PathBuf {
    std::env::var_os("SCREENSHOTS").map_or_else(|| scratch_folder("screenshots"), PathBuf::from)
}

#[tokio::test]
async fn screenshots_of_every_panel() {
    let server = StaticServer::start();
    let folder = folder();
    for (size, dark, language) in SIZES.into_iter().flat_map(|size| {
        [false, true]
            .into_iter()
            .flat_map(move |dark| LANGUAGES.map(|language| (size, dark, language)))
    }) {
        let theme = if dark { "dark" } else { "light" };
        let short = language.split('-').next().unwrap_or(language);
        let name = |panel: &str| folder.join(format!("{panel}-{theme}-{short}-{}.webp", size.0));
        scenario(
            "screenshots",
            Settings {
                size,
                dark,
                language,
                ..Settings::default()
            },
            async |browser| {
                let page = Page::open(browser, server.url()).await;
                let lang = browser
                    .run("return document.documentElement.lang", vec![])
                    .await;
                assert_eq!(lang, language, "the page follows the browser's language");
                browser.picture(&name("first-visit")).await;
                page.click("guide-skip").await;
                page.connect_simulated().await;
                for kind in ["register", "report", "event"] {
                    page.compose(kind).await;
                    page.send().await;
                    page.round_trip(kind, "succeeded").await;
                }
                page.click("tab-cloud").await;
                page.choose("cloud-kind", "downlink").await;
                page.click("cloud-send").await;
                page.round_trip("downlink", "succeeded").await;
                let row = page
                    .row("the downlink", |row| {
                        row.direction == "down" && row.topic.contains("req")
                    })
                    .await;
                page.bytes_of(&row).await;
                for tab in page.dock_tabs().await {
                    page.click(&tab).await;
                    browser.picture(&name(tab.trim_start_matches("tab-"))).await;
                }
                page.click("device-new").await;
                page.choose("platform", "iotda").await;
                page.menu("device-beside").await;
                page.wait_for(
                    "the other log",
                    "[data-testid=beside] [data-testid=log-row]:not([hidden])",
                )
                .await;
                browser.picture(&name("two-devices")).await;
                page.click("open-palette").await;
                page.wait_for("the palette", "[data-testid=palette]").await;
                browser.picture(&name("palette")).await;
            },
        )
        .await;
    }
}
