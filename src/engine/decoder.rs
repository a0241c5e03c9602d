//! Pasted bytes, read without any connection: every version and every dialect tried, each packet as
//! the inspector shows it.

use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

use super::inspect;
use super::log::{Content, FrameLog, PlatformLine, row};
use super::seam::{
    DecodeFault, DecodeProblem, DecodeRequest, DecodeSource, Decoded, DecodedRow, FrameId,
    FrameView, PasteFormat,
};
use crate::capture::cut::{self, Cut};
use crate::capture::expected::expected;
use crate::capture::paste::{self, Paste, Places, Stream};
use crate::mqtt::{Dissection, PacketType, ProtocolVersion, Severity, plausible_versions};
use crate::platform::text;
use crate::platform::{
    Dialect, DialectId, Direction, FormValues, Publication, Reading, Role, Text,
};
use crate::time::Now;

/// How many messages decide which dialect it is.
const JUDGED: usize = 200;

/// What was pasted last.
#[derive(Default)]
pub(super) struct Decoder {
    log: FrameLog,
    /// For each row, the dialect that knows its message best.
    dialects: Vec<Option<&'static dyn Dialect>>,
    identities: BTreeMap<DialectId, FormValues>,
    selected: Option<FrameId>,
    decoded: Option<Box<Decoded>>,
    selected_dirty: bool,
}

impl Decoder {
    /// Reads what was pasted, in place of what was read before.
    pub(super) fn decode(
        &mut self,
        now: Now,
        dialects: &'static [&'static dyn Dialect],
        request: DecodeRequest,
    ) {
        *self = Self {
            identities: request.identities,
            selected_dirty: true,
            ..Self::default()
        };
        let file;
        let (text, format, paste) = match &request.source {
            DecodeSource::Text(text) => {
                let (format, paste) = read_text(text, request.format);
                (text.as_str(), format, paste)
            }
            DecodeSource::File(bytes) => match core::str::from_utf8(bytes) {
                Ok(text) if request.format != Some(PasteFormat::Binary) && is_text(text) => {
                    let (format, paste) = read_text(text, request.format);
                    (text, format, paste)
                }
                _ => {
                    file = Paste {
                        streams: vec![Stream::binary(bytes.to_vec())],
                        ..Paste::default()
                    };
                    ("", PasteFormat::Binary, file)
                }
            },
        };
        let places = Places::new(text);
        let mut decoded = Decoded {
            number: request.number,
            format: (!paste.is_empty()).then_some(format),
            bytes: paste.len() as u64,
            problem_count: paste.problem_count as u64,
            problems: paste
                .problems
                .iter()
                .map(|problem| DecodeProblem {
                    severity: problem.severity,
                    place: places.find(problem.at),
                    text: problem.text.clone(),
                })
                .collect(),
            ..Decoded::default()
        };
        let pieces = self.cut(now, &paste, request.version, &mut decoded);
        self.choose_dialects(dialects, request.dialect, &pieces, &mut decoded);
        decoded.rows = pieces
            .into_iter()
            .filter_map(|piece| self.row(piece, &paste, &places))
            .collect();
        self.decoded = Some(Box::new(decoded));
    }

    /// Cuts the streams into packets and keeps them as rows of a log of their own.
    fn cut(
        &mut self,
        now: Now,
        paste: &Paste,
        wanted: Option<ProtocolVersion>,
        decoded: &mut Decoded,
    ) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (number, stream) in paste.streams.iter().enumerate() {
            for piece in cut::pieces(stream, usize::MAX) {
                if pieces.len() >= Decoded::MAX_ROWS {
                    decoded.more += 1;
                    continue;
                }
                pieces.push(Piece {
                    id: FrameId(0),
                    stream: number,
                    bytes: Bytes::copy_from_slice(
                        stream.bytes.get(piece.range.clone()).unwrap_or_default(),
                    ),
                    range: piece.range,
                    cut: piece.cut,
                    direction: stream.direction,
                    version: ProtocolVersion::V3_1_1,
                });
            }
        }
        let frames = pieces
            .iter()
            .filter(|piece| matches!(piece.cut, Cut::Whole | Cut::Faulty))
            .map(|piece| piece.bytes.as_ref());
        let plausible = if frames.clone().next().is_some() {
            plausible_versions(frames)
        } else {
            Vec::new()
        };
        let version = wanted.or(plausible.first().copied());
        decoded.version = version;
        decoded.plausible = plausible
            .into_iter()
            .filter(|other| Some(*other) != version)
            .collect();
        for piece in &mut pieces {
            piece.version = version.unwrap_or(ProtocolVersion::V3_1_1);
            let direction = piece
                .direction
                .or_else(|| sent_by(piece.bytes.first().copied()))
                .unwrap_or(Direction::Up);
            let is_frame = !matches!(piece.cut, Cut::Noise);
            piece.id = if is_frame {
                self.log
                    .push_frame(now, direction, piece.version, piece.bytes.clone())
                    .id
            } else {
                let content = Content::Malformed(piece.bytes.clone());
                self.log.push(now, direction, piece.version, content)
            };
        }
        pieces
    }

    /// Lets every dialect read the messages, and takes for each the one that knows it best.
    fn choose_dialects(
        &mut self,
        all: &'static [&'static dyn Dialect],
        wanted: Option<DialectId>,
        pieces: &[Piece],
        decoded: &mut Decoded,
    ) {
        self.dialects = vec![None; pieces.len()];
        let mut candidates: Vec<Candidate> = all
            .iter()
            .map(|dialect| {
                let declaration = dialect.declaration();
                let typed = self.identities.get(&declaration.id).cloned();
                let identity = typed.unwrap_or_else(|| {
                    let fields = declaration.identity.iter();
                    fields
                        .map(|field| (field.key.to_string(), field.default.to_string()))
                        .collect()
                });
                Candidate {
                    dialect: *dialect,
                    id: declaration.id,
                    topics: declaration
                        .topics
                        .into_iter()
                        .map(|topic| topic.template.into_owned())
                        .collect(),
                    identity,
                    score: 0,
                    known: 0,
                }
            })
            .collect();
        let messages: Vec<(usize, Option<Direction>, Publication)> = pieces
            .iter()
            .enumerate()
            .filter_map(|(index, piece)| {
                let publication = inspect::publication(piece.version, &piece.bytes)?;
                Some((index, piece.direction, publication))
            })
            .collect();
        for (_, direction, publication) in messages.iter().take(JUDGED) {
            for candidate in &mut candidates {
                let (_, reading) = candidate.read(*direction, publication);
                let score = candidate.worth(publication, &reading);
                candidate.score += score;
                candidate.known += u32::from(score > 0);
            }
        }
        // The order of the catalogue decides between equals.
        candidates.sort_by_key(|candidate| core::cmp::Reverse(candidate.score));
        decoded.dialects = candidates
            .iter()
            .filter(|candidate| candidate.known > 0)
            .map(|candidate| (candidate.id.clone(), candidate.known))
            .collect();
        if let Some(wanted) = wanted {
            candidates.retain(|candidate| candidate.id == wanted);
        } else {
            candidates.retain(|candidate| candidate.known > 0);
        }
        decoded.dialect = candidates.first().map(|candidate| candidate.id.clone());
        for candidate in &candidates {
            self.identities
                .insert(candidate.id.clone(), candidate.identity.clone());
        }
        for (index, direction, publication) in &messages {
            // The dialect of the whole paste first, unless this message is clearly another's.
            let read = candidates
                .iter()
                .map(|candidate| {
                    let (direction, reading) = candidate.read(*direction, publication);
                    let worth = candidate.worth(publication, &reading);
                    (worth, candidate, (direction, reading))
                })
                .filter(|(worth, ..)| *worth > 0)
                .fold(
                    None,
                    |best: Option<(u32, &Candidate, (Direction, Reading))>, this| match &best {
                        Some((worth, ..)) if *worth > 1 || this.0 <= 1 => best,
                        _ => Some(this),
                    },
                )
                .map(|(_, candidate, read)| (candidate, read));
            let (Some((candidate, (direction, reading))), Some(piece)) = (read, pieces.get(*index))
            else {
                continue;
            };
            if let Some(chosen) = self.dialects.get_mut(*index) {
                *chosen = Some(candidate.dialect);
            }
            self.log.remark(piece.id, |entry| {
                entry.direction = direction;
                entry.severity = reading
                    .findings
                    .iter()
                    .filter(|finding| finding.rule != FOREIGN_TOPIC)
                    .map(|finding| finding.severity)
                    .max();
                entry.platform = Some(Box::new(PlatformLine::of(&reading)));
            });
        }
    }

    fn row(&mut self, piece: Piece, paste: &Paste, places: &Places<'_>) -> Option<DecodedRow> {
        let stream = paste.streams.get(piece.stream);
        let place = |byte: usize| {
            stream
                .and_then(|stream| stream.place(byte))
                .map(|at| places.find(at))
        };
        let fault = fault(&piece).map(|(offset, field, expected, rule)| DecodeFault {
            offset: offset as u64,
            place: place(piece.range.start + offset),
            field,
            expected,
            rule,
        });
        if fault.is_some() {
            self.log
                .remark(piece.id, |entry| entry.severity = Some(Severity::Error));
        }
        Some(DecodedRow {
            row: row(piece.id, self.log.entry(piece.id)?),
            start: piece.range.start as u64,
            stream: u32::try_from(piece.stream).unwrap_or(u32::MAX),
            place: place(piece.range.start),
            fault,
        })
    }

    /// Which row the inspector shows.
    pub(super) fn select(&mut self, frame: Option<FrameId>) {
        self.selected = frame;
        self.selected_dirty = true;
    }

    /// What was decoded, once.
    pub(super) fn poll_decoded(&mut self) -> Option<Box<Decoded>> {
        self.decoded.take()
    }

    /// The selected row, when it changed.
    pub(super) fn poll_selected(&mut self) -> Option<Option<Box<FrameView>>> {
        if !core::mem::take(&mut self.selected_dirty) {
            return None;
        }
        Some(self.selected_view())
    }

    fn selected_view(&self) -> Option<Box<FrameView>> {
        let id = self.selected?;
        let entry = self.log.entry(id)?;
        let dialect = usize::try_from(id.0)
            .ok()
            .and_then(|index| self.dialects.get(index).copied().flatten());
        let identity = dialect
            .and_then(|dialect| self.identities.get(&dialect.declaration().id))
            .cloned()
            .unwrap_or_default();
        let mut view = inspect::frame_view(dialect, &identity, id, entry);
        view.findings
            .retain(|finding| finding.rule != FOREIGN_TOPIC);
        // Jumps lead into the log of a connection.
        view.partners.clear();
        view.previous = inspect::previous(dialect, &identity, &self.log, id, FrameId(0));
        Some(Box::new(view))
    }
}

/// Pasted messages may be anybody's.
const FOREIGN_TOPIC: &str = "ForeignTopic";

/// Bytes of a stream that are, or ought to be, one packet.
struct Piece {
    id: FrameId,
    stream: usize,
    range: Range<usize>,
    bytes: Bytes,
    cut: Cut,
    direction: Option<Direction>,
    version: ProtocolVersion,
}

/// A dialect that reads the messages.
struct Candidate {
    dialect: &'static dyn Dialect,
    id: DialectId,
    topics: Vec<String>,
    identity: FormValues,
    score: u32,
    known: u32,
}

impl Candidate {
    /// Reads a message in the direction told, or in the one that makes more of it.
    fn read(&self, told: Option<Direction>, publication: &Publication) -> (Direction, Reading) {
        let read = |direction| {
            let reading = self.dialect.read(&self.identity, direction, publication);
            (direction, reading)
        };
        if let Some(direction) = told {
            return read(direction);
        }
        let (up, down) = (read(Direction::Up), read(Direction::Down));
        if self.worth(publication, &down.1) > self.worth(publication, &up.1) {
            down
        } else {
            up
        }
    }

    /// How much this dialect makes of a message: nothing when it does not know it, one when it
    /// takes it as it takes any, more the more of the topic and of the payload is its own, less for
    /// what it finds wrong.
    fn worth(&self, publication: &Publication, reading: &Reading) -> u32 {
        if reading.kind.is_none() {
            return 0;
        }
        let own = self
            .topics
            .iter()
            .filter_map(|template| literal(template, &publication.topic))
            .max()
            .unwrap_or(0);
        if own == 0 {
            return 1;
        }
        let structured = reading
            .fields
            .iter()
            .any(|field| !field.children.is_empty());
        let tied = reading.correlation.is_some() || reading.role != Role::OneWay;
        let errors = reading
            .findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error && finding.rule != FOREIGN_TOPIC)
            .count();
        let good = 2
            + own.min(20)
            + 3 * u32::from(structured)
            + 3 * u32::from(tied)
            + 2 * u32::from(!reading.samples.is_empty());
        good.saturating_sub(u32::try_from(errors).unwrap_or(u32::MAX))
            .max(2)
    }
}

/// How many characters of a topic a template names; `None` when the topic does not follow it.
fn literal(template: &str, topic: &str) -> Option<u32> {
    let mut names = 0;
    let mut segments = topic.split('/');
    for wanted in template.split('/') {
        let segment = segments.next()?;
        let fixed = wanted.split('{').next().unwrap_or_default();
        let open = fixed.len() < wanted.len();
        let fits = if open {
            segment.starts_with(fixed)
        } else {
            segment == fixed
        };
        if !fits {
            return None;
        }
        names += u32::try_from(fixed.len()).unwrap_or(u32::MAX);
    }
    segments.next().is_none().then_some(names)
}

/// Which side sends packets of this type; `None` where both do.
fn sent_by(first: Option<u8>) -> Option<Direction> {
    match PacketType::from_number(first? >> 4)? {
        PacketType::Connect
        | PacketType::Subscribe
        | PacketType::Unsubscribe
        | PacketType::PingReq => Some(Direction::Up),
        PacketType::ConnAck | PacketType::SubAck | PacketType::UnsubAck | PacketType::PingResp => {
            Some(Direction::Down)
        }
        _ => None,
    }
}

/// The byte at which a piece goes wrong, the field, what was expected, and the rule.
fn fault(piece: &Piece) -> Option<(usize, String, Text, String)> {
    match piece.cut {
        Cut::Noise => Some((
            0,
            "Fixed header".to_owned(),
            text!(
                "expected the first byte of a control packet; {} bytes are skipped up to the next one",
                "此处应为控制报文的首字节；已跳过 {} 字节，直到下一个报文",
                piece.bytes.len()
            ),
            String::new(),
        )),
        Cut::Short { wanted } => {
            let got = piece.bytes.len();
            let text = match wanted {
                Some(wanted) => text!(
                    "expected {} more bytes: the remaining length asks for {wanted} in all, {got} are there",
                    "此处还应有 {} 字节：剩余长度要求共 {wanted} 字节，实际 {got} 字节",
                    wanted.saturating_sub(got)
                ),
                None => Text::new(
                    "expected the rest of the remaining length",
                    "此处应为剩余长度的后续字节",
                ),
            };
            Some((got, "Remaining Length".to_owned(), text, String::new()))
        }
        Cut::Whole | Cut::Faulty => {
            let dissection = Dissection::of(piece.version, &piece.bytes);
            let fault = dissection.faults().first()?;
            Some((
                fault.offset,
                fault.field.to_owned(),
                expected(fault),
                fault.statement().to_owned(),
            ))
        }
    }
}

fn read_text(text: &str, wanted: Option<PasteFormat>) -> (PasteFormat, Paste) {
    let mut limit = text.len().min(paste::MAX_TEXT);
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let head = text.get(..limit).unwrap_or_default();
    let format = wanted.unwrap_or_else(|| paste::guess(head));
    let mut paste = paste::read(format, head);
    if limit < text.len() {
        paste.problem_count += 1;
        paste.problems.push(paste::Problem {
            severity: Severity::Warning,
            at: limit,
            text: text!(
                "only the first {} MiB are read",
                "仅读取前 {} MiB",
                paste::MAX_TEXT >> 20
            ),
        });
    }
    (format, paste)
}

/// Whether a file is text: no control characters but those of text.
fn is_text(text: &str) -> bool {
    !text
        .bytes()
        .any(|byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7F)
}
