//! Everything without a pointer: the palette, the sheet, the keys, and a focus that is never lost.

use fantoccini::key::Key;

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

#[tokio::test]
async fn a_device_is_connected_and_sends_with_no_pointer_at_all() {
    let server = StaticServer::start();
    scenario("keyboard", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.keys("c").await;
        page.wait_for_state("connected").await;

        page.control_key('k').await;
        page.wait_for("the palette", "[data-testid=palette]").await;
        assert_eq!(page.focused().await, "palette-input");
        // Found by its name in the other language too.
        page.keys("发送消息").await;
        page.wait_for(
            "the command is first",
            "[data-testid=palette-send][aria-selected=true]",
        )
        .await;
        page.keys(&char::from(Key::Escape).to_string()).await;
        page.wait_gone("the palette", "[data-testid=palette]").await;

        page.control_key('k').await;
        page.keys("registration").await;
        page.wait_for(
            "the message is found",
            "[data-testid=palette-message-register]",
        )
        .await;
        page.keys(&char::from(Key::Enter).to_string()).await;
        page.wait_gone("the palette", "[data-testid=palette]").await;
        page.wait_for_focus("compose-kind").await;
        page.wait_for(
            "the draft can be sent",
            "[data-testid=send]:not([aria-disabled=true])",
        )
        .await;
        page.control_key(char::from(Key::Enter)).await;
        page.round_trip("register", "succeeded").await;

        // A command comes and is answered by itself; the filter finds the answer by its words.
        let key = |key: Key| char::from(key).to_string();
        page.control_key('k').await;
        page.keys("cloud side").await;
        page.wait_for(
            "the panel is found",
            "[data-testid^=palette-][aria-selected=true]",
        )
        .await;
        page.keys(&key(Key::Enter)).await;
        page.wait_gone("the palette", "[data-testid=palette]").await;
        page.wait_for_focus("tab-cloud").await;
        page.wait_for("the form", "[data-testid=cloud-send]").await;
        page.tab_to("cloud-kind").await;
        page.keys("Downlink").await;
        page.tab_to("cloud-send").await;
        page.keys(&key(Key::Enter)).await;
        page.round_trip("downlink", "succeeded").await;
        page.blur().await;
        page.keys("/").await;
        page.wait_for_focus("log-filter").await;
        page.keys("\"answer to a downlink\"").await;
        page.wait_for("one row passes", "[data-testid=log-total][data-count='1']")
            .await;
        page.keys(&key(Key::Escape)).await;
        page.tab_to("log").await;
        page.keys(&key(Key::Home)).await;
        page.wait_for("it is inspected", "[data-testid=inspector][data-frame]")
            .await;

        // From the log to the fields, to the bytes, to a byte's field, and back up.
        page.keys(&key(Key::Enter)).await;
        page.wait_for_focus("field-tree").await;
        page.keys(&key(Key::Down)).await;
        page.tab_to("hex").await;
        page.keys(&key(Key::Home)).await;
        page.keys(&key(Key::Enter)).await;
        page.wait_for(
            "the first byte's field",
            "[data-testid=detail-range][data-start='0']",
        )
        .await;
        for _ in 0..4 {
            if page.focused().await != "hex" {
                break;
            }
            page.keys(&key(Key::Escape)).await;
        }
        page.wait_for_focus("field-tree").await;
        page.keys(&key(Key::Escape)).await;
        page.wait_for_focus("log").await;
    })
    .await;
}

#[tokio::test]
async fn keys_move_between_the_panels_and_can_be_switched_off() {
    let server = StaticServer::start();
    scenario("panel_keys", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        for (keys, focused) in [
            ("gd", "platform"),
            ("g2", "tab-commands"),
            ("gt", "tab-commands"),
            ("g1", "tab-compose"),
        ] {
            // Keys go nowhere while the focus is in a list or a text.
            page.blur().await;
            page.keys(keys).await;
            page.wait_for_focus(focused).await;
        }
        page.blur().await;
        page.keys("?").await;
        page.wait_for("the sheet", "[data-testid=shortcuts]").await;
        page.click("plain-keys").await;
        page.keys(&char::from(Key::Escape).to_string()).await;
        page.wait_gone("the sheet", "[data-testid=shortcuts]").await;
        page.blur().await;
        page.keys("?n").await;
        // Ctrl+K works all the same, and by the time it has, the others had their chance.
        page.control_key('k').await;
        page.wait_for("the palette", "[data-testid=palette]").await;
        assert!(!page.has("[data-testid=shortcuts]").await);
        assert_eq!(page.device_names().await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_focus_is_never_lost() {
    let server = StaticServer::start();
    scenario("focus", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.click("open-shortcuts").await;
        page.wait_for("the sheet", "[data-testid=shortcuts]").await;
        page.keys(&char::from(Key::Escape).to_string()).await;
        page.wait_for_focus("open-shortcuts").await;
        page.menu("device-rename").await;
        page.wait_for_focus("device-name").await;
        page.keys(&format!("Boiler{}", char::from(Key::Enter)))
            .await;
        page.wait_for_focus("device-menu").await;
        // A panel's element that goes away with its device leaves the focus to the tab.
        page.menu("device-duplicate").await;
        page.wait_for_focus("device-menu").await;
        page.click("platform").await;
        page.keys(&char::from(Key::Escape).to_string()).await;
        page.control_key('k').await;
        page.keys(&format!("previous device{}", char::from(Key::Enter)))
            .await;
        page.wait_for_focus("device-tab").await;
        page.keys(&char::from(Key::Right).to_string()).await;
        page.wait_for_focus("device-tab").await;
        assert_eq!(page.selected_device().await, "Boiler (copy)");
    })
    .await;
}
