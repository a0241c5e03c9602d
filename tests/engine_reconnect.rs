//! Connecting again by itself, through the engine's seam: when, how soon, and when not.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;

use std::time::Duration;

use bytes::Bytes;
use console::{Console, profile};
use device_console::engine::seam::{
    Cause, ConnectionState, ConnectionView, DeviceCommand, Draft, FailureStage, LogEntry, Profile,
    Publication, QoS, Severity, SubscriptionState, Target,
};
use device_console::engine::{Effect, LinkId};
use device_console::mqtt::{FrameDecoder, Packet, ProtocolVersion};
use device_console::platform::DialectId;
use device_console::transport::LinkEvent;

const ACCEPTED: &[u8] = &[0x20, 0x02, 0x00, 0x00];
const ACCEPTED_WITH_SESSION: &[u8] = &[0x20, 0x02, 0x01, 0x00];

fn view(console: &Console) -> &ConnectionView {
    console
        .page
        .connection
        .as_ref()
        .expect("the page was told about the connection")
}

fn broke_off() -> LinkEvent {
    LinkEvent::Closed {
        code: 1006,
        reason: String::new(),
        clean: false,
    }
}

fn links(console: &Console) -> Vec<LinkId> {
    console
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::OpenLink { link, .. } => Some(*link),
            _ => None,
        })
        .collect()
}

/// How long the console says that it waits, in milliseconds.
fn wait(console: &Console) -> u64 {
    match view(console).state {
        ConnectionState::Waiting { until, .. } => {
            u64::try_from(until.0 - console.now().unix.0).expect("it is in the future")
        }
        other => panic!("it does not wait: {other:?}"),
    }
}

fn accept(console: &mut Console, link: LinkId, connack: &'static [u8]) {
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(link, LinkEvent::Message(Bytes::from_static(connack)));
}

fn newest(console: &Console) -> LinkId {
    *links(console).last().expect("a link was opened")
}

/// Names of the packets sent since the `from`th.
fn names(console: &Console, from: usize) -> Vec<String> {
    let sent = console.sent();
    sent[from..]
        .iter()
        .map(|bytes| {
            let mut rest: &[u8] = bytes;
            let frame = FrameDecoder::default()
                .next_frame(&mut rest)
                .expect("what is sent is whole")
                .expect("a packet")
                .to_vec();
            Packet::decode(ProtocolVersion::V3_1_1, &frame)
                .expect("what is sent can be read")
                .packet_type()
                .name()
                .to_owned()
        })
        .collect()
}

#[test]
fn a_connection_that_broke_off_is_made_again_at_the_time_that_was_told() {
    let (mut console, link) = Console::dialled();
    console.advance(Duration::from_secs(5));
    console.link(link, broke_off());
    let wait = wait(&console);
    assert!((200..=1001).contains(&wait), "{wait}");
    assert_eq!(view(&console).failure.as_ref().unwrap().cause, Cause::Lost);
    assert_eq!(
        console
            .engine
            .poll_timeout()
            .map(|at| at.as_micros() / 1000),
        Some(5_000 + wait),
        "the timer is armed for it"
    );
    console.advance(Duration::from_millis(wait - 1));
    assert_eq!(links(&console).len(), 1, "not before its time");
    console.advance(Duration::from_millis(1));
    assert_eq!(links(&console).len(), 2);
    let link = newest(&console);
    accept(&mut console, link, ACCEPTED);
    assert!(matches!(
        view(&console).state,
        ConnectionState::Connected { .. }
    ));
    assert_eq!(view(&console).failure, None);
}

#[test]
fn the_log_keeps_why_a_connection_ended_when_the_next_one_is_there() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    let why = view(&console)
        .failure
        .clone()
        .expect("it is explained")
        .what;
    let waited = wait(&console);
    console.advance(Duration::from_millis(waited));
    let link = newest(&console);
    accept(&mut console, link, ACCEPTED);
    assert_eq!(view(&console).failure, None);
    let rows = console.page.log.rows.iter();
    let kept: Vec<_> = rows
        .filter(|row| row.entry == LogEntry::Link && row.severity == Some(Severity::Warning))
        .map(|row| (row.summary.en.to_string(), row.summary.zh.to_string()))
        .collect();
    let told = (
        format!("ended, likely: {}", why.en),
        format!("结束，可能：{}", why.zh),
    );
    assert_eq!(kept, [told]);
}

#[test]
fn waits_grow_with_jitter_up_to_a_cap_and_start_anew_after_a_connection_that_held() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    let mut waits = Vec::new();
    for attempt in 1..=40 {
        let waited = wait(&console);
        assert!(waited <= 60_001, "{waited}");
        assert!(
            matches!(view(&console).state, ConnectionState::Waiting { attempt: shown, .. } if shown == attempt)
        );
        waits.push(waited);
        console.advance(Duration::from_millis(waited));
        let link = newest(&console);
        console.link(link, broke_off());
    }
    assert!(
        waits[10..].iter().any(|wait| *wait > 20_000),
        "they grow: {waits:?}"
    );
    let different: std::collections::BTreeSet<_> = waits[10..].iter().collect();
    assert!(different.len() > 20, "they are drawn: {waits:?}");

    let last = wait(&console);
    console.advance(Duration::from_millis(last));
    let link = newest(&console);
    accept(&mut console, link, ACCEPTED);
    console.advance(Duration::from_secs(31));
    console.link(link, broke_off());
    assert!(
        wait(&console) <= 1001,
        "what held starts from the beginning"
    );
}

#[test]
fn an_attempt_that_never_succeeded_is_left_to_the_user() {
    let mut console = Console::new();
    let link = console.dial("ws://127.0.0.1:9001/mqtt");
    console.link(link, broke_off());
    assert_eq!(view(&console).state, ConnectionState::Offline);
    console.advance(Duration::from_secs(600));
    assert_eq!(links(&console).len(), 1);
}

#[test]
fn now_means_now_and_stop_means_stop() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    console.device(DeviceCommand::Connect);
    assert_eq!(links(&console).len(), 2);
    assert_eq!(view(&console).state, ConnectionState::Opening);

    let link = newest(&console);
    console.link(link, broke_off());
    assert!(
        matches!(view(&console).state, ConnectionState::Waiting { .. }),
        "an attempt made by hand does not end it"
    );
    console.device(DeviceCommand::Disconnect);
    assert_eq!(view(&console).state, ConnectionState::Offline);
    console.advance(Duration::from_secs(600));
    assert_eq!(links(&console).len(), 2);
}

#[test]
fn a_network_that_comes_back_ends_the_wait() {
    let (mut console, link) = Console::dialled();
    console.engine.handle_network(console.now(), false);
    console.link(link, broke_off());
    assert_eq!(
        view(&console).failure.as_ref().unwrap().cause,
        Cause::Offline
    );
    assert_eq!(links(&console).len(), 1);
    console.network(true);
    assert_eq!(links(&console).len(), 2);
}

#[test]
fn a_refusal_that_cannot_heal_stops_it_and_says_why() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    console.advance(Duration::from_secs(2));
    let link = newest(&console);
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(
        link,
        LinkEvent::Message(Bytes::from_static(&[0x20, 0x02, 0x00, 0x04])),
    );
    let shown = view(&console);
    assert_eq!(shown.state, ConnectionState::Offline);
    assert!(matches!(
        shown.failure.as_ref().unwrap().cause,
        Cause::Refused(_)
    ));
    let stopped = shown.stopped.as_ref().expect("it says why it stops");
    assert!(stopped.en.contains("refuse"), "{}", stopped.en);
    console.advance(Duration::from_secs(600));
    assert_eq!(links(&console).len(), 2);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    console.advance(Duration::from_secs(2));
    let link = newest(&console);
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(
        link,
        LinkEvent::Message(Bytes::from_static(&[0x20, 0x02, 0x00, 0x03])),
    );
    assert!(matches!(
        view(&console).state,
        ConnectionState::Waiting { .. }
    ));
}

#[test]
fn two_clients_that_push_each_other_out_do_not_do_so_for_ever() {
    let (mut console, mut link) = Console::dialled();
    for _ in 0..3 {
        console.advance(Duration::from_secs(1));
        console.link(link, broke_off());
        let wait = wait(&console);
        console.advance(Duration::from_millis(wait));
        link = newest(&console);
        accept(&mut console, link, ACCEPTED);
    }
    console.advance(Duration::from_secs(1));
    console.link(link, broke_off());
    let shown = view(&console);
    assert_eq!(shown.state, ConnectionState::Offline);
    assert_eq!(
        shown.failure.as_ref().unwrap().cause,
        Cause::TakenOver,
        "{shown:?}"
    );
    assert!(shown.stopped.is_some());
}

/// The socket opens, and is closed upon CONNECT without a word.
fn closes_upon_connect(console: &mut Console, code: u16) {
    let wait = wait(console);
    console.advance(Duration::from_millis(wait));
    let link = newest(console);
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(
        link,
        LinkEvent::Closed {
            code,
            reason: String::new(),
            clean: true,
        },
    );
}

#[test]
fn a_relay_whose_server_is_away_is_asked_for_as_long_as_it_takes() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    for _ in 0..30 {
        closes_upon_connect(&mut console, 1000);
        let failure = view(&console).failure.as_ref().unwrap();
        assert_eq!(
            (failure.cause, failure.certain),
            (Cause::BehindRelay, false)
        );
        assert_eq!(view(&console).stopped, None);
    }
    let wait = wait(&console);
    console.advance(Duration::from_millis(wait));
    let link = newest(&console);
    accept(&mut console, link, ACCEPTED);
    assert!(matches!(
        view(&console).state,
        ConnectionState::Connected { .. }
    ));
}

#[test]
fn a_connect_that_the_server_names_as_the_fault_is_sent_three_times() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    for _ in 0..3 {
        closes_upon_connect(&mut console, 1008);
        let failure = view(&console).failure.as_ref().unwrap();
        assert_eq!(
            (failure.cause, failure.certain),
            (Cause::ClosedUponConnect, true)
        );
    }
    assert_eq!(view(&console).state, ConnectionState::Offline);
    assert!(view(&console).stopped.is_some());
}

#[test]
fn it_can_be_switched_off() {
    let mut profile = profile();
    profile.connection.reconnect = Some(false);
    let mut console = Console::with_profile(profile, false);
    let link = console.dial("ws://127.0.0.1:9001/mqtt");
    accept(&mut console, link, ACCEPTED);
    console.link(link, broke_off());
    assert_eq!(view(&console).state, ConnectionState::Offline);
    assert_eq!(view(&console).stopped, None);
}

#[test]
fn changed_settings_end_the_wait_and_other_changes_do_not() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    let mut changed = console.profile.clone();
    changed.answer.automatic = false;
    console.device(DeviceCommand::SetProfile(Box::new(changed.clone())));
    assert!(matches!(
        view(&console).state,
        ConnectionState::Waiting { .. }
    ));
    changed.connection.url = "ws://127.0.0.1:90".to_owned();
    console.device(DeviceCommand::SetProfile(Box::new(changed)));
    assert_eq!(view(&console).state, ConnectionState::Offline);
}

#[test]
fn what_is_wanted_is_subscribed_to_again_unless_the_server_remembers_it() {
    let mut profile = profile();
    profile.connection.clean_session = Some(false);
    let mut console = Console::with_profile(profile, false);
    let link = console.dial("ws://127.0.0.1:9001/mqtt");
    accept(&mut console, link, ACCEPTED);
    console.device(DeviceCommand::Subscribe {
        filter: "own/#".to_owned(),
        qos: QoS::AtMostOnce,
    });
    // Four filters by now; the broker grants them.
    for (packet_id, codes) in [(1, &[1, 1, 1][..]), (2, &[0][..])] {
        let mut suback = vec![0x90, 2 + codes.len() as u8, 0, packet_id];
        suback.extend_from_slice(codes);
        console.link(link, LinkEvent::Message(Bytes::from(suback)));
    }
    assert!(
        console
            .page
            .subscriptions
            .iter()
            .all(|wanted| matches!(wanted.state, SubscriptionState::Granted(_))),
        "{:?}",
        console.page.subscriptions
    );
    for (connack, expected) in [
        (ACCEPTED_WITH_SESSION, &["CONNECT"][..]),
        (ACCEPTED, &["CONNECT", "SUBSCRIBE"][..]),
    ] {
        let before = console.sent().len();
        console.advance(Duration::from_secs(40));
        let link = newest(&console);
        console.link(link, broke_off());
        console.advance(Duration::from_secs(2));
        let link = newest(&console);
        accept(&mut console, link, connack);
        let sent: Vec<_> = names(&console, before)
            .into_iter()
            .filter(|name| name != "PINGREQ")
            .collect();
        assert_eq!(sent, expected);
    }
}

#[test]
fn a_message_published_while_waiting_goes_out_with_the_next_connection() {
    let (mut console, link) = Console::dialled();
    console.link(link, broke_off());
    console.device(DeviceCommand::Send {
        draft: Draft::Raw(Publication {
            topic: "a/b".to_owned(),
            payload: Bytes::from_static(b"x"),
            qos: QoS::AtLeastOnce,
            retain: false,
        }),
    });
    assert!(
        console.page.notices.is_empty(),
        "{:?}",
        console.page.notices
    );
    let before = console.sent().len();
    console.advance(Duration::from_secs(2));
    let link = newest(&console);
    accept(&mut console, link, ACCEPTED);
    assert_eq!(names(&console, before), ["CONNECT", "SUBSCRIBE", "PUBLISH"]);
}

fn broker(dialect: &str, identity: &[(&str, &str)]) -> Profile {
    Profile {
        dialect: DialectId(dialect.to_owned().into()),
        identity: console::form(identity),
        target: Target::Broker,
        ..profile()
    }
}

#[test]
fn a_close_upon_connect_lists_what_the_platform_forbids_in_this_connect() {
    let mut profile = broker(
        "aliyun",
        &[
            ("product_key", "a1b2c3"),
            ("device_name", "d1"),
            ("device_secret", "0123456789abcdef0123456789abcdef"),
        ],
    );
    profile.connection.keep_alive_secs = Some(5);
    let mut console = Console::with_profile(profile.clone(), false);
    console.profile = profile;
    let link = console.dial("ws://127.0.0.1:9001/mqtt");
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(link, broke_off());
    let failure = view(&console).failure.clone().unwrap();
    assert_eq!(failure.cause, Cause::ClosedUponConnect);
    assert_eq!(failure.stage, FailureStage::Handshake);
    assert!(
        failure
            .findings
            .iter()
            .any(|finding| finding.text.en.contains("keep alive is 5 s")),
        "{:?}",
        failure.findings
    );
}

#[test]
fn a_refusal_is_told_in_the_platforms_own_words() {
    let profile = broker("onenet", &[]);
    let mut console = Console::with_profile(profile.clone(), false);
    console.profile = profile;
    let link = console.dial("ws://127.0.0.1:18083/");
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(
        link,
        LinkEvent::Message(Bytes::from_static(&[0x20, 0x02, 0x00, 0x04])),
    );
    let failure = view(&console).failure.clone().unwrap();
    assert!(failure.what.zh.contains("用户名或密码错误"), "{failure:?}");
    assert!(failure.next.en.contains("auth_info"), "{failure:?}");
}

#[test]
fn a_platform_without_web_socket_comes_with_the_command_for_a_relay() {
    let profile = broker("onenet", &[]);
    let mut console = Console::with_profile(profile.clone(), false);
    console.profile = profile;
    let link = console.dial("ws://127.0.0.1:9001/mqtt");
    console.link(link, broke_off());
    let failure = view(&console).failure.clone().unwrap();
    assert_eq!(failure.stage, FailureStage::Opening);
    let relay = failure.relay.expect("a recipe");
    assert!(relay.command.ends_with("tcp:183.230.40.39:6002"));
    assert!(relay.command.contains("127.0.0.1:18083"));
    assert_eq!(relay.url, "ws://127.0.0.1:18083/");
}
