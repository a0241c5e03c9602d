//! Huawei Cloud IoTDA: reports and events are not answered, the shadow is.

use super::Tour;

#[tokio::test]
async fn iotda_in_the_page() {
    Tour {
        dialect: "iotda",
        identity: &[("secret", "12345678")],
        asks: &["shadow-get", "time-sync"],
        tells: &["report", "event-up"],
        demands: &["command", "property-set", "property-get"],
        lost: Some(("shadow-get", "shadow")),
        refused: None,
        repeats: true,
        numbered: true,
        throttled: "open",
        reports: (
            "report",
            "properties",
            "{\"temperature\":${walk(20, 30, 0.5)}}",
        ),
    }
    .walk()
    .await;
}
