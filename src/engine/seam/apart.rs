//! Members of the seam's types that a start does without. They look the same on the wire; what
//! writes and reads them are functions of their own, which are not entered where there is nothing,
//! so that they can come after the start.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A value whose code stands apart.
struct Apart<T>(T);

impl<T: Serialize> Serialize for Apart<&T> {
    #[inline(never)]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Apart<T> {
    #[inline(never)]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self)
    }
}

/// For an optional member.
pub mod optional {
    use super::{Apart, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().map(Apart).serialize(serializer)
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        let value = Option::<Apart<T>>::deserialize(deserializer)?;
        Ok(value.map(|Apart(value)| value))
    }
}

/// For a list.
pub mod each {
    use super::{Apart, Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<T: Serialize, S: Serializer>(
        values: &[T],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(Apart))
    }

    pub fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<T>, D::Error> {
        let values = Vec::<Apart<T>>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|Apart(value)| value).collect())
    }
}
