//! Topic tree, charts and latencies through the seam.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "shared by several test binaries")]
mod console;

use std::time::Duration;

use bytes::Bytes;
use console::Console;
use device_console::engine::LinkId;
use device_console::engine::seam::{
    ChartView, ChartWindow, DeviceCommand, Direction, ProtocolVersion, TopicId, TopicsView,
    TopicsWindow,
};
use device_console::mqtt::{Packet, Publish, TopicName};
use device_console::transport::LinkEvent;

fn receive(console: &mut Console, link: LinkId, topic: &str, payload: &[u8]) {
    let packet = Packet::Publish(Publish::new(TopicName::new(topic).unwrap(), payload));
    let mut bytes = Vec::new();
    packet.encode(ProtocolVersion::V3_1_1, &mut bytes).unwrap();
    console.link(link, LinkEvent::Message(Bytes::from(bytes)));
}

fn topics(console: &mut Console, open: &[TopicId]) -> TopicsWindow {
    console.device(DeviceCommand::Topics(Some(TopicsView {
        open: open.to_vec(),
        folded: Vec::new(),
        start: 0,
        count: 100,
    })));
    console.page.topics.clone().expect("the tree is shown")
}

fn paths(window: &TopicsWindow) -> Vec<(u32, &str)> {
    window
        .rows
        .iter()
        .map(|row| (row.depth, row.topic.as_str()))
        .collect()
}

#[test]
fn the_topic_tree_counts_messages_here_and_below() {
    let (mut console, link) = Console::dialled();
    receive(&mut console, link, "plant/a/temperature", b"21.5");
    receive(
        &mut console,
        link,
        "plant/a/temperature",
        b"22.5\nsecond line",
    );
    receive(&mut console, link, "plant/b", &[0xff, 0x00]);
    receive(&mut console, link, "plant", b"on");
    receive(&mut console, link, "$dp", b"x");
    let folded = topics(&mut console, &[]);
    assert_eq!(folded.topics, 4);
    let plant = folded
        .rows
        .iter()
        .find(|row| row.topic == "plant")
        .unwrap()
        .clone();
    assert_eq!(
        (plant.down, plant.up, plant.children, plant.open),
        (4, 0, 2, false)
    );
    assert_eq!(plant.last.as_ref().unwrap().preview, "on");
    assert!(plant.rate_milli > 0);
    let open = topics(&mut console, &[plant.id]);
    let a = open
        .rows
        .iter()
        .find(|row| row.topic == "plant/a")
        .unwrap()
        .clone();
    assert_eq!((a.down, a.last.clone()), (2, None));
    let open = topics(&mut console, &[plant.id, a.id]);
    assert!(
        paths(&open).contains(&(2, "plant/a/temperature")),
        "{:?}",
        paths(&open)
    );
    let preview = |topic: &str| {
        let row = open.rows.iter().find(|row| row.topic == topic).unwrap();
        row.last.as_ref().unwrap().preview.clone()
    };
    assert_eq!(preview("plant/a/temperature"), "22.5 second line");
    assert_eq!(preview("plant/b"), "FF 00");
    // Each row's filter shows what it counts.
    for row in &open.rows {
        console.device(DeviceCommand::Filter {
            number: 1,
            text: row.filter.clone(),
            cursor: None,
        });
        assert_eq!(console.page.log.total, row.up + row.down, "{}", row.filter);
    }
}

#[test]
fn levels_without_a_choice_are_open_until_the_user_folds_them() {
    let (mut console, link) = Console::dialled();
    receive(&mut console, link, "/plant/a/temperature", b"1");
    receive(&mut console, link, "/plant/b/temperature", b"2");
    let first = topics(&mut console, &[]);
    assert_eq!(paths(&first), [(0, ""), (1, "/plant")]);
    let (top, plant) = (first.rows[0].id, first.rows[1].id);
    assert!(first.rows[0].open && !first.rows[1].open);
    let open = topics(&mut console, &[plant]);
    assert_eq!(
        paths(&open),
        [
            (0, ""),
            (1, "/plant"),
            (2, "/plant/a"),
            (3, "/plant/a/temperature"),
            (2, "/plant/b"),
            (3, "/plant/b/temperature"),
        ]
    );
    console.device(DeviceCommand::Topics(Some(TopicsView {
        open: vec![plant],
        folded: vec![top],
        start: 0,
        count: 100,
    })));
    let folded = console.page.topics.clone().expect("the tree is shown");
    assert_eq!(paths(&folded), [(0, "")]);
}

#[test]
fn rates_fall_and_a_cleared_log_has_an_empty_tree() {
    let (mut console, link) = Console::dialled();
    topics(&mut console, &[]);
    for _ in 0..30 {
        receive(&mut console, link, "busy", b"");
        console.advance(Duration::from_millis(100));
    }
    let rate = console.page.topics.as_ref().unwrap().rows[0].rate_milli;
    assert!((5_000..=15_000).contains(&rate), "{rate}");
    console.advance(Duration::from_secs(10));
    assert_eq!(console.page.topics.as_ref().unwrap().rows[0].rate_milli, 0);
    console.device(DeviceCommand::ClearLog);
    console.advance(Duration::from_secs(1));
    assert_eq!(console.page.topics.as_ref().unwrap().rows, []);
}

#[test]
fn a_peer_that_invents_topics_does_not_fill_the_memory() {
    let (mut console, link) = Console::dialled();
    for number in 0..2_000 {
        receive(
            &mut console,
            link,
            &format!("t/{number}/{}", "x".repeat(2000)),
            b"",
        );
    }
    let deep = vec!["d"; 5000].join("/");
    receive(&mut console, link, &deep, b"");
    let window = topics(&mut console, &[]);
    assert!(
        window.topics < 2_000 && window.unlisted > 0,
        "{} {}",
        window.topics,
        window.unlisted
    );
    assert_eq!(u64::from(window.topics) + window.unlisted, 2_001);
}

fn charts(console: &mut Console, view: ChartView) -> ChartWindow {
    console.device(DeviceCommand::Charts(Some(view)));
    console.advance(Duration::from_secs(1));
    console.page.charts.clone().expect("charts are shown")
}

fn wide() -> ChartView {
    ChartView {
        columns: 100,
        ..ChartView::default()
    }
}

#[test]
fn numbers_of_reports_are_charted_from_what_the_log_keeps_and_live() {
    let mut console = Console::connected();
    console.send("register", &[]);
    for value in ["20", "21.5", "23"] {
        console.send("report", &[("container", "temperature"), ("con", value)]);
        console.advance(Duration::from_secs(1));
    }
    let window = charts(&mut console, wide());
    let series = window
        .series
        .iter()
        .find(|s| s.name.contains("temperature"))
        .expect("a series");
    assert_eq!(
        (series.count, series.last, series.direction),
        (3, 23.0, Direction::Up)
    );
    let view = ChartView {
        series: vec![series.id],
        ..wide()
    };
    let line = charts(&mut console, view.clone()).lines[0].clone();
    let values: Vec<f64> = line.columns.iter().map(|column| column.last).collect();
    assert_eq!(values, [20.0, 21.5, 23.0]);
    assert_eq!((line.min, line.max), (20.0, 23.0));
    assert_eq!((line.columns[0].column, line.columns[2].column), (0, 99));
    console.send("report", &[("container", "temperature"), ("con", "-4")]);
    console.advance(Duration::from_secs(1));
    let line = &console.page.charts.as_ref().unwrap().lines[0];
    assert_eq!((line.columns.len(), line.min), (4, -4.0));
    let latest = charts(
        &mut console,
        ChartView {
            span_ms: Some(3500),
            ..view
        },
    );
    assert_eq!(latest.lines[0].columns.len(), 2);
}

#[test]
fn plain_json_is_charted_and_decimated() {
    let (mut console, link) = Console::dialled();
    charts(&mut console, wide());
    for number in 0..5_000 {
        let payload = format!(r#"{{"v":{number},"in":{{"w":[1,2.5]}},"text":"9"}}"#);
        receive(&mut console, link, "plain", payload.as_bytes());
        console.advance(Duration::from_millis(1));
    }
    let window = charts(&mut console, wide());
    let names: Vec<&str> = window
        .series
        .iter()
        .map(|series| series.name.as_str())
        .collect();
    assert_eq!(names, ["plain in.w.0", "plain in.w.1", "plain v"]);
    let v = window.series[2].id;
    let window = charts(
        &mut console,
        ChartView {
            series: vec![v],
            ..wide()
        },
    );
    let line = &window.lines[0];
    assert_eq!(line.columns.len(), 100);
    assert_eq!((line.min, line.max), (0.0, 4999.0));
    let middle = &line.columns[50];
    assert!(middle.max > middle.min && middle.first <= middle.last);
    let counted: u64 = line.columns.iter().map(|column| column.count).sum();
    assert_eq!(counted, 5_000);
    console.device(DeviceCommand::ClearLog);
    console.advance(Duration::from_secs(1));
    assert_eq!(console.page.charts.as_ref().unwrap().series, []);
}

#[test]
fn latencies_are_counted_by_what_was_asked() {
    let mut console = Console::connected();
    console.send("register", &[]);
    for _ in 0..5 {
        console.send("report", &[("container", "temperature"), ("con", "1")]);
        console.advance(Duration::from_secs(1));
    }
    let window = charts(&mut console, wide());
    let of = |label: &str| window.latencies.iter().find(|l| l.label.en == label);
    assert_eq!(of("CONNECT").expect("the handshake").count, 1);
    assert_eq!(
        of("SUBSCRIBE").expect("subscriptions").initiator,
        Direction::Up
    );
    let trips = console
        .page
        .ledger
        .rows
        .iter()
        .filter(|row| row.kind == "report")
        .count() as u64;
    let label = &console.page.ledger.rows.last().unwrap().label.en;
    assert_eq!(of(label).expect("reports").count, trips);
}
