//! Every platform from the first field to the last fault, in the page: one browser for each.

mod aliyun;
mod eztcloud;
mod iotda;
mod onem2m;
mod onenet;
mod thingscloud;

use crate::browser::{Settings, scenario};
use crate::page::Page;
use crate::process::eventually;
use crate::static_server::StaticServer;

/// What a platform's scenario does.
struct Tour {
    /// The platform.
    dialect: &'static str,
    /// Fields of the identity that have no proposal; those marked are out of the way at first.
    identity: &'static [(&'static str, &'static str)],
    optional: &'static [(&'static str, &'static str)],
    /// What the device asks, in order: each is answered.
    asks: &'static [&'static str],
    /// What the device sends without an answer.
    tells: &'static [&'static str],
    /// What the application asks: each is answered by the device.
    demands: &'static [&'static str],
    /// A kind that the device asks and the kind that answers it, to be lost; after `then` answers.
    lost: Option<(&'static str, &'static str)>,
    /// A kind that is refused, and the code.
    refused: Option<(&'static str, &'static str)>,
    /// Whether a second answer can be told from the first by its id.
    repeats: bool,
    /// What is reported again and again, and the field that wanders.
    reports: (&'static str, &'static str, &'static str),
}

impl Tour {
    async fn walk(&self) {
        let server = StaticServer::start();
        scenario(self.dialect, Settings::default(), async |browser| {
            let page = Page::open(browser, server.url()).await;
            self.log_in(&page).await;
            self.talk(&page).await;
            self.go_wrong(&page).await;
            self.report(&page).await;
            self.be_thrown_out(&page).await;
        })
        .await;
    }

    /// With a wrong password, then with the right one.
    async fn log_in(&self, page: &Page<'_>) {
        page.choose("platform", self.dialect).await;
        for (key, value) in self.identity {
            page.fill(&format!("identity-{key}"), value).await;
        }
        if !self.optional.is_empty() {
            page.unfold("identity-optional").await;
            for (key, value) in self.optional {
                page.fill(&format!("identity-{key}"), value).await;
            }
        }
        page.unfold("settings").await;
        page.fill("password", "wrong").await;
        page.click("target-simulated").await;
        page.click("connect").await;
        page.failure("Refused").await;
        page.fill("password", "").await;
        page.connect_simulated().await;
    }

    async fn demand(&self, page: &Page<'_>, kind: &str) {
        page.click("tab-cloud").await;
        page.choose("cloud-kind", kind).await;
        page.click("cloud-send").await;
    }

    /// Everything once, and everything answered.
    async fn talk(&self, page: &Page<'_>) {
        for kind in self.asks {
            page.compose(kind).await;
            page.send_anyway().await;
            page.round_trip(kind, "succeeded").await;
        }
        for kind in self.tells {
            page.compose(kind).await;
            let before = page.count("count-up").await;
            page.send_anyway().await;
            eventually("the message is sent", async || {
                (page.count("count-up").await > before).then_some(())
            })
            .await;
        }
        for kind in self.demands {
            self.demand(page, kind).await;
            let row = page.round_trip(kind, "succeeded").await;
            assert_eq!(row.initiator, "down");
        }
        assert_eq!(page.count("ledger-open").await, 0, "nothing is left open");
    }

    /// Faults of the platform and of the device, and what the ledger says of them.
    async fn go_wrong(&self, page: &Page<'_>) {
        if let Some((kind, code)) = self.refused {
            page.arm("error-code", kind).await;
            page.compose(kind).await;
            page.send_anyway().await;
            let row = page.round_trip(kind, "failed").await;
            assert!(row.outcome.contains(code), "{row:?}");
        }
        let demand = self.demands.first().expect("an application asks something");
        page.click("tab-rules").await;
        page.choose("rule-kind", demand).await;
        page.choose("rule-fault", "twice").await;
        self.demand(page, demand).await;
        if self.repeats {
            page.click("tab-commands").await;
            page.wait_for(
                "a second answer is marked",
                "[data-testid=ledger-row][data-repeats=\"1\"]",
            )
            .await;
        }
        page.click("tab-rules").await;
        page.choose("rule-fault", "no-answer").await;
        self.demand(page, demand).await;
        page.round_trip(demand, "open").await;
        page.click("tab-rules").await;
        page.choose("rule-fault", "none").await;
        if let Some((kind, answer)) = self.lost {
            page.arm("drop", answer).await;
            page.compose(kind).await;
            page.send_anyway().await;
            page.round_trip(kind, "open").await;
            page.click("tab-faults").await;
            page.wait_for(
                "the fault is told to have struck",
                &format!("[data-testid=fault-struck][data-what=drop][data-kind=\"{answer}\"]"),
            )
            .await;
        }
    }

    /// The same again and again, with a value that wanders.
    async fn report(&self, page: &Page<'_>) {
        let (kind, field, template) = self.reports;
        page.click("tab-rules").await;
        page.choose("report-kind", kind).await;
        page.fill(&format!("report-field-{field}"), template).await;
        page.fill("report-interval", "300").await;
        page.fill("report-times", "3").await;
        page.click("report-start").await;
        page.wait_for(
            "all three reports are sent",
            "[data-testid=report-row][data-state=finished][data-sent=\"3\"]",
        )
        .await;
    }

    /// The platform closes the connection, and the page says so.
    async fn be_thrown_out(&self, page: &Page<'_>) {
        page.arm("disconnect", "").await;
        page.compose(self.reports.0).await;
        page.send_anyway().await;
        page.wait_for("the end is explained", "[data-testid=failure]")
            .await;
    }
}
