//! Every platform through the whole of it: session, simulated broker and cloud half, driven over
//! the page's seam under a test clock. The ledger must be right each time.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;
#[path = "support/platforms.rs"]
#[allow(dead_code)]
mod platforms;

use std::time::Duration;

use console::Console;
use device_console::engine::seam::{
    Cause, ConnectionSettings, ConnectionState, DeviceCommand, Direction, Draft, Finding, Input,
    Place, Profile, ProtocolVersion, QoS, ReportPlan, Role, RoundTripState,
};
use device_console::platform;
use platforms::{connected, defaults, profile_of};

#[test]
fn whatever_the_device_asks_is_answered_and_the_ledger_closes() {
    for dialect in platform::all() {
        let (mut console, declaration) = connected(*dialect);
        let id = &declaration.id.0;
        let mut asked = 0;
        for kind in &declaration.kinds {
            if kind.direction != Direction::Up || kind.role == Role::Response {
                continue;
            }
            let draft = Draft::Form {
                kind: kind.key.to_string(),
                values: defaults(&kind.fields),
            };
            let before = console.page.ledger.rows.len();
            console.device(DeviceCommand::Send { draft });
            console.advance(Duration::from_secs(1));
            // Bytes for a parsing script are answered by the script, and there is none.
            if kind.role != Role::Request || kind.key == "up-raw" {
                continue;
            }
            asked += 1;
            let rows = &console.page.ledger.rows;
            assert_eq!(rows.len(), before + 1, "{id} {}", kind.key);
            let row = rows.last().expect("a row");
            assert_eq!(row.initiator, Direction::Up, "{id} {}", kind.key);
            assert_eq!(
                row.state,
                RoundTripState::Succeeded,
                "{id} {}: {row:?}",
                kind.key
            );
            assert_eq!(row.assumed, row.correlation.is_none(), "{id} {}", kind.key);
        }
        // OneNET alone gives its devices nothing to ask.
        assert_eq!(asked == 0, id == "onenet", "{id} asked {asked} times");
    }
}

#[test]
fn whatever_an_application_asks_is_answered_by_itself_and_the_ledger_closes() {
    for dialect in platform::all() {
        let (mut console, declaration) = connected(*dialect);
        let id = &declaration.id.0;
        for kind in &declaration.kinds {
            if kind.direction != Direction::Down || kind.role != Role::Request {
                continue;
            }
            let before = console.page.ledger.rows.len();
            console.device(DeviceCommand::Application {
                kind: kind.key.to_string(),
                values: defaults(&kind.fields),
            });
            console.advance(Duration::from_secs(1));
            let submission = console.page.submission.as_ref().expect("a submission");
            assert!(
                !submission.findings.iter().any(|finding| finding.is_error()),
                "{id} {}: {:?}",
                kind.key,
                submission.findings
            );
            let rows = &console.page.ledger.rows;
            assert_eq!(rows.len(), before + 1, "{id} {}", kind.key);
            let row = rows.last().expect("a row");
            assert_eq!(row.kind, kind.key, "{id}");
            assert_eq!(row.initiator, Direction::Down, "{id} {}", kind.key);
            assert_eq!(row.deadline_ms, kind.deadline_ms, "{id} {}", kind.key);
            assert_eq!(
                row.state,
                RoundTripState::Succeeded,
                "{id} {}: {row:?}",
                kind.key
            );
            assert!(row.reply.is_some(), "{id} {}", kind.key);
        }
        assert_eq!(console.page.ledger.open, 0, "{id}");
    }
}

#[test]
fn wrong_secrets_are_refused_where_there_are_secrets() {
    for dialect in platform::all() {
        let id = dialect.declaration().id.0;
        let mut console = Console::with_profile(profile_of(*dialect), false);
        let mut profile = profile_of(*dialect);
        profile.connection.password = "wrong".to_owned();
        if id == "onem2m" {
            // Its document knows no credentials; what the form holds is expected.
            profile
                .identity
                .insert("user_name".to_owned(), "u".to_owned());
        }
        console.device(DeviceCommand::SetProfile(Box::new(profile)));
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        let connection = console.page.connection.as_ref().expect("a connection");
        assert!(
            !matches!(connection.state, ConnectionState::Connected { .. }),
            "{id}: {connection:?}"
        );
        assert!(connection.failure.is_some(), "{id}");
    }
}

/// What a platform makes of a CONNECT that is wrong in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// CONNACK with this return code.
    Refused(u8),
    /// The connection is closed without a word.
    Dropped,
}

#[test]
fn each_kind_of_bad_credential_is_refused_as_the_document_says() {
    use Fate::{Dropped, Refused};
    type Spoil = fn(&mut ConnectionSettings);
    let password: Spoil = |settings| "wrong".clone_into(&mut settings.password);
    let user: Spoil = |settings| "nobody".clone_into(&mut settings.user_name);
    let client: Spoil = |settings| "nobody".clone_into(&mut settings.client_id);
    let stranger: Spoil = |settings| {
        "stranger_0_0_2026010100".clone_into(&mut settings.client_id);
    };
    let keep_alive: Spoil = |settings| settings.keep_alive_secs = Some(10);
    let version: Spoil = |settings| settings.version = Some(ProtocolVersion::V3_1);
    let cases: &[(&str, &str, Spoil, Fate)] = &[
        ("onem2m", "password", password, Refused(4)),
        ("onem2m", "user name", user, Refused(4)),
        ("onenet", "password", password, Refused(4)),
        ("onenet", "user name", user, Refused(4)),
        ("onenet", "client id", client, Refused(2)),
        ("onenet", "keep alive", keep_alive, Dropped),
        ("onenet", "version", version, Dropped),
        ("aliyun", "password", password, Refused(4)),
        ("aliyun", "user name", user, Refused(4)),
        ("aliyun", "client id", client, Refused(2)),
        ("aliyun", "keep alive", keep_alive, Refused(2)),
        ("eztcloud", "password", password, Refused(4)),
        ("eztcloud", "user name", user, Refused(4)),
        ("thingscloud", "password", password, Refused(4)),
        ("thingscloud", "user name", user, Refused(4)),
        ("iotda", "password", password, Refused(4)),
        ("iotda", "user name", user, Refused(4)),
        ("iotda", "client id", client, Refused(2)),
        ("iotda", "unknown device", stranger, Refused(5)),
        ("iotda", "keep alive", keep_alive, Refused(5)),
    ];
    for (id, what, spoil, fate) in cases {
        let mut profile = profile_of(platforms::by_name(id));
        if *id == "onem2m" {
            // Its document knows no credentials; what the form holds is expected.
            for (key, value) in [("user_name", "u"), ("password", "p")] {
                profile.identity.insert(key.to_owned(), value.to_owned());
            }
        }
        let mut console = Console::with_profile(profile.clone(), false);
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        let connection = console.page.connection.as_ref().expect("a connection");
        assert!(
            matches!(connection.state, ConnectionState::Connected { .. }),
            "{id}: good credentials: {connection:?}"
        );
        console.device(DeviceCommand::Disconnect);
        console.advance(Duration::from_secs(1));

        spoil(&mut profile.connection);
        console.device(DeviceCommand::SetProfile(Box::new(profile)));
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        let connection = console.page.connection.clone().expect("a connection");
        let failure = connection.failure.unwrap_or_else(|| panic!("{id} {what}"));
        match fate {
            Refused(code) => {
                assert!(
                    matches!(failure.cause, Cause::Refused(_)),
                    "{id} {what}: {failure:?}"
                );
                let frame = failure.frame.expect("the CONNACK");
                let bytes = console.select(frame).bytes;
                assert_eq!(&bytes[..], [0x20, 0x02, 0x00, *code], "{id} {what}");
            }
            Dropped => {
                assert_eq!(failure.cause, Cause::ClosedUponConnect, "{id} {what}");
            }
        }
    }
}

/// A device of this platform with one answer of its identity form taken out.
fn without(dialect: &dyn platform::Dialect, key: &str) -> Profile {
    let mut profile = profile_of(dialect);
    profile.identity.insert(key.to_owned(), String::new());
    profile
}

#[test]
fn a_credential_that_is_missing_is_named_at_its_field_and_the_platform_refuses_it() {
    let mut looked_at = Vec::new();
    for dialect in platform::all() {
        let fields = dialect.declaration().identity;
        let id = dialect.declaration().id.0;
        let identity = profile_of(*dialect).identity;
        for field in fields
            .iter()
            .filter(|field| field.required && field.input == Input::Secret)
        {
            if !field.is_asked(&fields, &identity) {
                continue;
            }
            looked_at.push(format!("{id} {}", field.key));
            let profile = without(*dialect, &field.key);
            let missing = profile.missing(&fields);
            assert_eq!(missing.len(), 1, "{id} {}: {missing:?}", field.key);
            assert_eq!(missing[0].place, Place::Form(field.key.clone()), "{id}");
            assert!(
                missing[0].text.en.contains(field.label.en.as_ref()),
                "{id}: in the form's words"
            );
            let mut console = Console::with_profile(profile, false);
            let planned = &console.page.plan.as_ref().expect("a plan").findings;
            let known = |findings: &[Finding]| {
                findings.iter().any(|finding| {
                    finding.rule == "MissingField"
                        && finding.place == Place::Form(field.key.clone())
                })
            };
            assert!(known(planned), "{id} {}: {planned:?}", field.key);
            console.device(DeviceCommand::Connect);
            console.advance(Duration::from_secs(1));
            let connection = console.page.connection.clone().expect("a connection");
            assert_eq!(connection.state, ConnectionState::Offline, "{id}");
            let failure = connection.failure.expect("a failure");
            assert!(
                matches!(failure.cause, Cause::Refused(_)),
                "{id} {}: {failure:?}",
                field.key
            );
            assert!(known(&failure.findings), "{id}: {:?}", failure.findings);
        }
    }
    assert_eq!(
        looked_at,
        [
            "onenet secret",
            "aliyun device_secret",
            "eztcloud password",
            "thingscloud access_token",
            "thingscloud project_key",
            "iotda secret",
        ]
    );
}

#[test]
fn a_password_that_is_typed_over_needs_no_secret_and_subscribes_all_the_same() {
    for (dialect, key) in [("aliyun", "device_secret"), ("iotda", "secret")] {
        let dialect = platforms::by_name(dialect);
        let mut good = profile_of(dialect);
        // A time that does not move, so that the password fits it.
        for (key, time) in [("timestamp", "1767225600000"), ("sign_type", "0")] {
            if dialect.declaration().id.0 == "aliyun" || key == "sign_type" {
                good.identity.insert(key.to_owned(), time.to_owned());
            }
        }
        let plan = dialect.connect_plan(&good.identity, &platform::Draw::default());
        let mut profile = good.clone();
        profile.identity.insert(key.to_owned(), String::new());
        profile.connection.client_id = plan.client_id.clone();
        let password = plan.password.expect("a password");
        profile.connection.password = String::from_utf8(password.to_vec()).unwrap();
        assert_eq!(profile.missing(&dialect.declaration().identity), []);
        let console = Console::with_profile(profile, false);
        let shown = console.page.plan.as_ref().expect("a plan");
        assert_eq!(shown.subscriptions, plan.subscriptions);
        assert!(!shown.subscriptions.is_empty());
        assert!(
            !shown.findings.iter().any(|it| it.rule == "MissingField"),
            "{:?}",
            shown.findings
        );
    }
}

#[test]
fn another_platform_finds_nothing_of_the_old_one() {
    for dialect in platform::all() {
        let (mut console, declaration) = connected(*dialect);
        let id = declaration.id.0.clone();
        // Something open, something that repeats, something that the user added.
        let mut manual = console.profile.clone();
        manual.answer.automatic = false;
        console.device(DeviceCommand::SetProfile(Box::new(manual)));
        let demanded = declaration
            .kinds
            .iter()
            .find(|kind| kind.direction == Direction::Down && kind.role == Role::Request)
            .expect("an application asks something");
        let values = defaults(&demanded.fields);
        let kind = demanded.key.to_string();
        console.device(DeviceCommand::Application { kind, values });
        console.advance(Duration::from_millis(50));
        assert_eq!(console.page.ledger.open, 1, "{id}");
        let sent = declaration
            .kinds
            .iter()
            .find(|kind| kind.direction == Direction::Up && kind.role != Role::Response)
            .expect("a device reports something");
        console.device(DeviceCommand::StartReport {
            kind: sent.key.to_string(),
            plan: ReportPlan {
                values: defaults(&sent.fields),
                keep_on: true,
                ..ReportPlan::default()
            },
        });
        console.device(DeviceCommand::Subscribe {
            filter: "mine".to_owned(),
            qos: QoS::AtMostOnce,
        });
        console.advance(Duration::from_millis(50));
        assert_eq!(console.page.reports.len(), 1, "{id}");
        let before = console.page.log.total;
        let old = console.page.log.rows.last().expect("a row").id;

        let other = platform::all()
            .iter()
            .find(|other| other.declaration().id != declaration.id)
            .expect("another platform");
        let name = other.declaration().name;
        console.device(DeviceCommand::SetProfile(Box::new(profile_of(*other))));
        let page = &console.page;
        let connection = page.connection.as_ref().expect("a connection");
        assert_eq!(connection.state, ConnectionState::Offline, "{id}");
        assert_eq!(connection.failure, None, "{id}");
        assert_eq!(connection.stopped, None, "{id}");
        assert_eq!(page.ledger.rows, [], "{id}");
        assert_eq!(page.ledger.open, 0, "{id}");
        assert_eq!(page.reports, [], "{id}");
        assert!(
            !page.subscriptions.iter().any(|it| it.filter == "mine"),
            "{id}: {:?}",
            page.subscriptions
        );
        // What was seen stays, with a line under it, and nobody reads it in the new words.
        assert!(page.log.total > before, "{id}");
        let last = page.log.rows.last().expect("a row");
        assert!(last.summary.en.contains(name.en.as_ref()), "{id}: {last:?}");
        assert_eq!(console.select(old).outcome, None, "{id}");
        // The new platform works, from the beginning.
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        let connection = console.page.connection.as_ref().expect("a connection");
        assert!(
            matches!(connection.state, ConnectionState::Connected { .. }),
            "{id}: {connection:?}"
        );
        assert_eq!(console.page.ledger.rows, [], "{id}");
    }
}

#[test]
fn the_last_refusal_does_not_follow_to_another_platform() {
    let mut console = Console::with_profile(
        without(platforms::by_name("aliyun"), "device_secret"),
        false,
    );
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(1));
    let connection = console.page.connection.as_ref().expect("a connection");
    assert!(connection.failure.is_some());
    let other = profile_of(platforms::by_name("iotda"));
    console.device(DeviceCommand::SetProfile(Box::new(other)));
    let connection = console.page.connection.as_ref().expect("a connection");
    assert_eq!(connection.failure, None);
}

#[test]
fn the_message_before_is_none_of_another_platforms() {
    let (mut console, _) = connected(platforms::by_name("onem2m"));
    let send = |console: &mut Console| {
        console.device(DeviceCommand::Send {
            draft: Draft::Raw(device_console::engine::seam::Publication {
                topic: "room/1".to_owned(),
                payload: b"{}".to_vec().into(),
                qos: QoS::AtMostOnce,
                retain: false,
            }),
        });
        console.page.log.rows.last().expect("a row").id
    };
    let first = send(&mut console);
    let second = send(&mut console);
    let before = |console: &mut Console, id| console.select(id).previous.map(|it| it.id);
    assert_eq!(before(&mut console, second), Some(first));
    let other = profile_of(platforms::by_name("onenet"));
    console.device(DeviceCommand::SetProfile(Box::new(other)));
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(1));
    let third = send(&mut console);
    assert_eq!(before(&mut console, third), None, "of the old platform");
    let fourth = send(&mut console);
    assert_eq!(before(&mut console, fourth), Some(third));
    assert_eq!(before(&mut console, second), Some(first), "among old rows");
}

#[test]
fn names_that_were_asked_for_and_are_not_answered_are_listed() {
    for (id, keys) in [
        ("eztcloud", "temperature,nosuch"),
        ("thingscloud", "nosuch"),
    ] {
        let (mut console, _) = connected(platforms::by_name(id));
        console.send("attributes", &[("values", r#"{"temperature":1}"#)]);
        console.advance(Duration::from_secs(1));
        console.send("attributes-get", &[("keys", keys)]);
        console.advance(Duration::from_secs(1));
        let trip = console.page.ledger.rows.last().expect("a round trip");
        assert_eq!(trip.state, RoundTripState::Succeeded, "{id}");
        let reply = trip.reply.expect("an answer");
        let findings = console.select(reply).findings;
        let told = findings.iter().find(|it| it.rule == "asked-name-absent");
        let told = told.unwrap_or_else(|| panic!("{id}: {findings:?}"));
        assert!(told.text.en.ends_with(": nosuch"), "{id}: {told:?}");
    }
}

#[test]
fn a_call_on_a_custom_topic_reaches_only_who_asked_for_such_calls() {
    for (ext, reaches) in [("", false), ("1", true), ("2", false), ("3", true)] {
        let mut profile = profile_of(platforms::by_name("aliyun"));
        profile.identity.insert("ext".to_owned(), ext.to_owned());
        let mut console = Console::with_profile(profile, false);
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        // Subscribed to in any case: what decides is the client id.
        console.device(DeviceCommand::Subscribe {
            filter: "/ext/rrpc/+/a1ouyopKiEU/device1/user/get".to_owned(),
            qos: QoS::AtMostOnce,
        });
        console.advance(Duration::from_secs(1));
        console.device(DeviceCommand::Application {
            kind: "ext-rrpc".to_owned(),
            values: console::form(&[("short", "get"), ("payload", "ping")]),
        });
        console.advance(Duration::from_secs(9));
        let arrived = console
            .page
            .ledger
            .rows
            .iter()
            .any(|row| row.kind == "ext-rrpc");
        assert_eq!(arrived, reaches, "ext {ext:?}");
        let cloud = console.page.cloud.as_ref().expect("a cloud");
        let exchange = cloud.exchanges.last().expect("a request");
        let body = &exchange.response.as_ref().expect("by the deadline").body;
        assert_eq!(body.contains("TIMEOUT"), !reaches, "ext {ext:?}: {body}");
    }
}

#[test]
fn events_that_nothing_answers_wait_for_nothing() {
    let event = |kind: &str| {
        format!(
            r#"{{"services":[{{"service_id":"$sub_device_manager","event_type":"{kind}","event_id":"7","paras":{{}}}}]}}"#
        )
    };
    let iotda = platforms::by_name("iotda");
    let identity = profile_of(iotda).identity;
    let topic = format!("$oc/devices/{}/sys/events/up", identity["device_id"]);
    for (kind, role) in [
        ("add_sub_device_request", Role::Request),
        ("delete_sub_device_request", Role::Request),
        ("sub_device_update_status", Role::Request),
        ("sub_device_sync_request", Role::OneWay),
        ("version_report", Role::OneWay),
    ] {
        let publication = device_console::platform::Publication {
            topic: topic.clone(),
            payload: event(kind).into_bytes().into(),
            qos: QoS::AtLeastOnce,
            retain: false,
        };
        let reading = iotda.read(&identity, Direction::Up, &publication);
        assert_eq!(reading.role, role, "{kind}");
        if role == Role::Request {
            let answer = device_console::platform::Publication {
                topic: topic.replace("/up", "/down"),
                payload: event(&format!("{}_response", kind.trim_end_matches("_request")))
                    .into_bytes()
                    .into(),
                ..publication
            };
            let answer = iotda.read(&identity, Direction::Down, &answer);
            assert_eq!(answer.correlation, reading.correlation, "{kind}");
            assert_eq!(answer.role, Role::Response, "{kind}");
        }
    }
}

#[test]
fn an_answer_to_time_synchronisation_tells_how_far_the_clocks_are_apart() {
    let (mut console, _) = connected(platforms::by_name("iotda"));
    console.send("time-sync", &[]);
    console.advance(Duration::from_secs(1));
    let trip = console.page.ledger.rows.last().expect("a round trip");
    let reply = trip.reply.expect("an answer");
    let findings = console.select(reply).findings;
    let told = findings.iter().find(|it| it.rule == "clock-difference");
    // There and at once back: half of the way back is what remains.
    let told = told.unwrap_or_else(|| panic!("{findings:?}"));
    assert!(told.text.en.contains("-5 ms"), "{told:?}");
}

#[test]
fn an_automatic_answer_is_what_its_form_proposes() {
    // Platform, what is asked, and a part of the answer that only the declared form has.
    for (id, kind, part) in [
        ("onenet", "command", "ok"),
        ("iotda", "command", r#""response_name":"COMMAND_RESPONSE""#),
        ("iotda", "property-set", r#""result_desc":"success""#),
        ("aliyun", "service", r#""code":200,"data":{}"#),
        ("onem2m", "downlink", r#""rsc":2001"#),
    ] {
        let dialect = platforms::by_name(id);
        let (mut console, declaration) = connected(dialect);
        let asked = declaration.kind(kind).expect("declared");
        console.device(DeviceCommand::Application {
            kind: kind.to_owned(),
            values: defaults(&asked.fields),
        });
        console.advance(Duration::from_secs(1));
        let trip = console.page.ledger.rows.last().expect("a round trip");
        let reply = trip.reply.expect("an answer");
        let bytes = console.select(reply).bytes;
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains(part), "{id} {kind}: {text}");
    }
}

#[test]
fn nothing_that_arrives_in_good_order_is_remarked_on() {
    for dialect in platform::all() {
        let (mut console, declaration) = connected(*dialect);
        for kind in &declaration.kinds {
            let values = defaults(&kind.fields);
            if kind.direction == Direction::Down && kind.role != Role::Response {
                let kind = kind.key.to_string();
                console.device(DeviceCommand::Application { kind, values });
                console.advance(Duration::from_secs(1));
            }
        }
        let rows: Vec<_> = console.page.log.rows.iter().map(|row| row.id).collect();
        let asked = declaration
            .kinds
            .iter()
            .filter(|kind| kind.direction == Direction::Down && kind.role != Role::Response);
        // Each that an application may send came down, beside what connecting brings.
        assert!(rows.len() > asked.count(), "{}", declaration.id.0);
        for row in rows {
            let shown = console.select(row);
            let serious =
                |it: &&Finding| it.severity != device_console::engine::seam::Severity::Info;
            let findings: Vec<_> = shown.findings.iter().filter(serious).collect();
            let id = &declaration.id.0;
            assert!(
                findings.is_empty(),
                "{id}: {} {findings:?}",
                shown.row.summary.en
            );
        }
    }
}
