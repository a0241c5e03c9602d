//! Bad input gets a clear answer and loses nothing: not the log, not what the user typed.

use crate::browser::{Browser, Settings, scenario};
use crate::doubles::{Double, MALFORMED, Misbehaviour};
use crate::mosquitto::Mosquitto;
use crate::page::{Failure, Page};
use crate::static_server::StaticServer;

/// What the user has typed before everything goes wrong.
const TYPED: &str = "half a sentence";

/// A page with something in its log and something typed, and a check that both are still there.
struct Victim<'a> {
    page: Page<'a>,
    rows_before: u64,
}

impl<'a> Victim<'a> {
    async fn open(browser: &'a Browser, server: &StaticServer) -> Self {
        // The browser reports every WebSocket that it could not open; that is its own word.
        browser.expect_console_error("WebSocket connection to");
        let page = Page::open(browser, server.url()).await;
        page.connect_simulated().await;
        page.disconnect().await;
        page.compose("report").await;
        page.fill("compose-field-con", TYPED).await;
        let rows_before = page.count("log-total").await;
        assert!(rows_before > 0, "a connection leaves rows in the log");
        Self { page, rows_before }
    }

    async fn fails(&mut self, url: &str, class: &str) -> Failure {
        // An explanation that is still there could be taken for the next one.
        self.page.dismiss_failure().await;
        self.page.connect(url).await;
        let failure = self.page.failure(class).await;
        // A connection that was there is made again by itself; the next part wants its own.
        self.page.stop_waiting().await;
        assert!(
            !failure.what.trim().is_empty(),
            "{class}: it says what happened"
        );
        assert!(
            !failure.next.trim().is_empty(),
            "{class}: it says what to do next"
        );
        self.lost_nothing(url).await;
        failure
    }

    async fn lost_nothing(&mut self, url: &str) {
        assert_eq!(self.page.value("url").await, url, "the URL as typed");
        assert_eq!(
            self.page.value("compose-field-con").await,
            TYPED,
            "the draft as typed"
        );
        let rows = self.page.count("log-total").await;
        assert!(
            rows >= self.rows_before,
            "{} rows became {rows}",
            self.rows_before
        );
        self.rows_before = rows;
    }
}

#[tokio::test]
async fn a_url_that_no_browser_opens_is_refused_before_it_is_tried() {
    let server = StaticServer::start();
    scenario("bad_url", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        for url in [
            "http://127.0.0.1:1883/mqtt",
            "mqtt://127.0.0.1:1883",
            "no url at all",
        ] {
            assert!(victim.fails(url, "BadUrl").await.certain, "{url}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_explained_as_far_as_a_browser_knows() {
    let server = StaticServer::start();
    scenario("unreachable", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        for misbehaviour in [
            Misbehaviour::RefusesTcp,
            Misbehaviour::NotFound,
            Misbehaviour::NoSubProtocol,
            Misbehaviour::WrongSubProtocol,
        ] {
            let double = Double::start(misbehaviour);
            let failure = victim.fails(&double.url(), "NothingThere").await;
            assert!(
                !failure.certain,
                "{misbehaviour:?}: a browser hides the cause"
            );
            assert!(failure.what.contains("no WebSocket connection"));
            let in_view = browser
                .run(
                    "const causes = document.querySelectorAll('[data-testid=failure-causes] li');
                     const seen = causes[0].getBoundingClientRect();
                     const button = document.querySelector('[data-testid=connect]')
                        .getBoundingClientRect();
                     return causes.length > 1 && seen.height > 0
                        && button.top > 0 && button.bottom <= innerHeight",
                    vec![],
                )
                .await;
            assert_eq!(in_view, true, "the causes are open, and Connect is in view");
        }
    })
    .await;
}

#[tokio::test]
async fn every_return_code_of_a_refusal_is_put_into_words() {
    let server = StaticServer::start();
    scenario("refused", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        let mut texts = std::collections::BTreeSet::new();
        for code in 1..=5 {
            let double = Double::start(Misbehaviour::Refuses(code));
            let failure = victim.fails(&double.url(), "Refused").await;
            assert!(failure.certain, "return code {code}: CONNACK says so");
            texts.insert(failure.what);
        }
        assert_eq!(
            texts.len(),
            5,
            "each return code has words of its own: {texts:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_closes_after_connect_shows_its_code_and_reason() {
    let server = StaticServer::start();
    scenario("closes", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        let double = Double::start(Misbehaviour::ClosesAfterConnect(1008, "no such tenant"));
        let failure = victim.fails(&double.url(), "ClosedUponConnect").await;
        assert!(failure.close_code.contains("1008"), "{failure:?}");
        assert!(
            failure.close_reason.contains("no such tenant"),
            "{failure:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_in_time() {
    let server = StaticServer::start();
    scenario("silent", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        let double = Double::start(Misbehaviour::Silent);
        victim.fails(&double.url(), "Silent").await;
    })
    .await;
}

#[tokio::test]
async fn a_text_message_is_named_as_what_it_is() {
    let server = StaticServer::start();
    scenario("text_message", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        let double = Double::start(Misbehaviour::TextMessage);
        victim.fails(&double.url(), "TextMessage").await;
    })
    .await;
}

#[tokio::test]
async fn a_malformed_packet_is_shown_up_to_the_fault() {
    let server = StaticServer::start();
    scenario("malformed", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        let double = Double::start(Misbehaviour::MalformedPacket);
        victim.fails(&double.url(), "Malformed").await;
        let page = victim.page;
        let row = page
            .row("the malformed packet", |row| row.entry == "malformed")
            .await;
        assert_eq!(
            page.bytes_of(&row).await,
            MALFORMED,
            "every byte that came is kept"
        );
        let faults = page.fields_of_kind("fault").await;
        // The remaining length begins at byte 1; its fourth byte may not ask for a fifth.
        assert!(
            faults.iter().any(|(_, start)| (1..=5).contains(start)),
            "{faults:?}"
        );
        let headers = page.fields_of_kind("header").await;
        assert!(!headers.is_empty(), "the fields before the fault are shown");
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_goes_wrong_later_is_explained_too() {
    let server = StaticServer::start();
    scenario("later", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        let garbage = Double::start(Misbehaviour::GarbageAfterConnAck);
        victim.fails(&garbage.url(), "Malformed").await;
        let cut = Double::start(Misbehaviour::CutsOff);
        victim.fails(&cut.url(), "Lost").await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_no_longer_answers_is_noticed_by_keep_alive() {
    let server = StaticServer::start();
    scenario("keep_alive", Settings::default(), async |browser| {
        let mut victim = Victim::open(browser, &server).await;
        let deaf = Double::start(Misbehaviour::DeafAfterConnAck);
        victim.page.fill("url", &deaf.url()).await;
        victim.page.fill("keep-alive", "1").await;
        victim.fails(&deaf.url(), "KeepAliveLost").await;
    })
    .await;
}

#[tokio::test]
async fn messages_that_are_no_answers_are_shown_and_remarked_upon() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    scenario("odd_messages", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_to(&broker).await;
        page.wait_for(
            "responses are subscribed to",
            "[data-testid=subscription][data-filter=\"/oneM2M/resp/4600/in-cse\"]\
             [data-state=granted]",
        )
        .await;
        let topic = "/oneM2M/resp/4600/in-cse";
        for (what, payload) in [
            ("not JSON", &b"{\"rsc\": 2001,"[..]),
            ("bytes that are no text", &b"\xff\xfe\x00\x01"[..]),
            (
                "an unknown rqi",
                &br#"{"rsc":2001,"rqi":"nobody-asked","pc":{"ri":"x"}}"#[..],
            ),
        ] {
            let before = page.count("msg-count").await;
            broker.publish(topic, payload);
            crate::process::eventually(what, async || {
                (page.count("msg-count").await == before + 1).then_some(())
            })
            .await;
            let row = page
                .row(what, |row| row.topic == topic && !row.severity.is_empty())
                .await;
            assert_ne!(row.severity, "info", "{what}: {row:?}");
            page.click("log-clear").await;
        }
        page.wait_for_state("connected").await;
    })
    .await;
}

#[tokio::test]
async fn an_engine_that_cannot_be_loaded_is_said_and_can_be_started_again() {
    let server = StaticServer::start_with_a_broken_engine();
    scenario("engine_failed", Settings::default(), async |browser| {
        browser.expect_console_error("engine");
        browser.client().goto(server.url()).await.unwrap();
        let page = Page::at(browser);
        page.wait_for("the failure is shown", "[data-testid=engine-failed]")
            .await;
        assert!(!page.text("engine-failed-text").await.trim().is_empty());

        server.mend_the_engine();
        page.click("engine-restart").await;
        page.wait_for(
            "the engine runs",
            "[data-testid=console][data-engine=running]",
        )
        .await;
        page.connect_simulated().await;
    })
    .await;
}
