//! Connecting from whichever button: what is missing is asked about once, and who presses again
//! means it. Looked up in the form as it stands, since the engine's remarks come a moment later.

use std::collections::BTreeSet;

use leptos::prelude::*;

use super::console::Console;
use super::i18n::words;
use super::notices::notice;
use crate::engine::seam::{Finding, Input, Place, Profile, Severity};

/// What is not said before it is due: what was typed, and which question is open.
#[derive(Clone, Copy, Default)]
pub struct Asking(RwSignal<Asked>);

#[derive(Clone, Default)]
struct Asked {
    /// The profile as it stood when a button asked, until it connects.
    profile: Option<Profile>,
    /// Fields of the identity that somebody typed in.
    touched: BTreeSet<String>,
    /// Whether a button asked for a connection: from then on nothing is left unsaid.
    by_button: bool,
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
                asked.profile.as_ref().is_some_and(same)
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
        self.device.asking.0.update(|asked| {
            asked.profile = (!goes_on).then(profile);
            asked.by_button = true;
        });
        goes_on
    }

    /// Fills in the secrets that are missing and that nobody touched: whoever takes the first steps has
    /// none, and the simulated platform takes any.
    pub fn lend_secrets(self) {
        let is_secret = |key: &str| {
            self.device.declaration.with_untracked(|known| {
                let mut fields = known.iter().flat_map(|known| &known.identity);
                fields.any(|field| field.key == key && field.input == Input::Secret)
            })
        };
        let touched = |key: &str| {
            self.device
                .asking
                .0
                .with_untracked(|it| it.touched.contains(key))
        };
        let missing = untrack(|| self.missing());
        let keys = missing.iter().filter_map(|finding| match &finding.place {
            Place::Form(key) => Some(key.to_string()),
            _ => None,
        });
        let lent: Vec<String> = keys.filter(|key| is_secret(key) && !touched(key)).collect();
        if !lent.is_empty() {
            self.device.workspace.update(|w| w.lend_secrets(&lent));
            self.notify(notice(Severity::Info, words::SECRET_LENT, &[]));
        }
    }

    /// What the plan remarks, but for what is missing where nobody typed yet: a form that is to be
    /// filled in is not at fault. The button that connects asks for all of it.
    pub fn remarks(self) -> Vec<Finding> {
        self.device.plan.with(|plan| {
            let all = plan.findings.iter();
            all.filter(|finding| self.is_due(finding))
                .cloned()
                .collect()
        })
    }

    // Apart, since a start has no remark.
    #[inline(never)]
    fn is_due(self, finding: &Finding) -> bool {
        match &finding.place {
            Place::Form(key) if finding.rule == "MissingField" => self
                .device
                .asking
                .0
                .with(|asked| asked.by_button || asked.touched.contains(key.as_ref())),
            _ => true,
        }
    }

    /// Somebody typed in a field of the identity.
    pub fn touch(self, key: &str) {
        self.device.asking.0.update(|asked| {
            asked.touched.insert(key.to_owned());
        });
    }

    /// Another platform has another form, which nobody typed in yet.
    pub(super) fn untouch(self) {
        self.device.asking.0.set(Asked::default());
    }
}
