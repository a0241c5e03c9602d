//! What may stand at the cursor of a filter's text.

use super::Filter;
use super::lexer::quoted;
use super::vocabulary::{self, Key, Source};
use crate::engine::log::Entry;
use crate::engine::seam::Completion;
use crate::platform::{Declaration, Text};

/// The most that are offered at once.
const OFFERED: usize = 24;

/// What the device knows beyond the table.
pub(in crate::engine) struct Known<'a> {
    /// Topic names seen, most frequent first.
    pub(in crate::engine) topics: &'a [String],
    pub(in crate::engine) declaration: &'a Declaration,
}

/// What may stand at `cursor`, in UTF-16 units from the start.
pub(in crate::engine) fn complete(text: &str, cursor: u32, known: &Known<'_>) -> Vec<Completion> {
    let (before, at) = split(text, cursor);
    let start_of_term = term_start(before);
    let term = before.get(start_of_term..).unwrap_or_default();
    let term = term.strip_prefix(['-', '!']).unwrap_or(term);
    let mut offers = Offers {
        end: at,
        found: Vec::new(),
    };
    match term.split_once(':') {
        Some((name, values)) => {
            if let Some(key) = vocabulary::find(name) {
                let typed = values.rsplit(',').next().unwrap_or_default();
                offers.values(key, typed, "", known);
            }
        }
        None => {
            for key in vocabulary::KEYS {
                if starts_with(key.name, term) {
                    offers.add(
                        term,
                        format!("{}:", key.name),
                        key.example,
                        key.help.clone(),
                    );
                }
            }
            // A value may come before its key has come to mind.
            if !term.is_empty() {
                for key in vocabulary::KEYS {
                    if matches!(key.name, "type" | "is" | "finding") {
                        offers.values(key, term, &format!("{}:", key.name), known);
                    }
                }
                for kind in &known.declaration.kinds {
                    if starts_with(&kind.key, term) || names(&kind.label, term) {
                        let insert = format!("kind:{}", quoted(&kind.key));
                        offers.add(term, insert, "", kind.label.clone());
                    }
                }
            }
        }
    }
    offers.found
}

/// Says of each completion of `text` how many of these rows pass the term that it makes.
pub(in crate::engine) fn count<'a>(
    text: &str,
    completions: &mut [Completion],
    rows: impl Iterator<Item = &'a Entry> + Clone,
) {
    for completion in completions {
        let (before, _) = split(text, completion.start);
        let term = before.get(term_start(before)..).unwrap_or_default();
        // What a list names before it counts by itself already.
        let whole = match term.split_once(':') {
            Some((key, _)) => format!("{key}:{}", completion.insert),
            None => format!("{term}{}", completion.insert),
        };
        let (filter, error) = Filter::parse(&whole);
        completion.count = error.is_none().then(|| {
            let passing = rows.clone().filter(|row| filter.matches(row)).count();
            u32::try_from(passing).unwrap_or(u32::MAX)
        });
    }
}

struct Offers {
    end: u32,
    found: Vec<Completion>,
}

impl Offers {
    /// Offers `insert` in place of what is typed of it.
    fn add(&mut self, typed: &str, insert: String, example: &str, help: Text) {
        if self.found.len() >= OFFERED || typed == insert {
            return;
        }
        self.found.push(Completion {
            start: self.end.saturating_sub(units(typed)),
            end: self.end,
            insert,
            example: example.to_owned(),
            count: None,
            help,
        });
    }

    fn values(&mut self, key: &Key, typed: &str, prefix: &str, known: &Known<'_>) {
        for value in key.values {
            if starts_with(value.word, typed) {
                self.add(
                    typed,
                    format!("{prefix}{}", value.word),
                    "",
                    value.help.clone(),
                );
            }
        }
        match key.source {
            Source::Table => {}
            Source::Topics => {
                let part = typed.trim_start_matches(['=', '"']).to_ascii_lowercase();
                for topic in known.topics {
                    if topic.to_ascii_lowercase().contains(&part) {
                        let insert = format!("={}", quoted(topic));
                        self.add(typed, insert, "", Text::default());
                    }
                }
            }
            Source::Kinds => {
                for kind in &known.declaration.kinds {
                    if starts_with(&kind.key, typed) {
                        self.add(typed, quoted(&kind.key), "", kind.label.clone());
                    }
                }
            }
            Source::Codes => {
                for code in &known.declaration.codes {
                    let number = code.number.to_string();
                    if starts_with(&number, typed) {
                        let help = if code.name.is_empty() {
                            code.advice.clone()
                        } else {
                            Text::same(format!("{} {}", code.place, code.name))
                        };
                        self.add(typed, number, "", help);
                    }
                }
            }
        }
    }
}

fn starts_with(word: &str, typed: &str) -> bool {
    word.get(..typed.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(typed))
}

/// Whether a word of the label begins so; in Chinese, which has no spaces, any part of it.
fn names(label: &Text, typed: &str) -> bool {
    label
        .en
        .split_whitespace()
        .any(|word| starts_with(word, typed))
        || label.zh.contains(typed)
}

fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The text before the cursor, and where that really is: never inside a character.
fn split(text: &str, cursor: u32) -> (&str, u32) {
    let mut at: u32 = 0;
    for (index, c) in text.char_indices() {
        let next = at.saturating_add(u32::try_from(c.len_utf16()).unwrap_or(1));
        if next > cursor {
            return (text.get(..index).unwrap_or_default(), at);
        }
        at = next;
    }
    (text, at)
}

/// Where the term at the end of `before` begins: after the last white space outside quotes.
fn term_start(before: &str) -> usize {
    let (mut start, mut is_quoted, mut is_escaped) = (0, false, false);
    for (index, c) in before.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if c.is_whitespace() && !is_quoted => start = index.saturating_add(c.len_utf8()),
            _ => {}
        }
    }
    start
}
