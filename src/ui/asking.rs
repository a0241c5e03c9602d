//! Connecting from whichever button: what is missing is asked about once, and who presses again
//! means it. Looked up in the form as it stands, since the engine's remarks come a moment later.

use leptos::prelude::*;

use super::console::Console;
use super::i18n::words;
use crate::engine::seam::{Finding, Profile};

/// The profile as it stood when a button asked, until it connects.
#[derive(Clone, Copy)]
pub struct Asking(RwSignal<Option<Profile>>);

impl Default for Asking {
    fn default() -> Self {
        Self(RwSignal::new(None))
    }
}

impl Console {
    /// What the identity asks for and does not get.
    pub fn missing(self) -> Vec<Finding> {
        self.device.declaration.with(|known| {
            let fields = known.as_ref().map(|known| known.identity.as_slice());
            self.device
                .workspace
                .with(|w| w.profile.missing(fields.unwrap_or_default()))
        })
    }

    /// Whether the question is open: nothing was typed since it was asked.
    pub fn asks(self) -> bool {
        self.device.is_new()
            && self.device.asking.0.with(|asked| {
                let same =
                    |profile: &Profile| self.device.workspace.with(|w| w.profile == *profile);
                asked.as_ref().is_some_and(same)
            })
    }

    /// The open question, in words.
    pub fn question(self) -> Option<String> {
        self.asks().then(|| {
            let named: Vec<String> = self
                .missing()
                .iter()
                .map(|finding| self.tell(&finding.text))
                .collect();
            self.fill(words::CONNECT_ASK, &[&named.join(" · ")])
        })
    }

    /// Whether to go on and connect: nothing is missing, or the question was asked before. Where
    /// not, it is open from now on.
    pub fn may_connect(self) -> bool {
        let goes_on = untrack(|| self.missing().is_empty() || self.asks());
        let profile = || self.device.workspace.with_untracked(|w| w.profile.clone());
        self.device.asking.0.set((!goes_on).then(profile));
        goes_on
    }
}
