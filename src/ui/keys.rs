//! Keys and words typed to find a command: what matches what. No DOM.

/// How a command is called by the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// By no key of its own.
    None,
    /// Ctrl, or ⌘ on a Mac, and a key.
    Primary(&'static str),
    /// One key, where no text is typed.
    Plain(&'static str),
    /// `g`, then a key, where no text is typed.
    Go(&'static str),
    /// One key, with Shift where it is a capital, while the log has the focus, which takes it itself.
    InLog(&'static str),
    /// Ctrl, Shift and one of the digits; on a Mac as well, where ⌘ and Shift take pictures.
    CtrlShiftDigit,
}

/// A key that was pressed, as the browser reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pressed {
    /// `KeyboardEvent.key`.
    pub key: String,
    /// Ctrl or ⌘.
    pub primary: bool,
    /// Alt.
    pub alt: bool,
    /// Whether it goes into a text field.
    pub typing: bool,
    /// Whether `g` was pressed just before.
    pub after_go: bool,
}

impl Keys {
    /// Whether `pressed` calls it. Keys without Ctrl or ⌘ can be switched off by `plain`.
    pub fn called_by(self, pressed: &Pressed, plain: bool) -> bool {
        if pressed.alt {
            return false;
        }
        let bare = plain && !pressed.primary && !pressed.typing;
        match self {
            Self::None => false,
            Self::Primary(key) => pressed.primary && pressed.key.eq_ignore_ascii_case(key),
            Self::Plain(key) => bare && !pressed.after_go && pressed.key == key,
            Self::Go(key) => bare && pressed.after_go && pressed.key == key,
            Self::InLog(_) | Self::CtrlShiftDigit => false,
        }
    }

    /// The keys as printed on them, one after the other.
    pub fn caps(self, mac: bool) -> Vec<String> {
        let primary = if mac { "⌘" } else { "Ctrl" };
        match self {
            Self::None => Vec::new(),
            Self::Primary(key) => vec![primary.to_owned(), cap(key)],
            Self::Plain(key) => vec![cap(key)],
            Self::Go(key) => vec![cap("g"), cap(key)],
            Self::InLog(key) if key.chars().all(char::is_uppercase) => {
                vec!["Shift".to_owned(), key.to_owned()]
            }
            Self::InLog(key) => vec![cap(key)],
            Self::CtrlShiftDigit => {
                vec!["Ctrl".to_owned(), "Shift".to_owned(), "1…9".to_owned()]
            }
        }
    }
}

fn cap(key: &str) -> String {
    match key {
        "ArrowLeft" => "←".to_owned(),
        "ArrowRight" => "→".to_owned(),
        _ if key.chars().count() == 1 => key.to_uppercase(),
        _ => key.to_owned(),
    }
}

/// How well `wanted` is found in `text`: `None` where it is not, else higher is better. Letters
/// must come in order; together and at the start of words they count more.
pub fn score(wanted: &str, text: &str) -> Option<i32> {
    let mut total = 0;
    let mut run = 0;
    let mut before = ' ';
    let mut letters = wanted
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .peekable();
    for (place, found) in text.chars().flat_map(char::to_lowercase).enumerate() {
        let Some(letter) = letters.peek() else { break };
        if *letter == found {
            letters.next();
            run += 1;
            total += run * 4;
            if !before.is_alphanumeric() {
                total += 6;
            }
            if place == 0 {
                total += 2;
            }
        } else {
            run = 0;
        }
        before = found;
    }
    letters.peek().is_none().then_some(total)
}

/// The best of [`score`] over several names of one thing.
pub fn best<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<i32> {
    names
        .into_iter()
        .filter_map(|name| score(wanted, name))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(key: &str) -> Pressed {
        Pressed {
            key: key.to_owned(),
            primary: false,
            alt: false,
            typing: false,
            after_go: false,
        }
    }

    #[test]
    fn plain_keys_call_nothing_while_text_is_typed_or_when_switched_off() {
        let help = Keys::Plain("?");
        assert!(help.called_by(&pressed("?"), true));
        assert!(!help.called_by(&pressed("?"), false));
        let typing = Pressed {
            typing: true,
            ..pressed("?")
        };
        assert!(!help.called_by(&typing, true));
        let with_alt = Pressed {
            alt: true,
            ..pressed("?")
        };
        assert!(!help.called_by(&with_alt, true));
    }

    #[test]
    fn keys_with_ctrl_work_everywhere_and_always() {
        let palette = Keys::Primary("k");
        let typing = Pressed {
            primary: true,
            typing: true,
            ..pressed("K")
        };
        assert!(palette.called_by(&typing, false));
        assert!(!palette.called_by(&pressed("k"), true));
    }

    #[test]
    fn a_key_after_g_is_another_command_than_the_key_alone() {
        let log = Keys::Go("l");
        let after_go = Pressed {
            after_go: true,
            ..pressed("l")
        };
        assert!(log.called_by(&after_go, true));
        assert!(!log.called_by(&pressed("l"), true));
        assert!(!Keys::Plain("l").called_by(&after_go, true));
    }

    #[test]
    fn letters_together_and_at_word_starts_find_first() {
        let wanted = "cl";
        let clear = score(wanted, "Clear the log");
        let cloud = score(wanted, "Fold the Cloud side");
        let spread = score(wanted, "Connect the inner panel");
        assert!(
            clear > cloud && cloud > spread,
            "{clear:?} {cloud:?} {spread:?}"
        );
        assert_eq!(score("xyz", "Clear the log"), None);
        assert_eq!(score("", "anything"), Some(0));
        assert!(score("连接", "连接设备").is_some());
    }

    #[test]
    fn caps_are_what_is_printed_on_the_keys() {
        assert_eq!(Keys::Primary("k").caps(false), ["Ctrl", "K"]);
        assert_eq!(Keys::Primary("Enter").caps(true), ["⌘", "Enter"]);
        assert_eq!(Keys::Go("1").caps(false), ["G", "1"]);
    }
}
