//! Alibaba Cloud IoT.

use super::Tour;

#[tokio::test]
async fn aliyun_in_the_page() {
    Tour {
        dialect: "aliyun",
        identity: &[("device_secret", "secret")],
        asks: &["property-post", "event-post", "config-get"],
        tells: &["ota-inform"],
        demands: &["property-set", "service", "rrpc-request"],
        lost: Some(("tags-update", "tags-update-reply")),
        refused: Some(("event-post", "460")),
        repeats: true,
        numbered: true,
        throttled: "failed",
        reports: (
            "property-post",
            "params",
            "{\"temperature\":${walk(20, 30, 0.5)}}",
        ),
    }
    .walk()
    .await;
}
