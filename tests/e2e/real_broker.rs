//! Against a real Mosquitto, watched and answered by its own command-line clients.

use serde_json::{Value, json};

use crate::browser::{Settings, scenario};
use crate::mosquitto::{Mosquitto, Received};
use crate::page::Page;
use crate::static_server::StaticServer;

/// The topics of the device named 4600 (dialects: oneM2M, topics).
const REGISTER: &str = "/oneM2M/reg_req/4600/in-cse";
const REGISTERED: &str = "/oneM2M/reg_resp/4600/in-cse";
const REQUEST: &str = "/oneM2M/req/4600/in-cse";
const RESPONSE: &str = "/oneM2M/resp/4600/in-cse";
const DOWNLINK: &str = "/oneM2M/req/in-cse/4600";
const ANSWER: &str = "/oneM2M/resp/in-cse/4600";

#[tokio::test]
async fn an_independent_client_sees_the_bytes_that_the_page_shows_and_plays_the_platform() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    scenario("real_broker", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_to(&broker).await;
        page.wait_for(
            "the platform's downlinks are subscribed to",
            "[data-testid=subscription][data-filter=\"/oneM2M/req/in-cse/4600\"]\
             [data-state=granted]",
        )
        .await;

        // Registration: what the subscriber sees is what the page shows, and it answers.
        let mut registrations = broker.subscribe(REGISTER);
        page.compose("register").await;
        page.send().await;
        let seen = registrations.next();
        assert_eq!(shown(&page, REGISTER).await, seen.payload);
        broker.publish(REGISTERED, &registered(&rqi_of(&seen)));
        page.round_trip("register", "succeeded").await;

        // A report.
        let mut requests = broker.subscribe(REQUEST);
        page.compose("report").await;
        page.fill("compose-field-con", "22.5 °C").await;
        page.send().await;
        let seen = requests.next();
        assert_eq!(shown(&page, REQUEST).await, seen.payload);
        let primitive = json_of(&seen);
        assert_eq!(primitive["pc"]["m2m:cin"]["con"], json!("22.5 °C"));
        broker.publish(RESPONSE, &answered(&rqi_of(&seen), &primitive));
        page.round_trip("report", "succeeded").await;

        // A downlink, and the page's answer.
        let mut answers = broker.subscribe(ANSWER);
        let downlink = json!({ "op": 5, "to": "/in-cse/4600/switch", "fr": "/CSE-001",
            "rqi": "d-1", "ty": 4, "pc": { "m2m:cin": { "cnf": "0", "con": "on" } } });
        broker.publish(DOWNLINK, downlink.to_string().as_bytes());
        let seen = answers.next();
        assert_eq!(shown(&page, ANSWER).await, seen.payload);
        let answer = json_of(&seen);
        assert_eq!(
            (&answer["rqi"], &answer["rsc"]),
            (&json!("d-1"), &json!(2001))
        );
        page.round_trip("downlink", "succeeded").await;
        page.disconnect().await;
    })
    .await;
}

#[tokio::test]
async fn connect_says_to_the_broker_what_the_settings_say() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    scenario("connect", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &broker.url()).await;
        page.fill("client-id", "meter-7").await;
        page.fill("keep-alive", "77").await;
        page.choose("clean-session", "false").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        page.disconnect().await;
    })
    .await;
    // Mosquitto's words for protocol level 4, clean session 0, keep alive 77 seconds.
    broker.expect_log("as meter-7 (p2, c0, k77)");
    broker.expect_log("Received DISCONNECT from meter-7");
}

#[tokio::test]
async fn raw_bytes_reach_the_wire_as_they_were_typed() {
    let server = StaticServer::start();
    let broker = Mosquitto::start();
    scenario("raw_bytes", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.connect_to(&broker).await;
        let mut subscriber = broker.subscribe("raw/#");
        page.send_bytes("raw/bytes", "00 ff 0a c3 28 7f").await;
        assert_eq!(
            subscriber.next().payload,
            [0x00, 0xff, 0x0a, 0xc3, 0x28, 0x7f]
        );
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_explained_and_the_right_one_connects() {
    let server = StaticServer::start();
    let broker = Mosquitto::start_with_password("sensor", "right");
    scenario("password", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &broker.url()).await;
        page.fill("user-name", "sensor").await;
        page.fill("password", "wrong").await;
        page.click("connect").await;
        let failure = page.failure("Refused").await;
        assert!(failure.certain);
        assert!(
            !failure.what.contains("wrong"),
            "no secret in an error: {failure:?}"
        );

        page.fill("password", "right").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
    })
    .await;
}

#[tokio::test]
async fn the_will_is_published_when_the_page_is_closed_without_a_word() {
    let server = StaticServer::start();
    let mut broker = Mosquitto::start();
    scenario("will", Settings::default(), async |browser| {
        let page = Page::open(browser, server.url()).await;
        page.fill("url", &broker.url()).await;
        page.click("will").await;
        page.fill("will-topic", "last/words").await;
        page.fill("will-payload", "gone").await;
        page.click("connect").await;
        page.wait_for_state("connected").await;
        broker.expect_log("Will message specified (4 bytes) (r0, q0)");
        let mut wills = broker.subscribe("last/words");
        // Navigating away might keep the page, and with it the connection, for going back to.
        browser.close_page().await;
        assert_eq!(wills.next().payload, b"gone");
    })
    .await;
}

/// The payload of the newest PUBLISH on a topic, cut from the bytes that the inspector shows.
pub async fn shown(page: &Page<'_>, topic: &str) -> Vec<u8> {
    let row = page
        .row(topic, |row| row.packet == "PUBLISH" && row.topic == topic)
        .await;
    let frame = page.bytes_of(&row).await;
    payload_of(&frame).to_vec()
}

/// The payload of an encoded PUBLISH, found without the console's own codec.
fn payload_of(frame: &[u8]) -> &[u8] {
    assert_eq!(frame[0] >> 4, 3, "a PUBLISH");
    let length_bytes = frame[1..]
        .iter()
        .take_while(|byte| **byte & 0x80 != 0)
        .count()
        + 1;
    let topic_at = 1 + length_bytes;
    let topic_length = usize::from(u16::from_be_bytes([frame[topic_at], frame[topic_at + 1]]));
    let packet_id = if frame[0] & 0x06 == 0 { 0 } else { 2 };
    &frame[topic_at + 2 + topic_length + packet_id..]
}

fn json_of(received: &Received) -> Value {
    serde_json::from_slice(&received.payload).expect("the page sends JSON")
}

fn rqi_of(received: &Received) -> String {
    json_of(received)["rqi"]
        .as_str()
        .expect("rqi is a text")
        .to_owned()
}

fn registered(rqi: &str) -> Vec<u8> {
    json!({ "rsc": 2001, "rqi": rqi, "pc": { "ri": "CAE-1" }, "to": "/in-cse", "fr": "/C" })
        .to_string()
        .into_bytes()
}

fn answered(rqi: &str, request: &Value) -> Vec<u8> {
    json!({ "rsc": 2001, "rqi": rqi, "pc": { "ri": "cin-1" }, "to": request["to"],
        "fr": request["fr"] })
    .to_string()
    .into_bytes()
}
