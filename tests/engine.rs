//! The engine through its seam alone, with no browser: commands in, updates and effects out.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;

use std::time::Duration;

use bytes::Bytes;
use console::{Console, form, profile};
use device_console::engine::Effect;
use device_console::engine::seam::{
    self, Cause, Command, ConnectionState, DeviceCommand, DeviceId, Direction, Draft, FrameId,
    LogEntry, LogView, MAX_DEVICES, Publication, QoS, RoundTripState, SEAM_VERSION,
    SubscriptionState, Target,
};
use device_console::mqtt::{Field, FieldKind, ReasonCode, Severity};
use device_console::transport::LinkEvent;

fn packets(console: &Console) -> Vec<(Direction, String)> {
    console
        .page
        .log
        .rows
        .iter()
        .filter_map(|row| match &row.entry {
            LogEntry::Frame { packet, .. } => Some((row.direction, packet.clone())),
            _ => None,
        })
        .collect()
}

fn failure(console: &Console) -> (Cause, bool) {
    let failure = console
        .page
        .connection
        .as_ref()
        .unwrap()
        .failure
        .as_ref()
        .expect("a failure");
    assert!(!failure.what.zh.is_empty() && !failure.next.en.is_empty());
    (failure.cause, failure.certain)
}

fn state(console: &Console) -> ConnectionState {
    console.page.connection.as_ref().unwrap().state
}

#[test]
fn the_first_update_offers_the_platforms() {
    let console = Console::new();
    assert_eq!(console.page.catalogue[0].id.0, "onem2m");
    assert_eq!(state(&console), ConnectionState::Offline);
    assert_eq!(console.page.plan.as_ref().unwrap().client_id, "sensor-01");
}

#[test]
fn a_page_that_nobody_used_offers_the_first_platform_by_itself() {
    let first = &Console::new().page.catalogue[0];
    assert_eq!(&seam::first_platform(), first);
}

#[test]
fn nothing_is_told_before_the_page_took_the_last_update() {
    let mut console = Console::new();
    let now = console.now();
    let select = |count| Command::Device {
        device: console::DEVICE,
        command: DeviceCommand::View(LogView {
            follow: true,
            start: 0,
            count,
        }),
    };
    console.engine.handle_command(now, select(1));
    let update = console.engine.poll_update(now).expect("the view changed");
    console.engine.handle_command(now, select(2));
    assert_eq!(console.engine.poll_update(now), None);
    console.engine.handle_command(
        now,
        Command::Taken {
            update: update.number,
        },
    );
    assert!(console.engine.poll_update(now).is_some());
}

#[test]
fn a_device_connects_to_the_simulated_platform_and_subscribes() {
    let console = Console::connected();
    assert_eq!(
        state(&console),
        ConnectionState::Connected {
            session_present: false
        }
    );
    let names: Vec<String> = packets(&console)
        .into_iter()
        .map(|(_, packet)| packet)
        .collect();
    assert_eq!(names[..2], ["CONNECT", "CONNACK"]);
    assert_eq!(console.page.subscriptions.len(), 3);
    for subscription in &console.page.subscriptions {
        assert_eq!(
            subscription.state,
            SubscriptionState::Granted(QoS::AtLeastOnce)
        );
        assert!(subscription.automatic);
    }
}

#[test]
fn a_device_that_was_disconnected_connects_again() {
    let mut console = Console::connected();
    for _ in 0..2 {
        console.device(DeviceCommand::Disconnect);
        console.advance(Duration::from_secs(1));
        assert_eq!(state(&console), ConnectionState::Offline);
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        assert!(
            matches!(state(&console), ConnectionState::Connected { .. }),
            "{:?}",
            console.page.connection
        );
    }
}

#[test]
fn registering_reporting_and_an_event_close_their_round_trips() {
    let mut console = Console::connected();
    console.send("register", &[]);
    console.send("report", &[("container", "temperature"), ("con", "22.5")]);
    console.send("event", &[("event", "alarm"), ("con", r#"{"level":2}"#)]);
    console.advance(Duration::from_secs(1));
    let rows = &console.page.ledger.rows;
    assert_eq!(rows.len(), 3, "{:?}", console.page.notices);
    for row in rows {
        assert_eq!(row.state, RoundTripState::Succeeded, "{row:?}");
        assert_eq!(row.outcome.as_ref().unwrap().code, "2001");
        assert_eq!(row.initiator, Direction::Up);
        assert!(row.latency_micros.is_some());
    }
    assert_eq!(console.page.ledger.open, 0);
}

#[test]
fn a_downlink_is_answered_by_itself_and_both_halves_are_paired() {
    let mut console = Console::connected();
    console.send("register", &[]);
    console.device(DeviceCommand::Application {
        kind: "downlink".to_owned(),
        values: form(&[("container", "switch"), ("con", "on")]),
    });
    console.advance(Duration::from_secs(1));
    let row = console.page.ledger.rows.last().unwrap().clone();
    assert_eq!(
        (row.initiator, row.state),
        (Direction::Down, RoundTripState::Succeeded)
    );
    let request = console.select(row.request);
    let reply = console.select(row.reply.unwrap());
    assert_eq!(
        (request.row.direction, reply.row.direction),
        (Direction::Down, Direction::Up)
    );
    let text = String::from_utf8(reply.bytes[reply.payload.unwrap().0..].to_vec()).unwrap();
    assert!(text.contains(row.correlation.as_deref().unwrap()), "{text}");
}

#[test]
fn with_automatic_answers_off_a_request_waits_for_a_hand() {
    let mut profile = profile();
    profile.answer.automatic = false;
    let mut console = Console::with_profile(profile, false);
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(1));
    console.send("register", &[]);
    console.device(DeviceCommand::Application {
        kind: "downlink".to_owned(),
        values: form(&[("container", "switch"), ("con", "on")]),
    });
    console.advance(Duration::from_secs(5));
    assert_eq!(console.page.ledger.open, 1);
    let request = console.page.ledger.rows.last().unwrap().request;
    console.device(DeviceCommand::Answer {
        request,
        values: form(&[("rsc", "4004")]),
    });
    console.advance(Duration::from_secs(1));
    let row = console.page.ledger.rows.last().unwrap();
    assert_eq!(row.state, RoundTripState::Failed);
    assert_eq!(
        row.latency_micros,
        Some(4_990_000),
        "it took 10 ms to arrive"
    );
}

#[test]
fn what_the_preview_shows_is_what_goes_over_the_link() {
    let mut console = Console::connected();
    let draft = Draft::Form {
        kind: "report".to_owned(),
        values: form(&[("container", "temperature"), ("con", "22.5")]),
    };
    console.device(DeviceCommand::Preview {
        number: 9,
        draft: draft.clone(),
    });
    let preview = console.page.preview.clone().unwrap();
    assert_eq!(preview.draft, 9);
    console.device(DeviceCommand::Send { draft });
    let sent = console
        .page
        .log
        .rows
        .iter()
        .rev()
        .find(|row| {
            row.direction == Direction::Up
                && matches!(&row.entry, LogEntry::Frame { packet, .. } if packet == "PUBLISH")
        })
        .unwrap()
        .id;
    let sent = console.select(sent);
    let publication = preview.publication.unwrap();
    assert_eq!(sent.bytes[sent.payload.unwrap().0..], publication.payload);
    assert_eq!(sent.bytes.len(), preview.bytes.len());
    // And the next message is previewed with an id of its own.
    let next = console.page.preview.clone().unwrap().publication.unwrap();
    assert_ne!(next.payload, publication.payload);
}

#[test]
fn spans_of_every_frame_nest_and_cover_it_through_the_platform_layer() {
    fn check(fields: &[Field], start: usize, end: usize) {
        let mut at = start;
        for field in fields {
            assert!(field.start <= field.end && field.end <= end, "{field:?}");
            if field.bits.is_none() {
                assert!(field.start >= at, "{} overlaps at {at}", field.name);
                at = field.end;
            }
            check(&field.children, field.start, field.end);
        }
    }
    let mut console = Console::connected();
    console.send("register", &[]);
    console.advance(Duration::from_secs(1));
    let rows = console.page.log.rows.clone();
    assert!(rows.len() >= 8);
    for row in rows {
        let view = console.select(row.id);
        check(&view.tree, 0, view.bytes.len());
        if let LogEntry::Frame { .. } = row.entry {
            assert_eq!(view.tree.first().map(|field| field.start), Some(0));
            assert_eq!(
                view.tree.last().map(|field| field.end),
                Some(view.bytes.len())
            );
        }
    }
    let publish =
        console.page.log.rows.iter().find(
            |row| matches!(&row.entry, LogEntry::Frame { packet, .. } if packet == "PUBLISH"),
        );
    let view = console.select(publish.unwrap().id);
    fn payload(fields: &[Field]) -> Option<&Field> {
        fields.iter().find_map(|field| {
            (field.kind == FieldKind::Payload && !field.children.is_empty())
                .then_some(field)
                .or_else(|| payload(&field.children))
        })
    }
    assert!(
        payload(&view.tree).is_some(),
        "the platform layer is inside the payload"
    );
}

#[test]
fn a_message_that_cannot_be_sent_is_told_and_nothing_is_lost() {
    let mut console = Console::new();
    let before = console.page.log.total;
    console.device(DeviceCommand::Send {
        draft: Draft::Raw(Publication {
            topic: "a/b".to_owned(),
            payload: Bytes::from_static(b"x"),
            qos: QoS::AtMostOnce,
            retain: false,
        }),
    });
    assert_eq!(console.page.notices.len(), 1);
    assert_eq!(console.page.notices[0].severity, Severity::Error);
    assert_eq!(console.page.log.total, before);
}

#[test]
fn a_bad_url_is_refused_before_any_socket_is_opened() {
    let cases = [
        ("", false, Cause::BadUrl),
        ("http://127.0.0.1:9001/", false, Cause::BadUrl),
        ("127.0.0.1:9001", false, Cause::BadUrl),
        ("ws://broker.example:9001/", true, Cause::MixedContent),
    ];
    for (url, https, class) in cases {
        let mut broker = profile();
        broker.target = Target::Broker;
        broker.connection.url = url.to_owned();
        let mut console = Console::with_profile(broker, https);
        console.device(DeviceCommand::Connect);
        assert_eq!(failure(&console), (class, true), "{url}");
        assert!(console.effects.is_empty(), "{url}");
        assert_eq!(state(&console), ConnectionState::Offline);
    }
}

#[test]
fn a_socket_that_does_not_open_is_only_likely_explained() {
    let mut console = Console::new();
    let link = console.dial("ws://127.0.0.1:9001/");
    console.advance(Duration::from_millis(40));
    console.link(
        link,
        LinkEvent::Closed {
            code: 1006,
            reason: String::new(),
            clean: false,
        },
    );
    assert_eq!(failure(&console), (Cause::NothingThere, false));
    let failure = console
        .page
        .connection
        .as_ref()
        .unwrap()
        .failure
        .clone()
        .unwrap();
    assert_eq!((failure.close_code, failure.after_ms), (Some(1006), 40));
}

#[test]
fn a_socket_to_the_port_of_mqtt_over_tcp_is_told_as_that_with_the_relay() {
    let mut console = Console::new();
    let link = console.dial("ws://broker.example:1883/mqtt");
    console.link(
        link,
        LinkEvent::Closed {
            code: 1006,
            reason: String::new(),
            clean: false,
        },
    );
    let failure = console
        .page
        .connection
        .as_ref()
        .unwrap()
        .failure
        .clone()
        .unwrap();
    assert_eq!((failure.cause, failure.certain), (Cause::TcpPort, false));
    // Which it is the browser hides, so the headline says no more than is certain.
    assert!(
        failure.what.en.contains("no WebSocket connection"),
        "{}",
        failure.what.en
    );
    assert!(failure.also.len() > 1);
    assert!(
        failure.also[0].en.contains("MQTT over TCP"),
        "{:?}",
        failure.also
    );
    let relay = failure.relay.expect("a relay is proposed");
    assert!(
        relay.command.contains("tcp:broker.example:1883"),
        "{}",
        relay.command
    );
}

#[test]
fn a_socket_that_never_opens_is_given_up() {
    let mut console = Console::new();
    let link = console.dial("ws://127.0.0.1:9001/");
    console.advance(Duration::from_secs(60));
    assert_eq!(failure(&console).0, Cause::Unreachable);
    assert!(console.effects.contains(&Effect::CloseLink { link }));
}

#[test]
fn another_sub_protocol_is_not_spoken_to() {
    let mut console = Console::new();
    let link = console.dial("ws://127.0.0.1:9001/");
    console.link(
        link,
        LinkEvent::Opened {
            protocol: String::new(),
        },
    );
    assert_eq!(failure(&console), (Cause::SubProtocol, true));
    assert!(console.sent().is_empty());
    assert!(console.effects.contains(&Effect::CloseLink { link }));
}

#[test]
fn an_open_socket_that_stays_silent_is_given_up_with_the_log_kept() {
    let mut console = Console::new();
    let link = console.dial("ws://127.0.0.1:9001/");
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    assert_eq!(state(&console), ConnectionState::Handshake);
    console.advance(Duration::from_secs(60));
    assert_eq!(failure(&console), (Cause::Silent, true));
    assert_eq!(packets(&console), [(Direction::Up, "CONNECT".to_owned())]);
}

#[test]
fn every_connack_refusal_is_put_into_words() {
    let meanings = [
        ReasonCode::UNSUPPORTED_PROTOCOL_VERSION,
        ReasonCode::CLIENT_IDENTIFIER_NOT_VALID,
        ReasonCode::SERVER_UNAVAILABLE,
        ReasonCode::BAD_USER_NAME_OR_PASSWORD,
        ReasonCode::NOT_AUTHORIZED,
    ];
    for (code, meaning) in (1..).zip(meanings) {
        let mut console = Console::new();
        let link = console.dial("ws://127.0.0.1:9001/");
        console.link(
            link,
            LinkEvent::Opened {
                protocol: "mqtt".to_owned(),
            },
        );
        console.link(
            link,
            LinkEvent::Message(Bytes::from(vec![0x20, 0x02, 0x00, code])),
        );
        assert_eq!(failure(&console), (Cause::Refused(meaning), true));
        let failure = console
            .page
            .connection
            .as_ref()
            .unwrap()
            .failure
            .clone()
            .unwrap();
        assert!(
            failure.what.en.contains(&format!(" {code} ")),
            "{}",
            failure.what.en
        );
        let shown = console.select(failure.frame.expect("the CONNACK is named"));
        assert_eq!(shown.bytes[..], [0x20, 0x02, 0x00, code]);
    }
}

#[test]
fn what_standard_and_platform_say_alike_is_said_once() {
    let mut profile = profile();
    profile.dialect = device_console::platform::DialectId("iotda".into());
    let mut console = Console::with_profile(profile, false);
    let link = console.dial("ws://127.0.0.1:9001/");
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
    let connection = console.page.connection.as_ref().unwrap();
    let failure = connection.failure.as_ref().expect("a failure");
    let said = failure.what.en.matches("bad user name or password");
    assert_eq!(said.count(), 1, "{}", failure.what.en);
    assert!(failure.next.en.contains("secret"), "{}", failure.next.en);
}

#[test]
fn closed_after_connect_is_told_apart_from_lost_and_closed() {
    let mut console = Console::new();
    let cse = ("cse".to_owned(), "in-cse".to_owned());
    console.profile.identity.extend([cse]);
    let link = console.dial("ws://127.0.0.1:9001/");
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(
        link,
        LinkEvent::Closed {
            code: 1000,
            reason: "bye".to_owned(),
            clean: true,
        },
    );
    // The platform offers TCP alone, so what answers on this machine is a relay.
    assert_eq!(failure(&console), (Cause::BehindRelay, false));

    let (mut console, link) = Console::dialled();
    console.link(
        link,
        LinkEvent::Closed {
            code: 1006,
            reason: String::new(),
            clean: false,
        },
    );
    assert_eq!(failure(&console), (Cause::Lost, false));

    let (mut console, link) = Console::dialled();
    console.link(
        link,
        LinkEvent::Closed {
            code: 1001,
            reason: "restart".to_owned(),
            clean: true,
        },
    );
    assert_eq!(failure(&console), (Cause::ClosedByServer, true));
    let failure = console
        .page
        .connection
        .as_ref()
        .unwrap()
        .failure
        .clone()
        .unwrap();
    assert_eq!(
        (failure.close_code, failure.close_reason.as_str()),
        (Some(1001), "restart")
    );
}

#[test]
fn a_text_message_ends_the_connection_and_is_kept() {
    let (mut console, link) = Console::dialled();
    console.link(link, LinkEvent::Text("<html>".to_owned()));
    assert_eq!(failure(&console), (Cause::TextMessage, true));
    let [.., row, why] = console.page.log.rows.as_slice() else {
        panic!("a row for the message, and one for the end");
    };
    assert_eq!((&row.entry, &why.entry), (&LogEntry::Link, &LogEntry::Link));
    assert!(why.summary.en.starts_with("ended: "), "{why:?}");
    let text = row.id;
    assert_eq!(console.select(text).bytes, "<html>");
    assert!(console.effects.contains(&Effect::CloseLink { link }));
}

#[test]
fn a_malformed_packet_is_shown_up_to_its_fault() {
    let (mut console, link) = Console::dialled();
    // PUBLISH with QoS 3.
    let bytes = Bytes::from_static(&[0x36, 0x07, 0x00, 0x03, b'a', b'/', b'b', 0x00, 0x01]);
    console.link(link, LinkEvent::Message(bytes.clone()));
    assert_eq!(failure(&console), (Cause::Malformed, true));
    let failure = console
        .page
        .connection
        .as_ref()
        .unwrap()
        .failure
        .clone()
        .unwrap();
    let view = console.select(failure.frame.expect("the packet is named"));
    assert_eq!(view.bytes, bytes);
    assert!(matches!(view.row.entry, LogEntry::Malformed { size: 9 }));
    fn faults(fields: &[Field]) -> Vec<Field> {
        fields
            .iter()
            .flat_map(|field| {
                let own = field.kind == FieldKind::Fault
                    || field
                        .notes
                        .iter()
                        .any(|note| note.severity == Severity::Error);
                own.then(|| field.clone())
                    .into_iter()
                    .chain(faults(&field.children))
            })
            .collect()
    }
    let faults = faults(&view.tree);
    assert!(!faults.is_empty());
    assert!(
        faults
            .iter()
            .any(|fault| fault.notes.iter().any(|note| note.rule.contains("MQTT-")))
    );
}

#[test]
fn an_answer_to_nothing_is_flagged_on_its_row() {
    let (mut console, link) = Console::dialled();
    let payload =
        br#"{"rsc":2001,"rqi":"nobody","to":"/in-cse/sensor-01/t","fr":"/in-cse/sensor-01"}"#;
    let topic = b"/oneM2M/resp/sensor-01/in-cse";
    let mut frame = vec![0x30, 0];
    frame.extend_from_slice(&(topic.len() as u16).to_be_bytes());
    frame.extend_from_slice(topic);
    frame.extend_from_slice(payload);
    frame[1] = u8::try_from(frame.len() - 2).unwrap();
    assert!(frame[1] < 128, "one length byte");
    console.link(link, LinkEvent::Message(Bytes::from(frame)));
    let row = console.page.log.rows.last().unwrap().clone();
    assert_eq!(row.severity, Some(Severity::Warning));
    let view = console.select(row.id);
    assert!(
        view.findings
            .iter()
            .any(|finding| finding.rule == "unmatched-response")
    );
    assert_eq!(
        state(&console),
        ConnectionState::Connected {
            session_present: false
        }
    );
}

#[test]
fn a_password_never_comes_back_over_the_seam() {
    let mut secret = profile();
    secret.target = Target::Broker;
    secret.connection.url = "ws://127.0.0.1:9001/".to_owned();
    secret.connection.user_name = "ann".to_owned();
    secret.connection.password = "correct-horse".to_owned();
    assert!(!format!("{secret:?}").contains("correct-horse"));
    let mut console = Console::with_profile(secret, false);
    console.device(DeviceCommand::Connect);
    let plan = console.page.plan.clone().unwrap();
    assert!(plan.password);
    assert!(!format!("{plan:?}").contains("correct-horse"));
}

#[test]
fn the_log_stands_where_the_page_left_it_while_frames_arrive() {
    let mut console = Console::connected();
    for _ in 0..50 {
        console.send("report", &[("container", "temperature"), ("con", "1")]);
        console.advance(Duration::from_millis(100));
    }
    console.device(DeviceCommand::View(LogView {
        follow: false,
        start: 10,
        count: 5,
    }));
    let shown: Vec<_> = console.page.log.rows.iter().map(|row| row.id).collect();
    assert_eq!((console.page.log.start, shown.len()), (10, 5));
    console.send("report", &[("container", "temperature"), ("con", "1")]);
    assert_eq!(
        console
            .page
            .log
            .rows
            .iter()
            .map(|row| row.id)
            .collect::<Vec<_>>(),
        shown
    );
    console.device(DeviceCommand::View(LogView {
        follow: true,
        start: 0,
        count: 5,
    }));
    let total = console.page.log.total;
    assert_eq!(console.page.log.start, total as i64 - 5);
}

#[test]
fn a_forgotten_device_says_goodbye_closes_its_socket_and_is_not_heard_of_again() {
    let (mut console, link) = Console::dialled();
    assert!(matches!(state(&console), ConnectionState::Connected { .. }));
    let before = console.effects.len();
    console.command(Command::Forget {
        device: console::DEVICE,
    });
    let after = &console.effects[before..];
    assert!(
        matches!(after, [Effect::Send { link: to, bytes }, Effect::CloseLink { link: closed }]
            if *to == link && *closed == link && bytes[..] == [0xe0, 0x00]),
        "{after:?}"
    );
    let rows = console.page.log.total;
    console.link(link, LinkEvent::Message(Bytes::from_static(&[0xd0, 0x00])));
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(600));
    assert_eq!(console.page.log.total, rows);
    assert_eq!(console.effects.len(), before + 2);
    // The same number is free for a new device, which knows nothing of the old one.
    console.device(DeviceCommand::SetProfile(Box::new(profile())));
    assert_eq!(state(&console), ConnectionState::Offline);
    assert_eq!(console.page.log.total, 0);
}

#[test]
fn devices_are_counted_and_one_too_many_is_not_made() {
    let mut engine = device_console::engine::Engine::new(Default::default());
    let now = device_console::time::Now::default();
    engine.handle_command(
        now,
        Command::Hello {
            seam: SEAM_VERSION,
            page: Default::default(),
        },
    );
    for number in 0..=MAX_DEVICES as u32 {
        engine.handle_command(
            now,
            Command::Device {
                device: DeviceId(number),
                command: DeviceCommand::SetProfile(Box::new(profile())),
            },
        );
    }
    let update = engine.poll_update(now).expect("every device is described");
    assert_eq!(update.devices.len(), MAX_DEVICES);
}

#[test]
fn a_notice_that_comes_again_before_the_page_has_heard_it_is_told_once() {
    let mut console = Console::connected();
    let now = console.now();
    for request in [900, 901, 902] {
        let command = DeviceCommand::Answer {
            request: FrameId(request),
            values: form(&[]),
        };
        let device = console::DEVICE;
        let command = Command::Device { device, command };
        console.engine.handle_command(now, command);
    }
    let update = console.engine.poll_update(now).expect("there is news");
    let notices = &update.devices[0].notices;
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert!(notices[0].text.en.contains("no longer in the log"));
}

#[test]
fn an_answer_is_on_its_way_before_it_is_in_the_log() {
    let (mut console, link) = Console::dialled();
    let request = br#"{"op":5,"to":"/in-cse/sensor-01/switch","fr":"/CSE-1","rqi":"d-1","ty":4,"pc":{"m2m:cin":{"cnf":"0","con":"on"}}}"#;
    let topic = b"/oneM2M/req/in-cse/sensor-01";
    // 0x30: PUBLISH, QoS 0; a remaining length of two bytes.
    let remaining = 2 + topic.len() + request.len();
    let mut bytes = vec![0x30, (remaining % 128 + 128) as u8, (remaining / 128) as u8];
    bytes.extend_from_slice(&[0, topic.len() as u8]);
    bytes.extend_from_slice(topic);
    bytes.extend_from_slice(request);
    let now = console.now();
    let sent = console.page.counters.frames_up;
    let message = LinkEvent::Message(Bytes::from(bytes));
    console.engine.handle_link(now, link, message);
    let answer = console.engine.poll_effect();
    assert!(matches!(answer, Some(Effect::Send { .. })), "{answer:?}");
    let counted = |console: &mut Console| {
        let update = console.engine.poll_update(now).expect("there is news");
        let number = update.number;
        let taken = Command::Taken { update: number };
        console.engine.handle_command(now, taken);
        update.devices[0].counters.expect("something was counted")
    };
    assert_eq!(counted(&mut console).frames_up, sent);
    assert_eq!(console.engine.poll_effect(), None);
    assert_eq!(counted(&mut console).frames_up, sent + 1);
}
