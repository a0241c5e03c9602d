//! The page's state and everything that it can do: signals over the engine's updates, and actions
//! that become the engine's commands. Made once, at the root, which is never disposed of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use leptos::prelude::*;

use super::asking::Asking;
use super::decoding::Decoding;
use super::i18n::{Language, Phrase, words};
use super::looking::Looking;
use super::notices::Toast;
use super::settings::{self, NarrowView, Settings};
use super::shelf::{self, Found, Shelf};
use super::workspace::{self, Mode, Workspace};
use crate::browser::worker::{EngineWorker, WorkerEvent};
use crate::browser::{clock, network, parts, random, storage};
use crate::engine::seam::{
    self, AnswerRule, CloudView, Command, CompareRequest, Comparison, ConnectionSettings,
    ConnectionState, ConnectionView, Counters, Declaration, DeviceCommand, DeviceId, DeviceUpdate,
    DialectId, Draft, FaultsView, FormValues, FrameId, FrameView, Hello, LedgerView, LogView,
    LogWindow, MessageFault, PageFacts, Passing, PayloadFormat, PlanView, Preview, Profile,
    Publication, Rendered, ReportPlan, ReportView, SEAM_VERSION, Submission, Subscription,
    SubscriptionView, Target, Text, UnixMillis, Variable, WorkbenchRequest, WorkbenchView,
};

/// What became of the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineState {
    /// Loading.
    Starting,
    /// It said hello.
    Running,
    /// It stopped, with this text.
    Failed(Text),
}

/// One device, as the engine last described it and as the user typed it.
#[derive(Clone, Copy)]
pub struct Device {
    /// Its name across the seam.
    pub id: DeviceId,
    /// What the user typed. Empty until the engine told which platforms there are.
    pub workspace: RwSignal<Workspace>,
    /// The connection.
    pub connection: RwSignal<ConnectionView>,
    /// What will go into CONNECT.
    pub plan: RwSignal<Arc<PlanView>>,
    /// Totals.
    pub counters: RwSignal<Counters>,
    /// The rows in view.
    pub log: RwSignal<Arc<LogWindow>>,
    /// The row asked for.
    pub selected: RwSignal<Option<FrameId>>,
    /// The frame that came for it.
    pub frame: RwSignal<Option<Arc<FrameView>>>,
    /// What the draft would send.
    pub preview: RwSignal<Option<Arc<Preview>>>,
    /// Round trips.
    pub ledger: RwSignal<Arc<LedgerView>>,
    /// Subscriptions.
    pub subscriptions: RwSignal<Arc<Vec<SubscriptionView>>>,
    /// The simulated platform.
    pub cloud: RwSignal<Option<Arc<CloudView>>>,
    /// What came of the last thing that the application side asked for.
    pub submission: RwSignal<Option<Arc<Submission>>>,
    /// Periodic reports that were started.
    pub reports: RwSignal<Arc<Vec<ReportView>>>,
    /// Faults of the simulated platform.
    pub faults: RwSignal<Arc<FaultsView>>,
    /// The credentials being worked out.
    pub workbench: RwSignal<Option<WorkbenchView>>,
    /// The platform's declaration.
    pub declaration: Memo<Option<Arc<Declaration>>>,
    /// What the composer's form would send, from its last preview.
    pub form_message: RwSignal<Option<Publication>>,
    /// Messages received by the time it was last in view.
    pub seen: RwSignal<u64>,
    /// Whether a button asked for what is missing, and what of it is said.
    pub asking: Asking,
    /// What the user does with its log.
    pub looking: Looking,
    pub(super) view: StoredValue<LogView>,
    drafts: StoredValue<u64>,
}

/// The page's state. Copies are handles on the same, but for `device`: the panels of a device get
/// one of their own.
#[derive(Clone, Copy)]
pub struct Console {
    worker: StoredValue<Option<EngineWorker>, LocalStorage>,
    pub(super) store_timer: StoredValue<Option<TimeoutHandle>>,
    pub(super) toast_count: StoredValue<u64>,
    /// What was stored, until the engine tells which platforms there are.
    pub(super) waiting: StoredValue<Found>,
    pub(super) shelf: StoredValue<Shelf>,
    /// Owns what owns the devices, which outlive every panel.
    pub(super) root: StoredValue<Owner>,
    /// Owns each device's signals and effects.
    pub(super) owners: StoredValue<BTreeMap<DeviceId, Owner>>,
    /// Every device, in the order of the tabs. Never empty.
    pub devices: RwSignal<Vec<Device>>,
    /// The device in view.
    pub active: RwSignal<DeviceId>,
    /// The device whose log stands beside.
    pub beside: RwSignal<Option<DeviceId>>,
    /// The device of the two in view whose log was used last: the inspector shows its frame.
    /// `None` means the one with the panels.
    pub inspecting: RwSignal<Option<DeviceId>>,
    /// What lies above the page.
    pub dialog: RwSignal<Option<Dialog>>,
    pub(super) computations: StoredValue<u64>,
    comparisons: StoredValue<u64>,
    /// Connect was pressed before the whole program was there, which does it then.
    pub early: RwSignal<bool>,
    /// Whether the whole program is there, and not only what its start needs.
    pub whole: RwSignal<bool>,
    /// What became of the worker.
    pub engine: RwSignal<EngineState>,
    /// Every platform offered.
    pub catalogue: RwSignal<Arc<Vec<Declaration>>>,
    /// The variables of templates.
    pub variables: RwSignal<Arc<Vec<Variable>>>,
    /// How the user likes the page.
    pub settings: RwSignal<Settings>,
    /// The language in use.
    pub language: Memo<Language>,
    /// The part of the page that shows where only one fits.
    pub narrow: RwSignal<NarrowView>,
    /// How far the reader's time zone is ahead of UTC, when the page was loaded.
    pub utc_offset_minutes: i32,
    /// Wall clock, in whole seconds where nothing shows less, and four times a second there.
    pub now: RwSignal<UnixMillis>,
    /// When the engine last told something, and how many milliseconds after what it told before.
    pub(super) told: StoredValue<(UnixMillis, u64)>,
    /// How many devices of how many in a file were added so far.
    pub importing: RwSignal<(u64, u64)>,
    /// Pasted bytes.
    pub decoding: Decoding,
    /// The payload that the inspector asked to be shown in one way, with the number of the question.
    pub rendered: RwSignal<Option<(u64, Arc<Rendered>)>>,
    /// The same reading on every platform.
    pub comparison: RwSignal<Option<Arc<Comparison>>>,
    /// The size of the engine's memory in bytes; 0 before the engine said.
    pub engine_memory: RwSignal<u64>,
    /// More messages come than the page draws as they come.
    pub passing: RwSignal<Option<Passing>>,
    /// Notices on the screen, oldest first.
    pub toasts: RwSignal<Vec<Toast>>,
    /// The device that this handle is about. Above the panels of a device, see
    /// [`Console::current`].
    pub device: Device,
}

/// What lies above the page, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Every command, by name.
    Palette,
    /// Every key.
    Shortcuts,
    /// A device's name.
    Rename(DeviceId),
    /// Whether a device is to go.
    Delete(DeviceId),
    /// What goes into a file: one device, or all.
    Export(Option<DeviceId>),
    /// How far the import of a file is.
    Importing,
}

/// The console: at the root, and for each device's panels one about that device.
pub fn use_console() -> Console {
    expect_context::<Console>()
}

impl Console {
    /// Makes the state, starts the engine, and keeps what is typed stored.
    pub fn start() -> Self {
        let catalogue = RwSignal::new(Arc::new(Vec::new()));
        let settings = RwSignal::new(Settings::restore(
            storage::read(settings::STORAGE_KEY).as_deref(),
        ));
        let browser_language =
            Language::for_tag(&window().navigator().language().unwrap_or_default());
        let language = Memo::new(move |_| {
            settings
                .with(|settings| settings.language)
                .unwrap_or(browser_language)
        });
        let stored = storage::read(shelf::STORAGE_KEY);
        let waiting = stored.map(|stored| shelf::read(&stored, super::devices::draw_id));
        let waiting = waiting.unwrap_or_default();
        let first_visit = waiting.devices.is_empty();
        let root = Owner::current().unwrap_or_default();
        let mut owners = BTreeMap::new();
        let mut owned = |id: DeviceId| {
            let owner = root.child();
            let device = owner.with(|| Device::new(id, catalogue));
            owners.insert(id, owner);
            device
        };
        let mut devices: Vec<Device> = waiting
            .devices
            .iter()
            .map(|stored| owned(DeviceId(stored.id)))
            .collect();
        let wanted = settings.with_untracked(|settings| settings.device);
        let known = |id: u32| devices.iter().copied().find(|device| device.id.0 == id);
        let beside = settings
            .with_untracked(|settings| settings.beside)
            .and_then(known);
        let device = known(wanted)
            .or_else(|| devices.first().copied())
            .unwrap_or_else(|| {
                let device = owned(DeviceId(super::devices::draw_id()));
                devices.push(device);
                device
            });
        let console = Self {
            worker: StoredValue::new_local(None),
            store_timer: StoredValue::new(None),
            toast_count: StoredValue::new(0),
            waiting: StoredValue::new(waiting),
            shelf: StoredValue::new(Shelf::default()),
            root: StoredValue::new(root),
            owners: StoredValue::new(owners),
            active: RwSignal::new(device.id),
            beside: RwSignal::new(
                beside
                    .map(|beside| beside.id)
                    .filter(|beside| *beside != device.id),
            ),
            inspecting: RwSignal::new(None),
            devices: RwSignal::new(devices),
            dialog: RwSignal::new(None),
            computations: StoredValue::new(0),
            comparisons: StoredValue::new(0),
            early: RwSignal::new(false),
            whole: RwSignal::new(false),
            engine: RwSignal::new(EngineState::Starting),
            catalogue,
            variables: RwSignal::new(Arc::default()),
            settings,
            language,
            narrow: RwSignal::new(NarrowView::default()),
            utc_offset_minutes: clock::utc_offset_minutes(),
            now: RwSignal::new(clock::unix_millis()),
            told: StoredValue::new((UnixMillis(0), 0)),
            importing: RwSignal::new((0, 0)),
            decoding: Decoding::new(),
            rendered: RwSignal::new(None),
            comparison: RwSignal::new(None),
            engine_memory: RwSignal::new(0),
            passing: RwSignal::new(None),
            toasts: RwSignal::new(Vec::new()),
            device,
        };
        console.report_unreadable();
        if first_visit {
            // What the engine would say first, known beforehand: nobody waits for it.
            console
                .catalogue
                .set(Arc::new(vec![seam::first_platform()]));
            console.set_up(Found::default());
        } else {
            settings.update(|settings| settings.guided = true);
        }
        console.start_engine();
        parts::when_whole(move || console.go_on());
        network::watch(move |online| console.post(&Command::Network { online }));
        for device in console.devices.get_untracked() {
            console.of(device).follow_device();
        }
        console.push_settings();
        console.push_decoding();
        // For as long as the page lives: what was typed last waits to be stored.
        let closing = window_event_listener(leptos::ev::pagehide, move |_| console.store_now());
        core::mem::forget(closing);
        console.tick();
        console
    }

    /// The same about another device.
    pub fn of(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// The effects that follow one device, owned by it.
    pub(super) fn follow_device(self) {
        let id = self.device.id;
        if let Some(owner) = self.owners.with_value(|owners| owners.get(&id).cloned()) {
            owner.with(|| {
                self.push_profile();
                self.push_preview();
            });
        }
    }

    // --- Words

    /// The console's own words, in the language in use.
    pub fn say(self, phrase: Phrase) -> &'static str {
        phrase.in_language(self.language.get())
    }

    /// The same with values in it.
    pub fn fill(self, phrase: Phrase, values: &[&str]) -> String {
        phrase.fill(self.language.get(), values)
    }

    /// A platform's words, in the language in use.
    pub fn tell(self, text: &Text) -> String {
        self.language.get().of(text).to_owned()
    }

    // --- Actions

    /// A button that connects was pressed.
    pub fn press_connect(self) {
        if self.whole.get_untracked() {
            self.connect_or_ask();
        } else {
            self.early.set(true);
        }
    }

    /// What is missing is asked for first. Apart from the start.
    #[inline(never)]
    fn connect_or_ask(self) {
        if !untrack(|| self.device.is_new()) || self.may_connect() {
            self.toggle_connection();
        }
    }

    /// Connects, gives up connecting, or disconnects: whatever the button says.
    fn toggle_connection(self) {
        match self
            .device
            .connection
            .with_untracked(|connection| connection.state)
        {
            ConnectionState::Offline | ConnectionState::Waiting { .. } => self.connect(),
            ConnectionState::Closing => {}
            ConnectionState::Opening
            | ConnectionState::Handshake
            | ConnectionState::Connected { .. } => self.disconnect(),
        }
    }

    /// Ends the connection, or the wait for one.
    pub fn disconnect(self) {
        self.send(DeviceCommand::Disconnect);
    }

    /// Connects with the profile as it stands.
    pub fn connect(self) {
        self.send_profile();
        self.send(DeviceCommand::Connect);
    }

    /// The same, and takes the stored session from another device or tab that uses it.
    pub fn take_over(self) {
        self.send_profile();
        self.send(DeviceCommand::TakeOver);
    }

    /// Proves the password again.
    pub fn reauthenticate(self) {
        self.send(DeviceCommand::Reauthenticate);
    }

    /// Subscribes beyond what the platform wants.
    pub fn subscribe(self, subscription: Subscription) {
        self.send(DeviceCommand::SubscribeWith(subscription));
    }

    /// Takes a subscription back.
    pub fn unsubscribe(self, filter: String) {
        self.send(DeviceCommand::Unsubscribe { filter });
    }

    /// Publishes the draft, then asks what the next one would be.
    pub fn publish(self, draft: Draft) {
        self.send_profile();
        self.send(DeviceCommand::Send {
            draft: draft.clone(),
        });
        self.preview(draft);
    }

    /// Asks the engine for rows, unless it sends those already.
    pub fn show_rows(self, view: LogView) {
        if self.device.view.get_value() != view {
            self.device.view.set_value(view);
            self.send(DeviceCommand::View(view));
        }
    }

    /// Shows a row in the inspector, or none.
    pub fn select(self, frame: Option<FrameId>) {
        self.decoding.inspected.set(false);
        let beside = self.device.id != self.active.get_untracked();
        self.inspecting.set(beside.then_some(self.device.id));
        // What a jump would select is not wanted any more.
        self.device.looking.next_jump();
        if self.device.selected.get_untracked() != frame {
            self.device.selected.set(frame);
            if frame.is_none() {
                self.device.frame.set(None);
            }
            self.send(DeviceCommand::Select(frame));
        }
    }

    /// Shows a row in the inspector, and goes there where only one part of the page fits.
    pub fn inspect(self, frame: FrameId) {
        self.select(Some(frame));
        self.settings
            .update(|settings| settings.inspector_folded = false);
        self.narrow.set(NarrowView::Inspector);
    }

    /// Asks for the same reading on every platform: [`Console::comparison`].
    pub fn compare(self, readings: Vec<(String, String)>) {
        let number = self.comparisons.get_value() + 1;
        self.comparisons.set_value(number);
        self.post(&Command::Compare(Box::new(CompareRequest {
            number,
            readings,
            identities: self.identities(),
        })));
    }

    /// Every identity form that the user filled in, by platform.
    pub(super) fn identities(self) -> BTreeMap<DialectId, FormValues> {
        self.device.workspace.with_untracked(|workspace| {
            let mut identities = workspace.identities.clone();
            let profile = &workspace.profile;
            identities.insert(profile.dialect.clone(), profile.identity.clone());
            identities
        })
    }

    /// Asks for a payload in one way: [`Console::rendered`].
    pub fn render(self, number: u64, format: PayloadFormat, payload: Bytes) {
        self.post(&Command::Render {
            number,
            format,
            payload,
        });
    }

    /// Forgets all rows.
    pub fn clear_log(self) {
        self.select(None);
        self.send(DeviceCommand::ClearLog);
    }

    /// Answers a request by hand.
    pub fn answer(self, request: FrameId, values: FormValues) {
        self.send(DeviceCommand::Answer { request, values });
    }

    /// Lets the application side of the simulated platform ask for something.
    pub fn submit(self, kind: String, values: FormValues) {
        self.device.submission.set(None);
        self.send(DeviceCommand::Application { kind, values });
    }

    /// Opens a panel of the dock, by its key in `panels::registry`, and shows the dock.
    pub fn open_panel(self, key: &str) {
        self.settings.update(|settings| {
            settings.dock_panel = key.to_owned();
            settings.dock_folded = false;
        });
        self.narrow.set(NarrowView::Dock);
    }

    /// Sends a report of this kind again and again.
    pub fn start_report(self, kind: String, plan: ReportPlan) {
        self.send_profile();
        self.send(DeviceCommand::StartReport { kind, plan });
    }

    /// Stops the report of this kind.
    pub fn stop_report(self, kind: String) {
        self.send(DeviceCommand::StopReport { kind });
    }

    /// Arms a fault of the simulated platform.
    pub fn arm(self, fault: MessageFault) {
        self.send(DeviceCommand::Arm(fault));
    }

    /// Takes back one armed fault, or all of them.
    pub fn disarm(self, fault: Option<u64>) {
        self.send(DeviceCommand::Disarm(fault));
    }

    /// Has credentials worked out, from now on and whenever they change; `None` closes the
    /// workbench.
    pub fn work_out(self, request: Option<WorkbenchRequest>) {
        let number = self.computations.get_value() + 1;
        self.computations.set_value(number);
        if request.is_none() {
            self.device.workbench.set(None);
        }
        self.send(DeviceCommand::Workbench {
            number,
            request: request.map(Box::new),
        });
    }

    /// Chooses the next theme.
    pub fn next_theme(self) {
        self.settings
            .update(|settings| settings.theme = settings.theme.next());
    }

    /// Chooses the other language.
    pub fn next_language(self) {
        let other = self.language.get_untracked().other();
        self.settings
            .update(|settings| settings.language = Some(other));
    }

    /// Chooses a platform.
    pub fn choose_platform(self, dialect: &str) {
        let catalogue = self.catalogue.get_untracked();
        if let Some(declaration) = catalogue.iter().find(|known| known.id.0 == dialect) {
            self.device.submission.set(None);
            self.untouch();
            self.device
                .workspace
                .update(|workspace| workspace.move_to(declaration));
        }
    }

    /// Chooses where to connect.
    pub fn choose_target(self, target: Target) {
        if self.device.workspace.with_untracked(|w| w.profile.target) != target {
            self.device
                .workspace
                .update(|workspace| workspace.aim(target));
        }
    }

    /// Ends the engine and starts another one. What was typed stays.
    pub fn restart(self) {
        self.worker.set_value(None);
        if self.decoding.progress.with_untracked(Option::is_some) {
            self.give_up_decoding();
        }
        self.engine.set(EngineState::Starting);
        for device in self.devices.get_untracked() {
            device.forget();
        }
        self.start_engine();
        self.listen();
    }

    // --- The engine

    fn start_engine(self) {
        match EngineWorker::start(move |event| self.handle(event)) {
            Ok(worker) => {
                let page = PageFacts {
                    https: window()
                        .location()
                        .protocol()
                        .is_ok_and(|scheme| scheme == "https:"),
                    seed: random::u64(),
                };
                worker.send(&Command::Hello {
                    seam: SEAM_VERSION,
                    page,
                });
                self.worker.set_value(Some(worker));
            }
            Err(text) => self.engine.set(EngineState::Failed(text)),
        }
    }

    pub(super) fn post(self, command: &Command) {
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.send(command);
            }
        });
    }

    pub(super) fn send(self, command: DeviceCommand) {
        self.post(&Command::Device {
            device: self.device.id,
            command,
        });
    }

    pub(super) fn send_profile(self) {
        if self.engine.get_untracked() == EngineState::Running || self.device.is_set_up() {
            let profile = self.device.workspace.with_untracked(|w| w.profile.clone());
            self.send(DeviceCommand::SetProfile(Box::new(profile)));
        }
    }

    fn handle(self, event: WorkerEvent) {
        match event {
            WorkerEvent::Update(update) => self.show(*update),
            // The first text is the cause; what a dying worker says after it is not.
            WorkerEvent::Failed(text) => {
                if !matches!(self.engine.get_untracked(), EngineState::Failed(_)) {
                    self.engine.set(EngineState::Failed(text));
                    for device in self.devices.get_untracked() {
                        device.connection.set(offline());
                    }
                }
            }
        }
    }

    /// Takes an update over; the engine sends the next one when this one is on the screen.
    fn show(self, mut update: seam::Update) {
        let number = update.number;
        let now = clock::unix_millis();
        let (before, _) = self.told.get_value();
        self.told.set_value((now, now.0.abs_diff(before.0)));
        self.keep_time(now);
        if self.engine_memory.get_untracked() != update.memory_bytes {
            self.engine_memory.set(update.memory_bytes);
        }
        if self.passing.get_untracked() != update.passing {
            self.passing.set(update.passing);
        }
        self.decoding.show(&mut update);
        if let Some((number, rendered)) = update.rendered.take() {
            self.rendered.set(Some((number, Arc::new(*rendered))));
        }
        if let Some(comparison) = update.comparison.take()
            && comparison.number == self.comparisons.get_value()
        {
            self.comparison.set(Some(Arc::new(*comparison)));
        }
        if let Some(hello) = update.hello {
            self.welcome(hello);
        }
        for device in update.devices {
            if let Some(known) = self.device_of(device.device) {
                self.of(known).show_device(device);
            }
        }
        // Once it is on the screen.
        request_animation_frame(move || self.post(&Command::Taken { update: number }));
    }

    /// The whole program is there: all that the start did without.
    fn go_on(self) {
        self.whole.set(true);
        self.listen();
        if self.early.get_untracked() {
            self.early.set(false);
            self.current().press_connect();
        }
    }

    /// Hears what the engine says, and said before.
    fn listen(self) {
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.listen();
            }
        });
    }

    fn welcome(self, hello: Hello) {
        if hello.seam != SEAM_VERSION {
            let versions = [SEAM_VERSION.to_string(), hello.seam.to_string()];
            let versions = versions.each_ref().map(String::as_str);
            let say = |language| words::ENGINE_OTHER_BUILD.fill(language, &versions);
            let text = Text::owned(say(Language::English), say(Language::Chinese));
            self.engine.set(EngineState::Failed(text));
            return;
        }
        self.catalogue.set(Arc::new(hello.catalogue));
        self.variables.set(Arc::new(hello.variables));
        self.engine.set(EngineState::Running);
        if !self.device.is_set_up() {
            let waiting = self.waiting.try_update_value(core::mem::take);
            self.set_up(waiting.unwrap_or_default());
        }
        self.introduce_devices();
        // A new engine knows nothing of what was pasted.
        if self.decoding.decoded.with_untracked(Option::is_some) {
            self.decode();
        }
    }

    /// A device is made by its profile; what comes before that is lost on the engine.
    fn introduce_devices(self) {
        for device in self.devices.get_untracked() {
            let console = self.of(device);
            console.send_profile();
            console.send(DeviceCommand::View(device.view.get_value()));
            console.resume_looking();
        }
    }

    // Apart, since a start has no news of a device.
    #[inline(never)]
    fn show_device(self, mut update: DeviceUpdate) {
        let device = self.device;
        device.looking.show(self, &mut update);
        if let Some(connection) = update.connection {
            device.connection.set(connection);
        }
        if let Some(plan) = update.plan {
            device.plan.set(Arc::new(plan));
        }
        if let Some(counters) = update.counters {
            device.counters.set(counters);
        }
        if let Some(log) = update.log {
            device.log.set(Arc::new(log));
        }
        if let Some(frame) = update.selected {
            device.show_frame(frame.map(|frame| Arc::new(*frame)));
        }
        // A late answer to an older draft is not shown for the newer one.
        if let Some(preview) = update.preview
            && preview.draft == device.drafts.get_value()
        {
            if device
                .workspace
                .with_untracked(|w| w.composer.mode == Mode::Form)
            {
                device.form_message.set(preview.publication.clone());
            }
            device.preview.set(Some(Arc::new(*preview)));
        }
        if let Some(ledger) = update.ledger {
            device.ledger.set(Arc::new(ledger));
        }
        if let Some(subscriptions) = update.subscriptions {
            device.subscriptions.set(Arc::new(subscriptions));
        }
        if let Some(cloud) = update.cloud {
            device.cloud.set(Some(Arc::new(cloud)));
        }
        if let Some(submission) = update.submission {
            device.submission.set(Some(Arc::new(submission)));
        }
        if let Some(reports) = update.reports {
            let running = device
                .workspace
                .with_untracked(|w| Some(w.running_after(&reports)).filter(|it| *it != w.running));
            if let Some(running) = running {
                device.workspace.update(|w| w.running = running);
            }
            device.reports.set(Arc::new(reports));
        }
        if let Some(faults) = update.faults {
            device.faults.set(Arc::new(faults));
        }
        if let Some(workbench) = update.workbench
            && workbench.number == self.computations.get_value()
        {
            device.workbench.set(Some(*workbench));
        }
        for notice in update.notices {
            self.notify(self.addressed(notice));
        }
    }

    pub(super) fn preview(self, draft: Draft) {
        let number = self.device.drafts.get_value() + 1;
        self.device.drafts.set_value(number);
        self.send(DeviceCommand::Preview { number, draft });
    }
}

impl Device {
    pub(super) fn new(id: DeviceId, catalogue: RwSignal<Arc<Vec<Declaration>>>) -> Self {
        let workspace = RwSignal::new(blank(id));
        let dialect = Memo::new(move |_| workspace.with(|w| w.profile.dialect.clone()));
        let declaration = Memo::new(move |_| {
            dialect.with(|dialect| {
                catalogue.with(|catalogue| {
                    workspace::find(catalogue, dialect).map(|found| Arc::new(found.clone()))
                })
            })
        });
        Self {
            id,
            workspace,
            connection: RwSignal::new(offline()),
            plan: RwSignal::new(Arc::default()),
            counters: RwSignal::new(Counters::default()),
            log: RwSignal::new(Arc::default()),
            selected: RwSignal::new(None),
            frame: RwSignal::new(None),
            preview: RwSignal::new(None),
            ledger: RwSignal::new(Arc::default()),
            subscriptions: RwSignal::new(Arc::default()),
            cloud: RwSignal::new(None),
            submission: RwSignal::new(None),
            reports: RwSignal::new(Arc::default()),
            faults: RwSignal::new(Arc::default()),
            workbench: RwSignal::new(None),
            declaration,
            form_message: RwSignal::new(None),
            seen: RwSignal::new(0),
            asking: Asking::default(),
            looking: Looking::default(),
            view: StoredValue::new(LogView::default()),
            drafts: StoredValue::new(0),
        }
    }

    /// Whether the workspace is the user's, and not the blank from before the engine's hello.
    pub(super) fn is_set_up(self) -> bool {
        self.workspace
            .with_untracked(|w| !w.profile.dialect.0.is_empty())
    }

    /// The connection's state.
    pub fn state(self) -> ConnectionState {
        self.connection.with(|connection| connection.state)
    }

    /// Whether connecting would begin anew: there is no connection, and none is being made.
    pub fn is_new(self) -> bool {
        matches!(
            self.state(),
            ConnectionState::Offline | ConnectionState::Waiting { .. }
        )
    }

    /// Whether messages can be sent now.
    pub fn is_connected(self) -> bool {
        matches!(self.state(), ConnectionState::Connected { .. })
    }

    fn show_frame(self, frame: Option<Arc<FrameView>>) {
        // What was asked for before the last click is not shown under the new selection.
        let wanted = self.selected.get_untracked();
        match &frame {
            Some(shown) if Some(shown.row.id) != wanted => {}
            _ => self.frame.set(frame),
        }
    }

    /// Forgets everything that a new engine does not know.
    fn forget(self) {
        self.connection.set(offline());
        self.plan.set(Arc::default());
        self.counters.set(Counters::default());
        self.seen.set(0);
        self.log.set(Arc::default());
        self.selected.set(None);
        self.frame.set(None);
        self.preview.set(None);
        self.ledger.set(Arc::default());
        self.subscriptions.set(Arc::default());
        self.cloud.set(None);
        self.submission.set(None);
        self.reports.set(Arc::default());
        self.faults.set(Arc::default());
        self.workbench.set(None);
        self.looking.forget();
    }
}

fn offline() -> ConnectionView {
    ConnectionView {
        state: ConnectionState::Offline,
        since: clock::unix_millis(),
        failure: None,
        stopped: None,
        server: Vec::new(),
    }
}

fn blank(id: DeviceId) -> Workspace {
    Workspace {
        id: id.0,
        keep_secrets: false,
        profile: Profile {
            name: String::new(),
            dialect: DialectId("".into()),
            target: Target::Simulated,
            identity: FormValues::new(),
            connection: ConnectionSettings::default(),
            answer: AnswerRule::default(),
        },
        identities: BTreeMap::new(),
        answers: BTreeMap::new(),
        reports: BTreeMap::new(),
        running: BTreeSet::new(),
        composer: workspace::Composer::default(),
        cloud: workspace::Composer::default(),
        library: super::library::Library::default(),
    }
}
