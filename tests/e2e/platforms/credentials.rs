//! Logging in to each platform: what is missing is asked about, and each kind of wrong credential
//! is refused in the platform's own words.

use device_console::platform::{self, DialectId, Input};

use super::identify;
use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

/// What a platform makes of a CONNECT that is wrong in one way.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// CONNACK with this return code.
    Refused(i64),
    /// The connection is closed without a word.
    Dropped,
}

use Fate::{Dropped, Refused};

/// A wrong value in one of the settings.
type Case = (&'static str, &'static str, Fate);

/// A client identifier of another device, with a signature's form.
const STRANGER: &str = "stranger_0_0_2026010100";

const ONEM2M: &[Case] = &[
    ("password", "wrong", Refused(4)),
    ("user-name", "nobody", Refused(4)),
];
const ONENET: &[Case] = &[
    ("password", "wrong", Refused(4)),
    ("user-name", "nobody", Refused(4)),
    ("client-id", "nobody", Refused(2)),
    ("keep-alive", "10", Dropped),
    ("version", "3.1", Dropped),
];
const ALIYUN: &[Case] = &[
    ("password", "wrong", Refused(4)),
    ("user-name", "nobody", Refused(4)),
    ("client-id", "nobody", Refused(2)),
    ("keep-alive", "10", Refused(2)),
];
const EZTCLOUD: &[Case] = &[
    ("password", "wrong", Refused(4)),
    ("user-name", "nobody", Refused(4)),
];
const IOTDA: &[Case] = &[
    ("password", "wrong", Refused(4)),
    ("user-name", "nobody", Refused(4)),
    ("client-id", "nobody", Refused(2)),
    ("client-id", STRANGER, Refused(5)),
    ("keep-alive", "10", Refused(5)),
];

/// Connect asks, names the field, and is refused when it is pressed again.
async fn leave_out_secrets(page: &Page<'_>, dialect: &str) {
    let known = platform::by_id(&DialectId(dialect.to_owned().into())).expect("a dialect");
    let fields = known.declaration().identity;
    let identity = fields
        .iter()
        .map(|field| (field.key.to_string(), field.default.to_string()))
        .collect();
    let missing: Vec<_> = fields
        .iter()
        .filter(|field| field.input == Input::Secret && field.required)
        .filter(|field| field.is_asked(&fields, &identity))
        .collect();
    if missing.is_empty() {
        return;
    }
    page.click("connect").await;
    page.wait_for(
        "Connect asks",
        "[data-testid=connect][data-confirm=true][data-action=connect]",
    )
    .await;
    let asked = page.text("connect-asks").await;
    for field in &missing {
        assert!(
            asked.contains(field.label.en.as_ref()),
            "{dialect}: {asked}"
        );
        page.wait_for(
            "the field says so",
            &format!(
                "[data-testid=\"identity-{}\"][aria-invalid=true]",
                field.key
            ),
        )
        .await;
    }
    page.click("connect").await;
    page.failure("Refused").await;
    page.dismiss_failure().await;
}

async fn refuse(page: &Page<'_>, dialect: &str, (setting, value, fate): Case) {
    let at = format!("{dialect} {setting} {value}");
    let is_version = setting == "version";
    if is_version {
        page.choose(setting, value).await;
    } else {
        page.fill(setting, value).await;
    }
    page.click("connect").await;
    match fate {
        Refused(code) => {
            let failure = page.failure("Refused").await;
            assert!(
                failure.what.contains(&format!("{code} ")),
                "{at}: {failure:?}"
            );
            let known = platform::by_id(&DialectId(dialect.to_owned().into())).expect("a dialect");
            let codes = known.declaration().codes;
            if let Some(known) = codes
                .iter()
                .find(|known| known.place == "CONNACK" && known.number == code)
            {
                assert!(
                    failure.next.contains(known.advice.en.as_ref()),
                    "{at}: {failure:?}"
                );
            }
        }
        Dropped => {
            page.failure("ClosedUponConnect").await;
        }
    }
    page.dismiss_failure().await;
    if is_version {
        page.choose(setting, "").await;
    } else {
        page.fill(setting, "").await;
    }
}

async fn log_in(
    dialect: &'static str,
    identity: &'static [(&'static str, &'static str)],
    cases: &'static [Case],
) {
    let server = StaticServer::start();
    let name = format!("{dialect}-credentials");
    scenario(&name, Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.choose("platform", dialect).await;
        page.click("target-simulated").await;
        leave_out_secrets(&page, dialect).await;
        identify(&page, identity).await;
        page.unfold("settings").await;
        for case in cases {
            refuse(&page, dialect, *case).await;
        }
        page.connect_simulated().await;
        page.disconnect().await;
    })
    .await;
}

#[tokio::test]
async fn onem2m_refuses_what_its_form_does_not_hold() {
    log_in("onem2m", &[("user_name", "u"), ("password", "p")], ONEM2M).await;
}

#[tokio::test]
async fn onenet_refuses_each_wrong_credential() {
    log_in("onenet", &[("secret", "auth123")], ONENET).await;
}

#[tokio::test]
async fn aliyun_refuses_each_wrong_credential() {
    log_in("aliyun", &[("device_secret", "secret")], ALIYUN).await;
}

#[tokio::test]
async fn eztcloud_refuses_each_wrong_credential() {
    log_in("eztcloud", &[("password", "secret")], EZTCLOUD).await;
}

#[tokio::test]
async fn thingscloud_refuses_each_wrong_credential() {
    log_in(
        "thingscloud",
        &[("access_token", "token"), ("project_key", "key")],
        EZTCLOUD,
    )
    .await;
}

#[tokio::test]
async fn iotda_refuses_each_wrong_credential() {
    log_in("iotda", &[("secret", "12345678")], IOTDA).await;
}

#[tokio::test]
async fn aliyun_gives_a_registered_device_its_secret() {
    let server = StaticServer::start();
    scenario("aliyun-register", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.choose("platform", "aliyun").await;
        page.choose("identity-auth", "register").await;
        page.wait_for(
            "no DeviceSecret is asked for",
            ".field[hidden] [data-testid=identity-device_secret]",
        )
        .await;
        page.fill("identity-product_secret", "secret").await;
        page.connect_simulated().await;
        let row = page
            .row("the secret", |row| row.topic == "/ext/register")
            .await;
        assert_eq!(row.direction, "down");
        // It is there, and it is masked.
        page.select_row(&row).await;
        page.wait_for(
            "the secret in the tree",
            "[data-testid=field][data-name=deviceSecret]",
        )
        .await;
        page.disconnect().await;
    })
    .await;
}
