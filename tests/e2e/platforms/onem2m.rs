//! oneM2M over MQTT.

use super::Tour;

#[tokio::test]
async fn onem2m_in_the_page() {
    Tour {
        dialect: "onem2m",
        identity: &[("user_name", "u"), ("password", "p")],
        asks: &["register", "report", "event"],
        tells: &[],
        demands: &["downlink"],
        lost: Some(("report", "response")),
        refused: Some(("report", "4000")),
        repeats: true,
        numbered: true,
        throttled: "open",
        reports: ("report", "con", "${walk(20, 30, 0.5)}"),
    }
    .walk()
    .await;
}
