//! Every fault of the simulated platform upon every kind of message that it can strike, as the
//! platform declares them, and what the ledger makes of each.

use std::collections::BTreeSet;

use device_console::platform::{self, Declaration, DialectId, Direction, Role};
use device_console::sim::Simulator;
use serde_json::json;

use super::identify;
use crate::browser::{Browser, Settings, scenario};
use crate::page::{LedgerRow, Page};
use crate::process::eventually;
use crate::static_server::StaticServer;

/// A platform in the page, with what it declares.
struct Bench<'a> {
    browser: &'a Browser,
    page: Page<'a>,
    declaration: Declaration,
    /// Kinds that the platform refuses with a code, and the code.
    refusals: Vec<(String, i64)>,
}

/// What the ledger says of a kind after a fault: how many round trips, and whether each fits.
type Expected<'a> = &'a dyn Fn(&str, &LedgerRow) -> bool;

async fn every_fault(name: &'static str, identity: &[(&str, &str)]) {
    let server = StaticServer::start();
    scenario(
        &format!("faults-{name}"),
        Settings::default(),
        async |browser| {
            let page = Page::open(browser, server.url()).await;
            page.choose("platform", name).await;
            identify(&page, identity).await;
            page.connect_simulated().await;
            let dialect = platform::by_id(&DialectId(name.into())).expect("a platform");
            let bench = Bench {
                browser,
                page,
                declaration: dialect.declaration(),
                refusals: Simulator::new(dialect).faults().refusals,
            };
            if let Some(first) = &bench.declaration.connect.first {
                bench.ask(first).await;
                bench.page.round_trip(first, "succeeded").await;
            }
            bench.spoil_demands().await;
            bench.spoil_answers().await;
        },
    )
    .await;
}

impl Bench<'_> {
    /// Kinds that travel down and that an application can ask for; of a role, or of any.
    fn demands(&self, role: Option<Role>) -> Vec<String> {
        let kinds = self.declaration.kinds.iter();
        kinds
            .filter(|kind| kind.direction == Direction::Down && !kind.fields.is_empty())
            .filter(|kind| role.is_none_or(|role| kind.role == role))
            .map(|kind| kind.key.to_string())
            .collect()
    }

    /// What the device asks, and the kind that answers it. Bytes for a parsing script are answered
    /// by the script, and there is none.
    fn asks(&self) -> Vec<(String, String)> {
        let kinds = self.declaration.kinds.iter();
        kinds
            .filter(|kind| kind.direction == Direction::Up && kind.role == Role::Request)
            .filter(|kind| kind.key != "up-raw")
            .filter_map(|kind| Some((kind.key.to_string(), kind.answered_by.clone()?.into_owned())))
            .collect()
    }

    async fn ask(&self, kind: &str) {
        self.page.compose(kind).await;
        self.page.send_anyway().await;
    }

    async fn demand(&self, kind: &str) {
        self.page.click("tab-cloud").await;
        self.page.choose("cloud-kind", kind).await;
        self.page.click("cloud-send").await;
    }

    /// Arms a fault for one message of each of these kinds.
    async fn arm(&self, what: &str, kinds: &[String]) {
        self.page.click("tab-faults").await;
        self.page.choose("fault-what", what).await;
        if what == "delay" {
            self.page.fill("fault-delay", "300").await;
        }
        for kind in kinds {
            self.page.choose("fault-kind", kind).await;
            self.page.click("fault-arm").await;
        }
    }

    /// Waits until every fault has struck: none is left, and each kind stands in the record.
    async fn struck(&self, what: &str, kinds: &[String]) {
        self.page.click("tab-faults").await;
        let record = "return document.querySelector('[data-testid=fault-armed]') ? [] :
            [...document.querySelectorAll(`[data-testid=fault-struck][data-what=\"${arguments[0]}\"]`)]
                .map(row => row.dataset.kind)";
        let wanted: BTreeSet<String> = kinds.iter().cloned().collect();
        eventually(&format!("{what} strikes {wanted:?}"), async || {
            let told = self.browser.run(record, vec![json!(what)]).await;
            let told: BTreeSet<String> = serde_json::from_value(told).expect("names");
            told.is_superset(&wanted).then_some(())
        })
        .await;
    }

    /// Waits until the round trips that were not there before are as many of each kind, and each as
    /// expected.
    async fn settled(
        &self,
        what: &str,
        before: &BTreeSet<String>,
        wanted: &[(String, usize)],
        fits: Expected<'_>,
    ) {
        let name = &self.declaration.id.0;
        eventually(&format!("{name}: {what} upon {wanted:?}"), async || {
            let rows = self.rows().await;
            let new: Vec<&LedgerRow> = rows
                .iter()
                .filter(|row| !before.contains(&row.id))
                .collect();
            let all = wanted.iter().map(|(_, count)| count).sum::<usize>();
            let each = wanted.iter().all(|(kind, count)| {
                let of_kind = new.iter().filter(|row| row.kind == *kind);
                of_kind.clone().count() == *count && of_kind.clone().all(|row| fits(kind, row))
            });
            (new.len() == all && each).then_some(())
        })
        .await;
    }

    /// The ledger, in view: a panel out of view is not told of anything.
    async fn rows(&self) -> Vec<LedgerRow> {
        self.page.click("tab-commands").await;
        self.page.ledger().await
    }

    async fn known(&self) -> BTreeSet<String> {
        let rows = self.rows().await;
        rows.into_iter().map(|row| row.id).collect()
    }

    /// What an application asks for comes late, twice, or not at all.
    async fn spoil_demands(&self) {
        let all = self.demands(None);
        let requests = self.demands(Some(Role::Request));
        for (what, arrives) in [("delay", 1), ("duplicate", 2), ("drop", 0)] {
            let before = self.known().await;
            self.arm(what, &all).await;
            for kind in &all {
                self.demand(kind).await;
            }
            self.struck(what, &all).await;
            let wanted: Vec<_> = requests
                .iter()
                .map(|kind| (kind.clone(), arrives))
                .collect();
            let answered = |_: &str, row: &LedgerRow| row.state == "succeeded";
            self.settled(what, &before, &wanted, &answered).await;
        }
    }

    /// What the platform answers comes late, twice, refuses, answers another request, or does not
    /// come at all. What leaves a request open comes last: where there is no id, the next answer
    /// would be taken for its.
    async fn spoil_answers(&self) {
        let asks = self.asks();
        let kinds: Vec<String> = asks.iter().map(|(kind, _)| kind.clone()).collect();
        let answers: Vec<String> = asks.iter().map(|(_, answer)| answer.clone()).collect();
        let refused: Vec<String> = self.refusals.iter().map(|(kind, _)| kind.clone()).collect();
        for (what, struck, asked) in [
            ("delay", &answers, &kinds),
            ("duplicate", &answers, &kinds),
            ("error-code", &refused, &refused),
            ("wrong-id", &answers, &kinds),
            ("throttle", &kinds, &kinds),
            ("drop", &answers, &kinds),
        ] {
            if struck.is_empty() {
                continue;
            }
            let before = self.known().await;
            self.arm(what, struck).await;
            for kind in asked {
                self.ask(kind).await;
            }
            self.struck(what, struck).await;
            let wanted: Vec<_> = asked.iter().map(|kind| (kind.clone(), 1)).collect();
            let fits = |kind: &str, row: &LedgerRow| self.fits(what, kind, row);
            self.settled(what, &before, &wanted, &fits).await;
        }
    }

    /// Whether the round trip of a kind is what a fault makes of it.
    fn fits(&self, what: &str, kind: &str, row: &LedgerRow) -> bool {
        let numbered = !row.correlation.is_empty();
        // Who registered before is told so.
        let done = match self.declaration.connect.first.as_deref() == Some(kind) {
            true => "failed",
            false => "succeeded",
        };
        let code = self.refusals.iter().find(|(known, _)| known == kind);
        match what {
            "delay" => row.state == done,
            "duplicate" => row.state == done && (!numbered || row.repeats == "1"),
            "error-code" => {
                row.state == "failed"
                    && code.is_some_and(|(_, code)| row.outcome.contains(&code.to_string()))
            }
            "wrong-id" => row.state == if numbered { "open" } else { done },
            "throttle" => row.state == self.throttled(code.is_some()),
            _ => row.state == "open",
        }
    }

    /// What a request comes to that is one too many: the documents of two platforms describe an
    /// answer, the others drop it.
    fn throttled(&self, has_codes: bool) -> &'static str {
        match self.declaration.id.0.as_ref() {
            "aliyun" | "eztcloud" if has_codes => "failed",
            _ => "open",
        }
    }
}

#[tokio::test]
async fn onem2m_under_every_fault() {
    every_fault("onem2m", &[("user_name", "u"), ("password", "p")]).await;
}

#[tokio::test]
async fn onenet_under_every_fault() {
    every_fault("onenet", &[("secret", "auth123")]).await;
}

#[tokio::test]
async fn aliyun_under_every_fault() {
    every_fault("aliyun", &[("device_secret", "secret"), ("ext", "1")]).await;
}

#[tokio::test]
async fn eztcloud_under_every_fault() {
    every_fault("eztcloud", &[("password", "secret")]).await;
}

#[tokio::test]
async fn thingscloud_under_every_fault() {
    every_fault(
        "thingscloud",
        &[("access_token", "token"), ("project_key", "key")],
    )
    .await;
}

#[tokio::test]
async fn iotda_under_every_fault() {
    every_fault("iotda", &[("secret", "12345678")]).await;
}
