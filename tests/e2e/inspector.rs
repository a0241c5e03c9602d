//! The inspector: three linked views by mouse and keyboard, converter, payload views, changes, and
//! copying.

use serde_json::{Value, json};

use crate::browser::{Browser, Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

/// Sends two raw messages on one topic and selects the second.
async fn two_messages(page: &Page<'_>, first: &str, second: &str) {
    page.connect_simulated().await;
    for payload in [first, second] {
        page.send_bytes("a/b", payload).await;
        let size = payload.split(' ').count();
        page.row("the message", |row| {
            row.packet == "PUBLISH" && row.topic == "a/b" && !row.frame.is_empty() && size > 0
        })
        .await;
    }
    let last = crate::process::eventually("both messages", async || {
        let rows = page.rows().await;
        let sent: Vec<_> = rows
            .into_iter()
            .filter(|row| row.packet == "PUBLISH" && row.topic == "a/b" && row.direction == "up")
            .collect();
        (sent.len() == 2).then(|| sent[1].clone())
    })
    .await;
    page.bytes_of(&last).await;
}

async fn selected_field(browser: &Browser) -> Value {
    browser
        .run(
            "return document.querySelector('[data-testid=field][aria-selected=true]')\
                ?.dataset.name ?? null",
            vec![],
        )
        .await
}

async fn bytes_with(browser: &Browser, mark: &str) -> Vec<u64> {
    let bytes = browser
        .run(
            "return [...document.querySelectorAll(`#hex [data-testid=byte][data-${arguments[0]}]`)]\
                .map(at => Number(at.dataset.byte))",
            vec![json!(mark)],
        )
        .await;
    serde_json::from_value(bytes).expect("numbers")
}

#[tokio::test]
async fn fields_hexadecimal_and_text_light_each_other_by_mouse_and_by_keys() {
    let server = StaticServer::start();
    scenario("inspector_keys", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        // {"t":22.5}
        two_messages(&page, "00", "7b 22 74 22 3a 32 32 2e 35 7d").await;
        // 32 11 00 03 61 2f 62 …: the arrows move the byte cursor, Enter selects, Escape goes up.
        page.click_byte("byte", 0).await;
        page.press_in("hex", "ArrowRight").await;
        page.wait_for(
            "the cursor moved",
            "#hex [data-testid=byte][data-byte='1'][data-cursor]",
        )
        .await;
        assert_eq!(bytes_with(browser, "chosen").await, [1]);
        page.press_in("hex", "Enter").await;
        page.wait_for(
            "the field is selected",
            "[data-testid=field][data-name='Remaining Length'][aria-selected=true]",
        )
        .await;
        page.press_in("hex", "Escape").await;
        page.wait_for(
            "its group is selected",
            "[data-testid=field][data-name='Fixed Header'][aria-selected=true]",
        )
        .await;
        assert_eq!(bytes_with(browser, "lit").await, [0, 1]);

        // A byte of the text lights the same field in the tree and in the hexadecimal.
        page.click_byte("ascii", 5).await;
        let name = selected_field(browser).await;
        assert!(name == json!("Characters"), "{name}");
        assert!(bytes_with(browser, "lit").await.contains(&4));
        // And the field lights its bytes in both, and says where it is specified.
        page.click_field("Remaining Length").await;
        page.wait_for_text("detail-reference", "2.2.3").await;
        assert_eq!(bytes_with(browser, "lit").await, [1]);
        page.wait_for(
            "in the text, too",
            "#hex [data-testid=ascii][data-byte='1'][data-lit]",
        )
        .await;
        // The bits of the first byte are drawn.
        page.wait_for(
            "the bits",
            "[data-testid=field] [data-testid=bits][data-byte='00110010']",
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn selected_bytes_are_converted_and_copied() {
    let server = StaticServer::start();
    scenario("inspector_convert", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        two_messages(&page, "00", "00 01 02 03 65 53 f1 00 ff").await;
        browser
            .run("document.querySelector('[data-testid=converter]').open = true", vec![])
            .await;
        // The payload starts at byte 9, behind the packet identifier.
        page.click_byte("byte", 13).await;
        page.press_shifted("hex", "ArrowRight", 3).await;
        assert_eq!(bytes_with(browser, "chosen").await, [13, 14, 15, 16]);
        assert_eq!(page.conversion("u32").await, ["1700000000", "15815525"]);
        assert_eq!(page.conversion("u16").await, ["25939", "21349"]);
        assert!(page.conversion("time s").await[0].starts_with("2023-11-1"));
        assert_eq!(page.conversion("u64").await, Vec::<String>::new());

        browser
            .run(
                "window.copied = [];
                 navigator.clipboard.writeText = text => { window.copied.push(text); return Promise.resolve(); }",
                vec![],
            )
            .await;
        for format in ["hex", "hex-stream", "c-array", "escaped", "base64", "text", "json"] {
            page.choose("copy-format", format).await;
            page.click("copy-bytes").await;
        }
        let copied = browser.run("return window.copied", vec![]).await;
        // The bytes are not UTF-8, so neither text nor a JSON string is copied.
        assert_eq!(
            copied,
            json!([
                "65 53 F1 00",
                "6553f100",
                "static const unsigned char bytes[4] = {\n    0x65, 0x53, 0xf1, 0x00,\n};\n",
                "\"\\x65\\x53\\xf1\\x00\"",
                "ZVPxAA==",
            ])
        );
    })
    .await;
}

#[tokio::test]
async fn bytes_are_numbers_with_and_without_a_sign_and_fractions_in_both_byte_orders() {
    let server = StaticServer::start();
    scenario("inspector_numbers", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        // -π as an f64, its most significant byte first.
        two_messages(&page, "00", "c0 09 21 fb 54 44 2d 18").await;
        browser
            .run(
                "document.querySelector('[data-testid=converter]').open = true",
                vec![],
            )
            .await;
        // The payload starts at byte 9, behind the packet identifier.
        page.click_byte("byte", 9).await;
        page.press_shifted("hex", "ArrowRight", 7).await;
        assert_eq!(
            bytes_with(browser, "chosen").await,
            [9, 10, 11, 12, 13, 14, 15, 16]
        );
        for (name, big, little) in [
            ("u8", "192", "192"),
            ("i8", "-64", "-64"),
            ("i16", "-16375", "2496"),
            ("i32", "-1073143301", "-81720896"),
            ("i64", "-4609115380302729960", "1742123762643438016"),
            ("u64", "13837628693406821656", "1742123762643438016"),
            ("f32", "-2.142699", "-8.3615755e35"),
            ("f64", "-3.141592653589793", "3.2073756306764156e-192"),
        ] {
            assert_eq!(page.conversion(name).await, [big, little], "{name}");
        }
        // The topic, behind its length.
        page.click_byte("byte", 4).await;
        page.press_shifted("hex", "ArrowRight", 2).await;
        assert_eq!(page.conversion("UTF-8").await, ["a/b", "a/b"]);
        // Fewer bytes are no number of eight.
        page.click_byte("byte", 9).await;
        page.press_shifted("hex", "ArrowRight", 3).await;
        assert_eq!(bytes_with(browser, "chosen").await, [9, 10, 11, 12]);
        assert_eq!(page.conversion("f32").await, ["-2.142699", "-8.3615755e35"]);
        for name in ["i64", "u64", "f64"] {
            assert_eq!(page.conversion(name).await, Vec::<String>::new(), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn how_a_topic_is_read_is_remembered_over_a_reload() {
    let server = StaticServer::start();
    scenario(
        "inspector_remembers",
        Settings::default(),
        async |browser| {
            let page = Page::open(browser, server.url()).await;
            // CBOR {"t": 22.5}, then with 23.5.
            two_messages(&page, "a1 61 74 f9 4d a0", "a1 61 74 f9 4d e0").await;
            page.click("show-payload").await;
            page.choose("payload-format", "hex").await;
            page.wait_for_text("payload-text", "A1 61 74 F9 4D E0")
                .await;
            browser
            .wait_for(
                "it is stored",
                "return (localStorage.getItem('device-console.settings') ?? '').includes('a/b')",
                vec![],
            )
            .await;

            let page = Page::open(browser, server.url()).await;
            two_messages(&page, "a1 61 74 f9 4d a0", "a1 61 74 f9 4d e0").await;
            page.click("show-payload").await;
            page.wait_for_text("payload-text", "A1 61 74 F9 4D E0")
                .await;
            assert_eq!(page.value("payload-format").await, "hex");
            // For that topic alone.
            page.send_bytes("c/d", "a1 61 74 f9 4d a0").await;
            let row = page
                .row("the other message", |row| row.topic == "c/d")
                .await;
            page.select_row(&row).await;
            page.wait_for_text("payload-text", "\"t\": 22.5").await;
            assert_eq!(page.value("payload-format").await, "");
        },
    )
    .await;
}

#[tokio::test]
async fn a_payload_is_read_as_guessed_or_as_chosen_for_its_topic() {
    let server = StaticServer::start();
    scenario("inspector_payload", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        // CBOR {"t": 22.5}, then with 23.5.
        two_messages(&page, "a1 61 74 f9 4d a0", "a1 61 74 f9 4d e0").await;
        page.click("show-payload").await;
        assert_eq!(page.value("payload-format").await, "");
        page.wait_for_text("payload-text", "\"t\": 23.5").await;
        page.choose("payload-format", "hex").await;
        page.wait_for_text("payload-text", "A1 61 74 F9 4D E0")
            .await;
        page.choose("payload-format", "json").await;
        page.wait_for("what is wrong with it", "[data-testid=payload-note]")
            .await;
        // The same bytes as MessagePack: 0xa1 begins a text of one character.
        page.choose("payload-format", "messagepack").await;
        page.wait_for_text("payload-text", "\"a\"").await;
        page.choose("payload-format", "cbor").await;
        page.wait_for_text("payload-text", "\"t\": 23.5").await;
        page.choose("payload-format", "base64").await;
        page.wait_for_text("payload-text", "oWF0+U3g").await;
        // What changed since the message before.
        page.click("show-changes").await;
        page.wait_for("the byte", "[data-testid=payload-changed][data-byte='5']")
            .await;
        // The choice is kept for the topic.
        page.click("changes-previous").await;
        page.click("show-payload").await;
        page.wait_for_text("payload-text", "oWF0+U2g").await;
        assert_eq!(page.value("payload-format").await, "base64");

        // JSON folds, and keeps every token as it was written.
        page.send_bytes("c/d", "7b 22 61 22 3a 5b 31 2e 35 30 2c 32 5d 7d")
            .await;
        let row = page
            .row("the other message", |row| row.topic == "c/d")
            .await;
        page.select_row(&row).await;
        page.wait_for_text("payload-text", "1.50").await;
        assert_eq!(page.value("payload-format").await, "");
        let lines = async || {
            browser
                .run(
                    "return document.querySelectorAll('[data-testid=json-line]').length",
                    vec![],
                )
                .await
        };
        assert_eq!(lines().await, json!(6));
        browser
            .run(
                "document.querySelectorAll('button[data-testid=json-fold]')[1].click()",
                vec![],
            )
            .await;
        page.wait_for_text("payload-text", "[ … ]").await;
        assert_eq!(lines().await, json!(3));
    })
    .await;
}

#[tokio::test]
async fn a_reader_of_chinese_is_told_values_in_chinese() {
    let server = StaticServer::start();
    let settings = Settings {
        language: "zh-CN",
        ..Settings::default()
    };
    scenario("inspector_chinese", settings, async |browser| {
        let page = Page::open(browser, server.url()).await;
        two_messages(&page, "00", "01 02 03").await;
        let value = "return document.querySelector(
            `[data-testid=field][data-name='${arguments[0]}'] [data-testid=field-value]`).textContent";
        for (field, told) in [("Remaining Length", "字节"), ("QoS", "次）")] {
            let value = browser.run(value, vec![json!(field)]).await;
            let value = value.as_str().unwrap_or_default();
            assert!(value.ends_with(told), "{field}: {value}");
        }
        page.click_field("Remaining Length").await;
        page.wait_for_text("detail-value", "字节").await;
        page.wait_for_text("detail-name", "剩余长度 Remaining Length")
            .await;
        // The other language at once, without a reload.
        page.click("language").await;
        page.wait_for_text("detail-value", "bytes").await;
    })
    .await;
}
