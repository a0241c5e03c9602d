//! Pasted bytes, read without any connection: every version and every dialect tried, each packet as
//! the inspector shows it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use bytes::Bytes;

use super::inspect;
use super::log::{Content, FrameLog, PlatformLine, row};
use super::seam::{
    DecodeFault, DecodeProblem, DecodeProgress, DecodeRequest, DecodeSource, DecodeStep, Decoded,
    DecodedRow, Decoding, FrameId, FrameView, PasteFormat,
};
use crate::capture::cut::{Cut, Cutter};
use crate::capture::expected::expected;
use crate::capture::paste::{self, Made, Paste, Places, Stream};
use crate::mqtt::{Dissection, PacketType, ProtocolVersion, Severity, Summary, plausible_versions};
use crate::platform::text;
use crate::platform::{
    Dialect, DialectId, Direction, Finding, FormValues, Place, Publication, Reading, Role, Text,
};
use crate::time::Now;

/// How many messages decide which dialect it is.
const JUDGED: usize = 200;

/// The most packets and the most bytes that one slice of the work reads.
const SLICE_PACKETS: usize = 500;
const SLICE_BYTES: usize = 256 << 10;

/// What was pasted last.
#[derive(Default)]
pub(super) struct Decoder {
    log: FrameLog,
    /// For each row, the dialect that knows its message best.
    dialects: Vec<Option<&'static dyn Dialect>>,
    identities: BTreeMap<DialectId, FormValues>,
    selected: Option<FrameId>,
    selected_dirty: bool,
    work: Option<Box<Work>>,
}

/// A paste that is being read: a slice with each update, so that a large one stalls neither a
/// connection nor the page, and can be given up.
struct Work {
    now: Now,
    all: &'static [&'static dyn Dialect],
    wanted_version: Option<ProtocolVersion>,
    wanted_dialect: Option<DialectId>,
    paste: Paste,
    places: Places,
    pieces: Vec<Piece>,
    decoded: Decoded,
    stage: Stage,
}

/// What is to be done next.
enum Stage {
    /// Cut this stream into packets, those before it are.
    Cut { stream: usize, cutter: Cutter },
    /// Let these dialects read the message of this piece, and make its row.
    Read {
        candidates: Vec<Candidate>,
        next: usize,
    },
}

/// What one slice may still do.
struct Budget {
    packets: usize,
    bytes: usize,
}

impl Budget {
    /// Whether there is any left, before this many bytes are taken from it.
    fn take(&mut self, bytes: usize) -> bool {
        let is_left = self.packets > 0 && self.bytes > 0;
        self.packets = self.packets.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
        is_left
    }
}

impl Decoder {
    /// Begins to read what was pasted, in place of what was read before; without a request that is
    /// forgotten, and what is being read is given up.
    pub(super) fn decode(
        &mut self,
        now: Now,
        all: &'static [&'static dyn Dialect],
        request: Option<DecodeRequest>,
    ) {
        *self = Self {
            selected_dirty: true,
            ..Self::default()
        };
        let Some(request) = request else { return };
        self.identities = request.identities;
        let (text, format, paste) = read_source(request.source, request.format);
        let places = Places::new(text);
        let decoded = Decoded {
            number: request.number,
            format: is_recognised(format, &paste).then_some(format),
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
        self.work = Some(Box::new(Work {
            now,
            all,
            wanted_version: request.version,
            wanted_dialect: request.dialect,
            paste,
            places,
            pieces: Vec::new(),
            decoded,
            stage: Stage::Cut {
                stream: 0,
                cutter: Cutter::default(),
            },
        }));
    }

    /// The next slice: how far it is, or what was read.
    pub(super) fn poll_decoding(&mut self) -> Option<Decoding> {
        let mut work = self.work.take()?;
        let mut budget = Budget {
            packets: SLICE_PACKETS,
            bytes: SLICE_BYTES,
        };
        if matches!(work.stage, Stage::Cut { .. }) && work.cut(&mut budget) {
            self.keep(&mut work);
            work.stage = Stage::Read {
                candidates: self.judge(&mut work),
                next: 0,
            };
        }
        if self.read(&mut work, &mut budget) {
            return Some(Decoding::Done(Box::new(work.decoded)));
        }
        let progress = work.progress();
        self.work = Some(work);
        Some(Decoding::Underway(progress))
    }

    /// Keeps the pieces as rows of a log of their own, in the version that fits them best.
    fn keep(&mut self, work: &mut Work) {
        let frames = work
            .pieces
            .iter()
            .filter(|piece| matches!(piece.cut, Cut::Whole | Cut::Faulty) && !piece.is_made)
            .map(|piece| piece.bytes.as_ref());
        let plausible = if frames.clone().next().is_some() {
            plausible_versions(frames)
        } else if work.pieces.iter().any(|piece| piece.is_made) {
            vec![MADE_VERSION]
        } else {
            Vec::new()
        };
        let version = work.wanted_version.or(plausible.first().copied());
        work.decoded.version = version;
        work.decoded.plausible = plausible
            .into_iter()
            .filter(|other| Some(*other) != version)
            .collect();
        for piece in &mut work.pieces {
            piece.version = match version {
                Some(version) if !piece.is_made => version,
                _ => MADE_VERSION,
            };
            let direction = piece
                .direction
                .or_else(|| sent_by(piece.bytes.first().copied()))
                .unwrap_or(Direction::Up);
            let is_frame = !matches!(piece.cut, Cut::Noise);
            piece.id = if is_frame {
                let (version, bytes) = (piece.version, &piece.bytes);
                let summary = Summary::of(version, bytes);
                let kept = self
                    .log
                    .push_frame(work.now, direction, version, bytes, &summary);
                kept.id
            } else {
                let content = Content::Malformed(piece.bytes.clone());
                self.log.push(work.now, direction, piece.version, content)
            };
        }
    }

    /// Lets every dialect read the first messages; those that know any are left, the best first.
    fn judge(&mut self, work: &mut Work) -> Vec<Candidate> {
        self.dialects = vec![None; work.pieces.len()];
        let mut candidates: Vec<Candidate> = work
            .all
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
        let messages = work.pieces.iter().filter_map(|piece| {
            let publication = inspect::publication(piece.version, &piece.bytes)?;
            Some((piece.direction, publication))
        });
        for (direction, publication) in messages.take(JUDGED) {
            for candidate in &mut candidates {
                let (_, reading) = candidate.read(direction, &publication);
                let score = candidate.worth(&publication, &reading);
                candidate.score += score;
                candidate.known += u32::from(score > 0);
            }
        }
        // The order of the catalogue decides between equals.
        candidates.sort_by_key(|candidate| core::cmp::Reverse(candidate.score));
        work.decoded.dialects = candidates
            .iter()
            .filter(|candidate| candidate.known > 0)
            .map(|candidate| (candidate.id.clone(), candidate.known))
            .collect();
        if let Some(wanted) = &work.wanted_dialect {
            candidates.retain(|candidate| candidate.id == *wanted);
        } else {
            candidates.retain(|candidate| candidate.known > 0);
        }
        work.decoded.dialect = candidates.first().map(|candidate| candidate.id.clone());
        for candidate in &candidates {
            self.identities
                .insert(candidate.id.clone(), candidate.identity.clone());
        }
        candidates
    }

    /// Reads pieces and makes their rows while the budget lasts. Whether that was all of them.
    fn read(&mut self, work: &mut Work, budget: &mut Budget) -> bool {
        let Stage::Read { candidates, next } = &mut work.stage else {
            return false;
        };
        while let Some(piece) = work.pieces.get(*next) {
            if !budget.take(piece.bytes.len()) {
                return false;
            }
            self.attribute(candidates, *next, piece);
            let row = self.row(piece, &work.paste, &work.places);
            work.decoded.rows.extend(row);
            *next += 1;
        }
        true
    }

    /// Gives a message to the dialect of the whole paste, unless it is clearly another's.
    fn attribute(&mut self, candidates: &[Candidate], index: usize, piece: &Piece) {
        let Some(publication) = inspect::publication(piece.version, &piece.bytes) else {
            return;
        };
        let read = candidates
            .iter()
            .map(|candidate| {
                let (direction, reading) = candidate.read(piece.direction, &publication);
                let worth = candidate.worth(&publication, &reading);
                (worth, candidate, (direction, reading))
            })
            .filter(|(worth, ..)| *worth > 0)
            .fold(
                None,
                |best: Option<(u32, &Candidate, (Direction, Reading))>, this| match &best {
                    Some((worth, ..)) if *worth > 1 || this.0 <= 1 => best,
                    _ => Some(this),
                },
            );
        let Some((_, candidate, (direction, reading))) = read else {
            return;
        };
        if let Some(chosen) = self.dialects.get_mut(index) {
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

    fn row(&mut self, piece: &Piece, paste: &Paste, places: &Places) -> Option<DecodedRow> {
        let stream = paste.streams.get(piece.stream);
        let place = |byte: usize| {
            stream
                .and_then(|stream| stream.place(byte))
                .map(|at| places.find(at))
        };
        let fault = fault(piece).map(|(offset, field, expected, rule)| DecodeFault {
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
        let made = stream.and_then(|stream| stream.made.as_ref());
        if let Some(made) = made {
            let finding = made_from(made, places);
            self.log.remark(piece.id, |entry| {
                entry.severity = entry.severity.max(Some(finding.severity));
                entry.findings.push(finding);
            });
        }
        let mut row = row(piece.id, self.log.entry(piece.id)?);
        if let Some(made) = made {
            let from = &made.from;
            row.summary = Text::owned(
                format!("made from {from}: {}", row.summary.en),
                format!("由 {from} 还原：{}", row.summary.zh),
            );
        }
        Some(DecodedRow {
            row,
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

impl Work {
    /// Cuts the streams into packets while the budget lasts. Whether that was all of them.
    fn cut(&mut self, budget: &mut Budget) -> bool {
        let Stage::Cut { stream, cutter } = &mut self.stage else {
            return true;
        };
        while let Some(from) = self.paste.streams.get(*stream) {
            if !budget.take(0) {
                return false;
            }
            let Some(piece) = cutter.next(from) else {
                *stream += 1;
                *cutter = Cutter::default();
                continue;
            };
            budget.bytes = budget.bytes.saturating_sub(piece.range.len());
            if self.pieces.len() >= Decoded::MAX_ROWS {
                self.decoded.more += 1;
                continue;
            }
            self.pieces.push(Piece {
                id: FrameId(0),
                stream: *stream,
                bytes: Bytes::copy_from_slice(
                    from.bytes.get(piece.range.clone()).unwrap_or_default(),
                ),
                range: piece.range,
                cut: piece.cut,
                direction: from.direction,
                version: MADE_VERSION,
                is_made: from.made.is_some(),
            });
        }
        true
    }

    fn progress(&self) -> DecodeProgress {
        let number = self.decoded.number;
        match &self.stage {
            Stage::Cut { stream, cutter } => {
                let before: usize = self
                    .paste
                    .streams
                    .iter()
                    .take(*stream)
                    .map(|stream| stream.bytes.len())
                    .sum();
                DecodeProgress {
                    number,
                    step: DecodeStep::Cut,
                    done: before.saturating_add(cutter.at()) as u64,
                    total: self.decoded.bytes,
                }
            }
            Stage::Read { next, .. } => DecodeProgress {
                number,
                step: DecodeStep::Read,
                done: *next as u64,
                total: self.pieces.len() as u64,
            },
        }
    }
}

/// Bytes of a stream that are, or ought to be, one packet.
struct Piece {
    id: FrameId,
    stream: usize,
    range: Range<usize>,
    bytes: Bytes,
    cut: Cut,
    direction: Option<Direction>,
    version: ProtocolVersion,
    /// It was on no wire, and says nothing about the version of what was.
    is_made: bool,
}

/// The version of packets that are made of what a modem was told, and of whatever tells none.
const MADE_VERSION: ProtocolVersion = ProtocolVersion::V3_1_1;

/// That a packet was made, and from what.
fn made_from(made: &Made, places: &Places) -> Finding {
    let (line, from) = (places.find(made.at).0, &made.from);
    let (en, zh) = if made.is_qos_told {
        ("", "")
    } else {
        (
            "; the QoS is not told there and may be another",
            "；该行未给出 QoS，实际值可能不同",
        )
    };
    Finding {
        severity: Severity::Info,
        rule: Cow::Borrowed("MadeFromCommand"),
        place: Place::Message,
        text: Text::owned(
            format!(
                "made from the topic and the payload of {from} in line {line}: the modem makes its \
                 MQTT packets itself, these bytes were not on the wire{en}"
            ),
            format!(
                "由第 {line} 行 {from} 中的主题和负载还原：MQTT 报文由模组自行生成，这些字节并非线路上的原始字节{zh}"
            ),
        ),
        source: Cow::Borrowed("own rule"),
        unconfirmed: false,
    }
}

/// Whether the text was in this format: it gave bytes, or it is a log whose commands have none.
fn is_recognised(format: PasteFormat, paste: &Paste) -> bool {
    !paste.is_empty() || (format == PasteFormat::Log && !paste.problems.is_empty())
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

/// The text, empty for a file of bytes; the format; and what stands there.
fn read_source(source: DecodeSource, wanted: Option<PasteFormat>) -> (String, PasteFormat, Paste) {
    let text = match source {
        DecodeSource::Text(text) => Ok(text),
        DecodeSource::File(bytes) => match core::str::from_utf8(&bytes) {
            Ok(text) if wanted != Some(PasteFormat::Binary) && is_text(text) => Ok(text.to_owned()),
            _ => Err(bytes),
        },
    };
    match text {
        Ok(text) => {
            let (format, paste) = read_text(&text, wanted);
            (text, format, paste)
        }
        Err(bytes) => {
            let paste = Paste {
                streams: vec![Stream::binary(bytes.to_vec())],
                ..Paste::default()
            };
            (String::new(), PasteFormat::Binary, paste)
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
