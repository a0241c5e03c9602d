//! The devices as the browser keeps them. Several tabs of one browser, and several versions of the
//! page, read and write the same text: each replaces what it changed itself, and what it does not
//! know or cannot read stays as it is.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};

use serde::Deserialize;
use serde_json::Value;

use super::workspace::Workspace;
use crate::engine::seam::MAX_DEVICES;

/// Where the browser keeps them.
pub const STORAGE_KEY: &str = "device-console.devices";
/// Where a text goes that is no list of devices, so that nothing is lost by the next one.
pub const UNREADABLE_KEY: &str = "device-console.devices.unreadable";

/// What was on the shelf.
#[derive(Debug, Default)]
pub struct Found {
    /// Every device that can be read, in order, each with an `id` of its own: one that is missing or
    /// taken is drawn. At most [`MAX_DEVICES`].
    pub devices: Vec<Workspace>,
    /// The numbers of those that have the same on the shelf.
    pub numbers: BTreeSet<u32>,
    /// Devices among them that cannot be read.
    pub unreadable: usize,
    /// The text is no list of devices at all.
    pub is_broken: bool,
}

/// What this tab last put on the shelf, or found there.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// Device numbers with their text, in order.
    last: Vec<(u32, String)>,
}

#[derive(Deserialize)]
struct Numbered {
    #[serde(default)]
    id: u32,
    #[serde(default)]
    keep_secrets: bool,
}

/// Reads what is on the shelf.
pub fn read(stored: &str, mut draw: impl FnMut() -> u32) -> Found {
    let Ok(entries) = serde_json::from_str::<Vec<Value>>(stored) else {
        return Found {
            is_broken: true,
            ..Found::default()
        };
    };
    let all = entries.len();
    let readable = entries
        .iter()
        .filter_map(|entry| serde_json::from_str::<Workspace>(&entry.to_string()).ok());
    let mut devices: Vec<Workspace> = readable.collect();
    let unreadable = all - devices.len();
    devices.truncate(MAX_DEVICES);
    let mut taken = BTreeSet::from([0]);
    let mut numbers = BTreeSet::new();
    for device in &mut devices {
        if taken.insert(device.id) {
            numbers.insert(device.id);
            continue;
        }
        while !taken.insert(device.id) {
            device.id = draw();
        }
    }
    Found {
        devices,
        numbers,
        unreadable,
        is_broken: false,
    }
}

impl Shelf {
    /// This tab's devices as they are on the shelf now: from here on, what differs was changed here.
    pub fn holds(&mut self, ours: Vec<(u32, String)>) {
        self.last = ours;
    }

    /// The devices whose secrets another tab has taken off the shelf, which this tab put there: the
    /// consent is withdrawn for both.
    pub fn withdrawn(&self, stored: &str) -> BTreeSet<u32> {
        let entries: Vec<Value> = serde_json::from_str(stored).unwrap_or_default();
        let forget = entries.iter().filter_map(|entry| {
            let known = Numbered::deserialize(entry).ok()?;
            (!known.keep_secrets).then_some(known.id)
        });
        let forget: BTreeSet<u32> = forget.collect();
        let ours = self.last.iter().filter_map(|(id, text)| {
            let known = serde_json::from_str::<Numbered>(text).ok()?;
            (known.keep_secrets && forget.contains(id)).then_some(*id)
        });
        ours.collect()
    }

    /// The text to store, given what is stored: this tab's devices where they changed since, the
    /// stored ones where not. What another tab added stays, what this tab deleted goes.
    pub fn put(&self, ours: &[(u32, String)], stored: Option<&str>) -> String {
        let entries: Vec<Value> = stored
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let mut stored = Vec::new();
        let mut place_of = BTreeMap::new();
        for entry in entries {
            let number = Numbered::deserialize(&entry).map_or(None, |known| Some(known.id));
            // One without a number of its own was given one when it was read.
            let is_free = match number {
                Some(0) => false,
                Some(id) => match place_of.entry(id) {
                    Entry::Vacant(free) => {
                        free.insert(stored.len());
                        true
                    }
                    Entry::Occupied(_) => false,
                },
                None => true,
            };
            if is_free {
                stored.push((number, entry.to_string()));
            }
        }
        let before: BTreeMap<u32, &str> = self
            .last
            .iter()
            .map(|(id, text)| (*id, text.as_str()))
            .collect();
        let now: BTreeMap<u32, &str> = ours.iter().map(|(id, text)| (*id, text.as_str())).collect();
        let entry = |id: u32, text: &str| {
            if before.get(&id) == Some(&text) {
                let (_, theirs) = stored.get(*place_of.get(&id)?)?;
                return Some(theirs.clone());
            }
            Some(text.to_owned())
        };
        let moved = !self
            .last
            .iter()
            .map(|(id, _)| id)
            .eq(ours.iter().map(|(id, _)| id));
        let mut all: Vec<String> = Vec::new();
        if moved {
            all.extend(ours.iter().filter_map(|(id, text)| entry(*id, text)));
        }
        for (number, theirs) in &stored {
            match number.and_then(|id| Some((id, now.get(&id)?))) {
                Some((id, text)) if !moved => all.extend(entry(id, text)),
                Some(_) => {}
                None if number.is_some_and(|id| before.contains_key(&id)) => {}
                None => all.push(theirs.clone()),
            }
        }
        if !moved {
            let missing = ours.iter().filter(|(id, _)| !place_of.contains_key(id));
            all.extend(missing.filter_map(|(id, text)| entry(*id, text)));
        }
        format!("[{}]", all.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::workspace::tests::catalogue;

    fn device(id: u32, name: &str) -> Workspace {
        let mut device = Workspace::fresh(&catalogue()).unwrap();
        device.id = id;
        device.profile.name = name.to_owned();
        device
    }

    fn texts(devices: &[Workspace]) -> Vec<(u32, String)> {
        let text = |device: &Workspace| (device.id, device.storable(&catalogue()));
        devices.iter().map(text).collect()
    }

    fn found(stored: &str) -> Found {
        let mut next = 100;
        read(stored, || {
            next += 1;
            next
        })
    }

    fn names(stored: &str) -> Vec<String> {
        let devices = found(stored).devices;
        devices.into_iter().map(|it| it.profile.name).collect()
    }

    /// A tab that has just been opened, with its devices.
    fn tab(stored: &str) -> (Shelf, Vec<Workspace>) {
        let devices = found(stored).devices;
        let mut shelf = Shelf::default();
        shelf.holds(texts(&devices));
        (shelf, devices)
    }

    fn first(devices: &[Workspace]) -> String {
        Shelf::default().put(&texts(devices), None)
    }

    #[test]
    fn what_two_tabs_change_is_all_kept() {
        let stored = first(&[device(1, "a"), device(2, "b"), device(3, "c")]);
        let (here, mut ours) = tab(&stored);
        let (there, mut theirs) = tab(&stored);
        theirs[1].profile.name = "changed there".to_owned();
        theirs.remove(2);
        theirs.push(device(4, "added there"));
        let stored = there.put(&texts(&theirs), Some(&stored));
        ours[0].profile.name = "changed here".to_owned();
        ours.push(device(5, "added here"));
        let stored = here.put(&texts(&ours), Some(&stored));
        let expected = ["changed here", "changed there", "added here", "added there"];
        assert_eq!(names(&stored), expected);
    }

    #[test]
    fn a_tab_that_changed_nothing_changes_nothing() {
        let stored = first(&[device(1, "a"), device(2, "b")]);
        let (here, ours) = tab(&stored);
        let (there, mut theirs) = tab(&stored);
        theirs.swap(0, 1);
        let stored = there.put(&texts(&theirs), Some(&stored));
        assert_eq!(names(&stored), ["b", "a"]);
        assert_eq!(here.put(&texts(&ours), Some(&stored)), stored);
    }

    #[test]
    fn a_device_that_was_deleted_elsewhere_comes_back_when_it_is_changed_here() {
        let stored = first(&[device(1, "a"), device(2, "b")]);
        let (here, mut ours) = tab(&stored);
        let stored = tab(&stored).0.put(&texts(&[device(2, "b")]), Some(&stored));
        assert_eq!(names(&here.put(&texts(&ours), Some(&stored))), ["b"]);
        ours[0].profile.name = "still in use".to_owned();
        let stored = here.put(&texts(&ours), Some(&stored));
        assert_eq!(names(&stored), ["b", "still in use"]);
    }

    #[test]
    fn secrets_that_another_tab_forgot_are_not_stored_again() {
        let mut kept = device(1, "a");
        kept.keep_secrets = true;
        let stored = first(&[kept, device(2, "b")]);
        let (here, _) = tab(&stored);
        let (there, mut theirs) = tab(&stored);
        assert_eq!(here.withdrawn(&stored), BTreeSet::new());
        theirs[0].keep_secrets = false;
        let stored = there.put(&texts(&theirs), Some(&stored));
        assert_eq!(here.withdrawn(&stored), BTreeSet::from([1]));
        // Who has just ticked the box in this tab means it.
        let (here, _) = tab(&stored);
        assert_eq!(here.withdrawn(&stored), BTreeSet::new());
    }

    #[test]
    fn what_cannot_be_read_stays() {
        let readable = device(1, "a").storable(&catalogue());
        let newer = r#"{"id":7,"profile":{"of":"the future"}}"#;
        let stored = format!("[{newer},{readable},17]");
        let seen = found(&stored);
        assert_eq!((seen.devices.len(), seen.unreadable), (1, 2));
        let (here, mut ours) = tab(&stored);
        ours[0].profile.name = "changed".to_owned();
        let after = here.put(&texts(&ours), Some(&stored));
        assert_eq!(names(&after), ["changed"]);
        assert!(after.contains(newer) && after.contains("17"), "{after}");
        let emptied = here.put(&[], Some(&after));
        assert_eq!(emptied, format!("[{newer},17]"));
        assert!(found("[{").is_broken);
        assert_eq!(here.put(&[], Some("[{")), "[]");
    }

    #[test]
    fn every_device_that_is_read_has_a_number_of_its_own_and_is_stored_once() {
        let devices = [device(101, "a"), device(101, "b"), device(0, "c")];
        let stored: Vec<String> = texts(&devices).into_iter().map(|(_, text)| text).collect();
        let stored = format!("[{}]", stored.join(","));
        let seen = found(&stored);
        let ids: Vec<u32> = seen.devices.iter().map(|device| device.id).collect();
        assert_eq!(ids, [101, 102, 103]);
        assert_eq!(seen.numbers, BTreeSet::from([101]));
        let mut shelf = Shelf::default();
        let ours = texts(&seen.devices);
        shelf.holds(ours.iter().take(1).cloned().collect());
        let stored = shelf.put(&ours, Some(&stored));
        assert_eq!(names(&stored), ["a", "b", "c"]);
        shelf.holds(ours.clone());
        assert_eq!(shelf.put(&ours, Some(&stored)), stored);
        let many = vec![device(0, "x"); MAX_DEVICES + 1];
        let many: Vec<String> = texts(&many).into_iter().map(|(_, text)| text).collect();
        let many = format!("[{}]", many.join(","));
        assert_eq!(found(&many).devices.len(), MAX_DEVICES);
    }
}
