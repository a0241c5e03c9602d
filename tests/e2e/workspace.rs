//! Several devices in one page: each its own session, kept, copied, moved, written to a file.

use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::process::{eventually, scratch_folder};
use crate::static_server::StaticServer;

#[tokio::test]
async fn a_device_of_another_version_s_platform_stays_stored() {
    let server = StaticServer::start();
    scenario("foreign", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("identity-ae", "meter-of-old").await;
        let stored = |what: &str| {
            format!("return (localStorage['device-console.devices'] ?? '').includes('{what}')")
        };
        browser
            .wait_for("it is stored", &stored("meter-of-old"), vec![])
            .await;
        // The page stores what was typed last when it goes, so it is told in time.
        let foreign = "const stored = localStorage['device-console.devices'];
            localStorage['device-console.devices'] = stored.replaceAll('onem2m', 'of-tomorrow')";
        browser.run(foreign, vec![]).await;
        let page = Page::open(browser, server.url()).await;
        page.wait_for("it is told", "[data-testid=toast]").await;
        page.fill("identity-ae", "meter-of-now").await;
        browser
            .wait_for("the new one is stored", &stored("meter-of-now"), vec![])
            .await;
        for what in ["of-tomorrow", "meter-of-old"] {
            let kept = browser.run(&stored(what), vec![]).await;
            assert_eq!(kept, json!(true), "{what} is stored still");
        }
    })
    .await;
}

#[tokio::test]
async fn panels_fold_and_stay_folded() {
    let server = StaticServer::start();
    scenario("folds", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        let row = page.row("CONNECT", |row| row.packet == "CONNECT").await;
        page.bytes_of(&row).await;
        let seen = "return [...document.querySelectorAll(arguments[0])]
            .filter(part => part.offsetWidth > 0).length";
        let seen = async |parts: &str| browser.run(seen, vec![json!(parts)]).await;
        let panels = [
            ("device-fold", "#device-panel > :not(.panel-title)"),
            ("inspector-fold", "#inspector > :not(.panel-title)"),
        ];
        for (fold, parts) in panels {
            assert_ne!(seen(parts).await, json!(0), "{fold}: unfolded");
            page.click(fold).await;
            page.wait_for(
                "it is folded",
                &format!("[data-testid={fold}][aria-expanded=false]"),
            )
            .await;
            assert_eq!(seen(parts).await, json!(0), "{fold}: folded");
        }
        let page = Page::open(browser, server.url()).await;
        for (fold, parts) in panels {
            page.wait_for(
                "it stays folded",
                &format!("[data-testid={fold}][aria-expanded=false]"),
            )
            .await;
            assert_eq!(seen(parts).await, json!(0), "{fold}: after a reload");
        }
        // Who goes there unfolds it.
        page.keys("gi").await;
        page.wait_for(
            "the inspector is there again",
            "[data-testid=inspector-fold][aria-expanded=true]",
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_log_that_becomes_taller_goes_on_following() {
    let server = StaticServer::start();
    scenario("log_taller", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.send_bytes("fill/first", "00").await;
        let longer = "const log = document.querySelector('[data-testid=log-panel] .log-scroll');
            return log.scrollHeight > log.clientHeight + arguments[0]";
        let is_longer = async |by: u32| -> bool {
            let longer = browser.run(longer, vec![json!(by)]).await;
            longer == json!(true)
        };
        while !is_longer(800).await {
            page.send().await;
        }
        // Taller by the window, and by what folds, while rows come.
        for (width, height) in [(1280, 1000), (1280, 800), (1920, 1080)] {
            page.send().await;
            browser.resize(width, height).await;
            page.send().await;
        }
        page.click("dock-fold").await;
        page.click("dock-fold").await;
        page.send().await;
        let at_end = "const log = document.querySelector('[data-testid=log-panel] .log-scroll');
            return log.scrollTop + log.clientHeight >= log.scrollHeight - 2";
        browser
            .wait_for("the newest row is in view", at_end, vec![])
            .await;
        assert!(
            page.has("[data-testid=log-follow][aria-pressed=true]")
                .await,
            "it still follows"
        );
    })
    .await;
}

#[tokio::test]
async fn the_first_steps_end_in_an_answered_command_and_do_not_come_back() {
    let server = StaticServer::start();
    scenario("first_steps", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        for step in ["connect", "register", "command", "answer"] {
            page.wait_for(
                "the next step is ready",
                &format!(
                    "[data-testid=guide][data-step=\"{step}\"] \
                     [data-testid=guide-act]:not([aria-disabled=true])"
                ),
            )
            .await;
            page.click("guide-act").await;
        }
        page.wait_for("the steps are done", "[data-testid=guide][data-step=done]")
            .await;
        page.wait_for(
            "the inspector shows the answer",
            "[data-testid=inspector][data-frame]",
        )
        .await;
        let answered = page.round_trip("downlink", "succeeded").await;
        assert_eq!(answered.initiator, "down");
        page.round_trip("register", "succeeded").await;
        page.click("guide-act").await;
        page.wait_gone("the strip", "[data-testid=guide]").await;
        let page = Page::open(browser, server.url()).await;
        assert!(!page.has("[data-testid=guide]").await, "once is enough");
    })
    .await;
}

#[tokio::test]
async fn the_first_steps_can_be_skipped() {
    let server = StaticServer::start();
    scenario(
        "first_steps_skipped",
        Settings::default(),
        async |browser| {
            let page = Page::open(browser, server.url()).await;
            page.click("guide-skip").await;
            page.wait_gone("the strip", "[data-testid=guide]").await;
            assert_eq!(page.focused().await, "connect", "the focus is not lost");
        },
    )
    .await;
}

#[tokio::test]
async fn each_device_has_a_session_of_its_own_and_all_are_there_after_a_reload() {
    let server = StaticServer::start();
    scenario("several_devices", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        let rows = page.rows().await.len();
        assert!(rows > 0);

        page.click("device-new").await;
        page.wait_for_state("offline").await;
        assert_eq!(page.rows().await.len(), 0, "a log of its own");
        assert_eq!(page.device_names().await, ["4600", "Device 2"]);
        page.choose("platform", "aliyun").await;
        page.fill("identity-device_secret", "secret").await;
        page.connect_simulated().await;
        page.rename_device("Boiler").await;
        assert_eq!(page.device_states().await, ["connected", "connected"]);

        // The one out of view goes on: its log has what it had, and its command is answered.
        page.show_device(0).await;
        page.wait_for_state("connected").await;
        eventually("the first device's rows", async || {
            (page.rows().await.len() >= rows).then_some(())
        })
        .await;

        page.menu("device-duplicate").await;
        eventually("a third device", async || {
            (page.device_states().await.len() == 3).then_some(())
        })
        .await;
        page.wait_for_state("offline").await;
        page.menu("device-right").await;
        let names = ["4600", "Boiler", "4600 (copy)"];
        eventually("the copy has moved right", async || {
            (page.device_names().await == names).then_some(())
        })
        .await;

        browser
            .wait_for(
                "the order is stored",
                "const stored = JSON.parse(localStorage.getItem('device-console.devices'));
                 return stored.length === 3 && stored[1].profile.name === 'Boiler'",
                vec![],
            )
            .await;
        let page = Page::open(browser, server.url()).await;
        assert_eq!(page.device_names().await, names);
        assert_eq!(page.selected_device().await, "4600 (copy)");
        page.show_device(1).await;
        assert_eq!(page.value("platform").await, "aliyun");

        page.menu("device-delete").await;
        page.click("delete-confirm").await;
        eventually("two devices are left", async || {
            (page.device_names().await == ["4600", "4600 (copy)"]).then_some(())
        })
        .await;
        page.menu("device-delete").await;
        page.click("delete-confirm").await;
        eventually("one device is left", async || {
            (page.device_names().await.len() == 1).then_some(())
        })
        .await;
        page.menu("device-delete").await;
        page.click("delete-confirm").await;
        eventually("the last one makes way for a new one", async || {
            (page.device_names().await == ["4600"]).then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_tab_is_dragged_to_its_place() {
    let server = StaticServer::start();
    scenario("dragged", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        for _ in 0..2 {
            page.click("device-new").await;
        }
        let shown = page.selected_device().await;
        for (from, to, names) in [
            (0, 2, ["Device 2", "Device 3", "4600"]),
            (2, 1, ["Device 2", "4600", "Device 3"]),
        ] {
            page.drag_device(from, to).await;
            eventually("the tab is where it was dropped", async || {
                (page.device_names().await == names).then_some(())
            })
            .await;
        }
        page.wait_until_stored("4600", 3).await;
        browser
            .wait_for(
                "the order is stored",
                "const stored = JSON.parse(localStorage.getItem('device-console.devices'));
                 return stored.map(device => device.profile.name).join()
                    === 'Device 2,,Device 3'",
                vec![],
            )
            .await;
        assert!(!shown.is_empty());
        let page = Page::open(browser, server.url()).await;
        assert_eq!(page.device_names().await, ["Device 2", "4600", "Device 3"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_called_missing_before_somebody_typed_or_wants_to_connect() {
    let server = StaticServer::start();
    scenario("missing", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        let secret = "identity-device_secret";
        let said =
            format!("[data-testid={secret}-findings]:not([hidden]) [data-rule=MissingField]");
        let invalid = format!("#{secret}[aria-invalid=true]");
        page.choose("platform", "aliyun").await;
        page.wait_for("the form", &format!("#{secret}")).await;
        // What the engine remarks has come when it says what goes into CONNECT.
        page.unfold("plan").await;
        browser
            .wait_for(
                "the plan is the platform's",
                "return document.querySelector('[data-testid=plan-client-id]').textContent
                    .includes('|')",
                vec![],
            )
            .await;
        assert!(!page.has(&said).await && !page.has(&invalid).await);

        // Who connects is asked, and then it stands at its field.
        page.click("connect").await;
        page.wait_for("the panel asks", "[data-testid=connect][data-confirm=true]")
            .await;
        page.wait_for("it stands at its field", &said).await;
        assert!(page.has(&invalid).await);

        // On another device nobody asked: it is said to whoever typed and took it away again.
        page.click("device-new").await;
        page.wait_for("the form", &format!("#{secret}")).await;
        assert!(!page.has(&said).await);
        page.fill(secret, "s").await;
        page.wait_gone("nothing is wrong", &invalid).await;
        page.fill(secret, "").await;
        page.wait_for("it stands at its field", &said).await;
    })
    .await;
}

#[tokio::test]
async fn a_device_out_of_view_tells_what_came_for_it() {
    let server = StaticServer::start();
    scenario("unread", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        // Requests wait for an answer by hand, so that one stays open.
        page.click("tab-rules").await;
        page.click("answer-automatic").await;
        page.click("device-new").await;
        page.wait_for_state("offline").await;
        page.menu("device-beside").await;
        page.wait_for(
            "the other log",
            "[data-testid=beside] [data-testid=log-row]:not([hidden])",
        )
        .await;
        page.click("beside-go").await;
        page.wait_for_state("connected").await;
        page.wait_gone("nothing beside", "[data-testid=beside]")
            .await;
        page.click("tab-cloud").await;
        page.choose("cloud-kind", "downlink").await;
        page.click("cloud-send").await;
        page.round_trip("downlink", "open").await;
        page.show_device(1).await;
        page.wait_for(
            "the first tab says that a request is open",
            "[data-testid=device-tab]:first-child .device-tab-open",
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_log_keeps_its_place_while_another_device_is_in_view() {
    let server = StaticServer::start();
    scenario("log_place", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.send_bytes("fill/first", "00").await;
        page.send_bytes("fill/more", "00").await;
        for _ in 0..24 {
            page.send().await;
        }
        browser
            .wait_for(
                "the log is longer than its panel",
                "const log = document.querySelector('[data-testid=log-panel] .log-scroll');
                 return log.scrollHeight > log.clientHeight + 200",
                vec![],
            )
            .await;
        let scroll =
            "return document.querySelector('[data-testid=log-panel] .log-scroll').scrollTop";
        browser
            .run(
                "document.querySelector('[data-testid=log-panel] .log-scroll').scrollTop = 100",
                vec![],
            )
            .await;
        page.wait_for(
            "the log no longer follows",
            "[data-testid=log-follow][aria-pressed=false]",
        )
        .await;
        page.click("device-new").await;
        page.wait_for(
            "the other device's log",
            "[data-testid=log-follow][aria-pressed=true]",
        )
        .await;
        page.show_device(0).await;
        browser
            .wait_for("the same place", &format!("{scroll} === 100"), vec![])
            .await;
        assert!(
            page.has("[data-testid=log-follow][aria-pressed=false]")
                .await
        );

        // Beside the other one it is a whole log: it is filtered, selected and inspected there.
        page.show_device(1).await;
        page.menu("device-beside").await;
        let beside = "[data-testid=beside] [data-testid=log-filter]";
        page.wait_for("the other log", beside).await;
        page.click_first(beside).await;
        page.keys("topic:fill/first").await;
        browser
            .wait_for(
                "one row passes",
                "return document.querySelector('[data-testid=beside] [data-testid=log-total]')
                    .dataset.count === '1'",
                vec![],
            )
            .await;
        browser
            .run(
                "document.querySelector('[data-testid=beside] [data-testid=log-row]').click()",
                vec![],
            )
            .await;
        browser
            .wait_for(
                "the inspector shows its frame",
                "return document.querySelector('[data-testid=inspector]').textContent
                    .includes('fill/first')",
                vec![],
            )
            .await;
        assert_eq!(page.text("inspector-device").await, "4600", "it says whose");
        assert_eq!(
            browser
                .run(
                    "return document.querySelectorAll('[data-testid=log-panel]').length",
                    vec![]
                )
                .await,
            json!(2)
        );
        page.click("beside-close").await;
        page.wait_gone("the other log", beside).await;
        assert_eq!(page.focused().await, "log", "the focus is not lost");
    })
    .await;
}

#[tokio::test]
async fn devices_travel_as_a_file_with_secrets_only_when_asked() {
    const SECRET: &str = "pa55word-of-mine";
    let server = StaticServer::start();
    scenario("export_import", Settings::default(), async |browser| {
        let folder = scratch_folder("download");
        browser.download_to(&folder).await;
        browser.keep_choosers_closed().await;
        let page = Page::open(browser, server.url()).await;
        page.rename_device("Boiler").await;
        page.click("target-broker").await;
        page.fill("password", SECRET).await;
        let file = folder.join("device-console.json");
        for secrets in [false, true] {
            // The browser would write over it.
            let _ = std::fs::remove_file(&file);
            page.menu("device-export").await;
            if secrets {
                page.click("export-secrets").await;
            }
            page.click("export-save").await;
            let text = eventually("the file", async || {
                std::fs::read_to_string(&file)
                    .ok()
                    .filter(|text| text.ends_with('}'))
            })
            .await;
            assert!(text.contains("Boiler"));
            assert_eq!(
                text.contains(SECRET),
                secrets,
                "secrets asked for: {secrets}"
            );
        }
        let stored = "return Object.values(localStorage).some(v => v.includes(arguments[0]))";
        page.wait_until_stored("Boiler", 1).await;
        assert_eq!(browser.run(stored, vec![json!(SECRET)]).await, json!(false));

        page.menu("device-import").await;
        page.give_file(&file).await;
        eventually("the imported device", async || {
            (page.device_names().await == ["Boiler", "Boiler 2"]).then_some(())
        })
        .await;
        assert_eq!(page.value("password").await, SECRET);

        let damaged = folder.join("damaged.json");
        std::fs::write(
            &damaged,
            "{\n  \"format\": \"device-console\",\n  \"version\": 1,\n  3",
        )
        .expect("the scratch folder can be written to");
        page.menu("device-import").await;
        page.give_file(&damaged).await;
        page.wait_for(
            "the fault is told",
            "[data-testid=toast][data-severity=error]",
        )
        .await;
        let told = "return document.querySelector(
            '[data-testid=toast][data-severity=error]').textContent.includes('line 4')";
        assert_eq!(browser.run(told, vec![]).await, json!(true));
        assert_eq!(page.device_names().await.len(), 2);

        // Kept on this computer only when ticked.
        page.click("keep-secrets").await;
        eventually("the secret is stored", async || {
            (browser.run(stored, vec![json!(SECRET)]).await == json!(true)).then_some(())
        })
        .await;
        page.click("keep-secrets").await;
        eventually("the secret is gone again", async || {
            (browser.run(stored, vec![json!(SECRET)]).await == json!(false)).then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_large_import_shows_how_far_it_is_and_leaves_nothing_when_given_up() {
    const DEVICES: usize = 60;
    let server = StaticServer::start();
    scenario("large_import", Settings::default(), async |browser| {
        let folder = scratch_folder("large-import");
        browser.download_to(&folder).await;
        browser.keep_choosers_closed().await;
        let page = Page::open(browser, server.url()).await;
        page.rename_device("Boiler").await;
        page.menu("device-export").await;
        page.click("export-save").await;
        let file = folder.join("device-console.json");
        let text = eventually("the file", async || {
            std::fs::read_to_string(&file)
                .ok()
                .filter(|text| text.ends_with('}'))
        })
        .await;
        let mut parsed: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let one = parsed["devices"][0].clone();
        parsed["devices"] = vec![one; DEVICES].into();
        std::fs::write(&file, parsed.to_string()).expect("the scratch folder can be written to");

        // Given up as soon as it shows itself.
        browser
            .run(
                "new MutationObserver((_, observer) => {
                    const cancel = document.querySelector('[data-testid=import-progress-cancel]');
                    if (!cancel) return;
                    observer.disconnect();
                    cancel.click();
                 }).observe(document.body, { childList: true, subtree: true })",
                vec![],
            )
            .await;
        page.menu("device-import").await;
        page.give_file(&file).await;
        page.wait_for("it says so", "[data-testid=toast][data-severity=info]")
            .await;
        page.wait_gone("the dialog", "[data-testid=importing]")
            .await;
        assert_eq!(page.device_names().await, ["Boiler"]);
        page.click("toast-dismiss").await;

        browser
            .run(
                "window.progress = [];
                 new MutationObserver(() => {
                    const bar = document.querySelector('[data-testid=importing] progress');
                    if (bar) window.progress.push([bar.value, bar.max]);
                 }).observe(document.body,
                    { childList: true, subtree: true, characterData: true })",
                vec![],
            )
            .await;
        page.menu("device-import").await;
        page.give_file(&file).await;
        eventually("all devices are there", async || {
            (page.device_names().await.len() == 1 + DEVICES).then_some(())
        })
        .await;
        page.wait_gone("the dialog", "[data-testid=importing]")
            .await;
        let mut names = page.device_names().await;
        assert_eq!(
            (names[0].as_str(), names[1].as_str()),
            ("Boiler", "Boiler 2")
        );
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 1 + DEVICES, "no two look the same");
        assert_eq!(page.selected_device().await, "Boiler 61");
        let progress = browser.run("return window.progress", vec![]).await;
        let progress: Vec<(f64, f64)> = serde_json::from_value(progress).expect("pairs");
        assert!(progress.len() > 3, "{progress:?}");
        assert!(progress.is_sorted() && progress.iter().all(|(_, max)| *max == DEVICES as f64));
    })
    .await;
}

#[tokio::test]
async fn no_key_takes_the_dialog_of_an_import_away() {
    let server = StaticServer::start();
    scenario("import_keys", Settings::default(), async |browser| {
        let file = scratch_folder("import-keys").join("devices.json");
        browser.keep_choosers_closed().await;
        let page = Page::open(browser, server.url()).await;
        page.write_devices(&file, "Boiler", 8).await;
        page.hold_import().await;
        page.menu("device-import").await;
        page.give_file(&file).await;
        let dialog = "[data-testid=importing][open]";
        page.wait_for("the dialog", dialog).await;
        page.control_key('k').await;
        page.keys("?").await;
        page.keys("n").await;
        assert!(page.has(dialog).await);
        assert!(
            !page
                .has("[data-testid=palette], [data-testid=shortcuts]")
                .await
        );
        page.go_on().await;
        page.wait_gone("the dialog", dialog).await;
        eventually("every device is there", async || {
            (page.device_names().await.len() == 9).then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn the_first_steps_ask_for_what_is_missing_as_the_panel_does() {
    let server = StaticServer::start();
    scenario("first_steps_ask", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.choose("platform", "aliyun").await;
        // Who typed and took it away again is not lent one.
        page.fill("identity-device_secret", "s").await;
        page.fill("identity-device_secret", "").await;
        page.click("guide-act").await;
        page.wait_for("the panel asks", "[data-testid=connect][data-confirm=true]")
            .await;
        let asked = page.text("connect-asks").await;
        assert!(!asked.is_empty());
        assert_eq!(page.text("guide-said").await, asked, "in the same words");
        page.wait_for_state("offline").await;
        page.fill("identity-device_secret", "secret").await;
        page.wait_for(
            "the question is answered",
            "[data-testid=connect]:not([data-confirm])",
        )
        .await;
        page.click("guide-act").await;
        page.wait_for_state("connected").await;
    })
    .await;
}

#[tokio::test]
async fn the_first_steps_end_in_an_answered_command_on_every_platform() {
    let server = StaticServer::start();
    scenario("first_steps_all", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        for dialect in device_console::platform::all() {
            let id = dialect.declaration().id;
            page.choose("platform", &id.0).await;
            let registers = dialect.declaration().connect.first.is_some();
            for step in ["connect", "register", "command", "answer"] {
                if step == "register" && !registers {
                    continue;
                }
                page.wait_for(
                    step,
                    &format!(
                        "[data-testid=guide][data-step=\"{step}\"] \
                         [data-testid=guide-act]:not([aria-disabled=true])"
                    ),
                )
                .await;
                page.click("guide-act").await;
            }
            page.wait_for("the steps are done", "[data-testid=guide][data-step=done]")
                .await;
            page.disconnect().await;
        }
    })
    .await;
}

#[tokio::test]
async fn dividers_move_the_panels_and_stay_where_they_were_put() {
    let server = StaticServer::start();
    scenario("dividers", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        let panels = [
            ("splitter-device", "device-panel", "width", Key::Right),
            ("splitter-inspector", "inspector", "width", Key::Left),
            ("splitter-dock", "dock", "height", Key::Up),
        ];
        let measure = async |panel: &str, side: &str| {
            let measured = "return document.getElementById(arguments[0])
                .getBoundingClientRect()[arguments[1]]";
            let size = browser
                .run(measured, vec![json!(panel), json!(side)])
                .await;
            size.as_f64().expect("a number")
        };
        let mut sizes = Vec::new();
        for (divider, panel, side, key) in panels {
            let before = measure(panel, side).await;
            browser
                .run(
                    "document.querySelector(`.${arguments[0]}`).focus()",
                    vec![json!(divider)],
                )
                .await;
            page.keys(&char::from(key).to_string().repeat(3)).await;
            let after = eventually("the panel has grown", async || {
                let now = measure(panel, side).await;
                (now > before + 20.0).then_some(now)
            })
            .await;
            sizes.push((panel, side, after));
        }
        browser
            .wait_for(
                "it is stored",
                "return (localStorage.getItem('device-console.settings') ?? '').includes('dock_height')",
                vec![],
            )
            .await;
        let _ = Page::open(browser, server.url()).await;
        for (panel, side, size) in sizes {
            let now = measure(panel, side).await;
            assert!((now - size).abs() < 2.0, "{panel}: {now} after {size}");
        }
    })
    .await;
}
