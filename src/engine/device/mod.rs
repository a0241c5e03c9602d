//! One device: its profile, session, link, log, ledger and answer rules, and, while that is its
//! target, the simulated platform.
//!
//! `connection` makes and ends links, `retry` says whether and when again, `durable` keeps the
//! session across reloads, `drive` moves bytes and events between link and session, `messages`
//! reads, previews and sends, `answers` answers, `reports` sends again and again, `mqtt5` is what
//! that version adds, `platform` moves to another one, `subscriptions` keeps what is wanted, `view`
//! is what the page looks at in the log, `export` writes it to a file, `pictures` feeds topic tree
//! and charts.

mod answers;
mod connection;
mod drive;
mod durable;
mod export;
mod limits;
mod messages;
mod mqtt5;
mod pictures;
mod platform;
mod reports;
mod retry;
mod subscriptions;
mod view;
mod workbench;

use std::time::Duration;

use super::failure::Closing;
use super::flows::Flows;
use super::ledger::Ledger;
use super::log::FrameLog;
use super::seam::{
    ConnectionState, ConnectionView, Counters, DeviceCommand, DeviceId, DeviceUpdate, Draft,
    FrameId, Notice, Profile, Target, WorkbenchRequest,
};
use super::template::Walks;
use super::{LinkId, Shared, plan};
use crate::mqtt::{ProtocolVersion, QoS};
use crate::platform::cloud::Submission;
use crate::platform::{ConnectPlan, Declaration, Dialect, Draw, Finding};
use crate::session::{Session, Subscription};
use crate::time::{Instant, Now};
use crate::transport::Endpoint;
use crate::transport::in_page::InPage;
use answers::Answers;
use durable::Durable;
use export::Export;
use limits::Recent;
use messages::Message;
use pictures::Pictures;
use reports::Reports;
use retry::Retry;
use view::Looking;

/// How long the ledger is left as it is told while much happens in it.
const LEDGER_PACE: Duration = Duration::from_secs(1);

/// Which parts the page has to be told again.
#[derive(Debug, Default)]
struct Dirty {
    connection: bool,
    plan: bool,
    counters: bool,
    log: bool,
    selected: bool,
    ledger: bool,
    subscriptions: bool,
    preview: bool,
    reports: bool,
    workbench: bool,
}

/// The way to the server.
enum Link {
    Closed,
    Socket {
        link: LinkId,
        open_by: Option<Instant>,
    },
    InPage,
}

pub(super) struct Device {
    id: DeviceId,
    dialect: &'static dyn Dialect,
    declaration: Declaration,
    profile: Profile,
    session: Session,
    link: Link,
    in_page: Option<InPage>,
    /// How the socket said that it was closed, until the session says what that ended.
    closing: Closing,
    /// What is being opened, or was opened last.
    endpoint: Option<Endpoint>,
    /// What the last CONNECT was made of.
    connect_plan: Option<ConnectPlan>,
    /// The sub-protocol that the server chose for the link.
    sub_protocol: Option<String>,
    retry: Retry,
    durable: Durable,
    /// The row of the packet that the session handled last.
    last_received: Option<FrameId>,
    /// A request that was answered at once and is not booked yet, with the reasons why it could not
    /// be answered: its answer leaves first.
    unbooked: Option<(Message, Vec<Finding>)>,
    version: ProtocolVersion,
    /// The first row that this platform reads.
    platform_since: FrameId,
    connection: ConnectionView,
    /// When the attempt, or the connection, began.
    began: Instant,
    log: FrameLog,
    ledger: Ledger,
    ledger_told: Instant,
    flows: Flows,
    answers: Answers,
    reports: Reports,
    /// Messages composed from a template by hand, and the walks in it.
    composed: u64,
    walks: Walks,
    counters: Counters,
    published: Recent,
    /// When CONNECT was sent last.
    connects: Recent,
    /// When what the page was told about the next CONNECT may be different.
    plan_until: Option<Instant>,
    /// Filters that the platform wants.
    automatic: Vec<(String, QoS)>,
    /// Filters that the user added.
    added: Vec<Subscription>,
    /// Numbers the device's messages: request ids come from it.
    sequence: u64,
    looking: Looking,
    pictures: Pictures,
    /// The log as a file, while it is written.
    export: Option<Export>,
    /// The draft in the composer, previewed again whenever what it would send changes.
    draft: Option<(u64, Draft)>,
    submission: Option<Submission>,
    /// What the credential workbench shows, while it is open.
    workbench: Option<(u64, Box<WorkbenchRequest>)>,
    notices: Vec<Notice>,
    dirty: Dirty,
}

impl Device {
    pub(super) fn new(
        now: Now,
        shared: &mut Shared,
        id: DeviceId,
        profile: Profile,
    ) -> Option<Self> {
        let dialect = shared.dialect(&profile.dialect)?;
        let mut device = Self {
            id,
            dialect,
            declaration: dialect.declaration(),
            session: Session::new(plan::config(
                &dialect.connect_plan(
                    &profile.identity,
                    &Draw {
                        now,
                        ..Draw::default()
                    },
                ),
                &profile.connection,
            )),
            profile,
            link: Link::Closed,
            in_page: None,
            closing: Closing::default(),
            endpoint: None,
            connect_plan: None,
            sub_protocol: None,
            retry: Retry::default(),
            durable: Durable::default(),
            last_received: None,
            unbooked: None,
            version: plan::DEFAULT_VERSION,
            platform_since: FrameId(0),
            connection: ConnectionView {
                state: ConnectionState::Offline,
                since: now.unix,
                failure: None,
                stopped: None,
                server: Vec::new(),
            },
            began: now.instant,
            log: FrameLog::default(),
            ledger: Ledger::default(),
            ledger_told: Instant::default(),
            flows: Flows::default(),
            answers: Answers::default(),
            reports: Reports::default(),
            composed: 0,
            walks: Walks::default(),
            counters: Counters::default(),
            published: Recent::default(),
            connects: Recent::default(),
            plan_until: None,
            automatic: Vec::new(),
            added: Vec::new(),
            // Seconds since 1970 go on across reloads of the page, so that an id used before one
            // is not used again after it.
            sequence: u64::try_from(now.unix.0 / 1000).unwrap_or(0),
            looking: Looking::default(),
            pictures: Pictures::default(),
            export: None,
            draft: None,
            submission: None,
            workbench: None,
            notices: Vec::new(),
            dirty: Dirty {
                connection: true,
                counters: true,
                log: true,
                ledger: true,
                ..Dirty::default()
            },
        };
        device.profile_changed(now, shared);
        Some(device)
    }

    fn draw(&self, now: Now, shared: &mut Shared) -> Draw {
        Draw {
            now,
            sequence: self.sequence,
            random: shared.random.next(),
        }
    }

    pub(super) fn set_profile(&mut self, now: Now, shared: &mut Shared, profile: Profile) {
        if profile.dialect != self.profile.dialect {
            let Some(dialect) = shared.dialect(&profile.dialect) else {
                return;
            };
            self.move_to(now, shared, dialect);
        } else if profile.identity != self.profile.identity && !self.is_linked() {
            // A device that did not exist before: the simulated platform learns of it afresh.
            self.in_page = None;
        }
        if self.makes_waiting_pointless(&profile) {
            self.stop_waiting(now);
            self.retry.accepted = false;
        }
        self.profile = profile;
        self.profile_changed(now, shared);
    }

    fn profile_changed(&mut self, now: Now, shared: &mut Shared) {
        if self.profile.target == Target::Simulated {
            self.in_page(now);
        }
        let plan = self.plan(now, shared);
        if !self.is_linked() {
            self.want_automatic(now, plan.subscriptions);
        }
        self.dirty.plan = true;
        self.dirty.selected = true;
        self.dirty.preview = true;
        self.dirty.workbench = true;
    }

    fn plan(&self, now: Now, shared: &mut Shared) -> ConnectPlan {
        plan::plan(self.dialect, &self.profile, &self.draw(now, shared))
    }

    pub(super) fn handle_command(&mut self, now: Now, shared: &mut Shared, command: DeviceCommand) {
        match command {
            // Handled by the engine, which makes devices.
            DeviceCommand::SetProfile(_) => {}
            DeviceCommand::Connect => self.connect_by_hand(now, shared),
            DeviceCommand::TakeOver => self.take_session_over(now, shared),
            DeviceCommand::Reauthenticate => self.reauthenticate(now, shared),
            DeviceCommand::Disconnect => self.disconnect(now, shared),
            DeviceCommand::Subscribe { filter, qos } => {
                self.subscribe(now, Subscription::new(filter, qos));
            }
            DeviceCommand::SubscribeWith(subscription) => self.subscribe(now, subscription),
            DeviceCommand::Unsubscribe { filter } => self.unsubscribe(now, &filter),
            DeviceCommand::Preview { number, draft } => {
                self.draft = Some((number, draft));
                self.dirty.preview = true;
            }
            DeviceCommand::Send { draft } => self.send(now, shared, draft),
            command @ (DeviceCommand::View(_)
            | DeviceCommand::Select(_)
            | DeviceCommand::ClearLog
            | DeviceCommand::Filter { .. }
            | DeviceCommand::Pause(_)
            | DeviceCommand::Mark(_)
            | DeviceCommand::Jump { .. }
            | DeviceCommand::Limits(_)
            | DeviceCommand::Export { .. }
            | DeviceCommand::Topics(_)
            | DeviceCommand::Charts(_)) => self.handle_view(command),
            DeviceCommand::Answer { request, values } => {
                self.answer_by_hand(now, shared, request, &values);
            }
            DeviceCommand::Application { kind, values } => self.apply(now, &kind, &values),
            DeviceCommand::StartReport { kind, plan } => {
                self.start_report(now, shared, kind, plan);
            }
            DeviceCommand::StopReport { kind } => self.stop_report(&kind),
            DeviceCommand::Arm(fault) => {
                if self.profile.target == Target::Simulated {
                    self.in_page(now).arm(fault);
                }
            }
            DeviceCommand::Disarm(fault) => {
                if let Some(in_page) = &mut self.in_page {
                    in_page.disarm(fault);
                }
            }
            DeviceCommand::Workbench { number, request } => {
                self.workbench = request.map(|request| (number, request));
                self.dirty.workbench = true;
            }
        }
        self.pump(now, shared);
    }

    /// The device's last words: DISCONNECT where the server expects one, then the link's end.
    pub(super) fn end(&mut self, now: Now, shared: &mut Shared) {
        self.disconnect(now, shared);
        self.close_link(now, shared);
        // Nobody is left whom the storage could answer.
        self.leave_session(shared);
    }

    /// The socket in use, if there is one.
    pub(super) fn link(&self) -> Option<LinkId> {
        match self.link {
            Link::Socket { link, .. } => Some(link),
            Link::Closed | Link::InPage => None,
        }
    }

    fn is_linked(&self) -> bool {
        !matches!(
            self.connection.state,
            ConnectionState::Offline | ConnectionState::Waiting { .. }
        )
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let open_by = match self.link {
            Link::Socket { open_by, .. } => open_by,
            _ => None,
        };
        [
            open_by,
            self.retry.at,
            self.plan_until,
            self.durable.poll_timeout(),
            self.session.poll_timeout(),
            self.ledger.poll_timeout(),
            self.answers.poll_timeout(),
            self.reports.poll_timeout(),
            self.in_page.as_ref().and_then(InPage::poll_timeout),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When there is something more to tell the page, if it listens then.
    pub(super) fn poll_telling(&self) -> Option<Instant> {
        let ledger = self.dirty.ledger.then_some(self.ledger_told + LEDGER_PACE);
        let ledger = ledger.filter(|_| self.ledger.is_busy());
        let rows = self.dirty.log.then(|| self.rows_rest_until()).flatten();
        [self.pictures.poll_timeout(), ledger, rows]
            .into_iter()
            .flatten()
            .min()
    }

    /// Puts the ledger into an update. Where more happens than a reader can follow, a few times a
    /// second: all its rows are made anew then, here and in the page.
    fn tell_ledger(&mut self, now: Now, update: &mut DeviceUpdate, dirty: bool) {
        if !dirty {
            return;
        }
        if self.ledger.is_busy() && now.instant < self.ledger_told + LEDGER_PACE {
            self.dirty.ledger = true;
            return;
        }
        self.ledger_told = now.instant;
        update.ledger = Some(self.ledger.view());
    }

    pub(super) fn handle_timeout(&mut self, now: Now, shared: &mut Shared) {
        if let Link::Socket {
            open_by: Some(deadline),
            ..
        } = self.link
            && deadline <= now.instant
        {
            self.close_link(now, shared);
            self.fail_to_open(now, shared, Closing::default());
        }
        if self.plan_until.is_some_and(|until| until <= now.instant) {
            self.plan_until = None;
            self.dirty.plan = true;
        }
        self.handle_silent_store(now, shared);
        self.retry_if_due(now, shared);
        self.session.handle_timeout(now);
        if let Some(in_page) = &mut self.in_page {
            in_page.handle_timeout(now);
        }
        self.dirty.ledger |= self.ledger.handle_timeout(now.instant);
        self.answers_due(now, shared);
        self.reports_due(now, shared);
        self.pump(now, shared);
    }

    /// What changed since the page was told last.
    pub(super) fn poll_update(&mut self, now: Now, shared: &mut Shared) -> DeviceUpdate {
        let dirty = std::mem::take(&mut self.dirty);
        let mut update = DeviceUpdate::new(self.id);
        update.connection = dirty.connection.then(|| self.connection.clone());
        if dirty.plan {
            update.plan = Some(self.plan_view(now, shared));
            self.plan_until = self.connects_change(now.instant);
        }
        if dirty.counters {
            self.counters.in_flight = u32::try_from(self.session.in_flight()).unwrap_or(u32::MAX);
            update.counters = Some(self.counters);
        }
        self.tell_view(now, &mut update, dirty.log, dirty.selected);
        update.export = self.poll_export(shared);
        self.tell_pictures(now, &mut update);
        if dirty.preview
            && let Some((number, draft)) = &self.draft
        {
            update.preview = Some(Box::new(self.preview(now, *number, draft)));
        }
        self.tell_ledger(now, &mut update, dirty.ledger);
        update.subscriptions = dirty.subscriptions.then(|| self.subscriptions());
        if self.profile.target == Target::Simulated {
            update.cloud = self.in_page.as_mut().and_then(InPage::poll_view);
            update.faults = self.in_page.as_mut().and_then(InPage::poll_faults);
        }
        update.submission = self.submission.take();
        update.reports = dirty.reports.then(|| self.reports.view());
        if dirty.workbench
            && let Some((number, request)) = &self.workbench
        {
            update.workbench = Some(Box::new(self.work_out(now, *number, request)));
        }
        update.notices = std::mem::take(&mut self.notices);
        update
    }
}
