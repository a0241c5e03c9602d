//! Templates: text with `${variables}` that are filled in when a message is made. One grammar for
//! the composer, for answer rules and for periodic reports.
//!
//! A variable knows where it stands. In a field that holds JSON, outside quotation marks, text
//! gets its own quotation marks and a member of the request is copied as it was printed; inside
//! quotation marks everything is escaped as a JSON string wants it. `$${` is a literal `${`.
//!
//! It never reads a clock and draws no number itself: the [`Scope`] brings both.

use core::cell::OnceCell;
use std::borrow::Cow;
use std::collections::BTreeMap;

use super::random::Random;
use super::seam::Variable;
use crate::platform::calendar::DateTime;
use crate::platform::json::{self, Node};
use crate::platform::{
    Draw, Finding, FormField, FormValues, Input, Place, Publication, Reading, Text,
};

/// A filled-in template is at most this long, whatever it copies.
const MAX_LENGTH: usize = 4 << 20;
/// Random walks remembered for one user of templates.
const MAX_WALKS: usize = 256;
/// Bounds beyond this are no measured values, and would lose whole numbers as floats.
const MAX_BOUND: f64 = 1e15;
/// More decimals than a float holds.
const MAX_DECIMALS: usize = 15;

/// Every variable, in the order in which they are explained.
pub(super) const VARIABLES: &[Variable] = &[
    variable(
        "${id}",
        Text::new(
            "a number that no message of this device had before",
            "本设备未用过的消息编号",
        ),
    ),
    variable("${uuid}", Text::new("a random UUID", "随机 UUID")),
    variable(
        "${counter}",
        Text::new(
            "1, 2, 3 …: one more with every message",
            "计数：1、2、3…，每条消息加一",
        ),
    ),
    variable(
        "${time.ms}",
        Text::new("milliseconds since 1970", "毫秒时间戳"),
    ),
    variable("${time.s}", Text::new("seconds since 1970", "秒时间戳")),
    variable(
        "${time.iso}",
        Text::new(
            "as 2026-01-31T08:30:00.000Z, in UTC",
            "形如 2026-01-31T08:30:00.000Z（UTC）",
        ),
    ),
    variable(
        "${time.compact}",
        Text::new(
            "as 20260131T083000Z, in UTC",
            "形如 20260131T083000Z（UTC）",
        ),
    ),
    variable(
        "${random(20, 25.0)}",
        Text::new(
            "a number between two bounds, with as many decimals as they have",
            "两个界限之间的随机数，小数位数与界限一致",
        ),
    ),
    variable(
        "${walk(20, 30, 0.5)}",
        Text::new(
            "a value that wanders between two bounds, by at most one step at a time",
            "在两个界限之间游走的值，每次变化不超过步长",
        ),
    ),
    variable("${pick(on, off)}", Text::new("one of these", "随机取其一")),
    variable(
        "${request.params.x}",
        Text::new(
            "in an answer: that member of the request; [0] counts items of an array",
            "应答中：请求的对应字段；数组元素写作 [0]",
        ),
    ),
    variable(
        "${request}",
        Text::new("in an answer: the request's payload", "应答中：请求的载荷"),
    ),
    variable(
        "${correlation}",
        Text::new(
            "in an answer: the id that ties it to the request",
            "应答中：与请求关联的标识",
        ),
    ),
    variable(
        "${topic}",
        Text::new("in an answer: the request's topic", "应答中：请求的主题"),
    ),
];

const fn variable(syntax: &'static str, meaning: Text) -> Variable {
    Variable {
        syntax: Cow::Borrowed(syntax),
        meaning,
    }
}

/// What the text around a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Any text: values are put in as they are.
    Plain,
    /// JSON: values are quoted and escaped where they stand.
    Json,
}

impl Syntax {
    /// The syntax of a payload, from its first character.
    pub(super) fn of(payload: &str) -> Self {
        if payload.trim_start().starts_with(['{', '[']) {
            Self::Json
        } else {
            Self::Plain
        }
    }

    fn of_field(field: &FormField, typed: &str) -> Self {
        match field.input {
            Input::Json => Self::Json,
            Input::Multiline => Self::of(typed),
            _ => Self::Plain,
        }
    }
}

/// The values of the random walks of one user of templates, by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Walks(BTreeMap<(String, usize), f64>);

/// A request that is being answered.
pub(super) struct Request<'a> {
    pub(super) publication: &'a Publication,
    pub(super) reading: &'a Reading,
    document: OnceCell<Option<Node>>,
}

impl<'a> Request<'a> {
    pub(super) fn new(publication: &'a Publication, reading: &'a Reading) -> Self {
        Self {
            publication,
            reading,
            document: OnceCell::new(),
        }
    }

    /// A member of the payload by path, or what the dialect names so.
    fn member(&self, path: &str) -> Option<Value> {
        let payload = &self.publication.payload;
        let document = self.document.get_or_init(|| json::parse(payload).ok());
        let found = document.as_ref().and_then(|root| follow(root, path));
        if let Some(node) = found {
            return Some(match node.as_str() {
                Some(text) => Value::Text(text.to_owned()),
                None => Value::Printed(node.raw(payload).to_owned()),
            });
        }
        self.reading
            .member(path)
            .map(|text| Value::Text(text.to_owned()))
    }

    fn payload(&self) -> Option<Value> {
        let text = core::str::from_utf8(&self.publication.payload).ok()?;
        let document = self
            .document
            .get_or_init(|| json::parse(text.as_bytes()).ok());
        Some(match document {
            Some(_) => Value::Printed(text.trim().to_owned()),
            None => Value::Text(text.to_owned()),
        })
    }
}

/// The node at `a.b[0].c`.
fn follow<'n>(root: &'n Node, path: &str) -> Option<&'n Node> {
    let mut node = root;
    for part in path.split('.') {
        let mut pieces = part.split('[');
        let key = pieces.next().unwrap_or("");
        if !key.is_empty() {
            node = node.member(key)?;
        }
        for piece in pieces {
            let index: usize = piece.strip_suffix(']')?.parse().ok()?;
            node = node.items().get(index)?;
        }
    }
    Some(node)
}

/// Everything that variables stand for.
pub(super) struct Scope<'a> {
    /// Time, message number and randomness.
    pub(super) draw: Draw,
    /// How many messages this template has made, with this one.
    pub(super) counter: u64,
    /// What is being answered.
    pub(super) request: Option<&'a Request<'a>>,
    /// Values that wander.
    pub(super) walks: &'a mut Walks,
    random: Random,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        draw: Draw,
        counter: u64,
        request: Option<&'a Request<'a>>,
        walks: &'a mut Walks,
    ) -> Self {
        Self {
            draw,
            counter,
            request,
            walks,
            random: Random::new(draw.random),
        }
    }

    /// A number from 0 to below 1.
    fn fraction(&mut self) -> f64 {
        // 53 bits are what a float holds.
        (self.random.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// What a variable stands for.
#[derive(Clone, Debug, PartialEq)]
enum Value {
    /// Printed as it is in JSON too: a number, a literal, an object, an array.
    Printed(String),
    /// Text, quoted in JSON.
    Text(String),
}

/// Why a template cannot be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Unclosed,
    Unknown(String),
    Arguments(&'static str),
    NoRequest(String),
    Absent(String),
    TooLong,
}

/// A problem and the bytes of the template that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    start: usize,
    end: usize,
    problem: Problem,
}

impl Fault {
    fn finding(&self, template: &str, place: Place) -> Finding {
        let characters = template
            .get(..self.start)
            .map_or(0, |before| before.chars().count());
        let at = characters.saturating_add(1);
        let (rule, en, zh) = match &self.problem {
            Problem::Unclosed => (
                "template-unclosed",
                "a variable begins with ${ and has no }; write $${ for a literal ${".to_owned(),
                "变量以 ${ 开始但没有 }；如需字面的 ${ 请写 $${".to_owned(),
            ),
            Problem::Unknown(name) => (
                "template-unknown-variable",
                format!("there is no variable {name:?}; write $${{ for a literal ${{"),
                format!("没有变量 {name:?}；如需字面的 ${{ 请写 $${{"),
            ),
            Problem::Arguments(usage) => (
                "template-arguments",
                format!("it is written as {usage}"),
                format!("正确写法：{usage}"),
            ),
            Problem::NoRequest(name) => (
                "template-no-request",
                format!("{name} stands for a part of a request, and nothing is being answered"),
                format!("{name} 取自请求，而此处不是应答"),
            ),
            Problem::Absent(path) => (
                "template-absent-member",
                format!("the request has no {path}"),
                format!("请求中没有 {path}"),
            ),
            Problem::TooLong => (
                "template-too-long",
                format!("the message would be longer than {MAX_LENGTH} bytes"),
                format!("消息将超过 {MAX_LENGTH} 字节"),
            ),
        };
        Finding::error(
            rule,
            place,
            Text::owned(
                format!("character {at}: {en}"),
                format!("第 {at} 个字符：{zh}"),
            ),
            "own rule",
        )
    }
}

/// Whether anything in it has to be filled in.
pub(super) fn has_variables(text: &str) -> bool {
    text.contains("${")
}

/// The form of a message kind with every variable filled in, and a finding for each that cannot
/// be, naming field and character.
pub(super) fn fill_form(
    fields: &[FormField],
    mut values: FormValues,
    scope: &mut Scope<'_>,
) -> (FormValues, Vec<Finding>) {
    let mut findings = Vec::new();
    for (key, typed) in values.iter_mut().filter(|(_, typed)| has_variables(typed)) {
        let syntax = fields
            .iter()
            .find(|field| field.key == key.as_str())
            .map_or(Syntax::Plain, |field| Syntax::of_field(field, typed));
        match expand(typed, syntax, key, scope) {
            Ok(value) => *typed = value,
            Err(fault) => {
                let place = Place::Form(Cow::Owned(key.clone()));
                findings.push(fault.finding(typed, place));
            }
        }
    }
    (values, findings)
}

/// A message by topic and payload with every variable filled in; bytes that are no text stay as
/// they are.
///
/// # Errors
/// A finding for each variable that cannot be filled in, naming topic or bytes.
pub(super) fn fill_publication(
    publication: &Publication,
    scope: &mut Scope<'_>,
) -> Result<Publication, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut filled = publication.clone();
    match expand(&publication.topic, Syntax::Plain, "topic", scope) {
        Ok(topic) => filled.topic = topic,
        Err(fault) => findings.push(fault.finding(&publication.topic, Place::Topic)),
    }
    if let Ok(text) = core::str::from_utf8(&publication.payload)
        && has_variables(text)
    {
        match expand(text, Syntax::of(text), "payload", scope) {
            Ok(payload) => filled.payload = payload.into(),
            Err(fault) => {
                let place = Place::Payload {
                    start: fault.start,
                    end: fault.end,
                };
                findings.push(fault.finding(text, place));
            }
        }
    }
    if findings.is_empty() {
        Ok(filled)
    } else {
        Err(findings)
    }
}

/// The text with its variables filled in. `field` names the place for what is remembered there.
fn expand(
    template: &str,
    syntax: Syntax,
    field: &str,
    scope: &mut Scope<'_>,
) -> Result<String, Fault> {
    if !has_variables(template) {
        return Ok(template.to_owned());
    }
    let mut out = String::with_capacity(template.len());
    let mut quoted = false;
    let mut rest = template;
    loop {
        let at = template.len().saturating_sub(rest.len());
        let Some(found) = rest.find("${") else {
            out.push_str(rest);
            break;
        };
        let (before, after) = rest.split_at(found);
        if let Some(literal) = before.strip_suffix('$') {
            out.push_str(literal);
            out.push_str("${");
            quoted = ends_quoted(literal, quoted);
            rest = after.get(2..).unwrap_or("");
            continue;
        }
        out.push_str(before);
        quoted = ends_quoted(before, quoted);
        let start = at.saturating_add(found);
        let inner = after.get(2..).unwrap_or("");
        let fault = |length: usize, problem: Problem| Fault {
            start,
            end: start.saturating_add(length).min(template.len()),
            problem,
        };
        let Some((name, tail)) = inner.split_once('}') else {
            return Err(fault(after.len(), Problem::Unclosed));
        };
        let length = after.len().saturating_sub(tail.len());
        let value =
            value_of(name.trim(), (field, start), scope).map_err(|why| fault(length, why))?;
        put(&mut out, &value, syntax, quoted);
        if out.len() > MAX_LENGTH {
            return Err(fault(length, Problem::TooLong));
        }
        rest = tail;
    }
    Ok(out)
}

/// Whether a JSON string is open at the end of this piece.
fn ends_quoted(piece: &str, mut quoted: bool) -> bool {
    let mut escaped = false;
    for byte in piece.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => {}
        }
    }
    quoted
}

fn put(out: &mut String, value: &Value, syntax: Syntax, quoted: bool) {
    let text = match value {
        Value::Printed(text) | Value::Text(text) => text,
    };
    match (syntax, quoted, value) {
        (Syntax::Plain, ..) | (Syntax::Json, false, Value::Printed(_)) => out.push_str(text),
        (Syntax::Json, false, Value::Text(_)) => out.push_str(&json::quote(text)),
        (Syntax::Json, true, _) => {
            let whole = json::quote(text);
            let inner = whole.strip_prefix('"').and_then(|w| w.strip_suffix('"'));
            out.push_str(inner.unwrap_or(""));
        }
    }
}

fn value_of(written: &str, place: (&str, usize), scope: &mut Scope<'_>) -> Result<Value, Problem> {
    let (name, arguments) = match written.split_once('(') {
        Some((name, rest)) => {
            let inner = rest
                .strip_suffix(')')
                .ok_or_else(|| Problem::Unknown(shown(written)))?;
            (
                name.trim(),
                Some(inner.split(',').map(str::trim).collect::<Vec<_>>()),
            )
        }
        None => (written, None),
    };
    let printed = |text: String| Ok(Value::Printed(text));
    if let Some(arguments) = arguments {
        return match name {
            "random" => random(&arguments, scope).ok_or(Problem::Arguments("${random(20, 25.0)}")),
            "walk" => {
                walk(&arguments, place, scope).ok_or(Problem::Arguments("${walk(20, 30, 0.5)}"))
            }
            "pick" => pick(&arguments, scope).ok_or(Problem::Arguments("${pick(on, off)}")),
            _ => Err(Problem::Unknown(shown(name))),
        };
    }
    let unix = scope.draw.now.unix;
    match name {
        "id" => printed(scope.draw.sequence.to_string()),
        "counter" => printed(scope.counter.to_string()),
        "uuid" => Ok(Value::Text(uuid(&mut scope.random))),
        "time.ms" => printed(unix.0.to_string()),
        "time.s" => printed(unix.0.div_euclid(1000).to_string()),
        "time.compact" => Ok(Value::Text(DateTime::at(unix, 0).compact())),
        "time.iso" => {
            let time = DateTime::at(unix, 0);
            let spaced = time.spaced().replace(' ', "T");
            Ok(Value::Text(format!("{spaced}.{:03}Z", time.millisecond)))
        }
        "random" => Err(Problem::Arguments("${random(20, 25.0)}")),
        "walk" => Err(Problem::Arguments("${walk(20, 30, 0.5)}")),
        "pick" => Err(Problem::Arguments("${pick(on, off)}")),
        "request" | "correlation" | "topic" => {
            let request = scope
                .request
                .ok_or_else(|| Problem::NoRequest(name.to_owned()))?;
            match name {
                "topic" => Ok(Value::Text(request.publication.topic.clone())),
                "correlation" => request
                    .reading
                    .correlation
                    .as_ref()
                    .and_then(|correlation| correlation.id.clone())
                    .map(Value::Text)
                    .ok_or_else(|| Problem::Absent("correlation id".to_owned())),
                _ => request
                    .payload()
                    .ok_or_else(|| Problem::Absent("payload that is text".to_owned())),
            }
        }
        _ => match name.strip_prefix("request.") {
            Some(path) => scope
                .request
                .ok_or_else(|| Problem::NoRequest(shown(name)))?
                .member(path)
                .ok_or_else(|| Problem::Absent(shown(path))),
            None => Err(Problem::Unknown(shown(name))),
        },
    }
}

/// A name cut to what a sentence can hold.
fn shown(name: &str) -> String {
    name.chars().take(60).collect()
}

/// A number as typed, with its decimals.
fn bound(text: &str) -> Option<(f64, usize)> {
    let value: f64 = text.parse().ok()?;
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.'));
    let decimals = text.split_once('.').map_or(0, |(_, after)| after.len());
    (plain && value.abs() <= MAX_BOUND && decimals <= MAX_DECIMALS).then_some((value, decimals))
}

fn random(arguments: &[&str], scope: &mut Scope<'_>) -> Option<Value> {
    let [low, high] = arguments else { return None };
    let ((low, low_decimals), (high, high_decimals)) = (bound(low)?, bound(high)?);
    if low > high {
        return None;
    }
    let decimals = low_decimals.max(high_decimals);
    let fraction = scope.fraction();
    let value = if decimals == 0 {
        // Both ends belong to it, each as likely as what lies between.
        (low + fraction * (high - low + 1.0)).floor().min(high)
    } else {
        low + fraction * (high - low)
    };
    Some(Value::Printed(format!("{value:.decimals$}")))
}

fn walk(arguments: &[&str], place: (&str, usize), scope: &mut Scope<'_>) -> Option<Value> {
    let [low, high, step] = arguments else {
        return None;
    };
    let (low, high, step) = (bound(low)?, bound(high)?, bound(step)?);
    if low.0 > high.0 || step.0 < 0.0 {
        return None;
    }
    let decimals = low.1.max(high.1).max(step.1);
    let key = (place.0.to_owned(), place.1);
    let value = match scope.walks.0.get(&key).copied() {
        None => f64::midpoint(low.0, high.0),
        Some(before) => {
            let by = (scope.fraction() * 2.0 - 1.0) * step.0;
            (before + by).clamp(low.0, high.0)
        }
    };
    if scope.walks.0.len() < MAX_WALKS || scope.walks.0.contains_key(&key) {
        scope.walks.0.insert(key, value);
    }
    Some(Value::Printed(format!("{value:.decimals$}")))
}

fn pick(arguments: &[&str], scope: &mut Scope<'_>) -> Option<Value> {
    let count = arguments.len();
    let index = (scope.fraction() * count as f64) as usize;
    let chosen = arguments.get(index.min(count.checked_sub(1)?))?;
    let is_json = json::parse(chosen.as_bytes()).is_ok_and(|node| node.as_str().is_none());
    Some(if is_json {
        Value::Printed((*chosen).to_owned())
    } else {
        Value::Text((*chosen).to_owned())
    })
}

/// Version 4 of RFC 9562 §5.4.
fn uuid(random: &mut Random) -> String {
    let (high, low) = (random.next(), random.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::QoS;
    use crate::platform::{Correlation, Role};
    use crate::time::{Instant, Now, UnixMillis};

    fn draw() -> Draw {
        Draw {
            now: Now {
                instant: Instant::from_millis(5),
                unix: UnixMillis(1_767_225_600_042),
            },
            sequence: 17,
            random: 99,
        }
    }

    fn filled(template: &str, syntax: Syntax) -> Result<String, Problem> {
        let mut walks = Walks::default();
        let mut scope = Scope::new(draw(), 3, None, &mut walks);
        expand(template, syntax, "field", &mut scope).map_err(|fault| fault.problem)
    }

    fn answered(template: &str, syntax: Syntax, payload: &'static str) -> Result<String, Problem> {
        let publication = Publication {
            topic: "cmd/7".to_owned(),
            payload: payload.into(),
            qos: QoS::AtMostOnce,
            retain: false,
        };
        let mut reading = Reading::new(Some("command"), Text::default(), Role::Request);
        reading.correlation = Some(Correlation {
            family: "cmd".into(),
            id: Some("7".to_owned()),
        });
        reading.name_member("method", "reboot");
        let request = Request::new(&publication, &reading);
        let mut walks = Walks::default();
        let mut scope = Scope::new(draw(), 1, Some(&request), &mut walks);
        expand(template, syntax, "field", &mut scope).map_err(|fault| fault.problem)
    }

    #[test]
    fn time_counter_and_id_are_what_the_caller_drew() {
        assert_eq!(
            filled(
                "${id} ${counter} ${time.ms} ${time.s} ${time.iso} ${time.compact}",
                Syntax::Plain
            )
            .unwrap(),
            "17 3 1767225600042 1767225600 2026-01-01T00:00:00.042Z 20260101T000000Z"
        );
    }

    #[test]
    fn text_in_json_is_quoted_outside_quotation_marks_and_escaped_inside() {
        let payload = r#"{"a":"say \"hi\"","n":1.10,"o":{"x":[true,{"y":"z"}]}}"#;
        let template = r#"{"t":${time.iso},"a":${request.a},"b":"<${request.a}>","n":${request.n},
            "s":"${request.n}","o":${request.o},"y":${request.o.x[1].y},"c":${correlation}}"#;
        let out = answered(template, Syntax::Json, payload).unwrap();
        assert!(json::parse(out.as_bytes()).is_ok(), "{out}");
        for part in [
            r#""t":"2026-01-01T00:00:00.042Z""#,
            r#""a":"say \"hi\"","b":"<say \"hi\">""#,
            r#""n":1.10,"#,
            r#""s":"1.10""#,
            r#""o":{"x":[true,{"y":"z"}]}"#,
            r#""y":"z""#,
            r#""c":"7""#,
        ] {
            assert!(out.contains(part), "{part} in {out}");
        }
    }

    #[test]
    fn plain_text_takes_values_as_they_are() {
        assert_eq!(
            answered(
                "${request.a}/${topic}/${request.method}",
                Syntax::Plain,
                r#"{"a":"\"q\""}"#
            )
            .unwrap(),
            "\"q\"/cmd/7/reboot"
        );
        assert_eq!(
            answered("<${request}>", Syntax::Plain, "pi ng").unwrap(),
            "<pi ng>"
        );
    }

    #[test]
    fn a_doubled_dollar_is_a_literal() {
        assert_eq!(
            filled("/$${productKey}/${id}/$x {y}", Syntax::Plain).unwrap(),
            "/${productKey}/17/$x {y}"
        );
    }

    #[test]
    fn random_numbers_keep_their_bounds_and_decimals() {
        let mut walks = Walks::default();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..400 {
            let draw = Draw {
                random: seed,
                ..draw()
            };
            let mut scope = Scope::new(draw, 1, None, &mut walks);
            let whole = expand("${random(1,3)}", Syntax::Plain, "f", &mut scope).unwrap();
            seen.insert(whole);
            let decimal = expand("${random(-1.5, 2)}", Syntax::Plain, "f", &mut scope).unwrap();
            assert_eq!(
                decimal.split_once('.').map(|(_, after)| after.len()),
                Some(1)
            );
            let value: f64 = decimal.parse().unwrap();
            assert!((-1.5..=2.0).contains(&value), "{value}");
            let picked = expand("${pick(on, 3)}", Syntax::Json, "f", &mut scope).unwrap();
            assert!(picked == "\"on\"" || picked == "3", "{picked}");
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["1", "2", "3"]);
    }

    #[test]
    fn a_walk_starts_in_the_middle_and_goes_on_by_steps() {
        let mut walks = Walks::default();
        let mut before = None::<f64>;
        let mut moved = false;
        for seed in 0..200 {
            let draw = Draw {
                random: seed,
                ..draw()
            };
            let mut scope = Scope::new(draw, 1, None, &mut walks);
            let text = expand("${walk(20, 30, 0.5)}", Syntax::Plain, "f", &mut scope).unwrap();
            let value: f64 = text.parse().unwrap();
            match before {
                None => assert_eq!(text, "25.0"),
                // One tenth more: both are shown rounded to one decimal.
                Some(before) => {
                    assert!((value - before).abs() <= 0.6, "{before} to {value}");
                    moved |= value != before;
                }
            }
            assert!((20.0..=30.0).contains(&value));
            before = Some(value);
        }
        assert!(moved);
    }

    #[test]
    fn a_uuid_is_one() {
        let text = filled("${uuid}", Syntax::Plain).unwrap();
        let lengths: Vec<usize> = text.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(text.chars().nth(14), Some('4'));
        assert!(matches!(text.chars().nth(19), Some('8' | '9' | 'a' | 'b')));
    }

    #[test]
    fn what_cannot_be_filled_in_is_named() {
        let unknown = |name: &str| Err(Problem::Unknown(name.to_owned()));
        assert_eq!(filled("a ${tiem.ms}", Syntax::Plain), unknown("tiem.ms"));
        assert_eq!(filled("${now(1)}", Syntax::Plain), unknown("now"));
        assert_eq!(filled("${id", Syntax::Plain), Err(Problem::Unclosed));
        for wrong in [
            "${random(1)}",
            "${random}",
            "${random(3,1)}",
            "${random(a,b)}",
            "${random(1e3,1e4)}",
            "${walk(1,2)}",
            "${walk(1,2,-1)}",
        ] {
            assert!(
                matches!(filled(wrong, Syntax::Plain), Err(Problem::Arguments(_))),
                "{wrong}"
            );
        }
        assert_eq!(
            filled("${request.x}", Syntax::Plain),
            Err(Problem::NoRequest("request.x".to_owned()))
        );
        assert_eq!(
            answered("${request.x[9]}", Syntax::Plain, "{\"x\":[1]}"),
            Err(Problem::Absent("x[9]".to_owned()))
        );
    }

    #[test]
    fn a_finding_names_field_and_character() {
        let fields = [FormField::json("params", Text::default())];
        let values = FormValues::from([("params".to_owned(), "{\"度\":${nope}}".to_owned())]);
        let mut walks = Walks::default();
        let mut scope = Scope::new(draw(), 1, None, &mut walks);
        let (_, findings) = fill_form(&fields, values, &mut scope);
        let [finding] = findings.as_slice() else {
            panic!("{findings:?}")
        };
        assert_eq!(finding.rule, "template-unknown-variable");
        assert_eq!(finding.place, Place::Form("params".into()));
        assert!(finding.text.en.starts_with("character 6: "), "{finding:?}");
        let publication = Publication {
            topic: "t/${nope}".to_owned(),
            payload: "ab${id".into(),
            qos: QoS::AtMostOnce,
            retain: false,
        };
        let findings = fill_publication(&publication, &mut scope).unwrap_err();
        assert_eq!(findings[0].place, Place::Topic);
        assert_eq!(findings[1].place, Place::Payload { start: 2, end: 6 });
    }

    #[test]
    fn what_is_filled_in_is_bounded() {
        let template = "${request}".repeat(600);
        let payload: &'static str = Box::leak("x".repeat(9000).into_boxed_str());
        assert_eq!(
            answered(&template, Syntax::Plain, payload),
            Err(Problem::TooLong)
        );
    }

    #[test]
    fn every_variable_that_is_explained_exists() {
        let payload = "{\"params\":{\"x\":1}}";
        for variable in VARIABLES {
            let out = answered(&variable.syntax, Syntax::Json, payload);
            assert!(out.is_ok(), "{}: {out:?}", variable.syntax);
        }
    }
}
