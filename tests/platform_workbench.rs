//! The credential workbench: every step through the page's seam, and every mistake that it
//! explains, made on purpose.

#[path = "support/console.rs"]
#[allow(dead_code)]
mod console;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use console::{Console, form, profile};
use device_console::engine::seam::{DeviceCommand, WorkbenchRequest, WorkbenchView};
use device_console::platform::sign::{Digest, digest, hmac};
use device_console::platform::{
    self, Dialect, DialectId, Draw, Finding, FormValues, Place, to_hex,
};
use device_console::time::{Now, UnixMillis};

/// 2025-04-14 01:20:00 UTC
const NOW: i64 = 1_744_593_600_000;

fn draw() -> Draw {
    Draw {
        now: Now {
            unix: UnixMillis(NOW),
            ..Default::default()
        },
        sequence: 7,
        random: 42,
    }
}

fn dialect(id: &'static str) -> &'static dyn Dialect {
    platform::by_id(&DialectId(id.into())).expect("a dialect")
}

/// The errors of a check, as `part: words`.
fn errors(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| {
            let place = match &finding.place {
                Place::Connect(name) => name.to_string(),
                other => format!("{other:?}"),
            };
            assert!(!finding.text.zh.is_empty());
            format!("{place}: {}", finding.text.en)
        })
        .collect()
}

#[track_caller]
fn only(found: &[String], wanted: &str) {
    assert!(
        found.len() == 1 && found[0].contains(wanted),
        "expected {wanted:?} alone, said {found:?}"
    );
}

fn aliyun() -> FormValues {
    form(&[
        ("product_key", "pk"),
        ("device_name", "device"),
        ("client_id", "12345"),
        ("device_secret", "c2VjcmV0"),
        ("product_secret", "ps"),
        ("timestamp", "789000"),
        ("sign_method", "hmacsha1"),
    ])
}

const ALIYUN_ID: &str = "12345|securemode=2,signmethod=hmacsha1,timestamp=789000|";
const ALIYUN_CONTENT: &str = "clientId12345deviceNamedeviceproductKeypktimestamp789000";

fn check(id: &'static str, values: &FormValues, presented: &[(&str, &str)]) -> Vec<String> {
    errors(&dialect(id).check("login", values, &form(presented), &draw()))
}

fn sha1_hex(key: &str, content: &str) -> String {
    to_hex(&hmac(Digest::Sha1, key.as_bytes(), content.as_bytes()))
}

#[test]
fn what_every_dialect_computes_its_own_check_finds_right() {
    for dialect in platform::all() {
        let declaration = dialect.declaration();
        let identity: FormValues = declaration
            .identity
            .iter()
            .map(|field| {
                let value = if field.default.is_empty() {
                    "x1"
                } else {
                    &field.default
                };
                (field.key.to_string(), value.to_owned())
            })
            .filter(|(key, _)| !matches!(key.as_str(), "timestamp" | "topics" | "random"))
            .collect();
        let keys: Vec<&str> = declaration
            .calculators
            .iter()
            .map(|known| known.key.as_ref())
            .collect();
        assert_eq!(keys.first(), Some(&"login"), "{}", declaration.id.0);
        assert!(keys.contains(&"hmac"), "{}", declaration.id.0);
        let plan = dialect.connect_plan(&identity, &draw());
        let password = String::from_utf8(plan.password.unwrap_or_default().to_vec()).unwrap();
        let presented = form(&[
            ("client_id", &plan.client_id),
            ("user_name", plan.user_name.as_deref().unwrap_or("")),
            ("password", &password),
        ]);
        let found = errors(&dialect.check("login", &identity, &presented, &draw()));
        assert_eq!(found, Vec::<String>::new(), "{}", declaration.id.0);
        let steps = dialect.calculate("login", &identity, &draw()).steps;
        assert!(
            steps.iter().any(|step| step.value == plan.client_id),
            "{}",
            declaration.id.0
        );
    }
}

#[test]
fn a_calculator_that_is_not_declared_is_refused() {
    for dialect in platform::all() {
        let none = FormValues::new();
        let calculation = dialect.calculate("astrology", &none, &draw());
        assert!(calculation.steps.is_empty());
        assert_eq!(calculation.findings[0].rule, "UnknownType");
        let said = dialect.check("astrology", &none, &none, &draw());
        assert_eq!(said[0].rule, "UnknownType");
    }
}

#[test]
fn alibaba_shows_parameters_content_key_digest_and_encoding() {
    let steps = dialect("aliyun")
        .calculate("login", &aliyun(), &draw())
        .steps;
    let value = |label: &str| {
        let step = steps.iter().find(|step| step.label.en.contains(label));
        let step = step.unwrap_or_else(|| panic!("no step {label}"));
        (step.value.as_str(), step.secret)
    };
    assert_eq!(
        value("sorted by name"),
        (
            "clientId = 12345\ndeviceName = device\nproductKey = pk\ntimestamp = 789000",
            false
        )
    );
    assert_eq!(value("String to sign"), (ALIYUN_CONTENT, false));
    assert_eq!(value("Key: DeviceSecret"), ("c2VjcmV0", true));
    let mac = sha1_hex("c2VjcmV0", ALIYUN_CONTENT);
    assert_eq!(value("Digest: HMAC-SHA1"), (mac.as_str(), true));
    assert_eq!(value("Encoding"), (mac.as_str(), true));
    assert_eq!(value("Client identifier in CONNECT"), (ALIYUN_ID, false));
    assert_eq!(value("User name in CONNECT"), ("device&pk", false));
    assert_eq!(value("Password in CONNECT"), (mac.as_str(), true));
}

#[test]
fn alibaba_passwords_are_explained() {
    let key = "c2VjcmV0";
    let right = sha1_hex(key, ALIYUN_CONTENT);
    let raw = hmac(Digest::Sha1, key.as_bytes(), ALIYUN_CONTENT.as_bytes());
    for (password, wanted) in [
        (
            to_hex(&hmac(
                Digest::Md5,
                key.as_bytes(),
                ALIYUN_CONTENT.as_bytes(),
            )),
            "made with HMAC-MD5, while HMAC-SHA1",
        ),
        (BASE64.encode(&raw), "base64; hexadecimal"),
        (format!("{right}\n"), "blanks"),
        (right[..30].to_owned(), "cut off: 30 of 40"),
        (key.to_owned(), "not signed at all"),
        (sha1_hex(ALIYUN_CONTENT, key), "swapped"),
        (sha1_hex("secret", ALIYUN_CONTENT), "decoded from base64"),
        (
            sha1_hex("c2vjcmv0", ALIYUN_CONTENT),
            "upper and lower case was changed",
        ),
        (
            sha1_hex("c2VjcmV0\n", ALIYUN_CONTENT),
            "copied along with the secret",
        ),
        (sha1_hex("ps", ALIYUN_CONTENT), "product's secret"),
        (
            sha1_hex(key, "clientId12345deviceNamedeviceproductKeypk"),
            "timestamp: signed without a timestamp",
        ),
        (
            sha1_hex(key, "clientId12345deviceNamedeviceproductKeypktimestamp789"),
            "timestamp: signed with timestamp 789,",
        ),
        (
            sha1_hex(
                key,
                "clientIddevicedeviceNamedeviceproductKeypktimestamp789000",
            ),
            "clientId: signed with the client id \"device\"",
        ),
        (
            sha1_hex(
                key,
                &format!("clientId{ALIYUN_ID}deviceNamedeviceproductKeypktimestamp789000"),
            ),
            "clientId: signed with the client id",
        ),
        (
            sha1_hex(
                key,
                "clientId12345deviceNamepkproductKeydevicetimestamp789000",
            ),
            "product and device are swapped in the content",
        ),
        (
            sha1_hex(key, "clientId12345deviceNamedeviceproducypktimestamp789000"),
            "producy",
        ),
        (
            sha1_hex(
                key,
                "productKeypkdeviceNamedeviceclientId12345timestamp789000",
            ),
            "not sorted",
        ),
        (
            sha1_hex(
                key,
                "clientId=12345&deviceName=device&productKey=pk&timestamp=789000",
            ),
            "between its parts",
        ),
        (sha1_hex(key, "12345devicepk789000"), "values alone"),
        (
            sha1_hex(
                key,
                "clientid12345devicenamedeviceproductkeypktimestamp789000",
            ),
            "lower case",
        ),
        (
            sha1_hex(
                key,
                "clientId12345deviceNamedeviceproductKeypksecuremode2signmethodhmacsha1timestamp789000",
            ),
            "everything between the bars",
        ),
        (
            sha1_hex(key, "deviceNamedeviceproductKeypkrandom"),
            "content of a registration",
        ),
        (
            to_hex(&digest(
                Digest::Sha1,
                &[ALIYUN_CONTENT.as_bytes(), key.as_bytes()],
            )),
            "plain digest",
        ),
        ("ab".repeat(20), "another secret"),
    ] {
        let said = check(
            "aliyun",
            &aliyun(),
            &[
                ("client_id", ALIYUN_ID),
                ("user_name", "device&pk"),
                ("password", &password),
            ],
        );
        only(&said, wanted);
    }
    // Either case of the digits is taken.
    let upper = right.to_uppercase();
    assert_eq!(
        check(
            "aliyun",
            &aliyun(),
            &[("client_id", ALIYUN_ID), ("password", &upper)]
        ),
        Vec::<String>::new()
    );
}

#[test]
fn alibaba_timestamp_signed_but_not_sent_is_told() {
    let password = sha1_hex("c2VjcmV0", ALIYUN_CONTENT);
    let said = check(
        "aliyun",
        &aliyun(),
        &[
            ("client_id", "12345|securemode=2,signmethod=hmacsha1|"),
            ("password", &password),
        ],
    );
    only(
        &said,
        "timestamp 789000 is signed, but not in the client id",
    );
}

#[test]
fn alibaba_user_names_are_explained() {
    for (user, wanted) in [
        ("pk&device", "swapped"),
        ("device", "product key is missing"),
        ("Device&pk", "upper and lower case"),
        ("device&pk ", "blanks"),
        ("device%26pk", "percent-encoded"),
        ("other&pk", "gives"),
    ] {
        let said = check("aliyun", &aliyun(), &[("user_name", user)]);
        only(&said, wanted);
    }
}

#[test]
fn alibaba_registration_is_worked_out_and_checked() {
    let mut identity = aliyun();
    identity.insert("auth".to_owned(), "register".to_owned());
    identity.insert("random".to_owned(), "567345".to_owned());
    let content = "deviceNamedeviceproductKeypkrandom567345";
    let steps = dialect("aliyun")
        .calculate("login", &identity, &draw())
        .steps;
    let made = sha1_hex("ps", content);
    assert!(steps.iter().any(|step| step.value == content));
    assert!(steps.iter().any(|step| step.value == made && step.secret));
    let id = "12345|securemode=2,authType=register,random=567345,signmethod=hmacsha1|";
    let with = |password: &str| {
        check(
            "aliyun",
            &identity,
            &[("client_id", id), ("password", password)],
        )
    };
    assert_eq!(with(&made), Vec::<String>::new());
    only(&with(&sha1_hex("c2VjcmV0", content)), "device's secret");
    only(
        &with(&sha1_hex("ps", "clientId12345deviceNamedeviceproductKeypk")),
        "content of a login",
    );
}

fn iotda(sign_type: &str) -> FormValues {
    form(&[
        ("device_id", "5f2bc9b9_Node1"),
        ("secret", "12345678"),
        ("sign_type", sign_type),
        ("timestamp", "2025041401"),
    ])
}

fn hour_key(digest: Digest, hour: &str, secret: &str) -> String {
    to_hex(&hmac(digest, hour.as_bytes(), secret.as_bytes()))
}

#[test]
fn huawei_passwords_are_explained() {
    let sha = |hour: &str| hour_key(Digest::Sha256, hour, "12345678");
    let right = sha("2025041401");
    // The documented value.
    assert_eq!(
        right,
        "c75150e6cb841417396819e4d2ee4358a416344a03a083e3a8567074ddec820a"
    );
    for (password, wanted) in [
        (sha("2025041409"), "local time (UTC+8)"),
        (sha("2025041400"), "made with the hour 2025041400"),
        (sha("20250414"), "another form"),
        (sha("1744593600"), "another form"),
        (right.to_uppercase(), "upper case"),
        (
            hour_key(Digest::Sm3, "2025041401", "12345678"),
            "made with HMAC-SM3",
        ),
        (
            hour_key(Digest::Sha256, "12345678", "2025041401"),
            "swapped",
        ),
        (
            hour_key(Digest::Sha256, "2025041401", "12345678\n"),
            "copied along",
        ),
        ("12345678".to_owned(), "not signed at all"),
        ("00".repeat(32), "another secret"),
    ] {
        let said = check(
            "iotda",
            &iotda("0"),
            &[
                ("client_id", "5f2bc9b9_Node1_0_0_2025041401"),
                ("user_name", "5f2bc9b9_Node1"),
                ("password", &password),
            ],
        );
        only(&said, wanted);
    }
}

#[test]
fn huawei_client_ids_and_user_names_are_explained() {
    let password = hour_key(Digest::Sha256, "2025041401", "12345678");
    let with = |client_id: &str, user: &str| {
        check(
            "iotda",
            &iotda("0"),
            &[
                ("client_id", client_id),
                ("user_name", user),
                ("password", &password),
            ],
        )
    };
    let (id, user) = ("5f2bc9b9_Node1_0_0_2025041401", "5f2bc9b9_Node1");
    assert_eq!(with(id, user), Vec::<String>::new());
    only(&with("5f2bc9b9_Node1", user), "device id alone");
    only(&with(&format!("{id} "), user), "blanks");
    only(
        &with("5f2bc9b9_node1_0_0_2025041401", user),
        "upper and lower case",
    );
    only(&with("5f2bc9b9_Node1_0_7_2025041401", user), "sign type 7");
    only(&with("5f2bc9b9_Node1_0_0_2025041425", user), "client id");
    only(&with(id, id), "whole client id");
    only(&with(id, "5f2bc9b9"), "product id");
    only(&with(id, "Node1"), "node id");
    only(&with(id, "5F2bc9b9_Node1"), "upper and lower case");
}

#[test]
fn huawei_hours_in_local_time_are_told_where_the_hour_is_checked() {
    // Client id and password agree, and both are in local time: only the time check fails.
    let password = hour_key(Digest::Sha256, "2025041409", "12345678");
    let presented = [
        ("client_id", "5f2bc9b9_Node1_0_1_2025041409"),
        ("user_name", "5f2bc9b9_Node1"),
        ("password", &password),
    ];
    only(&check("iotda", &iotda("1"), &presented), "Beijing time");
}

#[test]
fn onenet_parts_are_explained() {
    let identity = form(&[
        ("device_id", "4321"),
        ("project_id", "433223"),
        ("secret", "Auth123"),
    ]);
    let with = |client_id: &str, user: &str, password: &str| {
        check(
            "onenet",
            &identity,
            &[
                ("client_id", client_id),
                ("user_name", user),
                ("password", password),
            ],
        )
    };
    assert_eq!(with("4321", "433223", "Auth123"), Vec::<String>::new());
    only(
        &with("433223", "4321", "Auth123"),
        "device id and project id are swapped",
    );
    only(&with("4322", "433223", "Auth123"), "device id");
    only(&with("4321", "433223", "auth123"), "upper and lower case");
    only(&with("4321", "433223", "Auth123 "), "blanks");
    only(&with("4321", "433223", "QXV0aDEyMw=="), "base64");
    only(
        &with(
            "4321",
            "433223",
            "version=2018-10-31&res=products%2F1&et=1&method=md5&sign=x",
        ),
        "Studio",
    );
    let both = with("4321", "Auth123", "433223");
    assert!(
        both[0].contains("user name and password are swapped"),
        "{both:?}"
    );
}

fn studio() -> FormValues {
    form(&[
        ("product", "123123"),
        ("device", "mydevice"),
        ("key", "KuF3NT/jUBJ62LNBB/A8XZA9CqS3Cu79B/ABmfA1UCw="),
        ("method", "sha1"),
        ("expiry", "1837255523"),
        ("version", "2018-10-31"),
    ])
}

fn studio_token(sign: &str, et: &str) -> String {
    let sign: String = sign
        .chars()
        .map(|c| match c {
            '+' => "%2B".to_owned(),
            '/' => "%2F".to_owned(),
            '=' => "%3D".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!(
        "version=2018-10-31&res=products%2F123123%2Fdevices%2Fmydevice&et={et}&method=sha1&sign={sign}"
    )
}

#[test]
fn onenet_studio_tokens_are_calculated_and_explained() {
    let onenet = dialect("onenet");
    let steps = onenet.calculate("studio", &studio(), &draw()).steps;
    let string = "1837255523\nsha1\nproducts/123123/devices/mydevice\n2018-10-31";
    assert!(
        steps
            .iter()
            .any(|step| step.value == string && !step.secret)
    );
    let typed = "KuF3NT/jUBJ62LNBB/A8XZA9CqS3Cu79B/ABmfA1UCw=";
    let key = BASE64.decode(typed).unwrap();
    let sign = |key: &[u8], text: &str| BASE64.encode(hmac(Digest::Sha1, key, text.as_bytes()));
    let token = studio_token(&sign(&key, string), "1837255523");
    assert!(steps.iter().any(|step| step.value == token && step.secret));
    // No step that is not masked holds the key.
    assert!(
        steps
            .iter()
            .all(|step| step.secret || !step.value.contains(typed))
    );
    let with = |token: &str| {
        errors(&onenet.check(
            "studio",
            &studio(),
            &form(&[
                ("client_id", "mydevice"),
                ("user_name", "123123"),
                ("password", token),
            ]),
            &draw(),
        ))
    };
    assert_eq!(with(&token), Vec::<String>::new());
    let signed = |key: &[u8], text: &str| studio_token(&sign(key, text), "1837255523");
    only(
        &with(&signed(typed.as_bytes(), string)),
        "base64 key was used as it is",
    );
    only(
        &with(&signed(
            &key,
            "products/123123/devices/mydevice\n1837255523\nsha1\n2018-10-31",
        )),
        "another order",
    );
    only(&with(&signed(&key, &string.replace('\n', "\r\n"))), "CR LF");
    only(
        &with(&signed(&key, &string.replace('/', "%2F"))),
        "res was signed percent-encoded",
    );
    only(
        &with(&signed(&key, &string.replace("sha1", "sha256"))),
        "names the method sha256",
    );
    let sha256 = BASE64.encode(hmac(Digest::Sha256, &key, string.as_bytes()));
    only(
        &with(&studio_token(&sha256, "1837255523")),
        "made with HMAC-SHA256",
    );
    let hex = to_hex(&hmac(Digest::Sha1, &key, string.as_bytes()));
    only(
        &with(&studio_token(&hex, "1837255523")),
        "hexadecimal digits; base64",
    );
    let other = with(&token.replace("mydevice", "MyDevice"));
    assert!(
        other.len() == 2 && other[0].contains("res is") && other[1].contains("another res"),
        "{other:?}"
    );
    only(
        &with(&token.replace("%2Fdevices%2F", "/devices/")),
        "percent-encoded",
    );
    only(&with(&token.replace("&et=1837255523", "")), "et is missing");
    let old = string.replace("1837255523", "1537255523");
    only(
        &with(&studio_token(&sign(&key, &old), "1537255523")),
        "expired",
    );
    let swapped = errors(&onenet.check(
        "studio",
        &studio(),
        &form(&[("client_id", "123123"), ("user_name", "mydevice")]),
        &draw(),
    ));
    only(&swapped, "product and device are swapped");
}

#[test]
fn eztcloud_and_thingscloud_parts_are_explained() {
    let identity = form(&[("username", "DU_1"), ("password", "Pw")]);
    let said = check(
        "eztcloud",
        &identity,
        &[("user_name", "Pw"), ("password", "DU_1")],
    );
    only(&said, "swapped");
    only(
        &check("eztcloud", &identity, &[("password", "pw")]),
        "upper and lower",
    );
    let identity = form(&[("access_token", "at"), ("project_key", "pk")]);
    let said = check(
        "thingscloud",
        &identity,
        &[("user_name", "pk"), ("password", "at")],
    );
    only(&said, "swapped");
}

#[test]
fn onem2m_parts_are_compared_with_the_form() {
    let identity = form(&[("ae", "Sensor"), ("user_name", "u"), ("password", "p")]);
    only(
        &check("onem2m", &identity, &[("client_id", "sensor")]),
        "upper and lower case",
    );
    let said = check(
        "onem2m",
        &identity,
        &[("user_name", "p"), ("password", "u")],
    );
    assert!(said.iter().all(|line| line.contains("swapped")), "{said:?}");
}

#[test]
fn an_hmac_by_hand_comes_out_in_every_writing() {
    // RFC 4231, test case 2.
    let values = form(&[
        ("digest", "sha256"),
        ("key", "4a656665"),
        ("key_as", "hex"),
        ("message", "what do ya want for nothing?"),
    ]);
    let onem2m = dialect("onem2m");
    let steps = onem2m.calculate("hmac", &values, &draw()).steps;
    let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert!(steps.iter().any(|step| step.value == wanted && step.secret));
    let with = |result: &str| {
        errors(&onem2m.check("hmac", &values, &form(&[("result", result)]), &draw()))
    };
    assert_eq!(with(wanted), Vec::<String>::new());
    assert_eq!(with(&wanted.to_uppercase()), Vec::<String>::new());
    let message = b"what do ya want for nothing?";
    assert_eq!(
        with(&BASE64.encode(hmac(Digest::Sha256, b"Jefe", message))),
        Vec::<String>::new()
    );
    only(
        &with(&to_hex(&hmac(Digest::Sha256, b"4a656665", message))),
        "key was taken as text",
    );
    only(
        &with(&to_hex(&hmac(
            Digest::Sha256,
            b"Jefe",
            b"what do ya want for nothing?\n",
        ))),
        "line feed follows",
    );
    let bad = form(&[("key", "4a6"), ("key_as", "hex")]);
    let refused = onem2m.calculate("hmac", &bad, &draw());
    assert_eq!(refused.findings[0].place, Place::Form("key".into()));
}

// --- Through the page's seam

fn workbench(console: &mut Console, number: u64, reveal: bool) -> WorkbenchView {
    console.device(DeviceCommand::Workbench {
        number,
        request: Some(Box::new(WorkbenchRequest {
            calculator: "login".to_owned(),
            values: FormValues::new(),
            presented: FormValues::new(),
            reveal,
        })),
    });
    *console.page.workbench.clone().expect("a computation")
}

fn secretive() -> Console {
    let mut profile = profile();
    profile.dialect = DialectId("aliyun".into());
    profile.identity = aliyun();
    Console::with_profile(profile, false)
}

#[test]
fn secrets_cross_the_seam_only_when_they_are_asked_for() {
    let mut console = secretive();
    let masked = workbench(&mut console, 1, false);
    assert_eq!(masked.number, 1);
    assert!(masked.steps.iter().any(|step| step.secret));
    for step in &masked.steps {
        assert_eq!(step.value.is_none(), step.secret, "{}", step.label.en);
    }
    let bytes = device_console::engine::seam::encode(&masked);
    let holds = |needle: &str| {
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    };
    assert!(!holds("c2VjcmV0") && !holds(&sha1_hex("c2VjcmV0", ALIYUN_CONTENT)));
    let shown = workbench(&mut console, 2, true);
    let said = format!("{shown:?}");
    assert!(shown.steps.iter().all(|step| step.value.is_some()));
    assert!(
        shown
            .steps
            .iter()
            .any(|step| step.value.as_deref() == Some("c2VjcmV0"))
    );
    // What is shown on request still does not reach a log.
    assert!(!said.contains("c2VjcmV0"), "{said}");
    let request = WorkbenchRequest {
        calculator: "login".to_owned(),
        values: form(&[("key", "hush")]),
        presented: form(&[("password", "hush")]),
        reveal: true,
    };
    assert!(!format!("{request:?}").contains("hush"));
}

#[test]
fn steps_follow_the_identity_until_the_workbench_is_closed() {
    let mut console = secretive();
    workbench(&mut console, 1, false);
    let mut profile = console.profile.clone();
    profile
        .identity
        .insert("device_name".to_owned(), "other".to_owned());
    console.device(DeviceCommand::SetProfile(Box::new(profile.clone())));
    let content = |console: &Console| {
        let view = console.page.workbench.as_ref().expect("a computation");
        view.steps[1].value.clone().expect("not masked")
    };
    assert_eq!(
        content(&console),
        "clientId12345deviceNameotherproductKeypktimestamp789000"
    );
    console.device(DeviceCommand::Workbench {
        number: 2,
        request: None,
    });
    console.page.workbench = None;
    profile
        .identity
        .insert("device_name".to_owned(), "third".to_owned());
    console.device(DeviceCommand::SetProfile(Box::new(profile)));
    assert!(console.page.workbench.is_none());
}

#[test]
fn a_verdict_comes_only_once_something_is_pasted() {
    let mut console = secretive();
    assert!(workbench(&mut console, 1, false).verdict.is_none());
    console.device(DeviceCommand::Workbench {
        number: 2,
        request: Some(Box::new(WorkbenchRequest {
            calculator: "login".to_owned(),
            values: FormValues::new(),
            presented: form(&[("user_name", "pk&device"), ("password", "")]),
            reveal: false,
        })),
    });
    let view = console.page.workbench.clone().expect("a computation");
    let verdict = view.verdict.expect("a verdict");
    only(&errors(&verdict), "swapped");
    let assumed = verdict.iter().filter(|f| f.rule == "not-pasted").count();
    assert_eq!(assumed, 2, "client id and password were not pasted");
}

#[test]
fn a_profile_is_printed_without_what_was_typed_as_secret() {
    let mut profile = profile();
    profile.identity = form(&[("device_secret", "hush")]);
    profile.connection.password = "hush".to_owned();
    let said = format!("{profile:?}");
    assert!(
        said.contains("device_secret") && !said.contains("hush"),
        "{said}"
    );
}

#[test]
fn quick_connect_is_a_request_to_copy_and_an_answer_to_read() {
    let eztcloud = dialect("eztcloud");
    let mut values = form(&[
        ("api", "https://api.example/"),
        ("way", "1"),
        ("project", "p 1"),
        ("product", "q"),
        ("sn", "0001"),
    ]);
    let urls = |values: &FormValues| {
        let calculation = eztcloud.calculate("quick-connect", values, &draw());
        let urls: Vec<String> = calculation.steps.into_iter().map(|it| it.value).collect();
        (urls, calculation.findings.len())
    };
    let url = "https://api.example/api/connect/1/?project=p%201&product=q&sn=0001";
    let (steps, missing) = urls(&values);
    assert_eq!(steps, [url.to_owned(), format!("curl -X GET '{url}'")]);
    assert_eq!(missing, 0);
    values.insert("way".to_owned(), "2".to_owned());
    values.remove("project");
    let (steps, missing) = urls(&values);
    assert_eq!(
        steps[0],
        "https://api.example/api/connect/2/?product=q&sn=0001"
    );
    assert_eq!(
        missing, 0,
        "the project is asked for in the other way alone"
    );
    values.remove("sn");
    assert_eq!(urls(&values).1, 1);

    let answer = r#"{"mqtt":{"host":"mqtt.eztcloud.com","port":7883,"username":"DU_a","password":"secret-word"},"topic":{"attributes":"attributes/DU_a","push":"attributes_push/DU_b"}}"#;
    let check = |status: &str, answer: &str| {
        let presented = form(&[("status", status), ("answer", answer)]);
        eztcloud.check("quick-connect", &values, &presented, &draw())
    };
    let said = check("200", answer);
    assert_eq!(errors(&said), Vec::<String>::new());
    assert!(said[0].text.en.contains("mqtt.eztcloud.com, port 7883"));
    assert_eq!(said.len(), 2, "one topic is another device's: {said:?}");
    assert_eq!(said[1].place, Place::Member("topic.push".into()));
    assert!(!format!("{said:?}").contains("secret-word"), "no secret");
    only(&errors(&check("436", "")), "no such product");
    only(&errors(&check("500", "")), "does not list");
    only(
        &errors(&check("", &answer.replace("\"port\"", "\"part\""))),
        "mqtt.port is missing",
    );
    only(&errors(&check("", "{")), "");
    assert_eq!(check("", "")[0].rule, "not-pasted");
    // The variant has no such interface.
    let refused = dialect("thingscloud").calculate("quick-connect", &values, &draw());
    assert_eq!(refused.findings[0].rule, "UnknownType");
}
