//! Devices as one file: written for a colleague or another computer, read back with every fault
//! named. What is read is not trusted.

use serde::{Deserialize, Serialize};

use super::i18n::{Language, words};
use super::workspace::Workspace;
use crate::engine::seam::{Declaration, MAX_DEVICES};

/// The file's name.
pub const FILE_NAME: &str = "device-console.json";
/// The most bytes that are read, 4 MiB.
pub const MAX_BYTES: usize = 4 << 20;

const FORMAT: &str = "device-console";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    version: u32,
    devices: Vec<Workspace>,
}

/// Only what says whether the rest can be read.
#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u32,
}

/// Why a file was not taken. Never holds what stood in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// Larger than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes, more than {MAX_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not JSON, or JSON of another shape.
    #[error("not readable at line {line}, column {column}")]
    Unreadable {
        /// Counts from 1.
        line: usize,
        /// Counts from 1.
        column: usize,
    },
    /// JSON of somebody else.
    #[error("not a file of this console: member format is not {FORMAT:?}")]
    OtherFormat,
    /// Written by a later version of the console.
    #[error("member version is {version}, this console reads {VERSION}")]
    Newer {
        /// The file's version.
        version: u32,
    },
    /// There is no device of a known platform in it.
    #[error("no device of a platform that this console knows")]
    Empty,
    /// They do not fit beside those that are there.
    #[error("{devices} devices, more than the {room} that fit")]
    TooMany {
        /// In the file.
        devices: usize,
        /// How many would fit.
        room: usize,
    },
}

impl ImportError {
    /// What went wrong and what to do, in the reader's language.
    pub fn tell(self, language: Language) -> String {
        let text = |number: usize| number.to_string();
        match self {
            Self::TooLarge { bytes } => {
                words::IMPORT_TOO_LARGE.fill(language, &[&text(bytes), &text(MAX_BYTES)])
            }
            Self::Unreadable { line, column } => {
                words::IMPORT_UNREADABLE.fill(language, &[&text(line), &text(column)])
            }
            Self::OtherFormat => words::IMPORT_OTHER.fill(language, &[]),
            Self::Newer { version } => {
                words::IMPORT_NEWER.fill(language, &[&version.to_string(), &VERSION.to_string()])
            }
            Self::Empty => words::IMPORT_EMPTY.fill(language, &[]),
            Self::TooMany { devices, room } => {
                words::IMPORT_TOO_MANY.fill(language, &[&text(devices), &text(room)])
            }
        }
    }
}

/// The file's text. Secrets are in it only when they were asked for.
pub fn export(devices: &[Workspace], catalogue: &[Declaration], secrets: bool) -> String {
    let devices = devices
        .iter()
        .map(|device| {
            let mut copy = if secrets {
                device.clone()
            } else {
                device.without_secrets(catalogue)
            };
            // These belong to this computer.
            copy.id = 0;
            copy.keep_secrets = false;
            copy.running.clear();
            copy
        })
        .collect();
    let file = File {
        format: FORMAT.to_owned(),
        version: VERSION,
        devices,
    };
    serde_json::to_string_pretty(&file).unwrap_or_default()
}

/// The devices in a file, ready to stand beside `present` others. Those of unknown platforms are
/// left out.
///
/// # Errors
/// [`ImportError`]; then nothing is taken.
pub fn import(
    text: &str,
    catalogue: &[Declaration],
    present: usize,
) -> Result<Vec<Workspace>, ImportError> {
    if text.len() > MAX_BYTES {
        return Err(ImportError::TooLarge { bytes: text.len() });
    }
    let unreadable = |error: serde_json::Error| ImportError::Unreadable {
        line: error.line(),
        column: error.column(),
    };
    let head: Head = serde_json::from_str(text).map_err(unreadable)?;
    if head.format != FORMAT {
        return Err(ImportError::OtherFormat);
    }
    if head.version > VERSION {
        return Err(ImportError::Newer {
            version: head.version,
        });
    }
    let file: File = serde_json::from_str(text).map_err(unreadable)?;
    let mut devices = file.devices;
    devices.retain_mut(|device| {
        device.id = 0;
        device.keep_secrets = false;
        device.complete(catalogue)
    });
    let room = MAX_DEVICES.saturating_sub(present);
    match devices.len() {
        0 => Err(ImportError::Empty),
        count if count > room => Err(ImportError::TooMany {
            devices: count,
            room,
        }),
        _ => Ok(devices),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ui::workspace::tests::catalogue;

    fn device(catalogue: &[Declaration]) -> Workspace {
        let mut device = Workspace::fresh(catalogue).unwrap();
        device.id = 7;
        device.keep_secrets = true;
        device.profile.name = "Boiler".to_owned();
        device.profile.connection.password = "pa55word".to_owned();
        device
    }

    #[test]
    fn a_file_holds_no_secret_unless_asked() {
        let catalogue = catalogue();
        let device = device(&catalogue);
        let plain = export(core::slice::from_ref(&device), &catalogue, false);
        assert!(!plain.contains("pa55word") && plain.contains("Boiler"));
        let full = export(&[device], &catalogue, true);
        assert!(full.contains("pa55word"));
        let back = import(&full, &catalogue, 0).unwrap();
        assert_eq!(back[0].profile.connection.password, "pa55word");
    }

    #[test]
    fn what_belongs_to_this_computer_does_not_travel() {
        let catalogue = catalogue();
        let text = export(&[device(&catalogue)], &catalogue, true);
        let back = import(&text, &catalogue, 0).unwrap();
        assert_eq!((back[0].id, back[0].keep_secrets), (0, false));
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_fault() {
        let catalogue = catalogue();
        let good = export(&[device(&catalogue)], &catalogue, false);
        for (text, expected) in [
            ("", ImportError::Unreadable { line: 1, column: 0 }),
            ("{}", ImportError::OtherFormat),
            (
                r#"{"format":"device-console","version":99}"#,
                ImportError::Newer { version: 99 },
            ),
            (
                r#"{"format":"device-console","version":1,"devices":[]}"#,
                ImportError::Empty,
            ),
        ] {
            assert_eq!(import(text, &catalogue, 0), Err(expected), "{text}");
        }
        assert!(matches!(
            import("{\n\"format\": 1}", &catalogue, 0),
            Err(ImportError::Unreadable { line: 2, .. })
        ));
        assert_eq!(
            import(&good, &catalogue, MAX_DEVICES),
            Err(ImportError::TooMany {
                devices: 1,
                room: 0
            })
        );
        let wrong = good.replace(r#""name": "Boiler""#, r#""name": 3"#);
        assert!(matches!(
            import(&wrong, &catalogue, 0),
            Err(ImportError::Unreadable { line, .. }) if line > 3
        ));
        let other = good.replace(r#""dialect": "first""#, r#""dialect": "elsewhere""#);
        assert_eq!(import(&other, &catalogue, 0), Err(ImportError::Empty));
        let long = " ".repeat(MAX_BYTES + 1);
        assert_eq!(
            import(&long, &catalogue, 0),
            Err(ImportError::TooLarge {
                bytes: MAX_BYTES + 1
            })
        );
    }

    #[test]
    fn every_fault_is_told_in_both_languages_without_what_stood_in_the_file() {
        let catalogue = catalogue();
        let text = r#"{"format":"device-console","version":1,"devices":["geheim"]}"#;
        let error = import(text, &catalogue, 0).unwrap_err();
        for language in [Language::English, Language::Chinese] {
            let told = error.tell(language);
            assert!(!told.is_empty() && !told.contains("geheim"), "{told}");
        }
        assert!(!error.to_string().contains("geheim"));
    }

    proptest! {
        #[test]
        fn reading_any_text_never_panics(text: String) {
            let _ = import(&text, &[], 0);
        }
    }
}
