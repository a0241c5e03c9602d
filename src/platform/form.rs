//! Reading forms, and writing them down in declarations.

use std::borrow::Cow;

use super::text::text;
use super::{AskedWhen, Choice, Finding, FormField, FormValues, Identity, Input, Place, Text};
use crate::mqtt::QoS;

/// What was typed, without surrounding blanks; `default` if the question was not asked.
pub(crate) fn value_or<'a>(values: &'a FormValues, key: &str, default: &'a str) -> &'a str {
    values.get(key).map_or(default, |text| text.trim())
}

/// What was typed, without surrounding blanks; empty if the question was not asked.
pub(crate) fn value<'a>(values: &'a FormValues, key: &str) -> &'a str {
    value_or(values, key, "")
}

/// What was typed, to the letter.
pub(crate) fn verbatim<'a>(values: &'a FormValues, key: &str) -> &'a str {
    values.get(key).map_or("", String::as_str)
}

/// A yes-or-no question; `default` if it was not asked.
pub(crate) fn switch(values: &FormValues, key: &str, default: bool) -> bool {
    match values.get(key).map(|text| text.trim()) {
        Some("true") => true,
        Some("false") => false,
        _ => default,
    }
}

/// The names in a list separated by commas, semicolons or blanks.
pub(crate) fn names(list: &str) -> impl Iterator<Item = &str> {
    list.split([',', ';', '，', '；', ' ', '\n', '\t', '\r'])
        .filter(|name| !name.is_empty())
}

/// Asks for the QoS of what a device publishes and subscribes to, where its platform states none:
/// one of `levels`, the first one proposed.
pub(crate) fn qos_field(levels: &[QoS]) -> FormField {
    let choice = |level: &QoS| match level {
        QoS::AtMostOnce => Choice::new("0", Text::new("0 at most once", "0 最多一次")),
        QoS::AtLeastOnce => Choice::new("1", Text::new("1 at least once", "1 至少一次")),
        QoS::ExactlyOnce => Choice::new("2", Text::new("2 exactly once", "2 恰好一次")),
    };
    FormField::choice(
        "qos",
        Text::new("QoS of messages and subscriptions", "消息与订阅的 QoS"),
        levels.iter().map(choice).collect(),
    )
    .helped(Text::new("the document states none", "文档未规定"))
}

/// What [`qos_field`] was answered; 1 if it was not asked.
pub(crate) fn qos(identity: &Identity) -> QoS {
    match value(identity, "qos") {
        "0" => QoS::AtMostOnce,
        "2" => QoS::ExactlyOnce,
        _ => QoS::AtLeastOnce,
    }
}

impl FormField {
    fn new(key: &'static str, label: Text, input: Input) -> Self {
        Self {
            key: Cow::Borrowed(key),
            label,
            help: Text::default(),
            input,
            required: false,
            asked_when: None,
            default: Cow::Borrowed(""),
        }
    }

    /// A question answered in one line.
    pub fn text(key: &'static str, label: Text) -> Self {
        Self::new(key, label, Input::Text)
    }

    /// A question whose answer is masked.
    pub fn secret(key: &'static str, label: Text) -> Self {
        Self::new(key, label, Input::Secret)
    }

    /// A question answered in several lines of any text.
    pub fn multiline(key: &'static str, label: Text) -> Self {
        Self::new(key, label, Input::Multiline)
    }

    /// A question answered in JSON.
    pub fn json(key: &'static str, label: Text) -> Self {
        Self::new(key, label, Input::Json)
    }

    /// A question answered by a whole number between `min` and `max`, inclusive.
    pub fn integer(key: &'static str, label: Text, min: i64, max: i64) -> Self {
        Self::new(key, label, Input::Integer { min, max })
    }

    /// A yes-or-no question.
    pub fn switch(key: &'static str, label: Text, default: bool) -> Self {
        Self::new(key, label, Input::Switch).starting_with(if default { "true" } else { "false" })
    }

    /// A question with these answers, the first one proposed.
    pub fn choice(key: &'static str, label: Text, choices: Vec<Choice>) -> Self {
        let default = choices
            .first()
            .map_or(Cow::Borrowed(""), |choice| choice.value.clone());
        Self {
            default,
            ..Self::new(key, label, Input::Choice(choices))
        }
    }

    /// The same question, with a sentence of help.
    #[must_use]
    pub fn helped(mut self, help: Text) -> Self {
        self.help = help;
        self
    }

    /// The same question, to be answered.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same question, asked only where the choice `key` has one of these answers.
    #[must_use]
    pub fn asked_when(mut self, key: &'static str, values: &[&'static str]) -> Self {
        self.asked_when = Some(AskedWhen {
            key: Cow::Borrowed(key),
            values: values.iter().copied().map(Cow::Borrowed).collect(),
        });
        self
    }

    /// Whether this question is asked, as the form `fields` is filled in.
    pub fn is_asked(&self, fields: &[Self], values: &FormValues) -> bool {
        let Some(condition) = &self.asked_when else {
            return true;
        };
        fields
            .iter()
            .find(|field| field.key == condition.key)
            .is_none_or(|field| {
                let answer = value_or(values, &field.key, &field.default);
                condition.values.iter().any(|value| value == answer)
            })
    }

    /// The same question, with this answer proposed.
    #[must_use]
    pub fn starting_with(mut self, default: impl Into<Cow<'static, str>>) -> Self {
        self.default = default.into();
        self
    }
}

/// A remark for each question that is asked, wants an answer and has none; in the form's words.
pub(crate) fn unanswered(
    fields: &[FormField],
    values: &FormValues,
    source: &'static str,
) -> Vec<Finding> {
    fields
        .iter()
        .filter(|field| field.required && field.is_asked(fields, values))
        .filter(|field| value(values, &field.key).is_empty())
        .map(|field| {
            let Text { en, zh } = &field.label;
            Finding::error(
                "MissingField",
                Place::Form(field.key.clone()),
                text!("{en} is missing", "缺少 {zh}"),
                source,
            )
        })
        .collect()
}

impl Choice {
    /// An option of a choice.
    pub fn new(value: impl Into<Cow<'static, str>>, label: Text) -> Self {
        Self {
            value: value.into(),
            label,
        }
    }
}
