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
use crate::engine::seam::{ReportState, ReportView};
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
    /// Its name while there is something to count; `None` means the plain name.
    pub counted: fn(Console) -> Option<String>,
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
/// The credential workbench.
pub const WORKBENCH: &str = "workbench";

fn plain(_: Console) -> Option<String> {
    None
}

/// Every panel of the dock, in the order of its tabs.
pub const DOCK: &[DockPanel] = &[
    DockPanel {
        key: FIRST,
        tab: "tab-compose",
        panel: "tab-compose-panel",
        name: words::COMPOSE,
        counted: plain,
        draw: || view! { <Compose /> }.into_any(),
    },
    DockPanel {
        key: COMMANDS,
        tab: "tab-commands",
        panel: "tab-commands-panel",
        name: words::COMMANDS,
        counted: |console| match console.device.ledger.with(|ledger| ledger.open) {
            0 => None,
            open => Some(console.fill(words::COMMANDS_OPEN, &[&open.to_string()])),
        },
        draw: || view! { <Commands /> }.into_any(),
    },
    DockPanel {
        key: RULES,
        tab: "tab-rules",
        panel: "tab-rules-panel",
        name: words::RULES,
        counted: |console| {
            let running = console.device.reports.with(|reports| {
                let runs = |report: &&ReportView| report.state == ReportState::Running;
                reports.iter().filter(runs).count()
            });
            match running {
                0 => None,
                running => Some(console.fill(words::RULES_RUNNING, &[&running.to_string()])),
            }
        },
        draw: || view! { <Rules /> }.into_any(),
    },
    DockPanel {
        key: CLOUD,
        tab: "tab-cloud",
        panel: "tab-cloud-panel",
        name: words::CLOUD,
        counted: plain,
        draw: || view! { <Cloud /> }.into_any(),
    },
    DockPanel {
        key: "compare",
        tab: "tab-compare",
        panel: "tab-compare-panel",
        name: words::COMPARE,
        counted: plain,
        draw: || view! { <Compare /> }.into_any(),
    },
    DockPanel {
        key: "decode",
        tab: "tab-decode",
        panel: "tab-decode-panel",
        name: words::DECODE,
        counted: plain,
        draw: || view! { <Decode /> }.into_any(),
    },
    DockPanel {
        key: FAULTS,
        tab: "tab-faults",
        panel: "tab-faults-panel",
        name: words::FAULTS,
        counted: |console| match console.device.faults.with(|faults| faults.armed.len()) {
            0 => None,
            armed => Some(console.fill(words::FAULTS_ARMED, &[&armed.to_string()])),
        },
        draw: || view! { <Faults /> }.into_any(),
    },
    DockPanel {
        key: WORKBENCH,
        tab: "tab-workbench",
        panel: "tab-workbench-panel",
        name: words::WORKBENCH,
        counted: plain,
        draw: || view! { <Workbench /> }.into_any(),
    },
    DockPanel {
        key: TOPICS,
        tab: "tab-topics",
        panel: "tab-topics-panel",
        name: words::TOPICS,
        counted: plain,
        draw: || view! { <Topics /> }.into_any(),
    },
    DockPanel {
        key: CHARTS,
        tab: "tab-charts",
        panel: "tab-charts-panel",
        name: words::CHARTS,
        counted: plain,
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
