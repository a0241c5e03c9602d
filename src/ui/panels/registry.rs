//! The dock's panels: one row each. A panel is its row here and its own file.

use leptos::prelude::*;

use super::charts::Charts;
use super::cloud::Cloud;
use super::commands::Commands;
use super::compare::Compare;
use super::compose::Compose;
use super::decode::Decode;
use super::faults::Faults;
use super::rules::Rules;
use super::topics::Topics;
use super::workbench::Workbench;
use crate::engine::seam::{Finding, ReportState, ReportView, Severity};
use crate::ui::components::Badge;
use crate::ui::console::Console;
use crate::ui::i18n::{Phrase, words};

/// A panel of the dock.
pub struct DockPanel {
    /// Names it in the settings and is the `data-testid` of what it shows.
    pub key: &'static str,
    /// `id` and `data-testid` of its tab.
    pub tab: &'static str,
    /// `id` of its tab panel.
    pub panel: &'static str,
    /// Its name.
    pub name: Phrase,
    /// What stands beside its name while there is something to count; `None` where there never is.
    pub badge: Option<fn(Console) -> Option<Badge>>,
    /// Draws it. Called when the panel is opened for the first time; what it drew then stays in
    /// the document, so that no panel loses its state.
    pub draw: fn() -> AnyView,
}

/// The panel that is open on a first visit.
pub const FIRST: &str = "compose";
/// The round trips.
pub const COMMANDS: &str = "commands";
/// Answer rules and periodic reports.
pub const RULES: &str = "rules";
/// Faults of the simulated platform.
pub const FAULTS: &str = "faults";
/// The topic tree.
pub const TOPICS: &str = "topics";
/// Numbers as pictures.
pub const CHARTS: &str = "charts";
/// The simulated platform's side.
pub const CLOUD: &str = "cloud";
/// The same reading on every platform.
pub const COMPARE: &str = "compare";
/// The credential workbench.
pub const WORKBENCH: &str = "workbench";

/// So many of what the phrase names; nothing for none.
fn counted(console: Console, count: usize, phrase: Phrase) -> Option<Badge> {
    (count > 0).then(|| Badge {
        count,
        name: console.fill(phrase, &[&count.to_string()]),
        severity: None,
    })
}

/// So many findings, as severe as the most severe.
fn found<'a>(
    console: Console,
    panel: Phrase,
    findings: impl Iterator<Item = &'a Finding>,
) -> Option<Badge> {
    let (mut count, mut severity) = (0, None);
    for finding in findings.filter(|finding| finding.severity > Severity::Info) {
        count += 1;
        severity = severity.max(Some(finding.severity));
    }
    (count > 0).then(|| Badge {
        count,
        name: console.fill(
            words::TAB_FINDINGS,
            &[console.say(panel), &count.to_string()],
        ),
        severity,
    })
}

/// Every panel of the dock, in the order of its tabs.
pub const DOCK: &[DockPanel] = &[
    DockPanel {
        key: FIRST,
        tab: "tab-compose",
        panel: "tab-compose-panel",
        name: words::COMPOSE,
        badge: Some(|console| {
            console.device.preview.with(|preview| {
                let findings = preview.as_ref().map(|preview| &preview.findings);
                found(console, words::COMPOSE, findings.into_iter().flatten())
            })
        }),
        draw: || view! { <Compose /> }.into_any(),
    },
    DockPanel {
        key: COMMANDS,
        tab: "tab-commands",
        panel: "tab-commands-panel",
        name: words::COMMANDS,
        badge: Some(|console| {
            let open = console.device.ledger.with(|ledger| ledger.open);
            counted(console, open as usize, words::COMMANDS_OPEN)
        }),
        draw: || view! { <Commands /> }.into_any(),
    },
    DockPanel {
        key: RULES,
        tab: "tab-rules",
        panel: "tab-rules-panel",
        name: words::RULES,
        badge: Some(|console| {
            let running = console.device.reports.with(|reports| {
                let runs = |report: &&ReportView| report.state == ReportState::Running;
                reports.iter().filter(runs).count()
            });
            counted(console, running, words::RULES_RUNNING)
        }),
        draw: || view! { <Rules /> }.into_any(),
    },
    DockPanel {
        key: CLOUD,
        tab: "tab-cloud",
        panel: "tab-cloud-panel",
        name: words::CLOUD,
        badge: None,
        draw: || view! { <Cloud /> }.into_any(),
    },
    DockPanel {
        key: COMPARE,
        tab: "tab-compare",
        panel: "tab-compare-panel",
        name: words::COMPARE,
        badge: None,
        draw: || view! { <Compare /> }.into_any(),
    },
    DockPanel {
        key: "decode",
        tab: "tab-decode",
        panel: "tab-decode-panel",
        name: words::DECODE,
        badge: Some(|console| {
            let problems = console.decoding_problems();
            (problems > 0).then(|| Badge {
                count: problems,
                name: console.fill(
                    words::TAB_FINDINGS,
                    &[console.say(words::DECODE), &problems.to_string()],
                ),
                severity: Some(Severity::Error),
            })
        }),
        draw: || view! { <Decode /> }.into_any(),
    },
    DockPanel {
        key: FAULTS,
        tab: "tab-faults",
        panel: "tab-faults-panel",
        name: words::FAULTS,
        badge: Some(|console| {
            let armed = console.device.faults.with(|faults| faults.armed.len());
            counted(console, armed, words::FAULTS_ARMED)
        }),
        draw: || view! { <Faults /> }.into_any(),
    },
    DockPanel {
        key: WORKBENCH,
        tab: "tab-workbench",
        panel: "tab-workbench-panel",
        name: words::WORKBENCH,
        badge: None,
        draw: || view! { <Workbench /> }.into_any(),
    },
    DockPanel {
        key: TOPICS,
        tab: "tab-topics",
        panel: "tab-topics-panel",
        name: words::TOPICS,
        badge: None,
        draw: || view! { <Topics /> }.into_any(),
    },
    DockPanel {
        key: CHARTS,
        tab: "tab-charts",
        panel: "tab-charts-panel",
        name: words::CHARTS,
        badge: None,
        draw: || view! { <Charts /> }.into_any(),
    },
];

/// The panel that settings name, or the first where they name one that is not there.
pub fn named(key: &str) -> &'static str {
    DOCK.iter()
        .map(|panel| panel.key)
        .find(|known| *known == key)
        .unwrap_or(FIRST)
}
