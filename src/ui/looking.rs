//! What the user does with one device's log: filter, hold, mark, jump, topic tree, charts; and how
//! much of it is kept.

use std::sync::Arc;

use bytes::Bytes;
use leptos::prelude::*;

use super::console::Console;
use super::format::grouped;
use super::i18n::words;
use crate::browser::files;
use crate::engine::seam::{
    ChartView, ChartWindow, DeviceCommand, DeviceUpdate, ExportFormat, ExportPart, ExportRequest,
    FilterView, FrameId, Jump, Jumped, LogLimits, Notice, Severity, Text, TopicsView, TopicsWindow,
    file_name,
};
use crate::ui::i18n::Language;

/// Where the reader of a log is, for when its panel is drawn anew: the ordinal of the first row in
/// view and how far that row is scrolled out, in CSS pixels. `None` while the newest is followed.
pub type Place = Option<(i64, f64)>;

/// One device's part of it.
#[derive(Clone, Copy)]
pub struct Looking {
    /// The filter as typed.
    pub text: RwSignal<String>,
    /// What the engine makes of it.
    pub filter: RwSignal<Arc<FilterView>>,
    /// Whether the view is held.
    pub paused: RwSignal<bool>,
    /// Where the last jump led.
    pub jumped: RwSignal<Option<Jumped>>,
    jumps: StoredValue<u64>,
    /// The topic tree, while it is shown.
    pub topics: RwSignal<Arc<TopicsWindow>>,
    /// Charts and latencies, while they are shown.
    pub charts: RwSignal<Arc<ChartWindow>>,
    /// The log as a file, while it is written: rows done, rows in all.
    pub export: RwSignal<Option<(u64, u64)>>,
    /// Its number, its form and what came of it so far.
    export_parts: StoredValue<(u64, ExportFormat, Vec<Bytes>)>,
    /// Where the reader is in the log.
    pub place: StoredValue<Place>,
    number: StoredValue<u64>,
    topics_view: StoredValue<Option<TopicsView>>,
    chart_view: StoredValue<Option<ChartView>>,
}

impl Default for Looking {
    fn default() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            filter: RwSignal::default(),
            paused: RwSignal::new(false),
            jumped: RwSignal::new(None),
            jumps: StoredValue::new(0),
            topics: RwSignal::default(),
            charts: RwSignal::default(),
            export: RwSignal::new(None),
            export_parts: StoredValue::new((0, ExportFormat::default(), Vec::new())),
            place: StoredValue::new(None),
            number: StoredValue::new(0),
            topics_view: StoredValue::new(None),
            chart_view: StoredValue::new(None),
        }
    }
}

impl Looking {
    /// Takes over what an update says.
    pub(super) fn show(self, console: Console, update: &mut DeviceUpdate) {
        // An answer to what was typed before is not shown under what is typed now.
        if let Some(filter) = update.filter.take()
            && filter.number == self.number.get_value()
        {
            self.filter.set(Arc::new(filter));
        }
        if let Some(topics) = update.topics.take() {
            self.topics.set(Arc::new(topics));
        }
        if let Some(charts) = update.charts.take() {
            self.charts.set(Arc::new(charts));
        }
        if let Some(part) = update.export.take() {
            self.take_export(part);
        }
        // An answer that comes after something else was selected leads nowhere.
        let jumped = update.jumped.take();
        let jumped = jumped.filter(|(number, _)| *number == self.jumps.get_value());
        match jumped.map(|(_, jumped)| jumped) {
            None => {}
            Some(Some(jumped)) => {
                if jumped.ordinal.is_none() {
                    let number = grouped(jumped.frame.0);
                    console.notify(Notice {
                        severity: Severity::Info,
                        text: Text::owned(
                            words::LOG_HIDDEN.fill(Language::English, &[&number]),
                            words::LOG_HIDDEN.fill(Language::Chinese, &[&number]),
                        ),
                    });
                }
                console.device.selected.set(Some(jumped.frame));
                self.jumped.set(Some(jumped));
            }
            Some(None) => console.notify(Notice {
                severity: Severity::Info,
                text: Text::new(words::LOG_NOWHERE.en, words::LOG_NOWHERE.zh),
            }),
        }
    }

    /// A number for a jump; the answers to those before mean nothing any more.
    pub(super) fn next_jump(self) -> u64 {
        let number = self.jumps.get_value() + 1;
        self.jumps.set_value(number);
        number
    }

    /// Keeps a part of the file; the last one makes it whole.
    fn take_export(self, part: ExportPart) {
        let (number, format, _) = self.export_parts.get_value();
        // What comes for a file that was given up is nothing any more.
        if part.number != number || self.export.with_untracked(Option::is_none) {
            return;
        }
        let is_last = part.done >= part.total;
        self.export_parts
            .update_value(|(_, _, parts)| parts.push(part.bytes));
        if is_last {
            let parts = self
                .export_parts
                .try_update_value(|(_, _, parts)| core::mem::take(parts));
            files::download_bytes(file_name(format), &parts.unwrap_or_default());
            self.export.set(None);
        } else {
            self.export.set(Some((part.done, part.total)));
        }
    }

    /// Forgets what a new engine does not know; what was typed stays.
    pub(super) fn forget(self) {
        self.filter.set(Arc::default());
        self.paused.set(false);
        self.export.set(None);
        self.place.set_value(None);
        self.jumped.set(None);
        self.topics.set(Arc::default());
        self.charts.set(Arc::default());
    }
}

impl Console {
    /// Tells a new engine what this device's log looks like.
    pub(super) fn resume_looking(self) {
        let looking = self.device.looking;
        self.send(DeviceCommand::Limits(self.limits()));
        if !looking.text.with_untracked(String::is_empty) {
            self.send_filter(None);
        }
        self.send(DeviceCommand::Topics(looking.topics_view.get_value()));
        self.send(DeviceCommand::Charts(looking.chart_view.get_value()));
    }

    /// Writes the rows that pass the filter to a file, which the user then gets.
    pub fn export_log(self, format: ExportFormat, secrets: bool) {
        let looking = self.device.looking;
        let rows = self.device.log.with_untracked(|log| log.kept);
        looking.export.set(Some((0, rows)));
        let number = looking.export_parts.with_value(|(number, ..)| *number) + 1;
        looking.export_parts.set_value((number, format, Vec::new()));
        self.send(DeviceCommand::Export {
            number,
            request: Some(ExportRequest { format, secrets }),
        });
    }

    /// Gives up the file that is being written.
    pub fn cancel_export(self) {
        let looking = self.device.looking;
        looking.export.set(None);
        looking
            .export_parts
            .update_value(|(_, _, parts)| parts.clear());
        let number = looking.export_parts.with_value(|(number, ..)| *number);
        self.send(DeviceCommand::Export {
            number,
            request: None,
        });
    }

    /// How much of the log is to be kept.
    pub fn limits(self) -> LogLimits {
        self.settings.with_untracked(|settings| {
            LogLimits {
                rows: settings.log_rows.unwrap_or(LogLimits::default().rows),
                mebibytes: settings
                    .log_mebibytes
                    .unwrap_or(LogLimits::default().mebibytes),
            }
            .within_bounds()
        })
    }

    /// Keeps so much of the log from now on.
    pub fn set_limits(self, limits: LogLimits) {
        let limits = limits.within_bounds();
        self.settings.update(|settings| {
            settings.log_rows = Some(limits.rows);
            settings.log_mebibytes = Some(limits.mebibytes);
        });
        for device in self.devices.get_untracked() {
            self.of(device).send(DeviceCommand::Limits(limits));
        }
    }

    /// The filter was typed; `cursor` is where, for completion.
    pub fn type_filter(self, text: String, cursor: u32) {
        self.device.looking.text.set(text);
        self.send_filter(Some(cursor));
    }

    /// Shows the rows that pass this filter.
    pub fn set_filter(self, text: String) {
        self.device.looking.text.set(text);
        self.send_filter(None);
    }

    fn send_filter(self, cursor: Option<u32>) {
        let looking = self.device.looking;
        let number = looking.number.get_value() + 1;
        looking.number.set_value(number);
        self.send(DeviceCommand::Filter {
            number,
            text: looking.text.get_untracked(),
            cursor,
        });
    }

    /// Holds the view of the log, or lets it go on.
    pub fn toggle_pause(self) {
        let paused = self.device.looking.paused;
        paused.update(|paused| *paused = !*paused);
        self.send(DeviceCommand::Pause(paused.get_untracked()));
    }

    /// Marks a row, or takes its mark away.
    pub fn toggle_mark(self, frame: FrameId) {
        self.send(DeviceCommand::Mark(frame));
    }

    /// Goes somewhere in the log.
    pub fn jump(self, to: Jump) {
        let number = self.device.looking.next_jump();
        self.send(DeviceCommand::Jump { number, to });
    }

    /// Asks for a part of the topic tree, or for none.
    pub fn show_topics(self, view: Option<TopicsView>) {
        let asked = self.device.looking.topics_view;
        if asked.with_value(|asked| *asked != view) {
            asked.set_value(view.clone());
            self.send(DeviceCommand::Topics(view));
        }
    }

    /// Asks for charts, or for none.
    pub fn show_charts(self, view: Option<ChartView>) {
        let asked = self.device.looking.chart_view;
        if asked.with_value(|asked| *asked != view) {
            asked.set_value(view.clone());
            self.send(DeviceCommand::Charts(view));
        }
    }
}
