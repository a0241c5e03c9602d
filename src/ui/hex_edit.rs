//! Editing bytes one by one: a caret among them, a selection, two columns to type into. No DOM.

use core::ops::Range;

/// The most bytes that are edited one by one; more come from text or from a file.
pub const MAX_BYTES: usize = 1 << 20;
/// How many bytes the steps back may hold together.
const UNDO_BYTES: usize = 4 << 20;
/// How many steps back there are.
const UNDO_STEPS: usize = 200;

/// The column that keys go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Column {
    /// Two digits make a byte.
    #[default]
    Hex,
    /// A character makes the bytes of its UTF-8.
    Characters,
}

/// A movement of the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// One byte back.
    Left,
    /// One byte on.
    Right,
    /// So many bytes back: a row, or a page of them.
    Back(usize),
    /// So many bytes on.
    On(usize),
    /// To the first byte of a row of so many.
    RowStart(usize),
    /// Behind the last byte of a row of so many.
    RowEnd(usize),
    /// To the first byte.
    Start,
    /// Behind the last byte.
    End,
    /// To this byte.
    To(usize),
}

/// More bytes than can be edited one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany;

/// Bytes under edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HexEdit {
    bytes: Vec<u8>,
    /// The byte that the caret is before; as many as there are, behind the last.
    caret: usize,
    /// Whether the first digit of the byte at the caret is typed already.
    half: bool,
    /// Where a selection began.
    anchor: Option<usize>,
    /// Whether typing pushes bytes away; else it writes over them.
    pub insert: bool,
    /// Where keys go.
    pub column: Column,
    undo: Vec<(Vec<u8>, usize)>,
}

impl HexEdit {
    /// An edit of these bytes, that types between them.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            insert: true,
            ..Self::default()
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The byte that the caret is before.
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Whether one digit of a byte is typed.
    pub fn is_half(&self) -> bool {
        self.half
    }

    /// The bytes selected; empty where none are.
    pub fn selection(&self) -> Range<usize> {
        let from = self.anchor.unwrap_or(self.caret);
        from.min(self.caret)..from.max(self.caret)
    }

    /// Shows other bytes: they were changed elsewhere. The caret stays as far as it can.
    pub fn replace_all(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
        self.caret = self.caret.min(self.bytes.len());
        self.half = false;
        self.anchor = None;
        self.undo.clear();
    }

    /// Moves the caret; with `extend`, the selection grows along.
    pub fn go(&mut self, to: Move, extend: bool) {
        let (last, at) = (self.bytes.len(), self.caret);
        let selected = self.selection();
        let next = match to {
            // Without Shift, a selection is left at the side one moves to.
            Move::Left if !extend && !selected.is_empty() => selected.start,
            Move::Right if !extend && !selected.is_empty() => selected.end,
            // Between two digits, one goes back to the first.
            Move::Left if self.half && !extend => at,
            Move::Left => at.saturating_sub(1),
            Move::Right => at.saturating_add(1),
            Move::Back(count) => at.saturating_sub(count),
            Move::On(count) => at.saturating_add(count),
            Move::RowStart(width) => at - at.checked_rem(width).unwrap_or_default(),
            Move::RowEnd(width) => at - at.checked_rem(width).unwrap_or_default() + width,
            Move::Start => 0,
            Move::End => last,
            Move::To(byte) => byte,
        };
        if extend {
            self.anchor = self.anchor.or(Some(at));
        } else {
            self.anchor = None;
        }
        self.caret = next.min(last);
        self.half = false;
    }

    /// Selects everything.
    pub fn select_all(&mut self) {
        self.anchor = Some(0);
        self.caret = self.bytes.len();
        self.half = false;
    }

    /// Selects nothing.
    pub fn select_none(&mut self) {
        self.anchor = None;
        self.half = false;
    }

    /// Types a digit, 0 to 15: the first one of a byte, or the second.
    ///
    /// # Errors
    /// [`TooMany`] where a byte more would not fit.
    pub fn type_digit(&mut self, digit: u8) -> Result<(), TooMany> {
        if self.half {
            if let Some(byte) = self.bytes.get_mut(self.caret) {
                *byte = (*byte & 0xf0) | (digit & 0x0f);
            }
            self.half = false;
            self.caret = (self.caret + 1).min(self.bytes.len());
            return Ok(());
        }
        let over = !self.insert && self.selection().is_empty();
        let at = self.selection().start;
        if over && at < self.bytes.len() {
            self.remember();
            if let Some(byte) = self.bytes.get_mut(at) {
                *byte = digit << 4 | (*byte & 0x0f);
            }
        } else {
            self.put(&[digit << 4])?;
            self.caret = at;
        }
        self.half = true;
        Ok(())
    }

    /// Types text: the bytes of its UTF-8.
    ///
    /// # Errors
    /// [`TooMany`] where they would not fit.
    pub fn type_text(&mut self, text: &str) -> Result<(), TooMany> {
        self.paste(text.as_bytes())
    }

    /// Puts bytes in place of the selection; without one, between bytes or over them.
    ///
    /// # Errors
    /// [`TooMany`] where they would not fit.
    pub fn paste(&mut self, bytes: &[u8]) -> Result<(), TooMany> {
        if !self.insert && self.selection().is_empty() {
            let end = self.caret.saturating_add(bytes.len()).min(self.bytes.len());
            self.anchor = (end > self.caret).then_some(end);
        }
        self.put(bytes)
    }

    /// Takes the selection away, or the byte before the caret.
    pub fn backspace(&mut self) {
        if self.selection().is_empty() {
            // Half a byte is taken back whole.
            let from = if self.half {
                self.caret + 1
            } else {
                self.caret
            };
            self.caret = from.saturating_sub(1);
            self.anchor = Some(from);
        }
        self.remove();
    }

    /// Takes the selection away, or the byte after the caret.
    pub fn delete(&mut self) {
        if self.selection().is_empty() {
            self.anchor = Some((self.caret + 1).min(self.bytes.len()));
        }
        self.remove();
    }

    /// Takes the last change back. Returns whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some((bytes, caret)) = self.undo.pop() else {
            return false;
        };
        self.caret = caret.min(bytes.len());
        self.bytes = bytes;
        self.half = false;
        self.anchor = None;
        true
    }

    fn remove(&mut self) {
        let gone = self.selection();
        if !gone.is_empty() {
            self.remember();
            self.caret = gone.start;
            self.bytes.drain(gone);
        }
        self.anchor = None;
        self.half = false;
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), TooMany> {
        let gone = self.selection();
        let length = self.bytes.len() - gone.len();
        if length.saturating_add(bytes.len()) > MAX_BYTES {
            return Err(TooMany);
        }
        self.remember();
        let start = gone.start;
        self.bytes.splice(gone, bytes.iter().copied());
        self.caret = start + bytes.len();
        self.anchor = None;
        self.half = false;
        Ok(())
    }

    fn remember(&mut self) {
        self.undo.push((self.bytes.clone(), self.caret));
        let mut held: usize = self.undo.iter().map(|(bytes, _)| bytes.len()).sum();
        let mut drop = self.undo.len().saturating_sub(UNDO_STEPS);
        for (bytes, _) in self.undo.iter().take(drop) {
            held -= bytes.len();
        }
        while held > UNDO_BYTES {
            let Some((bytes, _)) = self.undo.get(drop) else {
                break;
            };
            held -= bytes.len();
            drop += 1;
        }
        self.undo.drain(..drop);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn typed(edit: &mut HexEdit, digits: &str) {
        for digit in digits.chars() {
            edit.type_digit(digit.to_digit(16).unwrap() as u8).unwrap();
        }
    }

    #[test]
    fn two_digits_make_a_byte_between_the_others() {
        let mut edit = HexEdit::new(vec![1, 2]);
        edit.go(Move::To(1), false);
        typed(&mut edit, "aB");
        assert_eq!((edit.bytes(), edit.caret()), (&[1, 0xab, 2][..], 2));
        typed(&mut edit, "c");
        assert!(edit.is_half());
        assert_eq!(edit.bytes(), [1, 0xab, 0xc0, 2]);
        edit.backspace();
        assert_eq!((edit.bytes(), edit.caret()), (&[1, 0xab, 2][..], 2));
    }

    #[test]
    fn over_mode_keeps_the_length_until_the_end() {
        let mut edit = HexEdit::new(vec![0x11, 0x22]);
        edit.insert = false;
        typed(&mut edit, "a");
        assert_eq!(edit.bytes(), [0xa1, 0x22], "the other digit stays");
        typed(&mut edit, "bcde");
        assert_eq!(edit.bytes(), [0xab, 0xcd, 0xe0]);
        let mut edit = HexEdit::new(vec![1, 2, 3]);
        edit.insert = false;
        edit.go(Move::To(2), false);
        edit.paste(&[8, 9]).unwrap();
        assert_eq!(edit.bytes(), [1, 2, 8, 9]);
    }

    #[test]
    fn a_selection_is_replaced_and_deleted_whole() {
        let mut edit = HexEdit::new(vec![1, 2, 3, 4]);
        edit.go(Move::To(1), false);
        edit.go(Move::Right, true);
        edit.go(Move::Right, true);
        assert_eq!(edit.selection(), 1..3);
        edit.type_text("é").unwrap();
        assert_eq!(edit.bytes(), [1, 0xc3, 0xa9, 4]);
        edit.go(Move::To(3), false);
        edit.go(Move::Start, true);
        edit.delete();
        assert_eq!((edit.bytes(), edit.caret()), (&[4][..], 0));
        assert!(edit.undo());
        assert_eq!(edit.bytes(), [1, 0xc3, 0xa9, 4]);
        edit.select_all();
        edit.backspace();
        assert!(edit.bytes().is_empty());
        while edit.undo() {}
        assert_eq!(edit.bytes(), [1, 2, 3, 4]);
    }

    #[test]
    fn the_caret_moves_by_rows_and_stays_inside() {
        let mut edit = HexEdit::new((0..20).collect());
        edit.go(Move::To(5), false);
        for (to, caret) in [
            (Move::On(8), 13),
            (Move::RowStart(8), 8),
            (Move::RowEnd(8), 16),
            (Move::On(8), 20),
            (Move::Back(8), 12),
            (Move::Start, 0),
            (Move::Left, 0),
            (Move::End, 20),
            (Move::Right, 20),
        ] {
            edit.go(to, false);
            assert_eq!(edit.caret(), caret, "{to:?}");
        }
    }

    #[test]
    fn more_than_can_be_edited_is_refused_and_changes_nothing() {
        let mut edit = HexEdit::new(vec![0; MAX_BYTES]);
        assert_eq!(edit.type_digit(1), Err(TooMany));
        assert_eq!(edit.paste(&[1]), Err(TooMany));
        assert_eq!(edit.bytes().len(), MAX_BYTES);
        edit.insert = false;
        edit.paste(&[1]).unwrap();
        assert_eq!(edit.bytes()[0], 1);
    }

    #[derive(Clone, Debug)]
    enum Act {
        Go(usize, bool),
        Digit(u8),
        Paste(Vec<u8>),
        Backspace,
        Delete,
        Undo,
        Insert,
        All,
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let act = prop_oneof![
            (0..40_usize, any::<bool>()).prop_map(|(to, extend)| Act::Go(to, extend)),
            (0..16_u8).prop_map(Act::Digit),
            prop::collection::vec(any::<u8>(), 0..6).prop_map(Act::Paste),
            Just(Act::Backspace),
            Just(Act::Delete),
            Just(Act::Undo),
            Just(Act::Insert),
            Just(Act::All),
        ];
        prop::collection::vec(act, 0..60)
    }

    proptest! {
        #[test]
        fn caret_and_selection_stay_inside_and_every_change_can_be_taken_back(
            bytes in prop::collection::vec(any::<u8>(), 0..20),
            acts in acts(),
        ) {
            let mut edit = HexEdit::new(bytes.clone());
            for act in acts {
                match act {
                    Act::Go(to, extend) => edit.go(Move::To(to), extend),
                    Act::Digit(digit) => edit.type_digit(digit).unwrap(),
                    Act::Paste(bytes) => edit.paste(&bytes).unwrap(),
                    Act::Backspace => edit.backspace(),
                    Act::Delete => edit.delete(),
                    Act::Undo => {
                        edit.undo();
                    }
                    Act::Insert => edit.insert = !edit.insert,
                    Act::All => edit.select_all(),
                }
                prop_assert!(edit.caret() <= edit.bytes().len());
                prop_assert!(edit.selection().end <= edit.bytes().len());
                prop_assert!(!edit.is_half() || edit.caret() < edit.bytes().len());
            }
            while edit.undo() {}
            prop_assert_eq!(edit.bytes(), bytes);
        }
    }
}
