//! What follows the state: engine, storage, document and clock. One effect for each place.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::prelude::*;

use super::console::{Console, Device, EngineState};
use super::i18n::{Phrase, words};
use super::panels::registry::{COMMANDS, RULES};
use super::settings::{self, Settings, Theme};
use super::shelf;
use crate::browser::clock;
use crate::browser::storage::{self, StorageError};
use crate::engine::seam::UnixMillis;

/// How often open round trips that are shown are counted up; everything else is in whole seconds.
const TICK: Duration = Duration::from_millis(250);
/// Where the engine tells something that often, in milliseconds, the clock moves with that, in the
/// frame that is drawn anyway. It waits so much longer for the next.
const NEWS_KEEP_TIME: u64 = 2_000;
const LATE_NEWS: u64 = 100;
/// How long what is typed rests before it is stored.
const STORE_AFTER: Duration = Duration::from_millis(400);

impl Console {
    /// Whether the engine is told what is typed: it runs, and the start is over.
    fn listens(self) -> bool {
        self.whole.get() && self.engine.get() == EngineState::Running
    }

    /// The engine and the storage follow what is typed.
    pub(super) fn push_profile(self) {
        let profile = Memo::new(move |_| self.device.workspace.with(|w| w.profile.clone()));
        Effect::new(move |_| {
            // Reading it, and not only tracking: a memo that nobody reads follows nothing.
            profile.with(|_| ());
            if self.listens() && self.device.is_set_up() {
                self.send_profile();
            }
        });
        Effect::new(move |_| {
            self.device.workspace.track();
            if self.whole.get() && self.device.is_set_up() {
                self.store_soon();
            }
        });
    }

    pub(super) fn store_soon(self) {
        if let Some(timer) = self.store_timer.get_value() {
            timer.clear();
        }
        let timer = set_timeout_with_handle(move || self.store(), STORE_AFTER);
        self.store_timer.set_value(timer.ok());
    }

    /// Stores at once what waits to be stored.
    pub(super) fn store_now(self) {
        if let Some(timer) = self.store_timer.get_value() {
            timer.clear();
            self.store();
        }
    }

    fn store(self) {
        self.store_timer.set_value(None);
        let stored = storage::read(shelf::STORAGE_KEY);
        let withdrawn = stored
            .as_deref()
            .map(|it| self.shelf.with_value(|known| known.withdrawn(it)));
        for device in self.devices.get_untracked() {
            if withdrawn
                .as_ref()
                .is_some_and(|ids| ids.contains(&device.id.0))
            {
                device.workspace.update(|w| w.keep_secrets = false);
            }
        }
        let ours = self.storable();
        let text = self.shelf.with_value(|it| it.put(&ours, stored.as_deref()));
        let written = storage::write(shelf::STORAGE_KEY, &text);
        if written.is_ok() {
            self.shelf.update_value(|shelf| shelf.holds(ours));
        }
        self.report_storage(written);
    }

    /// Each device's number, and its text as it is stored.
    fn storable(self) -> Vec<(u32, String)> {
        let catalogue = self.catalogue.get_untracked();
        let devices = self.devices.get_untracked();
        let text = |device: Device| device.workspace.with_untracked(|w| w.storable(&catalogue));
        devices.into_iter().map(|it| (it.id.0, text(it))).collect()
    }

    /// What was stored is on the screen now: what differs from then on was typed in this tab.
    pub(super) fn hold_what_was_stored(self, numbers: &BTreeSet<u32>) {
        if !numbers.is_empty() {
            let mut ours = self.storable();
            ours.retain(|(id, _)| numbers.contains(id));
            self.shelf.update_value(|shelf| shelf.holds(ours));
        }
    }

    /// What this version cannot read stays stored, and the user is told.
    pub(super) fn report_unreadable(self) {
        let (unreadable, is_broken) = self
            .waiting
            .with_value(|found| (found.unreadable, found.is_broken));
        if unreadable == 0 && !is_broken {
            return;
        }
        if is_broken && let Some(text) = storage::read(shelf::STORAGE_KEY) {
            self.report_storage(storage::write(shelf::UNREADABLE_KEY, &text));
        }
        self.warn(words::STORAGE_UNREADABLE, &[]);
    }

    pub(super) fn report_storage(self, result: Result<(), StorageError>) {
        if let Err(error) = result {
            self.warn(storage_failed(error), &[]);
        }
    }

    /// The document's language and theme, and the storage, follow the settings.
    pub(super) fn push_settings(self) {
        Effect::new(move |_| {
            if let Some(root) = document().document_element() {
                // Setting an attribute of the root element does not fail.
                let _ = root.set_attribute("lang", self.language.get().tag());
                let theme = self.settings.with(|settings| settings.theme);
                let _ = match theme {
                    Theme::System => root.remove_attribute("data-theme"),
                    Theme::Light | Theme::Dark => root.set_attribute("data-theme", theme.name()),
                };
            }
        });
        Effect::new(move |before: Option<Settings>| {
            let settings = self.settings.get();
            if before.is_some_and(|before| before != settings)
                && let Ok(text) = serde_json::to_string(&settings)
            {
                self.report_storage(storage::write(settings::STORAGE_KEY, &text));
            }
            settings
        });
    }

    /// The preview follows the draft, the identity and the connection.
    pub(super) fn push_preview(self) {
        let draft = Memo::new(move |_| {
            let declaration = self.device.declaration.get()?;
            self.device
                .workspace
                .with(|w| w.composer.draft(&declaration))
                .ok()
                .flatten()
        });
        let identity =
            Memo::new(move |_| self.device.workspace.with(|w| w.profile.identity.clone()));
        Effect::new(move |_| {
            if self.listens() {
                identity.with(|_| ());
                match draft.get() {
                    Some(draft) => {
                        // The preview depends on the identity, so that one goes first.
                        self.send_profile();
                        self.preview(draft);
                    }
                    None => self.device.preview.set(None),
                }
            }
        });
    }

    pub(super) fn tick(self) {
        // Runs for as long as the page does.
        let _ = set_interval_with_handle(
            move || {
                // Whole seconds are enough where nothing shows less: each tick is a frame.
                let shown = |panel: &str| {
                    self.settings.with_untracked(|settings| {
                        settings.dock_panel == panel && !settings.dock_folded
                    })
                };
                let (commands, rules) = (shown(COMMANDS), shown(RULES));
                let waiting = self.devices.with_untracked(|devices| {
                    devices.iter().any(|device| {
                        commands && device.ledger.with_untracked(|ledger| ledger.open > 0)
                            || rules
                                && device.reports.with_untracked(|reports| {
                                    reports.iter().any(|report| report.next.is_some())
                                })
                    })
                });
                let now = clock::unix_millis();
                let (told, pace) = self.told.get_value();
                let news = pace <= NEWS_KEEP_TIME + LATE_NEWS
                    && now.0.abs_diff(told.0) <= pace + LATE_NEWS;
                if waiting {
                    self.now.set(now);
                } else if !news {
                    self.keep_time(now);
                }
                // The end of a flood is no news: nothing comes any more.
                let every = self
                    .passing
                    .with_untracked(|passing| passing.map(|it| it.every));
                let ended = |every: Duration| {
                    u128::from(now.0.abs_diff(told.0)) > every.as_millis() * 3 / 2
                };
                if every.is_some_and(ended) {
                    self.passing.set(None);
                }
            },
            TICK,
        );
    }

    /// Sets the clock where its second is another now: each time is a frame.
    pub(super) fn keep_time(self, now: UnixMillis) {
        let before = self.now.get_untracked();
        if now.0.div_euclid(1000) != before.0.div_euclid(1000) {
            self.now.set(now);
        }
    }
}

const fn storage_failed(error: StorageError) -> Phrase {
    match error {
        StorageError::Unavailable => words::STORAGE_UNAVAILABLE,
        StorageError::Refused => words::STORAGE_REFUSED,
    }
}
