//! The console as a user meets it: finds, types, clicks, and reads what is shown. Elements are found
//! by the test ids that the panels carry; states are read from attributes, so that no scenario
//! depends on the language.

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::mosquitto::Mosquitto;
use crate::process::{attempt, eventually};

/// The open page.
#[derive(Clone, Copy)]
pub struct Page<'a> {
    browser: &'a Browser,
}

/// A row of the log as it stands in the page.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct LogRow {
    /// The row's number.
    pub frame: String,
    /// `frame`, `malformed` or `link`.
    pub entry: String,
    /// The control packet's name.
    pub packet: String,
    /// `up` or `down`.
    pub direction: String,
    /// The most serious remark, or nothing.
    pub severity: String,
    /// Topic name of a PUBLISH.
    pub topic: String,
    /// The one line that says what it is.
    pub summary: String,
}

/// A row of the command ledger.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct LedgerRow {
    /// The number of the round trip.
    pub id: String,
    /// `open`, `accepted`, `succeeded`, `failed` or `unanswered`.
    pub state: String,
    /// `up` or `down`.
    pub initiator: String,
    /// The request's kind.
    pub kind: String,
    /// The platform's id.
    pub correlation: String,
    /// How it went, in words.
    pub outcome: String,
    /// Request to answer, as shown.
    pub latency: String,
    /// Answers beyond the first.
    pub repeats: String,
}

/// What the chart says where its cursor is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ChartReading {
    /// The time, as shown.
    pub time: String,
    /// What each line says, as shown.
    pub values: Vec<String>,
}

/// A row of the decoder.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct DecodedRow {
    /// The control packet's name.
    pub packet: String,
    /// `up` or `down`.
    pub direction: String,
    /// The byte at which it goes wrong, or nothing.
    pub fault: String,
    /// The one line that says what it is, or what was expected.
    pub summary: String,
}

/// Why a connection failed, as the page explains it.
#[derive(Clone, Debug, Deserialize)]
pub struct Failure {
    /// The class.
    pub class: String,
    /// Whether the page is sure.
    pub certain: bool,
    /// What happened.
    pub what: String,
    /// What to do next.
    pub next: String,
    /// WebSocket close code, if shown.
    pub close_code: String,
    /// WebSocket close reason, if shown.
    pub close_reason: String,
}

impl<'a> Page<'a> {
    /// Opens the page and waits until it is ready to use.
    pub async fn open(browser: &'a Browser, url: &str) -> Self {
        browser
            .client()
            .goto(url)
            .await
            .expect("the page can be opened");
        let page = Self { browser };
        page.wait_for(
            "the engine runs",
            "[data-testid=console][data-engine=running]",
        )
        .await;
        page.wait_for(
            "Connect can be pressed",
            "[data-testid=connect]:not([aria-disabled=true])",
        )
        .await;
        page.wait_gone("a panel is to come", "[aria-busy=true]")
            .await;
        page
    }

    /// The page that is open already, in whatever state.
    pub fn at(browser: &'a Browser) -> Self {
        Self { browser }
    }

    // ---- Any element ---------------------------------------------------------------------------

    /// Waits until something matches a CSS selector.
    pub async fn wait_for(&self, what: &str, selector: &str) {
        self.browser
            .wait_for(
                what,
                "return document.querySelector(arguments[0]) !== null",
                vec![json!(selector)],
            )
            .await;
    }

    /// Waits until nothing matches a CSS selector.
    pub async fn wait_gone(&self, what: &str, selector: &str) {
        self.browser
            .wait_for(
                what,
                "return document.querySelector(arguments[0]) === null",
                vec![json!(selector)],
            )
            .await;
    }

    /// Whether something matches a CSS selector now.
    pub async fn has(&self, selector: &str) -> bool {
        let found = "return document.querySelector(arguments[0]) !== null";
        self.browser.run(found, vec![json!(selector)]).await == json!(true)
    }

    async fn element(&self, test_id: &str) -> Element {
        let selector = format!("[data-testid=\"{test_id}\"]");
        self.wait_for(test_id, &selector).await;
        self.browser
            .client()
            .find(Locator::Css(&selector))
            .await
            .unwrap_or_else(|error| panic!("{test_id}: {error}"))
    }

    /// Clicks, as a user would: the element must be in view and not covered. What moves away under
    /// the pointer, as a tab does when a count beside it changes, is aimed at again.
    pub async fn click(&self, test_id: &str) {
        let mut aims = 5;
        loop {
            aims -= 1;
            match self.element(test_id).await.click().await {
                Ok(()) => return,
                Err(error) if aims > 0 && error.to_string().contains("click intercepted") => {}
                Err(error) => panic!("{test_id} cannot be clicked: {error}"),
            }
        }
    }

    /// Replaces what is in a text field by typing.
    pub async fn fill(&self, test_id: &str, text: &str) {
        let element = self.element(test_id).await;
        let select_all = format!("{}a{}", char::from(Key::Control), char::from(Key::Null));
        element
            .send_keys(&select_all)
            .await
            .unwrap_or_else(|error| panic!("{test_id} takes no keys: {error}"));
        let typed = if text.is_empty() {
            char::from(Key::Delete).to_string()
        } else {
            text.into()
        };
        element
            .send_keys(&typed)
            .await
            .unwrap_or_else(|error| panic!("{test_id} takes no keys: {error}"));
    }

    /// Presses keys in an element.
    pub async fn press(&self, test_id: &str, keys: &[Key]) {
        let keys: String = keys.iter().map(|key| char::from(*key)).collect();
        self.element(test_id)
            .await
            .send_keys(&keys)
            .await
            .unwrap_or_else(|error| panic!("{test_id} takes no keys: {error}"));
    }

    /// Clicks the first element that matches a CSS selector.
    pub async fn click_first(&self, selector: &str) {
        self.wait_for(selector, selector).await;
        self.browser
            .client()
            .find(Locator::Css(selector))
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"))
            .click()
            .await
            .unwrap_or_else(|error| panic!("{selector} cannot be clicked: {error}"));
    }

    /// What stands in a field.
    pub async fn value(&self, test_id: &str) -> String {
        let value = "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`)?.value";
        text(&self.browser.run(value, vec![json!(test_id)]).await)
    }

    /// Chooses from a list by value.
    pub async fn choose(&self, test_id: &str, value: &str) {
        self.wait_for(
            value,
            &format!("[data-testid=\"{test_id}\"] option[value=\"{value}\"]"),
        )
        .await;
        self.element(test_id)
            .await
            .select_by_value(value)
            .await
            .unwrap_or_else(|error| panic!("{test_id} has no {value}: {error}"));
    }

    /// Opens what is folded away.
    pub async fn unfold(&self, test_id: &str) {
        if !self
            .has(&format!("[data-testid=\"{test_id}\"][open]"))
            .await
        {
            let summary = format!("[data-testid=\"{test_id}\"] > summary");
            self.wait_for(test_id, &summary).await;
            let element = self.browser.client().find(Locator::Css(&summary)).await;
            let clicked = match element {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            clicked.unwrap_or_else(|error| panic!("{test_id} cannot be opened: {error}"));
        }
    }

    /// The text of an element; empty if there is none.
    pub async fn text(&self, test_id: &str) -> String {
        let text_of = "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`)\
            ?.textContent ?? ''";
        text(&self.browser.run(text_of, vec![json!(test_id)]).await)
    }

    /// The number that an element carries in `data-count`, or shows.
    pub async fn count(&self, test_id: &str) -> u64 {
        let count = "const at = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
            return at ? Number(at.dataset.count ?? at.textContent) : null";
        let value = self.browser.run(count, vec![json!(test_id)]).await;
        value
            .as_u64()
            .unwrap_or_else(|| panic!("{test_id} carries no count"))
    }

    // ---- Connection ----------------------------------------------------------------------------

    /// Waits for a state of the connection.
    pub async fn wait_for_state(&self, state: &str) {
        self.wait_for(state, &format!("[data-testid=status][data-state={state}]"))
            .await;
    }

    /// Presses Connect with the simulated platform as the target.
    pub async fn connect_simulated(&self) {
        self.click("target-simulated").await;
        self.click("connect").await;
        self.wait_for_state("connected").await;
    }

    /// Types a broker's URL and presses Connect.
    pub async fn connect(&self, url: &str) {
        self.fill("url", url).await;
        self.click("connect").await;
    }

    /// Connects to a broker and waits until it is.
    pub async fn connect_to(&self, broker: &Mosquitto) {
        self.connect(&broker.url()).await;
        self.wait_for_state("connected").await;
    }

    /// Stops the wait for the next attempt, if there is one.
    pub async fn stop_waiting(&self) {
        // The wait may end between a look and a click, so both are one step; and then there is a
        // connection to end.
        self.browser
            .wait_for(
                "the page rests",
                "const at = id => document.querySelector(`[data-testid=${id}]`);
                 const state = at('status').dataset.state;
                 if (state === 'waiting') at('stop-waiting').click();
                 if (state === 'connected') at('connect').click();
                 return state === 'offline'",
                vec![],
            )
            .await;
    }

    /// Ends the connection and waits until it has ended.
    pub async fn disconnect(&self) {
        self.click("connect").await;
        self.wait_for_state("offline").await;
    }

    /// Waits until the page explains a failure of this class.
    pub async fn failure(&self, class: &str) -> Failure {
        let shown = std::cell::RefCell::default();
        let wanted = async || {
            let failure = self.failure_shown().await;
            let found = failure.clone().filter(|failure| failure.class == class);
            shown.replace(failure);
            found
        };
        match attempt(wanted).await {
            Some(failure) => failure,
            None => panic!("no failure of class {class}; shown is {:?}", shown.borrow()),
        }
    }

    /// Puts the explanation of a failure away, if there is one.
    pub async fn dismiss_failure(&self) {
        if self.has("[data-testid=failure]").await {
            self.click("failure-dismiss").await;
            self.wait_gone("the failure is put away", "[data-testid=failure]")
                .await;
        }
    }

    /// While an attempt is under way, the explanation of the one before may still be shown.
    async fn failure_shown(&self) -> Option<Failure> {
        let failure = "const at_rest = ['offline', 'waiting'];
             if (!at_rest.includes(document.querySelector('[data-testid=status]')?.dataset.state))
                return null;
             const at = document.querySelector('[data-testid=failure]');
             if (!at) return null;
             const text = id => at.querySelector(`[data-testid=${id}]`)?.textContent ?? '';
             return { class: at.dataset.class, certain: at.dataset.certain === 'true',
                what: text('failure-what'), next: text('failure-next'),
                close_code: text('failure-close-code'),
                close_reason: text('failure-close-reason') };";
        let value = self.browser.run(failure, vec![]).await;
        serde_json::from_value(value).expect("the shape that the script returns")
    }

    // ---- Devices -------------------------------------------------------------------------------

    /// Chooses from the menu of the devices.
    pub async fn menu(&self, action: &str) {
        self.click("device-menu").await;
        self.click(&format!("menu-{action}")).await;
    }

    /// Names the device in view.
    pub async fn rename_device(&self, name: &str) {
        self.menu("device-rename").await;
        self.fill("device-name", name).await;
        self.click("rename-save").await;
        self.wait_gone("the dialog", "[data-testid=rename]").await;
    }

    async fn tabs(&self, script: &str) -> Vec<String> {
        let tabs = format!(
            "return [...document.querySelectorAll('[data-testid=device-tab]')].map({script})"
        );
        serde_json::from_value(self.browser.run(&tabs, vec![]).await)
            .expect("the shape that the script returns")
    }

    /// What the tabs are called, in order.
    pub async fn device_names(&self) -> Vec<String> {
        self.tabs("tab => tab.querySelector('.device-tab-name').textContent")
            .await
    }

    /// The connections' states, in the order of the tabs.
    pub async fn device_states(&self) -> Vec<String> {
        self.tabs("tab => tab.dataset.state").await
    }

    /// The name of the device in view.
    pub async fn selected_device(&self) -> String {
        let name = "return document.querySelector(
            '[data-testid=device-tab][aria-selected=true] .device-tab-name')?.textContent";
        text(&self.browser.run(name, vec![]).await)
    }

    /// Shows a device, counting from 0.
    pub async fn show_device(&self, place: usize) {
        let tab = format!("[data-testid=device-tab]:nth-child({})", place + 1);
        self.wait_for("the tab", &tab).await;
        let found = self.browser.client().find(Locator::Css(&tab)).await;
        found
            .expect("the tab is there")
            .click()
            .await
            .expect("the tab can be clicked");
        self.wait_for("it is in view", &format!("{tab}[aria-selected=true]"))
            .await;
    }

    /// Waits until this many devices are stored, one of them with this text.
    pub async fn wait_until_stored(&self, what: &str, devices: usize) {
        self.browser
            .wait_for(
                "the devices are stored",
                "const stored = localStorage.getItem('device-console.devices') ?? '[]';
                 return stored.includes(arguments[0])
                    && JSON.parse(stored).length === arguments[1]",
                vec![json!(what), json!(devices)],
            )
            .await;
    }

    /// Gives a file to the chooser that the page opened.
    pub async fn give_file(&self, path: &std::path::Path) {
        let chooser = "input[type=file][data-testid=file]";
        self.wait_for("the chooser", chooser).await;
        // Each chooser is a new element; shown, so that the driver may hand it a file.
        self.browser
            .run(
                "document.querySelector(arguments[0]).hidden = false",
                vec![json!(chooser)],
            )
            .await;
        let found = self.browser.client().find(Locator::Css(chooser)).await;
        found
            .expect("the chooser is there")
            .send_keys(&path.to_string_lossy())
            .await
            .expect("the chooser takes a file");
    }

    /// Writes a file with so many copies of the device in view, as an export would.
    pub async fn write_devices(&self, file: &std::path::Path, name: &str, devices: usize) {
        self.rename_device(name).await;
        self.wait_until_stored(name, 1).await;
        let stored = "return JSON.parse(localStorage.getItem('device-console.devices'))[0]";
        let one = self.browser.run(stored, vec![]).await;
        let devices = vec![one; devices];
        let text = json!({ "format": "device-console", "version": 1, "devices": devices });
        std::fs::write(file, text.to_string()).expect("the scratch folder can be written to");
    }

    /// Lets the next import stand still as soon as its dialog is there, until [`Page::go_on`].
    pub async fn hold_import(&self) {
        // Each device is added in a step of its own, which waits for nothing but its turn.
        let hold = "new MutationObserver((_, observer) => {
                if (!document.querySelector('[data-testid=importing]')) return;
                observer.disconnect();
                const setTimeout = window.setTimeout;
                window.setTimeout = (step, delay, ...rest) => {
                    if (delay) return setTimeout(step, delay, ...rest);
                    window.setTimeout = setTimeout;
                    window.goOn = () => setTimeout(step, 0, ...rest);
                    return 0;
                };
            }).observe(document.body, { childList: true, subtree: true })";
        self.browser.run(hold, vec![]).await;
    }

    /// Lets the decoder stand still as soon as it shows how far it is, until [`Page::go_on`].
    pub async fn hold_decoding(&self) {
        // The engine goes on when the page has drawn what it was told.
        let hold = "const request = window.requestAnimationFrame;
            const held = [];
            window.requestAnimationFrame = (frame) => {
                if (!document.querySelector('[data-testid=decoding-cancel]')?.offsetWidth)
                    return request(frame);
                held.push(frame);
                return 0;
            };
            window.goOn = () => {
                window.requestAnimationFrame = request;
                held.forEach((frame) => request(frame));
            }";
        self.browser.run(hold, vec![]).await;
    }

    /// What stands still goes on.
    pub async fn go_on(&self) {
        self.browser
            .wait_for(
                "it stands still",
                "return typeof goOn === 'function'",
                vec![],
            )
            .await;
        self.browser.run("goOn()", vec![]).await;
    }

    /// Drags a device's tab onto another one's, both counted from 0.
    pub async fn drag_device(&self, from: usize, to: usize) {
        let middle = async |place: usize| -> (f64, f64) {
            let middle = "const box = document.querySelectorAll('[data-testid=device-tab]')\
                [arguments[0]].getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2]";
            let found = self.browser.run(middle, vec![json!(place)]).await;
            serde_json::from_value(found).expect("a place")
        };
        let (from, to) = (middle(from).await, middle(to).await);
        let mouse = async |kind: &str, (x, y): (f64, f64)| {
            let event = json!({ "type": kind, "x": x, "y": y,
                "button": "left", "buttons": 1, "clickCount": 1 });
            self.browser
                .devtools("Input.dispatchMouseEvent", event)
                .await;
        };
        let drag = async |kind: &str, (x, y): (f64, f64)| {
            let event = json!({ "type": kind, "x": x, "y": y,
                "data": { "items": [], "dragOperationsMask": 1 } });
            self.browser
                .devtools("Input.dispatchDragEvent", event)
                .await;
        };
        let intercepted = async |on: bool| {
            let enabled = json!({ "enabled": on });
            self.browser
                .devtools("Input.setInterceptDrags", enabled)
                .await;
        };
        // Without a desktop nobody carries what is dragged: the browser begins, the test goes on.
        intercepted(true).await;
        mouse("mousePressed", from).await;
        mouse("mouseMoved", (from.0 + 12.0, from.1)).await;
        for kind in ["dragEnter", "dragOver", "drop"] {
            drag(kind, to).await;
        }
        mouse("mouseReleased", to).await;
        intercepted(false).await;
    }

    // ---- Keyboard ------------------------------------------------------------------------------

    /// Types, wherever the focus is.
    pub async fn keys(&self, keys: &str) {
        let focused = self.browser.client().active_element().await;
        focused
            .expect("something has the focus")
            .send_keys(keys)
            .await
            .unwrap_or_else(|error| panic!("{keys:?} cannot be typed: {error}"));
    }

    /// Presses Tab until this has the focus.
    pub async fn tab_to(&self, test_id: &str) {
        for _ in 0..60 {
            if self.focused().await == test_id {
                return;
            }
            self.keys(&char::from(Key::Tab).to_string()).await;
        }
        panic!("Tab does not lead to {test_id}");
    }

    /// Presses a key together with Ctrl.
    pub async fn control_key(&self, key: char) {
        let control = char::from(Key::Control);
        let null = char::from(Key::Null);
        self.keys(&format!("{control}{key}{null}")).await;
    }

    /// Presses Escape.
    pub async fn escape(&self) {
        self.keys(&char::from(Key::Escape).to_string()).await;
    }

    /// Takes the focus away from everything.
    pub async fn blur(&self) {
        self.browser
            .run("document.activeElement?.blur()", vec![])
            .await;
    }

    /// The test id of what has the focus.
    pub async fn focused(&self) -> String {
        let id = "return document.activeElement?.dataset.testid ?? ''";
        text(&self.browser.run(id, vec![]).await)
    }

    /// Waits until this has the focus.
    pub async fn wait_for_focus(&self, test_id: &str) {
        self.browser
            .wait_for(
                &format!("{test_id} has the focus"),
                "return document.activeElement?.dataset.testid === arguments[0]",
                vec![json!(test_id)],
            )
            .await;
    }

    /// The test ids of the dock's tabs.
    pub async fn dock_tabs(&self) -> Vec<String> {
        let tabs = "return [...document.querySelectorAll('.dock-tabs > [role=tab]')]
            .map(tab => tab.dataset.testid)";
        serde_json::from_value(self.browser.run(tabs, vec![]).await)
            .expect("the shape that the script returns")
    }

    // ---- Composer ------------------------------------------------------------------------------

    /// Opens the composer's form for a kind of message.
    pub async fn compose(&self, kind: &str) {
        self.click("tab-compose").await;
        self.choose("compose-kind", kind).await;
        self.click("compose-form").await;
    }

    /// Publishes the draft.
    pub async fn send(&self) {
        self.wait_for(
            "the draft can be sent",
            "[data-testid=send]:not([aria-disabled=true])",
        )
        .await;
        self.click("send").await;
    }

    /// Publishes the draft, also where there are findings.
    pub async fn send_anyway(&self) {
        self.send().await;
        if self.has("[data-testid=send][data-confirm=true]").await {
            self.click("send").await;
        }
    }

    /// Publishes bytes as they are.
    pub async fn send_bytes(&self, topic: &str, hexadecimal: &str) {
        self.click("tab-compose").await;
        self.click("compose-hex").await;
        self.fill("raw-topic", topic).await;
        self.fill("hex-payload", hexadecimal).await;
        self.browser
            .wait_for(
                "the preview shows the bytes",
                "return document.querySelector('[data-testid=preview-topic]')?.textContent\
                    .includes(arguments[0])",
                vec![json!(topic)],
            )
            .await;
        self.send().await;
        if self.has("[data-testid=send][data-confirm=true]").await {
            self.click("send").await;
        }
    }

    // ---- Log and inspector ---------------------------------------------------------------------

    /// The rows of the log that are in view.
    pub async fn rows(&self) -> Vec<LogRow> {
        let rows = "return [...document.querySelectorAll('[data-testid=log-row]:not([hidden])')]
            .map(row => ({ frame: row.dataset.frame ?? '', entry: row.dataset.entry ?? '',
                packet: row.dataset.packet ?? '', direction: row.dataset.direction ?? '',
                severity: row.dataset.severity ?? '', topic: row.dataset.topic ?? '',
                summary: row.querySelector('[data-testid=log-summary]')?.textContent ?? '' }))";
        serde_json::from_value(self.browser.run(rows, vec![]).await)
            .expect("the shape that the script returns")
    }

    /// Waits for a row of the log in view.
    pub async fn row(&self, what: &str, wanted: impl Fn(&LogRow) -> bool) -> LogRow {
        eventually(what, async || self.rows().await.into_iter().find(&wanted)).await
    }

    /// Selects a row and returns the bytes that the inspector shows for it.
    pub async fn bytes_of(&self, row: &LogRow) -> Vec<u8> {
        self.select_row(row).await;
        let shown = self
            .browser
            .wait_for(
                "the inspector shows the frame",
                "const at = document.querySelector(
                    `[data-testid=inspector][data-frame=\"${arguments[0]}\"]`);
                 if (!at) return null;
                 const bytes = [...at.querySelectorAll('[data-testid=byte]')];
                 return bytes.length
                    ? bytes.map(byte => byte.textContent.trim()).join('') : null;",
                vec![json!(row.frame)],
            )
            .await;
        let digits = text(&shown);
        crate::mosquitto::from_hex(&digits).unwrap_or_else(|| panic!("not bytes: {digits}"))
    }

    /// Names of the fields of a kind in the inspector, with their first byte.
    pub async fn fields_of_kind(&self, kind: &str) -> Vec<(String, u64)> {
        let fields = "return [...document.querySelectorAll(
            `[data-testid=field][data-kind=${arguments[0]}]`)]
            .map(field => [field.dataset.name ?? '', Number(field.dataset.start ?? -1)])";
        serde_json::from_value(self.browser.run(fields, vec![json!(kind)]).await)
            .expect("the shape that the script returns")
    }

    /// Selects a row of the log, whatever the inspector then shows. Another row that comes between
    /// finding and pressing it moves it on: it is pressed until it is the one.
    pub async fn select_row(&self, row: &LogRow) {
        let selector = format!("[data-testid=log-row][data-frame=\"{}\"]", row.frame);
        let shown = format!("[data-testid=inspector][data-frame=\"{}\"]", row.frame);
        eventually("the inspector shows the frame", async || {
            self.click_on(&selector).await;
            self.has(&shown).await.then_some(())
        })
        .await;
    }

    /// Clicks a byte in the inspector: `byte` in the hexadecimal, `ascii` in the text.
    pub async fn click_byte(&self, column: &str, byte: u64) {
        self.click_on(&format!(
            "#hex [data-testid={column}][data-byte=\"{byte}\"]"
        ))
        .await;
    }

    /// Clicks a field of the inspector by its name.
    pub async fn click_field(&self, name: &str) {
        self.click_on(&format!("[data-testid=field][data-name=\"{name}\"]"))
            .await;
    }

    async fn click_on(&self, selector: &str) {
        self.wait_for(selector, selector).await;
        self.browser
            .client()
            .find(Locator::Css(selector))
            .await
            .unwrap_or_else(|error| panic!("{selector}: {error}"))
            .click()
            .await
            .unwrap_or_else(|error| panic!("{selector} cannot be clicked: {error}"));
    }

    /// Presses a key together with Shift, so many times.
    pub async fn press_shifted(&self, test_id: &str, key: &str, times: u32) {
        let pressed = "const at = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
            at.focus();
            for (let i = 0; i < arguments[2]; i++)
                at.dispatchEvent(new KeyboardEvent('keydown',
                    { key: arguments[1], shiftKey: true, bubbles: true, cancelable: true }))";
        self.browser
            .run(pressed, vec![json!(test_id), json!(key), json!(times)])
            .await;
        let settled = "return new Promise(done => requestAnimationFrame(() => done(true)))";
        self.browser.run(settled, vec![]).await;
    }

    /// What the converter shows for a type, big-endian first; nothing where it does not fit.
    pub async fn conversion(&self, name: &str) -> Vec<String> {
        let cells = "return [...document.querySelectorAll(
            `[data-testid=conversion][data-name=\"${arguments[0]}\"] [role=cell]`)]
            .map(cell => cell.textContent)";
        serde_json::from_value(self.browser.run(cells, vec![json!(name)]).await)
            .expect("the shape that the script returns")
    }

    /// The bytes that the inspector shows now.
    pub async fn inspected_bytes(&self) -> Vec<u8> {
        let shown = self
            .browser
            .wait_for(
                "the inspector shows bytes",
                "const bytes = [...document.querySelectorAll(
                    '[data-testid=inspector] [data-testid=hex] [data-testid=byte]')];
                 return bytes.length
                    ? bytes.map(byte => byte.textContent.trim()).join('') : null;",
                vec![],
            )
            .await;
        let digits = text(&shown);
        crate::mosquitto::from_hex(&digits).unwrap_or_else(|| panic!("not bytes: {digits}"))
    }

    /// Presses a key in an element.
    pub async fn press_in(&self, test_id: &str, key: &str) {
        let pressed = "const at = document.querySelector(`[data-testid=\"${arguments[0]}\"]`);
            at.focus();
            at.dispatchEvent(new KeyboardEvent('keydown',
                { key: arguments[1], bubbles: true, cancelable: true }))";
        self.browser
            .run(pressed, vec![json!(test_id), json!(key)])
            .await;
    }

    /// Waits until an element shows this text.
    pub async fn wait_for_text(&self, test_id: &str, wanted: &str) {
        self.browser
            .wait_for(
                wanted,
                "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`)\
                    ?.textContent.includes(arguments[1])",
                vec![json!(test_id), json!(wanted)],
            )
            .await;
    }

    // ---- Decoder -------------------------------------------------------------------------------

    /// Puts a text into the decoder, as pasting does.
    pub async fn paste(&self, pasted: &str) {
        self.wait_for("the paste box", "[data-testid=decode-text]")
            .await;
        let paste = "const at = document.querySelector('[data-testid=decode-text]');
            at.focus();
            at.select();
            document.execCommand('insertText', false, arguments[0]);";
        self.browser.run(paste, vec![json!(pasted)]).await;
    }

    /// Drops a file with so many PUBLISH packets on the decoder.
    pub async fn drop_messages(&self, messages: usize) {
        let drop = "const message = [0x30, 0x0c, 0, 3, 97, 47, 98,
                ...new TextEncoder().encode('1234567')];
            const bytes = new Uint8Array(arguments[0] * message.length);
            for (let at = 0; at < bytes.length; at += message.length) bytes.set(message, at);
            const data = new DataTransfer();
            data.items.add(new File([bytes], 'flood.bin'));
            document.querySelector('.decode').dispatchEvent(new DragEvent('drop',
                { dataTransfer: data, bubbles: true, cancelable: true }))";
        self.browser.run(drop, vec![json!(messages)]).await;
    }

    /// Waits until the decoder lists so many rows.
    pub async fn decoded(&self, count: usize) -> Vec<DecodedRow> {
        let rows = "const rows = [...document.querySelectorAll('[data-testid=decode-row]')];
            if (rows.length !== arguments[0]) return null;
            return rows.map(row => ({ packet: row.dataset.packet ?? '',
                direction: row.dataset.direction ?? '', fault: row.dataset.fault ?? '',
                summary: row.querySelector('.decode-summary')?.textContent ?? '' }))";
        let found = self
            .browser
            .wait_for("the decoded rows", rows, vec![json!(count)])
            .await;
        serde_json::from_value(found).expect("the shape that the script returns")
    }

    /// Selects a decoded row, and waits until the inspector shows it.
    pub async fn click_decoded(&self, index: usize) {
        let selector = format!("#decoded-{index}");
        self.wait_for("the decoded row", &selector).await;
        self.browser
            .client()
            .find(Locator::Css(&selector))
            .await
            .expect("the row is there")
            .click()
            .await
            .expect("the row can be clicked");
        self.wait_for(
            "the inspector shows it",
            &format!("[data-testid=inspector][data-frame=\"{index}\"]"),
        )
        .await;
    }

    // ---- Charts --------------------------------------------------------------------------------

    /// What the chart says where its cursor is, if it has one.
    pub async fn chart_reading(&self) -> Option<ChartReading> {
        let reading = "const time = document.querySelector('[data-testid=chart-at]');
            const values = [...document.querySelectorAll('[data-testid=chart-reading]')];
            return time && { time: time.textContent.trim(), values: values.map(
                value => value.querySelector('.charts-value').textContent) }";
        serde_json::from_value(self.browser.run(reading, vec![]).await)
            .expect("the shape that the script returns")
    }

    /// Presses a key in the chart; what it says then.
    pub async fn chart_cursor(&self, key: Key) -> Option<ChartReading> {
        self.press("chart", &[key]).await;
        self.settle().await;
        self.chart_reading().await
    }

    /// The texts of all that matches a CSS selector.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let texts = "return [...document.querySelectorAll(arguments[0])]
            .map(at => at.textContent.trim())";
        serde_json::from_value(self.browser.run(texts, vec![json!(selector)]).await)
            .expect("the shape that the script returns")
    }

    /// Waits until what was done is drawn.
    pub async fn settle(&self) {
        let settled = "return new Promise(done =>
            requestAnimationFrame(() => requestAnimationFrame(() => done(true))))";
        self.browser.run(settled, vec![]).await;
    }

    // ---- Ledger and cloud side -----------------------------------------------------------------

    /// Round trips in the ledger.
    pub async fn ledger(&self) -> Vec<LedgerRow> {
        if !self.has("[data-testid=commands]").await {
            self.click("tab-commands").await;
            self.wait_for("the ledger", "[data-testid=commands]").await;
        }
        let rows = "return [...document.querySelectorAll('[data-testid=ledger-row]')].map(row => {
            const text = id => row.querySelector(`[data-testid=${id}]`)?.textContent ?? '';
            return { id: row.dataset.id ?? '', repeats: row.dataset.repeats ?? '',
                state: row.dataset.state ?? '', initiator: row.dataset.initiator ?? '',
                kind: row.dataset.kind ?? '', correlation: row.dataset.correlation ?? '',
                outcome: text('ledger-outcome'), latency: text('ledger-latency') } })";
        serde_json::from_value(self.browser.run(rows, vec![]).await)
            .expect("the shape that the script returns")
    }

    /// Arms a fault of the simulated platform, for one message of this kind, or of any.
    pub async fn arm(&self, what: &str, kind: &str) {
        self.click("tab-faults").await;
        self.choose("fault-what", what).await;
        self.choose("fault-kind", kind).await;
        self.click("fault-arm").await;
        self.wait_for(
            "the fault is armed",
            &format!("[data-testid=fault-armed][data-what=\"{what}\"][data-kind=\"{kind}\"]"),
        )
        .await;
    }

    /// Waits for a round trip of a kind in a state.
    pub async fn round_trip(&self, kind: &str, state: &str) -> LedgerRow {
        self.click("tab-commands").await;
        eventually(
            &format!("a round trip {kind} that is {state}"),
            async || {
                let mut rows = self.ledger().await.into_iter();
                rows.find(|row| row.kind == kind && row.state == state)
            },
        )
        .await
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
