//! OneNET, legacy MQTT: nothing that a device sends is answered.

use super::Tour;

#[tokio::test]
async fn onenet_in_the_page() {
    Tour {
        dialect: "onenet",
        identity: &[("secret", "auth123")],
        asks: &[],
        tells: &["dp3", "dp7"],
        demands: &["command"],
        lost: None,
        refused: None,
        repeats: true,
        numbered: false,
        throttled: "open",
        reports: ("dp3", "json", "{\"temperature\":${walk(20, 30, 0.5)}}"),
    }
    .walk()
    .await;
}
