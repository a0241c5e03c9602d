//! Members of the seam's types that the engine's start does without. They look the same on the wire;
//! what writes them are functions of their own, which are not entered where there is nothing, so that
//! they can come after the start.

use serde::{Serialize, Serializer};

/// A value whose code stands apart.
struct Apart<T>(T);

impl<T: Serialize> Serialize for Apart<&T> {
    #[inline(never)]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// For an optional member.
pub fn optional<T: Serialize, S: Serializer>(
    value: &Option<T>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_ref().map(Apart).serialize(serializer)
}

/// For a list.
pub fn each<T: Serialize, S: Serializer>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(Apart))
}
