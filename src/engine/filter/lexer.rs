//! The text of a filter cut into terms. Places count UTF-16 units, as a text field's selection does.

use super::FilterError;
use super::vocabulary;
use crate::platform::Text;

/// A part of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Span {
    pub(super) fn error(self, text: Text) -> FilterError {
        FilterError {
            start: self.start,
            end: self.end,
            text,
        }
    }
}

/// A word with its quotes taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// `[-][key:]word[,word…]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) negated: bool,
    /// The key, without its colon.
    pub(super) key: Option<Word>,
    /// The values; without a key there is one.
    pub(super) words: Vec<Word>,
    pub(super) span: Span,
}

/// The text and a place in it.
struct Cursor<'a> {
    rest: core::iter::Peekable<core::str::Chars<'a>>,
    at: u32,
}

impl Cursor<'_> {
    fn peek(&mut self) -> Option<char> {
        self.rest.peek().copied()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest.next()?;
        self.at = self
            .at
            .saturating_add(u32::try_from(next.len_utf16()).unwrap_or(1));
        Some(next)
    }
}

/// Cuts the text: the terms up to where it cannot be cut, and why it cannot be there: a quote that
/// is not closed, a key or a comma without a value.
pub(super) fn terms(text: &str) -> (Vec<Term>, Option<FilterError>) {
    let mut cursor = Cursor {
        rest: text.chars().peekable(),
        at: 0,
    };
    let mut terms = Vec::new();
    loop {
        while cursor.peek().is_some_and(char::is_whitespace) {
            cursor.take();
        }
        if cursor.peek().is_none() {
            return (terms, None);
        }
        match term(&mut cursor) {
            Ok(term) => terms.push(term),
            Err(error) => return (terms, Some(error)),
        }
    }
}

fn term(cursor: &mut Cursor<'_>) -> Result<Term, FilterError> {
    let mut term = Term::default();
    term.span.start = cursor.at;
    if matches!(cursor.peek(), Some('-' | '!')) {
        cursor.take();
        term.negated = true;
    }
    let first = word(cursor, &[':'])?;
    if cursor.peek() == Some(':') {
        cursor.take();
        loop {
            let value = word(cursor, &[','])?;
            // Of a key that does not exist, that is said first.
            let is_known = vocabulary::find(&first.text).is_some();
            if value.span.start == value.span.end && is_known {
                return Err(value
                    .span
                    .error(Text::new("a value is missing here", "此处缺少取值")));
            }
            term.words.push(value);
            if cursor.peek() != Some(',') {
                break;
            }
            cursor.take();
        }
        term.key = Some(first);
    } else if first.span.start == first.span.end {
        return Err(first.span.error(Text::new(
            "something to leave out is missing after this sign",
            "排除符号之后缺少内容",
        )));
    } else {
        term.words.push(first);
    }
    term.span.end = cursor.at;
    Ok(term)
}

/// A word up to white space or one of `ends`; what is quoted holds neither.
fn word(cursor: &mut Cursor<'_>, ends: &[char]) -> Result<Word, FilterError> {
    let mut word = Word::default();
    word.span.start = cursor.at;
    while let Some(next) = cursor.peek() {
        if next.is_whitespace() || ends.contains(&next) {
            break;
        }
        let start = cursor.at;
        cursor.take();
        if next != '"' {
            word.text.push(next);
            continue;
        }
        loop {
            match cursor.take() {
                Some('"') => break,
                Some('\\') => word.text.extend(cursor.take()),
                Some(inside) => word.text.push(inside),
                None => {
                    return Err(Span {
                        start,
                        end: cursor.at,
                    }
                    .error(Text::new(
                        "this quotation mark is not closed",
                        "该引号没有闭合",
                    )));
                }
            }
        }
    }
    word.span.end = cursor.at;
    Ok(word)
}

/// A value as it is written in a filter: quoted where it has to be.
pub(in crate::engine) fn quoted(value: &str) -> String {
    let plain = !value.is_empty()
        && !value
            .chars()
            .any(|c| c.is_whitespace() || matches!(c, '"' | '\\' | ',' | ':'));
    if plain {
        return value.to_owned();
    }
    let mut text = String::with_capacity(value.len().saturating_add(2));
    text.push('"');
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}
