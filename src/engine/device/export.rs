//! The log as a file: some rows with each update, so that the engine never stalls and the page can
//! show how far it is.

use bytes::Bytes;

use super::Device;
use crate::capture::export::{ExportRow, Exporter};
use crate::engine::Shared;
use crate::engine::inspect;
use crate::engine::log::{Content, Entry, row};
use crate::engine::seam::{ExportPart, ExportRequest, FrameId, LogEntry};
use crate::mqtt::{PacketType, conceal};

/// The most rows and the most bytes of rows that one update writes.
const ROWS: u64 = 500;
const BYTES: usize = 1 << 20;

/// A file in the making.
#[derive(Debug)]
pub(super) struct Export {
    number: u64,
    secrets: bool,
    writer: Exporter,
    /// The first row, the next one, and the one after the last.
    first: u64,
    next: u64,
    end: u64,
    has_started: bool,
}

impl Device {
    /// Begins a file with the rows that pass the filter, or gives one up.
    pub(super) fn export(&mut self, number: u64, request: Option<ExportRequest>) {
        let first = self.log.first().0;
        self.export = request.map(|request| Export {
            number,
            secrets: request.secrets,
            writer: Exporter::new(request.format),
            first,
            next: first,
            end: self.log.end(),
            has_started: false,
        });
    }

    /// The next part of the file.
    pub(super) fn poll_export(&mut self, shared: &Shared) -> Option<ExportPart> {
        let mut export = self.export.take()?;
        let mut out = Vec::new();
        if !export.has_started {
            out = export.writer.start();
            export.has_started = true;
        }
        let (mut rows, mut bytes) = (0_u64, 0_usize);
        while export.next < export.end && rows < ROWS && bytes < BYTES {
            let id = FrameId(export.next);
            export.next = export.next.saturating_add(1);
            rows = rows.saturating_add(1);
            // Older rows may have been dropped meanwhile.
            if let Some(entry) = self.log.entry(id).filter(|entry| self.log.passes(entry)) {
                bytes = bytes.saturating_add(entry.content.len());
                self.write_row(shared, id, entry, &mut export, &mut out);
            }
        }
        let part = ExportPart {
            number: export.number,
            done: export.next.saturating_sub(export.first),
            total: export.end.saturating_sub(export.first),
            bytes: Bytes::from(out),
        };
        if export.next < export.end {
            self.export = Some(export);
        }
        Some(part)
    }

    fn write_row(
        &self,
        shared: &Shared,
        id: FrameId,
        entry: &Entry,
        export: &mut Export,
        out: &mut Vec<u8>,
    ) {
        let shown = row(id, entry);
        let bytes = match &entry.content {
            Content::Link(text, _) => {
                let row = ExportRow::Link {
                    at: entry.at,
                    text: &text.en,
                };
                return export.writer.write(&row, out);
            }
            Content::Frame(bytes) | Content::Malformed(bytes) => bytes,
        };
        let masked;
        let written: &[u8] = if export.secrets {
            bytes
        } else {
            masked = self.masked(shared, id, entry, bytes);
            &masked
        };
        let (packet, topic) = match &shown.entry {
            LogEntry::Frame { topic, .. } => (
                entry.packet_type().map(PacketType::name),
                Some(topic.as_str()).filter(|topic| !topic.is_empty()),
            ),
            LogEntry::Malformed { .. } | LogEntry::Link => (None, None),
        };
        let row = ExportRow::Frame {
            at: entry.at,
            direction: entry.direction,
            opens: entry.packet_type() == Some(PacketType::Connect),
            packet,
            topic,
            summary: &shown.summary.en,
            bytes: written,
        };
        export.writer.write(&row, out);
    }

    /// The bytes with an asterisk for each byte of a secret; lengths stay what they are. Which
    /// platform spoke in a row of an earlier one is not known: what any of them keeps secret is.
    fn masked(&self, shared: &Shared, id: FrameId, entry: &Entry, bytes: &Bytes) -> Vec<u8> {
        let own = self.reader_of(id);
        let readers: &[_] = own.as_ref().map_or(shared.dialects, std::slice::from_ref);
        let mut masked = bytes.to_vec();
        for dialect in readers {
            let identity = &self.profile.identity;
            let (direction, version) = (entry.direction, entry.version);
            let layers = inspect::layers(Some(*dialect), identity, direction, version, bytes);
            conceal(&layers.tree, &mut masked);
        }
        masked
    }
}
