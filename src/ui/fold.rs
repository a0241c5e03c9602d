//! Structured text in lines that can be folded: JSON, and the notation of CBOR and MessagePack,
//! which brackets the same way.

use std::collections::BTreeSet;

use super::format::indent_json;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its text, without what indents it.
    pub text: String,
    /// How deep it is nested.
    pub depth: usize,
    /// For a line that opens a bracket, the line that closes it.
    pub end: Option<usize>,
}

/// The lines of a text; every token stays as it was written.
pub fn lines(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for line in indent_json(text).lines() {
        let content = line.trim_start_matches(' ');
        let closes = content.starts_with(['}', ']']);
        let index = lines.len();
        if closes
            && let Some(start) = open.pop()
            && let Some(line) = lines.get_mut(start)
        {
            line.end = Some(index);
        }
        lines.push(Line {
            text: content.to_owned(),
            depth: (line.len() - content.len()) / 2,
            end: None,
        });
        if content.ends_with(['{', '[']) {
            open.push(index);
        }
    }
    lines
}

/// The lines that show when those in `folded` hide what they bracket. A folded line stands for all
/// of it, with its closing bracket.
pub fn shown(lines: &[Line], folded: &BTreeSet<usize>) -> Vec<usize> {
    let mut shown = Vec::with_capacity(lines.len());
    let mut index = 0;
    while let Some(line) = lines.get(index) {
        shown.push(index);
        index = match line.end {
            Some(end) if folded.contains(&index) => end + 1,
            _ => index + 1,
        };
    }
    shown
}

/// What a line shows when it is folded: its opening, an ellipsis, and its closing bracket.
pub fn folded_text(lines: &[Line], index: usize) -> String {
    let Some(line) = lines.get(index) else {
        return String::new();
    };
    match line.end.and_then(|end| lines.get(end)) {
        Some(end) => format!("{} … {}", line.text, end.text),
        None => line.text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_know_where_they_close() {
        let lines = lines(r#"{"a":{"b":[1,2.50]},"c":"{"}"#);
        let text: Vec<_> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            text,
            [
                "{",
                "\"a\": {",
                "\"b\": [",
                "1,",
                "2.50",
                "]",
                "},",
                "\"c\": \"{\"",
                "}"
            ]
        );
        let ends: Vec<_> = lines.iter().map(|line| line.end).collect();
        assert_eq!(
            ends,
            [
                Some(8),
                Some(6),
                Some(5),
                None,
                None,
                None,
                None,
                None,
                None
            ]
        );
        let depths: Vec<_> = lines.iter().map(|line| line.depth).collect();
        assert_eq!(depths, [0, 1, 2, 3, 3, 2, 1, 1, 0]);
    }

    #[test]
    fn folding_hides_what_is_bracketed() {
        let lines = lines(r#"{"a":[1,2],"c":3}"#);
        assert_eq!(shown(&lines, &BTreeSet::new()).len(), lines.len());
        assert_eq!(shown(&lines, &BTreeSet::from([1])), [0, 1, 5, 6]);
        assert_eq!(folded_text(&lines, 1), "\"a\": [ … ],");
        assert_eq!(shown(&lines, &BTreeSet::from([0])), [0]);
        // A line that opens nothing cannot be folded.
        assert_eq!(shown(&lines, &BTreeSet::from([2])).len(), lines.len());
    }

    #[test]
    fn text_that_does_not_close_shows_all_the_same() {
        for text in ["{", "]", "{[}", "", "[[[", "}}{"] {
            let lines = lines(text);
            let all: BTreeSet<usize> = (0..lines.len()).collect();
            let _ = shown(&lines, &all);
            for index in 0..lines.len() {
                let _ = folded_text(&lines, index);
            }
        }
    }
}
