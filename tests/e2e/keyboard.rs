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
        // Who hears the page is told where the cursor went.
        page.wait_for_text("hex-said", "at 0000").await;
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

#[tokio::test]
async fn what_goes_away_hands_the_focus_on() {
    let server = StaticServer::start();
    scenario("focus_handed_on", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("sub-topic", "focus/#").await;
        page.click("subscribe").await;
        let row = "[data-testid=subscription][data-filter=\"focus/#\"]";
        page.wait_for("the subscription", row).await;
        page.press("unsubscribe", &[Key::Enter]).await;
        page.wait_gone("the subscription", row).await;
        page.wait_for_focus("sub-topic").await;

        page.connect_simulated().await;
        page.compose("register").await;
        page.send().await;
        page.round_trip("register", "succeeded").await;

        // The next row's button, and the first field where there is no row left.
        page.click("tab-compose").await;
        page.click("library-open").await;
        for name in ["first", "second"] {
            page.fill("template-name", name).await;
            page.click("template-save").await;
            page.wait_for(name, &format!("[data-testid=template][data-name={name}]"))
                .await;
        }
        page.press("template-remove", &[Key::Enter]).await;
        page.wait_gone("the first", "[data-testid=template][data-name=first]")
            .await;
        page.wait_for_focus("template-remove").await;
        page.keys(&char::from(Key::Enter).to_string()).await;
        page.wait_gone("the second", "[data-testid=template]").await;
        page.wait_for_focus("template-name").await;
        // A message that is brought back closes the lists.
        page.press("history-load", &[Key::Enter]).await;
        page.wait_gone("the lists", "[data-testid=library]").await;
        page.wait_for_focus("library-open").await;

        page.arm("drop", "").await;
        page.press("fault-disarm", &[Key::Enter]).await;
        page.wait_gone("the fault", "[data-testid=fault-armed]")
            .await;
        page.wait_for_focus("fault-what").await;

        page.click("tab-decode").await;
        page.press("decode-example", &[Key::Enter]).await;
        page.wait_for_focus("decode-rows").await;

        page.click("tab-rules").await;
        page.choose("report-kind", "report").await;
        page.click("report-start").await;
        page.wait_for(
            "the report runs",
            "[data-testid=report-row][data-state=running]",
        )
        .await;
        page.press("report-stop", &[Key::Enter]).await;
        page.wait_gone("its button", "[data-testid=report-stop]")
            .await;
        page.wait_for_focus("report-kind").await;

        // The row of the request is drawn anew when it is answered.
        page.click("answer-automatic").await;
        page.click("tab-cloud").await;
        page.choose("cloud-kind", "downlink").await;
        page.click("cloud-send").await;
        page.round_trip("downlink", "open").await;
        page.click("answer").await;
        page.press("answer-send", &[Key::Enter]).await;
        page.wait_for(
            "it is answered",
            "[data-testid=ledger-row][data-kind=downlink]:not([data-state=open])",
        )
        .await;
        page.wait_for_focus("ledger-request").await;

        page.disconnect().await;
        page.click("target-broker").await;
        page.connect("ws://127.0.0.1:9/mqtt").await;
        browser.expect_console_error("WebSocket connection to");
        page.wait_for("the failure", "[data-testid=failure]").await;
        page.press("failure-dismiss", &[Key::Enter]).await;
        page.wait_for_focus("connect").await;
    })
    .await;
}
