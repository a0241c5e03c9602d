//! ThingsCloud.

use super::Tour;

#[tokio::test]
async fn thingscloud_in_the_page() {
    Tour {
        dialect: "thingscloud",
        identity: &[("access_token", "token"), ("project_key", "key")],
        asks: &["attributes", "event", "attributes-get"],
        tells: &[],
        demands: &["command"],
        lost: Some(("event", "event-response")),
        refused: Some(("attributes", "0")),
        repeats: true,
        numbered: true,
        throttled: "open",
        reports: (
            "attributes",
            "values",
            "{\"temperature\":${walk(20, 30, 0.5)}}",
        ),
    }
    .walk()
    .await;
}
