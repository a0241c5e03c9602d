//! What the page tells in passing: notices that go by themselves or are put away.

use std::time::Duration;

use leptos::prelude::*;

use super::console::Console;
use super::i18n::{Language, Phrase, words};
use crate::browser::clipboard;
use crate::engine::seam::{Notice, Severity, Text};

/// How long a piece of information stays on the screen; warnings and errors stay until dismissed.
const TOAST: Duration = Duration::from_secs(6);
/// The most toasts at once.
const TOASTS: usize = 5;

/// A notice on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast {
    /// Counts up.
    pub id: u64,
    /// What it says.
    pub notice: Notice,
}

impl Console {
    /// Shows a notice.
    pub fn notify(self, notice: Notice) {
        let id = self.toast_count.get_value();
        self.toast_count.set_value(id + 1);
        if notice.severity == Severity::Info {
            set_timeout(move || self.dismiss(id), TOAST);
        }
        self.toasts.update(|toasts| {
            // The same words again would only cover the page.
            toasts.retain(|toast| toast.notice != notice);
            toasts.push(Toast { id, notice });
            let excess = toasts.len().saturating_sub(TOASTS);
            toasts.drain(..excess);
        });
    }

    /// Takes a notice off the screen.
    pub fn dismiss(self, id: u64) {
        self.toasts
            .update(|toasts| toasts.retain(|toast| toast.id != id));
    }

    /// A warning in the page's own words.
    pub(super) fn warn(self, phrase: Phrase, values: &[&str]) {
        self.notify(notice(Severity::Warning, phrase, values));
    }

    /// A notice of a device that is out of view says which.
    pub(super) fn addressed(self, notice: Notice) -> Notice {
        if self.active.get_untracked() == self.device.id {
            return notice;
        }
        let name = untrack(|| self.title());
        Notice {
            severity: notice.severity,
            text: Text::owned(
                format!("{name}: {}", notice.text.en),
                format!("{name}：{}", notice.text.zh),
            ),
        }
    }

    /// Puts a text on the clipboard and says whether it is there.
    pub fn copy(self, text: &str) {
        clipboard::write_text(text, move |copied| {
            if copied {
                self.notify(notice(Severity::Info, words::COPIED, &[]));
            } else {
                self.warn(words::COPY_FAILED, &[]);
            }
        });
    }
}

/// A notice in the page's own words.
pub(super) fn notice(severity: Severity, phrase: Phrase, values: &[&str]) -> Notice {
    Notice {
        severity,
        text: Text::owned(
            phrase.fill(Language::English, values),
            phrase.fill(Language::Chinese, values),
        ),
    }
}
