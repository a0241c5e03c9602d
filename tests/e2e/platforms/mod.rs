//! Every platform from the first field to the last fault, in the page: one browser for each.

mod aliyun;
mod application;
mod credentials;
mod eztcloud;
mod faults;
mod iotda;
mod onem2m;
mod onenet;
mod thingscloud;
mod workbench;

use crate::browser::{Settings, scenario};
use crate::page::{LedgerRow, Page};
use crate::process::eventually;
use crate::static_server::StaticServer;

/// Fills in fields of the identity; what may stay empty is folded away at first.
async fn identify(page: &Page<'_>, identity: &[(&str, &str)]) {
    for (key, value) in identity {
        let field = format!("identity-{key}");
        let folded = format!("[data-testid=identity-optional] [data-testid=\"{field}\"]");
        if page.has(&folded).await {
            page.unfold("identity-optional").await;
        }
        if page.has(&format!("select[data-testid=\"{field}\"]")).await {
            page.choose(&field, value).await;
        } else {
            page.fill(&field, value).await;
        }
    }
}

/// What a platform's scenario does.
struct Tour {
    /// The platform.
    dialect: &'static str,
    /// Fields of the identity that have no proposal.
    identity: &'static [(&'static str, &'static str)],
    /// What the device asks, in order: each is answered.
    asks: &'static [&'static str],
    /// What the device sends without an answer.
    tells: &'static [&'static str],
    /// What the application asks: each is answered by the device.
    demands: &'static [&'static str],
    /// A kind that the device asks and the kind that answers it, to go wrong.
    lost: Option<(&'static str, &'static str)>,
    /// A kind that is refused, and the code.
    refused: Option<(&'static str, &'static str)>,
    /// Whether a second answer of the device can be told from the first by its id.
    repeats: bool,
    /// Whether the answers to what the device asks carry an id.
    numbered: bool,
    /// What becomes of a request that is one too many.
    throttled: &'static str,
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

    async fn log_in(&self, page: &Page<'_>) {
        page.choose("platform", self.dialect).await;
        identify(page, self.identity).await;
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
        match self.lost {
            Some((kind, answer)) => self.spoil_answers(page, kind, answer).await,
            None => self.spoil_demands(page, demand).await,
        }
    }

    /// Asks, and gives the number of the round trip that this opens.
    async fn ask(&self, page: &Page<'_>, kind: &str) -> String {
        let before = newest(page).await;
        page.compose(kind).await;
        page.send_anyway().await;
        opened(page, before).await
    }

    /// An answer of the platform is lost, doubled, late, or for another request; then the request
    /// itself is one too many.
    async fn spoil_answers(&self, page: &Page<'_>, kind: &str, answer: &str) {
        page.arm("drop", answer).await;
        let lost = self.ask(page, kind).await;
        settled(page, &lost, |row| row.state == "open").await;
        struck(page, "drop", answer).await;

        if self.numbered {
            page.arm("duplicate", answer).await;
            let doubled = self.ask(page, kind).await;
            settled(page, &doubled, |row| {
                row.state == "succeeded" && row.repeats == "1"
            })
            .await;
            struck(page, "duplicate", answer).await;

            page.arm("wrong-id", answer).await;
            let stray = self.ask(page, kind).await;
            struck(page, "wrong-id", answer).await;
            settled(page, &stray, |row| row.state == "open").await;
        }

        page.click("tab-faults").await;
        page.choose("fault-what", "delay").await;
        page.fill("fault-delay", "700").await;
        page.arm("delay", answer).await;
        let late = self.ask(page, kind).await;
        if self.numbered {
            let row = settled(page, &late, |row| row.state == "succeeded").await;
            assert!(!row.latency.contains(['µ', '<']), "{row:?}");
        }
        struck(page, "delay", answer).await;

        page.arm("throttle", kind).await;
        let many = self.ask(page, kind).await;
        struck(page, "throttle", kind).await;
        // Without an id, what comes belongs to the oldest request that is open.
        if self.numbered {
            settled(page, &many, |row| row.state == self.throttled).await;
        }
    }

    /// Where nothing that a device sends is answered, the platform's requests are what can go
    /// wrong.
    async fn spoil_demands(&self, page: &Page<'_>, kind: &str) {
        let before = newest(page).await;
        page.arm("drop", kind).await;
        self.demand(page, kind).await;
        struck(page, "drop", kind).await;
        assert_eq!(newest(page).await, before, "nothing arrived");

        page.arm("duplicate", kind).await;
        self.demand(page, kind).await;
        let first = opened(page, before).await;
        settled(page, &first, |row| row.state == "succeeded").await;

        page.arm("delay", kind).await;
        let before = newest(page).await;
        self.demand(page, kind).await;
        let late = opened(page, before).await;
        settled(page, &late, |row| row.state == "succeeded").await;
        struck(page, "delay", kind).await;

        let report = self.reports.0;
        page.arm("throttle", report).await;
        page.compose(report).await;
        page.send_anyway().await;
        struck(page, "throttle", report).await;
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
        // The page connects again at once and sends the message again: the end that is looked for
        // must come more than once to be seen on a busy machine.
        page.click("tab-faults").await;
        page.fill("fault-times", "9").await;
        page.arm("disconnect", "").await;
        page.compose(self.reports.0).await;
        page.send_anyway().await;
        page.wait_for("the end is explained", "[data-testid=failure]")
            .await;
        page.click("tab-commands").await;
        page.wait_for(
            "nothing is open any more",
            "[data-testid=ledger-open][data-count=\"0\"]",
        )
        .await;
    }
}

/// The number of the newest round trip.
async fn newest(page: &Page<'_>) -> Option<String> {
    page.click("tab-commands").await;
    page.ledger().await.into_iter().next().map(|row| row.id)
}

/// Waits for a round trip that was not there before, and gives its number.
async fn opened(page: &Page<'_>, before: Option<String>) -> String {
    eventually("another round trip", async || {
        newest(page).await.filter(|id| Some(id) != before.as_ref())
    })
    .await
}

/// Waits until the round trip of that number is as wanted.
async fn settled(page: &Page<'_>, id: &str, wanted: impl Fn(&LedgerRow) -> bool) -> LedgerRow {
    page.click("tab-commands").await;
    eventually(&format!("round trip {id} settles"), async || {
        let mut rows = page.ledger().await.into_iter();
        rows.find(|row| row.id == id && wanted(row))
    })
    .await
}

/// Waits until the page tells that a fault struck.
async fn struck(page: &Page<'_>, what: &str, kind: &str) {
    page.click("tab-faults").await;
    page.wait_for(
        "the fault is told to have struck",
        &format!("[data-testid=fault-struck][data-what=\"{what}\"][data-kind=\"{kind}\"]"),
    )
    .await;
}
