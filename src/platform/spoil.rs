//! Messages that are wrong on purpose, so that people see what comes of it.

use bytes::Bytes;

use super::{Dialect, Direction, Identity, Publication};

/// Places of the id that are tried before it is given up.
const MAX_TRIES: usize = 32;

/// The same message with another correlation id, so that it answers nothing that was asked.
/// `None` when the message carries no id, or none that could be changed without making it another
/// kind of message.
///
/// The id is looked for where it was printed, in the topic and then in the payload, and the
/// dialect itself says whether the changed message is read with another id: so this knows no
/// dialect and touches no byte but those of the id.
pub fn with_other_id(
    dialect: &dyn Dialect,
    identity: &Identity,
    direction: Direction,
    publication: &Publication,
) -> Option<Publication> {
    let before = dialect.skim(identity, direction, publication);
    let correlation = before.correlation.as_ref()?;
    let id = correlation.id.as_ref().filter(|id| !id.is_empty())?;
    let other = other_id(id)?;
    let fits = |candidate: &Publication| {
        let after = dialect.skim(identity, direction, candidate);
        after.kind == before.kind
            && after.correlation.is_some_and(|now| {
                now.family == correlation.family && now.id.is_some_and(|now| &now != id)
            })
    };
    let in_topic = publication.topic.match_indices(id.as_str()).map(|(at, _)| {
        let mut topic = publication.topic.clone();
        topic.replace_range(at..at.saturating_add(id.len()), &other);
        Publication {
            topic,
            ..publication.clone()
        }
    });
    let payload = &publication.payload;
    let in_payload = payload
        .windows(id.len())
        .enumerate()
        .filter(|(_, window)| *window == id.as_bytes())
        .map(|(at, _)| {
            let mut bytes = payload.to_vec();
            for (byte, new) in bytes.iter_mut().skip(at).zip(other.bytes()) {
                *byte = new;
            }
            Publication {
                payload: Bytes::from(bytes),
                ..publication.clone()
            }
        });
    in_topic.chain(in_payload).take(MAX_TRIES).find(fits)
}

/// An id of the same length and alphabet, far away, so that it is not the next one in a row.
/// `None` when there is no letter and no digit to change.
fn other_id(id: &str) -> Option<String> {
    let alone = id.len() == 1;
    let other: String = id
        .char_indices()
        .map(|(at, character)| match character {
            // A first digit of 0 would be no JSON number, and a name may not start so.
            first if at == 0 && !alone => first,
            digit @ '0'..='8' if alone => char::from(digit as u8 + 1),
            '9' if alone => '1',
            digit @ '0'..='9' => char::from(b'0' + b'9' - digit as u8),
            hex @ 'a'..='f' => char::from(b'a' + b'f' - hex as u8),
            letter @ 'g'..='z' => char::from(b'g' + b'z' - letter as u8),
            hex @ 'A'..='F' => char::from(b'A' + b'F' - hex as u8),
            letter @ 'G'..='Z' => char::from(b'G' + b'Z' - letter as u8),
            other => other,
        })
        .collect();
    (other != id).then_some(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::QoS;
    use crate::platform::{FormValues, onem2m, onenet};

    fn publication(topic: &str, payload: &str) -> Publication {
        Publication {
            topic: topic.to_owned(),
            payload: Bytes::from(payload.to_owned()),
            qos: QoS::AtMostOnce,
            retain: false,
        }
    }

    #[test]
    fn an_id_in_the_topic_is_changed_there() {
        let asked = publication("$creq/7f00-1", "{}");
        let spoilt = with_other_id(&onenet::Onenet, &FormValues::new(), Direction::Down, &asked)
            .expect("it has an id");
        assert_eq!(spoilt.topic, "$creq/7a99-8");
        assert_eq!(spoilt.payload, asked.payload);
    }

    #[test]
    fn an_id_in_the_payload_is_changed_in_place_and_nothing_else() {
        let identity = FormValues::from([("ae".to_owned(), "d1".to_owned())]);
        // The id's digits come earlier too, in another member.
        let payload = r#"{"rsc":2001,"to":"/in-cse/1767/d1","fr":"/in-cse","rqi":"1767"}"#;
        let answer = publication("/oneM2M/resp/d1/in-cse", payload);
        let spoilt = with_other_id(&onem2m::Onem2m, &identity, Direction::Down, &answer)
            .expect("it has an id");
        assert_eq!(
            spoilt.payload,
            payload.replace("\"1767\"", "\"1232\"").as_bytes()
        );
    }

    #[test]
    fn a_message_without_an_id_is_left_alone() {
        let data = publication("$dp", "\u{3}");
        assert_eq!(
            with_other_id(&onenet::Onenet, &FormValues::new(), Direction::Up, &data),
            None
        );
    }

    #[test]
    fn another_id_is_another_and_as_long() {
        for id in ["0", "9", "12", "a", "request-7", "0000", "f"] {
            let other = other_id(id).expect("letters and digits");
            assert_ne!(other, id);
            assert_eq!(other.len(), id.len());
        }
        assert_eq!(other_id("--"), None);
    }
}
