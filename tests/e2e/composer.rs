//! The composer: templates and history, and one reading on every platform.

use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

#[tokio::test]
async fn what_was_sent_and_what_has_a_name_comes_back() {
    let server = StaticServer::start();
    scenario("composer_library", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.send_bytes("a/b", "03 00 07 ff 80 c1").await;
        page.row("the bytes", |row| row.topic == "a/b").await;

        // A form gets a name in a folder.
        page.compose("report").await;
        page.fill("compose-field-con", "36.6").await;
        page.click("library-open").await;
        page.fill("template-name", "fever").await;
        page.fill("template-folder", "alarms").await;
        page.click("template-save").await;
        page.wait_for("the template", "[data-testid=template][data-name=fever]")
            .await;
        // History brings the bytes back, byte for byte.
        page.wait_for_text("history-row", "a/b").await;
        page.click("history-load").await;
        page.wait_for("the bytes are back", "[data-testid=hex-payload]")
            .await;
        assert_eq!(page.value("raw-topic").await, "a/b");
        let typed = page.value("hex-payload").await;
        assert_eq!(typed.to_lowercase().replace(' ', ""), "030007ff80c1");
        // They are no text, and the page says so instead of spoiling them.
        page.click("compose-raw").await;
        page.wait_for("they stay", "[data-testid=compose-hex][aria-checked=true]")
            .await;
        assert_eq!(page.value("hex-payload").await, typed);

        // One key brings the template back.
        browser
            .run(
                "document.querySelector('[data-testid=hex-payload]').dispatchEvent(
                    new KeyboardEvent('keydown', { key: '!', code: 'Digit1', ctrlKey: true,
                        shiftKey: true, bubbles: true, cancelable: true }))",
                vec![],
            )
            .await;
        page.wait_for("the form is back", "[data-testid=compose-field-con]")
            .await;
        assert_eq!(page.value("compose-field-con").await, "36.6");

        // Both are there after a reload.
        let stored =
            "return (localStorage.getItem('device-console.devices') ?? '').includes('fever')";
        browser.wait_for("it is stored", stored, vec![]).await;
        let page = Page::open(browser, server.url()).await;
        page.click("library-open").await;
        page.wait_for(
            "the template again",
            "[data-testid=template][data-name=fever]",
        )
        .await;
        page.click("template-remove").await;
        page.wait_gone("it is deleted", "[data-testid=template]")
            .await;
        page.wait_for_text("history-row", "a/b").await;
    })
    .await;
}

#[tokio::test]
async fn one_reading_is_shown_as_every_platform_wants_it() {
    let server = StaticServer::start();
    scenario("composer_compare", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.click("tab-compare").await;
        page.fill("compare-readings", "pressure=101.3").await;
        let shown = "const rows = [...document.querySelectorAll('[data-testid=compare-row]')];
            const all = rows.map(row => [row.dataset.dialect,
                row.querySelector('[data-testid=compare-topic]')?.textContent ?? '',
                row.querySelector('[data-testid=compare-payload]')?.textContent ?? '']);
            return all.length && all.every(([, topic, payload]) => topic && payload) ? all : null";
        let rows = browser
            .wait_for(
                "the reading on every platform",
                &format!(
                    "const found = (() => {{ {shown} }})();
                     return found && JSON.stringify(found).includes('101.3') ? found : null"
                ),
                vec![],
            )
            .await;
        let rows: Vec<[String; 3]> = serde_json::from_value(rows).unwrap();
        let dialects: Vec<&str> = rows.iter().map(|[dialect, ..]| dialect.as_str()).collect();
        assert_eq!(
            dialects,
            [
                "onem2m",
                "onenet",
                "aliyun",
                "eztcloud",
                "thingscloud",
                "iotda"
            ]
        );
        assert_eq!(rows[4][1], "attributes");
        assert!(rows[5][2].contains("\"pressure\":101.3"), "{rows:?}");
        // A line that is no reading is named, and what was shown stays.
        page.fill("compare-readings", "pressure").await;
        page.wait_for(
            "what is wrong",
            "[data-testid=compare-readings][aria-invalid=true]",
        )
        .await;
        let still = "return document.querySelectorAll('[data-testid=compare-row]').length";
        assert_eq!(browser.run(still, vec![]).await, json!(6));
    })
    .await;
}

#[tokio::test]
async fn a_payload_is_edited_byte_by_byte_and_stays_in_step_with_its_text() {
    let server = StaticServer::start();
    scenario("composer_grid", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.click("tab-compose").await;
        page.click("compose-hex").await;
        page.fill("raw-topic", "a/b").await;
        let bytes = async |expected: &str| {
            browser
                .wait_for(
                    &format!("grid and text say {expected}"),
                    "const text = document.querySelector('[data-testid=hex-payload]').value;
                     const grid = [...document.querySelectorAll('[data-testid=edit-byte][data-kind]')]
                         .map(cell => cell.textContent).join(' ');
                     return text === arguments[0] && grid === arguments[0]",
                    vec![json!(expected)],
                )
                .await;
        };
        // As text, then byte by byte: at the end, in the middle, as characters.
        page.fill("hex-payload", "03 00 07").await;
        bytes("03 00 07").await;
        page.press("hex-grid", &[Key::End]).await;
        page.keys("ff8").await;
        bytes("03 00 07 FF 80").await;
        page.keys("1").await;
        bytes("03 00 07 FF 81").await;
        page.press("hex-grid", &[Key::Home, Key::Right, Key::Enter]).await;
        page.keys("Hi").await;
        bytes("03 48 69 00 07 FF 81").await;
        page.press("hex-grid", &[Key::Backspace, Key::Delete]).await;
        bytes("03 48 07 FF 81").await;
        // Over what is there.
        page.press("hex-grid", &[Key::Enter, Key::Insert]).await;
        page.keys("aa").await;
        bytes("03 48 AA FF 81").await;
        // What is no digit changes nothing and says so; a paste of any usual dress is taken.
        page.keys("q").await;
        page.wait_for_text("hex-edit-wrong", "q").await;
        let paste = "const data = new DataTransfer();
            data.setData('text/plain', arguments[0]);
            document.querySelector('[data-testid=hex-grid]').dispatchEvent(new ClipboardEvent(
                'paste', { clipboardData: data, bubbles: true, cancelable: true }))";
        browser.run(paste, vec![json!("0x01,0x02 03-04")]).await;
        bytes("03 48 AA 01 02 03 04").await;
        browser.run(paste, vec![json!("0x01,0x0")]).await;
        page.wait_for_text("hex-edit-wrong", "half a byte").await;
        bytes("03 48 AA 01 02 03 04").await;
        page.send_anyway().await;
        let row = page.row("the bytes", |row| row.topic == "a/b").await;
        page.select_row(&row).await;
        browser
            .wait_for(
                "the bytes are on the wire",
                "return [...document.querySelectorAll('[data-testid=inspector] [data-testid=byte]')]
                    .map(cell => cell.textContent).join('').includes('0348AA01020304')",
                vec![],
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn variables_are_filled_in_and_findings_stand_beside_what_is_typed() {
    let server = StaticServer::start();
    scenario("composer_variables", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.click("tab-compose").await;
        page.click("compose-raw").await;
        page.fill("raw-topic", "a/b").await;
        page.fill("raw-payload", "n=${counter}").await;
        page.wait_for_text("preview-payload", "n=${counter}").await;
        page.click("raw-variables").await;
        page.wait_for_text("preview-payload", "n=1").await;
        page.send_anyway().await;
        page.wait_for_text("preview-payload", "n=2").await;
        // A name that no variable has is told while it is typed, and so is a topic that no
        // message may have; both go with their cause.
        page.fill("raw-payload", "n=${nothing}").await;
        page.wait_for_text("compose-findings", "nothing").await;
        page.fill("raw-payload", "n=1").await;
        page.wait_for(
            "the finding is gone",
            "[data-testid=compose-findings]:not(:has([data-severity=error]))",
        )
        .await;
        page.fill("raw-topic", "a/+").await;
        page.wait_for(
            "the topic's finding",
            "[data-testid=compose-findings] [data-severity=error]",
        )
        .await;
    })
    .await;
}
