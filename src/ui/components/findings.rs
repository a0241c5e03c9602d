//! Remarks of linting: sign, words, rule and source.

use super::live::{live, part};
use leptos::prelude::*;

use crate::engine::seam::{Finding, Severity};
use crate::ui::console::use_console;
use crate::ui::i18n::{Phrase, words};

/// A severity's name in attributes.
pub const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// A severity in words.
pub const fn severity_phrase(severity: Severity) -> Phrase {
    match severity {
        Severity::Info => words::SEVERITY_INFO,
        Severity::Warning => words::SEVERITY_WARNING,
        Severity::Error => words::SEVERITY_ERROR,
    }
}

const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "i",
        Severity::Warning => "!",
        Severity::Error => "×",
    }
}

/// The sign of a severity: a shape and a character, besides the colour.
#[component]
pub fn SeverityMark(severity: Severity) -> impl IntoView {
    let console = use_console();
    view! {
        <span
            class="mark"
            role="img"
            data-severity=severity_name(severity)
            aria-label=live(move || console.say(severity_phrase(severity)))
        >
            {sign(severity)}
        </span>
    }
}

/// One remark.
#[component]
pub fn FindingItem(finding: Finding) -> impl IntoView {
    let console = use_console();
    let Finding {
        severity,
        rule,
        text,
        source,
        unconfirmed,
        ..
    } = finding;
    let stable = rule.to_string();
    let origin = move || match console.language.get().source(&source) {
        "" => rule.to_string(),
        source => format!("{rule} · {source}"),
    };
    view! {
        <li
            class="finding"
            data-testid="finding"
            data-severity=severity_name(severity)
            data-rule=stable
        >
            <SeverityMark severity=severity />
            <span class="finding-text">{live(move || console.tell(&text))}</span>
            <span class="finding-rule">
                {live(origin)}
                {unconfirmed
                    .then(|| view! { <em>" · "{live(move || console.say(words::UNCONFIRMED))}</em> })}
            </span>
        </li>
    }
}

/// Remarks, or nothing.
#[component]
pub fn FindingList(
    #[prop(into)] id: String,
    #[prop(into)] findings: Signal<Vec<Finding>>,
) -> impl IntoView {
    view! {
        <ul
            class="finding-list"
            id=id.clone()
            data-testid=id
            hidden=live(move || findings.with(Vec::is_empty))
        >
            {part(move || {
                findings
                    .get()
                    .into_iter()
                    .map(|finding| view! { <FindingItem finding=finding /> })
                    .collect_view()
            })}
        </ul>
    }
}
