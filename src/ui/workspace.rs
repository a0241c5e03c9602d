//! What the user typed, and how it is remembered: the device's profile, the drafts, the forms of
//! the cloud side. Secrets are taken out before anything is stored.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::format::{HexError, hex, parse_hex};
use super::i18n::Language;
use super::library::Library;
use crate::engine::seam::{
    AnswerRule, ConnectionSettings, Declaration, DialectId, Direction, Draft, FormField,
    FormValues, Input, MessageKind, Profile, Publication, PublishProperties, QoS, ReportPlan,
    ReportState, ReportView, Role, Target,
};

/// What stands for a secret that nobody has typed, on the simulated platform alone.
const LENT_SECRET: &str = "any-secret-will-do";

/// How a message is edited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// The dialect's form.
    #[default]
    Form,
    /// Topic, and the payload as text.
    Raw,
    /// Topic, and the payload as hexadecimal.
    Hex,
}

/// A payload as typed: nothing is lost, whether or not it can be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Typed {
    /// Text, sent as UTF-8.
    Text(String),
    /// Hexadecimal.
    Hex(String),
}

impl Default for Typed {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl Typed {
    /// The bytes.
    ///
    /// # Errors
    /// [`HexError`] while the hexadecimal is not complete.
    pub fn bytes(&self) -> Result<Vec<u8>, HexError> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::Hex(text) => parse_hex(text),
        }
    }
}

/// Why a payload cannot be shown another way; it stays as it was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// It is no hexadecimal yet.
    Hex(HexError),
    /// Its bytes are not UTF-8.
    NotText,
}

/// A message by topic and bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawDraft {
    /// Topic name.
    pub topic: String,
    /// The payload.
    pub payload: Typed,
    /// QoS level, 0 to 2.
    pub qos: u8,
    /// RETAIN flag.
    pub retain: bool,
    /// Whether `${variables}` are filled in.
    pub variables: bool,
    /// Whether the user typed in it: then the form does not fill it any more unasked.
    pub edited: bool,
    /// Properties of MQTT 5.0.
    pub properties: PublishProperties,
}

impl RawDraft {
    /// Whether it was typed by hand and is another message than this one.
    pub fn departs_from(&self, message: &Publication) -> bool {
        let same_bytes = self
            .payload
            .bytes()
            .is_ok_and(|bytes| bytes == message.payload);
        let same = self.topic == message.topic
            && same_bytes
            && self.qos == message.qos as u8
            && self.retain == message.retain;
        self.edited && !same
    }
}

/// The composer: one form per message kind, and one raw message. Switching loses nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Composer {
    /// How the message is edited.
    pub mode: Mode,
    /// [`MessageKind::key`] chosen, by dialect.
    pub kinds: BTreeMap<DialectId, String>,
    /// What was typed into forms, by dialect and kind.
    pub forms: BTreeMap<DialectId, BTreeMap<String, FormValues>>,
    /// The raw message.
    pub raw: RawDraft,
}

impl Composer {
    /// The kind in hand: the one chosen, or the first that a device may send.
    pub fn kind<'a>(&self, declaration: &'a Declaration) -> Option<&'a MessageKind> {
        let chosen = self.kinds.get(&declaration.id);
        sendable(declaration)
            .find(|kind| Some(kind.key.as_ref()) == chosen.map(String::as_str))
            .or_else(|| sendable(declaration).next())
    }

    /// What is typed into the form of a kind, with the declared defaults where nothing is.
    pub fn values(&self, dialect: &DialectId, kind: &MessageKind) -> FormValues {
        let typed = self
            .forms
            .get(dialect)
            .and_then(|forms| forms.get(kind.key.as_ref()));
        with_defaults(&kind.fields, typed)
    }

    /// Takes what was typed into one field.
    pub fn type_into(&mut self, dialect: &DialectId, kind: &str, key: String, value: String) {
        self.forms
            .entry(dialect.clone())
            .or_default()
            .entry(kind.to_owned())
            .or_default()
            .insert(key, value);
    }

    /// The draft as the engine takes it; `None` when the platform has no message to send.
    ///
    /// # Errors
    /// [`HexError`] while the hexadecimal is not complete.
    pub fn draft(&self, declaration: &Declaration) -> Result<Option<Draft>, HexError> {
        if self.mode == Mode::Form {
            return Ok(self.kind(declaration).map(|kind| Draft::Form {
                kind: kind.key.to_string(),
                values: self.values(&declaration.id, kind),
            }));
        }
        let publication = Publication {
            topic: self.raw.topic.clone(),
            payload: Bytes::from(self.raw.payload.bytes()?),
            qos: qos(self.raw.qos),
            retain: self.raw.retain,
        };
        let is_text = matches!(self.raw.payload, Typed::Text(_));
        let draft = if self.raw.variables && is_text {
            Draft::Template(publication)
        } else {
            Draft::Raw(publication)
        };
        let properties = &self.raw.properties;
        Ok(Some(if *properties == PublishProperties::default() {
            draft
        } else {
            Draft::WithProperties(Box::new(draft), Box::new(properties.clone()))
        }))
    }

    /// Goes to another way of editing. `form` is what the form would send: it fills the raw
    /// message as long as the user has not typed in that.
    ///
    /// # Errors
    /// [`Stays`] when the payload cannot be shown so; then nothing changes.
    pub fn switch(&mut self, to: Mode, form: Option<&Publication>) -> Result<(), Stays> {
        if self.mode == Mode::Form
            && to != Mode::Form
            && !self.raw.edited
            && let Some(publication) = form
        {
            self.raw = raw(publication);
        }
        match (to, &self.raw.payload) {
            (Mode::Raw, Typed::Hex(text)) => {
                let bytes = parse_hex(text).map_err(Stays::Hex)?;
                let text = String::from_utf8(bytes).map_err(|_| Stays::NotText)?;
                self.raw.payload = Typed::Text(text);
            }
            (Mode::Hex, Typed::Text(text)) => self.raw.payload = Typed::Hex(hex(text.as_bytes())),
            _ => {}
        }
        self.mode = to;
        Ok(())
    }

    /// Puts a message into the raw draft, whatever was there.
    pub fn take_over(&mut self, publication: &Publication) {
        self.raw = raw(publication);
        if self.mode == Mode::Hex || matches!(self.raw.payload, Typed::Hex(_)) {
            self.mode = Mode::Hex;
            self.raw.payload = Typed::Hex(hex(&publication.payload));
        }
    }
}

fn raw(publication: &Publication) -> RawDraft {
    RawDraft {
        topic: publication.topic.clone(),
        payload: match core::str::from_utf8(&publication.payload) {
            Ok(text) => Typed::Text(text.to_owned()),
            Err(_) => Typed::Hex(hex(&publication.payload)),
        },
        qos: publication.qos as u8,
        retain: publication.retain,
        variables: false,
        edited: false,
        properties: PublishProperties::default(),
    }
}

/// The QoS level with this number; anything above 2 is 2.
pub const fn qos(number: u8) -> QoS {
    match number {
        0 => QoS::AtMostOnce,
        1 => QoS::AtLeastOnce,
        _ => QoS::ExactlyOnce,
    }
}

/// The kinds that a device sends of its own accord.
pub fn sendable(declaration: &Declaration) -> impl Iterator<Item = &MessageKind> {
    declaration
        .kinds
        .iter()
        .filter(|kind| kind.direction == Direction::Up && kind.role != Role::Response)
}

/// The kinds that an application sends to a device.
pub fn submittable(declaration: &Declaration) -> impl Iterator<Item = &MessageKind> {
    declaration
        .kinds
        .iter()
        .filter(|kind| kind.direction == Direction::Down && kind.role != Role::Response)
}

/// The requests of the cloud that a device answers.
pub fn answerable(declaration: &Declaration) -> impl Iterator<Item = &MessageKind> {
    submittable(declaration).filter(|kind| answering_kind(declaration, &kind.key).is_some())
}

/// A form's values: what is typed, and the declared default where nothing is.
pub fn with_defaults(fields: &[FormField], typed: Option<&FormValues>) -> FormValues {
    fields
        .iter()
        .map(|field| {
            let value = typed
                .and_then(|values| values.get(field.key.as_ref()))
                .map_or_else(|| field.default.to_string(), Clone::clone);
            (field.key.to_string(), value)
        })
        .collect()
}

/// Everything remembered about one device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    /// The device's name across the seam, the same on every visit; 0 where it has none yet.
    #[serde(default)]
    pub id: u32,
    /// Whether secrets are stored with the rest, on this computer.
    #[serde(default)]
    pub keep_secrets: bool,
    /// The device.
    pub profile: Profile,
    /// Identity forms of the other dialects that were tried.
    #[serde(default)]
    pub identities: BTreeMap<DialectId, FormValues>,
    /// Answer rules of those.
    #[serde(default)]
    pub answers: BTreeMap<DialectId, AnswerRule>,
    /// Periodic reports, by dialect and kind.
    #[serde(default)]
    pub reports: BTreeMap<DialectId, BTreeMap<String, ReportPlan>>,
    /// Kinds whose report ran or waited when the engine spoke of it last. After a reload there is no
    /// such report any more; the page says so until it is started again or dismissed.
    #[serde(default)]
    pub running: BTreeSet<String>,
    /// The composer.
    #[serde(default)]
    pub composer: Composer,
    /// What was typed on the cloud side, by dialect and kind.
    #[serde(default)]
    pub cloud: Composer,
    /// What was sent, and what has a name.
    #[serde(default)]
    pub library: Library,
}

impl Workspace {
    /// A new device on the first platform of the catalogue, ready to connect to the simulated
    /// platform.
    pub fn fresh(catalogue: &[Declaration]) -> Option<Self> {
        let declaration = catalogue.first()?;
        let profile = Profile {
            name: String::new(),
            dialect: declaration.id.clone(),
            target: Target::Simulated,
            identity: with_defaults(&declaration.identity, None),
            connection: ConnectionSettings::default(),
            answer: fresh_answers(),
        };
        Some(Self {
            id: 0,
            keep_secrets: false,
            profile,
            identities: BTreeMap::new(),
            answers: BTreeMap::new(),
            reports: BTreeMap::new(),
            running: BTreeSet::new(),
            composer: Composer::default(),
            cloud: Composer::default(),
            library: Library::default(),
        })
    }

    /// What [`Self::running`] is once the engine told of these reports. Of a report that it does not
    /// know it says nothing; where it knows none at all, there is none.
    pub fn running_after(&self, reports: &[ReportView]) -> BTreeSet<String> {
        if reports.is_empty() {
            return BTreeSet::new();
        }
        let mut running = self.running.clone();
        for report in reports {
            if matches!(report.state, ReportState::Running | ReportState::Waiting) {
                running.insert(report.kind.clone());
            } else {
                running.remove(&report.kind);
            }
        }
        running
    }

    /// What was read, less the devices whose platform is gone; a new device where none is left.
    pub fn restore(mut devices: Vec<Self>, catalogue: &[Declaration]) -> Vec<Self> {
        devices.retain_mut(|device| device.complete(catalogue));
        if devices.is_empty() {
            devices.extend(Self::fresh(catalogue));
        }
        devices
    }

    /// Gives the identity form what its platform declares by now; `false` where the catalogue has
    /// no such platform.
    pub fn complete(&mut self, catalogue: &[Declaration]) -> bool {
        let Some(declaration) = find(catalogue, &self.profile.dialect) else {
            return false;
        };
        self.profile.identity = with_defaults(&declaration.identity, Some(&self.profile.identity));
        true
    }

    /// The text to store: [`Self::without_secrets`], unless the device is to keep them.
    pub fn storable(&self, catalogue: &[Declaration]) -> String {
        let text = if self.keep_secrets {
            serde_json::to_string(self)
        } else {
            serde_json::to_string(&self.without_secrets(catalogue))
        };
        text.unwrap_or_default()
    }

    /// A copy without the password and without any field declared secret. A field that no
    /// declaration knows is left out too, since nobody can say that it is no secret.
    #[must_use]
    pub fn without_secrets(&self, catalogue: &[Declaration]) -> Self {
        let mut copy = self.clone();
        copy.profile.connection.password.clear();
        strip(
            &mut copy.profile.identity,
            find(catalogue, &self.profile.dialect).map(|d| &d.identity[..]),
        );
        for (dialect, values) in &mut copy.identities {
            strip(values, find(catalogue, dialect).map(|d| &d.identity[..]));
        }
        for composer in [&mut copy.composer, &mut copy.cloud] {
            for (dialect, forms) in &mut composer.forms {
                let declaration = find(catalogue, dialect);
                for (kind, values) in forms {
                    strip(values, declaration.and_then(|d| fields(d, kind)));
                }
            }
        }
        for (dialect, kind, values) in copy.library.forms_mut() {
            let declaration = find(catalogue, dialect);
            strip(values, declaration.and_then(|d| fields(d, kind)));
        }
        strip_answers(
            &mut copy.profile.answer,
            find(catalogue, &self.profile.dialect),
        );
        for (dialect, answer) in &mut copy.answers {
            strip_answers(answer, find(catalogue, dialect));
        }
        for (dialect, plans) in &mut copy.reports {
            let declaration = find(catalogue, dialect);
            for (kind, plan) in plans {
                strip(&mut plan.values, declaration.and_then(|d| fields(d, kind)));
            }
        }
        copy
    }

    /// What people call the device: its own name, or what its identity starts with.
    pub fn title(&self, catalogue: &[Declaration], language: Language) -> String {
        if !self.profile.name.is_empty() {
            return self.profile.name.clone();
        }
        let Some(declaration) = find(catalogue, &self.profile.dialect) else {
            return String::new();
        };
        // A name is asked for, and no secret; a platform without such a field lends its own name.
        declaration
            .identity
            .iter()
            .filter(|field| field.required && field.input == Input::Text)
            .filter_map(|field| self.profile.identity.get(field.key.as_ref()))
            .find(|typed| !typed.trim().is_empty())
            .cloned()
            .unwrap_or_else(|| language.of(&declaration.name).to_owned())
    }

    /// Lends the identity a secret in these fields: the simulated platform takes any.
    pub fn lend_secrets(&mut self, keys: &[String]) {
        for key in keys {
            let identity = &mut self.profile.identity;
            identity.insert(key.clone(), LENT_SECRET.to_owned());
        }
    }

    /// Aims at a broker or at the simulated platform; a secret that was lent is nothing for a broker.
    pub fn aim(&mut self, target: Target) {
        self.profile.target = target;
        if target == Target::Broker {
            // Those of other platforms, too: the device may be moved there yet.
            let all = self.identities.values_mut();
            let all = all.chain([&mut self.profile.identity]);
            all.flat_map(FormValues::values_mut)
                .filter(|value| *value == LENT_SECRET)
                .for_each(String::clear);
        }
    }

    /// Moves the device to another platform; what was typed for the old one is kept for a return.
    pub fn move_to(&mut self, declaration: &Declaration) {
        let old = core::mem::replace(&mut self.profile.dialect, declaration.id.clone());
        let identity = core::mem::take(&mut self.profile.identity);
        self.identities.insert(old.clone(), identity);
        // Kinds of two platforms may share a name, their rules do not.
        let answer = self.answers.remove(&declaration.id);
        let answer = answer.unwrap_or_else(fresh_answers);
        let answer = core::mem::replace(&mut self.profile.answer, answer);
        self.answers.insert(old, answer);
        self.running.clear();
        self.profile.identity =
            with_defaults(&declaration.identity, self.identities.get(&declaration.id));
    }
}

/// What a new device does with requests: it answers each at once.
fn fresh_answers() -> AnswerRule {
    AnswerRule {
        automatic: true,
        kinds: BTreeMap::new(),
    }
}

/// The declaration of a dialect.
pub fn find<'a>(catalogue: &'a [Declaration], dialect: &DialectId) -> Option<&'a Declaration> {
    catalogue
        .iter()
        .find(|declaration| &declaration.id == dialect)
}

fn fields<'a>(declaration: &'a Declaration, kind: &str) -> Option<&'a [FormField]> {
    declaration
        .kinds
        .iter()
        .find(|known| known.key == kind)
        .map(|known| &known.fields[..])
}

/// The kind that answers requests of this kind.
pub fn answering_kind<'a>(declaration: &'a Declaration, request: &str) -> Option<&'a MessageKind> {
    let asked = declaration.kinds.iter().find(|kind| kind.key == request)?;
    let answer = asked.answered_by.as_ref()?;
    declaration.kinds.iter().find(|kind| kind.key == *answer)
}

fn strip_answers(answer: &mut AnswerRule, declaration: Option<&Declaration>) {
    for (request, rule) in &mut answer.kinds {
        let kind = declaration.and_then(|declaration| answering_kind(declaration, request));
        strip(&mut rule.form, kind.map(|kind| &kind.fields[..]));
    }
}

fn strip(values: &mut FormValues, fields: Option<&[FormField]>) {
    values.retain(|key, _| {
        fields
            .unwrap_or_default()
            .iter()
            .any(|field| field.key == key.as_str() && field.input != Input::Secret)
    });
}

#[cfg(test)]
pub(super) mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::engine::seam::{ConnectRules, KindRule, ProtocolVersion, Text};
    use crate::ui::library::Kept;

    fn field(key: &'static str, input: Input, default: &'static str) -> FormField {
        FormField {
            key: Cow::Borrowed(key),
            label: Text::new(key, key),
            help: Text::default(),
            input,
            required: true,
            asked_when: None,
            default: Cow::Borrowed(default),
        }
    }

    fn kind(key: &'static str, direction: Direction, role: Role) -> MessageKind {
        MessageKind {
            key: Cow::Borrowed(key),
            label: Text::new(key, key),
            direction,
            role,
            answered_by: (direction == Direction::Down && role == Role::Request)
                .then_some(Cow::Borrowed("answer")),
            deadline_ms: None,
            fields: vec![
                field("value", Input::Text, "21"),
                field("pin", Input::Secret, ""),
            ],
            topic: Cow::Borrowed("t"),
            source: Cow::Borrowed(""),
        }
    }

    fn declaration(id: &'static str) -> Declaration {
        Declaration {
            id: DialectId(Cow::Borrowed(id)),
            name: Text::new(id, id),
            summary: Text::default(),
            identity: vec![
                field("name", Input::Text, "sensor-01"),
                field("key", Input::Secret, ""),
            ],
            connect: ConnectRules {
                versions: vec![ProtocolVersion::V3_1_1],
                qos: vec![],
                keep_alive_secs: None,
                default_keep_alive_secs: 120,
                will: None,
                retain: None,
                first: None,
                limits: Vec::new(),
                reach: Text::default(),
            },
            kinds: vec![
                kind("report", Direction::Up, Role::Request),
                kind("answer", Direction::Up, Role::Response),
                kind("command", Direction::Down, Role::Request),
                kind("report_reply", Direction::Down, Role::Response),
            ],
            topics: vec![],
            codes: vec![],
            calculators: vec![],
        }
    }

    /// Two made-up platforms.
    pub(in crate::ui) fn catalogue() -> Vec<Declaration> {
        vec![declaration("first"), declaration("second")]
    }

    fn read(stored: &str) -> Workspace {
        serde_json::from_str(stored).unwrap()
    }

    fn publication(payload: &'static [u8]) -> Publication {
        Publication {
            topic: "t".to_owned(),
            payload: Bytes::from_static(payload),
            qos: QoS::AtLeastOnce,
            retain: false,
        }
    }

    #[test]
    fn a_first_visit_gets_a_device_that_can_connect() {
        let device = Workspace::restore(Vec::new(), &catalogue()).remove(0);
        assert_eq!(device.profile.target, Target::Simulated);
        assert_eq!(
            device.profile.identity.get("name").map(String::as_str),
            Some("sensor-01")
        );
        assert_eq!(Workspace::restore(Vec::new(), &[]), []);
    }

    #[test]
    fn no_secret_is_ever_stored_and_the_rest_comes_back() {
        let catalogue = catalogue();
        let mut device = Workspace::fresh(&catalogue).unwrap();
        let secrets = [
            "pa55word",
            "devicekey",
            "otherkey",
            "pinpin",
            "answerpin",
            "unknown1",
            "sentpin1",
        ];
        device.profile.connection.password = secrets[0].to_owned();
        device.profile.connection.url = "wss://example.test/mqtt".to_owned();
        device
            .profile
            .identity
            .insert("name".to_owned(), "meter".to_owned());
        device
            .profile
            .identity
            .insert("key".to_owned(), secrets[1].to_owned());
        device
            .profile
            .identity
            .insert("undeclared".to_owned(), secrets[5].to_owned());
        device.identities.insert(
            catalogue[1].id.clone(),
            FormValues::from([("key".to_owned(), secrets[2].to_owned())]),
        );
        let id = device.profile.dialect.clone();
        device
            .composer
            .type_into(&id, "report", "pin".to_owned(), secrets[3].to_owned());
        device
            .composer
            .type_into(&id, "report", "value".to_owned(), "22".to_owned());
        let form = FormValues::from([("pin".to_owned(), secrets[4].to_owned())]);
        let rule = KindRule {
            form: form.clone(),
            ..KindRule::default()
        };
        let rule = AnswerRule {
            automatic: true,
            kinds: BTreeMap::from([("command".to_owned(), rule)]),
        };
        device.profile.answer = rule.clone();
        device.answers.insert(catalogue[1].id.clone(), rule);
        let plan = ReportPlan {
            values: form,
            ..ReportPlan::default()
        };
        device
            .reports
            .entry(id.clone())
            .or_default()
            .insert("report".to_owned(), plan);
        device.library.save(
            "again",
            "",
            Kept::Form {
                dialect: id.clone(),
                kind: "report".to_owned(),
                values: FormValues::from([
                    ("pin".to_owned(), secrets[6].to_owned()),
                    ("value".to_owned(), "23".to_owned()),
                ]),
            },
        );
        let stored = device.storable(&catalogue);
        for secret in secrets {
            assert!(!stored.contains(secret), "{secret} in {stored}");
        }
        let back = Workspace::restore(vec![read(&stored)], &catalogue).remove(0);
        assert_eq!(back.profile.connection.url, device.profile.connection.url);
        assert_eq!(
            back.profile.identity.get("name").map(String::as_str),
            Some("meter")
        );
        let line = back.library.templates[0].kept.line(None, Language::English);
        assert!(line.contains("23"), "{line}");
        let report = sendable(&catalogue[0]).next().unwrap();
        assert_eq!(
            back.composer
                .values(&id, report)
                .get("value")
                .map(String::as_str),
            Some("22")
        );
    }

    #[test]
    fn secrets_are_stored_for_the_device_that_is_to_keep_them_and_for_no_other() {
        let catalogue = catalogue();
        let mut keeps = Workspace::fresh(&catalogue).unwrap();
        keeps.keep_secrets = true;
        keeps.profile.connection.password = "kept-one".to_owned();
        let mut forgets = Workspace::fresh(&catalogue).unwrap();
        forgets.profile.connection.password = "gone-one".to_owned();
        assert!(!forgets.storable(&catalogue).contains("gone-one"));
        let back = Workspace::restore(vec![read(&keeps.storable(&catalogue))], &catalogue);
        assert_eq!(back, [keeps]);
    }

    #[test]
    fn a_device_is_called_by_its_name_or_by_what_its_identity_starts_with() {
        let catalogue = catalogue();
        let mut device = Workspace::fresh(&catalogue).unwrap();
        assert_eq!(device.title(&catalogue, Language::English), "sensor-01");
        device.profile.name = "Boiler".to_owned();
        assert_eq!(device.title(&catalogue, Language::English), "Boiler");
    }

    #[test]
    fn a_device_of_a_platform_that_is_gone_makes_way_for_a_new_one() {
        let device = Workspace::fresh(&catalogue()).unwrap();
        let now = [declaration("third")];
        let devices = Workspace::restore(vec![device], &now);
        assert_eq!(devices[0].profile.dialect, now[0].id);
    }

    #[test]
    fn a_message_typed_by_hand_departs_from_the_form_until_it_is_the_same() {
        let message = publication(b"ab");
        let mut composer = Composer::default();
        composer.switch(Mode::Raw, Some(&message)).unwrap();
        assert!(!composer.raw.departs_from(&publication(b"form")));
        composer.raw.edited = true;
        assert!(!composer.raw.departs_from(&message));
        assert!(composer.raw.departs_from(&publication(b"form")));
        composer.switch(Mode::Hex, None).unwrap();
        assert!(!composer.raw.departs_from(&message));
        composer.raw.payload = Typed::Hex("6".to_owned());
        assert!(composer.raw.departs_from(&message), "not whole yet");
    }

    #[test]
    fn a_lent_secret_never_goes_to_a_broker_and_a_typed_one_stays() {
        let catalogue = catalogue();
        let mut device = Workspace::fresh(&catalogue).unwrap();
        device.lend_secrets(&["key".to_owned()]);
        let secret = |device: &Workspace| device.profile.identity.get("key").cloned();
        assert_eq!(secret(&device).as_deref(), Some(LENT_SECRET));
        device.aim(Target::Simulated);
        assert_eq!(secret(&device).as_deref(), Some(LENT_SECRET));
        device.aim(Target::Broker);
        assert_eq!(secret(&device).as_deref(), Some(""));
        device.aim(Target::Simulated);
        device.lend_secrets(&["key".to_owned()]);
        device.move_to(&catalogue[1]);
        device.aim(Target::Broker);
        device.move_to(&catalogue[0]);
        assert_eq!(secret(&device).as_deref(), Some(""), "by way of another");
        let typed = "typed".to_owned();
        device.profile.identity.insert("key".to_owned(), typed);
        device.aim(Target::Broker);
        assert_eq!(secret(&device).as_deref(), Some("typed"));
    }

    #[test]
    fn moving_to_another_platform_and_back_loses_nothing() {
        let catalogue = catalogue();
        let mut device = Workspace::fresh(&catalogue).unwrap();
        device
            .profile
            .identity
            .insert("name".to_owned(), "meter".to_owned());
        device.move_to(&catalogue[1]);
        assert_eq!(
            device.profile.identity.get("name").map(String::as_str),
            Some("sensor-01")
        );
        device.move_to(&catalogue[0]);
        assert_eq!(
            device.profile.identity.get("name").map(String::as_str),
            Some("meter")
        );
    }

    #[test]
    fn raw_follows_the_form_until_it_is_typed_in() {
        let mut composer = Composer::default();
        composer
            .switch(Mode::Raw, Some(&publication(b"one")))
            .unwrap();
        assert_eq!(composer.raw.payload, Typed::Text("one".to_owned()));
        composer.switch(Mode::Form, None).unwrap();
        composer
            .switch(Mode::Raw, Some(&publication(b"two")))
            .unwrap();
        assert_eq!(composer.raw.payload, Typed::Text("two".to_owned()));
        composer.raw.payload = Typed::Text("mine".to_owned());
        composer.raw.edited = true;
        composer.switch(Mode::Form, None).unwrap();
        composer
            .switch(Mode::Raw, Some(&publication(b"three")))
            .unwrap();
        assert_eq!(composer.raw.payload, Typed::Text("mine".to_owned()));
        composer.take_over(&publication(b"four"));
        assert_eq!(composer.raw.payload, Typed::Text("four".to_owned()));
    }

    #[test]
    fn text_and_hex_are_two_views_of_the_same_bytes() {
        let mut composer = Composer {
            mode: Mode::Raw,
            ..Composer::default()
        };
        composer.raw.payload = Typed::Text("温度".to_owned());
        composer.switch(Mode::Hex, None).unwrap();
        assert_eq!(
            composer.raw.payload,
            Typed::Hex("E6 B8 A9 E5 BA A6".to_owned())
        );
        composer.switch(Mode::Raw, None).unwrap();
        assert_eq!(composer.raw.payload, Typed::Text("温度".to_owned()));
    }

    #[test]
    fn bytes_that_are_no_text_stay_hex_as_typed() {
        let mut composer = Composer {
            mode: Mode::Hex,
            ..Composer::default()
        };
        for (typed, reason) in [
            ("80 c1", Stays::NotText),
            ("8", Stays::Hex(HexError::HalfByte { position: 1 })),
        ] {
            composer.raw.payload = Typed::Hex(typed.to_owned());
            assert_eq!(composer.switch(Mode::Raw, None), Err(reason));
            assert_eq!(composer.mode, Mode::Hex);
            assert_eq!(composer.raw.payload, Typed::Hex(typed.to_owned()));
        }
    }

    #[test]
    fn a_draft_is_what_the_mode_says() {
        let declaration = declaration("first");
        let mut composer = Composer::default();
        composer.type_into(
            &declaration.id,
            "report",
            "value".to_owned(),
            "22".to_owned(),
        );
        let Ok(Some(Draft::Form { kind, values })) = composer.draft(&declaration) else {
            panic!("a form");
        };
        assert_eq!(
            (kind.as_str(), values.get("value").map(String::as_str)),
            ("report", Some("22"))
        );
        composer
            .switch(Mode::Hex, Some(&publication(b"\x03\x00")))
            .unwrap();
        let Ok(Some(Draft::Raw(raw))) = composer.draft(&declaration) else {
            panic!("raw")
        };
        assert_eq!(raw, publication(b"\x03\x00"));
        composer.raw.payload = Typed::Hex("0".to_owned());
        assert_eq!(
            composer.draft(&declaration),
            Err(HexError::HalfByte { position: 1 })
        );
    }

    #[test]
    fn what_was_kept_comes_back_into_the_composer() {
        let declaration = declaration("first");
        let mut composer = Composer::default();
        composer.type_into(
            &declaration.id,
            "report",
            "value".to_owned(),
            "22".to_owned(),
        );
        let form = Kept::of(&composer, &declaration).unwrap();
        composer.mode = Mode::Hex;
        composer.raw.payload = Typed::Hex("03 ff".to_owned());
        let bytes = Kept::of(&composer, &declaration).unwrap();
        let mut other = Composer::default();
        assert!(form.load(&mut other, &declaration));
        assert_eq!(Kept::of(&other, &declaration), Some(form.clone()));
        assert!(bytes.load(&mut other, &declaration));
        assert_eq!(other.mode, Mode::Hex);
        assert_eq!(other.raw.payload, Typed::Hex("03 ff".to_owned()));
        // Another platform's form stays where it is.
        let before = other.clone();
        assert!(!form.load(&mut other, &self::declaration("second")));
        assert_eq!(other, before);
    }

    #[test]
    fn kinds_are_sorted_by_who_may_send_them() {
        let declaration = declaration("first");
        let keys = |kinds: Vec<&MessageKind>| -> Vec<String> {
            kinds.into_iter().map(|kind| kind.key.to_string()).collect()
        };
        assert_eq!(keys(sendable(&declaration).collect()), ["report"]);
        assert_eq!(keys(submittable(&declaration).collect()), ["command"]);
        assert_eq!(keys(answerable(&declaration).collect()), ["command"]);
    }

    #[test]
    fn a_report_that_ran_is_remembered_until_it_ends_and_a_platform_takes_its_own_along() {
        let report = |kind: &str, state| ReportView {
            kind: kind.to_owned(),
            state,
            next: None,
            sent: 1,
            times: 10,
            skipped: 0,
            findings: Vec::new(),
        };
        let catalogue = catalogue();
        let mut device = Workspace::fresh(&catalogue).unwrap();
        device.running = BTreeSet::from(["before".to_owned()]);
        let told = [
            report("a", ReportState::Running),
            report("b", ReportState::Waiting),
            report("c", ReportState::Finished),
        ];
        device.running = device.running_after(&told);
        let names: Vec<&str> = device.running.iter().map(String::as_str).collect();
        assert_eq!(names, ["a", "b", "before"]);
        device.running = device.running_after(&[report("a", ReportState::Stopped)]);
        assert!(!device.running.contains("a"));
        let back = read(&device.storable(&catalogue));
        assert_eq!(back.running, device.running, "across a reload");
        device.move_to(&catalogue[1]);
        assert_eq!(device.running, BTreeSet::new());
        assert_eq!(back.running_after(&[]), BTreeSet::new());
    }
}
