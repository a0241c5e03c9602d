//! Which filters match which names, and what is neither.

use device_console::mqtt::{Packet, ProtocolVersion, TopicFilter, TopicName, Violation};

fn matches(filter: &str, name: &str) -> bool {
    let filter = TopicFilter::new(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    filter.matches(TopicName::new(name).unwrap_or_else(|error| panic!("{name}: {error}")))
}

#[test]
fn filters_match_the_names_that_the_specification_says() {
    for (filter, name) in [
        ("sport/tennis/player1/#", "sport/tennis/player1"),
        ("sport/tennis/player1/#", "sport/tennis/player1/ranking"),
        (
            "sport/tennis/player1/#",
            "sport/tennis/player1/score/wimbledon",
        ),
        ("sport/#", "sport"),
        ("#", "sport/tennis"),
        ("#", "/"),
        ("sport/tennis/+", "sport/tennis/player1"),
        ("sport/+", "sport/"),
        ("+", "sport"),
        ("+/+", "/finance"),
        ("/+", "/finance"),
        ("+/tennis/#", "sport/tennis"),
        ("sport/+/player1", "sport/tennis/player1"),
        ("$SYS/#", "$SYS/broker"),
        ("$SYS/monitor/+", "$SYS/monitor/Clients"),
        ("a//b", "a//b"),
        ("a/+/b", "a//b"),
        ("$share/group/sport/+", "sport/tennis"),
        ("é/+", "é/設備"),
    ] {
        assert!(matches(filter, name), "{filter} and {name}");
    }
}

#[test]
fn filters_do_not_match_other_names() {
    for (filter, name) in [
        ("sport/tennis/+", "sport/tennis/player1/ranking"),
        ("sport/+", "sport"),
        ("+", "/finance"),
        ("+/+", "finance"),
        ("sport/tennis/#", "sport"),
        ("sport/#", "sports"),
        ("Accounts", "ACCOUNTS"),
        ("a/b", "a/b/"),
        ("a/b/", "a/b"),
        ("/a", "a"),
        ("$share/group/sport/+", "$share/group/sport/tennis"),
        // No normalisation: an accent as one code point is not a letter and a combining accent.
        ("\u{e9}", "e\u{301}"),
    ] {
        assert!(!matches(filter, name), "{filter} and {name}");
    }
}

#[test]
fn filters_that_begin_with_a_wildcard_leave_server_topics_alone() {
    for filter in ["#", "+/monitor/Clients", "+/#", "$share/group/#"] {
        assert!(!matches(filter, "$SYS/monitor/Clients"), "{filter}");
    }
}

#[test]
fn shares_are_taken_apart() {
    let filter = TopicFilter::new("$share/group/a/#").expect("a shared subscription");
    let (share, inner) = filter.shared().expect("a share");
    assert_eq!((share, inner.as_str()), ("group", "a/#"));
    for filter in ["$share", "$shared/a/b", "share/a/b", "a/$share/b"] {
        let filter = TopicFilter::new(filter).expect("a filter that is no share");
        assert_eq!(filter.shared(), None, "{filter}");
    }
}

#[test]
fn names_are_checked() {
    for (name, kind, offset) in [
        ("", Violation::EmptyTopicName, 0),
        ("a/#", Violation::WildcardInTopicName, 2),
        ("a/+/b", Violation::WildcardInTopicName, 2),
        ("a\0", Violation::NullCharacter, 1),
    ] {
        let error = TopicName::new(name).expect_err(name);
        assert_eq!((error.kind, error.offset), (kind, offset), "{name}");
    }
}

#[test]
fn names_and_filters_have_at_most_65_535_bytes() {
    let longest = "é".repeat(32_767) + "x";
    assert_eq!(longest.len(), 65_535);
    assert!(TopicName::new(&longest).is_ok());
    assert!(TopicFilter::new(&longest).is_ok());
    let longer = longest + "x";
    assert_eq!(
        TopicName::new(&longer).expect_err("too long").kind,
        Violation::TooLong
    );
    assert_eq!(
        TopicFilter::new(&longer).expect_err("too long").kind,
        Violation::TooLong
    );
}

/// The check looks at eight bytes at a time, so each place in a word and around its borders counts.
#[test]
fn a_forbidden_character_is_found_wherever_it_stands() {
    for length in 1..40 {
        for at in 0..length {
            for (forbidden, kind) in [
                (b'#', Violation::WildcardInTopicName),
                (b'+', Violation::WildcardInTopicName),
                (0, Violation::NullCharacter),
            ] {
                let mut name = vec![b'x'; length];
                name[at] = forbidden;
                let name = String::from_utf8(name).expect("ASCII");
                let error = TopicName::new(&name).expect_err("a forbidden character");
                assert_eq!((error.kind, error.offset), (kind, at), "{name:?}");
            }
            for harmless in ["\u{1}", "\"", "$", "*", ",", "\u{7f}"] {
                let name = "x".repeat(at) + harmless + &"x".repeat(length - at - 1);
                assert_eq!(TopicName::new(&name).map(TopicName::as_str), Ok(&*name));
            }
        }
    }
}

/// What a topic name may hold, byte by byte: the rule without the shortcuts.
fn is_name(text: &[u8]) -> bool {
    !text.is_empty()
        && std::str::from_utf8(text).is_ok()
        && !text.iter().any(|byte| [0, b'+', b'#'].contains(byte))
}

#[test]
fn every_byte_is_judged_alike_wherever_it_stands() {
    for length in 1..=20 {
        for at in 0..length {
            for byte in 0..=u8::MAX {
                // What stands beside it is taken at once (`x`), or looked at again (`$`).
                for beside in [b'x', b'$', 0x7F] {
                    let mut name = vec![beside; length];
                    name[at] = byte;
                    let frame = [&[0x30, length as u8 + 2, 0, length as u8], &name[..]].concat();
                    let decoded = Packet::decode(ProtocolVersion::V3_1_1, &frame);
                    assert_eq!(decoded.is_ok(), is_name(&name), "{name:?}");
                    if let Err(error) = decoded {
                        assert_eq!(error.offset, 4 + at, "{name:?}");
                    }
                    let filter = TopicFilter::new(std::str::from_utf8(&name).unwrap_or("\0"));
                    let alone = length == 1 && [b'+', b'#'].contains(&byte);
                    assert_eq!(filter.is_ok(), is_name(&name) || alone, "{name:?}");
                }
            }
        }
    }
}
