//! Bytes to fields and back: the field tree of a frame, flattened once, so that the tree and the
//! hex view can light each other.

use core::ops::Range;
use std::collections::BTreeSet;

use super::i18n::Language;
use crate::engine::seam::{BitRange, Field, FieldKind, Note, Severity};

/// The place of a node in [`ByteMap`]: its number in reading order, parents before children.
pub type NodeId = usize;

/// One field, with its place in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The field's name, which also finds it again.
    pub name: String,
    /// The name in Chinese, where it has one.
    pub chinese_name: Option<String>,
    /// What the span is.
    pub kind: FieldKind,
    /// Bytes covered.
    pub bytes: Range<usize>,
    /// Bits covered, when it is part of one byte.
    pub bits: Option<BitRange>,
    /// Readable value; empty for groups.
    pub value: String,
    /// The value in Chinese, where it has words.
    pub chinese: Option<String>,
    /// Section that defines it, else the section of what it is part of; or empty.
    pub reference: String,
    /// Remarks.
    pub notes: Vec<Note>,
    /// How many nodes are above it.
    pub depth: usize,
    /// The node that it is part of.
    pub parent: Option<NodeId>,
    /// One past the last node of its subtree.
    pub subtree_end: NodeId,
}

impl Node {
    /// The name in the reader's language.
    pub fn name_in(&self, language: Language) -> &str {
        match language {
            Language::English => &self.name,
            Language::Chinese => self.chinese_name.as_ref().unwrap_or(&self.name),
        }
    }

    /// The value in the reader's language.
    pub fn value_in(&self, language: Language) -> &str {
        match language {
            Language::English => &self.value,
            Language::Chinese => self.chinese.as_ref().unwrap_or(&self.value),
        }
    }

    /// The most serious remark on this very field.
    pub fn severity(&self) -> Option<Severity> {
        let fault = (self.kind == FieldKind::Fault).then_some(Severity::Error);
        self.notes
            .iter()
            .map(|note| note.severity)
            .chain(fault)
            .max()
    }
}

/// A run of bytes whose deepest field is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Segment {
    start: usize,
    end: usize,
    node: NodeId,
}

/// A field tree that can be asked in both directions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ByteMap {
    nodes: Vec<Node>,
    // In order, without overlap.
    segments: Vec<Segment>,
}

impl ByteMap {
    /// Flattens `tree`. Fields that lie outside their parent or overlap a sibling are kept as
    /// nodes, and bytes are given to whichever field came first.
    pub fn new(tree: &[Field]) -> Self {
        let mut map = Self::default();
        let mut covered = 0;
        for field in tree {
            covered = map.add(field, None, 0, covered);
        }
        map
    }

    /// Adds `field` and its parts; bytes before `covered` belong to earlier fields. Returns the
    /// new end of what is covered.
    fn add(
        &mut self,
        field: &Field,
        parent: Option<NodeId>,
        depth: usize,
        covered: usize,
    ) -> usize {
        let id = self.nodes.len();
        let above = parent.and_then(|parent| self.nodes.get(parent));
        let reference = match (field.reference.as_ref(), above) {
            ("", Some(above)) => above.reference.clone(),
            (own, _) => own.to_owned(),
        };
        self.nodes.push(Node {
            name: field.name.to_string(),
            chinese_name: field.chinese_name.as_deref().map(str::to_owned),
            kind: field.kind,
            bytes: field.start..field.end,
            bits: field.bits,
            value: field.value.clone(),
            chinese: field.chinese.clone(),
            reference,
            notes: field.notes.clone(),
            depth,
            parent,
            subtree_end: id + 1,
        });
        let mut covered = covered.max(field.start);
        // The parts of one byte: that byte belongs to the field whose bits they are.
        let whole_byte = field.end == field.start + 1;
        for child in &field.children {
            if child.bits.is_some() && whole_byte {
                let after = self.add(child, Some(id), depth + 1, usize::MAX);
                debug_assert_eq!(after, usize::MAX);
                continue;
            }
            self.cover(covered..child.start.min(field.end), id);
            covered = self.add(child, Some(id), depth + 1, covered.max(child.start));
        }
        self.cover(covered..field.end, id);
        let end = self.nodes.len();
        if let Some(node) = self.nodes.get_mut(id) {
            node.subtree_end = end;
        }
        covered.max(field.end)
    }

    fn cover(&mut self, bytes: Range<usize>, node: NodeId) {
        if bytes.start < bytes.end {
            self.segments.push(Segment {
                start: bytes.start,
                end: bytes.end,
                node,
            });
        }
    }

    /// All nodes, in reading order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id)
    }

    /// The deepest field that covers `byte`, by binary search.
    pub fn deepest_at(&self, byte: usize) -> Option<NodeId> {
        let index = self.segments.partition_point(|segment| segment.end <= byte);
        self.segments
            .get(index)
            .filter(|segment| segment.start <= byte)
            .map(|segment| segment.node)
    }

    /// What `byte` is, for its colour; a byte that no field covers is a gap.
    pub fn kind_at(&self, byte: usize) -> FieldKind {
        self.deepest_at(byte)
            .and_then(|id| self.node(id))
            .map_or(FieldKind::Gap, |node| node.kind)
    }

    /// Whether a field starts at `byte`.
    pub fn starts_at(&self, byte: usize) -> bool {
        self.segments
            .binary_search_by_key(&byte, |segment| segment.start)
            .is_ok()
    }

    /// The nodes that show when those in `folded` hide their parts.
    pub fn unfolded(&self, folded: &BTreeSet<NodeId>) -> Vec<NodeId> {
        let mut shown = Vec::with_capacity(self.nodes.len());
        let mut id = 0;
        while let Some(node) = self.nodes.get(id) {
            shown.push(id);
            id = if folded.contains(&id) {
                node.subtree_end
            } else {
                id + 1
            };
        }
        shown
    }

    /// Whether `id` has parts.
    pub fn is_branch(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.subtree_end > id + 1)
    }

    /// The nodes above `id`, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        core::iter::successors(self.node(id).and_then(|node| node.parent), |&above| {
            self.node(above).and_then(|node| node.parent)
        })
    }

    /// Names from the top down to `id`.
    pub fn path(&self, id: NodeId) -> Vec<&str> {
        let mut names: Vec<&str> = core::iter::once(id)
            .chain(self.ancestors(id))
            .filter_map(|id| self.node(id))
            .map(|node| node.name.as_str())
            .collect();
        names.reverse();
        names
    }

    /// What the fields within `bytes` say, a line each, each part further in than what it is part of:
    /// what a platform reads in a payload. `None` where nothing is read in them.
    pub fn outline(&self, bytes: &Range<usize>, language: Language) -> Option<String> {
        let whole = |id: &NodeId| {
            self.node(*id)
                .is_some_and(|node| node.bytes == *bytes && node.subtree_end > id + 1)
        };
        let id = (0..self.nodes.len()).find(whole)?;
        let node = self.node(id)?;
        let parts = self.nodes.get(id + 1..node.subtree_end)?;
        let line = |part: &Node| {
            let indent = "  ".repeat(part.depth.saturating_sub(node.depth + 1));
            let name = part.name_in(language);
            match part.value_in(language) {
                "" => format!("{indent}{name}"),
                value => format!("{indent}{name}: {value}"),
            }
        };
        Some(parts.iter().map(line).collect::<Vec<_>>().join("\n"))
    }

    /// [`Self::path`] in words of the reader's language.
    pub fn path_in(&self, id: NodeId, language: Language) -> Vec<&str> {
        let mut names: Vec<&str> = core::iter::once(id)
            .chain(self.ancestors(id))
            .filter_map(|id| self.node(id))
            .map(|node| node.name_in(language))
            .collect();
        names.reverse();
        names
    }

    /// The first node with this path, so that a selection can stay on the same field of the next
    /// frame.
    pub fn find(&self, path: &[&str]) -> Option<NodeId> {
        let depth = path.len().checked_sub(1)?;
        (0..self.nodes.len()).find(|&id| {
            self.node(id).is_some_and(|node| node.depth == depth) && self.path(id) == path
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bit(name: &'static str, byte: usize, high: u8, low: u8) -> Field {
        Field {
            bits: Some(BitRange { high, low }),
            ..Field::leaf(name, FieldKind::Header, byte..byte + 1, "0")
        }
    }

    /// A PUBLISH of QoS 1, with one byte of its payload that no field explains.
    fn publish() -> Vec<Field> {
        let first = Field {
            children: vec![bit("Packet type", 0, 7, 4), bit("QoS", 0, 2, 1)],
            ..Field::leaf("Type and flags", FieldKind::Header, 0..1, "")
        };
        let header = Field::group(
            "Fixed header",
            0..2,
            vec![
                first,
                Field::leaf("Remaining Length", FieldKind::Length, 1..2, "9"),
            ],
        );
        let topic = Field::group(
            "Topic Name",
            2..6,
            vec![
                Field::leaf("Length", FieldKind::Length, 2..4, "2"),
                Field::leaf("Text", FieldKind::Text, 4..6, "ab"),
            ],
        );
        let variable = Field::group(
            "Variable header",
            2..8,
            vec![
                topic,
                Field::leaf("Packet Identifier", FieldKind::Identifier, 6..8, "7"),
            ],
        );
        let payload = Field {
            kind: FieldKind::Payload,
            ..Field::group(
                "Payload",
                8..11,
                vec![Field::leaf("Type", FieldKind::Identifier, 8..9, "3")],
            )
        };
        vec![header, variable, payload]
    }

    fn name_at(map: &ByteMap, byte: usize) -> Option<&str> {
        map.deepest_at(byte)
            .and_then(|id| map.node(id))
            .map(|node| node.name.as_str())
    }

    #[test]
    fn every_byte_finds_its_deepest_field() {
        let map = ByteMap::new(&publish());
        let expected = [
            "Type and flags",
            "Remaining Length",
            "Length",
            "Length",
            "Text",
            "Text",
            "Packet Identifier",
            "Packet Identifier",
            "Type",
            "Payload",
            "Payload",
        ];
        for (byte, name) in expected.into_iter().enumerate() {
            assert_eq!(name_at(&map, byte), Some(name), "byte {byte}");
        }
        assert_eq!(map.deepest_at(11), None);
        assert_eq!(map.kind_at(11), FieldKind::Gap);
    }

    #[test]
    fn a_node_knows_its_path_and_can_be_found_by_it() {
        let map = ByteMap::new(&publish());
        for id in 0..map.nodes().len() {
            let path = map.path(id);
            assert_eq!(map.find(&path), Some(id), "{path:?}");
        }
        assert_eq!(map.find(&["Variable header", "Nothing"]), None);
        assert_eq!(map.find(&[]), None);
    }

    #[test]
    fn folding_hides_the_whole_subtree_and_nothing_else() {
        let map = ByteMap::new(&publish());
        let all = map.unfolded(&BTreeSet::new());
        assert_eq!(all.len(), map.nodes().len());
        let variable = map.find(&["Variable header"]).unwrap();
        let shown = map.unfolded(&BTreeSet::from([variable]));
        assert_eq!(shown.len(), all.len() - 4);
        assert!(shown.contains(&variable));
        assert!(shown.contains(&map.find(&["Payload", "Type"]).unwrap()));
    }

    #[test]
    fn bits_without_a_field_for_their_byte_give_it_to_the_first() {
        let header = Field::group(
            "Fixed header",
            0..2,
            vec![
                bit("Packet type", 0, 7, 4),
                bit("Flags", 0, 3, 0),
                Field::leaf("Remaining Length", FieldKind::Length, 1..2, "0"),
            ],
        );
        let map = ByteMap::new(&[header]);
        assert_eq!(name_at(&map, 0), Some("Packet type"));
        assert_eq!(name_at(&map, 1), Some("Remaining Length"));
    }

    #[test]
    #[allow(clippy::reversed_empty_ranges)]
    fn disorder_neither_panics_nor_gives_a_byte_twice() {
        let wild = Field::group(
            "wild",
            2..6,
            vec![
                Field::leaf("late", FieldKind::Text, 5..9, ""),
                Field::leaf("early", FieldKind::Text, 0..3, ""),
                Field::leaf("backwards", FieldKind::Text, 7..4, ""),
            ],
        );
        let map = ByteMap::new(&[wild, Field::leaf("again", FieldKind::Text, 3..4, "")]);
        assert_eq!(map.nodes().len(), 5);
        assert!(
            map.segments
                .windows(2)
                .all(|pair| pair[0].end <= pair[1].start)
        );
    }
}
