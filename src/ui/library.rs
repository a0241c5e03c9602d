//! What was sent before, and what was given a name to be sent again: history and templates of one
//! profile. Secrets are taken out before anything is stored.

use serde::{Deserialize, Serialize};

use super::i18n::Language;
use super::workspace::{Composer, Mode, RawDraft, Typed};
use crate::engine::seam::{Declaration, DialectId, FormValues, UnixMillis};

/// How many sent messages are remembered.
const HISTORY: usize = 50;
/// How much text they may be together, in bytes: the browser gives a page some five million
/// characters for everything, and what does not fit would keep the rest from being stored.
const HISTORY_TEXT: usize = 256 * 1024;
/// How many templates there may be.
const TEMPLATES: usize = 500;
/// How much of a message a line shows, in characters.
const SHOWN: usize = 80;

/// A message as it stood in the composer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kept {
    /// A form.
    Form {
        /// Its platform.
        dialect: DialectId,
        /// [`crate::engine::seam::MessageKind::key`].
        kind: String,
        /// What was typed.
        values: FormValues,
    },
    /// Topic and bytes.
    Raw {
        /// As text or as hexadecimal.
        mode: Mode,
        /// The message.
        raw: RawDraft,
    },
}

impl Kept {
    /// What the composer holds now.
    pub fn of(composer: &Composer, declaration: &Declaration) -> Option<Self> {
        if composer.mode == Mode::Form {
            let kind = composer.kind(declaration)?;
            return Some(Self::Form {
                dialect: declaration.id.clone(),
                kind: kind.key.to_string(),
                values: composer.values(&declaration.id, kind),
            });
        }
        Some(Self::Raw {
            mode: composer.mode,
            raw: composer.raw.clone(),
        })
    }

    /// Puts it back into the composer. `false` when it is another platform's form, which this one
    /// cannot show.
    pub fn load(&self, composer: &mut Composer, declaration: &Declaration) -> bool {
        match self {
            Self::Form {
                dialect,
                kind,
                values,
            } => {
                let known = declaration.kinds.iter().any(|known| known.key == *kind);
                if *dialect != declaration.id || !known {
                    return false;
                }
                composer.mode = Mode::Form;
                composer.kinds.insert(dialect.clone(), kind.clone());
                for (key, value) in values {
                    composer.type_into(dialect, kind, key.clone(), value.clone());
                }
            }
            Self::Raw { mode, raw } => {
                composer.mode = *mode;
                composer.raw = raw.clone();
                // It is the user's own now: the form does not overwrite it.
                composer.raw.edited = true;
            }
        }
        true
    }

    /// How much text it is, in bytes, without what is as long for every message.
    fn text_len(&self) -> usize {
        match self {
            Self::Form { kind, values, .. } => {
                values.iter().fold(kind.len(), |sum, (key, value)| {
                    sum + key.len() + value.len()
                })
            }
            Self::Raw { raw, .. } => {
                let (Typed::Text(payload) | Typed::Hex(payload)) = &raw.payload;
                raw.topic.len() + payload.len()
            }
        }
    }

    /// One line that tells it from others. A form is called what its platform's declaration calls
    /// it, as long as that is the one in hand.
    pub fn line(&self, declaration: Option<&Declaration>, language: Language) -> String {
        let text = match self {
            Self::Form {
                dialect,
                kind,
                values,
            } => {
                let kind = declaration
                    .filter(|declaration| declaration.id == *dialect)
                    .and_then(|declaration| declaration.kinds.iter().find(|k| k.key == *kind))
                    .map_or(kind.as_str(), |kind| language.of(&kind.label));
                let values: Vec<&str> = values
                    .values()
                    .map(String::as_str)
                    .filter(|value| !value.is_empty())
                    .collect();
                format!("{kind}  {}", values.join(" "))
            }
            Self::Raw { raw, .. } => {
                let (Typed::Text(payload) | Typed::Hex(payload)) = &raw.payload;
                format!("{}  {payload}", raw.topic)
            }
        };
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match one_line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}…", one_line.get(..end).unwrap_or_default()),
            None => one_line,
        }
    }
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// When.
    pub at: UnixMillis,
    /// What.
    pub kept: Kept,
}

/// A message with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// Its name, unique in its folder.
    pub name: String,
    /// Its folder; empty for none.
    pub folder: String,
    /// The message.
    pub kept: Kept,
}

/// History and templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Library {
    /// The newest first.
    pub history: Vec<Sent>,
    /// By folder, then by name.
    pub templates: Vec<Template>,
}

impl Library {
    /// Remembers what was sent, unless that alone is too much. The same message again moves to the
    /// front, and the oldest go.
    pub fn remember(&mut self, at: UnixMillis, kept: Kept) {
        self.history.retain(|sent| sent.kept != kept);
        if kept.text_len() > HISTORY_TEXT {
            return;
        }
        self.history.insert(0, Sent { at, kept });
        self.history.truncate(HISTORY);
        let mut text = 0;
        self.history.retain(|sent| {
            text += sent.kept.text_len();
            text <= HISTORY_TEXT
        });
    }

    /// Keeps a message under a name, in place of one that had it. `false` when it has no name, or
    /// there are too many.
    pub fn save(&mut self, name: &str, folder: &str, kept: Kept) -> bool {
        let (name, folder) = (name.trim(), folder.trim());
        self.templates.retain(|template| {
            (template.name.as_str(), template.folder.as_str()) != (name, folder)
        });
        if name.is_empty() || self.templates.len() >= TEMPLATES {
            return false;
        }
        self.templates.push(Template {
            name: name.to_owned(),
            folder: folder.to_owned(),
            kept,
        });
        self.templates
            .sort_by(|a, b| (&a.folder, &a.name).cmp(&(&b.folder, &b.name)));
        true
    }

    /// Forgets a template.
    pub fn remove(&mut self, index: usize) {
        if index < self.templates.len() {
            self.templates.remove(index);
        }
    }

    /// The folders, in order, without the empty one.
    pub fn folders(&self) -> Vec<&str> {
        let mut folders: Vec<&str> = self
            .templates
            .iter()
            .map(|template| template.folder.as_str())
            .filter(|folder| !folder.is_empty())
            .collect();
        folders.dedup();
        folders
    }

    /// Every form in it, to take secrets out.
    pub fn forms_mut(&mut self) -> impl Iterator<Item = (&DialectId, &str, &mut FormValues)> {
        let history = self.history.iter_mut().map(|sent| &mut sent.kept);
        let templates = self.templates.iter_mut().map(|template| &mut template.kept);
        history.chain(templates).filter_map(|kept| match kept {
            Kept::Form {
                dialect,
                kind,
                values,
            } => Some((&*dialect, kind.as_str(), values)),
            Kept::Raw { .. } => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(topic: &str) -> Kept {
        Kept::Raw {
            mode: Mode::Raw,
            raw: RawDraft {
                topic: topic.to_owned(),
                payload: Typed::Text("a\n b".to_owned()),
                ..RawDraft::default()
            },
        }
    }

    #[test]
    fn history_is_bounded_and_holds_nothing_twice() {
        let mut library = Library::default();
        for number in 0..HISTORY + 5 {
            library.remember(UnixMillis(number as i64), raw(&number.to_string()));
        }
        assert_eq!(library.history.len(), HISTORY);
        library.remember(UnixMillis(99), raw("20"));
        assert_eq!(library.history.len(), HISTORY);
        assert_eq!(library.history[0].kept, raw("20"));
        assert_eq!(
            library
                .history
                .iter()
                .filter(|sent| sent.kept == raw("20"))
                .count(),
            1
        );
    }

    #[test]
    fn history_is_bounded_by_its_text() {
        let long = |fill: &str, len: usize| Kept::Raw {
            mode: Mode::Hex,
            raw: RawDraft {
                payload: Typed::Hex(fill.repeat(len)),
                ..RawDraft::default()
            },
        };
        let mut library = Library::default();
        library.remember(UnixMillis(1), raw("small"));
        for (at, fill) in ["a", "b", "c"].into_iter().enumerate() {
            library.remember(UnixMillis(at as i64), long(fill, HISTORY_TEXT / 2));
        }
        let kept: Vec<&Kept> = library.history.iter().map(|sent| &sent.kept).collect();
        let half = HISTORY_TEXT / 2;
        assert_eq!(kept, [&long("c", half), &long("b", half)]);
        library.remember(UnixMillis(9), long("d", HISTORY_TEXT + 1));
        assert_eq!(library.history.len(), 2, "too much is not remembered");
    }

    #[test]
    fn templates_are_sorted_by_folder_and_one_name_is_one_template() {
        let mut library = Library::default();
        for (name, folder) in [("b", "z"), ("a", ""), ("c", "f"), ("a", "z")] {
            assert!(library.save(name, folder, raw(name)));
        }
        let names: Vec<_> = library
            .templates
            .iter()
            .map(|t| (t.folder.as_str(), t.name.as_str()))
            .collect();
        assert_eq!(names, [("", "a"), ("f", "c"), ("z", "a"), ("z", "b")]);
        assert_eq!(library.folders(), ["f", "z"]);
        assert!(library.save(" b ", "z", raw("new")));
        assert_eq!(library.templates.len(), 4);
        assert_eq!(library.templates[3].kept, raw("new"));
        assert!(!library.save(" ", "z", raw("x")));
        library.remove(0);
        library.remove(99);
        assert_eq!(library.templates.len(), 3);
    }

    #[test]
    fn a_line_is_one_line_and_short() {
        assert_eq!(raw("t").line(None, Language::English), "t a b");
        let long = raw(&"x".repeat(500)).line(None, Language::English);
        assert_eq!(long.chars().count(), SHOWN + 1);
    }
}
