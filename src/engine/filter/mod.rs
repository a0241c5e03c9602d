//! The log's filter language.
//!
//! Terms stand side by side and must all hold: free text over what the row
//! says and holds, `key:value`, `key:this,or,that`, any of them negated by `-` or `!`. What holds white space, a colon or a
//! comma is put in double quotes, in which `\` takes the next character as it is. The keys are one
//! table, [`vocabulary`], from which parsing, completion and help are made.

mod complete;
mod lexer;
mod test;
mod vocabulary;

use super::log::Entry;
use super::seam::FilterError;
use crate::platform::Text;
pub(super) use complete::{Known, complete, count};
pub(super) use lexer::quoted;
use test::{Needle, Subject, Test};

/// The longest text that is taken for a filter, in bytes.
const MAX_TEXT: usize = 2000;

/// A filter, ready to be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    clauses: Vec<Clause>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    negated: bool,
    any_of: Vec<Test>,
}

impl Filter {
    /// Reads the text of a filter. The terms that can be read make the filter, so that a term in
    /// the making hides nothing; of the others, the first that cannot be read comes with its place
    /// and what may stand there.
    pub(super) fn parse(text: &str) -> (Self, Option<FilterError>) {
        if text.len() > MAX_TEXT {
            let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
            let error = FilterError {
                start: 0,
                end,
                text: Text::owned(
                    format!("a filter has at most {MAX_TEXT} bytes"),
                    format!("过滤条件最长 {MAX_TEXT} 字节"),
                ),
            };
            return (Self::default(), Some(error));
        }
        let (terms, uncut) = lexer::terms(text);
        let (mut clauses, mut first_error) = (Vec::new(), None);
        for term in terms {
            match tests(&term) {
                Ok(any_of) => clauses.push(Clause {
                    negated: term.negated,
                    any_of,
                }),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        clauses.sort_by_key(Clause::cost);
        (Self { clauses }, first_error.or(uncut))
    }

    /// Whether every row passes.
    pub(super) fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether the row passes.
    pub(super) fn matches(&self, entry: &Entry) -> bool {
        let mut subject = Subject::new(entry);
        self.clauses.iter().all(|clause| {
            clause.any_of.iter().any(|test| test.holds(&mut subject)) != clause.negated
        })
    }
}

impl Clause {
    fn cost(&self) -> u8 {
        self.any_of.iter().map(Test::cost).max().unwrap_or(0)
    }
}

fn tests(term: &lexer::Term) -> Result<Vec<Test>, FilterError> {
    let Some(key) = &term.key else {
        return Ok(term
            .words
            .iter()
            .map(|word| Test::Text(Needle::new(&word.text)))
            .collect());
    };
    let Some(known) = vocabulary::find(&key.text) else {
        let names: Vec<&str> = vocabulary::KEYS.iter().map(|key| key.name).collect();
        let (names, name) = (names.join(", "), &key.text);
        return Err(key.span.error(Text::owned(
            format!("no key {name}; known are {names}. In quotes it is plain text"),
            format!("没有关键字 {name}；可用：{names}。加引号则按普通文字查找"),
        )));
    };
    term.words
        .iter()
        .map(|word| (known.parse)(&word.text).map_err(|text| word.span.error(text)))
        .collect()
}
