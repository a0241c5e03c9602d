//! The decoder: pasted bytes and dropped files, without a connection.

use fantoccini::key::Key;
use serde_json::json;

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

const CONNECT: &str = "10 0e 00 04 4d 51 54 54 04 02 00 3c 00 02 6d 65";

#[tokio::test]
async fn a_pasted_log_is_taken_apart_without_a_connection() {
    let server = StaticServer::start();
    scenario("decode_log", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.click("tab-decode").await;
        page.wait_for("the empty state", "[data-testid=decode-empty]")
            .await;
        // A log with a packet whose protocol level is wrong.
        let bad = CONNECT.replace("54 04 02", "54 09 02");
        page.paste(&format!(
            "10:32:07 TX: {CONNECT}\n10:32:07 RX: 20 02 00 00\n10:32:09 TX: {bad}\n"
        ))
        .await;
        let rows = page.decoded(3).await;
        let packets: Vec<_> = rows.iter().map(|row| row.packet.as_str()).collect();
        assert_eq!(packets, ["CONNECT", "CONNACK", "CONNECT"]);
        let directions: Vec<_> = rows.iter().map(|row| row.direction.as_str()).collect();
        assert_eq!(directions, ["up", "down", "up"]);
        assert_eq!(rows[0].fault, "");
        assert_eq!(rows[2].fault, "8");
        assert!(rows[2].summary.contains("(3:38)"), "{rows:?}");
        assert!(
            rows[2].summary.contains("expected the protocol level"),
            "{rows:?}"
        );
        assert!(page.text("decode-recognised").await.contains("log"));

        // One of them in the inspector.
        page.click_decoded(0).await;
        let bytes = page.inspected_bytes().await;
        assert_eq!(bytes.len(), 16);
        assert!(
            page.fields_of_kind("identifier").await.len() + page.fields_of_kind("text").await.len()
                > 0
        );
        assert!(page.text("inspector-title").await.contains("CONNECT"));
        // Enter puts the cursor of the text where the packet goes wrong.
        page.click_decoded(2).await;
        page.press_in("decode-rows", "Enter").await;
        let selected = browser
            .run(
                "const at = document.activeElement;
                 return at.value.slice(at.selectionStart, at.selectionEnd)",
                vec![],
            )
            .await;
        assert_eq!(selected, json!("09"));
    })
    .await;
}

#[tokio::test]
async fn every_format_is_recognised_and_can_be_chosen() {
    let server = StaticServer::start();
    scenario("decode_formats", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.click("tab-decode").await;
        let solid = CONNECT.replace(' ', "");
        let c: String = CONNECT.split(' ').map(|byte| format!("0x{byte}, ")).collect();
        let escaped: String = CONNECT.split(' ').map(|byte| format!("\\x{byte}")).collect();
        let cases = [
            (solid, "Hex"),
            (format!("0000   {CONNECT}   ....MQTT...<..me"), "offsets"),
            (format!("00000000: {} ....", CONNECT.replace(' ', "").as_bytes().chunks(4)
                .map(|word| String::from_utf8_lossy(word).into_owned())
                .collect::<Vec<_>>().join(" ")), "offsets"),
            (format!("static const uint8_t p[16] = {{ {c} }};"), "C array"),
            (format!("\"{escaped}\""), "Escaped"),
            ("EA4ABE1RVFQEAgA8AAJtZQ==".to_owned(), "Base64"),
            (format!("AT+CIPSEND=0,16\nOK\n> {CONNECT}\nSEND OK"), "AT commands"),
        ];
        for (text, name) in cases {
            page.paste(&text).await;
            page.wait_for_text("decode-recognised", name).await;
            let rows = page.decoded(1).await;
            assert_eq!((rows[0].packet.as_str(), rows[0].fault.as_str()), ("CONNECT", ""), "{text}");
        }
        // What is no hexadecimal says where.
        page.choose("decode-format", "hex").await;
        page.paste("30 zz").await;
        page.wait_for("the place of the problem", "[data-testid=decode-problem][data-line='1'][data-column='4']").await;
        // The version and the platform can be chosen, too.
        page.choose("decode-format", "").await;
        page.paste("30 1c 00 03 24 64 70 03 00 14 7b 22 74 65 6d 70 22 3a 32 32 2e 35 2c 22 68 22 3a 34 31 7d").await;
        page.wait_for(
            "the message",
            "[data-testid=decode-row][data-packet=PUBLISH]:not([data-fault])",
        )
        .await;
        let rows = page.decoded(1).await;
        assert!(rows[0].summary.contains("simple JSON"), "{rows:?}");
        page.choose("decode-version", "5.0").await;
        page.wait_for("a fault in 5.0 or another reading", "[data-testid=decode-row]").await;
        page.choose("decode-version", "").await;
        page.choose("decode-dialect", "iotda").await;
        page.wait_for("the row again", "[data-testid=decode-row][data-packet=PUBLISH]").await;
        assert_eq!(page.value("decode-dialect").await, "iotda");
    })
    .await;
}

#[tokio::test]
async fn a_dropped_file_is_read_byte_for_byte() {
    let server = StaticServer::start();
    scenario("decode_file", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.click("tab-decode").await;
        browser
            .run(
                "const data = new DataTransfer();
                 const bytes = new Uint8Array([0xC0, 0, 0x30, 5, 0, 1, 97, 0, 255, 0xD0, 0]);
                 data.items.add(new File([bytes], 'trace.bin'));
                 const at = document.querySelector('.decode');
                 for (const type of ['dragover', 'drop'])
                     at.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));",
                vec![],
            )
            .await;
        page.wait_for_text("decode-file-name", "trace.bin").await;
        let rows = page.decoded(3).await;
        let packets: Vec<_> = rows.iter().map(|row| row.packet.as_str()).collect();
        assert_eq!(packets, ["PINGREQ", "PUBLISH", "PINGRESP"]);
        page.click("decode-clear").await;
        page.wait_for("the empty state", "[data-testid=decode-empty]").await;
    })
    .await;
}

#[tokio::test]
async fn a_large_file_shows_how_far_it_is_and_can_be_given_up() {
    const MESSAGES: usize = 9_000;
    let server = StaticServer::start();
    scenario("decode_large", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.click("tab-decode").await;
        page.drop_messages(MESSAGES).await;
        // The work may end between a look and a click, so both are one step.
        let cancel = "const at = document.querySelector('[data-testid=decoding-cancel]');
            const bar = at?.parentElement.querySelector('progress');
            if (!at?.offsetWidth || bar.max < 2) return null;
            const said = document.querySelector('[data-testid=decoding]').textContent;
            at.focus();
            at.click();
            return said";
        let said = browser.wait_for("how far it is", cancel, vec![]).await;
        assert!(
            said.as_str().is_some_and(|said| said.contains(" of ")),
            "{said}"
        );
        page.wait_for("it was given up", "[data-testid=decode-given-up]")
            .await;
        page.wait_for_focus("decode-again").await;
        assert_eq!(page.count("decode-count").await, 0);
        page.keys(&char::from(Key::Enter).to_string()).await;
        browser
            .wait_for(
                "every message is listed",
                "return document.querySelector('[data-testid=decode-count]').dataset.count
                    === String(arguments[0])",
                vec![json!(MESSAGES)],
            )
            .await;
        page.wait_gone(
            "nothing goes on",
            "[data-testid=decoding-cancel]:not([hidden] *)",
        )
        .await;
        page.wait_for_focus("decode-rows").await;
    })
    .await;
}
