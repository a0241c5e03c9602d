//! The release page from a host that keeps some of its files to itself until told.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

use crate::process::eventually;
use crate::static_server::dist;

/// The server. It ends with this.
pub struct HeldServer {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
    gate: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl HeldServer {
    /// Serves the built page; a file whose name ends in one of `held` is sent after
    /// [`HeldServer::release`], and one that ends in one of `missing` is not there.
    pub async fn start(held: &'static [&'static str], missing: &'static [&'static str]) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (gate, open) = watch::channel(false);
        let notes = asked.clone();
        let hold = from_fn(move |mut request: Request, next: Next| {
            let path = request.uri().path().to_owned();
            let ends = |list: &[&str]| list.iter().any(|end| path.ends_with(end));
            let is_held = ends(held);
            if ends(missing) {
                *request.uri_mut() = "/missing".parse().expect("a path");
            }
            notes.lock().expect("no test panics with it").push(path);
            let mut open = open.clone();
            async move {
                if is_held {
                    // Gone when the test has ended, and nobody waits for the answer then.
                    let _ = open.wait_for(|is_open| *is_open).await;
                }
                next.run(request).await
            }
        });
        let router = Router::new()
            .fallback_service(ServeDir::new(dist()))
            .layer(hold);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("it serves");
        });
        Self {
            url: format!("http://{address}/"),
            asked,
            gate,
            task,
        }
    }

    /// The page's address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How often a file whose name ends so was asked for.
    pub fn asked(&self, end: &str) -> usize {
        let asked = self.asked.lock().expect("no test panics with it");
        asked.iter().filter(|path| path.ends_with(end)).count()
    }

    /// Waits until a file whose name ends so was asked for.
    pub async fn wait_until_asked(&self, end: &str) {
        eventually(&format!("{end} is asked for"), async || {
            (self.asked(end) > 0).then_some(())
        })
        .await;
    }

    /// Sends what is held.
    pub fn release(&self) {
        self.gate.send_replace(true);
    }
}

impl Drop for HeldServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
