//! The credential workbench in the page: its steps, masked and shown, and what it says about
//! credentials that somebody else made.

use device_console::platform::{self, Dialect, DialectId, Draw, Identity};

use super::identify;
use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::static_server::StaticServer;

fn known(dialect: &str) -> &'static dyn Dialect {
    platform::by_id(&DialectId(dialect.to_owned().into())).expect("a dialect")
}

/// What CONNECT carries for this identity over the proposals of the form.
fn credentials(dialect: &str, filled: &[(&str, &str)]) -> [String; 3] {
    let known = known(dialect);
    let mut identity: Identity = known
        .declaration()
        .identity
        .iter()
        .map(|field| (field.key.to_string(), field.default.to_string()))
        .collect();
    for (key, value) in filled {
        identity.insert((*key).to_owned(), (*value).to_owned());
    }
    let plan = known.connect_plan(&identity, &Draw::default());
    let password = plan.password.expect("a password").to_vec();
    [
        plan.client_id,
        plan.user_name.expect("a user name"),
        String::from_utf8(password).expect("text"),
    ]
}

async fn paste(page: &Page<'_>, [client_id, user_name, password]: &[String; 3]) {
    page.fill("workbench-pasted-client_id", client_id).await;
    page.fill("workbench-pasted-user_name", user_name).await;
    page.fill("workbench-pasted-password", password).await;
}

async fn verdict(page: &Page<'_>, outcome: &str, words: &str) {
    page.wait_for(
        outcome,
        &format!("[data-testid=workbench-verdict][data-outcome={outcome}]"),
    )
    .await;
    page.wait_for_text("workbench-remarks", words).await;
}

/// The steps of this identity, and what the check says about credentials that were made with a
/// slip: those of another identity, or other words altogether.
async fn work(
    dialect: &'static str,
    identity: &'static [(&'static str, &'static str)],
    slips: Vec<([String; 3], &'static str)>,
) {
    let server = StaticServer::start();
    let name = format!("{dialect}-workbench");
    scenario(&name, Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.choose("platform", dialect).await;
        identify(&page, identity).await;
        page.click("tab-workbench").await;
        let right = credentials(dialect, identity);
        let [client_id, user_name, password] = &right;
        page.wait_for_text("workbench-steps", client_id).await;
        page.wait_for_text("workbench-steps", user_name).await;
        assert!(
            !page.text("workbench-steps").await.contains(password),
            "{dialect}: the password is masked"
        );
        page.wait_for(
            "a step is masked",
            "[data-testid=workbench-step][data-masked]",
        )
        .await;
        page.click("workbench-reveal").await;
        page.wait_for_text("workbench-steps", password).await;
        page.wait_gone(
            "no step is masked",
            "[data-testid=workbench-step][data-masked]",
        )
        .await;
        for step in known(dialect)
            .calculate(
                "login",
                &identity
                    .iter()
                    .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                    .collect(),
                &Draw::default(),
            )
            .steps
        {
            page.wait_for_text("workbench-steps", &step.label.en).await;
        }
        for (presented, words) in slips {
            paste(&page, &presented).await;
            verdict(&page, "wrong", words).await;
        }
        paste(&page, &right).await;
        page.wait_for(
            "they are right",
            "[data-testid=workbench-verdict][data-outcome=right]",
        )
        .await;
    })
    .await;
}

#[tokio::test]
async fn alibaba_credentials_are_worked_out_and_checked() {
    const IDENTITY: &[(&str, &str)] = &[
        ("product_key", "pk"),
        ("device_name", "device"),
        ("device_secret", "c2VjcmV0"),
        ("client_id", "12345"),
        ("sign_method", "hmacsha1"),
        ("timestamp", "789000"),
    ];
    let with = |key: &'static str, value: &'static str| {
        let mut identity = IDENTITY.to_vec();
        identity.retain(|(known, _)| *known != key);
        identity.push((key, value));
        credentials("aliyun", &identity)
    };
    let right = credentials("aliyun", IDENTITY);
    let [client_id, user_name, password] = right;
    let [_, _, other_method] = with("sign_method", "hmacmd5");
    let [_, _, other_time] = with("timestamp", "789");
    let [_, _, raw_key] = with("device_secret", "secret");
    work(
        "aliyun",
        IDENTITY,
        vec![
            (
                [client_id.clone(), user_name.clone(), other_method],
                "HMAC-MD5",
            ),
            (
                [client_id.clone(), user_name.clone(), other_time],
                "signed with timestamp 789,",
            ),
            (
                [client_id.clone(), user_name.clone(), raw_key],
                "decoded from base64",
            ),
            (
                [client_id.clone(), "pk&device".to_owned(), password.clone()],
                "swapped",
            ),
            (
                [
                    "12345|securemode=2,signmethod=hmacsha1|".to_owned(),
                    user_name,
                    password,
                ],
                "is signed, but not in the client id",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn iotda_credentials_are_worked_out_and_checked() {
    const IDENTITY: &[(&str, &str)] = &[
        ("device_id", "p_dev01"),
        ("secret", "12345678"),
        ("timestamp", "2025041401"),
    ];
    let [client_id, user_name, password] = credentials("iotda", IDENTITY);
    // The hour in Beijing, eight hours ahead.
    let [_, _, of_other_hour] = credentials(
        "iotda",
        &[
            ("device_id", "p_dev01"),
            ("secret", "12345678"),
            ("timestamp", "2025041409"),
        ],
    );
    work(
        "iotda",
        IDENTITY,
        vec![
            (
                [client_id.clone(), user_name.clone(), of_other_hour],
                "2025041409",
            ),
            (
                ["p_dev01".to_owned(), user_name.clone(), password.clone()],
                "the device id alone",
            ),
            (
                [client_id, user_name, password.to_uppercase()],
                "in upper case",
            ),
        ],
    )
    .await;
}
