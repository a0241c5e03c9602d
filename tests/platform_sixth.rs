//! A platform that exists in this file alone, made by implementing the trait. It must appear in
//! the forms, the linting, the ledger, the simulator and the workbench without a line elsewhere.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use console::{Console, form};
use device_console::engine::Engine;
use device_console::engine::seam::{
    AnswerRule, ConnectionSettings, ConnectionState, DeviceCommand, Draft, LogEntry, Profile,
    RoundTripState, Target, WorkbenchRequest,
};
use device_console::mqtt::{Field, FieldKind, ProtocolVersion, QoS};
use device_console::platform::cloud::{
    Cloud, CloudAction, CloudResource, CloudView, ConnectRequest, ConnectVerdict, PublishVerdict,
    Submission,
};
use device_console::platform::{
    Code, Composed, ConnectPlan, ConnectRules, Correlation, Declaration, Dialect, DialectId,
    Direction, Draw, Finding, FormField, FormValues, Identity, MessageKind, Outcome, Place,
    Publication, Reading, Role, SigningStep, Spans, Subscribe, Text, TopicTemplate, workbench,
};
use device_console::time::{Instant, Now};

/// Lamps that are numbered. A message is `{id} {word}`: `1 bright`; its answer `1 ok`.
struct Lamps;

static LAMPS: Lamps = Lamps;
static OFFERED: [&dyn Dialect; 1] = [&LAMPS];

fn kind(key: &'static str, direction: Direction, answer: Option<&'static str>) -> MessageKind {
    let response = key.ends_with("-answer");
    MessageKind {
        key: Cow::Borrowed(key),
        label: Text::same(key),
        direction,
        role: if response {
            Role::Response
        } else {
            Role::Request
        },
        answered_by: answer.map(Cow::Borrowed),
        deadline_ms: (direction == Direction::Down && !response).then_some(3_000),
        fields: vec![FormField::text("word", Text::same("Word")).required()],
        topic: Cow::Borrowed(if direction == Direction::Up {
            "out"
        } else {
            "in"
        }),
        source: Cow::Borrowed("Lamps \u{a7}1"),
    }
}

fn message(topic: String, text: &str) -> Publication {
    Publication {
        topic,
        payload: Bytes::from(text.to_owned()),
        qos: QoS::AtLeastOnce,
        retain: false,
    }
}

fn lamp(identity: &Identity) -> &str {
    identity.get("lamp").map_or("", String::as_str)
}

fn words(payload: &[u8]) -> Option<(&str, &str)> {
    core::str::from_utf8(payload).ok()?.split_once(' ')
}

impl Dialect for Lamps {
    fn declaration(&self) -> Declaration {
        let topic =
            |key: &'static str, template: &'static str, direction, subscribe| TopicTemplate {
                key: Cow::Borrowed(key),
                template: Cow::Borrowed(template),
                direction,
                subscribe,
                purpose: Text::same(key),
            };
        Declaration {
            id: DialectId("lamps".into()),
            name: Text::same("Lamps"),
            summary: Text::same("numbered lamps"),
            identity: vec![
                FormField::text("lamp", Text::same("Lamp")).required(),
                FormField::secret("pin", Text::same("PIN")),
            ],
            connect: ConnectRules {
                versions: vec![ProtocolVersion::V3_1_1],
                qos: vec![QoS::AtMostOnce, QoS::AtLeastOnce],
                keep_alive_secs: Some((10, 20)),
                default_keep_alive_secs: 15,
                will: Some(false),
                retain: Some(false),
                first: None,
                limits: Vec::new(),
                reach: Text::same("nowhere"),
            },
            kinds: vec![
                kind("glow", Direction::Up, Some("glow-answer")),
                kind("glow-answer", Direction::Down, None),
                kind("dim", Direction::Down, Some("dim-answer")),
                kind("dim-answer", Direction::Up, None),
            ],
            topics: vec![
                topic(
                    "out",
                    "lamps/{lamp}/out",
                    Direction::Up,
                    Subscribe::Publishes,
                ),
                topic("in", "lamps/{lamp}/in", Direction::Down, Subscribe::Must),
            ],
            codes: vec![Code {
                place: Cow::Borrowed("word"),
                number: 0,
                name: Cow::Borrowed("ok"),
                class: Cow::Borrowed(""),
                success: true,
                advice: Text::same("it glows"),
            }],
            calculators: workbench::calculators(),
        }
    }

    fn connect_plan(&self, identity: &Identity, _draw: &Draw) -> ConnectPlan {
        let pin = identity.get("pin").cloned().unwrap_or_default();
        ConnectPlan {
            url: None,
            sub_protocol: "mqtt".into(),
            version: ProtocolVersion::V3_1_1,
            client_id: lamp(identity).to_owned(),
            session_id: None,
            user_name: Some("lamp".to_owned()),
            password: Some(Bytes::from(pin.clone())),
            keep_alive_secs: 15,
            clean_session: true,
            subscriptions: vec![(format!("lamps/{}/in", lamp(identity)), QoS::AtLeastOnce)],
            steps: vec![SigningStep::secret(Text::same("PIN as it is"), pin)],
            findings: Vec::new(),
        }
    }

    fn compose(
        &self,
        identity: &Identity,
        kind: &str,
        values: &FormValues,
        draw: &Draw,
    ) -> Composed {
        let word = values.get("word").map_or("", String::as_str);
        if kind != "glow" || word.is_empty() {
            return Composed::refused(vec![Finding::error(
                "MissingField",
                Place::form("word"),
                Text::same("no word"),
                "Lamps",
            )]);
        }
        let text = format!("{} {word}", draw.sequence);
        let publication = message(format!("lamps/{}/out", lamp(identity)), &text);
        Composed {
            findings: self.lint(identity, &publication),
            publication: Some(publication),
        }
    }

    fn lint(&self, identity: &Identity, publication: &Publication) -> Vec<Finding> {
        let own = publication.topic == format!("lamps/{}/out", lamp(identity));
        let mut out = self.read(identity, Direction::Up, publication).findings;
        if !own {
            out.push(Finding::error(
                "ForeignTopic",
                Place::Topic,
                Text::same("another lamp"),
                "Lamps",
            ));
        }
        out
    }

    fn read_with(
        &self,
        _identity: &Identity,
        direction: Direction,
        publication: &Publication,
        spans: Spans,
    ) -> Reading {
        let payload = &publication.payload;
        let Some((id, word)) = words(payload) else {
            let mut out = Reading::new(None, Text::same("no words"), Role::OneWay);
            out.findings.push(Finding::error(
                "Truncated",
                Place::Message,
                Text::same("no blank"),
                "Lamps",
            ));
            return out;
        };
        let answer = word == "ok" || word == "no";
        let (kind, family) = match (direction, answer) {
            (Direction::Up, false) => ("glow", "glow"),
            (Direction::Down, true) => ("glow-answer", "glow"),
            (Direction::Down, false) => ("dim", "dim"),
            (Direction::Up, true) => ("dim-answer", "dim"),
        };
        let role = if answer {
            Role::Response
        } else {
            Role::Request
        };
        let mut out = Reading::new(Some(kind), Text::same(word), role);
        out.correlation = Some(Correlation {
            family: Cow::Borrowed(family),
            id: Some(id.to_owned()),
        });
        out.answerable = direction == Direction::Down && !answer;
        out.outcome = answer.then(|| Outcome {
            success: word == "ok",
            interim: false,
            code: word.to_owned(),
            name: String::new(),
            advice: Text::same("glows or does not"),
        });
        if spans == Spans::Listed {
            out.fields = vec![Field::leaf(
                "lamp's words",
                FieldKind::Payload,
                0..payload.len(),
                word,
            )];
        }
        out
    }

    fn answer(
        &self,
        identity: &Identity,
        request: &Publication,
        _reading: &Reading,
        values: &FormValues,
        _draw: &Draw,
    ) -> Composed {
        let id = words(&request.payload).map_or("", |(id, _)| id);
        let word = values.get("word").map_or("", String::as_str);
        Composed {
            publication: Some(message(
                format!("lamps/{}/out", lamp(identity)),
                &format!("{id} {word}"),
            )),
            findings: Vec::new(),
        }
    }

    fn answer_defaults(&self, _identity: &Identity, _reading: &Reading) -> FormValues {
        form(&[("word", "ok")])
    }

    fn cloud(&self) -> Box<dyn Cloud> {
        Box::new(Ceiling::default())
    }
}

/// The cloud half: one lamp, and what it last said.
#[derive(Default)]
struct Ceiling {
    lamp: String,
    pin: String,
    said: String,
    actions: VecDeque<CloudAction>,
}

impl Ceiling {
    fn tell(&mut self, text: &str) {
        let publication = message(format!("lamps/{}/in", self.lamp), text);
        self.actions.push_back(CloudAction::Publish(publication));
    }
}

impl Cloud for Ceiling {
    fn provision(&mut self, _now: Now, identity: &FormValues) {
        lamp(identity).clone_into(&mut self.lamp);
        self.pin = identity.get("pin").cloned().unwrap_or_default();
    }

    fn handle_connect(&mut self, _now: Now, request: &ConnectRequest<'_>) -> ConnectVerdict {
        if request.password == Some(self.pin.as_bytes()) {
            ConnectVerdict::Accept
        } else {
            ConnectVerdict::Refuse(4)
        }
    }

    fn handle_subscribe(&mut self, _: Now, _: &str, filter: &str, qos: QoS) -> Option<QoS> {
        (filter == format!("lamps/{}/in", self.lamp)).then_some(qos)
    }

    fn handle_publish(&mut self, _now: Now, _: &str, publication: &Publication) -> PublishVerdict {
        let Some((id, word)) = words(&publication.payload) else {
            return PublishVerdict::Close(Text::same("no words"));
        };
        if word != "ok" && word != "no" {
            self.said = word.to_owned();
            self.tell(&format!(
                "{id} {}",
                if word == "black" { "no" } else { "ok" }
            ));
        }
        PublishVerdict::Consume
    }

    fn handle_disconnect(&mut self, _now: Now, _client_id: &str) {}

    fn handle_timeout(&mut self, _now: Now) {}

    fn poll_timeout(&self) -> Option<Instant> {
        None
    }

    fn poll_action(&mut self) -> Option<CloudAction> {
        self.actions.pop_front()
    }

    fn submit(&mut self, _now: Now, _kind: &str, values: &FormValues) -> Submission {
        let word = values.get("word").cloned().unwrap_or_default();
        self.tell(&format!("77 {word}"));
        Submission::default()
    }

    fn view(&self) -> CloudView {
        CloudView {
            resources: vec![CloudResource {
                class: Text::same("lamp"),
                name: self.lamp.clone(),
                value: self.said.clone(),
                chinese: None,
            }],
            ..CloudView::default()
        }
    }

    fn source(&self) -> Cow<'static, str> {
        Cow::Borrowed("Lamps")
    }
}

fn console() -> Console {
    let profile = Profile {
        name: "lamp".to_owned(),
        dialect: DialectId("lamps".into()),
        target: Target::Simulated,
        identity: form(&[("lamp", "l7"), ("pin", "4711")]),
        connection: ConnectionSettings::default(),
        answer: AnswerRule {
            automatic: true,
            ..AnswerRule::default()
        },
    };
    let engine = Engine::with_dialects(Now::default(), &OFFERED);
    Console::with_engine(engine, profile, false)
}

fn connected() -> Console {
    let mut console = console();
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(1));
    let connection = console.page.connection.clone().expect("a connection");
    assert!(
        matches!(connection.state, ConnectionState::Connected { .. }),
        "{connection:?}"
    );
    console
}

#[test]
fn it_is_offered_with_its_forms() {
    let console = console();
    let offered = &console.page.catalogue;
    assert_eq!(offered.len(), 1);
    assert_eq!(offered[0], LAMPS.declaration());
    let plan = console.page.plan.expect("a plan");
    assert_eq!(plan.client_id, "l7");
    assert!(plan.password);
}

#[test]
fn its_linting_speaks_in_the_preview() {
    let mut console = console();
    let mut rules = |draft: Draft| {
        console.device(DeviceCommand::Preview { number: 1, draft });
        let preview = console.page.preview.take().expect("a preview");
        let rules = preview.findings.into_iter().map(|finding| finding.rule);
        (preview.publication.is_some(), rules.collect::<Vec<_>>())
    };
    let form_of = |word: &str| Draft::Form {
        kind: "glow".to_owned(),
        values: form(&[("word", word)]),
    };
    assert_eq!(rules(form_of("bright")), (true, vec![]));
    assert_eq!(rules(form_of("")), (false, vec!["MissingField".into()]));
    let raw = Draft::Raw(message("lamps/l8/out".to_owned(), "silent"));
    assert_eq!(
        rules(raw),
        (true, vec!["Truncated".into(), "ForeignTopic".into()])
    );
}

#[test]
fn its_round_trips_are_in_the_ledger_both_ways() {
    let mut console = connected();
    for (word, state) in [
        ("bright", RoundTripState::Succeeded),
        ("black", RoundTripState::Failed),
    ] {
        console.send("glow", &[("word", word)]);
        console.advance(Duration::from_secs(1));
        let row = console.page.ledger.rows.last().expect("a row");
        assert_eq!((row.kind.as_ref(), row.state), ("glow", state));
        assert!(!row.assumed);
    }
    console.device(DeviceCommand::Application {
        kind: "dim".to_owned(),
        values: form(&[("word", "half")]),
    });
    console.advance(Duration::from_secs(1));
    let row = console.page.ledger.rows.last().expect("a row");
    assert_eq!(
        (row.kind.as_ref(), row.state),
        ("dim", RoundTripState::Succeeded)
    );
    assert_eq!(row.deadline_ms, Some(3_000));
    assert_eq!(row.correlation.as_deref(), Some("77"));
}

#[test]
fn its_cloud_half_judges_and_keeps() {
    let mut console = connected();
    console.send("glow", &[("word", "bright")]);
    console.advance(Duration::from_secs(1));
    let kept = console.page.cloud.expect("a cloud").resources;
    assert_eq!(
        (kept[0].name.as_str(), kept[0].value.as_str()),
        ("l7", "bright")
    );

    let mut console = self::console();
    let mut profile = console.profile.clone();
    profile.connection.password = "0815".to_owned();
    console.device(DeviceCommand::SetProfile(Box::new(profile)));
    console.device(DeviceCommand::Connect);
    console.advance(Duration::from_secs(1));
    let connection = console.page.connection.expect("a connection");
    assert_eq!(connection.state, ConnectionState::Offline);
    assert!(connection.failure.is_some());
}

#[test]
fn its_words_are_in_the_log_and_the_inspector() {
    let mut console = connected();
    console.send("glow", &[("word", "bright")]);
    console.advance(Duration::from_secs(1));
    let rows = &console.page.log.rows;
    let sent = rows
        .iter()
        .find(|row| {
            row.direction == Direction::Up
                && matches!(&row.entry, LogEntry::Frame { packet, .. } if packet == "PUBLISH")
        })
        .expect("the PUBLISH is logged")
        .id;
    let frame = console.select(sent);
    fn names(fields: &[Field]) -> Vec<String> {
        fields
            .iter()
            .flat_map(|field| {
                let mut out = vec![field.name.to_string()];
                out.extend(names(&field.children));
                out
            })
            .collect()
    }
    assert!(names(&frame.tree).contains(&"lamp's words".to_owned()));
}

#[test]
fn its_credentials_are_worked_out_and_compared() {
    let mut console = console();
    console.device(DeviceCommand::Workbench {
        number: 1,
        request: Some(Box::new(WorkbenchRequest {
            calculator: workbench::LOGIN.to_owned(),
            values: FormValues::new(),
            presented: form(&[("user_name", "4711"), ("password", "lamp")]),
            reveal: false,
        })),
    });
    let view = console.page.workbench.expect("a computation");
    assert!(
        view.steps
            .iter()
            .any(|step| step.label.en == "PIN as it is")
    );
    assert!(
        view.steps
            .iter()
            .all(|step| step.secret == step.value.is_none())
    );
    let verdict = view.verdict.expect("a verdict");
    assert!(
        verdict
            .iter()
            .any(|f| f.is_error() && f.text.en.contains("swapped"))
    );
}
