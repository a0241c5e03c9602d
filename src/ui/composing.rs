//! Messages from elsewhere than the composer: put into it, or sent as their forms start out.

use leptos::prelude::*;

use super::console::Console;
use super::workspace::{Mode, submittable, with_defaults};
use crate::engine::seam::{DeviceCommand, Draft};

impl Console {
    /// Puts the form of a kind of message into the composer.
    pub fn compose(self, kind: &str) {
        self.device.workspace.update(|w| {
            let dialect = w.profile.dialect.clone();
            w.composer.kinds.insert(dialect, kind.to_owned());
            w.composer.mode = Mode::Form;
        });
    }

    /// Sends a message of this kind as its form starts out.
    pub fn publish_default(self, kind: &str) {
        let Some(declaration) = self.device.declaration.get_untracked() else {
            return;
        };
        if let Some(kind) = declaration.kind(kind) {
            self.publish(Draft::Form {
                kind: kind.key.to_string(),
                values: with_defaults(&kind.fields, None),
            });
        }
    }

    /// Lets the simulated platform ask the device for the first thing it can ask for, as its form
    /// stands.
    pub fn submit_first(self) {
        let Some(declaration) = self.device.declaration.get_untracked() else {
            return;
        };
        let Some(kind) = submittable(&declaration).find(|kind| kind.answered_by.is_some()) else {
            return;
        };
        let values = with_defaults(&kind.fields, None);
        self.send(DeviceCommand::Application {
            kind: kind.key.to_string(),
            values,
        });
    }
}
