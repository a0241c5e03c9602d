//! Pictures of the page for the documents and for looking at: `make screenshots`.

use std::path::PathBuf;

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::process::scratch_folder;
use crate::static_server::StaticServer;

/// Name, size, dark, language.
const PICTURES: [(&str, (u32, u32), bool, &str); 4] = [
    ("console-light-en", (1280, 800), false, "en"),
    ("console-dark-en", (1280, 800), true, "en"),
    ("console-light-zh", (1280, 800), false, "zh-CN"),
    ("console-dark-zh-wide", (1920, 1080), true, "zh-CN"),
];

/// Where they go: the folder named in `SCREENSHOTS`, else into the target folder.
fn folder() -> PathBuf {
    std::env::var_os("SCREENSHOTS").map_or_else(|| scratch_folder("screenshots"), PathBuf::from)
}

#[tokio::test]
async fn screenshots_of_a_device_at_work() {
    let server = StaticServer::start();
    let folder = folder();
    for (name, size, dark, language) in PICTURES {
        scenario(
            name,
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
                browser.picture(&folder.join(format!("{name}.png"))).await;
            },
        )
        .await;
    }
}
