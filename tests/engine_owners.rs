//! A stored session has one owner: another tab or another device that wants it is told so and
//! touches nothing, until its user asks to take it over. And it is the identity's, so that a client
//! identifier which changes with the time does not lose it.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;

use std::time::Duration;

use bytes::Bytes;
use console::{Console, DEVICE, Disk, Page, profile};
use device_console::engine::seam::{
    Cause, Command, ConnectionState, DeviceCommand, DeviceId, DialectId, Draft, Profile,
    ProtocolVersion, Publication, QoS, Target,
};
use device_console::engine::{Claim, Effect, LinkId};
use device_console::mqtt::Packet;
use device_console::transport::LinkEvent;

const URL: &str = "ws://127.0.0.1:9001/mqtt";
const NEW: &[u8] = &[0x20, 0x02, 0x00, 0x00];
const REMEMBERED: &[u8] = &[0x20, 0x02, 0x01, 0x00];
const OTHER: DeviceId = DeviceId(2);

fn settings() -> Profile {
    let mut settings = profile();
    settings.target = Target::Broker;
    settings.connection.url = URL.to_owned();
    settings.connection.clean_session = Some(false);
    settings
}

fn to(device: DeviceId, command: DeviceCommand) -> Command {
    Command::Device { device, command }
}

fn publish(qos: QoS, payload: &'static [u8]) -> DeviceCommand {
    DeviceCommand::Send {
        draft: Draft::Raw(Publication {
            topic: "t".to_owned(),
            payload: Bytes::from_static(payload),
            qos,
            retain: false,
        }),
    }
}

fn opens(console: &Console) -> Vec<LinkId> {
    let link = |effect: &Effect| match effect {
        Effect::OpenLink { link, .. } => Some(*link),
        _ => None,
    };
    console.effects.iter().filter_map(link).collect()
}

fn accept(console: &mut Console, link: LinkId, connack: &'static [u8]) {
    let protocol = "mqtt".to_owned();
    console.link(link, LinkEvent::Opened { protocol });
    console.link(link, LinkEvent::Message(Bytes::from_static(connack)));
}

/// A page on this storage whose device asks for a connection.
fn page(disk: Disk, settings: Profile) -> Console {
    let mut console = Console::with_profile(settings, false);
    console.disk = disk;
    console.device(DeviceCommand::Connect);
    console
}

fn cause(page: &Page) -> Option<Cause> {
    let connection = page.connection.as_ref().expect("a connection");
    connection.failure.as_ref().map(|failure| failure.cause)
}

fn state(page: &Page) -> ConnectionState {
    page.connection.as_ref().expect("a connection").state
}

/// PUBLISH packets sent over one link: flags and payload.
fn published(console: &Console, of: LinkId) -> Vec<(bool, Bytes)> {
    let sent = console.effects.iter().filter_map(|effect| match effect {
        Effect::Send { link, bytes } if *link == of => Some(bytes),
        _ => None,
    });
    sent.filter_map(
        |bytes| match Packet::decode(ProtocolVersion::V3_1_1, bytes) {
            Ok(Packet::Publish(publish)) => {
                Some((publish.dup, Bytes::copy_from_slice(publish.payload)))
            }
            _ => None,
        },
    )
    .collect()
}

/// What the storage holds when the browser is killed with a message of QoS 2 on its way.
fn killed_with_a_message() -> Disk {
    let mut console = page(Disk::default(), settings());
    let link = opens(&console)[0];
    accept(&mut console, link, NEW);
    console.device(publish(QoS::ExactlyOnce, b"first"));
    Disk {
        claimed: Default::default(),
        ..console.disk
    }
}

#[test]
fn what_another_tab_has_is_told_and_not_touched() {
    let mut disk = killed_with_a_message();
    disk.held_elsewhere = true;
    let before = disk.records.clone();
    let mut console = page(disk, settings());
    assert_eq!(cause(&console.page), Some(Cause::SessionHeld));
    assert_eq!(state(&console.page), ConnectionState::Offline);
    assert_eq!(opens(&console), []);
    console.device(publish(QoS::AtLeastOnce, b"queued here"));
    console.advance(Duration::from_secs(100));
    assert_eq!(console.disk.records, before);
    assert_eq!(opens(&console), [], "nor by itself later");

    // A clean session there would forget what the other tab needs.
    console.profile.connection.clean_session = Some(true);
    let clean = console.profile.clone();
    console.device(DeviceCommand::SetProfile(Box::new(clean)));
    console.device(DeviceCommand::Connect);
    assert_eq!(console.disk.records, before);
}

#[test]
fn taking_over_goes_on_where_the_other_tab_was() {
    let mut disk = killed_with_a_message();
    disk.held_elsewhere = true;
    let mut console = page(disk, settings());
    console.device(DeviceCommand::TakeOver);
    let link = *opens(&console).last().expect("a link");
    accept(&mut console, link, REMEMBERED);
    assert_eq!(
        published(&console, link),
        [(true, Bytes::from_static(b"first"))]
    );
}

#[test]
fn a_session_that_another_tab_took_is_left_at_once() {
    let mut console = page(Disk::default(), settings());
    let link = opens(&console)[0];
    accept(&mut console, link, NEW);
    console.device(publish(QoS::ExactlyOnce, b"first"));
    let stored = console.disk.records.clone();
    let key = stored.keys().next().expect("a session").clone();
    console.disk.claimed.remove(&key);
    let now = console.now();
    console.engine.handle_claim_lost(now, &key);
    console.advance(Duration::from_secs(100));
    assert_eq!(cause(&console.page), Some(Cause::SessionMoved));
    assert!(console.effects.contains(&Effect::CloseLink { link }));
    assert_eq!(opens(&console).len(), 1, "it does not come back by itself");
    console.device(publish(QoS::AtLeastOnce, b"later"));
    assert_eq!(console.disk.records, stored);
}

#[test]
fn two_devices_of_one_page_do_not_share_a_session() {
    let mut console = page(Disk::default(), settings());
    let first = opens(&console)[0];
    accept(&mut console, first, NEW);
    console.device(publish(QoS::ExactlyOnce, b"first"));
    let stored = console.disk.records.clone();

    // The same identity at the same server.
    let profile = Box::new(settings());
    console.command(to(OTHER, DeviceCommand::SetProfile(profile)));
    console.command(to(OTHER, DeviceCommand::Connect));
    assert_eq!(cause(&console.others[&OTHER]), Some(Cause::SessionHeld));
    assert_eq!(opens(&console).len(), 1);
    assert_eq!(console.disk.records, stored);
    assert!(matches!(
        state(&console.page),
        ConnectionState::Connected { .. }
    ));

    console.command(to(OTHER, DeviceCommand::TakeOver));
    assert_eq!(cause(&console.page), Some(Cause::SessionMoved));
    assert_eq!(state(&console.page), ConnectionState::Offline);
    assert!(console.effects.contains(&Effect::CloseLink { link: first }));
    let second = *opens(&console).last().expect("a link");
    accept(&mut console, second, REMEMBERED);
    let again = [(true, Bytes::from_static(b"first"))];
    assert_eq!(published(&console, second), again);

    // The one that lost it has no part of it any more, and may take it back.
    console.device(DeviceCommand::Connect);
    assert_eq!(cause(&console.page), Some(Cause::SessionHeld));
    console.command(Command::Forget { device: OTHER });
    console.device(DeviceCommand::Connect);
    let third = *opens(&console).last().expect("a link");
    accept(&mut console, third, REMEMBERED);
    assert_eq!(published(&console, third), again);
    assert_eq!(console.disk.claimed.len(), 1);
}

#[test]
fn whoever_has_it_may_store_what_was_not_stored_yet_before_it_goes() {
    let mut console = page(Disk::default(), settings());
    let first = opens(&console)[0];
    accept(&mut console, first, NEW);
    console.disk.slow = true;
    console.device(publish(QoS::AtLeastOnce, b"one"));
    console.device(publish(QoS::AtLeastOnce, b"two"));
    assert_eq!(published(&console, first), [], "nothing is stored yet");
    let profile = Box::new(settings());
    console.command(to(OTHER, DeviceCommand::SetProfile(profile)));
    console.disk.slow = false;
    console.command(to(OTHER, DeviceCommand::TakeOver));
    assert_eq!(published(&console, first), [], "the new owner sends it");
    let second = *opens(&console).last().expect("a link");
    accept(&mut console, second, REMEMBERED);
    let payloads: Vec<_> = published(&console, second)
        .into_iter()
        .map(|(_, payload)| payload)
        .collect();
    assert_eq!(payloads, ["one", "two"]);
}

#[test]
fn a_clean_session_gives_back_what_it_had() {
    let mut console = page(Disk::default(), settings());
    assert_eq!(console.disk.claimed.len(), 1);
    console.device(DeviceCommand::Disconnect);
    console.profile.connection.clean_session = Some(true);
    let clean = console.profile.clone();
    console.device(DeviceCommand::SetProfile(Box::new(clean)));
    console.device(DeviceCommand::Connect);
    assert!(console.disk.claimed.is_empty());
    assert!(
        console
            .disk
            .records
            .values()
            .all(|records| records.is_empty())
    );
}

/// A IoTDA device, whose client identifier names the hour.
fn hourly() -> Profile {
    let mut hourly = settings();
    hourly.dialect = DialectId("iotda".into());
    hourly.identity = console::form(&[
        ("device_id", "5f2a_lamp"),
        ("secret", "secret"),
        ("host", "example.iot-mqtts.example"),
    ]);
    hourly
}

fn client_id(console: &Console) -> String {
    let plan = console.page.plan.as_ref().expect("a plan");
    plan.client_id.clone()
}

#[test]
fn a_client_identifier_of_the_next_hour_goes_on_with_the_session() {
    let mut console = page(Disk::default(), hourly());
    let first = *opens(&console).last().expect("a link");
    accept(&mut console, first, NEW);
    console.device(publish(QoS::AtLeastOnce, b"at least once"));
    console.device(publish(QoS::ExactlyOnce, b"exactly once"));
    let early = client_id(&console);
    assert_eq!(published(&console, first).len(), 2);

    let goes_on = |mut console: Console| {
        let settings = Box::new(console.profile.clone());
        console.device(DeviceCommand::SetProfile(settings));
        console.device(DeviceCommand::Connect);
        assert_ne!(client_id(&console), early, "it is another hour");
        let link = *opens(&console).last().expect("a link");
        accept(&mut console, link, NEW);
        let anew = [(false, Bytes::from_static(b"at least once"))];
        assert_eq!(published(&console, link), anew);
        assert_eq!(console.disk.records.len(), 1, "no record of the old hour");
        let told = &console.page.notices;
        assert!(
            told.iter()
                .any(|notice| notice.text.en.contains("QoS 2 arrived cannot be known")),
            "{told:?}"
        );
    };
    // In the same page, and in one that was loaded an hour later.
    let disk = Disk {
        claimed: Default::default(),
        ..console.disk.clone()
    };
    let mut later = Console::with_profile(hourly(), false);
    later.disk = disk;
    later.advance(Duration::from_secs(3_700));
    goes_on(later);
    console.device(DeviceCommand::Disconnect);
    console.advance(Duration::from_secs(3_700));
    goes_on(console);
}

#[test]
fn a_message_of_qos_0_is_refused_while_the_network_takes_nothing() {
    let (mut console, link) = Console::dialled();
    console.engine.handle_backlog(link, 5 << 20);
    let before = console.sent().len();
    console.device(publish(QoS::AtMostOnce, b"zero"));
    assert_eq!(console.sent().len(), before);
    let told = console.page.notices.last().expect("it is told");
    assert!(told.text.en.contains("5242880 bytes"), "{told:?}");
    // What has a queue goes into it.
    console.device(publish(QoS::AtLeastOnce, b"one"));
    assert_eq!(console.sent().len(), before + 1);
    console.engine.handle_backlog(link, 0);
    console.device(publish(QoS::AtMostOnce, b"zero"));
    assert_eq!(console.sent().len(), before + 2);
    assert_eq!(console.others.len(), 0, "{DEVICE:?} alone");
}

#[test]
fn a_claim_that_nobody_waits_for_any_longer_is_given_back() {
    let mut console = Console::with_profile(settings(), false);
    let now = console.now();
    for command in [DeviceCommand::Connect, DeviceCommand::Disconnect] {
        console.engine.handle_command(now, to(DEVICE, command));
    }
    let Some(Effect::Claim { ticket, key, .. }) = console.engine.poll_effect() else {
        panic!("a session that is kept is claimed before anything else");
    };
    assert!(
        !console
            .engine
            .handle_claimed(now, ticket, &key, Claim::Granted)
    );
}
