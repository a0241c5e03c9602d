//! The engine as the page drives it, with a clock that only the test moves.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use bytes::Bytes;
use device_console::engine::seam::{
    self, ChartWindow, Command, ConnectionView, Counters, DeviceCommand, DeviceId, DeviceUpdate,
    Draft, ExportPart, FaultsView, FilterView, FormValues, FrameId, FrameView, Jumped, LedgerView,
    LogView, LogWindow, Notice, PageFacts, PlanView, Preview, Profile, ReportView,
    SubscriptionView, Target, TopicsWindow, WorkbenchView,
};
use device_console::engine::{Batch, Claim, Effect, Engine, LinkId, StoreKey, StoreTicket};
use device_console::platform::cloud::{CloudView, Submission};
use device_console::platform::{Declaration, DialectId};
use device_console::time::{Instant, Now, UnixMillis};
use device_console::transport::LinkEvent;

pub const DEVICE: DeviceId = DeviceId(1);

/// 2026-01-01T00:00:00Z, so that ids made from the clock look as they do in life.
const EPOCH: i64 = 1_767_225_600_000;

/// What the page knows: the last of every part that the engine told.
#[derive(Default)]
pub struct Page {
    pub catalogue: Vec<Declaration>,
    pub connection: Option<ConnectionView>,
    pub plan: Option<PlanView>,
    pub counters: Counters,
    pub log: LogWindow,
    pub filter: Option<FilterView>,
    pub jumped: Option<(u64, Option<Jumped>)>,
    pub topics: Option<TopicsWindow>,
    pub charts: Option<ChartWindow>,
    pub exported: Vec<ExportPart>,
    pub selected: Option<Box<FrameView>>,
    pub preview: Option<Box<Preview>>,
    pub ledger: LedgerView,
    pub subscriptions: Vec<SubscriptionView>,
    pub cloud: Option<CloudView>,
    pub submission: Option<Submission>,
    pub reports: Vec<ReportView>,
    pub faults: FaultsView,
    pub workbench: Option<Box<WorkbenchView>>,
    pub notices: Vec<Notice>,
}

impl Page {
    fn take(&mut self, update: DeviceUpdate) {
        fn set<T>(slot: &mut T, new: Option<T>) {
            if let Some(new) = new {
                *slot = new;
            }
        }
        self.connection = update.connection.or(self.connection.take());
        self.plan = update.plan.or(self.plan.take());
        set(&mut self.counters, update.counters);
        set(&mut self.log, update.log);
        self.filter = update.filter.or(self.filter.take());
        self.jumped = update.jumped.or(self.jumped.take());
        self.topics = update.topics.or(self.topics.take());
        self.charts = update.charts.or(self.charts.take());
        self.exported.extend(update.export);
        set(&mut self.selected, update.selected);
        self.preview = update.preview.or(self.preview.take());
        set(&mut self.ledger, update.ledger);
        set(&mut self.subscriptions, update.subscriptions);
        self.cloud = update.cloud.or(self.cloud.take());
        self.submission = update.submission.or(self.submission.take());
        set(&mut self.reports, update.reports);
        set(&mut self.faults, update.faults);
        self.workbench = update.workbench.or(self.workbench.take());
        self.notices.extend(update.notices);
    }
}

pub struct Console {
    pub engine: Engine,
    /// What the page knows of [`DEVICE`].
    pub page: Page,
    /// What it knows of other devices.
    pub others: BTreeMap<DeviceId, Page>,
    pub effects: Vec<Effect>,
    pub profile: Profile,
    pub disk: Disk,
    millis: u64,
}

/// What the browser's storage would hold, and whether it takes its time.
#[derive(Clone, Default)]
pub struct Disk {
    pub records: BTreeMap<StoreKey, BTreeMap<u64, Bytes>>,
    /// Writes are not answered before [`Console::write`].
    pub slow: bool,
    pub pending: VecDeque<(StoreTicket, StoreKey, Batch)>,
    /// The keys that this engine has.
    pub claimed: BTreeSet<StoreKey>,
    /// Another tab has whatever is asked for.
    pub held_elsewhere: bool,
}

impl Disk {
    fn apply(&mut self, key: StoreKey, batch: Batch) {
        let records = self.records.entry(key).or_default();
        if batch.clear {
            records.clear();
        }
        for number in batch.delete {
            records.remove(&number);
        }
        records.extend(batch.put);
    }
}

pub fn form(pairs: &[(&str, &str)]) -> FormValues {
    pairs
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

/// A oneM2M device `sensor-01` aimed at the simulated platform.
pub fn profile() -> Profile {
    Profile {
        name: "sensor-01".to_owned(),
        dialect: DialectId("onem2m".into()),
        target: Target::Simulated,
        identity: form(&[
            ("ae", "sensor-01"),
            ("containers", "temperature,switch"),
            ("events", "alarm"),
        ]),
        connection: seam::ConnectionSettings::default(),
        answer: seam::AnswerRule {
            automatic: true,
            kinds: Default::default(),
        },
    }
}

impl Console {
    pub fn new() -> Self {
        Self::with_profile(profile(), false)
    }

    pub fn with_profile(profile: Profile, https: bool) -> Self {
        Self::with_engine(Engine::new(Now::default()), profile, https)
    }

    /// The console around an engine of a test's own.
    pub fn with_engine(engine: Engine, profile: Profile, https: bool) -> Self {
        let mut console = Self {
            engine,
            page: Page::default(),
            others: BTreeMap::new(),
            effects: Vec::new(),
            profile: profile.clone(),
            disk: Disk::default(),
            millis: 0,
        };
        console.command(Command::Hello {
            seam: seam::SEAM_VERSION,
            page: PageFacts { https, seed: 7 },
        });
        console.device(DeviceCommand::SetProfile(Box::new(profile)));
        console.device(DeviceCommand::View(LogView {
            follow: true,
            start: 0,
            count: 100,
        }));
        console
    }

    pub fn now(&self) -> Now {
        Now {
            instant: Instant::from_millis(self.millis),
            unix: UnixMillis(EPOCH + self.millis as i64),
        }
    }

    pub fn command(&mut self, command: Command) {
        // Through the seam's own bytes, as between page and worker.
        let command = seam::decode(&seam::encode(&command)).expect("a command survives the seam");
        self.engine.handle_command(self.now(), command);
        self.settle();
    }

    pub fn device(&mut self, command: DeviceCommand) {
        self.command(Command::Device {
            device: DEVICE,
            command,
        });
    }

    pub fn send(&mut self, kind: &str, values: &[(&str, &str)]) {
        let draft = Draft::Form {
            kind: kind.to_owned(),
            values: form(values),
        };
        self.device(DeviceCommand::Send { draft });
    }

    pub fn select(&mut self, frame: FrameId) -> FrameView {
        self.device(DeviceCommand::Select(Some(frame)));
        *self.page.selected.clone().expect("the frame is shown")
    }

    pub fn link(&mut self, link: LinkId, event: LinkEvent) {
        self.engine.handle_link(self.now(), link, event);
        self.settle();
    }

    /// The storage finishes the oldest write. Returns whether there was one.
    pub fn write(&mut self) -> bool {
        let written = self.write_one();
        self.settle();
        written
    }

    fn write_one(&mut self) -> bool {
        let Some((ticket, key, batch)) = self.disk.pending.pop_front() else {
            return false;
        };
        self.disk.apply(key, batch);
        self.engine.handle_stored(self.now(), ticket, Ok(()));
        true
    }

    /// The browser says whether it has a network.
    pub fn network(&mut self, online: bool) {
        self.engine.handle_network(self.now(), online);
        self.settle();
    }

    /// Lets time pass, serving every deadline on the way.
    pub fn advance(&mut self, by: Duration) {
        let end = self.millis + by.as_millis() as u64;
        while let Some(deadline) = {
            let telling = self.engine.poll_telling();
            self.engine.poll_timeout().into_iter().chain(telling).min()
        } {
            let due = deadline.as_micros().div_ceil(1000);
            if due > end {
                break;
            }
            self.millis = self.millis.max(due);
            self.engine.handle_timeout(self.now());
            self.settle();
        }
        self.millis = end;
        self.engine.handle_timeout(self.now());
        self.settle();
    }

    /// Lets time pass as on a machine that sleeps: deadlines are served only after it.
    pub fn sleep(&mut self, by: Duration) {
        self.millis += by.as_millis() as u64;
        self.engine.handle_timeout(self.now());
        self.settle();
    }

    fn settle(&mut self) {
        while let Some(effect) = self.engine.poll_effect() {
            match effect {
                Effect::Load { ticket, key } => {
                    let records = self.disk.records.get(&key).cloned().unwrap_or_default();
                    let records = Ok(records.into_values().collect());
                    self.engine.handle_loaded(self.now(), ticket, records);
                }
                Effect::Claim {
                    ticket,
                    key,
                    take_over,
                } => {
                    let claim = if self.disk.held_elsewhere && !take_over {
                        Claim::Held
                    } else {
                        self.disk.held_elsewhere = false;
                        self.disk.claimed.insert(key.clone());
                        Claim::Granted
                    };
                    let used = self.engine.handle_claimed(self.now(), ticket, &key, claim);
                    if !used {
                        self.disk.claimed.remove(&key);
                    }
                }
                Effect::Release { key } => assert!(self.disk.claimed.remove(&key)),
                Effect::Discard { key } => {
                    assert!(!self.disk.claimed.contains(&key));
                    if !self.disk.held_elsewhere {
                        self.disk.records.remove(&key);
                    }
                }
                Effect::Store { ticket, key, batch } => {
                    assert!(self.disk.claimed.contains(&key), "only an owner writes");
                    self.disk.pending.push_back((ticket, key, batch));
                    while !self.disk.slow && self.write_one() {}
                }
                other => self.effects.push(other),
            }
        }
        while let Some(update) = self.engine.poll_update(self.now()) {
            let update: seam::Update =
                seam::decode(&seam::encode(&update)).expect("an update survives the seam");
            if let Some(hello) = update.hello {
                self.page.catalogue = hello.catalogue;
            }
            for device in update.devices {
                let page = match device.device {
                    DEVICE => &mut self.page,
                    other => self.others.entry(other).or_default(),
                };
                page.take(device);
            }
            self.engine.handle_command(
                self.now(),
                Command::Taken {
                    update: update.number,
                },
            );
        }
    }

    /// Connects to the simulated platform and waits until everything is subscribed.
    pub fn connected() -> Self {
        let mut console = Self::new();
        console.device(DeviceCommand::Connect);
        console.advance(Duration::from_secs(1));
        console
    }

    /// Asks for a connection to a broker and returns the link that the engine wants opened.
    pub fn dial(&mut self, url: &str) -> LinkId {
        self.profile.target = Target::Broker;
        self.profile.connection.url = url.to_owned();
        self.device(DeviceCommand::SetProfile(Box::new(self.profile.clone())));
        self.device(DeviceCommand::Connect);
        match self.effects.as_slice() {
            [
                ..,
                Effect::OpenLink {
                    link,
                    url: opened,
                    sub_protocol,
                },
            ] => {
                assert_eq!((opened.as_str(), sub_protocol.as_str()), (url, "mqtt"));
                *link
            }
            other => panic!("no link is to be opened: {other:?}"),
        }
    }

    /// Dials, opens the socket, and lets the server accept.
    pub fn dialled() -> (Self, LinkId) {
        let mut console = Self::new();
        let link = console.dial("ws://127.0.0.1:9001/mqtt");
        console.link(
            link,
            LinkEvent::Opened {
                protocol: "mqtt".to_owned(),
            },
        );
        console.link(
            link,
            LinkEvent::Message(Bytes::from_static(&[0x20, 0x02, 0x00, 0x00])),
        );
        (console, link)
    }

    /// Every frame that the engine sent over sockets, oldest first.
    pub fn sent(&self) -> Vec<Bytes> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Send { bytes, .. } => Some(bytes.clone()),
                _ => None,
            })
            .collect()
    }
}
