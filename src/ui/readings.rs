//! Readings as people type them: one to a line, a name, an equals sign, and a value.

/// The readings of a text, or the number of the first line that is none, counted from 1. Empty lines
/// are skipped.
///
/// # Errors
/// The line without a name, an equals sign or a value.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, usize> {
    let mut readings = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (name, value) = line.split_once(['=', ':']).ok_or(number)?;
        let (name, value) = (name.trim(), value.trim());
        if name.is_empty() || value.is_empty() {
            return Err(number);
        }
        readings.push((name.to_owned(), value.to_owned()));
    }
    Ok(readings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_name_and_a_value() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            parse("t=22.5\n\n on : true \nurl=a=b"),
            Ok(vec![
                pair("t", "22.5"),
                pair("on", "true"),
                pair("url", "a=b")
            ])
        );
        assert_eq!(parse(""), Ok(vec![]));
    }

    #[test]
    fn a_line_without_either_is_named() {
        for text in ["t=1\nt", "t=1\n=2", "t=1\nt="] {
            assert_eq!(parse(text), Err(2), "{text}");
        }
    }
}
