//! A session that survives its page: what is stored before what, and a crash at every step of a
//! flow.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;

use bytes::Bytes;
use console::{Console, Disk, profile};
use device_console::engine::seam::{
    ConnectionState, DeviceCommand, Draft, LogEntry, Publication, QoS, Target,
};
use device_console::engine::{Effect, LinkId, StoreError};
use device_console::transport::LinkEvent;

const URL: &str = "ws://127.0.0.1:9001/mqtt";
const NEW: &[u8] = &[0x20, 0x02, 0x00, 0x00];
const REMEMBERED: &[u8] = &[0x20, 0x02, 0x01, 0x00];

/// A page on this storage, connected with clean session off.
fn page(disk: Disk, connack: &'static [u8]) -> (Console, LinkId) {
    let mut settings = profile();
    settings.connection.clean_session = Some(false);
    settings.target = Target::Broker;
    let mut console = Console::with_profile(settings, false);
    console.disk = disk;
    let link = console.dial(URL);
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(link, LinkEvent::Message(Bytes::from_static(connack)));
    (console, link)
}

/// The storage as it is on the disk when the browser is killed: a write under way is lost.
fn crash(console: Console) -> Disk {
    Disk {
        pending: Default::default(),
        claimed: Default::default(),
        slow: false,
        ..console.disk
    }
}

fn receive(console: &mut Console, link: LinkId, bytes: &[u8]) {
    console.link(link, LinkEvent::Message(Bytes::copy_from_slice(bytes)));
}

fn publish(console: &mut Console, qos: QoS) {
    console.device(DeviceCommand::Send {
        draft: Draft::Raw(Publication {
            topic: "t".to_owned(),
            payload: Bytes::from_static(b"up"),
            qos,
            retain: false,
        }),
    });
}

/// The packets sent so far, by their first byte, without CONNECT and SUBSCRIBE.
fn sent(console: &Console) -> Vec<Bytes> {
    console
        .sent()
        .into_iter()
        .filter(|bytes| !matches!(bytes[0], 0x10 | 0x82))
        .collect()
}

fn last(console: &Console) -> Bytes {
    sent(console).pop().expect("something was sent")
}

/// PUBLISH of QoS 2 from the server, packet identifier 9.
fn from_server(dup: bool) -> [u8; 9] {
    let first = if dup { 0x3c } else { 0x34 };
    [first, 7, 0, 1, b'd', 0, 9, b'h', b'i']
}

#[test]
fn no_packet_leaves_before_what_it_presumes_is_stored() {
    let (mut console, link) = page(Disk::default(), NEW);
    console.disk.slow = true;
    publish(&mut console, QoS::ExactlyOnce);
    assert_eq!(sent(&console).len(), 0, "PUBLISH waits");
    assert!(console.write());
    assert_eq!(last(&console)[0], 0x34);
    let packet_id = [last(&console)[5], last(&console)[6]];

    receive(&mut console, link, &[0x50, 2, packet_id[0], packet_id[1]]);
    assert_eq!(last(&console)[0], 0x34, "PUBREL waits");
    assert!(console.write());
    assert_eq!(last(&console)[0], 0x62);

    receive(&mut console, link, &from_server(false));
    assert_eq!(last(&console)[0], 0x62, "PUBREC waits");
    assert!(console.write());
    assert_eq!(last(&console)[..], [0x50, 2, 0, 9]);
    assert!(!console.write(), "nothing more is to be stored");
}

#[test]
fn one_write_serves_everything_that_waits_for_it() {
    let (mut console, _) = page(Disk::default(), NEW);
    console.disk.slow = true;
    for _ in 0..10 {
        publish(&mut console, QoS::AtLeastOnce);
    }
    assert!(console.write(), "the first alone");
    assert_eq!(sent(&console).len(), 1);
    assert!(console.write(), "the nine that came meanwhile");
    assert_eq!(sent(&console).len(), 10);
    assert!(!console.write());
}

#[test]
fn a_message_of_qos_2_on_its_way_up_survives_a_crash_at_every_step() {
    // Killed while PUBLISH is on the wire and unanswered.
    let (mut console, _) = page(Disk::default(), NEW);
    publish(&mut console, QoS::ExactlyOnce);
    let first = last(&console);
    let (mut console, link) = page(crash(console), REMEMBERED);
    let again = last(&console);
    assert_eq!(again[0], first[0] | 0x08, "the same message, marked DUP");
    assert_eq!(again[1..], first[1..], "with the same packet identifier");

    // Killed after PUBREC, while PUBREL is on the wire.
    let packet_id = [again[5], again[6]];
    receive(&mut console, link, &[0x50, 2, packet_id[0], packet_id[1]]);
    assert_eq!(last(&console)[0], 0x62);
    let (mut console, link) = page(crash(console), REMEMBERED);
    assert_eq!(
        sent(&console),
        [Bytes::copy_from_slice(&[
            0x62,
            2,
            packet_id[0],
            packet_id[1]
        ])],
        "PUBREL and no PUBLISH"
    );

    // Killed after PUBCOMP: nothing is left.
    receive(&mut console, link, &[0x70, 2, packet_id[0], packet_id[1]]);
    let (console, _) = page(crash(console), REMEMBERED);
    assert_eq!(sent(&console), Vec::<Bytes>::new());
}

#[test]
fn a_write_that_the_crash_cut_off_never_let_its_packet_out() {
    let (mut console, link) = page(Disk::default(), NEW);
    publish(&mut console, QoS::ExactlyOnce);
    let first = last(&console);
    console.disk.slow = true;
    receive(&mut console, link, &[0x50, 2, first[5], first[6]]);
    // PUBREL is not out, so sending PUBLISH again cannot deliver twice.
    assert_eq!(sent(&console).len(), 1);
    let (console, _) = page(crash(console), REMEMBERED);
    assert_eq!(last(&console)[0], 0x3c);
}

#[test]
fn a_message_of_qos_2_on_its_way_down_is_delivered_once_over_a_crash() {
    let (mut console, link) = page(Disk::default(), NEW);
    receive(&mut console, link, &from_server(false));
    assert_eq!(console.page.counters.messages_down, 1);
    assert_eq!(last(&console)[..], [0x50, 2, 0, 9]);

    // PUBREC did not reach the server: it sends again.
    let (mut console, link) = page(crash(console), REMEMBERED);
    receive(&mut console, link, &from_server(true));
    assert_eq!(console.page.counters.messages_down, 0, "delivered before");
    assert_eq!(last(&console)[..], [0x50, 2, 0, 9]);

    // PUBREL, and killed before PUBCOMP reached the server.
    receive(&mut console, link, &[0x62, 2, 0, 9]);
    assert_eq!(last(&console)[..], [0x70, 2, 0, 9]);
    let (mut console, link) = page(crash(console), REMEMBERED);
    receive(&mut console, link, &[0x62, 2, 0, 9]);
    assert_eq!(last(&console)[..], [0x70, 2, 0, 9]);

    // The identifier is free again: the next message with it is a new one.
    receive(&mut console, link, &from_server(false));
    assert_eq!(console.page.counters.messages_down, 1);
}

#[test]
fn subscriptions_of_the_user_come_back_after_a_reload() {
    let (mut console, _) = page(Disk::default(), NEW);
    console.device(DeviceCommand::Subscribe {
        filter: "own/#".to_owned(),
        qos: QoS::AtLeastOnce,
    });
    let (console, _) = page(crash(console), NEW);
    let own = console
        .page
        .subscriptions
        .iter()
        .find(|wanted| wanted.filter == "own/#")
        .expect("it is wanted again");
    assert!(!own.automatic);
}

#[test]
fn a_clean_session_stores_nothing_and_forgets_what_was_stored() {
    let (mut console, _) = page(Disk::default(), NEW);
    publish(&mut console, QoS::ExactlyOnce);
    let disk = crash(console);
    assert!(disk.records.values().any(|records| records.len() == 2));

    let mut console = Console::new();
    console.disk = disk;
    console.profile.connection.clean_session = Some(true);
    console.dial(URL);
    assert!(
        console
            .disk
            .records
            .values()
            .all(|records| records.is_empty())
    );
}

#[test]
fn another_server_or_client_identifier_is_another_session() {
    let (mut console, _) = page(Disk::default(), NEW);
    publish(&mut console, QoS::ExactlyOnce);
    console.device(DeviceCommand::Disconnect);
    console.profile.connection.client_id = "other".to_owned();
    let link = console.dial(URL);
    let before = console.sent().len();
    console.link(
        link,
        LinkEvent::Opened {
            protocol: "mqtt".to_owned(),
        },
    );
    console.link(link, LinkEvent::Message(Bytes::from_static(NEW)));
    let sent: Vec<u8> = console.sent()[before..].iter().map(|b| b[0]).collect();
    assert_eq!(sent, [0x10, 0x82], "the message belongs to the other one");
    assert_eq!(console.disk.records.len(), 2);
    assert!(
        console
            .disk
            .records
            .keys()
            .all(|key| key.as_str().len() == 64 && !key.as_str().contains("other")),
        "keys tell nothing"
    );
}

#[test]
fn a_storage_that_fails_or_stays_silent_is_told_and_holds_nothing_up() {
    for silent in [false, true] {
        let (mut console, _) = page(Disk::default(), NEW);
        console.disk.slow = true;
        publish(&mut console, QoS::AtLeastOnce);
        assert_eq!(sent(&console).len(), 0);
        if silent {
            console.advance(std::time::Duration::from_secs(6));
        } else {
            let (ticket, ..) = console.disk.pending.pop_front().expect("a write");
            let now = console.now();
            console
                .engine
                .handle_stored(now, ticket, Err(StoreError::Refused));
            console.advance(std::time::Duration::ZERO);
        }
        assert_eq!(last(&console)[0], 0x32);
        assert!(
            console
                .page
                .notices
                .iter()
                .any(|notice| notice.text.en.contains("will not survive")),
            "{:?}",
            console.page.notices
        );
    }
}

#[test]
fn what_is_stored_and_cannot_be_read_is_replaced() {
    let (console, _) = page(Disk::default(), NEW);
    let mut disk = crash(console);
    for records in disk.records.values_mut() {
        for record in records.values_mut() {
            *record = Bytes::from_static(&[0xff, 0xff, 0xff]);
        }
    }
    let (console, _) = page(disk, NEW);
    assert!(matches!(
        console.page.connection.as_ref().unwrap().state,
        ConnectionState::Connected { .. }
    ));
    assert!(
        console
            .disk
            .records
            .values()
            .flat_map(|records| records.values())
            .all(|record| record[..] != [0xff, 0xff, 0xff])
    );
}

#[test]
fn disconnecting_tells_the_server_before_the_socket_is_closed() {
    let (mut console, link) = page(Disk::default(), NEW);
    console.disk.slow = true;
    publish(&mut console, QoS::AtLeastOnce);
    console.device(DeviceCommand::Disconnect);
    assert!(!console.effects.contains(&Effect::CloseLink { link }));
    while console.write() {}
    let tail: Vec<_> = console.effects.iter().rev().take(2).collect();
    assert_eq!(tail[0], &Effect::CloseLink { link });
    assert!(matches!(tail[1], Effect::Send { bytes, .. } if bytes[..] == [0xe0, 0]));
    assert!(
        console.page.log.rows.iter().any(|row| matches!(
            &row.entry,
            LogEntry::Frame { packet, .. } if packet == "DISCONNECT"
        )),
        "and the log shows it"
    );
}

#[test]
fn what_a_failed_write_left_behind_does_not_come_back() {
    let (mut console, link) = page(Disk::default(), NEW);
    publish(&mut console, QoS::ExactlyOnce);
    let packet_id = [last(&console)[5], last(&console)[6]];
    console.disk.slow = true;
    receive(&mut console, link, &[0x50, 2, packet_id[0], packet_id[1]]);
    let (ticket, ..) = console.disk.pending.pop_front().expect("a write");
    let now = console.now();
    console
        .engine
        .handle_stored(now, ticket, Err(StoreError::Refused));
    console.advance(std::time::Duration::ZERO);
    assert_eq!(last(&console)[0], 0x62);

    // The storage works again, and still holds the message as not yet received.
    console.disk.slow = false;
    console.link(
        link,
        LinkEvent::Closed {
            code: 1006,
            reason: String::new(),
            clean: false,
        },
    );
    let connected_again = |console: &mut Console| {
        let link = console.dial(URL);
        let protocol = "mqtt".to_owned();
        console.link(link, LinkEvent::Opened { protocol });
        console.link(link, LinkEvent::Message(Bytes::from_static(REMEMBERED)));
        last(console)
    };
    assert_eq!(
        connected_again(&mut console)[0],
        0x62,
        "not published again"
    );
    let (console, _) = page(crash(console), REMEMBERED);
    assert_eq!(last(&console)[0], 0x62, "and stored as it is");
}
