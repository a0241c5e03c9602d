//! The device half of each dialect against its own cloud half, without a broker between them: what
//! one sends the other understands, requests are answered, and what the platforms refuse is
//! refused. Time is a test's own.

use std::time::Duration;

use device_console::mqtt::{ProtocolVersion, QoS, TopicFilter, TopicName};
use device_console::platform::cloud::{
    Cloud, CloudAction, ConnectRequest, ConnectVerdict, PublishVerdict, Submission,
};
use device_console::platform::http::{HttpExchange, HttpRequest};
use device_console::platform::{
    self, ConnectPlan, Dialect, Direction, Draw, FormField, FormValues, Identity, Publication,
    Reading, Role, sign, to_hex,
};
use device_console::time::{Instant, Now, UnixMillis};

const START: i64 = 1_700_000_000_000;

fn form(pairs: &[(&str, &str)]) -> FormValues {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

fn defaults(fields: &[FormField]) -> FormValues {
    fields
        .iter()
        .map(|field| (field.key.to_string(), field.default.to_string()))
        .collect()
}

fn identity_of(dialect: &dyn Dialect) -> Identity {
    let mut identity = defaults(&dialect.declaration().identity);
    for (key, value) in [
        ("secret", "auth123"),
        ("password", "1234567890"),
        ("access_token", "token-of-the-device"),
        ("project_key", "key-of-the-project"),
        ("device_secret", "secret-of-the-device"),
        ("product_secret", "secret-of-the-product"),
        ("ext", "1"),
        ("topics", "room/1"),
        ("streams", "modbus"),
    ] {
        if let Some(field) = identity.get_mut(key) {
            value.clone_into(field);
        }
    }
    identity
}

/// A device and its cloud.
struct Bench {
    dialect: &'static dyn Dialect,
    identity: Identity,
    plan: ConnectPlan,
    cloud: Box<dyn Cloud>,
    now: Now,
    sequence: u64,
    filters: Vec<String>,
    /// Clients that the cloud closed.
    closed: Vec<String>,
}

impl Bench {
    fn new(dialect: &'static dyn Dialect) -> Self {
        Self::with(dialect, identity_of(dialect))
    }

    fn with(dialect: &'static dyn Dialect, identity: Identity) -> Self {
        let now = Now {
            instant: Instant::from_millis(1000),
            unix: UnixMillis(START),
        };
        let mut cloud = dialect.cloud();
        cloud.provision(now, &identity);
        let plan = dialect.connect_plan(
            &identity,
            &Draw {
                now,
                sequence: 0,
                random: 7,
            },
        );
        Self {
            dialect,
            identity,
            plan,
            cloud,
            now,
            sequence: 0,
            filters: Vec::new(),
            closed: Vec::new(),
        }
    }

    fn name(&self) -> String {
        self.dialect.declaration().id.0.to_string()
    }

    fn draw(&mut self) -> Draw {
        self.sequence += 1;
        Draw {
            now: self.now,
            sequence: self.sequence,
            random: self.sequence * 977,
        }
    }

    fn later(&mut self, by: Duration) {
        self.now.instant = self.now.instant + by;
        self.now.unix.0 += i64::try_from(by.as_millis()).unwrap();
        if self
            .cloud
            .poll_timeout()
            .is_some_and(|at| at <= self.now.instant)
        {
            self.cloud.handle_timeout(self.now);
        }
    }

    fn request<'a>(&self, plan: &'a ConnectPlan) -> ConnectRequest<'a> {
        ConnectRequest {
            version: plan.version,
            client_id: &plan.client_id,
            user_name: plan.user_name.as_deref(),
            password: plan.password.as_deref(),
            keep_alive_secs: plan.keep_alive_secs,
            clean_session: plan.clean_session,
            will: false,
        }
    }

    fn connect(&mut self) {
        let plan = self.plan.clone();
        let verdict = self.cloud.handle_connect(self.now, &self.request(&plan));
        assert_eq!(verdict, ConnectVerdict::Accept, "{}", self.name());
        for (filter, qos) in &plan.subscriptions {
            let granted = self
                .cloud
                .handle_subscribe(self.now, &plan.client_id, filter, *qos);
            assert!(granted.is_some(), "{}: {filter} refused", self.name());
            self.filters.push(filter.clone());
        }
        let arrived = self.drain();
        assert!(arrived.is_empty(), "{}: {arrived:?}", self.name());
    }

    fn publish(&mut self, publication: &Publication) -> PublishVerdict {
        self.cloud
            .handle_publish(self.now, &self.plan.client_id, publication)
    }

    /// What reaches the device: what is handed to it, and what it subscribed to.
    fn drain(&mut self) -> Vec<Publication> {
        let mut arrived = Vec::new();
        while let Some(action) = self.cloud.poll_action() {
            match action {
                CloudAction::Deliver {
                    client_id,
                    publication,
                } => {
                    assert_eq!(client_id, self.plan.client_id);
                    arrived.push(publication);
                }
                CloudAction::Publish(publication) => {
                    let name = TopicName::new(&publication.topic).expect("a topic name");
                    if self
                        .filters
                        .iter()
                        .any(|filter| TopicFilter::new(filter).unwrap().matches(name))
                    {
                        arrived.push(publication);
                    }
                }
                CloudAction::Close { client_id } => self.closed.push(client_id),
            }
        }
        arrived
    }

    fn read(&self, direction: Direction, publication: &Publication) -> Reading {
        self.dialect.read(&self.identity, direction, publication)
    }

    /// Composes, publishes, and returns what came back.
    fn send(&mut self, kind: &str, values: &FormValues) -> (Reading, Vec<Publication>) {
        let draw = self.draw();
        let composed = self.dialect.compose(&self.identity, kind, values, &draw);
        let publication = composed
            .publication
            .unwrap_or_else(|| panic!("{} {kind}: {:?}", self.name(), composed.findings));
        let reading = self.read(Direction::Up, &publication);
        let verdict = self.publish(&publication);
        assert!(
            !matches!(verdict, PublishVerdict::Close(_)),
            "{} {kind}: {verdict:?}",
            self.name()
        );
        (reading, self.drain())
    }

    fn last_record(&self) -> String {
        self.cloud
            .view()
            .records
            .last()
            .map(|record| record.text.en.to_string())
            .unwrap_or_default()
    }
}

#[test]
fn every_request_of_the_device_is_answered_and_matched() {
    for dialect in platform::all() {
        let mut bench = Bench::new(*dialect);
        bench.connect();
        for kind in dialect.declaration().kinds {
            if kind.direction != Direction::Up || kind.role == Role::Response {
                continue;
            }
            // Reports in quick succession are dropped by one of the platforms.
            bench.later(Duration::from_secs(1));
            let (request, arrived) = bench.send(&kind.key, &defaults(&kind.fields));
            let name = bench.name();
            let wants = kind.answered_by.is_some() && kind.key != "up-raw";
            if !wants {
                assert_eq!(arrived, [], "{name} {}", kind.key);
                continue;
            }
            let [answer] = arrived.as_slice() else {
                panic!("{name} {}: {} answers", kind.key, arrived.len());
            };
            let answer = bench.read(Direction::Down, answer);
            assert_eq!(answer.kind, kind.answered_by, "{name} {}", kind.key);
            assert_eq!(answer.role, Role::Response, "{name} {}", kind.key);
            assert_eq!(answer.findings, [], "{name} {}", kind.key);
            assert_eq!(
                answer.correlation, request.correlation,
                "{name} {}",
                kind.key
            );
            assert!(request.correlation.is_some(), "{name} {}", kind.key);
            let outcome = answer.outcome.expect("an outcome");
            assert!(outcome.success, "{name} {}: {outcome:?}", kind.key);
        }
    }
}

#[test]
fn every_request_of_an_application_reaches_the_device_and_its_answer_closes_it() {
    for dialect in platform::all() {
        let mut bench = Bench::new(*dialect);
        bench.connect();
        let mut asked = 0;
        for kind in dialect.declaration().kinds {
            if kind.direction != Direction::Down || kind.fields.is_empty() {
                continue;
            }
            let name = bench.name();
            bench.later(Duration::from_secs(1));
            let submission = bench
                .cloud
                .submit(bench.now, &kind.key, &defaults(&kind.fields));
            let errors = submission.findings.iter().any(|finding| finding.is_error());
            assert!(!errors, "{name} {}: {:?}", kind.key, submission.findings);
            let arrived = bench.drain();
            if kind.key == "event-down" && arrived.is_empty() {
                panic!("{name}: no platform event");
            }
            let [request] = arrived.as_slice() else {
                // Topics of the product are subscribed to by hand.
                assert_eq!((name.as_str(), &*kind.key), ("iotda", "user-down"));
                continue;
            };
            let reading = bench.read(Direction::Down, request);
            assert_eq!(reading.kind.as_deref(), Some(&*kind.key), "{name}");
            let errors = reading.findings.iter().any(|finding| finding.is_error());
            assert!(!errors, "{name} {}: {:?}", kind.key, reading.findings);
            if kind.role != Role::Request {
                assert!(!reading.answerable, "{name} {}", kind.key);
                continue;
            }
            asked += 1;
            assert!(reading.answerable, "{name} {}", kind.key);
            let answering = kind.answered_by.clone().expect("answered by something");
            let mut values = defaults(
                &dialect
                    .declaration()
                    .kind(&answering)
                    .expect("declared")
                    .fields,
            );
            values.extend(dialect.answer_defaults(&bench.identity, &reading));
            let draw = bench.draw();
            let composed = dialect.answer(&bench.identity, request, &reading, &values, &draw);
            let answer = composed
                .publication
                .unwrap_or_else(|| panic!("{name} {}: {:?}", kind.key, composed.findings));
            let answered = bench.read(Direction::Up, &answer);
            assert_eq!(answered.kind, Some(answering), "{name}");
            assert_eq!(
                answered.correlation, reading.correlation,
                "{name} {}",
                kind.key
            );
            bench.later(Duration::from_millis(40));
            let waiting = bench.cloud.view().resources.len();
            assert_eq!(bench.publish(&answer), PublishVerdict::Consume, "{name}");
            assert!(
                bench.last_record().contains("40 ms"),
                "{name} {}: {}",
                kind.key,
                bench.last_record()
            );
            assert_eq!(
                bench.cloud.view().resources.len(),
                waiting - 1,
                "{name} {}: still open",
                kind.key
            );
            bench.drain();
            // The same answer again finds nothing open.
            bench.publish(&answer);
            let said = bench.last_record();
            assert!(
                said.contains("not open") || said.contains("no open command"),
                "{name} {}: {said}",
                kind.key
            );
            bench.drain();
        }
        assert!(asked > 0, "{} asks nothing", bench.name());
    }
}

#[test]
fn what_is_wrong_with_credentials_is_told_and_the_cloud_refuses_them() {
    /// Dialect, how its right credentials are spoilt, verdict, words of the diagnosis.
    type Row = (
        &'static str,
        &'static str,
        fn(&mut ConnectPlan, &Identity),
        ConnectVerdict,
        &'static str,
    );
    fn set_password(plan: &mut ConnectPlan, password: &str) {
        plan.password = Some(password.to_owned().into());
    }
    fn password(plan: &ConnectPlan) -> String {
        String::from_utf8(plan.password.clone().unwrap().to_vec()).unwrap()
    }
    fn hour(plan: &ConnectPlan) -> String {
        plan.client_id.rsplit('_').next().unwrap().to_owned()
    }
    let rows: &[Row] = &[
        (
            "onenet",
            "device and project swapped",
            |plan, identity| {
                plan.client_id.clone_from(&identity["project_id"]);
                plan.user_name = Some(identity["device_id"].clone());
            },
            ConnectVerdict::Refuse(2),
            "swapped",
        ),
        (
            "onenet",
            "token of OneNET Studio",
            |plan, _| {
                set_password(
                    plan,
                    "version=2018-10-31&res=products%2Fp&et=1&method=sha1&sign=x",
                )
            },
            ConnectVerdict::Refuse(4),
            "OneNET Studio",
        ),
        (
            "onenet",
            "upper case",
            |plan, _| set_password(plan, "AUTH123"),
            ConnectVerdict::Refuse(4),
            "upper and lower case",
        ),
        (
            "onenet",
            "no password",
            |plan, _| plan.password = None,
            ConnectVerdict::Drop,
            "flag must be 1",
        ),
        (
            "onenet",
            "keep alive under 120",
            |plan, _| plan.keep_alive_secs = 60,
            ConnectVerdict::Drop,
            "120 to 65535",
        ),
        (
            "onenet",
            "MQTT 5.0",
            |plan, _| plan.version = ProtocolVersion::V5_0,
            ConnectVerdict::Drop,
            "3.1.1",
        ),
        (
            "aliyun",
            "product and device swapped",
            |plan, identity| {
                plan.user_name = Some(format!(
                    "{}&{}",
                    identity["product_key"], identity["device_name"]
                ));
            },
            ConnectVerdict::Refuse(4),
            "swapped",
        ),
        (
            "aliyun",
            "another algorithm than said",
            |plan, _| plan.client_id = plan.client_id.replace("hmacsha256", "hmacsha1"),
            ConnectVerdict::Refuse(4),
            "made with HMAC-SHA256, while HMAC-SHA1 is asked for",
        ),
        (
            "aliyun",
            "timestamp signed but not sent",
            |plan, _| {
                let at = plan.client_id.find(",timestamp=").unwrap();
                let end = plan.client_id[at + 1..].find(',').unwrap() + at + 1;
                plan.client_id.replace_range(at..end, "");
            },
            ConnectVerdict::Refuse(4),
            "timestamp 1700000000000 is signed, but not in the client id",
        ),
        (
            "aliyun",
            "the secret itself",
            |plan, identity| set_password(plan, &identity["device_secret"]),
            ConnectVerdict::Refuse(4),
            "not signed at all",
        ),
        (
            "aliyun",
            "product's secret",
            |plan, identity| {
                let content = format!(
                    "clientId{0}.{1}deviceName{1}productKey{0}timestamp1700000000000",
                    identity["product_key"], identity["device_name"]
                );
                let made = sign::hmac(
                    sign::Digest::Sha256,
                    identity["product_secret"].as_bytes(),
                    content.as_bytes(),
                );
                set_password(plan, &to_hex(&made));
            },
            ConnectVerdict::Refuse(4),
            "product's secret",
        ),
        (
            "aliyun",
            "no bars",
            |plan, _| plan.client_id = "device1".to_owned(),
            ConnectVerdict::Refuse(2),
            "two bars",
        ),
        (
            "aliyun",
            "keep alive 29",
            |plan, _| plan.keep_alive_secs = 29,
            ConnectVerdict::Refuse(2),
            "30 to 1200",
        ),
        (
            "eztcloud",
            "user name and password swapped",
            |plan, identity| {
                plan.user_name = Some(identity["password"].clone());
                set_password(plan, &identity["username"]);
            },
            ConnectVerdict::Refuse(4),
            "swapped",
        ),
        (
            "thingscloud",
            "blank after the key",
            |plan, _| {
                let spoilt = format!("{} ", password(plan));
                set_password(plan, &spoilt);
            },
            ConnectVerdict::Refuse(4),
            "blanks",
        ),
        (
            "iotda",
            "hour in local time in the password alone",
            |plan, identity| {
                // 2023-11-14 22 h in UTC is 06 h of the next day in Beijing.
                let made = sign::hmac(
                    sign::Digest::Sha256,
                    b"2023111506",
                    identity["secret"].as_bytes(),
                );
                set_password(plan, &to_hex(&made));
            },
            ConnectVerdict::Refuse(4),
            "local time (UTC+8)",
        ),
        (
            "iotda",
            "key and message swapped",
            |plan, identity| {
                let made = sign::hmac(
                    sign::Digest::Sha256,
                    identity["secret"].as_bytes(),
                    hour(plan).as_bytes(),
                );
                set_password(plan, &to_hex(&made));
            },
            ConnectVerdict::Refuse(4),
            "key and message of the HMAC are swapped",
        ),
        (
            "iotda",
            "SM3 with sign type 0",
            |plan, identity| {
                let made = sign::hmac(
                    sign::Digest::Sm3,
                    hour(plan).as_bytes(),
                    identity["secret"].as_bytes(),
                );
                set_password(plan, &to_hex(&made));
            },
            ConnectVerdict::Refuse(4),
            "made with HMAC-SM3",
        ),
        (
            "iotda",
            "upper case",
            |plan, _| {
                let spoilt = password(plan).to_uppercase();
                set_password(plan, &spoilt);
            },
            ConnectVerdict::Refuse(4),
            "upper case",
        ),
        (
            "iotda",
            "three parts",
            |plan, _| plan.client_id = "dev_0_2023111422".to_owned(),
            ConnectVerdict::Refuse(2),
            "four parts",
        ),
        (
            "iotda",
            "another user name",
            |plan, _| plan.user_name = Some("dev".to_owned()),
            ConnectVerdict::Refuse(4),
            "it is the device id",
        ),
    ];
    for (id, what, spoil, verdict, words) in rows {
        let dialect = *platform::all()
            .iter()
            .find(|dialect| dialect.declaration().id.0 == *id)
            .expect("a dialect");
        let mut bench = Bench::new(dialect);
        let right = bench.plan.clone();
        let draw = bench.draw();
        let draw = Draw { random: 7, ..draw };
        let said = dialect.diagnose(&bench.identity, &bench.request(&right), &draw);
        assert!(
            !said.iter().any(|finding| finding.is_error()),
            "{id}: right credentials: {said:?}"
        );
        let mut wrong = right.clone();
        spoil(&mut wrong, &bench.identity);
        let said = dialect.diagnose(&bench.identity, &bench.request(&wrong), &draw);
        let texts: Vec<&str> = said.iter().map(|finding| &*finding.text.en).collect();
        assert!(
            texts.iter().any(|text| text.contains(words)),
            "{id} {what}: {texts:?}"
        );
        let request = bench.request(&wrong);
        let found = bench.cloud.handle_connect(bench.now, &request);
        assert_eq!(found, *verdict, "{id} {what}");
    }
}

fn by_name(id: &str) -> &'static dyn Dialect {
    *platform::all()
        .iter()
        .find(|dialect| dialect.declaration().id.0 == id)
        .expect("a dialect")
}

fn message(topic: &str, payload: &[u8]) -> Publication {
    Publication {
        topic: topic.to_owned(),
        payload: payload.to_vec().into(),
        qos: QoS::AtLeastOnce,
        retain: false,
    }
}

#[test]
fn platforms_close_on_what_their_documents_say() {
    let rows: &[(&str, &str, &[u8])] = &[
        ("eztcloud", "attributes/DU_JEwVTAmL3m", b"temperature=1"),
        ("eztcloud", "attributes/DU_other", b"{}"),
        ("thingscloud", "event/report/1", b"not json"),
        ("onenet", "$creq/abc", b"x"),
        ("onenet", "$other", b"x"),
        (
            "aliyun",
            "/sys/other/device1/thing/event/property/post",
            b"{}",
        ),
    ];
    for (id, topic, payload) in rows {
        let mut bench = Bench::new(by_name(id));
        bench.connect();
        let verdict = bench.publish(&message(topic, payload));
        assert!(matches!(verdict, PublishVerdict::Close(_)), "{id} {topic}");
    }
    for id in ["aliyun", "iotda"] {
        let mut bench = Bench::new(by_name(id));
        bench.connect();
        let mut publication = message("free", b"x");
        publication.qos = QoS::ExactlyOnce;
        let verdict = bench.publish(&publication);
        assert!(matches!(verdict, PublishVerdict::Close(_)), "{id} at QoS 2");
    }
}

#[test]
fn onenet_enforces_its_subscription_rules() {
    let mut bench = Bench::new(by_name("onenet"));
    bench.connect();
    let client = bench.plan.client_id.clone();
    let mut subscribe = |filter: &str| {
        bench
            .cloud
            .handle_subscribe(bench.now, &client, filter, QoS::AtLeastOnce)
    };
    for filter in ["a/+", "#", "$dp", "$creq/1", "温度", ""] {
        assert_eq!(subscribe(filter), None, "{filter}");
    }
    // One is taken by the identity's own list.
    for number in 0..99 {
        assert!(subscribe(&format!("t/{number}")).is_some());
    }
    assert_eq!(subscribe("t/100"), None, "the 101st topic");
    assert!(subscribe("t/5").is_some(), "one that is known already");
}

#[test]
fn a_second_connection_of_a_device_closes_the_first() {
    for id in ["aliyun", "iotda", "eztcloud", "thingscloud"] {
        let mut bench = Bench::new(by_name(id));
        bench.connect();
        let old = bench.plan.client_id.clone();
        match id {
            "aliyun" => {
                bench
                    .identity
                    .insert("client_id".to_owned(), "another".to_owned());
            }
            "iotda" => {
                bench
                    .identity
                    .insert("timestamp".to_owned(), "2023111421".to_owned());
            }
            _ => {
                bench
                    .identity
                    .insert("client_id".to_owned(), "another".to_owned());
            }
        }
        let draw = bench.draw();
        bench.plan = bench.dialect.connect_plan(&bench.identity, &draw);
        let plan = bench.plan.clone();
        let verdict = bench.cloud.handle_connect(bench.now, &bench.request(&plan));
        assert_eq!(verdict, ConnectVerdict::Accept, "{id}");
        bench.drain();
        assert_eq!(bench.closed, [old], "{id}");
    }
}

/// The request that a submission was, as the cloud panel shows it.
fn exchange(bench: &Bench, submission: &Submission) -> HttpExchange {
    let number = submission.exchange.expect("the documents describe it");
    let found = bench.cloud.view().exchanges;
    let found = found.into_iter().find(|one| one.number == number);
    found.expect("it is kept")
}

fn asked(bench: &Bench, submission: &Submission) -> HttpRequest {
    exchange(bench, submission).request
}

/// Status and body of what the application got.
fn response(bench: &Bench, submission: &Submission) -> Option<(String, String)> {
    let response = exchange(bench, submission).response?;
    Some((response.status, response.body))
}

#[test]
fn iotda_answers_a_synchronous_command_when_the_device_does() {
    let mut bench = Bench::new(by_name("iotda"));
    bench.connect();
    let submission = bench.cloud.submit(
        bench.now,
        "command",
        &form(&[
            ("service_id", "WaterMeter"),
            ("command_name", "ON_OFF"),
            ("paras", "{\"value\":\"ON\"}"),
        ]),
    );
    let device = bench.identity["device_id"].clone();
    assert_eq!(
        asked(&bench, &submission).curl(),
        format!(
            "curl -X POST 'https://{{Endpoint}}/v5/iot/{{project_id}}/devices/{device}/commands' \\\n  \
             -H 'X-Auth-Token: {{token}}' \\\n  -H 'Content-Type: application/json' \\\n  \
             --data-raw '{{\"service_id\":\"WaterMeter\",\"command_name\":\"ON_OFF\",\
             \"paras\":{{\"value\":\"ON\"}}}}'"
        )
    );
    assert_eq!(response(&bench, &submission), None);
    let command = bench.drain().remove(0);
    let id = command.topic.split("request_id=").nth(1).expect("an id");
    let answer =
        br#"{"result_code":0,"response_name":"COMMAND_RESPONSE","paras":{"result":"success"}}"#;
    let reply = message(
        &format!("$oc/devices/{device}/sys/commands/response/request_id={id}"),
        answer,
    );
    let client = bench.plan.client_id.clone();
    bench.cloud.handle_publish(bench.now, &client, &reply);
    let body = format!(
        "{{\"command_id\":\"{id}\",\"response\":{}}}",
        String::from_utf8_lossy(answer)
    );
    assert_eq!(
        response(&bench, &submission),
        Some(("200 OK".to_owned(), body))
    );
}

#[test]
fn iotda_says_what_became_of_a_message_at_once() {
    // Away: kept. There and listening: delivered. There and not listening: failed.
    for (connect, listen, status) in [
        (false, false, "PENDING"),
        (true, true, "DELIVERED"),
        (true, false, "FAILED"),
    ] {
        let mut bench = Bench::new(by_name("iotda"));
        let plan = bench.plan.clone();
        if connect {
            bench.cloud.handle_connect(bench.now, &bench.request(&plan));
        }
        if listen {
            for (filter, qos) in &plan.subscriptions {
                bench
                    .cloud
                    .handle_subscribe(bench.now, &plan.client_id, filter, *qos);
                bench.filters.push(filter.clone());
            }
        }
        let submission = bench.cloud.submit(
            bench.now,
            "message-down",
            &form(&[("message", "HelloWorld")]),
        );
        let (code, body) = response(&bench, &submission).expect("a response at once");
        assert_eq!(code, "201 Created");
        assert!(body.contains(&format!("\"status\":\"{status}\"")), "{body}");
        // The push device.message.status tells the same.
        let notice = bench.cloud.view().records.pop().expect("a record").detail;
        assert!(notice.contains("device.message.status"), "{notice}");
        assert!(notice.contains(status), "{notice}");
        assert_eq!(bench.drain().len(), usize::from(listen), "{status}");
    }
}

#[test]
fn aliyun_calls_are_encoded_and_return_with_the_devices_bytes() {
    let mut bench = Bench::new(by_name("aliyun"));
    bench.connect();
    bench.drain();
    let params = "{\"Power\":\"a&b=c d\"}";
    let submission = bench
        .cloud
        .submit(bench.now, "property-set", &form(&[("params", params)]));
    let url = asked(&bench, &submission).url;
    assert!(url.contains("Action=SetDeviceProperty"), "{url}");
    assert!(
        url.contains("Items=%7B%22Power%22%3A%22a%26b%3Dc%20d%22%7D"),
        "{url}"
    );
    let (status, body) = response(&bench, &submission).expect("at once");
    assert!(
        status == "200 OK" && body.contains("\"Success\":true"),
        "{body}"
    );
    bench.drain();
    let submission = bench.cloud.submit(
        bench.now,
        "rrpc-request",
        &form(&[("payload", "00ff10"), ("format", "hex")]),
    );
    let url = asked(&bench, &submission).url;
    assert!(url.contains("RequestBase64Byte=AP8Q"), "{url}");
    assert_eq!(response(&bench, &submission), None);
    let call = bench.drain().remove(0);
    let reply = message(&call.topic.replace("request", "response"), &[0xde, 0xad]);
    let client = bench.plan.client_id.clone();
    bench.cloud.handle_publish(bench.now, &client, &reply);
    let (_, body) = response(&bench, &submission).expect("after the answer");
    assert!(body.contains("\"PayloadBase64Byte\":\"3q0=\""), "{body}");
    // Nobody answers the next one.
    let submission = bench
        .cloud
        .submit(bench.now, "rrpc-request", &form(&[("payload", "x")]));
    bench.later(Duration::from_secs(8));
    let (_, body) = response(&bench, &submission).expect("after the deadline");
    assert!(body.contains("TIMEOUT"), "{body}");
}

#[test]
fn onenet_requests_are_what_its_document_prints() {
    let mut bench = Bench::new(by_name("onenet"));
    bench.connect();
    let submission = bench.cloud.submit(
        bench.now,
        "message-down",
        &form(&[
            ("topic", "room/1"),
            ("payload", "it's on"),
            ("format", "text"),
        ]),
    );
    assert_eq!(
        asked(&bench, &submission).curl(),
        "curl -X POST 'http://api.heclouds.com/mqtt?topic=room%2F1' \\\n  \
         -H 'api-key: {master key}' \\\n  --data-raw 'it'\\''s on'"
    );
    assert_eq!(
        response(&bench, &submission),
        Some((
            "200 OK".to_owned(),
            "{\"errno\":0,\"error\":\"succ\"}".to_owned()
        ))
    );
    let submission = bench.cloud.submit(
        bench.now,
        "command",
        &form(&[("payload", "00ff"), ("format", "hex")]),
    );
    assert!(asked(&bench, &submission).curl().starts_with(
        "printf '\\000\\377' | curl -X POST 'http://api.heclouds.com/cmds?device_id="
    ));
    let (_, body) = response(&bench, &submission).expect("at once");
    assert!(body.contains("cmd_uuid"), "{body}");
}

#[test]
fn iotda_keeps_messages_for_a_device_that_is_away() {
    let mut bench = Bench::new(by_name("iotda"));
    for number in 0..25 {
        let submission = bench.cloud.submit(
            bench.now,
            "message-down",
            &form(&[("message", &format!("m{number}")), ("name", "n")]),
        );
        assert_eq!(submission.findings, []);
        assert!(asked(&bench, &submission).curl().contains("/messages'"));
    }
    assert!(bench.drain().is_empty(), "nobody is there");
    let pending = |bench: &Bench| {
        bench
            .cloud
            .view()
            .resources
            .iter()
            .filter(|resource| resource.value == "PENDING")
            .count()
    };
    assert_eq!(pending(&bench), 20, "20 are kept");
    // The newest twenty are handed over, oldest first, once the device has subscribed.
    let plan = bench.plan.clone();
    bench.cloud.handle_connect(bench.now, &bench.request(&plan));
    assert!(bench.drain().is_empty(), "not subscribed yet");
    for (filter, qos) in &plan.subscriptions {
        bench
            .cloud
            .handle_subscribe(bench.now, &plan.client_id, filter, *qos);
        bench.filters.push(filter.clone());
    }
    let arrived = bench.drain();
    assert_eq!(arrived.len(), 20);
    let first = bench.read(Direction::Down, &arrived[0]);
    assert_eq!(first.member("content"), Some("m5"));
    assert_eq!(pending(&bench), 0);
    assert!(bench.last_record().contains("DELIVERED"));
}

#[test]
fn iotda_gives_up_on_messages_after_a_day_and_on_answers_after_20_seconds() {
    let mut bench = Bench::new(by_name("iotda"));
    bench
        .cloud
        .submit(bench.now, "message-down", &form(&[("message", "m")]));
    bench.later(Duration::from_secs(24 * 3600 - 1));
    assert!(!bench.last_record().contains("TIMEOUT"));
    bench.later(Duration::from_secs(1));
    assert!(bench.last_record().contains("TIMEOUT"));

    let mut bench = Bench::new(by_name("iotda"));
    bench.connect();
    bench
        .cloud
        .submit(bench.now, "command", &form(&[("command_name", "ON_OFF")]));
    assert_eq!(bench.drain().len(), 1);
    bench.later(Duration::from_secs(19));
    assert!(!bench.last_record().contains("within 20 s"));
    bench.later(Duration::from_secs(1));
    assert!(bench.last_record().contains("no answer within 20 s"));
}

#[test]
fn iotda_runs_a_batch_over_several_devices() {
    let mut bench = Bench::new(by_name("iotda"));
    let mut other = bench.identity.clone();
    other.insert("device_id".to_owned(), "other_dev2".to_owned());
    bench.cloud.provision(bench.now, &other);
    bench.connect();
    let own = bench.identity["device_id"].clone();
    let submission = bench.cloud.submit(
        bench.now,
        "command",
        &form(&[
            ("device_id", &format!("{own},other_dev2")),
            ("command_name", "ON_OFF"),
            ("paras", "{\"value\":\"ON\"}"),
        ]),
    );
    let request = asked(&bench, &submission).curl();
    assert!(request.contains("/batchtasks'") && request.contains("createCommands"));
    // The one that is away is told, and does not keep the other from being asked.
    assert_eq!(submission.findings.len(), 1);
    assert!(!submission.findings[0].is_error());
    let (status, body) = response(&bench, &submission).expect("at once");
    assert!(
        status == "201 Created" && body.contains("task_id"),
        "{body}"
    );
    let commands = bench.drain();
    assert_eq!(commands.len(), 1);
    let state = |bench: &Bench| {
        let resources = bench.cloud.view().resources;
        let task = resources.into_iter().find(|r| r.class.en == "batch task");
        task.expect("the task is kept").value
    };
    assert_eq!(state(&bench), "0 ok, 1 failed, of 2");
    bench.later(Duration::from_secs(20));
    assert_eq!(state(&bench), "0 ok, 2 failed, of 2");
}

#[test]
fn aliyun_registers_a_device_that_then_logs_in_with_what_it_got() {
    for (way, topic_member) in [("register", "deviceSecret"), ("regnwl", "deviceToken")] {
        let dialect = by_name("aliyun");
        let mut identity = identity_of(dialect);
        identity.insert("auth".to_owned(), way.to_owned());
        identity.insert("device_secret".to_owned(), String::new());
        let mut bench = Bench::with(dialect, identity);
        let plan = bench.plan.clone();
        assert!(plan.subscriptions.is_empty(), "none is needed");
        let verdict = bench.cloud.handle_connect(bench.now, &bench.request(&plan));
        assert_eq!(verdict, ConnectVerdict::Accept);
        let arrived = bench.drain();
        let [answer] = arrived.as_slice() else {
            panic!("{way}: {arrived:?}");
        };
        let reading = bench.read(Direction::Down, answer);
        assert_eq!(reading.member("variant"), Some(way));
        let got: serde_json::Value = serde_json::from_slice(&answer.payload).unwrap();
        let secret = got[topic_member].as_str().unwrap().to_owned();
        // The platform closes the connection of a registration.
        bench.later(Duration::from_secs(15));
        bench.drain();
        assert_eq!(bench.closed, [plan.client_id]);

        if way == "register" {
            bench
                .identity
                .insert("auth".to_owned(), "secret".to_owned());
            bench.identity.insert("device_secret".to_owned(), secret);
        } else {
            bench
                .identity
                .insert("auth".to_owned(), "connwl".to_owned());
            bench.identity.insert("device_token".to_owned(), secret);
            let id = got["clientId"].as_str().unwrap().to_owned();
            bench.identity.insert("client_id".to_owned(), id);
        }
        let draw = bench.draw();
        bench.plan = dialect.connect_plan(&bench.identity, &draw);
        bench.connect();
        // Who is activated cannot register again.
        let mut again = bench.identity.clone();
        again.insert("auth".to_owned(), "register".to_owned());
        let plan = dialect.connect_plan(&again, &draw);
        let verdict = bench.cloud.handle_connect(bench.now, &bench.request(&plan));
        assert_eq!(verdict, ConnectVerdict::Refuse(5), "{way}");
    }
}

#[test]
fn aliyun_answers_what_is_wrong_with_a_report_with_its_code() {
    let mut bench = Bench::new(by_name("aliyun"));
    bench.connect();
    let topic = "/sys/a1ouyopKiEU/device1/thing/event/property/post";
    for (payload, code) in [
        (
            r#"{"id":"1","version":"1.0","params":{"a":1},"method":"thing.event.property.post"}"#,
            200,
        ),
        (r#"{"id":"2","version":"1.0","params":{"a":1}}"#, 6300),
        (
            r#"{"id":"3","version":"1.0","params":[],"method":"thing.event.property.post"}"#,
            400,
        ),
        (
            r#"{"id":"4294967296","version":"1.0","params":{},"method":"thing.event.property.post"}"#,
            460,
        ),
    ] {
        assert_eq!(
            bench.publish(&message(topic, payload.as_bytes())),
            PublishVerdict::Consume
        );
        let arrived = bench.drain();
        let reading = bench.read(Direction::Down, &arrived[0]);
        assert_eq!(reading.outcome.unwrap().code, code.to_string(), "{payload}");
    }
    // No answer is wanted, and without an id none is possible.
    for payload in [
        r#"{"id":"5","version":"1.0","sys":{"ack":0},"params":{"a":1},"method":"thing.event.property.post"}"#,
        "not json",
    ] {
        bench.publish(&message(topic, payload.as_bytes()));
        assert_eq!(bench.drain(), [], "{payload}");
    }
    assert!(bench.last_record().starts_with("6207"));
}

#[test]
fn eztcloud_drops_reports_that_come_too_fast() {
    let mut bench = Bench::new(by_name("eztcloud"));
    bench.connect();
    let values = form(&[("values", "{\"a\":1}")]);
    let (_, first) = bench.send("attributes", &values);
    let (_, second) = bench.send("attributes", &form(&[("values", "{\"a\":2}")]));
    let outcome = |bench: &Bench, arrived: &[Publication]| {
        bench.read(Direction::Down, &arrived[0]).outcome.unwrap()
    };
    assert!(outcome(&bench, &first).success);
    let dropped = outcome(&bench, &second);
    assert!(!dropped.success);
    assert!(dropped.advice.en.contains("too fast"), "{dropped:?}");
    // The dropped value is not kept.
    bench.later(Duration::from_secs(1));
    let (_, arrived) = bench.send("attributes-get", &form(&[("keys", "a")]));
    let reading = bench.read(Direction::Down, &arrived[0]);
    assert_eq!(reading.member("attributes"), Some("{\"a\":1}"));
}

#[test]
fn onenet_commands_time_out_after_ten_seconds() {
    let mut bench = Bench::new(by_name("onenet"));
    bench.connect();
    bench
        .cloud
        .submit(bench.now, "command", &form(&[("payload", "on")]));
    assert_eq!(bench.drain().len(), 1);
    assert_eq!(
        bench.cloud.poll_timeout(),
        Some(bench.now.instant + Duration::from_secs(10))
    );
    bench.later(Duration::from_secs(10));
    assert!(bench.last_record().contains("not answered within 10 s"));
}
