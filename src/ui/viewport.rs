//! Which rows of a long list are in view: arithmetic on fixed row heights, no DOM.

use core::ops::Range;

/// A scrolled box that shows rows of one height.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Height of one row, in CSS pixels; never 0.
    pub row_height: u32,
    /// Height of the box, in CSS pixels.
    pub height: f64,
    /// How far it is scrolled down, in CSS pixels.
    pub scroll_top: f64,
}

impl Viewport {
    fn row(&self) -> f64 {
        f64::from(self.row_height.max(1))
    }

    /// Height of all rows together.
    pub fn content_height(&self, total: u64) -> f64 {
        total as f64 * self.row()
    }

    /// The rows of which at least a part is visible.
    pub fn visible(&self, total: u64) -> Range<u64> {
        let top = self.scroll_top.max(0.0);
        // Casts from float saturate, so a wild scroll position cannot wrap.
        let start = ((top / self.row()).floor() as u64).min(total);
        let end = (((top + self.height.max(0.0)) / self.row()).ceil() as u64).min(total);
        start..end.max(start)
    }

    /// The visible rows and `overscan` more on either side, as far as there are any.
    pub fn window(&self, total: u64, overscan: u64) -> Range<u64> {
        let visible = self.visible(total);
        visible.start.saturating_sub(overscan)..visible.end.saturating_add(overscan).min(total)
    }

    /// How many rows fit, counting those cut at either end.
    pub fn capacity(&self) -> u32 {
        (self.height.max(0.0) / self.row()).ceil() as u32 + 1
    }

    /// Whether the last row is in view; half a row of slack, since browsers round.
    pub fn at_end(&self, total: u64) -> bool {
        self.scroll_top + self.height + self.row() / 2.0 >= self.content_height(total)
    }

    /// Where to scroll so that `row` is wholly in view; `None` when it already is.
    pub fn scroll_to(&self, row: u64) -> Option<f64> {
        let top = row as f64 * self.row();
        if top < self.scroll_top {
            Some(top)
        } else if top + self.row() > self.scroll_top + self.height {
            Some((top + self.row() - self.height).max(0.0))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(scroll_top: f64) -> Viewport {
        Viewport {
            row_height: 24,
            height: 240.0,
            scroll_top,
        }
    }

    #[test]
    fn rows_cut_at_an_edge_count_as_visible() {
        for (scroll_top, expected) in [
            (0.0, 0..10),
            (1.0, 0..11),
            (24.0, 1..11),
            (35.5, 1..12),
            (240.0, 10..20),
        ] {
            assert_eq!(
                at(scroll_top).visible(1000),
                expected,
                "scrolled to {scroll_top}"
            );
        }
    }

    #[test]
    fn nothing_is_visible_beyond_the_last_row() {
        assert_eq!(at(0.0).visible(3), 0..3);
        assert_eq!(at(0.0).visible(0), 0..0);
        assert_eq!(at(99_999.0).visible(3), 3..3);
        assert_eq!(at(f64::MAX).visible(u64::MAX).end, u64::MAX);
        assert_eq!(at(-5.0).visible(100).start, 0);
    }

    #[test]
    fn overscan_stops_at_both_ends() {
        assert_eq!(at(0.0).window(1000, 5), 0..15);
        assert_eq!(at(240.0).window(1000, 5), 5..25);
        assert_eq!(at(240.0).window(21, 5), 5..21);
    }

    #[test]
    fn the_end_is_reached_within_half_a_row() {
        assert!(at(0.0).at_end(10));
        assert!(!at(0.0).at_end(11));
        assert!(at(13.0).at_end(11));
        assert!(at(0.0).at_end(0));
    }

    #[test]
    fn scrolling_to_a_row_moves_as_little_as_possible() {
        for (row, expected) in [
            (0, Some(0.0)),
            (4, Some(96.0)),
            (5, None),
            (14, None),
            (15, Some(144.0)),
        ] {
            assert_eq!(at(120.0).scroll_to(row), expected, "row {row}");
        }
    }

    #[test]
    fn capacity_covers_every_scroll_position() {
        for offset in 0..24 {
            let viewport = at(f64::from(offset));
            let visible = viewport.visible(1000);
            assert!(visible.end - visible.start <= u64::from(viewport.capacity()));
        }
    }
}
