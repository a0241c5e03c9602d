//! Headless Chromium, driven over WebDriver and watched: an error on its console or a request to
//! another host fails the scenario.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::process::{Process, eventually, free_port, scratch_folder, wait_for_port};

/// How the browser's window and its user are.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Width and height of the page in CSS pixels.
    pub size: (u32, u32),
    /// Whether the system's theme is dark.
    pub dark: bool,
    /// The user's language, such as `en` or `zh-CN`.
    pub language: &'static str,
    /// Whether the browser throttles the timers of hidden pages, as a user's does. ChromeDriver
    /// keeps it from that.
    pub throttles_hidden_pages: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            size: (1280, 800),
            dark: false,
            language: "en",
            throttles_hidden_pages: false,
        }
    }
}

/// A browser of its own: it shares nothing with that of another scenario.
pub struct Browser {
    client: Client,
    expected_errors: RefCell<Vec<&'static str>>,
    elsewhere: Elsewhere,
    // Dropped in this order: the session, and with it the browser, then its driver.
    _session: Session,
    _driver: Process,
}

/// A WebDriver session. Ending it ends the browser; that must happen when the scenario panics too,
/// where nothing asynchronous runs any more, so it is done by hand.
struct Session {
    port: u16,
    id: String,
}

impl Drop for Session {
    fn drop(&mut self) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else {
            return;
        };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
        let request = format!(
            "DELETE /session/{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n",
            self.id, self.port
        );
        if stream.write_all(request.as_bytes()).is_ok() {
            // The answer comes when the browser has ended.
            let _ = stream.read(&mut [0; 1024]);
        }
    }
}

/// Runs one scenario in a browser of its own. Afterwards the browser's console must hold no error
/// that the scenario did not expect, and nothing must have been asked of another host. A failed
/// scenario leaves a picture of the page in the target folder.
pub async fn scenario(name: &str, settings: Settings, run: impl AsyncFnOnce(&Browser)) {
    let browser = Browser::start(settings).await;
    let outcome = {
        let mut run = std::pin::pin!(run(&browser));
        std::future::poll_fn(|context| {
            // A panic must not end this task before the picture is taken.
            match catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(context))) {
                Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
                Ok(Poll::Pending) => Poll::Pending,
                Err(panic) => Poll::Ready(Err(panic)),
            }
        })
        .await
    };
    if let Err(panic) = outcome {
        browser.keep_evidence(name).await;
        resume_unwind(panic);
    }
    browser.assert_clean().await;
}

impl Browser {
    /// Lets downloads go to this folder without a question.
    pub async fn download_to(&self, folder: &Path) {
        let allow = json!({ "behavior": "allow", "downloadPath": folder });
        self.devtools("Browser.setDownloadBehavior", allow).await;
    }

    /// Leaves choosers of files closed: a test hands the file over.
    pub async fn keep_choosers_closed(&self) {
        let closed = json!({ "enabled": true });
        self.devtools("Page.setInterceptFileChooserDialog", closed)
            .await;
    }

    /// Starts a browser. Scenarios do that through [`scenario`].
    pub async fn start(settings: Settings) -> Self {
        Self::start_with(settings, None).await
    }

    /// Starts a browser on a folder of its own data, which outlives it.
    pub async fn start_in(settings: Settings, data: &Path) -> Self {
        Self::start_with(settings, Some(data)).await
    }

    async fn start_with(settings: Settings, data: Option<&Path>) -> Self {
        let port = free_port();
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut command = Command::new(program);
        command.arg(format!("--port={port}"));
        let driver = Process::start("chromedriver", command);
        wait_for_port(port);
        let elsewhere = Elsewhere::start();

        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(
                capabilities(settings, elsewhere.port, data)
                    .as_object()
                    .expect("an object")
                    .clone(),
            )
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("ChromeDriver starts the browser");
        let id = client
            .session_id()
            .await
            .ok()
            .flatten()
            .expect("a session has an id");
        let browser = Self {
            client,
            expected_errors: RefCell::default(),
            elsewhere,
            _session: Session { port, id },
            _driver: driver,
        };
        let (width, height) = settings.size;
        browser.resize(width, height).await;
        let theme = if settings.dark { "dark" } else { "light" };
        browser
            .devtools(
                "Emulation.setEmulatedMedia",
                json!({ "features": [
                    { "name": "prefers-color-scheme", "value": theme },
                    { "name": "prefers-reduced-motion", "value": "reduce" },
                ] }),
            )
            .await;
        browser
    }

    /// Kills the browser that was started on this folder, as a crash would: with SIGKILL, its main
    /// process and with it all others.
    pub fn kill(self, data: &Path) {
        let argument = format!("--user-data-dir={}", data.display());
        let mut killed = false;
        for entry in std::fs::read_dir("/proc").expect("/proc can be read") {
            let path = entry.expect("/proc can be read").path();
            let Ok(command) = std::fs::read(path.join("cmdline")) else {
                continue;
            };
            let arguments: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
            let ours = arguments.contains(&argument.as_bytes());
            let child = arguments
                .iter()
                .any(|argument| argument.starts_with(b"--type="));
            let driver = arguments[0].ends_with(b"chromedriver");
            if ours && !child && !driver {
                let id = path.file_name().expect("a process has a number");
                let status = Command::new("kill").arg("-KILL").arg(id).status();
                killed |= status.is_ok_and(|status| status.success());
            }
        }
        assert!(killed, "no browser runs on {}", data.display());
    }

    /// The WebDriver client, for what has no method here.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Closes the page, as a user closes a tab. The browser goes on with an empty one.
    pub async fn close_page(&self) {
        let error = "the window can be changed";
        let page = self.client.window().await.expect(error);
        let empty = self.client.new_window(true).await.expect(error);
        self.client.switch_to_window(page).await.expect(error);
        self.client.close_window().await.expect(error);
        self.client
            .switch_to_window(empty.handle)
            .await
            .expect(error);
    }

    /// Puts another tab in front of the page, as a user does, and leaves it there while `meanwhile`
    /// runs. The page is hidden then.
    pub async fn behind_another_tab(&self, meanwhile: impl AsyncFnOnce()) {
        let error = "the window can be changed";
        let page = self.client.window().await.expect(error);
        let other = self.client.new_window(true).await.expect(error);
        self.client
            .switch_to_window(other.handle)
            .await
            .expect(error);
        self.devtools("Page.bringToFront", json!({})).await;
        meanwhile().await;
        self.client.close_window().await.expect(error);
        self.client.switch_to_window(page).await.expect(error);
    }

    /// Gives the page this many CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false }),
        )
        .await;
    }

    /// Runs a command of the DevTools protocol.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let command = Extension::post(
            "goog/cdp/execute",
            json!({ "cmd": method, "params": parameters }),
        );
        self.client
            .issue_cmd(command)
            .await
            .unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Runs a function body in the page and returns what it returns.
    pub async fn run(&self, body: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(body, arguments)
            .await
            .unwrap_or_else(|error| panic!("{error}\nin: {body}"))
    }

    /// Waits until the function body returns something other than `null`, `false` or nothing.
    ///
    /// # Panics
    /// When patience has an end, with `what`.
    pub async fn wait_for(&self, what: &str, body: &str, arguments: Vec<Value>) -> Value {
        eventually(what, async || {
            match self.run(body, arguments.clone()).await {
                Value::Null | Value::Bool(false) => None,
                value => Some(value),
            }
        })
        .await
    }

    /// Says that the console will hold errors with this text, which the browser itself writes, such
    /// as for a WebSocket that cannot be opened.
    pub fn expect_console_error(&self, text: &'static str) {
        self.expected_errors.borrow_mut().push(text);
    }

    /// Takes a picture of what is in the window: WebP, a fifth of a PNG's size with letters as
    /// sharp as they need to be.
    pub async fn picture(&self, path: &Path) {
        let answer = self
            .devtools(
                "Page.captureScreenshot",
                json!({ "format": "webp", "quality": 25 }),
            )
            .await;
        let data = answer["data"].as_str().expect("a picture comes as text");
        let bytes = STANDARD.decode(data).expect("a picture comes as Base64");
        assert!(bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"));
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder of pictures can be made");
        }
        std::fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Everything on the console since last asked: level and text.
    async fn console(&self) -> Vec<(String, String)> {
        let entries = self.log("browser").await;
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        entries
            .iter()
            .map(|entry| (text(entry, "level"), text(entry, "message")))
            .collect()
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let command = Extension::post("se/log", json!({ "type": kind }));
        match self.client.issue_cmd(command).await {
            Ok(Value::Array(entries)) => entries,
            other => panic!("the {kind} log: {other:?}"),
        }
    }

    /// What no scenario may leave behind: errors on the console that it did not expect, and
    /// connections to other hosts.
    pub async fn problems(&self) -> Vec<String> {
        let expected = self.expected_errors.borrow().clone();
        let console = self.console().await;
        let errors = console
            .into_iter()
            .filter(|(level, text)| {
                // The browser's hints about forms have a low level and are mended all the same.
                (level == "SEVERE" || text.contains("[DOM]"))
                    && !expected.iter().any(|part| text.contains(part))
            })
            .map(|(_, text)| format!("error on the console: {text}"));
        let elsewhere = self.elsewhere.asked();
        errors
            .chain(
                elsewhere
                    .iter()
                    .map(|first| format!("connection to another host: {first}")),
            )
            .collect()
    }

    async fn assert_clean(&self) {
        let problems = self.problems().await;
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    async fn keep_evidence(&self, name: &str) {
        if let Ok(picture) = self.client.screenshot().await {
            let path: PathBuf = scratch_folder("failed").join(format!("{name}.png"));
            if std::fs::write(&path, picture).is_ok() {
                eprintln!("{name}: the page as it was: {}", path.display());
            }
        }
        for (level, text) in self.console().await {
            eprintln!("{name}: console: {level} {text}");
        }
    }
}

/// A name under which the browser finds this machine and takes it for another.
pub const ANOTHER_MACHINE: &str = "device-console.test";

/// Where the browser finds every host but this machine: a connection that arrives here, from the
/// page or from its worker, was meant for somebody else.
struct Elsewhere {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    /// Hosts that Chromium asks by itself for its clock, its accounts, its updates and its guesses at
    /// forms, although told not to.
    const BROWSERS_OWN: [&str; 6] = [
        "-pa.googleapis.com",
        "accounts.google.com",
        "android.clients.google.com",
        "clients2.google.com",
        "content-autofill.googleapis.com",
        "update.googleapis.com",
    ];

    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback can be bound");
        let port = listener
            .local_addr()
            .expect("a bound socket has an address")
            .port();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        std::thread::spawn({
            let asked = asked.clone();
            move || {
                for mut stream in listener.incoming().map_while(Result::ok) {
                    let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
                    // Enough for the host in an HTTP request or in a TLS greeting, which may come
                    // in several pieces.
                    let mut first = Vec::new();
                    let mut piece = [0; 4096];
                    while let Ok(count @ 1..) = stream.read(&mut piece) {
                        first.extend_from_slice(&piece[..count]);
                        if first.len() > piece.len() {
                            break;
                        }
                    }
                    // A connection that the browser opened in advance and never used asks nobody.
                    if first.is_empty() {
                        continue;
                    }
                    let host = host_in(&first);
                    if !Self::BROWSERS_OWN.iter().any(|own| host.contains(own)) {
                        asked
                            .lock()
                            .expect("nothing panics while it is locked")
                            .push(host);
                    }
                }
            }
        });
        Self { port, asked }
    }

    /// The host of every connection until now.
    fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .expect("nothing panics while it is locked")
            .clone()
    }
}

/// The host in the first bytes of a connection. Both an HTTP request and a TLS greeting hold it as
/// plain text, and no other run of characters in them looks like one of this length.
fn host_in(first: &[u8]) -> String {
    let text = String::from_utf8_lossy(first);
    if let Some(at) = text.find("\r\nHost: ") {
        return text[at + 8..].lines().next().unwrap_or_default().to_owned();
    }
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
        .filter(|run| run.contains('.'))
        .max_by_key(|run| run.len())
        .unwrap_or("a host that it does not name")
        .to_owned()
}

/// webdriver.json, which the browser unit tests use too, and what only these scenarios need.
fn capabilities(settings: Settings, elsewhere: u16, data: Option<&Path>) -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("webdriver.json");
    let text = std::fs::read_to_string(file).expect("webdriver.json can be read");
    let mut capabilities: Value = serde_json::from_str(&text).expect("webdriver.json is JSON");
    let options = &mut capabilities["goog:chromeOptions"];
    let arguments = options["args"].as_array_mut().expect("args is a list");
    arguments.extend([
        json!(format!(
            "--host-resolver-rules=MAP {ANOTHER_MACHINE} 127.0.0.1 , \
             MAP * 127.0.0.1:{elsewhere} , EXCLUDE 127.0.0.1"
        )),
        // The browser's own questions about forms, which are none of the page's.
        json!("--disable-features=AutofillServerCommunication"),
        json!(format!("--lang={}", settings.language)),
        json!(format!("--accept-lang={}", settings.language)),
    ]);
    arguments.extend(data.map(|data| json!(format!("--user-data-dir={}", data.display()))));
    if settings.throttles_hidden_pages {
        arguments.push(json!("--enable-features=IntensiveWakeUpThrottling"));
        options["excludeSwitches"] = json!([
            "disable-background-timer-throttling",
            "disable-backgrounding-occluded-windows",
        ]);
    }
    if let Some(browser) = std::env::var_os("CHROME").filter(|path| !path.is_empty()) {
        options["binary"] = json!(browser.to_string_lossy());
    }
    capabilities["goog:loggingPrefs"] = json!({ "browser": "ALL" });
    capabilities
}

/// A command that ChromeDriver has beyond the standard's.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl Extension {
    fn post(path: &'static str, body: Value) -> Self {
        Self { path, body }
    }
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(
        &self,
        base_url: &url::Url,
        session_id: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base_url.join(&format!(
            "session/{}/{}",
            session_id.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}
