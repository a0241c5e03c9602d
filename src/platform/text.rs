//! Words for people, in both languages of the console.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The same words in English and in Simplified Chinese.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: Cow<'static, str>,
    /// Simplified Chinese, with the English term where engineers use it.
    pub zh: Cow<'static, str>,
}

impl Text {
    /// Words known at compile time.
    pub const fn new(en: &'static str, zh: &'static str) -> Self {
        Self {
            en: Cow::Borrowed(en),
            zh: Cow::Borrowed(zh),
        }
    }

    /// Words with values filled in.
    pub fn owned(en: impl Into<String>, zh: impl Into<String>) -> Self {
        Self {
            en: Cow::Owned(en.into()),
            zh: Cow::Owned(zh.into()),
        }
    }

    /// A name or a value that reads the same in every language.
    pub fn same(value: impl Into<String>) -> Self {
        let value = value.into();
        Self {
            en: Cow::Owned(value.clone()),
            zh: Cow::Owned(value),
        }
    }
}

/// A [`Text`] with values filled in: `text!("{n} bytes", "{n} 字节")`.
macro_rules! text {
    ($en:literal, $zh:literal $(, $($arg:tt)*)?) => {
        $crate::platform::Text::owned(
            format!($en $(, $($arg)*)?),
            format!($zh $(, $($arg)*)?),
        )
    };
}
pub(crate) use text;
