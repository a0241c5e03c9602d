//! The languages of the console, and every word of its own in both.
//!
//! A [`Phrase`] cannot be written down in one language alone, so a missing translation does not
//! compile. Words that come from a platform arrive as [`Text`], which is made the same way.

use serde::{Deserialize, Serialize};

use crate::engine::seam::{Text, source_in_chinese};

pub mod words;

/// A language of the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// The language for a browser that prefers `tag`, such as `zh-CN`.
    pub fn for_tag(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("zh") {
            Self::Chinese
        } else {
            Self::English
        }
    }

    /// The tag for the `lang` attribute.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::English => Self::Chinese,
            Self::Chinese => Self::English,
        }
    }

    /// A platform's words in this language.
    pub fn of(self, text: &Text) -> &str {
        match self {
            Self::English => &text.en,
            Self::Chinese => &text.zh,
        }
    }

    /// The source of a rule or of a field in this language.
    pub fn source(self, source: &str) -> &str {
        match self {
            Self::English => source,
            Self::Chinese => source_in_chinese(source),
        }
    }
}

/// The console's own words in both languages, perhaps with `{}` where values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese, with the English term where engineers use it.
    pub zh: &'static str,
}

impl Phrase {
    /// The words in one language.
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }

    /// The words with `values` in the places of `{}`, in order.
    pub fn fill(self, language: Language, values: &[&str]) -> String {
        let mut filled = String::new();
        let mut values = values.iter();
        let mut parts = self.in_language(language).split("{}");
        filled.push_str(parts.next().unwrap_or_default());
        for part in parts {
            filled.push_str(values.next().copied().unwrap_or_default());
            filled.push_str(part);
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_language_chooses() {
        for (tag, expected) in [
            ("zh-CN", Language::Chinese),
            ("zh", Language::Chinese),
            ("ZH_Hant", Language::Chinese),
            ("en-GB", Language::English),
            ("de", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::for_tag(tag), expected, "{tag}");
        }
    }

    #[test]
    fn values_fill_the_gaps_in_order() {
        let phrase = Phrase {
            en: "{} of {}",
            zh: "共 {} 条",
        };
        assert_eq!(phrase.fill(Language::English, &["3", "10"]), "3 of 10");
        assert_eq!(phrase.fill(Language::Chinese, &["10"]), "共 10 条");
        assert_eq!(phrase.fill(Language::English, &[]), " of ");
    }

    #[test]
    fn every_phrase_says_something_in_both_languages_with_the_same_gaps() {
        let mut names = std::collections::BTreeSet::new();
        for (name, phrase) in words::ALL {
            assert!(names.insert(name), "{name} twice");
            assert!(
                !phrase.en.trim().is_empty() && !phrase.zh.trim().is_empty(),
                "{name}"
            );
            let gaps = |text: &str| text.matches("{}").count();
            assert_eq!(gaps(phrase.en), gaps(phrase.zh), "{name}");
        }
    }

    #[test]
    fn chinese_is_chinese_except_for_terms_used_as_they_are() {
        let terms = [
            "QoS",
            "CONNECT",
            "URL",
            "RETAIN",
            "Hex",
            "JSON",
            "RTT",
            "MQTT 5.0",
            "Device Console",
        ];
        let speaks = |text: &str| text.chars().any(char::is_alphabetic);
        for (name, phrase) in words::ALL.iter().filter(|(_, phrase)| speaks(phrase.en)) {
            let chinese = phrase
                .zh
                .chars()
                .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            let term = terms.contains(&phrase.zh) && phrase.en == phrase.zh;
            // Gaps, signs and digits read the same everywhere.
            let wordless = !phrase.zh.chars().any(char::is_alphabetic);
            assert!(
                chinese || term || wordless || ["OTHER_LANGUAGE", "LANGUAGE"].contains(name),
                "{name}: {}",
                phrase.zh
            );
        }
    }
}
