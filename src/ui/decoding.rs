//! The state of the decoder: what was pasted, how it is to be read, and what the engine read in it.
//! It knows no connection and outlives none.

use std::sync::Arc;

use bytes::Bytes;
use leptos::prelude::*;

use super::console::{Console, Device};
use crate::engine::seam::Decoding as Read;
use crate::engine::seam::{
    Command, DecodeProgress, DecodeRequest, DecodeSource, Decoded, DialectId, FrameId, FrameView,
    PasteFormat, ProtocolVersion, Update,
};

/// How long what is typed rests before it is read.
const REST: core::time::Duration = core::time::Duration::from_millis(150);

/// A file that was dropped or chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedFile {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Bytes,
}

/// The decoder's state. Copies are handles on the same.
#[derive(Clone, Copy)]
pub struct Decoding {
    /// What was pasted.
    pub text: RwSignal<String>,
    /// The file in its place.
    pub file: RwSignal<Option<DecodedFile>>,
    /// The format chosen; `None`: guess.
    pub format: RwSignal<Option<PasteFormat>>,
    /// The version chosen; `None`: what fits.
    pub version: RwSignal<Option<ProtocolVersion>>,
    /// The platform chosen; `None`: what knows the messages best.
    pub dialect: RwSignal<Option<DialectId>>,
    /// What was read.
    pub decoded: RwSignal<Option<Arc<Decoded>>>,
    /// How far the reading is, while it goes on.
    pub progress: RwSignal<Option<DecodeProgress>>,
    /// Whether the reading was given up, and nothing else asked for since.
    pub given_up: RwSignal<bool>,
    /// The row asked for.
    pub selected: RwSignal<Option<FrameId>>,
    /// The frame that came for it.
    pub frame: RwSignal<Option<Arc<FrameView>>>,
    /// Whether the inspector shows that frame, and not the log's.
    pub inspected: RwSignal<bool>,
    number: StoredValue<u64>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Decoding {
    pub(super) fn new() -> Self {
        Self {
            text: RwSignal::new(String::new()),
            file: RwSignal::new(None),
            format: RwSignal::new(None),
            version: RwSignal::new(None),
            dialect: RwSignal::new(None),
            decoded: RwSignal::new(None),
            progress: RwSignal::new(None),
            given_up: RwSignal::new(false),
            selected: RwSignal::new(None),
            frame: RwSignal::new(None),
            inspected: RwSignal::new(false),
            number: StoredValue::new(0),
            timer: StoredValue::new(None),
        }
    }

    /// The number of the next question.
    fn count_up(self) -> u64 {
        let number = self.number.get_value() + 1;
        self.number.set_value(number);
        number
    }

    pub(super) fn show(self, update: &mut Update) {
        let number = self.number.get_value();
        match update.decoding.take() {
            Some(Read::Done(decoded)) if decoded.number == number => {
                self.progress.set(None);
                self.decoded.set(Some(Arc::new(*decoded)));
            }
            Some(Read::Underway(progress)) if progress.number == number => {
                self.progress.set(Some(progress));
            }
            _ => {}
        }
        if let Some(frame) = update.decoded_frame.take() {
            let frame = frame.map(|frame| Arc::new(*frame));
            let wanted = self.selected.get_untracked();
            match &frame {
                Some(shown) if Some(shown.row.id) != wanted => {}
                _ => self.frame.set(frame),
            }
        }
    }
}

impl Console {
    /// Follows what is pasted: a moment after the last key the engine reads it.
    pub(super) fn push_decoding(self) {
        let decoding = self.decoding;
        Effect::new(move |before: Option<()>| {
            decoding.text.track();
            decoding.file.track();
            decoding.format.track();
            decoding.version.track();
            decoding.dialect.track();
            if before.is_none() {
                return;
            }
            if let Some(timer) = decoding.timer.get_value() {
                timer.clear();
            }
            let timer = set_timeout_with_handle(move || self.decode(), REST);
            decoding.timer.set_value(timer.ok());
        });
    }

    /// Reads what was pasted.
    pub fn decode(self) {
        let decoding = self.decoding;
        let number = decoding.count_up();
        let source = match decoding.file.get_untracked() {
            Some(file) => DecodeSource::File(file.bytes),
            None => DecodeSource::Text(decoding.text.get_untracked()),
        };
        decoding.given_up.set(false);
        decoding.selected.set(None);
        decoding.frame.set(None);
        self.post(&Command::Decode(Some(Box::new(DecodeRequest {
            number,
            source,
            format: decoding.format.get_untracked(),
            version: decoding.version.get_untracked(),
            dialect: decoding.dialect.get_untracked(),
            identities: self.current().identities(),
        }))));
    }

    /// Gives up what is being read.
    pub fn give_up_decoding(self) {
        let decoding = self.decoding;
        // What is still under way for it is nothing any more.
        decoding.count_up();
        decoding.progress.set(None);
        decoding.given_up.set(true);
        decoding.decoded.set(None);
        decoding.selected.set(None);
        decoding.frame.set(None);
        self.post(&Command::Decode(None));
    }

    /// How much of what was pasted is wrong: text that does not fit, packets that are none.
    pub fn decoding_problems(self) -> usize {
        self.decoding.decoded.with(|decoded| {
            decoded.as_ref().map_or(0, |decoded| {
                let faults = decoded
                    .rows
                    .iter()
                    .filter(|row| row.fault.is_some())
                    .count();
                let problems = usize::try_from(decoded.problem_count).unwrap_or(usize::MAX);
                faults.saturating_add(problems)
            })
        })
    }

    /// Shows a decoded row in the inspector.
    pub fn inspect_decoded(self, frame: FrameId) {
        let decoding = self.decoding;
        decoding.inspected.set(true);
        if decoding.selected.get_untracked() != Some(frame) {
            decoding.selected.set(Some(frame));
            self.post(&Command::SelectDecoded(Some(frame)));
        }
    }

    /// The frame that the inspector shows: the log's or the decoder's, whichever was chosen last.
    pub fn inspected(self) -> Signal<Option<Arc<FrameView>>> {
        let decoding = self.decoding;
        Signal::derive(move || {
            if decoding.inspected.get() {
                decoding.frame.get()
            } else {
                self.inspecting_device().frame.get()
            }
        })
    }

    /// The device whose frames the inspector shows.
    pub fn inspecting_device(self) -> Device {
        self.inspecting
            .get()
            .filter(|id| Some(*id) == self.beside.get())
            .and_then(|id| self.device_of(id))
            .unwrap_or(self.device)
    }

    /// The `id` of the log that the inspected frame stands in.
    pub fn log_id(self) -> &'static str {
        let inspected = untrack(|| self.inspecting_device()).id;
        if inspected == self.device.id {
            "log"
        } else {
            "log-beside"
        }
    }

    /// About the device whose frames the inspector shows.
    pub fn of_inspected(self) -> Self {
        self.of(untrack(|| self.inspecting_device()))
    }
}
