//! The topic tree: every topic of the log's messages, counted since the log was cleared. Bounded:
//! when it is full, messages on further topics are counted and not listed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::filter::quoted;
use super::seam::{FrameId, TopicId, TopicRow, TopicsView, TopicsWindow};
use crate::platform::Direction;
use crate::time::Instant;

/// The most levels in the tree.
const MAX_NODES: usize = 20_000;
/// The most bytes of their names.
const MAX_BYTES: usize = 2 << 20;
/// What is deeper than this stands in one level.
const MAX_DEPTH: usize = 24;
/// Rates are over one to two of these.
const PERIOD: Duration = Duration::from_secs(3);

/// The tree.
#[derive(Debug, Default)]
pub(super) struct Topics {
    nodes: Vec<Node>,
    roots: BTreeMap<Box<str>, u32>,
    bytes: usize,
    topics: u32,
    unlisted: u64,
}

#[derive(Debug)]
struct Node {
    parent: Option<u32>,
    name: Box<str>,
    children: BTreeMap<Box<str>, u32>,
    up: u64,
    down: u64,
    rate: Rate,
    last: Option<FrameId>,
}

/// Messages of this period and of the one before.
#[derive(Clone, Copy, Debug)]
struct Rate {
    since: Instant,
    current: u64,
    before: u64,
}

impl Rate {
    fn count(&mut self, now: Instant) {
        let age = now - self.since;
        if age >= PERIOD {
            self.before = if age < PERIOD.saturating_mul(2) {
                self.current
            } else {
                0
            };
            self.current = 0;
            self.since = now;
        }
        self.current = self.current.saturating_add(1);
    }

    /// Messages a second, times 1000.
    fn milli(&self, now: Instant) -> u64 {
        let age = now - self.since;
        if age >= PERIOD.saturating_mul(2) {
            return 0;
        }
        // A period that has run out counts as the one before.
        let (current, before, part) = if age >= PERIOD {
            (0, self.current, age.saturating_sub(PERIOD))
        } else {
            (self.current, self.before, age)
        };
        let part = part.as_secs_f64() / PERIOD.as_secs_f64();
        let messages = current as f64 + before as f64 * (1.0 - part);
        (messages / PERIOD.as_secs_f64() * 1000.0).round() as u64
    }
}

impl Topics {
    /// A message on `topic` stands in row `frame`.
    pub(super) fn observe(
        &mut self,
        now: Instant,
        direction: Direction,
        frame: FrameId,
        topic: &str,
    ) {
        let Some(leaf) = self.leaf(now, topic) else {
            self.unlisted = self.unlisted.saturating_add(1);
            return;
        };
        let is_new = self
            .node_mut(leaf)
            .is_some_and(|node| node.last.replace(frame).is_none());
        if is_new {
            self.topics = self.topics.saturating_add(1);
        }
        let mut at = Some(leaf);
        while let Some(node) = at.and_then(|id| self.node_mut(id)) {
            match direction {
                Direction::Up => node.up = node.up.saturating_add(1),
                Direction::Down => node.down = node.down.saturating_add(1),
            }
            node.rate.count(now);
            at = node.parent;
        }
    }

    fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    fn node_mut(&mut self, id: u32) -> Option<&mut Node> {
        self.nodes.get_mut(id as usize)
    }

    fn leaf(&mut self, now: Instant, topic: &str) -> Option<u32> {
        let mut at = None;
        for level in topic.splitn(MAX_DEPTH, '/') {
            let children = match at {
                None => &self.roots,
                Some(id) => &self.node(id)?.children,
            };
            at = Some(match children.get(level) {
                Some(id) => *id,
                None => self.grow(now, at, level)?,
            });
        }
        at
    }

    fn grow(&mut self, now: Instant, parent: Option<u32>, level: &str) -> Option<u32> {
        let bytes = self.bytes.saturating_add(level.len());
        if self.nodes.len() >= MAX_NODES || bytes > MAX_BYTES {
            return None;
        }
        let id = u32::try_from(self.nodes.len()).ok()?;
        let children = match parent {
            None => &mut self.roots,
            Some(parent) => &mut self.node_mut(parent)?.children,
        };
        children.insert(level.into(), id);
        self.bytes = bytes;
        self.nodes.push(Node {
            parent,
            name: level.into(),
            children: BTreeMap::new(),
            up: 0,
            down: 0,
            rate: Rate {
                since: now,
                current: 0,
                before: 0,
            },
            last: None,
        });
        Some(id)
    }

    /// The rows in view, without their last values, and whether any rate will change by itself.
    pub(super) fn window(&self, now: Instant, view: &TopicsView) -> (TopicsWindow, bool) {
        let ids = |ids: &[TopicId]| ids.iter().map(|id| id.0).collect::<BTreeSet<u32>>();
        let (open, folded) = (ids(&view.open), ids(&view.folded));
        let count = view.count.min(TopicsView::MAX_COUNT);
        let mut walk = Walk {
            topics: self,
            now,
            open: &open,
            folded: &folded,
            wanted: view.start..view.start.saturating_add(count),
            at: 0,
            rows: Vec::new(),
            path: String::new(),
        };
        walk.level(&self.roots, 0);
        let (total, rows) = (walk.at, walk.rows);
        let is_moving = rows.iter().any(|row| row.rate_milli > 0);
        let window = TopicsWindow {
            topics: self.topics,
            unlisted: self.unlisted,
            total,
            start: view.start.min(total),
            rows,
        };
        (window, is_moving)
    }

    /// The row of the newest message on exactly this topic.
    pub(super) fn last(&self, id: TopicId) -> Option<FrameId> {
        self.node(id.0)?.last
    }
}

/// The tree from top to bottom, as far as it is open.
struct Walk<'a> {
    topics: &'a Topics,
    now: Instant,
    open: &'a BTreeSet<u32>,
    folded: &'a BTreeSet<u32>,
    wanted: std::ops::Range<u32>,
    at: u32,
    rows: Vec<TopicRow>,
    path: String,
}

impl Walk<'_> {
    fn level(&mut self, children: &BTreeMap<Box<str>, u32>, depth: u32) {
        let is_alone = depth == 0 && children.len() == 1;
        for id in children.values() {
            let Some(node) = self.topics.node(*id) else {
                continue;
            };
            let parent = self.path.len();
            if depth > 0 {
                self.path.push('/');
            }
            self.path.push_str(&node.name);
            // A chain of single levels is one step to the reader, above all that before a `/`.
            let by_itself = node.children.len() == 1 || (is_alone && !node.children.is_empty());
            let is_open = self.open.contains(id) || (by_itself && !self.folded.contains(id));
            if self.wanted.contains(&self.at) {
                self.rows.push(self.row(TopicId(*id), node, depth, is_open));
            }
            self.at = self.at.saturating_add(1);
            if is_open {
                self.level(&node.children, depth.saturating_add(1));
            }
            self.path.truncate(parent);
        }
    }

    fn row(&self, id: TopicId, node: &Node, depth: u32, open: bool) -> TopicRow {
        let filter = if node.children.is_empty() {
            format!("topic:={}", quoted(&self.path))
        } else {
            format!("topic:{}", quoted(&format!("{}/#", self.path)))
        };
        TopicRow {
            id,
            depth,
            level: node.name.to_string(),
            topic: self.path.clone(),
            filter,
            up: node.up,
            down: node.down,
            rate_milli: node.rate.milli(self.now),
            children: u32::try_from(node.children.len()).unwrap_or(u32::MAX),
            open,
            last: None,
        }
    }
}
