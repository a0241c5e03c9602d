//! The log through the seam: filter, completion, pairs, pause, marks, jumps, limits.

#[path = "support/console.rs"]
#[allow(dead_code, reason = "shared by several test binaries")]
mod console;

use std::time::Duration;

use bytes::Bytes;
use console::Console;
use device_console::engine::LinkId;
use device_console::engine::seam::{
    DeviceCommand, FilterView, FrameId, FrameView, Jump, Jumped, Link, LogEntry, LogLimits, LogRow,
    LogView, ProtocolVersion, UnixMillis,
};
use device_console::mqtt::{Packet, PacketId, Publish, QoS, TopicName};
use device_console::transport::LinkEvent;

fn publish(topic: &str, payload: &[u8], qos: QoS, id: u16) -> Bytes {
    let packet_id = std::num::NonZeroU16::new(id).map(PacketId);
    let packet = Packet::Publish(Publish {
        qos,
        packet_id: packet_id.filter(|_| qos != QoS::AtMostOnce),
        ..Publish::new(TopicName::new(topic).unwrap(), payload)
    });
    let mut bytes = Vec::new();
    packet.encode(ProtocolVersion::V3_1_1, &mut bytes).unwrap();
    Bytes::from(bytes)
}

fn receive(console: &mut Console, link: LinkId, topic: &str, payload: &[u8]) {
    let frame = publish(topic, payload, QoS::AtMostOnce, 0);
    console.link(link, LinkEvent::Message(frame));
}

fn filter(console: &mut Console, text: &str) -> FilterView {
    typed(console, text, None)
}

fn typed(console: &mut Console, text: &str, cursor: Option<u32>) -> FilterView {
    console.device(DeviceCommand::Filter {
        number: 9,
        text: text.to_owned(),
        cursor,
    });
    let view = console.page.filter.take().expect("the engine answers");
    assert_eq!(view.number, 9);
    view
}

/// The summaries of the rows that pass; the filter must be readable.
fn passing(console: &mut Console, text: &str) -> Vec<String> {
    let view = filter(console, text);
    assert_eq!(view.error, None, "{text}");
    assert_eq!(console.page.log.unsearched, 0);
    assert_eq!(console.page.log.total, console.page.log.rows.len() as u64);
    console.page.log.rows.iter().map(name).collect()
}

fn name(row: &LogRow) -> String {
    match &row.entry {
        LogEntry::Frame { packet, topic, .. } => format!("{packet} {topic}").trim().to_owned(),
        LogEntry::Malformed { .. } => "malformed".to_owned(),
        LogEntry::Link => "link".to_owned(),
    }
}

fn links(frame: &FrameView) -> Vec<(FrameId, Link)> {
    frame.partners.iter().map(|p| (p.frame, p.link)).collect()
}

fn some_traffic() -> (Console, LinkId) {
    let (mut console, link) = Console::dialled();
    receive(&mut console, link, "a/b", b"temperature 21");
    receive(&mut console, link, "a/b/c", b"humidity");
    receive(&mut console, link, "$dp/x", &[7; 1500]);
    let frame = publish("a/b", b"Temperature 22", QoS::AtLeastOnce, 14);
    console.link(link, LinkEvent::Message(frame));
    (console, link)
}

#[test]
fn a_filter_shows_the_rows_that_pass_every_term() {
    let (mut console, _) = some_traffic();
    let all = console.page.log.rows.len();
    for (text, expected) in [
        ("temperature", vec!["PUBLISH a/b", "PUBLISH a/b"]),
        ("TEMPERATURE 22", vec!["PUBLISH a/b"]),
        ("\"temperature 2\" -22", vec!["PUBLISH a/b"]),
        (
            "topic:a/b/#",
            vec!["PUBLISH a/b", "PUBLISH a/b/c", "PUBLISH a/b"],
        ),
        ("topic:=a/b", vec!["PUBLISH a/b", "PUBLISH a/b"]),
        ("topic:B/C", vec!["PUBLISH a/b/c"]),
        ("topic:$dp/#", vec!["PUBLISH $dp/x"]),
        ("topic:+/x", vec![]),
        ("payload:humid", vec!["PUBLISH a/b/c"]),
        ("size:>1k", vec!["PUBLISH $dp/x"]),
        ("size:1.4k..1600", vec!["PUBLISH $dp/x"]),
        ("type:connect,connack", vec!["CONNECT", "CONNACK"]),
        ("type:publish !topic:a/#", vec!["PUBLISH $dp/x"]),
        ("qos:1 dir:in", vec!["PUBLISH a/b"]),
        ("id:14", vec!["PUBLISH a/b", "PUBACK"]),
        ("code:0 type:connack", vec!["CONNACK"]),
        ("type:link", vec!["link"]),
        ("dir:out type:publish", vec![]),
    ] {
        assert_eq!(passing(&mut console, text), expected, "{text}");
    }
    assert_eq!(passing(&mut console, "  ").len(), all);
}

#[test]
fn a_platforms_kinds_ids_codes_and_findings_can_be_asked_for() {
    let mut console = Console::connected();
    console.send("register", &[]);
    console.send("report", &[("container", "temperature"), ("con", "22.5")]);
    console.advance(Duration::from_secs(1));
    assert_eq!(passing(&mut console, "kind:report").len(), 1);
    assert!(!passing(&mut console, "code:2001").is_empty());
    assert!(!passing(&mut console, "rtt:>=0").is_empty());
    let all = passing(&mut console, "").len();
    let with = passing(&mut console, "finding:any").len();
    assert_eq!(passing(&mut console, "finding:none").len(), all - with);
    let id = console.page.ledger.rows[1].correlation.clone().unwrap();
    assert_eq!(passing(&mut console, &format!("id:\"{id}\"")).len(), 2);
}

#[test]
fn free_text_finds_what_the_row_says() {
    let mut console = Console::connected();
    console.send("register", &[]);
    console.advance(Duration::from_secs(1));
    let rows = console.page.log.rows.clone();
    let said = |found: &dyn Fn(&LogRow) -> bool| rows.iter().filter(|row| found(row)).count();
    // Neither word is in the topic or the payload: the summary says it, in either language.
    let registered = |row: &LogRow| row.summary.en.to_lowercase().contains("registration");
    let count = passing(&mut console, "registration").len();
    assert_eq!(count, said(&registered));
    assert_eq!(passing(&mut console, "text:registration").len(), count);
    let in_chinese = rows
        .iter()
        .find(|row| registered(row))
        .map(|row| row.summary.zh.chars().take(2).collect::<String>())
        .expect("a row about the registration");
    assert!(
        !passing(&mut console, &in_chinese).is_empty(),
        "{in_chinese}"
    );
    // A packet's name finds its packets and nothing else.
    let published = passing(&mut console, "PUBLISH");
    assert_eq!(
        published.len(),
        said(&|row| matches!(&row.entry, LogEntry::Frame { packet, .. } if packet == "PUBLISH"))
    );
    assert!(!published.is_empty());
    assert!(passing(&mut console, "\"keep alive\"").contains(&"CONNECT".to_owned()));
    assert!(passing(&mut console, "nowhere-said").is_empty());
}

#[test]
fn free_text_does_not_look_into_the_password_of_a_connect() {
    let mut profile = console::profile();
    profile.connection.user_name = "meter-user".to_owned();
    profile.connection.password = "s3cret-word".to_owned();
    let mut console = Console::with_profile(profile, false);
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(1));
    assert!(!passing(&mut console, "type:connect").is_empty());
    assert!(passing(&mut console, "s3cret-word").is_empty());
}

#[test]
fn a_term_that_cannot_be_read_says_where_and_hides_nothing() {
    let (mut console, _) = some_traffic();
    let rows = console.page.log.rows.clone();
    for (text, start, end) in [
        ("qos:3", Some(4), Some(5)),
        ("flavour:sweet", Some(0), Some(7)),
        ("size:>big", Some(5), Some(9)),
        ("size:9x", Some(5), Some(7)),
        ("size:9..1", Some(5), Some(9)),
        ("topic:a/#/b", Some(6), Some(11)),
        ("\"b", Some(0), Some(2)),
        ("-\"中 \" qos:3", Some(10), Some(11)),
        ("type:", Some(5), Some(5)),
        ("type:publish,", Some(13), Some(13)),
        ("-", Some(1), Some(1)),
        ("code:0xfff", Some(5), Some(10)),
        ("is:pretty", Some(3), Some(9)),
        ("dir:sideways", Some(4), Some(12)),
    ] {
        let error = filter(&mut console, text).error;
        assert_eq!(
            error.as_ref().map(|error| error.start),
            start,
            "{text}: {error:?}"
        );
        assert_eq!(
            error.as_ref().map(|error| error.end),
            end,
            "{text}: {error:?}"
        );
        let error = error.expect("an error");
        assert!(!error.text.en.is_empty() && !error.text.zh.is_empty());
        assert_eq!(console.page.log.rows, rows, "{text}");
    }
    // What can be read holds meanwhile.
    assert!(filter(&mut console, "topic:=a/b qos:9").error.is_some());
    assert_eq!(console.page.log.total, 2);
    assert!(filter(&mut console, "topic:=a/b \"22").error.is_some());
    assert_eq!(console.page.log.total, 2);
    let long = "x".repeat(3000);
    assert_eq!(
        filter(&mut console, &long).error.map(|error| error.end),
        Some(3000)
    );
}

#[test]
fn completion_offers_keys_values_topics_and_kinds() {
    let (mut console, _) = some_traffic();
    let mut offered = |text: &str, cursor: u32| -> Vec<(u32, u32, String)> {
        typed(&mut console, text, Some(cursor))
            .completions
            .into_iter()
            .map(|found| (found.start, found.end, found.insert))
            .collect()
    };
    let keys = offered("", 0);
    assert!(keys.len() >= 10, "{keys:?}");
    assert_eq!(keys[0], (0, 0, "type:".to_owned()));
    assert_eq!(
        offered("qos:1 ty", 8),
        [(6, 8, "type:".to_owned())],
        "a key is completed where it stands"
    );
    assert_eq!(
        offered("type:pingre", 11)[..2],
        [
            (5, 11, "pingreq".to_owned()),
            (5, 11, "pingresp".to_owned())
        ]
    );
    assert_eq!(
        offered("type:publish,suba", 17),
        [(13, 17, "suback".to_owned())]
    );
    assert!(offered("unans", 5).contains(&(0, 5, "is:unanswered".to_owned())));
    let topics = offered("-topic:a/", 9);
    assert_eq!(
        topics[0],
        (7, 9, "=a/b".to_owned()),
        "the most frequent first"
    );
    assert_eq!(topics[1].2, "=a/b/c");
    assert_eq!(offered("kind:rep", 8)[0].2, "report");
    assert!(offered("PUBL", 4).contains(&(0, 4, "type:publish".to_owned())));
    assert!(offered("regist", 6).contains(&(0, 6, "kind:register".to_owned())));
    assert!(offered("", 0).contains(&(0, 0, "text:".to_owned())));
    assert_eq!(offered("中文 ty", 5), [(3, 5, "type:".to_owned())]);
}

#[test]
fn what_is_offered_says_how_many_rows_would_pass() {
    let (mut console, _) = some_traffic();
    let texts = [
        ("type:", 5),
        ("-type:", 6),
        ("type:publish,", 13),
        ("topic:", 6),
        ("PUBL", 4),
    ];
    for (text, cursor) in texts {
        let offered = typed(&mut console, text, Some(cursor)).completions;
        assert!(!offered.is_empty(), "{text}");
        for found in offered {
            let before = &text[..found.start as usize];
            let term = match before.split_once(':') {
                Some((key, _)) => format!("{key}:{}", found.insert),
                None => format!("{before}{}", found.insert),
            };
            let passing = passing(&mut console, &term).len() as u32;
            assert_eq!(found.count, Some(passing), "{text} {term}");
        }
    }
    for key in typed(&mut console, "", Some(0)).completions {
        assert_eq!(key.count, None, "{} is no whole term", key.insert);
    }
}

#[test]
fn a_key_that_does_not_exist_is_said_before_its_value_is_missed() {
    let (mut console, _) = some_traffic();
    let error = filter(&mut console, "foo:").error.expect("no such key");
    assert!(error.text.en.starts_with("no key foo"), "{error:?}");
    let error = filter(&mut console, "type:").error.expect("no value");
    assert!(error.text.en.starts_with("a value is missing"), "{error:?}");
}

#[test]
fn what_is_offered_can_be_read() {
    let (mut console, _) = some_traffic();
    let keys = typed(&mut console, "", Some(0)).completions;
    for key in keys {
        assert_eq!(
            filter(&mut console, &key.example).error,
            None,
            "{}",
            key.example
        );
        let cursor = key.insert.len() as u32;
        for value in typed(&mut console, &key.insert, Some(cursor)).completions {
            let text = format!("{}{}", key.insert, value.insert);
            assert_eq!(filter(&mut console, &text).error, None, "{text}");
        }
    }
}

#[test]
fn packets_and_their_acknowledgements_are_joined_and_timed() {
    let (mut console, link) = Console::dialled();
    console.device(DeviceCommand::Subscribe {
        filter: "x/#".to_owned(),
        qos: QoS::AtLeastOnce,
    });
    let waiting = passing(&mut console, "is:unanswered type:subscribe").len();
    assert!(waiting > 0);
    console.device(DeviceCommand::Filter {
        number: 1,
        text: String::new(),
        cursor: None,
    });
    let subscribe = console
        .page
        .log
        .rows
        .iter()
        .rfind(|row| name(row) == "SUBSCRIBE")
        .unwrap()
        .clone();
    assert!(subscribe.waits);
    let LogEntry::Frame {
        packet_id: Some(id),
        ..
    } = subscribe.entry
    else {
        panic!("a SUBSCRIBE has an identifier");
    };
    console.advance(Duration::from_millis(40));
    let [high, low] = id.to_be_bytes();
    let suback = Bytes::from(vec![0x90, 3, high, low, 1]);
    console.link(link, LinkEvent::Message(suback));
    let answer = console.page.log.rows.last().unwrap().clone();
    assert_eq!(
        (name(&answer).as_str(), answer.rtt_micros),
        ("SUBACK", Some(40_000))
    );
    let asked = console.select(subscribe.id);
    assert!(!asked.row.waits);
    assert_eq!(links(&asked), [(answer.id, Link::AnsweredBy)]);
    let answered = console.select(answer.id);
    assert_eq!(links(&answered), [(subscribe.id, Link::Answers)]);
    assert_eq!(
        passing(&mut console, "is:unanswered type:subscribe").len(),
        waiting - 1
    );
}

#[test]
fn what_a_closed_connection_leaves_open_is_unanswered() {
    let (mut console, link) = Console::dialled();
    console.device(DeviceCommand::Subscribe {
        filter: "x".to_owned(),
        qos: QoS::AtMostOnce,
    });
    let closed = LinkEvent::Closed {
        code: 1006,
        reason: String::new(),
        clean: false,
    };
    console.link(link, closed);
    assert!(console.page.log.rows.iter().all(|row| !row.waits));
    let unanswered: Vec<String> = console
        .page
        .log
        .rows
        .iter()
        .filter(|row| row.unanswered)
        .map(name)
        .collect();
    assert!(!unanswered.is_empty() && unanswered.iter().all(|name| name == "SUBSCRIBE"));
    assert_eq!(passing(&mut console, "is:unanswered"), unanswered);
}

#[test]
fn a_platforms_request_and_answer_lead_to_each_other() {
    let mut console = Console::connected();
    console.send("register", &[]);
    console.advance(Duration::from_secs(1));
    let trip = console.page.ledger.rows[0].clone();
    let links = links(&console.select(trip.request));
    assert!(
        links.contains(&(trip.reply.unwrap(), Link::Reply)),
        "{links:?}"
    );
    let links = self::links(&console.select(trip.reply.unwrap()));
    assert!(links.contains(&(trip.request, Link::Request)), "{links:?}");
}

#[test]
fn new_rows_are_filtered_as_they_come_and_a_flood_in_steps() {
    let (mut console, link) = Console::dialled();
    for number in 0..20_000_u32 {
        let topic = if number % 100 == 0 { "rare" } else { "common" };
        let frame = publish(topic, &number.to_be_bytes(), QoS::AtMostOnce, 0);
        console
            .engine
            .handle_link(console.now(), link, LinkEvent::Message(frame));
    }
    // The first answer comes before all rows are asked about, with the newest found first.
    console.engine.handle_command(
        console.now(),
        device_console::engine::seam::Command::Device {
            device: console::DEVICE,
            command: DeviceCommand::Filter {
                number: 1,
                text: "topic:=rare".to_owned(),
                cursor: None,
            },
        },
    );
    let update = console.engine.poll_update(console.now()).unwrap();
    let window = update.devices[0].log.clone().unwrap();
    assert!(
        window.unsearched > 0 && window.total > 0 && window.total < 200,
        "{}",
        window.total
    );
    let number = update.number;
    console.command(device_console::engine::seam::Command::Taken { update: number });
    assert_eq!(
        (console.page.log.unsearched, console.page.log.total),
        (0, 200)
    );
    let newest = console.page.log.rows.last().unwrap().id;
    assert_eq!(newest, window.rows.last().unwrap().id);
    // Ordinals go down as older rows are found, so those on the screen keep theirs.
    assert_eq!(
        console.page.log.top + console.page.log.total as i64,
        window.top + window.total as i64
    );
    receive(&mut console, link, "rare", b"new");
    receive(&mut console, link, "common", b"new");
    assert_eq!(console.page.log.total, 201);
}

#[test]
fn a_paused_view_stands_still_and_nothing_is_lost() {
    let (mut console, link) = some_traffic();
    let before = console.page.log.rows.clone();
    console.device(DeviceCommand::Pause(true));
    receive(&mut console, link, "later", b"1");
    receive(&mut console, link, "later", b"2");
    assert_eq!(console.page.log.rows, before);
    assert_eq!(console.page.log.held, 2);
    assert_eq!(passing(&mut console, "topic:later"), Vec::<String>::new());
    console.device(DeviceCommand::Pause(false));
    assert_eq!(console.page.log.held, 0);
    assert_eq!(console.page.log.total, 2);
}

#[test]
fn marks_are_jumped_between_and_go_with_their_rows() {
    let (mut console, link) = some_traffic();
    let rows = console.page.log.rows.clone();
    let (one, two) = (rows[2].id, rows[4].id);
    for id in [one, two] {
        console.device(DeviceCommand::Mark(id));
    }
    assert_eq!(console.page.log.marks, 2);
    assert!(console.page.log.rows[2].marked);
    let jump = |console: &mut Console, to| -> Option<Jumped> {
        let number = 7;
        console.device(DeviceCommand::Jump { number, to });
        let answer = console.page.jumped.take().expect("an answer to the jump");
        assert_eq!(answer.0, number);
        answer.1
    };
    let frame = |jumped: Option<Jumped>| jumped.map(|jumped| jumped.frame);
    assert_eq!(frame(jump(&mut console, Jump::NextMark)), Some(one));
    assert_eq!(console.page.selected.as_ref().unwrap().row.id, one);
    assert_eq!(frame(jump(&mut console, Jump::NextMark)), Some(two));
    assert_eq!(
        frame(jump(&mut console, Jump::NextMark)),
        Some(one),
        "around"
    );
    assert_eq!(frame(jump(&mut console, Jump::PreviousMark)), Some(two));
    assert_eq!(passing(&mut console, "is:marked").len(), 2);
    passing(&mut console, "type:connect");
    assert_eq!(jump(&mut console, Jump::NextMark), None, "no mark is shown");
    let hidden = jump(&mut console, Jump::Frame(one)).unwrap();
    assert_eq!((hidden.frame, hidden.ordinal), (one, None));
    passing(&mut console, "");
    console.device(DeviceCommand::Mark(one));
    console.device(DeviceCommand::Limits(LogLimits {
        rows: 100,
        mebibytes: 64,
    }));
    for _ in 0..100 {
        receive(&mut console, link, "x", b"");
    }
    assert_eq!(console.page.log.marks, 0);
    assert_eq!(jump(&mut console, Jump::NextMark), None);
}

#[test]
fn a_jump_to_a_time_finds_the_first_row_from_then_on() {
    let (mut console, link) = Console::dialled();
    for number in 0..50_u8 {
        receive(&mut console, link, "t", &[number]);
        console.advance(Duration::from_millis(100));
    }
    let rows = console.page.log.rows.clone();
    let wanted = &rows[30];
    console.device(DeviceCommand::Jump {
        number: 1,
        to: Jump::Time(UnixMillis(wanted.at.0 - 50)),
    });
    assert_eq!(
        console.page.jumped.take().unwrap().1.unwrap().frame,
        wanted.id
    );
    assert_eq!(console.page.log.selected, Some(console.page.log.top + 30));
    console.device(DeviceCommand::Jump {
        number: 1,
        to: Jump::Time(UnixMillis(i64::MAX)),
    });
    let last = console.page.jumped.take().unwrap().1.unwrap();
    assert_eq!(last.frame, rows.last().unwrap().id);
    console.device(DeviceCommand::Jump {
        number: 1,
        to: Jump::Ordinal(console.page.log.top + 3),
    });
    assert_eq!(
        console.page.jumped.take().unwrap().1.unwrap().frame,
        rows[3].id
    );
}

#[test]
fn the_limits_hold_and_what_is_dropped_is_counted() {
    let (mut console, link) = Console::dialled();
    console.device(DeviceCommand::Limits(LogLimits {
        rows: 200,
        mebibytes: 1,
    }));
    for _ in 0..300 {
        receive(&mut console, link, "x", b"");
    }
    assert_eq!(console.page.log.kept, 200);
    let dropped = console.page.log.dropped;
    assert!(dropped > 100);
    console.device(DeviceCommand::View(LogView {
        follow: false,
        start: console.page.log.top + 50,
        count: 10,
    }));
    let still = console.page.log.rows.clone();
    for _ in 0..20 {
        receive(&mut console, link, "x", b"");
    }
    assert_eq!(
        console.page.log.rows, still,
        "rows in view stay where they are"
    );
    for _ in 0..40 {
        receive(&mut console, link, "x", &[0; 60_000]);
    }
    assert!(
        console.page.log.bytes <= 1 << 20,
        "{}",
        console.page.log.bytes
    );
    assert!(console.page.log.kept < 20);
    // Limits that make no sense become the nearest that do.
    console.device(DeviceCommand::Limits(LogLimits {
        rows: 0,
        mebibytes: u32::MAX,
    }));
    for _ in 0..150 {
        receive(&mut console, link, "x", b"");
    }
    assert_eq!(console.page.log.kept, 100);
}

#[test]
fn rows_that_pass_by_are_told_once_a_second_and_at_once_when_asked_for() {
    let (mut console, link) = Console::dialled();
    let burst: Vec<u8> = (0..300)
        .flat_map(|_| publish("t", b"", QoS::AtMostOnce, 0))
        .collect();
    let burst = Bytes::from(burst);
    let before = console.page.log.total;

    console.link(link, LinkEvent::Message(burst.clone()));
    assert_eq!(console.page.counters.messages_down, 300);
    assert_eq!(console.page.log.total, before, "they pass by");
    console.advance(Duration::from_secs(1));
    assert_eq!(console.page.log.total, before + 300);

    console.link(link, LinkEvent::Message(burst));
    assert_eq!(console.page.log.total, before + 300);
    console.device(DeviceCommand::View(LogView {
        follow: true,
        start: 0,
        count: 20,
    }));
    assert_eq!(console.page.log.total, before + 600, "the page asked");

    receive(&mut console, link, "t", b"");
    assert_eq!(console.page.log.total, before + 601, "one alone is told");
}
