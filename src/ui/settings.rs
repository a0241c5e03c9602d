//! How the user likes the page: language, theme, layout. Remembered between visits.

use serde::{Deserialize, Serialize};

use super::i18n::Language;
use crate::engine::seam::PayloadFormat;

/// Where the browser keeps it.
pub const STORAGE_KEY: &str = "device-console.settings";

/// Light, dark, or as the system is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Theme {
    /// As the system is.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// The next one, around.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// Its name in attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A part of the page, where only one fits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum NarrowView {
    /// The device panel.
    #[default]
    Device,
    /// The log.
    Log,
    /// The inspector.
    Inspector,
    /// The dock.
    Dock,
}

impl NarrowView {
    /// Its name in attributes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Log => "log",
            Self::Inspector => "inspector",
            Self::Dock => "dock",
        }
    }
}

/// How a payload is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    /// As the platform defines it.
    Platform,
    /// As bytes of a format.
    #[serde(untagged)]
    As(PayloadFormat),
}

/// Everything remembered about the page itself. Sizes are in CSS pixels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The language chosen; `None` means the browser's.
    pub language: Option<Language>,
    /// The theme.
    pub theme: Theme,
    /// Key of the dock's open panel; empty means the first.
    pub dock_panel: String,
    /// Width of the device panel; `None` where never dragged.
    pub device_width: Option<f64>,
    /// Width of the inspector.
    pub inspector_width: Option<f64>,
    /// Width of the fields within the inspector.
    pub tree_width: Option<f64>,
    /// Height of the dock.
    pub dock_height: Option<f64>,
    /// The device in view.
    pub device: u32,
    /// The device whose log stands beside.
    pub beside: Option<u32>,
    /// Keys without Ctrl or ⌘ are switched off.
    pub no_plain_keys: bool,
    /// The first steps were done or skipped.
    pub guided: bool,
    /// The device panel is folded away.
    pub device_folded: bool,
    /// The dock is folded away.
    pub dock_folded: bool,
    /// The inspector is folded away.
    pub inspector_folded: bool,
    /// The converter of the inspector is open.
    pub converter: bool,
    /// How payloads are read, by topic, where the user chose it; the newest last.
    pub payload_formats: Vec<(String, Reading)>,
    /// The most rows that a log keeps.
    pub log_rows: Option<u32>,
    /// The most mebibytes that a log keeps.
    pub log_mebibytes: Option<u32>,
}

/// How many topics' formats are remembered.
const FORMATS: usize = 200;

impl Settings {
    /// The format chosen for a topic.
    pub fn payload_format(&self, topic: &str) -> Option<Reading> {
        let mut chosen = self.payload_formats.iter().rev();
        chosen
            .find(|(known, _)| known == topic)
            .map(|(_, format)| *format)
    }

    /// Remembers the format chosen for a topic, or that it is guessed again.
    pub fn choose_payload_format(&mut self, topic: &str, format: Option<Reading>) {
        self.payload_formats.retain(|(known, _)| known != topic);
        if let Some(format) = format {
            self.payload_formats.push((topic.to_owned(), format));
        }
        let excess = self.payload_formats.len().saturating_sub(FORMATS);
        self.payload_formats.drain(..excess);
    }

    /// What was stored; what cannot be read is forgotten.
    pub fn restore(stored: Option<&str>) -> Self {
        stored
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_storing() {
        let settings = Settings {
            language: Some(Language::Chinese),
            theme: Theme::Dark,
            device_width: Some(312.5),
            ..Settings::default()
        };
        let stored = serde_json::to_string(&settings).unwrap();
        assert_eq!(Settings::restore(Some(&stored)), settings);
    }

    #[test]
    fn older_newer_and_broken_settings_do_no_harm() {
        assert_eq!(Settings::restore(None), Settings::default());
        assert_eq!(Settings::restore(Some("{")), Settings::default());
        let partly = Settings::restore(Some(r#"{"theme":"Light","of_the_future":1}"#));
        assert_eq!(partly.theme, Theme::Light);
    }

    #[test]
    fn the_format_of_a_topic_is_remembered_within_bounds() {
        let mut settings = Settings::default();
        settings.choose_payload_format("a", Some(Reading::As(PayloadFormat::Hex)));
        settings.choose_payload_format("a", Some(Reading::Platform));
        assert_eq!(settings.payload_format("a"), Some(Reading::Platform));
        assert_eq!(settings.payload_format("b"), None);
        settings.choose_payload_format("a", None);
        assert_eq!(settings.payload_format("a"), None);
        for number in 0..FORMATS + 3 {
            settings
                .choose_payload_format(&number.to_string(), Some(Reading::As(PayloadFormat::Text)));
        }
        assert_eq!(settings.payload_formats.len(), FORMATS);
        assert_eq!(settings.payload_format("2"), None);
    }

    #[test]
    fn what_an_older_page_remembered_of_a_topic_is_read() {
        let stored = r#"{"payload_formats":[["a","Cbor"],["b","Platform"]]}"#;
        let settings = Settings::restore(Some(stored));
        let cbor = Reading::As(PayloadFormat::Cbor);
        assert_eq!(settings.payload_format("a"), Some(cbor));
        assert_eq!(settings.payload_format("b"), Some(Reading::Platform));
        let text = serde_json::to_string(&settings).unwrap();
        assert!(
            text.contains(r#"[["a","Cbor"],["b","Platform"]]"#),
            "{text}"
        );
    }

    #[test]
    fn the_theme_goes_around() {
        let mut theme = Theme::System;
        for expected in [Theme::Light, Theme::Dark, Theme::System] {
            theme = theme.next();
            assert_eq!(theme, expected);
        }
    }
}
