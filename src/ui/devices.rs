//! What can be done with whole devices: made, copied, put in order, named, shown, written to a
//! file, read from one, deleted.

use leptos::prelude::*;

use super::console::{Console, Device, Dialog, EngineState};
use super::i18n::{Language, words};
use super::notices::notice;
use super::portable;
use super::shelf::Found;
use super::workspace::Workspace;
use crate::browser::{files, random};
use crate::engine::seam::{
    Command, ConnectionState, DeviceId, LogView, MAX_DEVICES, Notice, Severity, Text,
};

/// From how many devices on a file's import is shown: fewer are there before it could be read.
const IMPORT_SHOWN: usize = 5;

/// A number that no device had before.
pub fn draw_id() -> u32 {
    // 32 of 64 random bits; 0 means none.
    (random::u64() as u32).max(1)
}

impl Console {
    /// The device of this number.
    pub fn device_of(self, id: DeviceId) -> Option<Device> {
        self.devices
            .with_untracked(|devices| devices.iter().copied().find(|device| device.id == id))
    }

    /// About the device in view.
    pub fn current(self) -> Self {
        self.device_of(self.active.get_untracked())
            .map_or(self, |device| self.of(device))
    }

    /// Puts what was stored, as the catalogue has it, in the place of blank devices; where nothing
    /// was, a fresh device.
    pub(super) fn set_up(self, mut found: Found) {
        let stored = found.devices.len();
        let mut restored = Workspace::restore(found.devices, &self.catalogue.get_untracked());
        // A device of a platform that this version does not have stays stored, under its number.
        let is_restored = |id: &u32| restored.iter().any(|device| device.id == *id);
        found.numbers.retain(is_restored);
        let gone = stored > restored.iter().filter(|device| device.id != 0).count();
        if gone {
            self.warn(words::STORAGE_UNREADABLE, &[]);
        }
        if gone
            && let [fresh] = restored.as_mut_slice()
            && fresh.id == 0
        {
            let id = DeviceId(draw_id());
            fresh.id = id.0;
            let device = self.make_device(id);
            self.devices.update(|devices| devices.push(device));
            self.of(device).follow_device();
        }
        let mut kept = Vec::new();
        for mut stored in restored {
            let known = self.device_of(DeviceId(stored.id));
            // One that was not stored, for a first visit, takes the blank one's place.
            let Some(device) =
                known.or_else(|| self.devices.with_untracked(|d| d.first().copied()))
            else {
                continue;
            };
            stored.id = device.id.0;
            device.workspace.set(stored);
            kept.push(device.id);
        }
        if !kept.contains(&self.active.get_untracked())
            && let Some(first) = kept.first()
        {
            self.active.set(*first);
        }
        self.devices
            .update(|devices| devices.retain(|device| kept.contains(&device.id)));
        self.hold_what_was_stored(&found.numbers);
    }

    /// What people call this device.
    pub fn title(self) -> String {
        let catalogue = self.catalogue.get();
        let language = self.language.get();
        self.device
            .workspace
            .with(|w| w.title(&catalogue, language))
    }

    /// What people call each device.
    fn titles(self) -> Vec<String> {
        let devices = self.devices.get_untracked();
        untrack(|| {
            devices
                .iter()
                .map(|device| self.of(*device).title())
                .collect()
        })
    }

    /// Adds a device behind the one in view and shows it.
    fn add_device(self, workspace: Workspace) {
        if let Some(id) = self.insert_device(workspace, self.active.get_untracked()) {
            self.show_device_panels(id);
        }
    }

    /// A device with nothing in it, in no list yet.
    fn make_device(self, id: DeviceId) -> Device {
        let owner = self.root.with_value(Owner::child);
        let device = owner.with(|| Device::new(id, self.catalogue));
        self.owners.update_value(|owners| {
            owners.insert(id, owner);
        });
        device
    }

    /// Adds a device behind another, out of view.
    fn insert_device(self, mut workspace: Workspace, behind: DeviceId) -> Option<DeviceId> {
        if self.devices.with_untracked(Vec::len) >= MAX_DEVICES {
            self.warn(words::DEVICES_FULL, &[&MAX_DEVICES.to_string()]);
            return None;
        }
        let id = DeviceId(draw_id());
        workspace.id = id.0;
        let device = self.make_device(id);
        device.workspace.set(workspace);
        self.devices.update(|devices| {
            let place = devices
                .iter()
                .position(|device| device.id == behind)
                .map_or(devices.len(), |place| place + 1);
            devices.insert(place, device);
        });
        let console = self.of(device);
        console.send_profile();
        console.resume_looking();
        console.follow_device();
        self.store_soon();
        Some(id)
    }

    /// A new device on the platform of the one in view, aimed at the simulated platform.
    pub fn new_device(self) {
        self.new_device_among(&self.titles());
    }

    fn new_device_among(self, titles: &[String]) {
        let catalogue = self.catalogue.get_untracked();
        let Some(mut workspace) = Workspace::fresh(&catalogue) else {
            return;
        };
        let dialect = self
            .current()
            .device
            .workspace
            .with_untracked(|w| w.profile.dialect.clone());
        if let Some(declaration) = catalogue.iter().find(|known| known.id == dialect)
            && workspace.profile.dialect != dialect
        {
            workspace.move_to(declaration);
        }
        // A device that looks like another until its identity is typed is told apart by a number.
        let language = self.language.get_untracked();
        if titles.contains(&workspace.title(&catalogue, language)) {
            let names = (2..)
                .map(|number: usize| words::DEVICE_NUMBERED.fill(language, &[&number.to_string()]));
            let mut free = names.filter(|name| !titles.contains(name));
            workspace.profile.name = free.next().unwrap_or_default();
        }
        self.add_device(workspace);
    }

    /// A copy of the device in view, everything typed included.
    pub fn duplicate_device(self) {
        let current = self.current();
        let mut workspace = current.device.workspace.get_untracked();
        let title = untrack(|| current.title());
        let name = words::COPY_OF.fill(self.language.get_untracked(), &[&title]);
        workspace.profile.name = untaken(name, &self.titles());
        // Consent to storing secrets is given for one device.
        workspace.keep_secrets = false;
        workspace.running.clear();
        self.add_device(workspace);
    }

    /// Gives a device a name; an empty one means what its identity starts with.
    pub fn rename_device(self, id: DeviceId, name: &str) {
        if let Some(device) = self.device_of(id) {
            let name: String = name.trim().chars().take(64).collect();
            device.workspace.update(|w| w.profile.name = name);
        }
    }

    /// Moves the device `id` to the place of `target` among the tabs.
    pub fn move_device(self, id: DeviceId, target: DeviceId) {
        self.devices.update(|devices| {
            let place = |id| devices.iter().position(|device| device.id == id);
            if let (Some(from), Some(to)) = (place(id), place(target)) {
                let device = devices.remove(from);
                devices.insert(to.min(devices.len()), device);
            }
        });
        self.store_soon();
    }

    /// Moves the device in view by one place; at either end it stays.
    pub fn shift_device(self, right: bool) {
        let active = self.active.get_untracked();
        if let Some(neighbour) = self.neighbour(right, false) {
            self.move_device(active, neighbour);
        }
    }

    fn neighbour(self, right: bool, around: bool) -> Option<DeviceId> {
        let active = self.active.get_untracked();
        self.devices.with_untracked(|devices| {
            let count = devices.len();
            let place = devices.iter().position(|device| device.id == active)?;
            let next = match (right, around) {
                (true, true) => (place + 1) % count,
                (false, true) => (place + count - 1) % count,
                (true, false) => place + 1,
                (false, false) => place.checked_sub(1)?,
            };
            devices.get(next).map(|device| device.id)
        })
    }

    /// Shows the next device, or the one before; around at the ends.
    pub fn next_device(self, right: bool) {
        if let Some(next) = self.neighbour(right, true) {
            self.show_device_panels(next);
        }
    }

    /// Shows a device.
    pub fn show_device_panels(self, id: DeviceId) {
        let before = self.active.get_untracked();
        if before == id || self.device_of(id).is_none() {
            return;
        }
        self.inspecting.set(None);
        if self.beside.get_untracked() == Some(id) {
            self.beside.set(None);
        }
        self.active.set(id);
        self.settings.update(|settings| {
            settings.device = id.0;
            settings.beside = self.beside.get_untracked().map(|beside| beside.0);
        });
        if let Some(device) = self.device_of(before) {
            self.of(device).rest();
        }
        // Panels of the other device are gone, and with one of them perhaps the focus.
        request_animation_frame(move || {
            let body = document()
                .active_element()
                .is_none_or(|at| at.tag_name() == "BODY");
            if body {
                super::actions::focus(&format!("#device-tab-{}", id.0));
            }
        });
    }

    /// Out of view: no rows are sent, and what arrives counts as unread.
    fn rest(self) {
        self.show_rows(LogView::default());
        let received = self.device.counters.with_untracked(|c| c.messages_down);
        self.device.seen.set(received);
    }

    /// Shows the log of the next device beside, or of none.
    pub fn toggle_beside(self) {
        let beside = match self.beside.get_untracked() {
            Some(_) => None,
            None => self.neighbour(true, true),
        };
        self.set_beside(beside.filter(|id| *id != self.active.get_untracked()));
    }

    /// Shows the log of a device beside, or of none.
    pub fn set_beside(self, id: Option<DeviceId>) {
        let before = self.beside.get_untracked();
        self.inspecting.set(None);
        self.beside.set(id);
        self.settings
            .update(|settings| settings.beside = id.map(|id| id.0));
        if let Some(device) = before
            .filter(|before| Some(*before) != id)
            .and_then(|id| self.device_of(id))
        {
            self.of(device).rest();
        }
    }

    /// Ends a device: its connection, its log, everything typed. The last one makes way for a
    /// new one.
    pub fn delete_device(self, id: DeviceId) {
        if self.devices.with_untracked(Vec::len) == 1 {
            self.new_device_among(&[]);
        } else if self.active.get_untracked() == id {
            let next = self
                .neighbour(true, false)
                .or_else(|| self.neighbour(false, false));
            if let Some(next) = next {
                self.show_device_panels(next);
            }
        }
        // A new one may not have fitted.
        if self.devices.with_untracked(Vec::len) == 1 {
            return;
        }
        if self.beside.get_untracked() == Some(id) {
            self.set_beside(None);
        }
        self.devices
            .update(|devices| devices.retain(|device| device.id != id));
        self.post(&Command::Forget { device: id });
        self.store_soon();
        // Its panels are taken away first: they still read its signals.
        set_timeout(
            move || {
                let owner = self
                    .owners
                    .try_update_value(|owners| owners.remove(&id))
                    .flatten();
                if let Some(owner) = owner {
                    owner.cleanup();
                }
            },
            core::time::Duration::from_millis(100),
        );
    }

    /// Writes devices to a file: one, or all.
    pub fn export_devices(self, id: Option<DeviceId>, secrets: bool) {
        let catalogue = self.catalogue.get_untracked();
        let devices: Vec<Workspace> = self.devices.with_untracked(|devices| {
            devices
                .iter()
                .filter(|device| id.is_none_or(|id| device.id == id))
                .map(|device| device.workspace.get_untracked())
                .collect()
        });
        files::download(
            portable::FILE_NAME,
            &portable::export(&devices, &catalogue, secrets),
        );
    }

    /// Lets the user choose a file and adds the devices in it.
    pub fn import_devices(self) {
        files::choose(portable::MAX_BYTES, move |read| match read {
            Ok(text) => self.take_file(&text),
            Err(files::FileError::TooLarge { bytes }) => {
                let error = portable::ImportError::TooLarge { bytes };
                self.report(error);
            }
            Err(files::FileError::Unreadable) => self.warn(words::IMPORT_FAILED, &[]),
        });
    }

    fn take_file(self, text: &str) {
        if self.engine.get_untracked() != EngineState::Running {
            return;
        }
        let catalogue = self.catalogue.get_untracked();
        let present = self.devices.with_untracked(Vec::len);
        match portable::import(text, &catalogue, present) {
            Ok(devices) => {
                let total = devices.len();
                let is_shown = total >= IMPORT_SHOWN;
                if is_shown {
                    self.importing.set((0, total as u64));
                    self.dialog.set(Some(Dialog::Importing));
                }
                let left = devices.into_iter();
                self.take_device(left, Vec::new(), total, is_shown);
            }
            Err(error) => self.report(error),
        }
    }

    /// Adds the next device of a file, and the others after it: each in a step of its own, so that
    /// the page goes on meanwhile. Where the dialog that shows it was closed, those that were added
    /// go again.
    fn take_device(
        self,
        mut left: std::vec::IntoIter<Workspace>,
        mut added: Vec<DeviceId>,
        total: usize,
        is_shown: bool,
    ) {
        if is_shown && self.dialog.get_untracked() != Some(Dialog::Importing) {
            for id in added {
                self.delete_device(id);
            }
            self.notify(notice(Severity::Info, words::IMPORT_GIVEN_UP, &[]));
            return;
        }
        let Some(mut workspace) = left.next() else {
            if is_shown {
                self.dialog.set(None);
            }
            if let Some(last) = added.last() {
                self.show_device_panels(*last);
            }
            let count = added.len().to_string();
            self.notify(notice(Severity::Info, words::IMPORTED, &[&count]));
            return;
        };
        let titles = self.titles();
        let language = self.language.get_untracked();
        let title = workspace.title(&self.catalogue.get_untracked(), language);
        if titles.contains(&title) {
            workspace.profile.name = untaken(title, &titles);
        }
        let behind = added.last().copied();
        let behind = behind.unwrap_or_else(|| self.active.get_untracked());
        added.extend(self.insert_device(workspace, behind));
        self.importing.set((added.len() as u64, total as u64));
        let next = move || self.take_device(left, added, total, is_shown);
        set_timeout(next, core::time::Duration::ZERO);
    }

    fn report(self, error: portable::ImportError) {
        self.notify(Notice {
            severity: Severity::Error,
            text: Text::owned(error.tell(Language::English), error.tell(Language::Chinese)),
        });
    }

    /// Closes `dialog`, if it is still the one that is open.
    pub fn close_dialog(self, dialog: Dialog) {
        if self.dialog.get_untracked() == Some(dialog) {
            self.dialog.set(None);
        }
    }
}

/// The name, or the name with the first number that makes it another than all these.
fn untaken(name: String, titles: &[String]) -> String {
    if !titles.contains(&name) {
        return name;
    }
    let numbered = (2..).map(|number: usize| format!("{name} {number}"));
    let mut free = numbered.filter(|numbered| !titles.contains(numbered));
    free.next().unwrap_or(name)
}

impl Device {
    /// Messages that came while it was out of view.
    pub fn unread(self) -> u64 {
        let received = self.counters.with(|counters| counters.messages_down);
        received.saturating_sub(self.seen.get())
    }

    /// Whether its last connection failed and it is offline since.
    pub fn has_failed(self) -> bool {
        self.connection.with(|connection| {
            connection.failure.is_some() && connection.state == ConnectionState::Offline
        })
    }
}
