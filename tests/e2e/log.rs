//! The log as a user works with it: filter, hold, mark, jump, tree, charts, and a flood.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::browser::{Browser, Settings, scenario};
use crate::doubles::{Double, Misbehaviour};
use crate::mosquitto::Mosquitto;
use crate::page::{LogRow, Page};
use crate::process::{eventually, scratch_folder};
use crate::static_server::StaticServer;

/// Connects to a broker and subscribes to one more filter.
async fn subscribe(page: &Page<'_>, broker: &Mosquitto, filter: &str) {
    page.connect_to(broker).await;
    page.fill("sub-topic", filter).await;
    page.click("subscribe").await;
    let granted =
        format!("[data-testid=subscription][data-filter=\"{filter}\"][data-state=granted]");
    page.wait_for("the subscription is granted", &granted).await;
}

async fn wait_for_count(browser: &Browser, what: &str, id: &str, attribute: &str, wanted: u64) {
    browser
        .wait_for(
            what,
            "return document.querySelector(`[data-testid=${arguments[0]}]`)\
                ?.dataset[arguments[1]] === String(arguments[2])",
            vec![json!(id), json!(attribute), json!(wanted)],
        )
        .await;
}

#[tokio::test]
async fn the_log_is_filtered_held_marked_and_jumped_in() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    scenario("log_tools", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        subscribe(&page, &broker, "plant/#").await;
        broker.publish("plant/a", br#"{"temperature":21.5}"#);
        broker.publish("plant/b", b"humidity 40");
        broker.publish("plant/a", br#"{"temperature":22.5}"#);
        let humidity = page.row("the humidity", |row| row.topic == "plant/b").await;
        let number = |row: &LogRow| row.frame.parse::<u64>().unwrap_or(0);
        let second = page
            .row("the second temperature", |row| {
                row.topic == "plant/a" && number(row) > number(&humidity)
            })
            .await;

        // A filter: typed, counted, taken back.
        page.fill("log-filter", "topic:=plant/a temperature").await;
        wait_for_count(browser, "two rows pass", "log-total", "count", 2).await;
        assert!(page.rows().await.iter().all(|row| row.topic == "plant/a"));
        page.fill("log-filter", "topic:=plant/a temperature qos:7")
            .await;
        page.wait_for(
            "the error names its place",
            "[data-testid=log-filter-error][data-start=\"31\"]:not([hidden])",
        )
        .await;
        wait_for_count(browser, "the rows stay", "log-total", "count", 2).await;

        // By size and by what was found.
        broker.publish("plant/large", &[b'x'; 1100]);
        page.fill("log-filter", "type:publish dir:in size:>1k")
            .await;
        wait_for_count(browser, "the large one passes", "log-total", "count", 1).await;
        // What no document of the platform knows is a finding; the handshake has none.
        for (filter, found) in [("finding:any", true), ("-finding:any", false)] {
            page.fill("log-filter", filter).await;
            eventually(filter, async || {
                let rows = page.rows().await;
                let fits = |row: &LogRow| row.severity.is_empty() != found;
                (!rows.is_empty() && rows.iter().all(fits)).then_some(())
            })
            .await;
        }
        page.fill("log-filter", "type:publish topic:plant/#").await;
        wait_for_count(browser, "four messages", "log-total", "count", 4).await;

        // Completion by keyboard.
        page.fill("log-filter", "type:subs").await;
        page.wait_for(
            "a completion",
            "[data-testid=log-completion][data-insert=subscribe]",
        )
        .await;
        page.press("log-filter", &[Key::Down, Key::Enter]).await;
        assert_eq!(page.value("log-filter").await, "type:subscribe");
        let subscribe = page
            .row("a SUBSCRIBE", |row| row.packet == "SUBSCRIBE")
            .await;

        // Its acknowledgement is one click away, though the filter hides it.
        page.bytes_of(&subscribe).await;
        page.click_first("[data-testid=partner][data-link=answered-by]")
            .await;
        page.wait_for(
            "the SUBACK is in the inspector",
            "[data-testid=partner][data-link=answers]",
        )
        .await;
        page.click("log-filter-clear").await;
        page.row("everything again", |row| row.packet == "CONNECT")
            .await;

        // Held: rows that come are counted and not shown.
        page.click("log-pause").await;
        let before = page.rows().await;
        broker.publish("plant/later", b"1");
        page.wait_for("a row is held", "[data-testid=log-held]:not([hidden])")
            .await;
        assert_eq!(page.rows().await, before);
        page.click("log-pause").await;
        page.row("the held row", |row| row.topic == "plant/later")
            .await;

        // Marks: set on two rows, walked around.
        page.click("log-tools").await;
        for row in [&second, &subscribe] {
            page.bytes_of(row).await;
            page.click("log-mark").await;
        }
        wait_for_count(browser, "two marks", "log-marks", "count", 2).await;
        let selected = |frame: &str| {
            format!(
                "[data-testid=log-row][data-frame=\"{frame}\"][aria-selected=true][data-marked]"
            )
        };
        page.click("log-mark-next").await;
        page.wait_for("the next mark is selected", &selected(&second.frame))
            .await;
        // By key as well, and the log's keys are not the page's: no device is made.
        page.click_first(&selected(&second.frame)).await;
        page.keys("n").await;
        page.wait_for("the other mark", &selected(&subscribe.frame))
            .await;
        page.keys("N").await;
        page.wait_for("and back", &selected(&second.frame)).await;
        assert_eq!(page.device_names().await.len(), 1, "one device");

        // To a time, which is the first row's day: the last row at the latest.
        page.fill("log-time-input", "23:59:59.999").await;
        page.click("log-time-go").await;
        page.wait_for(
            "the newest row is selected",
            "[data-testid=log-row][data-topic=\"plant/later\"][aria-selected=true]",
        )
        .await;

        page.click("log-clear").await;
        wait_for_count(browser, "nothing is left", "log-total", "count", 0).await;
        assert_eq!(page.rows().await, []);
        broker.publish("plant/anew", b"1");
        page.row("what comes then", |row| row.topic == "plant/anew")
            .await;
        page.disconnect().await;
    })
    .await;
}

/// Waits for a row of this packet that waits in this way, and returns what its last column says.
async fn waiting(browser: &Browser, packet: &str, waits: &str) -> String {
    let told = browser
        .wait_for(
            &format!("{packet} is {waits}"),
            "return [...document.querySelectorAll(`[data-testid=log-row]:not([hidden])\
                [data-packet=${arguments[0]}][data-waits=${arguments[1]}]`)]
                .map(row => row.querySelector('[data-testid=log-rtt]').textContent)[0]",
            vec![json!(packet), json!(waits)],
        )
        .await;
    told.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn packets_that_nobody_answers_are_flagged() {
    let server = StaticServer::start();
    let deaf = Double::start(Misbehaviour::DeafAfterConnAck);
    scenario("unanswered", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &deaf.url()).await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        page.click("tab-compose").await;
        page.click("compose-hex").await;
        page.choose("raw-qos", "1").await;
        page.send_bytes("a/b", "00").await;
        // The platform's own filters were subscribed to by themselves.
        for packet in ["SUBSCRIBE", "PUBLISH"] {
            assert_eq!(waiting(browser, packet, "open").await, "…");
        }
        // While there may still be an answer, and when there can be none.
        for packet in ["SUBSCRIBE", "PUBLISH"] {
            assert_eq!(waiting(browser, packet, "late").await, "none");
        }
        page.disconnect().await;
        for packet in ["SUBSCRIBE", "PUBLISH"] {
            assert_eq!(waiting(browser, packet, "unanswered").await, "none");
        }
        let timed = "return document.querySelector('[data-testid=log-row][data-packet=CONNACK] \
            [data-testid=log-rtt]').textContent";
        let timed = browser.run(timed, vec![]).await;
        assert!(
            timed.as_str().is_some_and(|text| text.ends_with("s")),
            "an answer says how long it took: {timed}"
        );

        page.fill("keep-alive", "1").await;
        page.click("connect").await;
        assert_eq!(waiting(browser, "PINGREQ", "unanswered").await, "none");
        page.stop_waiting().await;
    })
    .await;
}

#[tokio::test]
async fn why_a_connection_ended_stays_to_be_read_after_the_next_one_is_there() {
    let server = StaticServer::start();
    scenario("ended", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.compose("register").await;
        page.send().await;
        page.round_trip("register", "succeeded").await;
        page.arm("disconnect", "report").await;
        page.compose("report").await;
        page.send().await;
        let ended = page
            .row("why it ended", |row| {
                row.entry == "link" && row.summary.starts_with("ended, likely: ")
            })
            .await;
        assert_eq!(ended.severity, "warning");
        let number = |row: &LogRow| row.frame.parse::<u64>().unwrap_or(0);
        page.row("the next connection", |row| {
            row.packet == "CONNACK" && number(row) > number(&ended)
        })
        .await;
        page.wait_for_state("connected").await;
        page.wait_gone("the failure is over", "[data-testid=failure]")
            .await;
        page.select_row(&ended).await;
    })
    .await;
}

#[tokio::test]
async fn the_topic_tree_filters_the_log_and_numbers_are_charted() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    scenario("topics_and_charts", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        subscribe(&page, &broker, "plant/#").await;
        page.click("tab-topics").await;
        for value in ["20", "21", "23.5"] {
            broker.publish("plant/a", format!(r#"{{"t":{value}}}"#).as_bytes());
        }
        page.wait_for(
            "the branch counts what is below",
            "[data-testid=topic-row][data-topic=plant][data-count=\"3\"]",
        )
        .await;
        // A single level is open by itself, until the user folds it.
        let leaf = "[data-testid=topic-row][data-topic=\"plant/a\"]";
        page.wait_for("the leaf", leaf).await;
        page.click_first("[data-topic=plant] [data-testid=topic-toggle]").await;
        page.wait_gone("the leaf", leaf).await;
        page.click_first("[data-topic=plant] [data-testid=topic-toggle]").await;
        page.wait_for("the leaf", leaf).await;
        page.click_first("[data-testid=topic-row][data-topic=\"plant/a\"] [data-testid=topic-last]")
            .await;
        wait_for_count(browser, "the log is filtered", "log-total", "count", 3).await;
        assert_eq!(page.value("log-filter").await, "topic:=plant/a");

        page.click("tab-charts").await;
        page.wait_for(
            "the number is drawn",
            "[data-testid=chart-series][data-name=\"plant/a t\"][data-count=\"3\"][aria-pressed=true]",
        )
        .await;
        broker.publish("plant/a", br#"{"t":19}"#);
        page.wait_for(
            "the next value joins it",
            "[data-testid=chart-series][data-name=\"plant/a t\"][data-count=\"4\"]",
        )
        .await;
        let drawn = browser
            .run(
                "return document.querySelector('[data-testid=chart] .charts-line path').getAttribute('d')",
                vec![],
            )
            .await;
        assert!(drawn.as_str().is_some_and(|path| path.starts_with('M')), "{drawn}");
        page.wait_for(
            "latencies of the handshake",
            "[data-testid=latency][data-label=CONNECT][data-count=\"1\"]",
        )
        .await;
        the_charts_are_read_by_keyboard(&page).await;
        page.disconnect().await;
    })
    .await;
}

/// The chart of 20, 21, 23.5 and 19 in this order, and the time that CONNECT waited.
async fn the_charts_are_read_by_keyboard(page: &Page<'_>) {
    let marks = page.texts(".charts-mark").await;
    assert_eq!(marks, ["18", "20", "22", "24"], "the axis");
    assert!(!page.texts(".charts-moment").await.is_empty(), "times");
    assert_eq!(page.chart_reading().await, None, "no cursor yet");

    let newest = page.chart_cursor(Key::End).await.expect("a cursor");
    assert_eq!(newest.values, ["19"]);
    let shape: String = newest
        .time
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "00:00:00.000", "{newest:?}");
    let said = page.text("chart-said").await;
    assert!(
        said.starts_with(&newest.time) && said.ends_with(" 19"),
        "{said}"
    );
    // The first values came so soon one after the other that they may share a column.
    let before = page.chart_cursor(Key::Left).await.expect("a cursor");
    assert!(before.values[0].contains("23.5"), "{before:?}");
    assert!(before.time < newest.time, "{before:?} {newest:?}");
    let oldest = page.chart_cursor(Key::Home).await.expect("a cursor");
    assert!(oldest.values[0].starts_with("20"), "{oldest:?}");
    assert_eq!(page.chart_cursor(Key::Escape).await, None);
    assert_eq!(page.text("chart-said").await, "");

    let at_rest = page.text("latency-class").await;
    page.press("latency-bars", &[Key::Home]).await;
    page.settle().await;
    let first = page.text("latency-class").await;
    page.press("latency-bars", &[Key::Right]).await;
    page.settle().await;
    let second = page.text("latency-class").await;
    for told in [&first, &second] {
        assert!(told.contains(": "), "{told}");
        assert!(told.contains(" ms") || told.contains(" µs"), "{told}");
    }
    assert_ne!(first, second);
    page.press("latency-bars", &[Key::Escape]).await;
    page.settle().await;
    assert_eq!(page.text("latency-class").await, at_rest);
}

#[tokio::test]
async fn a_flood_loses_nothing_and_the_log_stays_within_its_limits() {
    const MESSAGES: u64 = 20_000;
    const ROWS: u64 = 4_000;
    let server = StaticServer::start();
    let broker = Mosquitto::start_unbounded();
    scenario("flood", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        subscribe(&page, &broker, "flood/#").await;
        page.click("log-tools").await;
        page.fill("log-limit-rows", &ROWS.to_string()).await;
        page.press("log-limit-rows", &[Key::Enter]).await;
        page.click("tab-topics").await;
        let before = page.count("msg-count").await;
        broker.publish_lines(
            "flood/lines",
            (0..MESSAGES).map(|number| format!("line {number}")),
        );
        page.wait_for(
            "the page says how seldom it draws",
            "[data-testid=log-passing]:not([hidden])",
        )
        .await;
        browser
            .wait_for(
                "every message has arrived",
                "return Number(document.querySelector('[data-testid=msg-count]').textContent\
                    .replaceAll(/\\D/g, '')) === arguments[0]",
                vec![json!(before + MESSAGES)],
            )
            .await;
        page.wait_for(
            "nothing comes any more, and it says so no longer",
            "[data-testid=log-passing][hidden]",
        )
        .await;
        // What is kept and what was dropped is everything that came.
        wait_for_count(browser, "the log is full", "log-total", "kept", ROWS).await;
        let dropped = page.count("log-dropped").await;
        assert!(dropped + ROWS >= MESSAGES, "{dropped} dropped");
        page.wait_for(
            "the tree counted all of them",
            &format!("[data-testid=topic-row][data-topic=flood][data-count=\"{MESSAGES}\"]"),
        )
        .await;
        // The newest are those that are kept.
        let last = format!("payload:\"line {}\"", MESSAGES - 1);
        page.fill("log-filter", &last).await;
        wait_for_count(browser, "the last message is kept", "log-total", "count", 1).await;
        page.fill("log-filter", "payload:\"line 1\"").await;
        browser
            .wait_for(
                "the whole log was searched",
                "return document.querySelector('[data-testid=log-total]').dataset.searching\
                    === 'false'",
                vec![],
            )
            .await;
        page.disconnect().await;
    })
    .await;
}

#[tokio::test]
async fn the_log_is_written_to_a_file_and_secrets_only_when_asked() {
    const SECRET: &str = "pa55word-of-mine";
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    scenario("log_export", Settings::default(), async |browser| {
        let folder = scratch_folder("log-export");
        browser.download_to(&folder).await;
        let page = Page::open(browser, server.url()).await;
        page.click("target-broker").await;
        page.fill("user-name", "somebody").await;
        page.fill("password", SECRET).await;
        subscribe(&page, &broker, "plant/#").await;
        broker.publish("plant/a", br#"{"temperature":21.5}"#);
        page.row("the message", |row| row.topic == "plant/a").await;
        page.click("log-tools").await;
        let holds =
            |bytes: &[u8], wanted: &[u8]| bytes.windows(wanted.len()).any(|at| at == wanted);
        for (format, name) in [
            ("pcap", "device-console.pcap"),
            ("json", "device-console.jsonl"),
        ] {
            page.choose("log-export-format", format).await;
            for secrets in [false, true] {
                let file = folder.join(name);
                // The browser would write beside it.
                let _ = std::fs::remove_file(&file);
                page.click("log-export").await;
                let bytes = eventually("the file", async || {
                    std::fs::read(&file).ok().filter(|bytes| !bytes.is_empty())
                })
                .await;
                if format == "pcap" {
                    assert_eq!(
                        bytes[..4],
                        0xa1b2_c3d4_u32.to_le_bytes(),
                        "the magic number"
                    );
                    assert!(holds(&bytes, b"\x00\x07plant/a{\"temperature\":21.5}"));
                    assert_eq!(holds(&bytes, SECRET.as_bytes()), secrets, "{name}");
                } else {
                    let text = String::from_utf8(bytes).expect("UTF-8");
                    let rows: Vec<Value> = text
                        .lines()
                        .map(|line| serde_json::from_str(line).expect("one row a line"))
                        .collect();
                    let packets: Vec<&str> = rows
                        .iter()
                        .filter_map(|row| row["packet"].as_str())
                        .collect();
                    assert!(packets.starts_with(&["CONNECT", "CONNACK"]), "{packets:?}");
                    let message = rows.iter().find(|row| row["topic"] == "plant/a");
                    let hex = message
                        .and_then(|row| row["bytes"].as_str())
                        .expect("its bytes");
                    assert!(
                        hex.ends_with("7b2274656d7065726174757265223a32312e357d"),
                        "{hex}"
                    );
                    let secret: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
                    assert_eq!(text.contains(&secret), secrets, "{name}");
                }
                page.click("log-export-secrets").await;
            }
        }
        page.disconnect().await;
    })
    .await;
}
