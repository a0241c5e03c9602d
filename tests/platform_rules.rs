//! Answer rules, faults on demand and periodic reports, for every platform: session, simulated
//! broker and cloud half over the page's seam under a test clock. The ledger must be right each
//! time.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;
#[path = "support/platforms.rs"]
#[allow(dead_code)]
mod platforms;

use std::time::Duration;

use console::{Console, form};
use device_console::engine::seam::{
    AnswerFault, ConnectionState, DeviceCommand, Direction, Draft, FormValues, FrameId, KindRule,
    LedgerRow, MessageFault, MessageKind, Misfortune, Place, Publication, QoS, ReportPlan,
    ReportState, Role, RoundTripState,
};
use device_console::platform::{self, Declaration, Dialect};
use platforms::{connected, defaults, profile_of};

const SECOND: Duration = Duration::from_secs(1);

/// What a device asks and the platform answers.
fn asked(declaration: &Declaration) -> Vec<&MessageKind> {
    let is_asked = |kind: &&MessageKind| {
        // Bytes for a parsing script are answered by the script, and there is none.
        kind.direction == Direction::Up && kind.role == Role::Request && kind.key != "up-raw"
    };
    declaration.kinds.iter().filter(is_asked).collect()
}

/// What an application asks and the device answers.
fn demanded(declaration: &Declaration) -> Vec<&MessageKind> {
    let is_demanded =
        |kind: &&MessageKind| kind.direction == Direction::Down && kind.role == Role::Request;
    declaration.kinds.iter().filter(is_demanded).collect()
}

fn draft(kind: &MessageKind) -> Draft {
    Draft::Form {
        kind: kind.key.to_string(),
        values: defaults(&kind.fields),
    }
}

/// Connected, and registered where the platform wants that first.
fn ready(dialect: &dyn Dialect, kind: &str) -> Console {
    let (mut console, declaration) = connected(dialect);
    if let Some(register) = declaration.kind("register")
        && kind != "register"
    {
        let draft = draft(register);
        console.device(DeviceCommand::Send { draft });
        console.advance(SECOND);
    }
    console
}

fn arm(console: &mut Console, kind: &str, what: Misfortune, times: u32) {
    console.device(DeviceCommand::Arm(MessageFault {
        kind: kind.to_owned(),
        what,
        times,
    }));
}

fn send(console: &mut Console, kind: &MessageKind) {
    let draft = draft(kind);
    console.device(DeviceCommand::Send { draft });
    console.advance(SECOND);
}

fn last(console: &Console) -> LedgerRow {
    console.page.ledger.rows.last().expect("a row").clone()
}

/// Rules of the remarks on every row of the log, as the inspector shows them.
fn remarks(console: &mut Console) -> Vec<(FrameId, Direction, String)> {
    let rows: Vec<_> = console.page.log.rows.iter().map(|row| row.id).collect();
    let mut out = Vec::new();
    for id in rows {
        let view = console.select(id);
        for finding in view.findings {
            out.push((id, view.row.direction, finding.rule.into_owned()));
        }
    }
    out
}

fn has_remark(console: &mut Console, direction: Direction, rule: &str) -> bool {
    remarks(console)
        .iter()
        .any(|(_, way, found)| *way == direction && found == rule)
}

#[test]
fn an_answer_of_the_platform_can_be_lost_doubled_delayed_or_carry_another_id() {
    let mut struck = 0;
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        for kind in asked(&declaration) {
            let at = format!("{} {}", declaration.id.0, kind.key);
            let answer = kind.answered_by.as_deref().expect("a request is answered");

            let mut console = ready(*dialect, &kind.key);
            arm(&mut console, answer, Misfortune::Drop, 1);
            assert_eq!(console.page.faults.armed.len(), 1, "{at}");
            send(&mut console, kind);
            assert_eq!(last(&console).state, RoundTripState::Open, "{at}");
            assert!(console.page.faults.armed.is_empty(), "{at}");
            assert_eq!(console.page.faults.struck.len(), 1, "{at}");
            assert_eq!(console.page.faults.struck[0].kind, answer, "{at}");

            let mut console = ready(*dialect, &kind.key);
            arm(&mut console, answer, Misfortune::Duplicate, 1);
            send(&mut console, kind);
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Succeeded, "{at}");
            let rule = if row.assumed {
                "unmatched-response"
            } else {
                assert_eq!(row.repeats, 1, "{at}");
                "second-response"
            };
            assert!(has_remark(&mut console, Direction::Down, rule), "{at}");

            let mut console = ready(*dialect, &kind.key);
            arm(&mut console, answer, Misfortune::Delay { millis: 5000 }, 1);
            send(&mut console, kind);
            assert_eq!(last(&console).state, RoundTripState::Open, "{at}");
            console.advance(5 * SECOND);
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Succeeded, "{at}");
            assert!(row.latency_micros >= Some(5_000_000), "{at}: {row:?}");

            let mut console = ready(*dialect, &kind.key);
            arm(&mut console, answer, Misfortune::WrongId, 1);
            send(&mut console, kind);
            let row = last(&console);
            let effective = console.page.faults.struck[0].effective;
            assert_eq!(effective, row.correlation.is_some(), "{at}");
            if effective {
                assert_eq!(row.state, RoundTripState::Open, "{at}");
                assert!(
                    has_remark(&mut console, Direction::Down, "unmatched-response"),
                    "{at}"
                );
            } else {
                assert_eq!(row.state, RoundTripState::Succeeded, "{at}");
            }
            struck += 4;
        }
    }
    assert!(struck > 60, "{struck}");
}

#[test]
fn a_request_of_the_platform_can_be_lost_or_come_twice() {
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        for kind in demanded(&declaration) {
            let at = format!("{} {}", declaration.id.0, kind.key);
            let demand = DeviceCommand::Application {
                kind: kind.key.to_string(),
                values: defaults(&kind.fields),
            };
            let mut console = ready(*dialect, &kind.key);
            let before = console.page.ledger.rows.len();
            arm(&mut console, &kind.key, Misfortune::Drop, 1);
            console.device(demand.clone());
            console.advance(SECOND);
            assert_eq!(console.page.ledger.rows.len(), before, "{at}");
            // It was armed for one.
            console.device(demand.clone());
            console.advance(SECOND);
            assert_eq!(last(&console).state, RoundTripState::Succeeded, "{at}");

            let mut console = ready(*dialect, &kind.key);
            let before = console.page.ledger.rows.len();
            arm(&mut console, &kind.key, Misfortune::Duplicate, 1);
            console.device(demand);
            console.advance(SECOND);
            let rows = &console.page.ledger.rows;
            assert_eq!(rows.len(), before + 2, "{at}");
            assert!(
                rows[before..]
                    .iter()
                    .all(|row| row.state == RoundTripState::Succeeded),
                "{at}"
            );
        }
    }
}

#[test]
fn a_platform_refuses_with_a_code_where_its_answers_have_one() {
    let mut refused = Vec::new();
    for dialect in platform::all() {
        let (console, declaration) = connected(*dialect);
        let id = declaration.id.0.to_string();
        for (key, code) in &console.page.faults.refusals {
            let kind = declaration.kind(key).expect("a declared kind");
            let mut console = ready(*dialect, key);
            let what = Misfortune::ErrorCode { code: *code };
            arm(&mut console, key, what, 1);
            send(&mut console, kind);
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Failed, "{id} {key}: {row:?}");
            let outcome = row.outcome.expect("an outcome");
            assert_eq!(outcome.code, code.to_string(), "{id} {key}");
            if key != "register" {
                send(&mut console, kind);
                assert_eq!(
                    last(&console).state,
                    RoundTripState::Succeeded,
                    "{id} {key}: it was armed for one"
                );
            }
        }
        refused.push((id, console.page.faults.refusals.len()));
    }
    let refused: Vec<_> = refused.iter().map(|(id, n)| (id.as_str(), *n)).collect();
    assert_eq!(
        refused,
        [
            ("onem2m", 3),
            // Data points are not answered, neither are properties and events of the last.
            ("onenet", 0),
            ("aliyun", 7),
            ("eztcloud", 3),
            ("thingscloud", 3),
            ("iotda", 0),
        ]
    );
}

#[test]
fn a_message_too_many_is_answered_as_the_document_says_or_dropped() {
    for (id, key, code) in [
        ("onem2m", "report", None),
        ("onenet", "dp3", None),
        ("aliyun", "property-post", Some("429")),
        ("eztcloud", "attributes", Some("-1")),
        ("thingscloud", "attributes", None),
        ("iotda", "shadow-get", None),
    ] {
        let dialect = platforms::by_name(id);
        let declaration = dialect.declaration();
        let kind = declaration.kind(key).expect("a declared kind");
        let mut console = ready(dialect, key);
        // Any kind.
        arm(&mut console, "", Misfortune::Throttle, 1);
        send(&mut console, kind);
        assert_eq!(console.page.faults.struck[0].kind, key, "{id}");
        if kind.role != Role::Request {
            assert!(console.page.ledger.rows.is_empty(), "{id}");
            continue;
        }
        let row = last(&console);
        match code {
            Some(code) => {
                assert_eq!(row.state, RoundTripState::Failed, "{id}: {row:?}");
                assert_eq!(row.outcome.expect("an outcome").code, code, "{id}");
            }
            None => assert_eq!(row.state, RoundTripState::Open, "{id}: {row:?}"),
        }
    }
}

#[test]
fn a_connection_is_closed_upon_a_message_of_any_kind() {
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        let sent =
            |kind: &&MessageKind| kind.direction == Direction::Up && kind.role != Role::Response;
        for kind in declaration.kinds.iter().filter(sent) {
            let at = format!("{} {}", declaration.id.0, kind.key);
            let mut console = ready(*dialect, &kind.key);
            arm(&mut console, &kind.key, Misfortune::Disconnect, 1);
            let draft = draft(kind);
            console.device(DeviceCommand::Send { draft });
            console.advance(Duration::from_millis(100));
            let connection = console.page.connection.clone().expect("a connection");
            assert!(
                !matches!(connection.state, ConnectionState::Connected { .. }),
                "{at}: {connection:?}"
            );
            assert!(connection.failure.is_some(), "{at}");
            if kind.role == Role::Request {
                assert_eq!(last(&console).state, RoundTripState::Unanswered, "{at}");
            }
        }
    }
}

#[test]
fn an_armed_fault_can_be_taken_back() {
    let mut console = ready(platforms::by_name("onem2m"), "report");
    for kind in ["response", "register-response"] {
        arm(&mut console, kind, Misfortune::Drop, 3);
    }
    let ids: Vec<u64> = console.page.faults.armed.iter().map(|a| a.id).collect();
    console.device(DeviceCommand::Disarm(Some(ids[0])));
    assert_eq!(console.page.faults.armed.len(), 1);
    assert_eq!(console.page.faults.armed[0].id, ids[1]);
    console.device(DeviceCommand::Disarm(None));
    assert!(console.page.faults.armed.is_empty());
}

/// Demands something of the device, which answers by this rule.
fn demand(dialect: &dyn Dialect, kind: &MessageKind, rule: KindRule) -> Console {
    let mut profile = profile_of(dialect);
    profile.answer.kinds.insert(kind.key.to_string(), rule);
    let mut console = ready(dialect, &kind.key);
    console.device(DeviceCommand::SetProfile(Box::new(profile)));
    console.device(DeviceCommand::Application {
        kind: kind.key.to_string(),
        values: defaults(&kind.fields),
    });
    console.advance(SECOND);
    console
}

#[test]
fn a_rule_delays_leaves_out_or_spoils_the_answer_and_the_ledger_says_so() {
    let mut spoilt = 0;
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        for kind in demanded(&declaration) {
            let at = format!("{} {}", declaration.id.0, kind.key);
            let answer = kind.answered_by.as_deref().expect("a request is answered");
            let answer = declaration.kind(answer).expect("a declared kind");
            let with = |fault| KindRule {
                fault,
                ..KindRule::default()
            };

            let delayed = KindRule {
                delay_ms: 3000,
                ..KindRule::default()
            };
            let mut console = demand(*dialect, kind, delayed);
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Open, "{at}");
            let planned = row.planned.expect("it is planned");
            assert!(
                (1_900..=2_010).contains(&(planned.0 - console.now().unix.0)),
                "{at}"
            );
            console.advance(3 * SECOND);
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Succeeded, "{at}");
            assert_eq!((row.planned, row.late), (None, false), "{at}");

            let mut console = demand(*dialect, kind, with(AnswerFault::NoAnswer));
            console.advance(30 * SECOND);
            let given_up = if kind.deadline_ms.is_some() {
                RoundTripState::Unanswered
            } else {
                RoundTripState::Open
            };
            assert_eq!(last(&console).state, given_up, "{at}");

            let mut console = demand(*dialect, kind, with(AnswerFault::Late));
            let patience = kind.deadline_ms.unwrap_or(20_000);
            console.advance(Duration::from_millis(u64::from(patience) - 500));
            let row = last(&console);
            assert_eq!(row.state, given_up, "{at}");
            console.advance(2 * SECOND);
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Succeeded, "{at}");
            assert_eq!(row.late, kind.deadline_ms.is_some(), "{at}");
            assert_eq!(
                has_remark(&mut console, Direction::Up, "late-response"),
                row.late,
                "{at}"
            );

            let mut console = demand(*dialect, kind, with(AnswerFault::Twice));
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Succeeded, "{at}");
            let rule = if row.assumed {
                "unmatched-response"
            } else {
                assert_eq!(row.repeats, 1, "{at}");
                "second-response"
            };
            assert!(has_remark(&mut console, Direction::Up, rule), "{at}");

            let mut console = demand(*dialect, kind, with(AnswerFault::WrongId));
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Open, "{at}");
            let (way, rule) = match row.correlation {
                Some(_) => (Direction::Up, "unmatched-response"),
                None => (Direction::Down, "answer-not-made"),
            };
            assert!(has_remark(&mut console, way, rule), "{at}");

            let mut console = demand(*dialect, kind, with(AnswerFault::ErrorCode));
            let row = last(&console);
            // An RRPC carries a code only if it is a call of the Alink form.
            let coded = !kind.key.contains("rrpc");
            if coded && declaration.failing_answer(answer).is_some() {
                assert_eq!(row.state, RoundTripState::Failed, "{at}: {row:?}");
                spoilt += 1;
            } else {
                assert_eq!(row.state, RoundTripState::Open, "{at}");
                assert!(
                    has_remark(&mut console, Direction::Down, "answer-not-made"),
                    "{at}"
                );
            }

            let by_hand = KindRule {
                by_hand: true,
                ..KindRule::default()
            };
            let mut console = demand(*dialect, kind, by_hand);
            let row = last(&console);
            assert_eq!(row.state, RoundTripState::Open, "{at}");
            console.device(DeviceCommand::Answer {
                request: row.request,
                values: defaults(&answer.fields),
            });
            console.advance(SECOND);
            assert_eq!(last(&console).state, RoundTripState::Succeeded, "{at}");
        }
    }
    // Four of Alibaba's, two of Huawei's, one of oneM2M; no other answer has a code.
    assert_eq!(spoilt, 7);
}

#[test]
fn a_synchronous_call_is_refused_with_a_code() {
    let dialect = platforms::by_name("aliyun");
    let declaration = dialect.declaration();
    let kind = declaration.kind("rrpc-request").expect("declared");
    let mut profile = profile_of(dialect);
    let rule = KindRule {
        fault: AnswerFault::ErrorCode,
        ..KindRule::default()
    };
    profile.answer.kinds.insert(kind.key.to_string(), rule);
    let mut console = ready(dialect, &kind.key);
    console.device(DeviceCommand::SetProfile(Box::new(profile)));
    let mut values = defaults(&kind.fields);
    let call = r#"{"id":"7","method":"thing.service.reset","params":{}}"#;
    values.insert("payload".to_owned(), call.to_owned());
    console.device(DeviceCommand::Application {
        kind: kind.key.to_string(),
        values,
    });
    console.advance(SECOND);
    let row = last(&console);
    assert_eq!(row.state, RoundTripState::Failed, "{row:?}");
    assert_eq!(row.outcome.expect("an outcome").code, "400");
}

#[test]
fn an_answer_echoes_members_of_its_request() {
    let dialect = platforms::by_name("eztcloud");
    let declaration = dialect.declaration();
    let kind = declaration.kind("command").expect("a declared kind");
    let rule = KindRule {
        form: form(&[(
            "params",
            r#"{"was":${request.params.delay},"by":"${request.method}#${counter}","at":${time.ms}}"#,
        )]),
        ..KindRule::default()
    };
    let mut console = demand(dialect, kind, rule);
    let row = last(&console);
    assert_eq!(row.state, RoundTripState::Succeeded);
    let view = console.select(row.reply.expect("an answer"));
    let (start, end) = view.payload.expect("a payload");
    let payload = String::from_utf8(view.bytes[start..end].to_vec()).expect("JSON");
    let at = payload
        .split("\"at\":")
        .nth(1)
        .and_then(|rest| rest.split('}').next())
        .and_then(|digits| digits.parse::<i64>().ok())
        .expect("a time");
    assert!(at > 1_767_225_600_000 && at <= console.now().unix.0);
    assert!(
        payload.contains(r##""params":{"was":5,"by":"reboot#1","at":"##),
        "{payload}"
    );
}

#[test]
fn a_template_that_cannot_be_filled_in_is_a_finding_and_nothing_is_sent() {
    let dialect = platforms::by_name("eztcloud");
    let declaration = dialect.declaration();
    let kind = declaration.kind("command").expect("a declared kind");
    let rule = KindRule {
        form: form(&[("params", "{\"x\":${request.params.none}}")]),
        ..KindRule::default()
    };
    let mut console = demand(dialect, kind, rule);
    let row = last(&console);
    assert_eq!(row.state, RoundTripState::Open);
    let view = console.select(row.request);
    let finding = view
        .findings
        .iter()
        .find(|finding| finding.rule == "template-absent-member")
        .expect("a remark on the request");
    assert_eq!(finding.place, Place::Form("params".into()));
    assert!(finding.text.en.starts_with("character 6:"), "{finding:?}");
    assert_eq!(console.page.notices.len(), 1);
}

#[test]
fn the_composer_fills_variables_in_and_the_preview_stands_still() {
    let mut console = ready(platforms::by_name("iotda"), "report");
    let values = form(&[
        ("service_id", "T"),
        (
            "properties",
            r#"{"n":${counter},"v":${walk(20,30,0.5)},"r":${random(1,1000000)}}"#,
        ),
    ]);
    let draft = Draft::Form {
        kind: "report".to_owned(),
        values,
    };
    let mut shown = Vec::new();
    for number in 1..=2 {
        console.device(DeviceCommand::Preview {
            number,
            draft: draft.clone(),
        });
        let preview = console.page.preview.clone().expect("a preview");
        let message = preview.publication.expect("a message");
        shown.push(String::from_utf8(message.payload.to_vec()).expect("JSON"));
    }
    assert_eq!(shown[0], shown[1]);
    assert!(shown[0].contains(r#""n":1,"v":25.0,"r":"#), "{}", shown[0]);
    console.device(DeviceCommand::Send {
        draft: draft.clone(),
    });
    console.advance(SECOND);
    let preview = console.page.preview.clone().expect("a preview");
    let next = preview.publication.expect("a message").payload;
    let next = String::from_utf8(next.to_vec()).expect("JSON");
    assert!(next.contains("\"n\":2,"), "{next}");

    let raw = Draft::Template(Publication {
        topic: "t/${counter}".to_owned(),
        payload: "${time.iso} ${nope}".into(),
        qos: QoS::AtMostOnce,
        retain: false,
    });
    console.device(DeviceCommand::Preview {
        number: 9,
        draft: raw,
    });
    let preview = console.page.preview.clone().expect("a preview");
    assert_eq!(preview.publication, None);
    assert_eq!(preview.findings[0].rule, "template-unknown-variable");
    assert_eq!(
        preview.findings[0].place,
        Place::Payload { start: 12, end: 19 }
    );
}

fn plan(interval_ms: u32, times: u32) -> ReportPlan {
    ReportPlan {
        values: form(&[(
            "values",
            r#"{"temperature":${walk(20,30,0.5)},"n":${counter}}"#,
        )]),
        interval_ms,
        times,
        ..ReportPlan::default()
    }
}

fn start(console: &mut Console, plan: ReportPlan) {
    console.device(DeviceCommand::StartReport {
        kind: "attributes".to_owned(),
        plan,
    });
}

/// The payloads of the attributes that were reported, oldest first.
fn reported(console: &mut Console) -> Vec<String> {
    let rows: Vec<FrameId> = console
        .page
        .ledger
        .rows
        .iter()
        .filter(|row| row.kind == "attributes")
        .map(|row| row.request)
        .collect();
    rows.into_iter()
        .map(|id| {
            let view = console.select(id);
            let (start, end) = view.payload.expect("a payload");
            String::from_utf8(view.bytes[start..end].to_vec()).expect("JSON")
        })
        .collect()
}

#[test]
fn a_report_is_sent_at_its_interval_until_all_are_sent() {
    let mut console = ready(platforms::by_name("eztcloud"), "attributes");
    start(&mut console, plan(2000, 3));
    let view = &console.page.reports[0];
    assert_eq!((view.sent, view.state), (1, ReportState::Running));
    assert_eq!(
        view.next.map(|next| next.0 - console.now().unix.0),
        Some(2000)
    );
    console.advance(Duration::from_millis(1999));
    assert_eq!(console.page.reports[0].sent, 1);
    console.advance(Duration::from_millis(2));
    assert_eq!(console.page.reports[0].sent, 2);
    console.advance(20 * SECOND);
    let view = &console.page.reports[0];
    assert_eq!((view.sent, view.state), (3, ReportState::Finished));
    assert_eq!((view.next, view.skipped), (None, 0));
    let payloads = reported(&mut console);
    assert_eq!(payloads.len(), 3);
    assert_eq!(payloads[0], r#"{"temperature":25.0,"n":1}"#);
    assert!(payloads[2].ends_with(",\"n\":3}"), "{payloads:?}");
    assert_eq!(console.page.ledger.open, 0);
}

#[test]
fn jitter_moves_single_reports_and_not_the_rhythm() {
    let mut console = ready(platforms::by_name("eztcloud"), "attributes");
    let jittery = ReportPlan {
        jitter_ms: 900,
        ..plan(2000, 30)
    };
    start(&mut console, jittery);
    console.advance(100 * SECOND);
    assert_eq!(console.page.reports[0].state, ReportState::Finished);
    let begun = console.page.ledger.rows[0].opened.0;
    let mut moved = 0;
    for (number, row) in (0..).zip(&console.page.ledger.rows) {
        let off = row.opened.0 - begun - number * 2000;
        assert!(off.abs() <= 900, "report {number} is {off} ms off");
        moved += i32::from(off != 0);
    }
    assert!(moved > 20, "{moved}");
}

#[test]
fn a_report_stops_with_the_connection_or_goes_on_after_the_next() {
    for keep_on in [false, true] {
        let mut console = ready(platforms::by_name("eztcloud"), "attributes");
        let plan = ReportPlan {
            keep_on,
            ..plan(1000, 100)
        };
        start(&mut console, plan);
        console.advance(2 * SECOND);
        console.device(DeviceCommand::Disconnect);
        console.advance(5 * SECOND);
        let view = console.page.reports[0].clone();
        assert_eq!((view.sent, view.next), (3, None));
        console.device(DeviceCommand::Connect);
        console.advance(5 * SECOND);
        let after = console.page.reports[0].clone();
        if keep_on {
            assert_eq!(view.state, ReportState::Waiting);
            assert_eq!(after.state, ReportState::Running);
            assert!(after.sent > view.sent, "{after:?}");
        } else {
            assert_eq!(view.state, ReportState::Stopped);
            assert_eq!(after, view);
        }
    }
}

#[test]
fn a_report_can_be_stopped_and_what_makes_no_message_stops_itself() {
    let mut console = ready(platforms::by_name("eztcloud"), "attributes");
    start(&mut console, plan(1000, 100));
    console.advance(2 * SECOND);
    console.device(DeviceCommand::StopReport {
        kind: "attributes".to_owned(),
    });
    console.advance(5 * SECOND);
    let view = console.page.reports[0].clone();
    assert_eq!((view.sent, view.state), (3, ReportState::Stopped));
    assert!(view.findings.is_empty());

    let wrong = ReportPlan {
        values: form(&[("values", "{\"t\":${tiem}}")]),
        ..plan(1000, 100)
    };
    start(&mut console, wrong);
    let view = console.page.reports[0].clone();
    assert_eq!((view.sent, view.state), (0, ReportState::Stopped));
    assert_eq!(view.findings[0].rule, "template-unknown-variable");
    assert_eq!(view.findings[0].place, Place::Form("values".into()));

    for bad in [plan(99, 1), plan(1000, 0), plan(1000, 100_001)] {
        let before = console.page.notices.len();
        start(&mut console, bad);
        assert_eq!(console.page.notices.len(), before + 1);
        assert_eq!(console.page.reports[0], view);
    }
}

#[test]
fn what_a_sleeping_machine_missed_is_not_sent_at_once() {
    let mut console = ready(platforms::by_name("eztcloud"), "attributes");
    start(&mut console, plan(1000, 1000));
    console.advance(2 * SECOND);
    assert_eq!(console.page.reports[0].sent, 3);
    console.sleep(Duration::from_millis(10_500));
    let view = console.page.reports[0].clone();
    assert_eq!((view.sent, view.skipped), (4, 9));
    console.advance(2 * SECOND);
    assert_eq!(console.page.reports[0].sent, 6);
}

#[test]
fn the_ledger_tells_when_each_step_was_acknowledged() {
    let mut console = ready(platforms::by_name("onem2m"), "report");
    let declaration = platforms::by_name("onem2m").declaration();
    send(&mut console, declaration.kind("report").expect("declared"));
    let row = last(&console);
    // There and back over the page's own link, at QoS 1; the device acknowledges at once.
    assert_eq!(row.acknowledged_micros, Some(10_000), "{row:?}");
    let latency = row.latency_micros.expect("answered");
    assert_eq!(row.reply_acknowledged_micros, Some(latency), "{row:?}");

    let downlink = declaration.kind("downlink").expect("declared");
    console.device(DeviceCommand::Application {
        kind: "downlink".to_owned(),
        values: defaults(&downlink.fields),
    });
    console.advance(SECOND);
    let row = last(&console);
    assert_eq!(row.acknowledged_micros, Some(0), "{row:?}");
    assert_eq!(row.latency_micros, Some(0), "{row:?}");
    assert_eq!(row.reply_acknowledged_micros, Some(10_000), "{row:?}");
}

#[test]
fn a_command_at_qos_0_has_no_acknowledgement() {
    let dialect = platforms::by_name("onenet");
    let declaration = dialect.declaration();
    let kind = declaration.kind("command").expect("declared");
    let console = demand(dialect, kind, KindRule::default());
    let row = last(&console);
    assert_eq!(row.state, RoundTripState::Succeeded);
    assert_eq!(row.acknowledged_micros, None);
}

#[test]
fn values_left_out_of_a_form_are_the_platforms_own() {
    let values = FormValues::new();
    let mut console = ready(platforms::by_name("onem2m"), "report");
    let draft = Draft::Form {
        kind: "report".to_owned(),
        values,
    };
    console.device(DeviceCommand::Send { draft });
    console.advance(SECOND);
    assert_eq!(last(&console).state, RoundTripState::Succeeded);
}
