//! EZtCloud.

use super::Tour;

#[tokio::test]
async fn eztcloud_in_the_page() {
    Tour {
        dialect: "eztcloud",
        identity: &[("password", "secret")],
        asks: &["attributes", "event", "attributes-get"],
        tells: &[],
        demands: &["command"],
        lost: Some(("event", "event-response")),
        refused: Some(("attributes", "-1")),
        repeats: true,
        numbered: false,
        throttled: "failed",
        reports: (
            "attributes",
            "values",
            "{\"temperature\":${walk(20, 30, 0.5)}}",
        ),
    }
    .walk()
    .await;
}
